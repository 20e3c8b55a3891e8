// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>Where one block of a folio is on the disk, and how it stands with its I/O. 104 bytes as in the kernel.</summary>
[StructLayout(LayoutKind.Explicit, Size = 104)]
public unsafe struct buffer_head
{
    [FieldOffset(0)] public ulong b_state;
    [FieldOffset(8)] public buffer_head* b_this_page; // the folio's next, in a circle
    [FieldOffset(16)] public page* b_page;
    [FieldOffset(16)] public folio* b_folio;
    [FieldOffset(24)] public sector_t b_blocknr;
    [FieldOffset(32)] public ulong b_size;
    [FieldOffset(40)] public byte* b_data;
    [FieldOffset(48)] public block_device* b_bdev;
    [FieldOffset(56)] public delegate*<buffer_head*, bool, void> b_end_io;
    [FieldOffset(64)] public void* b_private;
    [FieldOffset(72)] public list_head b_assoc_buffers; // of the file whose metadata this is
    [FieldOffset(88)] public address_space* b_assoc_map;
    [FieldOffset(96)] public atomic_t b_count;
    [FieldOffset(100)] public spinlock_t b_uptodate_lock; // of the folio's first: serialises ends of I/O
}

public static unsafe partial class linux_buffer_head_h
{
    private const string C = "include/linux/buffer_head.h";

    // enum bh_state_bits
    public const int BH_Uptodate = 0;
    public const int BH_Dirty = 1;
    public const int BH_Lock = 2;
    public const int BH_Req = 3;
    public const int BH_Mapped = 4;
    public const int BH_New = 5;
    public const int BH_Async_Read = 6;
    public const int BH_Async_Write = 7;
    public const int BH_Delay = 8;
    public const int BH_Boundary = 9;
    public const int BH_Write_EIO = 10;
    public const int BH_Unwritten = 11;
    public const int BH_Quiet = 12;
    public const int BH_Meta = 13;
    public const int BH_Prio = 14;
    public const int BH_Defer_Completion = 15;
    public const int BH_Migrate = 16;

    [KernelSource(C, "set_buffer_uptodate", Parity.Full)]
    public static void set_buffer_uptodate(buffer_head* bh)
    {
        // Often set already: the line is not taken from others then.
        if (test_bit(BH_Uptodate, &bh->b_state))
            return;

        // What was read or written before is to be seen by whoever sees the bit.
        smp_mb__before_atomic();
        set_bit(BH_Uptodate, &bh->b_state);
    }

    [KernelSource(C, "clear_buffer_uptodate", Parity.Full)]
    public static void clear_buffer_uptodate(buffer_head* bh) => clear_bit(BH_Uptodate, &bh->b_state);

    [KernelSource(C, "buffer_uptodate", Parity.Full)]
    public static bool buffer_uptodate(buffer_head* bh) => test_bit_acquire(BH_Uptodate, &bh->b_state);

    [KernelSource(C, "set_buffer_dirty", Parity.Full)]
    public static void set_buffer_dirty(buffer_head* bh)
    {
        if (!test_bit(BH_Dirty, &bh->b_state))
            set_bit(BH_Dirty, &bh->b_state);
    }

    [KernelSource(C, "clear_buffer_dirty", Parity.Full)]
    public static void clear_buffer_dirty(buffer_head* bh) => clear_bit(BH_Dirty, &bh->b_state);

    [KernelSource(C, "buffer_dirty", Parity.Full)]
    public static bool buffer_dirty(buffer_head* bh) => test_bit(BH_Dirty, &bh->b_state);

    [KernelSource(C, "test_set_buffer_dirty", Parity.Full)]
    public static bool test_set_buffer_dirty(buffer_head* bh) => test_and_set_bit(BH_Dirty, &bh->b_state);

    [KernelSource(C, "test_clear_buffer_dirty", Parity.Full)]
    public static bool test_clear_buffer_dirty(buffer_head* bh) => test_and_clear_bit(BH_Dirty, &bh->b_state);

    [KernelSource(C, "buffer_locked", Parity.Full)]
    public static bool buffer_locked(buffer_head* bh) => test_bit(BH_Lock, &bh->b_state);

    [KernelSource(C, "test_set_buffer_req", Parity.Full)]
    public static bool test_set_buffer_req(buffer_head* bh) => test_and_set_bit(BH_Req, &bh->b_state);

    [KernelSource(C, "clear_buffer_req", Parity.Full)]
    public static void clear_buffer_req(buffer_head* bh) => clear_bit(BH_Req, &bh->b_state);

