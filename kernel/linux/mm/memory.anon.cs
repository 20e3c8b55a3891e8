// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.linux_rmap_h;
using static Linux.mm_internal_h;

namespace Linux;

// Entries that are empty or hold a marker, and new anonymous memory.
public static unsafe partial class mm_memory_c
{
    // Whether a page that was just read from swap should lose its slot.
    [KernelSource("mm/memory.c", "should_try_to_free_swap", Parity.Full)]
    [MustHold("folio->PG_locked")]
    private static bool should_try_to_free_swap(folio* folio, vm_area_struct* vma, uint fault_flags)
    {
        if (!folio_test_swapcache(folio))
            return false;
        if (mem_cgroup_swap_full(folio) || (vma->vm_flags & VM_LOCKED) != 0 || folio_test_mlocked(folio))
            return true;
        // A writer who would own the page alone should find it reusable.
        return (fault_flags & FAULT_FLAG_WRITE) != 0 && !folio_test_ksm(folio)
            && folio_ref_count(folio) == 1 + (int)folio_nr_pages(folio);
    }

    [KernelSource("mm/memory.c", "pte_marker_clear", Parity.Full)]
    private static uint pte_marker_clear(vm_fault* vmf)
    {
        vmf->pte = pte_offset_map_lock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
        if (vmf->pte == null)
            return 0;
        // The marker that we faulted on, or somebody was faster.
        if (pte_same(vmf->orig_pte, ptep_get(vmf->pte)))
            pte_clear(vmf->vma->vm_mm, vmf->address, vmf->pte);
        pte_unmap_unlock(vmf->pte, vmf->ptl);
        return 0;
    }

    [KernelSource("mm/memory.c", "do_pte_missing", Parity.Full)]
    [MightSleep]
    private static uint do_pte_missing(vm_fault* vmf)
    {
        if (vma_is_anonymous(vmf->vma))
            return do_anonymous_page(vmf);
        else
            return do_fault(vmf);
    }

    [KernelSource("mm/memory.c", "pte_marker_handle_uffd_wp", Parity.Full)]
    private static uint pte_marker_handle_uffd_wp(vm_fault* vmf)
    {
        // The range was unregistered and the marker left behind: drop it and fault again.
        if (!userfaultfd_wp(vmf->vma))
            return pte_marker_clear(vmf);

        return do_pte_missing(vmf);
    }

    [KernelSource("mm/memory.c", "handle_pte_marker", Parity.Full)]
    private static uint handle_pte_marker(vm_fault* vmf)
    {
        swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);
        ulong marker = pte_marker_get(entry);

        // A marker without a meaning must not be.
        if (WARN_ON_ONCE(marker == 0))
            return VM_FAULT_SIGBUS;

        if ((marker & PTE_MARKER_POISONED) != 0)
            return VM_FAULT_HWPOISON;

        if ((marker & PTE_MARKER_GUARD) != 0)
            return VM_FAULT_SIGSEGV;

        if (pte_marker_entry_uffd_wp(entry))
            return pte_marker_handle_uffd_wp(vmf);

