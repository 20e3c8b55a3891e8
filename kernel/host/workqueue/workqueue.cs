// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using static Linux.linux_list_h;
using static Linux.linux_timer_h;

namespace Linux;

/// <summary>
/// Work queues with kernel/workqueue.c's structure: pools of workers for each CPU at two priorities and one for unbound
/// work; a CPU's pool keeps one worker running and wakes another when that one sleeps.
/// </summary>
public static unsafe partial class kernel_workqueue_c
{
    internal const int WORK_NR_COLORS = 2;
    private const long WORK_STRUCT_PENDING = 1;
    private const long WORK_STRUCT_INACTIVE = 2;
    private const long WORK_STRUCT_PWQ = 4;
    private const long WORK_STRUCT_LINKED = 8;
    private const int WORK_STRUCT_COLOR_SHIFT = 4;
    private const long WORK_STRUCT_BARRIER = 32;
    private const long WORK_STRUCT_PWQ_MASK = ~255L;
    private const int WORK_OFFQ_DISABLE_SHIFT = 8;
    private const long WORK_OFFQ_DISABLE_MASK = 0xffffL << WORK_OFFQ_DISABLE_SHIFT;
    private const int WORK_OFFQ_POOL_SHIFT = 32;
    private const long WORK_OFFQ_POOL_NONE = 0x7fffffff;

    private const uint WORKER_DIE = 1 << 1;
    private const uint WORKER_IDLE = 1 << 2;
    private const uint WORKER_PREP = 1 << 3;
    private const uint WORKER_CPU_INTENSIVE = 1 << 6;
    private const uint WORKER_UNBOUND = 1 << 7;
    private const uint WORKER_NOT_RUNNING = WORKER_PREP | WORKER_CPU_INTENSIVE | WORKER_UNBOUND;

    private const int NR_STD_WORKER_POOLS = 2;
    private const int UNBOUND_POOL = CONFIG_NR_CPUS * NR_STD_WORKER_POOLS;
    private const int NR_POOLS = UNBOUND_POOL + NR_STD_WORKER_POOLS;

    private static readonly worker_pool* worker_pools = bss<worker_pool>(NR_POOLS);
    private static readonly mutex* wq_pool_mutex = bss<mutex>();
    private static readonly list_head* workqueues = bss<list_head>();
    private static bool wq_online;

    public static workqueue_struct* system_wq;
    public static workqueue_struct* system_percpu_wq;
    public static workqueue_struct* system_highpri_wq;
    public static workqueue_struct* system_long_wq;
    public static workqueue_struct* system_unbound_wq;
    public static workqueue_struct* system_dfl_wq;
    public static workqueue_struct* system_freezable_wq;
    public static workqueue_struct* system_power_efficient_wq;

    private static worker_pool* cpu_pool(int cpu, bool highpri) => worker_pools + cpu * NR_STD_WORKER_POOLS + (highpri ? 1 : 0);

    // ---------------------------------------------------------------- the word of a work

    private static pool_workqueue* get_work_pwq(work_struct* work)
    {
        long data = atomic_long_read(&work->data);
        return (data & WORK_STRUCT_PWQ) != 0 ? (pool_workqueue*)(data & WORK_STRUCT_PWQ_MASK) : null;
    }

    private static worker_pool* get_work_pool(work_struct* work)
    {
        long data = atomic_long_read(&work->data);
        if ((data & WORK_STRUCT_PWQ) != 0)
            return ((pool_workqueue*)(data & WORK_STRUCT_PWQ_MASK))->pool;
        long id = data >> WORK_OFFQ_POOL_SHIFT;
        return data == 0 || (data & ~(WORK_STRUCT_PENDING | WORK_OFFQ_DISABLE_MASK)) == 0 || id == WORK_OFFQ_POOL_NONE ? null : worker_pools + (id - 1);
    }

    private static long disable_bits(work_struct* work) => atomic_long_read(&work->data) & WORK_OFFQ_DISABLE_MASK;

