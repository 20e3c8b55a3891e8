// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// References to a mm: mm_count keeps the structure, mm_users the memory in it.
public static unsafe partial class linux_sched_mm_h
{
    [KernelSource("include/linux/sched/mm.h", "mmgrab", Parity.Full)]
    [GetsRef("mm")]
    public static void mmgrab(mm_struct* mm) => atomic_inc(&mm->mm_count);

    [KernelSource("include/linux/sched/mm.h", "mmdrop", Parity.Full)]
    [PutsRef("mm")]
    public static void mmdrop(mm_struct* mm)
    {
        // Full order before the last reference goes: membarrier counts on it.
        if (atomic_dec_and_test(&mm->mm_count))
            __mmdrop(mm);
    }

    [KernelSource("include/linux/sched/mm.h", "mmdrop_sched", Parity.Full)]
    [PutsRef("mm")]
    public static void mmdrop_sched(mm_struct* mm) => mmdrop(mm);

    [KernelSource("include/linux/sched/mm.h", "mmgrab_lazy_tlb", Parity.Full)]
    [GetsRef("mm")]
    public static void mmgrab_lazy_tlb(mm_struct* mm) => mmgrab(mm);

    [KernelSource("include/linux/sched/mm.h", "mmdrop_lazy_tlb", Parity.Full)]
    [PutsRef("mm")]
    public static void mmdrop_lazy_tlb(mm_struct* mm) => mmdrop(mm);

    [KernelSource("include/linux/sched/mm.h", "mmget", Parity.Full)]
    [GetsRef("mm")]
    public static void mmget(mm_struct* mm) => atomic_inc(&mm->mm_users);

    [KernelSource("include/linux/sched/mm.h", "mmget_not_zero", Parity.Full)]
    [TryGetsRef(Result.True, "mm")]
    public static bool mmget_not_zero(mm_struct* mm) => atomic_inc_not_zero(&mm->mm_users);

    // A child of vfork that has not let go of the parent's mm yet.
    [KernelSource("include/linux/sched/mm.h", "in_vfork", Parity.Full)]
    public static bool in_vfork(task_struct* tsk)
    {
        rcu_read_lock();
        bool ret = tsk->vfork_done != null && rcu_dereference(&tsk->real_parent)->mm == tsk->mm;
        rcu_read_unlock();

        return ret;
    }
}
