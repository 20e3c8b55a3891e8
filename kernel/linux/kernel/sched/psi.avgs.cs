// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>
/// Pressure stall information: for how much of the time some, or all, of a group's tasks wait for memory, I/O or a
/// CPU. The scheduler counts tasks in each state for each CPU and notes how long a state lasts; an aggregator folds
/// the CPUs, weighted by how long each was not idle, into totals, and every two seconds into averages.
/// </summary>
public static unsafe partial class kernel_sched_psi_c
{
    private static int psi_bug;

    // A static key in C, off until psi_init() says otherwise: nothing is counted before.
    public static bool psi_disabled = true;
    private static bool psi_cgroups_enabled = true;
    private static readonly bool psi_enable = true;

    private const int PSI_FREQ = 2 * HZ + 1; // 2 s and a tick, so that it does not march with others
    private const ulong EXP_10s = 1677;
    private const ulong EXP_60s = 1981;
    private const ulong EXP_300s = 2034;

    private const uint WINDOW_MAX_US = 10000000;
    private const uint UPDATES_PER_WINDOW = 10;

    private static ulong psi_period; // in nanoseconds

    [PerCpu(Remote = true)]
    private static readonly PerCpu<psi_group_cpu>* system_group_pcpu = DEFINE_PER_CPU<psi_group_cpu>();
    public static readonly psi_group* psi_system = bss<psi_group>();

    [PerCpu(Remote = true)]
    private static readonly PerCpu<seqcount_t>* psi_seq = DEFINE_PER_CPU<seqcount_t>();

    [KernelSource("kernel/sched/psi.c", "psi_write_begin", Parity.Full)]
    private static void psi_write_begin(int cpu) => write_seqcount_begin(per_cpu_ptr(psi_seq, cpu));

    [KernelSource("kernel/sched/psi.c", "psi_write_end", Parity.Full)]
    private static void psi_write_end(int cpu) => write_seqcount_end(per_cpu_ptr(psi_seq, cpu));

    [KernelSource("kernel/sched/psi.c", "psi_read_begin", Parity.Full)]
    private static uint psi_read_begin(int cpu) => read_seqcount_begin(per_cpu_ptr(psi_seq, cpu));

    [KernelSource("kernel/sched/psi.c", "psi_read_retry", Parity.Full)]
    private static bool psi_read_retry(int cpu, uint seq) => read_seqcount_retry(per_cpu_ptr(psi_seq, cpu), seq);

    [KernelSource("kernel/sched/psi.c", "group_init", Parity.Full)]
    private static void group_init(psi_group* group)
    {
        group->enabled = true;
        group->avg_last_update = sched_clock();
        group->avg_next_update = group->avg_last_update + psi_period;
        mutex_init(&group->avgs_lock);

        INIT_LIST_HEAD(&group->avg_triggers);
        new Span<uint>(group->avg_nr_triggers, NR_PSI_STATES - 1).Clear();
        INIT_DELAYED_WORK(&group->avgs_work, &psi_avgs_work);

        atomic_set(&group->rtpoll_scheduled, 0);
        mutex_init(&group->rtpoll_trigger_lock);
        INIT_LIST_HEAD(&group->rtpoll_triggers);
        group->rtpoll_min_period = U32_MAX;
        group->rtpoll_next_update = ULLONG_MAX;
        init_waitqueue_head(&group->rtpoll_wait);
        timer_setup(&group->rtpoll_timer, &poll_timer_fn, 0);
        rcu_assign_pointer(&group->rtpoll_task, null);
    }

    [KernelSource("kernel/sched/psi.c", "psi_init", Parity.Full)]
    public static void psi_init()
    {
        psi_disabled = !psi_enable;
        if (!psi_enable)
        {
            psi_cgroups_enabled = false;
            return;
        }

        if (!cgroup_psi_enabled())
            psi_cgroups_enabled = false;

        psi_system->pcpu = system_group_pcpu;
        psi_period = jiffies_to_nsecs(PSI_FREQ);
        group_init(psi_system);
    }

    [KernelSource("kernel/sched/psi.c", "test_states", Parity.Full)]
    private static uint test_states(uint* tasks, uint state_mask)
    {
        uint oncpu = (state_mask & PSI_ONCPU) != 0 ? 1u : 0;

        if (tasks[NR_IOWAIT] != 0)
        {
            state_mask |= 1 << PSI_IO_SOME;
            if (tasks[NR_RUNNING] == 0)
                state_mask |= 1 << PSI_IO_FULL;
        }

        if (tasks[NR_MEMSTALL] != 0)
        {
            state_mask |= 1 << PSI_MEM_SOME;
            if (tasks[NR_RUNNING] == tasks[NR_MEMSTALL_RUNNING])
                state_mask |= 1 << PSI_MEM_FULL;
        }

        if (tasks[NR_RUNNING] > oncpu)
            state_mask |= 1 << PSI_CPU_SOME;

        if (tasks[NR_RUNNING] != 0 && oncpu == 0)
            state_mask |= 1 << PSI_CPU_FULL;

        if (tasks[NR_IOWAIT] != 0 || tasks[NR_MEMSTALL] != 0 || tasks[NR_RUNNING] != 0)
            state_mask |= 1 << PSI_NONIDLE;

        return state_mask;
    }

