// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_pagemap_h;
using static Linux.asm_pgtable_types_h;
using static Linux.mm_internal_h;

namespace Linux;

// Pins, and looking a page up in the tables of a mm.
public static unsafe partial class mm_gup_c
{
    [System.Diagnostics.Conditional("DEBUG")]
    [KernelSource("mm/gup.c", "sanity_check_pinned_pages", Parity.Full)]
    private static void sanity_check_pinned_pages(page** pages, ulong npages)
    {
        // A pinned anonymous page must stay its owner's alone.
        for (; npages != 0; npages--, pages++)
        {
            page* page = *pages;

            if (page == null)
                continue;

            folio* folio = page_folio(page);

            if (is_zero_page(page) || !folio_test_anon(folio))
                continue;
            if (!folio_test_large(folio) || folio_test_hugetlb(folio))
                VM_WARN_ON_ONCE_FOLIO(!PageAnonExclusive(&folio->page), folio);
            else
                VM_WARN_ON_ONCE_PAGE(!PageAnonExclusive(&folio->page) && !PageAnonExclusive(page), page);
        }
    }

    // References to a folio that may be going away or be split.
    [KernelSource("mm/gup.c", "try_get_folio", Parity.Full)]
    private static folio* try_get_folio(page* page, int refs)
    {
    retry:
        folio* folio = page_folio(page);
        if (WARN_ON_ONCE(folio_ref_count(folio) < 0))
            return null;
        if (!folio_ref_try_add(folio, refs))
            return null;

        // Does the page still belong to it?
        if (page_folio(page) != folio)
        {
            folio_put_refs(folio, refs);
            goto retry;
        }

        return folio;
    }

    [KernelSource("mm/gup.c", "gup_put_folio", Parity.Full)]
    private static void gup_put_folio(folio* folio, int refs, uint flags)
    {
        if ((flags & FOLL_PIN) != 0)
        {
            if (is_zero_folio(folio))
                return;
            node_stat_mod_folio(folio, NR_FOLL_PIN_RELEASED, refs);
            if (folio_has_pincount(folio))
                atomic_sub(refs, &folio->_pincount);
            else
                refs *= (int)GUP_PIN_COUNTING_BIAS;
        }

        folio_put_refs(folio, refs);
    }

    // Under the lock of the entry: the folio is mapped, so it is there.
    [KernelSource("mm/gup.c", "try_grab_folio", Parity.Full)]
    public static int try_grab_folio(folio* folio, int refs, uint flags)
    {
        if (WARN_ON_ONCE(folio_ref_count(folio) <= 0))
            return -ENOMEM;

        if ((flags & FOLL_GET) != 0)
        {
            folio_ref_add(folio, refs);
        }
        else if ((flags & FOLL_PIN) != 0)
        {
            // The zero page needs no pin.
            if (is_zero_folio(folio))
                return 0;

            // At least one reference, so that the pin is a real one.
            if (folio_has_pincount(folio))
            {
                folio_ref_add(folio, refs);
                atomic_add(refs, &folio->_pincount);
            }
            else
            {
                folio_ref_add(folio, refs * (int)GUP_PIN_COUNTING_BIAS);
            }

            node_stat_mod_folio(folio, NR_FOLL_PIN_ACQUIRED, refs);
        }

        return 0;
    }

    [KernelSource("mm/gup.c", "unpin_user_page", Parity.Full)]
    public static void unpin_user_page(page* page)
    {
        sanity_check_pinned_pages(&page, 1);
        gup_put_folio(page_folio(page), 1, FOLL_PIN);
    }

    // One more pin on a folio that is pinned.
    [KernelSource("mm/gup.c", "folio_add_pin", Parity.Full)]
    public static void folio_add_pin(folio* folio)
    {
        if (is_zero_folio(folio))
            return;

        if (folio_has_pincount(folio))
        {
            WARN_ON_ONCE(atomic_read(&folio->_pincount) < 1);
            folio_ref_inc(folio);
            atomic_inc(&folio->_pincount);
        }
        else
        {
            WARN_ON_ONCE(folio_ref_count(folio) < (int)GUP_PIN_COUNTING_BIAS);
            folio_ref_add(folio, (int)GUP_PIN_COUNTING_BIAS);
        }
    }

    [KernelSource("mm/gup.c", "gup_folio_next", Parity.Full)]
    private static folio* gup_folio_next(page** list, ulong npages, ulong i, uint* ntails)
    {
        folio* folio = page_folio(list[i]);
        ulong nr;

        for (nr = i + 1; nr < npages; nr++)
        {
            if (page_folio(list[nr]) != folio)
                break;
        }

        *ntails = (uint)(nr - i);
        return folio;
    }

