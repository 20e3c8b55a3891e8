// SPDX-License-Identifier: GPL-2.0-only
// mm/oom_kill.c, third part: killing, and the ways in.
using KMemcg.Annotations;

namespace Linux;

public static unsafe partial class mm_oom_kill_c
{
    [KernelSource("mm/oom_kill.c", "__task_will_free_mem", Parity.Reduced, "no core dumps, which could keep a dying task from exiting")]
    private static bool __task_will_free_mem(task_struct* task)
    {
        signal_struct* sig = task->signal;

        if ((sig->flags & SIGNAL_GROUP_EXIT) != 0)
            return true;

        return thread_group_empty(task) && (task->flags & PF_EXITING) != 0;
    }

    // The caller holds task_lock(task), or task is current.
    [KernelSource("mm/oom_kill.c", "task_will_free_mem", Parity.Full)]
    private static bool task_will_free_mem(task_struct* task)
    {
        mm_struct* mm = task->mm;
        bool ret = true;

        if (mm == null)
            return false;

        if (!__task_will_free_mem(task))
            return false;

        // Reaped already: little more will come.
        if (mm_flags_test(MMF_OOM_SKIP, mm))
            return false;

        if (atomic_read(&mm->mm_users) <= 1)
            return true;

        // All that share the mm must be dying too, or it stays pinned.
        rcu_read_lock();
        for (task_struct* p = next_task(init_task); p != init_task; p = next_task(p))
        {
            if (!process_shares_mm(p, mm))
                continue;
            if (same_thread_group(task, p))
                continue;
            ret = __task_will_free_mem(p);
            if (!ret)
                break;
        }

        rcu_read_unlock();

        return ret;
    }

    // Takes over the caller's reference to victim.
    [KernelSource("mm/oom_kill.c", "__oom_kill_process", Parity.Reduced, "all users are 0")]
    [MustHold("oom_lock"), ConsumesRef("victim")]
    private static void __oom_kill_process(task_struct* victim, string message)
    {
        bool can_oom_reap = true;

        task_struct* p = find_lock_task_mm(victim);
        if (p == null)
        {
            pr_info($"{message}: OOM victim {task_pid_nr(victim)} ({comm_of(victim)}) is already exiting. Skip killing the task");
            put_task_struct(victim);
            return;
        }
        else if (victim != p)
        {
            get_task_struct(p);
            put_task_struct(victim);
            victim = p;
        }

        // Kept for comparing after task_unlock().
        mm_struct* mm = victim->mm;
        mmgrab(mm);

        // Counted before the signal: who reaps the task must see it.
        count_vm_event(OOM_KILL);
        memcg_memory_event_mm(mm, MEMCG_OOM_KILL);

        // The signal before the reserves, so that user space cannot eat them.
        do_send_sig_info(SIGKILL, SEND_SIG_PRIV, victim, PIDTYPE_TGID);
        mark_oom_victim(victim);
        pr_err($"{message}: Killed process {task_pid_nr(victim)} ({comm_of(victim)}) total-vm:{K(mm->total_vm)}kB, " +
            $"anon-rss:{K(get_mm_counter(mm, MM_ANONPAGES))}kB, file-rss:{K(get_mm_counter(mm, MM_FILEPAGES))}kB, " +
            $"shmem-rss:{K(get_mm_counter(mm, MM_SHMEMPAGES))}kB, UID:0 pgtables:{mm_pgtables_bytes(mm) >> 10}kB " +
            $"oom_score_adj:{victim->signal->oom_score_adj}");
        task_unlock(victim);

        // Others that share the mm would keep it alive, and could deadlock with the victim over its lock.
        rcu_read_lock();
        for (p = next_task(init_task); p != init_task; p = next_task(p))
        {
            if (!process_shares_mm(p, mm))
                continue;
            if (same_thread_group(p, victim))
                continue;
            if (is_global_init(p))
            {
                can_oom_reap = false;
                mm_flags_set(MMF_OOM_SKIP, mm);
                pr_info($"oom killer {task_pid_nr(victim)} ({comm_of(victim)}) has mm pinned by {task_pid_nr(p)} ({comm_of(p)})");
                continue;
            }

            // A kernel thread on a borrowed mm does not read it unprotected.
            if ((p->flags & PF_KTHREAD) != 0)
                continue;
            do_send_sig_info(SIGKILL, SEND_SIG_PRIV, p, PIDTYPE_TGID);
        }

        rcu_read_unlock();

        if (can_oom_reap)
            queue_oom_reaper(victim);

        mmdrop(mm);
        put_task_struct(victim);
    }

    // The first victim is met here again, and counted again while it still has its mm.
    [KernelSource("mm/oom_kill.c", "oom_kill_memcg_member", Parity.Full)]
    [MustHold("oom_lock")]
    private static int oom_kill_memcg_member(task_struct* task, void* message)
    {
        if (task->signal->oom_score_adj != OOM_SCORE_ADJ_MIN &&
            !is_global_init(task))
        {
            get_task_struct(task);
            __oom_kill_process(task, Unsafe.AsRef<string>(message));
        }

        return 0;
    }

