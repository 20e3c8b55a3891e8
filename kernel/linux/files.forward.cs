// SPDX-License-Identifier: GPL-2.0-only
// What reclaim calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class files_forward
{
    [KernelSource("mm/show_mem.c", "__show_mem", Parity.Stub, "the report of the whole machine's memory comes later")]
    public static void __show_mem(uint filter, nodemask_t* nodemask, int max_zone_idx)
    {
    }

    public const uint SHOW_MEM_FILTER_NODES = 1;

    [KernelSource("mm/slab_common.c", "dump_unreclaimable_slab", Parity.Stub, "the report of the whole machine's memory comes later")]
    public static void dump_unreclaimable_slab()
    {
    }

    [KernelSource("include/linux/blk-cgroup.h", "blk_cgroup_congested", Parity.Stub, "no group is throttled by its swap device")]
    public static bool blk_cgroup_congested() => false;
}
