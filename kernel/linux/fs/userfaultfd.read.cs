// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_poll_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_uio_h;
using static Linux.linux_userfaultfd_k_h;

namespace Linux;

// The monitor's side: waiting for faults and events, and waking those it has answered.
public static unsafe partial class fs_userfaultfd_c
{
    [KernelSource(C, "userfaultfd_release", Parity.Full)]
    [Excludes("wait_queue_head.lock")]
    private static int userfaultfd_release(inode* inode, @file* file)
    {
        userfaultfd_ctx* ctx = (userfaultfd_ctx*)file->private_data;
        mm_struct* mm = ctx->mm;
        userfaultfd_wake_range range = new() { len = 0 };

        WRITE_ONCE(&ctx->released, true);

        userfaultfd_release_all(mm, ctx);

        // No fault comes to wait any more: those that do are let go, and find an ordinary VMA.
        spin_lock_irq(&ctx->fault_pending_wqh.@lock);
        __wake_up_locked_key(&ctx->fault_pending_wqh, TASK_NORMAL, &range);
        __wake_up(&ctx->fault_wqh, TASK_NORMAL, 1, &range);
        spin_unlock_irq(&ctx->fault_pending_wqh.@lock);

        wake_up_all(&ctx->event_wqh);

        wake_up_poll(&ctx->fd_wqh, EPOLLHUP);
        userfaultfd_ctx_put(ctx);
        return 0;
    }

    [KernelSource(C, "find_userfault_in", Parity.Full)]
    [MustHold("wqh->lock")]
    private static userfaultfd_wait_queue* find_userfault_in(wait_queue_head_t* wqh)
    {
        lockdep_assert_held(&wqh->@lock);

        userfaultfd_wait_queue* uwq = null;
        if (!waitqueue_active(wqh))
            goto @out;
        // The last is the oldest.
        wait_queue_entry_t* wq = list_entry<wait_queue_entry_t>(wqh->head.prev, &((wait_queue_entry_t*)nowhere)->entry);
        uwq = container_of<userfaultfd_wait_queue>(wq, &((userfaultfd_wait_queue*)nowhere)->wq);
    @out:
        return uwq;
    }

    [KernelSource(C, "find_userfault", Parity.Full)]
    [MustHold("ctx->fault_pending_wqh.lock")]
    private static userfaultfd_wait_queue* find_userfault(userfaultfd_ctx* ctx) => find_userfault_in(&ctx->fault_pending_wqh);

    [KernelSource(C, "find_userfault_evt", Parity.Full)]
    [MustHold("ctx->event_wqh.lock")]
    private static userfaultfd_wait_queue* find_userfault_evt(userfaultfd_ctx* ctx) => find_userfault_in(&ctx->event_wqh);

    [KernelSource(C, "userfaultfd_poll", Parity.Full)]
    private static uint userfaultfd_poll(@file* file, poll_table_struct* wait)
    {
        userfaultfd_ctx* ctx = (userfaultfd_ctx*)file->private_data;

        poll_wait(file, &ctx->fd_wqh, wait);

        if (!userfaultfd_is_initialized(ctx))
            return EPOLLERR;

        // What poll() sees may be gone when it is read: who reads must not block.
        if ((file->f_flags & O_NONBLOCK) == 0)
            return EPOLLERR;

        uint ret = 0;
        // We are in the queue before we look.
        smp_mb();
        if (waitqueue_active(&ctx->fault_pending_wqh))
            ret = EPOLLIN;
        else if (waitqueue_active(&ctx->event_wqh))
            ret = EPOLLIN;

        return ret;
    }

    [KernelSource(C, "resolve_userfault_fork", Parity.Full)]
    private static int resolve_userfault_fork(userfaultfd_ctx* @new, inode* inode, uffd_msg* msg)
    {
        int fd = anon_inode_create_getfd("[userfaultfd]"u8, userfaultfd_fops, @new, O_RDONLY | (@new->flags & UFFD_SHARED_FCNTL_FLAGS), inode);

        if (fd < 0)
            return fd;

        msg->arg.reserved.reserved1 = 0;
        msg->arg.fork.ufd = (uint)fd;
        return 0;
    }

