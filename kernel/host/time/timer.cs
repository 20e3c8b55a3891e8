// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;

namespace Linux;

/// <summary>
/// The timer wheel of kernel/time/timer.c: nine levels of 64 buckets, each level eight times as coarse as the one before,
/// and no cascading: a timer far away expires as late as its level is coarse.
/// </summary>
public static unsafe partial class kernel_time_timer_c
{
    private const int LVL_CLK_SHIFT = 3;
    private const ulong LVL_CLK_DIV = 1UL << LVL_CLK_SHIFT;
    private const ulong LVL_CLK_MASK = LVL_CLK_DIV - 1;
    private const int LVL_BITS = 6;
    private const uint LVL_SIZE = 1u << LVL_BITS;
    private const ulong LVL_MASK = LVL_SIZE - 1;
    private const int LVL_DEPTH = 9;
    private const int WHEEL_SIZE = (int)LVL_SIZE * LVL_DEPTH;
    private const ulong TIMER_NEXT_MAX_DELTA = (1UL << 30) - 1;

    private const int BASE_LOCAL = 0;
    private const int BASE_DEF = 1;
    private const int NR_BASES = 2;

    private const uint MOD_TIMER_PENDING_ONLY = 0x01;
    private const uint MOD_TIMER_REDUCE = 0x02;
    private const uint MOD_TIMER_NOTPENDING = 0x04;

    private struct timer_base
    {
        [LockClass("timer_base.lock", Kind = LockKind.RawSpin)]
        public int @lock;
        public timer_list* running_timer;
        public ulong clk;
        public ulong next_expiry;
        public uint cpu;
        public bool next_expiry_recalc;
        public bool timers_pending;
        public fixed ulong pending_map[WHEEL_SIZE / 64];
        public fixed ulong vectors_[WHEEL_SIZE];

        public static hlist_head* vectors(timer_base* b) => (hlist_head*)b->vectors_;
    }

    private static readonly timer_base* timer_bases = bss<timer_base>(CONFIG_NR_CPUS * NR_BASES);

    private static int LVL_SHIFT(int n) => n * LVL_CLK_SHIFT;

    private static ulong LVL_GRAN(int n) => 1UL << LVL_SHIFT(n);

    private static ulong LVL_START(int n) => (LVL_SIZE - 1UL) << ((n - 1) * LVL_CLK_SHIFT);

    private static ulong WHEEL_TIMEOUT_CUTOFF => LVL_START(LVL_DEPTH);

    private static ulong WHEEL_TIMEOUT_MAX => WHEEL_TIMEOUT_CUTOFF - LVL_GRAN(LVL_DEPTH - 1);

    [KernelSource("kernel/time/timer.c", "timers_init", Parity.Reduced, "global and local timers share a base, as there is no timer migration hierarchy")]
    internal static void timers_init()
    {
        for (int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++)
            timers_prepare_cpu((uint)cpu);
        linux_interrupt_h.open_softirq(linux_interrupt_h.TIMER_SOFTIRQ, &run_timer_softirq);
    }

    [KernelSource("kernel/time/timer.c", "timers_prepare_cpu", Parity.Full)]
    public static int timers_prepare_cpu(uint cpu)
    {
        for (int b = 0; b < NR_BASES; b++)
        {
            timer_base* @base = timer_bases + cpu * NR_BASES + b;
            @base->cpu = cpu;
            @base->clk = jiffies;
            @base->next_expiry = @base->clk + TIMER_NEXT_MAX_DELTA;
            @base->next_expiry_recalc = false;
            @base->timers_pending = false;
        }
        return 0;
    }

    [KernelSource("kernel/time/timer.c", "calc_index", Parity.Full)]
    private static uint calc_index(ulong expires, int lvl, ulong* bucket_expiry)
    {
        // Rounded up to the level's grain: a timer never expires early.
        expires = (expires >> LVL_SHIFT(lvl)) + 1;
        *bucket_expiry = expires << LVL_SHIFT(lvl);
        return (uint)lvl * LVL_SIZE + (uint)(expires & LVL_MASK);
    }

    [KernelSource("kernel/time/timer.c", "calc_wheel_index", Parity.Full)]
    private static uint calc_wheel_index(ulong expires, ulong clk, ulong* bucket_expiry)
    {
        ulong delta = expires - clk;
        for (int lvl = 1; lvl < LVL_DEPTH; lvl++)
        {
            if (delta < LVL_START(lvl))
                return calc_index(expires, lvl - 1, bucket_expiry);
        }
        if ((long)delta < 0)
        {
            *bucket_expiry = clk;
            return (uint)(clk & LVL_MASK);
        }
        if (delta >= WHEEL_TIMEOUT_CUTOFF)
            expires = clk + WHEEL_TIMEOUT_MAX;
        return calc_index(expires, LVL_DEPTH - 1, bucket_expiry);
    }

    private static uint timer_get_idx(timer_list* timer) => (timer->flags & linux_timer_h.TIMER_ARRAYMASK) >> linux_timer_h.TIMER_ARRAYSHIFT;

