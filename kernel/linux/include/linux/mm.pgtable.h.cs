// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mmdebug_h;
using static Linux.linux_gfp_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_page_flags_h;

namespace Linux;

// Allocation, locks and constructors of page tables.
public static unsafe partial class linux_mm_h
{
    public const int PT_kernel = PG_referenced;
    public const int PT_reserved = PG_reserved;

    [KernelSource("include/linux/mm.h", "__p4d_alloc", Parity.Full)]
    public static int __p4d_alloc(mm_struct* mm, pgd_t* pgd, ulong address) => 0;

    [KernelSource("include/linux/mm.h", "mm_inc_nr_puds", Parity.Full)]
    public static void mm_inc_nr_puds(mm_struct* mm) => atomic_long_add(PTRS_PER_PUD * sizeof(pud_t), &mm->pgtables_bytes);

    [KernelSource("include/linux/mm.h", "mm_dec_nr_puds", Parity.Full)]
    public static void mm_dec_nr_puds(mm_struct* mm) => atomic_long_sub(PTRS_PER_PUD * sizeof(pud_t), &mm->pgtables_bytes);

    [KernelSource("include/linux/mm.h", "mm_inc_nr_pmds", Parity.Full)]
    public static void mm_inc_nr_pmds(mm_struct* mm) => atomic_long_add(PTRS_PER_PMD * sizeof(pmd_t), &mm->pgtables_bytes);

    [KernelSource("include/linux/mm.h", "mm_dec_nr_pmds", Parity.Full)]
    public static void mm_dec_nr_pmds(mm_struct* mm) => atomic_long_sub(PTRS_PER_PMD * sizeof(pmd_t), &mm->pgtables_bytes);

    [KernelSource("include/linux/mm.h", "mm_pgtables_bytes_init", Parity.Full)]
    public static void mm_pgtables_bytes_init(mm_struct* mm) => atomic_long_set(&mm->pgtables_bytes, 0);

    [KernelSource("include/linux/mm.h", "mm_pgtables_bytes", Parity.Full)]
    public static ulong mm_pgtables_bytes(mm_struct* mm) => (ulong)atomic_long_read(&mm->pgtables_bytes);

    [KernelSource("include/linux/mm.h", "mm_inc_nr_ptes", Parity.Full)]
    public static void mm_inc_nr_ptes(mm_struct* mm) => atomic_long_add(PTRS_PER_PTE * sizeof(pte_t), &mm->pgtables_bytes);

    [KernelSource("include/linux/mm.h", "mm_dec_nr_ptes", Parity.Full)]
    public static void mm_dec_nr_ptes(mm_struct* mm) => atomic_long_sub(PTRS_PER_PTE * sizeof(pte_t), &mm->pgtables_bytes);

    [KernelSource("include/linux/mm.h", "p4d_alloc", Parity.Full)]
    public static p4d_t* p4d_alloc(mm_struct* mm, pgd_t* pgd, ulong address) =>
        pgd_none(*pgd) && __p4d_alloc(mm, pgd, address) != 0 ? null : p4d_offset(pgd, address);

    [KernelSource("include/linux/mm.h", "pud_alloc", Parity.Full)]
    public static pud_t* pud_alloc(mm_struct* mm, p4d_t* p4d, ulong address) =>
        p4d_none(*p4d) && __pud_alloc(mm, p4d, address) != 0 ? null : pud_offset(p4d, address);

    [KernelSource("include/linux/mm.h", "pmd_alloc", Parity.Full)]
    public static pmd_t* pmd_alloc(mm_struct* mm, pud_t* pud, ulong address) =>
        pud_none(*pud) && __pmd_alloc(mm, pud, address) != 0 ? null : pmd_offset(pud, address);

    [KernelSource("include/linux/mm.h", "virt_to_ptdesc", Parity.Full)]
    public static ptdesc* virt_to_ptdesc(void* x) => page_ptdesc(virt_to_page(x));

    [KernelSource("include/linux/mm.h", "ptdesc_address", Parity.Full)]
    public static void* ptdesc_address(ptdesc* pt) => folio_address(ptdesc_folio(pt));

    [KernelSource("include/linux/mm.h", "pagetable_is_reserved", Parity.Full)]
    public static bool pagetable_is_reserved(ptdesc* pt) => test_bit(PT_reserved, &pt->pt_flags.f);

    [KernelSource("include/linux/mm.h", "ptdesc_set_kernel", Parity.Full)]
    public static void ptdesc_set_kernel(ptdesc* ptdesc) => set_bit(PT_kernel, &ptdesc->pt_flags.f);

    [KernelSource("include/linux/mm.h", "ptdesc_clear_kernel", Parity.Full)]
    public static void ptdesc_clear_kernel(ptdesc* ptdesc) => clear_bit(PT_kernel, &ptdesc->pt_flags.f);

