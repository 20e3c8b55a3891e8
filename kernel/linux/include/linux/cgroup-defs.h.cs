// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;
using static Linux.linux_idr_h;
using static Linux.linux_wait_h;
using static Linux.linux_mutex_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_refcount_h;
using static Linux.linux_percpu_refcount_h;
using static Linux.linux_percpu_rwsem_h;
using static Linux.linux_u64_stats_sync_h;
using static Linux.linux_workqueue_h;
using static Linux.linux_psi_types_h;
using static Linux.linux_cgroup_subsys_h;
using static Linux.linux_cgroup_defs_h;

namespace Linux;

public static unsafe partial class linux_cgroup_defs_h
{
    public const int MAX_CGROUP_TYPE_NAMELEN = 32;
    public const int MAX_CGROUP_ROOT_NAMELEN = 64;
    public const int MAX_CFTYPE_NAME = 64;

    // bits of cgroup_subsys_state::flags
    public const uint CSS_NO_REF = 1 << 0;
    public const uint CSS_ONLINE = 1 << 1;
    public const uint CSS_RELEASED = 1 << 2;
    public const uint CSS_VISIBLE = 1 << 3;
    public const uint CSS_DYING = 1 << 4;

    // bit numbers of cgroup::flags
    public const int CGRP_NOTIFY_ON_RELEASE = 0;
    public const int CGRP_CPUSET_CLONE_CHILDREN = 1;
    public const int CGRP_FREEZE = 2;
    public const int CGRP_FROZEN = 3;

    // cgroup_root::flags
    public const uint CGRP_ROOT_NOPREFIX = 1 << 1;
    public const uint CGRP_ROOT_XATTR = 1 << 2;
    public const uint CGRP_ROOT_NS_DELEGATE = 1 << 3;
    public const uint CGRP_ROOT_FAVOR_DYNMODS = 1 << 4;
    public const uint CGRP_ROOT_CPUSET_V2_MODE = 1 << 16;
    public const uint CGRP_ROOT_MEMORY_LOCAL_EVENTS = 1 << 17;
    public const uint CGRP_ROOT_MEMORY_RECURSIVE_PROT = 1 << 18;
    public const uint CGRP_ROOT_MEMORY_HUGETLB_ACCOUNTING = 1 << 19;
    public const uint CGRP_ROOT_PIDS_LOCAL_EVENTS = 1 << 20;

    // cftype::flags
    public const uint CFTYPE_ONLY_ON_ROOT = 1 << 0;
    public const uint CFTYPE_NOT_ON_ROOT = 1 << 1;
    public const uint CFTYPE_NS_DELEGATABLE = 1 << 2;
    public const uint CFTYPE_NO_PREFIX = 1 << 3;
    public const uint CFTYPE_WORLD_WRITABLE = 1 << 4;
    public const uint CFTYPE_DEBUG = 1 << 5;
    public const uint __CFTYPE_ONLY_ON_DFL = 1 << 16;
    public const uint __CFTYPE_NOT_ON_DFL = 1 << 17;
    public const uint __CFTYPE_ADDED = 1 << 18;

    // enum cgroup_attach_lock_mode
    public const int CGRP_ATTACH_LOCK_GLOBAL = 0;
    public const int CGRP_ATTACH_LOCK_NONE = 1;
    public const int CGRP_ATTACH_LOCK_PER_THREADGROUP = 2;

    /// <summary>A C array of cftypes, ended by an empty name, that every boot finds as written.</summary>
    public static cftype* CFTYPES(params cftype[] files)
    {
        var all = new cftype[files.Length + 1];
        Array.Copy(files, all, files.Length);
        return data_array<cftype>(all);
    }

    [KernelSource("include/linux/cgroup-defs.h", "cgroup_threadgroup_change_begin", Parity.Full)]
    [ContextUnsafe("which of the two semaphores is taken is decided by a flag that only their holder changes")]
    public static void cgroup_threadgroup_change_begin(task_struct* tsk)
    {
        percpu_down_read(cgroup_threadgroup_rwsem);
        if (cgroup_enable_per_threadgroup_rwsem)
            down_read(&tsk->signal->cgroup_threadgroup_rwsem);
    }

