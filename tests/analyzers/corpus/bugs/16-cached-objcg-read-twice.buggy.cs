// SPDX-License-Identifier: GPL-2.0-only
// Bug 16: commit 3b8abb323953 (and f785a8f21a9c), mm/memcontrol.c. Rule: KM0702 (double fetch), or KM0701 (plain access).
//
// One CPU asks whether another CPU's stock should be flushed. It tested cached_objcg and then read it once more to follow it;
// in between the owner had reset it. KCSAN reported the race, and a null pointer was followed in the field.
namespace Linux;

public unsafe struct memcg_obj_stock
{
    [Marked] public obj_cgroup* cached_objcg;
    public uint nr_bytes;
}

public static unsafe partial class mm_memcontrol_c
{
    private static bool obj_stock_flush_required(memcg_obj_stock* stock, mem_cgroup* root_memcg)
    {
        mem_cgroup* memcg;

        if (READ_ONCE(&stock->cached_objcg) != null)
        {
            memcg = obj_cgroup_memcg(READ_ONCE(&stock->cached_objcg)); // expect: KM0702|KM0701
            if (memcg != null && mem_cgroup_is_descendant(memcg, root_memcg))
                return true;
        }
        return false;
    }
}
