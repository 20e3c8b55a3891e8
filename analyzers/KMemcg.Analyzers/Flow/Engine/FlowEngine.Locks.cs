// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Locks: taken, dropped, handed over, asked for.</summary>
internal sealed partial class FlowEngine
{
    private void ApplyLock(IOperation call, LockEffect effect, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (effect.When >= 0 && frame.Arguments[effect.When] is { } when && (IsOff(Masked(when, effect.Mask), state) || _fork is not null))
            return;
        if (effect.Path.Root == PathRoot.Token)
        {
            ApplyToken(call, effect.Path.Token, effect.Action == LockAction.Release ? -1 : 1, effect.Action == LockAction.Assume, state);
            return;
        }

        if (effect.Path.Root == PathRoot.AnyInstance)
        {
            ApplyAnyInstance(call, effect, state);
            return;
        }

        if (PlaceOf(effect.Path, frame, state) is not { } place)
            return;
        switch (effect.Action)
        {
            case LockAction.Acquire or LockAction.AcquireShared:
                Acquire(call, place, effect.Action == LockAction.Acquire ? HoldMode.Exclusive : HoldMode.Shared, SubclassOf(contract, frame), contract, effect.Class, state);
                if (!effect.OrNull)
                    NoteNotNull(place, state);
                break;
            case LockAction.Release:
                Release(call, place, contract, effect.Class, state);
                break;
            case LockAction.Assume:
                if (!state.Locks.Contains(place))
                    state.Locks = state.Locks.With(place, new HeldLock(HoldMode.Exclusive, byCaller: true, asserted: true, 0, call));
                break;
        }
    }

    /// <summary>A lock of a class, of an object that cannot be named.</summary>
    private void ApplyAnyInstance(IOperation call, LockEffect effect, FlowState state)
    {
        Term place = AnyPlace(effect.Path);
        if (effect.Action == LockAction.Release)
            Release(call, place, MethodContract.Empty, effect.Class, state);
        else if (effect.Action == LockAction.Assume)
            state.Locks = state.Locks.With(place, new HeldLock(HoldMode.Exclusive, byCaller: true, asserted: true, 0, call));
        else
            Acquire(call, place, HoldMode.Exclusive, 0, MethodContract.Empty, effect.Class, state);
    }

    private Term AnyPlace(AnnotationPath path)
    {
        PathStep last = path.Steps[path.Steps.Length - 1];
        return _terms.Member(_terms.Variable(last.Owner), last.Key, last.Name);
    }

    /// <summary>Whether it is a lock that <see cref="AnyPlace"/> stands for.</summary>
    private static bool IsAny(Term place) => place.A is { Kind: TermKind.Variable, Symbol: INamedTypeSymbol };

    private static int SubclassOf(MethodContract contract, CallFrame frame)
    {
        if (contract.Subclass >= -1)
            return contract.Subclass;
        int parameter = -2 - contract.Subclass;
        return parameter < frame.Arguments.Length && frame.Arguments[parameter] is { Kind: TermKind.Constant } constant ? (int)constant.Number : 1;
    }

    private void Acquire(IOperation call, Term place, HoldMode mode, int subclass, MethodContract contract, string? @class, FlowState state)
    {
        if (state.Locks.TryGet(place, out HeldLock held) && held.Mode != HoldMode.Weak && !held.Asserted)
        {
            if (mode == HoldMode.Exclusive || held.Mode == HoldMode.Exclusive)
                _report.Add(Rules.DoubleAcquire, call.Syntax.GetLocation(), held.Site, place);
            return;
        }

        if (_checks)
        {
            CheckNesting(call, place, contract, state);
            CheckTried(call, place, contract, state);
        }

        _facts?.Acquire(call, place, @class, subclass, contract.Tries != Outcome.Always && !contract.MightSleep, contract.MightSleep, contract.Irq is IrqEffect.Disable or IrqEffect.Save, state);
        state.Locks = state.Locks.With(place, new HeldLock(mode, byCaller: false, asserted: false, subclass, call, @class));
        CountSpin(place, contract, 1, state);
    }

    /// <summary>Those of a parameter's bits that count.</summary>
    private Term Masked(Term value, long mask) =>
        mask == -1 ? value : value.Kind == TermKind.Constant ? _terms.Constant(value.Number & mask) : _terms.Apply("&", null, value, _terms.Constant(mask));