        return VM_FAULT_SIGBUS;
    }

    [KernelSource("mm/memory.c", "pte_range_none", Parity.Full)]
    private static bool pte_range_none(pte_t* pte, int nr_pages)
    {
        for (int i = 0; i < nr_pages; i++)
        {
            if (!pte_none(ptep_get_lockless(pte + i)))
                return false;
        }

        return true;
    }

    [KernelSource("mm/memory.c", "alloc_anon_folio", Parity.Reduced, "transparent_hugepage/enabled is never: no order is left to allocate a large folio of")]
    private static folio* alloc_anon_folio(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;

        // A user fault handler is to see each page.
        if (!userfaultfd_armed(vma))
        {
            ulong orders = thp_vma_allowable_orders(vma, vma->vm_flags, TVA_PAGEFAULT, (1UL << PMD_ORDER) - 1);
            orders = thp_vma_suitable_orders(vma, vmf->address, orders);
            VM_BUG_ON(orders != 0);
        }

        return folio_prealloc(vma->vm_mm, vma, vmf->address, true);
    }

    // First touch of private anonymous memory. The folio is charged to the mm before the lock of the entry is taken.
    [KernelSource("mm/memory.c", "do_anonymous_page", Parity.Full)]
    [MightSleep]
    private static uint do_anonymous_page(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;
        ulong addr = vmf->address;
        folio* folio;
        uint ret = 0;
        uint nr_pages = 1;
        pte_t entry;

        // A shared mapping without vm_ops is a bug of whoever made it.
        if ((vma->vm_flags & VM_SHARED) != 0)
            return VM_FAULT_SIGBUS;

        // The table first: its lock is the one that counts.
        if (pte_alloc(vma->vm_mm, vmf->pmd))
            return VM_FAULT_OOM;

        // Reads see the zero page.
        if ((vmf->flags & FAULT_FLAG_WRITE) == 0 && !mm_forbids_zeropage(vma->vm_mm))
        {
            entry = pte_mkspecial(pfn_pte(my_zero_pfn(vmf->address), vma->vm_page_prot));
            vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
            if (vmf->pte == null)
                goto unlock;
            if (vmf_pte_changed(vmf))
            {
                update_mmu_tlb(vma, vmf->address, vmf->pte);
                goto unlock;
            }
            ret = check_stable_address_space(vma->vm_mm);
            if (ret != 0)
                goto unlock;
            // Delivered to user space, without the lock.
            if (userfaultfd_missing(vma))
            {
                pte_unmap_unlock(vmf->pte, vmf->ptl);
                return handle_userfault(vmf, VM_UFFD_MISSING);
            }
            goto setpte;
        }

        ret = vmf_anon_prepare(vmf);
        if (ret != 0)
            return ret;
        // An error pointer means: fault again.
        folio = alloc_anon_folio(vmf);
        if (IS_ERR(folio))
            return 0;
        if (folio == null)
            goto oom;

        nr_pages = (uint)folio_nr_pages(folio);
        addr = vmf->address & ~(nr_pages * PAGE_SIZE - 1);

        // The content must be seen before the entry is.
        __folio_mark_uptodate(folio);

        entry = folio_mk_pte(folio, vma->vm_page_prot);
        entry = pte_sw_mkyoung(entry);
        if ((vma->vm_flags & VM_WRITE) != 0)
            entry = pte_mkwrite(pte_mkdirty(entry), vma);

        vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl);
        if (vmf->pte == null)
            goto release;
        if (nr_pages == 1 && vmf_pte_changed(vmf))
        {
            update_mmu_tlb(vma, addr, vmf->pte);
            goto release;
        }
        else if (nr_pages > 1 && !pte_range_none(vmf->pte, (int)nr_pages))
        {
            update_mmu_tlb_range(vma, addr, vmf->pte, nr_pages);
            goto release;
        }

        ret = check_stable_address_space(vma->vm_mm);
        if (ret != 0)
            goto release;

        if (userfaultfd_missing(vma))
        {
            pte_unmap_unlock(vmf->pte, vmf->ptl);
            folio_put(folio);
            return handle_userfault(vmf, VM_UFFD_MISSING);
        }

        folio_ref_add(folio, (int)nr_pages - 1);
        add_mm_counter(vma->vm_mm, MM_ANONPAGES, nr_pages);
        count_mthp_stat(folio_order(folio), MTHP_STAT_ANON_FAULT_ALLOC);
        folio_add_new_anon_rmap(folio, vma, addr, RMAP_EXCLUSIVE);
        folio_add_lru_vma(folio, vma);
    setpte:
        if (vmf_orig_pte_uffd_wp(vmf))
            entry = pte_mkuffd_wp(entry);
        set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr_pages);

        // Was not present before, so there is nothing to invalidate.
        update_mmu_cache_range(vmf, vma, addr, vmf->pte, nr_pages);
    unlock:
        if (vmf->pte != null)
            pte_unmap_unlock(vmf->pte, vmf->ptl);
        return ret;
    release:
        folio_put(folio);
        goto unlock;
    oom:
        return VM_FAULT_OOM;
    }
}
