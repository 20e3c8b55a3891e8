// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

public static unsafe class linux_timer_h
{
    public const uint TIMER_CPUMASK = 0x0003FFFF;
    public const uint TIMER_MIGRATING = 0x00040000;
    public const uint TIMER_BASEMASK = TIMER_CPUMASK | TIMER_MIGRATING;
    public const uint TIMER_DEFERRABLE = 0x00080000;
    public const uint TIMER_PINNED = 0x00100000;
    public const uint TIMER_IRQSAFE = 0x00200000;
    public const uint TIMER_INIT_FLAGS = TIMER_DEFERRABLE | TIMER_PINNED | TIMER_IRQSAFE;
    public const int TIMER_ARRAYSHIFT = 22;
    public const uint TIMER_ARRAYMASK = 0xFFC00000;

    [KernelSource("include/linux/timer.h", "timer_setup", Parity.Full)]
    public static void timer_setup(timer_list* timer, delegate*<timer_list*, void> callback, uint flags)
    {
        timer->entry.pprev = null;
        timer->entry.next = null;
        timer->function = callback;
        // Before the first CPU is there, on that one.
        timer->flags = flags | (__this_cpu == null ? 0 : (uint)raw_smp_processor_id());
    }

    [KernelSource("include/linux/timer.h", "timer_setup_on_stack", Parity.Full)]
    public static void timer_setup_on_stack(timer_list* timer, delegate*<timer_list*, void> callback, uint flags) => timer_setup(timer, callback, flags);

    [KernelSource("include/linux/timer.h", "timer_pending", Parity.Full)]
    public static bool timer_pending(timer_list* timer) => READ_ONCE((nint*)&timer->entry.pprev) != 0;

    [KernelSource("kernel/time/timer.c", "mod_timer", Parity.Full)]
    public static int mod_timer(timer_list* timer, ulong expires) => kernel_time_timer_c.__mod_timer(timer, expires, 0);

    [KernelSource("kernel/time/timer.c", "mod_timer_pending", Parity.Full)]
    public static int mod_timer_pending(timer_list* timer, ulong expires) => kernel_time_timer_c.__mod_timer(timer, expires, 1);

    [KernelSource("kernel/time/timer.c", "timer_reduce", Parity.Full)]
    public static int timer_reduce(timer_list* timer, ulong expires) => kernel_time_timer_c.__mod_timer(timer, expires, 2);

    [KernelSource("kernel/time/timer.c", "add_timer", Parity.Full)]
    public static void add_timer(timer_list* timer)
    {
        if (WARN_ON_ONCE(timer_pending(timer)))
            return;
        kernel_time_timer_c.__mod_timer(timer, timer->expires, 4);
    }


    [KernelSource("kernel/time/timer.c", "timer_delete", Parity.Full)]
    public static int timer_delete(timer_list* timer) => kernel_time_timer_c.__timer_delete(timer, false);

    [KernelSource("kernel/time/timer.c", "timer_delete_sync", Parity.Full)]
    public static int timer_delete_sync(timer_list* timer) => kernel_time_timer_c.__timer_delete_sync(timer, false);

    [KernelSource("kernel/time/timer.c", "timer_shutdown_sync", Parity.Full)]
    public static int timer_shutdown_sync(timer_list* timer) => kernel_time_timer_c.__timer_delete_sync(timer, true);

    [KernelSource("kernel/time/timer.c", "round_jiffies_common", Parity.Full)]
    private static ulong round_jiffies_common(ulong j, int cpu, bool force_up)
    {
        ulong original = j;
        // CPUs are put three jiffies apart, so that they do not all wake at once.
        j += (ulong)cpu * 3;
        ulong rem = j % HZ;
        if (rem < HZ / 4 && !force_up)
            j -= rem;
        else
            j = j - rem + HZ;
        j -= (ulong)cpu * 3;
        return time_is_after_jiffies(j) ? j : original;
    }

    [KernelSource("kernel/time/timer.c", "round_jiffies", Parity.Full)]
    public static ulong round_jiffies(ulong j) => round_jiffies_common(j, raw_smp_processor_id(), false);

    [KernelSource("kernel/time/timer.c", "round_jiffies_relative", Parity.Full)]
    public static ulong round_jiffies_relative(ulong j)
    {
        ulong j0 = jiffies;
        return round_jiffies_common(j + j0, raw_smp_processor_id(), false) - j0;
    }

    [KernelSource("kernel/time/timer.c", "round_jiffies_up_relative", Parity.Full)]
    public static ulong round_jiffies_up_relative(ulong j)
    {
        ulong j0 = jiffies;
        return round_jiffies_common(j + j0, raw_smp_processor_id(), true) - j0;
    }