    private static void set_work_pwq(work_struct* work, pool_workqueue* pwq, int color, bool inactive) =>
        atomic_long_set(&work->data, (long)pwq | WORK_STRUCT_PENDING | WORK_STRUCT_PWQ | ((long)color << WORK_STRUCT_COLOR_SHIFT) | (inactive ? WORK_STRUCT_INACTIVE : 0));

    private static void set_work_pool_and_clear_pending(work_struct* work, int pool_id)
    {
        smp_wmb();
        atomic_long_set(&work->data, (long)(pool_id + 1) << WORK_OFFQ_POOL_SHIFT);
        smp_mb();
    }

    private static void set_work_pool_and_keep_pending(work_struct* work, int pool_id, long flags) =>
        atomic_long_set(&work->data, ((long)(pool_id + 1) << WORK_OFFQ_POOL_SHIFT) | WORK_STRUCT_PENDING | flags);

    private static bool test_and_set_pending(work_struct* work) => (Interlocked.Or(ref work->data.counter, WORK_STRUCT_PENDING) & WORK_STRUCT_PENDING) != 0;

    private static int get_work_color(work_struct* work) => (int)(atomic_long_read(&work->data) >> WORK_STRUCT_COLOR_SHIFT) & 1;

    // ---------------------------------------------------------------- workers

    private static bool need_more_worker(worker_pool* pool) => !list_empty(&pool->worklist) && pool->nr_running == 0;

    private static bool keep_working(worker_pool* pool) => !list_empty(&pool->worklist) && pool->nr_running <= 1;

    [KernelSource("kernel/workqueue.c", "kick_pool", Parity.Reduced, "no affinity scopes")]
    private static bool kick_pool(worker_pool* pool)
    {
        if (!need_more_worker(pool) || list_empty(&pool->idle_list))
            return false;
        worker* w = container_of<worker>(pool->idle_list.next, &((worker*)nowhere)->entry);
        wake_up_process(w->task);
        return true;
    }

    private static void worker_set_flags(worker* w, uint flags)
    {
        if ((flags & WORKER_NOT_RUNNING) != 0 && (w->flags & WORKER_NOT_RUNNING) == 0)
            w->pool->nr_running--;
        w->flags |= flags;
    }

    private static void worker_clr_flags(worker* w, uint flags)
    {
        uint old = w->flags;
        w->flags &= ~flags;
        if ((flags & WORKER_NOT_RUNNING) != 0 && (old & WORKER_NOT_RUNNING) != 0 && (w->flags & WORKER_NOT_RUNNING) == 0)
            w->pool->nr_running++;
    }

    /// <summary>A worker goes to sleep in its work: the CPU's pool lets another one run.</summary>
    [KernelSource("kernel/workqueue.c", "wq_worker_sleeping", Parity.Full)]
    internal static void wq_worker_sleeping(task_struct* task)
    {
        worker* w = worker_of(task);
        if (w == null || (w->flags & WORKER_NOT_RUNNING) != 0)
            return;
        if (w->sleeping != 0)
            return;
        w->sleeping = 1;
        worker_pool* pool = w->pool;
        spin_lock_irq(&pool->@lock);
        pool->nr_running--;
        kick_pool(pool);
        spin_unlock_irq(&pool->@lock);
    }

    [KernelSource("kernel/workqueue.c", "wq_worker_running", Parity.Full)]
    internal static void wq_worker_running(task_struct* task)
    {
        worker* w = worker_of(task);
        if (w == null || w->sleeping == 0)
            return;
        preempt_disable();
        if ((w->flags & WORKER_NOT_RUNNING) == 0)
            Interlocked.Increment(ref w->pool->nr_running);
        preempt_enable();
        w->sleeping = 0;
    }

    private static worker* worker_of(task_struct* task) => (worker*)kernel_kthread_c.kthread_data(task);

