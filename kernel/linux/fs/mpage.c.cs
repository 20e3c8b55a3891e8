// SPDX-License-Identifier: GPL-2.0-only
// fs/mpage.c: reading folios whose blocks lie in a row on the disk, many to an I/O and without buffers.
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
        folio_iter fi;
        int err = blk_status_to_errno(bio->bi_status);

        for (bio_first_folio(&fi, bio, 0); fi.folio != null; bio_next_folio(&fi, bio))
            folio_end_read(fi.folio, err == 0);

        bio_put(bio);
    }

    [KernelSource(C, "mpage_bio_submit_read", Parity.Full)]
    private static bio* mpage_bio_submit_read(bio* bio)
    {
        bio->bi_end_io = &mpage_read_end_io;
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

        // A bio that this folio does not follow goes off before.
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
            // It failed at once: the device, or what the file system has of the file, is broken, and more would be, too.
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
}
