// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_memcontrol_h;
using static Linux.linux_shrinker_h;
using static Linux.linux_rculist_h;
using static Linux.mm_internal_h;

namespace Linux;

/// <summary>
/// Shrinkers: caches that reclaim may ask to give objects back. A shrinker that knows groups has an id; each group
/// has, for each node, a map of the ids that may have objects, and what each id still owes from earlier calls.
/// Readers of a map hold RCU; maps grow under shrinker_mutex.
/// </summary>
public static unsafe partial class mm_shrinker_c
{
    public static readonly list_head* shrinker_list = bss<list_head>();
    public static readonly mutex* shrinker_mutex = bss<mutex>();

    private static int shrinker_nr_max; // shrinker_mutex
    private static readonly idr* shrinker_idr = bss<idr>(); // shrinker_mutex

    /// <summary>What C's static initializers do.</summary>
    public static void shrinker_early_init()
    {
        INIT_LIST_HEAD(shrinker_list);
        mutex_init(shrinker_mutex);
        idr_init(shrinker_idr);
    }

    [KernelSource("mm/shrinker.c", "shrinker_unit_size", Parity.Full)]
    private static int shrinker_unit_size(int nr_items) => DIV_ROUND_UP(nr_items, SHRINKER_UNIT_BITS) * sizeof(shrinker_info_unit*);

    [KernelSource("mm/shrinker.c", "shrinker_unit_free", Parity.Full)]
    private static void shrinker_unit_free(shrinker_info* info, int start)
    {
        if (info == null)
            return;

        shrinker_info_unit** unit = shrinker_info.unit(info);
        int nr = DIV_ROUND_UP(info->map_nr_max, SHRINKER_UNIT_BITS);

        for (int i = start; i < nr; i++)
        {
            if (unit[i] == null)
                break;

            kfree(unit[i]);
            unit[i] = null;
        }
    }

    [KernelSource("mm/shrinker.c", "shrinker_unit_alloc", Parity.Full)]
    private static int shrinker_unit_alloc(shrinker_info* @new, shrinker_info* old, int nid)
    {
        int nr = DIV_ROUND_UP(@new->map_nr_max, SHRINKER_UNIT_BITS);
        int start = old != null ? DIV_ROUND_UP(old->map_nr_max, SHRINKER_UNIT_BITS) : 0;

        for (int i = start; i < nr; i++)
        {
            shrinker_info_unit* unit = kzalloc_node<shrinker_info_unit>(GFP_KERNEL, nid);
            if (unit == null)
            {
                shrinker_unit_free(@new, start);
                return -ENOMEM;
            }

            shrinker_info.unit(@new)[i] = unit;
        }

        return 0;
    }

    [KernelSource("mm/shrinker.c", "free_shrinker_info", Parity.Full)]
    public static void free_shrinker_info(mem_cgroup* memcg)
    {
        foreach (int nid in for_each_node())
        {
            mem_cgroup_per_node* pn = memcg->nodeinfo[nid];
            shrinker_info* info = rcu_dereference_protected(&pn->shrinker_info, true);
            shrinker_unit_free(info, 0);
            kvfree(info);
            rcu_assign_pointer(&pn->shrinker_info, null);
        }
    }

    [KernelSource("mm/shrinker.c", "alloc_shrinker_info", Parity.Full)]
    [Excludes("shrinker_mutex")]
    public static int alloc_shrinker_info(mem_cgroup* memcg)
    {
        int ret = 0;

        mutex_lock(shrinker_mutex);
        int array_size = shrinker_unit_size(shrinker_nr_max);
        foreach (int nid in for_each_node())
        {
            shrinker_info* info = (shrinker_info*)kvzalloc_node((ulong)sizeof(shrinker_info) + (ulong)array_size, GFP_KERNEL, nid);
            if (info == null)
                goto err;
            info->map_nr_max = shrinker_nr_max;
            if (shrinker_unit_alloc(info, null, nid) != 0)
            {
                kvfree(info);
                goto err;
            }
            rcu_assign_pointer(&memcg->nodeinfo[nid]->shrinker_info, info);
        }
        mutex_unlock(shrinker_mutex);

        return ret;

    err:
        mutex_unlock(shrinker_mutex);
        free_shrinker_info(memcg);
        return -ENOMEM;
    }

