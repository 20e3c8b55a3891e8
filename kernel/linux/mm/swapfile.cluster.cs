// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, first part: extents and clusters.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;
using static Linux.mm_swap_table_h;

namespace Linux;

/// <summary>Where each CPU allocated last, for devices without a moving head; mm/swapfile.c.</summary>
public unsafe struct percpu_swap_cluster_t
{
    public swap_info_struct* si; // [SWAP_NR_ORDERS], which is 1
    public ulong offset; // [SWAP_NR_ORDERS], which is 1
    public local_lock_t @lock;
}

public static unsafe partial class mm_swapfile_c
{
    private static readonly spinlock_t* swap_lock = bss<spinlock_t>();
    private static uint nr_swapfiles;

    /// <summary>Free slots of all areas in use.</summary>
    public static readonly atomic_long_t* nr_swap_pages = bss<atomic_long_t>();

    /// <summary>Slots of all areas in use; under swap_lock.</summary>
    public static long total_swap_pages;
    private static int least_priority = -1;
    private static ulong swapfile_maximum_size;

    [PointeeGuardedBy("swap_lock")]
    private static readonly plist_head* swap_active_head = bss<plist_head>();

    // One list a node of the areas that have free slots, by priority; the areas rotate in it.
    private static plist_head* swap_avail_heads;
    private static readonly spinlock_t* swap_avail_lock = bss<spinlock_t>();

    public static readonly swap_info_struct** swap_info = (swap_info_struct**)bss<nint>(MAX_SWAPFILES);

    private static kmem_cache* swap_table_cachep;
    private static readonly mutex* swapon_mutex = bss<mutex>();

    /// <summary>How many areas lie on disks with a moving head; readahead by address is off while there are any.</summary>
    public static readonly atomic_t* nr_rotate_swap = bss<atomic_t>();

    [PerCpu(Remote = true, Lock = "percpu_swap_cluster->lock")]
    private static readonly PerCpu<percpu_swap_cluster_t>* percpu_swap_cluster = DEFINE_PER_CPU<percpu_swap_cluster_t>();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock")]
    private static PerCpu<local_lock_t>* lock_of(PerCpu<percpu_swap_cluster_t>* p) => percpu_member(p, ref layout_of(p).@lock);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->offset")]
    private static PerCpu<ulong>* offset_of(PerCpu<percpu_swap_cluster_t>* p) => percpu_member(p, ref layout_of(p).offset);

    [KernelSource("mm/swapfile.c", "swap_type_to_info", Parity.Full)]
    private static swap_info_struct* swap_type_to_info(int type)
    {
        if (type >= MAX_SWAPFILES)
            return null;
        return READ_ONCE(&swap_info[type]);
    }

    [KernelSource("mm/swapfile.c", "swap_entry_to_info", Parity.Full)]
    private static swap_info_struct* swap_entry_to_info(swp_entry_t entry) => swap_type_to_info((int)swp_type(entry));

    [KernelSource("mm/swapfile.c", "swap_count", Parity.Full)]
    private static byte swap_count(byte ent) => (byte)(ent & ~SWAP_HAS_CACHE);

    // Set in inuse_pages while the area is off the available list.
    private const long SWAP_USAGE_OFFLIST_BIT = 1L << 30;
    private const long SWAP_USAGE_COUNTER_MASK = ~SWAP_USAGE_OFFLIST_BIT;

    [KernelSource("mm/swapfile.c", "swap_usage_in_pages", Parity.Full)]
    private static long swap_usage_in_pages(swap_info_struct* si) =>
        atomic_long_read(&si->inuse_pages) & SWAP_USAGE_COUNTER_MASK;

    private const ulong TTRS_ANYWAY = 0x1;
    private const ulong TTRS_UNMAPPED = 0x2;
    private const ulong TTRS_FULL = 0x4;

