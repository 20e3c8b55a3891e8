// SPDX-License-Identifier: GPL-2.0-only
// Bug 8, fixed: commit 567511462387. The old obj_cgroup is handed out of the section and put when the lock is free.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private static void refill_obj_stock(obj_cgroup* objcg, uint nr_bytes)
    {
        obj_stock_pcp* stock;
        obj_cgroup* old = null;

        local_lock(lock_of(obj_stock));
        stock = this_cpu_ptr(obj_stock);
        if (stock->cached_objcg != objcg)
        {
            old = stock->cached_objcg;
            obj_cgroup_get(objcg);
            stock->cached_objcg = objcg;
            stock->nr_bytes = 0;
        }
        stock->nr_bytes += nr_bytes;
        local_unlock(lock_of(obj_stock));

        if (old != null)
            obj_cgroup_put(old);
    }
}
