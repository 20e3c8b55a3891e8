// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_sched_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_list_h;
using static Linux.linux_rculist_h;
using static Linux.linux_fs_h;
using static Linux.linux_seq_file_h;
using static Linux.linux_kernfs_h;
using static Linux.linux_jump_label_h;
using static Linux.linux_types_h;
using static Linux.linux_refcount_h;
using static Linux.linux_kernel_stat_h;
using static Linux.linux_cgroup_defs_h;
using static Linux.linux_cgroup_subsys_h;
using static Linux.linux_cgroup_refcnt_h;

namespace Linux;

public static unsafe partial class linux_cgroup_h
{
    public const int CGROUP_WEIGHT_MIN = 1;
    public const int CGROUP_WEIGHT_DFL = 100;
    public const int CGROUP_WEIGHT_MAX = 10000;

    // enum css_task_iter_flags
    public const uint CSS_TASK_ITER_PROCS = 1U << 0;
    public const uint CSS_TASK_ITER_THREADED = 1U << 1;
    public const uint CSS_TASK_ITER_SKIPPED = 1U << 16;

    // enum cgroup_lifetime_events
    public const ulong CGROUP_LIFETIME_ONLINE = 0;
    public const ulong CGROUP_LIFETIME_OFFLINE = 1;

    // The kernel has a static branch for each controller; one mask of those switched off serves as well.
    internal static ushort cgroup_subsys_disabled_mask;

