// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// A lock and the count that it guards.
[StructLayout(LayoutKind.Sequential)]
public struct lockref
{
    public spinlock_t @lock;
    [CountsRefs] public int count;
}

public static unsafe class lib_lockref_c
{
    private const string C = "lib/lockref.c";
    private const string Locked = "always by the lock, as in a kernel whose spinlocks are checked";

    [KernelSource("include/linux/lockref.h", "lockref_init", Parity.Full)]
    public static void lockref_init(lockref* lockref)
    {
        spin_lock_init(&lockref->@lock);
        lockref->count = 1;
    }

    [KernelSource(C, "lockref_get", Parity.Reduced, Locked)]
    public static void lockref_get(lockref* lockref)
    {
        spin_lock(&lockref->@lock);
        lockref->count++;
        spin_unlock(&lockref->@lock);
    }

    /// <summary>The count without the caller's reference; -1 when it takes the lock to tell.</summary>
    [KernelSource(C, "lockref_put_return", Parity.Reduced, Locked)]
    public static int lockref_put_return(lockref* lockref) => -1;

    [KernelSource(C, "lockref_mark_dead", Parity.Full)]
    public static void lockref_mark_dead(lockref* lockref)
    {
        lockdep_assert_held(&lockref->@lock);
        lockref->count = -128;
    }
}
