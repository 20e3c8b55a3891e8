// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;
using KMemcg.Native;

namespace Linux;

// What is locked here stands for the hardware, and is not counted among the kernel's locked operations.
using Interlocked = System.Threading.Interlocked;

/// <summary>
/// How the machine's CPUs are carried by the host's threads.
/// </summary>
/// <remarks>
/// A CPU has a current task, and the task's thread runs only while it has that CPU. In deterministic mode one thread runs
/// at a time: the CPUs are simulated in the order of their clocks, the one that is furthest behind next, and whoever cannot
/// go on looks for that CPU in <see cref="dispatch"/>. An idle CPU has no thread: its interrupts are run by whoever
/// dispatches. In parallel mode each CPU has an idle thread, and a clock thread sets the ticks.
/// </remarks>
[ContextPrimitive]
internal static unsafe partial class sched_host
{
    /// <summary>How far one CPU may run ahead of another before the other gets its turn, at least and in addition at most.</summary>
    private const ulong QUANTUM = 20_000, QUANTUM_SPREAD = 30_000;

    /// <summary>A step that takes longer than this, on the machine's clock, will never end.</summary>
    private const ulong HUNG = 3600 * (ulong)NSEC_PER_SEC;

    internal static bool deterministic = true;
    internal static int nr_cpus;
    internal static bool stopping;
    internal static Exception? oops;

    /// <summary>The latest time that any CPU has told: ktime_get() never goes back behind it.</summary>
    internal static ulong last_time;

    /// <summary>A hash over every choice of the scheduler: equal for equal runs.</summary>
    internal static ulong trace_hash = 14695981039346656037UL;

    internal static ulong nr_dispatches;
    internal static int live_threads;

    private static ulong rng_state;
    private static ulong relaxed;
    private static long boot_ticks;

    // The controller: the thread outside the machine that waits for it.
    private static readonly host_thread controller = host_thread.adopt();
    private static bool controller_waits;
    private static machine_request? controller_request;
    private static ulong controller_stop_at = ulong.MaxValue;
    internal static ulong controller_now;

    [HostState] private static readonly ConcurrentQueue<(nint fn, nint arg)>[] irq_queue = make_queues();

    private static ConcurrentQueue<(nint, nint)>[] make_queues()
    {
        var q = new ConcurrentQueue<(nint, nint)>[CONFIG_NR_CPUS];
        for (int i = 0; i < q.Length; i++)
            q[i] = new();
        return q;
    }

    internal static cpu* cpu_of(int n) => kernel_sched_core_c.cpus + n;

    internal static bool is_idle(cpu* c) => c->current_task == c->idle_task;

    internal static void boot(int cpus, bool deterministic_mode, ulong seed)
    {
        deterministic = deterministic_mode;
        nr_cpus = cpus;
        rng_state = seed * 0x9E3779B97F4A7C15UL + 0xD1B54A32D192ED03UL;
        boot_ticks = Stopwatch.GetTimestamp();
        foreach (var q in irq_queue)
            q.Clear();
    }

    internal static ulong rng()
    {
        ulong z = deterministic ? rng_state += 0x9E3779B97F4A7C15UL : Interlocked.Add(ref rng_state, 0x9E3779B97F4A7C15UL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Nanoseconds since boot, of this CPU, or of the machine when asked from outside.</summary>
    internal static ulong now()
    {
        if (!deterministic)
            return (ulong)Stopwatch.GetElapsedTime(boot_ticks).Ticks * 100;
        cpu* c = __this_cpu;
        return c != null ? c->clock : controller_now;
    }

    internal static ulong now_monotonic()
    {
        ulong t = now();
        if (!deterministic)
            return t;
        if (t > last_time)
            last_time = t;
        return last_time;
    }

    // ---------------------------------------------------------------- interrupts from anywhere

    internal static void raise_irq(cpu* c, delegate*<void*, void> fn, void* arg)
    {
        irq_queue[c->number].Enqueue(((nint)fn, (nint)arg));
        set_pending(c, CPU_PENDING_IRQ);
    }

    internal static bool next_irq(cpu* c, out delegate*<void*, void> fn, out void* arg)
    {
        bool any = irq_queue[c->number].TryDequeue(out var e);
        fn = (delegate*<void*, void>)e.fn;
        arg = (void*)e.arg;
        return any;
    }

    internal static void set_pending(cpu* c, uint bits)
    {
        Interlocked.Or(ref c->pending, bits);
        kick(c);
    }

    /// <summary>There is something new for this CPU: it must not sleep over it.</summary>
    internal static void kick(cpu* c)
    {
        cpu* me = __this_cpu;
        if (c == me)
            return;
        if (deterministic)
        {
            ulong t = now();
            if (is_idle(c) && c->clock < t)
                c->clock = t;
            if (me != null)
                me->horizon = Math.Min(me->horizon, Math.Max(me->clock, c->clock) + QUANTUM);
        }
        else
        {
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref c->idle_sleeping) != 0)
                host_thread.of(c->idle_task).unpark();
        }
    }

