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

/// <summary>What balance_dirty_pages() and those it calls know of one domain: limits, what is dirty, and the wb's part in both.</summary>
public unsafe struct dirty_throttle_control
{
    public wb_domain* dom;
    public dirty_throttle_control* gdtc; // of a group's alone: the system's
    public bdi_writeback* wb;
    public fprop_local_percpu* wb_completions;

    public ulong avail; // what may be dirty at all
    public ulong dirty; // dirty and under writeback
    public ulong thresh;
    public ulong bg_thresh;
    public ulong limit; // the hard one

    public ulong wb_dirty;
    public ulong wb_thresh;
    public ulong wb_bg_thresh;

    public ulong pos_ratio;
    public bool freerun;
    public bool dirty_exceeded;
}

public static unsafe partial class linux_writeback_h
{
    /// <summary>One chunk of background writeback is at most this part of the dirty limit.</summary>
    public const ulong DIRTY_SCOPE = 8;

    /// <summary>balance_dirty_pages() says -EAGAIN instead of sleeping.</summary>
    public const uint BDP_ASYNC = 0x0001;

    [KernelSource("include/linux/writeback.h", "wbc_blkcg_css", Parity.Full)]
    public static cgroup_subsys_state* wbc_blkcg_css(writeback_control* wbc) =>
        wbc->wb != null ? wbc->wb->blkcg_css : blkcg_root_css;

    /// <summary>The limits of a domain have changed: what was tracked of the old ones is of no use.</summary>
    [KernelSource("include/linux/writeback.h", "wb_domain_size_changed", Parity.Full)]
    public static void wb_domain_size_changed(wb_domain* dom)
    {
        spin_lock(&dom->@lock);
        dom->dirty_limit_tstamp = jiffies;
        dom->dirty_limit = 0;
        spin_unlock(&dom->@lock);
    }

    /// <summary>Attaches an inode without a wb to the one of a folio's group, or of current's.</summary>
    [KernelSource("include/linux/writeback.h", "inode_attach_wb", Parity.Full)]
    public static void inode_attach_wb(inode* inode, folio* folio)
    {
        if (inode->i_wb == null)
            __inode_attach_wb(inode, folio);
    }

    /// <summary>The inode is being freed.</summary>
    [KernelSource("include/linux/writeback.h", "inode_detach_wb", Parity.Full)]
    public static void inode_detach_wb(inode* inode)
    {
        if (inode->i_wb != null)
        {
            WARN_ON_ONCE((inode->i_state & linux_fs_h.I_CLEAR) == 0);
            wb_put(inode->i_wb);
            inode->i_wb = null;
        }
    }

    /// <summary>A bio is of the group that it is written for; of the current task's, when reclaim writes and there is no such group.</summary>
    [KernelSource("include/linux/writeback.h", "wbc_init_bio", Parity.Full)]
    public static void wbc_init_bio(writeback_control* wbc, bio* bio)
    {
        if (wbc->wb != null)
            bio_associate_blkg_from_css(bio, wbc->wb->blkcg_css);
    }
}
