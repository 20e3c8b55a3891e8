// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, third part: taking, counting and giving back entries.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;
using static Linux.mm_swap_table_h;

namespace Linux;

public static unsafe partial class mm_swapfile_c
{
    [KernelSource("mm/swapfile.c", "get_swap_device_info", Parity.Full)]
    [TryGetsRef(Result.True, "si")]
    private static bool get_swap_device_info(swap_info_struct* si)
    {
        if (!percpu_ref_tryget_live(&si->users))
            return false;

        // Pairs with enable_swap_info(): fields are read after the reference is had.
        smp_rmb();
        return true;
    }

    [KernelSource("mm/swapfile.c", "swap_alloc_fast", Parity.Reduced, "one order: a CPU has one cluster")]
    [MustHold("percpu_swap_cluster->lock"), Excludes("swap_cluster_info.lock")]
    private static bool swap_alloc_fast(swp_entry_t* entry, int order)
    {
        uint found = SWAP_ENTRY_INVALID;

        // Another CPU's swapoff may clear si at any time, but a reference cannot be had then.
        swap_info_struct* si = this_cpu_ptr(percpu_swap_cluster)->si;
        uint offset = (uint)this_cpu_read(offset_of(percpu_swap_cluster));
        if (si == null || offset == 0 || !get_swap_device_info(si))
            return false;

        swap_cluster_info* ci = swap_cluster_lock(si, offset);
        if (cluster_is_usable(ci, order))
        {
            if (cluster_is_empty(ci))
                offset = cluster_offset(si, ci);
            found = alloc_swap_scan_cluster(si, ci, offset, (uint)order, SWAP_HAS_CACHE);
            if (found != 0)
                *entry = swp_entry((ulong)si->type, found);
        }
        else
        {
            swap_cluster_unlock(ci);
        }

        put_swap_device(si);
        return found != 0;
    }

    // The area used goes to the end of those with its priority.
    [KernelSource("mm/swapfile.c", "swap_alloc_slow", Parity.Full)]
    [MustHold("percpu_swap_cluster->lock")]
    [ContextUnsafe("an area's struct is never freed, and the entry keeps this one in use", Rule = "KM0502")]
    [Excludes("swap_avail_lock")]
    private static bool swap_alloc_slow(swp_entry_t* entry, int order)
    {
        plist_head* head = &swap_avail_heads[numa_node_id()];

        spin_lock(swap_avail_lock);
    start_over:
        for (list_head* p = head->node_list.next, n = p->next; p != &head->node_list; p = n, n = p->next)
        {
            swap_info_struct* si = container_of<swap_info_struct>(p, &((swap_info_struct*)nowhere)->avail_lists.node_list);

            plist_requeue(&si->avail_lists, head);
            spin_unlock(swap_avail_lock);
            if (get_swap_device_info(si))
            {
                ulong offset = cluster_alloc_swap_entry(si, order, SWAP_HAS_CACHE);
                put_swap_device(si);
                if (offset != 0)
                {
                    *entry = swp_entry((ulong)si->type, offset);
                    return true;
                }

                if (order != 0)
                    return false;
            }

            spin_lock(swap_avail_lock);

            // The next one may have left the list while the lock was dropped.
            if (n != &head->node_list &&
                plist_node_empty(container_of<plist_node>(n, &((plist_node*)nowhere)->node_list)))
                goto start_over;
        }

        spin_unlock(swap_avail_lock);
        return false;
    }

    [KernelSource("mm/swapfile.c", "swap_sync_discard", Parity.Full)]
    [Excludes("swap_avail_lock")]
    private static bool swap_sync_discard()
    {
        bool ret = false;
        plist_head* head = &swap_avail_heads[numa_node_id()];

        spin_lock(swap_avail_lock);
        for (list_head* p = head->node_list.next, n = p->next; p != &head->node_list; p = n, n = p->next)
        {
            swap_info_struct* si = container_of<swap_info_struct>(p, &((swap_info_struct*)nowhere)->avail_lists.node_list);

            spin_unlock(swap_avail_lock);
            if (get_swap_device_info(si))
            {
                if ((si->flags & SWP_PAGE_DISCARD) != 0)
                    ret = swap_do_scheduled_discard(si);
                put_swap_device(si);
            }

            if (ret)
                return true;
            spin_lock(swap_avail_lock);
        }

        spin_unlock(swap_avail_lock);

        return false;
    }

