// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_find_h;
using static Linux.linux_list_h;

namespace Linux;

/// <summary>kernel/time/timer.c: expiry.</summary>
public static unsafe partial class kernel_time_timer_c
{
    [KernelSource("kernel/time/timer.c", "expire_timers", Parity.Full)]
    [MustHold("base->lock"), RequiresIrqsOff]
    [ContextUnsafe("handlers run with the lock dropped, and interrupts on", Rule = "KM0206")]
    private static void expire_timers(timer_base* @base, hlist_head* head)
    {
        while (!hlist_empty(head))
        {
            timer_list* timer = container_of<timer_list>(head->first, &((timer_list*)nowhere)->entry);
            @base->running_timer = timer;
            detach_timer(timer, true);
            delegate*<timer_list*, void> fn = timer->function;
            if (WARN_ON_ONCE(fn == null))
            {
                @base->running_timer = null;
                continue;
            }
            int count = preempt_count();
            host_lock.release(ref @base->@lock);
            if ((timer->flags & linux_timer_h.TIMER_IRQSAFE) != 0)
                fn(timer);
            else
            {
                local_irq_enable();
                fn(timer);
                local_irq_disable();
            }
            if (count != preempt_count())
                linux_bug_h.oops($"timer: preempt leak: {count:x8} -> {preempt_count():x8}", "expire_timers", "", 0);
            host_lock.acquire(ref @base->@lock);
            @base->running_timer = null;
        }
    }

    [KernelSource("kernel/time/timer.c", "collect_expired_timers", Parity.Full)]
    private static int collect_expired_timers(timer_base* @base, hlist_head* heads)
    {
        ulong clk = @base->clk = @base->next_expiry;
        int levels = 0;
        for (uint i = 0; i < LVL_DEPTH; i++)
        {
            uint idx = (uint)(clk & LVL_MASK) + i * LVL_SIZE;
            if (__test_and_clear_bit((int)idx, @base->pending_map))
            {
                hlist_move_list(timer_base.vectors(@base) + idx, heads++);
                levels++;
            }
            if ((clk & LVL_CLK_MASK) != 0)
                break;
            clk >>= LVL_CLK_SHIFT;
        }
        return levels;
    }

    [KernelSource("kernel/time/timer.c", "next_pending_bucket", Parity.Full)]
    private static int next_pending_bucket(timer_base* @base, uint offset, uint clk)
    {
        uint start = offset + clk;
        uint end = offset + LVL_SIZE;
        uint pos = (uint)find_next_bit(@base->pending_map, end, start);
        if (pos < end)
            return (int)(pos - start);
        pos = (uint)find_next_bit(@base->pending_map, start, offset);
        return pos < start ? (int)(pos + LVL_SIZE - start) : -1;
    }

    [KernelSource("kernel/time/timer.c", "timer_recalc_next_expiry", Parity.Full)]
    private static void timer_recalc_next_expiry(timer_base* @base)
    {
        uint offset = 0;
        ulong next = @base->clk + TIMER_NEXT_MAX_DELTA;
        ulong clk = @base->clk;
        for (int lvl = 0; lvl < LVL_DEPTH; lvl++, offset += LVL_SIZE)
        {
            int pos = next_pending_bucket(@base, offset, (uint)(clk & LVL_MASK));
            ulong lvl_clk = clk & LVL_CLK_MASK;
            if (pos >= 0)
            {
                ulong tmp = (clk + (ulong)pos) << LVL_SHIFT(lvl);
                if (time_before(tmp, next))
                    next = tmp;
                // Nothing in a coarser level can come before the next step of that level.
                if ((ulong)pos <= ((LVL_CLK_DIV - lvl_clk) & LVL_CLK_MASK))
                    break;
            }
            ulong adj = lvl_clk != 0 ? 1UL : 0;
            clk >>= LVL_CLK_SHIFT;
            clk += adj;
        }
        WRITE_ONCE(ref @base->next_expiry, next);
        @base->next_expiry_recalc = false;
        @base->timers_pending = next != @base->clk + TIMER_NEXT_MAX_DELTA;
    }

