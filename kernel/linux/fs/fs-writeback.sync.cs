// SPDX-License-Identifier: GPL-2.0-only
// fs-writeback.c, part 5 of 5: inodes become dirty, and are written for those who wait.
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    /// <summary>
    /// Marks an inode dirty in some way, tells its file system, and puts it on the list of its wb when it was clean. Only an
    /// inode that is hashed, or a disk's, gets on a list.
    /// </summary>
    [KernelSource(C, "__mark_inode_dirty", Parity.Full)]
    [Excludes("inode->i_lock")]
    public static void __mark_inode_dirty(inode* inode, int how)
    {
        super_block* sb = inode->i_sb;
        bool dirtytime = false;
        bdi_writeback* wb = null;
        uint flags = (uint)how;

        if ((flags & I_DIRTY_INODE) != 0)
        {
            // The inode takes its timestamps along, and its file system is told that.
            if ((inode->i_state & I_DIRTY_TIME) != 0)
            {
                spin_lock(&inode->i_lock);
                if ((inode->i_state & I_DIRTY_TIME) != 0)
                {
                    inode->i_state &= ~I_DIRTY_TIME;
                    flags |= I_DIRTY_TIME;
                }

                spin_unlock(&inode->i_lock);
            }

            // Not for pages or timestamps alone.
            if (sb->s_op->dirty_inode != null)
                sb->s_op->dirty_inode(inode, (int)(flags & (I_DIRTY_INODE | I_DIRTY_TIME)));

            // It is more than that.
            flags &= ~I_DIRTY_TIME;
        }
        else
        {
            dirtytime = (flags & I_DIRTY_TIME) != 0;
            WARN_ON_ONCE(dirtytime && flags != I_DIRTY_TIME);
        }

        // For the test without a lock: see __writeback_single_inode().
        smp_mb();

        if ((READ_ONCE(&inode->i_state) & flags) == flags)
            return;

        spin_lock(&inode->i_lock);
        if ((inode->i_state & flags) != flags)
        {
            bool was_dirty = (inode->i_state & I_DIRTY) != 0;

            inode_attach_wb(inode, null);

            inode->i_state |= flags;

            // i_lock is dropped for list_lock: before what follows, which has to see the flusher's hands off the inode.
            if (!was_dirty)
            {
                wb = locked_inode_to_wb_and_lock_list(inode);
                spin_lock(&inode->i_lock);
            }

            // The flusher has it, and will put it where its state says.
            if ((inode->i_state & I_SYNC_QUEUED) != 0)
                goto out_unlock;

            if (!S_ISBLK(inode->i_mode))
            {
                if (inode_unhashed(inode))
                    goto out_unlock;
            }

            if ((inode->i_state & I_FREEING) != 0)
                goto out_unlock;

            // One that was dirty keeps its place: b_dirty is in the order of time.
            if (!was_dirty)
            {
                list_head* dirty_list;
                bool wakeup_bdi;

                inode->dirtied_when = jiffies;
                if (dirtytime)
                    inode->dirtied_time_when = jiffies;

                if ((inode->i_state & I_DIRTY) != 0)
                    dirty_list = &wb->b_dirty;
                else
                    dirty_list = &wb->b_dirty_time;

                wakeup_bdi = inode_io_list_move_locked(inode, wb, dirty_list);

                // The first one of this wb.
                if (wakeup_bdi &&
                    (wb->bdi->capabilities & BDI_CAP_WRITEBACK) != 0)
                    wb_wakeup_delayed(wb);

                spin_unlock(&wb->list_lock);
                spin_unlock(&inode->i_lock);

                return;
            }
        }

    out_unlock:
        if (wb != null)
            spin_unlock(&wb->list_lock);
        spin_unlock(&inode->i_lock);
    }

    /// <summary>Waits for all pages of a file system that were under writeback when it was called. s_sync_lock: others queue instead of doing the same.</summary>
    [KernelSource(C, "wait_sb_inodes", Parity.Full)]
    [Excludes("inode.i_lock", "sb->s_inode_wblist_lock", "sb->s_sync_lock")]
    private static void wait_sb_inodes(super_block* sb)
    {
        list_head sync_list;

        INIT_LIST_HEAD(&sync_list);

        // It may not become read-only, or writable, meanwhile.
        WARN_ON(!rwsem_is_locked(&sb->s_umount));

        mutex_lock(&sb->s_sync_lock);

        // What comes later is not waited for. RCU keeps an inode until there is a reference; the lock is for both lists, as
        // the end of writeback takes inodes off either.
        rcu_read_lock();
        spin_lock_irq(&sb->s_inode_wblist_lock);
        list_splice_init(&sb->s_inodes_wb, &sync_list);

        while (!list_empty(&sync_list))
        {
            inode* inode = container_of<inode>(sync_list.next, &((inode*)nowhere)->i_wb_list);
            address_space* mapping = inode->i_mapping;

            // Back to where it belongs as long as it has the mark.
            list_move_tail(&inode->i_wb_list, &sb->s_inodes_wb);

            // Without the mark it is about to leave the list. Where nothing is kept for good, there is nothing to wait for.
            if (!mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK) ||
                mapping_no_data_integrity(mapping))
                continue;

            spin_unlock_irq(&sb->s_inode_wblist_lock);

            spin_lock(&inode->i_lock);
            if ((inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) != 0)
            {
                spin_unlock(&inode->i_lock);

                spin_lock_irq(&sb->s_inode_wblist_lock);
                continue;
            }

            __iget(inode);
            spin_unlock(&inode->i_lock);
            rcu_read_unlock();

            // Errors are left for fsync to tell.
            filemap_fdatawait_keep_errors(mapping);

            cond_resched();

            iput(inode);

            rcu_read_lock();
            spin_lock_irq(&sb->s_inode_wblist_lock);
        }

        spin_unlock_irq(&sb->s_inode_wblist_lock);
        rcu_read_unlock();
        mutex_unlock(&sb->s_sync_lock);
    }

    [KernelSource(C, "__writeback_inodes_sb_nr", Parity.Full)]
    private static void __writeback_inodes_sb_nr(super_block* sb, ulong nr, int reason, bool skip_if_busy)
    {
        backing_dev_info* bdi = sb->s_bdi;
        wb_completion done = WB_COMPLETION_INIT(bdi);
        wb_writeback_work work = new()
        {
            sb = sb,
            sync_mode = WB_SYNC_NONE,
            tagged_writepages = true,
            done = &done,
            nr_pages = (long)nr,
            reason = reason,
        };

        if (!bdi_has_dirty_io(bdi) || bdi == noop_backing_dev_info)
            return;
        WARN_ON(!rwsem_is_locked(&sb->s_umount));

        bdi_split_work_to_wbs(sb->s_bdi, &work, skip_if_busy);
        wb_wait_for_completion(&done);
    }

    /// <summary>Starts writeback of a file system, so many pages of it; how many are written is not said, and nobody waits for the disk.</summary>
    [KernelSource(C, "writeback_inodes_sb_nr", Parity.Full)]
    public static void writeback_inodes_sb_nr(super_block* sb, ulong nr, int reason) =>
        __writeback_inodes_sb_nr(sb, nr, reason, false);

    [KernelSource(C, "writeback_inodes_sb", Parity.Full)]
    public static void writeback_inodes_sb(super_block* sb, int reason) =>
        writeback_inodes_sb_nr(sb, (ulong)get_nr_dirty_pages(), reason);

    /// <summary>As writeback_inodes_sb(), unless somebody is at it.</summary>
    [KernelSource(C, "try_to_writeback_inodes_sb", Parity.Full)]
    public static void try_to_writeback_inodes_sb(super_block* sb, int reason)
    {
        if (!down_read_trylock(&sb->s_umount))
            return;

        __writeback_inodes_sb_nr(sb, (ulong)get_nr_dirty_pages(), reason, true);
        up_read(&sb->s_umount);
    }

    /// <summary>Writes every dirty inode of a file system, and waits.</summary>
    [KernelSource(C, "sync_inodes_sb", Parity.Full)]
    public static void sync_inodes_sb(super_block* sb)
    {
        backing_dev_info* bdi = sb->s_bdi;
        wb_completion done = WB_COMPLETION_INIT(bdi);
        wb_writeback_work work = new()
        {
            sb = sb,
            sync_mode = WB_SYNC_ALL,
            nr_pages = long.MaxValue,
            range_cyclic = false,
            done = &done,
            reason = WB_REASON_SYNC,
            for_sync = true,
        };

        // Not left out when nothing is dirty: pages may be on their way, and timestamps do not count as dirty.
        if (bdi == noop_backing_dev_info)
            return;
        WARN_ON(!rwsem_is_locked(&sb->s_umount));

        // No inode goes from a wb that is yet to come to one that was there.
        bdi_down_write_wb_switch_rwsem(bdi);
        bdi_split_work_to_wbs(bdi, &work, false);
        wb_wait_for_completion(&done);
        bdi_up_write_wb_switch_rwsem(bdi);

        wait_sb_inodes(sb);
    }

    /// <summary>Writes an inode at once if it is dirty. The caller has a reference, or has set I_WILL_FREE.</summary>
    [KernelSource(C, "write_inode_now", Parity.Full)]
    [MightSleep]
    public static int write_inode_now(inode* inode, int sync)
    {
        writeback_control wbc = new()
        {
            nr_to_write = long.MaxValue,
            sync_mode = sync != 0 ? WB_SYNC_ALL : WB_SYNC_NONE,
            range_start = 0,
            range_end = long.MaxValue,
        };

        if (!mapping_can_writeback(inode->i_mapping))
            wbc.nr_to_write = 0;

        might_sleep();
        return writeback_single_inode(inode, &wbc);
    }

    /// <summary>Writes an inode without its pages.</summary>
    [KernelSource(C, "sync_inode_metadata", Parity.Full)]
    public static int sync_inode_metadata(inode* inode, int wait)
    {
        writeback_control wbc = new()
        {
            sync_mode = wait != 0 ? WB_SYNC_ALL : WB_SYNC_NONE,
            nr_to_write = 0, // no pages
        };

        return writeback_single_inode(inode, &wbc);
    }
}
