// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, first part: the scan control, throttling of reclaimers, writing one folio out, freeing it.
using KMemcg.Annotations;
using static Linux.linux_mm_h;
using static Linux.linux_swap_h;
using static Linux.linux_vmstat_h;
using static Linux.linux_memcontrol_h;

namespace Linux;

/// <summary>What one reclaim run wants and what it has done so far; mm/vmscan.c.</summary>
public unsafe struct scan_control
{
    public ulong nr_to_reclaim;
    public nodemask_t* nodemask;

    /// <summary>The group that hit its limit; null for reclaim of the whole machine.</summary>
    public mem_cgroup* target_mem_cgroup;

    public ulong anon_cost;
    public ulong file_cost;

    /// <summary>Swappiness of a proactive request; read it through sc_swappiness() only.</summary>
    public int* proactive_swappiness;

    public uint may_deactivate;
    public bool force_deactivate;
    public bool skipped_deactivate;
    public bool may_writepage;
    public bool may_unmap;
    public bool may_swap;
    public bool no_cache_trim_mode;
    public bool cache_trim_mode_failed;
    public bool proactive;

    /// <summary>Second pass: reclaim what memory.low protects, because the first pass got nothing.</summary>
    public bool memcg_low_reclaim;
    public bool memcg_low_skipped;
    public bool memcg_full_walk;
    public bool hibernation_mode;
    public bool compaction_ready;
    public bool cache_trim_mode;
    public bool file_is_tiny;
    public bool no_demotion;

    public sbyte order;

    /// <summary>Lists are scanned at size &gt;&gt; priority.</summary>
    public sbyte priority;
    public sbyte reclaim_idx;
    public gfp_t gfp_mask;

    /// <summary>In pages.</summary>
    public ulong nr_scanned;

    /// <summary>In pages.</summary>
    public ulong nr_reclaimed;

    public scan_counts nr;
    public reclaim_state reclaim_state;

    /// <summary>The anonymous struct nr of struct scan_control, in pages.</summary>
    public struct scan_counts
    {
        public uint dirty;
        public uint unqueued_dirty;
        public uint congested;
        public uint writeback;
        public uint immediate;
        public uint file_taken;
        public uint taken;
    }
}

public static unsafe partial class mm_vmscan_c
{
    private const uint DEACTIVATE_ANON = 1;
    private const uint DEACTIVATE_FILE = 2;

    /// <summary>0 to MAX_SWAPPINESS: higher swaps more readily.</summary>
    public static int vm_swappiness = 60;

    [KernelSource("mm/vmscan.c", "cgroup_reclaim", Parity.Full)]
    private static bool cgroup_reclaim(scan_control* sc) => sc->target_mem_cgroup != null;

    [KernelSource("mm/vmscan.c", "root_reclaim", Parity.Full)]
    private static bool root_reclaim(scan_control* sc) =>
        sc->target_mem_cgroup == null || mem_cgroup_is_root(sc->target_mem_cgroup);

    // Only the legacy hierarchy lacks balance_dirty_pages() for its groups.
    [KernelSource("mm/vmscan.c", "writeback_throttling_sane", Parity.Full)]
    private static bool writeback_throttling_sane(scan_control* sc)
    {
        if (!cgroup_reclaim(sc))
            return true;
        if (CONFIG_CGROUP_WRITEBACK)
        {
            if (cgroup_subsys_on_dfl(memory_cgrp_subsys))
                return true;
        }

        return false;
    }

    [KernelSource("mm/vmscan.c", "sc_swappiness", Parity.Full)]
    private static int sc_swappiness(scan_control* sc, mem_cgroup* memcg)
    {
        if (sc->proactive && sc->proactive_swappiness != null)
            return *sc->proactive_swappiness;
        return mem_cgroup_swappiness(memcg);
    }

    [KernelSource("mm/vmscan.c", "set_task_reclaim_state", Parity.Full)]
    private static void set_task_reclaim_state(task_struct* task, reclaim_state* rs)
    {
        WARN_ON_ONCE(rs != null && task->reclaim_state != null);
        WARN_ON_ONCE(rs == null && task->reclaim_state == null);

        task->reclaim_state = rs;
    }