    [KernelSource("kernel/sched/psi.c", "get_recent_times", Parity.Full)]
    private static void get_recent_times(psi_group* group, int cpu, int aggregator, uint* times, uint* pchanged_states)
    {
        psi_group_cpu* groupc = per_cpu_ptr(group->pcpu, cpu);
        int current_cpu = raw_smp_processor_id();
        uint* tasks = stackalloc uint[NR_PSI_TASK_COUNTS];
        ulong now, state_start;
        uint seq, state_mask;

        *pchanged_states = 0;

        // A consistent picture of the CPU's times and its current state.
        do
        {
            seq = psi_read_begin(cpu);
            now = cpu_clock(cpu);
            memcpy(times, groupc->times, NR_PSI_STATES * sizeof(uint));
            state_mask = groupc->state_mask;
            state_start = groupc->state_start;
            if (cpu == current_cpu)
                memcpy(tasks, groupc->tasks, NR_PSI_TASK_COUNTS * sizeof(uint));
        } while (psi_read_retry(cpu, seq));

        for (int s = 0; s < NR_PSI_STATES; s++)
        {
            // A state that lasts is counted up to now; the scheduler counts it when it ends. The difference of two
            // readings comes out right though the times wrap.
            if ((state_mask & (1 << s)) != 0)
                times[s] += (uint)(now - state_start);

            uint* prev = &groupc->times_prev[aggregator * NR_PSI_STATES + s];
            uint delta = times[s] - *prev;
            *prev = times[s];

            times[s] = delta;
            if (delta != 0)
                *pchanged_states |= 1U << s;
        }

        // The averages' own work is a task that runs: it must not keep itself going for ever.
        if (current_work() == &group->avgs_work.work)
        {
            bool reschedule;

            if (cpu == current_cpu)
                reschedule = tasks[NR_RUNNING] + tasks[NR_IOWAIT] + tasks[NR_MEMSTALL] > 1;
            else
                reschedule = (*pchanged_states & (1 << PSI_NONIDLE)) != 0;

            if (reschedule)
                *pchanged_states |= PSI_STATE_RESCHEDULE;
        }
    }

    [KernelSource("kernel/sched/psi.c", "calc_avgs", Parity.Full)]
    private static void calc_avgs(ulong* avg, int missed_periods, ulong time, ulong period)
    {
        // Periods in which nothing ran: zeroes.
        if (missed_periods != 0)
        {
            avg[0] = calc_load_n(avg[0], EXP_10s, 0, (uint)missed_periods);
            avg[1] = calc_load_n(avg[1], EXP_60s, 0, (uint)missed_periods);
            avg[2] = calc_load_n(avg[2], EXP_300s, 0, (uint)missed_periods);
        }

        // The period that ended.
        ulong pct = div_u64(time * 100, (uint)period);
        pct *= FIXED_1;
        avg[0] = calc_load(avg[0], EXP_10s, pct);
        avg[1] = calc_load(avg[1], EXP_60s, pct);
        avg[2] = calc_load(avg[2], EXP_300s, pct);
    }

    [KernelSource("kernel/sched/psi.c", "collect_percpu_times", Parity.Full)]
    private static void collect_percpu_times(psi_group* group, int aggregator, uint* pchanged_states)
    {
        ulong* deltas = stackalloc ulong[NR_PSI_STATES - 1];
        uint* times = stackalloc uint[NR_PSI_STATES];
        ulong nonidle_total = 0;
        uint changed_states = 0;

        new Span<ulong>(deltas, NR_PSI_STATES - 1).Clear();

        // CPUs count by the time they were not idle: work that leaves a CPU does not thin the pressure on the others.
        foreach (int cpu in for_each_possible_cpu())
        {
            uint cpu_changed_states;

            get_recent_times(group, cpu, aggregator, times, &cpu_changed_states);
            changed_states |= cpu_changed_states;

            uint nonidle = (uint)nsecs_to_jiffies(times[PSI_NONIDLE]);
            nonidle_total += nonidle;

            for (int s = 0; s < PSI_NONIDLE; s++)
                deltas[s] += (ulong)times[s] * nonidle;
        }

        for (int s = 0; s < NR_PSI_STATES - 1; s++)
            group->total[aggregator * (NR_PSI_STATES - 1) + s] += deltas[s] / max(nonidle_total, 1UL);

        if (pchanged_states != null)
            *pchanged_states = changed_states;
    }

