// SPDX-License-Identifier: GPL-2.0-only
// Devices that dirty pages are written to, and their wbs: one of its own, and one for each group that dirties pages of it.
using static Linux.linux_flex_proportions_h;
using static Linux.linux_fs_h;
using static Linux.linux_kref_h;
using static Linux.linux_mm_h;
using static Linux.linux_percpu_counter_h;
using static Linux.linux_percpu_refcount_h;
using static Linux.linux_rculist_h;
using static Linux.linux_workqueue_h;

namespace Linux;

public static unsafe partial class mm_backing_dev_c
{
    private const string C = "mm/backing-dev.c";

    /// <summary>For what is never written back.</summary>
    public static readonly backing_dev_info* noop_backing_dev_info = bss<backing_dev_info>();

    // Guards bdi_tree and changes of bdi_list, which is read under RCU.
    [LockClass(SoftIrq = true)]
    public static readonly spinlock_t* bdi_lock = bss<spinlock_t>();
    private static u64 bdi_id_cursor;
    private static readonly rb_root* bdi_tree = bss<rb_root>();
    public static readonly list_head* bdi_list = linux_init_h.LIST_HEAD();

    /// <summary>Runs all asynchronous writeback.</summary>
    public static workqueue_struct* bdi_wq;

    [KernelSource(C, "default_bdi_init", Parity.Full)]
    internal static int default_bdi_init()
    {
        bdi_wq = alloc_workqueue("writeback"u8, WQ_MEM_RECLAIM | WQ_UNBOUND | WQ_SYSFS, 0);
        if (bdi_wq == null)
            return -ENOMEM;
        return 0;
    }

    [KernelSource(C, "wb_update_bandwidth_workfn", Parity.Full)]
    private static void wb_update_bandwidth_workfn(work_struct* work)
    {
        bdi_writeback* wb = container_of<bdi_writeback>(to_delayed_work(work), &((bdi_writeback*)nowhere)->bw_dwork);

        wb_update_bandwidth(wb);
    }

    // 100 MB/s, until it has been measured.
    private const ulong INIT_BW = 100UL << (20 - PAGE_SHIFT);

    [KernelSource(C, "wb_init", Parity.Full)]
    [Initializes("wb")]
    private static int wb_init(bdi_writeback* wb, backing_dev_info* bdi, gfp_t gfp)
    {
        int err;

        *wb = default;

        wb->bdi = bdi;
        wb->last_old_flush = jiffies;
        INIT_LIST_HEAD(&wb->b_dirty);
        INIT_LIST_HEAD(&wb->b_io);
        INIT_LIST_HEAD(&wb->b_more_io);
        INIT_LIST_HEAD(&wb->b_dirty_time);
        spin_lock_init(&wb->list_lock);

        atomic_set(&wb->writeback_inodes, 0);
        wb->bw_time_stamp = jiffies;
        wb->balanced_dirty_ratelimit = INIT_BW;
        wb->dirty_ratelimit = INIT_BW;
        wb->write_bandwidth = INIT_BW;
        wb->avg_write_bandwidth = INIT_BW;

        spin_lock_init(&wb->work_lock);
        INIT_LIST_HEAD(&wb->work_list);
        INIT_DELAYED_WORK(&wb->dwork, &wb_workfn);
        INIT_DELAYED_WORK(&wb->bw_dwork, &wb_update_bandwidth_workfn);

        err = fprop_local_init_percpu(&wb->completions, gfp);
        if (err != 0)
            return err;

        err = percpu_counter_init_many(wb->stat, 0, gfp, NR_WB_STAT_ITEMS);
        if (err != 0)
            fprop_local_destroy_percpu(&wb->completions);

        return err;
    }

    /// <summary>Takes the wb off its device's list and ends its flusher.</summary>
    [KernelSource(C, "wb_shutdown", Parity.Full)]
    [Excludes("wb->work_lock")]
    private static void wb_shutdown(bdi_writeback* wb)
    {
        // Nobody queues work from here on.
        spin_lock_irq(&wb->work_lock);
        if (!test_and_clear_bit(WB_registered, &wb->state))
        {
            spin_unlock_irq(&wb->work_lock);
            return;
        }

        spin_unlock_irq(&wb->work_lock);

        cgwb_remove_from_bdi_list(wb);

        // wb_workfn() sees that the wb is not registered, and empties the list of works whatever else it does.
        mod_delayed_work(bdi_wq, &wb->dwork, 0);
        flush_delayed_work(&wb->dwork);
        WARN_ON(!list_empty(&wb->work_list));
        flush_delayed_work(&wb->bw_dwork);
    }

