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
}
