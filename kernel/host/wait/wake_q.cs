// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Tasks that are collected under a lock and woken after it: include/linux/sched/wake_q.h.</summary>
public static unsafe class linux_sched_wake_q_h
{
    private static wake_q_node* WAKE_Q_TAIL => (wake_q_node*)0x01;

    [KernelSource("include/linux/sched/wake_q.h", "wake_q_init", Parity.Full)]
    public static void wake_q_init(wake_q_head* head)
    {
        head->first = WAKE_Q_TAIL;
        head->lastp = &head->first;
    }

    [KernelSource("include/linux/sched/wake_q.h", "wake_q_empty", Parity.Full)]
    public static bool wake_q_empty(wake_q_head* head) => head->first == WAKE_Q_TAIL;

    /// <summary>False if the task is in some queue already: then that one wakes it.</summary>
    [KernelSource("kernel/sched/core.c", "__wake_q_add", Parity.Full)]
    [ConsumesRef(Result.True, "task")]
    private static bool __wake_q_add(wake_q_head* head, task_struct* task)
    {
        wake_q_node* node = &task->wake_q;
        // The wakeup must be ordered after what was done before it even if another queue has the task.
        smp_mb__before_atomic();
        if (cmpxchg(&node->next, (wake_q_node*)null, WAKE_Q_TAIL) != null)
            return false;
        *head->lastp = node;
        head->lastp = &node->next;
        return true;
    }

    [KernelSource("kernel/sched/core.c", "wake_q_add", Parity.Full)]
    [GetsRef("task", Kept = true)]
    public static void wake_q_add(wake_q_head* head, task_struct* task)
    {
        if (__wake_q_add(head, task))
            get_task_struct(task);
    }

    /// <summary>The caller's reference goes to the queue.</summary>
    [KernelSource("kernel/sched/core.c", "wake_q_add_safe", Parity.Full)]
    [ConsumesRef("task")]
    public static void wake_q_add_safe(wake_q_head* head, task_struct* task)
    {
        if (!__wake_q_add(head, task))
            put_task_struct(task);
    }

    [KernelSource("kernel/sched/core.c", "wake_up_q", Parity.Full)]
    [PutsRef("task_struct.wake_q")]
    public static void wake_up_q(wake_q_head* head)
    {
        wake_q_node* node = head->first;
        while (node != WAKE_Q_TAIL)
        {
            task_struct* task = container_of<task_struct>(node, &((task_struct*)nowhere)->wake_q);
            node = node->next;
            // From here on the task may be put in a queue again.
            WRITE_ONCE(&task->wake_q.next, (wake_q_node*)null);
            wake_up_process(task);
            put_task_struct(task);
        }
    }
}
