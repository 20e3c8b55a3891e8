// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Accesses of guarded fields.</summary>
internal sealed partial class FlowEngine
{
    private void OnRead(Term place, ISymbol member, IOperation site, FlowState state)
    {
        if (!_checks || _contracts.OfField(member) is not { IsEmpty: false } contract || Exempt(place, state))
            return;
        CheckGuards(contract, place, member, "read", write: false, site, state);
        CheckRcuRead(contract, place, member, site, state);
        CheckSecondFetch(contract, place, member, site, state);
    }

    private void OnWrite(Term place, ISymbol member, Term value, IOperation site, FlowState state)
    {
        if (!_checks || _contracts.OfField(member) is not { IsEmpty: false } contract || Exempt(place, state))
            return;
        CheckGuards(contract, place, member, "written", write: true, site, state);
        if (contract.RcuProtected)
            CheckPublished(member.Name, value, site);
    }

    /// <summary>
    /// The address of a field is taken: as an argument it is accessed there, which is a write unless the function only reads
    /// (READ_ONCE) or is one of those that may look without the lock.
    /// </summary>
    private void OnAddress(Term place, IFieldReferenceOperation field, IOperation site, FlowState state)
    {
        if (!_checks || _contracts.OfField(field.Field) is not { IsEmpty: false } contract || Exempt(place, state))
            return;

        IMethodSymbol? target = ReceivingMethod(site, out bool outlives);
        if (target is null)
        {
            if (outlives && (contract.Guards.Length > 0 || contract.AnyGuards.Length > 0))
                _report.Add(Rules.GuardedAddressEscapes, site, field.Field.Name, GuardNames(contract, place, state));
            return;
        }

        MethodContract called = _contracts.Of(target);
        if (called.RcuAccess >= 0 || called.PerCpuAccess >= 0 || called.Locks.Count > 0 || called.Initializes.Count > 0 || IsLock(field.Field))
            return;
        bool write = called.MarkedWrite || !(called.MarkedRead || called.Stable);
        CheckGuards(contract, place, field.Field, write ? "changed" : "read", write, site, state);
        if (called.MarkedRead && !called.MarkedWrite)
            CheckSecondFetch(contract, place, field.Field, site, state);
    }

    /// <summary>KM0106: the address of a guarded field is returned, and the lock stays here.</summary>
    private void CheckReturnedAddress(Location where, Term? returned, FlowState state)
    {
        if (returned is not { Kind: TermKind.Address, A: { Kind: TermKind.Member or TermKind.Static, Symbol: { } member } place } ||
            _contracts.OfField(member) is not { IsEmpty: false } contract || Exempt(place, state))
            return;
        bool held = contract.AnyGuards.Length == 0 || HoldsAnyGuard(contract.AnyGuards, place, state);
        foreach (AnnotationPath guard in contract.Guards)
            held &= Holds(guard, GuardPlace(guard, place, state), exclusive: false, state);
        if (!held)
            _report.Add(Rules.GuardedAddressEscapes, where, null, member.Name, GuardNames(contract, place, state));
    }

    private bool IsLock(IFieldSymbol field) => field.Type is INamedTypeSymbol type && _contracts.ClassOf(type) is not null;

    /// <summary>The method that gets an expression as its argument; without one, whether the address lives on.</summary>
    private static IMethodSymbol? ReceivingMethod(IOperation site, out bool outlives)
    {
        outlives = false;
        IOperation? parent = site.Parent;
        while (parent is IConversionOperation)
            parent = parent.Parent;
        switch (parent)
        {
            case IArgumentOperation { Parent: IInvocationOperation call }:
                return call.TargetMethod;
            case IArgumentOperation { Parent: IObjectCreationOperation creation }:
                return creation.Constructor;
            case ISimpleAssignmentOperation { Target: IFieldReferenceOperation }:
                outlives = true;
                return null;
            default:
                return null;
        }
    }

