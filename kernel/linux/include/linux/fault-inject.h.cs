// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>
/// Which calls of one kind are to fail. probability 100, times 1 and interval n make the n-th call fail, and no other.
/// </summary>
public struct fault_attr
{
    public ulong probability; // in percent
    public ulong interval;
    public atomic_t times; // -1 is without end
    public atomic_t space; // bytes that may still pass
    public ulong verbose;
    public bool task_filter;
    public ulong count; // of the calls, while interval is more than 1
}

public static unsafe partial class linux_fault_inject_h
{
    public const int FAULT_NOWARN = 1 << 0;

    public static fault_attr FAULT_ATTR_INITIALIZER => new()
    {
        interval = 1,
        times = new atomic_t { counter = 1 },
        verbose = 2,
    };
}
