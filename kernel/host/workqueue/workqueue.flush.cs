// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using static Linux.linux_list_h;
using static Linux.linux_timer_h;

namespace Linux;

/// <summary>Taking work back and waiting for it.</summary>
public static unsafe partial class kernel_workqueue_c
{
    /// <summary>1: was pending, and is ours now; 0: was idle, and is ours now; -EAGAIN: try again.</summary>
    [KernelSource("kernel/workqueue.c", "try_to_grab_pending", Parity.Full)]
    [IrqSave("flags")]
    private static int try_to_grab_pending(work_struct* work, bool is_dwork, out IrqFlags flags)
    {
        local_irq_save(out flags);
        if (is_dwork && timer_delete(&container_of<delayed_work>(work, &((delayed_work*)nowhere)->work)->timer) != 0)
            return 1;
        if (!test_and_set_pending(work))
            return 0;
        worker_pool* pool = get_work_pool(work);
        if (pool != null)
        {
            spin_lock(&pool->@lock);
            pool_workqueue* pwq = get_work_pwq(work);
            if (pwq != null && pwq->pool == pool && !list_empty(&work->entry))
            {
                int color = get_work_color(work);
                long data = atomic_long_read(&work->data);
                bool inactive = (data & WORK_STRUCT_INACTIVE) != 0;
                // What waits behind it must still be woken: it moves to whoever is next.
                if ((data & WORK_STRUCT_LINKED) != 0)
                {
                    Interlocked.And(ref work->data.counter, ~WORK_STRUCT_LINKED);
                    if (inactive)
                        pwq_activate_linked(pwq, work);
                }
                list_del_init(&work->entry);
                set_work_pool_and_keep_pending(work, pool->id, 0);
                if (inactive)
                {
                    if (--pwq->nr_in_flight[color] == 0 && pwq->wq->flusher != null)
                        wake_up_process(pwq->wq->flusher);
                }
                else
                    pwq_dec_nr_in_flight(pwq, color, false);
                spin_unlock(&pool->@lock);
                return 1;
            }
            spin_unlock(&pool->@lock);
        }
        local_irq_restore(flags);
        return -EAGAIN;
    }

    /// <summary>The barriers behind an inactive work that goes away run as soon as they can.</summary>
    private static void pwq_activate_linked(pool_workqueue* pwq, work_struct* work)
    {
        work_struct* next = container_of<work_struct>(work->entry.next, &((work_struct*)nowhere)->entry);
        if (&next->entry != &pwq->inactive_works)
            move_linked_works(next, &pwq->pool->worklist);
    }

    [IrqSave("flags")]
    private static bool work_grab_pending(work_struct* work, bool is_dwork, out IrqFlags flags)
    {
        for (; ; )
        {
            int ret = try_to_grab_pending(work, is_dwork, out flags);
            if (ret >= 0)
                return ret != 0;
            linux_smp_h.cpu_relax();
        }
    }

    private struct wq_barrier
    {
        public work_struct work;
        public task_struct* task;
        public int done;
    }

    private static void wq_barrier_func(work_struct* work)
    {
        wq_barrier* barr = container_of<wq_barrier>(work, &((wq_barrier*)nowhere)->work);
        task_struct* task = barr->task;
        get_task_struct(task);
        Volatile.Write(ref barr->done, 1);
        wake_up_process(task);
        put_task_struct(task);
    }

