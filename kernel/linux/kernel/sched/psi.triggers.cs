// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

public static unsafe partial class kernel_sched_psi_c
{
    // "some 150000 1000000": the kind, the stall and the window, in microseconds.
    private static bool parse_trigger(byte* buf, out bool full, out uint threshold_us, out uint window_us)
    {
        full = false;
        threshold_us = window_us = 0;

        ReadOnlySpan<byte> s = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buf);
        if (s.StartsWith("full"u8))
            full = true;
        else if (!s.StartsWith("some"u8))
            return false;
        s = s[4..];
        return number(ref s, out threshold_us) && number(ref s, out window_us);
    }

    private static bool number(ref ReadOnlySpan<byte> s, out uint value)
    {
        s = s.TrimStart(" \t\n"u8);
        if (!System.Buffers.Text.Utf8Parser.TryParse(s, out value, out int used) || used == 0)
            return false;
        s = s[used..];
        return true;
    }

    [KernelSource("kernel/sched/psi.c", "psi_trigger_create", Parity.Reduced,
        "capable() for file_ns_capable(): everybody has every capability, so each trigger polls")]
    [Excludes("group->avgs_lock", "group->rtpoll_trigger_lock")]
    public static psi_trigger* psi_trigger_create(psi_group* group, byte* buf, int res, file* file, kernfs_open_file* of)
    {
        if (psi_disabled)
            return ERR_PTR<psi_trigger>(-EOPNOTSUPP);

        bool privileged = capable(CAP_SYS_RESOURCE);

        if (!parse_trigger(buf, out bool full, out uint threshold_us, out uint window_us))
            return ERR_PTR<psi_trigger>(-EINVAL);

        int state = (full ? PSI_IO_FULL : PSI_IO_SOME) + res * 2;
        if (state >= PSI_NONIDLE)
            return ERR_PTR<psi_trigger>(-EINVAL);

        if (window_us == 0 || window_us > WINDOW_MAX_US)
            return ERR_PTR<psi_trigger>(-EINVAL);

        // The averages are worked out every 2 s: windows of that need no thread of their own.
        if (!privileged && window_us % 2000000 != 0)
            return ERR_PTR<psi_trigger>(-EINVAL);

        if (threshold_us == 0 || threshold_us > window_us)
            return ERR_PTR<psi_trigger>(-EINVAL);

        psi_trigger* t = kmalloc<psi_trigger>(GFP_KERNEL);
        if (t == null)
            return ERR_PTR<psi_trigger>(-ENOMEM);

        t->group = group;
        t->state = state;
        t->threshold = threshold_us * (ulong)NSEC_PER_USEC;
        t->win.size = window_us * (ulong)NSEC_PER_USEC;
        window_reset(&t->win, sched_clock(), group->total[PSI_POLL * (NR_PSI_STATES - 1) + t->state], 0);

        t->@event = 0;
        t->last_event_time = 0;
        t->of = of;
        if (of == null)
            init_waitqueue_head(&t->event_wait);
        t->pending_event = false;
        t->aggregator = privileged ? PSI_POLL : PSI_AVGS;

        if (privileged)
        {
            mutex_lock(&group->rtpoll_trigger_lock);

            if (rcu_access_pointer(&group->rtpoll_task) == null)
            {
                task_struct* task = kthread_create(&psi_rtpoll_worker, group, "psimon");
                if (IS_ERR(task))
                {
                    kfree(t);
                    mutex_unlock(&group->rtpoll_trigger_lock);
                    return (psi_trigger*)task;
                }
                atomic_set(&group->rtpoll_wakeup, 0);
                wake_up_process(task);
                rcu_assign_pointer(&group->rtpoll_task, task);
            }

            list_add(&t->node, &group->rtpoll_triggers);
            group->rtpoll_min_period = min(group->rtpoll_min_period, div_u64(t->win.size, UPDATES_PER_WINDOW));
            group->rtpoll_nr_triggers[t->state]++;
            group->rtpoll_states |= 1U << t->state;

            mutex_unlock(&group->rtpoll_trigger_lock);
        }
        else
        {
            mutex_lock(&group->avgs_lock);

            list_add(&t->node, &group->avg_triggers);
            group->avg_nr_triggers[t->state]++;

            mutex_unlock(&group->avgs_lock);
        }
        return t;
    }

    [KernelSource("kernel/sched/psi.c", "psi_trigger_destroy", Parity.Full)]
    [Excludes("t->group->avgs_lock", "t->group->rtpoll_trigger_lock")]
    public static void psi_trigger_destroy(psi_trigger* t)
    {
        task_struct* task_to_destroy = null;

        // There may never have been one.
        if (t == null)
            return;

        psi_group* group = t->group;
        // Whoever waits is told that it is over.
        if (t->of != null)
            kernfs_notify(t->of->kn);
        else
            wake_up_interruptible(&t->event_wait);

        if (t->aggregator == PSI_AVGS)
        {
            mutex_lock(&group->avgs_lock);
            if (!list_empty(&t->node))
            {
                list_del(&t->node);
                group->avg_nr_triggers[t->state]--;
            }
            mutex_unlock(&group->avgs_lock);
        }
        else
        {
            mutex_lock(&group->rtpoll_trigger_lock);
            if (!list_empty(&t->node))
            {
                ulong period = ULLONG_MAX;

                list_del(&t->node);
                group->rtpoll_nr_triggers[t->state]--;
                if (group->rtpoll_nr_triggers[t->state] == 0)
                    group->rtpoll_states &= ~(1U << t->state);
                // If this one had the shortest window, the next shortest rules.
                if (group->rtpoll_min_period == div_u64(t->win.size, UPDATES_PER_WINDOW))
                {
                    for (list_head* p = group->rtpoll_triggers.next; p != &group->rtpoll_triggers; p = p->next)
                        period = min(period, div_u64(list_entry<psi_trigger>(p, &((psi_trigger*)nowhere)->node)->win.size, UPDATES_PER_WINDOW));
                    group->rtpoll_min_period = period;
                }
                // The last one takes the worker along.
                if (group->rtpoll_states == 0)
                {
                    group->rtpoll_until = 0;
                    task_to_destroy = rcu_dereference_protected(&group->rtpoll_task, lockdep_is_held(&group->rtpoll_trigger_lock));
                    rcu_assign_pointer(&group->rtpoll_task, null);
                    timer_delete(&group->rtpoll_timer);
                }
            }
            mutex_unlock(&group->rtpoll_trigger_lock);
        }

        // psi_schedule_rtpoll_work() may still have the task, and a reader the trigger.
        synchronize_rcu();
        // Outside the lock: the worker takes it.
        if (task_to_destroy != null)
        {
            kthread_stop(task_to_destroy);
            atomic_set(&group->rtpoll_scheduled, 0);
        }
        kfree(t);
    }

    [KernelSource("kernel/sched/psi.c", "psi_trigger_poll", Parity.Reduced, "asks only: who waits does so on the open file's or the trigger's queue")]
    public static uint psi_trigger_poll(void** trigger_ptr, file* file, poll_table_struct* wait)
    {
        uint ret = DEFAULT_POLLMASK;

        if (psi_disabled)
            return DEFAULT_POLLMASK | EPOLLERR | EPOLLPRI;

        psi_trigger* t = (psi_trigger*)smp_load_acquire((nint*)trigger_ptr);
        if (t == null)
            return DEFAULT_POLLMASK | EPOLLERR | EPOLLPRI;

        if (t->of != null)
            kernfs_generic_poll(t->of, wait);

        if (cmpxchg(&t->@event, 1, 0) == 1)
            ret |= EPOLLPRI;

        return ret;
    }
}
