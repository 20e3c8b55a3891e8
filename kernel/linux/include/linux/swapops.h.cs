// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_types_h;
using static Linux.asm_pgtable_h;
using static Linux.asm_pgtable_64_h;

namespace Linux;

public static unsafe partial class linux_swapops_h
{
    // An xarray value has 63 bits and the type takes five of them.
    public const int SWP_TYPE_SHIFT = 63 - linux_swap_h.MAX_SWAPFILES_SHIFT;
    public const ulong SWP_OFFSET_MASK = (1UL << SWP_TYPE_SHIFT) - 1;
    public const int SWP_PFN_BITS = 46 - PAGE_SHIFT;
    public const ulong SWP_PFN_MASK = (1UL << SWP_PFN_BITS) - 1;

    public const ulong PTE_MARKER_UFFD_WP = 1UL << 0;
    public const ulong PTE_MARKER_POISONED = 1UL << 1;
    public const ulong PTE_MARKER_GUARD = 1UL << 2;
    public const ulong PTE_MARKER_MASK = (1UL << 3) - 1;

    [KernelSource("include/linux/swapops.h", "pte_swp_clear_flags", Parity.Full)]
    public static pte_t pte_swp_clear_flags(pte_t pte)
    {
        if (pte_swp_exclusive(pte))
            pte = pte_swp_clear_exclusive(pte);
        if (pte_swp_soft_dirty(pte))
            pte = pte_swp_clear_soft_dirty(pte);
        if (pte_swp_uffd_wp(pte))
            pte = pte_swp_clear_uffd_wp(pte);
        return pte;
    }

    [KernelSource("include/linux/swapops.h", "swp_entry", Parity.Full)]
    public static swp_entry_t swp_entry(ulong type, ulong offset) => new() { val = (type << SWP_TYPE_SHIFT) | (offset & SWP_OFFSET_MASK) };

    [KernelSource("include/linux/swapops.h", "swp_type", Parity.Full)]
    [Stable]
    public static uint swp_type(swp_entry_t entry) => (uint)(entry.val >> SWP_TYPE_SHIFT);

    [KernelSource("include/linux/swapops.h", "swp_offset", Parity.Full)]
    [Stable]
    public static ulong swp_offset(swp_entry_t entry) => entry.val & SWP_OFFSET_MASK;

    [KernelSource("include/linux/swapops.h", "swp_offset_pfn", Parity.Full)]
    public static ulong swp_offset_pfn(swp_entry_t entry)
    {
        VM_BUG_ON(!is_pfn_swap_entry(entry));
        return swp_offset(entry) & SWP_PFN_MASK;
    }

    [KernelSource("include/linux/swapops.h", "is_swap_pte", Parity.Full)]
    public static bool is_swap_pte(pte_t pte) => !pte_none(pte) && !pte_present(pte);

    [KernelSource("include/linux/swapops.h", "pte_to_swp_entry", Parity.Full)]
    public static swp_entry_t pte_to_swp_entry(pte_t pte)
    {
        pte = pte_swp_clear_flags(pte);
        swp_entry_t arch_entry = __pte_to_swp_entry(pte);
        return swp_entry(__swp_type(arch_entry), __swp_offset(arch_entry));
    }

    [KernelSource("include/linux/swapops.h", "swp_entry_to_pte", Parity.Full)]
    public static pte_t swp_entry_to_pte(swp_entry_t entry)
    {
        swp_entry_t arch_entry = __swp_entry(swp_type(entry), swp_offset(entry));

        return __swp_entry_to_pte(arch_entry);
    }

    [KernelSource("include/linux/swapops.h", "radix_to_swp_entry", Parity.Full)]
    public static swp_entry_t radix_to_swp_entry(void* arg) => new() { val = xa_to_value(arg) };

    [KernelSource("include/linux/swapops.h", "swp_to_radix_entry", Parity.Full)]
    public static void* swp_to_radix_entry(swp_entry_t entry) => xa_mk_value(entry.val);

    [KernelSource("include/linux/swapops.h", "is_device_private_entry", Parity.Full)]
    public static bool is_device_private_entry(swp_entry_t entry) => false;

    [KernelSource("include/linux/swapops.h", "is_writable_device_private_entry", Parity.Full)]
    public static bool is_writable_device_private_entry(swp_entry_t entry) => false;

    [KernelSource("include/linux/swapops.h", "is_device_exclusive_entry", Parity.Full)]
    public static bool is_device_exclusive_entry(swp_entry_t entry) => false;

