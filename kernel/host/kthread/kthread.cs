// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using static Linux.linux_list_h;

namespace Linux;

public unsafe struct kthread
{
    public ulong flags;
    public int cpu;
    public int result;
    public delegate*<void*, int> threadfn;
    public void* data;
    public int exited;

    /// <summary>Whose I/O it does at present; null for its own.</summary>
    [OwnsRef] public cgroup_subsys_state* blkcg_css;

    /// <summary>Who waits for the end, in kthread_stop().</summary>
    public task_struct* stopper;
}

internal unsafe struct kthread_create_info
{
    public delegate*<void*, int> threadfn;
    public void* data;
    public byte* name;
    public task_struct* caller;
    public task_struct* result;
    public int done;
    public list_head list;
}

public static unsafe partial class kernel_kthread_c
{
    private const int KTHREAD_IS_PER_CPU = 0;
    private const int KTHREAD_SHOULD_STOP = 1;
    private const int KTHREAD_SHOULD_PARK = 2;

    private static readonly spinlock_t* kthread_create_lock = bss<spinlock_t>();
    private static readonly list_head* kthread_create_list = bss<list_head>();
    public static task_struct* kthreadd_task;

    private static kthread* to_kthread(task_struct* k)
    {
        WARN_ON((k->flags & PF_KTHREAD) == 0);
        return (kthread*)k->worker_private;
    }

    [KernelSource("include/linux/kthread.h", "tsk_is_kthread", Parity.Full)]
    public static kthread* tsk_is_kthread(task_struct* p) => (p->flags & PF_KTHREAD) != 0 ? (kthread*)p->worker_private : null;

    [KernelSource("kernel/kthread.c", "set_kthread_struct", Parity.Reduced, "no completions for parking and exit: the stopper is woken")]
    internal static bool set_kthread_struct(task_struct* p)
    {
        kthread* k = (kthread*)host_slab.zalloc((nuint)sizeof(kthread));
        if (k == null)
            return false;
        p->worker_private = k;
        return true;
    }

    [KernelSource("kernel/kthread.c", "free_kthread_struct", Parity.Full)]
    internal static void free_kthread_struct(task_struct* k)
    {
        host_slab.free(k->worker_private);
        k->worker_private = null;
    }

    [KernelSource("kernel/kthread.c", "kthread_should_stop", Parity.Full)]
    public static bool kthread_should_stop() => (Volatile.Read(ref to_kthread(current)->flags) & (1UL << KTHREAD_SHOULD_STOP)) != 0;

    [KernelSource("kernel/kthread.c", "kthread_should_park", Parity.Full)]
    public static bool kthread_should_park() => (Volatile.Read(ref to_kthread(current)->flags) & (1UL << KTHREAD_SHOULD_PARK)) != 0;

    [KernelSource("kernel/kthread.c", "kthread_freezable_should_stop", Parity.Reduced, "nothing freezes")]
    public static bool kthread_freezable_should_stop(bool* was_frozen)
    {
        if (was_frozen != null)
            *was_frozen = false;
        return kthread_should_stop();
    }

    [KernelSource("kernel/kthread.c", "kthread_data", Parity.Full)]
    public static void* kthread_data(task_struct* task) => to_kthread(task)->data;

    /// <summary>The I/O of the current kernel thread is, from now on, that of a group; null for its own.</summary>
    [KernelSource("kernel/kthread.c", "kthread_associate_blkcg", Parity.Full)]
    public static void kthread_associate_blkcg(cgroup_subsys_state* css)
    {
        kthread* kthread = tsk_is_kthread(current);

        if (kthread == null)
            return;

        if (kthread->blkcg_css != null)
        {
            css_put(kthread->blkcg_css);
            kthread->blkcg_css = null;
        }

        if (css != null)
        {
            css_get(css);
            kthread->blkcg_css = css;
        }
    }

