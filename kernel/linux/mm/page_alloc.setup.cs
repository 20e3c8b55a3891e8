// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_kernel_h;
using static Linux.linux_cpumask_h;
using static Linux.linux_cpuset_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;

namespace Linux;

// Zonelists, pagesets, watermarks: what is computed at boot and when CPUs or sysctls change.
public static unsafe partial class mm_page_alloc_c
{
    [KernelSource("mm/page_alloc.c", "zoneref_set_zone", Parity.Full)]
    private static void zoneref_set_zone(zone* zone, zoneref* zoneref)
    {
        zoneref->zone = zone;
        zoneref->zone_idx = zone_idx(zone);
    }

    // The node's populated zones, highest first.
    [KernelSource("mm/page_alloc.c", "build_zonerefs_node", Parity.Full)]
    private static int build_zonerefs_node(pglist_data* pgdat, zoneref* zonerefs)
    {
        zone_type zone_type = MAX_NR_ZONES;
        int nr_zones = 0;

        do
        {
            zone_type--;
            zone* zone = pgdat->node_zones + zone_type;
            if (populated_zone(zone))
                zoneref_set_zone(zone, &zonerefs[nr_zones++]);
        } while (zone_type != 0);

        return nr_zones;
    }

    [KernelSource("mm/page_alloc.c", "build_zonelists", Parity.Full)]
    private static void build_zonelists(pglist_data* pgdat)
    {
        zoneref* zonerefs = pgdat->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
        int nr_zones = build_zonerefs_node(pgdat, zonerefs);
        zonerefs += nr_zones;

        zonerefs->zone = null;
        zonerefs->zone_idx = 0;
    }

    // Until the real pagesets are allocated everybody uses these, which keep nothing: high 0, one page at a time.
    private const int BOOT_PAGESET_HIGH = 0;
    private const int BOOT_PAGESET_BATCH = 1;
    [PerCpu(Remote = true)] private static readonly PerCpu<per_cpu_pages>* boot_pageset = DEFINE_PER_CPU<per_cpu_pages>();
    [PerCpu(Remote = true)] private static readonly PerCpu<per_cpu_zonestat>* boot_zonestats = DEFINE_PER_CPU<per_cpu_zonestat>();

    [KernelSource("mm/page_alloc.c", "__build_all_zonelists", Parity.Full)]
    private static void __build_all_zonelists(void* data)
    {
        pglist_data* self = (pglist_data*)data;

        write_seqlock_irqsave(zonelist_update_seq, out IrqFlags flags);

        if (self != null && !node_online(self->node_id))
        {
            build_zonelists(self);
        }
        else
        {
            foreach (int nid in for_each_node())
            {
                pglist_data* pgdat = NODE_DATA(nid);

                build_zonelists(pgdat);
            }
        }

        write_sequnlock_irqrestore(zonelist_update_seq, flags);
    }

    [KernelSource("mm/page_alloc.c", "build_all_zonelists_init", Parity.Full)]
    private static void build_all_zonelists_init()
    {
        __build_all_zonelists(null);

        foreach (int cpu in for_each_possible_cpu())
            per_cpu_pages_init(per_cpu_ptr(boot_pageset, cpu), per_cpu_ptr(boot_zonestats, cpu));

        cpuset_init_current_mems_allowed();
    }

    [KernelSource("mm/page_alloc.c", "build_all_zonelists", Parity.Full)]
    public static void build_all_zonelists(pglist_data* pgdat)
    {
        // Zones do not come and go after boot: the kernel's branch on system_state has only this side here.
        build_all_zonelists_init();

        // Grouping by mobility needs a few blocks for each type.
        ulong vm_total_pages = nr_free_zone_pages(gfp_zone(GFP_HIGHUSER_MOVABLE));
        page_group_by_mobility_disabled = vm_total_pages < pageblock_nr_pages * MIGRATE_TYPES;

        pr_info($"Built {nr_online_nodes} zonelists, mobility grouping {(page_group_by_mobility_disabled ? "off" : "on")}.  Total pages: {vm_total_pages}");
    }

