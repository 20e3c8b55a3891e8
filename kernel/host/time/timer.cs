// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using static Linux.linux_bitops_h;
using static Linux.linux_find_h;
using static Linux.linux_list_h;

namespace Linux;

/// <summary>
/// The timer wheel of kernel/time/timer.c: nine levels of 64 buckets, each level eight times as coarse as the one before,
/// and no cascading: a timer far away expires as late as its level is coarse.
/// </summary>
public static unsafe class kernel_time_timer_c
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
    private static timer_base* lock_timer_base(timer_list* timer, out ulong flags)
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
        ulong clk = 0, bucket_expiry = 0, flags;
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
        timer_base* @base = lock_timer_base(timer, out ulong flags);
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
            timer_base* @base = lock_timer_base(timer, out ulong flags);
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
        timer_base* @base = lock_timer_base(timer, out ulong flags);
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

public static unsafe class linux_timer_h
{
    public const uint TIMER_CPUMASK = 0x0003FFFF;
    public const uint TIMER_MIGRATING = 0x00040000;
    public const uint TIMER_BASEMASK = TIMER_CPUMASK | TIMER_MIGRATING;
    public const uint TIMER_DEFERRABLE = 0x00080000;
    public const uint TIMER_PINNED = 0x00100000;
    public const uint TIMER_IRQSAFE = 0x00200000;
    public const uint TIMER_INIT_FLAGS = TIMER_DEFERRABLE | TIMER_PINNED | TIMER_IRQSAFE;
    public const int TIMER_ARRAYSHIFT = 22;
    public const uint TIMER_ARRAYMASK = 0xFFC00000;

    [KernelSource("include/linux/timer.h", "timer_setup", Parity.Full)]
    public static void timer_setup(timer_list* timer, delegate*<timer_list*, void> callback, uint flags)
    {
        timer->entry.pprev = null;
        timer->entry.next = null;
        timer->function = callback;
        // Before the first CPU is there, on that one.
        timer->flags = flags | (__this_cpu == null ? 0 : (uint)raw_smp_processor_id());
    }

    [KernelSource("include/linux/timer.h", "timer_setup_on_stack", Parity.Full)]
    public static void timer_setup_on_stack(timer_list* timer, delegate*<timer_list*, void> callback, uint flags) => timer_setup(timer, callback, flags);

    [KernelSource("include/linux/timer.h", "timer_pending", Parity.Full)]
    public static bool timer_pending(timer_list* timer) => READ_ONCE((nint*)&timer->entry.pprev) != 0;

    [KernelSource("kernel/time/timer.c", "mod_timer", Parity.Full)]
    public static int mod_timer(timer_list* timer, ulong expires) => kernel_time_timer_c.__mod_timer(timer, expires, 0);

    [KernelSource("kernel/time/timer.c", "mod_timer_pending", Parity.Full)]
    public static int mod_timer_pending(timer_list* timer, ulong expires) => kernel_time_timer_c.__mod_timer(timer, expires, 1);

    [KernelSource("kernel/time/timer.c", "timer_reduce", Parity.Full)]
    public static int timer_reduce(timer_list* timer, ulong expires) => kernel_time_timer_c.__mod_timer(timer, expires, 2);

    [KernelSource("kernel/time/timer.c", "add_timer", Parity.Full)]
    public static void add_timer(timer_list* timer)
    {
        if (WARN_ON_ONCE(timer_pending(timer)))
            return;
        kernel_time_timer_c.__mod_timer(timer, timer->expires, 4);
    }


    [KernelSource("kernel/time/timer.c", "timer_delete", Parity.Full)]
    public static int timer_delete(timer_list* timer) => kernel_time_timer_c.__timer_delete(timer, false);

    [KernelSource("kernel/time/timer.c", "timer_delete_sync", Parity.Full)]
    public static int timer_delete_sync(timer_list* timer) => kernel_time_timer_c.__timer_delete_sync(timer, false);

    [KernelSource("kernel/time/timer.c", "timer_shutdown_sync", Parity.Full)]
    public static int timer_shutdown_sync(timer_list* timer) => kernel_time_timer_c.__timer_delete_sync(timer, true);

    [KernelSource("kernel/time/timer.c", "round_jiffies_common", Parity.Full)]
    private static ulong round_jiffies_common(ulong j, int cpu, bool force_up)
    {
        ulong original = j;
        // CPUs are put three jiffies apart, so that they do not all wake at once.
        j += (ulong)cpu * 3;
        ulong rem = j % HZ;
        if (rem < HZ / 4 && !force_up)
            j -= rem;
        else
            j = j - rem + HZ;
        j -= (ulong)cpu * 3;
        return time_is_after_jiffies(j) ? j : original;
    }

    [KernelSource("kernel/time/timer.c", "round_jiffies", Parity.Full)]
    public static ulong round_jiffies(ulong j) => round_jiffies_common(j, raw_smp_processor_id(), false);

    [KernelSource("kernel/time/timer.c", "round_jiffies_relative", Parity.Full)]
    public static ulong round_jiffies_relative(ulong j)
    {
        ulong j0 = jiffies;
        return round_jiffies_common(j + j0, raw_smp_processor_id(), false) - j0;
    }

