// SPDX-License-Identifier: GPL-2.0-only
// mm/readahead.c: what is read before it is asked for.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_blkdev_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_psi_h;

namespace Linux;

public static unsafe partial class mm_readahead_c
{
    private const string C = "mm/readahead.c";

    [KernelSource(C, "file_ra_state_init", Parity.Full)]
    public static void file_ra_state_init(file_ra_state* ra, address_space* mapping)
    {
        ra->ra_pages = (uint)inode_to_bdi(mapping->host)->ra_pages;
        ra->prev_pos = -1;
    }

    [KernelSource(C, "read_pages", Parity.Full)]
    // The folios of the window are locked, and each is unlocked at the end of its read.
    [AssumesHeld("folio.PG_locked")]
    private static void read_pages(readahead_control* rac)
    {
        address_space_operations* aops = rac->mapping->a_ops;
        folio* folio;
        blk_plug plug;

        if (readahead_count(rac) == 0)
            return;

        if (rac->_workingset)
            psi_memstall_enter(&rac->_pflags);
        blk_start_plug(&plug);

        if (aops->readahead != null)
        {
            aops->readahead(rac);
            // What was not started is not going to be read: out of the cache with it.
            while ((folio = readahead_folio(rac)) != null)
            {
                folio_get(folio);
                filemap_remove_folio(folio);
                folio_unlock(folio);
                folio_put(folio);
            }
        }
        else
        {
            while ((folio = readahead_folio(rac)) != null)
                aops->read_folio(rac->file, folio);
        }

        blk_finish_plug(&plug);
        if (rac->_workingset)
            psi_memstall_leave(&rac->_pflags);
        rac->_workingset = false;

        BUG_ON(readahead_count(rac) != 0);
    }

    [KernelSource(C, "ractl_alloc_folio", Parity.Full)]
    private static folio* ractl_alloc_folio(readahead_control* ractl, gfp_t gfp_mask, uint order)
    {
        folio* folio = filemap_alloc_folio(gfp_mask, order);
        if (folio != null && ractl->dropbehind)
            __folio_set_dropbehind(folio);

        return folio;
    }

    /// <summary>Reads pages that are not cached, whether or not they are within the file.</summary>
    [KernelSource(C, "page_cache_ra_unbounded", Parity.Full)]
    [AssumesHeld("folio.PG_locked")]
    public static void page_cache_ra_unbounded(readahead_control* ractl, ulong nr_to_read, ulong lookahead_size)
    {
        address_space* mapping = ractl->mapping;
        pgoff_t index = readahead_index(ractl);
        gfp_t gfp_mask = readahead_gfp_mask(mapping);
        ulong mark = ulong.MaxValue;
        ulong i = 0;
        uint min_nrpages = (uint)mapping_min_folio_nrpages(mapping);

        // The folios that are locked here may be of those that reclaim would want to write.
        uint nofs = memalloc_nofs_save();

        filemap_invalidate_lock_shared(mapping);
        index = mapping_align_index(mapping, index);

        // The folio that, when it is used, starts the next window.
        if (lookahead_size <= nr_to_read)
        {
            ulong ra_folio_index = round_up(readahead_index(ractl) + nr_to_read - lookahead_size, min_nrpages);
            mark = ra_folio_index - index;
        }

        nr_to_read += readahead_index(ractl) - index;
        ractl->_index = index;

        while (i < nr_to_read)
        {
            folio* folio = (folio*)xa_load(&mapping->i_pages, index + i);

            if (folio != null && !xa_is_value(folio))
            {
                // Cached already: what was collected so far is read, and it goes on behind this one.
                read_pages(ractl);
                ractl->_index += min_nrpages;
                i = ractl->_index + ractl->_nr_pages - index;
                continue;
            }

            folio = ractl_alloc_folio(ractl, gfp_mask, mapping_min_folio_order(mapping));
            if (folio == null)
                break;

            int ret = filemap_add_folio(mapping, folio, index + i, gfp_mask);
            if (ret < 0)
            {
                folio_put(folio);
                if (ret == -ENOMEM)
                    break;
                read_pages(ractl);
                ractl->_index += min_nrpages;
                i = ractl->_index + ractl->_nr_pages - index;
                continue;
            }

            if (i == mark)
                folio_set_readahead(folio);
            ractl->_workingset |= folio_test_workingset(folio);
            ractl->_nr_pages += min_nrpages;
            i += min_nrpages;
        }

        // The file system is told to read them now.
        read_pages(ractl);
        filemap_invalidate_unlock_shared(mapping);
        memalloc_nofs_restore(nofs);
    }

