// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>A division by a constant as a multiplication and two shifts.</summary>
public struct reciprocal_value
{
    public uint m;
    public byte sh1, sh2;
}

public static partial class linux_reciprocal_div_h
{
    [KernelSource("lib/math/reciprocal_div.c", "reciprocal_value", Parity.Full)]
    public static reciprocal_value reciprocal_value(uint d)
    {
        int l = 32 - System.Numerics.BitOperations.LeadingZeroCount(d - 1);
        ulong m = (1UL << 32) * ((1UL << l) - d);

        m /= d;
        ++m;
        return new reciprocal_value { m = (uint)m, sh1 = (byte)Math.Min(l, 1), sh2 = (byte)Math.Max(l - 1, 0) };
    }

    [KernelSource("include/linux/reciprocal_div.h", "reciprocal_divide", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint reciprocal_divide(uint a, reciprocal_value R)
    {
        uint t = (uint)(((ulong)a * R.m) >> 32);

        return (t + ((a - t) >> R.sh1)) >> R.sh2;
    }
}
