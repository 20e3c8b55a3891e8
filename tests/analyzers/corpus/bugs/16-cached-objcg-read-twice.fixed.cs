// SPDX-License-Identifier: GPL-2.0-only
// Bug 16, fixed: commit 3b8abb323953. Read once, test and follow what was read, inside RCU so that it stays memory.
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
        obj_cgroup* objcg;
        mem_cgroup* memcg;
        bool flush = false;

        rcu_read_lock();
        objcg = READ_ONCE(&stock->cached_objcg);
        if (objcg != null)
        {
            memcg = obj_cgroup_memcg(objcg);
            if (memcg != null && mem_cgroup_is_descendant(memcg, root_memcg))
                flush = true;
        }
        rcu_read_unlock();
        return flush;
    }
}
