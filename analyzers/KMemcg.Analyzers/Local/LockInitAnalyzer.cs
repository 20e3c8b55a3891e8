// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>An object that a function allocates has no locks before the function, or one that it gives the object to, makes them.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LockInitAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.LockNotInitialized);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        start.RegisterOperationBlockAction(c => Check(c, annotations));
    }

    private static void Check(OperationBlockAnalysisContext context, AnnotationSymbols annotations)
    {
        Dictionary<ILocalSymbol, SyntaxNode>? fresh = null;
        foreach (IOperation block in context.OperationBlocks)
        {
            // In the order of the text, which is the order of a body that allocates and initializes.
            foreach (IOperation operation in block.DescendantsAndSelf())
            {
                if (operation is ISimpleAssignmentOperation { Target: ILocalReferenceOperation target } assignment && IsAllocation(assignment.Value, annotations))
                    (fresh ??= new(SymbolEqualityComparer.Default))[target.Local] = assignment.Syntax;
                else if (operation is IVariableDeclaratorOperation { Initializer.Value: { } initial } declarator && IsAllocation(initial, annotations))
                    (fresh ??= new(SymbolEqualityComparer.Default))[declarator.Symbol] = declarator.Syntax;
                else if (fresh is not null && operation is IInvocationOperation call)
                    CheckCall(context, annotations, fresh, call);
                else if (fresh is not null && operation is ISimpleAssignmentOperation store && Local(store.Value) is { } stored)
                    fresh.Remove(stored);
            }
        }
    }

    private static void CheckCall(OperationBlockAnalysisContext context, AnnotationSymbols annotations, Dictionary<ILocalSymbol, SyntaxNode> fresh, IInvocationOperation call)
    {
        foreach (IArgumentOperation argument in call.Arguments)
        {
            if (Local(argument.Value) is not { } local || !fresh.ContainsKey(local))
                continue;

            IMethodSymbol method = call.TargetMethod.OriginalDefinition;
            bool takes = annotations.Has(method, Annotation.Acquires) || annotations.Has(method, Annotation.AcquiresShared) || annotations.Has(method, Annotation.TryAcquires);
            if (takes && argument.Syntax is ArgumentSyntax { Expression: PrefixUnaryExpressionSyntax address } && address.IsKind(SyntaxKind.AddressOfExpression))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.LockNotInitialized, call.Syntax.GetLocation(), address.Operand.ToString()));
                fresh.Remove(local);
            }
            // Whoever gets the object, or a lock of it, may make its locks: a list, a constructor, spin_lock_init.
            else if (argument.Syntax is ArgumentSyntax { Expression: IdentifierNameSyntax or CastExpressionSyntax } || annotations.Has(method, Annotation.Initializes))
                fresh.Remove(local);
        }
    }

    /// <summary>The local at the root of p, &amp;p->lock or a cast of one.</summary>
    private static ILocalSymbol? Local(IOperation value)
    {
        foreach (IOperation operation in value.DescendantsAndSelf())
        {
            if (operation is ILocalReferenceOperation reference && reference.Local.Type is IPointerTypeSymbol)
                return reference.Local;
            if (operation is IInvocationOperation)
                return null;
        }

        return null;
    }

    private static bool IsAllocation(IOperation value, AnnotationSymbols annotations) =>
        PointerOperations.SkipConversions(value) is IInvocationOperation call && annotations.Has(call.TargetMethod.OriginalDefinition, Annotation.ReturnsFresh);
}
