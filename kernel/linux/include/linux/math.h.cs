// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class linux_math_h
{
    [KernelSource("include/linux/math.h", "round_up", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int round_up(int x, int y) => ((x - 1) | (y - 1)) + 1;

    [KernelSource("include/linux/math.h", "round_down", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int round_down(int x, int y) => x & ~(y - 1);

    [KernelSource("include/linux/math.h", "DIV_ROUND_UP", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DIV_ROUND_UP(int n, int d) => (n + d - 1) / d;

    [KernelSource("include/linux/math.h", "roundup", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int roundup(int x, int y) => (x + (y - 1)) / y * y;

    [KernelSource("include/linux/math.h", "rounddown", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int rounddown(int x, int y) => x - x % y;

    [KernelSource("include/linux/math.h", "DIV_ROUND_CLOSEST", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DIV_ROUND_CLOSEST(int x, int d) => (x > 0) == (d > 0) ? (x + d / 2) / d : (x - d / 2) / d;

    [KernelSource("include/linux/math.h", "abs_diff", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int abs_diff(int a, int b) => a > b ? a - b : b - a;

    [KernelSource("include/linux/math.h", "round_up", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint round_up(uint x, uint y) => ((x - 1) | (y - 1)) + 1;

    [KernelSource("include/linux/math.h", "round_down", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint round_down(uint x, uint y) => x & ~(y - 1);

    [KernelSource("include/linux/math.h", "DIV_ROUND_UP", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint DIV_ROUND_UP(uint n, uint d) => (n + d - 1) / d;

    [KernelSource("include/linux/math.h", "roundup", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint roundup(uint x, uint y) => (x + (y - 1)) / y * y;

    [KernelSource("include/linux/math.h", "rounddown", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint rounddown(uint x, uint y) => x - x % y;

    [KernelSource("include/linux/math.h", "DIV_ROUND_CLOSEST", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint DIV_ROUND_CLOSEST(uint x, uint d) => (x + d / 2) / d;

    [KernelSource("include/linux/math.h", "abs_diff", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint abs_diff(uint a, uint b) => a > b ? a - b : b - a;

    [KernelSource("include/linux/math.h", "round_up", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long round_up(long x, long y) => ((x - 1) | (y - 1)) + 1;

    [KernelSource("include/linux/math.h", "round_down", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long round_down(long x, long y) => x & ~(y - 1);

    [KernelSource("include/linux/math.h", "DIV_ROUND_UP", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long DIV_ROUND_UP(long n, long d) => (n + d - 1) / d;

    [KernelSource("include/linux/math.h", "roundup", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long roundup(long x, long y) => (x + (y - 1)) / y * y;

    [KernelSource("include/linux/math.h", "rounddown", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long rounddown(long x, long y) => x - x % y;

    [KernelSource("include/linux/math.h", "DIV_ROUND_CLOSEST", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long DIV_ROUND_CLOSEST(long x, long d) => (x > 0) == (d > 0) ? (x + d / 2) / d : (x - d / 2) / d;

    [KernelSource("include/linux/math.h", "abs_diff", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long abs_diff(long a, long b) => a > b ? a - b : b - a;

    [KernelSource("include/linux/math.h", "round_up", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong round_up(ulong x, ulong y) => ((x - 1) | (y - 1)) + 1;

    [KernelSource("include/linux/math.h", "round_down", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong round_down(ulong x, ulong y) => x & ~(y - 1);

    [KernelSource("include/linux/math.h", "DIV_ROUND_UP", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong DIV_ROUND_UP(ulong n, ulong d) => (n + d - 1) / d;

    [KernelSource("include/linux/math.h", "roundup", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong roundup(ulong x, ulong y) => (x + (y - 1)) / y * y;

    [KernelSource("include/linux/math.h", "rounddown", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong rounddown(ulong x, ulong y) => x - x % y;

    [KernelSource("include/linux/math.h", "DIV_ROUND_CLOSEST", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong DIV_ROUND_CLOSEST(ulong x, ulong d) => (x + d / 2) / d;

    [KernelSource("include/linux/math.h", "abs_diff", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong abs_diff(ulong a, ulong b) => a > b ? a - b : b - a;

    [KernelSource("include/linux/math.h", "abs", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int abs(int x) => x < 0 ? -x : x;

    [KernelSource("include/linux/math.h", "abs", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long abs(long x) => x < 0 ? -x : x;

    [KernelSource("include/linux/math64.h", "div_u64", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong div_u64(ulong dividend, uint divisor) => dividend / divisor;

    [KernelSource("include/linux/math64.h", "DIV64_U64_ROUND_UP", Parity.Full)]
    public static ulong DIV64_U64_ROUND_UP(ulong ll, ulong d) => div64_u64(ll + d - 1, d);

    [KernelSource("include/linux/math64.h", "div64_u64", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong div64_u64(ulong dividend, ulong divisor) => dividend / divisor;

    [KernelSource("include/linux/math64.h", "div64_s64", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long div64_s64(long dividend, long divisor) => dividend / divisor;

    [KernelSource("include/linux/math64.h", "div64_ul", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong div64_ul(ulong x, ulong y) => x / y;

    [KernelSource("include/linux/math64.h", "div_s64", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long div_s64(long dividend, int divisor) => dividend / divisor;

    /// <summary>do_div: n becomes the quotient, the remainder is returned.</summary>
    [KernelSource("include/asm-generic/div64.h", "do_div", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint do_div(ref ulong n, uint b)
    {
        uint rem = (uint)(n % b);
        n /= b;
        return rem;
    }

    [KernelSource("include/linux/math64.h", "mul_u64_u64_div_u64", Parity.Full)]
    public static ulong mul_u64_u64_div_u64(ulong a, ulong b, ulong c) => (ulong)((UInt128)a * b / c);

    [KernelSource("include/linux/math64.h", "mul_u64_u32_shr", Parity.Full)]
    public static ulong mul_u64_u32_shr(ulong a, uint mul, uint shift) => (ulong)(((UInt128)a * mul) >> (int)shift);

    [KernelSource("include/linux/math.h", "mult_frac", Parity.Full)]
    public static ulong mult_frac(ulong x, ulong n, ulong d) => x / d * n + x % d * n / d;

    [KernelSource("lib/math/int_sqrt.c", "int_sqrt", Parity.Full)]
    public static ulong int_sqrt(ulong x)
    {
        if (x <= 1)
            return x;
        ulong y = 0;
        ulong m = 1UL << ((63 - System.Numerics.BitOperations.LeadingZeroCount(x)) & ~1);
        while (m != 0)
        {
            ulong b = y + m;
            y >>= 1;
            if (x >= b)
            {
                x -= b;
                y += m;
            }
            m >>= 2;
        }
        return y;
    }
}
