// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Threading;
using KMemcg.Native;

namespace Linux;

/// <summary>Unwinds a task that has exited to the bottom of its thread. Nothing but the bottom may catch it.</summary>
public sealed class task_exit : Exception
{
}

/// <summary>Unwinds every task of a machine that is switched off while they still run.</summary>
public sealed class machine_halt : Exception
{
}

/// <summary>
/// The thread of the host that carries a task. Parked unless its task has a CPU; kept for the next task, of this machine or
/// a later one, when its task is gone.
/// </summary>
internal sealed unsafe class host_thread
{
    private const int STACK = (1 << 20) + ThreadWord.Reserve;

    [HostState] private static readonly Stack<host_thread> idle = new();
    [HostState] private static readonly List<host_thread> all = new() { null! };

    [ThreadStatic] internal static host_thread? self;

    private readonly object gate = new();
    private readonly int index;
    private bool token;
    private volatile bool halted;
    private Action? body;

    internal task_struct* task;

    /// <summary>
    /// The CPU that whoever unparked this thread gave it. In parallel mode null from when its task stops being current: a
    /// kick may unpark an idle thread whose CPU is still in the hands of the task that leaves it.
    /// </summary>
    internal cpu* running_on;

    internal const int ANYWHERE = -1;

    /// <summary>Which of the host's CPUs this thread is kept on; at first, whatever the thread was on that started it.</summary>
    internal int pinned_to = -2;

    /// <summary>How many interrupts of idle CPUs are being run on top of this thread's task.</summary>
    internal int carrying;

    internal int number => index;

    private host_thread(int index) => this.index = index;

    /// <summary>Stands for a thread that exists already, as the controller's.</summary>
    internal static host_thread adopt()
    {
        lock (idle)
        {
            var t = new host_thread(all.Count);
            all.Add(t);
            return t;
        }
    }

    internal static host_thread of(task_struct* p) => all[p->host];

    internal static host_thread at(int number) => all[number];

    /// <summary>Gives the task a thread, which runs <paramref name="body"/> when it is unparked.</summary>
    internal static host_thread bind(task_struct* p, Action body)
    {
        host_thread? t;
        lock (idle)
        {
            if (!idle.TryPop(out t))
            {
                t = new host_thread(all.Count);
                all.Add(t);
                new Thread(t.main, STACK) { IsBackground = true, Name = "kmemcg" }.Start();
            }
        }
        System.Threading.Interlocked.Increment(ref sched_host.live_threads);
        t.token = false;
        t.halted = false;
        t.task = p;
        t.running_on = null;
        t.carrying = 0;
        t.body = body;
        if (p != null)
            p->host = t.index;
        return t;
    }

    internal void unpark()
    {
        lock (gate)
        {
            token = true;
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Waits for unpark. Throws when the machine is halted.</summary>
    internal void park()
    {
        wait();
        if (halted)
            throw new machine_halt();
    }

    /// <summary>Parallel mode: hands over a CPU that the caller uses no more.</summary>
    internal void give(cpu* c)
    {
        lock (gate)
        {
            running_on = c;
            token = true;
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Parallel mode: waits until somebody gives this thread a CPU, whatever else unparks it.</summary>
    internal cpu* wait_for_cpu()
    {
        do
            park();
        while (running_on == null);
        return running_on;
    }

    internal void halt()
    {
        halted = true;
        unpark();
    }

    internal bool is_halted => halted;

    internal static string names()
    {
        lock (idle)
        {
            var b = new System.Text.StringBuilder();
            foreach (host_thread t in all)
            {
                if (t is { body: not null })
                    b.Append($" {(t.task == null ? "?" : linux_sched_h.comm_of(t.task))}(token {t.token}, halted {t.halted}, state {(t.task == null ? 0 : t.task->__state):x}, flags {(t.task == null ? 0 : t.task->thread_info.flags):x})");
            }
            for (int i = 0; i < sched_host.nr_cpus; i++)
            {
                cpu* c = sched_host.cpu_of(i);
                b.Append($"\nCPU {i}: rq_lock {c->rq_lock} timer_lock {c->timer_lock} current {(nint)c->current_task:x} pending {c->pending:x} nr_running {c->nr_running} irqs_disabled {c->irqs_disabled} preempt {c->preempt_count:x} idle {(nint)c->idle_task:x}");
            }
            return b.ToString();
        }
    }

    internal static void halt_all()
    {
        lock (idle)
        {
            foreach (host_thread t in all)
            {
                if (t is { body: not null })
                    t.halt();
            }
        }
    }

    /// <summary>The debugger shows the task's name on the thread.</summary>
    internal void name(string s)
    {
        if (System.Diagnostics.Debugger.IsAttached || Environment.GetEnvironmentVariable("KMEMCG_THREAD_NAMES") == "1")
            Thread.CurrentThread.Name = s;
    }

    private void wait()
    {
        lock (gate)
        {
            while (!token)
                Monitor.Wait(gate);
            token = false;
        }
    }

    private void main()
    {
        self = this;
        for (; ; )
        {
            wait();
            if (body == null)
                continue;
            try
            {
                if (!halted)
                    body();
            }
            catch (machine_halt)
            {
            }
            catch (Exception e)
            {
                sched_host.died(e);
            }
            body = null;
            task = null;
            asm_percpu_h.__this_cpu = null;
            sched_host.thread_gone();
            lock (idle)
                idle.Push(this);
        }
    }
}
