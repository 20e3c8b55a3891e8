// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Threading;

namespace Linux;

public static unsafe partial class linux_spinlock_h
{
    /// <summary>How long one spinner waits, in host time, before the lock counts as dead.</summary>
    private const int lockup_seconds = 60;

    private const int spins_before_yield = 256;

    /// <summary>The lock is held by another, or by ourselves.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void queued_spin_lock_slowpath(raw_spinlock_t* @lock, uint me)
    {
        uint holder = Volatile.Read(ref @lock->val);
        if (holder == me)
            spin_bug(@lock, holder, "recursion");
        if (holder != 0 && !spinning_allowed)
            spin_bug(@lock, holder, "contended while one task runs at a time: the holder gave the CPU up with the lock held");

        int spins = 0;
        long start = 0;
        for (;;)
        {
            if (Volatile.Read(ref @lock->val) == 0 && Interlocked.CompareExchange(ref @lock->val, me, 0) == 0)
                return;
            if (++spins < spins_before_yield)
            {
                Thread.SpinWait(1);
                continue;
            }

            // There may be more CPUs in the machine than in the host: let the holder's thread run.
            spins = 0;
            Thread.Yield();
            if (start == 0)
                start = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(start).TotalSeconds > lockup_seconds)
                spin_bug(@lock, Volatile.Read(ref @lock->val), "lockup suspected");
        }
    }

    /// <summary>One turn of a loop that waits for another CPU: pauses, and now and then gives the host's CPU away.</summary>
    internal static void spin_once(ref int spins, void* @lock)
    {
        if (!spinning_allowed)
            spin_bug((raw_spinlock_t*)@lock, 0, "contended while one task runs at a time: the holder gave the CPU up with the lock held");
        if (++spins % spins_before_yield != 0)
            Thread.SpinWait(1);
        else
            Thread.Yield();
    }

    /// <summary>Whether another CPU can run while this one waits.</summary>
    internal static bool spinning_allowed;

    private static string holder_text(uint holder) => holder == ((uint)(nuint)current | 1) ? "itself" : $"the task at 0x..{holder & ~1u:x8}";

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void spin_bug(raw_spinlock_t* @lock, uint holder, string what) =>
        oops($"spinlock {what}: lock 0x{(nint)@lock:x}, wanted by {comm_of(current)}/{current->pid} on CPU {smp_processor_id()}, held by {holder_text(holder)}\n{lockdep.debug_show_held_locks()}",
            "spin_lock", "spinlock.c", 0);
}
