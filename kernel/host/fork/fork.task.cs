// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>References to tasks, and finding them.</summary>
public static unsafe partial class kernel_fork_c
{
    [KernelSource("include/linux/sched/task.h", "get_task_struct", Parity.Full)]
    [GetsRef("t"), Stable(SameObject = true)]
    public static task_struct* get_task_struct(task_struct* t)
    {
        refcount_inc(&t->usage);
        return t;
    }

    [KernelSource("include/linux/sched/task.h", "tryget_task_struct", Parity.Full)]
    public static task_struct* tryget_task_struct(task_struct* t) => refcount_inc_not_zero(&t->usage) ? t : null;

    [KernelSource("include/linux/sched/task.h", "put_task_struct", Parity.Full)]
    [PutsRef("t")]
    public static void put_task_struct(task_struct* t)
    {
        if (refcount_dec_and_test(&t->usage))
            __put_task_struct(t);
    }

    [KernelSource("kernel/fork.c", "__put_task_struct", Parity.Reduced, "no credentials, io_uring, security or delay accounting to free")]
    private static void __put_task_struct(task_struct* tsk)
    {
        WARN_ON(tsk->exit_state == 0);
        WARN_ON(refcount_read(&tsk->usage) != 0);
        WARN_ON(tsk == current);
        cgroup_free(tsk);
        put_signal_struct(tsk->signal);
        if ((tsk->flags & PF_KTHREAD) != 0)
            free_kthread_struct(tsk);
        free_task_struct(tsk);
    }

    [KernelSource("kernel/fork.c", "put_signal_struct", Parity.Full)]
    private static void put_signal_struct(signal_struct* sig)
    {
        if (refcount_dec_and_test(&sig->sigcnt))
            free_signal_struct(sig);
    }

    [KernelSource("kernel/fork.c", "free_signal_struct", Parity.Full)]
    private static void free_signal_struct(signal_struct* sig)
    {
        // The OOM reaper may have pinned the mm that the group died of.
        if (sig->oom_mm != null)
            mmdrop_async(sig->oom_mm);
        free_signal(sig);
    }

    [KernelSource("kernel/fork.c", "put_task_stack", Parity.Full)]
    public static void put_task_stack(task_struct* tsk)
    {
        if (refcount_dec_and_test(&tsk->stack_refcount))
            release_task_stack(tsk);
    }

    [KernelSource("kernel/fork.c", "release_task_stack", Parity.Full)]
    private static void release_task_stack(task_struct* tsk)
    {
        if (WARN_ON(READ_ONCE(&tsk->__state) != TASK_DEAD))
            return;
        free_thread_stack(tsk);
    }

    // ---------------------------------------------------------------- finding

    [KernelSource("include/linux/sched/signal.h", "next_task", Parity.Full)]
    public static task_struct* next_task(task_struct* p) => container_of<task_struct>(READ_ONCE(&p->tasks.next), &((task_struct*)nowhere)->tasks);

    [KernelSource("include/linux/sched/signal.h", "next_thread", Parity.Full)]
    public static task_struct* next_thread(task_struct* p)
    {
        list_head* n = READ_ONCE(&p->thread_node.next);
        if (n == &p->signal->thread_head)
            n = READ_ONCE(&p->signal->thread_head.next);
        return container_of<task_struct>(n, &((task_struct*)nowhere)->thread_node);
    }

    /// <summary>for_each_thread's next: null behind the last.</summary>
    [KernelSource("include/linux/sched/signal.h", "__next_thread", Parity.Full)]
    public static task_struct* __next_thread(task_struct* p)
    {
        list_head* n = READ_ONCE(&p->thread_node.next);
        return n == &p->signal->thread_head ? null : container_of<task_struct>(n, &((task_struct*)nowhere)->thread_node);
    }

    /// <summary>for_each_thread's first.</summary>
    public static task_struct* first_thread(signal_struct* sig)
    {
        list_head* n = READ_ONCE(&sig->thread_head.next);
        return n == &sig->thread_head ? null : container_of<task_struct>(n, &((task_struct*)nowhere)->thread_node);
    }

    [KernelSource("kernel/pid.c", "find_get_task_by_vpid", Parity.Full)]
    [ReturnsOwned]
    public static task_struct* find_get_task_by_vpid(pid_t nr)
    {
        rcu_read_lock();
        task_struct* task = find_task_by_vpid(nr);
        if (task != null)
            get_task_struct(task);
        rcu_read_unlock();
        return task;
    }

    [KernelSource("kernel/pid.c", "find_task_by_vpid", Parity.Reduced, "a walk over the tasks instead of the number table")]
    public static task_struct* find_task_by_vpid(pid_t nr)
    {
        if (nr == 0)
            return null;
        for (task_struct* p = next_task(init_task); p != init_task; p = next_task(p))
        {
            for (task_struct* t = first_thread(p->signal); t != null; t = __next_thread(t))
            {
                if (t->pid == nr)
                    return t;
            }
        }
        return null;
    }

    [KernelSource("include/linux/sched.h", "pid_alive", Parity.Full)]
    public static bool pid_alive(task_struct* p) => rcu_access_pointer(&p->sighand) != null;
}
