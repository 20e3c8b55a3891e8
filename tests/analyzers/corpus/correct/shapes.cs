// SPDX-License-Identifier: GPL-2.0-only
// Correct: shapes of the port that were reported once.
namespace Linux;

public static unsafe partial class shapes_c
{
    private static void error_pointer(int id)
    {
        list_lru_one* l = lock_some_list_lru(id);

        if (IS_ERR(l))
            return;
        l->nr_items++;
        spin_unlock(&l->@lock);
    }

    [AcquiresReturn("lock"), PreemptAdjust(1)]
    private static list_lru_one* returns_an_error(list_lru_one* l)
    {
        if (l == null)
            return (list_lru_one*)ERR_PTR(-12);
        spin_lock(&l->@lock);
        return l;
    }

    [MustHold("l->lock")]
    private static void another_or_the_same(list_lru_one* l, int id)
    {
        spin_unlock(&l->@lock);

        list_lru_one* other = lock_some_list_lru(id);

        other->nr_items++;
        if (unlikely(other != l))
        {
            spin_unlock(&other->@lock);
            spin_lock(&l->@lock);
        }
    }

    private static void unlocked_if_it_succeeds(list_lru_one* l, bool unlock)
    {
        spin_lock(&l->@lock);

        int ret = drain_list_lru(l, unlock);

        if (ret != 0 || !unlock)
            spin_unlock(&l->@lock);
    }

    private static void locked_by_an_argument(list_lru_one* l, bool irq)
    {
        lock_list_lru_if(l, irq);
        unlock_list_lru_if(l, irq);
    }

    private static void walk_that_keeps_its_lru(map_walk* walk)
    {
        if (walk->lru != null)
            spin_lock(&walk->lru->@lock);
        cpu_relax();
        if (walk->lru != null)
            spin_unlock(&walk->lru->@lock);
    }

    private static void flag_of_a_walk(map_walk* walk, list_lru_one* l)
    {
        if ((walk->flags & 4) != 0)
            spin_lock(&l->@lock);
        cpu_relax();
        if ((walk->flags & 4) != 0)
            spin_unlock(&l->@lock);
    }

    private static void result_kept_in_memory(map_walk* walk, int id)
    {
        walk->items = map_items(id, &walk->ptl);
        if (walk->items == null)
            goto unlock;
        cpu_relax();

    unlock:
        if (walk->items != null)
            spin_unlock(walk->ptl);
    }

    private static void pointer_that_moves_on(int id)
    {
        spinlock_t* ptl = null;
        long* item = null;

        for (int i = 0; i < 8; i++)
        {
            if (item == null)
            {
                item = map_items(id, &ptl);
                if (item == null)
                    break;
            }
            else
                item++;
            cpu_relax();
        }

        if (item != null)
            spin_unlock(ptl);
    }

    private static void one_after_the_other(list_lru* lru, int* ids, int nr)
    {
        list_lru_one* locked = null;
        int last = -1;

        for (int i = 0; i < nr; i++)
        {
            if (ids[i] != last)
            {
                if (locked != null)
                {
                    spin_unlock(&locked->@lock);
                    locked = null;
                    last = -1;
                }

                locked = trylock(lru->node);
                if (locked == null)
                {
                    cpu_relax();
                    continue;
                }
                last = ids[i];
            }

            cpu_relax();
        }

        if (locked != null)
            spin_unlock(&locked->@lock);
    }

    [TryAcquires(Result.NonNull, "return->lock"), PreemptAdjust(1)]
    private static list_lru_one* trylock(list_lru_one* l)
    {
        if (spin_trylock(&l->@lock))
            return l;
        return null;
    }

    [MustHold("l->lock"), MightSleep]
    private static void sleeps_without_it(list_lru_one* l)
    {
        spin_unlock(&l->@lock);
        mutex_lock(cgroup_mutex);
        mutex_unlock(cgroup_mutex);
        spin_lock(&l->@lock);
    }

    private static void drops_what_the_callee_drops(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        sleeps_without_it(l);
        wait_for_list_lru(l);
        spin_unlock(&l->@lock);
    }

    private static void looks_where_it_is(rcu_head* head) => vfree(head);

