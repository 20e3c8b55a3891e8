// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_oom_h;
using static Linux.linux_sched_mm_h;

namespace Linux;

public static unsafe class fs_proc_base_c
{
    /// <summary>A write to /proc/PID/oom_score_adj: -1000 is never killed, 1000 is killed first. 0, or -EINVAL.</summary>
    [KernelSource("fs/proc/base.c", "__set_oom_adj", Parity.Reduced, "the new interface only; the task is given, everyone is root, and tasks do not vfork")]
    public static int __set_oom_adj(task_struct* task, int oom_adj)
    {
        mm_struct* mm = null;

        if (oom_adj < OOM_SCORE_ADJ_MIN || oom_adj > OOM_SCORE_ADJ_MAX)
            return -EINVAL;

        mutex_lock(oom_adj_mutex);

        // Pin what is shared, so that it is not reused once the task is unlocked.
        task_struct* p = find_lock_task_mm(task);
        if (p != null)
        {
            if (mm_flags_test(MMF_MULTIPROCESS, p->mm))
            {
                mm = p->mm;
                mmgrab(mm);
            }
            task_unlock(p);
        }

        task->signal->oom_score_adj = (short)oom_adj;
        task->signal->oom_score_adj_min = (short)oom_adj;

        if (mm != null)
        {
            rcu_read_lock();
            for (p = next_task(init_task); p != init_task; p = next_task(p))
                set_sharer(task, p, mm, (short)oom_adj);
            rcu_read_unlock();
            mmdrop(mm);
        }

        mutex_unlock(oom_adj_mutex);
        return 0;
    }

    private static void set_sharer(task_struct* task, task_struct* p, mm_struct* mm, short oom_adj)
    {
        if (same_thread_group(task, p))
            return;

        if ((p->flags & PF_KTHREAD) != 0 || is_global_init(p))
            return;

        task_lock(p);
        if (process_shares_mm(p, mm))
        {
            p->signal->oom_score_adj = oom_adj;
            p->signal->oom_score_adj_min = oom_adj;
        }
        task_unlock(p);
    }
}
