// SPDX-License-Identifier: GPL-2.0-only
// mm/memory.c, the part that faults a page in from swap.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;

namespace Linux;

public static unsafe partial class mm_memory_c
{
    [KernelSource("mm/memory.c", "__alloc_swap_folio", Parity.Full)]
    private static folio* __alloc_swap_folio(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;

        folio* folio = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, vma, vmf->address);
        if (folio == null)
            return null;

        swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);
        if (mem_cgroup_swapin_charge_folio(folio, vma->vm_mm, GFP_KERNEL, entry) != 0)
        {
            folio_put(folio);
            return null;
        }

        return folio;
    }

    [KernelSource("mm/memory.c", "alloc_swap_folio", Parity.Reduced, "transparent_hugepage/enabled is never: no large folio is swapped in")]
    private static folio* alloc_swap_folio(vm_fault* vmf) => __alloc_swap_folio(vmf);

    private static readonly wait_queue_head* swapcache_wq = bss<wait_queue_head>();

    /// <summary>Maps the page that a swap entry stands for. Enters with the pte mapped but not locked, leaves it unmapped.</summary>
    [KernelSource("mm/memory.c", "do_swap_page", Parity.Reduced, "no migration, device or poison entries, no large folios, no KSM")]
    [ContextUnsafe("a copy and what it was copied from are both locked, and KSM makes no copies here", Rule = "KM0113")]
    [ContextUnsafe("a copy and what it was copied from are both locked, and KSM makes no copies here", Rule = "KM0114")]
    [Releases("rcu"), MightSleep]
    public static vm_fault_t do_swap_page(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;
        folio* swapcache;
        folio* folio = null;
        wait_queue_entry wait;
        page* page;
        swap_info_struct* si = null;
        int rmap_flags = RMAP_NONE;
        bool need_clear_cache = false;
        bool exclusive = false;
        pte_t pte;
        vm_fault_t ret = 0;

        init_waitqueue_entry(&wait, current);
        swp_entry_t entry = default;

        if (!pte_unmap_same(vmf))
            goto out_;

        entry = pte_to_swp_entry(vmf->orig_pte);
        if (non_swap_entry(entry))
        {
            if (is_pte_marker_entry(entry))
            {
                ret = handle_pte_marker(vmf);
            }
            else
            {
                print_bad_pte(vma, vmf->address, vmf->orig_pte, null);
                ret = VM_FAULT_SIGBUS;
            }

            goto out_;
        }

        // Keep swapoff from taking the device away.
        si = get_swap_device(entry);
        if (si == null)
            goto out_;

        folio = swap_cache_get_folio(entry);
        if (folio != null)
            swap_update_readahead(folio, vma, vmf->address);
        swapcache = folio;

        if (folio == null)
        {
            if ((si->flags & SWP_SYNCHRONOUS_IO) != 0 && __swap_count(entry) == 1)
            {
                // A fast device and no sharer: no need for the cache.
                folio = alloc_swap_folio(vmf);
                if (folio != null)
                {
                    __folio_set_locked(folio);
                    __folio_set_swapbacked(folio);

                    // The slot is marked cached, or two faults could both read it and one free it
                    // under the other.
                    if (swapcache_prepare(entry, 1) != 0)
                    {
                        add_wait_queue(swapcache_wq, &wait);
                        schedule_timeout_uninterruptible(1);
                        remove_wait_queue(swapcache_wq, &wait);
                        goto out_page;
                    }

                    need_clear_cache = true;

                    memcg1_swapin(entry, 1);

                    void* shadow = swap_cache_get_shadow(entry);
                    if (shadow != null)
                        workingset_refault(folio, shadow);

                    folio_add_lru(folio);

                    // What swap_read_folio() looks at.
                    folio->swap = entry;
                    swap_read_folio(folio, null);
                    folio->@private = null;
                }
            }
            else
            {
                folio = swapin_readahead(entry, GFP_HIGHUSER_MOVABLE, vmf);
                swapcache = folio;
            }

            if (folio == null)
            {
                // Out of memory, unless somebody else has brought the page in meanwhile.
                vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
                if (vmf->pte != null && pte_same(ptep_get(vmf->pte), vmf->orig_pte))
                    ret = VM_FAULT_OOM;
                goto unlock;
            }

            ret = VM_FAULT_MAJOR;
            count_vm_event(PGMAJFAULT);
            count_memcg_event_mm(vma->vm_mm, PGMAJFAULT);
        }

        ret |= folio_lock_or_retry(folio, vmf);
        if ((ret & VM_FAULT_RETRY) != 0)
            goto out_release;

        page = folio_file_page(folio, swp_offset(entry));
        if (swapcache != null)
        {
            // Locked only now: the entry may have been freed and the folio given to another.
            if (!folio_matches_swap_entry(folio, entry))
                goto out_page;

            // A folio in this CPU's batch has one more reference, which would force a copy.
            if ((vmf->flags & FAULT_FLAG_WRITE) != 0 && folio == swapcache &&
                !folio_test_ksm(folio) && !folio_test_lru(folio))
                lru_add_drain();
        }

        folio_throttle_swaprate(folio, GFP_KERNEL);

        vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
        if (vmf->pte == null || !pte_same(ptep_get(vmf->pte), vmf->orig_pte))
            goto out_nomap;

        // The read failed.
        if (!folio_test_uptodate(folio))
        {
            ret = VM_FAULT_SIGBUS;
            goto out_nomap;
        }

        BUG_ON(!folio_test_anon(folio) && folio_test_mappedtodisk(folio));
        BUG_ON(folio_test_anon(folio) && PageAnonExclusive(page));

        // Exclusive before it was swapped means exclusive now, as long as its contents may change under I/O.
        exclusive = pte_swp_exclusive(vmf->orig_pte);
        if (folio != swapcache)
        {
            exclusive = true;
        }
        else if (exclusive && folio_test_writeback(folio) &&
                 (si->flags & SWP_STABLE_WRITES) != 0)
        {
            exclusive = false;
        }

        // The entry goes before the reference counts are looked at, and its cache where that helps.
        swap_free_nr(entry, 1);
        if (should_try_to_free_swap(folio, vma, vmf->flags))
            folio_free_swap(folio);

        add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
        add_mm_counter(vma->vm_mm, MM_SWAPENTS, -1);
        pte = mk_pte(page, vma->vm_page_prot);
        if (pte_swp_uffd_wp(vmf->orig_pte))
            pte = pte_mkuffd_wp(pte);

        // Ours alone: map it writable at once.
        if (exclusive || folio_ref_count(folio) == 1)
        {
            if ((vma->vm_flags & VM_WRITE) != 0 && !userfaultfd_pte_wp(vma, pte))
            {
                pte = pte_mkwrite(pte, vma);
                if ((vmf->flags & FAULT_FLAG_WRITE) != 0)
                {
                    pte = pte_mkdirty(pte);
                    vmf->flags &= ~FAULT_FLAG_WRITE;
                }
            }

            rmap_flags |= RMAP_EXCLUSIVE;
        }

        vmf->orig_pte = pte;

        if (folio != swapcache && swapcache != null)
        {
            folio_add_new_anon_rmap(folio, vma, vmf->address, RMAP_EXCLUSIVE);
            folio_add_lru_vma(folio, vma);
        }
        else if (!folio_test_anon(folio))
        {
            VM_WARN_ON_FOLIO(!folio_test_locked(folio), folio);
            folio_add_new_anon_rmap(folio, vma, vmf->address, rmap_flags);
        }
        else
        {
            folio_add_anon_rmap_ptes(folio, page, 1, vma, vmf->address, rmap_flags);
        }

        VM_BUG_ON(!folio_test_anon(folio) ||
            (pte_write(pte) && !PageAnonExclusive(page)));
        set_ptes(vma->vm_mm, vmf->address, vmf->pte, pte, 1);

        folio_unlock(folio);
        if (folio != swapcache && swapcache != null)
        {
            // Kept locked until now so that its slot could not be used again.
            folio_unlock(swapcache);
            folio_put(swapcache);
        }

        if ((vmf->flags & FAULT_FLAG_WRITE) != 0)
        {
            ret |= do_wp_page(vmf);
            if ((ret & VM_FAULT_ERROR) != 0)
                ret &= VM_FAULT_ERROR;
            goto out_;
        }

    unlock:
        if (vmf->pte != null)
            pte_unmap_unlock(vmf->pte, vmf->ptl);
    out_:
        // After the pte is set, so that a second fault finds either the slot taken or the page mapped.
        if (need_clear_cache)
        {
            swapcache_clear(si, entry, 1);
            if (waitqueue_active(swapcache_wq))
                wake_up(swapcache_wq);
        }

        if (si != null)
            put_swap_device(si);
        return ret;
    out_nomap:
        if (vmf->pte != null)
            pte_unmap_unlock(vmf->pte, vmf->ptl);
    out_page:
        folio_unlock(folio);
    out_release:
        folio_put(folio);
        if (folio != swapcache && swapcache != null)
        {
            folio_unlock(swapcache);
            folio_put(swapcache);
        }

        if (need_clear_cache)
        {
            swapcache_clear(si, entry, 1);
            if (waitqueue_active(swapcache_wq))
                wake_up(swapcache_wq);
        }

        if (si != null)
            put_swap_device(si);
        return ret;
    }
}
