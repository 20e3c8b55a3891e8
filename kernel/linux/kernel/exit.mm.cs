// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_sched_mm_h;

namespace Linux;

// A task lets go of its address space.
public static unsafe partial class kernel_exit_c
{
    [KernelSource("kernel/exit.c", "__try_to_set_owner", Parity.Full)]
    [TryReleases(Result.True, "kernel_fork_c.tasklist_lock")]
    private static bool __try_to_set_owner(task_struct* tsk, mm_struct* mm)
    {
        bool ret = false;

        task_lock(tsk);
        if (tsk->mm == mm)
        {
            read_unlock(tasklist_lock);
            RCU_INIT_POINTER(&mm->owner, tsk);
            ret = true;
        }
        task_unlock(tsk);
        return ret;
    }

    [KernelSource("kernel/exit.c", "try_to_set_owner", Parity.Full)]
    [TryReleases(Result.True, "kernel_fork_c.tasklist_lock")]
    private static bool try_to_set_owner(task_struct* g, mm_struct* mm)
    {
        for (list_head* p = g->signal->thread_head.next; p != &g->signal->thread_head; p = p->next)
        {
            task_struct* t = list_entry<task_struct>(p, &((task_struct*)nowhere)->thread_node);
            mm_struct* t_mm = READ_ONCE(&t->mm);

            if (t_mm == mm)
            {
                if (__try_to_set_owner(t, mm))
                    return true;
            }
            else if (t_mm != null)
            {
                break;
            }
        }

        return false;
    }

    // When a task leaves an mm that it owns, somebody else who uses it becomes its owner.
    [KernelSource("kernel/exit.c", "mm_update_next_owner", Parity.Full)]
    public static void mm_update_next_owner(mm_struct* mm)
    {
        task_struct* p = current;

        if (rcu_access_pointer(&mm->owner) != p)
            return;
        // No other user: the task struct must not be pointed to when it is gone.
        if (atomic_read(&mm->mm_users) <= 1)
        {
            RCU_INIT_POINTER(&mm->owner, null);
            return;
        }

        read_lock(tasklist_lock);
        // Who shares it is most likely close kin: a child,
        for (list_head* l = p->children.next; l != &p->children; l = l->next)
        {
            if (try_to_set_owner(list_entry<task_struct>(l, &((task_struct*)nowhere)->sibling), mm))
                return;
        }
        // or a sibling.
        task_struct* parent = rcu_dereference_protected(&p->real_parent, lockdep_is_held(tasklist_lock));
        for (list_head* l = parent->children.next; l != &parent->children; l = l->next)
        {
            if (try_to_set_owner(list_entry<task_struct>(l, &((task_struct*)nowhere)->sibling), mm))
                return;
        }
        // Rarely needed.
        for (list_head* l = init_task->tasks.next; l != &init_task->tasks; l = l->next)
        {
            task_struct* g = list_entry<task_struct>(l, &((task_struct*)nowhere)->tasks);

            if (atomic_read(&mm->mm_users) <= 1)
                break;
            if ((g->flags & PF_KTHREAD) != 0)
                continue;
            if (try_to_set_owner(g, mm))
                return;
        }
        read_unlock(tasklist_lock);
        // The other user is no task: swapoff, or somebody looking through /proc.
        RCU_INIT_POINTER(&mm->owner, null);
    }

    // From here on the task has no address space.
    [KernelSource("kernel/exit.c", "exit_mm", Parity.Reduced, "no CPU holds the tables of a mm that it does not run, and nobody waits for a core dump")]
    public static void exit_mm()
    {
        mm_struct* mm = current->mm;

        kernel_fork_c.exit_mm_release(current, mm);
        if (mm == null)
            return;
        mmap_read_lock(mm);
        mmgrab_lazy_tlb(mm);
        BUG_ON(mm != current->active_mm);
        // Orders the store against who looks at task->mm under the lock.
        task_lock(current);
        smp_mb();
        local_irq_disable();
        current->mm = null;
        local_irq_enable();
        task_unlock(current);
        mmap_read_unlock(mm);
        mm_update_next_owner(mm);
        mmput(mm);
        if (test_thread_flag(TIF_MEMDIE))
            exit_oom_victim();
        // The kernel drops it when the CPU runs another mm: the idle task borrows it until then.
        current->active_mm = null;
        mmdrop_lazy_tlb(mm);
    }
}
