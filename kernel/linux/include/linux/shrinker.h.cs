// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>For 64 shrinkers of a group on a node: what each still owes, and whether it may have something to free.</summary>
public unsafe struct shrinker_info_unit
{
    private fixed long deferred[linux_shrinker_h.SHRINKER_UNIT_BITS];
    public ulong map;

    public static atomic_long_t* nr_deferred(shrinker_info_unit* unit) => (atomic_long_t*)unit;
}

/// <summary>A group's shrinkers on a node, as a row of units that grows with the ids.</summary>
public unsafe struct shrinker_info
{
    public rcu_head rcu;
    public int map_nr_max;

    public static shrinker_info_unit** unit(shrinker_info* info) => (shrinker_info_unit**)(info + 1);
}

/// <summary>What a shrinker is asked, and what it answers.</summary>
public unsafe partial struct shrink_control
{
    public gfp_t gfp_mask;

    public int nid;

    public ulong nr_to_scan;

    /// <summary>How many were looked at: set to nr_to_scan before the call.</summary>
    public ulong nr_scanned;

    public mem_cgroup* memcg;
}

/// <summary>A cache that can give memory back.</summary>
public unsafe partial struct shrinker
{
    public delegate*<shrinker*, shrink_control*, ulong> count_objects;
    public delegate*<shrinker*, shrink_control*, ulong> scan_objects;

    public long batch; // 0 is the default
    public int seeks; // what it costs to make an object again; 0 is nothing
    public uint flags;

    /// <summary>One for being registered, one for each caller; done when there is none.</summary>
    public refcount_t refcount;
    public completion done;
    public rcu_head rcu;

    public void* private_data;

    public list_head list;
    public int id; // in shrinker_idr
    public atomic_long_t* nr_deferred; // one for each node, or one
}

public static unsafe partial class linux_shrinker_h
{
    public const int SHRINKER_UNIT_BITS = BITS_PER_LONG;

    public const ulong SHRINK_STOP = ~0UL;
    public const ulong SHRINK_EMPTY = ~0UL - 1;

    public const int DEFAULT_SEEKS = 2;

    public const uint SHRINKER_REGISTERED = 1U << 0;
    public const uint SHRINKER_ALLOCATED = 1U << 1;
    public const uint SHRINKER_NUMA_AWARE = 1U << 2;
    public const uint SHRINKER_MEMCG_AWARE = 1U << 3;
    public const uint SHRINKER_NONSLAB = 1U << 4;

    [KernelSource("include/linux/shrinker.h", "shrinker_try_get", Parity.Full)]
    [TryGetsRef(Result.True, "shrinker")]
    public static bool shrinker_try_get(shrinker* shrinker) => refcount_inc_not_zero(&shrinker->refcount);

    [KernelSource("include/linux/shrinker.h", "shrinker_put", Parity.Full)]
    [PutsRef("shrinker")]
    public static void shrinker_put(shrinker* shrinker)
    {
        if (refcount_dec_and_test(&shrinker->refcount))
            complete(&shrinker->done);
    }
}
