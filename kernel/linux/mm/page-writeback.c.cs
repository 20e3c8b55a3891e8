// SPDX-License-Identifier: GPL-2.0-only
// Of page-writeback.c, the life of a writeback domain: every group has one.
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    private const string C = "mm/page-writeback.c";

    /// <summary>Dirty data is written when it is this old, in hundredths of a second.</summary>
    public static uint dirty_expire_interval = 30 * 100;

    private const ulong VM_COMPLETIONS_PERIOD_LEN = 3 * HZ;

    [KernelSource(C, "wp_next_time", Parity.Full)]
    private static ulong wp_next_time(ulong cur_time)
    {
        cur_time += VM_COMPLETIONS_PERIOD_LEN;
        // 0 says that no period is running.
        if (cur_time == 0)
            return 1;
        return cur_time;
    }

    /// <summary>Old completions count less with every period, until there are none.</summary>
    [KernelSource(C, "writeout_period", Parity.Full)]
    private static void writeout_period(timer_list* t)
    {
        wb_domain* dom = container_of<wb_domain>(t, &((wb_domain*)nowhere)->period_timer);
        int miss_periods = (int)((jiffies - dom->period_time) /
            VM_COMPLETIONS_PERIOD_LEN);

        if (fprop_new_period(&dom->completions, miss_periods + 1))
        {
            dom->period_time = wp_next_time(dom->period_time +
                (ulong)miss_periods * VM_COMPLETIONS_PERIOD_LEN);
            mod_timer(&dom->period_timer, dom->period_time);
        }
        else
        {
            // All fractions are 0: nothing is left to age.
            dom->period_time = 0;
        }
    }

    [KernelSource(C, "wb_domain_init", Parity.Full)]
    public static int wb_domain_init(wb_domain* dom, gfp_t gfp)
    {
        *dom = default;

        spin_lock_init(&dom->@lock);

        timer_setup(&dom->period_timer, &writeout_period, TIMER_DEFERRABLE);

        dom->dirty_limit_tstamp = jiffies;

        return fprop_global_init(&dom->completions, gfp);
    }

    [KernelSource(C, "wb_domain_exit", Parity.Full)]
    public static void wb_domain_exit(wb_domain* dom)
    {
        timer_delete_sync(&dom->period_timer);
        fprop_global_destroy(&dom->completions);
    }
}
