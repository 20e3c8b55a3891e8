// SPDX-License-Identifier: GPL-2.0-only
// mm/workingset.c: shadow entries that remember when a folio was evicted, and what a refault says about it.
using static Linux.linux_memcontrol_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_shrinker_h;
using static Linux.linux_swap_h;

namespace Linux;

public static unsafe partial class mm_workingset_c
{
    private const int WORKINGSET_SHIFT = 1;
    private const int EVICTION_SHIFT = (BITS_PER_LONG - BITS_PER_XA_VALUE) +
        WORKINGSET_SHIFT + NODES_SHIFT +
        MEM_CGROUP_ID_SHIFT;
    private const ulong EVICTION_MASK = ~0UL >> EVICTION_SHIFT;

    // How many evictions share one timestamp, so that the time of a large machine fits.
    private static uint bucket_order;

    [KernelSource("mm/workingset.c", "pack_shadow", Parity.Full)]
    private static void* pack_shadow(int memcgid, pg_data_t* pgdat, ulong eviction, bool workingset)
    {
        eviction &= EVICTION_MASK;
        eviction = (eviction << MEM_CGROUP_ID_SHIFT) | (uint)memcgid;
        eviction = (eviction << NODES_SHIFT) | (uint)pgdat->node_id;
        eviction = (eviction << WORKINGSET_SHIFT) | (workingset ? 1UL : 0);

        return xa_mk_value(eviction);
    }

    [KernelSource("mm/workingset.c", "unpack_shadow", Parity.Full)]
    private static void unpack_shadow(void* shadow, int* memcgidp, pg_data_t** pgdat, ulong* evictionp, bool* workingsetp)
    {
        ulong entry = xa_to_value(shadow);

        bool workingset = (entry & ((1UL << WORKINGSET_SHIFT) - 1)) != 0;
        entry >>= WORKINGSET_SHIFT;
        int nid = (int)(entry & ((1UL << NODES_SHIFT) - 1));
        entry >>= NODES_SHIFT;
        int memcgid = (int)(entry & ((1UL << MEM_CGROUP_ID_SHIFT) - 1));
        entry >>= MEM_CGROUP_ID_SHIFT;

        *memcgidp = memcgid;
        *pgdat = NODE_DATA(nid);
        *evictionp = entry;
        *workingsetp = workingset;
    }

    // A leaf's list is part of the virtual list of each of its ancestors: all of them age together.
    [KernelSource("mm/workingset.c", "workingset_age_nonresident", Parity.Full)]
    public static void workingset_age_nonresident(lruvec* lruvec, ulong nr_pages)
    {
        do
        {
            atomic_long_add((long)nr_pages, &lruvec->nonresident_age);
        }
        while ((lruvec = parent_lruvec(lruvec)) != null);
    }

