// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>Puts the reference, or breaks the walk, before the way out on which it is kept; what is returned has its reference with it.</summary>
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
        if (IsReturned(report.Node, call))
            return report.Node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } method
                ? One("Declare [ReturnsOwned]", Declarations.Add(report.Root, method, nameof(Annotation.ReturnsOwned)), "Declare")
                : Nothing;
        return (walk ? Break(call, report.Model, annotations) : Put(call, report.Model, annotations)) is { } put
            ? One(walk ? "Break the walk before this way out" : "Put the reference before this way out", Statements.InsertAtExit(report, put))
            : Nothing;
    }

    /// <summary>The way out gives the caller the object that the call got a reference of.</summary>
    private static bool IsReturned(SyntaxNode exit, InvocationExpressionSyntax call)
    {
        ExpressionSyntax? returned = exit.FirstAncestorOrSelf<ReturnStatementSyntax>()?.Expression ?? exit.FirstAncestorOrSelf<ArrowExpressionClauseSyntax>()?.Expression;
        while (returned is CastExpressionSyntax or ParenthesizedExpressionSyntax)
            returned = returned is CastExpressionSyntax cast ? cast.Expression : ((ParenthesizedExpressionSyntax)returned).Expression;
        return returned is not null && (returned == call || returned.ToString() == (Counterparts.ResultName(call) ?? call.ArgumentList.Arguments.FirstOrDefault()?.ToString()));
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
