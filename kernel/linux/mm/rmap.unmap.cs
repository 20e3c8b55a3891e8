// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_mmu_notifier_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_rmap_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.asm_tlbflush_h;
using static Linux.mm_internal_h;

namespace Linux;

// Unmapping a folio everywhere, and the walks over all VMAs that may map it.
public static unsafe partial class mm_rmap_c
{
    [KernelSource("mm/rmap.c", "folio_unmap_pte_batch", Parity.Full)]
    private static uint folio_unmap_pte_batch(folio* folio, page_vma_mapped_walk* pvmw, uint flags, pte_t pte)
    {
        ulong addr = pvmw->address;
        vm_area_struct* vma = pvmw->vma;

        if ((flags & TTU_HWPOISON) != 0)
            return 1;
        if (!folio_test_large(folio))
            return 1;

        // As far as the table and the VMA go.
        ulong end_addr = pmd_addr_end(addr, vma->vm_end);
        uint max_nr = (uint)((end_addr - addr) >> PAGE_SHIFT);

        // Lazily freed folios only.
        if (!folio_test_anon(folio) || folio_test_swapbacked(folio))
            return 1;

        if (pte_unused(pte))
            return 1;

        return folio_pte_batch(folio, pvmw->pte, pte, max_nr);
    }

    [KernelSource("mm/rmap.c", "try_to_unmap_one", Parity.Reduced, "hugetlb , huge pmds, device-private and poisoned pages are off")]
    [ContextUnsafe("page_vma_mapped_walk() holds the table's lock", Rule = "KM0103")]
    [Excludes("kernel_fork_c.mmlist_lock")]
    private static bool try_to_unmap_one(folio* folio, vm_area_struct* vma, ulong address, void* arg)
    {
        mm_struct* mm = vma->vm_mm;
        page_vma_mapped_walk pvmw = DEFINE_FOLIO_VMA_WALK(folio, vma, address, 0);
        bool ret = true;
        mmu_notifier_range range;
        uint flags = (uint)(ulong)arg;
        ulong nr_pages = 1;
        ulong ptes = 0;

        // A clearing of entries that is under way may hide a mapping: with SYNC wait for its lock.
        if ((flags & TTU_SYNC) != 0)
            pvmw.flags = PVMW_SYNC;

        range.end = vma_address_end(&pvmw);
        mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma->vm_mm, address, range.end);
        mmu_notifier_invalidate_range_start(&range);

