// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_mmu_notifier_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.linux_rmap_h;
using static Linux.mm_internal_h;

namespace Linux;

// fork: the child's tables are filled from the parent's, and both lose the right to write.
public static unsafe partial class mm_memory_c
{
    [KernelSource("mm/memory.c", "copy_nonpresent_pte", Parity.Reduced, "migration and device entries do not exist in this configuration")]
    [Excludes("kernel_fork_c.mmlist_lock")]
    private static int copy_nonpresent_pte(mm_struct* dst_mm, mm_struct* src_mm, pte_t* dst_pte, pte_t* src_pte,
        vm_area_struct* dst_vma, vm_area_struct* src_vma, ulong addr, int* rss)
    {
        pte_t orig_pte = ptep_get(src_pte);
        pte_t pte = orig_pte;
        swp_entry_t entry = pte_to_swp_entry(orig_pte);

        if (!non_swap_entry(entry))
        {
            if (swap_duplicate(entry) < 0)
                return -EIO;

            // swapoff must find the child too.
            if (list_empty(&dst_mm->mmlist))
            {
                spin_lock(mmlist_lock);
                if (list_empty(&dst_mm->mmlist))
                    list_add(&dst_mm->mmlist, &src_mm->mmlist);
                spin_unlock(mmlist_lock);
            }
            // The entry is shared from now on.
            if (pte_swp_exclusive(orig_pte))
            {
                pte = pte_swp_clear_exclusive(orig_pte);
                set_pte_at(src_mm, addr, src_pte, pte);
            }
            rss[MM_SWAPENTS]++;
        }
        else if (is_pte_marker_entry(entry))
        {
            ulong marker = copy_pte_marker(entry, dst_vma);

            if (marker != 0)
                set_pte_at(dst_mm, addr, dst_pte, make_pte_marker(marker));
            return 0;
        }
        if (!userfaultfd_wp(dst_vma))
            pte = pte_swp_clear_uffd_wp(pte);
        set_pte_at(dst_mm, addr, dst_pte, pte);
        return 0;
    }

    // A page that is pinned is copied at once: its writer must go on writing to the parent's.
    [KernelSource("mm/memory.c", "copy_present_page", Parity.Full)]
    [RequiresPreemptOff]
    private static int copy_present_page(vm_area_struct* dst_vma, vm_area_struct* src_vma, pte_t* dst_pte, pte_t* src_pte,
        ulong addr, int* rss, folio** prealloc, page* page)
    {
        folio* new_folio = *prealloc;

        if (new_folio == null)
            return -EAGAIN;

        // We have a folio now.
        if (copy_mc_user_highpage(&new_folio->page, page, addr, src_vma) != 0)
            return -EHWPOISON;

        *prealloc = null;
        __folio_mark_uptodate(new_folio);
        folio_add_new_anon_rmap(new_folio, dst_vma, addr, RMAP_EXCLUSIVE);
        folio_add_lru_vma(new_folio, dst_vma);
        rss[MM_ANONPAGES]++;

        pte_t pte = folio_mk_pte(new_folio, dst_vma->vm_page_prot);
        pte = maybe_mkwrite(pte_mkdirty(pte), dst_vma);
        if (userfaultfd_pte_wp(dst_vma, ptep_get(src_pte)))
            pte = pte_mkuffd_wp(pte);
        set_pte_at(dst_vma->vm_mm, addr, dst_pte, pte);
        return 0;
    }

    [KernelSource("mm/memory.c", "__copy_present_ptes", Parity.Full)]
    private static void __copy_present_ptes(vm_area_struct* dst_vma, vm_area_struct* src_vma, pte_t* dst_pte, pte_t* src_pte,
        pte_t pte, ulong addr, int nr)
    {
        mm_struct* src_mm = src_vma->vm_mm;

        // In a COW mapping the next write of either has to fault.
        if (is_cow_mapping(src_vma->vm_flags) && pte_write(pte))
        {
            wrprotect_ptes(src_mm, addr, src_pte, (uint)nr);
            pte = pte_wrprotect(pte);
        }

        // A shared mapping's dirt is already the parent's to write back.
        if ((src_vma->vm_flags & VM_SHARED) != 0)
            pte = pte_mkclean(pte);
        pte = pte_mkold(pte);

        if (!userfaultfd_wp(dst_vma))
            pte = pte_clear_uffd_wp(pte);

        set_ptes(dst_vma->vm_mm, addr, dst_pte, pte, (uint)nr);
    }

