// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public unsafe struct work_struct
{
    public atomic_long_t data;
    public list_head entry;
    public delegate*<work_struct*, void> func;
}

public unsafe struct delayed_work
{
    public work_struct work;
    public timer_list timer;
    public workqueue_struct* wq;
    public int cpu;
}

public unsafe struct rcu_work
{
    public work_struct work;
    public callback_head rcu;
    public workqueue_struct* wq;
}

public static unsafe partial class linux_workqueue_h
{
    public const uint WQ_BH = 1 << 0;
    public const uint WQ_UNBOUND = 1 << 1;
    public const uint WQ_FREEZABLE = 1 << 2;
    public const uint WQ_MEM_RECLAIM = 1 << 3;
    public const uint WQ_HIGHPRI = 1 << 4;
    public const uint WQ_CPU_INTENSIVE = 1 << 5;
    public const uint WQ_SYSFS = 1 << 6;
    public const uint WQ_POWER_EFFICIENT = 1 << 7;
    public const uint WQ_PERCPU = 1 << 8;
    public const uint __WQ_DESTROYING = 1 << 15;
    public const uint __WQ_DRAINING = 1 << 16;
    public const uint __WQ_ORDERED = 1 << 17;
    public const uint __WQ_LEGACY = 1 << 18;
    public const int WQ_MAX_ACTIVE = 2048;
    public const int WQ_DFL_ACTIVE = WQ_MAX_ACTIVE / 2;

    public const int WORK_CPU_UNBOUND = CONFIG_NR_CPUS;

    public const int WORK_STRUCT_PENDING_BIT = 0;
    public const long WORK_STRUCT_PENDING = 1 << WORK_STRUCT_PENDING_BIT;

    [KernelSource("include/linux/workqueue.h", "INIT_WORK", Parity.Full)]
    public static void INIT_WORK(work_struct* work, delegate*<work_struct*, void> func)
    {
        work->data.counter = 0;
        work->entry.next = &work->entry;
        work->entry.prev = &work->entry;
        work->func = func;
    }

    [KernelSource("include/linux/workqueue.h", "to_delayed_work", Parity.Full)]
    public static delayed_work* to_delayed_work(work_struct* work) => container_of<delayed_work>(work, &((delayed_work*)nowhere)->work);

    [KernelSource("include/linux/workqueue.h", "work_pending", Parity.Full)]
    public static bool work_pending(work_struct* work) => (atomic_long_read(&work->data) & WORK_STRUCT_PENDING) != 0;

    [KernelSource("include/linux/workqueue.h", "delayed_work_pending", Parity.Full)]
    public static bool delayed_work_pending(delayed_work* w) => work_pending(&w->work);
}
