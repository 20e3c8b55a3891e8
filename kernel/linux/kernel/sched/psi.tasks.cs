// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

public static unsafe partial class kernel_sched_psi_c
{
    /// <summary>Counts the time since the last change for the states the CPU was in.</summary>
    [KernelSource("kernel/sched/psi.c", "record_times", Parity.Full)]
    private static void record_times(psi_group_cpu* groupc, ulong now)
    {
        uint delta = (uint)(now - groupc->state_start);
        groupc->state_start = now;

        if ((groupc->state_mask & (1 << PSI_IO_SOME)) != 0)
        {
            groupc->times[PSI_IO_SOME] += delta;
            if ((groupc->state_mask & (1 << PSI_IO_FULL)) != 0)
                groupc->times[PSI_IO_FULL] += delta;
        }

        if ((groupc->state_mask & (1 << PSI_MEM_SOME)) != 0)
        {
            groupc->times[PSI_MEM_SOME] += delta;
            if ((groupc->state_mask & (1 << PSI_MEM_FULL)) != 0)
                groupc->times[PSI_MEM_FULL] += delta;
        }

        if ((groupc->state_mask & (1 << PSI_CPU_SOME)) != 0)
        {
            groupc->times[PSI_CPU_SOME] += delta;
            if ((groupc->state_mask & (1 << PSI_CPU_FULL)) != 0)
                groupc->times[PSI_CPU_FULL] += delta;
        }

        if ((groupc->state_mask & (1 << PSI_NONIDLE)) != 0)
            groupc->times[PSI_NONIDLE] += delta;
    }

    [KernelSource("kernel/sched/psi.c", "psi_group_change", Parity.Full)]
    private static void psi_group_change(psi_group* group, int cpu, uint clear, uint set, ulong now, bool wake_clock)
    {
        uint state_mask;

        lockdep_assert_rq_held(cpu);
        psi_group_cpu* groupc = per_cpu_ptr(group->pcpu, cpu);

        // Whether a task of the group is on the CPU is a state, not a count: it must not depend on the order in which
        // one task goes and the next one comes.
        if ((clear & TSK_ONCPU) != 0)
        {
            state_mask = 0;
            clear &= ~(uint)TSK_ONCPU;
        }
        else if ((set & TSK_ONCPU) != 0)
        {
            state_mask = PSI_ONCPU;
            set &= ~(uint)TSK_ONCPU;
        }
        else
        {
            state_mask = groupc->state_mask & PSI_ONCPU;
        }

        uint m = clear;
        for (int t = 0; m != 0; m &= ~(1U << t), t++)
        {
            if ((m & (1U << t)) == 0)
                continue;
            if (groupc->tasks[t] != 0)
            {
                groupc->tasks[t]--;
            }
            else if (psi_bug == 0)
            {
                pr_err($"psi: task underflow! cpu={cpu} t={t} tasks=[{groupc->tasks[0]} {groupc->tasks[1]} {groupc->tasks[2]} {groupc->tasks[3]}] clear={clear:x} set={set:x}");
                psi_bug = 1;
            }
        }

        for (int t = 0; set != 0; set &= ~(1U << t), t++)
        {
            if ((set & (1U << t)) != 0)
                groupc->tasks[t]++;
        }

        if (!group->enabled)
        {
            // The last stretch before it was switched off still counts.
            if ((groupc->state_mask & (1 << PSI_NONIDLE)) != 0)
                record_times(groupc, now);

            groupc->state_mask = state_mask;

            return;
        }

        state_mask = test_states(groupc->tasks, state_mask);

        // A task in reclaim keeps the others of its group from the CPU as well, for as long as it is on it.
        if ((state_mask & PSI_ONCPU) != 0 && cpu_curr(cpu)->in_memstall != 0)
            state_mask |= 1 << PSI_MEM_FULL;

        record_times(groupc, now);

        groupc->state_mask = state_mask;

        if ((state_mask & group->rtpoll_states) != 0)
            psi_schedule_rtpoll_work(group, 1, false);

        if (wake_clock && !delayed_work_pending(&group->avgs_work))
            schedule_delayed_work(&group->avgs_work, PSI_FREQ);
    }

    [KernelSource("kernel/sched/psi.c", "task_psi_group", Parity.Full)]
    private static psi_group* task_psi_group(task_struct* task)
    {
        if (psi_cgroups_enabled && task->cgroups != null)
            return cgroup_psi(task_dfl_cgroup(task));
        return psi_system;
    }

