// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using static Linux.fs_notify_inotify_fsnotify_c;
using static Linux.linux_fs_h;
using static Linux.linux_fsnotify_backend_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_poll_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_wait_h;
using static Linux.uapi_inotify_h;

namespace Linux;

/// <summary>fs/notify/inotify/inotify_user.c: the calls of inotify, and its file.</summary>
public static unsafe partial class fs_notify_inotify_user_c
{
    private const string C = "fs/notify/inotify/inotify_user.c";

    public static uint inotify_max_queued_events;

    [KernelSource(C, "inotify_arg_to_mask", Parity.Full)]
    private static uint inotify_arg_to_mask(inode* inode, uint arg)
    {
        uint mask = FS_UNMOUNT;

        // Directories care for their children.
        if (S_ISDIR(inode->i_mode))
            mask |= FS_EVENT_ON_CHILD;

        return mask | (arg & IN_ALL_EVENTS);
    }

    [KernelSource(C, "inotify_arg_to_flags", Parity.Full)]
    private static uint inotify_arg_to_flags(uint arg) =>
        ((arg & IN_EXCL_UNLINK) != 0 ? FSNOTIFY_MARK_FLAG_EXCL_UNLINK : 0) | ((arg & IN_ONESHOT) != 0 ? FSNOTIFY_MARK_FLAG_IN_ONESHOT : 0);

    [KernelSource(C, "inotify_mask_to_arg", Parity.Full)]
    private static uint inotify_mask_to_arg(uint mask) => mask & (IN_ALL_EVENTS | IN_ISDIR | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW);

    [KernelSource(C, "inotify_poll", Parity.Full)]
    private static uint inotify_poll(@file* file, poll_table_struct* wait)
    {
        fsnotify_group* group = (fsnotify_group*)file->private_data;
        uint ret = 0;

        poll_wait(file, &group->notification_waitq, wait);
        spin_lock(&group->notification_lock);
        if (!fsnotify_notify_queue_is_empty(group))
            ret = EPOLLIN | EPOLLRDNORM;
        spin_unlock(&group->notification_lock);

        return ret;
    }

    [KernelSource(C, "round_event_name_len", Parity.Full)]
    private static uint round_event_name_len(fsnotify_event* fsn_event)
    {
        inotify_event_info* @event = INOTIFY_E(fsn_event);

        if (@event->name_len == 0)
            return 0;
        uint unit = (uint)sizeof(inotify_event);
        return ((uint)@event->name_len + 1 + unit - 1) / unit * unit;
    }

    // An event that fits, or -EINVAL if there is one that does not.
    [KernelSource(C, "get_one_event", Parity.Full)]
    [MustHold("group->notification_lock")]
    private static fsnotify_event* get_one_event(fsnotify_group* group, ulong count)
    {
        ulong event_size = (ulong)sizeof(inotify_event);

        fsnotify_event* @event = fsnotify_peek_first_event(group);
        if (@event == null)
            return null;

        event_size += round_event_name_len(@event);
        if (event_size > count)
            return (fsnotify_event*)ERR_PTR(-EINVAL);

        fsnotify_remove_first_event(group);

        return @event;
    }

    [KernelSource(C, "copy_event_to_user", Parity.Full)]
    private static ssize_t copy_event_to_user(fsnotify_group* group, fsnotify_event* fsn_event, byte* buf)
    {
        inotify_event inotify_event;
        ulong event_size = (ulong)sizeof(inotify_event);

        inotify_event_info* @event = INOTIFY_E(fsn_event);
        ulong name_len = (ulong)@event->name_len;
        // A zero at the end, and as many as it takes to the next event.
        uint pad_name_len = round_event_name_len(fsn_event);
        inotify_event.len = pad_name_len;
        inotify_event.mask = inotify_mask_to_arg(@event->mask);
        inotify_event.wd = @event->wd;
        inotify_event.cookie = @event->sync_cookie;

        if (copy_to_user(buf, &inotify_event, event_size) != 0)
            return -EFAULT;

        buf += event_size;

        if (pad_name_len != 0)
        {
            byte* zeroes = stackalloc byte[sizeof(inotify_event) + 1];

            if (copy_to_user(buf, @event + 1, name_len) != 0)
                return -EFAULT;
            buf += name_len;

            new Span<byte>(zeroes, sizeof(inotify_event) + 1).Clear();
            if (copy_to_user(buf, zeroes, pad_name_len - name_len) != 0)
                return -EFAULT;
            event_size += pad_name_len;
        }

        return (ssize_t)event_size;
    }

