// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Puts: of which reference, who had it, and whether those that are declared are done.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>Ways out on which a reference that has become the function's is not put.</summary>
    private readonly List<(Term Key, Location Where)> _keptExits = new();

    private readonly HashSet<Term> _passedOn = new();
    private readonly HashSet<Term> _putSomewhere = new();

    private readonly List<(RefEffect Effect, Term Key)> _declaredPuts = new();

    /// <summary>Members, of whatever objects, whose references the function says that it puts.</summary>
    private readonly List<AnnotationPath> _keptPuts = new();

    /// <summary>The function says that members of objects that it does not name, as the links of lists, keep what it gets.</summary>
    private bool _keepsRefs;

    private readonly HashSet<ISymbol> _keptPutsDone = new(SymbolEqualityComparer.Default);

    /// <summary>Puts of what was in nobody knows which member, and which of those it can have been in; none once a way shows which.</summary>
    private readonly Dictionary<IOperation, ImmutableArray<ISymbol>> _putsOfSome = new();

    /// <summary>What is put where, out of which place, and whether the function has that reference on some way there.</summary>
    private readonly Dictionary<IOperation, (Term Key, Term? Origin, bool Had)> _puts = new();

    /// <summary>Places in memory that get another value here, and objects that are freed here: what was there is the function's to put.</summary>
    private readonly HashSet<Term> _emptied = new();

    private void Put(IOperation call, Term key, bool known, RefState now, RefEffect effect, CallFrame frame, FlowState state)
    {
        CheckPutLocks(call, key, effect, frame, state);
        if (known && now.Put)
        {
            _report.Add(Rules.UseAfterPut, call.Syntax.GetLocation(), now.Site, key, $"{(effect.Kind == Annotation.PutsRef ? "put again" : "passed on")} after its reference was put");
            return;
        }

        _putSomewhere.Add(key);
        if (!known || now.Site is null)
            NoteReleased(key, state);
        Term? origin = OriginOf(key, state);
        if (origin is not null)
        {
            Term held = _terms.Load(origin);
            _putSomewhere.Add(held);
            if (!known && state.Refs.TryGet(held, out now))
            {
                key = held;
                known = true;
            }
        }

        bool kept = NotePut(call, key, known, origin, effect, state);
        if (!known && effect.Kind == Annotation.ConsumesRef && !state.Escaped.Contains(key))
            state.Escaped = state.Escaped.With(key, true);

        // A parameter's reference may be one of several that the caller has, and memory's one of the memory's.
        if (!known && (kept || key is { Kind: TermKind.Load }))
        {
            if (effect.Kind == Annotation.PutsRef && !(kept && key.Kind == TermKind.Join))
                state.Refs = state.Refs.With(key, new RefState(0, put: true, iterator: false, call, foreign: true));
            return;
        }

        bool last = now.Count <= 1;
        bool put = last && effect.Kind == Annotation.PutsRef;
        state.Refs = last && !put ? state.Refs.Without(key) : state.Refs.With(key, new RefState(last ? 0 : now.Count - 1, put, now.Iterator, call, foreign: put && _keepsRefs));
    }

    private void CheckPutLocks(IOperation call, Term key, RefEffect effect, CallFrame frame, FlowState state)
    {
        foreach (AnnotationPath taken in effect.MayTake)
        {
            if (Holds(taken, PlaceOf(taken, frame, state), exclusive: false, state) && (taken.Root == PathRoot.AnyInstance || PlaceOf(taken, frame, state) is { } place && FindHeld(place, state) is not null))
                _report.Add(Rules.PutUnderLock, call, key, taken.Text);
        }
    }

    /// <summary>A reference is put: it was got here, or somebody says that it is the function's. True if members keep it.</summary>
    private bool NotePut(IOperation call, Term key, bool known, Term? origin, RefEffect effect, FlowState state)
    {
        bool isKept = false;
        // Of what came together on several ways, through a pointer or out of something else nobody can tell whose it was.
        bool told = !(key.Kind is TermKind.Join or TermKind.Apply || key is { Kind: TermKind.Result, Symbol: ILocalSymbol });
        bool had = known || !told || state.Escaped.Contains(key) || IsGivenToCaller(key, null, state) ||
            _declaredPuts.Exists(declared => ReferenceEquals(declared.Key, key));
        if (_keptPuts.Count > 0)
            had |= isKept = IsKeptByMember(call, effect, origin is null ? null : FieldOf(origin)?.Symbol, !(had && told));

        // Who says what member's reference it puts clears that member itself.
        if (_checks && effect.Kind == Annotation.PutsRef && effect.Path.Steps.IsEmpty)
            _puts[call] = (key, origin, had || (_puts.TryGetValue(call, out (Term Key, Term? Origin, bool Had) before) && before.Had));
        return isKept;
    }

    /// <summary>Whether what is put is of a member whose references the function says that it puts, by its place or, without one, by its type.</summary>
    private bool IsKeptByMember(IOperation call, RefEffect effect, ISymbol? member, bool anybodys)
    {
        ImmutableArray<ISymbol>.Builder some = ImmutableArray.CreateBuilder<ISymbol>();
        foreach (AnnotationPath kept in _keptPuts)
        {
            if (kept.Last is not { } last)
                continue;
            if (member is not null && SymbolEqualityComparer.Default.Equals(last, member))
            {
                _keptPutsDone.Add(last);
                _putsOfSome[call] = ImmutableArray<ISymbol>.Empty;
                return true;
            }

            if (member is null && anybodys && KeptObject.MayBe(last, call, effect.Path))
                some.Add(last);
        }

        if (some.Count > 0 && !_putsOfSome.ContainsKey(call))
            _putsOfSome[call] = some.ToImmutable();
        return some.Count > 0;
    }

    /// <summary>Each put of something unknown is of one member; those that can be of fewer come first.</summary>
    private void ShareOutPuts()
    {
        foreach (ImmutableArray<ISymbol> some in _putsOfSome.Values.OrderBy(static some => some.Length))
        {
            if (some.FirstOrDefault(member => !_keptPutsDone.Contains(member)) is { } first)
                _keptPutsDone.Add(first);
        }
    }

    private bool IsEmptied(Term place)
    {
        Term field = FieldOf(place) ?? place;
        return _emptied.Contains(place) || _emptied.Contains(field) ||
            (BaseOf(field) is { } holder && _emptied.Contains(holder) && !(field.Symbol is { } member && _contracts.OfField(member).EmptyWhenFreed));
    }

    private void NoteDeclaredPuts(Term? returned, FlowState state)
    {
        foreach ((RefEffect effect, Term key) in _declaredPuts)
        {
            if (!effect.Sometimes && effect.Kind != Annotation.BreaksIteration && (!state.Refs.TryGet(key, out RefState reference) || reference.Count == 0 || IsGivenToCaller(key, returned, state)) && TruthOf(state, key) != false)
                _putSomewhere.Add(key);
        }
    }

    /// <summary>A function that says that it puts a reference does so on some way, or gives the object to somebody of whom nothing is known.</summary>
    private void CheckDeclaredPuts()
    {
        // What is put or given away on one way is so on all.
        foreach ((Term key, Location where) in _keptExits)
        {
            if (_putSomewhere.Contains(key))
                _report.Add(Rules.ReferenceLeaked, where, null, key);
        }

        foreach ((RefEffect effect, Term key) in _declaredPuts)
        {
            bool whole = effect.Path.Steps.IsEmpty && !effect.Sometimes;
            if (effect.Path.Root == PathRoot.Parameter && effect.Outcome == Outcome.Always && !_putSomewhere.Contains(key) && !(whole && _passedOn.Contains(key)))
                _report.Add(Rules.ReferenceLeaked, _method.Locations[0], null, key);
        }

        ShareOutPuts();
        foreach (AnnotationPath kept in _keptPuts)
        {
            if (kept.Last is { } last && !_keptPutsDone.Contains(last))
                _report.Add(Rules.ReferenceLeaked, _method.Locations[0], null, kept.Text);
        }

        foreach (KeyValuePair<IOperation, (Term Key, Term? Origin, bool Had)> put in _puts)
        {
            if (!put.Value.Had && !(put.Value.Origin is { } place && IsEmptied(place)))
                _report.Add(Rules.UseAfterPut, put.Key, put.Value.Key, put.Value.Origin is { } owner && Owns(owner)
                    ? "put, but stays in its field: clear the field, free its object, or declare [PutsRef]"
                    : "put, and nobody says that this function has a reference of it");
        }
    }
}
