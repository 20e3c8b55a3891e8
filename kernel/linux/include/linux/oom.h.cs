// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Annotations;

namespace Linux;

/// <summary>What one run of the OOM killer knows and chooses; include/linux/oom.h.</summary>
public unsafe struct oom_control
{
    public zonelist* zonelist;
    public nodemask_t* nodemask;

    /// <summary>The group that is out of memory; null when the machine is.</summary>
    public mem_cgroup* memcg;

    public gfp_t gfp_mask;

    /// <summary>-1 for a kill asked for by sysrq.</summary>
    public int order;

    /// <summary>In pages: what the badness is measured against.</summary>
    public ulong totalpages;

    /// <summary>The task to kill, (task_struct*)-1 when one is dying already.</summary>
    [OwnsRef] public task_struct* chosen;
    public long chosen_points;

    public int constraint;
}

public static unsafe partial class linux_oom_h
{
    public const int CONSTRAINT_NONE = 0;
    public const int CONSTRAINT_CPUSET = 1;
    public const int CONSTRAINT_MEMORY_POLICY = 2;
    public const int CONSTRAINT_MEMCG = 3;

    public const short OOM_SCORE_ADJ_MIN = -1000;
    public const short OOM_SCORE_ADJ_MAX = 1000;

    [KernelSource("include/linux/oom.h", "set_current_oom_origin", Parity.Full)]
    public static void set_current_oom_origin() => current->signal->oom_flag_origin = true;

    [KernelSource("include/linux/oom.h", "clear_current_oom_origin", Parity.Full)]
    public static void clear_current_oom_origin() => current->signal->oom_flag_origin = false;

    [KernelSource("include/linux/oom.h", "oom_task_origin", Parity.Full)]
    public static bool oom_task_origin(task_struct* p) => p->signal->oom_flag_origin;

    [KernelSource("include/linux/oom.h", "tsk_is_oom_victim", Parity.Full)]
    public static bool tsk_is_oom_victim(task_struct* tsk) => tsk->signal->oom_mm != null;

    /// <summary>Whether a fault on a mapping that the reaper may have emptied can still be trusted; 0 or VM_FAULT_SIGBUS.</summary>
    [KernelSource("include/linux/oom.h", "check_stable_address_space", Parity.Full)]
    public static vm_fault_t check_stable_address_space(mm_struct* mm)
    {
        if (mm_flags_test(MMF_UNSTABLE, mm))
            return VM_FAULT_SIGBUS;
        return 0;
    }
}
