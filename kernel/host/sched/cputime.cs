// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_kernel_stat_h;

namespace Linux;

public unsafe struct kernel_cpustat
{
    public fixed ulong cpustat[NR_STATS];
}

/// <summary>kernel/sched/cputime.c: whose time it was, by the tick.</summary>
public static unsafe class kernel_sched_cputime_c
{
    [PerCpu(Remote = true)]
    public static readonly PerCpu<kernel_cpustat>* kernel_cpustat = DEFINE_PER_CPU<kernel_cpustat>();

    [KernelSource("include/linux/kernel_stat.h", "kcpustat_cpu_fetch", Parity.Full)]
    public static void kcpustat_cpu_fetch(kernel_cpustat* dst, int cpu) => *dst = *per_cpu_ptr(kernel_cpustat, cpu);

    // The root's share is in the CPU's own statistics; the groups get the rest.
    [KernelSource("kernel/sched/cputime.c", "task_group_account_field", Parity.Full)]
    [RequiresPreemptOff]
    private static void task_group_account_field(task_struct* p, int index, ulong tmp)
    {
        this_cpu_ptr(kernel_cpustat)->cpustat[index] += tmp;

        cgroup_account_cputime_field(p, index, tmp);
    }

    [KernelSource("kernel/sched/cputime.c", "account_user_time", Parity.Reduced, "no POSIX timers, no nice, no process accounting")]
    [RequiresPreemptOff]
    internal static void account_user_time(task_struct* p, ulong cputime)
    {
        p->utime += cputime;
        task_group_account_field(p, CPUTIME_USER, cputime);
    }

    [KernelSource("kernel/sched/cputime.c", "account_system_index_time", Parity.Reduced, "no POSIX timers, no process accounting")]
    [RequiresPreemptOff]
    private static void account_system_index_time(task_struct* p, ulong cputime, int index)
    {
        p->stime += cputime;
        task_group_account_field(p, index, cputime);
    }

    [KernelSource("kernel/sched/cputime.c", "account_system_time", Parity.Reduced, "no guests; interrupts are not told apart")]
    [RequiresPreemptOff]
    internal static void account_system_time(task_struct* p, ulong cputime) => account_system_index_time(p, cputime, CPUTIME_SYSTEM);

    // The run time is exact and the ticks are not: they give the proportion, and neither part ever goes back.
    [KernelSource("kernel/sched/cputime.c", "cputime_adjust", Parity.Full)]
    public static void cputime_adjust(task_cputime* curr, prev_cputime* prev, ulong* ut, ulong* st)
    {
        ulong rtime, stime, utime;

        raw_spin_lock_irqsave(&prev->@lock, out IrqFlags flags);
        rtime = curr->sum_exec_runtime;

        if (prev->stime + prev->utime >= rtime)
            goto @out;

        stime = curr->stime;
        utime = curr->utime;

        // without a tick yet it is all the user's
        if (stime == 0) {
            utime = rtime;
            goto update;
        }

        if (utime == 0) {
            stime = rtime;
            goto update;
        }

        stime = mul_u64_u64_div_u64(stime, rtime, stime + utime);
        if (stime > rtime)
            stime = rtime;

    update:
        if (stime < prev->stime)
            stime = prev->stime;
        utime = rtime - stime;

        if (utime < prev->utime) {
            utime = prev->utime;
            stime = rtime - utime;
        }

        prev->stime = stime;
        prev->utime = utime;
    @out:
        *ut = prev->utime;
        *st = prev->stime;
        raw_spin_unlock_irqrestore(&prev->@lock, flags);
    }
}
