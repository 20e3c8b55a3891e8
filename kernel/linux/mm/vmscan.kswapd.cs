// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, sixth part: kswapd, proactive reclaim, the way back from the unevictable list.
using KMemcg.Annotations;

namespace Linux;

public static unsafe partial class mm_vmscan_c
{
    [KernelSource("mm/vmscan.c", "kswapd_age_node", Parity.Full)]
    private static void kswapd_age_node(pglist_data* pgdat, scan_control* sc)
    {
        lruvec* lruvec = mem_cgroup_lruvec(null, pgdat);
        if (!can_age_anon_pages(lruvec, sc))
            return;

        if (!inactive_is_low(lruvec, LRU_INACTIVE_ANON))
            return;

        mem_cgroup* memcg = mem_cgroup_iter(null, null, null);
        do
        {
            lruvec = mem_cgroup_lruvec(memcg, pgdat);
            shrink_active_list(SWAP_CLUSTER_MAX, lruvec, sc, LRU_ACTIVE_ANON);
            memcg = mem_cgroup_iter(null, memcg, null);
        }
        while (memcg != null);
    }

    // From the top: the higher zones are the likelier to be boosted.
    [KernelSource("mm/vmscan.c", "pgdat_watermark_boosted", Parity.Full)]
    private static bool pgdat_watermark_boosted(pglist_data* pgdat, int highest_zoneidx)
    {
        for (int i = highest_zoneidx; i >= 0; i--)
        {
            zone* zone = pgdat->node_zones + i;
            if (!managed_zone(zone))
                continue;

            if (zone->watermark_boost != 0)
                return true;
        }

        return false;
    }

    [KernelSource("mm/vmscan.c", "pgdat_balanced", Parity.Reduced, "no memory tiering, so the high mark only; defrag_mode is off, so NR_FREE_PAGES only")]
    private static bool pgdat_balanced(pglist_data* pgdat, int order, int highest_zoneidx)
    {
        ulong mark = ulong.MaxValue;

        zone* zone = pgdat->node_zones;
        for (int i = 0; i <= highest_zoneidx; i++, zone++)
        {
            if (!managed_zone(zone))
                continue;

            mark = high_wmark_pages(zone);

            // Near the marks the per-CPU counts matter: take the exact sum.
            ulong free_pages = zone_page_state(zone, NR_FREE_PAGES);
            if (zone->percpu_drift_mark != 0 && free_pages < zone->percpu_drift_mark)
                free_pages = zone_page_state_snapshot(zone, NR_FREE_PAGES);

            if (__zone_watermark_ok(zone, (uint)order, mark, highest_zoneidx, 0, (long)free_pages))
                return true;
        }

        // No managed zone in range: nothing to balance.
        return mark == ulong.MaxValue;
    }

    [KernelSource("mm/vmscan.c", "clear_pgdat_congested", Parity.Full)]
    private static void clear_pgdat_congested(pglist_data* pgdat)
    {
        lruvec* lruvec = mem_cgroup_lruvec(null, pgdat);

        clear_bit(LRUVEC_NODE_CONGESTED, &lruvec->flags);
        clear_bit(LRUVEC_CGROUP_CONGESTED, &lruvec->flags);
        clear_bit(PGDAT_DIRTY, &pgdat->flags);
        clear_bit(PGDAT_WRITEBACK, &pgdat->flags);
    }

    // The caller is on kswapd_wait already, so no wakeup is lost.
    [KernelSource("mm/vmscan.c", "prepare_kswapd_sleep", Parity.Full)]
    private static bool prepare_kswapd_sleep(pglist_data* pgdat, int order, int highest_zoneidx)
    {
        // Nobody may stay throttled while kswapd sleeps.
        if (waitqueue_active(&pgdat->pfmemalloc_wait))
            wake_up_all(&pgdat->pfmemalloc_wait);

        if (atomic_read(&pgdat->kswapd_failures) >= MAX_RECLAIM_RETRIES)
            return true;

        if (pgdat_balanced(pgdat, order, highest_zoneidx))
        {
            clear_pgdat_congested(pgdat);
            return true;
        }

        return false;
    }

