// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_mmu_notifier_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.linux_rmap_h;
using static Linux.asm_tlbflush_h;
using static Linux.mm_internal_h;

namespace Linux;

// Write to a page that is mapped read-only: reuse it, copy it, or tell the file system.
public static unsafe partial class mm_memory_c
{
    [KernelSource("mm/memory.c", "pte_unmap_same", Parity.Full)]
    [Releases("rcu")]
    private static bool pte_unmap_same(vm_fault* vmf)
    {
        // An entry is read in one access, so the one we have is whole.
        pte_unmap(vmf->pte);
        vmf->pte = null;
        return true;
    }

    [KernelSource("mm/memory.c", "__wp_page_copy_user", Parity.Reduced, "a source without a struct page (a raw frame mapping) does not exist here")]
    private static int __wp_page_copy_user(page* dst, page* src, vm_fault* vmf)
    {
        if (copy_mc_user_highpage(dst, src, vmf->address, vmf->vma) != 0)
            return -EHWPOISON;
        return 0;
    }

    [KernelSource("mm/memory.c", "__get_fault_gfp_mask", Parity.Full)]
    private static uint __get_fault_gfp_mask(vm_area_struct* vma)
    {
        @file* vm_file = vma->vm_file;

        if (vm_file != null)
            return mapping_gfp_mask(vm_file->f_mapping) | linux_gfp_types_h.__GFP_FS | linux_gfp_types_h.__GFP_IO;

        // Special mappings have no file, but the task may sleep all the same.
        return linux_gfp_types_h.GFP_KERNEL;
    }

