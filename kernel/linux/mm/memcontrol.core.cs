// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 1 of 10: globals, the life of obj_cgroups, per-CPU statistics and their thresholds.
using static Linux.linux_cgroup_defs_h;
using static Linux.linux_page_counter_h;
using static Linux.linux_memcontrol_h;
using static Linux.linux_cgroup_h;
using static Linux.linux_cpuset_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_hugetlb_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_vm_event_item_h;
using static Linux.linux_smp_h;
using static Linux.linux_page_flags_h;
using static Linux.linux_bit_spinlock_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_list_h;
using static Linux.linux_mutex_h;
using static Linux.linux_rbtree_h;
using static Linux.linux_slab_h;
using static Linux.linux_spinlock_h;
using static Linux.linux_fs_h;
using static Linux.linux_seq_file_h;
using static Linux.linux_lockdep_h;
using static Linux.linux_psi_h;
using static Linux.linux_seq_buf_h;
using static Linux.linux_sched_isolation_h;
using static Linux.mm_internal_h;
using static Linux.net_sock_h;
using static Linux.mm_slab_h;
using static Linux.mm_memcontrol_v1_h;

namespace Linux;

public unsafe struct lruvec_stats_percpu
{
    // This CPU's changes, and what of them the last flush has carried up.
    public fixed long state[mm_memcontrol_c.NR_MEMCG_NODE_STAT_ITEMS];
    public fixed long state_prev[mm_memcontrol_c.NR_MEMCG_NODE_STAT_ITEMS];
}

public unsafe struct lruvec_stats
{
    // The group with its descendants, the group alone, and what children have left to be taken up.
    public fixed long state[mm_memcontrol_c.NR_MEMCG_NODE_STAT_ITEMS];
    public fixed long state_local[mm_memcontrol_c.NR_MEMCG_NODE_STAT_ITEMS];
    public fixed long state_pending[mm_memcontrol_c.NR_MEMCG_NODE_STAT_ITEMS];
}

public unsafe struct memcg_vmstats_percpu
{
    // Updates since the last push to the group's own count.
    public uint stats_updates;

    // What the walk up the ancestors in memcg_rstat_updated() needs, in this line.
    public PerCpu<memcg_vmstats_percpu>* parent_pcpu;
    public memcg_vmstats* vmstats;

    // This CPU's changes...
    public fixed long state[mm_memcontrol_c.MEMCG_VMSTAT_SIZE];
    public fixed ulong events[mm_memcontrol_c.NR_MEMCG_EVENTS];

    // ...and what of them the last flush has carried up.
    public fixed long state_prev[mm_memcontrol_c.MEMCG_VMSTAT_SIZE];
    public fixed ulong events_prev[mm_memcontrol_c.NR_MEMCG_EVENTS];
}

public unsafe struct memcg_vmstats
{
    // The group with its descendants.
    public fixed long state[mm_memcontrol_c.MEMCG_VMSTAT_SIZE];
    public fixed ulong events[mm_memcontrol_c.NR_MEMCG_EVENTS];

    // The group alone.
    public fixed long state_local[mm_memcontrol_c.MEMCG_VMSTAT_SIZE];
    public fixed ulong events_local[mm_memcontrol_c.NR_MEMCG_EVENTS];

    // What children have left to be taken up.
    public fixed long state_pending[mm_memcontrol_c.MEMCG_VMSTAT_SIZE];
    public fixed ulong events_pending[mm_memcontrol_c.NR_MEMCG_EVENTS];

    // Updates pushed by the CPUs since the last flush.
    public atomic_t stats_updates;
}

public static unsafe partial class mm_memcontrol_c
{
    private const string C = "mm/memcontrol.c";

    public static mem_cgroup* root_mem_cgroup;

    /// <summary>The group that an interrupt charges.</summary>
    public static readonly PerCpu<ptr<mem_cgroup>>* int_active_memcg = DEFINE_PER_CPU<ptr<mem_cgroup>>();

    // Set on the command line: no accounting of sockets, of kernel memory, of BPF.
    private static bool cgroup_memory_nosocket;
    private static bool cgroup_memory_nokmem;
    private static bool cgroup_memory_nobpf;