    [KernelSource("mm/shrinker.c", "shrinker_info_protected", Parity.Full)]
    private static shrinker_info* shrinker_info_protected(mem_cgroup* memcg, int nid)
    {
        return rcu_dereference_protected(&memcg->nodeinfo[nid]->shrinker_info, lockdep_is_held(shrinker_mutex));
    }

    [KernelSource("mm/shrinker.c", "expand_one_shrinker_info", Parity.Full)]
    private static int expand_one_shrinker_info(mem_cgroup* memcg, int new_size, int old_size, int new_nr_max)
    {
        foreach (int nid in for_each_node())
        {
            mem_cgroup_per_node* pn = memcg->nodeinfo[nid];
            shrinker_info* old = shrinker_info_protected(memcg, nid);
            // Not yet online: it will be made large enough.
            if (old == null)
                return 0;

            // Made large enough already, since shrinker_nr_max was raised.
            if (new_nr_max <= old->map_nr_max)
                continue;

            shrinker_info* @new = (shrinker_info*)kvzalloc_node((ulong)sizeof(shrinker_info) + (ulong)new_size, GFP_KERNEL, nid);
            if (@new == null)
                return -ENOMEM;

            @new->map_nr_max = new_nr_max;

            memcpy(shrinker_info.unit(@new), shrinker_info.unit(old), (ulong)old_size);
            if (shrinker_unit_alloc(@new, old, nid) != 0)
            {
                kvfree(@new);
                return -ENOMEM;
            }

            rcu_assign_pointer(&pn->shrinker_info, @new);
            kvfree_rcu(old, &old->rcu);
        }

        return 0;
    }

    [KernelSource("mm/shrinker.c", "expand_shrinker_info", Parity.Full)]
    private static int expand_shrinker_info(int new_id)
    {
        int ret = 0;
        int new_nr_max = round_up(new_id + 1, SHRINKER_UNIT_BITS);

        if (root_mem_cgroup == null)
            goto @out;

        lockdep_assert_held(shrinker_mutex);

        int new_size = shrinker_unit_size(new_nr_max);
        int old_size = shrinker_unit_size(shrinker_nr_max);

        mem_cgroup* memcg = mem_cgroup_iter(null, null, null);
        do
        {
            ret = expand_one_shrinker_info(memcg, new_size, old_size, new_nr_max);
            if (ret != 0)
            {
                mem_cgroup_iter_break(null, memcg);
                goto @out;
            }
        } while ((memcg = mem_cgroup_iter(null, memcg, null)) != null);
    @out:
        if (ret == 0)
            shrinker_nr_max = new_nr_max;

        return ret;
    }

    [KernelSource("mm/shrinker.c", "shrinker_id_to_index", Parity.Full)]
    private static int shrinker_id_to_index(int shrinker_id) => shrinker_id / SHRINKER_UNIT_BITS;

    [KernelSource("mm/shrinker.c", "shrinker_id_to_offset", Parity.Full)]
    private static int shrinker_id_to_offset(int shrinker_id) => shrinker_id % SHRINKER_UNIT_BITS;

    [KernelSource("mm/shrinker.c", "calc_shrinker_id", Parity.Full)]
    private static int calc_shrinker_id(int index, int offset) => index * SHRINKER_UNIT_BITS + offset;

