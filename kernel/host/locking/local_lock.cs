// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// Nothing but a name for "preemption (or irqs) off": the kernel's has no bytes. C# gives it one, which nobody writes,
/// so that a struct with the kernel's offsets may lay it over its neighbour.
/// </summary>
[LockClass(Kind = LockKind.Local)]
public struct local_lock_t
{
}

/// <summary>A local lock that can be tried: the byte tells an interrupt that the code below it is inside.</summary>
[LockClass(Kind = LockKind.Local)]
public struct local_trylock_t
{
    public byte acquired;
}

/// <summary>Per-CPU locks of a kernel without PREEMPT_RT. Arguments are __percpu pointers, as in C.</summary>
[ContextPrimitive]
public static unsafe class linux_local_lock_h
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void local_lock_acquire<T>(PerCpu<T>* pcpu, bool trylock, string name, string file, int line) where T : unmanaged
    {
        if (prove_locking)
            lockdep.acquire((nint)raw_cpu_ptr(pcpu), 0, trylock, 0, true, 0, lock_kind.local, name, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void local_lock_release<T>(PerCpu<T>* pcpu, string name, string file, int line) where T : unmanaged
    {
        if (prove_locking)
            lockdep.release((nint)raw_cpu_ptr(pcpu), name, file, line);
    }

    /// <summary>Of one CPU's copy: the address, not the __percpu pointer.</summary>
    [KernelSource("include/linux/local_lock_internal.h", "__local_lock_init", Parity.Full)]
    [Initializes("lock")]
    public static void local_lock_init(local_lock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        lockdep_init_map_type(@lock, name, null, 0, LD_WAIT_CONFIG, LD_WAIT_INV, LD_LOCK_PERCPU, file, line);

    [KernelSource("include/linux/local_lock_internal.h", "__local_trylock_init", Parity.Full)]
    [Initializes("lock")]
    public static void local_trylock_init(local_trylock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        @lock->acquired = 0;
        lockdep_init_map_type(@lock, name, null, 0, LD_WAIT_CONFIG, LD_WAIT_INV, LD_LOCK_PERCPU, file, line);
    }

    /* local_lock_t */

    [KernelSource("include/linux/local_lock_internal.h", "__local_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock")]
    public static void local_lock(PerCpu<local_lock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        local_lock_acquire(@lock, false, name, file, line);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_lock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqDisable]
    public static void local_lock_irq(PerCpu<local_lock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_disable();
        local_lock_acquire(@lock, false, name, file, line);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_lock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqSave("flags")]
    public static void local_lock_irqsave(PerCpu<local_lock_t>* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        local_lock_acquire(@lock, false, name, file, line);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_lock_nested_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock")]
    public static void local_lock_nested_bh(PerCpu<local_lock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lockdep_assert_in_softirq(file, line);
        local_lock_acquire(@lock, false, name, file, line);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock")]
    public static void local_unlock(PerCpu<local_lock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_lock_release(@lock, name, file, line);
        preempt_enable();
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqEnable]
    public static void local_unlock_irq(PerCpu<local_lock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_lock_release(@lock, name, file, line);
        local_irq_enable();
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock_irqrestore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqRestore("flags")]
    public static void local_unlock_irqrestore(PerCpu<local_lock_t>* @lock, IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_lock_release(@lock, name, file, line);
        local_irq_restore(flags);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock_nested_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock")]
    public static void local_unlock_nested_bh(PerCpu<local_lock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        local_lock_release(@lock, name, file, line);

    /* local_trylock_t */

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void acquire_held(PerCpu<local_trylock_t>* @lock, string name, string file, int line)
    {
        local_trylock_t* tl = raw_cpu_ptr(@lock);
        if (prove_locking)
            lockdep_assert(tl->acquired == 0, "tl->acquired == 0", file, line);
        WRITE_ONCE(&tl->acquired, 1);
        local_lock_acquire(@lock, false, name, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void release_held(PerCpu<local_trylock_t>* @lock, string name, string file, int line)
    {
        local_trylock_t* tl = raw_cpu_ptr(@lock);
        local_lock_release(@lock, name, file, line);
        if (prove_locking)
            lockdep_assert(tl->acquired == 1, "tl->acquired == 1", file, line);
        WRITE_ONCE(&tl->acquired, 0);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock")]
    public static void local_lock(PerCpu<local_trylock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        acquire_held(@lock, name, file, line);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_lock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqDisable]
    public static void local_lock_irq(PerCpu<local_trylock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_disable();
        acquire_held(@lock, name, file, line);
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_lock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqSave("flags")]
    public static void local_lock_irqsave(PerCpu<local_trylock_t>* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        acquire_held(@lock, name, file, line);
    }

    /// <summary>False if the lock is held on this CPU: by what this interrupt came into, or by ourselves further up.</summary>
    [KernelSource("include/linux/local_lock_internal.h", "__local_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock")]
    public static bool local_trylock(PerCpu<local_trylock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        local_trylock_t* tl = raw_cpu_ptr(@lock);
        if (READ_ONCE(&tl->acquired) != 0)
        {
            preempt_enable();
            return false;
        }

        WRITE_ONCE(&tl->acquired, 1);
        local_lock_acquire(@lock, true, name, file, line);
        return true;
    }

    /// <summary>
    /// local_trylock for who has looked for its CPU and its copy of the lock already, and comes to a point of its own
    /// soon (preempt_check_resched): without one here, a caller has nothing to keep over a call.
    /// </summary>
    [KernelSource("include/linux/local_lock_internal.h", "__local_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "tl")]
    internal static bool local_trylock_no_resched(local_trylock_t* tl, cpu* c,
        [CallerArgumentExpression(nameof(tl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        c->preempt_count++;
        if (READ_ONCE(&tl->acquired) != 0)
        {
            c->preempt_count--;
            return false;
        }

        WRITE_ONCE(&tl->acquired, 1);
        if (prove_locking)
            lockdep.acquire((nint)tl, 0, true, 0, true, 0, lock_kind.local, name, file, line);
        return true;
    }

    /// <summary>The end of <see cref="local_trylock_no_resched"/>.</summary>
    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("tl")]
    internal static void local_unlock_no_resched(local_trylock_t* tl, cpu* c,
        [CallerArgumentExpression(nameof(tl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
        {
            lockdep.release((nint)tl, name, file, line);
            lockdep_assert(tl->acquired == 1, "tl->acquired == 1", file, line);
        }
        WRITE_ONCE(&tl->acquired, 0);
        c->preempt_count--;
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_trylock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock"), IrqSave("flags")]
    public static bool local_trylock_irqsave(PerCpu<local_trylock_t>* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        local_trylock_t* tl = raw_cpu_ptr(@lock);
        if (READ_ONCE(&tl->acquired) != 0)
        {
            local_irq_restore(flags);
            return false;
        }

        WRITE_ONCE(&tl->acquired, 1);
        local_lock_acquire(@lock, true, name, file, line);
        return true;
    }

    /// <summary>Only with preemption or migration off.</summary>
    [KernelSource("include/linux/local_lock_internal.h", "__local_lock_is_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool local_lock_is_locked(PerCpu<local_trylock_t>* @lock) => READ_ONCE(&raw_cpu_ptr(@lock)->acquired) != 0;

    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock")]
    public static void local_unlock(PerCpu<local_trylock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        release_held(@lock, name, file, line);
        preempt_enable();
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqEnable]
    public static void local_unlock_irq(PerCpu<local_trylock_t>* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        release_held(@lock, name, file, line);
        local_irq_enable();
    }

    [KernelSource("include/linux/local_lock_internal.h", "__local_unlock_irqrestore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqRestore("flags")]
    public static void local_unlock_irqrestore(PerCpu<local_trylock_t>* @lock, IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        release_held(@lock, name, file, line);
        local_irq_restore(flags);
    }
}
