// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using static Linux.fs_notify_fanotify_c;
using static Linux.linux_fs_h;
using static Linux.linux_fsnotify_backend_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_poll_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_wait_h;

namespace Linux;

public struct fanotify_event_metadata
{
    public uint event_len;
    public byte vers;
    public byte reserved;
    public ushort metadata_len;
    public ulong mask;
    public int fd;
    public int pid;
}

/// <summary>fs/notify/fanotify/fanotify_user.c: the calls of fanotify, and its file.</summary>
public static unsafe partial class fs_notify_fanotify_user_c
{
    private const string C = "fs/notify/fanotify/fanotify_user.c";
    private const byte FANOTIFY_METADATA_VERSION = 3;

    public const uint FAN_CLOEXEC = 0x00000001;
    public const uint FAN_NONBLOCK = 0x00000002;
    public const uint FAN_MARK_ADD = 0x00000001;
    public const uint FAN_MARK_REMOVE = 0x00000002;
    public const int FAN_NOFD = -1;
    private const uint FANOTIFY_EVENTS = FS_ACCESS | FS_MODIFY | FS_CLOSE_WRITE | FS_CLOSE_NOWRITE | FS_OPEN;
    private const uint FANOTIFY_EVENT_FLAGS = FS_EVENT_ON_CHILD | FS_ISDIR;

    public static uint fanotify_max_queued_events;

    [KernelSource(C, "get_one_event", Parity.Reduced, "events of one size")]
    private static fanotify_event* get_one_event(fsnotify_group* group, ulong count)
    {
        fanotify_event* @event = null;

        spin_lock(&group->notification_lock);
        fsnotify_event* fsn_event = fsnotify_peek_first_event(group);
        if (fsn_event == null)
            goto @out;

        @event = FANOTIFY_E(fsn_event);
        if (count < (ulong)sizeof(fanotify_event_metadata))
        {
            @event = (fanotify_event*)ERR_PTR(-EINVAL);
            goto @out;
        }

        fsnotify_remove_first_event(group);
        // From now on it is merged with nothing.
        if (@event->type != FANOTIFY_EVENT_TYPE_OVERFLOW)
            hlist_del_init(&@event->merge_list);
    @out:
        spin_unlock(&group->notification_lock);
        return @event;
    }

    // The event's file, opened for the listener; what it does with it is no event again.
    [KernelSource(C, "create_fd", Parity.Full)]
    [TryGetsRef(Result.NotError, "*file")]
    private static int create_fd(fsnotify_group* group, path* path, @file** file)
    {
        int client_fd = get_unused_fd_flags(group->fanotify_data.f_flags);
        if (client_fd < 0)
            return client_fd;

        @file* new_file = alloc_empty_file(group->fanotify_data.f_flags);
        if (IS_ERR(new_file))
        {
            put_unused_fd(client_fd);
            return (int)PTR_ERR(new_file);
        }

        new_file->f_mode |= FMODE_NONOTIFY;
        int err = fs_open_c.do_dentry_open(new_file, path->mnt, dget(path->dentry));
        if (err != 0)
        {
            fput(new_file);
            put_unused_fd(client_fd);
            return err;
        }

        *file = new_file;
        return client_fd;
    }

    [KernelSource(C, "copy_event_to_user", Parity.Reduced, "files as numbers only")]
    private static ssize_t copy_event_to_user(fsnotify_group* group, fanotify_event* @event, byte* buf)
    {
        @file* f = null;
        fanotify_event_metadata metadata = new()
        {
            event_len = (uint)sizeof(fanotify_event_metadata),
            metadata_len = (ushort)sizeof(fanotify_event_metadata),
            vers = FANOTIFY_METADATA_VERSION,
            mask = @event->mask,
            pid = @event->pid,
            fd = FAN_NOFD,
        };

        if (@event->type == FANOTIFY_EVENT_TYPE_PATH)
        {
            int fd = create_fd(group, &FANOTIFY_PE(@event)->path, &f);
            if (fd < 0)
                return fd;
            metadata.fd = fd;
        }

        if (copy_to_user(buf, &metadata, (ulong)sizeof(fanotify_event_metadata)) != 0)
        {
            if (f != null)
            {
                put_unused_fd(metadata.fd);
                fput(f);
            }
            return -EFAULT;
        }

        if (f != null)
            fd_install(metadata.fd, f);
        return sizeof(fanotify_event_metadata);
    }

