// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_kernel_h;
using static Linux.linux_topology_h;
using static Linux.linux_cpuset_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_vmstat_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

// What the rest of the kernel calls.
public static unsafe partial class mm_page_alloc_c
{
    [KernelSource("mm/page_alloc.c", "prepare_alloc_pages", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MightSleepIf("gfp_mask")]
    private static bool prepare_alloc_pages(gfp_t gfp_mask, uint order, int preferred_nid, nodemask_t* nodemask, alloc_context* ac, gfp_t* alloc_gfp, uint* alloc_flags)
    {
        ac->highest_zoneidx = gfp_zone(gfp_mask);
        ac->zonelist = node_zonelist(preferred_nid, gfp_mask);
        ac->nodemask = nodemask;
        ac->migratetype = gfp_migratetype(gfp_mask);

        if (cpusets_enabled())
        {
            *alloc_gfp |= __GFP_HARDWALL;

            // The task's own nodes, unless the caller named some.
            if (in_task() && ac->nodemask == null)
                ac->nodemask = cpuset_current_mems_allowed;
            else
                *alloc_flags |= ALLOC_CPUSET;
        }

        might_alloc(gfp_mask);

        // Not for those who must not wait: they have to cope with failure anyway.
        if ((*alloc_flags & ALLOC_TRYLOCK) == 0 && should_fail_alloc_page(gfp_mask, order))
            return false;

        *alloc_flags = gfp_to_alloc_flags_cma(gfp_mask, *alloc_flags);

        // Dirtied pages are spread only where there is a choice; the slow path takes what it gets.
        ac->spread_dirty_pages = (gfp_mask & __GFP_WRITE) != 0;

        // The zone the search begins with; statistics and the fragmentation rules are relative to it as well.
        ac->preferred_zoneref = first_zones_zonelist(ac->zonelist, ac->highest_zoneidx, ac->nodemask);

        return true;
    }

    // Fills the empty places of the array with single pages, as many as can be had cheaply. Returns how many are filled.
    [KernelSource("mm/page_alloc.c", "alloc_pages_bulk_noprof", Parity.Full)]
    [TryOnly("per_cpu_pages.lock")]
    public static ulong alloc_pages_bulk_noprof(gfp_t gfp, int preferred_nid, nodemask_t* nodemask, int nr_pages, page** page_array)
    {
        page* page;
        zone* zone = null;
        per_cpu_pages* pcp;
        list_head* pcp_list;
        alloc_context ac;
        gfp_t alloc_gfp;
        uint alloc_flags = ALLOC_WMARK_LOW;
        int nr_populated = 0, nr_account = 0;

        // Skip what the caller has already.
        while (nr_populated < nr_pages && page_array[nr_populated] != null)
            nr_populated++;

        // Nothing wanted?
        if (nr_pages <= 0)
            goto @out;

        // Nothing missing?
        if (nr_pages - nr_populated == 0)
            goto @out;

        // Each page would have to be charged.
        if (memcg_kmem_online() && (gfp & __GFP_ACCOUNT) != 0)
            goto failed;

        if (nr_pages - nr_populated == 1)
            goto failed;

        gfp &= gfp_allowed_mask;
        alloc_gfp = gfp;
        if (!prepare_alloc_pages(gfp, 0, preferred_nid, nodemask, &ac, &alloc_gfp, &alloc_flags))
            goto @out;
        gfp = alloc_gfp;

        // One zone that has room for all of them.
        zoneref* z = ac.preferred_zoneref;
        for (zone = zonelist_zone(z); zone != null;
             z = next_zones_zonelist(++z, ac.highest_zoneidx, ac.nodemask), zone = zonelist_zone(z))
        {
            if (cpusets_enabled() && (alloc_flags & ALLOC_CPUSET) != 0 && !__cpuset_zone_allowed(zone, gfp))
                continue;

            if (nr_online_nodes > 1 && zone != zonelist_zone(ac.preferred_zoneref)
                && zone_to_nid(zone) != zonelist_node_idx(ac.preferred_zoneref))
                goto failed;

            cond_accept_memory(zone, 0, alloc_flags);
        retry_this_zone:
            ulong mark = wmark_pages(zone, (int)(alloc_flags & ALLOC_WMARK_MASK)) + (ulong)nr_pages;
            if (zone_watermark_fast(zone, 0, mark, zonelist_zone_idx(ac.preferred_zoneref), alloc_flags, gfp))
                break;

            if (cond_accept_memory(zone, 0, alloc_flags))
                goto retry_this_zone;

            if (deferred_pages_enabled())
            {
                if (_deferred_grow_zone(zone, 0))
                    goto retry_this_zone;
            }
        }

        // None: one page, with everything that the normal way can do.
        if (zone == null)
            goto failed;

        // An interrupt that came while it was held?
        cpu* c = __this_cpu;
        pcp = pcp_spin_trylock(zone->per_cpu_pageset, c);
        if (pcp == null)
            goto failed;

        // Straight from the list, under one taking of the lock.
        pcp_list = &pcp->lists[order_to_pindex(ac.migratetype, 0)];
        while (nr_populated < nr_pages)
        {
            if (page_array[nr_populated] != null)
            {
                nr_populated++;
                continue;
            }

            page = __rmqueue_pcplist(zone, 0, ac.migratetype, alloc_flags, pcp, pcp_list);
            if (page == null)
            {
                // Try and get at least one page.
                if (nr_account == 0)
                {
                    pcp_spin_unlock(pcp, c);
                    goto failed;
                }
                break;
            }
            nr_account++;

            prep_new_page(page, 0, gfp, 0);
            set_page_refcounted(page);
            page_array[nr_populated++] = page;
        }

        pcp_spin_unlock(pcp, c);

        __count_zid_vm_events(PGALLOC_NORMAL, zone_idx(zone), nr_account);
        zone_statistics(zonelist_zone(ac.preferred_zoneref), zone, nr_account);

    @out:
        return (ulong)nr_populated;

    failed:
        page = __alloc_pages_noprof(gfp, 0, preferred_nid, nodemask);
        if (page != null)
            page_array[nr_populated++] = page;
        goto @out;
    }

    // The heart of it. The page comes with a reference count of zero.
    [KernelSource("mm/page_alloc.c", "__alloc_frozen_pages_noprof", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static page* __alloc_frozen_pages_noprof(gfp_t gfp, uint order, int preferred_nid, nodemask_t* nodemask)
    {
        if (order == 0 && nodemask == null)
        {
            page* page = get_single_page(gfp);
            if (page != null)
                return page;
        }

        return __alloc_frozen_pages(gfp, order, preferred_nid, nodemask);
    }

    // __alloc_frozen_pages_noprof for a single page as long as nothing is out of the ordinary: the best zone is above its
    // high mark, and this CPU's list has a page. Null: nothing was done. What else the whole way would call is not called
    // here, so that nothing has to be kept over a call.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MightSleepIf("gfp")]
    private static page* get_single_page(gfp_t gfp)
    {
        gfp &= gfp_allowed_mask;
        gfp = current_gfp_context(gfp);
        might_alloc(gfp);
        if (cpusets_enabled() || (gfp & (__GFP_WRITE | __GFP_ACCOUNT)) != 0 || mm_fail_page_alloc_c.fail_page_alloc->min_order == 0)
            return null;

        zoneref* z = node_zonelist(0, gfp)->_zonerefs;
        zone_type highest_zoneidx = gfp_zone(gfp);
        zone* zone = zonelist_zone(z);
        if (zone == null || zonelist_zone_idx(z) > highest_zoneidx || test_bit(ZONE_BELOW_HIGH, &zone->flags))
            return null;

        uint alloc_flags = ALLOC_WMARK_LOW | alloc_flags_nofragment(zone, gfp);
        if (!zone_watermark_far(zone, high_wmark_pages(zone), highest_zoneidx, alloc_flags, (long)zone_page_state(zone, NR_FREE_PAGES)))
            return null;

        page* page = rmqueue_pcplist_first(zone, gfp_migratetype(gfp));
        if (page == null)
            return null;

        if ((alloc_flags & ALLOC_KSWAPD) != 0 && test_bit(ZONE_BOOSTED_WATERMARK, &zone->flags))
            rmqueue_boosted(zone);

        VM_BUG_ON_PAGE(bad_range(zone, page), page);
        prep_new_page(page, 0, gfp, alloc_flags);
        return page;
    }

    // Whatever is wanted, and whatever stands in the way of it.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static page* __alloc_frozen_pages(gfp_t gfp, uint order, int preferred_nid, nodemask_t* nodemask)
    {
        uint alloc_flags = ALLOC_WMARK_LOW;
        gfp_t alloc_gfp;
        alloc_context ac;

        // There are no blocks that large.
        if (WARN_ON_ONCE_GFP(order > MAX_PAGE_ORDER, gfp))
            return null;

        gfp &= gfp_allowed_mask;

        // The task may be where it must not do I/O, or not enter a file system, or not use movable zones.
        gfp = current_gfp_context(gfp);
        alloc_gfp = gfp;
        if (!prepare_alloc_pages(gfp, order, preferred_nid, nodemask, &ac, &alloc_gfp, &alloc_flags))
            return null;

        // The first try, above the low mark.
        alloc_flags |= alloc_flags_nofragment(zonelist_zone(ac.preferred_zoneref), gfp);

        page* page = __get_page_from_freelist(alloc_gfp, order, alloc_flags, &ac);
        if (page != null)
            goto @out;

        // A copy: as long as nobody is given its address, the first one needs no memory.
        alloc_context slow = ac;
        slow.spread_dirty_pages = false;

        // The first try may have been restricted to the task's nodes.
        slow.nodemask = nodemask;

        page = __alloc_pages_slowpath(gfp, order, &slow);

    @out:
        if (memcg_kmem_online() && (gfp & __GFP_ACCOUNT) != 0 && page != null
            && __memcg_kmem_charge_page(page, gfp, (int)order) != 0)
        {
            free_frozen_pages(page, order);
            page = null;
        }

        return page;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    [KernelSource("mm/page_alloc.c", "__alloc_pages_noprof", Parity.Full)]
    public static page* __alloc_pages_noprof(gfp_t gfp, uint order, int preferred_nid, nodemask_t* nodemask)
    {
        page* page = __alloc_frozen_pages_noprof(gfp, order, preferred_nid, nodemask);

        if (page != null)
            set_page_refcounted(page);
        return page;
    }

    [KernelSource("mm/page_alloc.c", "__folio_alloc_noprof", Parity.Full)]
    public static folio* __folio_alloc_noprof(gfp_t gfp, uint order, int preferred_nid, nodemask_t* nodemask)
    {
        page* page = __alloc_pages_noprof(gfp | __GFP_COMP, order, preferred_nid, nodemask);

        return page_rmappable_folio(page);
    }

    [KernelSource("mm/page_alloc.c", "get_free_pages_noprof", Parity.Full)]
    public static ulong get_free_pages_noprof(gfp_t gfp_mask, uint order)
    {
        page* page = alloc_pages_noprof(gfp_mask & ~__GFP_HIGHMEM, order);

        if (page == null)
            return 0;
        return (ulong)page_address(page);
    }

    [KernelSource("mm/page_alloc.c", "get_zeroed_page_noprof", Parity.Full)]
    public static ulong get_zeroed_page_noprof(gfp_t gfp_mask) => get_free_pages_noprof(gfp_mask | __GFP_ZERO, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [KernelSource("mm/page_alloc.c", "___free_pages", Parity.Full)]
    private static void ___free_pages(page* page, uint order, int fpi_flags)
    {
        // After the reference is dropped the page may be anyone's.
        bool head = PageHead(page);

        if (put_page_testzero(page))
        {
            if (order == 0)
                __free_frozen_pages(page, 0, fpi_flags);
            else
                __free_frozen_pages_cold(page, order, fpi_flags);
        }
        else if (!head)
        {
            // Somebody, who can only know of the first page, still holds that one: the others go now.
            pgalloc_tag_sub_pages(null, (1u << (int)order) - 1);
            while (order-- > 0)
                __free_frozen_pages_cold(page + (1 << (int)order), order, fpi_flags);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "__free_pages", Parity.Full)]
    public static void __free_pages(page* page, uint order) => ___free_pages(page, order, FPI_NONE);

    // From any context, without waiting for a lock.
    [KernelSource("mm/page_alloc.c", "free_pages_nolock", Parity.Full)]
    public static void free_pages_nolock(page* page, uint order) => ___free_pages(page, order, FPI_TRYLOCK);

    [KernelSource("mm/page_alloc.c", "free_pages", Parity.Full)]
    public static void free_pages(ulong addr, uint order)
    {
        if (addr != 0)
        {
            VM_BUG_ON(!virt_addr_valid((void*)addr));
            __free_pages(virt_to_page((void*)addr), order);
        }
    }

    [KernelSource("mm/page_alloc.c", "make_alloc_exact", Parity.Full)]
    private static void* make_alloc_exact(ulong addr, uint order, ulong size)
    {
        if (addr != 0)
        {
            ulong nr = DIV_ROUND_UP(size, PAGE_SIZE);
            page* page = virt_to_page((void*)addr);
            page* last = page + nr;

            split_page_memcg(page, order);
            while (page < --last)
                set_page_refcounted(last);

            last = page + (1UL << (int)order);
            for (page += nr; page < last; page++)
                __free_pages_ok(page, 0, FPI_TO_TAIL);
        }
        return (void*)addr;
    }

    // Not a power of two: what is left over goes back at once.
    [KernelSource("mm/page_alloc.c", "alloc_pages_exact_noprof", Parity.Full)]
    public static void* alloc_pages_exact_noprof(ulong size, gfp_t gfp_mask)
    {
        uint order = (uint)get_order(size);

        if (WARN_ON_ONCE((gfp_mask & (__GFP_COMP | __GFP_HIGHMEM)) != 0))
            gfp_mask &= ~(__GFP_COMP | __GFP_HIGHMEM);

        ulong addr = get_free_pages_noprof(gfp_mask, order);
        return make_alloc_exact(addr, order, size);
    }

    [KernelSource("mm/page_alloc.c", "free_pages_exact", Parity.Full)]
    public static void free_pages_exact(void* virt, ulong size)
    {
        ulong addr = (ulong)virt;
        ulong end = addr + PAGE_ALIGN(size);

        while (addr < end)
        {
            free_page(addr);
            addr += PAGE_SIZE;
        }
    }

    [KernelSource("mm/page_alloc.c", "nr_free_zone_pages", Parity.Full)]
    private static ulong nr_free_zone_pages(zone_type offset)
    {
        ulong sum = 0;

        zonelist* zonelist = node_zonelist(numa_node_id(), GFP_KERNEL);

        for (zoneref* z = first_zones_zonelist(zonelist, offset, null); zonelist_zone(z) != null;
             z = next_zones_zonelist(++z, offset, null))
        {
            zone* zone = zonelist_zone(z);
            ulong size = zone_managed_pages(zone);
            ulong high = high_wmark_pages(zone);

            if (size > high)
                sum += size - high;
        }

        return sum;
    }

    // What could be had at most without getting into the watermarks.
    [KernelSource("mm/page_alloc.c", "nr_free_buffer_pages", Parity.Full)]
    public static ulong nr_free_buffer_pages() => nr_free_zone_pages(gfp_zone(GFP_USER));

    [KernelSource("mm/page_alloc.c", "page_contains_unaccepted", Parity.Full)]
    private static bool page_contains_unaccepted(page* page, uint order) => false;

    [KernelSource("mm/page_alloc.c", "cond_accept_memory", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool cond_accept_memory(zone* zone, uint order, uint alloc_flags) => false;

    [KernelSource("mm/page_alloc.c", "__free_unaccepted", Parity.Full)]
    private static bool __free_unaccepted(page* page) => false;

    // For those who must not wait for any lock, nor be interrupted while they hold one. Only what needs no wait is tried:
    // no reclaim, no reserves.
    [KernelSource("mm/page_alloc.c", "alloc_frozen_pages_nolock_noprof", Parity.Full)]
    public static page* alloc_frozen_pages_nolock_noprof(gfp_t gfp_flags, int nid, uint order)
    {
        gfp_t alloc_gfp = __GFP_NOWARN | __GFP_ZERO | __GFP_NOMEMALLOC | __GFP_COMP | gfp_flags;
        uint alloc_flags = ALLOC_TRYLOCK;
        alloc_context ac = default;

        VM_WARN_ON_ONCE((gfp_flags & ~__GFP_ACCOUNT) != 0);

        if (!pcp_allowed_order(order))
            return null;

        // The struct pages might have to be initialised, under a lock.
        if (deferred_pages_enabled())
            return null;

        if (nid == NUMA_NO_NODE)
            nid = numa_node_id();

        prepare_alloc_pages(alloc_gfp, order, nid, null, &ac, &alloc_gfp, &alloc_flags);

        // The watermark is min, as for an allocation that may not wait; nothing is done to make room.
        page* page = get_page_from_freelist(alloc_gfp, order, alloc_flags, &ac);

        if (memcg_kmem_online() && page != null && (gfp_flags & __GFP_ACCOUNT) != 0
            && __memcg_kmem_charge_page(page, alloc_gfp, (int)order) != 0)
        {
            __free_frozen_pages_cold(page, order, FPI_TRYLOCK);
            page = null;
        }
        return page;
    }

    [KernelSource("mm/page_alloc.c", "alloc_pages_nolock_noprof", Parity.Full)]
    public static page* alloc_pages_nolock_noprof(gfp_t gfp_flags, int nid, uint order)
    {
        page* page = alloc_frozen_pages_nolock_noprof(gfp_flags, nid, order);

        if (page != null)
            set_page_refcounted(page);
        return page;
    }
}
