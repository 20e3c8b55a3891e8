// SPDX-License-Identifier: GPL-2.0-only
using static Linux.fs_ext4_ext4_h;
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;

namespace Linux;

// Which blocks of the disk are a file's. A block that is written first has room kept for it and no place (DELAYED); writeback gives
// it one, which nobody reads before its data is there (UNWRITTEN).
internal static unsafe partial class ext4
{
    private const uint DELAYED = uint.MaxValue;
    private const uint UNWRITTEN = 1u << 31;

    // The block of pointers that a pointer in one names; made if asked for.
    private static uint step(inode* inode, uint index, uint slot, bool create, int* err)
    {
        buffer_head* bh = sb_bread(inode->i_sb, index);
        if (bh == null)
        {
            *err = -EIO;
            return 0;
        }

        uint* p = (uint*)bh->b_data + slot;
        uint block = *p;
        if (block == 0 && create)
        {
            block = new_index_block(inode, err);
            if (block != 0)
            {
                *p = block;
                mark_buffer_dirty_inode(bh, inode);
            }
        }

        brelse(bh);
        return block;
    }

    // Where it is written down which block this is: in the inode, or in a block of pointers, which is held then. Null where there is
    // none. Up to `last` others follow.
    private static uint* entry_of(inode* inode, ulong iblock, bool create, buffer_head** bhp, uint* last, int* err)
    {
        ext4_inode_info* ei = EXT4_I(inode);

        *bhp = null;
        *err = 0;
        if (iblock < N_DIRECT)
        {
            *last = N_DIRECT - 1 - (uint)iblock;
            return &ei->i_data[iblock];
        }

        uint n = (uint)(iblock - N_DIRECT);
        bool two = n >= PER_BLOCK;
        int root = two ? N_DIRECT + 1 : N_DIRECT;

        if (two)
            n -= PER_BLOCK;
        *last = PER_BLOCK - 1 - (n % PER_BLOCK);
        uint index = ei->i_data[root];
        if (index == 0 && create)
        {
            index = new_index_block(inode, err);
            ei->i_data[root] = index;
            if (index != 0)
                mark_inode_dirty(inode);
        }

        if (two && index != 0)
            index = step(inode, index, n / PER_BLOCK, create, err);
        if (index == 0)
            return null;

        *bhp = sb_bread(inode->i_sb, index);
        if (*bhp == null)
        {
            *err = -EIO;
            return null;
        }

        return (uint*)(*bhp)->b_data + (n % PER_BLOCK);
    }

    /// <summary>Says which block of the disk is this one of the file's, for who reads it.</summary>
    internal static int get_block(inode* inode, sector_t iblock, buffer_head* bh_result, bool create)
    {
        ext4_inode_info* ei = EXT4_I(inode);
        buffer_head* bh;
        uint last;
        int err;

        if (iblock >= MAX_BLOCKS)
            return -EFBIG;

        mutex_lock(&ei->truncate_mutex);
        uint* p = entry_of(inode, iblock, false, &bh, &last, &err);
        if (p != null && *p != 0 && (*p & UNWRITTEN) == 0)
            map_bh(bh_result, inode->i_sb, *p);
        brelse(bh);
        mutex_unlock(&ei->truncate_mutex);
        return err;
    }

    /// <summary>For who writes a block: where it is, or that it has room and no place yet.</summary>
    internal static int da_map_blocks(inode* inode, ext4_map_blocks* map)
    {
        ext4_inode_info* ei = EXT4_I(inode);
        buffer_head* bh;
        uint last;
        int err;

        if (map->m_lblk >= MAX_BLOCKS)
            return -EFBIG;

        mutex_lock(&ei->truncate_mutex);
        uint* p = entry_of(inode, map->m_lblk, true, &bh, &last, &err);
        if (p != null && *p == 0)
        {
            err = reserve_block(inode);
            if (err == 0)
                set_entry(inode, p, bh, DELAYED);
        }

        if (err == 0)
        {
            map->m_flags = *p == DELAYED ? EXT4_MAP_DELAYED : (*p & UNWRITTEN) != 0 ? EXT4_MAP_UNWRITTEN : EXT4_MAP_MAPPED;
            map->m_pblk = *p & ~UNWRITTEN;
        }

        brelse(bh);
        mutex_unlock(&ei->truncate_mutex);
        return err;
    }

    private static void set_entry(inode* inode, uint* p, buffer_head* bh, uint entry)
    {
        *p = entry;
        if (bh != null)
            mark_buffer_dirty_inode(bh, inode);
    }

