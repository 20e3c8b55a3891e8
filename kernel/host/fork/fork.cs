// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;

namespace Linux;

/// <summary>What a new task is to be.</summary>
public unsafe struct kernel_clone_args
{
    public ulong flags;
    public int exit_signal;
    public delegate*<void*, int> fn;
    public void* fn_arg;
    public byte* name;
    public int kthread;
    public int idle;
    public cgroup* cgrp;
    public css_set* cset;
    public uint kill_seq;

    /// <summary>Out: the task, so that who made it need not look for it by number.</summary>
    public task_struct* child;
}

public static unsafe partial class kernel_fork_c
{
    public const ulong CSIGNAL = 0x000000ff;
    public const ulong CLONE_VM = 0x00000100;
    public const ulong CLONE_FS = 0x00000200;
    public const ulong CLONE_FILES = 0x00000400;
    public const ulong CLONE_SIGHAND = 0x00000800;
    public const ulong CLONE_VFORK = 0x00004000;
    public const ulong CLONE_PARENT = 0x00008000;
    public const ulong CLONE_THREAD = 0x00010000;
    public const ulong CLONE_UNTRACED = 0x00800000;
    public const ulong CLONE_INTO_CGROUP = 0x200000000UL;

    private const int MAX_THREADS = 32768;

    /// <summary>swapper/0: the task that boots, and the idle task of CPU 0.</summary>
    public static readonly task_struct* init_task = bss<task_struct>();
    public static readonly signal_struct* init_signals = bss<signal_struct>();
    public static readonly sighand_struct* init_sighand = bss<sighand_struct>();

    public static readonly rwlock_t* tasklist_lock = bss<rwlock_t>();
    [PerCpu(Remote = true)]
    public static readonly PerCpu<ulong>* process_counts = DEFINE_PER_CPU<ulong>();

    public static int nr_threads;
    public static ulong total_forks;
    private static pid_t last_pid;

    [KernelSource("kernel/fork.c", "nr_processes", Parity.Full)]
    public static int nr_processes()
    {
        ulong total = 0;
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
            total += *per_cpu_ptr(process_counts, cpu);
        return (int)total;
    }

    /// <summary>The fields that init/init_task.c gives the first task.</summary>
    internal static void init_task_setup()
    {
        task_struct* p = init_task;
        p->usage = REFCOUNT_INIT(2);
        p->rcu_users = REFCOUNT_INIT(1);
        p->stack_refcount = REFCOUNT_INIT(1);
        p->flags = PF_KTHREAD | PF_IDLE;
        p->__state = TASK_RUNNING;
        RCU_INIT_POINTER(&p->real_parent, p);
        RCU_INIT_POINTER(&p->parent, p);
        p->group_leader = p;
        p->signal = init_signals;
        RCU_INIT_POINTER(&p->sighand, init_sighand);
        p->exit_signal = 0;
        p->nr_dirtied_pause = 128 >> (12 - 10);
        INIT_LIST_HEAD(&p->tasks);
        INIT_LIST_HEAD(&p->children);
        INIT_LIST_HEAD(&p->sibling);
        INIT_LIST_HEAD(&p->run_list);
        INIT_LIST_HEAD(&p->cg_list);
        init_sigpending(&p->pending);
        spin_lock_init(&p->alloc_lock);
        raw_spin_lock_init(&p->pi_lock);
        p->cpus_mask = *cpu_possible_mask;
        p->cpus_ptr = &p->cpus_mask;
        set_task_comm(p, "swapper/0");

        signal_struct* sig = init_signals;
        sig->nr_threads = 1;
        sig->quick_threads = 1;
        atomic_set(&sig->live, 1);
        refcount_set(&sig->sigcnt, 1);
        INIT_LIST_HEAD(&sig->thread_head);
        list_add_tail(&p->thread_node, &sig->thread_head);
        init_sigpending(&sig->shared_pending);
        init_signal_locks(sig);
        for (int i = 0; i < linux_sched_signal_h.RLIM_NLIMITS; i++)
        {
            sig->rlim[i].rlim_cur = linux_sched_signal_h.RLIM_INFINITY;
            sig->rlim[i].rlim_max = linux_sched_signal_h.RLIM_INFINITY;
        }
        sig->rlim[linux_sched_signal_h.RLIMIT_STACK].rlim_cur = 8UL << 20;
        refcount_set(&init_sighand->count, 1);
        spin_lock_init(&init_sighand->siglock);
        rwlock_init(tasklist_lock);
    }

