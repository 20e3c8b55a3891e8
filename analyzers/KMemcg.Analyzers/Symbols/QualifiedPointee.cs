// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Types of KMemcg.Annotations that only qualify what a pointer points to.</summary>
internal static class QualifiedPointee
{
    /// <summary>Whether this is PerCpu&lt;T&gt;*.</summary>
    public static bool IsPerCpuAddress(ITypeSymbol? type) => type is IPointerTypeSymbol { PointedAtType: INamedTypeSymbol pointee } && IsPerCpu(pointee);

    /// <summary>T of a PerCpu&lt;T&gt;; any other type as it is.</summary>
    public static ITypeSymbol Strip(ITypeSymbol type) => type is INamedTypeSymbol named && IsPerCpu(named) ? named.TypeArguments[0] : type;

    private static bool IsPerCpu(INamedTypeSymbol type) =>
        type is { Name: "PerCpu", Arity: 1, ContainingNamespace: { Name: "Annotations", ContainingNamespace.Name: "KMemcg" } };
}
