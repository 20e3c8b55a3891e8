// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_bitops_h;

namespace Linux;

public static unsafe partial class linux_log2_h
{
    [KernelSource("include/linux/log2.h", "ilog2", Parity.Full)]
    public static int ilog2(ulong n) => __fls(n);

    [KernelSource("include/linux/log2.h", "is_power_of_2", Parity.Full)]
    public static bool is_power_of_2(ulong n) => n != 0 && (n & (n - 1)) == 0;

    [KernelSource("include/linux/log2.h", "__roundup_pow_of_two", Parity.Full)]
    public static ulong roundup_pow_of_two(ulong n) => n == 1 ? 1 : 1UL << fls_long(n - 1);

    [KernelSource("include/linux/log2.h", "__rounddown_pow_of_two", Parity.Full)]
    public static ulong rounddown_pow_of_two(ulong n) => 1UL << (fls_long(n) - 1);

    [KernelSource("include/linux/log2.h", "__order_base_2", Parity.Full)]
    public static int order_base_2(ulong n) => n > 1 ? ilog2(n - 1) + 1 : 0;

    [KernelSource("include/linux/log2.h", "__bits_per", Parity.Full)]
    public static int bits_per(ulong n)
    {
        if (n < 2)
            return 1;
        if (is_power_of_2(n))
            return order_base_2(n) + 1;
        return order_base_2(n);
    }

    /// <summary>The page order that holds size bytes; zero bytes ask for an order that cannot be.</summary>
    [KernelSource("include/asm-generic/getorder.h", "get_order", Parity.Full)]
    public static int get_order(ulong size)
    {
        const int PAGE_SHIFT = 12;

        if (size == 0)
            return BITS_PER_LONG - PAGE_SHIFT;
        if (size < (1UL << PAGE_SHIFT))
            return 0;
        return ilog2(size - 1) - PAGE_SHIFT + 1;
    }
}
