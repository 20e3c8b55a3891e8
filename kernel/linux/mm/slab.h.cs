// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>The first page of a slab: the same 64 bytes as <see cref="page"/>, under other names.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct slab
{
    [FieldOffset(0)] public memdesc_flags_t flags;

    [FieldOffset(8)] public kmem_cache* slab_cache;

    [FieldOffset(16)] public list_head slab_list;

    // For defer_deactivate_slab().
    [FieldOffset(16)] public llist_node llnode;
    [FieldOffset(24)] public void* flush_freelist;

    // On a CPU's partial list.
    [FieldOffset(16)] public slab* next;
    [FieldOffset(24)] public int slabs;

    [FieldOffset(32)] public void* freelist;
    [FieldOffset(40)] public ulong counters;

    [FieldOffset(16)] public rcu_head rcu_head;

    [FieldOffset(48)] public uint __page_type;
    [FieldOffset(52)] public atomic_t __page_refcount;
    [FieldOffset(56)] public ulong obj_exts;

    /// <summary>Objects in use: bits 0–15 of <see cref="counters"/>.</summary>
    public uint inuse
    {
        readonly get => (ushort)counters;
        set => counters = (counters & ~0xffffUL) | (ushort)value;
    }

    /// <summary>Objects there are: bits 16–30.</summary>
    public uint objects
    {
        readonly get => (uint)(counters >> 16) & 0x7fff;
        set => counters = (counters & ~0x7fff0000UL) | ((ulong)(value & 0x7fff) << 16);
    }

    /// <summary>Whether a CPU allocates from it: bit 31.</summary>
    public uint frozen
    {
        readonly get => (uint)(counters >> 31) & 1;
        set => counters = (counters & ~0x80000000UL) | ((ulong)(value & 1) << 31);
    }
}

/// <summary>A slab's order and its number of objects, in one word.</summary>
public struct kmem_cache_order_objects
{
    public uint x;
}

/// <summary>A cache of objects of one size.</summary>
public unsafe partial struct kmem_cache
{
    [PerCpu(Remote = true)] public PerCpu<kmem_cache_cpu>* cpu_slab;
    public void* cpu_sheaves; // not ported: always NULL
    public slab_flags_t flags;
    public ulong min_partial;
    public uint size; // with metadata
    public uint object_size; // without metadata
    public reciprocal_value reciprocal_size;
    public uint offset; // of the free pointer

    /// <summary>How many free objects, and how many slabs, a CPU keeps on its partial list.</summary>
    public uint cpu_partial;
    public uint cpu_partial_slabs;
    public uint sheaf_capacity;
    public kmem_cache_order_objects oo;

    public kmem_cache_order_objects min;
    public gfp_t allocflags;
    public int refcount;
    public delegate*<void*, void> ctor;
    public uint inuse;
    public uint align;
    public uint red_left_pad;
    public byte* name;
    public list_head list;

    /// <summary>How many of the objects are other slabs' vectors. It stands where sysfs, which is not ported, has its kobject.</summary>
    public atomic_long_t nr_vectors;
    private fixed byte kobj_rest[56];
    public ulong random;
    public uint remote_node_defrag_ratio;
    public uint* random_seq;
    public uint useroffset;
    public uint usersize;

    public fixed ulong node[1]; // kmem_cache_node *[MAX_NUMNODES]
}

/// <summary>What /proc/slabinfo shows of a cache.</summary>
public struct slabinfo
{
    public ulong active_objs;
    public ulong num_objs;
    public ulong active_slabs;
    public ulong num_slabs;
    public ulong shared_avail;
    public uint limit;
    public uint batchcount;
    public uint shared;
    public uint objects_per_slab;
    public uint cache_order;
}

/// <summary>What only the slab allocator and the memory controller know of slabs.</summary>
public static unsafe partial class mm_slab_h
{
    // enum slab_state: how far the allocator has got in setting itself up.
    public const int DOWN = 0;
    public const int PARTIAL = 1;
    public const int UP = 2;
    public const int FULL = 3;

    public const uint SLAB_CORE_FLAGS = SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_PANIC |
        SLAB_TYPESAFE_BY_RCU | SLAB_DEBUG_OBJECTS | SLAB_NOLEAKTRACE | SLAB_RECLAIM_ACCOUNT | SLAB_TEMPORARY |
        SLAB_ACCOUNT | SLAB_NO_USER_FLAGS | SLAB_KMALLOC | SLAB_NO_MERGE;
    public const uint SLAB_DEBUG_FLAGS = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_CONSISTENCY_CHECKS;
    public const uint SLAB_FLAGS_PERMITTED = SLAB_CORE_FLAGS | SLAB_DEBUG_FLAGS;