    [KernelSource(C, "wb_exit", Parity.Full)]
    private static void wb_exit(bdi_writeback* wb)
    {
        WARN_ON(delayed_work_pending(&wb->dwork));
        percpu_counter_destroy_many(wb->stat, NR_WB_STAT_ITEMS);
        fprop_local_destroy_percpu(&wb->completions);
    }

    // Guards bdi->cgwb_tree, which is read under RCU as well, blkcg->cgwb_list, memcg->cgwb_list and offline_cgwbs.
    [LockClass(HardIrq = true)]
    private static readonly spinlock_t* cgwb_lock = bss<spinlock_t>();
    private static workqueue_struct* cgwb_release_wq;

    private static readonly list_head* offline_cgwbs = linux_init_h.LIST_HEAD();
    private static readonly work_struct* cleanup_offline_cgwbs_work = bss<work_struct>();

    [KernelSource(C, "cgwb_free_rcu", Parity.Full)]
    [Frees("rcu_head")]
    private static void cgwb_free_rcu(rcu_head* rcu_head)
    {
        bdi_writeback* wb = container_of<bdi_writeback>(rcu_head, &((bdi_writeback*)nowhere)->release_work);

        percpu_ref_exit(&wb->refcnt);
        kfree(wb);
    }

    [KernelSource(C, "cgwb_release_workfn", Parity.Full)]
    [ContextUnsafe("the last reference is gone: nobody else has the wb", Rule = "KM0101")]
    [Excludes("backing_dev_info.cgwb_release_mutex", "cgwb_lock")]
    private static void cgwb_release_workfn(work_struct* work)
    {
        bdi_writeback* wb = container_of<bdi_writeback>(work, &((bdi_writeback*)nowhere)->release_work);
        backing_dev_info* bdi = wb->bdi;

        mutex_lock(&wb->bdi->cgwb_release_mutex);
        wb_shutdown(wb);

        css_put(wb->memcg_css);
        css_put(wb->blkcg_css);
        mutex_unlock(&wb->bdi->cgwb_release_mutex);

        // The group's I/O may have waited for this wb alone.
        blkcg_unpin_online(wb->blkcg_css);

        fprop_local_destroy_percpu(&wb->memcg_completions);

        spin_lock_irq(cgwb_lock);
        list_del(&wb->offline_node);
        spin_unlock_irq(cgwb_lock);

        wb_exit(wb);
        bdi_put(bdi);
        WARN_ON_ONCE(!list_empty(&wb->b_attached));
        WARN_ON_ONCE(work_pending(&wb->switch_work));
        call_rcu(wb->rcu, &cgwb_free_rcu);
    }

    [KernelSource(C, "cgwb_release", Parity.Full)]
    private static void cgwb_release(percpu_ref* refcnt)
    {
        bdi_writeback* wb = container_of<bdi_writeback>(refcnt, &((bdi_writeback*)nowhere)->refcnt);
        queue_work(cgwb_release_wq, &wb->release_work);
    }

    [KernelSource(C, "cgwb_kill", Parity.Full)]
    [MustHold("cgwb_lock")]
    private static void cgwb_kill(bdi_writeback* wb)
    {
        lockdep_assert_held(cgwb_lock);

        WARN_ON(radix_tree_delete(&wb->bdi->cgwb_tree, (ulong)wb->memcg_css->id) == null);
        list_del(&wb->memcg_node);
        list_del(&wb->blkcg_node);
        list_add(&wb->offline_node, offline_cgwbs);
        percpu_ref_kill(&wb->refcnt);
    }

    [KernelSource(C, "cgwb_remove_from_bdi_list", Parity.Full)]
    [Excludes("cgwb_lock")]
    private static void cgwb_remove_from_bdi_list(bdi_writeback* wb)
    {
        spin_lock_irq(cgwb_lock);
        list_del_rcu(&wb->bdi_node);
        spin_unlock_irq(cgwb_lock);
    }

