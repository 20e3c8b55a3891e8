// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>Puts the reference, or breaks the walk, before the way out on which it is kept.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class PutFix : KernelFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0501", "KM0511");

    private protected override Change[] Changes(Reported report)
    {
        if (report.Because is not { } call || report.Annotations is not { } annotations)
            return Nothing;
        bool walk = report.Id == "KM0511";
        return (walk ? Break(call, report.Model, annotations) : Put(call, report.Model, annotations)) is { } put
            ? One(walk ? "Break the walk before this way out" : "Put the reference before this way out", Statements.InsertAtExit(report, put))
            : Nothing;
    }

    private static string? Put(InvocationExpressionSyntax call, SemanticModel model, AnnotationSymbols annotations)
    {
        if (Counterparts.ResultName(call) is { } name && model.GetTypeInfo(call).Type is IPointerTypeSymbol owned)
            return Counterparts.InScope(call.SpanStart, Annotation.PutsRef, owned, model, annotations) is { } put ? $"{put}({name});" : null;
        if (Counterparts.Of(call, Annotation.PutsRef, model, annotations) is { } again)
            return again;

        ExpressionSyntax? subject = call.ArgumentList.Arguments.FirstOrDefault()?.Expression;
        return subject is not null && Counterparts.InScope(call.SpanStart, Annotation.PutsRef, model.GetTypeInfo(subject).Type, model, annotations) is { } other
            ? $"{other}({subject});"
            : null;
    }

    /// <summary>The walk's first argument and the element where it stands.</summary>
    private static string? Break(InvocationExpressionSyntax call, SemanticModel model, AnnotationSymbols annotations) =>
        Counterparts.ResultName(call) is { } at && Counterparts.InScope(call.SpanStart, Annotation.BreaksIteration, model.GetTypeInfo(call).Type, model, annotations) is { } name
            ? $"{name}({call.ArgumentList.Arguments[0]}, {at});"
            : null;
}
