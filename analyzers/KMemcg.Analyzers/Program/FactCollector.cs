// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Takes down what the flow analysis of one function tells.</summary>
internal sealed class FactCollector : IFlowFacts
{
    private const long Blocks = 0x400;
    private const long CallsFileSystems = 0x80;

    private readonly MethodFacts _facts;
    private readonly ContractCache _contracts;
    private readonly HashSet<(IOperation, string?, string)> _seen = new();

    public FactCollector(MethodFacts facts, ContractCache contracts)
    {
        _facts = facts;
        _contracts = contracts;
    }

    public void Call(IOperation site, IMethodSymbol target, MethodContract contract, CallFrame frame, string? atomic, bool rcu, HashSet<Term>? without, FlowState state)
    {
        if (contract.Primitive && !contract.MightSleep)
            return;
        ImmutableArray<LockNode> held = Held(state, without, out ImmutableArray<string> dropped);
        if (!_seen.Add((site, atomic, NamesOf(held) + (rcu ? "rcu" : ""))))
            return;
        (GfpUse gfp, int parameter) = GfpOf(target, frame);
        _facts.Calls.Add(new CallFact(target.OriginalDefinition, site.Syntax.GetLocation(), atomic, rcu, IrqsOff(state), state.Context.Irq != IrqState.Entry, gfp, parameter, held, dropped, Spinning(state, without)));
    }

    public void Acquire(IOperation site, Term place, string? @class, int subclass, bool tries, bool sleeps, bool irqsOff, FlowState state)
    {
        if ((@class ?? NameOf(place)) is not { } name)
            return;
        ImmutableArray<LockNode> held = Held(state, null, out ImmutableArray<string> dropped);
        if (!_seen.Add((site, name, NamesOf(held))))
            return;
        bool off = irqsOff || IrqsOff(state);
        _facts.Acquires.Add(new AcquireFact(new LockNode(name, subclass), site.Syntax.GetLocation(), tries, sleeps, off, irqsOff || state.Context.Irq != IrqState.Entry, held, dropped));
    }

    public void Callback(IOperation site, IMethodSymbol target, string context, bool irq) =>
        _facts.Callbacks.Add((target.OriginalDefinition, site.Syntax.GetLocation(), context, irq));

    private static string NamesOf(ImmutableArray<LockNode> held) => held.IsEmpty ? "" : string.Join(",", held);

    /// <summary>The calls of a function in which there is nothing to follow.</summary>
    public static void CollectCalls(MethodFacts facts, List<IInvocationOperation> calls, ContractCache contracts)
    {
        foreach (IInvocationOperation call in calls)
        {
            MethodContract contract = contracts.Of(call.TargetMethod);
            if (contract.Primitive && !contract.MightSleep)
                continue;
            (GfpUse gfp, int parameter) = GfpOf(call, contracts);
            facts.Calls.Add(new CallFact(call.TargetMethod.OriginalDefinition, call.Syntax.GetLocation(), null, false, false, false, gfp, parameter, ImmutableArray<LockNode>.Empty, ImmutableArray<string>.Empty, ImmutableArray<string>.Empty));
        }
    }

    private static (GfpUse, int) GfpOf(IInvocationOperation call, ContractCache contracts)
    {
        int wanted = contracts.MaskOf(call.TargetMethod);
        if (wanted < 0)
            return (GfpUse.No, -1);
        foreach (IArgumentOperation argument in call.Arguments)
        {
            if (argument.Parameter?.Ordinal != wanted)
                continue;
            return UseOf(argument.Value);
        }

        return (GfpUse.No, -1);
    }

    private static (GfpUse Use, int Parameter) UseOf(IOperation mask)
    {
        mask = PointerOperations.SkipConversions(mask);
        if (mask.ConstantValue is { HasValue: true, Value: uint number })
            return (UseOf(number), -1);
        return mask switch
        {
            IParameterReferenceOperation parameter => (GfpUse.Parameter, parameter.Parameter.Ordinal),
            IBinaryOperation { OperatorKind: BinaryOperatorKind.Or } both => Either(UseOf(both.LeftOperand), UseOf(both.RightOperand)),
            IBinaryOperation { OperatorKind: BinaryOperatorKind.And } both when both.RightOperand.ConstantValue is { HasValue: true, Value: uint kept } => Kept(UseOf(both.LeftOperand), kept),
            _ => (GfpUse.No, -1),
        };
    }

    private (GfpUse, int) GfpOf(IMethodSymbol target, CallFrame frame)
    {
        int wanted = _contracts.MaskOf(target);
        return wanted >= 0 && wanted < frame.Arguments.Length && frame.Arguments[wanted] is { } mask ? UseOf(mask) : (GfpUse.No, -1);
    }

    private static (GfpUse Use, int Parameter) UseOf(Term mask) => mask switch
    {
        { Kind: TermKind.Constant } => (UseOf(mask.Number), -1),
        { Kind: TermKind.Load, A: { Kind: TermKind.Variable, Symbol: IParameterSymbol parameter } } => (GfpUse.Parameter, parameter.Ordinal),
        { Kind: TermKind.Apply, Symbol: null, Name: "|" } => Either(UseOf(mask.A!), UseOf(mask.B!)),
        { Kind: TermKind.Apply, Symbol: null, Name: "&", B: { Kind: TermKind.Constant } kept } => Kept(UseOf(mask.A!), kept.Number),
        { Kind: TermKind.Apply, Symbol: IMethodSymbol, A: { } given } => UseOf(given),
        _ => (GfpUse.No, -1),
    };

