// SPDX-License-Identifier: GPL-2.0-only
// Of backing-dev.c, what memory control calls.
namespace Linux;

public static unsafe partial class mm_backing_dev_c
{
    [KernelSource("mm/backing-dev.c", "wb_memcg_offline", Parity.Stub, "no writeback yet: a group has no wbs that are to go with it")]
    public static void wb_memcg_offline(mem_cgroup* memcg)
    {
    }
}
