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

// kernel/cgroup/cgroup.c: tasks that come.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    // The css_set of the child: its parent's. Holds cgroup_threadgroup_rwsem on success.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_css_set_fork", Parity.Reduced, "without CLONE_INTO_CGROUP, which takes a descriptor of a directory")]
    private static int cgroup_css_set_fork(kernel_clone_args* kargs)
    {
        css_set* cset;

        cgroup_threadgroup_change_begin(current);

        spin_lock_irq(css_set_lock);
        cset = task_css_set(current);
        get_css_set(cset);
        if (kargs->cgrp != null)
            kargs->kill_seq = kargs->cgrp->kill_seq;
        else
            kargs->kill_seq = cset->dfl_cgrp->kill_seq;
        spin_unlock_irq(css_set_lock);

        kargs->cset = cset;
        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_css_set_put_fork", Parity.Reduced, "without CLONE_INTO_CGROUP")]
    private static void cgroup_css_set_put_fork(kernel_clone_args* kargs)
    {
        css_set* cset = kargs->cset;

        cgroup_threadgroup_change_end(current);

        if (cset != null) {
            put_css_set(cset);
            kargs->cset = null;
        }
    }

    // A controller may forbid the fork.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_can_fork", Parity.Full)]
    public static int cgroup_can_fork(task_struct* child, kernel_clone_args* kargs)
    {
        cgroup_subsys* ss;
        int i, j, ret;

        ret = cgroup_css_set_fork(kargs);
        if (ret != 0)
            return ret;

        for (i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
            if ((have_canfork_callback & (1 << i)) == 0)
                continue;
            ss = cgroup_subsys[i];
            ret = ss->can_fork(child, kargs->cset);
            if (ret != 0)
                goto out_revert;
        }

        return 0;

    out_revert:
        for (j = 0; j < CGROUP_SUBSYS_COUNT; j++) {
            if (j >= i)
                break;
            ss = cgroup_subsys[j];
            if (ss->cancel_fork != null)
                ss->cancel_fork(child, kargs->cset);
        }

        cgroup_css_set_put_fork(kargs);

        return ret;
    }

    // The fork failed after cgroup_can_fork().
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_cancel_fork", Parity.Full)]
    public static void cgroup_cancel_fork(task_struct* child, kernel_clone_args* kargs)
    {
        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
            cgroup_subsys* ss = cgroup_subsys[i];

            if (ss->cancel_fork != null)
                ss->cancel_fork(child, kargs->cset);
        }

        cgroup_css_set_put_fork(kargs);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_post_fork", Parity.Reduced, "without CLONE_NEWCGROUP")]
    public static void cgroup_post_fork(task_struct* child, kernel_clone_args* kargs)
    {
        uint cgrp_kill_seq = 0;
        ulong cgrp_flags = 0;
        bool kill = false;
        css_set* cset;

        cset = kargs->cset;
        kargs->cset = null;

        spin_lock_irq(css_set_lock);

        // the idle tasks are linked nowhere
        if (child->pid != 0) {
            if (kargs->cgrp != null) {
                cgrp_flags = kargs->cgrp->flags;
                cgrp_kill_seq = kargs->cgrp->kill_seq;
            } else {
                cgrp_flags = cset->dfl_cgrp->flags;
                cgrp_kill_seq = cset->dfl_cgrp->kill_seq;
            }

            WARN_ON_ONCE(!list_empty(&child->cg_list));
            cset->nr_tasks++;
            css_set_move_task(child, null, cset, false);
        } else {
            put_css_set(cset);
            cset = null;
        }

        if ((child->flags & PF_KTHREAD) == 0) {
            if (test_bit(CGRP_FREEZE, &cgrp_flags)) {
                // It freezes before it runs a step; the cgroup does not thaw for a moment, as do_freezer_trap()
                // updates the state anyway.
                spin_lock(&unrcu_pointer(child->sighand)->siglock);
                WARN_ON_ONCE(child->frozen != 0);
                child->jobctl |= JOBCTL_TRAP_FREEZE;
                spin_unlock(&unrcu_pointer(child->sighand)->siglock);
            }

            // The cgroup was killed meanwhile: take the child along.
            kill = kargs->kill_seq != cgrp_kill_seq;
        }

        spin_unlock_irq(css_set_lock);

        // after it is linked, or it could change state in between
        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
            if ((have_fork_callback & (1 << i)) != 0)
                cgroup_subsys[i]->fork(child);
        }

        if (kill)
            do_send_sig_info(SIGKILL, SEND_SIG_NOINFO, child, PIDTYPE_TGID);

        cgroup_css_set_put_fork(kargs);
    }
}
