// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>What a CPU keeps for itself: one cache line that `current`, preemption and per-CPU accesses read.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public unsafe struct cpu
{
    public task_struct* current_task;
    public nint percpu_offset;
    public int preempt_count;
    public uint irqs_disabled;
    public int number;

    /// <summary>Set by anyone, when there is work to do at the next point where interrupts are on.</summary>
    public uint pending;

    public task_struct* idle_task;
}

public static unsafe partial class asm_percpu_h
{
    /// <summary>The CPU that this host thread holds, null outside the kernel.</summary>
    [ThreadStatic]
    public static cpu* __this_cpu;

    public static task_struct* current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => __this_cpu->current_task;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int smp_processor_id() => __this_cpu->number;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int raw_smp_processor_id() => __this_cpu->number;

    public static int get_cpu()
    {
        preempt_disable();
        return smp_processor_id();
    }

    public static void put_cpu() => preempt_enable();
}
