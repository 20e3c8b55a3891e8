// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>What is kernel code: [KernelCode] on the assembly, a type or a method, unless something nearer says [HostCode].</summary>
internal sealed class KernelScope
{
    private readonly AnnotationSymbols _annotations;
    private readonly ConcurrentDictionary<ISymbol, bool> _known = new(SymbolEqualityComparer.Default);

    public KernelScope(AnnotationSymbols annotations) => _annotations = annotations;

    /// <summary>Whether the symbol is kernel code.</summary>
    public bool Contains(ISymbol symbol)
    {
        if (!_known.TryGetValue(symbol, out bool kernel))
        {
            kernel = Find(symbol);
            _known.TryAdd(symbol, kernel);
        }

        return kernel;
    }

    private bool Find(ISymbol symbol)
    {
        for (ISymbol? scope = symbol; scope is not null and not INamespaceSymbol; scope = scope.ContainingSymbol)
        {
            if (_annotations.Has(scope, Annotation.HostCode))
                return false;
            if (_annotations.Has(scope, Annotation.KernelCode))
                return true;
        }

        return symbol.ContainingAssembly is { } assembly && _annotations.Has(assembly, Annotation.KernelCode);
    }
}
