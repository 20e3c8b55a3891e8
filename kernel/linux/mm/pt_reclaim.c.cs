// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.asm_pgtable_types_h;
using static Linux.asm_tlb_h;

namespace Linux;

// An unmap of a whole table's range may give the table back as well.
public static unsafe partial class mm_pt_reclaim_c
{
    [KernelSource("mm/pt_reclaim.c", "reclaim_pt_is_enabled", Parity.Full)]
    public static bool reclaim_pt_is_enabled(ulong start, ulong end, zap_details* details) =>
        details != null && details->reclaim_pt && end - start >= PMD_SIZE;

    [KernelSource("mm/pt_reclaim.c", "try_get_and_clear_pmd", Parity.Full)]
    public static bool try_get_and_clear_pmd(mm_struct* mm, pmd_t* pmd, pmd_t* pmdval)
    {
        spinlock_t* pml = pmd_lockptr(mm, pmd);

        if (!spin_trylock(pml))
            return false;

        *pmdval = pmdp_get_lockless(pmd);
        pmd_clear(pmd);
        spin_unlock(pml);

        return true;
    }

    [KernelSource("mm/pt_reclaim.c", "free_pte", Parity.Full)]
    public static void free_pte(mm_struct* mm, ulong addr, mmu_gather* tlb, pmd_t pmdval)
    {
        pte_free_tlb(tlb, pmd_pgtable(pmdval), addr);
        mm_dec_nr_ptes(mm);
    }

    [KernelSource("mm/pt_reclaim.c", "try_to_free_pte", Parity.Full)]
    [ContextUnsafe("without a table ptl is null, and so not pml")]
    public static void try_to_free_pte(mm_struct* mm, pmd_t* pmd, ulong addr, mmu_gather* tlb)
    {
        pmd_t pmdval;
        spinlock_t* ptl = null;
        spinlock_t* pml = pmd_lock(mm, pmd);

        pte_t* start_pte = pte_offset_map_rw_nolock(mm, pmd, addr, &pmdval, &ptl);
        if (start_pte == null)
            goto out_ptl;
        if (ptl != pml)
            spin_lock_nested(ptl, SINGLE_DEPTH_NESTING);

        // Somebody may have put an entry in after the zap.
        pte_t* pte = start_pte;
        for (int i = 0; i < PTRS_PER_PTE; i++, pte++)
        {
            if (!pte_none(ptep_get(pte)))
                goto out_ptl;
        }
        pte_unmap(start_pte);

        pmd_clear(pmd);

        if (ptl != pml)
            spin_unlock(ptl);
        spin_unlock(pml);

        free_pte(mm, addr, tlb, pmdval);

        return;
    out_ptl:
        if (start_pte != null)
            pte_unmap_unlock(start_pte, ptl);
        if (ptl != pml)
            spin_unlock(pml);
    }
}
