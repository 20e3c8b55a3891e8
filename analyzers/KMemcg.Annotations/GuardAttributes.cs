// SPDX-License-Identifier: GPL-2.0-only
using System;

namespace KMemcg.Annotations;

/// <summary>The field is read and written only with this lock held; for reading, shared will do.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = true)]
public sealed class GuardedByAttribute : Attribute
{
    /// <summary>Guarded by the lock at <paramref name="path"/>; several attributes ask for all of them.</summary>
    public GuardedByAttribute(string path) => Path = path;

    /// <summary>Which lock.</summary>
    public string Path { get; }
}

/// <summary>The field is read with any one of these locks held and written with all of them.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class GuardedByAnyAttribute : Attribute
{
    /// <summary>Guarded by each of <paramref name="paths"/>.</summary>
    public GuardedByAnyAttribute(params string[] paths) => Paths = paths;

    /// <summary>Which locks.</summary>
    public string[] Paths { get; }
}

/// <summary>The pointer may be read by all; what it points to only with this lock held.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = true)]
public sealed class PointeeGuardedByAttribute : Attribute
{
    /// <summary>Guarded by the lock at <paramref name="path"/>.</summary>
    public PointeeGuardedByAttribute(string path) => Path = path;

    /// <summary>Which lock.</summary>
    public string Path { get; }
}

/// <summary>Written only with this lock held, and read without it: so all accesses are marked (READ_ONCE, WRITE_ONCE).</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = true)]
public sealed class WriteGuardedByAttribute : Attribute
{
    /// <summary>Writers hold the lock at <paramref name="path"/>.</summary>
    public WriteGuardedByAttribute(string path) => Path = path;

    /// <summary>Which lock.</summary>
    public string Path { get; }
}

/// <summary>Several CPUs access the field at once: only through READ_ONCE, WRITE_ONCE and atomics.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class MarkedAttribute : Attribute
{
}

/// <summary>A function through which marked fields are accessed: what it is given the address of is not accessed plainly.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MarkedAccessAttribute : Attribute
{
    /// <summary>It reads, or writes, or both.</summary>
    public MarkedAccessAttribute(bool reads = true, bool writes = false)
    {
        Reads = reads;
        Writes = writes;
    }

    /// <summary>It reads what it is pointed to.</summary>
    public bool Reads { get; }

    /// <summary>It writes there.</summary>
    public bool Writes { get; }
}

/// <summary>A memory barrier: the line says what it is paired with.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BarrierAttribute : Attribute
{
}

/// <summary>A pointer that readers follow in an RCU read section, and writers publish with rcu_assign_pointer.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class RcuProtectedAttribute : Attribute
{
    /// <summary>A lock (or several) whose holder may follow the pointer as well: the updaters'.</summary>
    public string[] Or { get; set; } = Array.Empty<string>();
}

/// <summary>How an RCU accessor treats the pointer whose address it is given.</summary>
public enum RcuAccess
{
    /// <summary>Follows it: rcu_dereference.</summary>
    Dereference,

    /// <summary>Follows it under the condition it is given: rcu_dereference_check, rcu_dereference_protected.</summary>
    Checked,

    /// <summary>Looks at the value only: rcu_access_pointer.</summary>
    Look,

    /// <summary>Publishes: rcu_assign_pointer.</summary>
    Assign,

    /// <summary>Initializes what nobody sees yet, or stores null: RCU_INIT_POINTER.</summary>
    Init,
}

/// <summary>A function that reads or writes an [RcuProtected] pointer given its address.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RcuAccessorAttribute : Attribute
{
    /// <summary>An accessor of the kind <paramref name="access"/>.</summary>
    public RcuAccessorAttribute(RcuAccess access) => Access = access;

    /// <summary>What it does.</summary>
    public RcuAccess Access { get; }
}

/// <summary>Has the object freed only after a grace period: kfree_rcu, call_rcu; with <see cref="Waits"/>, waits for one itself.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GracePeriodAttribute : Attribute
{
    /// <summary>It returns after the grace period, as synchronize_rcu.</summary>
    public bool Waits { get; set; }
}

/// <summary>Frees its argument at once.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FreesAttribute : Attribute
{
    /// <summary>Frees what <paramref name="path"/> points to.</summary>
    public FreesAttribute(string path) => Path = path;

    /// <summary>The parameter.</summary>
    public string Path { get; }
}

/// <summary>Each CPU has its own copy.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class PerCpuAttribute : Attribute
{
    /// <summary>Another CPU's copy may be looked at, with READ_ONCE; without this only the CPU itself touches it.</summary>
    public bool Remote { get; set; }

    /// <summary>The local lock that keeps a CPU's copy to its holder; empty for preemption (or interrupts) off.</summary>
    public string Lock { get; set; } = "";
}

/// <summary>How a per-CPU accessor reaches a copy.</summary>
public enum PerCpuAccess
{
    /// <summary>This CPU's copy, by one instruction that needs no protection: this_cpu_add.</summary>
    Once,

    /// <summary>The address of this CPU's copy, good while the task cannot move: this_cpu_ptr, __this_cpu_add.</summary>
    Local,

    /// <summary>The address of this CPU's copy where it does not matter which CPU it is: raw_cpu_ptr.</summary>
    Raw,

    /// <summary>The copy of a CPU that is named: per_cpu_ptr.</summary>
    Remote,
}

/// <summary>A function that goes from a per-CPU address to a copy of it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PerCpuAccessorAttribute : Attribute
{
    /// <summary>An accessor of the kind <paramref name="access"/>.</summary>
    public PerCpuAccessorAttribute(PerCpuAccess access) => Access = access;

    /// <summary>How it reaches the copy.</summary>
    public PerCpuAccess Access { get; }
}

/// <summary>The result is the address of what is at <paramref name="path"/>, a parameter's member: of a per-CPU address, one as well.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReturnsAddressOfAttribute : Attribute
{
    /// <summary>The address of <paramref name="path"/>.</summary>
    public ReturnsAddressOfAttribute(string path) => Path = path;

    /// <summary>The member.</summary>
    public string Path { get; }
}
