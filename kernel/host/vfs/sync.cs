// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_backing_dev_defs_h;
using static Linux.linux_fs_h;

namespace Linux;

/// <summary>fs/sync.c: writing what is dirty, and waiting for it.</summary>
public static unsafe partial class fs_sync_c
{
    private const string C = "fs/sync.c";

    /// <summary>All of one file system.</summary>
    [KernelSource(C, "sync_filesystem", Parity.Reduced, "in one pass")]
    public static int sync_filesystem(super_block* sb)
    {
        int ret = 0;

        if ((sb->s_flags & SB_RDONLY) != 0)
            return 0;

        sync_inodes_sb(sb);
        if (sb->s_op->sync_fs != null)
            ret = sb->s_op->sync_fs(sb, 1);
        int ret2 = block_bdev_c.sync_blockdev(sb->s_bdev);
        return ret != 0 ? ret : ret2;
    }

    private static void sync_inodes_one_sb(super_block* sb, void* arg)
    {
        if ((sb->s_flags & SB_RDONLY) == 0)
            sync_inodes_sb(sb);
    }

    private static void sync_fs_one_sb(super_block* sb, void* arg)
    {
        if ((sb->s_flags & SB_RDONLY) == 0 && sb->s_op->sync_fs != null)
            sb->s_op->sync_fs(sb, *(int*)arg);
    }

    /// <summary>sync(2).</summary>
    [KernelSource(C, "ksys_sync", Parity.Reduced, "disks are synced with the file systems, as they have super blocks of their own")]
    public static long sys_sync()
    {
        int nowait = 0;
        int wait = 1;

        wakeup_flusher_threads(WB_REASON_SYNC);
        fs_super_c.iterate_supers(&sync_inodes_one_sb, null);
        fs_super_c.iterate_supers(&sync_fs_one_sb, &nowait);
        fs_super_c.iterate_supers(&sync_fs_one_sb, &wait);
        // What the inodes' metadata made dirty on the disks.
        fs_super_c.iterate_supers(&sync_inodes_one_sb, null);
        return 0;
    }

    [KernelSource(C, "vfs_fsync_range", Parity.Reduced, "no lazy timestamps")]
    public static int vfs_fsync_range(@file* file, loff_t start, loff_t end, int datasync)
    {
        if (file->f_op->fsync == null)
            return -EINVAL;
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
