// SPDX-License-Identifier: GPL-2.0-only
// mm/filemap.c: reading through the page cache.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_psi_h;
using static Linux.linux_sched_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_uio_h;

namespace Linux;

public static unsafe partial class mm_filemap_c
{
    // A device that fails is not asked for more than is needed.
    [KernelSource(C, "shrink_readahead_size_eio", Parity.Full)]
    private static void shrink_readahead_size_eio(file_ra_state* ra) => ra->ra_pages /= 4;

    // What is cached from index on without a gap. The last one may be not uptodate, or start readahead.
    [KernelSource(C, "filemap_get_read_batch", Parity.Full)]
    private static void filemap_get_read_batch(address_space* mapping, pgoff_t index, pgoff_t max, folio_batch* fbatch)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, index);

        rcu_read_lock();
        for (folio* folio = (folio*)xas_load(&xas); folio != null; folio = (folio*)xas_next(&xas))
        {
            if (xas_retry(&xas, folio))
                continue;
            if (xas.xa_index > max || xa_is_value(folio))
                break;
            if (xa_is_sibling(folio))
                break;
            if (!folio_try_get(folio))
                goto retry;

            if (folio != xas_reload(&xas))
                goto put_folio;

            if (folio_batch_add(fbatch, folio) == 0)
                break;
            if (!folio_test_uptodate(folio))
                break;
            if (folio_test_readahead(folio))
                break;
            xas_advance(&xas, folio_next_index(folio) - 1);
            continue;
        put_folio:
            folio_put(folio);
        retry:
            xas_reset(&xas);
        }

        rcu_read_unlock();
    }

    [KernelSource(C, "filemap_read_folio", Parity.Full)]
    [Releases("folio->PG_locked", Later = true)]
    private static int filemap_read_folio(@file* file, delegate*<@file*, folio*, int> filler, folio* folio)
    {
        bool workingset = folio_test_workingset(folio);
        ulong pflags;

        // The filler unlocks the page when the data is there.
        if (workingset)
            psi_memstall_enter(&pflags);
        int error = filler(file, folio);
        if (workingset)
            psi_memstall_leave(&pflags);
        if (error != 0)
            return error;

        error = folio_wait_locked_killable(folio);
        if (error != 0)
            return error;
        if (folio_test_uptodate(folio))
            return 0;
        if (file != null)
            shrink_readahead_size_eio(&file->f_ra);
        return -EIO;
    }

    [KernelSource(C, "filemap_range_uptodate", Parity.Full)]
    private static bool filemap_range_uptodate(address_space* mapping, loff_t pos, ulong count, folio* folio, bool need_uptodate)
    {
        if (folio_test_uptodate(folio))
            return true;
        // A pipe takes whole pages.
        if (need_uptodate)
            return false;
        if (mapping->a_ops->is_partially_uptodate == null)
            return false;
        if (mapping->host->i_blkbits >= folio_shift(folio))
            return false;

        if (folio_pos(folio) > pos)
        {
            count -= (ulong)(folio_pos(folio) - pos);
            pos = 0;
        }
        else
        {
            pos -= folio_pos(folio);
        }

        if (pos == 0 && count >= folio_size(folio))
            return false;

        return mapping->a_ops->is_partially_uptodate(folio, (ulong)pos, count);
    }

    [KernelSource(C, "filemap_update_page", Parity.Reduced, "no asynchronous buffered reads: nobody waits on a queue of his own")]
    private static int filemap_update_page(kiocb* iocb, address_space* mapping, ulong count, folio* folio, bool need_uptodate)
    {
        int error;

        if ((iocb->ki_flags & IOCB_NOWAIT) != 0)
        {
            if (!filemap_invalidate_trylock_shared(mapping))
                return -EAGAIN;
        }
        else
        {
            filemap_invalidate_lock_shared(mapping);
        }

        if (!folio_trylock(folio))
        {
            error = -EAGAIN;
            if ((iocb->ki_flags & (IOCB_NOWAIT | IOCB_NOIO)) != 0)
                goto unlock_mapping;
            filemap_invalidate_unlock_shared(mapping);
            // This is where somebody else's read is waited for. Truncation may take the folio meanwhile.
            folio_put_wait_locked(folio, TASK_KILLABLE);
            return AOP_TRUNCATED_PAGE;
        }

        error = AOP_TRUNCATED_PAGE;
        if (folio->mapping == null)
            goto unlock;

        error = 0;
        if (filemap_range_uptodate(mapping, iocb->ki_pos, count, folio, need_uptodate))
            goto unlock;

        error = -EAGAIN;
        if ((iocb->ki_flags & (IOCB_NOIO | IOCB_NOWAIT | IOCB_WAITQ)) != 0)
            goto unlock;

        error = filemap_read_folio(iocb->ki_filp, mapping->a_ops->read_folio, folio);
        goto unlock_mapping;
    unlock:
        folio_unlock(folio);
    unlock_mapping:
        filemap_invalidate_unlock_shared(mapping);
        if (error == AOP_TRUNCATED_PAGE)
            folio_put(folio);
        return error;
    }

    // One folio by itself, where readahead brought nothing.
    [KernelSource(C, "filemap_create_folio", Parity.Full)]
    private static int filemap_create_folio(kiocb* iocb, folio_batch* fbatch)
    {
        address_space* mapping = iocb->ki_filp->f_mapping;
        uint min_order = mapping_min_folio_order(mapping);

        if ((iocb->ki_flags & (IOCB_NOWAIT | IOCB_WAITQ)) != 0)
            return -EAGAIN;

        folio* folio = filemap_alloc_folio(mapping_gfp_mask(mapping), min_order);
        if (folio == null)
            return -ENOMEM;
        if ((iocb->ki_flags & IOCB_DONTCACHE) != 0)
            __folio_set_dropbehind(folio);

        // Against truncation and hole punching, which must not leave a folio behind that was added meanwhile.
        filemap_invalidate_lock_shared(mapping);
        pgoff_t index = (pgoff_t)(iocb->ki_pos >> (PAGE_SHIFT + (int)min_order)) << (int)min_order;
        int error = filemap_add_folio(mapping, folio, index, mapping_gfp_constraint(mapping, GFP_KERNEL));
        if (error == -EEXIST)
            error = AOP_TRUNCATED_PAGE;
        if (error != 0)
            goto error;

        error = filemap_read_folio(iocb->ki_filp, mapping->a_ops->read_folio, folio);
        if (error != 0)
            goto error;

        filemap_invalidate_unlock_shared(mapping);
        folio_batch_add(fbatch, folio);
        return 0;
    error:
        filemap_invalidate_unlock_shared(mapping);
        folio_put(folio);
        return error;
    }

    [KernelSource(C, "filemap_readahead", Parity.Full)]
    private static int filemap_readahead(kiocb* iocb, @file* file, address_space* mapping, folio* folio, pgoff_t last_index)
    {
        readahead_control ractl = DEFINE_READAHEAD(file, &file->f_ra, mapping, folio->index);

        if ((iocb->ki_flags & IOCB_NOIO) != 0)
            return -EAGAIN;
        if ((iocb->ki_flags & IOCB_DONTCACHE) != 0)
            ractl.dropbehind = true;
        page_cache_async_ra(&ractl, folio, last_index - folio->index);
        return 0;
    }

    [KernelSource(C, "filemap_get_pages", Parity.Full)]
    [ContextUnsafe("the same flag of the read is tested where the scope begins and where it ends", Rule = "KM0510")]
    private static int filemap_get_pages(kiocb* iocb, ulong count, folio_batch* fbatch, bool need_uptodate)
    {
        @file* filp = iocb->ki_filp;
        address_space* mapping = filp->f_mapping;
        pgoff_t index = (pgoff_t)iocb->ki_pos >> PAGE_SHIFT;
        folio* folio;
        int err = 0;

        // Where the read stops, in whole folios of the mapping's smallest order.
        pgoff_t last_index = round_up((ulong)iocb->ki_pos + count, mapping_min_folio_nrbytes(mapping)) >> PAGE_SHIFT;
    retry:
        if (fatal_signal_pending(current))
            return -EINTR;

        filemap_get_read_batch(mapping, index, last_index - 1, fbatch);
        if (folio_batch_count(fbatch) == 0)
        {
            readahead_control ractl = DEFINE_READAHEAD(filp, &filp->f_ra, mapping, index);
            uint flags = 0;

            if ((iocb->ki_flags & IOCB_NOIO) != 0)
                return -EAGAIN;
            if ((iocb->ki_flags & IOCB_NOWAIT) != 0)
                flags = memalloc_noio_save();
            if ((iocb->ki_flags & IOCB_DONTCACHE) != 0)
                ractl.dropbehind = true;
            page_cache_sync_ra(&ractl, last_index - index);
            if ((iocb->ki_flags & IOCB_NOWAIT) != 0)
                memalloc_noio_restore(flags);
            filemap_get_read_batch(mapping, index, last_index - 1, fbatch);
        }

        if (folio_batch_count(fbatch) == 0)
        {
            err = filemap_create_folio(iocb, fbatch);
            if (err == AOP_TRUNCATED_PAGE)
                goto retry;
            return err;
        }

        folio = fbatch->folios[folio_batch_count(fbatch) - 1];
        if (folio_test_readahead(folio))
        {
            err = filemap_readahead(iocb, filp, mapping, folio, last_index);
            if (err != 0)
                goto err;
        }

        if (!folio_test_uptodate(folio))
        {
            // What is there is given to the reader before the rest is waited for.
            if (folio_batch_count(fbatch) > 1)
            {
                err = -EAGAIN;
                goto err;
            }

            err = filemap_update_page(iocb, mapping, count, folio, need_uptodate);
            if (err != 0)
                goto err;
        }

        return 0;
    err:
        if (err < 0)
            folio_put(folio);
        if (--fbatch->nr != 0)
            return 0;
        if (err == AOP_TRUNCATED_PAGE)
            goto retry;
        return err;
    }

    [KernelSource(C, "pos_same_folio", Parity.Full)]
    private static bool pos_same_folio(loff_t pos1, loff_t pos2, folio* folio)
    {
        int shift = (int)folio_shift(folio);

        return pos1 >> shift == pos2 >> shift;
    }

    /// <summary>Reads from the page cache, and what is not there into it.</summary>
    [KernelSource(C, "filemap_read", Parity.Reduced, "no uncached reads, so nothing to drop behind")]
    public static ssize_t filemap_read(kiocb* iocb, iov_iter* iter, ssize_t already_read)
    {
        @file* filp = iocb->ki_filp;
        file_ra_state* ra = &filp->f_ra;
        address_space* mapping = filp->f_mapping;
        inode* inode = mapping->host;
        folio_batch fbatch;
        int error = 0;
        loff_t isize = 0;
        loff_t last_pos = ra->prev_pos;

        if (iocb->ki_pos < 0)
            return -EINVAL;
        if (iocb->ki_pos >= inode->i_sb->s_maxbytes)
            return 0;
        if (iov_iter_count(iter) == 0)
            return 0;

        iov_iter_truncate(iter, (ulong)(inode->i_sb->s_maxbytes - iocb->ki_pos));
        folio_batch_init(&fbatch);

        do
        {
            cond_resched();

            // What has been read is not held back for what would have to be waited for.
            if ((iocb->ki_flags & IOCB_WAITQ) != 0 && already_read != 0)
                iocb->ki_flags |= IOCB_NOWAIT;

            if (iocb->ki_pos >= i_size_read(inode))
                break;

            error = filemap_get_pages(iocb, iter->count, &fbatch, false);
            if (error < 0)
                break;

            // The size must be read after the folio is known to be uptodate: zeroes behind the old end are
            // not to be seen by whoever sees the new one.
            isize = i_size_read(inode);
            if (iocb->ki_pos >= isize)
                goto put_folios;
            loff_t end_offset = Math.Min(isize, iocb->ki_pos + (loff_t)iter->count);

            // A page that is read in small pieces, one after the other, is accessed once.
            if (!pos_same_folio(iocb->ki_pos, last_pos - 1, fbatch.folios[0]))
                folio_mark_accessed(fbatch.folios[0]);

            for (uint i = 0; i < folio_batch_count(&fbatch); i++)
            {
                folio* folio = fbatch.folios[i];
                ulong fsize = folio_size(folio);
                ulong offset = (ulong)iocb->ki_pos & (fsize - 1);
                ulong bytes = Math.Min((ulong)(end_offset - iocb->ki_pos), fsize - offset);

                if (end_offset < folio_pos(folio))
                    break;
                if (i > 0)
                    folio_mark_accessed(folio);

                ulong copied = copy_folio_to_iter(folio, offset, bytes, iter);

                already_read += (ssize_t)copied;
                iocb->ki_pos += (loff_t)copied;
                last_pos = iocb->ki_pos;

                if (copied < bytes)
                {
                    error = -EFAULT;
                    break;
                }
            }

        put_folios:
            for (uint i = 0; i < folio_batch_count(&fbatch); i++)
                folio_put(fbatch.folios[i]);
            folio_batch_init(&fbatch);
        }
        while (iov_iter_count(iter) != 0 && iocb->ki_pos < isize && error == 0);

        file_accessed(filp);
        ra->prev_pos = last_pos;
        return already_read != 0 ? already_read : error;
    }

    [KernelSource(C, "kiocb_write_and_wait", Parity.Full)]
    public static int kiocb_write_and_wait(kiocb* iocb, ulong count)
    {
        address_space* mapping = iocb->ki_filp->f_mapping;
        loff_t pos = iocb->ki_pos;
        loff_t end = pos + (loff_t)count - 1;

        if ((iocb->ki_flags & IOCB_NOWAIT) != 0)
        {
            // Dirty pages would have to be waited for.
            if (filemap_range_needs_writeback(mapping, pos, end))
                return -EAGAIN;
            return 0;
        }

        return filemap_write_and_wait_range(mapping, pos, end);
    }

    [KernelSource(C, "filemap_invalidate_pages", Parity.Full)]
    public static int filemap_invalidate_pages(address_space* mapping, loff_t pos, loff_t end, bool nowait)
    {
        if (nowait)
        {
            // Whatever is cached may turn out dirty, and would have to be waited for.
            if (filemap_range_has_page(mapping, pos, end))
                return -EAGAIN;
        }
        else
        {
            int ret = filemap_write_and_wait_range(mapping, pos, end);
            if (ret != 0)
                return ret;
        }

        // Readers are to see what is written now, and not what is cached.
        return invalidate_inode_pages2_range(mapping, (ulong)pos >> PAGE_SHIFT, (ulong)end >> PAGE_SHIFT);
    }

    [KernelSource(C, "kiocb_invalidate_pages", Parity.Full)]
    public static int kiocb_invalidate_pages(kiocb* iocb, ulong count) =>
        filemap_invalidate_pages(iocb->ki_filp->f_mapping, iocb->ki_pos, iocb->ki_pos + (loff_t)count - 1,
            (iocb->ki_flags & IOCB_NOWAIT) != 0);

    [KernelSource(C, "generic_file_read_iter", Parity.Full)]
    public static ssize_t generic_file_read_iter(kiocb* iocb, iov_iter* iter)
    {
        ulong count = iov_iter_count(iter);
        ssize_t retval = 0;

        if (count == 0)
            return 0;

        if ((iocb->ki_flags & IOCB_DIRECT) != 0)
        {
            @file* file = iocb->ki_filp;
            address_space* mapping = file->f_mapping;
            inode* inode = mapping->host;

            retval = kiocb_write_and_wait(iocb, count);
            if (retval < 0)
                return retval;
            file_accessed(file);

            retval = mapping->a_ops->direct_IO(iocb, iter);
            if (retval >= 0)
            {
                iocb->ki_pos += retval;
                count -= (ulong)retval;
            }

            if (retval != -EIOCBQUEUED)
                iov_iter_revert(iter, count - iov_iter_count(iter));

            // What direct I/O left over is read through the cache, unless the file ends here.
            if (retval < 0 || count == 0)
                return retval;
            if (iocb->ki_pos >= i_size_read(inode))
                return retval;
        }

        return filemap_read(iocb, iter, retval);
    }
}
