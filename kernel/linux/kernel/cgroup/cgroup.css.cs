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

// kernel/cgroup/cgroup.c: the life of a css and of a cgroup.
//
// A css dies in four stages: kill_css() begins to kill its percpu_ref; when every CPU sees it killed, and
// css_tryget_online() fails for sure, css_killed_work_fn() takes it offline and puts the base reference;
// when the count is zero css_release() has only RCU readers left to wait for; css_free_rwork_fn() frees it.
// The second and the fourth need process context, hence the work items in between.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "css_free_rwork_fn", Parity.Reduced, "only the default root exists, and it is never destroyed")]
    [PutsRef("cgroup_subsys_state.cgroup"), PutsRef("cgroup_subsys_state.parent")]
    private static void css_free_rwork_fn(work_struct* work)
    {
        cgroup_subsys_state* css = container_of<cgroup_subsys_state>(to_rcu_work(work), &((cgroup_subsys_state*)nowhere)->destroy_rwork);
        cgroup_subsys* ss = css->ss;
        cgroup* cgrp = css->cgroup;

        percpu_ref_exit(&css->refcnt);
        css_rstat_exit(css);

        if (!css_is_self(css)) {
            // a controller's
            cgroup_subsys_state* parent = css->parent;
            int id = css->id;

            ss->css_free(css);
            cgroup_idr_remove(&ss->css_idr, id);
            cgroup_put(cgrp);

            if (parent != null)
                css_put(parent);
        } else {
            // the cgroup's own
            atomic_dec(&cgrp->root->nr_cgrps);
            if (!cgroup_on_dfl(cgrp))
                cgroup1_pidlist_destroy_all(cgrp);
            cancel_work_sync(&cgrp->release_agent_work);

            // the parent's reference was taken at creation, so it goes after its children
            cgroup_put(cgroup_parent(cgrp));
            kernfs_put(cgrp->kn);
            psi_cgroup_free(cgrp);
            kfree(cgrp);
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_release_work_fn", Parity.Full)]
    private static void css_release_work_fn(work_struct* work)
    {
        cgroup_subsys_state* css = container_of<cgroup_subsys_state>(work, &((cgroup_subsys_state*)nowhere)->destroy_work);
        cgroup_subsys* ss = css->ss;
        cgroup* cgrp = css->cgroup;

        cgroup_lock();

        css->flags |= CSS_RELEASED;
        list_del_rcu(&css->sibling);

        if (!css_is_self(css)) {
            cgroup* parent_cgrp;

            css_rstat_flush(css);

            cgroup_idr_replace(&ss->css_idr, null, css->id);
            if (ss->css_released != null)
                ss->css_released(css);

            cgrp->nr_dying_subsys[ss->id]--;
            // A css that goes has no descendants left, though its cgroup may have dying csses of the same
            // controller still, from when it was switched on and off before.
            WARN_ON_ONCE(css->nr_descendants != 0);
            parent_cgrp = cgroup_parent(cgrp);
            while (parent_cgrp != null) {
                parent_cgrp->nr_dying_subsys[ss->id]--;
                parent_cgrp = cgroup_parent(parent_cgrp);
            }
        } else {
            css_rstat_flush(&cgrp->self);

            spin_lock_irq(css_set_lock);
            for (cgroup* tcgrp = cgroup_parent(cgrp); tcgrp != null; tcgrp = cgroup_parent(tcgrp))
                tcgrp->nr_dying_descendants--;
            spin_unlock_irq(css_set_lock);

            // who comes from a dentry and not through kernfs finds nothing any more, under RCU
            if (cgrp->kn != null)
                RCU_INIT_POINTER(__rcu((cgroup**)&cgrp->kn->priv), null);
        }

        cgroup_unlock();

        INIT_RCU_WORK(&css->destroy_rwork, &css_free_rwork_fn);
        queue_rcu_work(cgroup_free_wq, &css->destroy_rwork);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_release", Parity.Full)]
    private static void css_release(percpu_ref* @ref)
    {
        cgroup_subsys_state* css = container_of<cgroup_subsys_state>(@ref, &((cgroup_subsys_state*)nowhere)->refcnt);

        INIT_WORK(&css->destroy_work, &css_release_work_fn);
        queue_work(cgroup_release_wq, &css->destroy_work);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "init_and_link_css", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void init_and_link_css(cgroup_subsys_state* css, cgroup_subsys* ss, cgroup* cgrp)
    {
        lockdep_assert_held(cgroup_mutex);

        cgroup_get_live(cgrp);

        *css = default;
        css->cgroup = cgrp;
        css->ss = ss;
        css->id = -1;
        INIT_LIST_HEAD(&css->sibling);
        INIT_LIST_HEAD(&css->children);
        css->serial_nr = css_serial_nr_next++;
        atomic_set(&css->online_cnt, 0);

        if (cgroup_parent(cgrp) != null) {
            css->parent = cgroup_css(cgroup_parent(cgrp), ss);
            css_get(css->parent);
        }

        BUG_ON(cgroup_css(cgrp, ss) != null);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "online_css", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int online_css(cgroup_subsys_state* css)
    {
        cgroup_subsys* ss = css->ss;
        int ret = 0;

        lockdep_assert_held(cgroup_mutex);

        if (ss->css_online != null)
            ret = ss->css_online(css);
        if (ret == 0) {
            css->flags |= CSS_ONLINE;
            rcu_assign_pointer(&css->cgroup->subsys[ss->id], css);

            atomic_inc(&css->online_cnt);
            if (css->parent != null) {
                atomic_inc(&css->parent->online_cnt);
                while ((css = css->parent) != null)
                    css->nr_descendants++;
            }
        }
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "offline_css", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void offline_css(cgroup_subsys_state* css)
    {
        cgroup_subsys* ss = css->ss;

        lockdep_assert_held(cgroup_mutex);

        if ((css->flags & CSS_ONLINE) == 0)
            return;

        if (ss->css_offline != null)
            ss->css_offline(css);

        css->flags &= ~CSS_ONLINE;
        RCU_INIT_POINTER(&css->cgroup->subsys[ss->id], null);

        wake_up_all(&css->cgroup->offline_waitq);

        css->cgroup->nr_dying_subsys[ss->id]++;
        // the parents' css and cgroup are freed after this one: see css_free_rwork_fn()
        while ((css = css->parent) != null) {
            css->nr_descendants--;
            css->cgroup->nr_dying_subsys[ss->id]++;
        }
    }

    // The new css is online and installed, its files are not there yet.
    [KernelSource("kernel/cgroup/cgroup.c", "css_create", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static cgroup_subsys_state* css_create(cgroup* cgrp, cgroup_subsys* ss)
    {
        cgroup* parent = cgroup_parent(cgrp);
        cgroup_subsys_state* parent_css = cgroup_css(parent, ss);
        cgroup_subsys_state* css;
        int err;

        lockdep_assert_held(cgroup_mutex);

        css = ss->css_alloc(parent_css);
        if (css == null)
            css = ERR_PTR<cgroup_subsys_state>(-ENOMEM);
        if (IS_ERR(css))
            return css;

        init_and_link_css(css, ss, cgrp);

        err = percpu_ref_init(&css->refcnt, &css_release, 0, GFP_KERNEL);
        if (err != 0)
            goto err_free_css;

        err = cgroup_idr_alloc(&ss->css_idr, null, 2, 0, GFP_KERNEL);
        if (err < 0)
            goto err_free_css;
        css->id = err;

        err = css_rstat_init(css);
        if (err != 0)
            goto err_free_css;

        // about to go online: visible from here
        list_add_tail_rcu(&css->sibling, &parent_css->children);
        cgroup_idr_replace(&ss->css_idr, css, css->id);

        err = online_css(css);
        if (err != 0)
            goto err_list_del;

        return css;

    err_list_del:
        list_del_rcu(&css->sibling);
    err_free_css:
        INIT_RCU_WORK(&css->destroy_rwork, &css_free_rwork_fn);
        queue_rcu_work(cgroup_free_wq, &css->destroy_rwork);
        return ERR_PTR<cgroup_subsys_state>(err);
    }

    // All of a cgroup and its control mask; the mask is still to be applied.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_create", Parity.Reduced, "no lifetime notifiers: BPF alone would register one")]
    [MustHold("cgroup_mutex")]
    private static cgroup* cgroup_create(cgroup* parent, byte* name, umode_t mode)
    {
        cgroup_root* root = parent->root;
        cgroup* cgrp, tcgrp;
        kernfs_node* kn;
        int i, level = parent->level + 1;
        int ret;

        // with the list of its ancestors at the end
        cgrp = (cgroup*)kzalloc((ulong)sizeof(cgroup) + (ulong)(level + 1) * (ulong)sizeof(cgroup*), GFP_KERNEL);
        if (cgrp == null)
            return ERR_PTR<cgroup>(-ENOMEM);

        ret = percpu_ref_init(&cgrp->self.refcnt, &css_release, 0, GFP_KERNEL);
        if (ret != 0)
            goto out_free_cgrp;

        kn = kernfs_create_dir_ns(parent->kn, name, mode, cgrp);
        if (IS_ERR(kn)) {
            ret = PTR_ERR(kn);
            goto out_cancel_ref;
        }
        cgrp->kn = kn;

        init_cgroup_housekeeping(cgrp);

        cgrp->self.parent = &parent->self;
        cgrp->root = root;
        cgrp->level = level;

        // cgrp->self is set up, which rstat needs
        ret = css_rstat_init(&cgrp->self);
        if (ret != 0)
            goto out_kernfs_remove;

        ret = psi_cgroup_alloc(cgrp);
        if (ret != 0)
            goto out_stat_exit;

        for (tcgrp = cgrp; tcgrp != null; tcgrp = cgroup_parent(tcgrp))
            cgrp->ancestors[tcgrp->level] = tcgrp;

        // it freezes with its parent
        cgrp->freezer.e_freeze = parent->freezer.e_freeze;
        seqcount_spinlock_init(&cgrp->freezer.freeze_seq, css_set_lock);
        if (cgrp->freezer.e_freeze) {
            // Who comes in will freeze, and nobody is in yet: it is frozen.
            set_bit(CGRP_FREEZE, &cgrp->flags);
            cgrp->freezer.freeze_start_nsec = ktime_get_ns();
            set_bit(CGRP_FROZEN, &cgrp->flags);
        }

        if (notify_on_release(parent))
            set_bit(CGRP_NOTIFY_ON_RELEASE, &cgrp->flags);

        if (test_bit(CGRP_CPUSET_CLONE_CHILDREN, &parent->flags))
            set_bit(CGRP_CPUSET_CLONE_CHILDREN, &cgrp->flags);

        cgrp->self.serial_nr = css_serial_nr_next++;

        // all is allocated, nothing fails from here
        spin_lock_irq(css_set_lock);
        for (i = 0; i < level; i++) {
            tcgrp = cgrp->ancestors[i];
            tcgrp->nr_descendants++;

            // one more frozen descendant, which changes no ancestor's state
            if (cgrp->freezer.e_freeze)
                tcgrp->freezer.nr_frozen_descendants++;
        }
        spin_unlock_irq(css_set_lock);

        list_add_tail_rcu(&cgrp->self.sibling, &cgroup_parent(cgrp)->self.children);
        atomic_inc(&root->nr_cgrps);
        cgroup_get_live(parent);

        // in v2 a child's subtree_control begins empty
        if (!cgroup_on_dfl(cgrp))
            cgrp->subtree_control = cgroup_control(cgrp);

        cgroup_propagate_control(cgrp);

        return cgrp;

    out_stat_exit:
        css_rstat_exit(&cgrp->self);
    out_kernfs_remove:
        kernfs_remove(cgrp->kn);
    out_cancel_ref:
        percpu_ref_exit(&cgrp->self.refcnt);
    out_free_cgrp:
        kfree(cgrp);
        return ERR_PTR<cgroup>(ret);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_check_hierarchy_limits", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static bool cgroup_check_hierarchy_limits(cgroup* parent)
    {
        bool ret = false;
        int level = 0;

        lockdep_assert_held(cgroup_mutex);

        for (cgroup* cgroup = parent; cgroup != null; cgroup = cgroup_parent(cgroup)) {
            if (cgroup->nr_descendants >= cgroup->max_descendants)
                goto fail;

            if (level >= cgroup->max_depth)
                goto fail;

            level++;
        }

        ret = true;
    fail:
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_mkdir", Parity.Full)]
    public static int cgroup_mkdir(kernfs_node* parent_kn, byte* name, umode_t mode)
    {
        cgroup* parent, cgrp;
        int ret;

        // /proc/PID/cgroup has one line for a path
        if (strchr(name, '\n') != null)
            return -EINVAL;

        parent = cgroup_kn_lock_live(parent_kn, false);
        if (parent == null)
            return -ENODEV;

        if (!cgroup_check_hierarchy_limits(parent)) {
            ret = -EAGAIN;
            goto out_unlock;
        }

        cgrp = cgroup_create(parent, name, mode);
        if (IS_ERR(cgrp)) {
            ret = PTR_ERR(cgrp);
            goto out_unlock;
        }

        // put in css_free_rwork_fn(): cgrp->kn stays as long as the cgroup
        kernfs_get(cgrp->kn);

        ret = css_populate_dir(&cgrp->self);
        if (ret != 0)
            goto out_destroy;

        ret = cgroup_apply_control_enable(cgrp);
        if (ret != 0)
            goto out_destroy;

        kernfs_activate(cgrp->kn);

        ret = 0;
        goto out_unlock;

    out_destroy:
        cgroup_destroy_locked(cgrp);
    out_unlock:
        cgroup_kn_unlock(parent_kn);
        return ret;
    }

    // Every CPU sees the reference killed. Goes on with the parents that waited for this child.
    [KernelSource("kernel/cgroup/cgroup.c", "css_killed_work_fn", Parity.Full)]
    [ContextUnsafe("cgroup_mutex keeps it until the parent is known", Rule = "KM0502")]
    [ConsumesRef("work")]
    private static void css_killed_work_fn(work_struct* work)
    {
        cgroup_subsys_state* css = container_of<cgroup_subsys_state>(work, &((cgroup_subsys_state*)nowhere)->destroy_work);

        cgroup_lock();

        do {
            offline_css(css);
            css_put(css);
            // it cannot go while cgroup_mutex is held
            css = css->parent;
        } while (css != null && atomic_dec_and_test(&css->online_cnt));

        cgroup_unlock();
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_killed_ref_fn", Parity.Full)]
    private static void css_killed_ref_fn(percpu_ref* @ref)
    {
        cgroup_subsys_state* css = container_of<cgroup_subsys_state>(@ref, &((cgroup_subsys_state*)nowhere)->refcnt);

        if (atomic_dec_and_test(&css->online_cnt)) {
            INIT_WORK(&css->destroy_work, &css_killed_work_fn);
            queue_work(cgroup_offline_wq, &css->destroy_work);
        }
    }

    // Takes the files away and begins the end; ->css_offline() and the release come later.
    [KernelSource("kernel/cgroup/cgroup.c", "kill_css", Parity.Full)]
    [MustHold("cgroup_mutex")]
    [ContextUnsafe("css_killed_work_fn() puts it", Rule = "KM0501")]
    private static void kill_css(cgroup_subsys_state* css)
    {
        lockdep_assert_held(cgroup_mutex);

        if ((css->flags & CSS_DYING) != 0)
            return;

        // before the flag says so
        if (css->ss->css_killed != null)
            css->ss->css_killed(css);

        css->flags |= CSS_DYING;

        // while css and cgroup still know each other: see seq_css()
        css_clear_dir(css);

        // killing puts the base reference, and it is needed until it is offline
        css_get(css);

        // By the time of ->css_offline() no css_tryget_online() may succeed, and percpu_ref_kill() returns
        // before all CPUs know: ask to be told.
        percpu_ref_kill_and_confirm(&css->refcnt, &css_killed_ref_fn);
    }

    // The part of a cgroup's end that userland waits for: afterwards its name is free. What takes a grace
    // period goes on behind the scenes.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_destroy_locked", Parity.Reduced, "no lifetime notifiers: BPF alone would register one")]
    [MustHold("cgroup_mutex")]
    private static int cgroup_destroy_locked(cgroup* cgrp)
    {
        cgroup* tcgrp, parent = cgroup_parent(cgrp);

        lockdep_assert_held(cgroup_mutex);

        // only migration populates an empty one, and that needs cgroup_mutex
        if (cgroup_is_populated(cgrp))
            return -EBUSY;

        // dead children stay on the list for a while and do not count
        if (css_has_online_children(&cgrp->self))
            return -EBUSY;

        // Dead: no child can be made, no task can come in, and migration leaves its sets alone.
        cgrp->self.flags &= ~CSS_ONLINE;

        spin_lock_irq(css_set_lock);
        for (list_head* p = cgrp->cset_links.next; p != &cgrp->cset_links; p = p->next)
            list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cset_link)->cset->dead = true;
        spin_unlock_irq(css_set_lock);

        for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            cgroup_subsys_state* css = rcu_dereference_raw(&cgrp->subsys[ssid]);

            if (css != null)
                kill_css(css);
        }

        // the directory goes; the cgroup holds one more reference on it
        css_clear_dir(&cgrp->self);
        kernfs_remove(cgrp->kn);

        if (cgroup_is_threaded(cgrp))
            parent->nr_threaded_children--;

        spin_lock_irq(css_set_lock);
        for (tcgrp = parent; tcgrp != null; tcgrp = cgroup_parent(tcgrp)) {
            tcgrp->nr_descendants--;
            tcgrp->nr_dying_descendants++;
            if (test_bit(CGRP_FROZEN, &cgrp->flags))
                tcgrp->freezer.nr_frozen_descendants--;
        }
        spin_unlock_irq(css_set_lock);

        cgroup1_check_for_release(parent);

        // the base reference
        percpu_ref_kill(&cgrp->self.refcnt);

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_rmdir", Parity.Full)]
    public static int cgroup_rmdir(kernfs_node* kn)
    {
        cgroup* cgrp;
        int ret = 0;

        cgrp = cgroup_kn_lock_live(kn, false);
        if (cgrp == null)
            return 0;

        ret = cgroup_destroy_locked(cgrp);

        cgroup_kn_unlock(kn);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_init_subsys", Parity.Reduced, "no early debug message")]
    private static void cgroup_init_subsys(cgroup_subsys* ss, bool early)
    {
        cgroup_subsys_state* css;

        cgroup_lock();

        idr_init(&ss->css_idr);
        INIT_LIST_HEAD(&ss->cfts);

        // the root's state
        ss->root = cgrp_dfl_root;
        css = ss->css_alloc(null);
        BUG_ON(IS_ERR(css));
        init_and_link_css(css, ss, &cgrp_dfl_root->cgrp);

        // a root css is never destroyed and not counted
        css->flags |= CSS_NO_REF;

        if (early) {
            // nothing can be allocated yet
            css->id = 1;
        } else {
            css->id = cgroup_idr_alloc(&ss->css_idr, css, 1, 2, GFP_KERNEL);
            BUG_ON(css->id < 0);

            BUG_ON(ss_rstat_init(ss) != 0);
            BUG_ON(css_rstat_init(css) != 0);
        }

        // every task is in the root of a controller that is new
        init_css_set->subsys[ss->id] = css;

        have_fork_callback |= (ushort)((ss->fork != null ? 1 : 0) << ss->id);
        have_exit_callback |= (ushort)((ss->exit != null ? 1 : 0) << ss->id);
        have_release_callback |= (ushort)((ss->release != null ? 1 : 0) << ss->id);
        have_canfork_callback |= (ushort)((ss->can_fork != null ? 1 : 0) << ss->id);

        BUG_ON(online_css(css) != 0);

        cgroup_unlock();
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_init_early", Parity.Full)]
    public static int cgroup_init_early()
    {
        fill_cgroup_subsys();
        mutex_init(cgroup_mutex);
        spin_lock_init(css_set_lock);
        spin_lock_init(cgroup_idr_lock);
        spin_lock_init(cgroup_file_kn_lock);
        INIT_LIST_HEAD(cgroup_roots);
        init_init_css_set();
        cgrp_dfl_root->cgrp.self.rstat_cpu = root_rstat_cpu;
        cgrp_dfl_root->cgrp.rstat_base_cpu = root_rstat_base_cpu;

        init_cgroup_root(cgrp_dfl_root, 0);
        cgrp_dfl_root->cgrp.self.flags |= CSS_NO_REF;

        RCU_INIT_POINTER(&init_task->cgroups, init_css_set);

        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
            cgroup_subsys* ss = cgroup_subsys[i];

            WARN(ss->css_alloc == null || ss->css_free == null || ss->name != null || ss->id != 0, "invalid cgroup_subsys");
            WARN(ss->early_init && ss->css_rstat_flush != null, "cgroup rstat cannot be used with early init subsystem");

            ss->id = i;
            ss->name = rodata(cgroup_subsys_name(i));
            if (ss->legacy_name == null)
                ss->legacy_name = ss->name;

            if (ss->early_init)
                cgroup_init_subsys(ss, true);
        }
        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_init", Parity.Reduced, "no v1 base files, no file system to register, no /proc/cgroups, no namespace")]
    public static int cgroup_init()
    {
        percpu_init_rwsem(cgroup_threadgroup_rwsem);
        idr_init(cgroup_hierarchy_idr);

        BUG_ON(cgroup_init_cftypes(null, cgroup_base_files) != 0);
        BUG_ON(cgroup_init_cftypes(null, cgroup_psi_files) != 0);

        BUG_ON(ss_rstat_init(null) != 0);

        cgroup_lock();

        // so that the root can link to it
        hash_add(css_set_table, CSS_SET_HASH_BITS, &init_css_set->hlist, css_set_hash(init_css_set->subsys));

        BUG_ON(cgroup_setup_root(cgrp_dfl_root, 0) != 0);

        cgroup_unlock();

        for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            cgroup_subsys* ss = cgroup_subsys[ssid];

            if (ss->early_init) {
                cgroup_subsys_state* css = init_css_set->subsys[ss->id];

                css->id = cgroup_idr_alloc(&ss->css_idr, css, 1, 2, GFP_KERNEL);
                BUG_ON(css->id < 0);
            } else {
                cgroup_init_subsys(ss, false);
            }

            list_add_tail(&init_css_set->e_cset_node[ssid], &cgrp_dfl_root->cgrp.e_csets[ssid]);

            // needs the disabled flag and kmalloc, neither of which was there early
            if (!cgroup_ssid_enabled(ssid))
                continue;

            cgrp_dfl_root->subsys_mask |= 1U << ss->id;

            // implicit ones must be threaded too
            WARN_ON(ss->implicit_on_dfl && !ss->threaded);

            if (ss->implicit_on_dfl)
                cgrp_dfl_implicit_ss_mask |= (ushort)(1 << ss->id);
            else if (ss->dfl_cftypes == null)
                cgrp_dfl_inhibit_ss_mask |= (ushort)(1 << ss->id);

            if (ss->threaded)
                cgrp_dfl_threaded_ss_mask |= (ushort)(1 << ss->id);

            if (ss->dfl_cftypes == ss->legacy_cftypes) {
                WARN_ON(cgroup_add_cftypes(ss, ss->dfl_cftypes) != 0);
            } else {
                WARN_ON(cgroup_add_dfl_cftypes(ss, ss->dfl_cftypes) != 0);
                WARN_ON(cgroup_add_legacy_cftypes(ss, ss->legacy_cftypes) != 0);
            }

            if (ss->bind != null)
                ss->bind(init_css_set->subsys[ssid]);

            cgroup_lock();
            css_populate_dir(init_css_set->subsys[ssid]);
            cgroup_unlock();
        }

        // subsys[] has changed, and the hash with it
        hash_del(&init_css_set->hlist);
        hash_add(css_set_table, CSS_SET_HASH_BITS, &init_css_set->hlist, css_set_hash(init_css_set->subsys));

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_wq_init", Parity.Full)]
    public static int cgroup_wq_init()
    {
        // Little would be gained by more than one at a time, as cgroup_mutex is held for most of it.
        cgroup_offline_wq = alloc_workqueue("cgroup_offline"u8, WQ_PERCPU, 1);
        BUG_ON(cgroup_offline_wq == null);

        cgroup_release_wq = alloc_workqueue("cgroup_release"u8, WQ_PERCPU, 1);
        BUG_ON(cgroup_release_wq == null);

        cgroup_free_wq = alloc_workqueue("cgroup_free"u8, WQ_PERCPU, 1);
        BUG_ON(cgroup_free_wq == null);
        return 0;
    }
}