    // Slab pages cannot be told apart by group, so only reclaim of the whole machine counts them.
    [KernelSource("mm/vmscan.c", "flush_reclaim_state", Parity.Full)]
    private static void flush_reclaim_state(scan_control* sc)
    {
        if (current->reclaim_state != null && root_reclaim(sc))
        {
            sc->nr_reclaimed += current->reclaim_state->reclaimed;
            current->reclaim_state->reclaimed = 0;
        }
    }

    [KernelSource("mm/vmscan.c", "can_demote", Parity.Reduced, "one node, so numa_demotion_enabled is never set and there is no lower tier to ask for")]
    private static bool can_demote(int nid, scan_control* sc, mem_cgroup* memcg) => false;

    [KernelSource("mm/vmscan.c", "can_reclaim_anon_pages", Parity.Full)]
    private static bool can_reclaim_anon_pages(mem_cgroup* memcg, int nid, scan_control* sc)
    {
        if (memcg == null)
        {
            if (get_nr_swap_pages() > 0)
                return true;
        }
        else
        {
            if (mem_cgroup_get_nr_swap_pages(memcg) > 0)
                return true;
        }

        return can_demote(nid, sc, memcg);
    }

    [KernelSource("mm/vmscan.c", "zone_reclaimable_pages", Parity.Full)]
    public static ulong zone_reclaimable_pages(zone* zone)
    {
        ulong nr = zone_page_state_snapshot(zone, NR_ZONE_INACTIVE_FILE) +
            zone_page_state_snapshot(zone, NR_ZONE_ACTIVE_FILE);
        if (can_reclaim_anon_pages(null, zone_to_nid(zone), null))
            nr += zone_page_state_snapshot(zone, NR_ZONE_INACTIVE_ANON) +
                zone_page_state_snapshot(zone, NR_ZONE_ACTIVE_ANON);

        return nr;
    }

    // In pages, up to and including zone_idx.
    [KernelSource("mm/vmscan.c", "lruvec_lru_size", Parity.Full)]
    private static ulong lruvec_lru_size(lruvec* lruvec, int lru, int zone_idx)
    {
        ulong size = 0;
        zone* zone = lruvec_pgdat(lruvec)->node_zones;

        for (int zid = 0; zid <= zone_idx; zid++, zone++)
        {
            if (!managed_zone(zone))
                continue;
            if (!mem_cgroup_disabled())
                size += mem_cgroup_get_zone_lru_size(lruvec, lru, zid);
            else
                size += zone_page_state(zone, NR_ZONE_LRU_BASE + lru);
        }

        return size;
    }

    [KernelSource("mm/vmscan.c", "drop_slab_node", Parity.Full)]
    private static ulong drop_slab_node(int nid)
    {
        ulong freed = 0;
        mem_cgroup* memcg = mem_cgroup_iter(null, null, null);

        do
        {
            freed += shrink_slab(GFP_KERNEL, nid, memcg, 0);
        }
        while ((memcg = mem_cgroup_iter(null, memcg, null)) != null);

        return freed;
    }

    [KernelSource("mm/vmscan.c", "drop_slab", Parity.Full)]
    public static void drop_slab()
    {
        int shift = 0;
        ulong freed;

        do
        {
            freed = 0;
            for (int nid = 0; nid < MAX_NUMNODES; nid++)
            {
                if (fatal_signal_pending(current))
                    return;

                freed += drop_slab_node(nid);
            }
        }
        while ((freed >> shift++) > 1);
    }

    [KernelSource("mm/vmscan.c", "reclaimer_offset", Parity.Full)]
    private static int reclaimer_offset(scan_control* sc)
    {

        if (current_is_kswapd())
            return 0;
        if (sc->proactive)
            return PGSTEAL_PROACTIVE - PGSTEAL_KSWAPD;
        return PGSTEAL_DIRECT - PGSTEAL_KSWAPD;
    }

    // The isolating caller and the cache each hold a reference, and buffers one more.
    [KernelSource("mm/vmscan.c", "is_page_cache_freeable", Parity.Full)]
    private static bool is_page_cache_freeable(folio* folio) =>
        folio_ref_count(folio) - (folio_test_private(folio) ? 1 : 0) == 1 + (int)folio_nr_pages(folio);

