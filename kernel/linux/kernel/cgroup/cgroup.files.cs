// SPDX-License-Identifier: GPL-2.0-only
using static Linux.kernel_cgroup_cgroup_internal_h;
using static Linux.linux_errno_h;
using static Linux.linux_kernel_h;
using static Linux.linux_mutex_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_sched_h;
using static Linux.linux_slab_h;
using static Linux.linux_spinlock_h;
using static Linux.linux_percpu_rwsem_h;
using static Linux.linux_string_h;
using static Linux.linux_hashtable_h;
using static Linux.linux_idr_h;
using static Linux.linux_atomic_h;
using static Linux.linux_cpuset_h;
using static Linux.linux_sched_cputime_h;
using static Linux.linux_psi_h;
using static Linux.linux_cgroup_subsys_h;
using static Linux.linux_cgroup_refcnt_h;

namespace Linux;

// kernel/cgroup/cgroup.c: what the files of the core show and take.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_type_show", Parity.Full)]
    private static int cgroup_type_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;

        if (cgroup_is_threaded(cgrp))
            seq_puts(seq, "threaded\n"u8);
        else if (!cgroup_is_valid_domain(cgrp))
            seq_puts(seq, "domain invalid\n"u8);
        else if (cgroup_is_thread_root(cgrp))
            seq_puts(seq, "domain threaded\n"u8);
        else
            seq_puts(seq, "domain\n"u8);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_type_write", Parity.Full)]
    private static ssize_t cgroup_type_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        cgroup* cgrp;
        int ret;

        // there is no way back
        if (strcmp(strstrip(buf), "threaded"u8) != 0)
            return -EINVAL;

        cgrp = cgroup_kn_lock_live(of->kn, true);
        if (cgrp == null)
            return -ENOENT;

        ret = cgroup_enable_threaded(cgrp);

        cgroup_kn_unlock(of->kn);
        return ret != 0 ? ret : (ssize_t)nbytes;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_max_descendants_show", Parity.Full)]
    private static int cgroup_max_descendants_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;
        int descendants = READ_ONCE(ref cgrp->max_descendants);

        if (descendants == INT_MAX)
            seq_puts(seq, "max\n"u8);
        else
            show_line(seq, ""u8, descendants);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_max_descendants_write", Parity.Full)]
    private static ssize_t cgroup_max_descendants_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        cgroup* cgrp;
        int descendants;
        int ret;

        buf = strstrip(buf);
        if (strcmp(buf, "max"u8) == 0) {
            descendants = INT_MAX;
        } else {
            ret = kstrtoint(buf, 0, &descendants);
            if (ret != 0)
                return ret;
        }

        if (descendants < 0)
            return -ERANGE;

        cgrp = cgroup_kn_lock_live(of->kn, false);
        if (cgrp == null)
            return -ENOENT;

        cgrp->max_descendants = descendants;

        cgroup_kn_unlock(of->kn);

        return (ssize_t)nbytes;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_max_depth_show", Parity.Full)]
    private static int cgroup_max_depth_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;
        int depth = READ_ONCE(ref cgrp->max_depth);

        if (depth == INT_MAX)
            seq_puts(seq, "max\n"u8);
        else
            show_line(seq, ""u8, depth);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_max_depth_write", Parity.Full)]
    private static ssize_t cgroup_max_depth_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        cgroup* cgrp;
        int ret;
        int depth;

        buf = strstrip(buf);
        if (strcmp(buf, "max"u8) == 0) {
            depth = INT_MAX;
        } else {
            ret = kstrtoint(buf, 0, &depth);
            if (ret != 0)
                return ret;
        }

        if (depth < 0)
            return -ERANGE;

        cgrp = cgroup_kn_lock_live(of->kn, false);
        if (cgrp == null)
            return -ENOENT;

        cgrp->max_depth = depth;

        cgroup_kn_unlock(of->kn);

        return (ssize_t)nbytes;
    }

    // seq_printf(seq, "text %d\n", n)
    private static void show_line(seq_file* seq, ReadOnlySpan<byte> text, long n)
    {
        seq_put_decimal_ll(seq, text, n);
        seq_putc(seq, (byte)'\n');
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_events_show", Parity.Full)]
    private static int cgroup_events_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;

        show_line(seq, "populated "u8, cgroup_is_populated(cgrp) ? 1 : 0);
        show_line(seq, "frozen "u8, test_bit(CGRP_FROZEN, &cgrp->flags) ? 1 : 0);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_stat_show", Parity.Full)]
    private static int cgroup_stat_show(seq_file* seq, void* v)
    {
        cgroup* cgroup = seq_css(seq)->cgroup;
        cgroup_subsys_state* css;
        int* dying_cnt = stackalloc int[CGROUP_SUBSYS_COUNT];
        int ssid;

        show_line(seq, "nr_descendants "u8, cgroup->nr_descendants);

        // The numbers are read without the lock and need not agree while groups come and go.
        rcu_read_lock();
        for (ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            dying_cnt[ssid] = -1;
            if ((cgrp_dfl_inhibit_ss_mask & (1 << ssid)) != 0 || cgroup_subsys[ssid]->root != cgrp_dfl_root)
                continue;
            css = rcu_dereference_raw(&cgroup->subsys[ssid]);
            dying_cnt[ssid] = cgroup->nr_dying_subsys[ssid];
            seq_puts(seq, "nr_subsys_"u8);
            seq_puts(seq, cgroup_subsys[ssid]->name);
            show_line(seq, " "u8, css != null ? css->nr_descendants + 1 : 0);
        }

        show_line(seq, "nr_dying_descendants "u8, cgroup->nr_dying_descendants);
        for (ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            if (dying_cnt[ssid] >= 0) {
                seq_puts(seq, "nr_dying_subsys_"u8);
                seq_puts(seq, cgroup_subsys[ssid]->name);
                show_line(seq, " "u8, dying_cnt[ssid]);
            }
        }
        rcu_read_unlock();
        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_core_local_stat_show", Parity.Full)]
    private static int cgroup_core_local_stat_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;
        uint sequence;
        ulong freeze_time;

        do {
            sequence = read_seqcount_begin(&cgrp->freezer.freeze_seq);
            freeze_time = cgrp->freezer.frozen_nsec;
            // and the time of a freeze that lasts
            if (test_bit(CGRP_FREEZE, &cgrp->flags))
                freeze_time += ktime_get_ns() - cgrp->freezer.freeze_start_nsec;
        } while (read_seqcount_retry(&cgrp->freezer.freeze_seq, sequence));

        freeze_time /= NSEC_PER_USEC;
        show_line(seq, "frozen_usec "u8, (long)freeze_time);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_tryget_css", Parity.Full)]
    [ReturnsOwned]
    private static cgroup_subsys_state* cgroup_tryget_css(cgroup* cgrp, cgroup_subsys* ss)
    {
        cgroup_subsys_state* css;

        rcu_read_lock();
        css = cgroup_css(cgrp, ss);
        if (css != null && !css_tryget_online(css))
            css = null;
        rcu_read_unlock();

        return css;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_extra_stat_show", Parity.Full)]
    private static int cgroup_extra_stat_show(seq_file* seq, int ssid)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;
        cgroup_subsys* ss = cgroup_subsys[ssid];
        cgroup_subsys_state* css;
        int ret;

        if (ss->css_extra_stat_show == null)
            return 0;

        css = cgroup_tryget_css(cgrp, ss);
        if (css == null)
            return 0;

        ret = ss->css_extra_stat_show(seq, css);
        css_put(css);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_local_stat_show", Parity.Full)]
    private static int cgroup_local_stat_show(seq_file* seq, cgroup* cgrp, int ssid)
    {
        cgroup_subsys* ss = cgroup_subsys[ssid];
        cgroup_subsys_state* css;
        int ret;

        if (ss->css_local_stat_show == null)
            return 0;

        css = cgroup_tryget_css(cgrp, ss);
        if (css == null)
            return 0;

        ret = ss->css_local_stat_show(seq, css);
        css_put(css);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cpu_stat_show", Parity.Full)]
    private static int cpu_stat_show(seq_file* seq, void* v)
    {
        int ret = 0;

        cgroup_base_stat_cputime_show(seq);
        ret = cgroup_extra_stat_show(seq, cpu_cgrp_id);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cpu_local_stat_show", Parity.Full)]
    private static int cpu_local_stat_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;

        return cgroup_local_stat_show(seq, cgrp, cpu_cgrp_id);
    }
}
