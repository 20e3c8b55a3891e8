// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// What dirty throttling is measured in: the whole system, or one group. The devices share its dirty limit in proportion
/// to how fast they have been writing of late.
/// </summary>
public struct wb_domain
{
    public spinlock_t @lock;

    public fprop_global completions;
    public timer_list period_timer; // ages the completions
    public ulong period_time;

    // Follows the threshold down slowly when it drops at once. Guarded by lock.
    public ulong dirty_limit_tstamp;
    public ulong dirty_limit;
}

public static unsafe partial class linux_writeback_h
{
    /// <summary>The limits of a domain have changed: what was tracked of the old ones is of no use.</summary>
    [KernelSource("include/linux/writeback.h", "wb_domain_size_changed", Parity.Full)]
    public static void wb_domain_size_changed(wb_domain* dom)
    {
        spin_lock(&dom->@lock);
        dom->dirty_limit_tstamp = jiffies;
        dom->dirty_limit = 0;
        spin_unlock(&dom->@lock);
    }
}
