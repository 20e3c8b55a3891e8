// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>x_get(p) becomes: if it cannot be had any more, there is none.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class TryGetFix : KernelFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0503");

    private protected override Change[] Changes(Reported report)
    {
        if (report.Node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { Parent: ExpressionStatementSyntax statement } call
            || call.ArgumentList.Arguments is not { Count: 1 } arguments || arguments[0].Expression is not IdentifierNameSyntax pointer)
            return Nothing;
        string name = call.Expression.ToString();
        if (!name.EndsWith("get", System.StringComparison.Ordinal))
            return Nothing;
        string tryget = name.Substring(0, name.Length - 3) + "tryget";
        StatementSyntax checkedGet = Statements.Parse($"if (!{tryget}({pointer}))\n{pointer} = null;").WithTriviaFrom(statement);
        return One("Use " + tryget, report.Root.ReplaceNode(statement, checkedGet), "Use a tryget");
    }
}