    private static void worker_enter_idle(worker* w)
    {
        worker_pool* pool = w->pool;
        w->flags |= WORKER_IDLE;
        pool->nr_idle++;
        list_add(&w->entry, &pool->idle_list);
    }

    private static void worker_leave_idle(worker* w)
    {
        if ((w->flags & WORKER_IDLE) == 0)
            return;
        worker_clr_flags(w, WORKER_IDLE);
        w->pool->nr_idle--;
        list_del_init(&w->entry);
    }

    [KernelSource("kernel/workqueue.c", "create_worker", Parity.Reduced, "no rescuers: a worker can always be made")]
    private static worker* create_worker(worker_pool* pool)
    {
        worker* w = (worker*)host_slab.zalloc((nuint)sizeof(worker));
        if (w == null)
            return null;
        INIT_LIST_HEAD(&w->entry);
        INIT_LIST_HEAD(&w->scheduled);
        INIT_LIST_HEAD(&w->node);
        w->flags = WORKER_PREP;
        w->pool = pool;
        spin_lock_irq(&pool->@lock);
        w->id = pool->next_worker++;
        spin_unlock_irq(&pool->@lock);
        string name = pool->cpu >= 0 ? $"kworker/{pool->cpu}:{w->id}{(pool->nice < 0 ? "H" : "")}" : $"kworker/u{pool->id - UNBOUND_POOL + sched_host.nr_cpus * NR_STD_WORKER_POOLS}:{w->id}{(pool->nice < 0 ? "H" : "")}";
        task_struct* task = kernel_kthread_c.kthread_create(&worker_thread, w, name);
        if (IS_ERR(task))
        {
            host_slab.free(w);
            return null;
        }
        w->task = task;
        if (pool->cpu >= 0)
            kernel_kthread_c.kthread_bind(task, (uint)pool->cpu);
        else
            w->flags |= WORKER_UNBOUND;
        spin_lock_irq(&pool->@lock);
        list_add_tail(&w->node, &pool->workers);
        pool->nr_workers++;
        worker_enter_idle(w);
        spin_unlock_irq(&pool->@lock);
        return w;
    }

    [KernelSource("kernel/workqueue.c", "manage_workers", Parity.Reduced, "no mayday timer")]
    [MustHold("w->pool->lock"), RequiresIrqsOff]
    private static bool manage_workers(worker* w)
    {
        worker_pool* pool = w->pool;
        if (pool->managing)
            return false;
        pool->managing = true;
        while (need_more_worker(pool) && pool->nr_idle == 0)
        {
            spin_unlock_irq(&pool->@lock);
            worker* made = create_worker(pool);
            if (made == null)
                schedule_timeout_interruptible(1);
            spin_lock_irq(&pool->@lock);
        }
        pool->managing = false;
        return true;
    }

    [KernelSource("kernel/workqueue.c", "worker_thread", Parity.Full)]
    private static int worker_thread(void* __worker)
    {
        worker* w = (worker*)__worker;
        worker_pool* pool = w->pool;
        current->flags |= PF_WQ_WORKER;
    woke_up:
        spin_lock_irq(&pool->@lock);
        if ((w->flags & WORKER_DIE) != 0)
        {
            spin_unlock_irq(&pool->@lock);
            current->flags &= ~PF_WQ_WORKER;
            return 0;
        }
        worker_leave_idle(w);
    recheck:
        if (!need_more_worker(pool))
            goto sleep;
        // Another one must be there for when this one sleeps.
        if (pool->nr_idle == 0 && manage_workers(w))
            goto recheck;
        worker_clr_flags(w, WORKER_PREP);
        do
        {
            work_struct* work = container_of<work_struct>(pool->worklist.next, &((work_struct*)nowhere)->entry);
            if (assign_work(work, w))
                process_scheduled_works(w);
        } while (keep_working(pool));
        worker_set_flags(w, WORKER_PREP);
    sleep:
        worker_enter_idle(w);
        __set_current_state(TASK_IDLE);
        spin_unlock_irq(&pool->@lock);
        schedule();
        goto woke_up;
    }

