// SPDX-License-Identifier: GPL-2.0-only
// mm/zswap.c, first part: pools, limits, compression, entries.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;

namespace Linux;

/// <summary>A compressed page; mm/zswap.c.</summary>
public unsafe struct zswap_entry
{
    public swp_entry_t swpentry;

    /// <summary>Compressed size in bytes; PAGE_SIZE for a page that does not compress.</summary>
    public uint length;

    /// <summary>Stored since the shrinker last came by.</summary>
    public bool referenced;
    [OwnsRef] public zswap_pool* pool;
    public ulong handle;

    /// <summary>Who pays for the compressed bytes; null for nobody.</summary>
    [OwnsRef] public obj_cgroup* objcg;
    public list_head lru;
}

/// <summary>A compressor and the memory for what it makes; mm/zswap.c.</summary>
public unsafe struct zswap_pool
{
    public zs_pool* zs_pool;
    [PerCpu(Remote = true)] public PerCpu<crypto_acomp_ctx>* acomp_ctx;
    public percpu_ref @ref;
    public list_head list;
    public work_struct release_work;

    /// <summary>Number of the compressor; see linux_crypto_h.</summary>
    public int compressor;
}

/// <summary>What a CPU needs to compress one page at a time; mm/zswap.c.</summary>
public unsafe struct crypto_acomp_ctx
{
    public byte* buffer;
    public mutex mutex;
}

public static unsafe partial class mm_zswap_c
{
    public static readonly atomic_long_t* zswap_stored_pages = bss<atomic_long_t>();
    private static readonly atomic_long_t* zswap_stored_incompressible_pages = bss<atomic_long_t>();

    // What the kernel shows in debugfs: the pool was full; pages went to the disk; why pages were refused.
    private static ulong zswap_pool_limit_hit;
    private static ulong zswap_written_back_pages;
    private static ulong zswap_reject_reclaim_fail;
    private static ulong zswap_reject_compress_fail;
    private static ulong zswap_reject_compress_poor;
    private static ulong zswap_decompress_fail;
    private static ulong zswap_reject_alloc_fail;
    private static ulong zswap_reject_kmemcache_fail;

    private static workqueue_struct* shrink_wq;

    // Between the limit and the threshold to accept pages again.
    private static bool zswap_pool_reached_full;

    private static bool zswap_ever_enabled;

    /// <summary>zswap.enabled.</summary>
    public static bool zswap_enabled;

    /// <summary>zswap.max_pool_percent: how much of memory the pool may take.</summary>
    public static uint zswap_max_pool_percent = 20;

    /// <summary>zswap.accept_threshold_percent: how full the pool may be, of that, to accept pages again.</summary>
    public static uint zswap_accept_thr_percent = 90;

    /// <summary>zswap.shrinker_enabled: writing back under memory pressure before the pool is full.</summary>
    public static bool zswap_shrinker_enabled;

    private static readonly list_lru* zswap_list_lru = bss<list_lru>();
    private static readonly spinlock_t* zswap_shrink_lock = bss<spinlock_t>();
    [GuardedBy("zswap_shrink_lock"), OwnsRef] private static mem_cgroup* zswap_next_shrink;
    private static readonly work_struct* zswap_shrink_work = bss<work_struct>();
    private static shrinker* zswap_shrinker;

    private static readonly xarray** zswap_trees = (xarray**)bss<nint>(MAX_SWAPFILES);
    private static readonly uint* nr_zswap_trees = bss<uint>(MAX_SWAPFILES);

    // The first is the one that is stored to. Under zswap_pools_lock, read under RCU.
    private static readonly list_head* zswap_pools = bss<list_head>();
    [LockClass(SoftIrq = true)]
    private static readonly spinlock_t* zswap_pools_lock = bss<spinlock_t>();

    // enum zswap_init_type
    private const int ZSWAP_UNINIT = 0;
    private const int ZSWAP_INIT_SUCCEED = 1;
    private const int ZSWAP_INIT_FAILED = 2;

    private static int zswap_init_state;

    private static readonly mutex* zswap_init_lock = bss<mutex>();

    // Set up, but perhaps without the first pool.
    private static bool zswap_has_pool;

