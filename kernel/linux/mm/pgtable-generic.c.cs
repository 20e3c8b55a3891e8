// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.asm_generic_pgalloc_h;
using static Linux.asm_tlbflush_h;

namespace Linux;

public static unsafe partial class mm_pgtable_generic_c
{
    [KernelSource("mm/pgtable-generic.c", "p4d_clear_bad", Parity.Full)]
    public static void p4d_clear_bad(p4d_t* p4d)
    {
        pr_err($"bad p4d {p4d_val(*p4d):x16}");
        p4d_clear(p4d);
    }

    [KernelSource("mm/pgtable-generic.c", "pud_clear_bad", Parity.Full)]
    public static void pud_clear_bad(pud_t* pud)
    {
        pr_err($"bad pud {pud_val(*pud):x16}");
        pud_clear(pud);
    }

    [KernelSource("mm/pgtable-generic.c", "pmd_clear_bad", Parity.Full)]
    public static void pmd_clear_bad(pmd_t* pmd)
    {
        pr_err($"bad pmd {pmd_val(*pmd):x16}");
        pmd_clear(pmd);
    }

    [KernelSource("mm/pgtable-generic.c", "ptep_clear_flush", Parity.Full)]
    public static pte_t ptep_clear_flush(vm_area_struct* vma, ulong address, pte_t* ptep)
    {
        mm_struct* mm = vma->vm_mm;
        pte_t pte = ptep_get_and_clear(mm, address, ptep);

        if (pte_accessible(mm, pte))
            flush_tlb_page(vma, address);
        return pte;
    }

    [KernelSource("mm/pgtable-generic.c", "pte_free_now", Parity.Full)]
    private static void pte_free_now(callback_head* head)
    {
        page* page = container_of<page>(head, &((page*)nowhere)->rcu_head);

        pte_free(null, page);
    }

    [KernelSource("mm/pgtable-generic.c", "pte_free_defer", Parity.Full)]
    public static void pte_free_defer(mm_struct* mm, page* pgtable) => call_rcu(&pgtable->rcu_head, &pte_free_now);

    // Returns with the RCU read lock held unless null.
    [KernelSource("mm/pgtable-generic.c", "___pte_offset_map", Parity.Reduced, "an entry here is read in one access, so interrupts may stay on")]
    [TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* ___pte_offset_map(pmd_t* pmd, ulong addr, pmd_t* pmdvalp)
    {
        rcu_read_lock();
        pmd_t pmdval = pmdp_get_lockless(pmd);

        if (pmdvalp != null)
            *pmdvalp = pmdval;
        if (pmd_none(pmdval))
            goto nomap;
        if (pmd_trans_huge(pmdval))
            goto nomap;
        if (pmd_bad(pmdval))
        {
            pmd_clear_bad(pmd);
            goto nomap;
        }
        return __pte_map(&pmdval, addr);
    nomap:
        rcu_read_unlock();
        return null;
    }

    [KernelSource("mm/pgtable-generic.c", "pte_offset_map_ro_nolock", Parity.Full)]
    [TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* pte_offset_map_ro_nolock(mm_struct* mm, pmd_t* pmd, ulong addr, spinlock_t** ptlp)
    {
        pmd_t pmdval;
        pte_t* pte = __pte_offset_map(pmd, addr, &pmdval);

        if (pte != null)
            *ptlp = pte_lockptr(mm, &pmdval);
        return pte;
    }

    [KernelSource("mm/pgtable-generic.c", "pte_offset_map_rw_nolock", Parity.Full)]
    [TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* pte_offset_map_rw_nolock(mm_struct* mm, pmd_t* pmd, ulong addr, pmd_t* pmdvalp, spinlock_t** ptlp)
    {
        VM_WARN_ON_ONCE(pmdvalp == null);

        pte_t* pte = __pte_offset_map(pmd, addr, pmdvalp);
        if (pte != null)
            *ptlp = pte_lockptr(mm, pmdvalp);
        return pte;
    }

    [KernelSource("mm/pgtable-generic.c", "__pte_offset_map_lock", Parity.Full)]
    [TryAcquires(Result.NonNull, "*ptlp", Class = "ptdesc.ptl")]
    [TryAcquires(Result.NonNull, "rcu")]
    public static pte_t* __pte_offset_map_lock(mm_struct* mm, pmd_t* pmd, ulong addr, spinlock_t** ptlp)
    {
        pmd_t pmdval;

    again:
        pte_t* pte = __pte_offset_map(pmd, addr, &pmdval);
        if (pte == null)
            return pte;

        spinlock_t* ptl = pte_lockptr(mm, &pmdval);
        spin_lock(ptl);
        // The table may have been taken away before we had its lock.
        if (pmd_same(pmdval, pmdp_get_lockless(pmd)))
        {
            *ptlp = ptl;
            return pte;
        }
        pte_unmap_unlock(pte, ptl);
        goto again;
    }
}
