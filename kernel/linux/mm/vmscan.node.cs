// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, fifth part: shrinking a group, a node, a zonelist; direct and memcg reclaim.
using KMemcg.Annotations;

namespace Linux;

public static unsafe partial class mm_vmscan_c
{
    [KernelSource("mm/vmscan.c", "shrink_lruvec", Parity.Full)]
    private static void shrink_lruvec(lruvec* lruvec, scan_control* sc)
    {
        ulong* nr = stackalloc ulong[NR_LRU_LISTS];
        ulong* targets = stackalloc ulong[NR_LRU_LISTS];
        int lru;
        ulong nr_reclaimed = 0;
        ulong nr_to_reclaim = sc->nr_to_reclaim;
        blk_plug plug;

        get_scan_count(lruvec, sc, nr);

        for (lru = 0; lru < NR_LRU_LISTS; lru++)
            targets[lru] = nr[lru];

        // The first pass of global direct reclaim means kswapd is behind: take a whole batch.
        bool proportional_reclaim = !cgroup_reclaim(sc) && !current_is_kswapd() &&
            sc->priority == DEF_PRIORITY;

        blk_start_plug(&plug);
        while (nr[LRU_INACTIVE_ANON] != 0 || nr[LRU_ACTIVE_FILE] != 0 ||
               nr[LRU_INACTIVE_FILE] != 0)
        {
            ulong percentage;
            ulong nr_scanned;

            for (lru = 0; lru <= LRU_ACTIVE_FILE; lru++)
            {
                if (nr[lru] != 0)
                {
                    ulong nr_to_scan = min(nr[lru], SWAP_CLUSTER_MAX);
                    nr[lru] -= nr_to_scan;

                    nr_reclaimed += shrink_list(lru, nr_to_scan, lruvec, sc);
                }
            }

            cond_resched();

            if (nr_reclaimed < nr_to_reclaim || proportional_reclaim)
                continue;

            // The goal is met: stop with the smaller list and scan the other only as far as it was
            // meant to be scanned in proportion.
            ulong nr_file = nr[LRU_INACTIVE_FILE] + nr[LRU_ACTIVE_FILE];
            ulong nr_anon = nr[LRU_INACTIVE_ANON] + nr[LRU_ACTIVE_ANON];

            if (nr_file == 0 || nr_anon == 0)
                break;

            if (nr_file > nr_anon)
            {
                ulong scan_target = targets[LRU_INACTIVE_ANON] + targets[LRU_ACTIVE_ANON] + 1;
                lru = LRU_BASE;
                percentage = nr_anon * 100 / scan_target;
            }
            else
            {
                ulong scan_target = targets[LRU_INACTIVE_FILE] + targets[LRU_ACTIVE_FILE] + 1;
                lru = LRU_FILE;
                percentage = nr_file * 100 / scan_target;
            }

            nr[lru] = 0;
            nr[lru + LRU_ACTIVE] = 0;

            lru = (lru == LRU_FILE) ? LRU_BASE : LRU_FILE;
            nr_scanned = targets[lru] - nr[lru];
            nr[lru] = targets[lru] * (100 - percentage) / 100;
            nr[lru] -= min(nr[lru], nr_scanned);

            lru += LRU_ACTIVE;
            nr_scanned = targets[lru] - nr[lru];
            nr[lru] = targets[lru] * (100 - percentage) / 100;
            nr[lru] -= min(nr[lru], nr_scanned);
        }

        blk_finish_plug(&plug);
        sc->nr_reclaimed += nr_reclaimed;

        // Keep the anonymous lists balanced even when nothing was taken from them.
        if (can_age_anon_pages(lruvec, sc) &&
            inactive_is_low(lruvec, LRU_INACTIVE_ANON))
            shrink_active_list(SWAP_CLUSTER_MAX, lruvec, sc, LRU_ACTIVE_ANON);
    }