    [KernelSource("mm/slab.h", "folio_slab", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static slab* folio_slab(folio* folio) => (slab*)folio;

    [KernelSource("mm/slab.h", "slab_folio", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static folio* slab_folio(slab* s) => (folio*)s;

    [KernelSource("mm/slab.h", "page_slab", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static slab* page_slab(page* p) => (slab*)p;

    [KernelSource("mm/slab.h", "slab_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static page* slab_page(slab* s) => folio_page(slab_folio(s), 0);

    [KernelSource("mm/slab.h", "slab_address", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* slab_address(slab* slab) => folio_address(slab_folio(slab));

    [KernelSource("mm/slab.h", "slab_nid", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int slab_nid(slab* slab) => memdesc_nid(slab->flags);

    [KernelSource("mm/slab.h", "slab_pgdat", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static pglist_data* slab_pgdat(slab* slab) => NODE_DATA(slab_nid(slab));

    [KernelSource("mm/slab.h", "virt_to_slab", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static slab* virt_to_slab(void* addr)
    {
        folio* folio = virt_to_folio(addr);

        if (!folio_test_slab(folio))
            return null;

        return folio_slab(folio);
    }

    [KernelSource("mm/slab.h", "slab_order", Parity.Full)]
    public static int slab_order(slab* slab) => (int)folio_order(slab_folio(slab));

    [KernelSource("mm/slab.h", "slab_size", Parity.Full)]
    public static ulong slab_size(slab* slab) => PAGE_SIZE << slab_order(slab);

    [KernelSource("mm/slab.h", "nearest_obj", Parity.Full)]
    public static void* nearest_obj(kmem_cache* cache, slab* slab, void* x)
    {
        byte* start = (byte*)slab_address(slab);
        byte* @object = (byte*)x - (ulong)((byte*)x - start) % cache->size;
        byte* last_object = start + (ulong)(slab->objects - 1) * cache->size;

        return fixup_red_left(cache, @object > last_object ? last_object : @object);
    }

    [KernelSource("mm/slab.h", "__obj_to_index", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint __obj_to_index(kmem_cache* cache, void* addr, void* obj) =>
        reciprocal_divide((uint)((byte*)obj - (byte*)addr), cache->reciprocal_size);

    [KernelSource("mm/slab.h", "obj_to_index", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint obj_to_index(kmem_cache* cache, slab* slab, void* obj) =>
        __obj_to_index(cache, slab_address(slab), obj);

    [KernelSource("mm/slab.h", "objs_per_slab", Parity.Full)]
    public static int objs_per_slab(kmem_cache* cache, slab* slab) => (int)slab->objects;

    [KernelSource("mm/slab.h", "size_index_elem", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint size_index_elem(uint bytes) => (bytes - 1) / 8;

    /// <summary>The cache that serves a size above zero and not above KMALLOC_MAX_CACHE_SIZE; <paramref name="b"/> is a set of buckets or NULL.</summary>
    [KernelSource("mm/slab.h", "kmalloc_slab", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static kmem_cache* kmalloc_slab(ulong size, kmem_cache** b, gfp_t flags, ulong caller)
    {
        uint index;

        if (b == null)
            b = kmalloc_caches + kmalloc_type(flags, caller) * (KMALLOC_SHIFT_HIGH + 1);
        if (size <= 192)
            index = kmalloc_size_index[(int)size_index_elem((uint)size)];
        else
            index = (uint)(64 - System.Numerics.BitOperations.LeadingZeroCount(size - 1));

        return b[index];
    }

    [KernelSource("mm/slab.h", "is_kmalloc_cache", Parity.Full)]
    public static bool is_kmalloc_cache(kmem_cache* s) => (s->flags & SLAB_KMALLOC) != 0;

    [KernelSource("mm/slab.h", "is_kmalloc_normal", Parity.Full)]
    public static bool is_kmalloc_normal(kmem_cache* s)
    {
        if (!is_kmalloc_cache(s))
            return false;
        return (s->flags & (SLAB_CACHE_DMA | SLAB_ACCOUNT | SLAB_RECLAIM_ACCOUNT)) == 0;
    }

    /// <summary>The vector of the slab's per-object extensions, or NULL while it has none.</summary>
    [KernelSource("mm/slab.h", "slab_obj_exts", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static slabobj_ext* slab_obj_exts(slab* slab)
    {
        ulong obj_exts = READ_ONCE(&slab->obj_exts);

        VM_BUG_ON(obj_exts != 0 && (obj_exts & MEMCG_DATA_OBJEXTS) == 0 && obj_exts != OBJEXTS_ALLOC_FAIL);
        VM_BUG_ON((obj_exts & MEMCG_DATA_KMEM) != 0);
        return (slabobj_ext*)(obj_exts & ~(ulong)OBJEXTS_FLAGS_MASK);
    }

    [KernelSource("mm/slab.h", "cache_vmstat_idx", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static node_stat_item cache_vmstat_idx(kmem_cache* s) =>
        (s->flags & SLAB_RECLAIM_ACCOUNT) != 0 ? NR_SLAB_RECLAIMABLE_B : NR_SLAB_UNRECLAIMABLE_B;

    [KernelSource("mm/slab.h", "slab_ksize", Parity.Full)]
    public static ulong slab_ksize(kmem_cache* s)
    {
        // Debugging uses the padding after the object.
        if ((s->flags & (SLAB_RED_ZONE | SLAB_POISON)) != 0)
            return s->object_size;
        // The free pointer, or the user's track, may stand after the object.
        if ((s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_STORE_USER)) != 0)
            return s->inuse;
        return s->size;
    }

    [KernelSource("mm/slab.h", "slab_want_init_on_alloc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool slab_want_init_on_alloc(gfp_t flags, kmem_cache* c) => (flags & __GFP_ZERO) != 0;

    [KernelSource("mm/slab.h", "slab_want_init_on_free", Parity.Full)]
    public static bool slab_want_init_on_free(kmem_cache* c) => false;
}
