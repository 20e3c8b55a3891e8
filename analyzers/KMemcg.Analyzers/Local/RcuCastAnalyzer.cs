// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Casts that make an RCU pointer a plain one, or a plain one an RCU pointer: the accessors are there for that.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RcuCastAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.RcuCast);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations) =>
        start.RegisterOperationAction(c => Check((IConversionOperation)c.Operation, c.ContainingSymbol, annotations, c.ReportDiagnostic), OperationKind.Conversion);

    private static void Check(IConversionOperation conversion, ISymbol where, AnnotationSymbols annotations, Action<Diagnostic> report)
    {
        if (conversion.Operand.Type is not { } from || conversion.Type is not { } to || !(from is IPointerTypeSymbol || to is IPointerTypeSymbol) || !Changes(from, to))
            return;
        // Null is one of either kind, and whether a pointer is null may be asked of both.
        if (PointerOperations.IsNull(conversion.Operand) || PointerOperations.IsComparedWithNull(conversion) || annotations.HasInScope(where, Annotation.ContextPrimitive))
            return;
        report(Diagnostic.Create(Rules.RcuCast, conversion.Syntax.GetLocation(), conversion.Operand.Syntax.ToString(), from.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat), to.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)));
    }

    /// <summary>One is an RCU pointer and the other is not, or they are pointers to such.</summary>
    private static bool Changes(ITypeSymbol from, ITypeSymbol to)
    {
        while (from is IPointerTypeSymbol source && to is IPointerTypeSymbol target && !QualifiedPointee.IsRcuPointer(from) && !QualifiedPointee.IsRcuPointer(to))
        {
            from = source.PointedAtType;
            to = target.PointedAtType;
        }

        return QualifiedPointee.IsRcuPointer(from) != QualifiedPointee.IsRcuPointer(to) && from.SpecialType != SpecialType.System_Void && to.SpecialType != SpecialType.System_Void;
    }
}
