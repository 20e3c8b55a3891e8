// SPDX-License-Identifier: GPL-2.0-only
// Bug 13, fixed: commit 5161b48712dc. The section spans the look-up and the use.
namespace Linux;

public static unsafe partial class mm_list_lru_c
{
    private static bool list_lru_add_obj(list_lru* lru, list_head* item)
    {
        bool ret;

        rcu_read_lock();
        ret = list_lru_add(lru, item, 0, mem_cgroup_from_slab_obj(item));
        rcu_read_unlock();
        return ret;
    }
}
