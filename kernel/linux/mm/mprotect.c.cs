// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.mm_internal_h;

namespace Linux;

/// <summary>mm/mprotect.c: the change of what page tables permit, as userfaultfd needs it.</summary>
public static unsafe partial class mm_mprotect_c
{
    private const string C = "mm/mprotect.c";

    [KernelSource(C, "maybe_change_pte_writable", Parity.Full)]
    private static bool maybe_change_pte_writable(vm_area_struct* vma, pte_t pte)
    {
        if (WARN_ON_ONCE((vma->vm_flags & VM_WRITE) == 0))
            return false;

        // Not even readable.
        if (pte_protnone(pte))
            return false;

        if (pte_needs_soft_dirty_wp(vma, pte))
            return false;

        // A write has to come to the monitor's knowledge.
        if (userfaultfd_pte_wp(vma, pte))
            return false;

        return true;
    }

    [KernelSource(C, "can_change_private_pte_writable", Parity.Full)]
    private static bool can_change_private_pte_writable(vm_area_struct* vma, ulong addr, pte_t pte)
    {
        if (!maybe_change_pte_writable(vma, pte))
            return false;

        // A write fault would make a page that is ours alone writable without further ado.
        page* page = vm_normal_page(vma, addr, pte);
        return page != null && PageAnon(page) && PageAnonExclusive(page);
    }

    [KernelSource(C, "can_change_shared_pte_writable", Parity.Full)]
    private static bool can_change_shared_pte_writable(vm_area_struct* vma, pte_t pte)
    {
        if (!maybe_change_pte_writable(vma, pte))
            return false;

        VM_WARN_ON_ONCE(is_zero_pfn(pte_pfn(pte)) && pte_dirty(pte));

        // Of a clean page the file system may still want to hear at the first write.
        return pte_dirty(pte);
    }

    [KernelSource(C, "can_change_pte_writable", Parity.Full)]
    public static bool can_change_pte_writable(vm_area_struct* vma, ulong addr, pte_t pte)
    {
        if ((vma->vm_flags & VM_SHARED) == 0)
            return can_change_private_pte_writable(vma, addr, pte);

        return can_change_shared_pte_writable(vma, pte);
    }

    [KernelSource(C, "mprotect_folio_pte_batch", Parity.Full)]
    private static int mprotect_folio_pte_batch(folio* folio, pte_t* ptep, pte_t pte, int max_nr_ptes, uint flags)
    {
        if (folio == null)
            return 1;

        if (!folio_test_large(folio))
            return 1;

        return (int)folio_pte_batch_flags(folio, null, ptep, &pte, (uint)max_nr_ptes, flags);
    }

    [KernelSource(C, "prot_commit_flush_ptes", Parity.Full)]
    private static void prot_commit_flush_ptes(vm_area_struct* vma, ulong addr, pte_t* ptep, pte_t oldpte, pte_t ptent, int nr_ptes,
        int idx, bool set_write, mmu_gather* tlb)
    {
        addr += (ulong)idx * PAGE_SIZE;
        ptep += idx;
        oldpte = pte_advance_pfn(oldpte, (ulong)idx);
        ptent = pte_advance_pfn(ptent, (ulong)idx);

        if (set_write)
            ptent = pte_mkwrite(ptent, vma);

        modify_prot_commit_ptes(vma, addr, ptep, oldpte, ptent, (uint)nr_ptes);
        if (pte_needs_flush(oldpte, ptent))
            tlb_flush_pte_range(tlb, addr, (ulong)nr_ptes * PAGE_SIZE);
    }

    // How many of the folio's pages from here on are all, or none of them, exclusive.
    [KernelSource(C, "page_anon_exclusive_sub_batch", Parity.Full)]
    private static int page_anon_exclusive_sub_batch(int start_idx, int max_len, page* first_page, bool expected_anon_exclusive)
    {
        int idx;

        for (idx = start_idx + 1; idx < start_idx + max_len; ++idx)
        {
            if (expected_anon_exclusive != PageAnonExclusive(first_page + idx))
                break;
        }
        return idx - start_idx;
    }

    [KernelSource(C, "commit_anon_folio_batch", Parity.Full)]
    private static void commit_anon_folio_batch(vm_area_struct* vma, folio* folio, page* first_page, ulong addr, pte_t* ptep,
        pte_t oldpte, pte_t ptent, int nr_ptes, mmu_gather* tlb)
    {
        int sub_batch_idx = 0;

        while (nr_ptes != 0)
        {
            bool expected_anon_exclusive = PageAnonExclusive(first_page + sub_batch_idx);
            int len = page_anon_exclusive_sub_batch(sub_batch_idx, nr_ptes, first_page, expected_anon_exclusive);

            prot_commit_flush_ptes(vma, addr, ptep, oldpte, ptent, len, sub_batch_idx, expected_anon_exclusive, tlb);
            sub_batch_idx += len;
            nr_ptes -= len;
        }
    }

