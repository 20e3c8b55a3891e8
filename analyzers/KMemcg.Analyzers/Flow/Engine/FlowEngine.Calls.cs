// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Calls: what is asked of the caller, what they do, what they give.</summary>
internal sealed partial class FlowEngine
{
    private Term EvaluateCall(IOperation call, IMethodSymbol target, IOperation? instance, ImmutableArray<IArgumentOperation> arguments, FlowState state)
    {
        MethodContract contract = _contracts.Of(target);
        Term? receiver = instance is null ? null : ReceiverOf(instance, state);
        var values = new Term?[target.Parameters.Length];
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.Parameter is { } parameter && parameter.Ordinal < values.Length)
                values[parameter.Ordinal] = EvaluateArgument(argument, contract, state);
            else
                Evaluate(argument.Value, state);
        }

        if (ContainerOf(target, values) is { } container)
            return container;
        if (contract.AddressOf is { } path && PlaceOf(path, new CallFrame(values, receiver, null), state) is { } member)
            return _terms.Address(member);

        Term result = KeptBy(contract, values, receiver, state) ?? MakeResult(call, target, contract, receiver, values, state);
        for (int i = 0; i < values.Length; i++)
            values[i] = values[i] is { } value && result.Kind == TermKind.Result ? _terms.Substitute(value, result, _terms.Stale(result)) : values[i];
        var frame = new CallFrame(values, receiver, result);
        CheckCall(call, target, contract, frame, state);
        bool keepsIrqState = DropHandedOver(contract, frame, state);
        if (!contract.Stable)
            ForgetWhatCalleeMayWrite(call, target, contract, frame, keepsIrqState, state);
        ApplyCall(call, contract, frame, keepsIrqState, state);
        if (contract.NeverReturns || (contract.NeverReturnsWhen >= 0 && values[contract.NeverReturnsWhen] is { } when && !Assume(state, when, false)))
            state.Unreachable = true;
        return result;
    }

    private Term ReceiverOf(IOperation instance, FlowState state) =>
        instance.Type is { IsReferenceType: true } || !IsPlace(instance) ? Evaluate(instance, state) : _terms.Address(Place(instance, state));

    private Term EvaluateArgument(IArgumentOperation argument, MethodContract contract, FlowState state)
    {
        if (argument.Parameter!.RefKind == RefKind.None)
            return Evaluate(argument.Value, state);
        Term place = Place(argument.Value, state);
        if (place is { Kind: TermKind.Member or TermKind.Static, Symbol: { } member } && !contract.Stable)
        {
            if (argument.Parameter.RefKind is RefKind.In)
                OnRead(place, member, argument.Value, state);
            else if (argument.Value is IFieldReferenceOperation field)
                OnAddress(place, field, argument.Value, state);
        }

        return _terms.Address(place);
    }

    private Term EvaluatePointerCall(IFunctionPointerInvocationOperation call, FlowState state)
    {
        Evaluate(call.Target, state);
        foreach (IArgumentOperation argument in call.Arguments)
            Evaluate(argument.Value, state);
        ForgetMemory(state);
        ForgetReachableVariables(call, call.Arguments, state);
        return ResultOf(call, state);
    }

    private Term MakeResult(IOperation call, IMethodSymbol target, MethodContract contract, Term? receiver, Term?[] values, FlowState state)
    {
        if (!contract.Stable)
            return ResultOf(call, state, 0, target, target.Name);

        // More than two arguments are packed into pairs.
        Term? a = values.Length > 0 ? values[0] : receiver;
        if (contract.SameObject && a is not null)
            return QualifiedPointee.LeadsToRcuPointer(target.ReturnType) || (values.Length > 0 && QualifiedPointee.LeadsToRcuPointer(target.Parameters[0].Type)) ? a : _terms.Apply("container_of", target, a, null);
        Term? b = values.Length > 1 ? values[1] : null;
        for (int i = 2; i < values.Length; i++)
        {
            if (values[i] is { Kind: not TermKind.Constant } more)
                b = _terms.Apply(",", null, b, more);
        }

        Term result = _terms.Apply(target.Name, target, a, b);
        return TermTable.TooDeep(result) ? ResultOf(call, state, 0, target, target.Name) : result;
    }

    /// <summary>container_of of the address of a member is the address of what contains it.</summary>
    private Term? ContainerOf(IMethodSymbol target, Term?[] values)
    {
        if (target.Name is not ("container_of" or "list_entry") || values.Length < 2 || values[0] is not { } inner || values[1] is not { Kind: TermKind.Address } member)
            return null;
        Term place = _terms.Pointee(inner);
        Term wanted = member.A!;
        while (wanted.Kind == TermKind.Member)
        {
            if (place.Kind != TermKind.Member || !SymbolEqualityComparer.Default.Equals(place.Symbol, wanted.Symbol))
                return _terms.Apply("container_of", member.A!.Symbol, inner, null);
            place = place.A!;
            wanted = wanted.A!;
        }

        return _terms.Address(place);
    }

    /// <summary>What a call may have written is not known any more: memory, and variables whose address it was given.</summary>
    private void ForgetWhatCalleeMayWrite(IOperation call, IMethodSymbol target, MethodContract contract, CallFrame frame, bool keepsFlags, FlowState state)
    {
        if (contract.MarkedRead || contract.MarkedWrite || contract.RcuAccess >= 0)
        {
            if (contract.MarkedRead && contract.MarkedWrite && frame.Arguments[0] is { } exchanged && Owns(_terms.Pointee(exchanged)))
                ExchangeOwned(call, frame, _terms.Pointee(exchanged), state);
            else if ((contract.MarkedWrite || contract.RcuAccess is 3 or 4) && frame.Arguments.Length > 1 && frame.Arguments[0] is { } address && frame.Arguments[1] is { } value)
                StoreThrough(call, _terms.Pointee(address), value, state);
            return;
        }

        ForgetMemory(state, contract, frame);
        for (int i = 0; i < frame.Arguments.Length; i++)
        {
            if (frame.Arguments[i] is { Kind: TermKind.Address, A: { Kind: TermKind.Variable } variable } && target.Parameters[i].RefKind != RefKind.In &&
                !(keepsFlags && contract.IrqFlags?.Parameter == i))
            {
                Term given = ResultOf(call, state, i + 1, variable.Symbol, variable.Name);
                OnOverwrite(variable, given, call, state);
                GiveUp(variable, state);
                state.Values = state.Values.With(variable, given);
            }
        }
    }

    /// <summary>A function that gets a pointer's address may put something else there: what was in it is its business then.</summary>
    private static void GiveUp(Term variable, FlowState state)
    {
        if (state.Refs.Count > 0 && state.Values.TryGet(variable, out Term value) && state.Refs.TryGet(RefKey(value), out RefState reference) && reference.Count > 0 && !HeldElsewhere(variable, value, state))
            state.Refs = state.Refs.Without(RefKey(value));
    }

    private void ForgetReachableVariables(IOperation call, ImmutableArray<IArgumentOperation> arguments, FlowState state)
    {
        int slot = 1;
        foreach (IArgumentOperation argument in arguments)
        {
            if (PointerOperations.SkipConversions(argument.Value) is IAddressOfOperation { Reference: ILocalReferenceOperation local })
                state.Values = state.Values.With(_terms.Variable(local.Local), ResultOf(call, state, slot, local.Local, local.Local.Name));
            slot++;
        }
    }

    private void StoreThrough(IOperation call, Term place, Term value, FlowState state)
    {
        if (place.Kind is TermKind.Member or TermKind.Static && place.Symbol is { } member)
            OnWrite(place, member, value, call, state);
        OnOverwrite(place, value, call, state);
        Store(place, value, state);
    }

    private void CheckCall(IOperation call, IMethodSymbol target, MethodContract contract, CallFrame frame, FlowState state)
    {
        if (contract.WaitsForGracePeriod)
            state.Published = default;
        if (!_checks)
            return;
        CheckRequirements(call, target, contract, frame, state);
        CheckContext(call, target, contract, frame, state);
        CheckRcuCall(call, target, contract, frame, state);
        CheckPerCpuCall(call, target, contract, frame, state);
        CheckLifetimeCall(call, target, contract, frame, state);
        if (_options.ExceptionEdges == ExceptionEdges.Calls && !contract.Primitive && contract.Locks.Count == 0)
            CheckException(state, call);
    }

    /// <summary>What the call does; what depends on its result waits until that is tested.</summary>
    private void ApplyCall(IOperation call, MethodContract contract, CallFrame frame, bool keepsIrqState, FlowState state)
    {
        if (contract.IsEmpty)
            return;
        foreach (LockEffect effect in contract.Locks)
        {
            if (effect.When >= 0 && frame.Arguments[effect.When] is { } when)
                IsOff(Masked(when, effect.Mask), state);
        }

        foreach ((AnnotationPath From, AnnotationPath To) handOver in contract.HandOvers)
            TakeHandedOver(call, handOver.To, contract, frame, state);
        foreach (LockEffect effect in contract.Locks)
        {
            if (effect.Outcome == Outcome.Always)
                ApplyLock(call, effect, contract, frame, state);
        }

        foreach (RefEffect effect in contract.Refs)
        {
            if (effect.Outcome == Outcome.Always)
                ApplyRef(call, effect, frame, state);
        }

        if (contract.Tries == Outcome.Always && !keepsIrqState)
            ApplyContext(call, contract, frame, state);
        ApplyScopes(call, contract, frame, state);
        NoteResult(call, contract, frame, state);
        if (contract.DependsOnResult && frame.Result is { } result)
            state.Pending = state.Pending.With(ResultThatCounts(contract, frame, state) ?? result, new PendingCall(contract, call, frame));
    }

    /// <summary>What a call wrote for its caller to look at, if that is what tells.</summary>
    private Term? ResultThatCounts(MethodContract contract, CallFrame frame, FlowState state)
    {
        foreach (LockEffect effect in contract.Locks)
        {
            if (effect.By >= 0 && frame.Arguments[effect.By] is { } pointer)
                return Load(_terms.Pointee(pointer), state);
        }

        return null;
    }

    private void ApplyPending(PendingCall pending, long succeeds, FlowState state)
    {
        MethodContract contract = pending.Contract;
        for (int i = 0; i < contract.Locks.Count; i++)
        {
            if ((succeeds & PendingCall.LockBit(i)) != 0)
                ApplyLock(pending.Site, contract.Locks[i], contract, pending.Frame, state);
        }

        for (int i = 0; i < contract.Refs.Count; i++)
        {
            if ((succeeds & PendingCall.RefBit(i)) != 0)
                ApplyRef(pending.Site, contract.Refs[i], pending.Frame, state);
        }

        // What it does to the context it does with the first lock that it tries for.
        int first = contract.Locks.FindIndex(static effect => effect.Outcome != Outcome.Always && effect.Action is LockAction.Acquire or LockAction.AcquireShared);
        if (first >= 0 && (succeeds & PendingCall.LockBit(first)) != 0)
            ApplyContext(pending.Site, contract, pending.Frame, state);
    }
}
