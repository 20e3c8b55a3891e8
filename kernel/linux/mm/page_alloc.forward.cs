// SPDX-License-Identifier: GPL-2.0-only
// What the page allocator calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class page_alloc_forward
{
    public static readonly mutex* oom_lock = bss<mutex>();

    [KernelSource("mm/oom_kill.c", "out_of_memory", Parity.Stub, "comes with reclaim; nothing is killed")]
    public static bool out_of_memory(oom_control* oc) => false;

    [KernelSource("mm/vmscan.c", "try_to_free_pages", Parity.Stub, "comes with reclaim; nothing is freed")]
    public static ulong try_to_free_pages(zonelist* zonelist, int order, gfp_t gfp_mask, nodemask_t* nodemask) => 0;

    [KernelSource("mm/vmscan.c", "wakeup_kswapd", Parity.Stub, "comes with reclaim")]
    public static void wakeup_kswapd(zone* zone, gfp_t gfp_flags, int order, zone_type highest_zoneidx)
    {
    }

    [KernelSource("mm/vmscan.c", "zone_reclaimable_pages", Parity.Stub, "comes with reclaim; nothing is reclaimable")]
    public static ulong zone_reclaimable_pages(zone* zone) => 0;

    [KernelSource("mm/page-writeback.c", "node_dirty_ok", Parity.Stub, "comes with writeback; nothing is dirty")]
    public static bool node_dirty_ok(pglist_data* pgdat) => true;

    [KernelSource("kernel/cpu.c", "cpus_read_lock", Parity.Stub, "comes with CPU hotplug")]
    public static void cpus_read_lock()
    {
    }

    [KernelSource("kernel/cpu.c", "lockdep_assert_cpus_held", Parity.Stub, "comes with CPU hotplug")]
    public static void lockdep_assert_cpus_held()
    {
    }

    [KernelSource("kernel/cpu.c", "cpus_read_unlock", Parity.Stub, "comes with CPU hotplug")]
    public static void cpus_read_unlock()
    {
    }

    [KernelSource("include/linux/sched/rt.h", "rt_or_dl_task", Parity.Stub, "there are no such tasks")]
    public static bool rt_or_dl_task(task_struct* p) => false;

    [KernelSource("include/linux/nodemask.h", "next_memory_node", Parity.Full)]
    public static int next_memory_node(int nid) => MAX_NUMNODES;
}
