// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, second part: shrink_folio_list().
using KMemcg.Annotations;

namespace Linux;

public static unsafe partial class mm_vmscan_c
{
    [KernelSource("mm/vmscan.c", "shrink_folio_list", Parity.Reduced, "no demotion pass (one node), no hardware poison; anonymous folios are of single pages: none is split for swap")]
    private static uint shrink_folio_list(list_head* folio_list, pglist_data* pgdat, scan_control* sc,
        reclaim_stat* stat, bool ignore_references, mem_cgroup* memcg)
    {
        folio_batch free_folios;
        list_head ret_folios;
        uint nr_reclaimed = 0;
        swap_iocb* plug = null;

        INIT_LIST_HEAD(&ret_folios);
        folio_batch_init(&free_folios);
        *stat = default;
        cond_resched();

        while (!list_empty(folio_list))
        {
            address_space* mapping;
            folio_references references = folio_references.FOLIOREF_RECLAIM;
            bool dirty, writeback;

            cond_resched();

            folio* folio = lru_to_folio(folio_list);
            list_del(&folio->lru);

            if (!folio_trylock(folio))
                goto keep;

            VM_BUG_ON_FOLIO(folio_test_active(folio), folio);

            uint nr_pages = (uint)folio_nr_pages(folio);

            sc->nr_scanned += nr_pages;

            if (!folio_evictable(folio))
                goto activate_locked;

            if (!sc->may_unmap && folio_mapped(folio))
                goto keep_locked;

            // A tail of the list that is all dirty and unqueued makes kswapd write by itself.
            folio_check_dirty_writeback(folio, &dirty, &writeback);
            if (dirty || writeback)
                stat->nr_dirty += nr_pages;

            if (dirty && !writeback)
                stat->nr_unqueued_dirty += nr_pages;

            // Marked for immediate reclaim and back at the tail before its I/O ended: congestion.
            if (writeback && folio_test_reclaim(folio))
                stat->nr_congested += nr_pages;

            if (folio_test_writeback(folio))
            {
                mapping = folio_mapping(folio);

                // Case 1: kswapd meets pages recycled faster than the disk writes them; the caller stalls.
                if (current_is_kswapd() &&
                    folio_test_reclaim(folio) &&
                    test_bit(PGDAT_WRITEBACK, &pgdat->flags))
                {
                    stat->nr_immediate += nr_pages;
                    goto activate_locked;
                }

                // Case 2: mark it for reclaim when its I/O ends and go on.
                if (writeback_throttling_sane(sc) ||
                    !folio_test_reclaim(folio) ||
                    !may_enter_fs(folio, sc->gfp_mask) ||
                    (mapping != null &&
                     mapping_writeback_may_deadlock_on_reclaim(mapping)))
                {
                    folio_set_reclaim(folio);
                    stat->nr_writeback += nr_pages;
                    goto activate_locked;
                }

                // Case 3: no dirty throttling for this reclaimer, so it waits here.
                folio_unlock(folio);
                folio_wait_writeback(folio);
                list_add_tail(&folio->lru, folio_list);
                continue;
            }

            if (!ignore_references)
                references = folio_check_references(folio, sc);

            switch (references)
            {
                case folio_references.FOLIOREF_ACTIVATE:
                    goto activate_locked;
                case folio_references.FOLIOREF_KEEP:
                    stat->nr_ref_keep += nr_pages;
                    goto keep_locked;
                case folio_references.FOLIOREF_RECLAIM:
                case folio_references.FOLIOREF_RECLAIM_CLEAN:
                    break;
            }

            // Anonymous memory needs a place in swap; lazily freed memory needs none.
            if (folio_test_anon(folio) && folio_test_swapbacked(folio))
            {
                if (!folio_test_swapcache(folio))
                {
                    if ((sc->gfp_mask & __GFP_IO) == 0)
                        goto keep_locked;
                    if (folio_maybe_dma_pinned(folio))
                        goto keep_locked;
                    if (folio_alloc_swap(folio, __GFP_HIGH | __GFP_NOWARN) != 0)
                        goto activate_locked;

                    // The pte's dirty bit may have been cleared by MADV_FREE while SwapBacked stayed:
                    // without this the contents would be lost.
                    folio_mark_dirty(folio);
                }
            }

            if (folio_mapped(folio))
            {
                uint flags = TTU_BATCH_FLUSH;
                bool was_swapbacked = folio_test_swapbacked(folio);

                if (folio_test_pmd_mappable(folio))
                    flags |= TTU_SPLIT_HUGE_PMD;
                // All or nothing: an entry that is just being changed must not keep one page of a folio mapped.
                if (folio_test_large(folio))
                    flags |= TTU_SYNC;

                try_to_unmap(folio, flags);
                if (folio_mapped(folio))
                {
                    stat->nr_unmap_fail += nr_pages;
                    if (!was_swapbacked && folio_test_swapbacked(folio))
                        stat->nr_lazyfree_fail += nr_pages;
                    goto activate_locked;
                }
            }

            // Unmapped now, so no new pin can come.
            if (folio_maybe_dma_pinned(folio))
                goto activate_locked;

            mapping = folio_mapping(folio);
            if (folio_test_dirty(folio))
            {
                // File folios are the flushers' work, until kswapd has seen nothing but dirty ones
                // twice over.
                if (folio_is_file_lru(folio) &&
                    (!current_is_kswapd() ||
                     !folio_test_reclaim(folio) ||
                     !test_bit(PGDAT_DIRTY, &pgdat->flags)))
                {
                    node_stat_mod_folio(folio, NR_VMSCAN_IMMEDIATE, nr_pages);
                    folio_set_reclaim(folio);

                    goto activate_locked;
                }

                if (references == folio_references.FOLIOREF_RECLAIM_CLEAN)
                    goto keep_locked;
                if (!may_enter_fs(folio, sc->gfp_mask))
                    goto keep_locked;
                if (!sc->may_writepage)
                    goto keep_locked;

                // A writable TLB entry must not dirty the page once its I/O has begun.
                try_to_unmap_flush_dirty();
                switch (pageout(folio, mapping, &plug, folio_list))
                {
                    case pageout_t.PAGE_KEEP:
                        goto keep_locked;
                    case pageout_t.PAGE_ACTIVATE:
                        goto activate_locked;
                    case pageout_t.PAGE_SUCCESS:
                        stat->nr_pageout += nr_pages;

                        if (folio_test_writeback(folio))
                            goto keep;
                        if (folio_test_dirty(folio))
                            goto keep;

                        // Written already (zero-filled, compressed, or a memory disk): free it now.
                        if (!folio_trylock(folio))
                            goto keep;
                        if (folio_test_dirty(folio) || folio_test_writeback(folio))
                            goto keep_locked;
                        mapping = folio_mapping(folio);
                        break;
                    case pageout_t.PAGE_CLEAN:
                        break;
                }
            }

            // Buffers go first; a folio whose buffers turn out clean is clean too.
            if (folio_needs_release(folio))
            {
                if (!filemap_release_folio(folio, sc->gfp_mask))
                    goto activate_locked;
                if (mapping == null && folio_ref_count(folio) == 1)
                {
                    folio_unlock(folio);
                    if (folio_put_testzero(folio))
                        goto free_it;

                    // A speculative reference frees it in a moment.
                    nr_reclaimed += nr_pages;
                    continue;
                }
            }

            if (folio_test_anon(folio) && !folio_test_swapbacked(folio))
            {
                if (!folio_ref_freeze(folio, 1))
                    goto keep_locked;

                // Only the isolation's reference is left: dirty or not, it is freed.
                count_vm_events(PGLAZYFREED, nr_pages);
                count_memcg_folio_events(folio, PGLAZYFREED, nr_pages);
            }
            else if (mapping == null || __remove_mapping(mapping, folio, true, sc->target_mem_cgroup) == 0)
            {
                goto keep_locked;
            }

            folio_unlock(folio);
        free_it:
            nr_reclaimed += nr_pages;

            folio_unqueue_deferred_split(folio);
            if (folio_batch_add(&free_folios, folio) == 0)
            {
                mem_cgroup_uncharge_folios(&free_folios);
                try_to_unmap_flush();
                free_unref_folios(&free_folios);
            }

            continue;

        activate_locked:
            // Not going to swap: give its slot back where swap is scarce.
            if (folio_test_swapcache(folio) &&
                (mem_cgroup_swap_full(folio) || folio_test_mlocked(folio)))
                folio_free_swap(folio);
            VM_BUG_ON_FOLIO(folio_test_active(folio), folio);
            if (!folio_test_mlocked(folio))
            {
                int type = folio_is_file_lru(folio) ? 1 : 0;
                folio_set_active(folio);
                stat->nr_activate[type] += nr_pages;
                count_memcg_folio_events(folio, PGACTIVATE, nr_pages);
            }

        keep_locked:
            folio_unlock(folio);
        keep:
            list_add(&folio->lru, &ret_folios);
            VM_BUG_ON_FOLIO(folio_test_lru(folio) || folio_test_unevictable(folio), folio);
        }

        uint pgactivate = stat->nr_activate[0] + stat->nr_activate[1];

        mem_cgroup_uncharge_folios(&free_folios);
        try_to_unmap_flush();
        free_unref_folios(&free_folios);

        list_splice(&ret_folios, folio_list);
        count_vm_events(PGACTIVATE, pgactivate);

        if (plug != null)
            swap_write_unplug(plug);
        return nr_reclaimed;
    }
}
