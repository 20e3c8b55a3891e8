// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace KMemcg.Analyzers.Tests.Local;

/// <summary>Why PerCpu and Rcu qualify what a pointer points to, and are no pointers themselves.</summary>
internal sealed class QualifiedPointeeTests
{
    [TestCase("Qualified<B>", "Qualified<A>", false, TestName = "Two structs with generic pointers to each other are not loaded")]
    [TestCase("Qualified<B>*", "Qualified<A>*", true, TestName = "Two structs with pointers to generic pointees of each other are")]
    public void What_the_runtime_loads(string first, string second, bool loaded)
    {
        Assembly assembly = Compile($$"""
            public unsafe struct Qualified<T> where T : unmanaged { public T* To; }
            public unsafe struct A { public {{first}} Other; }
            public unsafe struct B { public {{second}} Other; }
            """);
        Assert.That(() => assembly.GetType("A", throwOnError: true), loaded ? Is.Not.Null : Throws.TypeOf<TypeLoadException>());
    }

    private static Assembly Compile(string source)
    {
        var compilation = CSharpCompilation.Create(
            "Loaded",
            [CSharpSyntaxTree.ParseText(source)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        using var image = new MemoryStream();
        Assert.That(compilation.Emit(image).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error), Is.Empty);
        return Assembly.Load(image.ToArray());
    }
}
