// SPDX-License-Identifier: GPL-2.0-only
// The rest of what a kernel function calls: memory, lists, READ_ONCE, per-CPU data, tasks, works.
namespace Linux;

public static unsafe class linux_kernel_h
{
    public const int EBUSY = 16, ENOMEM = 12, EINVAL = 22, EAGAIN = 11, EINTR = 4, ENOENT = 2;

    /// <summary>An address that is never read.</summary>
    public static readonly byte* nowhere = bss<byte>();

    public static T* bss<T>() where T : unmanaged => null;

    public static T* container_of<T>(void* member, void* at) where T : unmanaged => (T*)((byte*)member - ((byte*)at - nowhere));

    [NeverReturns] public static void BUG() { }

    [NeverReturns(When = "condition")] public static void BUG_ON(bool condition) { }

    [Acquires("pagefault_off")] public static void pagefault_disable() { }

    [Releases("pagefault_off")] public static void pagefault_enable() { }

    [MightSleep, FailsUnder("pagefault_off")] public static void copy_from_user(void* to) { }

    [Stable(SameObject = true)] public static bool unlikely(bool condition) => condition;

    [ErrorPointer] public static bool IS_ERR(void* ptr) => false;

    [ErrorPointer] public static void* ERR_PTR(long error) => (void*)error;

    public static void VM_BUG_ON(bool condition) { }

    public static bool WARN_ON(bool condition) => condition;

    [MightSleep] public static void might_sleep() { }

    [MightSleep] public static int cond_resched() => 0;

    [MightSleep] public static void msleep(uint ms) { }

    public static void cpu_relax() { }

    [AssumesHeld("l")] public static void lockdep_assert_held(spinlock_t* l) { }

    [AssumesHeld("l")] public static void lockdep_assert_held(mutex* l) { }

    [AssumesHeld("l")] public static void lockdep_assert_held(rw_semaphore* l) { }

    [AssumesHeld("l")] public static void lockdep_assert_held_write(rw_semaphore* l) { }

    public static ulong jiffies => 0;

    public static ulong min(ulong a, ulong b) => a < b ? a : b;
}

public static unsafe class linux_compiler_h
{
    [MarkedAccess(reads: true)] public static T READ_ONCE<T>(T* p) where T : unmanaged => *p;

    [MarkedAccess(reads: true)] public static T* READ_ONCE<T>(T** p) where T : unmanaged => *p;

    [MarkedAccess(reads: false, writes: true)] public static void WRITE_ONCE<T>(T* p, T v) where T : unmanaged => *p = v;

    [MarkedAccess(reads: false, writes: true)] public static void WRITE_ONCE<T>(T** p, T* v) where T : unmanaged => *p = v;

    [MarkedAccess(reads: true, writes: true)] public static ulong xchg(ulong* p, ulong v) => *p;

    [MarkedAccess(reads: true, writes: true)] public static T* xchg<T>(T** p, T* v) where T : unmanaged => *p;

    [MarkedAccess(reads: true, writes: true)] public static ulong cmpxchg(ulong* p, ulong old, ulong v) => *p;

    [MarkedAccess(reads: true)] public static ulong smp_load_acquire(ulong* p) => *p;

    [MarkedAccess(reads: false, writes: true)] public static void smp_store_release(ulong* p, ulong v) => *p = v;

    [MarkedAccess(reads: true, writes: true)] public static void set_bit(int nr, ulong* p) { }

    [MarkedAccess(reads: true, writes: true)] public static void clear_bit(int nr, ulong* p) { }

    [MarkedAccess(reads: true, writes: true)] public static bool test_and_set_bit(int nr, ulong* p) => false;

    [MarkedAccess(reads: true)] public static bool test_bit(int nr, ulong* p) => false;

    [Barrier] public static void smp_mb() { }

    [Barrier] public static void smp_wmb() { }

    [Barrier] public static void smp_rmb() { }

    public static T data_race<T>(T x) => x;

    public static int atomic_read(atomic_t* v) => v->counter;

    public static void atomic_inc(atomic_t* v) { }

    public static void atomic_dec(atomic_t* v) { }

    public static bool atomic_dec_and_test(atomic_t* v) => false;

    public static long atomic_long_read(atomic_long_t* v) => v->counter;

    public static void atomic_long_add(long i, atomic_long_t* v) { }

    public static long atomic_long_sub_return(long i, atomic_long_t* v) => 0;
}

public struct atomic_t
{
    public int counter;
}

public struct atomic_long_t
{
    public long counter;
}

public unsafe struct list_head
{
    public list_head* next;
    public list_head* prev;
}

public static unsafe class linux_list_h
{
    public static void INIT_LIST_HEAD(list_head* list) { }

    public static void list_add(list_head* @new, list_head* head) { }

    public static void list_add_tail(list_head* @new, list_head* head) { }

    public static void list_del(list_head* entry) { }

    public static void list_del_init(list_head* entry) { }

    public static void list_move(list_head* list, list_head* head) { }

    public static void list_move_tail(list_head* list, list_head* head) { }

    public static void list_splice_init(list_head* list, list_head* head) { }

    public static bool list_empty(list_head* head) => head->next == head;
}