    [KernelSource("include/linux/mm.h", "ptdesc_test_kernel", Parity.Full)]
    public static bool ptdesc_test_kernel(ptdesc* ptdesc) => test_bit(PT_kernel, &ptdesc->pt_flags.f);

    [KernelSource("include/linux/mm.h", "pagetable_alloc", Parity.Full)]
    public static ptdesc* pagetable_alloc(uint gfp, uint order) => page_ptdesc(alloc_pages(gfp | __GFP_COMP, order));

    [KernelSource("include/linux/mm.h", "__pagetable_free", Parity.Full)]
    public static void __pagetable_free(ptdesc* pt)
    {
        page* page = ptdesc_page(pt);

        __free_pages(page, compound_order(page));
    }

    [KernelSource("include/linux/mm.h", "pagetable_free_kernel", Parity.Full)]
    public static void pagetable_free_kernel(ptdesc* pt) => __pagetable_free(pt);

    [KernelSource("include/linux/mm.h", "pagetable_free", Parity.Full)]
    public static void pagetable_free(ptdesc* pt)
    {
        if (ptdesc_test_kernel(pt))
        {
            ptdesc_clear_kernel(pt);
            pagetable_free_kernel(pt);
        }
        else
        {
            __pagetable_free(pt);
        }
    }

    [KernelSource("include/linux/mm.h", "ptlock_ptr", Parity.Full)]
    [Stable]
    public static spinlock_t* ptlock_ptr(ptdesc* ptdesc) => &ptdesc->ptl;

    [KernelSource("include/linux/mm.h", "ptlock_alloc", Parity.Full)]
    public static bool ptlock_alloc(ptdesc* ptdesc) => true;

    [KernelSource("include/linux/mm.h", "ptlock_free", Parity.Full)]
    public static void ptlock_free(ptdesc* ptdesc)
    {
    }

    [KernelSource("include/linux/mm.h", "pte_lockptr", Parity.Full)]
    [Stable]
    public static spinlock_t* pte_lockptr(mm_struct* mm, pmd_t* pmd) => ptlock_ptr(page_ptdesc(pmd_page(*pmd)));

    [KernelSource("include/linux/mm.h", "ptep_lockptr", Parity.Full)]
    public static spinlock_t* ptep_lockptr(mm_struct* mm, pte_t* pte) => ptlock_ptr(virt_to_ptdesc(pte));

    [KernelSource("include/linux/mm.h", "ptlock_init", Parity.Full)]
    public static bool ptlock_init(ptdesc* ptdesc)
    {
        // page->private, which holds the lock, comes zeroed from the page allocator.
        VM_BUG_ON_PAGE(ptdesc->_pt_pad_2 != 0, ptdesc_page(ptdesc));
        if (!ptlock_alloc(ptdesc))
            return false;
        spin_lock_init(ptlock_ptr(ptdesc));
        return true;
    }

    [KernelSource("include/linux/mm.h", "__pagetable_ctor", Parity.Full)]
    public static void __pagetable_ctor(ptdesc* ptdesc)
    {
        folio* folio = ptdesc_folio(ptdesc);

        __folio_set_pgtable(folio);
        lruvec_stat_add_folio(folio, NR_PAGETABLE);
    }

    [KernelSource("include/linux/mm.h", "pagetable_dtor", Parity.Full)]
    public static void pagetable_dtor(ptdesc* ptdesc)
    {
        folio* folio = ptdesc_folio(ptdesc);

        ptlock_free(ptdesc);
        __folio_clear_pgtable(folio);
        lruvec_stat_sub_folio(folio, NR_PAGETABLE);
    }

    [KernelSource("include/linux/mm.h", "pagetable_dtor_free", Parity.Full)]
    public static void pagetable_dtor_free(ptdesc* ptdesc)
    {
        pagetable_dtor(ptdesc);
        pagetable_free(ptdesc);
    }

    [KernelSource("include/linux/mm.h", "pagetable_pte_ctor", Parity.Full)]
    public static bool pagetable_pte_ctor(mm_struct* mm, ptdesc* ptdesc)
    {
        if (mm != init_mm && !ptlock_init(ptdesc))
            return false;
        __pagetable_ctor(ptdesc);
        return true;
    }

