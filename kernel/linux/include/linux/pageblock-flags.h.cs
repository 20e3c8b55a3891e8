// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_types_h;

namespace Linux;

public static unsafe class linux_pageblock_flags_h
{
    // enum pageblock_bits
    public const int PB_migrate_0 = 0;
    public const int PB_migrate_1 = 1;
    public const int PB_migrate_2 = 2;
    public const int PB_compact_skip = 3;
    public const int __NR_PAGEBLOCK_BITS = 4;

    public const int NR_PAGEBLOCK_BITS = 4;

    public const ulong MIGRATETYPE_MASK = (1UL << PB_migrate_0) | (1UL << PB_migrate_1) | (1UL << PB_migrate_2);
    public const ulong MIGRATETYPE_AND_ISO_MASK = MIGRATETYPE_MASK;

    public const int pageblock_order = linux_huge_mm_h.HPAGE_PMD_ORDER < linux_mmzone_h.PAGE_BLOCK_MAX_ORDER
        ? linux_huge_mm_h.HPAGE_PMD_ORDER : linux_mmzone_h.PAGE_BLOCK_MAX_ORDER;
    public const ulong pageblock_nr_pages = 1UL << pageblock_order;

    [KernelSource("include/linux/pageblock-flags.h", "pageblock_align", Parity.Full)]
    public static ulong pageblock_align(ulong pfn) => (pfn + pageblock_nr_pages - 1) & ~(pageblock_nr_pages - 1);

    [KernelSource("include/linux/pageblock-flags.h", "pageblock_aligned", Parity.Full)]
    public static bool pageblock_aligned(ulong pfn) => (pfn & (pageblock_nr_pages - 1)) == 0;

    [KernelSource("include/linux/pageblock-flags.h", "pageblock_start_pfn", Parity.Full)]
    public static ulong pageblock_start_pfn(ulong pfn) => pfn & ~(pageblock_nr_pages - 1);

    [KernelSource("include/linux/pageblock-flags.h", "pageblock_end_pfn", Parity.Full)]
    public static ulong pageblock_end_pfn(ulong pfn) => pageblock_align(pfn + 1);
}
