// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_memblock_h;
using static Linux.mm_internal_h;

namespace Linux;

// Zones and the node, from memblock's ranges. There is no ZONE_MOVABLE to carve out and no memory that comes later.
public static unsafe partial class mm_mm_init_c
{
    private static readonly zone_pfns* arch_zone_lowest_possible_pfn = bss<zone_pfns>();
    private static readonly zone_pfns* arch_zone_highest_possible_pfn = bss<zone_pfns>();
    private static readonly PerCpu<per_cpu_nodestat>* boot_nodestats = DEFINE_PER_CPU<per_cpu_nodestat>();

    // A pfn for each zone.
    public unsafe struct zone_pfns
    {
        public fixed ulong of[MAX_NR_ZONES];
    }

    public static void* high_memory;
    public static ulong highest_memmap_pfn;
    public static ulong nr_kernel_pages;
    public static ulong nr_all_pages;

    // The CPUs' differences of vm_committed_as, large enough not to be folded in all the time.
    public const int MIN_BATCH = 32;
    public static int vm_committed_as_batch = MIN_BATCH;

    [KernelSource("mm/mm_init.c", "mm_compute_batch", Parity.Full)]
    public static void mm_compute_batch(int overcommit_policy)
    {
        const int OVERCOMMIT_NEVER = 2;
        int nr = (int)num_present_cpus();
        int batch = max(nr * 2, MIN_BATCH);
        ulong ram_pages = totalram_pages();
        ulong memsized_batch;

        // A percent or four of what each CPU has, by how strict the policy is.
        if (overcommit_policy == OVERCOMMIT_NEVER)
            memsized_batch = min(ram_pages / (ulong)nr / 256, (ulong)INT_MAX);
        else
            memsized_batch = min(ram_pages / (ulong)nr / 4, (ulong)INT_MAX);

        vm_committed_as_batch = max((int)memsized_batch, batch);
    }

    [KernelSource("mm/mm_init.c", "__init_single_page", Parity.Full)]
    public static void __init_single_page(page* page, ulong pfn, zone_type zone, int nid)
    {
        mm_zero_struct_page(page);
        set_page_links(page, zone, (ulong)nid, pfn);
        init_page_count(page);
        atomic_set(&page->_mapcount, -1);
        page_cpupid_reset_last(page);
        page_kasan_tag_reset(page);

        INIT_LIST_HEAD(&page->lru);
    }

    // Holes and firmware inside a zone: pages that nobody may use.
    [KernelSource("mm/mm_init.c", "init_unavailable_range", Parity.Full)]
    private static void init_unavailable_range(ulong spfn, ulong epfn, zone_type zone, int node)
    {
        ulong pgcnt = 0;

        for (ulong pfn = spfn; pfn < epfn; pfn++)
        {
            __init_single_page(pfn_to_page(pfn), pfn, zone, node);
            __SetPageReserved(pfn_to_page(pfn));
            pgcnt++;
        }

        if (pgcnt != 0)
            pr_info($"On node {node}, zone {zone}: {pgcnt} pages in unavailable ranges");
    }

    [KernelSource("mm/mm_init.c", "memmap_init_range", Parity.Reduced,
        "only at boot; the pages of blocks that are free as a whole, or in use as a whole, are left for later: see mm_init.deferred.cs")]
    public static void memmap_init_range(ulong size, int nid, zone_type zone, ulong start_pfn, ulong zone_end_pfn, int context, int migratetype)
    {
        ulong end_pfn = start_pfn + size;

        if (highest_memmap_pfn < end_pfn - 1)
            highest_memmap_pfn = end_pfn - 1;

        for (ulong pfn = start_pfn; pfn < end_pfn;)
        {
            if (pageblock_aligned(pfn))
                init_pageblock_of_pfn(pfn, migratetype);

            if (defer_init(nid, pfn, zone_end_pfn))
            {
                pfn = min(pageblock_end_pfn(pfn), end_pfn);
                continue;
            }

            __init_single_page(pfn_to_page(pfn), pfn, zone, nid);
            pfn++;
        }
    }

    [KernelSource("mm/mm_init.c", "memmap_init_zone_range", Parity.Full)]
    private static void memmap_init_zone_range(zone* zone, ulong start_pfn, ulong end_pfn, ulong* hole_pfn)
    {
        ulong zone_start_pfn = zone->zone_start_pfn;
        ulong zone_end_pfn = zone_start_pfn + zone->spanned_pages;
        int nid = zone_to_nid(zone), zone_id = zone_idx(zone);

        start_pfn = clamp(start_pfn, zone_start_pfn, zone_end_pfn);
        end_pfn = clamp(end_pfn, zone_start_pfn, zone_end_pfn);

        if (start_pfn >= end_pfn)
            return;

        memmap_init_range(end_pfn - start_pfn, nid, zone_id, start_pfn, zone_end_pfn, MEMINIT_EARLY, MIGRATE_MOVABLE);

        if (*hole_pfn < start_pfn)
            init_unavailable_range_unless_deferred(*hole_pfn, start_pfn, zone_id, nid);

        *hole_pfn = end_pfn;
    }