    // A quarter of a thousandth of the zone, at most 256 KiB; just below a power of two (after a half more), as that
    // keeps the CPUs from moving the same pages in step.
    [KernelSource("mm/page_alloc.c", "zone_batchsize", Parity.Full)]
    private static int zone_batchsize(zone* zone)
    {
        int batch = (int)min(zone_managed_pages(zone) >> 10, SZ_1M / PAGE_SIZE);
        batch /= 4;
        if (batch < 1)
            batch = 1;

        batch = (int)rounddown_pow_of_two((ulong)(batch + batch / 2)) - 1;

        return batch;
    }

    internal static int percpu_pagelist_high_fraction;

    // The CPUs of the node together may keep as much as the low watermark, or a fraction of the zone.
    [KernelSource("mm/page_alloc.c", "zone_highsize", Parity.Full)]
    private static int zone_highsize(zone* zone, int batch, int cpu_online, int high_fraction)
    {
        ulong total_pages;

        if (high_fraction == 0)
            total_pages = low_wmark_pages(zone);
        else
            total_pages = zone_managed_pages(zone) / (ulong)high_fraction;

        // A CPU that is coming online is not counted yet.
        int nr_split_cpus = (int)cpumask_weight(cpu_online_mask) + cpu_online;
        if (nr_split_cpus == 0)
            nr_split_cpus = (int)num_online_cpus();
        int high = (int)(total_pages / (ulong)nr_split_cpus);

        // A few batches in any case.
        high = max(high, batch << 2);

        return high;
    }

    // Others read these without the lock: they must not see a mixture that has no sense, and do not, as each is valid
    // with each.
    [KernelSource("mm/page_alloc.c", "pageset_update", Parity.Full)]
    private static void pageset_update(per_cpu_pages* pcp, int high_min, int high_max, int batch)
    {
        WRITE_ONCE(&pcp->batch, batch);
        WRITE_ONCE(&pcp->high_min, high_min);
        WRITE_ONCE(&pcp->high_max, high_max);
    }

    [KernelSource("mm/page_alloc.c", "per_cpu_pages_init", Parity.Full)]
    private static void per_cpu_pages_init(per_cpu_pages* pcp, per_cpu_zonestat* pzstats)
    {
        *pcp = default;
        *pzstats = default;

        spin_lock_init(&pcp->@lock);
        for (int pindex = 0; pindex < NR_PCP_LISTS; pindex++)
            INIT_LIST_HEAD(&pcp->lists[pindex]);

        pcp->high_min = BOOT_PAGESET_HIGH;
        pcp->high_max = BOOT_PAGESET_HIGH;
        pcp->batch = BOOT_PAGESET_BATCH;
    }

    [KernelSource("mm/page_alloc.c", "__zone_set_pageset_high_and_batch", Parity.Full)]
    private static void __zone_set_pageset_high_and_batch(zone* zone, int high_min, int high_max, int batch)
    {
        foreach (int cpu in for_each_possible_cpu())
        {
            per_cpu_pages* pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
            pageset_update(pcp, high_min, high_max, batch);
        }
    }

    [KernelSource("mm/page_alloc.c", "zone_set_pageset_high_and_batch", Parity.Full)]
    private static void zone_set_pageset_high_and_batch(zone* zone, int cpu_online)
    {
        int new_high_min, new_high_max;

        int new_batch = max(1, zone_batchsize(zone));
        if (percpu_pagelist_high_fraction != 0)
        {
            // A fixed size was asked for: nothing tunes itself.
            new_high_min = zone_highsize(zone, new_batch, cpu_online, percpu_pagelist_high_fraction);
            new_high_max = new_high_min;
        }
        else
        {
            new_high_min = zone_highsize(zone, new_batch, cpu_online, 0);
            new_high_max = zone_highsize(zone, new_batch, cpu_online, MIN_PERCPU_PAGELIST_HIGH_FRACTION);
        }

        if (zone->pageset_high_min == new_high_min && zone->pageset_high_max == new_high_max
            && zone->pageset_batch == new_batch)
            return;

        zone->pageset_high_min = new_high_min;
        zone->pageset_high_max = new_high_max;
        zone->pageset_batch = new_batch;

        __zone_set_pageset_high_and_batch(zone, new_high_min, new_high_max, new_batch);
    }

