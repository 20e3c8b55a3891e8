// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using static Linux.linux_fs_h;
using static Linux.linux_uio_h;

namespace Linux;

/// <summary>fs/open.c: opening, closing and resizing files.</summary>
public static unsafe partial class fs_open_c
{
    private const string C = "fs/open.c";

    [KernelSource(C, "do_dentry_open", Parity.Reduced, "no credentials, leases or counting of writers")]
    [ConsumesRef("dentry")]
    internal static int do_dentry_open(@file* f, vfsmount* mnt, dentry* dentry)
    {
        inode* inode = dentry->d_inode;

        fs_file_table_c.file_init_path(f, mnt, dentry, inode->i_fop);
        f->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
        if ((f->f_flags & O_APPEND) != 0)
            f->f_iocb_flags |= IOCB_APPEND;
        if ((f->f_flags & O_DSYNC) != 0)
            f->f_iocb_flags |= IOCB_DSYNC;
        int error = f->f_op->open != null ? f->f_op->open(inode, f) : 0;
        if (error != 0)
            return error;
        if (f->f_mapping->a_ops->direct_IO != null)
            f->f_mode |= FMODE_CAN_ODIRECT;
        if ((f->f_flags & O_DIRECT) != 0)
        {
            if ((f->f_mode & FMODE_CAN_ODIRECT) == 0)
                return -EINVAL;
            f->f_iocb_flags |= IOCB_DIRECT;
        }

        return 0;
    }

    [KernelSource(C, "do_truncate", Parity.Full)]
    internal static int do_truncate(dentry* dentry, loff_t length)
    {
        if (length < 0)
            return -EINVAL;

        iattr newattrs = new() { ia_size = length, ia_valid = ATTR_SIZE };

        inode_lock(dentry->d_inode);
        int ret = notify_change(dentry, &newattrs);
        inode_unlock(dentry->d_inode);
        return ret;
    }

    /// <summary>open(2): the lowest number that is free.</summary>
    [KernelSource(C, "do_sys_openat2", Parity.Reduced, "absolute paths")]
    public static long sys_open(string path, uint flags, umode_t mode)
    {
        int fd = get_unused_fd_flags(flags);
        if (fd < 0)
            return fd;
        @file* file = filp_open(path, flags, mode);
        if (IS_ERR(file))
        {
            put_unused_fd(fd);
            return PTR_ERR(file);
        }

        fd_install(fd, file);
        return fd;
    }

    /// <summary>Opens a file for the kernel itself; an error as a pointer.</summary>
    [KernelSource(C, "filp_open", Parity.Full)]
    [ReturnsOwned]
    public static @file* filp_open(string path, uint flags, umode_t mode) =>
        fs_namespace_c.do_filp_open(Encoding.UTF8.GetBytes(path), flags, mode);

    /// <summary>close(2).</summary>
    [KernelSource(C, "SYSCALL_close", Parity.Reduced, "no flush")]
    public static long sys_close(int fd)
    {
        @file* file = fs_file_c.file_close_fd(fd);
        if (file == null)
            return -EBADF;
        fput_close_sync(file);
        return 0;
    }

