// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_topology_h;
using static Linux.linux_sched_h;

namespace Linux;

public static unsafe class linux_gfp_h
{
    private const gfp_t GFP_MOVABLE_MASK = __GFP_RECLAIMABLE | __GFP_MOVABLE;
    private const int GFP_MOVABLE_SHIFT = 3;

    [KernelSource("include/linux/gfp.h", "gfp_migratetype", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int gfp_migratetype(gfp_t gfp_flags)
    {
        VM_WARN_ON((gfp_flags & GFP_MOVABLE_MASK) == GFP_MOVABLE_MASK);

        if (mm_page_alloc_c.page_group_by_mobility_disabled)
            return MIGRATE_UNMOVABLE;

        // The two bits were placed so that they are the type.
        return (int)((gfp_flags & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT);
    }

    [KernelSource("include/linux/gfp.h", "gfpflags_allow_blocking", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static bool gfpflags_allow_blocking(gfp_t gfp_flags) => (gfp_flags & __GFP_DIRECT_RECLAIM) != 0;

    // Only the _nolock callers go without both reclaim bits: they may not take a lock that could be held under them.
    [KernelSource("include/linux/gfp.h", "gfpflags_allow_spinning", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool gfpflags_allow_spinning(gfp_t gfp_flags) => (gfp_flags & __GFP_RECLAIM) != 0;

    private const int OPT_ZONE_HIGHMEM = ZONE_NORMAL;
    private const int OPT_ZONE_DMA = ZONE_DMA;
    private const int OPT_ZONE_DMA32 = ZONE_DMA32;

    // Two bits do, as no allocation asks for the device zone.
    public const int GFP_ZONES_SHIFT = 2;

    public const uint GFP_ZONE_TABLE =
        ((uint)ZONE_NORMAL << (0 * GFP_ZONES_SHIFT))
        | ((uint)OPT_ZONE_DMA << (int)(__GFP_DMA * GFP_ZONES_SHIFT))
        | ((uint)OPT_ZONE_HIGHMEM << (int)(__GFP_HIGHMEM * GFP_ZONES_SHIFT))
        | ((uint)OPT_ZONE_DMA32 << (int)(__GFP_DMA32 * GFP_ZONES_SHIFT))
        | ((uint)ZONE_NORMAL << (int)(__GFP_MOVABLE * GFP_ZONES_SHIFT))
        | ((uint)OPT_ZONE_DMA << (int)((__GFP_MOVABLE | __GFP_DMA) * GFP_ZONES_SHIFT))
        | ((uint)ZONE_MOVABLE << (int)((__GFP_MOVABLE | __GFP_HIGHMEM) * GFP_ZONES_SHIFT))
        | ((uint)OPT_ZONE_DMA32 << (int)((__GFP_MOVABLE | __GFP_DMA32) * GFP_ZONES_SHIFT));

    public const uint GFP_ZONE_BAD =
        (1u << (int)(__GFP_DMA | __GFP_HIGHMEM))
        | (1u << (int)(__GFP_DMA | __GFP_DMA32))
        | (1u << (int)(__GFP_DMA32 | __GFP_HIGHMEM))
        | (1u << (int)(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM))
        | (1u << (int)(__GFP_MOVABLE | __GFP_HIGHMEM | __GFP_DMA))
        | (1u << (int)(__GFP_MOVABLE | __GFP_DMA32 | __GFP_DMA))
        | (1u << (int)(__GFP_MOVABLE | __GFP_DMA32 | __GFP_HIGHMEM))
        | (1u << (int)(__GFP_MOVABLE | __GFP_DMA32 | __GFP_DMA | __GFP_HIGHMEM));

    [KernelSource("include/linux/gfp.h", "gfp_zone", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zone_type gfp_zone(gfp_t flags)
    {
        int bit = (int)(flags & GFP_ZONEMASK);

        zone_type z = (zone_type)((GFP_ZONE_TABLE >> (bit * GFP_ZONES_SHIFT)) & ((1 << GFP_ZONES_SHIFT) - 1));
        VM_BUG_ON(((GFP_ZONE_BAD >> bit) & 1) != 0);
        return z;
    }

    [KernelSource("include/linux/gfp.h", "gfp_zonelist", Parity.Full)]
    public static int gfp_zonelist(gfp_t flags) => ZONELIST_FALLBACK;

    // What an allocation made on behalf of another may keep of that one's flags.
    [KernelSource("include/linux/gfp.h", "gfp_nested_mask", Parity.Full)]
    public static gfp_t gfp_nested_mask(gfp_t flags) =>
        (flags & (GFP_KERNEL | GFP_ATOMIC | __GFP_NOLOCKDEP)) | (__GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_NOWARN);

    [KernelSource("include/linux/gfp.h", "node_zonelist", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zonelist* node_zonelist(int nid, gfp_t flags) => NODE_DATA(nid)->node_zonelists + gfp_zonelist(flags);

    [KernelSource("include/linux/gfp.h", "arch_free_page", Parity.Full)]
    public static void arch_free_page(page* page, uint order)
    {
    }

    [KernelSource("include/linux/gfp.h", "arch_alloc_page", Parity.Full)]
    public static void arch_alloc_page(page* page, uint order)
    {
    }

    [KernelSource("include/linux/gfp.h", "__alloc_pages", Parity.Full)]
    public static page* __alloc_pages(gfp_t gfp, uint order, int preferred_nid, nodemask_t* nodemask) =>
        mm_page_alloc_c.__alloc_pages_noprof(gfp, order, preferred_nid, nodemask);

    [KernelSource("include/linux/gfp.h", "__folio_alloc", Parity.Full)]
    public static folio* __folio_alloc(gfp_t gfp, uint order, int preferred_nid, nodemask_t* nodemask) =>
        mm_page_alloc_c.__folio_alloc_noprof(gfp, order, preferred_nid, nodemask);

    [KernelSource("include/linux/gfp.h", "__alloc_pages_bulk", Parity.Full)]
    public static ulong __alloc_pages_bulk(gfp_t gfp, int preferred_nid, nodemask_t* nodemask, int nr_pages, page** page_array) =>
        mm_page_alloc_c.alloc_pages_bulk_noprof(gfp, preferred_nid, nodemask, nr_pages, page_array);

    [KernelSource("include/linux/gfp.h", "alloc_pages_bulk", Parity.Full)]
    public static ulong alloc_pages_bulk(gfp_t gfp, int nr_pages, page** page_array) =>
        __alloc_pages_bulk(gfp, numa_mem_id(), null, nr_pages, page_array);

    [KernelSource("include/linux/gfp.h", "alloc_pages_bulk_node_noprof", Parity.Full)]
    public static ulong alloc_pages_bulk_node_noprof(gfp_t gfp, int nid, ulong nr_pages, page** page_array)
    {
        if (nid == NUMA_NO_NODE)
            nid = numa_mem_id();

        return mm_page_alloc_c.alloc_pages_bulk_noprof(gfp, nid, null, (int)nr_pages, page_array);
    }

    [KernelSource("include/linux/gfp.h", "warn_if_node_offline", Parity.Reduced, "the node is always online, so nothing is ever printed")]
    public static void warn_if_node_offline(int this_node, gfp_t gfp_mask)
    {
        gfp_t warn_gfp = gfp_mask & (__GFP_THISNODE | __GFP_NOWARN);

        if (warn_gfp != (__GFP_THISNODE | __GFP_NOWARN))
            return;

        VM_BUG_ON(this_node != 0);
    }

    [KernelSource("include/linux/gfp.h", "__alloc_pages_node_noprof", Parity.Full)]
    public static page* __alloc_pages_node_noprof(int nid, gfp_t gfp_mask, uint order)
    {
        VM_BUG_ON(nid < 0 || nid >= MAX_NUMNODES);
        warn_if_node_offline(nid, gfp_mask);

        return mm_page_alloc_c.__alloc_pages_noprof(gfp_mask, order, nid, null);
    }

    [KernelSource("include/linux/gfp.h", "__alloc_pages_node", Parity.Full)]
    public static page* __alloc_pages_node(int nid, gfp_t gfp_mask, uint order) => __alloc_pages_node_noprof(nid, gfp_mask, order);

    [KernelSource("include/linux/gfp.h", "__folio_alloc_node_noprof", Parity.Full)]
    public static folio* __folio_alloc_node_noprof(gfp_t gfp, uint order, int nid)
    {
        VM_BUG_ON(nid < 0 || nid >= MAX_NUMNODES);
        warn_if_node_offline(nid, gfp);

        return mm_page_alloc_c.__folio_alloc_noprof(gfp, order, nid, null);
    }

    [KernelSource("include/linux/gfp.h", "__folio_alloc_node", Parity.Full)]
    public static folio* __folio_alloc_node(gfp_t gfp, uint order, int nid) => __folio_alloc_node_noprof(gfp, order, nid);

    [KernelSource("include/linux/gfp.h", "alloc_pages_node_noprof", Parity.Full)]
    public static page* alloc_pages_node_noprof(int nid, gfp_t gfp_mask, uint order)
    {
        if (nid == NUMA_NO_NODE)
            nid = numa_mem_id();

        return __alloc_pages_node_noprof(nid, gfp_mask, order);
    }

    [KernelSource("include/linux/gfp.h", "alloc_pages_node", Parity.Full)]
    public static page* alloc_pages_node(int nid, gfp_t gfp_mask, uint order) => alloc_pages_node_noprof(nid, gfp_mask, order);

    [KernelSource("include/linux/gfp.h", "alloc_pages_noprof", Parity.Full)]
    public static page* alloc_pages_noprof(gfp_t gfp_mask, uint order) => alloc_pages_node_noprof(numa_node_id(), gfp_mask, order);

    [KernelSource("include/linux/gfp.h", "folio_alloc_noprof", Parity.Full)]
    public static folio* folio_alloc_noprof(gfp_t gfp, uint order) => __folio_alloc_node_noprof(gfp, order, numa_node_id());

    [KernelSource("include/linux/gfp.h", "folio_alloc_mpol_noprof", Parity.Full)]
    public static folio* folio_alloc_mpol_noprof(gfp_t gfp, uint order, void* mpol, pgoff_t ilx, int nid) =>
        folio_alloc_noprof(gfp, order);

    [KernelSource("include/linux/gfp.h", "vma_alloc_folio_noprof", Parity.Full)]
    public static folio* vma_alloc_folio_noprof(gfp_t gfp, int order, vm_area_struct* vma, ulong addr) =>
        folio_alloc_noprof(gfp, (uint)order);

    [KernelSource("include/linux/gfp.h", "alloc_pages", Parity.Full)]
    public static page* alloc_pages(gfp_t gfp, uint order) => alloc_pages_noprof(gfp, order);

    [KernelSource("include/linux/gfp.h", "folio_alloc", Parity.Full)]
    public static folio* folio_alloc(gfp_t gfp, uint order) => folio_alloc_noprof(gfp, order);

    [KernelSource("include/linux/gfp.h", "folio_alloc_mpol", Parity.Full)]
    public static folio* folio_alloc_mpol(gfp_t gfp, uint order, void* mpol, pgoff_t ilx, int nid) =>
        folio_alloc_mpol_noprof(gfp, order, mpol, ilx, nid);

    [KernelSource("include/linux/gfp.h", "vma_alloc_folio", Parity.Full)]
    public static folio* vma_alloc_folio(gfp_t gfp, int order, vm_area_struct* vma, ulong addr) =>
        vma_alloc_folio_noprof(gfp, order, vma, addr);

    [KernelSource("include/linux/gfp.h", "alloc_page", Parity.Full)]
    public static page* alloc_page(gfp_t gfp_mask) => alloc_pages(gfp_mask, 0);

    [KernelSource("include/linux/gfp.h", "alloc_page_vma_noprof", Parity.Full)]
    public static page* alloc_page_vma_noprof(gfp_t gfp, vm_area_struct* vma, ulong addr)
    {
        folio* folio = vma_alloc_folio_noprof(gfp, 0, vma, addr);

        return &folio->page;
    }

    [KernelSource("include/linux/gfp.h", "alloc_page_vma", Parity.Full)]
    public static page* alloc_page_vma(gfp_t gfp, vm_area_struct* vma, ulong addr) => alloc_page_vma_noprof(gfp, vma, addr);

    [KernelSource("include/linux/gfp.h", "alloc_pages_nolock", Parity.Full)]
    public static page* alloc_pages_nolock(gfp_t gfp_flags, int nid, uint order) =>
        mm_page_alloc_c.alloc_pages_nolock_noprof(gfp_flags, nid, order);

    [KernelSource("include/linux/gfp.h", "__get_free_pages", Parity.Full)]
    public static ulong __get_free_pages(gfp_t gfp_mask, uint order) => mm_page_alloc_c.get_free_pages_noprof(gfp_mask, order);

    [KernelSource("include/linux/gfp.h", "get_zeroed_page", Parity.Full)]
    public static ulong get_zeroed_page(gfp_t gfp_mask) => mm_page_alloc_c.get_zeroed_page_noprof(gfp_mask);

    [KernelSource("include/linux/gfp.h", "alloc_pages_exact", Parity.Full)]
    public static void* alloc_pages_exact(ulong size, gfp_t gfp_mask) => mm_page_alloc_c.alloc_pages_exact_noprof(size, gfp_mask);

    [KernelSource("include/linux/gfp.h", "__get_free_page", Parity.Full)]
    public static ulong __get_free_page(gfp_t gfp_mask) => __get_free_pages(gfp_mask, 0);

    [KernelSource("include/linux/gfp.h", "__free_page", Parity.Full)]
    public static void __free_page(page* page) => mm_page_alloc_c.__free_pages(page, 0);

    [KernelSource("include/linux/gfp.h", "free_page", Parity.Full)]
    public static void free_page(ulong addr) => mm_page_alloc_c.free_pages(addr, 0);

    [KernelSource("include/linux/gfp.h", "gfp_has_io_fs", Parity.Full)]
    public static bool gfp_has_io_fs(gfp_t gfp) => (gfp & (__GFP_IO | __GFP_FS)) == (__GFP_IO | __GFP_FS);

    [KernelSource("include/linux/gfp.h", "gfp_compaction_allowed", Parity.Full)]
    public static bool gfp_compaction_allowed(gfp_t gfp_mask) => CONFIG_COMPACTION && (gfp_mask & __GFP_IO) != 0;
}
