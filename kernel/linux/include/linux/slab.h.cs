// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>What a cache is created with beyond its name, size and flags.</summary>
public unsafe struct kmem_cache_args
{
    public uint align;
    public uint useroffset;
    public uint usersize;
    public uint freeptr_offset;
    public bool use_freeptr_offset;
    public delegate*<void*, void> ctor;
    public uint sheaf_capacity;
}

/// <summary>The slab allocator's interface.</summary>
public static unsafe partial class linux_slab_h
{
    // enum _slab_flag_bits, as numbered with FAILSLAB and MEMCG on, DEBUG_OBJECTS, KASAN and KFENCE off.
    public const int _SLAB_CONSISTENCY_CHECKS = 0;
    public const int _SLAB_RED_ZONE = 1;
    public const int _SLAB_POISON = 2;
    public const int _SLAB_KMALLOC = 3;
    public const int _SLAB_HWCACHE_ALIGN = 4;
    public const int _SLAB_CACHE_DMA = 5;
    public const int _SLAB_CACHE_DMA32 = 6;
    public const int _SLAB_STORE_USER = 7;
    public const int _SLAB_PANIC = 8;
    public const int _SLAB_TYPESAFE_BY_RCU = 9;
    public const int _SLAB_TRACE = 10;
    public const int _SLAB_NOLEAKTRACE = 11;
    public const int _SLAB_NO_MERGE = 12;
    public const int _SLAB_FAILSLAB = 13;
    public const int _SLAB_ACCOUNT = 14;
    public const int _SLAB_NO_USER_FLAGS = 15;
    public const int _SLAB_RECLAIM_ACCOUNT = 16;
    public const int _SLAB_OBJECT_POISON = 17;
    public const int _SLAB_CMPXCHG_DOUBLE = 18;
    public const int _SLAB_NO_OBJ_EXT = 19;
    public const int _SLAB_FLAGS_LAST_BIT = 20;

    public const uint SLAB_CONSISTENCY_CHECKS = 1U << _SLAB_CONSISTENCY_CHECKS;
    public const uint SLAB_RED_ZONE = 1U << _SLAB_RED_ZONE;
    public const uint SLAB_POISON = 1U << _SLAB_POISON;
    public const uint SLAB_KMALLOC = 1U << _SLAB_KMALLOC;
    public const uint SLAB_HWCACHE_ALIGN = 1U << _SLAB_HWCACHE_ALIGN;
    public const uint SLAB_CACHE_DMA = 1U << _SLAB_CACHE_DMA;
    public const uint SLAB_CACHE_DMA32 = 1U << _SLAB_CACHE_DMA32;
    public const uint SLAB_STORE_USER = 1U << _SLAB_STORE_USER;
    public const uint SLAB_PANIC = 1U << _SLAB_PANIC;
    public const uint SLAB_TYPESAFE_BY_RCU = 1U << _SLAB_TYPESAFE_BY_RCU;
    public const uint SLAB_TRACE = 1U << _SLAB_TRACE;
    public const uint SLAB_DEBUG_OBJECTS = 0;
    public const uint SLAB_NOLEAKTRACE = 1U << _SLAB_NOLEAKTRACE;
    public const uint SLAB_NO_MERGE = 1U << _SLAB_NO_MERGE;
    public const uint SLAB_FAILSLAB = 1U << _SLAB_FAILSLAB;
    public const uint SLAB_ACCOUNT = 1U << _SLAB_ACCOUNT;
    public const uint SLAB_KASAN = 0;
    public const uint SLAB_NO_USER_FLAGS = 1U << _SLAB_NO_USER_FLAGS;
    public const uint SLAB_SKIP_KFENCE = 0;
    public const uint SLAB_RECLAIM_ACCOUNT = 1U << _SLAB_RECLAIM_ACCOUNT;
    public const uint SLAB_TEMPORARY = SLAB_RECLAIM_ACCOUNT;
    public const uint SLAB_NO_OBJ_EXT = 1U << _SLAB_NO_OBJ_EXT;

