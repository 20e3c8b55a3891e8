// SPDX-License-Identifier: GPL-2.0-only
// mm/shmem.c: truncation, holes, and the end of an inode.
using static Linux.linux_fs_h;
using static Linux.linux_iversion_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_rcupdate_wait_h;
using static Linux.linux_shmem_fs_h;
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_shmem_c
{
    /// <summary>Takes a swap entry out of the file and frees it with its page in the swap cache; how many pages went, 0 when it is not there any more.</summary>
    [KernelSource(C, "shmem_free_swap", Parity.Full)]
    [Excludes("mapping->i_pages.xa_lock")]
    private static long shmem_free_swap(address_space* mapping, pgoff_t index, pgoff_t end, void* radswap)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, index);
        ulong nr_pages = 0;

        xas_lock_irq(&xas);
        void* entry = xas_load(&xas);
        if (entry == radswap)
        {
            nr_pages = 1UL << xas_get_order(&xas);
            pgoff_t @base = round_down(xas.xa_index, nr_pages);
            if (@base < index || @base + nr_pages - 1 > end)
                nr_pages = 0;
            else
                xas_store(&xas, null);
        }

        xas_unlock_irq(&xas);

        if (nr_pages != 0)
            free_swap_and_cache_nr(radix_to_swp_entry(radswap), (int)nr_pages);

        return (long)nr_pages;
    }

    /// <summary>How many bytes of a range of pages are in swap, at a glance.</summary>
    [KernelSource(C, "shmem_partial_swap_usage", Parity.Full)]
    public static ulong shmem_partial_swap_usage(address_space* mapping, pgoff_t start, pgoff_t end)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, start);
        ulong swapped = 0;
        ulong max = end - 1;

        rcu_read_lock();
        for (void* folio = xas_find(&xas, max); folio != null; folio = xas_next_entry(&xas, max))
        {
            if (xas_retry(&xas, folio))
                continue;
            if (xa_is_value(folio))
                swapped += 1UL << xas_get_order(&xas);
            if (xas.xa_index == max)
                break;
            if (need_resched())
            {
                xas_pause(&xas);
                cond_resched_rcu();
            }
        }

        rcu_read_unlock();

        return swapped << PAGE_SHIFT;
    }

    /// <summary>How many bytes of what a VMA maps are in swap, at a glance.</summary>
    [KernelSource(C, "shmem_swap_usage", Parity.Full)]
    public static ulong shmem_swap_usage(vm_area_struct* vma)
    {
        inode* inode = file_inode(vma->vm_file);
        shmem_inode_info* info = SHMEM_I(inode);
        address_space* mapping = inode->i_mapping;

        // Others change it while this looks, as no lock is held: read once.
        ulong swapped = READ_ONCE(&info->swapped);

        // Nothing in swap, or the whole of it mapped: the count is there already.
        if (swapped == 0)
            return 0;

        if (vma->vm_pgoff == 0 && vma->vm_end - vma->vm_start >= (ulong)inode->i_size)
            return swapped << PAGE_SHIFT;

        return shmem_partial_swap_usage(mapping, vma->vm_pgoff, vma->vm_pgoff + vma_pages(vma));
    }

    /// <summary>Pages that were locked as a whole go back to where reclaim finds them.</summary>
    [KernelSource(C, "shmem_unlock_mapping", Parity.Full)]
    public static void shmem_unlock_mapping(address_space* mapping)
    {
        folio_batch fbatch;
        pgoff_t index = 0;

        folio_batch_init(&fbatch);
        // Stop if somebody locks it again.
        while (!mapping_unevictable(mapping) && filemap_get_folios(mapping, &index, ~0UL, &fbatch) != 0)
        {
            check_move_unevictable_folios(&fbatch);
            folio_batch_release(&fbatch);
            cond_resched();
        }
    }

    // Locked and referenced, from swap if need be; null for a hole.
    [KernelSource(C, "shmem_get_partial_folio", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->PG_locked")]
    private static folio* shmem_get_partial_folio(inode* inode, pgoff_t index)
    {
        // Not by shmem_get_folio() at first: that fails beyond the size, and takes reserved pages for holes.
        folio* folio = (folio*)filemap_get_entry(inode->i_mapping, index);
        if (folio == null)
            return folio;
        if (!xa_is_value(folio))
        {
            folio_lock(folio);
            if (folio->mapping == inode->i_mapping)
                return folio;
            // Reclaim was faster with the lock, and it is in swap.
            folio_unlock(folio);
            folio_put(folio);
        }

        folio = null;
        shmem_get_folio(inode, index, 0, &folio, sgp_type.SGP_READ);
        return folio;
    }

    /// <summary>
    /// Takes pages and swap entries of a range of bytes out of the file; partial pages at its ends become zeroes. With
    /// unfalloc only what a failed fallocate() has added.
    /// </summary>
    [KernelSource(C, "shmem_undo_range", Parity.Full)]
    private static void shmem_undo_range(inode* inode, loff_t lstart, loff_t lend, bool unfalloc)
    {
        address_space* mapping = inode->i_mapping;
        shmem_inode_info* info = SHMEM_I(inode);
        pgoff_t start = (ulong)(lstart + (loff_t)PAGE_SIZE - 1) >> PAGE_SHIFT;
        pgoff_t end = (ulong)(lend + 1) >> PAGE_SHIFT;
        folio_batch fbatch;
        pgoff_t* indices = stackalloc pgoff_t[PAGEVEC_SIZE];
        folio* folio;
        long nr_swaps_freed = 0;
        pgoff_t index;

        if (lend == -1)
            end = ulong.MaxValue;

        if (info->fallocend > start && info->fallocend <= end && !unfalloc)
            info->fallocend = start;

        // First what can be had without waiting, in batches.
        folio_batch_init(&fbatch);
        index = start;
        while (index < end && find_lock_entries(mapping, &index, end - 1, &fbatch, indices) != 0)
        {
            for (uint i = 0; i < folio_batch_count(&fbatch); i++)
            {
                folio = fbatch.folios[i];

                if (xa_is_value(folio))
                {
                    if (unfalloc)
                        continue;
                    nr_swaps_freed += shmem_free_swap(mapping, indices[i], end - 1, folio);
                    continue;
                }

                if (!unfalloc || !folio_test_uptodate(folio))
                    truncate_inode_folio(mapping, folio);
                folio_unlock(folio);
            }

            folio_batch_remove_exceptionals(&fbatch);
            folio_batch_release(&fbatch);
            cond_resched();
        }

        // What a failed fallocate() added goes whole.
        if (unfalloc)
            goto whole_folios;

        bool same_folio = (lstart >> PAGE_SHIFT) == (lend >> PAGE_SHIFT);
        folio = shmem_get_partial_folio(inode, (ulong)lstart >> PAGE_SHIFT);
        if (folio != null)
        {
            same_folio = lend < folio_pos(folio) + (loff_t)folio_size(folio);
            folio_mark_dirty(folio);
            if (!truncate_inode_partial_folio(folio, lstart, lend))
            {
                start = folio_next_index(folio);
                if (same_folio)
                    end = folio->index;
            }

            folio_unlock(folio);
            folio_put(folio);
            folio = null;
        }

        if (!same_folio)
            folio = shmem_get_partial_folio(inode, (ulong)lend >> PAGE_SHIFT);
        if (folio != null)
        {
            folio_mark_dirty(folio);
            if (!truncate_inode_partial_folio(folio, lstart, lend))
                end = folio->index;
            folio_unlock(folio);
            folio_put(folio);
        }

    whole_folios:

        // Then the rest, waiting for each.
        index = start;
        while (index < end)
        {
            cond_resched();

            if (find_get_entries(mapping, &index, end - 1, &fbatch, indices) == 0)
            {
                // Nothing is left, or only a range was to go, in which new pages are not chased.
                if (index == start || end != ulong.MaxValue)
                    break;
                // A truncation is done when a whole pass finds nothing.
                index = start;
                continue;
            }

            for (uint i = 0; i < folio_batch_count(&fbatch); i++)
            {
                folio = fbatch.folios[i];

                if (xa_is_value(folio))
                {
                    if (unfalloc)
                        continue;
                    long swaps_freed = shmem_free_swap(mapping, indices[i], end - 1, folio);
                    if (swaps_freed == 0)
                    {
                        pgoff_t @base = indices[i];

                        int order = shmem_confirm_swap(mapping, indices[i], radix_to_swp_entry(folio));
                        // A large entry across the range's end has had its part zeroed above.
                        if (order > 0)
                        {
                            @base = round_down(@base, 1UL << order);
                            if (@base < start || @base + (1UL << order) > end)
                                continue;
                        }

                        // The slot has something else by now: from its first index again.
                        index = @base;
                        break;
                    }

                    nr_swaps_freed += swaps_freed;
                    continue;
                }

                folio_lock(folio);

                if (!unfalloc || !folio_test_uptodate(folio))
                {
                    if (folio_mapping(folio) != mapping)
                    {
                        // Reclaim was faster, and the slot has a swap entry.
                        folio_unlock(folio);
                        index = indices[i];
                        break;
                    }

                    VM_BUG_ON_FOLIO(folio_test_writeback(folio), folio);

                    if (!folio_test_large(folio))
                    {
                        truncate_inode_folio(mapping, folio);
                    }
                    else if (truncate_inode_partial_folio(folio, lstart, lend))
                    {
                        // It was split: begin again, with its parts.
                        if (!folio_test_large(folio))
                        {
                            folio_unlock(folio);
                            index = start;
                            break;
                        }
                    }
                }

                folio_unlock(folio);
            }

            folio_batch_remove_exceptionals(&fbatch);
            folio_batch_release(&fbatch);
        }

        shmem_recalc_inode(inode, 0, -nr_swaps_freed);
    }

    [KernelSource(C, "shmem_truncate_range", Parity.Full)]
    public static void shmem_truncate_range(inode* inode, loff_t lstart, loff_t lend)
    {
        shmem_undo_range(inode, lstart, lend, false);
        inode_set_mtime_to_ts(inode, inode_set_ctime_current(inode));
        inode_inc_iversion(inode);
    }

    [KernelSource(C, "shmem_getattr", Parity.Reduced, "no file attributes and no times")]
    private static int shmem_getattr(path* path, kstat* stat)
    {
        inode* inode = path->dentry->d_inode;
        shmem_inode_info* info = SHMEM_I(inode);

        if (info->alloced - info->swapped != inode->i_mapping->nrpages)
            shmem_recalc_inode(inode, 0, 0);

        generic_fillattr(inode, stat);
        return 0;
    }

    [KernelSource(C, "shmem_setattr", Parity.Reduced, "no modes, owners, quotas or ACLs: nobody changes them")]
    private static int shmem_setattr(dentry* dentry, iattr* attr)
    {
        inode* inode = d_inode(dentry);
        shmem_inode_info* info = SHMEM_I(inode);
        bool update_mtime = false;
        bool update_ctime = true;

        int error = setattr_prepare(dentry, attr);
        if (error != 0)
            return error;

        if (S_ISREG(inode->i_mode) && (attr->ia_valid & ATTR_SIZE) != 0)
        {
            loff_t oldsize = inode->i_size;
            loff_t newsize = attr->ia_size;

            // The caller's i_rwsem keeps the seals as they are.
            if ((newsize < oldsize && (info->seals & F_SEAL_SHRINK) != 0) || (newsize > oldsize && (info->seals & F_SEAL_GROW) != 0))
                return -EPERM;

            if (newsize != oldsize)
            {
                error = shmem_reacct_size(SHMEM_I(inode)->flags, oldsize, newsize);
                if (error != 0)
                    return error;
                i_size_write(inode, newsize);
                update_mtime = true;
            }
            else
            {
                update_ctime = false;
            }

            if (newsize <= oldsize)
            {
                loff_t holebegin = (loff_t)round_up((ulong)newsize, PAGE_SIZE);
                if (oldsize > holebegin)
                    unmap_mapping_range(inode->i_mapping, holebegin, 0, 1);
                if (info->alloced != 0)
                    shmem_truncate_range(inode, newsize, -1);
                // Private copies that were made meanwhile
                if (oldsize > holebegin)
                    unmap_mapping_range(inode->i_mapping, holebegin, 0, 1);
            }
        }

        if (update_ctime)
        {
            inode_set_ctime_current(inode);
            if (update_mtime)
                inode_set_mtime_to_ts(inode, inode_get_ctime(inode));
            inode_inc_iversion(inode);
        }

        return error;
    }

    private static bool no_unuse(void* arg) => atomic_read(&((shmem_inode_info*)arg)->stop_eviction) == 0;

    [KernelSource(C, "shmem_evict_inode", Parity.Reduced, "no extended attributes")]
    [Excludes("shmem_sb_info.shrinklist_lock", "shmem_swaplist_lock")]
    private static void shmem_evict_inode(inode* inode)
    {
        shmem_inode_info* info = SHMEM_I(inode);
        shmem_sb_info* sbinfo = SHMEM_SB(inode->i_sb);
        ulong freed = 0;

        if (shmem_mapping(inode->i_mapping))
        {
            shmem_unacct_size(info->flags, inode->i_size);
            inode->i_size = 0;
            mapping_set_exiting(inode->i_mapping);
            shmem_truncate_range(inode, 0, -1);
            if (!list_empty(&info->shrinklist))
            {
                spin_lock(&sbinfo->shrinklist_lock);
                if (!list_empty(&info->shrinklist))
                {
                    list_del_init(&info->shrinklist);
                    sbinfo->shrinklist_len--;
                }

                spin_unlock(&sbinfo->shrinklist_lock);
            }

            while (!list_empty(&info->swaplist))
            {
                // swapoff works on the inode without a reference: until it is through, the inode has to stay.
                wait_var_event(&info->stop_eviction, &no_unuse, info);
                spin_lock(shmem_swaplist_lock);
                // It may have begun again before the lock was taken.
                if (atomic_read(&info->stop_eviction) == 0)
                    list_del_init(&info->swaplist);
                spin_unlock(shmem_swaplist_lock);
            }
        }

        shmem_free_inode(inode->i_sb, freed);
        WARN_ON(inode->i_blocks != 0);
        clear_inode(inode);
    }
}
