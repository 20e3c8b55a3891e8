// SPDX-License-Identifier: GPL-2.0-only
// mm/huge_memory.c: a large folio of a file becomes smaller ones.
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_rmap_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_huge_memory_c
{
    private const string C = "mm/huge_memory.c";

    // Pages of files can be left unmapped: they are faulted in again when they are needed.
    [KernelSource(C, "unmap_folio", Parity.Reduced, "anonymous folios are of single pages")]
    private static void unmap_folio(folio* folio)
    {
        uint ttu_flags = TTU_RMAP_LOCKED | TTU_SYNC | TTU_BATCH_FLUSH;

        VM_BUG_ON_FOLIO(!folio_test_large(folio), folio);

        if (folio_test_pmd_mappable(folio))
            ttu_flags |= TTU_SPLIT_HUGE_PMD;

        try_to_unmap(folio, ttu_flags | TTU_IGNORE_MLOCK);

        try_to_unmap_flush();
    }

    [KernelSource(C, "lru_add_split_folio", Parity.Full)]
    private static void lru_add_split_folio(folio* folio, folio* new_folio, lruvec* lruvec, list_head* list)
    {
        VM_BUG_ON_FOLIO(folio_test_lru(new_folio), folio);
        lockdep_assert_held(&lruvec->lru_lock);

        if (list != null)
        {
            // Reclaim has the folio, and gets its parts.
            VM_WARN_ON(folio_test_lru(folio));
            folio_get(new_folio);
            list_add_tail(&new_folio->lru, list);
        }
        else
        {
            // The folio is frozen on its list, and its parts go behind it.
            VM_WARN_ON(!folio_test_lru(folio));
            if (folio_test_unevictable(folio))
                new_folio->mlock_count = 0;
            else
                list_add_tail(&new_folio->lru, &folio->lru);
            folio_set_lru(new_folio);
        }
    }

    /// <summary>Whether nobody but the page cache, the page tables and the caller has references.</summary>
    [KernelSource(C, "can_split_folio", Parity.Full)]
    public static bool can_split_folio(folio* folio, int caller_pins, int* pextra_pins)
    {
        int extra_pins;

        // Those of the cache it is in.
        if (folio_test_anon(folio))
            extra_pins = folio_test_swapcache(folio) ? (int)folio_nr_pages(folio) : 0;
        else
            extra_pins = (int)folio_nr_pages(folio);
        if (pextra_pins != null)
            *pextra_pins = extra_pins;
        return folio_mapcount(folio) == folio_ref_count(folio) - extra_pins - caller_pins;
    }

    private const ulong SPLIT_FLAGS = (1UL << PG_referenced) | (1UL << PG_swapbacked) | (1UL << PG_swapcache) | (1UL << PG_mlocked) |
        (1UL << PG_uptodate) | (1UL << PG_active) | (1UL << PG_workingset) | (1UL << PG_locked) | (1UL << PG_unevictable) | (1UL << PG_dirty);

    // The tails become heads, with what the folio is.
    [KernelSource(C, "__split_folio_to_order", Parity.Reduced, "no hardware poison, no idle page tracking, no swap cache")]
    [ContextUnsafe("a tail has no group before it is split off", Rule = "KM0512")]
    private static void __split_folio_to_order(folio* folio, int old_order, int new_order)
    {
        long new_nr_pages = 1L << new_order;
        long nr_pages = 1L << old_order;

        for (long i = new_nr_pages; i < nr_pages; i += new_nr_pages)
        {
            page* new_head = &folio->page + i;
            // Not a folio yet: nothing that asks for its head may be called on it.
            folio* new_folio = (folio*)new_head;

            VM_BUG_ON_PAGE(atomic_read(&new_folio->_mapcount) != -1, new_head);

            // The flags before the reference count: whoever gets a reference may change them.
            new_folio->flags.f &= ~PAGE_FLAGS_CHECK_AT_PREP;
            new_folio->flags.f |= folio->flags.f & SPLIT_FLAGS;

            new_folio->mapping = folio->mapping;
            new_folio->index = folio->index + (ulong)i;

            if (new_folio->@private != null)
            {
                VM_WARN_ON_ONCE(true);
                new_folio->@private = null;
            }

            // The flags are there before it is a head.
            smp_wmb();

            // A head before it has references: dropping one looks for the head.
            clear_compound_head(new_head);
            if (new_order != 0)
            {
                prep_compound_page(new_head, (uint)new_order);
                folio_set_large_rmappable(new_folio);
            }

            new_folio->memcg_data = folio->memcg_data;

            folio_xchg_last_cpupid(new_folio, folio_last_cpupid(folio));
        }

        if (new_order != 0)
            folio_set_order(folio, (uint)new_order);
        else
            ClearPageCompound(&folio->page);
    }

    // All at once into folios of the new order, or in halves, of which the one with split_at is halved again.
    [KernelSource(C, "__split_unmapped_folio", Parity.Reduced, "anonymous folios are of single pages, and their counts are not kept")]
    private static int __split_unmapped_folio(folio* folio, int new_order, page* split_at, xa_state* xas, address_space* mapping, bool uniform_split)
    {
        int order = (int)folio_order(folio);
        int start_order = uniform_split ? new_order : order - 1;
        bool stop_split = false;
        int ret = 0;

        for (int split_order = start_order; split_order >= new_order && !stop_split; split_order--)
        {
            folio* end_folio = folio_next(folio);
            int old_order = (int)folio_order(folio);
            folio* next;

            if (uniform_split && split_order != new_order)
                continue;

            if (mapping != null)
            {
                if (uniform_split)
                {
                    xas_split(xas, folio, (uint)old_order);
                }
                else
                {
                    xas_set_order(xas, folio->index, (uint)split_order);
                    xas_try_split(xas, folio, (uint)old_order);
                    if (xas_error(xas) != 0)
                    {
                        ret = xas_error(xas);
                        stop_split = true;
                    }
                }
            }

            if (!stop_split)
            {
                folio_split_memcg_refs(folio, (uint)old_order, (uint)split_order);

                __split_folio_to_order(folio, old_order, split_order);
            }

            // The next to be halved is the one that has split_at.
            for (folio* new_folio = folio; new_folio != end_folio; new_folio = next)
            {
                next = folio_next(new_folio);
                if (new_folio == page_folio(split_at))
                    folio = new_folio;
            }
        }

        return ret;
    }

    [KernelSource(C, "folio_split_supported", Parity.Full)]
    public static bool folio_split_supported(folio* folio, uint new_order, bool uniform_split, bool warns)
    {
        if (folio_test_anon(folio))
        {
            VM_WARN_ON_ONCE(warns && new_order == 1);
            if (new_order == 1)
                return false;
        }

        // Of the swap cache only single pages can be made, and all at once.
        if ((!uniform_split || new_order != 0) && folio_test_swapcache(folio))
        {
            VM_WARN_ON_ONCE(warns);
            return false;
        }

        return true;
    }

    // On success the part with lock_at stays locked, with the caller's reference; the others are unlocked.
    [KernelSource(C, "__folio_split", Parity.Reduced, "folios of files only: anonymous memory and tmpfs are of single pages")]
    [AssumesHeld("folio->PG_locked")]
    [ContextUnsafe("the parts that it unlocks have become locked with the folio that they were", Rule = "KM0113"), ContextUnsafe("the split tree's nodes are on no list_lru, so none is set up for the group", Rule = "KM0601")]
    private static int __folio_split(folio* folio, uint new_order, page* split_at, page* lock_at, list_head* list, bool uniform_split)
    {
        xa_state xas = XA_STATE(&folio->mapping->i_pages, folio->index);
        folio* end_folio = folio_next(folio);
        uint order = folio_order(folio);
        folio* new_folio, next;
        int extra_pins, ret;

        VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
        VM_WARN_ON_ONCE_FOLIO(!folio_test_large(folio), folio);
        VM_WARN_ON_ONCE_FOLIO(folio_test_anon(folio), folio);

        if (folio != page_folio(split_at) || folio != page_folio(lock_at))
            return -EINVAL;

        // Truncated just now: the caller has lost a race.
        if (folio->mapping == null)
            return -EBUSY;

        if (new_order >= folio_order(folio))
            return -EINVAL;

        if (!folio_split_supported(folio, new_order, uniform_split, true))
            return -EINVAL;

        if (folio_test_writeback(folio))
            return -EBUSY;

        address_space* mapping = folio->mapping;
        if (new_order < mapping_min_folio_order(folio->mapping))
        {
            ret = -EINVAL;
            goto @out;
        }

        gfp_t gfp = current_gfp_context(mapping_gfp_mask(mapping) & GFP_RECLAIM_MASK);

        if (!filemap_release_folio(folio, gfp))
        {
            ret = -EBUSY;
            goto @out;
        }

        if (uniform_split)
        {
            xas_set_order(&xas, folio->index, new_order);
            xas_split_alloc(&xas, folio, folio_order(folio), gfp);
            if (xas_error(&xas) != 0)
            {
                ret = xas_error(&xas);
                goto @out;
            }
        }

        i_mmap_lock_read(mapping);

        // What lies beyond the end of the file goes. The size may change at any time: the folio's lock is enough for that.
        pgoff_t end = ((ulong)i_size_read(mapping->host) + PAGE_SIZE - 1) / PAGE_SIZE;

        // A first look, before it is unmapped for nothing.
        if (!can_split_folio(folio, 1, &extra_pins))
        {
            ret = -EAGAIN;
            goto out_unlock;
        }

        unmap_folio(folio);

        local_irq_disable();
        // Is it still in the cache?
        xas_lock(&xas);
        xas_reset(&xas);
        if (xas_load(&xas) != folio)
        {
            ret = -EAGAIN;
            goto fail;
        }

        if (folio_ref_freeze(folio, 1 + extra_pins))
        {
            int nr = (int)folio_nr_pages(folio);

            if (folio_test_pmd_mappable(folio) && new_order < HPAGE_PMD_ORDER)
                __lruvec_stat_mod_folio(folio, NR_FILE_THPS, -nr);

            lruvec* lruvec = folio_lruvec_lock(folio);

            ret = __split_unmapped_folio(folio, (int)new_order, split_at, &xas, mapping, uniform_split);

            // The parts get their references and places; the folio itself stays frozen until no entry of the cache is stale.
            for (new_folio = folio_next(folio); new_folio != end_folio; new_folio = next)
            {
                ulong nr_pages = folio_nr_pages(new_folio);

                next = folio_next(new_folio);

                folio_ref_unfreeze(new_folio, folio_expected_ref_count(new_folio) + 1);

                lru_add_split_folio(folio, new_folio, lruvec, list);

                if (new_folio->index < end)
                {
                    __xa_store(&mapping->i_pages, new_folio->index, new_folio, 0);
                    continue;
                }

                if (folio_test_clear_dirty(new_folio))
                    folio_account_cleaned(new_folio, inode_to_wb(mapping->host));
                __filemap_remove_folio(new_folio, null);
                folio_put_refs(new_folio, (int)nr_pages);
            }

            folio_ref_unfreeze(folio, folio_expected_ref_count(folio) + 1);

            unlock_page_lruvec(lruvec);
        }
        else
        {
            ret = -EAGAIN;
        }

    fail:
        xas_unlock(&xas);

        local_irq_enable();

        for (new_folio = folio; new_folio != end_folio; new_folio = next)
        {
            next = folio_next(new_folio);
            if (new_folio == page_folio(lock_at))
                continue;

            folio_unlock(new_folio);
            // Freeing takes the lru lock: not before now.
            free_folio_and_swap_cache(new_folio);
        }

    out_unlock:
        i_mmap_unlock_read(mapping);
    @out:
        xas_destroy(&xas);
        if (order == HPAGE_PMD_ORDER)
            count_vm_event(ret == 0 ? THP_SPLIT_PAGE : THP_SPLIT_PAGE_FAILED);
        count_mthp_stat(order, ret == 0 ? MTHP_STAT_SPLIT : MTHP_STAT_SPLIT_FAILED);
        return ret;
    }

    /// <summary>Splits the folio of a page into ones of this order. The caller's reference and lock go to the page's.</summary>
    [KernelSource(C, "split_huge_page_to_list_to_order", Parity.Full)]
    public static int split_huge_page_to_list_to_order(page* page, list_head* list, uint new_order)
    {
        folio* folio = page_folio(page);

        return __folio_split(folio, new_order, &folio->page, page, list, true);
    }

    /// <summary>Splits off a folio of this order at a page; what is left stays as large as it can. The first part stays locked.</summary>
    [KernelSource(C, "folio_split", Parity.Full)]
    public static int folio_split(folio* folio, uint new_order, page* split_at, list_head* list) =>
        __folio_split(folio, new_order, split_at, &folio->page, list, false);

    [KernelSource(C, "min_order_for_split", Parity.Full)]
    public static int min_order_for_split(folio* folio)
    {
        if (folio_test_anon(folio))
            return 0;

        if (folio->mapping == null)
        {
            if (folio_test_pmd_mappable(folio))
                count_vm_event(THP_SPLIT_PAGE_FAILED);
            return -EBUSY;
        }

        return (int)mapping_min_folio_order(folio->mapping);
    }

    [KernelSource(C, "split_folio_to_list", Parity.Full)]
    public static int split_folio_to_list(folio* folio, list_head* list) =>
        split_huge_page_to_list_to_order(&folio->page, list, 0);
}