    [KernelSource("kernel/workqueue.c", "start_flush_work", Parity.Full)]
    private static bool start_flush_work(work_struct* work, wq_barrier* barr, bool from_cancel)
    {
        worker_pool* pool = get_work_pool(work);
        if (pool == null)
            return false;
        spin_lock_irq(&pool->@lock);
        pool_workqueue* pwq = get_work_pwq(work);
        worker* w = null;
        if (pwq != null)
        {
            if (pwq->pool != pool)
                goto already_gone;
        }
        else
        {
            w = find_worker_executing_work(pool, work);
            if (w == null)
                goto already_gone;
            pwq = w->current_pwq;
        }
        linux_workqueue_h.INIT_WORK(&barr->work, &wq_barrier_func);
        barr->work.data.counter = WORK_STRUCT_PENDING;
        barr->task = current;
        barr->done = 0;
        list_head* head;
        long linked = 0;
        int color;
        if (w != null)
        {
            head = w->scheduled.next;
            color = w->current_color;
        }
        else
        {
            long data = atomic_long_read(&work->data);
            head = work->entry.next;
            linked = data & WORK_STRUCT_LINKED;
            color = get_work_color(work);
            Interlocked.Or(ref work->data.counter, WORK_STRUCT_LINKED);
        }
        pwq->nr_in_flight[color]++;
        insert_work(pwq, &barr->work, head, color, linked | WORK_STRUCT_BARRIER);
        spin_unlock_irq(&pool->@lock);
        return true;
    already_gone:
        spin_unlock_irq(&pool->@lock);
        return false;
    }

    private static bool __flush_work(work_struct* work, bool from_cancel)
    {
        if (!wq_online)
            return false;
        wq_barrier barr;
        if (!start_flush_work(work, &barr, from_cancel))
            return false;
        for (; ; )
        {
            set_current_state(TASK_UNINTERRUPTIBLE);
            if (Volatile.Read(ref barr.done) != 0)
                break;
            schedule();
        }
        __set_current_state(TASK_RUNNING);
        return true;
    }

    [KernelSource("kernel/workqueue.c", "flush_work", Parity.Full)]
    [MightSleep]
    public static bool flush_work(work_struct* work)
    {
        might_sleep();
        return __flush_work(work, false);
    }

    [KernelSource("kernel/workqueue.c", "flush_delayed_work", Parity.Full)]
    [MightSleep]
    public static bool flush_delayed_work(delayed_work* dwork)
    {
        local_irq_disable();
        if (timer_delete_sync(&dwork->timer) != 0)
            __queue_work(dwork->cpu, dwork->wq, &dwork->work);
        local_irq_enable();
        return flush_work(&dwork->work);
    }

    [KernelSource("kernel/workqueue.c", "flush_rcu_work", Parity.Full)]
    public static bool flush_rcu_work(rcu_work* rwork)
    {
        if ((atomic_long_read(&rwork->work.data) & WORK_STRUCT_PENDING) != 0)
        {
            rcu_barrier();
            flush_work(&rwork->work);
            return true;
        }
        return flush_work(&rwork->work);
    }

    private static bool cancel(work_struct* work, bool is_dwork, int disable)
    {
        long was = disable_bits_offq(work);
        bool ret = work_grab_pending(work, is_dwork, out IrqFlags flags);
        long depth = (was >> WORK_OFFQ_DISABLE_SHIFT) + disable;
        worker_pool* pool = get_work_pool(work);
        long id = pool != null ? pool->id + 1 : WORK_OFFQ_POOL_NONE;
        atomic_long_set(&work->data, (id << WORK_OFFQ_POOL_SHIFT) | (depth << WORK_OFFQ_DISABLE_SHIFT));
        local_irq_restore(flags);
        return ret;
    }

    private static long disable_bits_offq(work_struct* work)
    {
        long data = atomic_long_read(&work->data);
        return (data & WORK_STRUCT_PWQ) != 0 ? 0 : data & WORK_OFFQ_DISABLE_MASK;
    }

    private static bool cancel_sync(work_struct* work, bool is_dwork, int disable)
    {
        bool ret = cancel(work, is_dwork, disable);
        __flush_work(work, true);
        return ret;
    }

    [KernelSource("kernel/workqueue.c", "cancel_work", Parity.Full)]
    public static bool cancel_work(work_struct* work) => cancel(work, false, 0);

    [KernelSource("kernel/workqueue.c", "cancel_work_sync", Parity.Full)]
    [MightSleep]
    public static bool cancel_work_sync(work_struct* work) => cancel_sync(work, false, 0);

