// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>What a charge is for.</summary>
public enum charge_kind
{
    /// <summary>A page of private memory.</summary>
    anon,

    /// <summary>A page of a file's cache.</summary>
    file,

    /// <summary>A page of a tmpfs or of shared anonymous memory.</summary>
    shmem,

    /// <summary>A page that comes back from swap.</summary>
    swapin,

    /// <summary>Memory that the kernel takes for itself.</summary>
    kernel,

    /// <summary>Buffers of a socket.</summary>
    socket,
}

/// <summary>How it was decided who pays.</summary>
public enum charge_target
{
    /// <summary>The owner of the mm that the page is for.</summary>
    mm,

    /// <summary>Nobody was named: the current task.</summary>
    current,

    /// <summary>The scope of set_active_memcg().</summary>
    active,

    /// <summary>The owner of the page that the memory is for: that it describes, or that it holds compressed.</summary>
    page_owner,

    /// <summary>The group that swap has recorded.</summary>
    recorded_owner,

    /// <summary>The socket's.</summary>
    socket,
}

/// <summary>Where the pages of a charge came from.</summary>
public enum charge_outcome
{
    /// <summary>The CPU's stock.</summary>
    stock,

    /// <summary>The counters of the group and its ancestors.</summary>
    counters,

    /// <summary>The same, after somebody's memory was reclaimed.</summary>
    reclaim,

    /// <summary>The counters, and a level is over its memory.high or swap.high.</summary>
    high,

    /// <summary>The counters, after the OOM killer.</summary>
    oom,

    /// <summary>Over the limit, as the charge may not fail.</summary>
    forced,

    /// <summary>Nowhere: -ENOMEM.</summary>
    failed,
}

/// <summary>Who was running, and where.</summary>
/// <param name="ns">Nanoseconds since boot.</param>
/// <param name="cpu">The CPU's number.</param>
/// <param name="task">The current task's name.</param>
/// <param name="pid">Its id.</param>
/// <param name="context">task, kthread, softirq or hardirq; "reclaim" follows when the task is freeing memory.</param>
/// <param name="group">The task's group, "/" for the root.</param>
public sealed record memcg_actor(ulong ns, int cpu, string task, int pid, string context, string group);

/// <summary>Something that one task did to a group.</summary>
/// <param name="actor">The task.</param>
/// <param name="group">The group.</param>
public abstract record memcg_event(memcg_actor actor, string group);

/// <summary>A charge of whole pages, taken or refused.</summary>
public sealed record charge_event(
    memcg_actor actor, string group, charge_kind kind, charge_target target, uint pages, charge_outcome outcome)
    : memcg_event(actor, group);

/// <summary>Reclaim from a group and its descendants; <paramref name="pages"/> is what it gave.</summary>
public sealed record reclaim_event(memcg_actor actor, string group, ulong wanted, ulong pages) : memcg_event(actor, group);

/// <summary>A task sleeps because its own group is over memory.high or swap.high.</summary>
public sealed record throttle_event(memcg_actor actor, string group, ulong ns) : memcg_event(actor, group);

/// <summary>The OOM killer has chosen a victim, of this group.</summary>
public sealed record kill_event(memcg_actor actor, string group, string victim, int pid) : memcg_event(actor, group);