    [KernelSource("mm/mm_init.c", "memmap_init", Parity.Full)]
    private static void memmap_init()
    {
        ulong hole_pfn = 0;
        zone_type zone_id = 0;
        int nid = 0;

        for (int i = 0; next_mem_pfn_range(i, out ulong start_pfn, out ulong end_pfn); i++)
        {
            pglist_data* node = NODE_DATA(nid);

            for (zone_type j = 0; j < MAX_NR_ZONES; j++)
            {
                zone* zone = node->node_zones + j;

                if (!populated_zone(zone))
                    continue;

                memmap_init_zone_range(zone, start_pfn, end_pfn, &hole_pfn);
                zone_id = j;
            }
        }

        // The rest of the last block, so that what looks at a buddy finds a page that is not one.
        ulong end = round_up(hole_pfn, (ulong)MAX_ORDER_NR_PAGES);
        if (hole_pfn < end)
            init_unavailable_range_unless_deferred(hole_pfn, end, zone_id, nid);
    }

    [KernelSource("mm/mm_init.c", "__absent_pages_in_range", Parity.Full)]
    private static ulong __absent_pages_in_range(int nid, ulong range_start_pfn, ulong range_end_pfn)
    {
        ulong nr_absent = range_end_pfn - range_start_pfn;

        for (int i = 0; next_mem_pfn_range(i, out ulong start_pfn, out ulong end_pfn); i++)
        {
            start_pfn = clamp(start_pfn, range_start_pfn, range_end_pfn);
            end_pfn = clamp(end_pfn, range_start_pfn, range_end_pfn);
            nr_absent -= end_pfn - start_pfn;
        }
        return nr_absent;
    }

    [KernelSource("mm/mm_init.c", "absent_pages_in_range", Parity.Full)]
    public static ulong absent_pages_in_range(ulong start_pfn, ulong end_pfn) => __absent_pages_in_range(MAX_NUMNODES, start_pfn, end_pfn);

    [KernelSource("mm/mm_init.c", "zone_absent_pages_in_node", Parity.Reduced, "no mirrored memory")]
    private static ulong zone_absent_pages_in_node(int nid, zone_type zone_type, ulong zone_start_pfn, ulong zone_end_pfn)
    {
        if (zone_start_pfn == zone_end_pfn)
            return 0;

        return __absent_pages_in_range(nid, zone_start_pfn, zone_end_pfn);
    }

    [KernelSource("mm/mm_init.c", "zone_spanned_pages_in_node", Parity.Reduced, "no ZONE_MOVABLE to leave room for")]
    private static ulong zone_spanned_pages_in_node(int nid, zone_type zone_type, ulong node_start_pfn, ulong node_end_pfn, out ulong zone_start_pfn, out ulong zone_end_pfn)
    {
        ulong zone_low = arch_zone_lowest_possible_pfn->of[zone_type];
        ulong zone_high = arch_zone_highest_possible_pfn->of[zone_type];

        zone_start_pfn = clamp(node_start_pfn, zone_low, zone_high);
        zone_end_pfn = clamp(node_end_pfn, zone_low, zone_high);

        if (zone_end_pfn < node_start_pfn || zone_start_pfn > node_end_pfn)
            return 0;

        zone_end_pfn = min(zone_end_pfn, node_end_pfn);
        zone_start_pfn = max(zone_start_pfn, node_start_pfn);

        return zone_end_pfn - zone_start_pfn;
    }

    [KernelSource("mm/mm_init.c", "calc_nr_kernel_pages", Parity.Full)]
    private static void calc_nr_kernel_pages()
    {
        ulong u = 0;
        while (next_free_mem_range(ref u, out ulong start_addr, out ulong end_addr))
        {
            ulong start_pfn = PFN_UP(start_addr);
            ulong end_pfn = PFN_DOWN(end_addr);

            if (start_pfn < end_pfn)
            {
                nr_all_pages += end_pfn - start_pfn;
                nr_kernel_pages += end_pfn - start_pfn;
            }
        }
    }

