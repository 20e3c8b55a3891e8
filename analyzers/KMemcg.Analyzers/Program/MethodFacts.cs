// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>A lock class, as the order of locks knows it: its name, and which of several nested ones.</summary>
internal readonly struct LockNode : IEquatable<LockNode>, IComparable<LockNode>
{
    private readonly int _hash;

    public LockNode(string name, int subclass)
    {
        Name = name;
        Subclass = subclass;
        _hash = StringComparer.Ordinal.GetHashCode(name) + subclass * 397;
    }

    public string Name { get; }

    public int Subclass { get; }

    public bool Equals(LockNode other) => Name == other.Name && Subclass == other.Subclass;

    public override bool Equals(object? obj) => obj is LockNode other && Equals(other);

    public override int GetHashCode() => _hash;

    public int CompareTo(LockNode other) =>
        string.CompareOrdinal(Name, other.Name) is var order && order != 0 ? order : Subclass.CompareTo(other.Subclass);

    public override string ToString() => Subclass == 0 ? Name : Name + "/" + Subclass;
}

/// <summary>Whether an allocation at a call may sleep.</summary>
internal enum GfpUse
{
    /// <summary>It is not known, or it does not.</summary>
    No,

    /// <summary>Its mask says so.</summary>
    Blocks,

    /// <summary>Its mask says so, and that it may call file systems: it may reclaim.</summary>
    Reclaims,

    /// <summary>Its mask is a parameter of the caller.</summary>
    Parameter,
}

/// <summary>A call, as the program pass sees it.</summary>
internal sealed class CallFact
{
    public CallFact(IMethodSymbol target, Location site, string? atomic, bool rcu, bool irqsOff, bool irqsKnown, GfpUse gfp, int gfpParameter, ImmutableArray<LockNode> held, ImmutableArray<string> dropped, ImmutableArray<string> spinning)
    {
        Spinning = spinning;
        Target = target;
        Site = site;
        Atomic = atomic;
        Rcu = rcu;
        IrqsOff = irqsOff;
        IrqsKnown = irqsKnown;
        Gfp = gfp;
        GfpParameter = gfpParameter;
        Held = held;
        Dropped = dropped;
    }

    public IMethodSymbol Target { get; }

    /// <summary>What the program pass knows of the target; null if its body is elsewhere.</summary>
    public MethodFacts? Callee { get; set; }

    public Location Site { get; }

    /// <summary>Why nothing may sleep there, or null.</summary>
    public string? Atomic { get; }

    public bool Rcu { get; }

    public bool IrqsOff { get; }

    /// <summary>Interrupts are not just as the caller had them.</summary>
    public bool IrqsKnown { get; }

    public GfpUse Gfp { get; }

    /// <summary>The caller's parameter for <see cref="GfpUse.Parameter"/>.</summary>
    public int GfpParameter { get; }

    public ImmutableArray<LockNode> Held { get; }

    /// <summary>Locks that the caller's caller holds and the caller has dropped here.</summary>
    public ImmutableArray<string> Dropped { get; }

    /// <summary>Those of the held locks with which nothing may sleep.</summary>
    public ImmutableArray<string> Spinning { get; }
}

/// <summary>A lock that is taken, as the program pass sees it.</summary>
internal sealed class AcquireFact
{
    public AcquireFact(LockNode node, Location site, bool tries, bool sleeps, bool irqsOff, bool irqsKnown, ImmutableArray<LockNode> held, ImmutableArray<string> dropped)
    {
        Node = node;
        Site = site;
        Tries = tries;
        Sleeps = sleeps;
        IrqsOff = irqsOff;
        IrqsKnown = irqsKnown;
        Held = held;
        Dropped = dropped;
    }

    public LockNode Node { get; }

    public Location Site { get; }

    /// <summary>A try waits for nobody.</summary>
    public bool Tries { get; }

    /// <summary>Waiting for it is sleeping.</summary>
    public bool Sleeps { get; }

    public bool IrqsOff { get; }

    public bool IrqsKnown { get; }

    public ImmutableArray<LockNode> Held { get; }

    public ImmutableArray<string> Dropped { get; }
}

/// <summary>A lock that a function takes, itself or through others.</summary>
internal sealed class Take
{
    public Take(ImmutableHashSet<string> dropped, bool ifBlocks, Location site, CallFact? through)
    {
        Dropped = dropped;
        IfBlocks = ifBlocks;
        Site = site;
        Through = through;
    }

    /// <summary>Locks that its caller holds and that it has dropped by then.</summary>
    public ImmutableHashSet<string> Dropped { get; }

    /// <summary>Only if the function's mask lets it sleep.</summary>
    public bool IfBlocks { get; }

    public Location Site { get; }

    /// <summary>The call that takes it; null if the function itself does.</summary>
    public CallFact? Through { get; }

    /// <summary>It is taken whatever another way drops, or lets it do.</summary>
    public bool IsFinal => Dropped.IsEmpty && !IfBlocks;
}

/// <summary>What one function does, for the program pass.</summary>
internal sealed class MethodFacts
{
    public MethodFacts(IMethodSymbol method, ContractCache contracts)
    {
        Method = method;
        Contract = contracts.Of(method);
        Mask = contracts.MaskOf(method);
    }

    public IMethodSymbol Method { get; }

    public MethodContract Contract { get; }

    public List<CallFact> Calls { get; } = new();

    /// <summary>The calls of it.</summary>
    public List<(MethodFacts Caller, CallFact Call)> Callers { get; } = new();

    public Dictionary<LockNode, Take> Takes { get; } = new();

    /// <summary>Its parameter that is a gfp mask, or -1.</summary>
    public int Mask { get; }

    public List<AcquireFact> Acquires { get; } = new();

    /// <summary>Nothing is known of what it does.</summary>
    public void Clear()
    {
        Calls.Clear();
        Acquires.Clear();
        Callbacks.Clear();
    }

    /// <summary>Functions that it has called back where nothing may sleep.</summary>
    public List<(IMethodSymbol Target, Location Site, string Context, bool Irq)> Callbacks { get; } = new();
}
