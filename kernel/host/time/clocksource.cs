// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_timer_h;

namespace Linux;

/// <summary>
/// The watchdog of clock sources. There is nothing to compare here; but it wakes each CPU in turn twice a second, and that
/// is what runs the deferrable timers of a machine that is idle otherwise.
/// </summary>
internal static unsafe class kernel_time_clocksource_c
{
    private const ulong WATCHDOG_INTERVAL = HZ >> 1;

    private static readonly timer_list* watchdog_timer = bss<timer_list>();

    [KernelSource("kernel/time/clocksource.c", "clocksource_watchdog", Parity.Reduced, "nothing is compared: there is one clock")]
    private static void clocksource_watchdog(timer_list* unused)
    {
        int next_cpu = cpumask_next(raw_smp_processor_id(), cpu_online_mask);
        if (next_cpu >= nr_cpu_ids)
            next_cpu = cpumask_first(cpu_online_mask);
        watchdog_timer->expires += WATCHDOG_INTERVAL;
        add_timer_on(watchdog_timer, next_cpu);
    }

    [KernelSource("kernel/time/clocksource.c", "clocksource_start_watchdog", Parity.Full)]
    internal static void clocksource_start_watchdog()
    {
        timer_setup(watchdog_timer, &clocksource_watchdog, 0);
        watchdog_timer->expires = jiffies + WATCHDOG_INTERVAL;
        add_timer_on(watchdog_timer, cpumask_first(cpu_online_mask));
    }
}
