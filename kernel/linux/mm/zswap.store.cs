// SPDX-License-Identifier: GPL-2.0-only
// mm/zswap.c, second part: writing back, the shrinker, store and load.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;

namespace Linux;

public static unsafe partial class mm_zswap_c
{
    /// <summary>Moves a compressed page on to the disk; 0, -EEXIST when it is in the swap cache, -ENOMEM, -EIO.</summary>
    /// <remarks>The caller has let go of the entry: it may be freed at any time until the folio is locked.</remarks>
    [KernelSource("mm/zswap.c", "zswap_writeback_entry", Parity.Full)]
    private static int zswap_writeback_entry(zswap_entry* entry, swp_entry_t swpentry)
    {
        pgoff_t offset = swp_offset(swpentry);
        bool folio_was_allocated;
        int ret = 0;

        swap_info_struct* si = get_swap_device(swpentry);
        if (si == null)
            return -EEXIST;

        folio* folio = __read_swap_cache_async(swpentry, GFP_KERNEL, null, 0, &folio_was_allocated, true);
        put_swap_device(si);
        if (folio == null)
            return -ENOMEM;

        // Read by somebody, or being written: freed soon anyway.
        if (!folio_was_allocated)
        {
            ret = -EEXIST;
            goto out_;
        }

        // Locked and in the cache, the slot cannot change any more; but it may have.
        xarray* tree = swap_zswap_tree(swpentry);
        if (entry != xa_load(tree, offset))
        {
            ret = -ENOMEM;
            goto out_;
        }

        if (!zswap_decompress(entry, folio))
        {
            ret = -EIO;
            goto out_;
        }

        xa_erase(tree, offset);

        count_vm_event(ZSWPWB);
        if (entry->objcg != null)
            count_objcg_events(entry->objcg, ZSWPWB, 1);

        zswap_entry_free(entry);

        folio_mark_uptodate(folio);

        // To the tail of the inactive list once it is written.
        folio_set_reclaim(folio);

        __swap_writepage(folio, null);

    out_:
        if (ret != 0 && ret != -EEXIST)
        {
            swap_cache_del_folio(folio);
            folio_unlock(folio);
        }

        folio_put(folio);
        return ret;
    }

    // Entered with l->lock held; drops it for the write.
    [KernelSource("mm/zswap.c", "shrink_memcg_cb", Parity.Full)]
    [MustHold("l->lock")]
    [ContextUnsafe("the result tells whether the list's lock was dropped", Rule = "KM0110"), ContextUnsafe("the result tells whether the list's lock was dropped", Rule = "KM0207")]
    private static int shrink_memcg_cb(list_head* item, list_lru_one* l, void* arg)
    {
        zswap_entry* entry = container_of<zswap_entry>(item, &((zswap_entry*)nowhere)->lru);
        bool* encountered_page_in_swapcache = (bool*)arg;
        int ret = LRU_REMOVED_RETRY;

        // A second chance for what is new.
        if (entry->referenced)
        {
            entry->referenced = false;
            return LRU_ROTATE;
        }

        // To the tail now, as the entry cannot be touched once the lock is dropped: when it stays, it
        // has been rotated.
        list_move_tail(item, &l->list);

        swp_entry_t swpentry = entry->swpentry;

        spin_unlock(&l->@lock);

        int writeback_result = zswap_writeback_entry(entry, swpentry);

        if (writeback_result != 0)
        {
            zswap_reject_reclaim_fail++;
            ret = LRU_RETRY;

            // What is in use is warm: a sign that the list has been shrunk far enough.
            if (writeback_result == -EEXIST && encountered_page_in_swapcache != null)
            {
                ret = LRU_STOP;
                *encountered_page_in_swapcache = true;
            }
        }
        else
        {
            zswap_written_back_pages++;
        }

        return ret;
    }

