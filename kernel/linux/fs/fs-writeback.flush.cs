// SPDX-License-Identifier: GPL-2.0-only
// fs-writeback.c, part 4 of 5: the flusher.
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_rculist_h;
using static Linux.linux_workqueue_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    [KernelSource(C, "writeback_chunk_size", Parity.Full)]
    private static long writeback_chunk_size(bdi_writeback* wb, wb_writeback_work* work)
    {
        long pages;

        // What is tagged first comes to an end by itself: it is written in one go.
        if (work->sync_mode == WB_SYNC_ALL || work->tagged_writepages)
        {
            pages = long.MaxValue;
        }
        else
        {
            pages = (long)min(wb->avg_write_bandwidth / 2, global_wb_domain->dirty_limit / DIRTY_SCOPE);
            pages = min(pages, work->nr_pages);
            pages = round_down(pages + MIN_WRITEBACK_PAGES, MIN_WRITEBACK_PAGES);
        }

        return pages;
    }

    /// <summary>
    /// Writes inodes of b_io that belong to a super block; tells how many pages and inodes. Called with list_lock held, which
    /// is dropped for each inode.
    /// </summary>
    [KernelSource(C, "writeback_sb_inodes", Parity.Full)]
    [MustHold("wb->list_lock"), MightSleep]
    [Excludes("inode.i_lock")]
    private static long writeback_sb_inodes(super_block* sb, bdi_writeback* wb, wb_writeback_work* work)
    {
        writeback_control wbc = new()
        {
            sync_mode = work->sync_mode,
            tagged_writepages = work->tagged_writepages,
            for_kupdate = work->for_kupdate,
            for_background = work->for_background,
            for_sync = work->for_sync,
            range_cyclic = work->range_cyclic,
            range_start = 0,
            range_end = long.MaxValue,
        };
        ulong start_time = jiffies;
        long write_chunk;
        long total_wrote = 0; // pages and inodes
        ulong dirtied_before = jiffies;

        if (work->for_kupdate)
            dirtied_before = jiffies - msecs_to_jiffies(dirty_expire_interval * 10);

        while (!list_empty(&wb->b_io))
        {
            inode* inode = wb_inode(wb->b_io.prev);
            bdi_writeback* tmp_wb;
            long wrote;

            if (inode->i_sb != sb)
            {
                if (work->sb != null)
                {
                    // Of another one than is wanted.
                    redirty_tail(inode, wb);
                    continue;
                }

                // The caller pins the next super block.
                break;
            }

            // New ones need not be written yet; those being freed are their freer's.
            spin_lock(&inode->i_lock);
            if ((inode->i_state & (I_NEW | I_FREEING | I_WILL_FREE)) != 0)
            {
                redirty_tail_locked(inode, wb);
                spin_unlock(&inode->i_lock);
                continue;
            }

            if ((inode->i_state & I_SYNC) != 0 && wbc.sync_mode != WB_SYNC_ALL)
            {
                // Somebody is at it: the others first.
                requeue_io(inode, wb);
                spin_unlock(&inode->i_lock);
                continue;
            }

            spin_unlock(&wb->list_lock);

            // Left for those who want all of it.
            if ((inode->i_state & I_SYNC) != 0)
            {
                // It may be gone after this, which has dropped i_lock.
                inode_sleep_on_writeback(inode);
                spin_lock(&wb->list_lock);
                continue;
            }

            inode->i_state |= I_SYNC;
            wbc_attach_and_unlock_inode(&wbc, inode);

            write_chunk = writeback_chunk_size(wb, work);
            wbc.nr_to_write = write_chunk;
            wbc.pages_skipped = 0;

            // I_SYNC keeps the inode: who evicts it waits.
            __writeback_single_inode(inode, &wbc);

            wbc_detach_inode(&wbc);
            work->nr_pages -= write_chunk - wbc.nr_to_write;
            wrote = write_chunk - wbc.nr_to_write - wbc.pages_skipped;
            wrote = wrote < 0 ? 0 : wrote;
            total_wrote += wrote;

            if (need_resched())
            {
                // Long lists of I/O are merged better, but somebody may be waiting for it in balance_dirty_pages().
                blk_flush_plug(current->plug, false);
                cond_resched();
            }

            // It may have been switched to another wb meanwhile.
            tmp_wb = inode_to_wb_and_lock_list(inode);
            spin_lock(&inode->i_lock);
            if ((inode->i_state & I_DIRTY_ALL) == 0)
                total_wrote++;
            requeue_inode(inode, tmp_wb, &wbc, dirtied_before);
            inode_sync_complete(inode);
            spin_unlock(&inode->i_lock);

            if (unlikely(tmp_wb != wb))
            {
                spin_unlock(&tmp_wb->list_lock);
                spin_lock(&wb->list_lock);
            }

            // Often enough to see whether it is time to stop.
            if (total_wrote != 0)
            {
                if (time_is_before_jiffies(start_time + (HZ / 10UL)))
                    break;
                if (work->nr_pages <= 0)
                    break;
            }
        }

        return total_wrote;
    }

    [KernelSource(C, "__writeback_inodes_wb", Parity.Full)]
    [MustHold("wb->list_lock"), MightSleep]
    private static long __writeback_inodes_wb(bdi_writeback* wb, wb_writeback_work* work)
    {
        ulong start_time = jiffies;
        long wrote = 0;

        while (!list_empty(&wb->b_io))
        {
            inode* inode = wb_inode(wb->b_io.prev);
            super_block* sb = inode->i_sb;

            if (!super_trylock_shared(sb))
            {
                // It may be locked for long: not to be tried again at once.
                redirty_tail(inode, wb);
                continue;
            }

            wrote += writeback_sb_inodes(sb, wb, work);
            up_read(&sb->s_umount);

            // As at the end of writeback_sb_inodes().
            if (wrote != 0)
            {
                if (time_is_before_jiffies(start_time + (HZ / 10UL)))
                    break;
                if (work->nr_pages <= 0)
                    break;
            }
        }

        return wrote;
    }

    [KernelSource(C, "writeback_inodes_wb", Parity.Full)]
    [Excludes("wb->list_lock")]
    private static long writeback_inodes_wb(bdi_writeback* wb, long nr_pages, int reason)
    {
        wb_writeback_work work = new()
        {
            nr_pages = nr_pages,
            sync_mode = WB_SYNC_NONE,
            range_cyclic = true,
            reason = reason,
        };
        blk_plug plug;

        blk_start_plug(&plug);
        spin_lock(&wb->list_lock);
        if (list_empty(&wb->b_io))
            queue_io(wb, &work, jiffies);
        __writeback_inodes_wb(wb, &work);
        spin_unlock(&wb->list_lock);
        blk_finish_plug(&plug);

        return nr_pages - work.nr_pages;
    }

    /// <summary>
    /// Does one work: until so many pages are written, until nothing is left that is old enough, or, in the background, until
    /// the limit is met or there is other work.
    /// </summary>
    [KernelSource(C, "wb_writeback", Parity.Full)]
    [Excludes("inode.i_lock", "wb->list_lock")]
    private static long wb_writeback(bdi_writeback* wb, wb_writeback_work* work)
    {
        long nr_pages = work->nr_pages;
        ulong dirtied_before = jiffies;
        inode* inode;
        long progress;
        blk_plug plug;
        bool queued = false;

        blk_start_plug(&plug);
        for (; ; )
        {
            if (work->nr_pages <= 0)
                break;

            // Both of these may go on for ever: they give way, and are started again.
            if ((work->for_background || work->for_kupdate) &&
                !list_empty(&wb->work_list))
                break;

            if (work->for_background && !wb_over_bg_thresh(wb))
                break;

            spin_lock(&wb->list_lock);

            if (list_empty(&wb->b_io))
            {
                // These two take what became dirty meanwhile as well: they give way to others, so that nobody starves.
                if (work->for_kupdate)
                    dirtied_before = jiffies - msecs_to_jiffies(dirty_expire_interval * 10);
                else if (work->for_background)
                    dirtied_before = jiffies;

                queue_io(wb, work, dirtied_before);
                queued = true;
            }

            if (work->sb != null)
                progress = writeback_sb_inodes(work->sb, wb, work);
            else
                progress = __writeback_inodes_wb(wb, work);

            // A batch is not all: as long as something is written there may be more.
            if (progress != 0 || !queued)
            {
                spin_unlock(&wb->list_lock);
                continue;
            }

            if (list_empty(&wb->b_more_io))
            {
                spin_unlock(&wb->list_lock);
                break;
            }

            // Nothing was written: others are at what is left. To wait for one of them is better than to spin.
            inode = wb_inode(wb->b_more_io.prev);
            spin_lock(&inode->i_lock);
            spin_unlock(&wb->list_lock);
            inode_sleep_on_writeback(inode);
        }

        blk_finish_plug(&plug);

        return nr_pages - work->nr_pages;
    }

    [KernelSource(C, "get_next_work_item", Parity.Full)]
    [Excludes("wb->work_lock")]
    private static wb_writeback_work* get_next_work_item(bdi_writeback* wb)
    {
        wb_writeback_work* work = null;

        spin_lock_irq(&wb->work_lock);
        if (!list_empty(&wb->work_list))
        {
            work = container_of<wb_writeback_work>(wb->work_list.next, &((wb_writeback_work*)nowhere)->list);
            list_del_init(&work->list);
        }

        spin_unlock_irq(&wb->work_lock);
        return work;
    }

    [KernelSource(C, "wb_check_background_flush", Parity.Full)]
    private static long wb_check_background_flush(bdi_writeback* wb)
    {
        if (wb_over_bg_thresh(wb))
        {
            wb_writeback_work work = new()
            {
                nr_pages = long.MaxValue,
                sync_mode = WB_SYNC_NONE,
                for_background = true,
                range_cyclic = true,
                reason = WB_REASON_BACKGROUND,
            };

            return wb_writeback(wb, &work);
        }

        return 0;
    }

    [KernelSource(C, "wb_check_old_data_flush", Parity.Full)]
    private static long wb_check_old_data_flush(bdi_writeback* wb)
    {
        ulong expired;
        long nr_pages;

        // 0 switches it off.
        if (dirty_writeback_interval == 0)
            return 0;

        expired = wb->last_old_flush + msecs_to_jiffies(dirty_writeback_interval * 10);
        if (time_before(jiffies, expired))
            return 0;

        wb->last_old_flush = jiffies;
        nr_pages = get_nr_dirty_pages();

        if (nr_pages != 0)
        {
            wb_writeback_work work = new()
            {
                nr_pages = nr_pages,
                sync_mode = WB_SYNC_NONE,
                for_kupdate = true,
                range_cyclic = true,
                reason = WB_REASON_PERIODIC,
            };

            return wb_writeback(wb, &work);
        }

        return 0;
    }

    [KernelSource(C, "wb_check_start_all", Parity.Full)]
    private static long wb_check_start_all(bdi_writeback* wb)
    {
        long nr_pages;

        if (!test_bit(WB_start_all, &wb->state))
            return 0;

        nr_pages = get_nr_dirty_pages();
        if (nr_pages != 0)
        {
            wb_writeback_work work = new()
            {
                nr_pages = wb_split_bdi_pages(wb, nr_pages),
                sync_mode = WB_SYNC_NONE,
                range_cyclic = true,
                reason = wb->start_all_reason,
            };

            nr_pages = wb_writeback(wb, &work);
        }

        clear_bit(WB_start_all, &wb->state);
        return nr_pages;
    }

    /// <summary>Does the works that there are, and then what is due without being asked for.</summary>
    [KernelSource(C, "wb_do_writeback", Parity.Full)]
    private static long wb_do_writeback(bdi_writeback* wb)
    {
        wb_writeback_work* work;
        long wrote = 0;

        set_bit(WB_writeback_running, &wb->state);
        while ((work = get_next_work_item(wb)) != null)
        {
            wrote += wb_writeback(wb, work);
            finish_writeback_work(work);
        }

        wrote += wb_check_start_all(wb);

        wrote += wb_check_old_data_flush(wb);
        wrote += wb_check_background_flush(wb);
        clear_bit(WB_writeback_running, &wb->state);

        return wrote;
    }

    /// <summary>The flusher of a wb: it comes again while there are dirty inodes.</summary>
    [KernelSource(C, "wb_workfn", Parity.Reduced, "the worker is not given a description")]
    public static void wb_workfn(work_struct* work)
    {
        bdi_writeback* wb = container_of<bdi_writeback>(to_delayed_work(work), &((bdi_writeback*)nowhere)->dwork);

        if (likely(!current_is_workqueue_rescuer() ||
                   !test_bit(WB_registered, &wb->state)))
        {
            // When the wb is being shut down its works have to be done, whoever does them.
            do
            {
                wb_do_writeback(wb);
            } while (!list_empty(&wb->work_list));
        }
        else
        {
            // There are no workers: the rescuer is wanted elsewhere, and does some.
            writeback_inodes_wb(wb, 1024, WB_REASON_FORKER_THREAD);
        }

        if (!list_empty(&wb->work_list))
            wb_wakeup(wb);
        else if (wb_has_dirty_io(wb) && dirty_writeback_interval != 0)
            wb_wakeup_delayed(wb);
    }

    [KernelSource(C, "__wakeup_flusher_threads_bdi", Parity.Full)]
    private static void __wakeup_flusher_threads_bdi(backing_dev_info* bdi, int reason)
    {
        if (!bdi_has_dirty_io(bdi))
            return;

        for (list_head* p = READ_ONCE(&bdi->wb_list.next); p != &bdi->wb_list; p = READ_ONCE(&p->next))
            wb_start_writeback(container_of<bdi_writeback>(p, &((bdi_writeback*)nowhere)->bdi_node), reason);
    }

    [KernelSource(C, "wakeup_flusher_threads_bdi", Parity.Full)]
    public static void wakeup_flusher_threads_bdi(backing_dev_info* bdi, int reason)
    {
        rcu_read_lock();
        __wakeup_flusher_threads_bdi(bdi, reason);
        rcu_read_unlock();
    }

    /// <summary>Starts writeback of all that is dirty.</summary>
    [KernelSource(C, "wakeup_flusher_threads", Parity.Full)]
    public static void wakeup_flusher_threads(int reason)
    {
        // Who waits for writeback must not hold any back.
        blk_flush_plug(current->plug, true);

        rcu_read_lock();
        for (list_head* p = READ_ONCE(&bdi_list->next); p != bdi_list; p = READ_ONCE(&p->next))
            __wakeup_flusher_threads_bdi(container_of<backing_dev_info>(p, &((backing_dev_info*)nowhere)->bdi_list), reason);
        rcu_read_unlock();
    }
}