    /// <summary>ioctl(2).</summary>
    [KernelSource("fs/ioctl.c", "vfs_ioctl", Parity.Reduced, "what any file could be asked is not there")]
    public static long sys_ioctl(int fd, uint cmd, ulong arg)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        long ret = file->f_op->unlocked_ioctl == null ? -ENOTTY : file->f_op->unlocked_ioctl(file, cmd, arg);
        fput(file);
        return ret;
    }

    /// <summary>unlink(2).</summary>
    [KernelSource("fs/namei.c", "SYSCALL_unlink", Parity.Full)]
    public static long sys_unlink(string path) => fs_namespace_c.do_unlinkat(Encoding.UTF8.GetBytes(path));

    /// <summary>ftruncate(2).</summary>
    [KernelSource(C, "do_sys_ftruncate", Parity.Full)]
    public static long sys_ftruncate(int fd, loff_t length)
    {
        if (length < 0)
            return -EINVAL;
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        long ret = -EINVAL;
        if (S_ISREG(file->f_inode->i_mode) && (file->f_mode & FMODE_WRITE) != 0)
            ret = do_truncate(file->f_path.dentry, length);
        fput(file);
        return ret;
    }

    public const int FALLOC_FL_KEEP_SIZE = 1;
    public const int FALLOC_FL_PUNCH_HOLE = 2;

    [KernelSource(C, "vfs_fallocate", Parity.Reduced, "no permissions or notification")]
    public static int vfs_fallocate(@file* file, int mode, loff_t offset, loff_t len)
    {
        if (offset < 0 || len <= 0)
            return -EINVAL;
        // A hole never changes the size, and callers have to say that they know.
        if ((mode & FALLOC_FL_PUNCH_HOLE) != 0 && (mode & FALLOC_FL_KEEP_SIZE) == 0)
            return -EOPNOTSUPP;
        if ((file->f_mode & FMODE_WRITE) == 0)
            return -EBADF;
        if (file->f_op->fallocate == null)
            return -EOPNOTSUPP;
        // A sum that overflowed is negative.
        if (offset + len > file->f_inode->i_sb->s_maxbytes || offset + len < 0)
            return -EFBIG;
        return (int)file->f_op->fallocate(file, mode, offset, len);
    }

    /// <summary>fallocate(2).</summary>
    [KernelSource(C, "ksys_fallocate", Parity.Full)]
    public static long sys_fallocate(int fd, int mode, loff_t offset, loff_t len)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        long ret = vfs_fallocate(file, mode, offset, len);
        fput(file);
        return ret;
    }

    /// <summary>fadvise64(2).</summary>
    [KernelSource("mm/fadvise.c", "ksys_fadvise64_64", Parity.Full)]
    public static long sys_fadvise64(int fd, loff_t offset, loff_t len, int advice)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        long ret = vfs_fadvise(file, offset, len, advice);
        fput(file);
        return ret;
    }
}

/// <summary>fs/read_write.c: reading and writing at an offset.</summary>
public static unsafe partial class fs_read_write_c
{
    private const string C = "fs/read_write.c";

    [KernelSource("include/linux/fs.h", "init_sync_kiocb", Parity.Full)]
    public static void init_sync_kiocb(kiocb* kiocb, @file* filp)
    {
        *kiocb = default;
        kiocb->ki_filp = filp;
        kiocb->ki_flags = (int)filp->f_iocb_flags;
    }

    /// <summary>What may be written where: a count, cut at the largest file, or an error.</summary>
    [KernelSource(C, "generic_write_checks", Parity.Reduced, "no limit of the task's")]
    public static ssize_t generic_write_checks(kiocb* iocb, iov_iter* from)
    {
        inode* inode = iocb->ki_filp->f_mapping->host;

        if (IS_SWAPFILE(inode))
            return -ETXTBSY;
        if (iov_iter_count(from) == 0)
            return 0;
        if ((iocb->ki_flags & IOCB_APPEND) != 0)
            iocb->ki_pos = i_size_read(inode);
        if (iocb->ki_pos >= inode->i_sb->s_maxbytes)
            return -EFBIG;
        iov_iter_truncate(from, (ulong)(inode->i_sb->s_maxbytes - iocb->ki_pos));
        return (ssize_t)iov_iter_count(from);
    }

    [KernelSource("include/linux/fs.h", "generic_write_sync", Parity.Full)]
    public static ssize_t generic_write_sync(kiocb* iocb, ssize_t count)
    {
        if ((iocb->ki_flags & IOCB_DSYNC) != 0)
        {
            int ret = vfs_fsync_range(iocb->ki_filp, iocb->ki_pos - count, iocb->ki_pos - 1, (iocb->ki_flags & IOCB_SYNC) != 0 ? 0 : 1);
            if (ret != 0)
                return ret;
        }

        return count;
    }