    private void CheckGuards(FieldContract contract, Term place, ISymbol member, string how, bool write, IOperation site, FlowState state)
    {
        foreach (AnnotationPath guard in contract.Guards)
            CheckGuard(guard, place, member, how, write, site, state);
        if (write)
        {
            foreach (AnnotationPath guard in contract.WriteGuards)
                CheckGuard(guard, place, member, how, write, site, state);
        }

        if (contract.AnyGuards.Length == 0)
            return;
        int held = 0;
        foreach (AnnotationPath guard in contract.AnyGuards)
        {
            if (Holds(guard, GuardPlace(guard, place, state), exclusive: write, state))
                held++;
        }

        if (write ? held < contract.AnyGuards.Length : held == 0)
            _report.Add(Rules.UnguardedAccess, site, member.Name, how, GuardNames(contract, place, state));
    }

    private void CheckGuard(AnnotationPath guard, Term place, ISymbol member, string how, bool write, IOperation site, FlowState state)
    {
        Term? lockPlace = GuardPlace(guard, place, state);
        if (Holds(guard, lockPlace, exclusive: write, state))
            return;
        if (write && Holds(guard, lockPlace, exclusive: false, state))
            _report.Add(Rules.WriteUnderShared, site, member.Name, lockPlace?.ToString() ?? guard.Text);
        else
            _report.Add(Rules.UnguardedAccess, site, member.Name, how, lockPlace?.ToString() ?? guard.Text);
    }

    private string GuardNames(FieldContract contract, Term place, FlowState state)
    {
        var names = new List<string>();
        foreach (AnnotationPath guard in contract.Guards.AddRange(contract.AnyGuards))
            names.Add(GuardPlace(guard, place, state)?.ToString() ?? guard.Text);
        return string.Join(", ", names);
    }

    /// <summary>A pointer is followed.</summary>
    private void OnFollow(Term pointer, IOperation site, FlowState state)
    {
        if (!_checks)
            return;
        CheckBorrowed(pointer, site, state);
        CheckPerCpuPointer(pointer, site, state);
        CheckPut(pointer, "followed", site, state);
        if (pointer is { Kind: TermKind.Load, A: { Kind: TermKind.Member or TermKind.Static } holder } && holder.Symbol is { } member &&
            _contracts.OfField(member) is { PointeeGuards: { Length: > 0 } guards } && !Exempt(holder, state))
        {
            foreach (AnnotationPath guard in guards)
            {
                Term? lockPlace = GuardPlace(guard, holder, state);
                if (!Holds(guard, lockPlace, exclusive: false, state))
                    _report.Add(Rules.UnguardedPointee, site, member.Name, "accessed", lockPlace?.ToString() ?? guard.Text);
            }
        }
    }

    /// <summary>Objects of which nobody else knows, and addresses that are only offsets.</summary>
    private bool Exempt(Term place, FlowState state) => IsFresh(place, state) || place.Root is { Kind: TermKind.Static, Name: "nowhere" };

    private bool IsFresh(Term place, FlowState state)
    {
        for (Term? term = place; term is not null; term = term.A)
        {
            if (state.Fresh.Contains(term))
                return true;
            if (term.Kind == TermKind.Variable)
                return ReferenceEquals(term, place) || IsWithinVariable(place);
            if (term.Kind is TermKind.Result or TermKind.Join)
                return false;
        }

        return false;
    }

    /// <summary>A member of a local struct, without a pointer in between.</summary>
    private static bool IsWithinVariable(Term place)
    {
        while (place.Kind == TermKind.Member)
            place = place.A!;
        return place.Kind == TermKind.Variable && place.Symbol is ILocalSymbol;
    }

    /* KM0702: tested, and read again. */

    private void CheckSecondFetch(FieldContract contract, Term place, ISymbol member, IOperation site, FlowState state)
    {
        if (!(contract.Marked || contract.WriteGuards.Length > 0) || !IsPointer(member))
            return;
        if (state.Tested.Contains(place) && !HoldsAnyGuard(contract.WriteGuards, place, state))
            _report.Add(Rules.DoubleFetch, site, member.Name);
    }

    /// <summary>A value was tested: if it was read from a shared pointer, the pointer is not to be read again.</summary>
    private void NoteTested(Term value, FlowState state)
    {
        if (value.Kind == TermKind.Load && value.A!.Kind is TermKind.Member or TermKind.Static)
            state.Tested = state.Tested.With(value.A, true);
        else if (state.ReadFrom.TryGet(value, out Term place))
            state.Tested = state.Tested.With(place, true);
    }

}
