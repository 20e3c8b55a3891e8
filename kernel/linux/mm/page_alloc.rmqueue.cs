// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_kernel_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;

namespace Linux;

// Taking blocks off the buddy lists, of the wanted migratetype or, failing that, of another.
public static unsafe partial class mm_page_alloc_c
{
    // The smallest block that is large enough, first of its list.
    [KernelSource("mm/page_alloc.c", "__rmqueue_smallest", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("zone->lock")]
    private static page* __rmqueue_smallest(zone* zone, uint order, int migratetype)
    {
        for (uint current_order = order; current_order < NR_PAGE_ORDERS; ++current_order)
        {
            free_area* area = &zone->free_area[current_order];
            page* page = get_page_from_free_area(area, migratetype);
            if (page == null)
                continue;

            page_del_and_expand(zone, page, order, current_order, migratetype);
            return page;
        }

        return null;
    }

    // Where to look next when a type has nothing left, in order.
    [KernelSource("mm/page_alloc.c", "fallbacks", Parity.Full)]
    private static int fallbacks(int migratetype, int i) => migratetype switch
    {
        MIGRATE_UNMOVABLE => i == 0 ? MIGRATE_RECLAIMABLE : MIGRATE_MOVABLE,
        MIGRATE_MOVABLE => i == 0 ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE,
        _ => i == 0 ? MIGRATE_UNMOVABLE : MIGRATE_MOVABLE,
    };

    [KernelSource("mm/page_alloc.c", "__rmqueue_cma_fallback", Parity.Full)]
    private static page* __rmqueue_cma_fallback(zone* zone, uint order) => null;

    // Changes the type of a pageblock's free pages. Returns how many pages moved.
    [KernelSource("mm/page_alloc.c", "__move_freepages_block", Parity.Full)]
    [MustHold("zone->lock")]
    private static int __move_freepages_block(zone* zone, ulong start_pfn, int old_mt, int new_mt)
    {
        int pages_moved = 0;

        VM_WARN_ON((start_pfn & (pageblock_nr_pages - 1)) != 0);
        ulong end_pfn = pageblock_end_pfn(start_pfn);

        for (ulong pfn = start_pfn; pfn < end_pfn;)
        {
            page* page = pfn_to_page(pfn);
            if (!PageBuddy(page))
            {
                pfn++;
                continue;
            }

            VM_BUG_ON_PAGE(page_to_nid(page) != zone_to_nid(zone), page);
            VM_BUG_ON_PAGE(page_zone(page) != zone, page);

            uint order = buddy_order(page);

            move_to_free_list(page, zone, order, old_mt, new_mt);

            pfn += 1UL << (int)order;
            pages_moved += 1 << (int)order;
        }

        return pages_moved;
    }

    // Finds the block's start, and counts what is free in it and what could be moved out of it.
    [KernelSource("mm/page_alloc.c", "prep_move_freepages_block", Parity.Full)]
    private static bool prep_move_freepages_block(zone* zone, page* page, ulong* start_pfn, int* num_free, int* num_movable)
    {
        ulong pfn = page_to_pfn(page);
        ulong start = pageblock_start_pfn(pfn);
        ulong end = pageblock_end_pfn(pfn);

        // The zone's ends may lie inside a block: such a block keeps its type.
        if (!zone_spans_pfn(zone, start))
            return false;
        if (!zone_spans_pfn(zone, end - 1))
            return false;

        *start_pfn = start;

        if (num_free != null)
        {
            *num_free = 0;
            *num_movable = 0;
            for (pfn = start; pfn < end;)
            {
                page = pfn_to_page(pfn);
                if (PageBuddy(page))
                {
                    int nr = 1 << (int)buddy_order(page);

                    *num_free += nr;
                    pfn += (ulong)nr;
                    continue;
                }

                // Anything else may be movable too, but what is on the LRU certainly is.
                if (PageLRU(page) || page_has_movable_ops(page))
                    (*num_movable)++;
                pfn++;
            }
        }

        return true;
    }

    [KernelSource("mm/page_alloc.c", "move_freepages_block", Parity.Full)]
    [MustHold("zone->lock")]
    private static int move_freepages_block(zone* zone, page* page, int old_mt, int new_mt)
    {
        ulong start_pfn;

        if (!prep_move_freepages_block(zone, page, &start_pfn, null, null))
            return -1;

        int res = __move_freepages_block(zone, start_pfn, old_mt, new_mt);
        set_pageblock_migratetype(pfn_to_page(start_pfn), new_mt);

        return res;
    }

    // Types get mixed up: let kswapd reclaim more than usual, so that whole blocks come free again.
    [KernelSource("mm/page_alloc.c", "boost_watermark", Parity.Full)]
    private static bool boost_watermark(zone* zone)
    {
        if (watermark_boost_factor == 0)
            return false;

        // A small zone would be reclaimed out of proportion.
        if (pageblock_nr_pages * 4 > zone_managed_pages(zone))
            return false;

        ulong max_boost = mult_frac(zone->_watermark[WMARK_HIGH], (ulong)watermark_boost_factor, 10000);

        // Before the watermarks are set up.
        if (max_boost == 0)
            return false;

        max_boost = max(pageblock_nr_pages, max_boost);

        zone->watermark_boost = min(zone->watermark_boost + pageblock_nr_pages, max_boost);

        return true;
    }

    // Whether an allocation of another type may try to take over the whole pageblock, rather than just one page of it.
    [KernelSource("mm/page_alloc.c", "should_try_claim_block", Parity.Full)]
    private static bool should_try_claim_block(uint order, int start_mt)
    {
        // The block is free as a whole.
        if (order >= pageblock_order)
            return true;

        // Pages of half a block's order are rare enough.
        if (order >= pageblock_order / 2)
            return true;

        // One movable page among others can be moved away again; an unmovable one spoils the block for good, so those
        // should stay together.
        if (start_mt == MIGRATE_RECLAIMABLE || start_mt == MIGRATE_UNMOVABLE)
            return true;

        if (page_group_by_mobility_disabled)
            return true;

        return false;
    }

    // -1: no other type has a page of this order. -2: this order and the smaller ones are not worth claiming.
    [KernelSource("mm/page_alloc.c", "find_suitable_fallback", Parity.Full)]
    public static int find_suitable_fallback(free_area* area, uint order, int migratetype, bool claimable)
    {
        if (claimable && !should_try_claim_block(order, migratetype))
            return -2;

        if (area->nr_free == 0)
            return -1;

        for (int i = 0; i < MIGRATE_PCPTYPES - 1; i++)
        {
            int fallback_mt = fallbacks(migratetype, i);

            if (!free_area_empty(area, fallback_mt))
                return fallback_mt;
        }

        return -1;
    }

    // Takes over the page's block if at least half of it is free or of the same kind, and allocates from it.
    [KernelSource("mm/page_alloc.c", "try_to_claim_block", Parity.Full)]
    [MustHold("zone->lock")]
    private static page* try_to_claim_block(zone* zone, page* page, int current_order, uint order, int start_type, int block_type, uint alloc_flags)
    {
        int free_pages, movable_pages, alike_pages;
        ulong start_pfn;

        // Whole blocks need no counting.
        if (current_order >= pageblock_order)
        {
            del_page_from_free_list(page, zone, (uint)current_order, block_type);
            change_pageblock_range(page, (uint)current_order, start_type);
            uint nr_added = expand(zone, page, order, (uint)current_order, start_type);
            account_freepages(zone, (int)nr_added, start_type);
            return page;
        }

        // kswapd is woken after the zone lock is dropped.
        if (boost_watermark(zone) && (alloc_flags & ALLOC_KSWAPD) != 0)
            set_bit(ZONE_BOOSTED_WATERMARK, &zone->flags);

        if (!prep_move_freepages_block(zone, page, &start_pfn, &free_pages, &movable_pages))
            return null;

        // How many of the pages in use are of the kind that is to have the block?
        if (start_type == MIGRATE_MOVABLE)
        {
            alike_pages = movable_pages;
        }
        else
        {
            // Reclaimable or unmovable: what is not movable in a movable block is likely one of them; in the other
            // case nothing can be said, so all count as different.
            if (block_type == MIGRATE_MOVABLE)
                alike_pages = (int)pageblock_nr_pages - (free_pages + movable_pages);
            else
                alike_pages = 0;
        }

        if (free_pages + alike_pages >= 1 << (pageblock_order - 1) || page_group_by_mobility_disabled)
        {
            __move_freepages_block(zone, start_pfn, block_type, start_type);
            set_pageblock_migratetype(pfn_to_page(start_pfn), start_type);
            return __rmqueue_smallest(zone, order, start_type);
        }

        return null;
    }

    // Largest first: a large free page most likely means a block that can be had as a whole.
    [KernelSource("mm/page_alloc.c", "__rmqueue_claim", Parity.Full)]
    [MustHold("zone->lock")]
    private static page* __rmqueue_claim(zone* zone, uint order, int start_migratetype, uint alloc_flags)
    {
        int min_order = (int)order;

        // Not even one block smaller than a pageblock may be mixed.
        if (order < pageblock_order && (alloc_flags & ALLOC_NOFRAGMENT) != 0)
            min_order = pageblock_order;

        for (int current_order = MAX_PAGE_ORDER; current_order >= min_order; --current_order)
        {
            free_area* area = &zone->free_area[current_order];
            int fallback_mt = find_suitable_fallback(area, (uint)current_order, start_migratetype, true);

            // None of this order; perhaps of a smaller one.
            if (fallback_mt == -1)
                continue;

            // Smaller ones are not worth it.
            if (fallback_mt == -2)
                break;

            page* page = get_page_from_free_area(area, fallback_mt);
            page = try_to_claim_block(zone, page, current_order, order, start_migratetype, fallback_mt, alloc_flags);
            if (page != null)
                return page;
        }

        return null;
    }

    // Just one page, from the smallest block of another type: the last resort, which mixes the block.
    [KernelSource("mm/page_alloc.c", "__rmqueue_steal", Parity.Full)]
    [MustHold("zone->lock")]
    private static page* __rmqueue_steal(zone* zone, uint order, int start_migratetype)
    {
        for (uint current_order = order; current_order < NR_PAGE_ORDERS; current_order++)
        {
            free_area* area = &zone->free_area[current_order];
            int fallback_mt = find_suitable_fallback(area, current_order, start_migratetype, false);
            if (fallback_mt == -1)
                continue;

            page* page = get_page_from_free_area(area, fallback_mt);
            page_del_and_expand(zone, page, order, current_order, fallback_mt);
            return page;
        }

        return null;
    }

    // enum rmqueue_mode: what last worked, so that a bulk allocation does not start over for each page.
    private const int RMQUEUE_NORMAL = 0;
    private const int RMQUEUE_CMA = 1;
    private const int RMQUEUE_CLAIM = 2;
    private const int RMQUEUE_STEAL = 3;

    [KernelSource("mm/page_alloc.c", "__rmqueue", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("zone->lock")]
    private static page* __rmqueue(zone* zone, uint order, int migratetype, uint alloc_flags, ref int mode)
    {
        page* page;

        switch (mode)
        {
            case RMQUEUE_NORMAL:
                page = __rmqueue_smallest(zone, order, migratetype);
                if (page != null)
                    return page;
                goto case RMQUEUE_CMA;
            case RMQUEUE_CMA:
                if ((alloc_flags & ALLOC_CMA) != 0)
                {
                    page = __rmqueue_cma_fallback(zone, order);
                    if (page != null)
                    {
                        mode = RMQUEUE_CMA;
                        return page;
                    }
                }
                goto case RMQUEUE_CLAIM;
            case RMQUEUE_CLAIM:
                page = __rmqueue_claim(zone, order, migratetype, alloc_flags);
                if (page != null)
                {
                    // A whole block changed hands: the normal way works again.
                    mode = RMQUEUE_NORMAL;
                    return page;
                }
                goto case RMQUEUE_STEAL;
            case RMQUEUE_STEAL:
                if ((alloc_flags & ALLOC_NOFRAGMENT) == 0)
                {
                    page = __rmqueue_steal(zone, order, migratetype);
                    if (page != null)
                    {
                        mode = RMQUEUE_STEAL;
                        return page;
                    }
                }
                break;
        }

        return null;
    }

    // Many pages under one taking of the zone lock. Returns how many there were.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "rmqueue_bulk", Parity.Full)]
    [Excludes("zone->lock")]
    private static int rmqueue_bulk(zone* zone, uint order, ulong count, list_head* list, int migratetype, uint alloc_flags)
    {
        int rmqm = RMQUEUE_NORMAL;
        IrqFlags flags;
        int i;

        if ((alloc_flags & ALLOC_TRYLOCK) != 0)
        {
            if (!spin_trylock_irqsave(&zone->@lock, out flags))
                return 0;
        }
        else
        {
            spin_lock_irqsave(&zone->@lock, out flags);
        }
        for (i = 0; (ulong)i < count; ++i)
        {
            page* page = __rmqueue(zone, order, migratetype, alloc_flags, ref rmqm);
            if (page == null)
                break;

            // Split pages come in rising order of address, and to the tail: the caller gets them in that order too.
            list_add_tail(&page->pcp_list, list);
        }
        spin_unlock_irqrestore(&zone->@lock, flags);

        return i;
    }
}
