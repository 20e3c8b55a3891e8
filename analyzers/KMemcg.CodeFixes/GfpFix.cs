// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
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

    private protected override Change[] Changes(Reported report) =>
        Mask(report.Node.FirstAncestorOrSelf<InvocationExpressionSyntax>()) is { } mask
            ? new[] { "GFP_NOWAIT", "GFP_ATOMIC" }
                .SelectMany(replacement => One("Use " + replacement, report.Root.ReplaceNode(mask, SyntaxFactory.IdentifierName(replacement).WithTriviaFrom(mask))))
                .ToArray()
            : Nothing;

    /// <summary>The mask of a call, not of a call in its arguments.</summary>
    private static IdentifierNameSyntax? Mask(InvocationExpressionSyntax? call) => call?.ArgumentList
        .DescendantNodes(descendIntoChildren: node => node is not InvocationExpressionSyntax)
        .OfType<IdentifierNameSyntax>().FirstOrDefault(name => Sleeping.Contains(name.Identifier.Text));
}
