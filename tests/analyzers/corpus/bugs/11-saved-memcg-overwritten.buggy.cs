// SPDX-License-Identifier: GPL-2.0-only
// Bug 11: "mm: memcontrol: fix possible css ref leak on oom" (V. Davydov, 2016), mm/memcontrol.c. Rule: KM0512 (saved value overwritten).
//
// A fault that could not be charged left the group in the task, with a reference, for the handler on the way back to user
// mode. A task that failed twice before it went back stored the second group over the first one.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private static void mem_cgroup_oom(mem_cgroup* memcg, gfp_t mask, int order)
    {
        if (current->may_oom == 0)
            return;

        css_get(&memcg->css);
        current->memcg_in_oom = memcg; // expect: KM0512
        current->memcg_oom_order = order;
    }
}
