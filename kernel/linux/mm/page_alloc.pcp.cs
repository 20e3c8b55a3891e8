// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_kernel_h;
using static Linux.linux_cpumask_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;

namespace Linux;

// The per-CPU stocks: draining, how full they may get, freeing into them and allocating from them.
public static unsafe partial class mm_page_alloc_c
{
    // Called once in a while: a stock that grew while it was busy shrinks by an eighth. True: more to do.
    [KernelSource("mm/page_alloc.c", "decay_pcp_high", Parity.Full)]
    public static bool decay_pcp_high(zone* zone, per_cpu_pages* pcp)
    {
        bool todo = false;

        int high_min = READ_ONCE(&pcp->high_min);
        int batch = READ_ONCE(&pcp->batch);

        // At most so many pages at a time, as the zone lock is held for each batch.
        if (pcp->high > high_min)
        {
            pcp->high = max3(pcp->count - (batch << CONFIG_PCP_BATCH_SCALE_MAX), pcp->high - (pcp->high >> 3), high_min);
            if (pcp->high > high_min)
                todo = true;
        }

        int to_drain = pcp->count - pcp->high;
        while (to_drain > 0)
        {
            int to_drain_batched = min(to_drain, batch);

            pcp_spin_lock_maybe_irqsave(pcp);
            free_pcppages_bulk(zone, to_drain_batched, pcp, 0);
            pcp_spin_unlock_maybe_irqrestore(pcp);
            todo = true;

            to_drain -= to_drain_batched;
        }

        return todo;
    }

    [KernelSource("mm/page_alloc.c", "drain_pages_zone", Parity.Full)]
    private static void drain_pages_zone(int cpu, zone* zone)
    {
        per_cpu_pages* pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
        int count;

        do
        {
            pcp_spin_lock_maybe_irqsave(pcp);
            count = pcp->count;
            if (count != 0)
            {
                int to_drain = min(count, pcp->batch << CONFIG_PCP_BATCH_SCALE_MAX);

                free_pcppages_bulk(zone, to_drain, pcp, 0);
                count -= to_drain;
            }
            pcp_spin_unlock_maybe_irqrestore(pcp);
        } while (count != 0);
    }

    [KernelSource("mm/page_alloc.c", "drain_pages", Parity.Full)]
    private static void drain_pages(int cpu)
    {
        foreach (zone* zone in for_each_populated_zone())
            drain_pages_zone(cpu, zone);
    }

    [KernelSource("mm/page_alloc.c", "drain_local_pages", Parity.Full)]
    public static void drain_local_pages(zone* zone)
    {
        int cpu = smp_processor_id();

        if (zone != null)
            drain_pages_zone(cpu, zone);
        else
            drain_pages(cpu);
    }

    private static readonly cpumask* cpus_with_pcps = bss<cpumask>();

    // The lists of other CPUs are drained from here: their locks are never held for long.
    [KernelSource("mm/page_alloc.c", "__drain_all_pages", Parity.Full)]
    [Excludes("pcpu_drain_mutex")]
    private static void __drain_all_pages(zone* zone, bool force_all_cpus)
    {
        // Someone else is at it. Good enough, unless one zone was asked for.
        if (!mutex_trylock(pcpu_drain_mutex))
        {
            if (zone == null)
                return;
            mutex_lock(pcpu_drain_mutex);
        }

        // Which CPUs have any: a racy look, as pages may be freed right after it anyway.
        foreach (int cpu in for_each_online_cpu())
        {
            bool has_pcps = false;

            if (force_all_cpus)
            {
                has_pcps = true;
            }
            else if (zone != null)
            {
                per_cpu_pages* pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
                if (pcp->count != 0)
                    has_pcps = true;
            }
            else
            {
                foreach (zone* z in for_each_populated_zone())
                {
                    per_cpu_pages* pcp = per_cpu_ptr(z->per_cpu_pageset, cpu);
                    if (pcp->count != 0)
                    {
                        has_pcps = true;
                        break;
                    }
                }
            }

            if (has_pcps)
                cpumask_set_cpu(cpu, cpus_with_pcps);
            else
                cpumask_clear_cpu(cpu, cpus_with_pcps);
        }

        foreach (int cpu in for_each_cpu(cpus_with_pcps))
        {
            if (zone != null)
                drain_pages_zone(cpu, zone);
            else
                drain_pages(cpu);
        }

        mutex_unlock(pcpu_drain_mutex);
    }

