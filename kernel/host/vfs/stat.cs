// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;

namespace Linux;

/// <summary>What stat(2) says of a file.</summary>
public struct kstat
{
    public ulong ino;
    public umode_t mode;
    public uint nlink;
    public loff_t size;
    public uint blksize;
    public ulong blocks; // of 512 bytes
}

/// <summary>What statfs(2) says of a file system.</summary>
public struct kstatfs
{
    public long f_type;
    public long f_bsize;
    public ulong f_blocks;
    public ulong f_bfree;
    public ulong f_bavail;
    public ulong f_files;
    public ulong f_ffree;
    public long f_namelen;
}

/// <summary>fs/stat.c, fs/statfs.c and fs/attr.c: what files are like, and changing it.</summary>
public static unsafe partial class fs_stat_c
{
    private const string C = "fs/stat.c";

    public const uint ATTR_SIZE = 1 << 3;

    [KernelSource(C, "generic_fillattr", Parity.Reduced, "no owners or times")]
    public static void generic_fillattr(inode* inode, kstat* stat)
    {
        stat->ino = inode->i_ino;
        stat->mode = inode->i_mode;
        stat->nlink = inode->i_nlink;
        stat->size = i_size_read(inode);
        stat->blksize = 1u << inode->i_blkbits;
        stat->blocks = inode->i_blocks;
    }

    [KernelSource(C, "vfs_getattr", Parity.Reduced, "no security")]
    public static int vfs_getattr(path* path, kstat* stat)
    {
        inode* inode = path->dentry->d_inode;

        if (inode->i_op->getattr != null)
            return inode->i_op->getattr(path, stat);
        generic_fillattr(inode, stat);
        return 0;
    }

    /// <summary>fstat(2).</summary>
    [KernelSource(C, "SYSCALL_newfstat", Parity.Full)]
    public static long sys_fstat(int fd, kstat* stat)
    {
        *stat = default;
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        long ret = vfs_getattr(&file->f_path, stat);
        fput(file);
        return ret;
    }

    /// <summary>stat(2).</summary>
    [KernelSource(C, "vfs_statx", Parity.Reduced, "absolute paths without links")]
    public static long sys_stat(ReadOnlySpan<byte> name, kstat* stat)
    {
        path path;

        *stat = default;
        int error = kern_path(name, &path);
        if (error != 0)
            return error;
        error = vfs_getattr(&path, stat);
        path_put(&path);
        return error;
    }

    /// <summary>fstatfs(2).</summary>
    [KernelSource("fs/statfs.c", "fd_statfs", Parity.Full)]
    public static long sys_fstatfs(int fd, kstatfs* buf)
    {
        *buf = default;
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        dentry* dentry = file->f_path.dentry;
        long ret = dentry->d_sb->s_op->statfs != null ? dentry->d_sb->s_op->statfs(dentry, buf) : -ENOSYS;
        fput(file);
        return ret;
    }

    // i_bytes is what is left of i_blocks' 512s.
    [KernelSource(C, "__inode_add_bytes", Parity.Full)]
    private static void __inode_add_bytes(inode* inode, loff_t bytes)
    {
        inode->i_blocks += (ulong)(bytes >> 9);
        bytes &= 511;
        inode->i_bytes += (ushort)bytes;
        if (inode->i_bytes >= 512)
        {
            inode->i_blocks++;
            inode->i_bytes -= 512;
        }
    }

    [KernelSource(C, "inode_add_bytes", Parity.Full)]
    public static void inode_add_bytes(inode* inode, loff_t bytes)
    {
        spin_lock(&inode->i_lock);
        __inode_add_bytes(inode, bytes);
        spin_unlock(&inode->i_lock);
    }

    [KernelSource(C, "__inode_sub_bytes", Parity.Full)]
    private static void __inode_sub_bytes(inode* inode, loff_t bytes)
    {
        inode->i_blocks -= (ulong)(bytes >> 9);
        bytes &= 511;
        if (inode->i_bytes < bytes)
        {
            inode->i_blocks--;
            inode->i_bytes += 512;
        }

        inode->i_bytes -= (ushort)bytes;
    }

