// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using System.Threading;

namespace Linux;

/// <summary>Ticks, affinity, the threads of tasks.</summary>
public static unsafe partial class kernel_sched_core_c
{
    [KernelSource("kernel/sched/core.c", "sched_tick", Parity.Reduced, "one fair queue, no load tracking and no periodic balancing")]
    internal static void sched_tick(cpu* c)
    {
        task_struct* p = c->current_task;
        host_lock.acquire(ref c->rq_lock);
        update_curr(c, p);
        bool resched = p != c->idle_task && c->nr_running != 0 && task_of(c->queue.next)->vruntime + SCHED_SLICE < p->vruntime + SCHED_SLICE;
        host_lock.release(ref c->rq_lock);
        if (resched)
            resched_curr(c);
    }

    [KernelSource("kernel/sched/core.c", "do_set_cpus_allowed", Parity.Reduced, "one scheduling class")]
    internal static void do_set_cpus_allowed(task_struct* p, cpumask* new_mask)
    {
        p->cpus_mask = *new_mask;
        p->cpus_ptr = &p->cpus_mask;
        p->nr_cpus_allowed = (int)linux_cpumask_h.cpumask_weight(new_mask);
    }

    [KernelSource("kernel/sched/core.c", "set_cpus_allowed_ptr", Parity.Reduced, "no migration thread: a running task moves when it next comes to schedule()")]
    public static int set_cpus_allowed_ptr(task_struct* p, cpumask* new_mask)
    {
        bool any = false;
        for (int i = 0; i < sched_host.nr_cpus; i++)
            any |= cpumask_test_cpu(i, new_mask) && cpus[i].online != 0;
        if (!any)
            return -EINVAL;
        local_irq_save(out IrqFlags flags);
        cpu* c = task_rq_lock(p);
        do_set_cpus_allowed(p, new_mask);
        bool move = p->on_rq != 0 && !allowed(p, c->number);
        bool queued = move && c->current_task != p;
        if (queued)
        {
            dequeue_task(c, p);
            psi_dequeue(p);
            p->on_rq = 0;
            WRITE_ONCE(&p->__state, TASK_WAKING);
        }
        host_lock.release(ref c->rq_lock);
        if (queued)
        {
            int target = select_task_rq(p);
            set_task_cpu(p, target);
            activate_task(cpus + target, p, true);
        }
        else if (move)
            resched_curr(c);
        local_irq_restore(flags);
        if (move && p == current && preempt_count() == 0)
            preempt_schedule_common();
        return 0;
    }

    [KernelSource("kernel/sched/syscalls.c", "sched_setaffinity", Parity.Reduced, "by task, and no cpuset to stay within")]
    public static int sched_setaffinity(task_struct* p, cpumask* in_mask)
    {
        if ((p->flags & PF_NO_SETAFFINITY) != 0)
            return -EINVAL;
        return set_cpus_allowed_ptr(p, in_mask);
    }

    [KernelSource("include/linux/sched.h", "set_task_comm", Parity.Full)]
    public static void set_task_comm(task_struct* tsk, string name)
    {
        Span<byte> to = new(tsk->comm, TASK_COMM_LEN);
        to.Clear();
        Encoding.UTF8.GetEncoder().Convert(name, to[..(TASK_COMM_LEN - 1)], true, out _, out _, out _);
    }

    /// <summary>Takes a fork's half: the scheduler's fields of a new task.</summary>
    [KernelSource("kernel/sched/core.c", "sched_fork", Parity.Reduced, "one class, one priority")]
    internal static void sched_fork(task_struct* p)
    {
        INIT_LIST_HEAD(&p->run_list);
        p->on_rq = 0;
        p->on_cpu = 0;
        p->host = 0;
        p->sum_exec_runtime = 0;
        p->nvcsw = 0;
        p->nivcsw = 0;
        p->migration_disabled = 0;
        p->cpus_ptr = &p->cpus_mask;
        WRITE_ONCE(&p->__state, TASK_NEW);
    }

    /// <summary>The first time a task is switched to: gives it a thread of the host.</summary>
    private static void start_thread(task_struct* p)
    {
        host_thread t = host_thread.bind(p, static () => run_task());
        _ = t;
    }

    /// <summary>The bottom of every task's thread.</summary>
    private static void run_task()
    {
        host_thread me = host_thread.self!;
        task_struct* p = me.task;
        cpu* c = me.running_on;
        __this_cpu = c;
        me.name(comm_of(p));
        if (!sched_host.deterministic)
            sched_host.pin(me, c);
        c->irqs_disabled = 0;
        c->preempt_count = 0;
        try
        {
            if (Volatile.Read(ref c->pending) != 0)
                kernel_irq_c.cpu_point();
            kernel_signal_c.calculate_sigpending();
            int rc = p->thread_fn(p->thread_arg);
            kernel_exit_c.do_exit(rc);
        }
        catch (task_exit)
        {
        }
        do_task_dead();
    }

    [KernelSource("kernel/sched/core.c", "do_task_dead", Parity.Full)]
    private static void do_task_dead()
    {
        cpu* c = __this_cpu;
        set_current_state(TASK_DEAD);
        current->flags |= PF_NOFREEZE;
        c->preempt_count = PREEMPT_OFFSET;
        __schedule(false);
    }

    // ---------------------------------------------------------------- for the reader

    /// <summary>Every task and what it does, for those who ask why nothing moves.</summary>
    internal static string show_state()
    {
        var b = new StringBuilder();
        for (int i = 0; i < sched_host.nr_cpus; i++)
        {
            cpu* c = cpus + i;
            b.AppendLine($"  CPU {i}: {(c->current_task == null ? "-" : comm_of(c->current_task))}, {c->nr_running} waiting, preempt_count 0x{c->preempt_count:x}, irqs {(c->irqs_disabled != 0 ? "off" : "on")}, pending 0x{c->pending:x}");
        }
        for (list_head* l = kernel_fork_c.init_task->tasks.next; l != null && l != &kernel_fork_c.init_task->tasks; l = l->next)
        {
            task_struct* p = container_of<task_struct>(l, &((task_struct*)nowhere)->tasks);
            for (list_head* t = p->signal->thread_head.next; t != &p->signal->thread_head; t = t->next)
            {
                task_struct* q = container_of<task_struct>(t, &((task_struct*)nowhere)->thread_node);
                b.AppendLine($"  {comm_of(q),-15} pid {q->pid} cpu {task_cpu(q)} state {state_name(q)}");
            }
        }
        return b.ToString();
    }

    private static string state_name(task_struct* p)
    {
        uint s = p->__state;
        return s == TASK_RUNNING ? (p->on_cpu != 0 ? "running" : "runnable")
            : (s & TASK_DEAD) != 0 ? "dead"
            : (s & TASK_INTERRUPTIBLE) != 0 ? "interruptible"
            : (s & TASK_WAKEKILL) != 0 ? "killable"
            : (s & TASK_NOLOAD) != 0 ? "idle"
            : (s & TASK_UNINTERRUPTIBLE) != 0 ? "uninterruptible" : $"0x{s:x}";
    }
}