    [KernelSource(C, "inotify_read", Parity.Full)]
    private static ssize_t inotify_read(@file* file, byte* buf, ulong count, loff_t* pos)
    {
        byte* start = buf;
        fsnotify_group* group = (fsnotify_group*)file->private_data;
        ssize_t ret;
        wait_queue_entry wait;

        init_wait_func(&wait, &woken_wake_function);
        add_wait_queue(&group->notification_waitq, &wait);
        for (; ; )
        {
            spin_lock(&group->notification_lock);
            fsnotify_event* kevent = get_one_event(group, count);
            spin_unlock(&group->notification_lock);

            if (kevent != null)
            {
                ret = PTR_ERR(kevent);
                if (IS_ERR(kevent))
                    break;
                ret = copy_event_to_user(group, kevent, buf);
                fsnotify_destroy_event(group, kevent);
                if (ret < 0)
                    break;
                buf += ret;
                count -= (ulong)ret;
                continue;
            }

            ret = -EAGAIN;
            if ((file->f_flags & O_NONBLOCK) != 0)
                break;
            ret = -ERESTARTSYS;
            if (signal_pending(current))
                break;

            if (start != buf)
                break;

            wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
        }
        remove_wait_queue(&group->notification_waitq, &wait);

        if (start != buf && ret != -EFAULT)
            ret = buf - start;
        return ret;
    }

    [KernelSource(C, "inotify_release", Parity.Full)]
    private static int inotify_release(inode* ignored, @file* file)
    {
        fsnotify_destroy_group((fsnotify_group*)file->private_data);
        return 0;
    }

    private static readonly file_operations* inotify_fops = data(new file_operations
    {
        poll = &inotify_poll,
        read = &inotify_read,
        release = &inotify_release,
    });

    [KernelSource(C, "inotify_add_to_idr", Parity.Full)]
    private static int inotify_add_to_idr(idr* idr, spinlock_t* idr_lock, inotify_inode_mark* i_mark)
    {
        idr_preload(GFP_KERNEL);
        spin_lock(idr_lock);

        int ret = idr_alloc_cyclic(idr, i_mark, 1, 0, GFP_NOWAIT);
        if (ret >= 0)
        {
            i_mark->wd = ret;
            fsnotify_get_mark(&i_mark->fsn_mark);
        }

        spin_unlock(idr_lock);
        idr_preload_end();
        return ret < 0 ? ret : 0;
    }

    [KernelSource(C, "inotify_idr_find", Parity.Full)]
    private static inotify_inode_mark* inotify_idr_find(fsnotify_group* group, int wd)
    {
        spin_lock(&group->inotify_data.idr_lock);
        inotify_inode_mark* i_mark = (inotify_inode_mark*)idr_find(&group->inotify_data.idr, (ulong)wd);
        if (i_mark != null)
            fsnotify_get_mark(&i_mark->fsn_mark);
        spin_unlock(&group->inotify_data.idr_lock);

        return i_mark;
    }

    [KernelSource(C, "inotify_remove_from_idr", Parity.Reduced, "what would be a bug is not looked into")]
    private static void inotify_remove_from_idr(fsnotify_group* group, inotify_inode_mark* i_mark)
    {
        spin_lock(&group->inotify_data.idr_lock);
        int wd = i_mark->wd;
        bool found = wd != -1 && idr_remove(&group->inotify_data.idr, (ulong)wd) == i_mark;
        WARN_ON_ONCE(!found);
        i_mark->wd = -1;
        spin_unlock(&group->inotify_data.idr_lock);
        // That of being in there.
        if (found)
            fsnotify_put_mark(&i_mark->fsn_mark);
    }

