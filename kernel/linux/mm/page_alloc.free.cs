// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_kernel_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_vmstat_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

// Preparing pages to be free, and to be used again.
public static unsafe partial class mm_page_alloc_c
{
    // The part of __free_pages_prepare that is about the tails, out of line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int free_tail_pages_prepare(page* page, folio* folio, uint order, bool compound)
    {
        int bad = 0;

        if (compound)
        {
            page[1].flags.f &= ~PAGE_FLAGS_SECOND;
            folio->_nr_pages = 0;
        }
        for (int i = 1; i < 1 << (int)order; i++)
        {
            if (compound)
                bad += free_tail_page_prepare(page, page + i);
            if (is_check_pages_enabled())
            {
                if (free_page_is_bad(page + i))
                {
                    bad++;
                    continue;
                }
            }
            (page + i)->flags.f &= ~PAGE_FLAGS_CHECK_AT_PREP;
        }
        return bad;
    }

    // The part of __free_pages_prepare that is about mlock, out of line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void free_mlocked_folio_prepare(folio* folio)
    {
        long nr_pages = (long)folio_nr_pages(folio);

        __folio_clear_mlocked(folio);
        zone_stat_mod_folio(folio, NR_MLOCK, -nr_pages);
        count_vm_events(UNEVICTABLE_PGCLEARED, nr_pages);
    }

