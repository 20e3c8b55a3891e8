// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Softirqs off and on for this CPU.</summary>
[ContextPrimitive]
public static unsafe partial class linux_bottom_half_h
{
    [KernelSource("include/linux/bottom_half.h", "local_bh_disable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [BhAdjust(1)]
    public static void local_bh_disable() => preempt_count_add(SOFTIRQ_DISABLE_OFFSET);

    [KernelSource("include/linux/bottom_half.h", "local_bh_enable", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [BhAdjust(-1)]
    public static void local_bh_enable()
    {
        cpu* c = __this_cpu;
        c->preempt_count -= SOFTIRQ_DISABLE_OFFSET;
        if (System.Threading.Volatile.Read(ref c->pending) != 0)
            kernel_irq_c.cpu_point();
    }
}