    [KernelSource(C, "inode_sub_bytes", Parity.Full)]
    public static void inode_sub_bytes(inode* inode, loff_t bytes)
    {
        spin_lock(&inode->i_lock);
        __inode_sub_bytes(inode, bytes);
        spin_unlock(&inode->i_lock);
    }

    [KernelSource("fs/attr.c", "setattr_prepare", Parity.Reduced, "sizes only, and who may is not asked")]
    public static int setattr_prepare(dentry* dentry, iattr* attr) =>
        (attr->ia_valid & ATTR_SIZE) != 0 ? inode_newsize_ok(dentry->d_inode, attr->ia_size) : 0;

    [KernelSource("fs/attr.c", "notify_change", Parity.Reduced, "sizes only, and who may is not asked")]
    internal static int notify_change(dentry* dentry, iattr* attr)
    {
        inode* inode = dentry->d_inode;

        int error = inode->i_op->setattr != null ? inode->i_op->setattr(dentry, attr) : -EPERM;
        if (error == 0)
            fsnotify_change(dentry, attr->ia_valid);
        return error;
    }
}

/// <summary>fs/libfs.c: what file systems in memory have in common.</summary>
public static unsafe partial class fs_libfs_c
{
    private const string C = "fs/libfs.c";

    public const long TMPFS_MAGIC = 0x01021994;
    public const int NAME_MAX = 255;
    public const loff_t MAX_LFS_FILESIZE = long.MaxValue;

    /// <summary>What is not in memory is not there.</summary>
    [KernelSource(C, "simple_lookup", Parity.Full)]
    public static dentry* simple_lookup(inode* dir, dentry* dentry, uint flags)
    {
        if (dentry->d_name.len > NAME_MAX)
            return (dentry*)ERR_PTR(-ENAMETOOLONG);
        // There is no disk that it would save a look at.
        if ((dentry->d_flags & DCACHE_DONTCACHE) == 0)
        {
            spin_lock(&dentry->d_lock);
            dentry->d_flags |= DCACHE_DONTCACHE;
            spin_unlock(&dentry->d_lock);
        }

        d_add(dentry, null);
        return null;
    }

    [KernelSource(C, "simple_inode_init_ts", Parity.Full)]
    public static long simple_inode_init_ts(inode* inode)
    {
        long ts = inode_set_ctime_current(inode);

        inode->i_atime_sec = ts;
        inode_set_mtime_to_ts(inode, ts);
        return ts;
    }

    /// <summary>An inode of no file system.</summary>
    [KernelSource(C, "alloc_anon_inode", Parity.Reduced, "no times, and it is never dirty for it has no operations")]
    [ReturnsOwned]
    public static inode* alloc_anon_inode(super_block* s)
    {
        inode* inode = new_inode(s);

        if (inode == null)
            return (inode*)ERR_PTR(-ENOMEM);
        inode->i_mode = S_IRUSR | S_IWUSR;
        inode->i_flags |= S_PRIVATE;
        return inode;
    }

    /// <summary>A change that clients of a server are to see; without force only if they have looked.</summary>
    [KernelSource(C, "inode_maybe_inc_iversion", Parity.Full)]
    public static bool inode_maybe_inc_iversion(inode* inode, bool force)
    {
        ulong next;

        smp_mb();
        long cur = atomic64_read(&inode->i_version);
        do
        {
            // Nobody has seen the present number: it will do.
            if (!force && ((ulong)cur & linux_iversion_h.I_VERSION_QUERIED) == 0)
                return false;

            next = ((ulong)cur & ~linux_iversion_h.I_VERSION_QUERIED) + linux_iversion_h.I_VERSION_INCREMENT;
        } while (!atomic64_try_cmpxchg(&inode->i_version, &cur, (long)next));
        return true;
    }
}