    [KernelSource("kernel/time/timer.c", "round_jiffies_up_relative", Parity.Full)]
    public static ulong round_jiffies_up_relative(ulong j)
    {
        ulong j0 = jiffies;
        return round_jiffies_common(j + j0, raw_smp_processor_id(), true) - j0;
    }

    private struct process_timer
    {
        public timer_list timer;
        public task_struct* task;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "process_timeout", Parity.Full)]
    private static void process_timeout(timer_list* t) => wake_up_process(container_of<process_timer>(t, &((process_timer*)nowhere)->timer)->task);

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout(long timeout)
    {
        if (timeout == MAX_SCHEDULE_TIMEOUT)
        {
            schedule();
            return timeout;
        }
        if (timeout < 0)
        {
            pr_err($"schedule_timeout: wrong timeout value {timeout:x}");
            __set_current_state(TASK_RUNNING);
            return 0;
        }
        process_timer timer;
        ulong expire = (ulong)timeout + jiffies;
        timer.task = current;
        timer_setup_on_stack(&timer.timer, &process_timeout, 0);
        timer.timer.expires = expire;
        add_timer(&timer.timer);
        schedule();
        timer_delete_sync(&timer.timer);
        timeout = (long)(expire - jiffies);
        return timeout < 0 ? 0 : timeout;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_interruptible", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_interruptible(long timeout)
    {
        __set_current_state(TASK_INTERRUPTIBLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_killable", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_killable(long timeout)
    {
        __set_current_state(TASK_KILLABLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_uninterruptible", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_uninterruptible(long timeout)
    {
        __set_current_state(TASK_UNINTERRUPTIBLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_idle", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_idle(long timeout)
    {
        __set_current_state(TASK_IDLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "msleep", Parity.Full)]
    [MightSleep]
    public static void msleep(uint msecs)
    {
        ulong timeout = msecs_to_jiffies(msecs);
        while (timeout != 0)
            timeout = (ulong)schedule_timeout_uninterruptible((long)timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "msleep_interruptible", Parity.Full)]
    public static ulong msleep_interruptible(uint msecs)
    {
        ulong timeout = msecs_to_jiffies(msecs);
        while (timeout != 0 && !linux_sched_signal_h.signal_pending(current))
            timeout = (ulong)schedule_timeout_interruptible((long)timeout);
        return jiffies_to_msecs(timeout);
    }

    private struct hrtimer_sleeper
    {
        public hrtimer timer;
        public task_struct* task;
    }

    private static int hrtimer_wakeup(hrtimer* timer)
    {
        hrtimer_sleeper* t = container_of<hrtimer_sleeper>(timer, &((hrtimer_sleeper*)nowhere)->timer);
        task_struct* task = t->task;
        WRITE_ONCE(&t->task, null);
        if (task != null)
            wake_up_process(task);
        return linux_hrtimer_h.HRTIMER_NORESTART;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_hrtimeout_range", Parity.Reduced, "no slack: it expires when it is due")]
    [MightSleep]
    public static int schedule_hrtimeout_range(ktime_t* expires, ulong delta, int mode)
    {
        if (expires != null && *expires == 0)
        {
            __set_current_state(TASK_RUNNING);
            return 0;
        }
        if (expires == null)
        {
            schedule();
            return -EINTR;
        }
        hrtimer_sleeper t;
        linux_hrtimer_h.hrtimer_setup(&t.timer, &hrtimer_wakeup, linux_hrtimer_h.CLOCK_MONOTONIC, mode);
        t.task = current;
        linux_hrtimer_h.hrtimer_start(&t.timer, *expires, mode);
        if (READ_ONCE(&t.task) != null)
            schedule();
        linux_hrtimer_h.hrtimer_cancel(&t.timer);
        __set_current_state(TASK_RUNNING);
        return t.task == null ? 0 : -EINTR;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "usleep_range_state", Parity.Full)]
    [MightSleep]
    public static void usleep_range_state(ulong min, ulong max, uint state)
    {
        ktime_t exp = (ktime_t)sched_host.now() + (ktime_t)min * NSEC_PER_USEC;
        for (; ; )
        {
            __set_current_state(state);
            if (schedule_hrtimeout_range(&exp, (max - min) * NSEC_PER_USEC, linux_hrtimer_h.HRTIMER_MODE_ABS) == 0)
                break;
        }
    }

    [KernelSource("include/linux/delay.h", "usleep_range", Parity.Full)]
    [MightSleep]
    public static void usleep_range(ulong min, ulong max) => usleep_range_state(min, max, TASK_UNINTERRUPTIBLE);

    [KernelSource("include/asm-generic/delay.h", "udelay", Parity.Full)]
    public static void udelay(ulong usecs)
    {
        ulong end = sched_host.now() + usecs * NSEC_PER_USEC;
        if (sched_host.deterministic)
            linux_ktime_h.spend_ns(usecs * NSEC_PER_USEC);
        while (sched_host.now() < end)
            linux_smp_h.cpu_relax();
    }
}