    [KernelSource("mm/vmscan.c", "shrink_node_memcgs", Parity.Full)]
    private static void shrink_node_memcgs(pglist_data* pgdat, scan_control* sc)
    {
        mem_cgroup* target_memcg = sc->target_mem_cgroup;
        mem_cgroup_reclaim_cookie reclaim = new() { pgdat = pgdat };
        mem_cgroup_reclaim_cookie* partial = &reclaim;

        // Direct reclaimers share a walk of the tree and leave it when they have enough; kswapd
        // and the last resort walk all of it.
        if (current_is_kswapd() || sc->memcg_full_walk)
            partial = null;

        mem_cgroup* memcg = mem_cgroup_iter(target_memcg, null, partial);
        do
        {
            lruvec* lruvec = mem_cgroup_lruvec(memcg, pgdat);

            cond_resched();

            mem_cgroup_calculate_protection(target_memcg, memcg);

            if (mem_cgroup_below_min(target_memcg, memcg))
            {
                // Hard protection holds even where the alternative is OOM.
                continue;
            }
            else if (mem_cgroup_below_low(target_memcg, memcg))
            {
                // Soft protection holds as long as others have something to give.
                if (!sc->memcg_low_reclaim)
                {
                    sc->memcg_low_skipped = true;
                    continue;
                }

                memcg_memory_event(memcg, MEMCG_LOW);
            }

            ulong reclaimed = sc->nr_reclaimed;
            ulong scanned = sc->nr_scanned;

            shrink_lruvec(lruvec, sc);

            shrink_slab(sc->gfp_mask, pgdat->node_id, memcg, sc->priority);

            if (!sc->proactive)
                mm_vmpressure_c.vmpressure(sc->gfp_mask, memcg, false,
                    sc->nr_scanned - scanned,
                    sc->nr_reclaimed - reclaimed);

            if (partial != null && sc->nr_reclaimed >= sc->nr_to_reclaim)
            {
                mem_cgroup_iter_break(target_memcg, memcg);
                break;
            }
        }
        while ((memcg = mem_cgroup_iter(target_memcg, memcg, partial)) != null);
    }

    // Whether what is reclaimed is to be made into larger blocks.
    [KernelSource("mm/vmscan.c", "in_reclaim_compaction", Parity.Full)]
    private static bool in_reclaim_compaction(scan_control* sc) =>
        gfp_compaction_allowed(sc->gfp_mask) && sc->order != 0
        && (sc->order > PAGE_ALLOC_COSTLY_ORDER || sc->priority < DEF_PRIORITY - 2);

    [KernelSource("mm/vmscan.c", "should_continue_reclaim", Parity.Reduced, "COMPACTION is off: there is never more to reclaim for it")]
    private static bool should_continue_reclaim(pglist_data* pgdat, ulong nr_reclaimed, scan_control* sc)
    {
        if (!in_reclaim_compaction(sc))
            return false;

        BUG();
        return false;
    }

    [KernelSource("mm/vmscan.c", "shrink_node", Parity.Full)]
    private static void shrink_node(pglist_data* pgdat, scan_control* sc)
    {
        bool reclaimable = false;
        lruvec* target_lruvec = mem_cgroup_lruvec(sc->target_mem_cgroup, pgdat);

    again:
        sc->nr = default;

        ulong nr_reclaimed = sc->nr_reclaimed;
        ulong nr_scanned = sc->nr_scanned;

        prepare_scan_control(pgdat, sc);

        shrink_node_memcgs(pgdat, sc);

        flush_reclaim_state(sc);

        ulong nr_node_reclaimed = sc->nr_reclaimed - nr_reclaimed;

        if (!sc->proactive)
            mm_vmpressure_c.vmpressure(sc->gfp_mask, sc->target_mem_cgroup, true,
                sc->nr_scanned - nr_scanned, nr_node_reclaimed);

        if (nr_node_reclaimed != 0)
            reclaimable = true;

        if (current_is_kswapd())
        {
            // All taken pages under writeback: the disks are slower than the allocators, so look
            // for pages that come round again before they are written.
            if (sc->nr.writeback != 0 && sc->nr.writeback == sc->nr.taken)
                set_bit(PGDAT_WRITEBACK, &pgdat->flags);

            // Let kswapd write by itself.
            if (sc->nr.unqueued_dirty != 0 &&
                sc->nr.unqueued_dirty == sc->nr.file_taken)
                set_bit(PGDAT_DIRTY, &pgdat->flags);

            if (sc->nr.immediate != 0)
                reclaim_throttle(pgdat, VMSCAN_THROTTLE_WRITEBACK);
        }

        // Congested when every dirty page is marked and already queued.
        if (sc->nr.dirty != 0 && sc->nr.dirty == sc->nr.congested)
        {
            if (cgroup_reclaim(sc) && writeback_throttling_sane(sc))
                set_bit(LRUVEC_CGROUP_CONGESTED, &target_lruvec->flags);

            if (current_is_kswapd())
                set_bit(LRUVEC_NODE_CONGESTED, &target_lruvec->flags);
        }

        if (!current_is_kswapd() && current_may_throttle() &&
            !sc->hibernation_mode &&
            (test_bit(LRUVEC_CGROUP_CONGESTED, &target_lruvec->flags) ||
             test_bit(LRUVEC_NODE_CONGESTED, &target_lruvec->flags)))
            reclaim_throttle(pgdat, VMSCAN_THROTTLE_CONGESTED);

        if (should_continue_reclaim(pgdat, nr_node_reclaimed, sc))
            goto again;

        // Progress wakes a kswapd that had given up.
        if (reclaimable)
            atomic_set(&pgdat->kswapd_failures, 0);
        else if (sc->cache_trim_mode)
            sc->cache_trim_mode_failed = true;
    }

