// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;

namespace Linux;

/// <summary>
/// A task of user space, as its controller sees it: it takes one step after the other from its queue and runs each as user
/// code. Between steps it sleeps interruptibly in a system call, as a process does that waits for its next order.
/// </summary>
public sealed unsafe class user_task
{
    private readonly ConcurrentQueue<machine_request> queue = new();
    private bool dead;

    internal user_task(string name)
    {
        this.name = name;
    }

    public string name { get; }

    /// <summary>The task. Do not follow it when the task is dead.</summary>
    public task_struct* task { get; internal set; }

    public int pid { get; internal set; }

    /// <summary>How it ended: a signal, or a status in the second byte, as wait() tells it.</summary>
    public int exit_code { get; private set; }

    public bool alive
    {
        get
        {
            lock (queue)
                return !dead;
        }
    }

    /// <summary>Puts a step into the queue; the caller sees to it that the task wakes.</summary>
    internal void enqueue(machine_request r)
    {
        lock (queue)
        {
            if (!dead)
            {
                queue.Enqueue(r);
                return;
            }
        }
        r.killed = true;
        r.exit_code = exit_code;
        r.complete();
    }

    /// <summary>In interrupt context: there is something in the queue.</summary>
    internal void wake()
    {
        lock (queue)
        {
            if (!dead && task != null)
                wake_up_state(task, TASK_INTERRUPTIBLE);
        }
    }

    /// <summary>The life of the task: never returns, the task ends by do_exit().</summary>
    internal void main()
    {
        machine_request? r = null;
        try
        {
            // It may have been killed before it ran for the first time.
            kernel_entry_c.syscall_exit(0);
            for (; ; )
            {
                kernel_entry_c.syscall_enter();
                r = next();
                kernel_entry_c.syscall_exit(0);
                if (r == null)
                    continue;
                run(r);
                r = null;
            }
        }
        catch (task_exit)
        {
            die(r);
            throw;
        }
    }

    private static void run(machine_request r)
    {
        try
        {
            r.result = r.fn!();
        }
        catch (Exception e) when (e is not task_exit and not machine_halt)
        {
            r.error = e;
            if (e is KernelOops)
            {
                sched_host.oops ??= e;
                r.complete();
                throw;
            }
            // A failed assertion may leave the CPU in any state; it is told, and the machine goes on with a sane one.
            __this_cpu->preempt_count = 0;
            __this_cpu->irqs_disabled = 0;
        }
        r.complete();
    }

    private machine_request? next()
    {
        for (; ; )
        {
            set_current_state(TASK_INTERRUPTIBLE);
            if (queue.TryDequeue(out machine_request? r))
            {
                __set_current_state(TASK_RUNNING);
                return r;
            }
            if (linux_sched_signal_h.signal_pending(current))
            {
                __set_current_state(TASK_RUNNING);
                return null;
            }
            schedule();
        }
    }

    private void die(machine_request? running)
    {
        exit_code = (current->signal->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) != 0 ? current->signal->group_exit_code : current->exit_code;
        lock (queue)
            dead = true;
        machine.user_task_died(this);
        if (running != null)
        {
            running.killed = true;
            running.exit_code = exit_code;
            running.complete();
        }
        while (queue.TryDequeue(out machine_request? r))
        {
            r.killed = true;
            r.exit_code = exit_code;
            r.complete();
        }
    }
}
