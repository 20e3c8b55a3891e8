// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_cpumask_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;

namespace Linux;

// Counters: each CPU collects small differences, and adds them to the shared ones past a threshold or once in a while.
//
// vm_stat_diff and vm_node_stat_diff are written by their own CPU only; a dead CPU's by whoever folds it in.
public static unsafe partial class mm_vmstat_c
{
    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->stat_threshold")]
    private static PerCpu<sbyte>* stat_threshold_of(PerCpu<per_cpu_zonestat>* p) => percpu_member(p, ref layout_of(p).stat_threshold);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->vm_stat_diff")]
    private static PerCpu<sbyte>* vm_stat_diff_of(PerCpu<per_cpu_zonestat>* p) => percpu_member(p, ref layout_of(p).vm_stat_diff[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->stat_threshold")]
    private static PerCpu<sbyte>* stat_threshold_of(PerCpu<per_cpu_nodestat>* p) => percpu_member(p, ref layout_of(p).stat_threshold);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->vm_node_stat_diff")]
    private static PerCpu<sbyte>* vm_node_stat_diff_of(PerCpu<per_cpu_nodestat>* p) => percpu_member(p, ref layout_of(p).vm_node_stat_diff[0]);

    [KernelSource("mm/vmstat.c", "sum_vm_events", Parity.Full)]
    private static void sum_vm_events(ulong* ret)
    {
        memset(ret, 0, NR_VM_EVENT_ITEMS * sizeof(ulong));

        foreach (int cpu in for_each_online_cpu())
        {
            vm_event_state* @this = per_cpu_ptr(vm_event_states, cpu);

            for (int i = 0; i < NR_VM_EVENT_ITEMS; i++)
                ret[i] += @this->@event[i];
        }
    }

    // The sum is a little old when the caller sees it, as the CPUs go on counting.
    [KernelSource("mm/vmstat.c", "all_vm_events", Parity.Full)]
    public static void all_vm_events(ulong* ret)
    {
        cpus_read_lock();
        sum_vm_events(ret);
        cpus_read_unlock();
    }

    [KernelSource("mm/vmstat.c", "vm_events_fold_cpu", Parity.Full)]
    public static void vm_events_fold_cpu(int cpu)
    {
        vm_event_state* fold_state = per_cpu_ptr(vm_event_states, cpu);

        for (int i = 0; i < NR_VM_EVENT_ITEMS; i++)
        {
            count_vm_events(i, (long)fold_state->@event[i]);
            fold_state->@event[i] = 0;
        }
    }

    // While kswapd works under pressure, the CPUs together must not hide more than the gap between low and min.
    [KernelSource("mm/vmstat.c", "calculate_pressure_threshold", Parity.Full)]
    public static int calculate_pressure_threshold(zone* zone)
    {
        int watermark_distance = (int)(low_wmark_pages(zone) - min_wmark_pages(zone));
        int threshold = max(1, watermark_distance / (int)num_online_cpus());

        threshold = min(125, threshold);

        return threshold;
    }

    // Grows with the logarithms of the number of CPUs and of the zone's size in 128 MiB; 125 is what fits in a byte.
    [KernelSource("mm/vmstat.c", "calculate_normal_threshold", Parity.Full)]
    public static int calculate_normal_threshold(zone* zone)
    {
        int mem = (int)(zone_managed_pages(zone) >> (27 - PAGE_SHIFT));
        int threshold = 2 * fls(num_online_cpus()) * (1 + fls((uint)mem));

        threshold = min(125, threshold);

        return threshold;
    }

    [KernelSource("mm/vmstat.c", "refresh_zone_stat_thresholds", Parity.Full)]
    public static void refresh_zone_stat_thresholds()
    {
        foreach (pglist_data* pgdat in for_each_online_pgdat())
        {
            foreach (int cpu in for_each_online_cpu())
                per_cpu_ptr(pgdat->per_cpu_nodestats, cpu)->stat_threshold = 0;
        }

        foreach (zone* zone in for_each_populated_zone())
        {
            pglist_data* pgdat = zone->zone_pgdat;
            int threshold = calculate_normal_threshold(zone);

            foreach (int cpu in for_each_online_cpu())
            {
                per_cpu_ptr(zone->per_cpu_zonestats, cpu)->stat_threshold = (sbyte)threshold;

                // The node takes the largest of its zones'.
                int pgdat_threshold = per_cpu_ptr(pgdat->per_cpu_nodestats, cpu)->stat_threshold;
                per_cpu_ptr(pgdat->per_cpu_nodestats, cpu)->stat_threshold = (sbyte)max(threshold, pgdat_threshold);
            }

            // Only if the CPUs may hide more than the gap between the watermarks is an exact count ever needed.
            ulong tolerate_drift = low_wmark_pages(zone) - min_wmark_pages(zone);
            ulong max_drift = num_online_cpus() * (ulong)threshold;
            if (max_drift > tolerate_drift)
                zone->percpu_drift_mark = high_wmark_pages(zone) + max_drift;
        }
    }

    [KernelSource("mm/vmstat.c", "set_pgdat_percpu_threshold", Parity.Full)]
    public static void set_pgdat_percpu_threshold(pglist_data* pgdat, delegate*<zone*, int> calculate_pressure)
    {
        for (int i = 0; i < pgdat->nr_zones; i++)
        {
            zone* zone = &pgdat->node_zones[i];
            if (zone->percpu_drift_mark == 0)
                continue;

            int threshold = calculate_pressure(zone);
            foreach (int cpu in for_each_online_cpu())
                per_cpu_ptr(zone->per_cpu_zonestats, cpu)->stat_threshold = (sbyte)threshold;
        }
    }

    // For use when preemption is off, or interrupts where the counter is also changed from them.
    [KernelSource("mm/vmstat.c", "__mod_zone_page_state", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RequiresPreemptOff]
    public static void __mod_zone_page_state(zone* zone, zone_stat_item item, long delta)
    {
        per_cpu_zonestat* pcp = this_cpu_ptr(zone->per_cpu_zonestats);
        sbyte* p = &pcp->vm_stat_diff[item];

        long x = delta + *p;
        long t = pcp->stat_threshold;

        if (abs(x) > t)
        {
            zone_page_state_add(x, zone, item);
            x = 0;
        }
        *p = (sbyte)x;
    }

    [KernelSource("mm/vmstat.c", "__mod_node_page_state", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RequiresPreemptOff]
    public static void __mod_node_page_state(pglist_data* pgdat, node_stat_item item, long delta)
    {
        if (vmstat_item_in_bytes(item))
        {
            // Only whole pages change hands, but the memory cgroups count bytes, so callers speak of bytes.
            VM_WARN_ON_ONCE((delta & (long)(PAGE_SIZE - 1)) != 0);
            delta >>= PAGE_SHIFT;
        }

        per_cpu_nodestat* pcp = this_cpu_ptr(pgdat->per_cpu_nodestats);
        sbyte* p = &pcp->vm_node_stat_diff[item];

        long x = delta + *p;
        long t = pcp->stat_threshold;

        if (abs(x) > t)
        {
            node_page_state_add(x, pgdat, item);
            x = 0;
        }
        *p = (sbyte)x;
    }

    // Past the threshold, half of it more goes over, so that a counter that only rises stays away from the shared line.
    [KernelSource("mm/vmstat.c", "__inc_zone_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __inc_zone_state(zone* zone, zone_stat_item item)
    {
        PerCpu<per_cpu_zonestat>* pcp = zone->per_cpu_zonestats;
        PerCpu<sbyte>* p = &vm_stat_diff_of(pcp)[item];

        sbyte v = __this_cpu_inc_return(p);
        sbyte t = __this_cpu_read(stat_threshold_of(pcp));
        if (v > t)
        {
            sbyte overstep = (sbyte)(t >> 1);

            zone_page_state_add(v + overstep, zone, item);
            __this_cpu_write(p, (sbyte)-overstep);
        }
    }

    [KernelSource("mm/vmstat.c", "__inc_node_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __inc_node_state(pglist_data* pgdat, node_stat_item item)
    {
        PerCpu<per_cpu_nodestat>* pcp = pgdat->per_cpu_nodestats;
        PerCpu<sbyte>* p = &vm_node_stat_diff_of(pcp)[item];

        VM_WARN_ON_ONCE(vmstat_item_in_bytes(item));

        sbyte v = __this_cpu_inc_return(p);
        sbyte t = __this_cpu_read(stat_threshold_of(pcp));
        if (v > t)
        {
            sbyte overstep = (sbyte)(t >> 1);

            node_page_state_add(v + overstep, pgdat, item);
            __this_cpu_write(p, (sbyte)-overstep);
        }
    }

    [KernelSource("mm/vmstat.c", "__inc_zone_page_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __inc_zone_page_state(page* page, zone_stat_item item) => __inc_zone_state(page_zone(page), item);

    [KernelSource("mm/vmstat.c", "__inc_node_page_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __inc_node_page_state(page* page, node_stat_item item) => __inc_node_state(page_pgdat(page), item);

    [KernelSource("mm/vmstat.c", "__dec_zone_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __dec_zone_state(zone* zone, zone_stat_item item)
    {
        PerCpu<per_cpu_zonestat>* pcp = zone->per_cpu_zonestats;
        PerCpu<sbyte>* p = &vm_stat_diff_of(pcp)[item];

        sbyte v = __this_cpu_dec_return(p);
        sbyte t = __this_cpu_read(stat_threshold_of(pcp));
        if (v < -t)
        {
            sbyte overstep = (sbyte)(t >> 1);

            zone_page_state_add(v - overstep, zone, item);
            __this_cpu_write(p, overstep);
        }
    }

    [KernelSource("mm/vmstat.c", "__dec_node_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __dec_node_state(pglist_data* pgdat, node_stat_item item)
    {
        PerCpu<per_cpu_nodestat>* pcp = pgdat->per_cpu_nodestats;
        PerCpu<sbyte>* p = &vm_node_stat_diff_of(pcp)[item];

        VM_WARN_ON_ONCE(vmstat_item_in_bytes(item));

        sbyte v = __this_cpu_dec_return(p);
        sbyte t = __this_cpu_read(stat_threshold_of(pcp));
        if (v < -t)
        {
            sbyte overstep = (sbyte)(t >> 1);

            node_page_state_add(v - overstep, pgdat, item);
            __this_cpu_write(p, overstep);
        }
    }

    [KernelSource("mm/vmstat.c", "__dec_zone_page_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __dec_zone_page_state(page* page, zone_stat_item item) => __dec_zone_state(page_zone(page), item);

    [KernelSource("mm/vmstat.c", "__dec_node_page_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __dec_node_page_state(page* page, node_stat_item item) => __dec_node_state(page_pgdat(page), item);

    // overstep_mode: 0 adds just what is there, 1 and -1 half a threshold more in that direction.
    [KernelSource("mm/vmstat.c", "mod_zone_state", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void mod_zone_state(zone* zone, zone_stat_item item, long delta, int overstep_mode)
    {
        PerCpu<per_cpu_zonestat>* pcp = zone->per_cpu_zonestats;
        PerCpu<sbyte>* p = &vm_stat_diff_of(pcp)[item];
        long n, z;

        sbyte o = this_cpu_read(p);
        do
        {
            z = 0;

            // The threshold may belong to another CPU by the time of the exchange: all are the same, or soon will be.
            long t = this_cpu_read(stat_threshold_of(pcp));

            n = delta + o;

            if (abs(n) > t)
            {
                int os = overstep_mode * (int)(t >> 1);

                z = n + os;
                n = -os;
            }
        } while (!this_cpu_try_cmpxchg(p, &o, (sbyte)n));

        if (z != 0)
            zone_page_state_add(z, zone, item);
    }

    [KernelSource("mm/vmstat.c", "mod_zone_page_state", Parity.Full)]
    public static void mod_zone_page_state(zone* zone, zone_stat_item item, long delta) => mod_zone_state(zone, item, delta, 0);

    [KernelSource("mm/vmstat.c", "inc_zone_page_state", Parity.Full)]
    public static void inc_zone_page_state(page* page, zone_stat_item item) => mod_zone_state(page_zone(page), item, 1, 1);

    [KernelSource("mm/vmstat.c", "dec_zone_page_state", Parity.Full)]
    public static void dec_zone_page_state(page* page, zone_stat_item item) => mod_zone_state(page_zone(page), item, -1, -1);

    [KernelSource("mm/vmstat.c", "mod_node_state", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void mod_node_state(pglist_data* pgdat, node_stat_item item, int delta, int overstep_mode)
    {
        PerCpu<per_cpu_nodestat>* pcp = pgdat->per_cpu_nodestats;
        PerCpu<sbyte>* p = &vm_node_stat_diff_of(pcp)[item];
        long n, z;

        if (vmstat_item_in_bytes(item))
        {
            VM_WARN_ON_ONCE((delta & (int)(PAGE_SIZE - 1)) != 0);
            delta >>= PAGE_SHIFT;
        }

        sbyte o = this_cpu_read(p);
        do
        {
            z = 0;

            long t = this_cpu_read(stat_threshold_of(pcp));

            n = delta + (long)o;

            if (abs(n) > t)
            {
                int os = overstep_mode * (int)(t >> 1);

                z = n + os;
                n = -os;
            }
        } while (!this_cpu_try_cmpxchg(p, &o, (sbyte)n));

        if (z != 0)
            node_page_state_add(z, pgdat, item);
    }

    [KernelSource("mm/vmstat.c", "mod_node_page_state", Parity.Full)]
    public static void mod_node_page_state(pglist_data* pgdat, node_stat_item item, long delta) =>
        mod_node_state(pgdat, item, (int)delta, 0);

    [KernelSource("mm/vmstat.c", "inc_node_state", Parity.Full)]
    public static void inc_node_state(pglist_data* pgdat, node_stat_item item) => mod_node_state(pgdat, item, 1, 1);

    [KernelSource("mm/vmstat.c", "inc_node_page_state", Parity.Full)]
    public static void inc_node_page_state(page* page, node_stat_item item) => mod_node_state(page_pgdat(page), item, 1, 1);

    [KernelSource("mm/vmstat.c", "dec_node_page_state", Parity.Full)]
    public static void dec_node_page_state(page* page, node_stat_item item) => mod_node_state(page_pgdat(page), item, -1, -1);

    [KernelSource("mm/vmstat.c", "fold_diff", Parity.Full)]
    private static bool fold_diff(int* zone_diff, int* node_diff)
    {
        bool changed = false;

        for (int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
        {
            if (zone_diff[i] != 0)
            {
                atomic_long_add(zone_diff[i], &vm_zone_stat[i]);
                changed = true;
            }
        }

        for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
        {
            if (node_diff[i] != 0)
            {
                atomic_long_add(node_diff[i], &vm_node_stat[i]);
                changed = true;
            }
        }
        return changed;
    }

    // Folds this CPU's differences in. The global sums are collected on the stack first: their lines are the busiest.
    [KernelSource("mm/vmstat.c", "refresh_cpu_vm_stats", Parity.Full)]
    [ContextUnsafe("a worker that is bound to its CPU, or its idle task", Rule = "KM0401")]
    private static bool refresh_cpu_vm_stats(bool do_pagesets)
    {
        int* global_zone_diff = stackalloc int[NR_VM_ZONE_STAT_ITEMS];
        int* global_node_diff = stackalloc int[NR_VM_NODE_STAT_ITEMS];
        bool changed = false;

        foreach (zone* zone in for_each_populated_zone())
        {
            PerCpu<per_cpu_zonestat>* pzstats = zone->per_cpu_zonestats;
            PerCpu<per_cpu_pages>* pcp = zone->per_cpu_pageset;

            for (int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
            {
                int v = this_cpu_xchg(&vm_stat_diff_of(pzstats)[i], (sbyte)0);
                if (v != 0)
                {
                    atomic_long_add(v, &zone->vm_stat[i]);
                    global_zone_diff[i] += v;
                }
            }

            if (do_pagesets)
            {
                cond_resched();

                if (decay_pcp_high(zone, this_cpu_ptr(pcp)))
                    changed = true;
            }
        }

        foreach (pglist_data* pgdat in for_each_online_pgdat())
        {
            PerCpu<per_cpu_nodestat>* p = pgdat->per_cpu_nodestats;

            for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
            {
                int v = this_cpu_xchg(&vm_node_stat_diff_of(p)[i], (sbyte)0);
                if (v != 0)
                {
                    atomic_long_add(v, &pgdat->vm_stat[i]);
                    global_node_diff[i] += v;
                }
            }
        }

        if (fold_diff(global_zone_diff, global_node_diff))
            changed = true;
        return changed;
    }

    // For a CPU that is offline.
    [KernelSource("mm/vmstat.c", "cpu_vm_stats_fold", Parity.Full)]
    public static void cpu_vm_stats_fold(int cpu)
    {
        int* global_zone_diff = stackalloc int[NR_VM_ZONE_STAT_ITEMS];
        int* global_node_diff = stackalloc int[NR_VM_NODE_STAT_ITEMS];

        foreach (zone* zone in for_each_populated_zone())
        {
            per_cpu_zonestat* pzstats = per_cpu_ptr(zone->per_cpu_zonestats, cpu);

            for (int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
            {
                if (pzstats->vm_stat_diff[i] != 0)
                {
                    int v = pzstats->vm_stat_diff[i];
                    pzstats->vm_stat_diff[i] = 0;
                    atomic_long_add(v, &zone->vm_stat[i]);
                    global_zone_diff[i] += v;
                }
            }
        }

        foreach (pglist_data* pgdat in for_each_online_pgdat())
        {
            per_cpu_nodestat* p = per_cpu_ptr(pgdat->per_cpu_nodestats, cpu);

            for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
            {
                if (p->vm_node_stat_diff[i] != 0)
                {
                    int v = p->vm_node_stat_diff[i];
                    p->vm_node_stat_diff[i] = 0;
                    atomic_long_add(v, &pgdat->vm_stat[i]);
                    global_node_diff[i] += v;
                }
            }
        }

        fold_diff(global_zone_diff, global_node_diff);
    }

    // For a pageset that is about to go away.
    [KernelSource("mm/vmstat.c", "drain_zonestat", Parity.Full)]
    public static void drain_zonestat(zone* zone, per_cpu_zonestat* pzstats)
    {
        for (int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
        {
            if (pzstats->vm_stat_diff[i] != 0)
            {
                long v = pzstats->vm_stat_diff[i];
                pzstats->vm_stat_diff[i] = 0;
                zone_page_state_add(v, zone, i);
            }
        }
    }

    // What the memory map itself takes.
    private static readonly atomic_long_t* nr_memmap_boot_pages = bss<atomic_long_t>();
    private static readonly atomic_long_t* nr_memmap_pages = bss<atomic_long_t>();

    [KernelSource("mm/vmstat.c", "memmap_boot_pages_add", Parity.Full)]
    public static void memmap_boot_pages_add(long delta) => atomic_long_add(delta, nr_memmap_boot_pages);

    [KernelSource("mm/vmstat.c", "memmap_pages_add", Parity.Full)]
    public static void memmap_pages_add(long delta) => atomic_long_add(delta, nr_memmap_pages);
}
