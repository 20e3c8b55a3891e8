// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using KMemcg.Native;

namespace Linux;

// What is locked here stands for the hardware, and is not counted among the kernel's locked operations.
using Interlocked = System.Threading.Interlocked;

/// <summary>Deterministic mode.</summary>
internal static unsafe partial class sched_host
{
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
            rcu_idle_enter(c);
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
}
