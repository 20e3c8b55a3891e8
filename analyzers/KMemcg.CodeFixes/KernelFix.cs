// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace KMemcg.CodeFixes;

/// <summary>A fix that changes one place of one file, and so can be done for all places at once.</summary>
public abstract class KernelFix : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <summary>Offers one change, named the same wherever it is offered.</summary>
    private protected static void Offer(CodeFixContext context, string title, SyntaxNode root, SyntaxNode changed)
    {
        if (changed != root)
        {
            context.RegisterCodeFix(
                CodeAction.Create(title, _ => Task.FromResult(context.Document.WithSyntaxRoot(changed)), equivalenceKey: title), context.Diagnostics);
        }
    }

    /// <summary>The tree, what it means, and the node that is reported.</summary>
    private protected static async Task<(SyntaxNode Root, SemanticModel Model, SyntaxNode Node)> ReadAsync(CodeFixContext context)
    {
        CancellationToken cancel = context.CancellationToken;
        SyntaxNode root = (await context.Document.GetSyntaxRootAsync(cancel).ConfigureAwait(false))!;
        SemanticModel model = (await context.Document.GetSemanticModelAsync(cancel).ConfigureAwait(false))!;
        return (root, model, root.FindNode(context.Span, getInnermostNodeForTie: true));
    }
}
