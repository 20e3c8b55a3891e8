// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// The trace points of charging: who acted, who was charged, reclaimed, throttled or killed. They are there only in a
/// process with the knob memcg.trace=1; without it each is a constant, and costs nothing.
/// </summary>
public static unsafe class memcg_trace
{
    /// <summary>How a charge that is under way went so far, in the word that try_charge_memcg() carries.</summary>
    public const uint CHARGE_RECLAIMED = 1 << 16;

    /// <summary>The OOM killer was called for it.</summary>
    public const uint CHARGE_KILLED = 1 << 17;

    /// <summary>A level is over its memory.high or swap.high.</summary>
    public const uint CHARGE_OVER_HIGH = 1 << 18;

    private const int TARGET_SHIFT = 8;

    // What the next charge of this thread is for: set where that is known, taken where the pages are charged.
    [ThreadStatic]
    private static uint s_next;

    [ThreadStatic]
    private static bool s_page_owner;

    /// <summary>Takes each event, in the order in which they happen on the thread that acts; stays across machines.</summary>
    public static event Action<memcg_event>? sink;

    /// <summary>A folio is charged to an mm, or without one to the active or the current task's group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_charge_folio(folio* folio, mm_struct* mm)
    {
        if (linux_knobs.memcg_trace)
            next(folio_test_swapbacked(folio) ? charge_kind.shmem : mm == null ? charge_kind.file : charge_kind.anon, without_owner(mm));
    }

    /// <summary>A folio is read from swap: was the group found that was recorded for it?</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_charge_swapin(mem_cgroup* memcg, ushort id, mm_struct* mm)
    {
        if (linux_knobs.memcg_trace)
            next(charge_kind.swapin, id != 0 && mem_cgroup_id(memcg) == id ? charge_target.recorded_owner : without_owner(mm));
    }

    /// <summary>Pages for the kernel's own objects.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_charge_kernel()
    {
        if (linux_knobs.memcg_trace)
            next(charge_kind.kernel, without_owner(null));
    }

    /// <summary>Pages for a socket's buffers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_charge_socket()
    {
        if (linux_knobs.memcg_trace)
            next(charge_kind.socket, charge_target.socket);
    }

    /// <summary>Who pays is, until the scope ends, the group of the page that the memory is for; what was said before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool trace_page_owner(bool scope)
    {
        if (!linux_knobs.memcg_trace)
            return false;

        bool outer = s_page_owner;
        s_page_owner = scope;
        return outer;
    }

    /// <summary>A charge begins. The word goes through it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint trace_charge_begin()
    {
        if (!linux_knobs.memcg_trace)
            return 0;

        uint charge = s_next;
        s_next = 0;
        return charge;
    }

    /// <summary>A charge ends. After a kill, or else reclaim, that is what it is remembered for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_charge_end(mem_cgroup* memcg, uint nr_pages, uint charge, charge_outcome outcome)
    {
        if (linux_knobs.memcg_trace)
            emit(memcg, nr_pages, charge, outcome);
    }

    /// <summary>A group was reclaimed from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_mm_vmscan_memcg_reclaim_end(mem_cgroup* memcg, ulong wanted, ulong nr_reclaimed)
    {
        if (linux_knobs.memcg_trace)
            sink?.Invoke(new reclaim_event(actor(), path(memcg), wanted, nr_reclaimed));
    }

    /// <summary>The current task sleeps for its group's overage.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_memcg_high_delay(mem_cgroup* memcg, ulong penalty_jiffies)
    {
        if (linux_knobs.memcg_trace)
            sink?.Invoke(new throttle_event(actor(), path(memcg), penalty_jiffies * (NSEC_PER_SEC / HZ)));
    }

    /// <summary>The OOM killer has a victim.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void trace_mark_victim(task_struct* victim)
    {
        if (linux_knobs.memcg_trace)
            sink?.Invoke(new kill_event(actor(), path(mem_cgroup_from_task(victim)), comm_of(victim), task_pid_nr(victim)));
    }

    private static void next(charge_kind kind, charge_target target) => s_next = (uint)kind | ((uint)target << TARGET_SHIFT);

    private static charge_target without_owner(mm_struct* mm)
    {
        if (mm != null)
            return charge_target.mm;

        if (!in_task())
            return this_cpu_read(mm_memcontrol_c.int_active_memcg) != null ? charge_target.active : charge_target.current;
        if (s_page_owner)
            return charge_target.page_owner;
        return current->active_memcg != null ? charge_target.active : charge_target.current;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void emit(mem_cgroup* memcg, uint nr_pages, uint charge, charge_outcome outcome)
    {
        if (outcome is not (charge_outcome.failed or charge_outcome.forced))
        {
            if ((charge & CHARGE_KILLED) != 0)
                outcome = charge_outcome.oom;
            else if ((charge & CHARGE_RECLAIMED) != 0)
                outcome = charge_outcome.reclaim;
            else if ((charge & CHARGE_OVER_HIGH) != 0)
                outcome = charge_outcome.high;
        }

        var kind = (charge_kind)(charge & 0xff);
        var target = (charge_target)((charge >> TARGET_SHIFT) & 0xff);
        sink?.Invoke(new charge_event(actor(), path(memcg), kind, target, nr_pages, outcome));
    }

    private static memcg_actor actor()
    {
        string context = in_hardirq() ? "hardirq"
            : !in_task() ? "softirq"
            : (current->flags & PF_KTHREAD) != 0 ? "kthread"
            : "task";
        if (in_task() && (current->flags & PF_MEMALLOC) != 0)
            context += " reclaim";
        return new memcg_actor(
            machine.now, raw_smp_processor_id(), comm_of(current), task_pid_nr(current), context, path(mem_cgroup_from_task(current)));
    }

    /// <summary>The group's path. A removed group keeps the names it had; no lock is taken, as groups are not renamed.</summary>
    private static string path(mem_cgroup* memcg)
    {
        string path = "";
        for (kernfs_node* kn = memcg->css.cgroup->kn; rcu_access_pointer(&kn->__parent) != null; kn = rcu_dereference_raw(&kn->__parent))
            path = Marshal.PtrToStringUTF8((nint)rcu_dereference_raw(&kn->name)) + (path.Length == 0 ? "" : "/" + path);
        return path.Length == 0 ? "/" : path;
    }
}
