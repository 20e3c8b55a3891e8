// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_types_h;
using static Linux.asm_pgtable_h;
using static Linux.asm_pgtable_64_h;

namespace Linux;

public static unsafe partial class linux_pgtable_h
{
    [KernelSource("include/linux/pgtable.h", "pmd_pgtable", Parity.Full)]
    public static page* pmd_pgtable(pmd_t pmd) => pmd_page(pmd);

    [KernelSource("include/linux/pgtable.h", "pte_index", Parity.Full)]
    public static ulong pte_index(ulong address) => (address >> PAGE_SHIFT) & (PTRS_PER_PTE - 1);

    [KernelSource("include/linux/pgtable.h", "pmd_index", Parity.Full)]
    public static ulong pmd_index(ulong address) => (address >> PMD_SHIFT) & (PTRS_PER_PMD - 1);

    [KernelSource("include/linux/pgtable.h", "pud_index", Parity.Full)]
    public static ulong pud_index(ulong address) => (address >> PUD_SHIFT) & (PTRS_PER_PUD - 1);

    [KernelSource("include/linux/pgtable.h", "pgd_index", Parity.Full)]
    public static ulong pgd_index(ulong address) => (address >> PGDIR_SHIFT) & (PTRS_PER_PGD - 1);

    [KernelSource("include/linux/pgtable.h", "pte_offset_kernel", Parity.Full)]
    public static pte_t* pte_offset_kernel(pmd_t* pmd, ulong address) => (pte_t*)pmd_page_vaddr(*pmd) + pte_index(address);

    [KernelSource("include/linux/pgtable.h", "__pte_map", Parity.Full)]
    public static pte_t* __pte_map(pmd_t* pmd, ulong address) => pte_offset_kernel(pmd, address);

    // Mapping a table took the RCU read lock.
    [KernelSource("include/linux/pgtable.h", "pte_unmap", Parity.Full)]
    [Releases("rcu")]
    public static void pte_unmap(pte_t* pte) => rcu_read_unlock();

    [KernelSource("include/linux/pgtable.h", "pmd_offset", Parity.Full)]
    public static pmd_t* pmd_offset(pud_t* pud, ulong address) => pud_pgtable(*pud) + pmd_index(address);

    [KernelSource("include/linux/pgtable.h", "pud_offset", Parity.Full)]
    public static pud_t* pud_offset(p4d_t* p4d, ulong address) => p4d_pgtable(*p4d) + pud_index(address);

    [KernelSource("include/linux/pgtable.h", "pgd_offset_pgd", Parity.Full)]
    public static pgd_t* pgd_offset_pgd(pgd_t* pgd, ulong address) => pgd + pgd_index(address);

    [KernelSource("include/linux/pgtable.h", "pgd_offset", Parity.Full)]
    public static pgd_t* pgd_offset(mm_struct* mm, ulong address) => pgd_offset_pgd(mm->pgd, address);

    [KernelSource("include/linux/pgtable.h", "pmd_off", Parity.Full)]
    public static pmd_t* pmd_off(mm_struct* mm, ulong va) =>
        pmd_offset(pud_offset(p4d_offset(pgd_offset(mm, va), va), va), va);

    [KernelSource("include/linux/pgtable.h", "arch_enter_lazy_mmu_mode", Parity.Full)]
    public static void arch_enter_lazy_mmu_mode()
    {
    }

    [KernelSource("include/linux/pgtable.h", "arch_leave_lazy_mmu_mode", Parity.Full)]
    public static void arch_leave_lazy_mmu_mode()
    {
    }

    [KernelSource("include/linux/pgtable.h", "arch_flush_lazy_mmu_mode", Parity.Full)]
    public static void arch_flush_lazy_mmu_mode()
    {
    }

    [KernelSource("include/linux/pgtable.h", "pte_batch_hint", Parity.Full)]
    public static uint pte_batch_hint(pte_t* ptep, pte_t pte) => 1;

    [KernelSource("include/linux/pgtable.h", "pte_next_pfn", Parity.Full)]
    public static pte_t pte_next_pfn(pte_t pte) => pte_advance_pfn(pte, 1);

    [KernelSource("include/linux/pgtable.h", "set_ptes", Parity.Full)]
    public static void set_ptes(mm_struct* mm, ulong addr, pte_t* ptep, pte_t pte, uint nr)
    {
        for (; ; )
        {
            set_pte(ptep, pte);
            if (--nr == 0)
                break;
            ptep++;
            pte = pte_next_pfn(pte);
        }
    }

