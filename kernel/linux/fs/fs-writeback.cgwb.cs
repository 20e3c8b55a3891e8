// SPDX-License-Identifier: GPL-2.0-only
// fs-writeback.c, part 2 of 5: which wb an inode belongs to.
using static Linux.linux_fs_h;
using static Linux.linux_overflow_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_workqueue_h;
using static Linux.linux_writeback_h;

namespace Linux;

/// <summary>Inodes that are to be switched to a wb: an array that ends with null follows.</summary>
public unsafe struct inode_switch_wbs_context
{
    // On the list of the wb that they are switched to.
    public llist_node list;

    /// <summary>All of them go through both halves of the switch, with a grace period between.</summary>
    public inode** inodes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (inode**)((inode_switch_wbs_context*)Unsafe.AsPointer(ref this) + 1);
    }
}

public static unsafe partial class fs_fs_writeback_c
{
    // Whose inode it is: each round of writeback finds the group that most of the written bytes belong to. The time that the
    // winner's bytes took on the disk is shifted into a history of 2 s in 16 slots; with more than half of them foreign, the
    // inode is switched. Rounds far below the average do not count, so that a few stray pages decide nothing.
    private const int WB_FRN_TIME_SHIFT = 13; // 1 s is 2^13: 16 bits are up to 8 s
    private const int WB_FRN_TIME_AVG_SHIFT = 3; // a round is an eighth of the new average
    private const ulong WB_FRN_TIME_CUT_DIV = 8;
    private const ulong WB_FRN_TIME_PERIOD = 2 * (1 << WB_FRN_TIME_SHIFT);

    private const ulong WB_FRN_HIST_SLOTS = 16;
    private const ulong WB_FRN_HIST_UNIT = WB_FRN_TIME_PERIOD / WB_FRN_HIST_SLOTS;
    private const ulong WB_FRN_HIST_THR_SLOTS = WB_FRN_HIST_SLOTS / 2;
    private const ulong WB_FRN_HIST_MAX_SLOTS = (WB_FRN_HIST_THR_SLOTS / 2) + 1; // of one round
    private const int WB_FRN_MAX_IN_FLIGHT = 1024;

    // As many as fit into kmalloc-1k.
    private static readonly int WB_MAX_INODES_PER_ISW = (1024 - sizeof(inode_switch_wbs_context)) / sizeof(inode*);

    private static readonly atomic_t* isw_nr_in_flight = bss<atomic_t>();
    private static workqueue_struct* isw_wq;

    [KernelSource(C, "__inode_attach_wb", Parity.Full)]
    public static void __inode_attach_wb(inode* inode, folio* folio)
    {
        backing_dev_info* bdi = inode_to_bdi(inode);
        bdi_writeback* wb = null;

        if (inode_cgwb_enabled(inode))
        {
            cgroup_subsys_state* memcg_css;

            if (folio != null)
            {
                memcg_css = mem_cgroup_css_from_folio(folio);
                wb = wb_get_create(bdi, memcg_css, GFP_ATOMIC);
            }
            else
            {
                // wb_get_create() wants a reference.
                memcg_css = task_get_css(current, memory_cgrp_id);
                wb = wb_get_create(bdi, memcg_css, GFP_ATOMIC);
                css_put(memcg_css);
            }
        }

        if (wb == null)
            wb = &bdi->wb;

        // Several may come here at once: one wins.
        if (unlikely(cmpxchg(&inode->i_wb, null, wb) != null))
            wb_put(wb);
    }

    /// <summary>The inode is clean: off the lists of I/O. What belongs to a group stays on b_attached, where it is found when the group goes.</summary>
    [KernelSource(C, "inode_cgwb_move_to_attached", Parity.Full)]
    [MustHold("wb->list_lock"), MustHold("inode->i_lock")]
    private static void inode_cgwb_move_to_attached(inode* inode, bdi_writeback* wb)
    {
        assert_spin_locked(&wb->list_lock);
        assert_spin_locked(&inode->i_lock);
        WARN_ON_ONCE((inode->i_state & I_FREEING) != 0);

        inode->i_state &= ~I_SYNC_QUEUED;
        if (wb != &wb->bdi->wb)
            list_move(&inode->i_io_list, &wb->b_attached);
        else
            list_del_init(&inode->i_io_list);
        wb_io_lists_depopulated(wb);
    }

