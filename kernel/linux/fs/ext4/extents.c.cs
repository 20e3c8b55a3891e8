// SPDX-License-Identifier: GPL-2.0-only
// fs/ext4/extents.c: what was allocated as unwritten becomes written. Which blocks are a file's is kernel/host/fs/ext4.blocks.cs.
using static Linux.fs_ext4_ext4_h;

namespace Linux;

public static unsafe partial class fs_ext4_extents_c
{
    private const string C = "fs/ext4/extents.c";

    [KernelSource(C, "ext4_convert_unwritten_extents", Parity.Reduced, "no journal")]
    private static int ext4_convert_unwritten_extents(inode* inode, loff_t offset, ssize_t len)
    {
        ext4_map_blocks map = default;
        int blkbits = inode->i_blkbits;
        int ret = 0;
        int ret2 = 0;

        map.m_lblk = (uint)((ulong)offset >> blkbits);
        uint max_blocks = EXT4_MAX_BLOCKS(len, offset, blkbits);

        while (ret >= 0 && ret < max_blocks)
        {
            map.m_lblk += (uint)ret;
            map.m_len = max_blocks -= (uint)ret;
            ret = ext4.map_blocks(inode, &map, EXT4_GET_BLOCKS_IO_CONVERT_EXT);
            if (ret <= 0)
                pr_warn($"EXT4-fs warning: inode #{inode->i_ino}: block {map.m_lblk}: len {map.m_len}: ext4_ext_map_blocks returned {ret}");
            ret2 = ext4.write_metadata(inode);
            if (ret <= 0 || ret2 != 0)
                break;
        }

        return ret > 0 ? ret2 : ret;
    }

    /// <summary>What an io_end wrote is the file's contents from here on.</summary>
    [KernelSource(C, "ext4_convert_unwritten_io_end_vec", Parity.Reduced, "no journal")]
    public static int ext4_convert_unwritten_io_end_vec(ext4_io_end* io_end)
    {
        int ret = 0;

        for (list_head* p = io_end->list_vec.next; p != &io_end->list_vec; p = p->next)
        {
            ext4_io_end_vec* io_end_vec = container_of<ext4_io_end_vec>(p, &((ext4_io_end_vec*)nowhere)->list);
            ret = ext4_convert_unwritten_extents(io_end->inode, io_end_vec->offset, io_end_vec->size);
            if (ret != 0)
                break;
        }

        return ret;
    }
}
