// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_mmu_notifier_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.linux_rmap_h;
using static Linux.asm_pgtable_types_h;
using static Linux.asm_tlb_h;
using static Linux.mm_internal_h;

namespace Linux;

// Unmapping: entries are cleared, folios collected for freeing.
public static unsafe partial class mm_memory_c
{
    // Whether private copies of file pages go as well.
    [KernelSource("mm/memory.c", "should_zap_cows", Parity.Full)]
    private static bool should_zap_cows(zap_details* details)
    {
        if (details == null || details->reclaim_pt)
            return true;

        return details->even_cows;
    }

    [KernelSource("mm/memory.c", "should_zap_folio", Parity.Full)]
    private static bool should_zap_folio(zap_details* details, folio* folio)
    {
        if (should_zap_cows(details))
            return true;

        // Otherwise file folios only.
        return !folio_test_anon(folio);
    }

    [KernelSource("mm/memory.c", "zap_drop_markers", Parity.Full)]
    private static bool zap_drop_markers(zap_details* details)
    {
        if (details == null)
            return false;

        return (details->zap_flags & ZAP_FLAG_DROP_MARKER) != 0;
    }

    [KernelSource("mm/memory.c", "zap_install_uffd_wp_if_needed", Parity.Full)]
    private static bool zap_install_uffd_wp_if_needed(vm_area_struct* vma, ulong addr, pte_t* pte, int nr, zap_details* details, pte_t pteval)
    {
        bool was_installed = false;

        // Zapped anonymous memory comes back empty, so its protection goes with it.
        if (vma_is_anonymous(vma))
            return false;

        if (zap_drop_markers(details))
            return false;

        for (; ; )
        {
            if (pte_install_uffd_wp_if_needed(vma, addr, pte, pteval))
                was_installed = true;
            if (--nr == 0)
                break;
            pte++;
            addr += PAGE_SIZE;
        }

        return was_installed;
    }

    [KernelSource("mm/memory.c", "zap_present_folio_ptes", Parity.Full)]
    [RequiresPreemptOff]
    private static void zap_present_folio_ptes(mmu_gather* tlb, vm_area_struct* vma, folio* folio, page* page, pte_t* pte, pte_t ptent,
        uint nr, ulong addr, zap_details* details, int* rss, bool* force_flush, bool* force_break, bool* any_skipped)
    {
        mm_struct* mm = tlb->mm;
        bool delay_rmap = false;

        if (!folio_test_anon(folio))
        {
            ptent = get_and_clear_full_ptes(mm, addr, pte, nr, tlb->fullmm);
            if (pte_dirty(ptent))
            {
                folio_mark_dirty(folio);
                // Others may still write through their TLB: the mapping counts until that is flushed.
                if (tlb_delay_rmap(tlb))
                {
                    delay_rmap = true;
                    *force_flush = true;
                }
            }
            if (pte_young(ptent) && vma_has_recency(vma))
                folio_mark_accessed(folio);
            rss[mm_counter(folio)] -= (int)nr;
        }
        else
        {
            // Nobody will look at dirty or young of a page that goes.
            clear_full_ptes(mm, addr, pte, nr, tlb->fullmm);
            rss[MM_ANONPAGES] -= (int)nr;
        }
        arch_check_zapped_pte(vma, ptent);
        tlb_remove_tlb_entries(tlb, pte, nr, addr);
        if (userfaultfd_pte_wp(vma, ptent))
            *any_skipped = zap_install_uffd_wp_if_needed(vma, addr, pte, (int)nr, details, ptent);

        if (!delay_rmap)
        {
            folio_remove_rmap_ptes(folio, page, (int)nr, vma);

            if (folio_mapcount(folio) < 0)
                print_bad_pte(vma, addr, ptent, page);
        }
        if (__tlb_remove_folio_pages(tlb, page, nr, delay_rmap))
        {
            *force_flush = true;
            *force_break = true;
        }
    }

