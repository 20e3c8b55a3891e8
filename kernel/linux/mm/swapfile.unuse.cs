// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, fourth part: bringing everything back in at swapoff.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;

namespace Linux;

public static unsafe partial class mm_swapfile_c
{
    [KernelSource("mm/swapfile.c", "pte_same_as_swp", Parity.Full)]
    private static bool pte_same_as_swp(pte_t pte, pte_t swp_pte) => pte_same(pte_swp_clear_flags(pte), swp_pte);

    /// <summary>Maps a cached folio in place of its entry; 0 when the entry is not there any more or was replaced, 1 when done.</summary>
    [KernelSource("mm/swapfile.c", "unuse_pte", Parity.Reduced, "no KSM copies, no hardware poison, no soft-dirty bits")]
    [MustHold("folio->PG_locked")]
    private static int unuse_pte(vm_area_struct* vma, pmd_t* pmd, ulong addr, swp_entry_t entry, folio* folio)
    {
        spinlock_t* ptl;
        pte_t new_pte;
        int ret = 1;

        // Locked only now: it may hold another entry by this time.
        if (!folio_matches_swap_entry(folio, entry))
            return 0;

        page* page = folio_file_page(folio, swp_offset(entry));

        pte_t* pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
        if (pte == null || !pte_same_as_swp(ptep_get(pte), swp_entry_to_pte(entry)))
        {
            ret = 0;
            goto out_;
        }

        pte_t old_pte = ptep_get(pte);

        if (!folio_test_uptodate(folio))
        {
            // The read failed: leave a marker that kills whoever touches it.
            dec_mm_counter(vma->vm_mm, MM_SWAPENTS);
            new_pte = swp_entry_to_pte(make_poisoned_swp_entry());
            ret = 0;
            goto setpte;
        }

        dec_mm_counter(vma->vm_mm, MM_SWAPENTS);
        inc_mm_counter(vma->vm_mm, MM_ANONPAGES);
        folio_get(folio);

        int rmap_flags = RMAP_NONE;

        // In the swap cache and not under writeback: pages that shared a device entry may be exclusive again.
        VM_BUG_ON_FOLIO(folio_test_writeback(folio), folio);
        if (pte_swp_exclusive(old_pte))
            rmap_flags |= RMAP_EXCLUSIVE;
        if (!folio_test_anon(folio))
        {
            VM_WARN_ON_ONCE(folio_test_large(folio));
            VM_WARN_ON_FOLIO(!folio_test_locked(folio), folio);
            folio_add_new_anon_rmap(folio, vma, addr, rmap_flags);
        }
        else
        {
            folio_add_anon_rmap_pte(folio, page, vma, addr, rmap_flags);
        }

        new_pte = pte_mkold(mk_pte(page, vma->vm_page_prot));
        if (pte_swp_uffd_wp(old_pte))
            new_pte = pte_mkuffd_wp(new_pte);
    setpte:
        set_pte_at(vma->vm_mm, addr, pte, new_pte);
        swap_free(entry);
    out_:
        if (pte != null)
            pte_unmap_unlock(pte, ptl);
        return ret;
    }

    [KernelSource("mm/swapfile.c", "unuse_pte_range", Parity.Full)]
    private static int unuse_pte_range(vm_area_struct* vma, pmd_t* pmd, ulong addr, ulong end, uint type)
    {
        pte_t* pte = null;
        swap_info_struct* si = swap_info[type];

        do
        {
            if (pte == null)
            {
                pte = pte_offset_map(pmd, addr);
                if (pte == null)
                    break;
            }
            else
            {
                pte++;
            }

            pte_t ptent = ptep_get_lockless(pte);

            if (!is_swap_pte(ptent))
                continue;

            swp_entry_t entry = pte_to_swp_entry(ptent);
            if (swp_type(entry) != type)
                continue;

            ulong offset = swp_offset(entry);
            pte_unmap(pte);
            pte = null;

            folio* folio = swap_cache_get_folio(entry);
            if (folio == null)
            {
                vm_fault vmf = new()
                {
                    vma = vma,
                    address = addr,
                    real_address = addr,
                    pmd = pmd,
                };

                folio = swapin_readahead(entry, GFP_HIGHUSER_MOVABLE, &vmf);
            }

            if (folio == null)
            {
                byte swp_count = READ_ONCE(&si->swap_map[offset]);
                if (swp_count == 0 || swp_count == SWAP_MAP_BAD)
                    continue;
                return -ENOMEM;
            }

            folio_lock(folio);
            folio_wait_writeback(folio);
            int ret = unuse_pte(vma, pmd, addr, entry, folio);
            if (ret < 0)
            {
                folio_unlock(folio);
                folio_put(folio);
                return ret;
            }

            folio_free_swap(folio);
            folio_unlock(folio);
            folio_put(folio);
        }
        while ((addr += PAGE_SIZE) != end);

        if (pte != null)
            pte_unmap(pte);
        return 0;
    }

    [KernelSource("mm/swapfile.c", "unuse_pmd_range", Parity.Full)]
    private static int unuse_pmd_range(vm_area_struct* vma, pud_t* pud, ulong addr, ulong end, uint type)
    {
        ulong next;

        pmd_t* pmd = pmd_offset(pud, addr);
        do
        {
            cond_resched();
            next = pmd_addr_end(addr, end);
            int ret = unuse_pte_range(vma, pmd, addr, next, type);
            if (ret != 0)
                return ret;
            pmd++;
            addr = next;
        }
        while (addr != end);

        return 0;
    }