    // Tells the file system that a page of it is about to become writable. Returns with the folio locked, or an error.
    [KernelSource("mm/memory.c", "do_page_mkwrite", Parity.Full)]
    [AssumesHeld("folio->PG_locked")]
    private static uint do_page_mkwrite(vm_fault* vmf, folio* folio)
    {
        uint old_flags = vmf->flags;

        vmf->flags = FAULT_FLAG_WRITE | FAULT_FLAG_MKWRITE;

        if (vmf->vma->vm_file != null && IS_SWAPFILE(vmf->vma->vm_file->f_mapping->host))
            return VM_FAULT_SIGBUS;

        uint ret = vmf->vma->vm_ops->page_mkwrite(vmf);
        vmf->flags = old_flags;
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) != 0)
            return ret;
        if ((ret & VM_FAULT_LOCKED) == 0)
        {
            folio_lock(folio);
            if (folio->mapping == null)
            {
                // Truncated meanwhile.
                folio_unlock(folio);
                return 0;
            }
            ret |= VM_FAULT_LOCKED;
        }
        else
        {
            VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        }
        return ret;
    }

    // A shared page was written: mark it, and let the writer feel it if it dirties too much.
    [KernelSource("mm/memory.c", "fault_dirty_shared_page", Parity.Full)]
    [Releases("folio.PG_locked")]
    private static uint fault_dirty_shared_page(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;
        folio* folio = page_folio(vmf->page);
        bool page_mkwrite = vma->vm_ops != null && vma->vm_ops->page_mkwrite != null;

        bool dirtied = folio_mark_dirty(folio);
        VM_BUG_ON_FOLIO(folio_test_anon(folio), folio);
        // Remember the mapping before the lock goes: truncation may clear it.
        address_space* mapping = (address_space*)folio_raw_mapping(folio);
        folio_unlock(folio);

        if (!page_mkwrite)
            file_update_time(vma->vm_file);

        // Throttling may sleep long, so it goes without the mmap lock where that is allowed.
        if ((dirtied || page_mkwrite) && mapping != null)
        {
            @file* fpin = maybe_unlock_mmap_for_io(vmf, null);

            balance_dirty_pages_ratelimited(mapping);
            if (fpin != null)
            {
                fput(fpin);
                return VM_FAULT_COMPLETED;
            }
        }

        return 0;
    }

    // The page is ours alone: only the entry changes. Drops the lock.
    [KernelSource("mm/memory.c", "wp_page_reuse", Parity.Full)]
    [Releases("vmf->ptl"), Releases("rcu")]
    private static void wp_page_reuse(vm_fault* vmf, folio* folio)
    {
        vm_area_struct* vma = vmf->vma;

        VM_BUG_ON((vmf->flags & FAULT_FLAG_WRITE) == 0);
        VM_WARN_ON(is_zero_pfn(pte_pfn(vmf->orig_pte)));

        if (folio != null)
        {
            VM_BUG_ON(folio_test_anon(folio) && !PageAnonExclusive(vmf->page));
            folio_xchg_last_cpupid(folio, (1 << linux_page_flags_layout_h.LAST_CPUPID_SHIFT) - 1);
        }

        flush_cache_page(vma, vmf->address, pte_pfn(vmf->orig_pte));
        pte_t entry = pte_mkyoung(vmf->orig_pte);
        entry = maybe_mkwrite(pte_mkdirty(entry), vma);
        if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, true) != 0)
            update_mmu_cache_range(vmf, vma, vmf->address, vmf->pte, 1);
        pte_unmap_unlock(vmf->pte, vmf->ptl);
        count_vm_event(PGREUSE);
    }

    // ->fault may sleep, which a fault under the VMA's own lock must not.
    [KernelSource("mm/memory.c", "vmf_can_call_fault", Parity.Full)]
    private static uint vmf_can_call_fault(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;

        if (vma->vm_ops->map_pages != null || (vmf->flags & FAULT_FLAG_VMA_LOCK) == 0)
            return 0;
        vma_end_read(vma);
        return VM_FAULT_RETRY;
    }

    [KernelSource("mm/memory.c", "__vmf_anon_prepare", Parity.Full)]
    [MightSleep]
    public static uint __vmf_anon_prepare(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;
        uint ret = 0;

        if (vma->anon_vma != null)
            return 0;
        if ((vmf->flags & FAULT_FLAG_VMA_LOCK) != 0)
        {
            if (!mmap_read_trylock(vma->vm_mm))
                return VM_FAULT_RETRY;
        }
        if (__anon_vma_prepare(vma) != 0)
            ret = VM_FAULT_OOM;
        if ((vmf->flags & FAULT_FLAG_VMA_LOCK) != 0)
            mmap_read_unlock(vma->vm_mm);
        return ret;
    }

    // Breaks COW (or unsharing) with a copy. Takes over the reference to the old page.
    [KernelSource("mm/memory.c", "wp_page_copy", Parity.Full)]
    private static uint wp_page_copy(vm_fault* vmf)
    {
        bool unshare = (vmf->flags & FAULT_FLAG_UNSHARE) != 0;
        vm_area_struct* vma = vmf->vma;
        mm_struct* mm = vma->vm_mm;
        folio* old_folio = null;
        folio* new_folio = null;
        bool page_copied = false;
        mmu_notifier_range range;

        if (vmf->page != null)
            old_folio = page_folio(vmf->page);
        uint ret = vmf_anon_prepare(vmf);
        if (ret != 0)
            goto @out;

        bool pfn_is_zero = is_zero_pfn(pte_pfn(vmf->orig_pte));
        new_folio = folio_prealloc(mm, vma, vmf->address, pfn_is_zero);
        if (new_folio == null)
            goto oom;

        if (!pfn_is_zero)
        {
            int err = __wp_page_copy_user(&new_folio->page, vmf->page, vmf);

            if (err != 0)
            {
                // The fault is tried again, or the page is broken.
                folio_put(new_folio);
                if (old_folio != null)
                    folio_put(old_folio);

                return err == -EHWPOISON ? VM_FAULT_HWPOISON : 0;
            }
        }

        __folio_mark_uptodate(new_folio);

        mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, mm, vmf->address & PAGE_MASK, (vmf->address & PAGE_MASK) + PAGE_SIZE);
        mmu_notifier_invalidate_range_start(&range);

        // Is it still what we faulted on?
        vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
        if (vmf->pte != null && pte_same(ptep_get(vmf->pte), vmf->orig_pte))
        {
            if (old_folio != null)
            {
                if (!folio_test_anon(old_folio))
                {
                    dec_mm_counter(mm, mm_counter_file(old_folio));
                    inc_mm_counter(mm, MM_ANONPAGES);
                }
            }
            else
            {
                inc_mm_counter(mm, MM_ANONPAGES);
            }
            flush_cache_page(vma, vmf->address, pte_pfn(vmf->orig_pte));
            pte_t entry = folio_mk_pte(new_folio, vma->vm_page_prot);
            entry = pte_sw_mkyoung(entry);
            if (unshare)
            {
                if (pte_soft_dirty(vmf->orig_pte))
                    entry = pte_mksoft_dirty(entry);
                if (pte_uffd_wp(vmf->orig_pte))
                    entry = pte_mkuffd_wp(entry);
            }
            else
            {
                entry = maybe_mkwrite(pte_mkdirty(entry), vma);
            }

            // Clear, flush, set: nobody may go on using the old page through a stale translation.
            ptep_clear_flush(vma, vmf->address, vmf->pte);
            folio_add_new_anon_rmap(new_folio, vma, vmf->address, RMAP_EXCLUSIVE);
            folio_add_lru_vma(new_folio, vma);
            BUG_ON(unshare && pte_write(entry));
            set_pte_at(mm, vmf->address, vmf->pte, entry);
            update_mmu_cache_range(vmf, vma, vmf->address, vmf->pte, 1);
            if (old_folio != null)
            {
                // Only after the entry is set: reclaim that sees no mapping left may free the page, and no CPU
                // may be able to reach it then.
                folio_remove_rmap_pte(old_folio, vmf->page, vma);
            }

            // Free the old page below.
            new_folio = old_folio;
            page_copied = true;
            pte_unmap_unlock(vmf->pte, vmf->ptl);
        }
        else if (vmf->pte != null)
        {
            update_mmu_tlb(vma, vmf->address, vmf->pte);
            pte_unmap_unlock(vmf->pte, vmf->ptl);
        }

        mmu_notifier_invalidate_range_end(&range);

        if (new_folio != null)
            folio_put(new_folio);
        if (old_folio != null)
        {
            if (page_copied)
                free_swap_cache(old_folio);
            folio_put(old_folio);
        }

        return 0;
    oom:
        ret = VM_FAULT_OOM;
    @out:
        if (old_folio != null)
            folio_put(old_folio);

        return ret;
    }

    [KernelSource("mm/memory.c", "finish_mkwrite_fault", Parity.Full)]
    private static uint finish_mkwrite_fault(vm_fault* vmf, folio* folio)
    {
        WARN_ON_ONCE((vmf->vma->vm_flags & VM_SHARED) == 0);
        vmf->pte = pte_offset_map_lock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
        if (vmf->pte == null)
            return VM_FAULT_NOPAGE;
        // The lock was dropped meanwhile.
        if (!pte_same(ptep_get(vmf->pte), vmf->orig_pte))
        {
            update_mmu_tlb(vmf->vma, vmf->address, vmf->pte);
            pte_unmap_unlock(vmf->pte, vmf->ptl);
            return VM_FAULT_NOPAGE;
        }
        wp_page_reuse(vmf, folio);
        return 0;
    }

    [KernelSource("mm/memory.c", "wp_pfn_shared", Parity.Reduced, "no mapping has a pfn_mkwrite hook here")]
    [Releases("vmf->ptl"), Releases("rcu")]
    private static uint wp_pfn_shared(vm_fault* vmf)
    {
        wp_page_reuse(vmf, null);
        return 0;
    }

    [KernelSource("mm/memory.c", "wp_page_shared", Parity.Full)]
    [Releases("vmf->ptl"), Releases("rcu")]
    private static uint wp_page_shared(vm_fault* vmf, folio* folio)
    {
        vm_area_struct* vma = vmf->vma;
        uint ret = 0;

        folio_get(folio);

        if (vma->vm_ops != null && vma->vm_ops->page_mkwrite != null)
        {
            pte_unmap_unlock(vmf->pte, vmf->ptl);
            uint tmp = vmf_can_call_fault(vmf);
            if (tmp != 0)
            {
                folio_put(folio);
                return tmp;
            }

            tmp = do_page_mkwrite(vmf, folio);
            if (tmp == 0 || (tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) != 0)
            {
                folio_put(folio);
                return tmp;
            }
            tmp = finish_mkwrite_fault(vmf, folio);
            if ((tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) != 0)
            {
                folio_unlock(folio);
                folio_put(folio);
                return tmp;
            }
        }
        else
        {
            wp_page_reuse(vmf, folio);
            folio_lock(folio);
        }
        ret |= fault_dirty_shared_page(vmf);
        folio_put(folio);

        return ret;
    }

    // Whether the only references are ours and those that go away by asking.
    [KernelSource("mm/memory.c", "wp_can_reuse_anon_folio", Parity.Reduced, "anonymous folios are of single pages")]
    private static bool wp_can_reuse_anon_folio(folio* folio, vm_area_struct* vma)
    {
        // KSM pages are never reused. Three: ours, the swap cache's, a batch's on its way to the LRU.
        if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)
            return false;
        if (!folio_test_lru(folio))
            lru_add_drain();
        if (folio_ref_count(folio) > 1 + (folio_test_swapcache(folio) ? 1 : 0))
            return false;
        if (!folio_trylock(folio))
            return false;
        if (folio_test_swapcache(folio))
            folio_free_swap(folio);
        if (folio_test_ksm(folio) || folio_ref_count(folio) != 1)
        {
            folio_unlock(folio);
            return false;
        }
        // Ours alone from now on: let it hang off our own anon_vma.
        folio_move_anon_rmap(folio, vma);
        folio_unlock(folio);
        return true;
    }

    // Called with the lock of the entry held; drops it.
    [KernelSource("mm/memory.c", "do_wp_page", Parity.Full)]
    [Releases("vmf->ptl"), Releases("rcu"), MightSleep]
    private static uint do_wp_page(vm_fault* vmf)
    {
        bool unshare = (vmf->flags & FAULT_FLAG_UNSHARE) != 0;
        vm_area_struct* vma = vmf->vma;
        folio* folio = null;

        if (!unshare)
        {
            if (userfaultfd_pte_wp(vma, ptep_get(vmf->pte)))
            {
                if (!userfaultfd_wp_async(vma))
                {
                    pte_unmap_unlock(vmf->pte, vmf->ptl);
                    return handle_userfault(vmf, VM_UFFD_WP);
                }

                // Nobody wants to hear of it: the mark goes and the write goes on.
                pte_t pte = pte_clear_uffd_wp(ptep_get(vmf->pte));

                set_pte_at(vma->vm_mm, vmf->address, vmf->pte, pte);
                vmf->orig_pte = pte;
            }

            // A protection that is not flushed everywhere yet: do it now, before the page is copied.
            if (userfaultfd_wp(vmf->vma) && mm_tlb_flush_pending(vmf->vma->vm_mm))
                flush_tlb_page(vmf->vma, vmf->address);
        }

        vmf->page = vm_normal_page(vma, vmf->address, vmf->orig_pte);

        if (vmf->page != null)
            folio = page_folio(vmf->page);

        // Shared mappings never copy.
        if ((vma->vm_flags & (VM_SHARED | VM_MAYSHARE)) != 0)
        {
            if (vmf->page == null)
                return wp_pfn_shared(vmf);
            return wp_page_shared(vmf, folio);
        }

        if (folio != null && folio_test_anon(folio)
            && (PageAnonExclusive(vmf->page) || wp_can_reuse_anon_folio(folio, vma)))
        {
            if (!PageAnonExclusive(vmf->page))
                SetPageAnonExclusive(vmf->page);
            if (unshare)
            {
                pte_unmap_unlock(vmf->pte, vmf->ptl);
                return 0;
            }
            wp_page_reuse(vmf, folio);
            return 0;
        }

        // Now we have to copy.
        if (folio != null)
            folio_get(folio);

        pte_unmap_unlock(vmf->pte, vmf->ptl);
        return wp_page_copy(vmf);
    }
}