    [KernelSource("include/linux/pgtable.h", "set_pte_at", Parity.Full)]
    public static void set_pte_at(mm_struct* mm, ulong addr, pte_t* ptep, pte_t pte) => set_ptes(mm, addr, ptep, pte, 1);

    [KernelSource("include/linux/pgtable.h", "ptep_get", Parity.Full)]
    public static pte_t ptep_get(pte_t* ptep) => __pte(READ_ONCE(&ptep->pte));

    [KernelSource("include/linux/pgtable.h", "pmdp_get", Parity.Full)]
    public static pmd_t pmdp_get(pmd_t* pmdp) => __pmd(READ_ONCE(&pmdp->pmd));

    [KernelSource("include/linux/pgtable.h", "pudp_get", Parity.Full)]
    public static pud_t pudp_get(pud_t* pudp) => __pud(READ_ONCE(&pudp->pud));

    [KernelSource("include/linux/pgtable.h", "p4dp_get", Parity.Full)]
    public static p4d_t p4dp_get(p4d_t* p4dp) => __p4d(READ_ONCE(&p4dp->p4d));

    [KernelSource("include/linux/pgtable.h", "pgdp_get", Parity.Full)]
    public static pgd_t pgdp_get(pgd_t* pgdp) => __pgd(READ_ONCE(&pgdp->pgd));

    [KernelSource("include/linux/pgtable.h", "ptep_get_lockless", Parity.Full)]
    public static pte_t ptep_get_lockless(pte_t* ptep) => ptep_get(ptep);

    [KernelSource("include/linux/pgtable.h", "pmdp_get_lockless", Parity.Full)]
    public static pmd_t pmdp_get_lockless(pmd_t* pmdp) => pmdp_get(pmdp);

    [KernelSource("include/linux/pgtable.h", "ptep_clear", Parity.Full)]
    public static void ptep_clear(mm_struct* mm, ulong addr, pte_t* ptep) => pte_clear(mm, addr, ptep);

    [KernelSource("include/linux/pgtable.h", "get_and_clear_full_ptes", Parity.Full)]
    public static pte_t get_and_clear_full_ptes(mm_struct* mm, ulong addr, pte_t* ptep, uint nr, bool full)
    {
        pte_t pte = ptep_get_and_clear_full(mm, addr, ptep, full);

        while (--nr != 0)
        {
            ptep++;
            addr += PAGE_SIZE;
            pte_t tmp_pte = ptep_get_and_clear_full(mm, addr, ptep, full);
            if (pte_dirty(tmp_pte))
                pte = pte_mkdirty(pte);
            if (pte_young(tmp_pte))
                pte = pte_mkyoung(pte);
        }
        return pte;
    }

    [KernelSource("include/linux/pgtable.h", "get_and_clear_ptes", Parity.Full)]
    public static pte_t get_and_clear_ptes(mm_struct* mm, ulong addr, pte_t* ptep, uint nr) =>
        get_and_clear_full_ptes(mm, addr, ptep, nr, false);

    [KernelSource("include/linux/pgtable.h", "clear_full_ptes", Parity.Full)]
    public static void clear_full_ptes(mm_struct* mm, ulong addr, pte_t* ptep, uint nr, bool full)
    {
        for (; ; )
        {
            ptep_get_and_clear_full(mm, addr, ptep, full);
            if (--nr == 0)
                break;
            ptep++;
            addr += PAGE_SIZE;
        }
    }

    [KernelSource("include/linux/pgtable.h", "clear_ptes", Parity.Full)]
    public static void clear_ptes(mm_struct* mm, ulong addr, pte_t* ptep, uint nr) => clear_full_ptes(mm, addr, ptep, nr, false);

    [KernelSource("include/linux/pgtable.h", "clear_young_dirty_ptes", Parity.Full)]
    public static void clear_young_dirty_ptes(vm_area_struct* vma, ulong addr, pte_t* ptep, uint nr, uint flags)
    {
        for (; ; )
        {
            if (flags == linux_mm_types_h.CYDP_CLEAR_YOUNG)
            {
                ptep_test_and_clear_young(vma, addr, ptep);
            }
            else
            {
                pte_t pte = ptep_get_and_clear(vma->vm_mm, addr, ptep);
                if ((flags & linux_mm_types_h.CYDP_CLEAR_YOUNG) != 0)
                    pte = pte_mkold(pte);
                if ((flags & linux_mm_types_h.CYDP_CLEAR_DIRTY) != 0)
                    pte = pte_mkclean(pte);
                set_pte_at(vma->vm_mm, addr, ptep, pte);
            }
            if (--nr == 0)
                break;
            ptep++;
            addr += PAGE_SIZE;
        }
    }

