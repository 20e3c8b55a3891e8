// SPDX-License-Identifier: GPL-2.0-only
// mm/oom_kill.c, second part: the reaper, and what a victim may do.
using KMemcg.Annotations;

namespace Linux;

public static unsafe partial class mm_oom_kill_c
{
    /// <summary>How many victims have not exited yet.</summary>
    private static readonly atomic_t* oom_victims = bss<atomic_t>();
    private static readonly wait_queue_head* oom_victims_wait = bss<wait_queue_head>();

    private static bool oom_killer_disabled;

    [KernelSource("mm/oom_kill.c", "process_shares_mm", Parity.Full)]
    public static bool process_shares_mm(task_struct* p, mm_struct* mm)
    {
        for (list_head* n = p->signal->thread_head.next; n != &p->signal->thread_head; n = n->next)
        {
            task_struct* t = container_of<task_struct>(n, &((task_struct*)nowhere)->thread_node);
            mm_struct* t_mm = READ_ONCE(&t->mm);
            if (t_mm != null)
                return t_mm == mm;
        }

        return false;
    }

    private static task_struct* oom_reaper_th;
    private static readonly wait_queue_head* oom_reaper_wait = bss<wait_queue_head>();
    [OwnsRef] private static task_struct* oom_reaper_list;
    private static readonly spinlock_t* oom_reaper_lock = bss<spinlock_t>();

    [KernelSource("mm/oom_kill.c", "__oom_reap_task_mm", Parity.Reduced, "no mmu notifiers, so no range has to be skipped for one")]
    private static bool __oom_reap_task_mm(mm_struct* mm)
    {
        // Users of get_user() and the like must know that contents are gone from here on.
        mm_flags_set(MMF_UNSTABLE, mm);

        // From the far end, to stay out of the way of the dying task's own teardown.
        vma_iterator vmi = VMA_ITERATOR(mm, ulong.MaxValue);
        for (vm_area_struct* vma = vma_prev(&vmi); vma != null; vma = vma_prev(&vmi))
        {
            if ((vma->vm_flags & (VM_HUGETLB | VM_PFNMAP)) != 0)
                continue;

            // Shared file mappings, tmpfs among them, keep their pages: dropping them would take
            // steps that cannot be afforded here.
            if (vma_is_anonymous(vma) || (vma->vm_flags & VM_SHARED) == 0)
            {
                mmu_gather tlb;

                tlb_gather_mmu(&tlb, mm);
                unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end, null);
                tlb_finish_mmu(&tlb);
            }
        }

