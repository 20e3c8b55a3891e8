// SPDX-License-Identifier: GPL-2.0-only
// page-writeback.c, part 1 of 5: how much may be dirty, in the system, in a group, and of a device.
using static Linux.linux_flex_proportions_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    private const string C = "mm/page-writeback.c";

    // 200 ms are the longest sleep in balance_dirty_pages().
    private const long MAX_PAUSE = HZ / 5;

    // It should not be called for fewer pages than this: rather a longer pause.
    private const int DIRTY_POLL_THRESH = 128 >> (PAGE_SHIFT - 10);

    // Bandwidth and limits are estimated this often.
    private const ulong BANDWIDTH_INTERVAL = HZ / 5;

    private const int RATELIMIT_CALC_SHIFT = 10;

    // So many pages a CPU may dirty before somebody looks, whoever dirtied them.
    private static long ratelimit_pages = 32;

    internal static int dirty_background_ratio = 10;

    // When not 0, instead of dirty_background_ratio.
    internal static ulong dirty_background_bytes;

    internal static int vm_dirty_ratio = 20;

    // When not 0, instead of vm_dirty_ratio.
    internal static ulong vm_dirty_bytes;

    /// <summary>How often flushers look for old data, in hundredths of a second.</summary>
    public static uint dirty_writeback_interval = 5 * 100;

    /// <summary>Dirty data is written when it is this old, in hundredths of a second.</summary>
    public static uint dirty_expire_interval = 30 * 100;

    public static int laptop_mode;

    public static readonly wb_domain* global_wb_domain = bss<wb_domain>();

    // For how long completions count in full.
    private const ulong VM_COMPLETIONS_PERIOD_LEN = 3 * HZ;

    [KernelSource(C, "GDTC_INIT", Parity.Full)]
    private static dirty_throttle_control GDTC_INIT(bdi_writeback* wb) =>
        new() { wb = wb, dom = global_wb_domain, wb_completions = &wb->completions };

    [KernelSource(C, "GDTC_INIT_NO_WB", Parity.Full)]
    private static dirty_throttle_control GDTC_INIT_NO_WB() => new() { dom = global_wb_domain };

    [KernelSource(C, "MDTC_INIT", Parity.Full)]
    private static dirty_throttle_control MDTC_INIT(bdi_writeback* wb, dirty_throttle_control* gdtc) =>
        new() { wb = wb, dom = mem_cgroup_wb_domain(wb), wb_completions = &wb->memcg_completions, gdtc = gdtc };

    [KernelSource(C, "mdtc_valid", Parity.Full)]
    private static bool mdtc_valid(dirty_throttle_control* dtc) => dtc->dom != null;

    [KernelSource(C, "dtc_dom", Parity.Full)]
    private static wb_domain* dtc_dom(dirty_throttle_control* dtc) => dtc->dom;

    [KernelSource(C, "mdtc_gdtc", Parity.Full)]
    private static dirty_throttle_control* mdtc_gdtc(dirty_throttle_control* mdtc) => mdtc->gdtc;

    [KernelSource(C, "wb_memcg_completions", Parity.Full)]
    private static fprop_local_percpu* wb_memcg_completions(bdi_writeback* wb) => &wb->memcg_completions;

    /// <summary>A wb's part of its device's least and largest shares.</summary>
    [KernelSource(C, "wb_min_max_ratio", Parity.Full)]
    private static void wb_min_max_ratio(bdi_writeback* wb, ulong* minp, ulong* maxp)
    {
        ulong this_bw = READ_ONCE(&wb->avg_write_bandwidth);
        ulong tot_bw = (ulong)atomic_long_read(&wb->bdi->tot_write_bandwidth);
        ulong min = wb->bdi->min_ratio;
        ulong max = wb->bdi->max_ratio;

        // A wb that has become clean is no longer in the sum.
        if (this_bw < tot_bw)
        {
            if (min != 0)
            {
                min *= this_bw;
                min = div64_ul(min, tot_bw);
            }

            if (max < 100 * BDI_RATIO_SCALE)
            {
                max *= this_bw;
                max = div64_ul(max, tot_bw);
            }
        }

        *minp = min;
        *maxp = max;
    }

    // What the page cache may have is what is free or page cache already, less the reserves. Of this a part may be dirty.

    [KernelSource(C, "node_dirtyable_memory", Parity.Full)]
    private static ulong node_dirtyable_memory(pglist_data* pgdat)
    {
        ulong nr_pages = 0;

        for (int z = 0; z < MAX_NR_ZONES; z++)
        {
            zone* zone = pgdat->node_zones + z;

            if (!populated_zone(zone))
                continue;

            nr_pages += zone_page_state(zone, NR_FREE_PAGES);
        }

        // What is kept for the kernel must not have to be cleaned first.
        nr_pages -= min(nr_pages, pgdat->totalreserve_pages);

        nr_pages += node_page_state(pgdat, NR_INACTIVE_FILE);
        nr_pages += node_page_state(pgdat, NR_ACTIVE_FILE);

        return nr_pages;
    }

    [KernelSource(C, "global_dirtyable_memory", Parity.Full)]
    private static ulong global_dirtyable_memory()
    {
        ulong x = global_zone_page_state(NR_FREE_PAGES);

        // As in node_dirtyable_memory().
        x -= min(x, totalreserve_pages);

        x += global_node_page_state(NR_INACTIVE_FILE);
        x += global_node_page_state(NR_ACTIVE_FILE);

        return x + 1; // never 0
    }

    /// <summary>The two limits of a domain, whose avail is known.</summary>
    [KernelSource(C, "domain_dirty_limits", Parity.Full)]
    private static void domain_dirty_limits(dirty_throttle_control* dtc)
    {
        ulong available_memory = dtc->avail;
        dirty_throttle_control* gdtc = mdtc_gdtc(dtc);
        ulong bytes = vm_dirty_bytes;
        ulong bg_bytes = dirty_background_bytes;
        // In parts of PAGE_SIZE, which is finer than percents.
        ulong ratio = (ulong)vm_dirty_ratio * PAGE_SIZE / 100;
        ulong bg_ratio = (ulong)dirty_background_ratio * PAGE_SIZE / 100;
        ulong thresh;
        ulong bg_thresh;

        // A group's has the system's.
        if (gdtc != null)
        {
            ulong global_avail = gdtc->avail;

            // Bytes are for the system: for a group they are made a ratio.
            if (bytes != 0)
                ratio = min(DIV_ROUND_UP(bytes, global_avail), PAGE_SIZE);
            if (bg_bytes != 0)
                bg_ratio = min(DIV_ROUND_UP(bg_bytes, global_avail), PAGE_SIZE);
            bytes = bg_bytes = 0;
        }

        if (bytes != 0)
            thresh = DIV_ROUND_UP(bytes, PAGE_SIZE);
        else
            thresh = ratio * available_memory / PAGE_SIZE;

        if (bg_bytes != 0)
            bg_thresh = DIV_ROUND_UP(bg_bytes, PAGE_SIZE);
        else
            bg_thresh = bg_ratio * available_memory / PAGE_SIZE;

        task_struct* tsk = current;
        if (rt_or_dl_task(tsk))
        {
            bg_thresh += (bg_thresh / 4) + (global_wb_domain->dirty_limit / 32);
            thresh += (thresh / 4) + (global_wb_domain->dirty_limit / 32);
        }

        // What follows counts pages in 32 bits.
        if (thresh > uint.MaxValue)
            thresh = uint.MaxValue;
        if (bg_thresh >= thresh)
            bg_thresh = thresh / 2;
        dtc->thresh = thresh;
        dtc->bg_thresh = bg_thresh;
    }

    [KernelSource(C, "global_dirty_limits", Parity.Full)]
    public static void global_dirty_limits(ulong* pbackground, ulong* pdirty)
    {
        dirty_throttle_control gdtc = GDTC_INIT_NO_WB();

        gdtc.avail = global_dirtyable_memory();
        domain_dirty_limits(&gdtc);

        *pbackground = gdtc.bg_thresh;
        *pdirty = gdtc.thresh;
    }

    [KernelSource(C, "node_dirty_limit", Parity.Full)]
    private static ulong node_dirty_limit(pglist_data* pgdat)
    {
        ulong node_memory = node_dirtyable_memory(pgdat);
        task_struct* tsk = current;
        ulong dirty;

        if (vm_dirty_bytes != 0)
            dirty = DIV_ROUND_UP(vm_dirty_bytes, PAGE_SIZE) * node_memory / global_dirtyable_memory();
        else
            dirty = (ulong)vm_dirty_ratio * node_memory / 100;

        if (rt_or_dl_task(tsk))
            dirty += dirty / 4;

        // As in domain_dirty_limits().
        return min(dirty, uint.MaxValue);
    }

    /// <summary>Whether more pages of a node may become dirty.</summary>
    [KernelSource(C, "node_dirty_ok", Parity.Full)]
    public static bool node_dirty_ok(pglist_data* pgdat)
    {
        ulong limit = node_dirty_limit(pgdat);
        ulong nr_pages = 0;

        nr_pages += node_page_state(pgdat, NR_FILE_DIRTY);
        nr_pages += node_page_state(pgdat, NR_WRITEBACK);

        return nr_pages <= limit;
    }

    // The handlers get values that are numbers and in range: kernel/host/sysctl parses them and shows them.

    [KernelSource(C, "dirty_background_ratio_handler", Parity.Reduced, "the value comes parsed")]
    public static int dirty_background_ratio_handler(long value)
    {
        dirty_background_ratio = (int)value;
        dirty_background_bytes = 0;
        return 0;
    }

    [KernelSource(C, "dirty_background_bytes_handler", Parity.Reduced, "the value comes parsed")]
    public static int dirty_background_bytes_handler(long value)
    {
        if (DIV_ROUND_UP((ulong)value, PAGE_SIZE) > uint.MaxValue)
            return -ERANGE;
        dirty_background_bytes = (ulong)value;
        dirty_background_ratio = 0;
        return 0;
    }

    [KernelSource(C, "dirty_ratio_handler", Parity.Reduced, "the value comes parsed")]
    public static int dirty_ratio_handler(long value)
    {
        int old_ratio = vm_dirty_ratio;

        vm_dirty_ratio = (int)value;
        if (vm_dirty_ratio != old_ratio)
        {
            vm_dirty_bytes = 0;
            writeback_set_ratelimit();
        }

        return 0;
    }

    [KernelSource(C, "dirty_bytes_handler", Parity.Reduced, "the value comes parsed")]
    public static int dirty_bytes_handler(long value)
    {
        ulong old_bytes = vm_dirty_bytes;

        vm_dirty_bytes = (ulong)value;
        if (vm_dirty_bytes != old_bytes)
        {
            if (DIV_ROUND_UP(vm_dirty_bytes, PAGE_SIZE) > uint.MaxValue)
            {
                vm_dirty_bytes = old_bytes;
                return -ERANGE;
            }

            writeback_set_ratelimit();
            vm_dirty_ratio = 0;
        }

        return 0;
    }

    [KernelSource(C, "wp_next_time", Parity.Full)]
    private static ulong wp_next_time(ulong cur_time)
    {
        cur_time += VM_COMPLETIONS_PERIOD_LEN;
        // 0 says that no period is running.
        if (cur_time == 0)
            return 1;
        return cur_time;
    }

    [KernelSource(C, "wb_domain_writeout_add", Parity.Full)]
    private static void wb_domain_writeout_add(wb_domain* dom, fprop_local_percpu* completions, uint max_prop_frac, long nr)
    {
        __fprop_add_percpu_max(&dom->completions, completions, (int)max_prop_frac, nr);

        // The first since the aging was stopped. Another CPU may do the same: it comes to about the same time.
        if (unlikely(dom->period_time == 0))
        {
            dom->period_time = wp_next_time(jiffies);
            mod_timer(&dom->period_timer, dom->period_time);
        }
    }

    /// <summary>A wb has written so many pages: in the system's domain, and in its group's.</summary>
    [KernelSource(C, "__wb_writeout_add", Parity.Full)]
    private static void __wb_writeout_add(bdi_writeback* wb, long nr)
    {
        wb_stat_mod(wb, WB_WRITTEN, nr);
        wb_domain_writeout_add(global_wb_domain, &wb->completions, wb->bdi->max_prop_frac, nr);

        wb_domain* cgdom = mem_cgroup_wb_domain(wb);
        if (cgdom != null)
            wb_domain_writeout_add(cgdom, wb_memcg_completions(wb), wb->bdi->max_prop_frac, nr);
    }

    [KernelSource(C, "wb_writeout_inc", Parity.Full)]
    public static void wb_writeout_inc(bdi_writeback* wb)
    {
        local_irq_save(out IrqFlags flags);
        __wb_writeout_add(wb, 1);
        local_irq_restore(flags);
    }

    /// <summary>Old completions count less with every period, until there are none.</summary>
    [KernelSource(C, "writeout_period", Parity.Full)]
    private static void writeout_period(timer_list* t)
    {
        wb_domain* dom = container_of<wb_domain>(t, &((wb_domain*)nowhere)->period_timer);
        // The timer may be deferred: periods were missed then.
        int miss_periods = (int)((jiffies - dom->period_time) / VM_COMPLETIONS_PERIOD_LEN);

        if (fprop_new_period(&dom->completions, miss_periods + 1))
        {
            dom->period_time = wp_next_time(dom->period_time +
                ((ulong)miss_periods * VM_COMPLETIONS_PERIOD_LEN));
            mod_timer(&dom->period_timer, dom->period_time);
        }
        else
        {
            // All fractions are 0: nothing is left to age.
            dom->period_time = 0;
        }
    }

    [KernelSource(C, "wb_domain_init", Parity.Full)]
    public static int wb_domain_init(wb_domain* dom, gfp_t gfp)
    {
        *dom = default;

        spin_lock_init(&dom->@lock);

        timer_setup(&dom->period_timer, &writeout_period, TIMER_DEFERRABLE);

        dom->dirty_limit_tstamp = jiffies;

        return fprop_global_init(&dom->completions, gfp);
    }

    [KernelSource(C, "wb_domain_exit", Parity.Full)]
    public static void wb_domain_exit(wb_domain* dom)
    {
        timer_delete_sync(&dom->period_timer);
        fprop_global_destroy(&dom->completions);
    }

    // The sum of all devices' least shares, which is below 100 %. Guarded by bdi_lock.
    private static uint bdi_min_ratio;

    [KernelSource(C, "bdi_check_pages_limit", Parity.Full)]
    private static int bdi_check_pages_limit(ulong pages)
    {
        ulong max_dirty_pages = global_dirtyable_memory();

        if (pages > max_dirty_pages)
            return -EINVAL;

        return 0;
    }

    [KernelSource(C, "bdi_ratio_from_pages", Parity.Full)]
    private static ulong bdi_ratio_from_pages(ulong pages)
    {
        ulong background_thresh;
        ulong dirty_thresh;

        global_dirty_limits(&background_thresh, &dirty_thresh);
        if (dirty_thresh == 0)
            return unchecked((ulong)-EINVAL);
        return div64_u64(pages * 100UL * BDI_RATIO_SCALE, dirty_thresh);
    }

    [KernelSource(C, "bdi_get_bytes", Parity.Full)]
    private static u64 bdi_get_bytes(uint ratio)
    {
        ulong background_thresh;
        ulong dirty_thresh;

        global_dirty_limits(&background_thresh, &dirty_thresh);
        return dirty_thresh * PAGE_SIZE * ratio / BDI_RATIO_SCALE / 100;
    }

    [KernelSource(C, "__bdi_set_min_ratio", Parity.Full)]
    [Excludes("mm_backing_dev_c.bdi_lock")]
    private static int __bdi_set_min_ratio(backing_dev_info* bdi, uint min_ratio)
    {
        uint delta;
        int ret = 0;

        if (min_ratio > 100 * BDI_RATIO_SCALE)
            return -EINVAL;

        spin_lock_bh(bdi_lock);
        if (min_ratio > bdi->max_ratio)
        {
            ret = -EINVAL;
        }
        else
        {
            if (min_ratio < bdi->min_ratio)
            {
                delta = bdi->min_ratio - min_ratio;
                bdi_min_ratio -= delta;
                bdi->min_ratio = min_ratio;
            }
            else
            {
                delta = min_ratio - bdi->min_ratio;
                if (bdi_min_ratio + delta < 100 * BDI_RATIO_SCALE)
                {
                    bdi_min_ratio += delta;
                    bdi->min_ratio = min_ratio;
                }
                else
                {
                    ret = -EINVAL;
                }
            }
        }

        spin_unlock_bh(bdi_lock);

        return ret;
    }

    [KernelSource(C, "__bdi_set_max_ratio", Parity.Full)]
    [Excludes("mm_backing_dev_c.bdi_lock")]
    private static int __bdi_set_max_ratio(backing_dev_info* bdi, uint max_ratio)
    {
        int ret = 0;

        if (max_ratio > 100 * BDI_RATIO_SCALE)
            return -EINVAL;

        spin_lock_bh(bdi_lock);
        if (bdi->min_ratio > max_ratio)
        {
            ret = -EINVAL;
        }
        else
        {
            bdi->max_ratio = max_ratio;
            bdi->max_prop_frac = (uint)(FPROP_FRAC_BASE * max_ratio / (100 * BDI_RATIO_SCALE));
        }

        spin_unlock_bh(bdi_lock);

        return ret;
    }

    [KernelSource(C, "bdi_set_min_ratio_no_scale", Parity.Full)]
    public static int bdi_set_min_ratio_no_scale(backing_dev_info* bdi, uint min_ratio) => __bdi_set_min_ratio(bdi, min_ratio);

    [KernelSource(C, "bdi_set_max_ratio_no_scale", Parity.Full)]
    public static int bdi_set_max_ratio_no_scale(backing_dev_info* bdi, uint max_ratio) => __bdi_set_max_ratio(bdi, max_ratio);

    [KernelSource(C, "bdi_set_min_ratio", Parity.Full)]
    public static int bdi_set_min_ratio(backing_dev_info* bdi, uint min_ratio) =>
        __bdi_set_min_ratio(bdi, min_ratio * BDI_RATIO_SCALE);

    [KernelSource(C, "bdi_set_max_ratio", Parity.Full)]
    public static int bdi_set_max_ratio(backing_dev_info* bdi, uint max_ratio) =>
        __bdi_set_max_ratio(bdi, max_ratio * BDI_RATIO_SCALE);

    [KernelSource(C, "bdi_get_min_bytes", Parity.Full)]
    public static u64 bdi_get_min_bytes(backing_dev_info* bdi) => bdi_get_bytes(bdi->min_ratio);

    [KernelSource(C, "bdi_set_min_bytes", Parity.Full)]
    public static int bdi_set_min_bytes(backing_dev_info* bdi, u64 min_bytes)
    {
        ulong pages = min_bytes >> PAGE_SHIFT;

        int ret = bdi_check_pages_limit(pages);
        if (ret != 0)
            return ret;

        long min_ratio = (long)bdi_ratio_from_pages(pages);
        if (min_ratio < 0)
            return (int)min_ratio;
        return __bdi_set_min_ratio(bdi, (uint)min_ratio);
    }

    [KernelSource(C, "bdi_get_max_bytes", Parity.Full)]
    public static u64 bdi_get_max_bytes(backing_dev_info* bdi) => bdi_get_bytes(bdi->max_ratio);

    [KernelSource(C, "bdi_set_max_bytes", Parity.Full)]
    public static int bdi_set_max_bytes(backing_dev_info* bdi, u64 max_bytes)
    {
        ulong pages = max_bytes >> PAGE_SHIFT;

        int ret = bdi_check_pages_limit(pages);
        if (ret != 0)
            return ret;

        long max_ratio = (long)bdi_ratio_from_pages(pages);
        if (max_ratio < 0)
            return (int)max_ratio;
        return __bdi_set_max_ratio(bdi, (uint)max_ratio);
    }

    [KernelSource(C, "bdi_set_strict_limit", Parity.Full)]
    [Excludes("mm_backing_dev_c.bdi_lock")]
    public static int bdi_set_strict_limit(backing_dev_info* bdi, uint strict_limit)
    {
        if (strict_limit > 1)
            return -EINVAL;

        spin_lock_bh(bdi_lock);
        if (strict_limit != 0)
            bdi->capabilities |= BDI_CAP_STRICTLIMIT;
        else
            bdi->capabilities &= ~BDI_CAP_STRICTLIMIT;
        spin_unlock_bh(bdi_lock);

        return 0;
    }

    /// <summary>Nobody is throttled below this.</summary>
    [KernelSource(C, "dirty_freerun_ceiling", Parity.Full)]
    private static ulong dirty_freerun_ceiling(ulong thresh, ulong bg_thresh) => (thresh + bg_thresh) / 2;

    [KernelSource(C, "hard_dirty_limit", Parity.Full)]
    private static ulong hard_dirty_limit(wb_domain* dom, ulong thresh) => max(thresh, dom->dirty_limit);

    /// <summary>A group may have what it has of page cache, and what its limits and the clean pages of others leave it.</summary>
    [KernelSource(C, "mdtc_calc_avail", Parity.Full)]
    private static void mdtc_calc_avail(dirty_throttle_control* mdtc, ulong filepages, ulong headroom)
    {
        dirty_throttle_control* gdtc = mdtc_gdtc(mdtc);
        ulong clean = filepages - min(filepages, mdtc->dirty);
        ulong global_clean = gdtc->avail - min(gdtc->avail, gdtc->dirty);
        ulong other_clean = global_clean - min(global_clean, clean);

        mdtc->avail = filepages + min(headroom, other_clean);
    }

    [KernelSource(C, "dtc_is_global", Parity.Full)]
    private static bool dtc_is_global(dirty_throttle_control* dtc) => mdtc_gdtc(dtc) == null;

    /// <summary>What may be dirty and what is. Whether more is to be written, pages that are being written have no say in.</summary>
    [KernelSource(C, "domain_dirty_avail", Parity.Full)]
    private static void domain_dirty_avail(dirty_throttle_control* dtc, bool include_writeback)
    {
        if (dtc_is_global(dtc))
        {
            dtc->avail = global_dirtyable_memory();
            dtc->dirty = global_node_page_state(NR_FILE_DIRTY);
            if (include_writeback)
                dtc->dirty += global_node_page_state(NR_WRITEBACK);
        }
        else
        {
            ulong filepages = 0, headroom = 0, writeback = 0;

            mem_cgroup_wb_stats(dtc->wb, &filepages, &headroom, &dtc->dirty, &writeback);
            if (include_writeback)
                dtc->dirty += writeback;
            mdtc_calc_avail(dtc, filepages, headroom);
        }
    }
}
