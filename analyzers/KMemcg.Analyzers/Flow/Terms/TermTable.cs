// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The terms of one function, each made once.</summary>
internal sealed class TermTable
{
    /// <summary>A walk along a list makes a longer term each turn: beyond this it has no name.</summary>
    private const int MaxDepth = 14;

    private readonly Dictionary<Key, Term> _terms;
    private readonly Dictionary<ISymbol, Term> _variables = new(ReferenceComparer.Instance);
    private readonly Dictionary<Term, Term> _substituted = new();
    private readonly ContractCache _contracts;

    /// <summary>For a function of about so many terms.</summary>
    public TermTable(ContractCache contracts, int size)
    {
        _contracts = contracts;
        _terms = new Dictionary<Key, Term>(size);
    }

    public Term Zero => Constant(0);

    public Term Variable(ISymbol symbol)
    {
        if (!_variables.TryGetValue(symbol, out Term? term))
            _variables[symbol] = term = Make(TermKind.Variable, null, null, symbol, 0, symbol.Name);
        return term;
    }

    public Term Capture(int id) => Make(TermKind.Variable, null, null, null, id, "capture");

    public Term Static(ISymbol symbol) => Make(TermKind.Static, null, null, symbol.OriginalDefinition, 0, symbol.Name);

    public Term Constant(long value) => Make(TermKind.Constant, null, null, null, value, "");

    /// <summary>What the operation with this number gave; <paramref name="slot"/> tells its result from what it wrote to arguments.</summary>
    public Term Result(int operation, int slot, ISymbol? of, string name) =>
        Make(TermKind.Result, null, null, of?.OriginalDefinition, ((long)operation << 8) | (uint)slot, name);

    public Term Join(int block, Term variable) => Make(TermKind.Join, variable, null, null, block, variable.Name);

    public Term Stale(Term term) => term.Kind == TermKind.Stale ? term : Make(TermKind.Stale, term, null, null, 0, term.Name);

    public Term Pointee(Term pointer) => pointer.Kind == TermKind.Address ? pointer.A! : pointer.Pointee ??= Make(TermKind.Pointee, pointer, null, null, 0, "");

    public Term Address(Term place) => place.Kind == TermKind.Pointee ? place.A! : place.Address ??= Make(TermKind.Address, place, null, null, 0, "");

    public Term Load(Term place) => place.Load ??= Make(TermKind.Load, place, null, null, 0, "");

    public Term Member(Term place, ISymbol? symbol, string name) => Make(TermKind.Member, place, null, symbol?.OriginalDefinition, 0, name);

    public Term Element(Term pointer, Term index) =>
        index.Kind == TermKind.Constant && index.Number == 0 ? Pointee(pointer) : Make(TermKind.Element, pointer, index, null, 0, "");

    public Term Apply(string name, ISymbol? symbol, Term? a, Term? b) => Make(TermKind.Apply, a, b, symbol?.OriginalDefinition, 0, name);

    /// <summary>Whether a term is so deep that it should get a name of its own.</summary>
    public static bool TooDeep(Term term) => term.Depth > MaxDepth;

    /// <summary>The term with <paramref name="from"/> in it replaced.</summary>
    public Term Substitute(Term term, Term from, Term to)
    {
        if (!term.Mentions(from))
            return term;
        _substituted.Clear();
        return Replace(term, from, to);
    }

    private Term Replace(Term term, Term from, Term to)
    {
        if (ReferenceEquals(term, from))
            return to;
        if (!term.Mentions(from))
            return term;
        if (_substituted.TryGetValue(term, out Term? known))
            return known;

        Term? a = term.A is null ? null : Replace(term.A, from, to);
        Term? b = term.B is null ? null : Replace(term.B, from, to);
        Term made = term.Kind switch
        {
            TermKind.Pointee => Pointee(a!),
            TermKind.Address => Address(a!),
            TermKind.Load => Load(a!),
            TermKind.Stale => Stale(a!),
            _ => Make(term.Kind, a, b, term.Symbol, term.Number, term.Name),
        };
        _substituted[term] = made;
        return made;
    }

    private Term Make(TermKind kind, Term? a, Term? b, ISymbol? symbol, long number, string name)
    {
        var key = new Key(kind, a?.Id ?? -1, b?.Id ?? -1, symbol, number, name);
        if (!_terms.TryGetValue(key, out Term? term))
            _terms[key] = term = new Term(_terms.Count, kind, a, b, symbol, number, name, kind == TermKind.Load && IsStable(a!));
        return term;
    }

    /// <summary>Places that calls do not change.</summary>
    private bool IsStable(Term place) => place.Symbol switch
    {
        IFieldSymbol { IsReadOnly: true, IsStatic: true } or IPropertySymbol { IsStatic: true } => true,
        { } member => _contracts.OfField(member).Stable,
        _ => false,
    };

    private readonly struct Key : IEquatable<Key>
    {
        private readonly TermKind _kind;
        private readonly int _a;
        private readonly int _b;
        private readonly ISymbol? _symbol;
        private readonly long _number;
        private readonly string _name;

        public Key(TermKind kind, int a, int b, ISymbol? symbol, long number, string name)
        {
            _kind = kind;
            _a = a;
            _b = b;
            _symbol = symbol;
            _number = number;
            _name = name;
        }

        public bool Equals(Key other) =>
            _kind == other._kind && _a == other._a && _b == other._b && _number == other._number && _name == other._name &&
            SymbolEqualityComparer.Default.Equals(_symbol, other._symbol);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            unchecked
            {
                int hash = (int)_kind;
                hash = hash * 397 + _a;
                hash = hash * 397 + _b;
                hash = hash * 397 + _number.GetHashCode();
                // Names are long and much alike in the beginning; a symbol has its own, so that only operators need theirs.
                return hash * 397 + (_symbol is not null ? SymbolEqualityComparer.Default.GetHashCode(_symbol) : _name.Length == 0 ? 0 : _name.Length * 31 + _name[_name.Length - 1]);
            }
        }
    }
}
