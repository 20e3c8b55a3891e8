// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_rmap_h;
using static Linux.linux_swapops_h;

namespace Linux;

// What the files of mm/ tell each other: folios, batches of page-table entries, faults, mlock and gup.
public static unsafe partial class mm_internal_h
{
    // A folio mapped whole by one entry counts this much, so that its page count stays apart.
    public const int ENTIRELY_MAPPED = 0x800000;
    public const int FOLIO_PAGES_MAPPED = ENTIRELY_MAPPED - 1;

    public const uint FPB_RESPECT_DIRTY = 1 << 0;
    public const uint FPB_RESPECT_SOFT_DIRTY = 1 << 1;
    public const uint FPB_RESPECT_WRITE = 1 << 2;
    public const uint FPB_MERGE_WRITE = 1 << 3;
    public const uint FPB_MERGE_YOUNG_DIRTY = 1 << 4;


    public const uint FOLL_TOUCH = 1 << 16;
    public const uint FOLL_TRIED = 1 << 17;
    public const uint FOLL_REMOTE = 1 << 18;
    public const uint FOLL_PIN = 1 << 19;
    public const uint FOLL_FAST_ONLY = 1 << 20;
    public const uint FOLL_UNLOCKABLE = 1 << 21;
    public const uint FOLL_MADV_POPULATE = 1 << 22;
    public const uint INTERNAL_GUP_FLAGS = FOLL_TOUCH | FOLL_TRIED | FOLL_REMOTE | FOLL_PIN | FOLL_FAST_ONLY
        | FOLL_UNLOCKABLE | FOLL_MADV_POPULATE;

    [KernelSource("mm/internal.h", "folio_nr_pages_mapped", Parity.Full)]
    public static int folio_nr_pages_mapped(folio* folio) => atomic_read(&folio->_nr_pages_mapped) & FOLIO_PAGES_MAPPED;

    // The first entry of the folio that this entry belongs to.
    [KernelSource("mm/internal.h", "folio_swap", Parity.Full)]
    public static swp_entry_t folio_swap(swp_entry_t entry, folio* folio) =>
        new() { val = entry.val & ~(folio_nr_pages(folio) - 1) };

    [KernelSource("mm/internal.h", "folio_raw_mapping", Parity.Full)]
    public static void* folio_raw_mapping(folio* folio) => (void*)((ulong)folio->mapping & ~FOLIO_MAPPING_FLAGS);

    [KernelSource("mm/internal.h", "mmap_file", Parity.Reduced, "->mmap is called directly; there is no mmap_prepare compatibility layer")]
    public static int mmap_file(@file* file, vm_area_struct* vma)
    {
        int err = file->f_op->mmap(file, vma);

        if (err == 0)
            return 0;

        // The driver may have set hooks that would touch what it never finished setting up.
        vma->vm_ops = vma_dummy_vm_ops;

        return err;
    }

    [KernelSource("mm/internal.h", "vma_close", Parity.Full)]
    public static void vma_close(vm_area_struct* vma)
    {
        if (vma->vm_ops != null && vma->vm_ops->close != null)
        {
            vma->vm_ops->close(vma);

            // No hook may run on this VMA any more.
            vma->vm_ops = vma_dummy_vm_ops;
        }
    }

    [KernelSource("mm/internal.h", "__pte_batch_clear_ignored", Parity.Full)]
    public static pte_t __pte_batch_clear_ignored(pte_t pte, uint flags)
    {
        if ((flags & FPB_RESPECT_DIRTY) == 0)
            pte = pte_mkclean(pte);
        if ((flags & FPB_RESPECT_SOFT_DIRTY) == 0)
            pte = pte_clear_soft_dirty(pte);
        if ((flags & FPB_RESPECT_WRITE) == 0)
            pte = pte_wrprotect(pte);
        return pte_mkold(pte);
    }

