// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>Annotations themselves: a path that names nothing, or a result that cannot be, would silence the rules that read it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AnnotationAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.BadAnnotation, Rules.ConflictingAnnotations);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        var check = new AnnotationCheck(annotations);
        start.RegisterSymbolAction(
            c => Check(c, annotations, check), SymbolKind.Method, SymbolKind.Property, SymbolKind.Field, SymbolKind.NamedType, SymbolKind.Parameter);
    }

    private static void Check(SymbolAnalysisContext context, AnnotationSymbols annotations, AnnotationCheck check)
    {
        List<KeyValuePair<Annotation, AttributeData>>? own = null;
        foreach (AttributeData attribute in context.Symbol.GetAttributes())
        {
            if (!annotations.TryGetKind(attribute, out Annotation kind))
                continue;
            (own ??= new()).Add(new(kind, attribute));
            if (check.Error(kind, attribute, context.Symbol) is { } error)
                Report(context, Rules.BadAnnotation, attribute, $"[{kind}] {error}");
        }

        if (own is not null)
        {
            foreach ((AttributeData where, string what) in AnnotationConflicts.Within(own))
                Report(context, Rules.ConflictingAnnotations, where, what);
        }

        if (context.Symbol is IMethodSymbol { OverriddenMethod: { } original } method && AnnotationConflicts.Between(method, original, annotations) is { } difference)
            context.ReportDiagnostic(Diagnostic.Create(Rules.ConflictingAnnotations, method.Locations[0], difference));
    }

    private static void Report(SymbolAnalysisContext context, DiagnosticDescriptor rule, AttributeData attribute, string what)
    {
        Location where = attribute.ApplicationSyntaxReference is { } syntax ? syntax.SyntaxTree.GetLocation(syntax.Span) : context.Symbol.Locations[0];
        context.ReportDiagnostic(Diagnostic.Create(rule, where, what));
    }
}
