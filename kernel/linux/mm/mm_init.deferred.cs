// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_memblock_h;
using static Linux.mm_internal_h;

namespace Linux;

// Deferred initialisation of struct pages, in the spirit of CONFIG_DEFERRED_STRUCT_PAGE_INIT, but by block of the largest
// order and without end: a machine of any size boots without touching its mem_map, and never touches the part of it
// that belongs to memory it never uses.
//
// - A block that is free as a whole when memblock hands it over has only its head's page written: that is all the buddy
//   lists look at. The others are written when the block leaves the list of the largest order for the first time
//   (__del_page_from_free_list), before anyone can see them.
// - A block that is in use as a whole from boot on (the kernel's image, mem_map, holes) is never written: nothing looks
//   at the pages of memory that nobody allocated. They read as zeros, which no buddy is.
// - A block that is partly free is written at boot.
public static unsafe partial class mm_mm_init_c
{
    private const int MAX_BLOCKS = (17 << 20) / MAX_ORDER_NR_PAGES;

    private static readonly ulong* block_initialised = bss<ulong>(MAX_BLOCKS / BITS_PER_LONG);

    // Since boot.
    internal static ulong nr_blocks_initialised;

    [KernelSource("mm/mm_init.c", "pgdat_set_deferred_range", Parity.Reduced, "marks each block that is in part free, rather than where the rest begins")]
    private static void pgdat_set_deferred_range()
    {
        ulong u = 0;
        while (next_free_mem_range(ref u, out ulong start, out ulong end))
        {
            ulong start_pfn = PFN_UP(start), end_pfn = PFN_DOWN(end);

            if (start_pfn >= end_pfn)
                continue;
            if (!IS_MAX_ORDER_ALIGNED(start_pfn))
                __set_bit((long)(start_pfn / MAX_ORDER_NR_PAGES), block_initialised);
            if (!IS_MAX_ORDER_ALIGNED(end_pfn))
                __set_bit((long)(end_pfn / MAX_ORDER_NR_PAGES), block_initialised);
        }
    }

    [KernelSource("mm/mm_init.c", "defer_init", Parity.Reduced, "decides by block")]
    private static bool defer_init(int nid, ulong pfn, ulong end_pfn) => !test_bit((long)(pfn / MAX_ORDER_NR_PAGES), block_initialised);

    internal static bool page_initialised(ulong pfn) => !defer_init(0, pfn, 0);

    // The type of a pageblock whose pages may not be there yet.
    private static void init_pageblock_of_pfn(ulong pfn, int migratetype) => set_pageblock_bits(pfn, migratetype);

    private static void init_unavailable_range_unless_deferred(ulong spfn, ulong epfn, zone_type zone, int node)
    {
        while (spfn < epfn)
        {
            ulong next = min(ALIGN(spfn + 1, (ulong)MAX_ORDER_NR_PAGES), epfn);

            if (!defer_init(node, spfn, epfn))
                init_unavailable_range(spfn, next, zone, node);
            spfn = next;
        }
    }

    private static zone* zone_of_pfn(ulong pfn)
    {
        for (zone* zone = NODE_DATA(0)->node_zones; ; zone++)
        {
            if (zone_spans_pfn(zone, pfn))
                return zone;
        }
    }

    /// <summary>Gives a block that is free as a whole to the buddy lists, if its pages are not initialised yet.</summary>
    internal static bool free_deferred_block(page* page)
    {
        ulong pfn = page_to_pfn(page);

        if (!defer_init(0, pfn, 0))
            return false;

        zone* zone = zone_of_pfn(pfn);
        __init_single_page(page, pfn, zone_idx(zone), zone_to_nid(zone));
        set_page_count(page, 0);

        mm_page_alloc_c.__free_deferred_block(zone, page, pfn);
        return true;
    }

    /// <summary>Initialises the rest of a block that leaves the list of the largest order; its head's page is in use.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void init_deferred_block(page* page)
    {
        ulong pfn = page_to_pfn(page);

        // Under zone->lock, and a block belongs to one zone; but its word's other blocks may belong to the next.
        if (test_and_set_bit((long)(pfn / MAX_ORDER_NR_PAGES), block_initialised))
            return;

        page image;
        __init_single_page(&image, pfn, page_zonenum(page), page_to_nid(page));
        set_page_count(&image, 0);
        image.lru = default;

        for (int i = 1; i < MAX_ORDER_NR_PAGES; i++)
            page[i] = image;

        nr_blocks_initialised++;
    }
}
