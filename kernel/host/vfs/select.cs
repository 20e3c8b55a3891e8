// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_poll_h;
using static Linux.linux_sched_signal_h;

namespace Linux;

/// <summary>What a file is told when it is asked for its state: how to get into its wait queue, and for which events.</summary>
public unsafe partial struct poll_table_struct
{
    public delegate*<@file*, wait_queue_head*, poll_table_struct*, void> _qproc;
    public uint _key;
}

public unsafe struct poll_table_entry
{
    public @file* filp;
    public uint key;
    public wait_queue_entry_t wait;
    public wait_queue_head_t* wait_address;
}

[InlineArray(fs_select_c.N_INLINE_POLL_ENTRIES)]
public struct poll_table_entries
{
    private poll_table_entry first;
}

public unsafe struct poll_wqueues
{
    public poll_table_struct pt;
    public task_struct* polling_task;
    public int triggered;
    public int error;
    public int inline_index;
    public poll_table_entries inline_entries;
}

public struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}

/// <summary>include/linux/poll.h.</summary>
public static unsafe class linux_poll_h
{
    public const uint DEFAULT_POLLMASK = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;

    [KernelSource("include/linux/poll.h", "poll_wait", Parity.Full)]
    public static void poll_wait(@file* filp, wait_queue_head* wait_address, poll_table_struct* p)
    {
        if (p != null && p->_qproc != null)
        {
            p->_qproc(filp, wait_address, p);
            // In the queue before the file looks at its state; pairs with wq_has_sleeper().
            smp_mb();
        }
    }

    [KernelSource("include/linux/poll.h", "vfs_poll", Parity.Full)]
    public static uint vfs_poll(@file* file, poll_table_struct* pt) =>
        file->f_op->poll == null ? DEFAULT_POLLMASK : file->f_op->poll(file, pt);
}

/// <summary>fs/select.c: waiting for one of several files.</summary>
public static unsafe partial class fs_select_c
{
    private const string C = "fs/select.c";
    public const int N_INLINE_POLL_ENTRIES = 9;

    private static poll_table_entry* entry(poll_wqueues* pwq, int i) => (poll_table_entry*)Unsafe.AsPointer(ref pwq->inline_entries[i]);

    [KernelSource(C, "poll_initwait", Parity.Full)]
    private static void poll_initwait(poll_wqueues* pwq)
    {
        *pwq = default;
        pwq->pt._qproc = &__pollwait;
        pwq->pt._key = ~0U;
        pwq->polling_task = current;
    }

    [KernelSource(C, "poll_freewait", Parity.Reduced, "no entries beyond those on the stack")]
    [PutsRef("poll_table_entry.filp")]
    private static void poll_freewait(poll_wqueues* pwq)
    {
        for (int i = 0; i < pwq->inline_index; i++)
        {
            remove_wait_queue(entry(pwq, i)->wait_address, &entry(pwq, i)->wait);
            fput(entry(pwq, i)->filp);
        }
    }

    [KernelSource(C, "__pollwake", Parity.Full)]
    private static int __pollwake(wait_queue_entry_t* wait, uint mode, int sync, void* key)
    {
        poll_wqueues* pwq = (poll_wqueues*)wait->@private;
        wait_queue_entry_t dummy_wait;

        // What comes after it is seen by who polls; the task is woken as by anybody.
        init_waitqueue_entry(&dummy_wait, pwq->polling_task);
        smp_wmb();
        WRITE_ONCE(&pwq->triggered, 1);

        return default_wake_function(&dummy_wait, mode, sync, key);
    }

    [KernelSource(C, "pollwake", Parity.Full)]
    private static int pollwake(wait_queue_entry_t* wait, uint mode, int sync, void* key)
    {
        poll_table_entry* entry = container_of<poll_table_entry>(wait, &((poll_table_entry*)nowhere)->wait);

        if (key != null && (key_to_poll(key) & entry->key) == 0)
            return 0;
        return __pollwake(wait, mode, sync, key);
    }

    [KernelSource(C, "__pollwait", Parity.Reduced, "no entries beyond those on the stack")]
    private static void __pollwait(@file* filp, wait_queue_head* wait_address, poll_table_struct* p)
    {
        poll_wqueues* pwq = container_of<poll_wqueues>(p, &((poll_wqueues*)nowhere)->pt);
        if (pwq->inline_index == N_INLINE_POLL_ENTRIES)
        {
            pwq->error = -ENOMEM;
            return;
        }

        poll_table_entry* e = entry(pwq, pwq->inline_index++);
        e->filp = get_file(filp);
        e->wait_address = wait_address;
        e->key = p->_key;
        init_waitqueue_func_entry(&e->wait, &pollwake);
        e->wait.@private = pwq;
        add_wait_queue(wait_address, &e->wait);
    }

    [KernelSource(C, "do_pollfd", Parity.Reduced, "no busy polling")]
    private static uint do_pollfd(pollfd* pollfd, poll_table_struct* pwait)
    {
        if (pollfd->fd < 0)
            return 0;

        @file* f = fget(pollfd->fd);
        if (f == null)
            return EPOLLNVAL;

        uint filter = (ushort)pollfd->events | EPOLLERR | EPOLLHUP;
        pwait->_key = filter;
        uint mask = vfs_poll(f, pwait);
        fput(f);
        return mask & filter;
    }

    // timeout in jiffies; negative for ever.
    [KernelSource(C, "do_poll", Parity.Reduced, "one list, and timeouts in jiffies")]
    private static int do_poll(pollfd* fds, uint nfds, poll_wqueues* wait, long timeout)
    {
        poll_table_struct* pt = &wait->pt;
        int count = 0;

        if (timeout == 0)
            pt->_qproc = null;
        if (timeout < 0)
            timeout = MAX_SCHEDULE_TIMEOUT;

        for (; ; )
        {
            for (uint i = 0; i < nfds; i++)
            {
                uint mask = do_pollfd(&fds[i], pt);
                fds[i].revents = (short)mask;
                if (mask != 0)
                {
                    count++;
                    // Nobody else need be waited for.
                    pt->_qproc = null;
                }
            }

            // The queues are known by now.
            pt->_qproc = null;
            if (count == 0)
            {
                count = wait->error;
                if (signal_pending(current))
                    count = -EINTR;
            }

            if (count != 0 || timeout == 0)
                break;

            set_current_state(TASK_INTERRUPTIBLE);
            if (READ_ONCE(&wait->triggered) == 0)
                timeout = schedule_timeout(timeout);
            __set_current_state(TASK_RUNNING);
            WRITE_ONCE(&wait->triggered, 0);
            smp_mb();
        }

        return count;
    }

    /// <summary>poll(2), of numbers in the kernel's memory.</summary>
    [KernelSource(C, "do_sys_poll", Parity.Reduced, "the array is the caller's: it is neither copied nor in user space")]
    public static int do_sys_poll(pollfd* fds, uint nfds, long timeout)
    {
        poll_wqueues table;

        poll_initwait(&table);
        int fdcount = do_poll(fds, nfds, &table, timeout);
        poll_freewait(&table);
        return fdcount;
    }
}