    [KernelSource("mm/page_alloc.c", "drain_all_pages", Parity.Full)]
    public static void drain_all_pages(zone* zone) => __drain_all_pages(zone, false);

    // How many pages go back at once when the stock is full: more, the longer the CPU has only been freeing.
    [KernelSource("mm/page_alloc.c", "nr_pcp_free", Parity.Full)]
    [MustHold("pcp->lock")]
    private static int nr_pcp_free(per_cpu_pages* pcp, int batch, int high, bool free_high)
    {
        // Everything, or as much as the lock may be held for.
        if (free_high)
            return min(pcp->count, batch << CONFIG_PCP_BATCH_SCALE_MAX);

        // The stocks are switched off, or were never set up.
        if (high < batch)
            return 1;

        // Leave one batch for the next allocations.
        int min_nr_free = batch;
        int max_nr_free = high - batch;

        batch = clamp((int)pcp->free_count, min_nr_free, max_nr_free);

        return batch;
    }

    // How full the stock may be now: it learns from what the CPU does, between high_min and high_max.
    [KernelSource("mm/page_alloc.c", "nr_pcp_high", Parity.Full)]
    [MustHold("pcp->lock")]
    private static int nr_pcp_high(per_cpu_pages* pcp, zone* zone, int batch, bool free_high)
    {
        int high_min = READ_ONCE(&pcp->high_min);
        int high_max = READ_ONCE(&pcp->high_max);
        int high = pcp->high = clamp(pcp->high, high_min, high_max);

        if (high == 0)
            return 0;

        if (free_high)
        {
            pcp->high = max(high - (batch << CONFIG_PCP_BATCH_SCALE_MAX), high_min);
            return 0;
        }

        // Reclaim is at work: what it frees must not pile up here.
        if (test_bit(ZONE_RECLAIM_ACTIVE, &zone->flags))
        {
            int free_count = max((int)pcp->free_count, batch);

            pcp->high = max(high - free_count, high_min);
            return min(batch << 2, pcp->high);
        }

        if (high_min == high_max)
            return high;

        if (test_bit(ZONE_BELOW_HIGH, &zone->flags))
        {
            int free_count = max((int)pcp->free_count, batch);

            pcp->high = max(high - free_count, high_min);
            high = max(pcp->count, high_min);
        }
        else if (pcp->count >= high)
        {
            int need_high = pcp->free_count + batch;

            // Long runs of frees are likely to be followed by allocations: grow.
            if (pcp->high < need_high)
                pcp->high = clamp(need_high, high_min, high_max);
        }

        return high;
    }

