// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_cgroup_h;
using static Linux.linux_vm_event_item_h;
using static Linux.linux_jump_label_h;
using static Linux.linux_kernel_h;
using static Linux.linux_page_counter_h;
using static Linux.linux_mm_h;
using static Linux.linux_vmstat_h;
using static Linux.linux_writeback_h;
using static Linux.linux_page_flags_h;
using static Linux.linux_shrinker_h;

namespace Linux;

/// <summary>Where a reclaimer stands in the tree it walks together with others.</summary>
public unsafe struct mem_cgroup_reclaim_cookie
{
    public pglist_data* pgdat;
    public int generation;
}

/// <summary>The private id: what outlives the group (swap records, shadow entries) names it by this.</summary>
public struct mem_cgroup_id
{
    public int id;
    public refcount_t @ref;
}

public unsafe struct mem_cgroup_reclaim_iter
{
    public mem_cgroup* position;
    // Counts the round trips of the shared walk.
    public atomic_t generation;
}

/// <summary>A group's part of one node: its LRU lists and their statistics.</summary>
public unsafe struct mem_cgroup_per_node
{
    // Read mostly.
    public mem_cgroup* memcg;
    [PerCpu(Remote = true)] public PerCpu<lruvec_stats_percpu>* lruvec_stats_percpu;
    public lruvec_stats* lruvec_stats;
    [RcuProtected(Or = new[] { "mm_shrinker_c.shrinker_mutex" })]
    public Rcu<shrinker_info>* shrinker_info;
    private fixed ulong _pad1_[4];

    // Written often, each part on lines of its own: offsets 64 and 256.
    public lruvec lruvec;
    private fixed ulong _pad2_[5];
    public fixed ulong lru_zone_size[MAX_NR_ZONES * NR_LRU_LISTS];
    public mem_cgroup_reclaim_iter iter;
}

/// <summary>One recent foreign writeback: an inode that this group dirties and another group's wb writes.</summary>
public struct memcg_cgwb_frn
{
    public u64 bdi_id; // the inode's device
    public int memcg_id; // the group whose wb writes the inode
    public u64 at; // when it was last dirtied, in jiffies_64
    public wb_completion done; // the flushes that were started for it
}

/// <summary>A bucket of charged bytes: the objects point here, so that reparenting moves all of them with one store.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
public unsafe struct obj_cgroup
{
    [FieldOffset(0)] public percpu_ref refcnt;
    [FieldOffset(16)] public mem_cgroup* memcg;
    [FieldOffset(24)] public atomic_t nr_charged_bytes;
    [FieldOffset(32)] public list_head list; // guarded by objcg_lock
    [FieldOffset(32)] public rcu_head rcu;
}

/// <summary>The records of foreign writebacks of one group.</summary>
[InlineArray(linux_memcontrol_h.MEMCG_CGWB_FRN_CNT)]
public struct memcg_cgwb_frn_array
{
    private memcg_cgwb_frn first;
}

/// <summary>
/// A memory control group. The counters stand on cache lines of their own (offsets 256 and 448), as in the kernel.
/// </summary>
public unsafe struct mem_cgroup
{
    public cgroup_subsys_state css;

    public mem_cgroup_id id;
    private fixed ulong _pad_[5];

    // What is accounted.
    public page_counter memory;
    public page_counter swap; // v2; a union with memsw, which is v1

    // Descriptors with a watermark of their own.
    public list_head memory_peaks;
    public list_head swap_peaks;
    public spinlock_t peaks_lock;

    // memory.high for charges out of task context.
    public work_struct high_work;

    public ulong zswap_max;

    // Off: nothing of this group goes from zswap to the disk, nor to the disk when zswap refuses it.
    public bool zswap_writeback;

    public vmpressure vmpressure;

    // The OOM killer takes all tasks or none.
    public bool oom_group;

    public int swappiness;

    // memory.events, memory.events.local, memory.swap.events
    public cgroup_file events_file;
    public cgroup_file events_local_file;
    public cgroup_file swap_events_file;

    // memory.stat
    public memcg_vmstats* vmstats;

    // memory.events
    private fixed long __memory_events[linux_memcontrol_h.MEMCG_NR_MEMORY_EVENTS];
    private fixed long __memory_events_local[linux_memcontrol_h.MEMCG_NR_MEMORY_EVENTS];

