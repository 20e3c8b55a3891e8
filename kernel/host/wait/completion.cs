// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Simple wait queues: kernel/sched/swait.c.</summary>
public static unsafe class linux_swait_h
{
    [KernelSource("kernel/sched/swait.c", "__init_swait_queue_head", Parity.Full)]
    public static void init_swait_queue_head(swait_queue_head* q,
        [CallerArgumentExpression(nameof(q))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        raw_spin_lock_init(&q->@lock, name + "->lock", file, line);
        INIT_LIST_HEAD(&q->task_list);
    }

    [KernelSource("kernel/sched/swait.c", "swake_up_locked", Parity.Full)]
    public static void swake_up_locked(swait_queue_head* q, int wake_flags)
    {
        if (q->task_list.next == null || list_empty(&q->task_list))
            return;
        swait_queue* curr = list_first_entry<swait_queue>(&q->task_list, &((swait_queue*)nowhere)->task_list);
        try_to_wake_up(curr->task, TASK_NORMAL, wake_flags);
        list_del_init(&curr->task_list);
    }

    [KernelSource("kernel/sched/swait.c", "swake_up_all_locked", Parity.Full)]
    public static void swake_up_all_locked(swait_queue_head* q)
    {
        while (q->task_list.next != null && !list_empty(&q->task_list))
            swake_up_locked(q, 0);
    }

    [KernelSource("kernel/sched/swait.c", "swake_up_one", Parity.Full)]
    public static void swake_up_one(swait_queue_head* q)
    {
        raw_spin_lock_irqsave(&q->@lock, out IrqFlags flags);
        swake_up_locked(q, 0);
        raw_spin_unlock_irqrestore(&q->@lock, flags);
    }

    [KernelSource("kernel/sched/swait.c", "__prepare_to_swait", Parity.Full)]
    public static void __prepare_to_swait(swait_queue_head* q, swait_queue* wait)
    {
        linux_wait_h.have_list(&q->task_list);
        wait->task = current;
        if (list_empty(&wait->task_list))
            list_add_tail(&wait->task_list, &q->task_list);
    }

    [KernelSource("kernel/sched/swait.c", "__finish_swait", Parity.Full)]
    public static void __finish_swait(swait_queue_head* q, swait_queue* wait)
    {
        __set_current_state(TASK_RUNNING);
        if (!list_empty(&wait->task_list))
            list_del_init(&wait->task_list);
    }
}

/// <summary>Completions: kernel/sched/completion.c.</summary>
public static unsafe class linux_completion_h
{
    [KernelSource("include/linux/completion.h", "init_completion", Parity.Full)]
    public static void init_completion(completion* x,
        [CallerArgumentExpression(nameof(x))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        x->done = 0;
        init_swait_queue_head(&x->wait, name, file, line);
    }

    [KernelSource("include/linux/completion.h", "reinit_completion", Parity.Full)]
    public static void reinit_completion(completion* x) => x->done = 0;

    [KernelSource("kernel/sched/completion.c", "complete_with_flags", Parity.Full)]
    private static void complete_with_flags(completion* x, int wake_flags)
    {
        raw_spin_lock_irqsave(&x->wait.@lock, out IrqFlags flags);
        if (x->done != UINT_MAX)
            x->done++;
        swake_up_locked(&x->wait, wake_flags);
        raw_spin_unlock_irqrestore(&x->wait.@lock, flags);
    }

    [KernelSource("kernel/sched/completion.c", "complete", Parity.Full)]
    public static void complete(completion* x) => complete_with_flags(x, 0);

    [KernelSource("kernel/sched/completion.c", "complete_on_current_cpu", Parity.Full)]
    public static void complete_on_current_cpu(completion* x) => complete_with_flags(x, WF_CURRENT_CPU);

    [KernelSource("kernel/sched/completion.c", "complete_all", Parity.Full)]
    public static void complete_all(completion* x)
    {
        raw_spin_lock_irqsave(&x->wait.@lock, out IrqFlags flags);
        x->done = UINT_MAX;
        swake_up_all_locked(&x->wait);
        raw_spin_unlock_irqrestore(&x->wait.@lock, flags);
    }

    [KernelSource("kernel/sched/completion.c", "do_wait_for_common", Parity.Full)]
    [MustHold("x->wait.lock"), RequiresIrqsOff]
    private static long do_wait_for_common(completion* x, delegate*<long, long> action, long timeout, uint state)
    {
        if (x->done == 0)
        {
            swait_queue wait;
            wait.task = current;
            INIT_LIST_HEAD(&wait.task_list);
            do
            {
                if (signal_pending_state(state, current))
                {
                    timeout = -ERESTARTSYS;
                    break;
                }

                __prepare_to_swait(&x->wait, &wait);
                __set_current_state(state);
                raw_spin_unlock_irq(&x->wait.@lock);
                timeout = action(timeout);
                raw_spin_lock_irq(&x->wait.@lock);
            }
            while (x->done == 0 && timeout != 0);
            __finish_swait(&x->wait, &wait);
            if (x->done == 0)
                return timeout;
        }

        if (x->done != UINT_MAX)
            x->done--;
        return timeout != 0 ? timeout : 1;
    }

    [KernelSource("kernel/sched/completion.c", "__wait_for_common", Parity.Full)]
    [MightSleep]
    private static long __wait_for_common(completion* x, delegate*<long, long> action, long timeout, uint state)
    {
        might_sleep();
        raw_spin_lock_irq(&x->wait.@lock);
        timeout = do_wait_for_common(x, action, timeout, state);
        raw_spin_unlock_irq(&x->wait.@lock);
        return timeout;
    }

    [KernelSource("kernel/sched/completion.c", "wait_for_common", Parity.Full)]
    private static long wait_for_common(completion* x, long timeout, uint state) => __wait_for_common(x, &schedule_timeout, timeout, state);

    [KernelSource("kernel/sched/completion.c", "wait_for_common_io", Parity.Full)]
    private static long wait_for_common_io(completion* x, long timeout, uint state) => __wait_for_common(x, &io_schedule_timeout, timeout, state);

    [KernelSource("kernel/sched/completion.c", "wait_for_completion", Parity.Full)]
    [MightSleep]
    public static void wait_for_completion(completion* x) => wait_for_common(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE);

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_timeout", Parity.Full)]
    [MightSleep]
    public static ulong wait_for_completion_timeout(completion* x, ulong timeout) => (ulong)wait_for_common(x, (long)timeout, TASK_UNINTERRUPTIBLE);

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_io", Parity.Full)]
    [MightSleep]
    public static void wait_for_completion_io(completion* x) => wait_for_common_io(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE);

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_io_timeout", Parity.Full)]
    [MightSleep]
    public static ulong wait_for_completion_io_timeout(completion* x, ulong timeout) => (ulong)wait_for_common_io(x, (long)timeout, TASK_UNINTERRUPTIBLE);

    private static int or_interrupted(long t) => t == -ERESTARTSYS ? (int)t : 0;

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_interruptible", Parity.Full)]
    [MightSleep]
    public static int wait_for_completion_interruptible(completion* x) => or_interrupted(wait_for_common(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE));

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_interruptible_timeout", Parity.Full)]
    [MightSleep]
    public static long wait_for_completion_interruptible_timeout(completion* x, ulong timeout) => wait_for_common(x, (long)timeout, TASK_INTERRUPTIBLE);

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_killable", Parity.Full)]
    [MightSleep]
    public static int wait_for_completion_killable(completion* x) => or_interrupted(wait_for_common(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE));

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_state", Parity.Full)]
    [MightSleep]
    public static int wait_for_completion_state(completion* x, uint state) => or_interrupted(wait_for_common(x, MAX_SCHEDULE_TIMEOUT, state));

    [KernelSource("kernel/sched/completion.c", "wait_for_completion_killable_timeout", Parity.Full)]
    [MightSleep]
    public static long wait_for_completion_killable_timeout(completion* x, ulong timeout) => wait_for_common(x, (long)timeout, TASK_KILLABLE);

    [KernelSource("kernel/sched/completion.c", "try_wait_for_completion", Parity.Full)]
    public static bool try_wait_for_completion(completion* x)
    {
        if (READ_ONCE(&x->done) == 0)
            return false;
        bool ret = true;
        raw_spin_lock_irqsave(&x->wait.@lock, out IrqFlags flags);
        if (x->done == 0)
            ret = false;
        else if (x->done != UINT_MAX)
            x->done--;
        raw_spin_unlock_irqrestore(&x->wait.@lock, flags);
        return ret;
    }

    [KernelSource("kernel/sched/completion.c", "completion_done", Parity.Full)]
    public static bool completion_done(completion* x)
    {
        if (READ_ONCE(&x->done) == 0)
            return false;
        // complete() may still hold the lock: the memory must not go before it has let go.
        raw_spin_lock_irqsave(&x->wait.@lock, out IrqFlags flags);
        raw_spin_unlock_irqrestore(&x->wait.@lock, flags);
        return true;
    }
}
