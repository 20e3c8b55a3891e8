// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 7 of 10: writeback domains and foreign dirtying, ids, and the life of a group.
namespace Linux;

/// <summary>What one pass of the flush carries from a CPU into a group, and from there to the parent.</summary>
public unsafe struct aggregate_control
{
    // The group with its descendants, and the group alone.
    public long* aggregate;
    public long* local;
    // What children have left here, and where this group leaves its own.
    public long* pending;
    public long* ppending;
    // This CPU's counters, and their values at the last flush.
    public long* cstat;
    public long* cstat_prev;
    public int size;
}

public static unsafe partial class mm_memcontrol_c
{
    [KernelSource(C, "memcg_wb_domain_init", Parity.Full)]
    private static int memcg_wb_domain_init(mem_cgroup* memcg, gfp_t gfp) => wb_domain_init(&memcg->cgwb_domain, gfp);

    [KernelSource(C, "memcg_wb_domain_exit", Parity.Full)]
    private static void memcg_wb_domain_exit(mem_cgroup* memcg) => wb_domain_exit(&memcg->cgwb_domain);

    [KernelSource(C, "memcg_wb_domain_size_changed", Parity.Full)]
    private static void memcg_wb_domain_size_changed(mem_cgroup* memcg) => wb_domain_size_changed(&memcg->cgwb_domain);

    [KernelSource(C, "mem_cgroup_wb_domain", Parity.Full)]
    public static wb_domain* mem_cgroup_wb_domain(bdi_writeback* wb)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(wb->memcg_css);

        if (memcg->css.parent == null)
            return null;

