// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;

namespace Linux;

// One walk over the mappings of a folio in one VMA.
public unsafe struct page_vma_mapped_walk
{
    public ulong pfn;
    public ulong nr_pages;
    public ulong pgoff;
    public vm_area_struct* vma;
    public ulong address;
    public pmd_t* pmd;
    public pte_t* pte;
    public spinlock_t* ptl;
    public uint flags;
}

// What a walk over all VMAs that map a folio does in each.
public unsafe struct rmap_walk_control
{
    public void* arg;
    public bool try_lock;
    public bool contended;
    // False ends the walk.
    public delegate*<folio*, vm_area_struct*, ulong, void*, bool> rmap_one;
    public delegate*<folio*, int> done;
    public delegate*<folio*, rmap_walk_control*, anon_vma*> anon_lock;
    public delegate*<vm_area_struct*, void*, bool> invalid_vma;
}

public static unsafe partial class linux_rmap_h
{
    // enum ttu_flags
    public const uint TTU_USE_SHARED_ZEROPAGE = 0x2;
    public const uint TTU_SPLIT_HUGE_PMD = 0x4;
    public const uint TTU_IGNORE_MLOCK = 0x8;
    public const uint TTU_SYNC = 0x10;
    public const uint TTU_HWPOISON = 0x20;
    public const uint TTU_BATCH_FLUSH = 0x40;
    public const uint TTU_RMAP_LOCKED = 0x80;

    public const int RMAP_NONE = 0;
    public const int RMAP_EXCLUSIVE = 1 << 0;

    public const uint PVMW_SYNC = 1 << 0;
    public const uint PVMW_MIGRATION = 1 << 1;
    public const uint PVMW_PGTABLE_CROSSED = 1 << 16;

    // enum pgtable_level
    public const int PGTABLE_LEVEL_PTE = 0;
    public const int PGTABLE_LEVEL_PMD = 1;
    public const int PGTABLE_LEVEL_PUD = 2;

    [KernelSource("include/linux/rmap.h", "get_anon_vma", Parity.Full)]
    public static void get_anon_vma(anon_vma* anon_vma) => atomic_inc(&anon_vma->refcount);

    [KernelSource("include/linux/rmap.h", "put_anon_vma", Parity.Full)]
    public static void put_anon_vma(anon_vma* anon_vma)
    {
        if (atomic_dec_and_test(&anon_vma->refcount))
            __put_anon_vma(anon_vma);
    }

    [KernelSource("include/linux/rmap.h", "anon_vma_lock_write", Parity.Full)]
    [Acquires("anon_vma->root->rwsem"), MightSleep]
    public static void anon_vma_lock_write(anon_vma* anon_vma) => down_write(&anon_vma->root->rwsem);

    [KernelSource("include/linux/rmap.h", "anon_vma_trylock_write", Parity.Full)]
    [TryAcquires(Result.True, "anon_vma->root->rwsem")]
    public static bool anon_vma_trylock_write(anon_vma* anon_vma) => down_write_trylock(&anon_vma->root->rwsem);

    [KernelSource("include/linux/rmap.h", "anon_vma_unlock_write", Parity.Full)]
    [Releases("anon_vma->root->rwsem")]
    public static void anon_vma_unlock_write(anon_vma* anon_vma) => up_write(&anon_vma->root->rwsem);

    [KernelSource("include/linux/rmap.h", "anon_vma_lock_read", Parity.Full)]
    [AcquiresShared("anon_vma->root->rwsem"), MightSleep]
    public static void anon_vma_lock_read(anon_vma* anon_vma) => down_read(&anon_vma->root->rwsem);

    [KernelSource("include/linux/rmap.h", "anon_vma_trylock_read", Parity.Full)]
    [TryAcquires(Result.True, "anon_vma->root->rwsem", Shared = true)]
    public static bool anon_vma_trylock_read(anon_vma* anon_vma) => down_read_trylock(&anon_vma->root->rwsem);

    [KernelSource("include/linux/rmap.h", "anon_vma_unlock_read", Parity.Full)]
    [Releases("anon_vma->root->rwsem")]
    public static void anon_vma_unlock_read(anon_vma* anon_vma) => up_read(&anon_vma->root->rwsem);

