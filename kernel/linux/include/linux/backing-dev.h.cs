// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_kref_h;
using static Linux.linux_percpu_counter_h;

namespace Linux;

public static unsafe class linux_backing_dev_h
{
    private const string H = "include/linux/backing-dev.h";

    [KernelSource(H, "bdi_get", Parity.Full)]
    public static backing_dev_info* bdi_get(backing_dev_info* bdi)
    {
        kref_get(&bdi->refcnt);
        return bdi;
    }

    [KernelSource(H, "wb_has_dirty_io", Parity.Full)]
    public static bool wb_has_dirty_io(bdi_writeback* wb) => test_bit(WB_has_dirty_io, &wb->state);

    /// <summary>A wb with dirty inodes has a bandwidth above 0, and the sum says that there is one.</summary>
    [KernelSource(H, "bdi_has_dirty_io", Parity.Full)]
    public static bool bdi_has_dirty_io(backing_dev_info* bdi) => atomic_long_read(&bdi->tot_write_bandwidth) != 0;

    [KernelSource(H, "wb_stat_mod", Parity.Full)]
    public static void wb_stat_mod(bdi_writeback* wb, int item, s64 amount) =>
        percpu_counter_add_batch(&wb->stat[item], amount, WB_STAT_BATCH);

    [KernelSource(H, "wb_stat", Parity.Full)]
    public static s64 wb_stat(bdi_writeback* wb, int item) => percpu_counter_read_positive(&wb->stat[item]);

    [KernelSource(H, "wb_stat_sum", Parity.Full)]
    public static s64 wb_stat_sum(bdi_writeback* wb, int item) => percpu_counter_sum_positive(&wb->stat[item]);

    /// <summary>By how much wb_stat() may be wrong at most.</summary>
    [KernelSource(H, "wb_stat_error", Parity.Full)]
    public static ulong wb_stat_error() => (ulong)nr_cpu_ids * (ulong)WB_STAT_BATCH;

    /// <summary>A device's share is told in parts of a million.</summary>
    public const uint BDI_RATIO_SCALE = 10000;

    public const uint BDI_CAP_WRITEBACK = 1 << 0; // its dirty pages are counted and written
    public const uint BDI_CAP_STRICTLIMIT = 1 << 1; // kept below its own limit, whatever the system's is

    [KernelSource(H, "writeback_in_progress", Parity.Full)]
    public static bool writeback_in_progress(bdi_writeback* wb) => test_bit(WB_writeback_running, &wb->state);

    [KernelSource(H, "mapping_can_writeback", Parity.Full)]
    public static bool mapping_can_writeback(address_space* mapping) =>
        (inode_to_bdi(mapping->host)->capabilities & BDI_CAP_WRITEBACK) != 0;

    /// <summary>Whether an inode is written for the group that dirties it. The answer may change.</summary>
    [KernelSource(H, "inode_cgwb_enabled", Parity.Full)]
    public static bool inode_cgwb_enabled(inode* inode)
    {
        backing_dev_info* bdi = inode_to_bdi(inode);

        return cgroup_subsys_on_dfl(memory_cgrp_subsys) &&
            cgroup_subsys_on_dfl(io_cgrp_subsys) &&
            (bdi->capabilities & BDI_CAP_WRITEBACK) != 0 &&
            (inode->i_sb->s_iflags & SB_I_CGROUPWB) != 0;
    }

    /// <summary>The wb of current's group, or null; RCU keeps it.</summary>
    [KernelSource(H, "wb_find_current", Parity.Full)]
    public static bdi_writeback* wb_find_current(backing_dev_info* bdi)
    {
        cgroup_subsys_state* memcg_css = task_css(current, memory_cgrp_id);
        if (memcg_css->parent == null)
            return &bdi->wb;

        bdi_writeback* wb = (bdi_writeback*)radix_tree_lookup(&bdi->cgwb_tree, (ulong)memcg_css->id);

        // The task's own css of I/O is the effective one of its memory group: that is cheaper to compare.
        if (wb != null && wb->blkcg_css == task_css(current, io_cgrp_id))
            return wb;
        return null;
    }

    /// <summary>As wb_get_create() for current's group, fast where the wb is there.</summary>
    [KernelSource(H, "wb_get_create_current", Parity.Full)]
    [ReturnsOwned]
    public static bdi_writeback* wb_get_create_current(backing_dev_info* bdi, gfp_t gfp)
    {
        rcu_read_lock();
        bdi_writeback* wb = wb_find_current(bdi);
        if (wb != null && unlikely(!wb_tryget(wb)))
            wb = null;
        rcu_read_unlock();

        if (unlikely(wb == null))
        {
            cgroup_subsys_state* memcg_css = task_get_css(current, memory_cgrp_id);
            wb = wb_get_create(bdi, memcg_css, gfp);
            css_put(memcg_css);
        }

        return wb;
    }

    /// <summary>The wb that an inode is attached to. The caller holds i_lock, the lock of i_pages, or the wb's list_lock.</summary>
    [KernelSource(H, "inode_to_wb", Parity.Full)]
    [MustHoldAny("inode->i_lock", "inode->i_mapping->i_pages.xa_lock", "inode->i_wb->list_lock")]
    public static bdi_writeback* inode_to_wb(inode* inode)
    {
        if (CONFIG_LOCKDEP)
        {
            WARN_ON_ONCE((inode->i_sb->s_iflags & SB_I_CGROUPWB) != 0 &&
                !lockdep_is_held(&inode->i_lock) &&
                !lockdep_is_held(&inode->i_mapping->i_pages.xa_lock) &&
                !lockdep_is_held(&inode->i_wb->list_lock));
        }

        return inode->i_wb;
    }

    /// <summary>The wb that a round of writeback is for; the device's own when there was no writeback for groups at its start.</summary>
    [KernelSource(H, "inode_to_wb_wbc", Parity.Full)]
    public static bdi_writeback* inode_to_wb_wbc(inode* inode, writeback_control* wbc) =>
        wbc->wb != null ? wbc->wb : &inode_to_bdi(inode)->wb;

    /// <summary>
    /// Keeps an inode's wb the same until unlocked_inode_to_wb_end(), without any of the locks of inode_to_wb(). Nobody may
    /// sleep in between, and interrupts may be off.
    /// </summary>
    [KernelSource(H, "unlocked_inode_to_wb_begin", Parity.Full)]
    [ContextUnsafe("takes i_pages only while the inode changes its wb, and tells in the cookie"), Acquires("rcu")]
    public static bdi_writeback* unlocked_inode_to_wb_begin(inode* inode, wb_lock_cookie* cookie)
    {
        rcu_read_lock();

        // Whoever sees the flag cleared sees the new wb as well.
        cookie->locked = (smp_load_acquire(&inode->i_state) & I_WB_SWITCH) != 0;

        if (unlikely(cookie->locked))
            xa_lock_irqsave(&inode->i_mapping->i_pages, out cookie->flags);

        // Not inode_to_wb(): without a switch it is RCU that keeps the wb.
        return inode->i_wb;
    }

    [KernelSource(H, "unlocked_inode_to_wb_end", Parity.Full)]
    [ContextUnsafe("drops i_pages if the cookie says so"), Releases("rcu")]
    public static void unlocked_inode_to_wb_end(inode* inode, wb_lock_cookie* cookie)
    {
        if (unlikely(cookie->locked))
            xa_unlock_irqrestore(&inode->i_mapping->i_pages, cookie->flags);

        rcu_read_unlock();
    }
}
