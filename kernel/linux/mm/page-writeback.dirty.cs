// SPDX-License-Identifier: GPL-2.0-only
// page-writeback.c, part 5 of 5: a folio becomes dirty, clean, and is under writeback.
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    /// <summary>For mappings that are not written back by themselves: the flag alone.</summary>
    [KernelSource(C, "noop_dirty_folio", Parity.Full)]
    public static bool noop_dirty_folio(address_space* mapping, folio* folio)
    {
        if (!folio_test_dirty(folio))
            return !folio_test_set_dirty(folio);
        return false;
    }

    // Interrupts are off.
    [KernelSource(C, "folio_account_dirtied", Parity.Full)]
    [RequiresIrqsOff, MustHold("mapping->i_pages.xa_lock")]
    private static void folio_account_dirtied(folio* folio, address_space* mapping)
    {
        inode* inode = mapping->host;

        if (mapping_can_writeback(mapping))
        {
            int nr = (int)folio_nr_pages(folio);

            inode_attach_wb(inode, folio);
            bdi_writeback* wb = inode_to_wb(inode);

            __lruvec_stat_mod_folio(folio, NR_FILE_DIRTY, nr);
            __zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, nr);
            __node_stat_mod_folio(folio, NR_DIRTIED, nr);
            wb_stat_mod(wb, WB_RECLAIMABLE, nr);
            wb_stat_mod(wb, WB_DIRTIED, nr);
            task_io_account_write((ulong)nr * PAGE_SIZE);
            current->nr_dirtied += nr;
            __this_cpu_add(bdp_ratelimits, nr);

            mem_cgroup_track_foreign_dirty(folio, wb);
        }
    }

    /// <summary>A dirty folio goes without being written.</summary>
    [KernelSource(C, "folio_account_cleaned", Parity.Full)]
    public static void folio_account_cleaned(folio* folio, bdi_writeback* wb)
    {
        int nr = (int)folio_nr_pages(folio);

        lruvec_stat_mod_folio(folio, NR_FILE_DIRTY, -nr);
        zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, -nr);
        wb_stat_mod(wb, WB_RECLAIMABLE, -nr);
        task_io_account_cancelled_write((ulong)nr * PAGE_SIZE);
    }

    /// <summary>Counts a folio as dirty and gives it the mark. The caller keeps it from being truncated, or it may be already.</summary>
    [KernelSource(C, "__folio_mark_dirty", Parity.Full)]
    [Excludes("mapping->i_pages.xa_lock")]
    public static void __folio_mark_dirty(folio* folio, address_space* mapping, int warn)
    {
        // Shmem is written by reclaim, which goes by the LRU and not by the mark.
        VM_WARN_ON_ONCE(folio_test_swapcache(folio) || shmem_mapping(mapping));

        xa_lock_irqsave(&mapping->i_pages, out IrqFlags flags);
        if (folio->mapping != null)
        {
            // Not truncated before the lock was taken.
            WARN_ON_ONCE(warn != 0 && !folio_test_uptodate(folio));
            folio_account_dirtied(folio, mapping);
            __xa_set_mark(&mapping->i_pages, folio->index, PAGECACHE_TAG_DIRTY);
        }

        xa_unlock_irqrestore(&mapping->i_pages, flags);
    }

    /// <summary>
    /// Marks a folio dirty, for file systems without buffers; and where a single buffer becomes dirty, so that the others do
    /// not.
    /// </summary>
    [KernelSource(C, "filemap_dirty_folio", Parity.Full)]
    public static bool filemap_dirty_folio(address_space* mapping, folio* folio)
    {
        if (folio_test_set_dirty(folio))
            return false;

        __folio_mark_dirty(folio, mapping, folio_test_private(folio) ? 0 : 1);

        // !PageAnon && !swapper_space
        if (mapping->host != null)
            __mark_inode_dirty(mapping->host, (int)I_DIRTY_PAGES);
        return true;
    }

    /// <summary>Who was to write a folio does not: it is dirty again, and does not count as dirtied twice.</summary>
    [KernelSource(C, "folio_redirty_for_writepage", Parity.Full)]
    public static bool folio_redirty_for_writepage(writeback_control* wbc, folio* folio)
    {
        address_space* mapping = folio->mapping;
        long nr = (long)folio_nr_pages(folio);
        bool ret;

        wbc->pages_skipped += nr;
        ret = filemap_dirty_folio(mapping, folio);
        if (mapping != null && mapping_can_writeback(mapping))
        {
            inode* inode = mapping->host;
            wb_lock_cookie cookie = default;

            bdi_writeback* wb = unlocked_inode_to_wb_begin(inode, &cookie);
            current->nr_dirtied -= (int)nr;
            node_stat_mod_folio(folio, NR_DIRTIED, -nr);
            wb_stat_mod(wb, WB_DIRTIED, -nr);
            unlocked_inode_to_wb_end(inode, &cookie);
        }

        return ret;
    }

    /// <summary>Marks a folio dirty; true when it was clean. The caller keeps it from being truncated: by its lock, or that of a page table that maps it.</summary>
    [KernelSource(C, "folio_mark_dirty", Parity.Full)]
    public static bool folio_mark_dirty(folio* folio)
    {
        address_space* mapping = folio_mapping(folio);

        if (likely(mapping != null))
        {
            // The flag doubles as the readahead mark, and a reclaim mark on a page that is in use again
            // would only mislead.
            if (folio_test_reclaim(folio))
                folio_clear_reclaim(folio);
            return mapping->a_ops->dirty_folio(mapping, folio);
        }

        return noop_dirty_folio(mapping, folio);
    }

    /// <summary>For those who have nothing else to keep the folio's inode.</summary>
    [KernelSource(C, "folio_mark_dirty_lock", Parity.Full)]
    public static bool folio_mark_dirty_lock(folio* folio)
    {
        bool ret;

        folio_lock(folio);
        ret = folio_mark_dirty(folio);
        folio_unlock(folio);
        return ret;
    }

    /// <summary>The folio need not be written any more. Page tables may still say that it is dirty, and the mark stays.</summary>
    [KernelSource(C, "__folio_cancel_dirty", Parity.Full)]
    public static void __folio_cancel_dirty(folio* folio)
    {
        address_space* mapping = folio_mapping(folio);

        if (mapping_can_writeback(mapping))
        {
            inode* inode = mapping->host;
            wb_lock_cookie cookie = default;

            bdi_writeback* wb = unlocked_inode_to_wb_begin(inode, &cookie);

            if (folio_test_clear_dirty(folio))
                folio_account_cleaned(folio, wb);

            unlocked_inode_to_wb_end(inode, &cookie);
        }
        else
        {
            folio_clear_dirty(folio);
        }
    }

    /// <summary>
    /// Clears the dirty flag before I/O; true when the folio was dirty and has to be written. The mark stays until it is under
    /// writeback or dirty again: in between, who has to write all finds it.
    /// </summary>
    [KernelSource(C, "folio_clear_dirty_for_io", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static bool folio_clear_dirty_for_io(folio* folio)
    {
        address_space* mapping = folio_mapping(folio);
        bool ret = false;

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (mapping != null && mapping_can_writeback(mapping))
        {
            inode* inode = mapping->host;
            wb_lock_cookie cookie = default;

            // Page tables are made clean and read-only first, so that whoever writes now faults and dirties it again.
            // What they had of dirt is taken over: it is cleared with the rest.
            if (folio_mkclean(folio) != 0)
                folio_mark_dirty(folio);

            // Faults that make a page table entry dirty hold the folio's lock, as the caller does.
            bdi_writeback* wb = unlocked_inode_to_wb_begin(inode, &cookie);
            if (folio_test_clear_dirty(folio))
            {
                long nr = (long)folio_nr_pages(folio);
                lruvec_stat_mod_folio(folio, NR_FILE_DIRTY, (int)-nr);
                zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, -nr);
                wb_stat_mod(wb, WB_RECLAIMABLE, -nr);
                ret = true;
            }

            unlocked_inode_to_wb_end(inode, &cookie);
            return ret;
        }

        return folio_test_clear_dirty(folio);
    }

    [KernelSource(C, "wb_inode_writeback_start", Parity.Full)]
    private static void wb_inode_writeback_start(bdi_writeback* wb) => atomic_inc(&wb->writeback_inodes);

    [KernelSource(C, "wb_inode_writeback_end", Parity.Full)]
    [Excludes("wb->work_lock")]
    private static void wb_inode_writeback_end(bdi_writeback* wb)
    {
        atomic_dec(&wb->writeback_inodes);

        // What was written is measured when it is; a little later, so that inodes that end together are measured together.
        spin_lock_irqsave(&wb->work_lock, out IrqFlags flags);
        if (test_bit(WB_registered, &wb->state))
            queue_delayed_work(bdi_wq, &wb->bw_dwork, BANDWIDTH_INTERVAL);
        spin_unlock_irqrestore(&wb->work_lock, flags);
    }

    /// <summary>Clears the writeback flag and counts; true when somebody waits for it.</summary>
    [KernelSource(C, "__folio_end_writeback", Parity.Full)]
    [Excludes("folio->mapping->i_pages.xa_lock")]
    public static bool __folio_end_writeback(folio* folio)
    {
        long nr = (long)folio_nr_pages(folio);
        address_space* mapping = folio_mapping(folio);
        bool ret;

        if (mapping != null && mapping_use_writeback_tags(mapping))
        {
            inode* inode = mapping->host;

            xa_lock_irqsave(&mapping->i_pages, out IrqFlags flags);
            ret = folio_xor_flags_has_waiters(folio, 1UL << PG_writeback);
            __xa_clear_mark(&mapping->i_pages, folio->index, PAGECACHE_TAG_WRITEBACK);

            bdi_writeback* wb = inode_to_wb(inode);
            wb_stat_mod(wb, WB_WRITEBACK, -nr);
            __wb_writeout_add(wb, nr);
            if (!mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK))
            {
                wb_inode_writeback_end(wb);
                if (mapping->host != null)
                    sb_clear_inode_writeback(mapping->host);
            }

            xa_unlock_irqrestore(&mapping->i_pages, flags);
        }
        else
        {
            ret = folio_xor_flags_has_waiters(folio, 1UL << PG_writeback);
        }

        lruvec_stat_mod_folio(folio, NR_WRITEBACK, (int)-nr);
        zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, -nr);
        node_stat_mod_folio(folio, NR_WRITTEN, nr);

        return ret;
    }

    [KernelSource(C, "__folio_start_writeback", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("folio->mapping->i_pages.xa_lock")]
    public static void __folio_start_writeback(folio* folio, bool keep_write)
    {
        long nr = (long)folio_nr_pages(folio);
        address_space* mapping = folio_mapping(folio);

        VM_BUG_ON_FOLIO(folio_test_writeback(folio), folio);
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (mapping != null && mapping_use_writeback_tags(mapping))
        {
            xa_state xas = XA_STATE(&mapping->i_pages, folio->index);
            inode* inode = mapping->host;

            xas_lock_irqsave(&xas, out IrqFlags flags);
            xas_load(&xas);
            folio_test_set_writeback(folio);

            bool on_wblist = mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK);

            xas_set_mark(&xas, PAGECACHE_TAG_WRITEBACK);
            bdi_writeback* wb = inode_to_wb(inode);
            wb_stat_mod(wb, WB_WRITEBACK, nr);
            if (!on_wblist)
            {
                wb_inode_writeback_start(wb);

                // Swapped memory has no inode that sync could wait for.
                if (mapping->host != null)
                    sb_mark_inode_writeback(mapping->host);
            }

            if (!folio_test_dirty(folio))
                xas_clear_mark(&xas, PAGECACHE_TAG_DIRTY);
            if (!keep_write)
                xas_clear_mark(&xas, PAGECACHE_TAG_TOWRITE);
            xas_unlock_irqrestore(&xas, flags);
        }
        else
        {
            folio_test_set_writeback(folio);
        }

        lruvec_stat_mod_folio(folio, NR_WRITEBACK, (int)nr);
        zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, nr);
    }

    [KernelSource(C, "folio_wait_writeback", Parity.Full)]
    [MightSleep]
    public static void folio_wait_writeback(folio* folio)
    {
        while (folio_test_writeback(folio))
            folio_wait_bit(folio, PG_writeback);
    }

    [KernelSource(C, "folio_wait_writeback_killable", Parity.Full)]
    public static int folio_wait_writeback_killable(folio* folio)
    {
        while (folio_test_writeback(folio))
        {
            if (folio_wait_bit_killable(folio, PG_writeback) != 0)
                return -EINTR;
        }

        return 0;
    }

    /// <summary>Where a device wants pages to stay the same while it writes them, waits until it has.</summary>
    [KernelSource(C, "folio_wait_stable", Parity.Full)]
    public static void folio_wait_stable(folio* folio)
    {
        if (mapping_stable_writes(folio_mapping(folio)))
            folio_wait_writeback(folio);
    }
}