    [KernelSource("kernel/sched/psi.c", "window_reset", Parity.Full)]
    private static void window_reset(psi_window* win, ulong now, ulong value, ulong prev_growth)
    {
        win->start_time = now;
        win->start_value = value;
        win->prev_growth = prev_growth;
    }

    /// <summary>The growth in the window that ends now: what it had, and the last one's share of what is missing.</summary>
    [KernelSource("kernel/sched/psi.c", "window_update", Parity.Full)]
    private static ulong window_update(psi_window* win, ulong now, ulong value)
    {
        ulong elapsed = now - win->start_time;
        ulong growth = value - win->start_value;

        if (elapsed > win->size)
        {
            window_reset(win, now, value, growth);
        }
        else
        {
            uint remaining = (uint)(win->size - elapsed);
            growth += div64_u64(win->prev_growth * remaining, win->size);
        }

        return growth;
    }

    [KernelSource("kernel/sched/psi.c", "update_triggers", Parity.Full)]
    private static void update_triggers(psi_group* group, ulong now, int aggregator)
    {
        ulong* total = &group->total[aggregator * (NR_PSI_STATES - 1)];
        list_head* triggers;
        ulong* aggregator_total;

        if (aggregator == PSI_AVGS)
        {
            triggers = &group->avg_triggers;
            aggregator_total = group->avg_total;
        }
        else
        {
            triggers = &group->rtpoll_triggers;
            aggregator_total = group->rtpoll_total;
        }

        for (list_head* p = triggers->next; p != triggers; p = p->next)
        {
            psi_trigger* t = list_entry<psi_trigger>(p, &((psi_trigger*)nowhere)->node);
            bool new_stall = aggregator_total[t->state] != total[t->state];

            // Nothing new, and nothing that waits to be told.
            if (!new_stall && !t->pending_event)
                continue;
            if (new_stall)
            {
                ulong growth = window_update(&t->win, now, total[t->state]);
                if (!t->pending_event)
                {
                    if (growth < t->threshold)
                        continue;

                    t->pending_event = true;
                }
            }
            // At most once a window.
            if (now < t->last_event_time + t->win.size)
                continue;

            if (cmpxchg(&t->@event, 0, 1) == 0)
            {
                if (t->of != null)
                    kernfs_notify(t->of->kn);
                else
                    wake_up_interruptible(&t->event_wait);
            }
            t->last_event_time = now;
            t->pending_event = false;
        }
    }

    [KernelSource("kernel/sched/psi.c", "update_averages", Parity.Full)]
    private static ulong update_averages(psi_group* group, ulong now)
    {
        ulong missed_periods = 0;

        // The clock is only wound while tasks run: whole periods may have passed.
        ulong expires = group->avg_next_update;
        if (now - expires >= psi_period)
            missed_periods = (now - expires) / psi_period;

        // Kept in step with the periods, however late this comes.
        ulong avg_next_update = expires + (1 + missed_periods) * psi_period;
        ulong period = now - (group->avg_last_update + missed_periods * psi_period);
        group->avg_last_update = now;

        for (int s = 0; s < NR_PSI_STATES - 1; s++)
        {
            uint sample = (uint)(group->total[PSI_AVGS * (NR_PSI_STATES - 1) + s] - group->avg_total[s]);

            // The sample may hold more than the period has, if CPUs were read at different times: the rest counts
            // for the next one.
            if (sample > period)
                sample = (uint)period;
            group->avg_total[s] += sample;
            calc_avgs(&group->avg[s * 3], (int)missed_periods, sample, period);
        }

        return avg_next_update;
    }

    [KernelSource("kernel/sched/psi.c", "psi_avgs_work", Parity.Full)]
    [Excludes("psi_group.avgs_lock")]
    private static void psi_avgs_work(work_struct* work)
    {
        delayed_work* dwork = to_delayed_work(work);
        psi_group* group = container_of<psi_group>(dwork, &((psi_group*)nowhere)->avgs_work);
        uint changed_states;

        mutex_lock(&group->avgs_lock);

        ulong now = sched_clock();

        collect_percpu_times(group, PSI_AVGS, &changed_states);
        if (now >= group->avg_next_update)
        {
            update_triggers(group, now, PSI_AVGS);
            group->avg_next_update = update_averages(group, now);
        }

        // While there is activity the clock is wound again; else the next task to run starts it.
        if ((changed_states & PSI_STATE_RESCHEDULE) != 0)
            schedule_delayed_work(dwork, nsecs_to_jiffies(group->avg_next_update - now) + 1);

        mutex_unlock(&group->avgs_lock);
    }