    /// <summary>The shadow entry to leave behind for a folio that is being evicted for target_memcg.</summary>
    [KernelSource("mm/workingset.c", "workingset_eviction", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static void* workingset_eviction(folio* folio, mem_cgroup* target_memcg)
    {
        pg_data_t* pgdat = folio_pgdat(folio);

        // Frozen and locked, so its group cannot change.
        VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);
        VM_BUG_ON_FOLIO(folio_ref_count(folio) != 0, folio);
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        lruvec* lruvec = mem_cgroup_lruvec(target_memcg, pgdat);

        // target_memcg may be null, which the lruvec is not.
        int memcgid = mem_cgroup_id(lruvec_memcg(lruvec));
        ulong eviction = (ulong)atomic_long_read(&lruvec->nonresident_age);
        eviction >>= (int)bucket_order;
        workingset_age_nonresident(lruvec, (ulong)folio_nr_pages(folio));
        return pack_shadow(memcgid, pgdat, eviction, folio_test_workingset(folio));
    }

    /// <summary>Whether the folio behind a shadow would still be resident had the active list been memory for it.</summary>
    [KernelSource("mm/workingset.c", "workingset_test_recent", Parity.Full)]
    public static bool workingset_test_recent(void* shadow, bool file, bool* workingset, bool flush)
    {
        int memcgid;
        pg_data_t* pgdat;
        ulong eviction;

        rcu_read_lock();
        unpack_shadow(shadow, &memcgid, &pgdat, &eviction, workingset);
        eviction <<= (int)bucket_order;

        // The id may be gone, or rarely belong to a newer group by now: activation is a guess anyway.
        mem_cgroup* eviction_memcg = mem_cgroup_from_id((ushort)memcgid);
        if (!mem_cgroup_tryget(eviction_memcg))
            eviction_memcg = null;
        rcu_read_unlock();

        if (!mem_cgroup_disabled() && eviction_memcg == null)
            return false;

        // Flushing may sleep, so outside the RCU section, and not for callers in one of their own.
        if (flush)
            mem_cgroup_flush_stats_ratelimited(eviction_memcg);

        lruvec* eviction_lruvec = mem_cgroup_lruvec(eviction_memcg, pgdat);
        ulong refault = (ulong)atomic_long_read(&eviction_lruvec->nonresident_age);

        // Unsigned, so that it holds across an overflow of the age.
        ulong refault_distance = (refault - eviction) & EVICTION_MASK;

        // Anonymous memory competes only where swap could make room.
        ulong workingset_size = lruvec_page_state(eviction_lruvec, NR_ACTIVE_FILE);
        if (!file)
        {
            workingset_size += lruvec_page_state(eviction_lruvec, NR_INACTIVE_FILE);
        }

        if (mem_cgroup_get_nr_swap_pages(eviction_memcg) > 0)
        {
            workingset_size += lruvec_page_state(eviction_lruvec, NR_ACTIVE_ANON);
            if (file)
            {
                workingset_size += lruvec_page_state(eviction_lruvec, NR_INACTIVE_ANON);
            }
        }

        mem_cgroup_put(eviction_memcg);
        return refault_distance <= workingset_size;
    }

    /// <summary>Counts the return of an evicted folio and activates it when it left not long ago.</summary>
    [KernelSource("mm/workingset.c", "workingset_refault", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static void workingset_refault(folio* folio, void* shadow)
    {
        bool file = folio_is_file_lru(folio);
        int type = file ? 1 : 0;
        bool workingset;

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        // Judged at the level that evicted it, counted at the group that owns it now.
        int nr = (int)folio_nr_pages(folio);
        mem_cgroup* memcg = folio_memcg(folio);
        pg_data_t* pgdat = folio_pgdat(folio);
        lruvec* lruvec = mem_cgroup_lruvec(memcg, pgdat);

        mod_lruvec_state(lruvec, WORKINGSET_REFAULT_BASE + type, nr);

        if (!workingset_test_recent(shadow, file, &workingset, true))
            return;

        folio_set_active(folio);
        workingset_age_nonresident(lruvec, (ulong)nr);
        mod_lruvec_state(lruvec, WORKINGSET_ACTIVATE_BASE + type, nr);

        // It had been active before: thrashing, whose cost the balance has to know.
        if (workingset)
        {
            folio_set_workingset(folio);
            lru_note_cost_refault(folio);
            mod_lruvec_state(lruvec, WORKINGSET_RESTORE_BASE + type, nr);
        }
    }

    [KernelSource("mm/workingset.c", "workingset_activation", Parity.Full)]
    public static void workingset_activation(folio* folio)
    {
        if (mem_cgroup_disabled() || folio_memcg_charged(folio))
            workingset_age_nonresident(folio_lruvec(folio), (ulong)folio_nr_pages(folio));
    }

    /// <summary>The xarray nodes that hold nothing but shadows.</summary>
    public static readonly list_lru* shadow_nodes = bss<list_lru>();

    // Its lists are locked inside i_pages, which interrupts take: a class of their own.
    private static readonly lock_class_key* shadow_nodes_key = bss<lock_class_key>();

    // Called under i_pages for each node that changes.
    [KernelSource("mm/workingset.c", "workingset_update_node", Parity.Full)]
    [MustHold("node->array->xa_lock")]
    public static void workingset_update_node(xa_node* node)
    {
        page* page = virt_to_page(node);

        lockdep_assert_held(&node->array->xa_lock);

        if (node->count != 0 && node->count == node->nr_values)
        {
            if (list_empty(&node->private_list))
            {
                list_lru_add_obj(shadow_nodes, &node->private_list);
                __inc_node_page_state(page, WORKINGSET_NODES);
            }
        }
        else
        {
            if (!list_empty(&node->private_list))
            {
                list_lru_del_obj(shadow_nodes, &node->private_list);
                __dec_node_page_state(page, WORKINGSET_NODES);
            }
        }
    }

    [KernelSource("mm/workingset.c", "count_shadow_nodes", Parity.Full)]
    private static ulong count_shadow_nodes(shrinker* shrinker, shrink_control* sc)
    {
        ulong pages;

        ulong nodes = list_lru_shrink_count(shadow_nodes, sc);
        if (nodes == 0)
            return SHRINK_EMPTY;

        // More shadows than the active list can have pages are never acted on; a node may be as
        // sparse as an eighth.
        if (sc->memcg != null)
        {
            mem_cgroup_flush_stats_ratelimited(sc->memcg);
            lruvec* lruvec = mem_cgroup_lruvec(sc->memcg, NODE_DATA(sc->nid));
            pages = 0;
            for (int i = 0; i < NR_LRU_LISTS; i++)
                pages += lruvec_page_state_local(lruvec, NR_LRU_BASE + i);
            pages += lruvec_page_state_local(lruvec, NR_SLAB_RECLAIMABLE_B) >> PAGE_SHIFT;
            pages += lruvec_page_state_local(lruvec, NR_SLAB_UNRECLAIMABLE_B) >> PAGE_SHIFT;
        }
        else
        {
            pages = node_present_pages(sc->nid);
        }

        ulong max_nodes = pages >> (XA_CHUNK_SHIFT - 3);

        if (nodes <= max_nodes)
            return 0;
        return nodes - max_nodes;
    }

    // Entered with lru->lock held and irqs off; every way out has dropped the lock and put irqs on.
    [KernelSource("mm/workingset.c", "shadow_lru_isolate", Parity.Full)]
    [Releases("lru->lock"), IrqEnable]
    private static int shadow_lru_isolate(list_head* item, list_lru_one* lru, void* arg)
    {
        xa_node* node = container_of<xa_node>(item, &((xa_node*)nowhere)->private_list);
        int ret;

        // The tree is emptied before its inode goes, so a node on the list pins the mapping.
        address_space* mapping = container_of<address_space>(node->array, &((address_space*)nowhere)->i_pages);

        // Against the lock order, so tried only.
        if (!xa_trylock(&mapping->i_pages))
        {
            spin_unlock_irq(&lru->@lock);
            ret = LRU_RETRY;
            goto out_;
        }

        if (mapping->host != null)
        {
            if (!spin_trylock(&mapping->host->i_lock))
            {
                xa_unlock(&mapping->i_pages);
                spin_unlock_irq(&lru->@lock);
                ret = LRU_RETRY;
                goto out_;
            }
        }

        list_lru_isolate(lru, item);
        __dec_node_page_state(virt_to_page(node), WORKINGSET_NODES);

        spin_unlock(&lru->@lock);

        // Nothing but shadows in it: emptied, it goes away.
        if (WARN_ON_ONCE(node->nr_values == 0))
            goto out_invalid;
        if (WARN_ON_ONCE(node->count != node->nr_values))
            goto out_invalid;
        xa_delete_node(node, &workingset_update_node);
        __inc_lruvec_kmem_state(node, WORKINGSET_NODERECLAIM);

    out_invalid:
        xa_unlock_irq(&mapping->i_pages);
        if (mapping->host != null)
        {
            if (mapping_shrinkable(mapping))
                inode_add_lru(mapping->host);
            spin_unlock(&mapping->host->i_lock);
        }

        ret = LRU_REMOVED_RETRY;
    out_:
        cond_resched();
        return ret;
    }

    [KernelSource("mm/workingset.c", "scan_shadow_nodes", Parity.Full)]
    private static ulong scan_shadow_nodes(shrinker* shrinker, shrink_control* sc) =>
        list_lru_shrink_walk_irq(shadow_nodes, sc, &shadow_lru_isolate, null);

    [KernelSource("mm/workingset.c", "workingset_init", Parity.Full)]
    public static int workingset_init()
    {
        int ret = -ENOMEM;

        // Room for the longest distance that can lead to an activation: all of memory.
        uint timestamp_bits = BITS_PER_LONG - EVICTION_SHIFT;
        uint max_order = (uint)fls_long(totalram_pages() - 1);
        if (max_order > timestamp_bits)
            bucket_order = max_order - timestamp_bits;
        pr_info($"workingset: timestamp_bits={timestamp_bits} max_order={max_order} bucket_order={bucket_order}");

        shrinker* workingset_shadow_shrinker = shrinker_alloc(SHRINKER_NUMA_AWARE | SHRINKER_MEMCG_AWARE, "mm-shadow"u8);
        if (workingset_shadow_shrinker == null)
            goto err;

        ret = list_lru_init_memcg_key(shadow_nodes, workingset_shadow_shrinker, shadow_nodes_key);
        if (ret != 0)
            goto err_list_lru;

        workingset_shadow_shrinker->count_objects = &count_shadow_nodes;
        workingset_shadow_shrinker->scan_objects = &scan_shadow_nodes;

        // What is counted can be freed whole.
        workingset_shadow_shrinker->seeks = 0;

        shrinker_register(workingset_shadow_shrinker);
        return 0;
    err_list_lru:
        shrinker_free(workingset_shadow_shrinker);
    err:
        return ret;
    }
}
