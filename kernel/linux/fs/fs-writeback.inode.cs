// SPDX-License-Identifier: GPL-2.0-only
// fs-writeback.c, part 3 of 5: lists of dirty inodes, and the writing of one inode.
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_wait_bit_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    // Dirty inodes are added, as writing one may dirty pages of the disk.
    [KernelSource(C, "get_nr_dirty_pages", Parity.Full)]
    private static long get_nr_dirty_pages() => (long)global_node_page_state(NR_FILE_DIRTY) + get_nr_dirty_inodes();

    [KernelSource(C, "wb_start_writeback", Parity.Full)]
    private static void wb_start_writeback(bdi_writeback* wb, int reason)
    {
        if (!wb_has_dirty_io(wb))
            return;

        // All is wanted, and reclaim wants it often: one such request at a time.
        if (test_bit(WB_start_all, &wb->state) ||
            test_and_set_bit(WB_start_all, &wb->state))
            return;

        wb->start_all_reason = reason;
        wb_wakeup(wb);
    }

    /// <summary>Wakes the flusher; it writes in the background when it has nothing else to do and the background limit is exceeded.</summary>
    [KernelSource(C, "wb_start_background_writeback", Parity.Full)]
    public static void wb_start_background_writeback(bdi_writeback* wb) => wb_wakeup(wb);

    /// <summary>Off whatever list of writeback the inode is on.</summary>
    [KernelSource(C, "inode_io_list_del", Parity.Full)]
    [Excludes("inode->i_lock")]
    public static void inode_io_list_del(inode* inode)
    {
        bdi_writeback* wb = inode_to_wb_and_lock_list(inode);
        spin_lock(&inode->i_lock);

        inode->i_state &= ~I_SYNC_QUEUED;
        list_del_init(&inode->i_io_list);
        wb_io_lists_depopulated(wb);

        spin_unlock(&inode->i_lock);
        spin_unlock(&wb->list_lock);
    }

    /// <summary>The inode has pages under writeback, which sync waits for.</summary>
    [KernelSource(C, "sb_mark_inode_writeback", Parity.Full)]
    [Excludes("super_block.s_inode_wblist_lock")]
    public static void sb_mark_inode_writeback(inode* inode)
    {
        super_block* sb = inode->i_sb;

        if (list_empty(&inode->i_wb_list))
        {
            spin_lock_irqsave(&sb->s_inode_wblist_lock, out IrqFlags flags);
            if (list_empty(&inode->i_wb_list))
                list_add_tail(&inode->i_wb_list, &sb->s_inodes_wb);
            spin_unlock_irqrestore(&sb->s_inode_wblist_lock, flags);
        }
    }

    [KernelSource(C, "sb_clear_inode_writeback", Parity.Full)]
    [Excludes("super_block.s_inode_wblist_lock")]
    public static void sb_clear_inode_writeback(inode* inode)
    {
        super_block* sb = inode->i_sb;

        if (!list_empty(&inode->i_wb_list))
        {
            spin_lock_irqsave(&sb->s_inode_wblist_lock, out IrqFlags flags);
            if (!list_empty(&inode->i_wb_list))
                list_del_init(&inode->i_wb_list);
            spin_unlock_irqrestore(&sb->s_inode_wblist_lock, flags);
        }
    }

    /// <summary>
    /// Puts an inode to the young end of b_dirty. Its time is renewed only if it is older than the youngest there: then it
    /// was not dirtied again while it was being written.
    /// </summary>
    [KernelSource(C, "redirty_tail_locked", Parity.Full)]
    [MustHold("inode->i_lock")]
    [MustHold("wb->list_lock")]
    private static void redirty_tail_locked(inode* inode, bdi_writeback* wb)
    {
        assert_spin_locked(&inode->i_lock);

        inode->i_state &= ~I_SYNC_QUEUED;

        // The flusher leaves it alone anyway.
        if ((inode->i_state & I_FREEING) != 0)
        {
            list_del_init(&inode->i_io_list);
            wb_io_lists_depopulated(wb);
            return;
        }

        if (!list_empty(&wb->b_dirty))
        {
            inode* tail = wb_inode(wb->b_dirty.next);
            if (time_before(inode->dirtied_when, tail->dirtied_when))
                inode->dirtied_when = jiffies;
        }

        inode_io_list_move_locked(inode, wb, &wb->b_dirty);
    }

    [KernelSource(C, "redirty_tail", Parity.Full)]
    [MustHold("wb->list_lock")]
    [Excludes("inode->i_lock")]
    private static void redirty_tail(inode* inode, bdi_writeback* wb)
    {
        spin_lock(&inode->i_lock);
        redirty_tail_locked(inode, wb);
        spin_unlock(&inode->i_lock);
    }

    /// <summary>To be looked at again when b_io is through.</summary>
    [KernelSource(C, "requeue_io", Parity.Full)]
    [MustHold("wb->list_lock", "inode->i_lock")]
    private static void requeue_io(inode* inode, bdi_writeback* wb) => inode_io_list_move_locked(inode, wb, &wb->b_more_io);

    [KernelSource(C, "inode_sync_complete", Parity.Full)]
    [MustHold("inode->i_lock")]
    private static void inode_sync_complete(inode* inode)
    {
        assert_spin_locked(&inode->i_lock);

        inode->i_state &= ~I_SYNC;
        // Clean and unused, it goes to the LRU now.
        inode_add_lru(inode);
        // i_lock orders the two.
        inode_wake_up_bit(inode, __I_SYNC);
    }

    [KernelSource(C, "inode_dirtied_after", Parity.Full)]
    private static bool inode_dirtied_after(inode* inode, ulong t) => time_after(inode->dirtied_when, t);

    /// <summary>Moves what became dirty before this time from one list to the other, the inodes of a super block together.</summary>
    [KernelSource(C, "move_expired_inodes", Parity.Full)]
    [Excludes("inode.i_lock")]
    private static int move_expired_inodes(list_head* delaying_queue, list_head* dispatch_queue, ulong dirtied_before)
    {
        list_head tmp;
        super_block* sb = null;
        inode* inode;
        bool do_sb_sort = false;
        int moved = 0;

        INIT_LIST_HEAD(&tmp);
        while (!list_empty(delaying_queue))
        {
            inode = wb_inode(delaying_queue->prev);
            if (inode_dirtied_after(inode, dirtied_before))
                break;
            spin_lock(&inode->i_lock);
            list_move(&inode->i_io_list, &tmp);
            moved++;
            inode->i_state |= I_SYNC_QUEUED;
            spin_unlock(&inode->i_lock);
            if (sb_is_blkdev_sb(inode->i_sb))
                continue;
            if (sb != null && sb != inode->i_sb)
                do_sb_sort = true;
            sb = inode->i_sb;
        }

        if (!do_sb_sort)
        {
            list_splice(&tmp, dispatch_queue);
            goto @out;
        }

        // I_SYNC_QUEUED keeps others from moving them: no i_lock is needed.
        while (!list_empty(&tmp))
        {
            sb = wb_inode(tmp.prev)->i_sb;
            for (list_head* pos = tmp.prev, node = pos->prev; pos != &tmp; pos = node, node = pos->prev)
            {
                inode = wb_inode(pos);
                if (inode->i_sb == sb)
                    list_move(&inode->i_io_list, dispatch_queue);
            }
        }

    @out:
        return moved;
    }

    /// <summary>Fills b_io: what was put off, and before it, to be written later, what has expired, the oldest at the end that is taken first.</summary>
    [KernelSource(C, "queue_io", Parity.Full)]
    [MustHold("wb->list_lock")]
    private static void queue_io(bdi_writeback* wb, wb_writeback_work* work, ulong dirtied_before)
    {
        int moved;
        ulong time_expire_jif = dirtied_before;

        assert_spin_locked(&wb->list_lock);
        list_splice_init(&wb->b_more_io, &wb->b_io);
        moved = move_expired_inodes(&wb->b_dirty, &wb->b_io, dirtied_before);
        if (!work->for_sync)
            time_expire_jif = jiffies - (dirtytime_expire_interval * HZ);
        moved += move_expired_inodes(&wb->b_dirty_time, &wb->b_io, time_expire_jif);
        if (moved != 0)
            wb_io_lists_populated(wb);
    }

    [KernelSource(C, "write_inode", Parity.Full)]
    private static int write_inode(inode* inode, writeback_control* wbc)
    {
        if (inode->i_sb->s_op->write_inode != null && !is_bad_inode(inode))
            return inode->i_sb->s_op->write_inode(inode, wbc);
        return 0;
    }

    /// <summary>Waits until nobody writes the inode. The caller has i_lock, and keeps the inode while it is dropped.</summary>
    [KernelSource(C, "inode_wait_for_writeback", Parity.Full)]
    [MustHold("inode->i_lock")]
    public static void inode_wait_for_writeback(inode* inode)
    {
        wait_bit_queue_entry wqe;
        wait_queue_head* wq_head;

        assert_spin_locked(&inode->i_lock);

        if ((inode->i_state & I_SYNC) == 0)
            return;

        wq_head = inode_bit_waitqueue(&wqe, inode, __I_SYNC);
        for (; ; )
        {
            prepare_to_wait_event(wq_head, &wqe.wq_entry, TASK_UNINTERRUPTIBLE);
            // Under i_lock.
            if ((inode->i_state & I_SYNC) == 0)
                break;
            spin_unlock(&inode->i_lock);
            schedule();
            spin_lock(&inode->i_lock);
        }

        finish_wait(wq_head, &wqe.wq_entry);
    }

    /// <summary>Drops i_lock and sleeps until the inode is no longer written. For those without a reference: it may be gone then.</summary>
    [KernelSource(C, "inode_sleep_on_writeback", Parity.Full)]
    [Releases("inode->i_lock")]
    [MightSleep]
    private static void inode_sleep_on_writeback(inode* inode)
    {
        wait_bit_queue_entry wqe;
        wait_queue_head* wq_head;
        bool sleep;

        assert_spin_locked(&inode->i_lock);

        wq_head = inode_bit_waitqueue(&wqe, inode, __I_SYNC);
        prepare_to_wait_event(wq_head, &wqe.wq_entry, TASK_UNINTERRUPTIBLE);
        // Under i_lock.
        sleep = (inode->i_state & I_SYNC) != 0;
        spin_unlock(&inode->i_lock);
        if (sleep)
            schedule();
        finish_wait(wq_head, &wqe.wq_entry);
    }

    /// <summary>Puts an inode that was written on the list that its state asks for. The flusher alone does this.</summary>
    [KernelSource(C, "requeue_inode", Parity.Full)]
    [MustHold("wb->list_lock", "inode->i_lock")]
    private static void requeue_inode(inode* inode, bdi_writeback* wb, writeback_control* wbc, ulong dirtied_before)
    {
        if ((inode->i_state & I_FREEING) != 0)
            return;

        // What was dirtied while sync wrote is not sync's: it must not come again and again.
        if ((inode->i_state & I_DIRTY) != 0 &&
            (wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages))
            inode->dirtied_when = jiffies;

        if (wbc->pages_skipped != 0)
        {
            // Buffers were locked. A clean inode should have no skipped pages, and with some file systems has.
            if ((inode->i_state & I_DIRTY_ALL) != 0)
                redirty_tail_locked(inode, wb);
            else
                inode_cgwb_move_to_attached(inode, wb);
            return;
        }

        if (mapping_tagged(inode->i_mapping, PAGECACHE_TAG_DIRTY))
        {
            // Its share of this turn is used up, or else something keeps it from being written, and it is given time.
            if (wbc->nr_to_write <= 0 &&
                !inode_dirtied_after(inode, dirtied_before))
                requeue_io(inode, wb);
            else
                redirty_tail_locked(inode, wb);
        }
        else if ((inode->i_state & I_DIRTY) != 0)
        {
            // File systems dirty an inode when they write its pages.
            redirty_tail_locked(inode, wb);
        }
        else if ((inode->i_state & I_DIRTY_TIME) != 0)
        {
            inode->dirtied_when = jiffies;
            inode_io_list_move_locked(inode, wb, &wb->b_dirty_time);
            inode->i_state &= ~I_SYNC_QUEUED;
        }
        else
        {
            inode_cgwb_move_to_attached(inode, wb);
        }
    }

    /// <summary>Writes dirty pages of an inode and, if it is dirty itself, the inode. The caller has set I_SYNC, and puts the inode on its list.</summary>
    [KernelSource(C, "__writeback_single_inode", Parity.Full)]
    [Excludes("inode->i_lock")]
    private static int __writeback_single_inode(inode* inode, writeback_control* wbc)
    {
        address_space* mapping = inode->i_mapping;
        uint dirty;
        int ret;

        WARN_ON((inode->i_state & I_SYNC) == 0);

        ret = do_writepages(mapping, wbc);

        // Some file systems change the inode when its data is written: the data first. sync(2) waits by itself.
        if (wbc->sync_mode == WB_SYNC_ALL && !wbc->for_sync)
        {
            int err = filemap_fdatawait(mapping);
            if (ret == 0)
                ret = err;
        }

        // Timestamps that have expired make the inode dirty like anything else.
        if ((inode->i_state & I_DIRTY_TIME) != 0 &&
            (wbc->sync_mode == WB_SYNC_ALL ||
             time_after(jiffies, inode->dirtied_time_when + (dirtytime_expire_interval * HZ))))
            mark_inode_dirty_sync(inode);

        // After the pages, as writing them may have dirtied the inode.
        spin_lock(&inode->i_lock);
        dirty = inode->i_state & I_DIRTY;
        inode->i_state &= ~dirty;

        // __mark_inode_dirty() tests i_state without the lock: either it sees the bits cleared, or what it dirtied is seen
        // here. That is why I_DIRTY_PAGES is cleared even if there are dirty pages, and set again.
        smp_mb();

        if (mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
        {
            inode->i_state |= I_DIRTY_PAGES;
        }
        else if (unlikely((inode->i_state & I_PINNING_NETFS_WB) != 0))
        {
            if ((inode->i_state & I_DIRTY_PAGES) == 0)
            {
                inode->i_state &= ~I_PINNING_NETFS_WB;
                wbc->unpinned_netfs_wb = true;
                dirty |= I_PINNING_NETFS_WB; // so that the inode is written
            }
        }

        spin_unlock(&inode->i_lock);

        // Dirty pages alone are no reason to write the inode.
        if ((dirty & ~I_DIRTY_PAGES) != 0)
        {
            int err = write_inode(inode, wbc);
            if (ret == 0)
                ret = err;
        }

        wbc->unpinned_netfs_wb = false;
        return ret;
    }

    /// <summary>Writes an inode for somebody who wants it written, apart from the flusher. He has a reference, or is freeing it.</summary>
    [KernelSource(C, "writeback_single_inode", Parity.Full)]
    [Excludes("inode->i_lock")]
    private static int writeback_single_inode(inode* inode, writeback_control* wbc)
    {
        bdi_writeback* wb;
        int ret = 0;

        spin_lock(&inode->i_lock);
        if (icount_read(inode) == 0)
            WARN_ON((inode->i_state & (I_WILL_FREE | I_FREEING)) == 0);
        else
            WARN_ON((inode->i_state & I_WILL_FREE) != 0);

        if ((inode->i_state & I_SYNC) != 0)
        {
            // Somebody is at it. Who wants all of it waits, and writes what is left.
            if (wbc->sync_mode != WB_SYNC_ALL)
                goto @out;
            inode_wait_for_writeback(inode);
        }

        WARN_ON((inode->i_state & I_SYNC) != 0);

        // A clean one may still have pages that are on their way.
        if ((inode->i_state & I_DIRTY_ALL) == 0 &&
            (wbc->sync_mode != WB_SYNC_ALL ||
             !mapping_tagged(inode->i_mapping, PAGECACHE_TAG_WRITEBACK)))
            goto @out;
        inode->i_state |= I_SYNC;
        wbc_attach_and_unlock_inode(wbc, inode);

        ret = __writeback_single_inode(inode, wbc);

        wbc_detach_inode(wbc);

        wb = inode_to_wb_and_lock_list(inode);
        spin_lock(&inode->i_lock);

        // One that is being freed may be off its list for good.
        if ((inode->i_state & I_FREEING) == 0)
        {
            // Clean, it is on no list of I/O any more; else where it stands is the flusher's business.
            if ((inode->i_state & I_DIRTY_ALL) == 0)
            {
                inode_cgwb_move_to_attached(inode, wb);
            }
            else if ((inode->i_state & I_SYNC_QUEUED) == 0)
            {
                if ((inode->i_state & I_DIRTY) != 0)
                {
                    redirty_tail_locked(inode, wb);
                }
                else if ((inode->i_state & I_DIRTY_TIME) != 0)
                {
                    inode->dirtied_when = jiffies;
                    inode_io_list_move_locked(inode, wb, &wb->b_dirty_time);
                }
            }
        }

        spin_unlock(&wb->list_lock);
        inode_sync_complete(inode);
    @out:
        spin_unlock(&inode->i_lock);
        return ret;
    }
}
