// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using static Linux.linux_mmzone_h;

namespace Linux;

public static unsafe partial class mm_show_mem_c
{
    private const string C = "mm/show_mem.c";

    public const uint SHOW_MEM_FILTER_NODES = 0x0001;

    // Every page the allocator has or had.
    public static readonly atomic_long_t* _totalram_pages = bss<atomic_long_t>();
    public static ulong totalreserve_pages;
    public static ulong totalcma_pages;

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->count")]
    private static PerCpu<int>* count_of(PerCpu<per_cpu_pages>* p) => percpu_member(p, ref layout_of(p).count);

    [KernelSource(C, "show_migration_types", Parity.Full)]
    private static string show_migration_types(uint type)
    {
        string tmp = "";

        for (int i = 0; i < MIGRATE_TYPES; i++)
        {
            if ((type & (1u << i)) != 0)
                tmp += "UMEH"[i];
        }

        return $"({tmp}) ";
    }

    [KernelSource(C, "node_has_managed_zones", Parity.Full)]
    private static bool node_has_managed_zones(pglist_data* pgdat, int max_zone_idx)
    {
        for (int zone_idx = 0; zone_idx <= max_zone_idx; zone_idx++)
        {
            if (zone_managed_pages(&pgdat->node_zones[zone_idx]) != 0)
                return true;
        }

        return false;
    }

    private static ulong free_pcp_of(zone* zone)
    {
        ulong free_pcp = 0;

        foreach (int cpu in for_each_online_cpu())
            free_pcp += (ulong)per_cpu_ptr(zone->per_cpu_pageset, cpu)->count;
        return free_pcp;
    }

    private static void show_node_pages(pglist_data* pgdat)
    {
        ulong k(node_stat_item item) => K(node_page_state(pgdat, item));

        pr_info($"Node {pgdat->node_id} active_anon:{k(NR_ACTIVE_ANON)}kB inactive_anon:{k(NR_INACTIVE_ANON)}kB " +
            $"active_file:{k(NR_ACTIVE_FILE)}kB inactive_file:{k(NR_INACTIVE_FILE)}kB unevictable:{k(NR_UNEVICTABLE)}kB " +
            $"isolated(anon):{k(NR_ISOLATED_ANON)}kB isolated(file):{k(NR_ISOLATED_FILE)}kB mapped:{k(NR_FILE_MAPPED)}kB " +
            $"dirty:{k(NR_FILE_DIRTY)}kB writeback:{k(NR_WRITEBACK)}kB shmem:{k(NR_SHMEM)}kB " +
            $"kernel_stack:{node_page_state(pgdat, NR_KERNEL_STACK_KB)}kB pagetables:{k(NR_PAGETABLE)}kB " +
            $"sec_pagetables:{k(NR_SECONDARY_PAGETABLE)}kB " +
            $"all_unreclaimable? {(atomic_read(&pgdat->kswapd_failures) >= mm_internal_h.MAX_RECLAIM_RETRIES ? "yes" : "no")} Balloon:{k(NR_BALLOON_PAGES)}kB");
    }

    private static void show_zone_pages(zone* zone)
    {
        ulong k(zone_stat_item item) => K(zone_page_state(zone, item));

        pr_info($"{name_of(zone)} free:{k(NR_FREE_PAGES)}kB boost:{K(zone->watermark_boost)}kB min:{K(min_wmark_pages(zone))}kB " +
            $"low:{K(low_wmark_pages(zone))}kB high:{K(high_wmark_pages(zone))}kB reserved_highatomic:{K(zone->nr_reserved_highatomic)}KB " +
            $"free_highatomic:{K(zone->nr_free_highatomic)}KB active_anon:{k(NR_ZONE_ACTIVE_ANON)}kB inactive_anon:{k(NR_ZONE_INACTIVE_ANON)}kB " +
            $"active_file:{k(NR_ZONE_ACTIVE_FILE)}kB inactive_file:{k(NR_ZONE_INACTIVE_FILE)}kB unevictable:{k(NR_ZONE_UNEVICTABLE)}kB " +
            $"writepending:{k(NR_ZONE_WRITE_PENDING)}kB zspages:{k(NR_ZSPAGES)}kB present:{K(zone->present_pages)}kB " +
            $"managed:{K(zone_managed_pages(zone))}kB mlocked:{k(NR_MLOCK)}kB bounce:0kB free_pcp:{K(free_pcp_of(zone))}kB " +
            $"local_pcp:{K((ulong)this_cpu_read(count_of(zone->per_cpu_pageset)))}kB free_cma:{k(NR_FREE_CMA_PAGES)}kB");

        var reserve = new StringBuilder("lowmem_reserve[]:");
        for (int i = 0; i < MAX_NR_ZONES; i++)
            reserve.Append($" {zone->lowmem_reserve[i]}");
        pr_info(reserve.ToString());
    }

