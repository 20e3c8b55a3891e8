// SPDX-License-Identifier: GPL-2.0-only
// Correct: walks over groups, to the end, or left with a break.
namespace Linux;

public static unsafe partial class iterators_c
{
    private static ulong to_the_end(mem_cgroup* root)
    {
        ulong sum = 0;

        for (mem_cgroup* memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
            sum += page_counter_read(&memcg->memory);
        return sum;
    }

    private static int broken_off(mem_cgroup* root, ulong limit)
    {
        mem_cgroup* memcg;

        for (memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
        {
            if (page_counter_read(&memcg->memory) > limit)
            {
                mem_cgroup_iter_break(root, memcg);
                return 1;
            }
        }
        return 0;
    }

    private static int broken_off_behind_the_loop(mem_cgroup* root)
    {
        mem_cgroup* memcg;
        int ret = 0;

        for (memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
        {
            ret = memcg_expand_one_shrinker_map(memcg, 1);
            if (ret != 0)
            {
                mem_cgroup_iter_break(root, memcg);
                break;
            }
        }
        return ret;
    }

    private static void do_while(mem_cgroup* target)
    {
        mem_cgroup* memcg;

        memcg = mem_cgroup_iter(target, null, null);
        do
        {
            if (page_counter_read(&memcg->memory) == 0)
                continue;
            cond_resched();
        } while ((memcg = mem_cgroup_iter(target, memcg, null)) != null);
    }

    private static bool keeps_the_one_it_stops_at(mem_cgroup* root, mem_cgroup** found)
    {
        mem_cgroup* memcg;

        for (memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
        {
            if (!css_tryget_online(&memcg->css))
                continue;
            *found = memcg;
            mem_cgroup_iter_break(root, memcg);
            return true;
        }
        return false;
    }

    private static void two_walks(mem_cgroup* root)
    {
        mem_cgroup* memcg;

        for (memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
            cond_resched();
        for (memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
            cond_resched();
    }

    private static int locked_walk(mem_cgroup* root)
    {
        mem_cgroup* memcg;
        int ret = 0;

        mutex_lock(memcg_shrinker_map_mutex);
        for (memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
        {
            ret = memcg_expand_one_shrinker_map(memcg, 2);
            if (ret < 0)
            {
                mem_cgroup_iter_break(root, memcg);
                goto unlock;
            }
        }
    unlock:
        mutex_unlock(memcg_shrinker_map_mutex);
        return ret;
    }
}