    [KernelSource("include/linux/swapops.h", "is_migration_entry", Parity.Full)]
    public static bool is_migration_entry(swp_entry_t entry) => false;

    [KernelSource("include/linux/swapops.h", "is_writable_migration_entry", Parity.Full)]
    public static bool is_writable_migration_entry(swp_entry_t entry) => false;

    [KernelSource("include/linux/swapops.h", "is_readable_migration_entry", Parity.Full)]
    public static bool is_readable_migration_entry(swp_entry_t entry) => false;

    [KernelSource("include/linux/swapops.h", "migration_entry_wait", Parity.Full)]
    public static void migration_entry_wait(mm_struct* mm, pmd_t* pmd, ulong address)
    {
    }

    [KernelSource("include/linux/swapops.h", "make_hwpoison_entry", Parity.Full)]
    public static swp_entry_t make_hwpoison_entry(page* page) => swp_entry(0, 0);

    [KernelSource("include/linux/swapops.h", "is_hwpoison_entry", Parity.Full)]
    public static bool is_hwpoison_entry(swp_entry_t entry) => false;

    [KernelSource("include/linux/swapops.h", "make_pte_marker_entry", Parity.Full)]
    public static swp_entry_t make_pte_marker_entry(ulong marker) => swp_entry(linux_swap_h.SWP_PTE_MARKER, marker);

    [KernelSource("include/linux/swapops.h", "is_pte_marker_entry", Parity.Full)]
    public static bool is_pte_marker_entry(swp_entry_t entry) => swp_type(entry) == linux_swap_h.SWP_PTE_MARKER;

    [KernelSource("include/linux/swapops.h", "pte_marker_get", Parity.Full)]
    public static ulong pte_marker_get(swp_entry_t entry) => swp_offset(entry) & PTE_MARKER_MASK;

    [KernelSource("include/linux/swapops.h", "is_pte_marker", Parity.Full)]
    public static bool is_pte_marker(pte_t pte) => is_swap_pte(pte) && is_pte_marker_entry(pte_to_swp_entry(pte));

    [KernelSource("include/linux/swapops.h", "make_pte_marker", Parity.Full)]
    public static pte_t make_pte_marker(ulong marker) => swp_entry_to_pte(make_pte_marker_entry(marker));

    [KernelSource("include/linux/swapops.h", "make_poisoned_swp_entry", Parity.Full)]
    public static swp_entry_t make_poisoned_swp_entry() => make_pte_marker_entry(PTE_MARKER_POISONED);

    [KernelSource("include/linux/swapops.h", "is_poisoned_swp_entry", Parity.Full)]
    public static bool is_poisoned_swp_entry(swp_entry_t entry) =>
        is_pte_marker_entry(entry) && (pte_marker_get(entry) & PTE_MARKER_POISONED) != 0;

    [KernelSource("include/linux/swapops.h", "make_guard_swp_entry", Parity.Full)]
    public static swp_entry_t make_guard_swp_entry() => make_pte_marker_entry(PTE_MARKER_GUARD);

    [KernelSource("include/linux/swapops.h", "is_guard_swp_entry", Parity.Full)]
    public static bool is_guard_swp_entry(swp_entry_t entry) =>
        is_pte_marker_entry(entry) && (pte_marker_get(entry) & PTE_MARKER_GUARD) != 0;

    // A marker stands for a page that is not there, as an empty entry does.
    [KernelSource("include/linux/swapops.h", "pte_none_mostly", Parity.Full)]
    public static bool pte_none_mostly(pte_t pte) => pte_none(pte) || is_pte_marker(pte);

    [KernelSource("include/linux/swapops.h", "pfn_swap_entry_to_page", Parity.Full)]
    public static page* pfn_swap_entry_to_page(swp_entry_t entry) => pfn_to_page(swp_offset_pfn(entry));

    [KernelSource("include/linux/swapops.h", "pfn_swap_entry_folio", Parity.Full)]
    public static folio* pfn_swap_entry_folio(swp_entry_t entry) => pfn_folio(swp_offset_pfn(entry));

    [KernelSource("include/linux/swapops.h", "is_pfn_swap_entry", Parity.Full)]
    public static bool is_pfn_swap_entry(swp_entry_t entry) =>
        is_migration_entry(entry) || is_device_private_entry(entry) || is_device_exclusive_entry(entry) || is_hwpoison_entry(entry);

    [KernelSource("include/linux/swapops.h", "non_swap_entry", Parity.Full)]
    public static bool non_swap_entry(swp_entry_t entry) => swp_type(entry) >= linux_swap_h.MAX_SWAPFILES;
}
