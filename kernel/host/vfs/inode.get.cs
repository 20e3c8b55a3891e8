// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;

namespace Linux;

/// <summary>fs/inode.c: getting an inode; times and sizes.</summary>
public static unsafe partial class fs_inode_c
{
    [KernelSource("include/linux/fs.h", "insert_inode_hash", Parity.Reduced, "as remove_inode_hash")]
    public static void insert_inode_hash(inode* inode) => inode_fake_hash(inode);

    [KernelSource("include/linux/fs.h", "is_bad_inode", Parity.Reduced, "there are none: see iget_failed")]
    public static bool is_bad_inode(inode* inode) => false;

    [KernelSource(C, "new_inode", Parity.Full)]
    [ReturnsOwned]
    public static inode* new_inode(super_block* sb)
    {
        inode* inode = alloc_inode(sb);
        if (inode != null)
            inode_sb_list_add(inode);
        return inode;
    }

    [KernelSource(C, "get_next_ino", Parity.Reduced, "numbers are not given out to CPUs in batches")]
    public static uint get_next_ino() => (uint)atomic_long_inc_return(last_ino);

    [KernelSource(C, "find_inode_fast", Parity.Reduced, "the super block's inodes are walked")]
    [ReturnsOwned]
    private static inode* find_inode_fast(super_block* sb, ulong ino)
    {
    repeat:
        spin_lock(&sb->s_inode_list_lock);
        for (list_head* p = sb->s_inodes.next; p != &sb->s_inodes; p = p->next)
        {
            inode* inode = container_of<inode>(p, &((inode*)nowhere)->i_sb_list);
            if (inode->i_ino != ino)
                continue;
            spin_lock(&inode->i_lock);
            if ((inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) != 0)
            {
                // On its way out, or in: not long.
                spin_unlock(&inode->i_lock);
                spin_unlock(&sb->s_inode_list_lock);
                schedule_timeout_uninterruptible(1);
                goto repeat;
            }

            __iget(inode);
            spin_unlock(&inode->i_lock);
            spin_unlock(&sb->s_inode_list_lock);
            return inode;
        }

        spin_unlock(&sb->s_inode_list_lock);
        return null;
    }

    /// <summary>The inode of this number; a new one has I_NEW set until unlock_new_inode().</summary>
    [KernelSource(C, "iget_locked", Parity.Reduced, "the caller has the directory locked, so that nobody makes the same one meanwhile")]
    [ReturnsOwned]
    public static inode* iget_locked(super_block* sb, ulong ino)
    {
        inode* inode = find_inode_fast(sb, ino);
        if (inode != null)
            return inode;

        inode = alloc_inode(sb);
        if (inode == null)
            return null;
        inode->i_ino = ino;
        inode->i_state = I_NEW;
        insert_inode_hash(inode);
        inode_sb_list_add(inode);
        return inode;
    }

    [KernelSource(C, "unlock_new_inode", Parity.Reduced, "who waits looks again, instead of sleeping on the bit")]
    public static void unlock_new_inode(inode* inode)
    {
        spin_lock(&inode->i_lock);
        WARN_ON((inode->i_state & I_NEW) == 0);
        inode->i_state &= ~(I_NEW | I_CREATING);
        spin_unlock(&inode->i_lock);
    }

    [KernelSource("fs/bad_inode.c", "iget_failed", Parity.Reduced, "the inode is not made a bad one: nobody has seen it")]
    [PutsRef("inode")]
    public static void iget_failed(inode* inode)
    {
        clear_nlink(inode);
        unlock_new_inode(inode);
        iput(inode);
    }

    // ---------------------------------------------------------------- times and sizes

    [KernelSource(C, "current_time", Parity.Reduced, "the machine's clock starts at its boot, and only seconds are kept")]
    public static long current_time(inode* inode) => linux_ktime_h.ktime_get() / 1_000_000_000;

    [KernelSource(C, "inode_set_ctime_current", Parity.Reduced, "as current_time")]
    public static long inode_set_ctime_current(inode* inode) => inode_set_ctime_to_ts(inode, current_time(inode));

    [KernelSource("include/linux/fs.h", "inode_set_ctime_to_ts", Parity.Reduced, "as current_time")]
    public static long inode_set_ctime_to_ts(inode* inode, long ts) => inode->i_ctime_sec = ts;

    [KernelSource("include/linux/fs.h", "inode_get_ctime", Parity.Reduced, "as current_time")]
    public static long inode_get_ctime(inode* inode) => inode->i_ctime_sec;

    [KernelSource("include/linux/fs.h", "inode_set_mtime_to_ts", Parity.Reduced, "as current_time")]
    public static long inode_set_mtime_to_ts(inode* inode, long ts) => inode->i_mtime_sec = ts;

    [KernelSource("include/linux/fs.h", "inode_get_mtime", Parity.Reduced, "as current_time")]
    public static long inode_get_mtime(inode* inode) => inode->i_mtime_sec;

    [KernelSource("include/linux/fs.h", "is_zero_ino", Parity.Full)]
    public static bool is_zero_ino(ulong ino) => (uint)ino == 0;

    [KernelSource(C, "inode_init_owner", Parity.Reduced, "root is the only user")]
    public static void inode_init_owner(inode* inode, inode* dir, umode_t mode) => inode->i_mode = mode;

    [KernelSource("include/linux/fs.h", "file_accessed", Parity.Stub, "mounted with noatime")]
    public static void file_accessed(@file* file)
    {
    }

    [KernelSource(C, "file_update_time", Parity.Reduced, "whole seconds, so that the inode is dirtied at most once in each")]
    public static int file_update_time(@file* file)
    {
        inode* inode = file->f_mapping->host;
        long now = current_time(inode);

        if (inode->i_mtime_sec == now && inode->i_ctime_sec == now)
            return 0;
        inode->i_mtime_sec = inode->i_ctime_sec = now;
        mark_inode_dirty_sync(inode);
        return 0;
    }

    [KernelSource(C, "file_modified", Parity.Reduced, "no privileges to take away")]
    public static int file_modified(@file* file) => file_update_time(file);

    [KernelSource("fs/attr.c", "inode_newsize_ok", Parity.Reduced, "no limit of the task's")]
    public static int inode_newsize_ok(inode* inode, loff_t offset)
    {
        if (offset < 0)
            return -EINVAL;
        if (offset > inode->i_size && offset > inode->i_sb->s_maxbytes)
            return -EFBIG;
        if (offset < inode->i_size && IS_SWAPFILE(inode))
            return -ETXTBSY;
        return 0;
    }
}