    // ---------------------------------------------------------------- switching

    /// <summary>The current task's thread has lost its CPU to c->current_task (or to nobody); returns when it has one again.</summary>
    internal static void switch_away(cpu* c, host_thread me, bool gone)
    {
        if (deterministic)
        {
            dispatch(me, gone);
            return;
        }
        host_thread next = host_thread.of(c->current_task);
        __this_cpu = null;
        next.give(c);
        if (gone)
            return;
        __this_cpu = me.wait_for_cpu();
        pin(me, me.running_on);
    }

    // ---------------------------------------------------------------- switching on and off

    /// <summary>The boot CPU is in the hands of this thread; it is not idle before it says so.</summary>
    internal static void start_boot(host_thread t, cpu* c)
    {
        booting = true;
        if (deterministic)
            c->carrier = t.number;
        else
            t.unpark();
    }

    private static bool booting;

    /// <summary>swapper/0 has booted: CPU 0 is idle from here on.</summary>
    internal static void boot_done(cpu* c)
    {
        booting = false;
        host_thread me = host_thread.self!;
        if (!deterministic)
        {
            start_clock();
            idle_main(c);
            return;
        }
        c->carrier = no_carrier;
        if (!kernel_sched_core_c.idle_pick(c))
        {
            rcu_idle_enter(c);
            rcu_user_enter(c);
        }
        dispatch(me, true);
    }

    internal static void start_idle_thread(cpu* c)
    {
        host_thread t = host_thread.bind(c->idle_task, static () => idle_main(host_thread.self!.running_on));
        t.running_on = c;
        t.unpark();
    }

    /// <summary>Unwinds every thread of the machine.</summary>
    internal static void halt()
    {
        stopping = true;
        stop_clock();
        host_thread.halt_all();
        long until = Environment.TickCount64 + 10_000;
        while (Volatile.Read(ref live_threads) > 0 && Environment.TickCount64 < until)
        {
            host_thread.halt_all();
            Thread.Sleep(0);
        }
        if (Volatile.Read(ref live_threads) > 0)
            throw new InvalidOperationException($"{live_threads} threads of the machine do not end: {host_thread.names()}");
    }

    internal static void thread_gone() => Interlocked.Decrement(ref live_threads);

    /// <summary>A task's thread ended in an exception: the machine is dead, and whoever waits for it must know.</summary>
    internal static void died(Exception e)
    {
        oops ??= e;
        if (deterministic && controller_waits)
            controller.unpark();
    }
}

/// <summary>What a controller asks a task to do, and its answer.</summary>
public sealed unsafe class machine_request
{
    internal task_struct* task;
    internal Func<long>? fn;
    internal volatile bool done;
    internal readonly ManualResetEventSlim finished = new(false, 0);

    /// <summary>What the step returned.</summary>
    public long result;

    /// <summary>The task died in the step (or before it): its exit code.</summary>
    public bool killed;

    public int exit_code;

    /// <summary>What the step threw.</summary>
    public Exception? error;

    /// <summary>When it was done, in nanoseconds since boot.</summary>
    public ulong done_at;

    public ulong posted_at;

    public bool is_done => done;

    internal void complete()
    {
        done_at = sched_host.now_monotonic();
        sched_host.controller_now = Math.Max(sched_host.controller_now, done_at);
        done = true;
        finished.Set();
    }
}
