// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>The lock under the scheduler and the timers: a word. Its holder never gives the CPU up.</summary>
[ContextPrimitive]
internal static class host_lock
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("word")]
    public static void acquire(ref int word)
    {
        if (Interlocked.CompareExchange(ref word, 1, 0) != 0)
            wait(ref word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "word")]
    public static bool try_acquire(ref int word) => Interlocked.CompareExchange(ref word, 1, 0) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("word")]
    public static void release(ref int word) => Volatile.Write(ref word, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void wait(ref int word)
    {
        var spin = new SpinWait();
        do
            spin.SpinOnce(sleep1Threshold: -1);
        while (Volatile.Read(ref word) != 0 || Interlocked.CompareExchange(ref word, 1, 0) != 0);
    }
}
