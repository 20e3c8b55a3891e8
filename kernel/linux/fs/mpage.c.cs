// SPDX-License-Identifier: GPL-2.0-only
// fs/mpage.c: reading and writing folios whose blocks lie in a row on the disk, many to an I/O and without buffers.
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_bio_h;
using static Linux.linux_blkdev_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class fs_mpage_c
{
    private const string C = "fs/mpage.c";
    private const int BIO_MAX_VECS = 256;

    [KernelSource(C, "mpage_read_end_io", Parity.Full)]
    [AssumesHeld("folio.PG_locked")]
    private static void mpage_read_end_io(bio* bio)
    {
        int err = blk_status_to_errno(bio->bi_status);

        for (int i = 0; i < bio->bi_vcnt; i++)
            folio_end_read(page_folio(bio->bi_io_vec[i].bv_page), err == 0);

        bio_put(bio);
    }

    [KernelSource(C, "mpage_write_end_io", Parity.Full)]
    private static void mpage_write_end_io(bio* bio)
    {
        int err = blk_status_to_errno(bio->bi_status);

        for (int i = 0; i < bio->bi_vcnt; i++)
        {
            folio* folio = page_folio(bio->bi_io_vec[i].bv_page);
            if (err != 0)
                mapping_set_error(folio->mapping, err);
            folio_end_writeback(folio);
        }

        bio_put(bio);
    }

    [KernelSource(C, "mpage_bio_submit_read", Parity.Full)]
    private static bio* mpage_bio_submit_read(bio* bio)
    {
        bio->bi_end_io = &mpage_read_end_io;
        submit_bio(bio);
        return null;
    }

    [KernelSource(C, "mpage_bio_submit_write", Parity.Full)]
    private static bio* mpage_bio_submit_write(bio* bio)
    {
        bio->bi_end_io = &mpage_write_end_io;
        submit_bio(bio);
        return null;
    }

    private struct mpage_readpage_args
    {
        public bio* bio;
        public folio* folio;
        public uint nr_pages;
        public bool is_readahead;
        public sector_t last_block_in_bio;
        public delegate*<inode*, sector_t, buffer_head*, bool, int> get_block;
    }

    // Adds the folio to the I/O if it goes on where that ends; else that one is submitted and another begun. What is not so
    // simple, holes in the middle and folios with buffers say, is read by buffers.
    [KernelSource(C, "do_mpage_readpage", Parity.Reduced, "get_block is asked for each block by itself and never gives data or boundaries")]
    [Releases("args->folio->PG_locked", Later = true)]
    private static void do_mpage_readpage(mpage_readpage_args* args)
    {
        folio* folio = args->folio;
        inode* inode = folio->mapping->host;
        int blkbits = inode->i_blkbits;
        uint blocks_per_folio = (uint)(folio_size(folio) >> blkbits);
        uint first_hole = blocks_per_folio;
        sector_t first_block = 0;
        block_device* bdev = null;
        blk_opf_t opf = REQ_OP_READ;
        gfp_t gfp = mapping_gfp_constraint(folio->mapping, GFP_KERNEL);

        if (args->is_readahead)
        {
            opf |= REQ_RAHEAD;
            gfp |= __GFP_NORETRY | __GFP_NOWARN;
        }

        if (folio_buffers(folio) != null)
            goto confused;

        sector_t block_in_file = (ulong)folio_pos(folio) >> blkbits;
        sector_t last_block_in_file = ((ulong)i_size_read(inode) + (1UL << blkbits) - 1) >> blkbits;

        for (uint page_block = 0; page_block < blocks_per_folio; page_block++, block_in_file++)
        {
            buffer_head map_bh = new() { b_folio = folio, b_size = 1UL << blkbits };

            if (block_in_file < last_block_in_file && args->get_block(inode, block_in_file, &map_bh, false) != 0)
                goto confused;

            if (!buffer_mapped(&map_bh))
            {
                if (first_hole == blocks_per_folio)
                    first_hole = page_block;
                continue;
            }

            if (first_hole != blocks_per_folio)
                goto confused; // hole -> non-hole

            // Contiguous blocks?
            if (page_block == 0)
                first_block = map_bh.b_blocknr;
            else if (first_block + page_block != map_bh.b_blocknr)
                goto confused;
            bdev = map_bh.b_bdev;
        }

        if (first_hole != blocks_per_folio)
        {
            folio_zero_segment(folio, (ulong)first_hole << blkbits, folio_size(folio));
            if (first_hole == 0)
            {
                folio_mark_uptodate(folio);
                folio_unlock(folio);
                return;
            }
        }
        else
        {
            folio_set_mappedtodisk(folio);
        }

        // This folio will go to BIO. Do we need to send this BIO off first?
        if (args->bio != null && args->last_block_in_bio != first_block - 1)
            args->bio = mpage_bio_submit_read(args->bio);

    alloc_new:
        if (args->bio == null)
        {
            args->bio = bio_alloc(bdev, (ushort)Math.Clamp(args->nr_pages, 1, BIO_MAX_VECS), opf, gfp);
            if (args->bio == null)
                goto confused;
            args->bio->bi_iter.bi_sector = first_block << (blkbits - 9);
        }

        if (!bio_add_folio(args->bio, folio, (ulong)first_hole << blkbits, 0))
        {
            args->bio = mpage_bio_submit_read(args->bio);
            goto alloc_new;
        }

        if (first_hole != blocks_per_folio)
            args->bio = mpage_bio_submit_read(args->bio);
        else
            args->last_block_in_bio = first_block + blocks_per_folio - 1;
        return;

    confused:
        if (args->bio != null)
            args->bio = mpage_bio_submit_read(args->bio);
        if (!folio_test_uptodate(folio))
            block_read_full_folio(folio, args->get_block);
        else
            folio_unlock(folio);
    }

    /// <summary>Starts the reads of a readahead request.</summary>
    [KernelSource(C, "mpage_readahead", Parity.Full)]
    public static void mpage_readahead(readahead_control* rac, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        folio* folio;
        mpage_readpage_args args = new() { get_block = get_block, is_readahead = true };

        while ((folio = readahead_folio(rac)) != null)
        {
            args.folio = folio;
            args.nr_pages = readahead_count(rac);
            do_mpage_readpage(&args);
            // If read ahead failed synchronously, it may cause by removed device, or some filesystem metadata error.
            if (!folio_test_locked(folio) && !folio_test_uptodate(folio))
                break;
        }

        if (args.bio != null)
            mpage_bio_submit_read(args.bio);
    }

    [KernelSource(C, "mpage_read_folio", Parity.Full)]
    [Releases("folio->PG_locked", Later = true)]
    public static int mpage_read_folio(folio* folio, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        mpage_readpage_args args = new() { folio = folio, nr_pages = (uint)folio_nr_pages(folio), get_block = get_block };

        do_mpage_readpage(&args);
        if (args.bio != null)
            mpage_bio_submit_read(args.bio);
        return 0;
    }

    private struct mpage_data
    {
        public bio* bio;
        public sector_t last_block_in_bio;
        public delegate*<inode*, sector_t, buffer_head*, bool, int> get_block;
    }

    // The buffers go with the folio's I/O: they are clean from here on.
    [KernelSource(C, "clean_buffers", Parity.Full)]
    [MustHold("folio->PG_locked")]
    private static void clean_buffers(folio* folio, uint first_unmapped)
    {
        uint buffer_counter = 0;
        buffer_head* head = folio_buffers(folio);

        if (head == null)
            return;
        buffer_head* bh = head;

        do
        {
            if (buffer_counter++ == first_unmapped)
                break;
            clear_buffer_dirty(bh);
            bh = bh->b_this_page;
        }
        while (bh != head);

        // With too many of them, those that are of no more use go at once.
        if (buffer_heads_over_limit && folio_test_uptodate(folio))
            try_to_free_buffers(folio);
    }

    [KernelSource(C, "mpage_write_folio", Parity.Reduced, "no boundaries of blocks and no write hints")]
    [Releases("folio->PG_locked")]
    private static int mpage_write_folio(writeback_control* wbc, folio* folio, mpage_data* mpd)
    {
        bio* bio = mpd->bio;
        address_space* mapping = folio->mapping;
        inode* inode = mapping->host;
        int blkbits = inode->i_blkbits;
        uint blocks_per_folio = (uint)(folio_size(folio) >> blkbits);
        sector_t first_block = 0;
        uint page_block = 0;
        uint first_unmapped = blocks_per_folio;
        block_device* bdev = null;
        loff_t i_size = i_size_read(inode);
        int ret = 0;
        ulong length;
        buffer_head* head = folio_buffers(folio);

        if (head != null)
        {
            buffer_head* bh = head;

            // If they're all mapped and dirty, do it
            do
            {
                BUG_ON(buffer_locked(bh));
                if (!buffer_mapped(bh))
                {
                    // unmapped dirty buffers are created by block_dirty_folio -> mmapped data
                    if (buffer_dirty(bh))
                        goto confused;
                    if (first_unmapped == blocks_per_folio)
                        first_unmapped = page_block;
                    continue;
                }

                if (first_unmapped != blocks_per_folio)
                    goto confused; // hole -> non-hole

                if (!buffer_dirty(bh) || !buffer_uptodate(bh))
                    goto confused;
                if (page_block != 0)
                {
                    if (bh->b_blocknr != first_block + page_block)
                        goto confused;
                }
                else
                {
                    first_block = bh->b_blocknr;
                }

                page_block++;
                bdev = bh->b_bdev;
            }
            while ((bh = bh->b_this_page) != head);

            if (first_unmapped != 0)
                goto page_is_mapped;

            // Dirty without a dirty buffer: it was not written by us, and the slow way finds out.
            goto confused;
        }

        // The folio has no buffers: map it to disk
        BUG_ON(!folio_test_uptodate(folio));
        sector_t block_in_file = (ulong)folio_pos(folio) >> blkbits;
        // Whole page beyond EOF? Skip allocating blocks to avoid leaking space.
        if (block_in_file >= ((ulong)i_size + (1UL << blkbits) - 1) >> blkbits)
            goto page_is_mapped;
        sector_t last_block = (ulong)(i_size - 1) >> blkbits;
        while (page_block < blocks_per_folio)
        {
            buffer_head map_bh = new() { b_folio = folio, b_size = 1UL << blkbits };

            if (mpd->get_block(inode, block_in_file, &map_bh, true) != 0)
                goto confused;
            if (!buffer_mapped(&map_bh))
                goto confused;
            if (buffer_new(&map_bh))
                clean_bdev_bh_alias(&map_bh);
            if (page_block != 0)
            {
                if (map_bh.b_blocknr != first_block + page_block)
                    goto confused;
            }
            else
            {
                first_block = map_bh.b_blocknr;
            }

            page_block++;
            bdev = map_bh.b_bdev;
            if (block_in_file == last_block)
                break;
            block_in_file++;
        }

        BUG_ON(page_block == 0);

        first_unmapped = page_block;

    page_is_mapped:
        // Don't bother writing beyond EOF, truncate will discard the folio
        if (folio_pos(folio) >= i_size)
            goto confused;
        length = folio_size(folio);
        if (folio_pos(folio) + (loff_t)length > i_size)
        {
            // Through a mapping something may have been written behind the end: it is not to get to the disk.
            length = (ulong)(i_size - folio_pos(folio));
            folio_zero_segment(folio, length, folio_size(folio));
        }

        // This page will go to BIO. Do we need to send this BIO off first?
        if (bio != null && mpd->last_block_in_bio != first_block - 1)
            bio = mpage_bio_submit_write(bio);

    alloc_new:
        if (bio == null)
        {
            bio = bio_alloc(bdev, BIO_MAX_VECS, REQ_OP_WRITE | wbc_to_write_flags(wbc), GFP_NOFS);
            // The pool has only small ones: without memory for a large one, the folio goes by its buffers.
            if (bio == null)
                goto confused;
            bio->bi_iter.bi_sector = first_block << (blkbits - 9);
            wbc_init_bio(wbc, bio);
        }

        // Must try to add the folio before marking the buffer clean or the confused fail path above (OOM) will be very confused.
        wbc_account_cgroup_owner(wbc, folio, folio_size(folio));
        length = (ulong)first_unmapped << blkbits;
        if (!bio_add_folio(bio, folio, length, 0))
        {
            bio = mpage_bio_submit_write(bio);
            goto alloc_new;
        }

        clean_buffers(folio, first_unmapped);

        BUG_ON(folio_test_writeback(folio));
        folio_start_writeback(folio);
        folio_unlock(folio);
        if (first_unmapped != blocks_per_folio)
            bio = mpage_bio_submit_write(bio);
        else
            mpd->last_block_in_bio = first_block + blocks_per_folio - 1;
        goto @out;

    confused:
        if (bio != null)
            bio = mpage_bio_submit_write(bio);

        // The caller has a ref on the inode, so *mapping is stable
        ret = block_write_full_folio(folio, wbc, mpd->get_block);
        mapping_set_error(mapping, ret);
    @out:
        mpd->bio = bio;
        return ret;
    }

    /// <summary>Writes the dirty folios of a mapping that are asked for.</summary>
    [KernelSource(C, "mpage_writepages", Parity.Full)]
    public static int mpage_writepages(address_space* mapping, writeback_control* wbc,
        delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        mpage_data mpd = new() { get_block = get_block };
        folio* folio = null;
        int error;
        blk_plug plug;

        blk_start_plug(&plug);
        while ((folio = writeback_iter(mapping, wbc, folio, &error)) != null)
            error = mpage_write_folio(wbc, folio, &mpd);
        if (mpd.bio != null)
            mpage_bio_submit_write(mpd.bio);
        blk_finish_plug(&plug);
        return error;
    }
}