    private static void init_signal_locks(signal_struct* sig)
    {
        init_waitqueue_head(&sig->wait_chldexit);
        seqlock_init(&sig->stats_lock);
        init_rwsem(&sig->cgroup_threadgroup_rwsem);
        mutex_init(&sig->cred_guard_mutex);
        init_rwsem(&sig->exec_update_lock);
    }

    internal static void init_sigpending(sigpending* sig)
    {
        sig->signal = default;
        INIT_LIST_HEAD(&sig->list);
    }

    // ---------------------------------------------------------------- duplicating

    [KernelSource("kernel/fork.c", "dup_task_struct", Parity.Reduced, "no user return notifiers, stack canaries, seccomp or tracing state")]
    private static task_struct* dup_task_struct(task_struct* orig, int node)
    {
        task_struct* tsk = alloc_task_struct_node(node);
        if (tsk == null)
            return null;
        *tsk = *orig;
        int err = alloc_thread_stack_node(tsk, node);
        if (err != 0)
        {
            free_task_struct(tsk);
            return null;
        }
        refcount_set(&tsk->stack_refcount, 1);
        account_kernel_stack(tsk, 1);
        clear_tsk_thread_flag(tsk, TIF_NEED_RESCHED);
        tsk->cpus_ptr = &tsk->cpus_mask;
        refcount_set(&tsk->rcu_users, 2);
        refcount_set(&tsk->usage, 1);
        tsk->wake_q = default;
        tsk->worker_private = null;
        tsk->fail_nth = 0;
        tsk->active_memcg = null;
        return tsk;
    }

    [KernelSource("kernel/fork.c", "copy_sighand", Parity.Reduced, "there are only default actions")]
    private static int copy_sighand(ulong clone_flags, task_struct* tsk)
    {
        if ((clone_flags & CLONE_SIGHAND) != 0)
        {
            refcount_inc(&unrcu_pointer(current->sighand)->count);
            return 0;
        }
        sighand_struct* sig = alloc_sighand();
        RCU_INIT_POINTER(&tsk->sighand, sig);
        if (sig == null)
            return -ENOMEM;
        refcount_set(&sig->count, 1);
        return 0;
    }

    [KernelSource("kernel/fork.c", "__cleanup_sighand", Parity.Full)]
    internal static void __cleanup_sighand(sighand_struct* sighand)
    {
        if (refcount_dec_and_test(&sighand->count))
            free_sighand(sighand);
    }

    [KernelSource("kernel/fork.c", "copy_signal", Parity.Reduced, "no POSIX timers, terminals or autogroups")]
    private static int copy_signal(ulong clone_flags, task_struct* tsk)
    {
        if ((clone_flags & CLONE_THREAD) != 0)
            return 0;
        signal_struct* sig = alloc_signal();
        tsk->signal = sig;
        if (sig == null)
            return -ENOMEM;
        sig->nr_threads = 1;
        sig->quick_threads = 1;
        atomic_set(&sig->live, 1);
        refcount_set(&sig->sigcnt, 1);
        sig->thread_head.next = sig->thread_head.prev = &tsk->thread_node;
        tsk->thread_node.next = tsk->thread_node.prev = &sig->thread_head;
        sig->curr_target = tsk;
        init_sigpending(&sig->shared_pending);
        init_signal_locks(sig);

        task_lock(current->group_leader);
        Unsafe.CopyBlock(sig->rlim, current->signal->rlim, (uint)(sizeof(rlimit) * linux_sched_signal_h.RLIM_NLIMITS));
        task_unlock(current->group_leader);

        sig->oom_score_adj = current->signal->oom_score_adj;
        sig->oom_score_adj_min = current->signal->oom_score_adj_min;
        return 0;
    }

    [KernelSource("include/linux/sched/task.h", "task_lock", Parity.Full)]
    [Acquires("p->alloc_lock")]
    public static void task_lock(task_struct* p) => spin_lock(&p->alloc_lock);

    [KernelSource("include/linux/sched/task.h", "task_unlock", Parity.Full)]
    [Releases("p->alloc_lock")]
    public static void task_unlock(task_struct* p) => spin_unlock(&p->alloc_lock);

