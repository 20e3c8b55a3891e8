// SPDX-License-Identifier: GPL-2.0-only
using System.Numerics;

namespace Linux;

/// <summary>raw_cpu_*: whichever CPU it is, and whoever comes in between.</summary>
public static unsafe partial class linux_percpu_h
{
    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T raw_cpu_read<T>(PerCpu<T>* pcp) where T : unmanaged => *raw_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_read", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T* raw_cpu_read<T>(PerCpu<ptr<T>>* pcp) where T : unmanaged => raw_cpu_ptr(pcp)->value;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_write<T>(PerCpu<T>* pcp, T val) where T : unmanaged => *raw_cpu_ptr(pcp) = val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_write", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_write<T>(PerCpu<ptr<T>>* pcp, T* val) where T : unmanaged => raw_cpu_ptr(pcp)->value = val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_add", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_add<T>(PerCpu<T>* pcp, T val) where T : unmanaged, IBinaryInteger<T> => *raw_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_sub", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_sub<T>(PerCpu<T>* pcp, T val) where T : unmanaged, IBinaryInteger<T> => *raw_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_or", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_or<T>(PerCpu<T>* pcp, T val) where T : unmanaged, IBinaryInteger<T> => *raw_cpu_ptr(pcp) |= val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_and", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_and<T>(PerCpu<T>* pcp, T val) where T : unmanaged, IBinaryInteger<T> => *raw_cpu_ptr(pcp) &= val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_inc", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_inc<T>(PerCpu<T>* pcp) where T : unmanaged, IBinaryInteger<T> => ++*raw_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_dec", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static void raw_cpu_dec<T>(PerCpu<T>* pcp) where T : unmanaged, IBinaryInteger<T> => --*raw_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_add_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T raw_cpu_add_return<T>(PerCpu<T>* pcp, T val) where T : unmanaged, IBinaryInteger<T> => *raw_cpu_ptr(pcp) += val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_sub_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T raw_cpu_sub_return<T>(PerCpu<T>* pcp, T val) where T : unmanaged, IBinaryInteger<T> => *raw_cpu_ptr(pcp) -= val;

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_inc_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T raw_cpu_inc_return<T>(PerCpu<T>* pcp) where T : unmanaged, IBinaryInteger<T> => ++*raw_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_dec_return", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T raw_cpu_dec_return<T>(PerCpu<T>* pcp) where T : unmanaged, IBinaryInteger<T> => --*raw_cpu_ptr(pcp);

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T raw_cpu_xchg<T>(PerCpu<T>* pcp, T nval) where T : unmanaged
    {
        T* p = raw_cpu_ptr(pcp);
        T old = *p;
        *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_xchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T* raw_cpu_xchg<T>(PerCpu<ptr<T>>* pcp, T* nval) where T : unmanaged
    {
        ptr<T>* p = raw_cpu_ptr(pcp);
        T* old = p->value;
        p->value = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T raw_cpu_cmpxchg<T>(PerCpu<T>* pcp, T oval, T nval) where T : unmanaged, IBinaryInteger<T>
    {
        T* p = raw_cpu_ptr(pcp);
        T old = *p;
        if (old == oval)
            *p = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static T* raw_cpu_cmpxchg<T>(PerCpu<ptr<T>>* pcp, T* oval, T* nval) where T : unmanaged
    {
        ptr<T>* p = raw_cpu_ptr(pcp);
        T* old = p->value;
        if (old == oval)
            p->value = nval;
        return old;
    }

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_try_cmpxchg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining), PerCpuAccessor(PerCpuAccess.Raw)]
    public static bool raw_cpu_try_cmpxchg<T>(PerCpu<T>* pcp, T* oval, T nval) where T : unmanaged, IBinaryInteger<T>
    {
        T old = raw_cpu_cmpxchg(pcp, *oval, nval);
        bool ok = old == *oval;
        *oval = old;
        return ok;
    }
}
