// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>A file system that is mounted on a directory.</summary>
public unsafe struct mount
{
    public vfsmount mnt;
    public list_head mnt_list;
    public int dir_len;
    public fixed byte dir[112];
}

/// <summary>fs/namespace.c and fs/namei.c: file systems by directory, and files by path. There is one namespace.</summary>
public static unsafe partial class fs_namespace_c
{
    private static readonly list_head* mounts = linux_init_h.LIST_HEAD();
    private static readonly rw_semaphore* namespace_sem = bss<rw_semaphore>();
    private static file_system_type* file_systems;

    /// <summary>The caches of file systems, and tmpfs.</summary>
    internal static void vfs_caches_init()
    {
        init_rwsem(namespace_sem);
        fs_inode_c.inode_init();
        fs_dcache_c.dcache_init();
        fs_file_table_c.filp_init();
        fs_file_c.files_init();
        // mnt_init
        shmem_init();
    }

    [KernelSource("fs/filesystems.c", "register_filesystem", Parity.Reduced, "no modules")]
    public static int register_filesystem(file_system_type* fs)
    {
        fs->next = file_systems;
        file_systems = fs;
        return 0;
    }

    [KernelSource("fs/filesystems.c", "unregister_filesystem", Parity.Reduced, "no modules")]
    public static void unregister_filesystem(file_system_type* fs)
    {
        file_system_type* next = fs->next;

        if (file_systems == fs)
        {
            file_systems = next;
            return;
        }

        for (file_system_type* p = file_systems; p != null; p = p->next)
        {
            if (p->next == fs)
                p->next = next;
        }
    }

    private static file_system_type* get_fs_type(string name)
    {
        for (file_system_type* fs = file_systems; fs != null; fs = fs->next)
        {
            if (Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(fs->name)) == name)
                return fs;
        }

