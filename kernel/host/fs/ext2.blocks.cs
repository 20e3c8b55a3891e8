// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;

namespace Linux;

// Which blocks of the disk are a file's.
internal static unsafe partial class ext2
{
    // The first free block from the goal on, or the first that starts so many free ones; it is taken. 0 when there is none.
    private static uint take_block(super_block* sb, uint goal, uint run, int* err)
    {
        ext2_sb_info* sbi = SB(sb);
        uint nr_bitmaps = sbi->inode_table - sbi->bitmap_start;

        for (uint n = 0; n <= nr_bitmaps; n++)
        {
            uint group = ((goal / (BLOCK * 8)) + n) % nr_bitmaps;
            buffer_head* bh = sb_bread(sb, sbi->bitmap_start + group);
            if (bh == null)
            {
                *err = -EIO;
                return 0;
            }

            uint limit = Math.Min(BLOCK * 8, sbi->blocks - (group * BLOCK * 8));
            uint i = first_free(bh->b_data, n == 0 ? goal % (BLOCK * 8) : 0, limit, run);
            if (i < limit)
            {
                bh->b_data[i / 8] |= (byte)(1 << (int)(i % 8));
                mark_buffer_dirty(bh);
                brelse(bh);
                return (group * BLOCK * 8) + i;
            }

            brelse(bh);
        }

        *err = -ENOSPC;
        return 0;
    }

    private static uint first_free(byte* bitmap, uint i, uint limit, uint run)
    {
        if (run > 1)
        {
            for (i = round_up(i, run); i + run <= limit; i += run)
            {
                if (!new ReadOnlySpan<byte>(bitmap + (i / 8), (int)(run / 8)).ContainsAnyExcept((byte)0))
                    return i;
            }

            return limit;
        }

        for (; i < limit; i++)
        {
            if (bitmap[i / 8] == 0xff)
                i |= 7;
            else if ((bitmap[i / 8] & (1 << (int)(i % 8))) == 0)
                break;
        }

        return i;
    }

    // The block at the goal if that is free, else one that starts a stretch, which other files keep out of while there are more:
    // a file's blocks lie together, as ext4's allocator has it. 0 when there is none or the bitmap cannot be read.
    private static uint new_block(inode* inode, uint goal, bool is_index, int* err)
    {
        super_block* sb = inode->i_sb;
        ext2_sb_info* sbi = SB(sb);
        uint found = 0;

        *err = -ENOSPC;
        mutex_lock(&sbi->s_lock);
        if (sbi->free_blocks == 0)
            goto @out;

        if (is_index)
        {
            found = take_block(sb, sbi->index_goal, 1, err);
        }
        else
        {
            if (goal >= sbi->first_data && goal < sbi->blocks)
                found = take_goal(sb, goal, err);
            if (found == 0 && *err == -ENOSPC)
            {
                found = take_block(sb, sbi->goal, STRETCH, err);
                if (found != 0)
                    sbi->goal = found + STRETCH < sbi->blocks ? found + STRETCH : sbi->first_data;
            }

            if (found == 0 && *err == -ENOSPC)
                found = take_block(sb, goal < sbi->first_data || goal >= sbi->blocks ? sbi->goal : goal, 1, err);
        }

        if (found != 0)
        {
            sbi->free_blocks--;
            inode->i_blocks += BLOCK >> 9;
            if (!is_index)
                I(inode)->i_next_goal = found + 1;
            *err = 0;
        }

    @out:
        mutex_unlock(&sbi->s_lock);
        return found;
    }

    private static uint take_goal(super_block* sb, uint goal, int* err)
    {
        buffer_head* bh = sb_bread(sb, SB(sb)->bitmap_start + (goal / (BLOCK * 8)));
        if (bh == null)
        {
            *err = -EIO;
            return 0;
        }

        uint i = goal % (BLOCK * 8);
        bool free = (bh->b_data[i / 8] & (1 << (int)(i % 8))) == 0;
        if (free)
        {
            bh->b_data[i / 8] |= (byte)(1 << (int)(i % 8));
            mark_buffer_dirty(bh);
        }

        brelse(bh);
        return free ? goal : 0;
    }

