// SPDX-License-Identifier: GPL-2.0-only
// Bug 9, fixed: commit 3a98990ae215. Every way out after the tryget gives the reference back.
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
        {
            css_put(&memcg->css);
            return;
        }

        cw->memcg = memcg;
        schedule_work(&cw->work);
        css_put(&memcg->css);
    }
}
