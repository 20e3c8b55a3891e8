// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>A set of workers for a CPU (or for none) at one priority.</summary>
internal unsafe struct worker_pool
{
    public spinlock_t @lock;
    public int cpu;
    public int id;
    public int nice;
    public list_head worklist;
    public int nr_workers;
    public int nr_idle;
    public list_head idle_list;
    public list_head busy;
    public list_head workers;

    /// <summary>Workers that run and neither sleep nor are exempt: one is enough for a CPU.</summary>
    public int nr_running;
    public bool managing;
    public int next_worker;
}

internal unsafe struct worker
{
    public list_head entry;
    public list_head node;
    public work_struct* current_work;
    public delegate*<work_struct*, void> current_func;
    public pool_workqueue* current_pwq;
    public int current_color;
    public task_struct* task;
    public worker_pool* pool;
    public delegate*<work_struct*, void> last_func; // what it ran last
    public uint flags;
    public int sleeping;
    public int id;
    public list_head scheduled;
    public workqueue_struct* rescue_wq;
}

/// <summary>A work queue on one pool. Its address leaves the low bits free for the flags of a work's data.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal unsafe struct pool_workqueue
{
    public worker_pool* pool;
    public workqueue_struct* wq;
    public int nr_active;
    public list_head inactive_works;
    public fixed int nr_in_flight[kernel_workqueue_c.WORK_NR_COLORS];
    public void* memory;
}

public unsafe struct workqueue_struct
{
    internal list_head list;
    internal uint flags;
    internal int max_active;

    /// <summary>Of unbound queues: works that are active on all pools.</summary>
    internal int work_color;
    internal mutex mutex;
    internal task_struct* flusher;
    internal int nr_drainers;
    internal Rcu<pool_workqueue>** cpu_pwq;
    internal Rcu<pool_workqueue>* dfl_pwq;
    internal fixed byte name[32];
}