    private static (GfpUse, int) Either((GfpUse Use, int Parameter) a, (GfpUse Use, int Parameter) b) =>
        a.Use == GfpUse.Parameter || (b.Use != GfpUse.Parameter && a.Use > b.Use) ? a : b;

    private static (GfpUse, int) Kept((GfpUse Use, int Parameter) mask, long kept) =>
        (kept & Blocks) == 0 ? (GfpUse.No, -1) : mask.Use == GfpUse.Reclaims && (kept & CallsFileSystems) == 0 ? (GfpUse.Blocks, -1) : mask;

    /// <summary>The parameter that is a gfp mask, by the name that all of them have: a function that has one sleeps only if that lets it.</summary>
    internal static int MaskParameter(IMethodSymbol target)
    {
        foreach (IParameterSymbol parameter in target.Parameters)
        {
            if (parameter.Type.SpecialType == SpecialType.System_UInt32 && (parameter.Name.StartsWith("gfp", StringComparison.Ordinal) || IsWrittenAsMask(parameter)))
                return parameter.Ordinal;
        }

        return -1;
    }

    /// <summary>gfp_t is an alias, of which only the syntax knows.</summary>
    private static bool IsWrittenAsMask(IParameterSymbol parameter) =>
        parameter.DeclaringSyntaxReferences.Length > 0 &&
        parameter.DeclaringSyntaxReferences[0].GetSyntax() is ParameterSyntax { Type: IdentifierNameSyntax { Identifier.ValueText: "gfp_t" } };

    private static GfpUse UseOf(long mask) =>
        (mask & Blocks) == 0 ? GfpUse.No : (mask & CallsFileSystems) == 0 ? GfpUse.Blocks : GfpUse.Reclaims;

    private static bool IrqsOff(FlowState state) => state.Context.Irq == IrqState.Off;

    private ImmutableArray<LockNode> Held(FlowState state, HashSet<Term>? without, out ImmutableArray<string> dropped)
    {
        dropped = ImmutableArray<string>.Empty;
        if (state.Locks.Count == 0 && !HasCallersLocks)
            return ImmutableArray<LockNode>.Empty;
        ImmutableArray<LockNode>.Builder held = ImmutableArray.CreateBuilder<LockNode>(state.Locks.Count);
        foreach (KeyValuePair<Term, HeldLock> entry in state.Locks.Entries)
        {
            if (entry.Value.Mode != HoldMode.Weak && without?.Contains(entry.Key) != true && (entry.Value.Class ?? NameOf(entry.Key)) is { } name)
                held.Add(new LockNode(name, entry.Value.Subclass));
        }

        held.Sort();
        dropped = Dropped(held);
        return held.ToImmutable();
    }

    /// <summary>The function asks for locks, or changes them: it may have dropped what its caller holds.</summary>
    private bool HasCallersLocks => _facts.Contract.Requires.Count > 0 || _facts.Contract.Locks.Count > 0;

    /// <summary>The locks that are why nothing may sleep; one without a class has the name "".</summary>
    private ImmutableArray<string> Spinning(FlowState state, HashSet<Term>? without)
    {
        if (state.Locks.Count == 0)
            return ImmutableArray<string>.Empty;
        ImmutableArray<string>.Builder spinning = ImmutableArray.CreateBuilder<string>();
        foreach (KeyValuePair<Term, HeldLock> entry in state.Locks.Entries)
        {
            if (entry.Value.Mode != HoldMode.Weak && without?.Contains(entry.Key) != true && LockClasses.KeepsPreemptionOff(entry.Key, _contracts))
                spinning.Add(entry.Value.Class ?? NameOf(entry.Key) ?? "");
        }

        return spinning.ToImmutable();
    }

    private ImmutableArray<string> Dropped(ImmutableArray<LockNode>.Builder held)
    {
        if (!HasCallersLocks)
            return ImmutableArray<string>.Empty;
        ImmutableArray<string>.Builder dropped = ImmutableArray.CreateBuilder<string>();
        foreach (LockRequirement requirement in _facts.Contract.Requires)
        {
            foreach (AnnotationPath path in requirement.Paths)
                AddDropped(path, null, held, dropped);
        }

        foreach (LockEffect effect in _facts.Contract.Locks)
        {
            if (effect.Action == LockAction.Release)
                AddDropped(effect.Path, effect.Class, held, dropped);
        }

        return dropped.ToImmutable();
    }

    private void AddDropped(AnnotationPath path, string? @class, ImmutableArray<LockNode>.Builder held, ImmutableArray<string>.Builder dropped)
    {
        if ((@class ?? (path.Last is { } symbol ? NameOf(symbol) : null)) is not { } name)
            return;
        foreach (LockNode node in held)
        {
            if (node.Name == name)
                return;
        }

        dropped.Add(name);
    }

    /// <summary>The name of a lock's class; null for a lock that is known only as an argument.</summary>
    private string? NameOf(Term place)
    {
        // A lock inside a generic container, as an xarray's: the class is that of the member that the container is.
        if (place.A is { Kind: TermKind.Member or TermKind.Static, Symbol: { } container } && LockClasses.TypeOf(container) is INamedTypeSymbol type && _contracts.ClassOf(type) is not null)
            return NameOf(container);
        return LockClasses.SymbolOf(place) is { } symbol ? NameOf(symbol) : null;
    }

    /// <summary>A [LockMember] has none: which comes first depends on whose the objects are, as with folios of a file and of its disk.</summary>
    private string? NameOf(ISymbol symbol) => symbol is IFieldSymbol or IPropertySymbol ? _contracts.LockNameOf(symbol) : null;
}