    [KernelSource("mm/zswap.c", "zswap_shrinker_scan", Parity.Full)]
    private static ulong zswap_shrinker_scan(shrinker* shrinker, shrink_control* sc)
    {
        bool encountered_page_in_swapcache = false;

        if (!zswap_shrinker_enabled || !mem_cgroup_zswap_writeback_enabled(sc->memcg))
        {
            sc->nr_scanned = 0;
            return SHRINK_STOP;
        }

        ulong shrink_ret = list_lru_shrink_walk(zswap_list_lru, sc, &shrink_memcg_cb, &encountered_page_in_swapcache);

        if (encountered_page_in_swapcache)
            return SHRINK_STOP;

        return shrink_ret != 0 ? shrink_ret : SHRINK_STOP;
    }

    [KernelSource("mm/zswap.c", "zswap_shrinker_count", Parity.Full)]
    private static ulong zswap_shrinker_count(shrinker* shrinker, shrink_control* sc)
    {
        mem_cgroup* memcg = sc->memcg;
        lruvec* lruvec = mem_cgroup_lruvec(memcg, NODE_DATA(sc->nid));
        atomic_long_t* nr_disk_swapins = &lruvec->zswap_lruvec_state.nr_disk_swapins;
        ulong nr_backing, nr_stored, nr_remain;

        if (!zswap_shrinker_enabled || !mem_cgroup_zswap_writeback_enabled(memcg))
            return 0;

        // Writing needs I/O, and may recurse into what a caller without it holds.
        if (!gfp_has_io_fs(sc->gfp_mask))
            return 0;

        if (!mem_cgroup_disabled())
        {
            mem_cgroup_flush_stats(memcg);
            nr_backing = memcg_page_state(memcg, MEMCG_ZSWAP_B) >> PAGE_SHIFT;
            nr_stored = memcg_page_state(memcg, MEMCG_ZSWAPPED);
        }
        else
        {
            nr_backing = zswap_total_pages();
            nr_stored = (ulong)atomic_long_read(zswap_stored_pages);
        }

        if (nr_stored == 0)
            return 0;

        ulong nr_freeable = list_lru_shrink_count(zswap_list_lru, sc);
        if (nr_freeable == 0)
            return 0;

        // Pages that had to be read back say that too many were written: spare as many.
        long nr_disk_swapins_cur = atomic_long_read(nr_disk_swapins);
        do
        {
            if (nr_freeable >= (ulong)nr_disk_swapins_cur)
                nr_remain = 0;
            else
                nr_remain = (ulong)nr_disk_swapins_cur - nr_freeable;
        }
        while (!atomic_long_try_cmpxchg(nr_disk_swapins, &nr_disk_swapins_cur, (long)nr_remain));

        nr_freeable -= (ulong)nr_disk_swapins_cur - nr_remain;
        if (nr_freeable == 0)
            return 0;

        // The better it compresses, the less there is to gain.
        return mult_frac(nr_freeable, nr_backing, nr_stored);
    }

    [KernelSource("mm/zswap.c", "zswap_alloc_shrinker", Parity.Full)]
    private static shrinker* zswap_alloc_shrinker()
    {
        shrinker* shrinker = shrinker_alloc(SHRINKER_NUMA_AWARE | SHRINKER_MEMCG_AWARE, "mm-zswap"u8);
        if (shrinker == null)
            return null;

        shrinker->scan_objects = &zswap_shrinker_scan;
        shrinker->count_objects = &zswap_shrinker_count;
        shrinker->batch = 0;
        shrinker->seeks = DEFAULT_SEEKS;
        return shrinker;
    }

