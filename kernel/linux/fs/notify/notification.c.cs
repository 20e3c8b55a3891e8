// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fsnotify_backend_h;

namespace Linux;

/// <summary>fs/notify/notification.c: the queue of a group.</summary>
public static unsafe partial class fs_notify_notification_c
{
    private const string C = "fs/notify/notification.c";

    [KernelSource(C, "fsnotify_destroy_event", Parity.Full)]
    public static void fsnotify_destroy_event(fsnotify_group* group, fsnotify_event* @event)
    {
        // There is one of it, which stays.
        if (@event == null || @event == group->overflow_event)
            return;
        if (!list_empty(&@event->list))
        {
            spin_lock(&group->notification_lock);
            WARN_ON(!list_empty(&@event->list));
            spin_unlock(&group->notification_lock);
        }
        group->ops->free_event(group, @event);
    }

    // 0: queued; 1: merged with one that was; 2: dropped, for the queue is full or its group on the way out.
    [KernelSource(C, "fsnotify_insert_event", Parity.Reduced, "no signals")]
    public static int fsnotify_insert_event(fsnotify_group* group, fsnotify_event* @event, delegate*<fsnotify_group*, fsnotify_event*, int> merge,
        delegate*<fsnotify_group*, fsnotify_event*, void> insert)
    {
        int ret = 0;
        list_head* list = &group->notification_list;

        spin_lock(&group->notification_lock);

        if (group->shutdown)
        {
            spin_unlock(&group->notification_lock);
            return 2;
        }

        if (@event == group->overflow_event || group->q_len >= group->max_events)
        {
            ret = 2;
            // It is said once that events were lost.
            if (!list_empty(&group->overflow_event->list))
            {
                spin_unlock(&group->notification_lock);
                return ret;
            }
            @event = group->overflow_event;
            goto queue;
        }

        if (!list_empty(list) && merge != null)
        {
            ret = merge(group, @event);
            if (ret != 0)
            {
                spin_unlock(&group->notification_lock);
                return ret;
            }
        }

    queue:
        group->q_len++;
        list_add_tail(&@event->list, list);
        if (insert != null)
            insert(group, @event);
        spin_unlock(&group->notification_lock);

        wake_up(&group->notification_waitq);
        return ret;
    }

    [KernelSource(C, "fsnotify_remove_queued_event", Parity.Full)]
    [MustHold("group->notification_lock")]
    public static void fsnotify_remove_queued_event(fsnotify_group* group, fsnotify_event* @event)
    {
        lockdep_assert_held(&group->notification_lock);
        // An overflow event may be queued again.
        list_del_init(&@event->list);
        group->q_len--;
    }

    [KernelSource(C, "fsnotify_peek_first_event", Parity.Full)]
    [MustHold("group->notification_lock")]
    public static fsnotify_event* fsnotify_peek_first_event(fsnotify_group* group)
    {
        lockdep_assert_held(&group->notification_lock);

        if (fsnotify_notify_queue_is_empty(group))
            return null;

        return list_entry<fsnotify_event>(group->notification_list.next, &((fsnotify_event*)nowhere)->list);
    }

    [KernelSource(C, "fsnotify_remove_first_event", Parity.Full)]
    [MustHold("group->notification_lock")]
    public static fsnotify_event* fsnotify_remove_first_event(fsnotify_group* group)
    {
        fsnotify_event* @event = fsnotify_peek_first_event(group);

        if (@event == null)
            return null;

        fsnotify_remove_queued_event(group, @event);

        return @event;
    }

    [KernelSource(C, "fsnotify_flush_notify", Parity.Full)]
    public static void fsnotify_flush_notify(fsnotify_group* group)
    {
        spin_lock(&group->notification_lock);
        while (!fsnotify_notify_queue_is_empty(group))
        {
            fsnotify_event* @event = fsnotify_remove_first_event(group);

            spin_unlock(&group->notification_lock);
            fsnotify_destroy_event(group, @event);
            spin_lock(&group->notification_lock);
        }
        spin_unlock(&group->notification_lock);
    }
}
