// SPDX-License-Identifier: GPL-2.0-only
// fs/buffer.c: looking buffers up, each CPU's last ones, and taking them away from folios.
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_bio_h;
using static Linux.linux_pagemap_h;

namespace Linux;

[InlineArray(fs_buffer_c.BH_LRU_SIZE)]
public struct bh_lru_slots
{
    private nint first; // buffer_head*
}

public unsafe struct bh_lru
{
    public bh_lru_slots slots;

    public buffer_head** bhs
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (buffer_head**)Unsafe.AsPointer(ref slots);
    }
}

public static unsafe partial class fs_buffer_c
{
    public const int BH_LRU_SIZE = 16;

    // The buffers a CPU used last, each with a reference. Only with interrupts off.
    [PerCpu(Remote = true)]
    private static readonly PerCpu<bh_lru>* bh_lrus = DEFINE_PER_CPU<bh_lru>();

    [KernelSource(C, "bh_lru_lock", Parity.Full)]
    [IrqDisable]
    private static void bh_lru_lock() => local_irq_disable();

    [KernelSource(C, "bh_lru_unlock", Parity.Full)]
    [IrqEnable]
    private static void bh_lru_unlock() => local_irq_enable();

    [KernelSource(C, "check_irqs_on", Parity.Full)]
    private static void check_irqs_on() => BUG_ON(irqs_disabled());

    // In front, the others one on, the last one out.
    [KernelSource(C, "bh_lru_install", Parity.Full)]
    [RequiresIrqsOn]
    private static void bh_lru_install(buffer_head* bh)
    {
        buffer_head* evictee = bh;

        check_irqs_on();
        bh_lru_lock();

        // While somebody drains the LRU caches for good, a reference here would be in his way.
        if (lru_cache_disabled() || cpu_is_isolated(smp_processor_id()))
        {
            bh_lru_unlock();
            return;
        }

        bh_lru* b = this_cpu_ptr(bh_lrus);
        for (int i = 0; i < BH_LRU_SIZE; i++)
        {
            buffer_head* t = b->bhs[i];
            b->bhs[i] = evictee;
            evictee = t;
            if (evictee == bh)
            {
                bh_lru_unlock();
                return;
            }
        }

        get_bh(bh);
        bh_lru_unlock();
        brelse(evictee);
    }

    [KernelSource(C, "lookup_bh_lru", Parity.Full)]
    [RequiresIrqsOn]
    private static buffer_head* lookup_bh_lru(block_device* bdev, sector_t block, uint size)
    {
        buffer_head* ret = null;

        check_irqs_on();
        bh_lru_lock();
        if (cpu_is_isolated(smp_processor_id()))
        {
            bh_lru_unlock();
            return null;
        }

        bh_lru* b = this_cpu_ptr(bh_lrus);
        for (int i = 0; i < BH_LRU_SIZE; i++)
        {
            buffer_head* bh = b->bhs[i];

            if (bh != null && bh->b_blocknr == block && bh->b_bdev == bdev && bh->b_size == size)
            {
                if (i != 0)
                {
                    while (i != 0)
                    {
                        b->bhs[i] = b->bhs[i - 1];
                        i--;
                    }

                    b->bhs[0] = bh;
                }

                get_bh(bh);
                ret = bh;
                break;
            }
        }

        bh_lru_unlock();
        return ret;
    }

    [KernelSource(C, "find_get_block_common", Parity.Full)]
    private static buffer_head* find_get_block_common(block_device* bdev, sector_t block, uint size, bool atomic)
    {
        buffer_head* bh = lookup_bh_lru(bdev, block, size);

        if (bh == null)
        {
            // The page is marked accessed on the way.
            bh = __find_get_block_slow(bdev, block, atomic);
            if (bh != null)
                bh_lru_install(bh);
        }
        else
        {
            touch_buffer(bh);
        }

        return bh;
    }

