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

// kernel/cgroup/cgroup.c: moving tasks.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    // Keeps threadgroups as they are while tasks move. CPU hotplug is held off first: ->attach() may need
    // it held off, and the two locks nest in this order.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_attach_lock", Parity.Full)]
    [ContextUnsafe("which semaphore is taken depends on the mode")]
    public static void cgroup_attach_lock(int lock_mode, task_struct* tsk)
    {
        cpus_read_lock();

        switch (lock_mode) {
        case CGRP_ATTACH_LOCK_NONE:
            break;
        case CGRP_ATTACH_LOCK_GLOBAL:
            percpu_down_write(cgroup_threadgroup_rwsem);
            break;
        case CGRP_ATTACH_LOCK_PER_THREADGROUP:
            down_write(&tsk->signal->cgroup_threadgroup_rwsem);
            break;
        default:
            pr_warn("cgroup: Unexpected attach lock mode.");
            break;
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_attach_unlock", Parity.Full)]
    [ContextUnsafe("which semaphore is taken depends on the mode")]
    public static void cgroup_attach_unlock(int lock_mode, task_struct* tsk)
    {
        switch (lock_mode) {
        case CGRP_ATTACH_LOCK_NONE:
            break;
        case CGRP_ATTACH_LOCK_GLOBAL:
            percpu_up_write(cgroup_threadgroup_rwsem);
            break;
        case CGRP_ATTACH_LOCK_PER_THREADGROUP:
            up_write(&tsk->signal->cgroup_threadgroup_rwsem);
            break;
        default:
            pr_warn("cgroup: Unexpected attach lock mode.");
            break;
        }

        cpus_read_unlock();
    }

    // Nothing happens if the task need not move.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_migrate_add_task", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void cgroup_migrate_add_task(task_struct* task, cgroup_mgctx* mgctx)
    {
        css_set* cset;

        lockdep_assert_held(css_set_lock);

        // it has exited, or it cannot until we are done
        if ((task->flags & PF_EXITING) != 0)
            return;

        // cgroup_threadgroup_rwsem keeps forks away
        WARN_ON_ONCE(list_empty(&task->cg_list));

        cset = task_css_set(task);
        if (cset->mg_src_cgrp == null)
            return;

        mgctx->tset.nr_tasks++;

        css_set_skip_task_iters(cset, task);
        list_move_tail(&task->cg_list, &cset->mg_tasks);
        if (list_empty(&cset->mg_node))
            list_add_tail(&cset->mg_node, &mgctx->tset.src_csets);
        if (list_empty(&cset->mg_dst_cset->mg_node))
            list_add_tail(&cset->mg_dst_cset->mg_node, &mgctx->tset.dst_csets);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_taskset_first", Parity.Full)]
    public static task_struct* cgroup_taskset_first(cgroup_taskset* tset, cgroup_subsys_state** dst_cssp)
    {
        tset->cur_cset = list_first_entry<css_set>(tset->csets, &((css_set*)nowhere)->mg_node);
        tset->cur_task = null;

        return cgroup_taskset_next(tset, dst_cssp);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_taskset_next", Parity.Full)]
    public static task_struct* cgroup_taskset_next(cgroup_taskset* tset, cgroup_subsys_state** dst_cssp)
    {
        css_set* cset = tset->cur_cset;
        task_struct* task = tset->cur_task;

        while (&cset->mg_node != tset->csets) {
            if (task == null)
                task = list_first_entry<task_struct>(&cset->mg_tasks, &((task_struct*)nowhere)->cg_list);
            else
                task = list_entry<task_struct>(task->cg_list.next, &((task_struct*)nowhere)->cg_list);

            if (&task->cg_list != &cset->mg_tasks) {
                tset->cur_cset = cset;
                tset->cur_task = task;

                // called before and after the move: mg_dst_cset is set on a source
                if (cset->mg_dst_cset != null)
                    *dst_cssp = cset->mg_dst_cset->subsys[tset->ssid];
                else
                    *dst_cssp = cset->subsys[tset->ssid];

                return task;
            }

            cset = list_entry<css_set>(cset->mg_node.next, &((css_set*)nowhere)->mg_node);
            task = null;
        }

        return null;
    }

    // All tasks move or none: it fails only when a ->can_attach() does.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_migrate_execute", Parity.Full)]
    private static int cgroup_migrate_execute(cgroup_mgctx* mgctx)
    {
        cgroup_taskset* tset = &mgctx->tset;
        cgroup_subsys* ss;
        css_set* cset;
        list_head* p, n;
        int ssid, failed_ssid, ret;

        // may they?
        if (tset->nr_tasks != 0) {
            for (ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                if ((mgctx->ss_mask & (1 << ssid)) == 0)
                    continue;
                ss = cgroup_subsys[ssid];
                if (ss->can_attach != null) {
                    tset->ssid = ssid;
                    ret = ss->can_attach(tset);
                    if (ret != 0) {
                        failed_ssid = ssid;
                        goto out_cancel_attach;
                    }
                }
            }
        }

        // They may, and nothing fails after this.
        spin_lock_irq(css_set_lock);
        for (p = tset->src_csets.next; p != &tset->src_csets; p = p->next) {
            cset = list_entry<css_set>(p, &((css_set*)nowhere)->mg_node);
            for (list_head* t = cset->mg_tasks.next; t != &cset->mg_tasks; t = n) {
                task_struct* task = list_entry<task_struct>(t, &((task_struct*)nowhere)->cg_list);
                css_set* from_cset = task_css_set(task);
                css_set* to_cset = cset->mg_dst_cset;

                n = t->next;
                get_css_set(to_cset);
                to_cset->nr_tasks++;
                css_set_move_task(task, from_cset, to_cset, true);
                from_cset->nr_tasks--;
                // it may have to freeze or to thaw now
                cgroup_freezer_migrate_task(task, from_cset->dfl_cgrp, to_cset->dfl_cgrp);
                put_css_set_locked(from_cset);
            }
        }
        spin_unlock_irq(css_set_lock);

        // They are on dst_csets now, and forks do no harm any more: tell the controllers.
        tset->csets = &tset->dst_csets;

        if (tset->nr_tasks != 0) {
            for (ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                if ((mgctx->ss_mask & (1 << ssid)) == 0)
                    continue;
                ss = cgroup_subsys[ssid];
                if (ss->attach != null) {
                    tset->ssid = ssid;
                    ss->attach(tset);
                }
            }
        }

        ret = 0;
        goto out_release_tset;

    out_cancel_attach:
        if (tset->nr_tasks != 0) {
            for (ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                if ((mgctx->ss_mask & (1 << ssid)) == 0)
                    continue;
                if (ssid == failed_ssid)
                    break;
                ss = cgroup_subsys[ssid];
                if (ss->cancel_attach != null) {
                    tset->ssid = ssid;
                    ss->cancel_attach(tset);
                }
            }
        }
    out_release_tset:
        spin_lock_irq(css_set_lock);
        list_splice_init(&tset->dst_csets, &tset->src_csets);
        for (p = tset->src_csets.next; p != &tset->src_csets; p = n) {
            cset = list_entry<css_set>(p, &((css_set*)nowhere)->mg_node);
            n = p->next;
            list_splice_tail_init(&cset->mg_tasks, &cset->tasks);
            list_del_init(&cset->mg_node);
        }
        spin_unlock_irq(css_set_lock);

        // the set may be used once more
        tset->nr_tasks = 0;
        tset->csets = &tset->src_csets;
        return ret;
    }

    // A cgroup whose children compete for domain controllers takes no tasks, except the root and threaded ones.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_migrate_vet_dst", Parity.Full)]
    public static int cgroup_migrate_vet_dst(cgroup* dst_cgrp)
    {
        // v1 does not care
        if (!cgroup_on_dfl(dst_cgrp))
            return 0;

        if (!cgroup_is_valid_domain(dst_cgrp->dom_cgrp))
            return -EOPNOTSUPP;

        if (cgroup_can_be_thread_root(dst_cgrp) || cgroup_is_threaded(dst_cgrp))
            return 0;

        if (dst_cgrp->subtree_control != 0)
            return -EBUSY;

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_migrate_finish", Parity.Full)]
    [MustHold("cgroup_mutex")]
    public static void cgroup_migrate_finish(cgroup_mgctx* mgctx)
    {
        list_head* n;

        lockdep_assert_held(cgroup_mutex);

        spin_lock_irq(css_set_lock);

        for (list_head* p = mgctx->preloaded_src_csets.next; p != &mgctx->preloaded_src_csets; p = n) {
            css_set* cset = list_entry<css_set>(p, &((css_set*)nowhere)->mg_src_preload_node);

            n = p->next;
            cset->mg_src_cgrp = null;
            cset->mg_dst_cgrp = null;
            cset->mg_dst_cset = null;
            list_del_init(&cset->mg_src_preload_node);
            put_css_set_locked(cset);
        }

        for (list_head* p = mgctx->preloaded_dst_csets.next; p != &mgctx->preloaded_dst_csets; p = n) {
            css_set* cset = list_entry<css_set>(p, &((css_set*)nowhere)->mg_dst_preload_node);

            n = p->next;
            cset->mg_src_cgrp = null;
            cset->mg_dst_cgrp = null;
            cset->mg_dst_cset = null;
            list_del_init(&cset->mg_dst_preload_node);
            put_css_set_locked(cset);
        }

        spin_unlock_irq(css_set_lock);
    }

    // Pins the set whose tasks go to dst_cgrp. cgroup_mutex alone is enough: threads may come and go, but no
    // set comes into play that is not preloaded.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_migrate_add_src", Parity.Full)]
    [MustHold("cgroup_mutex"), MustHold("css_set_lock")]
    public static void cgroup_migrate_add_src(css_set* src_cset, cgroup* dst_cgrp, cgroup_mgctx* mgctx)
    {
        cgroup* src_cgrp;

        lockdep_assert_held(cgroup_mutex);
        lockdep_assert_held(css_set_lock);

        // of dead cgroups, with no task that could move
        if (src_cset->dead)
            return;

        if (!list_empty(&src_cset->mg_src_preload_node))
            return;

        src_cgrp = cset_cgroup_from_root(src_cset, dst_cgrp->root);

        WARN_ON(src_cset->mg_src_cgrp != null);
        WARN_ON(src_cset->mg_dst_cgrp != null);
        WARN_ON(!list_empty(&src_cset->mg_tasks));
        WARN_ON(!list_empty(&src_cset->mg_node));

        src_cset->mg_src_cgrp = src_cgrp;
        src_cset->mg_dst_cgrp = dst_cgrp;
        get_css_set(src_cset);
        list_add_tail(&src_cset->mg_src_preload_node, &mgctx->preloaded_src_csets);
    }

    // Finds and pins where each source goes; between add_src and cgroup_migrate().
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_migrate_prepare_dst", Parity.Full)]
    [MustHold("cgroup_mutex")]
    public static int cgroup_migrate_prepare_dst(cgroup_mgctx* mgctx)
    {
        list_head* n;

        lockdep_assert_held(cgroup_mutex);

        for (list_head* p = mgctx->preloaded_src_csets.next; p != &mgctx->preloaded_src_csets; p = n) {
            css_set* src_cset = list_entry<css_set>(p, &((css_set*)nowhere)->mg_src_preload_node);
            css_set* dst_cset;

            n = p->next;
            dst_cset = find_css_set(src_cset, src_cset->mg_dst_cgrp);
            if (dst_cset == null)
                return -ENOMEM;

            WARN_ON_ONCE(src_cset->mg_dst_cset != null || dst_cset->mg_dst_cset != null);

            // It moves nowhere: drop it, some nodes could not serve both ends.
            if (src_cset == dst_cset) {
                src_cset->mg_src_cgrp = null;
                src_cset->mg_dst_cgrp = null;
                list_del_init(&src_cset->mg_src_preload_node);
                put_css_set(src_cset);
                put_css_set(dst_cset);
                continue;
            }

            src_cset->mg_dst_cset = dst_cset;

            if (list_empty(&dst_cset->mg_dst_preload_node))
                list_add_tail(&dst_cset->mg_dst_preload_node, &mgctx->preloaded_dst_csets);
            else
                put_css_set(dst_cset);

            for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                if (src_cset->subsys[ssid] != dst_cset->subsys[ssid])
                    mgctx->ss_mask |= (ushort)(1 << ssid);
            }
        }

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_migrate", Parity.Reduced, "a process has one thread")]
    public static int cgroup_migrate(task_struct* leader, bool threadgroup, cgroup_mgctx* mgctx)
    {
        // css_set_lock with irqs off is an RCU section as well: the task stays
        spin_lock_irq(css_set_lock);
        cgroup_migrate_add_task(leader, mgctx);
        spin_unlock_irq(css_set_lock);

        return cgroup_migrate_execute(mgctx);
    }

    // Under cgroup_mutex and cgroup_threadgroup_rwsem.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_attach_task", Parity.Reduced, "a process has one thread")]
    [MustHold("cgroup_mutex")]
    public static int cgroup_attach_task(cgroup* dst_cgrp, task_struct* leader, bool threadgroup)
    {
        cgroup_mgctx mgctx;
        int ret = 0;

        CGROUP_MGCTX_INIT(&mgctx);

        // the sources
        spin_lock_irq(css_set_lock);
        cgroup_migrate_add_src(task_css_set(leader), dst_cgrp, &mgctx);
        spin_unlock_irq(css_set_lock);

        // the destinations, and the move
        ret = cgroup_migrate_prepare_dst(&mgctx);
        if (ret == 0)
            ret = cgroup_migrate(leader, threadgroup, &mgctx);

        cgroup_migrate_finish(&mgctx);

        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_write_start", Parity.Full)]
    [ReturnsOwned]
    public static task_struct* cgroup_procs_write_start(byte* buf, bool threadgroup, int* lock_mode)
    {
        task_struct* tsk;
        int pid;

        if (kstrtoint(strstrip(buf), 0, &pid) != 0 || pid < 0)
            return ERR_PTR<task_struct>(-EINVAL);

    retry_find_task:
        rcu_read_lock();
        if (pid != 0) {
            tsk = find_task_by_vpid(pid);
            if (tsk == null) {
                tsk = ERR_PTR<task_struct>(-ESRCH);
                goto out_unlock_rcu;
            }
        } else {
            tsk = current;
        }

        if (threadgroup)
            tsk = tsk->group_leader;

        // A kernel thread that is not ready, or is bound to its CPU, could get stuck elsewhere.
        if (tsk->no_cgroup_migration != 0 || (tsk->flags & PF_NO_SETAFFINITY) != 0) {
            tsk = ERR_PTR<task_struct>(-EINVAL);
            goto out_unlock_rcu;
        }
        get_task_struct(tsk);
        rcu_read_unlock();

        // A single thread that moves itself needs no stable threadgroup: it cannot exit meanwhile, and
        // cgroup_mutex keeps all other movers away.
        lockdep_assert_held(cgroup_mutex);

        if (pid != 0 || threadgroup) {
            if (cgroup_enable_per_threadgroup_rwsem)
                *lock_mode = CGRP_ATTACH_LOCK_PER_THREADGROUP;
            else
                *lock_mode = CGRP_ATTACH_LOCK_GLOBAL;
        } else {
            *lock_mode = CGRP_ATTACH_LOCK_NONE;
        }

        cgroup_attach_lock(*lock_mode, tsk);

        if (threadgroup) {
            if (!thread_group_leader(tsk)) {
                // another thread's exec took the leadership: look again
                cgroup_attach_unlock(*lock_mode, tsk);
                put_task_struct(tsk);
                goto retry_find_task;
            }
        }

        return tsk;

    out_unlock_rcu:
        rcu_read_unlock();
        return tsk;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_write_finish", Parity.Full)]
    [PutsRef("task")]
    public static void cgroup_procs_write_finish(task_struct* task, int lock_mode)
    {
        cgroup_attach_unlock(lock_mode, task);

        // of cgroup_procs_write_start()
        put_task_struct(task);
    }
}