    private static kmem_cache* memcg_cachep;
    private static kmem_cache* memcg_pn_cachep;

    private static readonly wait_queue_head* memcg_cgwb_frn_waitq = bss<wait_queue_head>();

    [KernelSource(C, "task_is_dying", Parity.Full)]
    private static bool task_is_dying() =>
        tsk_is_oom_victim(current) || fatal_signal_pending(current) ||
        (current->flags & PF_EXITING) != 0;

    [KernelSource(C, "memcg_to_vmpressure", Parity.Full)]
    public static vmpressure* memcg_to_vmpressure(mem_cgroup* memcg)
    {
        if (memcg == null)
            memcg = root_mem_cgroup;
        return &memcg->vmpressure;
    }

    [KernelSource(C, "vmpressure_to_memcg", Parity.Full)]
    public static mem_cgroup* vmpressure_to_memcg(vmpressure* vmpr) =>
        container_of<mem_cgroup>(vmpr, &((mem_cgroup*)nowhere)->vmpressure);

    private const int SEQ_BUF_SIZE = 4096;
    private const int CURRENT_OBJCG_UPDATE_BIT = 0;
    private const ulong CURRENT_OBJCG_UPDATE_FLAG = 1UL << CURRENT_OBJCG_UPDATE_BIT;

    // Guards objcg->list and memcg->objcg_list.
    [LockClass(HardIrq = true)]
    private static readonly spinlock_t* objcg_lock = bss<spinlock_t>();

    [KernelSource(C, "mem_cgroup_kmem_disabled", Parity.Full)]
    public static bool mem_cgroup_kmem_disabled() => cgroup_memory_nokmem;

    /// <summary>The last object of a bucket is gone. Comes from any context and must not sleep.</summary>
    [KernelSource(C, "obj_cgroup_release", Parity.Full)]
    [AtomicContext]
    [Excludes("objcg_lock")]
    private static void obj_cgroup_release(percpu_ref* @ref)
    {
        obj_cgroup* objcg = container_of<obj_cgroup>(@ref, &((obj_cgroup*)nowhere)->refcnt);
        uint nr_bytes;
        uint nr_pages;

        // Every object has given its bytes back, but stocks on several CPUs may have left parts of pages here: what is
        // left adds up to whole pages, which nobody else is going to uncharge.
        nr_bytes = (uint)atomic_read(&objcg->nr_charged_bytes);
        WARN_ON_ONCE((nr_bytes & (PAGE_SIZE - 1)) != 0);
        nr_pages = nr_bytes >> PAGE_SHIFT;

        if (nr_pages != 0)
        {
            mem_cgroup* memcg;

            memcg = get_mem_cgroup_from_objcg(objcg);
            mod_memcg_state(memcg, MEMCG_KMEM, -(int)nr_pages);
            memcg1_account_kmem(memcg, -(int)nr_pages);
            if (!mem_cgroup_is_root(memcg))
                memcg_uncharge(memcg, nr_pages);
            mem_cgroup_put(memcg);
        }

        spin_lock_irqsave(objcg_lock, out IrqFlags flags);
        list_del(&objcg->list);
        spin_unlock_irqrestore(objcg_lock, flags);

        percpu_ref_exit(@ref);
        kfree_rcu(objcg, &objcg->rcu);
    }

    [KernelSource(C, "obj_cgroup_alloc", Parity.Full)]
    [ReturnsOwned]
    private static obj_cgroup* obj_cgroup_alloc()
    {
        obj_cgroup* objcg;
        int ret;

        objcg = (obj_cgroup*)kzalloc((ulong)sizeof(obj_cgroup), GFP_KERNEL);
        if (objcg == null)
            return null;

        ret = percpu_ref_init(&objcg->refcnt, &obj_cgroup_release, 0,
            GFP_KERNEL);
        if (ret != 0)
        {
            kfree(objcg);
            return null;
        }
        INIT_LIST_HEAD(&objcg->list);
        return objcg;
    }

