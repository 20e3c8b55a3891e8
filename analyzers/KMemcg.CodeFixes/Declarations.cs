// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Linq;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace KMemcg.CodeFixes;

/// <summary>The attributes of a function.</summary>
internal static class Declarations
{
    /// <summary>The tree with one more attribute; null if another report has had the same one for its fix.</summary>
    public static SyntaxNode? Add(SyntaxNode root, MethodDeclarationSyntax method, string attribute) =>
        method.AttributeLists.SelectMany(list => list.Attributes).Any(own => own.ToString() == attribute) ? null : root.ReplaceNode(method, With(method, attribute));

    /// <summary>The attribute with which a message ends.</summary>
    public static string? Bracketed(string message)
    {
        int start = message.LastIndexOf('[');
        return start >= 0 && message.EndsWith("]", StringComparison.Ordinal) ? message.Substring(start + 1, message.Length - start - 2) : null;
    }

    /// <summary>What says something of a lock that a message names; null if that is not reached from a parameter, and the caller may not know of it.</summary>
    public static string? OfLock(string attribute, string message, int which, MethodDeclarationSyntax method)
    {
        string[] parts = message.Split('\'');
        int part = (2 * which) + 1;
        return part < parts.Length && PathSyntax.TryParse(parts[part], out PathSyntax path) && method.ParameterList.Parameters.Any(parameter => parameter.Identifier.ValueText == path.Names[0])
            ? $"{attribute}({SyntaxFactory.Literal(parts[part])})"
            : null;
    }

    private static MethodDeclarationSyntax With(MethodDeclarationSyntax method, string attribute)
    {
        AttributeListSyntax list = SyntaxFactory.ParseMemberDeclaration($"[{attribute}] void M() {{ }}")!.AttributeLists[0];
        // What stands above the function stays above the attribute.
        MethodDeclarationSyntax bare = method.WithLeadingTrivia(SyntaxFactory.ElasticMarker);
        return bare.WithAttributeLists(bare.AttributeLists.Insert(0, list.WithTrailingTrivia(SyntaxFactory.ElasticLineFeed)))
            .WithLeadingTrivia(method.GetLeadingTrivia())
            .WithAdditionalAnnotations(Formatter.Annotation);
    }
}