    // Returns how many entries were copied, or -EAGAIN when a folio has to be allocated first.
    [KernelSource("mm/memory.c", "copy_present_ptes", Parity.Full)]
    [RequiresPreemptOff]
    private static int copy_present_ptes(vm_area_struct* dst_vma, vm_area_struct* src_vma, pte_t* dst_pte, pte_t* src_pte,
        pte_t pte, ulong addr, int max_nr, int* rss, folio** prealloc)
    {
        uint flags = FPB_MERGE_WRITE;
        folio* folio;
        int err, nr;

        page* page = vm_normal_page(src_vma, addr, pte);
        if (page == null)
            goto copy_pte;

        folio = page_folio(page);

        // With a preallocated folio only one page is copied.
        if (*prealloc == null && folio_test_large(folio) && max_nr != 1)
        {
            if ((src_vma->vm_flags & VM_SHARED) == 0)
                flags |= FPB_RESPECT_DIRTY;

            nr = (int)folio_pte_batch_flags(folio, src_vma, src_pte, &pte, (uint)max_nr, flags);
            folio_ref_add(folio, nr);
            if (folio_test_anon(folio))
            {
                if (folio_try_dup_anon_rmap_ptes(folio, page, nr, dst_vma, src_vma) != 0)
                {
                    folio_ref_sub(folio, nr);
                    return -EAGAIN;
                }
                rss[MM_ANONPAGES] += nr;
                VM_WARN_ON_FOLIO(PageAnonExclusive(page), folio);
            }
            else
            {
                folio_dup_file_rmap_ptes(folio, page, nr, dst_vma);
                rss[mm_counter_file(folio)] += nr;
            }
            __copy_present_ptes(dst_vma, src_vma, dst_pte, src_pte, pte, addr, nr);
            return nr;
        }

        folio_get(folio);
        if (folio_test_anon(folio))
        {
            if (folio_try_dup_anon_rmap_pte(folio, page, dst_vma, src_vma) != 0)
            {
                // Maybe pinned.
                folio_put(folio);
                err = copy_present_page(dst_vma, src_vma, dst_pte, src_pte, addr, rss, prealloc, page);
                return err != 0 ? err : 1;
            }
            rss[MM_ANONPAGES]++;
            VM_WARN_ON_FOLIO(PageAnonExclusive(page), folio);
        }
        else
        {
            folio_dup_file_rmap_pte(folio, page, dst_vma);
            rss[mm_counter_file(folio)]++;
        }

    copy_pte:
        __copy_present_ptes(dst_vma, src_vma, dst_pte, src_pte, pte, addr, 1);
        return 1;
    }

    [KernelSource("mm/memory.c", "folio_prealloc", Parity.Full)]
    [MightSleep]
    private static folio* folio_prealloc(mm_struct* src_mm, vm_area_struct* vma, ulong addr, bool need_zero)
    {
        folio* new_folio;

        if (need_zero)
            new_folio = vma_alloc_zeroed_movable_folio(vma, addr);
        else
            new_folio = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, vma, addr);

        if (new_folio == null)
            return null;

        if (mem_cgroup_charge(new_folio, src_mm, GFP_KERNEL) != 0)
        {
            folio_put(new_folio);
            return null;
        }
        folio_throttle_swaprate(new_folio, GFP_KERNEL);