    [KernelSource("mm/memory.c", "zap_present_ptes", Parity.Full)]
    [RequiresPreemptOff]
    private static int zap_present_ptes(mmu_gather* tlb, vm_area_struct* vma, pte_t* pte, pte_t ptent, uint max_nr, ulong addr,
        zap_details* details, int* rss, bool* force_flush, bool* force_break, bool* any_skipped)
    {
        mm_struct* mm = tlb->mm;
        page* page = vm_normal_page(vma, addr, ptent);

        if (page == null)
        {
            // The zero page, or a frame without a count.
            ptep_get_and_clear_full(mm, addr, pte, tlb->fullmm);
            arch_check_zapped_pte(vma, ptent);
            tlb_remove_tlb_entry(tlb, pte, addr);
            if (userfaultfd_pte_wp(vma, ptent))
                *any_skipped = zap_install_uffd_wp_if_needed(vma, addr, pte, 1, details, ptent);
            return 1;
        }

        folio* folio = page_folio(page);
        if (!should_zap_folio(details, folio))
        {
            *any_skipped = true;
            return 1;
        }

        if (folio_test_large(folio) && max_nr != 1)
        {
            int nr = (int)folio_pte_batch(folio, pte, ptent, max_nr);
            zap_present_folio_ptes(tlb, vma, folio, page, pte, ptent, (uint)nr, addr, details, rss, force_flush, force_break, any_skipped);
            return nr;
        }
        zap_present_folio_ptes(tlb, vma, folio, page, pte, ptent, 1, addr, details, rss, force_flush, force_break, any_skipped);
        return 1;
    }

    [KernelSource("mm/memory.c", "zap_nonpresent_ptes", Parity.Reduced, "device and migration entries do not exist in this configuration")]
    private static int zap_nonpresent_ptes(mmu_gather* tlb, vm_area_struct* vma, pte_t* pte, pte_t ptent, uint max_nr, ulong addr,
        zap_details* details, int* rss, bool* any_skipped)
    {
        int nr = 1;

        *any_skipped = true;
        swp_entry_t entry = pte_to_swp_entry(ptent);
        if (!non_swap_entry(entry))
        {
            // Swapped memory is a private copy too.
            if (!should_zap_cows(details))
                return 1;

            nr = swap_pte_batch(pte, (int)max_nr, ptent);
            rss[MM_SWAPENTS] -= nr;
            free_swap_and_cache_nr(entry, nr);
        }
        else if (pte_marker_entry_uffd_wp(entry))
        {
            // Of anonymous memory always; of files only when asked.
            if (!vma_is_anonymous(vma) && !zap_drop_markers(details))
                return 1;
        }
        else if (is_guard_swp_entry(entry))
        {
            // Guards outlive MADV_DONTNEED.
            if (!zap_drop_markers(details))
                return 1;
        }
        else if (is_hwpoison_entry(entry) || is_poisoned_swp_entry(entry))
        {
            if (!should_zap_cows(details))
                return 1;
        }
        else
        {
            pr_alert($"unrecognized swap entry 0x{entry.val:x}");
            WARN_ON_ONCE(true);
        }
        clear_not_present_full_ptes(vma->vm_mm, addr, pte, (uint)nr, tlb->fullmm);
        *any_skipped = zap_install_uffd_wp_if_needed(vma, addr, pte, nr, details, ptent);

        return nr;
    }

    [KernelSource("mm/memory.c", "do_zap_pte_range", Parity.Full)]
    [RequiresPreemptOff]
    private static int do_zap_pte_range(mmu_gather* tlb, vm_area_struct* vma, pte_t* pte, ulong addr, ulong end,
        zap_details* details, int* rss, bool* force_flush, bool* force_break, bool* any_skipped)
    {
        pte_t ptent = ptep_get(pte);
        int max_nr = (int)((end - addr) / PAGE_SIZE);
        int nr = 0;

        // Runs of nothing are stepped over at once.
        if (pte_none(ptent))
        {
            for (nr = 1; nr < max_nr; nr++)
            {
                ptent = ptep_get(pte + nr);
                if (!pte_none(ptent))
                    break;
            }
            max_nr -= nr;
            if (max_nr == 0)
                return nr;
            pte += nr;
            addr += (ulong)nr * PAGE_SIZE;
        }

        if (pte_present(ptent))
            nr += zap_present_ptes(tlb, vma, pte, ptent, (uint)max_nr, addr, details, rss, force_flush, force_break, any_skipped);
        else
            nr += zap_nonpresent_ptes(tlb, vma, pte, ptent, (uint)max_nr, addr, details, rss, any_skipped);

        return nr;
    }

