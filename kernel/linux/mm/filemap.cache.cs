// SPDX-License-Identifier: GPL-2.0-only
// mm/filemap.c: into the page cache and out of it; waiting for writeback and reporting its errors.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class mm_filemap_c
{
    private const string C = "mm/filemap.c";

    [KernelSource("mm/internal.h", "mapping_set_update", Parity.Full)]
    private static void mapping_set_update(xa_state* xas, address_space* mapping)
    {
        if (!shmem_mapping(mapping))
        {
            xas_set_update(xas, &workingset_update_node);
            xas_set_lru(xas, shadow_nodes);
        }
    }

    // The shadow, or nothing, in the place of the folio.
    [KernelSource(C, "page_cache_delete", Parity.Full)]
    [MustHold("folio->PG_locked"), MustHold("mapping->i_pages.xa_lock")]
    private static void page_cache_delete(address_space* mapping, folio* folio, void* shadow)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, folio->index);

        mapping_set_update(&xas, mapping);

        xas_set_order(&xas, folio->index, folio_order(folio));
        ulong nr = folio_nr_pages(folio);

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        xas_store(&xas, shadow);
        xas_init_marks(&xas);

        folio->mapping = null;
        // The index stays: truncation looks at it.
        mapping->nrpages -= nr;
    }

    [KernelSource(C, "filemap_unaccount_folio", Parity.Reduced, "a folio that is still mapped is a bug; a kernel without DEBUG_VM would go on")]
    [MustHold("mapping->i_pages.xa_lock")]
    private static void filemap_unaccount_folio(address_space* mapping, folio* folio)
    {
        VM_BUG_ON_FOLIO(folio_mapped(folio), folio);

        int nr = (int)folio_nr_pages(folio);

        __lruvec_stat_mod_folio(folio, NR_FILE_PAGES, -nr);
        if (folio_test_swapbacked(folio))
        {
            __lruvec_stat_mod_folio(folio, NR_SHMEM, -nr);
            if (folio_test_pmd_mappable(folio))
                __lruvec_stat_mod_folio(folio, NR_SHMEM_THPS, -nr);
        }
        else if (folio_test_pmd_mappable(folio))
        {
            __lruvec_stat_mod_folio(folio, NR_FILE_THPS, -nr);
        }

        if (test_bit(AS_KERNEL_FILE, &folio->mapping->flags))
            mod_node_page_state(folio_pgdat(folio), NR_KERNEL_FILE_PAGES, -nr);

        // Whoever got here must have cleaned the folio or thrown its data away. Only counters could go wrong.
        if (WARN_ON_ONCE(folio_test_dirty(folio) && mapping_can_writeback(mapping)))
            folio_account_cleaned(folio, inode_to_wb(mapping->host));
    }

    /// <summary>Takes a folio out of the page cache. The caller has locked the folio and i_pages.</summary>
    [KernelSource(C, "__filemap_remove_folio", Parity.Full)]
    [MustHold("folio->PG_locked"), MustHold("folio->mapping->i_pages.xa_lock")]
    public static void __filemap_remove_folio(folio* folio, void* shadow)
    {
        address_space* mapping = folio->mapping;

        filemap_unaccount_folio(mapping, folio);
        page_cache_delete(mapping, folio, shadow);
    }

    [KernelSource(C, "filemap_free_folio", Parity.Full)]
    public static void filemap_free_folio(address_space* mapping, folio* folio)
    {
        delegate*<folio*, void> free_folio = mapping->a_ops->free_folio;
        if (free_folio != null)
            free_folio(folio);

        folio_put_refs(folio, (int)folio_nr_pages(folio));
    }

    /// <summary>Takes a locked folio out of the page cache and drops the cache's reference.</summary>
    [KernelSource(C, "filemap_remove_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("folio->mapping->host->i_lock", "folio->mapping->i_pages.xa_lock")]
    public static void filemap_remove_folio(folio* folio)
    {
        address_space* mapping = folio->mapping;

        BUG_ON(!folio_test_locked(folio));
        spin_lock(&mapping->host->i_lock);
        xa_lock_irq(&mapping->i_pages);
        __filemap_remove_folio(folio, null);
        xa_unlock_irq(&mapping->i_pages);
        if (mapping_shrinkable(mapping))
            inode_add_lru(mapping->host);
        spin_unlock(&mapping->host->i_lock);

        filemap_free_folio(mapping, folio);
    }

    // Several at a time, in the order of their indices.
    [KernelSource(C, "page_cache_delete_batch", Parity.Full)]
    [MustHold("mapping->i_pages.xa_lock")]
    private static void page_cache_delete_batch(address_space* mapping, folio_batch* fbatch)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, fbatch->folios[0]->index);
        ulong total_pages = 0;
        uint i = 0;

        mapping_set_update(&xas, mapping);
        for (folio* folio = (folio*)xas_find(&xas, ulong.MaxValue); folio != null; folio = (folio*)xas_next_entry(&xas, ulong.MaxValue))
        {
            if (i >= folio_batch_count(fbatch))
                break;

            // A shadow, or a folio that was added meanwhile: not ours.
            if (xa_is_value(folio))
                continue;
            if (folio != fbatch->folios[i])
            {
                VM_BUG_ON_FOLIO(folio->index > fbatch->folios[i]->index, folio);
                continue;
            }

            WARN_ON_ONCE(!folio_test_locked(folio));

            folio->mapping = null;
            // The index stays: truncation looks at it.
            i++;
            xas_store(&xas, null);
            total_pages += folio_nr_pages(folio);
        }

        mapping->nrpages -= total_pages;
    }

    [KernelSource(C, "delete_from_page_cache_batch", Parity.Full)]
    [Excludes("mapping->host->i_lock", "mapping->i_pages.xa_lock")]
    public static void delete_from_page_cache_batch(address_space* mapping, folio_batch* fbatch)
    {
        if (folio_batch_count(fbatch) == 0)
            return;

        spin_lock(&mapping->host->i_lock);
        xa_lock_irq(&mapping->i_pages);
        for (uint i = 0; i < folio_batch_count(fbatch); i++)
            filemap_unaccount_folio(mapping, fbatch->folios[i]);
        page_cache_delete_batch(mapping, fbatch);
        xa_unlock_irq(&mapping->i_pages);
        if (mapping_shrinkable(mapping))
            inode_add_lru(mapping->host);
        spin_unlock(&mapping->host->i_lock);

        for (uint i = 0; i < folio_batch_count(fbatch); i++)
            filemap_free_folio(mapping, fbatch->folios[i]);
    }

    // ---------------------------------------------------------------- errors and waiting

    [KernelSource(C, "filemap_check_errors", Parity.Full)]
    public static int filemap_check_errors(address_space* mapping)
    {
        int ret = 0;

        if (test_bit(AS_ENOSPC, &mapping->flags) && test_and_clear_bit(AS_ENOSPC, &mapping->flags))
            ret = -ENOSPC;
        if (test_bit(AS_EIO, &mapping->flags) && test_and_clear_bit(AS_EIO, &mapping->flags))
            ret = -EIO;
        return ret;
    }

    [KernelSource(C, "filemap_check_and_keep_errors", Parity.Full)]
    private static int filemap_check_and_keep_errors(address_space* mapping)
    {
        if (test_bit(AS_EIO, &mapping->flags))
            return -EIO;
        if (test_bit(AS_ENOSPC, &mapping->flags))
            return -ENOSPC;
        return 0;
    }

    [KernelSource(C, "filemap_fdatawrite_wbc", Parity.Full)]
    public static int filemap_fdatawrite_wbc(address_space* mapping, writeback_control* wbc)
    {
        if (!mapping_can_writeback(mapping) || !mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
            return 0;

        wbc_attach_fdatawrite_inode(wbc, mapping->host);
        int ret = do_writepages(mapping, wbc);
        wbc_detach_inode(wbc);
        return ret;
    }

    /// <summary>Starts writeback of the dirty pages of a range of bytes, the last one included.</summary>
    [KernelSource(C, "__filemap_fdatawrite_range", Parity.Full)]
    public static int __filemap_fdatawrite_range(address_space* mapping, loff_t start, loff_t end, int sync_mode)
    {
        writeback_control wbc = new()
        {
            sync_mode = sync_mode,
            nr_to_write = long.MaxValue,
            range_start = start,
            range_end = end,
        };

        return filemap_fdatawrite_wbc(mapping, &wbc);
    }

    [KernelSource(C, "__filemap_fdatawrite", Parity.Full)]
    private static int __filemap_fdatawrite(address_space* mapping, int sync_mode) =>
        __filemap_fdatawrite_range(mapping, 0, long.MaxValue, sync_mode);

    [KernelSource(C, "filemap_fdatawrite", Parity.Full)]
    public static int filemap_fdatawrite(address_space* mapping) => __filemap_fdatawrite(mapping, WB_SYNC_ALL);

    [KernelSource(C, "filemap_fdatawrite_range", Parity.Full)]
    public static int filemap_fdatawrite_range(address_space* mapping, loff_t start, loff_t end) =>
        __filemap_fdatawrite_range(mapping, start, end, WB_SYNC_ALL);

    [KernelSource(C, "filemap_fdatawrite_range_kick", Parity.Full)]
    public static int filemap_fdatawrite_range_kick(address_space* mapping, loff_t start, loff_t end) =>
        __filemap_fdatawrite_range(mapping, start, end, WB_SYNC_NONE);

    [KernelSource(C, "filemap_flush", Parity.Full)]
    public static int filemap_flush(address_space* mapping) => __filemap_fdatawrite(mapping, WB_SYNC_NONE);

    [KernelSource(C, "filemap_range_has_page", Parity.Full)]
    public static bool filemap_range_has_page(address_space* mapping, loff_t start_byte, loff_t end_byte)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, (ulong)start_byte >> PAGE_SHIFT);
        pgoff_t max = (ulong)end_byte >> PAGE_SHIFT;
        folio* folio;

        if (end_byte < start_byte)
            return false;

        rcu_read_lock();
        for (; ; )
        {
            folio = (folio*)xas_find(&xas, max);
            if (xas_retry(&xas, folio))
                continue;
            // What is evicted is no page.
            if (xa_is_value(folio))
                continue;
            // A folio that is on its way out counts too.
            break;
        }

        rcu_read_unlock();

        return folio != null;
    }

    [KernelSource(C, "__filemap_fdatawait_range", Parity.Full)]
    private static void __filemap_fdatawait_range(address_space* mapping, loff_t start_byte, loff_t end_byte)
    {
        pgoff_t index = (ulong)start_byte >> PAGE_SHIFT;
        pgoff_t end = (ulong)end_byte >> PAGE_SHIFT;
        folio_batch fbatch;

        folio_batch_init(&fbatch);

        while (index <= end)
        {
            uint nr_folios = filemap_get_folios_tag(mapping, &index, end, PAGECACHE_TAG_WRITEBACK, &fbatch);

            if (nr_folios == 0)
                break;

            for (uint i = 0; i < nr_folios; i++)
                folio_wait_writeback(fbatch.folios[i]);
            folio_batch_release(&fbatch);
            cond_resched();
        }
    }

    [KernelSource(C, "filemap_fdatawait_range", Parity.Full)]
    public static int filemap_fdatawait_range(address_space* mapping, loff_t start_byte, loff_t end_byte)
    {
        __filemap_fdatawait_range(mapping, start_byte, end_byte);
        return filemap_check_errors(mapping);
    }

    [KernelSource("include/linux/pagemap.h", "filemap_fdatawait", Parity.Full)]
    public static int filemap_fdatawait(address_space* mapping) => filemap_fdatawait_range(mapping, 0, long.MaxValue);

    [KernelSource(C, "filemap_fdatawait_range_keep_errors", Parity.Full)]
    public static int filemap_fdatawait_range_keep_errors(address_space* mapping, loff_t start_byte, loff_t end_byte)
    {
        __filemap_fdatawait_range(mapping, start_byte, end_byte);
        return filemap_check_and_keep_errors(mapping);
    }

    [KernelSource(C, "file_fdatawait_range", Parity.Full)]
    public static int file_fdatawait_range(@file* file, loff_t start_byte, loff_t end_byte)
    {
        address_space* mapping = file->f_mapping;

        __filemap_fdatawait_range(mapping, start_byte, end_byte);
        return file_check_and_advance_wb_err(file);
    }

    /// <summary>Waits and leaves the errors for somebody whom they concern.</summary>
    [KernelSource(C, "filemap_fdatawait_keep_errors", Parity.Full)]
    public static int filemap_fdatawait_keep_errors(address_space* mapping)
    {
        __filemap_fdatawait_range(mapping, 0, long.MaxValue);
        return filemap_check_and_keep_errors(mapping);
    }

    [KernelSource(C, "mapping_needs_writeback", Parity.Full)]
    private static bool mapping_needs_writeback(address_space* mapping) => mapping->nrpages != 0;

    [KernelSource(C, "filemap_range_has_writeback", Parity.Full)]
    public static bool filemap_range_has_writeback(address_space* mapping, loff_t start_byte, loff_t end_byte)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, (ulong)start_byte >> PAGE_SHIFT);
        pgoff_t max = (ulong)end_byte >> PAGE_SHIFT;
        folio* folio;

        if (end_byte < start_byte)
            return false;

        rcu_read_lock();
        for (folio = (folio*)xas_find(&xas, max); folio != null; folio = (folio*)xas_next_entry(&xas, max))
        {
            if (xas_retry(&xas, folio))
                continue;
            if (xa_is_value(folio))
                continue;
            if (folio_test_dirty(folio) || folio_test_locked(folio) || folio_test_writeback(folio))
                break;
        }

        rcu_read_unlock();
        return folio != null;
    }

    [KernelSource("include/linux/pagemap.h", "filemap_range_needs_writeback", Parity.Full)]
    public static bool filemap_range_needs_writeback(address_space* mapping, loff_t start_byte, loff_t end_byte)
    {
        if (mapping->nrpages == 0)
            return false;
        if (!mapping_tagged(mapping, PAGECACHE_TAG_DIRTY) && !mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK))
            return false;
        return filemap_range_has_writeback(mapping, start_byte, end_byte);
    }

    [KernelSource(C, "filemap_write_and_wait_range", Parity.Full)]
    public static int filemap_write_and_wait_range(address_space* mapping, loff_t lstart, loff_t lend)
    {
        int err = 0;

        if (lend < lstart)
            return 0;

        if (mapping_needs_writeback(mapping))
        {
            err = __filemap_fdatawrite_range(mapping, lstart, lend, WB_SYNC_ALL);
            // Even if not all could be started, wait for those that were; but not after an error of the device.
            if (err != -EIO)
                __filemap_fdatawait_range(mapping, lstart, lend);
        }

        int err2 = filemap_check_errors(mapping);
        if (err == 0)
            err = err2;
        return err;
    }

    [KernelSource("include/linux/pagemap.h", "filemap_write_and_wait", Parity.Full)]
    public static int filemap_write_and_wait(address_space* mapping) => filemap_write_and_wait_range(mapping, 0, long.MaxValue);

    [KernelSource(C, "__filemap_set_wb_err", Parity.Full)]
    public static void __filemap_set_wb_err(address_space* mapping, int err) => errseq_set(&mapping->wb_err, err);

    [KernelSource("include/linux/fs.h", "filemap_sample_wb_err", Parity.Full)]
    public static errseq_t filemap_sample_wb_err(address_space* mapping) => errseq_sample(&mapping->wb_err);

    /// <summary>What has gone wrong since this file was last told: each opener hears of it once.</summary>
    [KernelSource(C, "file_check_and_advance_wb_err", Parity.Full)]
    [Excludes("file->f_lock")]
    public static int file_check_and_advance_wb_err(@file* file)
    {
        int err = 0;
        errseq_t old = READ_ONCE(&file->f_wb_err);
        address_space* mapping = file->f_mapping;

        // Nearly always it is the same sequence, which needs no lock to see.
        if (errseq_check(&mapping->wb_err, old) != 0)
        {
            // It is not: the lock says which.
            spin_lock(&file->f_lock);
            err = errseq_check_and_advance(&mapping->wb_err, &file->f_wb_err);
            spin_unlock(&file->f_lock);
        }

        // The flags are of no use any more: who looks at them would report it a second time.
        clear_bit(AS_EIO, &mapping->flags);
        clear_bit(AS_ENOSPC, &mapping->flags);
        return err;
    }

    [KernelSource(C, "file_write_and_wait_range", Parity.Full)]
    public static int file_write_and_wait_range(@file* file, loff_t lstart, loff_t lend)
    {
        int err = 0;
        address_space* mapping = file->f_mapping;

        if (lend < lstart)
            return 0;

        if (mapping_needs_writeback(mapping))
        {
            err = __filemap_fdatawrite_range(mapping, lstart, lend, WB_SYNC_ALL);
            // After EIO there is nothing to wait for.
            if (err != -EIO)
                __filemap_fdatawait_range(mapping, lstart, lend);
        }

        int err2 = file_check_and_advance_wb_err(file);
        if (err == 0)
            err = err2;
        return err;
    }

    /// <summary>Puts one folio in the place of another, which has the same data.</summary>
    [KernelSource(C, "replace_page_cache_folio", Parity.Full)]
    [MustHold("old->PG_locked", "new->PG_locked")]
    [Excludes("old->mapping->i_pages.xa_lock")]
    public static void replace_page_cache_folio(folio* old, folio* @new)
    {
        address_space* mapping = old->mapping;
        delegate*<folio*, void> free_folio = mapping->a_ops->free_folio;
        pgoff_t offset = old->index;
        xa_state xas = XA_STATE(&mapping->i_pages, offset);

        VM_BUG_ON_FOLIO(!folio_test_locked(old), old);
        VM_BUG_ON_FOLIO(!folio_test_locked(@new), @new);
        VM_BUG_ON_FOLIO(@new->mapping != null, @new);

        folio_get(@new);
        @new->mapping = mapping;
        @new->index = offset;

        mem_cgroup_replace_folio(old, @new);

        xas_lock_irq(&xas);
        xas_store(&xas, @new);

        old->mapping = null;
        __lruvec_stat_mod_folio(old, NR_FILE_PAGES, -(int)folio_nr_pages(old));
        __lruvec_stat_mod_folio(@new, NR_FILE_PAGES, (int)folio_nr_pages(@new));
        if (folio_test_swapbacked(old))
            __lruvec_stat_mod_folio(old, NR_SHMEM, -(int)folio_nr_pages(old));
        if (folio_test_swapbacked(@new))
            __lruvec_stat_mod_folio(@new, NR_SHMEM, (int)folio_nr_pages(@new));
        xas_unlock_irq(&xas);
        if (free_folio != null)
            free_folio(old);
        folio_put(old);
    }

    [KernelSource(C, "__filemap_add_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("mapping->i_pages.xa_lock")]
    public static int __filemap_add_folio(address_space* mapping, folio* folio, pgoff_t index, gfp_t gfp, void** shadowp)
    {
        xa_state xas = XA_STATE_ORDER(&mapping->i_pages, index, folio_order(folio));

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        VM_BUG_ON_FOLIO(folio_test_swapbacked(folio), folio);
        VM_BUG_ON_FOLIO(folio_order(folio) < mapping_min_folio_order(mapping), folio);
        mapping_set_update(&xas, mapping);

        VM_BUG_ON_FOLIO((index & (folio_nr_pages(folio) - 1)) != 0, folio);
        int nr = (int)folio_nr_pages(folio);
        uint forder = folio_order(folio);

        gfp &= GFP_RECLAIM_MASK;
        folio_ref_add(folio, nr);
        folio->mapping = mapping;
        folio->index = xas.xa_index;

        do
        {
            int order = -1;
            void* entry;
            void* old = null;

            xas_lock_irq(&xas);
            while ((entry = xas_find_conflict(&xas)) != null)
            {
                old = entry;
                if (!xa_is_value(entry))
                {
                    xas_set_err(&xas, -EEXIST);
                    goto unlock;
                }

                // One that is larger than the folio is the first and the only one.
                if (order == -1)
                    order = xas_get_order(&xas);
            }

            if (old != null)
            {
                // The shadow of a larger folio: what is not replaced of it stays, in smaller ones.
                if (order > 0 && (uint)order > forder)
                {
                    uint split_order = Math.Max(forder, xas_try_split_min_order((uint)order));

                    BUG_ON(shmem_mapping(mapping));

                    while ((uint)order > forder)
                    {
                        xas_set_order(&xas, index, split_order);
                        xas_try_split(&xas, old, (uint)order);
                        if (xas_error(&xas) != 0)
                            goto unlock;
                        order = (int)split_order;
                        split_order = Math.Max(xas_try_split_min_order(split_order), forder);
                    }

                    xas_reset(&xas);
                }

                if (shadowp != null)
                    *shadowp = old;
            }

            xas_store(&xas, folio);
            if (xas_error(&xas) != 0)
                goto unlock;

            mapping->nrpages += (ulong)nr;

            __lruvec_stat_mod_folio(folio, NR_FILE_PAGES, nr);
            if (folio_test_pmd_mappable(folio))
                __lruvec_stat_mod_folio(folio, NR_FILE_THPS, nr);
        unlock:
            xas_unlock_irq(&xas);
        }
        while (xas_nomem(&xas, gfp));

        if (xas_error(&xas) != 0)
        {
            folio->mapping = null;
            // The caller's reference stays.
            folio_put_refs(folio, nr);
            return xas_error(&xas);
        }

        return 0;
    }

    /// <summary>Adds a folio to the page cache and to the LRU, and charges it to who does that.</summary>
    [KernelSource(C, "filemap_add_folio", Parity.Full)]
    [TryAcquires(Result.Zero, "folio->PG_locked")]
    public static int filemap_add_folio(address_space* mapping, folio* folio, pgoff_t index, gfp_t gfp)
    {
        void* shadow = null;
        mem_cgroup* tmp = null;
        bool kernel_file = test_bit(AS_KERNEL_FILE, &mapping->flags);

        // What the kernel keeps for itself is nobody's.
        if (kernel_file)
            tmp = set_active_memcg(root_mem_cgroup);
        int ret = mem_cgroup_charge(folio, null, gfp);
        if (kernel_file)
            set_active_memcg(tmp);
        if (ret != 0)
            return ret;

        __folio_set_locked(folio);
        ret = __filemap_add_folio(mapping, folio, index, gfp, &shadow);
        if (ret != 0)
        {
            mem_cgroup_uncharge(folio);
            __folio_clear_locked(folio);
        }
        else
        {
            // The shadow tells whether it was in use not long ago. What is about to be overwritten is
            // not looked at: its old data does not matter.
            WARN_ON_ONCE(folio_test_active(folio));
            if ((gfp & __GFP_WRITE) == 0 && shadow != null)
                workingset_refault(folio, shadow);
            folio_add_lru(folio);
            if (kernel_file)
                mod_node_page_state(folio_pgdat(folio), NR_KERNEL_FILE_PAGES, (long)folio_nr_pages(folio));
        }

        return ret;
    }

    [KernelSource(C, "filemap_invalidate_lock_two", Parity.Full)]
    [ContextUnsafe("two locks, by address; one or none when they are the same or null")]
    [Excludes("address_space.invalidate_lock")]
    public static void filemap_invalidate_lock_two(address_space* mapping1, address_space* mapping2)
    {
        if (mapping1 > mapping2)
        {
            address_space* t = mapping1;
            mapping1 = mapping2;
            mapping2 = t;
        }

        if (mapping1 != null)
            down_write(&mapping1->invalidate_lock);
        if (mapping2 != null && mapping1 != mapping2)
            down_write_nested(&mapping2->invalidate_lock, 1);
    }

    [KernelSource(C, "filemap_invalidate_unlock_two", Parity.Full)]
    [ContextUnsafe("two locks, by address; one or none when they are the same or null")]
    public static void filemap_invalidate_unlock_two(address_space* mapping1, address_space* mapping2)
    {
        if (mapping1 != null)
            up_write(&mapping1->invalidate_lock);
        if (mapping2 != null && mapping1 != mapping2)
            up_write(&mapping2->invalidate_lock);
    }
}