    private static void freed_later(rcu_head* head) => call_rcu(head, &looks_where_it_is);

    private static int picks_one_under_a_lock(list_lru_one* l, int which)
    {
        spin_lock(&l->@lock);

        int id = which switch
        {
            0 => 1,
            1 => 2,
            _ => 3,
        };

        spin_unlock(&l->@lock);
        return id;
    }

    [MustHold("l->lock"), Releases("walk->lru->lock"), PreemptAdjust(-1)]
    private static void two_of_them_on_entry(list_lru_one* l, map_walk* walk)
    {
        spin_unlock(&walk->lru->@lock);
        needs_preemption_off();
    }

    [RequiresPreemptOff]
    private static void needs_preemption_off() => cpu_relax();

    private static void atomic_allocation_inside(list_lru_one* l, mem_cgroup* memcg)
    {
        spin_lock(&l->@lock);
        allocates(memcg, GFP_ATOMIC);
        spin_unlock(&l->@lock);
    }

    private static void* allocates(mem_cgroup* memcg, gfp_t gfp)
    {
        if ((gfp & GFP_KERNEL) == GFP_KERNEL)
            walks_the_list(memcg);
        return kmalloc(8, gfp);
    }

    [MightSleep]
    private static void walks_the_list(mem_cgroup* memcg)
    {
        mutex_lock(&memcg->flush_lock);
        some_list(memcg);
        mutex_unlock(&memcg->flush_lock);
    }

    private static void some_list(mem_cgroup* memcg)
    {
        list_lru_one* l = lock_some_list_lru(memcg->kmemcg_id);

        spin_unlock(&l->@lock);
    }

    private static void flag_read_before_the_calls(list_lru_one* l, mem_cgroup* memcg)
    {
        bool dirty = (memcg->kmemcg_id & 1) != 0;

        if (!dirty)
            spin_lock(&l->@lock);
        cpu_relax();
        if (!dirty)
            spin_unlock(&l->@lock);
    }

    [Releases("l->lock"), PreemptAdjust(-1)]
    private static void unlocked_if_there(list_lru_one* l)
    {
        if (l != null)
            spin_unlock(&l->@lock);
        else
            cpu_relax();
    }

    private static void copied_without_faults(list_lru_one* l, void* to)
    {
        spin_lock(&l->@lock);
        pagefault_disable();
        copy_from_user(to);
        pagefault_enable();
        spin_unlock(&l->@lock);
    }

    private static void result_of_one_or_the_other(map_walk* walk, int id, bool first)
    {
        if (first)
        {
            walk->items = map_items(id, &walk->ptl);
            if (walk->items == null)
                goto unlock;
        }
        else
        {
            walk->items = map_items(id + 1, &walk->ptl);
            if (walk->items == null)
                return;
        }

        cpu_relax();
    unlock:
        if (walk->items != null)
            spin_unlock(walk->ptl);
    }

    private static void host_of_a_mapping(map_walk** walks)
    {
        map_walk* walk = *walks;

        if (walk->lru != null)
            spin_lock(&walk->lru->@lock);
        cpu_relax();
        if (walk->lru != null)
            spin_unlock(&walk->lru->@lock);
    }

    private static void the_first_one_each_time(mem_cgroup** list)
    {
        while (*list != null)
        {
            mem_cgroup* memcg = *list;

            if (!mem_cgroup_tryget(memcg))
                continue;
            page_counter_charge(&memcg->memory, 1);
            mem_cgroup_put(memcg);
        }
    }

    private static void one_after_the_other_pinned(mem_cgroup** list)
    {
        for (mem_cgroup** p = list, n = p + 1; *p != null; p = n, n = p + 1)
        {
            mem_cgroup* memcg = *p;

            if (mem_cgroup_tryget(memcg))
            {
                if (memcg->kmemcg_id == 0)
                    page_counter_charge(&memcg->memory, 1);
                mem_cgroup_put(memcg);
            }
        }
    }

    [RequiresIrqsOff]
    private static void waits_with_what_it_drops(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        wait_for_list_lru(l);
        spin_unlock(&l->@lock);
    }
}
