// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_rmap_h;
using static Linux.linux_swapops_h;
using static Linux.asm_pgtable_types_h;
using static Linux.mm_internal_h;

namespace Linux;

// The entries that map a folio in one VMA, one after the other, with their lock held.
public static unsafe partial class mm_page_vma_mapped_c
{
    [KernelSource("mm/page_vma_mapped.c", "not_found", Parity.Full)]
    private static bool not_found(page_vma_mapped_walk* pvmw)
    {
        page_vma_mapped_walk_done(pvmw);
        return false;
    }

    [KernelSource("mm/page_vma_mapped.c", "map_pte", Parity.Reduced, "migration and device entries do not exist in this configuration")]
    [TryAcquires(Result.True, "*ptlp")]
    private static bool map_pte(page_vma_mapped_walk* pvmw, pmd_t* pmdvalp, spinlock_t** ptlp)
    {
        if ((pvmw->flags & PVMW_SYNC) != 0)
        {
            // No entry may be overlooked, not even one that is empty for a moment: under the lock from the start.
            pvmw->pte = pte_offset_map_lock(pvmw->vma->vm_mm, pvmw->pmd, pvmw->address, &pvmw->ptl);
            *ptlp = pvmw->ptl;
            return pvmw->pte != null;
        }

    again:
        // A look without the lock: most entries are not the folio's.
        pvmw->pte = pte_offset_map_rw_nolock(pvmw->vma->vm_mm, pvmw->pmd, pvmw->address, pmdvalp, ptlp);
        if (pvmw->pte == null)
            return false;

        pte_t ptent = ptep_get(pvmw->pte);

        if (!pte_present(ptent))
            return false;
        spin_lock(*ptlp);
        if (!pmd_same(*pmdvalp, pmdp_get_lockless(pvmw->pmd)))
        {
            pte_unmap_unlock(pvmw->pte, *ptlp);
            goto again;
        }
        pvmw->ptl = *ptlp;

        return true;
    }

    [KernelSource("mm/page_vma_mapped.c", "check_pte", Parity.Reduced, "migration and device entries do not exist in this configuration")]
    private static bool check_pte(page_vma_mapped_walk* pvmw, ulong pte_nr)
    {
        pte_t ptent = ptep_get(pvmw->pte);

        if (!pte_present(ptent))
            return false;

        ulong pfn = pte_pfn(ptent);

        if (pfn + pte_nr - 1 < pvmw->pfn)
            return false;
        if (pfn > pvmw->pfn + pvmw->nr_pages - 1)
            return false;
        return true;
    }

    [KernelSource("mm/page_vma_mapped.c", "step_forward", Parity.Full)]
    private static void step_forward(page_vma_mapped_walk* pvmw, ulong size)
    {
        pvmw->address = (pvmw->address + size) & ~(size - 1);
        if (pvmw->address == 0)
            pvmw->address = ULONG_MAX;
    }

    // True: pte (and ptl, held) are of the next mapping. False: there is no more and everything is released.
    [KernelSource("mm/page_vma_mapped.c", "page_vma_mapped_walk", Parity.Reduced, "hugetlb , huge pmds and migration entries are off")]
    [ContextUnsafe("the walk keeps the page table lock in pvmw->ptl from one call to the next")]
    public static bool page_vma_mapped_walk(page_vma_mapped_walk* pvmw)
    {
        vm_area_struct* vma = pvmw->vma;
        mm_struct* mm = vma->vm_mm;
        spinlock_t* ptl = null;
        pmd_t pmde = default;

        // The only possible huge mapping has been seen.
        if (pvmw->pmd != null && pvmw->pte == null)
            return not_found(pvmw);

        ulong end = vma_address_end(pvmw);
        if (pvmw->pte != null)
            goto next_pte;
    restart:
        if (pvmw->address >= end)
            return false;

        pgd_t* pgd = pgd_offset(mm, pvmw->address);
        if (!pgd_present(*pgd))
        {
            step_forward(pvmw, PGDIR_SIZE);
            goto restart;
        }
        p4d_t* p4d = p4d_offset(pgd, pvmw->address);
        if (!p4d_present(*p4d))
        {
            step_forward(pvmw, P4D_SIZE);
            goto restart;
        }
        pud_t* pud = pud_offset(p4d, pvmw->address);
        if (!pud_present(*pud))
        {
            step_forward(pvmw, PUD_SIZE);
            goto restart;
        }

        pvmw->pmd = pmd_offset(pud, pvmw->address);
        // The value that is checked must be the one that is used.
        pmde = pmdp_get_lockless(pvmw->pmd);

        if (!pmd_present(pmde))
        {
            step_forward(pvmw, PMD_SIZE);
            goto restart;
        }
        if (!map_pte(pvmw, &pmde, &ptl))
        {
            if (pvmw->pte == null)
                goto restart;
            goto next_pte;
        }
    this_pte:
        if (check_pte(pvmw, 1))
            return true;
    next_pte:
        do
        {
            pvmw->address += PAGE_SIZE;
            if (pvmw->address >= end)
                return not_found(pvmw);
            // The next entry may be in another table.
            if ((pvmw->address & (PMD_SIZE - PAGE_SIZE)) == 0)
            {
                if (pvmw->ptl != null)
                {
                    spin_unlock(pvmw->ptl);
                    pvmw->ptl = null;
                }
                pte_unmap(pvmw->pte);
                pvmw->pte = null;
                pvmw->flags |= PVMW_PGTABLE_CROSSED;
                goto restart;
            }
            pvmw->pte++;
        } while (pte_none(ptep_get(pvmw->pte)));

        if (pvmw->ptl == null)
        {
            spin_lock(ptl);
            if (!pmd_same(pmde, pmdp_get_lockless(pvmw->pmd)))
            {
                pte_unmap_unlock(pvmw->pte, ptl);
                pvmw->pte = null;
                goto restart;
            }
            pvmw->ptl = ptl;
        }
        goto this_pte;
    }
}
