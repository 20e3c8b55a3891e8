// SPDX-License-Identifier: GPL-2.0-only
// fs/buffer.c: reading and writing folios by their buffers.
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_bio_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public unsafe struct bh_accounting
{
    public int nr; // live buffer heads
    public int ratelimit; // to limit the recounting
}

public static unsafe partial class fs_buffer_c
{
    [KernelSource(C, "folio_create_buffers", Parity.Full)]
    [MustHold("folio->PG_locked")]
    private static buffer_head* folio_create_buffers(folio* folio, inode* inode, ulong b_state)
    {
        BUG_ON(!folio_test_locked(folio));

        buffer_head* bh = folio_buffers(folio);
        if (bh == null)
            bh = create_empty_buffers(folio, 1UL << READ_ONCE(&inode->i_blkbits), b_state);
        return bh;
    }

    /// <summary>Writes a locked folio whose dirty flag is cleared already: each dirty buffer, and unlocks it.</summary>
    [KernelSource(C, "__block_write_full_folio", Parity.Full)]
    [Releases("folio->PG_locked")]
    public static int __block_write_full_folio(inode* inode, folio* folio,
        delegate*<inode*, sector_t, buffer_head*, bool, int> get_block, writeback_control* wbc)
    {
        int err;
        int nr_underway = 0;
        blk_opf_t write_flags = wbc_to_write_flags(wbc);

        // A folio that was dirtied without buffers, by a mapping, is dirty in all of its blocks.
        buffer_head* head = folio_create_buffers(folio, inode, (1UL << BH_Dirty) | (1UL << BH_Uptodate));

        // Without the i_private_lock: a buffer that is cleaned or dirtied meanwhile is found so, or dirties the folio again.
        buffer_head* bh = head;
        ulong blocksize = bh->b_size;

        sector_t block = (ulong)folio_pos(folio) / blocksize;
        sector_t last_block = (ulong)(i_size_read(inode) - 1) / blocksize;

        // First every dirty buffer gets its block.
        do
        {
            if (block > last_block)
            {
                // Behind the end of the file: mapped memory that is not the file's.
                clear_buffer_dirty(bh);
                set_buffer_uptodate(bh);
            }
            else if ((!buffer_mapped(bh) || buffer_delay(bh)) && buffer_dirty(bh))
            {
                WARN_ON(bh->b_size != blocksize);
                err = get_block(inode, block, bh, true);
                if (err != 0)
                    goto recover;
                clear_buffer_delay(bh);
                if (buffer_new(bh))
                {
                    // A file's block, just allocated: a device's own mapping has none that are new.
                    clear_buffer_new(bh);
                    clean_bdev_bh_alias(bh);
                }
            }

            bh = bh->b_this_page;
            block++;
        }
        while (bh != head);

        do
        {
            if (!buffer_mapped(bh))
                continue;
            // Writeback that nobody waits for leaves a buffer that is in use for another round.
            if (wbc->sync_mode != WB_SYNC_NONE)
            {
                lock_buffer(bh);
            }
            else if (!trylock_buffer(bh))
            {
                folio_redirty_for_writepage(wbc, folio);
                continue;
            }

            if (test_clear_buffer_dirty(bh))
                mark_buffer_async_write_endio(bh, &end_buffer_async_write);
            else
                unlock_buffer(bh);
        }
        while ((bh = bh->b_this_page) != head);

        // The folio and its buffers are protected by the writeback flag, so that they may be unlocked.
        BUG_ON(folio_test_writeback(folio));
        folio_start_writeback(folio);

        do
        {
            buffer_head* next = bh->b_this_page;
            if (buffer_async_write(bh))
            {
                submit_bh_wbc(REQ_OP_WRITE | write_flags, bh, wbc);
                nr_underway++;
            }

            bh = next;
        }
        while (bh != head);
        folio_unlock(folio);

        err = 0;
    done:
        // Nothing was dirty after all: somebody wrote the buffers one by one.
        if (nr_underway == 0)
            folio_end_writeback(folio);
        return err;

    recover:
        // No room, or the disk fails: what has a block is written, and the rest is lost, which is reported.
        bh = head;
        do
        {
            if (buffer_mapped(bh) && buffer_dirty(bh) && !buffer_delay(bh))
            {
                lock_buffer(bh);
                mark_buffer_async_write_endio(bh, &end_buffer_async_write);
            }
            else
            {
                // Buffers that are made for a dirty folio begin dirty, even those without a block.
                clear_buffer_dirty(bh);
            }
        }
        while ((bh = bh->b_this_page) != head);
        BUG_ON(folio_test_writeback(folio));
        mapping_set_error(folio->mapping, err);
        folio_start_writeback(folio);
        do
        {
            buffer_head* next = bh->b_this_page;
            if (buffer_async_write(bh))
            {
                clear_buffer_dirty(bh);
                submit_bh_wbc(REQ_OP_WRITE | write_flags, bh, wbc);
                nr_underway++;
            }

            bh = next;
        }
        while (bh != head);
        folio_unlock(folio);
        goto done;
    }

