// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 5 of 10: memory.high, and the charge itself.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    /// <summary>Reclaims once from every level that is over its memory.high.</summary>
    [KernelSource(C, "reclaim_high", Parity.Full)]
    private static ulong reclaim_high(mem_cgroup* memcg, uint nr_pages, gfp_t gfp_mask)
    {
        ulong nr_reclaimed = 0;

        do
        {
            ulong pflags;

            if (page_counter_read(&memcg->memory) <=
                READ_ONCE(&memcg->memory.high))
                continue;

            memcg_memory_event(memcg, MEMCG_HIGH);

            psi_memstall_enter(&pflags);
            nr_reclaimed += try_to_free_mem_cgroup_pages(memcg, nr_pages,
                gfp_mask,
                MEMCG_RECLAIM_MAY_SWAP,
                null);
            psi_memstall_leave(&pflags);
        } while ((memcg = parent_mem_cgroup(memcg)) != null &&
                 !mem_cgroup_is_root(memcg));

        return nr_reclaimed;
    }

    [KernelSource(C, "high_work_func", Parity.Full)]
    private static void high_work_func(work_struct* work)
    {
        mem_cgroup* memcg;

        memcg = container_of<mem_cgroup>(work, &((mem_cgroup*)nowhere)->high_work);
        reclaim_high(memcg, MEMCG_CHARGE_BATCH, GFP_KERNEL);
    }

    // No charge sleeps longer than this in one go, whatever the overage.
    private const ulong MEMCG_MAX_HIGH_DELAY_JIFFIES = 2UL * HZ;

    // The delay grows with the square of the overage in per cent. The overage is a fixed-point fraction of 20 bits; 14
    // more bits scale its square down, so that a group a few per cent over waits for hardly anything and one at a tenth
    // over for more than half a second for each batch it charges.
    private const int MEMCG_DELAY_PRECISION_SHIFT = 20;
    private const int MEMCG_DELAY_SCALING_SHIFT = 14;

    [KernelSource(C, "calculate_overage", Parity.Full)]
    private static u64 calculate_overage(ulong usage, ulong high)
    {
        u64 overage;

        if (usage <= high)
            return 0;

        // memory.high may be 0.
        high = max(high, 1UL);

        overage = usage - high;
        overage <<= MEMCG_DELAY_PRECISION_SHIFT;
        return div64_u64(overage, high);
    }

    [KernelSource(C, "mem_find_max_overage", Parity.Full)]
    private static u64 mem_find_max_overage(mem_cgroup* memcg)
    {
        u64 overage, max_overage = 0;

        do
        {
            overage = calculate_overage(page_counter_read(&memcg->memory),
                READ_ONCE(&memcg->memory.high));
            max_overage = max(overage, max_overage);
        } while ((memcg = parent_mem_cgroup(memcg)) != null &&
                 !mem_cgroup_is_root(memcg));

        return max_overage;
    }

    [KernelSource(C, "swap_find_max_overage", Parity.Full)]
    private static u64 swap_find_max_overage(mem_cgroup* memcg)
    {
        u64 overage, max_overage = 0;

        do
        {
            overage = calculate_overage(page_counter_read(&memcg->swap),
                READ_ONCE(&memcg->swap.high));
            if (overage != 0)
                memcg_memory_event(memcg, MEMCG_SWAP_HIGH);
            max_overage = max(overage, max_overage);
        } while ((memcg = parent_mem_cgroup(memcg)) != null &&
                 !mem_cgroup_is_root(memcg));

        return max_overage;
    }

    /// <summary>How long a task that has charged this much has to wait. The square wraps, as it does in the kernel.</summary>
    [KernelSource(C, "calculate_high_delay", Parity.Full)]
    internal static ulong calculate_high_delay(mem_cgroup* memcg, uint nr_pages, u64 max_overage)
    {
        ulong penalty_jiffies;

        if (max_overage == 0)
            return 0;

        penalty_jiffies = unchecked(max_overage * max_overage * HZ);
        penalty_jiffies >>= MEMCG_DELAY_PRECISION_SHIFT;
        penalty_jiffies >>= MEMCG_DELAY_SCALING_SHIFT;

        // In proportion to what the task has charged, so that a small charge pays less than a batch.
        return unchecked(penalty_jiffies * nr_pages) / MEMCG_CHARGE_BATCH;
    }

    /// <summary>
    /// The task has charged above memory.high: it reclaims, and sleeps when that is not enough. The group that is looked
    /// at is the task's own, whomever it charged.
    /// </summary>
    [KernelSource(C, "__mem_cgroup_handle_over_high", Parity.Full)]
    [MightSleepIf("gfp_mask")]
    public static void __mem_cgroup_handle_over_high(gfp_t gfp_mask)
    {
        ulong penalty_jiffies;
        ulong pflags;
        ulong nr_reclaimed;
        uint nr_pages = current->memcg_nr_pages_over_high;
        int nr_retries = MAX_RECLAIM_RETRIES;
        mem_cgroup* memcg;
        bool in_retry = false;

        memcg = get_mem_cgroup_from_mm(current->mm);
        current->memcg_nr_pages_over_high = 0;

    retry_reclaim:
        // A dying task is to free its memory, not to wait for it.
        if (task_is_dying())
            goto @out;

        // Allocators are to reclaim in proportion to what they allocate, but a retry asks for a full batch of reclaim.
        nr_reclaimed = reclaim_high(memcg,
            in_retry ? (uint)SWAP_CLUSTER_MAX : nr_pages,
            gfp_mask);

        // Both overages are penalised, each for itself.
        penalty_jiffies = calculate_high_delay(memcg, nr_pages,
            mem_find_max_overage(memcg));

        penalty_jiffies += calculate_high_delay(memcg, nr_pages,
            swap_find_max_overage(memcg));

        penalty_jiffies = min(penalty_jiffies, MEMCG_MAX_HIGH_DELAY_JIFFIES);

        // Not worth a sleep: the next charges will make up for it.
        if (penalty_jiffies <= HZ / 100)
            goto @out;

        // As long as reclaim gets somewhere, it is better than sleeping.
        if (nr_reclaimed != 0 || nr_retries-- != 0)
        {
            in_retry = true;
            goto retry_reclaim;
        }

        // Killable: the OOM killer must be able to get rid of a task that waits here.
        trace_memcg_high_delay(memcg, penalty_jiffies);
        psi_memstall_enter(&pflags);
        schedule_timeout_killable((long)penalty_jiffies);
        psi_memstall_leave(&pflags);

    @out:
        css_put(&memcg->css);
    }

    /// <summary>Charges pages to a group and its ancestors: from the stock, by a batch, after reclaim, after a kill, or not.</summary>
    [KernelSource(C, "try_charge_memcg", Parity.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    [MightSleepIf("gfp_mask")]
    private static int try_charge_memcg(mem_cgroup* memcg, gfp_t gfp_mask, uint nr_pages)
    {
        cpu* c = __this_cpu;
        bool consumed = consume_stock(memcg, nr_pages, c);
        if (consumed)
            trace_charge_end(memcg, nr_pages, trace_charge_begin(), charge_outcome.stock);

        // Each call is the last thing done, so nothing is kept over it and the hit has no frame.
        if (point_pending(c))
            return try_charge_memcg_point(memcg, gfp_mask, nr_pages, consumed);
        if (!consumed)
            return try_charge_memcg_missed(memcg, gfp_mask, nr_pages);
        return 0;
    }

    // The point of consume_stock's unlock: an interrupt is pending.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int try_charge_memcg_point(mem_cgroup* memcg, gfp_t gfp_mask, uint nr_pages, bool consumed)
    {
        preempt_check_resched();
        return consumed ? 0 : try_charge_memcg_missed(memcg, gfp_mask, nr_pages);
    }

    // The rest of try_charge_memcg, out of line: 63 charges in 64 need nothing of it, nor the frame that it has.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    [MightSleepIf("gfp_mask")]
    private static int try_charge_memcg_missed(mem_cgroup* memcg, gfp_t gfp_mask, uint nr_pages)
    {
        uint batch = max(MEMCG_CHARGE_BATCH, nr_pages);
        int nr_retries = MAX_RECLAIM_RETRIES;
        mem_cgroup* mem_over_limit;
        page_counter* counter;
        ulong nr_reclaimed;
        bool passed_oom = false;
        uint reclaim_options = MEMCG_RECLAIM_MAY_SWAP;
        bool drained = false;
        bool raised_max_event = false;
        ulong pflags;
        bool allow_spinning = gfpflags_allow_spinning(gfp_mask);
        mem_cgroup* charged = memcg;
        uint trace = trace_charge_begin();

        goto missed;
    retry:
        bool consumed = consume_stock(memcg, nr_pages, __this_cpu);
        preempt_check_resched();
        if (consumed)
        {
            trace_charge_end(memcg, nr_pages, trace, charge_outcome.stock);
            return 0;
        }

    missed:
        // Where spinning is forbidden nothing can be put into the stock.
        if (!allow_spinning)
            batch = nr_pages;

        // do_memsw_account() is off: one counter.
        if (page_counter_try_charge(&memcg->memory, batch, &counter))
            goto done_restock;

        mem_over_limit = mem_cgroup_from_counter(counter, &((mem_cgroup*)nowhere)->memory);

        if (batch > nr_pages)
        {
            batch = nr_pages;
            goto retry;
        }

        // Reclaim that allocates must not reclaim again: it goes over the limit, and frees more than that.
        if ((current->flags & PF_MEMALLOC) != 0)
            goto force;

        if (task_in_memcg_oom(current))
            goto nomem;

        if (!gfpflags_allow_blocking(gfp_mask))
            goto nomem;

        __memcg_memory_event(mem_over_limit, MEMCG_MAX, allow_spinning);
        raised_max_event = true;
        trace |= CHARGE_RECLAIMED;

        psi_memstall_enter(&pflags);
        nr_reclaimed = try_to_free_mem_cgroup_pages(mem_over_limit, nr_pages,
            gfp_mask, reclaim_options, null);
        psi_memstall_leave(&pflags);

        if (mem_cgroup_margin(mem_over_limit) >= nr_pages)
            goto retry;

        if (!drained)
        {
            drain_all_stock(mem_over_limit);
            drained = true;
            goto retry;
        }

        if ((gfp_mask & __GFP_NORETRY) != 0)
            goto nomem;
        // Somebody else may have taken what was reclaimed. With small charges it is worth trying again as long as there
        // is progress at all, and such a try is not counted; a big one would loop for nothing.
        if (nr_reclaimed != 0 && nr_pages <= (1 << PAGE_ALLOC_COSTLY_ORDER))
            goto retry;

        if (nr_retries-- != 0)
            goto retry;

        if ((gfp_mask & __GFP_RETRY_MAYFAIL) != 0)
            goto nomem;

        // Out of memory once already, and dying: enough has been done for this task.
        if (passed_oom && task_is_dying())
            goto nomem;

        // The killer was called: start over and see whether it helped.
        if (mem_cgroup_oom(mem_over_limit, gfp_mask,
            get_order(nr_pages * PAGE_SIZE)))
        {
            passed_oom = true;
            trace |= CHARGE_KILLED;
            nr_retries = MAX_RECLAIM_RETRIES;
            goto retry;
        }
    nomem:
        // Must not fail, or is needed to free memory: over the limit it goes.
        if ((gfp_mask & (__GFP_NOFAIL | __GFP_HIGH)) == 0)
        {
            trace_charge_end(memcg, nr_pages, trace, charge_outcome.failed);
            return -ENOMEM;
        }
    force:
        // The limit is about to be passed: whoever watches is to know, if not told already.
        if (!raised_max_event)
            __memcg_memory_event(mem_over_limit, MEMCG_MAX, allow_spinning);

        // Not from the stock: the overage is brief, and the next charge meets it.
        page_counter_charge(&memcg->memory, nr_pages);
        trace_charge_end(memcg, nr_pages, trace, charge_outcome.forced);

        return 0;

    done_restock:
        if (batch > nr_pages)
            refill_stock(memcg, batch - nr_pages);

        // Above a high limit the charge is not refused: the debt is the task's to work off on its way back to user mode,
        // or a worker's when no task is at hand.
        do
        {
            bool mem_high, swap_high;

            mem_high = page_counter_read(&memcg->memory) >
                READ_ONCE(&memcg->memory.high);
            swap_high = page_counter_read(&memcg->swap) >
                READ_ONCE(&memcg->swap.high);

            // No penalty for whom an interrupt came upon.
            if (!in_task())
            {
                if (mem_high)
                {
                    trace |= CHARGE_OVER_HIGH;
                    schedule_work(&memcg->high_work);
                    break;
                }
                continue;
            }

            if (mem_high || swap_high)
            {
                trace |= CHARGE_OVER_HIGH;
                // The whole batch counts: the stock hands it out without looking here.
                current->memcg_nr_pages_over_high += batch;
                set_notify_resume(current);
                break;
            }
        } while ((memcg = parent_mem_cgroup(memcg)) != null);
        trace_charge_end(charged, nr_pages, trace, charge_outcome.counters);

        // A task that charges much in one system call is not let off until it returns.
        if (current->memcg_nr_pages_over_high > MEMCG_CHARGE_BATCH &&
            (current->flags & PF_MEMALLOC) == 0 &&
            gfpflags_allow_blocking(gfp_mask))
            __mem_cgroup_handle_over_high(gfp_mask);
        return 0;
    }

    [KernelSource(C, "try_charge", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MightSleepIf("gfp_mask")]
    private static int try_charge(mem_cgroup* memcg, gfp_t gfp_mask, uint nr_pages)
    {
        if (mem_cgroup_is_root(memcg))
            return 0;

        return try_charge_memcg(memcg, gfp_mask, nr_pages);
    }

    /// <summary>The folio becomes the group's. Until then nobody else may look at its memcg_data.</summary>
    [KernelSource(C, "commit_charge", Parity.Full)]
    [ConsumesRef("memcg")]
    private static void commit_charge(folio* folio, mem_cgroup* memcg)
    {
        VM_BUG_ON_FOLIO(folio_memcg_charged(folio), folio);
        // What keeps the two together from here on: the folio lock, isolation from the LRU, or an exclusive reference.
        folio->memcg_data = (ulong)memcg;
    }
}