        return new_folio;
    }

    [KernelSource("mm/memory.c", "copy_pte_range", Parity.Reduced, "the locks are not asked whether somebody waits for them: a waiter shows as need_resched()")]
    private static int copy_pte_range(vm_area_struct* dst_vma, vm_area_struct* src_vma, pmd_t* dst_pmd, pmd_t* src_pmd, ulong addr, ulong end)
    {
        mm_struct* dst_mm = dst_vma->vm_mm;
        mm_struct* src_mm = src_vma->vm_mm;
        pte_t* orig_src_pte, orig_dst_pte, src_pte, dst_pte;
        pmd_t dummy_pmdval;
        pte_t ptent;
        spinlock_t* src_ptl, dst_ptl;
        int progress, max_nr, ret = 0;
        int* rss = stackalloc int[NR_MM_COUNTERS];
        swp_entry_t entry = default;
        folio* prealloc = null;
        int nr;

    again:
        progress = 0;
        init_rss_vec(rss);

        // Only the child's lock is taken by allocation: the parent's comes inside it.
        dst_pte = pte_alloc_map_lock(dst_mm, dst_pmd, addr, &dst_ptl);
        if (dst_pte == null)
        {
            ret = -ENOMEM;
            goto @out;
        }

        src_pte = pte_offset_map_rw_nolock(src_mm, src_pmd, addr, &dummy_pmdval, &src_ptl);
        if (src_pte == null)
        {
            pte_unmap_unlock(dst_pte, dst_ptl);
            // ret stays 0: there is nothing to copy.
            goto @out;
        }
        spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
        orig_src_pte = src_pte;
        orig_dst_pte = dst_pte;
        arch_enter_lazy_mmu_mode();

        do
        {
            nr = 1;

            // Let others at the two locks now and then.
            if (progress >= 32)
            {
                progress = 0;
                if (need_resched())
                    break;
            }
            ptent = ptep_get(src_pte);
            if (pte_none(ptent))
            {
                progress++;
                continue;
            }
            if (!pte_present(ptent))
            {
                ret = copy_nonpresent_pte(dst_mm, src_mm, dst_pte, src_pte, dst_vma, src_vma, addr, rss);
                if (ret == -EIO)
                {
                    entry = pte_to_swp_entry(ptep_get(src_pte));
                    break;
                }
                progress += 8;
                continue;
            }
            max_nr = (int)((end - addr) / PAGE_SIZE);
            ret = copy_present_ptes(dst_vma, src_vma, dst_pte, src_pte, ptent, addr, max_nr, rss, &prealloc);
            // A copy needs a folio, or the page could not be read.
            if (ret == -EAGAIN || ret == -EHWPOISON)
                break;
            if (prealloc != null)
            {
                // It was for this address only, and it was not needed: the memory policy may differ for the next.
                folio_put(prealloc);
                prealloc = null;
            }
            nr = ret;
            progress += 8 * nr;
        } while (copy_advance(&dst_pte, &src_pte, &addr, nr) != end);

        arch_leave_lazy_mmu_mode();
        pte_unmap_unlock(orig_src_pte, src_ptl);
        add_mm_rss_vec(dst_mm, rss);
        pte_unmap_unlock(orig_dst_pte, dst_ptl);
        cond_resched();

        if (ret == -EIO)
        {
            VM_WARN_ON_ONCE(entry.val == 0);
            if (add_swap_count_continuation(entry, GFP_KERNEL) < 0)
            {
                ret = -ENOMEM;
                goto @out;
            }
            entry.val = 0;
        }
        else if (ret == -EBUSY || ret == -EHWPOISON)
        {
            goto @out;
        }
        else if (ret == -EAGAIN)
        {
            prealloc = folio_prealloc(src_mm, src_vma, addr, false);
            if (prealloc == null)
                return -ENOMEM;
        }
        else if (ret < 0)
        {
            VM_WARN_ON_ONCE(true);
        }

        // We have handled it: go on.
        ret = 0;

        if (addr != end)
            goto again;
    @out:
        if (prealloc != null)
            folio_put(prealloc);
        return ret;
    }

    private static ulong copy_advance(pte_t** dst_pte, pte_t** src_pte, ulong* addr, int nr)
    {
        *dst_pte += nr;
        *src_pte += nr;
        *addr += PAGE_SIZE * (ulong)nr;
        return *addr;
    }

    [KernelSource("mm/memory.c", "copy_pmd_range", Parity.Reduced, "nothing is mapped by a PMD")]
    private static int copy_pmd_range(vm_area_struct* dst_vma, vm_area_struct* src_vma, pud_t* dst_pud, pud_t* src_pud, ulong addr, ulong end)
    {
        mm_struct* dst_mm = dst_vma->vm_mm;
        ulong next;

        pmd_t* dst_pmd = pmd_alloc(dst_mm, dst_pud, addr);
        if (dst_pmd == null)
            return -ENOMEM;
        pmd_t* src_pmd = pmd_offset(src_pud, addr);
        do
        {
            next = pmd_addr_end(addr, end);
            if (!pmd_none_or_clear_bad(src_pmd) && copy_pte_range(dst_vma, src_vma, dst_pmd, src_pmd, addr, next) != 0)
                return -ENOMEM;
            dst_pmd++;
            src_pmd++;
            addr = next;
        } while (addr != end);
        return 0;
    }

    [KernelSource("mm/memory.c", "copy_pud_range", Parity.Reduced, "nothing is mapped by a PUD")]
    private static int copy_pud_range(vm_area_struct* dst_vma, vm_area_struct* src_vma, p4d_t* dst_p4d, p4d_t* src_p4d, ulong addr, ulong end)
    {
        mm_struct* dst_mm = dst_vma->vm_mm;
        ulong next;

        pud_t* dst_pud = pud_alloc(dst_mm, dst_p4d, addr);
        if (dst_pud == null)
            return -ENOMEM;
        pud_t* src_pud = pud_offset(src_p4d, addr);
        do
        {
            next = pud_addr_end(addr, end);
            if (!pud_none_or_clear_bad(src_pud) && copy_pmd_range(dst_vma, src_vma, dst_pud, src_pud, addr, next) != 0)
                return -ENOMEM;
            dst_pud++;
            src_pud++;
            addr = next;
        } while (addr != end);
        return 0;
    }

    [KernelSource("mm/memory.c", "copy_p4d_range", Parity.Full)]
    private static int copy_p4d_range(vm_area_struct* dst_vma, vm_area_struct* src_vma, pgd_t* dst_pgd, pgd_t* src_pgd, ulong addr, ulong end)
    {
        mm_struct* dst_mm = dst_vma->vm_mm;
        ulong next;

        p4d_t* dst_p4d = p4d_alloc(dst_mm, dst_pgd, addr);
        if (dst_p4d == null)
            return -ENOMEM;
        p4d_t* src_p4d = p4d_offset(src_pgd, addr);
        do
        {
            next = p4d_addr_end(addr, end);
            if (!p4d_none_or_clear_bad(src_p4d) && copy_pud_range(dst_vma, src_vma, dst_p4d, src_p4d, addr, next) != 0)
                return -ENOMEM;
            dst_p4d++;
            src_p4d++;
            addr = next;
        } while (addr != end);
        return 0;
    }

    // What faults would bring back need not be copied.
    [KernelSource("mm/memory.c", "vma_needs_copy", Parity.Full)]
    private static bool vma_needs_copy(vm_area_struct* dst_vma, vm_area_struct* src_vma)
    {
        // Write protection of empty and file entries is kept in the tables alone.
        if (userfaultfd_wp(dst_vma))
            return true;

        if ((src_vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) != 0)
            return true;

        if (src_vma->anon_vma != null)
            return true;

        return false;
    }

    [KernelSource("mm/memory.c", "copy_page_range", Parity.Full)]
    public static int copy_page_range(vm_area_struct* dst_vma, vm_area_struct* src_vma)
    {
        ulong addr = src_vma->vm_start;
        ulong end = src_vma->vm_end;
        mm_struct* dst_mm = dst_vma->vm_mm;
        mm_struct* src_mm = src_vma->vm_mm;
        mmu_notifier_range range;
        ulong next;

        if (!vma_needs_copy(dst_vma, src_vma))
            return 0;

        bool is_cow = is_cow_mapping(src_vma->vm_flags);
        if (is_cow)
        {
            mmu_notifier_range_init(&range, MMU_NOTIFY_PROTECTION_PAGE, 0, src_mm, addr, end);
            mmu_notifier_invalidate_range_start(&range);
            // A lockless pin that runs at the same time must see the count change. The VMA is write-locked, and faults
            // are kept out, so the plain form of the counter will do.
            vma_assert_write_locked(src_vma);
            raw_write_seqcount_begin(&src_mm->write_protect_seq);
        }

        int ret = 0;
        pgd_t* dst_pgd = pgd_offset(dst_mm, addr);
        pgd_t* src_pgd = pgd_offset(src_mm, addr);
        do
        {
            next = pgd_addr_end(addr, end);
            if (!pgd_none_or_clear_bad(src_pgd) && copy_p4d_range(dst_vma, src_vma, dst_pgd, src_pgd, addr, next) != 0)
            {
                ret = -ENOMEM;
                break;
            }
            dst_pgd++;
            src_pgd++;
            addr = next;
        } while (addr != end);

        if (is_cow)
        {
            raw_write_seqcount_end(&src_mm->write_protect_seq);
            mmu_notifier_invalidate_range_end(&range);
        }
        return ret;
    }
}
