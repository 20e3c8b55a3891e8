// SPDX-License-Identifier: GPL-2.0-only
// Bug 1: commit 30def93565e5, mm/memcontrol.c. Rule: KM0201 (sleep in atomic context), or KM0304 as it is under RCU.
//
// Each charge compares a group's usage with the thresholds that user space set. It does so under rcu_read_lock, with
// interrupts off when it comes from an uncharge. For the root group the usage came from the statistics, and reading them
// exactly flushes them, which may sleep: two calls down, so nobody saw it here. smatch did, and said "maybe a false positive".
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [MightSleep]
    private static void mem_cgroup_flush_stats(mem_cgroup* memcg)
    {
        mutex_lock(&memcg->flush_lock);
        memcg->flushed_at = jiffies;
        mutex_unlock(&memcg->flush_lock);
    }

    private static ulong mem_cgroup_usage(mem_cgroup* memcg)
    {
        if (mem_cgroup_is_root(memcg))
        {
            mem_cgroup_flush_stats(memcg);
            return memcg_page_state(memcg, NR_ANON_MAPPED);
        }
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

        usage = mem_cgroup_usage(memcg); // expect: KM0201|KM0304
        if (usage >= t->first)
            eventfd_signal(t->eventfd);
    unlock:
        rcu_read_unlock();
    }
}
