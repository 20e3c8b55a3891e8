// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Conditions: what is known on the way where one holds.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>Goes on where the value is true (or is not). False if that cannot be.</summary>
    private bool Assume(FlowState state, Term value, bool truth)
    {
        switch (value.Kind)
        {
            case TermKind.Constant:
                return value.Number != 0 == truth;
            case TermKind.Address when value.A!.Kind is not TermKind.Pointee:
                return truth;
            case TermKind.Apply when value.Symbol is null && value.Name == "!":
                return Assume(state, value.A!, !truth);
            case TermKind.Apply when value.Name == "container_of" && value.A!.Kind != TermKind.Address:
                return Assume(state, value.A, truth);
            case TermKind.Apply when value.Symbol is null && value.B is not null:
                if (value.Name is "==" or "!=" && !AssumeEqual(state, value.A!, value.B, value.Name == "==" == truth))
                    return false;
                if (value.Name is "<" or ">" or "<=" or ">=" && !AssumeOrder(state, value, truth))
                    return false;
                break;
        }

        return SetTruth(state, value, truth);
    }

    private bool AssumeEqual(FlowState state, Term a, Term b, bool equal)
    {
        if (ReferenceEquals(a, b) && a.Kind != TermKind.Apply)
            return equal;
        if (a.Kind == TermKind.Constant && b.Kind == TermKind.Constant)
            return a.Number == b.Number == equal;
        if (a.Kind == TermKind.Constant)
            (a, b) = (b, a);
        if (b.Kind == TermKind.Constant)
        {
            if (!Narrow(state, a, b.Number, equal))
                return false;
            if (state.Pending.TryGet(a, out PendingCall pending))
                ResolveByValue(state, a, pending, b.Number, equal);
            if (b.Number == 0)
                return Assume(state, a, !equal);
            // 1 is true; of other numbers it is only known that they are not 0.
            if (equal)
                return Assume(state, a, true);
        }
        else if (equal)
            Unify(state, a, b);

        return true;
    }

    /// <summary>A value of several numbers is this one, or is not. False if that cannot be.</summary>
    private static bool Narrow(FlowState state, Term value, long number, bool equal)
    {
        if (!state.OneOf.TryGet(value, out Numbers numbers))
            return true;
        Numbers fitting = numbers.Where(number, equal);
        if (!fitting.IsEmpty)
            state.OneOf = state.OneOf.With(value, fitting);
        return !fitting.IsEmpty;
    }

    /// <summary>Two names of one object: its locks and references are those of the name that lasts.</summary>
    private void Unify(FlowState state, Term a, Term b)
    {
        if (a.Kind is not (TermKind.Result or TermKind.Join or TermKind.Stale))
            (a, b) = (b, a);
        if (a.Kind is TermKind.Result or TermKind.Join or TermKind.Stale && !b.Mentions(a) && state.IsAbout(a))
        {
            bool both = state.Refs.TryGet(a, out RefState mine) & state.Refs.TryGet(b, out RefState theirs) && !mine.Put && !theirs.Put;
            state.Rename(a, b, _terms);
            if (both)
                state.Refs = state.Refs.With(b, new RefState(Clamp(mine.Count + theirs.Count), put: false, mine.Iterator, mine.Site));
        }
    }

    /// <summary>Whether a pointer is an error: made by ERR_PTR, or told by IS_ERR.</summary>
    private bool IsError(Term? returned, FlowState state)
    {
        if (returned is { Kind: TermKind.Apply, Symbol: IMethodSymbol maker } && _contracts.Of(maker).ErrorPointer)
            return true;
        foreach (KeyValuePair<Term, bool> fact in state.NonZero.Entries)
        {
            if (fact.Value && fact.Key is { Kind: TermKind.Apply, Symbol: IMethodSymbol test } && ReferenceEquals(fact.Key.A, returned) && _contracts.Of(test).ErrorPointer)
                return true;
        }

        return false;
    }

    /// <summary>IS_ERR says that there is no object: it has no locks and no references. Or that there is one. IS_ERR_OR_NULL does not tell an error from null.</summary>
    private void AssumeError(FlowState state, MethodContract test, Term pointer, bool error)
    {
        if (!error || !test.ErrorOrNull)
            ResolveByError(state, pointer, error);
        if (!error)
        {
            if (test.ErrorOrNull)
                SetTruth(state, pointer, true);
            return;
        }

        ForgetNull(state, pointer);
        ForgetLocksOf(pointer, state, callers: false);
    }

    /// <summary>What is not there has no locks.</summary>
    private void ForgetLocksOf(Term pointer, FlowState state, bool callers)
    {
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            if (!held.Key.Mentions(pointer) || (held.Value.ByCaller && !callers) || !ReferenceEquals(BaseOf(held.Key), pointer))
                continue;
            state.Locks = state.Locks.Without(held.Key);
            CountSpin(held.Key, MethodContract.Empty, -1, state);
        }
    }

    /// <summary>The pointer to the object that a place is in.</summary>
    private static Term? BaseOf(Term place)
    {
        while (place.Kind == TermKind.Member)
            place = place.A!;
        return place.Kind == TermKind.Pointee ? place.A : null;
    }

    private bool AssumeOrder(FlowState state, Term value, bool truth)
    {
        Term a = value.A!;
        Term b = value.B!;
        if (a.Kind == TermKind.Constant && b.Kind == TermKind.Constant)
        {
            bool holds = value.Name switch
            {
                "<" => a.Number < b.Number,
                ">" => a.Number > b.Number,
                "<=" => a.Number <= b.Number,
                _ => a.Number >= b.Number,
            };
            return holds == truth;
        }

        if (b is { Kind: TermKind.Constant, Number: 0 } && value.Name is "<" or ">=")
            ResolveByError(state, a, value.Name == "<" == truth);
        else if (b is { Kind: TermKind.Constant, Number: 0 } && (value.Name == ">" == truth || TruthOf(state, a) == true))
            ResolveByError(state, a, value.Name == ">" != truth);

        // An errno is not above 0: of one that has an effect if it is 0, x < 0 tells which.
        if (b is { Kind: TermKind.Constant, Number: 0 } && value.Name is "<" or ">=" && IsErrno(state, a))
            return Assume(state, a, value.Name == "<" == truth);

        // x < 0 and x > 0: not 0. x >= 0 that is false, and x <= 0 that is false, as well.
        bool strict = value.Name is "<" or ">";
        return b.Kind != TermKind.Constant || b.Number != 0 || strict != truth || Assume(state, a, true);
    }

    private static bool IsErrno(FlowState state, Term value) =>
        state.Pending.TryGet(value, out PendingCall pending) && (pending.Contract.Locks.Exists(static effect => effect.Outcome == Outcome.Zero) || pending.Contract.Refs.Exists(static effect => effect.Outcome == Outcome.Zero));

    private static bool? TruthOf(FlowState state, Term value) => state.TruthOf(value);

    private bool SetTruth(FlowState state, Term value, bool truth)
    {
        if (TruthOf(state, value) is { } known)
            return known == truth;
        if (!Narrow(state, value, 0, !truth))
            return false;
        state.NonZero = state.NonZero.With(value, truth);
        if (value is { Kind: TermKind.Apply, Symbol: IMethodSymbol test, A: { } pointer } && _contracts.Of(test) is { ErrorPointer: true } contract)
            AssumeError(state, contract, pointer, truth);
        if (truth)
            NoteTested(value, state);
        else
            ForgetNull(state, value);
        if (state.Pending.TryGet(value, out PendingCall pending))
            ResolveByTruth(state, value, pending, truth);
        return true;
    }

    private void ResolveByTruth(FlowState state, Term value, PendingCall pending, bool truth) =>
        Resolve(state, value, pending, effect => effect.Succeeds(truth), effect => effect.Succeeds(truth));

    /// <summary>A result is a certain number, or is not: that may be all that has to be known.</summary>
    private void ResolveByValue(FlowState state, Term value, PendingCall pending, long number, bool equal)
    {
        if (pending.Contract.Locks.Exists(static effect => effect.Outcome is Outcome.Value or Outcome.OtherThanValue))
            Resolve(state, value, pending, effect => effect.SucceedsWith(number, equal), effect => effect.SucceedsWith(number, equal));
    }

    /// <summary>A result is an error, or is none: that decides of references.</summary>
    private void ResolveByError(FlowState state, Term value, bool error)
    {
        if (state.Pending.TryGet(value, out PendingCall pending) && pending.Contract.Refs.Exists(static effect => effect.Outcome == Outcome.NotError))
            Resolve(state, value, pending, static _ => null, effect => effect.Outcome == Outcome.NotError ? !error : null);
    }

    /// <summary>What is known of a result decides of some effects, or of all; of the others the next test will.</summary>
    private void Resolve(FlowState state, Term value, PendingCall pending, Func<LockEffect, bool?> locks, Func<RefEffect, bool?> refs)
    {
        long decided = 0;
        long succeeds = 0;
        bool all = true;
        foreach ((long bit, bool? outcome) in pending.Undecided(locks, refs))
        {
            all &= outcome is not null;
            decided |= outcome is null ? 0 : bit;
            succeeds |= outcome == true ? bit : 0;
        }

        if (decided == 0 && !all)
            return;
        state.Pending = all ? state.Pending.Without(value) : state.Pending.With(value, pending.With(decided));
        ApplyPending(pending, succeeds, state);
    }

    /// <summary>A pointer that is null refers to nothing.</summary>
    private void ForgetNull(FlowState state, Term value)
    {
        ForgetLocksOf(value, state, callers: true);
        Term key = RefKey(value);
        if (state.Refs.TryGet(key, out RefState known) && !known.Put)
            state.Refs = state.Refs.Without(key);
        state.Borrowed = state.Borrowed.Without(value);
    }
}
