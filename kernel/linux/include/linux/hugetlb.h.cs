// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// hugetlbfs is off.
public static unsafe partial class linux_hugetlb_h
{
    [KernelSource("include/linux/hugetlb.h", "is_vm_hugetlb_page", Parity.Full)]
    public static bool is_vm_hugetlb_page(vm_area_struct* vma) => false;

    [KernelSource("include/linux/hugetlb.h", "hugetlb_pmd_shared", Parity.Full)]
    public static bool hugetlb_pmd_shared(pte_t* pte) => false;

    [KernelSource("include/linux/hugetlb.h", "hugetlb_zap_begin", Parity.Full)]
    public static void hugetlb_zap_begin(vm_area_struct* vma, ulong* start, ulong* end)
    {
    }

    [KernelSource("include/linux/hugetlb.h", "hugetlb_zap_end", Parity.Full)]
    public static void hugetlb_zap_end(vm_area_struct* vma, zap_details* details)
    {
    }
}