        return true;
    }

    /// <summary>Reaps if the address space can be locked at once; false asks for another try.</summary>
    [KernelSource("mm/oom_kill.c", "oom_reap_task_mm", Parity.Full)]
    private static bool oom_reap_task_mm(task_struct* tsk, mm_struct* mm)
    {
        bool ret = true;

        if (!mmap_read_trylock(mm))
            return false;

        // exit_mmap() sets it under the write lock: after that the mm is its own.
        if (mm_flags_test(MMF_OOM_SKIP, mm))
            goto out_unlock;

        ret = __oom_reap_task_mm(mm);
        if (!ret)
            goto out_unlock;

        pr_info($"oom_reaper: reaped process {task_pid_nr(tsk)} ({comm_of(tsk)}), " +
            $"now anon-rss:{K(get_mm_counter(mm, MM_ANONPAGES))}kB, " +
            $"file-rss:{K(get_mm_counter(mm, MM_FILEPAGES))}kB, " +
            $"shmem-rss:{K(get_mm_counter(mm, MM_SHMEMPAGES))}kB");
    out_unlock:
        mmap_read_unlock(mm);

        return ret;
    }

    private const int MAX_OOM_REAP_RETRIES = 10;

    [KernelSource("mm/oom_kill.c", "oom_reap_task", Parity.Reduced, "the log names the task but does not dump all locks")]
    [ConsumesRef("tsk")]
    private static void oom_reap_task(task_struct* tsk)
    {
        int attempts = 0;
        mm_struct* mm = tsk->signal->oom_mm;

        while (attempts++ < MAX_OOM_REAP_RETRIES && !oom_reap_task_mm(tsk, mm))
            schedule_timeout_idle(HZ / 10);

        if (attempts <= MAX_OOM_REAP_RETRIES ||
            mm_flags_test(MMF_OOM_SKIP, mm))
            goto done;

        pr_info($"oom_reaper: unable to reap pid:{task_pid_nr(tsk)} ({comm_of(tsk)})");

    done:
        tsk->oom_reaper_list = null;

        // Reaped, or held by somebody who cannot let go: either way it is no candidate any more.
        mm_flags_set(MMF_OOM_SKIP, mm);

        put_task_struct(tsk); // the reference is queue_oom_reaper's
    }

    private static bool oom_reaper_has_work(void* unused) => oom_reaper_list != null || kthread_should_stop();

    [KernelSource("mm/oom_kill.c", "oom_reaper", Parity.Reduced, "no freezer; stops when the machine is shut down")]
    [Excludes("oom_reaper_lock")]
    private static int oom_reaper(void* unused)
    {
        while (!kthread_should_stop())
        {
            task_struct* tsk = null;

            wait_event_interruptible(oom_reaper_wait, &oom_reaper_has_work, null);
            spin_lock_irq(oom_reaper_lock);
            if (oom_reaper_list != null)
            {
                tsk = oom_reaper_list;
                oom_reaper_list = tsk->oom_reaper_list;
            }

            spin_unlock_irq(oom_reaper_lock);

            if (tsk != null)
                oom_reap_task(tsk);
        }

        return 0;
    }

    [KernelSource("mm/oom_kill.c", "wake_oom_reaper", Parity.Full)]
    [Excludes("oom_reaper_lock")]
    [ConsumesRef("timer")]
    private static void wake_oom_reaper(timer_list* timer)
    {
        task_struct* tsk = container_of<task_struct>(timer, &((task_struct*)nowhere)->oom_reaper_timer);
        mm_struct* mm = tsk->signal->oom_mm;

        // It came to its end by itself.
        if (mm_flags_test(MMF_OOM_SKIP, mm))
        {
            put_task_struct(tsk);
            return;
        }

        spin_lock_irqsave(oom_reaper_lock, out IrqFlags flags);
        tsk->oom_reaper_list = oom_reaper_list;
        oom_reaper_list = tsk;
        spin_unlock_irqrestore(oom_reaper_lock, flags);
        wake_up(oom_reaper_wait);
    }

    // The victim is given this long, in jiffies, to free its memory in its own way.
    private const int OOM_REAPER_DELAY = 2 * HZ;

    [KernelSource("mm/oom_kill.c", "queue_oom_reaper", Parity.Full)]
    [GetsRef("tsk", Kept = true)]
    private static void queue_oom_reaper(task_struct* tsk)
    {
        if (mm_flags_test_and_set(MMF_OOM_REAP_QUEUED, tsk->signal->oom_mm))
            return;

        get_task_struct(tsk);
        timer_setup(&tsk->oom_reaper_timer, &wake_oom_reaper, 0);
        tsk->oom_reaper_timer.expires = jiffies + OOM_REAPER_DELAY;
        add_timer(&tsk->oom_reaper_timer);
    }

    [KernelSource("mm/oom_kill.c", "oom_init", Parity.Reduced, "sysctls are served by kernel/host/sysctl")]
    public static int oom_init()
    {
        init_waitqueue_head(oom_victims_wait);
        init_waitqueue_head(oom_reaper_wait);
        oom_reaper_th = kthread_run(&oom_reaper, null, "oom_reaper");
        return 0;
    }

    // The caller holds task_lock(tsk), and tsk->mm is there.
    [KernelSource("mm/oom_kill.c", "mark_oom_victim", Parity.Reduced, "no freezer to thaw the victim from")]
    [MustHold("oom_lock")]
    private static void mark_oom_victim(task_struct* tsk)
    {
        mm_struct* mm = tsk->mm;

        WARN_ON(oom_killer_disabled);

        // The machine's OOM and a group's may meet at one task.
        if (test_and_set_tsk_thread_flag(tsk, TIF_MEMDIE))
            return;

        // Lives as long as the signal struct.
        if (cmpxchg(&tsk->signal->oom_mm, null, mm) == null)
            mmgrab(tsk->signal->oom_mm);

        atomic_inc(oom_victims);
        trace_mark_victim(tsk);
    }

    /// <summary>Takes the memory of a task that is dying, before its own exit has come to it.</summary>
    [KernelSource("mm/oom_kill.c", "SYSCALL_process_mrelease", Parity.Reduced, "takes the number of a process, as there are no pidfds")]
    [Excludes("mm_struct.mmap_lock")]
    public static long sys_process_mrelease(pid_t pid, uint flags)
    {
        bool reap = false;
        long ret = 0;

        if (flags != 0)
            return -EINVAL;

        task_struct* task = find_get_task_by_vpid(pid);
        if (task == null)
            return -ESRCH;

        // Its leader may be gone, and threads be left that still use the memory.
        task_struct* p = find_lock_task_mm(task);
        if (p == null)
        {
            ret = -ESRCH;
            goto put_task;
        }

        mm_struct* mm = p->mm;
        mmgrab(mm);

        if (task_will_free_mem(p))
            reap = true;
        else if (!mm_flags_test(MMF_OOM_SKIP, mm))
            ret = -EINVAL; // but if the reaper has done it already
        kernel_fork_c.task_unlock(p);

        if (!reap)
            goto drop_mm;

        if (mmap_read_lock_killable(mm) != 0)
        {
            ret = -EINTR;
            goto drop_mm;
        }

        // exit_mmap() sets it under the write lock.
        if (!mm_flags_test(MMF_OOM_SKIP, mm) && !__oom_reap_task_mm(mm))
            ret = -EAGAIN;
        mmap_read_unlock(mm);

    drop_mm:
        mmdrop(mm);
    put_task:
        kernel_fork_c.put_task_struct(task);
        return ret;
    }

    [KernelSource("mm/oom_kill.c", "exit_oom_victim", Parity.Full)]
    public static void exit_oom_victim()
    {
        clear_thread_flag(TIF_MEMDIE);

        if (atomic_dec_return(oom_victims) == 0)
            wake_up_all(oom_victims_wait);
    }
}
