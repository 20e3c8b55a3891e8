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

// kernel/cgroup/cgroup.c: cgroup.freeze and cgroup.kill.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_freeze_show", Parity.Full)]
    private static int cgroup_freeze_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;

        show_line(seq, ""u8, cgrp->freezer.freeze ? 1 : 0);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_freeze_write", Parity.Full)]
    private static ssize_t cgroup_freeze_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        cgroup* cgrp;
        int ret;
        int freeze;

        ret = kstrtoint(strstrip(buf), 0, &freeze);
        if (ret != 0)
            return ret;

        if (freeze < 0 || freeze > 1)
            return -ERANGE;

        cgrp = cgroup_kn_lock_live(of->kn, false);
        if (cgrp == null)
            return -ENOENT;

        cgroup_freeze(cgrp, freeze != 0);

        cgroup_kn_unlock(of->kn);

        return (ssize_t)nbytes;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "__cgroup_kill", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void __cgroup_kill(cgroup* cgrp)
    {
        css_task_iter it;
        task_struct* task;

        lockdep_assert_held(cgroup_mutex);

        spin_lock_irq(css_set_lock);
        cgrp->kill_seq++;
        spin_unlock_irq(css_set_lock);

        css_task_iter_start(&cgrp->self, CSS_TASK_ITER_PROCS | CSS_TASK_ITER_THREADED, &it);
        while ((task = css_task_iter_next(&it)) != null) {
            if ((task->flags & PF_KTHREAD) != 0)
                continue;

            // dying already
            if (__fatal_signal_pending(task))
                continue;

            send_sig(SIGKILL, task, 0);
        }
        css_task_iter_end(&it);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_kill", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void cgroup_kill(cgroup* cgrp)
    {
        cgroup_subsys_state* css;

        lockdep_assert_held(cgroup_mutex);

        for (css = cgroup_next_live_descendant_pre(null, cgrp); css != null; css = cgroup_next_live_descendant_pre(css, cgrp))
            __cgroup_kill(css->cgroup);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_kill_write", Parity.Full)]
    private static ssize_t cgroup_kill_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        int ret = 0;
        int kill;
        cgroup* cgrp;

        ret = kstrtoint(strstrip(buf), 0, &kill);
        if (ret != 0)
            return ret;

        if (kill != 1)
            return -ERANGE;

        cgrp = cgroup_kn_lock_live(of->kn, false);
        if (cgrp == null)
            return -ENOENT;

        // whole processes are killed, which a threaded cgroup does not have
        if (cgroup_is_threaded(cgrp))
            ret = -EOPNOTSUPP;
        else
            cgroup_kill(cgrp);

        cgroup_kn_unlock(of->kn);

        return ret != 0 ? ret : (ssize_t)nbytes;
    }
}