    [KernelSource(C, "do_page_cache_ra", Parity.Full)]
    private static void do_page_cache_ra(readahead_control* ractl, ulong nr_to_read, ulong lookahead_size)
    {
        inode* inode = ractl->mapping->host;
        pgoff_t index = readahead_index(ractl);
        loff_t isize = i_size_read(inode);

        if (isize == 0)
            return;

        pgoff_t end_index = (pgoff_t)(isize - 1) >> PAGE_SHIFT;
        if (index > end_index)
            return;
        // Not beyond the end of the file.
        if (nr_to_read > end_index - index)
            nr_to_read = end_index - index + 1;

        page_cache_ra_unbounded(ractl, nr_to_read, lookahead_size);
    }

    /// <summary>Reads so many pages at any rate, in chunks so that not too many are locked at a time.</summary>
    [KernelSource(C, "force_page_cache_ra", Parity.Full)]
    public static void force_page_cache_ra(readahead_control* ractl, ulong nr_to_read)
    {
        address_space* mapping = ractl->mapping;
        file_ra_state* ra = ractl->ra;
        backing_dev_info* bdi = inode_to_bdi(mapping->host);

        if (mapping->a_ops->read_folio == null && mapping->a_ops->readahead == null)
            return;

        ulong max_pages = Math.Max(bdi->io_pages, (ulong)ra->ra_pages);
        nr_to_read = Math.Min(nr_to_read, max_pages);
        while (nr_to_read != 0)
        {
            ulong this_chunk = (2 * 1024 * 1024) / PAGE_SIZE;

            if (this_chunk > nr_to_read)
                this_chunk = nr_to_read;
            do_page_cache_ra(ractl, this_chunk, 0);

            nr_to_read -= this_chunk;
        }
    }

    // The first window: a few times what was asked for, as long as that is little.
    [KernelSource(C, "get_init_ra_size", Parity.Full)]
    private static ulong get_init_ra_size(ulong size, ulong max)
    {
        ulong newsize = roundup_pow_of_two(size);

        if (newsize <= max / 32)
            newsize = newsize * 4;
        else if (newsize <= max / 4)
            newsize = newsize * 2;
        else
            newsize = max;

        return newsize;
    }

    // From window to window it grows.
    [KernelSource(C, "get_next_ra_size", Parity.Full)]
    private static ulong get_next_ra_size(file_ra_state* ra, ulong max)
    {
        ulong cur = ra->size;

        if (cur < max / 16)
            return 4 * cur;
        if (cur <= max / 2)
            return 2 * cur;
        return max;
    }

    // The folio that has the mark in it, starts the next window.
    [KernelSource(C, "ra_alloc_folio", Parity.Full)]
    [AssumesHeld("folio.PG_locked")]
    private static int ra_alloc_folio(readahead_control* ractl, pgoff_t index, pgoff_t mark, uint order, gfp_t gfp)
    {
        folio* folio = ractl_alloc_folio(ractl, gfp, order);

        if (folio == null)
            return -ENOMEM;
        mark = round_down(mark, 1UL << (int)order);
        if (index == mark)
            folio_set_readahead(folio);
        int err = filemap_add_folio(ractl->mapping, folio, index, gfp);
        if (err != 0)
        {
            folio_put(folio);
            return err;
        }

        ractl->_nr_pages += 1u << (int)order;
        ractl->_workingset |= folio_test_workingset(folio);
        return 0;
    }