    /// <summary>What a request for no bytes gets: may be freed, may not be touched.</summary>
    public static void* ZERO_SIZE_PTR => (void*)16;

    public const uint ARCH_KMALLOC_MINALIGN = 8;
    public const uint ARCH_SLAB_MINALIGN = 8;

    public const int KMALLOC_SHIFT_HIGH = PAGE_SHIFT + 1;
    public const int KMALLOC_SHIFT_MAX = MAX_PAGE_ORDER + PAGE_SHIFT;
    public const int KMALLOC_SHIFT_LOW = 3;
    public const ulong KMALLOC_MAX_SIZE = 1UL << KMALLOC_SHIFT_MAX;
    public const ulong KMALLOC_MAX_CACHE_SIZE = 1UL << KMALLOC_SHIFT_HIGH;
    public const int KMALLOC_MAX_ORDER = KMALLOC_SHIFT_MAX - PAGE_SHIFT;
    public const int KMALLOC_MIN_SIZE = 1 << KMALLOC_SHIFT_LOW;
    public const uint SLAB_OBJ_MIN_SIZE = KMALLOC_MIN_SIZE < 16 ? KMALLOC_MIN_SIZE : 16;

    // enum kmalloc_cache_type, with ZONE_DMA and MEMCG on.
    public const int KMALLOC_NORMAL = 0;
    public const int KMALLOC_RANDOM_START = KMALLOC_NORMAL;
    public const int KMALLOC_RANDOM_END = KMALLOC_RANDOM_START;
    public const int KMALLOC_RECLAIM = 1;
    public const int KMALLOC_DMA = 2;
    public const int KMALLOC_CGROUP = 3;
    public const int NR_KMALLOC_TYPES = 4;

    /// <summary>The bits that send a kmalloc away from the normal caches.</summary>
    public const uint KMALLOC_NOT_NORMAL_BITS = __GFP_RECLAIMABLE | __GFP_DMA | __GFP_ACCOUNT;

