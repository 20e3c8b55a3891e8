// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_mmu_notifier_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_rmap_h;
using static Linux.asm_tlbflush_h;
using static Linux.mm_internal_h;

namespace Linux;

// What folio_referenced() gathers on its walk.
public unsafe struct folio_referenced_arg
{
    public int mapcount;
    public int referenced;
    public ulong vm_flags;
    public mem_cgroup* memcg;
}

// Asking and cleaning entries, and the counts of mappings.
public static unsafe partial class mm_rmap_c
{
    [KernelSource("mm/rmap.c", "folio_referenced_one", Parity.Reduced, "huge mappings and the generational LRU are off")]
    private static bool folio_referenced_one(folio* folio, vm_area_struct* vma, ulong address, void* arg)
    {
        folio_referenced_arg* pra = (folio_referenced_arg*)arg;
        page_vma_mapped_walk pvmw = DEFINE_FOLIO_VMA_WALK(folio, vma, address, 0);
        ulong ptes = 0;
        int referenced = 0;

        while (page_vma_mapped_walk(&pvmw))
        {
            address = pvmw.address;

            if ((vma->vm_flags & VM_LOCKED) != 0)
            {
                ptes++;
                pra->mapcount--;

                // Only a folio that the VMA maps whole can be mlocked.
                if (pvmw.pte != null && ptes != pvmw.nr_pages)
                    continue;

                // Nor one whose entries lie in two tables: the second may have gone before the first.
                if ((pvmw.flags & PVMW_PGTABLE_CROSSED) != 0)
                    continue;

                // An mlock that missed this folio is made good.
                mlock_vma_folio(folio, vma);
                page_vma_mapped_walk_done(&pvmw);
                pra->vm_flags |= VM_LOCKED;
                return false;
            }

            // The mm is on its way out and its memory exclusive: leave it, exit frees it faster than reclaim.
            if ((atomic_read(&vma->vm_mm->mm_users) == 0 || check_stable_address_space(vma->vm_mm) != 0)
                && folio_test_anon(folio) && folio_test_swapbacked(folio) && !folio_maybe_mapped_shared(folio))
            {
                pra->referenced = -1;
                page_vma_mapped_walk_done(&pvmw);
                return false;
            }

            if (pvmw.pte != null)
            {
                if (ptep_clear_flush_young_notify(vma, address, pvmw.pte))
                    referenced++;
            }
            else
            {
                // Only huge mappings come without a pte.
                WARN_ON_ONCE(true);
            }

            pra->mapcount--;
        }

        if (referenced != 0)
            folio_clear_idle(folio);
        if (folio_test_clear_young(folio))
            referenced++;

        if (referenced != 0)
        {
            pra->referenced++;
            pra->vm_flags |= vma->vm_flags & ~VM_LOCKED;
        }

        // All mappings seen: to break from the walk saves time.
        if (pra->mapcount == 0)
            return false;

        return true;
    }

    [KernelSource("mm/rmap.c", "invalid_folio_referenced_vma", Parity.Full)]
    private static bool invalid_folio_referenced_vma(vm_area_struct* vma, void* arg)
    {
        folio_referenced_arg* pra = (folio_referenced_arg*)arg;
        mem_cgroup* memcg = pra->memcg;

        // Accesses of a sequential or random reader say nothing about the future.
        if (!vma_has_recency(vma))
            return true;

        // Reclaim of one group only listens to the group's own processes.
        if (memcg != null && !mm_match_cgroup(vma->vm_mm, memcg))
            return true;

        return false;
    }

    // How many VMAs have referenced the folio since the last look; clears what the hardware set. -1: the locks were
    // contended, nothing is known.
    [KernelSource("mm/rmap.c", "folio_referenced", Parity.Full)]
    public static int folio_referenced(folio* folio, bool is_locked, mem_cgroup* memcg, ulong* vm_flags)
    {
        bool we_locked = false;
        folio_referenced_arg pra = new()
        {
            mapcount = folio_mapcount(folio),
            memcg = memcg,
        };
        rmap_walk_control rwc = new()
        {
            rmap_one = &folio_referenced_one,
            arg = &pra,
            anon_lock = &folio_lock_anon_vma_read,
            try_lock = true,
            invalid_vma = &invalid_folio_referenced_vma,
        };

        *vm_flags = 0;
        if (pra.mapcount == 0)
            return 0;

        if (folio_raw_mapping(folio) == null)
            return 0;

        if (!is_locked && (!folio_test_anon(folio) || folio_test_ksm(folio)))
        {
            we_locked = folio_trylock(folio);
            if (!we_locked)
                return 1;
        }

        rmap_walk(folio, &rwc);
        *vm_flags = pra.vm_flags;

        if (we_locked)
            folio_unlock(folio);

        return rwc.contended ? -1 : pra.referenced;
    }

