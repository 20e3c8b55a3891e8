// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_slab_h;
using static Linux.linux_mm_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;
using static Linux.mm_slab_h;

namespace Linux;

/// <summary>A kmalloc cache: its size, and its name in each type.</summary>
internal readonly unsafe struct kmalloc_info_struct(uint size, byte* normal, byte* rcl, byte* dma, byte* cg)
{
    public readonly uint size = size;

    public byte* name(int type) => type switch
    {
        KMALLOC_NORMAL => normal,
        KMALLOC_RECLAIM => rcl,
        KMALLOC_DMA => dma,
        _ => cg,
    };
}

/// <summary>What slab allocators have in common: the caches' list, their creation and their end.</summary>
public static unsafe partial class mm_slab_common_c
{
    public static int slab_state = DOWN;
    public static readonly list_head* slab_caches = bss<list_head>();
    public static readonly mutex* slab_mutex = bss<mutex>();

    /// <summary>The cache of caches. Elsewhere its name is the type's: say mm_slab_common_c.kmem_cache.</summary>
    public static kmem_cache* kmem_cache;

    // A cache with any of these stays alone.
    private const uint SLAB_NEVER_MERGE = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE |
        SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_FAILSLAB | SLAB_NO_MERGE;

    // Caches that differ in any of these stay apart.
    private const uint SLAB_MERGE_SAME = SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

    private static readonly bool slab_nomerge = false; // SLAB_MERGE_DEFAULT

    [KernelSource("mm/slab_common.c", "kmem_cache_size", Parity.Full)]
    public static uint kmem_cache_size(kmem_cache* s) => s->object_size;

    [KernelSource("mm/slab_common.c", "kmem_cache_sanity_check", Parity.Reduced, "names are not searched for doubles or blanks")]
    private static int kmem_cache_sanity_check(byte* name, uint size)
    {
        if (name == null || in_interrupt() || size > KMALLOC_MAX_SIZE)
        {
            pr_err("kmem_cache_create integrity check failed");
            return -EINVAL;
        }
        return 0;
    }

    [KernelSource("mm/slab_common.c", "calculate_alignment", Parity.Full)]
    private static uint calculate_alignment(slab_flags_t flags, uint align, uint size)
    {
        // Small objects share a cache line, as long as they do not straddle one.
        if ((flags & SLAB_HWCACHE_ALIGN) != 0)
        {
            uint ralign = SMP_CACHE_BYTES;
            while (size <= ralign / 2)
                ralign /= 2;
            align = Math.Max(align, ralign);
        }

        align = Math.Max(align, arch_slab_minalign());

        return ALIGN(align, (uint)sizeof(void*));
    }

    [KernelSource("mm/slab_common.c", "slab_unmergeable", Parity.Full)]
    public static bool slab_unmergeable(kmem_cache* s)
    {
        if (slab_nomerge || (s->flags & SLAB_NEVER_MERGE) != 0)
            return true;

        if (s->ctor != null)
            return true;

        if (s->usersize != 0)
            return true;

        if (s->cpu_sheaves != null)
            return true;

        // A cache of the first minutes.
        return s->refcount < 0;
    }

    [KernelSource("mm/slab_common.c", "find_mergeable", Parity.Full)]
    public static kmem_cache* find_mergeable(uint size, uint align, slab_flags_t flags, byte* name, delegate*<void*, void> ctor)
    {
        if (slab_nomerge)
            return null;

        if (ctor != null)
            return null;

        flags = kmem_cache_flags(flags, name);

        if ((flags & SLAB_NEVER_MERGE) != 0)
            return null;

        size = ALIGN(size, (uint)sizeof(void*));
        align = calculate_alignment(flags, align, size);
        size = ALIGN(size, align);

        for (list_head* p = slab_caches->prev; p != slab_caches; p = p->prev)
        {
            kmem_cache* s = list_entry<kmem_cache>(p, &((kmem_cache*)nowhere)->list);

            if (slab_unmergeable(s))
                continue;

            if (size > s->size)
                continue;

            if ((flags & SLAB_MERGE_SAME) != (s->flags & SLAB_MERGE_SAME))
                continue;
            // The objects must be aligned as asked ...
            if ((s->size & ~(align - 1)) != s->size)
                continue;

            // ... and not be much larger.
            if (s->size - size >= (uint)sizeof(void*))
                continue;

            return s;
        }
        return null;
    }

