// SPDX-License-Identifier: GPL-2.0-only
// Bug 8: commit 567511462387, mm/memcontrol.c. Rule: KM0504 (final put under a lock that its release takes), or KM0112.
//
// Draining a CPU's stock dropped its reference to the old obj_cgroup inside the section that protects the stock. If that was
// the last one, the release gives the bytes back, which goes through the stock: the same lock, again.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private static void drain_obj_stock(obj_stock_pcp* stock)
    {
        obj_cgroup* old = stock->cached_objcg;

        if (old == null)
            return;
        stock->nr_bytes = 0;
        stock->cached_objcg = null;
        obj_cgroup_put(old);
    }

    private static void refill_obj_stock(obj_cgroup* objcg, uint nr_bytes)
    {
        obj_stock_pcp* stock;
        obj_cgroup* old;

        local_lock(lock_of(obj_stock));
        stock = this_cpu_ptr(obj_stock);
        old = stock->cached_objcg;
        if (old != objcg)
        {
            obj_cgroup_get(objcg);
            stock->cached_objcg = objcg;
            stock->nr_bytes = 0;
            if (old != null)
                obj_cgroup_put(old); // expect: KM0504|KM0112
        }
        stock->nr_bytes += nr_bytes;
        local_unlock(lock_of(obj_stock));
    }
}
