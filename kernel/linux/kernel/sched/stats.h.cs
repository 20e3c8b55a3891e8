// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>What the scheduler tells of its tasks, with the queue's lock held.</summary>
public static unsafe partial class kernel_sched_stats_h
{
    /// <summary>A task is put on a queue: it wakes up, is new, or comes from another CPU.</summary>
    [KernelSource("kernel/sched/stats.h", "psi_enqueue", Parity.Reduced, "no delayed dequeue; who calls says whether it is a move")]
    public static void psi_enqueue(task_struct* p, bool migrated)
    {
        int clear = 0, set = 0;

        if (kernel_sched_psi_c.psi_disabled)
            return;

        if (migrated)
        {
            set = TSK_RUNNING;
            if (p->in_memstall != 0)
                set |= TSK_MEMSTALL | TSK_MEMSTALL_RUNNING;
        }
        else
        {
            if (p->in_iowait != 0)
                clear |= TSK_IOWAIT;
            set = TSK_RUNNING;
            if (p->in_memstall != 0)
                set |= TSK_MEMSTALL_RUNNING;
        }

        kernel_sched_psi_c.psi_task_change(p, clear, set);
    }

    /// <summary>A task leaves a queue for another CPU's. One that goes to sleep is left to psi_sched_switch().</summary>
    [KernelSource("kernel/sched/stats.h", "psi_dequeue", Parity.Reduced, "called for moves only")]
    public static void psi_dequeue(task_struct* p)
    {
        if (kernel_sched_psi_c.psi_disabled)
            return;

        kernel_sched_psi_c.psi_task_change(p, (int)p->psi_flags, 0);
    }

    /// <summary>A sleeper wakes up on another CPU than the one it went to sleep on.</summary>
    [KernelSource("kernel/sched/stats.h", "psi_ttwu_dequeue", Parity.Reduced, "the caller holds the queue's lock")]
    public static void psi_ttwu_dequeue(task_struct* p)
    {
        if (kernel_sched_psi_c.psi_disabled)
            return;
        if (p->psi_flags != 0)
            kernel_sched_psi_c.psi_task_change(p, (int)p->psi_flags, 0);
    }

    [KernelSource("kernel/sched/stats.h", "psi_sched_switch", Parity.Full)]
    public static void psi_sched_switch(task_struct* prev, task_struct* next, bool sleep)
    {
        if (kernel_sched_psi_c.psi_disabled)
            return;

        kernel_sched_psi_c.psi_task_switch(prev, next, sleep);
    }
}
