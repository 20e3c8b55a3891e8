// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>High-resolution timers: a heap for each CPU, whose first one sets the CPU's next interrupt.</summary>
public static unsafe partial class linux_hrtimer_h
{
    public const int HRTIMER_NORESTART = 0;
    public const int HRTIMER_RESTART = 1;
    public const int HRTIMER_MODE_ABS = 0;
    public const int HRTIMER_MODE_REL = 1;
    public const int HRTIMER_MODE_PINNED = 2;
    public const int HRTIMER_MODE_ABS_PINNED = HRTIMER_MODE_ABS | HRTIMER_MODE_PINNED;
    public const int HRTIMER_MODE_REL_PINNED = HRTIMER_MODE_REL | HRTIMER_MODE_PINNED;
    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_MONOTONIC = 1;
    public const int CLOCK_BOOTTIME = 7;

    private static ulong next_seq;

    [KernelSource("kernel/time/hrtimer.c", "hrtimer_setup", Parity.Reduced, "one clock: the monotonic one")]
    public static void hrtimer_setup(hrtimer* timer, delegate*<hrtimer*, int> function, int clock_id, int mode)
    {
        *timer = default;
        timer->function = function;
        timer->index = -1;
        timer->cpu = raw_smp_processor_id();
    }

    [KernelSource("include/linux/hrtimer.h", "hrtimer_start", Parity.Full)]
    public static void hrtimer_start(hrtimer* timer, ktime_t tim, int mode)
    {
        local_irq_save(out IrqFlags flags);
        cpu* c = lock_base(timer);
        if (timer->index >= 0)
            remove(c, timer);
        host_lock.release(ref c->timer_lock);
        c = __this_cpu;
        host_lock.acquire(ref c->timer_lock);
        timer->cpu = c->number;
        timer->expires = (mode & HRTIMER_MODE_REL) != 0 ? tim + (ktime_t)sched_host.now() : tim;
        insert(c, timer);
        host_lock.release(ref c->timer_lock);
        armed(c, (ulong)timer->expires);
        local_irq_restore(flags);
    }

    [KernelSource("kernel/time/hrtimer.c", "hrtimer_try_to_cancel", Parity.Full)]
    public static int hrtimer_try_to_cancel(hrtimer* timer)
    {
        local_irq_save(out IrqFlags flags);
        int ret = -1;
        cpu* c = lock_base(timer);
        if (c->running_hrtimer != timer)
        {
            ret = timer->index >= 0 ? 1 : 0;
            if (ret != 0)
                remove(c, timer);
        }
        host_lock.release(ref c->timer_lock);
        local_irq_restore(flags);
        return ret;
    }

    [KernelSource("kernel/time/hrtimer.c", "hrtimer_cancel", Parity.Full)]
    public static int hrtimer_cancel(hrtimer* timer)
    {
        int ret;
        do
        {
            ret = hrtimer_try_to_cancel(timer);
            if (ret < 0)
                linux_smp_h.cpu_relax();
        } while (ret < 0);
        return ret;
    }

    [KernelSource("kernel/time/hrtimer.c", "hrtimer_active", Parity.Full)]
    public static bool hrtimer_active(hrtimer* timer) => timer->index >= 0 || sched_host.cpu_of(timer->cpu)->running_hrtimer == timer;

    [KernelSource("kernel/time/hrtimer.c", "hrtimer_forward", Parity.Full)]
    public static ulong hrtimer_forward(hrtimer* timer, ktime_t now, ktime_t interval)
    {
        if (now < timer->expires)
            return 0;
        ulong overruns = (ulong)((now - timer->expires) / interval) + 1;
        timer->expires += (ktime_t)overruns * interval;
        return overruns;
    }

    [KernelSource("include/linux/hrtimer.h", "hrtimer_forward_now", Parity.Full)]
    public static ulong hrtimer_forward_now(hrtimer* timer, ktime_t interval) => hrtimer_forward(timer, (ktime_t)sched_host.now(), interval);

    internal static ulong next_expiry(cpu* c)
    {
        if (Volatile.Read(ref c->heap_count) == 0)
            return ulong.MaxValue;
        host_lock.acquire(ref c->timer_lock);
        ulong e = c->heap_count != 0 ? (ulong)c->heap[0]->expires : ulong.MaxValue;
        host_lock.release(ref c->timer_lock);
        return e;
    }

    internal static void hrtimer_interrupt(cpu* c)
    {
        host_lock.acquire(ref c->timer_lock);
        while (c->heap_count != 0 && (ulong)c->heap[0]->expires <= sched_host.now())
        {
            hrtimer* t = c->heap[0];
            remove(c, t);
            c->running_hrtimer = t;
            host_lock.release(ref c->timer_lock);
            int restart = t->function(t);
            host_lock.acquire(ref c->timer_lock);
            if (restart != HRTIMER_NORESTART && t->index < 0)
                insert(c, t);
            c->running_hrtimer = null;
        }
        host_lock.release(ref c->timer_lock);
    }

    /// <summary>A timer of this CPU expires then: whoever keeps the time must know.</summary>
    internal static void armed(cpu* c, ulong expires)
    {
        if (sched_host.deterministic)
        {
            if (c == __this_cpu && expires < c->horizon)
                c->horizon = expires;
        }
        else
            sched_host.clock_changed();
    }

    internal static void free_heap(cpu* c)
    {
        NativeMemory.Free(c->heap);
        c->heap = null;
        c->heap_count = c->heap_capacity = 0;
    }

    [AcquiresReturn("timer_lock")]
    private static cpu* lock_base(hrtimer* timer)
    {
        for (; ; )
        {
            cpu* c = sched_host.cpu_of(Volatile.Read(ref timer->cpu));
            host_lock.acquire(ref c->timer_lock);
            if (c->number == timer->cpu)
                return c;
            host_lock.release(ref c->timer_lock);
        }
    }

    private static bool before(hrtimer* a, hrtimer* b) => a->expires != b->expires ? a->expires < b->expires : a->seq < b->seq;

    private static void insert(cpu* c, hrtimer* t)
    {
        if (c->heap_count == c->heap_capacity)
        {
            c->heap_capacity = Math.Max(16, c->heap_capacity * 2);
            c->heap = (hrtimer**)NativeMemory.Realloc(c->heap, (nuint)c->heap_capacity * (nuint)sizeof(hrtimer*));
        }
        t->seq = Interlocked.Increment(ref next_seq);
        up(c, c->heap_count++, t);
    }

    private static void remove(cpu* c, hrtimer* t)
    {
        int i = t->index;
        t->index = -1;
        hrtimer* last = c->heap[--c->heap_count];
        if (last == t)
            return;
        if (i > 0 && before(last, c->heap[(i - 1) / 2]))
            up(c, i, last);
        else
            down(c, i, last);
    }

    private static void up(cpu* c, int i, hrtimer* t)
    {
        while (i > 0 && before(t, c->heap[(i - 1) / 2]))
        {
            c->heap[i] = c->heap[(i - 1) / 2];
            c->heap[i]->index = i;
            i = (i - 1) / 2;
        }
        c->heap[i] = t;
        t->index = i;
    }

    private static void down(cpu* c, int i, hrtimer* t)
    {
        for (; ; )
        {
            int child = 2 * i + 1;
            if (child >= c->heap_count)
                break;
            if (child + 1 < c->heap_count && before(c->heap[child + 1], c->heap[child]))
                child++;
            if (before(t, c->heap[child]))
                break;
            c->heap[i] = c->heap[child];
            c->heap[i]->index = i;
            i = child;
        }
        c->heap[i] = t;
        t->index = i;
    }
}