    [KernelSource("include/linux/pgtable.h", "clear_not_present_full_ptes", Parity.Full)]
    public static void clear_not_present_full_ptes(mm_struct* mm, ulong addr, pte_t* ptep, uint nr, bool full)
    {
        for (; ; )
        {
            pte_clear_not_present_full(mm, addr, ptep, full);
            if (--nr == 0)
                break;
            ptep++;
            addr += PAGE_SIZE;
        }
    }

    [KernelSource("include/linux/pgtable.h", "pte_clear_not_present_full", Parity.Full)]
    public static void pte_clear_not_present_full(mm_struct* mm, ulong address, pte_t* ptep, bool full) =>
        pte_clear(mm, address, ptep);

    [KernelSource("include/linux/pgtable.h", "wrprotect_ptes", Parity.Full)]
    public static void wrprotect_ptes(mm_struct* mm, ulong addr, pte_t* ptep, uint nr)
    {
        for (; ; )
        {
            ptep_set_wrprotect(mm, addr, ptep);
            if (--nr == 0)
                break;
            ptep++;
            addr += PAGE_SIZE;
        }
    }

    [KernelSource("include/linux/pgtable.h", "pte_needs_soft_dirty_wp", Parity.Full)]
    public static bool pte_needs_soft_dirty_wp(vm_area_struct* vma, pte_t pte) => false;

    [KernelSource("include/linux/pgtable.h", "pte_unused", Parity.Full)]
    public static bool pte_unused(pte_t pte) => false;

    [KernelSource("include/linux/pgtable.h", "pmd_same", Parity.Full)]
    public static bool pmd_same(pmd_t pmd_a, pmd_t pmd_b) => pmd_val(pmd_a) == pmd_val(pmd_b);

    [KernelSource("include/linux/pgtable.h", "arch_swap_restore", Parity.Full)]
    public static void arch_swap_restore(swp_entry_t entry, folio* folio)
    {
    }

    [KernelSource("include/linux/pgtable.h", "arch_prepare_to_swap", Parity.Full)]
    public static int arch_prepare_to_swap(folio* folio) => 0;

    [KernelSource("include/linux/pgtable.h", "arch_do_swap_page_nr", Parity.Full)]
    public static void arch_do_swap_page_nr(mm_struct* mm, vm_area_struct* vma, ulong addr, pte_t pte, pte_t oldpte, int nr)
    {
    }

    [KernelSource("include/linux/pgtable.h", "arch_unmap_one", Parity.Full)]
    public static int arch_unmap_one(mm_struct* mm, vm_area_struct* vma, ulong addr, pte_t orig_pte) => 0;

    [KernelSource("include/linux/pgtable.h", "pgd_addr_end", Parity.Full)]
    public static ulong pgd_addr_end(ulong addr, ulong end)
    {
        ulong boundary = (addr + PGDIR_SIZE) & PGDIR_MASK;

        return boundary - 1 < end - 1 ? boundary : end;
    }

    [KernelSource("include/linux/pgtable.h", "p4d_addr_end", Parity.Full)]
    public static ulong p4d_addr_end(ulong addr, ulong end) => end;

    [KernelSource("include/linux/pgtable.h", "pud_addr_end", Parity.Full)]
    public static ulong pud_addr_end(ulong addr, ulong end)
    {
        ulong boundary = (addr + PUD_SIZE) & PUD_MASK;

        return boundary - 1 < end - 1 ? boundary : end;
    }

    [KernelSource("include/linux/pgtable.h", "pmd_addr_end", Parity.Full)]
    public static ulong pmd_addr_end(ulong addr, ulong end)
    {
        ulong boundary = (addr + PMD_SIZE) & PMD_MASK;

        return boundary - 1 < end - 1 ? boundary : end;
    }

    [KernelSource("include/linux/pgtable.h", "pgd_none_or_clear_bad", Parity.Full)]
    public static bool pgd_none_or_clear_bad(pgd_t* pgd) => false;