    [KernelSource("mm/vmscan.c", "kswapd_shrink_node", Parity.Full)]
    private static bool kswapd_shrink_node(pglist_data* pgdat, scan_control* sc)
    {
        ulong nr_reclaimed = sc->nr_reclaimed;

        sc->nr_to_reclaim = 0;
        zone* zone = pgdat->node_zones;
        for (int z = 0; z <= sc->reclaim_idx; z++, zone++)
        {
            if (!managed_zone(zone))
                continue;
            sc->nr_to_reclaim += max(high_wmark_pages(zone), SWAP_CLUSTER_MAX);
        }

        shrink_node(pgdat, sc);

        // Twice the order reclaimed and still fragmented: go on at order 0.
        if (sc->order != 0 && sc->nr_reclaimed >= compact_gap((uint)sc->order))
            sc->order = 0;

        return max(sc->nr_scanned, sc->nr_reclaimed - nr_reclaimed) >= sc->nr_to_reclaim;
    }

    [KernelSource("mm/vmscan.c", "update_reclaim_active", Parity.Full)]
    private static void update_reclaim_active(pglist_data* pgdat, int highest_zoneidx, bool active)
    {
        zone* zone = pgdat->node_zones;
        for (int i = 0; i <= highest_zoneidx; i++, zone++)
        {
            if (!managed_zone(zone))
                continue;
            if (active)
                set_bit(ZONE_RECLAIM_ACTIVE, &zone->flags);
            else
                clear_bit(ZONE_RECLAIM_ACTIVE, &zone->flags);
        }
    }

    [KernelSource("mm/vmscan.c", "set_reclaim_active", Parity.Full)]
    private static void set_reclaim_active(pglist_data* pgdat, int highest_zoneidx) =>
        update_reclaim_active(pgdat, highest_zoneidx, true);

    [KernelSource("mm/vmscan.c", "clear_reclaim_active", Parity.Full)]
    private static void clear_reclaim_active(pglist_data* pgdat, int highest_zoneidx) =>
        update_reclaim_active(pgdat, highest_zoneidx, false);

    /// <summary>Reclaims until a zone in range is above its high mark; returns the order it stopped at.</summary>
    [KernelSource("mm/vmscan.c", "balance_pgdat", Parity.Reduced, "no freezer: kthread_should_stop() stands for kthread_freezable_should_stop()")]
    [Excludes("zone.lock")]
    private static int balance_pgdat(pglist_data* pgdat, int order, int highest_zoneidx)
    {
        int i;
        ulong pflags;
        ulong* zone_boosts = stackalloc ulong[MAX_NR_ZONES];
        zone* zone;
        scan_control sc = new()
        {
            gfp_mask = GFP_KERNEL,
            order = (sbyte)order,
            may_unmap = true,
        };

        set_task_reclaim_state(current, &sc.reclaim_state);
        psi_memstall_enter(&pflags);
        __fs_reclaim_acquire();

        count_vm_event(PAGEOUTRUN);

        // The boost stays in place while kswapd works, so that allocations near the mark stall.
        ulong nr_boost_reclaim = 0;
        zone = pgdat->node_zones;
        for (i = 0; i <= highest_zoneidx; i++, zone++)
        {
            if (!managed_zone(zone))
                continue;
            nr_boost_reclaim += zone->watermark_boost;
            zone_boosts[i] = zone->watermark_boost;
        }

        bool boosted = nr_boost_reclaim != 0;

    restart:
        set_reclaim_active(pgdat, highest_zoneidx);
        sc.priority = DEF_PRIORITY;
        do
        {
            ulong nr_reclaimed = sc.nr_reclaimed;
            bool raise_priority = true;

            sc.reclaim_idx = (sbyte)highest_zoneidx;

            // Too many buffer heads: strip them wherever they are.
            if (buffer_heads_over_limit)
            {
                for (i = MAX_NR_ZONES - 1; i >= 0; i--)
                {
                    zone = pgdat->node_zones + i;
                    if (!managed_zone(zone))
                        continue;

                    sc.reclaim_idx = (sbyte)i;
                    break;
                }
            }

            // Below the marks proper, boosting is forgotten for this run.
            bool balanced = pgdat_balanced(pgdat, sc.order, highest_zoneidx);
            if (!balanced && nr_boost_reclaim != 0)
            {
                nr_boost_reclaim = 0;
                goto restart;
            }

            if (nr_boost_reclaim == 0 && balanced)
                goto out_;

            if (nr_boost_reclaim != 0 && sc.priority == DEF_PRIORITY - 2)
                raise_priority = false;

            // Boosted reclaim neither writes nor swaps.
            sc.may_writepage = laptop_mode == 0 && nr_boost_reclaim == 0;
            sc.may_swap = nr_boost_reclaim == 0;

            kswapd_age_node(pgdat, &sc);

            if (sc.priority < DEF_PRIORITY - 2)
                sc.may_writepage = true;

            sc.nr_scanned = 0;

            if (kswapd_shrink_node(pgdat, &sc))
                raise_priority = false;

            if (waitqueue_active(&pgdat->pfmemalloc_wait) &&
                allow_direct_reclaim(pgdat))
                wake_up_all(&pgdat->pfmemalloc_wait);

            __fs_reclaim_release();
            bool ret = kthread_should_stop();
            __fs_reclaim_acquire();
            if (ret)
                break;

            nr_reclaimed = sc.nr_reclaimed - nr_reclaimed;
            nr_boost_reclaim -= min(nr_boost_reclaim, nr_reclaimed);

            // No I/O for a boost, so without progress it would never end.
            if (nr_boost_reclaim != 0 && nr_reclaimed == 0)
                break;

            if (raise_priority || nr_reclaimed == 0)
                sc.priority--;
        }
        while (sc.priority >= 1);

        // Only when all priorities are used up and trimming the cache did not help.
        if (sc.nr_reclaimed == 0 && sc.priority < 1 &&
            !sc.no_cache_trim_mode && sc.cache_trim_mode_failed)
        {
            sc.no_cache_trim_mode = true;
            goto restart;
        }

        if (sc.nr_reclaimed == 0)
            atomic_inc(&pgdat->kswapd_failures);

    out_:
        clear_reclaim_active(pgdat, highest_zoneidx);

        if (boosted)
        {
            for (i = 0; i <= highest_zoneidx; i++)
            {
                if (zone_boosts[i] == 0)
                    continue;

                zone = pgdat->node_zones + i;
                spin_lock_irqsave(&zone->@lock, out IrqFlags flags);
                zone->watermark_boost -= min(zone->watermark_boost, zone_boosts[i]);
                spin_unlock_irqrestore(&zone->@lock, flags);
            }
        }

        snapshot_refaults(null, pgdat);
        __fs_reclaim_release();
        psi_memstall_leave(&pflags);
        set_task_reclaim_state(current, null);

        return sc.order;
    }

