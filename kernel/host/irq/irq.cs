// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>Interrupts are taken at points: where they come on again, where preemption does, and between steps of user code.</summary>
[ContextPrimitive]
internal static unsafe class kernel_irq_c
{
    /// <summary>Something is pending on this CPU: takes what may be taken here.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void cpu_point()
    {
        cpu* c = __this_cpu;
        if (c->irqs_disabled != 0 || (c->preempt_count & (HARDIRQ_MASK | NMI_MASK)) != 0)
            return;
        // Also in user mode, where RCU does not watch unless told to.
        uint eqs = c->rcu_eqs;
        if (eqs != 0)
            rcu_user_exit(c);
        if ((Volatile.Read(ref c->pending) & (CPU_PENDING_IRQ | CPU_PENDING_TIMER)) != 0)
            do_irq(c);
        do
        {
            if ((Volatile.Read(ref c->pending) & CPU_PENDING_SOFTIRQ) != 0 && (c->preempt_count & SOFTIRQ_MASK) == 0)
                do_softirq(c);
        } while (eqs != 0 && !rcu_user_enter(c));
        if ((Volatile.Read(ref c->pending) & CPU_PENDING_YIELD) != 0 && c->preempt_count == 0 && c->carrier == 0)
            sched_host.yield(c);
    }

    private static void do_irq(cpu* c)
    {
        c->irqs_disabled = 1;
        c->preempt_count += HARDIRQ_OFFSET;
        c->clock += linux_ktime_h.COST_IRQ;
        uint bits = Interlocked.And(ref c->pending, ~(CPU_PENDING_IRQ | CPU_PENDING_TIMER));
        kernel_time_tick_c.update_jiffies(sched_host.now());
        if ((bits & CPU_PENDING_TIMER) != 0)
            kernel_time_tick_c.timer_interrupt(c);
        if ((bits & CPU_PENDING_IRQ) != 0)
        {
            while (sched_host.next_irq(c, out delegate*<void*, void> fn, out void* arg))
                fn(arg);
        }
        c->preempt_count -= HARDIRQ_OFFSET;
        if (Volatile.Read(ref c->softirq_pending) != 0 && (c->preempt_count & SOFTIRQ_MASK) == 0)
            do_softirq(c);
        c->irqs_disabled = 0;
    }

    /// <summary>Runs the pending soft interrupts, with hard ones on.</summary>
    internal static void do_softirq(cpu* c)
    {
        uint was = c->irqs_disabled;
        for (int restart = 0; restart < linux_interrupt_h.MAX_SOFTIRQ_RESTART; restart++)
        {
            c->irqs_disabled = 1;
            Interlocked.And(ref c->pending, ~CPU_PENDING_SOFTIRQ);
            uint pending = Interlocked.Exchange(ref c->softirq_pending, 0);
            if (pending == 0)
                break;
            c->preempt_count += SOFTIRQ_OFFSET;
            c->irqs_disabled = 0;
            for (int nr = 0; pending != 0; nr++, pending >>= 1)
            {
                if ((pending & 1) == 0)
                    continue;
                int before = c->preempt_count;
                linux_interrupt_h.softirq_vec[nr]();
                if (before != c->preempt_count)
                    linux_bug_h.oops($"softirq {nr} left preempt_count {c->preempt_count:x} instead of {before:x}", "do_softirq", "", 0);
            }
            c->irqs_disabled = 1;
            c->preempt_count -= SOFTIRQ_OFFSET;
        }
        if (c->softirq_pending != 0)
            Interlocked.Or(ref c->pending, CPU_PENDING_SOFTIRQ);
        c->irqs_disabled = was;
    }
}

[ContextPrimitive]
public static unsafe class linux_interrupt_h
{
    public const int HI_SOFTIRQ = 0;
    public const int TIMER_SOFTIRQ = 1;
    public const int NET_TX_SOFTIRQ = 2;
    public const int NET_RX_SOFTIRQ = 3;
    public const int BLOCK_SOFTIRQ = 4;
    public const int IRQ_POLL_SOFTIRQ = 5;
    public const int TASKLET_SOFTIRQ = 6;
    public const int SCHED_SOFTIRQ = 7;
    public const int HRTIMER_SOFTIRQ = 8;
    public const int RCU_SOFTIRQ = 9;
    public const int NR_SOFTIRQS = 10;

    internal const int MAX_SOFTIRQ_RESTART = 10;

    internal static readonly delegate*<void>* softirq_vec = (delegate*<void>*)bss<nint>(NR_SOFTIRQS);

    [KernelSource("kernel/softirq.c", "open_softirq", Parity.Full)]
    public static void open_softirq(int nr, delegate*<void> action) => softirq_vec[nr] = action;

    [KernelSource("kernel/softirq.c", "raise_softirq", Parity.Full)]
    public static void raise_softirq(uint nr)
    {
        local_irq_save(out IrqFlags flags);
        raise_softirq_irqoff(nr);
        local_irq_restore(flags);
    }

