// SPDX-License-Identifier: GPL-2.0-only
using System;

namespace KMemcg.Annotations;

/// <summary>
/// May sleep: not to be called with preemption or interrupts off, nor in an RCU read section. Locks that the function itself asks
/// for or releases do not count: it drops them before.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Delegate)]
public sealed class MightSleepAttribute : Attribute
{
    /// <summary>It looks whether it is in an interrupt or softirq, and does not sleep there.</summary>
    public bool ExceptInIrq { get; set; }
}

/// <summary>May sleep if the gfp mask that it is given allows it (__GFP_DIRECT_RECLAIM), or if a flag is true.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MightSleepIfAttribute : Attribute
{
    /// <summary>Depends on <paramref name="parameter"/>, a gfp_t, a bool or an integer.</summary>
    public MightSleepIfAttribute(string parameter) => Parameter = parameter;

    /// <summary>The parameter.</summary>
    public string Parameter { get; }
}

/// <summary>Called where nothing may sleep.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Delegate | AttributeTargets.Field)]
public sealed class AtomicContextAttribute : Attribute
{
}

/// <summary>Runs in an interrupt handler, with interrupts off.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Delegate | AttributeTargets.Field)]
public sealed class HardIrqContextAttribute : Attribute
{
}

/// <summary>Runs as (or may be called from) a softirq: a timer, an RCU callback.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Delegate | AttributeTargets.Field)]
public sealed class SoftIrqContextAttribute : Attribute
{
}

/// <summary>A parameter that takes the address of a function which will be called in this context, with these locks.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class CallbackAttribute : Attribute
{
    /// <summary>It is called where nothing may sleep.</summary>
    public bool Atomic { get; set; }

    /// <summary>It is called as a softirq.</summary>
    public bool SoftIrq { get; set; }

    /// <summary>It is called in an interrupt handler.</summary>
    public bool HardIrq { get; set; }

    /// <summary>Locks that are held around it, as paths of the function that has the parameter.</summary>
    public string[] Holds { get; set; } = Array.Empty<string>();
}

/// <summary>Leaves the preemption count changed: preempt_disable by 1, preempt_enable by -1.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PreemptAdjustAttribute : Attribute
{
    /// <summary>Changes the count by <paramref name="by"/>.</summary>
    public PreemptAdjustAttribute(int by) => By = by;

    /// <summary>The change.</summary>
    public int By { get; }
}

/// <summary>Leaves the count of disabled bottom halves changed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BhAdjustAttribute : Attribute
{
    /// <summary>Changes the count by <paramref name="by"/>.</summary>
    public BhAdjustAttribute(int by) => By = by;

    /// <summary>The change.</summary>
    public int By { get; }
}

/// <summary>Keeps the task on its CPU, or lets it move again; it may be preempted and may sleep.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MigrateAdjustAttribute : Attribute
{
    /// <summary>Changes the count by <paramref name="by"/>.</summary>
    public MigrateAdjustAttribute(int by) => By = by;

    /// <summary>The change.</summary>
    public int By { get; }
}

/// <summary>Called with preemption off, by whatever means.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class RequiresPreemptOffAttribute : Attribute
{
}

/// <summary>Called with interrupts off.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class RequiresIrqsOffAttribute : Attribute
{
}

/// <summary>Called with interrupts on: it turns them off and on again itself.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class RequiresIrqsOnAttribute : Attribute
{
}

/// <summary>Turns interrupts off, whatever they were.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IrqDisableAttribute : Attribute
{
    /// <summary>A parameter: only when that is true.</summary>
    public string When { get; set; } = "";
}

/// <summary>Turns interrupts on, whatever they were.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IrqEnableAttribute : Attribute
{
    /// <summary>A parameter: only when that is true.</summary>
    public string When { get; set; } = "";
}

/// <summary>Saves whether interrupts are on and turns them off.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IrqSaveAttribute : Attribute
{
    /// <summary>Saves to <paramref name="flags"/>: an out, ref or pointer parameter, or "return".</summary>
    public IrqSaveAttribute(string flags) => Flags = flags;

    /// <summary>Where to.</summary>
    public string Flags { get; }
}

/// <summary>Restores what an [IrqSave] saved.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IrqRestoreAttribute : Attribute
{
    /// <summary>Restores from the parameter <paramref name="flags"/>.</summary>
    public IrqRestoreAttribute(string flags) => Flags = flags;

    /// <summary>Where from.</summary>
    public string Flags { get; }
}

/// <summary>Called inside an RCU read section: short for MustHold("rcu").</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class RcuReadSectionAttribute : Attribute
{
}

/// <summary>Never returns: BUG(), panic().</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeverReturnsAttribute : Attribute
{
    /// <summary>Only when this parameter is true, as BUG_ON's condition.</summary>
    public string When { get; set; } = "";
}

/// <summary>
/// Gives the same answer for the same arguments for as long as a caller can tell, and changes nothing. A field: others do not
/// change it as long as somebody can tell.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class StableAttribute : Attribute
{
    /// <summary>The result is the first argument, or the object that it is in, seen as another type: references of one are of the other.</summary>
    public bool SameObject { get; set; }
}

/// <summary>Under this condition it fails where it would sleep or take locks, as user accesses do with page faults off.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FailsUnderAttribute : Attribute
{
    /// <summary>Under <paramref name="token"/>.</summary>
    public FailsUnderAttribute(string token) => Token = token;

    /// <summary>The condition, as "pagefault_off".</summary>
    public string Token { get; }
}

/// <summary>
/// Errors in a pointer's place. A function with a bool or an integer as its result tells whether what it is given is one (IS_ERR,
/// PTR_ERR_OR_ZERO), another makes one (ERR_PTR): where there is an error there is no object, with no locks and no references.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ErrorPointerAttribute : Attribute
{
    /// <summary>Null is one as well: IS_ERR_OR_NULL.</summary>
    public bool OrNull { get; set; }
}

/// <summary>Inside and the code it calls, memory is reclaimed: no lock may be held that reclaim takes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EntersReclaimAttribute : Attribute
{
}
