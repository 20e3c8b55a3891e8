// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Pointers that are good for a section: RCU's, and this CPU's.</summary>
internal sealed partial class FlowEngine
{
    private const int RcuDereference = 0;
    private const int RcuChecked = 1;
    private const int RcuLook = 2;
    private const int PerCpuLocal = 1;
    private const int PerCpuRemote = 3;

    private void CheckRcuRead(FieldContract contract, Term place, ISymbol member, IOperation site, FlowState state)
    {
        if (contract.RcuProtected && !HoldsAnyGuard(contract.RcuOr, place, state) && !IsLookedAt(site))
            _report.Add(Rules.RcuOutsideSection, site, member.Name, "by a plain read: rcu_dereference, or rcu_access_pointer for its value only");
    }

    /// <summary>Compared with null, or given to a function that says why it may be followed: unrcu_pointer.</summary>
    private bool IsLookedAt(IOperation site) =>
        PointerOperations.IsComparedWithNull(site) || (site.Parent is IArgumentOperation { Parent: IInvocationOperation call } && _contracts.Of(call.TargetMethod).RcuAccess >= 0);

    /// <summary>Null publishes nothing: it may be written plainly.</summary>
    private void CheckPublished(string place, Term value, IOperation site)
    {
        if (site is not IInvocationOperation && value is not { Kind: TermKind.Constant, Number: 0 })
            _report.Add(Rules.RcuPlainPublish, site, place);
    }

    private bool HoldsAnyGuard(ImmutableArray<AnnotationPath> guards, Term place, FlowState state)
    {
        foreach (AnnotationPath guard in guards)
        {
            if (Holds(guard, GuardPlace(guard, place, state), exclusive: false, state))
                return true;
        }

        return false;
    }

    private void CheckRcuCall(IOperation call, IMethodSymbol target, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (contract.RcuAccess == RcuDereference && !InSection(LockToken.Rcu, state) && frame.Arguments.Length > 0 && frame.Arguments[0] is { } address)
        {
            Term place = _terms.Pointee(address);
            FieldContract field = place.Symbol is { } member ? _contracts.OfField(member) : FieldContract.Empty;
            bool sched = target.Name.EndsWith("_sched", System.StringComparison.Ordinal) && InSection(LockToken.RcuSched, state);
            if (!sched && !HoldsAnyGuard(field.RcuOr, place, state))
                _report.Add(Rules.RcuOutsideSection, call, place, "outside a read section");
        }

        if (contract.Borrowed is { Root: PathRoot.Token } section && !HoldsToken(section.Token, state))
            _report.Add(Rules.RcuOutsideSection, call, target.Name, "outside a read section");
        if (contract.WaitsForGracePeriod)
            state.Published = default;
        if (contract.Frees is { } freed && !contract.GracePeriod && PlaceOf(freed, frame, state) is { } what && state.Published.Contains(RefKey(_terms.Address(what))))
            _report.Add(Rules.FreeWithoutGracePeriod, call, _terms.Address(what));
    }

    /// <summary>What is to be known of a call's result.</summary>
    private void NoteResult(IOperation call, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (frame.Result is not { } result)
            return;
        if (contract.RcuAccess == RcuDereference || (contract.Borrowed is { Root: PathRoot.Token, Token: LockToken.Rcu }))
        {
            if (InSection(LockToken.Rcu, state))
                state.Borrowed = state.Borrowed.With(result, PointerLife.Good);
            if (contract.RcuAccess == RcuDereference || contract.BorrowedMayBeDying)
                state.MayBeDying = state.MayBeDying.With(RefKey(result), true);
        }

        if (contract.RcuAccess == RcuChecked)
            state.Published = state.Published.With(result, true);
        if (contract.PerCpuAccess == PerCpuLocal)
            state.PerCpu = state.PerCpu.With(result, PointerLife.Good);
        if (contract.ReturnsFresh)
            state.Fresh = state.Fresh.With(result, true);
        if (contract.ReturnsOwned || contract.Refs.Exists(static effect => effect.Kind == Annotation.Iterates))
            Own(call, result, contract, state);
        if ((contract.MarkedRead || contract.RcuAccess is RcuDereference or RcuChecked or RcuLook) && frame.Arguments.Length > 0 && frame.Arguments[0] is { } from &&
            result.Kind == TermKind.Result && (contract.MarkedRead || Owns(_terms.Pointee(from))))
            state.ReadFrom = state.ReadFrom.With(result, _terms.Pointee(from));
    }