    [KernelSource("include/linux/cgroup-defs.h", "cgroup_threadgroup_change_end", Parity.Full)]
    [ContextUnsafe("which of the two semaphores is taken is decided by a flag that only their holder changes")]
    public static void cgroup_threadgroup_change_end(task_struct* tsk)
    {
        if (cgroup_enable_per_threadgroup_rwsem)
            up_read(&tsk->signal->cgroup_threadgroup_rwsem);
        percpu_up_read(cgroup_threadgroup_rwsem);
    }
}

/// <summary>The handle of a file of a cgroup, for notifications; found through cftype::file_offset.</summary>
public unsafe struct cgroup_file
{
    // only the cgroup core looks inside; kn is guarded by cgroup_file_kn_lock
    public kernfs_node* kn;
    public ulong notified_at;
    public timer_list notify_timer;
}

/// <summary>The state of one controller in one cgroup, or, with no controller, the cgroup itself.</summary>
public unsafe struct cgroup_subsys_state
{
    public cgroup* cgroup;
    public cgroup_subsys* ss;

    public percpu_ref refcnt;

    [PerCpu(Remote = true)] public PerCpu<css_rstat_cpu>* rstat_cpu;

    // linkage guarded by cgroup_mutex or RCU
    public list_head sibling;
    public list_head children;

    // unique in the controller; the root's is 1
    public int id;

    public uint flags;

    // siblings are in ascending order of it, which lets an interrupted walk resume
    public ulong serial_nr;

    // self and online children, so that a parent goes offline after its children
    public atomic_t online_cnt;

    public work_struct destroy_work;
    public rcu_work destroy_rwork;

    public cgroup_subsys_state* parent;

    // guarded by cgroup_mutex
    public int nr_descendants;

    // scratch of css_rstat_flush(), guarded by rstat_base_lock for cgroup::self and by ss->rstat_ss_lock otherwise
    public cgroup_subsys_state* rstat_flush_next;
}

/// <summary>The csses that a set of tasks uses, shared by all of them: fork and exit count one reference.</summary>
public unsafe partial struct css_set
{
    private fixed ulong _subsys[CGROUP_SUBSYS_COUNT];

    public refcount_t refcount;

    // self for a domain; a threaded one points to that of the nearest domain above
    public css_set* dom_cset;

    public cgroup* dfl_cgrp;

    // guarded by css_set_lock
    public int nr_tasks;

    // guarded by css_set_lock; what is on mg_tasks may be read under cgroup_mutex while a migration runs
    public list_head tasks;
    public list_head mg_tasks;
    public list_head dying_tasks;

    public list_head task_iters;

    // in the list of the cgroup whose css each subsystem uses
    private fixed ulong _e_cset_node[CGROUP_SUBSYS_COUNT * 2];

    public list_head threaded_csets;
    public list_head threaded_csets_node;

    // guarded by css_set_lock
    public hlist_node hlist;

    // guarded by css_set_lock
    public list_head cgrp_links;

    // guarded by cgroup_mutex
    public list_head mg_src_preload_node;
    public list_head mg_dst_preload_node;
    public list_head mg_node;

    // guarded by cgroup_mutex, set while this is the source of a migration
    public cgroup* mg_src_cgrp;
    public cgroup* mg_dst_cgrp;
    public css_set* mg_dst_cset;

    public bool dead;

    public rcu_head rcu_head;

    [OwnsRef] public cgroup_subsys_state** subsys => (cgroup_subsys_state**)Unsafe.AsPointer(ref _subsys[0]);

    public list_head* e_cset_node => (list_head*)Unsafe.AsPointer(ref _e_cset_node[0]);
}

public struct cgroup_base_stat
{
    public task_cputime cputime;
    public ulong ntime;
}

