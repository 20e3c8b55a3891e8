// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>A place for one task to wait in: include/linux/rcuwait.h.</summary>
public static unsafe class linux_rcuwait_h
{
    [KernelSource("include/linux/rcuwait.h", "rcuwait_init", Parity.Full)]
    public static void rcuwait_init(rcuwait* w) => w->task = null;

    [KernelSource("include/linux/rcuwait.h", "rcuwait_active", Parity.Full)]
    public static bool rcuwait_active(rcuwait* w) => rcu_access_pointer(&w->task) != null;

    [KernelSource("kernel/exit.c", "rcuwait_wake_up", Parity.Full)]
    public static int rcuwait_wake_up(rcuwait* w)
    {
        int ret = 0;
        rcu_read_lock();
        // The condition was set before: pairs with the barrier of set_current_state in the waiter.
        smp_mb();
        task_struct* task = rcu_dereference(&w->task);
        if (task != null)
            ret = wake_up_process(task) ? 1 : 0;
        rcu_read_unlock();
        return ret;
    }

    [KernelSource("include/linux/rcuwait.h", "prepare_to_rcuwait", Parity.Full)]
    public static void prepare_to_rcuwait(rcuwait* w) => rcu_assign_pointer(&w->task, current);

    [KernelSource("kernel/rcu/update.c", "finish_rcuwait", Parity.Full)]
    public static void finish_rcuwait(rcuwait* w)
    {
        rcu_assign_pointer(&w->task, null);
        __set_current_state(TASK_RUNNING);
    }

    [KernelSource("include/linux/rcuwait.h", "rcuwait_wait_event", Parity.Full)]
    public static int rcuwait_wait_event(rcuwait* w, delegate*<void*, bool> condition, void* arg, uint state)
    {
        int ret = 0;
        prepare_to_rcuwait(w);
        for (;;)
        {
            set_current_state(state);
            if (condition(arg))
                break;
            if (signal_pending_state(state, current))
            {
                ret = -EINTR;
                break;
            }

            schedule();
        }

        finish_rcuwait(w);
        return ret;
    }
}
