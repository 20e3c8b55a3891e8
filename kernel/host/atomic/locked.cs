// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// Every locked instruction of the kernel: what the assembly calls Interlocked is this (vmlinux.cs). With the knob
/// count_locked each is counted, for who wants to know how many a page costs; without it nothing of that is compiled.
/// </summary>
internal static partial class locked
{
    /// <summary>Since the machine was booted; only in deterministic mode, where one task runs at a time.</summary>
    internal static ulong count;

    private static readonly bool counting = linux_knobs.count_locked;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void note()
    {
        if (counting)
            count++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Add(ref int location, int value)
    {
        note();
        return System.Threading.Interlocked.Add(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int And(ref int location, int value)
    {
        note();
        return System.Threading.Interlocked.And(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Or(ref int location, int value)
    {
        note();
        return System.Threading.Interlocked.Or(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Increment(ref int location)
    {
        note();
        return System.Threading.Interlocked.Increment(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Decrement(ref int location)
    {
        note();
        return System.Threading.Interlocked.Decrement(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Add(ref uint location, uint value)
    {
        note();
        return System.Threading.Interlocked.Add(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint And(ref uint location, uint value)
    {
        note();
        return System.Threading.Interlocked.And(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Or(ref uint location, uint value)
    {
        note();
        return System.Threading.Interlocked.Or(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Increment(ref uint location)
    {
        note();
        return System.Threading.Interlocked.Increment(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Decrement(ref uint location)
    {
        note();
        return System.Threading.Interlocked.Decrement(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Add(ref long location, long value)
    {
        note();
        return System.Threading.Interlocked.Add(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long And(ref long location, long value)
    {
        note();
        return System.Threading.Interlocked.And(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Or(ref long location, long value)
    {
        note();
        return System.Threading.Interlocked.Or(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Increment(ref long location)
    {
        note();
        return System.Threading.Interlocked.Increment(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Decrement(ref long location)
    {
        note();
        return System.Threading.Interlocked.Decrement(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ref ulong location, ulong value)
    {
        note();
        return System.Threading.Interlocked.Add(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong And(ref ulong location, ulong value)
    {
        note();
        return System.Threading.Interlocked.And(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Or(ref ulong location, ulong value)
    {
        note();
        return System.Threading.Interlocked.Or(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Increment(ref ulong location)
    {
        note();
        return System.Threading.Interlocked.Increment(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Decrement(ref ulong location)
    {
        note();
        return System.Threading.Interlocked.Decrement(ref location);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Exchange(ref int location, int value)
    {
        note();
        return System.Threading.Interlocked.Exchange(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CompareExchange(ref int location, int value, int comparand)
    {
        note();
        return System.Threading.Interlocked.CompareExchange(ref location, value, comparand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Exchange(ref uint location, uint value)
    {
        note();
        return System.Threading.Interlocked.Exchange(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint CompareExchange(ref uint location, uint value, uint comparand)
    {
        note();
        return System.Threading.Interlocked.CompareExchange(ref location, value, comparand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Exchange(ref long location, long value)
    {
        note();
        return System.Threading.Interlocked.Exchange(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long CompareExchange(ref long location, long value, long comparand)
    {
        note();
        return System.Threading.Interlocked.CompareExchange(ref location, value, comparand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Exchange(ref ulong location, ulong value)
    {
        note();
        return System.Threading.Interlocked.Exchange(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CompareExchange(ref ulong location, ulong value, ulong comparand)
    {
        note();
        return System.Threading.Interlocked.CompareExchange(ref location, value, comparand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Exchange(ref nint location, nint value)
    {
        note();
        return System.Threading.Interlocked.Exchange(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint CompareExchange(ref nint location, nint value, nint comparand)
    {
        note();
        return System.Threading.Interlocked.CompareExchange(ref location, value, comparand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Exchange(ref nuint location, nuint value)
    {
        note();
        return System.Threading.Interlocked.Exchange(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint CompareExchange(ref nuint location, nuint value, nuint comparand)
    {
        note();
        return System.Threading.Interlocked.CompareExchange(ref location, value, comparand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exchange<T>(ref T location, T value)
    {
        note();
        return System.Threading.Interlocked.Exchange(ref location, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T CompareExchange<T>(ref T location, T value, T comparand)
    {
        note();
        return System.Threading.Interlocked.CompareExchange(ref location, value, comparand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MemoryBarrier()
    {
        note();
        System.Threading.Interlocked.MemoryBarrier();
    }

    public static void MemoryBarrierProcessWide() => System.Threading.Interlocked.MemoryBarrierProcessWide();
}