    /// <summary>Writes back one page of a group; 0, -EAGAIN when it could not, -ENOENT when there is none to write.</summary>
    [KernelSource("mm/zswap.c", "shrink_memcg", Parity.Full)]
    private static int shrink_memcg(mem_cgroup* memcg)
    {
        ulong shrunk = 0, scanned = 0;

        if (!mem_cgroup_zswap_writeback_enabled(memcg))
            return -ENOENT;

        // A removed group's entries are on its parent's list.
        if (memcg != null && !mem_cgroup_online(memcg))
            return -ENOENT;

        for (int nid = 0; nid < MAX_NUMNODES; nid++)
        {
            ulong nr_to_walk = 1;

            shrunk += list_lru_walk_one(zswap_list_lru, nid, memcg, &shrink_memcg_cb, null, &nr_to_walk);
            scanned += 1 - nr_to_walk;
        }

        if (scanned == 0)
            return -ENOENT;

        return shrunk != 0 ? 0 : -EAGAIN;
    }

    // Group by group until the pool accepts again, or too many tries have failed.
    [KernelSource("mm/zswap.c", "shrink_worker", Parity.Full)]
    [Excludes("zswap_shrink_lock")]
    private static void shrink_worker(work_struct* w)
    {
        mem_cgroup* memcg;
        int failures = 0, attempts = 0;

        ulong thr = zswap_accept_thr_pages();

        do
        {
            // Under the lock, so that a group that goes can move the mark on.
            spin_lock(zswap_shrink_lock);
            do
            {
                memcg = mem_cgroup_iter(null, zswap_next_shrink, null);
                zswap_next_shrink = memcg;
            }
            while (memcg != null && !mem_cgroup_tryget_online(memcg));
            spin_unlock(zswap_shrink_lock);

            if (memcg == null)
            {
                // Once round without anything to try is one failure.
                if (attempts == 0 && ++failures == MAX_RECLAIM_RETRIES)
                    break;

                attempts = 0;
                goto resched;
            }

            int ret = shrink_memcg(memcg);
            mem_cgroup_put(memcg);

            if (ret == -ENOENT)
                continue;
            ++attempts;

            if (ret != 0 && ++failures == MAX_RECLAIM_RETRIES)
                break;
        resched:
            cond_resched();
        }
        while (zswap_total_pages() > thr);
    }

    [KernelSource("mm/zswap.c", "zswap_store_page", Parity.Full)]
    private static bool zswap_store_page(page* page, obj_cgroup* objcg, zswap_pool* pool)
    {
        swp_entry_t page_swpentry = page_swap_entry(page);

        zswap_entry* entry = zswap_entry_cache_alloc(GFP_KERNEL, page_to_nid(page));
        if (entry == null)
        {
            zswap_reject_kmemcache_fail++;
            return false;
        }

        if (!zswap_compress(page, entry, pool))
            goto compress_failed;

        zswap_entry* old = (zswap_entry*)xa_store(swap_zswap_tree(page_swpentry), swp_offset(page_swpentry), entry, GFP_KERNEL);
        if (xa_is_err(old))
        {
            WARN_ON_ONCE(xa_err(old) != -ENOMEM);
            zswap_reject_alloc_fail++;
            goto store_failed;
        }

        // The folio was written again after a write that the cache outlived.
        if (old != null)
            zswap_entry_free(old);

        // In the tree: from here on it cannot fail. The charge is taken with the entry locked in by the
        // swap cache.
        zswap_pool_get(pool);
        if (objcg != null)
        {
            obj_cgroup_get(objcg);
            obj_cgroup_charge_zswap(objcg, entry->length);
        }

        atomic_long_inc(zswap_stored_pages);
        if (entry->length == PAGE_SIZE)
            atomic_long_inc(zswap_stored_incompressible_pages);

        entry->pool = pool;
        entry->swpentry = page_swpentry;
        entry->objcg = objcg;
        entry->referenced = true;
        if (entry->length != 0)
        {
            INIT_LIST_HEAD(&entry->lru);
            zswap_lru_add(zswap_list_lru, entry);
        }

        return true;

    store_failed:
        zs_free(pool->zs_pool, entry->handle);
    compress_failed:
        zswap_entry_cache_free(entry);
        return false;
    }

