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
        int spins = 0;
        long start = 0;
        for (;;)
        {
            if (Volatile.Read(ref @lock->val) == 0 && Interlocked.CompareExchange(ref @lock->val, me, 0) == 0)
                return;
            spin_once(ref spins, @lock);
            if (spins % spins_before_yield != 0)
                continue;
            if (start == 0)
                start = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(start).TotalSeconds > lockup_seconds)
                spin_bug(@lock, Volatile.Read(ref @lock->val), "lockup suspected");
        }
    }

    /// <summary>
    /// One turn of a loop that waits for another CPU: takes interrupts where they are on, lets another CPU run in
    /// deterministic mode, and now and then gives the host's CPU away.
    /// </summary>
    internal static void spin_once(ref int spins, void* @lock)
    {
        // There may be more CPUs in the machine than in the host: let the holder's thread run.
        if (++spins % spins_before_yield == 0)
            Thread.Yield();
        cpu_relax();
    }

    /// <summary>The task that the lock's word stands for.</summary>
    private static string holder_text(uint holder)
    {
        if (holder == ((uint)(nuint)current | 1))
            return "itself";
        task_struct* first = kernel_fork_c.init_task;
        if (first->tasks.next != null)
        {
            for (task_struct* p = next_task(first); p != first; p = next_task(p))
            {
                if (((uint)(nuint)p | 1) == holder)
                    return $"{comm_of(p)}/{p->pid} on CPU {task_cpu(p)}";
            }
        }

        return $"the task at 0x..{holder & ~1u:x8}";
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void spin_bug(raw_spinlock_t* @lock, uint holder, string what) =>
        oops($"spinlock {what}: lock 0x{(nint)@lock:x}, wanted by {comm_of(current)}/{current->pid} on CPU {smp_processor_id()}, held by {holder_text(holder)}\n{lockdep.debug_show_held_locks()}",
            "spin_lock", "spinlock.c", 0);
}
