// SPDX-License-Identifier: GPL-2.0-only
// Bug 13: commit 5161b48712dc, mm/list_lru.c. Rule: KM0301 (RCU pointer outside a section), or KM0303.
//
// The group of a slab object is only borrowed: it lives as long as the caller is in an RCU section or holds the object's
// lock. list_lru_add asked for it and used its id with neither.
namespace Linux;

public static unsafe partial class mm_list_lru_c
{
    private static bool list_lru_add_obj(list_lru* lru, list_head* item)
    {
        mem_cgroup* memcg = mem_cgroup_from_slab_obj(item); // expect: KM0301|KM0303

        return list_lru_add(lru, item, 0, memcg);
    }
}
