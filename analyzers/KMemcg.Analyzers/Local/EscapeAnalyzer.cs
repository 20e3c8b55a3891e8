// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>Whoever switches a rule off says why, in the attribute or behind the pragma.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EscapeAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.EscapeWithoutReason);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        start.RegisterSymbolAction(c => CheckAttributes(c, annotations), SymbolKind.Method, SymbolKind.Property, SymbolKind.Field, SymbolKind.NamedType);
        start.RegisterSyntaxTreeAction(CheckPragmas);
    }

    private static void CheckAttributes(SymbolAnalysisContext context, AnnotationSymbols annotations)
    {
        foreach (AttributeData attribute in context.Symbol.GetAttributes())
        {
            string? name = annotations.TryGetKind(attribute, out Annotation kind)
                ? kind is Annotation.ContextUnsafe or Annotation.Benign or Annotation.HostCode && !IsReason(attribute.Text()) ? kind.ToString() : null
                : IsUnexplainedSuppression(attribute) ? "SuppressMessage" : null;
            if (name is not null && attribute.ApplicationSyntaxReference is { } syntax)
                context.ReportDiagnostic(Diagnostic.Create(Rules.EscapeWithoutReason, syntax.SyntaxTree.GetLocation(syntax.Span), name));
        }
    }

    private static bool IsUnexplainedSuppression(AttributeData attribute) =>
        attribute.AttributeClass is { Name: "SuppressMessageAttribute" } && attribute.Text(1).StartsWith("KM", StringComparison.Ordinal)
        && !IsReason(attribute.Named<string>("Justification") ?? "");

    private static bool IsReason(string text)
    {
        text = text.Trim();
        return text.Length > 0 && !text.StartsWith("TODO", StringComparison.OrdinalIgnoreCase);
    }

    private static void CheckPragmas(SyntaxTreeAnalysisContext context)
    {
        SyntaxNode root = context.Tree.GetRoot(context.CancellationToken);
        if (!root.ContainsDirectives)
            return;
        for (DirectiveTriviaSyntax? directive = root.GetFirstDirective(); directive is not null; directive = directive.GetNextDirective())
        {
            if (directive is PragmaWarningDirectiveTriviaSyntax pragma && pragma.DisableOrRestoreKeyword.IsKind(SyntaxKind.DisableKeyword)
                && NamesOurs(pragma) && !IsExplained(pragma))
                context.ReportDiagnostic(Diagnostic.Create(Rules.EscapeWithoutReason, pragma.GetLocation(), "#pragma warning disable"));
        }
    }

    private static bool NamesOurs(PragmaWarningDirectiveTriviaSyntax pragma)
    {
        foreach (ExpressionSyntax code in pragma.ErrorCodes)
        {
            if (code is IdentifierNameSyntax { Identifier.ValueText: { } id } && id.StartsWith("KM", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static bool IsExplained(PragmaWarningDirectiveTriviaSyntax pragma)
    {
        foreach (SyntaxTrivia trivia in pragma.DescendantTrivia())
        {
            if (trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) && IsReason(trivia.ToString().TrimStart('/')))
                return true;
        }

        return false;
    }
}