    private const int ZSWAP_ADDRESS_SPACE_SHIFT = 14;
    private const ulong ZSWAP_ADDRESS_SPACE_PAGES = 1UL << ZSWAP_ADDRESS_SPACE_SHIFT;

    [KernelSource("mm/zswap.c", "zswap_is_enabled", Parity.Full)]
    public static bool zswap_is_enabled() => zswap_enabled;

    [KernelSource("mm/zswap.c", "zswap_never_enabled", Parity.Full)]
    public static bool zswap_never_enabled() => !zswap_ever_enabled;

    [KernelSource("mm/zswap.c", "swap_zswap_tree", Parity.Full)]
    private static xarray* swap_zswap_tree(swp_entry_t swp) =>
        &zswap_trees[swp_type(swp)][swp_offset(swp) >> ZSWAP_ADDRESS_SPACE_SHIFT];

    [KernelSource("mm/zswap.c", "zswap_pool_create", Parity.Reduced, "the per-CPU buffers are made here, not by a CPU hotplug callback")]
    private static zswap_pool* zswap_pool_create(int compressor)
    {
        zswap_pool* pool = (zswap_pool*)kzalloc((ulong)sizeof(zswap_pool), GFP_KERNEL);
        if (pool == null)
            return null;

        pool->zs_pool = zs_create_pool();
        if (pool->zs_pool == null)
            goto error;

        pool->compressor = compressor;

        pool->acomp_ctx = alloc_percpu<crypto_acomp_ctx>();
        if (pool->acomp_ctx == null)
        {
            pr_err("percpu alloc failed");
            goto error;
        }

        foreach (int cpu in for_each_possible_cpu())
            mutex_init(&per_cpu_ptr(pool->acomp_ctx, cpu)->mutex);

        foreach (int cpu in for_each_possible_cpu())
        {
            if (zswap_cpu_comp_prepare(pool, cpu) != 0)
                goto ref_fail;
        }

        if (percpu_ref_init(&pool->@ref, &__zswap_pool_empty, PERCPU_REF_ALLOW_REINIT, GFP_KERNEL) != 0)
            goto ref_fail;
        INIT_LIST_HEAD(&pool->list);

        return pool;

    ref_fail:
        foreach (int cpu in for_each_possible_cpu())
            zswap_cpu_comp_dead(pool, cpu);
    error:
        if (pool->acomp_ctx != null)
            free_percpu(pool->acomp_ctx);
        if (pool->zs_pool != null)
            zs_destroy_pool(pool->zs_pool);
        kfree(pool);
        return null;
    }

    [KernelSource("mm/zswap.c", "zswap_pool_destroy", Parity.Reduced, "CPUs stay: what leaving the CPU hotplug state calls for each is called here")]
    private static void zswap_pool_destroy(zswap_pool* pool)
    {
        foreach (int cpu in for_each_possible_cpu())
            zswap_cpu_comp_dead(pool, cpu);
        free_percpu(pool->acomp_ctx);

        zs_destroy_pool(pool->zs_pool);
        kfree(pool);
    }

    [KernelSource("mm/zswap.c", "__zswap_pool_release", Parity.Full)]
    private static void __zswap_pool_release(work_struct* work)
    {
        zswap_pool* pool = container_of<zswap_pool>(work, &((zswap_pool*)nowhere)->release_work);

        synchronize_rcu();

        // Nobody can have taken a new reference.
        WARN_ON(!percpu_ref_is_zero(&pool->@ref));
        percpu_ref_exit(&pool->@ref);

        zswap_pool_destroy(pool);
    }

    [KernelSource("mm/zswap.c", "__zswap_pool_empty", Parity.Full)]
    [Excludes("zswap_pools_lock")]
    private static void __zswap_pool_empty(percpu_ref* @ref)
    {
        zswap_pool* pool = container_of<zswap_pool>(@ref, &((zswap_pool*)nowhere)->@ref);

        spin_lock_bh(zswap_pools_lock);

        WARN_ON(pool == zswap_pool_current());

        list_del_rcu(&pool->list);

        INIT_WORK(&pool->release_work, &__zswap_pool_release);
        schedule_work(&pool->release_work);

        spin_unlock_bh(zswap_pools_lock);
    }

