// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_uio_h;
using static Linux.linux_writeback_h;

namespace Linux;

/// <summary>An inode in memory.</summary>
internal unsafe struct ext2_inode_info
{
    public fixed uint i_data[ext2.N_BLOCKS]; // where its blocks are: direct ones, and trees one and two deep
    public mutex truncate_mutex; // guards i_data and what it points to
    public inode vfs_inode;
}

/// <summary>An inode on the disk, with its name: there is one directory, and it is the inode table.</summary>
internal unsafe struct ext2_disk_inode
{
    public const int Size = 512;
    public const int NAME_LEN = 255;
    public ulong i_size;
    public uint i_mode; // 0 is a free one
    public uint i_blocks;
    public ulong i_mtime;
    public fixed uint i_block[ext2.N_BLOCKS];
    public byte name_len;
    public fixed byte name[NAME_LEN];
}

internal struct ext2_disk_super
{
    public ulong magic;
    public uint blocks;
    public uint bitmap_start;
    public uint inode_table;
    public uint inodes;
    public uint first_data;
}

internal unsafe struct ext2_sb_info
{
    public mutex s_lock; // guards the bitmap's search and the inode table's
    public uint blocks;
    public uint bitmap_start;
    public uint inode_table;
    public uint inodes;
    public uint first_data;
    public uint free_blocks;
    public uint goal;
    public uint last_ino; // none in use is above it
}

/// <summary>
/// A small file system on a disk in the manner of ext2, over the kernel's generic code: blocks of 4 KiB, a bitmap, and block maps
/// with one and two levels of indirection in the disk's page cache. Names are kept with the inodes, in one directory. Nothing is
/// allocated later than at the write; nothing is journalled.
/// </summary>
/// <remarks>The recordings are of ext4. What they share is what is compared: reads by whole windows of readahead and without buffers,
/// writes with a buffer head for each block, charged to the owner of the page.</remarks>
internal static unsafe partial class ext2
{
    public const int N_DIRECT = 12;
    public const int N_BLOCKS = N_DIRECT + 2;
    private const int BLOCK_BITS = 12;
    private const uint BLOCK = 1u << BLOCK_BITS;
    private const uint PER_BLOCK = BLOCK / 4;
    private const ulong MAGIC = 0x2d67636d656d4b; // "Kmemcg-"
    private const uint INODES = 1024;

    private static kmem_cache* inode_cachep;

    private static ext2_sb_info* SB(super_block* sb) => (ext2_sb_info*)sb->s_fs_info;

    private static ext2_inode_info* I(inode* inode) => container_of<ext2_inode_info>(inode, &((ext2_inode_info*)nowhere)->vfs_inode);

    private static readonly file_system_type* fs_type = data(new file_system_type
    {
        mount = &do_mount,
        kill_sb = &fs_super_c.kill_block_super,
    });

