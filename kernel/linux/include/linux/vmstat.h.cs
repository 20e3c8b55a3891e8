// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_types_h;
using static Linux.linux_percpu_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_vm_event_item_h;
using static Linux.linux_atomic_h;
using static Linux.linux_mmdebug_h;

namespace Linux;

public unsafe struct reclaim_stat
{
    public uint nr_dirty;
    public uint nr_unqueued_dirty;
    public uint nr_congested;
    public uint nr_writeback;
    public uint nr_immediate;
    public uint nr_pageout;
    public fixed uint nr_activate[linux_mmzone_h.ANON_AND_FILE];
    public uint nr_ref_keep;
    public uint nr_unmap_fail;
    public uint nr_lazyfree_fail;
    public uint nr_demoted;
}

public unsafe struct vm_event_state
{
    public fixed ulong @event[linux_vm_event_item_h.NR_VM_EVENT_ITEMS];
}

public static unsafe partial class linux_vmstat_h
{
    // enum vm_stat_item: what /proc/vmstat prints and no array counts.
    public const int NR_DIRTY_THRESHOLD = 0;
    public const int NR_DIRTY_BG_THRESHOLD = 1;
    public const int NR_MEMMAP_PAGES = 2;
    public const int NR_MEMMAP_BOOT_PAGES = 3;
    public const int NR_VM_STAT_ITEMS = 4;

    [PerCpu(Remote = true)]
    public static readonly PerCpu<vm_event_state>* vm_event_states = DEFINE_PER_CPU<vm_event_state>();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->event")]
    private static PerCpu<ulong>* event_of(PerCpu<vm_event_state>* p) => percpu_member(p, ref layout_of(p).@event[0]);

