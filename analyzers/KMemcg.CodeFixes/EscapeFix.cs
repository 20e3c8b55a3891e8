// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>An escape without a reason, or one that hides nothing any more, goes.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class EscapeFix : KernelFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0003", "KM0005");

    private protected override Change[] Changes(Reported report) =>
        report.Node.FirstAncestorOrSelf<AttributeSyntax>() is { Parent: AttributeListSyntax list } escape ? One("Remove the escape", Without(report.Root, list, escape)) : Nothing;

    private static SyntaxNode Without(SyntaxNode root, AttributeListSyntax list, AttributeSyntax escape)
    {
        if (list.Attributes.Count > 1)
            return root.RemoveNode(escape, SyntaxRemoveOptions.KeepNoTrivia)!;
        if (list.Parent is not MemberDeclarationSyntax member)
            return root.RemoveNode(list, SyntaxRemoveOptions.KeepNoTrivia)!;

        // What stands above the member, a comment or an empty line, stays.
        return root.ReplaceNode(member, member.RemoveNode(list, SyntaxRemoveOptions.KeepNoTrivia)!.WithLeadingTrivia(member.GetLeadingTrivia()));
    }
}