    [KernelSource("kernel/sched/psi.c", "psi_flags_change", Parity.Full)]
    private static void psi_flags_change(task_struct* task, int clear, int set)
    {
        if (((task->psi_flags & set) != 0 || (task->psi_flags & clear) != clear) && psi_bug == 0)
        {
            pr_err($"psi: inconsistent task state! task={task->pid} cpu={task_cpu(task)} psi_flags={task->psi_flags:x} clear={clear:x} set={set:x}");
            psi_bug = 1;
        }

        task->psi_flags &= ~(uint)clear;
        task->psi_flags |= (uint)set;
    }

    /// <summary>A task's state changes, on the CPU it belongs to, under that CPU's queue lock.</summary>
    [KernelSource("kernel/sched/psi.c", "psi_task_change", Parity.Full)]
    public static void psi_task_change(task_struct* task, int clear, int set)
    {
        int cpu = task_cpu(task);

        if (task->pid == 0)
            return;

        psi_flags_change(task, clear, set);

        psi_write_begin(cpu);
        ulong now = cpu_clock(cpu);
        for (psi_group* group = task_psi_group(task); group != null; group = group->parent)
            psi_group_change(group, cpu, (uint)clear, (uint)set, now, true);
        psi_write_end(cpu);
    }

    [KernelSource("kernel/sched/psi.c", "psi_task_switch", Parity.Full)]
    public static void psi_task_switch(task_struct* prev, task_struct* next, bool sleep)
    {
        psi_group* common = null;
        int cpu = task_cpu(prev);

        psi_write_begin(cpu);
        ulong now = cpu_clock(cpu);

        if (next->pid != 0)
        {
            psi_flags_change(next, 0, TSK_ONCPU);
            // Up to the first group that has prev on the CPU as well: from there on nothing changes.
            for (psi_group* group = task_psi_group(next); group != null; group = group->parent)
            {
                psi_group_cpu* groupc = per_cpu_ptr(group->pcpu, cpu);

                if ((groupc->state_mask & PSI_ONCPU) != 0)
                {
                    common = group;
                    break;
                }
                psi_group_change(group, cpu, 0, TSK_ONCPU, now, true);
            }
        }

        if (prev->pid != 0)
        {
            int clear = TSK_ONCPU, set = 0;
            bool wake_clock = true;

            // A sleeper's dequeue was left to this: one walk for both changes.
            if (sleep)
            {
                clear |= TSK_RUNNING;
                if (prev->in_memstall != 0)
                    clear |= TSK_MEMSTALL_RUNNING;
                if (prev->in_iowait != 0)
                    set |= TSK_IOWAIT;

                // The averages' worker going to sleep is no reason to start the averages' clock.
                if ((prev->flags & PF_WQ_WORKER) != 0 && (nint)wq_worker_last_func(prev) == (nint)(delegate*<work_struct*, void>)&psi_avgs_work)
                    wake_clock = false;
            }

            psi_flags_change(prev, clear, set);

            for (psi_group* group = task_psi_group(prev); group != null; group = group->parent)
            {
                if (group == common)
                    break;
                psi_group_change(group, cpu, (uint)clear, (uint)set, now, wake_clock);
            }

            // In the groups they share the CPU stays taken, but the rest may have changed.
            if (((prev->psi_flags ^ next->psi_flags) & ~(uint)TSK_ONCPU) != 0)
            {
                clear &= ~TSK_ONCPU;
                for (psi_group* group = common; group != null; group = group->parent)
                    psi_group_change(group, cpu, (uint)clear, (uint)set, now, wake_clock);
            }
        }
        psi_write_end(cpu);
    }

    /// <summary>The task begins to wait for memory. Sections may nest: <paramref name="flags"/> tells the inner ones.</summary>
    [KernelSource("kernel/sched/psi.c", "psi_memstall_enter", Parity.Full)]
    [ScopeBegin("psi_memstall", "flags")]
    public static void psi_memstall_enter(ulong* flags)
    {
        if (psi_disabled)
            return;

        *flags = current->in_memstall;
        if (*flags != 0)
            return;
        // The flag and the group's state change as one, as far as the scheduler is concerned.
        cpu* rq = this_rq_lock_irq();

        current->in_memstall = 1;
        psi_task_change(current, 0, TSK_MEMSTALL | TSK_MEMSTALL_RUNNING);

        rq_unlock_irq(rq);
    }

    [KernelSource("kernel/sched/psi.c", "psi_memstall_leave", Parity.Full)]
    [ScopeEnd("psi_memstall", "flags")]
    public static void psi_memstall_leave(ulong* flags)
    {
        if (psi_disabled)
            return;

        if (*flags != 0)
            return;
        cpu* rq = this_rq_lock_irq();

        current->in_memstall = 0;
        psi_task_change(current, TSK_MEMSTALL | TSK_MEMSTALL_RUNNING, 0);

        rq_unlock_irq(rq);
    }

