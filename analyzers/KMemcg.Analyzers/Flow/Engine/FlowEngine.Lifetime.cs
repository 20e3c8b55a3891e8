// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>References and walks.</summary>
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
            _keepsRefs |= effect is { Kind: Annotation.GetsRef, Path.Root: PathRoot.AnyInstance };
            if (effect.Kind is not (Annotation.PutsRef or Annotation.ConsumesRef or Annotation.BreaksIteration))
                continue;
            if (effect.Path.Root == PathRoot.AnyInstance)
                _keptPuts.Add(effect.Path);
            if (KeyOf(effect.Path, _ownFrame, state) is not { } key)
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

    /// <summary>The local variable that gets what a call gives.</summary>
    private static ISymbol? VariableOf(IOperation call)
    {
        IOperation? parent = call.Parent;
        while (parent is IConversionOperation)
            parent = parent.Parent;
        return parent is ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } ? local : null;
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
        if (KeyOf(effect.Path, frame, state) is not { } key || key.Kind == TermKind.Constant || TruthOf(state, key) == false)
            return;
        if (effect.Sometimes)
        {
            if (effect.Kind is Annotation.PutsRef)
                _putSomewhere.Add(key);
            return;
        }

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
                if ((contract.IsEmpty || contract.GracePeriod) && argument.Kind == TermKind.Address)
                    NotePassedOn(RefKey(argument));
            }
        }
    }

    /// <summary>
    /// A member's address goes to somebody of whom nothing is known: it may be the count, of the object or of what has a pointer to that.
    /// Who gets the object itself says what becomes of it.
    /// </summary>
    private void NotePassedOn(Term key)
    {
        for (Term? holder = key; holder is not null; holder = holder is { Kind: TermKind.Load, A: { Kind: TermKind.Member } place } ? BaseOf(place) : null)
            _passedOn.Add(holder);
    }

    /// <summary>What counts an object's references is less: one of them is put.</summary>
    private void NoteCountedDown(Term place)
    {
        for (Term? member = place; member is { Kind: TermKind.Member, Symbol: { } symbol }; member = member.A)
        {
            if (_contracts.OfField(symbol).CountsRefs)
                _passedOn.Add(RefKey(_terms.Address(place)));
        }
    }

    private void CheckPut(Term pointer, string how, IOperation site, FlowState state)
    {
        if (state.Refs.Count > 0 && state.Refs.TryGet(RefKey(pointer), out RefState reference) && reference.Put && !reference.Foreign)
            _report.Add(Rules.UseAfterPut, site.Syntax.GetLocation(), reference.Site, RefKey(pointer), how + " after its reference was put");
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
        NoteDeclaredPuts(returned, state);
        bool walks = _contract.Refs.Exists(static effect => effect.Kind == Annotation.Iterates);
        foreach ((RefEffect effect, Term key) in _declaredPuts)
        {
            if (effect is { Kind: Annotation.ConsumesRef, Sometimes: false, Outcome: Outcome.Always } && state.Refs.TryGet(key, out RefState given) && given is { Count: > 0, Site: null } &&
                TruthOf(state, key) != false && !IsGivenToCaller(key, returned, state))
                _keptExits.Add((key, where));
        }

        foreach (KeyValuePair<Term, RefState> reference in state.Refs.Entries)
        {
            if (reference.Value.Count == 0 || reference.Value.Site is null || walks || _keepsRefs || IsGivenToCaller(reference.Key, returned, state))
                continue;
            if (TruthOf(state, reference.Key) == false || (reference.Value.Count == 1 && IsStillCallers(reference.Key, returned, state)))
                continue;
            if (reference.Value.Iterator)
                _report.Aborted(where, reference.Value.Site, VariableOf(reference.Value.Site), reference.Key);
            else
                _report.Add(Rules.ReferenceLeaked, where, reference.Value.Site, reference.Key);
        }

        CheckScopesAtExit(where, returned, state);
    }

    private bool IsGivenToCaller(Term key, Term? returned, FlowState state)
    {
        if (_contract.ReturnsOwned && returned is not null && ReferenceEquals(RefKey(returned), key))
            return true;
        foreach (RefEffect effect in _contract.Refs)
        {
            if (effect.Kind is Annotation.GetsRef or Annotation.TryGetsRef && ReferenceEquals(KeyOf(effect.Path, _ownFrame, state), key) && IsAskedFor(effect, returned, state) != false)
                return true;
        }

        return false;
    }

    /// <summary>What becomes the function's with certain results only is the caller's with others: it may be got back for him.</summary>
    private bool IsStillCallers(Term key, Term? returned, FlowState state) =>
        _declaredPuts.Exists(declared => declared.Effect is { Kind: Annotation.ConsumesRef, Outcome: not Outcome.Always } && ReferenceEquals(declared.Key, key) &&
            IsAskedFor(declared.Effect, returned, state) != true);

    /// <summary>Whether a result is one with which a reference is got or given, as far as that is known.</summary>
    private bool? IsAskedFor(RefEffect effect, Term? returned, FlowState state)
    {
        if (effect.Outcome == Outcome.Always || returned is null)
            return null;
        if (returned.Kind == TermKind.Constant)
            return effect.SucceedsWith(returned.Number, equal: true);
        if (effect.Outcome == Outcome.NotError && IsError(returned, state))
            return false;
        return TruthOf(state, returned) is { } truth ? effect.Succeeds(truth) : null;
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

        if (_checks)
            _emptied.Add(place);
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