        while (page_vma_mapped_walk(&pvmw))
        {
            // A locked VMA keeps its pages.
            if ((flags & TTU_IGNORE_MLOCK) == 0 && (vma->vm_flags & VM_LOCKED) != 0)
            {
                ptes++;
                ret = false;

                // Only what the VMA maps whole is mlocked.
                if (pvmw.pte != null && ptes != pvmw.nr_pages)
                    continue;

                // Nor what lies in two tables.
                if ((pvmw.flags & PVMW_PGTABLE_CROSSED) != 0)
                    goto walk_done;

                // An mlock that missed this folio is made good.
                mlock_vma_folio(folio, vma);
                goto walk_done;
            }

            // Unexpected: a huge mapping.
            VM_BUG_ON_FOLIO(pvmw.pte == null, folio);

            pte_t pteval = ptep_get(pvmw.pte);
            ulong pfn = pte_pfn(pteval);
            page* subpage = folio_page(folio, pfn - folio_pfn(folio));
            address = pvmw.address;
            bool anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(subpage);

            nr_pages = folio_unmap_pte_batch(folio, &pvmw, flags, pteval);
            ulong end_addr = address + nr_pages * PAGE_SIZE;
            flush_cache_range(vma, address, end_addr);

            // Nuke the entry.
            pteval = get_and_clear_ptes(mm, address, pvmw.pte, (uint)nr_pages);
            // Another CPU may write through its translation until the flush, so a dirty page waits for it.
            if (should_defer_flush(mm, flags))
                set_tlb_ubc_flush_pending(mm, pteval, address, end_addr);
            else
                flush_tlb_range(vma, address, end_addr);
            // Now the page is what the folio says.
            if (pte_dirty(pteval))
                folio_mark_dirty(folio);

            // Before the counters change.
            pte_install_uffd_wp_if_needed(vma, address, pvmw.pte, pteval);

            // Update the high-water mark of rss before we lower it.
            update_hiwater_rss(mm);

            if (pte_present(pteval) && pte_unused(pteval) && !userfaultfd_armed(vma))
            {
                // The guest says that the content does not matter.
                dec_mm_counter(mm, mm_counter(folio));
            }
            else if (folio_test_anon(folio))
            {
                swp_entry_t entry = page_swap_entry(subpage);

                // In the swap cache if and only if it needs swap.
                if (folio_test_swapbacked(folio) != folio_test_swapcache(folio))
                {
                    WARN_ON_ONCE(true);
                    goto walk_abort;
                }

                // MADV_FREE: can be dropped if nobody wrote to it since.
                if (!folio_test_swapbacked(folio))
                {
                    // Clear the entry, then read the count: gup takes a reference, then reads the entry.
                    smp_mb();

                    int ref_count = folio_ref_count(folio);
                    int map_count = folio_mapcount(folio);

                    // Read the counts before the dirty flag: whoever drops a reference has set the flag before.
                    smp_rmb();

                    if (folio_test_dirty(folio) && (vma->vm_flags & VM_DROPPABLE) == 0)
                    {
                        // Written again: it is an ordinary page from now on.
                        set_ptes(mm, address, pvmw.pte, pteval, (uint)nr_pages);
                        folio_set_swapbacked(folio);
                        goto walk_abort;
                    }
                    else if (ref_count != 1 + map_count)
                    {
                        // Somebody else holds it: the caller's reference and the mappings are all that may be.
                        set_ptes(mm, address, pvmw.pte, pteval, (uint)nr_pages);
                        goto walk_abort;
                    }
                    add_mm_counter(mm, MM_ANONPAGES, -(long)nr_pages);
                    goto discard;
                }

                if (swap_duplicate(entry) < 0)
                {
                    set_pte_at(mm, address, pvmw.pte, pteval);
                    goto walk_abort;
                }

                // The architecture may keep something for the page.
                if (arch_unmap_one(mm, vma, address, pteval) < 0)
                {
                    swap_free(entry);
                    set_pte_at(mm, address, pvmw.pte, pteval);
                    goto walk_abort;
                }

                // Must stay exclusive while pinned; the entry is clear, so no new pin can come.
                if (anon_exclusive && folio_try_share_anon_rmap_pte(folio, subpage) != 0)
                {
                    swap_free(entry);
                    set_pte_at(mm, address, pvmw.pte, pteval);
                    goto walk_abort;
                }
                if (list_empty(&mm->mmlist))
                {
                    spin_lock(mmlist_lock);
                    if (list_empty(&mm->mmlist))
                        list_add(&mm->mmlist, &init_mm->mmlist);
                    spin_unlock(mmlist_lock);
                }
                dec_mm_counter(mm, MM_ANONPAGES);
                inc_mm_counter(mm, MM_SWAPENTS);
                pte_t swp_pte = swp_entry_to_pte(entry);
                if (anon_exclusive)
                    swp_pte = pte_swp_mkexclusive(swp_pte);
                if (pte_soft_dirty(pteval))
                    swp_pte = pte_swp_mksoft_dirty(swp_pte);
                if (pte_uffd_wp(pteval))
                    swp_pte = pte_swp_mkuffd_wp(swp_pte);
                set_pte_at(mm, address, pvmw.pte, swp_pte);
            }
            else
            {
                // A file page: the page cache brings it back.
                dec_mm_counter(mm, mm_counter_file(folio));
            }
        discard:
            folio_remove_rmap_ptes(folio, subpage, (int)nr_pages, vma);
            if ((vma->vm_flags & VM_LOCKED) != 0)
                mlock_drain_local();
            folio_put_refs(folio, (int)nr_pages);

            // All of it went at once.
            if (nr_pages == folio_nr_pages(folio))
                goto walk_done;
            continue;
        walk_abort:
            ret = false;
        walk_done:
            page_vma_mapped_walk_done(&pvmw);
            break;
        }

        mmu_notifier_invalidate_range_end(&range);

