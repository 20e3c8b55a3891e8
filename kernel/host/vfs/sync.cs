// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_backing_dev_defs_h;
using static Linux.linux_fs_h;

namespace Linux;

/// <summary>fs/sync.c: writing what is dirty, and waiting for it.</summary>
public static unsafe partial class fs_sync_c
{
    private const string C = "fs/sync.c";

    /// <summary>All of one file system.</summary>
    [KernelSource(C, "sync_filesystem", Parity.Full)]
    public static int sync_filesystem(super_block* sb)
    {
        int ret = 0;

        // It may not become read-only, or writable, meanwhile.
        WARN_ON(!rwsem_is_locked(&sb->s_umount));

        if ((sb->s_flags & SB_RDONLY) != 0)
            return 0;

        // A simple file system's inodes dirty pages of the disk when they are written: these are on their way as well then.
        writeback_inodes_sb(sb, WB_REASON_SYNC);
        if (sb->s_op->sync_fs != null)
        {
            ret = sb->s_op->sync_fs(sb, 0);
            if (ret != 0)
                return ret;
        }

        ret = sync_blockdev_nowait(sb->s_bdev);
        if (ret != 0)
            return ret;

        sync_inodes_sb(sb);
        if (sb->s_op->sync_fs != null)
        {
            ret = sb->s_op->sync_fs(sb, 1);
            if (ret != 0)
                return ret;
        }

        return sync_blockdev(sb->s_bdev);
    }

    [KernelSource(C, "sync_inodes_one_sb", Parity.Full)]
    private static void sync_inodes_one_sb(super_block* sb, void* arg)
    {
        if ((sb->s_flags & SB_RDONLY) == 0)
            sync_inodes_sb(sb);
    }

    [KernelSource(C, "sync_fs_one_sb", Parity.Full)]
    private static void sync_fs_one_sb(super_block* sb, void* arg)
    {
        if ((sb->s_flags & SB_RDONLY) == 0 && sb->s_op->sync_fs != null)
            sb->s_op->sync_fs(sb, *(int*)arg);
    }

    /// <summary>sync(2).</summary>
    [KernelSource(C, "ksys_sync", Parity.Reduced, "no laptop mode's timers: no disk's I/O starts them")]
    public static long sys_sync()
    {
        int nowait = 0;
        int wait = 1;

        wakeup_flusher_threads(WB_REASON_SYNC);
        fs_super_c.iterate_supers(&sync_inodes_one_sb, null);
        fs_super_c.iterate_supers(&sync_fs_one_sb, &nowait);
        fs_super_c.iterate_supers(&sync_fs_one_sb, &wait);
        // What the inodes' metadata made dirty on the disks.
        sync_bdevs(false);
        sync_bdevs(true);
        return 0;
    }

    /// <summary>syncfs(2).</summary>
    [KernelSource(C, "syncfs", Parity.Full)]
    public static long sys_syncfs(int fd)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        super_block* sb = file->f_path.dentry->d_sb;

        down_read(&sb->s_umount);
        int ret = sync_filesystem(sb);
        up_read(&sb->s_umount);

        int ret2 = errseq_check_and_advance(&sb->s_wb_err, &file->f_sb_err);

        fput(file);
        return ret != 0 ? ret : ret2;
    }

    [KernelSource(C, "vfs_fsync_range", Parity.Full)]
    public static int vfs_fsync_range(@file* file, loff_t start, loff_t end, int datasync)
    {
        inode* inode = file->f_mapping->host;

        if (file->f_op->fsync == null)
            return -EINVAL;
        if (datasync == 0 && (inode->i_state & I_DIRTY_TIME) != 0)
            mark_inode_dirty_sync(inode);
        return file->f_op->fsync(file, start, end, datasync);
    }

    [KernelSource(C, "vfs_fsync", Parity.Full)]
    public static int vfs_fsync(@file* file, int datasync) => vfs_fsync_range(file, 0, long.MaxValue, datasync);

    /// <summary>fsync(2).</summary>
    [KernelSource(C, "do_fsync", Parity.Full)]
    public static long sys_fsync(int fd)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        long ret = vfs_fsync(file, 0);
        fput(file);
        return ret;
    }

    /// <summary>For file systems in memory: there is nothing to be written.</summary>
    [KernelSource("fs/libfs.c", "noop_fsync", Parity.Full)]
    public static int noop_fsync(@file* file, loff_t start, loff_t end, int datasync) => 0;
}
