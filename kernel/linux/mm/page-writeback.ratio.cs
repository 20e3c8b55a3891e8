// SPDX-License-Identifier: GPL-2.0-only
// page-writeback.c, part 2 of 5: a wb's share of the limit, the position that is steered to, and measured bandwidth.
using static Linux.linux_flex_proportions_h;
using static Linux.linux_log2_h;
using static Linux.linux_percpu_counter_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    /// <summary>
    /// A wb's share of a limit, in proportion to what it has written of late, within its device's bounds. Fast devices get
    /// more and slow ones less, so that neither starves nor piles up what it cannot write.
    /// </summary>
    [KernelSource(C, "__wb_calc_thresh", Parity.Full)]
    private static ulong __wb_calc_thresh(dirty_throttle_control* dtc, ulong thresh)
    {
        wb_domain* dom = dtc_dom(dtc);
        bdi_writeback* wb = dtc->wb;
        u64 wb_thresh;
        u64 wb_max_thresh;
        ulong numerator, denominator;
        ulong wb_min_ratio, wb_max_ratio;

        fprop_fraction_percpu(&dom->completions, dtc->wb_completions, &numerator, &denominator);

        wb_thresh = thresh * ((100 * BDI_RATIO_SCALE) - bdi_min_ratio) / (100 * BDI_RATIO_SCALE);
        wb_thresh *= numerator;
        wb_thresh = div64_ul(wb_thresh, denominator);

        wb_min_max_ratio(wb, &wb_min_ratio, &wb_max_ratio);

        wb_thresh += thresh * wb_min_ratio / (100 * BDI_RATIO_SCALE);

        // One that was idle has a share of about 0: it gets enough to show what it can do.
        if (thresh > dtc->dirty)
        {
            if (unlikely((wb->bdi->capabilities & BDI_CAP_STRICTLIMIT) != 0))
                wb_thresh = max(wb_thresh, (thresh - dtc->dirty) / 100);
            else
                wb_thresh = max(wb_thresh, (thresh - dtc->dirty) / 8);
        }

        wb_max_thresh = thresh * wb_max_ratio / (100 * BDI_RATIO_SCALE);
        if (wb_thresh > wb_max_thresh)
            wb_thresh = wb_max_thresh;

        return wb_thresh;
    }

    [KernelSource(C, "wb_calc_thresh", Parity.Full)]
    public static ulong wb_calc_thresh(bdi_writeback* wb, ulong thresh)
    {
        dirty_throttle_control gdtc = GDTC_INIT(wb);

        domain_dirty_avail(&gdtc, true);
        return __wb_calc_thresh(&gdtc, thresh);
    }

    [KernelSource(C, "cgwb_calc_thresh", Parity.Full)]
    public static ulong cgwb_calc_thresh(bdi_writeback* wb)
    {
        dirty_throttle_control gdtc = GDTC_INIT_NO_WB();
        dirty_throttle_control mdtc = MDTC_INIT(wb, &gdtc);

        domain_dirty_avail(&gdtc, true);
        domain_dirty_avail(&mdtc, true);
        domain_dirty_limits(&mdtc);

        return __wb_calc_thresh(&mdtc, mdtc.thresh);
    }

    /// <summary>
    /// 1 + ((setpoint - dirty) / (limit - setpoint))^3, between 0 and 2: 1 at the setpoint and flat there, 2 where throttling
    /// begins, 0 at the limit. In parts of 1 &lt;&lt; RATELIMIT_CALC_SHIFT.
    /// </summary>
    [KernelSource(C, "pos_ratio_polynom", Parity.Full)]
    private static long pos_ratio_polynom(ulong setpoint, ulong dirty, ulong limit)
    {
        long pos_ratio;
        long x;

        x = div64_s64(((s64)setpoint - (s64)dirty) << RATELIMIT_CALC_SHIFT, (long)((limit - setpoint) | 1));
        pos_ratio = x;
        pos_ratio = (pos_ratio * x) >> RATELIMIT_CALC_SHIFT;
        pos_ratio = (pos_ratio * x) >> RATELIMIT_CALC_SHIFT;
        pos_ratio += 1 << RATELIMIT_CALC_SHIFT;

        return clamp(pos_ratio, 0L, 2L << RATELIMIT_CALC_SHIFT);
    }

    /// <summary>
    /// By how much tasks may dirty faster or slower than the base rate, from where the number of dirty pages stands: the
    /// domain's against its setpoint, and, scaled by that of the wb against its own. A wb's part alone slows nobody to less
    /// than a quarter.
    /// </summary>
    [KernelSource(C, "wb_position_ratio", Parity.Full)]
    private static void wb_position_ratio(dirty_throttle_control* dtc)
    {
        bdi_writeback* wb = dtc->wb;
        ulong write_bw = READ_ONCE(&wb->avg_write_bandwidth);
        ulong freerun = dirty_freerun_ceiling(dtc->thresh, dtc->bg_thresh);
        ulong limit = dtc->limit = hard_dirty_limit(dtc_dom(dtc), dtc->thresh);
        ulong wb_thresh = dtc->wb_thresh;
        ulong x_intercept;
        ulong setpoint; // the number of dirty pages that is aimed at
        ulong wb_setpoint;
        ulong span;
        long pos_ratio;
        ulong x;

        dtc->pos_ratio = 0;

        if (unlikely(dtc->dirty >= limit))
            return;

        setpoint = (freerun + limit) / 2;
        pos_ratio = pos_ratio_polynom(setpoint, dtc->dirty, limit);

        // A device under a strict limit is held to its own numbers, long before the system's matter; where the system's are
        // the tighter ones, they count.
        if (unlikely((wb->bdi->capabilities & BDI_CAP_STRICTLIMIT) != 0))
        {
            long wb_pos_ratio;

            if (dtc->wb_dirty >= wb_thresh)
                return;

            wb_setpoint = dirty_freerun_ceiling(wb_thresh, dtc->wb_bg_thresh);

            if (wb_setpoint == 0 || wb_setpoint == wb_thresh)
                return;

            wb_pos_ratio = pos_ratio_polynom(wb_setpoint, dtc->wb_dirty, wb_thresh);

            dtc->pos_ratio = (ulong)min(pos_ratio, wb_pos_ratio);
            return;
        }

        // The wb's line is straight: 1 at its setpoint, and 0 a span further on.
        if (unlikely(wb_thresh > dtc->thresh))
            wb_thresh = dtc->thresh;

        // The setpoint, scaled to the wb's share.
        x = div_u64(wb_thresh << 16, (uint)(dtc->thresh | 1));
        wb_setpoint = (setpoint * x) >> 16;

        // One wb that has it all: its dirty pages come and go by what it writes in a second or so, and the span is eight
        // times that. Of many, each has a share that may double at any time: the span is the share.
        span = ((dtc->thresh - wb_thresh + (8 * write_bw)) * x) >> 16;
        x_intercept = wb_setpoint + span;

        if (dtc->wb_dirty < x_intercept - (span / 4))
            pos_ratio = (long)div64_u64((ulong)pos_ratio * (x_intercept - dtc->wb_dirty), (x_intercept - wb_setpoint) | 1);
        else
            pos_ratio /= 4;

        // A disk must not run dry, even if that means more dirty pages than is aimed at.
        x_intercept = wb_thresh / 2;
        if (dtc->wb_dirty < x_intercept)
        {
            if (dtc->wb_dirty > x_intercept / 8)
                pos_ratio = (long)div_u64((ulong)pos_ratio * x_intercept, (uint)dtc->wb_dirty);
            else
                pos_ratio *= 8;
        }

        dtc->pos_ratio = (ulong)pos_ratio;
    }

    /// <summary>What a wb writes in a second, measured over the time since the last call, and smoothed twice.</summary>
    [KernelSource(C, "wb_update_write_bandwidth", Parity.Full)]
    private static void wb_update_write_bandwidth(bdi_writeback* wb, ulong elapsed, ulong written)
    {
        ulong period = roundup_pow_of_two(3 * HZ);
        ulong avg = wb->avg_write_bandwidth;
        ulong old = wb->write_bandwidth;
        u64 bw;

        // A folio that was dirtied again instead of written may have taken something back.
        bw = written - min(written, wb->written_stamp);
        bw *= HZ;
        if (unlikely(elapsed > period))
        {
            bw = div64_ul(bw, elapsed);
            avg = bw;
            goto @out;
        }

        bw += wb->write_bandwidth * (period - elapsed);
        bw >>= ilog2(period);

        // The average follows only what goes on for a while.
        if (avg > old && old >= bw)
            avg -= (avg - old) >> 3;

        if (avg < old && old <= bw)
            avg += (old - avg) >> 3;

    @out:
        // Above 0, so that the sum is above 0 when there is a dirty wb.
        avg = max(avg, 1UL);
        if (wb_has_dirty_io(wb))
        {
            long delta = (long)(avg - wb->avg_write_bandwidth);
            WARN_ON_ONCE(atomic_long_add_return(delta, &wb->bdi->tot_write_bandwidth) <= 0);
        }

        wb->write_bandwidth = bw;
        WRITE_ONCE(&wb->avg_write_bandwidth, avg);
    }

    [KernelSource(C, "update_dirty_limit", Parity.Full)]
    private static void update_dirty_limit(dirty_throttle_control* dtc)
    {
        wb_domain* dom = dtc_dom(dtc);
        ulong thresh = dtc->thresh;
        ulong limit = dom->dirty_limit;

        // Up at once.
        if (limit < thresh)
        {
            limit = thresh;
            goto update;
        }

        // Down slowly, and not below what is dirty: a limit that drops at once would stop everybody.
        thresh = max(thresh, dtc->dirty);
        if (limit > thresh)
        {
            limit -= (limit - thresh) >> 5;
            goto update;
        }

        return;
    update:
        dom->dirty_limit = limit;
    }

    [KernelSource(C, "domain_update_dirty_limit", Parity.Full)]
    [Excludes("wb_domain.lock")]
    private static void domain_update_dirty_limit(dirty_throttle_control* dtc, ulong now)
    {
        wb_domain* dom = dtc_dom(dtc);

        // Mostly it is not time yet: that is seen without the lock.
        if (time_before(now, dom->dirty_limit_tstamp + BANDWIDTH_INTERVAL))
            return;

        spin_lock(&dom->@lock);
        if (time_after_eq(now, dom->dirty_limit_tstamp + BANDWIDTH_INTERVAL))
        {
            update_dirty_limit(dtc);
            dom->dirty_limit_tstamp = now;
        }

        spin_unlock(&dom->@lock);
    }

    /// <summary>
    /// The base rate at which a task may dirty pages of a wb: with N tasks, about an Nth of what it writes. N is not counted:
    /// what was dirtied at the last rate tells what the rate should have been.
    /// </summary>
    [KernelSource(C, "wb_update_dirty_ratelimit", Parity.Full)]
    private static void wb_update_dirty_ratelimit(dirty_throttle_control* dtc, ulong dirtied, ulong elapsed)
    {
        bdi_writeback* wb = dtc->wb;
        ulong dirty = dtc->dirty;
        ulong freerun = dirty_freerun_ceiling(dtc->thresh, dtc->bg_thresh);
        ulong limit = hard_dirty_limit(dtc_dom(dtc), dtc->thresh);
        ulong setpoint = (freerun + limit) / 2;
        ulong write_bw = wb->avg_write_bandwidth;
        ulong dirty_ratelimit = wb->dirty_ratelimit;
        ulong dirty_rate;
        ulong task_ratelimit;
        ulong balanced_dirty_ratelimit;
        ulong step;
        ulong x;
        ulong shift;

        // In the long run this is what is written, but for what is truncated or dirtied again.
        dirty_rate = (dirtied - wb->dirtied_stamp) * HZ / elapsed;

        // At this rate each task has dirtied since the last time.
        task_ratelimit = (dirty_ratelimit * dtc->pos_ratio) >> RATELIMIT_CALC_SHIFT;
        task_ratelimit++; // so that a tiny rate grows

        // The tasks together dirtied dirty_rate, each at task_ratelimit: scaled so that together they dirty write_bw. That the
        // position is part of the rate that was measured is what keeps it from getting stuck off the setpoint.
        balanced_dirty_ratelimit = div_u64(task_ratelimit * write_bw, (uint)(dirty_rate | 1));

        // There is at least one task.
        if (unlikely(balanced_dirty_ratelimit > write_bw))
            balanced_dirty_ratelimit = write_bw;

        // The base rate goes towards it only where that serves the position as well, and in steps: what is measured in a
        // fifth of a second jumps about.
        step = 0;

        // Under a strict limit, the position is the wb's.
        if (unlikely((wb->bdi->capabilities & BDI_CAP_STRICTLIMIT) != 0))
        {
            dirty = dtc->wb_dirty;
            setpoint = (dtc->wb_thresh + dtc->wb_bg_thresh) / 2;
        }

        if (dirty < setpoint)
        {
            x = min3(wb->balanced_dirty_ratelimit, balanced_dirty_ratelimit, task_ratelimit);
            if (dirty_ratelimit < x)
                step = x - dirty_ratelimit;
        }
        else
        {
            x = max3(wb->balanced_dirty_ratelimit, balanced_dirty_ratelimit, task_ratelimit);
            if (dirty_ratelimit > x)
                step = dirty_ratelimit - x;
        }

        // The nearer, the slower.
        shift = dirty_ratelimit / ((2 * step) + 1);
        if (shift < BITS_PER_LONG)
            step = DIV_ROUND_UP(step >> (int)shift, 8);
        else
            step = 0;

        if (dirty_ratelimit < balanced_dirty_ratelimit)
            dirty_ratelimit += step;
        else
            dirty_ratelimit -= step;

        WRITE_ONCE(&wb->dirty_ratelimit, max(dirty_ratelimit, 1UL));
        wb->balanced_dirty_ratelimit = balanced_dirty_ratelimit;
    }

    [KernelSource(C, "__wb_update_bandwidth", Parity.Full)]
    [Excludes("bdi_writeback.list_lock")]
    private static void __wb_update_bandwidth(dirty_throttle_control* gdtc, dirty_throttle_control* mdtc, bool update_ratelimit)
    {
        bdi_writeback* wb = gdtc->wb;
        ulong now = jiffies;
        ulong elapsed;
        ulong dirtied;
        ulong written;

        spin_lock(&wb->list_lock);

        // Who came here may have been overtaken, and the update after the end of I/O does not look at the time.
        elapsed = max(now - wb->bw_time_stamp, 1UL);
        dirtied = (ulong)percpu_counter_read(&wb->stat[WB_DIRTIED]);
        written = (ulong)percpu_counter_read(&wb->stat[WB_WRITTEN]);

        if (update_ratelimit)
        {
            domain_update_dirty_limit(gdtc, now);
            wb_update_dirty_ratelimit(gdtc, dirtied, elapsed);

            if (mdtc != null)
            {
                domain_update_dirty_limit(mdtc, now);
                wb_update_dirty_ratelimit(mdtc, dirtied, elapsed);
            }
        }

        wb_update_write_bandwidth(wb, elapsed, written);

        wb->dirtied_stamp = dirtied;
        wb->written_stamp = written;
        WRITE_ONCE(&wb->bw_time_stamp, now);
        spin_unlock(&wb->list_lock);
    }

    [KernelSource(C, "wb_update_bandwidth", Parity.Full)]
    public static void wb_update_bandwidth(bdi_writeback* wb)
    {
        dirty_throttle_control gdtc = GDTC_INIT(wb);

        __wb_update_bandwidth(&gdtc, null, false);
    }

    // After this long without writing, the time in between is not measured.
    private const ulong WB_BANDWIDTH_IDLE_JIF = HZ;

    [KernelSource(C, "wb_bandwidth_estimate_start", Parity.Full)]
    [Excludes("wb->list_lock")]
    private static void wb_bandwidth_estimate_start(bdi_writeback* wb)
    {
        ulong now = jiffies;
        ulong elapsed = now - READ_ONCE(&wb->bw_time_stamp);

        if (elapsed > WB_BANDWIDTH_IDLE_JIF &&
            atomic_read(&wb->writeback_inodes) == 0)
        {
            spin_lock(&wb->list_lock);
            wb->dirtied_stamp = (ulong)wb_stat(wb, WB_DIRTIED);
            wb->written_stamp = (ulong)wb_stat(wb, WB_WRITTEN);
            WRITE_ONCE(&wb->bw_time_stamp, now);
            spin_unlock(&wb->list_lock);
        }
    }
}