    private static worker* find_worker_executing_work(worker_pool* pool, work_struct* work)
    {
        for (list_head* l = pool->busy.next; l != &pool->busy; l = l->next)
        {
            worker* w = container_of<worker>(l, &((worker*)nowhere)->entry);
            if (w->current_work == work && (nint)w->current_func == (nint)work->func)
                return w;
        }
        return null;
    }

    /// <summary>Moves the work, and what is linked to it, to the worker that is to run it; false when another one runs it already.</summary>
    [KernelSource("kernel/workqueue.c", "assign_work", Parity.Full)]
    private static bool assign_work(work_struct* work, worker* w)
    {
        worker* collision = find_worker_executing_work(w->pool, work);
        if (collision != null)
        {
            move_linked_works(work, &collision->scheduled);
            return false;
        }
        move_linked_works(work, &w->scheduled);
        return true;
    }

    /// <summary>A barrier stands right behind its work and goes where that goes.</summary>
    private static void move_linked_works(work_struct* work, list_head* head)
    {
        list_head* l = &work->entry;
        for (; ; )
        {
            list_head* next = l->next;
            work_struct* x = container_of<work_struct>(l, &((work_struct*)nowhere)->entry);
            bool linked = (atomic_long_read(&x->data) & WORK_STRUCT_LINKED) != 0;
            list_move_tail(l, head);
            if (!linked)
                break;
            l = next;
        }
    }

    [MustHold("w->pool->lock"), RequiresIrqsOff]
    private static void process_scheduled_works(worker* w)
    {
        while (!list_empty(&w->scheduled))
            process_one_work(w, container_of<work_struct>(w->scheduled.next, &((work_struct*)nowhere)->entry));
    }

    [KernelSource("kernel/workqueue.c", "process_one_work", Parity.Reduced, "no CPU-hog detection and no accounting of time")]
    [MustHold("w->pool->lock"), RequiresIrqsOff]
    private static void process_one_work(worker* w, work_struct* work)
    {
        pool_workqueue* pwq = get_work_pwq(work);
        worker_pool* pool = w->pool;
        list_add(&w->entry, &pool->busy);
        w->current_work = work;
        w->current_func = work->func;
        w->current_pwq = pwq;
        w->current_color = get_work_color(work);
        bool barrier = (atomic_long_read(&work->data) & WORK_STRUCT_BARRIER) != 0;
        list_del_init(&work->entry);
        if ((pwq->wq->flags & linux_workqueue_h.WQ_CPU_INTENSIVE) != 0)
            worker_set_flags(w, WORKER_CPU_INTENSIVE);
        kick_pool(pool);
        set_work_pool_and_clear_pending(work, pool->id);
        spin_unlock_irq(&pool->@lock);

        delegate*<work_struct*, void> func = w->current_func;
        func(work);
        if (in_atomic() || irqs_disabled())
            linux_bug_h.oops($"workqueue: leaked atomic context: preempt=0x{preempt_count():x8} irqs_disabled={irqs_disabled()}", "process_one_work", "", 0);
        cond_resched();

        spin_lock_irq(&pool->@lock);
        worker_clr_flags(w, WORKER_CPU_INTENSIVE);
        list_del_init(&w->entry);
        w->last_func = w->current_func;
        w->current_work = null;
        w->current_func = null;
        w->current_pwq = null;
        pwq_dec_nr_in_flight(pwq, w->current_color, barrier);
    }

    // ---------------------------------------------------------------- queueing

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
        (wq->flags & linux_workqueue_h.WQ_UNBOUND) != 0 ? wq->dfl_pwq : wq->cpu_pwq[cpu];

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
        local_irq_save(out ulong flags);
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
        local_irq_save(out ulong flags);
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
        bool ret = work_grab_pending(&dwork->work, true, out ulong flags);
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

    // ---------------------------------------------------------------- taking back and waiting

