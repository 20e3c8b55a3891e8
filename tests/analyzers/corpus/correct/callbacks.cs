// SPDX-License-Identifier: GPL-2.0-only
// Correct: functions that are called later, or by others, in the context that they are called in.
namespace Linux;

public static unsafe partial class callbacks_c
{
    private static void worker(work_struct* work)
    {
        mutex_lock(cgroup_mutex);
        mutex_unlock(cgroup_mutex);
        msleep(1);
    }

    private static void queues_work(work_struct* work)
    {
        INIT_WORK(work, &worker);
        schedule_work(work);
    }

    [SoftIrqContext]
    private static void rcu_callback(rcu_head* head)
    {
        obj_cgroup* objcg = container_of<obj_cgroup>(head, &((obj_cgroup*)nowhere)->rcu);

        kfree(objcg);
    }

    private static void queues_rcu(obj_cgroup* objcg) => call_rcu(&objcg->rcu, &rcu_callback);

    [MustHold("l->@lock")]
    private static long isolate_one(list_lru_one* l, list_head* item)
    {
        list_del_init(item);
        return --l->nr_items;
    }

    private static long walks_with_a_callback(list_lru_one* l, list_head* item, [Callback(Atomic = true, Holds = new[] { "l->@lock" })] delegate*<list_lru_one*, list_head*, long> isolate)
    {
        long left;

        spin_lock(&l->@lock);
        left = isolate(l, item);
        spin_unlock(&l->@lock);
        return left;
    }

    private static long gives_the_callback(list_lru_one* l, list_head* item) => walks_with_a_callback(l, item, &isolate_one);

    [HardIrqContext]
    private static void end_io(folio* folio)
    {
        IrqFlags flags;
        lruvec* lruvec = folio_lruvec_lock_irqsave(folio, out flags);

        lruvec_add_folio_tail(lruvec, folio);
        unlock_page_lruvec_irqrestore(lruvec, flags);
    }

    private static void sleeps_only_in_a_task(mem_cgroup* memcg)
    {
        if (!in_task())
            return;
        css_rstat_flush(&memcg->css);
    }

    private static void waits_for_its_work(work_struct* work)
    {
        cancel_work_sync(work);
        flush_work(work);
    }
}
