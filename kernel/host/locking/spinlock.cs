// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>Zero is unlocked; held, it is the low half of the holder's task pointer, so that a deadlock can name it.</summary>
[LockClass(Kind = LockKind.RawSpin)]
public partial struct raw_spinlock_t
{
    public uint val;
}

[LockClass(Kind = LockKind.Spin)]
public partial struct spinlock_t
{
    public raw_spinlock_t rlock;
}

/// <summary>
/// Spinlocks: preemption off, one locked exchange, and a release store. In deterministic mode nobody spins, as one
/// task runs at a time: a lock that is not free was kept over a point where its holder gave the CPU up.
/// </summary>
[ContextPrimitive]
public static unsafe partial class linux_spinlock_h
{
    [KernelSource("include/linux/spinlock.h", "raw_spin_lock_init", Parity.Full)]
    [Initializes("lock")]
    public static void raw_spin_lock_init(raw_spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        @lock->val = 0;
        lockdep_init_map_type(@lock, name, null, 0, LD_WAIT_SPIN, LD_WAIT_INV, LD_LOCK_NORMAL, file, line);
    }

    [KernelSource("include/linux/spinlock.h", "spin_lock_init", Parity.Full)]
    [Initializes("lock")]
    public static void spin_lock_init(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        @lock->rlock.val = 0;
        lockdep_init_map_type(@lock, name, null, 0, LD_WAIT_CONFIG, LD_WAIT_INV, LD_LOCK_NORMAL, file, line);
    }

