// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>References, walks and scopes.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>Of the names that an operation gives, none of an argument's.</summary>
    private const int LostSlot = 63;

    /// <summary>
    /// The object that a reference is of: a member's address, and what container_of makes of it, are the object's; flags in a pointer's
    /// low bits are not.
    /// </summary>
    private static Term RefKey(Term value)
    {
        while (true)
        {
            if (value.Kind == TermKind.Apply && value.Name == "container_of" && value.A is not null)
                value = value.A;
            else if (value is { Kind: TermKind.Apply, Symbol: null, Name: "&", B: { Kind: TermKind.Constant, Number: < 0 } } or
                { Kind: TermKind.Apply, Symbol: null, Name: "|", B.Kind: TermKind.Constant })
                value = value.A!;
            else if (value.Kind == TermKind.Address && value.A!.Kind == TermKind.Member)
            {
                Term place = value.A;
                while (place.Kind == TermKind.Member)
                    place = place.A!;
                if (place.Kind != TermKind.Pointee)
                    return value;
                value = place.A!;
            }
            else
                return value;
        }
    }

    private Term? KeyOf(AnnotationPath path, CallFrame frame, FlowState state) =>
        path.Root == PathRoot.Return && path.Steps.IsEmpty ? frame.Result is null ? null : RefKey(frame.Result)
        : PlaceOf(path, frame, state) is { } place ? RefKey(ValueAt(path, place, state)) : null;

    private void EnterRefs(FlowState state)
    {
        foreach (RefEffect effect in _contract.Refs)
        {
            if (effect.Kind is not (Annotation.PutsRef or Annotation.ConsumesRef or Annotation.BreaksIteration) || KeyOf(effect.Path, _ownFrame, state) is not { } key)
                continue;
            _declaredPuts.Add((effect, key));
            if (!effect.Sometimes && effect.Kind != Annotation.BreaksIteration)
                state.Refs = state.Refs.With(key, new RefState(1, put: false, iterator: false, null));
        }

        foreach (AnnotationPath path in _contract.Initializes)
        {
            if (!path.Steps.IsEmpty && PlaceOf(path, _ownFrame, state) is { } end)
                state.Released = state.Released.With(end.Kind == TermKind.Pointee ? end.A!.A! : end, true);
            else if (path.Root == PathRoot.Parameter)
                state.Fresh = state.Fresh.With(_ownFrame.Arguments[path.Parameter]!, true);
            else if (path.Root == PathRoot.This && _ownFrame.Receiver is { } self)
                state.Fresh = state.Fresh.With(self, true);
        }
    }

    /// <summary>The block in which references are got.</summary>
    private readonly Dictionary<IOperation, int> _got = new();

    /// <summary>A turn ends: what was got in it and has no name any more is never put. It gets one name, or each turn would be another way.</summary>
    private void LoseUnnamed(int head, FlowState state)
    {
        foreach (KeyValuePair<Term, RefState> reference in state.Refs.Entries)
        {
            if (reference.Value is not { Count: > 0, Site: { } site } || !_got.TryGetValue(site, out int block) || block < head ||
                reference.Key is { Kind: TermKind.Load, A.Kind: TermKind.Variable } || IsHeld(reference.Key, state))
                continue;
            Term lost = _terms.Result(NumberOf(site), LostSlot, null, "an earlier turn");
            state.Refs = state.Refs.Without(reference.Key).With(lost, reference.Value);
        }
    }

    private static bool IsHeld(Term key, FlowState state)
    {
        foreach (KeyValuePair<Term, Term> value in state.Values.Entries)
        {
            if (ReferenceEquals(RefKey(value.Value), key))
                return true;
        }

        return false;
    }

    private void Own(IOperation call, Term result, MethodContract contract, FlowState state)
    {
        _got[call] = _block;
        bool iterator = contract.Refs.Exists(static effect => effect.Kind == Annotation.Iterates);
        Term key = RefKey(result);
        if (!state.Escaped.Contains(key))
            state.Refs = state.Refs.With(key, new RefState(1, put: false, iterator, call));
    }

    private void ApplyRef(IOperation call, RefEffect effect, CallFrame frame, FlowState state)
    {
        if (KeyOf(effect.Path, frame, state) is not { } key || key.Kind == TermKind.Constant || TruthOf(state, key) == false || effect.Sometimes)
            return;
        bool known = state.Refs.TryGet(key, out RefState now);
        switch (effect.Kind)
        {
            case Annotation.GetsRef:
                if (state.MayBeDying.Contains(key) && (!known || now.Count == 0))
                    _report.Add(Rules.GetOnDying, call, key, "it was reached in a read section");
                Get(call, key, now, state);
                break;
            case Annotation.TryGetsRef:
                Get(call, key, now, state);
                break;
            default:
                Put(call, key, known, now, effect, frame, state);
                break;
        }
    }

    private void Get(IOperation call, Term key, RefState now, FlowState state)
    {
        _got[call] = _block;
        state.MayBeDying = state.MayBeDying.Without(key);
        if (now.Foreign)
            state.Refs = state.Refs.Without(key);
        else if (state.Escaped.TryGet(key, out bool owed) && owed)
            state.Escaped = state.Escaped.With(key, false);
        else
            state.Refs = state.Refs.With(key, new RefState(Clamp(now.Count + 1), put: false, now.Iterator, now.Site ?? call));
    }

    private void Put(IOperation call, Term key, bool known, RefState now, RefEffect effect, CallFrame frame, FlowState state)
    {
        foreach (AnnotationPath taken in effect.MayTake)
        {
            if (Holds(taken, PlaceOf(taken, frame, state), exclusive: false, state) && (taken.Root == PathRoot.AnyInstance || PlaceOf(taken, frame, state) is { } place && FindHeld(place, state) is not null))
                _report.Add(Rules.PutUnderLock, call, key, taken.Text);
        }

        if (known && now.Put)
        {
            _report.Add(Rules.UseAfterPut, call.Syntax.GetLocation(), now.Site, key, effect.Kind == Annotation.PutsRef ? "put again" : "passed on");
            return;
        }

        _putSomewhere.Add(key);
        _putByCall.Add(key);
        if (!known || now.Site is null)
            NoteReleased(key, state);
        if (OriginOf(key, state) is { } origin)
        {
            Term held = _terms.Load(origin);
            _putSomewhere.Add(held);
            if (!known && state.Refs.TryGet(held, out now))
            {
                key = held;
                known = true;
            }
        }

        // A parameter's reference may be one of several that the caller has, and memory's one of the memory's.
        if (!known && key is { Kind: TermKind.Load })
        {
            if (effect.Kind == Annotation.PutsRef)
                state.Refs = state.Refs.With(key, new RefState(0, put: true, iterator: false, call, foreign: true));
            return;
        }

        bool last = now.Count <= 1;
        bool put = last && effect.Kind == Annotation.PutsRef;
        state.Refs = last && !put ? state.Refs.Without(key) : state.Refs.With(key, new RefState(last ? 0 : now.Count - 1, put, now.Iterator, call));
    }

    private void CheckLifetimeCall(IOperation call, IMethodSymbol target, MethodContract contract, CallFrame frame, FlowState state)
    {
        CheckFreed(call, contract, frame, state);
        if (contract.Primitive && contract.Refs.Count == 0 && contract.Locks.Count == 0)
            return;
        for (int i = 0; i < frame.Arguments.Length; i++)
        {
            if (frame.Arguments[i] is { } argument && target.Parameters[i].Type is IPointerTypeSymbol && !contract.Refs.Exists(effect => effect.Path.Parameter == i))
            {
                CheckPut(argument, $"passed to {target.Name}", call, state);
                if (contract.IsEmpty)
                    _passedOn.Add(RefKey(argument));
            }
        }
    }

    private void CheckPut(Term pointer, string how, IOperation site, FlowState state)
    {
        if (state.Refs.Count > 0 && state.Refs.TryGet(RefKey(pointer), out RefState reference) && reference.Put && !reference.Foreign)
            _report.Add(Rules.UseAfterPut, site.Syntax.GetLocation(), reference.Site, RefKey(pointer), how);
    }

    /// <summary>A pointer is stored where others find it: with it goes the reference.</summary>
    private static void NoteEscape(Term value, FlowState state)
    {
        Term key = RefKey(value);
        if (key.Kind == TermKind.Constant)
            return;
        state.Fresh = state.Fresh.Without(key).Without(value);
        bool owned = state.Refs.TryGet(key, out RefState reference) && reference.Count > 0;
        state.Escaped = state.Escaped.With(key, !owned);
        if (owned)
            state.Refs = state.Refs.Without(key);
    }

    private void CheckLifetimeAtExit(Location where, Term? returned, FlowState state)
    {
        NoteDeclaredPuts(state);
        bool walks = _contract.Refs.Exists(static effect => effect.Kind == Annotation.Iterates);
        foreach ((RefEffect effect, Term key) in _declaredPuts)
        {
            if (effect is { Kind: Annotation.ConsumesRef, Sometimes: false } && state.Refs.TryGet(key, out RefState given) && given is { Count: > 0, Site: null } &&
                TruthOf(state, key) != false && !IsGivenToCaller(key, returned, state))
                _keptExits.Add((key, where));
        }

        foreach (KeyValuePair<Term, RefState> reference in state.Refs.Entries)
        {
            if (reference.Value.Count == 0 || reference.Value.Site is null || walks || IsGivenToCaller(reference.Key, returned, state))
                continue;
            if (TruthOf(state, reference.Key) == false)
                continue;
            _report.Add(reference.Value.Iterator ? Rules.IteratorAborted : Rules.ReferenceLeaked, where, reference.Value.Site, reference.Key);
        }

        foreach (KeyValuePair<Term, OpenScope> scope in state.Scopes.Entries)
        {
            if (!_contract.Scopes.Exists(effect => effect.Name == scope.Value.Name || effect.Kind == Annotation.ScopedSwap))
                _report.Add(Rules.ScopeNotRestored, where, scope.Value.Site, scope.Value.Name);
        }
    }

    /// <summary>Ways out on which a reference that has become the function's is not put.</summary>
    private readonly List<(Term Key, Location Where)> _keptExits = new();

    private readonly HashSet<Term> _putByCall = new();
    private readonly HashSet<Term> _passedOn = new();
    private readonly HashSet<Term> _putSomewhere = new();

    private readonly List<(RefEffect Effect, Term Key)> _declaredPuts = new();

    private void NoteDeclaredPuts(FlowState state)
    {
        foreach ((RefEffect effect, Term key) in _declaredPuts)
        {
            if (!effect.Sometimes && effect.Kind != Annotation.BreaksIteration && (!state.Refs.TryGet(key, out RefState reference) || reference.Count == 0) && TruthOf(state, key) != false)
                _putSomewhere.Add(key);
        }
    }

    /// <summary>A function that says that it puts a reference does so on some way, or gives the object to somebody of whom nothing is known.</summary>
    private void CheckDeclaredPuts()
    {
        // What is put on one way is to be put on all: it has not been given to somebody else.
        foreach ((Term key, Location where) in _keptExits)
        {
            if (_putByCall.Contains(key))
                _report.Add(Rules.ReferenceLeaked, where, null, key);
        }

        foreach ((RefEffect effect, Term key) in _declaredPuts)
        {
            bool whole = effect.Path.Steps.IsEmpty && !effect.Sometimes;
            if (effect.Path.Root == PathRoot.Parameter && !_putSomewhere.Contains(key) && !(whole && _passedOn.Contains(key)))
                _report.Add(Rules.ReferenceLeaked, _method.Locations[0], null, key);
        }
    }

    private bool IsGivenToCaller(Term key, Term? returned, FlowState state)
    {
        if (_contract.ReturnsOwned && returned is not null && ReferenceEquals(RefKey(returned), key))
            return true;
        foreach (RefEffect effect in _contract.Refs)
        {
            if (effect.Kind is Annotation.GetsRef or Annotation.TryGetsRef && ReferenceEquals(KeyOf(effect.Path, _ownFrame, state), key))
                return true;
        }

        return false;
    }

    /* Scopes. */

    private void ApplyScopes(IOperation call, MethodContract contract, CallFrame frame, FlowState state)
    {
        foreach (ScopeEffect scope in contract.Scopes)
        {
            if (TokenOf(scope, frame) is not { } token)
                continue;
            bool ends = scope.Kind == Annotation.ScopeEnd || (scope.Kind == Annotation.ScopedSwap && state.Scopes.Contains(token));
            if (ends)
                EndScope(call, token, scope.Name, state);
            else if (scope.Kind == Annotation.ScopeBegin)
                state.Scopes = state.Scopes.With(token, new OpenScope(scope.Name, state.Scopes.Count, call));
            else if (call.Parent is IExpressionStatementOperation && FindScope(scope.Name, state) is { } open)
            {
                // Whatever was saved, this ends the scope with something else.
                _report.Add(Rules.ScopeNotRestored, call.Syntax.GetLocation(), open.Value.Site, scope.Name);
                state.Scopes = state.Scopes.Without(open.Key);
            }
            else if (frame.Result is { } before)
                state.Scopes = state.Scopes.With(before, new OpenScope(scope.Name, state.Scopes.Count, call));
        }
    }

    private static KeyValuePair<Term, OpenScope>? FindScope(string name, FlowState state)
    {
        foreach (KeyValuePair<Term, OpenScope> scope in state.Scopes.Entries)
        {
            if (scope.Value.Name == name)
                return scope;
        }

        return null;
    }

    private static Term? TokenOf(ScopeEffect scope, CallFrame frame)
    {
        if (scope.Token.Root == PathRoot.Return)
            return frame.Result;
        Term? argument = scope.Token.Root == PathRoot.Parameter ? frame.Arguments[scope.Token.Parameter] : null;
        return argument is { Kind: TermKind.Address, A: { Kind: TermKind.Variable } variable } ? variable : argument;
    }

    private void EndScope(IOperation call, Term token, string name, FlowState state)
    {
        if (!state.Scopes.TryGet(token, out OpenScope open))
        {
            // The token of a scope that the caller began, or one that a path of ours has ended already.
            if (token.Kind is TermKind.Stale or TermKind.Constant)
                _report.Add(Rules.ScopeNotRestored, call, name);
            return;
        }

        foreach (KeyValuePair<Term, OpenScope> other in state.Scopes.Entries)
        {
            if (other.Value.Name == open.Name && other.Value.Order > open.Order)
                _report.Add(Rules.ScopeNotRestored, call.Syntax.GetLocation(), other.Value.Site, other.Value.Name);
        }

        state.Scopes = state.Scopes.Without(token);
    }

    /// <summary>A place gets another value: what it held is not to be lost if it is still needed.</summary>
    private void OnOverwrite(Term place, Term value, IOperation site, FlowState state)
    {
        if (place.Kind == TermKind.Variable)
        {
            if (!state.Values.TryGet(place, out Term old) || ReferenceEquals(old, value) || HeldElsewhere(place, old, state))
                return;
            if (state.Scopes.TryGet(old, out OpenScope scope))
                _report.Add(Rules.SavedValueOverwritten, site.Syntax.GetLocation(), scope.Site, place, $"what '{scope.Name}' is to be restored to");
            if (state.Flags.TryGet(old, out SavedFlags flags))
                _report.Add(Rules.FlagsMismatch, site.Syntax.GetLocation(), flags.Site, $"'{place}' still hold flags that are not restored");
            return;
        }

        if (!Owns(place) || Exempt(place, state) || IsReleased(place, state))
            return;
        Term held = Load(place, state);
        if (TruthOf(state, held) == false || ReferenceEquals(held, value) || (state.Refs.TryGet(RefKey(held), out RefState reference) && reference.Put))
            return;
        if (!TakeOver(place, held, site, state) && !(IsInArray(place) && TruthOf(state, value) != false))
            _report.Add(Rules.SavedValueOverwritten, site, place, "a reference");
    }

    /// <summary>The value of a variable into which an owner's pointer was read: the reference is that one's now.</summary>
    private static Term? ReadInto(Term place, Term held, FlowState state)
    {
        foreach (KeyValuePair<Term, Term> other in state.Values.Entries)
        {
            if (!ReferenceEquals(other.Key, place) &&
                (ReferenceEquals(RefKey(other.Value), held) || (state.ReadFrom.TryGet(RefKey(other.Value), out Term from) && ReferenceEquals(from, place))))
                return other.Value;
        }

        return null;
    }

    private static bool HeldElsewhere(Term place, Term value, FlowState state)
    {
        foreach (KeyValuePair<Term, Term> other in state.Values.Entries)
        {
            if (!ReferenceEquals(other.Key, place) && ReferenceEquals(other.Value, value))
                return true;
        }

        return false;
    }

    /// <summary>A function is given where it will be called in a context that it must be fit for.</summary>
    private void CheckCallback(IOperation address, IMethodSymbol method, FlowState state)
    {
        IOperation? parent = address.Parent;
        while (parent is IConversionOperation)
            parent = parent.Parent;
        if (parent is not IArgumentOperation { Parameter: { } parameter } || _contracts.Annotations.Find(parameter.OriginalDefinition, Annotation.Callback) is not { } callback)
            return;
        string? context = callback.Named<bool>("HardIrq") ? "it runs in an interrupt handler"
            : callback.Named<bool>("SoftIrq") ? "it runs as a softirq"
            : callback.Named<bool>("Atomic") ? "it is called where nothing may sleep" : null;
        if (context is null)
            return;
        bool irq = !callback.Named<bool>("Atomic");
        _facts?.Callback(address, method, context, irq);
        if (_contracts.Of(method) is { MightSleep: true } contract && !(irq && contract.SleepsInTaskOnly))
            _report.Add(Rules.SleepInAtomic, address, method.Name, context);
    }
}
