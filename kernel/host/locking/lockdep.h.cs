// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Only its address counts: it is the identity of a class of locks.</summary>
public struct lock_class_key
{
    public byte subkeys;
}

/// <summary>A map without a lock, as of a pseudo-lock (fs_reclaim, rcu_read_lock): only its address counts.</summary>
public struct lockdep_map
{
    public byte key;
}

/// <summary>
/// What code says to the lock validator. The locks keep the layout of a kernel built without it, so all that the
/// validator knows of a lock is in a table beside, keyed by the lock's address: see <see cref="lockdep"/>.
/// </summary>
[ContextPrimitive]
public static unsafe partial class linux_lockdep_h
{
    /* What may wait inside a lock of this kind, from least to most. */
    public const int LD_WAIT_INV = 0;
    public const int LD_WAIT_FREE = 1;
    public const int LD_WAIT_SPIN = 2;
    public const int LD_WAIT_CONFIG = 3;
    public const int LD_WAIT_SLEEP = 4;
    public const int LD_WAIT_MAX = 5;

    public const int LD_LOCK_NORMAL = 0;
    public const int LD_LOCK_PERCPU = 1;

    public const uint MAX_LOCKDEP_SUBCLASSES = 8;
    public const uint SINGLE_DEPTH_NESTING = 1;

    public const int LOCK_STATE_UNKNOWN = -1;
    public const int LOCK_STATE_NOT_HELD = 0;
    public const int LOCK_STATE_HELD = 1;

    /// <summary>Whether locks are checked. Fixed for the process, so that code compiled while it is off has no trace of it.</summary>
    public static readonly bool prove_locking = read_prove_locking();

    /// <summary>KMEMCG_LOCKDEP=0 or 1, else the knob lockdep; on by default in Debug.</summary>
    private static bool read_prove_locking()
    {
        string? own = Environment.GetEnvironmentVariable("KMEMCG_LOCKDEP");
        return string.IsNullOrEmpty(own) ? linux_knobs.lockdep : own != "0";
    }

