// SPDX-License-Identifier: GPL-2.0-only
// mm/shmem.c: pages go to swap and come back.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mempolicy_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_rcupdate_wait_h;
using static Linux.linux_shmem_fs_h;
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_internal_h;
using static Linux.mm_swap_h;

namespace Linux;

public static unsafe partial class mm_shmem_c
{
    [KernelSource(C, "shmem_find_swap_entries", Parity.Full)]
    private static uint shmem_find_swap_entries(address_space* mapping, pgoff_t start, folio_batch* fbatch, pgoff_t* indices, uint type)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, start);

        rcu_read_lock();
        for (void* folio = xas_find(&xas, ULONG_MAX); folio != null; folio = xas_next_entry(&xas, ULONG_MAX))
        {
            if (xas_retry(&xas, folio))
                continue;

            if (!xa_is_value(folio))
                continue;

            swp_entry_t entry = radix_to_swp_entry(folio);
            // What could not be read stays: there is nothing to be done about it.
            if (swp_type(entry) != type)
                continue;

            indices[folio_batch_count(fbatch)] = xas.xa_index;
            if (folio_batch_add(fbatch, (folio*)folio) == 0)
                break;

            if (need_resched())
            {
                xas_pause(&xas);
                cond_resched_rcu();
            }
        }

        rcu_read_unlock();

        return folio_batch_count(fbatch);
    }

    /// <summary>Brings a batch of an inode's pages back from swap; how many came, or -ENOMEM.</summary>
    [KernelSource(C, "shmem_unuse_swap_entries", Parity.Full)]
    private static int shmem_unuse_swap_entries(inode* inode, folio_batch* fbatch, pgoff_t* indices)
    {
        int ret = 0;
        int error = 0;
        address_space* mapping = inode->i_mapping;

        for (uint i = 0; i < folio_batch_count(fbatch); i++)
        {
            folio* folio = fbatch->folios[i];

            error = shmem_swapin_folio(inode, indices[i], &folio, sgp_type.SGP_CACHE, mapping_gfp_mask(mapping), null, null);
            if (error == 0)
            {
                folio_unlock(folio);
                folio_put(folio);
                ret++;
            }

            if (error == -ENOMEM)
                break;
            error = 0;
        }

        return error != 0 ? error : ret;
    }

    [KernelSource(C, "shmem_unuse_inode", Parity.Full)]
    private static int shmem_unuse_inode(inode* inode, uint type)
    {
        address_space* mapping = inode->i_mapping;
        pgoff_t start = 0;
        folio_batch fbatch;
        pgoff_t* indices = stackalloc pgoff_t[PAGEVEC_SIZE];
        int ret;

        do
        {
            folio_batch_init(&fbatch);
            if (shmem_find_swap_entries(mapping, start, &fbatch, indices, type) == 0)
            {
                ret = 0;
                break;
            }

            ret = shmem_unuse_swap_entries(inode, &fbatch, indices);
            if (ret < 0)
                break;

            start = indices[folio_batch_count(&fbatch) - 1];
        } while (true);

        return ret;
    }

    /// <summary>Brings all that is in one swap device back, so that it can be taken away.</summary>
    [KernelSource(C, "shmem_unuse", Parity.Full)]
    [Excludes("shmem_swaplist_lock")]
    public static int shmem_unuse(uint type)
    {
        shmem_inode_info* info, next;
        int error = 0;

        if (list_empty(shmem_swaplist))
            return 0;

        spin_lock(shmem_swaplist_lock);
    start_over:
        for (info = list_first_entry<shmem_inode_info>(shmem_swaplist, &((shmem_inode_info*)nowhere)->swaplist),
            next = list_next_entry(info, &((shmem_inode_info*)nowhere)->swaplist);
            !list_entry_is_head(info, shmem_swaplist, &((shmem_inode_info*)nowhere)->swaplist);
            info = next, next = list_next_entry(next, &((shmem_inode_info*)nowhere)->swaplist))
        {
            if (info->swapped == 0)
            {
                list_del_init(&info->swaplist);
                continue;
            }

            // The inode is worked on without the lock: eviction waits for us. A reference would keep off an unlink, but
            // not an unmount.
            atomic_inc(&info->stop_eviction);
            spin_unlock(shmem_swaplist_lock);

            error = shmem_unuse_inode(&info->vfs_inode, type);
            cond_resched();

            spin_lock(shmem_swaplist_lock);
            if (atomic_dec_and_test(&info->stop_eviction))
                wake_up_var(&info->stop_eviction);
            if (error != 0)
                break;
            if (list_empty(&info->swaplist))
                goto start_over;
            next = list_next_entry(info, &((shmem_inode_info*)nowhere)->swaplist);
            if (info->swapped == 0)
                list_del_init(&info->swaplist);
        }

        spin_unlock(shmem_swaplist_lock);

        return error;
    }

    /// <summary>Moves a locked folio from the page cache to the swap cache and writes it; AOP_WRITEPAGE_ACTIVATE, and still locked, when it stays.</summary>
    [KernelSource(C, "shmem_writeout", Parity.Reduced, "tmpfs has folios of single pages: none to be split")]
    [TryReleases(Result.OtherThanValue, "folio->PG_locked", Value = AOP_WRITEPAGE_ACTIVATE), Excludes("shmem_swaplist_lock")]
    [Excludes("inode.i_lock")]
    public static int shmem_writeout(folio* folio, swap_iocb** plug, list_head* folio_list)
    {
        address_space* mapping = folio->mapping;
        inode* inode = mapping->host;
        shmem_inode_info* info = SHMEM_I(inode);
        shmem_sb_info* sbinfo = SHMEM_SB(inode->i_sb);

        if ((info->flags & VM_LOCKED) != 0 || sbinfo->noswap)
            goto redirty;

        if (total_swap_pages == 0)
            goto redirty;

        // Folios are single pages: none is to be split.
        pgoff_t index = folio->index;
        int nr_pages = (int)folio_nr_pages(folio);

        // A page that fallocate() has reserved is cleared and written. While fallocate() is still at it the page stays,
        // so that it can be given back; and fallocate() is told, so that it gives up when memory is that short.
        if (!folio_test_uptodate(folio))
        {
            if (inode->i_private != null)
            {
                spin_lock(&inode->i_lock);
                shmem_falloc* shmem_falloc = (shmem_falloc*)inode->i_private;
                if (shmem_falloc != null && shmem_falloc->waitq == null && index >= shmem_falloc->start && index < shmem_falloc->next)
                    shmem_falloc->nr_unswapped += (ulong)nr_pages;
                else
                    shmem_falloc = null;
                spin_unlock(&inode->i_lock);
                if (shmem_falloc != null)
                    goto redirty;
            }

            folio_zero_range(folio, 0, folio_size(folio));
            flush_dcache_folio(folio);
            folio_mark_uptodate(folio);
        }

        if (folio_alloc_swap(folio, __GFP_HIGH | __GFP_NOMEMALLOC | __GFP_NOWARN) == 0)
        {
            bool first_swapped = shmem_recalc_inode(inode, 0, nr_pages);

            // On swapoff's list, while the folio's lock still keeps the inode, and after swapped was raised: an inode
            // without swapped pages is taken off.
            if (first_swapped)
            {
                spin_lock(shmem_swaplist_lock);
                if (list_empty(&info->swaplist))
                    list_add(&info->swaplist, shmem_swaplist);
                spin_unlock(shmem_swaplist_lock);
            }

            swap_shmem_alloc(folio->swap, nr_pages);
            shmem_delete_from_page_cache(folio, swp_to_radix_entry(folio->swap));

            BUG_ON(folio_mapped(folio));
            int error = swap_writeout(folio, plug);
            if (error != AOP_WRITEPAGE_ACTIVATE)
            {
                return error;
            }

            // zswap could neither compress it nor have it written: it does not hold on to the slot.
            error = shmem_add_to_page_cache(folio, mapping, index, swp_to_radix_entry(folio->swap),
                __GFP_HIGH | __GFP_NOMEMALLOC | __GFP_NOWARN);
            // This fails when truncation has freed the entry.
            if (error == 0)
            {
                shmem_recalc_inode(inode, 0, -nr_pages);
                swap_free_nr(folio->swap, nr_pages);
            }

            // Not half in the file and half in swap.
            swap_cache_del_folio(folio);
        }

    redirty:
        folio_mark_dirty(folio);
        return AOP_WRITEPAGE_ACTIVATE; // still locked
    }

    [KernelSource(C, "shmem_show_mpol", Parity.Full)]
    private static void shmem_show_mpol(seq_file* seq, mempolicy* mpol)
    {
    }

    [KernelSource(C, "shmem_get_sbmpol", Parity.Full)]
    private static mempolicy* shmem_get_sbmpol(shmem_sb_info* sbinfo) => null;

    // The page and its neighbours on the disk, whoever they belong to.
    [KernelSource(C, "shmem_swapin_cluster", Parity.Full)]
    private static folio* shmem_swapin_cluster(swp_entry_t swap, gfp_t gfp, shmem_inode_info* info, pgoff_t index)
    {
        pgoff_t ilx;

        mempolicy* mpol = shmem_get_pgoff_policy(info, index, 0, &ilx);
        folio* folio = swap_cluster_readahead(swap, gfp, mpol, ilx);
        mpol_cond_put(mpol);

        return folio;
    }

    // What both allow, from the second's zones, with what either denies.
    [KernelSource(C, "limit_gfp_mask", Parity.Full)]
    private static gfp_t limit_gfp_mask(gfp_t huge_gfp, gfp_t limit_gfp)
    {
        const gfp_t allowflags = __GFP_IO | __GFP_FS | __GFP_RECLAIM;
        const gfp_t denyflags = __GFP_NOWARN | __GFP_NORETRY;
        gfp_t zoneflags = limit_gfp & GFP_ZONEMASK;
        gfp_t result = huge_gfp & ~(allowflags | GFP_ZONEMASK);

        result |= zoneflags;
        result |= limit_gfp & denyflags;
        result |= huge_gfp & limit_gfp & allowflags;

        return result;
    }

    [KernelSource(C, "shmem_suitable_orders", Parity.Full)]
    private static ulong shmem_suitable_orders(inode* inode, vm_fault* vmf, address_space* mapping, pgoff_t index, ulong orders) => 0;

    [KernelSource(C, "shmem_alloc_folio", Parity.Full)]
    private static folio* shmem_alloc_folio(gfp_t gfp, int order, shmem_inode_info* info, pgoff_t index)
    {
        pgoff_t ilx;

        mempolicy* mpol = shmem_get_pgoff_policy(info, index, (uint)order, &ilx);
        folio* folio = folio_alloc_mpol(gfp, (uint)order, mpol, ilx, numa_node_id());
        mpol_cond_put(mpol);

        return folio;
    }

    /// <summary>A new page of the file: allocated, charged to fault_mm's group, in the cache and accounted, in this order. Locked; an error as a pointer.</summary>
    [KernelSource(C, "shmem_alloc_and_add_folio", Parity.Reduced, "tmpfs has folios of single pages: no order is tried but 0")]
    [AcquiresReturn("PG_locked")]
    [Excludes("shmem_inode_info.lock")]
    private static folio* shmem_alloc_and_add_folio(vm_fault* vmf, gfp_t gfp, inode* inode, pgoff_t index, mm_struct* fault_mm, ulong orders)
    {
        address_space* mapping = inode->i_mapping;
        shmem_inode_info* info = SHMEM_I(inode);
        // Of no higher order than 0, without transparent huge pages.
        const long pages = 1;

        folio* folio = shmem_alloc_folio(gfp, 0, info, index);
        if (folio == null)
            return (folio*)ERR_PTR(-ENOMEM);

        __folio_set_locked(folio);
        __folio_set_swapbacked(folio);

        gfp &= GFP_RECLAIM_MASK;
        int error = mem_cgroup_charge(folio, fault_mm, gfp);
        if (error != 0)
        {
            if (xa_find(&mapping->i_pages, &index, index + (ulong)pages - 1, XA_PRESENT) != null)
                error = -EEXIST;
            goto unlock;
        }

        error = shmem_add_to_page_cache(folio, mapping, index, null, gfp);
        if (error != 0)
            goto unlock;

        error = shmem_inode_acct_blocks(inode, pages);
        if (error != 0)
        {
            shmem_sb_info* sbinfo = SHMEM_SB(inode->i_sb);

            shmem_unused_huge_shrink(sbinfo, null, (ulong)pages);
            // What the mm has dropped meanwhile is counted as freed now; our own folio is in the cache and not in alloced.
            spin_lock(&info->@lock);
            long freed = pages + (long)(info->alloced - info->swapped - READ_ONCE(&mapping->nrpages));
            if (freed > 0)
                info->alloced -= (ulong)freed;
            spin_unlock(&info->@lock);
            if (freed > 0)
                shmem_inode_unacct_blocks(inode, freed);
            error = shmem_inode_acct_blocks(inode, pages);
            if (error != 0)
            {
                filemap_remove_folio(folio);
                goto unlock;
            }
        }

        shmem_recalc_inode(inode, pages, 0);
        folio_add_lru(folio);
        return folio;

    unlock:
        folio_unlock(folio);
        folio_put(folio);
        return (folio*)ERR_PTR(error);
    }

    /// <summary>Reads an entry into a page of its own, past the swap cache; locked, the read perhaps under way. An error as a pointer.</summary>
    [KernelSource(C, "shmem_swap_alloc_folio", Parity.Reduced, "tmpfs has folios of single pages: no order is tried but 0")]
    private static folio* shmem_swap_alloc_folio(inode* inode, vm_area_struct* vma, pgoff_t index, swp_entry_t entry, int order, gfp_t gfp)
    {
        shmem_inode_info* info = SHMEM_I(inode);
        const int nr_pages = 1;

        gfp &= ~GFP_CONSTRAINT_MASK;
        if (WARN_ON_ONCE(order != 0))
            return (folio*)ERR_PTR(-EINVAL);

        folio* @new = shmem_alloc_folio(gfp, order, info, index);
        if (@new == null)
            return (folio*)ERR_PTR(-ENOMEM);

        if (mem_cgroup_swapin_charge_folio(@new, vma != null ? vma->vm_mm : null, gfp, entry) != 0)
        {
            folio_put(@new);
            return (folio*)ERR_PTR(-ENOMEM);
        }

        // Whoever else wants the entry waits for the cache's flag.
        if (swapcache_prepare(entry, nr_pages) != 0)
        {
            folio_put(@new);
            return (folio*)ERR_PTR(-EEXIST);
        }

        __folio_set_locked(@new);
        __folio_set_swapbacked(@new);
        @new->swap = entry;

        memcg1_swapin(entry, nr_pages);
        void* shadow = swap_cache_get_shadow(entry);
        if (shadow != null)
            workingset_refault(@new, shadow);
        folio_add_lru(@new);
        swap_read_folio(@new, null);
        return @new;
    }

    // A page that was read without knowing whose it is may be from a zone that the mapping cannot use.
    [KernelSource(C, "shmem_should_replace_folio", Parity.Full)]
    private static bool shmem_should_replace_folio(folio* folio, gfp_t gfp) => folio_zonenum(folio) > gfp_zone(gfp);

    /// <summary>Copies a folio of the swap cache to one from a zone that will do.</summary>
    [KernelSource(C, "shmem_replace_folio", Parity.Reduced, "tmpfs has folios of single pages: no huge mask")]
    [HandsOver("*foliop->PG_locked", "*foliop->PG_locked")]
    [Excludes("swap_cluster_info.lock")]
    private static int shmem_replace_folio(folio** foliop, gfp_t gfp, shmem_inode_info* info, pgoff_t index, vm_area_struct* vma)
    {
        folio* old = *foliop;
        swp_entry_t entry = old->swap;
        int nr_pages = (int)folio_nr_pages(old);

        gfp &= ~GFP_CONSTRAINT_MASK;

        folio* @new = shmem_alloc_folio(gfp, (int)folio_order(old), info, index);
        if (@new == null)
            return -ENOMEM;

        folio_ref_add(@new, nr_pages);
        folio_copy(@new, old);
        flush_dcache_folio(@new);

        __folio_set_locked(@new);
        __folio_set_swapbacked(@new);
        folio_mark_uptodate(@new);
        @new->swap = entry;
        folio_set_swapcache(@new);

        swap_cluster_info* ci = swap_cluster_get_and_lock_irq(old);
        __swap_cache_replace_folio(ci, old, @new);
        mem_cgroup_replace_folio(old, @new);
        shmem_update_stats(@new, nr_pages);
        shmem_update_stats(old, -nr_pages);
        swap_cluster_unlock_irq(ci);

        folio_add_lru(@new);
        *foliop = @new;

        folio_clear_swapcache(old);
        old->@private = null;

        folio_unlock(old);
        // The swap cache's references, and the one of the look-up.
        folio_put_refs(old, nr_pages + 1);
        return 0;
    }

    // Nothing can be read from there: whoever comes again gets the error at once.
    [KernelSource(C, "shmem_set_folio_swapin_error", Parity.Full)]
    [MustHold("folio->PG_locked")]
    private static void shmem_set_folio_swapin_error(inode* inode, pgoff_t index, folio* folio, swp_entry_t swap, bool skip_swapcache)
    {
        address_space* mapping = inode->i_mapping;

        swp_entry_t swapin_error = make_poisoned_swp_entry();
        void* old = xa_cmpxchg_irq(&mapping->i_pages, index, swp_to_radix_entry(swap), swp_to_radix_entry(swapin_error), 0);
        if (old != swp_to_radix_entry(swap))
            return;

        int nr_pages = (int)folio_nr_pages(folio);
        folio_wait_writeback(folio);
        if (!skip_swapcache)
            swap_cache_del_folio(folio);
        // It does not count as the file's any more, lest blocks are left when the inode goes.
        shmem_recalc_inode(inode, -nr_pages, -nr_pages);
        swap_free_nr(swap, nr_pages);
    }

    /// <summary>
    /// Brings the page of a swap entry, which *foliop is, back into the file, charged to whom the entry was charged. Locked in
    /// *foliop; or an error, and null there. -EEXIST when somebody else was faster.
    /// </summary>
    [KernelSource(C, "shmem_swapin_folio", Parity.Reduced, "tmpfs has folios of single pages: no swap entry of several pages to be split")]
    [TryAcquires(Result.Zero, "*foliop->PG_locked")]
    [ContextUnsafe("PTR_ERR() of what could not be allocated is never -EIO", Rule = "KM0103")]
    private static int shmem_swapin_folio(inode* inode, pgoff_t index, folio** foliop, sgp_type sgp, gfp_t gfp, vm_area_struct* vma,
        vm_fault_t* fault_type)
    {
        address_space* mapping = inode->i_mapping;
        mm_struct* fault_mm = vma != null ? vma->vm_mm : null;
        shmem_inode_info* info = SHMEM_I(inode);
        bool skip_swapcache = false;
        int error;

        VM_BUG_ON(*foliop == null || !xa_is_value(*foliop));
        swp_entry_t index_entry = radix_to_swp_entry(*foliop);
        swp_entry_t swap = index_entry;
        *foliop = null;

        if (is_poisoned_swp_entry(index_entry))
            return -EIO;

        swap_info_struct* si = get_swap_device(index_entry);
        int order = shmem_confirm_swap(mapping, index, index_entry);
        if (si == null)
        {
            if (order < 0)
                return -EEXIST;
            else
                return -EINVAL;
        }

        if (order < 0)
        {
            put_swap_device(si);
            return -EEXIST;
        }

        // Entries are single: the index is the entry's own, and no large one is to be split.

        folio* folio = swap_cache_get_folio(swap);
        if (folio == null)
        {
            if ((data_race(si->flags) & SWP_SYNCHRONOUS_IO) != 0)
            {
                // Straight into a page, without cache and neighbours
                folio = shmem_swap_alloc_folio(inode, vma, index, index_entry, order, gfp);
                if (IS_ERR(folio))
                {
                    error = PTR_ERR(folio);
                    folio = null;
                    goto failed;
                }

                skip_swapcache = true;
            }
            else
            {
                folio = shmem_swapin_cluster(swap, gfp, info, index);
                if (folio == null)
                {
                    error = -ENOMEM;
                    goto failed;
                }
            }

            if (fault_type != null)
            {
                *fault_type |= VM_FAULT_MAJOR;
                count_vm_event(PGMAJFAULT);
                count_memcg_event_mm(fault_mm, PGMAJFAULT);
            }
        }
        else
        {
            swap_update_readahead(folio, null, 0);
        }

        int nr_pages = (int)folio_nr_pages(folio);

        // Only with the folio locked is it sure to be this entry's.
        folio_lock(folio);
        if ((!skip_swapcache && !folio_test_swapcache(folio)) || shmem_confirm_swap(mapping, index, swap) < 0
            || folio->swap.val != swap.val)
        {
            error = -EEXIST;
            goto unlock;
        }

        if (!folio_test_uptodate(folio))
        {
            error = -EIO;
            goto failed;
        }

        folio_wait_writeback(folio);

        arch_swap_restore(folio_swap(swap, folio), folio);

        if (shmem_should_replace_folio(folio, gfp))
        {
            error = shmem_replace_folio(&folio, gfp, info, index, vma);
            if (error != 0)
                goto failed;
        }

        error = shmem_add_to_page_cache(folio, mapping, index, swp_to_radix_entry(swap), gfp);
        if (error != 0)
            goto failed;

        shmem_recalc_inode(inode, 0, -nr_pages);

        if (sgp == sgp_type.SGP_WRITE)
            folio_mark_accessed(folio);

        if (skip_swapcache)
        {
            folio->swap.val = 0;
            swapcache_clear(si, swap, nr_pages);
        }
        else
        {
            swap_cache_del_folio(folio);
        }

        folio_mark_dirty(folio);
        swap_free_nr(swap, nr_pages);
        put_swap_device(si);

        *foliop = folio;
        return 0;
    failed:
        if (shmem_confirm_swap(mapping, index, swap) < 0)
            error = -EEXIST;
        if (error == -EIO)
            shmem_set_folio_swapin_error(inode, index, folio, swap, skip_swapcache);
    unlock:
        if (folio != null)
            folio_unlock(folio);
        if (skip_swapcache)
            swapcache_clear(si, folio->swap, (int)folio_nr_pages(folio));
        if (folio != null)
            folio_put(folio);
        put_swap_device(si);

        return error;
    }
}
