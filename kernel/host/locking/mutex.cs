// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

internal unsafe struct mutex_waiter
{
    public list_head list;
    public task_struct* task;
}

/// <summary>
/// Mutexes, after kernel/locking/mutex.c without optimistic spinning: one exchange when free, else waiters sleep in
/// the order they came, and the first of them, when it loses the race after a wakeup, has the lock handed to it.
/// </summary>
[ContextPrimitive]
public static unsafe class linux_mutex_h
{
    private const ulong MUTEX_FLAG_WAITERS = 0x01;
    private const ulong MUTEX_FLAG_HANDOFF = 0x02;
    private const ulong MUTEX_FLAG_PICKUP = 0x04;
    private const ulong MUTEX_FLAGS = 0x07;

    [KernelSource("include/linux/mutex.h", "mutex_init", Parity.Full)]
    [Initializes("lock")]
    public static void mutex_init(mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        mutex_init_with_key(@lock, null, name, file, line);

    [KernelSource("kernel/locking/mutex.c", "__mutex_init", Parity.Full)]
    [Initializes("lock")]
    public static void mutex_init_with_key(mutex* @lock, lock_class_key* key,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        atomic_long_set(&@lock->owner, 0);
        raw_spin_lock_init(&@lock->wait_lock);
        INIT_LIST_HEAD(&@lock->wait_list);
        lockdep_init_map_type(@lock, name, key, 0, LD_WAIT_SLEEP, LD_WAIT_INV, LD_LOCK_NORMAL, file, line);
    }

    [KernelSource("include/linux/mutex.h", "mutex_destroy", Parity.Full)]
    public static void mutex_destroy(mutex* @lock)
    {
    }

    [KernelSource("kernel/locking/mutex.h", "__mutex_owner", Parity.Full)]
    private static task_struct* __mutex_owner(mutex* @lock) => (task_struct*)((ulong)atomic_long_read(&@lock->owner) & ~MUTEX_FLAGS);

    [KernelSource("kernel/locking/mutex.c", "mutex_is_locked", Parity.Full)]
    public static bool mutex_is_locked(mutex* @lock) => __mutex_owner(@lock) != null;

    [KernelSource("kernel/locking/mutex.c", "mutex_get_owner", Parity.Full)]
    public static ulong mutex_get_owner(mutex* @lock) => (ulong)__mutex_owner(@lock);

    [KernelSource("kernel/locking/mutex.c", "__mutex_trylock_common", Parity.Full)]
    private static task_struct* __mutex_trylock_common(mutex* @lock, bool handoff)
    {
        ulong curr = (ulong)current;
        ulong owner = (ulong)atomic_long_read(&@lock->owner);
        // A flag may change under us.
        for (;;)
        {
            ulong flags = owner & MUTEX_FLAGS;
            ulong task = owner & ~MUTEX_FLAGS;
            if (task != 0)
            {
                if ((flags & MUTEX_FLAG_PICKUP) != 0)
                {
                    if (task != curr)
                        break;
                    flags &= ~MUTEX_FLAG_PICKUP;
                }
                else if (handoff)
                {
                    if ((flags & MUTEX_FLAG_HANDOFF) != 0)
                        break;
                    flags |= MUTEX_FLAG_HANDOFF;
                }
                else
                {
                    break;
                }
            }
            else
            {
                task = curr;
            }

            if (atomic_long_try_cmpxchg_acquire(&@lock->owner, (long*)&owner, (long)(task | flags)))
            {
                if (task == curr)
                    return null;
                break;
            }
        }

        return (task_struct*)(owner & ~MUTEX_FLAGS);
    }

    [KernelSource("kernel/locking/mutex.c", "__mutex_trylock_or_handoff", Parity.Full)]
    private static bool __mutex_trylock_or_handoff(mutex* @lock, bool handoff) => __mutex_trylock_common(@lock, handoff) == null;

    [KernelSource("kernel/locking/mutex.c", "__mutex_trylock", Parity.Full)]
    private static bool __mutex_trylock(mutex* @lock) => __mutex_trylock_common(@lock, false) == null;

    [KernelSource("kernel/locking/mutex.c", "__mutex_trylock_fast", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool __mutex_trylock_fast(mutex* @lock) => cmpxchg(&@lock->owner.counter, 0L, (long)current) == 0;

    [KernelSource("kernel/locking/mutex.c", "__mutex_unlock_fast", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool __mutex_unlock_fast(mutex* @lock)
    {
        long curr = (long)current;
        return cmpxchg(&@lock->owner.counter, curr, 0L) == curr;
    }

    private static bool __mutex_waiter_is_first(mutex* @lock, mutex_waiter* waiter) =>
        list_first_entry<mutex_waiter>(&@lock->wait_list, &((mutex_waiter*)nowhere)->list) == waiter;

    [KernelSource("kernel/locking/mutex.c", "__mutex_add_waiter", Parity.Full)]
    private static void __mutex_add_waiter(mutex* @lock, mutex_waiter* waiter)
    {
        // A mutex that nobody initialised has no list yet.
        if (@lock->wait_list.next == null)
            INIT_LIST_HEAD(&@lock->wait_list);
        list_add_tail(&waiter->list, &@lock->wait_list);
        if (__mutex_waiter_is_first(@lock, waiter))
            atomic_long_or((long)MUTEX_FLAG_WAITERS, &@lock->owner);
    }

    [KernelSource("kernel/locking/mutex.c", "__mutex_remove_waiter", Parity.Full)]
    private static void __mutex_remove_waiter(mutex* @lock, mutex_waiter* waiter)
    {
        list_del(&waiter->list);
        if (list_empty(&@lock->wait_list))
            atomic_long_andnot((long)MUTEX_FLAGS, &@lock->owner);
    }

    [KernelSource("kernel/locking/mutex.c", "__mutex_handoff", Parity.Full)]
    private static void __mutex_handoff(mutex* @lock, task_struct* task)
    {
        ulong owner = (ulong)atomic_long_read(&@lock->owner);
        for (;;)
        {
            ulong n = owner & MUTEX_FLAG_WAITERS;
            n |= (ulong)task;
            if (task != null)
                n |= MUTEX_FLAG_PICKUP;
            if (atomic_long_try_cmpxchg_release(&@lock->owner, (long*)&owner, (long)n))
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void mutex_acquire(mutex* @lock, uint subclass, bool trylock, void* nest, string name, string file, int line)
    {
        if (prove_locking)
            lockdep.acquire((nint)@lock, subclass, trylock, 0, true, (nint)nest, lock_kind.sleep, name, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void mutex_release(mutex* @lock, string name, string file, int line)
    {
        if (prove_locking)
            lockdep.release((nint)@lock, name, file, line);
    }

    /// <summary>The lock itself; the validator has been told by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int lock_state(mutex* @lock, uint state) => __mutex_trylock_fast(@lock) ? 0 : __mutex_lock_common(@lock, state);

    [KernelSource("include/linux/mutex.h", "mutex_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), MightSleep]
    public static void mutex_lock(mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        mutex_acquire(@lock, 0, false, null, name, file, line);
        lock_state(@lock, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("kernel/locking/mutex.c", "mutex_lock_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), MightSleep, Nested("subclass")]
    public static void mutex_lock_nested(mutex* @lock, uint subclass,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        mutex_acquire(@lock, subclass, false, null, name, file, line);
        lock_state(@lock, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("include/linux/mutex.h", "mutex_lock_nest_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), MightSleep, Nested("nest")]
    public static void mutex_lock_nest_lock(mutex* @lock, void* nest,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        mutex_acquire(@lock, 0, false, nest, name, file, line);
        lock_state(@lock, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("include/linux/mutex.h", "mutex_lock_interruptible", Parity.Full)]
    [TryAcquires(Result.Zero, "lock"), MightSleep]
    public static int mutex_lock_interruptible(mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        mutex_acquire(@lock, 0, false, null, name, file, line);
        int ret = lock_state(@lock, TASK_INTERRUPTIBLE);
        if (ret != 0)
            mutex_release(@lock, name, file, line);
        return ret;
    }

    [KernelSource("include/linux/mutex.h", "mutex_lock_killable", Parity.Full)]
    [TryAcquires(Result.Zero, "lock"), MightSleep]
    public static int mutex_lock_killable(mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        mutex_acquire(@lock, 0, false, null, name, file, line);
        int ret = lock_state(@lock, TASK_KILLABLE);
        if (ret != 0)
            mutex_release(@lock, name, file, line);
        return ret;
    }

    /// <summary>Waits for the mutex as for I/O.</summary>
    [KernelSource("kernel/locking/mutex.c", "mutex_lock_io", Parity.Full)]
    [Acquires("lock"), MightSleep]
    public static void mutex_lock_io(mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        int token = io_schedule_prepare();
        mutex_lock(@lock, name, file, line);
        io_schedule_finish(token);
    }

    [KernelSource("kernel/locking/mutex.c", "mutex_lock_killable_nested", Parity.Full)]
    [TryAcquires(Result.Zero, "lock"), MightSleep, Nested("subclass")]
    public static int mutex_lock_killable_nested(mutex* @lock, uint subclass,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        mutex_acquire(@lock, subclass, false, null, name, file, line);
        int ret = lock_state(@lock, TASK_KILLABLE);
        if (ret != 0)
            mutex_release(@lock, name, file, line);
        return ret;
    }

    [KernelSource("include/linux/mutex.h", "mutex_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock")]
    public static bool mutex_trylock(mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool locked = __mutex_trylock(@lock);
        if (locked)
            mutex_acquire(@lock, 0, true, null, name, file, line);
        return locked;
    }

    [KernelSource("kernel/locking/mutex.c", "mutex_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock")]
    public static void mutex_unlock(mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        mutex_release(@lock, name, file, line);
        if (!__mutex_unlock_fast(@lock))
            __mutex_unlock_slowpath(@lock);
    }

    [KernelSource("kernel/locking/mutex.c", "__mutex_lock_common", Parity.Reduced, "no optimistic spinning and no wound/wait contexts")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int __mutex_lock_common(mutex* @lock, uint state)
    {
        mutex_waiter waiter = default;
        int ret;

        preempt_disable();
        if (__mutex_trylock(@lock))
        {
            preempt_enable();
            return 0;
        }

        raw_spin_lock_irqsave(&@lock->wait_lock, out IrqFlags flags);
        if (__mutex_trylock(@lock))
            goto skip_wait;

        waiter.task = current;
        __mutex_add_waiter(@lock, &waiter);
        set_current_state(state);
        for (;;)
        {
            // With wait_lock held mutex_unlock cannot hand the lock over, so a handoff is seen before a signal.
            if (__mutex_trylock(@lock))
                goto acquired;
            if (signal_pending_state(state, current))
            {
                ret = -EINTR;
                goto err;
            }

            raw_spin_unlock_irqrestore(&@lock->wait_lock, flags);
            schedule_preempt_disabled();
            bool first = __mutex_waiter_is_first(@lock, &waiter);
            set_current_state(state);
            // Ordered against unlock: either it sees our state, or we see its unlock.
            if (__mutex_trylock_or_handoff(@lock, first))
                break;
            raw_spin_lock_irqsave(&@lock->wait_lock, out flags);
        }

        raw_spin_lock_irqsave(&@lock->wait_lock, out flags);
acquired:
        __set_current_state(TASK_RUNNING);
        __mutex_remove_waiter(@lock, &waiter);
skip_wait:
        raw_spin_unlock_irqrestore(&@lock->wait_lock, flags);
        preempt_enable();
        return 0;

err:
        __set_current_state(TASK_RUNNING);
        __mutex_remove_waiter(@lock, &waiter);
        raw_spin_unlock_irqrestore(&@lock->wait_lock, flags);
        preempt_enable();
        return ret;
    }

    [KernelSource("kernel/locking/mutex.c", "__mutex_unlock_slowpath", Parity.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void __mutex_unlock_slowpath(mutex* @lock)
    {
        task_struct* next = null;
        wake_q_head wake_q;
        wake_q_init(&wake_q);

        // The owner goes first, so that others can get on; but not when the lock is to be handed to the first waiter.
        ulong owner = (ulong)atomic_long_read(&@lock->owner);
        if ((owner & ~MUTEX_FLAGS) != (ulong)current)
            oops($"mutex 0x{(nint)@lock:x} is unlocked by {comm_of(current)}/{current->pid}, which does not own it", nameof(mutex_unlock), "mutex.c", 0);
        for (;;)
        {
            if ((owner & MUTEX_FLAG_HANDOFF) != 0)
                break;
            if (atomic_long_try_cmpxchg_release(&@lock->owner, (long*)&owner, (long)(owner & MUTEX_FLAGS)))
            {
                if ((owner & MUTEX_FLAG_WAITERS) != 0)
                    break;
                return;
            }
        }

        raw_spin_lock_irqsave(&@lock->wait_lock, out IrqFlags flags);
        if (@lock->wait_list.next != null && !list_empty(&@lock->wait_list))
        {
            mutex_waiter* waiter = list_first_entry<mutex_waiter>(&@lock->wait_list, &((mutex_waiter*)nowhere)->list);
            next = waiter->task;
            wake_q_add(&wake_q, next);
        }

        if ((owner & MUTEX_FLAG_HANDOFF) != 0)
            __mutex_handoff(@lock, next);
        raw_spin_unlock_irqrestore(&@lock->wait_lock, flags);
        wake_up_q(&wake_q);
    }

    /// <summary>Takes the mutex if that was the last one.</summary>
    [KernelSource("kernel/locking/mutex.c", "atomic_dec_and_mutex_lock", Parity.Full)]
    [TryAcquires(Result.True, "lock"), MightSleep]
    public static bool atomic_dec_and_mutex_lock(atomic_t* cnt, mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (atomic_add_unless(cnt, -1, 1))
            return false;
        mutex_lock(@lock, name, file, line);
        if (!atomic_dec_and_test(cnt))
        {
            mutex_unlock(@lock, name, file, line);
            return false;
        }

        return true;
    }

    [KernelSource("lib/refcount.c", "refcount_dec_and_mutex_lock", Parity.Full)]
    [TryAcquires(Result.True, "lock"), MightSleep]
    public static bool refcount_dec_and_mutex_lock(refcount_t* r, mutex* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (refcount_dec_not_one(r))
            return false;
        mutex_lock(@lock, name, file, line);
        if (!refcount_dec_and_test(r))
        {
            mutex_unlock(@lock, name, file, line);
            return false;
        }

        return true;
    }
}
