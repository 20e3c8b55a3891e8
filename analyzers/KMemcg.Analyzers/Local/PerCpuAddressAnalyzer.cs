// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Per-CPU addresses and pointers are not converted to one another, and what is at such an address is not accessed, but by the accessors themselves.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PerCpuAddressAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.PerCpuAddressMisused);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        start.RegisterOperationAction(c => CheckConversion(c, annotations), OperationKind.Conversion);
        start.RegisterSyntaxNodeAction(c => CheckAccess(c, annotations), SyntaxKind.PointerIndirectionExpression, SyntaxKind.ElementAccessExpression);
    }

    private static void CheckConversion(OperationAnalysisContext context, AnnotationSymbols annotations)
    {
        var conversion = (IConversionOperation)context.Operation;
        // Pointers are compared as void*.
        if (conversion.Type is not IPointerTypeSymbol || conversion.Parent is IConversionOperation { Type: IPointerTypeSymbol } ||
            (conversion.IsImplicit && conversion.Parent is IBinaryOperation))
            return;

        // By way of a number, or of void*, it is the same conversion.
        IOperation operand = conversion.Operand;
        while (operand is IConversionOperation inner)
            operand = inner.Operand;
        if (operand.Type is not IPointerTypeSymbol)
            return;
        bool from = QualifiedPointee.IsPerCpuAddress(operand.Type);
        if (from == QualifiedPointee.IsPerCpuAddress(conversion.Type) || annotations.HasInScope(context.ContainingSymbol, Annotation.ContextPrimitive))
            return;
        string what = from ? $"becomes a '{conversion.Type}'" : $"is made of a '{operand.Type}'";
        context.ReportDiagnostic(Diagnostic.Create(Rules.PerCpuAddressMisused, conversion.Syntax.GetLocation(), operand.Syntax, what));
    }

    /// <summary>*p and p[i], but for the address of the latter.</summary>
    private static void CheckAccess(SyntaxNodeAnalysisContext context, AnnotationSymbols annotations)
    {
        ExpressionSyntax pointer = context.Node is PrefixUnaryExpressionSyntax indirection ? indirection.Operand : ((ElementAccessExpressionSyntax)context.Node).Expression;
        if (!QualifiedPointee.IsPerCpuAddress(context.SemanticModel.GetTypeInfo(pointer, context.CancellationToken).Type) ||
            context.Node.Parent.IsKind(SyntaxKind.AddressOfExpression) || annotations.HasInScope(context.ContainingSymbol!, Annotation.ContextPrimitive))
            return;
        context.ReportDiagnostic(Diagnostic.Create(Rules.PerCpuAddressMisused, context.Node.GetLocation(), pointer, "what is there is accessed"));
    }
}
