// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_slub_c
{
    [KernelSource("mm/slub.c", "alloc_slab_page", Parity.Full)]
    private static slab* alloc_slab_page(gfp_t flags, int node, kmem_cache_order_objects oo, bool allow_spin)
    {
        folio* folio;
        uint order = oo_order(oo);

        if (!allow_spin)
            folio = (folio*)alloc_frozen_pages_nolock(0, node, order); // compound without being asked
        else if (node == NUMA_NO_NODE)
            folio = (folio*)alloc_frozen_pages(flags, order);
        else
            folio = (folio*)__alloc_frozen_pages(flags, order, node, null);

        if (folio == null)
            return null;

        slab* slab = folio_slab(folio);
        __folio_set_slab(folio);
        if (folio_is_pfmemalloc(folio))
            slab_set_pfmemalloc(slab);

        return slab;
    }

    [KernelSource("mm/slub.c", "account_slab", Parity.Full)]
    private static void account_slab(slab* slab, int order, kmem_cache* s, gfp_t gfp)
    {
        if (memcg_kmem_online() && (s->flags & SLAB_ACCOUNT) != 0)
            alloc_slab_obj_exts(slab, s, gfp, true);

        mod_node_page_state(slab_pgdat(slab), cache_vmstat_idx(s), (long)(PAGE_SIZE << order));
    }

    [KernelSource("mm/slub.c", "unaccount_slab", Parity.Full)]
    private static void unaccount_slab(slab* slab, int order, kmem_cache* s)
    {
        // A kmalloc slab may have got a vector without SLAB_ACCOUNT: look always.
        free_slab_obj_exts(slab);

        mod_node_page_state(slab_pgdat(slab), cache_vmstat_idx(s), -(long)(PAGE_SIZE << order));
    }

    [KernelSource("mm/slub.c", "allocate_slab", Parity.Full)]
    private static slab* allocate_slab(kmem_cache* s, gfp_t flags, int node)
    {
        bool allow_spin = gfpflags_allow_spinning(flags);
        kmem_cache_order_objects oo = s->oo;

        flags &= gfp_allowed_mask;

        flags |= s->allocflags;

        // The preferred order may fail without a sound: the minimum order is tried in earnest.
        gfp_t alloc_gfp = (flags | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
        if ((alloc_gfp & __GFP_DIRECT_RECLAIM) != 0 && oo_order(oo) > oo_order(s->min))
            alloc_gfp = (alloc_gfp | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;

        slab* slab = alloc_slab_page(alloc_gfp, node, oo, allow_spin);
        if (slab == null)
        {
            oo = s->min;
            alloc_gfp = flags;
            slab = alloc_slab_page(alloc_gfp, node, oo, allow_spin);
            if (slab == null)
                return null;
        }

        slab->objects = oo_objects(oo);
        slab->inuse = 0;
        slab->frozen = 0;
        init_slab_obj_exts(slab);

        account_slab(slab, (int)oo_order(oo), s, flags);

        slab->slab_cache = s;

        byte* start = (byte*)setup_object(s, slab_address(slab));
        byte* p = start;
        slab->freelist = start;
        for (uint idx = 0; idx < slab->objects - 1; idx++)
        {
            byte* next = (byte*)setup_object(s, p + s->size);

            set_freepointer(s, p, next);
            p = next;
        }
        set_freepointer(s, p, null);

        return slab;
    }

    [KernelSource("mm/slub.c", "new_slab", Parity.Full)]
    private static slab* new_slab(kmem_cache* s, gfp_t flags, int node)
    {
        if ((flags & GFP_SLAB_BUG_MASK) != 0)
            flags = kmalloc_fix_flags(flags);

        WARN_ON_ONCE(s->ctor != null && (flags & __GFP_ZERO) != 0);

        return allocate_slab(s, flags & (GFP_RECLAIM_MASK | GFP_CONSTRAINT_MASK), node);
    }

    [KernelSource("mm/slub.c", "__free_slab", Parity.Full)]
    private static void __free_slab(kmem_cache* s, slab* slab)
    {
        folio* folio = slab_folio(slab);
        int order = (int)folio_order(folio);
        int pages = 1 << order;

        __slab_clear_pfmemalloc(slab);
        folio->mapping = null;
        __folio_clear_slab(folio);
        mm_account_reclaimed_pages((ulong)pages);
        unaccount_slab(slab, order, s);
        free_frozen_pages(&folio->page, (uint)order);
    }

    [KernelSource("mm/slub.c", "rcu_free_slab", Parity.Full)]
    private static void rcu_free_slab(rcu_head* h)
    {
        slab* slab = container_of<slab>(h, &((slab*)nowhere)->rcu_head);

        __free_slab(slab->slab_cache, slab);
    }

    [KernelSource("mm/slub.c", "free_slab", Parity.Full)]
    private static void free_slab(kmem_cache* s, slab* slab)
    {
        if ((s->flags & SLAB_TYPESAFE_BY_RCU) != 0)
            call_rcu(&slab->rcu_head, &rcu_free_slab);
        else
            __free_slab(s, slab);
    }

    [KernelSource("mm/slub.c", "discard_slab", Parity.Full)]
    private static void discard_slab(kmem_cache* s, slab* slab)
    {
        dec_slabs_node(s, slab_nid(slab), (int)slab->objects);
        free_slab(s, slab);
    }

    [KernelSource("mm/slub.c", "slab_test_node_partial", Parity.Full)]
    private static bool slab_test_node_partial(slab* slab) => test_bit(SL_partial, &slab->flags.f);

    [KernelSource("mm/slub.c", "slab_set_node_partial", Parity.Full)]
    private static void slab_set_node_partial(slab* slab) => set_bit(SL_partial, &slab->flags.f);

    [KernelSource("mm/slub.c", "slab_clear_node_partial", Parity.Full)]
    private static void slab_clear_node_partial(slab* slab) => clear_bit(SL_partial, &slab->flags.f);

    [KernelSource("mm/slub.c", "__add_partial", Parity.Full)]
    [ContextUnsafe("add_partial() has the lock; at boot the node is nobody else's", Rule = "KM0101")]
    private static void __add_partial(kmem_cache_node* n, slab* slab, int tail)
    {
        n->nr_partial++;
        if (tail == DEACTIVATE_TO_TAIL)
            list_add_tail(&slab->slab_list, &n->partial);
        else
            list_add(&slab->slab_list, &n->partial);
        slab_set_node_partial(slab);
    }

    [KernelSource("mm/slub.c", "add_partial", Parity.Full)]
    [MustHold("n->list_lock")]
    private static void add_partial(kmem_cache_node* n, slab* slab, int tail)
    {
        lockdep_assert_held(&n->list_lock);
        __add_partial(n, slab, tail);
    }

    [KernelSource("mm/slub.c", "remove_partial", Parity.Full)]
    [MustHold("n->list_lock")]
    private static void remove_partial(kmem_cache_node* n, slab* slab)
    {
        lockdep_assert_held(&n->list_lock);
        list_del(&slab->slab_list);
        slab_clear_node_partial(slab);
        n->nr_partial--;
    }

    // The first fitting slab is returned; as many more go to the CPU's own partial list as it may keep half of.
    [KernelSource("mm/slub.c", "get_partial_node", Parity.Full)]
    [Excludes("n->list_lock")]
    private static slab* get_partial_node(kmem_cache* s, kmem_cache_node* n, partial_context* pc)
    {
        slab* partial = null;
        IrqFlags flags;
        uint partial_slabs = 0;

        // Looked at without the lock: at worst a new slab is allocated, or a search finds nothing.
        if (n == null || n->nr_partial == 0)
            return null;

        if (gfpflags_allow_spinning(pc->flags))
            spin_lock_irqsave(&n->list_lock, out flags);
        else if (!spin_trylock_irqsave(&n->list_lock, out flags))
            return null;
        for (list_head* pos = n->partial.next, next; pos != &n->partial; pos = next)
        {
            slab* slab = list_entry<slab>(pos, &((slab*)nowhere)->slab_list);
            next = pos->next;

            if (!pfmemalloc_match(slab, pc->flags))
                continue;

            remove_partial(n, slab);

            if (partial == null)
            {
                partial = slab;

                if (slub_get_cpu_partial(s) == 0)
                    break;
            }
            else
            {
                put_cpu_partial(s, slab, 0);

                if (++partial_slabs > slub_get_cpu_partial(s) / 2)
                    break;
            }
        }
        spin_unlock_irqrestore(&n->list_lock, flags);
        return partial;
    }

    [KernelSource("mm/slub.c", "get_any_partial", Parity.Full)]
    private static slab* get_any_partial(kmem_cache* s, partial_context* pc) => null;

    [KernelSource("mm/slub.c", "get_partial", Parity.Full)]
    private static slab* get_partial(kmem_cache* s, int node, partial_context* pc)
    {
        int searchnode = node;

        if (node == NUMA_NO_NODE)
            searchnode = numa_mem_id();

        slab* slab = get_partial_node(s, get_node(s, searchnode), pc);
        if (slab != null || (node != NUMA_NO_NODE && (pc->flags & __GFP_THISNODE) != 0))
            return slab;

        return get_any_partial(s, pc);
    }

    [KernelSource("mm/slub.c", "next_tid", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong next_tid(ulong tid) => tid + TID_STEP;

    [KernelSource("mm/slub.c", "init_tid", Parity.Full)]
    private static uint init_tid(int cpu) => (uint)cpu;

    [KernelSource("mm/slub.c", "init_kmem_cache_cpus", Parity.Full)]
    private static void init_kmem_cache_cpus(kmem_cache* s)
    {
        foreach (int cpu in for_each_possible_cpu())
        {
            kmem_cache_cpu* c = per_cpu_ptr(s->cpu_slab, cpu);
            local_trylock_init(&c->@lock);
            c->tid = init_tid(cpu);
        }
    }

    /// <summary>Gives a CPU's slab back: its free objects to the slab, the slab to the node, or to the page allocator.</summary>
    [KernelSource("mm/slub.c", "deactivate_slab", Parity.Full)]
    private static void deactivate_slab(kmem_cache* s, slab* slab, void* freelist)
    {
        kmem_cache_node* n = get_node(s, slab_nid(slab));
        int free_delta = 0;
        int tail = DEACTIVATE_TO_HEAD;
        Unsafe.SkipInit(out slab @new);
        Unsafe.SkipInit(out slab old);

        if (READ_ONCE((nint*)&slab->freelist) != 0)
            tail = DEACTIVATE_TO_TAIL;

        // First: find the tail of the CPU's freelist, and how long it is.
        void* freelist_tail = null;
        void* freelist_iter = freelist;
        while (freelist_iter != null)
        {
            void* nextfree = get_freepointer(s, freelist_iter);

            freelist_tail = freelist_iter;
            free_delta++;

            freelist_iter = nextfree;
        }

        // Second: unfreeze, with that list put before what others have freed meanwhile.
        do
        {
            old.freelist = (void*)READ_ONCE((nint*)&slab->freelist);
            old.counters = READ_ONCE(&slab->counters);
            VM_BUG_ON(old.frozen == 0);

            @new.counters = old.counters;
            @new.frozen = 0;
            if (freelist_tail != null)
            {
                @new.inuse -= (uint)free_delta;
                set_freepointer(s, freelist_tail, old.freelist);
                @new.freelist = freelist;
            }
            else
            {
                @new.freelist = old.freelist;
            }
        } while (!slab_update_freelist(s, slab, old.freelist, old.counters, @new.freelist, @new.counters));

        // Third: the slab goes where its state wants it.
        if (@new.inuse == 0 && n->nr_partial >= s->min_partial)
        {
            discard_slab(s, slab);
        }
        else if (@new.freelist != null)
        {
            spin_lock_irqsave(&n->list_lock, out IrqFlags flags);
            add_partial(n, slab, tail);
            spin_unlock_irqrestore(&n->list_lock, flags);
        }
    }

    [KernelSource("mm/slub.c", "local_lock_cpu_slab", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("s->cpu_slab->lock"), IrqSave("flags")]
    private static void local_lock_cpu_slab(kmem_cache* s, out IrqFlags flags) =>
        local_lock_irqsave(lock_of(s->cpu_slab), out flags);

    [KernelSource("mm/slub.c", "local_unlock_cpu_slab", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("s->cpu_slab->lock"), IrqRestore("flags")]
    private static void local_unlock_cpu_slab(kmem_cache* s, IrqFlags flags) =>
        local_unlock_irqrestore(lock_of(s->cpu_slab), flags);

    [KernelSource("mm/slub.c", "__put_partials", Parity.Full)]
    [ContextUnsafe("a slab has a node: the first turn takes its lock", Rule = "KM0103")]
    private static void __put_partials(kmem_cache* s, slab* partial_slab)
    {
        kmem_cache_node* n = null;
        slab* slab_to_discard = null;
        IrqFlags flags = default;

        while (partial_slab != null)
        {
            slab* slab = partial_slab;
            partial_slab = slab->next;

            kmem_cache_node* n2 = get_node(s, slab_nid(slab));
            if (n != n2)
            {
                if (n != null)
                    spin_unlock_irqrestore(&n->list_lock, flags);

                n = n2;
                spin_lock_irqsave(&n->list_lock, out flags);
            }

            if (slab->inuse == 0 && n->nr_partial >= s->min_partial)
            {
                slab->next = slab_to_discard;
                slab_to_discard = slab;
            }
            else
            {
                add_partial(n, slab, DEACTIVATE_TO_TAIL);
            }
        }

        if (n != null)
            spin_unlock_irqrestore(&n->list_lock, flags);

        while (slab_to_discard != null)
        {
            slab* slab = slab_to_discard;
            slab_to_discard = slab_to_discard->next;

            discard_slab(s, slab);
        }
    }

    [KernelSource("mm/slub.c", "put_partials", Parity.Full)]
    private static void put_partials(kmem_cache* s)
    {
        local_lock_irqsave(lock_of(s->cpu_slab), out IrqFlags flags);
        kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
        slab* partial_slab = c->partial;
        c->partial = null;
        local_unlock_irqrestore(lock_of(s->cpu_slab), flags);

        if (partial_slab != null)
            __put_partials(s, partial_slab);
    }

    [KernelSource("mm/slub.c", "put_partials_cpu", Parity.Full)]
    private static void put_partials_cpu(kmem_cache* s, kmem_cache_cpu* c)
    {
        slab* partial_slab = c->partial;
        c->partial = null;

        if (partial_slab != null)
            __put_partials(s, partial_slab);
    }

    /// <summary>Puts a slab on this CPU's partial list. With <paramref name="drain"/> a full list goes to the node first.</summary>
    [KernelSource("mm/slub.c", "put_cpu_partial", Parity.Full)]
    private static void put_cpu_partial(kmem_cache* s, slab* slab, int drain)
    {
        slab* slab_to_put = null;
        int slabs = 0;

        local_lock_cpu_slab(s, out IrqFlags flags);

        kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
        slab* oldslab = c->partial;

        if (oldslab != null)
        {
            if (drain != 0 && oldslab->slabs >= (int)s->cpu_partial_slabs)
            {
                slab_to_put = oldslab;
                oldslab = null;
            }
            else
            {
                slabs = oldslab->slabs;
            }
        }

        slabs++;

        slab->slabs = slabs;
        slab->next = oldslab;

        c->partial = slab;

        local_unlock_cpu_slab(s, flags);

        if (slab_to_put != null)
            __put_partials(s, slab_to_put);
    }

    [KernelSource("mm/slub.c", "flush_slab", Parity.Full)]
    [Excludes("s->cpu_slab->lock")]
    private static void flush_slab(kmem_cache* s, kmem_cache_cpu* c)
    {
        local_lock_irqsave(lock_of(s->cpu_slab), out IrqFlags flags);

        slab* slab = c->slab;
        void* freelist = c->freelist;

        c->slab = null;
        c->freelist = null;
        c->tid = next_tid(c->tid);

        local_unlock_irqrestore(lock_of(s->cpu_slab), flags);

        if (slab != null)
            deactivate_slab(s, slab, freelist);
    }

    /// <summary>The same for a CPU that runs no more, so that nothing needs a lock.</summary>
    [KernelSource("mm/slub.c", "__flush_cpu_slab", Parity.Full)]
    private static void __flush_cpu_slab(kmem_cache* s, int cpu)
    {
        kmem_cache_cpu* c = per_cpu_ptr(s->cpu_slab, cpu);
        void* freelist = c->freelist;
        slab* slab = c->slab;

        c->slab = null;
        c->freelist = null;
        c->tid = next_tid(c->tid);

        if (slab != null)
            deactivate_slab(s, slab, freelist);

        put_partials_cpu(s, c);
    }

    [KernelSource("mm/slub.c", "flush_this_cpu_slab", Parity.Full)]
    [ContextUnsafe("a worker that is bound to its CPU", Rule = "KM0401")]
    private static void flush_this_cpu_slab(kmem_cache* s)
    {
        kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);

        if (c->slab != null)
            flush_slab(s, c);

        put_partials(s);
    }

    [KernelSource("mm/slub.c", "has_cpu_slab", Parity.Full)]
    private static bool has_cpu_slab(int cpu, kmem_cache* s)
    {
        kmem_cache_cpu* c = per_cpu_ptr(s->cpu_slab, cpu);

        return c->slab != null || c->partial != null;
    }

    private struct slub_flush_work
    {
        public work_struct work;
        public kmem_cache* s;
        public bool skip;
    }

    private static workqueue_struct* flushwq;
    private static readonly mutex* flush_lock = bss<mutex>();
    [PerCpu(Remote = true)]
    private static readonly PerCpu<slub_flush_work>* slub_flush = DEFINE_PER_CPU<slub_flush_work>();

    [KernelSource("mm/slub.c", "flush_cpu_slab", Parity.Full)]
    private static void flush_cpu_slab(work_struct* w)
    {
        slub_flush_work* sfw = container_of<slub_flush_work>(w, &((slub_flush_work*)nowhere)->work);

        flush_this_cpu_slab(sfw->s);
    }

    [KernelSource("mm/slub.c", "flush_all_cpus_locked", Parity.Full)]
    [Excludes("flush_lock")]
    private static void flush_all_cpus_locked(kmem_cache* s)
    {
        lockdep_assert_cpus_held();
        mutex_lock(flush_lock);

        foreach (int cpu in for_each_online_cpu())
        {
            slub_flush_work* sfw = per_cpu_ptr(slub_flush, cpu);
            if (!has_cpu_slab(cpu, s))
            {
                sfw->skip = true;
                continue;
            }
            INIT_WORK(&sfw->work, &flush_cpu_slab);
            sfw->skip = false;
            sfw->s = s;
            queue_work_on(cpu, flushwq, &sfw->work);
        }

        foreach (int cpu in for_each_online_cpu())
        {
            slub_flush_work* sfw = per_cpu_ptr(slub_flush, cpu);
            if (sfw->skip)
                continue;
            flush_work(&sfw->work);
        }

        mutex_unlock(flush_lock);
    }

    [KernelSource("mm/slub.c", "flush_all", Parity.Full)]
    private static void flush_all(kmem_cache* s)
    {
        cpus_read_lock();
        flush_all_cpus_locked(s);
        cpus_read_unlock();
    }

    [KernelSource("mm/slub.c", "slub_cpu_dead", Parity.Full)]
    [Excludes("mm_slab_common_c.slab_mutex")]
    private static int slub_cpu_dead(uint cpu)
    {
        mutex_lock(slab_mutex);
        for (list_head* p = slab_caches->next; p != slab_caches; p = p->next)
            __flush_cpu_slab(list_entry<kmem_cache>(p, &((kmem_cache*)nowhere)->list), (int)cpu);
        mutex_unlock(slab_mutex);
        return 0;
    }
}
