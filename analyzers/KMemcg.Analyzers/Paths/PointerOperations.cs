// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>What an operation without a kind is, of those that follow pointers.</summary>
internal enum PointerOperation
{
    /// <summary>Something else.</summary>
    None,

    /// <summary>*p, and the p-> of p->field.</summary>
    Dereference,

    /// <summary>p[i].</summary>
    Element,

    /// <summary>stackalloc.</summary>
    StackAlloc,
}

/// <summary>
/// Roslyn has no operations for pointers (dotnet/roslyn#84081): *p, p->f and p[i] are OperationKind.None. The syntax tells
/// which they are.
/// </summary>
internal static class PointerOperations
{
    /// <summary>Which pointer operation this is.</summary>
    public static PointerOperation Classify(IOperation operation)
    {
        if (operation.Kind != OperationKind.None)
            return PointerOperation.None;

        // The p-> of p->field: the operation is made up, and has the syntax of p.
        if (operation.IsImplicit && operation.Parent is { Syntax: MemberAccessExpressionSyntax access } &&
            access.IsKind(SyntaxKind.PointerMemberAccessExpression) && access.Expression == operation.Syntax)
            return PointerOperation.Dereference;

        SyntaxNode syntax = operation.Syntax;
        while (syntax is ParenthesizedExpressionSyntax parenthesized)
            syntax = parenthesized.Expression;

        if (syntax.IsKind(SyntaxKind.PointerIndirectionExpression))
            return PointerOperation.Dereference;
        if (syntax is ElementAccessExpressionSyntax)
            return PointerOperation.Element;
        if (syntax is StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax)
            return PointerOperation.StackAlloc;
        return PointerOperation.None;
    }

    /// <summary>The pointer that a dereference follows or an element access starts from; null for other operations.</summary>
    public static IOperation? Pointer(IOperation operation)
    {
        if (Classify(operation) is PointerOperation.Dereference or PointerOperation.Element)
        {
            foreach (IOperation child in operation.ChildOperations)
                return child;
        }

        return null;
    }

    /// <summary>The null pointer.</summary>
    public static bool IsNull(IOperation operation)
    {
        operation = SkipConversions(operation);
        return operation is { ConstantValue: { HasValue: true, Value: null or 0 } } || operation.Kind == OperationKind.DefaultValue;
    }

    /// <summary>x == null, x != null.</summary>
    public static bool IsComparedWithNull(IOperation operation)
    {
        IOperation value = operation;
        while (value.Parent is IConversionOperation { OperatorMethod: null } conversion)
            value = conversion;
        return value.Parent is IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } comparison &&
            IsNull(comparison.LeftOperand == value ? comparison.RightOperand : comparison.LeftOperand);
    }

    /// <summary>An expression without the conversions around it that change no bits.</summary>
    public static IOperation SkipConversions(IOperation operation)
    {
        while (operation is IConversionOperation { OperatorMethod: null } conversion)
            operation = conversion.Operand;
        return operation;
    }
}
