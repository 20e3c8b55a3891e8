// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>A lock is where it is: a copy of it, or of a struct that has one, is another lock that nobody takes.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LockValueAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.LockCopied);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        var types = new NonCopyableTypes(annotations);
        start.RegisterOperationAction(c => Check(c, ((IAssignmentOperation)c.Operation).Value, types, "assigned"), OperationKind.SimpleAssignment);
        start.RegisterOperationAction(c => Check(c, ((IVariableInitializerOperation)c.Operation).Value, types, "assigned"), OperationKind.VariableInitializer);
        start.RegisterOperationAction(c => Check(c, ((IReturnOperation)c.Operation).ReturnedValue, types, "returned"), OperationKind.Return);
        start.RegisterOperationAction(c => CheckArgument(c, types), OperationKind.Argument);
        start.RegisterOperationAction(c => CheckBoxing(c, types), OperationKind.Conversion);
        start.RegisterSymbolAction(c => CheckParameter(c, types), SymbolKind.Method);
    }

    private static void Check(OperationAnalysisContext context, IOperation? value, NonCopyableTypes types, string how)
    {
        if (value is null || value.Syntax is RefExpressionSyntax || value.Syntax.Parent is RefExpressionSyntax || !IsStored(value))
            return;
        if (context.Operation is IReturnOperation && context.ContainingSymbol is IMethodSymbol { ReturnsByRef: true } or IMethodSymbol { ReturnsByRefReadonly: true })
            return;

        // Through a pointer there is no operation, and so no type: the semantic model has it.
        ITypeSymbol? type = value.Type ?? value.SemanticModel?.GetTypeInfo(value.Syntax, context.CancellationToken).Type;
        if (type is not null && types.Contains(type))
            Report(context, value.Syntax, type, how);
    }

    /// <summary>Whether the value is read from somewhere: what was just made is moved, not copied.</summary>
    private static bool IsStored(IOperation value) => value.Kind switch
    {
        OperationKind.None => value.Syntax is not (StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax),
        OperationKind.LocalReference or OperationKind.ParameterReference or OperationKind.FieldReference or OperationKind.ArrayElementReference
            or OperationKind.PropertyReference or OperationKind.Invocation or OperationKind.Conditional => true,
        _ => false,
    };

    private static void CheckArgument(OperationAnalysisContext context, NonCopyableTypes types)
    {
        var argument = (IArgumentOperation)context.Operation;
        if (argument.Parameter is { RefKind: RefKind.None })
            Check(context, argument.Value, types, "passed by value");
    }

    private static void CheckBoxing(OperationAnalysisContext context, NonCopyableTypes types)
    {
        var conversion = (IConversionOperation)context.Operation;
        if (conversion.Type is { IsReferenceType: true } && conversion.Operand.Type is { IsValueType: true } type && types.Contains(type))
            Report(context, conversion.Syntax, type, "boxed");
    }

    private static void CheckParameter(SymbolAnalysisContext context, NonCopyableTypes types)
    {
        foreach (IParameterSymbol parameter in ((IMethodSymbol)context.Symbol).Parameters)
        {
            if (parameter.RefKind == RefKind.None && types.Contains(parameter.Type) && parameter.Locations.Length > 0)
                context.ReportDiagnostic(Diagnostic.Create(Rules.LockCopied, parameter.Locations[0], parameter.Type.Name, $"'{parameter.Name}' is a parameter by value"));
        }
    }

    private static void Report(OperationAnalysisContext context, SyntaxNode where, ITypeSymbol type, string how) =>
        context.ReportDiagnostic(Diagnostic.Create(Rules.LockCopied, where.GetLocation(), type.Name, $"'{where}' is {how}"));

    /// <summary>Locks; and types that say so, with the structs that have a field of one.</summary>
    private sealed class NonCopyableTypes
    {
        private readonly AnnotationSymbols _annotations;
        private readonly ConcurrentDictionary<ITypeSymbol, bool> _known = new(SymbolEqualityComparer.Default);

        public NonCopyableTypes(AnnotationSymbols annotations) => _annotations = annotations;

        public bool Contains(ITypeSymbol type)
        {
            if (type is not INamedTypeSymbol { TypeKind: TypeKind.Struct, SpecialType: SpecialType.None, IsTupleType: false } named)
                return false;
            if (!_known.TryGetValue(named, out bool contained))
            {
                contained = _annotations.Has(named.OriginalDefinition, Annotation.LockClass) || IsNonCopyable(named);
                _known.TryAdd(named, contained);
            }

            return contained;
        }

        private bool IsNonCopyable(INamedTypeSymbol type) => NestedStructs.Of(type).Any(part => _annotations.Has(part.OriginalDefinition, Annotation.NonCopyable));
    }
}