        return null;
    }

    private static string trim(string directory) => directory.Length > 1 ? directory.TrimEnd('/') : directory;

    /// <summary>mount(2): a file system of this type on a directory, which need not be there. The device is a number of a disk, or -1.</summary>
    public static long do_mount(string type, string directory, string? options, int disk = -1)
    {
        file_system_type* fs = get_fs_type(type);
        if (fs == null)
            return -ENODEV;
        byte[] dir = Encoding.UTF8.GetBytes(trim(directory));
        if (dir.Length >= 112)
            return -ENAMETOOLONG;

        mount* m = (mount*)kzalloc((ulong)sizeof(mount), GFP_KERNEL);
        if (m == null)
            return -ENOMEM;

        byte[] text = Encoding.UTF8.GetBytes((options ?? "") + "\0");
        dentry* root;
        fixed (byte* data = text)
            root = fs->init_fs_context != null ? mount_fs(fs, 0, data) : fs->mount(fs, 0, disk, data);
        if (IS_ERR(root))
        {
            kfree(m);
            return PTR_ERR(root);
        }

        m->mnt.mnt_root = root;
        m->mnt.mnt_sb = root->d_sb;
        m->dir_len = dir.Length;
        dir.CopyTo(new Span<byte>(m->dir, dir.Length));
        down_write(namespace_sem);
        list_add(&m->mnt_list, mounts);
        up_write(namespace_sem);
        return 0;
    }

    /// <summary>A super block of its own for a mount; its root with a reference, or an error as a pointer.</summary>
    [KernelSource("fs/super.c", "vfs_get_tree", Parity.Reduced, "the context is made and put here")]
    private static dentry* mount_fs(file_system_type* fs, ulong sb_flags, byte* options)
    {
        fs_context* fc = fs_fs_context_c.alloc_fs_context(fs, null, sb_flags);
        if (IS_ERR(fc))
            return (dentry*)fc;

        int error = options != null ? fc->ops->parse_monolithic(fc, options) : 0;
        if (error == 0)
            error = fc->ops->get_tree(fc);
        dentry* root = error == 0 ? dget(fc->root) : (dentry*)ERR_PTR(error);
        fs_fs_context_c.put_fs_context(fc);
        return root;
    }

    /// <summary>A mount of the kernel's own, in no directory; an error as a pointer.</summary>
    [KernelSource("fs/namespace.c", "kern_mount", Parity.Full)]
    public static vfsmount* kern_mount(file_system_type* type)
    {
        mount* m = (mount*)kzalloc((ulong)sizeof(mount), GFP_KERNEL);
        if (m == null)
            return (vfsmount*)ERR_PTR(-ENOMEM);

        dentry* root = mount_fs(type, SB_KERNMOUNT, null);
        if (IS_ERR(root))
        {
            kfree(m);
            return (vfsmount*)root;
        }

        m->mnt.mnt_root = root;
        m->mnt.mnt_sb = root->d_sb;
        return &m->mnt;
    }

    /// <summary>mount(2) with MS_REMOUNT: new options for what is mounted on a directory.</summary>
    [KernelSource("fs/namespace.c", "do_remount", Parity.Reduced, "options of the file system only")]
    public static long do_remount(string directory, string options)
    {
        byte[] dir = Encoding.UTF8.GetBytes(trim(directory));
        vfsmount* mnt = find_mount(dir, out int rest);
        if (mnt == null || rest != dir.Length)
            return -EINVAL;

        fs_context* fc = fs_fs_context_c.alloc_fs_context(mnt->mnt_sb->s_type, mnt->mnt_root, 0);
        if (IS_ERR(fc))
            return PTR_ERR(fc);
        int error;
        fixed (byte* data = Encoding.UTF8.GetBytes(options + "\0"))
            error = fc->ops->parse_monolithic(fc, data);
        if (error == 0)
        {
            down_write(&mnt->mnt_sb->s_umount);
            error = fc->ops->reconfigure(fc);
            up_write(&mnt->mnt_sb->s_umount);
        }

        fs_fs_context_c.put_fs_context(fc);
        return error;
    }

    /// <summary>umount(2): -EBUSY while files of it are open.</summary>
    public static long do_umount(string directory)
    {
        byte[] dir = Encoding.UTF8.GetBytes(trim(directory));

        down_write(namespace_sem);
        for (list_head* p = mounts->next; p != mounts; p = p->next)
        {
            mount* m = container_of<mount>(p, &((mount*)nowhere)->mnt_list);
            if (!new ReadOnlySpan<byte>(m->dir, m->dir_len).SequenceEqual(dir))
                continue;

            if (atomic_read(&m->mnt.mnt_sb->s_active) > 1)
            {
                up_write(namespace_sem);
                return -EBUSY;
            }

            list_del_init(&m->mnt_list);
            up_write(namespace_sem);
            cleanup_mnt(m);
            return 0;
        }

        up_write(namespace_sem);
        return -EINVAL;
    }

    private static void cleanup_mnt(mount* m)
    {
        super_block* sb = m->mnt.mnt_sb;

        dput(m->mnt.mnt_root);
        fs_super_c.deactivate_super(sb);
        kfree(m);
    }

    /// <summary>The machine is switched off: everything is unmounted, the newest first.</summary>
    internal static void umount_all()
    {
        for (; ; )
        {
            down_write(namespace_sem);
            if (list_empty(mounts))
            {
                up_write(namespace_sem);
                return;
            }

            mount* m = container_of<mount>(mounts->next, &((mount*)nowhere)->mnt_list);
            list_del_init(&m->mnt_list);
            up_write(namespace_sem);
            cleanup_mnt(m);
        }
    }

    /// <summary>The mount that a path is on, and the rest of the path; null when it is on none.</summary>
    private static vfsmount* find_mount(ReadOnlySpan<byte> path, out int rest)
    {
        vfsmount* best = null;
        rest = 0;

        down_read(namespace_sem);
        for (list_head* p = mounts->next; p != mounts; p = p->next)
        {
            mount* m = container_of<mount>(p, &((mount*)nowhere)->mnt_list);
            var dir = new ReadOnlySpan<byte>(m->dir, m->dir_len);
            if (path.StartsWith(dir) && (path.Length == dir.Length || path[dir.Length] == (byte)'/') && (best == null || dir.Length > rest))
            {
                best = &m->mnt;
                rest = dir.Length;
            }
        }

        up_read(namespace_sem);
        return best;
    }

    /// <summary>Walks to the directory that a path's last component is in: a reference to it, or an error as a pointer.</summary>
    [KernelSource("fs/namei.c", "path_parentat", Parity.Reduced, "absolute paths without links and dots")]
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

            dentry* next = lookup_one(dir, path.Slice(at, slash));
            dput(dir);
            if (IS_ERR(next))
                return next;
            if (d_is_negative(next) || !S_ISDIR(next->d_inode->i_mode))
            {
                int error = d_is_negative(next) ? -ENOENT : -ENOTDIR;
                dput(next);
                return (dentry*)ERR_PTR(error);
            }

            dir = next;
            at += slash + 1;
        }
    }

    private static dentry* lookup_one(dentry* dir, ReadOnlySpan<byte> name)
    {
        inode_lock(dir->d_inode);
        dentry* d = __lookup(dir, name);
        inode_unlock(dir->d_inode);
        return d;
    }

    // With the directory locked: the cached name, or the one on the disk; without a file if there is none.
    [KernelSource("fs/namei.c", "lookup_one_qstr_excl", Parity.Full)]
    private static dentry* __lookup(dentry* dir, ReadOnlySpan<byte> name)
    {
        dentry* d = fs_dcache_c.d_lookup(dir, name);
        if (d != null)
            return d;
        d = fs_dcache_c.d_alloc(dir, name);
        if (IS_ERR(d) || dir->d_inode->i_op->lookup == null)
            return d;
        dentry* old = dir->d_inode->i_op->lookup(dir->d_inode, d, 0);
        if (old != null)
        {
            fs_dcache_c.d_drop(d);
            dput(d);
            d = old;
        }

        return d;
    }

    /// <summary>Opens a file by its path; an error as a pointer.</summary>
    [KernelSource("fs/namei.c", "do_filp_open", Parity.Reduced, "no permissions, links or special files")]
    public static @file* do_filp_open(ReadOnlySpan<byte> path, uint flags, umode_t mode)
    {
        int error = 0;

        dentry* dir = path_parentat(path, out vfsmount* mnt, out Range last);
        if (IS_ERR(dir))
            return (@file*)dir;

        inode* dir_inode = dir->d_inode;
        inode_lock(dir_inode);
        dentry* d = __lookup(dir, path[last]);
        if (!IS_ERR(d) && d_is_negative(d))
        {
            if ((flags & O_CREAT) == 0)
                error = -ENOENT;
            else if (dir_inode->i_op->create == null)
                error = -EACCES;
            else
                error = dir_inode->i_op->create(dir_inode, d, (umode_t)((mode & S_IALLUGO) | S_IFREG), (flags & O_EXCL) != 0);
            if (error != 0)
                fs_dcache_c.d_drop(d);
            else
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
    public static int kern_path(ReadOnlySpan<byte> name, path* path)
    {
        dentry* dir = path_parentat(name, out vfsmount* mnt, out Range last);
        if (IS_ERR(dir))
            return (int)PTR_ERR(dir);

        dentry* d = dir;
        if (name[last].Length != 0)
        {
            d = lookup_one(dir, name[last]);
            dput(dir);
            if (IS_ERR(d))
                return (int)PTR_ERR(d);
        }

        if (d_is_negative(d))
        {
            fs_dcache_c.d_drop(d);
            dput(d);
            return -ENOENT;
        }

        path->mnt = mnt;
        path->dentry = d;
        atomic_inc(&d->d_sb->s_active);
        return 0;
    }

    [KernelSource("fs/namei.c", "path_get", Parity.Reduced, "what is held of the mount is its super block")]
    public static void path_get(path* path)
    {
        atomic_inc(&path->dentry->d_sb->s_active);
        dget(path->dentry);
    }

    [KernelSource("fs/namei.c", "path_put", Parity.Reduced, "what is held of the mount is its super block")]
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
        dentry* d = __lookup(dir, path[last]);
        long error = IS_ERR(d) ? PTR_ERR(d) : 0;
        if (error == 0)
        {
            if (d_is_negative(d))
            {
                error = -ENOENT;
                fs_dcache_c.d_drop(d);
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
