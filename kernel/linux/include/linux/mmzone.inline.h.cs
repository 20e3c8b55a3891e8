// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;
using static Linux.linux_page_flags_layout_h;
using static Linux.linux_atomic_h;
using static Linux.linux_mm_types_h;

namespace Linux;

// The inline functions.
public static unsafe partial class linux_mmzone_h
{
    [KernelSource("include/linux/mmzone.h", "IS_MAX_ORDER_ALIGNED", Parity.Full)]
    public static bool IS_MAX_ORDER_ALIGNED(ulong pfn) => (pfn & (MAX_ORDER_NR_PAGES - 1)) == 0;

    [KernelSource("include/linux/mmzone.h", "is_migrate_cma", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool is_migrate_cma(int migratetype) => false;

    [KernelSource("include/linux/mmzone.h", "is_migrate_movable", Parity.Full)]
    public static bool is_migrate_movable(int mt) => is_migrate_cma(mt) || mt == MIGRATE_MOVABLE;

    // Only a type that may fall back to others may also merge with them.
    [KernelSource("include/linux/mmzone.h", "migratetype_is_mergeable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool migratetype_is_mergeable(int mt) => mt < MIGRATE_PCPTYPES;

    [KernelSource("include/linux/mmzone.h", "get_pageblock_migratetype", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int get_pageblock_migratetype(page* page) => mm_page_alloc_c.get_pfnblock_migratetype(page, page_to_pfn(page));

    [KernelSource("include/linux/mmzone.h", "folio_migratetype", Parity.Full)]
    public static int folio_migratetype(folio* folio) => get_pageblock_migratetype(&folio->page);

    [KernelSource("include/linux/mmzone.h", "vmstat_item_print_in_thp", Parity.Full)]
    public static bool vmstat_item_print_in_thp(node_stat_item item) =>
        item is NR_ANON_THPS or NR_FILE_THPS or NR_SHMEM_THPS or NR_SHMEM_PMDMAPPED or NR_FILE_PMDMAPPED;

    // The node's slab counters are in pages too, but callers hand them bytes, as the memory cgroups' are exact.
    [KernelSource("include/linux/mmzone.h", "vmstat_item_in_bytes", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool vmstat_item_in_bytes(int idx) => idx == NR_SLAB_RECLAIMABLE_B || idx == NR_SLAB_UNRECLAIMABLE_B;

    [KernelSource("include/linux/mmzone.h", "is_file_lru", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool is_file_lru(lru_list lru) => lru == LRU_INACTIVE_FILE || lru == LRU_ACTIVE_FILE;

    [KernelSource("include/linux/mmzone.h", "is_active_lru", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool is_active_lru(lru_list lru) => lru == LRU_ACTIVE_ANON || lru == LRU_ACTIVE_FILE;

    [KernelSource("include/linux/mmzone.h", "lru_gen_init_pgdat", Parity.Full)]
    public static void lru_gen_init_pgdat(pglist_data* pgdat)
    {
    }

    [KernelSource("include/linux/mmzone.h", "lru_gen_init_lruvec", Parity.Full)]
    public static void lru_gen_init_lruvec(lruvec* lruvec)
    {
    }

    [KernelSource("include/linux/mmzone.h", "lru_gen_look_around", Parity.Full)]
    public static bool lru_gen_look_around(void* pvmw) => false;

    [KernelSource("include/linux/mmzone.h", "lru_gen_init_memcg", Parity.Full)]
    public static void lru_gen_init_memcg(mem_cgroup* memcg)
    {
    }

    [KernelSource("include/linux/mmzone.h", "lru_gen_exit_memcg", Parity.Full)]
    public static void lru_gen_exit_memcg(mem_cgroup* memcg)
    {
    }

    [KernelSource("include/linux/mmzone.h", "lru_gen_online_memcg", Parity.Full)]
    public static void lru_gen_online_memcg(mem_cgroup* memcg)
    {
    }

    [KernelSource("include/linux/mmzone.h", "lru_gen_offline_memcg", Parity.Full)]
    public static void lru_gen_offline_memcg(mem_cgroup* memcg)
    {
    }

    [KernelSource("include/linux/mmzone.h", "lru_gen_release_memcg", Parity.Full)]
    public static void lru_gen_release_memcg(mem_cgroup* memcg)
    {
    }

    [KernelSource("include/linux/mmzone.h", "lru_gen_soft_reclaim", Parity.Full)]
    public static void lru_gen_soft_reclaim(mem_cgroup* memcg, int nid)
    {
    }

    [KernelSource("include/linux/mmzone.h", "wmark_pages", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong wmark_pages(zone* z, int w) => z->_watermark[w] + z->watermark_boost;

    [KernelSource("include/linux/mmzone.h", "min_wmark_pages", Parity.Full)]
    public static ulong min_wmark_pages(zone* z) => wmark_pages(z, WMARK_MIN);

    [KernelSource("include/linux/mmzone.h", "low_wmark_pages", Parity.Full)]
    public static ulong low_wmark_pages(zone* z) => wmark_pages(z, WMARK_LOW);

    [KernelSource("include/linux/mmzone.h", "high_wmark_pages", Parity.Full)]
    public static ulong high_wmark_pages(zone* z) => wmark_pages(z, WMARK_HIGH);

    [KernelSource("include/linux/mmzone.h", "promo_wmark_pages", Parity.Full)]
    public static ulong promo_wmark_pages(zone* z) => wmark_pages(z, WMARK_PROMO);

    [KernelSource("include/linux/mmzone.h", "zone_managed_pages", Parity.Full)]
    public static ulong zone_managed_pages(zone* zone) => (ulong)atomic_long_read(&zone->managed_pages);

    [KernelSource("include/linux/mmzone.h", "zone_cma_pages", Parity.Full)]
    public static ulong zone_cma_pages(zone* zone) => 0;

    [KernelSource("include/linux/mmzone.h", "zone_end_pfn", Parity.Full)]
    public static ulong zone_end_pfn(zone* zone) => zone->zone_start_pfn + zone->spanned_pages;

    [KernelSource("include/linux/mmzone.h", "zone_spans_pfn", Parity.Full)]
    public static bool zone_spans_pfn(zone* zone, ulong pfn) => zone->zone_start_pfn <= pfn && pfn < zone_end_pfn(zone);

    [KernelSource("include/linux/mmzone.h", "zone_is_initialized", Parity.Full)]
    public static bool zone_is_initialized(zone* zone) => zone->initialized != 0;

    [KernelSource("include/linux/mmzone.h", "zone_is_empty", Parity.Full)]
    public static bool zone_is_empty(zone* zone) => zone->spanned_pages == 0;

    public const int SECTIONS_PGOFF = 64 - SECTIONS_WIDTH;
    public const int NODES_PGOFF = SECTIONS_PGOFF - NODES_WIDTH;
    public const int ZONES_PGOFF = NODES_PGOFF - ZONES_WIDTH;
    public const int LAST_CPUPID_PGOFF = ZONES_PGOFF - LAST_CPUPID_WIDTH;
    public const int KASAN_TAG_PGOFF = LAST_CPUPID_PGOFF - KASAN_TAG_WIDTH;
    public const int LRU_GEN_PGOFF = KASAN_TAG_PGOFF - LRU_GEN_WIDTH;
    public const int LRU_REFS_PGOFF = LRU_GEN_PGOFF - LRU_REFS_WIDTH;

    public const int SECTIONS_PGSHIFT = SECTIONS_WIDTH != 0 ? SECTIONS_PGOFF : 0;
    public const int NODES_PGSHIFT = NODES_WIDTH != 0 ? NODES_PGOFF : 0;
    public const int ZONES_PGSHIFT = ZONES_PGOFF;

    public const int ZONEID_SHIFT = NODES_SHIFT + ZONES_SHIFT;
    public const int ZONEID_PGOFF = NODES_PGOFF < ZONES_PGOFF ? NODES_PGOFF : ZONES_PGOFF;
    public const int ZONEID_PGSHIFT = ZONEID_PGOFF;

    public const ulong ZONES_MASK = (1UL << ZONES_WIDTH) - 1;
    public const ulong NODES_MASK = (1UL << NODES_WIDTH) - 1;
    public const ulong SECTIONS_MASK = (1UL << SECTIONS_WIDTH) - 1;
    public const ulong ZONEID_MASK = (1UL << ZONEID_SHIFT) - 1;
    public const ulong LRU_GEN_MASK = ((1UL << LRU_GEN_WIDTH) - 1) << (LRU_GEN_PGOFF - 1);
    public const ulong LRU_REFS_MASK = ((1UL << LRU_REFS_WIDTH) - 1) << (LRU_REFS_PGOFF - 1);

    [KernelSource("include/linux/mmzone.h", "memdesc_zonenum", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zone_type memdesc_zonenum(memdesc_flags_t flags) => (zone_type)((flags.f >> ZONES_PGSHIFT) & ZONES_MASK);

    [KernelSource("include/linux/mmzone.h", "page_zonenum", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zone_type page_zonenum(page* page) => memdesc_zonenum(page->flags);

    [KernelSource("include/linux/mmzone.h", "folio_zonenum", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zone_type folio_zonenum(folio* folio) => memdesc_zonenum(folio->flags);

    [KernelSource("include/linux/mmzone.h", "memdesc_is_zone_device", Parity.Full)]
    public static bool memdesc_is_zone_device(memdesc_flags_t mdf) => false;

    [KernelSource("include/linux/mmzone.h", "zone_device_pages_have_same_pgmap", Parity.Full)]
    public static bool zone_device_pages_have_same_pgmap(page* a, page* b) => true;

    [KernelSource("include/linux/mmzone.h", "page_pgmap", Parity.Full)]
    public static void* page_pgmap(page* page) => null;

    [KernelSource("include/linux/mmzone.h", "is_zone_device_page", Parity.Full)]
    public static bool is_zone_device_page(page* page) => memdesc_is_zone_device(page->flags);

    [KernelSource("include/linux/mmzone.h", "folio_is_zone_device", Parity.Full)]
    public static bool folio_is_zone_device(folio* folio) => memdesc_is_zone_device(folio->flags);

    [KernelSource("include/linux/mmzone.h", "is_zone_movable_page", Parity.Full)]
    public static bool is_zone_movable_page(page* page) => page_zonenum(page) == ZONE_MOVABLE;

    [KernelSource("include/linux/mmzone.h", "folio_is_zone_movable", Parity.Full)]
    public static bool folio_is_zone_movable(folio* folio) => folio_zonenum(folio) == ZONE_MOVABLE;

    [KernelSource("include/linux/mmzone.h", "zone_intersects", Parity.Full)]
    public static bool zone_intersects(zone* zone, ulong start_pfn, ulong nr_pages)
    {
        if (zone_is_empty(zone))
            return false;
        if (start_pfn >= zone_end_pfn(zone) || start_pfn + nr_pages <= zone->zone_start_pfn)
            return false;

        return true;
    }

    [KernelSource("include/linux/mmzone.h", "node_present_pages", Parity.Full)]
    public static ulong node_present_pages(int nid) => NODE_DATA(nid)->node_present_pages;

    [KernelSource("include/linux/mmzone.h", "node_spanned_pages", Parity.Full)]
    public static ulong node_spanned_pages(int nid) => NODE_DATA(nid)->node_spanned_pages;

    [KernelSource("include/linux/mmzone.h", "node_start_pfn", Parity.Full)]
    public static ulong node_start_pfn(int nid) => NODE_DATA(nid)->node_start_pfn;

    [KernelSource("include/linux/mmzone.h", "node_end_pfn", Parity.Full)]
    public static ulong node_end_pfn(int nid) => pgdat_end_pfn(NODE_DATA(nid));

    [KernelSource("include/linux/mmzone.h", "pgdat_end_pfn", Parity.Full)]
    public static ulong pgdat_end_pfn(pglist_data* pgdat) => pgdat->node_start_pfn + pgdat->node_spanned_pages;

    [KernelSource("include/linux/mmzone.h", "lruvec_pgdat", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static pglist_data* lruvec_pgdat(lruvec* lruvec) => lruvec->pgdat;

    [KernelSource("include/linux/mmzone.h", "local_memory_node", Parity.Full)]
    public static int local_memory_node(int node_id) => node_id;

    [KernelSource("include/linux/mmzone.h", "zone_idx", Parity.Full)]
    public static int zone_idx(zone* zone) => (int)(zone - zone->zone_pgdat->node_zones);

    [KernelSource("include/linux/mmzone.h", "zone_is_zone_device", Parity.Full)]
    public static bool zone_is_zone_device(zone* zone) => false;

    // Reclaim looks at zones with pages of the buddy allocator, others at zones that have memory at all.
    [KernelSource("include/linux/mmzone.h", "managed_zone", Parity.Full)]
    public static bool managed_zone(zone* zone) => zone_managed_pages(zone) != 0;

    [KernelSource("include/linux/mmzone.h", "populated_zone", Parity.Full)]
    public static bool populated_zone(zone* zone) => zone->present_pages != 0;

    [KernelSource("include/linux/mmzone.h", "zone_to_nid", Parity.Full)]
    public static int zone_to_nid(zone* zone) => 0;

    [KernelSource("include/linux/mmzone.h", "zone_set_nid", Parity.Full)]
    public static void zone_set_nid(zone* zone, int nid)
    {
    }

    [KernelSource("include/linux/mmzone.h", "is_highmem_idx", Parity.Full)]
    public static bool is_highmem_idx(zone_type idx) => false;

    [KernelSource("include/linux/mmzone.h", "is_highmem", Parity.Full)]
    public static bool is_highmem(zone* zone) => is_highmem_idx(zone_idx(zone));

    public static readonly pglist_data* contig_page_data = bss<pglist_data>();

    [KernelSource("include/linux/mmzone.h", "NODE_DATA", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static pglist_data* NODE_DATA(int nid) => contig_page_data;

    /// <summary>for_each_online_pgdat(pgdat): foreach (pglist_data* ...) is not C#, so this gives the node ids.</summary>
    [KernelSource("include/linux/mmzone.h", "for_each_online_pgdat", Parity.Full)]
    public static pglist_data_enumerable for_each_online_pgdat() => default;

    [KernelSource("include/linux/mmzone.h", "for_each_zone", Parity.Full)]
    public static zone_enumerable for_each_zone() => new(false);

    [KernelSource("include/linux/mmzone.h", "for_each_populated_zone", Parity.Full)]
    public static zone_enumerable for_each_populated_zone() => new(true);

    [KernelSource("include/linux/mmzone.h", "zonelist_zone", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zone* zonelist_zone(zoneref* zoneref) => zoneref->zone;

    [KernelSource("include/linux/mmzone.h", "zonelist_zone_idx", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int zonelist_zone_idx(zoneref* zoneref) => zoneref->zone_idx;

    [KernelSource("include/linux/mmzone.h", "zonelist_node_idx", Parity.Full)]
    public static int zonelist_node_idx(zoneref* zoneref) => zone_to_nid(zoneref->zone);

    [KernelSource("include/linux/mmzone.h", "next_zones_zonelist", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zoneref* next_zones_zonelist(zoneref* z, zone_type highest_zoneidx, nodemask_t* nodes)
    {
        if (nodes == null && zonelist_zone_idx(z) <= highest_zoneidx)
            return z;
        return mm_mmzone_c.__next_zones_zonelist(z, highest_zoneidx, nodes);
    }

    [KernelSource("include/linux/mmzone.h", "first_zones_zonelist", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static zoneref* first_zones_zonelist(zonelist* zonelist, zone_type highest_zoneidx, nodemask_t* nodes) =>
        next_zones_zonelist(zonelist->_zonerefs, highest_zoneidx, nodes);

    [KernelSource("include/linux/mmzone.h", "pfn_to_section_nr", Parity.Full)]
    public static ulong pfn_to_section_nr(ulong pfn) => pfn >> PFN_SECTION_SHIFT;

    [KernelSource("include/linux/mmzone.h", "section_nr_to_pfn", Parity.Full)]
    public static ulong section_nr_to_pfn(ulong sec) => sec << PFN_SECTION_SHIFT;

    [KernelSource("include/linux/mmzone.h", "pfn_to_nid", Parity.Full)]
    public static int pfn_to_nid(ulong pfn) => 0;
}

public unsafe ref struct pglist_data_enumerable
{
    private pglist_data* pgdat;
    private bool started;

    public pglist_data_enumerable GetEnumerator() => this;

    public readonly pglist_data* Current => pgdat;

    public bool MoveNext()
    {
        pgdat = started ? mm_mmzone_c.next_online_pgdat(pgdat) : mm_mmzone_c.first_online_pgdat();
        started = true;
        return pgdat != null;
    }
}

public unsafe ref struct zone_enumerable
{
    private zone* zone;
    private bool started;
    private readonly bool populated;

    public zone_enumerable(bool populated) => this.populated = populated;

    public readonly zone_enumerable GetEnumerator() => this;

    public readonly zone* Current => zone;

    public bool MoveNext()
    {
        do
        {
            zone = started ? mm_mmzone_c.next_zone(zone) : mm_mmzone_c.first_online_pgdat()->node_zones;
            started = true;
        } while (zone != null && populated && !linux_mmzone_h.populated_zone(zone));

        return zone != null;
    }
}