    [KernelSource("mm/memory.c", "zap_pte_range", Parity.Full)]
    private static ulong zap_pte_range(mmu_gather* tlb, vm_area_struct* vma, pmd_t* pmd, ulong addr, ulong end, zap_details* details)
    {
        bool force_flush = false, force_break = false;
        mm_struct* mm = tlb->mm;
        int* rss = stackalloc int[NR_MM_COUNTERS];
        spinlock_t* ptl;
        pte_t* start_pte, pte;
        pmd_t pmdval = default;
        ulong start = addr;
        bool can_reclaim_pt = reclaim_pt_is_enabled(start, end, details);
        bool direct_reclaim = true;
        int nr;

    retry:
        tlb_change_page_size(tlb, PAGE_SIZE);
        init_rss_vec(rss);
        start_pte = pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
        if (pte == null)
            return addr;

        flush_tlb_batched_pending(mm);
        arch_enter_lazy_mmu_mode();
        do
        {
            bool any_skipped = false;

            if (need_resched())
            {
                direct_reclaim = false;
                break;
            }

            nr = do_zap_pte_range(tlb, vma, pte, addr, end, details, rss, &force_flush, &force_break, &any_skipped);
            if (any_skipped)
                can_reclaim_pt = false;
            if (force_break)
            {
                addr += (ulong)nr * PAGE_SIZE;
                direct_reclaim = false;
                break;
            }
            pte += nr;
            addr += PAGE_SIZE * (ulong)nr;
        } while (addr != end);

        // All entries are gone and the lock was never dropped: the table can be taken out right here.
        if (can_reclaim_pt && direct_reclaim && addr == end)
            direct_reclaim = try_get_and_clear_pmd(mm, pmd, &pmdval);

        add_mm_rss_vec(mm, rss);
        arch_leave_lazy_mmu_mode();

        // Flush before the lock goes, so that nobody finds an entry clean while others still write to the page.
        if (force_flush)
        {
            tlb_flush_mmu_tlbonly(tlb);
            tlb_flush_rmaps(tlb, vma);
        }
        pte_unmap_unlock(start_pte, ptl);

        // The batch was full, or dirty file pages wait for their flush.
        if (force_flush)
            tlb_flush_mmu(tlb);

        if (addr != end)
        {
            cond_resched();
            force_flush = false;
            force_break = false;
            goto retry;
        }

        if (can_reclaim_pt)
        {
            if (direct_reclaim)
                free_pte(mm, start, tlb, pmdval);
            else
                try_to_free_pte(mm, pmd, start, tlb);
        }

        return addr;
    }

    [KernelSource("mm/memory.c", "zap_pmd_range", Parity.Reduced, "nothing is mapped by a PMD")]
    private static ulong zap_pmd_range(mmu_gather* tlb, vm_area_struct* vma, pud_t* pud, ulong addr, ulong end, zap_details* details)
    {
        ulong next;
        pmd_t* pmd = pmd_offset(pud, addr);

        do
        {
            next = pmd_addr_end(addr, end);
            if (pmd_none(*pmd))
            {
                addr = next;
            }
            else
            {
                addr = zap_pte_range(tlb, vma, pmd, addr, next, details);
                // Short of the end: the pmd changed under us, look again.
                if (addr != next)
                    pmd--;
            }
            pmd++;
            cond_resched();
        } while (addr != end);

        return addr;
    }

