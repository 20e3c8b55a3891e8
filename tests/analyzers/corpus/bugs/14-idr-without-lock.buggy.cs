// SPDX-License-Identifier: GPL-2.0-only
// Bug 14: commit 9972605a2383, mm/memcontrol.c. Rule: KM0101 (unguarded access).
//
// Ids of groups were allocated and replaced under cgroup_mutex, but removed by whoever dropped the last reference, with no
// lock at all. The radix tree below broke, once in a while, on large fleets.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [GuardedBy("linux_cgroup_h.cgroup_mutex")]
    private static readonly idr* mem_cgroup_idr = bss<idr>();

    private static int mem_cgroup_alloc_id(mem_cgroup* memcg)
    {
        lockdep_assert_held(cgroup_mutex);
        return idr_alloc(mem_cgroup_idr, memcg, 1, MEM_CGROUP_ID_MAX + 1, GFP_KERNEL);
    }

    private static void mem_cgroup_id_remove(mem_cgroup* memcg)
    {
        if (memcg->id.id > 0)
        {
            idr_remove(mem_cgroup_idr, (ulong)memcg->id.id); // expect: KM0101
            memcg->id.id = 0;
        }
    }
}
