// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace KMemcg.CodeFixes;

/// <summary>A fix that changes one place of one file, and so can be done for all places at once.</summary>
public abstract class KernelFix : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => OneByOne.Instance;

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        Reported report = await Reported.ReadAsync(context.Document, context.Diagnostics[0], context.CancellationToken).ConfigureAwait(false);
        foreach (Change change in Changes(report))
        {
            if (change.Root != report.Root)
                context.RegisterCodeFix(CodeAction.Create(change.Title, _ => Task.FromResult(context.Document.WithSyntaxRoot(change.Root)), change.Key), context.Diagnostics);
        }
    }

    /// <summary>The ways to mend what is reported, the best one first.</summary>
    private protected abstract Change[] Changes(Reported report);

    /// <summary>The tree after one of them; null where it does not apply.</summary>
    internal SyntaxNode? Apply(Reported report, string? key) => Array.Find(Changes(report), change => change.Key == key)?.Root;

    private protected static readonly Change[] Nothing = Array.Empty<Change>();

    /// <summary>One change, which has the same name wherever it is offered.</summary>
    private protected static Change[] One(string title, SyntaxNode? changed, string? key = null) => changed is null ? Nothing : new[] { new Change(title, key ?? title, changed) };

    /// <summary>A tree with something mended in it.</summary>
    private protected sealed class Change
    {
        public Change(string title, string key, SyntaxNode root)
        {
            Title = title;
            Key = key;
            Root = root;
        }

        public string Title { get; }

        /// <summary>What is the same of all that are made at once.</summary>
        public string Key { get; }

        public SyntaxNode Root { get; }
    }
}
