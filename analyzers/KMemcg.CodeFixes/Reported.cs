// SPDX-License-Identifier: GPL-2.0-only
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.CodeFixes;

/// <summary>A report in a tree, which may have changed since it was made.</summary>
internal sealed class Reported
{
    private Reported(string id, string message, TextSpan span, TextSpan? because, SyntaxNode root, SemanticModel model)
    {
        Id = id;
        Message = message;
        Span = span;
        Root = root;
        Model = model;
        Node = root.FindNode(span, getInnermostNodeForTie: true);
        Because = because is { } place ? root.FindNode(place, getInnermostNodeForTie: true).FirstAncestorOrSelf<InvocationExpressionSyntax>() : null;
        Annotations = AnnotationSymbols.Resolve(model.Compilation);
    }

    public string Id { get; }

    public string Message { get; }

    public TextSpan Span { get; }

    public SyntaxNode Root { get; }

    public SemanticModel Model { get; }

    /// <summary>The node that is reported.</summary>
    public SyntaxNode Node { get; }

    /// <summary>The call that explains it: what took the lock, or got the reference.</summary>
    public InvocationExpressionSyntax? Because { get; }

    public AnnotationSymbols? Annotations { get; }

    public static Task<Reported> ReadAsync(Document document, Diagnostic diagnostic, CancellationToken cancel) =>
        ReadAsync(document, diagnostic, diagnostic.Location.SourceSpan, diagnostic.AdditionalLocations.FirstOrDefault()?.SourceSpan, cancel);

    /// <summary>The report, where it has come to be.</summary>
    public static async Task<Reported> ReadAsync(Document document, Diagnostic diagnostic, TextSpan span, TextSpan? because, CancellationToken cancel)
    {
        SyntaxNode root = (await document.GetSyntaxRootAsync(cancel).ConfigureAwait(false))!;
        SemanticModel model = (await document.GetSemanticModelAsync(cancel).ConfigureAwait(false))!;
        return new Reported(diagnostic.Id, diagnostic.GetMessage(), span, because, root, model);
    }
}
