// SPDX-License-Identifier: GPL-2.0-only
// Groups, folios, LRU lists and the swap device: as much of each as the corpora touch.
namespace Linux;

public struct percpu_ref
{
    public ulong count;
}

public struct kref
{
    public atomic_t refcount;
}

public struct page_counter
{
    public atomic_long_t usage;
    [Marked] public ulong max;
    [Marked] public ulong high;
    [Marked] public ulong watermark;
}

public unsafe struct cgroup_subsys_state
{
    public percpu_ref refcnt;
    public int id;
    public cgroup_subsys_state* parent;
}

public struct mem_cgroup_id
{
    public int id;
}

public unsafe struct mem_cgroup
{
    public cgroup_subsys_state css;
    public mem_cgroup_id id;
    public page_counter memory;
    public page_counter swap;
    public mutex flush_lock;
    [GuardedBy("this->flush_lock")] public ulong flushed_at;
    public spinlock_t peaks_lock;
    [GuardedBy("this->peaks_lock")] public list_head memory_peaks;
    [Marked] public ulong zswap_max;
    [Marked] public int swappiness;
    public int kmemcg_id;
    public Rcu<obj_cgroup>* objcg;
    [GuardedBy("linux_memcontrol_h.objcg_lock")] public list_head objcg_list;
    public Rcu<mem_cgroup_threshold_ary>* thresholds;
    public PerCpu<memcg_vmstats_percpu>* vmstats_percpu;
    public atomic_t oom_wakeups;
}

public unsafe struct obj_cgroup
{
    public percpu_ref refcnt;
    [RcuProtected(Or = new[] { "linux_memcontrol_h.objcg_lock" })] public Rcu<mem_cgroup>* memcg;
    public atomic_t nr_charged_bytes;
    [GuardedBy("linux_memcontrol_h.objcg_lock")] public list_head list;
    public rcu_head rcu;
}

public unsafe struct mem_cgroup_threshold_ary
{
    public ulong first;
    public void* eventfd;
}

public struct memcg_vmstats_percpu
{
    public long state;
    public long events;
}

public unsafe struct memcg_stock_pcp
{
    public local_trylock_t @lock;
    public uint nr_pages;
    public mem_cgroup* cached;
    public work_struct work;
    public ulong flags;
}

public unsafe struct obj_stock_pcp
{
    public local_trylock_t @lock;
    public uint nr_bytes;
    public obj_cgroup* cached_objcg;
    public ulong flags;
}

public unsafe struct lruvec
{
    [LockClass(HardIrq = true)] public spinlock_t lru_lock;
    [GuardedBy("this->lru_lock")] public list_head lists;
    [GuardedBy("this->lru_lock")] public ulong nr;
}

[LockMember("PG_locked", Kind = LockKind.Mutex)]
public unsafe struct folio
{
    [Marked] public ulong flags;
    public list_head lru;
    public address_space* mapping;
    public ulong index;
    public atomic_t _refcount;
    [Marked] public ulong memcg_data;
    public mem_cgroup* memcg;
}

public static unsafe class linux_cgroup_h
{
    public static readonly mutex* cgroup_mutex = bss<mutex>();

    public static readonly void* memory_cgrp_subsys = null;

    [GetsRef("css")] public static void css_get(cgroup_subsys_state* css) { }

    [TryGetsRef(Result.True, "css")] public static bool css_tryget(cgroup_subsys_state* css) => true;

    [TryGetsRef(Result.True, "css")] public static bool css_tryget_online(cgroup_subsys_state* css) => true;

    [PutsRef("css")] public static void css_put(cgroup_subsys_state* css) { }

    [RcuReadSection, ReturnsBorrowed] public static cgroup_subsys_state* css_from_id(int id, void* ss) => null;
}

public static unsafe class linux_memcontrol_h
{
    public const int NR_ANON_MAPPED = 0, MEM_CGROUP_ID_MAX = 65535, MEMCG_SWAP = 1;

    [LockClass(HardIrq = true)] public static readonly spinlock_t* objcg_lock = bss<spinlock_t>();

    public static readonly mutex* memcg_shrinker_map_mutex = bss<mutex>();

    [PerCpu(Lock = "linux_memcontrol_h.memcg_stock->lock", Remote = true)] public static readonly PerCpu<memcg_stock_pcp>* memcg_stock = DEFINE_PER_CPU<memcg_stock_pcp>();

    [PerCpu(Lock = "linux_memcontrol_h.obj_stock->lock")] public static readonly PerCpu<obj_stock_pcp>* obj_stock = DEFINE_PER_CPU<obj_stock_pcp>();