    [KernelSource("mm/vmscan.c", "kswapd_highest_zoneidx", Parity.Full)]
    private static int kswapd_highest_zoneidx(pglist_data* pgdat, int prev_highest_zoneidx)
    {
        int curr_idx = READ_ONCE(&pgdat->kswapd_highest_zoneidx);

        return curr_idx == MAX_NR_ZONES ? prev_highest_zoneidx : curr_idx;
    }

    [KernelSource("mm/vmscan.c", "kswapd_try_to_sleep", Parity.Reduced, "no freezer")]
    private static void kswapd_try_to_sleep(pglist_data* pgdat, int alloc_order, int reclaim_order, int highest_zoneidx)
    {
        long remaining = 0;
        wait_queue_entry wait;
        init_wait(&wait);

        if (kthread_should_stop())
            return;

        prepare_to_wait(&pgdat->kswapd_wait, &wait, TASK_INTERRUPTIBLE);

        // First a short nap, to see whether the balance holds.
        if (prepare_kswapd_sleep(pgdat, reclaim_order, highest_zoneidx))
        {
            remaining = schedule_timeout(HZ / 10);

            // Woken early: keep the higher of the new and the old request.
            if (remaining != 0)
            {
                WRITE_ONCE(&pgdat->kswapd_highest_zoneidx, kswapd_highest_zoneidx(pgdat, highest_zoneidx));

                if (READ_ONCE(&pgdat->kswapd_order) < reclaim_order)
                    WRITE_ONCE(&pgdat->kswapd_order, reclaim_order);
            }

            finish_wait(&pgdat->kswapd_wait, &wait);
            prepare_to_wait(&pgdat->kswapd_wait, &wait, TASK_INTERRUPTIBLE);
        }

        if (remaining == 0 &&
            prepare_kswapd_sleep(pgdat, reclaim_order, highest_zoneidx))
        {
            // Awake, kswapd wants exact counts near the marks; asleep, coarse ones are cheaper.
            set_pgdat_percpu_threshold(pgdat, &calculate_normal_threshold);

            if (!kthread_should_stop())
                schedule();

            set_pgdat_percpu_threshold(pgdat, &calculate_pressure_threshold);
        }
        else
        {
            if (remaining != 0)
                count_vm_event(KSWAPD_LOW_WMARK_HIT_QUICKLY);
            else
                count_vm_event(KSWAPD_HIGH_WMARK_HIT_QUICKLY);
        }

        finish_wait(&pgdat->kswapd_wait, &wait);
    }