    [KernelSource(C, "set_buffer_mapped", Parity.Full)]
    public static void set_buffer_mapped(buffer_head* bh)
    {
        if (!test_bit(BH_Mapped, &bh->b_state))
            set_bit(BH_Mapped, &bh->b_state);
    }

    [KernelSource(C, "clear_buffer_mapped", Parity.Full)]
    public static void clear_buffer_mapped(buffer_head* bh) => clear_bit(BH_Mapped, &bh->b_state);

    [KernelSource(C, "buffer_mapped", Parity.Full)]
    public static bool buffer_mapped(buffer_head* bh) => test_bit(BH_Mapped, &bh->b_state);

    [KernelSource(C, "set_buffer_new", Parity.Full)]
    public static void set_buffer_new(buffer_head* bh)
    {
        if (!test_bit(BH_New, &bh->b_state))
            set_bit(BH_New, &bh->b_state);
    }

    [KernelSource(C, "clear_buffer_new", Parity.Full)]
    public static void clear_buffer_new(buffer_head* bh) => clear_bit(BH_New, &bh->b_state);

    [KernelSource(C, "buffer_new", Parity.Full)]
    public static bool buffer_new(buffer_head* bh) => test_bit(BH_New, &bh->b_state);

    [KernelSource(C, "set_buffer_async_read", Parity.Full)]
    public static void set_buffer_async_read(buffer_head* bh) => set_bit(BH_Async_Read, &bh->b_state);

    [KernelSource(C, "clear_buffer_async_read", Parity.Full)]
    public static void clear_buffer_async_read(buffer_head* bh) => clear_bit(BH_Async_Read, &bh->b_state);

    [KernelSource(C, "buffer_async_read", Parity.Full)]
    public static bool buffer_async_read(buffer_head* bh) => test_bit(BH_Async_Read, &bh->b_state);

    [KernelSource(C, "set_buffer_async_write", Parity.Full)]
    public static void set_buffer_async_write(buffer_head* bh) => set_bit(BH_Async_Write, &bh->b_state);

    [KernelSource(C, "clear_buffer_async_write", Parity.Full)]
    public static void clear_buffer_async_write(buffer_head* bh) => clear_bit(BH_Async_Write, &bh->b_state);

    [KernelSource(C, "buffer_async_write", Parity.Full)]
    public static bool buffer_async_write(buffer_head* bh) => test_bit(BH_Async_Write, &bh->b_state);

    [KernelSource(C, "set_buffer_delay", Parity.Full)]
    public static void set_buffer_delay(buffer_head* bh)
    {
        if (!test_bit(BH_Delay, &bh->b_state))
            set_bit(BH_Delay, &bh->b_state);
    }

    [KernelSource(C, "clear_buffer_delay", Parity.Full)]
    public static void clear_buffer_delay(buffer_head* bh) => clear_bit(BH_Delay, &bh->b_state);

    [KernelSource(C, "buffer_delay", Parity.Full)]
    public static bool buffer_delay(buffer_head* bh) => test_bit(BH_Delay, &bh->b_state);

    [KernelSource(C, "buffer_boundary", Parity.Full)]
    public static bool buffer_boundary(buffer_head* bh) => test_bit(BH_Boundary, &bh->b_state);

    [KernelSource(C, "set_buffer_write_io_error", Parity.Full)]
    public static void set_buffer_write_io_error(buffer_head* bh) => set_bit(BH_Write_EIO, &bh->b_state);

    [KernelSource(C, "clear_buffer_write_io_error", Parity.Full)]
    public static void clear_buffer_write_io_error(buffer_head* bh) => clear_bit(BH_Write_EIO, &bh->b_state);

    [KernelSource(C, "buffer_write_io_error", Parity.Full)]
    public static bool buffer_write_io_error(buffer_head* bh) => test_bit(BH_Write_EIO, &bh->b_state);

    [KernelSource(C, "set_buffer_unwritten", Parity.Full)]
    public static void set_buffer_unwritten(buffer_head* bh)
    {
        if (!test_bit(BH_Unwritten, &bh->b_state))
            set_bit(BH_Unwritten, &bh->b_state);
    }

    [KernelSource(C, "clear_buffer_unwritten", Parity.Full)]
    public static void clear_buffer_unwritten(buffer_head* bh) => clear_bit(BH_Unwritten, &bh->b_state);

    [KernelSource(C, "buffer_unwritten", Parity.Full)]
    public static bool buffer_unwritten(buffer_head* bh) => test_bit(BH_Unwritten, &bh->b_state);

    [KernelSource(C, "buffer_meta", Parity.Full)]
    public static bool buffer_meta(buffer_head* bh) => test_bit(BH_Meta, &bh->b_state);

