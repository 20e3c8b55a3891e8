// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>Work to be done in interrupt context on the CPU that asked for it.</summary>
public unsafe struct irq_work
{
    public llist_node node;
    public atomic_t flags;
    public delegate*<irq_work*, void> func;
}

public static unsafe partial class linux_irq_work_h
{
    private const int IRQ_WORK_PENDING = 1 << 0;
    private const int IRQ_WORK_BUSY = 1 << 1;

    [KernelSource("include/linux/irq_work.h", "init_irq_work", Parity.Full)]
    public static void init_irq_work(irq_work* work, delegate*<irq_work*, void> func) => *work = new irq_work { func = func };

    [KernelSource("include/linux/irq_work.h", "irq_work_is_busy", Parity.Full)]
    public static bool irq_work_is_busy(irq_work* work) => (atomic_read(&work->flags) & IRQ_WORK_BUSY) != 0;

    [KernelSource("kernel/irq_work.c", "irq_work_queue", Parity.Reduced, "no list of a CPU's work: each is an interrupt of its own")]
    public static bool irq_work_queue(irq_work* work)
    {
        if ((atomic_fetch_or(IRQ_WORK_PENDING | IRQ_WORK_BUSY, &work->flags) & IRQ_WORK_PENDING) != 0)
            return false;

        preempt_disable();
        raise_device_irq(smp_processor_id(), &irq_work_single, work);
        preempt_enable();
        return true;
    }

    [KernelSource("kernel/irq_work.c", "irq_work_single", Parity.Reduced, "takes the work as an interrupt's argument")]
    private static void irq_work_single(void* arg)
    {
        irq_work* work = (irq_work*)arg;

        // Whoever queues it from here on wants it run once more.
        int flags = atomic_fetch_andnot(IRQ_WORK_PENDING, &work->flags) & ~IRQ_WORK_PENDING;
        work->func(work);
        atomic_cmpxchg(&work->flags, flags, flags & ~IRQ_WORK_BUSY);
    }

    [KernelSource("kernel/irq_work.c", "irq_work_sync", Parity.Full)]
    [MightSleep]
    public static void irq_work_sync(irq_work* work)
    {
        might_sleep();
        while (irq_work_is_busy(work))
            cpu_relax();
    }
}