    private static void timer_set_idx(timer_list* timer, uint idx) =>
        timer->flags = (timer->flags & ~linux_timer_h.TIMER_ARRAYMASK) | (idx << linux_timer_h.TIMER_ARRAYSHIFT);

    [KernelSource("kernel/time/timer.c", "enqueue_timer", Parity.Full)]
    private static void enqueue_timer(timer_base* @base, timer_list* timer, uint idx, ulong bucket_expiry)
    {
        hlist_add_head(&timer->entry, timer_base.vectors(@base) + idx);
        __set_bit((int)idx, @base->pending_map);
        timer_set_idx(timer, idx);
        if (time_before(bucket_expiry, @base->next_expiry))
        {
            WRITE_ONCE(ref @base->next_expiry, bucket_expiry);
            @base->timers_pending = true;
            @base->next_expiry_recalc = false;
            trigger_dyntick_cpu(@base, timer);
        }
    }

    /// <summary>An idle CPU looks at its wheel again; a busy one does at its next tick.</summary>
    [KernelSource("kernel/time/timer.c", "trigger_dyntick_cpu", Parity.Full)]
    private static void trigger_dyntick_cpu(timer_base* @base, timer_list* timer)
    {
        if ((timer->flags & linux_timer_h.TIMER_DEFERRABLE) != 0)
            return;
        if (!sched_host.deterministic)
            sched_host.clock_changed();
    }

    [KernelSource("kernel/time/timer.c", "internal_add_timer", Parity.Full)]
    private static void internal_add_timer(timer_base* @base, timer_list* timer)
    {
        ulong bucket_expiry;
        uint idx = calc_wheel_index(timer->expires, @base->clk, &bucket_expiry);
        enqueue_timer(@base, timer, idx, bucket_expiry);
    }

    [KernelSource("kernel/time/timer.c", "detach_timer", Parity.Full)]
    private static void detach_timer(timer_list* timer, bool clear_pending)
    {
        hlist_node* entry = &timer->entry;
        __hlist_del(entry);
        if (clear_pending)
            entry->pprev = null;
        entry->next = (hlist_node*)LIST_POISON2;
    }

    [KernelSource("kernel/time/timer.c", "detach_if_pending", Parity.Full)]
    private static int detach_if_pending(timer_list* timer, timer_base* @base, bool clear_pending)
    {
        uint idx = timer_get_idx(timer);
        if (!linux_timer_h.timer_pending(timer))
            return 0;
        if (hlist_is_singular_node(&timer->entry, timer_base.vectors(@base) + idx))
        {
            __clear_bit((int)idx, @base->pending_map);
            @base->next_expiry_recalc = true;
        }
        detach_timer(timer, clear_pending);
        return 1;
    }

    private static timer_base* get_timer_cpu_base(uint tflags, uint cpu) =>
        timer_bases + cpu * NR_BASES + ((tflags & linux_timer_h.TIMER_DEFERRABLE) != 0 ? BASE_DEF : BASE_LOCAL);

    [KernelSource("kernel/time/timer.c", "__forward_timer_base", Parity.Full)]
    private static void forward_timer_base(timer_base* @base)
    {
        ulong basej = jiffies;
        if (time_before_eq(basej, @base->clk))
            return;
        if (time_after(@base->next_expiry, basej))
            @base->clk = basej;
        else
        {
            if (WARN_ON_ONCE(time_before(@base->next_expiry, @base->clk)))
                return;
            @base->clk = @base->next_expiry;
        }
    }

    [KernelSource("kernel/time/timer.c", "lock_timer_base", Parity.Full)]
    [AcquiresReturn("lock"), IrqSave("flags")]
    private static timer_base* lock_timer_base(timer_list* timer, out IrqFlags flags)
    {
        for (; ; )
        {
            uint tf = READ_ONCE(&timer->flags);
            if ((tf & linux_timer_h.TIMER_MIGRATING) == 0)
            {
                timer_base* @base = get_timer_cpu_base(tf, tf & linux_timer_h.TIMER_CPUMASK);
                local_irq_save(out flags);
                host_lock.acquire(ref @base->@lock);
                if (READ_ONCE(&timer->flags) == tf)
                    return @base;
                host_lock.release(ref @base->@lock);
                local_irq_restore(flags);
            }
            linux_smp_h.cpu_relax();
        }
    }