    /// <summary>Blocks were allocated for a write that failed: they must not show what was on the disk there before.</summary>
    [KernelSource(C, "folio_zero_new_buffers", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static void folio_zero_new_buffers(folio* folio, ulong from, ulong to)
    {
        BUG_ON(!folio_test_locked(folio));
        buffer_head* head = folio_buffers(folio);
        if (head == null)
            return;

        buffer_head* bh = head;
        ulong block_start = 0;
        do
        {
            ulong block_end = block_start + bh->b_size;

            if (buffer_new(bh))
            {
                if (block_end > from && block_start < to)
                {
                    if (!folio_test_uptodate(folio))
                    {
                        ulong start = Math.Max(from, block_start);
                        ulong xend = Math.Min(to, block_end);

                        folio_zero_segment(folio, start, xend);
                        set_buffer_uptodate(bh);
                    }

                    clear_buffer_new(bh);
                    mark_buffer_dirty(bh);
                }
            }

            block_start = block_end;
            bh = bh->b_this_page;
        }
        while (bh != head);
    }

    /// <summary>Prepares a locked folio for a write of these bytes: blocks are allocated, and what stays of them is read.</summary>
    [KernelSource(C, "__block_write_begin_int", Parity.Reduced, "without iomap: get_block is given")]
    [MustHold("folio->PG_locked")]
    public static int __block_write_begin_int(folio* folio, loff_t pos, uint len, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        ulong from = offset_in_folio(folio, pos);
        ulong to = from + len;
        inode* inode = folio->mapping->host;
        int err = 0;
        buffer_head** wait = stackalloc buffer_head*[2];
        buffer_head** wait_bh = wait;

        BUG_ON(!folio_test_locked(folio));
        BUG_ON(to > folio_size(folio));
        BUG_ON(from > to);

        buffer_head* head = folio_create_buffers(folio, inode, 0);
        ulong blocksize = head->b_size;
        sector_t block = (ulong)folio_pos(folio) / blocksize;

        ulong block_start = 0;
        ulong block_end;
        for (buffer_head* bh = head; bh != head || block_start == 0; block++, block_start = block_end, bh = bh->b_this_page)
        {
            block_end = block_start + blocksize;
            if (block_end <= from || block_start >= to)
            {
                if (folio_test_uptodate(folio))
                {
                    if (!buffer_uptodate(bh))
                        set_buffer_uptodate(bh);
                }

                continue;
            }

            if (buffer_new(bh))
                clear_buffer_new(bh);
            if (!buffer_mapped(bh))
            {
                WARN_ON(bh->b_size != blocksize);
                err = get_block(inode, block, bh, true);
                if (err != 0)
                    break;

                if (buffer_new(bh))
                {
                    clean_bdev_bh_alias(bh);
                    if (folio_test_uptodate(folio))
                    {
                        clear_buffer_new(bh);
                        set_buffer_uptodate(bh);
                        mark_buffer_dirty(bh);
                        continue;
                    }

                    if (block_end > to || block_start < from)
                        folio_zero_segments(folio, to, block_end, block_start, from);
                    continue;
                }
            }

            if (folio_test_uptodate(folio))
            {
                if (!buffer_uptodate(bh))
                    set_buffer_uptodate(bh);
                continue;
            }

            if (!buffer_uptodate(bh) && !buffer_delay(bh) && !buffer_unwritten(bh) && (block_start < from || block_end > to))
            {
                bh_read_nowait(bh, 0);
                *wait_bh++ = bh;
            }
        }

        // Blocks that are written only in part must be there before data goes in.
        while (wait_bh > wait)
        {
            wait_on_buffer(*--wait_bh);
            if (!buffer_uptodate(*wait_bh))
                err = -EIO;
        }

        if (err != 0)
            folio_zero_new_buffers(folio, from, to);
        return err;
    }

    [KernelSource(C, "__block_write_begin", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static int __block_write_begin(folio* folio, loff_t pos, uint len, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block) =>
        __block_write_begin_int(folio, pos, len, get_block);

    [KernelSource(C, "block_commit_write", Parity.Full)]
    public static void block_commit_write(folio* folio, ulong from, ulong to)
    {
        bool partial = false;
        buffer_head* head = folio_buffers(folio);
        buffer_head* bh = head;

        if (bh == null)
            return;
        ulong blocksize = bh->b_size;

        ulong block_start = 0;
        do
        {
            ulong block_end = block_start + blocksize;
            if (block_end <= from || block_start >= to)
            {
                if (!buffer_uptodate(bh))
                    partial = true;
            }
            else
            {
                set_buffer_uptodate(bh);
                mark_buffer_dirty(bh);
            }

            if (buffer_new(bh))
                clear_buffer_new(bh);

            block_start = block_end;
            bh = bh->b_this_page;
        }
        while (bh != head);

        // All of the folio's buffers are there: the folio is.
        if (!partial)
            folio_mark_uptodate(folio);
    }

    /// <summary>The start of a write for most file systems. They undo what they allocated if it fails.</summary>
    [KernelSource(C, "block_write_begin", Parity.Full)]
    [TryAcquires(Result.Zero, "*foliop->PG_locked")]
    public static int block_write_begin(address_space* mapping, loff_t pos, uint len, folio** foliop,
        delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        pgoff_t index = (ulong)pos >> PAGE_SHIFT;

        folio* folio = __filemap_get_folio(mapping, index, FGP_WRITEBEGIN, mapping_gfp_mask(mapping));
        if (IS_ERR(folio))
            return (int)PTR_ERR(folio);

        int status = __block_write_begin_int(folio, pos, len, get_block);
        if (status != 0)
        {
            folio_unlock(folio);
            folio_put(folio);
            folio = null;
        }

        *foliop = folio;
        return status;
    }

    [KernelSource(C, "block_write_end", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static int block_write_end(loff_t pos, uint len, uint copied, folio* folio)
    {
        ulong start = (ulong)(pos - folio_pos(folio));

        if (copied < len)
        {
            // A short copy into a page that is not uptodate cannot be kept, for the rest of the block is nothing:
            // the caller tries again. Blocks that were allocated are zeroed.
            if (!folio_test_uptodate(folio))
                copied = 0;

            folio_zero_new_buffers(folio, start + copied, start + len);
        }

        // That may be less than was asked for by now, or nothing.
        block_commit_write(folio, start, start + copied);

        return (int)copied;
    }

    [KernelSource(C, "generic_write_end", Parity.Full)]
    [Releases("folio->PG_locked")]
    public static int generic_write_end(kiocb* iocb, address_space* mapping, loff_t pos, uint len, uint copied, folio* folio, void* fsdata)
    {
        inode* inode = mapping->host;
        loff_t old_size = inode->i_size;
        bool i_size_changed = false;

        copied = (uint)block_write_end(pos, len, copied, folio);

        // Under the folio's lock, so that writeback does not take the new end of the page for lying behind the file's.
        if (pos + copied > inode->i_size)
        {
            i_size_write(inode, pos + copied);
            i_size_changed = true;
        }

        folio_unlock(folio);
        folio_put(folio);

        if (old_size < pos)
            pagecache_isize_extended(inode, old_size, pos);
        // Not under the folio's lock: a transaction may be started for it.
        if (i_size_changed)
            mark_inode_dirty(inode);
        return (int)copied;
    }

    [KernelSource(C, "block_is_partially_uptodate", Parity.Full)]
    public static bool block_is_partially_uptodate(folio* folio, ulong from, ulong count)
    {
        buffer_head* head = folio_buffers(folio);
        if (head == null)
            return false;
        ulong blocksize = head->b_size;
        ulong to = Math.Min(folio_size(folio) - from, count);
        to = from + to;
        if (from < blocksize && to > folio_size(folio) - blocksize)
            return false;

        buffer_head* bh = head;
        ulong block_start = 0;
        do
        {
            ulong block_end = block_start + blocksize;
            if (block_end > from && block_start < to)
            {
                if (!buffer_uptodate(bh))
                    return false;
                if (block_end >= to)
                    break;
            }

            block_start = block_end;
            bh = bh->b_this_page;
        }
        while (bh != head);

        return true;
    }

    /// <summary>Reads a locked folio by its buffers. It is unlocked, and uptodate, when the last of them is done.</summary>
    [KernelSource(C, "block_read_full_folio", Parity.Full)]
    [Releases("folio->PG_locked", Later = true)]
    public static int block_read_full_folio(folio* folio, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        inode* inode = folio->mapping->host;
        buffer_head* prev = null;
        bool fully_mapped = true;
        bool page_error = false;
        loff_t limit = i_size_read(inode);

        buffer_head* head = folio_create_buffers(folio, inode, 0);
        ulong blocksize = head->b_size;

        sector_t iblock = (ulong)folio_pos(folio) / blocksize;
        sector_t lblock = ((ulong)limit + blocksize - 1) / blocksize;
        buffer_head* bh = head;

        do
        {
            if (buffer_uptodate(bh))
                continue;

            if (!buffer_mapped(bh))
            {
                int err = 0;

                fully_mapped = false;
                if (iblock < lblock)
                {
                    WARN_ON(bh->b_size != blocksize);
                    err = get_block(inode, iblock, bh, false);
                    if (err != 0)
                        page_error = true;
                }

                if (!buffer_mapped(bh))
                {
                    folio_zero_range(folio, bh_offset(bh), blocksize);
                    if (err == 0)
                        set_buffer_uptodate(bh);
                    continue;
                }

                // A file system may have filled it while mapping it.
                if (buffer_uptodate(bh))
                    continue;
            }

            lock_buffer(bh);
            if (buffer_uptodate(bh))
            {
                unlock_buffer(bh);
                continue;
            }

            // The one before is submitted now: it cannot be the last to end, so that the folio stays.
            mark_buffer_async_read(bh);
            if (prev != null)
                submit_bh(REQ_OP_READ, prev);
            prev = bh;
        }
        while (next(&iblock, ref bh, head));

        if (fully_mapped)
            folio_set_mappedtodisk(folio);

        // All is there, or nothing could be read: nobody else ends the folio.
        if (prev != null)
            submit_bh(REQ_OP_READ, prev);
        else
            folio_end_read(folio, !page_error);

        return 0;
    }

    private static bool next(sector_t* iblock, ref buffer_head* bh, buffer_head* head)
    {
        (*iblock)++;
        return (bh = bh->b_this_page) != head;
    }
}
