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

// kernel/cgroup/cgroup.c: a cgroup's directory, and the roots.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    private static readonly kernfs_syscall_ops* cgroup_kf_syscall_ops = data<kernfs_syscall_ops>(new()
    {
        show_options = &cgroup_show_options,
        mkdir = &cgroup_mkdir,
        rmdir = &cgroup_rmdir,
        show_path = null,
    });

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_name", Parity.Full)]
    private static byte* cgroup_file_name(cgroup* cgrp, cftype* cft, byte* buf)
    {
        cgroup_subsys* ss = cft->ss;
        byte* end = buf + CGROUP_FILE_NAME_MAX;
        byte* p = buf;

        if (cft->ss != null && (cft->flags & CFTYPE_NO_PREFIX) == 0 &&
            (cgrp->root->flags & CGRP_ROOT_NOPREFIX) == 0) {
            if ((cft->flags & CFTYPE_DEBUG) != 0)
                p = append(p, end, ".__DEBUG__."u8);

            p = append(p, end, cgroup_on_dfl(cgrp) ? ss->name : ss->legacy_name);
            p = append(p, end, "."u8);
            append(p, end, cft->name);
        } else {
            append(p, end, cft->name);
        }
        return buf;
    }

    private static byte* append(byte* p, byte* end, byte* text)
    {
        while (*text != 0 && p < end - 1)
            *p++ = *text++;
        *p = 0;
        return p;
    }

    private static byte* append(byte* p, byte* end, ReadOnlySpan<byte> text)
    {
        foreach (byte c in text) {
            if (p < end - 1)
                *p++ = c;
        }
        *p = 0;
        return p;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_file_mode", Parity.Full)]
    private static umode_t cgroup_file_mode(cftype* cft)
    {
        umode_t mode = 0;

        if (cft->read_u64 != null || cft->read_s64 != null || cft->seq_show != null)
            mode |= S_IRUGO;

        if (cft->write_u64 != null || cft->write_s64 != null || cft->write != null) {
            if ((cft->flags & CFTYPE_WORLD_WRITABLE) != 0)
                mode |= S_IWUGO;
            else
                mode |= S_IWUSR;
        }

        return mode;
    }

    // What is to be enabled so that subtree_control can be: with the controllers it depends on, out of this_ss_mask.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_calc_subtree_ss_mask", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static ushort cgroup_calc_subtree_ss_mask(ushort subtree_control, ushort this_ss_mask)
    {
        ushort cur_ss_mask = subtree_control;

        lockdep_assert_held(cgroup_mutex);

        cur_ss_mask |= cgrp_dfl_implicit_ss_mask;

        while (true) {
            ushort new_ss_mask = cur_ss_mask;

            for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
                if ((cur_ss_mask & (1 << ssid)) != 0)
                    new_ss_mask |= (ushort)cgroup_subsys[ssid]->depends_on;
            }

            // one that is depended upon may be missing
            new_ss_mask &= this_ss_mask;

            if (new_ss_mask == cur_ss_mask)
                break;
            cur_ss_mask = new_ss_mask;
        }

        return cur_ss_mask;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_kn_unlock", Parity.Full)]
    [Releases("cgroup_mutex")]
    [PutsRef("kernfs_node.priv")]
    public static void cgroup_kn_unlock(kernfs_node* kn)
    {
        cgroup* cgrp;

        if (kernfs_type(kn) == KERNFS_DIR)
            cgrp = (cgroup*)kn->priv;
        else
            cgrp = kn_priv(kn);

        cgroup_unlock();

        kernfs_unbreak_active_protection(kn);
        cgroup_put(cgrp);
    }

    // For a kernfs operation that needs cgroup_mutex: the mutex nests outside the active reference, so that
    // one is let go and the cgroup pinned instead. Null, and nothing held, if the cgroup is dead.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_kn_lock_live", Parity.Full)]
    [TryAcquires(Result.NonNull, "cgroup_mutex"), MightSleep]
    [ContextUnsafe("cgroup_kn_unlock() puts it", Rule = "KM0501")]
    public static cgroup* cgroup_kn_lock_live(kernfs_node* kn, bool drain_offline)
    {
        cgroup* cgrp;

        if (kernfs_type(kn) == KERNFS_DIR)
            cgrp = (cgroup*)kn->priv;
        else
            cgrp = kn_priv(kn);

        if (!cgroup_tryget(cgrp))
            return null;
        kernfs_break_active_protection(kn);

        if (drain_offline)
            cgroup_lock_and_drain_offline(cgrp);
        else
            cgroup_lock();

        if (!cgroup_is_dead(cgrp))
            return cgrp;

        cgroup_kn_unlock(kn);
        return null;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_rm_file", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void cgroup_rm_file(cgroup* cgrp, cftype* cft)
    {
        byte* name = stackalloc byte[CGROUP_FILE_NAME_MAX];

        lockdep_assert_held(cgroup_mutex);

        if (cft->file_offset != 0) {
            cgroup_subsys_state* css = cgroup_css(cgrp, cft->ss);
            cgroup_file* cfile = (cgroup_file*)((byte*)css + cft->file_offset);

            spin_lock_irq(cgroup_file_kn_lock);
            cfile->kn = null;
            spin_unlock_irq(cgroup_file_kn_lock);

            timer_delete_sync(&cfile->notify_timer);
        }

        kernfs_remove_by_name(cgrp->kn, cgroup_file_name(cgrp, cft, name));
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_clear_dir", Parity.Reduced, "there is no v1 hierarchy with its own base files")]
    [MustHold("cgroup_mutex")]
    private static void css_clear_dir(cgroup_subsys_state* css)
    {
        cgroup* cgrp = css->cgroup;

        if ((css->flags & CSS_VISIBLE) == 0)
            return;

        css->flags &= ~CSS_VISIBLE;

        if (css_is_self(css)) {
            cgroup_addrm_files(css, cgrp, cgroup_base_files, false);
            if (cgroup_psi_enabled())
                cgroup_addrm_files(css, cgrp, cgroup_psi_files, false);
        } else {
            for (list_head* p = css->ss->cfts.next; p != &css->ss->cfts; p = p->next)
                cgroup_addrm_files(css, cgrp, list_entry<cftype>(p, &((cftype*)nowhere)->node), false);
        }
    }

    // On failure no file is left.
    [KernelSource("kernel/cgroup/cgroup.c", "css_populate_dir", Parity.Reduced, "there is no v1 hierarchy with its own base files")]
    [MustHold("cgroup_mutex")]
    private static int css_populate_dir(cgroup_subsys_state* css)
    {
        cgroup* cgrp = css->cgroup;
        cftype* cfts, failed_cfts;
        int ret;

        if ((css->flags & CSS_VISIBLE) != 0)
            return 0;

        if (css_is_self(css)) {
            ret = cgroup_addrm_files(css, cgrp, cgroup_base_files, true);
            if (ret < 0)
                return ret;

            if (cgroup_psi_enabled()) {
                ret = cgroup_addrm_files(css, cgrp, cgroup_psi_files, true);
                if (ret < 0) {
                    cgroup_addrm_files(css, cgrp, cgroup_base_files, false);
                    return ret;
                }
            }
        } else {
            for (list_head* p = css->ss->cfts.next; p != &css->ss->cfts; p = p->next) {
                cfts = list_entry<cftype>(p, &((cftype*)nowhere)->node);
                ret = cgroup_addrm_files(css, cgrp, cfts, true);
                if (ret < 0) {
                    failed_cfts = cfts;
                    goto err;
                }
            }
        }

        css->flags |= CSS_VISIBLE;

        return 0;
    err:
        for (list_head* p = css->ss->cfts.next; p != &css->ss->cfts; p = p->next) {
            cfts = list_entry<cftype>(p, &((cftype*)nowhere)->node);
            if (cfts == failed_cfts)
                break;
            cgroup_addrm_files(css, cgrp, cfts, false);
        }
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "of_peak", Parity.Full)]
    public static cgroup_of_peak* of_peak(kernfs_open_file* of)
    {
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;

        return &ctx->peak;
    }

    // What mount options set. The group of flags is the whole of it: there is one namespace and no favordynmods.
    [KernelSource("kernel/cgroup/cgroup.c", "apply_cgroup_root_flags", Parity.Reduced, "no cgroup namespaces, no favordynmods")]
    public static void apply_cgroup_root_flags(uint root_flags)
    {
        const uint options = CGRP_ROOT_NS_DELEGATE | CGRP_ROOT_MEMORY_LOCAL_EVENTS | CGRP_ROOT_MEMORY_RECURSIVE_PROT |
                             CGRP_ROOT_MEMORY_HUGETLB_ACCOUNTING | CGRP_ROOT_PIDS_LOCAL_EVENTS;

        cgrp_dfl_root->flags = (cgrp_dfl_root->flags & ~options) | (root_flags & options);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_show_options", Parity.Full)]
    private static int cgroup_show_options(seq_file* seq, kernfs_root* kf_root)
    {
        if ((cgrp_dfl_root->flags & CGRP_ROOT_NS_DELEGATE) != 0)
            seq_puts(seq, ",nsdelegate"u8);
        if ((cgrp_dfl_root->flags & CGRP_ROOT_FAVOR_DYNMODS) != 0)
            seq_puts(seq, ",favordynmods"u8);
        if ((cgrp_dfl_root->flags & CGRP_ROOT_MEMORY_LOCAL_EVENTS) != 0)
            seq_puts(seq, ",memory_localevents"u8);
        if ((cgrp_dfl_root->flags & CGRP_ROOT_MEMORY_RECURSIVE_PROT) != 0)
            seq_puts(seq, ",memory_recursiveprot"u8);
        if ((cgrp_dfl_root->flags & CGRP_ROOT_MEMORY_HUGETLB_ACCOUNTING) != 0)
            seq_puts(seq, ",memory_hugetlb_accounting"u8);
        if ((cgrp_dfl_root->flags & CGRP_ROOT_PIDS_LOCAL_EVENTS) != 0)
            seq_puts(seq, ",pids_localevents"u8);
        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "init_cgroup_housekeeping", Parity.Full)]
    private static void init_cgroup_housekeeping(cgroup* cgrp)
    {
        INIT_LIST_HEAD(&cgrp->self.sibling);
        INIT_LIST_HEAD(&cgrp->self.children);
        INIT_LIST_HEAD(&cgrp->cset_links);
        INIT_LIST_HEAD(&cgrp->pidlists);
        mutex_init(&cgrp->pidlist_mutex);
        cgrp->self.cgroup = cgrp;
        cgrp->self.flags |= CSS_ONLINE;
        cgrp->dom_cgrp = cgrp;
        cgrp->max_descendants = INT_MAX;
        cgrp->max_depth = INT_MAX;
        prev_cputime_init(&cgrp->prev_cputime);

        for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++)
            INIT_LIST_HEAD(&cgrp->e_csets[ssid]);

        init_waitqueue_head(&cgrp->offline_waitq);
        INIT_WORK(&cgrp->release_agent_work, &cgroup1_release_agent);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "init_cgroup_root", Parity.Reduced, "the mount context's v1 options do not exist")]
    private static void init_cgroup_root(cgroup_root* root, uint flags)
    {
        cgroup* cgrp = &root->cgrp;

        INIT_LIST_HEAD_RCU(&root->root_list);
        atomic_set(&root->nr_cgrps, 1);
        cgrp->root = root;
        init_cgroup_housekeeping(cgrp);

        // DYNMODS is set by cgroup_favor_dynmods() alone
        root->flags = flags & ~CGRP_ROOT_FAVOR_DYNMODS;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_setup_root", Parity.Reduced, "only the default root, with no controller to take over; no lifetime notifiers")]
    [MustHold("cgroup_mutex")]
    private static int cgroup_setup_root(cgroup_root* root, ushort ss_mask)
    {
        list_head tmp_links;
        cgroup* root_cgrp = &root->cgrp;
        int ret;

        lockdep_assert_held(cgroup_mutex);

        INIT_LIST_HEAD(&tmp_links);
        ret = percpu_ref_init(&root_cgrp->self.refcnt, &css_release, 0, GFP_KERNEL);
        if (ret != 0)
            goto @out;

        // css_set_count can only grow under cgroup_mutex, which is held; twice it, as disabling controllers
        // by rebinding may make as many again
        ret = allocate_cgrp_cset_links(2 * css_set_count, &tmp_links);
        if (ret != 0)
            goto cancel_ref;

        ret = cgroup_init_root_id(root);
        if (ret != 0)
            goto cancel_ref;

        root->kf_root = kernfs_create_root(cgroup_kf_syscall_ops,
                                           KERNFS_ROOT_CREATE_DEACTIVATED |
                                           KERNFS_ROOT_SUPPORT_EXPORTOP |
                                           KERNFS_ROOT_SUPPORT_USER_XATTR |
                                           KERNFS_ROOT_INVARIANT_PARENT,
                                           root_cgrp);
        if (IS_ERR(root->kf_root)) {
            ret = PTR_ERR(root->kf_root);
            goto exit_root_id;
        }
        root_cgrp->kn = kernfs_root_to_node(root->kf_root);
        WARN_ON_ONCE(cgroup_ino(root_cgrp) != 1);
        root_cgrp->ancestors[0] = root_cgrp;

        ret = css_populate_dir(&root_cgrp->self);
        if (ret != 0)
            goto destroy_root;

        ret = css_rstat_init(&root_cgrp->self);
        if (ret != 0)
            goto destroy_root;

        kernfs_activate(root_cgrp->kn);

        // nothing may fail from here
        list_add_rcu(&root->root_list, cgroup_roots);
        cgroup_root_count++;

        spin_lock_irq(css_set_lock);
        for (int i = 0; i < 1 << CSS_SET_HASH_BITS; i++) {
            for (hlist_node* p = css_set_table[i].first; p != null; p = p->next) {
                css_set* cset = hlist_entry<css_set>(p, &((css_set*)nowhere)->hlist);

                link_css_set(&tmp_links, cset, root_cgrp);
                if (css_set_populated(cset))
                    cgroup_update_populated(root_cgrp, true);
            }
        }
        spin_unlock_irq(css_set_lock);

        BUG_ON(!list_empty(&root_cgrp->self.children));
        BUG_ON(atomic_read(&root->nr_cgrps) != 1);

        ret = 0;
        goto @out;

    destroy_root:
        kernfs_destroy_root(root->kf_root);
        root->kf_root = null;
    exit_root_id:
        cgroup_exit_root_id(root);
    cancel_ref:
        percpu_ref_exit(&root_cgrp->self.refcnt);
    @out:
        free_cgrp_cset_links(&tmp_links);
        return ret;
    }
}