    [KernelSource("mm/mm_init.c", "calculate_node_totalpages", Parity.Full)]
    private static void calculate_node_totalpages(pglist_data* pgdat, ulong node_start_pfn, ulong node_end_pfn)
    {
        ulong realtotalpages = 0, totalpages = 0;

        for (zone_type i = 0; i < MAX_NR_ZONES; i++)
        {
            zone* zone = pgdat->node_zones + i;

            ulong spanned = zone_spanned_pages_in_node(pgdat->node_id, i, node_start_pfn, node_end_pfn,
                out ulong zone_start_pfn, out ulong zone_end_pfn);
            ulong absent = zone_absent_pages_in_node(pgdat->node_id, i, zone_start_pfn, zone_end_pfn);

            ulong real_size = spanned - absent;

            if (spanned != 0)
                zone->zone_start_pfn = zone_start_pfn;
            else
                zone->zone_start_pfn = 0;
            zone->spanned_pages = spanned;
            zone->present_pages = real_size;

            totalpages += spanned;
            realtotalpages += real_size;
        }

        pgdat->node_spanned_pages = totalpages;
        pgdat->node_present_pages = realtotalpages;
        pr_debug($"On node {pgdat->node_id} totalpages: {realtotalpages}");
    }

    [KernelSource("mm/mm_init.c", "pgdat_init_internals", Parity.Full)]
    private static void pgdat_init_internals(pglist_data* pgdat)
    {
        init_waitqueue_head(&pgdat->kswapd_wait);
        init_waitqueue_head(&pgdat->pfmemalloc_wait);

        for (int i = 0; i < NR_VMSCAN_THROTTLE; i++)
            init_waitqueue_head(&pgdat->reclaim_wait[i]);

        lruvec_init(&pgdat->__lruvec);
    }

    [KernelSource("mm/mm_init.c", "zone_init_internals", Parity.Full)]
    private static void zone_init_internals(zone* zone, zone_type idx, int nid, ulong remaining_pages)
    {
        atomic_long_set(&zone->managed_pages, (long)remaining_pages);
        zone_set_nid(zone, nid);
        zone->name = zone_names(idx);
        zone->zone_pgdat = NODE_DATA(nid);
        spin_lock_init(&zone->@lock);
        zone_pcp_init(zone);
    }

    [KernelSource("mm/mm_init.c", "zone_init_free_lists", Parity.Full)]
    private static void zone_init_free_lists(zone* zone)
    {
        for (int order = 0; order < NR_PAGE_ORDERS; order++)
        {
            for (int t = 0; t < MIGRATE_TYPES; t++)
            {
                INIT_LIST_HEAD(&zone->free_area[order].free_list[t]);
                zone->free_area[order].nr_free = 0;
            }
        }
    }

    [KernelSource("mm/mm_init.c", "init_currently_empty_zone", Parity.Full)]
    public static void init_currently_empty_zone(zone* zone, ulong zone_start_pfn, ulong size)
    {
        pglist_data* pgdat = zone->zone_pgdat;
        int zone_idx = linux_mmzone_h.zone_idx(zone) + 1;

        if (zone_idx > pgdat->nr_zones)
            pgdat->nr_zones = zone_idx;

        zone->zone_start_pfn = zone_start_pfn;

        zone_init_free_lists(zone);
        zone->initialized = 1;
    }

    [KernelSource("mm/mm_init.c", "free_area_init_core", Parity.Full)]
    private static void free_area_init_core(pglist_data* pgdat)
    {
        int nid = pgdat->node_id;

        pgdat_init_internals(pgdat);
        pgdat->per_cpu_nodestats = boot_nodestats;

        for (zone_type j = 0; j < MAX_NR_ZONES; j++)
        {
            zone* zone = pgdat->node_zones + j;
            ulong size = zone->spanned_pages;

            // The managed pages are counted anew when memblock hands its memory over.
            zone_init_internals(zone, j, nid, zone->present_pages);

            if (size == 0)
                continue;

            init_currently_empty_zone(zone, zone->zone_start_pfn, size);
        }
    }

    [KernelSource("mm/mm_init.c", "memmap_alloc", Parity.Reduced, "no nodes to choose from; not poisoned, as that would touch all of it")]
    public static void* memmap_alloc(ulong size, ulong align) => memblock_alloc_raw(size, align);

    [KernelSource("mm/mm_init.c", "alloc_node_mem_map", Parity.Full)]
    private static void alloc_node_mem_map(pglist_data* pgdat)
    {
        // An empty node has nothing.
        if (pgdat->node_spanned_pages == 0)
            return;

        // From block to block, so that a buddy's page is always there to be looked at.
        ulong start = pgdat->node_start_pfn & ~(ulong)(MAX_ORDER_NR_PAGES - 1);
        ulong offset = pgdat->node_start_pfn - start;
        ulong end = ALIGN(pgdat_end_pfn(pgdat), (ulong)MAX_ORDER_NR_PAGES);
        ulong size = (end - start) * (ulong)sizeof(page);

        page* map = (page*)memmap_alloc(size, PAGE_SIZE);
        if (map == null)
            panic($"Failed to allocate {size} bytes for node {pgdat->node_id} memory map");
        pgdat->node_mem_map = map + offset;
        memmap_boot_pages_add((long)DIV_ROUND_UP(size, PAGE_SIZE));

        mem_map = pgdat->node_mem_map;
        mem_map -= offset;
        // The first page of it is frame 0's.
        mem_map -= start;

        max_mapnr = end - start;
    }

