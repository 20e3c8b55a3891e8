// SPDX-License-Identifier: GPL-2.0-only
// mm/filemap.c: pages for the kernel itself, and writing through the page cache.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_sched_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_uio_h;
using static Linux.linux_writeback_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_filemap_c
{
    [KernelSource(C, "do_read_cache_folio", Parity.Full)]
    private static folio* do_read_cache_folio(address_space* mapping, pgoff_t index, delegate*<@file*, folio*, int> filler,
        @file* file, gfp_t gfp)
    {
        int err;

        if (filler == null)
            filler = mapping->a_ops->read_folio;
    repeat:
        folio* folio = filemap_get_folio(mapping, index);
        if (IS_ERR(folio))
        {
            folio = filemap_alloc_folio(gfp, mapping_min_folio_order(mapping));
            if (folio == null)
                return (folio*)ERR_PTR(-ENOMEM);
            index = mapping_align_index(mapping, index);
            err = filemap_add_folio(mapping, folio, index, gfp);
            if (err != 0)
            {
                folio_put(folio);
                if (err == -EEXIST)
                    goto repeat;
                return (folio*)ERR_PTR(err);
            }

            goto filler;
        }

        if (folio_test_uptodate(folio))
            goto @out;

        if (!folio_trylock(folio))
        {
            folio_put_wait_locked(folio, TASK_UNINTERRUPTIBLE);
            goto repeat;
        }

        // Truncation was faster with the lock: it is looked up again.
        if (folio->mapping == null)
        {
            folio_unlock(folio);
            folio_put(folio);
            goto repeat;
        }

        // Somebody else has read it in before the lock was ours.
        if (folio_test_uptodate(folio))
        {
            folio_unlock(folio);
            goto @out;
        }

    filler:
        err = filemap_read_folio(file, filler, folio);
        if (err != 0)
        {
            folio_put(folio);
            if (err == AOP_TRUNCATED_PAGE)
                goto repeat;
            return (folio*)ERR_PTR(err);
        }

    @out:
        folio_mark_accessed(folio);
        return folio;
    }

    [KernelSource(C, "read_cache_folio", Parity.Full)]
    public static folio* read_cache_folio(address_space* mapping, pgoff_t index, delegate*<@file*, folio*, int> filler, @file* file) =>
        do_read_cache_folio(mapping, index, filler, file, mapping_gfp_mask(mapping));

    [KernelSource(C, "mapping_read_folio_gfp", Parity.Full)]
    public static folio* mapping_read_folio_gfp(address_space* mapping, pgoff_t index, gfp_t gfp) =>
        do_read_cache_folio(mapping, index, null, null, gfp);

    [KernelSource(C, "dio_warn_stale_pagecache", Parity.Reduced, "the error is recorded; nothing is printed")]
    private static void dio_warn_stale_pagecache(@file* filp) => errseq_set(&filp->f_mapping->wb_err, -EIO);

    [KernelSource(C, "kiocb_invalidate_post_direct_write", Parity.Full)]
    public static void kiocb_invalidate_post_direct_write(kiocb* iocb, ulong count)
    {
        address_space* mapping = iocb->ki_filp->f_mapping;

        if (mapping->nrpages != 0 && invalidate_inode_pages2_range(mapping, (ulong)iocb->ki_pos >> PAGE_SHIFT,
            (ulong)(iocb->ki_pos + (loff_t)count - 1) >> PAGE_SHIFT) != 0)
            dio_warn_stale_pagecache(iocb->ki_filp);
    }

    [KernelSource(C, "generic_file_direct_write", Parity.Full)]
    public static ssize_t generic_file_direct_write(kiocb* iocb, iov_iter* from)
    {
        address_space* mapping = iocb->ki_filp->f_mapping;
        ulong write_len = iov_iter_count(from);

        // A page that cannot be thrown out of the cache means that this write goes through it.
        ssize_t written = kiocb_invalidate_pages(iocb, write_len);
        if (written != 0)
        {
            if (written == -EBUSY)
                return 0;
            return written;
        }

        written = mapping->a_ops->direct_IO(iocb, from);

        // What readahead or a fault has put there meanwhile is old.
        if (written > 0)
        {
            inode* inode = mapping->host;
            loff_t pos = iocb->ki_pos;

            kiocb_invalidate_post_direct_write(iocb, (ulong)written);
            pos += written;
            write_len -= (ulong)written;
            if (pos > i_size_read(inode) && !S_ISBLK(inode->i_mode))
            {
                i_size_write(inode, pos);
                mark_inode_dirty(inode);
            }

            iocb->ki_pos = pos;
        }

        if (written != -EIOCBQUEUED)
            iov_iter_revert(from, write_len - iov_iter_count(from));
        return written;
    }

    /// <summary>Copies into the page cache page by page. The file system prepares each page and finishes it.</summary>
    [KernelSource(C, "generic_perform_write", Parity.Full)]
    public static ssize_t generic_perform_write(kiocb* iocb, iov_iter* i)
    {
        @file* file = iocb->ki_filp;
        loff_t pos = iocb->ki_pos;
        address_space* mapping = file->f_mapping;
        address_space_operations* a_ops = mapping->a_ops;
        ulong chunk = mapping_max_folio_size(mapping);
        long status = 0;
        ssize_t written = 0;

        do
        {
            folio* folio;
            void* fsdata = null;

            ulong bytes = iov_iter_count(i);
        retry:
            ulong offset = (ulong)pos & (chunk - 1);
            bytes = Math.Min(chunk - offset, bytes);
            balance_dirty_pages_ratelimited(mapping);

            if (fatal_signal_pending(current))
            {
                status = -EINTR;
                break;
            }

            status = a_ops->write_begin(iocb, mapping, pos, (uint)bytes, &folio, &fsdata);
            if (status < 0)
                break;

            offset = offset_in_folio(folio, pos);
            if (bytes > folio_size(folio) - offset)
                bytes = folio_size(folio) - offset;

            // Faults are disabled: with a page locked, one on that same page would never end.
            ulong copied = copy_folio_from_iter_atomic(folio, offset, bytes, i);

            status = a_ops->write_end(iocb, mapping, pos, (uint)bytes, (uint)copied, folio, fsdata);
            if (status != (long)copied)
            {
                iov_iter_revert(i, copied - (ulong)Math.Max(status, 0L));
                if (status < 0)
                    break;
            }

            cond_resched();

            if (status == 0)
            {
                // Nothing was copied: in smaller pieces maybe, and with the source faulted in.
                if (chunk > PAGE_SIZE)
                    chunk /= 2;
                if (copied != 0)
                {
                    bytes = copied;
                    goto retry;
                }

                if (fault_in_iov_iter_readable(i, bytes) == bytes)
                {
                    status = -EFAULT;
                    break;
                }
            }
            else
            {
                pos += status;
                written += status;
            }
        }
        while (iov_iter_count(i) != 0);

        if (written == 0)
            return status;
        iocb->ki_pos += written;
        return written;
    }

    [KernelSource("fs/libfs.c", "direct_write_fallback", Parity.Full)]
    public static ssize_t direct_write_fallback(kiocb* iocb, iov_iter* iter, ssize_t direct_written, ssize_t buffered_written)
    {
        address_space* mapping = iocb->ki_filp->f_mapping;

        // What went directly counts, whatever became of the rest.
        if (buffered_written < 0)
        {
            if (direct_written != 0)
                return direct_written;
            return buffered_written;
        }

        // O_DIRECT promises that the data is on the disk and not in the cache.
        loff_t pos = iocb->ki_pos - buffered_written;
        loff_t end = iocb->ki_pos - 1;
        int err = filemap_write_and_wait_range(mapping, pos, end);
        if (err < 0)
        {
            if (direct_written != 0)
                return direct_written;
            return err;
        }

        invalidate_mapping_pages(mapping, (ulong)pos >> PAGE_SHIFT, (ulong)end >> PAGE_SHIFT);
        return direct_written + buffered_written;
    }

    [KernelSource(C, "__generic_file_write_iter", Parity.Reduced, "no set-user-ID bits to be taken away")]
    public static ssize_t __generic_file_write_iter(kiocb* iocb, iov_iter* from)
    {
        @file* file = iocb->ki_filp;

        ssize_t ret = file_update_time(file);
        if (ret != 0)
            return ret;

        if ((iocb->ki_flags & IOCB_DIRECT) != 0)
        {
            ret = generic_file_direct_write(iocb, from);
            // What direct I/O left over is written through the cache.
            if (ret < 0 || iov_iter_count(from) == 0)
                return ret;
            return direct_write_fallback(iocb, from, ret, generic_perform_write(iocb, from));
        }

        return generic_perform_write(iocb, from);
    }

    [KernelSource(C, "generic_file_write_iter", Parity.Full)]
    public static ssize_t generic_file_write_iter(kiocb* iocb, iov_iter* from)
    {
        @file* file = iocb->ki_filp;
        inode* inode = file->f_mapping->host;

        inode_lock(inode);
        ssize_t ret = generic_write_checks(iocb, from);
        if (ret > 0)
            ret = __generic_file_write_iter(iocb, from);
        inode_unlock(inode);

        if (ret > 0)
            ret = generic_write_sync(iocb, ret);
        return ret;
    }

    /// <summary>Gets rid of what the file system keeps with a locked folio, its buffers say. false when that must stay.</summary>
    [KernelSource(C, "filemap_release_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static bool filemap_release_folio(folio* folio, gfp_t gfp)
    {
        address_space* mapping = folio->mapping;

        BUG_ON(!folio_test_locked(folio));
        if (!folio_needs_release(folio))
            return true;
        if (folio_test_writeback(folio))
            return false;

        if (mapping != null && mapping->a_ops->release_folio != null)
            return mapping->a_ops->release_folio(folio, gfp);
        return try_to_free_buffers(folio);
    }

    [KernelSource(C, "filemap_invalidate_inode", Parity.Full)]
    public static int filemap_invalidate_inode(inode* inode, bool flush, loff_t start, loff_t end)
    {
        address_space* mapping = inode->i_mapping;
        pgoff_t first = (ulong)start >> PAGE_SHIFT;
        pgoff_t last = (ulong)end >> PAGE_SHIFT;
        pgoff_t nr = end == long.MaxValue ? ulong.MaxValue : last - first + 1;

        if (mapping == null || mapping->nrpages == 0 || end < start)
            goto @out;

        // With this held, neither reads nor faults bring pages back.
        filemap_invalidate_lock(mapping);

        if (mapping->nrpages == 0)
            goto unlock;

        unmap_mapping_pages(mapping, first, nr, false);

        if (flush)
        {
            writeback_control wbc = new()
            {
                sync_mode = WB_SYNC_ALL,
                nr_to_write = long.MaxValue,
                range_start = start,
                range_end = end,
            };

            filemap_fdatawrite_wbc(mapping, &wbc);
        }

        // This waits for those that are under writeback.
        invalidate_inode_pages2_range(mapping, first, last);

    unlock:
        filemap_invalidate_unlock(mapping);
    @out:
        return filemap_check_errors(mapping);
    }
}
