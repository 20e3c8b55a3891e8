// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>A sum with a delta on each CPU, folded in when it grows past a batch.</summary>
public unsafe partial struct percpu_counter
{
    public raw_spinlock_t @lock;
    public s64 count;
    public list_head list;
    [PerCpu(Remote = true)] public PerCpu<s32>* counters;
}