    // Takes everything off the page that ties it to its last user. False: it is bad, and must not be given out again.
    [KernelSource("mm/page_alloc.c", "__free_pages_prepare", Parity.Reduced, "the count of anonymous folios by order is not taken back: they are of single pages; no page owners, tags or table checks")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool __free_pages_prepare(page* page, uint order, int fpi_flags)
    {
        int bad = 0;
        bool init = want_init_on_free();
        bool compound = PageCompound(page);
        folio* folio = page_folio(page);

        VM_BUG_ON_PAGE(PageTail(page), page);

        if (memcg_kmem_online() && PageMemcgKmem(page))
            __memcg_kmem_uncharge_page(page, (int)order);

        // Only pages that are freed while a process exits are still mlocked here.
        if (folio_test_mlocked(folio))
            free_mlocked_folio_prepare(folio);

        VM_BUG_ON_PAGE(compound && compound_order(page) != order, page);

        if (order != 0)
            bad = free_tail_pages_prepare(page, folio, order, compound);
        if (folio_test_anon(folio))
            folio->mapping = null;
        if (page_has_type(page))
            // Also undoes what put a type where the map count is.
            page->page_type = UINT_MAX;

        if (is_check_pages_enabled())
        {
            if (free_page_is_bad(page))
                bad++;
            if (bad != 0)
                return false;
        }

        page_cpupid_reset_last(page);
        page->flags.f &= ~PAGE_FLAGS_CHECK_AT_PREP;
        page->@private = 0;
        pgalloc_tag_sub(page, 1u << (int)order);

        if ((fpi_flags & FPI_TRYLOCK) == 0)
            debug_check_no_locks_freed(page_address(page), PAGE_SIZE << (int)order);

        kernel_poison_pages(page, 1 << (int)order);

        if (init)
            kernel_init_pages(page, 1 << (int)order);

        // The architecture may take the page out of its tables from here on.
        arch_free_page(page, order);

        debug_pagealloc_unmap_pages(page, 1 << (int)order);

        return true;
    }

    [KernelSource("mm/page_alloc.c", "free_pages_prepare", Parity.Full)]
    public static bool free_pages_prepare(page* page, uint order) => __free_pages_prepare(page, order, FPI_NONE);

    // Gives pages of a CPU's stock back to the buddy lists, beginning with the list at pindex, coldest first.
    [KernelSource("mm/page_alloc.c", "free_pcppages_bulk", Parity.Full)]
    [Excludes("zone->lock")]
    private static void free_pcppages_bulk(zone* zone, int count, per_cpu_pages* pcp, int pindex)
    {
        // A count that is wrong must not make the loop run for ever.
        count = min(pcp->count, count);

        // The search below begins one further.
        pindex = pindex - 1;

        spin_lock_irqsave(&zone->@lock, out IrqFlags flags);

        while (count > 0)
        {
            list_head* list;

            // Round robin over the lists, so that none is emptied for the others' sake.
            do
            {
                if (++pindex > NR_PCP_LISTS - 1)
                    pindex = 0;
                list = &pcp->lists[pindex];
            } while (list_empty(list));

            uint order = pindex_to_order((uint)pindex);
            int nr_pages = 1 << (int)order;
            do
            {
                page* page = list_last_entry<page>(list, &((page*)nowhere)->pcp_list);
                ulong pfn = page_to_pfn(page);
                int mt = get_pfnblock_migratetype(page, pfn);

                list_del(&page->pcp_list);
                count -= nr_pages;
                pcp->count -= nr_pages;

                __free_one_page(page, pfn, zone, order, mt, FPI_NONE);
            } while (count > 0 && !list_empty(list));
        }

        spin_unlock_irqrestore(&zone->@lock, flags);
    }

    // Larger blocks go back by pageblock, as those may differ in type; they merge again where they can.
    [KernelSource("mm/page_alloc.c", "split_large_buddy", Parity.Full)]
    [MustHold("zone->lock")]
    private static void split_large_buddy(zone* zone, page* page, ulong pfn, uint order, int fpi)
    {
        ulong end = pfn + (1UL << (int)order);

        VM_WARN_ON_ONCE(!IS_ALIGNED(pfn, 1UL << (int)order));
        VM_WARN_ON_ONCE(PageBuddy(page));

        if (order > pageblock_order)
            order = pageblock_order;

        do
        {
            int mt = get_pfnblock_migratetype(page, pfn);

            __free_one_page(page, pfn, zone, order, mt, fpi);
            pfn += 1UL << (int)order;
            if (pfn == end)
                break;
            page = pfn_to_page(pfn);
        } while (true);
    }

    [KernelSource("mm/page_alloc.c", "add_page_to_zone_llist", Parity.Full)]
    private static void add_page_to_zone_llist(zone* zone, page* page, uint order)
    {
        page->@private = order;
        llist_add(&page->pcp_llist, &zone->trylock_free_pages);
    }

    [KernelSource("mm/page_alloc.c", "free_one_page", Parity.Full)]
    [Excludes("zone->lock")]
    private static void free_one_page(zone* zone, page* page, ulong pfn, uint order, int fpi_flags)
    {
        IrqFlags flags;

        if ((fpi_flags & FPI_TRYLOCK) != 0)
        {
            if (!spin_trylock_irqsave(&zone->@lock, out flags))
            {
                add_page_to_zone_llist(zone, page, order);
                return;
            }
        }
        else
        {
            spin_lock_irqsave(&zone->@lock, out flags);
        }

        // Those who may wait clean up after those who could not.
        llist_head* llhead = &zone->trylock_free_pages;
        if (!llist_empty(llhead) && (fpi_flags & FPI_TRYLOCK) == 0)
        {
            llist_node* llnode = llist_del_all(llhead);
            while (llnode != null)
            {
                page* p = llist_entry<page>(llnode, &((page*)nowhere)->pcp_llist);
                uint p_order = (uint)p->@private;

                llnode = llnode->next;
                split_large_buddy(zone, p, page_to_pfn(p), p_order, fpi_flags);
                __count_vm_events(PGFREE, 1 << (int)p_order);
            }
        }
        split_large_buddy(zone, page, pfn, order, fpi_flags);
        spin_unlock_irqrestore(&zone->@lock, flags);

        __count_vm_events(PGFREE, 1 << (int)order);
    }

    [KernelSource("mm/page_alloc.c", "__free_pages_ok", Parity.Full)]
    private static void __free_pages_ok(page* page, uint order, int fpi_flags)
    {
        ulong pfn = page_to_pfn(page);
        zone* zone = page_zone(page);

        if (__free_pages_prepare(page, order, fpi_flags))
            free_one_page(zone, page, pfn, order, fpi_flags);
    }

    // Boot hands its memory to the allocator.
    [KernelSource("mm/page_alloc.c", "__free_pages_core", Parity.Reduced, "a whole block's pages are left alone but for the head")]
    public static void __free_pages_core(page* page, uint order, int context)
    {
        uint nr_pages = 1u << (int)order;
        page* p = page;

        // A whole block's pages are left alone but for the head: see mm_init.deferred.cs.
        if (order == MAX_PAGE_ORDER && free_deferred_block(page))
            return;

        for (uint loop = 0; loop < nr_pages; loop++, p++)
        {
            __ClearPageReserved(p);
            set_page_count(p, 0);
        }

        // Memory present at boot counts as managed from now on.
        atomic_long_add(nr_pages, &page_zone(page)->managed_pages);

        // To the tail, as memory that is known to be there comes first otherwise.
        __free_pages_ok(page, order, FPI_TO_TAIL);
    }

    // free_one_page for a block of which only the head has been initialised, at boot.
    internal static void __free_deferred_block(zone* zone, page* page, ulong pfn)
    {
        atomic_long_add(MAX_ORDER_NR_PAGES, &zone->managed_pages);

        spin_lock_irqsave(&zone->@lock, out IrqFlags flags);
        __free_one_page(page, pfn, zone, MAX_PAGE_ORDER, get_pfnblock_migratetype(page, pfn), FPI_TO_TAIL);
        spin_unlock_irqrestore(&zone->@lock, flags);

        __count_vm_events(PGFREE, MAX_ORDER_NR_PAGES);
    }

    // Halves a block until it is as small as wanted; the upper halves go to the lists. Returns how many pages those are.
    [KernelSource("mm/page_alloc.c", "expand", Parity.Full)]
    [MustHold("zone->lock")]
    private static uint expand(zone* zone, page* page, uint low, uint high, int migratetype)
    {
        uint size = 1u << (int)high;
        uint nr_added = 0;

        while (high > low)
        {
            high--;
            size >>= 1;
            VM_BUG_ON_PAGE(bad_range(zone, &page[size]), &page[size]);

            if (set_page_guard(zone, &page[size], high))
                continue;

            __add_to_free_list(&page[size], zone, high, migratetype, false);
            set_buddy_order(&page[size], high);
            nr_added += size;
        }

        return nr_added;
    }

    [KernelSource("mm/page_alloc.c", "page_del_and_expand", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("zone->lock")]
    private static void page_del_and_expand(zone* zone, page* page, uint low, uint high, int migratetype)
    {
        int nr_pages = 1 << (int)high;

        __del_page_from_free_list(page, zone, high, migratetype);
        nr_pages -= (int)expand(zone, page, low, high, migratetype);
        account_freepages(zone, -nr_pages, migratetype);
    }

    [KernelSource("mm/page_alloc.c", "check_new_page_bad", Parity.Full)]
    private static void check_new_page_bad(page* page) =>
        bad_page(page, page_bad_reason(page, PAGE_FLAGS_CHECK_AT_PREP));

    [KernelSource("mm/page_alloc.c", "check_new_page", Parity.Full)]
    private static bool check_new_page(page* page)
    {
        if (page_expected_state(page, PAGE_FLAGS_CHECK_AT_PREP))
            return false;

        check_new_page_bad(page);
        return true;
    }

    [KernelSource("mm/page_alloc.c", "check_new_pages", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool check_new_pages(page* page, uint order)
    {
        if (is_check_pages_enabled())
        {
            for (int i = 0; i < 1 << (int)order; i++)
            {
                page* p = page + i;

                if (check_new_page(p))
                    return true;
            }
        }

        return false;
    }

    [KernelSource("mm/page_alloc.c", "should_skip_init", Parity.Full)]
    private static bool should_skip_init(gfp_t flags) => false;

    [KernelSource("mm/page_alloc.c", "post_alloc_hook", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void post_alloc_hook(page* page, uint order, gfp_t gfp_flags)
    {
        bool init = !want_init_on_free() && want_init_on_alloc(gfp_flags) && !should_skip_init(gfp_flags);

        set_page_private(page, 0);

        arch_alloc_page(page, order);
        debug_pagealloc_map_pages(page, 1 << (int)order);

        // Before anything else writes to it: the pattern is what a free page must still hold.
        kernel_unpoison_pages(page, 1 << (int)order);

        if (init)
            kernel_init_pages(page, 1 << (int)order);

        pgalloc_tag_add(page, current, 1u << (int)order);
    }

    [KernelSource("mm/page_alloc.c", "prep_new_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void prep_new_page(page* page, uint order, gfp_t gfp_flags, uint alloc_flags)
    {
        post_alloc_hook(page, order, gfp_flags);

        if (order != 0 && (gfp_flags & __GFP_COMP) != 0)
            prep_compound_page(page, order);

        // The page remembers that it came from the emergency reserves: its user should not keep it.
        if ((alloc_flags & ALLOC_NO_WATERMARKS) != 0)
            set_page_pfmemalloc(page);
        else
            clear_page_pfmemalloc(page);
    }
}
