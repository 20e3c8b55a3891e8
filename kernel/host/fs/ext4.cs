// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_uio_h;
using static Linux.linux_writeback_h;

namespace Linux;

/// <summary>An inode in memory.</summary>
internal unsafe struct ext4_inode_info
{
    public fixed uint i_data[ext4.N_BLOCKS]; // where its blocks are: direct ones, and trees one and two deep
    public uint i_next_goal; // behind the block that was allocated last, or 0
    public uint i_reserved_data_blocks; // that have no place yet
    public mutex truncate_mutex; // guards i_data, what it points to, and the goal
    public spinlock_t i_completed_io_lock;
    public list_head i_rsv_conversion_list; // io_ends whose blocks are to become written; guarded by i_completed_io_lock
    public work_struct i_rsv_conversion_work;
    public inode vfs_inode;
}

/// <summary>An inode on the disk, with its name: there is one directory, and it is the inode table.</summary>
internal unsafe struct ext4_disk_inode
{
    public const int Size = 512;
    public const int NAME_LEN = 255;
    public ulong i_size;
    public uint i_mode; // 0 is a free one
    public uint i_blocks;
    public ulong i_mtime;
    public fixed uint i_block[ext4.N_BLOCKS];
    public byte name_len;
    public fixed byte name[NAME_LEN];
}

internal struct ext4_disk_super
{
    public ulong magic;
    public uint blocks;
    public uint bitmap_start;
    public uint inode_table;
    public uint inodes;
    public uint first_data;
}

internal unsafe struct ext4_sb_info
{
    public mutex s_lock; // guards the bitmap's search and the inode table's
    public uint blocks;
    public uint bitmap_start;
    public uint inode_table;
    public uint inodes;
    public uint first_data;
    public uint free_blocks;
    public uint dirty_blocks; // of the free ones, those that are reserved
    public workqueue_struct* rsv_conversion_wq;
    public uint goal; // where stretches for files are looked for
    public uint index_goal; // where blocks of pointers are: not between those of data
    public uint last_ino; // none in use is above it
}

/// <summary>
/// A small file system on a disk, over the kernel's generic code: ext4's writeback (kernel/linux/fs/ext4) on blocks of 4 KiB, a bitmap, and
/// block maps with one and two levels of indirection in the disk's page cache. Names are kept with the inodes, in one directory.
/// Nothing is journalled.
/// </summary>
/// <remarks>The recordings are of ext4. What is compared is what they share: reads by whole windows of readahead, in large folios and without buffers;
/// writes with a buffer head for each block, charged to the owner of the page; blocks that are found at writeback, for extents of locked
/// folios; writeback that ends in a worker when all of the extent is on the disk.</remarks>
internal static unsafe partial class ext4
{
    public const int N_DIRECT = 12;
    public const int N_BLOCKS = N_DIRECT + 2;
    private const int BLOCK_BITS = 12;
    private const uint BLOCK = 1u << BLOCK_BITS;
    private const uint PER_BLOCK = BLOCK / 4;
    private const ulong MAX_BLOCKS = N_DIRECT + PER_BLOCK + ((ulong)PER_BLOCK * PER_BLOCK);
    private const ulong MAGIC = 0x2d67636d656d4b; // "Kmemcg-"
    private const uint INODES = 1024;
    private const uint STRETCH = 2048; // 8 MiB

    private static kmem_cache* inode_cachep;

    internal static ext4_sb_info* EXT4_SB(super_block* sb) => (ext4_sb_info*)sb->s_fs_info;

    internal static ext4_inode_info* EXT4_I(inode* inode) => container_of<ext4_inode_info>(inode, &((ext4_inode_info*)nowhere)->vfs_inode);

    private static readonly file_system_type* fs_type = data(new file_system_type
    {
        mount = &do_mount,
        kill_sb = &fs_super_c.kill_block_super,
    });