    [KernelSource(C, "__find_get_block", Parity.Full)]
    public static buffer_head* __find_get_block(block_device* bdev, sector_t block, uint size) =>
        find_get_block_common(bdev, block, size, true);

    [KernelSource(C, "__find_get_block_nonatomic", Parity.Full)]
    public static buffer_head* __find_get_block_nonatomic(block_device* bdev, sector_t block, uint size) =>
        find_get_block_common(bdev, block, size, false);

    /// <summary>The buffer of a block of the disk, made if need be; its data may not be there.</summary>
    [KernelSource(C, "bdev_getblk", Parity.Full)]
    [MightSleepIf("gfp")]
    public static buffer_head* bdev_getblk(block_device* bdev, sector_t block, uint size, gfp_t gfp)
    {
        buffer_head* bh = gfpflags_allow_blocking(gfp)
            ? __find_get_block_nonatomic(bdev, block, size)
            : __find_get_block(bdev, block, size);

        might_alloc(gfp);
        if (bh != null)
            return bh;

        return __getblk_slow(bdev, block, size, gfp);
    }

    [KernelSource(C, "__breadahead", Parity.Full)]
    public static void __breadahead(block_device* bdev, sector_t block, uint size)
    {
        buffer_head* bh = bdev_getblk(bdev, block, size, GFP_NOWAIT | __GFP_MOVABLE);

        if (bh != null)
        {
            bh_readahead(bh, REQ_RAHEAD);
            brelse(bh);
        }
    }

    /// <summary>The buffer of a block with its data; null when it cannot be read.</summary>
    [KernelSource(C, "__bread_gfp", Parity.Full)]
    public static buffer_head* __bread_gfp(block_device* bdev, sector_t block, uint size, gfp_t gfp)
    {
        gfp |= mapping_gfp_constraint(bdev->bd_mapping, ~__GFP_FS);

        // Metadata cannot do without.
        gfp |= __GFP_NOFAIL;

        buffer_head* bh = bdev_getblk(bdev, block, size, gfp);

        if (bh != null && !buffer_uptodate(bh))
            bh = __bread_slow(bh);
        return bh;
    }

    [KernelSource(C, "__invalidate_bh_lrus", Parity.Full)]
    private static void __invalidate_bh_lrus(bh_lru* b)
    {
        for (int i = 0; i < BH_LRU_SIZE; i++)
        {
            brelse(b->bhs[i]);
            b->bhs[i] = null;
        }
    }

    // In each CPU that has some, by an interrupt there.
    [KernelSource(C, "invalidate_bh_lru", Parity.Full)]
    private static void invalidate_bh_lru(void* arg)
    {
        preempt_disable();
        __invalidate_bh_lrus(this_cpu_ptr(bh_lrus));
        preempt_enable();
    }

    [KernelSource(C, "has_bh_in_lru", Parity.Full)]
    public static bool has_bh_in_lru(int cpu, void* dummy)
    {
        bh_lru* b = per_cpu_ptr(bh_lrus, cpu);

        for (int i = 0; i < BH_LRU_SIZE; i++)
        {
            if (b->bhs[i] != null)
                return true;
        }

        return false;
    }

    /// <summary>Empties those of all CPUs.</summary>
    [KernelSource(C, "invalidate_bh_lrus", Parity.Full)]
    public static void invalidate_bh_lrus() => on_each_cpu_cond(&has_bh_in_lru, &invalidate_bh_lru, null, true);

    /// <summary>Empties this CPU's; from the draining of its other LRU caches.</summary>
    [KernelSource(C, "invalidate_bh_lrus_cpu", Parity.Full)]
    public static void invalidate_bh_lrus_cpu()
    {
        bh_lru_lock();
        bh_lru* b = this_cpu_ptr(bh_lrus);
        __invalidate_bh_lrus(b);
        bh_lru_unlock();
    }

