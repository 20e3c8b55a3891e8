// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>What wait_event waits for. A struct, so that the test is compiled into the loop and nothing is allocated.</summary>
public interface wait_condition
{
    bool test();
}

/// <summary>A condition that is a static function and its argument.</summary>
public readonly unsafe struct wait_condition_fn(delegate*<void*, bool> fn, void* arg) : wait_condition
{
    private readonly delegate*<void*, bool> fn = fn;
    private readonly void* arg = arg;

    public bool test() => fn(arg);
}

/// <summary>
/// The wait_event macros. A condition comes as a struct with a test method, or as a static function with an argument:
/// <c>wait_event(wq, &amp;done, work)</c>.
/// </summary>
public static unsafe partial class linux_wait_h
{
    private enum sleep
    {
        schedule,
        io,
        timeout,
    }

    private static bool is_interruptible(uint state) => (state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) != 0;

    /// <summary>The loop of all of them. With a timeout: the jiffies that are left, at least 1 if the condition came true.</summary>
    [KernelSource("include/linux/wait.h", "___wait_event", Parity.Full)]
    [ContextPrimitive]
    private static long ___wait_event<T>(wait_queue_head* wq_head, ref T condition, uint state, bool exclusive, long ret, sleep how,
        spinlock_t* irq_lock = null) where T : struct, wait_condition
    {
        wait_queue_entry wq_entry;
        init_wait_entry(&wq_entry, exclusive ? WQ_FLAG_EXCLUSIVE : 0);
        for (;;)
        {
            long interrupted = prepare_to_wait_event(wq_head, &wq_entry, state);
            if (come_true(ref condition, ref ret, how))
                break;
            if (is_interruptible(state) && interrupted != 0)
            {
                // Off the queue already.
                return interrupted;
            }

            if (irq_lock != null)
                spin_unlock_irq(irq_lock);
            switch (how)
            {
                case sleep.schedule:
                    schedule();
                    break;
                case sleep.io:
                    io_schedule();
                    break;
                default:
                    ret = schedule_timeout(ret);
                    break;
            }

            if (irq_lock != null)
                spin_lock_irq(irq_lock);
            if (come_true(ref condition, ref ret, how))
                break;
        }

        finish_wait(wq_head, &wq_entry);
        return ret;
    }

