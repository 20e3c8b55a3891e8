// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>READ_ONCE and friends: volatile accesses, as the JIT hoists plain reads of shared fields out of loops.</summary>
public static unsafe partial class linux_compiler_h
{
    [KernelSource("include/asm-generic/rwonce.h", "READ_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static T READ_ONCE<T>(T* p) where T : unmanaged
    {
        // Without a `ref` in between, of which the JIT makes an address in a register of its own.
        if (sizeof(T) == 1)
            return Unsafe.BitCast<byte, T>(Volatile.Read(ref *(byte*)p));
        if (sizeof(T) == 2)
            return Unsafe.BitCast<ushort, T>(Volatile.Read(ref *(ushort*)p));
        if (sizeof(T) == 4)
            return Unsafe.BitCast<uint, T>(Volatile.Read(ref *(uint*)p));
        if (sizeof(T) == 8)
            return Unsafe.BitCast<ulong, T>(Volatile.Read(ref *(ulong*)p));
        return read_once(ref *p);
    }

    [KernelSource("include/asm-generic/rwonce.h", "READ_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static T READ_ONCE<T>(ref T x) where T : unmanaged => read_once(ref x);

    [KernelSource("include/asm-generic/rwonce.h", "READ_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static T* READ_ONCE<T>(T** p) where T : unmanaged => (T*)Volatile.Read(ref *(nint*)p);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref sbyte x, sbyte v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(sbyte* p, sbyte v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref byte x, byte v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(byte* p, byte v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref short x, short v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(short* p, short v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref ushort x, ushort v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ushort* p, ushort v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref int x, int v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(int* p, int v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref uint x, uint v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(uint* p, uint v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref long x, long v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(long* p, long v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref ulong x, ulong v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ulong* p, ulong v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref nint x, nint v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(nint* p, nint v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(ref nuint x, nuint v) => Volatile.Write(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE(nuint* p, nuint v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE<T>(ref T x, T v) where T : unmanaged => write_once(ref x, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE<T>(T* p, T v) where T : unmanaged => write_once(ref *p, v);

    [KernelSource("include/asm-generic/rwonce.h", "WRITE_ONCE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void WRITE_ONCE<T>(T** p, T* v) where T : unmanaged => Volatile.Write(ref *(nint*)p, (nint)v);

    [KernelSource("include/asm-generic/barrier.h", "smp_load_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static T smp_load_acquire<T>(T* p) where T : unmanaged => read_once(ref *p);

    [KernelSource("include/asm-generic/barrier.h", "smp_load_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static T smp_load_acquire<T>(ref T x) where T : unmanaged => read_once(ref x);

    [KernelSource("include/asm-generic/barrier.h", "smp_load_acquire", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static T* smp_load_acquire<T>(T** p) where T : unmanaged => (T*)Volatile.Read(ref *(nint*)p);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(sbyte* p, sbyte v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(byte* p, byte v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(short* p, short v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(ushort* p, ushort v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(int* p, int v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(uint* p, uint v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(long* p, long v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(ulong* p, ulong v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(nint* p, nint v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release(nuint* p, nuint v) => Volatile.Write(ref *p, v);

    [KernelSource("include/asm-generic/barrier.h", "smp_store_release", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess(false, true)]
    public static void smp_store_release<T>(T** p, T* v) where T : unmanaged => Volatile.Write(ref *(nint*)p, (nint)v);

    [KernelSource("include/asm-generic/barrier.h", "smp_mb", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void smp_mb() => Interlocked.MemoryBarrier();

    [KernelSource("include/asm-generic/barrier.h", "smp_rmb", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void smp_rmb() => Volatile.ReadBarrier();

    [KernelSource("include/asm-generic/barrier.h", "smp_wmb", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void smp_wmb() => Volatile.WriteBarrier();

    [KernelSource("include/asm-generic/barrier.h", "mb", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void mb() => Interlocked.MemoryBarrier();

    [KernelSource("include/asm-generic/barrier.h", "smp_mb__before_atomic", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void smp_mb__before_atomic() => Volatile.WriteBarrier();

    [KernelSource("include/asm-generic/barrier.h", "smp_mb__after_atomic", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void smp_mb__after_atomic() => Volatile.ReadBarrier();

    [KernelSource("include/asm-generic/barrier.h", "smp_mb__after_spinlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void smp_mb__after_spinlock() => Volatile.ReadBarrier();

    [KernelSource("include/linux/compiler.h", "barrier", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void barrier()
    {
        Volatile.ReadBarrier();
        Volatile.WriteBarrier();
    }

    [KernelSource("include/linux/compiler.h", "likely", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static bool likely(bool x) => x;

    [KernelSource("include/linux/compiler.h", "unlikely", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static bool unlikely(bool x) => x;

    [KernelSource("include/linux/compiler.h", "data_race", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MarkedAccess]
    public static T data_race<T>(T x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T read_once<T>(ref T x) where T : unmanaged
    {
        if (sizeof(T) == 1)
            return Unsafe.BitCast<byte, T>(Volatile.Read(ref Unsafe.As<T, byte>(ref x)));
        if (sizeof(T) == 2)
            return Unsafe.BitCast<ushort, T>(Volatile.Read(ref Unsafe.As<T, ushort>(ref x)));
        if (sizeof(T) == 4)
            return Unsafe.BitCast<uint, T>(Volatile.Read(ref Unsafe.As<T, uint>(ref x)));
        if (sizeof(T) == 8)
            return Unsafe.BitCast<ulong, T>(Volatile.Read(ref Unsafe.As<T, ulong>(ref x)));
        Volatile.ReadBarrier();
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void write_once<T>(ref T x, T v) where T : unmanaged
    {
        if (sizeof(T) == 1)
            Volatile.Write(ref Unsafe.As<T, byte>(ref x), Unsafe.BitCast<T, byte>(v));
        else if (sizeof(T) == 2)
            Volatile.Write(ref Unsafe.As<T, ushort>(ref x), Unsafe.BitCast<T, ushort>(v));
        else if (sizeof(T) == 4)
            Volatile.Write(ref Unsafe.As<T, uint>(ref x), Unsafe.BitCast<T, uint>(v));
        else if (sizeof(T) == 8)
            Volatile.Write(ref Unsafe.As<T, ulong>(ref x), Unsafe.BitCast<T, ulong>(v));
        else
        {
            Volatile.WriteBarrier();
            x = v;
        }
    }
}
