// SPDX-License-Identifier: GPL-2.0-only
// Of sched/mm.h, the scope of remote charging.
namespace Linux;

public static unsafe partial class linux_sched_mm_h
{
    /// <summary>
    /// From here on __GFP_ACCOUNT allocations, and page cache without an mm, are charged to this group, which the caller
    /// holds. Returns whom they were charged to before, for the end of the scope.
    /// </summary>
    [KernelSource("include/linux/sched/mm.h", "set_active_memcg", Parity.Full)]
    [ScopedSwap("memcg")]
    public static mem_cgroup* set_active_memcg(mem_cgroup* memcg)
    {
        mem_cgroup* old;

        if (!in_task())
        {
            old = this_cpu_read(int_active_memcg);
            this_cpu_write(int_active_memcg, memcg);
        }
        else
        {
            old = current->active_memcg;
            current->active_memcg = memcg;
        }

        return old;
    }
}
