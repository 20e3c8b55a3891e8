// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_kernel_h
{
    // enum system_states
    public const int SYSTEM_BOOTING = 0;
    public const int SYSTEM_SCHEDULING = 1;
    public const int SYSTEM_FREEING_INITMEM = 2;
    public const int SYSTEM_RUNNING = 3;

    public static int system_state = SYSTEM_BOOTING;

    [KernelSource("include/linux/align.h", "ALIGN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ALIGN(int x, int a) => (x + (a - 1)) & ~(a - 1);

    [KernelSource("include/linux/align.h", "ALIGN_DOWN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ALIGN_DOWN(int x, int a) => x & ~(a - 1);

    [KernelSource("include/linux/align.h", "IS_ALIGNED", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IS_ALIGNED(int x, int a) => (x & (a - 1)) == 0;

    [KernelSource("include/linux/align.h", "ALIGN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ALIGN(uint x, uint a) => (x + (a - 1)) & ~(a - 1);

    [KernelSource("include/linux/align.h", "ALIGN_DOWN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ALIGN_DOWN(uint x, uint a) => x & ~(a - 1);

    [KernelSource("include/linux/align.h", "IS_ALIGNED", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IS_ALIGNED(uint x, uint a) => (x & (a - 1)) == 0;

    [KernelSource("include/linux/align.h", "ALIGN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ALIGN(long x, long a) => (x + (a - 1)) & ~(a - 1);

    [KernelSource("include/linux/align.h", "ALIGN_DOWN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ALIGN_DOWN(long x, long a) => x & ~(a - 1);

    [KernelSource("include/linux/align.h", "IS_ALIGNED", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IS_ALIGNED(long x, long a) => (x & (a - 1)) == 0;

    [KernelSource("include/linux/align.h", "ALIGN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ALIGN(ulong x, ulong a) => (x + (a - 1)) & ~(a - 1);

    [KernelSource("include/linux/align.h", "ALIGN_DOWN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ALIGN_DOWN(ulong x, ulong a) => x & ~(a - 1);

    [KernelSource("include/linux/align.h", "IS_ALIGNED", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IS_ALIGNED(ulong x, ulong a) => (x & (a - 1)) == 0;

    [KernelSource("include/linux/align.h", "PTR_ALIGN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* PTR_ALIGN<T>(T* p, ulong a) where T : unmanaged => (T*)ALIGN((ulong)p, a);

    [KernelSource("include/linux/wordpart.h", "upper_32_bits", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint upper_32_bits(ulong n) => (uint)(n >> 32);

    [KernelSource("include/linux/wordpart.h", "lower_32_bits", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint lower_32_bits(ulong n) => (uint)n;
}
