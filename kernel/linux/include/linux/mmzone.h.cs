// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;
using static Linux.linux_pageblock_flags_h;
using static Linux.linux_atomic_h;

namespace Linux;

// The structures. An array member is a property that gives the address of its first element, so that
// `&zone->free_area[order]` reads as in C and is not bounds-checked. Offsets are those of structs.tsv: where the
// recorded kernel has fields of features that are off here, or its builder's own, their room stays empty.

[InlineArray(linux_mmzone_h.MIGRATE_TYPES)]
public struct free_list_array { private list_head _0; }

[StructLayout(LayoutKind.Explicit, Size = 128)]
public unsafe struct free_area
{
    [FieldOffset(0)] private free_list_array __free_list;
    [FieldOffset(80)] public ulong nr_free;

    public list_head* free_list
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (list_head*)Unsafe.AsPointer(ref __free_list);
    }
}

[InlineArray(linux_mmzone_h.NR_LRU_LISTS)]
public struct lru_list_array { private list_head _0; }

[StructLayout(LayoutKind.Explicit, Size = 152)]
public unsafe struct lruvec
{
    [FieldOffset(0)] private lru_list_array __lists;
    // Guards lists, and through update_lru_size their lengths.
    [FieldOffset(80), LockClass(HardIrq = true)] public spinlock_t lru_lock;
    // What it cost of late to reclaim one kind of page, which tips the scan towards the other.
    [FieldOffset(88), GuardedBy("this.lru_lock")] public ulong anon_cost;
    [FieldOffset(96), GuardedBy("this.lru_lock")] public ulong file_cost;
    // The clock of refault distances: LRU movements.
    [FieldOffset(104)] public atomic_long_t nonresident_age;
    // Refaults when reclaim last looked.
    [FieldOffset(112)] public fixed ulong refaults[linux_mmzone_h.ANON_AND_FILE];
    // LRUVEC_* bits.
    [FieldOffset(128)] public ulong flags;
    [FieldOffset(136)] public pglist_data* pgdat;
    [FieldOffset(144)] public zswap_lruvec_state zswap_lruvec_state;

    public list_head* lists
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (list_head*)Unsafe.AsPointer(ref __lists);
    }
}

[InlineArray(linux_mmzone_h.NR_PCP_LISTS)]
public struct pcp_list_array { private list_head _0; }

[StructLayout(LayoutKind.Explicit, Size = 256)]
public unsafe struct per_cpu_pages
{
    // Guards lists, count and what tunes itself; only ever tried for, never waited for, in alloc and free.
    [FieldOffset(0)] public spinlock_t @lock;
    [FieldOffset(4)] public int count;
    [FieldOffset(8)] public int high;
    [FieldOffset(12)] public int high_min;
    [FieldOffset(16)] public int high_max;
    // How many pages go to or come from the buddy lists at a time.
    [FieldOffset(20)] public int batch;
    [FieldOffset(24)] public byte flags;
    [FieldOffset(25), GuardedBy("this.lock")] public byte alloc_factor;
    [FieldOffset(28), GuardedBy("this.lock")] public short free_count;
    [FieldOffset(32)] private pcp_list_array __lists;

    public list_head* lists
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (list_head*)Unsafe.AsPointer(ref __lists);
    }
}

