// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>What is freed by a call.</summary>
internal static class FreedObject
{
    /// <summary>The type of the object whose address, or a member's, is an argument; null if it is not known.</summary>
    public static INamedTypeSymbol? TypeOf(IOperation call, int parameter)
    {
        if (call is not IInvocationOperation invocation)
            return null;
        foreach (IArgumentOperation argument in invocation.Arguments)
        {
            if (argument.Parameter?.Ordinal == parameter)
                return TypeOf(PointerOperations.SkipConversions(argument.Value));
        }

        return null;
    }

    private static INamedTypeSymbol? TypeOf(IOperation pointer)
    {
        if (pointer is IPropertyReferenceOperation member)
            return member.Property.ContainingType;
        if (pointer is not IAddressOfOperation { Reference: IFieldReferenceOperation field })
            return pointer.Type is IPointerTypeSymbol { PointedAtType: INamedTypeSymbol type } ? type : null;
        while (field.Instance is IFieldReferenceOperation outer)
            field = outer;
        return field.Field.ContainingType;
    }
}