    [KernelSource(C, "userfaultfd_ctx_read", Parity.Full)]
    [Excludes("ctx->event_wqh.lock", "ctx->fault_pending_wqh.lock", "ctx->fd_wqh.lock")]
    private static ssize_t userfaultfd_ctx_read(userfaultfd_ctx* ctx, bool no_wait, uffd_msg* msg, inode* inode)
    {
        ssize_t ret;
        wait_queue_entry_t wait;
        userfaultfd_wait_queue* uwq;
        // An event of a fork is put here while its file is made, which may sleep; its task may give up meanwhile.
        list_head fork_event;
        userfaultfd_ctx* fork_nctx = null;

        init_waitqueue_entry(&wait, current);
        INIT_LIST_HEAD(&fork_event);

        // fd_wqh always before fault_pending_wqh.
        spin_lock_irq(&ctx->fd_wqh.@lock);
        __add_wait_queue(&ctx->fd_wqh, &wait);
        for (; ; )
        {
            set_current_state(TASK_INTERRUPTIBLE);
            spin_lock(&ctx->fault_pending_wqh.@lock);
            uwq = find_userfault(ctx);
            if (uwq != null)
            {
                // wake_userfault() looks at both queues without a lock: it must not see both empty.
                write_seqcount_begin(&ctx->refile_seq);

                // It is not pending any more. By hand: the entry must never look deleted to handle_userfault().
                list_del(&uwq->wq.entry);
                add_wait_queue(&ctx->fault_wqh, &uwq->wq);

                write_seqcount_end(&ctx->refile_seq);

                *msg = uwq->msg;
                spin_unlock(&ctx->fault_pending_wqh.@lock);
                ret = 0;
                break;
            }
            spin_unlock(&ctx->fault_pending_wqh.@lock);

            spin_lock(&ctx->event_wqh.@lock);
            uwq = find_userfault_evt(ctx);
            if (uwq != null)
            {
                *msg = uwq->msg;

                if (uwq->msg.@event == UFFD_EVENT_FORK)
                {
                    fork_nctx = (userfaultfd_ctx*)uwq->msg.arg.reserved.reserved1;
                    list_move(&uwq->wq.entry, &fork_event);
                    // The task that forks may let go of it.
                    userfaultfd_ctx_get(fork_nctx);
                    spin_unlock(&ctx->event_wqh.@lock);
                    ret = 0;
                    break;
                }

                userfaultfd_event_complete(ctx, uwq);
                spin_unlock(&ctx->event_wqh.@lock);
                ret = 0;
                break;
            }
            spin_unlock(&ctx->event_wqh.@lock);

            if (signal_pending(current))
            {
                ret = -ERESTARTSYS;
                break;
            }
            if (no_wait)
            {
                ret = -EAGAIN;
                break;
            }
            spin_unlock_irq(&ctx->fd_wqh.@lock);
            schedule();
            spin_lock_irq(&ctx->fd_wqh.@lock);
        }
        __remove_wait_queue(&ctx->fd_wqh, &wait);
        __set_current_state(TASK_RUNNING);
        spin_unlock_irq(&ctx->fd_wqh.@lock);

        if (ret == 0 && msg->@event == UFFD_EVENT_FORK)
        {
            ret = resolve_userfault_fork(fork_nctx, inode, msg);
            spin_lock_irq(&ctx->event_wqh.@lock);
            if (!list_empty(&fork_event))
            {
                // The task that forks is still there, with its reference.
                userfaultfd_ctx_put(fork_nctx);

                uwq = list_entry<userfaultfd_wait_queue>(fork_event.next, &((userfaultfd_wait_queue*)nowhere)->wq.entry);
                // Back in its place, whatever comes: fork_event ends with this function.
                list_del(&uwq->wq.entry);
                __add_wait_queue(&ctx->event_wqh, &uwq->wq);

                // Without a file for it the event stays.
                if (ret == 0)
                    userfaultfd_event_complete(ctx, uwq);
            }
            else
            {
                // The task gave up. What was taken above is the new file's, if there is one.
                if (ret != 0)
                    userfaultfd_ctx_put(fork_nctx);
            }
            spin_unlock_irq(&ctx->event_wqh.@lock);
        }

        return ret;
    }

    [KernelSource(C, "userfaultfd_read_iter", Parity.Full)]
    private static ssize_t userfaultfd_read_iter(kiocb* iocb, iov_iter* to)
    {
        @file* file = iocb->ki_filp;
        userfaultfd_ctx* ctx = (userfaultfd_ctx*)file->private_data;
        ssize_t _ret, ret = 0;
        uffd_msg msg;
        inode* inode = file_inode(file);

        if (!userfaultfd_is_initialized(ctx))
            return -EINVAL;

        bool no_wait = (file->f_flags & O_NONBLOCK) != 0 || (iocb->ki_flags & IOCB_NOWAIT) != 0;
        for (; ; )
        {
            if (iov_iter_count(to) < (ulong)sizeof(uffd_msg))
                return ret != 0 ? ret : -EINVAL;
            _ret = userfaultfd_ctx_read(ctx, no_wait, &msg, inode);
            if (_ret < 0)
                return ret != 0 ? ret : _ret;
            if (!copy_to_iter_full(&msg, (ulong)sizeof(uffd_msg), to))
                return ret != 0 ? ret : -EFAULT;
            ret += sizeof(uffd_msg);
            // Only the first is worth waiting for.
            no_wait = true;
        }
    }

    [KernelSource(C, "__wake_userfault", Parity.Full)]
    [Excludes("ctx->fault_pending_wqh.lock")]
    private static void __wake_userfault(userfaultfd_ctx* ctx, userfaultfd_wake_range* range)
    {
        spin_lock_irq(&ctx->fault_pending_wqh.@lock);
        if (waitqueue_active(&ctx->fault_pending_wqh))
            __wake_up_locked_key(&ctx->fault_pending_wqh, TASK_NORMAL, range);
        if (waitqueue_active(&ctx->fault_wqh))
            __wake_up(&ctx->fault_wqh, TASK_NORMAL, 1, range);
        spin_unlock_irq(&ctx->fault_pending_wqh.@lock);
    }

    [KernelSource(C, "wake_userfault", Parity.Full)]
    private static void wake_userfault(userfaultfd_ctx* ctx, userfaultfd_wake_range* range)
    {
        uint seq;
        bool need_wakeup;

        // The page table was changed before we look for who waits: unlocking alone does not promise that.
        smp_mb();

        // Nobody waits most of the time.
        do
        {
            seq = read_seqcount_begin(&ctx->refile_seq);
            need_wakeup = waitqueue_active(&ctx->fault_pending_wqh) || waitqueue_active(&ctx->fault_wqh);
            cond_resched();
        }
        while (read_seqcount_retry(&ctx->refile_seq, seq));
        if (need_wakeup)
            __wake_userfault(ctx, range);
    }
}