    [KernelSource("include/linux/slab.h", "ZERO_OR_NULL_PTR", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool ZERO_OR_NULL_PTR(void* x) => (ulong)x <= (ulong)ZERO_SIZE_PTR;

    [KernelSource("include/linux/slab.h", "arch_slab_minalign", Parity.Full)]
    public static uint arch_slab_minalign() => ARCH_SLAB_MINALIGN;

    [KernelSource("include/linux/slab.h", "kmalloc_type", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int kmalloc_type(gfp_t flags, ulong caller)
    {
        if ((flags & KMALLOC_NOT_NORMAL_BITS) == 0)
            return KMALLOC_NORMAL;

        // A request may carry several of the bits: DMA wins, then RECLAIMABLE, then ACCOUNT.
        if ((flags & __GFP_DMA) != 0)
            return KMALLOC_DMA;
        if ((flags & __GFP_RECLAIMABLE) != 0)
            return KMALLOC_RECLAIM;
        return KMALLOC_CGROUP;
    }

    [KernelSource("include/linux/slab.h", "__kmalloc_index", Parity.Full)]
    public static uint __kmalloc_index(ulong size, bool size_is_constant)
    {
        if (size == 0)
            return 0;
        if (size <= KMALLOC_MIN_SIZE)
            return KMALLOC_SHIFT_LOW;
        if (KMALLOC_MIN_SIZE <= 32 && size > 64 && size <= 96)
            return 1;
        if (KMALLOC_MIN_SIZE <= 64 && size > 128 && size <= 192)
            return 2;
        for (int shift = KMALLOC_SHIFT_LOW; shift <= 21; shift++)
        {
            if (size <= 1UL << shift)
                return (uint)shift;
        }
        BUG();
        return uint.MaxValue;
    }

    [KernelSource("include/linux/slab.h", "kmalloc_index", Parity.Full)]
    public static uint kmalloc_index(ulong size) => __kmalloc_index(size, true);

    [KernelSource("include/linux/slab.h", "__kmem_cache_create", Parity.Full)]
    public static kmem_cache* __kmem_cache_create(byte* name, uint size, uint align, slab_flags_t flags,
                                                  delegate*<void*, void> ctor)
    {
        kmem_cache_args kmem_args = new() { align = align, ctor = ctor };

        return __kmem_cache_create_args(name, size, &kmem_args, flags);
    }

    [KernelSource("include/linux/slab.h", "kmem_cache_create_usercopy", Parity.Full)]
    public static kmem_cache* kmem_cache_create_usercopy(byte* name, uint size, uint align, slab_flags_t flags,
                                                         uint useroffset, uint usersize, delegate*<void*, void> ctor)
    {
        kmem_cache_args kmem_args = new()
        {
            align = align,
            ctor = ctor,
            useroffset = useroffset,
            usersize = usersize,
        };

        return __kmem_cache_create_args(name, size, &kmem_args, flags);
    }

    [KernelSource("include/linux/slab.h", "kmem_cache_create", Parity.Full)]
    public static kmem_cache* kmem_cache_create(byte* name, uint size, uint align, slab_flags_t flags,
                                                delegate*<void*, void> ctor) =>
        __kmem_cache_create(name, size, align, flags, ctor);

    public static kmem_cache* kmem_cache_create(byte* name, uint size, kmem_cache_args* args, slab_flags_t flags) =>
        __kmem_cache_create_args(name, size, args, flags);

    /// <summary>With a literal's name: u8 literals are rodata, end in a zero byte and do not move.</summary>
    public static kmem_cache* kmem_cache_create(ReadOnlySpan<byte> name, uint size, uint align, slab_flags_t flags,
                                                delegate*<void*, void> ctor) =>
        __kmem_cache_create(rodata(name), size, align, flags, ctor);

    /// <summary>With a literal's name.</summary>
    public static kmem_cache* kmem_cache_create(ReadOnlySpan<byte> name, uint size, kmem_cache_args* args,
                                                slab_flags_t flags) =>
        __kmem_cache_create_args(rodata(name), size, args, flags);

    /// <summary>A cache of <typeparamref name="T"/>, named after it. <paramref name="align"/> is the C struct's alignment.</summary>
    [KernelSource("include/linux/slab.h", "KMEM_CACHE", Parity.Full)]
    public static kmem_cache* KMEM_CACHE<T>(slab_flags_t flags, uint align = 8) where T : unmanaged
    {
        kmem_cache_args kmem_args = new() { align = align };

        return __kmem_cache_create_args(type_name<T>.pointer, (uint)sizeof(T), &kmem_args, flags);
    }

    /// <summary>The name of a struct as rodata, one for the process: C has it from the preprocessor.</summary>
    private static class type_name<T> where T : unmanaged
    {
        internal static readonly byte* pointer = (byte*)Marshal.StringToCoTaskMemUTF8(typeof(T).Name);
    }

    [KernelSource("include/linux/slab.h", "kmem_cache_alloc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsFresh]
    public static void* kmem_cache_alloc(kmem_cache* s, gfp_t flags) => kmem_cache_alloc_noprof(s, flags);

    [KernelSource("include/linux/slab.h", "kmem_cache_alloc_lru", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsFresh]
    public static void* kmem_cache_alloc_lru(kmem_cache* s, list_lru* lru, gfp_t gfpflags) =>
        kmem_cache_alloc_lru_noprof(s, lru, gfpflags);

    [KernelSource("include/linux/slab.h", "kmem_cache_alloc_bulk", Parity.Full)]
    public static int kmem_cache_alloc_bulk(kmem_cache* s, gfp_t flags, ulong size, void** p) =>
        kmem_cache_alloc_bulk_noprof(s, flags, size, p);

    [KernelSource("include/linux/slab.h", "kmem_cache_alloc_node", Parity.Full)]
    [ReturnsFresh]
    public static void* kmem_cache_alloc_node(kmem_cache* s, gfp_t flags, int node) =>
        kmem_cache_alloc_node_noprof(s, flags, node);

    [KernelSource("include/linux/slab.h", "kmem_cache_zalloc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsFresh]
    public static void* kmem_cache_zalloc(kmem_cache* k, gfp_t flags) => kmem_cache_alloc(k, flags | __GFP_ZERO);

    [KernelSource("include/linux/slab.h", "kfree_bulk", Parity.Full)]
    public static void kfree_bulk(ulong size, void** p) => kmem_cache_free_bulk(null, size, p);

    [KernelSource("include/linux/slab.h", "kmalloc_noprof", Parity.Reduced,
        "C picks the cache at compile time when the size is a constant; here every size is looked up, to the same cache")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* kmalloc_noprof(ulong size, gfp_t flags) => __kmalloc_noprof(size, flags);

    [KernelSource("include/linux/slab.h", "kmalloc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsFresh]
    public static void* kmalloc(ulong size, gfp_t flags) => kmalloc_noprof(size, flags);

    /// <summary>One <typeparamref name="T"/>, not cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsFresh]
    public static T* kmalloc<T>(gfp_t flags) where T : unmanaged => (T*)kmalloc_noprof((ulong)sizeof(T), flags);

    [KernelSource("include/linux/slab.h", "kmalloc_nolock", Parity.Full)]
    public static void* kmalloc_nolock(ulong size, gfp_t gfp_flags, int node) =>
        kmalloc_nolock_noprof(size, gfp_flags, node);

    [KernelSource("include/linux/slab.h", "kmalloc_node_noprof", Parity.Reduced,
        "C picks the cache at compile time when the size is a constant; here every size is looked up, to the same cache")]
    public static void* kmalloc_node_noprof(ulong size, gfp_t flags, int node) =>
        __kmalloc_node_noprof(size, flags, node);

    [KernelSource("include/linux/slab.h", "kmalloc_node", Parity.Full)]
    [ReturnsFresh]
    public static void* kmalloc_node(ulong size, gfp_t flags, int node) => kmalloc_node_noprof(size, flags, node);

    [KernelSource("include/linux/slab.h", "kmalloc_array_noprof", Parity.Full)]
    public static void* kmalloc_array_noprof(ulong n, ulong size, gfp_t flags)
    {
        ulong bytes;

        if (check_mul_overflow(n, size, &bytes))
            return null;
        return kmalloc_noprof(bytes, flags);
    }

    [KernelSource("include/linux/slab.h", "kmalloc_array", Parity.Full)]
    [ReturnsFresh]
    public static void* kmalloc_array(ulong n, ulong size, gfp_t flags) => kmalloc_array_noprof(n, size, flags);

    [KernelSource("include/linux/slab.h", "krealloc_array_noprof", Parity.Full)]
    public static void* krealloc_array(void* p, ulong new_n, ulong new_size, gfp_t flags)
    {
        ulong bytes;

        if (check_mul_overflow(new_n, new_size, &bytes))
            return null;
        return krealloc(p, bytes, flags);
    }

    [KernelSource("include/linux/slab.h", "kcalloc", Parity.Full)]
    [ReturnsFresh]
    public static void* kcalloc(ulong n, ulong size, gfp_t flags) => kmalloc_array(n, size, flags | __GFP_ZERO);

    /// <summary>An array of <typeparamref name="T"/>, cleared.</summary>
    [ReturnsFresh]
    public static T* kcalloc<T>(ulong n, gfp_t flags) where T : unmanaged => (T*)kcalloc(n, (ulong)sizeof(T), flags);

    [KernelSource("include/linux/slab.h", "kmalloc_array_node_noprof", Parity.Full)]
    public static void* kmalloc_array_node(ulong n, ulong size, gfp_t flags, int node)
    {
        ulong bytes;

        if (check_mul_overflow(n, size, &bytes))
            return null;
        return __kmalloc_node_noprof(bytes, flags, node);
    }

    [KernelSource("include/linux/slab.h", "kcalloc_node", Parity.Full)]
    public static void* kcalloc_node(ulong n, ulong size, gfp_t flags, int node) =>
        kmalloc_array_node(n, size, flags | __GFP_ZERO, node);

    [KernelSource("include/linux/slab.h", "kzalloc_noprof", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* kzalloc_noprof(ulong size, gfp_t flags) => kmalloc_noprof(size, flags | __GFP_ZERO);

    [KernelSource("include/linux/slab.h", "kzalloc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsFresh]
    public static void* kzalloc(ulong size, gfp_t flags) => kzalloc_noprof(size, flags);

    /// <summary>One <typeparamref name="T"/>, cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsFresh]
    public static T* kzalloc<T>(gfp_t flags) where T : unmanaged => (T*)kzalloc_noprof((ulong)sizeof(T), flags);

    [KernelSource("include/linux/slab.h", "kzalloc_node", Parity.Full)]
    [ReturnsFresh]
    public static void* kzalloc_node(ulong size, gfp_t flags, int node) => kmalloc_node(size, flags | __GFP_ZERO, node);

    /// <summary>One <typeparamref name="T"/>, cleared, on a node.</summary>
    [ReturnsFresh]
    public static T* kzalloc_node<T>(gfp_t flags, int node) where T : unmanaged =>
        (T*)kzalloc_node((ulong)sizeof(T), flags, node);

    [KernelSource("include/linux/slab.h", "krealloc_noprof", Parity.Full)]
    public static void* krealloc(void* objp, ulong new_size, gfp_t flags) =>
        krealloc_node_align_noprof(objp, new_size, 1, flags, NUMA_NO_NODE);

    [KernelSource("include/linux/slab.h", "kvmalloc_node", Parity.Full)]
    [ReturnsFresh]
    public static void* kvmalloc_node(ulong size, gfp_t flags, int node) => __kvmalloc_node_noprof(size, 1, flags, node);

    [KernelSource("include/linux/slab.h", "kvmalloc", Parity.Full)]
    [ReturnsFresh]
    public static void* kvmalloc(ulong size, gfp_t flags) => kvmalloc_node(size, flags, NUMA_NO_NODE);

    [KernelSource("include/linux/slab.h", "kvzalloc", Parity.Full)]
    [ReturnsFresh]
    public static void* kvzalloc(ulong size, gfp_t flags) => kvmalloc(size, flags | __GFP_ZERO);

    [KernelSource("include/linux/slab.h", "kvzalloc_node", Parity.Full)]
    [ReturnsFresh]
    public static void* kvzalloc_node(ulong size, gfp_t flags, int node) => kvmalloc_node(size, flags | __GFP_ZERO, node);

    [KernelSource("include/linux/slab.h", "kvmalloc_array_node_noprof", Parity.Full)]
    public static void* kvmalloc_array_node(ulong n, ulong size, gfp_t flags, int node)
    {
        ulong bytes;

        if (check_mul_overflow(n, size, &bytes))
            return null;
        return kvmalloc_node(bytes, flags, node);
    }

    [KernelSource("include/linux/slab.h", "kvmalloc_array", Parity.Full)]
    public static void* kvmalloc_array(ulong n, ulong size, gfp_t flags) =>
        kvmalloc_array_node(n, size, flags, NUMA_NO_NODE);

    [KernelSource("include/linux/slab.h", "kvcalloc", Parity.Full)]
    [ReturnsFresh]
    public static void* kvcalloc(ulong n, ulong size, gfp_t flags) => kvmalloc_array(n, size, flags | __GFP_ZERO);

    [KernelSource("include/linux/slab.h", "kvcalloc_node", Parity.Full)]
    public static void* kvcalloc_node(ulong n, ulong size, gfp_t flags, int node) =>
        kvmalloc_array_node(n, size, flags | __GFP_ZERO, node);

    [KernelSource("include/linux/slab.h", "kvfree_rcu_barrier_on_cache", Parity.Full)]
    public static void kvfree_rcu_barrier_on_cache(kmem_cache* s) => rcu_barrier();
}
