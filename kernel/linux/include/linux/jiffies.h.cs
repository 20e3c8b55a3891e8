// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static partial class linux_jiffies_h
{
    public const int HZ = CONFIG_HZ;
    public const long MAX_JIFFY_OFFSET = (long.MaxValue >> 1) - 1;
    public const long MSEC_PER_SEC = 1000;
    public const long USEC_PER_MSEC = 1000;
    public const long NSEC_PER_USEC = 1000;
    public const long NSEC_PER_MSEC = 1000000;
    public const long USEC_PER_SEC = 1000000;
    public const long NSEC_PER_SEC = 1000000000;
    public const long TICK_NSEC = NSEC_PER_SEC / HZ;

    /// <summary>The kernel starts five minutes before the 32-bit wrap, to find who forgets it.</summary>
    public const ulong INITIAL_JIFFIES = unchecked((ulong)(uint)(-300 * HZ));

    internal static ulong jiffies_64 = INITIAL_JIFFIES;

    public static ulong jiffies
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => READ_ONCE(ref jiffies_64);
    }

    [KernelSource("include/linux/jiffies.h", "time_after", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool time_after(ulong a, ulong b) => (long)(b - a) < 0;

    [KernelSource("include/linux/jiffies.h", "time_before", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool time_before(ulong a, ulong b) => time_after(b, a);

    [KernelSource("include/linux/jiffies.h", "time_after_eq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool time_after_eq(ulong a, ulong b) => (long)(a - b) >= 0;

    [KernelSource("include/linux/jiffies.h", "time_before_eq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool time_before_eq(ulong a, ulong b) => time_after_eq(b, a);

    [KernelSource("include/linux/jiffies.h", "time_in_range", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool time_in_range(ulong a, ulong b, ulong c) => time_after_eq(a, b) && time_before_eq(a, c);

    [KernelSource("include/linux/jiffies.h", "time_is_before_jiffies", Parity.Full)]
    public static bool time_is_before_jiffies(ulong a) => time_after(jiffies, a);

    [KernelSource("include/linux/jiffies.h", "time_is_after_jiffies", Parity.Full)]
    public static bool time_is_after_jiffies(ulong a) => time_before(jiffies, a);

    [KernelSource("include/linux/jiffies.h", "time_after64", Parity.Full)]
    public static bool time_after64(ulong a, ulong b) => (long)(b - a) < 0;

    [KernelSource("include/linux/jiffies.h", "time_before64", Parity.Full)]
    public static bool time_before64(ulong a, ulong b) => time_after64(b, a);

    [KernelSource("include/linux/jiffies.h", "get_jiffies_64", Parity.Full)]
    public static ulong get_jiffies_64() => jiffies;

    [KernelSource("include/linux/jiffies.h", "msecs_to_jiffies", Parity.Full)]
    public static ulong msecs_to_jiffies(uint m) =>
        (int)m < 0 ? (ulong)MAX_JIFFY_OFFSET : ((ulong)m + (MSEC_PER_SEC / HZ) - 1) / (MSEC_PER_SEC / HZ);

    [KernelSource("include/linux/jiffies.h", "usecs_to_jiffies", Parity.Full)]
    public static ulong usecs_to_jiffies(uint u) => ((ulong)u + (USEC_PER_SEC / HZ) - 1) / (USEC_PER_SEC / HZ);

    [KernelSource("include/linux/jiffies.h", "nsecs_to_jiffies", Parity.Full)]
    public static ulong nsecs_to_jiffies(ulong n) => n / (ulong)TICK_NSEC;

    [KernelSource("kernel/time/time.c", "jiffies_to_msecs", Parity.Full)]
    public static uint jiffies_to_msecs(ulong j) => (uint)(j * (ulong)(MSEC_PER_SEC / HZ));

    [KernelSource("kernel/time/time.c", "jiffies_to_usecs", Parity.Full)]
    public static uint jiffies_to_usecs(ulong j) => (uint)(j * (ulong)(USEC_PER_SEC / HZ));

    [KernelSource("include/linux/jiffies.h", "jiffies_to_nsecs", Parity.Full)]
    public static ulong jiffies_to_nsecs(ulong j) => j * (ulong)TICK_NSEC;

    [KernelSource("include/linux/jiffies.h", "jiffies64_to_nsecs", Parity.Full)]
    public static ulong jiffies64_to_nsecs(ulong j) => j * (ulong)TICK_NSEC;
}