    /// <summary>Hands the buckets of a dying group, its own and those it inherited, to the parent.</summary>
    [KernelSource(C, "memcg_reparent_objcgs", Parity.Full)]
    [Excludes("objcg_lock")]
    private static void memcg_reparent_objcgs(mem_cgroup* memcg, mem_cgroup* parent)
    {
        obj_cgroup* objcg, iter;

        objcg = rcu_replace_pointer(&memcg->objcg, null, true);

        spin_lock_irq(objcg_lock);

        // The group's own bucket first, then all of them are pointed at the parent, then moved.
        list_add(&objcg->list, &memcg->objcg_list);
        for (list_head* p = memcg->objcg_list.next; p != &memcg->objcg_list; p = p->next)
        {
            iter = container_of<obj_cgroup>(p, &((obj_cgroup*)nowhere)->list);
            WRITE_ONCE(&iter->memcg, parent);
        }
        list_splice(&memcg->objcg_list, &parent->objcg_list);

        spin_unlock_irq(objcg_lock);

        percpu_ref_kill(&objcg->refcnt);
    }

    // Turned on with the first group that accounts kernel memory, and never off again.
    public static readonly static_key* memcg_kmem_online_key = bss<static_key>();

    public static readonly static_key* memcg_bpf_enabled_key = bss<static_key>();

    /// <summary>The css that a folio is charged to: the writeback of its inode goes by it.</summary>
    [KernelSource(C, "mem_cgroup_css_from_folio", Parity.Full)]
    public static cgroup_subsys_state* mem_cgroup_css_from_folio(folio* folio)
    {
        mem_cgroup* memcg = folio_memcg(folio);

        if (memcg == null || !cgroup_subsys_on_dfl(memory_cgrp_subsys))
            memcg = root_mem_cgroup;

        return &memcg->css;
    }

    /// <summary>The number of the group that a page is charged to, or of the next one above it that is there; 0 for none.</summary>
    [KernelSource(C, "page_cgroup_ino", Parity.Full)]
    public static ulong page_cgroup_ino(page* page)
    {
        ulong ino = 0;

        rcu_read_lock();
        // The page may be freed meanwhile: so may the group whose number this is.
        mem_cgroup* memcg = folio_memcg_check(page_folio(page));

        while (memcg != null && (memcg->css.flags & CSS_ONLINE) == 0)
            memcg = parent_mem_cgroup(memcg);
        if (memcg != null)
            ino = cgroup_ino(memcg->css.cgroup);
        rcu_read_unlock();
        return ino;
    }

    // The node statistics that are kept for each group as well. Nothing else may be counted on a lruvec. Those of huge
    // pages and of NUMA, which stay 0, are here because the recorded kernel has them, and prints them.
    private static ReadOnlySpan<byte> memcg_node_stat_items =>
    [
        NR_INACTIVE_ANON,
        NR_ACTIVE_ANON,
        NR_INACTIVE_FILE,
        NR_ACTIVE_FILE,
        NR_UNEVICTABLE,
        NR_SLAB_RECLAIMABLE_B,
        NR_SLAB_UNRECLAIMABLE_B,
        WORKINGSET_REFAULT_ANON,
        WORKINGSET_REFAULT_FILE,
        WORKINGSET_ACTIVATE_ANON,
        WORKINGSET_ACTIVATE_FILE,
        WORKINGSET_RESTORE_ANON,
        WORKINGSET_RESTORE_FILE,
        WORKINGSET_NODERECLAIM,
        NR_ANON_MAPPED,
        NR_FILE_MAPPED,
        NR_FILE_PAGES,
        NR_FILE_DIRTY,
        NR_WRITEBACK,
        NR_SHMEM,
        NR_SHMEM_THPS,
        NR_FILE_THPS,
        NR_ANON_THPS,
        NR_KERNEL_STACK_KB,
        NR_PAGETABLE,
        NR_SECONDARY_PAGETABLE,
        NR_SWAPCACHE,
        PGPROMOTE_SUCCESS,
        PGDEMOTE_KSWAPD,
        PGDEMOTE_DIRECT,
        PGDEMOTE_KHUGEPAGED,
        PGDEMOTE_PROACTIVE,
        NR_HUGETLB,
    ];

