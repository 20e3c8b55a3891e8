// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public unsafe struct fsnotify_ops
{
    public delegate*<fsnotify_group*, uint, path*, inode*, byte*, uint, fsnotify_mark*, fsnotify_mark*, int> handle_event;
    public delegate*<fsnotify_mark*, uint, inode*, inode*, dentry*, uint, int> handle_inode_event;
    public delegate*<fsnotify_group*, void> free_group_priv;
    public delegate*<fsnotify_mark*, fsnotify_group*, void> freeing_mark;
    public delegate*<fsnotify_group*, fsnotify_event*, void> free_event;
    public delegate*<fsnotify_mark*, void> free_mark;
}

// At the head of what a kind of group queues.
public struct fsnotify_event
{
    public list_head list;
}

public struct inotify_group_private_data
{
    public spinlock_t idr_lock;
    public idr idr;
}

public unsafe struct fanotify_group_private_data
{
    public hlist_head* merge_hash;
    public uint flags;
    public uint f_flags;
}

// Who listens: a queue of events and marks on what they are to be of.
public unsafe struct fsnotify_group
{
    public fsnotify_ops* ops;
    public refcount_t refcnt;
    public spinlock_t notification_lock; // guards the queue
    public list_head notification_list;
    public wait_queue_head_t notification_waitq;
    public uint q_len;
    public uint max_events;
    public int priority;
    public bool shutdown;
    public int flags;
    public uint owner_flags;
    public mutex mark_mutex; // guards marks_list
    public list_head marks_list;
    public fsnotify_event* overflow_event;
    [OwnsRef] public mem_cgroup* memcg; // whom events are charged to
    public inotify_group_private_data inotify_data;
    public fanotify_group_private_data fanotify_data;
}

// The marks of one inode, sorted by group.
public unsafe struct fsnotify_mark_connector
{
    public spinlock_t @lock;
    public bool has_iref; // the inode is held for the marks
    public inode* obj; // null once it is detached
    public hlist_head list;
    public rcu_head rcu;
}

public unsafe struct fsnotify_mark
{
    public uint mask;
    public refcount_t refcnt; // one for being in the group's list
    public fsnotify_group* group;
    public list_head g_list;
    public spinlock_t @lock; // guards flags and masks
    public hlist_node obj_list;
    public fsnotify_mark_connector* connector;
    public uint ignore_mask;
    public uint flags;
}

public unsafe struct fsnotify_sb_info
{
    public atomic_long_t watched_objects;
}

public static unsafe partial class linux_fsnotify_backend_h
{
    private const string H = "include/linux/fsnotify_backend.h";

    public const uint FS_ACCESS = 0x00000001;
    public const uint FS_MODIFY = 0x00000002;
    public const uint FS_ATTRIB = 0x00000004;
    public const uint FS_CLOSE_WRITE = 0x00000008;
    public const uint FS_CLOSE_NOWRITE = 0x00000010;
    public const uint FS_OPEN = 0x00000020;
    public const uint FS_MOVED_FROM = 0x00000040;
    public const uint FS_MOVED_TO = 0x00000080;
    public const uint FS_CREATE = 0x00000100;
    public const uint FS_DELETE = 0x00000200;
    public const uint FS_DELETE_SELF = 0x00000400;
    public const uint FS_MOVE_SELF = 0x00000800;
    public const uint FS_OPEN_EXEC = 0x00001000;
    public const uint FS_UNMOUNT = 0x00002000;
    public const uint FS_Q_OVERFLOW = 0x00004000;
    public const uint FS_IN_IGNORED = 0x00008000;
    public const uint FS_EVENT_ON_CHILD = 0x08000000;
    public const uint FS_ISDIR = 0x40000000;

