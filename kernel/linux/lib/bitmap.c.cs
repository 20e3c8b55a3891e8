// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_bitops_h;
using static Linux.linux_bitmap_h;
using static Linux.linux_find_h;

namespace Linux;

public static unsafe partial class lib_bitmap_c
{
    [KernelSource("lib/bitmap.c", "__bitmap_equal", Parity.Full)]
    public static bool __bitmap_equal(ulong* bitmap1, ulong* bitmap2, uint bits)
    {
        uint k, lim = bits / BITS_PER_LONG;

        for (k = 0; k < lim; ++k)
        {
            if (bitmap1[k] != bitmap2[k])
                return false;
        }

        if (bits % BITS_PER_LONG != 0)
        {
            if (((bitmap1[k] ^ bitmap2[k]) & BITMAP_LAST_WORD_MASK(bits)) != 0)
                return false;
        }

        return true;
    }

    [KernelSource("lib/bitmap.c", "__bitmap_and", Parity.Full)]
    public static bool __bitmap_and(ulong* dst, ulong* bitmap1, ulong* bitmap2, uint bits)
    {
        uint k, lim = bits / BITS_PER_LONG;
        ulong result = 0;

        for (k = 0; k < lim; k++)
            result |= dst[k] = bitmap1[k] & bitmap2[k];
        if (bits % BITS_PER_LONG != 0)
            result |= dst[k] = bitmap1[k] & bitmap2[k] & BITMAP_LAST_WORD_MASK(bits);
        return result != 0;
    }

    [KernelSource("lib/bitmap.c", "__bitmap_or", Parity.Full)]
    public static void __bitmap_or(ulong* dst, ulong* bitmap1, ulong* bitmap2, uint bits)
    {
        uint nr = BITS_TO_LONGS(bits);

        for (uint k = 0; k < nr; k++)
            dst[k] = bitmap1[k] | bitmap2[k];
    }

    [KernelSource("lib/bitmap.c", "__bitmap_andnot", Parity.Full)]
    public static bool __bitmap_andnot(ulong* dst, ulong* bitmap1, ulong* bitmap2, uint bits)
    {
        uint k, lim = bits / BITS_PER_LONG;
        ulong result = 0;

        for (k = 0; k < lim; k++)
            result |= dst[k] = bitmap1[k] & ~bitmap2[k];
        if (bits % BITS_PER_LONG != 0)
            result |= dst[k] = bitmap1[k] & ~bitmap2[k] & BITMAP_LAST_WORD_MASK(bits);
        return result != 0;
    }

    [KernelSource("lib/bitmap.c", "__bitmap_intersects", Parity.Full)]
    public static bool __bitmap_intersects(ulong* bitmap1, ulong* bitmap2, uint bits)
    {
        uint k, lim = bits / BITS_PER_LONG;

        for (k = 0; k < lim; ++k)
        {
            if ((bitmap1[k] & bitmap2[k]) != 0)
                return true;
        }

        return bits % BITS_PER_LONG != 0 && (bitmap1[k] & bitmap2[k] & BITMAP_LAST_WORD_MASK(bits)) != 0;
    }

    [KernelSource("lib/bitmap.c", "__bitmap_subset", Parity.Full)]
    public static bool __bitmap_subset(ulong* bitmap1, ulong* bitmap2, uint bits)
    {
        uint k, lim = bits / BITS_PER_LONG;

        for (k = 0; k < lim; ++k)
        {
            if ((bitmap1[k] & ~bitmap2[k]) != 0)
                return false;
        }

        return bits % BITS_PER_LONG == 0 || (bitmap1[k] & ~bitmap2[k] & BITMAP_LAST_WORD_MASK(bits)) == 0;
    }

    [KernelSource("lib/bitmap.c", "__bitmap_weight", Parity.Full)]
    public static uint __bitmap_weight(ulong* bitmap, uint bits)
    {
        uint idx, w = 0;

        for (idx = 0; idx < bits / BITS_PER_LONG; idx++)
            w += (uint)hweight_long(bitmap[idx]);
        if (bits % BITS_PER_LONG != 0)
            w += (uint)hweight_long(bitmap[idx] & BITMAP_LAST_WORD_MASK(bits));
        return w;
    }

    [KernelSource("lib/bitmap.c", "__bitmap_set", Parity.Full)]
    public static void __bitmap_set(ulong* map, uint start, int len)
    {
        ulong* p = map + BIT_WORD(start);
        uint size = start + (uint)len;
        int bits_to_set = BITS_PER_LONG - (int)(start % BITS_PER_LONG);
        ulong mask_to_set = BITMAP_FIRST_WORD_MASK(start);

        while (len - bits_to_set >= 0)
        {
            *p |= mask_to_set;
            len -= bits_to_set;
            bits_to_set = BITS_PER_LONG;
            mask_to_set = ~0UL;
            p++;
        }
        if (len != 0)
        {
            mask_to_set &= BITMAP_LAST_WORD_MASK(size);
            *p |= mask_to_set;
        }
    }

    [KernelSource("lib/bitmap.c", "__bitmap_clear", Parity.Full)]
    public static void __bitmap_clear(ulong* map, uint start, int len)
    {
        ulong* p = map + BIT_WORD(start);
        uint size = start + (uint)len;
        int bits_to_clear = BITS_PER_LONG - (int)(start % BITS_PER_LONG);
        ulong mask_to_clear = BITMAP_FIRST_WORD_MASK(start);

        while (len - bits_to_clear >= 0)
        {
            *p &= ~mask_to_clear;
            len -= bits_to_clear;
            bits_to_clear = BITS_PER_LONG;
            mask_to_clear = ~0UL;
            p++;
        }
        if (len != 0)
        {
            mask_to_clear &= BITMAP_LAST_WORD_MASK(size);
            *p &= ~mask_to_clear;
        }
    }

    [KernelSource("lib/bitmap.c", "bitmap_find_next_zero_area_off", Parity.Full)]
    public static ulong bitmap_find_next_zero_area_off(ulong* map, ulong size, ulong start, uint nr, ulong align_mask, ulong align_offset)
    {
    again:
        ulong index = find_next_zero_bit(map, size, start);

        index = ((index + align_offset + align_mask) & ~align_mask) - align_offset;

        ulong end = index + nr;
        if (end > size)
            return end;
        ulong i = find_next_bit(map, end, index);
        if (i < end)
        {
            start = i + 1;
            goto again;
        }
        return index;
    }

    [KernelSource("lib/bitmap.c", "bitmap_alloc", Parity.Full)]
    public static ulong* bitmap_alloc(uint nbits, gfp_t flags)
        => (ulong*)kmalloc_array(BITS_TO_LONGS(nbits), sizeof(ulong), flags);

    [KernelSource("lib/bitmap.c", "bitmap_zalloc", Parity.Full)]
    public static ulong* bitmap_zalloc(uint nbits, gfp_t flags) => bitmap_alloc(nbits, flags | __GFP_ZERO);

    [KernelSource("lib/bitmap.c", "bitmap_free", Parity.Full)]
    public static void bitmap_free(ulong* bitmap) => kfree(bitmap);
}
