// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_jiffies_h;
using static Linux.linux_ratelimit_h;

using static Linux.linux_cpuset_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_vmstat_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_lockdep_h;
using static Linux.linux_psi_h;
using static Linux.mm_internal_h;

namespace Linux;

// When the first try has failed: kswapd, the reserves, direct reclaim, the OOM killer.
public static unsafe partial class mm_page_alloc_c
{
    private static readonly ratelimit_state* nopage_rs = data(RATELIMIT_STATE_INIT(10 * HZ, 1));

    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "warn_alloc", Parity.Reduced, "no __show_mem, no cpuset line; the text comes ready made")]
    public static void warn_alloc(gfp_t gfp_mask, nodemask_t* nodemask, string text)
    {
        if ((gfp_mask & __GFP_NOWARN) != 0 || !__ratelimit(nopage_rs)
            || ((gfp_mask & __GFP_DMA) != 0 && !has_managed_dma()))
            return;

        pr_warn($"{comm_of(current)}: {text}, mode:0x{gfp_mask:x}, nodemask={(nodemask == null ? "(null)" : "0")}");
    }

    [KernelSource("mm/page_alloc.c", "__alloc_pages_cpuset_fallback", Parity.Full)]
    private static page* __alloc_pages_cpuset_fallback(gfp_t gfp_mask, uint order, uint alloc_flags, alloc_context* ac)
    {
        page* page = get_page_from_freelist(gfp_mask, order, alloc_flags | ALLOC_CPUSET, ac);

        // The task's nodes have nothing: rather from elsewhere than not at all.
        if (page == null)
            page = get_page_from_freelist(gfp_mask, order, alloc_flags, ac);
        return page;
    }

    [KernelSource("mm/page_alloc.c", "__alloc_pages_may_oom", Parity.Full)]
    [TryOnly("mm_oom_kill_c.oom_lock")]
    private static page* __alloc_pages_may_oom(gfp_t gfp_mask, uint order, alloc_context* ac, ulong* did_some_progress)
    {
        oom_control oc = new()
        {
            zonelist = ac->zonelist,
            nodemask = ac->nodemask,
            memcg = null,
            gfp_mask = gfp_mask,
            order = (int)order,
        };

        *did_some_progress = 0;

        // Someone else is killing already: wait for what that brings.
        if (!mutex_trylock(oom_lock))
        {
            *did_some_progress = 1;
            schedule_timeout_uninterruptible(1);
            return null;
        }

        // Once more with the high mark: between the last try and the lock others may have freed a lot.
        page* page = get_page_from_freelist((gfp_mask | __GFP_HARDWALL) & ~__GFP_DIRECT_RECLAIM, order,
            ALLOC_WMARK_HIGH | ALLOC_CPUSET, ac);
        if (page != null)
            goto @out;

        // The dump would be of no use without this task.
        if ((current->flags & PF_DUMPCORE) != 0)
            goto @out;

        // Killing does not make large blocks.
        if (order > PAGE_ALLOC_COSTLY_ORDER)
            goto @out;

        // The caller can live without it.
        if ((gfp_mask & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE)) != 0)
            goto @out;

        // Nor does it help a small zone.
        if (ac->highest_zoneidx < ZONE_NORMAL)
            goto @out;

        // Exhausted what can be done: kill something, unless that is not allowed.
        if (out_of_memory(&oc) || WARN_ON_ONCE((gfp_mask & __GFP_NOFAIL) != 0))
        {
            *did_some_progress = 1;

            // Those who must not fail get at the reserves.
            if ((gfp_mask & __GFP_NOFAIL) != 0)
                page = __alloc_pages_cpuset_fallback(gfp_mask, order, ALLOC_NO_WATERMARKS, ac);
        }
    @out:
        mutex_unlock(oom_lock);
        return page;
    }

    [KernelSource("mm/page_alloc.c", "__alloc_pages_direct_compact", Parity.Full)]
    private static page* __alloc_pages_direct_compact(gfp_t gfp_mask, uint order, uint alloc_flags, alloc_context* ac, int prio, int* compact_result)
    {
        *compact_result = COMPACT_SKIPPED;
        return null;
    }

    // Without compaction: worth it as long as there are enough single pages; reclaim may make blocks of them.
    [KernelSource("mm/page_alloc.c", "should_compact_retry", Parity.Full)]
    private static bool should_compact_retry(alloc_context* ac, uint order, uint alloc_flags, int compact_result, int* compact_priority, int* compaction_retries)
    {
        if (order == 0 || order > PAGE_ALLOC_COSTLY_ORDER)
            return false;

        for (zoneref* z = first_zones_zonelist(ac->zonelist, ac->highest_zoneidx, ac->nodemask); zonelist_zone(z) != null;
             z = next_zones_zonelist(++z, ac->highest_zoneidx, ac->nodemask))
        {
            zone* zone = zonelist_zone(z);

            if (zone_watermark_ok(zone, 0, min_wmark_pages(zone), ac->highest_zoneidx, alloc_flags))
                return true;
        }
        return false;
    }

    // enum compact_result and compact_priority, as far as the slow path speaks of them.
    private const int COMPACT_SKIPPED = 1;
    private const int COMPACT_DEFERRED = 2;
    private const int INIT_COMPACT_PRIORITY = 2;
    private const int DEF_COMPACT_PRIORITY = 1;

    // Not a lock: it says to the validator that reclaim may enter a file system here.
    private static readonly lockdep_map* __fs_reclaim_map = bss<lockdep_map>();

    [KernelSource("mm/page_alloc.c", "__need_reclaim", Parity.Full)]
    private static bool __need_reclaim(gfp_t gfp_mask)
    {
        if ((gfp_mask & __GFP_DIRECT_RECLAIM) == 0)
            return false;

        // Reclaim does not reclaim.
        if ((current->flags & PF_MEMALLOC) != 0)
            return false;

        if ((gfp_mask & __GFP_NOLOCKDEP) != 0)
            return false;

        return true;
    }

    [KernelSource("mm/page_alloc.c", "__fs_reclaim_acquire", Parity.Full)]
    public static void __fs_reclaim_acquire() => lock_map_acquire(__fs_reclaim_map);

    [KernelSource("mm/page_alloc.c", "__fs_reclaim_release", Parity.Full)]
    public static void __fs_reclaim_release() => lock_map_release(__fs_reclaim_map);

    [KernelSource("mm/page_alloc.c", "fs_reclaim_acquire", Parity.Full)]
    public static void fs_reclaim_acquire(gfp_t gfp_mask)
    {
        if (!prove_locking)
            return;

        gfp_mask = current_gfp_context(gfp_mask);

        if (__need_reclaim(gfp_mask))
        {
            if ((gfp_mask & __GFP_FS) != 0)
                __fs_reclaim_acquire();
        }
    }

    [KernelSource("mm/page_alloc.c", "fs_reclaim_release", Parity.Full)]
    public static void fs_reclaim_release(gfp_t gfp_mask)
    {
        if (!prove_locking)
            return;

        gfp_mask = current_gfp_context(gfp_mask);

        if (__need_reclaim(gfp_mask))
        {
            if ((gfp_mask & __GFP_FS) != 0)
                __fs_reclaim_release();
        }
    }

    private static readonly seqlock_t* zonelist_update_seq = bss<seqlock_t>();

    [KernelSource("mm/page_alloc.c", "zonelist_iter_begin", Parity.Full)]
    private static uint zonelist_iter_begin() => 0;

    [KernelSource("mm/page_alloc.c", "check_retry_zonelist", Parity.Full)]
    private static bool check_retry_zonelist(uint seq) => seq != 0;

    [KernelSource("mm/page_alloc.c", "__perform_reclaim", Parity.Full)]
    private static ulong __perform_reclaim(gfp_t gfp_mask, uint order, alloc_context* ac)
    {
        cond_resched();

        cpuset_memory_pressure_bump();
        fs_reclaim_acquire(gfp_mask);
        uint noreclaim_flag = memalloc_noreclaim_save();

        ulong progress = try_to_free_pages(ac->zonelist, (int)order, gfp_mask, ac->nodemask);

        memalloc_noreclaim_restore(noreclaim_flag);
        fs_reclaim_release(gfp_mask);

        cond_resched();

        return progress;
    }

    [KernelSource("mm/page_alloc.c", "__alloc_pages_direct_reclaim", Parity.Full)]
    private static page* __alloc_pages_direct_reclaim(gfp_t gfp_mask, uint order, uint alloc_flags, alloc_context* ac, ulong* did_some_progress)
    {
        page* page = null;
        ulong pflags;
        bool drained = false;

        psi_memstall_enter(&pflags);
        *did_some_progress = __perform_reclaim(gfp_mask, order, ac);
        if (*did_some_progress == 0)
            goto @out;

    retry:
        page = get_page_from_freelist(gfp_mask, order, alloc_flags, ac);

        // What was reclaimed may lie in the CPUs' stocks, or in the reserve for high orders.
        if (page == null && !drained)
        {
            unreserve_highatomic_pageblock(ac, false);
            drain_all_pages(null);
            drained = true;
            goto retry;
        }
    @out:
        psi_memstall_leave(&pflags);

        return page;
    }

    [KernelSource("mm/page_alloc.c", "wake_all_kswapds", Parity.Full)]
    private static void wake_all_kswapds(uint order, gfp_t gfp_mask, alloc_context* ac)
    {
        pglist_data* last_pgdat = null;
        zone_type highest_zoneidx = ac->highest_zoneidx;
        uint reclaim_order;

        if (defrag_mode != 0)
            reclaim_order = max(order, (uint)pageblock_order);
        else
            reclaim_order = order;

        for (zoneref* z = first_zones_zonelist(ac->zonelist, highest_zoneidx, ac->nodemask); zonelist_zone(z) != null;
             z = next_zones_zonelist(++z, highest_zoneidx, ac->nodemask))
        {
            zone* zone = zonelist_zone(z);

            if (!managed_zone(zone))
                continue;
            if (last_pgdat == zone->zone_pgdat)
                continue;
            wakeup_kswapd(zone, gfp_mask, (int)reclaim_order, highest_zoneidx);
            last_pgdat = zone->zone_pgdat;
        }
    }

    [KernelSource("mm/page_alloc.c", "gfp_to_alloc_flags", Parity.Full)]
    private static uint gfp_to_alloc_flags(gfp_t gfp_mask, uint order)
    {
        uint alloc_flags = ALLOC_WMARK_MIN | ALLOC_CPUSET;

        // The bits are the same: __GFP_HIGH is ALLOC_MIN_RESERVE, __GFP_KSWAPD_RECLAIM is ALLOC_KSWAPD.
        alloc_flags |= gfp_mask & (__GFP_HIGH | __GFP_KSWAPD_RECLAIM);

        if ((gfp_mask & __GFP_DIRECT_RECLAIM) == 0)
        {
            // It cannot wait: further into the reserve, unless it does not want to.
            if ((gfp_mask & __GFP_NOMEMALLOC) == 0)
            {
                alloc_flags |= ALLOC_NON_BLOCK;

                if (order > 0 && (alloc_flags & ALLOC_MIN_RESERVE) != 0)
                    alloc_flags |= ALLOC_HIGHATOMIC;
            }

            // GFP_ATOMIC may go anywhere.
            if ((alloc_flags & ALLOC_MIN_RESERVE) != 0)
                alloc_flags &= ~ALLOC_CPUSET;
        }
        else if (rt_or_dl_task(current) && in_task())
        {
            alloc_flags |= ALLOC_MIN_RESERVE;
        }

        alloc_flags = gfp_to_alloc_flags_cma(gfp_mask, alloc_flags);

        if (defrag_mode != 0)
            alloc_flags |= ALLOC_NOFRAGMENT;

        return alloc_flags;
    }

    [KernelSource("mm/page_alloc.c", "oom_reserves_allowed", Parity.Full)]
    private static bool oom_reserves_allowed(task_struct* tsk)
    {
        if (!tsk_is_oom_victim(tsk))
            return false;

        return true;
    }

    // Who may ignore the watermarks, and how far.
    [KernelSource("mm/page_alloc.c", "__gfp_pfmemalloc_flags", Parity.Full)]
    private static uint __gfp_pfmemalloc_flags(gfp_t gfp_mask)
    {
        if ((gfp_mask & __GFP_NOMEMALLOC) != 0)
            return 0;
        if ((gfp_mask & __GFP_MEMALLOC) != 0)
            return ALLOC_NO_WATERMARKS;
        if (in_serving_softirq() && (current->flags & PF_MEMALLOC) != 0)
            return ALLOC_NO_WATERMARKS;
        if (!in_interrupt())
        {
            if ((current->flags & PF_MEMALLOC) != 0)
                return ALLOC_NO_WATERMARKS;
            else if (oom_reserves_allowed(current))
                return ALLOC_OOM;
        }

        return 0;
    }

    [KernelSource("mm/page_alloc.c", "gfp_pfmemalloc_allowed", Parity.Full)]
    public static bool gfp_pfmemalloc_allowed(gfp_t gfp_mask) => __gfp_pfmemalloc_flags(gfp_mask) != 0;

    // Whether trying again could help: could the watermark be met if everything that can be reclaimed were?
    [KernelSource("mm/page_alloc.c", "should_reclaim_retry", Parity.Full)]
    private static bool should_reclaim_retry(gfp_t gfp_mask, uint order, alloc_context* ac, uint alloc_flags, bool did_some_progress, int* no_progress_loops)
    {
        bool ret = false;

        // For large blocks progress says little, so those loops are counted all the same.
        if (did_some_progress && order <= PAGE_ALLOC_COSTLY_ORDER)
            *no_progress_loops = 0;
        else
            (*no_progress_loops)++;

        if (*no_progress_loops > MAX_RECLAIM_RETRIES)
            goto @out;

        for (zoneref* z = first_zones_zonelist(ac->zonelist, ac->highest_zoneidx, ac->nodemask); zonelist_zone(z) != null;
             z = next_zones_zonelist(++z, ac->highest_zoneidx, ac->nodemask))
        {
            zone* zone = zonelist_zone(z);
            ulong min_wmark = min_wmark_pages(zone);

            if (cpusets_enabled() && (alloc_flags & ALLOC_CPUSET) != 0 && !__cpuset_zone_allowed(zone, gfp_mask))
                continue;

            ulong available = zone_reclaimable_pages(zone);
            available += zone_page_state_snapshot(zone, NR_FREE_PAGES);

            bool wmark = __zone_watermark_ok(zone, order, min_wmark, ac->highest_zoneidx, alloc_flags, (long)available);
            if (wmark)
            {
                ret = true;
                break;
            }
        }

        // A worker that loops here keeps its whole pool from making progress: it must really sleep.
        if ((current->flags & PF_WQ_WORKER) != 0)
            schedule_timeout_uninterruptible(1);
        else
            cond_resched();
    @out:
        // Before giving up: the reserve for high orders.
        if (!ret)
            return unreserve_highatomic_pageblock(ac, true);

        return ret;
    }

    [KernelSource("mm/page_alloc.c", "check_retry_cpuset", Parity.Full)]
    private static bool check_retry_cpuset(uint cpuset_mems_cookie, alloc_context* ac)
    {
        if (cpusets_enabled() && ac->nodemask != null && !cpuset_nodemask_valid_mems_allowed(ac->nodemask))
        {
            ac->nodemask = null;
            return true;
        }

        if (read_mems_allowed_retry(cpuset_mems_cookie))
            return true;

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "__alloc_pages_slowpath", Parity.Full)]
    private static page* __alloc_pages_slowpath(gfp_t gfp_mask, uint order, alloc_context* ac)
    {
        bool can_direct_reclaim = (gfp_mask & __GFP_DIRECT_RECLAIM) != 0;
        bool can_compact = gfp_compaction_allowed(gfp_mask);
        bool nofail = (gfp_mask & __GFP_NOFAIL) != 0;
        bool costly_order = order > PAGE_ALLOC_COSTLY_ORDER;
        page* page = null;
        ulong did_some_progress;
        int compact_priority;
        int compact_result;
        int compaction_retries;
        int no_progress_loops;

        if (nofail)
        {
            // Large blocks may never come.
            WARN_ON_ONCE(order > 1);

            // It would have to fail, or to loop without end.
            WARN_ON_ONCE(!can_direct_reclaim);

            // Reclaim would wait for itself.
            WARN_ON_ONCE((current->flags & PF_MEMALLOC) != 0);
        }

    restart:
        compaction_retries = 0;
        no_progress_loops = 0;
        compact_result = COMPACT_SKIPPED;
        compact_priority = DEF_COMPACT_PRIORITY;
        uint cpuset_mems_cookie = read_mems_allowed_begin();
        uint zonelist_iter_cookie = zonelist_iter_begin();

        // The first try used the low mark, to leave kswapd some room: now down to min.
        uint alloc_flags = gfp_to_alloc_flags(gfp_mask, order);

        // The first try may have had another nodemask.
        ac->preferred_zoneref = first_zones_zonelist(ac->zonelist, ac->highest_zoneidx, ac->nodemask);
        if (zonelist_zone(ac->preferred_zoneref) == null)
            goto nopage;

        if (cpusets_insane_config() && (gfp_mask & __GFP_HARDWALL) != 0)
        {
            zoneref* z = first_zones_zonelist(ac->zonelist, ac->highest_zoneidx, cpuset_current_mems_allowed);
            if (zonelist_zone(z) == null)
                goto nopage;
        }

        if ((alloc_flags & ALLOC_KSWAPD) != 0)
            wake_all_kswapds(order, gfp_mask, ac);

        // The adjusted flags may be all it takes.
        page = get_page_from_freelist(gfp_mask, order, alloc_flags, ac);
        if (page != null)
            goto got_pg;

        // Large blocks, and small ones that must not be mixed in: compaction before reclaim.
        if (can_direct_reclaim && can_compact
            && (costly_order || (order > 0 && ac->migratetype != MIGRATE_MOVABLE))
            && !gfp_pfmemalloc_allowed(gfp_mask))
        {
            page = __alloc_pages_direct_compact(gfp_mask, order, alloc_flags, ac, INIT_COMPACT_PRIORITY, &compact_result);
            if (page != null)
                goto got_pg;

            if (costly_order && (gfp_mask & __GFP_NORETRY) != 0)
            {
                // It would have to reclaim a lot for a block that is only nice to have.
                if (compact_result == COMPACT_SKIPPED || compact_result == COMPACT_DEFERRED)
                    goto nopage;

                if ((gfp_mask & __GFP_THISNODE) != 0)
                    goto nopage;

                compact_priority = INIT_COMPACT_PRIORITY;
            }
        }

    retry:
        // The nodes may have changed meanwhile: do not let the OOM killer answer for that.
        if (check_retry_cpuset(cpuset_mems_cookie, ac) || check_retry_zonelist(zonelist_iter_cookie))
            goto restart;

        // kswapd must not fall asleep while this loops.
        if ((alloc_flags & ALLOC_KSWAPD) != 0)
            wake_all_kswapds(order, gfp_mask, ac);

        uint reserve_flags = __gfp_pfmemalloc_flags(gfp_mask);
        if (reserve_flags != 0)
            alloc_flags = gfp_to_alloc_flags_cma(gfp_mask, reserve_flags) | (alloc_flags & ALLOC_KSWAPD);

        // Those who may have the reserves may have them of any node.
        if ((alloc_flags & ALLOC_CPUSET) == 0 || reserve_flags != 0)
        {
            ac->nodemask = null;
            ac->preferred_zoneref = first_zones_zonelist(ac->zonelist, ac->highest_zoneidx, ac->nodemask);
        }

        page = get_page_from_freelist(gfp_mask, order, alloc_flags, ac);
        if (page != null)
            goto got_pg;

        if (!can_direct_reclaim)
            goto nopage;

        // Reclaim itself does not recurse.
        if ((current->flags & PF_MEMALLOC) != 0)
            goto nopage;

        page = __alloc_pages_direct_reclaim(gfp_mask, order, alloc_flags, ac, &did_some_progress);
        if (page != null)
            goto got_pg;

        page = __alloc_pages_direct_compact(gfp_mask, order, alloc_flags, ac, compact_priority, &compact_result);
        if (page != null)
            goto got_pg;

        if ((gfp_mask & __GFP_NORETRY) != 0)
            goto nopage;

        // Large blocks: only for those who asked to try hard, and only if compaction could help.
        if (costly_order && (!can_compact || (gfp_mask & __GFP_RETRY_MAYFAIL) == 0))
            goto nopage;

        if (should_reclaim_retry(gfp_mask, order, ac, alloc_flags, did_some_progress > 0, &no_progress_loops))
            goto retry;

        // What was reclaimed may be enough for compaction now.
        if (did_some_progress > 0 && can_compact
            && should_compact_retry(ac, order, alloc_flags, compact_result, &compact_priority, &compaction_retries))
            goto retry;

        // Mixing types comes before killing.
        if (defrag_mode != 0 && (alloc_flags & ALLOC_NOFRAGMENT) != 0)
        {
            alloc_flags &= ~ALLOC_NOFRAGMENT;
            goto retry;
        }

        if (check_retry_cpuset(cpuset_mems_cookie, ac) || check_retry_zonelist(zonelist_iter_cookie))
            goto restart;

        page = __alloc_pages_may_oom(gfp_mask, order, ac, &did_some_progress);
        if (page != null)
            goto got_pg;

        // A victim that had the reserves and still got nothing must not loop: it could never exit.
        if (tsk_is_oom_victim(current) && ((alloc_flags & ALLOC_OOM) != 0 || (gfp_mask & __GFP_NOMEMALLOC) != 0))
            goto nopage;

        if (did_some_progress != 0)
        {
            no_progress_loops = 0;
            goto retry;
        }

    nopage:
        if (check_retry_cpuset(cpuset_mems_cookie, ac) || check_retry_zonelist(zonelist_iter_cookie))
            goto restart;

        if (nofail)
        {
            // It cannot wait and must not fail: that was warned about; fail.
            if (!can_direct_reclaim)
                goto fail;

            // Some of the reserve, but not all: a loop of these could drain it.
            page = __alloc_pages_cpuset_fallback(gfp_mask, order, ALLOC_MIN_RESERVE, ac);
            if (page != null)
                goto got_pg;

            cond_resched();
            goto retry;
        }
    fail:
        if ((gfp_mask & __GFP_NOWARN) == 0)
            warn_alloc(gfp_mask, ac->nodemask, $"page allocation failure: order:{order}");
    got_pg:
        return page;
    }
}
