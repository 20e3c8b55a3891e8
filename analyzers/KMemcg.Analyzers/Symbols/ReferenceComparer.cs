// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Symbols by the object that stands for them: cheap, where it does no harm that one symbol may have two.</summary>
internal sealed class ReferenceComparer : IEqualityComparer<ISymbol>
{
    public static readonly ReferenceComparer Instance = new();

    public bool Equals(ISymbol? a, ISymbol? b) => ReferenceEquals(a, b);

    public int GetHashCode(ISymbol symbol) => RuntimeHelpers.GetHashCode(symbol);
}
