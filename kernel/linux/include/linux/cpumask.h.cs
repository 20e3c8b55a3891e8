// SPDX-License-Identifier: GPL-2.0-only
// Sets of CPUs: up to 64, so that a set is one word.
using static Linux.linux_bitmap_h;
using static Linux.linux_find_h;

namespace Linux;

public unsafe struct cpumask
{
    public fixed ulong bits[1];
}

/// <summary>The CPUs of a mask in rising order, read again at each step as for_each_cpu does.</summary>
public unsafe struct cpu_enumerator
{
    private readonly cpumask* mask;
    private int cpu;

    public cpu_enumerator(cpumask* mask)
    {
        this.mask = mask;
        cpu = -1;
    }

    public readonly int Current => cpu;

    public bool MoveNext()
    {
        cpu = linux_cpumask_h.cpumask_next(cpu, mask);
        return cpu < linux_cpumask_h.nr_cpu_ids;
    }

    public readonly cpu_enumerator GetEnumerator() => this;
}

public static unsafe partial class linux_cpumask_h
{
    /// <summary>One past the highest possible CPU; set at boot.</summary>
    public static uint nr_cpu_ids = NR_CPUS;

    public static readonly cpumask* cpu_possible_mask = bss<cpumask>();
    public static readonly cpumask* cpu_online_mask = bss<cpumask>();
    public static readonly cpumask* cpu_present_mask = bss<cpumask>();
    public static readonly cpumask* cpu_active_mask = bss<cpumask>();

    [KernelSource("include/linux/cpumask.h", "cpumask_bits", Parity.Full)]
    public static ulong* cpumask_bits(cpumask* maskp) => maskp->bits;

    [KernelSource("include/linux/cpumask.h", "set_nr_cpu_ids", Parity.Full)]
    public static void set_nr_cpu_ids(uint nr) => nr_cpu_ids = nr;

    [KernelSource("include/linux/cpumask.h", "cpumask_first", Parity.Full)]
    public static int cpumask_first(cpumask* srcp) => (int)find_first_bit(srcp->bits, nr_cpu_ids);

    [KernelSource("include/linux/cpumask.h", "cpumask_first_zero", Parity.Full)]
    public static int cpumask_first_zero(cpumask* srcp) => (int)find_first_zero_bit(srcp->bits, nr_cpu_ids);

    [KernelSource("include/linux/cpumask.h", "cpumask_first_and", Parity.Full)]
    public static int cpumask_first_and(cpumask* srcp1, cpumask* srcp2)
        => (int)find_first_and_bit(srcp1->bits, srcp2->bits, nr_cpu_ids);

    [KernelSource("include/linux/cpumask.h", "cpumask_last", Parity.Full)]
    public static int cpumask_last(cpumask* srcp) => (int)find_last_bit(srcp->bits, nr_cpu_ids);

    [KernelSource("include/linux/cpumask.h", "cpumask_next", Parity.Full)]
    public static int cpumask_next(int n, cpumask* srcp) => (int)find_next_bit(srcp->bits, nr_cpu_ids, (ulong)(n + 1));

    [KernelSource("include/linux/cpumask.h", "cpumask_next_zero", Parity.Full)]
    public static int cpumask_next_zero(int n, cpumask* srcp) => (int)find_next_zero_bit(srcp->bits, nr_cpu_ids, (ulong)(n + 1));

    [KernelSource("include/linux/cpumask.h", "cpumask_next_and", Parity.Full)]
    public static int cpumask_next_and(int n, cpumask* src1p, cpumask* src2p)
        => (int)find_next_and_bit(src1p->bits, src2p->bits, nr_cpu_ids, (ulong)(n + 1));

    [KernelSource("include/linux/cpumask.h", "cpumask_next_wrap", Parity.Full)]
    public static int cpumask_next_wrap(int n, cpumask* src)
    {
        int cpu = cpumask_next(n, src);

        return cpu < nr_cpu_ids ? cpu : cpumask_first(src);
    }

    [KernelSource("include/linux/cpumask.h", "cpumask_any", Parity.Full)]
    public static int cpumask_any(cpumask* srcp) => cpumask_first(srcp);

    [KernelSource("include/linux/cpumask.h", "for_each_cpu", Parity.Full)]
    public static cpu_enumerator for_each_cpu(cpumask* mask) => new(mask);

    [KernelSource("include/linux/cpumask.h", "for_each_possible_cpu", Parity.Full)]
    public static cpu_enumerator for_each_possible_cpu() => new(cpu_possible_mask);

    [KernelSource("include/linux/cpumask.h", "for_each_online_cpu", Parity.Full)]
    public static cpu_enumerator for_each_online_cpu() => new(cpu_online_mask);

    [KernelSource("include/linux/cpumask.h", "for_each_present_cpu", Parity.Full)]
    public static cpu_enumerator for_each_present_cpu() => new(cpu_present_mask);

    [KernelSource("include/linux/cpumask.h", "cpumask_set_cpu", Parity.Full)]
    public static void cpumask_set_cpu(int cpu, cpumask* dstp) => set_bit(cpu, dstp->bits);

    [KernelSource("include/linux/cpumask.h", "__cpumask_set_cpu", Parity.Full)]
    public static void __cpumask_set_cpu(int cpu, cpumask* dstp) => __set_bit(cpu, dstp->bits);