    [KernelSource("kernel/fork.c", "copy_process", Parity.Reduced, "one namespace, no credentials, semaphores, tracing or pidfds; the order of what is here is the kernel's")]
    [PutsRef("task_struct.mm")]
    private static task_struct* copy_process(bool idle, int node, kernel_clone_args* args)
    {
        ulong clone_flags = args->flags;
        int retval;
        task_struct* p;

        if ((clone_flags & CLONE_THREAD) != 0 && (clone_flags & CLONE_SIGHAND) == 0)
            return ERR_PTR<task_struct>(-EINVAL);
        if ((clone_flags & CLONE_SIGHAND) != 0 && (clone_flags & CLONE_VM) == 0)
            return ERR_PTR<task_struct>(-EINVAL);

        spin_lock_irq(&unrcu_pointer(current->sighand)->siglock);
        recalc_sigpending();
        spin_unlock_irq(&unrcu_pointer(current->sighand)->siglock);
        retval = -ERESTARTNOINTR;
        if (linux_sched_signal_h.task_sigpending(current))
            goto fork_out;

        retval = -ENOMEM;
        p = dup_task_struct(current, node);
        if (p == null)
            goto fork_out;
        p->flags &= ~PF_KTHREAD;
        if (args->kthread != 0)
            p->flags |= PF_KTHREAD;
        if (args->name != null)
            set_task_comm(p, Marshal.PtrToStringUTF8((nint)args->name)!);
        raw_spin_lock_init(&p->pi_lock);

        retval = -EAGAIN;
        if (nr_threads >= MAX_THREADS)
            goto bad_fork_cleanup_count;

        p->flags &= ~(PF_SUPERPRIV | PF_WQ_WORKER | PF_IDLE | PF_NO_SETAFFINITY);
        p->flags |= PF_FORKNOEXEC;
        INIT_LIST_HEAD(&p->children);
        INIT_LIST_HEAD(&p->sibling);
        p->rcu_read_lock_nesting = 0;
        p->vfork_done = null;
        spin_lock_init(&p->alloc_lock);
        init_sigpending(&p->pending);
        p->utime = p->stime = 0;
        p->psi_flags = 0;
        p->ioac = default;
        p->io_context = null;
        cgroup_fork(p);
        if (args->kthread != 0 && !set_kthread_struct(p))
            goto bad_fork_cleanup_count;
        p->pagefault_disabled = 0;
        p->lockdep_depth = 0;
        p->lockdep_recursion = 0;

        kernel_sched_core_c.sched_fork(p);
        retval = fs_file_c.copy_files(clone_flags, p);
        if (retval != 0)
            goto bad_fork_cleanup_kthread;
        retval = copy_sighand(clone_flags, p);
        if (retval != 0)
            goto bad_fork_cleanup_files;
        retval = copy_signal(clone_flags, p);
        if (retval != 0)
            goto bad_fork_cleanup_sighand;
        retval = copy_mm(clone_flags, p);
        if (retval != 0)
            goto bad_fork_cleanup_signal;
        p->thread_fn = args->fn;
        p->thread_arg = args->fn_arg;
        pid_t pid = idle ? 0 : alloc_pid();

        p->plug = null;
        p->pid = pid;
        if ((clone_flags & CLONE_THREAD) != 0)
        {
            p->group_leader = current->group_leader;
            p->tgid = current->tgid;
        }
        else
        {
            p->group_leader = p;
            p->tgid = p->pid;
        }
        p->nr_dirtied = 0;
        p->nr_dirtied_pause = 128 >> (12 - 10);
        p->dirty_paused_when = 0;
        p->pdeath_signal = 0;
        p->task_works = null;

        // What limits the group may refuse; after this the groups are pinned.
        retval = cgroup_can_fork(p, args);
        if (retval != 0)
            goto bad_fork_cleanup_mm;

        p->start_time = linux_ktime_h.ktime_get_ns();
        p->start_boottime = p->start_time;

        write_lock_irq(tasklist_lock);
        if ((clone_flags & (CLONE_PARENT | CLONE_THREAD)) != 0)
        {
            RCU_INIT_POINTER(&p->real_parent, rcu_dereference_protected(&current->real_parent, lockdep_is_held(tasklist_lock)));
            p->exit_signal = (clone_flags & CLONE_THREAD) != 0 ? -1 : current->group_leader->exit_signal;
        }
        else
        {
            RCU_INIT_POINTER(&p->real_parent, current);
            p->exit_signal = args->exit_signal;
        }
        task_struct* parent = rcu_dereference_protected(&p->real_parent, lockdep_is_held(tasklist_lock));
        RCU_INIT_POINTER(&p->parent, parent);
        p->exit_state = 0;
        p->exit_code = 0;

        spin_lock(&unrcu_pointer(current->sighand)->siglock);
        if (linux_sched_signal_h.fatal_signal_pending(current))
        {
            retval = -EINTR;
            goto bad_fork_core_free;
        }

        // No failure from here on.
        if (p->pid != 0)
        {
            if (linux_sched_signal_h.thread_group_leader(p))
            {
                list_add_tail(&p->sibling, &parent->children);
                list_add_tail_rcu(&p->tasks, &init_task->tasks);
                __this_cpu_inc(process_counts);
            }
            else
            {
                current->signal->nr_threads++;
                current->signal->quick_threads++;
                atomic_inc(&current->signal->live);
                refcount_inc(&current->signal->sigcnt);
                list_add_tail_rcu(&p->thread_node, &p->signal->thread_head);
            }
            nr_threads++;
        }
        total_forks++;
        spin_unlock(&unrcu_pointer(current->sighand)->siglock);
        write_unlock_irq(tasklist_lock);

        cgroup_post_fork(p, args);
        return p;

    bad_fork_core_free:
        spin_unlock(&unrcu_pointer(current->sighand)->siglock);
        write_unlock_irq(tasklist_lock);
        cgroup_cancel_fork(p, args);
    bad_fork_cleanup_mm:
        if (p->mm != null)
        {
            mm_clear_owner(p->mm, p);
            mmput(p->mm);
        }
    bad_fork_cleanup_signal:
        if ((clone_flags & CLONE_THREAD) == 0)
            free_signal(p->signal);
    bad_fork_cleanup_sighand:
        __cleanup_sighand(unrcu_pointer(p->sighand));
    bad_fork_cleanup_files:
        fs_file_c.exit_files(p);
    bad_fork_cleanup_kthread:
        if (args->kthread != 0)
            free_kthread_struct(p);
    bad_fork_cleanup_count:
        WRITE_ONCE(&p->__state, TASK_DEAD);
        exit_task_stack_account(p);
        put_task_stack(p);
        free_task_struct(p);
    fork_out:
        return ERR_PTR<task_struct>(retval);
    }

