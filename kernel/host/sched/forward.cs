// SPDX-License-Identifier: GPL-2.0-only
// What the scheduler will bring: this file goes when it does.
namespace Linux;

public static unsafe class sched_forward
{
    public const int WF_SYNC = 0x10;
    public const int WF_CURRENT_CPU = 0x40;

    public static void schedule() => BUG();

    public static void schedule_preempt_disabled() => BUG();

    public static void io_schedule() => BUG();

    public static long schedule_timeout(long timeout)
    {
        BUG();
        return 0;
    }

    public static long io_schedule_timeout(long timeout)
    {
        BUG();
        return 0;
    }

    public static bool try_to_wake_up(task_struct* p, uint state, int wake_flags)
    {
        BUG();
        return false;
    }

    public static bool wake_up_process(task_struct* p) => try_to_wake_up(p, TASK_NORMAL, 0);

    public static task_struct* get_task_struct(task_struct* t) => t;

    public static void put_task_struct(task_struct* t)
    {
    }
}