    [ReturnsAddressOf("p->lock")] public static PerCpu<local_trylock_t>* lock_of(PerCpu<memcg_stock_pcp>* p) => percpu_member(p, ref layout_of(p).@lock);

    [ReturnsAddressOf("p->lock")] public static PerCpu<local_trylock_t>* lock_of(PerCpu<obj_stock_pcp>* p) => percpu_member(p, ref layout_of(p).@lock);

    [ReturnsAddressOf("p->state")] public static PerCpu<long>* state_of(PerCpu<memcg_vmstats_percpu>* p) => percpu_member(p, ref layout_of(p).state);

    [ReturnsAddressOf("p->events")] public static PerCpu<long>* events_of(PerCpu<memcg_vmstats_percpu>* p) => percpu_member(p, ref layout_of(p).events);

    public static readonly mem_cgroup* root_mem_cgroup = bss<mem_cgroup>();

    public static bool mem_cgroup_is_root(mem_cgroup* memcg) => memcg == root_mem_cgroup;

    public static bool mem_cgroup_disabled() => false;

    public static bool mem_cgroup_is_descendant(mem_cgroup* memcg, mem_cgroup* root) => true;

    public static mem_cgroup* parent_mem_cgroup(mem_cgroup* memcg) => null;

    public static ulong memcg_page_state(mem_cgroup* memcg, int idx) => 0;

    public static ulong page_counter_read(page_counter* counter) => 0;

    public static bool page_counter_try_charge(page_counter* counter, ulong nr) => true;

    public static void page_counter_charge(page_counter* counter, ulong nr) { }

    public static void page_counter_uncharge(page_counter* counter, ulong nr) { }

    [Iterates("prev"), ReturnsOwned] public static mem_cgroup* mem_cgroup_iter(mem_cgroup* root, mem_cgroup* prev, void* reclaim) => null;

    [BreaksIteration("prev")] public static void mem_cgroup_iter_break(mem_cgroup* root, mem_cgroup* prev) { }

    [ReturnsOwned] public static mem_cgroup* get_mem_cgroup_from_mm(mm_struct* mm) => null;

    [RcuReadSection, ReturnsBorrowed] public static mem_cgroup* mem_cgroup_from_id(int id) => null;

    [RcuReadSection, ReturnsBorrowed] public static mem_cgroup* mem_cgroup_from_task(task_struct* task) => null;

    [RcuReadSection, ReturnsBorrowed] public static mem_cgroup* mem_cgroup_from_slab_obj(void* p) => null;

    public static mem_cgroup* folio_memcg(folio* folio) => folio->memcg;

    [TryGetsRef(Result.True, "memcg")] public static bool mem_cgroup_tryget(mem_cgroup* memcg) => true;

    [PutsRef("memcg")] public static void mem_cgroup_put(mem_cgroup* memcg) { }

    [GetsRef("objcg")] public static void obj_cgroup_get(obj_cgroup* objcg) { }

    [TryGetsRef(Result.True, "objcg")] public static bool obj_cgroup_tryget(obj_cgroup* objcg) => true;

    [PutsRef("objcg", MayTake = new[] { "linux_memcontrol_h.obj_stock->lock", "linux_memcontrol_h.objcg_lock" })]
    public static void obj_cgroup_put(obj_cgroup* objcg) { }

    [MustHoldAny("rcu", "linux_cgroup_h.cgroup_mutex"), ReturnsBorrowed] public static mem_cgroup* obj_cgroup_memcg(obj_cgroup* objcg) => rcu_dereference_check(&objcg->memcg, true);

    [MightSleepIf("gfp")] public static int try_charge_memcg(mem_cgroup* memcg, gfp_t gfp, uint nr_pages) => 0;

    [MightSleep] public static void css_rstat_flush(cgroup_subsys_state* css) { }

    public static void css_rstat_updated(cgroup_subsys_state* css, int cpu) { }

    [MightSleep, EntersReclaim] public static ulong try_to_free_mem_cgroup_pages(mem_cgroup* memcg, ulong nr, gfp_t gfp) => 0;

    public static void select_bad_process(mem_cgroup* memcg) { }

    [MightSleep] public static int memcg_expand_one_shrinker_map(mem_cgroup* memcg, int id) => 0;

    public static void eventfd_signal(void* ctx) { }

    [MustHold("lruvec->lru_lock")] public static void lruvec_add_folio(lruvec* lruvec, folio* folio) { }

    [MustHold("lruvec->lru_lock")] public static void lruvec_add_folio_tail(lruvec* lruvec, folio* folio) { }

    [MustHold("lruvec->lru_lock")] public static void lruvec_del_folio(lruvec* lruvec, folio* folio) { }

    public static lruvec* folio_lruvec(folio* folio) => null;