        return ret;
    }

    [KernelSource("mm/rmap.c", "folio_not_mapped", Parity.Full)]
    private static int folio_not_mapped(folio* folio) => !folio_mapped(folio) ? 1 : 0;

    // Removes all mappings of a locked folio; whether it worked folio_mapped() tells.
    [KernelSource("mm/rmap.c", "try_to_unmap", Parity.Full)]
    public static void try_to_unmap(folio* folio, uint flags)
    {
        rmap_walk_control rwc = new()
        {
            rmap_one = &try_to_unmap_one,
            arg = (void*)(ulong)flags,
            done = &folio_not_mapped,
            anon_lock = &folio_lock_anon_vma_read,
        };

        if ((flags & TTU_RMAP_LOCKED) != 0)
            rmap_walk_locked(folio, &rwc);
        else
            rmap_walk(folio, &rwc);
    }

    [KernelSource("mm/rmap.c", "__put_anon_vma", Parity.Full)]
    public static void __put_anon_vma(anon_vma* anon_vma)
    {
        anon_vma* root = anon_vma->root;

        anon_vma_free(anon_vma);
        if (root != anon_vma && atomic_dec_and_test(&root->refcount))
            anon_vma_free(root);
    }

    [KernelSource("mm/rmap.c", "rmap_walk_anon_lock", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->root->rwsem", Shared = true)]
    private static anon_vma* rmap_walk_anon_lock(folio* folio, rmap_walk_control* rwc)
    {
        if (rwc->anon_lock != null)
            return rwc->anon_lock(folio, rwc);

        // The caller knows that the folio stays mapped, by a reference or a lock of its own.
        anon_vma* anon_vma = folio_anon_vma(folio);
        if (anon_vma == null)
            return null;

        if (anon_vma_trylock_read(anon_vma))
            goto @out;

        if (rwc->try_lock)
        {
            anon_vma = null;
            rwc->contended = true;
            goto @out;
        }

        anon_vma_lock_read(anon_vma);
    @out:
        return anon_vma;
    }

    [KernelSource("mm/rmap.c", "rmap_walk_anon", Parity.Full)]
    private static void rmap_walk_anon(folio* folio, rmap_walk_control* rwc, bool locked)
    {
        anon_vma* anon_vma;

        if (locked)
        {
            anon_vma = folio_anon_vma(folio);
            // The caller's lock keeps the folio mapped.
            VM_BUG_ON_FOLIO(anon_vma == null, folio);
        }
        else
        {
            anon_vma = rmap_walk_anon_lock(folio, rwc);
        }
        if (anon_vma == null)
            return;

        ulong pgoff_start = folio_pgoff(folio);
        ulong pgoff_end = pgoff_start + folio_nr_pages(folio) - 1;
        for (anon_vma_chain* avc = anon_vma_interval_tree_iter_first(&anon_vma->rb_root, pgoff_start, pgoff_end); avc != null;
             avc = anon_vma_interval_tree_iter_next(avc, pgoff_start, pgoff_end))
        {
            vm_area_struct* vma = avc->vma;
            ulong address = vma_address(vma, pgoff_start, folio_nr_pages(folio));

            VM_BUG_ON_VMA(address == unchecked((ulong)-EFAULT), vma);
            cond_resched();

            if (rwc->invalid_vma != null && rwc->invalid_vma(vma, rwc->arg))
                continue;

            if (!rwc->rmap_one(folio, vma, address, rwc->arg))
                break;
            if (rwc->done != null && rwc->done(folio) != 0)
                break;
        }

        if (!locked)
            anon_vma_unlock_read(anon_vma);
    }

    [KernelSource("mm/rmap.c", "__rmap_walk_file", Parity.Full)]
    private static void __rmap_walk_file(folio* folio, address_space* mapping, ulong pgoff_start, ulong nr_pages, rmap_walk_control* rwc, bool locked)
    {
        ulong pgoff_end = pgoff_start + nr_pages - 1;

        VM_WARN_ON_FOLIO(folio != null && mapping != folio_mapping(folio), folio);
        VM_WARN_ON_FOLIO(folio != null && pgoff_start != folio_pgoff(folio), folio);
        VM_WARN_ON_FOLIO(folio != null && nr_pages != folio_nr_pages(folio), folio);

        if (!locked)
        {
            if (i_mmap_trylock_read(mapping))
                goto lookup;

            if (rwc->try_lock)
            {
                rwc->contended = true;
                return;
            }

            i_mmap_lock_read(mapping);
        }
    lookup:
        for (vm_area_struct* vma = vma_interval_tree_iter_first(&mapping->i_mmap, pgoff_start, pgoff_end); vma != null;
             vma = vma_interval_tree_iter_next(vma, pgoff_start, pgoff_end))
        {
            ulong address = vma_address(vma, pgoff_start, nr_pages);

            VM_BUG_ON_VMA(address == unchecked((ulong)-EFAULT), vma);
            cond_resched();

            if (rwc->invalid_vma != null && rwc->invalid_vma(vma, rwc->arg))
                continue;

            if (!rwc->rmap_one(folio, vma, address, rwc->arg))
                goto done;
            if (rwc->done != null && rwc->done(folio) != 0)
                goto done;
        }
    done:
        if (!locked)
            i_mmap_unlock_read(mapping);
    }

    [KernelSource("mm/rmap.c", "rmap_walk_file", Parity.Full)]
    private static void rmap_walk_file(folio* folio, rmap_walk_control* rwc, bool locked)
    {
        // The folio lock keeps mapping and index still.
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (folio->mapping == null)
            return;

        __rmap_walk_file(folio, folio->mapping, folio->index, folio_nr_pages(folio), rwc, locked);
    }

    [KernelSource("mm/rmap.c", "rmap_walk", Parity.Full)]
    public static void rmap_walk(folio* folio, rmap_walk_control* rwc)
    {
        if (folio_test_anon(folio))
            rmap_walk_anon(folio, rwc, false);
        else
            rmap_walk_file(folio, rwc, false);
    }

    // As rmap_walk(); the lock of the anon_vma or mapping is held.
    [KernelSource("mm/rmap.c", "rmap_walk_locked", Parity.Full)]
    public static void rmap_walk_locked(folio* folio, rmap_walk_control* rwc)
    {
        VM_BUG_ON_FOLIO(folio_test_ksm(folio), folio);
        if (folio_test_anon(folio))
            rmap_walk_anon(folio, rwc, true);
        else
            rmap_walk_file(folio, rwc, true);
    }
}