[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct per_cpu_zonestat
{
    [FieldOffset(0)] public fixed sbyte vm_stat_diff[linux_mmzone_h.NR_VM_ZONE_STAT_ITEMS];
    [FieldOffset(11)] public sbyte stat_threshold;
}

[StructLayout(LayoutKind.Explicit, Size = 52)]
public unsafe struct per_cpu_nodestat
{
    [FieldOffset(0)] public sbyte stat_threshold;
    [FieldOffset(1)] public fixed sbyte vm_node_stat_diff[linux_mmzone_h.NR_VM_NODE_STAT_ITEMS];
}

[InlineArray(linux_mmzone_h.NR_PAGE_ORDERS)]
public struct free_area_array { private free_area _0; }

[InlineArray(linux_mmzone_h.NR_VM_ZONE_STAT_ITEMS)]
public struct zone_stat_array { private atomic_long_t _0; }

[StructLayout(LayoutKind.Explicit, Size = 1984)]
public unsafe struct zone
{
    // Read mostly.

    // Use *_wmark_pages(zone), which add the boost.
    [FieldOffset(0)] public fixed ulong _watermark[linux_mmzone_h.NR_WMARK];
    [FieldOffset(32)] public ulong watermark_boost;

    [FieldOffset(40)] public ulong nr_reserved_highatomic;
    [FieldOffset(48)] public ulong nr_free_highatomic;

    // Pages kept from those allocations that could have used a higher zone.
    [FieldOffset(56)] public fixed long lowmem_reserve[linux_mmzone_h.MAX_NR_ZONES];

    [FieldOffset(104)] public pglist_data* zone_pgdat;
    [FieldOffset(112), PerCpu(Remote = true)] public PerCpu<per_cpu_pages>* per_cpu_pageset;
    [FieldOffset(120), PerCpu(Remote = true)] public PerCpu<per_cpu_zonestat>* per_cpu_zonestats;
    // What the per-CPU pagesets were last given.
    [FieldOffset(128)] public int pageset_high_min;
    [FieldOffset(132)] public int pageset_high_max;
    [FieldOffset(136)] public int pageset_batch;

    [FieldOffset(144)] public ulong zone_start_pfn;

    // spanned includes holes, present does not, managed is what the buddy allocator was given.
    [FieldOffset(152)] public atomic_long_t managed_pages;
    [FieldOffset(160)] public ulong spanned_pages;
    [FieldOffset(168)] public ulong present_pages;

    [FieldOffset(184)] public byte* name;

    [FieldOffset(208)] public int initialized;

    // What allocating and freeing writes, with the lock that guards it.
    [FieldOffset(256)] private free_area_array __free_area;
    [FieldOffset(1664)] public ulong flags;
    [FieldOffset(1672), LockClass(HardIrq = true)] public spinlock_t @lock;
    // Pages freed by those who must not wait for the lock; the next holder takes them.
    [FieldOffset(1680)] public llist_head trylock_free_pages;

    // Read by reclaim, on a line of its own.

    // Below this many free pages the per-CPU drift of the counter may hide a broken watermark.
    [FieldOffset(1728)] public ulong percpu_drift_mark;
    [FieldOffset(1789)] public bool contiguous;

    // Zone statistics.
    [FieldOffset(1792)] private zone_stat_array __vm_stat;

    public free_area* free_area
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (free_area*)Unsafe.AsPointer(ref __free_area);
    }

    public atomic_long_t* vm_stat
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (atomic_long_t*)Unsafe.AsPointer(ref __vm_stat);
    }
}

public unsafe struct zoneref
{
    public zone* zone;
    public int zone_idx;
}

[InlineArray(linux_mmzone_h.MAX_ZONES_PER_ZONELIST + 1)]
public struct zoneref_array { private zoneref _0; }

public unsafe struct zonelist
{
    private zoneref_array ___zonerefs;

    public zoneref* _zonerefs
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (zoneref*)Unsafe.AsPointer(ref ___zonerefs);
    }
}

[InlineArray(linux_mmzone_h.MAX_NR_ZONES)]
public struct zone_array { private zone _0; }

[InlineArray(linux_mmzone_h.MAX_ZONELISTS)]
public struct zonelist_array { private zonelist _0; }

[InlineArray(linux_mmzone_h.NR_VMSCAN_THROTTLE)]
public struct reclaim_wait_array { private wait_queue_head _0; }

[InlineArray(linux_mmzone_h.NR_VM_NODE_STAT_ITEMS)]
public struct node_stat_array { private atomic_long_t _0; }