/// <summary>One css on one CPU in the rstat tree of what was updated there.</summary>
public unsafe struct css_rstat_cpu
{
    // the list of children ends at the css that holds it
    public cgroup_subsys_state* updated_children;
    public cgroup_subsys_state* updated_next; // null when not on a list

    public llist_node lnode;
    public cgroup_subsys_state* owner;
}

public struct cgroup_rstat_base_cpu
{
    public u64_stats_sync bsync;
    public cgroup_base_stat bstat;
    public cgroup_base_stat last_bstat;
    public cgroup_base_stat subtree_bstat;
    public cgroup_base_stat last_subtree_bstat;
}

public struct cgroup_freezer_state
{
    public bool freeze;
    public bool e_freeze;

    // guarded by css_set_lock
    public int nr_frozen_descendants;
    public int nr_frozen_tasks;

    public seqcount_spinlock_t freeze_seq;
    public ulong freeze_start_nsec;
    public ulong frozen_nsec;
}

public unsafe struct cgroup
{
    // the css with no controller, points back to this cgroup
    public cgroup_subsys_state self;

    public ulong flags;

    public int level;
    public int max_depth;

    // read under cgroup_mutex or css_set_lock, written under both
    public int nr_descendants;
    public int nr_dying_descendants;
    public int max_descendants;

    // non-empty css_sets here, and children with tasks in their subtrees by kind
    public int nr_populated_csets;
    public int nr_populated_domain_children;
    public int nr_populated_threaded_children;

    public int nr_threaded_children;

    // guarded by css_set_lock
    public uint kill_seq;

    public kernfs_node* kn;
    public cgroup_file procs_file;
    public cgroup_file events_file;

    private cgroup_file _psi_files0, _psi_files1, _psi_files2;

    // subtree_control is what was written, subtree_ss_mask what it needs in effect
    public ushort subtree_control;
    public ushort subtree_ss_mask;
    public ushort old_subtree_control;
    public ushort old_subtree_ss_mask;

    private fixed ulong _subsys[CGROUP_SUBSYS_COUNT];

    // at and below this cgroup, guarded by cgroup_mutex
    public fixed int nr_dying_subsys[CGROUP_SUBSYS_COUNT];

    public cgroup_root* root;

    // guarded by css_set_lock
    public list_head cset_links;

    private fixed ulong _e_csets[CGROUP_SUBSYS_COUNT * 2];

    public cgroup* dom_cgrp;
    public cgroup* old_dom_cgrp;

    [PerCpu(Remote = true)] public PerCpu<cgroup_rstat_base_cpu>* rstat_base_cpu;

    // what is below is written often, and the pointer above read often: off its cache line
    private fixed ulong _pad_[5];

    public cgroup_base_stat last_bstat;
    public cgroup_base_stat bstat;
    public prev_cputime prev_cputime;

    public list_head pidlists;
    public mutex pidlist_mutex;

    public wait_queue_head offline_waitq;

    public work_struct release_agent_work;

    public psi_group* psi;

    public cgroup_freezer_state freezer;

    public cgroup_file* psi_files => (cgroup_file*)Unsafe.AsPointer(ref _psi_files0);

    public Rcu<cgroup_subsys_state>** subsys => (Rcu<cgroup_subsys_state>**)Unsafe.AsPointer(ref _subsys[0]);

    public list_head* e_csets => (list_head*)Unsafe.AsPointer(ref _e_csets[0]);

    // the flexible array at the end: all above, and self
    public cgroup** ancestors => (cgroup**)((cgroup*)Unsafe.AsPointer(ref this) + 1);
}

public unsafe struct cgroup_root
{
    public kernfs_root* kf_root;
    public uint subsys_mask;
    public int hierarchy_id;
    public list_head root_list;
    public rcu_head rcu;

    // cgrp.ancestors[0] overflows into the field after it
    public cgroup cgrp;
    public cgroup* cgrp_ancestor_storage;