    [KernelSource("kernel/sched/psi.c", "init_rtpoll_triggers", Parity.Full)]
    private static void init_rtpoll_triggers(psi_group* group, ulong now)
    {
        for (list_head* p = group->rtpoll_triggers.next; p != &group->rtpoll_triggers; p = p->next)
        {
            psi_trigger* t = list_entry<psi_trigger>(p, &((psi_trigger*)nowhere)->node);
            window_reset(&t->win, now, group->total[PSI_POLL * (NR_PSI_STATES - 1) + t->state], 0);
        }
        memcpy(group->rtpoll_total, &group->total[PSI_POLL * (NR_PSI_STATES - 1)], (NR_PSI_STATES - 1) * sizeof(ulong));
        group->rtpoll_next_update = now + group->rtpoll_min_period;
    }

    [KernelSource("kernel/sched/psi.c", "psi_schedule_rtpoll_work", Parity.Full)]
    private static void psi_schedule_rtpoll_work(psi_group* group, ulong delay, bool force)
    {
        // The exchange orders this against the clearing of the flag in psi_rtpoll_work().
        if (atomic_xchg(&group->rtpoll_scheduled, 1) != 0 && !force)
            return;

        rcu_read_lock();

        task_struct* task = rcu_dereference(&group->rtpoll_task);
        // The last trigger may go away meanwhile.
        if (task != null)
            mod_timer(&group->rtpoll_timer, jiffies + delay);
        else
            atomic_set(&group->rtpoll_scheduled, 0);

        rcu_read_unlock();
    }

    [KernelSource("kernel/sched/psi.c", "psi_rtpoll_work", Parity.Full)]
    [Excludes("group->rtpoll_trigger_lock")]
    private static void psi_rtpoll_work(psi_group* group)
    {
        bool force_reschedule = false;
        uint changed_states;

        mutex_lock(&group->rtpoll_trigger_lock);

        ulong now = sched_clock();

        if (now > group->rtpoll_until)
        {
            // About to stop: a state that begins from here on finds the flag clear and starts the work anew.
            atomic_set(&group->rtpoll_scheduled, 0);
            // The flag is clear before the states are read.
            smp_mb();
        }
        else
        {
            // The window goes on, and so does the work, whatever the flag says.
            force_reschedule = true;
        }

        collect_percpu_times(group, PSI_POLL, &changed_states);

        if ((changed_states & group->rtpoll_states) != 0)
        {
            // Windows begin with the first stall after a quiet time.
            if (now > group->rtpoll_until)
                init_rtpoll_triggers(group, now);

            // One window more, at least.
            group->rtpoll_until = now + group->rtpoll_min_period * UPDATES_PER_WINDOW;
        }

        if (now > group->rtpoll_until)
        {
            group->rtpoll_next_update = ULLONG_MAX;
            goto @out;
        }

        if (now >= group->rtpoll_next_update)
        {
            if ((changed_states & group->rtpoll_states) != 0)
            {
                update_triggers(group, now, PSI_POLL);
                memcpy(group->rtpoll_total, &group->total[PSI_POLL * (NR_PSI_STATES - 1)], (NR_PSI_STATES - 1) * sizeof(ulong));
            }
            group->rtpoll_next_update = now + group->rtpoll_min_period;
        }

        psi_schedule_rtpoll_work(group, nsecs_to_jiffies(group->rtpoll_next_update - now) + 1, force_reschedule);

    @out:
        mutex_unlock(&group->rtpoll_trigger_lock);
    }

    private static bool rtpoll_wanted(void* data) =>
        atomic_cmpxchg(&((psi_group*)data)->rtpoll_wakeup, 1, 0) != 0 || kthread_should_stop();

    [KernelSource("kernel/sched/psi.c", "psi_rtpoll_worker", Parity.Reduced, "no real-time priority: the scheduler has none")]
    private static int psi_rtpoll_worker(void* data)
    {
        psi_group* group = (psi_group*)data;

        while (true)
        {
            wait_event_interruptible(&group->rtpoll_wait, &rtpoll_wanted, group);
            if (kthread_should_stop())
                break;

            psi_rtpoll_work(group);
        }
        return 0;
    }

    [KernelSource("kernel/sched/psi.c", "poll_timer_fn", Parity.Full)]
    private static void poll_timer_fn(timer_list* t)
    {
        psi_group* group = container_of<psi_group>(t, &((psi_group*)nowhere)->rtpoll_timer);

        atomic_set(&group->rtpoll_wakeup, 1);
        wake_up_interruptible(&group->rtpoll_wait);
    }
}
