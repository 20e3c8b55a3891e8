// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Preemption, interrupts, bottom halves, read sections; and who may sleep.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>__GFP_DIRECT_RECLAIM: with it an allocation may sleep.</summary>
    private const long DirectReclaim = 0x400;

    private EntryContext _entry;

    /// <summary>What is known of where the function is called.</summary>
    private struct EntryContext
    {
        public string? Atomic;

        /// <summary>How often preemption is off, as far as is known.</summary>
        public int Preempt;
        public int Migrate;

        /// <summary>It is a lock of the caller's that makes it so.</summary>
        public bool ByLock;
        public IrqState Irq;
        public bool HardIrq;
        public bool SoftIrq;
    }

    private void ApplyToken(IOperation call, LockToken token, int by, bool assume, FlowState state)
    {
        if (assume)
        {
            state.Context.Asserted |= 1 << (int)token;
            return;
        }

        switch (token)
        {
            case LockToken.Rcu: ChangeRcu(call, by, state); break;
            case LockToken.RcuBh: state.Context.RcuBh += by; state.Context.Bh += by; break;
            case LockToken.RcuSched: state.Context.RcuSched += by; ChangePreempt(by, state); break;
            case LockToken.PreemptOff: ChangePreempt(by, state); break;
            case LockToken.BhOff: state.Context.Bh += by; break;
            case LockToken.PagefaultOff: state.Context.PagefaultOff = Clamp(state.Context.PagefaultOff + by); break;
            case LockToken.IrqsOff: SetIrq(by > 0 ? IrqState.Off : IrqState.On, state); break;
        }
    }

    private void ChangeRcu(IOperation call, int by, FlowState state)
    {
        if (state.Context.Rcu + by < 0 && !_entryRcu)
        {
            _report.Release(call, "rcu", held: false);
            return;
        }

        if (by < 0)
            _report.Release(call, "rcu", held: true);
        state.Context.Rcu = Clamp(state.Context.Rcu + by);
        if (by < 0 && !InSection(LockToken.Rcu, state))
            EndBorrows(state);
    }

    private void ChangePreempt(int by, FlowState state)
    {
        state.Context.Preempt = Clamp(state.Context.Preempt + by);
        if (by < 0)
            EndPerCpuIfMovable(state);
    }

    private void SetIrq(IrqState irq, FlowState state)
    {
        state.Context.Irq = irq;
        if (irq != IrqState.Off)
            EndPerCpuIfMovable(state);
    }

    /// <summary>A loop that keeps adding would never come to an end.</summary>
    private static int Clamp(int count) => count > 6 ? 6 : count < -6 ? -6 : count;

    private void ApplyContext(IOperation call, MethodContract contract, CallFrame frame, FlowState state)
    {
        state.Context.Bh = Clamp(state.Context.Bh + contract.Bh);
        state.Context.Migrate = Clamp(state.Context.Migrate + contract.Migrate);
        if (contract.Preempt != 0)
            ChangePreempt(contract.Preempt, state);
        if (contract.Migrate < 0)
            EndPerCpuIfMovable(state);
        if (contract.IrqWhen >= 0 && frame.Arguments[contract.IrqWhen] is { } when)
        {
            if (IsOff(when, state) || _fork is not null)
                return;
        }

        switch (contract.Irq)
        {
            case IrqEffect.Disable:
                state.Context.IrqDepth = Clamp(state.Context.IrqDepth + 1);
                SetIrq(IrqState.Off, state);
                break;
            case IrqEffect.Enable:
                EnableIrqs(call, contract, state);
                break;
            case IrqEffect.Save:
                SaveIrqs(call, contract, frame, state);
                break;
            case IrqEffect.Restore:
                RestoreIrqs(call, contract, frame, state);
                break;
        }
    }

    private void EnableIrqs(IOperation call, MethodContract contract, FlowState state)
    {
        string? outer = null;
        foreach (KeyValuePair<Term, SavedFlags> saved in state.Flags.Entries)
            outer = $"'{saved.Key}' were saved to have them off";
        if (state.Context.IrqDepth > 1)
            outer ??= "an outer section has turned off";
        if (state.Context.IrqDepth == 0 && state.Context.Irq == IrqState.Entry && _entry.Irq == IrqState.Off && _contract.Irq is not (IrqEffect.Enable or IrqEffect.Restore) &&
            !(_contract.Requires.Count > 0 && contract.Locks.Exists(static effect => effect.Action == LockAction.Release)))
            outer ??= "the caller has turned off";
        if (outer is not null)
            _report.Add(Rules.IrqEnabledTooEarly, call, call.Syntax.ToString().Split('(')[0], outer);
        state.Context.IrqDepth = 0;
        SetIrq(IrqState.On, state);
    }

    private void SaveIrqs(IOperation call, MethodContract contract, CallFrame frame, FlowState state)
    {
        Term? flags = contract.IrqFlags is { Root: PathRoot.Return } ? frame.Result : contract.IrqFlags is { } path && PlaceOf(path, frame, state) is { } place ? FlagsIn(call, place, state) : null;
        if (flags is not null)
            state.Flags = state.Flags.With(flags, new SavedFlags(state.Context.Irq, state.Context.IrqDepth, state.Flags.Count, call));
        state.Context.IrqDepth = 0;
        SetIrq(IrqState.Off, state);
    }

    private Term FlagsIn(IOperation call, Term place, FlowState state)
    {
        if (place.Kind == TermKind.Variable)
            return Load(place, state);
        Term given = ResultOf(call, state, 20, null, "flags");
        state.Values = state.Values.With(place, given);
        return given;
    }

    private void RestoreIrqs(IOperation call, MethodContract contract, CallFrame frame, FlowState state)
    {
        Term? flags = contract.IrqFlags is { Root: PathRoot.Parameter } path ? frame.Arguments[path.Parameter] : null;
        if (flags is null)
            return;
        if (contract.IrqFlags!.Dereferences)
            flags = Load(_terms.Pointee(flags), state);
        if (state.Flags.TryGet(flags, out SavedFlags saved))
        {
            if (saved.Order < state.Flags.Count - 1)
                RestoreOutOfOrder(call, flags, saved, state);
            state.Flags = state.Flags.Without(flags);
            state.Context.IrqDepth = saved.Depth;
            SetIrq(saved.Was, state);
            return;
        }

        // Flags of the caller, or out of memory, are taken as they are.
        bool own = flags.Kind is TermKind.Constant or TermKind.Stale || (flags.Kind == TermKind.Result && flags.Symbol is ILocalSymbol) ||
            (flags.Kind == TermKind.Load && flags.A!.Symbol is ILocalSymbol);
        if (own)
            _report.Add(Rules.FlagsMismatch, call, $"'{flags}' were not saved, or are restored already");
        state.Context.IrqDepth = 0;
        SetIrq(_entry.Irq == IrqState.Off ? IrqState.Entry : IrqState.On, state);
    }

    private void RestoreOutOfOrder(IOperation call, Term flags, SavedFlags saved, FlowState state)
    {
        _report.Add(Rules.FlagsMismatch, call.Syntax.GetLocation(), saved.Site, $"'{flags}' are restored while flags that were saved later are not");
        foreach (KeyValuePair<Term, SavedFlags> later in state.Flags.Entries)
        {
            if (later.Value.Order > saved.Order)
                state.Flags = state.Flags.With(later.Key, new SavedFlags(saved.Was, saved.Depth, later.Value.Order - 1, later.Value.Site));
        }
    }

    private static bool IsAsserted(LockToken token, FlowState state) => (state.Context.Asserted & (1 << (int)token)) != 0;

    private bool HoldsToken(LockToken token, FlowState state) => IsAsserted(token, state) || token switch
    {
        LockToken.Rcu or LockToken.RcuBh or LockToken.RcuSched => InSection(token, state),
        LockToken.IrqsOff => state.Context.Irq == IrqState.Off || (state.Context.Irq == IrqState.Entry && _entry.Irq == IrqState.Off),
        LockToken.BhOff => state.Context.Bh > 0 || _entry.SoftIrq || HoldsToken(LockToken.IrqsOff, state),
        LockToken.PreemptOff => CannotMove(state),
        LockToken.PagefaultOff => state.Context.PagefaultOff > 0,
        _ => true,
    };

    private bool InSection(LockToken token, FlowState state) => token switch
    {
        LockToken.Rcu => state.Context.Rcu > 0 || _entryRcu || IsAsserted(token, state),
        LockToken.RcuBh => state.Context.RcuBh > 0 || state.Context.Bh > 0 || _entry.SoftIrq,
        _ => state.Context.RcuSched > 0 || CannotMove(state),
    };

    /// <summary>Why nothing may sleep here, or null. Locks that are dropped before, and interrupts with them, are no reason.</summary>
    private string? AtomicReason(FlowState state, HashSet<Term>? dropped = null)
    {
        int counted = 0;
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            if (held.Value.Mode == HoldMode.Weak || !Spins(LockKindOf(held.Key)))
                continue;
            if (dropped?.Contains(held.Key) != true)
                return $"'{held.Key}' is held";
            if (!held.Value.ByCaller)
                counted++;
        }

        if (state.Context.Preempt > counted)
            return "preemption is off";
        if (dropped is not null)
            return _contract.Atomic ? EntryReason(state) : null;
        if (state.Context.Irq == IrqState.Off)
            return "interrupts are off";
        if (state.Context.Bh > 0)
            return "bottom halves are off";
        return EntryReason(state);
    }

    private string? EntryReason(FlowState state)
    {
        bool without = _entry.ByLock && _entry.Preempt + state.Context.Preempt <= 0;
        return !without && state.Context.Irq == IrqState.Entry ? _entry.Atomic : null;
    }

    /// <summary>The locks that a function asks for or releases itself: it is checked not to sleep while it holds them.</summary>
    private HashSet<Term>? DroppedBy(MethodContract contract, CallFrame frame, FlowState state)
    {
        if (!contract.MightSleep)
            return null;
        HashSet<Term>? dropped = null;
        foreach (LockRequirement requirement in contract.Requires)
        {
            foreach (AnnotationPath path in requirement.Paths)
                AddDropped(path, null, frame, state, ref dropped);
        }

        foreach (LockEffect effect in contract.Locks)
        {
            if (effect.Action == LockAction.Release)
                AddDropped(effect.Path, effect.Class, frame, state, ref dropped);
        }

        return dropped;
    }

    private void AddDropped(AnnotationPath path, string? @class, CallFrame frame, FlowState state, ref HashSet<Term>? dropped)
    {
        Term? place = path.Root == PathRoot.AnyInstance ? AnyPlace(path) : PlaceOf(path, frame, state);
        if (place is not null && FindHeld(place, state, @class) is { } held)
            (dropped ??= new HashSet<Term>()).Add(held);
    }

    private static bool NamesRcu(MethodContract contract) =>
        contract.Requires.Exists(static requirement => requirement.Paths.Any(static path => path.Token == LockToken.Rcu && path.Root == PathRoot.Token)) ||
        contract.Locks.Exists(static effect => effect.Action == LockAction.Release && effect.Path.Root == PathRoot.Token && effect.Path.Token == LockToken.Rcu);

    private void CheckContext(IOperation call, IMethodSymbol target, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (contract.FailsUnder != LockToken.None && HoldsToken(contract.FailsUnder, state))
            return;
        HashSet<Term>? dropped = DroppedBy(contract, frame, state);
        string? atomic = AtomicReason(state, dropped);
        bool rcu = InSection(LockToken.Rcu, state) && !(contract.MightSleep && NamesRcu(contract));
        _facts?.Call(call, target, contract, frame, atomic, rcu, dropped, state);
        if (contract.MightSleep && !(contract.SleepsInTaskOnly && (_entry.SoftIrq || _entry.HardIrq)))
            ReportSleep(call, target, atomic, rcu);
        else if (contract.MightSleepIf >= 0 && frame.Arguments[contract.MightSleepIf] is { } mask)
            CheckConditionalSleep(call, target, target.Parameters[contract.MightSleepIf], mask, atomic, state);

        if (contract.RequiresPreemptOff && !CannotMove(state))
            _report.Add(Rules.CallerLacksLock, call, target.Name, "preempt_off");
        if (contract.RequiresIrqsOff && !HoldsToken(LockToken.IrqsOff, state))
            _report.Add(Rules.CallerLacksLock, call, target.Name, "irqs_off");
        if (contract.RequiresIrqsOn && HoldsToken(LockToken.IrqsOff, state))
            _report.Add(Rules.IrqEnabledTooEarly, call, target.Name, "are off here");
    }

    private void ReportSleep(IOperation call, IMethodSymbol target, string? atomic, bool rcu)
    {
        if (atomic is not null)
            _report.Add(Rules.SleepInAtomic, call, target.Name, atomic);
        else if (rcu)
            _report.Add(Rules.SleepInRcu, call, target.Name);
    }

    private void CheckConditionalSleep(IOperation call, IMethodSymbol target, IParameterSymbol parameter, Term mask, string? atomic, FlowState state)
    {
        if (parameter.Type.SpecialType == SpecialType.System_Boolean)
        {
            if (TruthOf(state, mask) == true)
                ReportSleep(call, target, atomic, InSection(LockToken.Rcu, state));
            return;
        }

        if (!MayReclaim(mask))
            return;
        if (atomic is not null)
            _report.Add(Rules.BlockingGfpInAtomic, call, target.Name, MaskText(call, parameter), atomic);
        else if (InSection(LockToken.Rcu, state))
            _report.Add(Rules.SleepInRcu, call, target.Name);
    }

    private static string MaskText(IOperation call, IParameterSymbol parameter)
    {
        foreach (IOperation child in call.ChildOperations)
        {
            if (child is Microsoft.CodeAnalysis.Operations.IArgumentOperation argument && SymbolEqualityComparer.Default.Equals(argument.Parameter, parameter))
                return argument.Value.Syntax.ToString();
        }

        return parameter.Name;
    }

    /// <summary>Whether a gfp mask certainly has __GFP_DIRECT_RECLAIM.</summary>
    private static bool MayReclaim(Term mask) => mask.Kind switch
    {
        TermKind.Constant => (mask.Number & DirectReclaim) != 0,
        TermKind.Apply when mask.Name == "|" => MayReclaim(mask.A!) || MayReclaim(mask.B!),
        TermKind.Apply when mask.Name == "&" && mask.B is { Kind: TermKind.Constant } kept => (kept.Number & DirectReclaim) != 0 && MayReclaim(mask.A!),
        _ => false,
    };

    /// <summary>What is taken inside what; and locks that handlers take, taken where handlers may come.</summary>
    private void CheckNesting(IOperation call, Term place, MethodContract contract, FlowState state)
    {
        LockKindValue? kind = LockKindOf(place);
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            LockKindValue? outer = LockKindOf(held.Key);
            bool inverted = (outer == LockKindValue.RawSpin && kind is LockKindValue.Spin or LockKindValue.Local) || (Spins(outer) && Sleeps(kind));
            if (inverted && contract.Tries == Outcome.Always && !contract.MightSleep && held.Value.Mode != HoldMode.Weak)
                _report.Add(Rules.WaitTypeNesting, call.Syntax.GetLocation(), held.Value.Site, place, kind!, held.Key, outer!);
        }

        if (LockInfo(place) is not { } info || contract.Irq is IrqEffect.Disable or IrqEffect.Save)
            return;
        bool irqsOn = !HoldsToken(LockToken.IrqsOff, state) && (state.Context.Irq == IrqState.On || (state.Context.Irq == IrqState.Entry && _entry.Irq != IrqState.Off && !_entry.HardIrq));
        if (info.HardIrq && irqsOn)
            _report.Add(Rules.IrqLockWithIrqsOn, call, place, "interrupt handlers", "interrupt");
        else if (info.SoftIrq && irqsOn && state.Context.Bh + contract.Bh <= 0 && !_entry.SoftIrq)
            _report.Add(Rules.IrqLockWithIrqsOn, call, place, "softirqs", "softirq");
    }
}