    private static pid_t alloc_pid() => System.Threading.Interlocked.Increment(ref last_pid);

    [KernelSource("kernel/fork.c", "kernel_clone", Parity.Reduced, "no vfork, ptrace or set_tid")]
    public static pid_t kernel_clone(kernel_clone_args* args)
    {
        task_struct* p = copy_process(false, 0, args);
        if (IS_ERR(p))
            return PTR_ERR(p);
        args->child = p;
        pid_t nr = p->pid;
        wake_up_new_task(p);
        return nr;
    }

    /// <summary>As kernel_clone, but the task is not woken: who asks does that when it is set up.</summary>
    internal static task_struct* clone_stopped(kernel_clone_args* args) => copy_process(false, 0, args);

    [KernelSource("kernel/fork.c", "kernel_thread", Parity.Full)]
    public static pid_t kernel_thread(delegate*<void*, int> fn, void* arg, byte* name, ulong flags)
    {
        kernel_clone_args args = new()
        {
            flags = (flags | CLONE_VM | CLONE_UNTRACED) & ~CSIGNAL,
            exit_signal = (int)(flags & CSIGNAL),
            fn = fn,
            fn_arg = arg,
            name = name,
            kthread = 1,
        };
        return kernel_clone(&args);
    }

    [KernelSource("kernel/fork.c", "fork_idle", Parity.Full)]
    internal static task_struct* fork_idle(int cpu)
    {
        kernel_clone_args args = new() { flags = CLONE_VM, kthread = 1, idle = 1 };
        task_struct* task = copy_process(true, 0, &args);
        if (!IS_ERR(task))
            init_idle(task, cpu);
        return task;
    }

    [KernelSource("kernel/sched/core.c", "init_idle", Parity.Full)]
    internal static void init_idle(task_struct* idle, int cpu)
    {
        WRITE_ONCE(&idle->__state, TASK_RUNNING);
        idle->flags |= PF_KTHREAD | PF_IDLE | PF_NO_SETAFFINITY;
        idle->cpus_mask = default;
        cpumask_set_cpu(cpu, &idle->cpus_mask);
        idle->cpus_ptr = &idle->cpus_mask;
        idle->nr_cpus_allowed = 1;
        idle->thread_info.cpu = (uint)cpu;
        idle->wake_cpu = cpu;
        set_task_comm(idle, $"swapper/{cpu}");
    }
}
