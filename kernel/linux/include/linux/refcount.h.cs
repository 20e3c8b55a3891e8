// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_refcount_h
{
    public const int REFCOUNT_MAX = INT_MAX;
    public const int REFCOUNT_SATURATED = INT_MIN / 2;

    public static refcount_t REFCOUNT_INIT(int n) => new() { refs = new atomic_t { counter = n } };

    [KernelSource("include/linux/refcount.h", "refcount_set", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void refcount_set(refcount_t* r, int n) => atomic_set(&r->refs, n);

    [KernelSource("include/linux/refcount.h", "refcount_set_release", Parity.Full)]
    public static void refcount_set_release(refcount_t* r, int n) => atomic_set_release(&r->refs, n);

    [KernelSource("include/linux/refcount.h", "refcount_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static uint refcount_read(refcount_t* r) => (uint)atomic_read(&r->refs);

    [KernelSource("include/linux/refcount.h", "refcount_add_not_zero", Parity.Full)]
    public static bool refcount_add_not_zero(int i, refcount_t* r)
    {
        int old = refcount_read_int(r);
        do
        {
            if (old == 0)
                break;
        } while (!atomic_try_cmpxchg_relaxed(&r->refs, &old, old + i));
        if (old < 0 || old + i < 0)
            refcount_warn_saturate(r, "refcount_t: saturated; leaking memory.");
        return old != 0;
    }

    [KernelSource("include/linux/refcount.h", "refcount_add", Parity.Full)]
    public static void refcount_add(int i, refcount_t* r)
    {
        int old = atomic_fetch_add_relaxed(i, &r->refs);
        if (old == 0)
            refcount_warn_saturate(r, "refcount_t: addition on 0; use-after-free.");
        else if (old < 0 || old + i < 0)
            refcount_warn_saturate(r, "refcount_t: saturated; leaking memory.");
    }

    [KernelSource("include/linux/refcount.h", "refcount_inc", Parity.Full)]
    public static void refcount_inc(refcount_t* r) => refcount_add(1, r);

    [KernelSource("include/linux/refcount.h", "refcount_inc_not_zero", Parity.Full)]
    public static bool refcount_inc_not_zero(refcount_t* r) => refcount_add_not_zero(1, r);

    // Not beyond the limit either; the count before goes to oldp.
    [KernelSource("include/linux/refcount.h", "__refcount_inc_not_zero_limited_acquire", Parity.Full)]
    public static bool __refcount_inc_not_zero_limited_acquire(refcount_t* r, int* oldp, int limit)
    {
        int old = refcount_read_int(r);
        do
        {
            if (old == 0)
                break;
            if (1 > limit - old)
            {
                *oldp = old;
                return false;
            }
        } while (!atomic_try_cmpxchg_acquire(&r->refs, &old, old + 1));
        *oldp = old;
        if (old < 0 || old + 1 < 0)
            refcount_warn_saturate(r, "refcount_t: saturated; leaking memory.");
        return old != 0;
    }

    [KernelSource("include/linux/refcount.h", "refcount_sub_and_test", Parity.Full)]
    public static bool refcount_sub_and_test(int i, refcount_t* r)
    {
        int old;
        return __refcount_sub_and_test(i, r, &old);
    }

    [KernelSource("include/linux/refcount.h", "__refcount_dec_and_test", Parity.Full)]
    public static bool __refcount_dec_and_test(refcount_t* r, int* oldp) => __refcount_sub_and_test(1, r, oldp);

    [KernelSource("include/linux/refcount.h", "__refcount_sub_and_test", Parity.Full)]
    private static bool __refcount_sub_and_test(int i, refcount_t* r, int* oldp)
    {
        int old = *oldp = atomic_fetch_sub_release(i, &r->refs);
        if (old > 0 && old == i)
            return true;
        if (old <= 0 || old - i < 0)
            refcount_warn_saturate(r, "refcount_t: underflow; use-after-free.");
        return false;
    }

    [KernelSource("include/linux/refcount.h", "refcount_dec_and_test", Parity.Full)]
    public static bool refcount_dec_and_test(refcount_t* r) => refcount_sub_and_test(1, r);

    [KernelSource("include/linux/refcount.h", "refcount_dec", Parity.Full)]
    public static void refcount_dec(refcount_t* r)
    {
        if (atomic_fetch_sub_release(1, &r->refs) <= 1)
            refcount_warn_saturate(r, "refcount_t: decrement hit 0; leaking memory.");
    }

    [KernelSource("lib/refcount.c", "refcount_dec_if_one", Parity.Full)]
    public static bool refcount_dec_if_one(refcount_t* r)
    {
        int val = 1;
        return atomic_try_cmpxchg_release(&r->refs, &val, 0);
    }

    [KernelSource("lib/refcount.c", "refcount_dec_not_one", Parity.Full)]
    public static bool refcount_dec_not_one(refcount_t* r)
    {
        int val = atomic_read(&r->refs);
        do
        {
            if (val == REFCOUNT_SATURATED)
                return true;
            if (val == 1)
                return false;
            if (val - 1 > val)
            {
                WARN_ONCE(true, "refcount_t: underflow; use-after-free.");
                return true;
            }
        } while (!atomic_try_cmpxchg_release(&r->refs, &val, val - 1));
        return true;
    }

    private static int refcount_read_int(refcount_t* r) => atomic_read(&r->refs);

    [KernelSource("lib/refcount.c", "refcount_warn_saturate", Parity.Full)]
    private static void refcount_warn_saturate(refcount_t* r, string why)
    {
        refcount_set(r, REFCOUNT_SATURATED);
        WARN_ONCE(true, why);
    }
}
