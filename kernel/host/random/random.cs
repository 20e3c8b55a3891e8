// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>
/// get_random_*: numbers that follow from the machine's seed. Each call takes the next step of one sequence, so that a
/// deterministic run repeats and parallel callers never get the same number.
/// </summary>
public static unsafe partial class linux_random_h
{
    private static ulong random_state = 1;

    /// <summary>Called at boot with the machine's seed.</summary>
    public static void random_init(ulong seed) => random_state = seed;

    [KernelSource("drivers/char/random.c", "get_random_u64", Parity.Reduced, "SplitMix64 from the machine's seed: runs must repeat")]
    public static u64 get_random_u64()
    {
        ulong z = Interlocked.Add(ref random_state, 0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    [KernelSource("drivers/char/random.c", "get_random_u32", Parity.Reduced, "as get_random_u64")]
    public static u32 get_random_u32() => (u32)(get_random_u64() >> 32);

    [KernelSource("include/linux/random.h", "get_random_long", Parity.Full)]
    public static ulong get_random_long() => get_random_u64();

    /// <summary>Every value below ceil equally likely: products in the odd remainder are drawn again.</summary>
    [KernelSource("drivers/char/random.c", "__get_random_u32_below", Parity.Full)]
    public static u32 get_random_u32_below(u32 ceil)
    {
        u32 rand = get_random_u32();

        if (ceil == 0)
            return rand;

        u64 mult = (u64)ceil * rand;
        if ((u32)mult < ceil)
        {
            u32 bound = (0 - ceil) % ceil;
            while ((u32)mult < bound)
                mult = (u64)ceil * get_random_u32();
        }
        return (u32)(mult >> 32);
    }

    [KernelSource("include/linux/random.h", "get_random_u32_inclusive", Parity.Full)]
    public static u32 get_random_u32_inclusive(u32 floor, u32 ceil) => floor + get_random_u32_below(ceil - floor + 1);
}
