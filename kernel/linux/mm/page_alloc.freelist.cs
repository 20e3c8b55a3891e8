// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_cpuset_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;

namespace Linux;

// Watermarks, and the walk over the zones that ends in a page.
public static unsafe partial class mm_page_alloc_c
{
    // Free pages that this allocation could not have.
    [KernelSource("mm/page_alloc.c", "__zone_watermark_unusable_free", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long __zone_watermark_unusable_free(zone* z, uint order, uint alloc_flags)
    {
        long unusable_free = (1L << (int)order) - 1;

        if ((alloc_flags & ALLOC_RESERVES) == 0)
            unusable_free += (long)READ_ONCE(&z->nr_free_highatomic);

        return unusable_free;
    }

    // Whether free_pages stay above the mark, and a block of this order is there at all.
    [KernelSource("mm/page_alloc.c", "__zone_watermark_ok", Parity.Full)]
    public static bool __zone_watermark_ok(zone* z, uint order, ulong mark, int highest_zoneidx, uint alloc_flags, long free_pages)
    {
        long min = (long)mark;

        free_pages -= __zone_watermark_unusable_free(z, order, alloc_flags);

        if ((alloc_flags & ALLOC_RESERVES) != 0)
        {
            // __GFP_HIGH gets at half of the reserve, at five eighths if it cannot wait either.
            if ((alloc_flags & ALLOC_MIN_RESERVE) != 0)
            {
                min -= min / 2;

                if ((alloc_flags & ALLOC_NON_BLOCK) != 0)
                    min -= min / 4;
            }

            // A victim of the OOM killer is about to free more than it takes.
            if ((alloc_flags & ALLOC_OOM) != 0)
                min -= min / 2;
        }

        if (free_pages <= min + z->lowmem_reserve[highest_zoneidx])
            return false;

        // One page is there, then.
        if (order == 0)
            return true;

        for (uint o = order; o < NR_PAGE_ORDERS; o++)
        {
            free_area* area = &z->free_area[o];

            if (area->nr_free == 0)
                continue;

            for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
            {
                if (!free_area_empty(area, mt))
                    return true;
            }

            if ((alloc_flags & (ALLOC_HIGHATOMIC | ALLOC_OOM)) != 0 && !free_area_empty(area, MIGRATE_HIGHATOMIC))
                return true;
        }
        return false;
    }

    [KernelSource("mm/page_alloc.c", "zone_watermark_ok", Parity.Full)]
    public static bool zone_watermark_ok(zone* z, uint order, ulong mark, int highest_zoneidx, uint alloc_flags) =>
        __zone_watermark_ok(z, order, mark, highest_zoneidx, alloc_flags, (long)zone_page_state(z, NR_FREE_PAGES));

    [KernelSource("mm/page_alloc.c", "zone_watermark_fast", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool zone_watermark_fast(zone* z, uint order, ulong mark, int highest_zoneidx, uint alloc_flags, gfp_t gfp_mask)
    {
        long free_pages = (long)zone_page_state(z, NR_FREE_PAGES);

        if (order == 0 && zone_watermark_far(z, mark, highest_zoneidx, alloc_flags, free_pages))
            return true;

        return zone_watermark_fast_tail(z, order, mark, highest_zoneidx, alloc_flags, free_pages);
    }

    // The beginning of zone_watermark_fast: single pages, far from the mark, which is nearly always.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool zone_watermark_far(zone* z, ulong mark, int highest_zoneidx, uint alloc_flags, long free_pages)
    {
        long usable_free = free_pages;
        long reserved = __zone_watermark_unusable_free(z, 0, alloc_flags);

        // The reserve may be counted before its pages are.
        usable_free -= min(usable_free, reserved);
        return (ulong)usable_free > mark + (ulong)z->lowmem_reserve[highest_zoneidx];
    }

    // The rest of zone_watermark_fast, out of line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool zone_watermark_fast_tail(zone* z, uint order, ulong mark, int highest_zoneidx, uint alloc_flags, long free_pages)
    {
        if (__zone_watermark_ok(z, order, mark, highest_zoneidx, alloc_flags, free_pages))
            return true;

        // The boost is there for kswapd; those in need do without.
        if (order == 0 && (alloc_flags & ALLOC_MIN_RESERVE) != 0 && z->watermark_boost != 0
            && (alloc_flags & ALLOC_WMARK_MASK) == WMARK_MIN)
        {
            mark = z->_watermark[WMARK_MIN];
            return __zone_watermark_ok(z, order, mark, highest_zoneidx, alloc_flags, free_pages);
        }

        return false;
    }

    [KernelSource("mm/page_alloc.c", "zone_allows_reclaim", Parity.Full)]
    private static bool zone_allows_reclaim(zone* local_zone, zone* zone) => true;

    // Rather use the zone below than mix types in ZONE_NORMAL, at the first try.
    [KernelSource("mm/page_alloc.c", "alloc_flags_nofragment", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint alloc_flags_nofragment(zone* zone, gfp_t gfp_mask)
    {
        // The two bits are the same.
        uint alloc_flags = gfp_mask & __GFP_KSWAPD_RECLAIM;

        if (defrag_mode != 0)
        {
            alloc_flags |= ALLOC_NOFRAGMENT;
            return alloc_flags;
        }

        if (zone == null)
            return alloc_flags;

        // zone_idx(zone) != ZONE_NORMAL, without its division.
        if (zone != zone->zone_pgdat->node_zones + ZONE_NORMAL)
            return alloc_flags;

        if (nr_online_nodes > 1 && !populated_zone(--zone))
            return alloc_flags;

        alloc_flags |= ALLOC_NOFRAGMENT;
        return alloc_flags;
    }

    [KernelSource("mm/page_alloc.c", "gfp_to_alloc_flags_cma", Parity.Full)]
    private static uint gfp_to_alloc_flags_cma(gfp_t gfp_mask, uint alloc_flags) => alloc_flags;

    // Zone by zone, from the best one down, until one above its watermark gives a page.
    [KernelSource("mm/page_alloc.c", "get_page_from_freelist", Parity.Full)]
    private static page* get_page_from_freelist(gfp_t gfp_mask, uint order, uint alloc_flags, alloc_context* ac) =>
        __get_page_from_freelist(gfp_mask, order, alloc_flags, ac);

    // Its body, which the first try has inline: one look for the CPU then does for the whole allocation.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static page* __get_page_from_freelist(gfp_t gfp_mask, uint order, uint alloc_flags, alloc_context* ac)
    {
        pglist_data* last_pgdat = null;
        bool last_pgdat_dirty_ok = false;
        bool skip_kswapd_nodes = nr_online_nodes > 1;
        bool skipped_kswapd_nodes = false;

    retry:
        bool no_fallback = (alloc_flags & ALLOC_NOFRAGMENT) != 0;
        for (zoneref* z = ac->preferred_zoneref; zonelist_zone(z) != null;
             z = next_zones_zonelist(++z, ac->highest_zoneidx, ac->nodemask))
        {
            zone* zone = zonelist_zone(z);
            page* page;
            ulong mark;

            if (cpusets_enabled() && (alloc_flags & ALLOC_CPUSET) != 0 && !__cpuset_zone_allowed(zone, gfp_mask))
                continue;

            // Pages that will be dirtied are spread over the nodes, so that none has more than its share of the
            // dirty limit; reclaim would then have to write from its LRU.
            if (ac->spread_dirty_pages)
            {
                if (last_pgdat != zone->zone_pgdat)
                {
                    last_pgdat = zone->zone_pgdat;
                    last_pgdat_dirty_ok = node_dirty_ok(zone->zone_pgdat);
                }

                if (!last_pgdat_dirty_ok)
                    continue;
            }

            if (no_fallback && defrag_mode == 0 && nr_online_nodes > 1 && zone != zonelist_zone(ac->preferred_zoneref))
            {
                // Another node is worse than mixing types on this one.
                int local_nid = zonelist_node_idx(ac->preferred_zoneref);
                if (zone_to_nid(zone) != local_nid)
                {
                    alloc_flags &= ~ALLOC_NOFRAGMENT;
                    goto retry;
                }
            }

            // With several nodes, first those whose kswapd sleeps.
            if (nr_online_nodes > 1 && skip_kswapd_nodes && !waitqueue_active(&zone->zone_pgdat->kswapd_wait))
            {
                skipped_kswapd_nodes = true;
                continue;
            }

            cond_accept_memory(zone, order, alloc_flags);

            // Once the zone has been seen below its high mark, the stocks stop growing until it is above again.
            if (test_bit(ZONE_BELOW_HIGH, &zone->flags))
                goto check_alloc_wmark;

            mark = high_wmark_pages(zone);
            if (zone_watermark_fast(zone, order, mark, ac->highest_zoneidx, alloc_flags, gfp_mask))
                goto try_this_zone;
            else
                set_bit(ZONE_BELOW_HIGH, &zone->flags);

        check_alloc_wmark:
            mark = wmark_pages(zone, (int)(alloc_flags & ALLOC_WMARK_MASK));
            if (!zone_watermark_fast(zone, order, mark, ac->highest_zoneidx, alloc_flags, gfp_mask))
            {
                if (cond_accept_memory(zone, order, alloc_flags))
                    goto try_this_zone;

                if (deferred_pages_enabled())
                {
                    if (_deferred_grow_zone(zone, order))
                        goto try_this_zone;
                }

                // Reclaim itself, and those it would help, may have anything.
                if ((alloc_flags & ALLOC_NO_WATERMARKS) != 0)
                    goto try_this_zone;

                if (!node_reclaim_enabled() || !zone_allows_reclaim(zonelist_zone(ac->preferred_zoneref), zone))
                    continue;

                int ret = node_reclaim(zone->zone_pgdat, gfp_mask, order);
                switch (ret)
                {
                    case NODE_RECLAIM_NOSCAN:
                        continue;
                    case NODE_RECLAIM_FULL:
                        continue;
                    default:
                        if (zone_watermark_ok(zone, order, mark, ac->highest_zoneidx, alloc_flags))
                            goto try_this_zone;

                        continue;
                }
            }

        try_this_zone:
            page = rmqueue(zonelist_zone(ac->preferred_zoneref), zone, order, gfp_mask, alloc_flags, ac->migratetype);
            if (page != null)
            {
                prep_new_page(page, order, gfp_mask, alloc_flags);

                // It came from what is kept for such cases: keep more.
                if ((alloc_flags & ALLOC_HIGHATOMIC) != 0)
                    reserve_highatomic_pageblock(page, order, zone);

                return page;
            }
            else
            {
                if (cond_accept_memory(zone, order, alloc_flags))
                    goto try_this_zone;

                if (deferred_pages_enabled())
                {
                    if (_deferred_grow_zone(zone, order))
                        goto try_this_zone;
                }
            }
        }

        if (nr_online_nodes > 1 && skip_kswapd_nodes && skipped_kswapd_nodes)
        {
            skip_kswapd_nodes = false;
            goto retry;
        }

        // Low memory is worse than mixed types.
        if (no_fallback && defrag_mode == 0)
        {
            alloc_flags &= ~ALLOC_NOFRAGMENT;
            goto retry;
        }

        return null;
    }
}
