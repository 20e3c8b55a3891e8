// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The task. Fields that memcg, mm, signals and pressure accounting use, in the kernel's order.</summary>
public unsafe partial struct task_struct
{
    public ulong thread_info_flags;
    public uint __state;
    public void* stack;
    public refcount_t usage;
    public uint flags;
    public int on_cpu;
    public int cpu;
    public mm_struct* mm;
    public mm_struct* active_mm;
    public int exit_state;
    public int exit_code;
    public int pid;
    public int tgid;
    public task_struct* real_parent;
    public task_struct* parent;
    public task_struct* group_leader;
    public ulong min_flt;
    public ulong maj_flt;
    public fixed byte comm[linux_sched_h.TASK_COMM_LEN];
    public spinlock_t alloc_lock;
    public spinlock_t pi_lock;
    public blk_plug* plug;
    public reclaim_state* reclaim_state;
    public css_set* cgroups;
    public list_head cg_list;
    public int nr_dirtied;
    public int nr_dirtied_pause;
    public ulong dirty_paused_when;
    public uint memcg_nr_pages_over_high;
    public mem_cgroup* memcg_in_oom;
    public mem_cgroup* active_memcg;
    public obj_cgroup* objcg;
}

public static unsafe partial class linux_sched_h
{
    public const int TASK_COMM_LEN = 16;

    internal static string comm_of(task_struct* t) => Marshal.PtrToStringUTF8((nint)t->comm) ?? "";
}