    [KernelSource("include/linux/rmap.h", "anon_vma_prepare", Parity.Full)]
    public static int anon_vma_prepare(vm_area_struct* vma)
    {
        if (vma->anon_vma != null)
            return 0;

        return __anon_vma_prepare(vma);
    }

    [KernelSource("include/linux/rmap.h", "anon_vma_merge", Parity.Full)]
    public static void anon_vma_merge(vm_area_struct* vma, vm_area_struct* next)
    {
        VM_BUG_ON_VMA(vma->anon_vma != next->anon_vma, vma);
        unlink_anon_vmas(next);
    }

    // ---------------------------------------------------------------- who maps a large folio: two mms are known by name

    [KernelSource("include/linux/rmap.h", "folio_lock_large_mapcount", Parity.Full)]
    [Acquires("folio->_mm_ids"), PreemptAdjust(1)]
    private static void folio_lock_large_mapcount(folio* folio) => bit_spin_lock(FOLIO_MM_IDS_LOCK_BITNUM, &folio->_mm_ids);

    [KernelSource("include/linux/rmap.h", "folio_unlock_large_mapcount", Parity.Full)]
    [Releases("folio->_mm_ids"), PreemptAdjust(-1)]
    private static void folio_unlock_large_mapcount(folio* folio) => __bit_spin_unlock(FOLIO_MM_IDS_LOCK_BITNUM, &folio->_mm_ids);

    [KernelSource("include/linux/rmap.h", "folio_mm_id", Parity.Full)]
    public static uint folio_mm_id(folio* folio, int idx)
    {
        VM_WARN_ON_ONCE(idx is not (0 or 1));
        return folio->_mm_id[idx] & MM_ID_MASK;
    }

    [KernelSource("include/linux/rmap.h", "folio_set_mm_id", Parity.Full)]
    public static void folio_set_mm_id(folio* folio, int idx, uint id)
    {
        VM_WARN_ON_ONCE(idx is not (0 or 1));
        folio->_mm_id[idx] &= ~MM_ID_MASK;
        folio->_mm_id[idx] |= id;
    }

