// SPDX-License-Identifier: GPL-2.0-only
using System.Numerics;
using System.Threading;

namespace Linux;

/// <summary>Bit operations over arrays of unsigned long; the names without underscores are atomic full barriers.</summary>
public static unsafe partial class asm_bitops_h
{
    [KernelSource("include/asm-generic/bitops/instrumented-atomic.h", "set_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void set_bit(long nr, ulong* addr) => Interlocked.Or(ref addr[nr >> 6], 1UL << (int)nr);

    [KernelSource("include/asm-generic/bitops/instrumented-atomic.h", "clear_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void clear_bit(long nr, ulong* addr) => Interlocked.And(ref addr[nr >> 6], ~(1UL << (int)nr));

    [KernelSource("include/asm-generic/bitops/instrumented-atomic.h", "change_bit", Parity.Full)]
    public static void change_bit(long nr, ulong* addr)
    {
        ulong old = Volatile.Read(ref addr[nr >> 6]);
        ulong seen;

        while ((seen = Interlocked.CompareExchange(ref addr[nr >> 6], old ^ (1UL << (int)nr), old)) != old)
            old = seen;
    }

    [KernelSource("include/asm-generic/bitops/instrumented-atomic.h", "test_and_set_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool test_and_set_bit(long nr, ulong* addr)
        => (Interlocked.Or(ref addr[nr >> 6], 1UL << (int)nr) & (1UL << (int)nr)) != 0;

    [KernelSource("include/asm-generic/bitops/instrumented-atomic.h", "test_and_clear_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool test_and_clear_bit(long nr, ulong* addr)
        => (Interlocked.And(ref addr[nr >> 6], ~(1UL << (int)nr)) & (1UL << (int)nr)) != 0;

    [KernelSource("include/asm-generic/bitops/instrumented-atomic.h", "test_and_change_bit", Parity.Full)]
    public static bool test_and_change_bit(long nr, ulong* addr)
    {
        ulong mask = 1UL << (int)nr;
        ulong old = Volatile.Read(ref addr[nr >> 6]);
        ulong seen;

        while ((seen = Interlocked.CompareExchange(ref addr[nr >> 6], old ^ mask, old)) != old)
            old = seen;
        return (old & mask) != 0;
    }

    [KernelSource("include/asm-generic/bitops/instrumented-lock.h", "test_and_set_bit_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool test_and_set_bit_lock(long nr, ulong* addr) => test_and_set_bit(nr, addr);

    [KernelSource("include/asm-generic/bitops/instrumented-lock.h", "clear_bit_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void clear_bit_unlock(long nr, ulong* addr) => clear_bit(nr, addr);

    [KernelSource("include/asm-generic/bitops/instrumented-lock.h", "__clear_bit_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __clear_bit_unlock(long nr, ulong* addr)
        => Volatile.Write(ref addr[nr >> 6], addr[nr >> 6] & ~(1UL << (int)nr));

    /// <summary>Flips the bits of mask and says whether bit 7 was set: one locked operation unlocks and finds waiters.</summary>
    [KernelSource("include/asm-generic/bitops/instrumented-lock.h", "xor_unlock_is_negative_byte", Parity.Full)]
    public static bool xor_unlock_is_negative_byte(ulong mask, ulong* addr)
    {
        ulong old = Volatile.Read(ref *addr);
        ulong seen;

        while ((seen = Interlocked.CompareExchange(ref *addr, old ^ mask, old)) != old)
            old = seen;
        return (old & 0x80) != 0;
    }

    [KernelSource("include/asm-generic/bitops/instrumented-non-atomic.h", "___set_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __set_bit(long nr, ulong* addr) => addr[nr >> 6] |= 1UL << (int)nr;

    [KernelSource("include/asm-generic/bitops/instrumented-non-atomic.h", "___clear_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __clear_bit(long nr, ulong* addr) => addr[nr >> 6] &= ~(1UL << (int)nr);

    [KernelSource("include/asm-generic/bitops/instrumented-non-atomic.h", "___change_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __change_bit(long nr, ulong* addr) => addr[nr >> 6] ^= 1UL << (int)nr;

    [KernelSource("include/asm-generic/bitops/instrumented-non-atomic.h", "___test_and_set_bit", Parity.Full)]
    public static bool __test_and_set_bit(long nr, ulong* addr)
    {
        ulong mask = 1UL << (int)nr;
        ulong old = addr[nr >> 6];

        addr[nr >> 6] = old | mask;
        return (old & mask) != 0;
    }

    [KernelSource("include/asm-generic/bitops/instrumented-non-atomic.h", "___test_and_clear_bit", Parity.Full)]
    public static bool __test_and_clear_bit(long nr, ulong* addr)
    {
        ulong mask = 1UL << (int)nr;
        ulong old = addr[nr >> 6];

        addr[nr >> 6] = old & ~mask;
        return (old & mask) != 0;
    }

    [KernelSource("include/asm-generic/bitops/instrumented-non-atomic.h", "_test_bit", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool test_bit(long nr, ulong* addr) => (Volatile.Read(ref addr[nr >> 6]) & (1UL << (int)nr)) != 0;

    [KernelSource("include/asm-generic/bitops/instrumented-non-atomic.h", "_test_bit_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool test_bit_acquire(long nr, ulong* addr) => test_bit(nr, addr);

    /// <summary>Index of the lowest set bit; undefined for zero, as in C.</summary>
    [KernelSource("arch/x86/include/asm/bitops.h", "variable__ffs", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int __ffs(ulong word) => BitOperations.TrailingZeroCount(word);

    [KernelSource("arch/x86/include/asm/bitops.h", "variable_ffz", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ffz(ulong word) => BitOperations.TrailingZeroCount(~word);

    [KernelSource("arch/x86/include/asm/bitops.h", "__fls", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int __fls(ulong word) => 63 - BitOperations.LeadingZeroCount(word);

    [KernelSource("arch/x86/include/asm/bitops.h", "variable_ffs", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ffs(int x) => x == 0 ? 0 : BitOperations.TrailingZeroCount(x) + 1;

    [KernelSource("arch/x86/include/asm/bitops.h", "fls", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int fls(uint x) => 32 - BitOperations.LeadingZeroCount(x);

    [KernelSource("arch/x86/include/asm/bitops.h", "fls64", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int fls64(ulong x) => 64 - BitOperations.LeadingZeroCount(x);

    [KernelSource("arch/x86/include/asm/arch_hweight.h", "__arch_hweight64", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int hweight64(ulong w) => BitOperations.PopCount(w);

    [KernelSource("arch/x86/include/asm/arch_hweight.h", "__arch_hweight32", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int hweight32(uint w) => BitOperations.PopCount(w);

    [KernelSource("arch/x86/include/asm/arch_hweight.h", "__arch_hweight16", Parity.Full)]
    public static int hweight16(ushort w) => BitOperations.PopCount(w);

    [KernelSource("arch/x86/include/asm/arch_hweight.h", "__arch_hweight8", Parity.Full)]
    public static int hweight8(byte w) => BitOperations.PopCount(w);
}