    [KernelSource(C, "set_write_prot_commit_flush_ptes", Parity.Full)]
    private static void set_write_prot_commit_flush_ptes(vm_area_struct* vma, folio* folio, page* page, ulong addr, pte_t* ptep,
        pte_t oldpte, pte_t ptent, int nr_ptes, mmu_gather* tlb)
    {
        bool set_write;

        if ((vma->vm_flags & VM_SHARED) != 0)
        {
            set_write = can_change_shared_pte_writable(vma, ptent);
            prot_commit_flush_ptes(vma, addr, ptep, oldpte, ptent, nr_ptes, 0, set_write, tlb);
            return;
        }

        set_write = maybe_change_pte_writable(vma, ptent) && folio != null && folio_test_anon(folio);
        if (!set_write)
        {
            prot_commit_flush_ptes(vma, addr, ptep, oldpte, ptent, nr_ptes, 0, set_write, tlb);
            return;
        }
        commit_anon_folio_batch(vma, folio, page, addr, ptep, oldpte, ptent, nr_ptes, tlb);
    }

    [KernelSource(C, "change_pte_range", Parity.Reduced, "no NUMA hinting, migration or device entries")]
    private static long change_pte_range(mmu_gather* tlb, vm_area_struct* vma, pmd_t* pmd, ulong addr, ulong end, pgprot_t newprot, ulong cp_flags)
    {
        spinlock_t* ptl;
        long pages = 0;
        bool uffd_wp = (cp_flags & MM_CP_UFFD_WP) != 0;
        bool uffd_wp_resolve = (cp_flags & MM_CP_UFFD_WP_RESOLVE) != 0;
        int nr_ptes;

        tlb_change_page_size(tlb, PAGE_SIZE);
        pte_t* pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
        if (pte == null)
            return -EAGAIN;

        flush_tlb_batched_pending(vma->vm_mm);
        arch_enter_lazy_mmu_mode();
        do
        {
            nr_ptes = 1;
            pte_t oldpte = ptep_get(pte);
            if (pte_present(oldpte))
            {
                int max_nr_ptes = (int)((end - addr) >> PAGE_SHIFT);
                folio* folio = null;

                page* page = vm_normal_page(vma, addr, oldpte);
                if (page != null)
                    folio = page_folio(page);

                nr_ptes = mprotect_folio_pte_batch(folio, pte, oldpte, max_nr_ptes, FPB_RESPECT_SOFT_DIRTY | FPB_RESPECT_WRITE);

                oldpte = modify_prot_start_ptes(vma, addr, pte, (uint)nr_ptes);
                pte_t ptent = pte_modify(oldpte, newprot);

                if (uffd_wp)
                    ptent = pte_mkuffd_wp(ptent);
                else if (uffd_wp_resolve)
                    ptent = pte_clear_uffd_wp(ptent);

                // vm_page_prot has writes fault; where that would change nothing it is spared.
                if ((cp_flags & MM_CP_TRY_CHANGE_WRITABLE) != 0 && !pte_write(ptent))
                    set_write_prot_commit_flush_ptes(vma, folio, page, addr, pte, oldpte, ptent, nr_ptes, tlb);
                else
                    prot_commit_flush_ptes(vma, addr, pte, oldpte, ptent, nr_ptes, 0, false, tlb);
                pages += nr_ptes;
            }
            else if (is_swap_pte(oldpte))
            {
                swp_entry_t entry = pte_to_swp_entry(oldpte);

                if (is_pte_marker_entry(entry))
                {
                    // Any access to these ends in a signal as it is.
                    if (is_poisoned_swp_entry(entry) || is_guard_swp_entry(entry))
                        continue;
                    if (uffd_wp_resolve)
                    {
                        pte_clear(vma->vm_mm, addr, pte);
                        pages++;
                    }
                    continue;
                }

                pte_t newpte = oldpte;
                if (uffd_wp)
                    newpte = pte_swp_mkuffd_wp(newpte);
                else if (uffd_wp_resolve)
                    newpte = pte_swp_clear_uffd_wp(newpte);

                if (!pte_same(oldpte, newpte))
                {
                    set_pte_at(vma->vm_mm, addr, pte, newpte);
                    pages++;
                }
            }
            else
            {
                WARN_ON_ONCE(!pte_none(oldpte));

                // Empty entries are of no concern to anybody else.
                if (!uffd_wp)
                    continue;

                // There may be a page in the file's cache all the same.
                if (userfaultfd_wp_use_markers(vma))
                {
                    set_pte_at(vma->vm_mm, addr, pte, make_pte_marker(PTE_MARKER_UFFD_WP));
                    pages++;
                }
            }
        }
        while (next_pte(&pte, &addr, nr_ptes) != end);
        arch_leave_lazy_mmu_mode();
        pte_unmap_unlock(pte - 1, ptl);

        return pages;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong next_pte(pte_t** pte, ulong* addr, int nr_ptes)
    {
        *pte += nr_ptes;
        return *addr += (ulong)nr_ptes * PAGE_SIZE;
    }

    // Only the protection by userfaultfd needs tables for memory that is not there, and only where markers stand in them.
    [KernelSource(C, "pgtable_populate_needed", Parity.Full)]
    private static bool pgtable_populate_needed(vm_area_struct* vma, ulong cp_flags)
    {
        if ((cp_flags & MM_CP_UFFD_WP) == 0)
            return false;

        return userfaultfd_wp_use_markers(vma);
    }

    [KernelSource(C, "change_pmd_prepare", Parity.Full)]
    private static long change_pmd_prepare(vm_area_struct* vma, pmd_t* pmd, ulong cp_flags) =>
        pgtable_populate_needed(vma, cp_flags) && pte_alloc(vma->vm_mm, pmd) ? -ENOMEM : 0;

    [KernelSource(C, "change_pmd_range", Parity.Reduced, "no huge pages")]
    private static long change_pmd_range(mmu_gather* tlb, vm_area_struct* vma, pud_t* pud, ulong addr, ulong end, pgprot_t newprot, ulong cp_flags)
    {
        ulong next;
        long pages = 0;

        pmd_t* pmd = pmd_offset(pud, addr);
        do
        {
        again:
            next = pmd_addr_end(addr, end);

            long ret = change_pmd_prepare(vma, pmd, cp_flags);
            if (ret != 0)
            {
                pages = ret;
                break;
            }

            if (!pmd_none(*pmd))
            {
                ret = change_pte_range(tlb, vma, pmd, addr, next, newprot, cp_flags);
                if (ret < 0)
                    goto again;
                pages += ret;
            }
            cond_resched();
            pmd++;
            addr = next;
        }
        while (addr != end);

        return pages;
    }

    [KernelSource(C, "change_pud_range", Parity.Reduced, "no huge pages or notifiers")]
    private static long change_pud_range(mmu_gather* tlb, vm_area_struct* vma, p4d_t* p4d, ulong addr, ulong end, pgprot_t newprot, ulong cp_flags)
    {
        ulong next;
        long pages = 0;

        pud_t* pudp = pud_offset(p4d, addr);
        do
        {
            next = pud_addr_end(addr, end);
            if (pgtable_populate_needed(vma, cp_flags) && pmd_alloc(vma->vm_mm, pudp, addr) == null)
            {
                pages = -ENOMEM;
                break;
            }

            if (!pud_none(pudp_get(pudp)))
                pages += change_pmd_range(tlb, vma, pudp, addr, next, newprot, cp_flags);
            pudp++;
            addr = next;
        }
        while (addr != end);

        return pages;
    }

    [KernelSource(C, "change_p4d_range", Parity.Full)]
    private static long change_p4d_range(mmu_gather* tlb, vm_area_struct* vma, pgd_t* pgd, ulong addr, ulong end, pgprot_t newprot, ulong cp_flags)
    {
        ulong next;
        long pages = 0;

        p4d_t* p4d = p4d_offset(pgd, addr);
        do
        {
            next = p4d_addr_end(addr, end);
            if (pgtable_populate_needed(vma, cp_flags) && pud_alloc(vma->vm_mm, p4d, addr) == null)
                return -ENOMEM;
            if (!p4d_none_or_clear_bad(p4d))
                pages += change_pud_range(tlb, vma, p4d, addr, next, newprot, cp_flags);
            p4d++;
            addr = next;
        }
        while (addr != end);

        return pages;
    }

    [KernelSource(C, "change_protection_range", Parity.Full)]
    private static long change_protection_range(mmu_gather* tlb, vm_area_struct* vma, ulong addr, ulong end, pgprot_t newprot, ulong cp_flags)
    {
        mm_struct* mm = vma->vm_mm;
        ulong next;
        long pages = 0;

        BUG_ON(addr >= end);
        pgd_t* pgd = pgd_offset(mm, addr);
        tlb_start_vma(tlb, vma);
        do
        {
            next = pgd_addr_end(addr, end);
            if (pgtable_populate_needed(vma, cp_flags) && p4d_alloc(mm, pgd, addr) == null)
            {
                pages = -ENOMEM;
                break;
            }
            if (!pgd_none_or_clear_bad(pgd))
                pages += change_p4d_range(tlb, vma, pgd, addr, next, newprot, cp_flags);
            pgd++;
            addr = next;
        }
        while (addr != end);

        tlb_end_vma(tlb, vma);

        return pages;
    }

    [KernelSource(C, "change_protection", Parity.Reduced, "no NUMA hinting or hugetlb")]
    public static long change_protection(mmu_gather* tlb, vm_area_struct* vma, ulong start, ulong end, ulong cp_flags)
    {
        pgprot_t newprot = vma->vm_page_prot;

        BUG_ON((cp_flags & MM_CP_UFFD_WP_ALL) == MM_CP_UFFD_WP_ALL);

        return change_protection_range(tlb, vma, start, end, newprot, cp_flags);
    }
}