    // The __ forms are for callers that cannot be preempted, or do not mind a lost count.
    [KernelSource("include/linux/vmstat.h", "__count_vm_event", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __count_vm_event(vm_event_item item) => raw_cpu_inc(&event_of(vm_event_states)[item]);

    [KernelSource("include/linux/vmstat.h", "count_vm_event", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void count_vm_event(vm_event_item item) => this_cpu_inc(&event_of(vm_event_states)[item]);

    [KernelSource("include/linux/vmstat.h", "__count_vm_events", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __count_vm_events(vm_event_item item, long delta) =>
        raw_cpu_add(&event_of(vm_event_states)[item], (ulong)delta);

    /// <summary>__count_vm_events for who has looked for its CPU already, with preemption off.</summary>
    [KernelSource("include/linux/vmstat.h", "__count_vm_events", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void __count_vm_events(vm_event_item item, long delta, cpu* c) =>
        *this_cpu_ptr(&event_of(vm_event_states)[item], c) += (ulong)delta;

    [KernelSource("include/linux/vmstat.h", "count_vm_events", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void count_vm_events(vm_event_item item, long delta) =>
        this_cpu_add(&event_of(vm_event_states)[item], (ulong)delta);

    // item_normal is the _NORMAL one of the row; the others stand around it in the order of the zones.
    [KernelSource("include/linux/vmstat.h", "__count_zid_vm_events", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __count_zid_vm_events(vm_event_item item_normal, zone_type zid, long delta) =>
        __count_vm_events(item_normal - ZONE_NORMAL + zid, delta);

    public static readonly atomic_long_t* vm_zone_stat = bss<atomic_long_t>(NR_VM_ZONE_STAT_ITEMS);
    public static readonly atomic_long_t* vm_node_stat = bss<atomic_long_t>(NR_VM_NODE_STAT_ITEMS);

    [KernelSource("include/linux/vmstat.h", "zone_page_state_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void zone_page_state_add(long x, zone* zone, zone_stat_item item)
    {
        atomic_long_add(x, &zone->vm_stat[item]);
        atomic_long_add(x, &vm_zone_stat[item]);
    }

    [KernelSource("include/linux/vmstat.h", "node_page_state_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void node_page_state_add(long x, pglist_data* pgdat, node_stat_item item)
    {
        atomic_long_add(x, &pgdat->vm_stat[item]);
        atomic_long_add(x, &vm_node_stat[item]);
    }

    // What the CPUs have not folded in yet may make any of these negative for a while.
    [KernelSource("include/linux/vmstat.h", "global_zone_page_state", Parity.Full)]
    public static ulong global_zone_page_state(zone_stat_item item)
    {
        long x = atomic_long_read(&vm_zone_stat[item]);

        if (x < 0)
            x = 0;
        return (ulong)x;
    }

    [KernelSource("include/linux/vmstat.h", "global_node_page_state_pages", Parity.Full)]
    public static ulong global_node_page_state_pages(node_stat_item item)
    {
        long x = atomic_long_read(&vm_node_stat[item]);

        if (x < 0)
            x = 0;
        return (ulong)x;
    }

    [KernelSource("include/linux/vmstat.h", "global_node_page_state", Parity.Full)]
    public static ulong global_node_page_state(node_stat_item item)
    {
        VM_WARN_ON_ONCE(vmstat_item_in_bytes(item));

        return global_node_page_state_pages(item);
    }

    [KernelSource("include/linux/vmstat.h", "zone_page_state", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong zone_page_state(zone* zone, zone_stat_item item)
    {
        long x = atomic_long_read(&zone->vm_stat[item]);

        if (x < 0)
            x = 0;
        return (ulong)x;
    }

    // As exact as it gets: the CPUs' differences are added in, at the price of looking at all of them.
    [KernelSource("include/linux/vmstat.h", "zone_page_state_snapshot", Parity.Full)]
    public static ulong zone_page_state_snapshot(zone* zone, zone_stat_item item)
    {
        long x = atomic_long_read(&zone->vm_stat[item]);

        foreach (int cpu in for_each_online_cpu())
            x += per_cpu_ptr(zone->per_cpu_zonestats, cpu)->vm_stat_diff[item];

        if (x < 0)
            x = 0;
        return (ulong)x;
    }

    [KernelSource("include/linux/vmstat.h", "sum_zone_node_page_state", Parity.Full)]
    public static ulong sum_zone_node_page_state(int node, zone_stat_item item) => global_zone_page_state(item);

    [KernelSource("include/linux/vmstat.h", "node_page_state", Parity.Full)]
    public static ulong node_page_state(pglist_data* node, node_stat_item item) => global_node_page_state(item);

    [KernelSource("include/linux/vmstat.h", "node_page_state_pages", Parity.Full)]
    public static ulong node_page_state_pages(pglist_data* node, node_stat_item item) => global_node_page_state_pages(item);

    [KernelSource("include/linux/vmstat.h", "fold_vm_numa_events", Parity.Full)]
    public static void fold_vm_numa_events()
    {
    }

    [KernelSource("include/linux/vmstat.h", "__zone_stat_mod_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __zone_stat_mod_folio(folio* folio, zone_stat_item item, long nr) =>
        __mod_zone_page_state(folio_zone(folio), item, nr);

    [KernelSource("include/linux/vmstat.h", "__zone_stat_add_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __zone_stat_add_folio(folio* folio, zone_stat_item item) =>
        __mod_zone_page_state(folio_zone(folio), item, (long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "__zone_stat_sub_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __zone_stat_sub_folio(folio* folio, zone_stat_item item) =>
        __mod_zone_page_state(folio_zone(folio), item, -(long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "zone_stat_mod_folio", Parity.Full)]
    public static void zone_stat_mod_folio(folio* folio, zone_stat_item item, long nr) =>
        mod_zone_page_state(folio_zone(folio), item, nr);

    [KernelSource("include/linux/vmstat.h", "zone_stat_add_folio", Parity.Full)]
    public static void zone_stat_add_folio(folio* folio, zone_stat_item item) =>
        mod_zone_page_state(folio_zone(folio), item, (long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "zone_stat_sub_folio", Parity.Full)]
    public static void zone_stat_sub_folio(folio* folio, zone_stat_item item) =>
        mod_zone_page_state(folio_zone(folio), item, -(long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "__node_stat_mod_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __node_stat_mod_folio(folio* folio, node_stat_item item, long nr) =>
        __mod_node_page_state(folio_pgdat(folio), item, nr);

    [KernelSource("include/linux/vmstat.h", "__node_stat_add_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __node_stat_add_folio(folio* folio, node_stat_item item) =>
        __mod_node_page_state(folio_pgdat(folio), item, (long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "__node_stat_sub_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __node_stat_sub_folio(folio* folio, node_stat_item item) =>
        __mod_node_page_state(folio_pgdat(folio), item, -(long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "node_stat_mod_folio", Parity.Full)]
    public static void node_stat_mod_folio(folio* folio, node_stat_item item, long nr) =>
        mod_node_page_state(folio_pgdat(folio), item, nr);

    [KernelSource("include/linux/vmstat.h", "node_stat_add_folio", Parity.Full)]
    public static void node_stat_add_folio(folio* folio, node_stat_item item) =>
        mod_node_page_state(folio_pgdat(folio), item, (long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "node_stat_sub_folio", Parity.Full)]
    public static void node_stat_sub_folio(folio* folio, node_stat_item item) =>
        mod_node_page_state(folio_pgdat(folio), item, -(long)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "zone_stat_name", Parity.Full)]
    public static byte* zone_stat_name(zone_stat_item item) => vmstat_text(item);

    [KernelSource("include/linux/vmstat.h", "node_stat_name", Parity.Full)]
    public static byte* node_stat_name(node_stat_item item) =>
        vmstat_text(NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS + item);

    // Without the nr_ in front.
    [KernelSource("include/linux/vmstat.h", "lru_list_name", Parity.Full)]
    public static byte* lru_list_name(lru_list lru) => node_stat_name(NR_LRU_BASE + lru) + 3;

    [KernelSource("include/linux/vmstat.h", "vm_event_name", Parity.Full)]
    public static byte* vm_event_name(vm_event_item item) =>
        vmstat_text(NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS + NR_VM_NODE_STAT_ITEMS + NR_VM_STAT_ITEMS + item);

    [KernelSource("include/linux/vmstat.h", "mod_lruvec_state", Parity.Full)]
    public static void mod_lruvec_state(lruvec* lruvec, node_stat_item idx, int val)
    {
        local_irq_save(out IrqFlags flags);
        __mod_lruvec_state(lruvec, idx, val);
        local_irq_restore(flags);
    }

    [KernelSource("include/linux/vmstat.h", "lruvec_stat_mod_folio", Parity.Full)]
    public static void lruvec_stat_mod_folio(folio* folio, node_stat_item idx, int val)
    {
        local_irq_save(out IrqFlags flags);
        __lruvec_stat_mod_folio(folio, idx, val);
        local_irq_restore(flags);
    }

    [KernelSource("include/linux/vmstat.h", "mod_lruvec_page_state", Parity.Full)]
    public static void mod_lruvec_page_state(page* page, node_stat_item idx, int val) =>
        lruvec_stat_mod_folio(page_folio(page), idx, val);

    [KernelSource("include/linux/vmstat.h", "__lruvec_stat_add_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __lruvec_stat_add_folio(folio* folio, node_stat_item idx) =>
        __lruvec_stat_mod_folio(folio, idx, (int)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "__lruvec_stat_sub_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __lruvec_stat_sub_folio(folio* folio, node_stat_item idx) =>
        __lruvec_stat_mod_folio(folio, idx, -(int)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "lruvec_stat_add_folio", Parity.Full)]
    public static void lruvec_stat_add_folio(folio* folio, node_stat_item idx) =>
        lruvec_stat_mod_folio(folio, idx, (int)folio_nr_pages(folio));

    [KernelSource("include/linux/vmstat.h", "lruvec_stat_sub_folio", Parity.Full)]
    public static void lruvec_stat_sub_folio(folio* folio, node_stat_item idx) =>
        lruvec_stat_mod_folio(folio, idx, -(int)folio_nr_pages(folio));
}