// One node only: the zonelists are a hundred bytes, not the recorded kernel's 160 KiB for 1024 nodes.
public unsafe struct pglist_data
{
    private zone_array __node_zones;
    private zonelist_array __node_zonelists;
    public int nr_zones;
    public page* node_mem_map;
    public ulong node_start_pfn;
    public ulong node_present_pages;
    public ulong node_spanned_pages;
    public int node_id;
    public wait_queue_head kswapd_wait;
    public wait_queue_head pfmemalloc_wait;
    private reclaim_wait_array __reclaim_wait;
    public atomic_t nr_writeback_throttled;
    // What was written when throttling began.
    public ulong nr_reclaim_start;
    public task_struct* kswapd;
    public int kswapd_order;
    public zone_type kswapd_highest_zoneidx;
    public atomic_t kswapd_failures;
    // Pages that userspace cannot be given.
    public ulong totalreserve_pages;

    // Written by reclaim.
    private fixed byte _pad1_[linux_cache_h.SMP_CACHE_BYTES];
    // The node's own LRU; mem_cgroup_lruvec() finds it when memory cgroups are disabled.
    public lruvec __lruvec;
    public ulong flags;

    private fixed byte _pad2_[linux_cache_h.SMP_CACHE_BYTES];
    [PerCpu(Remote = true)] public PerCpu<per_cpu_nodestat>* per_cpu_nodestats;
    private node_stat_array __vm_stat;

    public zone* node_zones
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (zone*)Unsafe.AsPointer(ref __node_zones);
    }

    public zonelist* node_zonelists
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (zonelist*)Unsafe.AsPointer(ref __node_zonelists);
    }

    public wait_queue_head* reclaim_wait
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (wait_queue_head*)Unsafe.AsPointer(ref __reclaim_wait);
    }

    public atomic_long_t* vm_stat
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (atomic_long_t*)Unsafe.AsPointer(ref __vm_stat);
    }
}

public static unsafe partial class linux_mmzone_h
{
    public const int MAX_PAGE_ORDER = 10;
    public const int MAX_ORDER_NR_PAGES = 1 << MAX_PAGE_ORDER;
    public const int NR_PAGE_ORDERS = MAX_PAGE_ORDER + 1;
    // Two MiB, as the recorded kernel's, which has it from its huge pages.
    public const int PAGE_BLOCK_MAX_ORDER = 9;
    public const int PAGE_ALLOC_COSTLY_ORDER = 3;

    // enum migratetype
    public const int MIGRATE_UNMOVABLE = 0;
    public const int MIGRATE_MOVABLE = 1;
    public const int MIGRATE_RECLAIMABLE = 2;
    public const int MIGRATE_PCPTYPES = 3;
    public const int MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES;
    public const int __MIGRATE_TYPE_END = MIGRATE_HIGHATOMIC;
    // Never set here, as nothing is isolated; it keeps free_area as the recorded kernel has it.
    public const int MIGRATE_ISOLATE = 4;
    public const int MIGRATE_TYPES = 5;

    // Counted only with CONFIG_NUMA.
    public const int NR_VM_NUMA_EVENT_ITEMS = 0;

    // enum zone_stat_item
    public const int NR_FREE_PAGES = 0;
    public const int NR_FREE_PAGES_BLOCKS = 1;
    public const int NR_ZONE_LRU_BASE = 2;
    public const int NR_ZONE_INACTIVE_ANON = NR_ZONE_LRU_BASE;
    public const int NR_ZONE_ACTIVE_ANON = 3;
    public const int NR_ZONE_INACTIVE_FILE = 4;
    public const int NR_ZONE_ACTIVE_FILE = 5;
    public const int NR_ZONE_UNEVICTABLE = 6;
    public const int NR_ZONE_WRITE_PENDING = 7;
    public const int NR_MLOCK = 8;
    public const int NR_ZSPAGES = 9;
    public const int NR_FREE_CMA_PAGES = 10;
    public const int NR_VM_ZONE_STAT_ITEMS = 11;

