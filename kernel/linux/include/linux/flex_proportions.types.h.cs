// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>All events, of which each fprop_local_percpu has its share; old ones count half with each period.</summary>
public partial struct fprop_global
{
    public percpu_counter events;
    public uint period;
    public seqcount_t sequence;
}

public partial struct fprop_local_percpu
{
    public percpu_counter events;
    public uint period;
    public raw_spinlock_t @lock;
}