    [KernelSource("mm/slab_common.c", "create_cache", Parity.Full)]
    private static kmem_cache* create_cache(byte* name, uint object_size, kmem_cache_args* args, slab_flags_t flags)
    {
        int err = -EINVAL;

        // A place for the free pointer inside the object makes sense only where readers may still look at it.
        if (args->use_freeptr_offset &&
            (args->freeptr_offset >= object_size || (flags & SLAB_TYPESAFE_BY_RCU) == 0 ||
             (args->freeptr_offset & ((uint)sizeof(freeptr_t) - 1)) != 0))
            goto @out;

        err = -ENOMEM;
        kmem_cache* s = (kmem_cache*)kmem_cache_zalloc(kmem_cache, GFP_KERNEL);
        if (s == null)
            goto @out;
        err = do_kmem_cache_create(s, name, object_size, args, flags);
        if (err != 0)
            goto out_free_cache;

        s->refcount = 1;
        list_add(&s->list, slab_caches);
        return s;

    out_free_cache:
        kmem_cache_free(kmem_cache, s);
    @out:
        return ERR_PTR<kmem_cache>(err);
    }

    [KernelSource("mm/slab_common.c", "__kmem_cache_create_args", Parity.Full)]
    public static kmem_cache* __kmem_cache_create_args(byte* name, uint object_size, kmem_cache_args* args, slab_flags_t flags)
    {
        kmem_cache* s = null;
        byte* cache_name;

        flags &= ~SLAB_DEBUG_FLAGS;

        mutex_lock(slab_mutex);

        int err = kmem_cache_sanity_check(name, object_size);
        if (err != 0)
            goto out_unlock;

        // Flags of the allocator's own are no one's to ask for.
        if ((flags & ~SLAB_FLAGS_PERMITTED) != 0)
        {
            err = -EINVAL;
            goto out_unlock;
        }

        if (WARN_ON(args->usersize == 0 && args->useroffset != 0) ||
            WARN_ON(object_size < args->usersize || object_size - args->usersize < args->useroffset))
            args->usersize = args->useroffset = 0;

        if (args->usersize == 0 && args->sheaf_capacity == 0)
            s = __kmem_cache_alias(name, object_size, args->align, flags, args->ctor);
        if (s != null)
            goto out_unlock;

        cache_name = kstrdup_const(name, GFP_KERNEL);
        if (cache_name == null)
        {
            err = -ENOMEM;
            goto out_unlock;
        }

        args->align = calculate_alignment(flags, args->align, object_size);
        s = create_cache(cache_name, object_size, args, flags);
        if (IS_ERR(s))
        {
            err = PTR_ERR(s);
            kfree_const(cache_name);
        }

    out_unlock:
        mutex_unlock(slab_mutex);

        if (err != 0)
        {
            string called = Marshal.PtrToStringUTF8((nint)name) ?? "";
            if ((flags & SLAB_PANIC) != 0)
                panic($"__kmem_cache_create_args: Failed to create slab '{called}'. Error {err}");
            pr_warn($"__kmem_cache_create_args({called}) failed with error {err}");
            return null;
        }
        return s;
    }

    [KernelSource("mm/slab_common.c", "kmem_cache_release", Parity.Full)]
    private static void kmem_cache_release(kmem_cache* s) => slab_kmem_cache_release(s);

    [KernelSource("mm/slab_common.c", "slab_kmem_cache_release", Parity.Full)]
    public static void slab_kmem_cache_release(kmem_cache* s)
    {
        __kmem_cache_release(s);
        kfree_const(s->name);
        kmem_cache_free(kmem_cache, s);
    }

    [KernelSource("mm/slab_common.c", "kmem_cache_destroy", Parity.Full)]
    public static void kmem_cache_destroy(kmem_cache* s)
    {
        if (s == null)
            return;

        // kfree_rcu() may still have objects of this cache.
        kvfree_rcu_barrier_on_cache(s);

        defer_free_barrier();

        cpus_read_lock();
        mutex_lock(slab_mutex);

        s->refcount--;
        if (s->refcount != 0)
        {
            mutex_unlock(slab_mutex);
            cpus_read_unlock();
            return;
        }

        int err = __kmem_cache_shutdown(s);
        WARN_ON(err != 0, "Slab cache still has objects when destroyed: " + Marshal.PtrToStringUTF8((nint)s->name));

        list_del(&s->list);

        mutex_unlock(slab_mutex);
        cpus_read_unlock();

        if (err != 0)
            return;

        if ((s->flags & SLAB_TYPESAFE_BY_RCU) != 0)
            rcu_barrier();

        kmem_cache_release(s);
    }