    [KernelSource("include/linux/pgtable.h", "p4d_none_or_clear_bad", Parity.Full)]
    public static bool p4d_none_or_clear_bad(p4d_t* p4d)
    {
        if (p4d_none(*p4d))
            return true;
        if (p4d_bad(*p4d))
        {
            p4d_clear_bad(p4d);
            return true;
        }
        return false;
    }

    [KernelSource("include/linux/pgtable.h", "pud_none_or_clear_bad", Parity.Full)]
    public static bool pud_none_or_clear_bad(pud_t* pud)
    {
        if (pud_none(*pud))
            return true;
        if (pud_bad(*pud))
        {
            pud_clear_bad(pud);
            return true;
        }
        return false;
    }

    [KernelSource("include/linux/pgtable.h", "pmd_none_or_clear_bad", Parity.Full)]
    public static bool pmd_none_or_clear_bad(pmd_t* pmd)
    {
        if (pmd_none(*pmd))
            return true;
        if (pmd_bad(*pmd))
        {
            pmd_clear_bad(pmd);
            return true;
        }
        return false;
    }

    [KernelSource("include/linux/pgtable.h", "pud_trans_unstable", Parity.Full)]
    public static bool pud_trans_unstable(pud_t* pud) => false;

    // The pte stays as it is between the two; the hardware only ever adds accessed and dirty.
    [KernelSource("include/linux/pgtable.h", "ptep_modify_prot_start", Parity.Full)]
    public static pte_t ptep_modify_prot_start(vm_area_struct* vma, ulong addr, pte_t* ptep) =>
        ptep_get_and_clear(vma->vm_mm, addr, ptep);

    [KernelSource("include/linux/pgtable.h", "ptep_modify_prot_commit", Parity.Full)]
    public static void ptep_modify_prot_commit(vm_area_struct* vma, ulong addr, pte_t* ptep, pte_t old_pte, pte_t pte) =>
        set_pte_at(vma->vm_mm, addr, ptep, pte);

    [KernelSource("include/linux/pgtable.h", "modify_prot_start_ptes", Parity.Full)]
    public static pte_t modify_prot_start_ptes(vm_area_struct* vma, ulong addr, pte_t* ptep, uint nr)
    {
        pte_t pte = ptep_modify_prot_start(vma, addr, ptep);

        while (--nr != 0)
        {
            ptep++;
            addr += PAGE_SIZE;
            pte_t tmp_pte = ptep_modify_prot_start(vma, addr, ptep);
            if (pte_dirty(tmp_pte))
                pte = pte_mkdirty(pte);
            if (pte_young(tmp_pte))
                pte = pte_mkyoung(pte);
        }
        return pte;
    }

    [KernelSource("include/linux/pgtable.h", "modify_prot_commit_ptes", Parity.Full)]
    public static void modify_prot_commit_ptes(vm_area_struct* vma, ulong addr, pte_t* ptep, pte_t old_pte, pte_t pte, uint nr)
    {
        for (uint i = 0; i < nr; ++i, ++ptep, addr += PAGE_SIZE)
        {
            ptep_modify_prot_commit(vma, addr, ptep, old_pte, pte);

            old_pte = pte_next_pfn(old_pte);
            pte = pte_next_pfn(pte);
        }
    }

    // zero_pfn is set by init_zero_pfn().
    [KernelSource("include/linux/pgtable.h", "is_zero_pfn", Parity.Full)]
    public static bool is_zero_pfn(ulong pfn) => zero_pfn == pfn;

    [KernelSource("include/linux/pgtable.h", "my_zero_pfn", Parity.Full)]
    public static ulong my_zero_pfn(ulong addr) => zero_pfn;

    [KernelSource("include/linux/pgtable.h", "flush_tlb_fix_spurious_fault", Parity.Full)]
    public static void flush_tlb_fix_spurious_fault(vm_area_struct* vma, ulong address, pte_t* ptep)
    {
    }

    [KernelSource("include/linux/pgtable.h", "mm_p4d_folded", Parity.Full)]
    public static bool mm_p4d_folded(mm_struct* mm) => true;

    [KernelSource("include/linux/pgtable.h", "mm_pud_folded", Parity.Full)]
    public static bool mm_pud_folded(mm_struct* mm) => false;

    [KernelSource("include/linux/pgtable.h", "mm_pmd_folded", Parity.Full)]
    public static bool mm_pmd_folded(mm_struct* mm) => false;
}
