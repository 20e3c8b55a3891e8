// SPDX-License-Identifier: GPL-2.0-only
// mm/oom_kill.c, first part: who may be killed, how bad each is, and the report in the log.
using KMemcg.Annotations;
using static Linux.linux_oom_h;
using static Linux.linux_mm_h;
using static Linux.linux_memcontrol_h;

namespace Linux;

public static unsafe partial class mm_oom_kill_c
{
    internal static int sysctl_panic_on_oom;
    internal static int sysctl_oom_kill_allocating_task;
    internal static int sysctl_oom_dump_tasks = 1;

    /// <summary>Serialises OOM kills: the page allocator may only try it.</summary>
    public static readonly mutex* oom_lock = bss<mutex>();

    /// <summary>Serialises updates of oom_score_adj.</summary>
    public static readonly mutex* oom_adj_mutex = bss<mutex>();

    [KernelSource("mm/oom_kill.c", "is_memcg_oom", Parity.Full)]
    private static bool is_memcg_oom(oom_control* oc) => oc->memcg != null;

    [KernelSource("mm/oom_kill.c", "oom_cpuset_eligible", Parity.Full)]
    private static bool oom_cpuset_eligible(task_struct* tsk, oom_control* oc) => true;

    // A leader that has dropped its mm may have threads that still use it. Returns with task_lock held.
    [KernelSource("mm/oom_kill.c", "find_lock_task_mm", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->alloc_lock")]
    public static task_struct* find_lock_task_mm(task_struct* p)
    {
        task_struct* t = null;

        rcu_read_lock();

        for (list_head* n = p->signal->thread_head.next; n != &p->signal->thread_head; n = n->next)
        {
            t = container_of<task_struct>(n, &((task_struct*)nowhere)->thread_node);
            task_lock(t);
            if (t->mm != null)
                goto found;
            task_unlock(t);
        }

        t = null;
    found:
        rcu_read_unlock();

        return t;
    }

    [KernelSource("mm/oom_kill.c", "is_sysrq_oom", Parity.Full)]
    private static bool is_sysrq_oom(oom_control* oc) => oc->order == -1;

    [KernelSource("mm/oom_kill.c", "oom_unkillable_task", Parity.Full)]
    private static bool oom_unkillable_task(task_struct* p)
    {
        if (is_global_init(p))
            return true;
        return (p->flags & PF_KTHREAD) != 0;
    }

    [KernelSource("mm/oom_kill.c", "should_dump_unreclaim_slab", Parity.Full)]
    private static bool should_dump_unreclaim_slab()
    {
        ulong nr_lru = global_node_page_state(NR_ACTIVE_ANON) +
            global_node_page_state(NR_INACTIVE_ANON) +
            global_node_page_state(NR_ACTIVE_FILE) +
            global_node_page_state(NR_INACTIVE_FILE) +
            global_node_page_state(NR_ISOLATED_ANON) +
            global_node_page_state(NR_ISOLATED_FILE) +
            global_node_page_state(NR_UNEVICTABLE);

        return global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) > nr_lru;
    }

    /// <summary>How much memory killing <paramref name="p"/> frees, in pages, weighted by oom_score_adj; LONG_MIN: never.</summary>
    [KernelSource("mm/oom_kill.c", "oom_badness", Parity.Full)]
    public static long oom_badness(task_struct* p, ulong totalpages)
    {
        if (oom_unkillable_task(p))
            return long.MinValue;

        p = find_lock_task_mm(p);
        if (p == null)
            return long.MinValue;

        long adj = p->signal->oom_score_adj;
        if (adj == OOM_SCORE_ADJ_MIN ||
            mm_flags_test(MMF_OOM_SKIP, p->mm) ||
            in_vfork(p))
        {
            task_unlock(p);
            return long.MinValue;
        }

        long points = (long)(get_mm_rss(p->mm) + get_mm_counter(p->mm, MM_SWAPENTS) +
            mm_pgtables_bytes(p->mm) / PAGE_SIZE);
        task_unlock(p);

        adj *= (long)(totalpages / 1000);
        points += adj;

        return points;
    }

    private static string oom_constraint_text(int constraint) => constraint switch
    {
        CONSTRAINT_NONE => "CONSTRAINT_NONE",
        CONSTRAINT_CPUSET => "CONSTRAINT_CPUSET",
        CONSTRAINT_MEMORY_POLICY => "CONSTRAINT_MEMORY_POLICY",
        _ => "CONSTRAINT_MEMCG",
    };

    [KernelSource("mm/oom_kill.c", "constrained_alloc", Parity.Full)]
    private static int constrained_alloc(oom_control* oc)
    {
        if (is_memcg_oom(oc))
        {
            ulong max = mem_cgroup_get_max(oc->memcg);
            oc->totalpages = max != 0 ? max : 1;
            return CONSTRAINT_MEMCG;
        }

        oc->totalpages = totalram_pages() + (ulong)total_swap_pages;

        // Nodes and cpusets constrain only where NUMA is configured.
        return CONSTRAINT_NONE;
    }

    [KernelSource("mm/oom_kill.c", "oom_evaluate_task", Parity.Full)]
    private static int oom_evaluate_task(task_struct* task, void* arg)
    {
        oom_control* oc = (oom_control*)arg;
        long points;

        if (oom_unkillable_task(task))
            goto next;

        if (!is_memcg_oom(oc) && !oom_cpuset_eligible(task, oc))
            goto next;

        // One victim at a time has the reserves, unless what it holds is known to be freed already.
        if (!is_sysrq_oom(oc) && tsk_is_oom_victim(task))
        {
            if (mm_flags_test(MMF_OOM_SKIP, task->signal->oom_mm))
                goto next;
            goto abort;
        }

        if (oom_task_origin(task))
        {
            points = long.MaxValue;
            goto select;
        }

        points = oom_badness(task, oc->totalpages);
        if (points == long.MinValue || points < oc->chosen_points)
            goto next;

    select:
        if (oc->chosen != null)
            put_task_struct(oc->chosen);
        get_task_struct(task);
        oc->chosen = task;
        oc->chosen_points = points;
    next:
        return 0;
    abort:
        if (oc->chosen != null)
            put_task_struct(oc->chosen);
        oc->chosen = (task_struct*)-1;
        return 1;
    }

    [KernelSource("mm/oom_kill.c", "select_bad_process", Parity.Full)]
    private static void select_bad_process(oom_control* oc)
    {
        oc->chosen_points = long.MinValue;

        if (is_memcg_oom(oc))
        {
            mem_cgroup_scan_tasks(oc->memcg, &oom_evaluate_task, oc);
        }
        else
        {
            rcu_read_lock();
            for (task_struct* p = next_task(init_task); p != init_task; p = next_task(p))
            {
                if (oom_evaluate_task(p, oc) != 0)
                    break;
            }

            rcu_read_unlock();
        }
    }

    [KernelSource("mm/oom_kill.c", "dump_task", Parity.Reduced, "all users are 0")]
    private static int dump_task(task_struct* p, void* arg)
    {
        oom_control* oc = (oom_control*)arg;

        if (oom_unkillable_task(p))
            return 0;

        if (!is_memcg_oom(oc) && !oom_cpuset_eligible(p, oc))
            return 0;

        task_struct* task = find_lock_task_mm(p);
        if (task == null)
            return 0;

        mm_struct* mm = task->mm;
        pr_info($"[{task->pid,7}] {0,5} {task->tgid,5} {mm->total_vm,8} {get_mm_rss(mm),8} " +
            $"{get_mm_counter(mm, MM_ANONPAGES),8} {get_mm_counter(mm, MM_FILEPAGES),8} " +
            $"{get_mm_counter(mm, MM_SHMEMPAGES),9} {mm_pgtables_bytes(mm),8} " +
            $"{get_mm_counter(mm, MM_SWAPENTS),8}         {task->signal->oom_score_adj,5} {comm_of(task)}");
        task_unlock(task);

        return 0;
    }

    [KernelSource("mm/oom_kill.c", "dump_tasks", Parity.Full)]
    private static void dump_tasks(oom_control* oc)
    {
        pr_info("Tasks state (memory values in pages):");
        pr_info("[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name");

        if (is_memcg_oom(oc))
        {
            mem_cgroup_scan_tasks(oc->memcg, &dump_task, oc);
        }
        else
        {
            rcu_read_lock();
            for (task_struct* p = next_task(init_task); p != init_task; p = next_task(p))
                dump_task(p, oc);
            rcu_read_unlock();
        }
    }

    [KernelSource("mm/oom_kill.c", "dump_oom_victim", Parity.Reduced, "no cpusets to print")]
    private static void dump_oom_victim(oom_control* oc, task_struct* victim)
    {
        pr_info($"oom-kill:constraint={oom_constraint_text(oc->constraint)},nodemask=(null)");
        mem_cgroup_print_oom_context(oc->memcg, victim);
        pr_cont($",task={comm_of(victim)},pid={victim->pid},uid=0");
    }

    [KernelSource("mm/oom_kill.c", "dump_header", Parity.Full)]
    [MustHold("mm_oom_kill_c.oom_lock")]
    private static void dump_header(oom_control* oc)
    {
        pr_warn($"{comm_of(current)} invoked oom-killer: gfp_mask=0x{oc->gfp_mask:x}, order={oc->order}, " +
            $"oom_score_adj={current->signal->oom_score_adj}");
        if (!CONFIG_COMPACTION && oc->order != 0)
            pr_warn("COMPACTION is disabled!!!");

        dump_stack();
        if (is_memcg_oom(oc))
        {
            mem_cgroup_print_oom_meminfo(oc->memcg);
        }
        else
        {
            __show_mem(SHOW_MEM_FILTER_NODES, oc->nodemask, gfp_zone(oc->gfp_mask));
            if (should_dump_unreclaim_slab())
                dump_unreclaimable_slab();
        }

        if (sysctl_oom_dump_tasks != 0)
            dump_tasks(oc);
    }
}
