// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Wait queues: include/linux/wait.h and kernel/sched/wait.c.</summary>
public static unsafe partial class linux_wait_h
{
    public const uint WQ_FLAG_EXCLUSIVE = 0x01;
    public const uint WQ_FLAG_WOKEN = 0x02;
    public const uint WQ_FLAG_CUSTOM = 0x04;
    public const uint WQ_FLAG_DONE = 0x08;
    public const uint WQ_FLAG_PRIORITY = 0x10;

    /// <summary>A queue that nobody initialised gets its list when the first comes to wait. Under the queue's lock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void have_list(list_head* head)
    {
        if (head->next == null)
            INIT_LIST_HEAD(head);
    }

    [KernelSource("include/linux/wait.h", "init_waitqueue_head", Parity.Full)]
    public static void init_waitqueue_head(wait_queue_head* wq_head,
        [CallerArgumentExpression(nameof(wq_head))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        __init_waitqueue_head(wq_head, name, null, file, line);

    [KernelSource("kernel/sched/wait.c", "__init_waitqueue_head", Parity.Full)]
    public static void __init_waitqueue_head(wait_queue_head* wq_head, string name, lock_class_key* key,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_lock_init(&wq_head->@lock, name + "->lock", file, line);
        if (key != null)
            lockdep_set_class_and_name(&wq_head->@lock, key, name);
        INIT_LIST_HEAD(&wq_head->head);
    }

    [KernelSource("include/linux/wait.h", "init_waitqueue_entry", Parity.Full)]
    public static void init_waitqueue_entry(wait_queue_entry* wq_entry, task_struct* p)
    {
        wq_entry->flags = 0;
        wq_entry->@private = p;
        wq_entry->func = &default_wake_function;
    }

    [KernelSource("include/linux/wait.h", "init_waitqueue_func_entry", Parity.Full)]
    public static void init_waitqueue_func_entry(wait_queue_entry* wq_entry, delegate*<wait_queue_entry*, uint, int, void*, int> func)
    {
        wq_entry->flags = 0;
        wq_entry->@private = null;
        wq_entry->func = func;
    }

    [KernelSource("include/linux/wait.h", "init_wait_func", Parity.Full)]
    public static void init_wait_func(wait_queue_entry* wait, delegate*<wait_queue_entry*, uint, int, void*, int> function)
    {
        wait->@private = current;
        wait->func = function;
        INIT_LIST_HEAD(&wait->entry);
        wait->flags = 0;
    }

    /// <summary>Also what DEFINE_WAIT does to a fresh entry.</summary>
    [KernelSource("include/linux/wait.h", "init_wait", Parity.Full)]
    public static void init_wait(wait_queue_entry* wait) => init_wait_func(wait, &autoremove_wake_function);

    /// <summary>Without the lock: the caller orders it against the waiter, or uses wq_has_sleeper.</summary>
    [KernelSource("include/linux/wait.h", "waitqueue_active", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool waitqueue_active(wait_queue_head* wq_head)
    {
        list_head* first = READ_ONCE(&wq_head->head.next);
        return first != null && first != &wq_head->head;
    }

    [KernelSource("include/linux/wait.h", "wq_has_single_sleeper", Parity.Full)]
    public static bool wq_has_single_sleeper(wait_queue_head* wq_head) => waitqueue_active(wq_head) && list_is_singular(&wq_head->head);

    [KernelSource("include/linux/wait.h", "wq_has_sleeper", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool wq_has_sleeper(wait_queue_head* wq_head)
    {
        smp_mb();
        return waitqueue_active(wq_head);
    }

    [KernelSource("include/linux/wait.h", "__add_wait_queue", Parity.Full)]
    public static void __add_wait_queue(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        have_list(&wq_head->head);
        list_head* head = &wq_head->head;
        for (list_head* p = wq_head->head.next; p != &wq_head->head; p = p->next)
        {
            wait_queue_entry* wq = container_of<wait_queue_entry>(p, &((wait_queue_entry*)nowhere)->entry);
            if ((wq->flags & WQ_FLAG_PRIORITY) == 0)
                break;
            head = &wq->entry;
        }

        list_add(&wq_entry->entry, head);
    }

    [KernelSource("include/linux/wait.h", "__add_wait_queue_exclusive", Parity.Full)]
    public static void __add_wait_queue_exclusive(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        wq_entry->flags |= WQ_FLAG_EXCLUSIVE;
        __add_wait_queue(wq_head, wq_entry);
    }

    [KernelSource("include/linux/wait.h", "__add_wait_queue_entry_tail", Parity.Full)]
    public static void __add_wait_queue_entry_tail(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        have_list(&wq_head->head);
        list_add_tail(&wq_entry->entry, &wq_head->head);
    }

    [KernelSource("include/linux/wait.h", "__add_wait_queue_entry_tail_exclusive", Parity.Full)]
    public static void __add_wait_queue_entry_tail_exclusive(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        wq_entry->flags |= WQ_FLAG_EXCLUSIVE;
        __add_wait_queue_entry_tail(wq_head, wq_entry);
    }

    [KernelSource("include/linux/wait.h", "__remove_wait_queue", Parity.Full)]
    public static void __remove_wait_queue(wait_queue_head* wq_head, wait_queue_entry* wq_entry) => list_del(&wq_entry->entry);

    [KernelSource("kernel/sched/wait.c", "add_wait_queue", Parity.Full)]
    public static void add_wait_queue(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        wq_entry->flags &= ~WQ_FLAG_EXCLUSIVE;
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        __add_wait_queue(wq_head, wq_entry);
        spin_unlock_irqrestore(&wq_head->@lock, flags);
    }

    [KernelSource("kernel/sched/wait.c", "add_wait_queue_exclusive", Parity.Full)]
    public static void add_wait_queue_exclusive(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        wq_entry->flags |= WQ_FLAG_EXCLUSIVE;
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        __add_wait_queue_entry_tail(wq_head, wq_entry);
        spin_unlock_irqrestore(&wq_head->@lock, flags);
    }

    [KernelSource("kernel/sched/wait.c", "add_wait_queue_priority", Parity.Full)]
    public static void add_wait_queue_priority(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        wq_entry->flags |= WQ_FLAG_PRIORITY;
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        __add_wait_queue(wq_head, wq_entry);
        spin_unlock_irqrestore(&wq_head->@lock, flags);
    }

    [KernelSource("kernel/sched/wait.c", "remove_wait_queue", Parity.Full)]
    public static void remove_wait_queue(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        __remove_wait_queue(wq_head, wq_entry);
        spin_unlock_irqrestore(&wq_head->@lock, flags);
    }

    /// <summary>Wakes all who wait unexclusively, and as many exclusive ones as asked for; a priority waiter may eat the event.</summary>
    [KernelSource("kernel/sched/wait.c", "__wake_up_common", Parity.Full)]
    [MustHold("wq_head->lock")]
    private static int __wake_up_common(wait_queue_head* wq_head, uint mode, int nr_exclusive, int wake_flags, void* key)
    {
        lockdep_assert_held(&wq_head->@lock);
        if (wq_head->head.next == null)
            return nr_exclusive;
        list_head* next;
        for (list_head* p = wq_head->head.next; p != &wq_head->head; p = next)
        {
            next = p->next;
            wait_queue_entry* curr = container_of<wait_queue_entry>(p, &((wait_queue_entry*)nowhere)->entry);
            uint flags = curr->flags;
            int ret = curr->func(curr, mode, wake_flags, key);
            if (ret < 0)
                break;
            if (ret != 0 && (flags & WQ_FLAG_EXCLUSIVE) != 0 && --nr_exclusive == 0)
                break;
        }

        return nr_exclusive;
    }

    [KernelSource("kernel/sched/wait.c", "__wake_up_common_lock", Parity.Full)]
    private static int __wake_up_common_lock(wait_queue_head* wq_head, uint mode, int nr_exclusive, int wake_flags, void* key)
    {
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        int remaining = __wake_up_common(wq_head, mode, nr_exclusive, wake_flags, key);
        spin_unlock_irqrestore(&wq_head->@lock, flags);
        return nr_exclusive - remaining;
    }

    [KernelSource("kernel/sched/wait.c", "__wake_up", Parity.Full)]
    public static int __wake_up(wait_queue_head* wq_head, uint mode, int nr_exclusive, void* key) =>
        __wake_up_common_lock(wq_head, mode, nr_exclusive, 0, key);

    [KernelSource("kernel/sched/wait.c", "__wake_up_on_current_cpu", Parity.Full)]
    public static void __wake_up_on_current_cpu(wait_queue_head* wq_head, uint mode, void* key) =>
        __wake_up_common_lock(wq_head, mode, 1, WF_CURRENT_CPU, key);

    [KernelSource("kernel/sched/wait.c", "__wake_up_locked", Parity.Full)]
    [MustHold("wq_head->lock")]
    public static void __wake_up_locked(wait_queue_head* wq_head, uint mode, int nr) => __wake_up_common(wq_head, mode, nr, 0, null);

    [KernelSource("kernel/sched/wait.c", "__wake_up_locked_key", Parity.Full)]
    [MustHold("wq_head->lock")]
    public static void __wake_up_locked_key(wait_queue_head* wq_head, uint mode, void* key) => __wake_up_common(wq_head, mode, 1, 0, key);

    [KernelSource("kernel/sched/wait.c", "__wake_up_sync_key", Parity.Full)]
    public static void __wake_up_sync_key(wait_queue_head* wq_head, uint mode, void* key)
    {
        if (wq_head == null)
            return;
        __wake_up_common_lock(wq_head, mode, 1, WF_SYNC, key);
    }

    [KernelSource("kernel/sched/wait.c", "__wake_up_locked_sync_key", Parity.Full)]
    [MustHold("wq_head->lock")]
    public static void __wake_up_locked_sync_key(wait_queue_head* wq_head, uint mode, void* key) =>
        __wake_up_common(wq_head, mode, 1, WF_SYNC, key);

    [KernelSource("kernel/sched/wait.c", "__wake_up_sync", Parity.Full)]
    public static void __wake_up_sync(wait_queue_head* wq_head, uint mode) => __wake_up_sync_key(wq_head, mode, null);

    [KernelSource("include/linux/wait.h", "wake_up", Parity.Full)]
    public static int wake_up(wait_queue_head* x) => __wake_up(x, TASK_NORMAL, 1, null);

    [KernelSource("include/linux/wait.h", "wake_up_nr", Parity.Full)]
    public static int wake_up_nr(wait_queue_head* x, int nr) => __wake_up(x, TASK_NORMAL, nr, null);

    [KernelSource("include/linux/wait.h", "wake_up_all", Parity.Full)]
    public static int wake_up_all(wait_queue_head* x) => __wake_up(x, TASK_NORMAL, 0, null);

    [KernelSource("include/linux/wait.h", "wake_up_locked", Parity.Full)]
    [MustHold("x->lock")]
    public static void wake_up_locked(wait_queue_head* x) => __wake_up_locked(x, TASK_NORMAL, 1);

    [KernelSource("include/linux/wait.h", "wake_up_all_locked", Parity.Full)]
    [MustHold("x->lock")]
    public static void wake_up_all_locked(wait_queue_head* x) => __wake_up_locked(x, TASK_NORMAL, 0);

    [KernelSource("include/linux/wait.h", "wake_up_sync", Parity.Full)]
    public static void wake_up_sync(wait_queue_head* x) => __wake_up_sync(x, TASK_NORMAL);

    [KernelSource("include/linux/wait.h", "wake_up_interruptible", Parity.Full)]
    public static int wake_up_interruptible(wait_queue_head* x) => __wake_up(x, TASK_INTERRUPTIBLE, 1, null);

    [KernelSource("include/linux/wait.h", "wake_up_interruptible_nr", Parity.Full)]
    public static int wake_up_interruptible_nr(wait_queue_head* x, int nr) => __wake_up(x, TASK_INTERRUPTIBLE, nr, null);

    [KernelSource("include/linux/wait.h", "wake_up_interruptible_all", Parity.Full)]
    public static int wake_up_interruptible_all(wait_queue_head* x) => __wake_up(x, TASK_INTERRUPTIBLE, 0, null);

    [KernelSource("include/linux/wait.h", "wake_up_interruptible_sync", Parity.Full)]
    public static void wake_up_interruptible_sync(wait_queue_head* x) => __wake_up_sync(x, TASK_INTERRUPTIBLE);

    [KernelSource("include/linux/wait.h", "poll_to_key", Parity.Full)]
    public static void* poll_to_key(uint m) => (void*)(nuint)m;

    [KernelSource("include/linux/wait.h", "key_to_poll", Parity.Full)]
    public static uint key_to_poll(void* m) => (uint)(nuint)m;

    [KernelSource("include/linux/wait.h", "wake_up_poll", Parity.Full)]
    public static int wake_up_poll(wait_queue_head* x, uint m) => __wake_up(x, TASK_NORMAL, 1, poll_to_key(m));

    [KernelSource("include/linux/wait.h", "wake_up_locked_poll", Parity.Full)]
    [MustHold("x->lock")]
    public static void wake_up_locked_poll(wait_queue_head* x, uint m) => __wake_up_locked_key(x, TASK_NORMAL, poll_to_key(m));

    [KernelSource("include/linux/wait.h", "wake_up_interruptible_poll", Parity.Full)]
    public static int wake_up_interruptible_poll(wait_queue_head* x, uint m) => __wake_up(x, TASK_INTERRUPTIBLE, 1, poll_to_key(m));

    [KernelSource("include/linux/wait.h", "wake_up_interruptible_sync_poll", Parity.Full)]
    public static void wake_up_interruptible_sync_poll(wait_queue_head* x, uint m) => __wake_up_sync_key(x, TASK_INTERRUPTIBLE, poll_to_key(m));

    /* The state is set after the entry is queued: a waker that looks at the queue sees either the entry or is too early. */

    [KernelSource("kernel/sched/wait.c", "prepare_to_wait", Parity.Full)]
    public static void prepare_to_wait(wait_queue_head* wq_head, wait_queue_entry* wq_entry, uint state)
    {
        wq_entry->flags &= ~WQ_FLAG_EXCLUSIVE;
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        if (list_empty(&wq_entry->entry))
            __add_wait_queue(wq_head, wq_entry);
        set_current_state(state);
        spin_unlock_irqrestore(&wq_head->@lock, flags);
    }

    /// <summary>True for the first waiter in the queue.</summary>
    [KernelSource("kernel/sched/wait.c", "prepare_to_wait_exclusive", Parity.Full)]
    public static bool prepare_to_wait_exclusive(wait_queue_head* wq_head, wait_queue_entry* wq_entry, uint state)
    {
        bool was_empty = false;
        wq_entry->flags |= WQ_FLAG_EXCLUSIVE;
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        if (list_empty(&wq_entry->entry))
        {
            have_list(&wq_head->head);
            was_empty = list_empty(&wq_head->head);
            __add_wait_queue_entry_tail(wq_head, wq_entry);
        }

        set_current_state(state);
        spin_unlock_irqrestore(&wq_head->@lock, flags);
        return was_empty;
    }

    [KernelSource("kernel/sched/wait.c", "init_wait_entry", Parity.Full)]
    public static void init_wait_entry(wait_queue_entry* wq_entry, uint flags)
    {
        wq_entry->flags = flags;
        wq_entry->@private = current;
        wq_entry->func = &autoremove_wake_function;
        INIT_LIST_HEAD(&wq_entry->entry);
    }

    [KernelSource("kernel/sched/wait.c", "prepare_to_wait_event", Parity.Full)]
    public static long prepare_to_wait_event(wait_queue_head* wq_head, wait_queue_entry* wq_entry, uint state)
    {
        long ret = 0;
        spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
        if (signal_pending_state(state, current))
        {
            /*
             * An exclusive waiter that a wakeup chose must not fail; it will look at the condition again. Off the
             * queue, the next wakeup chooses another.
             */
            list_del_init(&wq_entry->entry);
            ret = -ERESTARTSYS;
        }
        else
        {
            if (list_empty(&wq_entry->entry))
            {
                if ((wq_entry->flags & WQ_FLAG_EXCLUSIVE) != 0)
                    __add_wait_queue_entry_tail(wq_head, wq_entry);
                else
                    __add_wait_queue(wq_head, wq_entry);
            }

            set_current_state(state);
        }

        spin_unlock_irqrestore(&wq_head->@lock, flags);
        return ret;
    }

    [KernelSource("kernel/sched/wait.c", "do_wait_intr", Parity.Full)]
    [MustHold("wq->lock")]
    public static int do_wait_intr(wait_queue_head* wq, wait_queue_entry* wait)
    {
        if (list_empty(&wait->entry))
            __add_wait_queue_entry_tail(wq, wait);
        set_current_state(TASK_INTERRUPTIBLE);
        if (signal_pending(current))
            return -ERESTARTSYS;
        spin_unlock(&wq->@lock);
        schedule();
        spin_lock(&wq->@lock);
        return 0;
    }

    [KernelSource("kernel/sched/wait.c", "do_wait_intr_irq", Parity.Full)]
    [MustHold("wq->lock")]
    [RequiresIrqsOff]
    public static int do_wait_intr_irq(wait_queue_head* wq, wait_queue_entry* wait)
    {
        if (list_empty(&wait->entry))
            __add_wait_queue_entry_tail(wq, wait);
        set_current_state(TASK_INTERRUPTIBLE);
        if (signal_pending(current))
            return -ERESTARTSYS;
        spin_unlock_irq(&wq->@lock);
        schedule();
        spin_lock_irq(&wq->@lock);
        return 0;
    }

    [KernelSource("kernel/sched/wait.c", "finish_wait", Parity.Full)]
    public static void finish_wait(wait_queue_head* wq_head, wait_queue_entry* wq_entry)
    {
        __set_current_state(TASK_RUNNING);
        // Without the lock only if nobody can still be busy with the entry, which list_empty_careful knows.
        if (!list_empty_careful(&wq_entry->entry))
        {
            spin_lock_irqsave(&wq_head->@lock, out IrqFlags flags);
            list_del_init(&wq_entry->entry);
            spin_unlock_irqrestore(&wq_head->@lock, flags);
        }
    }

    [KernelSource("kernel/sched/core.c", "default_wake_function", Parity.Full)]
    public static int default_wake_function(wait_queue_entry* curr, uint mode, int wake_flags, void* key) =>
        try_to_wake_up((task_struct*)curr->@private, mode, wake_flags) ? 1 : 0;

    [KernelSource("kernel/sched/wait.c", "autoremove_wake_function", Parity.Full)]
    public static int autoremove_wake_function(wait_queue_entry* wq_entry, uint mode, int sync, void* key)
    {
        int ret = default_wake_function(wq_entry, mode, sync, key);
        if (ret != 0)
            list_del_init_careful(&wq_entry->entry);
        return ret;
    }

    [KernelSource("kernel/sched/wait.c", "wait_woken", Parity.Reduced, "kthreads that are asked to stop or park are not looked at")]
    public static long wait_woken(wait_queue_entry* wq_entry, uint mode, long timeout)
    {
        set_current_state(mode);
        if ((wq_entry->flags & WQ_FLAG_WOKEN) == 0)
            timeout = schedule_timeout(timeout);
        __set_current_state(TASK_RUNNING);
        wq_entry->flags &= ~WQ_FLAG_WOKEN;
        smp_mb();
        return timeout;
    }

    [KernelSource("kernel/sched/wait.c", "woken_wake_function", Parity.Full)]
    public static int woken_wake_function(wait_queue_entry* wq_entry, uint mode, int sync, void* key)
    {
        smp_mb();
        wq_entry->flags |= WQ_FLAG_WOKEN;
        return default_wake_function(wq_entry, mode, sync, key);
    }
}