    [KernelSource(C, "inotify_ignored_and_remove_idr", Parity.Reduced, "no limits by user")]
    internal static void inotify_ignored_and_remove_idr(fsnotify_mark* fsn_mark, fsnotify_group* group)
    {
        // The last that is heard of the watch.
        inotify_handle_inode_event(fsn_mark, FS_IN_IGNORED, null, null, null, 0);

        inotify_remove_from_idr(group, container_of<inotify_inode_mark>(fsn_mark, &((inotify_inode_mark*)nowhere)->fsn_mark));
    }

    [KernelSource(C, "inotify_update_existing_watch", Parity.Full)]
    private static int inotify_update_existing_watch(fsnotify_group* group, inode* inode, uint arg)
    {
        bool replace = (arg & IN_MASK_ADD) == 0;
        bool create = (arg & IN_MASK_CREATE) != 0;
        int ret;

        fsnotify_mark* fsn_mark = fsnotify_find_inode_mark(inode, group);
        if (fsn_mark == null)
            return -ENOENT;
        if (create)
        {
            ret = -EEXIST;
            goto @out;
        }

        inotify_inode_mark* i_mark = container_of<inotify_inode_mark>(fsn_mark, &((inotify_inode_mark*)nowhere)->fsn_mark);

        spin_lock(&fsn_mark->@lock);
        uint old_mask = fsn_mark->mask;
        if (replace)
        {
            fsn_mark->mask = 0;
            fsn_mark->flags &= ~(FSNOTIFY_MARK_FLAG_EXCL_UNLINK | FSNOTIFY_MARK_FLAG_IN_ONESHOT);
        }
        fsn_mark->mask |= inotify_arg_to_mask(inode, arg);
        fsn_mark->flags |= inotify_arg_to_flags(arg);
        uint new_mask = fsn_mark->mask;
        spin_unlock(&fsn_mark->@lock);

        if (old_mask != new_mask)
        {
            uint dropped = old_mask & ~new_mask;
            uint do_inode = new_mask & ~READ_ONCE(&inode->i_fsnotify_mask);

            if (dropped != 0 || do_inode != 0)
                fsnotify_recalc_mask(unrcu_pointer(inode->i_fsnotify_marks));
        }

        ret = i_mark->wd;

    @out:
        fsnotify_put_mark(fsn_mark);

        return ret;
    }

    [KernelSource(C, "inotify_new_watch", Parity.Reduced, "no limits by user")]
    private static int inotify_new_watch(fsnotify_group* group, inode* inode, uint arg)
    {
        inotify_inode_mark* tmp_i_mark = (inotify_inode_mark*)kmem_cache_alloc(inotify_inode_mark_cachep, GFP_KERNEL);
        if (tmp_i_mark == null)
            return -ENOMEM;

        fsnotify_init_mark(&tmp_i_mark->fsn_mark, group);
        tmp_i_mark->fsn_mark.mask = inotify_arg_to_mask(inode, arg);
        tmp_i_mark->fsn_mark.flags = inotify_arg_to_flags(arg);
        tmp_i_mark->wd = -1;

        int ret = inotify_add_to_idr(&group->inotify_data.idr, &group->inotify_data.idr_lock, tmp_i_mark);
        if (ret != 0)
            goto out_err;

        ret = fsnotify_add_inode_mark_locked(&tmp_i_mark->fsn_mark, inode);
        if (ret != 0)
        {
            inotify_remove_from_idr(group, tmp_i_mark);
            goto out_err;
        }

        ret = tmp_i_mark->wd;

    out_err:
        fsnotify_put_mark(&tmp_i_mark->fsn_mark);

        return ret;
    }

    [KernelSource(C, "inotify_update_watch", Parity.Full)]
    private static int inotify_update_watch(fsnotify_group* group, inode* inode, uint arg)
    {
        fsnotify_group_lock(group);
        int ret = inotify_update_existing_watch(group, inode, arg);
        if (ret == -ENOENT)
            ret = inotify_new_watch(group, inode, arg);
        fsnotify_group_unlock(group);

        return ret;
    }