    // enum node_stat_item: every item of the recorded kernel, so that the numbers and /proc/vmstat's order are its own.
    public const int NR_LRU_BASE = 0;
    public const int NR_INACTIVE_ANON = NR_LRU_BASE;
    public const int NR_ACTIVE_ANON = 1;
    public const int NR_INACTIVE_FILE = 2;
    public const int NR_ACTIVE_FILE = 3;
    public const int NR_UNEVICTABLE = 4;
    public const int NR_SLAB_RECLAIMABLE_B = 5;
    public const int NR_SLAB_UNRECLAIMABLE_B = 6;
    public const int NR_ISOLATED_ANON = 7;
    public const int NR_ISOLATED_FILE = 8;
    public const int WORKINGSET_NODES = 9;
    public const int WORKINGSET_REFAULT_BASE = 10;
    public const int WORKINGSET_REFAULT_ANON = WORKINGSET_REFAULT_BASE;
    public const int WORKINGSET_REFAULT_FILE = 11;
    public const int WORKINGSET_ACTIVATE_BASE = 12;
    public const int WORKINGSET_ACTIVATE_ANON = WORKINGSET_ACTIVATE_BASE;
    public const int WORKINGSET_ACTIVATE_FILE = 13;
    public const int WORKINGSET_RESTORE_BASE = 14;
    public const int WORKINGSET_RESTORE_ANON = WORKINGSET_RESTORE_BASE;
    public const int WORKINGSET_RESTORE_FILE = 15;
    public const int WORKINGSET_NODERECLAIM = 16;
    public const int NR_ANON_MAPPED = 17;
    public const int NR_FILE_MAPPED = 18;
    public const int NR_FILE_PAGES = 19;
    public const int NR_FILE_DIRTY = 20;
    public const int NR_WRITEBACK = 21;
    public const int NR_SHMEM = 22;
    public const int NR_SHMEM_THPS = 23;
    public const int NR_SHMEM_PMDMAPPED = 24;
    public const int NR_FILE_THPS = 25;
    public const int NR_FILE_PMDMAPPED = 26;
    public const int NR_ANON_THPS = 27;
    public const int NR_VMSCAN_WRITE = 28;
    public const int NR_VMSCAN_IMMEDIATE = 29;
    public const int NR_DIRTIED = 30;
    public const int NR_WRITTEN = 31;
    public const int NR_THROTTLED_WRITTEN = 32;
    public const int NR_KERNEL_MISC_RECLAIMABLE = 33;
    public const int NR_FOLL_PIN_ACQUIRED = 34;
    public const int NR_FOLL_PIN_RELEASED = 35;
    public const int NR_KERNEL_STACK_KB = 36;
    public const int NR_PAGETABLE = 37;
    public const int NR_SECONDARY_PAGETABLE = 38;
    public const int NR_IOMMU_PAGES = 39;
    public const int NR_SWAPCACHE = 40;
    public const int PGPROMOTE_SUCCESS = 41;
    public const int PGPROMOTE_CANDIDATE = 42;
    public const int PGPROMOTE_CANDIDATE_NRL = 43;
    public const int PGDEMOTE_KSWAPD = 44;
    public const int PGDEMOTE_DIRECT = 45;
    public const int PGDEMOTE_KHUGEPAGED = 46;
    public const int PGDEMOTE_PROACTIVE = 47;
    public const int NR_HUGETLB = 48;
    public const int NR_BALLOON_PAGES = 49;
    public const int NR_KERNEL_FILE_PAGES = 50;
    public const int NR_VM_NODE_STAT_ITEMS = 51;

    public const int LRU_BASE = 0;
    public const int LRU_ACTIVE = 1;
    public const int LRU_FILE = 2;

    // enum lru_list
    public const int LRU_INACTIVE_ANON = LRU_BASE;
    public const int LRU_ACTIVE_ANON = LRU_BASE + LRU_ACTIVE;
    public const int LRU_INACTIVE_FILE = LRU_BASE + LRU_FILE;
    public const int LRU_ACTIVE_FILE = LRU_BASE + LRU_FILE + LRU_ACTIVE;
    public const int LRU_UNEVICTABLE = 4;
    public const int NR_LRU_LISTS = 5;