    private static ReadOnlySpan<byte> memcg_stat_items =>
    [
        MEMCG_SWAP,
        MEMCG_SOCK,
        MEMCG_PERCPU_B,
        MEMCG_VMALLOC,
        MEMCG_KMEM,
        MEMCG_ZSWAP_B,
        MEMCG_ZSWAPPED,
    ];

    internal const int NR_MEMCG_NODE_STAT_ITEMS = 33;
    internal const int MEMCG_VMSTAT_SIZE = NR_MEMCG_NODE_STAT_ITEMS + 7;

    [KernelSource(C, "BAD_STAT_IDX", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool BAD_STAT_IDX(int index) => (uint)index >= U8_MAX;

    // Where each item stands in the arrays; U8_MAX for one that is not kept.
    private static readonly byte* mem_cgroup_stats_index = bss<byte>(MEMCG_NR_STAT);

    [KernelSource(C, "init_memcg_stats", Parity.Full)]
    private static void init_memcg_stats()
    {
        byte i, j = 0;

        BUG_ON(MEMCG_NR_STAT >= U8_MAX);
        BUG_ON(memcg_node_stat_items.Length != NR_MEMCG_NODE_STAT_ITEMS);
        BUG_ON(memcg_stat_items.Length != MEMCG_VMSTAT_SIZE - NR_MEMCG_NODE_STAT_ITEMS);

        Unsafe.InitBlock(mem_cgroup_stats_index, U8_MAX, MEMCG_NR_STAT);

        for (i = 0; i < NR_MEMCG_NODE_STAT_ITEMS; ++i, ++j)
            mem_cgroup_stats_index[memcg_node_stat_items[i]] = j;

        for (i = 0; i < memcg_stat_items.Length; ++i, ++j)
            mem_cgroup_stats_index[memcg_stat_items[i]] = j;
    }

    [KernelSource(C, "memcg_stats_index", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int memcg_stats_index(int idx) => mem_cgroup_stats_index[idx];

    /// <summary>A group's statistic of one node, descendants included, as of the last flush.</summary>
    [KernelSource(C, "lruvec_page_state", Parity.Full)]
    public static ulong lruvec_page_state(lruvec* lruvec, node_stat_item idx)
    {
        mem_cgroup_per_node* pn;
        long x;
        int i;

        if (mem_cgroup_disabled())
            return node_page_state(lruvec_pgdat(lruvec), idx);

        i = memcg_stats_index(idx);
        if (WARN_ONCE(BAD_STAT_IDX(i), "lruvec_page_state: missing stat item"))
            return 0;

        pn = container_of<mem_cgroup_per_node>(lruvec, &((mem_cgroup_per_node*)nowhere)->lruvec);
        x = READ_ONCE(&pn->lruvec_stats->state[i]);
        if (x < 0)
            x = 0;
        return (ulong)x;
    }

    /// <summary>A group's statistic of one node, of the group alone, as of the last flush.</summary>
    [KernelSource(C, "lruvec_page_state_local", Parity.Full)]
    public static ulong lruvec_page_state_local(lruvec* lruvec, node_stat_item idx)
    {
        mem_cgroup_per_node* pn;
        long x;
        int i;

        if (mem_cgroup_disabled())
            return node_page_state(lruvec_pgdat(lruvec), idx);

        i = memcg_stats_index(idx);
        if (WARN_ONCE(BAD_STAT_IDX(i), "lruvec_page_state_local: missing stat item"))
            return 0;

        pn = container_of<mem_cgroup_per_node>(lruvec, &((mem_cgroup_per_node*)nowhere)->lruvec);
        x = READ_ONCE(&pn->lruvec_stats->state_local[i]);
        if (x < 0)
            x = 0;
        return (ulong)x;
    }

    // The VM events that are kept for each group.
    private static ReadOnlySpan<byte> memcg_vm_event_stat =>
    [
        PSWPIN,
        PSWPOUT,
        PGSCAN_KSWAPD,
        PGSCAN_DIRECT,
        PGSCAN_KHUGEPAGED,
        PGSCAN_PROACTIVE,
        PGSTEAL_KSWAPD,
        PGSTEAL_DIRECT,
        PGSTEAL_KHUGEPAGED,
        PGSTEAL_PROACTIVE,
        PGFAULT,
        PGMAJFAULT,
        PGREFILL,
        PGACTIVATE,
        PGDEACTIVATE,
        PGLAZYFREE,
        PGLAZYFREED,
        SWPIN_ZERO,
        SWPOUT_ZERO,
        ZSWPIN,
        ZSWPOUT,
        ZSWPWB,
        THP_FAULT_ALLOC,
        THP_COLLAPSE_ALLOC,
        THP_SWPOUT,
        THP_SWPOUT_FALLBACK,
        NUMA_PAGE_MIGRATE,
        NUMA_PTE_UPDATES,
        NUMA_HINT_FAULTS,
    ];

    internal const int NR_MEMCG_EVENTS = 29;

    private static readonly byte* mem_cgroup_events_index = bss<byte>(NR_VM_EVENT_ITEMS);

    [KernelSource(C, "init_memcg_events", Parity.Full)]
    private static void init_memcg_events()
    {
        byte i;

        BUG_ON(NR_VM_EVENT_ITEMS >= U8_MAX);
        BUG_ON(memcg_vm_event_stat.Length != NR_MEMCG_EVENTS);

        Unsafe.InitBlock(mem_cgroup_events_index, U8_MAX, NR_VM_EVENT_ITEMS);

        for (i = 0; i < NR_MEMCG_EVENTS; ++i)
            mem_cgroup_events_index[memcg_vm_event_stat[i]] = i;
    }

    [KernelSource(C, "memcg_events_index", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int memcg_events_index(vm_event_item idx) => mem_cgroup_events_index[idx];

    // Statistics are flushed on demand when enough has changed, and every two seconds anyway, so that a reader who does
    // not flush is off by no more than that.
    private static readonly delayed_work* stats_flush_dwork = bss<delayed_work>();
    private static u64 flush_last_time;

    private const ulong FLUSH_TIME = 2UL * HZ;

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->stats_updates")]
    private static PerCpu<uint>* stats_updates_of(PerCpu<memcg_vmstats_percpu>* p) => percpu_member(p, ref layout_of(p).stats_updates);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->state")]
    private static PerCpu<long>* state_of(PerCpu<memcg_vmstats_percpu>* p) => percpu_member(p, ref layout_of(p).state[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->events")]
    private static PerCpu<ulong>* events_of(PerCpu<memcg_vmstats_percpu>* p) => percpu_member(p, ref layout_of(p).events[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->state")]
    private static PerCpu<long>* state_of(PerCpu<lruvec_stats_percpu>* p) => percpu_member(p, ref layout_of(p).state[0]);

    [KernelSource(C, "memcg_vmstats_needs_flush", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool memcg_vmstats_needs_flush(memcg_vmstats* vmstats) =>
        (uint)atomic_read(&vmstats->stats_updates) >
        MEMCG_CHARGE_BATCH * (uint)num_online_cpus();

    /// <summary>Counts a change on the way up the tree, as far as somebody would still care to flush for it.</summary>
    [KernelSource(C, "memcg_rstat_updated", Parity.Full)]
    [RequiresPreemptOff]
    private static void memcg_rstat_updated(mem_cgroup* memcg, int val, int cpu)
    {
        PerCpu<memcg_vmstats_percpu>* statc_pcpu;
        memcg_vmstats_percpu* statc;
        uint stats_updates;

        if (val == 0)
            return;

        css_rstat_updated(&memcg->css, cpu);
        statc_pcpu = memcg->vmstats_percpu;
        for (; statc_pcpu != null; statc_pcpu = statc->parent_pcpu)
        {
            statc = this_cpu_ptr(statc_pcpu);

            // Over the threshold here: then the ancestors, who count at least as much, are as well.
            if (memcg_vmstats_needs_flush(statc->vmstats))
                break;

            stats_updates = this_cpu_add_return(stats_updates_of(statc_pcpu),
                (uint)abs(val));
            if (stats_updates < MEMCG_CHARGE_BATCH)
                continue;

            stats_updates = this_cpu_xchg(stats_updates_of(statc_pcpu), 0u);
            atomic_add((int)stats_updates, &statc->vmstats->stats_updates);
        }
    }

    [KernelSource(C, "__mem_cgroup_flush_stats", Parity.Full)]
    private static void __mem_cgroup_flush_stats(mem_cgroup* memcg, bool force)
    {
        bool needs_flush = memcg_vmstats_needs_flush(memcg->vmstats);

        if (!force && !needs_flush)
            return;

        if (mem_cgroup_is_root(memcg))
            WRITE_ONCE(ref flush_last_time, jiffies);

        css_rstat_flush(&memcg->css);
    }

    /// <summary>Brings a subtree's statistics up to date if enough of them has changed. May sleep.</summary>
    [KernelSource(C, "mem_cgroup_flush_stats", Parity.Full)]
    public static void mem_cgroup_flush_stats(mem_cgroup* memcg)
    {
        if (mem_cgroup_disabled())
            return;

        if (memcg == null)
            memcg = root_mem_cgroup;

        __mem_cgroup_flush_stats(memcg, false);
    }

    /// <summary>As mem_cgroup_flush_stats(), but only when the periodic flusher is late.</summary>
    [KernelSource(C, "mem_cgroup_flush_stats_ratelimited", Parity.Full)]
    public static void mem_cgroup_flush_stats_ratelimited(mem_cgroup* memcg)
    {
        if (time_after64(jiffies, READ_ONCE(ref flush_last_time) + 2 * FLUSH_TIME))
            mem_cgroup_flush_stats(memcg);
    }

    [KernelSource(C, "flush_memcg_stats_dwork", Parity.Full)]
    private static void flush_memcg_stats_dwork(work_struct* w)
    {
        // Forced, so that what stays below the threshold becomes visible in the end.
        __mem_cgroup_flush_stats(root_mem_cgroup, true);
        queue_delayed_work(system_unbound_wq, stats_flush_dwork, FLUSH_TIME);
    }

    /// <summary>A statistic of a group and its descendants, as of the last flush.</summary>
    [KernelSource(C, "memcg_page_state", Parity.Full)]
    public static ulong memcg_page_state(mem_cgroup* memcg, int idx)
    {
        long x;
        int i = memcg_stats_index(idx);

        if (WARN_ONCE(BAD_STAT_IDX(i), "memcg_page_state: missing stat item"))
            return 0;

        x = READ_ONCE(&memcg->vmstats->state[i]);
        if (x < 0)
            x = 0;
        return (ulong)x;
    }

    /// <summary>How much a change counts against the flush threshold: in pages, and never nothing.</summary>
    [KernelSource(C, "memcg_state_val_in_pages", Parity.Full)]
    private static int memcg_state_val_in_pages(int idx, int val)
    {
        int unit = memcg_page_state_unit(idx);

        if (val == 0 || unit == (int)PAGE_SIZE)
            return val;
        else
            // The product is an int and the division unsigned long: a negative change becomes a huge number, and what
            // is left of it in an int is what the kernel counts.
            return (int)max(unchecked((ulong)(long)(val * unit)) / PAGE_SIZE, 1UL);
    }

    /// <summary>Changes a statistic that has no node.</summary>
    [KernelSource(C, "mod_memcg_state", Parity.Full)]
    public static void mod_memcg_state(mem_cgroup* memcg, int idx, int val)
    {
        int i = memcg_stats_index(idx);
        int cpu;

        if (mem_cgroup_disabled())
            return;

        if (WARN_ONCE(BAD_STAT_IDX(i), "mod_memcg_state: missing stat item"))
            return;

        cpu = get_cpu();

        this_cpu_add(&state_of(memcg->vmstats_percpu)[i], val);
        val = memcg_state_val_in_pages(idx, val);
        memcg_rstat_updated(memcg, val, cpu);

        put_cpu();
    }

    [KernelSource(C, "mod_memcg_lruvec_state", Parity.Full)]
    private static void mod_memcg_lruvec_state(lruvec* lruvec, node_stat_item idx, int val)
    {
        mem_cgroup_per_node* pn;
        mem_cgroup* memcg;
        int i = memcg_stats_index(idx);
        int cpu;

        if (WARN_ONCE(BAD_STAT_IDX(i), "mod_memcg_lruvec_state: missing stat item"))
            return;

        pn = container_of<mem_cgroup_per_node>(lruvec, &((mem_cgroup_per_node*)nowhere)->lruvec);
        memcg = pn->memcg;

        cpu = get_cpu();

        this_cpu_add(&state_of(memcg->vmstats_percpu)[i], val);
        this_cpu_add(&state_of(pn->lruvec_stats_percpu)[i], val);

        val = memcg_state_val_in_pages(idx, val);
        memcg_rstat_updated(memcg, val, cpu);

        put_cpu();
    }

    /// <summary>Changes a statistic of a lruvec and of its node. Interrupts are off where the item is changed in interrupts.</summary>
    [KernelSource(C, "__mod_lruvec_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __mod_lruvec_state(lruvec* lruvec, node_stat_item idx, int val)
    {
        __mod_node_page_state(lruvec_pgdat(lruvec), idx, val);

        if (!mem_cgroup_disabled())
            mod_memcg_lruvec_state(lruvec, idx, val);
    }

    [KernelSource(C, "__lruvec_stat_mod_folio", Parity.Full)]
    [RequiresPreemptOff]
    public static void __lruvec_stat_mod_folio(folio* folio, node_stat_item idx, int val)
    {
        mem_cgroup* memcg;
        pglist_data* pgdat = folio_pgdat(folio);
        lruvec* lruvec;

        rcu_read_lock();
        memcg = folio_memcg(folio);
        // What is not charged counts for the node alone.
        if (memcg == null)
        {
            rcu_read_unlock();
            __mod_node_page_state(pgdat, idx, val);
            return;
        }

        lruvec = mem_cgroup_lruvec(memcg, pgdat);
        __mod_lruvec_state(lruvec, idx, val);
        rcu_read_unlock();
    }

    [KernelSource(C, "__mod_lruvec_kmem_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __mod_lruvec_kmem_state(void* p, node_stat_item idx, int val)
    {
        pglist_data* pgdat = page_pgdat(virt_to_page(p));
        mem_cgroup* memcg;
        lruvec* lruvec;

        rcu_read_lock();
        memcg = mem_cgroup_from_slab_obj(p);

        // Without an owner it counts for the node alone.
        if (memcg == null)
        {
            __mod_node_page_state(pgdat, idx, val);
        }
        else
        {
            lruvec = mem_cgroup_lruvec(memcg, pgdat);
            __mod_lruvec_state(lruvec, idx, val);
        }
        rcu_read_unlock();
    }

    /// <summary>Counts VM events of a group.</summary>
    [KernelSource(C, "count_memcg_events", Parity.Full)]
    public static void count_memcg_events(mem_cgroup* memcg, vm_event_item idx, ulong count)
    {
        int i = memcg_events_index(idx);
        int cpu;

        if (mem_cgroup_disabled())
            return;

        if (WARN_ONCE(BAD_STAT_IDX(i), "count_memcg_events: missing stat item"))
            return;

        cpu = get_cpu();

        this_cpu_add(&events_of(memcg->vmstats_percpu)[i], count);
        memcg_rstat_updated(memcg, (int)count, cpu);

        put_cpu();
    }

    [KernelSource(C, "memcg_events", Parity.Full)]
    public static ulong memcg_events(mem_cgroup* memcg, int @event)
    {
        int i = memcg_events_index(@event);

        if (WARN_ONCE(BAD_STAT_IDX(i), "memcg_events: missing stat item"))
            return 0;

        return READ_ONCE(&memcg->vmstats->events[i]);
    }
}
