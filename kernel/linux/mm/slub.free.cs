// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_slub_c
{
    /// <summary>
    /// The slow path of freeing: the objects, chained from head to tail, go to the slab itself. What then becomes of
    /// the slab depends on whether it was full, and whether it is empty now.
    /// </summary>
    [KernelSource("mm/slub.c", "__slab_free", Parity.Full)]
    private static void __slab_free(kmem_cache* s, slab* slab, void* head, void* tail, int cnt, ulong addr)
    {
        void* prior;
        bool was_frozen;
        Unsafe.SkipInit(out slab @new);
        ulong counters;
        kmem_cache_node* n = null;
        IrqFlags flags = default;
        bool on_node_partial = false;

        do
        {
            if (n != null)
            {
                spin_unlock_irqrestore(&n->list_lock, flags);
                n = null;
            }
            prior = (void*)READ_ONCE((nint*)&slab->freelist);
            counters = READ_ONCE(&slab->counters);
            set_freepointer(s, tail, prior);
            @new.counters = counters;
            was_frozen = @new.frozen != 0;
            @new.inuse -= (uint)cnt;
            if ((@new.inuse == 0 || prior == null) && !was_frozen)
            {
                // A slab that was full goes to the CPU's partial list, without the node's lock.
                if (!kmem_cache_has_cpu_partial(s) || prior != null)
                {
                    n = get_node(s, slab_nid(slab));
                    // Taken before the exchange: if that fails, it was for nothing.
                    spin_lock_irqsave(&n->list_lock, out flags);

                    on_node_partial = slab_test_node_partial(slab);
                }
            }
        } while (!slab_update_freelist(s, slab, prior, counters, head, @new.counters));

        if (n == null)
        {
            if (!was_frozen && kmem_cache_has_cpu_partial(s) && prior == null)
                put_cpu_partial(s, slab, 1);

            return;
        }

        // The slab is empty, but on some CPU's partial list, not on the node's: leave it there.
        if (prior != null && !on_node_partial)
        {
            spin_unlock_irqrestore(&n->list_lock, flags);
            return;
        }

        if (@new.inuse == 0 && n->nr_partial >= s->min_partial)
            goto slab_empty;

        if (!kmem_cache_has_cpu_partial(s) && prior == null)
            add_partial(n, slab, DEACTIVATE_TO_TAIL);
        spin_unlock_irqrestore(&n->list_lock, flags);
        return;

    slab_empty:
        if (prior != null)
            remove_partial(n, slab);

        spin_unlock_irqrestore(&n->list_lock, flags);
        discard_slab(s, slab);
    }

    private struct defer_free_lists
    {
        public llist_head objects;
        public llist_head slabs;
        public irq_work work;
    }

    [PerCpu(Remote = true)]
    private static readonly PerCpu<defer_free_lists>* defer_free_objects = DEFINE_PER_CPU<defer_free_lists>();

    [KernelSource("mm/slub.c", "free_deferred_objects", Parity.Full)]
    private static void free_deferred_objects(irq_work* work)
    {
        defer_free_lists* df = container_of<defer_free_lists>(work, &((defer_free_lists*)nowhere)->work);
        llist_head* objs = &df->objects;
        llist_head* slabs = &df->slabs;

        if (llist_empty(objs) && llist_empty(slabs))
            return;

        for (llist_node* pos = llist_del_all(objs), t; pos != null; pos = t)
        {
            t = pos->next;
            slab* slab = virt_to_slab(pos);
            kmem_cache* s = slab->slab_cache;

            // The objects are chained by their free pointers.
            void* x = (byte*)pos - s->offset;

            set_freepointer(s, x, null);

            __slab_free(s, slab, x, x, 1, 0);
        }

        for (llist_node* pos = llist_del_all(slabs), t; pos != null; pos = t)
        {
            t = pos->next;
            slab* slab = container_of<slab>(pos, &((slab*)nowhere)->llnode);

            if (slab->frozen != 0)
                deactivate_slab(slab->slab_cache, slab, slab->flush_freelist);
            else
                free_slab(slab->slab_cache, slab);
        }
    }

    [KernelSource("mm/slub.c", "defer_free", Parity.Full)]
    private static void defer_free(kmem_cache* s, void* head)
    {
        preempt_disable();

        defer_free_lists* df = this_cpu_ptr(defer_free_objects);
        if (llist_add((llist_node*)((byte*)head + s->offset), &df->objects))
            irq_work_queue(&df->work);

        preempt_enable();
    }

    [KernelSource("mm/slub.c", "defer_deactivate_slab", Parity.Full)]
    private static void defer_deactivate_slab(slab* slab, void* flush_freelist)
    {
        slab->flush_freelist = flush_freelist;

        preempt_disable();

        defer_free_lists* df = this_cpu_ptr(defer_free_objects);
        if (llist_add(&slab->llnode, &df->slabs))
            irq_work_queue(&df->work);

        preempt_enable();
    }

    [KernelSource("mm/slub.c", "defer_free_barrier", Parity.Full)]
    public static void defer_free_barrier()
    {
        foreach (int cpu in for_each_possible_cpu())
            irq_work_sync(&per_cpu_ptr(defer_free_objects, cpu)->work);
    }

    // cnt is 0 for a caller that must not wait for a lock.
    [KernelSource("mm/slub.c", "do_slab_free", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void do_slab_free(kmem_cache* s, slab* slab, void* head, void* tail, int cnt, ulong addr)
    {
        bool allow_spin = cnt != 0;

    redo:
        kmem_cache_cpu* c = raw_cpu_ptr(s->cpu_slab);
        ulong tid = READ_ONCE(&c->tid);

        barrier();

        if (slab != c->slab)
        {
            if (!allow_spin)
                defer_free(s, head);
            else
                __slab_free(s, slab, head, tail, cnt, addr);
            return;
        }

        if (!allow_spin)
        {
            if (in_nmi() && local_lock_is_locked(lock_of(s->cpu_slab)))
            {
                defer_free(s, head);
                return;
            }
            cnt = 1;
        }

        void* freelist = (void*)READ_ONCE((nint*)&c->freelist);

        set_freepointer(s, tail, freelist);

        if (!__update_cpu_freelist_fast(s, freelist, head, tid))
            goto redo;
    }

    [KernelSource("mm/slub.c", "slab_free", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void slab_free(kmem_cache* s, slab* slab, void* @object, ulong addr)
    {
        memcg_slab_free_hook(s, slab, &@object, 1);

        if (!slab_free_hook(s, @object, slab_want_init_on_free(s), false))
            return;

        do_slab_free(s, slab, @object, @object, 1, addr);
    }

    // The object was never charged, so nothing is to be uncharged.
    [KernelSource("mm/slub.c", "memcg_alloc_abort_single", Parity.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void memcg_alloc_abort_single(kmem_cache* s, void* @object)
    {
        slab* slab = virt_to_slab(@object);

        if (slab_free_hook(s, @object, slab_want_init_on_free(s), false))
            do_slab_free(s, slab, @object, @object, 1, 0);
    }

    [KernelSource("mm/slub.c", "slab_free_bulk", Parity.Full)]
    private static void slab_free_bulk(kmem_cache* s, slab* slab, void* head, void* tail, void** p, int cnt, ulong addr)
    {
        memcg_slab_free_hook(s, slab, p, cnt);
        if (slab_free_freelist_hook(s, &head, &tail, &cnt))
            do_slab_free(s, slab, head, tail, cnt, addr);
    }

    [KernelSource("mm/slub.c", "virt_to_cache", Parity.Full)]
    private static kmem_cache* virt_to_cache(void* obj)
    {
        slab* slab = virt_to_slab(obj);

        if (WARN_ON_ONCE(slab == null))
            return null;
        return slab->slab_cache;
    }

    [KernelSource("mm/slub.c", "cache_from_obj", Parity.Full)]
    private static kmem_cache* cache_from_obj(kmem_cache* s, void* x)
    {
        // Freeing to the wrong cache is looked for where objects are poisoned.
        if (CONFIG_DEBUG_VM)
            WARN_ON(virt_to_cache(x) != s);
        return s;
    }

    [KernelSource("mm/slub.c", "kmem_cache_free", Parity.Full)]
    [Frees("x")]
    public static void kmem_cache_free(kmem_cache* s, void* x)
    {
        s = cache_from_obj(s, x);
        if (s == null)
            return;
        slab_free(s, virt_to_slab(x), x, 0);
    }

    [KernelSource("mm/slub.c", "free_large_kmalloc", Parity.Full)]
    private static void free_large_kmalloc(folio* folio, void* @object)
    {
        uint order = folio_order(folio);

        if (WARN_ON_ONCE(!folio_test_large_kmalloc(folio)))
            return;

        if (WARN_ON_ONCE(order == 0))
            pr_warn("object pointer: " + ((nint)@object).ToString("x"));

        lruvec_stat_mod_folio(folio, NR_SLAB_UNRECLAIMABLE_B, -(int)(PAGE_SIZE << (int)order));
        __folio_clear_large_kmalloc(folio);
        free_frozen_pages(&folio->page, order);
    }

    /// <summary>Frees an object of which only a place inside, its rcu_head, is known.</summary>
    [KernelSource("mm/slub.c", "kvfree_rcu_cb", Parity.Full)]
    public static void kvfree_rcu_cb(rcu_head* head)
    {
        void* obj = head;

        if (is_vmalloc_addr(obj))
        {
            obj = (void*)((ulong)obj & PAGE_MASK);
            vfree(obj);
            return;
        }

        folio* folio = virt_to_folio(obj);
        if (!folio_test_slab(folio))
        {
            // The head of an object of several pages is in the first of them.
            obj = (void*)((ulong)obj & PAGE_MASK);
            free_large_kmalloc(folio, obj);
            return;
        }

        slab* slab = folio_slab(folio);
        kmem_cache* s = slab->slab_cache;
        byte* slab_addr = (byte*)folio_address(folio);

        uint idx = __obj_to_index(s, slab_addr, obj);

        obj = fixup_red_left(s, slab_addr + (ulong)s->size * idx);

        slab_free(s, slab, obj, 0);
    }

    [KernelSource("mm/slub.c", "kfree", Parity.Full)]
    [Frees("object")]
    public static void kfree(void* @object)
    {
        if (ZERO_OR_NULL_PTR(@object))
            return;

        folio* folio = virt_to_folio(@object);
        if (!folio_test_slab(folio))
        {
            free_large_kmalloc(folio, @object);
            return;
        }

        slab* slab = folio_slab(folio);
        slab_free(slab->slab_cache, slab, @object, 0);
    }

    [KernelSource("mm/slub.c", "kfree_nolock", Parity.Full)]
    public static void kfree_nolock(void* @object)
    {
        void* x = @object;

        if (ZERO_OR_NULL_PTR(@object))
            return;

        folio* folio = virt_to_folio(@object);
        if (!folio_test_slab(folio))
        {
            WARN_ON_ONCE(true);
            return;
        }

        slab* slab = folio_slab(folio);
        kmem_cache* s = slab->slab_cache;

        memcg_slab_free_hook(s, slab, &x, 1);
        slab_poison.free(s, x);
        do_slab_free(s, slab, x, x, 0, 0);
    }

    [KernelSource("mm/slub.c", "__do_krealloc", Parity.Full)]
    private static void* __do_krealloc(void* p, ulong new_size, ulong align, gfp_t flags, int nid)
    {
        ulong ks = 0;
        ulong orig_size = 0;

        if (ZERO_OR_NULL_PTR(p))
            goto alloc_new;

        if ((flags & __GFP_THISNODE) != 0 && nid != NUMA_NO_NODE && nid != page_to_nid(virt_to_page(p)))
            goto alloc_new;

        folio* folio = virt_to_folio(p);
        if (!folio_test_slab(folio))
        {
            // A large object.
            WARN_ON(folio_size(folio) <= KMALLOC_MAX_CACHE_SIZE);
            WARN_ON(p != folio_address(folio));
            ks = folio_size(folio);
        }
        else
        {
            kmem_cache* s = folio_slab(folio)->slab_cache;
            orig_size = get_orig_size(s, p);
            ks = s->object_size;
        }

        // The old object is too small, or badly aligned.
        if (new_size > ks)
            goto alloc_new;

        if (((ulong)p & (align - 1)) != 0)
            goto alloc_new;

        // What lies beyond the old size is cleared, and so is what lies beyond the new one.
        if (want_init_on_alloc(flags))
        {
            if (orig_size != 0 && orig_size < new_size)
                memset((byte*)p + orig_size, 0, new_size - orig_size);
            else
                memset((byte*)p + new_size, 0, ks - new_size);
        }

        return p;

    alloc_new:
        void* ret = __kmalloc_node_track_caller_noprof(new_size, flags, nid, 0);
        if (ret != null && p != null)
            memcpy(ret, p, orig_size != 0 ? orig_size : ks);

        return ret;
    }

    [KernelSource("mm/slub.c", "krealloc_node_align_noprof", Parity.Full)]
    public static void* krealloc_node_align_noprof(void* p, ulong new_size, ulong align, gfp_t flags, int nid)
    {
        if (new_size == 0)
        {
            kfree(p);
            return ZERO_SIZE_PTR;
        }

        void* ret = __do_krealloc(p, new_size, align, flags, nid);
        if (ret != null && p != ret)
            kfree(p);

        return ret;
    }

    // Above a page the contiguous attempt is not worth reclaim or a word: vmalloc follows.
    [KernelSource("mm/slub.c", "kmalloc_gfp_adjust", Parity.Full)]
    private static gfp_t kmalloc_gfp_adjust(gfp_t flags, ulong size)
    {
        if (size > PAGE_SIZE)
        {
            flags |= __GFP_NOWARN;

            if ((flags & __GFP_RETRY_MAYFAIL) == 0)
                flags &= ~__GFP_DIRECT_RECLAIM;

            // Endless tries are vmalloc's.
            flags &= ~__GFP_NOFAIL;
        }

        return flags;
    }

    [KernelSource("mm/slub.c", "__kvmalloc_node_noprof", Parity.Full)]
    public static void* __kvmalloc_node_noprof(ulong size, ulong align, gfp_t flags, int node)
    {
        void* ret = __do_kmalloc_node(size, null, kmalloc_gfp_adjust(flags, size), node, 0);

        if (ret != null || size <= PAGE_SIZE)
            return ret;

        // vmalloc sleeps.
        if (!gfpflags_allow_blocking(flags))
            return null;

        if (size > INT_MAX)
        {
            WARN_ON_ONCE((flags & __GFP_NOWARN) == 0);
            return null;
        }

        return __vmalloc_node_noprof(size, align, flags, node, null);
    }

    [KernelSource("mm/slub.c", "kvfree", Parity.Full)]
    public static void kvfree(void* addr)
    {
        if (is_vmalloc_addr(addr))
            vfree(addr);
        else
            kfree(addr);
    }

    private struct detached_freelist
    {
        public slab* slab;
        public void* tail;
        public void* freelist;
        public int cnt;
        public kmem_cache* s;
    }

    /// <summary>Chains the last objects of the array that are of one slab, and moves the others before them.</summary>
    [KernelSource("mm/slub.c", "build_detached_freelist", Parity.Full)]
    private static ulong build_detached_freelist(kmem_cache* s, ulong size, void** p, detached_freelist* df)
    {
        int lookahead = 3;

        void* @object = p[--size];
        folio* folio = virt_to_folio(@object);
        if (s == null)
        {
            // kfree_bulk() frees objects of any cache, and large ones.
            if (!folio_test_slab(folio))
            {
                free_large_kmalloc(folio, @object);
                df->slab = null;
                return size;
            }
            df->slab = folio_slab(folio);
            df->s = df->slab->slab_cache;
        }
        else
        {
            df->slab = folio_slab(folio);
            df->s = cache_from_obj(s, @object);
        }

        df->tail = @object;
        df->freelist = @object;
        df->cnt = 1;

        set_freepointer(df->s, @object, null);

        ulong same = size;
        while (size != 0)
        {
            @object = p[--size];
            if (df->slab == virt_to_slab(@object))
            {
                set_freepointer(df->s, @object, df->freelist);
                df->freelist = @object;
                df->cnt++;
                same--;
                if (size != same)
                {
                    p[size] = p[same];
                    p[same] = @object;
                }
                continue;
            }

            if (--lookahead == 0)
                break;
        }

        return same;
    }

    // For objects that no hook has seen yet.
    [KernelSource("mm/slub.c", "__kmem_cache_free_bulk", Parity.Full)]
    private static void __kmem_cache_free_bulk(kmem_cache* s, ulong size, void** p)
    {
        if (size == 0)
            return;

        do
        {
            detached_freelist df;

            size = build_detached_freelist(s, size, p, &df);
            if (df.slab == null)
                continue;

            do_slab_free(df.s, df.slab, df.freelist, df.tail, df.cnt, 0);
        } while (size != 0);
    }

    [KernelSource("mm/slub.c", "kmem_cache_free_bulk", Parity.Full)]
    public static void kmem_cache_free_bulk(kmem_cache* s, ulong size, void** p)
    {
        if (size == 0)
            return;

        do
        {
            detached_freelist df;

            size = build_detached_freelist(s, size, p, &df);
            if (df.slab == null)
                continue;

            slab_free_bulk(df.s, df.slab, df.freelist, df.tail, &p[size], df.cnt, 0);
        } while (size != 0);
    }

    [KernelSource("mm/slub.c", "__kmem_cache_alloc_bulk", Parity.Full)]
    [Excludes("s->cpu_slab->lock")]
    private static int __kmem_cache_alloc_bulk(kmem_cache* s, gfp_t flags, ulong size, void** p)
    {
        int i;

        // One stretch with interrupts off, but for the slow path: no id is needed inside it, one step at its end.
        kmem_cache_cpu* c = slub_get_cpu_ptr(s->cpu_slab);
        local_lock_irqsave(lock_of(s->cpu_slab), out IrqFlags irqflags);

        for (i = 0; i < (int)size; i++)
        {
            void* @object = c->freelist;
            if (@object == null)
            {
                // The slow path must not find the old id valid.
                c->tid = next_tid(c->tid);

                local_unlock_irqrestore(lock_of(s->cpu_slab), irqflags);

                p[i] = ___slab_alloc(s, flags, NUMA_NO_NODE, 0, c, s->object_size);
                if (p[i] == null)
                    goto error;

                c = this_cpu_ptr(s->cpu_slab);
                maybe_wipe_obj_freeptr(s, p[i]);

                local_lock_irqsave(lock_of(s->cpu_slab), out irqflags);

                continue;
            }
            c->freelist = get_freepointer(s, @object);
            p[i] = @object;
            maybe_wipe_obj_freeptr(s, p[i]);
        }
        c->tid = next_tid(c->tid);
        local_unlock_irqrestore(lock_of(s->cpu_slab), irqflags);
        slub_put_cpu_ptr(s->cpu_slab);

        return i;

    error:
        slub_put_cpu_ptr(s->cpu_slab);
        __kmem_cache_free_bulk(s, (ulong)i, p);
        return 0;
    }

    [KernelSource("mm/slub.c", "kmem_cache_alloc_bulk_noprof", Parity.Full)]
    public static int kmem_cache_alloc_bulk_noprof(kmem_cache* s, gfp_t flags, ulong size, void** p)
    {
        if (size == 0)
            return 0;

        s = slab_pre_alloc_hook(s, flags);
        if (s == null)
            return 0;

        if (__kmem_cache_alloc_bulk(s, flags, size, p) == 0)
            return 0;

        // All or nothing: the hook has freed them.
        if (!slab_post_alloc_hook(s, null, flags, size, p, slab_want_init_on_alloc(flags, s), s->object_size))
            return 0;

        return (int)size;
    }
}
