// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Fields that own references.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>The field that a place is, or is an element of.</summary>
    private static Term? FieldOf(Term place)
    {
        if (place.Kind is TermKind.Member or TermKind.Static)
            return place;
        if (place.Kind is TermKind.Element or TermKind.Pointee && place.A is { Kind: TermKind.Load or TermKind.Address, A: { Kind: TermKind.Member or TermKind.Static } holder } pointer &&
            (pointer.Kind == TermKind.Address || TypeOf(holder.Symbol) is IPointerTypeSymbol { PointedAtType: IPointerTypeSymbol }))
            return holder;
        return null;
    }

    /// <summary>In an array, whose elements are not told apart.</summary>
    private static bool IsInArray(Term place)
    {
        while (place.Kind == TermKind.Member)
            place = place.A!;
        return place.Kind == TermKind.Element || (place.Kind == TermKind.Pointee && FieldOf(place) is not null);
    }

    /// <summary>Whether what is at a place comes with a reference.</summary>
    private bool Owns(Term place) => FieldOf(place) is { Symbol: { } member } && _contracts.OfField(member).OwnsRef;

    /// <summary>Where a value was read from.</summary>
    private static Term? OriginOf(Term value, FlowState state) =>
        value.Kind == TermKind.Load ? value.A : state.ReadFrom.TryGet(value, out Term place) ? place : null;

    /// <summary>What a function that gives what is kept somewhere gives.</summary>
    private Term? KeptBy(MethodContract contract, Term?[] arguments, Term? receiver, FlowState state) =>
        contract.Kept is { } path && PlaceOf(path, new CallFrame(arguments, receiver, null), state) is { } place
            ? ValueAt(path, place, state)
            : null;

    /// <summary>The pointer that leads to the end of a path; if that is a word with a pointer in it, what is in the word.</summary>
    private Term ValueAt(AnnotationPath path, Term place, FlowState state) =>
        !path.Steps.IsEmpty && path.Last is { } last && TypeOf(last) is { SpecialType: SpecialType.System_UInt64 }
            ? Load(place, state)
            : _terms.Address(place);

    /// <summary>A reference was put: if a field had it, it has none now.</summary>
    private void NoteReleased(Term value, FlowState state)
    {
        if (OriginOf(value, state) is { } place && Owns(place))
            SetReleased(place, state);
    }

    /// <summary>Of an array's elements it is known that some are put.</summary>
    private static void SetReleased(Term place, FlowState state)
    {
        Term field = FieldOf(place)!;
        if (ReferenceEquals(field, place))
            state.Released = state.Released.With(field, true);
        else if (!state.Released.Contains(field))
            state.Released = state.Released.With(field, false);
    }

    private static bool IsReleased(Term place, FlowState state) => state.Released.TryGet(place, out bool always) && always;

    /// <summary>An owner gets another value.</summary>
    private void OnOwnerWritten(Term place, Term value, FlowState state)
    {
        if (!Owns(place))
            return;
        if (TruthOf(state, value) == false)
            SetReleased(place, state);
        else if (FieldOf(place) == place)
            state.Released = state.Released.Without(place);
    }

    /// <summary>An object goes: what it owns has been put, or was given to somebody else.</summary>
    private void CheckFreed(IOperation call, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (contract.Frees is not { Root: PathRoot.Parameter } path || FreedObject.TypeOf(call, path.Parameter) is not { } type || frame.Arguments[path.Parameter] is not { } pointer)
            return;
        // A member's address, as such or as a property gives it, is the object's.
        if (pointer is { Kind: TermKind.Apply, Name: "container_of", Symbol: IMethodSymbol { AssociatedSymbol: IPropertySymbol } })
            pointer = pointer.A!;
        else if (pointer.Kind == TermKind.Address)
            pointer = RefKey(pointer);
        _emptied.Add(pointer);
        Term freed = _terms.Pointee(pointer);
        if (IsFresh(freed, state) || IsFreedByCaller(pointer, state))
            return;
        foreach (ISymbol owner in _contracts.OwnersOf(type))
        {
            Term place = _terms.Member(freed, owner, owner.Name);
            if (IsReleased(place, state) || TruthOf(state, Load(place, state)) == false)
                continue;
            // An array's elements are put in a loop, which may have had no turn.
            if (TypeOf(owner) is IPointerTypeSymbol { PointedAtType: IPointerTypeSymbol })
                _report.Freed(call, place.ToString(), state.Released.Contains(place));
            else if (!TakeOver(place, Load(place, state), call, state))
                _report.Add(Rules.FreedWithReference, call, place);
        }
    }

    /// <summary>What an owner held was read out of it before: the reference is the variable's. False if nobody has it.</summary>
    private bool TakeOver(Term place, Term held, IOperation site, FlowState state)
    {
        if (ReadInto(place, held, state) is not { } taken)
            return false;
        Term key = RefKey(taken);
        if (state.Refs.TryGet(key, out RefState mine) && mine is { Count: > 0, Site: not null })
            state.Refs = state.Refs.With(key, new RefState(Clamp(mine.Count + 1), put: false, mine.Iterator, mine.Site));
        else if (!state.Refs.Contains(key) && !(state.Escaped.TryGet(key, out bool owed) && owed) && key.Kind != TermKind.Constant)
            state.Refs = state.Refs.With(key, new RefState(1, put: false, iterator: false, site));
        return true;
    }

    /// <summary>
    /// xchg gives what an owner held, with its reference. cmpxchg stores the new value, with a reference, if it gives what was expected.
    /// </summary>
    private void ExchangeOwned(IOperation call, CallFrame frame, Term place, FlowState state)
    {
        Term result = frame.Result!;
        bool compares = frame.Arguments.Length > 2;
        Term value = frame.Arguments[compares ? 2 : 1]!;
        if (!compares)
        {
            NoteEscape(value, state);
            OnOwnerWritten(place, value, state);
            state.Refs = state.Refs.With(result, new RefState(1, put: false, iterator: false, call));
        }
        else if (call.Type?.SpecialType == SpecialType.System_Boolean)
            state.Pending = state.Pending.With(result, new PendingCall(s_storedIfTrue, call, frame));
        else if (frame.Arguments[1] is { Kind: TermKind.Constant, Number: 0 })
            state.Pending = state.Pending.With(result, new PendingCall(s_storedIfNull, call, frame));
        else
            NoteEscape(value, state);
        state.Values = state.Values.Without(place);
        state.NonZero = state.NonZero.Without(_terms.Load(place));
    }

    private static readonly MethodContract s_storedIfTrue = StoredIf(Outcome.True);
    private static readonly MethodContract s_storedIfNull = StoredIf(Outcome.Null);

    private static MethodContract StoredIf(Outcome outcome)
    {
        var contract = new MethodContract();
        contract.Refs.Add(new RefEffect(
            Annotation.ConsumesRef, AnnotationPath.OfParameter("new", 2, dereferences: false, ImmutableArray<PathStep>.Empty), outcome, ImmutableArray<AnnotationPath>.Empty, sometimes: false));
        return contract;
    }

    /// <summary>The caller gave the object up to be freed: what it owned was the caller's business.</summary>
    private bool IsFreedByCaller(Term pointer, FlowState state) =>
        _contract.Frees is { Root: PathRoot.Parameter } path && ReferenceEquals(RefKey(pointer), KeyOf(path, _ownFrame, state));
}
