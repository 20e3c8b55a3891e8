// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, second part: the allocation of slots.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;
using static Linux.mm_swap_table_h;

namespace Linux;

public static unsafe partial class mm_swapfile_c
{
    // Drops and retakes ci->lock.
    [KernelSource("mm/swapfile.c", "cluster_reclaim_range", Parity.Full)]
    [MustHold("ci->lock")]
    [MustHold("ci->lock")]
    private static bool cluster_reclaim_range(swap_info_struct* si, swap_cluster_info* ci, ulong start, ulong end)
    {
        byte* map = si->swap_map;
        ulong offset = start;

        spin_unlock(&ci->@lock);
        do
        {
            switch (READ_ONCE(&map[offset]))
            {
                case 0:
                    offset++;
                    break;
                case SWAP_HAS_CACHE:
                    int nr_reclaim = __try_to_reclaim_swap(si, offset, TTRS_ANYWAY);
                    if (nr_reclaim > 0)
                        offset += (ulong)nr_reclaim;
                    else
                        goto out_;
                    break;
                default:
                    goto out_;
            }
        }
        while (offset < end);
    out_:
        spin_lock(&ci->@lock);

        // What was freed may have been taken again meanwhile.
        for (offset = start; offset < end; offset++)
        {
            if (READ_ONCE(&map[offset]) != 0)
                return false;
        }

        return true;
    }

    [KernelSource("mm/swapfile.c", "cluster_scan_range", Parity.Full)]
    [MustHold("ci->lock")]
    private static bool cluster_scan_range(swap_info_struct* si, swap_cluster_info* ci, ulong start, uint nr_pages, bool* need_reclaim)
    {
        ulong end = start + nr_pages;
        byte* map = si->swap_map;

        if (cluster_is_empty(ci))
            return true;

        for (ulong offset = start; offset < end; offset++)
        {
            switch (READ_ONCE(&map[offset]))
            {
                case 0:
                    continue;
                case SWAP_HAS_CACHE:
                    if (!vm_swap_full())
                        return false;
                    *need_reclaim = true;
                    continue;
                default:
                    return false;
            }
        }

        return true;
    }

    [KernelSource("mm/swapfile.c", "swap_cluster_assert_table_empty", Parity.Full)]
    [System.Diagnostics.Conditional("DEBUG")]
    private static void swap_cluster_assert_table_empty(swap_cluster_info* ci, uint start, uint nr)
    {
        uint ci_off = start % SWAPFILE_CLUSTER;
        uint ci_end = ci_off + nr;

        do
        {
            ulong swp_tb = __swap_table_get(ci, ci_off);
            VM_WARN_ON_ONCE(!swp_tb_is_null(swp_tb));
        }
        while (++ci_off < ci_end);
    }

    [KernelSource("mm/swapfile.c", "cluster_alloc_range", Parity.Full)]
    [MustHold("ci->lock")]
    private static bool cluster_alloc_range(swap_info_struct* si, swap_cluster_info* ci, uint start, byte usage, uint order)
    {
        uint nr_pages = 1u << (int)order;

        lockdep_assert_held(&ci->@lock);

        if ((si->flags & SWP_WRITEOK) == 0)
            return false;

        // The first allocation decides the cluster's order.
        if (cluster_is_empty(ci))
            ci->order = (byte)order;

        memset(si->swap_map + start, usage, nr_pages);
        swap_cluster_assert_table_empty(ci, start, nr_pages);
        swap_range_alloc(si, nr_pages);
        ci->count += (ushort)nr_pages;

        return true;
    }

    /// <summary>Looks for free slots from offset on; enters with the cluster locked, leaves it unlocked.</summary>
    [KernelSource("mm/swapfile.c", "alloc_swap_scan_cluster", Parity.Reduced, "one order: a CPU has one cluster")]
    [Releases("ci->lock"), MustHold("percpu_swap_cluster->lock")]
    private static uint alloc_swap_scan_cluster(swap_info_struct* si, swap_cluster_info* ci, ulong offset, uint order, byte usage)
    {
        uint next = SWAP_ENTRY_INVALID, found = SWAP_ENTRY_INVALID;
        ulong start = offset & ~(ulong)(SWAPFILE_CLUSTER - 1);
        ulong end = min(start + SWAPFILE_CLUSTER, (ulong)si->max);
        uint nr_pages = 1u << (int)order;
        bool need_reclaim;

        lockdep_assert_held(&ci->@lock);

        if (end < nr_pages || ci->count + nr_pages > SWAPFILE_CLUSTER)
            goto out_;

        for (end -= nr_pages; offset <= end; offset += nr_pages)
        {
            need_reclaim = false;
            if (!cluster_scan_range(si, ci, offset, nr_pages, &need_reclaim))
                continue;
            if (need_reclaim)
            {
                bool ret = cluster_reclaim_range(si, ci, offset, offset + nr_pages);

                // The lock was dropped: the cluster may have become another's.
                if (!cluster_is_usable(ci, (int)order))
                    goto out_;
                if (cluster_is_empty(ci))
                    offset = start;
                if (!ret)
                    continue;
            }

            if (!cluster_alloc_range(si, ci, (uint)offset, usage, order))
                break;
            found = (uint)offset;
            offset += nr_pages;
            if (ci->count < SWAPFILE_CLUSTER && offset <= end)
                next = (uint)offset;
            break;
        }

    out_:
        relocate_cluster(si, ci);
        swap_cluster_unlock(ci);
        if ((si->flags & SWP_SOLIDSTATE) != 0)
        {
            this_cpu_write(offset_of(percpu_swap_cluster), next);
            this_cpu_ptr(percpu_swap_cluster)->si = si;
        }
        else
        {
            si->global_cluster->next[order] = next;
        }

        return found;
    }

