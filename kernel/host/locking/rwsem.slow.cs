// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_rwsem_h
{
    private static rwsem_waiter* rwsem_first_waiter(rw_semaphore* sem) =>
        list_first_entry<rwsem_waiter>(&sem->wait_list, &((rwsem_waiter*)nowhere)->list);

    private static void lock_wait_lock(rw_semaphore* sem)
    {
        raw_spin_lock_irq(&sem->wait_lock);
        // A semaphore that nobody initialised has no list yet.
        if (sem->wait_list.next == null)
            INIT_LIST_HEAD(&sem->wait_list);
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_add_waiter", Parity.Full)]
    private static void rwsem_add_waiter(rw_semaphore* sem, rwsem_waiter* waiter)
    {
        lockdep_assert_held(&sem->wait_lock);
        list_add_tail(&waiter->list, &sem->wait_list);
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_del_waiter", Parity.Full)]
    private static bool rwsem_del_waiter(rw_semaphore* sem, rwsem_waiter* waiter)
    {
        lockdep_assert_held(&sem->wait_lock);
        list_del(&waiter->list);
        if (!list_empty(&sem->wait_list))
            return true;
        atomic_long_andnot(RWSEM_FLAG_HANDOFF | RWSEM_FLAG_WAITERS, &sem->count);
        return false;
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_mark_wake", Parity.Full)]
    private static void rwsem_mark_wake(rw_semaphore* sem, int wake_type, wake_q_head* wake_q)
    {
        long oldcount, woken = 0, adjustment = 0;
        list_head wlist;

        lockdep_assert_held(&sem->wait_lock);
        rwsem_waiter* waiter = rwsem_first_waiter(sem);
        if (waiter->type == RWSEM_WAITING_FOR_WRITE)
        {
            if (wake_type == RWSEM_WAKE_ANY)
            {
                // Until the writer runs, other writers may steal the lock; readers see it queued and wait.
                wake_q_add(wake_q, waiter->task);
            }

            return;
        }

        if (atomic_long_read(&sem->count) < 0)
            return;

        // A writer may steal the lock before the readers have it: the first one is granted before they are counted.
        if (wake_type != RWSEM_WAKE_READ_OWNED)
        {
            adjustment = RWSEM_READER_BIAS;
            oldcount = atomic_long_fetch_add(adjustment, &sem->count);
            if ((oldcount & RWSEM_WRITER_MASK) != 0)
            {
                if (time_after(jiffies, waiter->timeout))
                {
                    if ((oldcount & RWSEM_FLAG_HANDOFF) == 0)
                        adjustment -= RWSEM_FLAG_HANDOFF;
                    waiter->handoff_set = 1;
                }

                atomic_long_add(-adjustment, &sem->count);
                return;
            }

            __rwsem_set_reader_owned(sem, waiter->task);
        }

        /*
         * All readers that wait are let in at once, in whatever place they stand. In two passes: the count must be up
         * before any of them can run, finish and take it down.
         */
        INIT_LIST_HEAD(&wlist);
        list_head* p, n;
        for (p = sem->wait_list.next; p != &sem->wait_list; p = n)
        {
            n = p->next;
            waiter = container_of<rwsem_waiter>(p, &((rwsem_waiter*)nowhere)->list);
            if (waiter->type == RWSEM_WAITING_FOR_WRITE)
                continue;
            woken++;
            list_move_tail(&waiter->list, &wlist);
            if (woken >= MAX_READERS_WAKEUP)
                break;
        }

        adjustment = woken * RWSEM_READER_BIAS - adjustment;
        oldcount = atomic_long_read(&sem->count);
        if (list_empty(&sem->wait_list))
        {
            adjustment -= RWSEM_FLAG_WAITERS;
            if ((oldcount & RWSEM_FLAG_HANDOFF) != 0)
                adjustment -= RWSEM_FLAG_HANDOFF;
        }
        else if (woken != 0)
        {
            // With a reader woken, writers need not be forced any more.
            if ((oldcount & RWSEM_FLAG_HANDOFF) != 0)
                adjustment -= RWSEM_FLAG_HANDOFF;
        }

        if (adjustment != 0)
            atomic_long_add(adjustment, &sem->count);

        for (p = wlist.next; p != &wlist; p = n)
        {
            n = p->next;
            waiter = container_of<rwsem_waiter>(p, &((rwsem_waiter*)nowhere)->list);
            task_struct* tsk = waiter->task;
            get_task_struct(tsk);
            // From here on the waiter may be gone, with its stack.
            smp_store_release(&waiter->task, (task_struct*)null);
            wake_q_add_safe(wake_q, tsk);
        }
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_del_wake_waiter", Parity.Full)]
    private static void rwsem_del_wake_waiter(rw_semaphore* sem, rwsem_waiter* waiter, wake_q_head* wake_q)
    {
        bool first = rwsem_first_waiter(sem) == waiter;
        wake_q_init(wake_q);
        // Those behind the first may be able to take the lock once it is gone.
        if (rwsem_del_waiter(sem, waiter) && first)
            rwsem_mark_wake(sem, RWSEM_WAKE_ANY, wake_q);
        raw_spin_unlock_irq(&sem->wait_lock);
        if (!wake_q_empty(wake_q))
            wake_up_q(wake_q);
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_try_write_lock", Parity.Full)]
    private static bool rwsem_try_write_lock(rw_semaphore* sem, rwsem_waiter* waiter)
    {
        rwsem_waiter* first = rwsem_first_waiter(sem);
        long n;

        lockdep_assert_held(&sem->wait_lock);
        long count = atomic_long_read(&sem->count);
        do
        {
            bool has_handoff = (count & RWSEM_FLAG_HANDOFF) != 0;
            if (has_handoff)
            {
                // Yield only to the first waiter, and only if it is the one that asked.
                if (first->handoff_set != 0 && waiter != first)
                    return false;
            }

            n = count;
            if ((count & RWSEM_LOCK_MASK) != 0)
            {
                if (has_handoff || !time_after(jiffies, waiter->timeout))
                    return false;
                n |= RWSEM_FLAG_HANDOFF;
            }
            else
            {
                n |= RWSEM_WRITER_LOCKED;
                n &= ~RWSEM_FLAG_HANDOFF;
                if (list_is_singular(&sem->wait_list))
                    n &= ~RWSEM_FLAG_WAITERS;
            }
        }
        while (!atomic_long_try_cmpxchg_acquire(&sem->count, &count, n));

        if ((n & RWSEM_FLAG_HANDOFF) != 0)
        {
            first->handoff_set = 1;
            return false;
        }

        list_del(&waiter->list);
        rwsem_set_owner(sem);
        return true;
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_cond_wake_waiter", Parity.Full)]
    private static void rwsem_cond_wake_waiter(rw_semaphore* sem, long count, wake_q_head* wake_q)
    {
        int wake_type;
        if ((count & RWSEM_WRITER_MASK) != 0)
            return;
        if ((count & RWSEM_READER_MASK) != 0)
            wake_type = RWSEM_WAKE_READERS;
        else
            wake_type = RWSEM_WAKE_ANY;
        rwsem_mark_wake(sem, wake_type, wake_q);
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_down_read_slowpath", Parity.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int rwsem_down_read_slowpath(rw_semaphore* sem, long count, uint state)
    {
        long adjustment = -RWSEM_READER_BIAS;
        long rcnt = count >> RWSEM_READER_SHIFT;
        rwsem_waiter waiter = default;
        wake_q_head wake_q;
        wake_q_init(&wake_q);

        // Readers do not steal from a writer that sleeps while other readers have the lock.
        if ((atomic_long_read(&sem->owner) & RWSEM_READER_OWNED) != 0 && rcnt > 1 && (count & RWSEM_WRITER_LOCKED) == 0)
            goto queue;

        if ((count & (RWSEM_WRITER_LOCKED | RWSEM_FLAG_HANDOFF)) == 0)
        {
            rwsem_set_reader_owned(sem);
            if (rcnt == 1 && (count & RWSEM_FLAG_WAITERS) != 0)
            {
                lock_wait_lock(sem);
                if (!list_empty(&sem->wait_list))
                    rwsem_mark_wake(sem, RWSEM_WAKE_READ_OWNED, &wake_q);
                raw_spin_unlock_irq(&sem->wait_lock);
                wake_up_q(&wake_q);
            }

            return 0;
        }

queue:
        waiter.task = current;
        waiter.type = RWSEM_WAITING_FOR_READ;
        waiter.timeout = jiffies + RWSEM_WAIT_TIMEOUT;
        waiter.handoff_set = 0;

        lock_wait_lock(sem);
        if (list_empty(&sem->wait_list))
        {
            // The bias is in the count already: without a writer, that is the lock.
            if ((atomic_long_read(&sem->count) & RWSEM_WRITER_MASK) == 0)
            {
                raw_spin_unlock_irq(&sem->wait_lock);
                rwsem_set_reader_owned(sem);
                return 0;
            }

            adjustment += RWSEM_FLAG_WAITERS;
        }

        rwsem_add_waiter(sem, &waiter);
        count = atomic_long_add_return(adjustment, &sem->count);
        rwsem_cond_wake_waiter(sem, count, &wake_q);
        raw_spin_unlock_irq(&sem->wait_lock);
        if (!wake_q_empty(&wake_q))
            wake_up_q(&wake_q);

        set_current_state(state);
        for (;;)
        {
            if (smp_load_acquire(&waiter.task) == null)
                break;
            if (signal_pending_state(state, current))
            {
                raw_spin_lock_irq(&sem->wait_lock);
                if (waiter.task != null)
                    goto out_nolock;
                raw_spin_unlock_irq(&sem->wait_lock);
                break;
            }

            schedule_preempt_disabled();
            set_current_state(state);
        }

        __set_current_state(TASK_RUNNING);
        return 0;

out_nolock:
        rwsem_del_wake_waiter(sem, &waiter, &wake_q);
        __set_current_state(TASK_RUNNING);
        return -EINTR;
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_down_write_slowpath", Parity.Reduced, "no optimistic spinning, neither before queueing nor on a handoff")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int rwsem_down_write_slowpath(rw_semaphore* sem, uint state)
    {
        rwsem_waiter waiter = default;
        wake_q_head wake_q;
        wake_q_init(&wake_q);

        waiter.task = current;
        waiter.type = RWSEM_WAITING_FOR_WRITE;
        waiter.timeout = jiffies + RWSEM_WAIT_TIMEOUT;
        waiter.handoff_set = 0;

        lock_wait_lock(sem);
        rwsem_add_waiter(sem, &waiter);
        if (rwsem_first_waiter(sem) != &waiter)
        {
            rwsem_cond_wake_waiter(sem, atomic_long_read(&sem->count), &wake_q);
            if (!wake_q_empty(&wake_q))
            {
                raw_spin_unlock_irq(&sem->wait_lock);
                wake_up_q(&wake_q);
                raw_spin_lock_irq(&sem->wait_lock);
            }
        }
        else
        {
            atomic_long_or(RWSEM_FLAG_WAITERS, &sem->count);
        }

        set_current_state(state);
        for (;;)
        {
            if (rwsem_try_write_lock(sem, &waiter))
                break;
            raw_spin_unlock_irq(&sem->wait_lock);
            if (signal_pending_state(state, current))
                goto out_nolock;
            schedule_preempt_disabled();
            set_current_state(state);
            raw_spin_lock_irq(&sem->wait_lock);
        }

        __set_current_state(TASK_RUNNING);
        raw_spin_unlock_irq(&sem->wait_lock);
        return 0;

out_nolock:
        __set_current_state(TASK_RUNNING);
        raw_spin_lock_irq(&sem->wait_lock);
        rwsem_del_wake_waiter(sem, &waiter, &wake_q);
        return -EINTR;
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_wake", Parity.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void rwsem_wake(rw_semaphore* sem)
    {
        wake_q_head wake_q;
        wake_q_init(&wake_q);
        raw_spin_lock_irqsave(&sem->wait_lock, out IrqFlags flags);
        if (!list_empty(&sem->wait_list))
            rwsem_mark_wake(sem, RWSEM_WAKE_ANY, &wake_q);
        raw_spin_unlock_irqrestore(&sem->wait_lock, flags);
        wake_up_q(&wake_q);
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_downgrade_wake", Parity.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void rwsem_downgrade_wake(rw_semaphore* sem)
    {
        wake_q_head wake_q;
        wake_q_init(&wake_q);
        raw_spin_lock_irqsave(&sem->wait_lock, out IrqFlags flags);
        if (!list_empty(&sem->wait_list))
            rwsem_mark_wake(sem, RWSEM_WAKE_READ_OWNED, &wake_q);
        raw_spin_unlock_irqrestore(&sem->wait_lock, flags);
        wake_up_q(&wake_q);
    }
}
