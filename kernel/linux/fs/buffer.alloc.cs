// SPDX-License-Identifier: GPL-2.0-only
// fs/buffer.c: ends of buffers' I/O, buffers of a file's metadata, and allocating them.
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_bio_h;
using static Linux.linux_blkdev_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_sched_mm_h;

namespace Linux;

public static unsafe partial class fs_buffer_c
{
    private const string C = "fs/buffer.c";

    [KernelSource(C, "touch_buffer", Parity.Full)]
    public static void touch_buffer(buffer_head* bh) => folio_mark_accessed(bh->b_folio);

    [KernelSource(C, "__lock_buffer", Parity.Full)]
    public static void __lock_buffer(buffer_head* bh) => wait_on_bit_lock_io(&bh->b_state, BH_Lock, TASK_UNINTERRUPTIBLE);

    [KernelSource(C, "unlock_buffer", Parity.Full)]
    public static void unlock_buffer(buffer_head* bh)
    {
        clear_bit_unlock(BH_Lock, &bh->b_state);
        smp_mb__after_atomic();
        wake_up_bit(&bh->b_state, BH_Lock);
    }

    /// <summary>Whether a folio counts as dirty or under writeback because of its buffers.</summary>
    [KernelSource(C, "buffer_check_dirty_writeback", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static void buffer_check_dirty_writeback(folio* folio, bool* dirty, bool* writeback)
    {
        *dirty = false;
        *writeback = false;

        BUG_ON(!folio_test_locked(folio));

        buffer_head* head = folio_buffers(folio);
        if (head == null)
            return;

        if (folio_test_writeback(folio))
            *writeback = true;

        buffer_head* bh = head;
        do
        {
            if (buffer_locked(bh))
                *writeback = true;

            if (buffer_dirty(bh))
                *dirty = true;

            bh = bh->b_this_page;
        }
        while (bh != head);
    }

    // The buffer may be gone by the time this returns: only the lock bit was waited for.
    [KernelSource(C, "__wait_on_buffer", Parity.Full)]
    public static void __wait_on_buffer(buffer_head* bh) => wait_on_bit_io(&bh->b_state, BH_Lock, TASK_UNINTERRUPTIBLE);

    private static readonly ratelimit_state* buffer_error_ratelimit =
        data(new ratelimit_state { interval = 5 * (int)HZ, burst = 10 });

    [KernelSource(C, "buffer_io_error", Parity.Full)]
    private static void buffer_io_error(buffer_head* bh, string msg)
    {
        if (!test_bit(BH_Quiet, &bh->b_state) && __ratelimit(buffer_error_ratelimit))
            pr_err($"Buffer I/O error on dev {MAJOR(bh->b_bdev->bd_dev)}:{MINOR(bh->b_bdev->bd_dev)}, logical block {bh->b_blocknr}{msg}");
    }

    // Only unlocks: whoever reads ahead keeps no reference.
    [KernelSource(C, "__end_buffer_read_notouch", Parity.Full)]
    private static void __end_buffer_read_notouch(buffer_head* bh, bool uptodate)
    {
        if (uptodate)
            set_buffer_uptodate(bh);
        else
            clear_buffer_uptodate(bh);
        unlock_buffer(bh);
    }

    [KernelSource(C, "end_buffer_read_sync", Parity.Full)]
    public static void end_buffer_read_sync(buffer_head* bh, bool uptodate)
    {
        put_bh(bh);
        __end_buffer_read_notouch(bh, uptodate);
    }

    [KernelSource(C, "end_buffer_write_sync", Parity.Full)]
    public static void end_buffer_write_sync(buffer_head* bh, bool uptodate)
    {
        if (uptodate)
        {
            set_buffer_uptodate(bh);
        }
        else
        {
            buffer_io_error(bh, ", lost sync page write");
            mark_buffer_write_io_error(bh);
            clear_buffer_uptodate(bh);
        }

        unlock_buffer(bh);
        put_bh(bh);
    }

    // By the disk's own page cache. With the private lock, or with the folio locked, its buffers stay.
    [KernelSource(C, "__find_get_block_slow", Parity.Reduced, "a block that should be there and is not is not printed")]
    [Excludes("address_space.i_private_lock")]
    private static buffer_head* __find_get_block_slow(block_device* bdev, sector_t block, bool atomic)
    {
        address_space* bd_mapping = bdev->bd_mapping;
        int blkbits = bd_mapping->host->i_blkbits;
        buffer_head* ret = null;

        pgoff_t index = (block << blkbits) / PAGE_SIZE;
        folio* folio = __filemap_get_folio(bd_mapping, index, FGP_ACCESSED, 0);
        if (IS_ERR(folio))
            goto @out;

        if (atomic)
            spin_lock(&bd_mapping->i_private_lock);
        else
            folio_lock(folio);

        buffer_head* head = folio_buffers(folio);
        if (head == null)
            goto out_unlock;

        buffer_head* bh = head;
        do
        {
            if (buffer_mapped(bh) && bh->b_blocknr == block)
            {
                ret = bh;
                get_bh(bh);
                goto out_unlock;
            }

            bh = bh->b_this_page;
        }
        while (bh != head);

    out_unlock:
        if (atomic)
            spin_unlock(&bd_mapping->i_private_lock);
        else
            folio_unlock(folio);
        folio_put(folio);
    @out:
        return ret;
    }

    [KernelSource(C, "end_buffer_async_read", Parity.Full)]
    [Releases("folio.PG_locked", Later = true)]
    [Excludes("buffer_head.b_uptodate_lock")]
    private static void end_buffer_async_read(buffer_head* bh, bool uptodate)
    {
        bool folio_uptodate = true;

        BUG_ON(!buffer_async_read(bh));

        folio* folio = bh->b_folio;
        if (uptodate)
        {
            set_buffer_uptodate(bh);
        }
        else
        {
            clear_buffer_uptodate(bh);
            buffer_io_error(bh, ", async page read");
        }

        // Ends of several buffers of a folio may come at once: one of them, and only one, ends the folio.
        buffer_head* first = folio_buffers(folio);
        spin_lock_irqsave(&first->b_uptodate_lock, out IrqFlags flags);
        clear_buffer_async_read(bh);
        unlock_buffer(bh);
        buffer_head* tmp = bh;
        do
        {
            if (!buffer_uptodate(tmp))
                folio_uptodate = false;
            if (buffer_async_read(tmp))
            {
                BUG_ON(!buffer_locked(tmp));
                spin_unlock_irqrestore(&first->b_uptodate_lock, flags);
                return;
            }

            tmp = tmp->b_this_page;
        }
        while (tmp != bh);
        spin_unlock_irqrestore(&first->b_uptodate_lock, flags);

        folio_end_read(folio, folio_uptodate);
    }

    [KernelSource(C, "end_buffer_async_read_io", Parity.Reduced, "nothing is encrypted or verified")]
    [Releases("folio.PG_locked", Later = true)]
    private static void end_buffer_async_read_io(buffer_head* bh, bool uptodate) => end_buffer_async_read(bh, uptodate);

    [KernelSource(C, "end_buffer_async_write", Parity.Full)]
    [Excludes("buffer_head.b_uptodate_lock")]
    private static void end_buffer_async_write(buffer_head* bh, bool uptodate)
    {
        BUG_ON(!buffer_async_write(bh));

        folio* folio = bh->b_folio;
        if (uptodate)
        {
            set_buffer_uptodate(bh);
        }
        else
        {
            buffer_io_error(bh, ", lost async page write");
            mark_buffer_write_io_error(bh);
            clear_buffer_uptodate(bh);
        }

        buffer_head* first = folio_buffers(folio);
        spin_lock_irqsave(&first->b_uptodate_lock, out IrqFlags flags);

        clear_buffer_async_write(bh);
        unlock_buffer(bh);
        buffer_head* tmp = bh->b_this_page;
        while (tmp != bh)
        {
            if (buffer_async_write(tmp))
            {
                BUG_ON(!buffer_locked(tmp));
                spin_unlock_irqrestore(&first->b_uptodate_lock, flags);
                return;
            }

            tmp = tmp->b_this_page;
        }

        spin_unlock_irqrestore(&first->b_uptodate_lock, flags);
        folio_end_writeback(folio);
    }

    [KernelSource(C, "mark_buffer_async_read", Parity.Full)]
    private static void mark_buffer_async_read(buffer_head* bh)
    {
        bh->b_end_io = &end_buffer_async_read_io;
        set_buffer_async_read(bh);
    }

    [KernelSource(C, "mark_buffer_async_write_endio", Parity.Full)]
    private static void mark_buffer_async_write_endio(buffer_head* bh, delegate*<buffer_head*, bool, void> handler)
    {
        bh->b_end_io = handler;
        set_buffer_async_write(bh);
    }

    [KernelSource(C, "mark_buffer_async_write", Parity.Full)]
    public static void mark_buffer_async_write(buffer_head* bh) => mark_buffer_async_write_endio(bh, &end_buffer_async_write);

    // ---------------------------------------------------------------- a file's metadata
    // Blocks of the disk that say where a file's data is are on the file's list, so that fsync() finds them.
    // The list is guarded by the i_private_lock of the disk's mapping.

    [KernelSource(C, "__remove_assoc_queue", Parity.Full)]
    private static void __remove_assoc_queue(buffer_head* bh)
    {
        list_del_init(&bh->b_assoc_buffers);
        WARN_ON(bh->b_assoc_map == null);
        bh->b_assoc_map = null;
    }

    [KernelSource(C, "inode_has_buffers", Parity.Full)]
    public static bool inode_has_buffers(inode* inode) => !list_empty(&inode->i_data.i_private_list);

    [KernelSource("include/linux/buffer_head.h", "BH_ENTRY", Parity.Full)]
    private static buffer_head* BH_ENTRY(list_head* ptr) => container_of<buffer_head>(ptr, &((buffer_head*)nowhere)->b_assoc_buffers);

    // Waits for what others have started writing.
    [KernelSource(C, "osync_buffers_list", Parity.Full)]
    private static int osync_buffers_list(spinlock_t* @lock, list_head* list)
    {
        int err = 0;

        spin_lock(@lock);
    repeat:
        for (list_head* p = list->prev; p != list; p = p->prev)
        {
            buffer_head* bh = BH_ENTRY(p);
            if (buffer_locked(bh))
            {
                get_bh(bh);
                spin_unlock(@lock);
                wait_on_buffer(bh);
                if (!buffer_uptodate(bh))
                    err = -EIO;
                brelse(bh);
                spin_lock(@lock);
                goto repeat;
            }
        }

        spin_unlock(@lock);
        return err;
    }

    [KernelSource(C, "sync_mapping_buffers", Parity.Full)]
    public static int sync_mapping_buffers(address_space* mapping)
    {
        address_space* buffer_mapping = (address_space*)mapping->i_private_data;

        if (buffer_mapping == null || list_empty(&mapping->i_private_list))
            return 0;

        return fsync_buffers_list(&buffer_mapping->i_private_lock, &mapping->i_private_list);
    }

    [KernelSource(C, "generic_buffers_fsync_noflush", Parity.Full)]
    public static int generic_buffers_fsync_noflush(@file* file, loff_t start, loff_t end, bool datasync)
    {
        inode* inode = file->f_mapping->host;

        int err = file_write_and_wait_range(file, start, end);
        if (err != 0)
            return err;

        int ret = sync_mapping_buffers(inode->i_mapping);
        if ((inode->i_state & I_DIRTY_ALL) == 0)
            goto @out;
        if (datasync && (inode->i_state & I_DIRTY_DATASYNC) == 0)
            goto @out;

        err = sync_inode_metadata(inode, 1);
        if (ret == 0)
            ret = err;

    @out:
        // An error of the writes that were just waited for.
        err = file_check_and_advance_wb_err(file);
        if (ret == 0)
            ret = err;
        return ret;
    }

    [KernelSource(C, "generic_buffers_fsync", Parity.Reduced, "disks have no volatile cache to be flushed")]
    public static int generic_buffers_fsync(@file* file, loff_t start, loff_t end, bool datasync) =>
        generic_buffers_fsync_noflush(file, start, end, datasync);

    [KernelSource(C, "mark_buffer_dirty_inode", Parity.Full)]
    [Excludes("address_space.i_private_lock")]
    public static void mark_buffer_dirty_inode(buffer_head* bh, inode* inode)
    {
        address_space* mapping = inode->i_mapping;
        address_space* buffer_mapping = bh->b_folio->mapping;

        mark_buffer_dirty(bh);
        if (mapping->i_private_data == null)
            mapping->i_private_data = buffer_mapping;
        else
            BUG_ON(mapping->i_private_data != buffer_mapping);
        if (bh->b_assoc_map == null)
        {
            spin_lock(&buffer_mapping->i_private_lock);
            list_move_tail(&bh->b_assoc_buffers, &mapping->i_private_list);
            bh->b_assoc_map = mapping;
            spin_unlock(&buffer_mapping->i_private_lock);
        }
    }

    /// <summary>Marks a folio and all its buffers dirty.</summary>
    /// <remarks>The buffers first: a dirty folio with clean buffers would be written without being written.</remarks>
    [KernelSource(C, "block_dirty_folio", Parity.Full)]
    [Excludes("mapping->i_private_lock")]
    public static bool block_dirty_folio(address_space* mapping, folio* folio)
    {
        spin_lock(&mapping->i_private_lock);
        buffer_head* head = folio_buffers(folio);
        if (head != null)
        {
            buffer_head* bh = head;

            do
            {
                set_buffer_dirty(bh);
                bh = bh->b_this_page;
            }
            while (bh != head);
        }

        bool newly_dirty = !folio_test_set_dirty(folio);
        spin_unlock(&mapping->i_private_lock);

        if (newly_dirty)
            __folio_mark_dirty(folio, mapping, 1);

        if (newly_dirty)
            __mark_inode_dirty(mapping->host, (int)I_DIRTY_PAGES);

        return newly_dirty;
    }

    // Those that are dirtied again meanwhile go back to the file's list, and are not waited for twice.
    [KernelSource(C, "fsync_buffers_list", Parity.Full)]
    private static int fsync_buffers_list(spinlock_t* @lock, list_head* list)
    {
        buffer_head* bh;
        address_space* mapping;
        int err = 0;
        blk_plug plug;
        list_head tmp;

        linux_list_h.INIT_LIST_HEAD(&tmp);
        blk_start_plug(&plug);

        spin_lock(@lock);
        while (!list_empty(list))
        {
            bh = BH_ENTRY(list->next);
            mapping = bh->b_assoc_map;
            __remove_assoc_queue(bh);
            // Who dirties it now sees that it is on no list, or we see that it is dirty.
            smp_mb();
            if (buffer_dirty(bh) || buffer_locked(bh))
            {
                list_add(&bh->b_assoc_buffers, &tmp);
                bh->b_assoc_map = mapping;
                if (buffer_dirty(bh))
                {
                    get_bh(bh);
                    spin_unlock(@lock);
                    write_dirty_buffer(bh, REQ_SYNC);
                    brelse(bh);
                    spin_lock(@lock);
                }
            }
        }

        spin_unlock(@lock);
        blk_finish_plug(&plug);
        spin_lock(@lock);

        while (!list_empty(&tmp))
        {
            bh = BH_ENTRY(tmp.prev);
            get_bh(bh);
            mapping = bh->b_assoc_map;
            __remove_assoc_queue(bh);
            smp_mb();
            if (buffer_dirty(bh))
            {
                list_add(&bh->b_assoc_buffers, &mapping->i_private_list);
                bh->b_assoc_map = mapping;
            }

            spin_unlock(@lock);
            wait_on_buffer(bh);
            if (!buffer_uptodate(bh))
                err = -EIO;
            brelse(bh);
            spin_lock(@lock);
        }

        spin_unlock(@lock);
        int err2 = osync_buffers_list(@lock, list);
        return err != 0 ? err : err2;
    }

    [KernelSource(C, "invalidate_inode_buffers", Parity.Full)]
    [Excludes("address_space.i_private_lock")]
    public static void invalidate_inode_buffers(inode* inode)
    {
        if (inode_has_buffers(inode))
        {
            address_space* mapping = &inode->i_data;
            list_head* list = &mapping->i_private_list;
            address_space* buffer_mapping = (address_space*)mapping->i_private_data;

            spin_lock(&buffer_mapping->i_private_lock);
            while (!list_empty(list))
                __remove_assoc_queue(BH_ENTRY(list->next));
            spin_unlock(&buffer_mapping->i_private_lock);
        }
    }

    /// <summary>Takes clean ones off the inode's list, which is to be reclaimed; false when some are dirty.</summary>
    [KernelSource(C, "remove_inode_buffers", Parity.Full)]
    [Excludes("address_space.i_private_lock")]
    public static bool remove_inode_buffers(inode* inode)
    {
        bool ret = true;

        if (inode_has_buffers(inode))
        {
            address_space* mapping = &inode->i_data;
            list_head* list = &mapping->i_private_list;
            address_space* buffer_mapping = (address_space*)mapping->i_private_data;

            spin_lock(&buffer_mapping->i_private_lock);
            while (!list_empty(list))
            {
                buffer_head* bh = BH_ENTRY(list->next);

                if (buffer_dirty(bh))
                {
                    ret = false;
                    break;
                }

                __remove_assoc_queue(bh);
            }

            spin_unlock(&buffer_mapping->i_private_lock);
        }

        return ret;
    }

    // ---------------------------------------------------------------- allocation

    /// <summary>Allocates the buffers of a folio, charged to whom the folio is charged to, and not to who is here.</summary>
    [KernelSource(C, "folio_alloc_buffers", Parity.Full)]
    public static buffer_head* folio_alloc_buffers(folio* folio, ulong size, gfp_t gfp)
    {
        // The group stays the folio's while that is locked.
        mem_cgroup* memcg = folio_memcg(folio);
        mem_cgroup* old_memcg = set_active_memcg(memcg);
        bool outer = trace_page_owner(true);

        buffer_head* head = null;
        long offset = (long)folio_size(folio);
        while ((offset -= (long)size) >= 0)
        {
            buffer_head* bh = alloc_buffer_head(gfp);
            if (bh == null)
                goto no_grow;

            bh->b_this_page = head;
            bh->b_blocknr = ulong.MaxValue;
            head = bh;

            bh->b_size = size;

            folio_set_bh(bh, folio, (ulong)offset);
        }

    @out:
        trace_page_owner(outer);
        set_active_memcg(old_memcg);
        return head;

        // All or none.
    no_grow:
        while (head != null)
        {
            buffer_head* bh = head;
            head = head->b_this_page;
            free_buffer_head(bh);
        }

        goto @out;
    }

    [KernelSource(C, "alloc_page_buffers", Parity.Full)]
    public static buffer_head* alloc_page_buffers(page* page, ulong size) =>
        folio_alloc_buffers(page_folio(page), size, GFP_NOFS | __GFP_ACCOUNT);

    [KernelSource(C, "link_dev_buffers", Parity.Full)]
    private static void link_dev_buffers(folio* folio, buffer_head* head)
    {
        buffer_head* bh = head;
        buffer_head* tail;

        do
        {
            tail = bh;
            bh = bh->b_this_page;
        }
        while (bh != null);
        tail->b_this_page = head;
        folio_attach_private(folio, head);
    }

    [KernelSource(C, "blkdev_max_block", Parity.Full)]
    private static sector_t blkdev_max_block(block_device* bdev, uint size)
    {
        sector_t retval = ~0UL;
        ulong sz = bdev_nr_sectors(bdev) << 9;

        if (sz != 0)
            retval = sz / size;

        return retval;
    }

    // The buffers of the device's own folio are mapped one to one.
    [KernelSource(C, "folio_init_buffers", Parity.Full)]
    private static sector_t folio_init_buffers(folio* folio, block_device* bdev, uint size)
    {
        buffer_head* head = folio_buffers(folio);
        buffer_head* bh = head;
        bool uptodate = folio_test_uptodate(folio);
        sector_t block = (ulong)folio_pos(folio) / size;
        sector_t end_block = blkdev_max_block(bdev, size);

        do
        {
            if (!buffer_mapped(bh))
            {
                bh->b_end_io = null;
                bh->b_private = null;
                bh->b_bdev = bdev;
                bh->b_blocknr = block;
                if (uptodate)
                    set_buffer_uptodate(bh);
                if (block < end_block)
                    set_buffer_mapped(bh);
            }

            block++;
            bh = bh->b_this_page;
        }
        while (bh != head);

        // Whether the block is on the device is the caller's to know.
        return end_block;
    }

    // false when there is no memory, or no such block.
    [KernelSource(C, "grow_dev_folio", Parity.Full)]
    [Excludes("address_space.i_private_lock")]
    private static bool grow_dev_folio(block_device* bdev, sector_t block, pgoff_t index, uint size, gfp_t gfp)
    {
        address_space* mapping = bdev->bd_mapping;
        sector_t end_block = 0;

        folio* folio = __filemap_get_folio(mapping, index, FGP_LOCK | FGP_ACCESSED | FGP_CREAT, gfp);
        if (IS_ERR(folio))
            return false;

        buffer_head* bh = folio_buffers(folio);
        if (bh != null)
        {
            if (bh->b_size == size)
            {
                end_block = folio_init_buffers(folio, bdev, size);
                goto unlock;
            }

            // Of another size and in use: the caller tries again.
            if (!try_to_free_buffers(folio))
            {
                end_block = ~0UL;
                goto unlock;
            }
        }

        bh = folio_alloc_buffers(folio, size, gfp | __GFP_ACCOUNT);
        if (bh == null)
            goto unlock;

        // Link them before __find_get_block_slow(), which has the lock, may find the folio.
        spin_lock(&mapping->i_private_lock);
        link_dev_buffers(folio, bh);
        end_block = folio_init_buffers(folio, bdev, size);
        spin_unlock(&mapping->i_private_lock);
    unlock:
        folio_unlock(folio);
        folio_put(folio);
        return block < end_block;
    }

    [KernelSource(C, "grow_buffers", Parity.Full)]
    private static bool grow_buffers(block_device* bdev, sector_t block, uint size, gfp_t gfp)
    {
        ulong high = Math.BigMul(block, size, out ulong pos);
        if (high != 0 || pos > long.MaxValue)
        {
            pr_err($"grow_buffers: requested out-of-range block {block} for device {bdev->bd_dev:x}");
            return false;
        }

        return grow_dev_folio(bdev, block, pos / PAGE_SIZE, size, gfp);
    }

    [KernelSource(C, "__getblk_slow", Parity.Reduced, "blocks of devices are of 512 bytes; one of another size is warned of, and not printed besides")]
    private static buffer_head* __getblk_slow(block_device* bdev, sector_t block, uint size, gfp_t gfp)
    {
        bool blocking = gfpflags_allow_blocking(gfp);

        if (WARN_ON_ONCE((size & 511) != 0))
            return null;

        for (; ; )
        {
            if (!grow_buffers(bdev, block, size, gfp))
                return null;

            buffer_head* bh = blocking
                ? __find_get_block_nonatomic(bdev, block, size)
                : __find_get_block(bdev, block, size);
            if (bh != null)
                return bh;
        }
    }

    /// <summary>Marks one buffer dirty, and its folio and inode with it, but not the folio's other buffers.</summary>
    [KernelSource(C, "mark_buffer_dirty", Parity.Full)]
    public static void mark_buffer_dirty(buffer_head* bh)
    {
        WARN_ON_ONCE(!buffer_uptodate(bh));

        // Most often it is. Who writes it out clears the bit before it looks at the data.
        if (buffer_dirty(bh))
        {
            smp_mb();
            if (buffer_dirty(bh))
                return;
        }

        if (!test_set_buffer_dirty(bh))
        {
            folio* folio = bh->b_folio;
            address_space* mapping = null;

            if (!folio_test_set_dirty(folio))
            {
                mapping = folio->mapping;
                if (mapping != null)
                    __folio_mark_dirty(folio, mapping, 0);
            }

            if (mapping != null)
                __mark_inode_dirty(mapping->host, (int)I_DIRTY_PAGES);
        }
    }

    [KernelSource(C, "mark_buffer_write_io_error", Parity.Full)]
    public static void mark_buffer_write_io_error(buffer_head* bh)
    {
        set_buffer_write_io_error(bh);
        // Whoever syncs the disk hears of it, and whoever syncs the file.
        if (bh->b_folio != null && bh->b_folio->mapping != null)
            mapping_set_error(bh->b_folio->mapping, -EIO);
        if (bh->b_assoc_map != null)
            mapping_set_error(bh->b_assoc_map, -EIO);
    }

    [KernelSource(C, "__brelse", Parity.Full)]
    public static void __brelse(buffer_head* bh)
    {
        if (atomic_read(&bh->b_count) != 0)
        {
            put_bh(bh);
            return;
        }

        WARN_ON(true);
    }

    /// <summary>Drops a reference, and the data as well: it need not be written any more.</summary>
    [KernelSource(C, "__bforget", Parity.Full)]
    [Excludes("address_space.i_private_lock")]
    public static void __bforget(buffer_head* bh)
    {
        clear_buffer_dirty(bh);
        if (bh->b_assoc_map != null)
        {
            address_space* buffer_mapping = bh->b_folio->mapping;

            spin_lock(&buffer_mapping->i_private_lock);
            list_del_init(&bh->b_assoc_buffers);
            bh->b_assoc_map = null;
            spin_unlock(&buffer_mapping->i_private_lock);
        }

        __brelse(bh);
    }

    [KernelSource(C, "__bread_slow", Parity.Full)]
    private static buffer_head* __bread_slow(buffer_head* bh)
    {
        lock_buffer(bh);
        if (buffer_uptodate(bh))
        {
            unlock_buffer(bh);
            return bh;
        }

        get_bh(bh);
        bh->b_end_io = &end_buffer_read_sync;
        submit_bh(REQ_OP_READ, bh);
        wait_on_buffer(bh);
        if (buffer_uptodate(bh))
            return bh;

        brelse(bh);
        return null;
    }
}