    [KernelSource("include/linux/wait.h", "___wait_cond_timeout", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool come_true<T>(ref T condition, ref long ret, sleep how) where T : struct, wait_condition
    {
        bool cond = condition.test();
        if (how != sleep.timeout)
            return cond;
        if (cond && ret == 0)
            ret = 1;
        return cond || ret == 0;
    }

    [KernelSource("include/linux/wait.h", "wait_event", Parity.Full)]
    [MightSleep]
    public static void wait_event<T>(wait_queue_head* wq_head, T condition) where T : struct, wait_condition
    {
        might_sleep();
        if (!condition.test())
            ___wait_event(wq_head, ref condition, TASK_UNINTERRUPTIBLE, false, 0, sleep.schedule);
    }

    [MightSleep]
    public static void wait_event(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        wait_event(wq_head, new wait_condition_fn(condition, arg));

    [KernelSource("include/linux/wait.h", "io_wait_event", Parity.Full)]
    [MightSleep]
    public static void io_wait_event<T>(wait_queue_head* wq_head, T condition) where T : struct, wait_condition
    {
        might_sleep();
        if (!condition.test())
            ___wait_event(wq_head, ref condition, TASK_UNINTERRUPTIBLE, false, 0, sleep.io);
    }

    public static void io_wait_event(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        io_wait_event(wq_head, new wait_condition_fn(condition, arg));

    /// <summary>Zero if the time is over and the condition false; else what is left of the time, at least 1.</summary>
    [KernelSource("include/linux/wait.h", "wait_event_timeout", Parity.Full)]
    [MightSleep]
    public static long wait_event_timeout<T>(wait_queue_head* wq_head, T condition, long timeout) where T : struct, wait_condition =>
        wait_timeout(wq_head, condition, timeout, TASK_UNINTERRUPTIBLE);

    [MightSleep]
    public static long wait_event_timeout(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, long timeout) =>
        wait_timeout(wq_head, new wait_condition_fn(condition, arg), timeout, TASK_UNINTERRUPTIBLE);

    [KernelSource("include/linux/wait.h", "wait_event_interruptible_timeout", Parity.Full)]
    [MightSleep]
    public static long wait_event_interruptible_timeout<T>(wait_queue_head* wq_head, T condition, long timeout) where T : struct, wait_condition =>
        wait_timeout(wq_head, condition, timeout, TASK_INTERRUPTIBLE);

    [MightSleep]
    public static long wait_event_interruptible_timeout(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, long timeout) =>
        wait_timeout(wq_head, new wait_condition_fn(condition, arg), timeout, TASK_INTERRUPTIBLE);

    [KernelSource("include/linux/wait.h", "wait_event_freezable_timeout", Parity.Full)]
    [MightSleep]
    public static long wait_event_freezable_timeout(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, long timeout) =>
        wait_timeout(wq_head, new wait_condition_fn(condition, arg), timeout, TASK_INTERRUPTIBLE | TASK_FREEZABLE);

    [KernelSource("include/linux/wait.h", "wait_event_killable_timeout", Parity.Full)]
    [MightSleep]
    public static long wait_event_killable_timeout(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, long timeout) =>
        wait_timeout(wq_head, new wait_condition_fn(condition, arg), timeout, TASK_KILLABLE);

    [KernelSource("include/linux/wait.h", "wait_event_idle_timeout", Parity.Full)]
    [MightSleep]
    public static long wait_event_idle_timeout(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, long timeout) =>
        wait_timeout(wq_head, new wait_condition_fn(condition, arg), timeout, TASK_IDLE);

    [MightSleep]
    private static long wait_timeout<T>(wait_queue_head* wq_head, T condition, long timeout, uint state) where T : struct, wait_condition
    {
        long ret = timeout;
        might_sleep();
        if (!come_true(ref condition, ref ret, sleep.timeout))
            ret = ___wait_event(wq_head, ref condition, state, false, timeout, sleep.timeout);
        return ret;
    }

    [MightSleep]
    private static int wait_state<T>(wait_queue_head* wq_head, T condition, uint state, bool exclusive) where T : struct, wait_condition
    {
        might_sleep();
        return condition.test() ? 0 : (int)___wait_event(wq_head, ref condition, state, exclusive, 0, sleep.schedule);
    }

    [KernelSource("include/linux/wait.h", "wait_event_interruptible", Parity.Full)]
    [MightSleep]
    public static int wait_event_interruptible<T>(wait_queue_head* wq_head, T condition) where T : struct, wait_condition =>
        wait_state(wq_head, condition, TASK_INTERRUPTIBLE, false);

    [MightSleep]
    public static int wait_event_interruptible(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        wait_state(wq_head, new wait_condition_fn(condition, arg), TASK_INTERRUPTIBLE, false);

    [KernelSource("include/linux/wait.h", "wait_event_interruptible_exclusive", Parity.Full)]
    [MightSleep]
    public static int wait_event_interruptible_exclusive(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        wait_state(wq_head, new wait_condition_fn(condition, arg), TASK_INTERRUPTIBLE, true);

    [KernelSource("include/linux/wait.h", "wait_event_freezable", Parity.Full)]
    [MightSleep]
    public static int wait_event_freezable(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        wait_state(wq_head, new wait_condition_fn(condition, arg), TASK_INTERRUPTIBLE | TASK_FREEZABLE, false);

    [KernelSource("include/linux/wait.h", "wait_event_killable", Parity.Full)]
    [MightSleep]
    public static int wait_event_killable<T>(wait_queue_head* wq_head, T condition) where T : struct, wait_condition =>
        wait_state(wq_head, condition, TASK_KILLABLE, false);

    [MightSleep]
    public static int wait_event_killable(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        wait_state(wq_head, new wait_condition_fn(condition, arg), TASK_KILLABLE, false);

    [KernelSource("include/linux/wait.h", "wait_event_state", Parity.Full)]
    [MightSleep]
    public static int wait_event_state(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, uint state) =>
        wait_state(wq_head, new wait_condition_fn(condition, arg), state, false);

    [KernelSource("include/linux/wait.h", "wait_event_idle", Parity.Full)]
    [MightSleep]
    public static void wait_event_idle(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        wait_state(wq_head, new wait_condition_fn(condition, arg), TASK_IDLE, false);

    [KernelSource("include/linux/wait.h", "wait_event_idle_exclusive", Parity.Full)]
    [MightSleep]
    public static void wait_event_idle_exclusive(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg) =>
        wait_state(wq_head, new wait_condition_fn(condition, arg), TASK_IDLE, true);

    /// <summary>The condition is tested with the lock held, which is dropped while the task sleeps.</summary>
    [KernelSource("include/linux/wait.h", "wait_event_lock_irq", Parity.Full)]
    [MustHold("lock"), MightSleep]
    public static void wait_event_lock_irq<T>(wait_queue_head* wq_head, T condition, spinlock_t* @lock) where T : struct, wait_condition
    {
        if (!condition.test())
            ___wait_event(wq_head, ref condition, TASK_UNINTERRUPTIBLE, false, 0, sleep.schedule, @lock);
    }

    [MustHold("lock"), MightSleep]
    public static void wait_event_lock_irq(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, spinlock_t* @lock) =>
        wait_event_lock_irq(wq_head, new wait_condition_fn(condition, arg), @lock);

    [KernelSource("include/linux/wait.h", "wait_event_interruptible_lock_irq", Parity.Full)]
    [MustHold("lock"), MightSleep]
    public static int wait_event_interruptible_lock_irq(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, spinlock_t* @lock)
    {
        wait_condition_fn cond = new(condition, arg);
        return cond.test() ? 0 : (int)___wait_event(wq_head, ref cond, TASK_INTERRUPTIBLE, false, 0, sleep.schedule, @lock);
    }

    [KernelSource("include/linux/wait.h", "wait_event_lock_irq_timeout", Parity.Full)]
    [MustHold("lock"), MightSleep]
    public static long wait_event_lock_irq_timeout(wait_queue_head* wq_head, delegate*<void*, bool> condition, void* arg, spinlock_t* @lock, long timeout)
    {
        wait_condition_fn cond = new(condition, arg);
        long ret = timeout;
        if (!come_true(ref cond, ref ret, sleep.timeout))
            ret = ___wait_event(wq_head, ref cond, TASK_UNINTERRUPTIBLE, false, timeout, sleep.timeout, @lock);
        return ret;
    }

    /// <summary>The queue's own lock is held, with irqs off.</summary>
    [KernelSource("include/linux/wait.h", "wait_event_interruptible_locked_irq", Parity.Full)]
    [MightSleep]
    [MustHold("wq->lock"), MustHold("irqs_off")]
    public static int wait_event_interruptible_locked_irq(wait_queue_head* wq, delegate*<void*, bool> condition, void* arg)
    {
        if (condition(arg))
            return 0;
        wait_queue_entry wait;
        init_wait(&wait);
        int ret;
        do
        {
            ret = do_wait_intr_irq(wq, &wait);
            if (ret != 0)
                break;
        }
        while (!condition(arg));
        __remove_wait_queue(wq, &wait);
        __set_current_state(TASK_RUNNING);
        return ret;
    }
}
