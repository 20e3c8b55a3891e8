// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using static Linux.linux_list_h;
using static Linux.linux_timer_h;

namespace Linux;

/// <summary>Queueing: at once, after a delay, after a grace period.</summary>
public static unsafe partial class kernel_workqueue_c
{
    private static void pwq_activate_first_inactive(pool_workqueue* pwq)
    {
        if (list_empty(&pwq->inactive_works) || pwq->nr_active >= pwq->wq->max_active)
            return;
        work_struct* work = container_of<work_struct>(pwq->inactive_works.next, &((work_struct*)nowhere)->entry);
        pwq_activate(pwq, work);
        kick_pool(pwq->pool);
    }

    private static void pwq_activate(pool_workqueue* pwq, work_struct* work)
    {
        Interlocked.And(ref work->data.counter, ~WORK_STRUCT_INACTIVE);
        move_linked_works(work, &pwq->pool->worklist);
        pwq->nr_active++;
    }

    private static void pwq_dec_nr_in_flight(pool_workqueue* pwq, int color, bool barrier)
    {
        if (!barrier)
        {
            pwq->nr_active--;
            pwq_activate_first_inactive(pwq);
        }
        if (--pwq->nr_in_flight[color] == 0)
        {
            task_struct* flusher = READ_ONCE(&pwq->wq->flusher);
            if (flusher != null)
                wake_up_process(flusher);
        }
    }

    private static void insert_work(pool_workqueue* pwq, work_struct* work, list_head* head, int color, long extra)
    {
        set_work_pwq(work, pwq, color, false);
        if (extra != 0)
            Interlocked.Or(ref work->data.counter, extra);
        list_add_tail(&work->entry, head);
    }

    private static pool_workqueue* pwq_for(workqueue_struct* wq, int cpu) =>
        rcu_dereference_raw((wq->flags & linux_workqueue_h.WQ_UNBOUND) != 0 ? &wq->dfl_pwq : &wq->cpu_pwq[cpu]);

    [KernelSource("kernel/workqueue.c", "__queue_work", Parity.Reduced, "one pool for all unbound work; queues that are destroyed are not checked for")]
    private static void __queue_work(int cpu, workqueue_struct* wq, work_struct* work)
    {
        if (cpu == linux_workqueue_h.WORK_CPU_UNBOUND)
            cpu = raw_smp_processor_id();
        pool_workqueue* pwq = pwq_for(wq, cpu);
        worker_pool* pool = pwq->pool;

        // While it runs somewhere it must run there again, or it would run twice at once.
        worker_pool* last_pool = get_work_pool(work);
        if (last_pool != null && last_pool != pool && (wq->flags & linux_workqueue_h.__WQ_ORDERED) == 0)
        {
            spin_lock(&last_pool->@lock);
            worker* w = find_worker_executing_work(last_pool, work);
            if (w != null && w->current_pwq->wq == wq)
            {
                pwq = w->current_pwq;
                pool = pwq->pool;
            }
            else
            {
                spin_unlock(&last_pool->@lock);
                spin_lock(&pool->@lock);
            }
        }
        else
            spin_lock(&pool->@lock);

        if (!WARN_ON(!list_empty(&work->entry)))
        {
            int color = wq->work_color;
            pwq->nr_in_flight[color]++;
            if (list_empty(&pwq->inactive_works) && pwq->nr_active < wq->max_active)
            {
                pwq->nr_active++;
                insert_work(pwq, work, &pool->worklist, color, 0);
                kick_pool(pool);
            }
            else
                insert_work(pwq, work, &pwq->inactive_works, color, WORK_STRUCT_INACTIVE);
        }
        spin_unlock(&pool->@lock);
    }

    /// <summary>Takes PENDING unless the work is disabled.</summary>
    private static bool clear_pending_if_disabled(work_struct* work)
    {
        long data = atomic_long_read(&work->data);
        if ((data & WORK_STRUCT_PWQ) != 0 || (data & WORK_OFFQ_DISABLE_MASK) == 0)
            return false;
        Interlocked.And(ref work->data.counter, ~WORK_STRUCT_PENDING);
        return true;
    }

    [KernelSource("kernel/workqueue.c", "queue_work_on", Parity.Full)]
    public static bool queue_work_on(int cpu, workqueue_struct* wq, work_struct* work)
    {
        bool ret = false;
        local_irq_save(out IrqFlags flags);
        if (!test_and_set_pending(work) && !clear_pending_if_disabled(work))
        {
            __queue_work(cpu, wq, work);
            ret = true;
        }
        local_irq_restore(flags);
        return ret;
    }

    [KernelSource("kernel/workqueue.c", "delayed_work_timer_fn", Parity.Full)]
    public static void delayed_work_timer_fn(timer_list* t)
    {
        delayed_work* dwork = container_of<delayed_work>(t, &((delayed_work*)nowhere)->timer);
        __queue_work(dwork->cpu, dwork->wq, &dwork->work);
    }

    [KernelSource("kernel/workqueue.c", "__queue_delayed_work", Parity.Full)]
    private static void __queue_delayed_work(int cpu, workqueue_struct* wq, delayed_work* dwork, ulong delay)
    {
        timer_list* timer = &dwork->timer;
        WARN_ON_ONCE(timer_pending(timer));
        WARN_ON_ONCE(!list_empty(&dwork->work.entry));
        if (delay == 0)
        {
            __queue_work(cpu, wq, &dwork->work);
            return;
        }
        dwork->wq = wq;
        dwork->cpu = cpu;
        timer->expires = jiffies + delay;
        if (cpu == linux_workqueue_h.WORK_CPU_UNBOUND)
            add_timer(timer);
        else
            kernel_time_timer_c.add_timer_on(timer, cpu);
    }

    [KernelSource("kernel/workqueue.c", "queue_delayed_work_on", Parity.Full)]
    public static bool queue_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork, ulong delay)
    {
        bool ret = false;
        local_irq_save(out IrqFlags flags);
        if (!test_and_set_pending(&dwork->work) && !clear_pending_if_disabled(&dwork->work))
        {
            __queue_delayed_work(cpu, wq, dwork, delay);
            ret = true;
        }
        local_irq_restore(flags);
        return ret;
    }

    [KernelSource("kernel/workqueue.c", "mod_delayed_work_on", Parity.Full)]
    public static bool mod_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork, ulong delay)
    {
        bool ret = work_grab_pending(&dwork->work, true, out IrqFlags flags);
        if (!clear_pending_if_disabled(&dwork->work))
            __queue_delayed_work(cpu, wq, dwork, delay);
        local_irq_restore(flags);
        return ret;
    }

    private static void rcu_work_rcufn(callback_head* rcu)
    {
        rcu_work* rwork = container_of<rcu_work>(rcu, &((rcu_work*)nowhere)->rcu);
        local_irq_disable();
        __queue_work(linux_workqueue_h.WORK_CPU_UNBOUND, rwork->wq, &rwork->work);
        local_irq_enable();
    }

    [KernelSource("kernel/workqueue.c", "queue_rcu_work", Parity.Full)]
    public static bool queue_rcu_work(workqueue_struct* wq, rcu_work* rwork)
    {
        work_struct* work = &rwork->work;
        if (test_and_set_pending(work) || clear_pending_if_disabled(work))
            return false;
        rwork->wq = wq;
        call_rcu(&rwork->rcu, &rcu_work_rcufn);
        return true;
    }
}