    /// <summary>
    /// Gives delayed blocks a place, next to each other on the disk and unwritten, or makes unwritten ones written. Answers how many; the
    /// inode's own pointers are the caller's to write.
    /// </summary>
    internal static int map_blocks(inode* inode, ext4_map_blocks* map, int flags)
    {
        ext4_inode_info* ei = EXT4_I(inode);
        bool convert = (flags & EXT4_GET_BLOCKS_CONVERT) != 0;
        uint done = 0;
        int err = 0;

        map->m_flags = 0;
        mutex_lock(&ei->truncate_mutex);
        while (done < map->m_len)
        {
            buffer_head* bh;
            uint last;
            uint* p = entry_of(inode, map->m_lblk + done, false, &bh, &last, &err);
            uint n = 0;
            if (p != null)
            {
                uint want = Math.Min(last + 1, map->m_len - done);
                n = convert ? convert_entries(inode, p, bh, want) : place_entries(inode, map, p, bh, want, done, &err);
            }

            brelse(bh);
            if (n == 0)
                break;
            done += n;
        }

        mutex_unlock(&ei->truncate_mutex);
        // Who maps has written there before: without an error there is a block to place.
        if (WARN_ON_ONCE(done == 0 && err == 0 && !convert))
            err = -EIO;
        if (done == 0)
            return err;
        map->m_len = done;
        return (int)done;
    }

    private static uint convert_entries(inode* inode, uint* p, buffer_head* bh, uint want)
    {
        uint n = 0;

        for (; n < want && p[n] != 0 && p[n] != DELAYED; n++)
            set_entry(inode, &p[n], bh, p[n] & ~UNWRITTEN);
        return n;
    }

    // How many could go on where those before them end.
    private static uint place_entries(inode* inode, ext4_map_blocks* map, uint* p, buffer_head* bh, uint want, uint done, int* err)
    {
        uint n = 0;

        for (; n < want; n++)
        {
            uint goal = done + n != 0 ? (uint)map->m_pblk + done + n : EXT4_I(inode)->i_next_goal;
            uint entry = p[n];
            if (entry == DELAYED)
            {
                uint block = new_block(inode, goal, false, err);
                if (block == 0)
                    break;
                entry = block | UNWRITTEN;
                set_entry(inode, &p[n], bh, entry);
                // Where there is no room to go on, the next extent begins there.
                if (done + n != 0 && block != goal)
                    break;
            }
            else if (entry == 0 || (done + n != 0 && (entry & ~UNWRITTEN) != goal))
            {
                break;
            }

            if (done + n == 0)
                map->m_pblk = entry & ~UNWRITTEN;
            map->m_flags |= (entry & UNWRITTEN) != 0 ? EXT4_MAP_UNWRITTEN : EXT4_MAP_MAPPED;
        }

        return n;
    }

    /// <summary>What was written to these blocks is lost: they need no room.</summary>
    internal static void forget_delayed(inode* inode, uint lblk, uint len)
    {
        ext4_inode_info* ei = EXT4_I(inode);

        mutex_lock(&ei->truncate_mutex);
        for (; len != 0; lblk++, len--)
        {
            buffer_head* bh;
            uint last;
            int err;
            uint* p = entry_of(inode, lblk, false, &bh, &last, &err);
            if (p != null && *p == DELAYED)
            {
                release_block(inode);
                set_entry(inode, p, bh, 0);
            }

            brelse(bh);
        }

        mutex_unlock(&ei->truncate_mutex);
    }

    internal static uint count_free_blocks(super_block* sb) => EXT4_SB(sb)->free_blocks;

    // Frees what lies behind the first `from` entries of a tree of this depth; true when the whole of it went.
    private static bool free_tree(inode* inode, uint block, int depth, ulong from)
    {
        if (depth > 0)
        {
            buffer_head* bh = sb_bread(inode->i_sb, block);
            if (bh == null)
                return false;
            uint* p = (uint*)bh->b_data;
            ulong each = depth == 1 ? 1 : PER_BLOCK;
            bool dirty = false;
            for (uint i = 0; i < PER_BLOCK; i++)
            {
                ulong first = i * each;
                if (p[i] == 0 || first + each <= from)
                    continue;
                if (free_tree(inode, p[i], depth - 1, first >= from ? 0 : from - first))
                {
                    p[i] = 0;
                    dirty = true;
                }
            }

            if (from == 0)
            {
                bforget(bh);
            }
            else
            {
                if (dirty)
                    mark_buffer_dirty_inode(bh, inode);
                brelse(bh);
            }
        }

        if (from != 0)
            return false;
        free_data(inode, block);
        return true;
    }

    // Gives the blocks behind the end back. The pages are gone already.
    private static void truncate_blocks(inode* inode, loff_t size)
    {
        ext4_inode_info* ei = EXT4_I(inode);
        ulong from = ((ulong)size + BLOCK - 1) >> BLOCK_BITS;

        mutex_lock(&ei->truncate_mutex);
        for (ulong i = from; i < N_DIRECT; i++)
        {
            if (ei->i_data[i] != 0)
                free_data(inode, ei->i_data[i]);
            ei->i_data[i] = 0;
        }

        from = from > N_DIRECT ? from - N_DIRECT : 0;
        for (int depth = 1; depth <= 2; depth++)
        {
            ulong span = depth == 1 ? PER_BLOCK : (ulong)PER_BLOCK * PER_BLOCK;
            int root = N_DIRECT + depth - 1;
            if (ei->i_data[root] != 0 && from < span && free_tree(inode, ei->i_data[root], depth, from))
                ei->i_data[root] = 0;
            from = from > span ? from - span : 0;
        }

        mutex_unlock(&ei->truncate_mutex);
        mark_inode_dirty(inode);
    }
}