    [KernelSource("mm/page_alloc.c", "free_frozen_page_commit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("pcp->lock")]
    private static void free_frozen_page_commit(zone* zone, per_cpu_pages* pcp, page* page, int migratetype, uint order, int fpi_flags, cpu* c)
    {
        bool free_high = false;

        // Freeing: the next refill need not be so large.
        pcp->alloc_factor >>= 1;
        __count_vm_events(PGFREE, 1 << (int)order, c);
        uint pindex = order_to_pindex(migratetype, order);
        list_add(&page->pcp_list, &pcp->lists[pindex]);
        pcp->count = pcp->count + (1 << (int)order);

        int batch = READ_ONCE(&pcp->batch);

        // High orders that are freed in a row are wanted back by the buddy lists, where they can merge.
        if (order != 0 && order <= PAGE_ALLOC_COSTLY_ORDER)
        {
            free_high = pcp->free_count >= batch + pcp->high_min / 2
                        && (pcp->flags & PCPF_PREV_FREE_HIGH_ORDER) != 0
                        && ((pcp->flags & PCPF_FREE_HIGH_BATCH) == 0 || pcp->count >= batch);
            pcp->flags |= PCPF_PREV_FREE_HIGH_ORDER;
        }
        else if ((pcp->flags & PCPF_PREV_FREE_HIGH_ORDER) != 0)
        {
            pcp->flags &= unchecked((byte)~PCPF_PREV_FREE_HIGH_ORDER);
        }
        if (pcp->free_count < batch << CONFIG_PCP_BATCH_SCALE_MAX)
            pcp->free_count += (short)(1 << (int)order);

        // The zone lock may be held by whom this interrupted: over the limit for now.
        if ((fpi_flags & FPI_TRYLOCK) != 0)
            return;

        int high = nr_pcp_high(pcp, zone, batch, free_high);
        if (pcp->count < high)
            return;

        free_frozen_page_commit_high(zone, pcp, batch, high, free_high, (int)pindex);
    }

    // The tail of free_frozen_page_commit, out of line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [MustHold("pcp->lock")]
    private static void free_frozen_page_commit_high(zone* zone, per_cpu_pages* pcp, int batch, int high, bool free_high, int pindex)
    {
        free_pcppages_bulk(zone, nr_pcp_free(pcp, batch, high, free_high), pcp, pindex);
        if (test_bit(ZONE_BELOW_HIGH, &zone->flags)
            && zone_watermark_ok(zone, 0, high_wmark_pages(zone), ZONE_MOVABLE, 0))
        {
            pglist_data* pgdat = zone->zone_pgdat;
            clear_bit(ZONE_BELOW_HIGH, &zone->flags);

            // kswapd had given up on this node: it may try again, if there is a node it could demote to.
            if (atomic_read(&pgdat->kswapd_failures) >= MAX_RECLAIM_RETRIES
                && next_memory_node(pgdat->node_id) < MAX_NUMNODES)
                atomic_set(&pgdat->kswapd_failures, 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [KernelSource("mm/page_alloc.c", "__free_frozen_pages", Parity.Full)]
    [TryOnly("per_cpu_pages.lock")]
    private static void __free_frozen_pages(page* page, uint order, int fpi_flags)
    {
        ulong pfn = page_to_pfn(page);

        if (!pcp_allowed_order(order))
        {
            __free_pages_ok(page, order, fpi_flags);
            return;
        }

        if (!__free_pages_prepare(page, order, fpi_flags))
            return;

        // The high-atomic reserve has no list of its own here: its pages lie among the movable ones for a while, and
        // go back to where their block says.
        zone* zone = page_zone(page);
        int migratetype = get_pfnblock_migratetype(page, pfn);
        if (migratetype >= MIGRATE_PCPTYPES)
        {
            if (is_migrate_isolate(migratetype))
            {
                free_one_page(zone, page, pfn, order, fpi_flags);
                return;
            }
            migratetype = MIGRATE_MOVABLE;
        }

        cpu* c = __this_cpu;
        per_cpu_pages* pcp = pcp_spin_trylock(zone->per_cpu_pageset, c);
        if (pcp != null)
        {
            free_frozen_page_commit(zone, pcp, page, migratetype, order, fpi_flags, c);
            pcp_spin_unlock(pcp, c);
        }
        else
        {
            free_one_page(zone, page, pfn, order, fpi_flags);
        }
    }

    // For what is freed rarely: not another copy of it, and single pages have theirs without what only orders need.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void __free_frozen_pages_cold(page* page, uint order, int fpi_flags) => __free_frozen_pages(page, order, fpi_flags);

    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "free_frozen_pages", Parity.Full)]
    public static void free_frozen_pages(page* page, uint order)
    {
        if (order == 0)
            __free_frozen_pages(page, 0, FPI_NONE);
        else
            __free_frozen_pages_cold(page, order, FPI_NONE);
    }

    // A batch of folios nobody holds any more.
    [KernelSource("mm/page_alloc.c", "free_unref_folios", Parity.Full)]
    [TryOnly("per_cpu_pages.lock")]
    [ContextUnsafe("while locked_zone is the zone, pcp is locked", Rule = "KM0103")]
    public static void free_unref_folios(folio_batch* folios)
    {
        per_cpu_pages* pcp = null;
        zone* locked_zone = null;
        cpu* c = null;
        int i, j;

        // Preparing may take long and must not be done under the stock's lock.
        for (i = 0, j = 0; i < folios->nr; i++)
        {
            folio* folio = folios->folios[i];
            ulong pfn = folio_pfn(folio);
            uint order = folio_order(folio);

            if (!__free_pages_prepare(&folio->page, order, FPI_NONE))
                continue;

            // Orders that are not kept here go to the buddy lists at once.
            if (!pcp_allowed_order(order))
            {
                free_one_page(folio_zone(folio), &folio->page, pfn, order, FPI_NONE);
                continue;
            }
            // Preparing has cleared what said the order.
            folio->@private = (void*)(ulong)order;
            if (j != i)
                folios->folios[j] = folio;
            j++;
        }
        folios->nr = (byte)j;

        for (i = 0; i < folios->nr; i++)
        {
            folio* folio = folios->folios[i];
            zone* zone = folio_zone(folio);
            ulong pfn = folio_pfn(folio);
            uint order = (uint)(ulong)folio->@private;

            folio->@private = null;
            int migratetype = get_pfnblock_migratetype(&folio->page, pfn);

            // Another zone has another stock.
            if (zone != locked_zone || is_migrate_isolate(migratetype))
            {
                if (pcp != null)
                {
                    pcp_spin_unlock(pcp, c);
                    locked_zone = null;
                    pcp = null;
                }

                if (is_migrate_isolate(migratetype))
                {
                    free_one_page(zone, &folio->page, pfn, order, FPI_NONE);
                    continue;
                }

                // The batch may be freed from an interrupt that came while the lock was held.
                c = __this_cpu;
                pcp = pcp_spin_trylock(zone->per_cpu_pageset, c);
                if (pcp == null)
                {
                    free_one_page(zone, &folio->page, pfn, order, FPI_NONE);
                    continue;
                }
                locked_zone = zone;
            }

            if (migratetype >= MIGRATE_PCPTYPES)
                migratetype = MIGRATE_MOVABLE;

            free_frozen_page_commit(zone, pcp, &folio->page, migratetype, order, FPI_NONE, c);
        }

        if (pcp != null)
            pcp_spin_unlock(pcp, c);
        folio_batch_reinit(folios);
    }

    // Makes single pages of a high-order one, each with a reference of its own.
    [KernelSource("mm/page_alloc.c", "split_page", Parity.Full)]
    public static void split_page(page* page, uint order)
    {
        VM_BUG_ON_PAGE(PageCompound(page), page);
        VM_BUG_ON_PAGE(page_count(page) == 0, page);

        for (int i = 1; i < 1 << (int)order; i++)
            set_page_refcounted(page + i);
        split_page_memcg(page, order);
    }

    [KernelSource("mm/page_alloc.c", "zone_statistics", Parity.Full)]
    private static void zone_statistics(zone* preferred_zone, zone* z, long nr_account)
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "rmqueue_buddy", Parity.Full)]
    [Excludes("zone->lock")]
    private static page* rmqueue_buddy(zone* preferred_zone, zone* zone, uint order, uint alloc_flags, int migratetype)
    {
        page* page;
        IrqFlags flags;

        do
        {
            page = null;
            if ((alloc_flags & ALLOC_TRYLOCK) != 0)
            {
                if (!spin_trylock_irqsave(&zone->@lock, out flags))
                    return null;
            }
            else
            {
                spin_lock_irqsave(&zone->@lock, out flags);
            }
            if ((alloc_flags & ALLOC_HIGHATOMIC) != 0)
                page = __rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC);
            if (page == null)
            {
                int rmqm = RMQUEUE_NORMAL;

                page = __rmqueue(zone, order, migratetype, alloc_flags, ref rmqm);

                // Better to use the reserve than to fail those who cannot wait, or who are about to exit.
                if (page == null && (alloc_flags & (ALLOC_OOM | ALLOC_NON_BLOCK)) != 0)
                    page = __rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC);

                if (page == null)
                {
                    spin_unlock_irqrestore(&zone->@lock, flags);
                    return null;
                }
            }
            spin_unlock_irqrestore(&zone->@lock, flags);
        } while (check_new_pages(page, order));