    internal static void init()
    {
        inode_cachep = kmem_cache_create("ext4_inode_cache"u8, (uint)sizeof(ext4_inode_info), 0,
            SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT | SLAB_PANIC, &init_once);
        if (fs_ext4_page_io_c.ext4_init_pageio() != 0)
            panic("ext4: no memory for io_ends");
        fs_type->name = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference("ext4\0"u8));
        fs_namespace_c.register_filesystem(fs_type);
    }

    private static void init_once(void* foo)
    {
        ext4_inode_info* ei = (ext4_inode_info*)foo;
        inode_init_once(&ei->vfs_inode);
    }

    // ---------------------------------------------------------------- super block

    [ReturnsOwned]
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
        ext4_sb_info* sbi = (ext4_sb_info*)kzalloc((ulong)sizeof(ext4_sb_info), GFP_KERNEL);
        if (sbi == null)
            return -ENOMEM;
        mutex_init(&sbi->s_lock);
        sb->s_fs_info = sbi;
        sb->s_blocksize_bits = BLOCK_BITS;
        sb->s_blocksize = BLOCK;
        sb->s_maxbytes = (long)MAX_BLOCKS << BLOCK_BITS;
        sb->s_magic = MAGIC;
        sb->s_op = sops;
        sb->s_iflags |= SB_I_CGROUPWB;

        int err = -ENOMEM;
        sbi->rsv_conversion_wq = alloc_workqueue("ext4-rsv-conversion"u8, WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
        if (sbi->rsv_conversion_wq == null)
            goto fail;

        err = read_super(sb, sbi);
        if (err != 0)
            goto fail_wq;

        err = -ENOMEM;
        inode* root = new_inode(sb);
        if (root == null)
            goto fail_wq;
        root->i_mode = (umode_t)(S_IFDIR | 0x1ed);
        root->i_ino = INODES + 1;
        root->i_op = dir_iops;
        sb->s_root = fs_dcache_c.d_make_root(root);
        if (sb->s_root == null)
            goto fail_wq;
        return 0;
    fail_wq:
        destroy_workqueue(sbi->rsv_conversion_wq);
    fail:
        sb->s_fs_info = null;
        kfree(sbi);
        return err;
    }

    // Takes what is on the disk, or makes a file system there.
    private static int read_super(super_block* sb, ext4_sb_info* sbi)
    {
        buffer_head* bh = sb_bread(sb, 0);
        if (bh == null)
            return -EIO;
        ext4_disk_super* ds = (ext4_disk_super*)bh->b_data;
        bool fresh = ds->magic != MAGIC;
        if (fresh)
        {
            memset(bh->b_data, 0, BLOCK);
            ds->magic = MAGIC;
            ds->blocks = (uint)Math.Min(linux_blkdev_h.bdev_nr_sectors(sb->s_bdev) >> (BLOCK_BITS - 9), uint.MaxValue);
            ds->bitmap_start = 1;
            ds->inode_table = ds->bitmap_start + ((ds->blocks + (BLOCK * 8) - 1) / (BLOCK * 8));
            ds->inodes = INODES;
            ds->first_data = ds->inode_table + (INODES * ext4_disk_inode.Size / BLOCK);
            mark_buffer_dirty(bh);
        }

        sbi->blocks = ds->blocks;
        sbi->bitmap_start = ds->bitmap_start;
        sbi->inode_table = ds->inode_table;
        sbi->inodes = ds->inodes;
        sbi->first_data = ds->first_data;
        sbi->goal = ds->first_data;
        sbi->index_goal = ds->blocks - (ds->blocks / 64);
        brelse(bh);
        return fresh ? make_fs(sb, sbi) : count_free(sb, sbi);
    }

    private static int make_fs(super_block* sb, ext4_sb_info* sbi)
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

    private static int count_free(super_block* sb, ext4_sb_info* sbi)
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
            buffer_head* bh = disk_inode(sb, ino, out ext4_disk_inode* raw);
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
        destroy_workqueue(EXT4_SB(sb)->rsv_conversion_wq);
        kfree(sb->s_fs_info);
        sb->s_fs_info = null;
    }

    // ---------------------------------------------------------------- inodes

    private static inode* alloc_inode(super_block* sb)
    {
        ext4_inode_info* ei = (ext4_inode_info*)alloc_inode_sb(sb, inode_cachep, GFP_KERNEL);
        if (ei == null)
            return null;
        for (int i = 0; i < N_BLOCKS; i++)
            ei->i_data[i] = 0;
        ei->i_next_goal = 0;
        ei->i_reserved_data_blocks = 0;
        mutex_init(&ei->truncate_mutex);
        spin_lock_init(&ei->i_completed_io_lock);
        INIT_LIST_HEAD(&ei->i_rsv_conversion_list);
        INIT_WORK(&ei->i_rsv_conversion_work, &fs_ext4_page_io_c.ext4_end_io_rsv_work);
        return &ei->vfs_inode;
    }

    private static void free_inode(inode* inode) => kmem_cache_free(inode_cachep, EXT4_I(inode));

    private static buffer_head* disk_inode(super_block* sb, ulong ino, out ext4_disk_inode* raw)
    {
        raw = null;
        buffer_head* bh = sb_bread(sb, EXT4_SB(sb)->inode_table + ((uint)(ino - 1) * ext4_disk_inode.Size / BLOCK));
        if (bh != null)
            raw = (ext4_disk_inode*)(bh->b_data + ((uint)(ino - 1) * ext4_disk_inode.Size % BLOCK));
        return bh;
    }

    [ReturnsOwned]
    private static inode* iget(super_block* sb, ulong ino)
    {
        inode* inode = iget_locked(sb, ino);
        if (inode == null)
            return (inode*)ERR_PTR(-ENOMEM);
        if ((inode->i_state & I_NEW) == 0)
            return inode;
        buffer_head* bh = disk_inode(sb, ino, out ext4_disk_inode* raw);
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
            EXT4_I(inode)->i_data[i] = raw->i_block[i];
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
        // As ext4 does: up to 2048 blocks.
        mapping_set_folio_order_range(inode->i_mapping, 0, Math.Min(MAX_PAGECACHE_ORDER, 11 + (uint)inode->i_blkbits - PAGE_SHIFT));
    }

    // What of the inode is on the disk. It is the caller's to drop.
    private static buffer_head* update_inode(inode* inode)
    {
        ext4_inode_info* ei = EXT4_I(inode);
        buffer_head* bh = disk_inode(inode->i_sb, inode->i_ino, out ext4_disk_inode* raw);
        if (bh == null)
            return null;
        // The flusher and the worker that converts come here at the same time: the later pointers are to stay.
        mutex_lock(&ei->truncate_mutex);
        raw->i_mode = inode->i_nlink != 0 ? inode->i_mode : 0u;
        raw->i_size = (ulong)inode->i_size;
        raw->i_blocks = (uint)inode->i_blocks;
        raw->i_mtime = (ulong)inode->i_mtime_sec;
        for (int i = 0; i < N_BLOCKS; i++)
            raw->i_block[i] = ei->i_data[i];
        mark_buffer_dirty(bh);
        mutex_unlock(&ei->truncate_mutex);
        return bh;
    }

    /// <summary>Writeback changes the inode when its own turn may be over: the disk's page cache has the change at once, as ext4's journal would.</summary>
    internal static int write_metadata(inode* inode)
    {
        buffer_head* bh = update_inode(inode);

        brelse(bh);
        return bh == null ? -EIO : 0;
    }

    private static int write_inode(inode* inode, writeback_control* wbc)
    {
        if (inode->i_ino > INODES)
            return 0;
        buffer_head* bh = update_inode(inode);
        if (bh == null)
            return -EIO;
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
            buffer_head* bh = disk_inode(inode->i_sb, inode->i_ino, out ext4_disk_inode* raw);
            if (bh != null)
            {
                memset(raw, 0, (ulong)ext4_disk_inode.Size);
                mark_buffer_dirty(bh);
                brelse(bh);
            }
        }

        WARN_ON_ONCE(gone && EXT4_I(inode)->i_reserved_data_blocks != 0);
        release_reservations(inode);
        invalidate_inode_buffers(inode);
        clear_inode(inode);
    }
}