    [KernelSource("mm/internal.h", "folio_pte_batch_flags", Parity.Full)]
    public static uint folio_pte_batch_flags(folio* folio, vm_area_struct* vma, pte_t* ptep, pte_t* ptentp, uint max_nr, uint flags)
    {
        bool any_writable = false, any_young = false, any_dirty = false;
        pte_t pte = *ptentp;

        VM_WARN_ON_FOLIO(!pte_present(pte), folio);
        VM_WARN_ON_FOLIO(!folio_test_large(folio) || max_nr < 1, folio);
        VM_WARN_ON_FOLIO(page_folio(pfn_to_page(pte_pfn(pte))) != folio, folio);

        // Not past the end of the folio.
        max_nr = (uint)Math.Min(max_nr, folio_pfn(folio) + folio_nr_pages(folio) - pte_pfn(pte));

        uint nr = pte_batch_hint(ptep, pte);
        pte_t expected_pte = __pte_batch_clear_ignored(pte_advance_pfn(pte, nr), flags);
        ptep += nr;

        while (nr < max_nr)
        {
            pte = ptep_get(ptep);

            if (!pte_same(__pte_batch_clear_ignored(pte, flags), expected_pte))
                break;

            if ((flags & FPB_MERGE_WRITE) != 0)
                any_writable |= pte_write(pte);
            if ((flags & FPB_MERGE_YOUNG_DIRTY) != 0)
            {
                any_young |= pte_young(pte);
                any_dirty |= pte_dirty(pte);
            }

            uint cur_nr = pte_batch_hint(ptep, pte);
            expected_pte = pte_advance_pfn(expected_pte, cur_nr);
            ptep += cur_nr;
            nr += cur_nr;
        }

        if (any_writable)
            *ptentp = pte_mkwrite(*ptentp, vma);
        if (any_young)
            *ptentp = pte_mkyoung(*ptentp);
        if (any_dirty)
            *ptentp = pte_mkdirty(*ptentp);

        return Math.Min(nr, max_nr);
    }

    [KernelSource("mm/internal.h", "pte_move_swp_offset", Parity.Full)]
    public static pte_t pte_move_swp_offset(pte_t pte, long delta)
    {
        swp_entry_t entry = pte_to_swp_entry(pte);
        pte_t @new = __swp_entry_to_pte(__swp_entry(swp_type(entry), swp_offset(entry) + (ulong)delta));

        if (pte_swp_soft_dirty(pte))
            @new = pte_swp_mksoft_dirty(@new);
        if (pte_swp_exclusive(pte))
            @new = pte_swp_mkexclusive(@new);
        if (pte_swp_uffd_wp(pte))
            @new = pte_swp_mkuffd_wp(@new);

        return @new;
    }

    [KernelSource("mm/internal.h", "pte_next_swp_offset", Parity.Full)]
    public static pte_t pte_next_swp_offset(pte_t pte) => pte_move_swp_offset(pte, 1);

    [KernelSource("mm/internal.h", "swap_pte_batch", Parity.Full)]
    public static int swap_pte_batch(pte_t* start_ptep, int max_nr, pte_t pte)
    {
        pte_t expected_pte = pte_next_swp_offset(pte);
        pte_t* end_ptep = start_ptep + max_nr;
        swp_entry_t entry = pte_to_swp_entry(pte);
        pte_t* ptep = start_ptep + 1;

        VM_WARN_ON(max_nr < 1);
        VM_WARN_ON(!is_swap_pte(pte));
        VM_WARN_ON(non_swap_entry(entry));

        ushort cgroup_id = lookup_swap_cgroup_id(entry);
        while (ptep < end_ptep)
        {
            pte = ptep_get(ptep);

            if (!pte_same(pte, expected_pte))
                break;
            if (lookup_swap_cgroup_id(pte_to_swp_entry(pte)) != cgroup_id)
                break;
            expected_pte = pte_next_swp_offset(expected_pte);
            ptep++;
        }

        return (int)(ptep - start_ptep);
    }

    [KernelSource("mm/internal.h", "acct_reclaim_writeback", Parity.Full)]
    public static void acct_reclaim_writeback(folio* folio)
    {
        pglist_data* pgdat = folio_pgdat(folio);
        int nr_throttled = atomic_read(&pgdat->nr_writeback_throttled);

        if (nr_throttled != 0)
            __acct_reclaim_writeback(pgdat, folio, nr_throttled);
    }

    [KernelSource("mm/internal.h", "wake_throttle_isolated", Parity.Full)]
    public static void wake_throttle_isolated(pglist_data* pgdat)
    {
        wait_queue_head* wqh = &pgdat->reclaim_wait[VMSCAN_THROTTLE_ISOLATED];

        if (waitqueue_active(wqh))
            wake_up(wqh);
    }

    [KernelSource("mm/internal.h", "vmf_anon_prepare", Parity.Full)]
    public static uint vmf_anon_prepare(vm_fault* vmf)
    {
        uint ret = __vmf_anon_prepare(vmf);

        if ((ret & VM_FAULT_RETRY) != 0)
            vma_end_read(vmf->vma);
        return ret;
    }

    [KernelSource("mm/internal.h", "folio_evictable", Parity.Full)]
    public static bool folio_evictable(folio* folio)
    {
        // Truncation must not free the address_space meanwhile.
        rcu_read_lock();
        bool ret = !mapping_unevictable(folio_mapping(folio)) && !folio_test_mlocked(folio);
        rcu_read_unlock();
        return ret;
    }

    [KernelSource("mm/internal.h", "folio_needs_release", Parity.Full)]
    public static bool folio_needs_release(folio* folio)
    {
        address_space* mapping = folio_mapping(folio);

        return folio_has_private(folio) || (mapping != null && mapping_release_always(mapping));
    }

