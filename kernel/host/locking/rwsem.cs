// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

internal unsafe struct rwsem_waiter
{
    public list_head list;
    public task_struct* task;
    public int type;
    public ulong timeout;
    public byte handoff_set;
}

/// <summary>
/// Reader-writer semaphores, after kernel/locking/rwsem.c without optimistic spinning: readers come in phases, all
/// that wait at once, and a waiter that is not let in for a jiffy gets the lock handed over.
/// </summary>
[ContextPrimitive]
public static unsafe partial class linux_rwsem_h
{
    private const long RWSEM_READER_OWNED = 1L << 0;
    private const long RWSEM_NONSPINNABLE = 1L << 1;
    private const long RWSEM_OWNER_FLAGS_MASK = RWSEM_READER_OWNED | RWSEM_NONSPINNABLE;

    private const long RWSEM_UNLOCKED_VALUE = 0;
    private const long RWSEM_WRITER_LOCKED = 1L << 0;
    private const long RWSEM_FLAG_WAITERS = 1L << 1;
    private const long RWSEM_FLAG_HANDOFF = 1L << 2;
    private const long RWSEM_FLAG_READFAIL = 1L << (BITS_PER_LONG - 1);
    private const int RWSEM_READER_SHIFT = 8;
    private const long RWSEM_READER_BIAS = 1L << RWSEM_READER_SHIFT;
    private const long RWSEM_READER_MASK = ~(RWSEM_READER_BIAS - 1);
    private const long RWSEM_WRITER_MASK = RWSEM_WRITER_LOCKED;
    private const long RWSEM_LOCK_MASK = RWSEM_WRITER_MASK | RWSEM_READER_MASK;
    private const long RWSEM_READ_FAILED_MASK = RWSEM_WRITER_MASK | RWSEM_FLAG_WAITERS | RWSEM_FLAG_HANDOFF | RWSEM_FLAG_READFAIL;

    private const int RWSEM_WAITING_FOR_WRITE = 0;
    private const int RWSEM_WAITING_FOR_READ = 1;
    private const int RWSEM_WAKE_ANY = 0;
    private const int RWSEM_WAKE_READERS = 1;
    private const int RWSEM_WAKE_READ_OWNED = 2;
    private const ulong RWSEM_WAIT_TIMEOUT = (HZ + 249) / 250;
    private const int MAX_READERS_WAKEUP = 0x100;

    [KernelSource("kernel/locking/rwsem.c", "rwsem_set_owner", Parity.Full)]
    private static void rwsem_set_owner(rw_semaphore* sem) => atomic_long_set(&sem->owner, (long)current);

    [KernelSource("kernel/locking/rwsem.c", "rwsem_clear_owner", Parity.Full)]
    private static void rwsem_clear_owner(rw_semaphore* sem) => atomic_long_set(&sem->owner, 0);

    [KernelSource("kernel/locking/rwsem.c", "__rwsem_set_reader_owned", Parity.Full)]
    private static void __rwsem_set_reader_owned(rw_semaphore* sem, task_struct* owner) =>
        atomic_long_set(&sem->owner, (long)owner | RWSEM_READER_OWNED | (atomic_long_read(&sem->owner) & RWSEM_NONSPINNABLE));

    [KernelSource("kernel/locking/rwsem.c", "rwsem_set_reader_owned", Parity.Full)]
    private static void rwsem_set_reader_owned(rw_semaphore* sem) => __rwsem_set_reader_owned(sem, current);

    [KernelSource("kernel/locking/rwsem.c", "is_rwsem_reader_owned", Parity.Full)]
    public static bool is_rwsem_reader_owned(rw_semaphore* sem) =>
        (atomic_long_read(&sem->count) & RWSEM_WRITER_MASK) == 0 && (atomic_long_read(&sem->owner) & RWSEM_READER_OWNED) != 0;

    [KernelSource("kernel/locking/rwsem.c", "rwsem_owner", Parity.Full)]
    public static task_struct* rwsem_owner(rw_semaphore* sem) => (task_struct*)(atomic_long_read(&sem->owner) & ~RWSEM_OWNER_FLAGS_MASK);

