// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>cmpxchg, xchg and try_cmpxchg: one overload a width, so that constants convert as in C.</summary>
public static unsafe partial class linux_atomic_h
{
    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static sbyte cmpxchg(sbyte* ptr, sbyte old, sbyte n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static sbyte xchg(sbyte* ptr, sbyte n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(sbyte* ptr, sbyte* old, sbyte n)
    {
        sbyte expected = *old;
        sbyte seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static byte cmpxchg(byte* ptr, byte old, byte n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static byte xchg(byte* ptr, byte n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(byte* ptr, byte* old, byte n)
    {
        byte expected = *old;
        byte seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static short cmpxchg(short* ptr, short old, short n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static short xchg(short* ptr, short n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(short* ptr, short* old, short n)
    {
        short expected = *old;
        short seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static ushort cmpxchg(ushort* ptr, ushort old, ushort n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static ushort xchg(ushort* ptr, ushort n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(ushort* ptr, ushort* old, ushort n)
    {
        ushort expected = *old;
        ushort seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static int cmpxchg(int* ptr, int old, int n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static int cmpxchg_relaxed(int* ptr, int old, int n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static int cmpxchg_acquire(int* ptr, int old, int n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static int cmpxchg_release(int* ptr, int old, int n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static int xchg(int* ptr, int n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(int* ptr, int* old, int n)
    {
        int expected = *old;
        int seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static uint cmpxchg(uint* ptr, uint old, uint n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static uint cmpxchg_relaxed(uint* ptr, uint old, uint n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static uint cmpxchg_acquire(uint* ptr, uint old, uint n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static uint cmpxchg_release(uint* ptr, uint old, uint n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static uint xchg(uint* ptr, uint n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(uint* ptr, uint* old, uint n)
    {
        uint expected = *old;
        uint seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static long cmpxchg(long* ptr, long old, long n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static long cmpxchg_relaxed(long* ptr, long old, long n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static long cmpxchg_acquire(long* ptr, long old, long n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static long cmpxchg_release(long* ptr, long old, long n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static long xchg(long* ptr, long n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(long* ptr, long* old, long n)
    {
        long expected = *old;
        long seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static ulong cmpxchg(ulong* ptr, ulong old, ulong n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static ulong cmpxchg_relaxed(ulong* ptr, ulong old, ulong n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static ulong cmpxchg_acquire(ulong* ptr, ulong old, ulong n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static ulong cmpxchg_release(ulong* ptr, ulong old, ulong n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static ulong xchg(ulong* ptr, ulong n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(ulong* ptr, ulong* old, ulong n)
    {
        ulong expected = *old;
        ulong seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static nint cmpxchg(nint* ptr, nint old, nint n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static nint xchg(nint* ptr, nint n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(nint* ptr, nint* old, nint n)
    {
        nint expected = *old;
        nint seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static nuint cmpxchg(nuint* ptr, nuint old, nuint n) => Interlocked.CompareExchange(ref *ptr, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static nuint xchg(nuint* ptr, nuint n) => Interlocked.Exchange(ref *ptr, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg(nuint* ptr, nuint* old, nuint n)
    {
        nuint expected = *old;
        nuint seen = Interlocked.CompareExchange(ref *ptr, n, expected);
        *old = seen;
        return seen == expected;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static T* cmpxchg<T>(T** ptr, T* old, T* n) where T : unmanaged =>
        (T*)Interlocked.CompareExchange(ref *(nint*)ptr, (nint)n, (nint)old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static T* xchg<T>(T** ptr, T* n) where T : unmanaged => (T*)Interlocked.Exchange(ref *(nint*)ptr, (nint)n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(true, true)]
    public static bool try_cmpxchg<T>(T** ptr, T** old, T* n) where T : unmanaged
    {
        T* expected = *old;
        T* seen = (T*)Interlocked.CompareExchange(ref *(nint*)ptr, (nint)n, (nint)expected);
        *old = seen;
        return seen == expected;
    }
}
