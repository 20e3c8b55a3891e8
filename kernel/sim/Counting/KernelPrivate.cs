// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;
using Linux;

namespace KMemcg.Sim.Counting;

/// <summary>Functions that are static in the kernel's C, called as directly as from beside them.</summary>
internal static unsafe class KernelPrivate
{
    private const string Memcontrol = "Linux.mm_memcontrol_c, KMemcg.Kernel";

    /// <summary>GFP_KERNEL.</summary>
    public const uint GfpKernel = linux_gfp_types_h.GFP_KERNEL;

    public static int TryCharge(mem_cgroup* memcg, uint pages) => try_charge_memcg(null, memcg, GfpKernel, pages);

    public static void Refill(mem_cgroup* memcg, uint pages) => refill_stock(null, memcg, pages);

    public static void Uncharge(mem_cgroup* memcg, uint pages) => memcg_uncharge(null, memcg, pages);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod)]
    private static extern int try_charge_memcg([UnsafeAccessorType(Memcontrol)] object? type, mem_cgroup* memcg, uint gfp, uint pages);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod)]
    private static extern void refill_stock([UnsafeAccessorType(Memcontrol)] object? type, mem_cgroup* memcg, uint pages);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod)]
    private static extern void memcg_uncharge([UnsafeAccessorType(Memcontrol)] object? type, mem_cgroup* memcg, uint pages);
}