    [KernelSource("mm/gup.c", "unpin_user_pages_dirty_lock", Parity.Full)]
    public static void unpin_user_pages_dirty_lock(page** pages, ulong npages, bool make_dirty)
    {
        uint nr;

        if (!make_dirty)
        {
            unpin_user_pages(pages, npages);
            return;
        }

        sanity_check_pinned_pages(pages, npages);
        for (ulong i = 0; i < npages; i += nr)
        {
            folio* folio = gup_folio_next(pages, npages, i, &nr);
            // The check without the lock may miss nothing: whoever cleans the page has removed its mappings' write
            // permission before, and the pin does not bring that back.
            if (!folio_test_dirty(folio))
            {
                folio_lock(folio);
                folio_mark_dirty(folio);
                folio_unlock(folio);
            }
            gup_put_folio(folio, (int)nr, FOLL_PIN);
        }
    }

    [KernelSource("mm/gup.c", "unpin_user_pages", Parity.Full)]
    public static void unpin_user_pages(page** pages, ulong npages)
    {
        uint nr;

        // Pages of one VMA whose exclusive marker is lost may be leaked pins.
        if (WARN_ON(IS_ERR_VALUE(npages)))
            return;

        sanity_check_pinned_pages(pages, npages);
        for (ulong i = 0; i < npages; i += nr)
        {
            if (pages[i] == null)
            {
                nr = 1;
                continue;
            }
            folio* folio = gup_folio_next(pages, npages, i, &nr);
            gup_put_folio(folio, (int)nr, FOLL_PIN);
        }
    }

    // Stays set for the life of the mm.
    [KernelSource("mm/gup.c", "mm_set_has_pinned_flag", Parity.Full)]
    private static void mm_set_has_pinned_flag(mm_struct* mm)
    {
        if (!mm_flags_test(MMF_HAS_PINNED, mm))
            mm_flags_set(MMF_HAS_PINNED, mm);
    }

    // Forced writes reach private mappings that are read-only.
    [KernelSource("mm/gup.c", "can_follow_write_common", Parity.Full)]
    private static bool can_follow_write_common(page* page, vm_area_struct* vma, uint flags)
    {
        if ((flags & FOLL_FORCE) == 0)
            return false;

        if ((vma->vm_flags & (VM_MAYSHARE | VM_SHARED)) != 0)
            return false;

        if ((vma->vm_flags & VM_MAYWRITE) == 0)
            return false;

        if ((vma->vm_flags & VM_WRITE) != 0)
            return false;

        // As in can_change_pte_writable(): an exclusive anonymous page could be mapped writable.
        return page != null && PageAnon(page) && PageAnonExclusive(page);
    }

    // A core dump leaves out what was never there; everybody else faults it in.
    [KernelSource("mm/gup.c", "no_page_table", Parity.Full)]
    private static page* no_page_table(vm_area_struct* vma, uint flags, ulong address)
    {
        if ((flags & FOLL_DUMP) == 0)
            return null;

        if (vma_is_anonymous(vma) || vma->vm_ops->fault == null)
            return (page*)ERR_PTR(-EFAULT);

        return null;
    }

    [KernelSource("mm/gup.c", "follow_pfn_pte", Parity.Full)]
    private static int follow_pfn_pte(vm_area_struct* vma, ulong address, pte_t* pte, uint flags)
    {
        if ((flags & FOLL_TOUCH) != 0)
        {
            pte_t orig_entry = ptep_get(pte);
            pte_t entry = orig_entry;

            if ((flags & FOLL_WRITE) != 0)
                entry = pte_mkdirty(entry);
            entry = pte_mkyoung(entry);

            if (!pte_same(orig_entry, entry))
            {
                set_pte_at(vma->vm_mm, address, pte, entry);
                update_mmu_cache(vma, address, pte);
            }
        }

        return -EEXIST;
    }

    [KernelSource("mm/gup.c", "can_follow_write_pte", Parity.Full)]
    private static bool can_follow_write_pte(pte_t pte, page* page, vm_area_struct* vma, uint flags)
    {
        if (pte_write(pte))
            return true;

        if (!can_follow_write_common(page, vma, flags))
            return false;

        if (pte_needs_soft_dirty_wp(vma, pte))
            return false;
        return !userfaultfd_pte_wp(vma, pte);
    }