    [KernelSource("mm/shrinker.c", "set_shrinker_bit", Parity.Full)]
    public static void set_shrinker_bit(mem_cgroup* memcg, int nid, int shrinker_id)
    {
        if (shrinker_id >= 0 && memcg != null && !mem_cgroup_is_root(memcg))
        {
            rcu_read_lock();
            shrinker_info* info = rcu_dereference(&memcg->nodeinfo[nid]->shrinker_info);
            shrinker_info_unit* unit = shrinker_info.unit(info)[shrinker_id_to_index(shrinker_id)];
            if (!WARN_ON_ONCE(shrinker_id >= info->map_nr_max))
            {
                // The item is on its list before the bit is seen.
                smp_mb__before_atomic();
                set_bit(shrinker_id_to_offset(shrinker_id), &unit->map);
            }
            rcu_read_unlock();
        }
    }

    [KernelSource("mm/shrinker.c", "shrinker_memcg_alloc", Parity.Full)]
    [Excludes("shrinker_mutex")]
    private static int shrinker_memcg_alloc(shrinker* shrinker)
    {
        int ret = -ENOMEM;

        if (mem_cgroup_disabled())
            return -ENOSYS;

        mutex_lock(shrinker_mutex);
        int id = idr_alloc(shrinker_idr, shrinker, 0, 0, GFP_KERNEL);
        if (id < 0)
            goto unlock;

        if (id >= shrinker_nr_max)
        {
            if (expand_shrinker_info(id) != 0)
            {
                idr_remove(shrinker_idr, (ulong)id);
                goto unlock;
            }
        }
        shrinker->id = id;
        ret = 0;
    unlock:
        mutex_unlock(shrinker_mutex);
        return ret;
    }

    [KernelSource("mm/shrinker.c", "shrinker_memcg_remove", Parity.Full)]
    [MustHold("shrinker_mutex")]
    private static void shrinker_memcg_remove(shrinker* shrinker)
    {
        int id = shrinker->id;

        BUG_ON(id < 0);

        lockdep_assert_held(shrinker_mutex);

        idr_remove(shrinker_idr, (ulong)id);
    }

    [KernelSource("mm/shrinker.c", "xchg_nr_deferred_memcg", Parity.Full)]
    private static long xchg_nr_deferred_memcg(int nid, shrinker* shrinker, mem_cgroup* memcg)
    {
        rcu_read_lock();
        shrinker_info* info = rcu_dereference(&memcg->nodeinfo[nid]->shrinker_info);
        shrinker_info_unit* unit = shrinker_info.unit(info)[shrinker_id_to_index(shrinker->id)];
        long nr_deferred = atomic_long_xchg(&shrinker_info_unit.nr_deferred(unit)[shrinker_id_to_offset(shrinker->id)], 0);
        rcu_read_unlock();

        return nr_deferred;
    }

    [KernelSource("mm/shrinker.c", "add_nr_deferred_memcg", Parity.Full)]
    private static long add_nr_deferred_memcg(long nr, int nid, shrinker* shrinker, mem_cgroup* memcg)
    {
        rcu_read_lock();
        shrinker_info* info = rcu_dereference(&memcg->nodeinfo[nid]->shrinker_info);
        shrinker_info_unit* unit = shrinker_info.unit(info)[shrinker_id_to_index(shrinker->id)];
        long nr_deferred =
            atomic_long_add_return(nr, &shrinker_info_unit.nr_deferred(unit)[shrinker_id_to_offset(shrinker->id)]);
        rcu_read_unlock();

        return nr_deferred;
    }

    /// <summary>What an offline group's shrinkers still owe is its parent's to pay.</summary>
    [KernelSource("mm/shrinker.c", "reparent_shrinker_deferred", Parity.Full)]
    [Excludes("shrinker_mutex")]
    public static void reparent_shrinker_deferred(mem_cgroup* memcg)
    {
        mem_cgroup* parent = parent_mem_cgroup(memcg);
        if (parent == null)
            parent = root_mem_cgroup;

        // The maps do not grow meanwhile.
        mutex_lock(shrinker_mutex);
        foreach (int nid in for_each_node())
        {
            shrinker_info* child_info = shrinker_info_protected(memcg, nid);
            shrinker_info* parent_info = shrinker_info_protected(parent, nid);
            for (int index = 0; index < shrinker_id_to_index(child_info->map_nr_max); index++)
            {
                shrinker_info_unit* child_unit = shrinker_info.unit(child_info)[index];
                shrinker_info_unit* parent_unit = shrinker_info.unit(parent_info)[index];
                for (int offset = 0; offset < SHRINKER_UNIT_BITS; offset++)
                {
                    long nr = atomic_long_read(&shrinker_info_unit.nr_deferred(child_unit)[offset]);
                    atomic_long_add(nr, &shrinker_info_unit.nr_deferred(parent_unit)[offset]);
                }
            }
        }
        mutex_unlock(shrinker_mutex);
    }

