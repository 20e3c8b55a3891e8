// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_fsnotify_backend_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

public unsafe struct fanotify_event
{
    public fsnotify_event fse;
    public hlist_node merge_list;
    public uint hash;
    public uint type;
    public uint mask;
    public pid_t pid;
}

public struct fanotify_path_event
{
    public fanotify_event fae;
    public path path;
}

/// <summary>fs/notify/fanotify/fanotify.c: events for fanotify, of files that were opened, read, written and closed.</summary>
public static unsafe partial class fs_notify_fanotify_c
{
    private const string C = "fs/notify/fanotify/fanotify.c";

    internal const uint FANOTIFY_EVENT_TYPE_PATH = 2;
    internal const uint FANOTIFY_EVENT_TYPE_OVERFLOW = 4;
    internal const int FANOTIFY_HTABLE_BITS = 7;
    internal const uint FANOTIFY_HTABLE_MASK = (1U << FANOTIFY_HTABLE_BITS) - 1;
    private const int FANOTIFY_EVENT_HASH_BITS = 29;
    private const int FANOTIFY_MAX_MERGE_EVENTS = 128;
    internal const uint FAN_UNLIMITED_QUEUE = 0x00000010;
    internal const uint FAN_REPORT_TID = 0x00000100;

    internal static kmem_cache* fanotify_mark_cache;
    internal static kmem_cache* fanotify_path_event_cachep;

    [KernelSource("fs/notify/fanotify/fanotify.h", "FANOTIFY_E", Parity.Full)]
    internal static fanotify_event* FANOTIFY_E(fsnotify_event* fse) => container_of<fanotify_event>(fse, &((fanotify_event*)nowhere)->fse);

    [KernelSource("fs/notify/fanotify/fanotify.h", "FANOTIFY_PE", Parity.Full)]
    internal static fanotify_path_event* FANOTIFY_PE(fanotify_event* @event) =>
        container_of<fanotify_path_event>(@event, &((fanotify_path_event*)nowhere)->fae);

    [KernelSource(C, "fanotify_hash_path", Parity.Full)]
    private static uint fanotify_hash_path(path* path) => hash_ptr(path->dentry, FANOTIFY_EVENT_HASH_BITS) ^ hash_ptr(path->mnt, FANOTIFY_EVENT_HASH_BITS);

    [KernelSource(C, "fanotify_should_merge", Parity.Reduced, "events of paths only")]
    private static bool fanotify_should_merge(fanotify_event* old, fanotify_event* @new)
    {
        if (old->hash != @new->hash || old->type != @new->type || old->pid != @new->pid)
            return false;

        // What is of a directory is not told together with what is not.
        if ((old->mask & FS_ISDIR) != (@new->mask & FS_ISDIR))
            return false;

        path* a = &FANOTIFY_PE(old)->path;
        path* b = &FANOTIFY_PE(@new)->path;
        return a->mnt == b->mnt && a->dentry == b->dentry;
    }

    [KernelSource(C, "fanotify_merge", Parity.Full)]
    private static int fanotify_merge(fsnotify_group* group, fsnotify_event* @event)
    {
        fanotify_event* @new = FANOTIFY_E(@event);
        hlist_head* hlist = &group->fanotify_data.merge_hash[@new->hash & FANOTIFY_HTABLE_MASK];
        int i = 0;

        for (hlist_node* n = hlist->first; n != null; n = n->next)
        {
            fanotify_event* old = container_of<fanotify_event>(n, &((fanotify_event*)nowhere)->merge_list);

            if (++i > FANOTIFY_MAX_MERGE_EVENTS)
                break;
            if (fanotify_should_merge(old, @new))
            {
                old->mask |= @new->mask;
                return 1;
            }
        }

        return 0;
    }

    [KernelSource(C, "fanotify_alloc_path_event", Parity.Full)]
    [GetsRef("path->dentry", Kept = true)]
    private static fanotify_event* fanotify_alloc_path_event(path* path, uint* hash, gfp_t gfp)
    {
        fanotify_path_event* pevent = (fanotify_path_event*)kmem_cache_alloc(fanotify_path_event_cachep, gfp);

        if (pevent == null)
            return null;

        pevent->fae.type = FANOTIFY_EVENT_TYPE_PATH;
        pevent->path = *path;
        *hash ^= fanotify_hash_path(path);
        path_get(path);

        return &pevent->fae;
    }