    /// <summary>Gives a locked, uptodate folio a slot, charges it, and puts the folio in the swap cache.</summary>
    /// <returns>0, or -ENOMEM when there is no slot or the group may have none.</returns>
    [KernelSource("mm/swapfile.c", "folio_alloc_swap", Parity.Reduced, "folios of one page: none of several is swapped")]
    [MustHold("folio->PG_locked"), Excludes("percpu_swap_cluster->lock")]
    public static int folio_alloc_swap(folio* folio, gfp_t gfp)
    {
        int order = (int)folio_order(folio);
        swp_entry_t entry = default;

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        VM_BUG_ON_FOLIO(!folio_test_uptodate(folio), folio);

        if (order != 0)
            return -EAGAIN; // memory that is swapped has no large folios: transparent_hugepage=never

    again:
        local_lock(lock_of(percpu_swap_cluster));
        if (!swap_alloc_fast(&entry, order))
            swap_alloc_slow(&entry, order);
        local_unlock(lock_of(percpu_swap_cluster));

        // Clusters that wait for their discard may be all that is left.
        if (order == 0 && entry.val == 0)
        {
            if (swap_sync_discard())
                goto again;
        }

        // Without an entry this only counts the failure.
        if (mem_cgroup_try_charge_swap(folio, entry) != 0)
            goto out_free;

        if (entry.val == 0)
            return -ENOMEM;

        swap_cache_add_folio(folio, entry, null);

        return 0;

    out_free:
        put_swap_folio(folio, entry);
        return -ENOMEM;
    }

    [KernelSource("mm/swapfile.c", "_swap_info_get", Parity.Full)]
    private static swap_info_struct* _swap_info_get(swp_entry_t entry)
    {
        if (entry.val == 0)
            return null;
        swap_info_struct* si = swap_entry_to_info(entry);
        if (si == null)
        {
            pr_err($"_swap_info_get: Bad swap file entry {entry.val:x8}");
            return null;
        }

        if ((si->flags & SWP_USED) == 0)
        {
            pr_err($"_swap_info_get: Unused swap file entry {entry.val:x8}");
            return null;
        }

        ulong offset = swp_offset(entry);
        if (offset >= si->max)
        {
            pr_err($"_swap_info_get: Bad swap offset entry {entry.val:x8}");
            return null;
        }

        if (si->swap_map[offset] == 0)
        {
            pr_err($"_swap_info_get: Unused swap offset entry {entry.val:x8}");
            return null;
        }

        return si;
    }

    [KernelSource("mm/swapfile.c", "swap_entry_put_locked", Parity.Full)]
    [MustHold("ci->lock")]
    private static byte swap_entry_put_locked(swap_info_struct* si, swap_cluster_info* ci, swp_entry_t entry, byte usage)
    {
        ulong offset = swp_offset(entry);

        byte count = si->swap_map[offset];

        byte has_cache = (byte)(count & SWAP_HAS_CACHE);
        count = (byte)(count & ~SWAP_HAS_CACHE);

        if (usage == SWAP_HAS_CACHE)
        {
            VM_BUG_ON(has_cache == 0);
            has_cache = 0;
        }
        else if (count == SWAP_MAP_SHMEM)
        {
            // shmem does not count: its tree holds the one reference.
            count = 0;
        }
        else if ((count & ~COUNT_CONTINUED) <= SWAP_MAP_MAX)
        {
            if (count == COUNT_CONTINUED)
            {
                if (swap_count_continued(si, offset, count))
                    count = SWAP_MAP_MAX | COUNT_CONTINUED;
                else
                    count = SWAP_MAP_MAX;
            }
            else
            {
                count--;
            }
        }

        usage = (byte)(count | has_cache);
        if (usage != 0)
            WRITE_ONCE(&si->swap_map[offset], usage);
        else
            swap_entries_free(si, ci, entry, 1);

        return usage;
    }

