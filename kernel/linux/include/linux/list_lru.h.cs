// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;
using static Linux.linux_nodemask_h;

namespace Linux;

/// <summary>The items of one group on one node; nr_items is LONG_MIN once they have gone to the parent for good.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct list_lru_one
{
    [FieldOffset(0), GuardedBy("this.lock")] public list_head list;
    [FieldOffset(16)] public long nr_items;
    [FieldOffset(24)] public spinlock_t @lock; // the fields above
}

/// <summary>One group's lists, one for each node.</summary>
public unsafe struct list_lru_memcg
{
    public rcu_head rcu;

    public static list_lru_one* node(list_lru_memcg* mlru) => (list_lru_one*)(mlru + 1);
}

/// <summary>The lists of the root group, and what all groups have, on one node.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct list_lru_node
{
    [FieldOffset(0)] public list_lru_one lru;
    [FieldOffset(32)] public atomic_long_t nr_items;
}

/// <summary>A list of items in the order of their last use, kept apart by node and group.</summary>
public unsafe partial struct list_lru
{
    public list_lru_node* node;
    public list_head list;
    public int shrinker_id;
    public bool memcg_aware;
    public xarray xa;
}

public static unsafe partial class linux_list_lru_h
{
    // enum lru_status: what a walk's callback did with the item.
    public const int LRU_REMOVED = 0;
    public const int LRU_REMOVED_RETRY = 1; // removed, and the lock was dropped and taken again
    public const int LRU_ROTATE = 2; // in use: back to the tail
    public const int LRU_SKIP = 3;
    public const int LRU_RETRY = 4; // not freed; the lock may have been dropped
    public const int LRU_STOP = 5; // end the walk; the lock has been dropped

    [KernelSource("include/linux/list_lru.h", "list_lru_init", Parity.Full)]
    public static int list_lru_init(list_lru* lru) => __list_lru_init(lru, false, null);

    [KernelSource("include/linux/list_lru.h", "list_lru_init_memcg", Parity.Full)]
    public static int list_lru_init_memcg(list_lru* lru, shrinker* shrinker) => __list_lru_init(lru, true, shrinker);

    [KernelSource("include/linux/list_lru.h", "list_lru_init_memcg_key", Parity.Full)]
    public static int list_lru_init_memcg_key(list_lru* lru, shrinker* shrinker, lock_class_key* key)
    {
        lockdep_set_class(lru, key);
        return list_lru_init_memcg(lru, shrinker);
    }

    [KernelSource("include/linux/list_lru.h", "list_lru_shrink_count", Parity.Full)]
    public static ulong list_lru_shrink_count(list_lru* lru, shrink_control* sc) => list_lru_count_one(lru, sc->nid, sc->memcg);

    [KernelSource("include/linux/list_lru.h", "list_lru_count", Parity.Full)]
    public static ulong list_lru_count(list_lru* lru)
    {
        ulong count = 0;

        foreach (int nid in for_each_node_state(N_NORMAL_MEMORY))
            count += list_lru_count_node(lru, nid);

        return count;
    }

    [KernelSource("include/linux/list_lru.h", "list_lru_shrink_walk", Parity.Full)]
    public static ulong list_lru_shrink_walk(list_lru* lru, shrink_control* sc,
        delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg) =>
        list_lru_walk_one(lru, sc->nid, sc->memcg, isolate, cb_arg, &sc->nr_to_scan);

    [KernelSource("include/linux/list_lru.h", "list_lru_shrink_walk_irq", Parity.Full)]
    public static ulong list_lru_shrink_walk_irq(list_lru* lru, shrink_control* sc,
        delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg) =>
        list_lru_walk_one_irq(lru, sc->nid, sc->memcg, isolate, cb_arg, &sc->nr_to_scan);

    [KernelSource("include/linux/list_lru.h", "list_lru_walk", Parity.Full)]
    public static ulong list_lru_walk(list_lru* lru, delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg,
                                      ulong nr_to_walk)
    {
        ulong isolated = 0;

        foreach (int nid in for_each_node_state(N_NORMAL_MEMORY))
        {
            isolated += list_lru_walk_node(lru, nid, isolate, cb_arg, &nr_to_walk);
            if (nr_to_walk == 0)
                break;
        }
        return isolated;
    }
}
