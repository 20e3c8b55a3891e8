// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_cpumask_h;
using static Linux.linux_vmstat_h;
using static Linux.linux_seq_file_h;
using static Linux.mm_internal_h;

namespace Linux;

// /proc/buddyinfo, /proc/pagetypeinfo, /proc/zoneinfo and /proc/vmstat.
public static unsafe partial class mm_vmstat_c
{
    [KernelSource("mm/vmstat.c", "walk_zones_in_node", Parity.Full)]
    private static void walk_zones_in_node(seq_file* m, pglist_data* pgdat, bool assert_populated, bool nolock, delegate*<seq_file*, pglist_data*, zone*, void> print)
    {
        zone* node_zones = pgdat->node_zones;
        IrqFlags flags = default;

        for (zone* zone = node_zones; zone - node_zones < MAX_NR_ZONES; ++zone)
        {
            if (assert_populated && !populated_zone(zone))
                continue;

            if (!nolock)
                spin_lock_irqsave(&zone->@lock, out flags);
            print(m, pgdat, zone);
            if (!nolock)
                spin_unlock_irqrestore(&zone->@lock, flags);
        }
    }

    [KernelSource("mm/vmstat.c", "frag_show_print", Parity.Full)]
    private static void frag_show_print(seq_file* m, pglist_data* pgdat, zone* zone)
    {
        seq_printf(m, $"Node {pgdat->node_id}, zone {zone->name,8} ");
        for (int order = 0; order < NR_PAGE_ORDERS; ++order)
            seq_printf(m, $"{zone->free_area[order].nr_free,6} ");
        seq_putc(m, '\n');
    }

    /// <summary>/proc/buddyinfo.</summary>
    [KernelSource("mm/vmstat.c", "frag_show", Parity.Full)]
    public static int frag_show(seq_file* m, void* arg)
    {
        pglist_data* pgdat = (pglist_data*)arg;
        walk_zones_in_node(m, pgdat, true, false, &frag_show_print);
        return 0;
    }

    [KernelSource("mm/vmstat.c", "pagetypeinfo_showfree_print", Parity.Reduced, "the lock is not dropped in between, and long lists are counted to their end")]
    private static void pagetypeinfo_showfree_print(seq_file* m, pglist_data* pgdat, zone* zone)
    {
        for (int mtype = 0; mtype < MIGRATE_TYPES; mtype++)
        {
            seq_printf(m, $"Node {pgdat->node_id,4}, zone {zone->name,8}, type {migratetype_names(mtype),12} ");
            for (int order = 0; order < NR_PAGE_ORDERS; ++order)
            {
                ulong freecount = 0;
                free_area* area = &zone->free_area[order];

                for (list_head* curr = area->free_list[mtype].next; curr != &area->free_list[mtype]; curr = curr->next)
                    freecount++;
                seq_printf(m, $"{freecount,6} ");
            }
            seq_putc(m, '\n');
        }
    }

    [KernelSource("mm/vmstat.c", "pagetypeinfo_showfree", Parity.Full)]
    private static void pagetypeinfo_showfree(seq_file* m, void* arg)
    {
        pglist_data* pgdat = (pglist_data*)arg;

        seq_printf(m, $"{"Free pages count per migrate type at order"u8,-43} ");
        for (int order = 0; order < NR_PAGE_ORDERS; ++order)
            seq_printf(m, $"{order,6} ");
        seq_putc(m, '\n');

        walk_zones_in_node(m, pgdat, true, false, &pagetypeinfo_showfree_print);
    }

    [KernelSource("mm/vmstat.c", "pagetypeinfo_show", Parity.Reduced, "only the free pages, not the number of blocks")]
    public static int pagetypeinfo_show(seq_file* m, void* arg)
    {
        seq_printf(m, $"Page block order: {pageblock_order}\n");
        seq_printf(m, $"Pages per block:  {pageblock_nr_pages}\n");
        seq_putc(m, '\n');
        pagetypeinfo_showfree(m, arg);

        return 0;
    }

    [KernelSource("mm/vmstat.c", "is_zone_first_populated", Parity.Full)]
    private static bool is_zone_first_populated(pglist_data* pgdat, zone* zone)
    {
        for (zone_type zid = 0; zid < MAX_NR_ZONES; zid++)
        {
            zone* compare = &pgdat->node_zones[zid];

            if (populated_zone(compare))
                return zone == compare;
        }

        return false;
    }

