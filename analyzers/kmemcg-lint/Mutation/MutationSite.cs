// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.Lint.Mutation;

/// <summary>A function that may be changed, and what its calls mean.</summary>
internal sealed class MutationSite(MethodDeclarationSyntax method, SemanticModel model, AnnotationSymbols annotations)
{
    public MethodDeclarationSyntax Method => method;

    /// <summary>The function called, or null.</summary>
    public IMethodSymbol? Target(InvocationExpressionSyntax call) => (model.GetSymbolInfo(call).Symbol as IMethodSymbol)?.OriginalDefinition;

    /// <summary>The field named by an expression, or null.</summary>
    public IFieldSymbol? Field(ExpressionSyntax expression) => model.GetSymbolInfo(expression).Symbol as IFieldSymbol;

    public bool Has(ISymbol symbol, Annotation wanted) => annotations.Has(symbol, wanted);

    /// <summary>Whether what a call takes or drops is the RCU section, which nests.</summary>
    public bool IsRcu(InvocationExpressionSyntax call) => Target(call) is { } target && annotations.Of(target)
        .Any(own => own.Key is Annotation.Acquires or Annotation.AcquiresShared or Annotation.Releases && own.Value.Text().StartsWith("rcu", StringComparison.Ordinal));

    /// <summary>Whether a call does what the annotation says.</summary>
    public bool Does(InvocationExpressionSyntax call, Annotation wanted) => Target(call) is { } target && Has(target, wanted);

    /// <summary>Whether a call puts the reference of an argument itself, whenever it is called.</summary>
    public bool PutsArgument(InvocationExpressionSyntax call) => Target(call) is { } target && annotations.Of(target)
        .Any(own => own.Key == Annotation.PutsRef && !own.Value.Named<bool>("Sometimes") && target.Parameters.Any(parameter => parameter.Name == own.Value.Text()));

    /// <summary>Statements that are nothing but a call that does one of these.</summary>
    public IEnumerable<(ExpressionStatementSyntax Statement, InvocationExpressionSyntax Call)> Statements(params Annotation[] wanted)
    {
        foreach (ExpressionStatementSyntax statement in method.DescendantNodes().OfType<ExpressionStatementSyntax>())
        {
            if (statement.Expression is InvocationExpressionSyntax call && wanted.Any(kind => Does(call, kind)))
                yield return (statement, call);
        }
    }

    /// <summary>The statement after this one in its block, or before it.</summary>
    public static StatementSyntax? Sibling(StatementSyntax statement, int distance)
    {
        if (statement.Parent is not BlockSyntax block)
            return null;
        int index = block.Statements.IndexOf(statement) + distance;
        return index >= 0 && index < block.Statements.Count ? block.Statements[index] : null;
    }

    /// <summary>The function without a statement; its line stays.</summary>
    public MethodDeclarationSyntax Without(StatementSyntax statement) =>
        method.ReplaceNode(statement, SyntaxFactory.EmptyStatement().WithTriviaFrom(statement));

    /// <summary>The function with two statements in each other's place.</summary>
    public MethodDeclarationSyntax Swapped(StatementSyntax a, StatementSyntax b) =>
        method.ReplaceNodes([a, b], (old, _) => old == a ? b.WithTriviaFrom(a) : a.WithTriviaFrom(b));

    /// <summary>The function with other text in place of a node.</summary>
    public MethodDeclarationSyntax With(ExpressionSyntax old, string text) =>
        method.ReplaceNode(old, SyntaxFactory.ParseExpression(text).WithTriviaFrom(old));

    /// <summary>The function with one statement in place of another.</summary>
    public MethodDeclarationSyntax With(StatementSyntax old, string text) =>
        method.ReplaceNode(old, SyntaxFactory.ParseStatement(text).WithTriviaFrom(old));

    /// <summary>The function with two statements in place of one, which is in a block.</summary>
    public MethodDeclarationSyntax With(StatementSyntax old, string first, string second) =>
        method.ReplaceNode(old, [SyntaxFactory.ParseStatement(first).WithTriviaFrom(old), SyntaxFactory.ParseStatement(second).WithTriviaFrom(old)]);
}
