// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Text;
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;

namespace Linux;

// The end of a machine: which objects are left, and their pages. Linux never comes to this.
public static unsafe partial class mm_slub_c
{
    /// <summary>How many objects each cache had when the machine was up.</summary>
    private static List<cache_count>? live_at_boot;

    private sealed record cache_count(nint cache, long objects);

    /// <summary>Gives back what no object needs: each CPU's slabs to the nodes, each node's empty slabs to the pages.</summary>
    public static void kmem_cache_shrink_all()
    {
        // Freeing a slab frees its vector, in another cache, whose slab may then be empty as well.
        mutex_lock(slab_mutex);
        for (int round = 0; round < 2; round++)
        {
            for (list_head* p = slab_caches->next; p != slab_caches; p = p->next)
            {
                kmem_cache* s = list_entry<kmem_cache>(p, &((kmem_cache*)nowhere)->list);

                // One task at a time: the other CPUs' slabs can be had without them.
                if (sched_host.deterministic)
                {
                    foreach (int cpu in for_each_possible_cpu())
                        __flush_cpu_slab(s, cpu);
                }
                else
                {
                    flush_all(s);
                }
                __kmem_cache_do_shrink(s);
            }
        }
        mutex_unlock(slab_mutex);
    }

    /// <summary>
    /// Gives back the vectors of slabs that have objects since boot but none that is charged, where one task runs alone.
    /// Whose last charged object was freed has room, and is on a list.
    /// </summary>
    internal static void free_idle_vectors()
    {
        for (list_head* p = slab_caches->next; p != slab_caches; p = p->next)
        {
            kmem_cache_node* n = get_node(list_entry<kmem_cache>(p, &((kmem_cache*)nowhere)->list), 0);

            for (list_head* l = n->partial.next; l != &n->partial; l = l->next)
            {
                slab* slab = list_entry<slab>(l, &((slab*)nowhere)->slab_list);
                if (!has_idle_vector(slab))
                    continue;
                // The list may be another one afterwards.
                free_slab_obj_exts(slab);
                l = &n->partial;
            }
        }
    }

    private static bool has_idle_vector(slab* slab)
    {
        slabobj_ext* vec = slab_obj_exts(slab);

        for (uint i = 0; vec != null && i < slab->objects; i++)
        {
            if (vec[i].objcg != null)
                return false;
        }
        return vec != null;
    }

    private static void count_vector(slabobj_ext* vec, long n)
    {
        slab* slab = virt_to_slab(vec);
        if (slab != null)
            atomic_long_add(n, &slab->slab_cache->nr_vectors);
    }

    /// <summary>
    /// The objects of a cache in use, while no CPU holds a slab of it. Vectors do not count: one lives as long as the
    /// slab it belongs to, which may have an object since boot.
    /// </summary>
    public static long kmem_cache_live_objects(kmem_cache* s)
    {
        long live = -atomic_long_read(&s->nr_vectors);

        for (int node = 0; node < nr_node_ids; node++)
        {
            kmem_cache_node* n = get_node(s, node);

            live += (long)node_nr_objs(n);
            for (list_head* p = n->partial.next; p != &n->partial; p = p->next)
                live -= count_free(list_entry<slab>(p, &((slab*)nowhere)->slab_list));
        }
        return live;
    }

    /// <summary>The objects of all caches in use.</summary>
    public static long kmem_cache_live_objects()
    {
        long live = 0;

        kmem_cache_shrink_all();
        for (list_head* p = slab_caches->next; p != slab_caches; p = p->next)
            live += kmem_cache_live_objects(list_entry<kmem_cache>(p, &((kmem_cache*)nowhere)->list));
        return live;
    }

    /// <summary>The machine is up: what is allocated by now is not looked for at its end.</summary>
    public static void kmem_cache_mark_boot()
    {
        kmem_cache_shrink_all();
        live_at_boot = new();
        for (list_head* p = slab_caches->next; p != slab_caches; p = p->next)
        {
            kmem_cache* s = list_entry<kmem_cache>(p, &((kmem_cache*)nowhere)->list);
            live_at_boot.Add(new cache_count((nint)s, kmem_cache_live_objects(s)));
        }
    }

    private static long objects_at_boot(kmem_cache* s)
    {
        if (live_at_boot != null)
        {
            foreach (cache_count c in live_at_boot)
            {
                if (c.cache == (nint)s)
                    return c.objects;
            }
        }
        return 0;
    }

    /// <summary>The caches that have more objects than when the machine was up, with how many; empty if all is well.</summary>
    public static string kmem_cache_leaks()
    {
        StringBuilder leaks = new();

        kmem_cache_shrink_all();
        for (list_head* p = slab_caches->next; p != slab_caches; p = p->next)
        {
            kmem_cache* s = list_entry<kmem_cache>(p, &((kmem_cache*)nowhere)->list);
            long leaked = kmem_cache_live_objects(s) - objects_at_boot(s);
            if (leaked > 0)
                leaks.Append(leaks.Length == 0 ? "" : ", ").Append(Marshal.PtrToStringUTF8((nint)s->name)).Append(' ').Append(leaked);
        }
        return leaks.ToString();
    }

    /// <summary>
    /// The machine ends, and nothing runs any more but the caller: objects that should be gone are an oops, and all
    /// pages of all caches, and of large objects, go back to the page allocator.
    /// </summary>
    public static void kmem_cache_shutdown_all()
    {
        if (slab_state == DOWN)
            return;

        string leaks = kmem_cache_leaks();
        if (leaks.Length != 0)
            panic($"slab objects left at shutdown: {leaks}");

        for (ulong pfn = 0; pfn < max_mapnr; pfn++)
        {
            page* page = pfn_to_page(pfn);
            folio* folio = (folio*)page;

            if (PageTail(page))
                continue;
            if (folio_test_slab(folio))
            {
                slab* slab = folio_slab(folio);
                int order = (int)folio_order(folio);

                mod_node_page_state(slab_pgdat(slab), cache_vmstat_idx(slab->slab_cache), -(long)(PAGE_SIZE << order));
                slab->obj_exts = 0;
                __slab_clear_pfmemalloc(slab);
                slab_clear_node_partial(slab);
                folio->mapping = null;
                __folio_clear_slab(folio);
                free_frozen_pages(page, (uint)order);
            }
            else if (folio_test_large_kmalloc(folio))
            {
                free_large_kmalloc(folio, folio_address(folio));
            }
        }
        slab_state = DOWN;
    }
}
