// SPDX-License-Identifier: GPL-2.0-only
// fs/ext4/ext4.h: what mapping of blocks and writeback tell each other.
using static Linux.linux_buffer_head_h;

namespace Linux;

/// <summary>Which blocks of the disk blocks of a file are: asked for by m_lblk and m_len, which the answer may shorten.</summary>
public struct ext4_map_blocks
{
    public ulong m_pblk;
    public uint m_lblk;
    public uint m_len;
    public uint m_flags;
}

/// <summary>A part of the file that an ext4_io_end writes.</summary>
public struct ext4_io_end_vec
{
    public list_head list;
    public loff_t offset;
    public ssize_t size;
}

/// <summary>
/// The bios that write one extent. Unwritten blocks become written when all of them have ended, in a worker; until then what the
/// bios wrote stays under writeback.
/// </summary>
public unsafe struct ext4_io_end
{
    public list_head list; // of the inode's that have ended
    public inode* inode;
    public bio* bio; // those that have ended, linked by bi_private
    public uint flag;
    public refcount_t count;
    public list_head list_vec;
}

public unsafe struct ext4_io_submit
{
    public writeback_control* io_wbc;
    public bio* io_bio;
    public ext4_io_end* io_end;
    public sector_t io_next_block;
}

public static unsafe partial class fs_ext4_ext4_h
{
    private const string C = "fs/ext4/ext4.h";

    public const uint EXT4_MAP_MAPPED = 1u << BH_Mapped;
    public const uint EXT4_MAP_UNWRITTEN = 1u << BH_Unwritten;
    public const uint EXT4_MAP_DELAYED = 1u << BH_Delay;

    public const uint EXT4_IO_END_UNWRITTEN = 0x0001;
    public const uint EXT4_IO_END_FAILED = 0x0002;
    public const uint EXT4_IO_END_DEFER_COMPLETION = EXT4_IO_END_UNWRITTEN | EXT4_IO_END_FAILED;

    public const int EXT4_GET_BLOCKS_CREATE = 0x0001;
    public const int EXT4_GET_BLOCKS_UNWRIT_EXT = 0x0002;
    public const int EXT4_GET_BLOCKS_CREATE_UNWRIT_EXT = EXT4_GET_BLOCKS_UNWRIT_EXT | EXT4_GET_BLOCKS_CREATE;
    public const int EXT4_GET_BLOCKS_PRE_IO = 0x0008;
    public const int EXT4_GET_BLOCKS_CONVERT = 0x0010;
    public const int EXT4_GET_BLOCKS_IO_CREATE_EXT = EXT4_GET_BLOCKS_PRE_IO | EXT4_GET_BLOCKS_CREATE_UNWRIT_EXT;
    public const int EXT4_GET_BLOCKS_IO_SUBMIT = 0x0400;
    public const int EXT4_GET_BLOCKS_IO_CONVERT_EXT =
        EXT4_GET_BLOCKS_CONVERT | EXT4_GET_BLOCKS_CREATE_UNWRIT_EXT | EXT4_GET_BLOCKS_IO_SUBMIT;

    [KernelSource(C, "EXT4_MAX_BLOCKS", Parity.Full)]
    public static uint EXT4_MAX_BLOCKS(ssize_t size, loff_t offset, int blkbits) =>
        (uint)((round_up((ulong)(size + offset), 1UL << blkbits) >> blkbits) - ((ulong)offset >> blkbits));

    [KernelSource(C, "EXT4_B_TO_LBLK", Parity.Full)]
    public static uint EXT4_B_TO_LBLK(inode* inode, loff_t offset) => (uint)(round_up((ulong)offset, i_blocksize(inode)) >> inode->i_blkbits);

    [KernelSource(C, "ext4_set_io_unwritten_flag", Parity.Full)]
    public static void ext4_set_io_unwritten_flag(ext4_io_end* io_end)
    {
        if ((io_end->flag & EXT4_IO_END_UNWRITTEN) == 0)
            io_end->flag |= EXT4_IO_END_UNWRITTEN;
    }

    [KernelSource(C, "ext4_clear_io_unwritten_flag", Parity.Full)]
    public static void ext4_clear_io_unwritten_flag(ext4_io_end* io_end)
    {
        if ((io_end->flag & EXT4_IO_END_UNWRITTEN) != 0)
            io_end->flag &= ~EXT4_IO_END_UNWRITTEN;
    }
}
