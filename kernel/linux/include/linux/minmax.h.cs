// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class linux_minmax_h
{
    [KernelSource("include/linux/minmax.h", "min", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int min(int x, int y) => x < y ? x : y;

    [KernelSource("include/linux/minmax.h", "max", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int max(int x, int y) => x > y ? x : y;

    [KernelSource("include/linux/minmax.h", "min3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int min3(int x, int y, int z) => min(min(x, y), z);

    [KernelSource("include/linux/minmax.h", "max3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int max3(int x, int y, int z) => max(max(x, y), z);

    [KernelSource("include/linux/minmax.h", "clamp", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int clamp(int val, int lo, int hi) => val >= hi ? hi : val <= lo ? lo : val;

    [KernelSource("include/linux/minmax.h", "min_not_zero", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int min_not_zero(int x, int y) => x == 0 ? y : y == 0 ? x : min(x, y);

    [KernelSource("include/linux/minmax.h", "swap", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void swap(ref int a, ref int b) => (a, b) = (b, a);

    [KernelSource("include/linux/minmax.h", "min", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint min(uint x, uint y) => x < y ? x : y;

    [KernelSource("include/linux/minmax.h", "max", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint max(uint x, uint y) => x > y ? x : y;

    [KernelSource("include/linux/minmax.h", "min3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint min3(uint x, uint y, uint z) => min(min(x, y), z);

    [KernelSource("include/linux/minmax.h", "max3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint max3(uint x, uint y, uint z) => max(max(x, y), z);

    [KernelSource("include/linux/minmax.h", "clamp", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint clamp(uint val, uint lo, uint hi) => val >= hi ? hi : val <= lo ? lo : val;

    [KernelSource("include/linux/minmax.h", "min_not_zero", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint min_not_zero(uint x, uint y) => x == 0 ? y : y == 0 ? x : min(x, y);

    [KernelSource("include/linux/minmax.h", "swap", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void swap(ref uint a, ref uint b) => (a, b) = (b, a);

    [KernelSource("include/linux/minmax.h", "min", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long min(long x, long y) => x < y ? x : y;

    [KernelSource("include/linux/minmax.h", "max", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long max(long x, long y) => x > y ? x : y;

    [KernelSource("include/linux/minmax.h", "min3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long min3(long x, long y, long z) => min(min(x, y), z);

    [KernelSource("include/linux/minmax.h", "max3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long max3(long x, long y, long z) => max(max(x, y), z);

    [KernelSource("include/linux/minmax.h", "clamp", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long clamp(long val, long lo, long hi) => val >= hi ? hi : val <= lo ? lo : val;

    [KernelSource("include/linux/minmax.h", "min_not_zero", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long min_not_zero(long x, long y) => x == 0 ? y : y == 0 ? x : min(x, y);

    [KernelSource("include/linux/minmax.h", "swap", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void swap(ref long a, ref long b) => (a, b) = (b, a);

    [KernelSource("include/linux/minmax.h", "min", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong min(ulong x, ulong y) => x < y ? x : y;

    [KernelSource("include/linux/minmax.h", "max", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong max(ulong x, ulong y) => x > y ? x : y;

    [KernelSource("include/linux/minmax.h", "min3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong min3(ulong x, ulong y, ulong z) => min(min(x, y), z);

    [KernelSource("include/linux/minmax.h", "max3", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong max3(ulong x, ulong y, ulong z) => max(max(x, y), z);

    [KernelSource("include/linux/minmax.h", "clamp", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong clamp(ulong val, ulong lo, ulong hi) => val >= hi ? hi : val <= lo ? lo : val;

    [KernelSource("include/linux/minmax.h", "min_not_zero", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong min_not_zero(ulong x, ulong y) => x == 0 ? y : y == 0 ? x : min(x, y);

    [KernelSource("include/linux/minmax.h", "swap", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void swap(ref ulong a, ref ulong b) => (a, b) = (b, a);

    /// <summary>min_t(T, a, b): cast the arguments, as the C macro does.</summary>
    [KernelSource("include/linux/minmax.h", "min_t", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T min_t<T>(T x, T y) where T : unmanaged, IComparable<T> => x.CompareTo(y) < 0 ? x : y;

    /// <summary>max_t(T, a, b): cast the arguments, as the C macro does.</summary>
    [KernelSource("include/linux/minmax.h", "max_t", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T max_t<T>(T x, T y) where T : unmanaged, IComparable<T> => x.CompareTo(y) > 0 ? x : y;

    [KernelSource("include/linux/minmax.h", "clamp_t", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T clamp_t<T>(T val, T lo, T hi) where T : unmanaged, IComparable<T> => val.CompareTo(hi) >= 0 ? hi : val.CompareTo(lo) <= 0 ? lo : val;

    [KernelSource("include/linux/minmax.h", "in_range", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool in_range(ulong val, ulong start, ulong len) => val - start < len;

    [KernelSource("include/linux/minmax.h", "clamp_val", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T clamp_val<T>(T val, T lo, T hi) where T : unmanaged, IComparable<T> => clamp_t(val, lo, hi);
}
