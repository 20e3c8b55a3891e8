// SPDX-License-Identifier: GPL-2.0-only
// Bug 1, fixed: commit 30def93565e5. The threshold code takes the usage of the root group from what has been flushed so far.
// It may be a little old, which a threshold can bear; sleeping it could not.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private static ulong mem_cgroup_usage(mem_cgroup* memcg)
    {
        if (mem_cgroup_is_root(memcg))
            return memcg_page_state(memcg, NR_ANON_MAPPED);
        return page_counter_read(&memcg->memory);
    }

    private static void mem_cgroup_threshold(mem_cgroup* memcg)
    {
        mem_cgroup_threshold_ary* t;
        ulong usage;

        rcu_read_lock();
        t = rcu_dereference(&memcg->thresholds);
        if (t == null)
            goto unlock;

        usage = mem_cgroup_usage(memcg);
        if (usage >= t->first)
            eventfd_signal(t->eventfd);
    unlock:
        rcu_read_unlock();
    }
}
