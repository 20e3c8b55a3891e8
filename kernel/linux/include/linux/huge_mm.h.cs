// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_page_flags_h;
using static Linux.mm_huge_memory_c;

namespace Linux;

// Large folios are those of files: the machine's user has turned transparent huge pages off, so that anonymous memory is of
// single pages, and tmpfs is, too, as it was mounted without huge=. Nothing is mapped by a PMD.
public static unsafe partial class linux_huge_mm_h
{
    public const int HPAGE_PMD_SHIFT = PMD_SHIFT;
    public const ulong HPAGE_PMD_SIZE = 1UL << HPAGE_PMD_SHIFT;
    public const ulong HPAGE_PMD_MASK = ~(HPAGE_PMD_SIZE - 1);
    public const int HPAGE_PMD_ORDER = HPAGE_PMD_SHIFT - PAGE_SHIFT;
    public const int HPAGE_PMD_NR = 1 << HPAGE_PMD_ORDER;

    // enum mthp_stat_item
    public const int MTHP_STAT_ANON_FAULT_ALLOC = 0;
    public const int MTHP_STAT_ANON_FAULT_FALLBACK = 1;
    public const int MTHP_STAT_ANON_FAULT_FALLBACK_CHARGE = 2;
    public const int MTHP_STAT_ZSWPOUT = 3;
    public const int MTHP_STAT_SWPIN = 4;
    public const int MTHP_STAT_SWPOUT = 7;
    public const int MTHP_STAT_SWPOUT_FALLBACK = 8;
    public const int MTHP_STAT_SPLIT = 12;
    public const int MTHP_STAT_SPLIT_FAILED = 13;
    public const int MTHP_STAT_NR_ANON = 15;
    public const int __MTHP_STAT_COUNT = 17;

    /// <summary>What happened to folios of each order; orders 1 to PMD_ORDER.</summary>
    public struct mthp_stat
    {
        public fixed ulong stats[(HPAGE_PMD_ORDER + 1) * __MTHP_STAT_COUNT];
    }

    public static readonly PerCpu<mthp_stat>* mthp_stats = DEFINE_PER_CPU<mthp_stat>();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->stats")]
    private static PerCpu<ulong>* stats_of(PerCpu<mthp_stat>* p) => percpu_member(p, ref layout_of(p).stats[0]);

    // enum tva_type
    public const int TVA_PAGEFAULT = 1;

    [KernelSource("include/linux/huge_mm.h", "folio_test_pmd_mappable", Parity.Full)]
    public static bool folio_test_pmd_mappable(folio* folio) => folio_order(folio) >= HPAGE_PMD_ORDER;

    [KernelSource("include/linux/huge_mm.h", "mod_mthp_stat", Parity.Full)]
    public static void mod_mthp_stat(uint order, int item, int delta)
    {
        if ((int)order <= 0 || order > PMD_ORDER)
            return;

        this_cpu_add(&stats_of(mthp_stats)[(order * __MTHP_STAT_COUNT) + (uint)item], (ulong)delta);
    }

    [KernelSource("include/linux/huge_mm.h", "count_mthp_stat", Parity.Full)]
    public static void count_mthp_stat(uint order, int item) => mod_mthp_stat(order, item, 1);

    /// <summary>Whether a folio of this order, at its place in the file, fits into the VMA around an address.</summary>
    [KernelSource("include/linux/huge_mm.h", "thp_vma_suitable_order", Parity.Full)]
    public static bool thp_vma_suitable_order(vm_area_struct* vma, ulong addr, int order)
    {
        ulong hpage_size = PAGE_SIZE << order;

        // Anonymous memory is at no offset of anything.
        if (!vma_is_anonymous(vma) && !IS_ALIGNED((vma->vm_start >> PAGE_SHIFT) - vma->vm_pgoff, hpage_size >> PAGE_SHIFT))
            return false;

        ulong haddr = ALIGN_DOWN(addr, hpage_size);

        return haddr >= vma->vm_start && haddr + hpage_size <= vma->vm_end;
    }

    /// <summary>Of the orders those that fit around an address.</summary>
    [KernelSource("include/linux/huge_mm.h", "thp_vma_suitable_orders", Parity.Full)]
    public static ulong thp_vma_suitable_orders(vm_area_struct* vma, ulong addr, ulong orders)
    {
        int order = highest_order(orders);

        // Where one fits, all smaller ones do.
        while (orders != 0)
        {
            if (thp_vma_suitable_order(vma, addr, order))
                break;
            order = next_order(&orders, order);
        }

        return orders;
    }

    [KernelSource("include/linux/huge_mm.h", "thp_vma_allowable_orders", Parity.Reduced, "transparent_hugepage/enabled is never")]
    public static ulong thp_vma_allowable_orders(vm_area_struct* vma, ulong vm_flags, int type, ulong orders) => 0;

    [KernelSource("include/linux/huge_mm.h", "try_folio_split_to_order", Parity.Full)]
    public static int try_folio_split_to_order(folio* folio, page* page, uint new_order)
    {
        if (!folio_split_supported(folio, new_order, false, false))
            return split_huge_page_to_list_to_order(&folio->page, null, new_order);
        return folio_split(folio, new_order, page, null);
    }

    [KernelSource("include/linux/huge_mm.h", "split_folio", Parity.Full)]
    public static int split_folio(folio* folio) => split_folio_to_list(folio, null);

    [KernelSource("mm/huge_memory.c", "deferred_split_folio", Parity.Stub, "for anonymous memory, which is of single pages")]
    public static void deferred_split_folio(folio* folio, bool partially_mapped) => VM_WARN_ON_FOLIO(true, folio);

    // The huge zero folio is made when anonymous memory is read that may be huge: never.
    private static readonly folio* huge_zero_folio = null;
    private const ulong huge_zero_pfn = ~0UL;

    [KernelSource("include/linux/huge_mm.h", "is_huge_zero_folio", Parity.Full)]
    public static bool is_huge_zero_folio(folio* folio)
    {
        VM_WARN_ON_ONCE(folio == null);

        return folio == huge_zero_folio;
    }

    [KernelSource("include/linux/huge_mm.h", "is_huge_zero_pfn", Parity.Full)]
    public static bool is_huge_zero_pfn(ulong pfn) => (pfn & ~((ulong)HPAGE_PMD_NR - 1)) == huge_zero_pfn;

    [KernelSource("include/linux/huge_mm.h", "thp_migration_supported", Parity.Full)]
    public static bool thp_migration_supported() => CONFIG_MIGRATION;

    [KernelSource("include/linux/huge_mm.h", "highest_order", Parity.Full)]
    public static int highest_order(ulong orders) => fls_long(orders) - 1;

    [KernelSource("include/linux/huge_mm.h", "next_order", Parity.Full)]
    public static int next_order(ulong* orders, int prev)
    {
        *orders &= ~(1UL << prev);
        return highest_order(*orders);
    }

    [KernelSource("include/linux/huge_mm.h", "vma_adjust_trans_huge", Parity.Stub, "nothing is mapped by a PMD")]
    public static void vma_adjust_trans_huge(vm_area_struct* vma, ulong start, ulong end, vm_area_struct* next)
    {
    }

    [KernelSource("include/linux/huge_mm.h", "thp_order", Parity.Full)]
    public static uint thp_order(page* page)
    {
        VM_BUG_ON_PGFLAGS(PageTail(page), page);
        return compound_order(page);
    }
}
