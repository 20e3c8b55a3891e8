// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>What one CPU knows of a group's tasks. The scheduler writes it, under psi_seq of the CPU.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public unsafe struct psi_group_cpu
{
    [FieldOffset(0)] public fixed uint tasks[linux_psi_types_h.NR_PSI_TASK_COUNTS];
    [FieldOffset(16)] public uint state_mask;
    [FieldOffset(20)] public fixed uint times[linux_psi_types_h.NR_PSI_STATES];
    [FieldOffset(48)] public ulong state_start;

    // The aggregators'.
    [FieldOffset(64)] public fixed uint times_prev[linux_psi_types_h.NR_PSI_AGGREGATORS * linux_psi_types_h.NR_PSI_STATES];
}

/// <summary>A window of time in which growth is measured.</summary>
public struct psi_window
{
    public ulong size;
    public ulong start_time;
    public ulong start_value;
    public ulong prev_growth;
}

/// <summary>Someone who waits for pressure: so much stall in such a window.</summary>
public unsafe struct psi_trigger
{
    public int state;
    public ulong threshold;
    public list_head node;
    public psi_group* group;
    public wait_queue_head event_wait;
    public kernfs_open_file* of;
    public int @event;
    public psi_window win;
    public ulong last_event_time;
    public bool pending_event;
    public int aggregator;
}

/// <summary>The pressure of a control group, or of the system.</summary>
public unsafe partial struct psi_group
{
    public psi_group* parent;
    public bool enabled;

    public mutex avgs_lock; // the averages and their triggers

    [PerCpu(Remote = true)] public PerCpu<psi_group_cpu>* pcpu;

    public fixed ulong avg_total[linux_psi_types_h.NR_PSI_STATES - 1];
    public ulong avg_last_update;
    public ulong avg_next_update;

    public delayed_work avgs_work;

    public list_head avg_triggers;
    public fixed uint avg_nr_triggers[linux_psi_types_h.NR_PSI_STATES - 1];

    public fixed ulong total[linux_psi_types_h.NR_PSI_AGGREGATORS * (linux_psi_types_h.NR_PSI_STATES - 1)];
    public fixed ulong avg[(linux_psi_types_h.NR_PSI_STATES - 1) * 3];

    public Rcu<task_struct>* rtpoll_task;
    public timer_list rtpoll_timer;
    public wait_queue_head rtpoll_wait;
    public atomic_t rtpoll_wakeup;
    public atomic_t rtpoll_scheduled;

    public mutex rtpoll_trigger_lock; // what follows

    public list_head rtpoll_triggers;
    public fixed uint rtpoll_nr_triggers[linux_psi_types_h.NR_PSI_STATES - 1];
    public uint rtpoll_states;
    public ulong rtpoll_min_period;

    public fixed ulong rtpoll_total[linux_psi_types_h.NR_PSI_STATES - 1];
    public ulong rtpoll_next_update;
    public ulong rtpoll_until;
}

public static partial class linux_psi_types_h
{
    // enum psi_task_count
    public const int NR_IOWAIT = 0;
    public const int NR_MEMSTALL = 1;
    public const int NR_RUNNING = 2;
    public const int NR_MEMSTALL_RUNNING = 3; // stalled on memory and on a CPU all the same: in reclaim
    public const int NR_PSI_TASK_COUNTS = 4;

    // What a task is in: task_struct.psi_flags.
    public const int TSK_IOWAIT = 1 << NR_IOWAIT;
    public const int TSK_MEMSTALL = 1 << NR_MEMSTALL;
    public const int TSK_RUNNING = 1 << NR_RUNNING;
    public const int TSK_MEMSTALL_RUNNING = 1 << NR_MEMSTALL_RUNNING;
    public const int TSK_ONCPU = 1 << NR_PSI_TASK_COUNTS;

    // enum psi_res
    public const int PSI_IO = 0;
    public const int PSI_MEM = 1;
    public const int PSI_CPU = 2;
    public const int NR_PSI_RESOURCES = 3;

    // enum psi_states: some wait, or all that could run do.
    public const int PSI_IO_SOME = 0;
    public const int PSI_IO_FULL = 1;
    public const int PSI_MEM_SOME = 2;
    public const int PSI_MEM_FULL = 3;
    public const int PSI_CPU_SOME = 4;
    public const int PSI_CPU_FULL = 5;
    public const int PSI_NONIDLE = 6;
    public const int NR_PSI_STATES = 7;

    /// <summary>A bit above the states: a task of the group is on the CPU.</summary>
    public const uint PSI_ONCPU = 1U << NR_PSI_STATES;

    /// <summary>For the averages' work: it is to come again.</summary>
    public const uint PSI_STATE_RESCHEDULE = 1U << (NR_PSI_STATES + 1);

    // enum psi_aggregators
    public const int PSI_AVGS = 0;
    public const int PSI_POLL = 1;
    public const int NR_PSI_AGGREGATORS = 2;
}
