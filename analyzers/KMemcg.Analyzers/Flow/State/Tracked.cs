// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace KMemcg.Analyzers;

/// <summary>A call whose effects depend on its result, which is not known yet.</summary>
internal sealed class PendingCall : IEquatable<PendingCall>
{
    private readonly long _decided;

    public PendingCall(MethodContract contract, IOperation site, CallFrame frame, long decided = 0)
    {
        Contract = contract;
        Site = site;
        Frame = frame;
        _decided = decided;
    }

    public MethodContract Contract { get; }

    public IOperation Site { get; }

    public CallFrame Frame { get; }

    /// <summary>How many effects of a kind a function may have.</summary>
    private const int Most = 32;

    /// <summary>The bit of one of the contract's locks.</summary>
    public static long LockBit(int lockEffect) => Bit(lockEffect, 0);

    /// <summary>The bit of one of the contract's references.</summary>
    public static long RefBit(int refEffect) => Bit(refEffect, Most);

    private static long Bit(int effect, int first) =>
        effect < Most ? 1L << (first + effect) : throw new InvalidOperationException($"a function with more than {Most} effects on locks, or on references");

    /// <summary>The same, of which some effects are done, or will not be.</summary>
    public PendingCall With(long decided) => new(Contract, Site, Frame, _decided | decided);

    /// <summary>The effects that wait for the result, by their bits, with what is known of each now.</summary>
    public IEnumerable<(long Bit, bool? Outcome)> Undecided(Func<LockEffect, bool?> locks, Func<RefEffect, bool?> refs)
    {
        for (int i = 0; i < Contract.Locks.Count; i++)
        {
            if (Contract.Locks[i].Outcome != Outcome.Always && (_decided & LockBit(i)) == 0)
                yield return (LockBit(i), locks(Contract.Locks[i]));
        }

        for (int i = 0; i < Contract.Refs.Count; i++)
        {
            if (Contract.Refs[i].Outcome != Outcome.Always && (_decided & RefBit(i)) == 0)
                yield return (RefBit(i), refs(Contract.Refs[i]));
        }
    }

    public bool Equals(PendingCall? other) => other is not null && ReferenceEquals(Site, other.Site) && _decided == other._decided && Frame.SameAs(other.Frame);

    public override bool Equals(object? obj) => Equals(obj as PendingCall);

    public override int GetHashCode() => Site.GetHashCode();
}

/// <summary>The values a call was given, by parameter, and what it gave.</summary>
internal sealed class CallFrame
{
    public CallFrame(Term?[] arguments, Term? receiver, Term? result)
    {
        Arguments = arguments;
        Receiver = receiver;
        Result = result;
    }

    public Term?[] Arguments { get; }

    /// <summary>The address of the receiver.</summary>
    public Term? Receiver { get; }

    public Term? Result { get; }

    public bool SameAs(CallFrame other)
    {
        if (!ReferenceEquals(Receiver, other.Receiver) || !ReferenceEquals(Result, other.Result) || Arguments.Length != other.Arguments.Length)
            return false;
        for (int i = 0; i < Arguments.Length; i++)
        {
            if (!ReferenceEquals(Arguments[i], other.Arguments[i]))
                return false;
        }

        return true;
    }
}

/// <summary>Saved interrupt flags that are not restored yet.</summary>
internal readonly struct SavedFlags : IEquatable<SavedFlags>
{
    public SavedFlags(IrqState was, int depth, int order, IOperation? site)
    {
        Was = was;
        Depth = depth;
        Order = order;
        Site = site;
    }

    public IrqState Was { get; }

    public int Depth { get; }

    /// <summary>How many saves were open before this one.</summary>
    public int Order { get; }

    public IOperation? Site { get; }

    public bool Equals(SavedFlags other) => Was == other.Was && Depth == other.Depth && Order == other.Order;

    public override bool Equals(object? obj) => obj is SavedFlags other && Equals(other);

    public override int GetHashCode() => (int)Was + Depth * 8 + Order * 64;
}

/// <summary>What is known of the references to an object.</summary>
internal readonly struct RefState : IEquatable<RefState>
{
    public RefState(int count, bool put, bool iterator, IOperation? site, bool foreign = false)
    {
        Foreign = foreign;
        Count = count;
        Put = put;
        Iterator = iterator;
        Site = site;
    }

    /// <summary>How many of them this function has to put.</summary>
    public int Count { get; }

    /// <summary>The last one that it had is gone.</summary>
    public bool Put { get; }

    /// <summary>It belongs to a walk.</summary>
    public bool Iterator { get; }

    /// <summary>The one that was put was somebody else's: there may be more, and the object may still be used.</summary>
    public bool Foreign { get; }

    public IOperation? Site { get; }

    public bool Equals(RefState other) => Count == other.Count && Put == other.Put && Iterator == other.Iterator && Foreign == other.Foreign;

    public override bool Equals(object? obj) => obj is RefState other && Equals(other);

    public override int GetHashCode() => Count * 4 + (Put ? 2 : 0) + (Iterator ? 1 : 0);
}

/// <summary>A scope that is not ended yet.</summary>
internal readonly struct OpenScope : IEquatable<OpenScope>
{
    public OpenScope(string name, int order, IOperation? site)
    {
        Name = name;
        Order = order;
        Site = site;
    }

    public string Name { get; }

    public int Order { get; }

    /// <summary>Null if the caller began it.</summary>
    public IOperation? Site { get; }

    public bool Equals(OpenScope other) => Name == other.Name && Order == other.Order;

    public override bool Equals(object? obj) => obj is OpenScope other && Equals(other);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name) + Order;
}

/// <summary>What is left to do when the finally blocks that a branch leaves have run.</summary>
internal sealed class FinallyContinuation
{
    public FinallyContinuation(ControlFlowBranch branch, int next, FinallyContinuation? outer)
    {
        Branch = branch;
        Next = next;
        Outer = outer;
    }

    public ControlFlowBranch Branch { get; }

    /// <summary>The index of the finally region that runs next.</summary>
    public int Next { get; }

    public FinallyContinuation? Outer { get; }

    public static bool Same(FinallyContinuation? a, FinallyContinuation? b)
    {
        while (a is not null && b is not null)
        {
            if (ReferenceEquals(a, b))
                return true;
            if (!ReferenceEquals(a.Branch, b.Branch) || a.Next != b.Next)
                return false;
            a = a.Outer;
            b = b.Outer;
        }

        return a is null && b is null;
    }
}

/// <summary>How far a pointer can still be followed.</summary>
internal enum PointerLife
{
    Good,

    /// <summary>The section that it came from has ended, or the task may have moved.</summary>
    Ended,
}
