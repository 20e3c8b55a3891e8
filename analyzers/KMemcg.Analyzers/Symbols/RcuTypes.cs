// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>KMemcg.Annotations.Rcu: what a pointer is that only accessors follow.</summary>
internal static class RcuTypes
{
    /// <summary>An RCU pointer: a Rcu&lt;T&gt;*, or a Rcu*.</summary>
    public static bool IsPointer(ITypeSymbol? type) => type is IPointerTypeSymbol pointer && IsPointee(pointer.PointedAtType);

    /// <summary>An RCU pointer, its address, the address of that.</summary>
    public static bool LeadsToPointer(ITypeSymbol? type)
    {
        while (type is IPointerTypeSymbol pointer)
        {
            type = pointer.PointedAtType;
            if (IsPointee(type))
                return true;
        }

        return false;
    }

    /// <summary>T of a Rcu&lt;T&gt;; any other type is itself.</summary>
    public static ITypeSymbol Object(ITypeSymbol type) => IsPointee(type) && type is INamedTypeSymbol { TypeArguments: { Length: 1 } arguments } ? arguments[0] : type;

    private static bool IsPointee(ITypeSymbol type) =>
        type is INamedTypeSymbol { Name: "Rcu", TypeKind: TypeKind.Struct, ContainingNamespace: { Name: "Annotations", ContainingNamespace.Name: "KMemcg" } };
}
