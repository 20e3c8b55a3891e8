// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace KMemcg.CodeFixes;

/// <summary>Ends a scope with what it began with, or ends it on a way out where it is left open.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ScopeFix : KernelFix
{
    private const string Title = "Restore the scope";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0510");

    private protected override Change[] Changes(Reported report)
    {
        if (report.Annotations is not { } annotations)
            return Nothing;
        InvocationExpressionSyntax? ends = report.Node as InvocationExpressionSyntax ?? (report.Node as ExpressionStatementSyntax)?.Expression as InvocationExpressionSyntax;
        if (ends is not null && Swap(ends, report.Model, annotations) is { } swap)
            return EndWithWhatWasSaved(report, ends, report.Because ?? FirstSwap(ends, swap, report.Model), swap);
        return report.Because is { } opened && End(opened, report.Model, annotations) is { } end
            ? One(Title, Statements.InsertAtExit(report, end))
            : Nothing;
    }

    private static IMethodSymbol? Swap(InvocationExpressionSyntax call, SemanticModel model, AnnotationSymbols annotations) =>
        model.GetSymbolInfo(call).Symbol is IMethodSymbol method && annotations.Has(method, Annotation.ScopedSwap) ? method : null;

    private static InvocationExpressionSyntax? FirstSwap(InvocationExpressionSyntax ends, IMethodSymbol swap, SemanticModel model) =>
        ends.FirstAncestorOrSelf<MemberDeclarationSyntax>()?.DescendantNodes().OfType<InvocationExpressionSyntax>()
            .FirstOrDefault(call => call.SpanStart < ends.SpanStart && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(call).Symbol, swap));

    /// <summary>What the first call returned is kept, and given to the last.</summary>
    private static Change[] EndWithWhatWasSaved(Reported report, InvocationExpressionSyntax ends, InvocationExpressionSyntax? begin, IMethodSymbol swap)
    {
        if (begin is null)
            return Nothing;
        if (Counterparts.ResultName(begin) is { } known)
            return One(Title, report.Root.ReplaceNode(ends, With(ends, known)));
        if (begin.Parent is not ExpressionStatementSyntax statement || begin == ends)
            return Nothing;

        string old = NewName(begin);
        StatementSyntax kept = SyntaxFactory.LocalDeclarationStatement(SyntaxFactory.VariableDeclaration(
            SyntaxFactory.ParseTypeName(swap.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)),
            SyntaxFactory.SingletonSeparatedList(SyntaxFactory.VariableDeclarator(old).WithInitializer(SyntaxFactory.EqualsValueClause(begin.WithoutTrivia())))));
        return One(Title, report.Root.ReplaceNodes(
            new SyntaxNode[] { statement, ends },
            (before, _) => before == statement ? kept.WithTriviaFrom(statement).WithAdditionalAnnotations(Formatter.Annotation) : With(ends, old)));
    }

    private static InvocationExpressionSyntax With(InvocationExpressionSyntax call, string argument) => call.WithArgumentList(
        SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(SyntaxFactory.IdentifierName(argument)))));

    /// <summary>"old", or what comes after it in a function that has had one.</summary>
    private static string NewName(InvocationExpressionSyntax call)
    {
        var taken = new HashSet<string>(call.FirstAncestorOrSelf<MemberDeclarationSyntax>()?.DescendantTokens()
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText) ?? Enumerable.Empty<string>());
        return Enumerable.Range(1, int.MaxValue).Select(number => number == 1 ? "old" : "old" + number).First(name => !taken.Contains(name));
    }

    private static string? End(InvocationExpressionSyntax opened, SemanticModel model, AnnotationSymbols annotations)
    {
        if (model.GetSymbolInfo(opened).Symbol is not IMethodSymbol method)
            return null;
        if (annotations.Has(method, Annotation.ScopedSwap))
            return Counterparts.ResultName(opened) is { } old ? $"{method.Name}({old});" : null;
        if (annotations.Find(method, Annotation.ScopeBegin) is not { } begin)
            return null;

        string? end = model.LookupSymbols(opened.SpanStart).OfType<IMethodSymbol>()
            .FirstOrDefault(m => annotations.Find(m, Annotation.ScopeEnd) is { } ending && ending.Text() == begin.Text())?.Name;
        string? token = begin.Text(1) == "return" ? Counterparts.ResultName(opened) : opened.ArgumentList.Arguments.FirstOrDefault()?.Expression.ToString();
        return end is null || token is null ? null : $"{end}({token});";
    }
}
