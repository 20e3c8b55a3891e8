// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_log2_h;
using static Linux.linux_percpu_refcount_h;

namespace Linux;

/// <summary>Counts writeback works in flight, starting from 1, so that somebody may wait for all of them.</summary>
public unsafe struct wb_completion
{
    public atomic_t cnt;
    public wait_queue_head* waitq;
}

[InlineArray(linux_backing_dev_defs_h.NR_WB_STAT_ITEMS)]
public struct wb_stat_array
{
    private percpu_counter first;
}

/// <summary>The writeback of one device for one group: its dirty inodes, its bandwidth, its flusher.</summary>
public unsafe partial struct bdi_writeback
{
    public backing_dev_info* bdi;

    public ulong state; // bits
    public ulong last_old_flush;

    [GuardedBy("this.list_lock")]
    public list_head b_dirty;
    [GuardedBy("this.list_lock")]
    public list_head b_io;
    [GuardedBy("this.list_lock")]
    public list_head b_more_io;
    [GuardedBy("this.list_lock")]
    public list_head b_dirty_time;
    public spinlock_t list_lock; // guards the b_* lists

    public atomic_t writeback_inodes;
    private wb_stat_array __stat;

    public ulong bw_time_stamp; // when the bandwidth was last estimated
    public ulong dirtied_stamp;
    public ulong written_stamp;
    public ulong write_bandwidth;
    public ulong avg_write_bandwidth;

    public ulong dirty_ratelimit;
    public ulong balanced_dirty_ratelimit;

    public fprop_local_percpu completions;
    public int dirty_exceeded;
    public int start_all_reason;

    [LockClass(HardIrq = true)]
    public spinlock_t work_lock; // guards work_list and the scheduling of dwork
    public list_head work_list;
    public delayed_work dwork;
    public delayed_work bw_dwork;

    public list_head bdi_node;

    public percpu_ref refcnt; // of those that are not a device's own
    public fprop_local_percpu memcg_completions;
    [OwnsRef] public cgroup_subsys_state* memcg_css;
    [OwnsRef] public cgroup_subsys_state* blkcg_css;
    [GuardedBy("mm_backing_dev_c.cgwb_lock")]
    public list_head memcg_node; // on memcg->cgwb_list
    [GuardedBy("mm_backing_dev_c.cgwb_lock")]
    public list_head blkcg_node;
    [GuardedBy("this.list_lock")]
    public list_head b_attached; // guarded by list_lock
    [GuardedBy("mm_backing_dev_c.cgwb_lock")]
    public list_head offline_node;
    public work_struct switch_work;
    public llist_head switch_wbs_ctxs;

    public work_struct release_work; // a union with rcu

    public percpu_counter* stat
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (percpu_counter*)Unsafe.AsPointer(ref __stat);
    }

    [Stable(SameObject = true)]
    public rcu_head* rcu
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (rcu_head*)Unsafe.AsPointer(ref release_work);
    }
}

/// <summary>A device that dirty pages are written to, with the writeback of the root group and of all others.</summary>
public unsafe partial struct backing_dev_info
{
    public u64 id;
    public rb_node rb_node; // by id
    public list_head bdi_list;
    public ulong ra_pages; // the most that is read ahead, in pages
    public ulong io_pages; // the most in one request

    public kref refcnt;
    public uint capabilities;
    public uint min_ratio;
    public uint max_ratio;
    public uint max_prop_frac;

    // Of all wbs with dirty inodes: not 0 says that there are some.
    public atomic_long_t tot_write_bandwidth;
    public ulong last_bdp_sleep;

    public bdi_writeback wb;
    public list_head wb_list;
    public xarray cgwb_tree;
    public mutex cgwb_release_mutex;
    public rw_semaphore wb_switch_rwsem;
    public wait_queue_head wb_waitq;

    public void* dev; // not null while it is registered
    public fixed byte dev_name[64];
    public void* owner;

    public timer_list laptop_mode_wb_timer;
    public void* debug_dir;
}

/// <summary>What unlocked_inode_to_wb_begin() has to tell unlocked_inode_to_wb_end().</summary>
public ref struct wb_lock_cookie
{
    public bool locked;
    public IrqFlags flags;
}

public static unsafe partial class linux_backing_dev_defs_h
{
    private const string H = "include/linux/backing-dev-defs.h";

    // enum wb_state
    public const int WB_registered = 0;
    public const int WB_writeback_running = 1;
    public const int WB_has_dirty_io = 2; // on b_dirty, b_io or b_more_io
    public const int WB_start_all = 3; // asked to write everything

    // enum wb_stat_item
    public const int WB_RECLAIMABLE = 0;
    public const int WB_WRITEBACK = 1;
    public const int WB_DIRTIED = 2;
    public const int WB_WRITTEN = 3;
    public const int NR_WB_STAT_ITEMS = 4;

    [KernelSource(H, "WB_STAT_BATCH", Parity.Full)]
    public static int WB_STAT_BATCH => 8 * (1 + ilog2(nr_cpu_ids));

    // enum wb_reason
    public const int WB_REASON_BACKGROUND = 0;
    public const int WB_REASON_VMSCAN = 1;
    public const int WB_REASON_SYNC = 2;
    public const int WB_REASON_PERIODIC = 3;
    public const int WB_REASON_LAPTOP_TIMER = 4;
    public const int WB_REASON_FS_FREE_SPACE = 5;
    public const int WB_REASON_FORKER_THREAD = 6;
    public const int WB_REASON_FOREIGN_FLUSH = 7;
    public const int WB_REASON_MAX = 8;

    [KernelSource(H, "__WB_COMPLETION_INIT", Parity.Full)]
    public static wb_completion __WB_COMPLETION_INIT(wait_queue_head* waitq) =>
        new() { cnt = new atomic_t { counter = 1 }, waitq = waitq };

    [KernelSource(H, "WB_COMPLETION_INIT", Parity.Full)]
    public static wb_completion WB_COMPLETION_INIT(backing_dev_info* bdi) => __WB_COMPLETION_INIT(&bdi->wb_waitq);

    // The wb that is embedded in its device lives as long as that: it is not counted.

    [KernelSource(H, "wb_tryget", Parity.Full)]
    [TryGetsRef(Result.True, "wb")]
    public static bool wb_tryget(bdi_writeback* wb)
    {
        if (wb != &wb->bdi->wb)
            return percpu_ref_tryget(&wb->refcnt);
        return true;
    }

    [KernelSource(H, "wb_get", Parity.Full)]
    [GetsRef("wb")]
    public static void wb_get(bdi_writeback* wb)
    {
        if (wb != &wb->bdi->wb)
            percpu_ref_get(&wb->refcnt);
    }

    [KernelSource(H, "wb_put_many", Parity.Full)]
    [PutsRef("wb")]
    public static void wb_put_many(bdi_writeback* wb, ulong nr)
    {
        // A driver's file may go before its device was set up.
        if (WARN_ON_ONCE(wb->bdi == null))
            return;

        if (wb != &wb->bdi->wb)
            percpu_ref_put_many(&wb->refcnt, nr);
    }

    [KernelSource(H, "wb_put", Parity.Full)]
    [PutsRef("wb")]
    public static void wb_put(bdi_writeback* wb) => wb_put_many(wb, 1);

    /// <summary>Nobody finds it any more, and it is being drained.</summary>
    [KernelSource(H, "wb_dying", Parity.Full)]
    public static bool wb_dying(bdi_writeback* wb) => percpu_ref_is_dying(&wb->refcnt);
}
