// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_h;
using static Linux.asm_pgtable_types_h;

namespace Linux;

public static unsafe partial class asm_pgalloc_h
{
    // Page-table isolation, which wants a second page, is a mitigation that this machine does not need.
    [KernelSource("arch/x86/include/asm/pgalloc.h", "pgd_allocation_order", Parity.Full)]
    public static uint pgd_allocation_order() => 0;

    [KernelSource("arch/x86/include/asm/pgalloc.h", "__pte_free_tlb", Parity.Full)]
    public static void __pte_free_tlb(mmu_gather* tlb, page* pte, ulong address) => ___pte_free_tlb(tlb, pte);

    [KernelSource("arch/x86/include/asm/pgalloc.h", "pmd_populate", Parity.Full)]
    public static void pmd_populate(mm_struct* mm, pmd_t* pmd, page* pte) =>
        set_pmd(pmd, __pmd((page_to_pfn(pte) << PAGE_SHIFT) | _PAGE_TABLE));

    [KernelSource("arch/x86/include/asm/pgalloc.h", "__pmd_free_tlb", Parity.Full)]
    public static void __pmd_free_tlb(mmu_gather* tlb, pmd_t* pmd, ulong address) => ___pmd_free_tlb(tlb, pmd);

    [KernelSource("arch/x86/include/asm/pgalloc.h", "pud_populate", Parity.Full)]
    public static void pud_populate(mm_struct* mm, pud_t* pud, pmd_t* pmd) => set_pud(pud, __pud(_PAGE_TABLE | __pa(pmd)));

    [KernelSource("arch/x86/include/asm/pgalloc.h", "p4d_populate", Parity.Full)]
    public static void p4d_populate(mm_struct* mm, p4d_t* p4d, pud_t* pud) => set_p4d(p4d, __p4d(_PAGE_TABLE | __pa(pud)));

    [KernelSource("arch/x86/include/asm/pgalloc.h", "__pud_free_tlb", Parity.Full)]
    public static void __pud_free_tlb(mmu_gather* tlb, pud_t* pud, ulong address) => ___pud_free_tlb(tlb, pud);
}
