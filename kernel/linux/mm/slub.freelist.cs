// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

/// <summary>A CPU's part of a cache: the slab it allocates from and that slab's free objects.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
public unsafe struct kmem_cache_cpu
{
    [FieldOffset(0)] public void* freelist;
    [FieldOffset(8)] public ulong tid; // changes with every operation, so that a compare sees them all
    [FieldOffset(16)] public slab* slab;
    [FieldOffset(24)] public slab* partial;
    [FieldOffset(32)] public local_trylock_t @lock; // the fields above
}

/// <summary>A node's part of a cache: the slabs with free objects that no CPU holds.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
public unsafe struct kmem_cache_node
{
    [FieldOffset(0), LockClass(HardIrq = true)] public spinlock_t list_lock;
    [FieldOffset(8)] public ulong nr_partial;
    [FieldOffset(16), GuardedBy("this.list_lock")] public list_head partial;
    [FieldOffset(32)] public atomic_long_t nr_slabs;
    [FieldOffset(40)] public atomic_long_t total_objects;
    [FieldOffset(48)] public list_head full;
    [FieldOffset(64)] public void* barn; // sheaves are not ported: always NULL
}

/// <summary>A free pointer as it is stored in a free object.</summary>
public struct freeptr_t
{
    public ulong v;
}

/// <summary>What get_partial() is asked for, and the object it may have taken.</summary>
internal unsafe struct partial_context
{
    public gfp_t flags;
    public uint orig_size;
    public void* @object;
}

/// <summary>
/// The slab allocator. Lock order: slab_mutex, node's list_lock, the CPU slab's local lock, slab_lock.
/// A slab is frozen while a CPU owns it: only that CPU allocates from it, anyone may free to it.
/// Sheaves, slub_debug, freelist hardening and randomisation are off; partial lists of CPUs are on.
/// The counts of slabs and objects of a node belong to SLUB_DEBUG and are kept all the same: the search for
/// leaked objects at the end of a machine needs them.
/// </summary>
public static unsafe partial class mm_slub_c
{
    private const int SL_locked = PG_locked;
    private const int SL_partial = PG_workingset;
    private const int SL_pfmemalloc = PG_active;

    private const ulong MIN_PARTIAL = 5;
    private const ulong MAX_PARTIAL = 10;

    private const int OO_SHIFT = 16;
    private const uint OO_MASK = (1 << OO_SHIFT) - 1;
    private const uint MAX_OBJS_PER_PAGE = 32767; // slab.objects has 15 bits

    // No compare-and-swap of two words: freelist and counters change together under slab_lock().
    private const uint __CMPXCHG_DOUBLE = 0;

    private const int DEACTIVATE_TO_HEAD = 0;
    private const int DEACTIVATE_TO_TAIL = 1;

    private const ulong TID_STEP = 1;

    [KernelSource("mm/slub.c", "slub_get_cpu_ptr", Parity.Full)]
    [PreemptAdjust(1)]
    private static kmem_cache_cpu* slub_get_cpu_ptr(PerCpu<kmem_cache_cpu>* var)
    {
        preempt_disable();
        return this_cpu_ptr(var);
    }

    [KernelSource("mm/slub.c", "slub_put_cpu_ptr", Parity.Full)]
    [PreemptAdjust(-1)]
    private static void slub_put_cpu_ptr(PerCpu<kmem_cache_cpu>* var) => preempt_enable();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock")]
    private static PerCpu<local_trylock_t>* lock_of(PerCpu<kmem_cache_cpu>* p) => percpu_member(p, ref layout_of(p).@lock);

    [KernelSource("mm/slub.c", "fixup_red_left", Parity.Full)]
    public static void* fixup_red_left(kmem_cache* s, void* p) => p;

    [KernelSource("mm/slub.c", "kmem_cache_has_cpu_partial", Parity.Full)]
    private static bool kmem_cache_has_cpu_partial(kmem_cache* s) => true;