    private struct process_timer
    {
        public timer_list timer;
        public task_struct* task;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "process_timeout", Parity.Full)]
    private static void process_timeout(timer_list* t) => wake_up_process(container_of<process_timer>(t, &((process_timer*)nowhere)->timer)->task);

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout(long timeout)
    {
        if (timeout == MAX_SCHEDULE_TIMEOUT)
        {
            schedule();
            return timeout;
        }
        if (timeout < 0)
        {
            pr_err($"schedule_timeout: wrong timeout value {timeout:x}");
            __set_current_state(TASK_RUNNING);
            return 0;
        }
        process_timer timer;
        ulong expire = (ulong)timeout + jiffies;
        timer.task = current;
        timer_setup_on_stack(&timer.timer, &process_timeout, 0);
        timer.timer.expires = expire;
        add_timer(&timer.timer);
        schedule();
        timer_delete_sync(&timer.timer);
        timeout = (long)(expire - jiffies);
        return timeout < 0 ? 0 : timeout;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_interruptible", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_interruptible(long timeout)
    {
        __set_current_state(TASK_INTERRUPTIBLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_killable", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_killable(long timeout)
    {
        __set_current_state(TASK_KILLABLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_uninterruptible", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_uninterruptible(long timeout)
    {
        __set_current_state(TASK_UNINTERRUPTIBLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_timeout_idle", Parity.Full)]
    [MightSleep]
    public static long schedule_timeout_idle(long timeout)
    {
        __set_current_state(TASK_IDLE);
        return schedule_timeout(timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "msleep", Parity.Full)]
    [MightSleep]
    public static void msleep(uint msecs)
    {
        ulong timeout = msecs_to_jiffies(msecs);
        while (timeout != 0)
            timeout = (ulong)schedule_timeout_uninterruptible((long)timeout);
    }

    [KernelSource("kernel/time/sleep_timeout.c", "msleep_interruptible", Parity.Full)]
    public static ulong msleep_interruptible(uint msecs)
    {
        ulong timeout = msecs_to_jiffies(msecs);
        while (timeout != 0 && !linux_sched_signal_h.signal_pending(current))
            timeout = (ulong)schedule_timeout_interruptible((long)timeout);
        return jiffies_to_msecs(timeout);
    }

    private struct hrtimer_sleeper
    {
        public hrtimer timer;
        public task_struct* task;
    }

    private static int hrtimer_wakeup(hrtimer* timer)
    {
        hrtimer_sleeper* t = container_of<hrtimer_sleeper>(timer, &((hrtimer_sleeper*)nowhere)->timer);
        task_struct* task = t->task;
        WRITE_ONCE(&t->task, null);
        if (task != null)
            wake_up_process(task);
        return linux_hrtimer_h.HRTIMER_NORESTART;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "schedule_hrtimeout_range", Parity.Reduced, "no slack: it expires when it is due")]
    [MightSleep]
    public static int schedule_hrtimeout_range(ktime_t* expires, ulong delta, int mode)
    {
        if (expires != null && *expires == 0)
        {
            __set_current_state(TASK_RUNNING);
            return 0;
        }
        if (expires == null)
        {
            schedule();
            return -EINTR;
        }
        hrtimer_sleeper t;
        linux_hrtimer_h.hrtimer_setup(&t.timer, &hrtimer_wakeup, linux_hrtimer_h.CLOCK_MONOTONIC, mode);
        t.task = current;
        linux_hrtimer_h.hrtimer_start(&t.timer, *expires, mode);
        if (READ_ONCE(&t.task) != null)
            schedule();
        linux_hrtimer_h.hrtimer_cancel(&t.timer);
        __set_current_state(TASK_RUNNING);
        return t.task == null ? 0 : -EINTR;
    }

    [KernelSource("kernel/time/sleep_timeout.c", "usleep_range_state", Parity.Full)]
    [MightSleep]
    public static void usleep_range_state(ulong min, ulong max, uint state)
    {
        ktime_t exp = (ktime_t)sched_host.now() + (ktime_t)min * NSEC_PER_USEC;
        for (; ; )
        {
            __set_current_state(state);
            if (schedule_hrtimeout_range(&exp, (max - min) * NSEC_PER_USEC, linux_hrtimer_h.HRTIMER_MODE_ABS) == 0)
                break;
        }
    }

    [KernelSource("include/linux/delay.h", "usleep_range", Parity.Full)]
    [MightSleep]
    public static void usleep_range(ulong min, ulong max) => usleep_range_state(min, max, TASK_UNINTERRUPTIBLE);

    [KernelSource("include/asm-generic/delay.h", "udelay", Parity.Full)]
    public static void udelay(ulong usecs)
    {
        ulong end = sched_host.now() + usecs * NSEC_PER_USEC;
        if (sched_host.deterministic)
            linux_ktime_h.spend_ns(usecs * NSEC_PER_USEC);
        while (sched_host.now() < end)
            linux_smp_h.cpu_relax();
    }
}
