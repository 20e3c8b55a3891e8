// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>Averages that decay, in fixed point.</summary>
public static partial class linux_sched_loadavg_h
{
    public const int FSHIFT = 11;
    public const ulong FIXED_1 = 1 << FSHIFT;

    [KernelSource("include/linux/sched/loadavg.h", "calc_load", Parity.Full)]
    public static ulong calc_load(ulong load, ulong exp, ulong active)
    {
        ulong newload = load * exp + active * (FIXED_1 - exp);
        // Rounded up while it rises, so that it gets where it is going.
        if (active >= load)
            newload += FIXED_1 - 1;

        return newload / FIXED_1;
    }

    [KernelSource("kernel/sched/loadavg.c", "fixed_power_int", Parity.Full)]
    public static ulong fixed_power_int(ulong x, uint frac_bits, uint n)
    {
        ulong result = 1UL << (int)frac_bits;

        if (n != 0)
        {
            for (; ; )
            {
                if ((n & 1) != 0)
                {
                    result *= x;
                    result += 1UL << (int)(frac_bits - 1);
                    result >>= (int)frac_bits;
                }
                n >>= 1;
                if (n == 0)
                    break;
                x *= x;
                x += 1UL << (int)(frac_bits - 1);
                x >>= (int)frac_bits;
            }
        }

        return result;
    }

    [KernelSource("kernel/sched/loadavg.c", "calc_load_n", Parity.Full)]
    public static ulong calc_load_n(ulong load, ulong exp, ulong active, uint n) =>
        calc_load(load, fixed_power_int(exp, FSHIFT, n), active);

    [KernelSource("include/linux/sched/loadavg.h", "LOAD_INT", Parity.Full)]
    public static ulong LOAD_INT(ulong x) => x >> FSHIFT;

    [KernelSource("include/linux/sched/loadavg.h", "LOAD_FRAC", Parity.Full)]
    public static ulong LOAD_FRAC(ulong x) => LOAD_INT((x & (FIXED_1 - 1)) * 100);
}
