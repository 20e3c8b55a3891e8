// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, fifth part: swapon and swapoff.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;
using static Linux.mm_swap_table_h;

namespace Linux;

public static unsafe partial class mm_swapfile_c
{
    [KernelSource("mm/swapfile.c", "destroy_swap_extents", Parity.Reduced, "swap on block devices only, so no file to deactivate")]
    private static void destroy_swap_extents(swap_info_struct* sis)
    {
        while (sis->swap_extent_root.rb_node != null)
        {
            rb_node* rb = sis->swap_extent_root.rb_node;
            swap_extent* se = rb_entry<swap_extent>(rb, &((swap_extent*)nowhere)->rb_node);

            rb_erase(rb, &sis->swap_extent_root);
            kfree(se);
        }
    }

    /// <summary>Adds a run of pages behind those already there; 1 for a new extent, 0 when it was merged, -ENOMEM.</summary>
    [KernelSource("mm/swapfile.c", "add_swap_extent", Parity.Full)]
    public static int add_swap_extent(swap_info_struct* sis, ulong start_page, ulong nr_pages, sector_t start_block)
    {
        rb_node** link = &sis->swap_extent_root.rb_node;
        rb_node* parent = null;

        // Always at the right end.
        while (*link != null)
        {
            parent = *link;
            link = &parent->rb_right;
        }

        if (parent != null)
        {
            swap_extent* se = rb_entry<swap_extent>(parent, &((swap_extent*)nowhere)->rb_node);
            BUG_ON(se->start_page + se->nr_pages != start_page);
            if (se->start_block + se->nr_pages == start_block)
            {
                se->nr_pages += nr_pages;
                return 0;
            }
        }

        swap_extent* new_se = (swap_extent*)kmalloc((ulong)sizeof(swap_extent), GFP_KERNEL);
        if (new_se == null)
            return -ENOMEM;
        new_se->start_page = start_page;
        new_se->nr_pages = nr_pages;
        new_se->start_block = start_block;

        rb_link_node(&new_se->rb_node, parent, link);
        rb_insert_color(&new_se->rb_node, &sis->swap_extent_root);
        return 1;
    }

    [KernelSource("mm/swapfile.c", "setup_swap_extents", Parity.Reduced, "block devices only: no swap files")]
    private static int setup_swap_extents(swap_info_struct* sis, sector_t* span)
    {
        int ret = add_swap_extent(sis, 0, sis->max, 0);
        *span = sis->pages;
        return ret;
    }

    [KernelSource("mm/swapfile.c", "setup_swap_info", Parity.Full)]
    private static void setup_swap_info(swap_info_struct* si, int prio, byte* swap_map,
        swap_cluster_info* cluster_info, ulong* zeromap)
    {
        if (prio >= 0)
            si->prio = (short)prio;
        else
            si->prio = (short)--least_priority;

        // plists put the least first, so priorities are negated; a device near the node goes before all
        // that were not given one.
        si->list.prio = -si->prio;
        if (si->prio >= 0)
            si->avail_lists.prio = -si->prio;
        else
            si->avail_lists.prio = 1;

        si->swap_map = swap_map;
        si->cluster_info = cluster_info;
        si->zeromap = zeromap;
    }

    [KernelSource("mm/swapfile.c", "_enable_swap_info", Parity.Full)]
    [MustHold("swap_lock")]
    private static void _enable_swap_info(swap_info_struct* si)
    {
        atomic_long_add(si->pages, nr_swap_pages);
        total_swap_pages += si->pages;

        assert_spin_locked(swap_lock);

        plist_add(&si->list, swap_active_head);

        add_to_avail_list(si, true);
    }

    [KernelSource("mm/swapfile.c", "enable_swap_info", Parity.Full)]
    [Excludes("si->lock", "swap_lock")]
    private static void enable_swap_info(swap_info_struct* si, int prio, byte* swap_map,
        swap_cluster_info* cluster_info, ulong* zeromap)
    {
        spin_lock(swap_lock);
        spin_lock(&si->@lock);
        setup_swap_info(si, prio, swap_map, cluster_info, zeromap);
        spin_unlock(&si->@lock);
        spin_unlock(swap_lock);

        // Fields before the reference: pairs with get_swap_device_info().
        percpu_ref_resurrect(&si->users);
        spin_lock(swap_lock);
        spin_lock(&si->@lock);
        _enable_swap_info(si);
        spin_unlock(&si->@lock);
        spin_unlock(swap_lock);
    }

