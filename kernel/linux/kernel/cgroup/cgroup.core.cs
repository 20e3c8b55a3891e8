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

// kernel/cgroup/cgroup.c: what the core keeps, and the css_sets.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    private const int CGROUP_FILE_NAME_MAX = MAX_CGROUP_TYPE_NAMELEN + MAX_CFTYPE_NAME + 2;

    // no more than 100 notifications a second
    private const ulong CGROUP_FILE_NOTIFY_MIN_INTV = (HZ + 100 - 1) / 100;

    // cgroup_mutex: the hierarchy changes only under it.
    // css_set_lock: task->cgroups, the css_sets, and the tasks of each.
    public static readonly mutex* cgroup_mutex = bss<mutex>();
    public static readonly spinlock_t* css_set_lock = bss<spinlock_t>();

    // cgroup_idr and css_idr, so that ids are given back without cgroup_mutex
    private static readonly spinlock_t* cgroup_idr_lock = bss<spinlock_t>();

    // cgroup_file::kn of controllers' files: notifying against the file's removal
    private static readonly spinlock_t* cgroup_file_kn_lock = bss<spinlock_t>();

    public static readonly percpu_rw_semaphore* cgroup_threadgroup_rwsem = bss<percpu_rw_semaphore>();

    // A css goes through the three in this order. With one queue a root's free work could wait for
    // offline work that stands behind it.
    private static workqueue_struct* cgroup_offline_wq;
    private static workqueue_struct* cgroup_release_wq;
    private static workqueue_struct* cgroup_free_wq;

    public static readonly cgroup_subsys** cgroup_subsys = make_cgroup_subsys();

    private static readonly PerCpu<css_rstat_cpu>* root_rstat_cpu = DEFINE_PER_CPU<css_rstat_cpu>();
    private static readonly PerCpu<cgroup_rstat_base_cpu>* root_rstat_base_cpu = DEFINE_PER_CPU<cgroup_rstat_base_cpu>();

    // the v2 hierarchy
    public static readonly cgroup_root* cgrp_dfl_root = bss<cgroup_root>();

    // controllers that v2 does not show, has on everywhere, and lets into threaded subtrees
    private static ushort cgrp_dfl_inhibit_ss_mask;
    private static ushort cgrp_dfl_implicit_ss_mask;
    private static ushort cgrp_dfl_threaded_ss_mask;

    public static readonly list_head* cgroup_roots = bss<list_head>();
    private static int cgroup_root_count;

    private static readonly idr* cgroup_hierarchy_idr = bss<idr>();

    // guarded by cgroup_mutex; children lists are in the order of it
    private static ulong css_serial_nr_next = 1;

    private static ushort have_fork_callback;
    private static ushort have_exit_callback;
    private static ushort have_release_callback;
    private static ushort have_canfork_callback;

    public static bool cgroup_enable_per_threadgroup_rwsem;

    private static ushort cgroup_feature_disable_mask;
    private const int OPT_FEATURE_PRESSURE = 0;

    private static cgroup_subsys** make_cgroup_subsys()
    {
        cgroup_subsys** table = (cgroup_subsys**)bss<nint>(CGROUP_SUBSYS_COUNT);
        return table;
    }

    // bss is zero at every boot, so the table is filled by cgroup_init_early().
    private static void fill_cgroup_subsys()
    {
        cgroup_subsys[cpuset_cgrp_id] = cpuset_cgrp_subsys;
        cgroup_subsys[cpu_cgrp_id] = cpu_cgrp_subsys;
        cgroup_subsys[io_cgrp_id] = io_cgrp_subsys;
        cgroup_subsys[memory_cgrp_id] = memory_cgrp_subsys;
        cgroup_subsys[perf_event_cgrp_id] = perf_event_cgrp_subsys;
        cgroup_subsys[hugetlb_cgrp_id] = hugetlb_cgrp_subsys;
        cgroup_subsys[pids_cgrp_id] = pids_cgrp_subsys;
        cgroup_subsys[rdma_cgrp_id] = rdma_cgrp_subsys;
        cgroup_subsys[misc_cgrp_id] = misc_cgrp_subsys;
    }

    private static ReadOnlySpan<byte> cgroup_subsys_name(int ssid) => ssid switch
    {
        cpuset_cgrp_id => "cpuset"u8,
        cpu_cgrp_id => "cpu"u8,
        io_cgrp_id => "io"u8,
        memory_cgrp_id => "memory"u8,
        perf_event_cgrp_id => "perf_event"u8,
        hugetlb_cgrp_id => "hugetlb"u8,
        pids_cgrp_id => "pids"u8,
        rdma_cgrp_id => "rdma"u8,
        _ => "misc"u8,
    };

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_ssid_enabled", Parity.Full)]
    public static bool cgroup_ssid_enabled(int ssid)
    {
        return (cgroup_subsys_disabled_mask & (1 << ssid)) == 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_on_dfl", Parity.Full)]
    public static bool cgroup_on_dfl(cgroup* cgrp)
    {
        return cgrp->root == cgrp_dfl_root;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_idr_alloc", Parity.Full)]
    private static int cgroup_idr_alloc(idr* idr, void* ptr, int start, int end, uint gfp_mask)
    {
        int ret;

        idr_preload(gfp_mask);
        spin_lock_bh(cgroup_idr_lock);
        ret = idr_alloc(idr, ptr, start, end, gfp_mask & ~__GFP_DIRECT_RECLAIM);
        spin_unlock_bh(cgroup_idr_lock);
        idr_preload_end();
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_idr_replace", Parity.Full)]
    private static void* cgroup_idr_replace(idr* idr, void* ptr, int id)
    {
        void* ret;

        spin_lock_bh(cgroup_idr_lock);
        ret = idr_replace(idr, ptr, (ulong)id);
        spin_unlock_bh(cgroup_idr_lock);
        return ret;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_idr_remove", Parity.Full)]
    private static void cgroup_idr_remove(idr* idr, int id)
    {
        spin_lock_bh(cgroup_idr_lock);
        idr_remove(idr, (ulong)id);
        spin_unlock_bh(cgroup_idr_lock);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_has_tasks", Parity.Full)]
    private static bool cgroup_has_tasks(cgroup* cgrp)
    {
        return cgrp->nr_populated_csets != 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_is_threaded", Parity.Full)]
    private static bool cgroup_is_threaded(cgroup* cgrp)
    {
        return cgrp->dom_cgrp != cgrp;
    }

    // Only the root, which no domain controller limits, may host domain and threaded children at once.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_is_mixable", Parity.Full)]
    private static bool cgroup_is_mixable(cgroup* cgrp)
    {
        return cgroup_parent(cgrp) == null;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_can_be_thread_root", Parity.Full)]
    private static bool cgroup_can_be_thread_root(cgroup* cgrp)
    {
        if (cgroup_is_mixable(cgrp))
            return true;

        if (cgroup_is_threaded(cgrp))
            return false;

        if (cgrp->nr_populated_domain_children != 0)
            return false;

        if ((cgrp->subtree_control & ~cgrp_dfl_threaded_ss_mask) != 0)
            return false;

        return true;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_is_thread_root", Parity.Full)]
    private static bool cgroup_is_thread_root(cgroup* cgrp)
    {
        if (cgroup_is_threaded(cgrp))
            return false;

        if (cgrp->nr_threaded_children != 0)
            return true;

        // tasks together with threaded controllers for the children make one too
        if (cgroup_has_tasks(cgrp) && (cgrp->subtree_control & cgrp_dfl_threaded_ss_mask) != 0)
            return true;

        return false;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_is_valid_domain", Parity.Full)]
    private static bool cgroup_is_valid_domain(cgroup* cgrp)
    {
        if (cgroup_is_threaded(cgrp))
            return false;

        while ((cgrp = cgroup_parent(cgrp)) != null) {
            if (!cgroup_is_mixable(cgrp) && cgroup_is_thread_root(cgrp))
                return false;
            if (cgroup_is_threaded(cgrp))
                return false;
        }

        return true;
    }

    // controllers that the cgroup shows
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_control", Parity.Full)]
    private static ushort cgroup_control(cgroup* cgrp)
    {
        cgroup* parent = cgroup_parent(cgrp);
        ushort root_ss_mask = (ushort)cgrp->root->subsys_mask;

        if (parent != null) {
            ushort ss_mask = parent->subtree_control;

            if (cgroup_is_threaded(cgrp))
                ss_mask &= cgrp_dfl_threaded_ss_mask;
            return ss_mask;
        }

        if (cgroup_on_dfl(cgrp))
            root_ss_mask &= (ushort)~(cgrp_dfl_inhibit_ss_mask | cgrp_dfl_implicit_ss_mask);
        return root_ss_mask;
    }

    // controllers that the cgroup has
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_ss_mask", Parity.Full)]
    private static ushort cgroup_ss_mask(cgroup* cgrp)
    {
        cgroup* parent = cgroup_parent(cgrp);

        if (parent != null) {
            ushort ss_mask = parent->subtree_ss_mask;

            if (cgroup_is_threaded(cgrp))
                ss_mask &= cgrp_dfl_threaded_ss_mask;
            return ss_mask;
        }

        return (ushort)cgrp->root->subsys_mask;
    }

    // Under cgroup_mutex or RCU; null when the controller is not on here, self when there is no controller.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_css", Parity.Full)]
    private static cgroup_subsys_state* cgroup_css(cgroup* cgrp, cgroup_subsys* ss)
    {
        if (ss != null)
            return rcu_dereference_check(&cgrp->subsys[ss->id], lockdep_is_held(cgroup_mutex));
        else
            return &cgrp->self;
    }

    // The css of the nearest cgroup upwards that has the controller. Runs while csses change, so it
    // goes by the masks.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_e_css_by_mask", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static cgroup_subsys_state* cgroup_e_css_by_mask(cgroup* cgrp, cgroup_subsys* ss)
    {
        lockdep_assert_held(cgroup_mutex);

        if (ss == null)
            return &cgrp->self;

        while ((cgroup_ss_mask(cgrp) & (1 << ss->id)) == 0) {
            cgrp = cgroup_parent(cgrp);
            if (cgrp == null)
                return null;
        }

        return cgroup_css(cgrp, ss);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_e_css", Parity.Full)]
    public static cgroup_subsys_state* cgroup_e_css(cgroup* cgrp, cgroup_subsys* ss)
    {
        cgroup_subsys_state* css;

        do {
            css = cgroup_css(cgrp, ss);

            if (css != null)
                return css;
            cgrp = cgroup_parent(cgrp);
        } while (cgrp != null);

        return init_css_set->subsys[ss->id];
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_get_e_css", Parity.Full)]
    [ReturnsOwned]
    public static cgroup_subsys_state* cgroup_get_e_css(cgroup* cgrp, cgroup_subsys* ss)
    {
        cgroup_subsys_state* css;

        rcu_read_lock();

        do {
            css = cgroup_css(cgrp, ss);

            if (css != null && css_tryget_online(css))
                goto out_unlock;
            cgrp = cgroup_parent(cgrp);
        } while (cgrp != null);

        css = init_css_set->subsys[ss->id];
        css_get(css);
    out_unlock:
        rcu_read_unlock();
        return css;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_get_live", Parity.Full)]
    [GetsRef("cgrp")]
    private static void cgroup_get_live(cgroup* cgrp)
    {
        WARN_ON_ONCE(cgroup_is_dead(cgrp));
        cgroup_get(cgrp);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "__cgroup_task_count", Parity.Full)]
    [MustHold("css_set_lock")]
    public static int __cgroup_task_count(cgroup* cgrp)
    {
        int count = 0;

        lockdep_assert_held(css_set_lock);

        for (list_head* p = cgrp->cset_links.next; p != &cgrp->cset_links; p = p->next)
            count += list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cset_link)->cset->nr_tasks;

        return count;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_task_count", Parity.Full)]
    public static int cgroup_task_count(cgroup* cgrp)
    {
        int count;

        spin_lock_irq(css_set_lock);
        count = __cgroup_task_count(cgrp);
        spin_unlock_irq(css_set_lock);

        return count;
    }

    // A file's parent never changes, so it is safe to follow outside RCU.
    [KernelSource("kernel/cgroup/cgroup.c", "kn_priv", Parity.Full)]
    private static cgroup* kn_priv(kernfs_node* kn)
    {
        kernfs_node* parent = rcu_dereference_check(&kn->__parent, (kernfs_root_flags(kn) & KERNFS_ROOT_INVARIANT_PARENT) != 0);
        return (cgroup*)parent->priv;
    }

    // An open file that runs an operation keeps its css: files are drained before the css goes.
    [KernelSource("kernel/cgroup/cgroup.c", "of_css", Parity.Full)]
    public static cgroup_subsys_state* of_css(kernfs_open_file* of)
    {
        cgroup* cgrp = kn_priv(of->kn);
        cftype* cft = of_cft(of);

        if (cft->ss != null)
            return rcu_dereference_raw(&cgrp->subsys[cft->ss->id]);
        else
            return &cgrp->self;
    }

    // cgroup_for_each_live_child() goes to the next child that is not dead
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_for_each_live_child", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static cgroup* cgroup_next_live_child(cgroup* child, cgroup* cgrp)
    {
        list_head* p = child == null ? cgrp->self.children.next : child->self.sibling.next;

        lockdep_assert_held(cgroup_mutex);
        for (; p != &cgrp->self.children; p = p->next) {
            child = container_of<cgroup>(p, &((cgroup*)nowhere)->self.sibling);
            if (!cgroup_is_dead(child))
                return child;
        }
        return null;
    }

    // cgroup_for_each_live_descendant_pre(), one step: the css of the next cgroup that is not dead
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_for_each_live_descendant_pre", Parity.Full)]
    private static cgroup_subsys_state* cgroup_next_live_descendant_pre(cgroup_subsys_state* d_css, cgroup* cgrp)
    {
        do {
            d_css = css_next_descendant_pre(d_css, cgroup_css(cgrp, null));
            lockdep_assert_held(cgroup_mutex);
        } while (d_css != null && cgroup_is_dead(d_css->cgroup));
        return d_css;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_for_each_live_descendant_post", Parity.Full)]
    private static cgroup_subsys_state* cgroup_next_live_descendant_post(cgroup_subsys_state* d_css, cgroup* cgrp)
    {
        do {
            d_css = css_next_descendant_post(d_css, cgroup_css(cgrp, null));
            lockdep_assert_held(cgroup_mutex);
        } while (d_css != null && cgroup_is_dead(d_css->cgroup));
        return d_css;
    }

    // What init and its children start with, and the anchor of all css_sets.
    public static readonly css_set* init_css_set = bss<css_set>();

    private static int css_set_count = 1; // init_css_set

    private static void init_init_css_set()
    {
        css_set* cset = init_css_set;

        refcount_set(&cset->refcount, 1);
        cset->dom_cset = cset;
        INIT_LIST_HEAD(&cset->tasks);
        INIT_LIST_HEAD(&cset->mg_tasks);
        INIT_LIST_HEAD(&cset->dying_tasks);
        INIT_LIST_HEAD(&cset->task_iters);
        INIT_LIST_HEAD(&cset->threaded_csets);
        INIT_LIST_HEAD(&cset->cgrp_links);
        INIT_LIST_HEAD(&cset->mg_src_preload_node);
        INIT_LIST_HEAD(&cset->mg_dst_preload_node);
        INIT_LIST_HEAD(&cset->mg_node);
        // set again when the set is linked; this serves the early boot
        cset->dfl_cgrp = &cgrp_dfl_root->cgrp;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_set_threaded", Parity.Full)]
    private static bool css_set_threaded(css_set* cset)
    {
        return cset->dom_cset != cset;
    }

    // Not by nr_tasks: it is called while a task is on its way and nr_tasks does not yet tell.
    [KernelSource("kernel/cgroup/cgroup.c", "css_set_populated", Parity.Full)]
    [MustHold("css_set_lock")]
    private static bool css_set_populated(css_set* cset)
    {
        lockdep_assert_held(css_set_lock);

        return !list_empty(&cset->tasks) || !list_empty(&cset->mg_tasks);
    }

    // A css_set of the cgroup got its first task or lost its last: count it here, and upwards for as
    // long as a cgroup turns from empty to populated or back, and tell those who watch.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_update_populated", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void cgroup_update_populated(cgroup* cgrp, bool populated)
    {
        cgroup* child = null;
        int adj = populated ? 1 : -1;

        lockdep_assert_held(css_set_lock);

        do {
            bool was_populated = cgroup_is_populated(cgrp);

            if (child == null) {
                cgrp->nr_populated_csets += adj;
            } else {
                if (cgroup_is_threaded(child))
                    cgrp->nr_populated_threaded_children += adj;
                else
                    cgrp->nr_populated_domain_children += adj;
            }

            if (was_populated == cgroup_is_populated(cgrp))
                break;

            cgroup1_check_for_release(cgrp);
            cgroup_file_notify(&cgrp->events_file);

            child = cgrp;
            cgrp = cgroup_parent(cgrp);
        } while (cgrp != null);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "css_set_update_populated", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void css_set_update_populated(css_set* cset, bool populated)
    {
        lockdep_assert_held(css_set_lock);

        for (list_head* p = cset->cgrp_links.next; p != &cset->cgrp_links; p = p->next)
            cgroup_update_populated(list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cgrp_link)->cgrp, populated);
    }

    // The task leaves: walks that stand on it go on to the next.
    [KernelSource("kernel/cgroup/cgroup.c", "css_set_skip_task_iters", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void css_set_skip_task_iters(css_set* cset, task_struct* task)
    {
        list_head* n;

        for (list_head* p = cset->task_iters.next; p != &cset->task_iters; p = n) {
            n = p->next;
            css_task_iter_skip(list_entry<css_task_iter>(p, &((css_task_iter*)nowhere)->iters_node), task);
        }
    }

    // Moves the task and keeps the populated counts; the references of the sets are the caller's.
    [KernelSource("kernel/cgroup/cgroup.c", "css_set_move_task", Parity.Full)]
    [MustHold("css_set_lock")]
    private static void css_set_move_task(task_struct* task, css_set* from_cset, css_set* to_cset, bool use_mg_tasks)
    {
        lockdep_assert_held(css_set_lock);

        if (to_cset != null && !css_set_populated(to_cset))
            css_set_update_populated(to_cset, true);

        if (from_cset != null) {
            WARN_ON_ONCE(list_empty(&task->cg_list));

            css_set_skip_task_iters(from_cset, task);
            list_del_init(&task->cg_list);
            if (!css_set_populated(from_cset))
                css_set_update_populated(from_cset, false);
        } else {
            WARN_ON_ONCE(!list_empty(&task->cg_list));
        }

        if (to_cset != null) {
            // cgroup_threadgroup_rwsem keeps the task from beginning to exit meanwhile
            WARN_ON_ONCE((task->flags & PF_EXITING) != 0);

            cgroup_move_task(task, to_cset);
            list_add_tail(&task->cg_list, use_mg_tasks ? &to_cset->mg_tasks : &to_cset->tasks);
        }
    }
}
