// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The tick of busy CPUs, and the next event of any.</summary>
internal static unsafe class kernel_time_tick_c
{
    internal static void update_jiffies(ulong now)
    {
        ulong j = INITIAL_JIFFIES + now / (ulong)TICK_NSEC;
        if ((long)(j - jiffies_64) > 0)
            WRITE_ONCE(ref jiffies_64, j);
    }

    /// <summary>The CPU comes out of idle: its tick starts again, on the beat that all share.</summary>
    internal static void start_tick(cpu* c) => c->tick_next = (sched_host.now() / (ulong)TICK_NSEC + 1) * (ulong)TICK_NSEC;

    /// <summary>When this CPU must take its timer interrupt, or the end of time.</summary>
    internal static ulong next_event(cpu* c)
    {
        ulong e = linux_hrtimer_h.next_expiry(c);
        return Math.Min(e, sched_host.is_idle(c) && c->nr_running == 0 ? kernel_time_timer_c.next_expiry_ns(c) : c->tick_next);
    }

    [HardIrqContext]
    internal static void timer_interrupt(cpu* c)
    {
        linux_hrtimer_h.hrtimer_interrupt(c);
        ulong now = sched_host.now();
        if (sched_host.is_idle(c))
            kernel_time_timer_c.run_local_timers();
        else if (c->tick_next <= now)
        {
            c->tick_next = (now / (ulong)TICK_NSEC + 1) * (ulong)TICK_NSEC;
            update_process_times(c);
        }
    }

    [KernelSource("kernel/time/timer.c", "update_process_times", Parity.Reduced, "no irq_work and no POSIX CPU timers")]
    [RequiresPreemptOff]
    private static void update_process_times(cpu* c)
    {
        bool user = c->user_mode != 0;
        if (user)
            account_user_time(c->current_task, (ulong)TICK_NSEC);
        else
            account_system_time(c->current_task, (ulong)TICK_NSEC);
        kernel_time_timer_c.run_local_timers();
        rcu_sched_clock_irq(user ? 1 : 0);
        kernel_sched_core_c.sched_tick(c);
    }
}
