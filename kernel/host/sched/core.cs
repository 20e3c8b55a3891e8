// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>
/// The scheduler: a queue by virtual runtime for each CPU, wake-up on the previous CPU when that is idle, and pulling when
/// a CPU runs empty. A task gives its CPU up only in schedule().
/// </summary>
[ContextPrimitive]
public static unsafe partial class kernel_sched_core_c
{
    /// <summary>How long a task runs against others before it is told to give way, in nanoseconds.</summary>
    private const ulong SCHED_SLICE = 3_000_000;

    /// <summary>By how much a woken task must be behind before it takes the CPU from the running one.</summary>
    private const ulong WAKEUP_GRANULARITY = 1_000_000;

    internal static readonly cpu* cpus = bss<cpu>(CONFIG_NR_CPUS);

    // ---------------------------------------------------------------- the queue

    private static task_struct* task_of(list_head* l) => container_of<task_struct>(l, &((task_struct*)nowhere)->run_list);

    private static void enqueue_task(cpu* c, task_struct* p)
    {
        list_head* pos = c->queue.prev;
        while (pos != &c->queue && task_of(pos)->vruntime > p->vruntime)
            pos = pos->prev;
        list_add(&p->run_list, pos);
        c->nr_running++;
        p->on_rq = 1;
    }

    private static void dequeue_task(cpu* c, task_struct* p)
    {
        list_del_init(&p->run_list);
        c->nr_running--;
    }

    private static void place_task(cpu* c, task_struct* p)
    {
        // A sleeper gets no more credit than one slice.
        ulong least = c->min_vruntime > SCHED_SLICE ? c->min_vruntime - SCHED_SLICE : 0;
        if (p->vruntime < least || p->vruntime > c->min_vruntime + 16 * SCHED_SLICE)
            p->vruntime = least;
    }

    private static void update_curr(cpu* c, task_struct* p)
    {
        ulong now = sched_host.now();
        ulong delta = now > p->exec_start ? now - p->exec_start : 0;
        p->exec_start = now;
        if (p == c->idle_task)
            return;
        p->sum_exec_runtime += delta;
        cgroup_account_cputime(p, delta);
        p->vruntime += delta;
        if (p->vruntime > c->min_vruntime)
            c->min_vruntime = p->vruntime;
    }

    private static task_struct* pick_next(cpu* c)
    {
        if (c->nr_running == 0)
            return null;
        task_struct* p = task_of(c->queue.next);
        dequeue_task(c, p);
        if (p->vruntime > c->min_vruntime)
            c->min_vruntime = p->vruntime;
        return p;
    }

    private static bool allowed(task_struct* p, int cpu) => cpumask_test_cpu(cpu, p->cpus_ptr) && cpus[cpu].online != 0;

    /// <summary>Nothing to run here: takes the last waiting task of the longest queue that may run here. Holds this rq_lock.</summary>
    private static task_struct* newidle_balance(cpu* c)
    {
        cpu* busiest = null;
        for (int i = 0; i < sched_host.nr_cpus; i++)
        {
            cpu* o = cpus + i;
            if (o != c && Volatile.Read(ref o->nr_running) > (busiest == null ? 0 : busiest->nr_running) && !sched_host.is_idle(o))
                busiest = o;
        }
        if (busiest == null || !host_lock.try_acquire(ref busiest->rq_lock))
            return null;
        task_struct* found = null;
        for (list_head* l = busiest->queue.prev; l != &busiest->queue; l = l->prev)
        {
            task_struct* p = task_of(l);
            if (allowed(p, c->number) && p->migration_disabled == 0)
            {
                found = p;
                break;
            }
        }
        if (found != null)
        {
            dequeue_task(busiest, found);
            found->vruntime = found->vruntime - Math.Min(found->vruntime, busiest->min_vruntime) + c->min_vruntime;
            psi_dequeue(found);
            set_task_cpu(found, c->number);
            psi_enqueue(found, true);
        }
        host_lock.release(ref busiest->rq_lock);
        return found;
    }

    private static void set_task_cpu(task_struct* p, int cpu)
    {
        WRITE_ONCE(&p->thread_info.cpu, (uint)cpu);
        p->wake_cpu = cpu;
    }

    // ---------------------------------------------------------------- waking

