// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>preempt_count with the kernel's bit fields, and interrupts on or off.</summary>
[ContextPrimitive]
public static unsafe class linux_preempt_h
{
    public const int PREEMPT_BITS = 8;
    public const int SOFTIRQ_BITS = 8;
    public const int HARDIRQ_BITS = 4;
    public const int NMI_BITS = 4;
    public const int PREEMPT_SHIFT = 0;
    public const int SOFTIRQ_SHIFT = PREEMPT_SHIFT + PREEMPT_BITS;
    public const int HARDIRQ_SHIFT = SOFTIRQ_SHIFT + SOFTIRQ_BITS;
    public const int NMI_SHIFT = HARDIRQ_SHIFT + HARDIRQ_BITS;
    public const int PREEMPT_MASK = ((1 << PREEMPT_BITS) - 1) << PREEMPT_SHIFT;
    public const int SOFTIRQ_MASK = ((1 << SOFTIRQ_BITS) - 1) << SOFTIRQ_SHIFT;
    public const int HARDIRQ_MASK = ((1 << HARDIRQ_BITS) - 1) << HARDIRQ_SHIFT;
    public const int NMI_MASK = ((1 << NMI_BITS) - 1) << NMI_SHIFT;
    public const int PREEMPT_OFFSET = 1 << PREEMPT_SHIFT;
    public const int SOFTIRQ_OFFSET = 1 << SOFTIRQ_SHIFT;
    public const int HARDIRQ_OFFSET = 1 << HARDIRQ_SHIFT;
    public const int NMI_OFFSET = 1 << NMI_SHIFT;
    public const int SOFTIRQ_DISABLE_OFFSET = 2 * SOFTIRQ_OFFSET;

    [KernelSource("include/linux/preempt.h", "preempt_count", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int preempt_count() => __this_cpu->preempt_count;

    [KernelSource("include/linux/preempt.h", "preempt_count_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void preempt_count_add(int val) => __this_cpu->preempt_count += val;

    [KernelSource("include/linux/preempt.h", "preempt_count_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void preempt_count_sub(int val) => __this_cpu->preempt_count -= val;

    [KernelSource("include/linux/preempt.h", "preempt_disable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PreemptAdjust(1)]
    public static void preempt_disable()
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
    }

    [KernelSource("include/linux/preempt.h", "preempt_enable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PreemptAdjust(-1)]
    public static void preempt_enable() => preempt_enable(__this_cpu);

    /// <summary>preempt_enable for who has looked for its CPU already, with preemption off.</summary>
    [KernelSource("include/linux/preempt.h", "preempt_enable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PreemptAdjust(-1)]
    internal static void preempt_enable(cpu* c)
    {
        c->preempt_count--;
        // pending and counts_time in one: of a parallel machine's sections nearly all end here.
        if (System.Threading.Volatile.Read(ref *(ulong*)&c->pending) != 0)
            section_ends(c);
    }

    /// <summary>What a section takes on the virtual clock, and the point that its end may be.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void section_ends(cpu* c)
    {
        if (c->counts_time != 0)
        {
            c->clock += linux_ktime_h.COST_SECTION;
            if (c->preempt_count == 0 && c->clock >= c->horizon)
                sched_host.horizon_reached(c);
        }

        if (c->preempt_count == 0 && point_pending(c))
            kernel_irq_c.cpu_point();
    }

    [KernelSource("include/linux/preempt.h", "preempt_enable_no_resched", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PreemptAdjust(-1)]
    public static void preempt_enable_no_resched() => __this_cpu->preempt_count--;

    /// <summary>What preempt_enable_no_resched has left out.</summary>
    [KernelSource("include/linux/preempt.h", "preempt_check_resched", Parity.Full)]
    internal static void preempt_check_resched()
    {
        cpu* c = __this_cpu;
        if (c->preempt_count == 0 && point_pending(c))
            kernel_irq_c.cpu_point();
    }

    /// <summary>Whether something waits for this CPU to come to a point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool point_pending(cpu* c) => System.Threading.Volatile.Read(ref c->pending) != 0;

    [KernelSource("include/linux/preempt.h", "migrate_disable", Parity.Full)]
    [MigrateAdjust(1)]
    public static void migrate_disable() => preempt_disable();

    [KernelSource("include/linux/preempt.h", "migrate_enable", Parity.Full)]
    [MigrateAdjust(-1)]
    public static void migrate_enable() => preempt_enable();

    [KernelSource("include/linux/preempt.h", "in_nmi", Parity.Full)]
    public static bool in_nmi() => (preempt_count() & NMI_MASK) != 0;

    [KernelSource("include/linux/preempt.h", "in_hardirq", Parity.Full)]
    public static bool in_hardirq() => (preempt_count() & HARDIRQ_MASK) != 0;

    [KernelSource("include/linux/preempt.h", "in_serving_softirq", Parity.Full)]
    public static bool in_serving_softirq() => (preempt_count() & SOFTIRQ_OFFSET) != 0;

    [KernelSource("include/linux/preempt.h", "in_softirq", Parity.Full)]
    public static bool in_softirq() => (preempt_count() & SOFTIRQ_MASK) != 0;

    [KernelSource("include/linux/preempt.h", "in_interrupt", Parity.Full)]
    public static bool in_interrupt() => (preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_MASK)) != 0;

    [KernelSource("include/linux/preempt.h", "in_task", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool in_task() => (preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET)) == 0;

    [KernelSource("include/linux/preempt.h", "in_atomic", Parity.Full)]
    public static bool in_atomic() => preempt_count() != 0;

    [KernelSource("include/linux/preempt.h", "preemptible", Parity.Full)]
    public static bool preemptible() => preempt_count() == 0 && !irqs_disabled();

    [KernelSource("include/linux/irqflags.h", "irqs_disabled", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool irqs_disabled() => __this_cpu->irqs_disabled != 0;

    [KernelSource("include/linux/irqflags.h", "local_irq_save", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [IrqSave("flags")]
    public static void local_irq_save(out IrqFlags flags)
    {
        cpu* c = __this_cpu;
        flags = new IrqFlags { disabled = c->irqs_disabled };
        c->irqs_disabled = 1;
    }

    [KernelSource("include/linux/irqflags.h", "local_irq_restore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [IrqRestore("flags")]
    public static void local_irq_restore(IrqFlags flags)
    {
        cpu* c = __this_cpu;
        if (prove_locking && flags.disabled == 0 && c->irqs_disabled != 0)
            lockdep.hardirqs_on();
        c->irqs_disabled = (uint)flags.disabled;
        if (System.Threading.Volatile.Read(ref c->pending) != 0)
            kernel_irq_c.cpu_point();
    }

    [KernelSource("include/linux/irqflags.h", "local_irq_disable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [IrqDisable]
    public static void local_irq_disable() => __this_cpu->irqs_disabled = 1;

    [KernelSource("include/linux/irqflags.h", "local_irq_enable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [IrqEnable]
    public static void local_irq_enable()
    {
        cpu* c = __this_cpu;
        if (prove_locking)
            lockdep.hardirqs_on();
        c->irqs_disabled = 0;
        if (System.Threading.Volatile.Read(ref c->pending) != 0)
            kernel_irq_c.cpu_point();
    }
}
