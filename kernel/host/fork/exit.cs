// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;

namespace Linux;

public static unsafe partial class kernel_exit_c
{
    [KernelSource("kernel/exit.c", "__unhash_process", Parity.Reduced, "numbers are not kept in a table")]
    [MustHold("kernel_fork_c.tasklist_lock")]
    private static void __unhash_process(task_struct* p, bool group_dead)
    {
        kernel_fork_c.nr_threads--;
        if (group_dead)
        {
            list_del_rcu(&p->tasks);
            list_del_init(&p->sibling);
            __this_cpu_dec(kernel_fork_c.process_counts);
        }
        list_del_rcu(&p->thread_node);
    }

    [KernelSource("kernel/exit.c", "__exit_signal", Parity.Reduced, "no POSIX timers and no terminals")]
    [MustHold("kernel_fork_c.tasklist_lock")]
    private static void __exit_signal(task_struct* tsk)
    {
        signal_struct* sig = tsk->signal;
        bool group_dead = linux_sched_signal_h.thread_group_leader(tsk);
        sighand_struct* sighand = rcu_dereference_check(&tsk->sighand, lockdep_is_held(tasklist_lock));
        spin_lock(&sighand->siglock);
        if (!group_dead)
        {
            if (sig->notify_count > 0 && --sig->notify_count == 0)
                wake_up_process(sig->group_exec_task);
            if (tsk == sig->curr_target)
                sig->curr_target = next_thread(tsk);
        }
        write_seqlock(&sig->stats_lock);
        sig->utime += tsk->utime;
        sig->stime += tsk->stime;
        sig->min_flt += tsk->min_flt;
        sig->maj_flt += tsk->maj_flt;
        sig->nvcsw += tsk->nvcsw;
        sig->nivcsw += tsk->nivcsw;
        sig->sum_sched_runtime += tsk->sum_exec_runtime;
        sig->nr_threads--;
        __unhash_process(tsk, group_dead);
        write_sequnlock(&sig->stats_lock);
        tsk->sighand = null;
        spin_unlock(&sighand->siglock);
        kernel_fork_c.__cleanup_sighand(sighand);
    }

    [KernelSource("kernel/exit.c", "delayed_put_task_struct", Parity.Full)]
    [ConsumesRef("rhp")]
    private static void delayed_put_task_struct(callback_head* rhp) =>
        put_task_struct(container_of<task_struct>(rhp, &((task_struct*)nowhere)->rcu));

    [KernelSource("kernel/exit.c", "put_task_struct_rcu_user", Parity.Full)]
    public static void put_task_struct_rcu_user(task_struct* task)
    {
        if (refcount_dec_and_test(&task->rcu_users))
            call_rcu(&task->rcu, &delayed_put_task_struct);
    }

    [KernelSource("kernel/exit.c", "release_task", Parity.Reduced, "no ptrace, pidfds, /proc or signal queues to flush")]
    public static void release_task(task_struct* p)
    {
    repeat:
        cgroup_release(p);
        write_lock_irq(tasklist_lock);
        __exit_signal(p);

        // The last thread behind a leader that is a zombie already tells the parent for it.
        bool zap_leader = false;
        task_struct* leader = p->group_leader;
        if (leader != p && linux_sched_signal_h.thread_group_empty(leader) && leader->exit_state == EXIT_ZOMBIE)
        {
            if ((leader->signal->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) != 0)
                leader->exit_code = leader->signal->group_exit_code;
            zap_leader = do_notify_parent(leader, leader->exit_signal);
            if (zap_leader)
                leader->exit_state = EXIT_DEAD;
        }
        write_unlock_irq(tasklist_lock);
        put_task_struct_rcu_user(p);
        p = leader;
        if (zap_leader)
            goto repeat;
    }

    [KernelSource("kernel/exit.c", "forget_original_parent", Parity.Reduced, "children go to init; no subreapers and no ptrace")]
    private static void forget_original_parent(task_struct* father, list_head* dead)
    {
        if (list_empty(&father->children))
            return;
        task_struct* reaper = null;
        for (task_struct* t = first_thread(father->signal); t != null; t = __next_thread(t))
        {
            if ((t->flags & PF_EXITING) == 0)
            {
                reaper = t;
                break;
            }
        }
        if (reaper == null)
            reaper = init_task;
        for (list_head* l = father->children.next; l != &father->children; l = l->next)
        {
            task_struct* p = container_of<task_struct>(l, &((task_struct*)nowhere)->sibling);
            for (task_struct* t = first_thread(p->signal); t != null; t = __next_thread(t))
            {
                RCU_INIT_POINTER(&t->real_parent, reaper);
                RCU_INIT_POINTER(&t->parent, reaper);
            }
            if (!linux_sched_signal_h.same_thread_group(reaper, father))
                reparent_leader(father, p, dead);
        }
        list_splice_tail_init(&father->children, &reaper->children);
    }