    [KernelSource("kernel/kthread.c", "kthread_blkcg", Parity.Full)]
    public static cgroup_subsys_state* kthread_blkcg()
    {
        kthread* kthread = tsk_is_kthread(current);

        return kthread != null ? kthread->blkcg_css : null;
    }

    /// <summary>Called by do_exit of a kthread.</summary>
    [KernelSource("kernel/kthread.c", "kthread_do_exit", Parity.Full)]
    internal static void kthread_do_exit(task_struct* tsk, int result)
    {
        kthread* k = to_kthread(tsk);
        k->result = result;
        // It dies as what created all kthreads, not as what it was bound to.
        Volatile.Write(ref k->exited, 1);
        if (k->stopper != null)
            wake_up_process(k->stopper);
    }

    [KernelSource("kernel/kthread.c", "kthread_exit", Parity.Full)]
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void kthread_exit(int result) => kernel_exit_c.do_exit(result);

    /// <summary>The first function of every kthread.</summary>
    [KernelSource("kernel/kthread.c", "kthread", Parity.Reduced, "who creates it need not wait until it runs")]
    private static int kthread_main(void* self)
    {
        kthread* k = to_kthread(current);
        int ret = -EINTR;
        if ((k->flags & (1UL << KTHREAD_SHOULD_STOP)) == 0)
        {
            cgroup_kthread_ready();
            ret = k->threadfn(k->data);
        }
        return ret;
    }

    private static task_struct* create_kthread(kthread_create_info* create)
    {
        kernel_clone_args args = new()
        {
            flags = kernel_fork_c.CLONE_FS | kernel_fork_c.CLONE_FILES | kernel_fork_c.CLONE_VM | kernel_fork_c.CLONE_UNTRACED,
            exit_signal = linux_sched_signal_h.SIGCHLD,
            fn = &kthread_main,
            name = create->name,
            kthread = 1,
        };
        task_struct* p = kernel_fork_c.clone_stopped(&args);
        if (IS_ERR(p))
            return p;
        kthread* k = to_kthread(p);
        k->threadfn = create->threadfn;
        k->data = create->data;
        // It sleeps until it is woken for the first time, wherever it may run.
        WRITE_ONCE(&p->__state, TASK_UNINTERRUPTIBLE);
        p->cpus_mask = *cpu_possible_mask;
        p->nr_cpus_allowed = sched_host.nr_cpus;
        if (kthreadd_task != null && rcu_access_pointer(&p->real_parent) != kthreadd_task)
        {
            write_lock_irq(tasklist_lock);
            rcu_assign_pointer(&p->real_parent, kthreadd_task);
            rcu_assign_pointer(&p->parent, kthreadd_task);
            list_move_tail(&p->sibling, &kthreadd_task->children);
            write_unlock_irq(tasklist_lock);
        }
        return p;
    }

    /// <summary>Makes a kthread that sleeps until it is first woken.</summary>
    [KernelSource("kernel/kthread.c", "kthread_create_on_node", Parity.Reduced, "a kthread makes another itself, a user task asks kthreadd")]
    public static task_struct* kthread_create_on_node(delegate*<void*, int> threadfn, void* data, int node, string name)
    {
        byte* comm = stackalloc byte[TASK_COMM_LEN];
        int n = System.Text.Encoding.UTF8.GetBytes(name.Length >= TASK_COMM_LEN ? name[..(TASK_COMM_LEN - 1)] : name, new Span<byte>(comm, TASK_COMM_LEN - 1));
        comm[n] = 0;
        kthread_create_info create = new() { threadfn = threadfn, data = data, name = comm, caller = current };
        if ((current->flags & PF_KTHREAD) != 0 || kthreadd_task == null)
            return create_kthread(&create);

        spin_lock(kthread_create_lock);
        list_add_tail(&create.list, kthread_create_list);
        spin_unlock(kthread_create_lock);
        wake_up_process(kthreadd_task);
        for (; ; )
        {
            set_current_state(TASK_UNINTERRUPTIBLE);
            if (Volatile.Read(ref create.done) != 0)
                break;
            schedule();
        }
        __set_current_state(TASK_RUNNING);
        return create.result;
    }

