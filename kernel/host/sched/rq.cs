// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;

namespace Linux;

// The run queue's lock, for who counts tasks by their state.
public static unsafe partial class kernel_sched_core_c
{
    /// <summary>The task on a CPU.</summary>
    [KernelSource("kernel/sched/sched.h", "cpu_curr", Parity.Full)]
    internal static task_struct* cpu_curr(int cpu) => cpus[cpu].current_task;

    [KernelSource("kernel/sched/sched.h", "this_rq_lock_irq", Parity.Full)]
    internal static cpu* this_rq_lock_irq()
    {
        local_irq_disable();
        cpu* rq = __this_cpu;
        host_lock.acquire(ref rq->rq_lock);
        return rq;
    }

    [KernelSource("kernel/sched/sched.h", "rq_lock_irq", Parity.Full)]
    internal static cpu* rq_lock_irq(int cpu)
    {
        local_irq_disable();
        cpu* rq = cpus + cpu;
        host_lock.acquire(ref rq->rq_lock);
        return rq;
    }

    [KernelSource("kernel/sched/sched.h", "rq_unlock_irq", Parity.Full)]
    internal static void rq_unlock_irq(cpu* rq)
    {
        host_lock.release(ref rq->rq_lock);
        local_irq_enable();
    }

    [KernelSource("kernel/sched/core.c", "task_rq_lock", Parity.Reduced, "the queue's lock alone: there is no pi_lock")]
    internal static cpu* task_rq_lock(task_struct* p, out IrqFlags flags)
    {
        local_irq_save(out flags);
        return task_rq_lock(p);
    }

    [KernelSource("kernel/sched/sched.h", "task_rq_unlock", Parity.Full)]
    internal static void task_rq_unlock(cpu* rq, task_struct* p, IrqFlags flags)
    {
        host_lock.release(ref rq->rq_lock);
        local_irq_restore(flags);
    }

    [KernelSource("kernel/sched/sched.h", "lockdep_assert_rq_held", Parity.Full)]
    [Conditional("DEBUG")]
    internal static void lockdep_assert_rq_held(int cpu) => VM_BUG_ON(cpus[cpu].rq_lock == 0);
}