    [KernelSource(C, "cgwb_create", Parity.Full)]
    [Excludes("cgwb_lock")]
    private static int cgwb_create(backing_dev_info* bdi, cgroup_subsys_state* memcg_css, gfp_t gfp)
    {
        mem_cgroup* memcg;
        cgroup_subsys_state* blkcg_css;
        list_head* memcg_cgwb_list;
        list_head* blkcg_cgwb_list;
        bdi_writeback* wb;
        int ret = 0;

        memcg = mem_cgroup_from_css(memcg_css);
        blkcg_css = cgroup_get_e_css(memcg_css->cgroup, io_cgrp_subsys);
        memcg_cgwb_list = &memcg->cgwb_list;
        blkcg_cgwb_list = blkcg_get_cgwb_list(blkcg_css);

        // Somebody may have made it meanwhile; one of another group of I/O goes.
        spin_lock_irqsave(cgwb_lock, out IrqFlags flags);
        wb = (bdi_writeback*)radix_tree_lookup(&bdi->cgwb_tree, (ulong)memcg_css->id);
        if (wb != null && wb->blkcg_css != blkcg_css)
        {
            cgwb_kill(wb);
            wb = null;
        }

        spin_unlock_irqrestore(cgwb_lock, flags);
        if (wb != null)
            goto out_put;

        wb = (bdi_writeback*)kmalloc((ulong)sizeof(bdi_writeback), gfp);
        if (wb == null)
        {
            ret = -ENOMEM;
            goto out_put;
        }

        ret = wb_init(wb, bdi, gfp);
        if (ret != 0)
            goto err_free;

        ret = percpu_ref_init(&wb->refcnt, &cgwb_release, 0, gfp);
        if (ret != 0)
            goto err_wb_exit;

        ret = fprop_local_init_percpu(&wb->memcg_completions, gfp);
        if (ret != 0)
            goto err_ref_exit;

        wb->memcg_css = memcg_css;
        wb->blkcg_css = blkcg_css;
        INIT_LIST_HEAD(&wb->b_attached);
        INIT_WORK(&wb->switch_work, &inode_switch_wbs_work_fn);
        init_llist_head(&wb->switch_wbs_ctxs);
        INIT_WORK(&wb->release_work, &cgwb_release_workfn);
        set_bit(WB_registered, &wb->state);
        bdi_get(bdi);

        // The device's own wb says whether it is registered; a list whose next is null belongs to a group that is offline.
        ret = -ENODEV;
        spin_lock_irqsave(cgwb_lock, out flags);
        if (test_bit(WB_registered, &bdi->wb.state) &&
            blkcg_cgwb_list->next != null && memcg_cgwb_list->next != null)
        {
            // Another one may have been faster.
            ret = radix_tree_insert(&bdi->cgwb_tree, (ulong)memcg_css->id, wb);
            if (ret == 0)
            {
                list_add_tail_rcu(&wb->bdi_node, &bdi->wb_list);
                list_add(&wb->memcg_node, memcg_cgwb_list);
                list_add(&wb->blkcg_node, blkcg_cgwb_list);
                blkcg_pin_online(blkcg_css);
                css_get(memcg_css);
                css_get(blkcg_css);
            }
        }

        spin_unlock_irqrestore(cgwb_lock, flags);
        if (ret != 0)
        {
            if (ret == -EEXIST)
                ret = 0;
            goto err_fprop_exit;
        }

        goto out_put;

    err_fprop_exit:
        bdi_put(bdi);
        fprop_local_destroy_percpu(&wb->memcg_completions);
    err_ref_exit:
        percpu_ref_exit(&wb->refcnt);
    err_wb_exit:
        wb_exit(wb);
    err_free:
        kfree(wb);
    out_put:
        css_put(blkcg_css);
        return ret;
    }

    /// <summary>
    /// The wb of a group, with a reference, or null. The caller has a reference to the group's css: RCU is not enough. A wb
    /// whose group of I/O is no longer the effective one is not found.
    /// </summary>
    [KernelSource(C, "wb_get_lookup", Parity.Full)]
    [ReturnsOwned]
    public static bdi_writeback* wb_get_lookup(backing_dev_info* bdi, cgroup_subsys_state* memcg_css)
    {
        if (memcg_css->parent == null)
            return &bdi->wb;

        rcu_read_lock();
        bdi_writeback* wb = (bdi_writeback*)radix_tree_lookup(&bdi->cgwb_tree, (ulong)memcg_css->id);
        if (wb != null)
        {
            cgroup_subsys_state* blkcg_css = cgroup_get_e_css(memcg_css->cgroup, io_cgrp_subsys);
            if (unlikely(wb->blkcg_css != blkcg_css || !wb_tryget(wb)))
                wb = null;
            css_put(blkcg_css);
        }

        rcu_read_unlock();

        return wb;
    }

