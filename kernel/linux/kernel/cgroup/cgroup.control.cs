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

// kernel/cgroup/cgroup.c: which controllers are on where.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_print_ss_mask", Parity.Full)]
    private static void cgroup_print_ss_mask(seq_file* seq, ushort ss_mask)
    {
        bool printed = false;

        for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            if ((ss_mask & (1 << ssid)) == 0)
                continue;
            if (printed)
                seq_putc(seq, (byte)' ');
            seq_puts(seq, cgroup_subsys[ssid]->name);
            printed = true;
        }
        if (printed)
            seq_putc(seq, (byte)'\n');
    }

    // what the parent gives
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_controllers_show", Parity.Full)]
    private static int cgroup_controllers_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;

        cgroup_print_ss_mask(seq, cgroup_control(cgrp));
        return 0;
    }

    // what the children get
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_subtree_control_show", Parity.Full)]
    private static int cgroup_subtree_control_show(seq_file* seq, void* v)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;

        cgroup_print_ss_mask(seq, cgrp->subtree_control);
        return 0;
    }

    // The masks have changed: tasks of the subtree go over to css_sets that fit.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_update_dfl_csses", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_update_dfl_csses(cgroup* cgrp)
    {
        cgroup_mgctx mgctx;
        cgroup_subsys_state* d_css;
        cgroup* dsct;
        int lock_mode;
        bool has_tasks;
        int ret;

        CGROUP_MGCTX_INIT(&mgctx);
        lockdep_assert_held(cgroup_mutex);

        // all sets with a cgroup of the subtree
        spin_lock_irq(css_set_lock);
        for (d_css = cgroup_next_live_descendant_pre(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_pre(d_css, cgrp)) {
            dsct = d_css->cgroup;

            // the cgroup's own csses do not depend on its subtree_control
            if (dsct == cgrp)
                continue;

            for (list_head* p = dsct->cset_links.next; p != &dsct->cset_links; p = p->next)
                cgroup_migrate_add_src(list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cset_link)->cset, dsct, &mgctx);
        }
        spin_unlock_irq(css_set_lock);

        // with no sources nothing moves, and threadgroups need not be stable
        has_tasks = !list_empty(&mgctx.preloaded_src_csets);

        if (has_tasks)
            lock_mode = CGRP_ATTACH_LOCK_GLOBAL;
        else
            lock_mode = CGRP_ATTACH_LOCK_NONE;

        cgroup_attach_lock(lock_mode, null);

        ret = cgroup_migrate_prepare_dst(&mgctx);
        if (ret != 0)
            goto out_finish;

        spin_lock_irq(css_set_lock);
        for (list_head* p = mgctx.preloaded_src_csets.next; p != &mgctx.preloaded_src_csets; p = p->next) {
            css_set* src_cset = list_entry<css_set>(p, &((css_set*)nowhere)->mg_src_preload_node);
            list_head* n;

            for (list_head* t = src_cset->tasks.next; t != &src_cset->tasks; t = n) {
                n = t->next;
                cgroup_migrate_add_task(list_entry<task_struct>(t, &((task_struct*)nowhere)->cg_list), &mgctx);
            }
        }
        spin_unlock_irq(css_set_lock);

        ret = cgroup_migrate_execute(&mgctx);
    out_finish:
        cgroup_migrate_finish(&mgctx);
        cgroup_attach_unlock(lock_mode, null);
        return ret;
    }

    // Offlining runs behind the scenes, and a controller may be wanted again while its old csses are still
    // there: takes cgroup_mutex once the subtree has none of those.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_lock_and_drain_offline", Parity.Full)]
    [Acquires("cgroup_mutex"), MightSleep]
    public static void cgroup_lock_and_drain_offline(cgroup* cgrp)
    {
        cgroup* dsct;
        cgroup_subsys_state* d_css;

    restart:
        cgroup_lock();

        for (d_css = cgroup_next_live_descendant_post(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_post(d_css, cgrp)) {
            dsct = d_css->cgroup;
            for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                cgroup_subsys_state* css = cgroup_css(dsct, cgroup_subsys[ssid]);
                wait_queue_entry wait;

                if (css == null || !percpu_ref_is_dying(&css->refcnt))
                    continue;

                init_wait(&wait);
                cgroup_get_live(dsct);
                prepare_to_wait(&dsct->offline_waitq, &wait, TASK_UNINTERRUPTIBLE);

                cgroup_unlock();
                schedule();
                finish_wait(&dsct->offline_waitq, &wait);

                cgroup_put(dsct);
                goto restart;
            }
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_save_control", Parity.Full)]
    private static void cgroup_save_control(cgroup* cgrp)
    {
        cgroup* dsct;
        cgroup_subsys_state* d_css;

        for (d_css = cgroup_next_live_descendant_pre(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_pre(d_css, cgrp)) {
            dsct = d_css->cgroup;
            dsct->old_subtree_control = dsct->subtree_control;
            dsct->old_subtree_ss_mask = dsct->subtree_ss_mask;
            dsct->old_dom_cgrp = dsct->dom_cgrp;
        }
    }

    // Takes from the subtree what is no longer available, and works out subtree_ss_mask.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_propagate_control", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void cgroup_propagate_control(cgroup* cgrp)
    {
        cgroup* dsct;
        cgroup_subsys_state* d_css;

        for (d_css = cgroup_next_live_descendant_pre(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_pre(d_css, cgrp)) {
            dsct = d_css->cgroup;
            dsct->subtree_control &= cgroup_control(dsct);
            dsct->subtree_ss_mask = cgroup_calc_subtree_ss_mask(dsct->subtree_control, cgroup_ss_mask(dsct));
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_restore_control", Parity.Full)]
    private static void cgroup_restore_control(cgroup* cgrp)
    {
        cgroup* dsct;
        cgroup_subsys_state* d_css;

        for (d_css = cgroup_next_live_descendant_post(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_post(d_css, cgrp)) {
            dsct = d_css->cgroup;
            dsct->subtree_control = dsct->old_subtree_control;
            dsct->subtree_ss_mask = dsct->old_subtree_ss_mask;
            dsct->dom_cgrp = dsct->old_dom_cgrp;
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_visible", Parity.Full)]
    private static bool css_visible(cgroup_subsys_state* css)
    {
        cgroup_subsys* ss = css->ss;
        cgroup* cgrp = css->cgroup;

        if ((cgroup_control(cgrp) & (1 << ss->id)) != 0)
            return true;
        if ((cgroup_ss_mask(cgrp) & (1 << ss->id)) == 0)
            return false;
        return cgroup_on_dfl(cgrp) && ss->implicit_on_dfl;
    }

    // Makes the csses that the subtree lacks, and shows those that were asked for: one that is only
    // depended upon stays hidden. On failure the caller cleans up with the disabling half.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_apply_control_enable", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_apply_control_enable(cgroup* cgrp)
    {
        cgroup* dsct;
        cgroup_subsys_state* d_css;
        int ret;

        for (d_css = cgroup_next_live_descendant_pre(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_pre(d_css, cgrp)) {
            dsct = d_css->cgroup;
            for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                cgroup_subsys* ss = cgroup_subsys[ssid];
                cgroup_subsys_state* css = cgroup_css(dsct, ss);

                if ((cgroup_ss_mask(dsct) & (1 << ss->id)) == 0)
                    continue;

                if (css == null) {
                    css = css_create(dsct, ss);
                    if (IS_ERR(css))
                        return PTR_ERR(css);
                }

                WARN_ON_ONCE(percpu_ref_is_dying(&css->refcnt));

                if (css_visible(css)) {
                    ret = css_populate_dir(css);
                    if (ret != 0)
                        return ret;
                }
            }
        }

        return 0;
    }

    // Kills the csses that are no longer wanted and hides those that are only depended upon.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_apply_control_disable", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void cgroup_apply_control_disable(cgroup* cgrp)
    {
        cgroup* dsct;
        cgroup_subsys_state* d_css;

        for (d_css = cgroup_next_live_descendant_post(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_post(d_css, cgrp)) {
            dsct = d_css->cgroup;
            for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                cgroup_subsys* ss = cgroup_subsys[ssid];
                cgroup_subsys_state* css = cgroup_css(dsct, ss);

                if (css == null)
                    continue;

                WARN_ON_ONCE(percpu_ref_is_dying(&css->refcnt));

                if (css->parent != null && (cgroup_ss_mask(dsct) & (1 << ss->id)) == 0) {
                    kill_css(css);
                } else if (!css_visible(css)) {
                    css_clear_dir(css);
                    if (ss->css_reset != null)
                        ss->css_reset(css);
                }
            }
        }
    }

    // The middle of: save_control, change subtree_control, apply_control, whatever else, finalize_control.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_apply_control", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_apply_control(cgroup* cgrp)
    {
        int ret;

        cgroup_propagate_control(cgrp);

        ret = cgroup_apply_control_enable(cgrp);
        if (ret != 0)
            return ret;

        // cgroup_e_css_by_mask() tells the new csses from here on, which the tasks get now
        return cgroup_update_dfl_csses(cgrp);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_finalize_control", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void cgroup_finalize_control(cgroup* cgrp, int ret)
    {
        if (ret != 0) {
            cgroup_restore_control(cgrp);
            cgroup_propagate_control(cgrp);
        }

        cgroup_apply_control_disable(cgrp);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_vet_subtree_control_enable", Parity.Full)]
    private static int cgroup_vet_subtree_control_enable(cgroup* cgrp, ushort enable)
    {
        ushort domain_enable = (ushort)(enable & ~cgrp_dfl_threaded_ss_mask);

        if (enable == 0)
            return 0;

        // can it host resources at all?
        if (!cgroup_is_valid_domain(cgrp->dom_cgrp))
            return -EOPNOTSUPP;

        if (cgroup_is_mixable(cgrp))
            return 0;

        if (domain_enable != 0) {
            // no domain controller inside a threaded subtree
            if (cgroup_is_thread_root(cgrp) || cgroup_is_threaded(cgrp))
                return -EOPNOTSUPP;
        } else {
            // threaded ones are fine in what is, or may become, one
            if (cgroup_can_be_thread_root(cgrp) || cgroup_is_threaded(cgrp))
                return 0;
        }

        // children would compete with the cgroup's own tasks
        if (cgroup_has_tasks(cgrp))
            return -EBUSY;

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_subtree_control_write", Parity.Full)]
    private static ssize_t cgroup_subtree_control_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        ushort enable = 0, disable = 0;
        cgroup* cgrp, child;
        byte* tok;
        int ssid, ret;

        // names with + or - before them, separated by spaces
        buf = strstrip(buf);
        while ((tok = strsep(&buf, " "u8)) != null) {
            if (tok[0] == 0)
                continue;
            for (ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                if ((cgrp_dfl_inhibit_ss_mask & (1 << ssid)) != 0)
                    continue;
                if (!cgroup_ssid_enabled(ssid) || strcmp(tok + 1, cgroup_subsys[ssid]->name) != 0)
                    continue;

                if (*tok == '+') {
                    enable |= (ushort)(1 << ssid);
                    disable &= (ushort)~(1 << ssid);
                } else if (*tok == '-') {
                    disable |= (ushort)(1 << ssid);
                    enable &= (ushort)~(1 << ssid);
                } else {
                    return -EINVAL;
                }
                break;
            }
            if (ssid == CGROUP_SUBSYS_COUNT)
                return -EINVAL;
        }

        cgrp = cgroup_kn_lock_live(of->kn, true);
        if (cgrp == null)
            return -ENODEV;

        for (ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            if ((enable & (1 << ssid)) != 0) {
                if ((cgrp->subtree_control & (1 << ssid)) != 0) {
                    enable &= (ushort)~(1 << ssid);
                    continue;
                }

                if ((cgroup_control(cgrp) & (1 << ssid)) == 0) {
                    ret = -ENOENT;
                    goto out_unlock;
                }
            } else if ((disable & (1 << ssid)) != 0) {
                if ((cgrp->subtree_control & (1 << ssid)) == 0) {
                    disable &= (ushort)~(1 << ssid);
                    continue;
                }

                // does a child give it on?
                for (child = cgroup_next_live_child(null, cgrp); child != null; child = cgroup_next_live_child(child, cgrp)) {
                    if ((child->subtree_control & (1 << ssid)) != 0) {
                        ret = -EBUSY;
                        goto out_unlock;
                    }
                }
            }
        }

        if (enable == 0 && disable == 0) {
            ret = 0;
            goto out_unlock;
        }

        ret = cgroup_vet_subtree_control_enable(cgrp, enable);
        if (ret != 0)
            goto out_unlock;

        cgroup_save_control(cgrp);

        cgrp->subtree_control |= enable;
        cgrp->subtree_control &= (ushort)~disable;

        ret = cgroup_apply_control(cgrp);
        cgroup_finalize_control(cgrp, ret);
        if (ret != 0)
            goto out_unlock;

        kernfs_activate(cgrp->kn);
    out_unlock:
        cgroup_kn_unlock(of->kn);
        return ret != 0 ? ret : (ssize_t)nbytes;
    }

    // "threaded" was written to cgroup.type: join the parent's domain.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_enable_threaded", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_enable_threaded(cgroup* cgrp)
    {
        cgroup* parent = cgroup_parent(cgrp);
        cgroup* dom_cgrp = parent->dom_cgrp;
        cgroup* dsct;
        cgroup_subsys_state* d_css;
        int ret;

        lockdep_assert_held(cgroup_mutex);

        if (cgroup_is_threaded(cgrp))
            return 0;

        // cgroup_can_be_thread_root() below sees the same only where the parent is not mixable
        if (cgroup_is_populated(cgrp) || (cgrp->subtree_control & ~cgrp_dfl_threaded_ss_mask) != 0)
            return -EOPNOTSUPP;

        if (!cgroup_is_valid_domain(dom_cgrp) || !cgroup_can_be_thread_root(dom_cgrp))
            return -EOPNOTSUPP;

        // nothing will move, so it will succeed
        cgroup_save_control(cgrp);

        for (d_css = cgroup_next_live_descendant_pre(null, cgrp); d_css != null; d_css = cgroup_next_live_descendant_pre(d_css, cgrp)) {
            dsct = d_css->cgroup;
            if (dsct == cgrp || cgroup_is_threaded(dsct))
                dsct->dom_cgrp = dom_cgrp;
        }

        ret = cgroup_apply_control(cgrp);
        if (ret == 0)
            parent->nr_threaded_children++;

        cgroup_finalize_control(cgrp, ret);
        return ret;
    }
}