    [KernelSource("mm/zswap.c", "zswap_pool_tryget", Parity.Full)]
    [TryGetsRef(Result.True, "pool")]
    private static bool zswap_pool_tryget(zswap_pool* pool)
    {
        if (pool == null)
            return false;

        return percpu_ref_tryget(&pool->@ref);
    }

    // The caller has a reference already.
    [KernelSource("mm/zswap.c", "zswap_pool_get", Parity.Full)]
    [GetsRef("pool")]
    private static void zswap_pool_get(zswap_pool* pool) => percpu_ref_get(&pool->@ref);

    [KernelSource("mm/zswap.c", "zswap_pool_put", Parity.Full)]
    [PutsRef("pool")]
    private static void zswap_pool_put(zswap_pool* pool) => percpu_ref_put(&pool->@ref);

    [KernelSource("mm/zswap.c", "__zswap_pool_current", Parity.Full)]
    private static zswap_pool* __zswap_pool_current()
    {
        list_head* first = READ_ONCE(&zswap_pools->next);
        zswap_pool* pool = first != zswap_pools ? container_of<zswap_pool>(first, &((zswap_pool*)nowhere)->list) : null;

        WARN_ON_ONCE(pool == null && zswap_has_pool);

        return pool;
    }

    [KernelSource("mm/zswap.c", "zswap_pool_current", Parity.Full)]
    [MustHold("zswap_pools_lock")]
    private static zswap_pool* zswap_pool_current()
    {
        assert_spin_locked(zswap_pools_lock);

        return __zswap_pool_current();
    }

    [KernelSource("mm/zswap.c", "zswap_pool_current_get", Parity.Full)]
    [ReturnsOwned]
    private static zswap_pool* zswap_pool_current_get()
    {
        rcu_read_lock();

        zswap_pool* pool = __zswap_pool_current();
        if (!zswap_pool_tryget(pool))
            pool = null;

        rcu_read_unlock();

        return pool;
    }

    [KernelSource("mm/zswap.c", "zswap_pool_find_get", Parity.Full)]
    [ReturnsOwned]
    [MustHold("zswap_pools_lock")]
    private static zswap_pool* zswap_pool_find_get(int compressor)
    {
        assert_spin_locked(zswap_pools_lock);

        for (list_head* p = READ_ONCE(&zswap_pools->next); p != zswap_pools; p = READ_ONCE(&p->next))
        {
            zswap_pool* pool = container_of<zswap_pool>(p, &((zswap_pool*)nowhere)->list);
            if (pool->compressor != compressor)
                continue;
            // One without references is about to go.
            if (!zswap_pool_tryget(pool))
                continue;
            return pool;
        }

        return null;
    }

    // In pages.
    [KernelSource("mm/zswap.c", "zswap_max_pages", Parity.Full)]
    private static ulong zswap_max_pages() => totalram_pages() * zswap_max_pool_percent / 100;

    [KernelSource("mm/zswap.c", "zswap_accept_thr_pages", Parity.Full)]
    private static ulong zswap_accept_thr_pages() => zswap_max_pages() * zswap_accept_thr_percent / 100;

    [KernelSource("mm/zswap.c", "zswap_total_pages", Parity.Full)]
    public static ulong zswap_total_pages()
    {
        ulong total = 0;

        rcu_read_lock();
        for (list_head* p = READ_ONCE(&zswap_pools->next); p != zswap_pools; p = READ_ONCE(&p->next))
            total += zs_get_total_pages(container_of<zswap_pool>(p, &((zswap_pool*)nowhere)->list)->zs_pool);
        rcu_read_unlock();

        return total;
    }

    [KernelSource("mm/zswap.c", "zswap_check_limits", Parity.Full)]
    private static bool zswap_check_limits()
    {
        ulong cur_pages = zswap_total_pages();
        ulong max_pages = zswap_max_pages();

        if (cur_pages >= max_pages)
        {
            zswap_pool_limit_hit++;
            zswap_pool_reached_full = true;
        }
        else if (zswap_pool_reached_full && cur_pages <= zswap_accept_thr_pages())
        {
            zswap_pool_reached_full = false;
        }

        return zswap_pool_reached_full;
    }

