// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_kernel_h;
using static Linux.linux_mm_h;
using static Linux.linux_list_lru_h;
using static Linux.linux_slab_h;
using static Linux.linux_mutex_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_slab_h;
using static Linux.mm_internal_h;

namespace Linux;

/// <summary>
/// Lists in the order of last use, apart by node and group. A group's lists are made when its first object is
/// allocated, and go to its parent when it goes offline; nr_items then says LONG_MIN, and whoever still finds the
/// list looks in the parent. Lock order: child's list, then parent's.
/// </summary>
public static unsafe partial class mm_list_lru_c
{
    [PointeeGuardedBy("list_lrus_mutex")]
    private static readonly list_head* memcg_list_lrus = bss<list_head>(); // list_lrus_mutex
    private static readonly mutex* list_lrus_mutex = bss<mutex>();

    /// <summary>What C's static initializers do.</summary>
    public static void list_lru_early_init()
    {
        INIT_LIST_HEAD(memcg_list_lrus);
        mutex_init(list_lrus_mutex);
    }

    [KernelSource("mm/list_lru.c", "list_lru_memcg_aware", Parity.Full)]
    private static bool list_lru_memcg_aware(list_lru* lru) => lru->memcg_aware;

    [KernelSource("mm/list_lru.c", "list_lru_register", Parity.Full)]
    [Excludes("list_lrus_mutex")]
    private static void list_lru_register(list_lru* lru)
    {
        if (!list_lru_memcg_aware(lru))
            return;

        mutex_lock(list_lrus_mutex);
        list_add(&lru->list, memcg_list_lrus);
        mutex_unlock(list_lrus_mutex);
    }

    [KernelSource("mm/list_lru.c", "list_lru_unregister", Parity.Full)]
    [Excludes("list_lrus_mutex")]
    private static void list_lru_unregister(list_lru* lru)
    {
        if (!list_lru_memcg_aware(lru))
            return;

        mutex_lock(list_lrus_mutex);
        list_del(&lru->list);
        mutex_unlock(list_lrus_mutex);
    }

    [KernelSource("mm/list_lru.c", "lru_shrinker_id", Parity.Full)]
    private static int lru_shrinker_id(list_lru* lru) => lru->shrinker_id;

    [KernelSource("mm/list_lru.c", "list_lru_from_memcg_idx", Parity.Full)]
    private static list_lru_one* list_lru_from_memcg_idx(list_lru* lru, int nid, int idx)
    {
        if (list_lru_memcg_aware(lru) && idx >= 0)
        {
            list_lru_memcg* mlru = (list_lru_memcg*)xa_load(&lru->xa, (ulong)idx);

            return mlru != null ? &list_lru_memcg.node(mlru)[nid] : null;
        }
        return &lru->node[nid].lru;
    }

    [KernelSource("mm/list_lru.c", "lock_list_lru", Parity.Full)]
    [TryAcquires(Result.True, "l->lock"), IrqDisable(When = "irq")]
    private static bool lock_list_lru(list_lru_one* l, bool irq)
    {
        if (irq)
            spin_lock_irq(&l->@lock);
        else
            spin_lock(&l->@lock);
        if (READ_ONCE(&l->nr_items) == LONG_MIN)
        {
            if (irq)
                spin_unlock_irq(&l->@lock);
            else
                spin_unlock(&l->@lock);
            return false;
        }
        return true;
    }

