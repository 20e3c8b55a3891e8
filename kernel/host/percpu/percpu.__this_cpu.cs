// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>__this_cpu_*: a CPU runs one task at a time and takes interrupts only at points, so plain accesses do.</summary>
public static unsafe partial class linux_percpu_h
{
    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static T __this_cpu_read<T>(T* pcp) where T : unmanaged => *this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static T* __this_cpu_read<T>(T** pcp) where T : unmanaged => *(T**)raw_cpu_addr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write<T>(T** pcp, T* val) where T : unmanaged => *(T**)raw_cpu_addr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(bool* pcp, bool val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(sbyte* pcp, sbyte val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(sbyte* pcp, sbyte val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(sbyte* pcp, sbyte val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(sbyte* pcp, sbyte val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(sbyte* pcp, sbyte val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(sbyte* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(sbyte* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static sbyte __this_cpu_add_return(sbyte* pcp, sbyte val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static sbyte __this_cpu_sub_return(sbyte* pcp, sbyte val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static sbyte __this_cpu_inc_return(sbyte* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static sbyte __this_cpu_dec_return(sbyte* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static sbyte __this_cpu_xchg(sbyte* pcp, sbyte nval)
    {
        sbyte* p = this_cpu_ptr(pcp);
        sbyte old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static sbyte __this_cpu_cmpxchg(sbyte* pcp, sbyte oval, sbyte nval)
    {
        sbyte* p = this_cpu_ptr(pcp);
        sbyte old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(byte* pcp, byte val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(byte* pcp, byte val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(byte* pcp, byte val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(byte* pcp, byte val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(byte* pcp, byte val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(byte* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(byte* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static byte __this_cpu_add_return(byte* pcp, byte val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static byte __this_cpu_sub_return(byte* pcp, byte val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static byte __this_cpu_inc_return(byte* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static byte __this_cpu_dec_return(byte* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static byte __this_cpu_xchg(byte* pcp, byte nval)
    {
        byte* p = this_cpu_ptr(pcp);
        byte old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static byte __this_cpu_cmpxchg(byte* pcp, byte oval, byte nval)
    {
        byte* p = this_cpu_ptr(pcp);
        byte old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(short* pcp, short val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(short* pcp, short val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(short* pcp, short val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(short* pcp, short val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(short* pcp, short val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(short* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(short* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static short __this_cpu_add_return(short* pcp, short val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static short __this_cpu_sub_return(short* pcp, short val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static short __this_cpu_inc_return(short* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static short __this_cpu_dec_return(short* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static short __this_cpu_xchg(short* pcp, short nval)
    {
        short* p = this_cpu_ptr(pcp);
        short old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static short __this_cpu_cmpxchg(short* pcp, short oval, short nval)
    {
        short* p = this_cpu_ptr(pcp);
        short old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(ushort* pcp, ushort val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(ushort* pcp, ushort val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(ushort* pcp, ushort val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(ushort* pcp, ushort val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(ushort* pcp, ushort val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(ushort* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(ushort* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ushort __this_cpu_add_return(ushort* pcp, ushort val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ushort __this_cpu_sub_return(ushort* pcp, ushort val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ushort __this_cpu_inc_return(ushort* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ushort __this_cpu_dec_return(ushort* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ushort __this_cpu_xchg(ushort* pcp, ushort nval)
    {
        ushort* p = this_cpu_ptr(pcp);
        ushort old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ushort __this_cpu_cmpxchg(ushort* pcp, ushort oval, ushort nval)
    {
        ushort* p = this_cpu_ptr(pcp);
        ushort old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(int* pcp, int val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(int* pcp, int val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(int* pcp, int val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(int* pcp, int val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(int* pcp, int val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(int* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(int* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static int __this_cpu_add_return(int* pcp, int val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static int __this_cpu_sub_return(int* pcp, int val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static int __this_cpu_inc_return(int* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static int __this_cpu_dec_return(int* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static int __this_cpu_xchg(int* pcp, int nval)
    {
        int* p = this_cpu_ptr(pcp);
        int old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static int __this_cpu_cmpxchg(int* pcp, int oval, int nval)
    {
        int* p = this_cpu_ptr(pcp);
        int old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static bool __this_cpu_try_cmpxchg(int* pcp, int* oval, int nval)
    {
        int old = __this_cpu_cmpxchg(pcp, *oval, nval);
        bool ok = old == *oval;
        *oval = old;
        return ok;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(uint* pcp, uint val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(uint* pcp, uint val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(uint* pcp, uint val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(uint* pcp, uint val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(uint* pcp, uint val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(uint* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(uint* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static uint __this_cpu_add_return(uint* pcp, uint val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static uint __this_cpu_sub_return(uint* pcp, uint val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static uint __this_cpu_inc_return(uint* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static uint __this_cpu_dec_return(uint* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static uint __this_cpu_xchg(uint* pcp, uint nval)
    {
        uint* p = this_cpu_ptr(pcp);
        uint old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static uint __this_cpu_cmpxchg(uint* pcp, uint oval, uint nval)
    {
        uint* p = this_cpu_ptr(pcp);
        uint old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static bool __this_cpu_try_cmpxchg(uint* pcp, uint* oval, uint nval)
    {
        uint old = __this_cpu_cmpxchg(pcp, *oval, nval);
        bool ok = old == *oval;
        *oval = old;
        return ok;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(long* pcp, long val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(long* pcp, long val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(long* pcp, long val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(long* pcp, long val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(long* pcp, long val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(long* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(long* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static long __this_cpu_add_return(long* pcp, long val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static long __this_cpu_sub_return(long* pcp, long val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static long __this_cpu_inc_return(long* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static long __this_cpu_dec_return(long* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static long __this_cpu_xchg(long* pcp, long nval)
    {
        long* p = this_cpu_ptr(pcp);
        long old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static long __this_cpu_cmpxchg(long* pcp, long oval, long nval)
    {
        long* p = this_cpu_ptr(pcp);
        long old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static bool __this_cpu_try_cmpxchg(long* pcp, long* oval, long nval)
    {
        long old = __this_cpu_cmpxchg(pcp, *oval, nval);
        bool ok = old == *oval;
        *oval = old;
        return ok;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_write(ulong* pcp, ulong val) => *this_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_add(ulong* pcp, ulong val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_sub(ulong* pcp, ulong val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_or(ulong* pcp, ulong val) => *this_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_and(ulong* pcp, ulong val) => *this_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_inc(ulong* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static void __this_cpu_dec(ulong* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ulong __this_cpu_add_return(ulong* pcp, ulong val) => *this_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ulong __this_cpu_sub_return(ulong* pcp, ulong val) => *this_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ulong __this_cpu_inc_return(ulong* pcp) => ++*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ulong __this_cpu_dec_return(ulong* pcp) => --*this_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ulong __this_cpu_xchg(ulong* pcp, ulong nval)
    {
        ulong* p = this_cpu_ptr(pcp);
        ulong old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static ulong __this_cpu_cmpxchg(ulong* pcp, ulong oval, ulong nval)
    {
        ulong* p = this_cpu_ptr(pcp);
        ulong old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static bool __this_cpu_try_cmpxchg(ulong* pcp, ulong* oval, ulong nval)
    {
        ulong old = __this_cpu_cmpxchg(pcp, *oval, nval);
        bool ok = old == *oval;
        *oval = old;
        return ok;
    }

    [KernelSource("include/linux/percpu-defs.h", "__this_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Local)]
    public static T* __this_cpu_xchg<T>(T** pcp, T* nval) where T : unmanaged
    {
        T** p = (T**)raw_cpu_addr(pcp);
        T* old = *p;
        *p = nval;
        return old;
    }
}