    [KernelSource("mm/swapfile.c", "unuse_pud_range", Parity.Full)]
    private static int unuse_pud_range(vm_area_struct* vma, p4d_t* p4d, ulong addr, ulong end, uint type)
    {
        ulong next;

        for (pud_t* pud = pud_offset(p4d, addr); addr != end; pud++, addr = next)
        {
            next = pud_addr_end(addr, end);
            if (pud_none_or_clear_bad(pud))
                continue;
            int ret = unuse_pmd_range(vma, pud, addr, next, type);
            if (ret != 0)
                return ret;
        }

        return 0;
    }

    [KernelSource("mm/swapfile.c", "unuse_p4d_range", Parity.Full)]
    private static int unuse_p4d_range(vm_area_struct* vma, pgd_t* pgd, ulong addr, ulong end, uint type)
    {
        ulong next;

        for (p4d_t* p4d = p4d_offset(pgd, addr); addr != end; p4d++, addr = next)
        {
            next = p4d_addr_end(addr, end);
            if (p4d_none_or_clear_bad(p4d))
                continue;
            int ret = unuse_pud_range(vma, p4d, addr, next, type);
            if (ret != 0)
                return ret;
        }

        return 0;
    }

    [KernelSource("mm/swapfile.c", "unuse_vma", Parity.Full)]
    private static int unuse_vma(vm_area_struct* vma, uint type)
    {
        ulong addr = vma->vm_start;
        ulong end = vma->vm_end;
        ulong next;

        for (pgd_t* pgd = pgd_offset(vma->vm_mm, addr); addr != end; pgd++, addr = next)
        {
            next = pgd_addr_end(addr, end);
            if (pgd_none_or_clear_bad(pgd))
                continue;
            int ret = unuse_p4d_range(vma, pgd, addr, next, type);
            if (ret != 0)
                return ret;
        }

        return 0;
    }

    [KernelSource("mm/swapfile.c", "unuse_mm", Parity.Full)]
    [Excludes("mm->mmap_lock")]
    private static int unuse_mm(mm_struct* mm, uint type)
    {
        int ret = 0;

        mmap_read_lock(mm);
        if (check_stable_address_space(mm) != 0)
            goto unlock;
        for (vm_area_struct* vma = find_vma(mm, 0); vma != null; vma = find_vma(mm, vma->vm_end))
        {
            if (vma->anon_vma != null)
            {
                ret = unuse_vma(vma, type);
                if (ret != 0)
                    break;
            }

            cond_resched();
        }

    unlock:
        mmap_read_unlock(mm);
        return ret;
    }

    /// <summary>The next slot in use after prev, 0 when there is none.</summary>
    [KernelSource("mm/swapfile.c", "find_next_to_unuse", Parity.Full)]
    private static uint find_next_to_unuse(swap_info_struct* si, uint prev)
    {
        uint i;

        for (i = prev + 1; i < si->max; i++)
        {
            byte count = READ_ONCE(&si->swap_map[i]);
            if (count != 0 && swap_count(count) != SWAP_MAP_BAD)
                break;
            if ((i % LATENCY_LIMIT) == 0)
                cond_resched();
        }

        if (i == si->max)
            i = 0;

        return i;
    }

    [KernelSource("mm/swapfile.c", "try_to_unuse", Parity.Full)]
    [Excludes("kernel_fork_c.mmlist_lock")]
    private static int try_to_unuse(uint type)
    {
        int retval = 0;
        swap_info_struct* si = swap_info[type];

        if (swap_usage_in_pages(si) == 0)
            goto success;

    retry:
        retval = shmem_unuse(type);
        if (retval != 0)
            return retval;

        mm_struct* prev_mm = init_mm;
        mmget(prev_mm);

        spin_lock(mmlist_lock);
        list_head* p = &init_mm->mmlist;
        while (swap_usage_in_pages(si) != 0 &&
               !signal_pending(current) &&
               (p = p->next) != &init_mm->mmlist)
        {
            mm_struct* mm = list_entry<mm_struct>(p, &((mm_struct*)nowhere)->mmlist);
            if (!mmget_not_zero(mm))
                continue;
            spin_unlock(mmlist_lock);
            mmput(prev_mm);
            prev_mm = mm;
            retval = unuse_mm(mm, type);
            if (retval != 0)
            {
                mmput(prev_mm);
                return retval;
            }

            cond_resched();
            spin_lock(mmlist_lock);
        }

        spin_unlock(mmlist_lock);

        mmput(prev_mm);

        uint i = 0;
        while (swap_usage_in_pages(si) != 0 &&
               !signal_pending(current) &&
               (i = find_next_to_unuse(si, i)) != 0)
        {
            swp_entry_t entry = swp_entry(type, i);
            folio* folio = swap_cache_get_folio(entry);
            if (folio == null)
                continue;

            // Mapped by nobody now: what is left is the cache's own.
            folio_lock(folio);
            folio_wait_writeback(folio);
            folio_free_swap(folio);
            folio_unlock(folio);
            folio_put(folio);
        }

        // A fork, or a page that moved between shmem and elsewhere, may have slipped by.
        if (swap_usage_in_pages(si) != 0)
        {
            if (!signal_pending(current))
                goto retry;

            return -EINTR;
        }

    success:
        // Slots are seen free before anything of the area is torn down.
        smp_mb();
        return 0;
    }

    // With all swap gone no mm needs to be on the list.
    [KernelSource("mm/swapfile.c", "drain_mmlist", Parity.Full)]
    [Excludes("kernel_fork_c.mmlist_lock")]
    private static void drain_mmlist()
    {
        for (uint type = 0; type < nr_swapfiles; type++)
        {
            if (swap_usage_in_pages(swap_info[type]) != 0)
                return;
        }

        spin_lock(mmlist_lock);
        for (list_head* p = init_mm->mmlist.next, next = p->next; p != &init_mm->mmlist; p = next, next = p->next)
            list_del_init(p);
        spin_unlock(mmlist_lock);
    }
}