    [KernelSource("mm/vmstat.c", "zoneinfo_show_print", Parity.Full)]
    private static void zoneinfo_show_print(seq_file* m, pglist_data* pgdat, zone* zone)
    {
        seq_printf(m, $"Node {pgdat->node_id}, zone {zone->name,8}");
        if (is_zone_first_populated(pgdat, zone))
        {
            seq_puts(m, "\n  per-node stats"u8);
            for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
            {
                ulong pages = node_page_state_pages(pgdat, i);

                seq_printf(m, $"\n      {node_stat_name(i),-12} {pages}");
            }
        }
        seq_printf(m, $"\n  pages free     {zone_page_state(zone, NR_FREE_PAGES)}");
        seq_printf(m, $"\n        boost    {zone->watermark_boost}");
        seq_printf(m, $"\n        min      {min_wmark_pages(zone)}");
        seq_printf(m, $"\n        low      {low_wmark_pages(zone)}");
        seq_printf(m, $"\n        high     {high_wmark_pages(zone)}");
        seq_printf(m, $"\n        promo    {promo_wmark_pages(zone)}");
        seq_printf(m, $"\n        spanned  {zone->spanned_pages}");
        seq_printf(m, $"\n        present  {zone->present_pages}");
        seq_printf(m, $"\n        managed  {zone_managed_pages(zone)}");
        seq_printf(m, $"\n        cma      {zone_cma_pages(zone)}");

        seq_printf(m, $"\n        protection: ({zone->lowmem_reserve[0]}");
        for (int i = 1; i < MAX_NR_ZONES; i++)
            seq_printf(m, $", {zone->lowmem_reserve[i]}");
        seq_putc(m, ')');

        // Nothing more to say of an empty zone.
        if (!populated_zone(zone))
        {
            seq_putc(m, '\n');
            return;
        }

        for (int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
            seq_printf(m, $"\n      {zone_stat_name(i),-12} {zone_page_state(zone, i)}");

        seq_puts(m, "\n  pagesets"u8);
        foreach (int i in for_each_online_cpu())
        {
            per_cpu_pages* pcp = per_cpu_ptr(zone->per_cpu_pageset, i);

            seq_printf(m, $"\n    cpu: {i}");
            seq_printf(m, $"\n              count:    {pcp->count}");
            seq_printf(m, $"\n              high:     {pcp->high}");
            seq_printf(m, $"\n              batch:    {pcp->batch}");
            seq_printf(m, $"\n              high_min: {pcp->high_min}");
            seq_printf(m, $"\n              high_max: {pcp->high_max}");

            per_cpu_zonestat* pzstats = per_cpu_ptr(zone->per_cpu_zonestats, i);
            seq_printf(m, $"\n  vm stats threshold: {(int)pzstats->stat_threshold}");
        }
        seq_printf(m, $"\n  node_unreclaimable:  {(atomic_read(&pgdat->kswapd_failures) >= MAX_RECLAIM_RETRIES ? 1 : 0)}");
        seq_printf(m, $"\n  start_pfn:           {zone->zone_start_pfn}");
        seq_putc(m, '\n');
    }

    /// <summary>/proc/zoneinfo.</summary>
    [KernelSource("mm/vmstat.c", "zoneinfo_show", Parity.Full)]
    public static int zoneinfo_show(seq_file* m, void* arg)
    {
        pglist_data* pgdat = (pglist_data*)arg;
        walk_zones_in_node(m, pgdat, false, false, &zoneinfo_show_print);
        return 0;
    }

    private const int NR_VMSTAT_ITEMS = NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS + NR_VM_NODE_STAT_ITEMS + NR_VM_STAT_ITEMS + NR_VM_EVENT_ITEMS;

    // vmstat_start: all numbers at once, so that they are of one moment.
    [KernelSource("mm/vmstat.c", "vmstat_start", Parity.Reduced, "fills the caller's array")]
    private static void vmstat_start(ulong* v)
    {
        fold_vm_numa_events();
        for (int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
            v[i] = global_zone_page_state(i);
        v += NR_VM_ZONE_STAT_ITEMS;

        for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
            v[i] = global_node_page_state_pages(i);
        v += NR_VM_NODE_STAT_ITEMS;

        global_dirty_limits(v + NR_DIRTY_BG_THRESHOLD, v + NR_DIRTY_THRESHOLD);
        v[NR_MEMMAP_PAGES] = (ulong)atomic_long_read(nr_memmap_pages);
        v[NR_MEMMAP_BOOT_PAGES] = (ulong)atomic_long_read(nr_memmap_boot_pages);
        v += NR_VM_STAT_ITEMS;

        all_vm_events(v);
        // Sectors to KiB.
        v[PGPGIN] /= 2;
        v[PGPGOUT] /= 2;
    }

    /// <summary>/proc/vmstat.</summary>
    [KernelSource("mm/vmstat.c", "vmstat_show", Parity.Reduced, "all lines in one call")]
    public static int vmstat_show(seq_file* m, void* arg)
    {
        ulong* v = stackalloc ulong[NR_VMSTAT_ITEMS];

        vmstat_start(v);
        for (int off = 0; off < NR_VMSTAT_ITEMS; off++)
        {
            seq_puts(m, vmstat_text(off));
            seq_put_decimal_ull(m, " "u8, v[off]);
            seq_putc(m, '\n');
        }

        // Gone, but parsers may expect it.
        seq_puts(m, "nr_unstable 0\n"u8);
        return 0;
    }
}