    [KernelSource(C, "fanotify_alloc_event", Parity.Reduced, "events of paths only")]
    private static fanotify_event* fanotify_alloc_event(fsnotify_group* group, uint mask, path* path)
    {
        gfp_t gfp = GFP_KERNEL_ACCOUNT;
        uint hash = 0;

        // A queue without a limit loses nothing. Else the listener is not to be killed for what others do.
        if (group->max_events == UINT_MAX)
            gfp |= __GFP_NOFAIL;
        else
            gfp |= __GFP_RETRY_MAYFAIL;

        // Who listens pays.
        mem_cgroup* old_memcg = set_active_memcg(group->memcg);

        fanotify_event* @event = fanotify_alloc_path_event(path, &hash, gfp);
        if (@event == null)
            goto @out;

        pid_t pid = (group->fanotify_data.flags & FAN_REPORT_TID) != 0 ? current->pid : current->tgid;

        hash ^= hash_long((uint)pid | ((mask & FS_ISDIR) != 0 ? 1UL : 0), FANOTIFY_EVENT_HASH_BITS);
        fsnotify_init_event(&@event->fse);
        @event->merge_list = default;
        @event->hash = hash;
        @event->mask = mask;
        @event->pid = pid;

    @out:
        set_active_memcg(old_memcg);
        return @event;
    }

    [KernelSource(C, "fanotify_insert_event", Parity.Full)]
    [MustHold("group->notification_lock")]
    private static void fanotify_insert_event(fsnotify_group* group, fsnotify_event* fsn_event)
    {
        fanotify_event* @event = FANOTIFY_E(fsn_event);

        lockdep_assert_held(&group->notification_lock);

        // That of the overflow is merged with nothing.
        if (@event->type == FANOTIFY_EVENT_TYPE_OVERFLOW)
            return;

        hlist_add_head(&@event->merge_list, &group->fanotify_data.merge_hash[@event->hash & FANOTIFY_HTABLE_MASK]);
    }

    [KernelSource(C, "fanotify_group_event_mask", Parity.Reduced, "nothing is ignored, and events without a path are not told")]
    private static uint fanotify_group_event_mask(uint event_mask, path* path, fsnotify_mark* inode_mark, fsnotify_mark* parent_mark)
    {
        uint marks_mask = 0;

        if (path == null)
            return 0;
        if (inode_mark != null)
            marks_mask |= inode_mark->mask;
        if (parent_mark != null)
            marks_mask |= parent_mark->mask;
        // Of directories only on demand.
        if ((event_mask & FS_ISDIR) != 0 && (marks_mask & FS_ISDIR) == 0)
            return 0;

        return event_mask & marks_mask & (ALL_FSNOTIFY_EVENTS | FS_ISDIR);
    }

    [KernelSource(C, "fanotify_handle_event", Parity.Reduced, "no events that wait for a permission")]
    private static int fanotify_handle_event(fsnotify_group* group, uint mask, path* path, inode* dir, byte* file_name, uint cookie,
        fsnotify_mark* inode_mark, fsnotify_mark* parent_mark)
    {
        mask = fanotify_group_event_mask(mask, path, inode_mark, parent_mark);
        if (mask == 0)
            return 0;

        fanotify_event* @event = fanotify_alloc_event(group, mask, path);
        if (@event == null)
        {
            fsnotify_queue_overflow(group);
            return -ENOMEM;
        }

        if (fsnotify_insert_event(group, &@event->fse, &fanotify_merge, &fanotify_insert_event) != 0)
            fsnotify_destroy_event(group, &@event->fse);

        return 0;
    }

    [KernelSource(C, "fanotify_free_group_priv", Parity.Reduced, "no limits by user")]
    private static void fanotify_free_group_priv(fsnotify_group* group) => kfree(group->fanotify_data.merge_hash);

    [KernelSource(C, "fanotify_free_path_event", Parity.Full)]
    [PutsRef("fanotify_path_event.path.dentry")]
    private static void fanotify_free_path_event(fanotify_event* @event)
    {
        path_put(&FANOTIFY_PE(@event)->path);
        kmem_cache_free(fanotify_path_event_cachep, FANOTIFY_PE(@event));
    }

    [KernelSource(C, "fanotify_free_event", Parity.Reduced, "events of paths only")]
    private static void fanotify_free_event(fsnotify_group* group, fsnotify_event* fsn_event)
    {
        fanotify_event* @event = FANOTIFY_E(fsn_event);

        if (@event->type == FANOTIFY_EVENT_TYPE_PATH)
            fanotify_free_path_event(@event);
        else
            kfree(@event);
    }

    [KernelSource(C, "fanotify_free_mark", Parity.Full)]
    private static void fanotify_free_mark(fsnotify_mark* fsn_mark) => kmem_cache_free(fanotify_mark_cache, fsn_mark);

    internal static readonly fsnotify_ops* fanotify_fsnotify_ops = data(new fsnotify_ops
    {
        handle_event = &fanotify_handle_event,
        free_group_priv = &fanotify_free_group_priv,
        free_event = &fanotify_free_event,
        free_mark = &fanotify_free_mark,
    });
}