    [KernelSource("include/linux/cgroup.h", "cgroup_subsys_enabled", Parity.Full)]
    [Stable]
    public static bool cgroup_subsys_enabled(cgroup_subsys* ss)
    {
        return cgroup_subsys_disabled_mask == 0 || (cgroup_subsys_disabled_mask & (1 << ss->id)) == 0;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_subsys_on_dfl", Parity.Reduced, "always: there is no v1 hierarchy to bind a controller to")]
    [Stable]
    public static bool cgroup_subsys_on_dfl(cgroup_subsys* ss)
    {
        return true;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_id", Parity.Full)]
    public static ulong cgroup_id(cgroup* cgrp)
    {
        return cgrp->kn->id;
    }

    // True already while the offlining is only scheduled.
    [KernelSource("include/linux/cgroup.h", "css_is_dying", Parity.Full)]
    public static bool css_is_dying(cgroup_subsys_state* css)
    {
        return (css->flags & CSS_DYING) != 0;
    }

    [KernelSource("include/linux/cgroup.h", "css_is_online", Parity.Full)]
    public static bool css_is_online(cgroup_subsys_state* css)
    {
        return (css->flags & CSS_ONLINE) != 0;
    }

    [KernelSource("include/linux/cgroup.h", "css_is_self", Parity.Full)]
    public static bool css_is_self(cgroup_subsys_state* css)
    {
        if (css == &css->cgroup->self) {
            // a cgroup's own css belongs to no controller
            WARN_ON(css->ss != null);
            return true;
        }

        return false;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_get", Parity.Full)]
    [GetsRef("cgrp")]
    public static void cgroup_get(cgroup* cgrp)
    {
        css_get(&cgrp->self);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_tryget", Parity.Full)]
    [TryGetsRef(Result.True, "cgrp")]
    public static bool cgroup_tryget(cgroup* cgrp)
    {
        return css_tryget(&cgrp->self);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_put", Parity.Full)]
    [PutsRef("cgrp")]
    public static void cgroup_put(cgroup* cgrp)
    {
        css_put(&cgrp->self);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_lock", Parity.Full)]
    [Acquires("kernel_cgroup_cgroup_c.cgroup_mutex"), MightSleep]
    public static void cgroup_lock()
    {
        mutex_lock(cgroup_mutex);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_unlock", Parity.Full)]
    [Releases("kernel_cgroup_cgroup_c.cgroup_mutex")]
    public static void cgroup_unlock()
    {
        mutex_unlock(cgroup_mutex);
    }

    // The reader is under RCU, cgroup_mutex or css_set_lock, or the task is exiting, or the caller knows why (__c).
    [KernelSource("include/linux/cgroup.h", "task_css_set_check", Parity.Full)]
    public static css_set* task_css_set_check(task_struct* task, bool __c)
    {
        return rcu_dereference_check(&task->cgroups,
            rcu_read_lock_sched_held() ||
            lockdep_is_held(cgroup_mutex) ||
            lockdep_is_held(css_set_lock) ||
            (task->flags & PF_EXITING) != 0 || __c);
    }

    [KernelSource("include/linux/cgroup.h", "task_css_check", Parity.Full)]
    public static cgroup_subsys_state* task_css_check(task_struct* task, int subsys_id, bool __c)
    {
        return task_css_set_check(task, __c)->subsys[subsys_id];
    }

    [KernelSource("include/linux/cgroup.h", "task_css_set", Parity.Full)]
    public static css_set* task_css_set(task_struct* task)
    {
        return task_css_set_check(task, false);
    }

    [KernelSource("include/linux/cgroup.h", "task_css", Parity.Full)]
    public static cgroup_subsys_state* task_css(task_struct* task, int subsys_id)
    {
        return task_css_check(task, subsys_id, false);
    }

    [KernelSource("include/linux/cgroup.h", "task_get_css", Parity.Full)]
    [ReturnsOwned]
    public static cgroup_subsys_state* task_get_css(task_struct* task, int subsys_id)
    {
        cgroup_subsys_state* css;

        rcu_read_lock();
        while (true) {
            css = task_css(task, subsys_id);
            // An exiting task may stay with an offline css: css_tryget_online() would fail for ever.
            if (css_tryget(css))
                break;
            cpu_relax();
        }
        rcu_read_unlock();
        return css;
    }

    [KernelSource("include/linux/cgroup.h", "task_css_is_root", Parity.Full)]
    public static bool task_css_is_root(task_struct* task, int subsys_id)
    {
        return task_css_check(task, subsys_id, true) == init_css_set->subsys[subsys_id];
    }

    [KernelSource("include/linux/cgroup.h", "task_cgroup", Parity.Full)]
    public static cgroup* task_cgroup(task_struct* task, int subsys_id)
    {
        return task_css(task, subsys_id)->cgroup;
    }

    [KernelSource("include/linux/cgroup.h", "task_dfl_cgroup", Parity.Full)]
    public static cgroup* task_dfl_cgroup(task_struct* task)
    {
        return task_css_set(task)->dfl_cgrp;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_parent", Parity.Full)]
    public static cgroup* cgroup_parent(cgroup* cgrp)
    {
        cgroup_subsys_state* parent_css = cgrp->self.parent;

        if (parent_css != null)
            return container_of<cgroup>(parent_css, &((cgroup*)nowhere)->self);
        return null;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_is_descendant", Parity.Full)]
    public static bool cgroup_is_descendant(cgroup* cgrp, cgroup* ancestor)
    {
        if (cgrp->root != ancestor->root || cgrp->level < ancestor->level)
            return false;
        return cgrp->ancestors[ancestor->level] == ancestor;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_ancestor", Parity.Full)]
    public static cgroup* cgroup_ancestor(cgroup* cgrp, int ancestor_level)
    {
        if (ancestor_level < 0 || ancestor_level > cgrp->level)
            return null;
        return cgrp->ancestors[ancestor_level];
    }

    [KernelSource("include/linux/cgroup.h", "task_under_cgroup_hierarchy", Parity.Full)]
    public static bool task_under_cgroup_hierarchy(task_struct* task, cgroup* ancestor)
    {
        css_set* cset = task_css_set(task);

        return cgroup_is_descendant(cset->dfl_cgrp, ancestor);
    }

    // A hint only: nothing synchronizes it.
    [KernelSource("include/linux/cgroup.h", "cgroup_is_populated", Parity.Full)]
    public static bool cgroup_is_populated(cgroup* cgrp)
    {
        return cgrp->nr_populated_csets + cgrp->nr_populated_domain_children + cgrp->nr_populated_threaded_children != 0;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_ino", Parity.Full)]
    public static ulong cgroup_ino(cgroup* cgrp)
    {
        return kernfs_ino(cgrp->kn);
    }

    [KernelSource("include/linux/cgroup.h", "of_cft", Parity.Full)]
    public static cftype* of_cft(kernfs_open_file* of)
    {
        return (cftype*)of->kn->priv;
    }

    [KernelSource("include/linux/cgroup.h", "seq_cft", Parity.Full)]
    public static cftype* seq_cft(seq_file* seq)
    {
        return of_cft((kernfs_open_file*)seq->@private);
    }

    [KernelSource("include/linux/cgroup.h", "seq_css", Parity.Full)]
    public static cgroup_subsys_state* seq_css(seq_file* seq)
    {
        return of_css((kernfs_open_file*)seq->@private);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_name", Parity.Full)]
    public static int cgroup_name(cgroup* cgrp, byte* buf, ulong buflen)
    {
        return kernfs_name(cgrp->kn, buf, buflen);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_path", Parity.Full)]
    public static int cgroup_path(cgroup* cgrp, byte* buf, ulong buflen)
    {
        return kernfs_path(cgrp->kn, buf, buflen);
    }

    [KernelSource("include/linux/cgroup.h", "pr_cont_cgroup_name", Parity.Full)]
    public static void pr_cont_cgroup_name(cgroup* cgrp)
    {
        pr_cont_kernfs_name(cgrp->kn);
    }

    [KernelSource("include/linux/cgroup.h", "pr_cont_cgroup_path", Parity.Full)]
    public static void pr_cont_cgroup_path(cgroup* cgrp)
    {
        pr_cont_kernfs_path(cgrp->kn);
    }

    // kthreadd's children inherit it: new kernel threads stay in the root until they are ready.
    [KernelSource("include/linux/cgroup.h", "cgroup_init_kthreadd", Parity.Full)]
    public static void cgroup_init_kthreadd()
    {
        current->no_cgroup_migration = 1;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_kthread_ready", Parity.Full)]
    public static void cgroup_kthread_ready()
    {
        current->no_cgroup_migration = 0;
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_account_cputime", Parity.Full)]
    public static void cgroup_account_cputime(task_struct* task, ulong delta_exec)
    {
        cgroup* cgrp = task_dfl_cgroup(task);

        if (cgroup_parent(cgrp) != null)
            __cgroup_account_cputime(cgrp, delta_exec);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_account_cputime_field", Parity.Full)]
    public static void cgroup_account_cputime_field(task_struct* task, int index, ulong delta_exec)
    {
        cgroup* cgrp = task_dfl_cgroup(task);

        if (cgroup_parent(cgrp) != null)
            __cgroup_account_cputime_field(cgrp, index, delta_exec);
    }

    [KernelSource("include/linux/cgroup.h", "cgroup_task_frozen", Parity.Full)]
    public static bool cgroup_task_frozen(task_struct* task)
    {
        return task->frozen != 0;
    }
}

/// <summary>A walk over the tasks of a css; opaque to its users.</summary>
public unsafe struct css_task_iter
{
    public cgroup_subsys* ss;
    public uint flags;

    public list_head* cset_pos;
    public list_head* cset_head;

    public list_head* tcset_pos;
    public list_head* tcset_head;

    public list_head* task_pos;

    public list_head* cur_tasks_head;
    public css_set* cur_cset;
    public css_set* cur_dcset;
    [OwnsRef] public task_struct* cur_task;
    public list_head iters_node;
}