    /// <summary>As wb_get_lookup(), and made if there is none; null when there is no memory or the group is offline.</summary>
    [KernelSource(C, "wb_get_create", Parity.Full)]
    [MightSleepIf("gfp")]
    [ReturnsOwned]
    public static bdi_writeback* wb_get_create(backing_dev_info* bdi, cgroup_subsys_state* memcg_css, gfp_t gfp)
    {
        bdi_writeback* wb;

        might_alloc(gfp);

        do
        {
            wb = wb_get_lookup(bdi, memcg_css);
        } while (wb == null && cgwb_create(bdi, memcg_css, gfp) == 0);

        return wb;
    }

    [KernelSource(C, "cgwb_bdi_init", Parity.Full)]
    [Initializes("bdi")]
    private static int cgwb_bdi_init(backing_dev_info* bdi)
    {
        int ret;

        INIT_RADIX_TREE(&bdi->cgwb_tree, GFP_ATOMIC);
        mutex_init(&bdi->cgwb_release_mutex);
        init_rwsem(&bdi->wb_switch_rwsem);

        ret = wb_init(&bdi->wb, bdi, GFP_KERNEL);
        if (ret == 0)
        {
            bdi->wb.memcg_css = &root_mem_cgroup->css;
            bdi->wb.blkcg_css = blkcg_root_css;
            INIT_WORK(&bdi->wb.switch_work, &inode_switch_wbs_work_fn);
            init_llist_head(&bdi->wb.switch_wbs_ctxs);
        }

        return ret;
    }

    [KernelSource(C, "cgwb_bdi_unregister", Parity.Full)]
    [Excludes("bdi->cgwb_release_mutex", "cgwb_lock")]
    private static void cgwb_bdi_unregister(backing_dev_info* bdi)
    {
        radix_tree_iter iter;

        WARN_ON(test_bit(WB_registered, &bdi->wb.state));

        spin_lock_irq(cgwb_lock);
        for (Rcu** slot = radix_tree_iter_init(&iter, 0);
             slot != null || (slot = radix_tree_next_chunk(&bdi->cgwb_tree, &iter, 0)) != null;
             slot = radix_tree_next_slot(slot, &iter, 0))
            cgwb_kill((bdi_writeback*)rcu_dereference_raw(slot));
        spin_unlock_irq(cgwb_lock);

        mutex_lock(&bdi->cgwb_release_mutex);
        spin_lock_irq(cgwb_lock);
        while (!list_empty(&bdi->wb_list))
        {
            bdi_writeback* wb = container_of<bdi_writeback>(bdi->wb_list.next, &((bdi_writeback*)nowhere)->bdi_node);
            spin_unlock_irq(cgwb_lock);
            wb_shutdown(wb);
            spin_lock_irq(cgwb_lock);
        }

        spin_unlock_irq(cgwb_lock);
        mutex_unlock(&bdi->cgwb_release_mutex);
    }

    /// <summary>
    /// Wbs of groups that are gone stay for the inodes attached to them: these are switched to the nearest group that lives.
    /// One that was looked at goes to the end, so that each has its turn.
    /// </summary>
    [KernelSource(C, "cleanup_offline_cgwbs_workfn", Parity.Full)]
    [Excludes("cgwb_lock")]
    private static void cleanup_offline_cgwbs_workfn(work_struct* work)
    {
        list_head processed;

        INIT_LIST_HEAD(&processed);
        spin_lock_irq(cgwb_lock);

        while (!list_empty(offline_cgwbs))
        {
            bdi_writeback* wb = container_of<bdi_writeback>(offline_cgwbs->next, &((bdi_writeback*)nowhere)->offline_node);
            list_move(&wb->offline_node, &processed);

            // What is dirty is written for the group that dirtied it, within its limits: this one waits for the next round.
            if (wb_has_dirty_io(wb))
                continue;

            if (!wb_tryget(wb))
                continue;

            spin_unlock_irq(cgwb_lock);
            while (cleanup_offline_cgwb(wb))
                cond_resched();
            spin_lock_irq(cgwb_lock);

            wb_put(wb);
        }

        if (!list_empty(&processed))
            list_splice_tail(&processed, offline_cgwbs);

        spin_unlock_irq(cgwb_lock);
    }