    [KernelSource("mm/vmscan.c", "handle_write_error", Parity.Full)]
    private static void handle_write_error(address_space* mapping, folio* folio, int error)
    {
        folio_lock(folio);
        if (folio_mapping(folio) == mapping)
            mapping_set_error(mapping, error);
        folio_unlock(folio);
    }

    [KernelSource("mm/vmscan.c", "skip_throttle_noprogress", Parity.Full)]
    private static bool skip_throttle_noprogress(pglist_data* pgdat)
    {
        ulong reclaimable = 0, write_pending = 0;

        // kswapd has given up: the caller should get on and OOM.
        if (atomic_read(&pgdat->kswapd_failures) >= MAX_RECLAIM_RETRIES)
            return true;

        zone* zone = pgdat->node_zones;
        for (int i = 0; i <= MAX_NR_ZONES - 1; i++, zone++)
        {
            if (!managed_zone(zone))
                continue;
            reclaimable += zone_reclaimable_pages(zone);
            write_pending += zone_page_state_snapshot(zone, NR_ZONE_WRITE_PENDING);
        }

        return 2 * write_pending <= reclaimable;
    }

    [KernelSource("mm/vmscan.c", "reclaim_throttle", Parity.Full)]
    public static void reclaim_throttle(pglist_data* pgdat, int reason)
    {
        wait_queue_head* wqh = pgdat->reclaim_wait + reason;
        long timeout;
        wait_queue_entry wait;
        init_wait(&wait);

        // Kernel threads do the work others wait for: they are not throttled.
        if (!current_is_kswapd() && (current->flags & (PF_USER_WORKER | PF_KTHREAD)) != 0)
        {
            cond_resched();
            return;
        }

        switch (reason)
        {
            case VMSCAN_THROTTLE_WRITEBACK:
                timeout = HZ / 10;

                if (atomic_inc_return(&pgdat->nr_writeback_throttled) == 1)
                    WRITE_ONCE(&pgdat->nr_reclaim_start, node_page_state(pgdat, NR_THROTTLED_WRITTEN));

                break;
            case VMSCAN_THROTTLE_CONGESTED:
            case VMSCAN_THROTTLE_NOPROGRESS:
                if (skip_throttle_noprogress(pgdat))
                {
                    cond_resched();
                    return;
                }

                timeout = 1;
                break;
            case VMSCAN_THROTTLE_ISOLATED:
                timeout = HZ / 50;
                break;
            default:
                WARN_ON_ONCE(true);
                timeout = HZ;
                break;
        }

        prepare_to_wait(wqh, &wait, TASK_UNINTERRUPTIBLE);
        schedule_timeout(timeout);
        finish_wait(wqh, &wait);

        if (reason == VMSCAN_THROTTLE_WRITEBACK)
            atomic_dec(&pgdat->nr_writeback_throttled);
    }

    // Wakes the throttled once enough of the pages they wait for have been written.
    [KernelSource("mm/vmscan.c", "__acct_reclaim_writeback", Parity.Full)]
    public static void __acct_reclaim_writeback(pglist_data* pgdat, folio* folio, int nr_throttled)
    {
        node_stat_add_folio(folio, NR_THROTTLED_WRITTEN);

        ulong nr_written = node_page_state(pgdat, NR_THROTTLED_WRITTEN) -
            READ_ONCE(&pgdat->nr_reclaim_start);

        if (nr_written > SWAP_CLUSTER_MAX * (ulong)nr_throttled)
            wake_up(pgdat->reclaim_wait + VMSCAN_THROTTLE_WRITEBACK);
    }

    private enum pageout_t
    {
        PAGE_KEEP,     // not written, locked
        PAGE_ACTIVATE, // move to the active list, locked
        PAGE_SUCCESS,  // on its way to the disk, unlocked
        PAGE_CLEAN,    // clean, locked
    }

