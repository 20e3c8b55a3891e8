// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_slub_c
{
    [KernelSource("mm/slub.c", "node_match", Parity.Full)]
    private static bool node_match(slab* slab, int node) => true;

    [KernelSource("mm/slub.c", "node_nr_objs", Parity.Full)]
    private static ulong node_nr_objs(kmem_cache_node* n) => (ulong)atomic_long_read(&n->total_objects);

    [KernelSource("mm/slub.c", "count_free", Parity.Full)]
    private static int count_free(slab* slab) => (int)(slab->objects - slab->inuse);

    private const ulong MAX_PARTIAL_TO_SCAN = 10000;

    // Of a long list only both ends are counted.
    [KernelSource("mm/slub.c", "count_partial_free_approx", Parity.Full)]
    private static ulong count_partial_free_approx(kmem_cache_node* n)
    {
        ulong x = 0;

        spin_lock_irqsave(&n->list_lock, out IrqFlags flags);
        if (n->nr_partial <= MAX_PARTIAL_TO_SCAN)
        {
            for (list_head* p = n->partial.next; p != &n->partial; p = p->next)
                x += (ulong)count_free(container_of<slab>(p, &((slab*)nowhere)->slab_list));
        }
        else
        {
            ulong scanned = 0;

            for (list_head* p = n->partial.next; p != &n->partial && scanned < MAX_PARTIAL_TO_SCAN / 2; p = p->next, scanned++)
                x += (ulong)count_free(container_of<slab>(p, &((slab*)nowhere)->slab_list));
            for (list_head* p = n->partial.prev; p != &n->partial && scanned < MAX_PARTIAL_TO_SCAN; p = p->prev, scanned++)
                x += (ulong)count_free(container_of<slab>(p, &((slab*)nowhere)->slab_list));
            x = mult_frac(x, n->nr_partial, scanned);
            x = Math.Min(x, node_nr_objs(n));
        }

        spin_unlock_irqrestore(&n->list_lock, flags);
        return x;
    }

    [KernelSource("mm/slub.c", "get_slabinfo", Parity.Full)]
    public static void get_slabinfo(kmem_cache* s, slabinfo* sinfo)
    {
        ulong nr_slabs = 0;
        ulong nr_objs = 0;
        ulong nr_free = 0;

        for (int node = 0; node < nr_node_ids; node++)
        {
            kmem_cache_node* n = get_node(s, node);
            if (n == null)
                continue;
            nr_slabs += node_nr_slabs(n);
            nr_objs += node_nr_objs(n);
            nr_free += count_partial_free_approx(n);
        }

        sinfo->active_objs = nr_objs - nr_free;
        sinfo->num_objs = nr_objs;
        sinfo->active_slabs = nr_slabs;
        sinfo->num_slabs = nr_slabs;
        sinfo->objects_per_slab = oo_objects(s->oo);
        sinfo->cache_order = oo_order(s->oo);
    }

    [KernelSource("mm/slub.c", "slab_out_of_memory", Parity.Full)]
    private static void slab_out_of_memory(kmem_cache* s, gfp_t gfpflags, int nid)
    {
    }

    [KernelSource("mm/slub.c", "pfmemalloc_match", Parity.Full)]
    private static bool pfmemalloc_match(slab* slab, gfp_t gfpflags)
    {
        if (slab_test_pfmemalloc(slab))
            return gfp_pfmemalloc_allowed(gfpflags);

        return true;
    }

    // Nothing runs on this CPU between the compare and the two stores: interrupts come at fixed points only.
    [KernelSource("mm/slub.c", "__update_cpu_freelist_fast", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool __update_cpu_freelist_fast(kmem_cache* s, void* freelist_old, void* freelist_new, ulong tid)
    {
        kmem_cache_cpu* c = raw_cpu_ptr(s->cpu_slab);

        if (c->freelist != freelist_old || c->tid != tid)
            return false;
        c->freelist = freelist_new;
        c->tid = next_tid(tid);
        return true;
    }

    /// <summary>Takes all free objects of the CPU's slab; a slab without any is unfrozen.</summary>
    [KernelSource("mm/slub.c", "get_freelist", Parity.Full)]
    [MustHold("s->cpu_slab->lock")]
    private static void* get_freelist(kmem_cache* s, slab* slab)
    {
        Unsafe.SkipInit(out slab @new);
        ulong counters;
        void* freelist;

        lockdep_assert_held(this_cpu_ptr(lock_of(s->cpu_slab)));

        do
        {
            freelist = (void*)READ_ONCE((nint*)&slab->freelist);
            counters = READ_ONCE(&slab->counters);

            @new.counters = counters;

            @new.inuse = slab->objects;
            @new.frozen = freelist != null ? 1u : 0;
        } while (!__slab_update_freelist(s, slab, freelist, counters, null, @new.counters));

        return freelist;
    }

    /// <summary>Makes a partial slab the CPU's and returns its free objects.</summary>
    [KernelSource("mm/slub.c", "freeze_slab", Parity.Full)]
    private static void* freeze_slab(kmem_cache* s, slab* slab)
    {
        Unsafe.SkipInit(out slab @new);
        ulong counters;
        void* freelist;

        do
        {
            freelist = (void*)READ_ONCE((nint*)&slab->freelist);
            counters = READ_ONCE(&slab->counters);

            @new.counters = counters;
            VM_BUG_ON(@new.frozen != 0);

            @new.inuse = slab->objects;
            @new.frozen = 1;
        } while (!slab_update_freelist(s, slab, freelist, counters, null, @new.counters));

        return freelist;
    }

    /// <summary>
    /// The slow path: the CPU has no free object at hand, or was told to look again. Tried in order are what others
    /// freed to the CPU's slab, the CPU's partial slabs, the node's, and a new slab.
    /// </summary>
    [KernelSource("mm/slub.c", "___slab_alloc", Parity.Full)]
    private static void* ___slab_alloc(kmem_cache* s, gfp_t gfpflags, int node, ulong addr, kmem_cache_cpu* c, uint orig_size)
    {
        bool allow_spin = gfpflags_allow_spinning(gfpflags);
        void* freelist;
        slab* slab;
        IrqFlags flags;
        partial_context pc;
        bool try_thisnode = true;

    reread_slab:

        slab = (slab*)READ_ONCE((nint*)&c->slab);
        if (slab == null)
        {
            // A node without memory is no wish to heed.
            if (node != NUMA_NO_NODE && (slab_nodes >> node & 1) == 0)
                node = NUMA_NO_NODE;
            goto new_slab;
        }

        if (!node_match(slab, node))
        {
            if ((slab_nodes >> node & 1) == 0 || !allow_spin)
                node = NUMA_NO_NODE;
            else
                goto deactivate_slab;
        }

        // A slab from the reserves serves only those who may use the reserves.
        if (!pfmemalloc_match(slab, gfpflags) && allow_spin)
            goto deactivate_slab;

        local_lock_cpu_slab(s, out flags);

        if (slab != c->slab)
        {
            local_unlock_cpu_slab(s, flags);
            goto reread_slab;
        }
        freelist = c->freelist;
        if (freelist != null)
            goto load_freelist;

        freelist = get_freelist(s, slab);

        if (freelist == null)
        {
            c->slab = null;
            c->tid = next_tid(c->tid);
            local_unlock_cpu_slab(s, flags);
            goto new_slab;
        }

    load_freelist:

        lockdep_assert_held(this_cpu_ptr(lock_of(s->cpu_slab)));

        VM_BUG_ON(c->slab->frozen == 0);
        c->freelist = get_freepointer(s, freelist);
        c->tid = next_tid(c->tid);
        local_unlock_cpu_slab(s, flags);
        return freelist;

    deactivate_slab:

        local_lock_cpu_slab(s, out flags);
        if (slab != c->slab)
        {
            local_unlock_cpu_slab(s, flags);
            goto reread_slab;
        }
        freelist = c->freelist;
        c->slab = null;
        c->freelist = null;
        c->tid = next_tid(c->tid);
        local_unlock_cpu_slab(s, flags);
        mm_slub_c.deactivate_slab(s, slab, freelist);

    new_slab:

        while (READ_ONCE((nint*)&c->partial) != 0)
        {
            local_lock_cpu_slab(s, out flags);
            if (c->slab != null)
            {
                local_unlock_cpu_slab(s, flags);
                goto reread_slab;
            }
            if (c->partial == null)
            {
                local_unlock_cpu_slab(s, flags);
                goto new_objects;
            }

            slab = c->partial;
            c->partial = slab->next;

            if ((node_match(slab, node) && pfmemalloc_match(slab, gfpflags)) || !allow_spin)
            {
                c->slab = slab;
                freelist = get_freelist(s, slab);
                VM_BUG_ON(freelist == null);
                goto load_freelist;
            }

            local_unlock_cpu_slab(s, flags);

            slab->next = null;
            __put_partials(s, slab);
        }

    new_objects:

        pc.flags = gfpflags;
        // A wished node is searched, and allocated from, before any other is looked at.
        if (node != NUMA_NO_NODE && (gfpflags & __GFP_THISNODE) == 0 && try_thisnode)
        {
            if (!allow_spin)
                pc.flags = gfpflags | __GFP_THISNODE;
            else
                pc.flags = GFP_NOWAIT | __GFP_THISNODE;
        }

        pc.orig_size = orig_size;
        slab = get_partial(s, node, &pc);
        if (slab != null)
        {
            freelist = freeze_slab(s, slab);
            goto retry_load_slab;
        }

        slub_put_cpu_ptr(s->cpu_slab);
        slab = mm_slub_c.new_slab(s, pc.flags, node);
        c = slub_get_cpu_ptr(s->cpu_slab);

        if (slab == null)
        {
            if (node != NUMA_NO_NODE && (gfpflags & __GFP_THISNODE) == 0 && try_thisnode)
            {
                try_thisnode = false;
                goto new_objects;
            }
            slab_out_of_memory(s, gfpflags, node);
            return null;
        }

        // Nobody else has seen the slab: no lock is needed to freeze it.
        freelist = slab->freelist;
        slab->freelist = null;
        slab->inuse = slab->objects;
        slab->frozen = 1;

        inc_slabs_node(s, slab_nid(slab), (int)slab->objects);

        if (!pfmemalloc_match(slab, gfpflags) && allow_spin)
        {
            // One object for this caller alone; the CPU must not serve others from the reserves.
            mm_slub_c.deactivate_slab(s, slab, get_freepointer(s, freelist));
            return freelist;
        }

    retry_load_slab:

        local_lock_cpu_slab(s, out flags);
        if (c->slab != null)
        {
            void* flush_freelist = c->freelist;
            slab* flush_slab = c->slab;

            c->slab = null;
            c->freelist = null;
            c->tid = next_tid(c->tid);

            local_unlock_cpu_slab(s, flags);

            if (!allow_spin)
                defer_deactivate_slab(flush_slab, flush_freelist);
            else
                mm_slub_c.deactivate_slab(s, flush_slab, flush_freelist);

            goto retry_load_slab;
        }
        c->slab = slab;

        goto load_freelist;
    }

    [KernelSource("mm/slub.c", "__slab_alloc", Parity.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void* __slab_alloc(kmem_cache* s, gfp_t gfpflags, int node, ulong addr, kmem_cache_cpu* c, uint orig_size)
    {
        void* p;

        // The CPU may have changed since c was read.
        c = slub_get_cpu_ptr(s->cpu_slab);
        if (!gfpflags_allow_spinning(gfpflags))
        {
            if (local_lock_is_locked(lock_of(s->cpu_slab)))
            {
                p = ERR_PTR(-EBUSY);
                goto @out;
            }
        }
        p = ___slab_alloc(s, gfpflags, node, addr, c, orig_size);
    @out:
        slub_put_cpu_ptr(s->cpu_slab);
        return p;
    }

    [KernelSource("mm/slub.c", "__slab_alloc_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* __slab_alloc_node(kmem_cache* s, gfp_t gfpflags, int node, ulong addr, ulong orig_size)
    {
        void* @object;

    redo:
        kmem_cache_cpu* c = raw_cpu_ptr(s->cpu_slab);
        ulong tid = READ_ONCE(&c->tid);

        // The id is read first: if slab and freelist belong to another state, the exchange below fails.
        barrier();

        @object = c->freelist;
        slab* slab = c->slab;

        if (@object == null || slab == null || !node_match(slab, node))
        {
            @object = __slab_alloc(s, gfpflags, node, addr, c, (uint)orig_size);
        }
        else
        {
            void* next_object = get_freepointer_safe(s, @object);

            if (!__update_cpu_freelist_fast(s, @object, next_object, tid))
                goto redo;
        }

        return @object;
    }

    [KernelSource("mm/slub.c", "maybe_wipe_obj_freeptr", Parity.Full)]
    private static void maybe_wipe_obj_freeptr(kmem_cache* s, void* obj)
    {
        if (slab_want_init_on_free(s) && obj != null && !freeptr_outside_object(s))
            memset((byte*)obj + s->offset, 0, (ulong)sizeof(void*));
    }

    [KernelSource("mm/slub.c", "slab_pre_alloc_hook", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MightSleepIf("flags")]
    private static kmem_cache* slab_pre_alloc_hook(kmem_cache* s, gfp_t flags)
    {
        flags &= gfp_allowed_mask;

        might_alloc(flags);

        if (should_failslab(s, flags) != 0)
            return null;

        return s;
    }

    [KernelSource("mm/slub.c", "slab_post_alloc_hook", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool slab_post_alloc_hook(kmem_cache* s, list_lru* lru, gfp_t flags, ulong size, void** p, bool init,
                                             uint orig_size)
    {
        uint zero_size = s->object_size;

        for (ulong i = 0; i < size; i++)
        {
            slab_poison.alloc(s, p[i]);
            if (p[i] != null && init)
                memset(p[i], 0, zero_size);
        }

        return memcg_slab_post_alloc_hook(s, lru, flags, size, p);
    }

    [KernelSource("mm/slub.c", "slab_alloc_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* slab_alloc_node(kmem_cache* s, list_lru* lru, gfp_t gfpflags, int node, ulong addr, ulong orig_size)
    {
        s = slab_pre_alloc_hook(s, gfpflags);
        if (s == null)
            return null;

        void* @object = __slab_alloc_node(s, gfpflags, node, addr, orig_size);

        maybe_wipe_obj_freeptr(s, @object);
        bool init = slab_want_init_on_alloc(gfpflags, s);

        slab_post_alloc_hook(s, lru, gfpflags, 1, &@object, init, (uint)orig_size);

        return @object;
    }

    [KernelSource("mm/slub.c", "kmem_cache_alloc_noprof", Parity.Full)]
    public static void* kmem_cache_alloc_noprof(kmem_cache* s, gfp_t gfpflags) =>
        slab_alloc_node(s, null, gfpflags, NUMA_NO_NODE, 0, s->object_size);

    [KernelSource("mm/slub.c", "kmem_cache_alloc_lru_noprof", Parity.Full)]
    public static void* kmem_cache_alloc_lru_noprof(kmem_cache* s, list_lru* lru, gfp_t gfpflags) =>
        slab_alloc_node(s, lru, gfpflags, NUMA_NO_NODE, 0, s->object_size);

    [KernelSource("mm/slub.c", "kmem_cache_charge", Parity.Full)]
    public static bool kmem_cache_charge(void* objp, gfp_t gfpflags)
    {
        if (!memcg_kmem_online())
            return true;

        return memcg_slab_post_charge(objp, gfpflags);
    }

    [KernelSource("mm/slub.c", "kmem_cache_alloc_node_noprof", Parity.Full)]
    public static void* kmem_cache_alloc_node_noprof(kmem_cache* s, gfp_t gfpflags, int node) =>
        slab_alloc_node(s, null, gfpflags, node, 0, s->object_size);

    [KernelSource("mm/slub.c", "___kmalloc_large_node", Parity.Full)]
    private static void* ___kmalloc_large_node(ulong size, gfp_t flags, int node)
    {
        folio* folio;
        void* ptr = null;
        uint order = (uint)get_order(size);

        if ((flags & GFP_SLAB_BUG_MASK) != 0)
            flags = kmalloc_fix_flags(flags);

        flags |= __GFP_COMP;

        if (node == NUMA_NO_NODE)
            folio = (folio*)alloc_frozen_pages_noprof(flags, order);
        else
            folio = (folio*)__alloc_frozen_pages_noprof(flags, order, node, null);

        if (folio != null)
        {
            ptr = folio_address(folio);
            lruvec_stat_mod_folio(folio, NR_SLAB_UNRECLAIMABLE_B, (int)(PAGE_SIZE << (int)order));
            __folio_set_large_kmalloc(folio);
        }

        return ptr;
    }

    [KernelSource("mm/slub.c", "__kmalloc_large_noprof", Parity.Full)]
    public static void* __kmalloc_large_noprof(ulong size, gfp_t flags) => ___kmalloc_large_node(size, flags, NUMA_NO_NODE);

    [KernelSource("mm/slub.c", "__kmalloc_large_node_noprof", Parity.Full)]
    public static void* __kmalloc_large_node_noprof(ulong size, gfp_t flags, int node) =>
        ___kmalloc_large_node(size, flags, node);

    [KernelSource("mm/slub.c", "__do_kmalloc_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* __do_kmalloc_node(ulong size, kmem_cache** b, gfp_t flags, int node, ulong caller)
    {
        if (size > KMALLOC_MAX_CACHE_SIZE)
            return __kmalloc_large_node_noprof(size, flags, node);

        if (size == 0)
            return ZERO_SIZE_PTR;

        kmem_cache* s = kmalloc_slab(size, b, flags, caller);

        return slab_alloc_node(s, null, flags, node, caller, size);
    }

    [KernelSource("mm/slub.c", "__kmalloc_node_noprof", Parity.Full)]
    public static void* __kmalloc_node_noprof(ulong size, gfp_t flags, int node) =>
        __do_kmalloc_node(size, null, flags, node, 0);

    [KernelSource("mm/slub.c", "__kmalloc_noprof", Parity.Full)]
    public static void* __kmalloc_noprof(ulong size, gfp_t flags) =>
        __do_kmalloc_node(size, null, flags, NUMA_NO_NODE, 0);

    /// <summary>For any context: takes no lock it would have to wait for, so it may fail at any time.</summary>
    [KernelSource("mm/slub.c", "kmalloc_nolock_noprof", Parity.Reduced,
        "without a two-word exchange Linux gives up at once, for fear of an interrupt inside slab_lock; here none can come there")]
    public static void* kmalloc_nolock_noprof(ulong size, gfp_t gfp_flags, int node)
    {
        gfp_t alloc_gfp = __GFP_NOWARN | __GFP_NOMEMALLOC | gfp_flags;
        bool can_retry = true;
        void* ret = ERR_PTR(-EBUSY);

        VM_WARN_ON_ONCE((gfp_flags & ~(__GFP_ACCOUNT | __GFP_ZERO | __GFP_NO_OBJ_EXT)) != 0);

        if (size == 0)
            return ZERO_SIZE_PTR;

    retry:
        if (size > KMALLOC_MAX_CACHE_SIZE)
            return null;
        kmem_cache* s = kmalloc_slab(size, null, alloc_gfp, 0);

        if (!in_nmi() || !local_lock_is_locked(lock_of(s->cpu_slab)))
            ret = __slab_alloc_node(s, alloc_gfp, node, 0, size);

        if (ret == ERR_PTR(-EBUSY))
        {
            // The next larger cache may not be locked.
            if (can_retry)
            {
                size = s->object_size + 1;
                can_retry = false;
                goto retry;
            }
            ret = null;
        }

        maybe_wipe_obj_freeptr(s, ret);
        slab_post_alloc_hook(s, null, alloc_gfp, 1, &ret, slab_want_init_on_alloc(alloc_gfp, s), (uint)size);

        return ret;
    }

    [KernelSource("mm/slub.c", "__kmalloc_node_track_caller_noprof", Parity.Full)]
    public static void* __kmalloc_node_track_caller_noprof(ulong size, gfp_t flags, int node, ulong caller) =>
        __do_kmalloc_node(size, null, flags, node, caller);

    [KernelSource("mm/slub.c", "__kmalloc_cache_noprof", Parity.Full)]
    public static void* __kmalloc_cache_noprof(kmem_cache* s, gfp_t gfpflags, ulong size) =>
        slab_alloc_node(s, null, gfpflags, NUMA_NO_NODE, 0, size);

    [KernelSource("mm/slub.c", "__kmalloc_cache_node_noprof", Parity.Full)]
    public static void* __kmalloc_cache_node_noprof(kmem_cache* s, gfp_t gfpflags, int node, ulong size) =>
        slab_alloc_node(s, null, gfpflags, node, 0, size);
}