    [KernelSource("mm/shrinker.c", "xchg_nr_deferred", Parity.Full)]
    private static long xchg_nr_deferred(shrinker* shrinker, shrink_control* sc)
    {
        int nid = sc->nid;

        if ((shrinker->flags & SHRINKER_NUMA_AWARE) == 0)
            nid = 0;

        if (sc->memcg != null && (shrinker->flags & SHRINKER_MEMCG_AWARE) != 0)
            return xchg_nr_deferred_memcg(nid, shrinker, sc->memcg);

        return atomic_long_xchg(&shrinker->nr_deferred[nid], 0);
    }

    [KernelSource("mm/shrinker.c", "add_nr_deferred", Parity.Full)]
    private static long add_nr_deferred(long nr, shrinker* shrinker, shrink_control* sc)
    {
        int nid = sc->nid;

        if ((shrinker->flags & SHRINKER_NUMA_AWARE) == 0)
            nid = 0;

        if (sc->memcg != null && (shrinker->flags & SHRINKER_MEMCG_AWARE) != 0)
            return add_nr_deferred_memcg(nr, nid, shrinker, sc->memcg);

        return atomic_long_add_return(nr, &shrinker->nr_deferred[nid]);
    }

    private const long SHRINK_BATCH = 128;

    /// <summary>One shrinker, one node, one group: scans in proportion to priority, in batches, and notes what it owes.</summary>
    [KernelSource("mm/shrinker.c", "do_shrink_slab", Parity.Full)]
    private static ulong do_shrink_slab(shrink_control* shrinkctl, shrinker* shrinker, int priority)
    {
        ulong freed = 0;
        ulong delta;
        long batch_size = shrinker->batch != 0 ? shrinker->batch : SHRINK_BATCH;
        long scanned = 0;

        long freeable = (long)shrinker->count_objects(shrinker, shrinkctl);
        if (freeable == 0 || (ulong)freeable == SHRINK_EMPTY)
            return (ulong)freeable;

        // Taken, so that others do not scan for the same debt.
        long nr = xchg_nr_deferred(shrinker, shrinkctl);

        if (shrinker->seeks != 0)
        {
            delta = (ulong)(freeable >> priority);
            delta *= 4;
            do_div(ref delta, (uint)shrinker->seeks);
        }
        else
        {
            // Objects that cost nothing to make again: half of them, however low the pressure.
            delta = (ulong)(freeable / 2);
        }

        long total_scan = nr >> priority;
        total_scan += (long)delta;
        total_scan = min(total_scan, 2 * freeable);

        // Less than a batch is left for later, unless there is no more than that.
        while (total_scan >= batch_size || total_scan >= freeable)
        {
            ulong nr_to_scan = (ulong)min(batch_size, total_scan);

            shrinkctl->nr_to_scan = nr_to_scan;
            shrinkctl->nr_scanned = nr_to_scan;
            ulong ret = shrinker->scan_objects(shrinker, shrinkctl);
            if (ret == SHRINK_STOP)
                break;
            freed += ret;

            count_vm_events(SLABS_SCANNED, (long)shrinkctl->nr_scanned);
            total_scan -= (long)shrinkctl->nr_scanned;
            scanned += (long)shrinkctl->nr_scanned;

            cond_resched();
        }

        // Debt is kept, but no more than twice what there is.
        long next_deferred = max(nr + (long)delta - scanned, 0L);
        next_deferred = min(next_deferred, 2 * freeable);

        add_nr_deferred(next_deferred, shrinker, shrinkctl);

        return freed;
    }