    [KernelSource("kernel/time/timer.c", "__run_timers", Parity.Full)]
    [MustHold("base->lock"), RequiresIrqsOff]
    private static void __run_timers(timer_base* @base)
    {
        hlist_head* heads = stackalloc hlist_head[LVL_DEPTH];
        if (@base->running_timer != null)
            return;
        while (time_after_eq(jiffies, @base->clk) && time_after_eq(jiffies, @base->next_expiry))
        {
            int levels = collect_expired_timers(@base, heads);
            WARN_ON_ONCE(levels == 0 && !@base->next_expiry_recalc && @base->timers_pending);
            // One ahead of jiffies, so that what re-arms itself is not run again at once.
            @base->clk++;
            timer_recalc_next_expiry(@base);
            while (levels-- != 0)
                expire_timers(@base, heads + levels);
        }
    }

    [KernelSource("kernel/time/timer.c", "__run_timer_base", Parity.Full)]
    private static void __run_timer_base(timer_base* @base)
    {
        if (time_before(jiffies, READ_ONCE(ref @base->next_expiry)))
            return;
        local_irq_disable();
        host_lock.acquire(ref @base->@lock);
        __run_timers(@base);
        host_lock.release(ref @base->@lock);
        local_irq_enable();
    }

    [KernelSource("kernel/time/timer.c", "run_timer_softirq", Parity.Full)]
    private static void run_timer_softirq()
    {
        __run_timer_base(timer_bases + smp_processor_id() * NR_BASES + BASE_LOCAL);
        __run_timer_base(timer_bases + smp_processor_id() * NR_BASES + BASE_DEF);
    }

    [KernelSource("kernel/time/timer.c", "run_local_timers", Parity.Full)]
    internal static void run_local_timers()
    {
        timer_base* @base = timer_bases + smp_processor_id() * NR_BASES;
        for (int i = 0; i < NR_BASES; i++, @base++)
        {
            if (time_after_eq(jiffies, READ_ONCE(ref @base->next_expiry)))
            {
                linux_interrupt_h.raise_softirq_irqoff(linux_interrupt_h.TIMER_SOFTIRQ);
                return;
            }
        }
    }

    /// <summary>When an idle CPU must wake for its wheel; deferrable timers do not count.</summary>
    internal static ulong next_expiry_ns(cpu* c)
    {
        timer_base* @base = timer_bases + c->number * NR_BASES + BASE_LOCAL;
        host_lock.acquire(ref @base->@lock);
        if (@base->next_expiry_recalc)
            timer_recalc_next_expiry(@base);
        ulong j = @base->next_expiry;
        bool pending = @base->timers_pending;
        host_lock.release(ref @base->@lock);
        return pending ? (j - INITIAL_JIFFIES) * (ulong)TICK_NSEC : ulong.MaxValue;
    }

    [KernelSource("kernel/time/timer.c", "timers_dead_cpu", Parity.Full)]
    public static int timers_dead_cpu(uint cpu)
    {
        for (int b = 0; b < NR_BASES; b++)
        {
            timer_base* old_base = timer_bases + cpu * NR_BASES + b;
            timer_base* new_base = timer_bases + smp_processor_id() * NR_BASES + b;
            local_irq_disable();
            host_lock.acquire(ref new_base->@lock);
            host_lock.acquire(ref old_base->@lock);
            forward_timer_base(new_base);
            WARN_ON_ONCE(old_base->running_timer != null);
            old_base->running_timer = null;
            for (uint i = 0; i < WHEEL_SIZE; i++)
            {
                hlist_head* head = timer_base.vectors(old_base) + i;
                while (!hlist_empty(head))
                {
                    timer_list* timer = container_of<timer_list>(head->first, &((timer_list*)nowhere)->entry);
                    detach_timer(timer, false);
                    timer->flags = (timer->flags & ~linux_timer_h.TIMER_BASEMASK) | new_base->cpu;
                    internal_add_timer(new_base, timer);
                }
                __clear_bit((int)i, old_base->pending_map);
            }
            old_base->next_expiry_recalc = true;
            host_lock.release(ref old_base->@lock);
            host_lock.release(ref new_base->@lock);
            local_irq_enable();
        }
        return 0;
    }
}
