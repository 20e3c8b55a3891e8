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

// kernel/cgroup/cgroup.c: how reads and writes get to a cftype, and the files of controllers.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_open", Parity.Reduced, "no cgroup namespace to pin")]
    private static int cgroup_file_open(kernfs_open_file* of)
    {
        cftype* cft = of_cft(of);
        cgroup_file_ctx* ctx;
        int ret;

        ctx = (cgroup_file_ctx*)kzalloc((ulong)sizeof(cgroup_file_ctx), GFP_KERNEL);
        if (ctx == null)
            return -ENOMEM;

        of->priv = ctx;

        if (cft->open == null)
            return 0;

        ret = cft->open(of);
        if (ret != 0)
            kfree(ctx);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_release", Parity.Reduced, "no cgroup namespace to let go")]
    private static void cgroup_file_release(kernfs_open_file* of)
    {
        cftype* cft = of_cft(of);
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;

        if (cft->release != null)
            cft->release(of);
        kfree(ctx);
        of->priv = null;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_write", Parity.Reduced, "no cgroup namespace that could be a delegation boundary")]
    private static ssize_t cgroup_file_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        cgroup* cgrp = kn_priv(of->kn);
        cftype* cft = of_cft(of);
        cgroup_subsys_state* css;
        int ret;

        if (nbytes == 0)
            return 0;

        if (cft->write != null)
            return cft->write(of, buf, nbytes, off);

        // A file with an operation under way is not removed, so its css lives; RCU is here for cgroup_css() only.
        rcu_read_lock();
        css = cgroup_css(cgrp, cft->ss);
        rcu_read_unlock();

        if (cft->write_u64 != null) {
            ulong v;
            ret = kstrtoull(buf, 0, &v);
            if (ret == 0)
                ret = cft->write_u64(css, cft, v);
        } else if (cft->write_s64 != null) {
            long v;
            ret = kstrtoll(buf, 0, &v);
            if (ret == 0)
                ret = cft->write_s64(css, cft, v);
        } else {
            ret = -EINVAL;
        }

        return ret != 0 ? ret : (ssize_t)nbytes;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_poll", Parity.Full)]
    private static uint cgroup_file_poll(kernfs_open_file* of, poll_table_struct* pt)
    {
        cftype* cft = of_cft(of);

        if (cft->poll != null)
            return cft->poll(of, pt);

        return kernfs_generic_poll(of, pt);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_seqfile_start", Parity.Full)]
    private static void* cgroup_seqfile_start(seq_file* seq, long* ppos)
    {
        return seq_cft(seq)->seq_start(seq, ppos);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_seqfile_next", Parity.Full)]
    private static void* cgroup_seqfile_next(seq_file* seq, void* v, long* ppos)
    {
        return seq_cft(seq)->seq_next(seq, v, ppos);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_seqfile_stop", Parity.Full)]
    private static void cgroup_seqfile_stop(seq_file* seq, void* v)
    {
        if (seq_cft(seq)->seq_stop != null)
            seq_cft(seq)->seq_stop(seq, v);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_seqfile_show", Parity.Full)]
    private static int cgroup_seqfile_show(seq_file* m, void* arg)
    {
        cftype* cft = seq_cft(m);
        cgroup_subsys_state* css = seq_css(m);

        if (cft->seq_show != null)
            return cft->seq_show(m, arg);

        if (cft->read_u64 != null) {
            seq_put_decimal_ull(m, ""u8, cft->read_u64(css, cft));
            seq_putc(m, (byte)'\n');
        } else if (cft->read_s64 != null) {
            show_line(m, ""u8, cft->read_s64(css, cft));
        } else {
            return -EINVAL;
        }
        return 0;
    }

    private static readonly kernfs_ops* cgroup_kf_single_ops = data<kernfs_ops>(new()
    {
        atomic_write_len = PAGE_SIZE,
        open = &cgroup_file_open,
        release = &cgroup_file_release,
        write = &cgroup_file_write,
        poll = &cgroup_file_poll,
        seq_show = &cgroup_seqfile_show,
    });

    private static readonly kernfs_ops* cgroup_kf_ops = data<kernfs_ops>(new()
    {
        atomic_write_len = PAGE_SIZE,
        open = &cgroup_file_open,
        release = &cgroup_file_release,
        write = &cgroup_file_write,
        poll = &cgroup_file_poll,
        seq_start = &cgroup_seqfile_start,
        seq_next = &cgroup_seqfile_next,
        seq_stop = &cgroup_seqfile_stop,
        seq_show = &cgroup_seqfile_show,
    });

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_notify_timer", Parity.Full)]
    private static void cgroup_file_notify_timer(timer_list* timer)
    {
        cgroup_file_notify(container_of<cgroup_file>(timer, &((cgroup_file*)nowhere)->notify_timer));
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_add_file", Parity.Reduced, "files have no owner but root")]
    private static int cgroup_add_file(cgroup_subsys_state* css, cgroup* cgrp, cftype* cft)
    {
        byte* name = stackalloc byte[CGROUP_FILE_NAME_MAX];
        kernfs_node* kn;

        kn = __kernfs_create_file(cgrp->kn, cgroup_file_name(cgrp, cft, name), cgroup_file_mode(cft), 0, cft->kf_ops, cft);
        if (IS_ERR(kn))
            return PTR_ERR(kn);

        if (cft->file_offset != 0) {
            cgroup_file* cfile = (cgroup_file*)((byte*)css + cft->file_offset);

            timer_setup(&cfile->notify_timer, &cgroup_file_notify_timer, 0);

            spin_lock_irq(cgroup_file_kn_lock);
            cfile->kn = kn;
            spin_unlock_irq(cgroup_file_kn_lock);
        }

        return 0;
    }

    // Removing never fails.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_addrm_files", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_addrm_files(cgroup_subsys_state* css, cgroup* cgrp, cftype* cfts, bool is_add)
    {
        cftype* cft, cft_end = null;
        int ret = 0;

        lockdep_assert_held(cgroup_mutex);

    restart:
        for (cft = cfts; cft != cft_end && cft->name[0] != 0; cft++) {
            if ((cft->flags & __CFTYPE_ONLY_ON_DFL) != 0 && !cgroup_on_dfl(cgrp))
                continue;
            if ((cft->flags & __CFTYPE_NOT_ON_DFL) != 0 && cgroup_on_dfl(cgrp))
                continue;
            if ((cft->flags & CFTYPE_NOT_ON_ROOT) != 0 && cgroup_parent(cgrp) == null)
                continue;
            if ((cft->flags & CFTYPE_ONLY_ON_ROOT) != 0 && cgroup_parent(cgrp) != null)
                continue;
            if ((cft->flags & CFTYPE_DEBUG) != 0 && !cgroup_debug)
                continue;
            if (is_add) {
                ret = cgroup_add_file(css, cgrp, cft);
                if (ret != 0) {
                    pr_warn($"cgroup: cgroup_addrm_files: failed to add a file, err={ret}");
                    cft_end = cft;
                    is_add = false;
                    goto restart;
                }
            } else {
                cgroup_rm_file(cgrp, cft);
            }
        }
        return ret;
    }

    private static bool cgroup_debug;

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_apply_cftypes", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_apply_cftypes(cftype* cfts, bool is_add)
    {
        cgroup_subsys* ss = cfts[0].ss;
        cgroup* root = &ss->root->cgrp;
        cgroup_subsys_state* css;
        int ret = 0;

        lockdep_assert_held(cgroup_mutex);

        // in all cgroups that are there already
        for (css = css_next_descendant_pre(null, cgroup_css(root, ss)); css != null; css = css_next_descendant_pre(css, cgroup_css(root, ss))) {
            cgroup* cgrp = css->cgroup;

            if ((css->flags & CSS_VISIBLE) == 0)
                continue;

            ret = cgroup_addrm_files(css, cgrp, cfts, is_add);
            if (ret != 0)
                break;
        }

        if (is_add && ret == 0)
            kernfs_activate(root->kn);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_exit_cftypes", Parity.Full)]
    private static void cgroup_exit_cftypes(cftype* cfts)
    {
        for (cftype* cft = cfts; cft->name[0] != 0; cft++) {
            // the copy for a write length of its own
            if (cft->max_write_len != 0 && cft->max_write_len != PAGE_SIZE)
                kfree(cft->kf_ops);
            cft->kf_ops = null;
            cft->ss = null;

            cft->flags &= ~(__CFTYPE_ONLY_ON_DFL | __CFTYPE_NOT_ON_DFL | __CFTYPE_ADDED);
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_init_cftypes", Parity.Full)]
    private static int cgroup_init_cftypes(cgroup_subsys* ss, cftype* cfts)
    {
        int ret = 0;

        for (cftype* cft = cfts; cft->name[0] != 0; cft++) {
            kernfs_ops* kf_ops;

            WARN_ON(cft->ss != null || cft->kf_ops != null);

            if ((cft->flags & __CFTYPE_ADDED) != 0) {
                ret = -EBUSY;
                break;
            }

            if (cft->seq_start != null)
                kf_ops = cgroup_kf_ops;
            else
                kf_ops = cgroup_kf_single_ops;

            // a write length of its own needs kernfs_ops of its own
            if (cft->max_write_len != 0 && cft->max_write_len != PAGE_SIZE) {
                kf_ops = (kernfs_ops*)kmemdup(kf_ops, (ulong)sizeof(kernfs_ops), GFP_KERNEL);
                if (kf_ops == null) {
                    ret = -ENOMEM;
                    break;
                }
                kf_ops->atomic_write_len = cft->max_write_len;
            }

            cft->kf_ops = kf_ops;
            cft->ss = ss;
            cft->flags |= __CFTYPE_ADDED;
        }

        if (ret != 0)
            cgroup_exit_cftypes(cfts);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_rm_cftypes_locked", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void cgroup_rm_cftypes_locked(cftype* cfts)
    {
        lockdep_assert_held(cgroup_mutex);

        list_del(&cfts->node);
        cgroup_apply_cftypes(cfts, false);
        cgroup_exit_cftypes(cfts);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_rm_cftypes", Parity.Full)]
    public static int cgroup_rm_cftypes(cftype* cfts)
    {
        if (cfts == null || cfts[0].name[0] == 0)
            return 0;

        if ((cfts[0].flags & __CFTYPE_ADDED) == 0)
            return -ENOENT;

        cgroup_lock();
        cgroup_rm_cftypes_locked(cfts);
        cgroup_unlock();
        return 0;
    }

    // The files appear in all cgroups with the controller, those that exist and those to come.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_add_cftypes", Parity.Full)]
    public static int cgroup_add_cftypes(cgroup_subsys* ss, cftype* cfts)
    {
        int ret;

        if (!cgroup_ssid_enabled(ss->id))
            return 0;

        if (cfts == null || cfts[0].name[0] == 0)
            return 0;

        ret = cgroup_init_cftypes(ss, cfts);
        if (ret != 0)
            return ret;

        cgroup_lock();

        list_add_tail(&cfts->node, &ss->cfts);
        ret = cgroup_apply_cftypes(cfts, true);
        if (ret != 0)
            cgroup_rm_cftypes_locked(cfts);

        cgroup_unlock();
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_add_dfl_cftypes", Parity.Full)]
    public static int cgroup_add_dfl_cftypes(cgroup_subsys* ss, cftype* cfts)
    {
        for (cftype* cft = cfts; cft != null && cft->name[0] != 0; cft++)
            cft->flags |= __CFTYPE_ONLY_ON_DFL;
        return cgroup_add_cftypes(ss, cfts);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_add_legacy_cftypes", Parity.Full)]
    public static int cgroup_add_legacy_cftypes(cgroup_subsys* ss, cftype* cfts)
    {
        for (cftype* cft = cfts; cft != null && cft->name[0] != 0; cft++)
            cft->flags |= __CFTYPE_NOT_ON_DFL;
        return cgroup_add_cftypes(ss, cfts);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_notify", Parity.Full)]
    public static void cgroup_file_notify(cgroup_file* cfile)
    {
        spin_lock_irqsave(cgroup_file_kn_lock, out IrqFlags flags);
        if (cfile->kn != null) {
            ulong last = cfile->notified_at;
            ulong next = last + CGROUP_FILE_NOTIFY_MIN_INTV;

            if (time_in_range(jiffies, last, next)) {
                timer_reduce(&cfile->notify_timer, next);
            } else {
                kernfs_notify(cfile->kn);
                cfile->notified_at = jiffies;
            }
        }
        spin_unlock_irqrestore(cgroup_file_kn_lock, flags);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_show", Parity.Full)]
    public static void cgroup_file_show(cgroup_file* cfile, bool show)
    {
        kernfs_node* kn;

        spin_lock_irq(cgroup_file_kn_lock);
        kn = cfile->kn;
        kernfs_get(kn);
        spin_unlock_irq(cgroup_file_kn_lock);

        if (kn != null)
            kernfs_show(kn, show);

        kernfs_put(kn);
    }
}