    [KernelSource("mm/vmscan.c", "consider_reclaim_throttle", Parity.Full)]
    private static void consider_reclaim_throttle(pglist_data* pgdat, scan_control* sc)
    {
        // More than an eighth of what was scanned: wake those that wait for progress.
        if (sc->nr_reclaimed > (sc->nr_scanned >> 3))
        {
            wait_queue_head* wqh = pgdat->reclaim_wait + VMSCAN_THROTTLE_NOPROGRESS;

            if (waitqueue_active(wqh))
                wake_up(wqh);

            return;
        }

        if (current_is_kswapd() || cgroup_reclaim(sc))
            return;

        if (sc->priority == 1 && sc->nr_reclaimed == 0)
            reclaim_throttle(pgdat, VMSCAN_THROTTLE_NOPROGRESS);
    }

    [KernelSource("mm/vmscan.c", "shrink_zones", Parity.Full)]
    private static void shrink_zones(zonelist* zonelist, scan_control* sc)
    {
        pglist_data* last_pgdat = null;
        pglist_data* first_pgdat = null;

        gfp_t orig_mask = sc->gfp_mask;
        if (buffer_heads_over_limit)
        {
            sc->gfp_mask |= __GFP_HIGHMEM;
            sc->reclaim_idx = (sbyte)gfp_zone(sc->gfp_mask);
        }

        zoneref* z = first_zones_zonelist(zonelist, sc->reclaim_idx, sc->nodemask);
        for (; zonelist_zone(z) != null; z = next_zones_zonelist(z + 1, sc->reclaim_idx, sc->nodemask))
        {
            zone* zone = zonelist_zone(z);

            if (!cgroup_reclaim(sc))
            {
                // One node may come with several zones: shrink it once.
                if (zone->zone_pgdat == last_pgdat)
                    continue;
            }

            if (first_pgdat == null)
                first_pgdat = zone->zone_pgdat;

            if (zone->zone_pgdat == last_pgdat)
                continue;
            last_pgdat = zone->zone_pgdat;
            shrink_node(zone->zone_pgdat, sc);
        }

        if (first_pgdat != null)
            consider_reclaim_throttle(first_pgdat, sc);

        sc->gfp_mask = orig_mask;
    }

    [KernelSource("mm/vmscan.c", "snapshot_refaults", Parity.Full)]
    private static void snapshot_refaults(mem_cgroup* target_memcg, pglist_data* pgdat)
    {
        lruvec* target_lruvec = mem_cgroup_lruvec(target_memcg, pgdat);
        ulong refaults = lruvec_page_state(target_lruvec, WORKINGSET_ACTIVATE_ANON);
        target_lruvec->refaults[WORKINGSET_ANON] = refaults;
        refaults = lruvec_page_state(target_lruvec, WORKINGSET_ACTIVATE_FILE);
        target_lruvec->refaults[WORKINGSET_FILE] = refaults;
    }