    /// <summary>
    /// zswap.compressor: from now on pages go to a pool of this compressor, the one that is left of an earlier time or a new one.
    /// The pool before it stays for as long as there are pages in it.
    /// </summary>
    [KernelSource("mm/zswap.c", "zswap_compressor_param_set", Parity.Reduced, "a compressor's number, -1 for one that is not there, in place of a name; not at boot; a pool that was found keeps that reference until it is current")]
    [Excludes("zswap_init_lock", "zswap_pools_lock")]
    public static int zswap_compressor_param_set(int compressor)
    {
        zswap_pool* put_pool = null;
        bool create_pool = false;
        int ret = 0;

        mutex_lock(zswap_init_lock);
        switch (zswap_init_state)
        {
            case ZSWAP_UNINIT:
                crypto_set_default_acomp(compressor);
                break;
            case ZSWAP_INIT_SUCCEED:
                create_pool = !zswap_has_pool || compressor != crypto_default_acomp();
                break;
            case ZSWAP_INIT_FAILED:
                pr_err("can't set param, initialization failed");
                ret = -ENODEV;
                break;
        }
        mutex_unlock(zswap_init_lock);

        if (!create_pool)
            return ret;

        if (compressor < 0)
        {
            pr_err("compressor not available");
            return -ENOENT;
        }

        spin_lock_bh(zswap_pools_lock);
        zswap_pool* found = zswap_pool_find_get(compressor);
        zswap_pool* pool = found;
        if (pool != null)
        {
            WARN_ON(pool == zswap_pool_current());
            list_del_rcu(&pool->list);
        }
        spin_unlock_bh(zswap_pools_lock);

        // Of one that was killed the reference that its kill dropped comes back.
        if (pool == null)
            pool = zswap_pool_create(compressor);
        else
            percpu_ref_resurrect(&pool->@ref);

        if (pool != null)
            crypto_set_default_acomp(compressor);
        else
            ret = -EINVAL;

        spin_lock_bh(zswap_pools_lock);
        if (ret == 0)
        {
            put_pool = zswap_pool_current();
            list_add_rcu(&pool->list, zswap_pools);
            zswap_has_pool = true;
        }
        spin_unlock_bh(zswap_pools_lock);

        if (found != null)
            zswap_pool_put(found);

        // The one before goes when its last page does.
        if (put_pool != null)
            percpu_ref_kill(&put_pool->@ref);

        return ret;
    }

    /// <summary>zswap.enabled=1 or 0: sets zswap up at its first use; -ENODEV when that fails, now or before.</summary>
    [KernelSource("mm/zswap.c", "zswap_enabled_param_set", Parity.Reduced, "a value, not text; not at boot")]
    [Excludes("zswap_init_lock")]
    public static int zswap_enabled_param_set(bool val)
    {
        int ret = -ENODEV;

        mutex_lock(zswap_init_lock);
        switch (zswap_init_state)
        {
            case ZSWAP_UNINIT:
                if (zswap_setup() != 0)
                    break;
                goto case ZSWAP_INIT_SUCCEED;
            case ZSWAP_INIT_SUCCEED:
                if (!zswap_has_pool)
                {
                    pr_err("can't enable, no pool configured");
                }
                else
                {
                    zswap_enabled = val;
                    ret = 0;
                }
                break;
            case ZSWAP_INIT_FAILED:
                pr_err("can't enable, initialization failed");
                break;
        }
        mutex_unlock(zswap_init_lock);

        return ret;
    }

    [KernelSource("mm/zswap.c", "mem_cgroup_from_entry", Parity.Full)]
    [RcuReadSection]
    private static mem_cgroup* mem_cgroup_from_entry(zswap_entry* entry) =>
        entry->objcg != null ? obj_cgroup_memcg(entry->objcg) : null;

    [KernelSource("mm/zswap.c", "entry_to_nid", Parity.Full)]
    private static int entry_to_nid(zswap_entry* entry) => page_to_nid(virt_to_page(entry));

    [KernelSource("mm/zswap.c", "zswap_lru_add", Parity.Full)]
    private static void zswap_lru_add(list_lru* list_lru, zswap_entry* entry)
    {
        int nid = entry_to_nid(entry);

        // RCU keeps the group from going; its lists may move to the parent's meanwhile, which
        // list_lru_add() looks out for.
        rcu_read_lock();
        mem_cgroup* memcg = mem_cgroup_from_entry(entry);
        list_lru_add(list_lru, &entry->lru, nid, memcg);
        rcu_read_unlock();
    }

