// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The contracts of a compilation, each read once.</summary>
internal sealed class ContractCache
{
    private readonly ContractBuilder _builder;
    private readonly ConcurrentDictionary<ISymbol, MethodContract> _methods = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, FieldContract> _fields = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, LockClassInfo?> _classes = new(SymbolEqualityComparer.Default);

    public ContractCache(AnnotationSymbols annotations)
    {
        Annotations = annotations;
        _builder = new ContractBuilder(annotations);
    }

    public AnnotationSymbols Annotations { get; }

    public MethodContract Of(IMethodSymbol method) =>
        _methods.GetOrAdd(method.OriginalDefinition, symbol => _builder.BuildMethod((IMethodSymbol)symbol));

    public FieldContract OfField(ISymbol field) =>
        _fields.GetOrAdd(field.OriginalDefinition, _builder.BuildField);

    /// <summary>The declared lock class of a symbol itself, or null.</summary>
    public LockClassInfo? ClassOf(ISymbol symbol) =>
        _classes.GetOrAdd(symbol.OriginalDefinition, _builder.BuildLockClass);
}