    [KernelSource("mm/gup.c", "follow_page_pte", Parity.Full)]
    private static page* follow_page_pte(vm_area_struct* vma, ulong address, pmd_t* pmd, uint flags)
    {
        mm_struct* mm = vma->vm_mm;
        folio* folio;
        page* page;
        spinlock_t* ptl;
        int ret;

        pte_t* ptep = pte_offset_map_lock(mm, pmd, address, &ptl);
        if (ptep == null)
            return no_page_table(vma, flags, address);
        pte_t pte = ptep_get(ptep);
        if (!pte_present(pte))
            goto no_page;
        if (pte_protnone(pte) && !gup_can_follow_protnone(vma, flags))
            goto no_page;

        page = vm_normal_page(vma, address, pte);

        if ((flags & FOLL_WRITE) != 0 && !can_follow_write_pte(pte, page, vma, flags))
        {
            page = null;
            goto @out;
        }

        if (page == null)
        {
            if ((flags & FOLL_DUMP) != 0)
            {
                // The zero page is not for dumps.
                page = (page*)ERR_PTR(-EFAULT);
                goto @out;
            }

            if (is_zero_pfn(pte_pfn(pte)))
            {
                page = pte_page(pte);
            }
            else
            {
                ret = follow_pfn_pte(vma, address, ptep, flags);
                page = (page*)ERR_PTR(ret);
                goto @out;
            }
        }
        folio = page_folio(page);

        if (!pte_write(pte) && gup_must_unshare(vma, flags, page))
        {
            page = (page*)ERR_PTR(-EMLINK);
            goto @out;
        }

        VM_WARN_ON_ONCE_PAGE((flags & FOLL_PIN) != 0 && PageAnon(page) && !PageAnonExclusive(page), page);

        ret = try_grab_folio(folio, 1, flags);
        if (ret != 0)
        {
            page = (page*)ERR_PTR(ret);
            goto @out;
        }

        // Who pins will look at the content, so it must be accessible.
        if ((flags & FOLL_PIN) != 0)
        {
            ret = arch_make_folio_accessible(folio);
            if (ret != 0)
            {
                unpin_user_page(page);
                page = (page*)ERR_PTR(ret);
                goto @out;
            }
        }
        if ((flags & FOLL_TOUCH) != 0)
        {
            if ((flags & FOLL_WRITE) != 0 && !pte_dirty(pte) && !folio_test_dirty(folio))
                folio_mark_dirty(folio);
            // The folio is marked, not the entry, whose dirty bit must not get lost.
            folio_mark_accessed(folio);
        }
    @out:
        pte_unmap_unlock(ptep, ptl);
        return page;
    no_page:
        pte_unmap_unlock(ptep, ptl);
        if (!pte_none(pte))
            return null;
        return no_page_table(vma, flags, address);
    }

    [KernelSource("mm/gup.c", "follow_pmd_mask", Parity.Reduced, "nothing is mapped by a PMD")]
    private static page* follow_pmd_mask(vm_area_struct* vma, ulong address, pud_t* pudp, uint flags, ulong* page_mask)
    {
        pmd_t* pmd = pmd_offset(pudp, address);
        pmd_t pmdval = pmdp_get_lockless(pmd);

        if (pmd_none(pmdval))
            return no_page_table(vma, flags, address);
        if (!pmd_present(pmdval))
            return no_page_table(vma, flags, address);
        // No mapping is larger than a page here.
        VM_BUG_ON(pmd_leaf(pmdval));
        return follow_page_pte(vma, address, pmd, flags);
    }

    [KernelSource("mm/gup.c", "follow_pud_mask", Parity.Reduced, "nothing is mapped by a PUD")]
    private static page* follow_pud_mask(vm_area_struct* vma, ulong address, p4d_t* p4dp, uint flags, ulong* page_mask)
    {
        pud_t* pudp = pud_offset(p4dp, address);
        pud_t pud = pudp_get(pudp);

        if (!pud_present(pud))
            return no_page_table(vma, flags, address);
        VM_BUG_ON(pud_leaf(pud));
        if (pud_bad(pud))
            return no_page_table(vma, flags, address);

        return follow_pmd_mask(vma, address, pudp, flags, page_mask);
    }

    [KernelSource("mm/gup.c", "follow_p4d_mask", Parity.Full)]
    private static page* follow_p4d_mask(vm_area_struct* vma, ulong address, pgd_t* pgdp, uint flags, ulong* page_mask)
    {
        p4d_t* p4dp = p4d_offset(pgdp, address);
        p4d_t p4d = p4dp_get(p4dp);

        if (!p4d_present(p4d) || p4d_bad(p4d))
            return no_page_table(vma, flags, address);

        return follow_pud_mask(vma, address, p4dp, flags, page_mask);
    }

    // null: fault and come back; an error pointer of -EMLINK: unshare first.
    [KernelSource("mm/gup.c", "follow_page_mask", Parity.Full)]
    private static page* follow_page_mask(vm_area_struct* vma, ulong address, uint flags, ulong* page_mask)
    {
        mm_struct* mm = vma->vm_mm;

        *page_mask = 0;
        pgd_t* pgd = pgd_offset(mm, address);

        if (pgd_none(*pgd) || pgd_bad(*pgd))
            return no_page_table(vma, flags, address);
        return follow_p4d_mask(vma, address, pgd, flags, page_mask);
    }
}