    [KernelSource("mm/shrinker.c", "shrink_slab_memcg", Parity.Full)]
    [ContextUnsafe("the kernel's: without accounting of kernel memory the reference is not put", Rule = "KM0501")]
    private static ulong shrink_slab_memcg(gfp_t gfp_mask, int nid, mem_cgroup* memcg, int priority)
    {
        ulong freed = 0;
        int index = 0;

        if (!mem_cgroup_online(memcg))
            return 0;

        // The map may be replaced by a larger one whenever RCU is not held: its units stay the same.
    again:
        rcu_read_lock();
        shrinker_info* info = rcu_dereference(&memcg->nodeinfo[nid]->shrinker_info);
        if (info == null)
            goto unlock;

        if (index < shrinker_id_to_index(info->map_nr_max))
        {
            shrinker_info_unit* unit = shrinker_info.unit(info)[index];

            rcu_read_unlock();

            for (int offset = (int)find_first_bit(&unit->map, SHRINKER_UNIT_BITS); offset < SHRINKER_UNIT_BITS;
                 offset = (int)find_next_bit(&unit->map, SHRINKER_UNIT_BITS, (ulong)offset + 1))
            {
                shrink_control sc = new() { gfp_mask = gfp_mask, nid = nid, memcg = memcg };
                int shrinker_id = calc_shrinker_id(index, offset);

                rcu_read_lock();
                shrinker* shrinker = (shrinker*)idr_find(shrinker_idr, (ulong)shrinker_id);
                if (shrinker == null || !shrinker_try_get(shrinker))
                {
                    clear_bit(offset, &unit->map);
                    rcu_read_unlock();
                    continue;
                }
                rcu_read_unlock();

                // Slab objects of groups are not counted: only the others can be in the map.
                if (!memcg_kmem_online() && (shrinker->flags & SHRINKER_NONSLAB) == 0)
                    continue;

                ulong ret = do_shrink_slab(&sc, shrinker, priority);
                if (ret == SHRINK_EMPTY)
                {
                    clear_bit(offset, &unit->map);
                    // An item may have come between the count and the clearing, without setting the bit: look again.
                    smp_mb__after_atomic();
                    ret = do_shrink_slab(&sc, shrinker, priority);
                    if (ret == SHRINK_EMPTY)
                        ret = 0;
                    else
                        set_shrinker_bit(memcg, nid, shrinker_id);
                }
                freed += ret;
                shrinker_put(shrinker);
            }

            index++;
            goto again;
        }
    unlock:
        rcu_read_unlock();
        return freed;
    }

    /// <summary>Asks the shrinkers for a group's objects on a node; the root group's call is the global one.</summary>
    [KernelSource("mm/shrinker.c", "shrink_slab", Parity.Full)]
    [ContextUnsafe("RCU keeps the shrinker that was put until the walk is past it", Rule = "KM0502")]
    public static ulong shrink_slab(gfp_t gfp_mask, int nid, mem_cgroup* memcg, int priority)
    {
        ulong freed = 0;

        // The root group has no map: its objects are found by the list, as are those of no group.
        if (!mem_cgroup_disabled() && !mem_cgroup_is_root(memcg))
            return shrink_slab_memcg(gfp_mask, nid, memcg, priority);

        rcu_read_lock();
        for (list_head* p = READ_ONCE(&shrinker_list->next); p != shrinker_list; p = READ_ONCE(&p->next))
        {
            shrinker* shrinker = list_entry<shrinker>(p, &((shrinker*)nowhere)->list);
            shrink_control sc = new() { gfp_mask = gfp_mask, nid = nid, memcg = memcg };

            if (!shrinker_try_get(shrinker))
                continue;

            // The reference keeps the shrinker on the list, so that the walk can go on from it.
            rcu_read_unlock();

            ulong ret = do_shrink_slab(&sc, shrinker, priority);
            if (ret == SHRINK_EMPTY)
                ret = 0;
            freed += ret;

            rcu_read_lock();
            shrinker_put(shrinker);
        }

        rcu_read_unlock();
        cond_resched();
        return freed;
    }