    [KernelSource("kernel/sched/psi.c", "psi_cgroup_alloc", Parity.Full)]
    public static int psi_cgroup_alloc(cgroup* cgroup)
    {
        if (!psi_cgroups_enabled)
            return 0;

        cgroup->psi = kzalloc<psi_group>(GFP_KERNEL);
        if (cgroup->psi == null)
            return -ENOMEM;

        cgroup->psi->pcpu = alloc_percpu<psi_group_cpu>();
        if (cgroup->psi->pcpu == null)
        {
            kfree(cgroup->psi);
            return -ENOMEM;
        }
        group_init(cgroup->psi);
        cgroup->psi->parent = cgroup_psi(cgroup_parent(cgroup));
        return 0;
    }

    [KernelSource("kernel/sched/psi.c", "psi_cgroup_free", Parity.Full)]
    public static void psi_cgroup_free(cgroup* cgroup)
    {
        if (!psi_cgroups_enabled)
            return;

        cancel_delayed_work_sync(&cgroup->psi->avgs_work);
        free_percpu(cgroup->psi->pcpu);
        WARN_ONCE(cgroup->psi->rtpoll_states != 0, "psi: trigger leak");
        kfree(cgroup->psi);
    }

    /// <summary>Moves a task to another group, and its state with it.</summary>
    [KernelSource("kernel/sched/psi.c", "cgroup_move_task", Parity.Full)]
    public static void cgroup_move_task(task_struct* task, css_set* to)
    {
        if (!psi_cgroups_enabled)
        {
            rcu_assign_pointer(&task->cgroups, to);
            return;
        }

        cpu* rq = task_rq_lock(task, out IrqFlags flags);

        // Between a wait's end in the scheduler and its switch the flags say what is counted, not what is true:
        // they are what is to be moved.
        uint task_flags = task->psi_flags;

        if (task_flags != 0)
            psi_task_change(task, (int)task_flags, 0);

        // As long as the lock is held the task changes neither its state nor its CPU.
        rcu_assign_pointer(&task->cgroups, to);

        if (task_flags != 0)
            psi_task_change(task, 0, (int)task_flags);

        task_rq_unlock(rq, task, flags);
    }

    [KernelSource("kernel/sched/psi.c", "psi_cgroup_restart", Parity.Full)]
    public static void psi_cgroup_restart(psi_group* group)
    {
        // Tasks are counted while it is off, so that its state is right when it comes on again; the state itself is
        // cleared by the next change.
        if (!group->enabled)
            return;

        foreach (int cpu in for_each_possible_cpu())
        {
            cpu* rq = rq_lock_irq(cpu);

            psi_write_begin(cpu);
            ulong now = cpu_clock(cpu);
            psi_group_change(group, cpu, 0, 0, now, true);
            psi_write_end(cpu);

            rq_unlock_irq(rq);
        }
    }

    [KernelSource("kernel/sched/psi.c", "psi_show", Parity.Full)]
    [Excludes("group->avgs_lock")]
    public static int psi_show(seq_file* m, psi_group* group, int res)
    {
        if (psi_disabled)
            return -EOPNOTSUPP;

        // Up to the moment, not to the last two seconds.
        mutex_lock(&group->avgs_lock);
        ulong now = sched_clock();
        collect_percpu_times(group, PSI_AVGS, null);
        if (now >= group->avg_next_update)
            group->avg_next_update = update_averages(group, now);
        mutex_unlock(&group->avgs_lock);

        ulong* avg = stackalloc ulong[3];

        for (int full = 0; full < 2; full++)
        {
            ulong total = 0;

            avg[0] = avg[1] = avg[2] = 0;

            // For the system as a whole "all wait for a CPU" means nothing.
            if (!(group == psi_system && res == PSI_CPU && full != 0))
            {
                for (int w = 0; w < 3; w++)
                    avg[w] = group->avg[(res * 2 + full) * 3 + w];
                total = div_u64(group->total[PSI_AVGS * (NR_PSI_STATES - 1) + res * 2 + full], (uint)NSEC_PER_USEC);
            }

            seq_printf(m, $"{(full != 0 ? "full"u8 : "some"u8)} avg10={LOAD_INT(avg[0])}.{LOAD_FRAC(avg[0]):D2} avg60={LOAD_INT(avg[1])}.{LOAD_FRAC(avg[1]):D2} avg300={LOAD_INT(avg[2])}.{LOAD_FRAC(avg[2]):D2} total={total}\n");
        }

        return 0;
    }
}