    /// <summary>Reads the window in folios as large as the stream has earned, where the file has large ones.</summary>
    [KernelSource(C, "page_cache_ra_order", Parity.Full)]
    public static void page_cache_ra_order(readahead_control* ractl, file_ra_state* ra)
    {
        address_space* mapping = ractl->mapping;
        pgoff_t start = readahead_index(ractl);
        pgoff_t index = start;
        uint min_order = mapping_min_folio_order(mapping);
        pgoff_t limit = (pgoff_t)(i_size_read(mapping->host) - 1) >> PAGE_SHIFT;
        pgoff_t mark = index + ra->size - ra->async_size;
        int err = 0;
        gfp_t gfp = readahead_gfp_mask(mapping);
        uint new_order = ra->order;

        if (!mapping_large_folio_support(mapping))
        {
            ra->order = 0;
            goto fallback;
        }

        limit = Math.Min(limit, index + ra->size - 1);

        new_order = Math.Min(mapping_max_folio_order(mapping), new_order);
        new_order = Math.Min(new_order, (uint)ilog2(ra->size));
        new_order = Math.Max(new_order, min_order);

        ra->order = (ushort)new_order;

        // See page_cache_ra_unbounded().
        uint nofs = memalloc_nofs_save();
        filemap_invalidate_lock_shared(mapping);
        ractl->_index = mapping_align_index(mapping, index);
        index = readahead_index(ractl);

        while (index <= limit)
        {
            uint order = new_order;

            // A folio is aligned to its size.
            if ((index & ((1UL << (int)order) - 1)) != 0)
                order = (uint)__ffs(index);
            // And does not reach beyond the end of the file or the window.
            while (order > min_order && index + (1UL << (int)order) - 1 > limit)
                order--;
            err = ra_alloc_folio(ractl, index, mark, order, gfp);
            if (err != 0)
                break;
            index += 1UL << (int)order;
        }

        read_pages(ractl);
        filemap_invalidate_unlock_shared(mapping);
        memalloc_nofs_restore(nofs);

        // Something cached, or no memory: the rest is for single pages, which go on behind what is there.
        if (err == 0)
            return;
    fallback:
        if (ra->size > index - start)
            do_page_cache_ra(ractl, ra->size - (index - start), ra->async_size);
    }

    [KernelSource(C, "ractl_max_pages", Parity.Full)]
    private static ulong ractl_max_pages(readahead_control* ractl, ulong req_size)
    {
        backing_dev_info* bdi = inode_to_bdi(ractl->mapping->host);
        ulong max_pages = ractl->ra->ra_pages;

        // A request that is larger than the window may be served at once, if the device takes it at once.
        if (req_size > max_pages && bdi->io_pages > max_pages)
            max_pages = Math.Min(req_size, bdi->io_pages);
        return max_pages;
    }

