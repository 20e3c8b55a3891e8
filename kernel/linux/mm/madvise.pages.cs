// SPDX-License-Identifier: GPL-2.0-only
// mm/madvise.c, first part: what each advice does to the pages of one VMA.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;

namespace Linux;

public static unsafe partial class mm_madvise_c
{
    private enum madvise_lock_mode
    {
        MADVISE_NO_LOCK,
        MADVISE_MMAP_READ_LOCK,
        MADVISE_MMAP_WRITE_LOCK,
        MADVISE_VMA_READ_LOCK,
    }

    private struct madvise_walk_private
    {
        public mmu_gather* tlb;
        public bool pageout;
    }

    private struct madvise_behavior_range
    {
        public ulong start;
        public ulong end;
    }

    private struct madvise_behavior
    {
        public mm_struct* mm;
        public int behavior;
        public mmu_gather* tlb;
        public madvise_lock_mode lock_mode;
        public madvise_behavior_range range;
        public vm_area_struct* prev;
        public vm_area_struct* vma;
        public bool lock_dropped;
    }

    [KernelSource("mm/madvise.c", "madvise_update_vma", Parity.Reduced, "no names for anonymous VMAs")]
    private static int madvise_update_vma(vm_flags_t new_flags, madvise_behavior* madv_behavior)
    {
        vm_area_struct* vma = madv_behavior->vma;
        madvise_behavior_range* range = &madv_behavior->range;
        vma_iterator vmi = VMA_ITERATOR(madv_behavior->mm, range->start);

        if (new_flags == vma->vm_flags)
            return 0;

        vma = vma_modify_flags(&vmi, madv_behavior->prev, vma, range->start, range->end, new_flags);

        if (IS_ERR(vma))
            return (int)PTR_ERR(vma);

        madv_behavior->vma = vma;

        vma_start_write(vma);
        vm_flags_reset(vma, new_flags);
        return 0;
    }

    [KernelSource("mm/madvise.c", "swapin_walk_pmd_entry", Parity.Full)]
    private static int swapin_walk_pmd_entry(pmd_t* pmd, ulong start, ulong end, mm_walk* walk)
    {
        vm_area_struct* vma = (vm_area_struct*)walk->@private;
        swap_iocb* splug = null;
        pte_t* ptep = null;
        spinlock_t* ptl = null;

        for (ulong addr = start; addr < end; addr += PAGE_SIZE)
        {
            if (ptep == null)
            {
                ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
                if (ptep == null)
                    break;
            }
            else
            {
                ptep++;
            }

            pte_t pte = ptep_get(ptep);
            if (!is_swap_pte(pte))
                continue;
            swp_entry_t entry = pte_to_swp_entry(pte);
            if (non_swap_entry(entry))
                continue;

            pte_unmap_unlock(ptep, ptl);
            ptep = null;

            folio* folio = read_swap_cache_async(entry, GFP_HIGHUSER_MOVABLE, vma, addr, &splug);
            if (folio != null)
                folio_put(folio);
        }

        if (ptep != null)
            pte_unmap_unlock(ptep, ptl);
        swap_read_unplug(splug);
        cond_resched();

        return 0;
    }

    private static readonly mm_walk_ops* swapin_walk_ops = data(new mm_walk_ops
    {
        pmd_entry = &swapin_walk_pmd_entry,
        walk_lock = PGWALK_RDLOCK,
    });

