// SPDX-License-Identifier: GPL-2.0-only
// Of page-writeback.c, fs-writeback.c and backing-dev.c, what files call, until writeback is here. Whoever defines one takes
// its line out.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class writeback_forward
{
    private const string C = "mm/page-writeback.c";

    // ---------------------------------------------------------------- mm/page-writeback.c

    [KernelSource(C, "tag_pages_for_writeback", Parity.Full)]
    public static void tag_pages_for_writeback(address_space* mapping, pgoff_t start, pgoff_t end)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, start);
        uint tagged = 0;

        xas_lock_irq(&xas);
        for (void* page = xas_find_marked(&xas, end, PAGECACHE_TAG_DIRTY); page != null; page = xas_next_marked(&xas, end, PAGECACHE_TAG_DIRTY))
        {
            xas_set_mark(&xas, PAGECACHE_TAG_TOWRITE);
            if (++tagged % XA_CHECK_SCHED != 0)
                continue;

            xas_pause(&xas);
            xas_unlock_irq(&xas);
            cond_resched();
            xas_lock_irq(&xas);
        }

        xas_unlock_irq(&xas);
    }

    [KernelSource(C, "folio_prepare_writeback", Parity.Full)]
    private static bool folio_prepare_writeback(address_space* mapping, writeback_control* wbc, folio* folio)
    {
        // Truncated or invalidated meanwhile.
        if (folio->mapping != mapping)
            return false;

        // Somebody else wrote it.
        if (!folio_test_dirty(folio))
            return false;

        if (folio_test_writeback(folio))
        {
            if (wbc->sync_mode == WB_SYNC_NONE)
                return false;
            folio_wait_writeback(folio);
        }

        BUG_ON(folio_test_writeback(folio));

        return folio_clear_dirty_for_io(folio);
    }

    [KernelSource(C, "wbc_to_tag", Parity.Full)]
    private static xa_mark_t wbc_to_tag(writeback_control* wbc) =>
        wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages ? (xa_mark_t)PAGECACHE_TAG_TOWRITE : PAGECACHE_TAG_DIRTY;

    [KernelSource(C, "wbc_end", Parity.Full)]
    private static pgoff_t wbc_end(writeback_control* wbc) =>
        wbc->range_cyclic ? ulong.MaxValue : (ulong)wbc->range_end >> PAGE_SHIFT;

    [KernelSource(C, "writeback_get_folio", Parity.Full)]
    private static folio* writeback_get_folio(address_space* mapping, writeback_control* wbc)
    {
    retry:
        folio* folio = folio_batch_next(&wbc->fbatch);
        if (folio == null)
        {
            folio_batch_release(&wbc->fbatch);
            cond_resched();
            filemap_get_folios_tag(mapping, &wbc->index, wbc_end(wbc), wbc_to_tag(wbc), &wbc->fbatch);
            folio = folio_batch_next(&wbc->fbatch);
            if (folio == null)
                return null;
        }

        folio_lock(folio);
        if (!folio_prepare_writeback(mapping, wbc, folio))
        {
            folio_unlock(folio);
            goto retry;
        }

        return folio;
    }

    [KernelSource(C, "writeback_iter", Parity.Full)]
    public static folio* writeback_iter(address_space* mapping, writeback_control* wbc, folio* folio, int* error)
    {
        if (folio == null)
        {
            folio_batch_init(&wbc->fbatch);
            wbc->saved_err = *error = 0;

            if (wbc->range_cyclic)
                wbc->index = mapping->writeback_index; // prev offset
            else
                wbc->index = (ulong)wbc->range_start >> PAGE_SHIFT;

            // What is dirtied from now on is left for the next round.
            if (wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages)
                tag_pages_for_writeback(mapping, wbc->index, wbc_end(wbc));
        }
        else
        {
            wbc->nr_to_write -= (long)folio_nr_pages(folio);

            WARN_ON_ONCE(*error > 0);

            // For data integrity, all are written in spite of errors, and the first error is reported.
            if (wbc->sync_mode == WB_SYNC_ALL)
            {
                if (*error != 0 && wbc->saved_err == 0)
                    wbc->saved_err = *error;
            }
            else if (*error != 0 || wbc->nr_to_write <= 0)
            {
                goto done;
            }
        }

        folio = writeback_get_folio(mapping, wbc);
        if (folio == null)
        {
            // The next cyclic round starts at the beginning.
            if (wbc->range_cyclic)
                mapping->writeback_index = 0;

            *error = wbc->saved_err;
        }

        return folio;

    done:
        if (wbc->range_cyclic)
            mapping->writeback_index = folio_next_index(folio);
        folio_batch_release(&wbc->fbatch);
        return null;
    }

    [KernelSource(C, "do_writepages", Parity.Reduced, "bandwidth is not estimated yet")]
    public static int do_writepages(address_space* mapping, writeback_control* wbc)
    {
        if (wbc->nr_to_write <= 0)
            return 0;
        return mapping->a_ops->writepages != null ? mapping->a_ops->writepages(mapping, wbc) : 0;
    }

    [KernelSource(C, "folio_account_dirtied", Parity.Reduced, "not counted for devices yet")]
    private static void folio_account_dirtied(folio* folio, address_space* mapping)
    {
        if (mapping_can_writeback(mapping))
        {
            int nr = (int)folio_nr_pages(folio);

            __lruvec_stat_mod_folio(folio, NR_FILE_DIRTY, nr);
            __zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, nr);
            __node_stat_mod_folio(folio, NR_DIRTIED, nr);
            current->nr_dirtied += nr;
        }
    }

    [KernelSource(C, "folio_account_cleaned", Parity.Reduced, "not counted for devices yet")]
    public static void folio_account_cleaned(folio* folio, bdi_writeback* wb)
    {
        int nr = (int)folio_nr_pages(folio);

        lruvec_stat_mod_folio(folio, NR_FILE_DIRTY, -nr);
        zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, -nr);
    }

    [KernelSource(C, "__folio_mark_dirty", Parity.Full)]
    public static void __folio_mark_dirty(folio* folio, address_space* mapping, int warn)
    {
        VM_WARN_ON_ONCE(folio_test_swapcache(folio) || shmem_mapping(mapping));

        xa_lock_irqsave(&mapping->i_pages, out ulong flags);
        if (folio->mapping != null)
        {
            // Race with truncate?
            WARN_ON_ONCE(warn != 0 && !folio_test_uptodate(folio));
            folio_account_dirtied(folio, mapping);
            __xa_set_mark(&mapping->i_pages, folio->index, PAGECACHE_TAG_DIRTY);
        }

        xa_unlock_irqrestore(&mapping->i_pages, flags);
    }

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

    [KernelSource(C, "folio_redirty_for_writepage", Parity.Reduced, "not counted for devices yet")]
    public static bool folio_redirty_for_writepage(writeback_control* wbc, folio* folio)
    {
        wbc->pages_skipped += (long)folio_nr_pages(folio);
        return filemap_dirty_folio(folio->mapping, folio);
    }

    [KernelSource(C, "__folio_cancel_dirty", Parity.Reduced, "not counted for devices yet")]
    public static void __folio_cancel_dirty(folio* folio)
    {
        address_space* mapping = folio_mapping(folio);

        if (mapping != null && mapping_can_writeback(mapping))
        {
            if (folio_test_clear_dirty(folio))
                folio_account_cleaned(folio, null);
        }
        else
        {
            folio_clear_dirty(folio);
        }
    }

    [KernelSource(C, "balance_dirty_pages_ratelimited", Parity.Stub, "comes with writeback")]
    public static void balance_dirty_pages_ratelimited(address_space* mapping)
    {
    }

    // ---------------------------------------------------------------- mm/backing-dev.c

    public static readonly backing_dev_info* noop_backing_dev_info = bss<backing_dev_info>();
    public const uint BDI_CAP_WRITEBACK = 1 << 0;
    public const uint BDI_CAP_WRITEBACK_ACCT = 1 << 1;

    [KernelSource("mm/backing-dev.c", "bdi_alloc", Parity.Stub, "comes with writeback")]
    public static backing_dev_info* bdi_alloc(int node_id)
    {
        backing_dev_info* bdi = (backing_dev_info*)kzalloc((ulong)sizeof(backing_dev_info), GFP_KERNEL);
        if (bdi == null)
            return null;
        bdi->capabilities = BDI_CAP_WRITEBACK | BDI_CAP_WRITEBACK_ACCT;
        bdi->ra_pages = 128 * 1024 / (uint)PAGE_SIZE;
        return bdi;
    }

    [KernelSource("mm/backing-dev.c", "bdi_put", Parity.Stub, "comes with writeback")]
    public static void bdi_put(backing_dev_info* bdi) => kfree(bdi);

    [KernelSource("mm/backing-dev.c", "bdi_unregister", Parity.Stub, "comes with writeback")]
    public static void bdi_unregister(backing_dev_info* bdi)
    {
    }

    [KernelSource("mm/backing-dev.c", "bdi_register", Parity.Stub, "comes with writeback")]
    public static int bdi_register(backing_dev_info* bdi) => 0;

    [KernelSource("include/linux/backing-dev.h", "inode_to_bdi", Parity.Full)]
    public static backing_dev_info* inode_to_bdi(inode* inode)
    {
        if (inode == null)
            return noop_backing_dev_info;

        return inode->i_sb->s_bdi;
    }

    [KernelSource("include/linux/backing-dev.h", "mapping_can_writeback", Parity.Full)]
    public static bool mapping_can_writeback(address_space* mapping) =>
        (inode_to_bdi(mapping->host)->capabilities & BDI_CAP_WRITEBACK) != 0;

    [KernelSource("include/linux/backing-dev.h", "inode_to_wb", Parity.Full)]
    public static bdi_writeback* inode_to_wb(inode* inode) => inode->i_wb;

    // ---------------------------------------------------------------- fs/fs-writeback.c

    [KernelSource("fs/fs-writeback.c", "__mark_inode_dirty", Parity.Stub, "the state alone: lists of dirty inodes come with writeback")]
    public static void __mark_inode_dirty(inode* inode, int flags)
    {
        spin_lock(&inode->i_lock);
        inode->i_state |= (uint)flags;
        spin_unlock(&inode->i_lock);
    }

    [KernelSource("fs/fs-writeback.c", "write_inode_now", Parity.Stub, "written here and now, without lists")]
    public static int write_inode_now(inode* inode, int sync)
    {
        int err = sync != 0 ? filemap_write_and_wait(inode->i_mapping) : filemap_flush(inode->i_mapping);
        int err2 = sync_inode_metadata(inode, sync);

        return err != 0 ? err : err2;
    }

    [KernelSource("fs/fs-writeback.c", "sync_inode_metadata", Parity.Stub, "written here and now, without lists")]
    public static int sync_inode_metadata(inode* inode, int wait)
    {
        writeback_control wbc = new() { sync_mode = wait != 0 ? WB_SYNC_ALL : WB_SYNC_NONE };
        int ret = 0;

        spin_lock(&inode->i_lock);
        uint dirty = inode->i_state & I_DIRTY;
        inode->i_state &= ~dirty;
        spin_unlock(&inode->i_lock);

        if ((dirty & I_DIRTY_INODE) != 0 && inode->i_sb->s_op->write_inode != null)
            ret = inode->i_sb->s_op->write_inode(inode, &wbc);
        if (mapping_tagged(inode->i_mapping, PAGECACHE_TAG_DIRTY))
            __mark_inode_dirty(inode, (int)I_DIRTY_PAGES);
        return ret;
    }

    [KernelSource("fs/fs-writeback.c", "sync_inodes_sb", Parity.Stub, "one inode after the other, without lists")]
    public static void sync_inodes_sb(super_block* sb)
    {
        inode* toput = null;

        spin_lock(&sb->s_inode_list_lock);
        for (list_head* p = sb->s_inodes.next; p != &sb->s_inodes; p = p->next)
        {
            inode* inode = container_of<inode>(p, &((inode*)nowhere)->i_sb_list);

            spin_lock(&inode->i_lock);
            if ((inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) != 0)
            {
                spin_unlock(&inode->i_lock);
                continue;
            }

            __iget(inode);
            spin_unlock(&inode->i_lock);
            spin_unlock(&sb->s_inode_list_lock);

            // The list goes on from this inode: it is held until the next one is.
            iput(toput);
            toput = inode;
            filemap_fdatawrite(inode->i_mapping);
            filemap_fdatawait_keep_errors(inode->i_mapping);
            sync_inode_metadata(inode, 1);

            spin_lock(&sb->s_inode_list_lock);
        }

        spin_unlock(&sb->s_inode_list_lock);
        iput(toput);
    }

    [KernelSource("fs/fs-writeback.c", "cgroup_writeback_umount", Parity.Stub, "comes with writeback")]
    public static void cgroup_writeback_umount(super_block* sb)
    {
    }

    [KernelSource("fs/fs-writeback.c", "inode_io_list_del", Parity.Stub, "comes with writeback")]
    public static void inode_io_list_del(inode* inode)
    {
    }

    [KernelSource("fs/fs-writeback.c", "inode_wait_for_writeback", Parity.Stub, "comes with writeback")]
    public static void inode_wait_for_writeback(inode* inode)
    {
    }

    [KernelSource("include/linux/writeback.h", "inode_detach_wb", Parity.Stub, "comes with writeback")]
    public static void inode_detach_wb(inode* inode)
    {
    }

    [KernelSource("fs/fs-writeback.c", "wbc_attach_fdatawrite_inode", Parity.Stub, "comes with writeback")]
    public static void wbc_attach_fdatawrite_inode(writeback_control* wbc, inode* inode)
    {
    }

    [KernelSource("fs/fs-writeback.c", "wbc_detach_inode", Parity.Stub, "comes with writeback")]
    public static void wbc_detach_inode(writeback_control* wbc)
    {
    }

    [KernelSource("fs/fs-writeback.c", "wbc_account_cgroup_owner", Parity.Stub, "comes with writeback")]
    public static void wbc_account_cgroup_owner(writeback_control* wbc, folio* folio, ulong bytes)
    {
    }

    [KernelSource("include/linux/writeback.h", "wbc_init_bio", Parity.Stub, "comes with writeback")]
    public static void wbc_init_bio(writeback_control* wbc, bio* bio)
    {
    }

    [KernelSource("include/linux/blk-cgroup.h", "blk_cgroup_congested", Parity.Stub, "no group is throttled by its swap device")]
    public static bool blk_cgroup_congested() => false;
}