    private static void free_block(inode* inode, uint block)
    {
        super_block* sb = inode->i_sb;
        ext2_sb_info* sbi = SB(sb);

        mutex_lock(&sbi->s_lock);
        buffer_head* bh = sb_bread(sb, sbi->bitmap_start + (block / (BLOCK * 8)));
        if (bh != null)
        {
            uint i = block % (BLOCK * 8);
            WARN_ON((bh->b_data[i / 8] & (1 << (int)(i % 8))) == 0);
            bh->b_data[i / 8] &= (byte)~(1 << (int)(i % 8));
            mark_buffer_dirty(bh);
            brelse(bh);
            sbi->free_blocks++;
            inode->i_blocks -= BLOCK >> 9;
        }

        mutex_unlock(&sbi->s_lock);
    }

    // A new block of pointers, all of them 0.
    private static uint new_index_block(inode* inode, int* err)
    {
        uint block = new_block(inode, 0, true, err);
        if (block == 0)
            return 0;
        buffer_head* bh = sb_getblk(inode->i_sb, block);
        if (bh == null)
        {
            free_block(inode, block);
            *err = -ENOMEM;
            return 0;
        }

        lock_buffer(bh);
        memset(bh->b_data, 0, BLOCK);
        set_buffer_uptodate(bh);
        unlock_buffer(bh);
        mark_buffer_dirty_inode(bh, inode);
        brelse(bh);
        return block;
    }

    // The block that a pointer in an index block names; made, if asked for, as an index block itself or for data.
    private static uint step(inode* inode, uint index, uint slot, bool create, bool is_index, bool* made, int* err)
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
            uint goal = slot > 0 && p[-1] != 0 ? p[-1] + 1 : I(inode)->i_next_goal;
            block = is_index ? new_index_block(inode, err) : new_block(inode, goal, false, err);
            if (block != 0)
            {
                *p = block;
                *made = true;
                mark_buffer_dirty_inode(bh, inode);
            }
        }

        brelse(bh);
        return block;
    }

    /// <summary>Says which block of the disk is this one of the file's, and allocates it if asked to.</summary>
    internal static int get_block(inode* inode, sector_t iblock, buffer_head* bh_result, bool create)
    {
        ext2_inode_info* ei = I(inode);
        int err = 0;
        bool made = false;
        uint block;

        if (iblock >= N_DIRECT + PER_BLOCK + ((ulong)PER_BLOCK * PER_BLOCK))
            return -EFBIG;

        mutex_lock(&ei->truncate_mutex);
        if (iblock < N_DIRECT)
        {
            block = ei->i_data[iblock];
            if (block == 0 && create)
            {
                uint goal = iblock > 0 && ei->i_data[iblock - 1] != 0 ? ei->i_data[iblock - 1] + 1 : ei->i_next_goal;
                block = new_block(inode, goal, false, &err);
                ei->i_data[iblock] = block;
                made = block != 0;
                if (made)
                    mark_inode_dirty(inode);
            }
        }
        else
        {
            block = indirect(inode, ei, (uint)(iblock - N_DIRECT), create, &made, &err);
        }

        mutex_unlock(&ei->truncate_mutex);

        if (err != 0)
            return err;
        if (block != 0)
        {
            map_bh(bh_result, inode->i_sb, block);
            if (made)
                set_buffer_new(bh_result);
        }

        return 0;
    }

    private static uint indirect(inode* inode, ext2_inode_info* ei, uint n, bool create, bool* made, int* err)
    {
        bool two = n >= PER_BLOCK;
        int root = two ? N_DIRECT + 1 : N_DIRECT;
        bool ignored;

        if (two)
            n -= PER_BLOCK;
        uint index = ei->i_data[root];
        if (index == 0)
        {
            if (!create)
                return 0;
            index = new_index_block(inode, err);
            if (index == 0)
                return 0;
            ei->i_data[root] = index;
            mark_inode_dirty(inode);
        }

        if (two)
        {
            index = step(inode, index, n / PER_BLOCK, create, true, &ignored, err);
            if (index == 0)
                return 0;
            n %= PER_BLOCK;
        }

        return step(inode, index, n, create, false, made, err);
    }

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
        free_block(inode, block);
        return true;
    }

    // Gives the blocks behind the end back. The pages are gone already.
    private static void truncate_blocks(inode* inode, loff_t size)
    {
        ext2_inode_info* ei = I(inode);
        ulong from = ((ulong)size + BLOCK - 1) >> BLOCK_BITS;

        mutex_lock(&ei->truncate_mutex);
        for (ulong i = from; i < N_DIRECT; i++)
        {
            if (ei->i_data[i] != 0)
                free_block(inode, ei->i_data[i]);
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
