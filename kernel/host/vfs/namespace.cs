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
    [ReturnsOwned]
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

    [PutsRef("vfsmount.mnt_root")]
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
}
