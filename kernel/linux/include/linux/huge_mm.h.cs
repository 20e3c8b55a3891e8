// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_page_flags_h;

namespace Linux;

// Transparent huge pages are off: what asks about them gets the answers of the header's other branch.
public static unsafe partial class linux_huge_mm_h
{
    public const int MTHP_STAT_ANON_FAULT_ALLOC = 0;
    public const int MTHP_STAT_ANON_FAULT_FALLBACK = 1;
    public const int MTHP_STAT_ANON_FAULT_FALLBACK_CHARGE = 2;
    public const int MTHP_STAT_NR_ANON = 15;

    [KernelSource("include/linux/huge_mm.h", "folio_test_pmd_mappable", Parity.Full)]
    public static bool folio_test_pmd_mappable(folio* folio) => false;

    [KernelSource("include/linux/huge_mm.h", "mod_mthp_stat", Parity.Full)]
    public static void mod_mthp_stat(uint order, int item, int delta)
    {
    }

    [KernelSource("include/linux/huge_mm.h", "count_mthp_stat", Parity.Full)]
    public static void count_mthp_stat(uint order, int item)
    {
    }

    [KernelSource("include/linux/huge_mm.h", "thp_vma_suitable_orders", Parity.Full)]
    public static ulong thp_vma_suitable_orders(vm_area_struct* vma, ulong addr, ulong orders) => 0;

    [KernelSource("include/linux/huge_mm.h", "thp_vma_suitable_order", Parity.Full)]
    public static bool thp_vma_suitable_order(vm_area_struct* vma, ulong addr, int order) => false;

    [KernelSource("include/linux/huge_mm.h", "thp_vma_allowable_orders", Parity.Full)]
    public static ulong thp_vma_allowable_orders(vm_area_struct* vma, ulong vm_flags, int type, ulong orders) => 0;

    [KernelSource("include/linux/huge_mm.h", "can_split_folio", Parity.Full)]
    public static bool can_split_folio(folio* folio, int caller_pins, int* pextra_pins) => false;

    [KernelSource("include/linux/huge_mm.h", "split_folio_to_list", Parity.Full)]
    public static int split_folio_to_list(folio* folio, list_head* list)
    {
        VM_WARN_ON_ONCE_FOLIO(true, folio);
        return -EINVAL;
    }

    [KernelSource("include/linux/huge_mm.h", "split_folio", Parity.Full)]
    public static int split_folio(folio* folio) => split_folio_to_list(folio, null);

    [KernelSource("include/linux/huge_mm.h", "deferred_split_folio", Parity.Full)]
    public static void deferred_split_folio(folio* folio, bool partially_mapped)
    {
    }

    [KernelSource("include/linux/huge_mm.h", "split_huge_pmd", Parity.Full)]
    public static void split_huge_pmd(vm_area_struct* vma, pmd_t* pmd, ulong address)
    {
    }

    [KernelSource("include/linux/huge_mm.h", "is_swap_pmd", Parity.Full)]
    public static bool is_swap_pmd(pmd_t pmd) => false;

    [KernelSource("include/linux/huge_mm.h", "pmd_trans_huge_lock", Parity.Full)]
    public static spinlock_t* pmd_trans_huge_lock(pmd_t* pmd, vm_area_struct* vma) => null;

    [KernelSource("include/linux/huge_mm.h", "is_huge_zero_folio", Parity.Full)]
    public static bool is_huge_zero_folio(folio* folio) => false;

    [KernelSource("include/linux/huge_mm.h", "is_huge_zero_pfn", Parity.Full)]
    public static bool is_huge_zero_pfn(ulong pfn) => false;

    [KernelSource("include/linux/huge_mm.h", "is_huge_zero_pmd", Parity.Full)]
    public static bool is_huge_zero_pmd(pmd_t pmd) => false;

    [KernelSource("include/linux/huge_mm.h", "thp_migration_supported", Parity.Full)]
    public static bool thp_migration_supported() => false;

    [KernelSource("include/linux/huge_mm.h", "highest_order", Parity.Full)]
    public static int highest_order(ulong orders) => 0;

    [KernelSource("include/linux/huge_mm.h", "next_order", Parity.Full)]
    public static int next_order(ulong* orders, int prev) => 0;

    [KernelSource("include/linux/huge_mm.h", "vma_adjust_trans_huge", Parity.Full)]
    public static void vma_adjust_trans_huge(vm_area_struct* vma, ulong start, ulong end, vm_area_struct* next)
    {
    }

    [KernelSource("include/linux/huge_mm.h", "thp_order", Parity.Full)]
    public static uint thp_order(page* page)
    {
        VM_BUG_ON_PGFLAGS(PageTail(page), page);
        return 0;
    }
}
