// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>A spinlock in one bit of a word. The validator does not see it: the kernel's does not either.</summary>
[ContextPrimitive]
public static unsafe class linux_bit_spinlock_h
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool take(int bitnum, ulong* addr)
    {
        ulong* word = addr + (bitnum >> 6);
        ulong mask = 1UL << (bitnum & 63);
        return (Interlocked.Or(ref *word, mask) & mask) == 0;
    }

    [KernelSource("include/linux/bit_spinlock.h", "bit_spin_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("addr"), PreemptAdjust(1)]
    public static void bit_spin_lock(int bitnum, ulong* addr)
    {
        preempt_disable();
        if (!take(bitnum, addr))
            wait(bitnum, addr);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void wait(int bitnum, ulong* addr)
    {
        int spins = 0;
        do
        {
            while (bit_spin_is_locked(bitnum, addr))
                linux_spinlock_h.spin_once(ref spins, addr);
        }
        while (!take(bitnum, addr));
    }

    [KernelSource("include/linux/bit_spinlock.h", "bit_spin_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "addr"), PreemptAdjust(1)]
    public static bool bit_spin_trylock(int bitnum, ulong* addr)
    {
        preempt_disable();
        if (take(bitnum, addr))
            return true;
        preempt_enable();
        return false;
    }

    [KernelSource("include/linux/bit_spinlock.h", "bit_spin_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("addr"), PreemptAdjust(-1)]
    public static void bit_spin_unlock(int bitnum, ulong* addr)
    {
        Interlocked.And(ref addr[bitnum >> 6], ~(1UL << (bitnum & 63)));
        preempt_enable();
    }

    /// <summary>The unlock of a word whose other bits the holder owns too: no locked operation.</summary>
    [KernelSource("include/linux/bit_spinlock.h", "__bit_spin_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("addr"), PreemptAdjust(-1)]
    public static void __bit_spin_unlock(int bitnum, ulong* addr)
    {
        ulong* word = addr + (bitnum >> 6);
        Volatile.Write(ref *word, *word & ~(1UL << (bitnum & 63)));
        preempt_enable();
    }

    [KernelSource("include/linux/bit_spinlock.h", "bit_spin_is_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool bit_spin_is_locked(int bitnum, ulong* addr) => (Volatile.Read(ref addr[bitnum >> 6]) >> (bitnum & 63) & 1) != 0;
}
