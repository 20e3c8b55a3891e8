// SPDX-License-Identifier: GPL-2.0-only
// What reclaim and swap call of files and writeback, which are not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class files_forward
{
    public static int laptop_mode;

    [KernelSource("mm/show_mem.c", "__show_mem", Parity.Stub, "the report of the whole machine's memory comes later")]
    public static void __show_mem(uint filter, nodemask_t* nodemask, int max_zone_idx)
    {
    }

    public const uint SHOW_MEM_FILTER_NODES = 1;

    [KernelSource("mm/slab_common.c", "dump_unreclaimable_slab", Parity.Stub, "the report of the whole machine's memory comes later")]
    public static void dump_unreclaimable_slab()
    {
    }

    [KernelSource("fs/fs-writeback.c", "wakeup_flusher_threads", Parity.Stub, "comes with writeback")]
    public static void wakeup_flusher_threads(int reason)
    {
    }

}
