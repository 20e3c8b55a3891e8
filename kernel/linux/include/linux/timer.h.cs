// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public unsafe struct timer_list
{
    public hlist_node entry;
    public ulong expires;
    public delegate*<timer_list*, void> function;
    public uint flags;
}

/// <summary>An event at a moment of the clock; the heap that holds it keeps its place in the node.</summary>
public unsafe struct hrtimer
{
    public ktime_t expires;
    public delegate*<hrtimer*, int> function;
    public ulong seq;
    public int index;
    public int cpu;
}