    [KernelSource("mm/page_alloc.c", "setup_zone_pageset", Parity.Full)]
    public static void setup_zone_pageset(zone* zone)
    {
        zone->per_cpu_zonestats = alloc_percpu<per_cpu_zonestat>();

        zone->per_cpu_pageset = alloc_percpu<per_cpu_pages>();
        foreach (int cpu in for_each_possible_cpu())
        {
            per_cpu_pages* pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
            per_cpu_zonestat* pzstats = per_cpu_ptr(zone->per_cpu_zonestats, cpu);
            per_cpu_pages_init(pcp, pzstats);
        }

        zone_set_pageset_high_and_batch(zone, 0);
    }

    [KernelSource("mm/page_alloc.c", "zone_pcp_update", Parity.Full)]
    [Excludes("pcp_batch_high_lock")]
    private static void zone_pcp_update(zone* zone, int cpu_online)
    {
        mutex_lock(pcp_batch_high_lock);
        zone_set_pageset_high_and_batch(zone, cpu_online);
        mutex_unlock(pcp_batch_high_lock);
    }

    [KernelSource("mm/page_alloc.c", "setup_per_cpu_pageset", Parity.Full)]
    public static void setup_per_cpu_pageset()
    {
        foreach (zone* zone in for_each_populated_zone())
            setup_zone_pageset(zone);

        foreach (pglist_data* pgdat in for_each_online_pgdat())
            pgdat->per_cpu_nodestats = alloc_percpu<per_cpu_nodestat>();
    }

    [KernelSource("mm/page_alloc.c", "zone_pcp_init", Parity.Full)]
    public static void zone_pcp_init(zone* zone)
    {
        // Per-CPU memory cannot be allocated yet.
        zone->per_cpu_pageset = boot_pageset;
        zone->per_cpu_zonestats = boot_zonestats;
        zone->pageset_high_min = BOOT_PAGESET_HIGH;
        zone->pageset_high_max = BOOT_PAGESET_HIGH;
        zone->pageset_batch = BOOT_PAGESET_BATCH;

        if (populated_zone(zone))
            pr_debug($"  zone {zone_idx(zone)}: {zone->present_pages} pages, LIFO batch:{zone_batchsize(zone)}");
    }

    [KernelSource("mm/page_alloc.c", "adjust_managed_page_count", Parity.Full)]
    public static void adjust_managed_page_count(page* page, long count)
    {
        atomic_long_add(count, &page_zone(page)->managed_pages);
        totalram_pages_add(count);
        setup_per_zone_lowmem_reserve();
    }

    [KernelSource("mm/page_alloc.c", "page_alloc_cpu_dead", Parity.Full)]
    private static int page_alloc_cpu_dead(uint cpu)
    {
        lru_add_drain_cpu((int)cpu);
        mlock_drain_remote((int)cpu);
        drain_pages((int)cpu);

        // It counts no more: what it has counted goes to the CPU that runs this.
        vm_events_fold_cpu((int)cpu);

        // And what it has not folded in yet to everybody's.
        cpu_vm_stats_fold((int)cpu);

        foreach (zone* zone in for_each_populated_zone())
            zone_pcp_update(zone, 0);

        return 0;
    }

    [KernelSource("mm/page_alloc.c", "page_alloc_cpu_online", Parity.Full)]
    private static int page_alloc_cpu_online(uint cpu)
    {
        foreach (zone* zone in for_each_populated_zone())
            zone_pcp_update(zone, 1);
        return 0;
    }

    [KernelSource("mm/page_alloc.c", "page_alloc_init_cpuhp", Parity.Full)]
    public static void page_alloc_init_cpuhp()
    {
        int ret = cpuhp_setup_state_nocalls(CPUHP_PAGE_ALLOC, "mm/page_alloc:pcp", &page_alloc_cpu_online, &page_alloc_cpu_dead);
        WARN_ON(ret < 0);
    }