public static unsafe class linux_gfp_h
{
    public const gfp_t __GFP_HIGH = 0x20, __GFP_DIRECT_RECLAIM = 0x400, __GFP_KSWAPD_RECLAIM = 0x800, __GFP_IO = 0x40, __GFP_FS = 0x80;
    public const gfp_t __GFP_NOWARN = 0x2000, __GFP_ZERO = 0x100, __GFP_ACCOUNT = 0x100000, __GFP_RECLAIM = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM;
    public const gfp_t GFP_ATOMIC = __GFP_HIGH | __GFP_KSWAPD_RECLAIM;
    public const gfp_t GFP_NOWAIT = __GFP_KSWAPD_RECLAIM | __GFP_NOWARN;
    public const gfp_t GFP_KERNEL = __GFP_RECLAIM | __GFP_IO | __GFP_FS;
    public const gfp_t GFP_NOFS = __GFP_RECLAIM | __GFP_IO;

    public static bool gfpflags_allow_blocking(gfp_t gfp) => (gfp & __GFP_DIRECT_RECLAIM) != 0;

    [MightSleepIf("flags"), ReturnsFresh] public static void* kmalloc(ulong size, gfp_t flags) => null;

    [MightSleepIf("flags"), ReturnsFresh] public static void* kzalloc(ulong size, gfp_t flags) => null;

    [MightSleepIf("flags"), ReturnsFresh] public static void* kmem_cache_alloc(void* cache, gfp_t flags) => null;

    [MightSleepIf("gfp")] public static folio* folio_alloc(gfp_t gfp, uint order) => null;

    [Frees("p")] public static void kfree(void* p) { }

    [MightSleep(ExceptInIrq = true)] public static void vfree(void* p) { }

    [MightSleep] public static void* vmalloc(ulong size) => null;
}

[ContextPrimitive]
public static unsafe class linux_percpu_h
{
    public static PerCpu<T>* DEFINE_PER_CPU<T>() where T : unmanaged => null;

    [PerCpuAccessor(PerCpuAccess.Raw)] public static PerCpu<TMember>* percpu_member<T, TMember>(PerCpu<T>* p, ref TMember member) where T : unmanaged where TMember : unmanaged => null;

    public static ref T layout_of<T>(PerCpu<T>* p) where T : unmanaged => ref *(T*)p;

    [PerCpuAccessor(PerCpuAccess.Local)] public static T* this_cpu_ptr<T>(PerCpu<T>* p) where T : unmanaged => (T*)p;

    [PerCpuAccessor(PerCpuAccess.Raw)] public static T* raw_cpu_ptr<T>(PerCpu<T>* p) where T : unmanaged => (T*)p;

    [PerCpuAccessor(PerCpuAccess.Remote)] public static T* per_cpu_ptr<T>(PerCpu<T>* p, int cpu) where T : unmanaged => (T*)p;

    [PerCpuAccessor(PerCpuAccess.Local), PreemptAdjust(1)] public static T* get_cpu_ptr<T>(PerCpu<T>* p) where T : unmanaged => (T*)p;

    [PreemptAdjust(-1)] public static void put_cpu_ptr<T>(PerCpu<T>* p) where T : unmanaged { }

    [PerCpuAccessor(PerCpuAccess.Once)] public static void this_cpu_add(PerCpu<long>* p, long v) { }

    [PerCpuAccessor(PerCpuAccess.Once)] public static void this_cpu_inc(PerCpu<long>* p) { }

    [PerCpuAccessor(PerCpuAccess.Once)] public static long this_cpu_read(PerCpu<long>* p) => 0;

    [PerCpuAccessor(PerCpuAccess.Local)] public static void __this_cpu_add(PerCpu<long>* p, long v) { }

    [PerCpuAccessor(PerCpuAccess.Local)] public static long __this_cpu_add_return(PerCpu<long>* p, long v) => 0;

    public const int nr_cpu_ids = 4;
}

public unsafe struct sighand_struct
{
    public spinlock_t siglock;
    [GuardedBy("this->siglock")] public int pending;
}

public unsafe struct task_struct
{
    public uint flags;
    public uint may_oom;
    public mm_struct* mm;
    [OwnsRef] public mem_cgroup* memcg_in_oom;
    public int memcg_oom_order;
    [Marked] public mem_cgroup* memcg;
    public mem_cgroup* active_memcg;
    public atomic_t usage;
    public Rcu<sighand_struct>* sighand;
}

public static unsafe class linux_sched_h
{
    public static task_struct* current => null;

    [GetsRef("t")] public static task_struct* get_task_struct(task_struct* t) => t;

    [PutsRef("t")] public static void put_task_struct(task_struct* t) { }

    [ScopeBegin("nofs", "return")] public static uint memalloc_nofs_save() => 0;

    [ScopeEnd("nofs", "flags")] public static void memalloc_nofs_restore(uint flags) { }

    [ScopeBegin("noreclaim", "return")] public static uint memalloc_noreclaim_save() => 0;

    [ScopeEnd("noreclaim", "flags")] public static void memalloc_noreclaim_restore(uint flags) { }

    [ScopeBegin("psi_memstall", "flags")] public static void psi_memstall_enter(ulong* flags) { }

    [ScopeEnd("psi_memstall", "flags")] public static void psi_memstall_leave(ulong* flags) { }

    [ScopedSwap("memcg")] public static mem_cgroup* set_active_memcg(mem_cgroup* memcg) => null;

    [MightSleep] public static void schedule() { }

    public static int signal_pending(task_struct* t) => 0;
}

public unsafe struct work_struct
{
    public ulong data;
    public delegate*<work_struct*, void> func;
}

public static unsafe class linux_workqueue_h
{
    public static void INIT_WORK(work_struct* work, [Callback] delegate*<work_struct*, void> func) { }

    public static bool schedule_work(work_struct* work) => true;

    [MightSleep] public static bool flush_work(work_struct* work) => true;

    [MightSleep] public static bool cancel_work_sync(work_struct* work) => true;
}
