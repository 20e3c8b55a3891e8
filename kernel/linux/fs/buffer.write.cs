// SPDX-License-Identifier: GPL-2.0-only
// fs/buffer.c: growing and cutting files, submitting buffers, and the cache that buffers come from.
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_bio_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class fs_buffer_c
{
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
    [TryAcquires(Result.Zero, "folio.PG_locked")]
    public static int block_page_mkwrite(vm_area_struct* vma, vm_fault* vmf, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        folio* folio = page_folio(vmf->page);
        inode* inode = file_inode(vma->vm_file);
        int ret;

        folio_lock(folio);
        loff_t size = i_size_read(inode);
        if (folio->mapping != inode->i_mapping || folio_pos(folio) >= size)
        {
            // To a fault, EFAULT says that the page is not the file's any more.
            ret = -EFAULT;
            goto out_unlock;
        }

        ulong end = folio_size(folio);
        // In the last page, blocks only as far as the file goes.
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

        // On a boundary no block is cut in two.
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

        // The block that the cut goes through.
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
            // A hole reads as zeroes anyway.
            if (!buffer_mapped(bh))
                goto unlock;
        }

        // In an uptodate folio each buffer is, though it may not say so yet.
        if (folio_test_uptodate(folio))
            set_buffer_uptodate(bh);

        if (!buffer_uptodate(bh) && !buffer_delay(bh) && !buffer_unwritten(bh))
        {
            err = bh_read(bh, 0);
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
    [Releases("folio->PG_locked")]
    public static int block_write_full_folio(folio* folio, writeback_control* wbc, delegate*<inode*, sector_t, buffer_head*, bool, int> get_block)
    {
        inode* inode = folio->mapping->host;
        loff_t i_size = i_size_read(inode);

        // The usual case: all of it is the file's.
        if (folio_pos(folio) + (loff_t)folio_size(folio) <= i_size)
            return __block_write_full_folio(inode, folio, get_block, wbc);

        // Cut off meanwhile, and about to leave the cache: not written.
        if (folio_pos(folio) >= i_size)
        {
            folio_unlock(folio);
            return 0; // nothing is lost by it
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

    [KernelSource(C, "end_bio_bh_io_sync", Parity.Reduced, "no bio is quiet about its errors")]
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

        // A write that failed is made up for by another one of the block.
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

    [PerCpu(Remote = true)]
    private static readonly PerCpu<bh_accounting>* bh_accounting = DEFINE_PER_CPU<bh_accounting>();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->nr")]
    private static PerCpu<int>* nr_of(PerCpu<bh_accounting>* p) => percpu_member(p, ref layout_of(p).nr);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->ratelimit")]
    private static PerCpu<int>* ratelimit_of(PerCpu<bh_accounting>* p) => percpu_member(p, ref layout_of(p).ratelimit);

    [KernelSource(C, "recalc_bh_state", Parity.Full)]
    [RequiresPreemptOff]
    private static void recalc_bh_state()
    {
        int tot = 0;

        if (__this_cpu_inc_return(ratelimit_of(bh_accounting)) - 1 < 4096)
            return;
        __this_cpu_write(ratelimit_of(bh_accounting), 0);
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
            __this_cpu_inc(nr_of(bh_accounting));
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
        __this_cpu_dec(nr_of(bh_accounting));
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
        this_cpu_add(nr_of(bh_accounting), per_cpu_ptr(bh_accounting, (int)cpu)->nr);
        per_cpu_ptr(bh_accounting, (int)cpu)->nr = 0;
        return 0;
    }

    [KernelSource(C, "buffer_init", Parity.Full)]
    public static void buffer_init()
    {
        bh_cachep = kmem_cache_create("buffer_head"u8, (uint)sizeof(buffer_head), (uint)sizeof(void*), SLAB_RECLAIM_ACCOUNT | SLAB_PANIC, null);

        // Buffer heads may take a tenth of memory.
        ulong nrpages = nr_free_buffer_pages() * 10 / 100;
        max_buffer_heads = nrpages * (PAGE_SIZE / (ulong)sizeof(buffer_head));
        int ret = cpuhp_setup_state_nocalls(CPUHP_FS_BUFF_DEAD, "fs/buffer:dead", null, &buffer_exit_cpu_dead);
        WARN_ON(ret < 0);
    }
}