    [KernelSource("mm/zswap.c", "zswap_lru_del", Parity.Full)]
    private static void zswap_lru_del(list_lru* list_lru, zswap_entry* entry)
    {
        int nid = entry_to_nid(entry);

        rcu_read_lock();
        mem_cgroup* memcg = mem_cgroup_from_entry(entry);
        list_lru_del(list_lru, &entry->lru, nid, memcg);
        rcu_read_unlock();
    }

    [KernelSource("mm/zswap.c", "zswap_folio_swapin", Parity.Full)]
    public static void zswap_folio_swapin(folio* folio)
    {
        if (folio != null)
            atomic_long_inc(&folio_lruvec(folio)->zswap_lruvec_state.nr_disk_swapins);
    }

    // The walk over the groups must not stand on one that goes.
    [KernelSource("mm/zswap.c", "zswap_memcg_offline_cleanup", Parity.Full)]
    [Excludes("zswap_shrink_lock")]
    public static void zswap_memcg_offline_cleanup(mem_cgroup* memcg)
    {
        spin_lock(zswap_shrink_lock);
        if (zswap_next_shrink == memcg)
        {
            do
            {
                zswap_next_shrink = mem_cgroup_iter(null, zswap_next_shrink, null);
            }
            while (zswap_next_shrink != null && !mem_cgroup_online(zswap_next_shrink));
        }

        spin_unlock(zswap_shrink_lock);
    }

    private static kmem_cache* zswap_entry_cache;

    [KernelSource("mm/zswap.c", "zswap_entry_cache_alloc", Parity.Full)]
    [ReturnsFresh]
    private static zswap_entry* zswap_entry_cache_alloc(gfp_t gfp, int nid) =>
        (zswap_entry*)kmem_cache_alloc_node(zswap_entry_cache, gfp, nid);

    [KernelSource("mm/zswap.c", "zswap_entry_cache_free", Parity.Full)]
    [Frees("entry")]
    private static void zswap_entry_cache_free(zswap_entry* entry) => kmem_cache_free(zswap_entry_cache, entry);

    // The entry is in no tree any more.
    [KernelSource("mm/zswap.c", "zswap_entry_free", Parity.Full)]
    private static void zswap_entry_free(zswap_entry* entry)
    {
        zswap_lru_del(zswap_list_lru, entry);
        zs_free(entry->pool->zs_pool, entry->handle);
        zswap_pool_put(entry->pool);
        if (entry->objcg != null)
        {
            obj_cgroup_uncharge_zswap(entry->objcg, entry->length);
            obj_cgroup_put(entry->objcg);
        }

        if (entry->length == PAGE_SIZE)
            atomic_long_dec(zswap_stored_incompressible_pages);
        zswap_entry_cache_free(entry);
        atomic_long_dec(zswap_stored_pages);
    }

    [KernelSource("mm/zswap.c", "zswap_cpu_comp_prepare", Parity.Reduced, "compressors are synchronous and need no request")]
    [Excludes("crypto_acomp_ctx.mutex")]
    private static int zswap_cpu_comp_prepare(zswap_pool* pool, int cpu)
    {
        crypto_acomp_ctx* acomp_ctx = per_cpu_ptr(pool->acomp_ctx, cpu);

        byte* buffer = (byte*)kmalloc_node(PAGE_SIZE, GFP_KERNEL, cpu_to_node(cpu));
        if (buffer == null)
            return -ENOMEM;

        // Not before the allocation: its reclaim may store into zswap, which takes this mutex.
        mutex_lock(&acomp_ctx->mutex);
        acomp_ctx->buffer = buffer;
        mutex_unlock(&acomp_ctx->mutex);
        return 0;
    }

    [KernelSource("mm/zswap.c", "zswap_cpu_comp_dead", Parity.Reduced, "compressors are synchronous and have no request; a pool that calls it has its contexts, and nobody asks for a result")]
    [Excludes("crypto_acomp_ctx.mutex")]
    private static void zswap_cpu_comp_dead(zswap_pool* pool, int cpu)
    {
        crypto_acomp_ctx* acomp_ctx = per_cpu_ptr(pool->acomp_ctx, cpu);

        mutex_lock(&acomp_ctx->mutex);
        byte* buffer = acomp_ctx->buffer;
        acomp_ctx->buffer = null;
        mutex_unlock(&acomp_ctx->mutex);

        kfree(buffer);
    }