    [KernelSource("include/linux/mm.h", "__pte_offset_map", Parity.Full)]
    [TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* __pte_offset_map(pmd_t* pmd, ulong addr, pmd_t* pmdvalp) => ___pte_offset_map(pmd, addr, pmdvalp);

    [KernelSource("include/linux/mm.h", "pte_offset_map", Parity.Full)]
    [TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* pte_offset_map(pmd_t* pmd, ulong addr) => __pte_offset_map(pmd, addr, null);

    [KernelSource("include/linux/mm.h", "pte_offset_map_lock", Parity.Full)]
    [TryAcquires(Result.NonNull, "*ptlp", Class = "ptdesc.ptl"), TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* pte_offset_map_lock(mm_struct* mm, pmd_t* pmd, ulong addr, spinlock_t** ptlp) =>
        __pte_offset_map_lock(mm, pmd, addr, ptlp);

    [KernelSource("include/linux/mm.h", "pte_unmap_unlock", Parity.Full)]
    [Releases("ptl", Class = "ptdesc.ptl")]
    [Releases("rcu")]
    public static void pte_unmap_unlock(pte_t* pte, spinlock_t* ptl)
    {
        spin_unlock(ptl);
        pte_unmap(pte);
    }

    [KernelSource("include/linux/mm.h", "pte_alloc", Parity.Full)]
    public static bool pte_alloc(mm_struct* mm, pmd_t* pmd) => pmd_none(*pmd) && __pte_alloc(mm, pmd) != 0;

    [KernelSource("include/linux/mm.h", "pte_alloc_map", Parity.Full)]
    [TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* pte_alloc_map(mm_struct* mm, pmd_t* pmd, ulong address) =>
        pte_alloc(mm, pmd) ? null : pte_offset_map(pmd, address);

    [KernelSource("include/linux/mm.h", "pte_alloc_map_lock", Parity.Full)]
    [TryAcquires(Result.NonNull, "*ptlp", Class = "ptdesc.ptl"), TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* pte_alloc_map_lock(mm_struct* mm, pmd_t* pmd, ulong address, spinlock_t** ptlp) =>
        pte_alloc(mm, pmd) ? null : pte_offset_map_lock(mm, pmd, address, ptlp);

    [KernelSource("include/linux/mm.h", "pmd_pgtable_page", Parity.Full)]
    public static page* pmd_pgtable_page(pmd_t* pmd)
    {
        ulong mask = ~((ulong)(PTRS_PER_PMD * sizeof(pmd_t)) - 1);

        return virt_to_page((void*)((ulong)pmd & mask));
    }

    [KernelSource("include/linux/mm.h", "pmd_ptdesc", Parity.Full)]
    public static ptdesc* pmd_ptdesc(pmd_t* pmd) => page_ptdesc(pmd_pgtable_page(pmd));

    [KernelSource("include/linux/mm.h", "pmd_lockptr", Parity.Full)]
    [Stable]
    public static spinlock_t* pmd_lockptr(mm_struct* mm, pmd_t* pmd) => ptlock_ptr(pmd_ptdesc(pmd));

    [KernelSource("include/linux/mm.h", "pmd_ptlock_init", Parity.Full)]
    public static bool pmd_ptlock_init(ptdesc* ptdesc) => ptlock_init(ptdesc);

    [KernelSource("include/linux/mm.h", "pmd_lock", Parity.Full)]
    [Acquires("return", Class = "ptdesc.ptl")]
    public static spinlock_t* pmd_lock(mm_struct* mm, pmd_t* pmd)
    {
        spinlock_t* ptl = pmd_lockptr(mm, pmd);

        spin_lock(ptl);
        return ptl;
    }

    [KernelSource("include/linux/mm.h", "pagetable_pmd_ctor", Parity.Full)]
    public static bool pagetable_pmd_ctor(mm_struct* mm, ptdesc* ptdesc)
    {
        if (mm != init_mm && !pmd_ptlock_init(ptdesc))
            return false;
        __pagetable_ctor(ptdesc);
        return true;
    }

    [KernelSource("include/linux/mm.h", "pud_lockptr", Parity.Full)]
    [Stable]
    public static spinlock_t* pud_lockptr(mm_struct* mm, pud_t* pud) => &mm->page_table_lock;

    [KernelSource("include/linux/mm.h", "pud_lock", Parity.Full)]
    [Acquires("return", Class = "ptdesc.ptl")]
    public static spinlock_t* pud_lock(mm_struct* mm, pud_t* pud)
    {
        spinlock_t* ptl = pud_lockptr(mm, pud);

        spin_lock(ptl);
        return ptl;
    }

    [KernelSource("include/linux/mm.h", "pagetable_pud_ctor", Parity.Full)]
    public static void pagetable_pud_ctor(ptdesc* ptdesc) => __pagetable_ctor(ptdesc);

    [KernelSource("include/linux/mm.h", "pagetable_p4d_ctor", Parity.Full)]
    public static void pagetable_p4d_ctor(ptdesc* ptdesc) => __pagetable_ctor(ptdesc);

    [KernelSource("include/linux/mm.h", "pagetable_pgd_ctor", Parity.Full)]
    public static void pagetable_pgd_ctor(ptdesc* ptdesc) => __pagetable_ctor(ptdesc);

    [KernelSource("include/linux/mm.h", "mark_page_reserved", Parity.Full)]
    public static void mark_page_reserved(page* page)
    {
        SetPageReserved(page);
        adjust_managed_page_count(page, -1);
    }
}