    [KernelSource("mm/madvise.c", "shmem_swapin_range", Parity.Full)]
    private static void shmem_swapin_range(vm_area_struct* vma, ulong start, ulong end, address_space* mapping)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, linear_page_index(vma, start));
        pgoff_t end_index = linear_page_index(vma, end) - 1;
        swap_iocb* splug = null;

        rcu_read_lock();
        for (void* item = xas_find(&xas, end_index); item != null; item = xas_next_entry(&xas, end_index))
        {
            if (!xa_is_value(item))
                continue;
            swp_entry_t entry = radix_to_swp_entry(item);
            if (non_swap_entry(entry))
                continue;

            ulong addr = vma->vm_start + ((xas.xa_index - vma->vm_pgoff) << PAGE_SHIFT);
            xas_pause(&xas);
            rcu_read_unlock();

            folio* folio = read_swap_cache_async(entry, mapping_gfp_mask(mapping), vma, addr, &splug);
            if (folio != null)
                folio_put(folio);

            rcu_read_lock();
        }

        rcu_read_unlock();
        swap_read_unplug(splug);
    }

    [KernelSource("mm/madvise.c", "mark_mmap_lock_dropped", Parity.Full)]
    private static void mark_mmap_lock_dropped(madvise_behavior* madv_behavior)
    {
        VM_WARN_ON_ONCE(madv_behavior->lock_mode == madvise_lock_mode.MADVISE_VMA_READ_LOCK);
        madv_behavior->lock_dropped = true;
    }

    // Starts the reads and does not wait for them.
    [KernelSource("mm/madvise.c", "madvise_willneed", Parity.Full)]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static int madvise_willneed(madvise_behavior* madv_behavior)
    {
        vm_area_struct* vma = madv_behavior->vma;
        mm_struct* mm = madv_behavior->mm;
        file* file = vma->vm_file;
        ulong start = madv_behavior->range.start;
        ulong end = madv_behavior->range.end;

        if (file == null)
        {
            walk_page_range_vma(vma, start, end, swapin_walk_ops, vma);
            lru_add_drain();
            return 0;
        }

        if (shmem_mapping(file->f_mapping))
        {
            shmem_swapin_range(vma, start, end, file->f_mapping);
            lru_add_drain();
            return 0;
        }

        // The file system may need the lock.
        mark_mmap_lock_dropped(madv_behavior);
        get_file(file);
        loff_t offset = (loff_t)(start - vma->vm_start) + ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
        mmap_read_unlock(mm);
        vfs_fadvise(file, offset, (loff_t)(end - start), POSIX_FADV_WILLNEED);
        fput(file);
        mmap_read_lock(mm);
        return 0;
    }

    [KernelSource("mm/madvise.c", "madvise_folio_pte_batch", Parity.Full)]
    private static int madvise_folio_pte_batch(ulong addr, ulong end, folio* folio, pte_t* ptep, pte_t* ptentp)
    {
        uint max_nr = (uint)((end - addr) / PAGE_SIZE);

        return (int)folio_pte_batch_flags(folio, null, ptep, ptentp, max_nr, FPB_MERGE_YOUNG_DIRTY);
    }

    // Tasks of the machine run as root, which may write any file.
    [KernelSource("mm/madvise.c", "can_do_file_pageout", Parity.Reduced, "no ownership and permission checks")]
    private static bool can_do_file_pageout(vm_area_struct* vma) => vma->vm_file != null;

    [KernelSource("mm/madvise.c", "madvise_cold_or_pageout_pte_range", Parity.Reduced, "nothing is mapped by a PMD")]
    private static int madvise_cold_or_pageout_pte_range(pmd_t* pmd, ulong addr, ulong end, mm_walk* walk)
    {
        madvise_walk_private* @private = (madvise_walk_private*)walk->@private;
        mmu_gather* tlb = @private->tlb;
        bool pageout = @private->pageout;
        mm_struct* mm = tlb->mm;
        vm_area_struct* vma = walk->vma;
        spinlock_t* ptl;
        list_head folio_list;
        uint batch_count = 0;

        INIT_LIST_HEAD(&folio_list);
        if (fatal_signal_pending(current))
            return -EINTR;

        bool pageout_anon_only_filter = pageout && !vma_is_anonymous(vma) && !can_do_file_pageout(vma);

        tlb_change_page_size(tlb, (uint)PAGE_SIZE);
    restart:
        pte_t* start_pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
        pte_t* pte = start_pte;
        if (start_pte == null)
            return 0;
        flush_tlb_batched_pending(mm);
        int nr;
        for (; addr < end; pte += nr, addr += (ulong)nr * PAGE_SIZE)
        {
            nr = 1;
            pte_t ptent = ptep_get(pte);

            if (++batch_count == SWAP_CLUSTER_MAX)
            {
                batch_count = 0;
                if (need_resched())
                {
                    pte_unmap_unlock(start_pte, ptl);
                    cond_resched();
                    goto restart;
                }
            }

            if (pte_none(ptent))
                continue;

            if (!pte_present(ptent))
                continue;

            folio* folio = vm_normal_folio(vma, addr, ptent);
            if (folio == null || folio_is_zone_device(folio))
                continue;

            // A large folio that is not mapped whole in the range is split, so that its other pages are left alone.
            if (folio_test_large(folio))
            {
                nr = madvise_folio_pte_batch(addr, end, folio, pte, &ptent);
                if ((ulong)nr < folio_nr_pages(folio))
                {
                    if (folio_maybe_mapped_shared(folio))
                        continue;
                    if (pageout_anon_only_filter && !folio_test_anon(folio))
                        continue;
                    if (!folio_trylock(folio))
                        continue;
                    folio_get(folio);
                    pte_unmap_unlock(start_pte, ptl);
                    int err = split_folio(folio);
                    folio_unlock(folio);
                    folio_put(folio);
                    start_pte = pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
                    if (start_pte == null)
                        break;
                    flush_tlb_batched_pending(mm);
                    if (err == 0)
                        nr = 0;
                    continue;
                }
            }

            // What others map is not this process's to judge.
            if (!folio_test_lru(folio) || folio_mapcount(folio) != (int)folio_nr_pages(folio))
                continue;

            if (pageout_anon_only_filter && !folio_test_anon(folio))
                continue;

            if (!pageout && pte_young(ptent))
            {
                clear_young_dirty_ptes(vma, addr, pte, (uint)nr, CYDP_CLEAR_YOUNG);
                tlb_remove_tlb_entries(tlb, pte, (uint)nr, addr);
            }

            folio_clear_referenced(folio);
            folio_test_clear_young(folio);
            if (folio_test_active(folio))
                folio_set_workingset(folio);
            if (pageout)
            {
                if (folio_isolate_lru(folio))
                {
                    if (folio_test_unevictable(folio))
                        folio_putback_lru(folio);
                    else
                        list_add(&folio->lru, &folio_list);
                }
            }
            else
            {
                folio_deactivate(folio);
            }
        }

        if (start_pte != null)
            pte_unmap_unlock(start_pte, ptl);
        if (pageout)
            reclaim_pages(&folio_list);
        cond_resched();

        return 0;
    }

    private static readonly mm_walk_ops* cold_walk_ops = data(new mm_walk_ops
    {
        pmd_entry = &madvise_cold_or_pageout_pte_range,
        walk_lock = PGWALK_RDLOCK,
    });

    [KernelSource("mm/madvise.c", "madvise_cold_page_range", Parity.Full)]
    private static void madvise_cold_page_range(mmu_gather* tlb, madvise_behavior* madv_behavior)
    {
        vm_area_struct* vma = madv_behavior->vma;
        madvise_behavior_range* range = &madv_behavior->range;
        madvise_walk_private walk_private = new() { pageout = false, tlb = tlb };

        tlb_start_vma(tlb, vma);
        walk_page_range_vma(vma, range->start, range->end, cold_walk_ops, &walk_private);
        tlb_end_vma(tlb, vma);
    }

    [KernelSource("mm/madvise.c", "can_madv_lru_vma", Parity.Full)]
    private static bool can_madv_lru_vma(vm_area_struct* vma) =>
        (vma->vm_flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB)) == 0;

    [KernelSource("mm/madvise.c", "madvise_cold", Parity.Full)]
    private static int madvise_cold(madvise_behavior* madv_behavior)
    {
        mmu_gather tlb;

        if (!can_madv_lru_vma(madv_behavior->vma))
            return -EINVAL;

        lru_add_drain();
        tlb_gather_mmu(&tlb, madv_behavior->mm);
        madvise_cold_page_range(&tlb, madv_behavior);
        tlb_finish_mmu(&tlb);

        return 0;
    }

    [KernelSource("mm/madvise.c", "madvise_pageout_page_range", Parity.Full)]
    private static void madvise_pageout_page_range(mmu_gather* tlb, vm_area_struct* vma, madvise_behavior_range* range)
    {
        madvise_walk_private walk_private = new() { pageout = true, tlb = tlb };

        tlb_start_vma(tlb, vma);
        walk_page_range_vma(vma, range->start, range->end, cold_walk_ops, &walk_private);
        tlb_end_vma(tlb, vma);
    }

    [KernelSource("mm/madvise.c", "madvise_pageout", Parity.Full)]
    private static int madvise_pageout(madvise_behavior* madv_behavior)
    {
        mmu_gather tlb;
        vm_area_struct* vma = madv_behavior->vma;

        if (!can_madv_lru_vma(vma))
            return -EINVAL;

        // Pages of a file that the caller may not write stay: their absence could be timed.
        if (!vma_is_anonymous(vma) && !can_do_file_pageout(vma) && (vma->vm_flags & VM_MAYSHARE) != 0)
            return 0;

        lru_add_drain();
        tlb_gather_mmu(&tlb, madv_behavior->mm);
        madvise_pageout_page_range(&tlb, vma, &madv_behavior->range);
        tlb_finish_mmu(&tlb);

        return 0;
    }

    [KernelSource("mm/madvise.c", "madvise_free_pte_range", Parity.Reduced, "anonymous folios are of single pages: none is split; no hardware poison")]
    private static int madvise_free_pte_range(pmd_t* pmd, ulong addr, ulong end, mm_walk* walk)
    {
        mmu_gather* tlb = (mmu_gather*)walk->@private;
        mm_struct* mm = tlb->mm;
        vm_area_struct* vma = walk->vma;
        spinlock_t* ptl;
        int nr_swap = 0;
        int nr;

        tlb_change_page_size(tlb, (uint)PAGE_SIZE);
        pte_t* start_pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
        pte_t* pte = start_pte;
        if (start_pte == null)
            return 0;
        flush_tlb_batched_pending(mm);
        for (; addr != end; pte += nr, addr += PAGE_SIZE * (ulong)nr)
        {
            nr = 1;
            pte_t ptent = ptep_get(pte);

            if (pte_none(ptent))
                continue;

            // In swap already: the slot and whatever is in the cache go at once.
            if (!pte_present(ptent))
            {
                swp_entry_t entry = pte_to_swp_entry(ptent);
                if (!non_swap_entry(entry))
                {
                    int max_nr = (int)((end - addr) / PAGE_SIZE);
                    nr = swap_pte_batch(pte, max_nr, ptent);
                    nr_swap -= nr;
                    free_swap_and_cache_nr(entry, nr);
                    clear_not_present_full_ptes(mm, addr, pte, (uint)nr, tlb->fullmm);
                }
                else if (is_poisoned_swp_entry(entry))
                {
                    pte_clear_not_present_full(mm, addr, pte, tlb->fullmm);
                }

                continue;
            }

            folio* folio = vm_normal_folio(vma, addr, ptent);
            if (folio == null || folio_is_zone_device(folio))
                continue;

            if (folio_test_swapcache(folio) || folio_test_dirty(folio))
            {
                if (!folio_trylock(folio))
                    continue;

                // Shared since it was looked at.
                if (folio_mapcount(folio) != (int)folio_nr_pages(folio))
                {
                    folio_unlock(folio);
                    continue;
                }

                if (folio_test_swapcache(folio) && !folio_free_swap(folio))
                {
                    folio_unlock(folio);
                    continue;
                }

                folio_clear_dirty(folio);
                folio_unlock(folio);
            }

            // Clean, so that a later write is seen: such a page is kept.
            if (pte_young(ptent) || pte_dirty(ptent))
            {
                clear_young_dirty_ptes(vma, addr, pte, (uint)nr, CYDP_CLEAR_YOUNG | CYDP_CLEAR_DIRTY);
                tlb_remove_tlb_entries(tlb, pte, (uint)nr, addr);
            }

            folio_mark_lazyfree(folio);
        }

        if (nr_swap != 0)
            add_mm_counter(mm, MM_SWAPENTS, nr_swap);
        pte_unmap_unlock(start_pte, ptl);
        cond_resched();

        return 0;
    }

    [KernelSource("mm/madvise.c", "get_walk_lock", Parity.Full)]
    private static int get_walk_lock(madvise_lock_mode mode)
    {
        switch (mode)
        {
            case madvise_lock_mode.MADVISE_VMA_READ_LOCK:
                return PGWALK_VMA_RDLOCK_VERIFY;
            case madvise_lock_mode.MADVISE_MMAP_READ_LOCK:
                return PGWALK_RDLOCK;
            default:
                WARN_ON_ONCE(true);
                return PGWALK_RDLOCK;
        }
    }

    [KernelSource("mm/madvise.c", "madvise_free_single_vma", Parity.Full)]
    private static int madvise_free_single_vma(madvise_behavior* madv_behavior)
    {
        mm_struct* mm = madv_behavior->mm;
        vm_area_struct* vma = madv_behavior->vma;
        mmu_gather* tlb = madv_behavior->tlb;
        mm_walk_ops walk_ops = new() { pmd_entry = &madvise_free_pte_range };
        mmu_notifier_range range;

        // Files have contents to fall back on: nothing to free lazily.
        if (!vma_is_anonymous(vma))
            return -EINVAL;

        ulong start = max(vma->vm_start, madv_behavior->range.start);
        if (start >= vma->vm_end)
            return -EINVAL;
        ulong end = min(vma->vm_end, madv_behavior->range.end);
        if (end <= vma->vm_start)
            return -EINVAL;
        mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, mm, start, end);

        lru_add_drain();
        update_hiwater_rss(mm);

        mmu_notifier_invalidate_range_start(&range);
        tlb_start_vma(tlb, vma);
        walk_ops.walk_lock = get_walk_lock(madv_behavior->lock_mode);
        walk_page_range_vma(vma, start, end, &walk_ops, tlb);
        tlb_end_vma(tlb, vma);
        mmu_notifier_invalidate_range_end(&range);
        return 0;
    }

    [KernelSource("mm/madvise.c", "madvise_dontneed_single_vma", Parity.Full)]
    private static int madvise_dontneed_single_vma(madvise_behavior* madv_behavior)
    {
        madvise_behavior_range* range = &madv_behavior->range;
        zap_details details = new() { reclaim_pt = true, even_cows = true };

        zap_page_range_single_batched(madv_behavior->tlb, madv_behavior->vma, range->start,
            range->end - range->start, &details);
        return 0;
    }

    [KernelSource("mm/madvise.c", "madvise_dontneed_free_valid_vma", Parity.Full)]
    private static bool madvise_dontneed_free_valid_vma(madvise_behavior* madv_behavior)
    {
        vm_area_struct* vma = madv_behavior->vma;
        vm_flags_t forbidden = VM_PFNMAP;

        if (madv_behavior->behavior != MADV_DONTNEED_LOCKED)
            forbidden |= VM_LOCKED;

        return (vma->vm_flags & forbidden) == 0;
    }

    // Gone at once for MADV_DONTNEED; for MADV_FREE when memory is short and nobody wrote again.
    [KernelSource("mm/madvise.c", "madvise_dontneed_free", Parity.Full)]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static int madvise_dontneed_free(madvise_behavior* madv_behavior)
    {
        mm_struct* mm = madv_behavior->mm;
        madvise_behavior_range* range = &madv_behavior->range;
        int behavior = madv_behavior->behavior;

        if (!madvise_dontneed_free_valid_vma(madv_behavior))
            return -EINVAL;

        if (range->start == range->end)
            return 0;

        if (!userfaultfd_remove(madv_behavior->vma, range->start, range->end))
        {
            // The monitor was told with the lock dropped: the VMA may be another.
            mark_mmap_lock_dropped(madv_behavior);
            mmap_read_lock(mm);
            vm_area_struct* vma = vma_lookup(mm, range->start);
            madv_behavior->vma = vma;
            if (vma == null)
                return -ENOMEM;

            if (!madvise_dontneed_free_valid_vma(madv_behavior))
                return -EINVAL;
            if (range->end > vma->vm_end)
                range->end = vma->vm_end;

            if (range->start == range->end)
                return 0;
            VM_WARN_ON(range->start > range->end);
        }

        if (behavior == MADV_DONTNEED || behavior == MADV_DONTNEED_LOCKED)
            return madvise_dontneed_single_vma(madv_behavior);
        else if (behavior == MADV_FREE)
            return madvise_free_single_vma(madv_behavior);
        else
            return -EINVAL;
    }

    [KernelSource("mm/madvise.c", "madvise_populate", Parity.Full)]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static int madvise_populate(madvise_behavior* madv_behavior)
    {
        mm_struct* mm = madv_behavior->mm;
        bool write = madv_behavior->behavior == MADV_POPULATE_WRITE;
        int locked = 1;
        ulong start = madv_behavior->range.start;
        ulong end = madv_behavior->range.end;

        while (start < end)
        {
            long pages = faultin_page_range(mm, start, end, write, &locked);
            if (locked == 0)
            {
                mmap_read_lock(mm);
                locked = 1;
            }

            if (pages < 0)
            {
                switch (pages)
                {
                    case -EINTR:
                    case -EINVAL: // VMAs that do not allow it
                    case -EHWPOISON:
                    case -EFAULT: // VM_FAULT_SIGBUS or SIGSEGV
                        return (int)pages;
                    case -ENOMEM: // no VMA, or no memory
                        return -ENOMEM;
                    default:
                        pr_warn($"madvise_populate: unhandled return value: {pages}");
                        return -ENOMEM;
                }
            }

            start += (ulong)pages * PAGE_SIZE;
        }

        return 0;
    }

    // Punches a hole into the file behind a shared mapping.
    [KernelSource("mm/madvise.c", "madvise_remove", Parity.Full)]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static int madvise_remove(madvise_behavior* madv_behavior)
    {
        mm_struct* mm = madv_behavior->mm;
        vm_area_struct* vma = madv_behavior->vma;
        ulong start = madv_behavior->range.start;
        ulong end = madv_behavior->range.end;

        mark_mmap_lock_dropped(madv_behavior);

        if ((vma->vm_flags & VM_LOCKED) != 0)
            return -EINVAL;

        file* f = vma->vm_file;

        if (f == null || f->f_mapping == null || f->f_mapping->host == null)
            return -EINVAL;

        if (!vma_is_shared_maywrite(vma))
            return -EACCES;

        loff_t offset = (loff_t)(start - vma->vm_start) + ((loff_t)vma->vm_pgoff << PAGE_SHIFT);

        // The file system takes the inode's lock, which comes before mmap_lock.
        get_file(f);
        if (userfaultfd_remove(vma, start, end))
            mmap_read_unlock(mm);

        int error = vfs_fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, (loff_t)(end - start));
        fput(f);
        mmap_read_lock(mm);
        return error;
    }
}
