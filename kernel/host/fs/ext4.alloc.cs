// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;

namespace Linux;

// Which blocks of the disk are free, and which of these are promised to what was written.
internal static unsafe partial class ext4
{
    // The first free block from the goal on, or the first that starts so many free ones; it is taken. 0 when there is none.
    private static uint take_block(super_block* sb, uint goal, uint run, int* err)
    {
        ext4_sb_info* sbi = EXT4_SB(sb);
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

    // Room for a block of data that gets its place later.
    private static int reserve_block(inode* inode)
    {
        ext4_sb_info* sbi = EXT4_SB(inode->i_sb);
        int err = -ENOSPC;

        mutex_lock(&sbi->s_lock);
        if (sbi->free_blocks > sbi->dirty_blocks)
        {
            sbi->dirty_blocks++;
            EXT4_I(inode)->i_reserved_data_blocks++;
            err = 0;
        }

        mutex_unlock(&sbi->s_lock);
        return err;
    }

    // A delayed block has its place, or needs none any more. One that is on the disk since power went was reserved by nobody.
    [MustHold("ext4_sb_info.s_lock")]
    private static void use_reservation(inode* inode)
    {
        if (EXT4_I(inode)->i_reserved_data_blocks == 0)
            return;
        EXT4_I(inode)->i_reserved_data_blocks--;
        EXT4_SB(inode->i_sb)->dirty_blocks--;
    }

    // The pages of what could not be written are gone: it needs no room any more.
    private static void release_reservations(inode* inode)
    {
        ext4_sb_info* sbi = EXT4_SB(inode->i_sb);

        mutex_lock(&sbi->s_lock);
        sbi->dirty_blocks -= EXT4_I(inode)->i_reserved_data_blocks;
        EXT4_I(inode)->i_reserved_data_blocks = 0;
        mutex_unlock(&sbi->s_lock);
    }

    private static void release_block(inode* inode)
    {
        ext4_sb_info* sbi = EXT4_SB(inode->i_sb);

        mutex_lock(&sbi->s_lock);
        use_reservation(inode);
        mutex_unlock(&sbi->s_lock);
    }

    // The block at the goal if that is free, else one that starts a stretch, which other files keep out of while there are more:
    // a file's blocks lie together, as ext4's allocator has it. 0 when there is none or the bitmap cannot be read.
    private static uint new_block(inode* inode, uint goal, bool is_index, int* err)
    {
        super_block* sb = inode->i_sb;
        ext4_sb_info* sbi = EXT4_SB(sb);
        uint found = 0;

        *err = -ENOSPC;
        mutex_lock(&sbi->s_lock);
        if (is_index && sbi->free_blocks <= sbi->dirty_blocks)
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
            {
                use_reservation(inode);
                EXT4_I(inode)->i_next_goal = found + 1;
            }

            *err = 0;
        }

    @out:
        mutex_unlock(&sbi->s_lock);
        return found;
    }

    private static uint take_goal(super_block* sb, uint goal, int* err)
    {
        buffer_head* bh = sb_bread(sb, EXT4_SB(sb)->bitmap_start + (goal / (BLOCK * 8)));
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
        ext4_sb_info* sbi = EXT4_SB(sb);

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

    private static void free_data(inode* inode, uint entry)
    {
        if (entry == DELAYED)
            release_block(inode);
        else
            free_block(inode, entry & ~UNWRITTEN);
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
}
