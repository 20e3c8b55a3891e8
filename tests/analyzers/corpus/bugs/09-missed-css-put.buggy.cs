// SPDX-License-Identifier: GPL-2.0-only
// Bug 9: commit 3a98990ae215, mm/memcontrol.c. Rule: KM0501 (reference leaked on a path).
//
// Creating a kmem cache for a group pins the group first and allocates the work item then. The failure path of the
// allocation returned without the put: the group could never be freed again.
namespace Linux;

public unsafe struct memcg_kmem_cache_create_work
{
    public mem_cgroup* memcg;
    public work_struct work;
}

public static unsafe partial class mm_memcontrol_c
{
    private static void memcg_schedule_kmem_cache_create(mem_cgroup* memcg)
    {
        memcg_kmem_cache_create_work* cw;

        if (!css_tryget_online(&memcg->css))
            return;

        cw = (memcg_kmem_cache_create_work*)kmalloc((ulong)sizeof(memcg_kmem_cache_create_work), GFP_NOWAIT);
        if (cw == null)
            return; // expect: KM0501

        cw->memcg = memcg;
        schedule_work(&cw->work);
        css_put(&memcg->css);
    }
}
