// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>Switching.</summary>
public static unsafe partial class kernel_sched_core_c
{
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
}
