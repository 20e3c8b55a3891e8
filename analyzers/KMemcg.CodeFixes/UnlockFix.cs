// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>Drops the lock before the way out on which it is still held, or says that the function returns with it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class UnlockFix : KernelFix
{
    private const string RcuUnlock = "rcu_read_unlock();";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0110");

    private protected override Change[] Changes(Reported report)
    {
        if (report.Annotations is not { } annotations)
            return Nothing;
        string? unlock = report.Because is { } call
            ? Counterparts.Of(call, Annotation.Releases, report.Model, annotations) ?? ByName(call)
            : report.Message.StartsWith("the RCU read section is still open", System.StringComparison.Ordinal) ? RcuUnlock : null;
        Change[] changes = unlock is null ? Nothing : One("Unlock before this way out", Statements.InsertAtExit(report, unlock));
        return changes.Concat(report.Because is null ? DeclareSection(report, unlock) : Declare(report, annotations)).ToArray();
    }

    /// <summary>Or it is meant to return in the read section.</summary>
    private static Change[] DeclareSection(Reported report, string? unlock) =>
        unlock is not null && report.Node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } method
            ? One("Declare [AcquiresShared(\"rcu\")]", Declarations.Add(report.Root, method, "AcquiresShared(\"rcu\")"), "Declare")
            : Nothing;

    /// <summary>Or it is meant to return with the lock.</summary>
    private static Change[] Declare(Reported report, AnnotationSymbols annotations)
    {
        if (report.Node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method || report.Model.GetSymbolInfo(report.Because!).Symbol is not IMethodSymbol taken)
            return Nothing;
        Annotation effect = annotations.Has(taken, Annotation.AcquiresShared) ? Annotation.AcquiresShared : Annotation.Acquires;
        return Declarations.OfLock(effect.ToString(), report.Message, 0, method) is { } attribute
            ? One($"Declare [{attribute}]", Declarations.Add(report.Root, method, attribute), "Declare")
            : Nothing;
    }

    /// <summary>spin_lock_irqsave(&amp;x, out flags) is undone by spin_unlock_irqrestore(&amp;x, flags), down_read(x) by up_read(x).</summary>
    private static string? ByName(InvocationExpressionSyntax call)
    {
        string name = call.Expression.ToString();
        string unlock = name.StartsWith("down_", System.StringComparison.Ordinal)
            ? (name.Contains("write") ? "up_write" : "up_read")
            : name.Replace("trylock", "lock").Replace("_nested", "").Replace("_killable", "").Replace("_interruptible", "").Replace("lock", "unlock").Replace("irqsave", "irqrestore");
        return unlock == name ? null : $"{unlock}({string.Join(", ", call.ArgumentList.Arguments.Select(argument => argument.Expression is DeclarationExpressionSyntax { Designation: { } variable } ? variable.ToString() : argument.Expression.ToString()))});";
    }
}