    [KernelSource("mm/vmscan.c", "kswapd", Parity.Reduced, "no freezer")]
    private static int kswapd(void* p)
    {
        int highest_zoneidx = MAX_NR_ZONES - 1;
        pglist_data* pgdat = (pglist_data*)p;
        task_struct* tsk = current;

        // What frees memory may dip into the reserves when it needs a little itself.
        tsk->flags |= PF_MEMALLOC | PF_KSWAPD;

        WRITE_ONCE(&pgdat->kswapd_order, 0);
        WRITE_ONCE(&pgdat->kswapd_highest_zoneidx, MAX_NR_ZONES);
        atomic_set(&pgdat->nr_writeback_throttled, 0);
        for (; ; )
        {
            int reclaim_order;
            int alloc_order = reclaim_order = READ_ONCE(&pgdat->kswapd_order);
            highest_zoneidx = kswapd_highest_zoneidx(pgdat, highest_zoneidx);

        kswapd_try_sleep:
            kswapd_try_to_sleep(pgdat, alloc_order, reclaim_order, highest_zoneidx);

            alloc_order = READ_ONCE(&pgdat->kswapd_order);
            highest_zoneidx = kswapd_highest_zoneidx(pgdat, highest_zoneidx);
            WRITE_ONCE(&pgdat->kswapd_order, 0);
            WRITE_ONCE(&pgdat->kswapd_highest_zoneidx, MAX_NR_ZONES);

            if (kthread_should_stop())
                break;

            // A high order that cannot be had falls back to order 0 before kswapd sleeps.
            reclaim_order = balance_pgdat(pgdat, alloc_order, highest_zoneidx);
            if (reclaim_order < alloc_order)
                goto kswapd_try_sleep;
        }

        tsk->flags &= ~(PF_MEMALLOC | PF_KSWAPD);

        return 0;
    }

    [KernelSource("mm/vmscan.c", "wakeup_kswapd", Parity.Full)]
    public static void wakeup_kswapd(zone* zone, gfp_t gfp_flags, int order, int highest_zoneidx)
    {
        if (!managed_zone(zone))
            return;

        pglist_data* pgdat = zone->zone_pgdat;
        int curr_idx = READ_ONCE(&pgdat->kswapd_highest_zoneidx);

        if (curr_idx == MAX_NR_ZONES || curr_idx < highest_zoneidx)
            WRITE_ONCE(&pgdat->kswapd_highest_zoneidx, highest_zoneidx);

        if (READ_ONCE(&pgdat->kswapd_order) < order)
            WRITE_ONCE(&pgdat->kswapd_order, order);

        if (!waitqueue_active(&pgdat->kswapd_wait))
            return;

        // A hopeless node is left to direct reclaim.
        if (atomic_read(&pgdat->kswapd_failures) >= MAX_RECLAIM_RETRIES ||
            (pgdat_balanced(pgdat, order, highest_zoneidx) &&
             !pgdat_watermark_boosted(pgdat, highest_zoneidx)))
            return;

        wake_up_interruptible(&pgdat->kswapd_wait);
    }

    [KernelSource("mm/vmscan.c", "kswapd_run", Parity.Reduced, "no memory hotplug, so no kswapd_lock")]
    public static void kswapd_run(int nid)
    {
        pglist_data* pgdat = NODE_DATA(nid);

        if (pgdat->kswapd == null)
        {
            pgdat->kswapd = kthread_create_on_node(&kswapd, pgdat, nid, "kswapd0");
            if (IS_ERR(pgdat->kswapd))
            {
                pr_err($"Failed to start kswapd on node {nid}, ret={PTR_ERR(pgdat->kswapd)}");
                BUG_ON(true); // there is no machine without it
                pgdat->kswapd = null;
            }
            else
            {
                wake_up_process(pgdat->kswapd);
            }
        }
    }

    [KernelSource("mm/vmscan.c", "kswapd_init", Parity.Reduced, "sysctls are served by kernel/host/sysctl")]
    public static int kswapd_init()
    {
        swap_setup();
        kswapd_run(0);
        return 0;
    }

    private const int MEMORY_RECLAIM_SWAPPINESS = 0;
    private const int MEMORY_RECLAIM_SWAPPINESS_MAX = 1;
    private const int MEMORY_RECLAIM_NULL = 2;

