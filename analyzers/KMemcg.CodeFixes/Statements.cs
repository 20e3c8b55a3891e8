// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace KMemcg.CodeFixes;

/// <summary>Putting a statement where a report is.</summary>
internal static class Statements
{
    /// <summary>Inserts before the way out that <paramref name="node"/> is; at the end of the body, where there is no statement.</summary>
    public static SyntaxNode InsertAtExit(SyntaxNode root, SyntaxNode node, string statement)
    {
        StatementSyntax? exit = node.FirstAncestorOrSelf<StatementSyntax>(s => s is ReturnStatementSyntax or GotoStatementSyntax or BreakStatementSyntax);
        if (exit is not null)
            return InsertBefore(root, exit, statement);

        BlockSyntax? body = node as BlockSyntax ?? node.FirstAncestorOrSelf<BaseMethodDeclarationSyntax>()?.Body;
        return body is null ? root : root.ReplaceNode(body, body.AddStatements(Parse(statement)).WithAdditionalAnnotations(Formatter.Annotation));
    }

    /// <summary>Inserts before a statement, in braces of their own where there are none.</summary>
    public static SyntaxNode InsertBefore(SyntaxNode root, StatementSyntax at, string statement)
    {
        StatementSyntax inserted = Parse(statement);
        if (at.Parent is BlockSyntax or SwitchSectionSyntax)
        {
            // What stands above the statement, a comment or an empty line, stays above both.
            SyntaxNode withTrivia = inserted.WithLeadingTrivia(at.GetLeadingTrivia());
            StatementSyntax moved = at.WithLeadingTrivia(SyntaxFactory.ElasticMarker);
            return root.ReplaceNode(at, new[] { withTrivia, moved.WithAdditionalAnnotations(Formatter.Annotation) });
        }

        return root.ReplaceNode(at, SyntaxFactory.Block(inserted, at.WithoutTrivia()).WithTriviaFrom(at).WithAdditionalAnnotations(Formatter.Annotation));
    }

    public static StatementSyntax Parse(string text) => SyntaxFactory.ParseStatement(text)
        .WithLeadingTrivia(SyntaxFactory.ElasticMarker)
        .WithTrailingTrivia(SyntaxFactory.ElasticLineFeed)
        .WithAdditionalAnnotations(Formatter.Annotation);
}
