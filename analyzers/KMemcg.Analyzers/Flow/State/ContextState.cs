// SPDX-License-Identifier: GPL-2.0-only
using System;

namespace KMemcg.Analyzers;

/// <summary>Interrupts, as far as they are known.</summary>
internal enum IrqState
{
    /// <summary>As the caller had them.</summary>
    Entry,
    On,
    Off,
}

/// <summary>Where the CPU is on a way through a function: counts are changes since its beginning.</summary>
internal struct ContextState : IEquatable<ContextState>
{
    public int Preempt;
    public int Bh;
    public int Migrate;
    public int Rcu;
    public int RcuBh;
    public int RcuSched;
    public int PagefaultOff;
    public IrqState Irq;

    /// <summary>How many have turned interrupts off without asking what they were.</summary>
    public int IrqDepth;

    /// <summary>Conditions that were asserted, a bit for each token.</summary>
    public int Asserted;

    public readonly bool Equals(ContextState other) =>
        Preempt == other.Preempt && Bh == other.Bh && Migrate == other.Migrate && Rcu == other.Rcu && RcuBh == other.RcuBh &&
        RcuSched == other.RcuSched && PagefaultOff == other.PagefaultOff && Irq == other.Irq && IrqDepth == other.IrqDepth && Asserted == other.Asserted;

    public override readonly bool Equals(object? obj) => obj is ContextState other && Equals(other);

    public override readonly int GetHashCode() => Preempt + Bh * 7 + Migrate * 31 + Rcu * 101 + (int)Irq * 1009 + IrqDepth * 4001;
}
