// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The contracts of a compilation, each read once.</summary>
internal sealed class ContractCache
{
    private readonly ContractBuilder _builder;
    private readonly ConcurrentDictionary<ISymbol, MethodContract> _methods = new(ReferenceComparer.Instance);
    private readonly ConcurrentDictionary<ISymbol, int> _masks = new(ReferenceComparer.Instance);
    private readonly ConcurrentDictionary<ISymbol, FieldContract> _fields = new(ReferenceComparer.Instance);
    private readonly ConcurrentDictionary<ISymbol, ImmutableArray<ISymbol>> _owners = new(ReferenceComparer.Instance);
    private readonly ConcurrentDictionary<ISymbol, LockClassInfo?> _classes = new(ReferenceComparer.Instance);
    private readonly ConcurrentDictionary<ISymbol, string> _lockNames = new(ReferenceComparer.Instance);
    private readonly ConcurrentBag<(string Outer, string Inner)> _orders = new();
    private readonly ConcurrentDictionary<string, bool> _usedInIrq = new();
    private readonly ConcurrentDictionary<string, bool> _namesOfMany = new();

    public ContractCache(AnnotationSymbols annotations)
    {
        Annotations = annotations;
        _builder = new ContractBuilder(annotations);
    }

    public AnnotationSymbols Annotations { get; }

    public MethodContract Of(IMethodSymbol method) =>
        _methods.TryGetValue(method, out MethodContract? known) ? known : Remember(_methods, method, _builder.BuildMethod(method.OriginalDefinition));

    public FieldContract OfField(ISymbol field) =>
        _fields.TryGetValue(field, out FieldContract? known) ? known : Remember(_fields, field, _builder.BuildField(field.OriginalDefinition));

    /// <summary>The members of a type that own references which are put before an object of it is freed.</summary>
    public ImmutableArray<ISymbol> OwnersOf(INamedTypeSymbol type) => _owners.GetOrAdd(type, whole => ((INamedTypeSymbol)whole).GetMembers()
        .RemoveAll(member => member is not (IFieldSymbol or IPropertySymbol) || OfField(member) is not { OwnsRef: true, EmptyWhenFreed: false }));

    /// <summary>The declared lock class of a symbol itself, or null.</summary>
    public LockClassInfo? ClassOf(ISymbol symbol) =>
        _classes.TryGetValue(symbol, out LockClassInfo? known) ? known : Remember(_classes, symbol, _builder.BuildLockClass(symbol.OriginalDefinition));

    /// <summary>A lock's name in the order of locks: its class's, or those of the type and field that it is.</summary>
    public string LockNameOf(ISymbol symbol)
    {
        if (_lockNames.TryGetValue(symbol, out string? known))
            return known;
        string name = ClassOf(symbol) is { Name: { Length: > 0 } declared } ? declared
            : symbol.IsStatic ? symbol.Name : symbol.ContainingType.Name + "." + symbol.Name;
        if (_lockNames.TryAdd(symbol, name))
        {
            if (ClassOf(symbol) is { HardIrq: true })
                _usedInIrq[name] = true;
            if ((!symbol.IsStatic && ClassOf(symbol.ContainingType) is not null) || LockClasses.TypeOf(symbol) is INamedTypeSymbol type && ClassOf(type) is { Kind: LockKindValue.Local })
                _namesOfMany[name] = true;
            foreach ((ISymbol outer, ISymbol inner) in _builder.BuildOrders(symbol))
                _orders.Add((LockNameOf(outer), LockNameOf(inner)));
        }

        return name;
    }

    /// <summary>Whether a lock, of those whose name was asked for, is declared to be taken by interrupt handlers.</summary>
    public bool IsUsedInIrq(string name) => _usedInIrq.ContainsKey(name);

    /// <summary>
    /// Whether a lock's name does not tell who waits for whom: each CPU has its own of a local lock, and what is in a container, as an
    /// xarray's, is of another class in each.
    /// </summary>
    public bool IsNameOfMany(string name) => _namesOfMany.ContainsKey(name);

    /// <summary>The [LockOrder]s of all locks whose name was asked for.</summary>
    public IEnumerable<(string Outer, string Inner)> Orders => _orders;

    /// <summary>The kind of a [LockMember].</summary>
    public LockKindValue KindOfMember(INamedTypeSymbol holder, string name)
    {
        foreach (KeyValuePair<Annotation, AttributeData> annotation in Annotations.Of(holder))
        {
            if (annotation.Key == Annotation.LockMember && annotation.Value.Text() == name && annotation.Value.Named<int?>("Kind") is { } kind)
                return (LockKindValue)kind;
        }

        return LockKindValue.Bit;
    }

    /// <summary>A function's parameter that is a gfp mask, declared or by its name; -1 if it has none.</summary>
    public int MaskOf(IMethodSymbol method)
    {
        if (_masks.TryGetValue(method, out int mask))
            return mask;
        return Remember(_masks, method, Of(method) is { MightSleepIf: >= 0 } contract ? contract.MightSleepIf : FactCollector.MaskParameter(method));
    }

    private static T Remember<T>(ConcurrentDictionary<ISymbol, T> cache, ISymbol symbol, T contract) => cache.GetOrAdd(symbol, contract);
}