    [KernelSource("mm/slab_common.c", "kmem_cache_shrink", Parity.Full)]
    public static int kmem_cache_shrink(kmem_cache* cachep) => __kmem_cache_shrink(cachep);

    [KernelSource("mm/slab_common.c", "slab_is_available", Parity.Full)]
    public static bool slab_is_available() => slab_state >= UP;

    /// <summary>For a cache whose kmem_cache was not allocated from the cache of caches.</summary>
    [KernelSource("mm/slab_common.c", "create_boot_cache", Parity.Full)]
    public static void create_boot_cache(kmem_cache* s, byte* name, uint size, slab_flags_t flags, uint useroffset, uint usersize)
    {
        uint align = ARCH_KMALLOC_MINALIGN;
        kmem_cache_args kmem_args = default;

        // A kmalloc object of a power of two is aligned to its size.
        if ((flags & SLAB_KMALLOC) != 0)
            align = Math.Max(align, 1U << System.Numerics.BitOperations.TrailingZeroCount(size));
        kmem_args.align = calculate_alignment(flags, align, size);

        kmem_args.useroffset = useroffset;
        kmem_args.usersize = usersize;

        int err = do_kmem_cache_create(s, name, size, &kmem_args, flags);

        if (err != 0)
            panic($"Creation of kmalloc slab {Marshal.PtrToStringUTF8((nint)name)} size={size} failed. Reason {err}");

        s->refcount = -1; // not to be merged with, for now
    }

    [KernelSource("mm/slab_common.c", "create_kmalloc_cache", Parity.Full)]
    private static kmem_cache* create_kmalloc_cache(byte* name, uint size, slab_flags_t flags)
    {
        kmem_cache* s = (kmem_cache*)kmem_cache_zalloc(kmem_cache, GFP_NOWAIT);

        if (s == null)
            panic($"Out of memory when creating slab {Marshal.PtrToStringUTF8((nint)name)}");

        create_boot_cache(s, name, size, flags | SLAB_KMALLOC, 0, size);
        list_add(&s->list, slab_caches);
        s->refcount = 1;
        return s;
    }

    /// <summary>kmalloc_caches[type][index], in one row.</summary>
    public static readonly kmem_cache** kmalloc_caches =
        (kmem_cache**)bss<nint>(NR_KMALLOC_TYPES * (KMALLOC_SHIFT_HIGH + 1));

    /// <summary>Which cache serves a size of up to 192 bytes, in steps of 8: 1 is of 96 bytes, 2 of 192.</summary>
    public static ReadOnlySpan<byte> kmalloc_size_index =>
    [
        3, 4, 5, 5, 6, 6, 6, 6, 1, 1, 1, 1, 7, 7, 7, 7, 2, 2, 2, 2, 2, 2, 2, 2,
    ];

    [KernelSource("mm/slab_common.c", "kmalloc_size_roundup", Parity.Full)]
    public static ulong kmalloc_size_roundup(ulong size)
    {
        if (size != 0 && size <= KMALLOC_MAX_CACHE_SIZE)
            return kmalloc_slab(size, null, GFP_KERNEL, 0)->object_size;

        if (size != 0 && size <= KMALLOC_MAX_SIZE)
            return PAGE_SIZE << get_order(size);

        return size;
    }

