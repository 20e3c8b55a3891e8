// SPDX-License-Identifier: GPL-2.0-only
// fs/ext4/inode.c: writeback of what was written before it had blocks. Dirty folios are locked in a row as far as their blocks
// can be one extent, which is allocated as unwritten, and then they are submitted together.
using static Linux.fs_ext4_ext4_h;
using static Linux.fs_ext4_page_io_c;
using static Linux.linux_blkdev_h;
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class fs_ext4_inode_c
{
    private const string C = "fs/ext4/inode.c";
    private const uint BH_FLAGS = 1u << BH_Unwritten | 1u << BH_Delay;
    private const uint MAX_WRITEPAGES_EXTENT_LEN = 2048;

    private struct mpage_da_data
    {
        public inode* inode;
        public writeback_control* wbc;
        public loff_t start_pos; // what is written or mapped next
        public loff_t next_pos; // what is examined next: folios before it are locked
        public loff_t end_pos;
        public ext4_map_blocks map; // the extent to map; m_flags are its buffers'
        public ext4_io_submit io_submit;
        public bool do_map;
        public bool scanned_until_end;
    }

    // Folios that were locked and not submitted.
    [KernelSource(C, "mpage_release_unused_pages", Parity.Reduced, "no tree of extents' states: what is delayed is a mark in the block map")]
    private static void mpage_release_unused_pages(mpage_da_data* mpd, bool invalidate)
    {
        folio_batch fbatch;
        inode* inode = mpd->inode;
        address_space* mapping = inode->i_mapping;

        // Nothing was locked; index and end below would be the wrong way round at 0.
        if (mpd->start_pos >= mpd->next_pos)
            return;

        mpd->scanned_until_end = false;
        if (invalidate)
        {
            uint start = EXT4_B_TO_LBLK(inode, mpd->start_pos);
            ext4.forget_delayed(inode, start, (uint)((ulong)mpd->next_pos >> inode->i_blkbits) - start);
        }

        folio_batch_init(&fbatch);
        pgoff_t index = (ulong)mpd->start_pos >> PAGE_SHIFT;
        pgoff_t end = (ulong)mpd->next_pos >> PAGE_SHIFT;
        while (index < end)
        {
            uint nr = filemap_get_folios(mapping, &index, end - 1, &fbatch);
            if (nr == 0)
                break;
            for (uint i = 0; i < nr; i++)
            {
                folio* folio = fbatch.folios[i];

                if (folio_pos(folio) < mpd->start_pos)
                    continue;
                if (folio_next_index(folio) > end)
                    continue;
                BUG_ON(!folio_test_locked(folio));
                BUG_ON(folio_test_writeback(folio));
                if (invalidate)
                {
                    if (folio_mapped(folio))
                        folio_clear_dirty_for_io(folio);
                    block_invalidate_folio(folio, 0, folio_size(folio));
                    folio_clear_uptodate(folio);
                }

                folio_unlock(folio);
            }

            folio_batch_release(&fbatch);
        }
    }

    /// <summary>A block that is written without having a place: room is kept for it, and writeback finds the place.</summary>
    [KernelSource(C, "ext4_da_get_block_prep", Parity.Reduced, "blocks are looked up in the block map itself")]
    public static int ext4_da_get_block_prep(inode* inode, sector_t iblock, buffer_head* bh, bool create)
    {
        const sector_t invalid_block = ~(sector_t)0xffff;
        ext4_map_blocks map = default;

        BUG_ON(!create);
        BUG_ON(bh->b_size != inode->i_sb->s_blocksize);

        map.m_lblk = (uint)iblock;
        map.m_len = 1;
        int ret = ext4.da_map_blocks(inode, &map);
        if (ret < 0)
            return ret;

        if ((map.m_flags & EXT4_MAP_DELAYED) != 0)
        {
            map_bh(bh, inode->i_sb, invalid_block);
            set_buffer_new(bh);
            set_buffer_delay(bh);
            return 0;
        }

        map_bh(bh, inode->i_sb, map.m_pblk);
        if ((map.m_flags & EXT4_MAP_UNWRITTEN) != 0)
        {
            set_buffer_unwritten(bh);
            set_buffer_new(bh);
        }

        return 0;
    }

    [KernelSource(C, "mpage_folio_done", Parity.Full)]
    [Releases("folio->PG_locked")]
    private static void mpage_folio_done(mpage_da_data* mpd, folio* folio)
    {
        mpd->start_pos += (loff_t)folio_size(folio);
        mpd->wbc->nr_to_write -= (long)folio_nr_pages(folio);
        folio_unlock(folio);
    }

    [KernelSource(C, "mpage_submit_folio", Parity.Reduced, "no verity")]
    [MustHold("folio->PG_locked")]
    private static int mpage_submit_folio(mpage_da_data* mpd, folio* folio)
    {
        WARN_ON_ONCE(folio_pos(folio) != mpd->start_pos);
        folio_clear_dirty_for_io(folio);

        // The size is read behind that: from there on nobody writes to the folio through a mapping, so what is zeroed behind the end stays so.
        loff_t size = i_size_read(mpd->inode);
        ulong len = folio_size(folio);
        if (folio_pos(folio) + (loff_t)len > size)
            len = (ulong)size & (len - 1);
        return ext4_bio_write_folio(&mpd->io_submit, folio, len);
    }

    // Whether the buffer goes with the extent, or needs no mapping and there is none yet.
    [KernelSource(C, "mpage_add_bh_to_extent", Parity.Full)]
    private static bool mpage_add_bh_to_extent(mpage_da_data* mpd, uint lblk, buffer_head* bh)
    {
        ext4_map_blocks* map = &mpd->map;

        // It has its block, or nothing to write: fine as long as no extent is open.
        if (!buffer_dirty(bh) || !buffer_mapped(bh) || (!buffer_delay(bh) && !buffer_unwritten(bh)))
            return map->m_len == 0;

        // The extent begins here.
        if (map->m_len == 0)
        {
            // The pass that maps nothing comes first.
            if (!mpd->do_map)
                return false;
            map->m_lblk = lblk;
            map->m_len = 1;
            map->m_flags = (uint)bh->b_state & BH_FLAGS;
            return true;
        }

        // As much as the allocator gives at once.
        if (map->m_len >= MAX_WRITEPAGES_EXTENT_LEN)
            return false;

        // The next block, of the same kind.
        if (lblk == map->m_lblk + map->m_len && ((uint)bh->b_state & BH_FLAGS) == map->m_flags)
        {
            map->m_len++;
            return true;
        }

        return false;
    }

    // Submits the folio if nothing of it needs mapping, else adds it to the extent. 1 when the next folio is wanted, 0 when the extent
    // is as large as it can be.
    [KernelSource(C, "mpage_process_page_bufs", Parity.Reduced, "no verity")]
    // Its folio is locked; the lock goes to the end of the I/O, or to whoever releases what was not used.
    [AssumesHeld("folio.PG_locked")]
    private static int mpage_process_page_bufs(mpage_da_data* mpd, buffer_head* head, buffer_head* bh, uint lblk)
    {
        inode* inode = mpd->inode;
        uint blocks = (uint)(((ulong)i_size_read(inode) + i_blocksize(inode) - 1) >> inode->i_blkbits);

        do
        {
            BUG_ON(buffer_locked(bh));

            if (lblk >= blocks || !mpage_add_bh_to_extent(mpd, lblk, bh))
            {
                // The extent ends before this buffer.
                if (mpd->map.m_len != 0)
                    return 0;
                // The pass that maps comes later.
                if (!mpd->do_map)
                    return 0;
                // The file ends, and all before has its blocks.
                break;
            }
        }
        while (advance(&lblk, &bh) != head);

        // No extent is open: the whole folio has its blocks.
        if (mpd->map.m_len == 0)
        {
            int err = mpage_submit_folio(mpd, head->b_folio);
            if (err < 0)
                return err;
            mpage_folio_done(mpd, head->b_folio);
        }

        if (lblk >= blocks)
        {
            mpd->scanned_until_end = true;
            return 0;
        }

        return 1;
    }

    // C's comma.
    private static buffer_head* advance(uint* lblk, buffer_head** bh)
    {
        (*lblk)++;
        return *bh = (*bh)->b_this_page;
    }

    // The folio's buffers get their blocks. Where the extent ends within it, the next one is begun.
    [KernelSource(C, "mpage_process_folio", Parity.Full)]
    private static int mpage_process_folio(mpage_da_data* mpd, folio* folio, uint* m_lblk, ulong* m_pblk, bool* map_bh)
    {
        ext4_io_end* io_end = mpd->io_submit.io_end;
        uint lblk = *m_lblk;
        ulong pblock = *m_pblk;
        int err = 0;
        int blkbits = mpd->inode->i_blkbits;
        ssize_t io_end_size = 0;
        ext4_io_end_vec* io_end_vec = ext4_last_io_end_vec(io_end);
        buffer_head* head = folio_buffers(folio);
        buffer_head* bh = head;

        do
        {
            if (lblk < mpd->map.m_lblk)
                continue;
            if (lblk >= mpd->map.m_lblk + mpd->map.m_len)
            {
                // Behind the extent: the next one begins with what of the folio needs mapping.
                mpd->map.m_len = 0;
                mpd->map.m_flags = 0;
                io_end_vec->size += io_end_size;

                err = mpage_process_page_bufs(mpd, head, bh, lblk);
                if (err > 0)
                    err = 0;
                if (err == 0 && mpd->map.m_len != 0 && mpd->map.m_lblk > lblk)
                {
                    io_end_vec = ext4_alloc_io_end_vec(io_end);
                    if (IS_ERR(io_end_vec))
                    {
                        err = (int)PTR_ERR(io_end_vec);
                        goto @out;
                    }

                    io_end_vec->offset = (loff_t)mpd->map.m_lblk << blkbits;
                }

                *map_bh = true;
                goto @out;
            }

            if (buffer_delay(bh))
            {
                clear_buffer_delay(bh);
                bh->b_blocknr = pblock++;
            }

            clear_buffer_unwritten(bh);
            io_end_size += 1 << blkbits;
        }
        while (advance(&lblk, &bh) != head);

        io_end_vec->size += io_end_size;
        *map_bh = false;
    @out:
        *m_lblk = lblk;
        *m_pblk = pblock;
        return err;
    }

    // The folios that the extent is of, which are locked, get their blocks and are submitted.
    [KernelSource(C, "mpage_map_and_submit_buffers", Parity.Full)]
    [AssumesHeld("folio.PG_locked")]
    private static int mpage_map_and_submit_buffers(mpage_da_data* mpd)
    {
        folio_batch fbatch;
        inode* inode = mpd->inode;
        int bpp_bits = PAGE_SHIFT - inode->i_blkbits;
        int err = 0;
        bool map_bh = false;
        pgoff_t start = mpd->map.m_lblk >> bpp_bits;
        pgoff_t end = (mpd->map.m_lblk + mpd->map.m_len - 1) >> bpp_bits;
        ulong pblock = mpd->map.m_pblk;

        folio_batch_init(&fbatch);
        while (start <= end)
        {
            uint nr = filemap_get_folios(inode->i_mapping, &start, end, &fbatch);
            if (nr == 0)
                break;
            for (uint i = 0; i < nr; i++)
            {
                folio* folio = fbatch.folios[i];
                uint lblk = (uint)folio->index << bpp_bits;

                err = mpage_process_folio(mpd, folio, &lblk, &pblock, &map_bh);

                // More of it may need mapping, or it has been submitted.
                if (err < 0 || map_bh)
                    goto @out;
                // All of it has its blocks now.
                err = mpage_submit_folio(mpd, folio);
                if (err < 0)
                    goto @out;
                mpage_folio_done(mpd, folio);
            }

            folio_batch_release(&fbatch);
        }

        // The extent ended where a folio does: none is open.
        mpd->map.m_len = 0;
        mpd->map.m_flags = 0;
        return 0;
    @out:
        folio_batch_release(&fbatch);
        return err;
    }

    [KernelSource(C, "mpage_map_one_extent", Parity.Reduced, "no journal")]
    private static int mpage_map_one_extent(mpage_da_data* mpd)
    {
        ext4_map_blocks* map = &mpd->map;
        int err = ext4.map_blocks(mpd->inode, map, EXT4_GET_BLOCKS_CREATE | EXT4_GET_BLOCKS_IO_SUBMIT | EXT4_GET_BLOCKS_IO_CREATE_EXT);

        if (err < 0)
            return err;
        if ((map->m_flags & EXT4_MAP_UNWRITTEN) != 0)
            ext4_set_io_unwritten_flag(mpd->io_submit.io_end);

        BUG_ON(map->m_len == 0);
        return 0;
    }

    // A folio of which a part has its blocks and the rest gets none: that part is written, or it would show what the blocks held before.
    [KernelSource(C, "mpage_submit_partial_folio", Parity.Full)]
    [AssumesHeld("folio.PG_locked")]
    private static int mpage_submit_partial_folio(mpage_da_data* mpd)
    {
        inode* inode = mpd->inode;
        folio* folio = filemap_get_folio(inode->i_mapping, (ulong)mpd->start_pos >> PAGE_SHIFT);

        if (IS_ERR(folio))
            return (int)PTR_ERR(folio);

        loff_t pos = (loff_t)mpd->map.m_lblk << inode->i_blkbits;
        if (WARN_ON_ONCE(folio_pos(folio) == pos || !folio_contains(folio, (ulong)pos >> PAGE_SHIFT)))
            return -EINVAL;

        int ret = mpage_submit_folio(mpd, folio);
        // So that it is not found among those that are still locked.
        if (ret == 0)
            mpd->start_pos = pos;
        folio_unlock(folio);
        folio_put(folio);
        return ret;
    }

    [KernelSource(C, "mpage_map_and_submit_extent", Parity.Reduced, "no journal, no size on the disk apart from the file's, no shutdown, and free blocks are not printed")]
    private static int mpage_map_and_submit_extent(mpage_da_data* mpd, bool* give_up_on_write)
    {
        inode* inode = mpd->inode;
        ext4_map_blocks* map = &mpd->map;
        int err;
        bool progress = false;
        ext4_io_end_vec* io_end_vec = ext4_alloc_io_end_vec(mpd->io_submit.io_end);

        if (IS_ERR(io_end_vec))
            return (int)PTR_ERR(io_end_vec);
        io_end_vec->offset = (loff_t)map->m_lblk << inode->i_blkbits;
        do
        {
            err = mpage_map_one_extent(mpd);
            if (err < 0)
            {
                // Whoever called may try again later.
                if (err is -ENOMEM or -EAGAIN || (err == -ENOSPC && ext4.count_free_blocks(inode->i_sb) != 0))
                {
                    if (progress)
                    {
                        if (mpage_submit_partial_folio(mpd) != 0)
                            goto invalidate_dirty_pages;
                        goto update_disksize;
                    }

                    return err;
                }

                pr_crit($"EXT4-fs: Delayed block allocation failed for inode {inode->i_ino} at logical offset {map->m_lblk} with max blocks {map->m_len} with error {-err}");
                pr_crit("EXT4-fs: This should not happen!! Data will be lost");
            invalidate_dirty_pages:
                *give_up_on_write = true;
                return err;
            }

            progress = true;

            // Their buffers get the blocks; what of the last folio is left is the next extent.
            err = mpage_map_and_submit_buffers(mpd);
            if (err < 0)
                goto update_disksize;
        }
        while (map->m_len != 0);

    update_disksize:
        int err2 = ext4.write_metadata(inode);
        return err != 0 ? err : err2;
    }

    // Dirty folios that need no mapping are submitted. At the first that does, the extent begins; it and those that follow are locked.
    [KernelSource(C, "mpage_prepare_extent_to_map", Parity.Reduced, "no journalled data; blocks can always be mapped")]
    // The folios of the extent stay locked.
    [AssumesHeld("folio.PG_locked")]
    private static int mpage_prepare_extent_to_map(mpage_da_data* mpd)
    {
        address_space* mapping = mpd->inode->i_mapping;
        folio_batch fbatch;
        pgoff_t index = (ulong)mpd->start_pos >> PAGE_SHIFT;
        pgoff_t end = (ulong)mpd->end_pos >> PAGE_SHIFT;
        int err = 0;
        int blkbits = mpd->inode->i_blkbits;
        xa_mark_t tag = PAGECACHE_TAG_DIRTY;

        if (mpd->wbc->sync_mode == WB_SYNC_ALL || mpd->wbc->tagged_writepages)
            tag = PAGECACHE_TAG_TOWRITE;

        mpd->map.m_len = 0;
        mpd->next_pos = mpd->start_pos;
        folio_batch_init(&fbatch);
        while (index <= end)
        {
            uint nr_folios = filemap_get_folios_tag(mapping, &index, end, tag, &fbatch);
            if (nr_folios == 0)
                break;

            for (uint i = 0; i < nr_folios; i++)
            {
                folio* folio = fbatch.folios[i];

                // Enough of them, unless all are wanted.
                if (mpd->wbc->sync_mode == WB_SYNC_NONE && mpd->wbc->nr_to_write <= mpd->map.m_len >> (PAGE_SHIFT - blkbits))
                    goto @out;

                // A gap: the extent ends before it.
                if (mpd->map.m_len > 0 && mpd->next_pos != folio_pos(folio))
                    goto @out;

                folio_lock(folio);

                // Cleaned, truncated, or already on its way to the disk and not wanted for integrity.
                if (!folio_test_dirty(folio) ||
                    (folio_test_writeback(folio) && mpd->wbc->sync_mode == WB_SYNC_NONE) ||
                    unlikely(folio->mapping != mapping))
                {
                    folio_unlock(folio);
                    continue;
                }

                folio_wait_writeback(folio);
                BUG_ON(folio_test_writeback(folio));

                // Somebody dirtied it without telling the file system.
                if (folio_buffers(folio) == null)
                {
                    pr_warn($"EXT4-fs warning: inode #{mpd->inode->i_ino}: page {folio->index} does not have buffers attached");
                    folio_clear_dirty(folio);
                    folio_unlock(folio);
                    continue;
                }

                if (mpd->map.m_len == 0)
                    mpd->start_pos = folio_pos(folio);
                mpd->next_pos = folio_pos(folio) + (loff_t)folio_size(folio);

                buffer_head* head = folio_buffers(folio);
                err = mpage_process_page_bufs(mpd, head, head, (uint)folio->index << (PAGE_SHIFT - blkbits));
                if (err <= 0)
                    goto @out;
                err = 0;
            }

            folio_batch_release(&fbatch);
            cond_resched();
        }

        mpd->scanned_until_end = true;
        return 0;
    @out:
        folio_batch_release(&fbatch);
        return err;
    }

    [KernelSource(C, "ext4_do_writepages", Parity.Reduced, "no journal, so no commit that could free blocks, and no data inside inodes")]
    private static int ext4_do_writepages(mpage_da_data* mpd)
    {
        writeback_control* wbc = mpd->wbc;
        pgoff_t writeback_index = 0;
        bool range_whole = false;
        bool cycled = true;
        inode* inode = mpd->inode;
        address_space* mapping = inode->i_mapping;
        int ret;
        blk_plug plug;
        bool give_up_on_write = false;

        if (mapping->nrpages == 0 || !mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
            return 0;

        if (wbc->range_start == 0 && wbc->range_end == LLONG_MAX)
            range_whole = true;

        if (wbc->range_cyclic)
        {
            writeback_index = mapping->writeback_index;
            if (writeback_index != 0)
                cycled = false;
            mpd->start_pos = (loff_t)(writeback_index << PAGE_SHIFT);
            mpd->end_pos = LLONG_MAX;
        }
        else
        {
            mpd->start_pos = wbc->range_start;
            mpd->end_pos = wbc->range_end;
        }

        ext4_io_submit_init(&mpd->io_submit, wbc);
    retry:
        if (wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages)
            tag_pages_for_writeback(mapping, (ulong)mpd->start_pos >> PAGE_SHIFT, (ulong)mpd->end_pos >> PAGE_SHIFT);
        blk_start_plug(&plug);

        // What needs no mapping goes first.
        mpd->do_map = false;
        mpd->scanned_until_end = false;
        mpd->io_submit.io_end = ext4_init_io_end(inode, GFP_KERNEL);
        if (mpd->io_submit.io_end == null)
        {
            ret = -ENOMEM;
            goto unplug;
        }

        ret = mpage_prepare_extent_to_map(mpd);
        // The extent's folios are found again by the pass that maps.
        mpage_release_unused_pages(mpd, false);
        ext4_io_submit(&mpd->io_submit);
        ext4_put_io_end_defer(mpd->io_submit.io_end);
        mpd->io_submit.io_end = null;
        if (ret < 0)
            goto unplug;

        while (!mpd->scanned_until_end && wbc->nr_to_write > 0)
        {
            mpd->io_submit.io_end = ext4_init_io_end(inode, GFP_KERNEL);
            if (mpd->io_submit.io_end == null)
            {
                ret = -ENOMEM;
                break;
            }

            mpd->do_map = true;
            ret = mpage_prepare_extent_to_map(mpd);
            if (ret == 0 && mpd->map.m_len != 0)
                ret = mpage_map_and_submit_extent(mpd, &give_up_on_write);
            mpd->do_map = false;
            // Those behind what was mapped.
            mpage_release_unused_pages(mpd, give_up_on_write);
            ext4_io_submit(&mpd->io_submit);

            ext4_put_io_end(mpd->io_submit.io_end);
            mpd->io_submit.io_end = null;

            if (ret == -EAGAIN)
                ret = 0;
            if (ret != 0)
                break;
        }

    unplug:
        blk_finish_plug(&plug);
        if (ret == 0 && !cycled && wbc->nr_to_write > 0)
        {
            cycled = true;
            mpd->end_pos = (loff_t)(writeback_index << PAGE_SHIFT) - 1;
            mpd->start_pos = 0;
            goto retry;
        }

        // So that the next round goes on from here.
        if (wbc->range_cyclic || (range_whole && wbc->nr_to_write > 0))
            mapping->writeback_index = (ulong)mpd->start_pos >> PAGE_SHIFT;

        return ret;
    }

    [KernelSource(C, "ext4_writepages", Parity.Reduced, "no journalled data, and nobody changes how a file is written")]
    public static int ext4_writepages(address_space* mapping, writeback_control* wbc)
    {
        mpage_da_data mpd = new() { inode = mapping->host, wbc = wbc };

        return ext4_do_writepages(&mpd);
    }
}
