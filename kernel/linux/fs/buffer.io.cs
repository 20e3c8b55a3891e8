// SPDX-License-Identifier: GPL-2.0-only
// fs/buffer.c: reading and writing folios by their buffers, and the buffers' own cache.
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

        // Get all the dirty buffers mapped to disk addresses.
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
                    // blockdev mappings never come here
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
            // If it's a fully non-blocking write attempt and we cannot lock the buffer then redirty the folio.
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
                // The buffer may have been set dirty during attachment to a dirty folio.
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

        // If we issued read requests - let them complete.
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

        // This could be a short (even 0-length) commit
        block_commit_write(folio, start, start + copied);

        return (int)copied;
    }

    [KernelSource(C, "generic_write_end", Parity.Full)]
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

                // get_block() might have updated the buffer synchronously
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

    [KernelSource(C, "generic_cont_expand_simple", Parity.Full)]
    public static int generic_cont_expand_simple(inode* inode, loff_t size)
    {
        address_space* mapping = inode->i_mapping;
        address_space_operations* aops = mapping->a_ops;
        folio* folio;
        void* fsdata = null;

        int err = inode_newsize_ok(inode, size);
        if (err != 0)
            return err;

        err = aops->write_begin(null, mapping, size, 0, &folio, &fsdata);
        if (err != 0)
            return err;

        err = aops->write_end(null, mapping, size, 0, 0, folio, fsdata);
        BUG_ON(err > 0);
        return err;
    }

    /// <summary>A page of a shared mapping is about to become writable: it gets its blocks now, while no room can be reported.</summary>
    [KernelSource(C, "block_page_mkwrite", Parity.Full)]
    public static int block_page_mkwrite(vm_area_struct* vma, vm_fault* vmf, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        folio* folio = page_folio(vmf->page);
        inode* inode = file_inode(vma->vm_file);
        int ret;

        folio_lock(folio);
        loff_t size = i_size_read(inode);
        if (folio->mapping != inode->i_mapping || folio_pos(folio) >= size)
        {
            // We overload EFAULT to mean page got truncated
            ret = -EFAULT;
            goto out_unlock;
        }

        ulong end = folio_size(folio);
        // folio is wholly or partially inside EOF
        if (folio_pos(folio) + (loff_t)end > size)
            end = (ulong)(size - folio_pos(folio));

        ret = __block_write_begin_int(folio, folio_pos(folio), (uint)end, get_block);
        if (ret != 0)
            goto out_unlock;

        block_commit_write(folio, 0, end);

        folio_mark_dirty(folio);
        folio_wait_stable(folio);
        return 0;
    out_unlock:
        folio_unlock(folio);
        return ret;
    }

    /// <summary>Zeroes what lies behind the new end of the file in its last block.</summary>
    [KernelSource(C, "block_truncate_page", Parity.Full)]
    public static int block_truncate_page(address_space* mapping, loff_t from, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        pgoff_t index = (ulong)from >> PAGE_SHIFT;
        inode* inode = mapping->host;
        int err = 0;

        ulong blocksize = i_blocksize(inode);
        ulong length = (ulong)from & (blocksize - 1);

        // Block boundary? Nothing to do
        if (length == 0)
            return 0;

        length = blocksize - length;
        sector_t iblock = (index * PAGE_SIZE) >> inode->i_blkbits;

        folio* folio = filemap_grab_folio(mapping, index);
        if (IS_ERR(folio))
            return (int)PTR_ERR(folio);

        buffer_head* bh = folio_buffers(folio);
        if (bh == null)
            bh = create_empty_buffers(folio, blocksize, 0);

        // Find the buffer that contains "offset"
        ulong offset = offset_in_folio(folio, from);
        ulong pos = blocksize;
        while (offset >= pos)
        {
            bh = bh->b_this_page;
            iblock++;
            pos += blocksize;
        }

        if (!buffer_mapped(bh))
        {
            WARN_ON(bh->b_size != blocksize);
            err = get_block(inode, iblock, bh, false);
            if (err != 0)
                goto unlock;
            // unmapped? It's a hole - nothing to do
            if (!buffer_mapped(bh))
                goto unlock;
        }

        // Ok, it's mapped. Make sure it's up-to-date
        if (folio_test_uptodate(folio))
            set_buffer_uptodate(bh);

        if (!buffer_uptodate(bh) && !buffer_delay(bh) && !buffer_unwritten(bh))
        {
            err = bh_read(bh, 0);
            // Uhhuh. Read error. Complain and punt.
            if (err < 0)
                goto unlock;
            err = 0;
        }

        folio_zero_range(folio, offset, length);
        mark_buffer_dirty(bh);

    unlock:
        folio_unlock(folio);
        folio_put(folio);

        return err;
    }

    [KernelSource(C, "block_write_full_folio", Parity.Full)]
    public static int block_write_full_folio(folio* folio, writeback_control* wbc, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        inode* inode = folio->mapping->host;
        loff_t i_size = i_size_read(inode);

        // Is the folio fully inside i_size?
        if (folio_pos(folio) + (loff_t)folio_size(folio) <= i_size)
            return __block_write_full_folio(inode, folio, get_block, wbc);

        // Is the folio fully outside i_size? (truncate in progress)
        if (folio_pos(folio) >= i_size)
        {
            folio_unlock(folio);
            return 0; // don't care
        }

        // Through a mapping something may have been written behind the end: it is not to get to the disk.
        folio_zero_segment(folio, offset_in_folio(folio, i_size), folio_size(folio));
        return __block_write_full_folio(inode, folio, get_block, wbc);
    }

    [KernelSource(C, "generic_block_bmap", Parity.Full)]
    public static sector_t generic_block_bmap(address_space* mapping, sector_t block, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        inode* inode = mapping->host;
        buffer_head tmp = new() { b_size = i_blocksize(inode) };

        get_block(inode, block, &tmp, false);
        return tmp.b_blocknr;
    }

    // ---------------------------------------------------------------- I/O

    [KernelSource(C, "end_bio_bh_io_sync", Parity.Full)]
    private static void end_bio_bh_io_sync(bio* bio)
    {
        buffer_head* bh = (buffer_head*)bio->bi_private;

        bh->b_end_io(bh, bio->bi_status == BLK_STS_OK);
        bio_put(bio);
    }

    [KernelSource(C, "submit_bh_wbc", Parity.Reduced, "no write hints, encryption or ends of devices within a block")]
    private static void submit_bh_wbc(blk_opf_t opf, buffer_head* bh, writeback_control* wbc)
    {
        blk_opf_t op = opf & REQ_OP_MASK;

        BUG_ON(!buffer_locked(bh));
        BUG_ON(!buffer_mapped(bh));
        BUG_ON(bh->b_end_io == null);
        BUG_ON(buffer_delay(bh));
        BUG_ON(buffer_unwritten(bh));

        // Only clear out a write error when rewriting
        if (test_set_buffer_req(bh) && op == REQ_OP_WRITE)
            clear_buffer_write_io_error(bh);

        if (buffer_meta(bh))
            opf |= REQ_META;
        if (buffer_prio(bh))
            opf |= REQ_PRIO;

        bio* bio = bio_alloc(bh->b_bdev, 1, opf, GFP_NOIO);

        bio->bi_iter.bi_sector = bh->b_blocknr * (bh->b_size >> 9);

        bio_add_folio_nofail(bio, bh->b_folio, bh->b_size, bh_offset(bh));

        bio->bi_end_io = &end_bio_bh_io_sync;
        bio->bi_private = bh;

        if (wbc != null)
        {
            wbc_init_bio(wbc, bio);
            wbc_account_cgroup_owner(wbc, bh->b_folio, bh->b_size);
        }

        submit_bio(bio);
    }

    [KernelSource(C, "submit_bh", Parity.Full)]
    public static void submit_bh(blk_opf_t opf, buffer_head* bh) => submit_bh_wbc(opf, bh, null);

    [KernelSource(C, "write_dirty_buffer", Parity.Full)]
    public static void write_dirty_buffer(buffer_head* bh, blk_opf_t op_flags)
    {
        lock_buffer(bh);
        if (!test_clear_buffer_dirty(bh))
        {
            unlock_buffer(bh);
            return;
        }

        bh->b_end_io = &end_buffer_write_sync;
        get_bh(bh);
        submit_bh(REQ_OP_WRITE | op_flags, bh);
    }

    /// <summary>Writes one buffer if it is dirty, and waits for it.</summary>
    [KernelSource(C, "__sync_dirty_buffer", Parity.Full)]
    public static int __sync_dirty_buffer(buffer_head* bh, blk_opf_t op_flags)
    {
        WARN_ON(atomic_read(&bh->b_count) < 1);
        lock_buffer(bh);
        if (test_clear_buffer_dirty(bh))
        {
            // The disk may have gone under it.
            if (!buffer_mapped(bh))
            {
                unlock_buffer(bh);
                return -EIO;
            }

            get_bh(bh);
            bh->b_end_io = &end_buffer_write_sync;
            submit_bh(REQ_OP_WRITE | op_flags, bh);
            wait_on_buffer(bh);
            if (!buffer_uptodate(bh))
                return -EIO;
        }
        else
        {
            unlock_buffer(bh);
        }

        return 0;
    }

    [KernelSource(C, "sync_dirty_buffer", Parity.Full)]
    public static int sync_dirty_buffer(buffer_head* bh) => __sync_dirty_buffer(bh, REQ_SYNC);

    // ---------------------------------------------------------------- the cache of buffer heads

    private static kmem_cache* bh_cachep;

    // Above this many, reclaim strips folios of their buffers even when it does not free them.
    private static ulong max_buffer_heads;

    public static bool buffer_heads_over_limit;

    private static readonly bh_accounting* bh_accounting = DEFINE_PER_CPU<bh_accounting>();

    [KernelSource(C, "recalc_bh_state", Parity.Full)]
    private static void recalc_bh_state()
    {
        int tot = 0;

        if (__this_cpu_inc_return(&bh_accounting->ratelimit) - 1 < 4096)
            return;
        __this_cpu_write(&bh_accounting->ratelimit, 0);
        foreach (int i in for_each_online_cpu())
            tot += per_cpu_ptr(bh_accounting, i)->nr;
        buffer_heads_over_limit = (ulong)tot > max_buffer_heads;
    }

    [KernelSource(C, "alloc_buffer_head", Parity.Full)]
    public static buffer_head* alloc_buffer_head(gfp_t gfp_flags)
    {
        buffer_head* ret = (buffer_head*)kmem_cache_zalloc(bh_cachep, gfp_flags);
        if (ret != null)
        {
            linux_list_h.INIT_LIST_HEAD(&ret->b_assoc_buffers);
            spin_lock_init(&ret->b_uptodate_lock);
            preempt_disable();
            __this_cpu_inc(&bh_accounting->nr);
            recalc_bh_state();
            preempt_enable();
        }

        return ret;
    }

    [KernelSource(C, "free_buffer_head", Parity.Full)]
    public static void free_buffer_head(buffer_head* bh)
    {
        BUG_ON(!list_empty(&bh->b_assoc_buffers));
        kmem_cache_free(bh_cachep, bh);
        preempt_disable();
        __this_cpu_dec(&bh_accounting->nr);
        recalc_bh_state();
        preempt_enable();
    }

    /// <summary>1 when it is uptodate; 0 when it is not and is locked now.</summary>
    [KernelSource(C, "bh_uptodate_or_lock", Parity.Full)]
    public static int bh_uptodate_or_lock(buffer_head* bh)
    {
        if (!buffer_uptodate(bh))
        {
            lock_buffer(bh);
            if (!buffer_uptodate(bh))
                return 0;
            unlock_buffer(bh);
        }

        return 1;
    }

    [KernelSource(C, "__bh_read", Parity.Full)]
    public static int __bh_read(buffer_head* bh, blk_opf_t op_flags, bool wait)
    {
        int ret = 0;

        BUG_ON(!buffer_locked(bh));

        get_bh(bh);
        bh->b_end_io = &end_buffer_read_sync;
        submit_bh(REQ_OP_READ | op_flags, bh);
        if (wait)
        {
            wait_on_buffer(bh);
            if (!buffer_uptodate(bh))
                ret = -EIO;
        }

        return ret;
    }

    [KernelSource(C, "__bh_read_batch", Parity.Full)]
    public static void __bh_read_batch(int nr, buffer_head** bhs, blk_opf_t op_flags, bool force_lock)
    {
        for (int i = 0; i < nr; i++)
        {
            buffer_head* bh = bhs[i];

            if (buffer_uptodate(bh))
                continue;

            if (force_lock)
                lock_buffer(bh);
            else if (!trylock_buffer(bh))
                continue;

            if (buffer_uptodate(bh))
            {
                unlock_buffer(bh);
                continue;
            }

            bh->b_end_io = &end_buffer_read_sync;
            get_bh(bh);
            submit_bh(REQ_OP_READ | op_flags, bh);
        }
    }

    [KernelSource(C, "buffer_exit_cpu_dead", Parity.Full)]
    private static int buffer_exit_cpu_dead(uint cpu)
    {
        bh_lru* b = per_cpu_ptr(bh_lrus, (int)cpu);

        __invalidate_bh_lrus(b);
        this_cpu_add(&bh_accounting->nr, per_cpu_ptr(bh_accounting, (int)cpu)->nr);
        per_cpu_ptr(bh_accounting, (int)cpu)->nr = 0;
        return 0;
    }

    [KernelSource(C, "buffer_init", Parity.Full)]
    public static void buffer_init()
    {
        bh_cachep = kmem_cache_create("buffer_head"u8, (uint)sizeof(buffer_head), (uint)sizeof(void*), SLAB_RECLAIM_ACCOUNT | SLAB_PANIC, null);

        // Limit the bh occupancy to 10% of the machine's RAM.
        ulong nrpages = nr_free_buffer_pages() * 10 / 100;
        max_buffer_heads = nrpages * (PAGE_SIZE / (ulong)sizeof(buffer_head));
        int ret = cpuhp_setup_state_nocalls(CPUHP_FS_BUFF_DEAD, "fs/buffer:dead", null, &buffer_exit_cpu_dead);
        WARN_ON(ret < 0);
    }
}