    public atomic_t nr_cgrps;
    public uint flags;
    public fixed byte name[MAX_CGROUP_ROOT_NAMELEN];
}

/// <summary>What a control file is: its name, who sees it, and what reading and writing call.</summary>
public unsafe struct cftype
{
    public fixed byte name[MAX_CFTYPE_NAME];
    public ulong @private;

    // longest write without its end; below PAGE_SIZE-1 it is PAGE_SIZE-1
    public ulong max_write_len;

    public uint flags;

    // where in the css the cgroup_file of the created file is kept, if not 0
    public uint file_offset;

    // filled at registration
    public cgroup_subsys* ss;
    public list_head node;
    public kernfs_ops* kf_ops;

    public delegate*<kernfs_open_file*, int> open;
    public delegate*<kernfs_open_file*, void> release;

    public delegate*<cgroup_subsys_state*, cftype*, ulong> read_u64;
    public delegate*<cgroup_subsys_state*, cftype*, long> read_s64;

    public delegate*<seq_file*, void*, int> seq_show;

    // all or none of them
    public delegate*<seq_file*, long*, void*> seq_start;
    public delegate*<seq_file*, void*, long*, void*> seq_next;
    public delegate*<seq_file*, void*, void> seq_stop;

    public delegate*<cgroup_subsys_state*, cftype*, ulong, int> write_u64;
    public delegate*<cgroup_subsys_state*, cftype*, long, int> write_s64;

    public delegate*<kernfs_open_file*, byte*, ulong, long, long> write;

    public delegate*<kernfs_open_file*, poll_table_struct*, uint> poll;

    public cftype(ReadOnlySpan<byte> name)
    {
        this = default;
        for (int i = 0; i < name.Length; i++)
            this.name[i] = name[i];
    }
}

/// <summary>A controller: its callbacks and what the core keeps for it.</summary>
public unsafe struct cgroup_subsys
{
    public delegate*<cgroup_subsys_state*, cgroup_subsys_state*> css_alloc;
    public delegate*<cgroup_subsys_state*, int> css_online;
    public delegate*<cgroup_subsys_state*, void> css_offline;
    public delegate*<cgroup_subsys_state*, void> css_released;
    public delegate*<cgroup_subsys_state*, void> css_free;
    public delegate*<cgroup_subsys_state*, void> css_reset;
    public delegate*<cgroup_subsys_state*, void> css_killed;
    public delegate*<cgroup_subsys_state*, int, void> css_rstat_flush;
    public delegate*<seq_file*, cgroup_subsys_state*, int> css_extra_stat_show;
    public delegate*<seq_file*, cgroup_subsys_state*, int> css_local_stat_show;

    public delegate*<cgroup_taskset*, int> can_attach;
    public delegate*<cgroup_taskset*, void> cancel_attach;
    public delegate*<cgroup_taskset*, void> attach;
    public delegate*<task_struct*, css_set*, int> can_fork;
    public delegate*<task_struct*, css_set*, void> cancel_fork;
    public delegate*<task_struct*, void> fork;
    public delegate*<task_struct*, void> exit;
    public delegate*<task_struct*, void> release;
    public delegate*<cgroup_subsys_state*, void> bind;

    public bool early_init;

    // on everywhere in the default hierarchy, and not shown
    public bool implicit_on_dfl;

    // may be on inside a threaded subtree
    public bool threaded;

    // filled at boot
    public int id;
    public byte* name;

    public byte* legacy_name;

    public cgroup_root* root;

    public idr css_idr;

    // arrays of cftypes, each linked by its first entry
    public list_head cfts;

    public cftype* dfl_cftypes;
    public cftype* legacy_cftypes;

    // controllers that this one needs, enabled with it but not shown
    public uint depends_on;

    public spinlock_t rstat_ss_lock;
    [PerCpu(Remote = true)] public PerCpu<llist_head>* lhead;
}

public struct cgroup_of_peak
{
    public ulong value;
    public list_head list;
}