    /// <summary>read(2).</summary>
    [KernelSource(C, "ksys_read", Parity.Full)]
    public static long sys_read(int fd, byte* buf, ulong count)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        // FMODE_ATOMIC_POS: where a file has a position. Others may sleep in read() for long.
        bool atomic_pos = S_ISREG(file->f_inode->i_mode);
        if (atomic_pos)
            mutex_lock(&file->f_pos_lock);
        long ret = vfs_read(file, buf, count, &file->f_pos);
        if (atomic_pos)
            mutex_unlock(&file->f_pos_lock);
        fput(file);
        return ret;
    }

    [KernelSource(C, "vfs_read", Parity.Reduced, "no permissions, and what was read is not counted")]
    private static ssize_t vfs_read(@file* file, byte* buf, ulong count, loff_t* pos)
    {
        if ((file->f_mode & FMODE_READ) == 0)
            return -EBADF;
        if ((file->f_mode & FMODE_CAN_READ) == 0)
            return -EINVAL;

        count = Math.Min(count, int.MaxValue & PAGE_MASK);
        ssize_t ret;
        if (file->f_op->read != null)
        {
            ret = file->f_op->read(file, buf, count, pos);
        }
        else
        {
            iov_iter iter;
            iov_iter_ubuf(&iter, ITER_DEST, buf, count);
            ret = vfs_iocb_read(file, &iter, *pos);
            if (ret > 0)
                *pos += ret;
        }

        if (ret > 0)
            fsnotify_access(file);
        return ret;
    }

    /// <summary>pread(2).</summary>
    [KernelSource(C, "ksys_pread64", Parity.Full)]
    public static long sys_pread64(int fd, byte* buf, ulong count, loff_t pos) => transfer(fd, buf, count, pos, ITER_DEST);

    /// <summary>pwrite(2).</summary>
    [KernelSource(C, "ksys_pwrite64", Parity.Full)]
    public static long sys_pwrite64(int fd, byte* buf, ulong count, loff_t pos) => transfer(fd, buf, count, pos, ITER_SOURCE);

    private static long transfer(int fd, byte* buf, ulong count, loff_t pos, uint direction)
    {
        if (pos < 0)
            return -EINVAL;
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        iov_iter iter;
        iov_iter_ubuf(&iter, direction, buf, Math.Min(count, int.MaxValue & PAGE_MASK));
        long ret = direction == ITER_DEST ? vfs_iocb_read(file, &iter, pos) : vfs_iocb_write(file, &iter, pos);
        if (ret > 0 && direction == ITER_DEST)
            fsnotify_access(file);
        else if (ret > 0)
            fsnotify_modify(file);
        fput(file);
        return ret;
    }

    [KernelSource(C, "new_sync_read", Parity.Full)]
    public static ssize_t vfs_iocb_read(@file* file, iov_iter* iter, loff_t pos)
    {
        kiocb kiocb;

        if ((file->f_mode & FMODE_READ) == 0)
            return -EBADF;
        if ((file->f_mode & FMODE_CAN_READ) == 0)
            return -EINVAL;
        init_sync_kiocb(&kiocb, file);
        kiocb.ki_pos = pos;
        return file->f_op->read_iter(&kiocb, iter);
    }

    [KernelSource(C, "new_sync_write", Parity.Full)]
    public static ssize_t vfs_iocb_write(@file* file, iov_iter* iter, loff_t pos)
    {
        kiocb kiocb;

        if ((file->f_mode & FMODE_WRITE) == 0)
            return -EBADF;
        if ((file->f_mode & FMODE_CAN_WRITE) == 0)
            return -EINVAL;
        init_sync_kiocb(&kiocb, file);
        kiocb.ki_pos = pos;
        return file->f_op->write_iter(&kiocb, iter);
    }
}
