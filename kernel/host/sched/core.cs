// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
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
        local_irq_save(out ulong flags);
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
        local_irq_save(out ulong flags);
        int target = select_task_rq(p);
        set_task_cpu(p, target);
        cpu* c = cpus + target;
        p->vruntime = c->min_vruntime;
        activate_task(c, p, false);
        local_irq_restore(flags);
    }

    // ---------------------------------------------------------------- switching

    /// <summary>Gives the CPU to the next task. Preemption is off, once.</summary>
    private static void __schedule(bool preempt)
    {
        cpu* c = __this_cpu;
        task_struct* prev = c->current_task;
        if (c->preempt_count != PREEMPT_OFFSET)
            __schedule_bug(prev);
        c->irqs_disabled = 1;
        c->clock += linux_ktime_h.COST_SWITCH;
        rcu_note_context_switch(preempt);

        host_lock.acquire(ref c->rq_lock);
        clear_tsk_thread_flag(prev, TIF_NEED_RESCHED);
        update_curr(c, prev);
        uint state = READ_ONCE(&prev->__state);
        bool stays = true;
        if (!preempt && state != TASK_RUNNING)
        {
            if (linux_sched_signal_h.signal_pending_state(state, prev))
                WRITE_ONCE(&prev->__state, TASK_RUNNING);
            else
            {
                stays = false;
                prev->on_rq = 0;
                prev->nvcsw++;
            }
        }
        else
            prev->nivcsw++;

        int away = -1;
        if (stays && prev != c->idle_task)
        {
            if (allowed(prev, c->number))
                enqueue_task(c, prev);
            else
            {
                prev->on_rq = 0;
                WRITE_ONCE(&prev->__state, TASK_WAKING);
                away = select_task_rq(prev);
            }
        }
        task_struct* next = pick_next(c);
        if (next == null)
            next = newidle_balance(c);
        if (next == null)
            next = c->idle_task;
        if (next == prev)
        {
            prev->exec_start = sched_host.now();
            host_lock.release(ref c->rq_lock);
            c->irqs_disabled = 0;
            if (host_thread.self!.is_halted)
                throw new machine_halt();
            return;
        }
        c->nr_switches++;
        host_thread me = host_thread.self!;
        bool gone = state == TASK_DEAD && !stays;
        prev->on_cpu = 0;
        // Before the lock goes: another CPU may take it from the queue and give it to its thread.
        if (!sched_host.deterministic)
            me.running_on = null;
        switch_in(c, next);
        psi_sched_switch(prev, next, !stays);
        if (away >= 0)
        {
            psi_dequeue(prev);
            set_task_cpu(prev, away);
        }
        host_lock.release(ref c->rq_lock);
        if (away >= 0)
            activate_task(cpus + away, prev, true);
        if (gone)
            finish_dead_task(prev);
        if (next == c->idle_task)
        {
            // The tick stops: counters are folded in while this CPU is still awake.
            c->irqs_disabled = 1;
            quiet_vmstat();
            c->irqs_disabled = 0;
        }
        sched_host.switch_away(c, me, gone);
        if (gone)
            return;
        __this_cpu->irqs_disabled = 0;
    }

    /// <summary>Makes the task the CPU's current one; its thread is to be unparked by the caller, or by the dispatcher.</summary>
    private static void switch_in(cpu* c, task_struct* next)
    {
        c->current_task = next;
        next->on_cpu = 1;
        next->on_rq = next == c->idle_task ? 0 : 1;
        next->exec_start = sched_host.now();
        c->user_mode = 0;
        c->rcu_eqs = 0;
        if (next == c->idle_task)
        {
            // In parallel mode the idle thread says so itself, once it sleeps.
            if (sched_host.deterministic)
                c->rcu_eqs = 1;
            c->irqs_disabled = 0;
            c->preempt_count = PREEMPT_OFFSET;
        }
        else if (next->host == 0)
            start_thread(next);
    }

    /// <summary>An idle CPU looks for a task; true when it has one now.</summary>
    internal static bool idle_pick(cpu* c)
    {
        if (c->nr_running == 0 && !sched_host.deterministic && !any_waiting(c))
            return false;
        c->irqs_disabled = 1;
        host_lock.acquire(ref c->rq_lock);
        task_struct* next = pick_next(c);
        if (next == null)
            next = newidle_balance(c);
        if (next == null)
        {
            host_lock.release(ref c->rq_lock);
            c->irqs_disabled = 0;
            return false;
        }
        rcu_note_context_switch(false);
        c->nr_switches++;
        c->preempt_count = PREEMPT_OFFSET;
        kernel_time_tick_c.start_tick(c);
        switch_in(c, next);
        psi_sched_switch(c->idle_task, next, false);
        host_lock.release(ref c->rq_lock);
        return true;
    }

    private static bool any_waiting(cpu* me)
    {
        for (int i = 0; i < sched_host.nr_cpus; i++)
        {
            if (Volatile.Read(ref cpus[i].nr_running) != 0 && !sched_host.is_idle(cpus + i))
                return true;
        }
        return false;
    }

    /// <summary>What finish_task_switch() does for a task that has run for the last time.</summary>
    [KernelSource("kernel/sched/core.c", "finish_task_switch", Parity.Reduced, "the dead task's part: the dying thread does it itself, after it has ceased to be current")]
    private static void finish_dead_task(task_struct* prev)
    {
        put_task_stack(prev);
        put_task_struct_rcu_user(prev);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void __schedule_bug(task_struct* prev) =>
        linux_bug_h.oops($"scheduling while atomic: {comm_of(prev)}/{prev->pid}/0x{preempt_count():x8}", "schedule", "", 0);

    [KernelSource("kernel/sched/core.c", "schedule", Parity.Full)]
    [MightSleep]
    public static void schedule()
    {
        task_struct* tsk = current;
        if (host_thread.self == null)
        {
            // A CPU that a unit test holds without a machine under it: there is nobody to wait for.
            WRITE_ONCE(&tsk->__state, TASK_RUNNING);
            return;
        }
        if (READ_ONCE(&tsk->__state) != TASK_RUNNING)
            sched_submit_work(tsk);
        do
        {
            __this_cpu->preempt_count++;
            __schedule(false);
            __this_cpu->preempt_count--;
        } while (need_resched());
        if ((tsk->flags & (PF_WQ_WORKER | PF_IO_WORKER)) != 0)
            kernel_workqueue_c.wq_worker_running(tsk);
        if (Volatile.Read(ref __this_cpu->pending) != 0)
            kernel_irq_c.cpu_point();
    }

    private static void sched_submit_work(task_struct* tsk)
    {
        if ((tsk->flags & PF_WQ_WORKER) != 0)
            kernel_workqueue_c.wq_worker_sleeping(tsk);
        // What is plugged must be on its way before the task sleeps, or it may sleep for it forever.
        if (tsk->plug != null)
            linux_blkdev_h.blk_flush_plug(tsk->plug, true);
    }

    [KernelSource("kernel/sched/core.c", "schedule_preempt_disabled", Parity.Full)]
    public static void schedule_preempt_disabled()
    {
        preempt_enable_no_resched();
        schedule();
        preempt_disable();
    }

    [KernelSource("kernel/sched/core.c", "io_schedule", Parity.Full)]
    [MightSleep]
    public static void io_schedule()
    {
        int token = io_schedule_prepare();
        schedule();
        io_schedule_finish(token);
    }

    [KernelSource("kernel/sched/core.c", "io_schedule_prepare", Parity.Full)]
    public static int io_schedule_prepare()
    {
        int old_iowait = (int)current->in_iowait;
        current->in_iowait = 1;
        if (current->plug != null)
            linux_blkdev_h.blk_flush_plug(current->plug, true);
        return old_iowait;
    }

    [KernelSource("kernel/sched/core.c", "io_schedule_finish", Parity.Full)]
    public static void io_schedule_finish(int token) => current->in_iowait = (uint)token;

    [KernelSource("kernel/sched/core.c", "io_schedule_timeout", Parity.Full)]
    [MightSleep]
    public static long io_schedule_timeout(long timeout)
    {
        int token = io_schedule_prepare();
        long ret = linux_timer_h.schedule_timeout(timeout);
        io_schedule_finish(token);
        return ret;
    }

    /// <summary>cond_resched(): a point where the task may be taken off the CPU.</summary>
    [KernelSource("kernel/sched/core.c", "__cond_resched", Parity.Full)]
    [MightSleep]
    public static int cond_resched([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep.might_resched(file, line);
        linux_ktime_h.spend_ns(linux_ktime_h.COST_COND_RESCHED);
        cpu* c = __this_cpu;
        if (Volatile.Read(ref c->pending) != 0)
            kernel_irq_c.cpu_point();
        if (c->preempt_count == 0 && c->irqs_disabled == 0 && need_resched() && host_thread.self != null)
        {
            preempt_schedule_common();
            return 1;
        }
        if (c->preempt_count == 0)
            rcu_all_qs();
        return 0;
    }

    [KernelSource("kernel/sched/core.c", "preempt_schedule_common", Parity.Full)]
    internal static void preempt_schedule_common()
    {
        do
        {
            __this_cpu->preempt_count++;
            __schedule(true);
            __this_cpu->preempt_count--;
        } while (need_resched());
    }

    [KernelSource("kernel/sched/syscalls.c", "yield", Parity.Full)]
    [MightSleep]
    public static void yield()
    {
        set_current_state(TASK_RUNNING);
        cpu* c = __this_cpu;
        // Behind everyone who waits here.
        current->vruntime = Math.Max(current->vruntime, c->min_vruntime) + SCHED_SLICE;
        schedule();
    }

    // ---------------------------------------------------------------- tick, affinity, threads

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
        local_irq_save(out ulong flags);
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
