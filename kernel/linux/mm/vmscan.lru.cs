// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, third part: taking folios off the LRU lists and putting them back.
using KMemcg.Annotations;

namespace Linux;

public static unsafe partial class mm_vmscan_c
{
    // Caller holds lru_lock.
    [KernelSource("mm/vmscan.c", "update_lru_sizes", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static void update_lru_sizes(lruvec* lruvec, int lru, ulong* nr_zone_taken)
    {
        for (int zid = 0; zid < MAX_NR_ZONES; zid++)
        {
            if (nr_zone_taken[zid] == 0)
                continue;

            update_lru_size(lruvec, lru, zid, -(long)nr_zone_taken[zid]);
        }
    }

    [KernelSource("mm/vmscan.c", "isolate_lru_folios", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static ulong isolate_lru_folios(ulong nr_to_scan, lruvec* lruvec, list_head* dst,
        ulong* nr_scanned, scan_control* sc, int lru)
    {
        list_head* src = lruvec->lists + lru;
        ulong nr_taken = 0;
        ulong* nr_zone_taken = stackalloc ulong[MAX_NR_ZONES];
        ulong* nr_skipped = stackalloc ulong[MAX_NR_ZONES];
        ulong total_scan = 0, scan = 0;
        ulong max_nr_skipped = 0;
        list_head folios_skipped;
        INIT_LIST_HEAD(&folios_skipped);

        while (scan < nr_to_scan && !list_empty(src))
        {
            list_head* move_to = src;
            folio* folio = lru_to_folio(src);

            ulong nr_pages = (ulong)folio_nr_pages(folio);
            total_scan += nr_pages;

            // The cap keeps a list full of ineligible folios from being walked for ever.
            if (max_nr_skipped < SWAP_CLUSTER_MAX_SKIPPED &&
                folio_zonenum(folio) > sc->reclaim_idx)
            {
                nr_skipped[folio_zonenum(folio)] += nr_pages;
                move_to = &folios_skipped;
                max_nr_skipped++;
                goto move;
            }

            // Skipped folios do not count, or a list of ineligible ones would look empty and lead to OOM.
            scan += nr_pages;

            if (!folio_test_lru(folio))
                goto move;
            if (!sc->may_unmap && folio_mapped(folio))
                goto move;

            // The reference first: who frees a folio relies on the LRU flag.
            if (!folio_try_get(folio))
                goto move;

            if (!folio_test_clear_lru(folio))
            {
                folio_put(folio);
                goto move;
            }

            nr_taken += nr_pages;
            nr_zone_taken[folio_zonenum(folio)] += nr_pages;
            move_to = dst;
        move:
            list_move(&folio->lru, move_to);
        }

        // To the head of the list: at the tail the next round would meet them at once again.
        if (!list_empty(&folios_skipped))
        {
            list_splice(&folios_skipped, src);
            for (int zid = 0; zid < MAX_NR_ZONES; zid++)
            {
                if (nr_skipped[zid] == 0)
                    continue;

                __count_zid_vm_events(PGSCAN_SKIP_DMA, zid, (long)nr_skipped[zid]);
            }
        }

        *nr_scanned = total_scan;
        update_lru_sizes(lruvec, lru, nr_zone_taken);
        return nr_taken;
    }

    // The caller holds a reference; on success the folio is off its list with one more.
    [KernelSource("mm/vmscan.c", "folio_isolate_lru", Parity.Full)]
    [RequiresIrqsOn, Excludes("lruvec.lru_lock")]
    public static bool folio_isolate_lru(folio* folio)
    {
        bool ret = false;

        VM_BUG_ON_FOLIO(folio_ref_count(folio) == 0, folio);

        if (folio_test_clear_lru(folio))
        {
            folio_get(folio);
            lruvec* lruvec = folio_lruvec_lock_irq(folio);
            lruvec_del_folio(lruvec, folio);
            unlock_page_lruvec_irq(lruvec);
            ret = true;
        }

        return ret;
    }

    [KernelSource("mm/vmscan.c", "too_many_isolated", Parity.Full)]
    private static bool too_many_isolated(pglist_data* pgdat, bool file, scan_control* sc)
    {
        ulong inactive, isolated;

        if (current_is_kswapd())
            return false;

        if (!writeback_throttling_sane(sc))
            return false;

        if (file)
        {
            inactive = node_page_state(pgdat, NR_INACTIVE_FILE);
            isolated = node_page_state(pgdat, NR_ISOLATED_FILE);
        }
        else
        {
            inactive = node_page_state(pgdat, NR_INACTIVE_ANON);
            isolated = node_page_state(pgdat, NR_ISOLATED_ANON);
        }

        // Those that may not do I/O may isolate more, or they and ordinary reclaimers would wait in a circle.
        if (gfp_has_io_fs(sc->gfp_mask))
            inactive >>= 3;

        bool too_many = isolated > inactive;

        if (!too_many)
            wake_throttle_isolated(pgdat);

        return too_many;
    }

    // Caller holds lru_lock; it is dropped for folios that need more than a list move.
    [KernelSource("mm/vmscan.c", "move_folios_to_lru", Parity.Full)]
    [MustHold("lruvec->lru_lock"), RequiresIrqsOff]
    private static uint move_folios_to_lru(lruvec* lruvec, list_head* list)
    {
        uint nr_moved = 0;
        folio_batch free_folios;

        folio_batch_init(&free_folios);
        while (!list_empty(list))
        {
            folio* folio = lru_to_folio(list);

            VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);
            list_del(&folio->lru);
            if (!folio_evictable(folio))
            {
                spin_unlock_irq(&lruvec->lru_lock);
                folio_putback_lru(folio);
                spin_lock_irq(&lruvec->lru_lock);
                continue;
            }

            // Set before the reference is dropped: a racing final put then takes lru_lock before it
            // touches the list.
            folio_set_lru(folio);

            if (folio_put_testzero(folio))
            {
                __folio_clear_lru_flags(folio);

                folio_unqueue_deferred_split(folio);
                if (folio_batch_add(&free_folios, folio) == 0)
                {
                    spin_unlock_irq(&lruvec->lru_lock);
                    mem_cgroup_uncharge_folios(&free_folios);
                    free_unref_folios(&free_folios);
                    spin_lock_irq(&lruvec->lru_lock);
                }

                continue;
            }

            VM_BUG_ON_FOLIO(!folio_matches_lruvec(folio, lruvec), folio);
            lruvec_add_folio(lruvec, folio);
            uint nr_pages = (uint)folio_nr_pages(folio);
            nr_moved += nr_pages;
            if (folio_test_active(folio))
                workingset_age_nonresident(lruvec, nr_pages);
        }

        if (free_folios.nr != 0)
        {
            spin_unlock_irq(&lruvec->lru_lock);
            mem_cgroup_uncharge_folios(&free_folios);
            free_unref_folios(&free_folios);
            spin_lock_irq(&lruvec->lru_lock);
        }

        return nr_moved;
    }

    // A task that writes back for others must not wait for its own work.
    [KernelSource("mm/vmscan.c", "current_may_throttle", Parity.Full)]
    private static bool current_may_throttle() => (current->flags & PF_LOCAL_THROTTLE) == 0;

    [KernelSource("mm/vmscan.c", "shrink_inactive_list", Parity.Full)]
    [Excludes("lruvec->lru_lock")]
    private static ulong shrink_inactive_list(ulong nr_to_scan, lruvec* lruvec, scan_control* sc, int lru)
    {
        list_head folio_list;
        ulong nr_scanned;
        reclaim_stat stat;
        bool file = is_file_lru(lru);
        int type = file ? 1 : 0;
        pglist_data* pgdat = lruvec_pgdat(lruvec);
        bool stalled = false;

        INIT_LIST_HEAD(&folio_list);
        while (too_many_isolated(pgdat, file, sc))
        {
            if (stalled)
                return 0;

            stalled = true;
            reclaim_throttle(pgdat, VMSCAN_THROTTLE_ISOLATED);

            // About to die and free its memory.
            if (fatal_signal_pending(current))
                return SWAP_CLUSTER_MAX;
        }

        lru_add_drain();

        spin_lock_irq(&lruvec->lru_lock);

        ulong nr_taken = isolate_lru_folios(nr_to_scan, lruvec, &folio_list, &nr_scanned, sc, lru);

        __mod_node_page_state(pgdat, NR_ISOLATED_ANON + type, (long)nr_taken);
        int item = PGSCAN_KSWAPD + reclaimer_offset(sc);
        if (!cgroup_reclaim(sc))
            __count_vm_events(item, (long)nr_scanned);
        count_memcg_events(lruvec_memcg(lruvec), item, nr_scanned);
        __count_vm_events(PGSCAN_ANON + type, (long)nr_scanned);

        spin_unlock_irq(&lruvec->lru_lock);

        if (nr_taken == 0)
            return 0;

        uint nr_reclaimed = shrink_folio_list(&folio_list, pgdat, sc, &stat, false, lruvec_memcg(lruvec));

        spin_lock_irq(&lruvec->lru_lock);
        move_folios_to_lru(lruvec, &folio_list);

        __mod_lruvec_state(lruvec, PGDEMOTE_KSWAPD + reclaimer_offset(sc), (int)stat.nr_demoted);
        __mod_node_page_state(pgdat, NR_ISOLATED_ANON + type, -(long)nr_taken);
        item = PGSTEAL_KSWAPD + reclaimer_offset(sc);
        if (!cgroup_reclaim(sc))
            __count_vm_events(item, nr_reclaimed);
        count_memcg_events(lruvec_memcg(lruvec), item, nr_reclaimed);
        __count_vm_events(PGSTEAL_ANON + type, nr_reclaimed);

        lru_note_cost_unlock_irq(lruvec, file, stat.nr_pageout, (uint)(nr_scanned - nr_reclaimed));

        // All taken folios dirty and not queued: the flushers are behind, so nudge them.
        if (stat.nr_unqueued_dirty == nr_taken)
        {
            wakeup_flusher_threads(WB_REASON_VMSCAN);
            if (!writeback_throttling_sane(sc))
                reclaim_throttle(pgdat, VMSCAN_THROTTLE_WRITEBACK);
        }

        sc->nr.dirty += stat.nr_dirty;
        sc->nr.congested += stat.nr_congested;
        sc->nr.unqueued_dirty += stat.nr_unqueued_dirty;
        sc->nr.writeback += stat.nr_writeback;
        sc->nr.immediate += stat.nr_immediate;
        sc->nr.taken += (uint)nr_taken;
        if (file)
            sc->nr.file_taken += (uint)nr_taken;

        return nr_reclaimed;
    }

    [KernelSource("mm/vmscan.c", "shrink_active_list", Parity.Full)]
    [Excludes("lruvec->lru_lock")]
    private static void shrink_active_list(ulong nr_to_scan, lruvec* lruvec, scan_control* sc, int lru)
    {
        ulong nr_scanned;
        vm_flags_t vm_flags;
        list_head l_hold, l_active, l_inactive;
        uint nr_rotated = 0;
        bool file = is_file_lru(lru);
        int type = file ? 1 : 0;
        pglist_data* pgdat = lruvec_pgdat(lruvec);

        INIT_LIST_HEAD(&l_hold);
        INIT_LIST_HEAD(&l_active);
        INIT_LIST_HEAD(&l_inactive);

        lru_add_drain();

        spin_lock_irq(&lruvec->lru_lock);

        ulong nr_taken = isolate_lru_folios(nr_to_scan, lruvec, &l_hold, &nr_scanned, sc, lru);

        __mod_node_page_state(pgdat, NR_ISOLATED_ANON + type, (long)nr_taken);

        if (!cgroup_reclaim(sc))
            __count_vm_events(PGREFILL, (long)nr_scanned);
        count_memcg_events(lruvec_memcg(lruvec), PGREFILL, nr_scanned);

        spin_unlock_irq(&lruvec->lru_lock);

        while (!list_empty(&l_hold))
        {
            cond_resched();
            folio* folio = lru_to_folio(&l_hold);
            list_del(&folio->lru);

            if (!folio_evictable(folio))
            {
                folio_putback_lru(folio);
                continue;
            }

            if (buffer_heads_over_limit)
            {
                if (folio_needs_release(folio) && folio_trylock(folio))
                {
                    filemap_release_folio(folio, 0);
                    folio_unlock(folio);
                }
            }

            if (folio_referenced(folio, false, sc->target_mem_cgroup, &vm_flags) != 0)
            {
                // Program text gets one more round; anonymous memory is not swept away by streaming I/O.
                if ((vm_flags & VM_EXEC) != 0 && folio_is_file_lru(folio))
                {
                    nr_rotated += (uint)folio_nr_pages(folio);
                    list_add(&folio->lru, &l_active);
                    continue;
                }
            }

            folio_clear_active(folio);
            folio_set_workingset(folio);
            list_add(&folio->lru, &l_inactive);
        }

        spin_lock_irq(&lruvec->lru_lock);

        move_folios_to_lru(lruvec, &l_active);
        uint nr_deactivate = move_folios_to_lru(lruvec, &l_inactive);

        __count_vm_events(PGDEACTIVATE, nr_deactivate);
        count_memcg_events(lruvec_memcg(lruvec), PGDEACTIVATE, nr_deactivate);

        __mod_node_page_state(pgdat, NR_ISOLATED_ANON + type, -(long)nr_taken);

        lru_note_cost_unlock_irq(lruvec, file, 0, nr_rotated);
    }

    [KernelSource("mm/vmscan.c", "reclaim_folio_list", Parity.Full)]
    private static uint reclaim_folio_list(list_head* folio_list, pglist_data* pgdat)
    {
        reclaim_stat stat;
        scan_control sc = new()
        {
            gfp_mask = GFP_KERNEL,
            may_writepage = true,
            may_unmap = true,
            may_swap = true,
            no_demotion = true,
        };

        uint nr_reclaimed = shrink_folio_list(folio_list, pgdat, &sc, &stat, true, null);
        while (!list_empty(folio_list))
        {
            folio* folio = lru_to_folio(folio_list);
            list_del(&folio->lru);
            folio_putback_lru(folio);
        }

        return nr_reclaimed;
    }

    [KernelSource("mm/vmscan.c", "reclaim_pages", Parity.Full)]
    public static ulong reclaim_pages(list_head* folio_list)
    {
        uint nr_reclaimed = 0;
        list_head node_folio_list;

        INIT_LIST_HEAD(&node_folio_list);
        if (list_empty(folio_list))
            return nr_reclaimed;

        uint noreclaim_flag = memalloc_noreclaim_save();

        int nid = folio_nid(lru_to_folio(folio_list));
        do
        {
            folio* folio = lru_to_folio(folio_list);

            if (nid == folio_nid(folio))
            {
                folio_clear_active(folio);
                list_move(&folio->lru, &node_folio_list);
                continue;
            }

            nr_reclaimed += reclaim_folio_list(&node_folio_list, NODE_DATA(nid));
            nid = folio_nid(lru_to_folio(folio_list));
        }
        while (!list_empty(folio_list));

        nr_reclaimed += reclaim_folio_list(&node_folio_list, NODE_DATA(nid));

        memalloc_noreclaim_restore(noreclaim_flag);

        return nr_reclaimed;
    }

    [KernelSource("mm/vmscan.c", "shrink_list", Parity.Full)]
    private static ulong shrink_list(int lru, ulong nr_to_scan, lruvec* lruvec, scan_control* sc)
    {
        if (is_active_lru(lru))
        {
            if ((sc->may_deactivate & (1u << (is_file_lru(lru) ? 1 : 0))) != 0)
                shrink_active_list(nr_to_scan, lruvec, sc, lru);
            else
                sc->skipped_deactivate = true;
            return 0;
        }

        return shrink_inactive_list(nr_to_scan, lruvec, sc, lru);
    }
}
