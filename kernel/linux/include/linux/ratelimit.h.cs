// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_ratelimit_types_h;
using static Linux.linux_sched_h;
using static Linux.linux_spinlock_h;

namespace Linux;

public static unsafe partial class linux_ratelimit_h
{
    [KernelSource("include/linux/ratelimit.h", "ratelimit_state_init", Parity.Full)]
    public static void ratelimit_state_init(ratelimit_state* rs, int interval, int burst)
    {
        *rs = default;

        raw_spin_lock_init(&rs->@lock);
        rs->interval = interval;
        rs->burst = burst;
    }

    [KernelSource("include/linux/ratelimit.h", "ratelimit_default_init", Parity.Full)]
    public static void ratelimit_default_init(ratelimit_state* rs)
        => ratelimit_state_init(rs, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

    [KernelSource("include/linux/ratelimit.h", "ratelimit_state_inc_miss", Parity.Full)]
    public static void ratelimit_state_inc_miss(ratelimit_state* rs) => atomic_inc(&rs->missed);

    [KernelSource("include/linux/ratelimit.h", "ratelimit_state_get_miss", Parity.Full)]
    public static int ratelimit_state_get_miss(ratelimit_state* rs) => atomic_read(&rs->missed);

    [KernelSource("include/linux/ratelimit.h", "ratelimit_state_reset_miss", Parity.Full)]
    public static int ratelimit_state_reset_miss(ratelimit_state* rs) => atomic_xchg(&rs->missed, 0);

    [KernelSource("include/linux/ratelimit.h", "ratelimit_set_flags", Parity.Full)]
    public static void ratelimit_set_flags(ratelimit_state* rs, ulong flags) => rs->flags = (uint)flags;
}
