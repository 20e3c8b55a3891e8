// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, fourth part: how much of which list to scan.
using KMemcg.Annotations;

namespace Linux;

public static unsafe partial class mm_vmscan_c
{
    // The larger the lists, the smaller the part that the inactive one needs.
    [KernelSource("mm/vmscan.c", "inactive_is_low", Parity.Full)]
    private static bool inactive_is_low(lruvec* lruvec, int inactive_lru)
    {
        int active_lru = inactive_lru + LRU_ACTIVE;
        ulong inactive_ratio;

        ulong inactive = lruvec_page_state(lruvec, NR_LRU_BASE + inactive_lru);
        ulong active = lruvec_page_state(lruvec, NR_LRU_BASE + active_lru);

        ulong gb = (inactive + active) >> (30 - PAGE_SHIFT);
        if (gb != 0)
            inactive_ratio = int_sqrt(10 * gb);
        else
            inactive_ratio = 1;

        return inactive * inactive_ratio < active;
    }

    private enum scan_balance
    {
        SCAN_EQUAL,
        SCAN_FRACT,
        SCAN_ANON,
        SCAN_FILE,
    }

    [KernelSource("mm/vmscan.c", "prepare_scan_control", Parity.Full)]
    [Excludes("lruvec.lru_lock")]
    private static void prepare_scan_control(pglist_data* pgdat, scan_control* sc)
    {
        lruvec* target_lruvec = mem_cgroup_lruvec(sc->target_mem_cgroup, pgdat);

        mem_cgroup_flush_stats_ratelimited(sc->target_mem_cgroup);

        spin_lock_irq(&target_lruvec->lru_lock);
        sc->anon_cost = target_lruvec->anon_cost;
        sc->file_cost = target_lruvec->file_cost;
        spin_unlock_irq(&target_lruvec->lru_lock);

        if (!sc->force_deactivate)
        {
            // Refaults tell of a new working set: let stale active pages go quickly.
            ulong refaults = lruvec_page_state(target_lruvec, WORKINGSET_ACTIVATE_ANON);
            if (refaults != target_lruvec->refaults[WORKINGSET_ANON] ||
                inactive_is_low(target_lruvec, LRU_INACTIVE_ANON))
                sc->may_deactivate |= DEACTIVATE_ANON;
            else
                sc->may_deactivate &= ~DEACTIVATE_ANON;

            refaults = lruvec_page_state(target_lruvec, WORKINGSET_ACTIVATE_FILE);
            if (refaults != target_lruvec->refaults[WORKINGSET_FILE] ||
                inactive_is_low(target_lruvec, LRU_INACTIVE_FILE))
                sc->may_deactivate |= DEACTIVATE_FILE;
            else
                sc->may_deactivate &= ~DEACTIVATE_FILE;
        }
        else
        {
            sc->may_deactivate = DEACTIVATE_ANON | DEACTIVATE_FILE;
        }

        // Plenty of inactive cache that does not thrash goes before any anonymous page.
        ulong file = lruvec_page_state(target_lruvec, NR_INACTIVE_FILE);
        sc->cache_trim_mode = (file >> sc->priority) != 0 && (sc->may_deactivate & DEACTIVATE_FILE) == 0 &&
            !sc->no_cache_trim_mode;

        // A tiny file list under constant faults attracts ever more scanning: leave it alone and
        // take anonymous memory instead.
        if (!cgroup_reclaim(sc))
        {
            ulong total_high_wmark = 0;

            ulong free = sum_zone_node_page_state(pgdat->node_id, NR_FREE_PAGES);
            file = node_page_state(pgdat, NR_ACTIVE_FILE) +
                node_page_state(pgdat, NR_INACTIVE_FILE);

            zone* zone = pgdat->node_zones;
            for (int z = 0; z <= MAX_NR_ZONES - 1; z++, zone++)
            {
                if (!managed_zone(zone))
                    continue;
                total_high_wmark += high_wmark_pages(zone);
            }

            ulong anon = node_page_state(pgdat, NR_INACTIVE_ANON);

            sc->file_is_tiny =
                file + free <= total_high_wmark &&
                (sc->may_deactivate & DEACTIVATE_ANON) == 0 &&
                (anon >> sc->priority) != 0;
        }
    }

    // Pressure is inverse to the cost of reclaiming each list; each gets a third at least, before swappiness.
    [KernelSource("mm/vmscan.c", "calculate_pressure_balance", Parity.Full)]
    private static void calculate_pressure_balance(scan_control* sc, int swappiness, ulong* fraction, ulong* denominator)
    {
        ulong total_cost = sc->anon_cost + sc->file_cost;
        ulong anon_cost = total_cost + sc->anon_cost;
        ulong file_cost = total_cost + sc->file_cost;
        total_cost = anon_cost + file_cost;

        ulong ap = (ulong)swappiness * (total_cost + 1);
        ap /= anon_cost + 1;

        ulong fp = (ulong)(MAX_SWAPPINESS - swappiness) * (total_cost + 1);
        fp /= file_cost + 1;

        fraction[WORKINGSET_ANON] = ap;
        fraction[WORKINGSET_FILE] = fp;
        *denominator = ap + fp;
    }

