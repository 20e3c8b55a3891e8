// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;

namespace Linux;

// Everything an attempt of the page allocator carries along.
public unsafe struct alloc_context
{
    public zonelist* zonelist;
    public nodemask_t* nodemask;
    public zoneref* preferred_zoneref;
    public int migratetype;
    public int highest_zoneidx;
    public bool spread_dirty_pages;
}

// Buddies, compound pages and the allocator's flags.
public static unsafe partial class mm_internal_h
{
    public const uint ALLOC_WMARK_MIN = WMARK_MIN;
    public const uint ALLOC_WMARK_LOW = WMARK_LOW;
    public const uint ALLOC_WMARK_HIGH = WMARK_HIGH;
    public const uint ALLOC_NO_WATERMARKS = 0x04;
    public const uint ALLOC_WMARK_MASK = ALLOC_NO_WATERMARKS - 1;
    public const uint ALLOC_OOM = 0x08;
    public const uint ALLOC_NON_BLOCK = 0x10;
    public const uint ALLOC_MIN_RESERVE = 0x20;
    public const uint ALLOC_CPUSET = 0x40;
    public const uint ALLOC_CMA = 0x80;
    public const uint ALLOC_NOFRAGMENT = 0x100;
    public const uint ALLOC_HIGHATOMIC = 0x200;
    public const uint ALLOC_TRYLOCK = 0x400;
    public const uint ALLOC_KSWAPD = 0x800;
    public const uint ALLOC_RESERVES = ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC | ALLOC_OOM;

    public const int NODE_RECLAIM_NOSCAN = -2;
    public const int NODE_RECLAIM_FULL = -1;
    public const int NODE_RECLAIM_SOME = 0;
    public const int NODE_RECLAIM_SUCCESS = 1;

    // Keeps a tail page from looking like the page of a mapping: an address that no mapping can have.
    public const ulong TAIL_MAPPING = 0xdead000000000400UL;

    [KernelSource("mm/internal.h", "K", Parity.Full)]
    public static ulong K(ulong x) => x << (PAGE_SHIFT - 10);

    [KernelSource("mm/internal.h", "set_page_refcounted", Parity.Full)]
    public static void set_page_refcounted(page* page)
    {
        VM_BUG_ON_PAGE(PageTail(page), page);
        VM_BUG_ON_PAGE(page_ref_count(page) != 0, page);
        set_page_count(page, 1);
    }

    // Holds only for a page in the buddy allocator, under zone->lock.
    [KernelSource("mm/internal.h", "buddy_order", Parity.Full)]
    public static uint buddy_order(page* page) => (uint)page_private(page);

    // Without the lock: the caller copes with any number.
    [KernelSource("mm/internal.h", "buddy_order_unsafe", Parity.Full)]
    public static uint buddy_order_unsafe(page* page) => (uint)READ_ONCE(&page->@private);

    [KernelSource("mm/internal.h", "page_is_buddy", Parity.Full)]
    public static bool page_is_buddy(page* page, page* buddy, uint order)
    {
        if (!page_is_guard(buddy) && !PageBuddy(buddy))
            return false;

        if (buddy_order(buddy) != order)
            return false;

        // Zones may meet inside a buddy pair.
        if (page_zone_id(page) != page_zone_id(buddy))
            return false;

        VM_BUG_ON_PAGE(page_count(buddy) != 0, buddy);

        return true;
    }

    [KernelSource("mm/internal.h", "__find_buddy_pfn", Parity.Full)]
    public static ulong __find_buddy_pfn(ulong page_pfn, uint order) => page_pfn ^ (1UL << (int)order);

    [KernelSource("mm/internal.h", "find_buddy_page_pfn", Parity.Full)]
    public static page* find_buddy_page_pfn(page* page, ulong pfn, uint order, ulong* buddy_pfn)
    {
        ulong __buddy_pfn = __find_buddy_pfn(pfn, order);

        page* buddy = page + (long)(__buddy_pfn - pfn);
        if (buddy_pfn != null)
            *buddy_pfn = __buddy_pfn;

        if (page_is_buddy(page, buddy, order))
            return buddy;
        return null;
    }

    [KernelSource("mm/internal.h", "clear_zone_contiguous", Parity.Full)]
    public static void clear_zone_contiguous(zone* zone) => zone->contiguous = false;

    [KernelSource("mm/internal.h", "folio_set_order", Parity.Full)]
    public static void folio_set_order(folio* folio, uint order)
    {
        if (WARN_ON_ONCE(order == 0 || !folio_test_large(folio)))
            return;
        VM_WARN_ON_ONCE(order > MAX_FOLIO_ORDER);

        folio->_flags_1 = (folio->_flags_1 & ~0xffUL) | order;
        folio->_nr_pages = 1U << (int)order;
    }

    // What is queued is partly unmapped anonymous memory, and that is of single pages.
    [KernelSource("mm/internal.h", "folio_unqueue_deferred_split", Parity.Reduced, "nothing is queued")]
    public static bool folio_unqueue_deferred_split(folio* folio)
    {
        if (folio_order(folio) <= 1 || !folio_test_large_rmappable(folio))
            return false;

        VM_WARN_ON_FOLIO(!list_empty(&folio->_deferred_list), folio);
        return false;
    }

    [KernelSource("mm/internal.h", "page_rmappable_folio", Parity.Full)]
    public static folio* page_rmappable_folio(page* page)
    {
        folio* folio = (folio*)page;

        if (folio != null && folio_test_large(folio))
            folio_set_large_rmappable(folio);
        return folio;
    }

    [KernelSource("mm/internal.h", "prep_compound_head", Parity.Full)]
    public static void prep_compound_head(page* page, uint order)
    {
        folio* folio = (folio*)page;

        folio_set_order(folio, order);
        atomic_set(&folio->_large_mapcount, -1);
        atomic_set(&folio->_nr_pages_mapped, 0);
        folio->_mm_ids = 0;
        folio->_mm_id_mapcount[0] = -1;
        folio->_mm_id_mapcount[1] = -1;
        atomic_set(&folio->_pincount, 0);
        atomic_set(&folio->_entire_mapcount, -1);
        if (order > 1)
            INIT_LIST_HEAD(&folio->_deferred_list);
    }

    [KernelSource("mm/internal.h", "prep_compound_tail", Parity.Full)]
    public static void prep_compound_tail(page* head, int tail_idx)
    {
        page* p = head + tail_idx;

        p->mapping = (address_space*)TAIL_MAPPING;
        set_compound_head(p, head);
        set_page_private(p, 0);
    }

    [KernelSource("mm/internal.h", "free_area_empty", Parity.Full)]
    public static bool free_area_empty(free_area* area, int migratetype) => list_empty(&area->free_list[migratetype]);

    [KernelSource("mm/internal.h", "node_reclaim", Parity.Full)]
    public static int node_reclaim(pglist_data* pgdat, uint mask, uint order) => NODE_RECLAIM_NOSCAN;

    [KernelSource("mm/internal.h", "node_reclaim_enabled", Parity.Full)]
    public static bool node_reclaim_enabled() => false;
}
