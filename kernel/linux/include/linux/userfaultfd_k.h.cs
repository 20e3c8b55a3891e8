// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_swapops_h;

namespace Linux;

public static unsafe partial class linux_userfaultfd_k_h
{
    public const ulong __VM_UFFD_FLAGS = VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR;

    [KernelSource("include/linux/userfaultfd_k.h", "is_mergeable_vm_userfaultfd_ctx", Parity.Full)]
    public static bool is_mergeable_vm_userfaultfd_ctx(vm_area_struct* vma, vm_userfaultfd_ctx vm_ctx) =>
        vma->vm_userfaultfd_ctx.ctx == vm_ctx.ctx;

    [KernelSource("include/linux/userfaultfd_k.h", "uffd_disable_huge_pmd_share", Parity.Full)]
    public static bool uffd_disable_huge_pmd_share(vm_area_struct* vma) => (vma->vm_flags & (VM_UFFD_WP | VM_UFFD_MINOR)) != 0;

    [KernelSource("include/linux/userfaultfd_k.h", "uffd_disable_fault_around", Parity.Full)]
    public static bool uffd_disable_fault_around(vm_area_struct* vma) => (vma->vm_flags & (VM_UFFD_WP | VM_UFFD_MINOR)) != 0;

    [KernelSource("include/linux/userfaultfd_k.h", "userfaultfd_missing", Parity.Full)]
    public static bool userfaultfd_missing(vm_area_struct* vma) => (vma->vm_flags & VM_UFFD_MISSING) != 0;

    [KernelSource("include/linux/userfaultfd_k.h", "userfaultfd_wp", Parity.Full)]
    public static bool userfaultfd_wp(vm_area_struct* vma) => (vma->vm_flags & VM_UFFD_WP) != 0;

    [KernelSource("include/linux/userfaultfd_k.h", "userfaultfd_minor", Parity.Full)]
    public static bool userfaultfd_minor(vm_area_struct* vma) => (vma->vm_flags & VM_UFFD_MINOR) != 0;

    [KernelSource("include/linux/userfaultfd_k.h", "userfaultfd_pte_wp", Parity.Full)]
    public static bool userfaultfd_pte_wp(vm_area_struct* vma, pte_t pte) => userfaultfd_wp(vma) && pte_uffd_wp(pte);

    [KernelSource("include/linux/userfaultfd_k.h", "userfaultfd_armed", Parity.Full)]
    public static bool userfaultfd_armed(vm_area_struct* vma) => (vma->vm_flags & __VM_UFFD_FLAGS) != 0;

    [KernelSource("include/linux/userfaultfd_k.h", "pte_marker_entry_uffd_wp", Parity.Full)]
    public static bool pte_marker_entry_uffd_wp(swp_entry_t entry) =>
        is_pte_marker_entry(entry) && (pte_marker_get(entry) & PTE_MARKER_UFFD_WP) != 0;

    [KernelSource("include/linux/userfaultfd_k.h", "pte_marker_uffd_wp", Parity.Full)]
    public static bool pte_marker_uffd_wp(pte_t pte)
    {
        if (!is_swap_pte(pte))
            return false;

        return pte_marker_entry_uffd_wp(pte_to_swp_entry(pte));
    }

    // A real swap entry carries the bit itself, a marker in what it stands for.
    [KernelSource("include/linux/userfaultfd_k.h", "pte_swp_uffd_wp_any", Parity.Full)]
    public static bool pte_swp_uffd_wp_any(pte_t pte)
    {
        if (!is_swap_pte(pte))
            return false;

        if (pte_swp_uffd_wp(pte))
            return true;

        return pte_marker_uffd_wp(pte);
    }
}
