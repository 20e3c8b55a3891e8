// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 2 of 10: from a task, an mm or a folio to its group; walking the tree; the LRU lock.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [KernelSource(C, "mem_cgroup_from_task", Parity.Full)]
    public static mem_cgroup* mem_cgroup_from_task(task_struct* p)
    {
        // mm->owner may be null: the last user of the mm has exited, or all of them moved on.
        if (p == null)
            return null;

        return mem_cgroup_from_css(task_css(p, memory_cgrp_id));
    }

    [KernelSource(C, "active_memcg", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static mem_cgroup* active_memcg()
    {
        if (!in_task())
            return this_cpu_read(int_active_memcg);
        else
            return current->active_memcg;
    }

    /// <summary>The group of an mm's owner with a reference; without an mm the active group, else the current task's.</summary>
    [KernelSource(C, "get_mem_cgroup_from_mm", Parity.Full)]
    [ReturnsOwned]
    public static mem_cgroup* get_mem_cgroup_from_mm(mm_struct* mm)
    {
        mem_cgroup* memcg;

        if (mem_cgroup_disabled())
            return null;

        // Page cache insertions come without an mm, and charge the current task or whom set_active_memcg() named. The
        // root needs no reference: it goes away with the machine.
        if (mm == null)
        {
            memcg = active_memcg();
            if (memcg != null)
            {
                // The scope holds the group.
                css_get(&memcg->css);
                return memcg;
            }
            mm = current->mm;
            if (mm == null)
                return root_mem_cgroup;
        }

        rcu_read_lock();
        do
        {
            memcg = mem_cgroup_from_task(rcu_dereference(&mm->owner));
            if (memcg == null)
                memcg = root_mem_cgroup;
        } while (!css_tryget(&memcg->css));
        rcu_read_unlock();
        return memcg;
    }

    [KernelSource(C, "get_mem_cgroup_from_current", Parity.Full)]
    [ReturnsOwned]
    public static mem_cgroup* get_mem_cgroup_from_current()
    {
        mem_cgroup* memcg;

        if (mem_cgroup_disabled())
            return null;

    again:
        rcu_read_lock();
        memcg = mem_cgroup_from_task(current);
        if (!css_tryget(&memcg->css))
        {
            rcu_read_unlock();
            goto again;
        }
        rcu_read_unlock();
        return memcg;
    }

    [KernelSource(C, "get_mem_cgroup_from_folio", Parity.Full)]
    [ReturnsOwned]
    public static mem_cgroup* get_mem_cgroup_from_folio(folio* folio)
    {
        mem_cgroup* memcg = folio_memcg(folio);

        if (mem_cgroup_disabled())
            return null;

        rcu_read_lock();
        if (memcg == null || WARN_ON_ONCE(!css_tryget(&memcg->css)))
            memcg = root_mem_cgroup;
        rcu_read_unlock();
        return memcg;
    }

    /// <summary>
    /// The group after <paramref name="prev"/> in the tree under <paramref name="root"/>, with a reference; the reference
    /// to prev is given up. With a cookie, all who reclaim this tree share one walk, and a walker whose round another one
    /// has finished gets null. Whoever leaves early calls mem_cgroup_iter_break().
    /// </summary>
    [KernelSource(C, "mem_cgroup_iter", Parity.Full)]
    [Iterates("prev"), ReturnsOwned]
    [ContextPrimitive]
    public static mem_cgroup* mem_cgroup_iter(mem_cgroup* root, mem_cgroup* prev, mem_cgroup_reclaim_cookie* reclaim)
    {
        mem_cgroup_reclaim_iter* iter = null;
        cgroup_subsys_state* css;
        mem_cgroup* pos;
        mem_cgroup* next;

        if (mem_cgroup_disabled())
            return null;

        if (root == null)
            root = root_mem_cgroup;

        rcu_read_lock();
    restart:
        next = null;

        if (reclaim != null)
        {
            int gen;
            int nid = reclaim->pgdat->node_id;

            iter = &root->nodeinfo[nid]->iter;
            gen = atomic_read(&iter->generation);

            // At the start take the generation; later a new one means that somebody else has finished this round.
            if (prev == null)
                reclaim->generation = gen;
            else if (reclaim->generation != gen)
                goto out_unlock;

            pos = READ_ONCE(&iter->position);
        }
        else
            pos = prev;

        css = pos != null ? &pos->css : null;

        while ((css = css_next_descendant_pre(css, &root->css)) != null)
        {
            // The root is held by the caller. A css that cannot be had is going away: take the next.
            if (css == &root->css || css_tryget(css))
                break;
        }

        next = mem_cgroup_from_css(css);

        if (reclaim != null)
        {
            // The position may have moved on meanwhile: then start from there. The walk stores no reference to it,
            // invalidate_reclaim_iterators() takes a dead group out.
            if (cmpxchg(&iter->position, pos, next) != pos)
            {
                if (css != null && css != &root->css)
                    css_put(css);
                goto restart;
            }

            if (next == null)
            {
                atomic_inc(&iter->generation);

                // The shared position was at the end: whoever comes new gets a full round.
                if (prev == null)
                    goto restart;
            }
        }

    out_unlock:
        rcu_read_unlock();
        if (prev != null && prev != root)
            css_put(&prev->css);

        return next;
    }

    [KernelSource(C, "mem_cgroup_iter_break", Parity.Full)]
    [BreaksIteration("prev")]
    public static void mem_cgroup_iter_break(mem_cgroup* root, mem_cgroup* prev)
    {
        if (root == null)
            root = root_mem_cgroup;
        if (prev != null && prev != root)
            css_put(&prev->css);
    }

    [KernelSource(C, "__invalidate_reclaim_iterators", Parity.Full)]
    private static void __invalidate_reclaim_iterators(mem_cgroup* from, mem_cgroup* dead_memcg)
    {
        mem_cgroup_reclaim_iter* iter;
        mem_cgroup_per_node* mz;
        int nid;

        for (nid = 0; nid < nr_node_ids; nid++)
        {
            mz = from->nodeinfo[nid];
            iter = &mz->iter;
            cmpxchg(&iter->position, dead_memcg, null);
        }
    }

    [KernelSource(C, "invalidate_reclaim_iterators", Parity.Full)]
    private static void invalidate_reclaim_iterators(mem_cgroup* dead_memcg)
    {
        mem_cgroup* memcg = dead_memcg;
        mem_cgroup* last;

        do
        {
            __invalidate_reclaim_iterators(memcg, dead_memcg);
            last = memcg;
        } while ((memcg = parent_mem_cgroup(memcg)) != null);

        // Without the default hierarchy the walk up may end below the root, whose iterator sees every group.
        if (!mem_cgroup_is_root(last))
            __invalidate_reclaim_iterators(root_mem_cgroup,
                dead_memcg);
    }

    /// <summary>Calls <paramref name="fn"/> for every process of a subtree, until it returns something else than 0.</summary>
    [KernelSource(C, "mem_cgroup_scan_tasks", Parity.Full)]
    public static void mem_cgroup_scan_tasks(mem_cgroup* memcg, delegate*<task_struct*, void*, int> fn, void* arg)
    {
        mem_cgroup* iter;
        int ret = 0;

        BUG_ON(mem_cgroup_is_root(memcg));

        for (iter = mem_cgroup_iter(memcg, null, null); iter != null; iter = mem_cgroup_iter(memcg, iter, null))
        {
            css_task_iter it;
            task_struct* task;

            css_task_iter_start(&iter->css, CSS_TASK_ITER_PROCS, &it);
            while (ret == 0 && (task = css_task_iter_next(&it)) != null)
            {
                ret = fn(task, arg);
                // The list may be long, and nothing here holds a lock.
                cond_resched();
            }
            css_task_iter_end(&it);
            if (ret != 0)
            {
                mem_cgroup_iter_break(memcg, iter);
                break;
            }
        }
    }

    /// <summary>The folio is on the lists of its own group.</summary>
    [KernelSource(C, "lruvec_memcg_debug", Parity.Full)]
    [System.Diagnostics.Conditional("DEBUG")]
    public static void lruvec_memcg_debug(lruvec* lruvec, folio* folio)
    {
        mem_cgroup* memcg;

        if (mem_cgroup_disabled())
            return;

        memcg = folio_memcg(folio);

        if (memcg == null)
            VM_BUG_ON_FOLIO(!mem_cgroup_is_root(lruvec_memcg(lruvec)), folio);
        else
            VM_BUG_ON_FOLIO(lruvec_memcg(lruvec) != memcg, folio);
    }

    /// <summary>Locks the LRU lists that the folio belongs to. The folio is locked, off the LRU, or frozen.</summary>
    [KernelSource(C, "folio_lruvec_lock", Parity.Full)]
    [AcquiresReturn("lru_lock")]
    [RequiresIrqsOff]
    public static lruvec* folio_lruvec_lock(folio* folio)
    {
        lruvec* lruvec = folio_lruvec(folio);

        spin_lock(&lruvec->lru_lock);
        lruvec_memcg_debug(lruvec, folio);

        return lruvec;
    }

    [KernelSource(C, "folio_lruvec_lock_irq", Parity.Full)]
    [AcquiresReturn("lru_lock"), IrqDisable]
    public static lruvec* folio_lruvec_lock_irq(folio* folio)
    {
        lruvec* lruvec = folio_lruvec(folio);

        spin_lock_irq(&lruvec->lru_lock);
        lruvec_memcg_debug(lruvec, folio);

        return lruvec;
    }

    [KernelSource(C, "folio_lruvec_lock_irqsave", Parity.Full)]
    [AcquiresReturn("lru_lock"), IrqSave("flags")]
    public static lruvec* folio_lruvec_lock_irqsave(folio* folio, IrqFlags* flags)
    {
        lruvec* lruvec = folio_lruvec(folio);

        spin_lock_irqsave(&lruvec->lru_lock, out *flags);
        lruvec_memcg_debug(lruvec, folio);

        return lruvec;
    }

    /// <summary>Counts folios onto or off a list. lru_lock is held, and the list edited under the same hold.</summary>
    [KernelSource(C, "mem_cgroup_update_lru_size", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    public static void mem_cgroup_update_lru_size(lruvec* lruvec, int lru, int zid, int nr_pages)
    {
        mem_cgroup_per_node* mz;
        ulong* lru_size;
        long size;

        if (mem_cgroup_disabled())
            return;

        mz = container_of<mem_cgroup_per_node>(lruvec, &((mem_cgroup_per_node*)nowhere)->lruvec);
        lru_size = &mz->lru_zone_size[zid * NR_LRU_LISTS + lru];

        if (nr_pages < 0)
            *lru_size = unchecked(*lru_size + (ulong)(long)nr_pages);

        size = (long)*lru_size;
        if (WARN_ONCE(size < 0, "mem_cgroup_update_lru_size: negative lru_size"))
        {
            VM_BUG_ON(true);
            *lru_size = 0;
        }

        if (nr_pages > 0)
            *lru_size += (ulong)nr_pages;
    }
}
