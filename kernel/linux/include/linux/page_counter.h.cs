// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_atomic_h;
using static Linux.linux_cache_h;
using static Linux.asm_page_h;

namespace Linux;

/// <summary>
/// 192 bytes, three cache lines: the usage that every charge writes, the protection sums and watermarks it may write,
/// the limits it only reads. Whoever embeds one puts it on a cache-line boundary.
/// </summary>
public unsafe struct page_counter
{
    // Alone in its line: every charge in the subtree adds to it.
    public atomic_long_t usage;
    public ulong failcnt; // v1 only
    private fixed ulong _pad1_[6];

    // Effective memory.min, and what of the usage it covers.
    public ulong emin;
    public atomic_long_t min_usage;
    public atomic_long_t children_min_usage;

    // Effective memory.low, and what of the usage it covers.
    public ulong elow;
    public atomic_long_t low_usage;
    public atomic_long_t children_low_usage;

    public ulong watermark;
    // The watermark since the last reset through a peak file.
    public ulong local_watermark;

    // Read-mostly from here on: offset 128.
    public bool protection_support;
    public bool track_failcnt;
    [Marked]
    public ulong min;
    [Marked]
    public ulong low;
    [Marked]
    public ulong high;
    public ulong max;
    public page_counter* parent;
    private fixed ulong _pad3_[2];
}

public static unsafe partial class linux_page_counter_h
{
    private const string H = "include/linux/page_counter.h";

    public const ulong PAGE_COUNTER_MAX = (ulong)long.MaxValue / 4096;

    /// <summary>The counter starts at 0 with no limit; the other limits are the caller's to set.</summary>
    [KernelSource(H, "page_counter_init", Parity.Full)]
    public static void page_counter_init(page_counter* counter, page_counter* parent, bool protection_support)
    {
        counter->usage = default;
        counter->max = PAGE_COUNTER_MAX;
        counter->parent = parent;
        counter->protection_support = protection_support;
        counter->track_failcnt = false;
    }

    [KernelSource(H, "page_counter_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong page_counter_read(page_counter* counter) => (ulong)atomic_long_read((atomic_long_t*)counter);

    [KernelSource(H, "page_counter_set_high", Parity.Full)]
    public static void page_counter_set_high(page_counter* counter, ulong nr_pages) =>
        WRITE_ONCE(&counter->high, nr_pages);

    [KernelSource(H, "page_counter_reset_watermark", Parity.Full)]
    public static void page_counter_reset_watermark(page_counter* counter)
    {
        ulong usage = page_counter_read(counter);

        // The local one first, so that it stays at or below the other.
        counter->local_watermark = usage;
        counter->watermark = usage;
    }
}