    /// <summary>Trades i_lock for the list_lock of the inode's wb: it stays the inode's as long as that is held.</summary>
    [KernelSource(C, "locked_inode_to_wb_and_lock_list", Parity.Full)]
    [Releases("inode->i_lock"), AcquiresReturn("list_lock")]
    private static bdi_writeback* locked_inode_to_wb_and_lock_list(inode* inode)
    {
        for (; ; )
        {
            bdi_writeback* wb = inode_to_wb(inode);

            // list_lock nests outside i_lock: that one is dropped, and the inode may be switched meanwhile.
            wb_get(wb);
            spin_unlock(&inode->i_lock);
            spin_lock(&wb->list_lock);

            // Not inode_to_wb(), as it may be another one.
            if (likely(wb == READ_ONCE(&inode->i_wb)))
            {
                wb_put(wb); // the inode has a reference
                return wb;
            }

            spin_unlock(&wb->list_lock);
            wb_put(wb);
            cpu_relax();
            spin_lock(&inode->i_lock);
        }
    }

    [KernelSource(C, "inode_to_wb_and_lock_list", Parity.Full)]
    [AcquiresReturn("list_lock")]
    [Excludes("inode->i_lock")]
    private static bdi_writeback* inode_to_wb_and_lock_list(inode* inode)
    {
        spin_lock(&inode->i_lock);
        return locked_inode_to_wb_and_lock_list(inode);
    }

    [KernelSource(C, "bdi_down_write_wb_switch_rwsem", Parity.Full)]
    [Acquires("bdi->wb_switch_rwsem"), MightSleep]
    private static void bdi_down_write_wb_switch_rwsem(backing_dev_info* bdi) => down_write(&bdi->wb_switch_rwsem);

    [KernelSource(C, "bdi_up_write_wb_switch_rwsem", Parity.Full)]
    [Releases("bdi->wb_switch_rwsem")]
    private static void bdi_up_write_wb_switch_rwsem(backing_dev_info* bdi) => up_write(&bdi->wb_switch_rwsem);

    [KernelSource(C, "inode_do_switch_wbs", Parity.Full)]
    [MustHold("old_wb->list_lock", "new_wb->list_lock")]
    [Excludes("inode->i_mapping->i_pages.xa_lock", "inode->i_lock")]
    [ContextUnsafe("process_inode_switch_wbs() puts those of the old wb all at once", Rule = "KM0512")]
    private static bool inode_do_switch_wbs(inode* inode, bdi_writeback* old_wb, bdi_writeback* new_wb)
    {
        address_space* mapping = inode->i_mapping;
        xa_state xas = XA_STATE(&mapping->i_pages, 0);
        bool switched = false;

        spin_lock(&inode->i_lock);
        xa_lock_irq(&mapping->i_pages);

        // An inode that is being evicted is its evictor's.
        if (unlikely((inode->i_state & (I_FREEING | I_WILL_FREE)) != 0))
            goto skip_switch;

        // A folio with the dirty mark may have been cleaned since; one under writeback has its mark.
        for (folio* folio = (folio*)xas_find_marked(&xas, ulong.MaxValue, PAGECACHE_TAG_DIRTY); folio != null;
             folio = (folio*)xas_next_marked(&xas, ulong.MaxValue, PAGECACHE_TAG_DIRTY))
        {
            if (folio_test_dirty(folio))
            {
                long nr = (long)folio_nr_pages(folio);
                wb_stat_mod(old_wb, WB_RECLAIMABLE, -nr);
                wb_stat_mod(new_wb, WB_RECLAIMABLE, nr);
            }
        }

        xas_set(&xas, 0);
        for (folio* folio = (folio*)xas_find_marked(&xas, ulong.MaxValue, PAGECACHE_TAG_WRITEBACK); folio != null;
             folio = (folio*)xas_next_marked(&xas, ulong.MaxValue, PAGECACHE_TAG_WRITEBACK))
        {
            long nr = (long)folio_nr_pages(folio);
            WARN_ON_ONCE(!folio_test_writeback(folio));
            wb_stat_mod(old_wb, WB_WRITEBACK, -nr);
            wb_stat_mod(new_wb, WB_WRITEBACK, nr);
        }

        if (mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK))
        {
            atomic_dec(&old_wb->writeback_inodes);
            atomic_inc(&new_wb->writeback_inodes);
        }

        wb_get(new_wb);