    [KernelSource("mm/swapfile.c", "swap_only_has_cache", Parity.Full)]
    private static bool swap_only_has_cache(swap_info_struct* si, ulong offset, int nr_pages)
    {
        byte* map = si->swap_map + offset;
        byte* map_end = map + nr_pages;

        do
        {
            VM_BUG_ON((*map & SWAP_HAS_CACHE) == 0);
            if (*map != SWAP_HAS_CACHE)
                return false;
        }
        while (++map < map_end);

        return true;
    }

    [KernelSource("mm/swapfile.c", "swap_is_last_map", Parity.Full)]
    private static bool swap_is_last_map(swap_info_struct* si, ulong offset, int nr_pages, bool* has_cache)
    {
        byte* map = si->swap_map + offset;
        byte* map_end = map + nr_pages;
        byte count = *map;

        if (swap_count(count) != 1 && swap_count(count) != SWAP_MAP_SHMEM)
            return false;

        while (++map < map_end)
        {
            if (*map != count)
                return false;
        }

        *has_cache = (count & SWAP_HAS_CACHE) != 0;
        return true;
    }

    /// <summary>Frees the slot of a cached folio if it may go; pages freed, negative when it is in use, 0 when not cached.</summary>
    [KernelSource("mm/swapfile.c", "__try_to_reclaim_swap", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static int __try_to_reclaim_swap(swap_info_struct* si, ulong offset, ulong flags)
    {
        swp_entry_t entry = swp_entry((ulong)si->type, offset);
        swap_cluster_info* ci;
        folio* folio;
        int ret, nr_pages;
        bool need_reclaim;

    again:
        folio = swap_cache_get_folio(entry);
        if (folio == null)
            return 0;

        nr_pages = (int)folio_nr_pages(folio);
        ret = -nr_pages;

        // Tried only: the holder of the folio lock may wait for the caller's page table lock.
        if (!folio_trylock(folio))
            goto out_;

        // Locked, it cannot change its entry, but it may have before.
        if (!folio_matches_swap_entry(folio, entry))
        {
            folio_unlock(folio);
            folio_put(folio);
            goto again;
        }

        offset = swp_offset(folio->swap);

        need_reclaim = (flags & TTRS_ANYWAY) != 0 ||
            ((flags & TTRS_UNMAPPED) != 0 && !folio_mapped(folio)) ||
            ((flags & TTRS_FULL) != 0 && mem_cgroup_swap_full(folio));
        if (!need_reclaim || !folio_swapcache_freeable(folio))
            goto out_unlock;

        ci = swap_cluster_lock(si, offset);
        need_reclaim = swap_only_has_cache(si, offset, nr_pages);
        swap_cluster_unlock(ci);
        if (!need_reclaim)
            goto out_unlock;

        swap_cache_del_folio(folio);
        folio_set_dirty(folio);
        ret = nr_pages;
    out_unlock:
        folio_unlock(folio);
    out_:
        folio_put(folio);
        return ret;
    }

    [KernelSource("mm/swapfile.c", "first_se", Parity.Full)]
    private static swap_extent* first_se(swap_info_struct* sis) =>
        rb_entry<swap_extent>(rb_first(&sis->swap_extent_root), &((swap_extent*)nowhere)->rb_node);

    [KernelSource("mm/swapfile.c", "next_se", Parity.Full)]
    private static swap_extent* next_se(swap_extent* se)
    {
        rb_node* rb = rb_next(&se->rb_node);
        return rb != null ? rb_entry<swap_extent>(rb, &((swap_extent*)nowhere)->rb_node) : null;
    }

    // The header's page is left as it is.
    [KernelSource("mm/swapfile.c", "discard_swap", Parity.Full)]
    private static int discard_swap(swap_info_struct* si)
    {
        int err = 0;

        swap_extent* se = first_se(si);
        sector_t start_block = (se->start_block + 1) << (PAGE_SHIFT - 9);
        sector_t nr_blocks = (se->nr_pages - 1) << (PAGE_SHIFT - 9);
        if (nr_blocks != 0)
        {
            err = blkdev_issue_discard(si->bdev, start_block, nr_blocks, GFP_KERNEL);
            if (err != 0)
                return err;
            cond_resched();
        }

        for (se = next_se(se); se != null; se = next_se(se))
        {
            start_block = se->start_block << (PAGE_SHIFT - 9);
            nr_blocks = se->nr_pages << (PAGE_SHIFT - 9);

            err = blkdev_issue_discard(si->bdev, start_block, nr_blocks, GFP_KERNEL);
            if (err != 0)
                break;

            cond_resched();
        }

        return err;
    }

    [KernelSource("mm/swapfile.c", "offset_to_swap_extent", Parity.Full)]
    private static swap_extent* offset_to_swap_extent(swap_info_struct* sis, ulong offset)
    {
        rb_node* rb = sis->swap_extent_root.rb_node;
        while (rb != null)
        {
            swap_extent* se = rb_entry<swap_extent>(rb, &((swap_extent*)nowhere)->rb_node);
            if (offset < se->start_page)
                rb = rb->rb_left;
            else if (offset >= se->start_page + se->nr_pages)
                rb = rb->rb_right;
            else
                return se;
        }

        BUG();
        return null;
    }

    /// <summary>The 512-byte sector of a swapped folio.</summary>
    [KernelSource("mm/swapfile.c", "swap_folio_sector", Parity.Full)]
    public static sector_t swap_folio_sector(folio* folio)
    {
        swap_info_struct* sis = __swap_entry_to_info(folio->swap);
        pgoff_t offset = swp_offset(folio->swap);
        swap_extent* se = offset_to_swap_extent(sis, offset);
        sector_t sector = se->start_block + (offset - se->start_page);
        return sector << (PAGE_SHIFT - 9);
    }

    [KernelSource("mm/swapfile.c", "discard_swap_cluster", Parity.Full)]
    private static void discard_swap_cluster(swap_info_struct* si, pgoff_t start_page, pgoff_t nr_pages)
    {
        swap_extent* se = offset_to_swap_extent(si, start_page);

        while (nr_pages != 0)
        {
            pgoff_t offset = start_page - se->start_page;
            sector_t start_block = se->start_block + offset;
            sector_t nr_blocks = se->nr_pages - offset;

            if (nr_blocks > nr_pages)
                nr_blocks = nr_pages;
            start_page += nr_blocks;
            nr_pages -= nr_blocks;

            start_block <<= PAGE_SHIFT - 9;
            nr_blocks <<= PAGE_SHIFT - 9;
            if (blkdev_issue_discard(si->bdev, start_block, nr_blocks, GFP_NOIO) != 0)
                break;

            se = next_se(se);
        }
    }

    private const uint LATENCY_LIMIT = 256;

    [KernelSource("mm/swapfile.c", "cluster_is_empty", Parity.Full)]
    [MustHold("info->lock")]
    private static bool cluster_is_empty(swap_cluster_info* info) => info->count == 0;

    [KernelSource("mm/swapfile.c", "cluster_is_discard", Parity.Full)]
    private static bool cluster_is_discard(swap_cluster_info* info) => info->flags == CLUSTER_FLAG_DISCARD;

    [KernelSource("mm/swapfile.c", "cluster_table_is_alloced", Parity.Full)]
    private static bool cluster_table_is_alloced(swap_cluster_info* ci) =>
        rcu_dereference_protected(&ci->table, lockdep_is_held(&ci->@lock)) != null;

    [KernelSource("mm/swapfile.c", "cluster_is_usable", Parity.Full)]
    [MustHold("ci->lock")]
    private static bool cluster_is_usable(swap_cluster_info* ci, int order)
    {
        if (ci->flags > CLUSTER_FLAG_USABLE)
            return false;
        if (!cluster_table_is_alloced(ci))
            return false;
        if (order == 0)
            return true;
        return cluster_is_empty(ci) || order == ci->order;
    }

    [KernelSource("mm/swapfile.c", "cluster_index", Parity.Full)]
    private static uint cluster_index(swap_info_struct* si, swap_cluster_info* ci) => (uint)(ci - si->cluster_info);

    [KernelSource("mm/swapfile.c", "cluster_offset", Parity.Full)]
    private static uint cluster_offset(swap_info_struct* si, swap_cluster_info* ci) =>
        cluster_index(si, ci) * SWAPFILE_CLUSTER;

    [KernelSource("mm/swapfile.c", "swap_table_alloc", Parity.Full)]
    private static swap_table* swap_table_alloc(gfp_t gfp)
    {
        if (!SWP_TABLE_USE_PAGE)
            return (swap_table*)kmem_cache_zalloc(swap_table_cachep, gfp);

        folio* folio = folio_alloc(gfp | __GFP_ZERO, 0);
        if (folio != null)
            return (swap_table*)folio_address(folio);
        return null;
    }

    [KernelSource("mm/swapfile.c", "swap_table_free_folio_rcu_cb", Parity.Full)]
    private static void swap_table_free_folio_rcu_cb(rcu_head* head)
    {
        folio* folio = page_folio(container_of<page>(head, &((page*)nowhere)->rcu_head));
        folio_put(folio);
    }

    // Readers without the lock may still look at it: a page waits for them, the slab cache is type-safe.
    [KernelSource("mm/swapfile.c", "swap_table_free", Parity.Full)]
    private static void swap_table_free(swap_table* table)
    {
        if (!SWP_TABLE_USE_PAGE)
        {
            kmem_cache_free(swap_table_cachep, table);
            return;
        }

        call_rcu(&folio_page(virt_to_folio(table), 0)->rcu_head, &swap_table_free_folio_rcu_cb);
    }

    [KernelSource("mm/swapfile.c", "swap_cluster_free_table", Parity.Full)]
    [MustHold("ci->lock")]
    private static void swap_cluster_free_table(swap_cluster_info* ci)
    {
        lockdep_assert_held(&ci->@lock);
        VM_WARN_ON_ONCE(!cluster_is_empty(ci));
        for (uint ci_off = 0; ci_off < SWAPFILE_CLUSTER; ci_off++)
            VM_WARN_ON_ONCE(!swp_tb_is_null(__swap_table_get(ci, ci_off)));
        swap_table* table = (swap_table*)rcu_dereference_protected(&ci->table, true);
        rcu_assign_pointer(&ci->table, null);

        swap_table_free(table);
    }

    // First without sleeping; then with every lock dropped, when somebody else may have been faster.
    [KernelSource("mm/swapfile.c", "swap_cluster_alloc_table", Parity.Full)]
    [ContextUnsafe("drops all three locks to sleep, and takes them again; the cluster's only if it succeeds"), HandsOver("ci->lock", "return->lock")]
    [Excludes("si->global_cluster_lock")]
    private static swap_cluster_info* swap_cluster_alloc_table(swap_info_struct* si, swap_cluster_info* ci)
    {
        lockdep_assert_held(&ci->@lock);
        lockdep_assert_held(&this_cpu_ptr(percpu_swap_cluster)->@lock);

        VM_WARN_ON_ONCE(ci->flags != 0 || !cluster_is_empty(ci));

        swap_table* table = swap_table_alloc(__GFP_HIGH | __GFP_NOMEMALLOC | __GFP_NOWARN);
        if (table != null)
        {
            rcu_assign_pointer(&ci->table, (atomic_long_t*)table);
            return ci;
        }

        spin_unlock(&ci->@lock);
        if ((si->flags & SWP_SOLIDSTATE) == 0)
            spin_unlock(&si->global_cluster_lock);
        local_unlock(lock_of(percpu_swap_cluster));

        table = swap_table_alloc(__GFP_HIGH | __GFP_NOMEMALLOC | GFP_KERNEL);

        local_lock(lock_of(percpu_swap_cluster));
        if ((si->flags & SWP_SOLIDSTATE) == 0)
            spin_lock(&si->global_cluster_lock);
        spin_lock(&ci->@lock);

        // Off every list meanwhile, so nobody else should have given it one.
        if (WARN_ON_ONCE(cluster_table_is_alloced(ci)))
        {
            if (table != null)
                swap_table_free(table);
            return ci;
        }

        if (table == null)
        {
            move_cluster(si, ci, &si->free_clusters, CLUSTER_FLAG_FREE);
            spin_unlock(&ci->@lock);
            return null;
        }

        rcu_assign_pointer(&ci->table, (atomic_long_t*)table);
        return ci;
    }

    [KernelSource("mm/swapfile.c", "move_cluster", Parity.Full)]
    [MustHold("ci->lock")]
    [Excludes("si->lock")]
    private static void move_cluster(swap_info_struct* si, swap_cluster_info* ci, list_head* list, byte new_flags)
    {
        VM_WARN_ON(ci->flags == new_flags);

        lockdep_assert_held(&ci->@lock);

        spin_lock(&si->@lock);
        if (ci->flags == CLUSTER_FLAG_NONE)
            list_add_tail(&ci->list, list);
        else
            list_move_tail(&ci->list, list);
        spin_unlock(&si->@lock);
        ci->flags = new_flags;
    }

    [KernelSource("mm/swapfile.c", "swap_cluster_schedule_discard", Parity.Full)]
    [MustHold("ci->lock")]
    private static void swap_cluster_schedule_discard(swap_info_struct* si, swap_cluster_info* ci)
    {
        VM_BUG_ON(ci->flags == CLUSTER_FLAG_FREE);
        move_cluster(si, ci, &si->discard_clusters, CLUSTER_FLAG_DISCARD);
        schedule_work(&si->discard_work);
    }

    [KernelSource("mm/swapfile.c", "__free_cluster", Parity.Full)]
    [MustHold("ci->lock")]
    private static void __free_cluster(swap_info_struct* si, swap_cluster_info* ci)
    {
        swap_cluster_free_table(ci);
        move_cluster(si, ci, &si->free_clusters, CLUSTER_FLAG_FREE);
        ci->order = 0;
    }

    /// <summary>Takes a cluster off a list and returns it locked, with a table; null when there is none.</summary>
    [KernelSource("mm/swapfile.c", "isolate_lock_cluster", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->lock")]
    [Excludes("si->lock")]
    private static swap_cluster_info* isolate_lock_cluster(swap_info_struct* si, list_head* list, int order)
    {
        swap_cluster_info* found = null;

        spin_lock(&si->@lock);

        for (list_head* p = list->next; p != list; p = p->next)
        {
            swap_cluster_info* ci = container_of<swap_cluster_info>(p, &((swap_cluster_info*)nowhere)->list);

            // Against the lock order, so tried only.
            if (!spin_trylock(&ci->@lock))
                continue;

            VM_BUG_ON(ci->flags == 0);
            VM_BUG_ON(ci->flags > CLUSTER_FLAG_USABLE && ci->flags != CLUSTER_FLAG_FULL);

            list_del(&ci->list);
            ci->flags = CLUSTER_FLAG_NONE;
            found = ci;
            break;
        }

        spin_unlock(&si->@lock);

        if (found != null && !cluster_table_is_alloced(found))
        {
            // Only free clusters have no table.
            VM_WARN_ON_ONCE(list != &si->free_clusters);
            VM_WARN_ON_ONCE(!cluster_is_empty(found));
            return swap_cluster_alloc_table(si, found);
        }

        return found;
    }

    [KernelSource("mm/swapfile.c", "swap_do_scheduled_discard", Parity.Full)]
    [Excludes("si->lock")]
    private static bool swap_do_scheduled_discard(swap_info_struct* si)
    {
        bool ret = false;

        spin_lock(&si->@lock);
        while (!list_empty(&si->discard_clusters))
        {
            swap_cluster_info* ci = container_of<swap_cluster_info>(
                si->discard_clusters.next, &((swap_cluster_info*)nowhere)->list);

            list_del(&ci->list);
            uint idx = cluster_index(si, ci);
            spin_unlock(&si->@lock);
            discard_swap_cluster(si, idx * SWAPFILE_CLUSTER, SWAPFILE_CLUSTER);

            spin_lock(&ci->@lock);
            ci->flags = CLUSTER_FLAG_NONE;
            __free_cluster(si, ci);
            spin_unlock(&ci->@lock);
            ret = true;
            spin_lock(&si->@lock);
        }

        spin_unlock(&si->@lock);
        return ret;
    }

    [KernelSource("mm/swapfile.c", "swap_discard_work", Parity.Full)]
    private static void swap_discard_work(work_struct* work)
    {
        swap_info_struct* si = container_of<swap_info_struct>(work, &((swap_info_struct*)nowhere)->discard_work);

        swap_do_scheduled_discard(si);
    }

    [KernelSource("mm/swapfile.c", "swap_users_ref_free", Parity.Full)]
    private static void swap_users_ref_free(percpu_ref* @ref)
    {
        swap_info_struct* si = container_of<swap_info_struct>(@ref, &((swap_info_struct*)nowhere)->users);
        complete(&si->comp);
    }

    [KernelSource("mm/swapfile.c", "free_cluster", Parity.Full)]
    [MustHold("ci->lock")]
    private static void free_cluster(swap_info_struct* si, swap_cluster_info* ci)
    {
        VM_BUG_ON(ci->count != 0);
        VM_BUG_ON(ci->flags == CLUSTER_FLAG_FREE);

        lockdep_assert_held(&ci->@lock);

        // A cluster in use is discarded before it can be allocated from again.
        if ((si->flags & (SWP_WRITEOK | SWP_PAGE_DISCARD)) ==
            (SWP_WRITEOK | SWP_PAGE_DISCARD))
        {
            swap_cluster_schedule_discard(si, ci);
            return;
        }

        __free_cluster(si, ci);
    }

    [KernelSource("mm/swapfile.c", "partial_free_cluster", Parity.Full)]
    [MustHold("ci->lock")]
    [MustHold("ci->lock")]
    private static void partial_free_cluster(swap_info_struct* si, swap_cluster_info* ci)
    {
        VM_BUG_ON(ci->count == 0 || ci->count == SWAPFILE_CLUSTER);
        lockdep_assert_held(&ci->@lock);

        if (ci->flags != CLUSTER_FLAG_NONFULL)
            move_cluster(si, ci, &si->nonfull_clusters, CLUSTER_FLAG_NONFULL);
    }

    // After an allocation: to the list that fits its fill.
    [KernelSource("mm/swapfile.c", "relocate_cluster", Parity.Full)]
    [MustHold("ci->lock")]
    [MustHold("ci->lock")]
    private static void relocate_cluster(swap_info_struct* si, swap_cluster_info* ci)
    {
        lockdep_assert_held(&ci->@lock);

        if (cluster_is_discard(ci))
            return;

        if (ci->count == 0)
        {
            if (ci->flags != CLUSTER_FLAG_FREE)
                free_cluster(si, ci);
        }
        else if (ci->count != SWAPFILE_CLUSTER)
        {
            if (ci->flags != CLUSTER_FLAG_FRAG)
                move_cluster(si, ci, &si->frag_clusters, CLUSTER_FLAG_FRAG);
        }
        else
        {
            if (ci->flags != CLUSTER_FLAG_FULL)
                move_cluster(si, ci, &si->full_clusters, CLUSTER_FLAG_FULL);
        }
    }

    // At swapon only, for bad pages and the end that is not there.
    [KernelSource("mm/swapfile.c", "inc_cluster_info_page", Parity.Full)]
    [ContextUnsafe("swapon: nobody else knows the area yet")]
    private static int inc_cluster_info_page(swap_info_struct* si, swap_cluster_info* cluster_info, ulong page_nr)
    {
        ulong idx = page_nr / SWAPFILE_CLUSTER;

        swap_cluster_info* ci = cluster_info + idx;
        if (ci->table == null)
        {
            swap_table* table = swap_table_alloc(GFP_KERNEL);
            if (table == null)
                return -ENOMEM;
            rcu_assign_pointer(&ci->table, (atomic_long_t*)table);
        }

        ci->count++;

        VM_BUG_ON(ci->count > SWAPFILE_CLUSTER);
        VM_BUG_ON(ci->flags != 0);

        return 0;
    }
}