    [KernelSource("mm/rmap.c", "page_vma_mkclean_one", Parity.Reduced, "nothing is mapped by a PMD")]
    private static int page_vma_mkclean_one(page_vma_mapped_walk* pvmw)
    {
        int cleaned = 0;
        vm_area_struct* vma = pvmw->vma;
        mmu_notifier_range range;
        ulong address = pvmw->address;

        // Only shared mappings come here.
        mmu_notifier_range_init(&range, MMU_NOTIFY_PROTECTION_PAGE, 0, vma->vm_mm, address, vma_address_end(pvmw));
        mmu_notifier_invalidate_range_start(&range);

        while (page_vma_mapped_walk(pvmw))
        {
            bool ret = false;

            address = pvmw->address;
            if (pvmw->pte != null)
            {
                pte_t* pte = pvmw->pte;
                pte_t entry = ptep_get(pte);

                if (!pte_present(entry))
                    continue;
                if (!pte_dirty(entry) && !pte_write(entry))
                    continue;

                flush_cache_page(vma, address, pte_pfn(entry));
                entry = ptep_clear_flush(vma, address, pte);
                entry = pte_wrprotect(entry);
                entry = pte_mkclean(entry);
                set_pte_at(vma->vm_mm, address, pte, entry);
                ret = true;
            }
            else
            {
                WARN_ON_ONCE(true);
            }

            if (ret)
                cleaned++;
        }

        mmu_notifier_invalidate_range_end(&range);

        return cleaned;
    }

    [KernelSource("mm/rmap.c", "page_mkclean_one", Parity.Full)]
    private static bool page_mkclean_one(folio* folio, vm_area_struct* vma, ulong address, void* arg)
    {
        page_vma_mapped_walk pvmw = DEFINE_FOLIO_VMA_WALK(folio, vma, address, PVMW_SYNC);

        *(int*)arg += page_vma_mkclean_one(&pvmw);

        return true;
    }

    [KernelSource("mm/rmap.c", "invalid_mkclean_vma", Parity.Full)]
    private static bool invalid_mkclean_vma(vm_area_struct* vma, void* arg)
    {
        if ((vma->vm_flags & VM_SHARED) != 0)
            return false;

        return true;
    }