    [KernelSource("mm/vmscan.c", "writeout", Parity.Full)]
    [TryReleases(Result.Value, "folio->PG_locked", Value = (long)pageout_t.PAGE_SUCCESS)]
    private static pageout_t writeout(folio* folio, address_space* mapping, swap_iocb** plug, list_head* folio_list)
    {
        int res;

        folio_set_reclaim(folio);

        if (shmem_mapping(mapping))
            res = shmem_writeout(folio, plug, folio_list);
        else
            res = swap_writeout(folio, plug);

        if (res < 0)
            handle_write_error(mapping, folio, res);
        if (res == AOP_WRITEPAGE_ACTIVATE)
        {
            folio_clear_reclaim(folio);
            return pageout_t.PAGE_ACTIVATE;
        }

        // A synchronous write has ended by now.
        if (!folio_test_writeback(folio))
            folio_clear_reclaim(folio);

        node_stat_add_folio(folio, NR_VMSCAN_WRITE);
        return pageout_t.PAGE_SUCCESS;
    }

    [KernelSource("mm/vmscan.c", "pageout", Parity.Full)]
    [TryReleases(Result.Value, "folio->PG_locked", Value = (long)pageout_t.PAGE_SUCCESS)]
    private static pageout_t pageout(folio* folio, address_space* mapping, swap_iocb** plug, list_head* folio_list)
    {
        if (!is_page_cache_freeable(folio))
            return pageout_t.PAGE_KEEP;
        if (mapping == null)
        {
            // Truncation may have left buffers behind on a folio without a mapping.
            if (folio_test_private(folio))
            {
                if (try_to_free_buffers(folio))
                {
                    folio_clear_dirty(folio);
                    pr_info("pageout: orphaned folio");
                    return pageout_t.PAGE_CLEAN;
                }
            }

            return pageout_t.PAGE_KEEP;
        }

        if (!shmem_mapping(mapping) && !folio_test_anon(folio))
            return pageout_t.PAGE_ACTIVATE;
        if (!folio_clear_dirty_for_io(folio))
            return pageout_t.PAGE_CLEAN;
        return writeout(folio, mapping, plug, folio_list);
    }

    [KernelSource("mm/vmscan.c", "__remove_mapping", Parity.Full)]
    [MustHold("folio->PG_locked"), Excludes("mapping->host->i_lock", "mapping->i_pages.xa_lock")]
    [Excludes("swap_cluster_info.lock")]
    private static int __remove_mapping(address_space* mapping, folio* folio, bool reclaimed, mem_cgroup* target_memcg)
    {
        void* shadow = null;
        swap_cluster_info* ci = null;

        BUG_ON(!folio_test_locked(folio));
        BUG_ON(mapping != folio_mapping(folio));

        if (folio_test_swapcache(folio))
        {
            ci = swap_cluster_get_and_lock_irq(folio);
        }
        else
        {
            spin_lock(&mapping->host->i_lock);
            xa_lock_irq(&mapping->i_pages);
        }

        // The reference count is frozen before the dirty test: a user who dirties and puts the folio
        // in between is then seen either by the count or by the flag.
        int refcount = 1 + (int)folio_nr_pages(folio);
        if (!folio_ref_freeze(folio, refcount))
            goto cannot_free;
        if (folio_test_dirty(folio))
        {
            folio_ref_unfreeze(folio, refcount);
            goto cannot_free;
        }

        if (folio_test_swapcache(folio))
        {
            swp_entry_t swap = folio->swap;

            if (reclaimed && !mapping_exiting(mapping))
                shadow = workingset_eviction(folio, target_memcg);
            __swap_cache_del_folio(ci, folio, swap, shadow);
            memcg1_swapout(folio, swap);
            swap_cluster_unlock_irq(ci);
            put_swap_folio(folio, swap);
        }
        else
        {
            delegate*<folio*, void> free_folio = mapping->a_ops->free_folio;

            // A shadow lets a refault soon after be told from a first fault; an exiting mapping
            // must get none, or its nodes could not be freed.
            if (reclaimed && folio_is_file_lru(folio) &&
                !mapping_exiting(mapping))
                shadow = workingset_eviction(folio, target_memcg);
            __filemap_remove_folio(folio, shadow);
            xa_unlock_irq(&mapping->i_pages);
            if (mapping_shrinkable(mapping))
                inode_add_lru(mapping->host);
            spin_unlock(&mapping->host->i_lock);

            if (free_folio != null)
                free_folio(folio);
        }

        return 1;

    cannot_free:
        if (folio_test_swapcache(folio))
        {
            swap_cluster_unlock_irq(ci);
        }
        else
        {
            xa_unlock_irq(&mapping->i_pages);
            spin_unlock(&mapping->host->i_lock);
        }

        return 0;
    }

