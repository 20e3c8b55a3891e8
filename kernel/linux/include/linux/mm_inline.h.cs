// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;

namespace Linux;

public static unsafe partial class linux_mm_inline_h
{
    // A page that is backed by swap belongs on the anonymous lists, shmem included.
    [KernelSource("include/linux/mm_inline.h", "folio_is_file_lru", Parity.Full)]
    public static bool folio_is_file_lru(folio* folio) => !folio_test_swapbacked(folio);

    [KernelSource("include/linux/mm_inline.h", "page_is_file_lru", Parity.Full)]
    public static bool page_is_file_lru(page* page) => folio_is_file_lru(page_folio(page));

    [KernelSource("include/linux/mm_inline.h", "__update_lru_size", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    public static void __update_lru_size(lruvec* lruvec, int lru, int zid, long nr_pages)
    {
        pglist_data* pgdat = lruvec_pgdat(lruvec);

        lockdep_assert_held(&lruvec->lru_lock);
        WARN_ON_ONCE(nr_pages != (int)nr_pages);

        __mod_lruvec_state(lruvec, NR_LRU_BASE + lru, (int)nr_pages);
        __mod_zone_page_state(&pgdat->node_zones[zid], NR_ZONE_LRU_BASE + lru, nr_pages);
    }

    [KernelSource("include/linux/mm_inline.h", "update_lru_size", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    public static void update_lru_size(lruvec* lruvec, int lru, int zid, long nr_pages)
    {
        __update_lru_size(lruvec, lru, zid, nr_pages);
        mem_cgroup_update_lru_size(lruvec, lru, zid, (int)nr_pages);
    }

    [KernelSource("include/linux/mm_inline.h", "__folio_clear_lru_flags", Parity.Full)]
    public static void __folio_clear_lru_flags(folio* folio)
    {
        VM_BUG_ON_FOLIO(!folio_test_lru(folio), folio);

        __folio_clear_lru(folio);

        // Both set cannot be: leave it for the check at free to report.
        if (folio_test_active(folio) && folio_test_unevictable(folio))
            return;

        __folio_clear_active(folio);
        __folio_clear_unevictable(folio);
    }

    [KernelSource("include/linux/mm_inline.h", "folio_lru_list", Parity.Full)]
    public static int folio_lru_list(folio* folio)
    {
        VM_BUG_ON_FOLIO(folio_test_active(folio) && folio_test_unevictable(folio), folio);

        if (folio_test_unevictable(folio))
            return LRU_UNEVICTABLE;

        int lru = folio_is_file_lru(folio) ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
        if (folio_test_active(folio))
            lru += LRU_ACTIVE;

        return lru;
    }

    [KernelSource("include/linux/mm_inline.h", "lru_gen_enabled", Parity.Full)]
    public static bool lru_gen_enabled() => false;

    [KernelSource("include/linux/mm_inline.h", "lru_gen_in_fault", Parity.Full)]
    public static bool lru_gen_in_fault() => false;

    [KernelSource("include/linux/mm_inline.h", "lru_gen_add_folio", Parity.Full)]
    public static bool lru_gen_add_folio(lruvec* lruvec, folio* folio, bool reclaiming) => false;

    [KernelSource("include/linux/mm_inline.h", "lru_gen_del_folio", Parity.Full)]
    public static bool lru_gen_del_folio(lruvec* lruvec, folio* folio, bool reclaiming) => false;

    [KernelSource("include/linux/mm_inline.h", "lruvec_add_folio", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    public static void lruvec_add_folio(lruvec* lruvec, folio* folio)
    {
        int lru = folio_lru_list(folio);

        if (lru_gen_add_folio(lruvec, folio, false))
            return;

        update_lru_size(lruvec, lru, (int)folio_zonenum(folio), (long)folio_nr_pages(folio));
        // Unevictable folios are only counted: their list word holds mlock_count.
        if (lru != LRU_UNEVICTABLE)
            list_add(&folio->lru, &lruvec->lists[lru]);
    }

    [KernelSource("include/linux/mm_inline.h", "lruvec_add_folio_tail", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    public static void lruvec_add_folio_tail(lruvec* lruvec, folio* folio)
    {
        int lru = folio_lru_list(folio);

        if (lru_gen_add_folio(lruvec, folio, true))
            return;

        update_lru_size(lruvec, lru, (int)folio_zonenum(folio), (long)folio_nr_pages(folio));
        // The caller skips unevictable folios.
        list_add_tail(&folio->lru, &lruvec->lists[lru]);
    }

    [KernelSource("include/linux/mm_inline.h", "lruvec_del_folio", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    public static void lruvec_del_folio(lruvec* lruvec, folio* folio)
    {
        int lru = folio_lru_list(folio);

        if (lru_gen_del_folio(lruvec, folio, false))
            return;

        if (lru != LRU_UNEVICTABLE)
            list_del(&folio->lru);
        update_lru_size(lruvec, lru, (int)folio_zonenum(folio), -(long)folio_nr_pages(folio));
    }

    [KernelSource("include/linux/mm_inline.h", "anon_vma_name_eq", Parity.Full)]
    public static bool anon_vma_name_eq(void* anon_name1, void* anon_name2) => true;

    [KernelSource("include/linux/mm_inline.h", "init_tlb_flush_pending", Parity.Full)]
    public static void init_tlb_flush_pending(mm_struct* mm) => atomic_set(&mm->tlb_flush_pending, 0);

    [KernelSource("include/linux/mm_inline.h", "inc_tlb_flush_pending", Parity.Full)]
    public static void inc_tlb_flush_pending(mm_struct* mm) => atomic_inc(&mm->tlb_flush_pending);

    [KernelSource("include/linux/mm_inline.h", "dec_tlb_flush_pending", Parity.Full)]
    public static void dec_tlb_flush_pending(mm_struct* mm) => atomic_dec(&mm->tlb_flush_pending);

    [KernelSource("include/linux/mm_inline.h", "mm_tlb_flush_pending", Parity.Full)]
    public static bool mm_tlb_flush_pending(mm_struct* mm) => atomic_read(&mm->tlb_flush_pending) != 0;

    [KernelSource("include/linux/mm_inline.h", "mm_tlb_flush_nested", Parity.Full)]
    public static bool mm_tlb_flush_nested(mm_struct* mm) => atomic_read(&mm->tlb_flush_pending) > 1;

    [KernelSource("include/linux/mm_inline.h", "copy_pte_marker", Parity.Full)]
    public static ulong copy_pte_marker(swp_entry_t entry, vm_area_struct* dst_vma)
    {
        ulong srcm = pte_marker_get(entry);
        // Always copied: errors and guards.
        ulong dstm = srcm & (PTE_MARKER_POISONED | PTE_MARKER_GUARD);

        if ((srcm & PTE_MARKER_UFFD_WP) != 0 && userfaultfd_wp(dst_vma))
            dstm |= PTE_MARKER_UFFD_WP;

        return dstm;
    }

    [KernelSource("include/linux/mm_inline.h", "pte_install_uffd_wp_if_needed", Parity.Full)]
    public static bool pte_install_uffd_wp_if_needed(vm_area_struct* vma, ulong addr, pte_t* pte, pte_t pteval)
    {
        bool arm_uffd_pte = false;

        WARN_ON_ONCE(!pte_none(ptep_get(pte)));

        // Anonymous memory keeps its protection in the swap entry.
        if (vma_is_anonymous(vma) || !userfaultfd_wp(vma))
            return false;

        if (pte_present(pteval) && pte_uffd_wp(pteval))
            arm_uffd_pte = true;

        if (pte_swp_uffd_wp_any(pteval))
            arm_uffd_pte = true;

        if (arm_uffd_pte)
        {
            set_pte_at(vma->vm_mm, addr, pte, make_pte_marker(PTE_MARKER_UFFD_WP));
            return true;
        }
        return false;
    }

    [KernelSource("include/linux/mm_inline.h", "vma_has_recency", Parity.Full)]
    public static bool vma_has_recency(vm_area_struct* vma)
    {
        if ((vma->vm_flags & (VM_SEQ_READ | VM_RAND_READ)) != 0)
            return false;

        if (vma->vm_file != null && (vma->vm_file->f_mode & linux_fs_h.FMODE_NOREUSE) != 0)
            return false;

        return true;
    }
}
