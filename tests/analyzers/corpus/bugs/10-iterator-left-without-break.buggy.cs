// SPDX-License-Identifier: GPL-2.0-only
// Bug 10: commit 75866af62b43, mm/memcontrol.c. Rule: KM0511 (iterator left without break).
//
// mem_cgroup_iter returns each group with a reference and drops it on the next call. A loop that is left early keeps the
// last one, unless mem_cgroup_iter_break takes it back. This one jumped out when an allocation failed.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private static int memcg_expand_shrinker_maps(int new_id)
    {
        mem_cgroup* memcg;
        int ret = 0;

        mutex_lock(memcg_shrinker_map_mutex);
        for (memcg = mem_cgroup_iter(null, null, null); memcg != null; memcg = mem_cgroup_iter(null, memcg, null))
        {
            ret = memcg_expand_one_shrinker_map(memcg, new_id);
            if (ret != 0)
                goto unlock;
        }
    unlock:
        mutex_unlock(memcg_shrinker_map_mutex);
        return ret; // expect: KM0511
    }
}