        __count_zid_vm_events(PGALLOC_NORMAL, page_zonenum(page), 1 << (int)order);
        zone_statistics(preferred_zone, zone, 1);

        return page;
    }

    // How many pages to fetch: twice as many each time, as long as the CPU only allocates.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "nr_pcp_alloc", Parity.Full)]
    [MustHold("pcp->lock")]
    private static int nr_pcp_alloc(per_cpu_pages* pcp, zone* zone, uint order)
    {
        int batch;

        int base_batch = READ_ONCE(&pcp->batch);
        int high_min = READ_ONCE(&pcp->high_min);
        int high_max = READ_ONCE(&pcp->high_max);
        int high = pcp->high = clamp(pcp->high, high_min, high_max);

        // The stocks are switched off, or were never set up.
        if (high < base_batch)
            return 1;

        if (order != 0)
            batch = base_batch;
        else
            batch = base_batch << pcp->alloc_factor;

        // A zone that is short of pages does not get larger stocks.
        if (high_min != high_max && !test_bit(ZONE_BELOW_HIGH, &zone->flags))
            high = pcp->high = min(high + batch, high_max);

        if (order == 0)
        {
            int max_nr_alloc = max(high - pcp->count - base_batch, base_batch);

            // Double as long as it still fits.
            if (batch <= max_nr_alloc && pcp->alloc_factor < CONFIG_PCP_BATCH_SCALE_MAX)
                pcp->alloc_factor++;
            batch = min(batch, max_nr_alloc);
        }

        // A batch of 1 is kept: it means that nothing is to be stocked.
        if (batch > 1)
            batch = max(batch >> (int)order, 2);

        return batch;
    }

    [KernelSource("mm/page_alloc.c", "__rmqueue_pcplist", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("pcp->lock")]
    private static page* __rmqueue_pcplist(zone* zone, uint order, int migratetype, uint alloc_flags, per_cpu_pages* pcp, list_head* list)
    {
        page* page;

        do
        {
            if (list_empty(list))
            {
                int batch = nr_pcp_alloc(pcp, zone, order);
                int alloced = rmqueue_bulk(zone, order, (ulong)batch, list, migratetype, alloc_flags);

                pcp->count += alloced << (int)order;
                if (list_empty(list))
                    return null;
            }

            page = list_first_entry<page>(list, &((page*)nowhere)->pcp_list);
            list_del(&page->pcp_list);
            pcp->count -= 1 << (int)order;
        } while (check_new_pages(page, order));

        return page;
    }

    [KernelSource("mm/page_alloc.c", "rmqueue_pcplist", Parity.Full)]
    [TryOnly("per_cpu_pages.lock")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static page* rmqueue_pcplist(zone* preferred_zone, zone* zone, uint order, int migratetype, uint alloc_flags)
    {
        // It may be held below us, if this is an interrupt.
        cpu* c = __this_cpu;
        per_cpu_pages* pcp = pcp_spin_trylock(zone->per_cpu_pageset, c);
        if (pcp == null)
            return null;

        // Allocating: a run of frees is over, or soon will be.
        pcp->free_count >>= 1;
        list_head* list = &pcp->lists[order_to_pindex(migratetype, order)];
        page* page = __rmqueue_pcplist(zone, order, migratetype, alloc_flags, pcp, list);
        pcp_spin_unlock(pcp, c);
        if (page != null)
        {
            __count_zid_vm_events(PGALLOC_NORMAL, page_zonenum(page), 1 << (int)order);
            zone_statistics(preferred_zone, zone, 1);
        }
        return page;
    }

    // rmqueue_pcplist for a single page that is on the list. Null: nothing was done.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ContextPrimitive]
    private static page* rmqueue_pcplist_first(zone* zone, int migratetype)
    {
        cpu* c = __this_cpu;
        per_cpu_pages* pcp = this_cpu_ptr(zone->per_cpu_pageset, c);
        list_head* list = &pcp->lists[migratetype];

        c->preempt_count++;
        if (!spin_trylock_pinned(&pcp->@lock, c))
        {
            c->preempt_count--;
            return null;
        }

        page* page = list_first_entry<page>(list, &((page*)nowhere)->pcp_list);
        if (list_empty(list) || check_new_pages(page, 0))
        {
            spin_unlock_pinned(&pcp->@lock);
            c->preempt_count--;
            return null;
        }

        pcp->free_count >>= 1;
        list_del(&page->pcp_list);
        pcp->count = pcp->count - 1;
        pcp_spin_unlock(pcp, c);
        __count_zid_vm_events(PGALLOC_NORMAL, page_zonenum(page), 1);
        return page;
    }

    [KernelSource("mm/page_alloc.c", "rmqueue", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static page* rmqueue(zone* preferred_zone, zone* zone, uint order, gfp_t gfp_flags, uint alloc_flags, int migratetype)
    {
        page* page;

        if (pcp_allowed_order(order))
        {
            page = rmqueue_pcplist(preferred_zone, zone, order, migratetype, alloc_flags);
            if (page != null)
                goto @out;
        }

        page = rmqueue_buddy(preferred_zone, zone, order, alloc_flags, migratetype);

    @out:
        // Set under the zone lock, where kswapd could not be woken.
        if ((alloc_flags & ALLOC_KSWAPD) != 0 && test_bit(ZONE_BOOSTED_WATERMARK, &zone->flags))
            rmqueue_boosted(zone);

        VM_BUG_ON_PAGE(page != null && bad_range(zone, page), page);
        return page;
    }

    // The end of rmqueue, out of line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void rmqueue_boosted(zone* zone)
    {
        clear_bit(ZONE_BOOSTED_WATERMARK, &zone->flags);
        wakeup_kswapd(zone, 0, 0, zone_idx(zone));
    }

    // A high-order allocation of someone who cannot wait came close to failing: keep its block for the next ones. One
    // block in a hundred at most.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "reserve_highatomic_pageblock", Parity.Full)]
    [Excludes("zone->lock")]
    private static void reserve_highatomic_pageblock(page* page, uint order, zone* zone)
    {
        if (zone_managed_pages(zone) / 100 < pageblock_nr_pages)
            return;
        ulong max_managed = ALIGN(zone_managed_pages(zone) / 100, pageblock_nr_pages);
        if (zone->nr_reserved_highatomic >= max_managed)
            return;

        spin_lock_irqsave(&zone->@lock, out IrqFlags flags);

        // Again, with the lock held.
        if (zone->nr_reserved_highatomic >= max_managed)
            goto out_unlock;

        int mt = get_pageblock_migratetype(page);
        if (!migratetype_is_mergeable(mt))
            goto out_unlock;

        if (order < pageblock_order)
        {
            if (move_freepages_block(zone, page, mt, MIGRATE_HIGHATOMIC) == -1)
                goto out_unlock;
            zone->nr_reserved_highatomic += pageblock_nr_pages;
        }
        else
        {
            change_pageblock_range(page, order, MIGRATE_HIGHATOMIC);
            zone->nr_reserved_highatomic += 1UL << (int)order;
        }

    out_unlock:
        spin_unlock_irqrestore(&zone->@lock, flags);
    }

    // Gives one block of the reserve back to ordinary use. force: even the last one, before the OOM killer is called.
    [KernelSource("mm/page_alloc.c", "unreserve_highatomic_pageblock", Parity.Full)]
    [Excludes("zone.lock")]
    private static bool unreserve_highatomic_pageblock(alloc_context* ac, bool force)
    {
        zonelist* zonelist = ac->zonelist;

        for (zoneref* z = first_zones_zonelist(zonelist, ac->highest_zoneidx, ac->nodemask); zonelist_zone(z) != null;
             z = next_zones_zonelist(++z, ac->highest_zoneidx, ac->nodemask))
        {
            zone* zone = zonelist_zone(z);

            // One block is left as it is, as long as there is another way.
            if (!force && zone->nr_reserved_highatomic <= pageblock_nr_pages)
                continue;

            spin_lock_irqsave(&zone->@lock, out IrqFlags flags);
            for (uint order = 0; order < NR_PAGE_ORDERS; order++)
            {
                free_area* area = &zone->free_area[order];
                int ret;

                page* page = get_page_from_free_area(area, MIGRATE_HIGHATOMIC);
                if (page == null)
                    continue;

                ulong size = max(pageblock_nr_pages, 1UL << (int)order);

                // The count goes down for whole blocks, so it never should be less.
                if (WARN_ON_ONCE(size > zone->nr_reserved_highatomic))
                    size = zone->nr_reserved_highatomic;
                zone->nr_reserved_highatomic -= size;

                // To the type that needs it, rather than to where it once came from.
                if (order < pageblock_order)
                {
                    ret = move_freepages_block(zone, page, MIGRATE_HIGHATOMIC, ac->migratetype);
                }
                else
                {
                    move_to_free_list(page, zone, order, MIGRATE_HIGHATOMIC, ac->migratetype);
                    change_pageblock_range(page, order, ac->migratetype);
                    ret = 1;
                }

                // Reserving it would have failed as well.
                WARN_ON_ONCE(ret == -1);
                if (ret > 0)
                {
                    spin_unlock_irqrestore(&zone->@lock, flags);
                    return true;
                }
            }
            spin_unlock_irqrestore(&zone->@lock, flags);
        }

        return false;
    }
}
