// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_bitops_h;

namespace Linux;

public static unsafe partial class lib_find_bit_c
{
    [KernelSource("lib/find_bit.c", "_find_first_bit", Parity.Full)]
    public static ulong _find_first_bit(ulong* addr, ulong size)
    {
        for (ulong idx = 0; idx * BITS_PER_LONG < size; idx++)
        {
            ulong val = addr[idx];
            if (val != 0)
                return min(idx * BITS_PER_LONG + (ulong)__ffs(val), size);
        }
        return size;
    }

    [KernelSource("lib/find_bit.c", "_find_first_and_bit", Parity.Full)]
    public static ulong _find_first_and_bit(ulong* addr1, ulong* addr2, ulong size)
    {
        for (ulong idx = 0; idx * BITS_PER_LONG < size; idx++)
        {
            ulong val = addr1[idx] & addr2[idx];
            if (val != 0)
                return min(idx * BITS_PER_LONG + (ulong)__ffs(val), size);
        }
        return size;
    }

    [KernelSource("lib/find_bit.c", "_find_first_zero_bit", Parity.Full)]
    public static ulong _find_first_zero_bit(ulong* addr, ulong size)
    {
        for (ulong idx = 0; idx * BITS_PER_LONG < size; idx++)
        {
            ulong val = ~addr[idx];
            if (val != 0)
                return min(idx * BITS_PER_LONG + (ulong)__ffs(val), size);
        }
        return size;
    }

    [KernelSource("lib/find_bit.c", "_find_next_bit", Parity.Full)]
    public static ulong _find_next_bit(ulong* addr, ulong nbits, ulong start)
    {
        if (start >= nbits)
            return nbits;

        ulong idx = start / BITS_PER_LONG;
        ulong tmp = addr[idx] & (~0UL << (int)(start % BITS_PER_LONG));

        while (tmp == 0)
        {
            if ((idx + 1) * BITS_PER_LONG >= nbits)
                return nbits;
            idx++;
            tmp = addr[idx];
        }
        return min(idx * BITS_PER_LONG + (ulong)__ffs(tmp), nbits);
    }

    [KernelSource("lib/find_bit.c", "_find_next_and_bit", Parity.Full)]
    public static ulong _find_next_and_bit(ulong* addr1, ulong* addr2, ulong nbits, ulong start)
    {
        if (start >= nbits)
            return nbits;

        ulong idx = start / BITS_PER_LONG;
        ulong tmp = addr1[idx] & addr2[idx] & (~0UL << (int)(start % BITS_PER_LONG));

        while (tmp == 0)
        {
            if ((idx + 1) * BITS_PER_LONG >= nbits)
                return nbits;
            idx++;
            tmp = addr1[idx] & addr2[idx];
        }
        return min(idx * BITS_PER_LONG + (ulong)__ffs(tmp), nbits);
    }

    [KernelSource("lib/find_bit.c", "_find_next_zero_bit", Parity.Full)]
    public static ulong _find_next_zero_bit(ulong* addr, ulong nbits, ulong start)
    {
        if (start >= nbits)
            return nbits;

        ulong idx = start / BITS_PER_LONG;
        ulong tmp = ~addr[idx] & (~0UL << (int)(start % BITS_PER_LONG));

        while (tmp == 0)
        {
            if ((idx + 1) * BITS_PER_LONG >= nbits)
                return nbits;
            idx++;
            tmp = ~addr[idx];
        }
        return min(idx * BITS_PER_LONG + (ulong)__ffs(tmp), nbits);
    }

    [KernelSource("lib/find_bit.c", "_find_last_bit", Parity.Full)]
    public static ulong _find_last_bit(ulong* addr, ulong size)
    {
        if (size != 0)
        {
            ulong val = ~0UL >> (int)((0 - size) & (BITS_PER_LONG - 1));
            ulong idx = (size - 1) / BITS_PER_LONG;

            do
            {
                val &= addr[idx];
                if (val != 0)
                    return idx * BITS_PER_LONG + (ulong)__fls(val);

                val = ~0UL;
            } while (idx-- != 0);
        }
        return size;
    }
}
