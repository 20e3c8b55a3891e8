// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fsnotify_backend_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>fs/notify/group.c: who listens.</summary>
public static unsafe partial class fs_notify_group_c
{
    private const string C = "fs/notify/group.c";

    [KernelSource(C, "fsnotify_final_destroy_group", Parity.Full)]
    private static void fsnotify_final_destroy_group(fsnotify_group* group)
    {
        if (group->ops->free_group_priv != null)
            group->ops->free_group_priv(group);

        mem_cgroup_put(group->memcg);

        kfree(group);
    }

    [KernelSource(C, "fsnotify_group_stop_queueing", Parity.Full)]
    public static void fsnotify_group_stop_queueing(fsnotify_group* group)
    {
        spin_lock(&group->notification_lock);
        group->shutdown = true;
        spin_unlock(&group->notification_lock);
    }

    [KernelSource(C, "fsnotify_destroy_group", Parity.Reduced, "marks are freed as they are put, so there is nothing to wait for")]
    public static void fsnotify_destroy_group(fsnotify_group* group)
    {
        fsnotify_group_stop_queueing(group);

        fsnotify_clear_marks_by_group(group);

        fsnotify_flush_notify(group);

        // By hand: fsnotify_destroy_event() leaves it alone.
        if (group->overflow_event != null)
            group->ops->free_event(group, group->overflow_event);

        fsnotify_put_group(group);
    }

    [KernelSource(C, "fsnotify_get_group", Parity.Full)]
    public static void fsnotify_get_group(fsnotify_group* group) => refcount_inc(&group->refcnt);

    [KernelSource(C, "fsnotify_put_group", Parity.Full)]
    public static void fsnotify_put_group(fsnotify_group* group)
    {
        if (refcount_dec_and_test(&group->refcnt))
            fsnotify_final_destroy_group(group);
    }

    [KernelSource(C, "__fsnotify_alloc_group", Parity.Full)]
    private static fsnotify_group* __fsnotify_alloc_group(fsnotify_ops* ops, int flags, gfp_t gfp)
    {
        fsnotify_group* group = (fsnotify_group*)kzalloc((ulong)sizeof(fsnotify_group), gfp);

        if (group == null)
            return (fsnotify_group*)ERR_PTR(-ENOMEM);

        refcount_set(&group->refcnt, 1);

        spin_lock_init(&group->notification_lock);
        INIT_LIST_HEAD(&group->notification_list);
        init_waitqueue_head(&group->notification_waitq);
        group->max_events = UINT_MAX;

        mutex_init(&group->mark_mutex);
        INIT_LIST_HEAD(&group->marks_list);

        group->ops = ops;
        group->flags = flags;

        return group;
    }

    [KernelSource(C, "fsnotify_alloc_group", Parity.Full)]
    [ReturnsFresh]
    public static fsnotify_group* fsnotify_alloc_group(fsnotify_ops* ops, int flags)
    {
        gfp_t gfp = (flags & FSNOTIFY_GROUP_USER) != 0 ? GFP_KERNEL_ACCOUNT : GFP_KERNEL;

        return __fsnotify_alloc_group(ops, flags, gfp);
    }
}