    /// <summary>KM0115: a lock is waited for that is only to be tried, anywhere or in this function.</summary>
    private void CheckTried(IOperation call, Term place, MethodContract contract, FlowState state)
    {
        if (contract.Tries != Outcome.Always && !contract.MightSleep)
            return;
        if (LockSymbol(place) is { } symbol && _contracts.OfField(symbol).TryOnly)
            _report.Add(Rules.WaitedForTryOnly, call, place, "anywhere");
        foreach (AnnotationPath path in _contract.TriesOnly)
        {
            Term? tried = path.Root == PathRoot.AnyInstance ? AnyPlace(path) : PlaceOf(path, _ownFrame, state);
            if (tried is not null && (ReferenceEquals(tried, place) || (path.Root == PathRoot.AnyInstance && SymbolEqualityComparer.Default.Equals(LockSymbol(tried), LockSymbol(place)))))
                _report.Add(Rules.WaitedForTryOnly, call, place, $"in '{_method.Name}'");
        }
    }

    /// <summary>What has a lock that is held is no null pointer.</summary>
    private static void NoteNotNull(Term place, FlowState state)
    {
        if (BaseOf(place) is { } pointer && TruthOf(state, pointer) is null)
            state.NonZero = state.NonZero.With(pointer, true);
    }

    private void Release(IOperation call, Term place, MethodContract contract, string? @class, FlowState state)
    {
        if (FindHeld(place, state, @class) is { } held)
        {
            NoteRelease(call, place, held: true);
            // Of those of a class that are taken to be held there may be more, as in a batch.
            if (IsAny(held) && state.Locks.TryGet(held, out HeldLock how) && (how.Asserted || how.Mode == HoldMode.Weak))
                return;
            state.Locks = state.Locks.Without(held);
            CountSpin(place, contract, -1, state);
            return;
        }

        // An unlock of what is not there ignores that, or it would not come this far.
        if (IsOfNull(place, state))
            return;
        if (_checks)
            NoteRelease(call, place, held: IsPendingOnly(place, state));
    }

    private void NoteRelease(IOperation call, Term place, bool held)
    {
        if (_checks)
            _report.Release(call, place.ToString(), held);
    }

