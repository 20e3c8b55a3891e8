// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using KMemcg.Native;

namespace Linux;

// What is locked here stands for the hardware, and is not counted among the kernel's locked operations.
using Interlocked = System.Threading.Interlocked;

/// <summary>Parallel mode.</summary>
internal static unsafe partial class sched_host
{
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
            rcu_idle_enter(c);
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
}
