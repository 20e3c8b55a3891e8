// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>The queued rwlock's counts, and the spinlock that its waiters stand in line at.</summary>
[LockClass(Kind = LockKind.Spin)]
public partial struct rwlock_t
{
    public uint cnts;
    public raw_spinlock_t wait_lock;
}

/// <summary>Reader-writer spinlocks, after kernel/locking/qrwlock.c: fair, but for readers in interrupts, who go first.</summary>
[ContextPrimitive]
public static unsafe class linux_rwlock_h
{
    private const uint _QW_WAITING = 0x100;
    private const uint _QW_LOCKED = 0x0ff;
    private const uint _QW_WMASK = 0x1ff;
    private const int _QR_SHIFT = 9;
    private const uint _QR_BIAS = 1U << _QR_SHIFT;

    [Initializes("lock")]
    public static void rwlock_init(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        @lock->cnts = 0;
        @lock->wait_lock.val = 0;
        lockdep_init_map_type(@lock, name, null, 0, LD_WAIT_CONFIG, LD_WAIT_INV, LD_LOCK_NORMAL, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void rwlock_acquire(rwlock_t* @lock, bool trylock, int read, string name, string file, int line)
    {
        // Only a reader in an interrupt may overtake a waiting writer, so only that one recurses.
        if (prove_locking)
            lockdep.acquire((nint)@lock, 0, trylock, read, true, 0, lock_kind.spin, name, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int reader_kind() => prove_locking && in_interrupt() ? 2 : 1;

    [AcquiresShared("lock")]
    public static void read_lock(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        rwlock_acquire(@lock, false, reader_kind(), name, file, line);
        if ((Interlocked.Add(ref @lock->cnts, _QR_BIAS) & _QW_WMASK) != 0)
            queued_read_lock_slowpath(@lock);
    }

    [TryAcquires(Result.True, "lock", Shared = true)]
    public static bool read_trylock(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        if ((Volatile.Read(ref @lock->cnts) & _QW_WMASK) == 0)
        {
            if ((Interlocked.Add(ref @lock->cnts, _QR_BIAS) & _QW_WMASK) == 0)
            {
                rwlock_acquire(@lock, true, reader_kind(), name, file, line);
                return true;
            }

            Interlocked.Add(ref @lock->cnts, unchecked(0 - _QR_BIAS));
        }

        preempt_enable();
        return false;
    }

    [Acquires("lock")]
    public static void write_lock(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        rwlock_acquire(@lock, false, 0, name, file, line);
        if (Interlocked.CompareExchange(ref @lock->cnts, _QW_LOCKED, 0) != 0)
            queued_write_lock_slowpath(@lock);
    }

    [TryAcquires(Result.True, "lock")]
    public static bool write_trylock(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        if (Volatile.Read(ref @lock->cnts) == 0 && Interlocked.CompareExchange(ref @lock->cnts, _QW_LOCKED, 0) == 0)
        {
            rwlock_acquire(@lock, true, 0, name, file, line);
            return true;
        }

        preempt_enable();
        return false;
    }

    [Releases("lock")]
    public static void read_unlock(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(@lock, name, file, line);
        Interlocked.Add(ref @lock->cnts, unchecked(0 - _QR_BIAS));
        preempt_enable();
    }

    [Releases("lock")]
    public static void write_unlock(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(@lock, name, file, line);
        Volatile.Write(ref *(byte*)&@lock->cnts, 0);
        preempt_enable();
    }

    [AcquiresShared("lock"), IrqDisable]
    public static void read_lock_irq(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_disable();
        read_lock(@lock, name, file, line);
    }

    [Acquires("lock"), IrqDisable]
    public static void write_lock_irq(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_disable();
        write_lock(@lock, name, file, line);
    }

    [AcquiresShared("lock"), IrqSave("flags")]
    public static void read_lock_irqsave(rwlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        read_lock(@lock, name, file, line);
    }

    [Acquires("lock"), IrqSave("flags")]
    public static void write_lock_irqsave(rwlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_irq_save(out flags);
        write_lock(@lock, name, file, line);
    }

    [Releases("lock"), IrqEnable]
    public static void read_unlock_irq(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(@lock, name, file, line);
        Interlocked.Add(ref @lock->cnts, unchecked(0 - _QR_BIAS));
        local_irq_enable();
        preempt_enable();
    }

    [Releases("lock"), IrqEnable]
    public static void write_unlock_irq(rwlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(@lock, name, file, line);
        Volatile.Write(ref *(byte*)&@lock->cnts, 0);
        local_irq_enable();
        preempt_enable();
    }

    [Releases("lock"), IrqRestore("flags")]
    public static void read_unlock_irqrestore(rwlock_t* @lock, IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(@lock, name, file, line);
        Interlocked.Add(ref @lock->cnts, unchecked(0 - _QR_BIAS));
        local_irq_restore(flags);
        preempt_enable();
    }

    [Releases("lock"), IrqRestore("flags")]
    public static void write_unlock_irqrestore(rwlock_t* @lock, IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        lock_release(@lock, name, file, line);
        Volatile.Write(ref *(byte*)&@lock->cnts, 0);
        local_irq_restore(flags);
        preempt_enable();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void queued_read_lock_slowpath(rwlock_t* @lock)
    {
        int spins = 0;
        if (in_interrupt())
        {
            // The count is up already, so only a writer that has the lock is in the way, not one that waits.
            while ((Volatile.Read(ref @lock->cnts) & _QW_LOCKED) != 0)
                linux_spinlock_h.spin_once(ref spins, @lock);
            return;
        }

        Interlocked.Add(ref @lock->cnts, unchecked(0 - _QR_BIAS));
        while (Interlocked.CompareExchange(ref @lock->wait_lock.val, 1, 0) != 0)
            linux_spinlock_h.spin_once(ref spins, @lock);
        Interlocked.Add(ref @lock->cnts, _QR_BIAS);
        while ((Volatile.Read(ref @lock->cnts) & _QW_LOCKED) != 0)
            linux_spinlock_h.spin_once(ref spins, @lock);
        Volatile.Write(ref @lock->wait_lock.val, 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void queued_write_lock_slowpath(rwlock_t* @lock)
    {
        int spins = 0;
        while (Interlocked.CompareExchange(ref @lock->wait_lock.val, 1, 0) != 0)
            linux_spinlock_h.spin_once(ref spins, @lock);
        if (Volatile.Read(ref @lock->cnts) != 0 || Interlocked.CompareExchange(ref @lock->cnts, _QW_LOCKED, 0) != 0)
        {
            Interlocked.Or(ref @lock->cnts, _QW_WAITING);
            while (Volatile.Read(ref @lock->cnts) != _QW_WAITING || Interlocked.CompareExchange(ref @lock->cnts, _QW_LOCKED, _QW_WAITING) != _QW_WAITING)
                linux_spinlock_h.spin_once(ref spins, @lock);
        }

        Volatile.Write(ref @lock->wait_lock.val, 0);
    }
}
