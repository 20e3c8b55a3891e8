// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_sched_isolation_h
{
    /// <summary>The CPUs of isolcpus=, which are to be left alone: no kernel work is put there.</summary>
    public static readonly cpumask* cpu_isolated_mask = bss<cpumask>();

    [KernelSource("include/linux/sched/isolation.h", "cpu_is_isolated", Parity.Reduced, "isolcpus= alone: no nohz_full, no cpusets")]
    public static bool cpu_is_isolated(int cpu) => cpumask_test_cpu(cpu, cpu_isolated_mask);
}