    [KernelSource("include/linux/rmap.h", "__folio_large_mapcount_sanity_checks", Parity.Full)]
    private static void __folio_large_mapcount_sanity_checks(folio* folio, int diff, uint mm_id)
    {
        VM_WARN_ON_ONCE(!folio_test_large(folio) || folio_test_hugetlb(folio));
        VM_WARN_ON_ONCE(diff <= 0);
        VM_WARN_ON_ONCE(mm_id is < MM_ID_MIN or > MM_ID_MAX);

        VM_WARN_ON_ONCE((ulong)diff > folio_large_nr_pages(folio));
        VM_WARN_ON_ONCE(folio_large_nr_pages(folio) - 1 > MM_ID_MAPCOUNT_MAX);

        VM_WARN_ON_ONCE(folio_mm_id(folio, 0) == MM_ID_DUMMY && folio->_mm_id_mapcount[0] != -1);
        VM_WARN_ON_ONCE(folio_mm_id(folio, 0) != MM_ID_DUMMY && folio->_mm_id_mapcount[0] < 0);
        VM_WARN_ON_ONCE(folio_mm_id(folio, 1) == MM_ID_DUMMY && folio->_mm_id_mapcount[1] != -1);
        VM_WARN_ON_ONCE(folio_mm_id(folio, 1) != MM_ID_DUMMY && folio->_mm_id_mapcount[1] < 0);
        VM_WARN_ON_ONCE(!folio_mapped(folio) && test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids));
    }

    [KernelSource("include/linux/rmap.h", "folio_set_large_mapcount", Parity.Full)]
    public static void folio_set_large_mapcount(folio* folio, int mapcount, vm_area_struct* vma)
    {
        __folio_large_mapcount_sanity_checks(folio, mapcount, vma->vm_mm->mm_id);

        VM_WARN_ON_ONCE(folio_mm_id(folio, 0) != MM_ID_DUMMY);
        VM_WARN_ON_ONCE(folio_mm_id(folio, 1) != MM_ID_DUMMY);

        // Counts start at -1.
        atomic_set(&folio->_large_mapcount, mapcount - 1);
        folio->_mm_id_mapcount[0] = mapcount - 1;
        folio_set_mm_id(folio, 0, vma->vm_mm->mm_id);
    }

    [KernelSource("include/linux/rmap.h", "folio_add_return_large_mapcount", Parity.Full)]
    public static int folio_add_return_large_mapcount(folio* folio, int diff, vm_area_struct* vma)
    {
        uint mm_id = vma->vm_mm->mm_id;

        folio_lock_large_mapcount(folio);
        __folio_large_mapcount_sanity_checks(folio, diff, mm_id);

        int new_mapcount_val = atomic_read(&folio->_large_mapcount) + diff;
        atomic_set(&folio->_large_mapcount, new_mapcount_val);

        if (folio_mm_id(folio, 0) == mm_id)
        {
            folio->_mm_id_mapcount[0] += diff;
        }
        else if (folio_mm_id(folio, 1) == mm_id)
        {
            folio->_mm_id_mapcount[1] += diff;
        }
        else if (folio_mm_id(folio, 0) == MM_ID_DUMMY)
        {
            folio_set_mm_id(folio, 0, mm_id);
            folio->_mm_id_mapcount[0] = diff - 1;
            // Others may map it that found no place.
            if (new_mapcount_val != diff - 1)
                folio->_mm_ids |= FOLIO_MM_IDS_SHARED_BIT;
        }
        else if (folio_mm_id(folio, 1) == MM_ID_DUMMY)
        {
            folio_set_mm_id(folio, 1, mm_id);
            folio->_mm_id_mapcount[1] = diff - 1;
            // The other one certainly does.
            folio->_mm_ids |= FOLIO_MM_IDS_SHARED_BIT;
        }

        folio_unlock_large_mapcount(folio);
        return new_mapcount_val + 1;
    }

    [KernelSource("include/linux/rmap.h", "folio_add_large_mapcount", Parity.Full)]
    public static void folio_add_large_mapcount(folio* folio, int diff, vm_area_struct* vma) =>
        folio_add_return_large_mapcount(folio, diff, vma);

    [KernelSource("include/linux/rmap.h", "folio_sub_return_large_mapcount", Parity.Full)]
    public static int folio_sub_return_large_mapcount(folio* folio, int diff, vm_area_struct* vma)
    {
        uint mm_id = vma->vm_mm->mm_id;

        folio_lock_large_mapcount(folio);
        __folio_large_mapcount_sanity_checks(folio, diff, mm_id);

        int new_mapcount_val = atomic_read(&folio->_large_mapcount) - diff;
        atomic_set(&folio->_large_mapcount, new_mapcount_val);

        // What was mapped while there was no place for the mm is not in its count, which may so go below zero.
        if (folio_mm_id(folio, 0) == mm_id)
        {
            folio->_mm_id_mapcount[0] -= diff;
            if (folio->_mm_id_mapcount[0] >= 0)
                goto @out;
            folio->_mm_id_mapcount[0] = -1;
            folio_set_mm_id(folio, 0, MM_ID_DUMMY);
        }
        else if (folio_mm_id(folio, 1) == mm_id)
        {
            folio->_mm_id_mapcount[1] -= diff;
            if (folio->_mm_id_mapcount[1] >= 0)
                goto @out;
            folio->_mm_id_mapcount[1] = -1;
            folio_set_mm_id(folio, 1, MM_ID_DUMMY);
        }

        // One of the two has all that is left, or nothing is left.
        if (folio->_mm_id_mapcount[0] == new_mapcount_val || folio->_mm_id_mapcount[1] == new_mapcount_val)
            folio->_mm_ids &= ~FOLIO_MM_IDS_SHARED_BIT;
    @out:
        folio_unlock_large_mapcount(folio);
        return new_mapcount_val + 1;
    }

    [KernelSource("include/linux/rmap.h", "folio_sub_large_mapcount", Parity.Full)]
    public static void folio_sub_large_mapcount(folio* folio, int diff, vm_area_struct* vma) =>
        folio_sub_return_large_mapcount(folio, diff, vma);

    [KernelSource("include/linux/rmap.h", "__folio_rmap_sanity_checks", Parity.Reduced, "no mapping above the pte level exists without THP")]
    public static void __folio_rmap_sanity_checks(folio* folio, page* page, int nr_pages, int level)
    {
        VM_WARN_ON_FOLIO(folio_test_hugetlb(folio), folio);
        VM_WARN_ON_FOLIO(is_zero_folio(folio), folio);

        VM_WARN_ON_ONCE(nr_pages <= 0);
        VM_WARN_ON_FOLIO(page_folio(page) != folio, folio);
        VM_WARN_ON_FOLIO(page_folio(page + nr_pages - 1) != folio, folio);
        VM_BUG_ON(level != PGTABLE_LEVEL_PTE);

        // An anonymous folio keeps its anon_vma alive only as long as someone maps it.
        if (folio_test_anon(folio) && !folio_test_ksm(folio))
        {
            ulong mapping = (ulong)folio->mapping;
            anon_vma* anon_vma = (anon_vma*)(mapping - FOLIO_MAPPING_ANON);

            VM_WARN_ON_FOLIO(atomic_read(&anon_vma->refcount) == 0, folio);
        }
    }

    [KernelSource("include/linux/rmap.h", "folio_add_anon_rmap_pte", Parity.Full)]
    [RequiresPreemptOff]
    public static void folio_add_anon_rmap_pte(folio* folio, page* page, vm_area_struct* vma, ulong address, int flags) =>
        folio_add_anon_rmap_ptes(folio, page, 1, vma, address, flags);

    [KernelSource("include/linux/rmap.h", "folio_add_file_rmap_pte", Parity.Full)]
    [RequiresPreemptOff]
    public static void folio_add_file_rmap_pte(folio* folio, page* page, vm_area_struct* vma) =>
        folio_add_file_rmap_ptes(folio, page, 1, vma);

    [KernelSource("include/linux/rmap.h", "folio_remove_rmap_pte", Parity.Full)]
    [RequiresPreemptOff]
    public static void folio_remove_rmap_pte(folio* folio, page* page, vm_area_struct* vma) =>
        folio_remove_rmap_ptes(folio, page, 1, vma);

    [KernelSource("include/linux/rmap.h", "__folio_dup_file_rmap", Parity.Reduced, "pmd and pud mappings do not exist without THP")]
    public static void __folio_dup_file_rmap(folio* folio, page* page, int nr_pages, vm_area_struct* dst_vma, int level)
    {
        int orig_nr_pages = nr_pages;

        __folio_rmap_sanity_checks(folio, page, nr_pages, level);

        if (!folio_test_large(folio))
        {
            atomic_inc(&folio->_mapcount);
            return;
        }

        do
        {
            atomic_inc(&page->_mapcount);
            page++;
        } while (--nr_pages > 0);
        folio_add_large_mapcount(folio, orig_nr_pages, dst_vma);
    }

    [KernelSource("include/linux/rmap.h", "folio_dup_file_rmap_ptes", Parity.Full)]
    public static void folio_dup_file_rmap_ptes(folio* folio, page* page, int nr_pages, vm_area_struct* dst_vma) =>
        __folio_dup_file_rmap(folio, page, nr_pages, dst_vma, PGTABLE_LEVEL_PTE);

    [KernelSource("include/linux/rmap.h", "folio_dup_file_rmap_pte", Parity.Full)]
    public static void folio_dup_file_rmap_pte(folio* folio, page* page, vm_area_struct* dst_vma) =>
        __folio_dup_file_rmap(folio, page, 1, dst_vma, PGTABLE_LEVEL_PTE);

    [KernelSource("include/linux/rmap.h", "__folio_try_dup_anon_rmap", Parity.Reduced, "pmd and pud mappings do not exist without THP, device-private folios not without ZONE_DEVICE")]
    public static int __folio_try_dup_anon_rmap(folio* folio, page* page, int nr_pages, vm_area_struct* dst_vma, vm_area_struct* src_vma, int level)
    {
        int orig_nr_pages = nr_pages;

        VM_WARN_ON_FOLIO(!folio_test_anon(folio), folio);
        __folio_rmap_sanity_checks(folio, page, nr_pages, level);

        // A page that a device may write must stay the parent's alone.
        bool maybe_pinned = folio_needs_cow_for_dma(src_vma, folio);

        if (maybe_pinned)
        {
            for (int i = 0; i < nr_pages; i++)
            {
                if (PageAnonExclusive(page + i))
                    return -EBUSY;
            }
        }

        if (!folio_test_large(folio))
        {
            if (PageAnonExclusive(page))
                ClearPageAnonExclusive(page);
            atomic_inc(&folio->_mapcount);
            return 0;
        }

        do
        {
            if (PageAnonExclusive(page))
                ClearPageAnonExclusive(page);
            atomic_inc(&page->_mapcount);
            page++;
        } while (--nr_pages > 0);
        folio_add_large_mapcount(folio, orig_nr_pages, dst_vma);
        return 0;
    }

    [KernelSource("include/linux/rmap.h", "folio_try_dup_anon_rmap_ptes", Parity.Full)]
    public static int folio_try_dup_anon_rmap_ptes(folio* folio, page* page, int nr_pages, vm_area_struct* dst_vma, vm_area_struct* src_vma) =>
        __folio_try_dup_anon_rmap(folio, page, nr_pages, dst_vma, src_vma, PGTABLE_LEVEL_PTE);

    [KernelSource("include/linux/rmap.h", "folio_try_dup_anon_rmap_pte", Parity.Full)]
    public static int folio_try_dup_anon_rmap_pte(folio* folio, page* page, vm_area_struct* dst_vma, vm_area_struct* src_vma) =>
        __folio_try_dup_anon_rmap(folio, page, 1, dst_vma, src_vma, PGTABLE_LEVEL_PTE);

    [KernelSource("include/linux/rmap.h", "__folio_try_share_anon_rmap", Parity.Reduced, "device -private folios do not exist without ZONE_DEVICE")]
    public static int __folio_try_share_anon_rmap(folio* folio, page* page, int nr_pages, int level)
    {
        VM_WARN_ON_FOLIO(!folio_test_anon(folio), folio);
        VM_WARN_ON_FOLIO(!PageAnonExclusive(page), folio);
        __folio_rmap_sanity_checks(folio, page, nr_pages, level);

        // The entry is cleared: order that before reading the pin count, as a lockless pin does the reverse.
        smp_mb();

        if (folio_maybe_dma_pinned(folio))
            return -EBUSY;
        ClearPageAnonExclusive(page);

        // The flag goes before the entry comes back.
        smp_mb__after_atomic();
        return 0;
    }

    [KernelSource("include/linux/rmap.h", "folio_try_share_anon_rmap_pte", Parity.Full)]
    public static int folio_try_share_anon_rmap_pte(folio* folio, page* page) =>
        __folio_try_share_anon_rmap(folio, page, 1, PGTABLE_LEVEL_PTE);

    [KernelSource("include/linux/rmap.h", "DEFINE_FOLIO_VMA_WALK", Parity.Full)]
    public static page_vma_mapped_walk DEFINE_FOLIO_VMA_WALK(folio* _folio, vm_area_struct* _vma, ulong _address, uint _flags) => new()
    {
        pfn = folio_pfn(_folio),
        nr_pages = folio_nr_pages(_folio),
        pgoff = linux_pagemap_h.folio_pgoff(_folio),
        vma = _vma,
        address = _address,
        flags = _flags,
    };

    [KernelSource("include/linux/rmap.h", "page_vma_mapped_walk_done", Parity.Full)]
    [ContextUnsafe("the walk holds the lock that pvmw->ptl points to, if it does")]
    public static void page_vma_mapped_walk_done(page_vma_mapped_walk* pvmw)
    {
        if (pvmw->pte != null)
            pte_unmap(pvmw->pte);
        if (pvmw->ptl != null)
            spin_unlock(pvmw->ptl);
    }

    [KernelSource("include/linux/rmap.h", "page_vma_mapped_walk_restart", Parity.Full)]
    [ContextUnsafe("the walk holds the lock that pvmw->ptl points to, if it does")]
    public static void page_vma_mapped_walk_restart(page_vma_mapped_walk* pvmw)
    {
        WARN_ON_ONCE(pvmw->pmd == null && pvmw->pte == null);

        if (pvmw->ptl != null)
            spin_unlock(pvmw->ptl);
        else
            WARN_ON_ONCE(true);

        pvmw->ptl = null;
        pvmw->pmd = null;
        pvmw->pte = null;
    }
}