    [KernelSource("include/linux/cpumask.h", "cpumask_clear_cpu", Parity.Full)]
    public static void cpumask_clear_cpu(int cpu, cpumask* dstp) => clear_bit(cpu, dstp->bits);

    [KernelSource("include/linux/cpumask.h", "__cpumask_clear_cpu", Parity.Full)]
    public static void __cpumask_clear_cpu(int cpu, cpumask* dstp) => __clear_bit(cpu, dstp->bits);

    [KernelSource("include/linux/cpumask.h", "cpumask_test_cpu", Parity.Full)]
    public static bool cpumask_test_cpu(int cpu, cpumask* cpumask) => test_bit(cpu, cpumask->bits);

    [KernelSource("include/linux/cpumask.h", "cpumask_test_and_set_cpu", Parity.Full)]
    public static bool cpumask_test_and_set_cpu(int cpu, cpumask* cpumask) => test_and_set_bit(cpu, cpumask->bits);

    [KernelSource("include/linux/cpumask.h", "cpumask_test_and_clear_cpu", Parity.Full)]
    public static bool cpumask_test_and_clear_cpu(int cpu, cpumask* cpumask) => test_and_clear_bit(cpu, cpumask->bits);

    [KernelSource("include/linux/cpumask.h", "cpumask_setall", Parity.Full)]
    public static void cpumask_setall(cpumask* dstp) => bitmap_set(dstp->bits, 0, nr_cpu_ids);

    [KernelSource("include/linux/cpumask.h", "cpumask_size", Parity.Full)]
    public static uint cpumask_size() => (uint)sizeof(cpumask);

    [KernelSource("include/linux/cpumask.h", "cpumask_clear", Parity.Full)]
    public static void cpumask_clear(cpumask* dstp) => bitmap_zero(dstp->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_and", Parity.Full)]
    public static bool cpumask_and(cpumask* dstp, cpumask* src1p, cpumask* src2p)
        => bitmap_and(dstp->bits, src1p->bits, src2p->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_or", Parity.Full)]
    public static void cpumask_or(cpumask* dstp, cpumask* src1p, cpumask* src2p)
        => bitmap_or(dstp->bits, src1p->bits, src2p->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_andnot", Parity.Full)]
    public static bool cpumask_andnot(cpumask* dstp, cpumask* src1p, cpumask* src2p)
        => bitmap_andnot(dstp->bits, src1p->bits, src2p->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_equal", Parity.Full)]
    public static bool cpumask_equal(cpumask* src1p, cpumask* src2p) => bitmap_equal(src1p->bits, src2p->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_intersects", Parity.Full)]
    public static bool cpumask_intersects(cpumask* src1p, cpumask* src2p) => bitmap_intersects(src1p->bits, src2p->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_empty", Parity.Full)]
    public static bool cpumask_empty(cpumask* srcp) => bitmap_empty(srcp->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_weight", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint cpumask_weight(cpumask* srcp) => bitmap_weight(srcp->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "cpumask_copy", Parity.Full)]
    public static void cpumask_copy(cpumask* dstp, cpumask* srcp) => bitmap_copy(dstp->bits, srcp->bits, NR_CPUS);

    [KernelSource("include/linux/cpumask.h", "num_online_cpus", Parity.Reduced, "counts the mask: the kernel keeps the count beside it for speed")]
    public static uint num_online_cpus() => cpumask_weight(cpu_online_mask);

    [KernelSource("include/linux/cpumask.h", "num_possible_cpus", Parity.Full)]
    public static uint num_possible_cpus() => cpumask_weight(cpu_possible_mask);

    [KernelSource("include/linux/cpumask.h", "num_present_cpus", Parity.Full)]
    public static uint num_present_cpus() => cpumask_weight(cpu_present_mask);

    [KernelSource("include/linux/cpumask.h", "cpu_online", Parity.Full)]
    public static bool cpu_online(int cpu) => cpumask_test_cpu(cpu, cpu_online_mask);

    [KernelSource("include/linux/cpumask.h", "cpu_possible", Parity.Full)]
    public static bool cpu_possible(int cpu) => cpumask_test_cpu(cpu, cpu_possible_mask);

    [KernelSource("include/linux/cpumask.h", "cpu_present", Parity.Full)]
    public static bool cpu_present(int cpu) => cpumask_test_cpu(cpu, cpu_present_mask);

    [KernelSource("include/linux/cpumask.h", "set_cpu_possible", Parity.Full)]
    public static void set_cpu_possible(int cpu, bool possible) => linux_bitops_h.assign_bit(cpu, cpu_possible_mask->bits, possible);

    [KernelSource("include/linux/cpumask.h", "set_cpu_present", Parity.Full)]
    public static void set_cpu_present(int cpu, bool present) => linux_bitops_h.assign_bit(cpu, cpu_present_mask->bits, present);

    [KernelSource("include/linux/cpumask.h", "set_cpu_active", Parity.Full)]
    public static void set_cpu_active(int cpu, bool active) => linux_bitops_h.assign_bit(cpu, cpu_active_mask->bits, active);

    [KernelSource("kernel/cpu.c", "set_cpu_online", Parity.Reduced, "no count beside the mask")]
    public static void set_cpu_online(int cpu, bool online) => linux_bitops_h.assign_bit(cpu, cpu_online_mask->bits, online);
}