    /// <summary>The group goes offline: so do its wbs, and no more are made.</summary>
    [KernelSource(C, "wb_memcg_offline", Parity.Full)]
    [Excludes("cgwb_lock")]
    public static void wb_memcg_offline(mem_cgroup* memcg)
    {
        list_head* memcg_cgwb_list = &memcg->cgwb_list;

        spin_lock_irq(cgwb_lock);
        for (list_head* p = memcg_cgwb_list->next, next = p->next; p != memcg_cgwb_list; p = next, next = p->next)
            cgwb_kill(container_of<bdi_writeback>(p, &((bdi_writeback*)nowhere)->memcg_node));
        memcg_cgwb_list->next = null;
        spin_unlock_irq(cgwb_lock);

        queue_work(system_unbound_wq, cleanup_offline_cgwbs_work);
    }

    /// <summary>As wb_memcg_offline(), for a group of I/O.</summary>
    [KernelSource(C, "wb_blkcg_offline", Parity.Full)]
    [Excludes("cgwb_lock")]
    public static void wb_blkcg_offline(cgroup_subsys_state* css)
    {
        list_head* list = blkcg_get_cgwb_list(css);

        spin_lock_irq(cgwb_lock);
        for (list_head* p = list->next, next = p->next; p != list; p = next, next = p->next)
            cgwb_kill(container_of<bdi_writeback>(p, &((bdi_writeback*)nowhere)->blkcg_node));
        list->next = null;
        spin_unlock_irq(cgwb_lock);
    }

    [KernelSource(C, "cgwb_bdi_register", Parity.Full)]
    [Excludes("cgwb_lock")]
    private static void cgwb_bdi_register(backing_dev_info* bdi)
    {
        spin_lock_irq(cgwb_lock);
        list_add_tail_rcu(&bdi->wb.bdi_node, &bdi->wb_list);
        spin_unlock_irq(cgwb_lock);
    }

    [KernelSource(C, "cgwb_init", Parity.Full)]
    internal static int cgwb_init()
    {
        INIT_WORK(cleanup_offline_cgwbs_work, &cleanup_offline_cgwbs_workfn);

        // One at a time: there may be many, and none is in a hurry.
        cgwb_release_wq = alloc_workqueue("cgwb_release"u8, 0, 1);
        if (cgwb_release_wq == null)
            return -ENOMEM;

        return 0;
    }

    [KernelSource(C, "bdi_init", Parity.Full)]
    public static int bdi_init(backing_dev_info* bdi)
    {
        bdi->dev = null;

        kref_init(&bdi->refcnt);
        bdi->min_ratio = 0;
        bdi->max_ratio = 100 * BDI_RATIO_SCALE;
        bdi->max_prop_frac = (uint)FPROP_FRAC_BASE;
        INIT_LIST_HEAD(&bdi->bdi_list);
        INIT_LIST_HEAD(&bdi->wb_list);
        init_waitqueue_head(&bdi->wb_waitq);
        bdi->last_bdp_sleep = jiffies;

        return cgwb_bdi_init(bdi);
    }

    [KernelSource(C, "bdi_alloc", Parity.Full)]
    public static backing_dev_info* bdi_alloc(int node_id)
    {
        backing_dev_info* bdi = (backing_dev_info*)kzalloc((ulong)sizeof(backing_dev_info), GFP_KERNEL);

        if (bdi == null)
            return null;

        if (bdi_init(bdi) != 0)
        {
            kfree(bdi);
            return null;
        }

        bdi->capabilities = BDI_CAP_WRITEBACK;
        bdi->ra_pages = VM_READAHEAD_PAGES;
        bdi->io_pages = VM_READAHEAD_PAGES;
        timer_setup(&bdi->laptop_mode_wb_timer, &laptop_mode_timer_fn, 0);
        return bdi;
    }

