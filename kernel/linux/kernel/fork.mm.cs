// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_slab_h;

namespace Linux;

// Address spaces: made, copied, given back.
public static unsafe partial class kernel_fork_c
{
    public static readonly mm_struct* init_mm = bss<mm_struct>();

    /// <summary>The mms that have swap entries, chained by their mmlist.</summary>
    public static readonly spinlock_t* mmlist_lock = bss<spinlock_t>();

    private static kmem_cache* mm_cachep;
    private static uint mm_last_id;

    // dumpable and the dump filter, as every first mm has them.
    private const ulong default_dump_filter = MMF_DUMP_FILTER_DEFAULT;

    [KernelSource("mm/init-mm.c", "init_mm", Parity.Reduced, "the kernel's own address space has no tables here")]
    public static void init_mm_setup()
    {
        mt_init_flags(&init_mm->mm_mt, MM_MT_FLAGS);
        atomic_set(&init_mm->mm_users, 2);
        atomic_set(&init_mm->mm_count, 1);
        seqcount_init(&init_mm->write_protect_seq);
        mmap_init_lock(init_mm);
        spin_lock_init(&init_mm->page_table_lock);
        spin_lock_init(&init_mm->arg_lock);
        INIT_LIST_HEAD(&init_mm->mmlist);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_init_lock", Parity.Full)]
    private static void mmap_init_lock(mm_struct* mm)
    {
        init_rwsem(&mm->mmap_lock);
        mm_lock_seqcount_init(mm);
    }

    [KernelSource("kernel/fork.c", "mm_alloc_pgd", Parity.Full)]
    private static int mm_alloc_pgd(mm_struct* mm)
    {
        mm->pgd = pgd_alloc(mm);
        if (mm->pgd == null)
            return -ENOMEM;
        return 0;
    }

    [KernelSource("kernel/fork.c", "mm_free_pgd", Parity.Full)]
    private static void mm_free_pgd(mm_struct* mm) => pgd_free(mm, mm->pgd);

    [KernelSource("kernel/fork.c", "check_mm", Parity.Full)]
    private static void check_mm(mm_struct* mm)
    {
        for (int i = 0; i < NR_MM_COUNTERS; i++)
        {
            long x = percpu_counter_sum(mm_rss_stat_of(mm, i));

            if (x != 0)
                pr_alert($"BUG: Bad rss-counter state mm:{(ulong)mm:x} type:{i} val:{x} Comm:{comm_of(current)} Pid:{current->pid}");
        }

        if (mm_pgtables_bytes(mm) != 0)
            pr_alert($"BUG: non-zero pgtables_bytes on freeing mm: {mm_pgtables_bytes(mm)}");
    }

    [KernelSource("kernel/fork.c", "allocate_mm", Parity.Full)]
    private static mm_struct* allocate_mm() => (mm_struct*)kmem_cache_alloc(mm_cachep, GFP_KERNEL);

    [KernelSource("kernel/fork.c", "free_mm", Parity.Full)]
    private static void free_mm(mm_struct* mm) => kmem_cache_free(mm_cachep, mm);

    // The last reference is gone.
    [KernelSource("kernel/fork.c", "__mmdrop", Parity.Reduced, "no lazy TLBs, notifiers or concurrency ids")]
    public static void __mmdrop(mm_struct* mm)
    {
        BUG_ON(mm == init_mm);
        WARN_ON_ONCE(mm == current->mm);

        mm_free_pgd(mm);
        check_mm(mm);
        percpu_counter_destroy_many((percpu_counter*)&mm->rss_stat, NR_MM_COUNTERS);

        free_mm(mm);
    }

    [KernelSource("kernel/fork.c", "mmdrop_async_fn", Parity.Full)]
    private static void mmdrop_async_fn(work_struct* work) =>
        __mmdrop(container_of<mm_struct>(work, &((mm_struct*)nowhere)->async_put_work));

    [KernelSource("kernel/fork.c", "mmdrop_async", Parity.Full)]
    private static void mmdrop_async(mm_struct* mm)
    {
        if (atomic_dec_and_test(&mm->mm_count))
        {
            INIT_WORK(&mm->async_put_work, &mmdrop_async_fn);
            schedule_work(&mm->async_put_work);
        }
    }

    [KernelSource("kernel/fork.c", "mm_clear_owner", Parity.Full)]
    private static void mm_clear_owner(mm_struct* mm, task_struct* p)
    {
        if (rcu_access_pointer(&mm->owner) == p)
            RCU_INIT_POINTER(&mm->owner, null);
    }

    [KernelSource("kernel/fork.c", "mm_init_owner", Parity.Full)]
    private static void mm_init_owner(mm_struct* mm, task_struct* p) => RCU_INIT_POINTER(&mm->owner, p);

    [KernelSource("kernel/fork.c", "mm_init", Parity.Reduced, "no asynchronous I/O, probes, futexes, notifiers or user namespaces")]
    [TryGetsRef(Result.NonNull, "mm")]
    private static mm_struct* mm_init(mm_struct* mm, task_struct* p)
    {
        mt_init_flags(&mm->mm_mt, MM_MT_FLAGS);
        atomic_set(&mm->mm_users, 1);
        atomic_set(&mm->mm_count, 1);
        seqcount_init(&mm->write_protect_seq);
        mmap_init_lock(mm);
        INIT_LIST_HEAD(&mm->mmlist);
        mm_pgtables_bytes_init(mm);
        mm->map_count = 0;
        mm->locked_vm = 0;
        atomic_long_set(&mm->pinned_vm, 0);
        memset(&mm->rss_stat, 0, (ulong)sizeof(mm_rss_stat));
        spin_lock_init(&mm->page_table_lock);
        spin_lock_init(&mm->arg_lock);
        mm_init_cpumask(mm);
        mm_init_owner(mm, p);
        RCU_INIT_POINTER(&mm->exe_file, null);
        init_tlb_flush_pending(mm);

        mm_flags_clear_all(mm);
        if (current->mm != null)
        {
            ulong flags = __mm_flags_get_word(current->mm);

            __mm_flags_set_word(mm, mmf_init_legacy_flags(flags));
            mm->def_flags = current->mm->def_flags & VM_INIT_DEF_MASK;
        }
        else
        {
            __mm_flags_set_word(mm, default_dump_filter);
            mm->def_flags = 0;
        }

        if (mm_alloc_pgd(mm) != 0)
            goto fail_nopgd;

        mm->mm_id = ++mm_last_id;

        if (percpu_counter_init_many((percpu_counter*)&mm->rss_stat, 0, GFP_KERNEL_ACCOUNT, NR_MM_COUNTERS) != 0)
            goto fail_pcpu;

        return mm;

    fail_pcpu:
        mm_free_pgd(mm);
    fail_nopgd:
        free_mm(mm);
        return null;
    }

    [KernelSource("kernel/fork.c", "mm_alloc", Parity.Full)]
    [ReturnsOwned]
    public static mm_struct* mm_alloc()
    {
        mm_struct* mm = allocate_mm();

        if (mm == null)
            return null;

        memset(mm, 0, (ulong)sizeof(mm_struct));
        return mm_init(mm, current);
    }

    [KernelSource("kernel/fork.c", "__mmput", Parity.Reduced, "no asynchronous I/O, KSM, THP, binary formats or futexes")]
    [PutsRef("mm", Sometimes = true)]
    private static void __mmput(mm_struct* mm)
    {
        VM_BUG_ON(atomic_read(&mm->mm_users) != 0);

        exit_mmap(mm);
        if (!list_empty(&mm->mmlist))
        {
            spin_lock(mmlist_lock);
            list_del(&mm->mmlist);
            spin_unlock(mmlist_lock);
        }
        mmdrop(mm);
    }

    // A user of the address space is gone; the last one takes the memory with it.
    [KernelSource("kernel/fork.c", "mmput", Parity.Full)]
    [PutsRef("mm"), MightSleep]
    public static void mmput(mm_struct* mm)
    {
        might_sleep();

        if (atomic_dec_and_test(&mm->mm_users))
            __mmput(mm);
    }

    [KernelSource("kernel/fork.c", "mmput_async_fn", Parity.Full)]
    private static void mmput_async_fn(work_struct* work)
    {
        mm_struct* mm = container_of<mm_struct>(work, &((mm_struct*)nowhere)->async_put_work);

        __mmput(mm);
    }

    [KernelSource("kernel/fork.c", "mmput_async", Parity.Full)]
    [PutsRef("mm")]
    public static void mmput_async(mm_struct* mm)
    {
        if (atomic_dec_and_test(&mm->mm_users))
        {
            INIT_WORK(&mm->async_put_work, &mmput_async_fn);
            schedule_work(&mm->async_put_work);
        }
    }

    // A reference to the task's mm; null for kernel threads.
    [KernelSource("kernel/fork.c", "get_task_mm", Parity.Full)]
    [ReturnsOwned]
    public static mm_struct* get_task_mm(task_struct* task)
    {
        if ((task->flags & PF_KTHREAD) != 0)
            return null;

        task_lock(task);
        mm_struct* mm = task->mm;
        if (mm != null)
            mmget(mm);
        task_unlock(task);
        return mm;
    }

    [KernelSource("kernel/fork.c", "mm_access", Parity.Reduced, "one user owns everything: whoever asks may look")]
    [ReturnsOwned]
    public static mm_struct* mm_access(task_struct* task, uint mode)
    {
        mm_struct* mm = get_task_mm(task);

        if (mm == null)
            return (mm_struct*)ERR_PTR(-ESRCH);
        return mm;
    }

    [KernelSource("kernel/fork.c", "mm_release", Parity.Reduced, "no futexes, and nobody waits in vfork")]
    private static void mm_release(task_struct* tsk, mm_struct* mm)
    {
    }

    [KernelSource("kernel/fork.c", "exit_mm_release", Parity.Full)]
    public static void exit_mm_release(task_struct* tsk, mm_struct* mm) => mm_release(tsk, mm);

    // The child's mm, page-table charges and VMAs included, is paid for by the parent's group: the child has none yet.
    [KernelSource("kernel/fork.c", "dup_mm", Parity.Reduced, "no probes or binary formats")]
    [ReturnsOwned]
    private static mm_struct* dup_mm(task_struct* tsk, mm_struct* oldmm)
    {
        mm_struct* mm = allocate_mm();

        if (mm == null)
            goto fail_nomem;

        memcpy(mm, oldmm, (ulong)sizeof(mm_struct));

        if (mm_init(mm, tsk) == null)
            goto fail_nomem;

        int err = dup_mmap(mm, oldmm);
        if (err != 0)
            goto free_pt;

        mm->hiwater_rss = get_mm_rss(mm);
        mm->hiwater_vm = mm->total_vm;

        return mm;

    free_pt:
        mm_init_owner(mm, null);
        mmput(mm);

    fail_nomem:
        return null;
    }

    [KernelSource("kernel/fork.c", "copy_mm", Parity.Full)]
    [Initializes("tsk->mm")]
    public static int copy_mm(ulong clone_flags, task_struct* tsk)
    {
        mm_struct* mm;

        tsk->min_flt = tsk->maj_flt = 0;
        tsk->nvcsw = tsk->nivcsw = 0;

        tsk->mm = null;
        tsk->active_mm = null;

        // Kernel threads have none to copy.
        mm_struct* oldmm = current->mm;
        if (oldmm == null)
            return 0;

        if ((clone_flags & CLONE_VM) != 0)
        {
            mmget(oldmm);
            mm = oldmm;
        }
        else
        {
            mm = dup_mm(tsk, current->mm);
            if (mm == null)
                return -ENOMEM;
        }

        tsk->mm = mm;
        tsk->active_mm = mm;
        return 0;
    }

    [KernelSource("kernel/fork.c", "mm_cache_init", Parity.Full)]
    public static void mm_cache_init()
    {
        // Behind the struct is the mask of the CPUs that use it.
        uint mm_size = (uint)sizeof(mm_struct) + (uint)cpumask_size();

        mm_cachep = kmem_cache_create("mm_struct"u8, mm_size, 64, SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT, null);
    }

    // init has no program to run, but it is a process: its address space is empty.
    [KernelSource("fs/exec.c", "exec_mmap", Parity.Reduced, "the first process gets an empty address space in place of a program's")]
    [Initializes("asm_percpu_h.current->mm")]
    public static int exec_mmap_init()
    {
        mm_struct* mm = mm_alloc();

        if (mm == null)
            return -ENOMEM;
        mm->task_size = asm_pgtable_64_h.TASK_SIZE;
        arch_pick_mmap_layout(mm, (rlimit*)current->signal->rlim + RLIMIT_STACK);
        task_lock(current);
        current->mm = mm;
        current->active_mm = mm;
        task_unlock(current);
        return 0;
    }
}