    [KernelSource("mm/memory.c", "zap_pud_range", Parity.Reduced, "nothing is mapped by a PUD")]
    private static ulong zap_pud_range(mmu_gather* tlb, vm_area_struct* vma, p4d_t* p4d, ulong addr, ulong end, zap_details* details)
    {
        ulong next;
        pud_t* pud = pud_offset(p4d, addr);

        do
        {
            next = pud_addr_end(addr, end);
            if (!pud_none_or_clear_bad(pud))
            {
                next = zap_pmd_range(tlb, vma, pud, addr, next, details);
                cond_resched();
            }
            pud++;
            addr = next;
        } while (addr != end);

        return addr;
    }

    [KernelSource("mm/memory.c", "zap_p4d_range", Parity.Full)]
    private static ulong zap_p4d_range(mmu_gather* tlb, vm_area_struct* vma, pgd_t* pgd, ulong addr, ulong end, zap_details* details)
    {
        ulong next;
        p4d_t* p4d = p4d_offset(pgd, addr);

        do
        {
            next = p4d_addr_end(addr, end);
            if (!p4d_none_or_clear_bad(p4d))
                next = zap_pud_range(tlb, vma, p4d, addr, next, details);
            p4d++;
            addr = next;
        } while (addr != end);

        return addr;
    }

    [KernelSource("mm/memory.c", "unmap_page_range", Parity.Full)]
    public static void unmap_page_range(mmu_gather* tlb, vm_area_struct* vma, ulong addr, ulong end, zap_details* details)
    {
        ulong next;

        BUG_ON(addr >= end);
        tlb_start_vma(tlb, vma);
        pgd_t* pgd = pgd_offset(vma->vm_mm, addr);
        do
        {
            next = pgd_addr_end(addr, end);
            if (!pgd_none_or_clear_bad(pgd))
                next = zap_p4d_range(tlb, vma, pgd, addr, next, details);
            pgd++;
            addr = next;
        } while (addr != end);
        tlb_end_vma(tlb, vma);
    }

    [KernelSource("mm/memory.c", "unmap_single_vma", Parity.Full)]
    private static void unmap_single_vma(mmu_gather* tlb, vm_area_struct* vma, ulong start_addr, ulong end_addr, zap_details* details, bool mm_wr_locked)
    {
        ulong start = Math.Max(vma->vm_start, start_addr);

        if (start >= vma->vm_end)
            return;
        ulong end = Math.Min(vma->vm_end, end_addr);
        if (end <= vma->vm_start)
            return;

        if (start != end)
            unmap_page_range(tlb, vma, start, end, details);
    }

    // Unmaps the ranges of vma and of what follows it in the tree, up to tree_end.
    [KernelSource("mm/memory.c", "unmap_vmas", Parity.Full)]
    public static void unmap_vmas(mmu_gather* tlb, ma_state* mas, vm_area_struct* vma, ulong start_addr, ulong end_addr, ulong tree_end, bool mm_wr_locked)
    {
        mmu_notifier_range range;
        zap_details details = new()
        {
            zap_flags = ZAP_FLAG_DROP_MARKER | ZAP_FLAG_UNMAP,
            // Everything goes.
            even_cows = true,
        };

        mmu_notifier_range_init(&range, MMU_NOTIFY_UNMAP, 0, vma->vm_mm, start_addr, end_addr);
        mmu_notifier_invalidate_range_start(&range);
        do
        {
            ulong start = start_addr;
            ulong end = end_addr;

            hugetlb_zap_begin(vma, &start, &end);
            unmap_single_vma(tlb, vma, start, end, &details, mm_wr_locked);
            hugetlb_zap_end(vma, &details);
            vma = (vm_area_struct*)mas_find(mas, tree_end - 1);
        } while (vma != null && !xa_is_zero(vma));
        mmu_notifier_invalidate_range_end(&range);
    }