    [KernelSource(C, "fanotify_poll", Parity.Full)]
    private static uint fanotify_poll(@file* file, poll_table_struct* wait)
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

    [KernelSource(C, "fanotify_read", Parity.Reduced, "no events that wait for a permission")]
    private static ssize_t fanotify_read(@file* file, byte* buf, ulong count, loff_t* pos)
    {
        byte* start = buf;
        fsnotify_group* group = (fsnotify_group*)file->private_data;
        ssize_t ret;
        wait_queue_entry wait;

        init_wait_func(&wait, &woken_wake_function);
        add_wait_queue(&group->notification_waitq, &wait);
        for (; ; )
        {
            cond_resched();
            fanotify_event* @event = get_one_event(group, count);
            if (IS_ERR(@event))
            {
                ret = PTR_ERR(@event);
                break;
            }

            if (@event == null)
            {
                ret = -EAGAIN;
                if ((file->f_flags & O_NONBLOCK) != 0)
                    break;

                ret = -ERESTARTSYS;
                if (signal_pending(current))
                    break;

                if (start != buf)
                    break;

                wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
                continue;
            }

            ret = copy_event_to_user(group, @event, buf);
            fsnotify_destroy_event(group, &@event->fse);
            if (ret < 0)
                break;
            buf += ret;
            count -= (ulong)ret;
        }
        remove_wait_queue(&group->notification_waitq, &wait);

        if (start != buf && ret != -EFAULT)
            ret = buf - start;
        return ret;
    }

    [KernelSource(C, "fanotify_release", Parity.Reduced, "nobody waits for a permission")]
    private static int fanotify_release(inode* ignored, @file* file)
    {
        fsnotify_destroy_group((fsnotify_group*)file->private_data);
        return 0;
    }

    private static readonly file_operations* fanotify_fops = data(new file_operations
    {
        poll = &fanotify_poll,
        read = &fanotify_read,
        release = &fanotify_release,
    });

    [KernelSource(C, "fanotify_alloc_overflow_event", Parity.Full)]
    private static fsnotify_event* fanotify_alloc_overflow_event()
    {
        fanotify_event* oevent = (fanotify_event*)kzalloc((ulong)sizeof(fanotify_event), GFP_KERNEL_ACCOUNT);

        if (oevent == null)
            return null;
        fsnotify_init_event(&oevent->fse);
        oevent->mask = FS_Q_OVERFLOW;
        oevent->type = FANOTIFY_EVENT_TYPE_OVERFLOW;
        return &oevent->fse;
    }

    /// <summary>fanotify_init(2), of the class that is told afterwards.</summary>
    [KernelSource(C, "SYSCALL_fanotify_init", Parity.Reduced, "no permissions, file handles or limits by user")]
    public static long sys_fanotify_init(uint flags, uint event_f_flags)
    {
        int fd;

        if ((flags & ~(FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_REPORT_TID)) != 0)
            return -EINVAL;
        if ((event_f_flags & O_ACCMODE) == O_ACCMODE)
            return -EINVAL;

        uint f_flags = O_RDWR;
        if ((flags & FAN_CLOEXEC) != 0)
            f_flags |= O_CLOEXEC;
        if ((flags & FAN_NONBLOCK) != 0)
            f_flags |= O_NONBLOCK;

        fsnotify_group* group = fsnotify_alloc_group(fanotify_fsnotify_ops, FSNOTIFY_GROUP_USER);
        if (IS_ERR(group))
            return PTR_ERR(group);

        group->fanotify_data.flags = flags;
        group->memcg = get_mem_cgroup_from_mm(current->mm);

        group->fanotify_data.merge_hash = (hlist_head*)kzalloc((ulong)sizeof(hlist_head) << FANOTIFY_HTABLE_BITS, GFP_KERNEL_ACCOUNT);
        if (group->fanotify_data.merge_hash == null)
        {
            fd = -ENOMEM;
            goto out_destroy_group;
        }

        group->overflow_event = fanotify_alloc_overflow_event();
        if (group->overflow_event == null)
        {
            fd = -ENOMEM;
            goto out_destroy_group;
        }

        group->fanotify_data.f_flags = event_f_flags;
        if ((flags & FAN_UNLIMITED_QUEUE) != 0)
            group->max_events = UINT_MAX;
        else
            group->max_events = fanotify_max_queued_events;

        fd = anon_inode_getfd("[fanotify]"u8, fanotify_fops, group, f_flags);
        if (fd < 0)
            goto out_destroy_group;
        return fd;

    out_destroy_group:
        fsnotify_destroy_group(group);
        return fd;
    }

