// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
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

// kernel/cgroup/cgroup.c: walking csses and tasks, and cgroup.procs.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    // Under cgroup_mutex or RCU, with parent and pos accessible. No sibling is missed, whatever its state.
    [KernelSource("kernel/cgroup/cgroup.c", "css_next_child", Parity.Full)]
    public static cgroup_subsys_state* css_next_child(cgroup_subsys_state* pos, cgroup_subsys_state* parent)
    {
        cgroup_subsys_state* next;

        cgroup_assert_mutex_or_rcu_locked();

        // Once pos is released its next pointer is stale: CSS_RELEASED is set as it leaves the list. Until
        // then the next one has not begun its release, as releases go one by one, so it outlives this RCU
        // section. Serial numbers ascend along the list, which finds the place again.
        if (pos == null) {
            next = list_entry_rcu<cgroup_subsys_state>(&parent->children.next, &((cgroup_subsys_state*)nowhere)->sibling);
        } else if ((pos->flags & CSS_RELEASED) == 0) {
            next = list_entry_rcu<cgroup_subsys_state>(&pos->sibling.next, &((cgroup_subsys_state*)nowhere)->sibling);
        } else {
            list_head* p;

            for (p = rcu_dereference_raw(__rcu(&parent->children.next)); p != &parent->children; p = rcu_dereference_raw(__rcu(&p->next))) {
                if (list_entry<cgroup_subsys_state>(p, &((cgroup_subsys_state*)nowhere)->sibling)->serial_nr > pos->serial_nr)
                    break;
            }
            next = list_entry<cgroup_subsys_state>(p, &((cgroup_subsys_state*)nowhere)->sibling);
        }

        // the head is no css
        if (&next->sibling != &parent->children)
            return next;
        return null;
    }

    // Parents first, the root itself before all. The walk may be left and taken up again.
    [KernelSource("kernel/cgroup/cgroup.c", "css_next_descendant_pre", Parity.Full)]
    public static cgroup_subsys_state* css_next_descendant_pre(cgroup_subsys_state* pos, cgroup_subsys_state* root)
    {
        cgroup_subsys_state* next;

        cgroup_assert_mutex_or_rcu_locked();

        if (pos == null)
            return root;

        // the first child, if there is one
        next = css_next_child(null, pos);
        if (next != null)
            return next;

        // or the next sibling of this one or of the nearest ancestor that has one
        while (pos != root) {
            next = css_next_child(pos, pos->parent);
            if (next != null)
                return next;
            pos = pos->parent;
        }

        return null;
    }

    // The last of the subtree in pre-order: a walk that goes on from there skips the subtree.
    [KernelSource("kernel/cgroup/cgroup.c", "css_rightmost_descendant", Parity.Full)]
    public static cgroup_subsys_state* css_rightmost_descendant(cgroup_subsys_state* pos)
    {
        cgroup_subsys_state* last, tmp;

        cgroup_assert_mutex_or_rcu_locked();

        do {
            last = pos;
            // ->prev is not safe under RCU
            pos = null;
            for (tmp = css_next_child(null, last); tmp != null; tmp = css_next_child(tmp, last))
                pos = tmp;
        } while (pos != null);

        return last;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_leftmost_descendant", Parity.Full)]
    private static cgroup_subsys_state* css_leftmost_descendant(cgroup_subsys_state* pos)
    {
        cgroup_subsys_state* last;

        do {
            last = pos;
            pos = css_next_child(null, pos);
        } while (pos != null);

        return last;
    }

    // Children first, the root itself after all.
    [KernelSource("kernel/cgroup/cgroup.c", "css_next_descendant_post", Parity.Full)]
    public static cgroup_subsys_state* css_next_descendant_post(cgroup_subsys_state* pos, cgroup_subsys_state* root)
    {
        cgroup_subsys_state* next;

        cgroup_assert_mutex_or_rcu_locked();

        if (pos == null)
            return css_leftmost_descendant(root);

        if (pos == root)
            return null;

        // the next sibling's leftmost descendant, and the parent after the last sibling
        next = css_next_child(pos, pos->parent);
        if (next != null)
            return css_leftmost_descendant(next);

        return pos->parent;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_has_online_children", Parity.Full)]
    public static bool css_has_online_children(cgroup_subsys_state* css)
    {
        cgroup_subsys_state* child;
        bool ret = false;

        rcu_read_lock();
        for (child = css_next_child(null, css); child != null; child = css_next_child(child, css)) {
            if ((child->flags & CSS_ONLINE) != 0) {
                ret = true;
                break;
            }
        }
        rcu_read_unlock();
        return ret;
    }

    [Conditional("DEBUG")]
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_assert_mutex_or_rcu_locked", Parity.Full)]
    private static void cgroup_assert_mutex_or_rcu_locked()
    {
        RCU_LOCKDEP_WARN(!rcu_read_lock_held() && !lockdep_is_held(cgroup_mutex), "cgroup_mutex or RCU read lock required");
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_task_iter_next_css_set", Parity.Full)]
    [MustHold("css_set_lock")]
    private static css_set* css_task_iter_next_css_set(css_task_iter* it)
    {
        list_head* l;
        css_set* cset;

        lockdep_assert_held(css_set_lock);

        // the threaded sets of a domain
        if (it->tcset_pos != null) {
            l = it->tcset_pos->next;

            if (l != it->tcset_head) {
                it->tcset_pos = l;
                return container_of<css_set>(l, &((css_set*)nowhere)->threaded_csets_node);
            }

            it->tcset_pos = null;
        }

        // the next set
        l = it->cset_pos;
        l = l->next;
        if (l == it->cset_head) {
            it->cset_pos = null;
            return null;
        }

        if (it->ss != null)
            cset = container_of<css_set>(l, &((css_set*)nowhere)->e_cset_node[it->ss->id]);
        else
            cset = list_entry<cgrp_cset_link>(l, &((cgrp_cset_link*)nowhere)->cset_link)->cset;

        it->cset_pos = l;

        // begin its threaded ones
        if ((it->flags & CSS_TASK_ITER_THREADED) != 0) {
            if (it->cur_dcset != null)
                put_css_set_locked(it->cur_dcset);
            it->cur_dcset = cset;
            get_css_set(cset);

            it->tcset_head = &cset->threaded_csets;
            it->tcset_pos = &cset->threaded_csets;
        }

        return cset;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_task_iter_advance_css_set", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void css_task_iter_advance_css_set(css_task_iter* it)
    {
        css_set* cset;

        lockdep_assert_held(css_set_lock);

        // the next set with tasks, and the first of its lists that has any
        while ((cset = css_task_iter_next_css_set(it)) != null) {
            if (!list_empty(&cset->tasks)) {
                it->cur_tasks_head = &cset->tasks;
                break;
            } else if (!list_empty(&cset->mg_tasks)) {
                it->cur_tasks_head = &cset->mg_tasks;
                break;
            } else if (!list_empty(&cset->dying_tasks)) {
                it->cur_tasks_head = &cset->dying_tasks;
                break;
            }
        }
        if (cset == null) {
            it->task_pos = null;
            return;
        }
        it->task_pos = it->cur_tasks_head->next;

        // The lock is dropped between steps. A set never leaves its cgroup's lists, so pinning it is enough;
        // tasks do leave, so the walk is registered with the set, and css_set_move_task() moves it on.
        if (it->cur_cset != null) {
            list_del(&it->iters_node);
            put_css_set_locked(it->cur_cset);
        }
        get_css_set(cset);
        it->cur_cset = cset;
        list_add(&it->iters_node, &cset->task_iters);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_task_iter_skip", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void css_task_iter_skip(css_task_iter* it, task_struct* task)
    {
        lockdep_assert_held(css_set_lock);

        if (it->task_pos == &task->cg_list) {
            it->task_pos = it->task_pos->next;
            it->flags |= CSS_TASK_ITER_SKIPPED;
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_task_iter_advance", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void css_task_iter_advance(css_task_iter* it)
    {
        task_struct* task;

        lockdep_assert_held(css_set_lock);
    repeat:
        if (it->task_pos != null) {
            // tasks, mg_tasks and dying_tasks of a set, then the next set
            if ((it->flags & CSS_TASK_ITER_SKIPPED) != 0)
                it->flags &= ~CSS_TASK_ITER_SKIPPED;
            else
                it->task_pos = it->task_pos->next;

            if (it->task_pos == &it->cur_cset->tasks) {
                it->cur_tasks_head = &it->cur_cset->mg_tasks;
                it->task_pos = it->cur_tasks_head->next;
            }
            if (it->task_pos == &it->cur_cset->mg_tasks) {
                it->cur_tasks_head = &it->cur_cset->dying_tasks;
                it->task_pos = it->cur_tasks_head->next;
            }
            if (it->task_pos == &it->cur_cset->dying_tasks)
                css_task_iter_advance_css_set(it);
        } else {
            // at the start
            css_task_iter_advance_css_set(it);
        }

        if (it->task_pos == null)
            return;

        task = list_entry<task_struct>(it->task_pos, &((task_struct*)nowhere)->cg_list);

        if ((it->flags & CSS_TASK_ITER_PROCS) != 0) {
            // leaders only
            if (!thread_group_leader(task))
                goto repeat;

            // and no dying leader that has no live thread
            if (it->cur_tasks_head == &it->cur_cset->dying_tasks && atomic_read(&task->signal->live) == 0)
                goto repeat;
        } else {
            if (it->cur_tasks_head == &it->cur_cset->dying_tasks)
                goto repeat;
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_task_iter_start", Parity.Full)]
    public static void css_task_iter_start(cgroup_subsys_state* css, uint flags, css_task_iter* it)
    {
        *it = default;

        spin_lock_irqsave(css_set_lock, out IrqFlags irqflags);

        it->ss = css->ss;
        it->flags = flags;

        if (it->ss != null)
            it->cset_pos = &css->cgroup->e_csets[css->ss->id];
        else
            it->cset_pos = &css->cgroup->cset_links;

        it->cset_head = it->cset_pos;

        css_task_iter_advance(it);

        spin_unlock_irqrestore(css_set_lock, irqflags);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_task_iter_next", Parity.Full)]
    public static task_struct* css_task_iter_next(css_task_iter* it)
    {
        if (it->cur_task != null) {
            put_task_struct(it->cur_task);
            it->cur_task = null;
        }

        spin_lock_irqsave(css_set_lock, out IrqFlags irqflags);

        // a skip went only half the way
        if ((it->flags & CSS_TASK_ITER_SKIPPED) != 0)
            css_task_iter_advance(it);

        if (it->task_pos != null) {
            it->cur_task = list_entry<task_struct>(it->task_pos, &((task_struct*)nowhere)->cg_list);
            get_task_struct(it->cur_task);
            css_task_iter_advance(it);
        }

        spin_unlock_irqrestore(css_set_lock, irqflags);

        return it->cur_task;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_task_iter_end", Parity.Full)]
    [PutsRef("it->cur_task")]
    public static void css_task_iter_end(css_task_iter* it)
    {
        if (it->cur_cset != null) {
            spin_lock_irqsave(css_set_lock, out IrqFlags irqflags);
            list_del(&it->iters_node);
            put_css_set_locked(it->cur_cset);
            spin_unlock_irqrestore(css_set_lock, irqflags);
        }

        if (it->cur_dcset != null)
            put_css_set(it->cur_dcset);

        if (it->cur_task != null)
            put_task_struct(it->cur_task);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_release", Parity.Full)]
    private static void cgroup_procs_release(kernfs_open_file* of)
    {
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;

        if (ctx->procs.started)
            css_task_iter_end(&ctx->procs.iter);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_next", Parity.Full)]
    private static void* cgroup_procs_next(seq_file* s, void* v, long* pos)
    {
        kernfs_open_file* of = (kernfs_open_file*)s->@private;
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;

        if (pos != null)
            (*pos)++;

        return css_task_iter_next(&ctx->procs.iter);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "__cgroup_procs_start", Parity.Full)]
    private static void* __cgroup_procs_start(seq_file* s, long* pos, uint iter_flags)
    {
        kernfs_open_file* of = (kernfs_open_file*)s->@private;
        cgroup* cgrp = seq_css(s)->cgroup;
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;
        css_task_iter* it = &ctx->procs.iter;

        // A seq_file that is sought is walked from 0 on, so any other position is where the walk stands.
        if (!ctx->procs.started) {
            if (WARN_ON_ONCE(*pos != 0))
                return ERR_PTR(-EINVAL);
            css_task_iter_start(&cgrp->self, iter_flags, it);
            ctx->procs.started = true;
        } else if (*pos == 0) {
            css_task_iter_end(it);
            css_task_iter_start(&cgrp->self, iter_flags, it);
        } else {
            return it->cur_task;
        }

        return cgroup_procs_next(s, null, null);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_start", Parity.Full)]
    private static void* cgroup_procs_start(seq_file* s, long* pos)
    {
        cgroup* cgrp = seq_css(s)->cgroup;

        // processes of a threaded subtree belong to its domain
        if (cgroup_is_threaded(cgrp))
            return ERR_PTR(-EOPNOTSUPP);

        return __cgroup_procs_start(s, pos, CSS_TASK_ITER_PROCS | CSS_TASK_ITER_THREADED);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_show", Parity.Full)]
    private static int cgroup_procs_show(seq_file* s, void* v)
    {
        show_line(s, ""u8, task_pid_vnr((task_struct*)v));
        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_write_permission", Parity.Reduced, "who writes is root: only the search for the common ancestor")]
    [MustHold("cgroup_mutex")]
    private static int cgroup_procs_write_permission(cgroup* src_cgrp, cgroup* dst_cgrp)
    {
        cgroup* com_cgrp = src_cgrp;

        lockdep_assert_held(cgroup_mutex);

        while (!cgroup_is_descendant(dst_cgrp, com_cgrp))
            com_cgrp = cgroup_parent(com_cgrp);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_attach_permissions", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_attach_permissions(cgroup* src_cgrp, cgroup* dst_cgrp, bool threadgroup)
    {
        int ret = 0;

        ret = cgroup_procs_write_permission(src_cgrp, dst_cgrp);
        if (ret != 0)
            return ret;

        ret = cgroup_migrate_vet_dst(dst_cgrp);
        if (ret != 0)
            return ret;

        if (!threadgroup && src_cgrp->dom_cgrp != dst_cgrp->dom_cgrp)
            ret = -EOPNOTSUPP;

        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "__cgroup_procs_write", Parity.Reduced, "no credentials of the file's opener to take on")]
    private static ssize_t __cgroup_procs_write(kernfs_open_file* of, byte* buf, bool threadgroup)
    {
        cgroup* src_cgrp, dst_cgrp;
        task_struct* task;
        ssize_t ret;
        int lock_mode;

        dst_cgrp = cgroup_kn_lock_live(of->kn, false);
        if (dst_cgrp == null)
            return -ENODEV;

        task = cgroup_procs_write_start(buf, threadgroup, &lock_mode);
        ret = PTR_ERR_OR_ZERO(task);
        if (ret != 0)
            goto out_unlock;

        spin_lock_irq(css_set_lock);
        src_cgrp = task_cgroup_from_root(task, cgrp_dfl_root);
        spin_unlock_irq(css_set_lock);

        ret = cgroup_attach_permissions(src_cgrp, dst_cgrp, threadgroup);
        if (ret != 0)
            goto out_finish;

        ret = cgroup_attach_task(dst_cgrp, task, threadgroup);

    out_finish:
        cgroup_procs_write_finish(task, lock_mode);
    out_unlock:
        cgroup_kn_unlock(of->kn);

        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_procs_write", Parity.Full)]
    private static ssize_t cgroup_procs_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        ssize_t ret = __cgroup_procs_write(of, buf, true);

        return ret != 0 ? ret : (ssize_t)nbytes;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_threads_start", Parity.Full)]
    private static void* cgroup_threads_start(seq_file* s, long* pos)
    {
        return __cgroup_procs_start(s, pos, 0);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_threads_write", Parity.Full)]
    private static ssize_t cgroup_threads_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        ssize_t ret = __cgroup_procs_write(of, buf, false);

        return ret != 0 ? ret : (ssize_t)nbytes;
    }

    private static readonly cftype* cgroup_base_files = CFTYPES(
        new cftype("cgroup.type"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &cgroup_type_show,
            write = &cgroup_type_write,
        },
        new cftype("cgroup.procs"u8)
        {
            flags = CFTYPE_NS_DELEGATABLE,
            file_offset = (uint)offsetof(&((cgroup*)nowhere)->procs_file),
            release = &cgroup_procs_release,
            seq_start = &cgroup_procs_start,
            seq_next = &cgroup_procs_next,
            seq_show = &cgroup_procs_show,
            write = &cgroup_procs_write,
        },
        new cftype("cgroup.threads"u8)
        {
            flags = CFTYPE_NS_DELEGATABLE,
            release = &cgroup_procs_release,
            seq_start = &cgroup_threads_start,
            seq_next = &cgroup_procs_next,
            seq_show = &cgroup_procs_show,
            write = &cgroup_threads_write,
        },
        new cftype("cgroup.controllers"u8)
        {
            seq_show = &cgroup_controllers_show,
        },
        new cftype("cgroup.subtree_control"u8)
        {
            flags = CFTYPE_NS_DELEGATABLE,
            seq_show = &cgroup_subtree_control_show,
            write = &cgroup_subtree_control_write,
        },
        new cftype("cgroup.events"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            file_offset = (uint)offsetof(&((cgroup*)nowhere)->events_file),
            seq_show = &cgroup_events_show,
        },
        new cftype("cgroup.max.descendants"u8)
        {
            seq_show = &cgroup_max_descendants_show,
            write = &cgroup_max_descendants_write,
        },
        new cftype("cgroup.max.depth"u8)
        {
            seq_show = &cgroup_max_depth_show,
            write = &cgroup_max_depth_write,
        },
        new cftype("cgroup.stat"u8)
        {
            seq_show = &cgroup_stat_show,
        },
        new cftype("cgroup.stat.local"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &cgroup_core_local_stat_show,
        },
        new cftype("cgroup.freeze"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &cgroup_freeze_show,
            write = &cgroup_freeze_write,
        },
        new cftype("cgroup.kill"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            write = &cgroup_kill_write,
        },
        new cftype("cpu.stat"u8)
        {
            seq_show = &cpu_stat_show,
        },
        new cftype("cpu.stat.local"u8)
        {
            seq_show = &cpu_local_stat_show,
        });
}
