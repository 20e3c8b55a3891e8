// SPDX-License-Identifier: GPL-2.0-only
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace KMemcg.CodeFixes;

/// <summary>Putting a statement where a report is.</summary>
internal static class Statements
{
    /// <summary>
    /// Inserts before the way out that is reported; at the end of the body, where there is no statement. Null if what the statement names is
    /// not known there, as a loop's variable after the loop.
    /// </summary>
    public static SyntaxNode? InsertAtExit(Reported report, string statement)
    {
        StatementSyntax? exit = report.Node.FirstAncestorOrSelf<StatementSyntax>(s => s is ReturnStatementSyntax or GotoStatementSyntax or BreakStatementSyntax);
        if (exit is not null)
            return Means(statement, exit.SpanStart, report.Model) ? InsertBefore(report.Root, exit, statement) : null;

        BlockSyntax? body = report.Node as BlockSyntax ?? report.Node.FirstAncestorOrSelf<BaseMethodDeclarationSyntax>()?.Body;
        return body is not null && Means(statement, body.OpenBraceToken.Span.End, report.Model)
            ? report.Root.ReplaceNode(body, body.AddStatements(Parse(statement)).WithAdditionalAnnotations(Formatter.Annotation))
            : null;
    }

    private static bool Means(string statement, int position, SemanticModel model) => SyntaxFactory.ParseStatement(statement).DescendantNodes()
        .OfType<IdentifierNameSyntax>()
        .Where(name => !(name.Parent is MemberAccessExpressionSyntax member && member.Name == name))
        .All(name => !model.LookupSymbols(position, name: name.Identifier.ValueText).IsEmpty);

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
