// SPDX-License-Identifier: GPL-2.0-only
// What the page allocator calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class page_alloc_forward
{
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