    [KernelSource("mm/memory.c", "zap_page_range_single_batched", Parity.Full)]
    public static void zap_page_range_single_batched(mmu_gather* tlb, vm_area_struct* vma, ulong address, ulong size, zap_details* details)
    {
        ulong end = address + size;
        mmu_notifier_range range;

        VM_WARN_ON_ONCE(tlb == null || tlb->mm != vma->vm_mm);

        mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma->vm_mm, address, end);
        hugetlb_zap_begin(vma, &range.start, &range.end);
        update_hiwater_rss(vma->vm_mm);
        mmu_notifier_invalidate_range_start(&range);
        unmap_single_vma(tlb, vma, address, end, details, false);
        mmu_notifier_invalidate_range_end(&range);
    }

    [KernelSource("mm/memory.c", "zap_page_range_single", Parity.Full)]
    public static void zap_page_range_single(vm_area_struct* vma, ulong address, ulong size, zap_details* details)
    {
        mmu_gather tlb;

        tlb_gather_mmu(&tlb, vma->vm_mm);
        zap_page_range_single_batched(&tlb, vma, address, size, details);
        tlb_finish_mmu(&tlb);
    }

    [KernelSource("mm/memory.c", "unmap_mapping_range_vma", Parity.Full)]
    private static void unmap_mapping_range_vma(vm_area_struct* vma, ulong start_addr, ulong end_addr, zap_details* details) =>
        zap_page_range_single(vma, start_addr, end_addr - start_addr, details);

    [KernelSource("mm/memory.c", "unmap_mapping_range_tree", Parity.Full)]
    private static void unmap_mapping_range_tree(rb_root_cached* root, ulong first_index, ulong last_index, zap_details* details)
    {
        for (vm_area_struct* vma = vma_interval_tree_iter_first(root, first_index, last_index); vma != null;
             vma = vma_interval_tree_iter_next(vma, first_index, last_index))
        {
            ulong vba = vma->vm_pgoff;
            ulong vea = vba + vma_pages(vma) - 1;
            ulong zba = Math.Max(first_index, vba);
            ulong zea = Math.Min(last_index, vea);

            unmap_mapping_range_vma(vma, ((zba - vba) << PAGE_SHIFT) + vma->vm_start, ((zea - vba + 1) << PAGE_SHIFT) + vma->vm_start, details);
        }
    }

    [KernelSource("mm/memory.c", "unmap_mapping_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("folio->mapping->i_mmap_rwsem")]
    public static void unmap_mapping_folio(folio* folio)
    {
        address_space* mapping = folio->mapping;
        zap_details details = default;

        VM_BUG_ON(!folio_test_locked(folio));

        ulong first_index = folio->index;
        ulong last_index = folio_next_index(folio) - 1;

        details.even_cows = false;
        details.single_folio = folio;
        details.zap_flags = ZAP_FLAG_DROP_MARKER;

        i_mmap_lock_read(mapping);
        if (!RB_EMPTY_ROOT(&mapping->i_mmap.rb_root))
            unmap_mapping_range_tree(&mapping->i_mmap, first_index, last_index, &details);
        i_mmap_unlock_read(mapping);
    }

    [KernelSource("mm/memory.c", "unmap_mapping_pages", Parity.Full)]
    [Excludes("mapping->i_mmap_rwsem")]
    public static void unmap_mapping_pages(address_space* mapping, ulong start, ulong nr, bool even_cows)
    {
        zap_details details = default;
        ulong first_index = start;
        ulong last_index = start + nr - 1;

        details.even_cows = even_cows;
        if (last_index < first_index)
            last_index = ULONG_MAX;

        i_mmap_lock_read(mapping);
        if (!RB_EMPTY_ROOT(&mapping->i_mmap.rb_root))
            unmap_mapping_range_tree(&mapping->i_mmap, first_index, last_index, &details);
        i_mmap_unlock_read(mapping);
    }

    [KernelSource("mm/memory.c", "unmap_mapping_range", Parity.Full)]
    public static void unmap_mapping_range(address_space* mapping, long holebegin, long holelen, int even_cows)
    {
        ulong hba = (ulong)holebegin >> PAGE_SHIFT;
        ulong hlen = ((ulong)holelen + PAGE_SIZE - 1) >> PAGE_SHIFT;

        unmap_mapping_pages(mapping, hba, hlen, even_cows != 0);
    }
}