    // Within its protection a group is scanned less in proportion, not all or nothing.
    [KernelSource("mm/vmscan.c", "apply_proportional_protection", Parity.Full)]
    private static ulong apply_proportional_protection(mem_cgroup* memcg, scan_control* sc, ulong scan)
    {
        ulong min, low;

        mem_cgroup_protection(sc->target_mem_cgroup, memcg, &min, &low);

        if (min != 0 || low != 0)
        {
            ulong cgroup_size = mem_cgroup_size(memcg);
            ulong protection;

            if (!sc->memcg_low_reclaim && low > min)
            {
                protection = low;
                sc->memcg_low_skipped = true;
            }
            else
            {
                protection = min;
            }

            // The size may have shrunk since the protection was computed.
            cgroup_size = max(cgroup_size, protection);

            scan -= scan * protection / (cgroup_size + 1);

            // Enough to move forward without lowering the priority needlessly.
            scan = max(scan, SWAP_CLUSTER_MAX);
        }

        return scan;
    }

    [KernelSource("mm/vmscan.c", "get_scan_count", Parity.Full)]
    private static void get_scan_count(lruvec* lruvec, scan_control* sc, ulong* nr)
    {
        pglist_data* pgdat = lruvec_pgdat(lruvec);
        mem_cgroup* memcg = lruvec_memcg(lruvec);
        int swappiness = sc_swappiness(sc, memcg);
        ulong* fraction = stackalloc ulong[ANON_AND_FILE];
        ulong denominator = 0;
        scan_balance balance;

        if (!sc->may_swap || !can_reclaim_anon_pages(memcg, pgdat->node_id, sc))
        {
            balance = scan_balance.SCAN_FILE;
            goto out_;
        }

        // Swappiness zero forbids a group's swapping; the whole machine still swaps to escape OOM.
        if (cgroup_reclaim(sc) && swappiness == 0)
        {
            balance = scan_balance.SCAN_FILE;
            goto out_;
        }

        if (swappiness == SWAPPINESS_ANON_ONLY)
        {
            WARN_ON_ONCE(!sc->proactive);
            balance = scan_balance.SCAN_ANON;
            goto out_;
        }

        // Close to OOM nothing is balanced.
        if (sc->priority == 0 && swappiness != 0)
        {
            balance = scan_balance.SCAN_EQUAL;
            goto out_;
        }

        if (sc->file_is_tiny)
        {
            balance = scan_balance.SCAN_ANON;
            goto out_;
        }

        // Enough inactive cache: a streaming reader must not cause swapping.
        if (sc->cache_trim_mode)
        {
            balance = scan_balance.SCAN_FILE;
            goto out_;
        }

        balance = scan_balance.SCAN_FRACT;
        calculate_pressure_balance(sc, swappiness, fraction, &denominator);

    out_:
        for (int lru = 0; lru <= LRU_ACTIVE_FILE; lru++)
        {
            bool file = is_file_lru(lru);

            ulong lruvec_size = lruvec_lru_size(lruvec, lru, sc->reclaim_idx);
            ulong scan = apply_proportional_protection(memcg, sc, lruvec_size);
            scan >>= sc->priority;

            // A removed group's last pages are scraped out.
            if (scan == 0 && !mem_cgroup_online(memcg))
                scan = min(lruvec_size, SWAP_CLUSTER_MAX);

            switch (balance)
            {
                case scan_balance.SCAN_EQUAL:
                    break;
                case scan_balance.SCAN_FRACT:
                    // Rounded up for removed groups, so that their last page is not missed.
                    scan = mem_cgroup_online(memcg)
                        ? div64_u64(scan * fraction[file ? 1 : 0], denominator)
                        : DIV64_U64_ROUND_UP(scan * fraction[file ? 1 : 0], denominator);
                    break;
                case scan_balance.SCAN_FILE:
                case scan_balance.SCAN_ANON:
                    if ((balance == scan_balance.SCAN_FILE) != file)
                        scan = 0;
                    break;
                default:
                    BUG();
                    break;
            }

            nr[lru] = scan;
        }
    }

    [KernelSource("mm/vmscan.c", "can_age_anon_pages", Parity.Full)]
    private static bool can_age_anon_pages(lruvec* lruvec, scan_control* sc)
    {
        if (total_swap_pages > 0)
            return true;

        return can_demote(lruvec_pgdat(lruvec)->node_id, sc, lruvec_memcg(lruvec));
    }
}
