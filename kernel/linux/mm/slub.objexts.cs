// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_slub_c
{
    // Not asked for the vector: a zone, to be charged itself, or to try for ever.
    private const gfp_t OBJCGS_CLEAR_MASK = __GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT | __GFP_NOFAIL;

    [KernelSource("mm/slub.c", "mark_objexts_empty", Parity.Full)]
    private static void mark_objexts_empty(slabobj_ext* obj_exts)
    {
    }

    [KernelSource("mm/slub.c", "mark_failed_objexts_alloc", Parity.Full)]
    private static bool mark_failed_objexts_alloc(slab* slab) => false;

    [KernelSource("mm/slub.c", "handle_failed_objexts_alloc", Parity.Full)]
    private static void handle_failed_objexts_alloc(ulong obj_exts, slabobj_ext* vec, uint objects)
    {
    }

    [KernelSource("mm/slub.c", "init_slab_obj_exts", Parity.Full)]
    private static void init_slab_obj_exts(slab* slab) => slab->obj_exts = 0;

    // A vector must not come from a slab of the cache it is made for: neither could then ever be freed.
    [KernelSource("mm/slub.c", "obj_exts_alloc_size", Parity.Full)]
    private static ulong obj_exts_alloc_size(kmem_cache* s, slab* slab, gfp_t gfp)
    {
        ulong sz = (ulong)sizeof(slabobj_ext) * slab->objects;

        if (sz > KMALLOC_MAX_CACHE_SIZE)
            return sz;

        if (!is_kmalloc_normal(s))
            return sz;

        kmem_cache* obj_exts_cache = kmalloc_slab(sz, null, gfp, 0);
        if (s->object_size == obj_exts_cache->object_size)
            return obj_exts_cache->object_size + 1;

        return sz;
    }

    [KernelSource("mm/slub.c", "alloc_slab_obj_exts", Parity.Full)]
    public static int alloc_slab_obj_exts(slab* slab, kmem_cache* s, gfp_t gfp, bool new_slab)
    {
        bool allow_spin = gfpflags_allow_spinning(gfp);
        uint objects = (uint)objs_per_slab(s, slab);
        ulong new_exts, old_exts;
        slabobj_ext* vec;

        gfp &= ~OBJCGS_CLEAR_MASK;
        // The vector's own slab is not to have a vector.
        gfp |= __GFP_NO_OBJ_EXT;

        ulong sz = obj_exts_alloc_size(s, slab, gfp);

        if (!allow_spin)
            vec = (slabobj_ext*)kmalloc_nolock(sz, __GFP_ZERO | __GFP_NO_OBJ_EXT, slab_nid(slab));
        else
            vec = (slabobj_ext*)kmalloc_node(sz, gfp | __GFP_ZERO, slab_nid(slab));

        if (vec == null)
        {
            // Another task may have put one there meanwhile.
            if (!mark_failed_objexts_alloc(slab) && slab_obj_exts(slab) != null)
                return 0;

            return -ENOMEM;
        }

        VM_WARN_ON_ONCE(virt_to_slab(vec) != null && virt_to_slab(vec)->slab_cache == s);

        new_exts = (ulong)vec;
        if (!allow_spin)
            new_exts |= OBJEXTS_NOSPIN_ALLOC;
        new_exts |= MEMCG_DATA_OBJEXTS;
    retry:
        old_exts = READ_ONCE(&slab->obj_exts);
        handle_failed_objexts_alloc(old_exts, vec, objects);
        if (new_slab)
        {
            // Nobody else knows the slab yet.
            slab->obj_exts = new_exts;
        }
        else if ((old_exts & ~(ulong)OBJEXTS_FLAGS_MASK) != 0)
        {
            // Somebody was faster.
            mark_objexts_empty(vec);
            if (!allow_spin)
                kfree_nolock(vec);
            else
                kfree(vec);
            return 0;
        }
        else if (cmpxchg(&slab->obj_exts, old_exts, new_exts) != old_exts)
        {
            goto retry;
        }

        count_vector(vec, 1);
        return 0;
    }

    [KernelSource("mm/slub.c", "free_slab_obj_exts", Parity.Full)]
    private static void free_slab_obj_exts(slab* slab)
    {
        slabobj_ext* obj_exts = slab_obj_exts(slab);

        if (obj_exts == null)
        {
            slab->obj_exts = 0;
            return;
        }

        mark_objexts_empty(obj_exts);
        count_vector(obj_exts, -1);
        if ((READ_ONCE(&slab->obj_exts) & OBJEXTS_NOSPIN_ALLOC) != 0)
            kfree_nolock(obj_exts);
        else
            kfree(obj_exts);
        slab->obj_exts = 0;
    }

    [KernelSource("mm/slub.c", "memcg_slab_post_alloc_hook", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool memcg_slab_post_alloc_hook(kmem_cache* s, list_lru* lru, gfp_t flags, ulong size, void** p)
    {
        if (!memcg_kmem_online())
            return true;

        if ((flags & __GFP_ACCOUNT) == 0 && (s->flags & SLAB_ACCOUNT) == 0)
            return true;

        if (__memcg_slab_post_alloc_hook(s, lru, flags, size, p))
            return true;

        if (size == 1)
        {
            memcg_alloc_abort_single(s, *p);
            *p = null;
        }
        else
        {
            kmem_cache_free_bulk(s, size, p);
        }

        return false;
    }

    [KernelSource("mm/slub.c", "memcg_slab_free_hook", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void memcg_slab_free_hook(kmem_cache* s, slab* slab, void** p, int objects)
    {
        if (!memcg_kmem_online())
            return;

        slabobj_ext* obj_exts = slab_obj_exts(slab);
        if (obj_exts == null)
            return;

        __memcg_slab_free_hook(s, slab, p, objects, obj_exts);
    }

    [KernelSource("mm/slub.c", "memcg_slab_post_charge", Parity.Full)]
    private static bool memcg_slab_post_charge(void* p, gfp_t flags)
    {
        folio* folio = virt_to_folio(p);
        if (!folio_test_slab(folio))
        {
            if (folio_memcg_kmem(folio))
                return true;

            if (__memcg_kmem_charge_page(folio_page(folio, 0), flags, (int)folio_order(folio)) != 0)
                return false;

            // The pages were counted for the node alone: count them anew, for the group as well.
            int size = (int)folio_size(folio);
            node_stat_mod_folio(folio, NR_SLAB_UNRECLAIMABLE_B, -size);
            lruvec_stat_mod_folio(folio, NR_SLAB_UNRECLAIMABLE_B, size);
            return true;
        }

        slab* slab = folio_slab(folio);
        kmem_cache* s = slab->slab_cache;

        // Vectors of kmalloc caches could make a circle: these are never charged late.
        if (is_kmalloc_normal(s))
            return true;

        slabobj_ext* slab_exts = slab_obj_exts(slab);
        if (slab_exts != null)
        {
            ulong off = obj_to_index(s, slab, p);
            if (slab_exts[off].objcg != null)
                return true;
        }

        return __memcg_slab_post_alloc_hook(s, null, flags, 1, &p);
    }

    /// <summary>Work before an object is freed; says whether it is to be freed now.</summary>
    [KernelSource("mm/slub.c", "slab_free_hook", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool slab_free_hook(kmem_cache* s, void* x, bool init, bool after_rcu_delay)
    {
        debug_check_no_locks_freed(x, s->object_size);

        slab_poison.free(s, x);

        if (init)
        {
            uint inuse = get_info_end(s);

            memset(x, 0, get_orig_size(s, x));
            memset((byte*)x + inuse, 0, s->size - inuse);
        }
        return true;
    }

    [KernelSource("mm/slub.c", "slab_free_freelist_hook", Parity.Full)]
    private static bool slab_free_freelist_hook(kmem_cache* s, void** head, void** tail, int* cnt)
    {
        void* @object;
        void* next = *head;
        void* old_tail = *tail;

        *head = null;
        *tail = null;

        bool init = slab_want_init_on_free(s);

        do
        {
            @object = next;
            next = get_freepointer(s, @object);

            if (slab_free_hook(s, @object, init, false))
            {
                set_freepointer(s, @object, *head);
                *head = @object;
                if (*tail == null)
                    *tail = @object;
            }
            else
            {
                --(*cnt);
            }
        } while (@object != old_tail);

        return *head != null;
    }

    [KernelSource("mm/slub.c", "setup_object", Parity.Full)]
    private static void* setup_object(kmem_cache* s, void* @object)
    {
        slab_poison.fresh(s, @object);
        if (s->ctor != null)
            s->ctor(@object);
        return @object;
    }
}