    [KernelSource(C, "inotify_new_group", Parity.Reduced, "no limits by user")]
    private static fsnotify_group* inotify_new_group(uint max_events)
    {
        fsnotify_group* group = fsnotify_alloc_group(inotify_fsnotify_ops, FSNOTIFY_GROUP_USER);
        if (IS_ERR(group))
            return group;

        // There from the start: that events were lost can always be said.
        inotify_event_info* oevent = (inotify_event_info*)kmalloc((ulong)sizeof(inotify_event_info), GFP_KERNEL_ACCOUNT);
        if (oevent == null)
        {
            fsnotify_destroy_group(group);
            return (fsnotify_group*)ERR_PTR(-ENOMEM);
        }
        group->overflow_event = &oevent->fse;
        fsnotify_init_event(group->overflow_event);
        oevent->mask = FS_Q_OVERFLOW;
        oevent->wd = -1;
        oevent->sync_cookie = 0;
        oevent->name_len = 0;

        group->max_events = max_events;
        group->memcg = get_mem_cgroup_from_mm(current->mm);

        spin_lock_init(&group->inotify_data.idr_lock);
        idr_init(&group->inotify_data.idr);

        return group;
    }

    /// <summary>inotify_init1(2).</summary>
    [KernelSource(C, "do_inotify_init", Parity.Full)]
    public static long sys_inotify_init1(uint flags)
    {
        if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0)
            return -EINVAL;

        fsnotify_group* group = inotify_new_group(inotify_max_queued_events);
        if (IS_ERR(group))
            return PTR_ERR(group);

        int ret = anon_inode_getfd("inotify"u8, inotify_fops, group, O_RDONLY | flags);
        if (ret < 0)
            fsnotify_destroy_group(group);

        return ret;
    }

    /// <summary>inotify_add_watch(2).</summary>
    [KernelSource(C, "SYSCALL_inotify_add_watch", Parity.Reduced, "absolute paths, which all may read")]
    public static long sys_inotify_add_watch(int fd, string pathname, uint mask)
    {
        path path;

        if ((mask & ~ALL_INOTIFY_BITS) != 0)
            return -EINVAL;
        if ((mask & ALL_INOTIFY_BITS) == 0)
            return -EINVAL;

        @file* f = fget(fd);
        if (f == null)
            return -EBADF;

        long ret = -EINVAL;
        if ((mask & IN_MASK_ADD) != 0 && (mask & IN_MASK_CREATE) != 0)
            goto @out;
        if (f->f_op != inotify_fops)
            goto @out;

        ret = kern_path(Encoding.UTF8.GetBytes(pathname), &path);
        if (ret != 0)
            goto @out;
        if ((mask & IN_ONLYDIR) != 0 && !S_ISDIR(path.dentry->d_inode->i_mode))
            ret = -ENOTDIR;
        else
            ret = inotify_update_watch((fsnotify_group*)f->private_data, path.dentry->d_inode, mask);
        path_put(&path);
    @out:
        fput(f);
        return ret;
    }

    /// <summary>inotify_rm_watch(2).</summary>
    [KernelSource(C, "SYSCALL_inotify_rm_watch", Parity.Full)]
    public static long sys_inotify_rm_watch(int fd, int wd)
    {
        @file* f = fget(fd);
        if (f == null)
            return -EBADF;

        long ret = -EINVAL;
        if (f->f_op != inotify_fops)
            goto @out;

        fsnotify_group* group = (fsnotify_group*)f->private_data;

        inotify_inode_mark* i_mark = inotify_idr_find(group, wd);
        if (i_mark == null)
            goto @out;

        fsnotify_destroy_mark(&i_mark->fsn_mark, group);

        fsnotify_put_mark(&i_mark->fsn_mark);
        ret = 0;
    @out:
        fput(f);
        return ret;
    }

    [KernelSource(C, "inotify_user_setup", Parity.Reduced, "no limits by user")]
    internal static void inotify_user_setup()
    {
        inotify_inode_mark_cachep = KMEM_CACHE<inotify_inode_mark>(SLAB_PANIC | SLAB_ACCOUNT);

        inotify_max_queued_events = 16384;
    }
}