    private static readonly match_table_t* tokens = data_array<match_table_t>(new match_table_t[]
    {
        new(MEMORY_RECLAIM_SWAPPINESS, rodata("swappiness=%d"u8)),
        new(MEMORY_RECLAIM_SWAPPINESS_MAX, rodata("swappiness=max"u8)),
        new(MEMORY_RECLAIM_NULL, null),
    });

    /// <summary>Serves a write of memory.reclaim: "BYTES [swappiness=N|swappiness=max]".</summary>
    /// <returns>0, -EINVAL, -EINTR, or -EAGAIN when less could be reclaimed than asked for.</returns>
    [KernelSource("mm/vmscan.c", "user_proactive_reclaim", Parity.Reduced, "reclaim of a node by its sysfs file needs NUMA: a memcg is required")]
    public static int user_proactive_reclaim(byte* buf, mem_cgroup* memcg, pglist_data* pgdat)
    {
        uint nr_retries = MAX_RECLAIM_RETRIES;
        ulong nr_reclaimed = 0;
        int swappiness = -1;
        byte* start;
        substring_t* args = stackalloc substring_t[MAX_OPT_ARGS];

        if (buf == null || memcg == null || pgdat != null)
            return -EINVAL;

        buf = strstrip(buf);

        byte* old_buf = buf;
        ulong nr_to_reclaim = memparse(buf, &buf) / PAGE_SIZE;
        if (buf == old_buf)
            return -EINVAL;

        buf = strstrip(buf);

        while ((start = strsep(&buf, " "u8)) != null)
        {
            if (strlen(start) == 0)
                continue;
            switch (match_token(start, tokens, args))
            {
                case MEMORY_RECLAIM_SWAPPINESS:
                    if (match_int(&args[0], &swappiness) != 0)
                        return -EINVAL;
                    if (swappiness < MIN_SWAPPINESS || swappiness > MAX_SWAPPINESS)
                        return -EINVAL;
                    break;
                case MEMORY_RECLAIM_SWAPPINESS_MAX:
                    swappiness = SWAPPINESS_ANON_ONLY;
                    break;
                default:
                    return -EINVAL;
            }
        }

        while (nr_reclaimed < nr_to_reclaim)
        {
            // Goes to zero, but reclaim never asks for less than a batch.
            ulong batch_size = (nr_to_reclaim - nr_reclaimed) / 4;

            if (signal_pending(current))
                return -EINTR;

            // The last try: what sits in per-CPU batches may be reclaimable too.
            if (nr_retries == 0)
                lru_add_drain_all();

            ulong reclaimed = try_to_free_mem_cgroup_pages(memcg, batch_size, GFP_KERNEL,
                MEMCG_RECLAIM_MAY_SWAP | MEMCG_RECLAIM_PROACTIVE,
                swappiness == -1 ? null : &swappiness);

            if (reclaimed == 0 && nr_retries-- == 0)
                return -EAGAIN;

            nr_reclaimed += reclaimed;
        }

        return 0;
    }

    [KernelSource("mm/vmscan.c", "check_move_unevictable_folios", Parity.Full)]
    [Excludes("lruvec.lru_lock")]
    public static void check_move_unevictable_folios(folio_batch* fbatch)
    {
        lruvec* lruvec = null;
        int pgscanned = 0;
        int pgrescued = 0;

        for (int i = 0; i < fbatch->nr; i++)
        {
            folio* folio = fbatch->folios[i];
            int nr_pages = (int)folio_nr_pages(folio);

            pgscanned += nr_pages;

            if (!folio_test_clear_lru(folio))
                continue;

            lruvec = folio_lruvec_relock_irq(folio, lruvec);
            if (folio_evictable(folio) && folio_test_unevictable(folio))
            {
                lruvec_del_folio(lruvec, folio);
                folio_clear_unevictable(folio);
                lruvec_add_folio(lruvec, folio);
                pgrescued += nr_pages;
            }

            folio_set_lru(folio);
        }

        if (lruvec != null)
        {
            __count_vm_events(UNEVICTABLE_PGRESCUED, pgrescued);
            __count_vm_events(UNEVICTABLE_PGSCANNED, pgscanned);
            unlock_page_lruvec_irq(lruvec);
        }
        else if (pgscanned != 0)
        {
            count_vm_events(UNEVICTABLE_PGSCANNED, pgscanned);
        }
    }
}
