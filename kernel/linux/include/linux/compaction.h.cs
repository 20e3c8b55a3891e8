// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class linux_compaction_h
{
    /// <summary>Free pages, beyond the order's own, that compaction would want; in pages.</summary>
    [KernelSource("include/linux/compaction.h", "compact_gap", Parity.Full)]
    public static ulong compact_gap(uint order) => 2UL << (int)order;
}
