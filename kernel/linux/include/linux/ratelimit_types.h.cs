// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public partial struct ratelimit_state
{
    public raw_spinlock_t @lock;
    public int interval;
    public int burst;
    public atomic_t rs_n_left;
    public atomic_t missed;
    public uint flags;
    public ulong begin;
}

public static unsafe partial class linux_ratelimit_types_h
{
    public const int DEFAULT_RATELIMIT_INTERVAL = 5 * CONFIG_HZ;
    public const int DEFAULT_RATELIMIT_BURST = 10;
    public const uint RATELIMIT_MSG_ON_RELEASE = 1 << 0;
    public const uint RATELIMIT_INITIALIZED = 1 << 1;

    /// <summary>For a static: data(RATELIMIT_STATE_INIT(interval, burst)).</summary>
    [KernelSource("include/linux/ratelimit_types.h", "RATELIMIT_STATE_INIT", Parity.Full)]
    public static ratelimit_state RATELIMIT_STATE_INIT(int interval, int burst) => new() { interval = interval, burst = burst };
}
