// SPDX-License-Identifier: GPL-2.0-only
using static Linux.kernel_cgroup_cgroup_internal_h;
using static Linux.linux_kernel_h;
using static Linux.linux_atomic_h;
using static Linux.linux_cgroup_h;
using static Linux.linux_slab_h;

namespace Linux;

/// <summary>The pids controller: how many tasks a subtree may have. The counters may go over by a migration, never by a fork.</summary>
public static unsafe partial class kernel_cgroup_pids_c
{
    private const long PIDS_MAX = 4 * 1024 * 1024 + 1L; // PID_MAX_LIMIT + 1

    private const int PIDCG_MAX = 0;
    private const int PIDCG_FORKFAIL = 1;

    [KernelSource("kernel/cgroup/pids.c", "css_pids", Parity.Full)]
    private static pids_cgroup* css_pids(cgroup_subsys_state* css)
    {
        return container_of<pids_cgroup>(css, &((pids_cgroup*)nowhere)->css);
    }

    [KernelSource("kernel/cgroup/pids.c", "parent_pids", Parity.Full)]
    private static pids_cgroup* parent_pids(pids_cgroup* pids)
    {
        return css_pids(pids->css.parent);
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_css_alloc", Parity.Full)]
    private static cgroup_subsys_state* pids_css_alloc(cgroup_subsys_state* parent)
    {
        pids_cgroup* pids;

        pids = (pids_cgroup*)kzalloc((ulong)sizeof(pids_cgroup), GFP_KERNEL);
        if (pids == null)
            return ERR_PTR<cgroup_subsys_state>(-ENOMEM);

        atomic64_set(&pids->limit, PIDS_MAX);
        return &pids->css;
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_css_free", Parity.Full)]
    private static void pids_css_free(cgroup_subsys_state* css)
    {
        kfree(css_pids(css));
    }

    // Races lose an update now and then, which a tally can bear.
    [KernelSource("kernel/cgroup/pids.c", "pids_update_watermark", Parity.Full)]
    private static void pids_update_watermark(pids_cgroup* p, long nr_pids)
    {
        if (nr_pids > READ_ONCE(&p->watermark))
            WRITE_ONCE(&p->watermark, nr_pids);
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_cancel", Parity.Full)]
    private static void pids_cancel(pids_cgroup* pids, int num)
    {
        WARN_ON_ONCE(atomic64_add_negative(-num, &pids->counter));
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_uncharge", Parity.Full)]
    private static void pids_uncharge(pids_cgroup* pids, int num)
    {
        for (pids_cgroup* p = pids; parent_pids(p) != null; p = parent_pids(p))
            pids_cancel(p, num);
    }

    // Whatever the limits say: a migration is not refused.
    [KernelSource("kernel/cgroup/pids.c", "pids_charge", Parity.Full)]
    private static void pids_charge(pids_cgroup* pids, int num)
    {
        for (pids_cgroup* p = pids; parent_pids(p) != null; p = parent_pids(p)) {
            long @new = atomic64_add_return(num, &p->counter);

            pids_update_watermark(p, @new);
        }
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_try_charge", Parity.Full)]
    private static int pids_try_charge(pids_cgroup* pids, int num, pids_cgroup** fail)
    {
        pids_cgroup* p, q;

        for (p = pids; parent_pids(p) != null; p = parent_pids(p)) {
            long @new = atomic64_add_return(num, &p->counter);
            long limit = atomic64_read(&p->limit);

            // there cannot be PIDS_MAX tasks, so that never fails
            if (@new > limit) {
                *fail = p;
                goto revert;
            }
            // counted even if a level above refuses
            pids_update_watermark(p, @new);
        }

        return 0;

    revert:
        for (q = pids; q != p; q = parent_pids(q))
            pids_cancel(q, num);
        pids_cancel(p, num);

        return -EAGAIN;
    }

    // The core keeps the old css while the migration is under way.
    [KernelSource("kernel/cgroup/pids.c", "pids_can_attach", Parity.Full)]
    private static int pids_can_attach(cgroup_taskset* tset)
    {
        cgroup_subsys_state* dst_css;

        for (task_struct* task = cgroup_taskset_first(tset, &dst_css); task != null; task = cgroup_taskset_next(tset, &dst_css)) {
            pids_cgroup* pids = css_pids(dst_css);
            pids_cgroup* old_pids = css_pids(task_css(task, pids_cgrp_id));

            pids_charge(pids, 1);
            pids_uncharge(old_pids, 1);
        }

        return 0;
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_cancel_attach", Parity.Full)]
    private static void pids_cancel_attach(cgroup_taskset* tset)
    {
        cgroup_subsys_state* dst_css;

        for (task_struct* task = cgroup_taskset_first(tset, &dst_css); task != null; task = cgroup_taskset_next(tset, &dst_css)) {
            pids_cgroup* pids = css_pids(dst_css);
            pids_cgroup* old_pids = css_pids(task_css(task, pids_cgrp_id));

            pids_charge(old_pids, 1);
            pids_uncharge(pids, 1);
        }
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_event", Parity.Full)]
    private static void pids_event(pids_cgroup* pids_forking, pids_cgroup* pids_over_limit)
    {
        pids_cgroup* p = pids_forking;

        // the log tells of the first only
        if (atomic64_inc_return(&p->events_local[PIDCG_FORKFAIL]) == 1) {
            pr_info("cgroup: fork rejected by pids controller in ");
            pr_cont_cgroup_path(p->css.cgroup);
            pr_cont("\n");
        }
        if (!cgroup_subsys_on_dfl(pids_cgrp_subsys) ||
            (cgrp_dfl_root->flags & CGRP_ROOT_PIDS_LOCAL_EVENTS) != 0) {
            cgroup_file_notify(&p->events_local_file);
            return;
        }

        atomic64_inc(&pids_over_limit->events_local[PIDCG_MAX]);
        cgroup_file_notify(&pids_over_limit->events_local_file);

        for (p = pids_over_limit; parent_pids(p) != null; p = parent_pids(p)) {
            atomic64_inc(&p->events[PIDCG_MAX]);
            cgroup_file_notify(&p->events_file);
        }
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_can_fork", Parity.Full)]
    private static int pids_can_fork(task_struct* task, css_set* cset)
    {
        pids_cgroup* pids, pids_over_limit;
        int err;

        pids = css_pids(cset->subsys[pids_cgrp_id]);
        err = pids_try_charge(pids, 1, &pids_over_limit);
        if (err != 0)
            pids_event(pids, pids_over_limit);

        return err;
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_cancel_fork", Parity.Full)]
    private static void pids_cancel_fork(task_struct* task, css_set* cset)
    {
        pids_cgroup* pids;

        pids = css_pids(cset->subsys[pids_cgrp_id]);
        pids_uncharge(pids, 1);
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_release", Parity.Full)]
    private static void pids_release(task_struct* task)
    {
        pids_cgroup* pids = css_pids(task_css(task, pids_cgrp_id));

        pids_uncharge(pids, 1);
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_max_write", Parity.Full)]
    private static ssize_t pids_max_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        cgroup_subsys_state* css = of_css(of);
        pids_cgroup* pids = css_pids(css);
        long limit;
        int err;

        buf = strstrip(buf);
        if (strcmp(buf, "max"u8) == 0) {
            limit = PIDS_MAX;
            goto set_limit;
        }

        err = kstrtoll(buf, 0, &limit);
        if (err != 0)
            return err;

        if (limit < 0 || limit >= PIDS_MAX)
            return -EINVAL;

    set_limit:
        // a fork that races may still go by the old one
        atomic64_set(&pids->limit, limit);
        return (ssize_t)nbytes;
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_max_show", Parity.Full)]
    private static int pids_max_show(seq_file* sf, void* v)
    {
        cgroup_subsys_state* css = seq_css(sf);
        pids_cgroup* pids = css_pids(css);
        long limit = atomic64_read(&pids->limit);

        if (limit >= PIDS_MAX)
            seq_puts(sf, "max"u8);
        else
            seq_put_decimal_ll(sf, ""u8, limit);
        seq_putc(sf, (byte)'\n');

        return 0;
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_current_read", Parity.Full)]
    private static long pids_current_read(cgroup_subsys_state* css, cftype* cft)
    {
        pids_cgroup* pids = css_pids(css);

        return atomic64_read(&pids->counter);
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_peak_read", Parity.Full)]
    private static long pids_peak_read(cgroup_subsys_state* css, cftype* cft)
    {
        pids_cgroup* pids = css_pids(css);

        return READ_ONCE(&pids->watermark);
    }

    [KernelSource("kernel/cgroup/pids.c", "__pids_events_show", Parity.Full)]
    private static int __pids_events_show(seq_file* sf, bool local)
    {
        pids_cgroup* pids = css_pids(seq_css(sf));
        int pe = PIDCG_MAX;
        atomic64_t* events;

        if (!cgroup_subsys_on_dfl(pids_cgrp_subsys) ||
            (cgrp_dfl_root->flags & CGRP_ROOT_PIDS_LOCAL_EVENTS) != 0) {
            pe = PIDCG_FORKFAIL;
            local = true;
        }
        events = local ? pids->events_local : pids->events;

        seq_put_decimal_ll(sf, "max "u8, atomic64_read(&events[pe]));
        seq_putc(sf, (byte)'\n');
        return 0;
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_events_show", Parity.Full)]
    private static int pids_events_show(seq_file* sf, void* v)
    {
        __pids_events_show(sf, false);
        return 0;
    }

    [KernelSource("kernel/cgroup/pids.c", "pids_events_local_show", Parity.Full)]
    private static int pids_events_local_show(seq_file* sf, void* v)
    {
        __pids_events_show(sf, true);
        return 0;
    }

    private static readonly cftype* pids_files = CFTYPES(
        new cftype("max"u8)
        {
            write = &pids_max_write,
            seq_show = &pids_max_show,
            flags = CFTYPE_NOT_ON_ROOT,
        },
        new cftype("current"u8)
        {
            read_s64 = &pids_current_read,
            flags = CFTYPE_NOT_ON_ROOT,
        },
        new cftype("peak"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            read_s64 = &pids_peak_read,
        },
        new cftype("events"u8)
        {
            seq_show = &pids_events_show,
            file_offset = (uint)offsetof(&((pids_cgroup*)nowhere)->events_file),
            flags = CFTYPE_NOT_ON_ROOT,
        },
        new cftype("events.local"u8)
        {
            seq_show = &pids_events_local_show,
            file_offset = (uint)offsetof(&((pids_cgroup*)nowhere)->events_local_file),
            flags = CFTYPE_NOT_ON_ROOT,
        });

    public static readonly cgroup_subsys* pids_cgrp_subsys = data<cgroup_subsys>(new cgroup_subsys
    {
        css_alloc = &pids_css_alloc,
        css_free = &pids_css_free,
        can_attach = &pids_can_attach,
        cancel_attach = &pids_cancel_attach,
        can_fork = &pids_can_fork,
        cancel_fork = &pids_cancel_fork,
        release = &pids_release,
        dfl_cftypes = pids_files,
        threaded = true,
    });
}

public unsafe struct pids_cgroup
{
    public cgroup_subsys_state css;

    // 64 bits, so that "max" has a value
    public atomic64_t counter;
    public atomic64_t limit;
    public long watermark;

    public cgroup_file events_file;
    public cgroup_file events_local_file;

    private atomic64_t events_max, events_forkfail;
    private atomic64_t events_local_max, events_local_forkfail;

    public atomic64_t* events => (atomic64_t*)Unsafe.AsPointer(ref events_max);
    public atomic64_t* events_local => (atomic64_t*)Unsafe.AsPointer(ref events_local_max);
}
