// SPDX-License-Identifier: GPL-2.0-only
// Searches in bitmaps. The C header's one-word special case is for compile-time sizes; here lib/find_bit.c serves all.
using static Linux.linux_bitops_h;
using static Linux.lib_find_bit_c;

namespace Linux;

/// <summary>The bits of for_each_set_bit, lowest first; bits set or cleared ahead of the cursor while walking are seen so.</summary>
public unsafe struct set_bit_enumerator
{
    private readonly ulong* addr;
    private readonly ulong size;
    private ulong bit;

    public set_bit_enumerator(ulong* addr, ulong size, ulong start)
    {
        this.addr = addr;
        this.size = size;
        bit = start - 1;
    }

    public readonly int Current => (int)bit;

    public bool MoveNext()
    {
        bit = _find_next_bit(addr, size, bit + 1);
        return bit < size;
    }

    public readonly set_bit_enumerator GetEnumerator() => this;
}

public static unsafe partial class linux_find_h
{
    [KernelSource("include/linux/find.h", "find_next_bit", Parity.Full)]
    public static ulong find_next_bit(ulong* addr, ulong size, ulong offset) => _find_next_bit(addr, size, offset);

    [KernelSource("include/linux/find.h", "find_next_and_bit", Parity.Full)]
    public static ulong find_next_and_bit(ulong* addr1, ulong* addr2, ulong size, ulong offset)
        => _find_next_and_bit(addr1, addr2, size, offset);

    [KernelSource("include/linux/find.h", "find_next_zero_bit", Parity.Full)]
    public static ulong find_next_zero_bit(ulong* addr, ulong size, ulong offset) => _find_next_zero_bit(addr, size, offset);

    [KernelSource("include/linux/find.h", "find_first_bit", Parity.Full)]
    public static ulong find_first_bit(ulong* addr, ulong size) => _find_first_bit(addr, size);

    [KernelSource("include/linux/find.h", "find_first_and_bit", Parity.Full)]
    public static ulong find_first_and_bit(ulong* addr1, ulong* addr2, ulong size) => _find_first_and_bit(addr1, addr2, size);

    [KernelSource("include/linux/find.h", "find_first_zero_bit", Parity.Full)]
    public static ulong find_first_zero_bit(ulong* addr, ulong size) => _find_first_zero_bit(addr, size);

    [KernelSource("include/linux/find.h", "find_last_bit", Parity.Full)]
    public static ulong find_last_bit(ulong* addr, ulong size) => _find_last_bit(addr, size);

    [KernelSource("include/linux/find.h", "for_each_set_bit", Parity.Full)]
    public static set_bit_enumerator for_each_set_bit(ulong* addr, ulong size) => new(addr, size, 0);

    [KernelSource("include/linux/find.h", "for_each_set_bit_from", Parity.Full)]
    public static set_bit_enumerator for_each_set_bit_from(ulong bit, ulong* addr, ulong size) => new(addr, size, bit);
}