    /// <summary>The page that is needed is not cached: reads it, and more if this looks like going through the file.</summary>
    [KernelSource(C, "page_cache_sync_ra", Parity.Full)]
    public static void page_cache_sync_ra(readahead_control* ractl, ulong req_count)
    {
        pgoff_t index = readahead_index(ractl);
        bool do_forced_ra = ractl->file != null && (ractl->file->f_mode & FMODE_RANDOM) != 0;
        file_ra_state* ra = ractl->ra;

        // Without readahead, what is asked for is read and no more.
        if (ra->ra_pages == 0 || blk_cgroup_congested())
        {
            if (ractl->file == null)
                return;
            req_count = 1;
            do_forced_ra = true;
        }

        if (do_forced_ra)
        {
            force_page_cache_ra(ractl, req_count);
            return;
        }

        ulong max_pages = ractl_max_pages(ractl, req_count);
        pgoff_t prev_index = (ulong)ra->prev_pos >> PAGE_SHIFT;

        // The start of the file, a large request, or right behind the last one: as if the file were read from here to its end.
        if (index == 0 || req_count > max_pages || index - prev_index <= 1UL)
        {
            ra->start = index;
            ra->size = (uint)get_init_ra_size(req_count, max_pages);
            ra->async_size = (uint)(ra->size > req_count ? ra->size - req_count : ra->size >> 1);
            goto readit;
        }

        // What is cached right before it is a trace of going through the file.
        rcu_read_lock();
        pgoff_t miss = page_cache_prev_miss(ractl->mapping, index - 1, max_pages);
        rcu_read_unlock();
        ulong contig_count = index - miss - 1;

        // A small random read: as it is, without a window.
        if (contig_count <= req_count)
        {
            do_page_cache_ra(ractl, req_count, 0);
            return;
        }

        // The trace goes back to the start of the file: a long stream, it seems.
        if (miss == ulong.MaxValue)
            contig_count *= 2;
        ra->start = index;
        ra->size = (uint)Math.Min(contig_count + req_count, max_pages);
        ra->async_size = 1;
    readit:
        ra->order = 0;
        ractl->_index = ra->start;
        page_cache_ra_order(ractl, ra);
    }

    /// <summary>A page with the readahead mark is used: reads the next window, while the rest of this one is used.</summary>
    [KernelSource(C, "page_cache_async_ra", Parity.Full)]
    public static void page_cache_async_ra(readahead_control* ractl, folio* folio, ulong req_count)
    {
        file_ra_state* ra = ractl->ra;
        pgoff_t index = readahead_index(ractl);

        if (ra->ra_pages == 0)
            return;

        // The same bit means to reclaim after writeback.
        if (folio_test_writeback(folio))
            return;

        folio_clear_readahead(folio);

        if (blk_cgroup_congested())
            return;

        ulong max_pages = ractl_max_pages(ractl, req_count);

        // The mark is where it was set last: the window moves on.
        pgoff_t expected = round_down((ulong)ra->start + ra->size - ra->async_size, folio_nr_pages(folio));
        if (index == expected)
        {
            ra->start += ra->size;
            ra->size = (uint)Math.Max(ra->size, get_next_ra_size(ra, max_pages));
            goto readit;
        }

        // Somebody else's mark, or of one of several streams: the next hole in the cache is where to go on.
        rcu_read_lock();
        pgoff_t start = page_cache_next_miss(ractl->mapping, index + 1, max_pages);
        rcu_read_unlock();

        if (start == 0 || start - index > max_pages)
            return;

        ra->start = start;
        ra->size = (uint)(start - index);
        ra->size += (uint)req_count;
        ra->size = (uint)get_next_ra_size(ra, max_pages);
    readit:
        ra->order += 2;
        ulong align = 1UL << (int)Math.Min(ra->order, (uint)ilog2(max_pages & (~max_pages + 1)));
        ulong end = ra->start + ra->size;
        ulong aligned_end = round_down(end, align);
        if (aligned_end > ra->start)
            ra->size -= (uint)(end - aligned_end);
        ra->async_size = ra->size;
        ractl->_index = ra->start;
        page_cache_ra_order(ractl, ra);
    }

    [KernelSource(C, "ksys_readahead", Parity.Reduced, "the caller has the file")]
    public static long ksys_readahead(@file* file, loff_t offset, ulong count)
    {
        if ((file->f_mode & FMODE_READ) == 0)
            return -EBADF;
        if (file->f_mapping == null || file->f_mapping->a_ops == null)
            return -EINVAL;
        if (!S_ISREG(file_inode(file)->i_mode))
            return -EINVAL;

        return vfs_fadvise(file, offset, (loff_t)count, POSIX_FADV_WILLNEED);
    }
}
