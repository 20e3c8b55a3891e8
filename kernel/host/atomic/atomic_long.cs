// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>atomic_long_*: always full barriers, as on x86; the weaker names are the same operation.</summary>
public static unsafe partial class linux_atomic_h
{
    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static long atomic_long_read(atomic_long_t* v) => Volatile.Read(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_read_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_read_acquire(atomic_long_t* v) => Volatile.Read(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_set", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_set(atomic_long_t* v, long i) => Volatile.Write(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_set_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_set_release(atomic_long_t* v, long i) => Volatile.Write(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_inc(atomic_long_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_dec(atomic_long_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_add(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_sub(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_and(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_andnot", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_andnot(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_long_or(long i, atomic_long_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_inc_return(atomic_long_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_dec_return(atomic_long_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_add_return(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_sub_return(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_add(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_sub(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_inc(atomic_long_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_dec(atomic_long_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_or(long i, atomic_long_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_and(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_andnot", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_andnot(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_xchg(atomic_long_t* v, long n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_cmpxchg(atomic_long_t* v, long old, long n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_try_cmpxchg(atomic_long_t* v, long* old, long n) 
    {
        long expected = *old;
        long seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_inc_return_relaxed(atomic_long_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_dec_return_relaxed(atomic_long_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_add_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_add_return_relaxed(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_sub_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_sub_return_relaxed(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_add_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_add_relaxed(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_sub_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_sub_relaxed(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_inc_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_inc_relaxed(atomic_long_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_dec_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_dec_relaxed(atomic_long_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_or_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_or_relaxed(long i, atomic_long_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_and_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_and_relaxed(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_andnot_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_andnot_relaxed(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_xchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_xchg_relaxed(atomic_long_t* v, long n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_cmpxchg_relaxed(atomic_long_t* v, long old, long n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_try_cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_try_cmpxchg_relaxed(atomic_long_t* v, long* old, long n) 
    {
        long expected = *old;
        long seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_inc_return_acquire(atomic_long_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_dec_return_acquire(atomic_long_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_add_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_add_return_acquire(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_sub_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_sub_return_acquire(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_add_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_add_acquire(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_sub_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_sub_acquire(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_inc_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_inc_acquire(atomic_long_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_dec_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_dec_acquire(atomic_long_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_or_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_or_acquire(long i, atomic_long_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_and_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_and_acquire(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_andnot_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_andnot_acquire(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_xchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_xchg_acquire(atomic_long_t* v, long n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_cmpxchg_acquire(atomic_long_t* v, long old, long n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_try_cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_try_cmpxchg_acquire(atomic_long_t* v, long* old, long n) 
    {
        long expected = *old;
        long seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_inc_return_release(atomic_long_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_dec_return_release(atomic_long_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_add_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_add_return_release(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_sub_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_sub_return_release(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_add_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_add_release(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_sub_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_sub_release(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_inc_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_inc_release(atomic_long_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_dec_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_dec_release(atomic_long_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_or_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_or_release(long i, atomic_long_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_and_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_and_release(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_andnot_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_andnot_release(long i, atomic_long_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_xchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_xchg_release(atomic_long_t* v, long n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_cmpxchg_release(atomic_long_t* v, long old, long n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_try_cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_try_cmpxchg_release(atomic_long_t* v, long* old, long n) 
    {
        long expected = *old;
        long seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec_and_test", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_dec_and_test(atomic_long_t* v) => Interlocked.Decrement(ref v->counter) == 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc_and_test", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_inc_and_test(atomic_long_t* v) => Interlocked.Increment(ref v->counter) == 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_sub_and_test", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_sub_and_test(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, -i) == 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_add_negative", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_add_negative(long i, atomic_long_t* v) => Interlocked.Add(ref v->counter, i) < 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_fetch_add_unless", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_fetch_add_unless(atomic_long_t* v, long a, long u) 
    {
        long c = Volatile.Read(ref v->counter);
        while (c != u)
        {
            long seen = Interlocked.CompareExchange(ref v->counter, c + a, c);
            if (seen == c)
                break;
            c = seen;
        }
        return c;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_add_unless", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_add_unless(atomic_long_t* v, long a, long u) => atomic_long_fetch_add_unless(v, a, u) != u;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc_not_zero", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_inc_not_zero(atomic_long_t* v) => atomic_long_fetch_add_unless(v, 1, 0) != 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec_if_positive", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long atomic_long_dec_if_positive(atomic_long_t* v) 
    {
        long c = Volatile.Read(ref v->counter);
        for (; ; )
        {
            long dec = c - 1;
            if (dec < 0)
                return dec;
            long seen = Interlocked.CompareExchange(ref v->counter, dec, c);
            if (seen == c)
                return dec;
            c = seen;
        }
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_inc_unless_negative", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_inc_unless_negative(atomic_long_t* v) 
    {
        long c = Volatile.Read(ref v->counter);
        while (c >= 0)
        {
            long seen = Interlocked.CompareExchange(ref v->counter, c + 1, c);
            if (seen == c)
                return true;
            c = seen;
        }
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_long_dec_unless_positive", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_long_dec_unless_positive(atomic_long_t* v) 
    {
        long c = Volatile.Read(ref v->counter);
        while (c <= 0)
        {
            long seen = Interlocked.CompareExchange(ref v->counter, c - 1, c);
            if (seen == c)
                return true;
            c = seen;
        }
        return false;
    }
}
