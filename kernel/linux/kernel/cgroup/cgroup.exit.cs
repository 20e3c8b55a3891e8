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

// kernel/cgroup/cgroup.c: tasks that go, and finding cgroups.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_exit", Parity.Reduced, "there are no deadline tasks")]
    public static void cgroup_exit(task_struct* tsk)
    {
        css_set* cset;

        spin_lock_irq(css_set_lock);

        WARN_ON_ONCE(list_empty(&tsk->cg_list));
        cset = task_css_set(tsk);
        css_set_move_task(tsk, cset, null, false);
        cset->nr_tasks--;
        // css_task_iter_advance() tests signal->live to match
        if (thread_group_leader(tsk) && atomic_read(&tsk->signal->live) != 0)
            list_add_tail(&tsk->cg_list, &cset->dying_tasks);

        WARN_ON_ONCE(cgroup_task_frozen(tsk));
        if ((tsk->flags & PF_KTHREAD) == 0 && test_bit(CGRP_FREEZE, &task_dfl_cgroup(tsk)->flags))
            cgroup_update_frozen(task_dfl_cgroup(tsk));

        spin_unlock_irq(css_set_lock);

        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
            if ((have_exit_callback & (1 << i)) != 0)
                cgroup_subsys[i]->exit(tsk);
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_release", Parity.Full)]
    public static void cgroup_release(task_struct* task)
    {
        for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            if ((have_release_callback & (1 << ssid)) != 0)
                cgroup_subsys[ssid]->release(task);
        }

        if (!list_empty(&task->cg_list)) {
            spin_lock_irq(css_set_lock);
            css_set_skip_task_iters(task_css_set(task), task);
            list_del_init(&task->cg_list);
            spin_unlock_irq(css_set_lock);
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_free", Parity.Full)]
    public static void cgroup_free(task_struct* task)
    {
        css_set* cset = task_css_set(task);
        put_css_set(cset);
    }

    // Under RCU.
    [KernelSource("kernel/cgroup/cgroup.c", "css_from_id", Parity.Full)]
    [Stable(SameObject = true)]
    public static cgroup_subsys_state* css_from_id(int id, cgroup_subsys* ss)
    {
        WARN_ON_ONCE(!rcu_read_lock_held());
        return (cgroup_subsys_state*)idr_find(&ss->css_idr, (ulong)id);
    }

    // ENOENT if there is none or it is released, ENOTDIR if the path is a file's.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_get_from_path", Parity.Full)]
    [ReturnsOwned]
    public static cgroup* cgroup_get_from_path(byte* path)
    {
        kernfs_node* kn;
        cgroup* cgrp = ERR_PTR<cgroup>(-ENOENT);
        cgroup* root_cgrp;

        root_cgrp = current_cgns_cgroup_dfl();
        kn = kernfs_walk_and_get(root_cgrp->kn, path);
        if (kn == null)
            goto @out;

        if (kernfs_type(kn) != KERNFS_DIR) {
            cgrp = ERR_PTR<cgroup>(-ENOTDIR);
            goto out_kernfs;
        }

        rcu_read_lock();

        cgrp = rcu_dereference(__rcu((cgroup**)&kn->priv));
        if (cgrp == null || !cgroup_tryget(cgrp))
            cgrp = ERR_PTR<cgroup>(-ENOENT);

        rcu_read_unlock();

    out_kernfs:
        kernfs_put(kn);
    @out:
        return cgrp;
    }
}
