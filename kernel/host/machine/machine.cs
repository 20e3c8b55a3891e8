// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;

namespace Linux;

/// <summary>What a machine is made of.</summary>
public struct boot_params
{
    public boot_params()
    {
    }

    /// <summary>Bytes of RAM.</summary>
    public ulong ram = 1UL << 30;

    /// <summary>Bytes of the disk with a file system on /mnt; 0 for none.</summary>
    public ulong disk = 0;

    /// <summary>How fast that disk is; null for the usual one.</summary>
    public KMemcg.Native.DiskLatency? disk_latency = null;

    /// <summary>Bytes of the disk that is swapped to; 0 for no swap.</summary>
    public ulong swap = 0;

    /// <summary>How many CPUs.</summary>
    public int cpus = 2;

    /// <summary>What the machine's random numbers and the choices of its scheduler follow from.</summary>
    public ulong seed = 1;

    /// <summary>Real threads on real CPUs and a real clock, instead of one task at a time.</summary>
    public bool parallel = false;

    /// <summary>Parallel mode: bind the threads to the host's CPUs.</summary>
    public bool pin = true;

    /// <summary>Advise the host to back RAM with huge pages.</summary>
    public bool huge_pages = false;
}

/// <summary>The machine, as seen from outside: switched on, told what to do, switched off. One at a time in a process.</summary>
public static unsafe partial class machine
{
    private static readonly ConcurrentQueue<user_task> mail = new();
    private static readonly Dictionary<int, user_task> user_tasks = new();
    private static user_task? init;

    /// <summary>Called in a task of the machine before it is switched off, in the reverse order of their being added.</summary>
    [HostState] private static readonly List<Action> shutdown_hooks = new();

    public static boot_params parameters { get; private set; }

    /// <summary>Whether there is a machine.</summary>
    public static bool running { get; private set; }

    /// <summary>Nanoseconds since boot.</summary>
    public static ulong now => sched_host.now();

    /// <summary>What killed the kernel, if something did.</summary>
    public static Exception? oops => sched_host.oops;

    /// <summary>A hash over every choice of the scheduler so far; the same for the same seed.</summary>
    public static ulong trace_hash => sched_host.trace_hash;

    /// <summary>Switches a machine on; returns when its first task waits for something to do.</summary>
    public static void boot(in boot_params p)
    {
        if (running)
            throw new InvalidOperationException("there is a machine already");
        ArgumentOutOfRangeException.ThrowIfLessThan(p.cpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p.cpus, CONFIG_NR_CPUS);
        linux_init_h.snapshot_statics();
        linux_init_h.reset_statics();
        linux_percpu_h.reset_static_area();
        log_buf_clear();
        parameters = p;
        running = true;
        sched_host.boot(p.cpus, !p.parallel, p.seed);
        sched_host.pin_threads = p.parallel && p.pin;
        try
        {
            init_main_c.prepare(p);
            machine_request up = init_main_c.start();
            wait_for(up);
        }
        catch
        {
            abort();
            throw;
        }
    }

    /// <summary>Switches the machine off: its tasks are killed and its subsystems put down, and then it must hold nothing.</summary>
    public static void shutdown()
    {
        if (!running)
            return;
        try
        {
            if (sched_host.oops == null)
            {
                kill_all();
                run(static () =>
                {
                    for (int i = shutdown_hooks.Count; i-- > 0;)
                        shutdown_hooks[i]();
                    rcu_barrier();
                });
                teardown.check();
            }
        }
        finally
        {
            abort();
        }
    }

    /// <summary>Adds what is to be done, in a task of the machine, before it is switched off. Stays until the process ends.</summary>
    public static void at_shutdown(Action hook) => shutdown_hooks.Add(hook);

    /// <summary>Pulls the plug: every task is unwound where it stands.</summary>
    internal static void abort()
    {
        sched_host.halt();
        init_main_c.free();
        lock (user_tasks)
            user_tasks.Clear();
        mail.Clear();
        init = null;
        running = false;
        linux_init_h.reset_statics();
    }

    // ---------------------------------------------------------------- tasks

    internal static void set_init(user_task t) => init = t;

    internal static user_task? find(int pid)
    {
        lock (user_tasks)
            return user_tasks.GetValueOrDefault(pid);
    }

    internal static void register(user_task t)
    {
        lock (user_tasks)
            user_tasks[t.pid] = t;
    }

    internal static void user_task_died(user_task t)
    {
        lock (user_tasks)
            user_tasks.Remove(t.pid);
    }

    private static int nr_user_tasks()
    {
        lock (user_tasks)
            return user_tasks.Count;
    }

    private static user_task[] all_user_tasks()
    {
        lock (user_tasks)
            return [.. user_tasks.Values];
    }

