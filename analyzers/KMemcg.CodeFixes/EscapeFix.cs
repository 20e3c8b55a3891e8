// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading.Tasks;
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

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        (SyntaxNode root, _, SyntaxNode node) = await ReadAsync(context).ConfigureAwait(false);
        AttributeSyntax? escape = context.Diagnostics[0].Id == "KM0003"
            ? node.FirstAncestorOrSelf<AttributeSyntax>()
            : node.FirstAncestorOrSelf<MemberDeclarationSyntax>()?.AttributeLists.SelectMany(list => list.Attributes)
                .FirstOrDefault(attribute => attribute.Name.ToString() is "ContextUnsafe" or "ContextUnsafeAttribute");
        if (escape?.Parent is not AttributeListSyntax list)
            return;
        SyntaxNode? changed = root.RemoveNode(list.Attributes.Count > 1 ? escape : list, SyntaxRemoveOptions.KeepNoTrivia);
        if (changed is not null)
            Offer(context, "Remove the escape", root, changed);
    }
}
