// SPDX-License-Identifier: GPL-2.0-only
// Bug 14, fixed: commit 9972605a2383. A spinlock of its own, which the last put may take as well.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [LockClass("memcg_idr_lock")]
    private static readonly spinlock_t* memcg_idr_lock = bss<spinlock_t>();

    [GuardedBy("mm_memcontrol_c.memcg_idr_lock")]
    private static readonly idr* mem_cgroup_idr = bss<idr>();

    private static int mem_cgroup_alloc_id(mem_cgroup* memcg)
    {
        int ret;

        idr_preload(GFP_KERNEL);
        spin_lock(memcg_idr_lock);
        ret = idr_alloc(mem_cgroup_idr, memcg, 1, MEM_CGROUP_ID_MAX + 1, GFP_NOWAIT);
        spin_unlock(memcg_idr_lock);
        idr_preload_end();
        return ret;
    }

    private static void mem_cgroup_id_remove(mem_cgroup* memcg)
    {
        if (memcg->id.id > 0)
        {
            spin_lock(memcg_idr_lock);
            idr_remove(mem_cgroup_idr, (ulong)memcg->id.id);
            spin_unlock(memcg_idr_lock);
            memcg->id.id = 0;
        }
    }
}