    /* The lock word. */

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint holder_of(cpu* c) => (uint)(nuint)c->current_task | 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void do_raw_spin_lock(raw_spinlock_t* @lock, cpu* c)
    {
        uint me = holder_of(c);
        if (Interlocked.CompareExchange(ref @lock->val, me, 0) != 0)
            queued_spin_lock_slowpath(@lock, me);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool do_raw_spin_trylock(raw_spinlock_t* @lock, cpu* c) =>
        Volatile.Read(ref @lock->val) == 0 && Interlocked.CompareExchange(ref @lock->val, holder_of(c), 0) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void do_raw_spin_unlock(raw_spinlock_t* @lock) => Volatile.Write(ref @lock->val, 0);

    /* Annotations: gone when the validator is off. */

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void spin_acquire(void* @lock, uint subclass, bool trylock, void* nest_lock, lock_kind kind, string name, string file, int line)
    {
        if (prove_locking)
            lockdep.acquire((nint)@lock, subclass, trylock, 0, true, (nint)nest_lock, kind, name, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void spin_release(void* @lock, string name, string file, int line)
    {
        if (prove_locking)
            lockdep.release((nint)@lock, name, file, line);
    }

    /* raw_spinlock_t */

    [KernelSource("include/linux/spinlock.h", "raw_spin_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock")]
    public static void raw_spin_lock(raw_spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
        spin_acquire(@lock, 0, false, null, lock_kind.raw_spin, name, file, line);
        do_raw_spin_lock(@lock, c);
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_lock_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), Nested("subclass")]
    public static void raw_spin_lock_nested(raw_spinlock_t* @lock, uint subclass,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
        spin_acquire(@lock, subclass, false, null, lock_kind.raw_spin, name, file, line);
        do_raw_spin_lock(@lock, c);
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_lock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqDisable]
    public static void raw_spin_lock_irq(raw_spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_disable();
        raw_spin_lock(@lock, name, file, line);
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_lock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqSave("flags")]
    public static void raw_spin_lock_irqsave(raw_spinlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        raw_spin_lock(@lock, name, file, line);
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock")]
    public static bool raw_spin_trylock(raw_spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
        if (do_raw_spin_trylock(@lock, c))
        {
            spin_acquire(@lock, 0, true, null, lock_kind.raw_spin, name, file, line);
            return true;
        }

        preempt_enable();
        return false;
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_trylock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock"), IrqSave("flags")]
    public static bool raw_spin_trylock_irqsave(raw_spinlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        if (raw_spin_trylock(@lock, name, file, line))
            return true;
        local_irq_restore(flags);
        return false;
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock")]
    public static void raw_spin_unlock(raw_spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(@lock);
        preempt_enable();
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_unlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqEnable]
    public static void raw_spin_unlock_irq(raw_spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(@lock);
        local_irq_enable();
        preempt_enable();
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_unlock_irqrestore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqRestore("flags")]
    public static void raw_spin_unlock_irqrestore(raw_spinlock_t* @lock, IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(@lock);
        local_irq_restore(flags);
        preempt_enable();
    }

    [KernelSource("include/linux/spinlock.h", "raw_spin_is_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("lock", ByResult = true)]
    public static bool raw_spin_is_locked(raw_spinlock_t* @lock) => Volatile.Read(ref @lock->val) != 0;

    [KernelSource("include/linux/spinlock.h", "assert_raw_spin_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("lock")]
    public static void assert_raw_spin_locked(raw_spinlock_t* @lock) => BUG_ON(!raw_spin_is_locked(@lock));

    /* spinlock_t */

    [KernelSource("include/linux/spinlock.h", "spin_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock")]
    public static void spin_lock(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
        spin_acquire(@lock, 0, false, null, lock_kind.spin, name, file, line);
        do_raw_spin_lock(&@lock->rlock, c);
    }

    [KernelSource("include/linux/spinlock.h", "spin_lock_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), Nested("subclass")]
    public static void spin_lock_nested(spinlock_t* @lock, uint subclass,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
        spin_acquire(@lock, subclass, false, null, lock_kind.spin, name, file, line);
        do_raw_spin_lock(&@lock->rlock, c);
    }

    /// <summary>Many locks of one class at once, as the outer lock keeps everybody else from doing so.</summary>
    [KernelSource("include/linux/spinlock.h", "spin_lock_nest_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), Nested("nest_lock")]
    public static void spin_lock_nest_lock(spinlock_t* @lock, void* nest_lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
        spin_acquire(@lock, 0, false, nest_lock, lock_kind.spin, name, file, line);
        do_raw_spin_lock(&@lock->rlock, c);
    }

    [KernelSource("include/linux/spinlock.h", "spin_lock_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), BhAdjust(1)]
    public static void spin_lock_bh(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_bh_disable();
        spin_lock(@lock, name, file, line);
    }

    [KernelSource("include/linux/spinlock.h", "spin_lock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqDisable]
    public static void spin_lock_irq(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_disable();
        spin_lock(@lock, name, file, line);
    }

    [KernelSource("include/linux/spinlock.h", "spin_lock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqSave("flags")]
    public static void spin_lock_irqsave(spinlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        spin_lock(@lock, name, file, line);
    }

    [KernelSource("include/linux/spinlock.h", "spin_lock_irqsave_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("lock"), IrqSave("flags"), Nested("subclass")]
    public static void spin_lock_irqsave_nested(spinlock_t* @lock, out IrqFlags flags, uint subclass,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        spin_lock_nested(@lock, subclass, name, file, line);
    }

    /// <summary>spin_trylock for those who have preemption off around the lock anyway: it is not counted once more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock")]
    public static bool spin_trylock_pinned(spinlock_t* @lock, cpu* c,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (!do_raw_spin_trylock(&@lock->rlock, c))
            return false;
        spin_acquire(@lock, 0, true, null, lock_kind.spin, name, file, line);
        return true;
    }

    /// <summary>The end of <see cref="spin_trylock_pinned"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock")]
    public static void spin_unlock_pinned(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(&@lock->rlock);
    }

    [KernelSource("include/linux/spinlock.h", "spin_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock")]
    public static bool spin_trylock(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        cpu* c = __this_cpu;
        c->preempt_count++;
        if (do_raw_spin_trylock(&@lock->rlock, c))
        {
            spin_acquire(@lock, 0, true, null, lock_kind.spin, name, file, line);
            return true;
        }

        preempt_enable();
        return false;
    }

    [KernelSource("include/linux/spinlock.h", "spin_trylock_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock"), BhAdjust(1)]
    public static bool spin_trylock_bh(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_bh_disable();
        if (spin_trylock(@lock, name, file, line))
            return true;
        local_bh_enable();
        return false;
    }

    [KernelSource("include/linux/spinlock.h", "spin_trylock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock"), IrqDisable]
    public static bool spin_trylock_irq(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_disable();
        if (spin_trylock(@lock, name, file, line))
            return true;
        local_irq_enable();
        return false;
    }

    [KernelSource("include/linux/spinlock.h", "spin_trylock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "lock"), IrqSave("flags")]
    public static bool spin_trylock_irqsave(spinlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        if (spin_trylock(@lock, name, file, line))
            return true;
        local_irq_restore(flags);
        return false;
    }

    [KernelSource("include/linux/spinlock.h", "spin_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock")]
    public static void spin_unlock(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(&@lock->rlock);
        preempt_enable();
    }

    [KernelSource("include/linux/spinlock.h", "spin_unlock_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), BhAdjust(-1)]
    public static void spin_unlock_bh(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(&@lock->rlock);
        preempt_enable();
        local_bh_enable();
    }

    [KernelSource("include/linux/spinlock.h", "spin_unlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqEnable]
    public static void spin_unlock_irq(spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(&@lock->rlock);
        local_irq_enable();
        preempt_enable();
    }

    [KernelSource("include/linux/spinlock.h", "spin_unlock_irqrestore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("lock"), IrqRestore("flags")]
    public static void spin_unlock_irqrestore(spinlock_t* @lock, IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_release(@lock, name, file, line);
        do_raw_spin_unlock(&@lock->rlock);
        local_irq_restore(flags);
        preempt_enable();
    }

    [KernelSource("include/linux/spinlock.h", "spin_is_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("lock", ByResult = true)]
    public static bool spin_is_locked(spinlock_t* @lock) => raw_spin_is_locked(&@lock->rlock);

    [KernelSource("include/linux/spinlock.h", "assert_spin_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("lock")]
    public static void assert_spin_locked(spinlock_t* @lock) => BUG_ON(!spin_is_locked(@lock));

    [KernelSource("include/linux/spinlock.h", "spin_is_contended", Parity.Reduced, "waiters are not queued in the lock word, so there is nobody to see")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool spin_is_contended(spinlock_t* @lock) => false;

    [KernelSource("include/linux/spinlock.h", "spin_needbreak", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool spin_needbreak(spinlock_t* @lock) => false;
}
