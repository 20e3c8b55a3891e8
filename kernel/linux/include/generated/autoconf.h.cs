// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The configuration of the port. What is off is not ported; what is here lets shared code say so.</summary>
public static class linux_autoconf_h
{
    public const bool CONFIG_64BIT = true;
    public const bool CONFIG_SMP = true;
    public const bool CONFIG_MMU = true;
    public const bool CONFIG_MEMCG = true;
    public const bool CONFIG_MEMCG_V1 = false;
    public const bool CONFIG_CGROUPS = true;
    public const bool CONFIG_CGROUP_WRITEBACK = true;
    public const bool CONFIG_BLK_CGROUP = true;
    public const bool CONFIG_SWAP = true;
    public const bool CONFIG_ZSWAP = true;
    public const bool CONFIG_SHMEM = true;
    public const bool CONFIG_TMPFS = true;
    public const bool CONFIG_TMPFS_INODE64 = true;
    public const bool CONFIG_USERFAULTFD = true;
    public const bool CONFIG_PER_VMA_LOCK = true;
    public const bool CONFIG_PSI = true;
    public const bool CONFIG_INET = true;
    public const bool CONFIG_SLUB = true;
    public const bool CONFIG_SLUB_DEBUG = false;
    public const bool CONFIG_SLUB_TINY = false;
    public const bool CONFIG_SLAB_OBJ_EXT = true;
    public const bool CONFIG_VM_EVENT_COUNTERS = true;
    public const bool CONFIG_PROC_FS = true;
    public const bool CONFIG_SYSCTL = true;
    public const bool CONFIG_HIGHMEM = false;
    public const bool CONFIG_ZONE_DMA = true;
    public const bool CONFIG_ZONE_DMA32 = true;
    public const bool CONFIG_ZONE_DEVICE = false;
    public const bool CONFIG_TRANSPARENT_HUGEPAGE = true;
    public const bool CONFIG_THP_SWAP = true;
    public const bool CONFIG_MM_ID = true;
    public const bool CONFIG_PAGE_MAPCOUNT = true;
    public const bool CONFIG_XARRAY_MULTI = true;
    public const bool CONFIG_HUGETLB_PAGE = false;
    public const bool CONFIG_NUMA = false;
    public const bool CONFIG_NUMA_BALANCING = false;
    public const bool CONFIG_COMPACTION = false;
    public const bool CONFIG_MIGRATION = false;
    public const bool CONFIG_LRU_GEN = false;
    public const bool CONFIG_CMA = false;
    public const bool CONFIG_MEMORY_FAILURE = false;
    public const bool CONFIG_MEMORY_ISOLATION = false;
    public const bool CONFIG_MEMORY_HOTPLUG = false;
    public const bool CONFIG_DAX = false;
    public const bool CONFIG_FS_DAX = false;
    public const bool CONFIG_KSM = false;
    public const bool CONFIG_DEFERRED_STRUCT_PAGE_INIT = false;
    public const bool CONFIG_MEM_ALLOC_PROFILING = false;
    public const bool CONFIG_PAGE_TABLE_CHECK = false;
    public const bool CONFIG_PREEMPT_RT = false;
    public const bool CONFIG_PREEMPTION = false;
    public const bool CONFIG_PREEMPT_COUNT = true;
    public const bool CONFIG_THREAD_INFO_IN_TASK = true;
    public const bool CONFIG_FAIL_PAGE_ALLOC = true;
    public const bool CONFIG_FAILSLAB = true;
    public const int CONFIG_HZ = 250;
    public const int CONFIG_NODES_SHIFT = 0;
    public const int CONFIG_NR_CPUS = 64;
    public const int CONFIG_PGTABLE_LEVELS = 4;

#if DEBUG
    public const bool CONFIG_DEBUG_VM = true;
    public const bool CONFIG_LOCKDEP = true;
    public const bool CONFIG_PROVE_LOCKING = true;
#else
    public const bool CONFIG_DEBUG_VM = false;
    public const bool CONFIG_LOCKDEP = false;
    public const bool CONFIG_PROVE_LOCKING = false;
#endif
}