        // A dirty inode goes to b_dirty from whatever list it was on; a clean one was on b_attached and goes there again.
        if (!list_empty(&inode->i_io_list))
        {
            inode->i_wb = new_wb;

            if ((inode->i_state & I_DIRTY_ALL) != 0)
            {
                // Its place in time would have to be searched for: it goes to the end, with the time of now.
                inode->dirtied_time_when = jiffies;
                inode_io_list_move_locked(inode, new_wb, &new_wb->b_dirty);
            }
            else
            {
                inode_cgwb_move_to_attached(inode, new_wb);
            }
        }
        else
        {
            inode->i_wb = new_wb;
        }

        // wbc_detach_inode() may write them at the same time: no harm is done.
        inode->i_wb_frn_winner = 0;
        inode->i_wb_frn_avg_time = 0;
        inode->i_wb_frn_history = 0;
        switched = true;
    skip_switch:
        // Whoever sees it cleared, in unlocked_inode_to_wb_begin(), sees the new wb.
        smp_store_release(&inode->i_state, inode->i_state & ~I_WB_SWITCH);

        xa_unlock_irq(&mapping->i_pages);
        spin_unlock(&inode->i_lock);

        return switched;
    }

    [KernelSource(C, "process_inode_switch_wbs", Parity.Full)]
    [Excludes("backing_dev_info.wb_switch_rwsem", "new_wb->list_lock")]
    [PutsRef("new_wb", Sometimes = true), PutsRef("inode_switch_wbs_context.inodes"), PutsRef("inode.i_wb")]
    private static void process_inode_switch_wbs(bdi_writeback* new_wb, inode_switch_wbs_context* isw)
    {
        backing_dev_info* bdi = inode_to_bdi(isw->inodes[0]);
        bdi_writeback* old_wb = isw->inodes[0]->i_wb;
        ulong nr_switched = 0;
        inode** inodep;

        // sync_inodes_sb() goes from wb to wb: it must not miss an inode that goes the other way.
        down_read(&bdi->wb_switch_rwsem);

        inodep = isw->inodes;

        // Since I_WB_SWITCH was set a grace period has passed: who changes the statistics now takes the lock of i_pages. That,
        // i_lock and the lists' locks are all that there is to keep others off the inode.
    relock:
        if (old_wb < new_wb)
        {
            spin_lock(&old_wb->list_lock);
            spin_lock_nested(&new_wb->list_lock, SINGLE_DEPTH_NESTING);
        }
        else
        {
            spin_lock(&new_wb->list_lock);
            spin_lock_nested(&old_wb->list_lock, SINGLE_DEPTH_NESTING);
        }

        while (*inodep != null)
        {
            WARN_ON_ONCE((*inodep)->i_wb != old_wb);
            if (inode_do_switch_wbs(*inodep, old_wb, new_wb))
                nr_switched++;
            inodep++;
            if (*inodep != null && need_resched())
            {
                spin_unlock(&new_wb->list_lock);
                spin_unlock(&old_wb->list_lock);
                cond_resched();
                goto relock;
            }
        }

        spin_unlock(&new_wb->list_lock);
        spin_unlock(&old_wb->list_lock);

        up_read(&bdi->wb_switch_rwsem);

        if (nr_switched != 0)
        {
            wb_wakeup(new_wb);
            wb_put_many(old_wb, nr_switched);
        }

        for (inodep = isw->inodes; *inodep != null; inodep++)
            iput(*inodep);
        wb_put(new_wb);
        kfree(isw);
        atomic_dec(isw_nr_in_flight);
    }

    [KernelSource(C, "inode_switch_wbs_work_fn", Parity.Full)]
    public static void inode_switch_wbs_work_fn(work_struct* work)
    {
        bdi_writeback* new_wb = container_of<bdi_writeback>(work, &((bdi_writeback*)nowhere)->switch_work);

        // The last of the inodes may hold the last other reference.
        wb_get(new_wb);
        for (; ; )
        {
            llist_node* list = llist_del_all(&new_wb->switch_wbs_ctxs);
            if (list == null)
                break;

            // I_WB_SWITCH tells those who change the statistics under RCU to take the lock of i_pages: all of them see it
            // after this.
            synchronize_rcu();

            while (list != null)
            {
                inode_switch_wbs_context* isw =
                    container_of<inode_switch_wbs_context>(list, &((inode_switch_wbs_context*)nowhere)->list);
                list = list->next;
                process_inode_switch_wbs(new_wb, isw);
            }
        }

        wb_put(new_wb);
    }

    [KernelSource(C, "inode_prepare_wbs_switch", Parity.Full)]
    [Excludes("inode->i_lock")]
    [TryGetsRef(Result.True, "inode")]
    private static bool inode_prepare_wbs_switch(inode* inode, bdi_writeback* new_wb)
    {
        // isw_nr_in_flight was raised before SB_ACTIVE is looked at: cgroup_writeback_umount() looks the other way round.
        smp_mb();

        if (IS_DAX(inode))
            return false;

        // While I_WB_SWITCH is set, nobody else switches it.
        spin_lock(&inode->i_lock);
        if ((inode->i_sb->s_flags & SB_ACTIVE) == 0 ||
            (inode->i_state & (I_WB_SWITCH | I_FREEING | I_WILL_FREE)) != 0 ||
            inode_to_wb(inode) == new_wb)
        {
            spin_unlock(&inode->i_lock);
            return false;
        }

        inode->i_state |= I_WB_SWITCH;
        __iget(inode);
        spin_unlock(&inode->i_lock);

        return true;
    }

    [KernelSource(C, "wb_queue_isw", Parity.Full)]
    [ConsumesRef("wb")]
    private static void wb_queue_isw(bdi_writeback* wb, inode_switch_wbs_context* isw)
    {
        if (llist_add(&isw->list, &wb->switch_wbs_ctxs))
            queue_work(isw_wq, &wb->switch_work);
    }

    /// <summary>Begins to switch an inode to the wb of the group of this id. It may fail, and says nothing.</summary>
    [KernelSource(C, "inode_switch_wbs", Parity.Full)]
    private static void inode_switch_wbs(inode* inode, int new_wb_id)
    {
        backing_dev_info* bdi = inode_to_bdi(inode);
        cgroup_subsys_state* memcg_css;
        inode_switch_wbs_context* isw;
        bdi_writeback* new_wb = null;

        // It is on its way already.
        if ((inode->i_state & I_WB_SWITCH) != 0)
            return;

        if (atomic_read(isw_nr_in_flight) > WB_FRN_MAX_IN_FLIGHT)
            return;

        isw = (inode_switch_wbs_context*)kzalloc(struct_size((ulong)sizeof(inode_switch_wbs_context), (ulong)sizeof(inode*), 2), GFP_ATOMIC);
        if (isw == null)
            return;

        atomic_inc(isw_nr_in_flight);

        rcu_read_lock();
        memcg_css = css_from_id(new_wb_id, memory_cgrp_subsys);
        if (memcg_css != null && !css_tryget(memcg_css))
            memcg_css = null;
        rcu_read_unlock();
        if (memcg_css == null)
            goto out_free;

        new_wb = wb_get_create(bdi, memcg_css, GFP_ATOMIC);
        css_put(memcg_css);
        if (new_wb == null)
            goto out_free;

        if (!inode_prepare_wbs_switch(inode, new_wb))
            goto out_free;

        isw->inodes[0] = inode;

        wb_queue_isw(new_wb, isw);
        return;

    out_free:
        atomic_dec(isw_nr_in_flight);
        if (new_wb != null)
            wb_put(new_wb);
        kfree(isw);
    }

    [KernelSource(C, "isw_prepare_wbs_switch", Parity.Full)]
    private static bool isw_prepare_wbs_switch(bdi_writeback* new_wb, inode_switch_wbs_context* isw, list_head* list, int* nr)
    {
        for (list_head* p = list->next; p != list; p = p->next)
        {
            inode* inode = wb_inode(p);

            if (!inode_prepare_wbs_switch(inode, new_wb))
                continue;

            isw->inodes[*nr] = inode;
            (*nr)++;

            if (*nr >= WB_MAX_INODES_PER_ISW - 1)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Switches the inodes of a wb whose group is gone to the nearest ancestor's that lives, so that the wb can go. True when
    /// there are more.
    /// </summary>
    [KernelSource(C, "cleanup_offline_cgwb", Parity.Full)]
    [Excludes("wb->list_lock")]
    public static bool cleanup_offline_cgwb(bdi_writeback* wb)
    {
        inode_switch_wbs_context* isw;
        bdi_writeback* new_wb = null;
        int nr;
        bool restart = false;

        isw = (inode_switch_wbs_context*)kzalloc(
            struct_size((ulong)sizeof(inode_switch_wbs_context), (ulong)sizeof(inode*), (ulong)WB_MAX_INODES_PER_ISW), GFP_KERNEL);
        if (isw == null)
            return restart;

        atomic_inc(isw_nr_in_flight);

        for (cgroup_subsys_state* memcg_css = wb->memcg_css->parent; memcg_css != null; memcg_css = memcg_css->parent)
        {
            new_wb = wb_get_create(wb->bdi, memcg_css, GFP_KERNEL);
            if (new_wb != null)
                break;
        }

        if (unlikely(new_wb == null))
            new_wb = &wb->bdi->wb; // which is not counted

        nr = 0;
        spin_lock(&wb->list_lock);

        // Those with dirty timestamps alone as well: they would keep the wb for half a day, and no limit holds for them.
        restart = isw_prepare_wbs_switch(new_wb, isw, &wb->b_attached, &nr);
        if (!restart)
            restart = isw_prepare_wbs_switch(new_wb, isw, &wb->b_dirty_time, &nr);
        spin_unlock(&wb->list_lock);

        if (nr == 0)
        {
            atomic_dec(isw_nr_in_flight);
            wb_put(new_wb);
            kfree(isw);
            return restart;
        }

        wb_queue_isw(new_wb, isw);

        return restart;
    }

    /// <summary>Writes down for whom an inode is about to be written, and unlocks it; wbc_detach_inode() ends it.</summary>
    [KernelSource(C, "wbc_attach_and_unlock_inode", Parity.Full)]
    [Releases("inode->i_lock")]
    [Initializes("wbc")]
    private static void wbc_attach_and_unlock_inode(writeback_control* wbc, inode* inode)
    {
        if (!inode_cgwb_enabled(inode))
        {
            spin_unlock(&inode->i_lock);
            return;
        }

        wbc->wb = inode_to_wb(inode);
        wbc->inode = inode;

        wbc->wb_id = wbc->wb->memcg_css->id;
        wbc->wb_lcand_id = inode->i_wb_frn_winner;
        wbc->wb_tcand_id = 0;
        wbc->wb_bytes = 0;
        wbc->wb_lcand_bytes = 0;
        wbc->wb_tcand_bytes = 0;

        wb_get(wbc->wb);
        spin_unlock(&inode->i_lock);

        // The group of I/O has changed, or the group is dying. In the first case there is a new wb to be had at once; in the
        // second there is none.
        if (unlikely(wb_dying(wbc->wb) && !css_is_dying(wbc->wb->memcg_css)))
            inode_switch_wbs(inode, wbc->wb_id);
    }

    /// <summary>As wbc_attach_and_unlock_inode(), for who writes a range of a file by himself.</summary>
    [KernelSource(C, "wbc_attach_fdatawrite_inode", Parity.Full)]
    [Excludes("inode->i_lock")]
    public static void wbc_attach_fdatawrite_inode(writeback_control* wbc, inode* inode)
    {
        spin_lock(&inode->i_lock);
        inode_attach_wb(inode, null);
        wbc_attach_and_unlock_inode(wbc, inode);
    }

    /// <summary>
    /// The round is over: finds its winner among the wb it was written for, the last winner, and the majority candidate of
    /// this round, and switches the inode when foreign winners have filled more than half of its history.
    /// </summary>
    [KernelSource(C, "wbc_detach_inode", Parity.Full)]
    public static void wbc_detach_inode(writeback_control* wbc)
    {
        bdi_writeback* wb = wbc->wb;
        inode* inode = wbc->inode;
        ulong avg_time, max_bytes, max_time;
        u16 history;
        int max_id;

        if (wb == null)
            return;

        history = inode->i_wb_frn_history;
        avg_time = inode->i_wb_frn_avg_time;

        if (wbc->wb_bytes >= wbc->wb_lcand_bytes &&
            wbc->wb_bytes >= wbc->wb_tcand_bytes)
        {
            max_id = wbc->wb_id;
            max_bytes = wbc->wb_bytes;
        }
        else if (wbc->wb_lcand_bytes >= wbc->wb_tcand_bytes)
        {
            max_id = wbc->wb_lcand_id;
            max_bytes = wbc->wb_lcand_bytes;
        }
        else
        {
            max_id = wbc->wb_tcand_id;
            max_bytes = wbc->wb_tcand_bytes;
        }

        // For how long the disk was busy with the winner.
        max_time = DIV_ROUND_UP((max_bytes >> PAGE_SHIFT) << WB_FRN_TIME_SHIFT, wb->avg_write_bandwidth);
        if (avg_time != 0)
            avg_time += (max_time >> WB_FRN_TIME_AVG_SHIFT) - (avg_time >> WB_FRN_TIME_AVG_SHIFT);
        else
            avg_time = max_time; // the first round

        if (max_time >= avg_time / WB_FRN_TIME_CUT_DIV)
        {
            int slots = (int)min(DIV_ROUND_UP(max_time, WB_FRN_HIST_UNIT), WB_FRN_HIST_MAX_SLOTS);

            history = (u16)(history << slots);
            if (wbc->wb_id != max_id)
                history |= (u16)((1U << slots) - 1);

            // With several who dirty about as much it may go to and fro: at least it is never long at a wrong one.
            if ((ulong)hweight16(history) > WB_FRN_HIST_THR_SLOTS)
                inode_switch_wbs(inode, max_id);
        }

        // Others may do the same at the same time: now and then one of them is lost.
        inode->i_wb_frn_winner = max_id;
        inode->i_wb_frn_avg_time = (u16)min(avg_time, ushort.MaxValue);
        inode->i_wb_frn_history = history;

        wb_put(wbc->wb);
        wbc->wb = null;
    }

    /// <summary>A folio is about to be written: its group has so many bytes more of this round. Boyer and Moore's majority vote.</summary>
    [KernelSource(C, "wbc_account_cgroup_owner", Parity.Full)]
    public static void wbc_account_cgroup_owner(writeback_control* wbc, folio* folio, ulong bytes)
    {
        cgroup_subsys_state* css;
        int id;

        // Reclaim writes without being attached: it is not to wait behind a slow group.
        if (wbc->wb == null || wbc->no_cgroup_owner)
            return;

        css = mem_cgroup_css_from_folio(folio);
        // The dead have no vote.
        if ((css->flags & CSS_ONLINE) == 0)
            return;

        id = css->id;

        if (id == wbc->wb_id)
        {
            wbc->wb_bytes += bytes;
            return;
        }

        if (id == wbc->wb_lcand_id)
            wbc->wb_lcand_bytes += bytes;

        if (wbc->wb_tcand_bytes == 0)
            wbc->wb_tcand_id = id;
        if (id == wbc->wb_tcand_id)
            wbc->wb_tcand_bytes += bytes;
        else
            wbc->wb_tcand_bytes -= min(bytes, wbc->wb_tcand_bytes);
    }

    /// <summary>A wb's part of what is to be written to a device: by its share of the bandwidth of those that are dirty.</summary>
    [KernelSource(C, "wb_split_bdi_pages", Parity.Full)]
    private static long wb_split_bdi_pages(bdi_writeback* wb, long nr_pages)
    {
        ulong this_bw = wb->avg_write_bandwidth;
        ulong tot_bw = (ulong)atomic_long_read(&wb->bdi->tot_write_bandwidth);

        if (nr_pages == long.MaxValue)
            return long.MaxValue;

        // A clean wb has no part in the sum: rather too much than too little.
        if (tot_bw == 0 || this_bw >= tot_bw)
            return nr_pages;
        return (long)DIV_ROUND_UP((ulong)nr_pages * this_bw, tot_bw);
    }

    /// <summary>Gives a work to all wbs of a device that have dirty inodes, in parts.</summary>
    [KernelSource(C, "bdi_split_work_to_wbs", Parity.Full)]
    [MightSleep]
    [ContextUnsafe("the list is looked at without its lock, and again with it by whoever has work", Rule = "KM0101")]
    private static void bdi_split_work_to_wbs(backing_dev_info* bdi, wb_writeback_work* base_work, bool skip_if_busy)
    {
        bdi_writeback* last_wb = null;
        list_head* pos = &bdi->wb_list;
        wb_completion fallback_work_done;
        wb_writeback_work fallback_work;

        might_sleep();
    restart:
        rcu_read_lock();
        for (pos = READ_ONCE(&pos->next); pos != &bdi->wb_list; pos = READ_ONCE(&pos->next))
        {
            bdi_writeback* wb = container_of<bdi_writeback>(pos, &((bdi_writeback*)nowhere)->bdi_node);
            fallback_work_done = WB_COMPLETION_INIT(bdi);
            wb_writeback_work* work;
            long nr_pages;

            if (last_wb != null)
            {
                wb_put(last_wb);
                last_wb = null;
            }

            // Who waits for all wants dirty timestamps as well.
            if (!wb_has_dirty_io(wb) &&
                (base_work->sync_mode == WB_SYNC_NONE ||
                 list_empty(&wb->b_dirty_time)))
                continue;
            if (skip_if_busy && writeback_in_progress(wb))
                continue;

            nr_pages = wb_split_bdi_pages(wb, base_work->nr_pages);

            work = (wb_writeback_work*)kmalloc((ulong)sizeof(wb_writeback_work), GFP_ATOMIC);
            if (work != null)
            {
                *work = *base_work;
                work->nr_pages = nr_pages;
                work->auto_free = true;
                wb_queue_work(wb, work);
                continue;
            }

            // One that is shut down is done. Another is pinned, so that the walk can go on from it.
            if (!wb_tryget(wb))
                continue;

            // Without memory it is done here and now.
            work = &fallback_work;
            *work = *base_work;
            work->nr_pages = nr_pages;
            work->auto_free = false;
            work->done = &fallback_work_done;

            wb_queue_work(wb, work);
            last_wb = wb;

            rcu_read_unlock();
            wb_wait_for_completion(&fallback_work_done);
            goto restart;
        }

        rcu_read_unlock();

        if (last_wb != null)
            wb_put(last_wb);
    }

    /// <summary>Starts writeback of the wb of a device and a group, both told by their ids.</summary>
    [KernelSource(C, "cgroup_writeback_by_id", Parity.Full)]
    public static int cgroup_writeback_by_id(u64 bdi_id, int memcg_id, int reason, wb_completion* done)
    {
        backing_dev_info* bdi;
        cgroup_subsys_state* memcg_css;
        bdi_writeback* wb;
        wb_writeback_work* work;
        ulong dirty;
        int ret;

        bdi = bdi_get_by_id(bdi_id);
        if (bdi == null)
            return -ENOENT;

        rcu_read_lock();
        memcg_css = css_from_id(memcg_id, memory_cgrp_subsys);
        if (memcg_css != null && !css_tryget(memcg_css))
            memcg_css = null;
        rcu_read_unlock();
        if (memcg_css == null)
        {
            ret = -ENOENT;
            goto out_bdi_put;
        }

        // When there is none there is nothing to flush.
        wb = wb_get_lookup(bdi, memcg_css);
        if (wb == null)
        {
            ret = -ENOENT;
            goto out_css_put;
        }

        // Most of what is dirty is wanted: a quarter more than that, which others may have dirtied meanwhile, and then an end.
        dirty = memcg_page_state(mem_cgroup_from_css(memcg_css), NR_FILE_DIRTY);
        dirty = dirty * 10 / 8;

        work = (wb_writeback_work*)kzalloc((ulong)sizeof(wb_writeback_work), GFP_NOWAIT);
        if (work != null)
        {
            work->nr_pages = (long)dirty;
            work->sync_mode = WB_SYNC_NONE;
            work->range_cyclic = true;
            work->reason = reason;
            work->done = done;
            work->auto_free = true;
            wb_queue_work(wb, work);
            ret = 0;
        }
        else
        {
            ret = -ENOMEM;
        }

        wb_put(wb);
    out_css_put:
        css_put(memcg_css);
    out_bdi_put:
        bdi_put(bdi);
        return ret;
    }

    /// <summary>Waits for switches of inodes before a file system goes.</summary>
    [KernelSource(C, "cgroup_writeback_umount", Parity.Full)]
    public static void cgroup_writeback_umount(super_block* sb)
    {
        if ((sb->s_bdi->capabilities & BDI_CAP_WRITEBACK) == 0)
            return;

        // SB_ACTIVE was cleared before isw_nr_in_flight is looked at.
        smp_mb();

        if (atomic_read(isw_nr_in_flight) != 0)
        {
            // Those in flight are in the work queue after this.
            rcu_barrier();
            flush_workqueue(isw_wq);
        }
    }

    [KernelSource(C, "cgroup_writeback_init", Parity.Full)]
    internal static int cgroup_writeback_init()
    {
        isw_wq = alloc_workqueue("inode_switch_wbs"u8, WQ_PERCPU, 0);
        if (isw_wq == null)
            return -ENOMEM;
        return 0;
    }
}
