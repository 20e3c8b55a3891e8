// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>A reader-writer semaphore whose readers count on their own CPU while there is no writer.</summary>
[LockClass(Kind = LockKind.RwSem)]
public unsafe partial struct percpu_rw_semaphore
{
    public rcu_sync rss;
    [PerCpu(Remote = true)] public PerCpu<uint>* read_count;
    public rcuwait writer;
    public wait_queue_head waiters;
    public atomic_t block;
}

/// <summary>kernel/locking/percpu-rwsem.c.</summary>
[ContextPrimitive]
public static unsafe class linux_percpu_rwsem_h
{
    [KernelSource("kernel/locking/percpu-rwsem.c", "__percpu_init_rwsem", Parity.Full)]
    public static int percpu_init_rwsem(percpu_rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        sem->read_count = alloc_percpu<uint>();
        if (sem->read_count == null)
            return -ENOMEM;
        rcu_sync_init(&sem->rss);
        rcuwait_init(&sem->writer);
        init_waitqueue_head(&sem->waiters);
        atomic_set(&sem->block, 0);
        lockdep_init_map_type(sem, name, null, 0, LD_WAIT_SLEEP, LD_WAIT_INV, LD_LOCK_NORMAL, file, line);
        return 0;
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "percpu_free_rwsem", Parity.Full)]
    public static void percpu_free_rwsem(percpu_rw_semaphore* sem)
    {
        if (sem->read_count == null)
            return;
        rcu_sync_dtor(&sem->rss);
        free_percpu(sem->read_count);
        sem->read_count = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void rwsem_acquire(percpu_rw_semaphore* sem, bool trylock, int read, string name, string file, int line)
    {
        if (prove_locking)
            lockdep.acquire((nint)sem, 0, trylock, read, true, 0, lock_kind.sleep, name, file, line);
    }

    [KernelSource("include/linux/percpu-rwsem.h", "percpu_down_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AcquiresShared("sem"), MightSleep]
    public static void percpu_down_read(percpu_rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, false, 1, name, file, line);
        // With preemption off this is an RCU reader: who sees the state idle is waited for before counts are looked at.
        preempt_disable();
        if (rcu_sync_is_idle(&sem->rss))
            this_cpu_inc(sem->read_count);
        else
            __percpu_down_read(sem, false);
        preempt_enable();
    }

    [KernelSource("include/linux/percpu-rwsem.h", "percpu_down_read_trylock", Parity.Full)]
    [TryAcquires(Result.True, "sem", Shared = true)]
    public static bool percpu_down_read_trylock(percpu_rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool ret = true;
        preempt_disable();
        if (rcu_sync_is_idle(&sem->rss))
            this_cpu_inc(sem->read_count);
        else
            ret = __percpu_down_read(sem, true);
        preempt_enable();
        if (ret)
            rwsem_acquire(sem, true, 1, name, file, line);
        return ret;
    }

    [KernelSource("include/linux/percpu-rwsem.h", "percpu_up_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("sem")]
    public static void percpu_up_read(percpu_rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(sem, name, file, line);
        preempt_disable();
        if (rcu_sync_is_idle(&sem->rss))
        {
            this_cpu_dec(sem->read_count);
        }
        else
        {
            // The writer that sees the count gone sees what was done under it.
            smp_mb();
            this_cpu_dec(sem->read_count);
            rcuwait_wake_up(&sem->writer);
        }

        preempt_enable();
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "__percpu_down_read_trylock", Parity.Full)]
    private static bool __percpu_down_read_trylock(percpu_rw_semaphore* sem)
    {
        this_cpu_inc(sem->read_count);
        // Either this reader sees the block, or the writer sees its count.
        smp_mb();
        if (atomic_read_acquire(&sem->block) == 0)
            return true;
        this_cpu_dec(sem->read_count);
        rcuwait_wake_up(&sem->writer);
        return false;
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "__percpu_down_write_trylock", Parity.Full)]
    private static bool __percpu_down_write_trylock(percpu_rw_semaphore* sem)
    {
        if (atomic_read(&sem->block) != 0)
            return false;
        return atomic_xchg(&sem->block, 1) == 0;
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "__percpu_rwsem_trylock", Parity.Full)]
    private static bool __percpu_rwsem_trylock(percpu_rw_semaphore* sem, bool reader)
    {
        if (reader)
        {
            preempt_disable();
            bool ret = __percpu_down_read_trylock(sem);
            preempt_enable();
            return ret;
        }

        return __percpu_down_write_trylock(sem);
    }

    /// <summary>Takes the lock for the waiter, then wakes it; goes on through readers up to one writer.</summary>
    [KernelSource("kernel/locking/percpu-rwsem.c", "percpu_rwsem_wake_function", Parity.Full)]
    private static int percpu_rwsem_wake_function(wait_queue_entry* wq_entry, uint mode, int wake_flags, void* key)
    {
        bool reader = (wq_entry->flags & WQ_FLAG_CUSTOM) != 0;
        percpu_rw_semaphore* sem = (percpu_rw_semaphore*)key;
        if (!__percpu_rwsem_trylock(sem, reader))
            return 1;
        task_struct* p = (task_struct*)wq_entry->@private;
        get_task_struct(p);
        list_del_init(&wq_entry->entry);
        smp_store_release((nint*)&wq_entry->@private, 0);
        wake_up_process(p);
        put_task_struct(p);
        return reader ? 0 : 1;
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "percpu_rwsem_wait", Parity.Full)]
    private static void percpu_rwsem_wait(percpu_rw_semaphore* sem, bool reader)
    {
        wait_queue_entry wq_entry;
        init_wait_func(&wq_entry, &percpu_rwsem_wake_function);
        spin_lock_irq(&sem->waiters.@lock);
        // Under the queue's lock: an unlock after a failed try finds us on the list.
        bool wait = !__percpu_rwsem_trylock(sem, reader);
        if (wait)
        {
            wq_entry.flags |= WQ_FLAG_EXCLUSIVE | (reader ? WQ_FLAG_CUSTOM : 0);
            __add_wait_queue_entry_tail(&sem->waiters, &wq_entry);
        }

        spin_unlock_irq(&sem->waiters.@lock);
        while (wait)
        {
            set_current_state(TASK_UNINTERRUPTIBLE);
            if (smp_load_acquire((nint*)&wq_entry.@private) == 0)
                break;
            schedule();
        }

        __set_current_state(TASK_RUNNING);
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "__percpu_down_read", Parity.Full)]
    private static bool __percpu_down_read(percpu_rw_semaphore* sem, bool only_try)
    {
        if (__percpu_down_read_trylock(sem))
            return true;
        if (only_try)
            return false;
        preempt_enable();
        percpu_rwsem_wait(sem, true);
        preempt_disable();
        return true;
    }

    private static uint readers(percpu_rw_semaphore* sem)
    {
        uint sum = 0;
        foreach (int cpu in for_each_possible_cpu())
            sum += READ_ONCE(per_cpu_ptr(sem->read_count, cpu));
        return sum;
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "percpu_is_read_locked", Parity.Full)]
    public static bool percpu_is_read_locked(percpu_rw_semaphore* sem) => readers(sem) != 0 && atomic_read(&sem->block) == 0;

    [KernelSource("include/linux/percpu-rwsem.h", "percpu_is_write_locked", Parity.Full)]
    public static bool percpu_is_write_locked(percpu_rw_semaphore* sem) => atomic_read(&sem->block) != 0;

    [KernelSource("include/linux/percpu-rwsem.h", "percpu_rwsem_assert_held", Parity.Full)]
    [AssumesHeld("sem")]
    public static void percpu_rwsem_assert_held(percpu_rw_semaphore* sem) => lockdep_assert_held(sem);

    [KernelSource("include/linux/percpu-rwsem.h", "percpu_rwsem_is_held", Parity.Full)]
    public static bool percpu_rwsem_is_held(percpu_rw_semaphore* sem) => lockdep_is_held(sem);

    [KernelSource("kernel/locking/percpu-rwsem.c", "readers_active_check", Parity.Full)]
    private static bool readers_active_check(void* sem)
    {
        if (readers((percpu_rw_semaphore*)sem) != 0)
            return false;
        smp_mb();
        return true;
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "percpu_down_write", Parity.Full)]
    [Acquires("sem"), MightSleep]
    public static void percpu_down_write(percpu_rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        might_sleep(file, line);
        rwsem_acquire(sem, false, 0, name, file, line);
        rcu_sync_enter(&sem->rss);
        if (!__percpu_down_write_trylock(sem))
            percpu_rwsem_wait(sem, false);
        rcuwait_wait_event(&sem->writer, &readers_active_check, sem, TASK_UNINTERRUPTIBLE);
    }

    [KernelSource("kernel/locking/percpu-rwsem.c", "percpu_up_write", Parity.Full)]
    [Releases("sem")]
    public static void percpu_up_write(percpu_rw_semaphore* sem,
        [CallerArgumentExpression(nameof(sem))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(sem, name, file, line);
        // Readers stay on the slow path until they cannot miss what was done here.
        atomic_set_release(&sem->block, 0);
        __wake_up(&sem->waiters, TASK_NORMAL, 1, sem);
        rcu_sync_exit(&sem->rss);
    }
}
