// SPDX-License-Identifier: GPL-2.0-only
// Arithmetic that says when it wrapped, and sizes that stick at the top instead.
namespace Linux;

public static unsafe partial class linux_overflow_h
{
    [KernelSource("include/linux/overflow.h", "check_add_overflow", Parity.Full)]
    public static bool check_add_overflow(ulong a, ulong b, ulong* d) => (*d = unchecked(a + b)) < a;

    [KernelSource("include/linux/overflow.h", "check_add_overflow", Parity.Full)]
    public static bool check_add_overflow(uint a, uint b, uint* d) => (*d = unchecked(a + b)) < a;

    [KernelSource("include/linux/overflow.h", "check_add_overflow", Parity.Full)]
    public static bool check_add_overflow(long a, long b, long* d)
    {
        *d = unchecked(a + b);
        return ((a ^ *d) & (b ^ *d)) < 0;
    }

    [KernelSource("include/linux/overflow.h", "check_sub_overflow", Parity.Full)]
    public static bool check_sub_overflow(ulong a, ulong b, ulong* d)
    {
        *d = unchecked(a - b);
        return a < b;
    }

    [KernelSource("include/linux/overflow.h", "check_mul_overflow", Parity.Full)]
    public static bool check_mul_overflow(ulong a, ulong b, ulong* d)
    {
        ulong high = Math.BigMul(a, b, out ulong low);

        *d = low;
        return high != 0;
    }

    [KernelSource("include/linux/overflow.h", "size_mul", Parity.Full)]
    public static ulong size_mul(ulong factor1, ulong factor2)
    {
        ulong bytes;

        return check_mul_overflow(factor1, factor2, &bytes) ? SIZE_MAX : bytes;
    }

    [KernelSource("include/linux/overflow.h", "size_add", Parity.Full)]
    public static ulong size_add(ulong addend1, ulong addend2)
    {
        ulong bytes;

        return check_add_overflow(addend1, addend2, &bytes) ? SIZE_MAX : bytes;
    }

    [KernelSource("include/linux/overflow.h", "array_size", Parity.Full)]
    public static ulong array_size(ulong a, ulong b) => size_mul(a, b);

    /// <summary>A structure of `size` bytes that ends in `count` elements of `element` bytes.</summary>
    [KernelSource("include/linux/overflow.h", "struct_size", Parity.Full)]
    public static ulong struct_size(ulong size, ulong element, ulong count) => size_add(size, size_mul(element, count));
}