    /// <summary>Whether a try whose result was not looked at may have taken it: then nothing is said here.</summary>
    private bool IsPendingOnly(Term place, FlowState state)
    {
        foreach (KeyValuePair<Term, PendingCall> pending in state.Pending.Entries)
        {
            foreach (LockEffect effect in pending.Value.Contract.Locks)
            {
                if (ReferenceEquals(PlaceOf(effect.Path, pending.Value.Frame, state), place))
                {
                    if (effect.Action == LockAction.Release)
                        return true;
                    _report.Add(Rules.MaybeHeld, pending.Value.Site, place);
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// The lock itself; or, as two names of one object cannot always be seen to be one, the only lock of its class that is held
    /// and that is not certainly another object's.
    /// </summary>
    private Term? FindHeld(Term place, FlowState state, string? @class = null)
    {
        if (state.Locks.Contains(place))
            return place;
        ISymbol? wanted = LockSymbol(place);
        if (wanted is null && @class is null)
            return null;
        Term? candidate = null;
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            bool same = (@class is not null && held.Value.Class == @class) || (wanted is not null && SymbolEqualityComparer.Default.Equals(LockSymbol(held.Key), wanted));
            if (!same || CertainlyDiffer(held.Key, place))
                continue;
            if (candidate is not null)
                return null;
            candidate = held.Key;
        }

        return candidate;
    }

    private static bool IsOfNull(Term place, FlowState state) => BaseOf(place) is { } pointer && TruthOf(state, pointer) == false;

    /// <summary>Two locks of one class in different arguments, or in an argument and a static, are two.</summary>
    private static bool CertainlyDiffer(Term a, Term b)
    {
        Term left = a.Root;
        Term right = b.Root;
        if (a.Kind == TermKind.Static || b.Kind == TermKind.Static)
            return true;
        return a.Depth == b.Depth && !ReferenceEquals(left, right) && left.Kind == TermKind.Variable && right.Kind == TermKind.Variable &&
            left.Symbol is IParameterSymbol && right.Symbol is IParameterSymbol;
    }

    /// <summary>Spinlocks keep preemption off, and local locks do where they do not turn interrupts off.</summary>
    private void CountSpin(Term place, MethodContract contract, int by, FlowState state)
    {
        if (contract.Preempt != 0)
            return;
        LockKindValue? kind = LockKindOf(place);
        if (Spins(kind) || (kind == LockKindValue.Local && contract.Irq == IrqEffect.None))
            ChangePreempt(by, state);
    }

    /// <summary>The locks that a call hands over are dropped, while their objects still have the names of before. True if one was held.</summary>
    private bool DropHandedOver(MethodContract contract, CallFrame frame, FlowState state)
    {
        bool any = false;
        foreach ((AnnotationPath from, _) in contract.HandOvers)
        {
            if (PlaceOf(from, frame, state) is not { } old || FindHeld(old, state) is not { } held)
                continue;
            state.Locks = state.Locks.Without(held);
            CountSpin(held, contract, -1, state);
            any = true;
        }

        return any;
    }

    private void TakeHandedOver(IOperation call, AnnotationPath to, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (PlaceOf(to, frame, state) is not { } place)
            return;
        if (!state.Locks.Contains(place))
        {
            _facts?.Acquire(call, place, null, 0, tries: false, contract.MightSleep, contract.Irq is IrqEffect.Disable or IrqEffect.Save, state);
            CountSpin(place, contract, 1, state);
        }

        state.Locks = state.Locks.With(place, new HeldLock(HoldMode.Exclusive, byCaller: false, asserted: false, 0, call));
        NoteNotNull(place, state);
    }

    private void CheckRequirements(IOperation call, IMethodSymbol target, MethodContract contract, CallFrame frame, FlowState state)
    {
        foreach (LockRequirement requirement in contract.Requires)
        {
            if (requirement.Any ? !HoldsAny(requirement.Paths, frame, state) : !HoldsAll(requirement, frame, state, out _))
                _report.Add(Rules.CallerLacksLock, call, target.Name, Describe(requirement.Paths, frame, state, requirement.Any ? " or " : ", "));
        }

        foreach (AnnotationPath excluded in contract.Excludes)
        {
            Term? place = excluded.Root == PathRoot.AnyInstance ? HeldOfClass(excluded.Steps[excluded.Steps.Length - 1], exclusive: false, state) : PlaceOf(excluded, frame, state);
            if (place is not null && state.Locks.TryGet(place, out HeldLock held) && held.Mode != HoldMode.Weak)
                _report.Add(Rules.CallerHoldsExcluded, call.Syntax.GetLocation(), held.Site, target.Name, place);
        }
    }

    private bool HoldsAny(ImmutableArray<AnnotationPath> paths, CallFrame frame, FlowState state)
    {
        foreach (AnnotationPath path in paths)
        {
            if (Holds(path, PlaceOf(path, frame, state), exclusive: false, state))
                return true;
        }

        return false;
    }

    private bool HoldsAll(LockRequirement requirement, CallFrame frame, FlowState state, out AnnotationPath? missing)
    {
        missing = null;
        foreach (AnnotationPath path in requirement.Paths)
        {
            if (!Holds(path, PlaceOf(path, frame, state), exclusive: !requirement.Shared, state))
            {
                missing = path;
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the lock that a path names is held, well enough. An object that nobody else has needs none.</summary>
    private bool Holds(AnnotationPath path, Term? place, bool exclusive, FlowState state)
    {
        if (path.Root == PathRoot.Token)
            return HoldsToken(path.Token, state);
        if (path.Root == PathRoot.AnyInstance)
            return HeldOfClass(path.Steps[path.Steps.Length - 1], exclusive, state) is not null;
        if (place is null)
            return true;
        if (FindHeld(place, state) is { } held && state.Locks.TryGet(held, out HeldLock how))
            return !exclusive || how.Mode != HoldMode.Shared;
        return IsFresh(place, state) || HoldsClassAmbiguously(place, state);
    }

    /// <summary>Two of the class are held, and one of them may be this.</summary>
    private static bool HoldsClassAmbiguously(Term place, FlowState state)
    {
        int count = 0;
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            if (LockSymbol(place) is { } wanted && SymbolEqualityComparer.Default.Equals(LockSymbol(held.Key), wanted) && !CertainlyDiffer(held.Key, place))
                count++;
        }

        return count > 1;
    }

    /// <summary>A lock that is held and is that member of some object; one that is certainly held, if there is.</summary>
    private static Term? HeldOfClass(PathStep step, bool exclusive, FlowState state)
    {
        Term? weak = null;
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            bool same = SymbolEqualityComparer.Default.Equals(LockSymbol(held.Key), step.Key.OriginalDefinition) && (step.Symbol is not null || held.Key.Name == step.Name);
            if (!same || (exclusive && held.Value.Mode == HoldMode.Shared))
                continue;
            if (held.Value.Mode != HoldMode.Weak)
                return held.Key;
            weak ??= held.Key;
        }

        return weak;
    }

    private string Describe(ImmutableArray<AnnotationPath> paths, CallFrame frame, FlowState state, string between)
    {
        var names = new List<string>();
        foreach (AnnotationPath path in paths)
            names.Add(PlaceOf(path, frame, state)?.ToString() ?? path.Text);
        return string.Join(between, names);
    }
}