    [KernelSource("kernel/sched/core.c", "resched_curr", Parity.Full)]
    private static void resched_curr(cpu* c)
    {
        set_tsk_thread_flag(c->current_task, TIF_NEED_RESCHED);
        sched_host.kick(c);
    }

    private static int select_task_rq(task_struct* p)
    {
        int prev = task_cpu(p);
        bool prev_ok = allowed(p, prev);
        if (p->migration_disabled != 0)
            return prev;
        if (prev_ok && cpu_idle(prev))
            return prev;
        cpu* me = __this_cpu;
        if (me != null && allowed(p, me->number) && cpu_idle(me->number))
            return me->number;
        int first = -1;
        for (int i = 0; i < sched_host.nr_cpus; i++)
        {
            if (!allowed(p, i))
                continue;
            if (cpu_idle(i))
                return i;
            if (first < 0)
                first = i;
        }
        if (prev_ok)
            return prev;
        // No CPU of its set is there: as the kernel does, let it run anywhere.
        return first >= 0 ? first : cpumask_first(cpu_online_mask);
    }

    private static bool cpu_idle(int n)
    {
        cpu* c = cpus + n;
        return sched_host.is_idle(c) && Volatile.Read(ref c->nr_running) == 0;
    }

    /// <summary>Holds the rq_lock of the CPU that the task is on.</summary>
    private static cpu* task_rq_lock(task_struct* p)
    {
        for (; ; )
        {
            cpu* c = cpus + task_cpu(p);
            host_lock.acquire(ref c->rq_lock);
            if (c->number == task_cpu(p))
                return c;
            host_lock.release(ref c->rq_lock);
        }
    }

    private static void activate_task(cpu* c, task_struct* p, bool migrated)
    {
        host_lock.acquire(ref c->rq_lock);
        place_task(c, p);
        WRITE_ONCE(&p->__state, TASK_RUNNING);
        enqueue_task(c, p);
        psi_enqueue(p, migrated);
        task_struct* curr = c->current_task;
        bool preempt = curr != c->idle_task && curr->vruntime > p->vruntime + WAKEUP_GRANULARITY;
        host_lock.release(ref c->rq_lock);
        if (preempt)
            resched_curr(c);
        sched_host.kick(c);
    }

    [KernelSource("kernel/sched/core.c", "try_to_wake_up", Parity.Reduced, "one lock, the run queue's; the sleeper's accounting is its own")]
    public static bool try_to_wake_up(task_struct* p, uint state, int wake_flags)
    {
        local_irq_save(out IrqFlags flags);
        bool woken = false;
        cpu* c = task_rq_lock(p);
        if ((READ_ONCE(&p->__state) & state) == 0)
            host_lock.release(ref c->rq_lock);
        else if (p->on_rq != 0 || c->current_task == p)
        {
            // It has not gone to sleep yet, and now will not.
            WRITE_ONCE(&p->__state, TASK_RUNNING);
            host_lock.release(ref c->rq_lock);
            woken = true;
        }
        else
        {
            WRITE_ONCE(&p->__state, TASK_WAKING);
            host_lock.release(ref c->rq_lock);
            int target = select_task_rq(p);
            bool migrated = target != task_cpu(p);
            if (migrated)
            {
                host_lock.acquire(ref c->rq_lock);
                psi_ttwu_dequeue(p);
                host_lock.release(ref c->rq_lock);
                set_task_cpu(p, target);
            }
            activate_task(cpus + target, p, migrated);
            woken = true;
        }
        local_irq_restore(flags);
        return woken;
    }

    [KernelSource("kernel/sched/core.c", "wake_up_process", Parity.Full)]
    public static bool wake_up_process(task_struct* p) => try_to_wake_up(p, TASK_NORMAL, 0);

    [KernelSource("kernel/sched/core.c", "wake_up_state", Parity.Full)]
    public static bool wake_up_state(task_struct* p, uint state) => try_to_wake_up(p, state, 0);

    [KernelSource("kernel/sched/core.c", "wake_up_new_task", Parity.Reduced, "no load tracking")]
    public static void wake_up_new_task(task_struct* p)
    {
        local_irq_save(out IrqFlags flags);
        int target = select_task_rq(p);
        set_task_cpu(p, target);
        cpu* c = cpus + target;
        p->vruntime = c->min_vruntime;
        activate_task(c, p, false);
        local_irq_restore(flags);
    }
}