    [KernelSource("mm/vmscan.c", "remove_mapping", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static long remove_mapping(address_space* mapping, folio* folio)
    {
        if (__remove_mapping(mapping, folio, false, null) != 0)
        {
            // Unfreezing to one drops the cache's reference without a further atomic operation.
            folio_ref_unfreeze(folio, 1);
            return (long)folio_nr_pages(folio);
        }

        return 0;
    }

    [KernelSource("mm/vmscan.c", "folio_putback_lru", Parity.Full)]
    public static void folio_putback_lru(folio* folio)
    {
        folio_add_lru(folio);
        folio_put(folio); // the reference of the isolation
    }

    private enum folio_references
    {
        FOLIOREF_RECLAIM,
        FOLIOREF_RECLAIM_CLEAN,
        FOLIOREF_KEEP,
        FOLIOREF_ACTIVATE,
    }

    [KernelSource("mm/vmscan.c", "folio_check_references", Parity.Full)]
    private static folio_references folio_check_references(folio* folio, scan_control* sc)
    {
        vm_flags_t vm_flags;
        int referenced_ptes = folio_referenced(folio, true, sc->target_mem_cgroup, &vm_flags);

        // In a VM_LOCKED area: on to the unevictable list.
        if ((vm_flags & VM_LOCKED) != 0)
            return folio_references.FOLIOREF_ACTIVATE;

        // The rmap lock was contended, or only a dying process maps it.
        if (referenced_ptes == -1)
            return folio_references.FOLIOREF_KEEP;

        bool referenced_folio = folio_test_clear_referenced(folio);

        if (referenced_ptes != 0)
        {
            // Every mapped folio starts with the reference of the fault that made it, so only
            // a second sighting counts as use.
            folio_set_referenced(folio);

            if (referenced_folio || referenced_ptes > 1)
                return folio_references.FOLIOREF_ACTIVATE;

            if ((vm_flags & VM_EXEC) != 0 && folio_is_file_lru(folio))
                return folio_references.FOLIOREF_ACTIVATE;

            return folio_references.FOLIOREF_KEEP;
        }

        if (referenced_folio && folio_is_file_lru(folio))
            return folio_references.FOLIOREF_RECLAIM_CLEAN;

        return folio_references.FOLIOREF_RECLAIM;
    }

    [KernelSource("mm/vmscan.c", "folio_check_dirty_writeback", Parity.Full)]
    private static void folio_check_dirty_writeback(folio* folio, bool* dirty, bool* writeback)
    {
        // Anonymous folios are written by reclaim itself: no reason to stall on them. Lazily
        // freed ones sit on the file list, hence the second test.
        if (!folio_is_file_lru(folio) ||
            (folio_test_anon(folio) && !folio_test_swapbacked(folio)))
        {
            *dirty = false;
            *writeback = false;
            return;
        }

        *dirty = folio_test_dirty(folio);
        *writeback = folio_test_writeback(folio);

        if (!folio_test_private(folio))
            return;

        address_space* mapping = folio_mapping(folio);
        if (mapping != null && mapping->a_ops->is_dirty_writeback != null)
            mapping->a_ops->is_dirty_writeback(folio, dirty, writeback);
    }

    [KernelSource("mm/vmscan.c", "may_enter_fs", Parity.Full)]
    private static bool may_enter_fs(folio* folio, gfp_t gfp_mask)
    {
        if ((gfp_mask & __GFP_FS) != 0)
            return true;
        if (!folio_test_swapcache(folio) || (gfp_mask & __GFP_IO) == 0)
            return false;

        // Swap that is no file system's may be entered with I/O alone.
        return (folio_swap_flags(folio) & SWP_FS_OPS) == 0;
    }
}
