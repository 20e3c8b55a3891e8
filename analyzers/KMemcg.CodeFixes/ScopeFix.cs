// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading.Tasks;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>Ends a scope with what it began with, or ends it on a way out where it is left open.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ScopeFix : KernelFix
{
    private const string Title = "Restore the scope";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0510");

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        (SyntaxNode root, SemanticModel model, SyntaxNode node) = await ReadAsync(context).ConfigureAwait(false);
        if (AnnotationSymbols.Resolve(model.Compilation) is not { } annotations)
            return;

        Location? begin = context.Diagnostics[0].AdditionalLocations.FirstOrDefault();
        InvocationExpressionSyntax? opened = begin is null ? null : Counterparts.CallAt(root, begin);
        InvocationExpressionSyntax? ends = node as InvocationExpressionSyntax ?? (node as ExpressionStatementSyntax)?.Expression as InvocationExpressionSyntax;
        if (ends is not null && Swap(ends, model, annotations) is { } swap)
            EndWithWhatWasSaved(context, root, ends, opened ?? FirstSwap(ends, swap, model), swap);
        else if (opened is not null && End(opened, model, annotations) is { } end)
            Offer(context, Title, root, Statements.InsertAtExit(root, node, end));
    }

    private static IMethodSymbol? Swap(InvocationExpressionSyntax call, SemanticModel model, AnnotationSymbols annotations) =>
        model.GetSymbolInfo(call).Symbol is IMethodSymbol method && annotations.Has(method, Annotation.ScopedSwap) ? method : null;

    private static InvocationExpressionSyntax? FirstSwap(InvocationExpressionSyntax ends, IMethodSymbol swap, SemanticModel model) =>
        ends.FirstAncestorOrSelf<MemberDeclarationSyntax>()?.DescendantNodes().OfType<InvocationExpressionSyntax>()
            .FirstOrDefault(call => call.SpanStart < ends.SpanStart && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(call).Symbol, swap));

    /// <summary>What the first call returned is kept, and given to the last.</summary>
    private static void EndWithWhatWasSaved(CodeFixContext context, SyntaxNode root, InvocationExpressionSyntax ends, InvocationExpressionSyntax? begin, IMethodSymbol swap)
    {
        if (begin is null)
            return;
        string old = Counterparts.ResultName(begin) ?? "old";
        InvocationExpressionSyntax restored = ends.WithArgumentList(
            SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(SyntaxFactory.IdentifierName(old)))));
        if (Counterparts.ResultName(begin) is not null)
        {
            Offer(context, Title, root, root.ReplaceNode(ends, restored));
            return;
        }

        if (begin.Parent is not ExpressionStatementSyntax statement || begin == ends)
            return;
        string type = swap.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
        SyntaxNode kept = Statements.Parse($"{type} {old} = {begin};").WithTriviaFrom(statement);
        Offer(context, Title, root, root.ReplaceNodes(
            new SyntaxNode[] { statement, ends }, (before, _) => before == statement ? kept : restored));
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
