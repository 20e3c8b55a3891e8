// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>PerCpu and Rcu of KMemcg.Annotations, which only qualify what a pointer points to.</summary>
internal static class QualifiedPointee
{
    /// <summary>Whether this is PerCpu&lt;T&gt;*.</summary>
    public static bool IsPerCpuAddress(ITypeSymbol? type) => type is IPointerTypeSymbol pointer && IsPerCpu(pointer.PointedAtType);

    /// <summary>An RCU pointer: a Rcu&lt;T&gt;*, or a Rcu*.</summary>
    public static bool IsRcuPointer(ITypeSymbol? type) => type is IPointerTypeSymbol pointer && IsRcu(pointer.PointedAtType);

    /// <summary>An RCU pointer, its address, the address of that.</summary>
    public static bool LeadsToRcuPointer(ITypeSymbol? type)
    {
        while (type is IPointerTypeSymbol pointer)
        {
            type = pointer.PointedAtType;
            if (IsRcu(type))
                return true;
        }

        return false;
    }

    /// <summary>T of a PerCpu&lt;T&gt; or a Rcu&lt;T&gt;; any other type as it is.</summary>
    public static ITypeSymbol Strip(ITypeSymbol type) =>
        type is INamedTypeSymbol { TypeArguments: { Length: 1 } arguments } && (IsPerCpu(type) || IsRcu(type)) ? arguments[0] : type;

    private static bool IsPerCpu(ITypeSymbol type) => IsAnnotation(type, "PerCpu");

    private static bool IsRcu(ITypeSymbol type) => IsAnnotation(type, "Rcu");

    private static bool IsAnnotation(ITypeSymbol type, string name) =>
        type is INamedTypeSymbol { TypeKind: TypeKind.Struct, ContainingNamespace: { Name: "Annotations", ContainingNamespace.Name: "KMemcg" } } && type.Name == name;
}