    // What user space can never get, of the whole machine and of each node: the dirty limits do not count it.
    [KernelSource("mm/page_alloc.c", "calculate_totalreserve_pages", Parity.Full)]
    private static void calculate_totalreserve_pages()
    {
        ulong reserve_pages = 0;

        foreach (pglist_data* pgdat in for_each_online_pgdat())
        {
            pgdat->totalreserve_pages = 0;

            for (zone_type i = 0; i < MAX_NR_ZONES; i++)
            {
                zone* zone = pgdat->node_zones + i;
                long max = 0;
                ulong managed_pages = zone_managed_pages(zone);

                // The largest reserve of the zone's, as some allocation will be held to that one.
                for (zone_type j = i; j < MAX_NR_ZONES; j++)
                    max = linux_minmax_h.max(max, zone->lowmem_reserve[j]);

                max += (long)high_wmark_pages(zone);

                max = (long)min((ulong)max, managed_pages);

                pgdat->totalreserve_pages += (ulong)max;

                reserve_pages += (ulong)max;
            }
        }
        totalreserve_pages = reserve_pages;
    }

    [KernelSource("mm/page_alloc.c", "setup_per_zone_lowmem_reserve", Parity.Full)]
    private static void setup_per_zone_lowmem_reserve()
    {
        foreach (pglist_data* pgdat in for_each_online_pgdat())
        {
            for (zone_type i = 0; i < MAX_NR_ZONES - 1; i++)
            {
                zone* zone = &pgdat->node_zones[i];
                int ratio = sysctl_lowmem_reserve_ratio->of[i];
                bool clear = ratio == 0 || zone_managed_pages(zone) == 0;
                ulong managed_pages = 0;

                for (zone_type j = i + 1; j < MAX_NR_ZONES; j++)
                {
                    zone* upper_zone = &pgdat->node_zones[j];

                    managed_pages += zone_managed_pages(upper_zone);

                    if (clear)
                        zone->lowmem_reserve[j] = 0;
                    else
                        zone->lowmem_reserve[j] = (long)(managed_pages / (ulong)ratio);
                }
            }
        }

        // It depends on these.
        calculate_totalreserve_pages();
    }

    [KernelSource("mm/page_alloc.c", "__setup_per_zone_wmarks", Parity.Full)]
    [Excludes("zone.lock")]
    private static void __setup_per_zone_wmarks()
    {
        ulong pages_min = (ulong)(min_free_kbytes >> (PAGE_SHIFT - 10));
        ulong lowmem_pages = 0;

        // The movable zone takes no part in the reserve.
        foreach (zone* zone in for_each_zone())
        {
            if (!is_highmem(zone) && zone_idx(zone) != ZONE_MOVABLE)
                lowmem_pages += zone_managed_pages(zone);
        }

        foreach (zone* zone in for_each_zone())
        {
            spin_lock_irqsave(&zone->@lock, out IrqFlags flags);
            ulong tmp = pages_min * zone_managed_pages(zone);
            tmp = div64_ul(tmp, lowmem_pages);
            if (is_highmem(zone) || zone_idx(zone) == ZONE_MOVABLE)
            {
                // Nothing that reclaim needs comes from there: a little for the kernel's own use is enough.
                ulong min_pages = zone_managed_pages(zone) / 1024;
                min_pages = clamp(min_pages, (ulong)SWAP_CLUSTER_MAX, 128UL);
                zone->_watermark[WMARK_MIN] = min_pages;
            }
            else
            {
                // A share of the reserve in proportion to its size.
                zone->_watermark[WMARK_MIN] = tmp;
            }

            // The room in which kswapd works, between min and low, and between low and high.
            tmp = max(tmp >> 2, mult_frac(zone_managed_pages(zone), (ulong)watermark_scale_factor, 10000));

            zone->watermark_boost = 0;
            zone->_watermark[WMARK_LOW] = min_wmark_pages(zone) + tmp;
            zone->_watermark[WMARK_HIGH] = low_wmark_pages(zone) + tmp;
            zone->_watermark[WMARK_PROMO] = high_wmark_pages(zone) + tmp;

            spin_unlock_irqrestore(&zone->@lock, flags);
        }

        // It depends on the high watermark.
        calculate_totalreserve_pages();
    }

    private static readonly spinlock_t* setup_per_zone_wmarks_lock = bss<spinlock_t>();