    private static kmalloc_info_struct kmalloc_info(int idx) => idx switch
    {
        1 => new(96, rodata("kmalloc-96"u8), rodata("kmalloc-rcl-96"u8), rodata("dma-kmalloc-96"u8), rodata("kmalloc-cg-96"u8)),
        2 => new(192, rodata("kmalloc-192"u8), rodata("kmalloc-rcl-192"u8), rodata("dma-kmalloc-192"u8), rodata("kmalloc-cg-192"u8)),
        3 => new(8, rodata("kmalloc-8"u8), rodata("kmalloc-rcl-8"u8), rodata("dma-kmalloc-8"u8), rodata("kmalloc-cg-8"u8)),
        4 => new(16, rodata("kmalloc-16"u8), rodata("kmalloc-rcl-16"u8), rodata("dma-kmalloc-16"u8), rodata("kmalloc-cg-16"u8)),
        5 => new(32, rodata("kmalloc-32"u8), rodata("kmalloc-rcl-32"u8), rodata("dma-kmalloc-32"u8), rodata("kmalloc-cg-32"u8)),
        6 => new(64, rodata("kmalloc-64"u8), rodata("kmalloc-rcl-64"u8), rodata("dma-kmalloc-64"u8), rodata("kmalloc-cg-64"u8)),
        7 => new(128, rodata("kmalloc-128"u8), rodata("kmalloc-rcl-128"u8), rodata("dma-kmalloc-128"u8), rodata("kmalloc-cg-128"u8)),
        8 => new(256, rodata("kmalloc-256"u8), rodata("kmalloc-rcl-256"u8), rodata("dma-kmalloc-256"u8), rodata("kmalloc-cg-256"u8)),
        9 => new(512, rodata("kmalloc-512"u8), rodata("kmalloc-rcl-512"u8), rodata("dma-kmalloc-512"u8), rodata("kmalloc-cg-512"u8)),
        10 => new(1024, rodata("kmalloc-1k"u8), rodata("kmalloc-rcl-1k"u8), rodata("dma-kmalloc-1k"u8), rodata("kmalloc-cg-1k"u8)),
        11 => new(2048, rodata("kmalloc-2k"u8), rodata("kmalloc-rcl-2k"u8), rodata("dma-kmalloc-2k"u8), rodata("kmalloc-cg-2k"u8)),
        12 => new(4096, rodata("kmalloc-4k"u8), rodata("kmalloc-rcl-4k"u8), rodata("dma-kmalloc-4k"u8), rodata("kmalloc-cg-4k"u8)),
        _ => new(8192, rodata("kmalloc-8k"u8), rodata("kmalloc-rcl-8k"u8), rodata("dma-kmalloc-8k"u8), rodata("kmalloc-cg-8k"u8)),
    };

    // The table serves objects of at least 8 bytes as it stands.
    [KernelSource("mm/slab_common.c", "setup_kmalloc_cache_index_table", Parity.Full)]
    public static void setup_kmalloc_cache_index_table()
    {
    }

    [KernelSource("mm/slab_common.c", "__kmalloc_minalign", Parity.Full)]
    private static uint __kmalloc_minalign() => arch_slab_minalign();

    [KernelSource("mm/slab_common.c", "new_kmalloc_cache", Parity.Full)]
    private static void new_kmalloc_cache(int idx, int type)
    {
        slab_flags_t flags = 0;
        uint minalign = __kmalloc_minalign();
        kmalloc_info_struct info = kmalloc_info(idx);
        uint aligned_size = info.size;
        int aligned_idx = idx;
        kmem_cache** caches = kmalloc_caches + type * (KMALLOC_SHIFT_HIGH + 1);

        if (type == KMALLOC_RECLAIM)
        {
            flags |= SLAB_RECLAIM_ACCOUNT;
        }
        else if (type == KMALLOC_CGROUP)
        {
            if (mem_cgroup_kmem_disabled())
            {
                caches[idx] = kmalloc_caches[KMALLOC_NORMAL * (KMALLOC_SHIFT_HIGH + 1) + idx];
                return;
            }
            flags |= SLAB_ACCOUNT;
        }
        else if (type == KMALLOC_DMA)
        {
            flags |= SLAB_CACHE_DMA;
        }

        // Objects of the normal caches never have a vector: no cache that has them may join.
        if (type == KMALLOC_NORMAL)
            flags |= SLAB_NO_MERGE;

        if (minalign > ARCH_KMALLOC_MINALIGN)
        {
            aligned_size = ALIGN(aligned_size, minalign);
            aligned_idx = (int)__kmalloc_index(aligned_size, false);
        }

        if (caches[aligned_idx] == null)
            caches[aligned_idx] = create_kmalloc_cache(kmalloc_info(aligned_idx).name(type), aligned_size, flags);
        if (idx != aligned_idx)
            caches[idx] = caches[aligned_idx];
    }

