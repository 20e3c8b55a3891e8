// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_fsnotify_backend_h;
using static Linux.linux_fsnotify_h;

namespace Linux;

/// <summary>fs/notify/fsnotify.c: from what happens to who wants to know. Events on inodes, told to their own marks and to their directory's.</summary>
public static unsafe partial class fs_notify_fsnotify_c
{
    private const string C = "fs/notify/fsnotify.c";

    [KernelSource(C, "__fsnotify_inode_delete", Parity.Full)]
    public static void __fsnotify_inode_delete(inode* inode) => fsnotify_destroy_marks(inode);

    [KernelSource(C, "fsnotify_unmount_inodes", Parity.Full)]
    private static void fsnotify_unmount_inodes(super_block* sb)
    {
        inode* iput_inode = null;

        spin_lock(&sb->s_inode_list_lock);
        for (list_head* p = sb->s_inodes.next; p != &sb->s_inodes; p = p->next)
        {
            inode* inode = container_of<inode>(p, &((inode*)nowhere)->i_sb_list);

            spin_lock(&inode->i_lock);
            // Nobody watches what is not there yet, or on its way out, or nobody's.
            if ((inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) != 0 || atomic_read(&inode->i_count) == 0)
            {
                spin_unlock(&inode->i_lock);
                continue;
            }

            __iget(inode);
            spin_unlock(&inode->i_lock);
            spin_unlock(&sb->s_inode_list_lock);

            iput(iput_inode);

            fsnotify_inode(inode, FS_UNMOUNT);

            fsnotify_inode_delete(inode);

            iput_inode = inode;

            cond_resched();
            spin_lock(&sb->s_inode_list_lock);
        }
        spin_unlock(&sb->s_inode_list_lock);

        iput(iput_inode);
    }

    private static bool nobody_watches(void* watched_objects) => atomic_long_read((atomic_long_t*)watched_objects) == 0;

    [KernelSource(C, "fsnotify_sb_delete", Parity.Reduced, "no marks on super blocks")]
    public static void fsnotify_sb_delete(super_block* sb)
    {
        fsnotify_sb_info* sbinfo = fsnotify_sb_info(sb);

        if (sbinfo == null)
            return;

        fsnotify_unmount_inodes(sb);
        wait_var_event(&sbinfo->watched_objects, &nobody_watches, &sbinfo->watched_objects);
    }

    [KernelSource(C, "fsnotify_sb_free", Parity.Full)]
    public static void fsnotify_sb_free(super_block* sb) => kfree(sb->s_fsnotify_info);

    // The parent is told if it cares for what its children do; it gets the child's name with it.
    [KernelSource(C, "__fsnotify_parent", Parity.Reduced, "inodes only, and nothing is renamed")]
    public static int __fsnotify_parent(dentry* dentry, uint mask, path* path)
    {
        inode* inode = dentry->d_inode;
        inode* p_inode = dentry->d_parent->d_inode;
        uint p_mask = fsnotify_inode_watches_children(p_inode);
        bool parent_interested = (mask & p_mask & ALL_FSNOTIFY_EVENTS) != 0;

        if (!parent_interested && (mask & READ_ONCE(&inode->i_fsnotify_mask) & ALL_FSNOTIFY_EVENTS) == 0)
            return 0;

        if (parent_interested)
            mask |= FS_EVENT_ON_CHILD;
        return fsnotify(mask, path, parent_interested ? p_inode : null, parent_interested ? dentry : null, inode);
    }

    [KernelSource(C, "fsnotify_handle_inode_event", Parity.Full)]
    private static int fsnotify_handle_inode_event(fsnotify_group* group, fsnotify_mark* inode_mark, uint mask, path* path, inode* inode, inode* dir, dentry* name)
    {
        fsnotify_ops* ops = group->ops;

        if (WARN_ON_ONCE(ops->handle_inode_event == null))
            return 0;

        if ((inode_mark->flags & FSNOTIFY_MARK_FLAG_EXCL_UNLINK) != 0 && path != null && path->dentry->d_inode->i_nlink == 0)
            return 0;

        // It was sent to two marks.
        if ((mask & inode_mark->mask & ALL_FSNOTIFY_EVENTS) == 0)
            return 0;

        return ops->handle_inode_event(inode_mark, mask, inode, dir, name, 0);
    }