    internal static void init()
    {
        inode_cachep = kmem_cache_create("ext2_inode_cache"u8, (uint)sizeof(ext2_inode_info), 0,
            SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT | SLAB_PANIC, &init_once);
        fs_type->name = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference("ext2\0"u8));
        fs_namespace_c.register_filesystem(fs_type);
    }

    private static void init_once(void* foo)
    {
        ext2_inode_info* ei = (ext2_inode_info*)foo;
        inode_init_once(&ei->vfs_inode);
    }

    // ---------------------------------------------------------------- super block

    private static dentry* do_mount(file_system_type* type, int flags, int disk, byte* options)
    {
        block_device* bdev = linux_blkdev_h.blkdev_get_no(disk);
        if (bdev == null)
            return (dentry*)ERR_PTR(-ENODEV);
        return fs_super_c.mount_bdev(type, flags, bdev, options, &fill_super);
    }

    private static readonly super_operations* sops = data(new super_operations
    {
        alloc_inode = &alloc_inode,
        free_inode = &free_inode,
        write_inode = &write_inode,
        evict_inode = &evict_inode,
        put_super = &put_super,
    });

    private static int fill_super(super_block* sb, void* data, int silent)
    {
        ext2_sb_info* sbi = (ext2_sb_info*)kzalloc((ulong)sizeof(ext2_sb_info), GFP_KERNEL);
        if (sbi == null)
            return -ENOMEM;
        mutex_init(&sbi->s_lock);
        sb->s_fs_info = sbi;
        sb->s_blocksize_bits = BLOCK_BITS;
        sb->s_blocksize = BLOCK;
        sb->s_maxbytes = (long)(N_DIRECT + PER_BLOCK + ((ulong)PER_BLOCK * PER_BLOCK)) << BLOCK_BITS;
        sb->s_magic = MAGIC;
        sb->s_op = sops;
        sb->s_iflags |= SB_I_CGROUPWB;

        int err = read_super(sb, sbi);
        if (err != 0)
            goto fail;

        err = -ENOMEM;
        inode* root = new_inode(sb);
        if (root == null)
            goto fail;
        root->i_mode = (umode_t)(S_IFDIR | 0x1ed);
        root->i_ino = INODES + 1;
        root->i_op = dir_iops;
        sb->s_root = fs_dcache_c.d_make_root(root);
        if (sb->s_root == null)
            goto fail;
        return 0;
    fail:
        sb->s_fs_info = null;
        kfree(sbi);
        return err;
    }

    // Takes what is on the disk, or makes a file system there.
    private static int read_super(super_block* sb, ext2_sb_info* sbi)
    {
        buffer_head* bh = sb_bread(sb, 0);
        if (bh == null)
            return -EIO;
        ext2_disk_super* ds = (ext2_disk_super*)bh->b_data;
        bool fresh = ds->magic != MAGIC;
        if (fresh)
        {
            memset(bh->b_data, 0, BLOCK);
            ds->magic = MAGIC;
            ds->blocks = (uint)Math.Min(linux_blkdev_h.bdev_nr_sectors(sb->s_bdev) >> (BLOCK_BITS - 9), uint.MaxValue);
            ds->bitmap_start = 1;
            ds->inode_table = ds->bitmap_start + ((ds->blocks + (BLOCK * 8) - 1) / (BLOCK * 8));
            ds->inodes = INODES;
            ds->first_data = ds->inode_table + (INODES * ext2_disk_inode.Size / BLOCK);
            mark_buffer_dirty(bh);
        }

        sbi->blocks = ds->blocks;
        sbi->bitmap_start = ds->bitmap_start;
        sbi->inode_table = ds->inode_table;
        sbi->inodes = ds->inodes;
        sbi->first_data = ds->first_data;
        sbi->goal = ds->first_data;
        brelse(bh);
        return fresh ? make_fs(sb, sbi) : count_free(sb, sbi);
    }

    private static int make_fs(super_block* sb, ext2_sb_info* sbi)
    {
        if (sbi->blocks <= sbi->first_data)
            return -ENOSPC;
        // A disk that was never written reads as zeroes, but one that was may hold anything.
        for (uint b = sbi->bitmap_start; b < sbi->first_data; b++)
        {
            buffer_head* bh = sb_getblk(sb, b);
            if (bh == null)
                return -EIO;
            lock_buffer(bh);
            memset(bh->b_data, 0, BLOCK);
            set_buffer_uptodate(bh);
            unlock_buffer(bh);
            // What lies before the data is in use.
            for (uint used = 0; b == sbi->bitmap_start && used < sbi->first_data; used++)
                bh->b_data[used / 8] |= (byte)(1 << (int)(used % 8));

            mark_buffer_dirty(bh);
            brelse(bh);
        }

        sbi->free_blocks = sbi->blocks - sbi->first_data;
        return block_bdev_c.sync_blockdev(sb->s_bdev);
    }

    private static int count_free(super_block* sb, ext2_sb_info* sbi)
    {
        uint free = 0;
        for (uint b = sbi->bitmap_start; b < sbi->inode_table; b++)
        {
            buffer_head* bh = sb_bread(sb, b);
            if (bh == null)
                return -EIO;
            uint first = (b - sbi->bitmap_start) * BLOCK * 8;
            for (uint i = 0; i < BLOCK * 8 && first + i < sbi->blocks; i++)
            {
                if ((bh->b_data[i / 8] & (1 << (int)(i % 8))) == 0)
                    free++;
            }

            brelse(bh);
        }

        sbi->free_blocks = free;
        for (uint ino = INODES; ino > 0 && sbi->last_ino == 0; ino--)
        {
            buffer_head* bh = disk_inode(sb, ino, out ext2_disk_inode* raw);
            if (bh == null)
                return -EIO;
            if (raw->i_mode != 0)
                sbi->last_ino = ino;
            brelse(bh);
        }

        return 0;
    }

    private static void put_super(super_block* sb)
    {
        kfree(sb->s_fs_info);
        sb->s_fs_info = null;
    }

    // ---------------------------------------------------------------- blocks

    // A free block, near the goal: 0 when there is none or the bitmap cannot be read.
    private static uint new_block(inode* inode, uint goal, int* err)
    {
        super_block* sb = inode->i_sb;
        ext2_sb_info* sbi = SB(sb);
        uint found = 0;

        *err = -ENOSPC;
        mutex_lock(&sbi->s_lock);
        if (sbi->free_blocks == 0)
            goto @out;
        if (goal < sbi->first_data || goal >= sbi->blocks)
            goal = sbi->goal;
        uint nr_bitmaps = sbi->inode_table - sbi->bitmap_start;
        for (uint n = 0; n <= nr_bitmaps && found == 0; n++)
        {
            uint group = ((goal / (BLOCK * 8)) + n) % nr_bitmaps;
            buffer_head* bh = sb_bread(sb, sbi->bitmap_start + group);
            if (bh == null)
            {
                *err = -EIO;
                goto @out;
            }

            uint limit = Math.Min(BLOCK * 8, sbi->blocks - (group * BLOCK * 8));
            for (uint i = n == 0 ? goal % (BLOCK * 8) : 0; i < limit; i++)
            {
                if (bh->b_data[i / 8] == 0xff)
                {
                    i |= 7;
                    continue;
                }

                if ((bh->b_data[i / 8] & (1 << (int)(i % 8))) != 0)
                    continue;
                bh->b_data[i / 8] |= (byte)(1 << (int)(i % 8));
                mark_buffer_dirty(bh);
                found = (group * BLOCK * 8) + i;
                break;
            }

            brelse(bh);
        }

        if (found != 0)
        {
            sbi->free_blocks--;
            sbi->goal = found + 1;
            inode->i_blocks += BLOCK >> 9;
            *err = 0;
        }

    @out:
        mutex_unlock(&sbi->s_lock);
        return found;
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
    private static uint new_index_block(inode* inode, uint goal, int* err)
    {
        uint block = new_block(inode, goal, err);
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
    private static uint step(inode* inode, uint index, uint slot, bool create, bool is_index, uint goal, bool* made, int* err)
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
            if (slot > 0 && p[-1] != 0)
                goal = p[-1] + 1;
            block = is_index ? new_index_block(inode, goal, err) : new_block(inode, goal, err);
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
                uint goal = iblock > 0 && ei->i_data[iblock - 1] != 0 ? ei->i_data[iblock - 1] + 1 : 0;
                block = new_block(inode, goal, &err);
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
            index = new_index_block(inode, 0, err);
            if (index == 0)
                return 0;
            ei->i_data[root] = index;
            mark_inode_dirty(inode);
        }

        if (two)
        {
            index = step(inode, index, n / PER_BLOCK, create, true, index + 1, &ignored, err);
            if (index == 0)
                return 0;
            n %= PER_BLOCK;
        }

        return step(inode, index, n, create, false, index + 1, made, err);
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

    // ---------------------------------------------------------------- inodes

    private static inode* alloc_inode(super_block* sb)
    {
        ext2_inode_info* ei = (ext2_inode_info*)alloc_inode_sb(sb, inode_cachep, GFP_KERNEL);
        if (ei == null)
            return null;
        for (int i = 0; i < N_BLOCKS; i++)
            ei->i_data[i] = 0;
        mutex_init(&ei->truncate_mutex);
        return &ei->vfs_inode;
    }

    private static void free_inode(inode* inode) => kmem_cache_free(inode_cachep, I(inode));

    private static buffer_head* disk_inode(super_block* sb, ulong ino, out ext2_disk_inode* raw)
    {
        raw = null;
        buffer_head* bh = sb_bread(sb, SB(sb)->inode_table + ((uint)(ino - 1) * ext2_disk_inode.Size / BLOCK));
        if (bh != null)
            raw = (ext2_disk_inode*)(bh->b_data + ((uint)(ino - 1) * ext2_disk_inode.Size % BLOCK));
        return bh;
    }

    private static inode* iget(super_block* sb, ulong ino)
    {
        inode* inode = iget_locked(sb, ino);
        if (inode == null)
            return (inode*)ERR_PTR(-ENOMEM);
        if ((inode->i_state & I_NEW) == 0)
            return inode;
        buffer_head* bh = disk_inode(sb, ino, out ext2_disk_inode* raw);
        if (bh == null)
        {
            iget_failed(inode);
            return (inode*)ERR_PTR(-EIO);
        }

        inode->i_mode = (umode_t)raw->i_mode;
        inode->i_size = (long)raw->i_size;
        inode->i_blocks = raw->i_blocks;
        inode->i_mtime_sec = inode->i_ctime_sec = (long)raw->i_mtime;
        for (int i = 0; i < N_BLOCKS; i++)
            I(inode)->i_data[i] = raw->i_block[i];
        set_ops(inode);
        brelse(bh);
        unlock_new_inode(inode);
        return inode;
    }

    private static void set_ops(inode* inode)
    {
        inode->i_op = file_iops;
        inode->i_fop = file_fops;
        inode->i_mapping->a_ops = aops;
    }

    private static int write_inode(inode* inode, writeback_control* wbc)
    {
        if (inode->i_ino > INODES)
            return 0;
        buffer_head* bh = disk_inode(inode->i_sb, inode->i_ino, out ext2_disk_inode* raw);
        if (bh == null)
            return -EIO;
        raw->i_mode = inode->i_nlink != 0 ? inode->i_mode : 0u;
        raw->i_size = (ulong)inode->i_size;
        raw->i_blocks = (uint)inode->i_blocks;
        raw->i_mtime = (ulong)inode->i_mtime_sec;
        for (int i = 0; i < N_BLOCKS; i++)
            raw->i_block[i] = I(inode)->i_data[i];
        mark_buffer_dirty(bh);
        int err = 0;
        if (wbc->sync_mode == WB_SYNC_ALL)
        {
            sync_dirty_buffer(bh);
            if (!buffer_uptodate(bh))
                err = -EIO;
        }

        brelse(bh);
        return err;
    }

    // The last user of a file without a name: its blocks become free.
    private static void evict_inode(inode* inode)
    {
        bool gone = inode->i_nlink == 0 && inode->i_ino <= INODES;

        truncate_inode_pages_final(&inode->i_data);
        if (gone)
        {
            inode->i_size = 0;
            truncate_blocks(inode, 0);
            buffer_head* bh = disk_inode(inode->i_sb, inode->i_ino, out ext2_disk_inode* raw);
            if (bh != null)
            {
                memset(raw, 0, (ulong)ext2_disk_inode.Size);
                mark_buffer_dirty(bh);
                brelse(bh);
            }
        }

        invalidate_inode_buffers(inode);
        clear_inode(inode);
    }
}
