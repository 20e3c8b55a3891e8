// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.asm_pgalloc_h;
using static Linux.asm_generic_pgalloc_h;
using static Linux.asm_tlb_h;

namespace Linux;

public static unsafe partial class arch_x86_mm_pgtable_c
{
    [KernelSource("arch/x86/mm/pgtable.c", "pte_alloc_one", Parity.Full)]
    public static page* pte_alloc_one(mm_struct* mm) => __pte_alloc_one(mm, GFP_PGTABLE_USER);

    [KernelSource("arch/x86/mm/pgtable.c", "___pte_free_tlb", Parity.Full)]
    public static void ___pte_free_tlb(mmu_gather* tlb, page* pte) => tlb_remove_ptdesc(tlb, page_ptdesc(pte));

    [KernelSource("arch/x86/mm/pgtable.c", "___pmd_free_tlb", Parity.Full)]
    public static void ___pmd_free_tlb(mmu_gather* tlb, pmd_t* pmd) => tlb_remove_ptdesc(tlb, virt_to_ptdesc(pmd));

    [KernelSource("arch/x86/mm/pgtable.c", "___pud_free_tlb", Parity.Full)]
    public static void ___pud_free_tlb(mmu_gather* tlb, pud_t* pud) => tlb_remove_ptdesc(tlb, virt_to_ptdesc(pud));

    [KernelSource("arch/x86/mm/pgtable.c", "pgd_alloc", Parity.Reduced, "the kernel half of the address space is not mapped here: there is nothing to copy and no list of tables to keep in step")]
    public static pgd_t* pgd_alloc(mm_struct* mm)
    {
        pgd_t* pgd = __pgd_alloc(mm, pgd_allocation_order());

        if (pgd == null)
            return null;

        mm->pgd = pgd;

        return pgd;
    }

    [KernelSource("arch/x86/mm/pgtable.c", "pgd_free", Parity.Reduced, "see pgd_alloc()")]
    public static void pgd_free(mm_struct* mm, pgd_t* pgd) => __pgd_free(mm, pgd);

    [KernelSource("arch/x86/mm/pgtable.c", "ptep_set_access_flags", Parity.Full)]
    public static int ptep_set_access_flags(vm_area_struct* vma, ulong address, pte_t* ptep, pte_t entry, bool dirty)
    {
        bool changed = !pte_same(*ptep, entry);

        if (changed && dirty)
            set_pte(ptep, entry);

        return changed ? 1 : 0;
    }

    [KernelSource("arch/x86/mm/pgtable.c", "ptep_test_and_clear_young", Parity.Full)]
    public static bool ptep_test_and_clear_young(vm_area_struct* vma, ulong addr, pte_t* ptep)
    {
        bool ret = false;

        if (pte_young(*ptep))
            ret = test_and_clear_bit(_PAGE_BIT_ACCESSED, &ptep->pte);

        return ret;
    }

    // Leaves translations cached: an access that is missed so costs less than a flush.
    [KernelSource("arch/x86/mm/pgtable.c", "ptep_clear_flush_young", Parity.Full)]
    public static bool ptep_clear_flush_young(vm_area_struct* vma, ulong address, pte_t* ptep) =>
        ptep_test_and_clear_young(vma, address, ptep);

    [KernelSource("arch/x86/mm/pgtable.c", "pte_mkwrite", Parity.Full)]
    public static pte_t pte_mkwrite(pte_t pte, vm_area_struct* vma)
    {
        pte = pte_mkwrite_novma(pte);

        return pte_clear_saveddirty(pte);
    }
}