    private static readonly ratelimit_state* oom_rs = data(RATELIMIT_STATE_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST));

    [KernelSource("mm/oom_kill.c", "oom_kill_process", Parity.Full)]
    [ConsumesRef("oc->chosen"), MustHold("oom_lock")]
    [Excludes("task_struct.alloc_lock")]
    private static void oom_kill_process(oom_control* oc, string message)
    {
        task_struct* victim = oc->chosen;

        // Exiting anyway: access to the reserves is all it needs.
        task_lock(victim);
        if (task_will_free_mem(victim))
        {
            mark_oom_victim(victim);
            queue_oom_reaper(victim);
            task_unlock(victim);
            put_task_struct(victim);
            return;
        }

        task_unlock(victim);

        if (__ratelimit(oom_rs))
        {
            dump_header(oc);
            dump_oom_victim(oc, victim);
        }

        // Asked before the kill: afterwards the victim may be in no group.
        mem_cgroup* oom_group = mem_cgroup_get_oom_group(victim, oc->memcg);

        __oom_kill_process(victim, message);

        if (oom_group != null)
        {
            memcg_memory_event(oom_group, MEMCG_OOM_GROUP_KILL);
            mem_cgroup_print_oom_group(oom_group);
            mem_cgroup_scan_tasks(oom_group, &oom_kill_memcg_member, Unsafe.AsPointer(ref message));
            mem_cgroup_put(oom_group);
        }
    }

    [KernelSource("mm/oom_kill.c", "check_panic_on_oom", Parity.Full)]
    [MustHold("oom_lock")]
    private static void check_panic_on_oom(oom_control* oc)
    {
        if (sysctl_panic_on_oom == 0)
            return;
        if (sysctl_panic_on_oom != 2)
        {
            // Mode 1 leaves constrained failures, a group's among them, alone.
            if (oc->constraint != CONSTRAINT_NONE)
                return;
        }

        if (is_sysrq_oom(oc))
            return;
        dump_header(oc);
        panic($"Out of memory: {(sysctl_panic_on_oom == 2 ? "compulsory" : "system-wide")} panic_on_oom is enabled");
    }

    /// <summary>Finds and kills a task; true when one was killed or is dying, so that the caller may retry.</summary>
    /// <remarks>The caller holds oom_lock.</remarks>
    [KernelSource("mm/oom_kill.c", "out_of_memory", Parity.Reduced, "no notifier chain: nothing in the machine registers for it")]
    [Initializes("oc->chosen"), MustHold("oom_lock")]
    public static bool out_of_memory(oom_control* oc)
    {
        if (oom_killer_disabled)
            return false;

        // A dying caller needs the reserves, not another victim.
        if (task_will_free_mem(current))
        {
            mark_oom_victim(current);
            queue_oom_reaper(current);
            return true;
        }

        // Reclaim without I/O was no fair try, but a group's failure has to be resolved here.
        if ((oc->gfp_mask & __GFP_FS) == 0 && !is_memcg_oom(oc))
            return true;

        oc->constraint = constrained_alloc(oc);
        if (oc->constraint != CONSTRAINT_MEMORY_POLICY)
            oc->nodemask = null;
        check_panic_on_oom(oc);

        if (!is_memcg_oom(oc) && sysctl_oom_kill_allocating_task != 0 &&
            current->mm != null && !oom_unkillable_task(current) &&
            oom_cpuset_eligible(current, oc) &&
            current->signal->oom_score_adj != OOM_SCORE_ADJ_MIN)
        {
            get_task_struct(current);
            oc->chosen = current;
            oom_kill_process(oc, "Out of memory (oom_kill_allocating_task)");
            return true;
        }

        select_bad_process(oc);
        if (oc->chosen == null)
        {
            dump_header(oc);
            pr_warn("Out of memory and no killable processes...");

            // The allocator would loop for ever.
            if (!is_sysrq_oom(oc) && !is_memcg_oom(oc))
                panic("System is deadlocked on memory");
        }

        if (oc->chosen != null && oc->chosen != (task_struct*)-1)
            oom_kill_process(oc, !is_memcg_oom(oc) ? "Out of memory" : "Memory cgroup out of memory");
        return oc->chosen != null;
    }

    private static readonly ratelimit_state* pfoom_rs = data(RATELIMIT_STATE_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST));

    /// <summary>A page fault ended in VM_FAULT_OOM: the kill has happened already, so the fault is simply taken again.</summary>
    [KernelSource("mm/oom_kill.c", "pagefault_out_of_memory", Parity.Full)]
    public static void pagefault_out_of_memory()
    {
        if (mem_cgroup_oom_synchronize(true))
            return;

        if (fatal_signal_pending(current))
            return;

        if (__ratelimit(pfoom_rs))
            pr_warn("Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF");
    }
}