    [KernelSource(C, "bdi_lookup_rb_node", Parity.Full)]
    [MustHold("bdi_lock")]
    private static rb_node** bdi_lookup_rb_node(u64 id, rb_node** parentp)
    {
        rb_node** p = &bdi_tree->rb_node;
        rb_node* parent = null;

        lockdep_assert_held(bdi_lock);

        while (*p != null)
        {
            parent = *p;
            backing_dev_info* bdi = container_of<backing_dev_info>(parent, &((backing_dev_info*)nowhere)->rb_node);

            if (bdi->id > id)
                p = &(*p)->rb_left;
            else if (bdi->id < id)
                p = &(*p)->rb_right;
            else
                break;
        }

        if (parentp != null)
            *parentp = parent;
        return p;
    }

    /// <summary>The device of this id, with a reference; null when it is not registered.</summary>
    [KernelSource(C, "bdi_get_by_id", Parity.Full)]
    [Excludes("bdi_lock")]
    public static backing_dev_info* bdi_get_by_id(u64 id)
    {
        backing_dev_info* bdi = null;

        spin_lock_bh(bdi_lock);
        rb_node** p = bdi_lookup_rb_node(id, null);
        if (*p != null)
        {
            bdi = container_of<backing_dev_info>(*p, &((backing_dev_info*)nowhere)->rb_node);
            bdi_get(bdi);
        }

        spin_unlock_bh(bdi_lock);

        return bdi;
    }

    [KernelSource(C, "bdi_register", Parity.Reduced, "no name, and no files in sysfs and debugfs")]
    public static int bdi_register(backing_dev_info* bdi)
    {
        rb_node* parent;

        if (bdi->dev != null)
            return 0;

        cgwb_bdi_register(bdi);
        bdi->dev = bdi;

        set_bit(WB_registered, &bdi->wb.state);

        spin_lock_bh(bdi_lock);

        bdi->id = ++bdi_id_cursor;

        rb_node** p = bdi_lookup_rb_node(bdi->id, &parent);
        rb_link_node(&bdi->rb_node, parent, p);
        rb_insert_color(&bdi->rb_node, bdi_tree);

        list_add_tail_rcu(&bdi->bdi_list, bdi_list);

        spin_unlock_bh(bdi_lock);

        return 0;
    }

    /// <summary>From here on nobody sees it.</summary>
    [KernelSource(C, "bdi_remove_from_list", Parity.Full)]
    [Excludes("bdi_lock")]
    private static void bdi_remove_from_list(backing_dev_info* bdi)
    {
        spin_lock_bh(bdi_lock);
        rb_erase(&bdi->rb_node, bdi_tree);
        list_del_rcu(&bdi->bdi_list);
        spin_unlock_bh(bdi_lock);

        synchronize_rcu_expedited();
    }

    [KernelSource(C, "bdi_unregister", Parity.Reduced, "as bdi_register(): no files, and so no owner of them")]
    public static void bdi_unregister(backing_dev_info* bdi)
    {
        timer_delete_sync(&bdi->laptop_mode_wb_timer);

        bdi_remove_from_list(bdi);
        wb_shutdown(&bdi->wb);
        cgwb_bdi_unregister(bdi);

        // The sum of all minimum shares goes down by this one.
        if (bdi->min_ratio != 0)
            bdi_set_min_ratio(bdi, 0);

        bdi->dev = null;
    }

    [KernelSource(C, "release_bdi", Parity.Full)]
    private static void release_bdi(kref* @ref)
    {
        backing_dev_info* bdi = container_of<backing_dev_info>(@ref, &((backing_dev_info*)nowhere)->refcnt);

        WARN_ON_ONCE(test_bit(WB_registered, &bdi->wb.state));
        WARN_ON_ONCE(bdi->dev != null);
        wb_exit(&bdi->wb);
        kfree(bdi);
    }

    [KernelSource(C, "bdi_put", Parity.Full)]
    public static void bdi_put(backing_dev_info* bdi) => kref_put(&bdi->refcnt, &release_bdi);

    [KernelSource(C, "inode_to_bdi", Parity.Full)]
    public static backing_dev_info* inode_to_bdi(inode* inode)
    {
        if (inode == null)
            return noop_backing_dev_info;

        super_block* sb = inode->i_sb;
        if (sb_is_blkdev_sb(sb))
            return I_BDEV(inode)->bd_bdi;
        return sb->s_bdi;
    }
}
