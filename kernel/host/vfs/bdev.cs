// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_bio_h;
using static Linux.linux_blkdev_h;
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

/// <summary>block/bdev.c and block/fops.c: the pages cached of disks themselves, where file systems keep their metadata.</summary>
/// <remarks>Each disk has a super block of its own, so that its inode's device is the super block's.</remarks>
public static unsafe partial class block_bdev_c
{
    private const int BLOCK_BITS = 12;

    private static readonly super_operations* bdev_sops = data(new super_operations { drop_inode = &inode_just_drop });

    private static readonly address_space_operations* def_blk_aops = data(new address_space_operations
    {
        dirty_folio = &block_dirty_folio,
        invalidate_folio = &block_invalidate_folio,
        read_folio = &blkdev_read_folio,
        readahead = &blkdev_readahead,
        writepages = &blkdev_writepages,
        is_dirty_writeback = &buffer_check_dirty_writeback,
    });

    private static readonly file_system_type* bd_type = data(new file_system_type { kill_sb = &fs_super_c.kill_anon_super });

    [KernelSource("block/fops.c", "blkdev_get_block", Parity.Full)]
    private static int blkdev_get_block(inode* inode, sector_t iblock, buffer_head* bh, bool create)
    {
        bh->b_bdev = (block_device*)inode->i_private;
        bh->b_blocknr = iblock;
        set_buffer_mapped(bh);
        return 0;
    }

    [KernelSource("block/fops.c", "blkdev_read_folio", Parity.Full)]
    [Releases("folio->PG_locked", Later = true)]
    private static int blkdev_read_folio(@file* file, folio* folio) => block_read_full_folio(folio, &blkdev_get_block);

    [KernelSource("block/fops.c", "blkdev_readahead", Parity.Full)]
    private static void blkdev_readahead(readahead_control* rac) => mpage_readahead(rac, &blkdev_get_block);

    [KernelSource("block/fops.c", "blkdev_writepages", Parity.Full)]
    private static int blkdev_writepages(address_space* mapping, writeback_control* wbc)
    {
        folio* folio = null;
        int err;

        while ((folio = writeback_iter(mapping, wbc, folio, &err)) != null)
            err = block_write_full_folio(folio, wbc, &blkdev_get_block);
        return err;
    }

    /// <summary>Gives a disk its inode and its bdi.</summary>
    internal static int bdev_add(block_device* bdev)
    {
        backing_dev_info* bdi = bdi_alloc(0);
        if (bdi == null)
            return -ENOMEM;
        blk_apply_bdi_limits(bdi, bdev);
        int err = bdi_register(bdi);
        if (err != 0)
            goto put_bdi;
        bdev->bd_bdi = bdi;

        super_block* sb = fs_super_c.sget(bd_type, SB_KERNMOUNT);
        if (IS_ERR(sb))
        {
            err = (int)PTR_ERR(sb);
            goto unregister_bdi;
        }
        sb->s_dev = bdev->bd_dev;
        sb->s_blocksize_bits = BLOCK_BITS;
        sb->s_blocksize = 1UL << BLOCK_BITS;
        sb->s_maxbytes = long.MaxValue;
        sb->s_op = bdev_sops;
        sb->s_iflags |= SB_I_CGROUPWB;

        inode* inode = new_inode(sb);
        if (inode == null)
        {
            fs_super_c.deactivate_locked_super(sb);
            err = -ENOMEM;
            goto unregister_bdi;
        }
        inode->i_mode = (umode_t)S_IFBLK;
        inode->i_private = bdev;
        inode->i_data.a_ops = def_blk_aops;
        mapping_set_gfp_mask(&inode->i_data, GFP_USER);
        inode->i_size = (long)bdev->bd_nr_sectors << 9;
        bdev->bd_inode = inode;
        bdev->bd_mapping = &inode->i_data;

        ihold(inode);
        sb->s_root = fs_dcache_c.d_make_root(inode);
        if (sb->s_root == null)
        {
            bdev->bd_inode = null;
            bdev->bd_mapping = null;
            iput(inode);
            fs_super_c.deactivate_locked_super(sb);
            err = -ENOMEM;
            goto unregister_bdi;
        }
        sb->s_flags |= SB_ACTIVE;
        smp_store_release(&sb->s_flags, sb->s_flags | SB_BORN);
        up_write(&sb->s_umount);
        return 0;

    unregister_bdi:
        bdi_unregister(bdi);
        bdev->bd_bdi = null;
    put_bdi:
        bdi_put(bdi);
        return err;
    }

    /// <summary>The disk goes: its pages with it.</summary>
    [PutsRef("bdev->bd_inode", Sometimes = true)]
    internal static void bdev_remove(block_device* bdev)
    {
        inode* inode = bdev->bd_inode;
        if (inode == null)
            return;
        super_block* sb = inode->i_sb;

        sync_blockdev(bdev);
        invalidate_bh_lrus();
        // Switches of its inode are waited for with the super block, which in the kernel all disks share and none takes along.
        sb->s_bdi = bdi_get(bdev->bd_bdi);
        bdev->bd_inode = null;
        bdev->bd_mapping = null;
        iput(inode);
        fs_super_c.deactivate_super(sb);
        bdi_unregister(bdev->bd_bdi);
        bdi_put(bdev->bd_bdi);
        bdev->bd_bdi = null;
    }

    [KernelSource("block/bdev.c", "sb_is_blkdev_sb", Parity.Reduced, "each disk has one of its own")]
    public static bool sb_is_blkdev_sb(super_block* sb) => sb->s_type == bd_type;

    [KernelSource("block/bdev.c", "I_BDEV", Parity.Full)]
    public static block_device* I_BDEV(inode* inode) => (block_device*)inode->i_private;

    [KernelSource("block/bdev.c", "sync_blockdev_nowait", Parity.Full)]
    public static int sync_blockdev_nowait(block_device* bdev)
    {
        if (bdev == null || bdev->bd_mapping == null)
            return 0;
        return filemap_flush(bdev->bd_mapping);
    }

    /// <summary>Writes what is dirty of all disks, or waits for it.</summary>
    [KernelSource("block/bdev.c", "sync_bdevs", Parity.Reduced, "disks neither come nor go meanwhile, and all are open")]
    public static void sync_bdevs(bool wait)
    {
        block_device* bdev;

        for (int i = 0; (bdev = linux_blkdev_h.blkdev_get_no(i)) != null; i++)
        {
            if (bdev->bd_mapping == null || bdev->bd_mapping->nrpages == 0)
                continue;

            // Errors are left for fsync to tell.
            if (wait)
                filemap_fdatawait_keep_errors(bdev->bd_mapping);
            else
                filemap_fdatawrite(bdev->bd_mapping);
        }
    }

    [KernelSource("block/bdev.c", "sync_blockdev", Parity.Full)]
    public static int sync_blockdev(block_device* bdev)
    {
        if (bdev == null || bdev->bd_mapping == null)
            return 0;
        return filemap_write_and_wait(bdev->bd_mapping);
    }

    [KernelSource("block/bdev.c", "invalidate_bdev", Parity.Full)]
    public static void invalidate_bdev(block_device* bdev)
    {
        address_space* mapping = bdev->bd_mapping;

        if (mapping->nrpages != 0)
        {
            invalidate_bh_lrus();
            lru_add_drain_all(); // those on a CPU's list have a reference more, and would stay
            invalidate_mapping_pages(mapping, 0, ulong.MaxValue);
        }
    }
}
