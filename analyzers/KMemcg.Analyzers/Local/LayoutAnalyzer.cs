// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>Structs against the sizes, the offsets and the cache lines that they promise.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LayoutAnalyzer : AnnotatedCodeAnalyzer
{
    private const int CacheLine = 64;

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Rules.LayoutContract, Rules.FalseSharing);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        var layout = new StructLayout(start.Compilation);
        start.RegisterSymbolAction(c => Check(c, annotations, layout), SymbolKind.NamedType);
    }

    private static void Check(SymbolAnalysisContext context, AnnotationSymbols annotations, StructLayout layout)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Struct || !Promises(type, annotations))
            return;

        var groups = new List<(IFieldSymbol Field, string Group, int From, int To)>();
        (int size, _) = layout.Place(type, (field, offset, length) =>
        {
            if (annotations.Find(field, Annotation.KernelOffset) is { } at && at.Number() != offset)
                Report(context, field, $"'{field.Name}' is at {offset} and promises {at.Number()}");
            if (annotations.Find(field, Annotation.CachelineGroup) is { } group)
                groups.Add((field, group.Text(), offset / CacheLine, (offset + length - 1) / CacheLine));
        });
        if (annotations.Find(type, Annotation.KernelLayout) is { } promised && promised.Number() != size)
        {
            Report(context, type, size < 0
                ? $"'{type.Name}' promises {promised.Number()} bytes, and its size is the runtime's affair"
                : $"'{type.Name}' has {size} bytes and promises {promised.Number()}");
        }

        CheckGroups(context, groups);
    }

    private static bool Promises(INamedTypeSymbol type, AnnotationSymbols annotations)
    {
        if (annotations.Has(type, Annotation.KernelLayout))
            return true;
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is IFieldSymbol && (annotations.Has(member, Annotation.KernelOffset) || annotations.Has(member, Annotation.CachelineGroup)))
                return true;
        }

        return false;
    }

    private static void CheckGroups(SymbolAnalysisContext context, List<(IFieldSymbol Field, string Group, int From, int To)> fields)
    {
        for (int i = 1; i < fields.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (fields[i].Group != fields[j].Group && fields[i].From <= fields[j].To && fields[j].From <= fields[i].To)
                {
                    context.ReportDiagnostic(Diagnostic.Create(
                        Rules.FalseSharing, fields[i].Field.Locations[0], fields[i].Field.Name, fields[i].Group, fields[j].Field.Name, fields[j].Group));
                    break;
                }
            }
        }
    }

    private static void Report(SymbolAnalysisContext context, ISymbol symbol, string what) =>
        context.ReportDiagnostic(Diagnostic.Create(Rules.LayoutContract, symbol.Locations[0], what));
}
