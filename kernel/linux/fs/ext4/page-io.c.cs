// SPDX-License-Identifier: GPL-2.0-only
// fs/ext4/page-io.c: bios that write folios, and what happens when they end.
using static Linux.fs_ext4_ext4_h;
using static Linux.fs_ext4_extents_c;
using static Linux.linux_bio_h;
using static Linux.linux_blkdev_h;
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class fs_ext4_page_io_c
{
    private const string C = "fs/ext4/page-io.c";
    private const int BIO_MAX_VECS = 256;

    private static kmem_cache* io_end_cachep;
    private static kmem_cache* io_end_vec_cachep;

    [KernelSource(C, "ext4_init_pageio", Parity.Full)]
    public static int ext4_init_pageio()
    {
        io_end_cachep = KMEM_CACHE<ext4_io_end>(SLAB_RECLAIM_ACCOUNT);
        if (io_end_cachep == null)
            return -ENOMEM;

        io_end_vec_cachep = KMEM_CACHE<ext4_io_end_vec>(0);
        if (io_end_vec_cachep == null)
        {
            kmem_cache_destroy(io_end_cachep);
            return -ENOMEM;
        }

        return 0;
    }

    [KernelSource(C, "ext4_alloc_io_end_vec", Parity.Full)]
    public static ext4_io_end_vec* ext4_alloc_io_end_vec(ext4_io_end* io_end)
    {
        ext4_io_end_vec* io_end_vec = (ext4_io_end_vec*)kmem_cache_zalloc(io_end_vec_cachep, GFP_NOFS);

        if (io_end_vec == null)
            return (ext4_io_end_vec*)ERR_PTR(-ENOMEM);
        INIT_LIST_HEAD(&io_end_vec->list);
        list_add_tail(&io_end_vec->list, &io_end->list_vec);
        return io_end_vec;
    }

    [KernelSource(C, "ext4_free_io_end_vec", Parity.Full)]
    private static void ext4_free_io_end_vec(ext4_io_end* io_end)
    {
        while (!list_empty(&io_end->list_vec))
        {
            ext4_io_end_vec* io_end_vec = list_first_entry<ext4_io_end_vec>(&io_end->list_vec, &((ext4_io_end_vec*)nowhere)->list);
            list_del(&io_end_vec->list);
            kmem_cache_free(io_end_vec_cachep, io_end_vec);
        }
    }

    [KernelSource(C, "ext4_last_io_end_vec", Parity.Full)]
    public static ext4_io_end_vec* ext4_last_io_end_vec(ext4_io_end* io_end)
    {
        BUG_ON(list_empty(&io_end->list_vec));
        return list_last_entry<ext4_io_end_vec>(&io_end->list_vec, &((ext4_io_end_vec*)nowhere)->list);
    }

    [KernelSource(C, "buffer_io_error", Parity.Reduced, "no rate limit; a device is printed by its numbers")]
    private static void buffer_io_error(buffer_head* bh) =>
        pr_err($"Buffer I/O error on device {MAJOR(bh->b_bdev->bd_dev)}:{MINOR(bh->b_bdev->bd_dev)}, logical block {bh->b_blocknr}");

    [KernelSource(C, "ext4_finish_bio", Parity.Reduced, "no encryption")]
    private static void ext4_finish_bio(bio* bio)
    {
        folio_iter fi;

        for (bio_first_folio(&fi, bio, 0); fi.folio != null; bio_next_folio(&fi, bio))
        {
            folio* folio = fi.folio;
            ulong bio_start = fi.offset;
            ulong bio_end = bio_start + fi.length;
            uint under_io = 0;

            if (bio->bi_status != BLK_STS_OK)
                mapping_set_error(folio->mapping, blk_status_to_errno(bio->bi_status));
            buffer_head* head = folio_buffers(folio);
            buffer_head* bh = head;

            // The folio's other bios end at the same time.
            spin_lock_irqsave(&head->b_uptodate_lock, out IrqFlags flags);
            do
            {
                if (bh_offset(bh) < bio_start || bh_offset(bh) + bh->b_size > bio_end)
                {
                    if (buffer_async_write(bh))
                        under_io++;
                    continue;
                }

                clear_buffer_async_write(bh);
                if (bio->bi_status != BLK_STS_OK)
                {
                    set_buffer_write_io_error(bh);
                    buffer_io_error(bh);
                }
            }
            while ((bh = bh->b_this_page) != head);
            spin_unlock_irqrestore(&head->b_uptodate_lock, flags);
            if (under_io == 0)
                folio_end_writeback(folio);
        }
    }

    [KernelSource(C, "ext4_release_io_end", Parity.Reduced, "no journal")]
    private static void ext4_release_io_end(ext4_io_end* io_end)
    {
        bio* next_bio;

        BUG_ON(!list_empty(&io_end->list));
        BUG_ON((io_end->flag & EXT4_IO_END_UNWRITTEN) != 0);

        for (bio* bio = io_end->bio; bio != null; bio = next_bio)
        {
            next_bio = (bio*)bio->bi_private;
            ext4_finish_bio(bio);
            bio_put(bio);
        }

        ext4_free_io_end_vec(io_end);
        kmem_cache_free(io_end_cachep, io_end);
    }

    // Truncation waits for writeback, so the blocks are still the file's.
    [KernelSource(C, "ext4_end_io_end", Parity.Reduced, "no journal, no shutdown; messages do not name the device")]
    private static int ext4_end_io_end(ext4_io_end* io_end)
    {
        inode* inode = io_end->inode;
        int ret;

        // What is on the disk is nobody's if the I/O failed: it stays unwritten.
        if (unlikely((io_end->flag & EXT4_IO_END_FAILED) != 0))
            ret = -EIO;
        else
            ret = ext4_convert_unwritten_io_end_vec(io_end);
        if (ret < 0 && (io_end->flag & EXT4_IO_END_UNWRITTEN) != 0)
            pr_emerg($"EXT4-fs: failed to convert unwritten extents to written extents -- potential data loss!  (inode {inode->i_ino}, error {ret})");

        ext4_clear_io_unwritten_flag(io_end);
        ext4_release_io_end(io_end);
        return ret;
    }

    [KernelSource(C, "ext4_io_end_defer_completion", Parity.Reduced, "errors do not abort the journal")]
    private static bool ext4_io_end_defer_completion(ext4_io_end* io_end) =>
        (io_end->flag & EXT4_IO_END_UNWRITTEN) != 0 && !list_empty(&io_end->list_vec);

    [KernelSource(C, "ext4_add_complete_io", Parity.Reduced, "no journal")]
    private static void ext4_add_complete_io(ext4_io_end* io_end)
    {
        ext4_inode_info* ei = ext4.EXT4_I(io_end->inode);

        WARN_ON((io_end->flag & EXT4_IO_END_DEFER_COMPLETION) == 0);
        WARN_ON(io_end->bio == null);

        spin_lock_irqsave(&ei->i_completed_io_lock, out IrqFlags flags);
        workqueue_struct* wq = ext4.EXT4_SB(io_end->inode->i_sb)->rsv_conversion_wq;
        if (list_empty(&ei->i_rsv_conversion_list))
            queue_work(wq, &ei->i_rsv_conversion_work);
        list_add_tail(&io_end->list, &ei->i_rsv_conversion_list);
        spin_unlock_irqrestore(&ei->i_completed_io_lock, flags);
    }

    [KernelSource(C, "ext4_do_flush_completed_IO", Parity.Full)]
    private static int ext4_do_flush_completed_IO(inode* inode, list_head* head)
    {
        list_head unwritten;
        ext4_inode_info* ei = ext4.EXT4_I(inode);
        int ret = 0;

        spin_lock_irqsave(&ei->i_completed_io_lock, out IrqFlags flags);
        list_replace_init(head, &unwritten);
        spin_unlock_irqrestore(&ei->i_completed_io_lock, flags);

        while (!list_empty(&unwritten))
        {
            ext4_io_end* io_end = list_first_entry<ext4_io_end>(&unwritten, &((ext4_io_end*)nowhere)->list);
            BUG_ON((io_end->flag & EXT4_IO_END_DEFER_COMPLETION) == 0);
            list_del_init(&io_end->list);

            int err = ext4_end_io_end(io_end);
            if (unlikely(ret == 0 && err != 0))
                ret = err;
        }

        return ret;
    }

    /// <summary>The worker that ends what needs the block map for it.</summary>
    [KernelSource(C, "ext4_end_io_rsv_work", Parity.Full)]
    public static void ext4_end_io_rsv_work(work_struct* work)
    {
        ext4_inode_info* ei = container_of<ext4_inode_info>(work, &((ext4_inode_info*)nowhere)->i_rsv_conversion_work);

        ext4_do_flush_completed_IO(&ei->vfs_inode, &ei->i_rsv_conversion_list);
    }

    [KernelSource(C, "ext4_init_io_end", Parity.Full)]
    public static ext4_io_end* ext4_init_io_end(inode* inode, gfp_t flags)
    {
        ext4_io_end* io_end = (ext4_io_end*)kmem_cache_zalloc(io_end_cachep, flags);

        if (io_end != null)
        {
            io_end->inode = inode;
            INIT_LIST_HEAD(&io_end->list);
            INIT_LIST_HEAD(&io_end->list_vec);
            refcount_set(&io_end->count, 1);
        }

        return io_end;
    }

    [KernelSource(C, "ext4_put_io_end_defer", Parity.Full)]
    public static void ext4_put_io_end_defer(ext4_io_end* io_end)
    {
        if (refcount_dec_and_test(&io_end->count))
        {
            if (ext4_io_end_defer_completion(io_end))
            {
                ext4_add_complete_io(io_end);
                return;
            }

            ext4_release_io_end(io_end);
        }
    }

    [KernelSource(C, "ext4_put_io_end", Parity.Full)]
    public static int ext4_put_io_end(ext4_io_end* io_end)
    {
        if (refcount_dec_and_test(&io_end->count))
        {
            if (ext4_io_end_defer_completion(io_end))
                return ext4_end_io_end(io_end);

            ext4_release_io_end(io_end);
        }

        return 0;
    }

    [KernelSource(C, "ext4_get_io_end", Parity.Full)]
    private static ext4_io_end* ext4_get_io_end(ext4_io_end* io_end)
    {
        refcount_inc(&io_end->count);
        return io_end;
    }

    [KernelSource(C, "ext4_end_bio", Parity.Reduced, "a bio always has an io_end")]
    private static void ext4_end_bio(bio* bio)
    {
        ext4_io_end* io_end = (ext4_io_end*)bio->bi_private;

        bio->bi_end_io = null;

        if (bio->bi_status != BLK_STS_OK)
        {
            inode* inode = io_end->inode;

            pr_warn($"EXT4-fs warning: I/O error {bio->bi_status} writing to inode {inode->i_ino} starting block {bio->bi_iter.bi_sector >> (inode->i_blkbits - 9)})");
            io_end->flag |= EXT4_IO_END_FAILED;
            mapping_set_error(inode->i_mapping, blk_status_to_errno(bio->bi_status));
        }

        if (ext4_io_end_defer_completion(io_end))
        {
            // Bios end at the same time on other CPUs.
            bio->bi_private = xchg(&io_end->bio, bio);
            ext4_put_io_end_defer(io_end);
        }
        else
        {
            // Before the folios end: the inode may go with the last of them.
            ext4_put_io_end_defer(io_end);
            ext4_finish_bio(bio);
            bio_put(bio);
        }
    }

    [KernelSource(C, "ext4_io_submit", Parity.Full)]
    public static void ext4_io_submit(ext4_io_submit* io)
    {
        bio* bio = io->io_bio;

        if (bio != null)
        {
            if (io->io_wbc->sync_mode == WB_SYNC_ALL)
                io->io_bio->bi_opf |= REQ_SYNC;
            submit_bio(io->io_bio);
        }

        io->io_bio = null;
    }

    [KernelSource(C, "ext4_io_submit_init", Parity.Full)]
    public static void ext4_io_submit_init(ext4_io_submit* io, writeback_control* wbc)
    {
        io->io_wbc = wbc;
        io->io_bio = null;
        io->io_end = null;
    }

    [KernelSource(C, "io_submit_init_bio", Parity.Reduced, "no encryption")]
    private static void io_submit_init_bio(ext4_io_submit* io, buffer_head* bh)
    {
        bio* bio = bio_alloc(bh->b_bdev, BIO_MAX_VECS, REQ_OP_WRITE, GFP_NOIO);
        bio->bi_iter.bi_sector = bh->b_blocknr * (bh->b_size >> 9);
        bio->bi_end_io = &ext4_end_bio;
        bio->bi_private = ext4_get_io_end(io->io_end);
        io->io_bio = bio;
        io->io_next_block = bh->b_blocknr;
        wbc_init_bio(io->io_wbc, bio);
    }

    [KernelSource(C, "io_submit_add_bh", Parity.Reduced, "no encryption and no write hints")]
    private static void io_submit_add_bh(ext4_io_submit* io, folio* folio, buffer_head* bh)
    {
        if (io->io_bio != null && bh->b_blocknr != io->io_next_block)
            ext4_io_submit(io);

    retry:
        if (io->io_bio == null)
            io_submit_init_bio(io, bh);
        if (!bio_add_folio(io->io_bio, folio, bh->b_size, bh_offset(bh)))
        {
            ext4_io_submit(io);
            goto retry;
        }

        wbc_account_cgroup_owner(io->io_wbc, folio, bh->b_size);
        io->io_next_block++;
    }

    /// <summary>Adds the blocks of a locked folio that are dirty and mapped to the I/O.</summary>
    [KernelSource(C, "ext4_bio_write_folio", Parity.Reduced, "no encryption and no journalled data")]
    [MustHold("folio->PG_locked")]
    public static int ext4_bio_write_folio(ext4_io_submit* io, folio* folio, ulong len)
    {
        int nr_to_submit = 0;
        writeback_control* wbc = io->io_wbc;
        bool keep_towrite = false;

        BUG_ON(!folio_test_locked(folio));
        BUG_ON(folio_test_writeback(folio));

        // Through a mapping something may have been written behind the end: it is not to get to the disk.
        if (len < folio_size(folio))
            folio_zero_segment(folio, len, folio_size(folio));

        // All are marked before the first is submitted: the folio's writeback is not to end in between.
        buffer_head* head = folio_buffers(folio);
        buffer_head* bh = head;
        do
        {
            if (bh_offset(bh) >= len)
            {
                clear_buffer_dirty(bh);
                set_buffer_uptodate(bh);
                continue;
            }

            if (!buffer_dirty(bh) || buffer_delay(bh) || !buffer_mapped(bh) || buffer_unwritten(bh))
            {
                // A hole has nothing to write.
                if (!buffer_mapped(bh))
                    clear_buffer_dirty(bh);

                // What stays dirty is to be found by whoever writes for integrity meanwhile.
                if (buffer_dirty(bh))
                {
                    if (!folio_test_dirty(folio))
                        folio_redirty_for_writepage(wbc, folio);
                    keep_towrite = true;
                }

                continue;
            }

            if (buffer_new(bh))
                clear_buffer_new(bh);
            set_buffer_async_write(bh);
            clear_buffer_dirty(bh);
            nr_to_submit++;
        }
        while ((bh = bh->b_this_page) != head);

        // Nobody will end the I/O of a folio that has none.
        if (nr_to_submit == 0)
            return 0;

        __folio_start_writeback(folio, keep_towrite);

        bh = head;
        do
        {
            if (buffer_async_write(bh))
                io_submit_add_bh(io, folio, bh);
        }
        while ((bh = bh->b_this_page) != head);

        return 0;
    }
}