    /// <summary>Reclaims until the goal is met or the priorities are used up; returns pages.</summary>
    [KernelSource("mm/vmscan.c", "do_try_to_free_pages", Parity.Full)]
    private static ulong do_try_to_free_pages(zonelist* zonelist, scan_control* sc)
    {
        int initial_priority = sc->priority;
        pglist_data* last_pgdat;
        zoneref* z;

    retry:
        if (!cgroup_reclaim(sc))
            __count_zid_vm_events(ALLOCSTALL_DMA, sc->reclaim_idx, 1);

        do
        {
            if (!sc->proactive)
                vmpressure_prio(sc->gfp_mask, sc->target_mem_cgroup, sc->priority);
            sc->nr_scanned = 0;
            shrink_zones(zonelist, sc);

            if (sc->nr_reclaimed >= sc->nr_to_reclaim)
                break;

            if (sc->compaction_ready)
                break;

            if (sc->priority < DEF_PRIORITY - 2)
                sc->may_writepage = true;
        }
        while (--sc->priority >= 0);

        last_pgdat = null;
        z = first_zones_zonelist(zonelist, sc->reclaim_idx, sc->nodemask);
        for (; zonelist_zone(z) != null; z = next_zones_zonelist(z + 1, sc->reclaim_idx, sc->nodemask))
        {
            zone* zone = zonelist_zone(z);

            if (zone->zone_pgdat == last_pgdat)
                continue;
            last_pgdat = zone->zone_pgdat;

            snapshot_refaults(sc->target_mem_cgroup, zone->zone_pgdat);

            if (cgroup_reclaim(sc))
            {
                lruvec* lruvec = mem_cgroup_lruvec(sc->target_mem_cgroup, zone->zone_pgdat);
                clear_bit(LRUVEC_CGROUP_CONGESTED, &lruvec->flags);
            }
        }

        if (sc->nr_reclaimed != 0)
            return sc->nr_reclaimed;

        if (sc->compaction_ready)
            return 1;

        // Many partial walks at once may each have seen too few groups.
        if (!sc->memcg_full_walk)
        {
            sc->priority = (sbyte)initial_priority;
            sc->memcg_full_walk = true;
            goto retry;
        }

        // The active lists were spared on a guess about the whole node: force them.
        if (sc->skipped_deactivate)
        {
            sc->priority = (sbyte)initial_priority;
            sc->force_deactivate = true;
            sc->skipped_deactivate = false;
            goto retry;
        }

        // Memory protected by memory.low goes before anyone is killed.
        if (sc->memcg_low_skipped)
        {
            sc->priority = (sbyte)initial_priority;
            sc->force_deactivate = false;
            sc->memcg_low_reclaim = true;
            sc->memcg_low_skipped = false;
            goto retry;
        }

        return 0;
    }

    [KernelSource("mm/vmscan.c", "allow_direct_reclaim", Parity.Full)]
    private static bool allow_direct_reclaim(pglist_data* pgdat)
    {
        ulong pfmemalloc_reserve = 0;
        ulong free_pages = 0;

        if (atomic_read(&pgdat->kswapd_failures) >= MAX_RECLAIM_RETRIES)
            return true;

        zone* zone = pgdat->node_zones;
        for (int i = 0; i <= ZONE_NORMAL; i++, zone++)
        {
            if (!managed_zone(zone))
                continue;
            if (zone_reclaimable_pages(zone) == 0 && zone_page_state_snapshot(zone, NR_FREE_PAGES) != 0)
                continue;

            pfmemalloc_reserve += min_wmark_pages(zone);
            free_pages += zone_page_state_snapshot(zone, NR_FREE_PAGES);
        }

        if (pfmemalloc_reserve == 0)
            return true;

        bool wmark_ok = free_pages > pfmemalloc_reserve / 2;

        // Those who wait here wait for kswapd: it must be awake.
        if (!wmark_ok && waitqueue_active(&pgdat->kswapd_wait))
        {
            if (READ_ONCE(&pgdat->kswapd_highest_zoneidx) > ZONE_NORMAL)
                WRITE_ONCE(&pgdat->kswapd_highest_zoneidx, ZONE_NORMAL);

            wake_up_interruptible(&pgdat->kswapd_wait);
        }

        return wmark_ok;
    }

    private static bool allow_direct_reclaim_cond(void* pgdat) => allow_direct_reclaim((pglist_data*)pgdat);

