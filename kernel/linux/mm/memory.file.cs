// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.linux_rmap_h;
using static Linux.asm_pgtable_types_h;
using static Linux.asm_tlbflush_h;

namespace Linux;

// Faults that a file answers.
public static unsafe partial class mm_memory_c
{
    // Gets the page from the file, locked and referenced.
    [KernelSource("mm/memory.c", "__do_fault", Parity.Full)]
    [AssumesHeld("folio.PG_locked")]
    private static uint __do_fault(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;

        // Allocate the table here, where nothing is locked: reclaim from under a page's lock could deadlock.
        if (pmd_none(*vmf->pmd) && vmf->prealloc_pte == null)
        {
            vmf->prealloc_pte = pte_alloc_one(vma->vm_mm);
            if (vmf->prealloc_pte == null)
                return VM_FAULT_OOM;
        }

        uint ret = vma->vm_ops->fault(vmf);
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY | VM_FAULT_DONE_COW)) != 0)
            return ret;

        folio* folio = page_folio(vmf->page);
        if ((ret & VM_FAULT_LOCKED) == 0)
            folio_lock(folio);
        else
            VM_BUG_ON_PAGE(!folio_test_locked(folio), vmf->page);

        return ret;
    }

    [KernelSource("mm/memory.c", "do_set_pmd", Parity.Reduced, "nothing is mapped by a PMD: a folio of that size is mapped by its pages")]
    public static uint do_set_pmd(vm_fault* vmf, folio* folio, page* page) => VM_FAULT_FALLBACK;

    [KernelSource("mm/memory.c", "set_pte_range", Parity.Full)]
    [RequiresPreemptOff]
    public static void set_pte_range(vm_fault* vmf, folio* folio, page* page, uint nr, ulong addr)
    {
        vm_area_struct* vma = vmf->vma;
        bool write = (vmf->flags & FAULT_FLAG_WRITE) != 0;
        bool prefault = !in_range(vmf->address, addr, nr * PAGE_SIZE);

        flush_icache_pages(vma, page, nr);
        pte_t entry = mk_pte(page, vma->vm_page_prot);

        if (prefault && arch_wants_old_prefaulted_pte())
            entry = pte_mkold(entry);
        else
            entry = pte_sw_mkyoung(entry);

        if (write)
            entry = maybe_mkwrite(pte_mkdirty(entry), vma);
        else if (pte_write(entry) && folio_test_dirty(folio))
            entry = pte_mkdirty(entry);
        if (vmf_orig_pte_uffd_wp(vmf))
            entry = pte_mkuffd_wp(entry);
        // A private copy of a file page.
        if (write && (vma->vm_flags & VM_SHARED) == 0)
        {
            VM_BUG_ON_FOLIO(nr != 1, folio);
            folio_add_new_anon_rmap(folio, vma, addr, RMAP_EXCLUSIVE);
            folio_add_lru_vma(folio, vma);
        }
        else
        {
            folio_add_file_rmap_ptes(folio, page, (int)nr, vma);
        }
        set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr);

        update_mmu_cache_range(vmf, vma, addr, vmf->pte, nr);
    }

    [KernelSource("mm/memory.c", "vmf_pte_changed", Parity.Full)]
    private static bool vmf_pte_changed(vm_fault* vmf)
    {
        if ((vmf->flags & FAULT_FLAG_ORIG_PTE_VALID) != 0)
            return !pte_same(ptep_get(vmf->pte), vmf->orig_pte);

        return !pte_none(ptep_get(vmf->pte));
    }

    // Maps the page that the file gave. The page is locked and stays so.
    [KernelSource("mm/memory.c", "finish_fault", Parity.Full)]
    public static uint finish_fault(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;
        page* page;
        uint ret;
        bool is_cow = (vmf->flags & FAULT_FLAG_WRITE) != 0 && (vma->vm_flags & VM_SHARED) == 0;
        bool needs_fallback = false;

    fallback:
        ulong addr = vmf->address;

        // The copy, or the page itself.
        if (is_cow)
            page = vmf->cow_page;
        else
            page = vmf->page;

        folio* folio = page_folio(page);
        // The OOM reaper does not look at shared mappings.
        if ((vma->vm_flags & VM_SHARED) == 0)
        {
            ret = check_stable_address_space(vma->vm_mm);
            if (ret != 0)
                return ret;
        }

        // A large folio that reaches beyond the end of the file is mapped page by page.
        if (!needs_fallback && vma->vm_file != null)
        {
            address_space* mapping = vma->vm_file->f_mapping;
            ulong file_end = ((ulong)i_size_read(mapping->host) + PAGE_SIZE - 1) / PAGE_SIZE;

            needs_fallback = !shmem_mapping(mapping) && file_end < folio_next_index(folio);
        }

        if (pmd_none(*vmf->pmd))
        {
            if (!needs_fallback && folio_test_pmd_mappable(folio))
            {
                ret = do_set_pmd(vmf, folio, page);
                if (ret != VM_FAULT_FALLBACK)
                    return ret;
            }

            if (vmf->prealloc_pte != null)
                pmd_install(vma->vm_mm, vmf->pmd, &vmf->prealloc_pte);
            else if (pte_alloc(vma->vm_mm, vmf->pmd))
                return VM_FAULT_OOM;
        }

        int nr_pages = (int)folio_nr_pages(folio);

        // Each page of a registered range faults by itself.
        if (userfaultfd_armed(vma) || needs_fallback)
        {
            nr_pages = 1;
        }
        else if (nr_pages > 1)
        {
            ulong idx = folio_page_idx(folio, page);
            // Where the faulting page is in the VMA and in the table.
            ulong vma_off = vmf->pgoff - vmf->vma->vm_pgoff;
            ulong pte_off = pte_index(vmf->address);

            // The folio must fit both.
            if (vma_off < idx || vma_off + ((ulong)nr_pages - idx) > vma_pages(vma)
                || pte_off < idx || pte_off + ((ulong)nr_pages - idx) > PTRS_PER_PTE)
            {
                nr_pages = 1;
            }
            else
            {
                addr = vmf->address - idx * PAGE_SIZE;
                page = &folio->page;
            }
        }

        vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl);
        if (vmf->pte == null)
            return VM_FAULT_NOPAGE;

        // Somebody else was faster.
        if (nr_pages == 1 && vmf_pte_changed(vmf))
        {
            update_mmu_tlb(vma, addr, vmf->pte);
            ret = VM_FAULT_NOPAGE;
            goto unlock;
        }
        else if (nr_pages > 1 && !pte_range_none(vmf->pte, nr_pages))
        {
            needs_fallback = true;
            pte_unmap_unlock(vmf->pte, vmf->ptl);
            goto fallback;
        }

        folio_ref_add(folio, nr_pages - 1);
        set_pte_range(vmf, folio, page, (uint)nr_pages, addr);
        int type = is_cow ? MM_ANONPAGES : mm_counter_file(folio);
        add_mm_counter(vma->vm_mm, type, nr_pages);
        ret = 0;

    unlock:
        pte_unmap_unlock(vmf->pte, vmf->ptl);
        return ret;
    }

    private static ulong fault_around_pages = 65536 >> PAGE_SHIFT;

    // Maps what is cached around the fault too, as far as the window, the VMA and the table go.
    [KernelSource("mm/memory.c", "do_fault_around", Parity.Full)]
    private static uint do_fault_around(vm_fault* vmf)
    {
        ulong nr_pages = READ_ONCE(ref fault_around_pages);
        ulong pte_off = pte_index(vmf->address);
        // How far into the VMA the fault is.
        ulong vma_off = vmf->pgoff - vmf->vma->vm_pgoff;

        ulong from_pte = Math.Max(pte_off & ~(nr_pages - 1), pte_off - Math.Min(pte_off, vma_off));
        ulong to_pte = Math.Min(Math.Min(from_pte + nr_pages, PTRS_PER_PTE), pte_off + vma_pages(vmf->vma) - vma_off) - 1;

        if (pmd_none(*vmf->pmd))
        {
            vmf->prealloc_pte = pte_alloc_one(vmf->vma->vm_mm);
            if (vmf->prealloc_pte == null)
                return VM_FAULT_OOM;
        }

        rcu_read_lock();
        uint ret = vmf->vma->vm_ops->map_pages(vmf, vmf->pgoff + from_pte - pte_off, vmf->pgoff + to_pte - pte_off);
        rcu_read_unlock();

        return ret;
    }

    [KernelSource("mm/memory.c", "should_fault_around", Parity.Full)]
    private static bool should_fault_around(vm_fault* vmf)
    {
        // The file cannot map several at once.
        if (vmf->vma->vm_ops->map_pages == null)
            return false;

        if (uffd_disable_fault_around(vmf->vma))
            return false;

        // A window of one page does nothing.
        return fault_around_pages > 1;
    }

    [KernelSource("mm/memory.c", "do_read_fault", Parity.Full)]
    private static uint do_read_fault(vm_fault* vmf)
    {
        uint ret = 0;

        if (should_fault_around(vmf))
        {
            ret = do_fault_around(vmf);
            if (ret != 0)
                return ret;
        }

        ret = vmf_can_call_fault(vmf);
        if (ret != 0)
            return ret;

        ret = __do_fault(vmf);
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) != 0)
            return ret;

        ret |= finish_fault(vmf);
        folio* folio = page_folio(vmf->page);
        folio_unlock(folio);
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) != 0)
            folio_put(folio);
        return ret;
    }

    // Write to a private file mapping: the copy is allocated and charged first.
    [KernelSource("mm/memory.c", "do_cow_fault", Parity.Full)]
    private static uint do_cow_fault(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;

        uint ret = vmf_can_call_fault(vmf);
        if (ret == 0)
            ret = mm_internal_h.vmf_anon_prepare(vmf);
        if (ret != 0)
            return ret;

        folio* folio = folio_prealloc(vma->vm_mm, vma, vmf->address, false);
        if (folio == null)
            return VM_FAULT_OOM;

        vmf->cow_page = &folio->page;

        ret = __do_fault(vmf);
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) != 0)
            goto uncharge_out;
        if ((ret & VM_FAULT_DONE_COW) != 0)
            return ret;

        if (copy_mc_user_highpage(vmf->cow_page, vmf->page, vmf->address, vma) != 0)
        {
            ret = VM_FAULT_HWPOISON;
            goto unlock;
        }
        __folio_mark_uptodate(folio);

        ret |= finish_fault(vmf);
    unlock:
        folio_unlock(page_folio(vmf->page));
        put_page(vmf->page);
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) != 0)
            goto uncharge_out;
        return ret;
    uncharge_out:
        folio_put(folio);
        return ret;
    }

    [KernelSource("mm/memory.c", "do_shared_fault", Parity.Full)]
    private static uint do_shared_fault(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;

        uint ret = vmf_can_call_fault(vmf);
        if (ret != 0)
            return ret;

        ret = __do_fault(vmf);
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) != 0)
            return ret;

        folio* folio = page_folio(vmf->page);

        // Check with the file system before the page becomes writable.
        if (vma->vm_ops->page_mkwrite != null)
        {
            folio_unlock(folio);
            uint tmp = do_page_mkwrite(vmf, folio);
            if (tmp == 0 || (tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) != 0)
            {
                folio_put(folio);
                return tmp;
            }
        }

        ret |= finish_fault(vmf);
        if ((ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) != 0)
        {
            folio_unlock(folio);
            folio_put(folio);
            return ret;
        }

        ret |= fault_dirty_shared_page(vmf);
        return ret;
    }

    [KernelSource("mm/memory.c", "do_fault", Parity.Full)]
    private static uint do_fault(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;
        mm_struct* vm_mm = vma->vm_mm;
        uint ret;

        // A mapping that cannot fault: an error unless somebody filled the entry meanwhile.
        if (vma->vm_ops->fault == null)
        {
            vmf->pte = pte_offset_map_lock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
            if (vmf->pte == null)
            {
                ret = VM_FAULT_SIGBUS;
            }
            else
            {
                if (pte_none(ptep_get(vmf->pte)))
                    ret = VM_FAULT_SIGBUS;
                else
                    ret = VM_FAULT_NOPAGE;

                pte_unmap_unlock(vmf->pte, vmf->ptl);
            }
        }
        else if ((vmf->flags & FAULT_FLAG_WRITE) == 0)
        {
            ret = do_read_fault(vmf);
        }
        else if ((vma->vm_flags & VM_SHARED) == 0)
        {
            ret = do_cow_fault(vmf);
        }
        else
        {
            ret = do_shared_fault(vmf);
        }

        // The table was not needed after all.
        if (vmf->prealloc_pte != null)
        {
            asm_generic_pgalloc_h.pte_free(vm_mm, vmf->prealloc_pte);
            vmf->prealloc_pte = null;
        }
        return ret;
    }
}