    [KernelSource("mm/swapfile.c", "alloc_swap_scan_list", Parity.Full)]
    [MustHold("percpu_swap_cluster->lock")]
    private static uint alloc_swap_scan_list(swap_info_struct* si, list_head* list, uint order, byte usage, bool scan_all)
    {
        uint found = SWAP_ENTRY_INVALID;

        do
        {
            swap_cluster_info* ci = isolate_lock_cluster(si, list, (int)order);

            if (ci == null)
                break;
            ulong offset = cluster_offset(si, ci);
            found = alloc_swap_scan_cluster(si, ci, offset, order, usage);
            if (found != 0)
                break;
        }
        while (scan_all);

        return found;
    }

    [KernelSource("mm/swapfile.c", "swap_reclaim_full_clusters", Parity.Full)]
    [Excludes("swap_cluster_info.lock")]
    private static void swap_reclaim_full_clusters(swap_info_struct* si, bool force)
    {
        long to_scan = 1;
        swap_cluster_info* ci;
        byte* map = si->swap_map;

        if (force)
            to_scan = swap_usage_in_pages(si) / SWAPFILE_CLUSTER;

        while ((ci = isolate_lock_cluster(si, &si->full_clusters, 0)) != null)
        {
            ulong offset = cluster_offset(si, ci);
            ulong end = min((ulong)si->max, offset + SWAPFILE_CLUSTER);
            to_scan--;

            while (offset < end)
            {
                if (READ_ONCE(&map[offset]) == SWAP_HAS_CACHE)
                {
                    spin_unlock(&ci->@lock);
                    int nr_reclaim = __try_to_reclaim_swap(si, offset, TTRS_ANYWAY);
                    spin_lock(&ci->@lock);
                    if (nr_reclaim != 0)
                    {
                        offset += (ulong)Math.Abs(nr_reclaim);
                        continue;
                    }
                }

                offset++;
            }

            // Nothing was freed, so it is on no list yet.
            if (ci->flags == CLUSTER_FLAG_NONE)
                relocate_cluster(si, ci);

            swap_cluster_unlock(ci);
            if (to_scan <= 0)
                break;
        }
    }

    [KernelSource("mm/swapfile.c", "swap_reclaim_work", Parity.Full)]
    private static void swap_reclaim_work(work_struct* work)
    {
        swap_info_struct* si = container_of<swap_info_struct>(work, &((swap_info_struct*)nowhere)->reclaim_work);

        swap_reclaim_full_clusters(si, true);
    }

    /// <summary>A slot of this area, 0 when it is full.</summary>
    [KernelSource("mm/swapfile.c", "cluster_alloc_swap_entry", Parity.Reduced, "one order: no stealing from the clusters of larger ones")]
    [MustHold("percpu_swap_cluster->lock"), ContextUnsafe("global_cluster_lock is for disks whose head moves, which does not change")]
    [Excludes("si->global_cluster_lock")]
    private static ulong cluster_alloc_swap_entry(swap_info_struct* si, int order, byte usage)
    {
        swap_cluster_info* ci;
        uint offset = SWAP_ENTRY_INVALID, found = SWAP_ENTRY_INVALID;

        // Slots of a file need not lie side by side.
        if (order != 0 && (si->flags & SWP_BLKDEV) == 0)
            return 0;

        if ((si->flags & SWP_SOLIDSTATE) == 0)
        {
            // A moving head wants all CPUs in one place.
            spin_lock(&si->global_cluster_lock);
            offset = si->global_cluster->next[order];
            if (offset == SWAP_ENTRY_INVALID)
                goto new_cluster;

            ci = swap_cluster_lock(si, offset);

            // It may have changed hands since.
            if (cluster_is_usable(ci, order))
            {
                if (cluster_is_empty(ci))
                    offset = cluster_offset(si, ci);
                found = alloc_swap_scan_cluster(si, ci, offset, (uint)order, usage);
            }
            else
            {
                swap_cluster_unlock(ci);
            }

            if (found != 0)
                goto done;
        }

    new_cluster:
        // Where freed clusters are discarded, free ones go first: it spreads the wear.
        if ((si->flags & SWP_PAGE_DISCARD) != 0)
        {
            found = alloc_swap_scan_list(si, &si->free_clusters, (uint)order, usage, false);
            if (found != 0)
                goto done;
        }

        found = alloc_swap_scan_list(si, &si->nonfull_clusters, (uint)order, usage, true);
        if (found != 0)
            goto done;

        if ((si->flags & SWP_PAGE_DISCARD) == 0)
        {
            found = alloc_swap_scan_list(si, &si->free_clusters, (uint)order, usage, false);
            if (found != 0)
                goto done;
        }

        if (vm_swap_full())
            swap_reclaim_full_clusters(si, false);

        found = alloc_swap_scan_list(si, &si->frag_clusters, (uint)order, usage, false);

    done:
        if ((si->flags & SWP_SOLIDSTATE) == 0)
            spin_unlock(&si->global_cluster_lock);

        return found;
    }