    [KernelSource("mm/internal.h", "folio_within_range", Parity.Full)]
    public static bool folio_within_range(folio* folio, vm_area_struct* vma, ulong start, ulong end)
    {
        ulong vma_pglen = vma_pages(vma);

        VM_WARN_ON_FOLIO(folio_test_ksm(folio), folio);
        if (start > end)
            return false;

        if (start < vma->vm_start)
            start = vma->vm_start;

        if (end > vma->vm_end)
            end = vma->vm_end;

        ulong pgoff = folio_pgoff(folio);

        // The folio must begin inside the VMA.
        if (pgoff - vma->vm_pgoff >= vma_pglen)
            return false;

        ulong addr = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);

        return !(addr < start || end - addr < folio_size(folio));
    }

    [KernelSource("mm/internal.h", "folio_within_vma", Parity.Full)]
    public static bool folio_within_vma(folio* folio, vm_area_struct* vma) =>
        folio_within_range(folio, vma, vma->vm_start, vma->vm_end);

    // VM_SPECIAL is set before VM_LOCKED may be while ->mmap still runs, so both are looked at.
    [KernelSource("mm/internal.h", "mlock_vma_folio", Parity.Full)]
    public static void mlock_vma_folio(folio* folio, vm_area_struct* vma)
    {
        if ((vma->vm_flags & (VM_LOCKED | VM_SPECIAL)) == VM_LOCKED)
            mlock_folio(folio);
    }

    // munlock when the last mapping of this VMA goes, or when it may.
    [KernelSource("mm/internal.h", "munlock_vma_folio", Parity.Full)]
    public static void munlock_vma_folio(folio* folio, vm_area_struct* vma)
    {
        if ((vma->vm_flags & VM_LOCKED) != 0)
            munlock_folio(folio);
    }

    // Where the pages are mapped, or -EFAULT.
    [KernelSource("mm/internal.h", "vma_address", Parity.Full)]
    public static ulong vma_address(vm_area_struct* vma, ulong pgoff, ulong nr_pages)
    {
        ulong address;

        if (pgoff >= vma->vm_pgoff)
        {
            address = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);
            // Below vm_start only by wrapping.
            if (address < vma->vm_start || address >= vma->vm_end)
                address = unchecked((ulong)-EFAULT);
        }
        else if (pgoff + nr_pages - 1 >= vma->vm_pgoff)
        {
            // The end of a large folio is inside.
            address = vma->vm_start;
        }
        else
        {
            address = unchecked((ulong)-EFAULT);
        }
        return address;
    }

    [KernelSource("mm/internal.h", "vma_address_end", Parity.Full)]
    public static ulong vma_address_end(page_vma_mapped_walk* pvmw)
    {
        vm_area_struct* vma = pvmw->vma;

        if (pvmw->nr_pages == 1)
            return pvmw->address + PAGE_SIZE;

        ulong pgoff = pvmw->pgoff + pvmw->nr_pages;
        ulong address = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);
        if (address < vma->vm_start || address > vma->vm_end)
            address = vma->vm_end;
        return address;
    }

    [KernelSource("mm/internal.h", "maybe_unlock_mmap_for_io", Parity.Full)]
    [ConsumesRef("fpin"), ReturnsOwned]
    public static @file* maybe_unlock_mmap_for_io(vm_fault* vmf, @file* fpin)
    {
        uint flags = vmf->flags;

        if (fpin != null)
            return fpin;

        // Waiting for I/O goes without the lock, but only on the first try.
        if (fault_flag_allow_retry_first(flags) && (flags & FAULT_FLAG_RETRY_NOWAIT) == 0)
        {
            fpin = get_file(vmf->vma->vm_file);
            release_fault_lock(vmf);
        }
        return fpin;
    }

    [KernelSource("mm/internal.h", "gup_must_unshare", Parity.Full)]
    public static bool gup_must_unshare(vm_area_struct* vma, uint flags, page* page)
    {
        // FOLL_WRITE breaks COW anyway; without FOLL_PIN nobody relies on the page staying ours.
        if ((flags & (FOLL_WRITE | FOLL_PIN)) != FOLL_PIN)
            return false;
        if (!PageAnon(page))
        {
            // A long-term pin of a file page in a COW mapping would miss a later write.
            if ((flags & FOLL_LONGTERM) == 0)
                return false;
            if (vma == null)
                return true;

            return is_cow_mapping(vma->vm_flags);
        }

        // Pairs with the barrier where the page is shared.
        smp_rmb();

        return !PageAnonExclusive(page);
    }

    [KernelSource("mm/internal.h", "vma_set_range", Parity.Full)]
    public static void vma_set_range(vm_area_struct* vma, ulong start, ulong end, ulong pgoff)
    {
        vma->vm_start = start;
        vma->vm_end = end;
        vma->vm_pgoff = pgoff;
    }
}
