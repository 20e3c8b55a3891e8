// SPDX-License-Identifier: GPL-2.0-only
// page-writeback.c, part 3 of 5: who dirties pages is held up when the flushers cannot keep up.
using static Linux.linux_log2_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    /// <summary>After how many pages a task looks again: the square root of what is left to the limit.</summary>
    [KernelSource(C, "dirty_poll_interval", Parity.Full)]
    private static ulong dirty_poll_interval(ulong dirty, ulong thresh)
    {
        if (thresh > dirty)
            return 1UL << (ilog2(thresh - dirty) >> 1);

        return 1;
    }

    /// <summary>The longest sleep: an eighth of the time that the wb needs for its dirty pages, so that the disk is never idle.</summary>
    [KernelSource(C, "wb_max_pause", Parity.Full)]
    private static long wb_max_pause(bdi_writeback* wb, ulong wb_dirty)
    {
        ulong bw = READ_ONCE(&wb->avg_write_bandwidth);
        ulong t;

        t = wb_dirty / (1 + (bw / roundup_pow_of_two(1 + (HZ / 8))));
        t++;

        return (long)min(t, (ulong)MAX_PAUSE);
    }

    /// <summary>The sleep that is aimed at, half of which is the least, and how many pages a task dirties until then.</summary>
    [KernelSource(C, "wb_min_pause", Parity.Full)]
    private static long wb_min_pause(bdi_writeback* wb, long max_pause, ulong task_ratelimit, ulong dirty_ratelimit, int* nr_dirtied_pause)
    {
        long hi = ilog2(READ_ONCE(&wb->avg_write_bandwidth));
        long lo = ilog2(READ_ONCE(&wb->dirty_ratelimit));
        long t; // the pause aimed at
        long pause; // what the next one is expected to be
        int pages; // nr_dirtied_pause

        // 10 ms for one task.
        t = max(1, HZ / 100);

        // And 10 ms more each time their number doubles, so that they do not spend their time here.
        if (hi > lo)
            t += (hi - lo) * (10 * HZ) / 1024;

        // The base rate is steadier than the task's: pages follow from that one. Where the task's is much lower the pause
        // would exceed the longest one, and be cut: then there are fewer pages. And half of the longest is the most that is
        // aimed at, so that this does not happen with every small change.
        t = min(t, 1 + (max_pause / 2));
        pages = (int)(dirty_ratelimit * (ulong)t / roundup_pow_of_two(HZ));

        // Very few pages at a time disturb a task that reads as well.
        if (pages < DIRTY_POLL_THRESH)
        {
            t = max_pause;
            pages = (int)(dirty_ratelimit * (ulong)t / roundup_pow_of_two(HZ));
            if (pages > DIRTY_POLL_THRESH)
            {
                pages = DIRTY_POLL_THRESH;
                t = (long)((ulong)(HZ * DIRTY_POLL_THRESH) / dirty_ratelimit);
            }
        }

        pause = (long)((ulong)(HZ * pages) / (task_ratelimit + 1));
        if (pause > max_pause)
        {
            t = max_pause;
            pages = (int)(task_ratelimit * (ulong)t / roundup_pow_of_two(HZ));
        }

        *nr_dirtied_pause = pages;

        return pages >= DIRTY_POLL_THRESH ? 1 + (t / 2) : t;
    }

    [KernelSource(C, "wb_dirty_limits", Parity.Full)]
    private static void wb_dirty_limits(dirty_throttle_control* dtc)
    {
        bdi_writeback* wb = dtc->wb;
        ulong wb_reclaimable;

        // The wb's share is no hard limit: it goes up and down, and a slow device may be far above its own for long. Who
        // dirties it then is slowed down by its line in wb_position_ratio(), not stopped.
        dtc->wb_thresh = __wb_calc_thresh(dtc, dtc->thresh);
        dtc->wb_bg_thresh = dtc->thresh != 0 ?
            div_u64(dtc->wb_thresh * dtc->bg_thresh, (uint)dtc->thresh) : 0;

        // With a low limit, what CPUs keep for themselves could make up all of it: devices on top of others would wait for
        // each other then.
        if (dtc->wb_thresh < 2 * wb_stat_error())
        {
            wb_reclaimable = (ulong)wb_stat_sum(wb, WB_RECLAIMABLE);
            dtc->wb_dirty = wb_reclaimable + (ulong)wb_stat_sum(wb, WB_WRITEBACK);
        }
        else
        {
            wb_reclaimable = (ulong)wb_stat(wb, WB_RECLAIMABLE);
            dtc->wb_dirty = wb_reclaimable + (ulong)wb_stat(wb, WB_WRITEBACK);
        }
    }

    [KernelSource(C, "domain_poll_intv", Parity.Full)]
    private static ulong domain_poll_intv(dirty_throttle_control* dtc, bool strictlimit)
    {
        ulong dirty, thresh;

        if (strictlimit)
        {
            dirty = dtc->wb_dirty;
            thresh = dtc->wb_thresh;
        }
        else
        {
            dirty = dtc->dirty;
            thresh = dtc->thresh;
        }

        return dirty_poll_interval(dirty, thresh);
    }

    /// <summary>Below the middle between the two limits, nobody is throttled; under a strict limit they are the wb's.</summary>
    [KernelSource(C, "domain_dirty_freerun", Parity.Full)]
    private static void domain_dirty_freerun(dirty_throttle_control* dtc, bool strictlimit)
    {
        ulong dirty, thresh, bg_thresh;

        if (unlikely(strictlimit))
        {
            wb_dirty_limits(dtc);
            dirty = dtc->wb_dirty;
            thresh = dtc->wb_thresh;
            bg_thresh = dtc->wb_bg_thresh;
        }
        else
        {
            dirty = dtc->dirty;
            thresh = dtc->thresh;
            bg_thresh = dtc->bg_thresh;
        }

        dtc->freerun = dirty <= dirty_freerun_ceiling(thresh, bg_thresh);
    }

    [KernelSource(C, "balance_domain_limits", Parity.Full)]
    private static void balance_domain_limits(dirty_throttle_control* dtc, bool strictlimit)
    {
        domain_dirty_avail(dtc, true);
        domain_dirty_limits(dtc);
        domain_dirty_freerun(dtc, strictlimit);
    }

    [KernelSource(C, "wb_dirty_freerun", Parity.Full)]
    private static void wb_dirty_freerun(dirty_throttle_control* dtc, bool strictlimit)
    {
        dtc->freerun = false;

        // domain_dirty_freerun() has done it.
        if (strictlimit)
            return;

        wb_dirty_limits(dtc);

        // Who writes for others must not wait for them.
        if ((current->flags & PF_LOCAL_THROTTLE) == 0)
            return;

        dtc->freerun = dtc->wb_dirty < dirty_freerun_ceiling(dtc->wb_thresh, dtc->wb_bg_thresh);
    }

    [KernelSource(C, "wb_dirty_exceeded", Parity.Full)]
    private static void wb_dirty_exceeded(dirty_throttle_control* dtc, bool strictlimit) =>
        dtc->dirty_exceeded = dtc->wb_dirty > dtc->wb_thresh &&
            (dtc->dirty > dtc->thresh || strictlimit);

    /// <summary>Leaves dirty_exceeded and pos_ratio alone where nobody is throttled.</summary>
    [KernelSource(C, "balance_wb_limits", Parity.Full)]
    private static void balance_wb_limits(dirty_throttle_control* dtc, bool strictlimit)
    {
        wb_dirty_freerun(dtc, strictlimit);
        if (dtc->freerun)
            return;

        wb_dirty_exceeded(dtc, strictlimit);
        wb_position_ratio(dtc);
    }

    /// <summary>
    /// A task has dirtied so many pages: it wakes the flusher above the background limit, and sleeps above the middle between
    /// the two limits, for as long as it takes to write what it dirtied at the rate that it is allowed.
    /// </summary>
    [KernelSource(C, "balance_dirty_pages", Parity.Full)]
    [MightSleep]
    private static int balance_dirty_pages(bdi_writeback* wb, ulong pages_dirtied, uint flags)
    {
        dirty_throttle_control gdtc_stor = GDTC_INIT(wb);
        dirty_throttle_control mdtc_stor = MDTC_INIT(wb, &gdtc_stor);
        dirty_throttle_control* gdtc = &gdtc_stor;
        dirty_throttle_control* mdtc = mdtc_valid(&mdtc_stor) ? &mdtc_stor : null;
        dirty_throttle_control* sdtc;
        ulong nr_dirty;
        long period;
        long pause;
        long max_pause;
        long min_pause;
        int nr_dirtied_pause;
        ulong task_ratelimit;
        ulong dirty_ratelimit;
        backing_dev_info* bdi = wb->bdi;
        bool strictlimit = (bdi->capabilities & BDI_CAP_STRICTLIMIT) != 0;
        int ret = 0;

        for (; ; )
        {
            ulong now = jiffies;

            nr_dirty = global_node_page_state(NR_FILE_DIRTY);

            balance_domain_limits(gdtc, strictlimit);

            // A group's wb has two domains.
            if (mdtc != null)
                balance_domain_limits(mdtc, strictlimit);

            // In laptop mode the disk is left alone until the upper limit, and then all is written.
            if (laptop_mode == 0 && nr_dirty > gdtc->bg_thresh &&
                !writeback_in_progress(wb))
                wb_start_background_writeback(wb);

            // Both have to allow it.
            if (gdtc->freerun && (mdtc == null || mdtc->freerun))
                goto free_running;

            if (unlikely(!writeback_in_progress(wb)))
                wb_start_background_writeback(wb);

            mem_cgroup_flush_foreign(wb);

            balance_wb_limits(gdtc, strictlimit);
            if (gdtc->freerun)
                goto free_running;
            sdtc = gdtc;

            if (mdtc != null)
            {
                // The lower of the two.
                balance_wb_limits(mdtc, strictlimit);
                if (mdtc->freerun)
                    goto free_running;
                if (mdtc->pos_ratio < gdtc->pos_ratio)
                    sdtc = mdtc;
            }

            wb->dirty_exceeded = gdtc->dirty_exceeded || (mdtc != null && mdtc->dirty_exceeded) ? 1 : 0;
            if (time_is_before_jiffies(READ_ONCE(&wb->bw_time_stamp) + BANDWIDTH_INTERVAL))
                __wb_update_bandwidth(gdtc, mdtc, true);

            dirty_ratelimit = READ_ONCE(&wb->dirty_ratelimit);
            task_ratelimit = (dirty_ratelimit * sdtc->pos_ratio) >> RATELIMIT_CALC_SHIFT;
            max_pause = wb_max_pause(wb, sdtc->wb_dirty);
            min_pause = wb_min_pause(wb, max_pause, task_ratelimit, dirty_ratelimit, &nr_dirtied_pause);

            if (unlikely(task_ratelimit == 0))
            {
                period = max_pause;
                pause = max_pause;
                goto pause;
            }

            period = (long)((ulong)HZ * pages_dirtied / task_ratelimit);
            pause = period;
            if (current->dirty_paused_when != 0)
                pause -= (long)(now - current->dirty_paused_when);

            // A task that was busy elsewhere, held up by its file system say, for less than a second has its next sleeps
            // shortened by that. For longer, it starts anew.
            if (pause < min_pause)
            {
                if (pause < -HZ)
                {
                    current->dirty_paused_when = now;
                    current->nr_dirtied = 0;
                }
                else if (period != 0)
                {
                    current->dirty_paused_when += (ulong)period;
                    current->nr_dirtied = 0;
                }
                else if ((ulong)current->nr_dirtied_pause <= pages_dirtied)
                {
                    current->nr_dirtied_pause += (int)pages_dirtied;
                }

                break;
            }

            if (unlikely(pause > max_pause))
            {
                // The rate has dropped for a moment.
                now += (ulong)min(pause - max_pause, max_pause);
                pause = max_pause;
            }

        pause:
            if ((flags & BDP_ASYNC) != 0)
            {
                ret = -EAGAIN;
                break;
            }

            __set_current_state(TASK_KILLABLE);
            bdi->last_bdp_sleep = jiffies;
            io_schedule_timeout(pause);

            current->dirty_paused_when = now + (ulong)pause;
            current->nr_dirtied = 0;
            current->nr_dirtied_pause = nr_dirtied_pause;

            // Below the limit, one sleep is enough; above it, it goes on.
            if (task_ratelimit != 0)
                break;

            // When one device does not answer and the limit is exceeded for that, tasks of others get a few pages through. One
            // would do, but for the error of the count.
            if (sdtc->wb_dirty <= wb_stat_error())
                break;

            if (fatal_signal_pending(current))
                break;

            continue;

        free_running:
            ulong intv = domain_poll_intv(gdtc, strictlimit);
            ulong m_intv = ulong.MaxValue;

            current->dirty_paused_when = now;
            current->nr_dirtied = 0;
            if (mdtc != null)
                m_intv = domain_poll_intv(mdtc, strictlimit);
            current->nr_dirtied_pause = (int)min(intv, m_intv);
            break;
        }

        return ret;
    }

    private static readonly PerCpu<int>* bdp_ratelimits = DEFINE_PER_CPU<int>();

    /// <summary>What tasks dirtied that are gone: whoever is left pays for it, or tasks that live shortly would never be held up.</summary>
    public static readonly PerCpu<int>* dirty_throttle_leaks = DEFINE_PER_CPU<int>();

    /// <summary>A page was dirtied, or several: every now and then the task balances. -EAGAIN says, with BDP_ASYNC, that it should sleep.</summary>
    [KernelSource(C, "balance_dirty_pages_ratelimited_flags", Parity.Full)]
    public static int balance_dirty_pages_ratelimited_flags(address_space* mapping, uint flags)
    {
        inode* inode = mapping->host;
        backing_dev_info* bdi = inode_to_bdi(inode);
        bdi_writeback* wb = null;
        int ratelimit;
        int ret = 0;
        int* p;

        if ((bdi->capabilities & BDI_CAP_WRITEBACK) == 0)
            return ret;

        if (inode_cgwb_enabled(inode))
            wb = wb_get_create_current(bdi, GFP_KERNEL);
        if (wb == null)
            wb = &bdi->wb;

        ratelimit = current->nr_dirtied_pause;
        if (wb->dirty_exceeded != 0)
            ratelimit = min(ratelimit, 32 >> (PAGE_SHIFT - 10));

        preempt_disable();

        // Many tasks that all begin at once may each be allowed a lot: so the CPU counts as well.
        p = this_cpu_ptr(bdp_ratelimits);
        if (unlikely(current->nr_dirtied >= ratelimit))
        {
            *p = 0;
        }
        else if (unlikely(*p >= ratelimit_pages))
        {
            *p = 0;
            ratelimit = 0;
        }

        // What others left behind.
        p = this_cpu_ptr(dirty_throttle_leaks);
        if (*p > 0 && current->nr_dirtied < ratelimit)
        {
            int nr_pages_dirtied = min(*p, ratelimit - current->nr_dirtied);
            *p -= nr_pages_dirtied;
            current->nr_dirtied += nr_pages_dirtied;
        }

        preempt_enable();

        if (unlikely(current->nr_dirtied >= ratelimit))
            ret = balance_dirty_pages(wb, (ulong)current->nr_dirtied, flags);

        wb_put(wb);
        return ret;
    }

    [KernelSource(C, "balance_dirty_pages_ratelimited", Parity.Full)]
    public static void balance_dirty_pages_ratelimited(address_space* mapping) =>
        balance_dirty_pages_ratelimited_flags(mapping, 0);

    /// <summary>As wb_dirty_limits(), for writeback in the background.</summary>
    [KernelSource(C, "wb_bg_dirty_limits", Parity.Full)]
    private static void wb_bg_dirty_limits(dirty_throttle_control* dtc)
    {
        bdi_writeback* wb = dtc->wb;

        dtc->wb_bg_thresh = __wb_calc_thresh(dtc, dtc->bg_thresh);
        if (dtc->wb_bg_thresh < 2 * wb_stat_error())
            dtc->wb_dirty = (ulong)wb_stat_sum(wb, WB_RECLAIMABLE);
        else
            dtc->wb_dirty = (ulong)wb_stat(wb, WB_RECLAIMABLE);
    }

    [KernelSource(C, "domain_over_bg_thresh", Parity.Full)]
    private static bool domain_over_bg_thresh(dirty_throttle_control* dtc)
    {
        domain_dirty_avail(dtc, false);
        domain_dirty_limits(dtc);
        if (dtc->dirty > dtc->bg_thresh)
            return true;

        wb_bg_dirty_limits(dtc);
        if (dtc->wb_dirty > dtc->wb_bg_thresh)
            return true;

        return false;
    }

    /// <summary>Whether the flusher has to go on in the background.</summary>
    [KernelSource(C, "wb_over_bg_thresh", Parity.Full)]
    public static bool wb_over_bg_thresh(bdi_writeback* wb)
    {
        dirty_throttle_control gdtc = GDTC_INIT(wb);
        dirty_throttle_control mdtc = MDTC_INIT(wb, &gdtc);

        if (domain_over_bg_thresh(&gdtc))
            return true;

        if (mdtc_valid(&mdtc))
            return domain_over_bg_thresh(&mdtc);

        return false;
    }
}