    private static string name_of(zone* zone) => Marshal.PtrToStringUTF8((nint)zone->name)!;

    private static void show_free_lists(zone* zone)
    {
        var text = new StringBuilder($"{name_of(zone)}: ");
        ulong* nr = stackalloc ulong[NR_PAGE_ORDERS];
        uint* types = stackalloc uint[NR_PAGE_ORDERS];
        ulong total = 0;

        spin_lock_irqsave(&zone->@lock, out IrqFlags flags);
        for (int order = 0; order < NR_PAGE_ORDERS; order++)
        {
            free_area* area = &zone->free_area[order];

            nr[order] = area->nr_free;
            total += nr[order] << order;
            types[order] = 0;
            for (int type = 0; type < MIGRATE_TYPES; type++)
            {
                if (!free_area_empty(area, type))
                    types[order] |= 1u << type;
            }
        }

        spin_unlock_irqrestore(&zone->@lock, flags);
        for (int order = 0; order < NR_PAGE_ORDERS; order++)
        {
            text.Append($"{nr[order]}*{K(1) << order}kB ");
            if (nr[order] != 0)
                text.Append(show_migration_types(types[order]));
        }

        pr_info($"{text}= {K(total)}kB");
    }

    [KernelSource(C, "show_free_areas", Parity.Reduced, "one node, which no mask leaves out; no huge pages")]
    private static void show_free_areas(int max_zone_idx)
    {
        ulong free_pcp = 0;

        foreach (zone* zone in for_each_populated_zone())
        {
            if (zone_idx(zone) <= max_zone_idx)
                free_pcp += free_pcp_of(zone);
        }

        ulong n(node_stat_item item) => global_node_page_state(item);

        pr_info($"active_anon:{n(NR_ACTIVE_ANON)} inactive_anon:{n(NR_INACTIVE_ANON)} isolated_anon:{n(NR_ISOLATED_ANON)}");
        pr_info($" active_file:{n(NR_ACTIVE_FILE)} inactive_file:{n(NR_INACTIVE_FILE)} isolated_file:{n(NR_ISOLATED_FILE)}");
        pr_info($" unevictable:{n(NR_UNEVICTABLE)} dirty:{n(NR_FILE_DIRTY)} writeback:{n(NR_WRITEBACK)}");
        pr_info($" slab_reclaimable:{global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B)} slab_unreclaimable:{global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B)}");
        pr_info($" mapped:{n(NR_FILE_MAPPED)} shmem:{n(NR_SHMEM)} pagetables:{n(NR_PAGETABLE)}");
        pr_info($" sec_pagetables:{n(NR_SECONDARY_PAGETABLE)} bounce:0");
        pr_info($" kernel_misc_reclaimable:{n(NR_KERNEL_MISC_RECLAIMABLE)}");
        pr_info($" free:{global_zone_page_state(NR_FREE_PAGES)} free_pcp:{free_pcp} free_cma:{global_zone_page_state(NR_FREE_CMA_PAGES)}");

        pglist_data* pgdat = mm_mmzone_c.first_online_pgdat();
        if (node_has_managed_zones(pgdat, max_zone_idx))
            show_node_pages(pgdat);

        foreach (zone* zone in for_each_populated_zone())
        {
            if (zone_idx(zone) <= max_zone_idx)
                show_zone_pages(zone);
        }

        foreach (zone* zone in for_each_populated_zone())
        {
            if (zone_idx(zone) <= max_zone_idx)
                show_free_lists(zone);
        }

        pr_info($"{n(NR_FILE_PAGES)} total pagecache pages");
        show_swap_cache_info();
    }

    /// <summary>Where the machine's memory is, into the log.</summary>
    [KernelSource(C, "__show_mem", Parity.Reduced, "as show_free_areas; no contiguous areas and bad pages")]
    public static void __show_mem(uint filter, nodemask_t* nodemask, int max_zone_idx)
    {
        ulong total = 0, reserved = 0, highmem = 0;

        pr_info("Mem-Info:");
        show_free_areas(max_zone_idx);

        foreach (zone* zone in for_each_populated_zone())
        {
            total += zone->present_pages;
            reserved += zone->present_pages - zone_managed_pages(zone);

            if (is_highmem(zone))
                highmem += zone->present_pages;
        }

        pr_info($"{total} pages RAM");
        pr_info($"{highmem} pages HighMem/MovableOnly");
        pr_info($"{reserved} pages reserved");
    }
}
