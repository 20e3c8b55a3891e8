// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Analyzers;

/// <summary>Conditions that a path may name in place of a lock.</summary>
internal enum LockToken
{
    None,
    Rcu,
    RcuBh,
    RcuSched,
    IrqsOff,
    BhOff,
    PreemptOff,
    PagefaultOff,
}

/// <summary>Their names.</summary>
internal static class LockTokens
{
    public static LockToken Parse(string name) => name switch
    {
        "rcu" => LockToken.Rcu,
        "rcu_bh" => LockToken.RcuBh,
        "rcu_sched" => LockToken.RcuSched,
        "irqs_off" => LockToken.IrqsOff,
        "bh_off" => LockToken.BhOff,
        "preempt_off" => LockToken.PreemptOff,
        "pagefault_off" => LockToken.PagefaultOff,
        _ => LockToken.None,
    };
}