    /// <summary>Waits while the reserves are low; true when a fatal signal came meanwhile.</summary>
    [KernelSource("mm/vmscan.c", "throttle_direct_reclaim", Parity.Full)]
    private static bool throttle_direct_reclaim(gfp_t gfp_mask, zonelist* zonelist, nodemask_t* nodemask)
    {
        pglist_data* pgdat = null;

        // Kernel threads may be what makes the progress; the dying free their memory sooner untroubled.
        if ((current->flags & PF_KTHREAD) != 0)
            goto out_;

        if (fatal_signal_pending(current))
            goto out_;

        zoneref* z = first_zones_zonelist(zonelist, gfp_zone(gfp_mask), nodemask);
        for (; zonelist_zone(z) != null; z = next_zones_zonelist(z + 1, gfp_zone(gfp_mask), nodemask))
        {
            zone* zone = zonelist_zone(z);

            if (zone_idx(zone) > ZONE_NORMAL)
                continue;

            pgdat = zone->zone_pgdat;
            if (allow_direct_reclaim(pgdat))
                goto out_;
            break;
        }

        if (pgdat == null)
            goto out_;

        count_vm_event(PGSCAN_DIRECT_THROTTLE);

        // Without __GFP_FS the caller may hold what kswapd waits for: a second at most.
        if ((gfp_mask & __GFP_FS) == 0)
            wait_event_interruptible_timeout(&pgdat->pfmemalloc_wait, &allow_direct_reclaim_cond, pgdat, HZ);
        else
            wait_event_killable(&pgdat->pfmemalloc_wait, &allow_direct_reclaim_cond, pgdat);

        if (fatal_signal_pending(current))
            return true;

    out_:
        return false;
    }

    /// <summary>Direct reclaim for the page allocator; returns pages, 1 when the caller should die instead of OOM.</summary>
    [KernelSource("mm/vmscan.c", "try_to_free_pages", Parity.Full)]
    public static ulong try_to_free_pages(zonelist* zonelist, int order, gfp_t gfp_mask, nodemask_t* nodemask)
    {
        scan_control sc = new()
        {
            nr_to_reclaim = SWAP_CLUSTER_MAX,
            gfp_mask = current_gfp_context(gfp_mask),
            reclaim_idx = (sbyte)gfp_zone(gfp_mask),
            order = (sbyte)order,
            nodemask = nodemask,
            priority = DEF_PRIORITY,
            may_writepage = laptop_mode == 0,
            may_unmap = true,
            may_swap = true,
        };

        if (throttle_direct_reclaim(sc.gfp_mask, zonelist, nodemask))
            return 1;

        set_task_reclaim_state(current, &sc.reclaim_state);

        ulong nr_reclaimed = do_try_to_free_pages(zonelist, &sc);

        set_task_reclaim_state(current, null);

        return nr_reclaimed;
    }

    /// <summary>Reclaims from a group and its descendants; both the goal and the result are in pages.</summary>
    [KernelSource("mm/vmscan.c", "try_to_free_mem_cgroup_pages", Parity.Full)]
    public static ulong try_to_free_mem_cgroup_pages(mem_cgroup* memcg, ulong nr_pages, gfp_t gfp_mask,
        uint reclaim_options, int* swappiness)
    {
        scan_control sc = new()
        {
            nr_to_reclaim = max(nr_pages, SWAP_CLUSTER_MAX),
            proactive_swappiness = swappiness,
            gfp_mask = (current_gfp_context(gfp_mask) & GFP_RECLAIM_MASK) |
                (GFP_HIGHUSER_MOVABLE & ~GFP_RECLAIM_MASK),
            reclaim_idx = MAX_NR_ZONES - 1,
            target_mem_cgroup = memcg,
            priority = DEF_PRIORITY,
            may_writepage = laptop_mode == 0,
            may_unmap = true,
            may_swap = (reclaim_options & MEMCG_RECLAIM_MAY_SWAP) != 0,
            proactive = (reclaim_options & MEMCG_RECLAIM_PROACTIVE) != 0,
        };
        zonelist* zonelist = node_zonelist(numa_node_id(), sc.gfp_mask);

        set_task_reclaim_state(current, &sc.reclaim_state);
        uint noreclaim_flag = memalloc_noreclaim_save();

        ulong nr_reclaimed = do_try_to_free_pages(zonelist, &sc);

        memalloc_noreclaim_restore(noreclaim_flag);
        trace_mm_vmscan_memcg_reclaim_end(memcg, nr_pages, nr_reclaimed);
        set_task_reclaim_state(current, null);

        return nr_reclaimed;
    }
}
