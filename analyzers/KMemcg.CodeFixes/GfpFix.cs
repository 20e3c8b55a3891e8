// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>A mask that does not sleep: GFP_NOWAIT, or GFP_ATOMIC if the reserves may be used.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class GfpFix : KernelFix
{
    private static readonly string[] Sleeping = { "GFP_KERNEL", "GFP_NOFS", "GFP_NOIO", "GFP_USER", "GFP_KERNEL_ACCOUNT" };

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0202");

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        (SyntaxNode root, _, SyntaxNode node) = await ReadAsync(context).ConfigureAwait(false);
        IdentifierNameSyntax? mask = node.FirstAncestorOrSelf<InvocationExpressionSyntax>()?.ArgumentList.DescendantNodes()
            .OfType<IdentifierNameSyntax>().FirstOrDefault(name => Sleeping.Contains(name.Identifier.Text));
        if (mask is null)
            return;
        foreach (string replacement in new[] { "GFP_NOWAIT", "GFP_ATOMIC" })
            Offer(context, "Use " + replacement, root, root.ReplaceNode(mask, SyntaxFactory.IdentifierName(replacement).WithTriviaFrom(mask)));
    }
}