    /// <summary>Takes a folio that is to be swapped out; false sends it to the disk.</summary>
    [KernelSource("mm/zswap.c", "zswap_store", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static bool zswap_store(folio* folio)
    {
        long nr_pages = (long)folio_nr_pages(folio);
        swp_entry_t swp = folio->swap;
        obj_cgroup* objcg = null;
        mem_cgroup* memcg;
        bool ret = false;

        VM_WARN_ON_ONCE(!folio_test_locked(folio));
        VM_WARN_ON_ONCE(!folio_test_swapcache(folio));

        if (!zswap_enabled)
            goto check_old;

        objcg = get_obj_cgroup_from_folio(folio);
        if (objcg != null && !obj_cgroup_may_zswap(objcg))
        {
            memcg = get_mem_cgroup_from_objcg(objcg);
            if (shrink_memcg(memcg) != 0)
            {
                mem_cgroup_put(memcg);
                goto put_objcg;
            }

            mem_cgroup_put(memcg);
        }

        if (zswap_check_limits())
            goto put_objcg;

        zswap_pool* pool = zswap_pool_current_get();
        if (pool == null)
            goto put_objcg;

        if (objcg != null)
        {
            memcg = get_mem_cgroup_from_objcg(objcg);
            if (memcg_list_lru_alloc(memcg, zswap_list_lru, GFP_KERNEL) != 0)
            {
                mem_cgroup_put(memcg);
                goto put_pool;
            }

            mem_cgroup_put(memcg);
        }

        for (long index = 0; index < nr_pages; ++index)
        {
            page* page = folio_page(folio, (ulong)index);

            if (!zswap_store_page(page, objcg, pool))
                goto put_pool;
        }

        if (objcg != null)
            count_objcg_events(objcg, ZSWPOUT, (ulong)nr_pages);

        count_vm_events(ZSWPOUT, nr_pages);

        ret = true;

    put_pool:
        zswap_pool_put(pool);
    put_objcg:
        obj_cgroup_put(objcg);
        if (!ret && zswap_pool_reached_full)
            queue_work(shrink_wq, zswap_shrink_work);
    check_old:
        // An older copy would be read in place of the one that goes to the disk.
        if (!ret)
        {
            ulong type = swp_type(swp);
            pgoff_t offset = swp_offset(swp);

            for (long index = 0; index < nr_pages; ++index)
            {
                xarray* tree = swap_zswap_tree(swp_entry(type, offset + (ulong)index));
                zswap_entry* entry = (zswap_entry*)xa_erase(tree, offset + (ulong)index);
                if (entry != null)
                    zswap_entry_free(entry);
            }
        }

        return ret;
    }

    /// <summary>Fills and unlocks a folio from its compressed copy; -ENOENT, with the lock kept, when there is none; -EIO.</summary>
    [KernelSource("mm/zswap.c", "zswap_load", Parity.Full)]
    [TryReleases(Result.OtherThanValue, "folio->PG_locked", Value = -ENOENT)]
    public static int zswap_load(folio* folio)
    {
        swp_entry_t swp = folio->swap;
        pgoff_t offset = swp_offset(swp);
        bool swapcache = folio_test_swapcache(folio);
        xarray* tree = swap_zswap_tree(swp);

        VM_WARN_ON_ONCE(!folio_test_locked(folio));

        if (zswap_never_enabled())
            return -ENOENT;

        // A large folio could lie half here and half on the disk.
        if (WARN_ON_ONCE(folio_test_large(folio)))
        {
            folio_unlock(folio);
            return -EINVAL;
        }

        zswap_entry* entry = (zswap_entry*)xa_load(tree, offset);
        if (entry == null)
            return -ENOENT;

        if (!zswap_decompress(entry, folio))
        {
            folio_unlock(folio);
            return -EIO;
        }

        folio_mark_uptodate(folio);

        count_vm_event(ZSWPIN);
        if (entry->objcg != null)
            count_objcg_events(entry->objcg, ZSWPIN, 1);

        // In the swap cache the folio is the copy now, and dirty; outside of it, it may be thrown away again.
        if (swapcache)
        {
            folio_mark_dirty(folio);
            xa_erase(tree, offset);
            zswap_entry_free(entry);
        }

        folio_unlock(folio);
        return 0;
    }

    [KernelSource("mm/zswap.c", "zswap_invalidate", Parity.Full)]
    public static void zswap_invalidate(swp_entry_t swp)
    {
        pgoff_t offset = swp_offset(swp);
        xarray* tree = swap_zswap_tree(swp);

        if (xa_empty(tree))
            return;

        zswap_entry* entry = (zswap_entry*)xa_erase(tree, offset);
        if (entry != null)
            zswap_entry_free(entry);
    }

    [KernelSource("mm/zswap.c", "zswap_swapon", Parity.Full)]
    public static int zswap_swapon(int type, ulong nr_pages)
    {
        uint nr = (uint)DIV_ROUND_UP(nr_pages, ZSWAP_ADDRESS_SPACE_PAGES);
        xarray* trees = (xarray*)kvcalloc(nr, (ulong)sizeof(xarray), GFP_KERNEL);
        if (trees == null)
        {
            pr_err($"alloc failed, zswap disabled for swap type {type}");
            return -ENOMEM;
        }

        for (uint i = 0; i < nr; i++)
            xa_init(trees + i);

        nr_zswap_trees[type] = nr;
        zswap_trees[type] = trees;
        return 0;
    }

    // All entries are gone by now.
    [KernelSource("mm/zswap.c", "zswap_swapoff", Parity.Full)]
    public static void zswap_swapoff(int type)
    {
        xarray* trees = zswap_trees[type];

        if (trees == null)
            return;

        for (uint i = 0; i < nr_zswap_trees[type]; i++)
            WARN_ON_ONCE(!xa_empty(trees + i));

        kvfree(trees);
        nr_zswap_trees[type] = 0;
        zswap_trees[type] = null;
    }

    [KernelSource("mm/zswap.c", "zswap_setup", Parity.Reduced, "no debugfs; the first pool's compressor is always there, so that there is none to fall back to")]
    private static int zswap_setup()
    {
        INIT_LIST_HEAD(zswap_pools);
        zswap_entry_cache = kmem_cache_create("zswap_entry"u8, (uint)sizeof(zswap_entry), 8, 0, null);
        if (zswap_entry_cache == null)
        {
            pr_err("entry cache creation failed");
            goto cache_fail;
        }

        shrink_wq = alloc_workqueue("zswap-shrink"u8, WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
        if (shrink_wq == null)
            goto shrink_wq_fail;

        zswap_shrinker = zswap_alloc_shrinker();
        if (zswap_shrinker == null)
            goto shrinker_fail;
        if (list_lru_init_memcg(zswap_list_lru, zswap_shrinker) != 0)
            goto lru_fail;
        shrinker_register(zswap_shrinker);

        INIT_WORK(zswap_shrink_work, &shrink_worker);

        zswap_pool* pool = zswap_pool_create(crypto_default_acomp());
        if (pool != null)
        {
            list_add(&pool->list, zswap_pools);
            zswap_has_pool = true;
            zswap_ever_enabled = true;
        }
        else
        {
            pr_err("pool creation failed");
            zswap_enabled = false;
        }

        zswap_init_state = ZSWAP_INIT_SUCCEED;
        return 0;

    lru_fail:
        shrinker_free(zswap_shrinker);
    shrinker_fail:
        destroy_workqueue(shrink_wq);
    shrink_wq_fail:
        kmem_cache_destroy(zswap_entry_cache);
    cache_fail:
        // It is not tried again.
        zswap_init_state = ZSWAP_INIT_FAILED;
        zswap_enabled = false;
        return -ENOMEM;
    }

    [KernelSource("mm/zswap.c", "zswap_init", Parity.Full)]
    public static int zswap_init()
    {
        if (!zswap_enabled)
            return 0;
        return zswap_setup();
    }
}
