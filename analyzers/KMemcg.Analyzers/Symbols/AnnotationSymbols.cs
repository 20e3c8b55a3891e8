// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The attribute types as a compilation sees them, looked up once.</summary>
internal sealed class AnnotationSymbols
{
    private const string Namespace = "KMemcg.Annotations.";

    /// <summary>All analyzers of a compilation ask for the same attributes, which are read once.</summary>
    private static readonly ConditionalWeakTable<Compilation, AnnotationSymbols?> s_byCompilation = new();

    private readonly Dictionary<ISymbol, Annotation> _kinds;
    private readonly ConcurrentDictionary<ISymbol, ImmutableArray<KeyValuePair<Annotation, AttributeData>>> _known = new(ReferenceComparer.Instance);

    private AnnotationSymbols(Dictionary<ISymbol, Annotation> kinds) => _kinds = kinds;

    /// <summary>Null where the compilation does not refer to the annotations: then there is nothing to check.</summary>
    public static AnnotationSymbols? Resolve(Compilation compilation) => s_byCompilation.GetValue(compilation, Find);

    private static AnnotationSymbols? Find(Compilation compilation)
    {
        if (compilation.GetTypeByMetadataName(Namespace + nameof(Annotation.Acquires) + "Attribute") is null)
            return null;

        var kinds = new Dictionary<ISymbol, Annotation>(SymbolEqualityComparer.Default);
        foreach (Annotation kind in (Annotation[])Enum.GetValues(typeof(Annotation)))
        {
            INamedTypeSymbol? type = compilation.GetTypeByMetadataName(Namespace + kind + "Attribute");
            if (type is not null)
                kinds[type] = kind;
        }

        return new AnnotationSymbols(kinds);
    }

    /// <summary>Whether the attribute is one of ours, and which.</summary>
    public bool TryGetKind(AttributeData attribute, out Annotation kind)
    {
        kind = default;
        return attribute.AttributeClass is { } type && _kinds.TryGetValue(type, out kind);
    }

    /// <summary>The annotations that a symbol carries itself; an accessor carries its property's too.</summary>
    public ImmutableArray<KeyValuePair<Annotation, AttributeData>> Of(ISymbol symbol) =>
        _known.TryGetValue(symbol, out ImmutableArray<KeyValuePair<Annotation, AttributeData>> known) ? known : _known.GetOrAdd(symbol, Read(symbol));

    private ImmutableArray<KeyValuePair<Annotation, AttributeData>> Read(ISymbol symbol)
    {
        ImmutableArray<KeyValuePair<Annotation, AttributeData>> annotations = ImmutableArray<KeyValuePair<Annotation, AttributeData>>.Empty;
        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (TryGetKind(attribute, out Annotation kind))
                annotations = annotations.Add(new KeyValuePair<Annotation, AttributeData>(kind, attribute));
        }

        return symbol is IMethodSymbol { AssociatedSymbol: IPropertySymbol property } ? annotations.AddRange(Of(property)) : annotations;
    }

    /// <summary>The first annotation of a kind, or null.</summary>
    public AttributeData? Find(ISymbol symbol, Annotation wanted)
    {
        foreach (KeyValuePair<Annotation, AttributeData> found in Of(symbol))
        {
            if (found.Key == wanted)
                return found.Value;
        }

        return null;
    }

    /// <summary>Whether a symbol carries an annotation.</summary>
    public bool Has(ISymbol symbol, Annotation wanted) => Find(symbol, wanted) is not null;

    /// <summary>Whether a symbol, or a type or the assembly that it is in, carries an annotation.</summary>
    public bool HasInScope(ISymbol symbol, Annotation wanted)
    {
        for (ISymbol? scope = symbol; scope is not null and not INamespaceSymbol; scope = scope.ContainingSymbol)
        {
            if (Has(scope, wanted))
                return true;
        }

        return symbol.ContainingAssembly is { } assembly && Has(assembly, wanted);
    }
}
