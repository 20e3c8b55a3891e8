// SPDX-License-Identifier: GPL-2.0-only
// fs-writeback.c, part 1 of 5: the lists of a wb, and its works.
using static Linux.linux_fs_h;
using static Linux.linux_workqueue_h;

namespace Linux;

/// <summary>What wb_writeback() is asked for.</summary>
public unsafe struct wb_writeback_work
{
    public long nr_pages;
    public super_block* sb;
    public int sync_mode;
    public bool tagged_writepages;
    public bool for_kupdate;
    public bool range_cyclic;
    public bool for_background;
    public bool for_sync; // sync(2), which waits for the pages by itself
    public bool auto_free; // freed when it is done
    public int reason;

    public list_head list;
    public wb_completion* done; // when somebody waits
}

public static unsafe partial class fs_fs_writeback_c
{
    private const string C = "fs/fs-writeback.c";

    // 4 MB: the least that is written of an inode at a time.
    private const long MIN_WRITEBACK_PAGES = (long)(4096UL >> (PAGE_SHIFT - 10));

    // In seconds. Timestamps alone may wait for half a day.
    private const ulong dirtytime_expire_interval = 12 * 60 * 60;

    [KernelSource(C, "wb_inode", Parity.Full)]
    private static inode* wb_inode(list_head* head) => container_of<inode>(head, &((inode*)nowhere)->i_io_list);

    [KernelSource(C, "wb_io_lists_populated", Parity.Full)]
    [MustHold("wb->list_lock")]
    private static bool wb_io_lists_populated(bdi_writeback* wb)
    {
        if (wb_has_dirty_io(wb))
            return false;

        set_bit(WB_has_dirty_io, &wb->state);
        WARN_ON_ONCE(wb->avg_write_bandwidth == 0);
        atomic_long_add((long)wb->avg_write_bandwidth, &wb->bdi->tot_write_bandwidth);
        return true;
    }

    [KernelSource(C, "wb_io_lists_depopulated", Parity.Full)]
    [MustHold("wb->list_lock")]
    private static void wb_io_lists_depopulated(bdi_writeback* wb)
    {
        if (wb_has_dirty_io(wb) && list_empty(&wb->b_dirty) &&
            list_empty(&wb->b_io) && list_empty(&wb->b_more_io))
        {
            clear_bit(WB_has_dirty_io, &wb->state);
            WARN_ON_ONCE(atomic_long_sub_return((long)wb->avg_write_bandwidth, &wb->bdi->tot_write_bandwidth) < 0);
        }
    }

    /// <summary>Moves an inode to one of a wb's lists; true when the wb has dirty inodes from now on and had none.</summary>
    [KernelSource(C, "inode_io_list_move_locked", Parity.Full)]
    [MustHold("wb->list_lock"), MustHold("inode->i_lock")]
    private static bool inode_io_list_move_locked(inode* inode, bdi_writeback* wb, list_head* head)
    {
        assert_spin_locked(&wb->list_lock);
        assert_spin_locked(&inode->i_lock);
        WARN_ON_ONCE((inode->i_state & I_FREEING) != 0);

        list_move(&inode->i_io_list, head);

        // Timestamps alone are no reason to write before they expire.
        if (head != &wb->b_dirty_time)
            return wb_io_lists_populated(wb);

        wb_io_lists_depopulated(wb);
        return false;
    }

    [KernelSource(C, "wb_wakeup", Parity.Full)]
    [Excludes("wb->work_lock")]
    private static void wb_wakeup(bdi_writeback* wb)
    {
        spin_lock_irq(&wb->work_lock);
        if (test_bit(WB_registered, &wb->state))
            mod_delayed_work(bdi_wq, &wb->dwork, 0);
        spin_unlock_irq(&wb->work_lock);
    }

    /// <summary>The first inode of a wb became dirty: its flusher has until the next periodic round, unless it comes earlier anyway.</summary>
    [KernelSource(C, "wb_wakeup_delayed", Parity.Full)]
    [Excludes("wb->work_lock")]
    private static void wb_wakeup_delayed(bdi_writeback* wb)
    {
        ulong timeout = msecs_to_jiffies(dirty_writeback_interval * 10);
        spin_lock_irq(&wb->work_lock);
        if (test_bit(WB_registered, &wb->state))
            queue_delayed_work(bdi_wq, &wb->dwork, timeout);
        spin_unlock_irq(&wb->work_lock);
    }

    [KernelSource(C, "finish_writeback_work", Parity.Full)]
    private static void finish_writeback_work(wb_writeback_work* work)
    {
        wb_completion* done = work->done;

        if (work->auto_free)
            kfree(work);
        if (done != null)
        {
            wait_queue_head* waitq = done->waitq;

            // It may be gone with its last count.
            if (atomic_dec_and_test(&done->cnt))
                wake_up_all(waitq);
        }
    }

    [KernelSource(C, "wb_queue_work", Parity.Full)]
    [Excludes("wb->work_lock")]
    private static void wb_queue_work(bdi_writeback* wb, wb_writeback_work* work)
    {
        if (work->done != null)
            atomic_inc(&work->done->cnt);

        spin_lock_irq(&wb->work_lock);

        if (test_bit(WB_registered, &wb->state))
        {
            list_add_tail(&work->list, &wb->work_list);
            mod_delayed_work(bdi_wq, &wb->dwork, 0);
        }
        else
        {
            finish_writeback_work(work);
        }

        spin_unlock_irq(&wb->work_lock);
    }

    private static bool completed(void* done) => atomic_read(&((wb_completion*)done)->cnt) == 0;

    /// <summary>Waits until every work that was counted here is done.</summary>
    [KernelSource(C, "wb_wait_for_completion", Parity.Full)]
    public static void wb_wait_for_completion(wb_completion* done)
    {
        atomic_dec(&done->cnt); // the count it started with
        wait_event(done->waitq, &completed, done);
    }
}