    [KernelSource("mm/slab_common.c", "create_kmalloc_caches", Parity.Full)]
    public static void create_kmalloc_caches()
    {
        for (int type = KMALLOC_NORMAL; type < NR_KMALLOC_TYPES; type++)
        {
            // 96 and 192 bytes lie between the powers of two.
            if (KMALLOC_MIN_SIZE <= 32)
                new_kmalloc_cache(1, type);
            if (KMALLOC_MIN_SIZE <= 64)
                new_kmalloc_cache(2, type);

            for (int i = KMALLOC_SHIFT_LOW; i <= KMALLOC_SHIFT_HIGH; i++)
                new_kmalloc_cache(i, type);
        }

        slab_state = UP;
    }

    [KernelSource("mm/slab_common.c", "__ksize", Parity.Full)]
    public static ulong __ksize(void* @object)
    {
        if (@object == ZERO_SIZE_PTR)
            return 0;

        folio* folio = virt_to_folio(@object);

        if (!folio_test_slab(folio))
        {
            if (WARN_ON(folio_size(folio) <= KMALLOC_MAX_CACHE_SIZE))
                return 0;
            if (WARN_ON(@object != folio_address(folio)))
                return 0;
            return folio_size(folio);
        }

        return slab_ksize(folio_slab(folio)->slab_cache);
    }

    [KernelSource("mm/slab_common.c", "ksize", Parity.Full)]
    public static ulong ksize(void* objp)
    {
        if (ZERO_OR_NULL_PTR(objp))
            return 0;

        return __ksize(objp);
    }

    [KernelSource("mm/slab_common.c", "kmalloc_fix_flags", Parity.Full)]
    public static gfp_t kmalloc_fix_flags(gfp_t flags)
    {
        gfp_t invalid_mask = flags & GFP_SLAB_BUG_MASK;

        flags &= ~GFP_SLAB_BUG_MASK;
        pr_warn($"Unexpected gfp: {invalid_mask:x}. Fixing up to gfp: {flags:x}. Fix your code!");

        return flags;
    }

    [KernelSource("mm/slab_common.c", "kfree_sensitive", Parity.Full)]
    [Frees("p")]
    public static void kfree_sensitive(void* p)
    {
        ulong ks = ksize(p);
        if (ks != 0)
            memset(p, 0, ks);
        kfree(p);
    }

    /// <summary>Frees after a grace period; <paramref name="head"/> lies in the object, or is NULL, and then the caller sleeps.</summary>
    [KernelSource("mm/slab_common.c", "kvfree_call_rcu", Parity.Full)]
    public static void kvfree_call_rcu(rcu_head* head, void* ptr)
    {
        if (head != null)
        {
            call_rcu(head, &kvfree_rcu_cb);
            return;
        }

        // Without a head there is nothing to queue.
        might_sleep();
        synchronize_rcu();
        kvfree(ptr);
    }

    [KernelSource("mm/slab_common.c", "kvfree_rcu_init", Parity.Full)]
    public static void kvfree_rcu_init()
    {
    }

    // Who is out of memory does not sleep for the list of caches.
    [KernelSource("mm/slab_common.c", "dump_unreclaimable_slab", Parity.Full)]
    public static void dump_unreclaimable_slab()
    {
        if (!mutex_trylock(slab_mutex))
        {
            pr_warn("excessive unreclaimable slab but cannot dump stats");
            return;
        }

        pr_info("Unreclaimable slab info:");
        pr_info("Name                      Used          Total");

        for (list_head* p = slab_caches->next; p != slab_caches; p = p->next)
        {
            kmem_cache* s = container_of<kmem_cache>(p, &((kmem_cache*)nowhere)->list);
            slabinfo sinfo = default;

            if ((s->flags & SLAB_RECLAIM_ACCOUNT) != 0)
                continue;

            mm_slub_c.get_slabinfo(s, &sinfo);

            if (sinfo.num_objs > 0)
            {
                pr_info($"{Marshal.PtrToStringUTF8((nint)s->name),-17} {sinfo.active_objs * s->size / 1024,10}KB " +
                    $"{sinfo.num_objs * s->size / 1024,10}KB");
            }
        }

        mutex_unlock(slab_mutex);
    }
}
