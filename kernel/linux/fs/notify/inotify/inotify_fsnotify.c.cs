// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fsnotify_backend_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

// The name follows, with a zero at its end.
public struct inotify_event_info
{
    public fsnotify_event fse;
    public uint mask;
    public int wd;
    public uint sync_cookie;
    public int name_len;
}

public struct inotify_inode_mark
{
    public fsnotify_mark fsn_mark;
    public int wd;
}

/// <summary>fs/notify/inotify/inotify_fsnotify.c: events for inotify.</summary>
public static unsafe partial class fs_notify_inotify_fsnotify_c
{
    private const string C = "fs/notify/inotify/inotify_fsnotify.c";

    internal static kmem_cache* inotify_inode_mark_cachep;

    [KernelSource("fs/notify/inotify/inotify.h", "INOTIFY_E", Parity.Full)]
    internal static inotify_event_info* INOTIFY_E(fsnotify_event* fse) =>
        container_of<inotify_event_info>(fse, &((inotify_event_info*)nowhere)->fse);

    private static byte* name_of(inotify_event_info* e) => (byte*)(e + 1);

    [KernelSource(C, "event_compare", Parity.Full)]
    private static bool event_compare(fsnotify_event* old_fsn, fsnotify_event* new_fsn)
    {
        inotify_event_info* old = INOTIFY_E(old_fsn);
        inotify_event_info* @new = INOTIFY_E(new_fsn);

        if ((old->mask & FS_IN_IGNORED) != 0)
            return false;
        return old->mask == @new->mask && old->wd == @new->wd && old->name_len == @new->name_len
            && new ReadOnlySpan<byte>(name_of(old), old->name_len).SequenceEqual(new ReadOnlySpan<byte>(name_of(@new), @new->name_len));
    }

    // With the last one only.
    [KernelSource(C, "inotify_merge", Parity.Full)]
    private static int inotify_merge(fsnotify_group* group, fsnotify_event* @event)
    {
        fsnotify_event* last_event = list_entry<fsnotify_event>(group->notification_list.prev, &((fsnotify_event*)nowhere)->list);

        return event_compare(last_event, @event) ? 1 : 0;
    }

    [KernelSource(C, "inotify_handle_inode_event", Parity.Full)]
    public static int inotify_handle_inode_event(fsnotify_mark* inode_mark, uint mask, inode* inode, inode* dir, dentry* name, uint cookie)
    {
        fsnotify_group* group = inode_mark->group;
        int len = 0;
        int alloc_len = sizeof(inotify_event_info);

        if (name != null)
        {
            len = (int)name->d_name.len;
            alloc_len += len + 1;
        }

        inotify_inode_mark* i_mark = container_of<inotify_inode_mark>(inode_mark, &((inotify_inode_mark*)nowhere)->fsn_mark);

        // The watch may be on its way out.
        int wd = READ_ONCE(&i_mark->wd);
        if (wd == -1)
            return 0;

        // Who listens pays. It is not to be killed for what others do, so the event may be lost.
        mem_cgroup* old_memcg = set_active_memcg(group->memcg);
        inotify_event_info* @event = (inotify_event_info*)kmalloc((ulong)alloc_len, GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
        set_active_memcg(old_memcg);

        if (@event == null)
        {
            // As with a queue that is full: it hears that something was lost.
            fsnotify_queue_overflow(group);
            return -ENOMEM;
        }

        // inotify never told these of directories.
        if ((mask & (FS_MOVE_SELF | FS_DELETE_SELF)) != 0)
            mask &= ~FS_ISDIR;

        fsnotify_event* fsn_event = &@event->fse;
        fsnotify_init_event(fsn_event);
        @event->mask = mask;
        @event->wd = wd;
        @event->sync_cookie = cookie;
        @event->name_len = len;
        if (len != 0)
            memcpy(name_of(@event), name->d_name.name, (ulong)len + 1);

        int ret = fsnotify_add_event(group, fsn_event, &inotify_merge);
        if (ret != 0)
            fsnotify_destroy_event(group, fsn_event);

        if ((inode_mark->flags & FSNOTIFY_MARK_FLAG_IN_ONESHOT) != 0)
            fsnotify_destroy_mark(inode_mark, group);

        return 0;
    }

    [KernelSource(C, "inotify_freeing_mark", Parity.Full)]
    private static void inotify_freeing_mark(fsnotify_mark* fsn_mark, fsnotify_group* group) =>
        fs_notify_inotify_user_c.inotify_ignored_and_remove_idr(fsn_mark, group);

    [KernelSource(C, "inotify_free_group_priv", Parity.Reduced, "no limits by user")]
    private static void inotify_free_group_priv(fsnotify_group* group) => idr_destroy(&group->inotify_data.idr);

    [KernelSource(C, "inotify_free_event", Parity.Full)]
    private static void inotify_free_event(fsnotify_group* group, fsnotify_event* fsn_event) => kfree(INOTIFY_E(fsn_event));

    [KernelSource(C, "inotify_free_mark", Parity.Full)]
    private static void inotify_free_mark(fsnotify_mark* fsn_mark) =>
        kmem_cache_free(inotify_inode_mark_cachep, container_of<inotify_inode_mark>(fsn_mark, &((inotify_inode_mark*)nowhere)->fsn_mark));

    internal static readonly fsnotify_ops* inotify_fsnotify_ops = data(new fsnotify_ops
    {
        handle_inode_event = &inotify_handle_inode_event,
        free_group_priv = &inotify_free_group_priv,
        free_event = &inotify_free_event,
        freeing_mark = &inotify_freeing_mark,
        free_mark = &inotify_free_mark,
    });
}