    [KernelSource("mm/list_lru.c", "lock_list_lru_of_memcg", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->lock"), IrqDisable(When = "irq")]
    private static list_lru_one* lock_list_lru_of_memcg(list_lru* lru, int nid, mem_cgroup* memcg, bool irq, bool skip_empty)
    {
        rcu_read_lock();
    again:
        list_lru_one* l = list_lru_from_memcg_idx(lru, nid, memcg_kmem_id(memcg));
        if (l != null && lock_list_lru(l, irq))
        {
            rcu_read_unlock();
            return l;
        }
        // No list, or a dead one: there are no items of this group's own.
        if (skip_empty)
        {
            rcu_read_unlock();
            return null;
        }
        VM_WARN_ON(!css_is_dying(&memcg->css));
        memcg = parent_mem_cgroup(memcg);
        goto again;
    }

    [KernelSource("mm/list_lru.c", "unlock_list_lru", Parity.Full)]
    [Releases("l->lock"), IrqEnable(When = "irq_off")]
    private static void unlock_list_lru(list_lru_one* l, bool irq_off)
    {
        if (irq_off)
            spin_unlock_irq(&l->@lock);
        else
            spin_unlock(&l->@lock);
    }

    /// <summary>Adds an item that is on no list. The caller holds RCU or a reference to the group.</summary>
    [KernelSource("mm/list_lru.c", "list_lru_add", Parity.Full)]
    public static bool list_lru_add(list_lru* lru, list_head* item, int nid, mem_cgroup* memcg)
    {
        list_lru_node* nlru = &lru->node[nid];

        list_lru_one* l = lock_list_lru_of_memcg(lru, nid, memcg, false, false);
        if (l == null)
            return false;
        if (list_empty(item))
        {
            list_add_tail(item, &l->list);
            // The first item: the group's shrinker has something to look at.
            if (l->nr_items++ == 0)
                set_shrinker_bit(memcg, nid, lru_shrinker_id(lru));
            unlock_list_lru(l, false);
            atomic_long_inc(&nlru->nr_items);
            return true;
        }
        unlock_list_lru(l, false);
        return false;
    }

    [KernelSource("mm/list_lru.c", "list_lru_add_obj", Parity.Full)]
    public static bool list_lru_add_obj(list_lru* lru, list_head* item)
    {
        bool ret;
        int nid = page_to_nid(virt_to_page(item));

        if (list_lru_memcg_aware(lru))
        {
            rcu_read_lock();
            ret = list_lru_add(lru, item, nid, mem_cgroup_from_slab_obj(item));
            rcu_read_unlock();
        }
        else
        {
            ret = list_lru_add(lru, item, nid, null);
        }

        return ret;
    }

    [KernelSource("mm/list_lru.c", "list_lru_del", Parity.Full)]
    public static bool list_lru_del(list_lru* lru, list_head* item, int nid, mem_cgroup* memcg)
    {
        list_lru_node* nlru = &lru->node[nid];

        list_lru_one* l = lock_list_lru_of_memcg(lru, nid, memcg, false, false);
        if (l == null)
            return false;
        if (!list_empty(item))
        {
            list_del_init(item);
            l->nr_items--;
            unlock_list_lru(l, false);
            atomic_long_dec(&nlru->nr_items);
            return true;
        }
        unlock_list_lru(l, false);
        return false;
    }

    [KernelSource("mm/list_lru.c", "list_lru_del_obj", Parity.Full)]
    public static bool list_lru_del_obj(list_lru* lru, list_head* item)
    {
        bool ret;
        int nid = page_to_nid(virt_to_page(item));

        if (list_lru_memcg_aware(lru))
        {
            rcu_read_lock();
            ret = list_lru_del(lru, item, nid, mem_cgroup_from_slab_obj(item));
            rcu_read_unlock();
        }
        else
        {
            ret = list_lru_del(lru, item, nid, null);
        }

        return ret;
    }

    [KernelSource("mm/list_lru.c", "list_lru_isolate", Parity.Full)]
    public static void list_lru_isolate(list_lru_one* list, list_head* item)
    {
        list_del_init(item);
        list->nr_items--;
    }

    [KernelSource("mm/list_lru.c", "list_lru_isolate_move", Parity.Full)]
    public static void list_lru_isolate_move(list_lru_one* list, list_head* item, list_head* head)
    {
        list_move(item, head);
        list->nr_items--;
    }

    [KernelSource("mm/list_lru.c", "list_lru_count_one", Parity.Full)]
    public static ulong list_lru_count_one(list_lru* lru, int nid, mem_cgroup* memcg)
    {
        rcu_read_lock();
        list_lru_one* l = list_lru_from_memcg_idx(lru, nid, memcg_kmem_id(memcg));
        long count = l != null ? READ_ONCE(&l->nr_items) : 0;
        rcu_read_unlock();

        if (count < 0)
            count = 0;

        return (ulong)count;
    }

    [KernelSource("mm/list_lru.c", "list_lru_count_node", Parity.Full)]
    public static ulong list_lru_count_node(list_lru* lru, int nid)
    {
        list_lru_node* nlru = &lru->node[nid];

        return (ulong)atomic_long_read(&nlru->nr_items);
    }

    [KernelSource("mm/list_lru.c", "__list_lru_walk_one", Parity.Full)]
    [ContextUnsafe("the callback's result tells whether it has dropped the list's lock")]
    private static ulong __list_lru_walk_one(list_lru* lru, int nid, mem_cgroup* memcg,
        delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg, ulong* nr_to_walk, bool irq_off)
    {
        list_lru_node* nlru = &lru->node[nid];
        ulong isolated = 0;

    restart:
        list_lru_one* l = lock_list_lru_of_memcg(lru, nid, memcg, irq_off, true);
        if (l == null)
            return isolated;
        for (list_head* item = l->list.next, n; item != &l->list; item = n)
        {
            n = item->next;

            // Counted before the callback, so that items which are never freed do not keep the walk going for ever.
            if (*nr_to_walk == 0)
                break;
            --*nr_to_walk;

            int ret = isolate(item, l, cb_arg);
            switch (ret)
            {
                // The lock was dropped: the next item may be gone.
                case LRU_RETRY:
                    goto restart;
                case LRU_REMOVED_RETRY:
                case LRU_REMOVED:
                    isolated++;
                    atomic_long_dec(&nlru->nr_items);
                    if (ret == LRU_REMOVED_RETRY)
                        goto restart;
                    break;
                case LRU_ROTATE:
                    list_move_tail(item, &l->list);
                    break;
                case LRU_SKIP:
                    break;
                case LRU_STOP:
                    goto @out;
                default:
                    BUG();
                    break;
            }
        }
        unlock_list_lru(l, irq_off);
    @out:
        return isolated;
    }

    [KernelSource("mm/list_lru.c", "list_lru_walk_one", Parity.Full)]
    public static ulong list_lru_walk_one(list_lru* lru, int nid, mem_cgroup* memcg,
        delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg, ulong* nr_to_walk) =>
        __list_lru_walk_one(lru, nid, memcg, isolate, cb_arg, nr_to_walk, false);

    [KernelSource("mm/list_lru.c", "list_lru_walk_one_irq", Parity.Full)]
    public static ulong list_lru_walk_one_irq(list_lru* lru, int nid, mem_cgroup* memcg,
        delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg, ulong* nr_to_walk) =>
        __list_lru_walk_one(lru, nid, memcg, isolate, cb_arg, nr_to_walk, true);

    [KernelSource("mm/list_lru.c", "list_lru_walk_node", Parity.Full)]
    public static ulong list_lru_walk_node(list_lru* lru, int nid, delegate*<list_head*, list_lru_one*, void*, int> isolate,
                                           void* cb_arg, ulong* nr_to_walk)
    {
        ulong isolated = 0;

        isolated += list_lru_walk_one(lru, nid, null, isolate, cb_arg, nr_to_walk);

        if (*nr_to_walk > 0 && list_lru_memcg_aware(lru))
        {
            ulong index = 0;

            for (void* mlru = xa_find(&lru->xa, &index, ULONG_MAX, XA_PRESENT); mlru != null;
                 mlru = xa_find_after(&lru->xa, &index, ULONG_MAX, XA_PRESENT))
            {
                rcu_read_lock();
                mem_cgroup* memcg = mem_cgroup_from_id((ushort)index);
                if (!mem_cgroup_tryget(memcg))
                {
                    rcu_read_unlock();
                    continue;
                }
                rcu_read_unlock();
                isolated += __list_lru_walk_one(lru, nid, memcg, isolate, cb_arg, nr_to_walk, false);
                mem_cgroup_put(memcg);

                if (*nr_to_walk == 0)
                    break;
            }
        }

        return isolated;
    }

    [KernelSource("mm/list_lru.c", "init_one_lru", Parity.Full)]
    [Initializes("l")]
    private static void init_one_lru(list_lru* lru, list_lru_one* l)
    {
        INIT_LIST_HEAD(&l->list);
        spin_lock_init(&l->@lock);
        l->nr_items = 0;
        // The key that the kernel keeps in lru stands with the validator.
        lockdep_copy_map(&l->@lock, lru);
    }

    [KernelSource("mm/list_lru.c", "memcg_init_list_lru_one", Parity.Full)]
    private static list_lru_memcg* memcg_init_list_lru_one(list_lru* lru, gfp_t gfp)
    {
        list_lru_memcg* mlru = (list_lru_memcg*)kmalloc((ulong)sizeof(list_lru_memcg) + nr_node_ids * (ulong)sizeof(list_lru_one), gfp);
        if (mlru == null)
            return null;

        foreach (int nid in for_each_node())
            init_one_lru(lru, &list_lru_memcg.node(mlru)[nid]);

        return mlru;
    }

    [KernelSource("mm/list_lru.c", "memcg_init_list_lru", Parity.Full)]
    private static void memcg_init_list_lru(list_lru* lru, bool memcg_aware)
    {
        if (memcg_aware)
            xa_init_flags(&lru->xa, XA_FLAGS_LOCK_IRQ);
        lru->memcg_aware = memcg_aware;
    }

    [KernelSource("mm/list_lru.c", "memcg_destroy_list_lru", Parity.Full)]
    [Excludes("lru->xa.xa_lock")]
    private static void memcg_destroy_list_lru(list_lru* lru)
    {
        xa_state xas = XA_STATE(&lru->xa, 0);

        if (!list_lru_memcg_aware(lru))
            return;

        xas_lock_irq(&xas);
        for (void* mlru = xas_find(&xas, ULONG_MAX); mlru != null; mlru = xas_next_entry(&xas, ULONG_MAX))
        {
            kfree(mlru);
            xas_store(&xas, null);
        }
        xas_unlock_irq(&xas);
    }

    [KernelSource("mm/list_lru.c", "memcg_reparent_list_lru_one", Parity.Full)]
    [Excludes("src->lock")]
    private static void memcg_reparent_list_lru_one(list_lru* lru, int nid, list_lru_one* src, mem_cgroup* dst_memcg)
    {
        int dst_idx = dst_memcg->kmemcg_id;

        spin_lock_irq(&src->@lock);
        list_lru_one* dst = list_lru_from_memcg_idx(lru, nid, dst_idx);
        spin_lock_nested(&dst->@lock, SINGLE_DEPTH_NESTING);

        list_splice_init(&src->list, &dst->list);
        if (src->nr_items != 0)
        {
            WARN_ON(src->nr_items < 0);
            dst->nr_items += src->nr_items;
            set_shrinker_bit(dst_memcg, nid, lru_shrinker_id(lru));
        }
        // From now on whoever has this list goes to the parent.
        src->nr_items = LONG_MIN;

        spin_unlock(&dst->@lock);
        spin_unlock_irq(&src->@lock);
    }

    [KernelSource("mm/list_lru.c", "memcg_reparent_list_lrus", Parity.Full)]
    [Excludes("list_lrus_mutex")]
    public static void memcg_reparent_list_lrus(mem_cgroup* memcg, mem_cgroup* parent)
    {
        mutex_lock(list_lrus_mutex);
        for (list_head* p = memcg_list_lrus->next; p != memcg_list_lrus; p = p->next)
        {
            list_lru* lru = list_entry<list_lru>(p, &((list_lru*)nowhere)->list);
            xa_state xas = XA_STATE(&lru->xa, (ulong)memcg->kmemcg_id);

            // Out of the array first: css_is_dying() keeps anyone from putting another in.
            xas_lock_irq(&xas);
            list_lru_memcg* mlru = (list_lru_memcg*)xas_store(&xas, null);
            xas_unlock_irq(&xas);
            if (mlru == null)
                continue;

            // The lists in the array are dead to everyone who looks from now on; those who have them see LONG_MIN.
            foreach (int i in for_each_node())
                memcg_reparent_list_lru_one(lru, i, &list_lru_memcg.node(mlru)[i], parent);

            kvfree_rcu(mlru, &mlru->rcu);
        }
        mutex_unlock(list_lrus_mutex);
    }

    [KernelSource("mm/list_lru.c", "memcg_list_lru_allocated", Parity.Full)]
    private static bool memcg_list_lru_allocated(mem_cgroup* memcg, list_lru* lru)
    {
        int idx = memcg->kmemcg_id;

        return idx < 0 || xa_load(&lru->xa, (ulong)idx) != null;
    }

    /// <summary>Makes the lists of a group and of those of its ancestors that have none, from the top down.</summary>
    [KernelSource("mm/list_lru.c", "memcg_list_lru_alloc", Parity.Full)]
    [Excludes("lru->xa.xa_lock")]
    public static int memcg_list_lru_alloc(mem_cgroup* memcg, list_lru* lru, gfp_t gfp)
    {
        list_lru_memcg* mlru = null;
        mem_cgroup* pos;
        xa_state xas = XA_STATE(&lru->xa, 0);

        if (!list_lru_memcg_aware(lru) || memcg_list_lru_allocated(memcg, lru))
            return 0;

        gfp &= GFP_RECLAIM_MASK;
        // A parent's lists must be there before a child's: reparenting has to find them.
        do
        {
            pos = memcg;
            mem_cgroup* parent = parent_mem_cgroup(pos);
            while (!memcg_list_lru_allocated(parent, lru))
            {
                pos = parent;
                parent = parent_mem_cgroup(pos);
            }

            if (mlru == null)
            {
                mlru = memcg_init_list_lru_one(lru, gfp);
                if (mlru == null)
                    return -ENOMEM;
            }
            xas_set(&xas, (ulong)pos->kmemcg_id);
            do
            {
                xas_lock_irqsave(&xas, out IrqFlags flags);
                if (xas_load(&xas) == null && !css_is_dying(&pos->css))
                {
                    xas_store(&xas, mlru);
                    if (xas_error(&xas) == 0)
                        mlru = null;
                }
                xas_unlock_irqrestore(&xas, flags);
            } while (xas_nomem(&xas, gfp));
        } while (pos != memcg && !css_is_dying(&pos->css));

        if (mlru != null)
            kfree(mlru);

        return xas_error(&xas);
    }

    [KernelSource("mm/list_lru.c", "__list_lru_init", Parity.Full)]
    public static int __list_lru_init(list_lru* lru, bool memcg_aware, shrinker* shrinker)
    {
        if (shrinker != null)
            lru->shrinker_id = shrinker->id;
        else
            lru->shrinker_id = -1;

        if (mem_cgroup_kmem_disabled())
            memcg_aware = false;

        lru->node = kcalloc<list_lru_node>(nr_node_ids, GFP_KERNEL);
        if (lru->node == null)
            return -ENOMEM;

        foreach (int i in for_each_node())
            init_one_lru(lru, &lru->node[i].lru);

        memcg_init_list_lru(lru, memcg_aware);
        list_lru_register(lru);

        return 0;
    }

    [KernelSource("mm/list_lru.c", "list_lru_destroy", Parity.Full)]
    public static void list_lru_destroy(list_lru* lru)
    {
        // Was it ever there?
        if (lru->node == null)
            return;

        list_lru_unregister(lru);

        memcg_destroy_list_lru(lru);
        kfree(lru->node);
        lru->node = null;

        lru->shrinker_id = -1;
    }
}
