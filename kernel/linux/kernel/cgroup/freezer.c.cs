// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_cgroup_h;
using static Linux.linux_sched_h;
using static Linux.linux_sched_signal_h;
using static Linux.kernel_cgroup_cgroup_internal_h;

namespace Linux;

public static unsafe partial class kernel_cgroup_freezer_c
{
    // True if the flag changed.
    [KernelSource("kernel/cgroup/freezer.c", "cgroup_update_frozen_flag", Parity.Full)]
    [MustHold("kernel_cgroup_cgroup_c.css_set_lock")]
    private static bool cgroup_update_frozen_flag(cgroup* cgrp, bool frozen)
    {
        lockdep_assert_held(css_set_lock);

        if (test_bit(CGRP_FROZEN, &cgrp->flags) == frozen)
            return false;

        if (frozen)
            set_bit(CGRP_FROZEN, &cgrp->flags);
        else
            clear_bit(CGRP_FROZEN, &cgrp->flags);

        cgroup_file_notify(&cgrp->events_file);
        return true;
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_propagate_frozen", Parity.Full)]
    [MustHold("kernel_cgroup_cgroup_c.css_set_lock")]
    private static void cgroup_propagate_frozen(cgroup* cgrp, bool frozen)
    {
        int desc = 1;

        // Frozen: an ancestor that is to freeze is frozen once all its descendants are. Not: no ancestor is.
        while ((cgrp = cgroup_parent(cgrp)) != null) {
            if (frozen) {
                cgrp->freezer.nr_frozen_descendants += desc;
                if (!test_bit(CGRP_FREEZE, &cgrp->flags) ||
                    cgrp->freezer.nr_frozen_descendants != cgrp->nr_descendants)
                    continue;
            } else {
                cgrp->freezer.nr_frozen_descendants -= desc;
            }

            if (cgroup_update_frozen_flag(cgrp, frozen))
                desc++;
        }
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_update_frozen", Parity.Full)]
    [MustHold("kernel_cgroup_cgroup_c.css_set_lock")]
    public static void cgroup_update_frozen(cgroup* cgrp)
    {
        bool frozen;

        // it is to be, and all its tasks are
        frozen = test_bit(CGRP_FREEZE, &cgrp->flags) &&
            cgrp->freezer.nr_frozen_tasks == __cgroup_task_count(cgrp);

        if (cgroup_update_frozen_flag(cgrp, frozen))
            cgroup_propagate_frozen(cgrp, frozen);
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_inc_frozen_cnt", Parity.Full)]
    private static void cgroup_inc_frozen_cnt(cgroup* cgrp)
    {
        cgrp->freezer.nr_frozen_tasks++;
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_dec_frozen_cnt", Parity.Full)]
    private static void cgroup_dec_frozen_cnt(cgroup* cgrp)
    {
        cgrp->freezer.nr_frozen_tasks--;
        WARN_ON_ONCE(cgrp->freezer.nr_frozen_tasks < 0);
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_enter_frozen", Parity.Full)]
    public static void cgroup_enter_frozen()
    {
        cgroup* cgrp;

        if (current->frozen != 0)
            return;

        spin_lock_irq(css_set_lock);
        current->frozen = 1;
        cgrp = task_dfl_cgroup(current);
        cgroup_inc_frozen_cnt(cgrp);
        cgroup_update_frozen(cgrp);
        spin_unlock_irq(css_set_lock);
    }

    // While the cgroup still freezes the count stays, unless always_leave: it would only thaw for a moment.
    [KernelSource("kernel/cgroup/freezer.c", "cgroup_leave_frozen", Parity.Full)]
    public static void cgroup_leave_frozen(bool always_leave)
    {
        cgroup* cgrp;

        spin_lock_irq(css_set_lock);
        cgrp = task_dfl_cgroup(current);
        if (always_leave || !test_bit(CGRP_FREEZE, &cgrp->flags)) {
            cgroup_dec_frozen_cnt(cgrp);
            cgroup_update_frozen(cgrp);
            WARN_ON_ONCE(current->frozen == 0);
            current->frozen = 0;
        } else if ((current->jobctl & JOBCTL_TRAP_FREEZE) == 0) {
            spin_lock(&unrcu_pointer(current->sighand)->siglock);
            current->jobctl |= JOBCTL_TRAP_FREEZE;
            set_thread_flag(TIF_SIGPENDING);
            spin_unlock(&unrcu_pointer(current->sighand)->siglock);
        }
        spin_unlock_irq(css_set_lock);
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_freeze_task", Parity.Full)]
    private static void cgroup_freeze_task(task_struct* task, bool freeze)
    {
        // about to die: let it
        if (lock_task_sighand(task, out IrqFlags flags) == null)
            return;

        if (freeze) {
            task->jobctl |= JOBCTL_TRAP_FREEZE;
            signal_wake_up(task, false);
        } else {
            task->jobctl &= ~JOBCTL_TRAP_FREEZE;
            wake_up_process(task);
        }

        unlock_task_sighand(task, flags);
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_do_freeze", Parity.Full)]
    [MustHold("kernel_cgroup_cgroup_c.cgroup_mutex")]
    private static void cgroup_do_freeze(cgroup* cgrp, bool freeze, ulong ts_nsec)
    {
        css_task_iter it;
        task_struct* task;

        lockdep_assert_held(cgroup_mutex);

        spin_lock_irq(css_set_lock);
        write_seqcount_begin(&cgrp->freezer.freeze_seq);
        if (freeze) {
            set_bit(CGRP_FREEZE, &cgrp->flags);
            cgrp->freezer.freeze_start_nsec = ts_nsec;
        } else {
            clear_bit(CGRP_FREEZE, &cgrp->flags);
            cgrp->freezer.frozen_nsec += ts_nsec - cgrp->freezer.freeze_start_nsec;
        }
        write_seqcount_end(&cgrp->freezer.freeze_seq);
        spin_unlock_irq(css_set_lock);

        css_task_iter_start(&cgrp->self, 0, &it);
        while ((task = css_task_iter_next(&it)) != null) {
            // kernel threads do not freeze
            if ((task->flags & PF_KTHREAD) != 0)
                continue;
            cgroup_freeze_task(task, freeze);
        }
        css_task_iter_end(&it);

        // an empty leaf, or one whose descendants are there already, has no task to bring the state up to date
        spin_lock_irq(css_set_lock);
        if (cgrp->nr_descendants == cgrp->freezer.nr_frozen_descendants)
            cgroup_update_frozen(cgrp);
        spin_unlock_irq(css_set_lock);
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_freezer_migrate_task", Parity.Full)]
    [MustHold("kernel_cgroup_cgroup_c.css_set_lock")]
    public static void cgroup_freezer_migrate_task(task_struct* task, cgroup* src, cgroup* dst)
    {
        lockdep_assert_held(css_set_lock);

        if ((task->flags & PF_KTHREAD) != 0)
            return;

        // nobody freezes
        if (!test_bit(CGRP_FREEZE, &src->flags) && !test_bit(CGRP_FREEZE, &dst->flags) && task->frozen == 0)
            return;

        // also when the destination is not freezing: the counts stay in balance
        if (task->frozen != 0) {
            cgroup_inc_frozen_cnt(dst);
            cgroup_dec_frozen_cnt(src);
        }
        cgroup_update_frozen(dst);
        cgroup_update_frozen(src);

        cgroup_freeze_task(task, test_bit(CGRP_FREEZE, &dst->flags));
    }

    [KernelSource("kernel/cgroup/freezer.c", "cgroup_freeze", Parity.Full)]
    [MustHold("kernel_cgroup_cgroup_c.cgroup_mutex")]
    public static void cgroup_freeze(cgroup* cgrp, bool freeze)
    {
        cgroup_subsys_state* css;
        cgroup* parent;
        cgroup* dsct;
        bool applied = false;
        ulong ts_nsec;
        bool old_e;

        lockdep_assert_held(cgroup_mutex);

        if (cgrp->freezer.freeze == freeze)
            return;

        cgrp->freezer.freeze = freeze;
        ts_nsec = ktime_get_ns();

        for (css = css_next_descendant_pre(null, &cgrp->self); css != null; css = css_next_descendant_pre(css, &cgrp->self)) {
            dsct = css->cgroup;

            if (cgroup_is_dead(dsct))
                continue;

            // What is frozen by an ancestor, or on its own account, stays so, and its subtree with it.
            old_e = dsct->freezer.e_freeze;
            parent = cgroup_parent(dsct);
            dsct->freezer.e_freeze = dsct->freezer.freeze || parent->freezer.e_freeze;
            if (dsct->freezer.e_freeze == old_e) {
                css = css_rightmost_descendant(css);
                continue;
            }

            cgroup_do_freeze(dsct, freeze, ts_nsec);
            applied = true;
        }

        // Nothing changes, now or later: who waits for a change must hear of it.
        if (!applied)
            cgroup_file_notify(&cgrp->events_file);
    }
}