    public static lruvec* mem_cgroup_lruvec(mem_cgroup* memcg) => null;

    [AcquiresReturn("lru_lock"), PreemptAdjust(1)] public static lruvec* folio_lruvec_lock(folio* folio) => null;

    [AcquiresReturn("lru_lock"), PreemptAdjust(1), IrqDisable] public static lruvec* folio_lruvec_lock_irq(folio* folio) => null;

    [AcquiresReturn("lru_lock"), PreemptAdjust(1), IrqSave("flags")]
    public static lruvec* folio_lruvec_lock_irqsave(folio* folio, out IrqFlags flags)
    {
        flags = default;
        return null;
    }

    [Releases("lruvec->lru_lock"), PreemptAdjust(-1)] public static void unlock_page_lruvec(lruvec* lruvec) { }

    [Releases("lruvec->lru_lock"), PreemptAdjust(-1), IrqEnable] public static void unlock_page_lruvec_irq(lruvec* lruvec) { }

    [Releases("lruvec->lru_lock"), PreemptAdjust(-1), IrqRestore("flags")] public static void unlock_page_lruvec_irqrestore(lruvec* lruvec, IrqFlags flags) { }

    [HandsOver("locked->lru_lock", "return->lru_lock")] public static lruvec* folio_lruvec_relock_irq(folio* folio, lruvec* locked) => null;
}

public struct list_lru_one
{
    public spinlock_t @lock;
    [GuardedBy("this->lock")] public list_head list;
    [GuardedBy("this->lock")] public long nr_items;
}

public unsafe struct map_walk
{
    [Stable] public list_lru_one* lru;
    [Stable] public uint flags;
    public long* items;
    public spinlock_t* ptl;
}

public unsafe struct list_lru
{
    public list_lru_one* node;
    public bool memcg_aware;
}

public unsafe struct swap_cluster_info
{
    public spinlock_t @lock;
    [GuardedBy("this->lock")] public ushort count;
    [GuardedBy("this->lock")] public byte flags;
    [RcuProtected(Or = new[] { "this->lock" })] public Rcu<ulong>* table;
    public list_head list;
}

public unsafe struct swap_info_struct
{
    public percpu_ref users;
    public spinlock_t @lock;
    [GuardedBy("this->lock")] public list_head free_clusters;
    [GuardedBy("this->lock")] public ulong inuse;
    [WriteGuardedBy("this->lock")] public ulong flags;
    public swap_cluster_info* cluster_info;
}

public static unsafe class linux_swap_h
{
    public const ulong SWP_WRITEOK = 2;

    [LockClass("swap_lock")] public static readonly spinlock_t* swap_lock = bss<spinlock_t>();

    [ReturnsOwned] public static swap_info_struct* get_swap_device(ulong entry) => null;

    [PutsRef("si")] public static void put_swap_device(swap_info_struct* si) { }

    [AcquiresReturn("lock"), PreemptAdjust(1)] public static swap_cluster_info* swap_cluster_lock(swap_info_struct* si, ulong offset) => null;

    [Releases("ci->lock"), PreemptAdjust(-1)] public static void swap_cluster_unlock(swap_cluster_info* ci) { }

    [TryAcquires(Result.NonNull, "return->lock"), PreemptAdjust(1)] public static swap_cluster_info* isolate_lock_cluster(swap_info_struct* si, list_head* list) => null;

    [MustHoldAny("rcu", "lru->node->lock")] public static bool list_lru_add(list_lru* lru, list_head* item, int nid, mem_cgroup* memcg) => true;

    [Acquires("l->lock"), PreemptAdjust(1), IrqDisable(When = "irq")] public static void lock_list_lru(list_lru_one* l, bool irq) { }

    [TryReleases(Result.Zero, "l->lock", When = "unlock")] public static int drain_list_lru(list_lru_one* l, bool unlock) => 0;

    [Acquires("l->lock", When = "irq"), IrqDisable(When = "irq")] public static void lock_list_lru_if(list_lru_one* l, bool irq) { }

    [Releases("l->lock", When = "irq"), IrqEnable(When = "irq")] public static void unlock_list_lru_if(list_lru_one* l, bool irq) { }

    [AcquiresReturn("lock")] public static list_lru_one* lock_some_list_lru(int id) => null;

    [MustHold("l->lock"), MightSleep] public static void wait_for_list_lru(list_lru_one* l) { }

    [TryAcquires(Result.NonNull, "*lockp", Class = "list_lru_one.lock"), PreemptAdjust(1)] public static long* map_items(int id, spinlock_t** lockp) => null;

    [Releases("l->lock"), PreemptAdjust(-1), IrqEnable(When = "irq")] public static void unlock_list_lru(list_lru_one* l, bool irq) { }
}