    [KernelSource("kernel/workqueue.c", "cancel_delayed_work", Parity.Full)]
    public static bool cancel_delayed_work(delayed_work* dwork) => cancel(&dwork->work, true, 0);

    [KernelSource("kernel/workqueue.c", "cancel_delayed_work_sync", Parity.Full)]
    [MightSleep]
    public static bool cancel_delayed_work_sync(delayed_work* dwork) => cancel_sync(&dwork->work, true, 0);

    [KernelSource("kernel/workqueue.c", "disable_work_sync", Parity.Full)]
    public static bool disable_work_sync(work_struct* work) => cancel_sync(work, false, 1);

    [KernelSource("kernel/workqueue.c", "disable_delayed_work_sync", Parity.Full)]
    public static bool disable_delayed_work_sync(delayed_work* dwork) => cancel_sync(&dwork->work, true, 1);

    [KernelSource("kernel/workqueue.c", "enable_work", Parity.Full)]
    public static bool enable_work(work_struct* work)
    {
        long depth = disable_bits_offq(work) >> WORK_OFFQ_DISABLE_SHIFT;
        if (WARN_ON_ONCE(depth == 0))
            return false;
        atomic_long_sub(1L << WORK_OFFQ_DISABLE_SHIFT, &work->data);
        return depth == 1;
    }

    [KernelSource("kernel/workqueue.c", "enable_delayed_work", Parity.Full)]
    public static bool enable_delayed_work(delayed_work* dwork) => enable_work(&dwork->work);

    /// <summary>The work function that a worker ran last; for the scheduler, with the worker's queue locked.</summary>
    [KernelSource("kernel/workqueue.c", "wq_worker_last_func", Parity.Full)]
    internal static delegate*<work_struct*, void> wq_worker_last_func(task_struct* task) => worker_of(task)->last_func;

    [KernelSource("kernel/workqueue.c", "current_work", Parity.Full)]
    public static work_struct* current_work() => (current->flags & PF_WQ_WORKER) != 0 ? worker_of(current)->current_work : null;

    /// <summary>Waits for all work that was queued before: new work gets the other color meanwhile.</summary>
    [KernelSource("kernel/workqueue.c", "current_is_workqueue_rescuer", Parity.Reduced, "there is no rescuer")]
    public static bool current_is_workqueue_rescuer() => false;

    [KernelSource("kernel/workqueue.c", "__flush_workqueue", Parity.Reduced, "two colors, as flushers wait for each other; they are not cascaded")]
    [MightSleep]
    public static void flush_workqueue(workqueue_struct* wq)
    {
        might_sleep();
        if (!wq_online)
            return;
        mutex_lock(&wq->mutex);
        int color = wq->work_color;
        WRITE_ONCE(ref wq->work_color, color ^ 1);
        WRITE_ONCE(&wq->flusher, current);
        for (; ; )
        {
            set_current_state(TASK_UNINTERRUPTIBLE);
            if (!in_flight(wq, color))
                break;
            schedule();
        }
        __set_current_state(TASK_RUNNING);
        WRITE_ONCE(&wq->flusher, null);
        mutex_unlock(&wq->mutex);
    }

    private static bool in_flight(workqueue_struct* wq, int color)
    {
        if ((wq->flags & linux_workqueue_h.WQ_UNBOUND) != 0)
            return in_flight(pwq_for(wq, 0), color);
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            if (in_flight(pwq_for(wq, cpu), color))
                return true;
        }
        return false;
    }

    private static bool in_flight(pool_workqueue* pwq, int color)
    {
        spin_lock_irq(&pwq->pool->@lock);
        bool any = pwq->nr_in_flight[color] != 0;
        spin_unlock_irq(&pwq->pool->@lock);
        return any;
    }

    [KernelSource("kernel/workqueue.c", "drain_workqueue", Parity.Reduced, "does not warn of works that requeue themselves forever")]
    public static void drain_workqueue(workqueue_struct* wq)
    {
        do
            flush_workqueue(wq);
        while (in_flight(wq, 0) || in_flight(wq, 1));
    }
}