        return &memcg->cgwb_domain;
    }

    /// <summary>
    /// What balance_dirty_pages() has to know of a wb's group: its page cache, how much it may still grow by its own limits
    /// and its ancestors', what is dirty and what is being written.
    /// </summary>
    [KernelSource(C, "mem_cgroup_wb_stats", Parity.Full)]
    public static void mem_cgroup_wb_stats(bdi_writeback* wb, ulong* pfilepages, ulong* pheadroom, ulong* pdirty,
        ulong* pwriteback)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(wb->memcg_css);
        mem_cgroup* parent;

        mem_cgroup_flush_stats_ratelimited(memcg);

        *pdirty = memcg_page_state(memcg, NR_FILE_DIRTY);
        *pwriteback = memcg_page_state(memcg, NR_WRITEBACK);
        *pfilepages = memcg_page_state(memcg, NR_INACTIVE_FILE) +
            memcg_page_state(memcg, NR_ACTIVE_FILE);
        *pheadroom = PAGE_COUNTER_MAX;
        while ((parent = parent_mem_cgroup(memcg)) != null)
        {
            ulong ceiling = min(READ_ONCE(&memcg->memory.max),
                READ_ONCE(&memcg->memory.high));
            ulong used = page_counter_read(&memcg->memory);

            *pheadroom = min(*pheadroom, ceiling - min(ceiling, used));
            memcg = parent;
        }
    }

    // A page may be dirtied through an inode that another group's wb writes. That group's limits do not throttle this
    // one's dirtying, and a group full of such pages has nothing to wait for: it would be stuck, or killed. So each group
    // remembers the few wbs that of late were to write its pages, and balance_dirty_pages() has them flushed for it.

    /// <summary>Remembers that a foreign wb is to write a page of this group.</summary>
    [KernelSource(C, "mem_cgroup_track_foreign_dirty_slowpath", Parity.Full)]
    public static void mem_cgroup_track_foreign_dirty_slowpath(folio* folio, bdi_writeback* wb)
    {
        mem_cgroup* memcg = folio_memcg(folio);
        memcg_cgwb_frn* frn = null;
        u64 now = get_jiffies_64();
        u64 oldest_at = now;
        int oldest = -1;
        int i;

        // The record of this wb, or else the one unused for longest. Races cost a record, no more.
        for (i = 0; i < MEMCG_CGWB_FRN_CNT; i++)
        {
            frn = &memcg->cgwb_frn[i];
            if (frn->bdi_id == wb->bdi->id &&
                frn->memcg_id == wb->memcg_css->id)
                break;
            if (time_before64(frn->at, oldest_at) &&
                atomic_read(&frn->done.cnt) == 1)
            {
                oldest = i;
                oldest_at = frn->at;
            }
        }

        if (i < MEMCG_CGWB_FRN_CNT)
        {
            // Written only now and then, so that dirtiers do not fight for the line.
            ulong update_intv =
                min((ulong)HZ,
                    msecs_to_jiffies(dirty_expire_interval * 10) / 8);

            if (time_before64(frn->at, now - update_intv))
                frn->at = now;
        }
        else if (oldest >= 0)
        {
            frn = &memcg->cgwb_frn[oldest];
            frn->bdi_id = wb->bdi->id;
            frn->memcg_id = wb->memcg_css->id;
            frn->at = now;
        }
    }

    /// <summary>Starts writeback of the foreign wbs that this group waits for.</summary>
    [KernelSource(C, "mem_cgroup_flush_foreign", Parity.Full)]
    public static void mem_cgroup_flush_foreign(bdi_writeback* wb)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(wb->memcg_css);
        ulong intv = msecs_to_jiffies(dirty_expire_interval * 10);
        u64 now = jiffies;
        int i;

        for (i = 0; i < MEMCG_CGWB_FRN_CNT; i++)
        {
            memcg_cgwb_frn* frn = &memcg->cgwb_frn[i];

            // Older than the expiry the periodic flusher has had it; one that is in flight is left to finish.
            if (time_after64(frn->at, now - intv) &&
                atomic_read(&frn->done.cnt) == 1)
            {
                frn->at = 0;
                cgroup_writeback_by_id(frn->bdi_id, frn->memcg_id,
                    WB_REASON_FOREIGN_FLUSH,
                    &frn->done);
            }
        }
    }

    // A group's private id is taken at its allocation and lives until the last swap slot or shadow entry with it is gone,
    // which may be long after rmdir; the css id, which goes with the css, is for everything else. Sixteen bits are all
    // that swap_cgroup and shadow entries have room for.

    private const ulong MEM_CGROUP_ID_MAX = (1UL << MEM_CGROUP_ID_SHIFT) - 1;
    private static readonly xarray* mem_cgroup_ids = bss<xarray>();

    [KernelSource(C, "mem_cgroup_id_remove", Parity.Full)]
    private static void mem_cgroup_id_remove(mem_cgroup* memcg)
    {
        if (memcg->id.id > 0)
        {
            xa_erase(mem_cgroup_ids, (ulong)memcg->id.id);
            memcg->id.id = 0;
        }
    }

    [KernelSource(C, "mem_cgroup_id_get_many", Parity.Full)]
    public static void mem_cgroup_id_get_many(mem_cgroup* memcg, uint n) => refcount_add((int)n, &memcg->id.@ref);

    [KernelSource(C, "mem_cgroup_id_put_many", Parity.Full)]
    [PutsRef("memcg", Sometimes = true)]
    private static void mem_cgroup_id_put_many(mem_cgroup* memcg, uint n)
    {
        if (refcount_sub_and_test((int)n, &memcg->id.@ref))
        {
            mem_cgroup_id_remove(memcg);

            // The id pins the css.
            css_put(&memcg->css);
        }
    }

    [KernelSource(C, "mem_cgroup_id_put", Parity.Full)]
    private static void mem_cgroup_id_put(mem_cgroup* memcg) => mem_cgroup_id_put_many(memcg, 1);

    /// <summary>A reference to the id of this group, or of the nearest ancestor that is still online.</summary>
    [KernelSource(C, "mem_cgroup_id_get_online", Parity.Full)]
    public static mem_cgroup* mem_cgroup_id_get_online(mem_cgroup* memcg)
    {
        while (!refcount_inc_not_zero(&memcg->id.@ref))
        {
            // The root goes nowhere.
            if (WARN_ON_ONCE(mem_cgroup_is_root(memcg)))
            {
                VM_BUG_ON(true);
                break;
            }
            memcg = parent_mem_cgroup(memcg);
            if (memcg == null)
                memcg = root_mem_cgroup;
        }
        return memcg;
    }

    /// <summary>The group of an id, or null. Under RCU.</summary>
    [KernelSource(C, "mem_cgroup_from_id", Parity.Full)]
    [RcuReadSection]
    public static mem_cgroup* mem_cgroup_from_id(ushort id)
    {
        WARN_ON_ONCE(!rcu_read_lock_held());
        return (mem_cgroup*)xa_load(mem_cgroup_ids, id);
    }

    [KernelSource(C, "free_mem_cgroup_per_node_info", Parity.Full)]
    private static void free_mem_cgroup_per_node_info(mem_cgroup_per_node* pn)
    {
        if (pn == null)
            return;

        free_percpu(pn->lruvec_stats_percpu);
        kfree(pn->lruvec_stats);
        kfree(pn);
    }

    [KernelSource(C, "alloc_mem_cgroup_per_node_info", Parity.Full)]
    private static bool alloc_mem_cgroup_per_node_info(mem_cgroup* memcg, int node)
    {
        mem_cgroup_per_node* pn;

        pn = (mem_cgroup_per_node*)kmem_cache_alloc_node(memcg_pn_cachep, GFP_KERNEL | __GFP_ZERO,
            node);
        if (pn == null)
            return false;

        pn->lruvec_stats = (lruvec_stats*)kzalloc_node((ulong)sizeof(lruvec_stats),
            GFP_KERNEL_ACCOUNT, node);
        if (pn->lruvec_stats == null)
            goto fail;

        pn->lruvec_stats_percpu = alloc_percpu_gfp<lruvec_stats_percpu>(
            GFP_KERNEL_ACCOUNT);
        if (pn->lruvec_stats_percpu == null)
            goto fail;

        lruvec_init(&pn->lruvec);
        pn->memcg = memcg;

        memcg->nodeinfo[node] = pn;
        return true;
    fail:
        free_mem_cgroup_per_node_info(pn);
        return false;
    }

    [KernelSource(C, "__mem_cgroup_free", Parity.Full)]
    private static void __mem_cgroup_free(mem_cgroup* memcg)
    {
        int node;

        obj_cgroup_put(memcg->orig_objcg);

        for (node = 0; node < nr_node_ids; node++)
            free_mem_cgroup_per_node_info(memcg->nodeinfo[node]);
        memcg1_free_events(memcg);
        kfree(memcg->vmstats);
        free_percpu(memcg->vmstats_percpu);
        kfree(memcg);
    }

    [KernelSource(C, "mem_cgroup_free", Parity.Full)]
    private static void mem_cgroup_free(mem_cgroup* memcg)
    {
        memcg_wb_domain_exit(memcg);
        __mem_cgroup_free(memcg);
    }

    [KernelSource(C, "mem_cgroup_alloc", Parity.Full)]
    private static mem_cgroup* mem_cgroup_alloc(mem_cgroup* parent)
    {
        memcg_vmstats_percpu* statc;
        PerCpu<memcg_vmstats_percpu>* pstatc_pcpu = null;
        mem_cgroup* memcg;
        int node;
        int i;
        long error;
        uint id;

        memcg = (mem_cgroup*)kmem_cache_zalloc(memcg_cachep, GFP_KERNEL);
        if (memcg == null)
            return ERR_PTR<mem_cgroup>(-ENOMEM);

        error = xa_alloc(mem_cgroup_ids, &id, null,
            XA_LIMIT(1, (uint)MEM_CGROUP_ID_MAX), GFP_KERNEL);
        if (error != 0)
            goto fail;
        memcg->id.id = (int)id;
        error = -ENOMEM;

        memcg->vmstats = (memcg_vmstats*)kzalloc((ulong)sizeof(memcg_vmstats),
            GFP_KERNEL_ACCOUNT);
        if (memcg->vmstats == null)
            goto fail;

        memcg->vmstats_percpu = alloc_percpu_gfp<memcg_vmstats_percpu>(
            GFP_KERNEL_ACCOUNT);
        if (memcg->vmstats_percpu == null)
            goto fail;

        if (!memcg1_alloc_events(memcg))
            goto fail;

        foreach (int cpu in for_each_possible_cpu())
        {
            if (parent != null)
                pstatc_pcpu = parent->vmstats_percpu;
            statc = per_cpu_ptr(memcg->vmstats_percpu, cpu);
            statc->parent_pcpu = parent != null ? pstatc_pcpu : null;
            statc->vmstats = memcg->vmstats;
        }

        for (node = 0; node < nr_node_ids; node++)
            if (!alloc_mem_cgroup_per_node_info(memcg, node))
                goto fail;

        if (memcg_wb_domain_init(memcg, GFP_KERNEL) != 0)
            goto fail;

        INIT_WORK(&memcg->high_work, &high_work_func);
        vmpressure_init(&memcg->vmpressure);
        INIT_LIST_HEAD(&memcg->memory_peaks);
        INIT_LIST_HEAD(&memcg->swap_peaks);
        spin_lock_init(&memcg->peaks_lock);
        memcg->socket_pressure = get_jiffies_64();
        memcg1_memcg_init(memcg);
        memcg->kmemcg_id = -1;
        INIT_LIST_HEAD(&memcg->objcg_list);
        INIT_LIST_HEAD(&memcg->cgwb_list);
        for (i = 0; i < MEMCG_CGWB_FRN_CNT; i++)
            memcg->cgwb_frn[i].done =
                __WB_COMPLETION_INIT(memcg_cgwb_frn_waitq);
        return memcg;
    fail:
        mem_cgroup_id_remove(memcg);
        __mem_cgroup_free(memcg);
        return ERR_PTR<mem_cgroup>(error);
    }

    [KernelSource(C, "mem_cgroup_css_alloc", Parity.Full)]
    private static cgroup_subsys_state* mem_cgroup_css_alloc(cgroup_subsys_state* parent_css)
    {
        mem_cgroup* parent = mem_cgroup_from_css(parent_css);
        mem_cgroup* memcg, old_memcg;
        bool memcg_on_dfl = cgroup_subsys_on_dfl(memory_cgrp_subsys);

        // The parent pays for what a group itself takes.
        old_memcg = set_active_memcg(parent);
        memcg = mem_cgroup_alloc(parent);
        set_active_memcg(old_memcg);
        if (IS_ERR(memcg))
            return (cgroup_subsys_state*)ERR_CAST(memcg);

        page_counter_set_high(&memcg->memory, PAGE_COUNTER_MAX);
        memcg1_soft_limit_reset(memcg);
        memcg->zswap_max = PAGE_COUNTER_MAX;
        WRITE_ONCE(&memcg->zswap_writeback, true);
        page_counter_set_high(&memcg->swap, PAGE_COUNTER_MAX);
        if (parent != null)
        {
            WRITE_ONCE(&memcg->swappiness, mem_cgroup_swappiness(parent));

            page_counter_init(&memcg->memory, &parent->memory, memcg_on_dfl);
            page_counter_init(&memcg->swap, &parent->swap, false);
        }
        else
        {
            init_memcg_stats();
            init_memcg_events();
            page_counter_init(&memcg->memory, null, true);
            page_counter_init(&memcg->swap, null, false);
            root_mem_cgroup = memcg;
            return &memcg->css;
        }

        if (memcg_on_dfl && !cgroup_memory_nosocket)
            static_branch_inc(memcg_sockets_enabled_key);

        if (!cgroup_memory_nobpf)
            static_branch_inc(memcg_bpf_enabled_key);

        return &memcg->css;
    }

    [KernelSource(C, "mem_cgroup_css_online", Parity.Full)]
    [TryGetsRef(Result.Zero, "css")]
    private static int mem_cgroup_css_online(cgroup_subsys_state* css)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);

        if (memcg_online_kmem(memcg) != 0)
            goto remove_id;

        // The shrinker maps have to be there before anybody can find the group.
        if (alloc_shrinker_info(memcg) != 0)
            goto offline_kmem;

        if (mem_cgroup_is_root(memcg) && !mem_cgroup_disabled())
            queue_delayed_work(system_unbound_wq, stats_flush_dwork,
                FLUSH_TIME);

        // The online state pins the id, the id pins the css.
        refcount_set(&memcg->id.@ref, 1);
        css_get(css);

        // Only now the id leads to the group: what uses ids (shrinkers, zswap) relies on all of the above.
        xa_store(mem_cgroup_ids, (ulong)memcg->id.id, memcg, GFP_KERNEL);

        return 0;
    offline_kmem:
        memcg_offline_kmem(memcg);
    remove_id:
        mem_cgroup_id_remove(memcg);
        return -ENOMEM;
    }

    [KernelSource(C, "mem_cgroup_css_offline", Parity.Full)]
    private static void mem_cgroup_css_offline(cgroup_subsys_state* css)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);

        memcg1_css_offline(memcg);

        page_counter_set_min(&memcg->memory, 0);
        page_counter_set_low(&memcg->memory, 0);

        zswap_memcg_offline_cleanup(memcg);

        memcg_offline_kmem(memcg);
        reparent_shrinker_deferred(memcg);
        wb_memcg_offline(memcg);

        drain_all_stock(memcg);

        mem_cgroup_id_put(memcg);
    }

    [KernelSource(C, "mem_cgroup_css_released", Parity.Full)]
    private static void mem_cgroup_css_released(cgroup_subsys_state* css)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);

        invalidate_reclaim_iterators(memcg);
    }

    [KernelSource(C, "mem_cgroup_css_free", Parity.Full)]
    private static void mem_cgroup_css_free(cgroup_subsys_state* css)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);
        int i;

        for (i = 0; i < MEMCG_CGWB_FRN_CNT; i++)
            wb_wait_for_completion(&memcg->cgwb_frn[i].done);
        if (cgroup_subsys_on_dfl(memory_cgrp_subsys) && !cgroup_memory_nosocket)
            static_branch_dec(memcg_sockets_enabled_key);

        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys) && memcg1_tcpmem_active(memcg))
            static_branch_dec(memcg_sockets_enabled_key);

        if (!cgroup_memory_nobpf)
            static_branch_dec(memcg_bpf_enabled_key);

        vmpressure_cleanup(&memcg->vmpressure);
        cancel_work_sync(&memcg->high_work);
        memcg1_remove_from_trees(memcg);
        free_shrinker_info(memcg);
        mem_cgroup_free(memcg);
    }

    /// <summary>
    /// The controller is turned off for a group that other controllers or tasks still need: its limits go back to what
    /// does not limit, so that the css that stays behind is not noticed.
    /// </summary>
    [KernelSource(C, "mem_cgroup_css_reset", Parity.Full)]
    private static void mem_cgroup_css_reset(cgroup_subsys_state* css)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);

        page_counter_set_max(&memcg->memory, PAGE_COUNTER_MAX);
        page_counter_set_max(&memcg->swap, PAGE_COUNTER_MAX);
        page_counter_set_min(&memcg->memory, 0);
        page_counter_set_low(&memcg->memory, 0);
        page_counter_set_high(&memcg->memory, PAGE_COUNTER_MAX);
        memcg1_soft_limit_reset(memcg);
        page_counter_set_high(&memcg->swap, PAGE_COUNTER_MAX);
        memcg_wb_domain_size_changed(memcg);
    }

    [KernelSource(C, "mem_cgroup_stat_aggregate", Parity.Full)]
    private static void mem_cgroup_stat_aggregate(aggregate_control* ac)
    {
        int i;
        long delta, delta_cpu, v;

        for (i = 0; i < ac->size; i++)
        {
            // What the children have left. The rstat lock keeps others out.
            delta = ac->pending[i];
            if (delta != 0)
                ac->pending[i] = 0;

            // And what this CPU has done since.
            delta_cpu = 0;
            v = READ_ONCE(&ac->cstat[i]);
            if (v != ac->cstat_prev[i])
            {
                delta_cpu = v - ac->cstat_prev[i];
                delta += delta_cpu;
                ac->cstat_prev[i] = v;
            }

            if (delta_cpu != 0)
                ac->local[i] += delta_cpu;

            if (delta != 0)
            {
                ac->aggregate[i] += delta;
                if (ac->ppending != null)
                    ac->ppending[i] += delta;
            }
        }
    }

    [KernelSource(C, "flush_nmi_stats", Parity.Full)]
    private static void flush_nmi_stats(mem_cgroup* memcg, mem_cgroup* parent, int cpu)
    {
    }

    /// <summary>Carries one CPU's changes of one group up by one level.</summary>
    [KernelSource(C, "mem_cgroup_css_rstat_flush", Parity.Full)]
    private static void mem_cgroup_css_rstat_flush(cgroup_subsys_state* css, int cpu)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);
        mem_cgroup* parent = parent_mem_cgroup(memcg);
        memcg_vmstats_percpu* statc;
        aggregate_control ac;
        int nid;

        flush_nmi_stats(memcg, parent, cpu);

        statc = per_cpu_ptr(memcg->vmstats_percpu, cpu);

        ac = new aggregate_control
        {
            aggregate = memcg->vmstats->state,
            local = memcg->vmstats->state_local,
            pending = memcg->vmstats->state_pending,
            ppending = parent != null ? parent->vmstats->state_pending : null,
            cstat = statc->state,
            cstat_prev = statc->state_prev,
            size = MEMCG_VMSTAT_SIZE,
        };
        mem_cgroup_stat_aggregate(&ac);

        ac = new aggregate_control
        {
            aggregate = (long*)memcg->vmstats->events,
            local = (long*)memcg->vmstats->events_local,
            pending = (long*)memcg->vmstats->events_pending,
            ppending = parent != null ? (long*)parent->vmstats->events_pending : null,
            cstat = (long*)statc->events,
            cstat_prev = (long*)statc->events_prev,
            size = NR_MEMCG_EVENTS,
        };
        mem_cgroup_stat_aggregate(&ac);

        for (nid = 0; nid < nr_node_ids; nid++)
        {
            mem_cgroup_per_node* pn = memcg->nodeinfo[nid];
            lruvec_stats* lstats = pn->lruvec_stats;
            lruvec_stats* plstats = null;
            lruvec_stats_percpu* lstatc;

            if (parent != null)
                plstats = parent->nodeinfo[nid]->lruvec_stats;

            lstatc = per_cpu_ptr(pn->lruvec_stats_percpu, cpu);

            ac = new aggregate_control
            {
                aggregate = lstats->state,
                local = lstats->state_local,
                pending = lstats->state_pending,
                ppending = plstats != null ? plstats->state_pending : null,
                cstat = lstatc->state,
                cstat_prev = lstatc->state_prev,
                size = NR_MEMCG_NODE_STAT_ITEMS,
            };
            mem_cgroup_stat_aggregate(&ac);
        }
        WRITE_ONCE(&statc->stats_updates, 0u);
        // Flushed in full: written only when it is not 0, to leave the line alone.
        if (atomic_read(&memcg->vmstats->stats_updates) != 0)
            atomic_set(&memcg->vmstats->stats_updates, 0);
    }

    [KernelSource(C, "mem_cgroup_fork", Parity.Full)]
    [Initializes("task")]
    private static void mem_cgroup_fork(task_struct* task) =>
        // Looked up when the child first allocates: it may be moved before that.
        task->objcg = (obj_cgroup*)CURRENT_OBJCG_UPDATE_FLAG;

    [KernelSource(C, "mem_cgroup_exit", Parity.Full)]
    private static void mem_cgroup_exit(task_struct* task)
    {
        obj_cgroup* objcg = task->objcg;

        objcg = (obj_cgroup*)((ulong)objcg & ~CURRENT_OBJCG_UPDATE_FLAG);
        obj_cgroup_put(objcg);

        // What is allocated from here on, in the rest of the exit, is charged to nobody. Even a flag set by a move that
        // comes now is harmless: the task has no mm any more.
        task->objcg = null;
    }

    [KernelSource(C, "mem_cgroup_lru_gen_attach", Parity.Full)]
    private static void mem_cgroup_lru_gen_attach(cgroup_taskset* tset)
    {
    }

    [KernelSource(C, "mem_cgroup_kmem_attach", Parity.Full)]
    private static void mem_cgroup_kmem_attach(cgroup_taskset* tset)
    {
        task_struct* task;
        cgroup_subsys_state* css;

        for (task = cgroup_taskset_first(tset, &css); task != null; task = cgroup_taskset_next(tset, &css))
        {
            // The task replaces it by itself.
            set_bit(CURRENT_OBJCG_UPDATE_BIT, (ulong*)&task->objcg);
        }
    }

    [KernelSource(C, "mem_cgroup_attach", Parity.Full)]
    private static void mem_cgroup_attach(cgroup_taskset* tset)
    {
        mem_cgroup_lru_gen_attach(tset);
        mem_cgroup_kmem_attach(tset);
    }
}
