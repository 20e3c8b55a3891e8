// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_bitops_h;
using static Linux.linux_find_h;
using static Linux.lib_bitmap_c;

namespace Linux;

public static unsafe partial class linux_bitmap_h
{
    [KernelSource("include/linux/bitmap.h", "BITMAP_FIRST_WORD_MASK", Parity.Full)]
    public static ulong BITMAP_FIRST_WORD_MASK(uint start) => ~0UL << (int)(start & (BITS_PER_LONG - 1));

    [KernelSource("include/linux/bitmap.h", "BITMAP_LAST_WORD_MASK", Parity.Full)]
    public static ulong BITMAP_LAST_WORD_MASK(uint nbits) => ~0UL >> (int)((0 - nbits) & (BITS_PER_LONG - 1));

    [KernelSource("include/linux/bitmap.h", "bitmap_size", Parity.Full)]
    public static ulong bitmap_size(uint nbits) => BITS_TO_LONGS(nbits) * (ulong)sizeof(ulong);

    [KernelSource("include/linux/bitmap.h", "bitmap_zero", Parity.Full)]
    public static void bitmap_zero(ulong* dst, uint nbits) => memset(dst, 0, bitmap_size(nbits));

    [KernelSource("include/linux/bitmap.h", "bitmap_fill", Parity.Full)]
    public static void bitmap_fill(ulong* dst, uint nbits) => memset(dst, 0xff, bitmap_size(nbits));

    [KernelSource("include/linux/bitmap.h", "bitmap_copy", Parity.Full)]
    public static void bitmap_copy(ulong* dst, ulong* src, uint nbits) => memcpy(dst, src, bitmap_size(nbits));

    [KernelSource("include/linux/bitmap.h", "bitmap_and", Parity.Full)]
    public static bool bitmap_and(ulong* dst, ulong* src1, ulong* src2, uint nbits) => __bitmap_and(dst, src1, src2, nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_or", Parity.Full)]
    public static void bitmap_or(ulong* dst, ulong* src1, ulong* src2, uint nbits) => __bitmap_or(dst, src1, src2, nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_andnot", Parity.Full)]
    public static bool bitmap_andnot(ulong* dst, ulong* src1, ulong* src2, uint nbits) => __bitmap_andnot(dst, src1, src2, nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_equal", Parity.Full)]
    public static bool bitmap_equal(ulong* src1, ulong* src2, uint nbits) => __bitmap_equal(src1, src2, nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_intersects", Parity.Full)]
    public static bool bitmap_intersects(ulong* src1, ulong* src2, uint nbits) => __bitmap_intersects(src1, src2, nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_subset", Parity.Full)]
    public static bool bitmap_subset(ulong* src1, ulong* src2, uint nbits) => __bitmap_subset(src1, src2, nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_empty", Parity.Full)]
    public static bool bitmap_empty(ulong* src, uint nbits) => find_first_bit(src, nbits) == nbits;

    [KernelSource("include/linux/bitmap.h", "bitmap_full", Parity.Full)]
    public static bool bitmap_full(ulong* src, uint nbits) => find_first_zero_bit(src, nbits) == nbits;

    [KernelSource("include/linux/bitmap.h", "bitmap_weight", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint bitmap_weight(ulong* src, uint nbits) =>
        nbits == BITS_PER_LONG ? (uint)System.Numerics.BitOperations.PopCount(*src) : __bitmap_weight(src, nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_set", Parity.Full)]
    public static void bitmap_set(ulong* map, uint start, uint nbits) => __bitmap_set(map, start, (int)nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_clear", Parity.Full)]
    public static void bitmap_clear(ulong* map, uint start, uint nbits) => __bitmap_clear(map, start, (int)nbits);

    [KernelSource("include/linux/bitmap.h", "bitmap_find_next_zero_area", Parity.Full)]
    public static ulong bitmap_find_next_zero_area(ulong* map, ulong size, ulong start, uint nr, ulong align_mask)
        => bitmap_find_next_zero_area_off(map, size, start, nr, align_mask, 0);
}