    [KernelSource("kernel/time/timer.c", "__mod_timer", Parity.Full)]
    internal static int __mod_timer(timer_list* timer, ulong expires, uint options)
    {
        ulong clk = 0, bucket_expiry = 0;
        IrqFlags flags;
        timer_base* @base;
        uint idx = UINT_MAX;
        int ret = 0;

        if ((options & MOD_TIMER_NOTPENDING) == 0 && linux_timer_h.timer_pending(timer))
        {
            // The same moment, or the same bucket: nothing moves.
            long diff = (long)(timer->expires - expires);
            if (diff == 0)
                return 1;
            if ((options & MOD_TIMER_REDUCE) != 0 && diff <= 0)
                return 1;
            @base = lock_timer_base(timer, out flags);
            if (timer->function == null)
                goto out_unlock;
            forward_timer_base(@base);
            if (linux_timer_h.timer_pending(timer) && (options & MOD_TIMER_REDUCE) != 0 && time_before_eq(timer->expires, expires))
            {
                ret = 1;
                goto out_unlock;
            }
            clk = @base->clk;
            idx = calc_wheel_index(expires, clk, &bucket_expiry);
            if (idx == timer_get_idx(timer))
            {
                if ((options & MOD_TIMER_REDUCE) == 0)
                    timer->expires = expires;
                else if (time_after(timer->expires, expires))
                    timer->expires = expires;
                ret = 1;
                goto out_unlock;
            }
        }
        else
        {
            @base = lock_timer_base(timer, out flags);
            if (timer->function == null)
                goto out_unlock;
            forward_timer_base(@base);
        }

        ret = detach_if_pending(timer, @base, false);
        if (ret == 0 && (options & MOD_TIMER_PENDING_ONLY) != 0)
            goto out_unlock;

        timer_base* new_base = get_timer_cpu_base(timer->flags, (uint)smp_processor_id());
        if (@base != new_base)
        {
            // A timer whose function runs stays where it is, or timer_delete_sync() would not see that.
            if (@base->running_timer != timer)
            {
                timer->flags |= linux_timer_h.TIMER_MIGRATING;
                host_lock.release(ref @base->@lock);
                @base = new_base;
                host_lock.acquire(ref @base->@lock);
                WRITE_ONCE(&timer->flags, (timer->flags & ~linux_timer_h.TIMER_BASEMASK) | @base->cpu);
                forward_timer_base(@base);
            }
        }
        timer->expires = expires;
        if (idx != UINT_MAX && clk == @base->clk)
            enqueue_timer(@base, timer, idx, bucket_expiry);
        else
            internal_add_timer(@base, timer);
    out_unlock:
        host_lock.release(ref @base->@lock);
        local_irq_restore(flags);
        return ret;
    }

    [KernelSource("kernel/time/timer.c", "add_timer_on", Parity.Full)]
    public static void add_timer_on(timer_list* timer, int cpu)
    {
        if (WARN_ON_ONCE(linux_timer_h.timer_pending(timer)))
            return;
        timer->flags |= linux_timer_h.TIMER_PINNED;
        timer_base* new_base = get_timer_cpu_base(timer->flags, (uint)cpu);
        timer_base* @base = lock_timer_base(timer, out IrqFlags flags);
        if (timer->function == null)
            goto out_unlock;
        if (@base != new_base)
        {
            timer->flags |= linux_timer_h.TIMER_MIGRATING;
            host_lock.release(ref @base->@lock);
            @base = new_base;
            host_lock.acquire(ref @base->@lock);
            WRITE_ONCE(&timer->flags, (timer->flags & ~linux_timer_h.TIMER_BASEMASK) | (uint)cpu);
        }
        forward_timer_base(@base);
        internal_add_timer(@base, timer);
    out_unlock:
        host_lock.release(ref @base->@lock);
        local_irq_restore(flags);
        sched_host.kick(sched_host.cpu_of(cpu));
    }

    [KernelSource("kernel/time/timer.c", "__timer_delete", Parity.Full)]
    internal static int __timer_delete(timer_list* timer, bool shutdown)
    {
        int ret = 0;
        if (linux_timer_h.timer_pending(timer) || shutdown)
        {
            timer_base* @base = lock_timer_base(timer, out IrqFlags flags);
            ret = detach_if_pending(timer, @base, true);
            if (shutdown)
                timer->function = null;
            host_lock.release(ref @base->@lock);
            local_irq_restore(flags);
        }
        return ret;
    }

    [KernelSource("kernel/time/timer.c", "__try_to_del_timer_sync", Parity.Full)]
    internal static int __try_to_del_timer_sync(timer_list* timer, bool shutdown)
    {
        int ret = -1;
        timer_base* @base = lock_timer_base(timer, out IrqFlags flags);
        if (@base->running_timer != timer)
        {
            ret = detach_if_pending(timer, @base, true);
            if (shutdown)
                timer->function = null;
        }
        host_lock.release(ref @base->@lock);
        local_irq_restore(flags);
        return ret;
    }

    [KernelSource("kernel/time/timer.c", "__timer_delete_sync", Parity.Full)]
    internal static int __timer_delete_sync(timer_list* timer, bool shutdown)
    {
        int ret;
        WARN_ON(in_hardirq() && (timer->flags & linux_timer_h.TIMER_IRQSAFE) == 0);
        do
        {
            ret = __try_to_del_timer_sync(timer, shutdown);
            if (ret < 0)
                linux_smp_h.cpu_relax();
        } while (ret < 0);
        return ret;
    }
}