    /// <summary>The section has ended: pointers out of it are not followed any more, unless a reference was had.</summary>
    private void EndBorrows(FlowState state)
    {
        foreach (KeyValuePair<Term, PointerLife> borrowed in state.Borrowed.Entries)
        {
            bool pinned = (state.Refs.TryGet(RefKey(borrowed.Key), out RefState reference) && reference.Count > 0) || HoldsLockOf(borrowed.Key, state);
            if (!pinned && !state.Escaped.Contains(RefKey(borrowed.Key)))
                state.Borrowed = state.Borrowed.With(borrowed.Key, PointerLife.Ended);
        }
    }

    /// <summary>Who has an object's lock keeps the object.</summary>
    private static bool HoldsLockOf(Term pointer, FlowState state)
    {
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            if (ReferenceEquals(BaseOf(held.Key), pointer))
                return true;
        }

        return false;
    }

    private void CheckBorrowed(Term pointer, IOperation site, FlowState state)
    {
        if (state.Borrowed.TryGet(pointer, out PointerLife life) && life == PointerLife.Ended)
            _report.Add(Rules.RcuEscapes, site, pointer);
    }

    private void CheckReturnedPointer(Location where, BasicBlock from, Term? returned, FlowState state)
    {
        if (returned is not null && TypeOf(_method) is IPointerTypeSymbol && state.Borrowed.TryGet(returned, out PointerLife life) && life == PointerLife.Ended &&
            TruthOf(state, returned) != false)
            _report.Add(Rules.RcuEscapes, where, null, returned);
    }

    /* This CPU's data. */

    /// <summary>The task stays on its CPU.</summary>
    private bool CannotMove(FlowState state) =>
        IsAsserted(LockToken.PreemptOff, state) || IsAsserted(LockToken.IrqsOff, state) || state.Context.Bh > 0 || state.Context.Irq == IrqState.Off ||
        (_entry.Irq == IrqState.Off && state.Context.Irq == IrqState.Entry) ||
        _entry.Preempt + state.Context.Preempt > 0 || _entry.Migrate + state.Context.Migrate > 0;

    private void EndPerCpuIfMovable(FlowState state)
    {
        if (CannotMove(state))
            return;
        foreach (KeyValuePair<Term, PointerLife> pointer in state.PerCpu.Entries)
            state.PerCpu = state.PerCpu.With(pointer.Key, PointerLife.Ended);
    }

    private void CheckPerCpuCall(IOperation call, IMethodSymbol target, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (contract.PerCpuAccess is not (PerCpuLocal or PerCpuRemote))
            return;
        ISymbol? variable = PerCpuVariable(frame.Arguments.Length > 0 ? frame.Arguments[0] : null);
        FieldContract field = variable is null ? FieldContract.Empty : _contracts.OfField(variable);
        string name = variable?.Name ?? target.Name;
        if (contract.PerCpuAccess == PerCpuRemote)
        {
            if (field.PerCpu && !field.PerCpuRemote)
                _report.Add(Rules.RemotePerCpu, call, name);
            return;
        }

        if (field.PerCpuLock is { } guard)
        {
            if (!Holds(guard, PlaceOf(guard, _ownFrame, state), exclusive: true, state))
                _report.Add(Rules.UnprotectedPerCpu, call, name, $"without '{guard.Text}'");
        }
        else if (!CannotMove(state) && contract.Preempt <= 0)
            _report.Add(Rules.UnprotectedPerCpu, call, name, "with preemption on");
    }

    /// <summary>What holds the address that a per-CPU address is, or is of a member of.</summary>
    private static ISymbol? PerCpuVariable(Term? address)
    {
        while (address is { Kind: TermKind.Address, A: { } place })
        {
            while (place is { Kind: TermKind.Member, A: { } holder })
                place = holder;
            address = place is { Kind: TermKind.Pointee or TermKind.Element } ? place.A : null;
        }

        return address is { Kind: TermKind.Load, A: { } variable } ? variable.Symbol : null;
    }

    private void CheckPerCpuPointer(Term pointer, IOperation site, FlowState state)
    {
        if (state.PerCpu.TryGet(pointer, out PointerLife life) && life == PointerLife.Ended)
            _report.Add(Rules.StalePerCpuPointer, site, pointer, "preemption came on");
    }
}