    [KernelSource(C, "fanotify_add_mark", Parity.Reduced, "inodes only, and no limits by user")]
    private static int fanotify_add_inode_mark(fsnotify_group* group, inode* inode, uint mask)
    {
        int ret = 0;

        fsnotify_group_lock(group);
        fsnotify_mark* fsn_mark = fsnotify_find_inode_mark(inode, group);
        if (fsn_mark == null)
        {
            fsn_mark = (fsnotify_mark*)kmem_cache_alloc(fanotify_mark_cache, GFP_KERNEL);
            if (fsn_mark == null)
            {
                fsnotify_group_unlock(group);
                return -ENOMEM;
            }

            fsnotify_init_mark(fsn_mark, group);
            ret = fsnotify_add_inode_mark_locked(fsn_mark, inode);
        }

        if (ret == 0)
        {
            spin_lock(&fsn_mark->@lock);
            fsn_mark->mask |= mask;
            spin_unlock(&fsn_mark->@lock);
            fsnotify_recalc_mask(fsn_mark->connector);
        }

        fsnotify_group_unlock(group);
        fsnotify_put_mark(fsn_mark);
        return ret;
    }

    [KernelSource(C, "fanotify_remove_mark", Parity.Reduced, "inodes only")]
    private static int fanotify_remove_inode_mark(fsnotify_group* group, inode* inode, uint mask)
    {
        fsnotify_group_lock(group);
        fsnotify_mark* fsn_mark = fsnotify_find_inode_mark(inode, group);
        if (fsn_mark == null)
        {
            fsnotify_group_unlock(group);
            return -ENOENT;
        }

        spin_lock(&fsn_mark->@lock);
        fsn_mark->mask &= ~mask;
        bool destroy_mark = (fsn_mark->mask & ALL_FSNOTIFY_EVENTS) == 0;
        spin_unlock(&fsn_mark->@lock);
        fsnotify_recalc_mask(fsn_mark->connector);
        if (destroy_mark)
            fsnotify_detach_mark(fsn_mark);
        fsnotify_group_unlock(group);
        if (destroy_mark)
            fsnotify_free_mark(fsn_mark);
        fsnotify_put_mark(fsn_mark);
        return 0;
    }

    /// <summary>fanotify_mark(2).</summary>
    [KernelSource(C, "do_fanotify_mark", Parity.Reduced, "adding and removing marks of inodes, by absolute paths")]
    public static long sys_fanotify_mark(int fd, uint flags, ulong mask, string pathname)
    {
        path path;

        if (flags != FAN_MARK_ADD && flags != FAN_MARK_REMOVE)
            return -EINVAL;
        if (mask == 0 || (mask & ~(ulong)(FANOTIFY_EVENTS | FANOTIFY_EVENT_FLAGS)) != 0)
            return -EINVAL;

        @file* f = fget(fd);
        if (f == null)
            return -EBADF;

        long ret = -EINVAL;
        if (f->f_op != fanotify_fops)
            goto @out;
        ret = kern_path(Encoding.UTF8.GetBytes(pathname), &path);
        if (ret != 0)
            goto @out;

        fsnotify_group* group = (fsnotify_group*)f->private_data;
        ret = flags == FAN_MARK_ADD
            ? fanotify_add_inode_mark(group, path.dentry->d_inode, (uint)mask)
            : fanotify_remove_inode_mark(group, path.dentry->d_inode, (uint)mask);
        path_put(&path);
    @out:
        fput(f);
        return ret;
    }

    [KernelSource(C, "fanotify_user_setup", Parity.Reduced, "no limits by user")]
    internal static void fanotify_user_setup()
    {
        fanotify_mark_cache = kmem_cache_create("fanotify_mark"u8, (uint)sizeof(fsnotify_mark), 0, SLAB_PANIC | SLAB_ACCOUNT, null);
        fanotify_path_event_cachep = KMEM_CACHE<fanotify_path_event>(SLAB_PANIC);
        fanotify_max_queued_events = 16384;
    }
}
