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

// kernel/cgroup/cgroup.c: finding and making css_sets, and the roots.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    private const int CSS_SET_HASH_BITS = 7;
    private static readonly hlist_head* css_set_table = bss<hlist_head>(1 << CSS_SET_HASH_BITS);

    [KernelSource("kernel/cgroup/cgroup.c", "css_set_hash", Parity.Full)]
    private static ulong css_set_hash(cgroup_subsys_state** css)
    {
        ulong key = 0;

        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++)
            key += (ulong)css[i];
        key = (key >> 16) ^ key;

        return key;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "put_css_set_locked", Parity.Full)]
    [MustHold("css_set_lock")]
    [PutsRef("css_set.subsys"), PutsRef("cgrp_cset_link.cgrp")]
    public static void put_css_set_locked(css_set* cset)
    {
        list_head* n;

        lockdep_assert_held(css_set_lock);

        if (!refcount_dec_and_test(&cset->refcount))
            return;

        WARN_ON_ONCE(!list_empty(&cset->threaded_csets));

        for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            list_del(&cset->e_cset_node[ssid]);
            css_put(cset->subsys[ssid]);
        }
        hash_del(&cset->hlist);
        css_set_count--;

        for (list_head* p = cset->cgrp_links.next; p != &cset->cgrp_links; p = n) {
            cgrp_cset_link* link = list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cgrp_link);

            n = p->next;
            list_del(&link->cset_link);
            list_del(&link->cgrp_link);
            if (cgroup_parent(link->cgrp) != null)
                cgroup_put(link->cgrp);
            kfree(link);
        }

        if (css_set_threaded(cset)) {
            list_del(&cset->threaded_csets_node);
            put_css_set_locked(cset->dom_cset);
        }

        kfree_rcu(cset, &cset->rcu_head);
    }

    // Is this what old_cset becomes when its cgroup in new_cgrp's hierarchy is new_cgrp?
    [KernelSource("kernel/cgroup/cgroup.c", "compare_css_sets", Parity.Full)]
    private static bool compare_css_sets(css_set* cset, css_set* old_cset, cgroup* new_cgrp, cgroup_subsys_state** template)
    {
        cgroup* new_dfl_cgrp;
        list_head* l1, l2;

        // the same cgroups may go with different csses: those first
        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
            if (template[i] != cset->subsys[i])
                return false;
        }

        if (cgroup_on_dfl(new_cgrp))
            new_dfl_cgrp = new_cgrp;
        else
            new_dfl_cgrp = old_cset->dfl_cgrp;

        if (new_dfl_cgrp->dom_cgrp != cset->dom_cset->dfl_cgrp)
            return false;

        // and different cgroups may share csses
        l1 = &cset->cgrp_links;
        l2 = &old_cset->cgrp_links;
        while (true) {
            cgroup* cgrp1, cgrp2;

            l1 = l1->next;
            l2 = l2->next;
            // both lists are of one length
            if (l1 == &cset->cgrp_links) {
                BUG_ON(l2 != &old_cset->cgrp_links);
                break;
            } else {
                BUG_ON(l2 == &old_cset->cgrp_links);
            }
            cgrp1 = list_entry<cgrp_cset_link>(l1, &((cgrp_cset_link*)nowhere)->cgrp_link)->cgrp;
            cgrp2 = list_entry<cgrp_cset_link>(l2, &((cgrp_cset_link*)nowhere)->cgrp_link)->cgrp;
            // and in one order of hierarchies
            BUG_ON(cgrp1->root != cgrp2->root);

            if (cgrp1->root == new_cgrp->root) {
                if (cgrp1 != new_cgrp)
                    return false;
            } else {
                if (cgrp1 != cgrp2)
                    return false;
            }
        }
        return true;
    }

    // Fills template with the csses that are wanted.
    [KernelSource("kernel/cgroup/cgroup.c", "find_existing_css_set", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static css_set* find_existing_css_set(css_set* old_cset, cgroup* cgrp, cgroup_subsys_state** template)
    {
        cgroup_root* root = cgrp->root;
        ulong key;

        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
            if ((root->subsys_mask & (1U << i)) != 0)
                template[i] = cgroup_e_css_by_mask(cgrp, cgroup_subsys[i]);
            else
                template[i] = old_cset->subsys[i];
        }

        key = css_set_hash(template);
        for (hlist_node* p = hash_first_possible(css_set_table, CSS_SET_HASH_BITS, key); p != null; p = p->next) {
            css_set* cset = hlist_entry<css_set>(p, &((css_set*)nowhere)->hlist);

            if (!compare_css_sets(cset, old_cset, cgrp, template))
                continue;

            return cset;
        }

        return null;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "free_cgrp_cset_links", Parity.Full)]
    private static void free_cgrp_cset_links(list_head* links_to_free)
    {
        list_head* n;

        for (list_head* p = links_to_free->next; p != links_to_free; p = n) {
            cgrp_cset_link* link = list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cset_link);

            n = p->next;
            list_del(&link->cset_link);
            kfree(link);
        }
    }

    [KernelSource("kernel/cgroup/cgroup.c", "allocate_cgrp_cset_links", Parity.Full)]
    private static int allocate_cgrp_cset_links(int count, list_head* tmp_links)
    {
        INIT_LIST_HEAD(tmp_links);

        for (int i = 0; i < count; i++) {
            cgrp_cset_link* link = (cgrp_cset_link*)kzalloc((ulong)sizeof(cgrp_cset_link), GFP_KERNEL);
            if (link == null) {
                free_cgrp_cset_links(tmp_links);
                return -ENOMEM;
            }
            list_add(&link->cset_link, tmp_links);
        }
        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "link_css_set", Parity.Full)]
    private static void link_css_set(list_head* tmp_links, css_set* cset, cgroup* cgrp)
    {
        cgrp_cset_link* link;

        BUG_ON(list_empty(tmp_links));

        if (cgroup_on_dfl(cgrp))
            cset->dfl_cgrp = cgrp;

        link = list_first_entry<cgrp_cset_link>(tmp_links, &((cgrp_cset_link*)nowhere)->cset_link);
        link->cset = cset;
        link->cgrp = cgrp;

        // at the tails, so that both lists are in the order of time
        list_move_tail(&link->cset_link, &cgrp->cset_links);
        list_add_tail(&link->cgrp_link, &cset->cgrp_links);

        if (cgroup_parent(cgrp) != null)
            cgroup_get_live(cgrp);
    }

    // The css_set like old_cset with cgrp in its hierarchy's place, found or made, with a reference.
    [KernelSource("kernel/cgroup/cgroup.c", "find_css_set", Parity.Full)]
    [MustHold("cgroup_mutex")]
    [ContextUnsafe("the set keeps its csses", Rule = "KM0501")]
    private static css_set* find_css_set(css_set* old_cset, cgroup* cgrp)
    {
        cgroup_subsys_state** template = stackalloc cgroup_subsys_state*[CGROUP_SUBSYS_COUNT];
        css_set* cset;
        list_head tmp_links;
        ulong key;

        lockdep_assert_held(cgroup_mutex);

        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++)
            template[i] = null;

        spin_lock_irq(css_set_lock);
        cset = find_existing_css_set(old_cset, cgrp, template);
        if (cset != null)
            get_css_set(cset);
        spin_unlock_irq(css_set_lock);

        if (cset != null)
            return cset;

        cset = (css_set*)kzalloc((ulong)sizeof(css_set), GFP_KERNEL);
        if (cset == null)
            return null;

        // all links that will be needed
        if (allocate_cgrp_cset_links(cgroup_root_count, &tmp_links) < 0) {
            kfree(cset);
            return null;
        }

        refcount_set(&cset->refcount, 1);
        cset->dom_cset = cset;
        INIT_LIST_HEAD(&cset->tasks);
        INIT_LIST_HEAD(&cset->mg_tasks);
        INIT_LIST_HEAD(&cset->dying_tasks);
        INIT_LIST_HEAD(&cset->task_iters);
        INIT_LIST_HEAD(&cset->threaded_csets);
        INIT_HLIST_NODE(&cset->hlist);
        INIT_LIST_HEAD(&cset->cgrp_links);
        INIT_LIST_HEAD(&cset->mg_src_preload_node);
        INIT_LIST_HEAD(&cset->mg_dst_preload_node);
        INIT_LIST_HEAD(&cset->mg_node);

        for (int i = 0; i < CGROUP_SUBSYS_COUNT; i++)
            cset->subsys[i] = template[i];

        spin_lock_irq(css_set_lock);
        for (list_head* p = old_cset->cgrp_links.next; p != &old_cset->cgrp_links; p = p->next) {
            cgroup* c = list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cgrp_link)->cgrp;

            if (c->root == cgrp->root)
                c = cgrp;
            link_css_set(&tmp_links, cset, c);
        }

        BUG_ON(!list_empty(&tmp_links));

        css_set_count++;

        key = css_set_hash(cset->subsys);
        hash_add(css_set_table, CSS_SET_HASH_BITS, &cset->hlist, key);

        for (int ssid = 0; ssid < CGROUP_SUBSYS_COUNT; ssid++) {
            cgroup_subsys_state* css = cset->subsys[ssid];

            list_add_tail(&cset->e_cset_node[ssid], &css->cgroup->e_csets[ssid]);
            css_get(css);
        }

        spin_unlock_irq(css_set_lock);

        // Nothing can be in the new set until it is returned, so its domain's set may be found last.
        if (cgroup_is_threaded(cset->dfl_cgrp)) {
            css_set* dcset;

            dcset = find_css_set(cset, cset->dfl_cgrp->dom_cgrp);
            if (dcset == null) {
                put_css_set(cset);
                return null;
            }

            spin_lock_irq(css_set_lock);
            cset->dom_cset = dcset;
            list_add_tail(&cset->threaded_csets_node, &dcset->threaded_csets);
            spin_unlock_irq(css_set_lock);
        }

        return cset;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_root_from_kf", Parity.Full)]
    public static cgroup_root* cgroup_root_from_kf(kernfs_root* kf_root)
    {
        cgroup* root_cgrp = (cgroup*)kernfs_root_to_node(kf_root)->priv;

        return root_cgrp->root;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_init_root_id", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static int cgroup_init_root_id(cgroup_root* root)
    {
        int id;

        lockdep_assert_held(cgroup_mutex);

        id = idr_alloc_cyclic(cgroup_hierarchy_idr, root, 0, 0, GFP_KERNEL);
        if (id < 0)
            return id;

        root->hierarchy_id = id;
        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_exit_root_id", Parity.Full)]
    [MustHold("cgroup_mutex")]
    private static void cgroup_exit_root_id(cgroup_root* root)
    {
        lockdep_assert_held(cgroup_mutex);

        idr_remove(cgroup_hierarchy_idr, (ulong)root->hierarchy_id);
    }

    // The result lives as long as the set does.
    [KernelSource("kernel/cgroup/cgroup.c", "__cset_cgroup_from_root", Parity.Full)]
    private static cgroup* __cset_cgroup_from_root(css_set* cset, cgroup_root* root)
    {
        cgroup* res_cgroup = null;

        if (cset == init_css_set) {
            res_cgroup = &root->cgrp;
        } else if (root == cgrp_dfl_root) {
            res_cgroup = cset->dfl_cgrp;
        } else {
            lockdep_assert_held(css_set_lock);

            for (list_head* p = cset->cgrp_links.next; p != &cset->cgrp_links; p = p->next) {
                cgroup* c = list_entry<cgrp_cset_link>(p, &((cgrp_cset_link*)nowhere)->cgrp_link)->cgrp;

                if (c->root == root) {
                    res_cgroup = c;
                    break;
                }
            }
        }

        return res_cgroup;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "current_cgns_cgroup_dfl", Parity.Reduced, "there are no cgroup namespaces: the root")]
    private static cgroup* current_cgns_cgroup_dfl()
    {
        return &cgrp_dfl_root->cgrp;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cset_cgroup_from_root", Parity.Full)]
    [MustHold("css_set_lock")]
    private static cgroup* cset_cgroup_from_root(css_set* cset, cgroup_root* root)
    {
        lockdep_assert_held(css_set_lock);

        return __cset_cgroup_from_root(cset, root);
    }

    // css_set_lock keeps the task where it is.
    [KernelSource("kernel/cgroup/cgroup.c", "task_cgroup_from_root", Parity.Full)]
    [MustHold("css_set_lock")]
    public static cgroup* task_cgroup_from_root(task_struct* task, cgroup_root* root)
    {
        return cset_cgroup_from_root(task_css_set(task), root);
    }
}