    [KernelSource("kernel/exit.c", "reparent_leader", Parity.Reduced, "no process groups")]
    private static void reparent_leader(task_struct* father, task_struct* p, list_head* dead)
    {
        if (p->exit_state == EXIT_DEAD)
            return;
        p->exit_signal = linux_sched_signal_h.SIGCHLD;
        if (p->exit_state == EXIT_ZOMBIE && linux_sched_signal_h.thread_group_empty(p))
        {
            if (do_notify_parent(p, p->exit_signal))
            {
                p->exit_state = EXIT_DEAD;
                list_add(&p->run_list, dead);
            }
        }
    }

    [KernelSource("kernel/exit.c", "exit_notify", Parity.Reduced, "no ptrace and no process groups")]
    private static void exit_notify(task_struct* tsk, bool group_dead)
    {
        bool autoreap;
        list_head dead;
        INIT_LIST_HEAD(&dead);

        write_lock_irq(tasklist_lock);
        forget_original_parent(tsk, &dead);
        tsk->exit_state = EXIT_ZOMBIE;
        if (linux_sched_signal_h.thread_group_leader(tsk))
            autoreap = linux_sched_signal_h.thread_group_empty(tsk) && do_notify_parent(tsk, tsk->exit_signal);
        else
            autoreap = true;
        if (autoreap)
        {
            tsk->exit_state = EXIT_DEAD;
            list_add(&tsk->run_list, &dead);
        }
        write_unlock_irq(tasklist_lock);

        while (!list_empty(&dead))
        {
            task_struct* p = container_of<task_struct>(dead.next, &((task_struct*)nowhere)->run_list);
            list_del_init(&p->run_list);
            release_task(p);
        }
    }

    [KernelSource("kernel/exit.c", "synchronize_group_exit", Parity.Reduced, "no core dumps")]
    private static void synchronize_group_exit(task_struct* tsk, int code)
    {
        sighand_struct* sighand = unrcu_pointer(tsk->sighand);
        signal_struct* signal = tsk->signal;
        spin_lock_irq(&sighand->siglock);
        signal->quick_threads--;
        if (signal->quick_threads == 0 && (signal->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) == 0)
        {
            signal->flags = linux_sched_signal_h.SIGNAL_GROUP_EXIT;
            signal->group_exit_code = code;
            signal->group_stop_count = 0;
        }
        tsk->flags |= PF_POSTCOREDUMP;
        spin_unlock_irq(&sighand->siglock);
    }

    /// <summary>The end of a task. It does not return: the thread is unwound to its bottom, which gives up the CPU.</summary>
    [KernelSource("kernel/exit.c", "do_exit", Parity.Reduced, "no tracing, semaphores, namespaces or accounting files; the order of what is here is the kernel's")]
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void do_exit(int code)
    {
        task_struct* tsk = current;
        WARN_ON(irqs_disabled());
        WARN_ON(tsk->plug != null);
        if ((tsk->flags & PF_KTHREAD) != 0)
            kthread_do_exit(tsk, code);
        synchronize_group_exit(tsk, code);
        exit_signals(tsk);

        bool group_dead = atomic_dec_and_test(&tsk->signal->live);
        if (group_dead && is_global_init(tsk))
            panic("Attempted to kill init!");
        tsk->exit_code = code;
        exit_mm();
        fs_file_c.exit_files(tsk);
        exit_task_work(tsk);
        cgroup_exit(tsk);
        exit_notify(tsk, group_dead);
        debug_check_no_locks_held();
        kernel_fork_c.exit_task_stack_account(tsk);
        preempt_disable();
        if (tsk->nr_dirtied != 0)
            __this_cpu_add(dirty_throttle_leaks, tsk->nr_dirtied);
        throw new task_exit();
    }

    [KernelSource("kernel/exit.c", "do_group_exit", Parity.Full)]
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void do_group_exit(int exit_code)
    {
        signal_struct* sig = current->signal;
        if ((sig->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) != 0)
            exit_code = sig->group_exit_code;
        else if (sig->group_exec_task != null)
            exit_code = 0;
        else
        {
            sighand_struct* sighand = unrcu_pointer(current->sighand);
            spin_lock_irq(&sighand->siglock);
            if ((sig->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) != 0)
                exit_code = sig->group_exit_code;
            else if (sig->group_exec_task != null)
                exit_code = 0;
            else
            {
                sig->group_exit_code = exit_code;
                sig->flags = linux_sched_signal_h.SIGNAL_GROUP_EXIT;
                zap_other_threads(current);
            }
            spin_unlock_irq(&sighand->siglock);
        }
        do_exit(exit_code);
    }
}
