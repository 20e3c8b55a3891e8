// SPDX-License-Identifier: GPL-2.0-only
// Correct: pointers that readers borrow inside a section, and take out of it with a reference.
namespace Linux;

public static unsafe partial class rcu_c
{
    private static ulong reads_inside(mem_cgroup* memcg)
    {
        mem_cgroup_threshold_ary* t;
        ulong first = 0;

        rcu_read_lock();
        t = rcu_dereference(&memcg->thresholds);
        if (t != null)
            first = t->first;
        rcu_read_unlock();
        return first;
    }

    [ReturnsOwned]
    private static obj_cgroup* takes_a_reference_out(mem_cgroup* memcg)
    {
        obj_cgroup* objcg;

        rcu_read_lock();
        objcg = rcu_dereference(&memcg->objcg);
        if (objcg != null && !obj_cgroup_tryget(objcg))
            objcg = null;
        rcu_read_unlock();
        return objcg;
    }

    [ReturnsOwned]
    private static mem_cgroup* retries_until_it_has_one(obj_cgroup* objcg)
    {
        mem_cgroup* memcg;

        rcu_read_lock();
        do
        {
            memcg = obj_cgroup_memcg(objcg);
        } while (!css_tryget(&memcg->css));
        rcu_read_unlock();
        return memcg;
    }

    private static int looks_at_the_pointer_only(mem_cgroup* memcg) => rcu_access_pointer(&memcg->objcg) != null ? 1 : 0;

    private static bool asks_whether_there_is_one(mem_cgroup* memcg) => memcg->thresholds == null || memcg->objcg != null;

    private static void another_reason_keeps_it(task_struct* task)
    {
        spin_lock(&unrcu_pointer(task->sighand)->siglock);
        unrcu_pointer(task->sighand)->pending++;
        spin_unlock(&unrcu_pointer(task->sighand)->siglock);
    }

    // Only who holds its lock takes it off the task.
    [TryAcquires(Result.NonNull, "task->sighand->siglock")]
    private static sighand_struct* its_lock_keeps_it(task_struct* task)
    {
        sighand_struct* sighand;

        rcu_read_lock();
        for (;;)
        {
            sighand = rcu_dereference(&task->sighand);
            if (sighand == null)
                break;
            spin_lock(&sighand->siglock);
            if (sighand == rcu_access_pointer(&task->sighand))
                break;
            spin_unlock(&sighand->siglock);
        }
        rcu_read_unlock();
        return sighand;
    }

    private static void publishes(mem_cgroup* memcg, mem_cgroup_threshold_ary* t)
    {
        t->first = 4;
        rcu_assign_pointer(&memcg->thresholds, t);
    }

    private static void replaces_and_waits(mem_cgroup* memcg, mem_cgroup_threshold_ary* t)
    {
        mem_cgroup_threshold_ary* old;

        mutex_lock(cgroup_mutex);
        old = rcu_dereference_protected(&memcg->thresholds, true);
        rcu_assign_pointer(&memcg->thresholds, t);
        mutex_unlock(cgroup_mutex);
        synchronize_rcu();
        kfree(old);
    }

    private static void frees_later(obj_cgroup* objcg)
    {
        kfree_rcu(objcg, &objcg->rcu);
    }

    private static void follows_under_the_updaters_lock(obj_cgroup* objcg)
    {
        IrqFlags flags;
        mem_cgroup* memcg;

        spin_lock_irqsave(objcg_lock, out flags);
        memcg = rcu_dereference_protected(&objcg->memcg, true);
        list_move(&objcg->list, &memcg->objcg_list);
        spin_unlock_irqrestore(objcg_lock, flags);
    }

    private static int id_of_task_s_group(task_struct* task)
    {
        mem_cgroup* memcg;
        int id;

        rcu_read_lock();
        memcg = mem_cgroup_from_task(task);
        id = memcg != null ? memcg->id.id : 0;
        rcu_read_unlock();
        return id;
    }

    private static void nested_sections(mem_cgroup* memcg)
    {
        rcu_read_lock();
        rcu_read_lock();
        if (rcu_dereference(&memcg->thresholds) != null)
            cpu_relax();
        rcu_read_unlock();
        rcu_read_unlock();
    }

    private static bool drops_to_sleep_and_looks_again(mem_cgroup* memcg)
    {
        bool found;

        rcu_read_lock();
        found = rcu_dereference(&memcg->objcg) != null;
        rcu_read_unlock();
        if (!found)
            cond_resched();
        rcu_read_lock();
        found = rcu_dereference(&memcg->objcg) != null;
        rcu_read_unlock();
        return found;
    }

    [RcuReadSection]
    private static ulong called_inside(mem_cgroup* memcg)
    {
        mem_cgroup_threshold_ary* t = rcu_dereference(&memcg->thresholds);

        return t == null ? 0 : t->first;
    }

    private static ulong calls_inside(mem_cgroup* memcg)
    {
        ulong first;

        rcu_read_lock();
        first = called_inside(memcg);
        rcu_read_unlock();
        return first;
    }

    private static int early_return_with_unlock(int id)
    {
        mem_cgroup* memcg;

        rcu_read_lock();
        memcg = mem_cgroup_from_id(id);
        if (memcg == null)
        {
            rcu_read_unlock();
            return -ENOENT;
        }
        if (!css_tryget_online(&memcg->css))
        {
            rcu_read_unlock();
            return -EBUSY;
        }
        rcu_read_unlock();
        mem_cgroup_put(memcg);
        return 0;
    }

    private static void atomic_allocation_inside(mem_cgroup* memcg)
    {
        void* p;

        rcu_read_lock();
        p = kmalloc(16, GFP_ATOMIC);
        rcu_read_unlock();
        kfree(p);
    }

    private static void spinlock_inside(mem_cgroup* memcg)
    {
        rcu_read_lock();
        spin_lock(&memcg->peaks_lock);
        INIT_LIST_HEAD(&memcg->memory_peaks);
        spin_unlock(&memcg->peaks_lock);
        rcu_read_unlock();
    }

    private static void initializes_what_nobody_sees(mem_cgroup* memcg)
    {
        RCU_INIT_POINTER(&memcg->objcg, null);
        RCU_INIT_POINTER(&memcg->thresholds, null);
    }
}