    // enum vmscan_throttle_state
    public const int VMSCAN_THROTTLE_WRITEBACK = 0;
    public const int VMSCAN_THROTTLE_ISOLATED = 1;
    public const int VMSCAN_THROTTLE_NOPROGRESS = 2;
    public const int VMSCAN_THROTTLE_CONGESTED = 3;
    public const int NR_VMSCAN_THROTTLE = 4;

    public const int WORKINGSET_ANON = 0;
    public const int WORKINGSET_FILE = 1;
    public const int ANON_AND_FILE = 2;

    // enum lruvec_flags: cgroup reclaim sets and clears the first, kswapd the second and may clear both.
    public const int LRUVEC_CGROUP_CONGESTED = 0;
    public const int LRUVEC_NODE_CONGESTED = 1;

    public const uint MIN_NR_GENS = 2U;
    public const uint MAX_NR_GENS = 4U;
    public const uint MAX_NR_TIERS = 4U;

    public const uint ISOLATE_ASYNC_MIGRATE = 0x4;
    public const uint ISOLATE_UNEVICTABLE = 0x8;

    // enum zone_watermarks
    public const int WMARK_MIN = 0;
    public const int WMARK_LOW = 1;
    public const int WMARK_HIGH = 2;
    public const int WMARK_PROMO = 3;
    public const int NR_WMARK = 4;

    public const int NR_PCP_THP = 2;
    public const int NR_LOWORDER_PCP_LISTS = MIGRATE_PCPTYPES * (PAGE_ALLOC_COSTLY_ORDER + 1);
    public const int NR_PCP_LISTS = NR_LOWORDER_PCP_LISTS + NR_PCP_THP;

    // The last page freed was of high order: one such page alone does not empty the pageset.
    public const byte PCPF_PREV_FREE_HIGH_ORDER = 1 << 0;
    // The CPU's cache is large enough to keep a batch before emptying.
    public const byte PCPF_FREE_HIGH_BATCH = 1 << 1;

    // enum zone_type; the device zone is always empty, but /proc/zoneinfo shows it and protection has its column.
    public const zone_type ZONE_DMA = 0;
    public const zone_type ZONE_DMA32 = 1;
    public const zone_type ZONE_NORMAL = 2;
    public const zone_type ZONE_MOVABLE = 3;
    public const zone_type ZONE_DEVICE = 4;
    public const int __MAX_NR_ZONES = 5;
    public const int MAX_NR_ZONES = __MAX_NR_ZONES;

    public const int ASYNC_AND_SYNC = 2;

    // enum pgdat_flags
    public const int PGDAT_DIRTY = 0;
    public const int PGDAT_WRITEBACK = 1;
    public const int PGDAT_RECLAIM_LOCKED = 2;

    // enum zone_flags
    public const int ZONE_BOOSTED_WATERMARK = 0;
    public const int ZONE_RECLAIM_ACTIVE = 1;
    public const int ZONE_BELOW_HIGH = 2;

    public const int DEF_PRIORITY = 12;
    public const int MAX_ZONES_PER_ZONELIST = MAX_NUMNODES * MAX_NR_ZONES;

    public const int ZONELIST_FALLBACK = 0;
    public const int MAX_ZONELISTS = 1;

    // enum meminit_context
    public const int MEMINIT_EARLY = 0;
    public const int MEMINIT_HOTPLUG = 1;

    // Sections stand for the unit in which memory comes: the pageblock bits are found by section.
    public const int SECTION_SIZE_BITS = 27;
    public const int PFN_SECTION_SHIFT = SECTION_SIZE_BITS - 12;
    public const ulong PAGES_PER_SECTION = 1UL << PFN_SECTION_SHIFT;
    public const ulong PAGE_SECTION_MASK = ~(PAGES_PER_SECTION - 1);
    public const int SECTION_BLOCKFLAGS_BITS = (1 << (PFN_SECTION_SHIFT - pageblock_order)) * NR_PAGEBLOCK_BITS;
}
