// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

/// <summary>
/// What a CPU keeps for itself. The first cache line is what `current`, preemption and per-CPU accesses read; the rest is
/// its run queue, its timers and its clock.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public unsafe struct cpu
{
    public task_struct* current_task;
    public nint percpu_offset;
    public int preempt_count;
    public uint irqs_disabled;

    /// <summary>CPU_PENDING_*: work for the next point where interrupts are on. Set by anyone, with Interlocked.</summary>
    public uint pending;

    /// <summary>Deterministic mode: 1, as each section takes time. Beside <see cref="pending"/>, so that one load sees both.</summary>
    internal uint counts_time;

    public int number;

    /// <summary>Deterministic mode: how far this CPU has come, in nanoseconds since boot.</summary>
    public ulong clock;

    /// <summary>Deterministic mode: when the clock gets here, another CPU or a timer is due.</summary>
    public ulong horizon;

    public task_struct* idle_task;
    public uint softirq_pending;

    /// <summary>In a user-mode step: what the tick's time is booked on.</summary>
    public uint user_mode;

    /// <summary>RCU need not wait for this CPU: it runs user code, or sleeps idle.</summary>
    internal uint rcu_eqs;

    // The run queue, under rq_lock.
    internal int rq_lock;
    public uint nr_running;
    internal list_head queue;
    internal ulong min_vruntime;
    internal ulong nr_switches;
    internal int online;
    internal int idle_sleeping;
    internal int nr_iowait;

    // High-resolution events, under timer_lock.
    internal int timer_lock;
    internal hrtimer** heap;
    internal int heap_count;
    internal int heap_capacity;
    internal hrtimer* running_hrtimer;
    internal ulong tick_next;

    /// <summary>Deterministic mode: the host thread that runs this idle CPU's interrupt, 0 when none does.</summary>
    internal int carrier;
}

public static unsafe partial class asm_percpu_h
{
    internal const uint CPU_PENDING_IRQ = 1;
    internal const uint CPU_PENDING_TIMER = 2;
    internal const uint CPU_PENDING_SOFTIRQ = 4;
    internal const uint CPU_PENDING_YIELD = 8;

    /// <summary>The CPU that this host thread holds, null outside the kernel. Any call may change it, as the task may move.</summary>
    public static cpu* __this_cpu
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (cpu*)ThreadWord.Value;
        set => ThreadWord.Value = value;
    }

    public static task_struct* current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => __this_cpu->current_task;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int smp_processor_id() => __this_cpu->number;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int raw_smp_processor_id() => __this_cpu->number;

    [PreemptAdjust(1)]
    public static int get_cpu()
    {
        preempt_disable();
        return smp_processor_id();
    }

    [PreemptAdjust(-1)]
    public static void put_cpu() => preempt_enable();
}