    [KernelSource("mm/swapfile.c", "reinsert_swap_info", Parity.Full)]
    [Excludes("si->lock", "swap_lock")]
    private static void reinsert_swap_info(swap_info_struct* si)
    {
        spin_lock(swap_lock);
        spin_lock(&si->@lock);
        setup_swap_info(si, si->prio, si->swap_map, si->cluster_info, si->zeromap);
        _enable_swap_info(si);
        spin_unlock(&si->@lock);
        spin_unlock(swap_lock);
    }

    // Who saw SWP_WRITEOK under a cluster's lock has dropped it when this returns.
    [KernelSource("mm/swapfile.c", "wait_for_allocation", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static void wait_for_allocation(swap_info_struct* si)
    {
        BUG_ON((si->flags & SWP_WRITEOK) != 0);

        for (ulong offset = 0; offset < si->max; offset += SWAPFILE_CLUSTER)
        {
            swap_cluster_info* ci = swap_cluster_lock(si, offset);
            swap_cluster_unlock(ci);
        }
    }

    [KernelSource("mm/swapfile.c", "free_cluster_info", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static void free_cluster_info(swap_cluster_info* cluster_info, ulong maxpages)
    {
        ulong nr_clusters = DIV_ROUND_UP(maxpages, SWAPFILE_CLUSTER);

        if (cluster_info == null)
            return;
        for (ulong i = 0; i < nr_clusters; i++)
        {
            swap_cluster_info* ci = cluster_info + i;

            // Clusters with bad slots are never empty by themselves.
            spin_lock(&ci->@lock);
            if (rcu_dereference_protected(&ci->table, true) != null)
            {
                ci->count = 0;
                swap_cluster_free_table(ci);
            }

            spin_unlock(&ci->@lock);
        }

        kvfree(cluster_info);
    }

    [KernelSource("mm/swapfile.c", "flush_percpu_swap_cluster", Parity.Full)]
    private static void flush_percpu_swap_cluster(swap_info_struct* si)
    {
        foreach (int cpu in for_each_possible_cpu())
        {
            swap_info_struct** pcp_si = &per_cpu_ptr(percpu_swap_cluster, cpu)->si;
            cmpxchg(pcp_si, si, null);
        }
    }

    /// <summary>Takes a swap area out of use; every page of it is brought back first.</summary>
    /// <returns>0, -EINVAL when bdev is no swap area, or the error of bringing pages back, which leaves it in use.</returns>
    [KernelSource("mm/swapfile.c", "SYSCALL_swapoff", Parity.Reduced, "takes the block device, not a path; no capability and overcommit checks")]
    [Excludes("swap_info_struct.lock", "swap_lock", "swapon_mutex")]
    public static int swapoff(block_device* bdev)
    {
        swap_info_struct* p = null;

        spin_lock(swap_lock);
        for (list_head* n = swap_active_head->node_list.next; n != &swap_active_head->node_list; n = n->next)
        {
            swap_info_struct* si = container_of<swap_info_struct>(n, &((swap_info_struct*)nowhere)->list.node_list);
            if ((si->flags & SWP_WRITEOK) != 0)
            {
                if (si->bdev == bdev)
                {
                    p = si;
                    break;
                }
            }
        }

        if (p == null)
        {
            spin_unlock(swap_lock);
            return -EINVAL;
        }

        spin_lock(&p->@lock);
        del_from_avail_list(p, true);
        if (p->prio < 0)
        {
            // Those after it in the order of automatic priorities move up.
            for (list_head* n = p->list.node_list.next; n != &swap_active_head->node_list; n = n->next)
            {
                swap_info_struct* si = container_of<swap_info_struct>(n, &((swap_info_struct*)nowhere)->list.node_list);
                si->prio++;
                si->list.prio--;
                if (si->avail_lists.prio != 1)
                    si->avail_lists.prio--;
            }

            least_priority++;
        }

        plist_del(&p->list, swap_active_head);
        atomic_long_sub(p->pages, nr_swap_pages);
        total_swap_pages -= p->pages;
        spin_unlock(&p->@lock);
        spin_unlock(swap_lock);

        wait_for_allocation(p);

        set_current_oom_origin();
        int err = try_to_unuse((uint)p->type);
        clear_current_oom_origin();

        if (err != 0)
        {
            reinsert_swap_info(p);
            return err;
        }

        // Users that still hold a reference, and those that look without one, are waited for.
        percpu_ref_kill(&p->users);
        synchronize_rcu();
        wait_for_completion(&p->comp);

        flush_work(&p->discard_work);
        flush_work(&p->reclaim_work);
        flush_percpu_swap_cluster(p);

        destroy_swap_extents(p);
        if ((p->flags & SWP_CONTINUED) != 0)
            free_swap_count_continuations(p);

        if (!bdev_nonrot(p->bdev))
            atomic_dec(nr_rotate_swap);

        mutex_lock(swapon_mutex);
        spin_lock(swap_lock);
        spin_lock(&p->@lock);
        drain_mmlist();

        byte* swap_map = p->swap_map;
        p->swap_map = null;
        ulong* zeromap = p->zeromap;
        p->zeromap = null;
        ulong maxpages = p->max;
        swap_cluster_info* cluster_info = p->cluster_info;
        p->max = 0;
        p->cluster_info = null;
        spin_unlock(&p->@lock);
        spin_unlock(swap_lock);
        zswap_swapoff(p->type);
        mutex_unlock(swapon_mutex);
        kfree(p->global_cluster);
        p->global_cluster = null;
        vfree(swap_map);
        kvfree(zeromap);
        free_cluster_info(cluster_info, maxpages);
        swap_cgroup_swapoff(p->type);

        // Flags last: only now may alloc_swap_info() use the slot again.
        spin_lock(swap_lock);
        p->flags = 0;
        spin_unlock(swap_lock);

        return 0;
    }

    [KernelSource("mm/swapfile.c", "alloc_swap_info", Parity.Full)]
    [Excludes("swap_lock")]
    private static swap_info_struct* alloc_swap_info()
    {
        swap_info_struct* defer = null;
        uint type;

        swap_info_struct* p = (swap_info_struct*)kvzalloc((ulong)sizeof(swap_info_struct), GFP_KERNEL);
        if (p == null)
            return (swap_info_struct*)ERR_PTR(-ENOMEM);

        if (percpu_ref_init(&p->users, &swap_users_ref_free, PERCPU_REF_INIT_DEAD, GFP_KERNEL) != 0)
        {
            kvfree(p);
            return (swap_info_struct*)ERR_PTR(-ENOMEM);
        }

        spin_lock(swap_lock);
        for (type = 0; type < nr_swapfiles; type++)
        {
            if ((swap_info[type]->flags & SWP_USED) == 0)
                break;
        }

        if (type >= MAX_SWAPFILES)
        {
            spin_unlock(swap_lock);
            percpu_ref_exit(&p->users);
            kvfree(p);
            return (swap_info_struct*)ERR_PTR(-EPERM);
        }

        if (type >= nr_swapfiles)
        {
            p->type = (sbyte)type;

            // Whoever finds the pointer finds the struct behind it.
            smp_store_release(&swap_info[type], p);
            nr_swapfiles++;
        }
        else
        {
            // Never freed, so that lookups need no lock: used again instead.
            defer = p;
            p = swap_info[type];
        }

        p->swap_extent_root = default;
        plist_node_init(&p->list, 0);
        plist_node_init(&p->avail_lists, 0);
        p->flags = SWP_USED;
        spin_unlock(swap_lock);
        if (defer != null)
        {
            percpu_ref_exit(&defer->users);
            kvfree(defer);
        }

        spin_lock_init(&p->@lock);
        spin_lock_init(&p->cont_lock);
        atomic_long_set(&p->inuse_pages, SWAP_USAGE_OFFLIST_BIT);
        init_completion(&p->comp);

        return p;
    }

    [KernelSource("mm/swapfile.c", "claim_swapfile", Parity.Reduced, "block devices only")]
    private static int claim_swapfile(swap_info_struct* si, block_device* bdev)
    {
        si->bdev = bdev;
        si->flags |= SWP_BLKDEV;
        return 0;
    }

    /// <summary>Slots of the area, the header's included; 0 for a header that cannot be used.</summary>
    [KernelSource("mm/swapfile.c", "read_swap_header", Parity.Reduced, "headers of the other byte order are refused")]
    private static ulong read_swap_header(swap_info_struct* si, swap_header* swap_header)
    {
        if (!new ReadOnlySpan<byte>(swap_header->magic, 10).SequenceEqual("SWAPSPACE2"u8))
        {
            pr_err("Unable to find swap-space signature");
            return 0;
        }

        if (swap_header->version != 1)
        {
            pr_warn($"Unable to handle swap header version {swap_header->version}");
            return 0;
        }

        ulong maxpages = swapfile_maximum_size;
        ulong last_page = swap_header->last_page;
        if (last_page == 0)
        {
            pr_warn("Empty swap-file");
            return 0;
        }

        if (last_page > maxpages)
            pr_warn($"Truncating oversized swap area, only using {K(maxpages)}k out of {K(last_page)}k");

        if (maxpages > last_page)
        {
            maxpages = last_page + 1;
            if ((uint)maxpages == 0)
                maxpages = uint.MaxValue;
        }

        if (maxpages == 0)
            return 0;
        ulong swapfilepages = bdev_nr_sectors(si->bdev) >> (PAGE_SHIFT - 9);
        if (swapfilepages != 0 && maxpages > swapfilepages)
        {
            pr_warn("Swap area shorter than signature indicates");
            return 0;
        }

        if (swap_header->nr_badpages > MAX_SWAP_BADPAGES)
            return 0;

        return maxpages;
    }

    [KernelSource("mm/swapfile.c", "setup_swap_map", Parity.Full)]
    private static int setup_swap_map(swap_info_struct* si, swap_header* swap_header, byte* swap_map, ulong maxpages)
    {
        swap_map[0] = SWAP_MAP_BAD; // the header
        for (uint i = 0; i < swap_header->nr_badpages; i++)
        {
            uint page_nr = swap_header->badpages[i];
            if (page_nr == 0 || page_nr > swap_header->last_page)
                return -EINVAL;
            if (page_nr < maxpages)
            {
                swap_map[page_nr] = SWAP_MAP_BAD;
                si->pages--;
            }
        }

        if (si->pages == 0)
        {
            pr_warn("Empty swap-file");
            return -EINVAL;
        }

        return 0;
    }

    [KernelSource("mm/swapfile.c", "setup_clusters", Parity.Full)]
    private static swap_cluster_info* setup_clusters(swap_info_struct* si, swap_header* swap_header, ulong maxpages)
    {
        ulong nr_clusters = DIV_ROUND_UP(maxpages, SWAPFILE_CLUSTER);
        int err = -ENOMEM;

        swap_cluster_info* cluster_info = (swap_cluster_info*)kvcalloc(nr_clusters, (ulong)sizeof(swap_cluster_info), GFP_KERNEL);
        if (cluster_info == null)
            goto err_;

        for (ulong i = 0; i < nr_clusters; i++)
            spin_lock_init(&cluster_info[i].@lock);

        if ((si->flags & SWP_SOLIDSTATE) == 0)
        {
            si->global_cluster = (swap_sequential_cluster*)kmalloc((ulong)sizeof(swap_sequential_cluster), GFP_KERNEL);
            if (si->global_cluster == null)
                goto err_free;
            for (int i = 0; i < SWAP_NR_ORDERS; i++)
                si->global_cluster->next[i] = SWAP_ENTRY_INVALID;
            spin_lock_init(&si->global_cluster_lock);
        }

        // The header, bad slots, and what the last cluster has beyond the end count as used.
        err = inc_cluster_info_page(si, cluster_info, 0);
        if (err != 0)
            goto err_free;
        for (uint i = 0; i < swap_header->nr_badpages; i++)
        {
            uint page_nr = swap_header->badpages[i];

            if (page_nr >= maxpages)
                continue;
            err = inc_cluster_info_page(si, cluster_info, page_nr);
            if (err != 0)
                goto err_free;
        }

        for (ulong i = maxpages; i < nr_clusters * SWAPFILE_CLUSTER; i++)
        {
            err = inc_cluster_info_page(si, cluster_info, i);
            if (err != 0)
                goto err_free;
        }

        INIT_LIST_HEAD(&si->free_clusters);
        INIT_LIST_HEAD(&si->full_clusters);
        INIT_LIST_HEAD(&si->discard_clusters);
        INIT_LIST_HEAD(&si->nonfull_clusters);
        INIT_LIST_HEAD(&si->frag_clusters);

        for (ulong i = 0; i < nr_clusters; i++)
        {
            swap_cluster_info* ci = &cluster_info[i];

            if (ci->count != 0)
            {
                ci->flags = CLUSTER_FLAG_NONFULL;
                list_add_tail(&ci->list, &si->nonfull_clusters);
            }
            else
            {
                ci->flags = CLUSTER_FLAG_FREE;
                list_add_tail(&ci->list, &si->free_clusters);
            }
        }

        return cluster_info;
    err_free:
        free_cluster_info(cluster_info, maxpages);
    err_:
        return (swap_cluster_info*)ERR_PTR(err);
    }

    /// <summary>Puts a block device with a swap header to use.</summary>
    /// <returns>0, -EBUSY when it is in use already, -EINVAL for a bad header, -ENOMEM, or the read error of the header.</returns>
    [KernelSource("mm/swapfile.c", "SYSCALL_swapon", Parity.Reduced, "takes the block device, not a path; no capability check")]
    [Excludes("swap_lock", "swapon_mutex")]
    public static int swapon(block_device* bdev, int swap_flags)
    {
        int error;
        swap_header* header = null;
        sector_t span;
        ulong maxpages = 0;
        byte* swap_map = null;
        ulong* zeromap = null;
        swap_cluster_info* cluster_info = null;
        bool inced_nr_rotate_swap = false;

        if ((swap_flags & ~SWAP_FLAGS_VALID) != 0)
            return -EINVAL;

        if (swap_avail_heads == null)
            return -ENOMEM;

        if (bdev_is_swap(bdev))
            return -EBUSY;

        swap_info_struct* si = alloc_swap_info();
        if (IS_ERR(si))
            return (int)PTR_ERR(si);

        INIT_WORK(&si->discard_work, &swap_discard_work);
        INIT_WORK(&si->reclaim_work, &swap_reclaim_work);

        error = claim_swapfile(si, bdev);
        if (error != 0)
            goto bad_swap;

        header = (swap_header*)__get_free_page(GFP_KERNEL);
        if (header == null)
        {
            error = -ENOMEM;
            goto bad_swap;
        }

        error = bdev_rw_virt(bdev, 0, header, PAGE_SIZE, REQ_OP_READ);
        if (error != 0)
            goto bad_swap;

        maxpages = read_swap_header(si, header);
        if (maxpages == 0)
        {
            error = -EINVAL;
            goto bad_swap;
        }

        si->max = (uint)maxpages;
        si->pages = (uint)(maxpages - 1);
        int nr_extents = setup_swap_extents(si, &span);
        if (nr_extents < 0)
        {
            error = nr_extents;
            goto bad_swap;
        }

        maxpages = si->max;

        swap_map = (byte*)vzalloc(maxpages);
        if (swap_map == null)
        {
            error = -ENOMEM;
            goto bad_swap;
        }

        error = swap_cgroup_swapon(si->type, maxpages);
        if (error != 0)
            goto bad_swap;

        error = setup_swap_map(si, header, swap_map, maxpages);
        if (error != 0)
            goto bad_swap;

        zeromap = (ulong*)kvmalloc_array(BITS_TO_LONGS((uint)maxpages), sizeof(long), GFP_KERNEL | __GFP_ZERO);
        if (zeromap == null)
        {
            error = -ENOMEM;
            goto bad_swap;
        }

        if (bdev_stable_writes(si->bdev))
            si->flags |= SWP_STABLE_WRITES;

        if (bdev_synchronous(si->bdev))
            si->flags |= SWP_SYNCHRONOUS_IO;

        if (bdev_nonrot(si->bdev))
        {
            si->flags |= SWP_SOLIDSTATE;
        }
        else
        {
            atomic_inc(nr_rotate_swap);
            inced_nr_rotate_swap = true;
        }

        cluster_info = setup_clusters(si, header, maxpages);
        if (IS_ERR(cluster_info))
        {
            error = (int)PTR_ERR(cluster_info);
            cluster_info = null;
            goto bad_swap;
        }

        if ((swap_flags & SWAP_FLAG_DISCARD) != 0 &&
            bdev_max_discard_sectors(si->bdev) != 0)
        {
            si->flags |= SWP_DISCARDABLE | SWP_AREA_DISCARD | SWP_PAGE_DISCARD;

            // Both kinds unless one is named.
            if ((swap_flags & SWAP_FLAG_DISCARD_ONCE) != 0)
                si->flags &= ~SWP_PAGE_DISCARD;
            else if ((swap_flags & SWAP_FLAG_DISCARD_PAGES) != 0)
                si->flags &= ~SWP_AREA_DISCARD;

            if ((si->flags & SWP_AREA_DISCARD) != 0)
            {
                int err = discard_swap(si);
                if (err != 0)
                    pr_err($"swapon: discard_swap: {err}");
            }
        }

        error = zswap_swapon(si->type, maxpages);
        if (error != 0)
            goto bad_swap;

        mutex_lock(swapon_mutex);
        int prio = -1;
        if ((swap_flags & SWAP_FLAG_PREFER) != 0)
            prio = swap_flags & SWAP_FLAG_PRIO_MASK;
        enable_swap_info(si, prio, swap_map, cluster_info, zeromap);

        pr_info($"Adding {K(si->pages)}k swap.  Priority:{si->prio} extents:{nr_extents} across:{K(span)}k " +
            ((si->flags & SWP_SOLIDSTATE) != 0 ? "SS" : ""));
        mutex_unlock(swapon_mutex);

        free_page((ulong)header);
        return 0;

    bad_swap:
        kfree(si->global_cluster);
        si->global_cluster = null;
        destroy_swap_extents(si);
        swap_cgroup_swapoff(si->type);
        spin_lock(swap_lock);
        si->bdev = null;
        si->flags = 0;
        spin_unlock(swap_lock);
        vfree(swap_map);
        kvfree(zeromap);
        if (cluster_info != null)
            free_cluster_info(cluster_info, maxpages);
        if (inced_nr_rotate_swap)
            atomic_dec(nr_rotate_swap);
        if (header != null)
            free_page((ulong)header);
        return error;
    }

    private static bool bdev_is_swap(block_device* bdev)
    {
        bool found = false;

        spin_lock(swap_lock);
        for (uint type = 0; type < nr_swapfiles; type++)
            found |= (swap_info[type]->flags & SWP_USED) != 0 && swap_info[type]->bdev == bdev;
        spin_unlock(swap_lock);
        return found;
    }

    [KernelSource("mm/swapfile.c", "si_swapinfo", Parity.Full)]
    [Excludes("swap_lock")]
    public static void si_swapinfo(sysinfo* val)
    {
        ulong nr_to_be_unused = 0;

        spin_lock(swap_lock);
        for (uint type = 0; type < nr_swapfiles; type++)
        {
            swap_info_struct* si = swap_info[type];

            if ((si->flags & SWP_USED) != 0 && (si->flags & SWP_WRITEOK) == 0)
                nr_to_be_unused += (ulong)swap_usage_in_pages(si);
        }

        val->freeswap = (ulong)atomic_long_read(nr_swap_pages) + nr_to_be_unused;
        val->totalswap = (ulong)total_swap_pages + nr_to_be_unused;
        spin_unlock(swap_lock);
    }

    [KernelSource("mm/swapfile.c", "swapfile_init", Parity.Full)]
    public static int swapfile_init()
    {
        swap_avail_heads = (plist_head*)kmalloc_array(1, (ulong)sizeof(plist_head), GFP_KERNEL);
        if (swap_avail_heads == null)
        {
            pr_emerg("Not enough memory for swap heads, swap is disabled");
            return -ENOMEM;
        }

        plist_head_init(&swap_avail_heads[0]);
        plist_head_init(swap_active_head);

        swapfile_maximum_size = arch_max_swapfile_size();

        if (!SWP_TABLE_USE_PAGE)
            swap_table_cachep = kmem_cache_create("swap_table"u8, (uint)sizeof(swap_table), 0, SLAB_PANIC | SLAB_TYPESAFE_BY_RCU, null);

        return 0;
    }

    // As many as an entry's offset can name, once it has been through a page table entry.
    [KernelSource("mm/swapfile.c", "arch_max_swapfile_size", Parity.Full)]
    private static ulong arch_max_swapfile_size() => generic_max_swapfile_size();

    [KernelSource("mm/swapfile.c", "generic_max_swapfile_size", Parity.Full)]
    private static ulong generic_max_swapfile_size() =>
        swp_offset(pte_to_swp_entry(swp_entry_to_pte(swp_entry(0, ~0UL)))) + 1;
}