    /// <summary>A shrinker not yet known to reclaim. Its name is for debugfs, which is not ported.</summary>
    [KernelSource("mm/shrinker.c", "shrinker_alloc", Parity.Full)]
    public static shrinker* shrinker_alloc(uint flags, ReadOnlySpan<byte> name)
    {
        shrinker* shrinker = kzalloc<shrinker>(GFP_KERNEL);
        if (shrinker == null)
            return null;

        shrinker->flags = flags | SHRINKER_ALLOCATED;
        shrinker->seeks = DEFAULT_SEEKS;

        if ((flags & SHRINKER_MEMCG_AWARE) != 0)
        {
            int err = shrinker_memcg_alloc(shrinker);
            if (err == -ENOSYS)
            {
                // Without groups it is like any other.
                shrinker->flags &= ~SHRINKER_MEMCG_AWARE;
                goto non_memcg;
            }

            if (err != 0)
                goto err_flags;

            return shrinker;
        }

    non_memcg:
        ulong size = (ulong)sizeof(atomic_long_t);
        if ((flags & SHRINKER_NUMA_AWARE) != 0)
            size *= nr_node_ids;

        shrinker->nr_deferred = (atomic_long_t*)kzalloc(size, GFP_KERNEL);
        if (shrinker->nr_deferred == null)
            goto err_flags;

        return shrinker;

    err_flags:
        kfree(shrinker);
        return null;
    }

    [KernelSource("mm/shrinker.c", "shrinker_register", Parity.Full)]
    [Excludes("shrinker_mutex")]
    public static void shrinker_register(shrinker* shrinker)
    {
        if ((shrinker->flags & SHRINKER_ALLOCATED) == 0)
        {
            pr_warn("Must use shrinker_alloc() to dynamically allocate the shrinker");
            return;
        }

        mutex_lock(shrinker_mutex);
        list_add_tail_rcu(&shrinker->list, shrinker_list);
        shrinker->flags |= SHRINKER_REGISTERED;
        mutex_unlock(shrinker_mutex);

        init_completion(&shrinker->done);
        // From here on shrinker_try_get() succeeds.
        refcount_set(&shrinker->refcount, 1);
    }

    [KernelSource("mm/shrinker.c", "shrinker_free_rcu_cb", Parity.Full)]
    private static void shrinker_free_rcu_cb(rcu_head* head)
    {
        shrinker* shrinker = container_of<shrinker>(head, &((shrinker*)nowhere)->rcu);

        kfree(shrinker->nr_deferred);
        kfree(shrinker);
    }

    [KernelSource("mm/shrinker.c", "shrinker_free", Parity.Full)]
    [Excludes("shrinker_mutex")]
    [PutsRef("shrinker", Sometimes = true)]
    public static void shrinker_free(shrinker* shrinker)
    {
        if (shrinker == null)
            return;

        if ((shrinker->flags & SHRINKER_REGISTERED) != 0)
        {
            // Drop the first reference, and wait for the calls that hold others.
            shrinker_put(shrinker);
            wait_for_completion(&shrinker->done);
        }

        mutex_lock(shrinker_mutex);
        if ((shrinker->flags & SHRINKER_REGISTERED) != 0)
        {
            // A walk that waits outside RCU holds a reference, so none stands on this entry any more.
            list_del_rcu(&shrinker->list);
            shrinker->flags &= ~SHRINKER_REGISTERED;
        }

        if ((shrinker->flags & SHRINKER_MEMCG_AWARE) != 0)
            shrinker_memcg_remove(shrinker);
        mutex_unlock(shrinker_mutex);

        // A lookup by id or a walk of the list may still see it.
        call_rcu(&shrinker->rcu, &shrinker_free_rcu_cb);
    }
}