    /// <summary>Keeps the entry's device from going; null when it is going or the entry is bad.</summary>
    [KernelSource("mm/swapfile.c", "get_swap_device", Parity.Full)]
    [ReturnsOwned]
    public static swap_info_struct* get_swap_device(swp_entry_t entry)
    {
        if (entry.val == 0)
            return null;
        swap_info_struct* si = swap_entry_to_info(entry);
        if (si == null)
        {
            pr_err($"get_swap_device: Bad swap file entry {entry.val:x8}");
            return null;
        }

        if (!get_swap_device_info(si))
            return null;
        ulong offset = swp_offset(entry);
        if (offset >= si->max)
        {
            pr_err($"get_swap_device: Bad swap offset entry {entry.val:x8}");
            percpu_ref_put(&si->users);
            return null;
        }

        return si;
    }

    [KernelSource("mm/swapfile.c", "swap_entries_put_cache", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static void swap_entries_put_cache(swap_info_struct* si, swp_entry_t entry, int nr)
    {
        ulong offset = swp_offset(entry);

        swap_cluster_info* ci = swap_cluster_lock(si, offset);
        if (swap_only_has_cache(si, offset, nr))
        {
            swap_entries_free(si, ci, entry, (uint)nr);
        }
        else
        {
            for (int i = 0; i < nr; i++, entry.val++)
                swap_entry_put_locked(si, ci, entry, SWAP_HAS_CACHE);
        }

        swap_cluster_unlock(ci);
    }

    /// <summary>Drops one map count of entries in one cluster; true when one of them is left with its cache alone.</summary>
    [KernelSource("mm/swapfile.c", "swap_entries_put_map", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static bool swap_entries_put_map(swap_info_struct* si, swp_entry_t entry, int nr)
    {
        ulong offset = swp_offset(entry);
        swap_cluster_info* ci;
        bool has_cache = false;
        byte count;
        int i;

        if (nr <= 1)
            goto fallback;
        count = swap_count(si->swap_map[offset]);
        if (count != 1 && count != SWAP_MAP_SHMEM)
            goto fallback;

        ci = swap_cluster_lock(si, offset);
        if (!swap_is_last_map(si, offset, nr, &has_cache))
            goto locked_fallback;
        if (!has_cache)
        {
            swap_entries_free(si, ci, entry, (uint)nr);
        }
        else
        {
            for (i = 0; i < nr; i++)
                WRITE_ONCE(&si->swap_map[offset + (ulong)i], SWAP_HAS_CACHE);
        }

        swap_cluster_unlock(ci);

        return has_cache;

    fallback:
        ci = swap_cluster_lock(si, offset);
    locked_fallback:
        for (i = 0; i < nr; i++, entry.val++)
        {
            count = swap_entry_put_locked(si, ci, entry, 1);
            if (count == SWAP_HAS_CACHE)
                has_cache = true;
        }

        swap_cluster_unlock(ci);
        return has_cache;
    }

    [KernelSource("mm/swapfile.c", "swap_entries_put_map_nr", Parity.Full)]
    private static bool swap_entries_put_map_nr(swap_info_struct* si, swp_entry_t entry, int nr)
    {
        ulong offset = swp_offset(entry);
        bool has_cache = false;

        int cluster_rest = SWAPFILE_CLUSTER - (int)(offset % SWAPFILE_CLUSTER);
        while (nr != 0)
        {
            int cluster_nr = min(nr, cluster_rest);
            has_cache |= swap_entries_put_map(si, entry, cluster_nr);
            cluster_rest = SWAPFILE_CLUSTER;
            nr -= cluster_nr;
            entry.val += (ulong)cluster_nr;
        }

        return has_cache;
    }

    [KernelSource("mm/swapfile.c", "swap_is_last_ref", Parity.Full)]
    private static bool swap_is_last_ref(byte count) =>
        count == SWAP_HAS_CACHE || count == 1 || count == SWAP_MAP_SHMEM;

    // The caller holds ci->lock and drops the last references of entries in this cluster.
    [KernelSource("mm/swapfile.c", "swap_entries_free", Parity.Full)]
    [MustHold("ci->lock")]
    private static void swap_entries_free(swap_info_struct* si, swap_cluster_info* ci, swp_entry_t entry, uint nr_pages)
    {
        ulong offset = swp_offset(entry);
        byte* map = si->swap_map + offset;
        byte* map_end = map + nr_pages;

        VM_BUG_ON(ci != __swap_offset_to_cluster(si, offset + nr_pages - 1));
        VM_BUG_ON(cluster_is_empty(ci));
        VM_BUG_ON(ci->count < nr_pages);

        ci->count -= (ushort)nr_pages;
        do
        {
            VM_BUG_ON(!swap_is_last_ref(*map));
            *map = 0;
        }
        while (++map < map_end);

        mem_cgroup_uncharge_swap(entry, nr_pages);
        swap_range_free(si, offset, nr_pages);
        swap_cluster_assert_table_empty(ci, (uint)offset, nr_pages);

        if (ci->count == 0)
            free_cluster(si, ci);
        else
            partial_free_cluster(si, ci);
    }

    [KernelSource("mm/swapfile.c", "swap_free_nr", Parity.Full)]
    public static void swap_free_nr(swp_entry_t entry, int nr_pages)
    {
        ulong offset = swp_offset(entry);

        swap_info_struct* sis = _swap_info_get(entry);
        if (sis == null)
            return;

        while (nr_pages != 0)
        {
            int nr = min(nr_pages, SWAPFILE_CLUSTER - (int)(offset % SWAPFILE_CLUSTER));
            swap_entries_put_map(sis, swp_entry((ulong)sis->type, offset), nr);
            offset += (ulong)nr;
            nr_pages -= nr;
        }
    }

    // After the folio left the swap cache.
    [KernelSource("mm/swapfile.c", "put_swap_folio", Parity.Full)]
    public static void put_swap_folio(folio* folio, swp_entry_t entry)
    {
        int size = 1 << swap_entry_order((int)folio_order(folio));

        swap_info_struct* si = _swap_info_get(entry);
        if (si == null)
            return;

        swap_entries_put_cache(si, entry, size);
    }

    [KernelSource("mm/swapfile.c", "__swap_count", Parity.Full)]
    public static int __swap_count(swp_entry_t entry)
    {
        swap_info_struct* si = __swap_entry_to_info(entry);
        pgoff_t offset = swp_offset(entry);

        return swap_count(si->swap_map[offset]);
    }

    [KernelSource("mm/swapfile.c", "swap_entry_swapped", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    public static bool swap_entry_swapped(swap_info_struct* si, swp_entry_t entry)
    {
        pgoff_t offset = swp_offset(entry);

        swap_cluster_info* ci = swap_cluster_lock(si, offset);
        int count = swap_count(si->swap_map[offset]);
        swap_cluster_unlock(ci);

        return count != 0;
    }

    /// <summary>How many page table entries and shmem slots point at the entry, continuations counted in.</summary>
    [KernelSource("mm/swapfile.c", "swp_swapcount", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    public static int swp_swapcount(swp_entry_t entry)
    {
        int tmp_count, n;
        page* page;

        swap_info_struct* si = _swap_info_get(entry);
        if (si == null)
            return 0;

        pgoff_t offset = swp_offset(entry);

        swap_cluster_info* ci = swap_cluster_lock(si, offset);

        int count = swap_count(si->swap_map[offset]);
        if ((count & COUNT_CONTINUED) == 0)
            goto out_;

        count &= ~COUNT_CONTINUED;
        n = SWAP_MAP_MAX + 1;

        page = swap_map_page(si, offset);
        offset &= ~PAGE_MASK;
        VM_BUG_ON(page_private(page) != SWP_CONTINUED);

        do
        {
            page = list_entry<page>(page->lru.next, &((page*)nowhere)->lru);
            byte* map = (byte*)page_address(page);
            tmp_count = map[offset];

            count += (tmp_count & ~COUNT_CONTINUED) * n;
            n *= SWAP_CONT_MAX + 1;
        }
        while ((tmp_count & COUNT_CONTINUED) != 0);
    out_:
        swap_cluster_unlock(ci);
        return count;
    }

    [KernelSource("mm/swapfile.c", "swap_page_trans_huge_swapped", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static bool swap_page_trans_huge_swapped(swap_info_struct* si, swp_entry_t entry, int order)
    {
        byte* map = si->swap_map;
        uint nr_pages = 1u << order;
        ulong roffset = swp_offset(entry);
        ulong offset = round_down(roffset, nr_pages);
        bool ret = false;

        swap_cluster_info* ci = swap_cluster_lock(si, offset);
        if (nr_pages == 1)
        {
            ret = swap_count(map[roffset]) != 0;
            goto unlock_out;
        }

        for (uint i = 0; i < nr_pages; i++)
        {
            if (swap_count(map[offset + i]) != 0)
            {
                ret = true;
                break;
            }
        }

    unlock_out:
        swap_cluster_unlock(ci);
        return ret;
    }

    [KernelSource("mm/swapfile.c", "folio_swapped", Parity.Full)]
    private static bool folio_swapped(folio* folio)
    {
        swp_entry_t entry = folio->swap;
        swap_info_struct* si = _swap_info_get(entry);

        if (si == null)
            return false;

        if (!CONFIG_THP_SWAP || !folio_test_large(folio))
            return swap_entry_swapped(si, entry);

        return swap_page_trans_huge_swapped(si, entry, (int)folio_order(folio));
    }

    [KernelSource("mm/swapfile.c", "folio_swapcache_freeable", Parity.Full)]
    [MustHold("folio->PG_locked")]
    private static bool folio_swapcache_freeable(folio* folio)
    {
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (!folio_test_swapcache(folio))
            return false;
        return !folio_test_writeback(folio);
    }

    /// <summary>Takes a locked folio out of the swap cache if nobody else needs the slot; dirty, as the disk copy is gone.</summary>
    [KernelSource("mm/swapfile.c", "folio_free_swap", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static bool folio_free_swap(folio* folio)
    {
        if (!folio_swapcache_freeable(folio))
            return false;
        if (folio_swapped(folio))
            return false;

        swap_cache_del_folio(folio);
        folio_set_dirty(folio);
        return true;
    }

    /// <summary>Drops map counts of entries, and their cache when nobody maps it and memory wants it so.</summary>
    [KernelSource("mm/swapfile.c", "free_swap_and_cache_nr", Parity.Full)]
    public static void free_swap_and_cache_nr(swp_entry_t entry, int nr)
    {
        ulong start_offset = swp_offset(entry);
        ulong end_offset = start_offset + (ulong)nr;

        swap_info_struct* si = get_swap_device(entry);
        if (si == null)
            return;

        if (WARN_ON(end_offset > si->max))
            goto out_;

        if (!swap_entries_put_map_nr(si, entry, nr))
            goto out_;

        for (ulong offset = start_offset; offset < end_offset; offset += (ulong)nr)
        {
            nr = 1;
            if (READ_ONCE(&si->swap_map[offset]) == SWAP_HAS_CACHE)
            {
                nr = __try_to_reclaim_swap(si, offset, TTRS_UNMAPPED | TTRS_FULL);
                if (nr == 0)
                    nr = 1;
                else if (nr < 0)
                    nr = -nr;
                nr = (int)(ALIGN(offset + 1, (ulong)nr) - offset);
            }
        }

    out_:
        put_swap_device(si);
    }

    [KernelSource("mm/swapfile.c", "__swap_duplicate", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static int __swap_duplicate(swp_entry_t entry, byte usage, int nr)
    {
        swap_info_struct* si = swap_entry_to_info(entry);
        if (WARN_ON_ONCE(si == null))
        {
            pr_err($"Bad swap file entry {entry.val:x8}");
            return -EINVAL;
        }

        ulong offset = swp_offset(entry);
        VM_WARN_ON(nr > SWAPFILE_CLUSTER - (int)(offset % SWAPFILE_CLUSTER));
        VM_WARN_ON(usage == 1 && nr > 1);
        swap_cluster_info* ci = swap_cluster_lock(si, offset);

        int err = 0;
        for (int i = 0; i < nr; i++)
        {
            byte count = si->swap_map[offset + (ulong)i];

            // A reader of the swap cache may come upon a slot that is bad or free by now.
            if (swap_count(count) == SWAP_MAP_BAD)
            {
                err = -ENOENT;
                goto unlock_out;
            }

            byte has_cache = (byte)(count & SWAP_HAS_CACHE);
            count = (byte)(count & ~SWAP_HAS_CACHE);

            if (count == 0 && has_cache == 0)
            {
                err = -ENOENT;
            }
            else if (usage == SWAP_HAS_CACHE)
            {
                if (has_cache != 0)
                    err = -EEXIST;
            }
            else if ((count & ~COUNT_CONTINUED) > SWAP_MAP_MAX)
            {
                err = -EINVAL;
            }

            if (err != 0)
                goto unlock_out;
        }

        for (int i = 0; i < nr; i++)
        {
            byte count = si->swap_map[offset + (ulong)i];
            byte has_cache = (byte)(count & SWAP_HAS_CACHE);
            count = (byte)(count & ~SWAP_HAS_CACHE);

            if (usage == SWAP_HAS_CACHE)
                has_cache = SWAP_HAS_CACHE;
            else if ((count & ~COUNT_CONTINUED) < SWAP_MAP_MAX)
                count += usage;
            else if (swap_count_continued(si, offset + (ulong)i, count))
                count = COUNT_CONTINUED;
            else
            {
                // The caller allocates a continuation and comes again.
                err = -ENOMEM;
                goto unlock_out;
            }

            WRITE_ONCE(&si->swap_map[offset + (ulong)i], (byte)(count | has_cache));
        }

    unlock_out:
        swap_cluster_unlock(ci);
        return err;
    }

    [KernelSource("mm/swapfile.c", "swap_shmem_alloc", Parity.Full)]
    public static void swap_shmem_alloc(swp_entry_t entry, int nr) => __swap_duplicate(entry, SWAP_MAP_SHMEM, nr);

    /// <summary>One more page table entry points at the entry; 0, -ENOMEM without memory for a continuation, -EINVAL, -ENOENT.</summary>
    [KernelSource("mm/swapfile.c", "swap_duplicate", Parity.Full)]
    public static int swap_duplicate(swp_entry_t entry)
    {
        int err = 0;

        while (err == 0 && __swap_duplicate(entry, 1, 1) == -ENOMEM)
            err = add_swap_count_continuation(entry, GFP_ATOMIC);
        return err;
    }

    /// <summary>Claims the entries' place in the swap cache; -EEXIST when another reader has it, -ENOENT when it is free.</summary>
    [KernelSource("mm/swapfile.c", "swapcache_prepare", Parity.Full)]
    public static int swapcache_prepare(swp_entry_t entry, int nr) => __swap_duplicate(entry, SWAP_HAS_CACHE, nr);

    // For readers that go without the cache proper and so without put_swap_folio().
    [KernelSource("mm/swapfile.c", "swapcache_clear", Parity.Full)]
    public static void swapcache_clear(swap_info_struct* si, swp_entry_t entry, int nr) =>
        swap_entries_put_cache(si, entry, nr);

    /// <summary>Adds a page for counts that do not fit in swap_map; pages hang on the lru of swap_map's own page.</summary>
    [KernelSource("mm/swapfile.c", "add_swap_count_continuation", Parity.Full)]
    [Excludes("swap_cluster_info.lock", "swap_info_struct.cont_lock")]
    public static int add_swap_count_continuation(swp_entry_t entry, gfp_t gfp_mask)
    {
        page* head;
        pgoff_t offset;
        byte count;
        int ret = 0;

        // Allocated before it is known to be needed, as the locks below forbid it.
        page* page = alloc_page(gfp_mask | __GFP_HIGHMEM);

        swap_info_struct* si = get_swap_device(entry);
        if (si == null)
            goto outer;

        offset = swp_offset(entry);

        swap_cluster_info* ci = swap_cluster_lock(si, offset);

        count = swap_count(si->swap_map[offset]);

        // Others were faster, or the count has shrunk.
        if ((count & ~COUNT_CONTINUED) != SWAP_MAP_MAX)
            goto out_;

        if (page == null)
        {
            ret = -ENOMEM;
            goto out_;
        }

        head = swap_map_page(si, offset);
        offset &= ~PAGE_MASK;

        spin_lock(&si->cont_lock);

        if (page_private(head) == 0)
        {
            BUG_ON((count & COUNT_CONTINUED) != 0);
            INIT_LIST_HEAD(&head->lru);
            set_page_private(head, SWP_CONTINUED);
            si->flags |= SWP_CONTINUED;
        }

        for (list_head* p = head->lru.next; p != &head->lru; p = p->next)
        {
            page* list_page = list_entry<page>(p, &((page*)nowhere)->lru);

            // An earlier continuation of another slot serves this one too.
            if ((count & COUNT_CONTINUED) == 0)
                goto out_unlock_cont;

            count = ((byte*)page_address(list_page))[offset];

            if ((count & ~COUNT_CONTINUED) != SWAP_CONT_MAX)
                goto out_unlock_cont;
        }

        list_add_tail(&page->lru, &head->lru);
        page = null;
    out_unlock_cont:
        spin_unlock(&si->cont_lock);
    out_:
        swap_cluster_unlock(ci);
        put_swap_device(si);
    outer:
        if (page != null)
            __free_page(page);
        return ret;
    }

    /// <summary>Carries or borrows across the pages of a count; false when a page is missing to carry, or none is left.</summary>
    [KernelSource("mm/swapfile.c", "swap_count_continued", Parity.Full)]
    [Excludes("si->cont_lock")]
    private static bool swap_count_continued(swap_info_struct* si, pgoff_t offset, byte count)
    {
        bool ret;

        page* head = swap_map_page(si, offset);
        if (page_private(head) != SWP_CONTINUED)
        {
            BUG_ON((count & COUNT_CONTINUED) != 0);
            return false;
        }

        spin_lock(&si->cont_lock);
        offset &= ~PAGE_MASK;
        page* page = next_cont(head);
        byte* map = (byte*)page_address(page) + offset;

        if (count == SWAP_MAP_MAX)
            goto init_map;

        if (count == (SWAP_MAP_MAX | COUNT_CONTINUED))
        {
            // Carry: past the full digits to one that has room.
            while (*map == (SWAP_CONT_MAX | COUNT_CONTINUED))
            {
                page = next_cont(page);
                BUG_ON(page == head);
                map = (byte*)page_address(page) + offset;
            }

            if (*map == SWAP_CONT_MAX)
            {
                page = next_cont(page);
                if (page == head)
                {
                    ret = false;
                    goto out_;
                }

                map = (byte*)page_address(page) + offset;
                *map = 0;
            }

            goto carry;
        }

        // Borrow: past the zero digits to one that has something.
        BUG_ON(count != COUNT_CONTINUED);
        while (*map == COUNT_CONTINUED)
        {
            page = next_cont(page);
            BUG_ON(page == head);
            map = (byte*)page_address(page) + offset;
        }

        BUG_ON(*map == 0);
        *map -= 1;
        if (*map == 0)
            count = 0;
        while ((page = prev_cont(page)) != head)
        {
            map = (byte*)page_address(page) + offset;
            *map = (byte)(SWAP_CONT_MAX | count);
            count = COUNT_CONTINUED;
        }

        ret = count == COUNT_CONTINUED;
        goto out_;

    init_map:
        *map = 0;
    carry:
        *map += 1;
        while ((page = prev_cont(page)) != head)
        {
            map = (byte*)page_address(page) + offset;
            *map = COUNT_CONTINUED;
        }

        ret = true;
    out_:
        spin_unlock(&si->cont_lock);
        return ret;
    }

    // vmalloc_to_page() of a byte of swap_map; the page's lru heads the list of its continuations.
    private static page* swap_map_page(swap_info_struct* si, pgoff_t offset) =>
        find_vm_area(si->swap_map)->pages[offset >> PAGE_SHIFT];

    private static page* next_cont(page* page) => list_entry<page>(page->lru.next, &((page*)nowhere)->lru);

    private static page* prev_cont(page* page) => list_entry<page>(page->lru.prev, &((page*)nowhere)->lru);

    [KernelSource("mm/swapfile.c", "free_swap_count_continuations", Parity.Full)]
    private static void free_swap_count_continuations(swap_info_struct* si)
    {
        for (pgoff_t offset = 0; offset < si->max; offset += PAGE_SIZE)
        {
            page* head = swap_map_page(si, offset);
            if (page_private(head) != 0)
            {
                for (list_head* p = head->lru.next, n = p->next; p != &head->lru; p = n, n = p->next)
                {
                    page* page = list_entry<page>(p, &((page*)nowhere)->lru);
                    list_del(&page->lru);
                    __free_page(page);
                }

                set_page_private(head, 0);
            }
        }
    }

    [KernelSource("mm/swapfile.c", "__has_usable_swap", Parity.Full)]
    private static bool __has_usable_swap() => !plist_head_empty(swap_active_head);

    [KernelSource("mm/swapfile.c", "__folio_throttle_swaprate", Parity.Reduced, "no block cgroup controller, so none is ever congested")]
    public static void __folio_throttle_swaprate(folio* folio, gfp_t gfp)
    {
        if ((gfp & __GFP_IO) == 0)
            return;

        if (!__has_usable_swap())
            return;
    }
}