    [KernelSource("mm/slub.c", "get_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static kmem_cache_node* get_node(kmem_cache* s, int node) => (kmem_cache_node*)s->node[node];

    [KernelSource("mm/slub.c", "freelist_ptr_encode", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static freeptr_t freelist_ptr_encode(kmem_cache* s, void* ptr, ulong ptr_addr) => new() { v = (ulong)ptr };

    [KernelSource("mm/slub.c", "freelist_ptr_decode", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* freelist_ptr_decode(kmem_cache* s, freeptr_t ptr, ulong ptr_addr) => (void*)ptr.v;

    [KernelSource("mm/slub.c", "get_freepointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* get_freepointer(kmem_cache* s, void* @object)
    {
        ulong ptr_addr = (ulong)@object + s->offset;
        freeptr_t p = *(freeptr_t*)ptr_addr;

        return freelist_ptr_decode(s, p, ptr_addr);
    }

    // The object may be allocated and written to while its free pointer is read: the transaction id then
    // refuses what was read.
    [KernelSource("mm/slub.c", "get_freepointer_safe", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* get_freepointer_safe(kmem_cache* s, void* @object) => get_freepointer(s, @object);

    [KernelSource("mm/slub.c", "set_freepointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void set_freepointer(kmem_cache* s, void* @object, void* fp)
    {
        ulong freeptr_addr = (ulong)@object + s->offset;

        *(freeptr_t*)freeptr_addr = freelist_ptr_encode(s, fp, freeptr_addr);
    }

    [KernelSource("mm/slub.c", "freeptr_outside_object", Parity.Full)]
    private static bool freeptr_outside_object(kmem_cache* s) => s->offset >= s->inuse;

    [KernelSource("mm/slub.c", "get_info_end", Parity.Full)]
    private static uint get_info_end(kmem_cache* s) =>
        freeptr_outside_object(s) ? s->inuse + (uint)sizeof(void*) : s->inuse;

    [KernelSource("mm/slub.c", "order_objects", Parity.Full)]
    private static uint order_objects(uint order, uint size) => ((uint)PAGE_SIZE << (int)order) / size;

    [KernelSource("mm/slub.c", "oo_make", Parity.Full)]
    private static kmem_cache_order_objects oo_make(uint order, uint size) =>
        new() { x = (order << OO_SHIFT) + order_objects(order, size) };

    [KernelSource("mm/slub.c", "oo_order", Parity.Full)]
    private static uint oo_order(kmem_cache_order_objects x) => x.x >> OO_SHIFT;

    [KernelSource("mm/slub.c", "oo_objects", Parity.Full)]
    private static uint oo_objects(kmem_cache_order_objects x) => x.x & OO_MASK;

    [KernelSource("mm/slub.c", "slub_set_cpu_partial", Parity.Full)]
    private static void slub_set_cpu_partial(kmem_cache* s, uint nr_objects)
    {
        s->cpu_partial = nr_objects;

        // The limit is kept in slabs, on the guess that half of each slab's objects are free.
        s->cpu_partial_slabs = (nr_objects * 2 + oo_objects(s->oo) - 1) / oo_objects(s->oo);
    }

    [KernelSource("mm/slub.c", "slub_get_cpu_partial", Parity.Full)]
    private static uint slub_get_cpu_partial(kmem_cache* s) => s->cpu_partial_slabs;

    [KernelSource("mm/slub.c", "slab_test_pfmemalloc", Parity.Full)]
    private static bool slab_test_pfmemalloc(slab* slab) => test_bit(SL_pfmemalloc, &slab->flags.f);

    [KernelSource("mm/slub.c", "slab_set_pfmemalloc", Parity.Full)]
    private static void slab_set_pfmemalloc(slab* slab) => set_bit(SL_pfmemalloc, &slab->flags.f);

    [KernelSource("mm/slub.c", "__slab_clear_pfmemalloc", Parity.Full)]
    private static void __slab_clear_pfmemalloc(slab* slab) => __clear_bit(SL_pfmemalloc, &slab->flags.f);

    [KernelSource("mm/slub.c", "slab_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("slab->flags.f"), PreemptAdjust(1)]
    private static void slab_lock(slab* slab) => bit_spin_lock(SL_locked, &slab->flags.f);

    [KernelSource("mm/slub.c", "slab_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("slab->flags.f"), PreemptAdjust(-1)]
    private static void slab_unlock(slab* slab) => bit_spin_unlock(SL_locked, &slab->flags.f);

    [KernelSource("mm/slub.c", "__update_freelist_slow", Parity.Full)]
    private static bool __update_freelist_slow(slab* slab, void* freelist_old, ulong counters_old, void* freelist_new,
                                               ulong counters_new)
    {
        bool ret = false;

        slab_lock(slab);
        if (slab->freelist == freelist_old && slab->counters == counters_old)
        {
            slab->freelist = freelist_new;
            slab->counters = counters_new;
            ret = true;
        }
        slab_unlock(slab);

        return ret;
    }

    /// <summary>The variant for callers that have interrupts off: slab_lock may be taken from one.</summary>
    [KernelSource("mm/slub.c", "__slab_update_freelist", Parity.Full)]
    private static bool __slab_update_freelist(kmem_cache* s, slab* slab, void* freelist_old, ulong counters_old,
                                               void* freelist_new, ulong counters_new)
    {
        lockdep_assert_irqs_disabled();

        if (__update_freelist_slow(slab, freelist_old, counters_old, freelist_new, counters_new))
            return true;

        cpu_relax();
        return false;
    }

    [KernelSource("mm/slub.c", "slab_update_freelist", Parity.Full)]
    private static bool slab_update_freelist(kmem_cache* s, slab* slab, void* freelist_old, ulong counters_old,
                                             void* freelist_new, ulong counters_new)
    {
        local_irq_save(out IrqFlags flags);
        bool ret = __update_freelist_slow(slab, freelist_old, counters_old, freelist_new, counters_new);
        local_irq_restore(flags);
        if (ret)
            return true;

        cpu_relax();
        return false;
    }

    [KernelSource("mm/slub.c", "get_orig_size", Parity.Full)]
    private static ulong get_orig_size(kmem_cache* s, void* @object) => s->object_size;

    [KernelSource("mm/slub.c", "node_nr_slabs", Parity.Full)]
    private static ulong node_nr_slabs(kmem_cache_node* n) => (ulong)atomic_long_read(&n->nr_slabs);

    [KernelSource("mm/slub.c", "inc_slabs_node", Parity.Full)]
    private static void inc_slabs_node(kmem_cache* s, int node, int objects)
    {
        kmem_cache_node* n = get_node(s, node);

        atomic_long_inc(&n->nr_slabs);
        atomic_long_add(objects, &n->total_objects);
    }

    [KernelSource("mm/slub.c", "dec_slabs_node", Parity.Full)]
    private static void dec_slabs_node(kmem_cache* s, int node, int objects)
    {
        kmem_cache_node* n = get_node(s, node);

        atomic_long_dec(&n->nr_slabs);
        atomic_long_sub(objects, &n->total_objects);
    }

    [KernelSource("mm/slub.c", "kmem_cache_flags", Parity.Full)]
    public static slab_flags_t kmem_cache_flags(slab_flags_t flags, byte* name) => flags;
}