    [KernelSource(C, "folio_set_bh", Parity.Full)]
    public static void folio_set_bh(buffer_head* bh, folio* folio, ulong offset)
    {
        bh->b_folio = folio;
        BUG_ON(offset >= folio_size(folio));
        bh->b_data = (byte*)folio_address(folio) + offset;
    }

    private const ulong BUFFER_FLAGS_DISCARD = 1UL << BH_Mapped | 1UL << BH_New | 1UL << BH_Req | 1UL << BH_Delay | 1UL << BH_Unwritten;

    // The block is no longer the file's: nobody may write to it.
    [KernelSource(C, "discard_buffer", Parity.Full)]
    private static void discard_buffer(buffer_head* bh)
    {
        lock_buffer(bh);
        clear_buffer_dirty(bh);
        bh->b_bdev = null;
        ulong b_state = READ_ONCE(&bh->b_state);
        for (; ; )
        {
            ulong seen = cmpxchg(&bh->b_state, b_state, b_state & ~BUFFER_FLAGS_DISCARD);
            if (seen == b_state)
                break;
            b_state = seen;
        }

        unlock_buffer(bh);
    }

    /// <summary>Part of a folio, or all of it, is truncated: the buffers that lie in that part forget their blocks.</summary>
    [KernelSource(C, "block_invalidate_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static void block_invalidate_folio(folio* folio, ulong offset, ulong length)
    {
        ulong curr_off = 0;
        ulong stop = length + offset;

        BUG_ON(!folio_test_locked(folio));

        // The length may have been so large that the sum is small.
        BUG_ON(stop > folio_size(folio) || stop < length);

        buffer_head* head = folio_buffers(folio);
        if (head == null)
            return;

        buffer_head* bh = head;
        do
        {
            ulong next_off = curr_off + bh->b_size;
            buffer_head* next = bh->b_this_page;

            // A block that reaches beyond the range stays, and so do those behind it.
            if (next_off > stop)
                goto @out;

            // The block that the range begins within stays as well.
            if (offset <= curr_off)
                discard_buffer(bh);
            curr_off = next_off;
            bh = next;
        }
        while (bh != head);

        // With all of them gone, maybe they can be freed. If not, reclaim finds them later.
        if (length == folio_size(folio))
            filemap_release_folio(folio, 0);
    @out:
        folio_clear_mappedtodisk(folio);
    }

    /// <summary>Gives a folio buffers, which know of no blocks yet.</summary>
    [KernelSource(C, "create_empty_buffers", Parity.Full)]
    [Excludes("folio->mapping->i_private_lock")]
    public static buffer_head* create_empty_buffers(folio* folio, ulong blocksize, ulong b_state)
    {
        gfp_t gfp = GFP_NOFS | __GFP_ACCOUNT | __GFP_NOFAIL;

        buffer_head* head = folio_alloc_buffers(folio, blocksize, gfp);
        buffer_head* bh = head;
        buffer_head* tail;
        do
        {
            bh->b_state |= b_state;
            tail = bh;
            bh = bh->b_this_page;
        }
        while (bh != null);
        tail->b_this_page = head;

        spin_lock(&folio->mapping->i_private_lock);
        if (folio_test_uptodate(folio) || folio_test_dirty(folio))
        {
            bh = head;
            do
            {
                if (folio_test_dirty(folio))
                    set_buffer_dirty(bh);
                if (folio_test_uptodate(folio))
                    set_buffer_uptodate(bh);
                bh = bh->b_this_page;
            }
            while (bh != head);
        }

        folio_attach_private(folio, head);
        spin_unlock(&folio->mapping->i_private_lock);

        return head;
    }

    /// <summary>These blocks belong to a file now: buffers that the disk's own cache has of them are not to be written any more.</summary>
    [KernelSource(C, "clean_bdev_aliases", Parity.Full)]
    public static void clean_bdev_aliases(block_device* bdev, sector_t block, sector_t len)
    {
        address_space* bd_mapping = bdev->bd_mapping;
        int blkbits = bd_mapping->host->i_blkbits;
        folio_batch fbatch;
        pgoff_t index = (block << blkbits) / PAGE_SIZE;
        pgoff_t end = ((block + len - 1) << blkbits) / PAGE_SIZE;

        folio_batch_init(&fbatch);
        while (filemap_get_folios(bd_mapping, &index, end, &fbatch) != 0)
        {
            uint count = folio_batch_count(&fbatch);
            for (uint i = 0; i < count; i++)
            {
                folio* folio = fbatch.folios[i];

                if (folio_buffers(folio) == null)
                    continue;
                // The folio lock keeps the buffers, and i_private_lock need not be held across waiting.
                folio_lock(folio);
                // They may have gone until it was locked.
                buffer_head* head = folio_buffers(folio);
                if (head == null)
                    goto unlock_page;
                buffer_head* bh = head;
                do
                {
                    if (!buffer_mapped(bh) || bh->b_blocknr < block)
                        goto next;
                    if (bh->b_blocknr >= block + len)
                        break;
                    clear_buffer_dirty(bh);
                    wait_on_buffer(bh);
                    clear_buffer_req(bh);
                next:
                    bh = bh->b_this_page;
                }
                while (bh != head);
            unlock_page:
                folio_unlock(folio);
            }

            folio_batch_release(&fbatch);
            cond_resched();
            // The batch ended behind the range, or the index wrapped around.
            if (index > end || index == 0)
                break;
        }
    }

    // ---------------------------------------------------------------- freeing

    [KernelSource(C, "buffer_busy", Parity.Full)]
    private static bool buffer_busy(buffer_head* bh) =>
        atomic_read(&bh->b_count) != 0 || (bh->b_state & ((1UL << BH_Dirty) | (1UL << BH_Lock))) != 0;

    [KernelSource(C, "drop_buffers", Parity.Full)]
    private static bool drop_buffers(folio* folio, buffer_head** buffers_to_free)
    {
        buffer_head* head = folio_buffers(folio);
        buffer_head* bh = head;

        do
        {
            if (buffer_busy(bh))
                return false;
            bh = bh->b_this_page;
        }
        while (bh != head);

        do
        {
            buffer_head* next = bh->b_this_page;

            if (bh->b_assoc_map != null)
                __remove_assoc_queue(bh);
            bh = next;
        }
        while (bh != head);
        *buffers_to_free = head;
        folio_detach_private(folio);
        return true;
    }

    /// <summary>Frees the buffers of a locked folio if all of them are clean and unused.</summary>
    /// <remarks>
    /// The folio may still be dirty, if each buffer was written by itself: it is clean then. That is said under
    /// i_private_lock, for block_dirty_folio() may be about to dirty it.
    /// </remarks>
    [KernelSource(C, "try_to_free_buffers", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("address_space.i_private_lock")]
    public static bool try_to_free_buffers(folio* folio)
    {
        address_space* mapping = folio->mapping;
        buffer_head* buffers_to_free = null;
        bool ret;

        BUG_ON(!folio_test_locked(folio));
        if (folio_test_writeback(folio))
            return false;

        // Only folios with buffers are to get here.
        if (WARN_ON_ONCE(folio_buffers(folio) == null))
            return true;

        // Of no file any more: there is no lock to be taken.
        if (mapping == null)
        {
            ret = drop_buffers(folio, &buffers_to_free);
            goto @out;
        }

        spin_lock(&mapping->i_private_lock);
        ret = drop_buffers(folio, &buffers_to_free);
        if (ret)
            folio_cancel_dirty(folio);
        spin_unlock(&mapping->i_private_lock);
    @out:
        if (buffers_to_free != null)
        {
            buffer_head* bh = buffers_to_free;

            do
            {
                buffer_head* next = bh->b_this_page;
                free_buffer_head(bh);
                bh = next;
            }
            while (bh != buffers_to_free);
        }

        return ret;
    }
}