    [KernelSource("kernel/softirq.c", "raise_softirq_irqoff", Parity.Reduced, "there is no ksoftirqd: in task context it runs at the next point")]
    public static void raise_softirq_irqoff(uint nr)
    {
        __raise_softirq_irqoff(nr);
        Interlocked.Or(ref __this_cpu->pending, CPU_PENDING_SOFTIRQ);
    }

    [KernelSource("kernel/softirq.c", "__raise_softirq_irqoff", Parity.Full)]
    public static void __raise_softirq_irqoff(uint nr) => Interlocked.Or(ref __this_cpu->softirq_pending, 1u << (int)nr);

    /// <summary>A device's interrupt, on this CPU or another one.</summary>
    public static void raise_device_irq(int cpu, delegate*<void*, void> handler, void* arg) =>
        sched_host.raise_irq(sched_host.cpu_of(cpu), handler, arg);
}

/// <summary>Work of one CPU on another, by inter-processor interrupt.</summary>
[ContextPrimitive]
public static unsafe class linux_smp_h
{
    private struct call_data
    {
        public delegate*<void*, void> func;
        public void* info;
        public int done;
    }

    [KernelSource("kernel/smp.c", "smp_call_function_single", Parity.Reduced, "no call_single_data queue: each call is an interrupt of its own; wait=0 takes the function as it is")]
    public static int smp_call_function_single(int cpu, delegate*<void*, void> func, void* info, int wait)
    {
        preempt_disable();
        if (cpu == smp_processor_id())
        {
            local_irq_save(out IrqFlags flags);
            func(info);
            local_irq_restore(flags);
        }
        else if (sched_host.cpu_of(cpu)->online == 0)
        {
            preempt_enable();
            return -ENXIO;
        }
        else if (wait == 0)
            sched_host.raise_irq(sched_host.cpu_of(cpu), func, info);
        else
        {
            call_data csd = new() { func = func, info = info };
            sched_host.raise_irq(sched_host.cpu_of(cpu), &run_csd, &csd);
            while (Volatile.Read(ref csd.done) == 0)
                cpu_relax();
        }
        preempt_enable();
        return 0;
    }

    private static void run_csd(void* p)
    {
        call_data* csd = (call_data*)p;
        csd->func(csd->info);
        Volatile.Write(ref csd->done, 1);
    }

    [KernelSource("kernel/smp.c", "smp_call_function", Parity.Reduced, "CPUs are called one after the other")]
    public static void smp_call_function(delegate*<void*, void> func, void* info, int wait)
    {
        preempt_disable();
        int me = smp_processor_id();
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            if (cpu != me && sched_host.cpu_of(cpu)->online != 0)
                smp_call_function_single(cpu, func, info, wait);
        }
        preempt_enable();
    }

    [KernelSource("include/linux/smp.h", "on_each_cpu", Parity.Reduced, "CPUs are called one after the other")]
    public static void on_each_cpu(delegate*<void*, void> func, void* info, int wait)
    {
        preempt_disable();
        smp_call_function(func, info, wait);
        smp_call_function_single(smp_processor_id(), func, info, wait);
        preempt_enable();
    }

    [KernelSource("kernel/smp.c", "on_each_cpu_cond_mask", Parity.Reduced, "CPUs are called one after the other")]
    public static void on_each_cpu_cond_mask(delegate*<int, void*, bool> cond_func, delegate*<void*, void> func, void* info, bool wait, cpumask* mask)
    {
        preempt_disable();
        for (int cpu = cpumask_first(mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, mask))
        {
            if (cond_func == null || cond_func(cpu, info))
                smp_call_function_single(cpu, func, info, wait ? 1 : 0);
        }
        preempt_enable();
    }

    [KernelSource("include/linux/smp.h", "on_each_cpu_cond", Parity.Full)]
    public static void on_each_cpu_cond(delegate*<int, void*, bool> cond_func, delegate*<void*, void> func, void* info, bool wait) =>
        on_each_cpu_cond_mask(cond_func, func, info, wait, cpu_online_mask);

    [KernelSource("include/linux/smp.h", "on_each_cpu_mask", Parity.Reduced, "CPUs are called one after the other")]
    public static void on_each_cpu_mask(cpumask* mask, delegate*<void*, void> func, void* info, bool wait) =>
        on_each_cpu_cond_mask(null, func, info, wait, mask);

    /// <summary>This CPU waits for another one: in deterministic mode the other one gets its turn.</summary>
    [KernelSource("arch/x86/include/asm/vdso/processor.h", "cpu_relax", Parity.Full)]
    public static void cpu_relax()
    {
        cpu* c = __this_cpu;
        if (c == null)
        {
            Thread.SpinWait(4);
            return;
        }
        sched_host.relax(c);
        if (Volatile.Read(ref c->pending) != 0)
            kernel_irq_c.cpu_point();
    }
}