    [KernelSource("include/linux/kthread.h", "kthread_create", Parity.Full)]
    public static task_struct* kthread_create(delegate*<void*, int> threadfn, void* data, string name) => kthread_create_on_node(threadfn, data, 0, name);

    [KernelSource("include/linux/kthread.h", "kthread_run", Parity.Full)]
    public static task_struct* kthread_run(delegate*<void*, int> threadfn, void* data, string name)
    {
        task_struct* k = kthread_create(threadfn, data, name);
        if (!IS_ERR(k))
            wake_up_process(k);
        return k;
    }

    [KernelSource("kernel/kthread.c", "kthread_bind_mask", Parity.Full)]
    public static void kthread_bind_mask(task_struct* p, cpumask* mask)
    {
        // The thread has not run yet, and its CPU need not be online yet.
        if (WARN_ON(READ_ONCE(&p->__state) == TASK_RUNNING))
            return;
        do_set_cpus_allowed(p, mask);
        p->flags |= PF_NO_SETAFFINITY;
    }

    [KernelSource("kernel/kthread.c", "kthread_bind", Parity.Full)]
    public static void kthread_bind(task_struct* p, uint cpu)
    {
        cpumask mask = default;
        cpumask_set_cpu((int)cpu, &mask);
        kthread_bind_mask(p, &mask);
    }

    [KernelSource("kernel/kthread.c", "kthread_set_per_cpu", Parity.Full)]
    public static void kthread_set_per_cpu(task_struct* k, int cpu)
    {
        kthread* kthread = to_kthread(k);
        if (cpu < 0)
        {
            kthread->flags &= ~(1UL << KTHREAD_IS_PER_CPU);
            return;
        }
        kthread->cpu = cpu;
        kthread->flags |= 1UL << KTHREAD_IS_PER_CPU;
    }

    [KernelSource("kernel/kthread.c", "kthread_stop", Parity.Reduced, "parked threads are not there")]
    [MightSleep]
    public static int kthread_stop(task_struct* k)
    {
        get_task_struct(k);
        kthread* kthread = to_kthread(k);
        kthread->stopper = current;
        Interlocked.Or(ref kthread->flags, 1UL << KTHREAD_SHOULD_STOP);
        set_tsk_thread_flag(k, TIF_NOTIFY_SIGNAL);
        wake_up_process(k);
        for (; ; )
        {
            set_current_state(TASK_UNINTERRUPTIBLE);
            if (Volatile.Read(ref kthread->exited) != 0)
                break;
            schedule();
        }
        __set_current_state(TASK_RUNNING);
        int ret = kthread->result;
        put_task_struct(k);
        return ret;
    }

    [KernelSource("kernel/kthread.c", "kthreadd", Parity.Full)]
    internal static int kthreadd(void* unused)
    {
        cgroup_init_kthreadd();
        for (; ; )
        {
            set_current_state(TASK_INTERRUPTIBLE);
            if (list_empty(kthread_create_list))
                schedule();
            __set_current_state(TASK_RUNNING);
            spin_lock(kthread_create_lock);
            while (!list_empty(kthread_create_list))
            {
                kthread_create_info* create = container_of<kthread_create_info>(kthread_create_list->next, &((kthread_create_info*)nowhere)->list);
                list_del_init(&create->list);
                spin_unlock(kthread_create_lock);
                task_struct* caller = create->caller;
                create->result = create_kthread(create);
                Volatile.Write(ref create->done, 1);
                wake_up_process(caller);
                spin_lock(kthread_create_lock);
            }
            spin_unlock(kthread_create_lock);
        }
    }

    internal static void kthread_init()
    {
        spin_lock_init(kthread_create_lock);
        INIT_LIST_HEAD(kthread_create_list);
    }
}
