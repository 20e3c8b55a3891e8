// SPDX-License-Identifier: GPL-2.0-only
// Correct: references that are got and put, handed on, stored and swapped.
namespace Linux;

public static unsafe partial class references_c
{
    private static ulong get_use_put(mm_struct* mm)
    {
        mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);
        ulong usage = page_counter_read(&memcg->memory);

        mem_cgroup_put(memcg);
        return usage;
    }

    private static int put_on_every_way(mm_struct* mm, int n)
    {
        mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

        if (n == 0)
        {
            mem_cgroup_put(memcg);
            return -EINVAL;
        }
        if (!page_counter_try_charge(&memcg->memory, (ulong)n))
        {
            mem_cgroup_put(memcg);
            return -ENOMEM;
        }
        mem_cgroup_put(memcg);
        return 0;
    }

    [ReturnsOwned]
    private static mem_cgroup* hands_it_to_the_caller(mm_struct* mm)
    {
        mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

        if (mem_cgroup_is_root(memcg))
        {
            mem_cgroup_put(memcg);
            return null;
        }
        return memcg;
    }

    private static void null_is_not_put(mm_struct* mm)
    {
        mem_cgroup* memcg = hands_it_to_the_caller(mm);

        if (memcg == null)
            return;
        page_counter_uncharge(&memcg->memory, 1);
        mem_cgroup_put(memcg);
    }

    private static void put_takes_null(mm_struct* mm)
    {
        mem_cgroup* memcg = hands_it_to_the_caller(mm);

        mem_cgroup_put(memcg);
    }

    private static void stores_it(task_struct* task, mm_struct* mm)
    {
        if (task->memcg_in_oom != null)
            return;
        task->memcg_in_oom = get_mem_cgroup_from_mm(mm);
    }

    private static void takes_it_back(task_struct* task)
    {
        mem_cgroup* memcg = task->memcg_in_oom;

        task->memcg_in_oom = null;
        if (memcg != null)
            css_put(&memcg->css);
    }

    private static bool tryget_only(mem_cgroup* memcg)
    {
        if (!css_tryget(&memcg->css))
            return false;
        page_counter_charge(&memcg->memory, 1);
        css_put(&memcg->css);
        return true;
    }

    private static void one_more_for_somebody(mem_cgroup* memcg)
    {
        css_get(&memcg->css);
        keeps_it(memcg);
    }

    private static void keeps_it([ConsumesRef] mem_cgroup* memcg) => css_put(&memcg->css);

    private static bool folio_that_may_be_gone(xarray* xa, ulong index)
    {
        folio* folio = (folio*)xa_load(xa, index);

        if (folio == null || !folio_try_get(folio))
            return false;
        folio_lock(folio);
        folio_unlock(folio);
        folio_put(folio);
        return true;
    }

    private static void device(ulong entry)
    {
        swap_info_struct* si = get_swap_device(entry);

        if (si == null)
            return;
        spin_lock(&si->@lock);
        si->inuse++;
        spin_unlock(&si->@lock);
        put_swap_device(si);
    }

    private static void replaced_in_a_loop(mem_cgroup* memcg)
    {
        mem_cgroup* parent;

        css_get(&memcg->css);
        while ((parent = parent_mem_cgroup(memcg)) != null)
        {
            css_get(&parent->css);
            css_put(&memcg->css);
            memcg = parent;
        }
        css_put(&memcg->css);
    }

    private static void mm_of_a_task(mm_struct* mm)
    {
        if (!mmget_not_zero(mm))
            return;
        mmap_read_lock(mm);
        mmap_read_unlock(mm);
        mmput(mm);
    }

    private static int inode_or_not(inode* inode)
    {
        inode* pinned = igrab(inode);

        if (pinned == null)
            return -ENOENT;
        do_writepages(pinned->i_mapping);
        iput(pinned);
        return 0;
    }

    private static void put_after_the_lock(obj_cgroup* objcg)
    {
        obj_stock_pcp* stock;
        obj_cgroup* old;

        local_lock(lock_of(obj_stock));
        stock = this_cpu_ptr(obj_stock);
        old = stock->cached_objcg;
        stock->cached_objcg = null;
        local_unlock(lock_of(obj_stock));
        if (old != null)
            obj_cgroup_put(old);
    }

    private static void swaps_two(mm_struct* a, mm_struct* b)
    {
        mem_cgroup* first = get_mem_cgroup_from_mm(a);
        mem_cgroup* second = get_mem_cgroup_from_mm(b);

        if (first == second)
        {
            mem_cgroup_put(second);
            mem_cgroup_put(first);
            return;
        }
        page_counter_charge(&second->memory, 1);
        page_counter_uncharge(&first->memory, 1);
        mem_cgroup_put(first);
        mem_cgroup_put(second);
    }
}
