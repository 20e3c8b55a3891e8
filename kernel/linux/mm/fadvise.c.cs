// SPDX-License-Identifier: GPL-2.0-only
// mm/fadvise.c: what a program says about how it is going to use a file.
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;
using static Linux.linux_swap_h;

namespace Linux;

public static unsafe partial class mm_fadvise_c
{
    private const string C = "mm/fadvise.c";

    public const int POSIX_FADV_NORMAL = 0;
    public const int POSIX_FADV_RANDOM = 1;
    public const int POSIX_FADV_SEQUENTIAL = 2;
    public const int POSIX_FADV_WILLNEED = 3;
    public const int POSIX_FADV_DONTNEED = 4;
    public const int POSIX_FADV_NOREUSE = 5;

    [KernelSource(C, "generic_fadvise", Parity.Full)]
    public static int generic_fadvise(@file* file, loff_t offset, loff_t len, int advice)
    {
        inode* inode = file_inode(file);
        if ((inode->i_mode & S_IFMT) == S_IFIFO)
            return -ESPIPE;

        address_space* mapping = file->f_mapping;
        if (mapping == null || len < 0)
            return -EINVAL;

        backing_dev_info* bdi = inode_to_bdi(mapping->host);

        // Nothing below it to read from or write to: the advice is taken note of.
        if (bdi == noop_backing_dev_info)
            return advice is >= POSIX_FADV_NORMAL and <= POSIX_FADV_NOREUSE ? 0 : -EINVAL;

        // No length is to the end of the file.
        loff_t endbyte = unchecked(offset + len);
        if (len == 0 || endbyte < len)
            endbyte = long.MaxValue;
        else
            endbyte--;

        switch (advice)
        {
            case POSIX_FADV_NORMAL:
                file->f_ra.ra_pages = (uint)bdi->ra_pages;
                spin_lock(&file->f_lock);
                file->f_mode &= ~(FMODE_RANDOM | FMODE_NOREUSE);
                spin_unlock(&file->f_lock);
                break;
            case POSIX_FADV_RANDOM:
                spin_lock(&file->f_lock);
                file->f_mode |= FMODE_RANDOM;
                spin_unlock(&file->f_lock);
                break;
            case POSIX_FADV_SEQUENTIAL:
                file->f_ra.ra_pages = (uint)bdi->ra_pages * 2;
                spin_lock(&file->f_lock);
                file->f_mode &= ~FMODE_RANDOM;
                spin_unlock(&file->f_lock);
                break;
            case POSIX_FADV_WILLNEED:
            {
                pgoff_t start_index = (pgoff_t)offset >> PAGE_SHIFT;
                pgoff_t end_index = (pgoff_t)endbyte >> PAGE_SHIFT;

                // The end is exclusive, so that LLONG_MAX would wrap.
                ulong nrpages = end_index - start_index + 1;
                if (nrpages == 0)
                    nrpages = ~0UL;

                force_page_cache_readahead(mapping, file, start_index, nrpages);
                break;
            }

            case POSIX_FADV_NOREUSE:
                spin_lock(&file->f_lock);
                file->f_mode |= FMODE_NOREUSE;
                spin_unlock(&file->f_lock);
                break;
            case POSIX_FADV_DONTNEED:
                dontneed(inode, mapping, offset, endbyte);
                break;
            default:
                return -EINVAL;
        }

        return 0;
    }

    private static void dontneed(inode* inode, address_space* mapping, loff_t offset, loff_t endbyte)
    {
        __filemap_fdatawrite_range(mapping, offset, endbyte, WB_SYNC_NONE);

        // A page that is only partly in the range stays, the last one of the file excepted.
        pgoff_t start_index = (pgoff_t)(offset + (loff_t)(PAGE_SIZE - 1)) >> PAGE_SHIFT;
        pgoff_t end_index = (pgoff_t)endbyte >> PAGE_SHIFT;
        if (((ulong)endbyte & ~PAGE_MASK) != ~PAGE_MASK && endbyte != inode->i_size - 1)
        {
            if (end_index == 0)
                return;
            end_index--;
        }

        if (end_index >= start_index)
        {
            ulong nr_failed = 0;

            // Pages on their way to the LRU have a reference more and would stay.
            lru_add_drain();

            mapping_try_invalidate(mapping, start_index, end_index, &nr_failed);

            // Others may be on their way there on other CPUs.
            if (nr_failed != 0)
            {
                lru_add_drain_all();
                invalidate_mapping_pages(mapping, start_index, end_index);
            }
        }
    }

    [KernelSource(C, "vfs_fadvise", Parity.Full)]
    public static int vfs_fadvise(@file* file, loff_t offset, loff_t len, int advice)
    {
        if (file->f_op->fadvise != null)
            return file->f_op->fadvise(file, offset, len, advice);

        return generic_fadvise(file, offset, len, advice);
    }
}
