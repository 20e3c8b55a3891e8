// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Counts that are dropped to zero only under a lock, so that who finds the object under it finds it alive.</summary>
[ContextPrimitive]
public static unsafe class lib_dec_and_lock_c
{
    [KernelSource("lib/dec_and_lock.c", "_atomic_dec_and_lock", Parity.Full)]
    [TryAcquires(Result.True, "lock")]
    public static bool atomic_dec_and_lock(atomic_t* atomic, spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (atomic_add_unless(atomic, -1, 1))
            return false;
        spin_lock(@lock, name, file, line);
        if (atomic_dec_and_test(atomic))
            return true;
        spin_unlock(@lock, name, file, line);
        return false;
    }

    [KernelSource("lib/dec_and_lock.c", "_atomic_dec_and_lock_irqsave", Parity.Full)]
    [TryAcquires(Result.True, "lock"), IrqSave("flags")]
    public static bool atomic_dec_and_lock_irqsave(atomic_t* atomic, spinlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        flags = default;
        if (atomic_add_unless(atomic, -1, 1))
            return false;
        spin_lock_irqsave(@lock, out flags, name, file, line);
        if (atomic_dec_and_test(atomic))
            return true;
        spin_unlock_irqrestore(@lock, flags, name, file, line);
        return false;
    }

    [KernelSource("lib/refcount.c", "refcount_dec_and_lock", Parity.Full)]
    [TryAcquires(Result.True, "lock")]
    public static bool refcount_dec_and_lock(refcount_t* r, spinlock_t* @lock,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (refcount_dec_not_one(r))
            return false;
        spin_lock(@lock, name, file, line);
        if (refcount_dec_and_test(r))
            return true;
        spin_unlock(@lock, name, file, line);
        return false;
    }

    [KernelSource("lib/refcount.c", "refcount_dec_and_lock_irqsave", Parity.Full)]
    [TryAcquires(Result.True, "lock"), IrqSave("flags")]
    public static bool refcount_dec_and_lock_irqsave(refcount_t* r, spinlock_t* @lock, out IrqFlags flags,
        [CallerArgumentExpression(nameof(@lock))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        flags = default;
        if (refcount_dec_not_one(r))
            return false;
        spin_lock_irqsave(@lock, out flags, name, file, line);
        if (refcount_dec_and_test(r))
            return true;
        spin_unlock_irqrestore(@lock, flags, name, file, line);
        return false;
    }
}
