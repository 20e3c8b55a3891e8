// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_vmstat_h;

namespace Linux;

/// <summary>
/// What the buddy lists hold, by zone and order. Taken when boot is over and again when the machine is shut down, the
/// two tell whether every frame came back: a frame that did not leaves its block split.
/// </summary>
public unsafe partial struct free_areas
{
    private fixed ulong nr_free[linux_mmzone_h.MAX_NR_ZONES * linux_mmzone_h.NR_PAGE_ORDERS];

    private static free_areas at_boot;

    /// <summary>The machine is up, and nothing has been done with it yet: what is allocated by now stays so.</summary>
    public static void mark_boot()
    {
        wait_for_kthreads();
        drop_caches();
        mm_slub_c.kmem_cache_mark_boot();
        if (sched_host.deterministic)
        {
            at_boot = take_bare();
            dress();
        }
    }

    /// <summary>
    /// The areas when nothing is kept for later and no worker is there: those come and go with their stacks and descriptors,
    /// each time in other frames; nor the pool of bios, which are others once it was used, nor the root's shrinker bits, of
    /// which there are more once there were more shrinkers. Where one task runs at a time; with real threads each CPU has
    /// slabs of its own. dress() is to follow if the machine is to go on.
    /// </summary>
    internal static free_areas take_bare()
    {
        kernel_workqueue_c.shed_idle_workers(0);
        linux_bio_h.drop_bio_pool();
        mm_shrinker_c.free_shrinker_info(mm_memcontrol_c.root_mem_cgroup);
        // A task goes after a grace period, and its stack after another.
        rcu_barrier();
        rcu_barrier();
        mm_vmalloc_c.vfree_all_deferred();
        foreach (int cpu in for_each_possible_cpu())
        {
            radix_tree_cpu_dead((uint)cpu);
            kernel_fork_c.free_vm_stack_cache((uint)cpu);
        }
        mm_slub_c.kmem_cache_shrink_all();
        // The pages of type-stable slabs wait for readers, and then their vectors go.
        rcu_barrier();
        mm_slub_c.free_idle_vectors();
        mm_slub_c.kmem_cache_shrink_all();
        return take();
    }

    /// <summary>Gives the machine again what take_bare() took from it.</summary>
    internal static void dress()
    {
        linux_bio_h.fill_bio_pool();
        BUG_ON(mm_shrinker_c.alloc_shrinker_info(mm_memcontrol_c.root_mem_cgroup) != 0);
        kernel_workqueue_c.workqueue_init();
    }

    /// <summary>How the areas differ from those of the boot, or null.</summary>
    internal static string? difference_to_boot() => take_bare().difference(at_boot);

    // With real threads the kernel's own may not have got as far as what they allocate for themselves.
    private static void wait_for_kthreads()
    {
        if (sched_host.deterministic)
            return;
        for (long before = -1, now; (now = mm_slub_c.kmem_cache_live_objects()) != before; before = now)
            msleep(4);
    }

    /// <summary>Lets go of what is kept for the next who asks: workers, objects on their way to be freed, stacks, per-CPU chunks, slabs.</summary>
    internal static void drop_caches()
    {
        kernel_workqueue_c.shed_idle_workers(1);
        kernel_rcu_tree_c.kvfree_rcu_barrier();
        kernel_workqueue_c.shed_idle_workers(1);
        rcu_barrier();
        foreach (int cpu in for_each_possible_cpu())
            kernel_workqueue_c.work_on_cpu(cpu, &kernel_fork_c.drop_vm_stack_cache, null);
        mm_slub_c.kmem_cache_shrink_all();
        mm_percpu_c.pcpu_drop_empty();
        mm_slub_c.kmem_cache_shrink_all();
        // The pages of type-stable slabs wait for readers.
        rcu_barrier();
    }

    /// <summary>Empties the CPUs' stocks, so that what is free merges, and counts the blocks.</summary>
    public static free_areas take()
    {
        free_areas areas = default;

        drain_all_pages(null);
        foreach (zone* zone in for_each_populated_zone())
        {
            for (int order = 0; order < NR_PAGE_ORDERS; order++)
                areas.nr_free[zone_idx(zone) * NR_PAGE_ORDERS + order] = zone->free_area[order].nr_free;
        }
        return areas;
    }

    /// <summary>Free pages in all zones.</summary>
    public readonly ulong pages
    {
        get
        {
            ulong sum = 0;

            for (int i = 0; i < MAX_NR_ZONES * NR_PAGE_ORDERS; i++)
                sum += nr_free[i] << (i % NR_PAGE_ORDERS);
            return sum;
        }
    }

    /// <summary>How these differ from what they were, or null if they do not.</summary>
    public readonly string? difference(in free_areas before)
    {
        StringBuilder? text = null;

        for (int zone = 0; zone < MAX_NR_ZONES; zone++)
        {
            for (int order = 0; order < NR_PAGE_ORDERS; order++)
            {
                ulong was = before.nr_free[zone * NR_PAGE_ORDERS + order];
                ulong now = nr_free[zone * NR_PAGE_ORDERS + order];

                if (was == now)
                    continue;
                text ??= new StringBuilder($"{(long)(before.pages - pages)} pages short:");
                text.Append($" zone {zone} order {order}: {was} -> {now};");
            }
        }
        return text?.ToString();
    }

    /// <summary>
    /// Walks the lists of a zone and says what is wrong with them, or null: each block aligned, inside the zone, marked
    /// with its order and not next to a free buddy it should have merged with; as many as nr_free says, and as many pages
    /// as the zone's counters.
    /// </summary>
    public static string? check(zone* zone)
    {
        string? wrong = null;
        ulong pages = 0;

        spin_lock_irqsave(&zone->@lock, out IrqFlags flags);
        for (uint order = 0; order < NR_PAGE_ORDERS && wrong == null; order++)
        {
            free_area* area = &zone->free_area[order];
            ulong found = 0;

            for (int mt = 0; mt < MIGRATE_TYPES && wrong == null; mt++)
            {
                for (list_head* l = area->free_list[mt].next; l != &area->free_list[mt]; l = l->next)
                {
                    page* page = list_entry<page>(l, &((page*)nowhere)->buddy_list);
                    ulong pfn = page_to_pfn(page);

                    found++;
                    pages += 1UL << (int)order;
                    if ((pfn & ((1UL << (int)order) - 1)) != 0 || !zone_spans_pfn(zone, pfn))
                        wrong = $"pfn {pfn:x} on the list of order {order} is misplaced";
                    else if (!PageBuddy(page) || mm_internal_h.buddy_order(page) != order)
                        wrong = $"pfn {pfn:x} on the list of order {order} is not marked so";
                    else if (get_pageblock_migratetype(page) != mt)
                        wrong = $"pfn {pfn:x} is on the list of type {mt}, its block is of {get_pageblock_migratetype(page)}";
                    else if (order < MAX_PAGE_ORDER && mm_internal_h.find_buddy_page_pfn(page, pfn, order, null) != null
                             && (order < pageblock_order || migratetype_is_mergeable(mt)))
                        wrong = $"pfn {pfn:x} of order {order} has a free buddy";
                    if (wrong != null)
                        break;
                }
            }
            if (wrong == null && found != area->nr_free)
                wrong = $"order {order}: {found} blocks on the lists, nr_free is {area->nr_free}";
        }
        ulong counted = zone_page_state_snapshot(zone, NR_FREE_PAGES);
        if (wrong == null && pages != counted)
            wrong = $"{pages} pages on the lists, NR_FREE_PAGES is {counted}";
        spin_unlock_irqrestore(&zone->@lock, flags);
        return wrong;
    }
}
