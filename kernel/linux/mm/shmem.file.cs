// SPDX-License-Identifier: GPL-2.0-only
// mm/shmem.c: reading, writing, reserving; names.
using static Linux.linux_fs_h;
using static Linux.linux_iversion_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_percpu_counter_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_shmem_fs_h;
using static Linux.linux_uio_h;
using static Linux.linux_wait_h;

namespace Linux;

public static unsafe partial class mm_shmem_c
{
    [KernelSource(C, "shmem_write_begin", Parity.Full)]
    [TryAcquires(Result.Zero, "*foliop->PG_locked")]
    private static int shmem_write_begin(kiocb* iocb, address_space* mapping, loff_t pos, uint len, folio** foliop, void** fsdata)
    {
        inode* inode = mapping->host;
        shmem_inode_info* info = SHMEM_I(inode);
        pgoff_t index = (ulong)pos >> PAGE_SHIFT;
        folio* folio;

        // The caller's i_rwsem keeps the seals as they are.
        if ((info->seals & (F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0)
        {
            if ((info->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0)
                return -EPERM;
            if ((info->seals & F_SEAL_GROW) != 0 && pos + len > inode->i_size)
                return -EPERM;
        }

        int ret = shmem_get_folio(inode, index, pos + len, &folio, sgp_type.SGP_WRITE);
        if (ret != 0)
            return ret;

        if (folio_contain_hwpoisoned_page(folio))
        {
            folio_unlock(folio);
            folio_put(folio);
            return -EIO;
        }

        *foliop = folio;
        return 0;
    }

    [KernelSource(C, "shmem_write_end", Parity.Full)]
    [Releases("folio->PG_locked")]
    private static int shmem_write_end(kiocb* iocb, address_space* mapping, loff_t pos, uint len, uint copied, folio* folio, void* fsdata)
    {
        inode* inode = mapping->host;

        if (pos + copied > inode->i_size)
            i_size_write(inode, pos + copied);

        if (!folio_test_uptodate(folio))
        {
            if (copied < folio_size(folio))
            {
                ulong from = offset_in_folio(folio, pos);
                folio_zero_segments(folio, 0, from, from + copied, folio_size(folio));
            }

            folio_mark_uptodate(folio);
        }

        folio_mark_dirty(folio);
        folio_unlock(folio);
        folio_put(folio);

        return (int)copied;
    }

    [KernelSource(C, "shmem_file_read_iter", Parity.Full)]
    private static ssize_t shmem_file_read_iter(kiocb* iocb, iov_iter* to)
    {
        @file* file = iocb->ki_filp;
        inode* inode = file_inode(file);
        address_space* mapping = inode->i_mapping;
        int error = 0;
        ssize_t retval = 0;

        for (; ; )
        {
            folio* folio = null;
            page* page = null;
            loff_t i_size = i_size_read(inode);
            bool fallback_page_copy = false;
            ulong fsize;
            ulong ret;

            if (iocb->ki_pos >= i_size)
                break;

            pgoff_t index = (ulong)iocb->ki_pos >> PAGE_SHIFT;
            error = shmem_get_folio(inode, index, 0, &folio, sgp_type.SGP_READ);
            if (error != 0)
            {
                if (error == -EINVAL)
                    error = 0;
                break;
            }

            if (folio != null)
            {
                folio_unlock(folio);

                page = folio_file_page(folio, index);
                if (PageHWPoison(page))
                {
                    folio_put(folio);
                    error = -EIO;
                    break;
                }

                if (folio_test_large(folio) && folio_test_has_hwpoisoned(folio))
                    fallback_page_copy = true;
            }

            // Again: nothing keeps off truncation.
            i_size = i_size_read(inode);
            if (iocb->ki_pos >= i_size)
            {
                if (folio != null)
                    folio_put(folio);
                break;
            }

            loff_t end_offset = Math.Min(i_size, iocb->ki_pos + (loff_t)to->count);
            if (folio != null && !fallback_page_copy)
                fsize = folio_size(folio);
            else
                fsize = PAGE_SIZE;
            ulong offset = (ulong)iocb->ki_pos & (fsize - 1);
            ulong nr = (ulong)Math.Min(end_offset - iocb->ki_pos, (loff_t)(fsize - offset));

            if (folio != null)
            {
                // Others may be writing to it through mappings.
                if (mapping_writably_mapped(mapping))
                    flush_dcache_folio(folio);

                // One that is read piece by piece counts once.
                if (offset == 0)
                    folio_mark_accessed(folio);
                if (!fallback_page_copy)
                    ret = copy_folio_to_iter(folio, offset, nr, to);
                else
                    ret = copy_page_to_iter(page, offset, nr, to);
                folio_put(folio);
            }
            else if (user_backed_iter(to))
            {
                // Copying zeroes is faster than clearing.
                ret = copy_page_to_iter(ZERO_PAGE(0), offset, nr, to);
            }
            else
            {
                ret = iov_iter_zero(nr, to);
            }

            retval += (ssize_t)ret;
            iocb->ki_pos += (loff_t)ret;

            if (iov_iter_count(to) == 0)
                break;
            if (ret < nr)
            {
                error = -EFAULT;
                break;
            }

            cond_resched();
        }

        file_accessed(file);
        return retval != 0 ? retval : error;
    }

    [KernelSource(C, "shmem_file_write_iter", Parity.Reduced, "no privileges to take away")]
    private static ssize_t shmem_file_write_iter(kiocb* iocb, iov_iter* from)
    {
        @file* file = iocb->ki_filp;
        inode* inode = file->f_mapping->host;

        inode_lock(inode);
        ssize_t ret = generic_write_checks(iocb, from);
        if (ret <= 0)
            goto unlock;
        ret = file_update_time(file);
        if (ret != 0)
            goto unlock;
        ret = generic_perform_write(iocb, from);
    unlock:
        inode_unlock(inode);
        return ret;
    }

    /// <summary>fallocate(2): pages for a range, or a hole there.</summary>
    [KernelSource(C, "shmem_fallocate", Parity.Full)]
    [Excludes("inode.i_lock")]
    private static long shmem_fallocate(@file* file, int mode, loff_t offset, loff_t len)
    {
        inode* inode = file_inode(file);
        shmem_sb_info* sbinfo = SHMEM_SB(inode->i_sb);
        shmem_inode_info* info = SHMEM_I(inode);
        shmem_falloc shmem_falloc;
        int error;

        if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) != 0)
            return -EOPNOTSUPP;

        inode_lock(inode);

        if ((mode & FALLOC_FL_PUNCH_HOLE) != 0)
        {
            address_space* mapping = file->f_mapping;
            loff_t unmap_start = (loff_t)round_up((ulong)offset, PAGE_SIZE);
            loff_t unmap_end = (loff_t)round_down((ulong)(offset + len), PAGE_SIZE) - 1;
            wait_queue_head shmem_falloc_waitq;

            init_waitqueue_head(&shmem_falloc_waitq);

            // With i_rwsem held the seals stay as they are.
            if ((info->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0)
            {
                error = -EPERM;
                goto @out;
            }

            shmem_falloc.waitq = &shmem_falloc_waitq;
            shmem_falloc.start = (ulong)unmap_start >> PAGE_SHIFT;
            shmem_falloc.next = (ulong)(unmap_end + 1) >> PAGE_SHIFT;
            spin_lock(&inode->i_lock);
            inode->i_private = &shmem_falloc;
            spin_unlock(&inode->i_lock);

            if ((ulong)unmap_end > (ulong)unmap_start)
                unmap_mapping_range(mapping, unmap_start, 1 + unmap_end - unmap_start, 0);
            shmem_truncate_range(inode, offset, offset + len - 1);
            // Private copies outlive the hole, so what was mapped meanwhile need not be looked for.

            spin_lock(&inode->i_lock);
            inode->i_private = null;
            wake_up_all(&shmem_falloc_waitq);
            WARN_ON_ONCE(!list_empty(&shmem_falloc_waitq.head));
            spin_unlock(&inode->i_lock);
            error = 0;
            goto @out;
        }

        error = inode_newsize_ok(inode, offset + len);
        if (error != 0)
            goto @out;

        if ((info->seals & F_SEAL_GROW) != 0 && offset + len > inode->i_size)
        {
            error = -EPERM;
            goto @out;
        }

        pgoff_t start = (ulong)offset >> PAGE_SHIFT;
        pgoff_t end = (ulong)(offset + len + (loff_t)PAGE_SIZE - 1) >> PAGE_SHIFT;
        // What can never be had is not tried.
        if (sbinfo->max_blocks != 0 && end - start > sbinfo->max_blocks)
        {
            error = -ENOSPC;
            goto @out;
        }

        shmem_falloc.waitq = null;
        shmem_falloc.start = start;
        shmem_falloc.next = start;
        shmem_falloc.nr_falloced = 0;
        shmem_falloc.nr_unswapped = 0;
        spin_lock(&inode->i_lock);
        inode->i_private = &shmem_falloc;
        spin_unlock(&inode->i_lock);

        // For pages beyond the end of the file.
        pgoff_t undo_fallocend = info->fallocend;
        if (info->fallocend < end)
            info->fallocend = end;

        for (pgoff_t index = start; index < end;)
        {
            folio* folio = null;

            // Other signals than fatal ones do not interrupt it: with a timer running it might never end.
            if (fatal_signal_pending(current))
                error = -EINTR;
            else if (shmem_falloc.nr_unswapped > shmem_falloc.nr_falloced)
                error = -ENOMEM;
            else
                error = shmem_get_folio(inode, index, offset + len, &folio, sgp_type.SGP_FALLOC);
            if (error != 0)
            {
                info->fallocend = undo_fallocend;
                // What was reserved up to here is given back; pages that were there before are uptodate, and stay.
                if (index > start)
                    shmem_undo_range(inode, (loff_t)(start << PAGE_SHIFT), (loff_t)(index << PAGE_SHIFT) - 1, true);
                goto undone;
            }

            index = folio_next_index(folio);

            // How far we are, for shmem_writeout(): the folio's lock orders it.
            if (!folio_test_uptodate(folio))
                shmem_falloc.nr_falloced += index - shmem_falloc.next;
            shmem_falloc.next = index;

            // Not up to date, so that it can be told apart if we fail later; but dirty, lest reclaim frees it.
            folio_mark_dirty(folio);
            folio_unlock(folio);
            folio_put(folio);
            cond_resched();
        }

        if ((mode & FALLOC_FL_KEEP_SIZE) == 0 && offset + len > inode->i_size)
            i_size_write(inode, offset + len);
    undone:
        spin_lock(&inode->i_lock);
        inode->i_private = null;
        spin_unlock(&inode->i_lock);
    @out:
        if (error == 0)
            file_modified(file);
        inode_unlock(inode);
        return error;
    }

    [KernelSource(C, "shmem_statfs", Parity.Reduced, "no f_fsid: a superblock has no UUID")]
    private static int shmem_statfs(dentry* dentry, kstatfs* buf)
    {
        shmem_sb_info* sbinfo = SHMEM_SB(dentry->d_sb);

        buf->f_type = TMPFS_MAGIC;
        buf->f_bsize = (long)PAGE_SIZE;
        buf->f_namelen = NAME_MAX;
        if (sbinfo->max_blocks != 0)
        {
            buf->f_blocks = sbinfo->max_blocks;
            buf->f_bavail = buf->f_bfree = sbinfo->max_blocks - (ulong)percpu_counter_sum(&sbinfo->used_blocks);
        }

        if (sbinfo->max_inodes != 0)
        {
            buf->f_files = sbinfo->max_inodes;
            buf->f_ffree = sbinfo->free_ispace / BOGO_INODE_SIZE;
        }

        return 0;
    }

    [KernelSource(C, "shmem_mknod", Parity.Reduced, "no ACLs, security or offsets of entries")]
    [GetsRef("dentry", Kept = true)]
    private static int shmem_mknod(inode* dir, dentry* dentry, umode_t mode, dev_t dev)
    {
        inode* inode = shmem_get_inode(dir->i_sb, dir, mode, dev, VM_NORESERVE);
        if (IS_ERR(inode))
            return PTR_ERR(inode);

        dir->i_size += BOGO_DIRENT_SIZE;
        inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));
        inode_inc_iversion(dir);

        d_instantiate(dentry, inode);

        dget(dentry); // no disk has the name: this use keeps it
        return 0;
    }

    [KernelSource(C, "shmem_create", Parity.Full)]
    private static int shmem_create(inode* dir, dentry* dentry, umode_t mode, bool excl) =>
        shmem_mknod(dir, dentry, (umode_t)(mode | S_IFREG), 0);

    [KernelSource(C, "shmem_unlink", Parity.Reduced, "entries have no offsets")]
    [PutsRef("dentry", Sometimes = true)]
    private static int shmem_unlink(inode* dir, dentry* dentry)
    {
        inode* inode = d_inode(dentry);

        if (inode->i_nlink > 1 && !S_ISDIR(inode->i_mode))
            shmem_free_inode(inode->i_sb, 0);

        dir->i_size -= BOGO_DIRENT_SIZE;
        inode_set_mtime_to_ts(dir, inode_set_ctime_to_ts(dir, inode_set_ctime_current(inode)));
        inode_inc_iversion(dir);
        drop_nlink(inode);
        dput(dentry); // the use that shmem_mknod() left: with it the file goes

        return 0;
    }
}