    [KernelSource("mm/swapfile.c", "del_from_avail_list", Parity.Full)]
    [Excludes("swap_avail_lock")]
    private static void del_from_avail_list(swap_info_struct* si, bool swapoff)
    {
        spin_lock(swap_avail_lock);

        if (swapoff)
        {
            // The flag and the bit change together, so that a racing add sees either both or none.
            lockdep_assert_held(&si->@lock);
            si->flags &= ~SWP_WRITEOK;
            atomic_long_or(SWAP_USAGE_OFFLIST_BIT, &si->inuse_pages);
        }
        else
        {
            // Only as long as it is full.
            long pages = si->pages;
            if (!atomic_long_try_cmpxchg(&si->inuse_pages, &pages, pages | SWAP_USAGE_OFFLIST_BIT))
                goto skip;
        }

        plist_del(&si->avail_lists, &swap_avail_heads[0]);

    skip:
        spin_unlock(swap_avail_lock);
    }

    [KernelSource("mm/swapfile.c", "add_to_avail_list", Parity.Full)]
    [Excludes("swap_avail_lock")]
    private static void add_to_avail_list(swap_info_struct* si, bool swapon)
    {
        long pages;

        spin_lock(swap_avail_lock);

        if (swapon)
        {
            lockdep_assert_held(&si->@lock);
            si->flags |= SWP_WRITEOK;
        }
        else
        {
            if ((READ_ONCE(&si->flags) & SWP_WRITEOK) == 0)
                goto skip;
        }

        if ((atomic_long_read(&si->inuse_pages) & SWAP_USAGE_OFFLIST_BIT) == 0)
            goto skip;

        long val = atomic_long_fetch_and_relaxed(~SWAP_USAGE_OFFLIST_BIT, &si->inuse_pages);

        // Full again by the time the bit was cleared: back off the list.
        pages = si->pages;
        if (val == pages)
        {
            if (atomic_long_try_cmpxchg(&si->inuse_pages, &pages, pages | SWAP_USAGE_OFFLIST_BIT))
                goto skip;
        }

        plist_add(&si->avail_lists, &swap_avail_heads[0]);

    skip:
        spin_unlock(swap_avail_lock);
    }

    /// <summary>Counts slots as used; true when the area has just become full.</summary>
    [KernelSource("mm/swapfile.c", "swap_usage_add", Parity.Full)]
    private static bool swap_usage_add(swap_info_struct* si, uint nr_entries)
    {
        long val = atomic_long_add_return_relaxed(nr_entries, &si->inuse_pages);

        if (val == si->pages)
        {
            del_from_avail_list(si, false);
            return true;
        }

        return false;
    }

    [KernelSource("mm/swapfile.c", "swap_usage_sub", Parity.Full)]
    private static void swap_usage_sub(swap_info_struct* si, uint nr_entries)
    {
        long val = atomic_long_sub_return_relaxed(nr_entries, &si->inuse_pages);

        if ((val & SWAP_USAGE_OFFLIST_BIT) != 0)
            add_to_avail_list(si, false);
    }

    [KernelSource("mm/swapfile.c", "swap_range_alloc", Parity.Full)]
    private static void swap_range_alloc(swap_info_struct* si, uint nr_entries)
    {
        if (swap_usage_add(si, nr_entries))
        {
            if (vm_swap_full())
                schedule_work(&si->reclaim_work);
        }

        atomic_long_sub(nr_entries, nr_swap_pages);
    }

    [KernelSource("mm/swapfile.c", "swap_range_free", Parity.Reduced, "no disk of the machine asks to be told of freed slots")]
    [MustHold("swap_cluster_info.lock")]
    private static void swap_range_free(swap_info_struct* si, ulong offset, uint nr_entries)
    {
        for (uint i = 0; i < nr_entries; i++)
        {
            clear_bit((long)(offset + i), si->zeromap);
            zswap_invalidate(swp_entry((ulong)si->type, offset + i));
        }

        __swap_cache_clear_shadow(swp_entry((ulong)si->type, offset), (int)nr_entries);

        // Whoever sees the room must see swap_map without the old counts.
        smp_wmb();
        atomic_long_add(nr_entries, nr_swap_pages);
        swap_usage_sub(si, nr_entries);
    }
}
