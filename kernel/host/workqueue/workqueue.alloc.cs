// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;
using static Linux.linux_timer_h;

namespace Linux;

/// <summary>Queues made and destroyed, and the short names of workqueue.h.</summary>
public static unsafe partial class kernel_workqueue_c
{
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
            rcu_assign_pointer(&wq->dfl_pwq, alloc_pwq(wq, worker_pools + UNBOUND_POOL + (highpri ? 1 : 0)));
        else
        {
            wq->cpu_pwq = (Rcu<pool_workqueue>**)host_slab.zalloc((nuint)(sched_host.nr_cpus * sizeof(void*)));
            for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
                rcu_assign_pointer(&wq->cpu_pwq[cpu], alloc_pwq(wq, cpu_pool(cpu, highpri)));
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
            host_slab.free(rcu_access_pointer(&wq->dfl_pwq)->memory);
        if (wq->cpu_pwq != null)
        {
            for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
                host_slab.free(rcu_access_pointer(&wq->cpu_pwq[cpu])->memory);
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
        PerCpu<work_struct>* works = alloc_percpu<work_struct>();
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
