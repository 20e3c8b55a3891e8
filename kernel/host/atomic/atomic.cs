// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>atomic_*: always full barriers, as on x86; the weaker names are the same operation.</summary>
public static unsafe partial class linux_atomic_h
{
    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static int atomic_read(atomic_t* v) => Volatile.Read(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_read_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_read_acquire(atomic_t* v) => Volatile.Read(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_set", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_set(atomic_t* v, int i) => Volatile.Write(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_set_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_set_release(atomic_t* v, int i) => Volatile.Write(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_inc(atomic_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_dec(atomic_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_add(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_sub(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_and(int i, atomic_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_andnot", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_andnot(int i, atomic_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void atomic_or(int i, atomic_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_inc_return(atomic_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_dec_return(atomic_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_add_return(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_sub_return(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_add(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_sub(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_inc(atomic_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_dec(atomic_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_or(int i, atomic_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_and(int i, atomic_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_andnot", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_andnot(int i, atomic_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_xchg(atomic_t* v, int n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_cmpxchg(atomic_t* v, int old, int n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_try_cmpxchg(atomic_t* v, int* old, int n) 
    {
        int expected = *old;
        int seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_inc_return_relaxed(atomic_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_dec_return_relaxed(atomic_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_add_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_add_return_relaxed(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_sub_return_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_sub_return_relaxed(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_add_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_add_relaxed(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_sub_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_sub_relaxed(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_inc_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_inc_relaxed(atomic_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_dec_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_dec_relaxed(atomic_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_or_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_or_relaxed(int i, atomic_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_and_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_and_relaxed(int i, atomic_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_andnot_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_andnot_relaxed(int i, atomic_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_xchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_xchg_relaxed(atomic_t* v, int n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_cmpxchg_relaxed(atomic_t* v, int old, int n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_try_cmpxchg_relaxed", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_try_cmpxchg_relaxed(atomic_t* v, int* old, int n) 
    {
        int expected = *old;
        int seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_inc_return_acquire(atomic_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_dec_return_acquire(atomic_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_add_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_add_return_acquire(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_sub_return_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_sub_return_acquire(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_add_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_add_acquire(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_sub_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_sub_acquire(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_inc_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_inc_acquire(atomic_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_dec_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_dec_acquire(atomic_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_or_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_or_acquire(int i, atomic_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_and_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_and_acquire(int i, atomic_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_andnot_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_andnot_acquire(int i, atomic_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_xchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_xchg_acquire(atomic_t* v, int n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_cmpxchg_acquire(atomic_t* v, int old, int n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_try_cmpxchg_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_try_cmpxchg_acquire(atomic_t* v, int* old, int n) 
    {
        int expected = *old;
        int seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_inc_return_release(atomic_t* v) => Interlocked.Increment(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_dec_return_release(atomic_t* v) => Interlocked.Decrement(ref v->counter);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_add_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_add_return_release(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_sub_return_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_sub_return_release(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_add_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_add_release(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i) - i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_sub_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_sub_release(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i) + i;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_inc_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_inc_release(atomic_t* v) => Interlocked.Increment(ref v->counter) - 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_dec_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_dec_release(atomic_t* v) => Interlocked.Decrement(ref v->counter) + 1;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_or_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_or_release(int i, atomic_t* v) => Interlocked.Or(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_and_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_and_release(int i, atomic_t* v) => Interlocked.And(ref v->counter, i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_andnot_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_andnot_release(int i, atomic_t* v) => Interlocked.And(ref v->counter, ~i);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_xchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_xchg_release(atomic_t* v, int n) => Interlocked.Exchange(ref v->counter, n);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_cmpxchg_release(atomic_t* v, int old, int n) => Interlocked.CompareExchange(ref v->counter, n, old);

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_try_cmpxchg_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_try_cmpxchg_release(atomic_t* v, int* old, int n) 
    {
        int expected = *old;
        int seen = Interlocked.CompareExchange(ref v->counter, n, expected);
        if (seen == expected)
            return true;
        *old = seen;
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec_and_test", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_dec_and_test(atomic_t* v) => Interlocked.Decrement(ref v->counter) == 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc_and_test", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_inc_and_test(atomic_t* v) => Interlocked.Increment(ref v->counter) == 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_sub_and_test", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_sub_and_test(int i, atomic_t* v) => Interlocked.Add(ref v->counter, -i) == 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_add_negative", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_add_negative(int i, atomic_t* v) => Interlocked.Add(ref v->counter, i) < 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_fetch_add_unless", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_fetch_add_unless(atomic_t* v, int a, int u) 
    {
        int c = Volatile.Read(ref v->counter);
        while (c != u)
        {
            int seen = Interlocked.CompareExchange(ref v->counter, c + a, c);
            if (seen == c)
                break;
            c = seen;
        }
        return c;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_add_unless", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_add_unless(atomic_t* v, int a, int u) => atomic_fetch_add_unless(v, a, u) != u;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc_not_zero", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_inc_not_zero(atomic_t* v) => atomic_fetch_add_unless(v, 1, 0) != 0;

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec_if_positive", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int atomic_dec_if_positive(atomic_t* v) 
    {
        int c = Volatile.Read(ref v->counter);
        for (; ; )
        {
            int dec = c - 1;
            if (dec < 0)
                return dec;
            int seen = Interlocked.CompareExchange(ref v->counter, dec, c);
            if (seen == c)
                return dec;
            c = seen;
        }
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_inc_unless_negative", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_inc_unless_negative(atomic_t* v) 
    {
        int c = Volatile.Read(ref v->counter);
        while (c >= 0)
        {
            int seen = Interlocked.CompareExchange(ref v->counter, c + 1, c);
            if (seen == c)
                return true;
            c = seen;
        }
        return false;
    }

    [KernelSource("include/linux/atomic/atomic-instrumented.h", "atomic_dec_unless_positive", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool atomic_dec_unless_positive(atomic_t* v) 
    {
        int c = Volatile.Read(ref v->counter);
        while (c <= 0)
        {
            int seen = Interlocked.CompareExchange(ref v->counter, c - 1, c);
            if (seen == c)
                return true;
            c = seen;
        }
        return false;
    }
}