    [KernelSource("mm/mm_init.c", "get_pfn_range_for_nid", Parity.Full)]
    public static void get_pfn_range_for_nid(uint nid, out ulong start_pfn, out ulong end_pfn)
    {
        start_pfn = ULONG_MAX;
        end_pfn = 0;

        for (int i = 0; next_mem_pfn_range(i, out ulong this_start_pfn, out ulong this_end_pfn); i++)
        {
            start_pfn = min(start_pfn, this_start_pfn);
            end_pfn = max(end_pfn, this_end_pfn);
        }

        if (start_pfn == ULONG_MAX)
            start_pfn = 0;
    }

    [KernelSource("mm/mm_init.c", "free_area_init_node", Parity.Reduced, "the node is never without memory")]
    private static void free_area_init_node(int nid)
    {
        pglist_data* pgdat = NODE_DATA(nid);

        // Its contents must be zero.
        WARN_ON(pgdat->nr_zones != 0 || pgdat->kswapd_highest_zoneidx != 0);

        get_pfn_range_for_nid((uint)nid, out ulong start_pfn, out ulong end_pfn);

        pgdat->node_id = nid;
        pgdat->node_start_pfn = start_pfn;
        pgdat->per_cpu_nodestats = null;

        pr_info($"Initmem setup node {nid} [mem 0x{start_pfn << PAGE_SHIFT:x16}-0x{(end_pfn << PAGE_SHIFT) - 1:x16}]");

        calculate_node_totalpages(pgdat, start_pfn, end_pfn);

        alloc_node_mem_map(pgdat);
        pgdat_set_deferred_range();

        free_area_init_core(pgdat);
        lru_gen_init_pgdat(pgdat);
    }

    [KernelSource("mm/mm_init.c", "set_high_memory", Parity.Full)]
    private static void set_high_memory() => high_memory = (byte*)__va(memblock_end_of_DRAM() - 1) + 1;

    [KernelSource("mm/mm_init.c", "free_area_init", Parity.Reduced, "one node; no ZONE_MOVABLE; the ranges are not printed")]
    public static void free_area_init(zone_pfns* max_zone_pfn)
    {
        // Each zone begins where the one before it ends.
        ulong start_pfn = memblock_start_of_DRAM() >> PAGE_SHIFT;

        for (zone_type zone = 0; zone < MAX_NR_ZONES; zone++)
        {
            if (zone == ZONE_MOVABLE)
                continue;

            ulong end_pfn = max(max_zone_pfn->of[zone], start_pfn);
            arch_zone_lowest_possible_pfn->of[zone] = start_pfn;
            arch_zone_highest_possible_pfn->of[zone] = end_pfn;

            start_pfn = end_pfn;
        }

        foreach (int nid in for_each_node())
            free_area_init_node(nid);

        calc_nr_kernel_pages();
        memmap_init();

        set_high_memory();
    }

    [KernelSource("mm/mm_init.c", "page_alloc_init_late", Parity.Reduced, "no deferred threads, no shuffling, no page_ext; sysctls are set through the handlers")]
    public static void page_alloc_init_late() => mem_init_print_info();

    [KernelSource("mm/mm_init.c", "memblock_free_pages", Parity.Full)]
    public static void memblock_free_pages(page* page, ulong pfn, uint order) => __free_pages_core(page, order, MEMINIT_EARLY);

    [KernelSource("mm/mm_init.c", "report_meminit", Parity.Full)]
    private static void report_meminit() =>
        pr_info($"mem auto-init: stack:off, heap alloc:{(want_init_on_alloc(GFP_KERNEL) ? "on" : "off")}, heap free:{(want_init_on_free() ? "on" : "off")}");

    [KernelSource("mm/mm_init.c", "mem_init_print_info", Parity.Reduced, "there is no image whose parts could be listed")]
    private static void mem_init_print_info()
    {
        ulong physpages = NODE_DATA(0)->node_present_pages;

        pr_info($"Memory: {K(global_zone_page_state(NR_FREE_PAGES))}K/{K(physpages)}K available ({K(physpages - totalram_pages())}K reserved)");
    }

    [KernelSource("mm/mm_init.c", "mm_core_init", Parity.Reduced,
        "what it calls besides the page allocator, and exists here, is called by the host's start_kernel right after it")]
    public static void mm_core_init()
    {
        build_all_zonelists(null);
        page_alloc_init_cpuhp();
        report_meminit();
        memblock_free_all();
    }
}