    [KernelSource("kernel/locking/rwsem.c", "rwsem_read_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool rwsem_read_trylock(rw_semaphore* sem, out long cnt)
    {
        cnt = atomic_long_add_return_acquire(RWSEM_READER_BIAS, &sem->count);
        if ((cnt & RWSEM_READ_FAILED_MASK) == 0)
        {
            rwsem_set_reader_owned(sem);
            return true;
        }

        return false;
    }

    [KernelSource("kernel/locking/rwsem.c", "rwsem_write_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool rwsem_write_trylock(rw_semaphore* sem)
    {
        if (cmpxchg(&sem->count.counter, RWSEM_UNLOCKED_VALUE, RWSEM_WRITER_LOCKED) != RWSEM_UNLOCKED_VALUE)
            return false;
        rwsem_set_owner(sem);
        return true;
    }

    [KernelSource("kernel/locking/rwsem.c", "__init_rwsem", Parity.Full)]
    [Initializes("sem")]
    public static void init_rwsem(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        __init_rwsem(sem, name, null, file, line);

    [KernelSource("kernel/locking/rwsem.c", "__init_rwsem", Parity.Full)]
    [Initializes("sem")]
    public static void __init_rwsem(rw_semaphore* sem, string name, lock_class_key* key,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lockdep_init_map_type(sem, name, key, 0, LD_WAIT_SLEEP, LD_WAIT_INV, LD_LOCK_NORMAL, file, line);
        atomic_long_set(&sem->count, RWSEM_UNLOCKED_VALUE);
        raw_spin_lock_init(&sem->wait_lock);
        INIT_LIST_HEAD(&sem->wait_list);
        atomic_long_set(&sem->owner, 0);
    }

    [KernelSource("include/linux/rwsem.h", "rwsem_is_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool rwsem_is_locked(rw_semaphore* sem) => atomic_long_read(&sem->count) != RWSEM_UNLOCKED_VALUE;

    [KernelSource("include/linux/rwsem.h", "rwsem_is_contended", Parity.Full)]
    public static bool rwsem_is_contended(rw_semaphore* sem) => sem->wait_list.next != null && !list_empty(&sem->wait_list);

    [KernelSource("include/linux/rwsem.h", "rwsem_assert_held", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("sem")]
    public static void rwsem_assert_held(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep_assert_held(sem, name, file, line);
        else
            WARN_ON(atomic_long_read(&sem->count) == RWSEM_UNLOCKED_VALUE);
    }

    [KernelSource("include/linux/rwsem.h", "rwsem_assert_held_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("sem")]
    public static void rwsem_assert_held_write(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep_assert_held_write(sem, name, file, line);
        else
            WARN_ON((atomic_long_read(&sem->count) & RWSEM_WRITER_LOCKED) == 0);
    }

    /* Annotations. */

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void rwsem_acquire(rw_semaphore* sem, uint subclass, bool trylock, int read, void* nest, string name, string file, int line)
    {
        if (prove_locking)
            lockdep.acquire((nint)sem, subclass, trylock, read, true, (nint)nest, lock_kind.sleep, name, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void rwsem_release(rw_semaphore* sem, string name, string file, int line)
    {
        if (prove_locking)
            lockdep.release((nint)sem, name, file, line);
    }

    /* For reading. */

    [KernelSource("kernel/locking/rwsem.c", "__down_read_common", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int __down_read_common(rw_semaphore* sem, uint state)
    {
        int ret = 0;
        preempt_disable();
        if (!rwsem_read_trylock(sem, out long count))
            ret = rwsem_down_read_slowpath(sem, count, state);
        preempt_enable();
        return ret;
    }

    [KernelSource("kernel/locking/rwsem.c", "down_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AcquiresShared("sem"), MightSleep]
    public static void down_read(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, 0, false, 1, null, name, file, line);
        __down_read_common(sem, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("kernel/locking/rwsem.c", "down_read_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AcquiresShared("sem"), MightSleep, Nested("subclass")]
    public static void down_read_nested(rw_semaphore* sem, uint subclass,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, subclass, false, 1, null, name, file, line);
        __down_read_common(sem, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("kernel/locking/rwsem.c", "down_read_interruptible", Parity.Full)]
    [TryAcquires(Result.Zero, "sem", Shared = true), MightSleep]
    public static int down_read_interruptible(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, 0, false, 1, null, name, file, line);
        int ret = __down_read_common(sem, TASK_INTERRUPTIBLE);
        if (ret != 0)
            rwsem_release(sem, name, file, line);
        return ret;
    }

    [KernelSource("kernel/locking/rwsem.c", "down_read_killable", Parity.Full)]
    [TryAcquires(Result.Zero, "sem", Shared = true), MightSleep]
    public static int down_read_killable(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, 0, false, 1, null, name, file, line);
        int ret = __down_read_common(sem, TASK_KILLABLE);
        if (ret != 0)
            rwsem_release(sem, name, file, line);
        return ret;
    }

    [KernelSource("kernel/locking/rwsem.c", "down_read_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "sem", Shared = true)]
    public static bool down_read_trylock(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool ret = false;
        preempt_disable();
        long tmp = atomic_long_read(&sem->count);
        while ((tmp & RWSEM_READ_FAILED_MASK) == 0)
        {
            if (atomic_long_try_cmpxchg_acquire(&sem->count, &tmp, tmp + RWSEM_READER_BIAS))
            {
                rwsem_set_reader_owned(sem);
                ret = true;
                break;
            }
        }

        preempt_enable();
        if (ret)
            rwsem_acquire(sem, 0, true, 1, null, name, file, line);
        return ret;
    }

    [KernelSource("kernel/locking/rwsem.c", "up_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("sem")]
    public static void up_read(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        rwsem_release(sem, name, file, line);
        __up_read(sem);
    }

    /// <summary>For a lock that another task took: the validator saw it go there.</summary>
    [KernelSource("kernel/locking/rwsem.c", "up_read_non_owner", Parity.Full)]
    [Releases("sem")]
    public static void up_read_non_owner(rw_semaphore* sem) => __up_read(sem);

    [KernelSource("kernel/locking/rwsem.c", "down_read_non_owner", Parity.Full)]
    [AcquiresShared("sem"), MightSleep]
    public static void down_read_non_owner(rw_semaphore* sem)
    {
        might_sleep();
        __down_read_common(sem, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("kernel/locking/rwsem.c", "__up_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void __up_read(rw_semaphore* sem)
    {
        preempt_disable();
        long tmp = atomic_long_add_return_release(-RWSEM_READER_BIAS, &sem->count);
        VM_WARN_ON_rwsem(tmp < 0, sem);
        if ((tmp & (RWSEM_LOCK_MASK | RWSEM_FLAG_WAITERS)) == RWSEM_FLAG_WAITERS)
            rwsem_wake(sem);
        preempt_enable();
    }

    /* For writing. */

    [KernelSource("kernel/locking/rwsem.c", "__down_write_common", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int __down_write_common(rw_semaphore* sem, uint state)
    {
        int ret = 0;
        preempt_disable();
        if (!rwsem_write_trylock(sem))
            ret = rwsem_down_write_slowpath(sem, state);
        preempt_enable();
        return ret;
    }

    [KernelSource("kernel/locking/rwsem.c", "down_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("sem"), MightSleep]
    public static void down_write(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, 0, false, 0, null, name, file, line);
        __down_write_common(sem, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("kernel/locking/rwsem.c", "down_write_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("sem"), MightSleep, Nested("subclass")]
    public static void down_write_nested(rw_semaphore* sem, uint subclass,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, subclass, false, 0, null, name, file, line);
        __down_write_common(sem, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("include/linux/rwsem.h", "down_write_nest_lock", Parity.Full)]
    [Acquires("sem"), MightSleep, Nested("nest")]
    public static void down_write_nest_lock(rw_semaphore* sem, void* nest,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, 0, false, 0, nest, name, file, line);
        __down_write_common(sem, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("kernel/locking/rwsem.c", "down_write_killable", Parity.Full)]
    [TryAcquires(Result.Zero, "sem"), MightSleep]
    public static int down_write_killable(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        down_write_killable_nested(sem, 0, name, file, line);

    [KernelSource("kernel/locking/rwsem.c", "down_write_killable_nested", Parity.Full)]
    [TryAcquires(Result.Zero, "sem"), MightSleep, Nested("subclass")]
    public static int down_write_killable_nested(rw_semaphore* sem, uint subclass,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, subclass, false, 0, null, name, file, line);
        int ret = __down_write_common(sem, TASK_KILLABLE);
        if (ret != 0)
            rwsem_release(sem, name, file, line);
        return ret;
    }

    [KernelSource("kernel/locking/rwsem.c", "down_write_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "sem")]
    public static bool down_write_trylock(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        bool ret = rwsem_write_trylock(sem);
        preempt_enable();
        if (ret)
            rwsem_acquire(sem, 0, true, 0, null, name, file, line);
        return ret;
    }

    [KernelSource("kernel/locking/rwsem.c", "up_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("sem")]
    public static void up_write(rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        rwsem_release(sem, name, file, line);
        VM_WARN_ON_rwsem(rwsem_owner(sem) != current, sem);
        preempt_disable();
        rwsem_clear_owner(sem);
        long tmp = atomic_long_fetch_add_release(-RWSEM_WRITER_LOCKED, &sem->count);
        if ((tmp & RWSEM_FLAG_WAITERS) != 0)
            rwsem_wake(sem);
        preempt_enable();
    }

    [KernelSource("kernel/locking/rwsem.c", "downgrade_write", Parity.Full)]
    [Releases("sem"), AcquiresShared("sem")]
    public static void downgrade_write(rw_semaphore* sem)
    {
        if (prove_locking)
            lockdep.downgrade((nint)sem);
        VM_WARN_ON_rwsem(rwsem_owner(sem) != current, sem);
        preempt_disable();
        long tmp = atomic_long_fetch_add_release(-RWSEM_WRITER_LOCKED + RWSEM_READER_BIAS, &sem->count);
        rwsem_set_reader_owned(sem);
        if ((tmp & RWSEM_FLAG_WAITERS) != 0)
            rwsem_downgrade_wake(sem);
        preempt_enable();
    }

    [System.Diagnostics.Conditional("DEBUG")]
    [Stable(SameObject = true)]
    private static void VM_WARN_ON_rwsem(bool c, rw_semaphore* sem)
    {
        if (c)
            WARN(true, $"rwsem 0x{(nint)sem:x}: count = 0x{atomic_long_read(&sem->count):x}, owner = 0x{atomic_long_read(&sem->owner):x}, curr 0x{(nint)current:x}");
    }
}