    /// <summary>1: was pending, and is ours now; 0: was idle, and is ours now; -EAGAIN: try again.</summary>
    [KernelSource("kernel/workqueue.c", "try_to_grab_pending", Parity.Full)]
    [IrqSave("flags")]
    private static int try_to_grab_pending(work_struct* work, bool is_dwork, out ulong flags)
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
    private static bool work_grab_pending(work_struct* work, bool is_dwork, out ulong flags)
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
        bool ret = work_grab_pending(work, is_dwork, out ulong flags);
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
            return in_flight(wq->dfl_pwq, color);
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            if (in_flight(wq->cpu_pwq[cpu], color))
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

    // ---------------------------------------------------------------- queues

    private static pool_workqueue* alloc_pwq(workqueue_struct* wq, worker_pool* pool)
    {
        byte* memory = (byte*)host_slab.zalloc((nuint)sizeof(pool_workqueue) + 256);
        if (memory == null)
            return null;
        pool_workqueue* pwq = (pool_workqueue*)(((nuint)memory + 255) & ~(nuint)255);
        pwq->memory = memory;
        pwq->pool = pool;
        pwq->wq = wq;
        INIT_LIST_HEAD(&pwq->inactive_works);
        return pwq;
    }

    [KernelSource("kernel/workqueue.c", "alloc_workqueue", Parity.Reduced, "no rescuer, no sysfs, no NUMA or cache affinity of unbound work")]
    public static workqueue_struct* alloc_workqueue(ReadOnlySpan<byte> name, uint flags, int max_active)
    {
        workqueue_struct* wq = (workqueue_struct*)host_slab.zalloc((nuint)sizeof(workqueue_struct));
        if (wq == null)
            return null;
        wq->flags = flags;
        wq->max_active = max_active > 0 ? Math.Min(max_active, linux_workqueue_h.WQ_MAX_ACTIVE) : linux_workqueue_h.WQ_DFL_ACTIVE;
        mutex_init(&wq->mutex);
        for (int i = 0; i < name.Length && i < 31; i++)
            wq->name[i] = name[i];
        bool highpri = (flags & linux_workqueue_h.WQ_HIGHPRI) != 0;
        if ((flags & linux_workqueue_h.WQ_UNBOUND) != 0)
            wq->dfl_pwq = alloc_pwq(wq, worker_pools + UNBOUND_POOL + (highpri ? 1 : 0));
        else
        {
            wq->cpu_pwq = (pool_workqueue**)host_slab.zalloc((nuint)(sched_host.nr_cpus * sizeof(void*)));
            for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
                wq->cpu_pwq[cpu] = alloc_pwq(wq, cpu_pool(cpu, highpri));
        }
        mutex_lock(wq_pool_mutex);
        list_add_tail(&wq->list, workqueues);
        mutex_unlock(wq_pool_mutex);
        return wq;
    }

    [KernelSource("include/linux/workqueue.h", "alloc_ordered_workqueue", Parity.Full)]
    public static workqueue_struct* alloc_ordered_workqueue(ReadOnlySpan<byte> name, uint flags) =>
        alloc_workqueue(name, linux_workqueue_h.WQ_UNBOUND | linux_workqueue_h.__WQ_ORDERED | flags, 1);

    [KernelSource("kernel/workqueue.c", "destroy_workqueue", Parity.Full)]
    public static void destroy_workqueue(workqueue_struct* wq)
    {
        drain_workqueue(wq);
        mutex_lock(wq_pool_mutex);
        list_del_init(&wq->list);
        mutex_unlock(wq_pool_mutex);
        if (wq->dfl_pwq != null)
            host_slab.free(wq->dfl_pwq->memory);
        if (wq->cpu_pwq != null)
        {
            for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
                host_slab.free(wq->cpu_pwq[cpu]->memory);
            host_slab.free(wq->cpu_pwq);
        }
        host_slab.free(wq);
    }

