// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The clock of the machine, and the nominal costs that move it in deterministic mode.</summary>
public static unsafe class linux_ktime_h
{
    /*
     * What things cost on the deterministic clock, in nanoseconds. The recorded machine was emulated, its CPUs some sixteen
     * times slower than the hardware while its disks were not: what it says of that is 24 MiB written into another task in 78
     * to 95 ms, 14 us a page. Of those, clearing and copying a page word by word is 5 us; the rest is told by the sections
     * with preemption off that the path goes through, nine for a page, some two hundred instructions each.
     */
    public const ulong COST_SECTION = 1000;
    public const ulong COST_SYSCALL = 2000;
    public const ulong COST_FAULT = 1500;
    public const ulong COST_PAGE_CLEAR = 2000;
    public const ulong COST_PAGE_COPY = 3000;
    public const ulong COST_COND_RESCHED = 100;
    public const ulong COST_SWITCH = 10_000;
    public const ulong COST_IRQ = 5000;
    public const ulong COST_BIO = 5000;
    public const ulong COST_REQUEST = 20_000;

    /*
     * A block that ext4 writes is mapped, cleaned, put into a bio, accounted to its owner and found again at the end: some two hundred
     * instructions of loops over the buffers of a folio, with no section of its own among them.
     */
    public const ulong COST_BLOCK_WRITE = 1000;

    public const ktime_t KTIME_MAX = long.MaxValue;
    public const ulong KTIME_SEC_MAX = long.MaxValue / NSEC_PER_SEC;

    /// <summary>The real-time clock at boot: 2026-01-01, the same for every run.</summary>
    private const long REALTIME_AT_BOOT = 1767225600L * NSEC_PER_SEC;

    /// <summary>Time passes on this CPU: in deterministic mode only what is told here makes it pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void spend_ns(ulong ns)
    {
        cpu* c = __this_cpu;
        c->clock += ns;
        if (c->clock >= c->horizon)
            sched_host.horizon_reached(c);
    }

    [KernelSource("include/linux/sched/clock.h", "sched_clock", Parity.Full)]
    public static ulong sched_clock() => sched_host.now();

    [KernelSource("include/linux/sched/clock.h", "local_clock", Parity.Full)]
    public static ulong local_clock() => sched_host.now();

    [KernelSource("include/linux/sched/clock.h", "cpu_clock", Parity.Full)]
    public static ulong cpu_clock(int cpu) =>
        sched_host.deterministic && !sched_host.is_idle(sched_host.cpu_of(cpu)) ? sched_host.cpu_of(cpu)->clock : sched_host.now();

    [KernelSource("kernel/time/timekeeping.c", "ktime_get", Parity.Full)]
    public static ktime_t ktime_get() => (ktime_t)sched_host.now_monotonic();

    [KernelSource("kernel/time/timekeeping.c", "ktime_get_raw", Parity.Full)]
    public static ktime_t ktime_get_raw() => ktime_get();

    [KernelSource("kernel/time/timekeeping.c", "ktime_get_real", Parity.Full)]
    public static ktime_t ktime_get_real() => REALTIME_AT_BOOT + ktime_get();

    [KernelSource("include/linux/timekeeping.h", "ktime_get_boottime", Parity.Full)]
    public static ktime_t ktime_get_boottime() => ktime_get();

    [KernelSource("include/linux/timekeeping.h", "ktime_get_ns", Parity.Full)]
    public static ulong ktime_get_ns() => (ulong)ktime_get();

    [KernelSource("include/linux/timekeeping.h", "ktime_get_boottime_ns", Parity.Full)]
    public static ulong ktime_get_boottime_ns() => (ulong)ktime_get();

    [KernelSource("include/linux/timekeeping.h", "ktime_get_real_ns", Parity.Full)]
    public static ulong ktime_get_real_ns() => (ulong)ktime_get_real();

    [KernelSource("include/linux/timekeeping.h", "ktime_get_mono_fast_ns", Parity.Full)]
    public static ulong ktime_get_mono_fast_ns() => (ulong)ktime_get();

    [KernelSource("kernel/time/timekeeping.c", "ktime_get_seconds", Parity.Full)]
    public static long ktime_get_seconds() => ktime_get() / NSEC_PER_SEC;

    [KernelSource("kernel/time/timekeeping.c", "ktime_get_real_seconds", Parity.Full)]
    public static long ktime_get_real_seconds() => ktime_get_real() / NSEC_PER_SEC;

    [KernelSource("include/linux/timekeeping.h", "ktime_get_boottime_seconds", Parity.Full)]
    public static long ktime_get_boottime_seconds() => ktime_get_seconds();

    [KernelSource("include/linux/ktime.h", "ktime_add", Parity.Full)]
    public static ktime_t ktime_add(ktime_t lhs, ktime_t rhs) => lhs + rhs;

    [KernelSource("include/linux/ktime.h", "ktime_sub", Parity.Full)]
    public static ktime_t ktime_sub(ktime_t lhs, ktime_t rhs) => lhs - rhs;

    [KernelSource("include/linux/ktime.h", "ktime_add_ns", Parity.Full)]
    public static ktime_t ktime_add_ns(ktime_t kt, ulong ns) => kt + (long)ns;

    [KernelSource("include/linux/ktime.h", "ktime_add_us", Parity.Full)]
    public static ktime_t ktime_add_us(ktime_t kt, ulong us) => kt + (long)us * NSEC_PER_USEC;

    [KernelSource("include/linux/ktime.h", "ktime_to_ns", Parity.Full)]
    public static long ktime_to_ns(ktime_t kt) => kt;

    [KernelSource("include/linux/ktime.h", "ktime_to_us", Parity.Full)]
    public static long ktime_to_us(ktime_t kt) => kt / NSEC_PER_USEC;

    [KernelSource("include/linux/ktime.h", "ktime_to_ms", Parity.Full)]
    public static long ktime_to_ms(ktime_t kt) => kt / NSEC_PER_MSEC;

    [KernelSource("include/linux/ktime.h", "ns_to_ktime", Parity.Full)]
    public static ktime_t ns_to_ktime(ulong ns) => (ktime_t)ns;

    [KernelSource("include/linux/ktime.h", "ms_to_ktime", Parity.Full)]
    public static ktime_t ms_to_ktime(ulong ms) => (ktime_t)ms * NSEC_PER_MSEC;

    [KernelSource("include/linux/ktime.h", "ktime_set", Parity.Full)]
    public static ktime_t ktime_set(long secs, ulong nsecs) => secs * NSEC_PER_SEC + (long)nsecs;

    [KernelSource("include/linux/ktime.h", "ktime_before", Parity.Full)]
    public static bool ktime_before(ktime_t cmp1, ktime_t cmp2) => cmp1 < cmp2;

    [KernelSource("include/linux/ktime.h", "ktime_after", Parity.Full)]
    public static bool ktime_after(ktime_t cmp1, ktime_t cmp2) => cmp1 > cmp2;
}