    [KernelSource("mm/page_alloc.c", "setup_per_zone_wmarks", Parity.Full)]
    [Excludes("setup_per_zone_wmarks_lock")]
    public static void setup_per_zone_wmarks()
    {
        spin_lock(setup_per_zone_wmarks_lock);
        __setup_per_zone_wmarks();
        spin_unlock(setup_per_zone_wmarks_lock);

        // The stocks' sizes follow from the low watermark.
        foreach (zone* zone in for_each_zone())
            zone_pcp_update(zone, 0);
    }

    // Four times the square root of the size in KiB: 1 GiB keeps 4 MiB, 16 GiB keep 16 MiB.
    [KernelSource("mm/page_alloc.c", "calculate_min_free_kbytes", Parity.Full)]
    public static void calculate_min_free_kbytes()
    {
        ulong lowmem_kbytes = nr_free_buffer_pages() * (PAGE_SIZE >> 10);
        int new_min_free_kbytes = (int)int_sqrt(lowmem_kbytes * 16);

        if (new_min_free_kbytes > user_min_free_kbytes)
            min_free_kbytes = clamp(new_min_free_kbytes, 128, 262144);
        else
            pr_warn($"min_free_kbytes is not updated to {new_min_free_kbytes} because user defined value {user_min_free_kbytes} is preferred");
    }

    [KernelSource("mm/page_alloc.c", "init_per_zone_wmark_min", Parity.Full)]
    public static int init_per_zone_wmark_min()
    {
        calculate_min_free_kbytes();
        setup_per_zone_wmarks();
        refresh_zone_stat_thresholds();
        setup_per_zone_lowmem_reserve();

        khugepaged_min_free_kbytes_update();

        return 0;
    }

    // Whoever writes vm.min_free_kbytes has the last word from then on.
    [KernelSource("mm/page_alloc.c", "min_free_kbytes_sysctl_handler", Parity.Reduced, "the number comes parsed")]
    public static int min_free_kbytes_sysctl_handler(int value)
    {
        if (value < 0)
            return -EINVAL;

        min_free_kbytes = value;
        user_min_free_kbytes = min_free_kbytes;
        setup_per_zone_wmarks();
        return 0;
    }

    [KernelSource("mm/page_alloc.c", "watermark_scale_factor_sysctl_handler", Parity.Reduced, "the number comes parsed")]
    public static int watermark_scale_factor_sysctl_handler(int value)
    {
        if (value is < 1 or > 3000)
            return -EINVAL;

        watermark_scale_factor = value;
        setup_per_zone_wmarks();
        return 0;
    }

    [KernelSource("mm/page_alloc.c", "percpu_pagelist_high_fraction_sysctl_handler", Parity.Reduced, "the number comes parsed")]
    [Excludes("pcp_batch_high_lock")]
    public static int percpu_pagelist_high_fraction_sysctl_handler(int value)
    {
        int ret = 0;

        if (value < 0)
            return -EINVAL;

        mutex_lock(pcp_batch_high_lock);
        int old_percpu_pagelist_high_fraction = percpu_pagelist_high_fraction;
        percpu_pagelist_high_fraction = value;

        if (percpu_pagelist_high_fraction != 0 && percpu_pagelist_high_fraction < MIN_PERCPU_PAGELIST_HIGH_FRACTION)
        {
            percpu_pagelist_high_fraction = old_percpu_pagelist_high_fraction;
            ret = -EINVAL;
            goto @out;
        }

        if (percpu_pagelist_high_fraction == old_percpu_pagelist_high_fraction)
            goto @out;

        foreach (zone* zone in for_each_populated_zone())
            zone_set_pageset_high_and_batch(zone, 0);
    @out:
        mutex_unlock(pcp_batch_high_lock);
        return ret;
    }

    // Without the zone's lock: an answer about a page that nobody holds is out of date at once.
    [KernelSource("mm/page_alloc.c", "is_free_buddy_page", Parity.Full)]
    public static bool is_free_buddy_page(page* page)
    {
        ulong pfn = page_to_pfn(page);

        for (int order = 0; order < NR_PAGE_ORDERS; order++)
        {
            page* page_head = page - (pfn & ((1UL << order) - 1));

            if (PageBuddy(page_head) && buddy_order_unsafe(page_head) >= order)
                return true;
        }

        return false;
    }
}
