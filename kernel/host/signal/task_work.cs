// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class kernel_task_work_c
{
    public const int TWA_NONE = 0;
    public const int TWA_RESUME = 1;
    public const int TWA_SIGNAL = 2;

    private static readonly callback_head* work_exited = bss<callback_head>();

    [KernelSource("kernel/task_work.c", "task_work_add", Parity.Reduced, "modes that need an NMI are not there")]
    public static int task_work_add(task_struct* task, callback_head* work, int notify)
    {
        callback_head* head = READ_ONCE(&task->task_works);
        do
        {
            if (head == work_exited)
                return -ESRCH;
            work->next = head;
        } while (!try_cmpxchg(&task->task_works, &head, work));
        switch (notify)
        {
            case TWA_RESUME:
                set_notify_resume(task);
                break;
            case TWA_SIGNAL:
                if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL) && !wake_up_state(task, TASK_INTERRUPTIBLE))
                    sched_host.kick(sched_host.cpu_of(task_cpu(task)));
                break;
        }
        return 0;
    }

    [KernelSource("include/linux/resume_user_mode.h", "set_notify_resume", Parity.Full)]
    public static void set_notify_resume(task_struct* task)
    {
        if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_RESUME))
            sched_host.kick(sched_host.cpu_of(task_cpu(task)));
    }

    [KernelSource("include/linux/task_work.h", "task_work_pending", Parity.Full)]
    public static bool task_work_pending(task_struct* task) => READ_ONCE(&task->task_works) != null;

    [KernelSource("kernel/task_work.c", "task_work_run", Parity.Full)]
    public static void task_work_run()
    {
        task_struct* task = current;
        for (; ; )
        {
            callback_head* work = READ_ONCE(&task->task_works);
            callback_head* head;
            do
            {
                head = null;
                if (work == null)
                {
                    if ((task->flags & PF_EXITING) != 0)
                        head = work_exited;
                    else
                        break;
                }
            } while (!try_cmpxchg(&task->task_works, &work, head));
            if (work == null)
                break;
            // Whoever cancels one holds pi_lock while it looks.
            raw_spin_lock_irq(&task->pi_lock);
            raw_spin_unlock_irq(&task->pi_lock);
            do
            {
                callback_head* next = work->next;
                work->func(work);
                work = next;
                cond_resched();
            } while (work != null);
        }
    }

    [KernelSource("include/linux/task_work.h", "exit_task_work", Parity.Full)]
    internal static void exit_task_work(task_struct* task) => task_work_run();
}
