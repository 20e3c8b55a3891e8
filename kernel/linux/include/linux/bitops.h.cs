// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_bitops_h;

namespace Linux;

public static unsafe partial class linux_bitops_h
{
    public const int BITS_PER_LONG_LONG = 64;

    [KernelSource("include/linux/bits.h", "BIT", Parity.Full)]
    public static ulong BIT(int nr) => 1UL << nr;

    [KernelSource("include/linux/bits.h", "BIT_ULL", Parity.Full)]
    public static ulong BIT_ULL(int nr) => 1UL << nr;

    [KernelSource("include/linux/bits.h", "BIT_MASK", Parity.Full)]
    public static ulong BIT_MASK(ulong nr) => 1UL << (int)(nr % BITS_PER_LONG);

    [KernelSource("include/linux/bits.h", "BIT_WORD", Parity.Full)]
    public static ulong BIT_WORD(ulong nr) => nr / BITS_PER_LONG;

    [KernelSource("include/linux/bits.h", "GENMASK", Parity.Full)]
    public static ulong GENMASK(int h, int l) => (~0UL << l) & (~0UL >> (BITS_PER_LONG - 1 - h));

    [KernelSource("include/linux/bitops.h", "BITS_TO_LONGS", Parity.Full)]
    public static uint BITS_TO_LONGS(uint nr) => (nr + BITS_PER_LONG - 1) / BITS_PER_LONG;

    [KernelSource("include/linux/bitops.h", "BITS_TO_BYTES", Parity.Full)]
    public static uint BITS_TO_BYTES(uint nr) => (nr + BITS_PER_BYTE - 1) / BITS_PER_BYTE;

    [KernelSource("include/linux/bitops.h", "hweight_long", Parity.Full)]
    public static int hweight_long(ulong w) => hweight64(w);

    [KernelSource("include/linux/bitops.h", "rol64", Parity.Full)]
    public static ulong rol64(ulong word, uint shift) => (word << (int)(shift & 63)) | (word >> (int)((0 - shift) & 63));

    [KernelSource("include/linux/bitops.h", "ror64", Parity.Full)]
    public static ulong ror64(ulong word, uint shift) => (word >> (int)(shift & 63)) | (word << (int)((0 - shift) & 63));

    [KernelSource("include/linux/bitops.h", "rol32", Parity.Full)]
    public static uint rol32(uint word, uint shift) => (word << (int)(shift & 31)) | (word >> (int)((0 - shift) & 31));

    [KernelSource("include/linux/bitops.h", "ror32", Parity.Full)]
    public static uint ror32(uint word, uint shift) => (word >> (int)(shift & 31)) | (word << (int)((0 - shift) & 31));

    [KernelSource("include/linux/bitops.h", "sign_extend64", Parity.Full)]
    public static long sign_extend64(ulong value, int index)
    {
        byte shift = (byte)(63 - index);

        return (long)(value << shift) >> shift;
    }

    [KernelSource("include/linux/bitops.h", "fls_long", Parity.Full)]
    public static int fls_long(ulong l) => fls64(l);

    [KernelSource("include/linux/bitops.h", "get_count_order", Parity.Full)]
    public static int get_count_order(uint count) => count == 0 ? -1 : fls(--count);

    [KernelSource("include/linux/bitops.h", "get_count_order_long", Parity.Full)]
    public static int get_count_order_long(ulong l) => l == 0 ? -1 : fls_long(--l);

    [KernelSource("include/linux/bitops.h", "__ffs64", Parity.Full)]
    public static int __ffs64(ulong word) => __ffs(word);

    [KernelSource("include/linux/bitops.h", "assign_bit", Parity.Full)]
    public static void assign_bit(long nr, ulong* addr, bool value)
    {
        if (value)
            set_bit(nr, addr);
        else
            clear_bit(nr, addr);
    }

    [KernelSource("include/linux/bitops.h", "__assign_bit", Parity.Full)]
    public static void __assign_bit(long nr, ulong* addr, bool value)
    {
        if (value)
            __set_bit(nr, addr);
        else
            __clear_bit(nr, addr);
    }

    /// <summary>Clears the bits of mask and sets those of bits in one go; answers the value that was replaced.</summary>
    [KernelSource("include/linux/bitops.h", "set_mask_bits", Parity.Full)]
    public static ulong set_mask_bits(ulong* ptr, ulong mask, ulong bits)
    {
        ulong old = READ_ONCE(ptr);
        ulong @new;

        do
        {
            @new = (old & ~mask) | bits;
        } while (!try_cmpxchg(ptr, &old, @new));

        return old;
    }
}