    /// <summary>A new task of user space: a fork of <paramref name="parent"/>, or of init.</summary>
    public static user_task spawn(string name, user_task? parent = null) =>
        try_spawn(name, parent, out user_task? made) is long err and < 0 ? throw new InvalidOperationException($"fork failed: {err}") : made!;

    /// <summary>The same; a negative errno when the fork failed.</summary>
    public static long try_spawn(string name, user_task? parent, out user_task? made) => clone(name, parent ?? init!, false, out made);

    /// <summary>A new thread of a task: it shares memory and fate with it.</summary>
    public static user_task spawn_thread(string name, user_task parent) =>
        clone(name, parent, true, out user_task? made) is long err and < 0 ? throw new InvalidOperationException($"fork failed: {err}") : made!;

    private static long clone(string name, user_task parent, bool thread, out user_task? made)
    {
        user_task? child = null;
        long rc = call(parent, () =>
        {
            kernel_entry_c.syscall_enter();
            child = init_main_c.fork_user_task(name, thread, out long err);
            return kernel_entry_c.syscall_exit(err);
        });
        made = child;
        return rc;
    }

    /// <summary>Runs a step of user code in the task and waits for it; what it throws is thrown here.</summary>
    public static long call(user_task? task, Func<long> step)
    {
        machine_request r = post(task, step);
        wait_for(r);
        if (r.killed)
            return -EINTR;
        return r.result;
    }

    /// <summary>Runs kernel code in init, as the body of a system call.</summary>
    public static void run(Action step) => call(null, () =>
    {
        kernel_entry_c.syscall_enter();
        step();
        return kernel_entry_c.syscall_exit(0);
    });

    /// <summary>Hands the task a step; it is run as the machine goes on.</summary>
    public static machine_request post(user_task? task, Func<long> step)
    {
        check();
        task ??= init!;
        var r = new machine_request { fn = step, posted_at = sched_host.now_monotonic() };
        task.enqueue(r);
        if (!r.done)
        {
            mail.Enqueue(task);
            sched_host.raise_irq(sched_host.cpu_of(0), &mail_arrived, null);
        }
        return r;
    }

    private static void mail_arrived(void* unused)
    {
        while (mail.TryDequeue(out user_task? t))
            t.wake();
    }

    /// <summary>Lets the machine run until the step is done.</summary>
    public static void wait_for(machine_request r)
    {
        check_outside();
        if (sched_host.deterministic)
        {
            if (!r.done)
                sched_host.run_until(r, ulong.MaxValue);
        }
        else
        {
            while (!r.finished.Wait(20) && sched_host.oops == null)
            {
            }
        }
        if (r.error != null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(r.error);
        if (!r.done)
            check();
    }

    /// <summary>Lets the machine run for so long on its clock.</summary>
    public static void sleep_ns(ulong ns)
    {
        check_outside();
        check();
        if (sched_host.deterministic)
            sched_host.run_until(null, sched_host.now() + ns);
        else
            Thread.Sleep(TimeSpan.FromMilliseconds(ns / 1e6));
        check();
    }

    /// <summary>Lets the machine run for so many milliseconds on its clock.</summary>
    public static void sleep(ulong ms) => sleep_ns(ms * 1_000_000);

    /// <summary>Sends SIGKILL and, in deterministic mode, lets the task die.</summary>
    public static void kill(user_task task)
    {
        if (!task.alive)
            return;
        run(() =>
        {
            kernel_entry_c.syscall_enter();
            rcu_read_lock();
            task_struct* p = find_task_by_vpid(task.pid);
            if (p != null)
                group_send_sig_info(linux_sched_signal_h.SIGKILL, SEND_SIG_NOINFO, p, PIDTYPE_TGID);
            rcu_read_unlock();
            kernel_entry_c.syscall_exit(0);
        });
    }

    private static void kill_all()
    {
        foreach (user_task t in all_user_tasks())
        {
            if (t != init)
                kill(t);
        }
        for (int i = 0; i < 10000 && nr_user_tasks() > 1; i++)
            sleep(1);
        if (nr_user_tasks() > 1)
            throw new KernelOops("tasks do not die\n" + kernel_sched_core_c.show_state());
    }

    private static void check()
    {
        if (sched_host.oops != null)
            throw new KernelOops(sched_host.oops is KernelOops ? sched_host.oops.Message : sched_host.oops.ToString(), sched_host.oops);
        if (!running)
            throw new InvalidOperationException("there is no machine");
    }

    private static void check_outside()
    {
        if (host_thread.self is { task: not null })
            throw new InvalidOperationException($"{comm_of(current)} of the machine asks the machine to go on: only its controller can");
    }
}
