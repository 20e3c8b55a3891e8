// SPDX-License-Identifier: GPL-2.0-only
// Bug 10, fixed: commit 75866af62b43. mem_cgroup_iter_break puts the group at which the walk stops.
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
            {
                mem_cgroup_iter_break(null, memcg);
                goto unlock;
            }
        }
    unlock:
        mutex_unlock(memcg_shrinker_map_mutex);
        return ret;
    }
}