    /// <summary>Gives the lock at this address its class: the place of initialisation, unless a key is given.</summary>
    public static void lockdep_init_map_type(void* @lock, string name, lock_class_key* key, int subclass, int inner, int outer, int lock_type,
        string file, int line)
    {
        if (prove_locking)
            lockdep.init_map((nint)@lock, name, (nint)key, (uint)subclass, inner, outer, lock_type, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_set_class(void* @lock, lock_class_key* key,
        [CallerArgumentExpression(nameof(key))] string name = "")
    {
        if (prove_locking)
            lockdep.set_class((nint)@lock, (nint)key, name, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_set_class_and_name(void* @lock, lock_class_key* key, string name)
    {
        if (prove_locking)
            lockdep.set_class((nint)@lock, (nint)key, name, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_set_class_and_subclass(void* @lock, lock_class_key* key, uint subclass,
        [CallerArgumentExpression(nameof(key))] string name = "")
    {
        if (prove_locking)
            lockdep.set_class((nint)@lock, (nint)key, name, subclass);
    }

    /// <summary>The lock is of the class that was set for <paramref name="from"/>, as for an object that makes locks later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_copy_map(void* to, void* from)
    {
        if (prove_locking)
            lockdep.copy_class((nint)to, (nint)from);
    }

    /// <summary>The same class in another nesting position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_set_subclass(void* @lock, uint subclass)
    {
        if (prove_locking)
            lockdep.set_subclass((nint)@lock, subclass);
    }

    /// <summary>Leaves this lock out of all checks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_set_novalidate_class(void* @lock)
    {
        if (prove_locking)
            lockdep.set_novalidate((nint)@lock);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_register_key(lock_class_key* key)
    {
    }

    /// <summary>The memory of the key goes away: the classes made of it must not be met again by another key at its address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_unregister_key(lock_class_key* key)
    {
        if (prove_locking)
            lockdep.forget_key((nint)key);
    }

    /* The two calls that every annotated lock makes. read: 0 exclusive, 1 shared, 2 shared and recursive. */

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lock_acquire(void* @lock, uint subclass, int trylock, int read, int check, void* nest_lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep.acquire((nint)@lock, subclass, trylock != 0, read, check != 0, (nint)nest_lock, lock_kind.map, name, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lock_release(void* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep.release((nint)@lock, name, file, line);
    }

    public static void lock_map_acquire(lockdep_map* l,
        [CallerArgumentExpression(nameof(l))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        lock_acquire(l, 0, 0, 0, 1, null, name, file, line);

    public static void lock_map_acquire_read(lockdep_map* l,
        [CallerArgumentExpression(nameof(l))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        lock_acquire(l, 0, 0, 2, 1, null, name, file, line);

    public static void lock_map_acquire_try(lockdep_map* l,
        [CallerArgumentExpression(nameof(l))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        lock_acquire(l, 0, 1, 0, 1, null, name, file, line);

    public static void lock_map_release(lockdep_map* l,
        [CallerArgumentExpression(nameof(l))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        lock_release(l, name, file, line);

    /// <summary>Takes and drops the lock's class, to teach its order to the validator where the lock is only sometimes taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void might_lock(void* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
        {
            lockdep.acquire((nint)@lock, 0, false, 0, true, 0, lock_kind.unknown, name, file, line);
            lockdep.release((nint)@lock, name, file, line);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void might_lock_read(void* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
        {
            lockdep.acquire((nint)@lock, 0, false, 1, true, 0, lock_kind.unknown, name, file, line);
            lockdep.release((nint)@lock, name, file, line);
        }
    }

    /* Questions. Without the validator every lock counts as held, as in the kernel. */

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("lock", ByResult = true)]
    public static bool lockdep_is_held(void* @lock) => !prove_locking || lockdep.is_held((nint)@lock, -1) != LOCK_STATE_NOT_HELD;

    /// <summary>Held in this way: 0 exclusive, 1 shared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("lock", ByResult = true)]
    public static bool lockdep_is_held_type(void* @lock, int read) => !prove_locking || lockdep.is_held((nint)@lock, read) != LOCK_STATE_NOT_HELD;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("lock", ByResult = true)]
    public static bool lock_is_held(void* @lock) => lockdep_is_held(@lock);

    /* Assertions. */

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_assert(bool cond,
        [CallerArgumentExpression(nameof(cond))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && !cond)
            lockdep.assertion("lockdep_assert", what, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_assert_once(bool cond,
        [CallerArgumentExpression(nameof(cond))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && !cond)
            lockdep.assertion("lockdep_assert_once", what, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("l")]
    public static void lockdep_assert_held(void* l,
        [CallerArgumentExpression(nameof(l))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && lockdep.is_held((nint)l, -1) == LOCK_STATE_NOT_HELD)
            lockdep.assertion("lockdep_assert_held", what, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("l")]
    public static void lockdep_assert_held_once(void* l,
        [CallerArgumentExpression(nameof(l))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        lockdep_assert_held(l, what, file, line);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_assert_not_held(void* l,
        [CallerArgumentExpression(nameof(l))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && lockdep.is_held((nint)l, -1) == LOCK_STATE_HELD)
            lockdep.assertion("lockdep_assert_not_held", what, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("l")]
    public static void lockdep_assert_held_write(void* l,
        [CallerArgumentExpression(nameof(l))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && lockdep.is_held((nint)l, 0) == LOCK_STATE_NOT_HELD)
            lockdep.assertion("lockdep_assert_held_write", what, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("l")]
    public static void lockdep_assert_held_read(void* l,
        [CallerArgumentExpression(nameof(l))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && lockdep.is_held((nint)l, 1) == LOCK_STATE_NOT_HELD)
            lockdep.assertion("lockdep_assert_held_read", what, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_assert_none_held_once(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && lockdep.depth != 0)
            lockdep.assertion("lockdep_assert_none_held_once", "current->lockdep_depth", file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_assert_irqs_enabled([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && irqs_disabled())
            lockdep.assertion("lockdep_assert_irqs_enabled", "irqs are off", file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("irqs_off")]
    public static void lockdep_assert_irqs_disabled([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && !irqs_disabled())
            lockdep.assertion("lockdep_assert_irqs_disabled", "irqs are on", file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("irqs_off")]
    public static void lockdep_assert_in_irq([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && !in_hardirq())
            lockdep.assertion("lockdep_assert_in_irq", "not in an interrupt", file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_assert_no_hardirq([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && (in_hardirq() || irqs_disabled()))
            lockdep.assertion("lockdep_assert_no_hardirq", "in an interrupt or irqs are off", file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("bh_off")]
    public static void lockdep_assert_in_softirq([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && (!in_softirq() || in_hardirq()))
            lockdep.assertion("lockdep_assert_in_softirq", "not in a softirq", file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_assert_preemption_enabled([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && (preempt_count() != 0 || irqs_disabled()))
            lockdep.assertion("lockdep_assert_preemption_enabled", "preemption or irqs are off", file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("preempt_off")]
    public static void lockdep_assert_preemption_disabled([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && preempt_count() == 0 && !irqs_disabled())
            lockdep.assertion("lockdep_assert_preemption_disabled", "preemption and irqs are on", file, line);
    }

    /* Hooks of others. */

    /// <summary>Interrupts of this CPU are about to be switched on: what is held now is held with them on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_hardirqs_on_prepare()
    {
        if (prove_locking)
            lockdep.hardirqs_on();
    }

    /// <summary>Softirqs of this CPU are on again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_softirqs_on()
    {
        if (prove_locking)
            lockdep.softirqs_on();
    }

    /// <summary>No lock in memory that is being freed may be held; what is known of locks in page frames is forgotten with them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void debug_check_no_locks_freed(void* mem_from, ulong mem_len)
    {
        if (prove_locking)
            lockdep.free_range((nint)mem_from, (nint)mem_len);
    }

    /// <summary>A task that exits holds nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void debug_check_no_locks_held()
    {
        if (prove_locking)
            lockdep.check_none_held("task exits with locks held");
    }

    /// <summary>Nothing is held on the way back to user mode.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void lockdep_sys_exit()
    {
        if (prove_locking)
            lockdep.check_none_held("lock held when returning to user space!");
    }

    /// <summary>At boot: forgets the classes, orders and reports of the machine before.</summary>
    public static void lockdep_init()
    {
        if (prove_locking)
            lockdep.reset();
    }

    /// <summary>might_sleep: this may give the CPU up, so it may not be called in atomic context.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MightSleep]
    public static void might_sleep([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep.might_sleep(file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MightSleepIf("cond")]
    public static void might_sleep_if(bool cond, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && cond)
            lockdep.might_sleep(file, line);
    }

    /// <summary>might_sleep for what only reschedules: the task's state does not matter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __might_resched(string file, int line)
    {
        if (prove_locking)
            lockdep.might_resched(file, line);
    }

    /// <summary>Says that this may not be called where sleeping is allowed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void cant_sleep([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && preempt_count() == 0 && !irqs_disabled())
            lockdep.assertion("cant_sleep", "not in atomic context", file, line);
    }
}
