// SPDX-License-Identifier: GPL-2.0-only
// fs/namei.c: files by path.
using System.Buffers.Binary;
using System.Numerics;
using static Linux.linux_fs_h;

namespace Linux;

public static unsafe partial class fs_namespace_c
{
    // ---------------------------------------------------------------- hashes of names

    [KernelSource("fs/namei.c", "HASH_MIX", Parity.Full)]
    private static void HASH_MIX(ref ulong x, ref ulong y, ulong a)
    {
        x ^= a;
        y ^= x;
        x = BitOperations.RotateLeft(x, 12);
        x += y;
        y = BitOperations.RotateLeft(y, 45);
        y = unchecked(y * 9);
    }

    [KernelSource("fs/namei.c", "fold_hash", Parity.Full)]
    private static uint fold_hash(ulong x, ulong y)
    {
        y ^= unchecked(x * linux_hash_h.GOLDEN_RATIO_64);
        y = unchecked(y * linux_hash_h.GOLDEN_RATIO_64);
        return (uint)(y >> 32);
    }

    /// <summary>The salt is the directory, so that the same name in two of them is in two buckets.</summary>
    [KernelSource("fs/namei.c", "full_name_hash", Parity.Full)]
    public static uint full_name_hash(void* salt, ReadOnlySpan<byte> name)
    {
        ulong x = 0, y = (ulong)salt;

        for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..])
            HASH_MIX(ref x, ref y, BinaryPrimitives.ReadUInt64LittleEndian(name));

        for (int i = 0; i < name.Length; i++)
            x ^= (ulong)name[i] << (8 * i);
        return fold_hash(x, y);
    }

    /// <summary>Walks to the directory that a path's last component is in: a reference to it, or an error as a pointer.</summary>
    [KernelSource("fs/namei.c", "path_parentat", Parity.Reduced, "absolute paths without links and dots")]
    [ReturnsOwned]
    private static dentry* path_parentat(ReadOnlySpan<byte> path, out vfsmount* mnt, out Range last)
    {
        last = default;
        mnt = find_mount(path, out int at);
        if (mnt == null)
            return (dentry*)ERR_PTR(-ENOENT);

        dentry* dir = dget(mnt->mnt_root);
        for (; ; )
        {
            while (at < path.Length && path[at] == (byte)'/')
                at++;
            int slash = path[at..].IndexOf((byte)'/');
            if (slash < 0)
            {
                last = at..path.Length;
                return dir;
            }

            dentry* next = walk_component(dir, path.Slice(at, slash));
            dput(dir);
            if (IS_ERR(next))
                return next;
            if (!d_is_dir(next))
            {
                int error = d_is_negative(next) ? -ENOENT : -ENOTDIR;
                dput(next);
                return (dentry*)ERR_PTR(error);
            }

            dir = next;
            at += slash + 1;
        }
    }

    // The name in the directory, without a file if there is none.
    [KernelSource("fs/namei.c", "walk_component", Parity.Reduced, "no links and dots; nothing is mounted on it")]
    [ReturnsOwned]
    private static dentry* walk_component(dentry* dir, ReadOnlySpan<byte> name)
    {
        dentry* d = lookup_fast(dir, name);
        return d != null ? d : lookup_slow(dir, name);
    }

    // What is known is found without the directory's lock.
    [KernelSource("fs/namei.c", "lookup_fast", Parity.Reduced, "never without a reference")]
    [ReturnsOwned]
    private static dentry* lookup_fast(dentry* dir, ReadOnlySpan<byte> name)
    {
        fixed (byte* p = name)
        {
            qstr q = new() { hash = full_name_hash(dir, name), len = (uint)name.Length, name = p };
            return __d_lookup(dir, &q);
        }
    }

    [KernelSource("fs/namei.c", "lookup_slow", Parity.Reduced, "one at a time in a directory")]
    [ReturnsOwned]
    private static dentry* lookup_slow(dentry* dir, ReadOnlySpan<byte> name)
    {
        inode_lock(dir->d_inode);
        dentry* d = lookup_one_qstr_excl(dir, name);
        inode_unlock(dir->d_inode);
        return d;
    }

    // With the directory locked: the cached name, or what the file system finds.
    [KernelSource("fs/namei.c", "lookup_one_qstr_excl", Parity.Reduced, "who wants one that is there, or not, looks itself")]
    [ReturnsOwned]
    private static dentry* lookup_one_qstr_excl(dentry* @base, ReadOnlySpan<byte> name)
    {
        inode* dir = @base->d_inode;
        dentry* dentry;

        fixed (byte* p = name)
        {
            qstr q = new() { hash = full_name_hash(@base, name), len = (uint)name.Length, name = p };
            dentry = d_lookup(@base, &q);
            if (dentry != null)
                return dentry;
            dentry = d_alloc(@base, &q);
        }

        if (dentry == null)
            return (dentry*)ERR_PTR(-ENOMEM);
        if (dir->i_op->lookup == null)
            return dentry;
        dentry* old = dir->i_op->lookup(dir, dentry, 0);
        if (old != null)
        {
            dput(dentry);
            dentry = old;
        }

        return dentry;
    }

    /// <summary>Opens a file by its path; an error as a pointer.</summary>
    [KernelSource("fs/namei.c", "do_filp_open", Parity.Reduced, "no permissions, links or special files")]
    [ReturnsOwned]
    public static @file* do_filp_open(ReadOnlySpan<byte> path, uint flags, umode_t mode)
    {
        int error = 0;

        dentry* dir = path_parentat(path, out vfsmount* mnt, out Range last);
        if (IS_ERR(dir))
            return (@file*)dir;

        inode* dir_inode = dir->d_inode;
        inode_lock(dir_inode);
        dentry* d = lookup_one_qstr_excl(dir, path[last]);
        if (!IS_ERR(d) && d_is_negative(d))
        {
            if ((flags & O_CREAT) == 0)
                error = -ENOENT;
            else if (dir_inode->i_op->create == null)
                error = -EACCES;
            else
                error = dir_inode->i_op->create(dir_inode, d, (umode_t)((mode & S_IALLUGO) | S_IFREG), (flags & O_EXCL) != 0);
            if (error == 0)
                fsnotify_create(dir_inode, d);
        }
        else if (!IS_ERR(d) && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        {
            error = -EEXIST;
        }

        inode_unlock(dir_inode);
        dput(dir);
        if (IS_ERR(d))
            return (@file*)d;
        if (error == 0 && S_ISDIR(d->d_inode->i_mode) && (flags & O_ACCMODE) != 0)
            error = -EISDIR;
        if (error != 0)
        {
            dput(d);
            return (@file*)ERR_PTR(error);
        }

        @file* file = fs_file_table_c.alloc_empty_file(flags);
        if (IS_ERR(file))
        {
            dput(d);
            return file;
        }

        error = fs_open_c.do_dentry_open(file, mnt, d);
        if (error == 0)
            fsnotify_open(file);
        if (error == 0 && (flags & O_TRUNC) != 0)
            error = fs_open_c.do_truncate(d, 0);
        if (error != 0)
        {
            fput(file);
            return (@file*)ERR_PTR(error);
        }

        return file;
    }

    /// <summary>What a path leads to; the caller gives it back with path_put().</summary>
    [KernelSource("fs/namei.c", "kern_path", Parity.Reduced, "absolute paths without links and dots")]
    [TryGetsRef(Result.Zero, "path->dentry")]
    public static int kern_path(ReadOnlySpan<byte> name, path* path)
    {
        dentry* dir = path_parentat(name, out vfsmount* mnt, out Range last);
        if (IS_ERR(dir))
            return (int)PTR_ERR(dir);

        dentry* d = dir;
        if (name[last].Length != 0)
        {
            d = walk_component(dir, name[last]);
            dput(dir);
            if (IS_ERR(d))
                return (int)PTR_ERR(d);
        }

        if (d_is_negative(d))
        {
            dput(d);
            return -ENOENT;
        }

        path->mnt = mnt;
        path->dentry = d;
        atomic_inc(&d->d_sb->s_active);
        return 0;
    }

    [KernelSource("fs/namei.c", "path_get", Parity.Reduced, "what is held of the mount is its super block")]
    [GetsRef("path->dentry")]
    public static void path_get(path* path)
    {
        atomic_inc(&path->dentry->d_sb->s_active);
        dget(path->dentry);
    }

    [KernelSource("fs/namei.c", "path_put", Parity.Reduced, "what is held of the mount is its super block")]
    [PutsRef("path->dentry")]
    public static void path_put(path* path)
    {
        super_block* sb = path->dentry->d_sb;

        dput(path->dentry);
        fs_super_c.deactivate_super(sb);
    }

    /// <summary>unlink(2).</summary>
    [KernelSource("fs/namei.c", "do_unlinkat", Parity.Reduced, "no permissions")]
    public static long do_unlinkat(ReadOnlySpan<byte> path)
    {
        inode* inode = null;

        dentry* dir = path_parentat(path, out _, out Range last);
        if (IS_ERR(dir))
            return PTR_ERR(dir);

        inode_lock_nested_parent(dir->d_inode);
        dentry* d = lookup_one_qstr_excl(dir, path[last]);
        long error = IS_ERR(d) ? PTR_ERR(d) : 0;
        if (error == 0)
        {
            if (d_is_negative(d))
            {
                error = -ENOENT;
            }
            else if (S_ISDIR(d->d_inode->i_mode))
            {
                error = -EISDIR;
            }
            else
            {
                // Truncation of its pages is done when nothing is locked.
                inode = d->d_inode;
                ihold(inode);
                error = dir->d_inode->i_op->unlink(dir->d_inode, d);
                if (error == 0)
                {
                    fsnotify_link_count(inode);
                    d_delete_notify(dir->d_inode, d);
                }
            }

            dput(d);
        }

        inode_unlock(dir->d_inode);
        iput(inode);
        dput(dir);
        return error;
    }

    [Acquires("inode->i_rwsem"), MightSleep]
    private static void inode_lock_nested_parent(inode* inode) => down_write_nested(&inode->i_rwsem, 1);
}