    [KernelSource("mm/zswap.c", "acomp_ctx_get_cpu_lock", Parity.Full)]
    [AcquiresReturn("mutex"), MightSleep]
    private static crypto_acomp_ctx* acomp_ctx_get_cpu_lock(zswap_pool* pool)
    {
        for (; ; )
        {
            crypto_acomp_ctx* acomp_ctx = raw_cpu_ptr(pool->acomp_ctx);
            mutex_lock(&acomp_ctx->mutex);
            if (acomp_ctx->buffer != null)
                return acomp_ctx;

            // Its CPU went while we slept.
            mutex_unlock(&acomp_ctx->mutex);
        }
    }

    [KernelSource("mm/zswap.c", "acomp_ctx_put_unlock", Parity.Full)]
    [Releases("acomp_ctx->mutex")]
    private static void acomp_ctx_put_unlock(crypto_acomp_ctx* acomp_ctx) => mutex_unlock(&acomp_ctx->mutex);

    [KernelSource("mm/zswap.c", "zswap_compress", Parity.Full)]
    private static bool zswap_compress(page* page, zswap_entry* entry, zswap_pool* pool)
    {
        int alloc_ret = 0;
        uint dlen = (uint)PAGE_SIZE;

        crypto_acomp_ctx* acomp_ctx = acomp_ctx_get_cpu_lock(pool);
        byte* dst = acomp_ctx->buffer;
        int comp_ret = crypto_acomp_compress(pool->compressor, (byte*)page_address(page), dst, &dlen);

        // A page that does not shrink is kept whole, unless it could not go on to the disk: then it
        // stays where it is.
        if (comp_ret != 0 || dlen == 0 || dlen >= PAGE_SIZE)
        {
            if (!mem_cgroup_zswap_writeback_enabled(folio_memcg(page_folio(page))))
            {
                comp_ret = comp_ret != 0 ? comp_ret : -EINVAL;
                goto unlock;
            }

            comp_ret = 0;
            dlen = (uint)PAGE_SIZE;
            dst = (byte*)page_address(page);
        }

        ulong handle = zs_malloc(pool->zs_pool, dlen, GFP_NOWAIT | __GFP_NORETRY | __GFP_HIGHMEM | __GFP_MOVABLE);
        if (IS_ERR_VALUE(handle))
        {
            alloc_ret = (int)(long)handle;
            goto unlock;
        }

        zs_obj_write(pool->zs_pool, handle, dst, dlen);
        entry->handle = handle;
        entry->length = dlen;

    unlock:
        if (comp_ret == -ENOSPC || alloc_ret == -ENOSPC)
            zswap_reject_compress_poor++;
        else if (comp_ret != 0)
            zswap_reject_compress_fail++;
        else if (alloc_ret != 0)
            zswap_reject_alloc_fail++;

        acomp_ctx_put_unlock(acomp_ctx);
        return comp_ret == 0 && alloc_ret == 0;
    }

    [KernelSource("mm/zswap.c", "zswap_decompress", Parity.Full)]
    private static bool zswap_decompress(zswap_entry* entry, folio* folio)
    {
        zswap_pool* pool = entry->pool;
        int decomp_ret = 0;
        uint dlen = (uint)PAGE_SIZE;

        crypto_acomp_ctx* acomp_ctx = acomp_ctx_get_cpu_lock(pool);
        byte* obj = zs_obj_read_begin(pool->zs_pool, entry->handle);

        if (entry->length == PAGE_SIZE)
            copy_page(folio_address(folio), obj);
        else
            decomp_ret = crypto_acomp_decompress(pool->compressor, obj, entry->length, (byte*)folio_address(folio), &dlen);

        zs_obj_read_end(pool->zs_pool, entry->handle, obj);
        acomp_ctx_put_unlock(acomp_ctx);

        if (decomp_ret == 0 && dlen == PAGE_SIZE)
            return true;

        zswap_decompress_fail++;
        pr_alert($"Decompression error from zswap ({swp_type(entry->swpentry)}:{swp_offset(entry->swpentry)} {entry->length}->{dlen})");
        return false;
    }
}