    [KernelSource("kernel/workqueue.c", "workqueue_init_early", Parity.Full)]
    internal static void workqueue_init_early()
    {
        mutex_init(wq_pool_mutex);
        INIT_LIST_HEAD(workqueues);
        for (int i = 0; i < NR_POOLS; i++)
        {
            worker_pool* pool = worker_pools + i;
            pool->id = i;
            pool->cpu = i >= UNBOUND_POOL ? -1 : i / NR_STD_WORKER_POOLS;
            pool->nice = (i & 1) != 0 ? -20 : 0;
            spin_lock_init(&pool->@lock);
            INIT_LIST_HEAD(&pool->worklist);
            INIT_LIST_HEAD(&pool->idle_list);
            INIT_LIST_HEAD(&pool->busy);
            INIT_LIST_HEAD(&pool->workers);
        }
        system_wq = alloc_workqueue("events"u8, linux_workqueue_h.WQ_PERCPU, 0);
        system_percpu_wq = alloc_workqueue("events"u8, linux_workqueue_h.WQ_PERCPU, 0);
        system_highpri_wq = alloc_workqueue("events_highpri"u8, linux_workqueue_h.WQ_HIGHPRI | linux_workqueue_h.WQ_PERCPU, 0);
        system_long_wq = alloc_workqueue("events_long"u8, linux_workqueue_h.WQ_PERCPU, 0);
        system_unbound_wq = alloc_workqueue("events_unbound"u8, linux_workqueue_h.WQ_UNBOUND, linux_workqueue_h.WQ_MAX_ACTIVE);
        system_dfl_wq = alloc_workqueue("events_unbound"u8, linux_workqueue_h.WQ_UNBOUND, linux_workqueue_h.WQ_MAX_ACTIVE);
        system_freezable_wq = alloc_workqueue("events_freezable"u8, linux_workqueue_h.WQ_FREEZABLE | linux_workqueue_h.WQ_PERCPU, 0);
        system_power_efficient_wq = alloc_workqueue("events_power_efficient"u8, linux_workqueue_h.WQ_POWER_EFFICIENT | linux_workqueue_h.WQ_PERCPU, 0);
    }

