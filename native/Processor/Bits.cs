// SPDX-License-Identifier: GPL-2.0-only
using System.Numerics;
using System.Runtime.CompilerServices;

namespace KMemcg.Native;

/// <summary>Bit scanning: one instruction each where the CPU has it.</summary>
public static unsafe class Bits
{
    private const int WordShift = 6;
    private const int WordMask = 63;

    /// <summary>The index of the lowest set bit; 64 if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LowestSet(ulong word) => BitOperations.TrailingZeroCount(word);

    /// <summary>The index of the highest set bit; -1 if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int HighestSet(ulong word) => WordMask - BitOperations.LeadingZeroCount(word);

    /// <summary>How many bits are set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count(ulong word) => BitOperations.PopCount(word);

    /// <summary>The index of the first set bit at or after <paramref name="start"/>; <paramref name="size"/> if there is none.</summary>
    public static ulong NextSet(ulong* words, ulong size, ulong start)
    {
        if (start >= size)
            return size;

        ulong index = start >> WordShift;
        ulong word = words[index] & (~0UL << (int)(start & WordMask));
        while (word == 0)
        {
            if (++index << WordShift >= size)
                return size;
            word = words[index];
        }

        return Math.Min((index << WordShift) + (ulong)LowestSet(word), size);
    }

    /// <summary>The index of the first clear bit at or after <paramref name="start"/>; <paramref name="size"/> if there is none.</summary>
    public static ulong NextClear(ulong* words, ulong size, ulong start)
    {
        if (start >= size)
            return size;

        ulong index = start >> WordShift;
        ulong word = ~words[index] & (~0UL << (int)(start & WordMask));
        while (word == 0)
        {
            if (++index << WordShift >= size)
                return size;
            word = ~words[index];
        }

        return Math.Min((index << WordShift) + (ulong)LowestSet(word), size);
    }
}
