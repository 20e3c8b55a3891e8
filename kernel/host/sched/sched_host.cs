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

    // ---------------------------------------------------------------- deterministic mode

    /// <summary>When this CPU has something to do, or the end of time.</summary>
    private static ulong key(cpu* c)
    {
        if (c->online == 0)
            return ulong.MaxValue;
        if (!is_idle(c) || c->carrier != no_carrier || c->nr_running != 0 || (c->pending & ~CPU_PENDING_YIELD) != 0)
            return c->clock;
        return Math.Max(c->clock, kernel_time_tick_c.next_event(c));
    }

    private static cpu* choose(out ulong at, out ulong others)
    {
        cpu* best = null;
        at = others = ulong.MaxValue;
        for (int i = 0; i < nr_cpus; i++)
        {
            cpu* c = cpu_of(i);
            ulong k = key(c);
            if (k == ulong.MaxValue)
                continue;
            // A thread that is carrying an idle CPU's interrupt cannot run its own task before that is done.
            if (c->carrier == no_carrier && !is_idle(c) && host_thread.of(c->current_task).carrying != 0)
                continue;
            if (k < at)
            {
                others = at;
                at = k;
                best = c;
            }
            else if (k < others)
                others = k;
        }
        return best;
    }

    private const int no_carrier = 0;

    /// <summary>
    /// Finds who runs next and lets it run; returns when that is the caller. A caller that is gone returns when another runs,
    /// the controller when what it waits for has happened.
    /// </summary>
    internal static void dispatch(host_thread me, bool gone = false)
    {
        for (; ; )
        {
            if (me.is_halted)
                throw new machine_halt();
            cpu* c = choose(out ulong at, out ulong others);
            if (controller_due(at))
            {
                __this_cpu = null;
                if (me == controller)
                    return;
                controller.unpark();
                if (gone)
                    return;
                me.park();
                break;
            }
            if (c == null)
            {
                deadlock();
                continue;
            }
            nr_dispatches++;
            if (is_idle(c) && c->carrier == no_carrier)
            {
                run_idle(c, at, me);
                continue;
            }

            c->horizon = others == ulong.MaxValue ? ulong.MaxValue : others + QUANTUM + rng() % QUANTUM_SPREAD;
            c->horizon = Math.Min(c->horizon, Math.Min(kernel_time_tick_c.next_event(c), controller_stop_at));
            trace(c);
            host_thread t = c->carrier != no_carrier ? host_thread.at(c->carrier) : host_thread.of(c->current_task);
            if (t == me && !gone)
            {
                __this_cpu = c;
                return;
            }
            __this_cpu = null;
            t.running_on = c;
            t.unpark();
            if (gone)
                return;
            me.park();
            // The controller has no task: it was woken for what it waits for, or for an interrupt that it carries.
            if (me == controller && me.carrying == 0)
                continue;
            break;
        }
        __this_cpu = me.running_on;
    }

    /// <summary>Lets an idle CPU take its interrupts, and pick what they woke.</summary>
    private static void run_idle(cpu* c, ulong at, host_thread me)
    {
        if (c->clock < at)
            c->clock = at;
        c->horizon = ulong.MaxValue;
        __this_cpu = c;
        c->carrier = me.number;
        rcu_user_exit(c);
        me.carrying++;
        // What this thread's own task holds is not held by the interrupt.
        lockdep.held_stack? mine = prove_locking ? lockdep.exchange(null) : null;
        if (c->nr_running == 0 || (c->pending & ~CPU_PENDING_YIELD) != 0)
        {
            Interlocked.Or(ref c->pending, CPU_PENDING_TIMER);
            kernel_irq_c.cpu_point();
        }
        if (!kernel_sched_core_c.idle_pick(c))
        {
            rcu_eqs_enter(c);
            rcu_user_enter(c);
        }
        if (prove_locking)
            lockdep.exchange(mine);
        c->carrier = no_carrier;
        me.carrying--;
        __this_cpu = null;
    }

    private static void trace(cpu* c)
    {
        ulong h = trace_hash;
        h = (h ^ (uint)c->number) * 1099511628211UL;
        h = (h ^ (uint)c->current_task->pid) * 1099511628211UL;
        h = (h ^ c->clock) * 1099511628211UL;
        trace_hash = h;
    }

    private static bool controller_due(ulong next)
    {
        if (!controller_waits || controller.carrying != 0)
            return false;
        if (oops != null || (controller_request != null && controller_request.done))
            return true;
        if (controller_request != null && next > controller_request.posted_at + HUNG && controller_stop_at == ulong.MaxValue)
        {
            hung("what was asked for has not come to an end in an hour");
            return true;
        }
        if (next >= controller_stop_at && controller_stop_at != ulong.MaxValue)
        {
            controller_now = Math.Max(controller_now, controller_stop_at);
            return true;
        }
        return false;
    }

    private static void deadlock()
    {
        hung("every task sleeps and no timer is armed");
        if (!controller_waits)
            throw oops!;
    }

    private static void hung(string why)
    {
        oops = new KernelOops($"deadlock: {why}\n{kernel_sched_core_c.show_state()}");
        pr_err(oops.Message);
    }

    /// <summary>Deterministic mode: runs the machine until the request is done or the clock is there.</summary>
    internal static void run_until(machine_request? request, ulong stop_at)
    {
        controller_request = request;
        controller_stop_at = stop_at;
        controller_waits = true;
        host_thread? outer = host_thread.self;
        host_thread.self = controller;
        try
        {
            dispatch(controller);
        }
        finally
        {
            host_thread.self = outer;
            controller_waits = false;
            __this_cpu = null;
        }
        controller_request = null;
        controller_stop_at = ulong.MaxValue;
    }

    /// <summary>This CPU's clock has come to its horizon: a timer is due, or another CPU's turn.</summary>
    internal static void horizon_reached(cpu* c)
    {
        if (!deterministic)
            return;
        relaxed = 0;
        ulong t = c->clock;
        kernel_time_tick_c.update_jiffies(t);
        ulong event_at = kernel_time_tick_c.next_event(c);
        if (event_at <= t)
        {
            Interlocked.Or(ref c->pending, CPU_PENDING_TIMER);
            event_at = t + QUANTUM;
        }
        Interlocked.Or(ref c->pending, CPU_PENDING_YIELD);
        c->horizon = Math.Min(event_at, t + QUANTUM);
    }

    /// <summary>The CPU is at a point where another may run, and its task goes on later.</summary>
    [MightSleep]
    internal static void yield(cpu* c)
    {
        Interlocked.And(ref c->pending, ~CPU_PENDING_YIELD);
        if (host_thread.self != null)
            dispatch(host_thread.self);
    }

    /// <summary>cpu_relax(): the CPU waits for another one.</summary>
    internal static void relax(cpu* c)
    {
        if (!deterministic || host_thread.self == null)
        {
            Thread.SpinWait(8);
            if (host_thread.self is { is_halted: true })
                throw new machine_halt();
            return;
        }
        if (++relaxed > 2_000_000)
        {
            relaxed = 0;
            linux_bug_h.oops("soft lockup: every CPU spins\n" + kernel_sched_core_c.show_state(), "cpu_relax", "", 0);
        }
        ulong before = c->clock;
        c->clock += 100;
        for (int i = 0; i < nr_cpus; i++)
        {
            cpu* o = cpu_of(i);
            if (o == c)
                continue;
            ulong k = key(o);
            if (k != ulong.MaxValue && k >= c->clock && k - before < 1_000_000)
                c->clock = k + 1;
        }
        kernel_time_tick_c.update_jiffies(c->clock);
        if (kernel_time_tick_c.next_event(c) <= c->clock)
            Interlocked.Or(ref c->pending, CPU_PENDING_TIMER);
        dispatch(host_thread.self!);
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

    // ---------------------------------------------------------------- parallel mode

    private static Thread? clock_thread;
    private static readonly object clock_gate = new();
    private static volatile bool clock_stop;

    internal static void start_clock()
    {
        clock_stop = false;
        clock_thread = new Thread(clock_main) { IsBackground = true, Name = "kmemcg-clock" };
        clock_thread.Start();
    }

    internal static void stop_clock()
    {
        if (clock_thread == null)
            return;
        clock_stop = true;
        lock (clock_gate)
            Monitor.Pulse(clock_gate);
        clock_thread.Join();
        clock_thread = null;
    }

    /// <summary>A timer was armed that is earlier than what the clock thread waits for.</summary>
    internal static void clock_changed()
    {
        if (clock_thread == null)
            return;
        lock (clock_gate)
            Monitor.Pulse(clock_gate);
    }

    private static void clock_main()
    {
        while (!clock_stop)
        {
            ulong t = now();
            kernel_time_tick_c.update_jiffies(t);
            ulong next = t + (ulong)TICK_NSEC;
            for (int i = 0; i < nr_cpus; i++)
            {
                cpu* c = cpu_of(i);
                if (c->online == 0)
                    continue;
                ulong e = kernel_time_tick_c.next_event(c);
                if (e <= t)
                    set_pending(c, CPU_PENDING_TIMER);
                else
                    next = Math.Min(next, e);
            }
            ulong wait = next > t ? next - t : 0;
            lock (clock_gate)
            {
                if (!clock_stop)
                    Monitor.Wait(clock_gate, Math.Max(1, (int)(wait / 1_000_000)));
            }
        }
    }

    /// <summary>The idle task of a CPU in parallel mode.</summary>
    internal static void idle_main(cpu* c)
    {
        host_thread me = host_thread.self!;
        pin(me, c);
        __this_cpu = c;
        for (; ; )
        {
            rcu_user_exit(c);
            rcu_eqs_enter(c);
            if (Volatile.Read(ref c->pending) != 0)
                kernel_irq_c.cpu_point();
            if (kernel_sched_core_c.idle_pick(c))
            {
                me.running_on = null;
                switch_away(c, me, false);
                continue;
            }
            Volatile.Write(ref c->idle_sleeping, 1);
            Interlocked.MemoryBarrier();
            if (rcu_user_enter(c) && Volatile.Read(ref c->pending) == 0 && Volatile.Read(ref c->nr_running) == 0)
                me.park();
            else if (me.is_halted)
                throw new machine_halt();
            rcu_user_exit(c);
            Volatile.Write(ref c->idle_sleeping, 0);
        }
    }

    internal static bool pin_threads;

    /// <summary>The host's CPUs for this process. Not asked for later: a thread inherits the pin of the one that started it.</summary>
    [HostState] private static readonly int[] host_cpus = HostCpus.Allowed();

    /// <summary>Keeps the calling thread on the host's CPU that stands for the one it has got, where the host can do that.</summary>
    internal static void pin(host_thread me, cpu* c)
    {
        int wanted = pin_threads ? c->number % host_cpus.Length : host_thread.ANYWHERE;
        if (me.pinned_to == wanted)
            return;
        HostCpus.Allow(pin_threads ? new ReadOnlySpan<int>(in host_cpus[wanted]) : host_cpus);
        me.pinned_to = wanted;
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
            rcu_eqs_enter(c);
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