    [KernelSource(C, "fsnotify_handle_event", Parity.Full)]
    private static int fsnotify_handle_event(fsnotify_group* group, uint mask, path* path, inode* inode, inode* dir, dentry* name,
        fsnotify_mark* inode_mark, fsnotify_mark* parent_mark)
    {
        if (parent_mark != null)
        {
            int ret = fsnotify_handle_inode_event(group, parent_mark, mask, path, inode, dir, name);

            if (ret != 0)
                return ret;
        }

        if (inode_mark == null)
            return 0;

        // The child's own listener hears of the event itself; of a name only if it is a directory's.
        mask &= ~FS_EVENT_ON_CHILD;
        if ((mask & ALL_FSNOTIFY_DIRENT_EVENTS) == 0)
        {
            dir = null;
            name = null;
        }

        return fsnotify_handle_inode_event(group, inode_mark, mask, path, inode, dir, name);
    }

    [KernelSource(C, "send_to_group", Parity.Reduced, "nothing is ignored")]
    private static int send_to_group(uint mask, path* path, inode* inode, inode* dir, dentry* name, fsnotify_mark* inode_mark, fsnotify_mark* parent_mark)
    {
        uint test_mask = mask & ALL_FSNOTIFY_EVENTS;
        uint marks_mask = 0;
        fsnotify_group* group = null;

        if (inode_mark != null)
        {
            group = inode_mark->group;
            marks_mask |= inode_mark->mask;
        }
        // A mark of its own, and does it watch children?
        if (parent_mark != null)
        {
            group = parent_mark->group;
            marks_mask |= parent_mark->mask;
        }

        if ((test_mask & marks_mask) == 0)
            return 0;

        if (group->ops->handle_event != null)
            return group->ops->handle_event(group, mask, path, dir, null, 0, inode_mark, parent_mark);

        return fsnotify_handle_event(group, mask, path, inode, dir, name, inode_mark, parent_mark);
    }

    /// <summary>
    /// Something happened: to an inode, or, without one, to a name in a directory. Each group that has a mark on either hears
    /// of it once, in the order of the groups.
    /// </summary>
    [KernelSource(C, "fsnotify", Parity.Reduced, "marks of inodes; held by references for SRCU")]
    public static int fsnotify(uint mask, path* path, inode* dir, dentry* file_name, inode* inode)
    {
        inode* inode2 = null;
        inode* data = inode;

        if (inode == null)
        {
            // Told to the directory itself.
            inode = dir;
            data = file_name->d_inode;
        }
        else if ((mask & FS_EVENT_ON_CHILD) != 0)
        {
            inode2 = dir;
        }

        if (rcu_access_pointer(&inode->i_fsnotify_marks) == null && (inode2 == null || rcu_access_pointer(&inode2->i_fsnotify_marks) == null))
            return 0;

        uint marks_mask = READ_ONCE(&inode->i_fsnotify_mask);
        if (inode2 != null)
            marks_mask |= READ_ONCE(&inode2->i_fsnotify_mask);

        if ((mask & ALL_FSNOTIFY_EVENTS & marks_mask) == 0)
            return 0;

        fsnotify_mark* mark = fsnotify_first_mark(inode);
        fsnotify_mark* parent = fsnotify_first_mark(inode2);
        while (mark != null || parent != null)
        {
            int cmp = fsnotify_compare_groups(mark != null ? mark->group : null, parent != null ? parent->group : null);
            bool inode_turn = cmp <= 0, parent_turn = cmp >= 0;
            // Not every mark of a directory is on its children.
            fsnotify_mark* parent_mark = parent_turn && (parent->mask & FS_EVENT_ON_CHILD) != 0 ? parent : null;

            send_to_group(mask, path, data, dir, file_name, inode_turn ? mark : null, parent_mark);

            if (inode_turn)
                mark = fsnotify_next_mark(mark);
            if (parent_turn)
                parent = fsnotify_next_mark(parent);
        }

        return 0;
    }
}
