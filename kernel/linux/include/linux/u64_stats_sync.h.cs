// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Nothing at all where 64-bit loads and stores are whole.</summary>
public struct u64_stats_sync
{
}

public static unsafe partial class linux_u64_stats_sync_h
{
    [KernelSource("include/linux/u64_stats_sync.h", "u64_stats_init", Parity.Full)]
    public static void u64_stats_init(u64_stats_sync* syncp)
    {
    }

    [KernelSource("include/linux/u64_stats_sync.h", "u64_stats_update_begin_irqsave", Parity.Full)]
    public static IrqFlags u64_stats_update_begin_irqsave(u64_stats_sync* syncp) => default;

    [KernelSource("include/linux/u64_stats_sync.h", "u64_stats_update_end_irqrestore", Parity.Full)]
    public static void u64_stats_update_end_irqrestore(u64_stats_sync* syncp, IrqFlags flags)
    {
    }

    [KernelSource("include/linux/u64_stats_sync.h", "__u64_stats_fetch_begin", Parity.Full)]
    public static uint __u64_stats_fetch_begin(u64_stats_sync* syncp) => 0;

    [KernelSource("include/linux/u64_stats_sync.h", "__u64_stats_fetch_retry", Parity.Full)]
    public static bool __u64_stats_fetch_retry(u64_stats_sync* syncp, uint start) => false;
}
