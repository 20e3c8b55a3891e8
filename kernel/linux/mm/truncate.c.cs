// SPDX-License-Identifier: GPL-2.0-only
// mm/truncate.c: taking pages away from a file.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_pagevec_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_truncate_c
{
    private const string C = "mm/truncate.c";

    [KernelSource(C, "clear_shadow_entries", Parity.Full)]
    [Excludes("mapping->i_pages.xa_lock", "mapping->host->i_lock")]
    private static void clear_shadow_entries(address_space* mapping, ulong start, ulong max)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, start);

        // shmem's values are swap entries, which it frees by itself.
        if (shmem_mapping(mapping))
            return;

        xas_set_update(&xas, &workingset_update_node);

        spin_lock(&mapping->host->i_lock);
        xas_lock_irq(&xas);

        // Of a mapping that is emptied the traces of evicted pages go, too.
        for (void* folio = xas_find(&xas, max); folio != null; folio = xas_next_entry(&xas, max))
        {
            if (xa_is_value(folio))
                xas_store(&xas, null);
        }

        xas_unlock_irq(&xas);
        if (mapping_shrinkable(mapping))
            inode_add_lru(mapping->host);
        spin_unlock(&mapping->host->i_lock);
    }

    // Takes shadows out of the tree and out of the batch.
    [KernelSource(C, "truncate_folio_batch_exceptionals", Parity.Full)]
    [Excludes("mapping->i_pages.xa_lock", "mapping->host->i_lock")]
    private static void truncate_folio_batch_exceptionals(address_space* mapping, folio_batch* fbatch, pgoff_t* indices)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, indices[0]);
        uint nr = folio_batch_count(fbatch);
        uint j;

        // shmem's values are swap entries, which it frees by itself.
        if (shmem_mapping(mapping))
            return;

        for (j = 0; j < nr; j++)
        {
            if (xa_is_value(fbatch->folios[j]))
                break;
        }

        if (j == nr)
            return;

        xas_set(&xas, indices[j]);
        xas_set_update(&xas, &workingset_update_node);

        spin_lock(&mapping->host->i_lock);
        xas_lock_irq(&xas);

        for (void* folio = xas_find(&xas, indices[nr - 1]); folio != null; folio = xas_next_entry(&xas, indices[nr - 1]))
        {
            if (xa_is_value(folio))
                xas_store(&xas, null);
        }

        xas_unlock_irq(&xas);
        if (mapping_shrinkable(mapping))
            inode_add_lru(mapping->host);
        spin_unlock(&mapping->host->i_lock);
        folio_batch_remove_exceptionals(fbatch);
    }

    /// <summary>Tells the file system that part of a folio, or all of it, is gone.</summary>
    [KernelSource(C, "folio_invalidate", Parity.Full)]
    public static void folio_invalidate(folio* folio, ulong offset, ulong length)
    {
        address_space_operations* aops = folio->mapping->a_ops;

        if (aops->invalidate_folio != null)
            aops->invalidate_folio(folio, offset, length);
    }

    // Everything but the page cache itself forgets the folio.
    [KernelSource(C, "truncate_cleanup_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    private static void truncate_cleanup_folio(folio* folio)
    {
        if (folio_mapped(folio))
            unmap_mapping_folio(folio);

        if (folio_needs_release(folio))
            folio_invalidate(folio, 0, folio_size(folio));

        // Some file systems redirty the folio as its buffers go.
        folio_cancel_dirty(folio);
    }

    [KernelSource(C, "truncate_inode_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static int truncate_inode_folio(address_space* mapping, folio* folio)
    {
        if (folio->mapping != mapping)
            return -EIO;

        truncate_cleanup_folio(folio);
        filemap_remove_folio(folio);
        return 0;
    }

    // A folio that could not be split is taken out of the page tables, so that what is beyond the end is faulted, and fails.
    [KernelSource(C, "try_folio_split_or_unmap", Parity.Full)]
    private static int try_folio_split_or_unmap(folio* folio, page* split_at, uint min_order)
    {
        int ret = try_folio_split_to_order(folio, split_at, min_order);

        if (ret != 0 && !shmem_mapping(folio->mapping))
        {
            try_to_unmap(folio, TTU_SYNC | TTU_SPLIT_HUGE_PMD | TTU_IGNORE_MLOCK);
            WARN_ON(folio_mapped(folio));
        }

        return ret;
    }

    /// <summary>The range covers only part of the folio: that part becomes zeroes, and goes if the folio can be split.
    /// false when it could not, and has to be written yet.</summary>
    [KernelSource(C, "truncate_inode_partial_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static bool truncate_inode_partial_folio(folio* folio, loff_t start, loff_t end)
    {
        loff_t pos = folio_pos(folio);
        ulong size = folio_size(folio);
        ulong offset;
        ulong length;

        if (pos < start)
            offset = (ulong)(start - pos);
        else
            offset = 0;
        if ((ulong)pos + size <= (ulong)end)
            length = size - offset;
        else
            length = (ulong)(end + 1 - pos) - offset;

        folio_wait_writeback(folio);
        if (length == size)
        {
            truncate_inode_folio(folio->mapping, folio);
            return true;
        }

        // The rest of the page may be mapped: what is beyond the end reads as zeroes.
        if (!mapping_inaccessible(folio->mapping))
            folio_zero_range(folio, offset, length);

        if (folio_needs_release(folio))
            folio_invalidate(folio, offset, length);
        if (!folio_test_large(folio))
            return true;

        uint min_order = mapping_min_folio_order(folio->mapping);
        page* split_at = folio_page(folio, PAGE_ALIGN_DOWN(offset) / PAGE_SIZE);
        if (try_folio_split_or_unmap(folio, split_at, min_order) == 0)
        {
            if (offset + length == size)
                return true;

            // Again at the end of the range, so that what lies in it can go.
            page* split_at2 = folio_page(folio, PAGE_ALIGN_DOWN(offset + length) / PAGE_SIZE);
            folio* folio2 = page_folio(split_at2);

            if (!folio_try_get(folio2))
                return true;

            if (!folio_test_large(folio2))
                goto @out;

            if (!folio_trylock(folio2))
                goto @out;

            // Looked at without the lock before.
            if (folio_test_large(folio2) && folio2->mapping == folio->mapping)
                try_folio_split_or_unmap(folio2, split_at2, min_order);

            folio_unlock(folio2);
        @out:
            folio_put(folio2);
            return true;
        }

        if (folio_test_dirty(folio))
            return false;
        truncate_inode_folio(folio->mapping, folio);
        return true;
    }

    [KernelSource(C, "generic_error_remove_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static int generic_error_remove_folio(address_space* mapping, folio* folio)
    {
        if (mapping == null)
            return -EINVAL;
        // A hole is made in data only.
        if (!S_ISREG(mapping->host->i_mode))
            return -EIO;
        return truncate_inode_folio(mapping, folio);
    }

    /// <summary>Takes a folio out of the cache that nobody uses; how many pages went.</summary>
    [KernelSource(C, "mapping_evict_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static long mapping_evict_folio(address_space* mapping, folio* folio)
    {
        // It may have left the mapping before the lock was had.
        if (mapping == null)
            return 0;
        if (folio_test_dirty(folio) || folio_test_writeback(folio))
            return 0;
        // Each mapping has a reference, so that a mapped folio stays.
        if ((ulong)folio_ref_count(folio) > folio_nr_pages(folio) + (folio_has_private(folio) ? 1UL : 0) + 1)
            return 0;
        if (!filemap_release_folio(folio, 0))
            return 0;

        return remove_mapping(mapping, folio);
    }

    /// <summary>Takes the pages of a range of bytes out of the cache, whatever is in them. lend is the last byte, or -1.</summary>
    [KernelSource(C, "truncate_inode_pages_range", Parity.Full)]
    public static void truncate_inode_pages_range(address_space* mapping, loff_t lstart, loff_t lend)
    {
        folio_batch fbatch;
        pgoff_t* indices = stackalloc pgoff_t[PAGEVEC_SIZE];
        pgoff_t end;

        if (mapping_empty(mapping))
            return;

        // From the first page that goes whole to the last.
        pgoff_t start = (ulong)(lstart + (loff_t)PAGE_SIZE - 1) >> PAGE_SHIFT;
        if (lend == -1)
            end = ulong.MaxValue;
        else
            end = (ulong)(lend + 1) >> PAGE_SHIFT;

        // First what can be had without waiting, in batches.
        folio_batch_init(&fbatch);
        pgoff_t index = start;
        while (index < end && find_lock_entries(mapping, &index, end - 1, &fbatch, indices) != 0)
        {
            truncate_folio_batch_exceptionals(mapping, &fbatch, indices);
            for (uint i = 0; i < folio_batch_count(&fbatch); i++)
                truncate_cleanup_folio(fbatch.folios[i]);
            delete_from_page_cache_batch(mapping, &fbatch);
            for (uint i = 0; i < folio_batch_count(&fbatch); i++)
                folio_unlock(fbatch.folios[i]);
            folio_batch_release(&fbatch);
            cond_resched();
        }

        bool same_folio = (lstart >> PAGE_SHIFT) == (lend >> PAGE_SHIFT);
        folio* folio = __filemap_get_folio(mapping, (ulong)lstart >> PAGE_SHIFT, FGP_LOCK, 0);
        if (!IS_ERR(folio))
        {
            same_folio = lend < folio_pos(folio) + (loff_t)folio_size(folio);
            if (!truncate_inode_partial_folio(folio, lstart, lend))
            {
                start = folio_next_index(folio);
                if (same_folio)
                    end = folio->index;
            }

            folio_unlock(folio);
            folio_put(folio);
        }

        if (!same_folio)
        {
            folio = __filemap_get_folio(mapping, (ulong)lend >> PAGE_SHIFT, FGP_LOCK, 0);
            if (!IS_ERR(folio))
            {
                if (!truncate_inode_partial_folio(folio, lstart, lend))
                    end = folio->index;
                folio_unlock(folio);
                folio_put(folio);
            }
        }

        // Then the rest, waiting for each, until nothing is found.
        index = start;
        while (index < end)
        {
            cond_resched();
            if (find_get_entries(mapping, &index, end - 1, &fbatch, indices) == 0)
            {
                // From the start on nothing was found: nothing is left.
                if (index == start)
                    break;
                // Something may have come back behind the walk.
                index = start;
                continue;
            }

            for (uint i = 0; i < folio_batch_count(&fbatch); i++)
            {
                folio = fbatch.folios[i];

                if (xa_is_value(folio))
                    continue;

                folio_lock(folio);
                VM_BUG_ON_FOLIO(!folio_contains(folio, indices[i]), folio);
                folio_wait_writeback(folio);
                truncate_inode_folio(mapping, folio);
                folio_unlock(folio);
            }

            truncate_folio_batch_exceptionals(mapping, &fbatch, indices);
            folio_batch_release(&fbatch);
        }
    }

    [KernelSource(C, "truncate_inode_pages", Parity.Full)]
    public static void truncate_inode_pages(address_space* mapping, loff_t lstart) =>
        truncate_inode_pages_range(mapping, lstart, -1);

    /// <summary>The inode goes: no shadow is to be left either.</summary>
    [KernelSource(C, "truncate_inode_pages_final", Parity.Full)]
    [Excludes("mapping->i_pages.xa_lock")]
    public static void truncate_inode_pages_final(address_space* mapping)
    {
        // Reclaim may be just about to leave a shadow: from here on it does not.
        mapping_set_exiting(mapping);

        if (!mapping_empty(mapping))
        {
            // As spinlocks order: reclaim that did not see the flag has stored its shadow by now.
            xa_lock_irq(&mapping->i_pages);
            xa_unlock_irq(&mapping->i_pages);
        }

        truncate_inode_pages(mapping, 0);
    }

    /// <summary>Takes clean, unused pages out of the cache; how many went, shadows included.</summary>
    [KernelSource(C, "mapping_try_invalidate", Parity.Full)]
    public static ulong mapping_try_invalidate(address_space* mapping, pgoff_t start, pgoff_t end, ulong* nr_failed)
    {
        pgoff_t* indices = stackalloc pgoff_t[PAGEVEC_SIZE];
        folio_batch fbatch;
        pgoff_t index = start;
        ulong count = 0;

        folio_batch_init(&fbatch);
        while (find_lock_entries(mapping, &index, end, &fbatch, indices) != 0)
        {
            bool xa_has_values = false;
            uint nr = folio_batch_count(&fbatch);

            for (uint i = 0; i < nr; i++)
            {
                folio* folio = fbatch.folios[i];

                if (xa_is_value(folio))
                {
                    xa_has_values = true;
                    count++;
                    continue;
                }

                ulong ret = (ulong)mapping_evict_folio(mapping, folio);
                folio_unlock(folio);

                // What could not go is at least the first to be reclaimed.
                if (ret == 0)
                {
                    deactivate_file_folio(folio);
                    // Another CPU's LRU batch may have the last reference.
                    if (nr_failed != null)
                        (*nr_failed)++;
                }

                count += ret;
            }

            if (xa_has_values)
                clear_shadow_entries(mapping, indices[0], indices[nr - 1]);

            folio_batch_remove_exceptionals(&fbatch);
            folio_batch_release(&fbatch);
            cond_resched();
        }

        return count;
    }

    [KernelSource(C, "invalidate_mapping_pages", Parity.Full)]
    public static ulong invalidate_mapping_pages(address_space* mapping, pgoff_t start, pgoff_t end) =>
        mapping_try_invalidate(mapping, start, end, null);

    [KernelSource(C, "folio_launder", Parity.Full)]
    private static int folio_launder(address_space* mapping, folio* folio)
    {
        if (!folio_test_dirty(folio))
            return 0;
        if (folio->mapping != mapping || mapping->a_ops->launder_folio == null)
            return 0;
        return mapping->a_ops->launder_folio(folio);
    }

    /// <summary>Takes a folio out of page tables and cache whoever uses it; -EBUSY when it is dirty.</summary>
    [KernelSource(C, "folio_unmap_invalidate", Parity.Full)]
    [MustHold("folio->PG_locked"), Excludes("mapping->host->i_lock", "mapping->i_pages.xa_lock")]
    public static int folio_unmap_invalidate(address_space* mapping, folio* folio, gfp_t gfp)
    {
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (folio_mapped(folio))
            unmap_mapping_folio(folio);
        BUG_ON(folio_mapped(folio));

        int ret = folio_launder(mapping, folio);
        if (ret != 0)
            return ret;
        if (folio->mapping != mapping)
            return -EBUSY;
        if (!filemap_release_folio(folio, gfp))
            return -EBUSY;

        spin_lock(&mapping->host->i_lock);
        xa_lock_irq(&mapping->i_pages);
        if (folio_test_dirty(folio))
            goto failed;

        BUG_ON(folio_has_private(folio));
        __filemap_remove_folio(folio, null);
        xa_unlock_irq(&mapping->i_pages);
        if (mapping_shrinkable(mapping))
            inode_add_lru(mapping->host);
        spin_unlock(&mapping->host->i_lock);

        filemap_free_folio(mapping, folio);
        return 1;
    failed:
        xa_unlock_irq(&mapping->i_pages);
        spin_unlock(&mapping->host->i_lock);
        return -EBUSY;
    }

    [KernelSource(C, "invalidate_inode_pages2_range", Parity.Full)]
    public static int invalidate_inode_pages2_range(address_space* mapping, pgoff_t start, pgoff_t end)
    {
        pgoff_t* indices = stackalloc pgoff_t[PAGEVEC_SIZE];
        folio_batch fbatch;
        int ret = 0;
        bool did_range_unmap = false;

        if (mapping_empty(mapping))
            return 0;

        folio_batch_init(&fbatch);
        pgoff_t index = start;
        while (find_get_entries(mapping, &index, end, &fbatch, indices) != 0)
        {
            bool xa_has_values = false;
            uint nr = folio_batch_count(&fbatch);

            for (uint i = 0; i < nr; i++)
            {
                folio* folio = fbatch.folios[i];

                if (xa_is_value(folio))
                {
                    xa_has_values = true;
                    continue;
                }

                if (!did_range_unmap && folio_mapped(folio))
                {
                    // One walk over the page tables for all that is left, and without the folio's lock.
                    unmap_mapping_pages(mapping, indices[i], 1 + end - indices[i], false);
                    did_range_unmap = true;
                }

                folio_lock(folio);
                if (folio->mapping != mapping)
                {
                    folio_unlock(folio);
                    continue;
                }

                VM_BUG_ON_FOLIO(!folio_contains(folio, indices[i]), folio);
                folio_wait_writeback(folio);
                int ret2 = folio_unmap_invalidate(mapping, folio, GFP_KERNEL);
                if (ret2 < 0)
                    ret = ret2;
                folio_unlock(folio);
            }

            if (xa_has_values)
                clear_shadow_entries(mapping, indices[0], indices[nr - 1]);

            folio_batch_remove_exceptionals(&fbatch);
            folio_batch_release(&fbatch);
            cond_resched();
        }

        return ret;
    }

    [KernelSource(C, "invalidate_inode_pages2", Parity.Full)]
    public static int invalidate_inode_pages2(address_space* mapping) => invalidate_inode_pages2_range(mapping, 0, ulong.MaxValue);

    /// <summary>The file has become this short: pages behind its end go from page tables and cache.</summary>
    [KernelSource(C, "truncate_pagecache", Parity.Full)]
    public static void truncate_pagecache(inode* inode, loff_t newsize)
    {
        address_space* mapping = inode->i_mapping;
        loff_t holebegin = (loff_t)round_up((ulong)newsize, PAGE_SIZE);

        // Twice: once so that the truncation is fast, and once for private copies that were made meanwhile.
        unmap_mapping_range(mapping, holebegin, 0, 1);
        truncate_inode_pages(mapping, newsize);
        unmap_mapping_range(mapping, holebegin, 0, 1);
    }

    [KernelSource(C, "truncate_setsize", Parity.Full)]
    public static void truncate_setsize(inode* inode, loff_t newsize)
    {
        loff_t oldsize = inode->i_size;

        i_size_write(inode, newsize);
        if (newsize > oldsize)
            pagecache_isize_extended(inode, oldsize, newsize);
        truncate_pagecache(inode, newsize);
    }

    /// <summary>The file has become longer: what lay behind the old end in its last page may have been written through a mapping.</summary>
    [KernelSource(C, "pagecache_isize_extended", Parity.Full)]
    public static void pagecache_isize_extended(inode* inode, loff_t from, loff_t to)
    {
        uint bsize = i_blocksize(inode);

        WARN_ON(to > inode->i_size);

        if (from >= to || bsize >= PAGE_SIZE)
            return;
        // The old end lies at a block's border or behind the new one: no block has a hole.
        loff_t rounded_from = (loff_t)round_up((ulong)from, bsize);
        if (to <= rounded_from || ((ulong)rounded_from & (PAGE_SIZE - 1)) == 0)
            return;

        folio* folio = filemap_lock_folio(inode->i_mapping, (ulong)from / PAGE_SIZE);
        // What is not cached is read from the disk, hole and all.
        if (IS_ERR(folio))
            return;
        // The next write fault comes to the file system, which allocates the block.
        if (folio_mkclean(folio) != 0)
            folio_mark_dirty(folio);

        if (folio_test_dirty(folio))
        {
            ulong offset = (ulong)(from - folio_pos(folio));
            ulong end = Math.Min((ulong)(to - folio_pos(folio)), folio_size(folio));
            folio_zero_segment(folio, offset, end);
        }

        folio_unlock(folio);
        folio_put(folio);
    }

    /// <summary>A hole is about to be made, lend being its last byte.</summary>
    [KernelSource(C, "truncate_pagecache_range", Parity.Full)]
    public static void truncate_pagecache_range(inode* inode, loff_t lstart, loff_t lend)
    {
        address_space* mapping = inode->i_mapping;
        loff_t unmap_start = (loff_t)round_up((ulong)lstart, PAGE_SIZE);
        loff_t unmap_end = (loff_t)round_down(1 + (ulong)lend, PAGE_SIZE) - 1;

        // Private copies stay: a hole is not the end of the file.
        if ((ulong)unmap_end > (ulong)unmap_start)
            unmap_mapping_range(mapping, unmap_start, 1 + unmap_end - unmap_start, 0);
        truncate_inode_pages_range(mapping, lstart, lend);
    }
}