    /// <summary>The first workers, and what was queued before there were any.</summary>
    [KernelSource("kernel/workqueue.c", "workqueue_init", Parity.Full)]
    internal static void workqueue_init()
    {
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            for (int i = 0; i < NR_STD_WORKER_POOLS; i++)
                BUG_ON(create_worker(worker_pools + cpu * NR_STD_WORKER_POOLS + i) == null);
        }
        for (int i = 0; i < NR_STD_WORKER_POOLS; i++)
            BUG_ON(create_worker(worker_pools + UNBOUND_POOL + i) == null);
        wq_online = true;
        for (int i = 0; i < NR_POOLS; i++)
        {
            worker_pool* pool = worker_pools + i;
            spin_lock_irq(&pool->@lock);
            kick_pool(pool);
            spin_unlock_irq(&pool->@lock);
        }
    }

    // ---------------------------------------------------------------- work_on_cpu

    private struct work_for_cpu
    {
        public work_struct work;
        public delegate*<void*, long> fn;
        public void* arg;
        public long ret;
    }

    private static void work_for_cpu_fn(work_struct* work)
    {
        work_for_cpu* wfc = container_of<work_for_cpu>(work, &((work_for_cpu*)nowhere)->work);
        wfc->ret = wfc->fn(wfc->arg);
    }

    [KernelSource("kernel/workqueue.c", "work_on_cpu_key", Parity.Full)]
    public static long work_on_cpu(int cpu, delegate*<void*, long> fn, void* arg)
    {
        work_for_cpu wfc = new() { fn = fn, arg = arg };
        linux_workqueue_h.INIT_WORK(&wfc.work, &work_for_cpu_fn);
        schedule_work_on(cpu, &wfc.work);
        flush_work(&wfc.work);
        return wfc.ret;
    }

    // ---------------------------------------------------------------- the short names of workqueue.h

    [KernelSource("include/linux/workqueue.h", "queue_work", Parity.Full)]
    public static bool queue_work(workqueue_struct* wq, work_struct* work) => queue_work_on(linux_workqueue_h.WORK_CPU_UNBOUND, wq, work);

    [KernelSource("include/linux/workqueue.h", "queue_delayed_work", Parity.Full)]
    public static bool queue_delayed_work(workqueue_struct* wq, delayed_work* dwork, ulong delay) =>
        queue_delayed_work_on(linux_workqueue_h.WORK_CPU_UNBOUND, wq, dwork, delay);

    [KernelSource("include/linux/workqueue.h", "mod_delayed_work", Parity.Full)]
    public static bool mod_delayed_work(workqueue_struct* wq, delayed_work* dwork, ulong delay) =>
        mod_delayed_work_on(linux_workqueue_h.WORK_CPU_UNBOUND, wq, dwork, delay);

    [KernelSource("include/linux/workqueue.h", "schedule_work_on", Parity.Full)]
    public static bool schedule_work_on(int cpu, work_struct* work) => queue_work_on(cpu, system_percpu_wq, work);

    [KernelSource("include/linux/workqueue.h", "schedule_work", Parity.Full)]
    public static bool schedule_work(work_struct* work) => queue_work(system_percpu_wq, work);

    [KernelSource("include/linux/workqueue.h", "schedule_delayed_work_on", Parity.Full)]
    public static bool schedule_delayed_work_on(int cpu, delayed_work* dwork, ulong delay) => queue_delayed_work_on(cpu, system_percpu_wq, dwork, delay);

    /// <summary>Runs a function on every online CPU, and waits for all of them.</summary>
    [KernelSource("kernel/workqueue.c", "schedule_on_each_cpu", Parity.Full)]
    public static int schedule_on_each_cpu(delegate*<work_struct*, void> func)
    {
        work_struct* works = alloc_percpu<work_struct>();
        if (works == null)
            return -ENOMEM;

        cpus_read_lock();

        foreach (int cpu in for_each_online_cpu())
        {
            work_struct* work = per_cpu_ptr(works, cpu);

            INIT_WORK(work, func);
            schedule_work_on(cpu, work);
        }

        foreach (int cpu in for_each_online_cpu())
            flush_work(per_cpu_ptr(works, cpu));

        cpus_read_unlock();
        free_percpu(works);
        return 0;
    }

    [KernelSource("include/linux/workqueue.h", "schedule_delayed_work", Parity.Full)]
    public static bool schedule_delayed_work(delayed_work* dwork, ulong delay) => queue_delayed_work(system_percpu_wq, dwork, delay);

    [KernelSource("include/linux/workqueue.h", "INIT_DELAYED_WORK", Parity.Full)]
    public static void INIT_DELAYED_WORK(delayed_work* w, delegate*<work_struct*, void> func)
    {
        linux_workqueue_h.INIT_WORK(&w->work, func);
        timer_setup(&w->timer, &delayed_work_timer_fn, TIMER_IRQSAFE);
    }

    [KernelSource("include/linux/workqueue.h", "INIT_DEFERRABLE_WORK", Parity.Full)]
    public static void INIT_DEFERRABLE_WORK(delayed_work* w, delegate*<work_struct*, void> func)
    {
        linux_workqueue_h.INIT_WORK(&w->work, func);
        timer_setup(&w->timer, &delayed_work_timer_fn, TIMER_IRQSAFE | TIMER_DEFERRABLE);
    }

    [KernelSource("include/linux/workqueue.h", "INIT_RCU_WORK", Parity.Full)]
    public static void INIT_RCU_WORK(rcu_work* w, delegate*<work_struct*, void> func) => linux_workqueue_h.INIT_WORK(&w->work, func);

    [KernelSource("include/linux/workqueue.h", "to_rcu_work", Parity.Full)]
    public static rcu_work* to_rcu_work(work_struct* work) => container_of<rcu_work>(work, &((rcu_work*)nowhere)->work);
}
