// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.CodeFixes;

/// <summary>
/// Mends all reports of a file, each in the tree that the one before has left. Roslyn's own way is to make every change to the same tree
/// and to drop those that touch one another, as two unlocks before one return do.
/// </summary>
internal sealed class OneByOne : DocumentBasedFixAllProvider
{
    public static OneByOne Instance { get; } = new();

    /// <inheritdoc/>
    protected override async Task<Document?> FixAllAsync(FixAllContext context, Document document, ImmutableArray<Diagnostic> diagnostics)
    {
        SyntaxNode root = (await document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;

        // From the end: what is inside something, or to its right, is done before it is moved. Of several locks the last is dropped first.
        Marked[] reports = diagnostics
            .OrderByDescending(diagnostic => diagnostic.Location.SourceSpan.Start)
            .ThenByDescending(diagnostic => diagnostic.AdditionalLocations.FirstOrDefault()?.SourceSpan.Start)
            .Select(diagnostic => new Marked(diagnostic)).ToArray();
        root = Marked.Mark(root, reports);
        foreach (Marked report in reports)
        {
            document = document.WithSyntaxRoot(root);
            if (Marked.Find(root, report.Place) is not { } span)
                continue;
            Reported reported = await Reported.ReadAsync(document, report.Diagnostic, span, Marked.Find(root, report.Because), context.CancellationToken).ConfigureAwait(false);
            root = ((KernelFix)context.CodeFixProvider).Apply(reported, context.CodeActionEquivalenceKey) ?? root;
        }

        return document.WithSyntaxRoot(root);
    }

    /// <summary>A report whose places are marked in the tree, and are found again when it has changed.</summary>
    private sealed class Marked
    {
        public Marked(Diagnostic diagnostic) => Diagnostic = diagnostic;

        public Diagnostic Diagnostic { get; }

        public SyntaxAnnotation Place { get; } = new();

        public SyntaxAnnotation Because { get; } = new();

        /// <summary>The first and the last token of each place get its mark.</summary>
        public static SyntaxNode Mark(SyntaxNode root, Marked[] reports)
        {
            var marks = new Dictionary<SyntaxToken, List<SyntaxAnnotation>>();
            foreach (Marked report in reports)
            {
                Add(report.Diagnostic.Location.SourceSpan, report.Place);
                if (report.Diagnostic.AdditionalLocations.FirstOrDefault() is { } because && because.SourceTree == report.Diagnostic.Location.SourceTree)
                    Add(because.SourceSpan, report.Because);
            }

            return root.ReplaceTokens(marks.Keys, (token, _) => token.WithAdditionalAnnotations(marks[token]));

            void Add(TextSpan span, SyntaxAnnotation mark)
            {
                foreach (int at in new[] { span.Start, System.Math.Max(span.Start, span.End - 1) })
                {
                    SyntaxToken token = root.FindToken(at);
                    if (!marks.TryGetValue(token, out List<SyntaxAnnotation>? known))
                        marks[token] = known = new List<SyntaxAnnotation>();
                    known.Add(mark);
                }
            }
        }

        /// <summary>Where a mark is now; null where it is gone.</summary>
        public static TextSpan? Find(SyntaxNode root, SyntaxAnnotation mark)
        {
            SyntaxToken[] tokens = root.GetAnnotatedTokens(mark).ToArray();
            return tokens.Length == 0 ? null : TextSpan.FromBounds(tokens[0].SpanStart, tokens[tokens.Length - 1].Span.End);
        }
    }
}
