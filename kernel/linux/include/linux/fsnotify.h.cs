// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_fsnotify_backend_h;

namespace Linux;

// What the VFS tells of: each costs a look at a counter while nobody listens.
public static unsafe partial class linux_fsnotify_h
{
    private const string H = "include/linux/fsnotify.h";

    [KernelSource(H, "fsnotify_sb_has_watchers", Parity.Reduced, "no priorities")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool fsnotify_sb_has_watchers(super_block* sb)
    {
        fsnotify_sb_info* sbinfo = fsnotify_sb_info(sb);

        if (sbinfo == null)
            return false;

        return atomic_long_read(&sbinfo->watched_objects) != 0;
    }

    [KernelSource(H, "fsnotify_dirent", Parity.Full)]
    public static void fsnotify_dirent(inode* dir, dentry* dentry, uint mask)
    {
        if (!fsnotify_sb_has_watchers(dir->i_sb))
            return;

        fsnotify(mask, null, dir, dentry, null);
    }

    [KernelSource(H, "fsnotify_inode", Parity.Full)]
    public static void fsnotify_inode(inode* inode, uint mask)
    {
        if (!fsnotify_sb_has_watchers(inode->i_sb))
            return;

        if (S_ISDIR(inode->i_mode))
            mask |= FS_ISDIR;

        fsnotify(mask, null, null, null, inode);
    }

    [KernelSource(H, "fsnotify_parent", Parity.Reduced, "the parent is looked at each time: names do not remember who watches it")]
    public static int fsnotify_parent(dentry* dentry, uint mask, path* path)
    {
        inode* inode = dentry->d_inode;

        if (!fsnotify_sb_has_watchers(inode->i_sb))
            return 0;

        if (S_ISDIR(inode->i_mode))
            mask |= FS_ISDIR;

        // A name without a parent has nobody to tell.
        if (dentry->d_parent == dentry)
            return fsnotify(mask, path, null, null, inode);

        return __fsnotify_parent(dentry, mask, path);
    }

    [KernelSource(H, "fsnotify_file", Parity.Full)]
    public static int fsnotify_file(@file* file, uint mask)
    {
        if ((file->f_mode & FMODE_NONOTIFY) != 0)
            return 0;

        return fsnotify_parent(file->f_path.dentry, mask, &file->f_path);
    }

    [KernelSource(H, "fsnotify_inode_delete", Parity.Full)]
    public static void fsnotify_inode_delete(inode* inode) => __fsnotify_inode_delete(inode);

    [KernelSource(H, "fsnotify_inoderemove", Parity.Full)]
    public static void fsnotify_inoderemove(inode* inode)
    {
        fsnotify_inode(inode, FS_DELETE_SELF);
        __fsnotify_inode_delete(inode);
    }

    [KernelSource(H, "fsnotify_create", Parity.Reduced, "no audit")]
    public static void fsnotify_create(inode* dir, dentry* dentry) => fsnotify_dirent(dir, dentry, FS_CREATE);

    [KernelSource(H, "fsnotify_link_count", Parity.Full)]
    public static void fsnotify_link_count(inode* inode) => fsnotify_inode(inode, FS_ATTRIB);

    [KernelSource(H, "fsnotify_delete", Parity.Full)]
    public static void fsnotify_delete(inode* dir, inode* inode, dentry* dentry)
    {
        uint mask = FS_DELETE;

        if (S_ISDIR(inode->i_mode))
            mask |= FS_ISDIR;

        fsnotify_dirent(dir, dentry, mask);
    }

    [KernelSource(H, "d_delete_notify", Parity.Full)]
    public static void d_delete_notify(inode* dir, dentry* dentry)
    {
        inode* inode = dentry->d_inode;

        ihold(inode);
        fs_dcache_c.d_delete(dentry);
        fsnotify_delete(dir, inode, dentry);
        iput(inode);
    }

    [KernelSource(H, "fsnotify_change", Parity.Reduced, "sizes only")]
    public static void fsnotify_change(dentry* dentry, uint ia_valid)
    {
        if ((ia_valid & fs_stat_c.ATTR_SIZE) != 0)
            fsnotify_parent(dentry, FS_MODIFY, null);
    }

    [KernelSource(H, "fsnotify_access", Parity.Full)]
    public static void fsnotify_access(@file* file) => fsnotify_file(file, FS_ACCESS);

    [KernelSource(H, "fsnotify_modify", Parity.Full)]
    public static void fsnotify_modify(@file* file) => fsnotify_file(file, FS_MODIFY);

    [KernelSource(H, "fsnotify_open", Parity.Reduced, "nothing is executed")]
    public static void fsnotify_open(@file* file) => fsnotify_file(file, FS_OPEN);

    [KernelSource(H, "fsnotify_close", Parity.Full)]
    public static void fsnotify_close(@file* file) =>
        fsnotify_file(file, (file->f_mode & FMODE_WRITE) != 0 ? FS_CLOSE_WRITE : FS_CLOSE_NOWRITE);
}
