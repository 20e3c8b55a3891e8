// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>What runs for every page allocates nothing that the collector would have to look for.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ManagedAllocationAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.ManagedAllocation);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        INamedTypeSymbol? linq = start.Compilation.GetTypeByMetadataName("System.Linq.Enumerable");
        start.RegisterOperationBlockAction(c =>
        {
            if (!IsHot(c.OwningSymbol, annotations))
                return;
            foreach (IOperation block in c.OperationBlocks)
                Walk(c, block, annotations, linq);
        });
    }

    private static bool IsHot(ISymbol symbol, AnnotationSymbols annotations) =>
        annotations.Has(symbol, Annotation.NoAlloc) || (annotations.HasInScope(symbol, Annotation.HotPath) && !annotations.Has(symbol, Annotation.HostCode));

    private static void Walk(OperationBlockAnalysisContext context, IOperation operation, AnnotationSymbols annotations, INamedTypeSymbol? linq)
    {
        // The machine stops there anyway.
        if (operation is IAttributeOperation || (operation is IInvocationOperation call && annotations.Has(call.TargetMethod.OriginalDefinition, Annotation.NeverReturns)))
            return;
        if (What(operation, linq) is { } what)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.ManagedAllocation, operation.Syntax.GetLocation(), what));
            return;
        }

        foreach (IOperation child in operation.ChildOperations)
            Walk(context, child, annotations, linq);
    }

    private static string? What(IOperation operation, INamedTypeSymbol? linq) => operation switch
    {
        { ConstantValue.HasValue: true } => null,
        IObjectCreationOperation { Type: { IsReferenceType: true } type } => $"new {type.Name}",
        IAnonymousObjectCreationOperation => "an anonymous object",
        IArrayCreationOperation array => array.IsImplicit ? "a params array" : "an array",
        ICollectionExpressionOperation { Type: IArrayTypeSymbol or INamedTypeSymbol { IsReferenceType: true } } => "a collection",
        IInterpolatedStringOperation => "an interpolated string",
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } => "a string concatenation",
        IDelegateCreationOperation creation => Delegate(creation),
        IConversionOperation { Type: { IsReferenceType: true }, Operand.Type: { IsValueType: true }, OperatorMethod: null } conversion when !IsDelegate(conversion) =>
            $"boxing a {conversion.Operand.Type!.Name}",
        IInvocationOperation call when SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, linq) => $"LINQ's {call.TargetMethod.Name}",
        IInvocationOperation { TargetMethod: { IsStatic: true, ContainingType.SpecialType: SpecialType.System_String, ReturnType.SpecialType: SpecialType.System_String } method } =>
            $"string.{method.Name}",
        IInvocationOperation { TargetMethod: { Name: nameof(ToString), Parameters.Length: 0 } } => "ToString",
        IForEachLoopOperation loop when Enumerator(loop) is { } enumerator => $"the enumerator {enumerator}",
        _ => null,
    };

    /// <summary>A lambda that captures nothing, and a method group of a static method, are made once and kept.</summary>
    private static string? Delegate(IDelegateCreationOperation creation)
    {
        if (creation.Target is IAnonymousFunctionOperation { Symbol.IsStatic: true })
            return null;
        if (creation.Target is IAnonymousFunctionOperation function)
            return Captures(function) ? "a closure" : null;
        return creation.Target is IMethodReferenceOperation { Method.IsStatic: true } ? null : "a delegate";
    }

    private static bool Captures(IAnonymousFunctionOperation function)
    {
        foreach (IOperation operation in function.Body.Descendants())
        {
            ISymbol? used = operation switch
            {
                ILocalReferenceOperation local => local.Local,
                IParameterReferenceOperation parameter => parameter.Parameter,
                _ => null,
            };
            if (operation is IInstanceReferenceOperation || (used is not null && !Declares(function, used)))
                return true;
        }

        return false;
    }

    private static bool Declares(IAnonymousFunctionOperation function, ISymbol used)
    {
        for (ISymbol? owner = used.ContainingSymbol; owner is not null; owner = owner.ContainingSymbol)
        {
            if (SymbolEqualityComparer.Default.Equals(owner, function.Symbol))
                return true;
        }

        return false;
    }

    private static bool IsDelegate(IConversionOperation conversion) => conversion.Type!.TypeKind == TypeKind.Delegate;

    private static string? Enumerator(IForEachLoopOperation loop)
    {
        if (loop.Syntax is not CommonForEachStatementSyntax syntax || loop.SemanticModel is not { } model)
            return null;
        ForEachStatementInfo info = model.GetForEachStatementInfo(syntax);
        // Arrays and strings are walked by index.
        ITypeSymbol? over = PointerOperations.SkipConversions(loop.Collection).Type;
        if (over is IArrayTypeSymbol || over?.SpecialType == SpecialType.System_String)
            return null;
        return info.GetEnumeratorMethod?.ReturnType is { IsReferenceType: true } type ? type.Name : null;
    }
}
