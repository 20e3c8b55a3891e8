// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers.Tests.Local;

/// <summary>Mistakes with saved interrupt state that the type alone prevents: the compiler refuses them, and no rule looks for them.</summary>
internal sealed class IrqFlagsTests
{
    [TestCase("spin_unlock_irqrestore(l, 0);", "CS1503", TestName = "A number is not restored")]
    [TestCase("spin_lock_irqsave(l, out ulong flags);", "CS1503", TestName = "Flags are not saved as a number")]
    [TestCase("spin_lock_irqsave(l, out IrqFlags flags); ulong word = flags;", "CS0029", TestName = "Flags are not a number")]
    [TestCase("spin_lock_irqsave(l, out IrqFlags flags); flags |= 1;", "CS0019", TestName = "Nothing is computed with flags")]
    [TestCase("spin_lock_irqsave(l, out IrqFlags flags); kept.flags = flags;", "CS0029", TestName = "Other flags are not those")]
    [TestCase("spin_lock_irqsave(l, out IrqFlags flags); object boxed = flags;", "CS0029", TestName = "Flags are not boxed")]
    [TestCase("spin_lock_irqsave(l, out IrqFlags flags); Action later = () => spin_unlock_irqrestore(l, flags);", "CS8175", TestName = "Flags are not restored by a closure")]
    [TestCase("spin_unlock_irqrestore(l, new IrqFlags { disabled = 1 });", "CS0122", TestName = "Flags are not made")]
    [TestCase("IrqFlags flags; spin_unlock_irqrestore(l, flags);", "CS0165", TestName = "Flags that nobody saved are not restored")]
    public void Is_refused(string body, string error) => Assert.That(Errors(body), Is.EqualTo(new[] { error }));

    [Test]
    public void Are_kept_in_no_object() => Assert.That(Errors("", "private struct kept_t { public IrqFlags flags; }"), Is.EqualTo(new[] { "CS8345" }));

    [Test]
    public void Are_saved_and_restored() => Assert.That(Errors("spin_lock_irqsave(l, out IrqFlags flags); spin_unlock_irqrestore(l, flags);"), Is.Empty);

    private static string[] Errors(string body, string beside = "")
    {
        SyntaxTree tree = Kernel.Parse($$"""
            namespace Linux;
            public unsafe struct kept { public ulong flags; }
            public static unsafe partial class irq_flags_c
            {
                {{beside}}
                private static void function(spinlock_t* l, kept kept) { {{body}} }
            }
            """);
        return [.. Kernel.Compile(tree).GetSemanticModel(tree).GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Id)];
    }
}