    // Write-protects all shared mappings of a locked folio, so that the next write is seen. Returns how many were dirty or writable.
    [KernelSource("mm/rmap.c", "folio_mkclean", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static int folio_mkclean(folio* folio)
    {
        int cleaned = 0;
        rmap_walk_control rwc = new()
        {
            arg = &cleaned,
            rmap_one = &page_mkclean_one,
            invalid_vma = &invalid_mkclean_vma,
        };

        BUG_ON(!folio_test_locked(folio));

        if (!folio_mapped(folio))
            return 0;

        address_space* mapping = folio_mapping(folio);
        if (mapping == null)
            return 0;

        rmap_walk(folio, &rwc);

        return cleaned;
    }

    [KernelSource("mm/rmap.c", "__folio_mod_stat", Parity.Full)]
    [RequiresPreemptOff]
    private static void __folio_mod_stat(folio* folio, int nr, int nr_pmdmapped)
    {
        int idx;

        if (nr != 0)
        {
            idx = folio_test_anon(folio) ? NR_ANON_MAPPED : NR_FILE_MAPPED;
            __lruvec_stat_mod_folio(folio, idx, nr);
        }
        if (nr_pmdmapped != 0)
        {
            if (folio_test_anon(folio))
            {
                idx = NR_ANON_THPS;
                __lruvec_stat_mod_folio(folio, idx, nr_pmdmapped);
            }
            else
            {
                // Shmem and file are told apart by their counters.
                idx = folio_test_swapbacked(folio) ? NR_SHMEM_PMDMAPPED : NR_FILE_PMDMAPPED;
                __mod_node_page_state(folio_pgdat(folio), idx, nr_pmdmapped);
            }
        }
    }

    [KernelSource("mm/rmap.c", "__folio_add_rmap", Parity.Reduced, "pmd and pud mappings do not exist without THP")]
    [RequiresPreemptOff]
    private static void __folio_add_rmap(folio* folio, page* page, int nr_pages, vm_area_struct* vma, int level)
    {
        atomic_t* mapped = &folio->_nr_pages_mapped;
        int orig_nr_pages = nr_pages;
        int first = 0, nr = 0;

        __folio_rmap_sanity_checks(folio, page, nr_pages, level);

        if (!folio_test_large(folio))
        {
            nr = atomic_inc_and_test(&folio->_mapcount) ? 1 : 0;
        }
        else
        {
            do
            {
                first += atomic_inc_and_test(&page->_mapcount) ? 1 : 0;
                page++;
            } while (--nr_pages > 0);

            if (first != 0 && atomic_add_return_relaxed(first, mapped) < ENTIRELY_MAPPED)
                nr = first;

            folio_add_large_mapcount(folio, orig_nr_pages, vma);
        }
        __folio_mod_stat(folio, nr, 0);
    }

    // The folio is this VMA's alone: fork may have left it with an ancestor.
    [KernelSource("mm/rmap.c", "folio_move_anon_rmap", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static void folio_move_anon_rmap(folio* folio, vm_area_struct* vma)
    {
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        VM_BUG_ON_VMA(vma->anon_vma == null, vma);

        // Readers look at the flag and the pointer in one word.
        WRITE_ONCE(&folio->mapping, (address_space*)((ulong)vma->anon_vma + FOLIO_MAPPING_ANON));
    }

    [KernelSource("mm/rmap.c", "__folio_set_anon", Parity.Full)]
    private static void __folio_set_anon(folio* folio, vm_area_struct* vma, ulong address, bool exclusive)
    {
        anon_vma* anon_vma = vma->anon_vma;

        BUG_ON(anon_vma == null);

        // A page that relatives may map as well has to be found from the root.
        if (!exclusive)
            anon_vma = anon_vma->root;

        // The lock-free look at a folio's mapping must never see an anon_vma without the flag.
        WRITE_ONCE(&folio->mapping, (address_space*)((ulong)anon_vma + FOLIO_MAPPING_ANON));
        folio->index = linear_page_index(vma, address);
    }

    [KernelSource("mm/rmap.c", "__page_check_anon_rmap", Parity.Full)]
    private static void __page_check_anon_rmap(folio* folio, page* page, vm_area_struct* vma, ulong address)
    {
        VM_BUG_ON_FOLIO(folio_anon_vma(folio)->root != vma->anon_vma->root, folio);
        VM_BUG_ON_PAGE(page_pgoff(folio, page) != linear_page_index(vma, address), page);
    }

    [KernelSource("mm/rmap.c", "__folio_add_anon_rmap", Parity.Reduced, "pmd and pud mappings do not exist without THP")]
    [RequiresPreemptOff]
    private static void __folio_add_anon_rmap(folio* folio, page* page, int nr_pages, vm_area_struct* vma, ulong address, int flags, int level)
    {
        VM_WARN_ON_FOLIO(!folio_test_anon(folio), folio);

        __folio_add_rmap(folio, page, nr_pages, vma, level);

        if (!folio_test_ksm(folio))
            __page_check_anon_rmap(folio, page, vma, address);

        if ((flags & RMAP_EXCLUSIVE) != 0)
        {
            for (int i = 0; i < nr_pages; i++)
                SetPageAnonExclusive(page + i);
        }

        VM_WARN_ON_FOLIO(!folio_test_large(folio) && PageAnonExclusive(page) && atomic_read(&folio->_mapcount) > 0, folio);

        // A locked VMA locks what it maps whole.
        if (folio_nr_pages(folio) == (ulong)nr_pages)
            mlock_vma_folio(folio, vma);
    }

    [KernelSource("mm/rmap.c", "folio_add_anon_rmap_ptes", Parity.Full)]
    [RequiresPreemptOff]
    public static void folio_add_anon_rmap_ptes(folio* folio, page* page, int nr_pages, vm_area_struct* vma, ulong address, int flags) =>
        __folio_add_anon_rmap(folio, page, nr_pages, vma, address, flags, PGTABLE_LEVEL_PTE);

    // The first mapping of a new folio: nobody else knows it, so no atomics are needed.
    [KernelSource("mm/rmap.c", "folio_add_new_anon_rmap", Parity.Reduced, "no folio that a PMD maps")]
    [RequiresPreemptOff]
    public static void folio_add_new_anon_rmap(folio* folio, vm_area_struct* vma, ulong address, int flags)
    {
        bool exclusive = (flags & RMAP_EXCLUSIVE) != 0;
        int nr = 1, nr_pmdmapped = 0;

        VM_WARN_ON_FOLIO(folio_test_hugetlb(folio), folio);
        VM_WARN_ON_FOLIO(!exclusive && !folio_test_locked(folio), folio);

        // Droppable memory is never written to swap.
        if (!folio_test_swapbacked(folio) && (vma->vm_flags & VM_DROPPABLE) == 0)
            __folio_set_swapbacked(folio);
        __folio_set_anon(folio, vma, address, exclusive);

        if (!folio_test_large(folio))
        {
            // From -1 to 0: one mapping.
            atomic_set(&folio->_mapcount, 0);
            if (exclusive)
                SetPageAnonExclusive(&folio->page);
        }
        else if (!folio_test_pmd_mappable(folio))
        {
            nr = (int)folio_large_nr_pages(folio);
            for (int i = 0; i < nr; i++)
            {
                page* page = folio_page(folio, (ulong)i);

                atomic_set(&page->_mapcount, 0);
                if (exclusive)
                    SetPageAnonExclusive(page);
            }

            folio_set_large_mapcount(folio, nr, vma);
            atomic_set(&folio->_nr_pages_mapped, nr);
        }

        VM_WARN_ON_ONCE(address < vma->vm_start || address + ((ulong)nr << PAGE_SHIFT) > vma->vm_end);

        __folio_mod_stat(folio, nr, nr_pmdmapped);
        mod_mthp_stat(folio_order(folio), MTHP_STAT_NR_ANON, 1);
    }

    [KernelSource("mm/rmap.c", "__folio_add_file_rmap", Parity.Full)]
    [RequiresPreemptOff]
    private static void __folio_add_file_rmap(folio* folio, page* page, int nr_pages, vm_area_struct* vma, int level)
    {
        VM_WARN_ON_FOLIO(folio_test_anon(folio), folio);

        __folio_add_rmap(folio, page, nr_pages, vma, level);

        if (folio_nr_pages(folio) == (ulong)nr_pages)
            mlock_vma_folio(folio, vma);
    }

    [KernelSource("mm/rmap.c", "folio_add_file_rmap_ptes", Parity.Full)]
    [RequiresPreemptOff]
    public static void folio_add_file_rmap_ptes(folio* folio, page* page, int nr_pages, vm_area_struct* vma) =>
        __folio_add_file_rmap(folio, page, nr_pages, vma, PGTABLE_LEVEL_PTE);

    [KernelSource("mm/rmap.c", "__folio_remove_rmap", Parity.Reduced, "pmd and pud mappings do not exist without THP")]
    [RequiresPreemptOff]
    private static void __folio_remove_rmap(folio* folio, page* page, int nr_pages, vm_area_struct* vma, int level)
    {
        atomic_t* mapped = &folio->_nr_pages_mapped;
        int last = 0, nr = 0;
        bool partially_mapped = false;

        __folio_rmap_sanity_checks(folio, page, nr_pages, level);

        if (!folio_test_large(folio))
        {
            nr = atomic_add_negative(-1, &folio->_mapcount) ? 1 : 0;
        }
        else
        {
            folio_sub_large_mapcount(folio, nr_pages, vma);
            do
            {
                last += atomic_add_negative(-1, &page->_mapcount) ? 1 : 0;
                page++;
            } while (--nr_pages > 0);

            if (last != 0 && atomic_sub_return_relaxed(last, mapped) < ENTIRELY_MAPPED)
                nr = last;

            partially_mapped = nr != 0 && atomic_read(mapped) != 0;
        }

        // Part of a large folio is unmapped: it may be split when memory gets short.
        if (partially_mapped && folio_test_anon(folio) && !folio_test_partially_mapped(folio))
            deferred_split_folio(folio, true);

        __folio_mod_stat(folio, -nr, 0);

        // mapping stays anonymous: the flag decides where the free path looks.
        munlock_vma_folio(folio, vma);
    }

    [KernelSource("mm/rmap.c", "folio_remove_rmap_ptes", Parity.Full)]
    [RequiresPreemptOff]
    public static void folio_remove_rmap_ptes(folio* folio, page* page, int nr_pages, vm_area_struct* vma) =>
        __folio_remove_rmap(folio, page, nr_pages, vma, PGTABLE_LEVEL_PTE);
}
