// SPDX-License-Identifier: GPL-2.0-only
// Bug 11, fixed. What is already saved stays: the second failure is not stored.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private static void mem_cgroup_oom(mem_cgroup* memcg, gfp_t mask, int order)
    {
        if (current->may_oom == 0 || current->memcg_in_oom != null)
            return;

        css_get(&memcg->css);
        current->memcg_in_oom = memcg;
        current->memcg_oom_order = order;
    }
}
