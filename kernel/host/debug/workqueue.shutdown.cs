// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// What a machine's frames are compared without: the stacks and descriptors of workers, who come and go.
public static unsafe partial class kernel_workqueue_c
{
    /// <summary>Lets go of idle workers, but for so many in each pool.</summary>
    internal static void shed_idle_workers(int keep)
    {
        for (int i = 0; i < NR_POOLS; i++)
        {
            worker_pool* pool = worker_pools + i;
            for (; ; )
            {
                spin_lock_irq(&pool->@lock);
                if (pool->nr_workers <= keep || pool->nr_idle <= keep)
                {
                    spin_unlock_irq(&pool->@lock);
                    break;
                }
                // The youngest goes.
                worker* w = null;
                for (list_head* l = pool->idle_list.next; l != &pool->idle_list; l = l->next)
                {
                    worker* x = container_of<worker>(l, &((worker*)nowhere)->entry);
                    if (w == null || x->id > w->id)
                        w = x;
                }
                set_worker_dying(w);
                // It may have been woken for a work that it will not take.
                kick_pool(pool);
                task_struct* task = get_task_struct(w->task);
                spin_unlock_irq(&pool->@lock);
                kernel_kthread_c.kthread_stop(task);
                put_task_struct(task);
                host_slab.free(w);
            }
        }
    }

    [KernelSource("kernel/workqueue.c", "set_worker_dying", Parity.Reduced, "no list to reap: who asks waits for the end")]
    private static void set_worker_dying(worker* w)
    {
        worker_pool* pool = w->pool;
        pool->nr_workers--;
        pool->nr_idle--;
        w->flags |= WORKER_DIE;
        list_del_init(&w->entry);
        list_del_init(&w->node);
    }
}