    // A hint that sockets should hold back, until this jiffy.
    public u64 socket_pressure;
    public int kmemcg_id;
    // Wiped when the group goes offline; orig_objcg keeps the reference until the end.
    public Rcu<obj_cgroup>* objcg;
    [OwnsRef] public obj_cgroup* orig_objcg;
    // What was inherited from dead children; guarded by objcg_lock.
    [GuardedBy("mm_memcontrol_c.objcg_lock")]
    public list_head objcg_list;

    [PerCpu(Remote = true)] public PerCpu<memcg_vmstats_percpu>* vmstats_percpu;

    [GuardedBy("mm_backing_dev_c.cgwb_lock")]
    public list_head cgwb_list;
    public wb_domain cgwb_domain;
    private memcg_cgwb_frn_array __cgwb_frn;

    // One for each node.
    private mem_cgroup_per_node* __nodeinfo;

    // Arrays, given by the address of the first element.

    public atomic_long_t* memory_events
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (atomic_long_t*)Unsafe.AsPointer(ref __memory_events[0]);
    }

    public atomic_long_t* memory_events_local
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (atomic_long_t*)Unsafe.AsPointer(ref __memory_events_local[0]);
    }

    public memcg_cgwb_frn* cgwb_frn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (memcg_cgwb_frn*)Unsafe.AsPointer(ref __cgwb_frn);
    }

    public mem_cgroup_per_node** nodeinfo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            fixed (mem_cgroup_per_node** first = &__nodeinfo)
                return first;
        }
    }
}

/// <summary>One object of a slab that is charged: whom it belongs to.</summary>
public unsafe struct slabobj_ext
{
    [OwnsRef(EmptyWhenFreed = true)] public obj_cgroup* objcg;
}

public static unsafe partial class linux_memcontrol_h
{
    // enum memcg_stat_item
    public const int MEMCG_SWAP = NR_VM_NODE_STAT_ITEMS;
    public const int MEMCG_SOCK = MEMCG_SWAP + 1;
    public const int MEMCG_PERCPU_B = MEMCG_SWAP + 2;
    public const int MEMCG_VMALLOC = MEMCG_SWAP + 3;
    public const int MEMCG_KMEM = MEMCG_SWAP + 4;
    public const int MEMCG_ZSWAP_B = MEMCG_SWAP + 5;
    public const int MEMCG_ZSWAPPED = MEMCG_SWAP + 6;
    public const int MEMCG_NR_STAT = MEMCG_SWAP + 7;

    // enum memcg_memory_event. MEMCG_SOCK_THROTTLED came after the release that is the judge here, and is left out.
    public const int MEMCG_LOW = 0;
    public const int MEMCG_HIGH = 1;
    public const int MEMCG_MAX = 2;
    public const int MEMCG_OOM = 3;
    public const int MEMCG_OOM_KILL = 4;
    public const int MEMCG_OOM_GROUP_KILL = 5;
    public const int MEMCG_SWAP_HIGH = 6;
    public const int MEMCG_SWAP_MAX = 7;
    public const int MEMCG_SWAP_FAIL = 8;
    public const int MEMCG_NR_MEMORY_EVENTS = 9;

    public const int MEM_CGROUP_ID_SHIFT = 16;

    public const int MEMCG_CGWB_FRN_CNT = 4;

    /// <summary>Pages that a charge takes in advance: 64, unless the process was started with another memcg.charge_batch.</summary>
    public static readonly uint MEMCG_CHARGE_BATCH = (uint)linux_knobs.memcg_charge_batch;

    // enum page_memcg_data_flags
    public const ulong MEMCG_DATA_OBJEXTS = 1UL << 0; // a vector of slabobj_ext
    public const ulong MEMCG_DATA_KMEM = 1UL << 1; // an obj_cgroup, of a page that is no slab
    public const ulong __NR_MEMCG_DATA_FLAGS = 1UL << 2;

    // enum objext_flags. Bit 0 with nothing above it says that the vector could not be allocated.
    public const ulong OBJEXTS_ALLOC_FAIL = MEMCG_DATA_OBJEXTS;
    public const ulong OBJEXTS_NOSPIN_ALLOC = __NR_MEMCG_DATA_FLAGS;
    public const ulong __NR_OBJEXTS_FLAGS = __NR_MEMCG_DATA_FLAGS << 1;

    public const ulong OBJEXTS_FLAGS_MASK = __NR_OBJEXTS_FLAGS - 1;
}