    [KernelSource(C, "buffer_prio", Parity.Full)]
    public static bool buffer_prio(buffer_head* bh) => test_bit(BH_Prio, &bh->b_state);

    [KernelSource(C, "bh_offset", Parity.Full)]
    public static ulong bh_offset(buffer_head* bh) => (ulong)bh->b_data & (folio_size(bh->b_folio) - 1);

    [KernelSource(C, "folio_buffers", Parity.Full)]
    public static buffer_head* folio_buffers(folio* folio) => (buffer_head*)folio_get_private(folio);

    [KernelSource(C, "get_bh", Parity.Full)]
    public static void get_bh(buffer_head* bh) => atomic_inc(&bh->b_count);

    [KernelSource(C, "put_bh", Parity.Full)]
    public static void put_bh(buffer_head* bh)
    {
        smp_mb__before_atomic();
        atomic_dec(&bh->b_count);
    }

    [KernelSource(C, "brelse", Parity.Full)]
    public static void brelse(buffer_head* bh)
    {
        if (bh != null)
            __brelse(bh);
    }

    [KernelSource(C, "bforget", Parity.Full)]
    public static void bforget(buffer_head* bh)
    {
        if (bh != null)
            __bforget(bh);
    }

    [KernelSource(C, "sb_bread", Parity.Full)]
    public static buffer_head* sb_bread(super_block* sb, sector_t block) =>
        __bread_gfp(sb->s_bdev, block, (uint)sb->s_blocksize, __GFP_MOVABLE);

    [KernelSource(C, "sb_getblk", Parity.Full)]
    public static buffer_head* sb_getblk(super_block* sb, sector_t block) =>
        __getblk(sb->s_bdev, block, (uint)sb->s_blocksize);

    [KernelSource(C, "__getblk", Parity.Full)]
    public static buffer_head* __getblk(block_device* bdev, sector_t block, uint size)
    {
        gfp_t gfp = mapping_gfp_constraint(bdev->bd_mapping, ~__GFP_FS);
        gfp |= __GFP_MOVABLE | __GFP_NOFAIL;

        return bdev_getblk(bdev, block, size, gfp);
    }

    [KernelSource(C, "map_bh", Parity.Full)]
    public static void map_bh(buffer_head* bh, super_block* sb, sector_t block)
    {
        set_buffer_mapped(bh);
        bh->b_bdev = sb->s_bdev;
        bh->b_blocknr = block;
        bh->b_size = sb->s_blocksize;
    }

    [KernelSource(C, "wait_on_buffer", Parity.Full)]
    [MightSleep]
    public static void wait_on_buffer(buffer_head* bh)
    {
        might_sleep();
        if (buffer_locked(bh))
            __wait_on_buffer(bh);
    }

    [KernelSource(C, "trylock_buffer", Parity.Full)]
    public static bool trylock_buffer(buffer_head* bh) => !test_and_set_bit_lock(BH_Lock, &bh->b_state);

    [KernelSource(C, "lock_buffer", Parity.Full)]
    [MightSleep]
    public static void lock_buffer(buffer_head* bh)
    {
        might_sleep();
        if (!trylock_buffer(bh))
            __lock_buffer(bh);
    }

    [KernelSource(C, "bh_readahead", Parity.Full)]
    public static void bh_readahead(buffer_head* bh, blk_opf_t op_flags)
    {
        if (!buffer_uptodate(bh) && trylock_buffer(bh))
        {
            if (!buffer_uptodate(bh))
                __bh_read(bh, op_flags, false);
            else
                unlock_buffer(bh);
        }
    }

    [KernelSource(C, "bh_read_nowait", Parity.Full)]
    public static void bh_read_nowait(buffer_head* bh, blk_opf_t op_flags)
    {
        if (bh_uptodate_or_lock(bh) == 0)
            __bh_read(bh, op_flags, false);
    }

    /// <summary>1 when it was uptodate, 0 when it has been read, or an error.</summary>
    [KernelSource(C, "bh_read", Parity.Full)]
    public static int bh_read(buffer_head* bh, blk_opf_t op_flags)
    {
        if (bh_uptodate_or_lock(bh) != 0)
            return 1;
        return __bh_read(bh, op_flags, true);
    }

    /// <summary>A block that is newly of a file may still be cached of the disk, from when it was something else's.</summary>
    [KernelSource(C, "clean_bdev_bh_alias", Parity.Full)]
    public static void clean_bdev_bh_alias(buffer_head* bh) => clean_bdev_aliases(bh->b_bdev, bh->b_blocknr, 1);
}