    public const uint ALL_FSNOTIFY_DIRENT_EVENTS = FS_CREATE | FS_DELETE | FS_MOVED_FROM | FS_MOVED_TO;
    public const uint FS_EVENTS_POSS_ON_CHILD = FS_ACCESS | FS_MODIFY | FS_ATTRIB | FS_CLOSE_WRITE | FS_CLOSE_NOWRITE | FS_OPEN | FS_OPEN_EXEC;
    public const uint ALL_FSNOTIFY_EVENTS = ALL_FSNOTIFY_DIRENT_EVENTS | FS_EVENTS_POSS_ON_CHILD | FS_DELETE_SELF | FS_MOVE_SELF
        | FS_UNMOUNT | FS_Q_OVERFLOW | FS_IN_IGNORED;

    public const int FSNOTIFY_GROUP_USER = 0x01;

    public const uint FSNOTIFY_MARK_FLAG_ALIVE = 0x0001;
    public const uint FSNOTIFY_MARK_FLAG_ATTACHED = 0x0002;
    public const uint FSNOTIFY_MARK_FLAG_EXCL_UNLINK = 0x0010;
    public const uint FSNOTIFY_MARK_FLAG_IN_ONESHOT = 0x0020;

    [KernelSource(H, "fsnotify_group_lock", Parity.Full)]
    [Acquires("group->mark_mutex"), MightSleep]
    [ScopeBegin("memalloc_nofs", "group->owner_flags")]
    public static void fsnotify_group_lock(fsnotify_group* group)
    {
        mutex_lock(&group->mark_mutex);
        group->owner_flags = memalloc_nofs_save();
    }

    [KernelSource(H, "fsnotify_group_unlock", Parity.Full)]
    [Releases("group->mark_mutex")]
    [ScopeEnd("memalloc_nofs", "group->owner_flags")]
    public static void fsnotify_group_unlock(fsnotify_group* group)
    {
        memalloc_nofs_restore(group->owner_flags);
        mutex_unlock(&group->mark_mutex);
    }

    [KernelSource(H, "fsnotify_group_assert_locked", Parity.Full)]
    public static void fsnotify_group_assert_locked(fsnotify_group* group)
    {
        WARN_ON_ONCE(!mutex_is_locked(&group->mark_mutex));
        WARN_ON_ONCE((current->flags & PF_MEMALLOC_NOFS) == 0);
    }

    [KernelSource(H, "fsnotify_sb_info", Parity.Full)]
    public static fsnotify_sb_info* fsnotify_sb_info(super_block* sb) => READ_ONCE(&sb->s_fsnotify_info);

    [KernelSource(H, "fsnotify_inode_watches_children", Parity.Full)]
    public static uint fsnotify_inode_watches_children(inode* inode)
    {
        uint parent_mask = READ_ONCE(&inode->i_fsnotify_mask);

        if ((parent_mask & FS_EVENT_ON_CHILD) == 0)
            return 0;
        return parent_mask & FS_EVENTS_POSS_ON_CHILD;
    }

    [KernelSource(H, "fsnotify_notify_queue_is_empty", Parity.Full)]
    [MustHold("group->notification_lock")]
    public static bool fsnotify_notify_queue_is_empty(fsnotify_group* group)
    {
        lockdep_assert_held(&group->notification_lock);
        return list_empty(&group->notification_list);
    }

    [KernelSource(H, "fsnotify_add_event", Parity.Full)]
    public static int fsnotify_add_event(fsnotify_group* group, fsnotify_event* @event, delegate*<fsnotify_group*, fsnotify_event*, int> merge) =>
        fsnotify_insert_event(group, @event, merge, null);

    [KernelSource(H, "fsnotify_queue_overflow", Parity.Full)]
    public static void fsnotify_queue_overflow(fsnotify_group* group) => fsnotify_add_event(group, group->overflow_event, null);

    [KernelSource(H, "fsnotify_init_event", Parity.Full)]
    public static void fsnotify_init_event(fsnotify_event* @event) => INIT_LIST_HEAD(&@event->list);

    [KernelSource(H, "fsnotify_get_mark", Parity.Full)]
    public static void fsnotify_get_mark(fsnotify_mark* mark) => refcount_inc(&mark->refcnt);
}
