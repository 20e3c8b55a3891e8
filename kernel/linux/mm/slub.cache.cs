// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_slub_c
{
    private static uint slub_min_order;
    private static uint slub_max_order = PAGE_ALLOC_COSTLY_ORDER;
    private static uint slub_min_objects;

    private static ulong slab_nodes; // a bit for each node that caches have a structure for

    /// <summary>The lowest order that wastes no more than one part in <paramref name="fract_leftover"/>.</summary>
    [KernelSource("mm/slub.c", "calc_slab_order", Parity.Full)]
    private static uint calc_slab_order(uint size, uint min_order, uint max_order, uint fract_leftover)
    {
        uint order;

        for (order = min_order; order <= max_order; order++)
        {
            uint slab_size = (uint)PAGE_SIZE << (int)order;
            uint rem = slab_size % size;

            if (rem <= slab_size / fract_leftover)
                break;
        }

        return order;
    }

    [KernelSource("mm/slub.c", "calculate_order", Parity.Full)]
    private static int calculate_order(uint size)
    {
        uint order;
        uint min_objects = slub_min_objects;

        // The more CPUs, the more objects a slab should have, so that they meet less at the node.
        if (min_objects == 0)
        {
            uint nr_cpus = num_present_cpus();
            if (nr_cpus <= 1)
                nr_cpus = (uint)nr_cpu_ids;
            min_objects = 4 * ((uint)fls(nr_cpus) + 1);
        }
        uint max_objects = Math.Max(order_objects(slub_max_order, size), 1U);
        min_objects = Math.Min(min_objects, max_objects);

        uint min_order = Math.Max(slub_min_order, (uint)get_order((ulong)min_objects * size));
        if (order_objects(min_order, size) > MAX_OBJS_PER_PAGE)
            return get_order((ulong)size * MAX_OBJS_PER_PAGE) - 1;

        // First with little waste, then with ever more.
        for (uint fraction = 16; fraction > 1; fraction /= 2)
        {
            order = calc_slab_order(size, min_order, slub_max_order, fraction);
            if (order <= slub_max_order)
                return (int)order;
        }

        // One object a slab, beyond the usual maximum.
        order = (uint)get_order(size);
        if (order <= MAX_PAGE_ORDER)
            return (int)order;
        return -ENOSYS;
    }

    [KernelSource("mm/slub.c", "init_kmem_cache_node", Parity.Full)]
    [Initializes("n")]
    private static void init_kmem_cache_node(kmem_cache_node* n, void* barn)
    {
        n->nr_partial = 0;
        spin_lock_init(&n->list_lock);
        INIT_LIST_HEAD(&n->partial);
        atomic_long_set(&n->nr_slabs, 0);
        atomic_long_set(&n->total_objects, 0);
        INIT_LIST_HEAD(&n->full);
        n->barn = barn;
    }

    [KernelSource("mm/slub.c", "alloc_kmem_cache_cpus", Parity.Full)]
    private static bool alloc_kmem_cache_cpus(kmem_cache* s)
    {
        s->cpu_slab = (PerCpu<kmem_cache_cpu>*)__alloc_percpu((ulong)sizeof(kmem_cache_cpu), 2 * (ulong)sizeof(void*));

        if (s->cpu_slab == null)
            return false;

        init_kmem_cache_cpus(s);

        return true;
    }

    private static kmem_cache* kmem_cache_node;

    // The first kmem_cache_node is taken by hand from the first slab of its own cache.
    [KernelSource("mm/slub.c", "early_kmem_cache_node_alloc", Parity.Full)]
    private static void early_kmem_cache_node_alloc(int node)
    {
        BUG_ON(kmem_cache_node->size < (uint)sizeof(kmem_cache_node));

        slab* slab = new_slab(kmem_cache_node, GFP_NOWAIT, node);

        BUG_ON(slab == null);

        kmem_cache_node* n = (kmem_cache_node*)slab->freelist;
        BUG_ON(n == null);
        slab->freelist = get_freepointer(kmem_cache_node, n);
        slab_poison.alloc(kmem_cache_node, n);
        slab->inuse = 1;
        kmem_cache_node->node[node] = (ulong)n;
        init_kmem_cache_node(n, null);
        inc_slabs_node(kmem_cache_node, node, (int)slab->objects);

        // Nobody else is there yet: no lock.
        __add_partial(n, slab, DEACTIVATE_TO_HEAD);
    }

    [KernelSource("mm/slub.c", "free_kmem_cache_nodes", Parity.Full)]
    private static void free_kmem_cache_nodes(kmem_cache* s)
    {
        for (int node = 0; node < nr_node_ids; node++)
        {
            kmem_cache_node* n = get_node(s, node);
            if (n == null)
                continue;

            s->node[node] = 0;
            kmem_cache_free(kmem_cache_node, n);
        }
    }

    [KernelSource("mm/slub.c", "__kmem_cache_release", Parity.Full)]
    public static void __kmem_cache_release(kmem_cache* s)
    {
        free_percpu(s->cpu_slab);
        free_kmem_cache_nodes(s);
    }

    [KernelSource("mm/slub.c", "init_kmem_cache_nodes", Parity.Full)]
    private static bool init_kmem_cache_nodes(kmem_cache* s)
    {
        for (int node = 0; node < nr_node_ids; node++)
        {
            if ((slab_nodes >> node & 1) == 0)
                continue;

            if (slab_state == DOWN)
            {
                early_kmem_cache_node_alloc(node);
                continue;
            }

            kmem_cache_node* n = (kmem_cache_node*)kmem_cache_alloc_node(kmem_cache_node, GFP_KERNEL, node);
            if (n == null)
                return false;

            init_kmem_cache_node(n, null);

            s->node[node] = (ulong)n;
        }
        return true;
    }

    // How many free objects a CPU may keep, so that the node's lock is rarely taken.
    [KernelSource("mm/slub.c", "set_cpu_partial", Parity.Full)]
    private static void set_cpu_partial(kmem_cache* s)
    {
        uint nr_objects;

        if (!kmem_cache_has_cpu_partial(s))
            nr_objects = 0;
        else if (s->size >= PAGE_SIZE)
            nr_objects = 6;
        else if (s->size >= 1024)
            nr_objects = 24;
        else if (s->size >= 256)
            nr_objects = 52;
        else
            nr_objects = 120;

        slub_set_cpu_partial(s, nr_objects);
    }

    /// <summary>Lays the object out, with its free pointer, and settles the slab's order.</summary>
    [KernelSource("mm/slub.c", "calculate_sizes", Parity.Full)]
    private static bool calculate_sizes(kmem_cache_args* args, kmem_cache* s)
    {
        slab_flags_t flags = s->flags;
        uint size = s->object_size;

        size = ALIGN(size, (uint)sizeof(void*));

        // So much of the object is in use; metadata follow.
        s->inuse = size;

        if (((flags & SLAB_TYPESAFE_BY_RCU) != 0 && !args->use_freeptr_offset) || (flags & SLAB_POISON) != 0 ||
            s->ctor != null)
        {
            // The object keeps its contents while free: the pointer must stand after it.
            s->offset = size;
            size += (uint)sizeof(void*);
        }
        else if ((flags & SLAB_TYPESAFE_BY_RCU) != 0 && args->use_freeptr_offset)
        {
            s->offset = args->freeptr_offset;
        }
        else
        {
            // In the middle, away from overruns of the neighbours.
            s->offset = s->object_size / 2 & ~((uint)sizeof(void*) - 1);
        }

        size = ALIGN(size, s->align);
        s->size = size;
        s->reciprocal_size = reciprocal_value(size);
        int order = calculate_order(size);

        if (order < 0)
            return false;

        s->allocflags = __GFP_COMP;

        if ((s->flags & SLAB_CACHE_DMA) != 0)
            s->allocflags |= GFP_DMA;

        if ((s->flags & SLAB_CACHE_DMA32) != 0)
            s->allocflags |= GFP_DMA32;

        if ((s->flags & SLAB_RECLAIM_ACCOUNT) != 0)
            s->allocflags |= __GFP_RECLAIMABLE;

        s->oo = oo_make((uint)order, size);
        s->min = oo_make((uint)get_order(size), size);

        return oo_objects(s->oo) != 0;
    }

    [KernelSource("mm/slub.c", "list_slab_objects", Parity.Full)]
    private static void list_slab_objects(kmem_cache* s, slab* slab)
    {
    }

    [KernelSource("mm/slub.c", "free_partial", Parity.Full)]
    [Excludes("n->list_lock")]
    private static void free_partial(kmem_cache* s, kmem_cache_node* n)
    {
        list_head discard;
        INIT_LIST_HEAD(&discard);

        BUG_ON(irqs_disabled());
        spin_lock_irq(&n->list_lock);
        for (list_head* pos = n->partial.next, h; pos != &n->partial; pos = h)
        {
            slab* slab = list_entry<slab>(pos, &((slab*)nowhere)->slab_list);
            h = pos->next;

            if (slab->inuse == 0)
            {
                remove_partial(n, slab);
                list_add(&slab->slab_list, &discard);
            }
            else
            {
                list_slab_objects(s, slab);
            }
        }
        spin_unlock_irq(&n->list_lock);

        for (list_head* pos = discard.next, h; pos != &discard; pos = h)
        {
            h = pos->next;
            discard_slab(s, list_entry<slab>(pos, &((slab*)nowhere)->slab_list));
        }
    }

    [KernelSource("mm/slub.c", "__kmem_cache_empty", Parity.Full)]
    public static bool __kmem_cache_empty(kmem_cache* s)
    {
        for (int node = 0; node < nr_node_ids; node++)
        {
            kmem_cache_node* n = get_node(s, node);
            if (n != null && (n->nr_partial != 0 || node_nr_slabs(n) != 0))
                return false;
        }
        return true;
    }

    /// <summary>Frees all slabs; 1 if objects are left.</summary>
    [KernelSource("mm/slub.c", "__kmem_cache_shutdown", Parity.Full)]
    public static int __kmem_cache_shutdown(kmem_cache* s)
    {
        flush_all_cpus_locked(s);

        for (int node = 0; node < nr_node_ids; node++)
        {
            kmem_cache_node* n = get_node(s, node);
            if (n == null)
                continue;
            free_partial(s, n);
            if (n->nr_partial != 0 || node_nr_slabs(n) != 0)
                return 1;
        }
        return 0;
    }

    private const int SHRINK_PROMOTE_MAX = 32;

    /// <summary>Frees the node's empty slabs and puts the fullest others first, so that the rest may run empty.</summary>
    [KernelSource("mm/slub.c", "__kmem_cache_do_shrink", Parity.Full)]
    private static int __kmem_cache_do_shrink(kmem_cache* s)
    {
        list_head discard;
        list_head* promote = stackalloc list_head[SHRINK_PROMOTE_MAX];
        int ret = 0;

        for (int node = 0; node < nr_node_ids; node++)
        {
            kmem_cache_node* n = get_node(s, node);
            if (n == null)
                continue;

            INIT_LIST_HEAD(&discard);
            for (int i = 0; i < SHRINK_PROMOTE_MAX; i++)
                INIT_LIST_HEAD(promote + i);

            spin_lock_irqsave(&n->list_lock, out IrqFlags flags);

            // Frees may go on meanwhile: a slab counted as not empty may be so by now.
            for (list_head* pos = n->partial.next, t; pos != &n->partial; pos = t)
            {
                slab* slab = list_entry<slab>(pos, &((slab*)nowhere)->slab_list);
                t = pos->next;
                ulong counters = READ_ONCE(&slab->counters);
                uint objects = slab->objects;
                int free = (int)(objects - (ushort)counters);

                BUG_ON(free <= 0);

                if (free == (int)objects)
                {
                    list_move(&slab->slab_list, &discard);
                    slab_clear_node_partial(slab);
                    n->nr_partial--;
                    dec_slabs_node(s, node, (int)objects);
                }
                else if (free <= SHRINK_PROMOTE_MAX)
                {
                    list_move(&slab->slab_list, promote + free - 1);
                }
            }

            for (int i = SHRINK_PROMOTE_MAX - 1; i >= 0; i--)
                list_splice(promote + i, &n->partial);

            spin_unlock_irqrestore(&n->list_lock, flags);

            for (list_head* pos = discard.next, t; pos != &discard; pos = t)
            {
                t = pos->next;
                free_slab(s, list_entry<slab>(pos, &((slab*)nowhere)->slab_list));
            }

            if (node_nr_slabs(n) != 0)
                ret = 1;
        }

        return ret;
    }

    [KernelSource("mm/slub.c", "__kmem_cache_shrink", Parity.Full)]
    public static int __kmem_cache_shrink(kmem_cache* s)
    {
        flush_all(s);
        return __kmem_cache_do_shrink(s);
    }

    // The first two caches lived in static memory: move one into an object of its own kind.
    [KernelSource("mm/slub.c", "bootstrap", Parity.Full)]
    private static kmem_cache* bootstrap(kmem_cache* static_cache)
    {
        kmem_cache* s = (kmem_cache*)kmem_cache_zalloc(mm_slab_common_c.kmem_cache, GFP_NOWAIT);

        memcpy(s, static_cache, mm_slab_common_c.kmem_cache->object_size);

        // The slab that served the copy still names the static cache.
        __flush_cpu_slab(s, smp_processor_id());
        for (int node = 0; node < nr_node_ids; node++)
        {
            kmem_cache_node* n = get_node(s, node);
            if (n == null)
                continue;

            for (list_head* p = n->partial.next; p != &n->partial; p = p->next)
                list_entry<slab>(p, &((slab*)nowhere)->slab_list)->slab_cache = s;
        }
        list_add(&s->list, slab_caches);
        return s;
    }

    private static readonly kmem_cache* boot_kmem_cache = bss<kmem_cache>();
    private static readonly kmem_cache* boot_kmem_cache_node = bss<kmem_cache>();

    [KernelSource("mm/slub.c", "kmem_cache_init", Parity.Reduced, "no hotplug of nodes; one freelist order for all")]
    public static void kmem_cache_init()
    {
        // What C's static initializers have done by now, here and in the two files that live on slabs.
        INIT_LIST_HEAD(slab_caches);
        mutex_init(slab_mutex);
        mutex_init(flush_lock);
        list_lru_early_init();
        shrinker_early_init();
        foreach (int cpu in for_each_possible_cpu())
            init_irq_work(&per_cpu_ptr(defer_free_objects, cpu)->work, &free_deferred_objects);

        kmem_cache_node = boot_kmem_cache_node;
        mm_slab_common_c.kmem_cache = boot_kmem_cache;

        slab_nodes = 1;

        create_boot_cache(kmem_cache_node, rodata("kmem_cache_node"u8), (uint)sizeof(kmem_cache_node),
                          SLAB_HWCACHE_ALIGN | SLAB_NO_OBJ_EXT, 0, 0);

        // Per-node structures can be had from now on.
        slab_state = PARTIAL;

        create_boot_cache(mm_slab_common_c.kmem_cache, rodata("kmem_cache"u8),
                          (uint)offsetof(&((kmem_cache*)nowhere)->node[0]) + (uint)nr_node_ids * (uint)sizeof(kmem_cache_node*),
                          SLAB_HWCACHE_ALIGN | SLAB_NO_OBJ_EXT, 0, 0);

        mm_slab_common_c.kmem_cache = bootstrap(boot_kmem_cache);
        kmem_cache_node = bootstrap(boot_kmem_cache_node);

        setup_kmalloc_cache_index_table();
        create_kmalloc_caches();

        cpuhp_setup_state_nocalls(CPUHP_SLUB_DEAD, "slub:dead", null, &slub_cpu_dead);
    }

    [KernelSource("mm/slub.c", "kmem_cache_init_late", Parity.Full)]
    public static void kmem_cache_init_late()
    {
        flushwq = alloc_workqueue("slub_flushwq"u8, WQ_MEM_RECLAIM, 0);
        WARN_ON(flushwq == null);
    }

    [KernelSource("mm/slub.c", "__kmem_cache_alias", Parity.Full)]
    public static kmem_cache* __kmem_cache_alias(byte* name, uint size, uint align, slab_flags_t flags,
                                                 delegate*<void*, void> ctor)
    {
        kmem_cache* s = find_mergeable(size, align, flags, name, ctor);
        if (s != null)
        {
            s->refcount++;

            // The larger object decides what is cleared.
            s->object_size = Math.Max(s->object_size, size);
            s->inuse = Math.Max(s->inuse, ALIGN(size, (uint)sizeof(void*)));
        }

        return s;
    }

    [KernelSource("mm/slub.c", "do_kmem_cache_create", Parity.Reduced, "no sheaves: a sheaf capacity is not heeded")]
    public static int do_kmem_cache_create(kmem_cache* s, byte* name, uint size, kmem_cache_args* args, slab_flags_t flags)
    {
        int err = -EINVAL;

        s->name = name;
        s->size = s->object_size = size;

        s->flags = kmem_cache_flags(flags, s->name);
        s->align = args->align;
        s->ctor = args->ctor;
        s->useroffset = args->useroffset;
        s->usersize = args->usersize;

        if (!calculate_sizes(args, s))
            goto @out;

        // The larger the object, the more partial slabs a node keeps.
        s->min_partial = Math.Min(MAX_PARTIAL, (ulong)ilog2(s->size) / 2);
        s->min_partial = Math.Max(MIN_PARTIAL, s->min_partial);

        set_cpu_partial(s);

        if (!init_kmem_cache_nodes(s))
            goto @out;

        if (!alloc_kmem_cache_cpus(s))
            goto @out;

        err = 0;

    @out:
        if (err != 0)
            __kmem_cache_release(s);
        return err;
    }
}
