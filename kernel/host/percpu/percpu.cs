// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>
/// Per-CPU memory. A __percpu pointer, PerCpu&lt;T&gt;*, is the address of CPU 0's copy; CPU n's is n * PERCPU_UNIT further on, in
/// the static area as in every dynamic chunk.
/// </summary>
[ContextPrimitive]
public static unsafe partial class linux_percpu_h
{
    public const int PERCPU_UNIT = 64 << 10;

    /// <summary>How much of a unit the static variables may take; the rest of the first chunk is for early allocations.</summary>
    internal const int STATIC_SIZE = 40 << 10;

    [HostState] internal static readonly byte* static_area = (byte*)NativeMemory.AlignedAlloc((nuint)PERCPU_UNIT * CONFIG_NR_CPUS, 4096);
    [HostState] private static nuint static_used;

    /// <summary>A per-CPU variable (or n in a row), zero on every CPU at every boot.</summary>
    public static PerCpu<T>* DEFINE_PER_CPU<T>(int n = 1) where T : unmanaged => (PerCpu<T>*)DEFINE_PER_CPU((nuint)sizeof(T) * (nuint)n);

    private static void* DEFINE_PER_CPU(nuint size)
    {
        nuint align = size >= 64 ? 64u : size >= 8 ? 8u : 4u;
        nuint at;
        lock (typeof(linux_percpu_h))
        {
            at = (static_used + align - 1) & ~(align - 1);
            if (at + size > STATIC_SIZE)
                throw new InvalidOperationException("the static per-CPU area is full");
            static_used = at + size;
            for (int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++)
                NativeMemory.Clear(static_area + at + (nuint)cpu * PERCPU_UNIT, size);
        }
        return static_area + at;
    }

    /// <summary>Whether this is a static per-CPU variable of some CPU, and where its first copy is.</summary>
    internal static bool is_static_percpu(nint addr, out nint first_copy)
    {
        nint at = addr - (nint)static_area;
        first_copy = (nint)static_area + at % PERCPU_UNIT;
        return at >= 0 && at < (nint)PERCPU_UNIT * NR_CPUS;
    }

    /// <summary>Zeroes what is there of the static area, at boot.</summary>
    internal static void reset_static_area()
    {
        for (int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++)
            NativeMemory.Clear(static_area + (nuint)cpu * PERCPU_UNIT, static_used);
        mm_percpu_c.reset();
    }

    /// <summary>
    /// &amp;p->member of a __percpu pointer, as in percpu_member(p, ref layout_of(p).member). C# has no such expression, and the member of
    /// CPU 0's copy would be read for it, as .NET checks a pointer with that: from every CPU, what CPU 0 writes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PerCpuAccessor(PerCpuAccess.Raw)]
    public static PerCpu<TMember>* percpu_member<T, TMember>(PerCpu<T>* p, ref TMember member) where T : unmanaged where TMember : unmanaged =>
        (PerCpu<TMember>*)((byte*)p + Unsafe.ByteOffset(ref layout, ref Unsafe.As<TMember, byte>(ref member)));

    /// <summary>A T that is not there, for the offsets of its members. At a static's address, of which the JIT knows that it is not null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T layout_of<T>(PerCpu<T>* p) where T : unmanaged => ref Unsafe.As<byte, T>(ref layout);

    [HostState] private static byte layout;

    [KernelSource("include/linux/percpu-defs.h", "this_cpu_ptr", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PerCpuAccessor(PerCpuAccess.Local)]
    public static T* this_cpu_ptr<T>(PerCpu<T>* ptr) where T : unmanaged => (T*)((byte*)ptr + __this_cpu->percpu_offset);

    /// <summary>this_cpu_ptr for who has looked for its CPU already, with preemption off.</summary>
    [KernelSource("include/linux/percpu-defs.h", "this_cpu_ptr", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T* this_cpu_ptr<T>(PerCpu<T>* ptr, cpu* c) where T : unmanaged => (T*)((byte*)ptr + c->percpu_offset);

    [KernelSource("include/linux/percpu-defs.h", "raw_cpu_ptr", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PerCpuAccessor(PerCpuAccess.Raw)]
    public static T* raw_cpu_ptr<T>(PerCpu<T>* ptr) where T : unmanaged => (T*)((byte*)ptr + __this_cpu->percpu_offset);

    [KernelSource("include/linux/percpu-defs.h", "per_cpu_ptr", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PerCpuAccessor(PerCpuAccess.Remote)]
    public static T* per_cpu_ptr<T>(PerCpu<T>* ptr, int cpu) where T : unmanaged => (T*)((byte*)ptr + (nint)cpu * PERCPU_UNIT);

    /// <summary>get_cpu_ptr: preemption stays off until put_cpu_ptr.</summary>
    [KernelSource("include/linux/percpu-defs.h", "get_cpu_ptr", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PerCpuAccessor(PerCpuAccess.Local), PreemptAdjust(1)]
    public static T* get_cpu_ptr<T>(PerCpu<T>* ptr) where T : unmanaged
    {
        preempt_disable();
        return this_cpu_ptr(ptr);
    }

    [KernelSource("include/linux/percpu-defs.h", "put_cpu_ptr", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PreemptAdjust(-1)]
    public static void put_cpu_ptr<T>(PerCpu<T>* ptr) where T : unmanaged => preempt_enable();

    [KernelSource("mm/percpu.c", "__addr_to_pcpu_ptr", Parity.Full)]
    internal static PerCpu<byte>* __addr_to_pcpu_ptr(byte* addr) => (PerCpu<byte>*)addr;

    [KernelSource("mm/percpu.c", "__pcpu_ptr_to_addr", Parity.Full)]
    internal static byte* __pcpu_ptr_to_addr<T>(PerCpu<T>* ptr) where T : unmanaged => (byte*)ptr;

    [KernelSource("include/linux/percpu.h", "alloc_percpu", Parity.Full)]
    [MightSleep]
    public static PerCpu<T>* alloc_percpu<T>() where T : unmanaged => alloc_percpu_gfp<T>(GFP_KERNEL);

    [KernelSource("include/linux/percpu.h", "alloc_percpu_gfp", Parity.Full)]
    [MightSleepIf("gfp")]
    public static PerCpu<T>* alloc_percpu_gfp<T>(gfp_t gfp) where T : unmanaged =>
        (PerCpu<T>*)__alloc_percpu_gfp((ulong)sizeof(T), sizeof(T) >= 64 ? 64u : 8u, gfp);

    [KernelSource("include/linux/percpu.h", "__alloc_percpu_gfp", Parity.Full)]
    [MightSleepIf("gfp")]
    public static PerCpu<byte>* __alloc_percpu_gfp(ulong size, ulong align, gfp_t gfp) => mm_percpu_c.pcpu_alloc(size, align, false, gfp);

    [KernelSource("include/linux/percpu.h", "__alloc_percpu", Parity.Full)]
    [MightSleep]
    public static PerCpu<byte>* __alloc_percpu(ulong size, ulong align) => mm_percpu_c.pcpu_alloc(size, align, false, GFP_KERNEL);
}

/// <summary>A T* as a type argument, which a pointer cannot be.</summary>
public unsafe struct ptr<T> where T : unmanaged
{
    public T* value;
}
