// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The structs that a type is made of.</summary>
internal static class NestedStructs
{
    /// <summary>A generic struct with a larger one of itself as a field does not compile, but is looked at all the same.</summary>
    private const int Most = 1000;

    /// <summary>The type itself and the structs in it, at any depth, each once.</summary>
    public static IEnumerable<ITypeSymbol> Of(ITypeSymbol whole)
    {
        var seen = new HashSet<ITypeSymbol>(SymbolEqualityComparer.Default) { whole };
        var left = new Queue<ITypeSymbol>(seen);
        while (left.Count > 0)
        {
            ITypeSymbol type = left.Dequeue();
            yield return type;
            foreach (ISymbol member in type.GetMembers())
            {
                if (seen.Count < Most && member is IFieldSymbol { IsStatic: false, Type: INamedTypeSymbol { TypeKind: TypeKind.Struct, SpecialType: SpecialType.None, IsTupleType: false } inner } && seen.Add(inner))
                    left.Enqueue(inner);
            }
        }
    }
}
