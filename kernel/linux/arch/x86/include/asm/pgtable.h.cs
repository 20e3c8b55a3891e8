// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_types_h;
using static Linux.asm_pgtable_invert_h;

namespace Linux;

// Page-table entries of x86-64 with four levels: the p4d is folded into the pgd.
public static unsafe partial class asm_pgtable_h
{
    public const int PFN_PTE_SHIFT = 12;

    [KernelSource("arch/x86/include/asm/pgtable.h", "ZERO_PAGE", Parity.Full)]
    public static page* ZERO_PAGE(ulong vaddr) => pfn_to_page(mm_memory_c.zero_pfn);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_dirty", Parity.Full)]
    public static bool pte_dirty(pte_t pte) => (pte.pte & _PAGE_DIRTY_BITS) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_shstk", Parity.Full)]
    public static bool pte_shstk(pte_t pte) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_young", Parity.Full)]
    public static bool pte_young(pte_t pte) => (pte.pte & _PAGE_ACCESSED) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_dirty", Parity.Full)]
    public static bool pmd_dirty(pmd_t pmd) => (pmd.pmd & _PAGE_DIRTY_BITS) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_young", Parity.Full)]
    public static bool pmd_young(pmd_t pmd) => (pmd.pmd & _PAGE_ACCESSED) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_write", Parity.Full)]
    public static bool pte_write(pte_t pte) => (pte.pte & _PAGE_RW) != 0 || pte_shstk(pte);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_write", Parity.Full)]
    public static bool pmd_write(pmd_t pmd) => (pmd.pmd & _PAGE_RW) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_huge", Parity.Full)]
    public static bool pte_huge(pte_t pte) => (pte.pte & _PAGE_PSE) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_exec", Parity.Full)]
    public static bool pte_exec(pte_t pte) => (pte.pte & _PAGE_NX) == 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_special", Parity.Full)]
    public static bool pte_special(pte_t pte) => (pte.pte & _PAGE_SPECIAL) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_pfn", Parity.Full)]
    public static ulong pte_pfn(pte_t pte)
    {
        ulong pfn = pte.pte;

        pfn ^= protnone_mask(pfn);
        return (pfn & PTE_PFN_MASK) >> PAGE_SHIFT;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_pfn", Parity.Full)]
    public static ulong pmd_pfn(pmd_t pmd)
    {
        ulong pfn = pmd.pmd;

        pfn ^= protnone_mask(pfn);
        return (pfn & PTE_PFN_MASK) >> PAGE_SHIFT;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_pfn", Parity.Full)]
    public static ulong pud_pfn(pud_t pud)
    {
        ulong pfn = pud.pud;

        pfn ^= protnone_mask(pfn);
        return (pfn & PTE_PFN_MASK) >> PAGE_SHIFT;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_pfn", Parity.Full)]
    public static ulong p4d_pfn(p4d_t p4d) => (p4d.p4d & PTE_PFN_MASK) >> PAGE_SHIFT;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_page", Parity.Full)]
    public static page* pte_page(pte_t pte) => pfn_to_page(pte_pfn(pte));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_leaf", Parity.Full)]
    public static bool pmd_leaf(pmd_t pmd) => (pmd.pmd & _PAGE_PSE) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_leaf", Parity.Full)]
    public static bool pud_leaf(pud_t pud) => (pud.pud & _PAGE_PSE) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_trans_huge", Parity.Full)]
    public static bool pmd_trans_huge(pmd_t pmd) => (pmd.pmd & _PAGE_PSE) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_trans_huge", Parity.Full)]
    public static bool pud_trans_huge(pud_t pud) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "has_transparent_hugepage", Parity.Stub, "nothing is mapped by a PMD")]
    public static bool has_transparent_hugepage() => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_set_flags", Parity.Full)]
    public static pte_t pte_set_flags(pte_t pte, ulong set) => __pte(pte.pte | set);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_clear_flags", Parity.Full)]
    public static pte_t pte_clear_flags(pte_t pte, ulong clear) => __pte(pte.pte & ~clear);

    // Dirty moves to the software bit while the entry is read-only, so that hardware never sees a shadow-stack page.
    [KernelSource("arch/x86/include/asm/pgtable.h", "mksaveddirty_shift", Parity.Full)]
    public static ulong mksaveddirty_shift(ulong v)
    {
        ulong cond = (~v >> _PAGE_BIT_RW) & 1;

        v |= ((v >> _PAGE_BIT_DIRTY) & cond) << _PAGE_BIT_SAVED_DIRTY;
        v &= ~(cond << _PAGE_BIT_DIRTY);

        return v;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "clear_saveddirty_shift", Parity.Full)]
    public static ulong clear_saveddirty_shift(ulong v)
    {
        ulong cond = (v >> _PAGE_BIT_RW) & 1;

        v |= ((v >> _PAGE_BIT_SAVED_DIRTY) & cond) << _PAGE_BIT_DIRTY;
        v &= ~(cond << _PAGE_BIT_SAVED_DIRTY);

        return v;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mksaveddirty", Parity.Full)]
    public static pte_t pte_mksaveddirty(pte_t pte) => __pte(mksaveddirty_shift(pte.pte));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_clear_saveddirty", Parity.Full)]
    public static pte_t pte_clear_saveddirty(pte_t pte) => __pte(clear_saveddirty_shift(pte.pte));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_wrprotect", Parity.Full)]
    public static pte_t pte_wrprotect(pte_t pte)
    {
        pte = pte_clear_flags(pte, _PAGE_RW);

        return pte_mksaveddirty(pte);
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_uffd_wp", Parity.Full)]
    public static bool pte_uffd_wp(pte_t pte) => (pte.pte & _PAGE_UFFD_WP) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mkuffd_wp", Parity.Full)]
    public static pte_t pte_mkuffd_wp(pte_t pte) => pte_wrprotect(pte_set_flags(pte, _PAGE_UFFD_WP));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_clear_uffd_wp", Parity.Full)]
    public static pte_t pte_clear_uffd_wp(pte_t pte) => pte_clear_flags(pte, _PAGE_UFFD_WP);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mkclean", Parity.Full)]
    public static pte_t pte_mkclean(pte_t pte) => pte_clear_flags(pte, _PAGE_DIRTY_BITS);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mkold", Parity.Full)]
    public static pte_t pte_mkold(pte_t pte) => pte_clear_flags(pte, _PAGE_ACCESSED);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mkdirty", Parity.Full)]
    public static pte_t pte_mkdirty(pte_t pte)
    {
        pte = pte_set_flags(pte, _PAGE_DIRTY | _PAGE_SOFT_DIRTY);

        return pte_mksaveddirty(pte);
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mkyoung", Parity.Full)]
    public static pte_t pte_mkyoung(pte_t pte) => pte_set_flags(pte, _PAGE_ACCESSED);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mkwrite_novma", Parity.Full)]
    public static pte_t pte_mkwrite_novma(pte_t pte) => pte_set_flags(pte, _PAGE_RW);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mkspecial", Parity.Full)]
    public static pte_t pte_mkspecial(pte_t pte) => pte_set_flags(pte, _PAGE_SPECIAL);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_soft_dirty", Parity.Full)]
    public static bool pte_soft_dirty(pte_t pte) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_mksoft_dirty", Parity.Full)]
    public static pte_t pte_mksoft_dirty(pte_t pte) => pte;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_clear_soft_dirty", Parity.Full)]
    public static pte_t pte_clear_soft_dirty(pte_t pte) => pte;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_mkold", Parity.Full)]
    public static pmd_t pmd_mkold(pmd_t pmd) => __pmd(pmd.pmd & ~_PAGE_ACCESSED);

    [KernelSource("arch/x86/include/asm/pgtable.h", "check_pgprot", Parity.Reduced, "every CPU here has NX and pages of user space are never global, so no bit has to be masked")]
    public static ulong check_pgprot(pgprot_t pgprot) => pgprot.pgprot;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pfn_pte", Parity.Full)]
    public static pte_t pfn_pte(ulong page_nr, pgprot_t pgprot)
    {
        ulong pfn = page_nr << PAGE_SHIFT;

        // Dirty without write would be a shadow-stack page.
        WARN_ON_ONCE((pgprot_val(pgprot) & (_PAGE_DIRTY | _PAGE_RW)) == _PAGE_DIRTY);

        pfn ^= protnone_mask(pgprot_val(pgprot));
        pfn &= PTE_PFN_MASK;
        return __pte(pfn | check_pgprot(pgprot));
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_modify", Parity.Full)]
    public static pte_t pte_modify(pte_t pte, pgprot_t newprot)
    {
        ulong val = pte.pte, oldval = val;

        // Only the permissions change; dirty and accessed stay as they are.
        val &= _PAGE_CHG_MASK;
        val |= check_pgprot(newprot) & ~_PAGE_CHG_MASK;
        val = flip_protnone_guard(oldval, val, PTE_PFN_MASK);

        pte_t pte_result = __pte(val);

        // Dirty has to sit in the bit that goes with the new write permission.
        if ((oldval & _PAGE_RW) != 0)
            pte_result = pte_mksaveddirty(pte_result);
        else
            pte_result = pte_clear_saveddirty(pte_result);

        return pte_result;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pgprot_modify", Parity.Full)]
    public static pgprot_t pgprot_modify(pgprot_t oldprot, pgprot_t newprot)
    {
        ulong preservebits = pgprot_val(oldprot) & _PAGE_CHG_MASK;
        ulong addbits = pgprot_val(newprot) & ~_PAGE_CHG_MASK;

        return __pgprot(preservebits | addbits);
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_none", Parity.Full)]
    public static bool pte_none(pte_t pte) => (pte.pte & ~_PAGE_KNL_ERRATUM_MASK) == 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_same", Parity.Full)]
    public static bool pte_same(pte_t a, pte_t b) => a.pte == b.pte;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_advance_pfn", Parity.Full)]
    public static pte_t pte_advance_pfn(pte_t pte, ulong nr)
    {
        if (__pte_needs_invert(pte.pte))
            return __pte(pte.pte - (nr << PFN_PTE_SHIFT));
        return __pte(pte.pte + (nr << PFN_PTE_SHIFT));
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_present", Parity.Full)]
    public static bool pte_present(pte_t a) => (a.pte & (_PAGE_PRESENT | _PAGE_PROTNONE)) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_accessible", Parity.Reduced, "no CPU caches translations here, so there is never a flush pending")]
    public static bool pte_accessible(mm_struct* mm, pte_t a)
    {
        if ((a.pte & _PAGE_PRESENT) != 0)
            return true;

        return (a.pte & _PAGE_PROTNONE) != 0 && atomic_read(&mm->tlb_flush_pending) != 0;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_present", Parity.Full)]
    public static bool pmd_present(pmd_t pmd) => (pmd.pmd & (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_PSE)) != 0;

    // NUMA balancing is off, so an inaccessible entry is never a hint.
    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_protnone", Parity.Full)]
    public static bool pte_protnone(pte_t pte) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_protnone", Parity.Full)]
    public static bool pmd_protnone(pmd_t pmd) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_none", Parity.Full)]
    public static bool pmd_none(pmd_t pmd) => (pmd.pmd & ~_PAGE_KNL_ERRATUM_MASK) == 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_page_vaddr", Parity.Full)]
    public static ulong pmd_page_vaddr(pmd_t pmd) => (ulong)__va(pmd.pmd & PTE_PFN_MASK);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_page", Parity.Full)]
    public static page* pmd_page(pmd_t pmd) => pfn_to_page(pmd_pfn(pmd));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_bad", Parity.Full)]
    public static bool pmd_bad(pmd_t pmd) => (pmd_flags(pmd) & ~(_PAGE_USER | _PAGE_ACCESSED)) != (_KERNPG_TABLE & ~_PAGE_ACCESSED);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_none", Parity.Full)]
    public static bool pud_none(pud_t pud) => (pud.pud & ~_PAGE_KNL_ERRATUM_MASK) == 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_present", Parity.Full)]
    public static bool pud_present(pud_t pud) => (pud.pud & _PAGE_PRESENT) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_pgtable", Parity.Full)]
    public static pmd_t* pud_pgtable(pud_t pud) => (pmd_t*)__va(pud.pud & PTE_PFN_MASK);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_page", Parity.Full)]
    public static page* pud_page(pud_t pud) => pfn_to_page(pud_pfn(pud));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_bad", Parity.Full)]
    public static bool pud_bad(pud_t pud) => (pud_flags(pud) & ~(_KERNPG_TABLE | _PAGE_USER)) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_none", Parity.Full)]
    public static bool p4d_none(p4d_t p4d) => (p4d.p4d & ~_PAGE_KNL_ERRATUM_MASK) == 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_present", Parity.Full)]
    public static bool p4d_present(p4d_t p4d) => (p4d.p4d & _PAGE_PRESENT) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_pgtable", Parity.Full)]
    public static pud_t* p4d_pgtable(p4d_t p4d) => (pud_t*)__va(p4d.p4d & PTE_PFN_MASK);

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_page", Parity.Full)]
    public static page* p4d_page(p4d_t p4d) => pfn_to_page(p4d_pfn(p4d));

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_bad", Parity.Full)]
    public static bool p4d_bad(p4d_t p4d) => (p4d_flags(p4d) & ~(_KERNPG_TABLE | _PAGE_USER | _PAGE_NX)) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_leaf", Parity.Full)]
    public static bool p4d_leaf(p4d_t p4d) => false;

    // With four levels the top entry is the p4d itself.
    [KernelSource("arch/x86/include/asm/pgtable.h", "pgd_present", Parity.Full)]
    public static bool pgd_present(pgd_t pgd) => true;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pgd_none", Parity.Full)]
    public static bool pgd_none(pgd_t pgd) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pgd_bad", Parity.Full)]
    public static bool pgd_bad(pgd_t pgd) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pgd_leaf", Parity.Full)]
    public static bool pgd_leaf(pgd_t pgd) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_offset", Parity.Full)]
    public static p4d_t* p4d_offset(pgd_t* pgd, ulong address) => (p4d_t*)pgd;

    [KernelSource("arch/x86/include/asm/pgtable.h", "set_pte", Parity.Full)]
    public static void set_pte(pte_t* ptep, pte_t pte) => WRITE_ONCE(&ptep->pte, pte.pte);

    [KernelSource("arch/x86/include/asm/pgtable.h", "set_pmd", Parity.Full)]
    public static void set_pmd(pmd_t* pmdp, pmd_t pmd) => WRITE_ONCE(&pmdp->pmd, pmd.pmd);

    [KernelSource("arch/x86/include/asm/pgtable.h", "set_pud", Parity.Full)]
    public static void set_pud(pud_t* pudp, pud_t pud) => WRITE_ONCE(&pudp->pud, pud.pud);

    [KernelSource("arch/x86/include/asm/pgtable.h", "set_p4d", Parity.Full)]
    public static void set_p4d(p4d_t* p4dp, p4d_t p4d) => WRITE_ONCE(&p4dp->p4d, p4d.p4d);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_clear", Parity.Full)]
    public static void pte_clear(mm_struct* mm, ulong addr, pte_t* ptep) => set_pte(ptep, __pte(0));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pmd_clear", Parity.Full)]
    public static void pmd_clear(pmd_t* pmd) => set_pmd(pmd, __pmd(0));

    [KernelSource("arch/x86/include/asm/pgtable.h", "pud_clear", Parity.Full)]
    public static void pud_clear(pud_t* pud) => set_pud(pud, __pud(0));

    [KernelSource("arch/x86/include/asm/pgtable.h", "p4d_clear", Parity.Full)]
    public static void p4d_clear(p4d_t* p4d) => set_p4d(p4d, __p4d(0));

    [KernelSource("arch/x86/include/asm/pgtable.h", "ptep_get_and_clear", Parity.Full)]
    public static pte_t ptep_get_and_clear(mm_struct* mm, ulong addr, pte_t* ptep) => __pte(xchg(&ptep->pte, 0UL));

    [KernelSource("arch/x86/include/asm/pgtable.h", "ptep_get_and_clear_full", Parity.Full)]
    public static pte_t ptep_get_and_clear_full(mm_struct* mm, ulong addr, pte_t* ptep, bool full)
    {
        pte_t pte;

        if (full)
        {
            // Nobody else can be walking a mm that is going away.
            pte = *ptep;
            pte_clear(mm, addr, ptep);
        }
        else
        {
            pte = ptep_get_and_clear(mm, addr, ptep);
        }
        return pte;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "ptep_set_wrprotect", Parity.Full)]
    public static void ptep_set_wrprotect(mm_struct* mm, ulong addr, pte_t* ptep)
    {
        pte_t old_pte = __pte(READ_ONCE(&ptep->pte));
        pte_t new_pte;

        // The hardware may set accessed and dirty meanwhile.
        do
        {
            new_pte = pte_wrprotect(old_pte);
        } while (!try_cmpxchg(&ptep->pte, &old_pte.pte, new_pte.pte));
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "update_mmu_cache_range", Parity.Full)]
    public static void update_mmu_cache_range(vm_fault* vmf, vm_area_struct* vma, ulong addr, pte_t* ptep, uint nr)
    {
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "update_mmu_cache", Parity.Full)]
    public static void update_mmu_cache(vm_area_struct* vma, ulong addr, pte_t* ptep)
    {
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "arch_check_zapped_pte", Parity.Full)]
    public static void arch_check_zapped_pte(vm_area_struct* vma, pte_t pte)
    {
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "arch_has_hw_pte_young", Parity.Full)]
    public static bool arch_has_hw_pte_young() => true;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_exclusive", Parity.Full)]
    public static bool pte_swp_exclusive(pte_t pte) => (pte.pte & _PAGE_SWP_EXCLUSIVE) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_mkexclusive", Parity.Full)]
    public static pte_t pte_swp_mkexclusive(pte_t pte) => pte_set_flags(pte, _PAGE_SWP_EXCLUSIVE);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_clear_exclusive", Parity.Full)]
    public static pte_t pte_swp_clear_exclusive(pte_t pte) => pte_clear_flags(pte, _PAGE_SWP_EXCLUSIVE);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_mksoft_dirty", Parity.Full)]
    public static pte_t pte_swp_mksoft_dirty(pte_t pte) => pte;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_soft_dirty", Parity.Full)]
    public static bool pte_swp_soft_dirty(pte_t pte) => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_clear_soft_dirty", Parity.Full)]
    public static pte_t pte_swp_clear_soft_dirty(pte_t pte) => pte;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_mkuffd_wp", Parity.Full)]
    public static pte_t pte_swp_mkuffd_wp(pte_t pte) => pte_set_flags(pte, _PAGE_SWP_UFFD_WP);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_uffd_wp", Parity.Full)]
    public static bool pte_swp_uffd_wp(pte_t pte) => (pte.pte & _PAGE_SWP_UFFD_WP) != 0;

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_swp_clear_uffd_wp", Parity.Full)]
    public static pte_t pte_swp_clear_uffd_wp(pte_t pte) => pte_clear_flags(pte, _PAGE_SWP_UFFD_WP);

    [KernelSource("arch/x86/include/asm/pgtable.h", "pte_access_permitted", Parity.Full)]
    public static bool pte_access_permitted(pte_t pte, bool write)
    {
        ulong need_pte_bits = _PAGE_PRESENT | _PAGE_USER;

        if (write)
            need_pte_bits |= _PAGE_RW;

        return (pte.pte & need_pte_bits) == need_pte_bits;
    }

    [KernelSource("arch/x86/include/asm/pgtable.h", "arch_faults_on_old_pte", Parity.Full)]
    public static bool arch_faults_on_old_pte() => false;

    [KernelSource("arch/x86/include/asm/pgtable.h", "arch_has_pfn_modify_check", Parity.Full)]
    public static bool arch_has_pfn_modify_check() => false;

    // The CPU sets the accessed bit itself: software does not do it for it.
    [KernelSource("include/linux/pgtable.h", "pte_sw_mkyoung", Parity.Full)]
    public static pte_t pte_sw_mkyoung(pte_t pte) => pte;

    [KernelSource("include/linux/pgtable.h", "update_mmu_tlb_range", Parity.Full)]
    public static void update_mmu_tlb_range(vm_area_struct* vma, ulong address, pte_t* ptep, uint nr)
    {
    }

    [KernelSource("include/linux/pgtable.h", "update_mmu_tlb", Parity.Full)]
    public static void update_mmu_tlb(vm_area_struct* vma, ulong address, pte_t* ptep) => update_mmu_tlb_range(vma, address, ptep, 1);
}
