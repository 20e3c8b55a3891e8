// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 9 of 10: charging folios, uncharging them in batches, sockets, initialisation.
namespace Linux;

/// <summary>A run of folios of one group that are uncharged at once.</summary>
public unsafe struct uncharge_gather
{
    [OwnsRef] public mem_cgroup* memcg;
    public ulong nr_memory;
    public ulong pgpgout;
    public ulong nr_kmem;
    public int nid;
}

public static unsafe partial class mm_memcontrol_c
{
    /// <summary>Sets the effective protection of a group, for a reclaim of <paramref name="root"/> on its way down the tree.</summary>
    [KernelSource(C, "mem_cgroup_calculate_protection", Parity.Full)]
    public static void mem_cgroup_calculate_protection(mem_cgroup* root, mem_cgroup* memcg)
    {
        bool recursive_protection =
            (cgrp_dfl_root->flags & CGRP_ROOT_MEMORY_RECURSIVE_PROT) != 0;

        if (mem_cgroup_disabled())
            return;

        if (root == null)
            root = root_mem_cgroup;

        page_counter_calculate_protection(&root->memory, &memcg->memory, recursive_protection);
    }

    [KernelSource(C, "charge_memcg", Parity.Full)]
    [MightSleepIf("gfp")]
    private static int charge_memcg(folio* folio, mem_cgroup* memcg, gfp_t gfp)
    {
        int ret;

        ret = try_charge(memcg, gfp, (uint)folio_nr_pages(folio));
        if (ret != 0)
            goto @out;

        // The folio holds its group.
        css_get(&memcg->css);
        commit_charge(folio, memcg);
        memcg1_commit_charge(folio, memcg);
    @out:
        return ret;
    }

    [KernelSource(C, "__mem_cgroup_charge", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int __mem_cgroup_charge(folio* folio, mm_struct* mm, gfp_t gfp)
    {
        mem_cgroup* memcg;
        int ret;

        memcg = get_mem_cgroup_from_mm(mm);
        trace_charge_folio(folio, mm);
        ret = charge_memcg(folio, memcg, gfp);
        css_put(&memcg->css);

        return ret;
    }

    /// <summary>
    /// Charges a folio that comes back from swap to whom the slot was charged; if that group is gone, to the mm's. The
    /// slot stays charged until it is freed.
    /// </summary>
    [KernelSource(C, "mem_cgroup_swapin_charge_folio", Parity.Full)]
    public static int mem_cgroup_swapin_charge_folio(folio* folio, mm_struct* mm, gfp_t gfp, swp_entry_t entry)
    {
        mem_cgroup* memcg;
        ushort id;
        int ret;

        if (mem_cgroup_disabled())
            return 0;

        id = lookup_swap_cgroup_id(entry);
        rcu_read_lock();
        memcg = mem_cgroup_from_id(id);
        if (memcg == null || !css_tryget_online(&memcg->css))
            memcg = get_mem_cgroup_from_mm(mm);
        rcu_read_unlock();

        trace_charge_swapin(memcg, id, mm);
        ret = charge_memcg(folio, memcg, gfp);

        css_put(&memcg->css);
        return ret;
    }

    [KernelSource(C, "uncharge_gather_clear", Parity.Full)]
    private static void uncharge_gather_clear(uncharge_gather* ug) => *ug = default;

    [KernelSource(C, "uncharge_batch", Parity.Full)]
    [PutsRef("ug->memcg")]
    private static void uncharge_batch(uncharge_gather* ug)
    {
        if (ug->nr_memory != 0)
        {
            memcg_uncharge(ug->memcg, (uint)ug->nr_memory);
            if (ug->nr_kmem != 0)
            {
                mod_memcg_state(ug->memcg, MEMCG_KMEM, -(int)ug->nr_kmem);
                memcg1_account_kmem(ug->memcg, -(int)ug->nr_kmem);
            }
            memcg1_oom_recover(ug->memcg);
        }

        memcg1_uncharge_batch(ug->memcg, ug->pgpgout, ug->nr_memory, ug->nid);

        // The reference that uncharge_folio() took.
        css_put(&ug->memcg->css);
    }

    [KernelSource(C, "uncharge_folio", Parity.Full)]
    private static void uncharge_folio(folio* folio, uncharge_gather* ug)
    {
        ulong nr_pages;
        mem_cgroup* memcg;
        obj_cgroup* objcg = null;

        VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);

        // Nobody else has the folio any more: what it belongs to is stable.
        if (folio_memcg_kmem(folio))
        {
            objcg = __folio_objcg(folio);
            // Taken here and put below, as the bucket's group may change.
            memcg = get_mem_cgroup_from_objcg(objcg);
        }
        else
        {
            memcg = __folio_memcg(folio);
        }

        if (memcg == null)
            return;

        if (ug->memcg != memcg)
        {
            if (ug->memcg != null)
            {
                uncharge_batch(ug);
                uncharge_gather_clear(ug);
            }
            ug->memcg = memcg;
            ug->nid = folio_nid(folio);

            // uncharge_batch() puts it.
            css_get(&memcg->css);
        }

        nr_pages = folio_nr_pages(folio);

        if (folio_memcg_kmem(folio))
        {
            ug->nr_memory += nr_pages;
            ug->nr_kmem += nr_pages;

            folio->memcg_data = 0;
            obj_cgroup_put(objcg);
        }
        else
        {
            // Memory of the root is charged to no counter.
            if (!mem_cgroup_is_root(memcg))
                ug->nr_memory += nr_pages;
            ug->pgpgout++;

            WARN_ON_ONCE(folio_unqueue_deferred_split(folio));

            folio->memcg_data = 0;
        }

        css_put(&memcg->css);
    }

    [KernelSource(C, "__mem_cgroup_uncharge", Parity.Full)]
    public static void __mem_cgroup_uncharge(folio* folio)
    {
        uncharge_gather ug;

        // Looked at before folio_test_lru() is: a folio that was never charged may be anything.
        if (!folio_memcg_charged(folio))
            return;

        uncharge_gather_clear(&ug);
        uncharge_folio(folio, &ug);
        uncharge_batch(&ug);
    }

    [KernelSource(C, "__mem_cgroup_uncharge_folios", Parity.Full)]
    public static void __mem_cgroup_uncharge_folios(folio_batch* folios)
    {
        uncharge_gather ug;
        uint i;

        uncharge_gather_clear(&ug);
        for (i = 0; i < folios->nr; i++)
            uncharge_folio(folios->folios[i], &ug);
        if (ug.memcg != null)
            uncharge_batch(&ug);
    }

    /// <summary>A folio takes another's place and is charged as that one is. The old one is uncharged when it is freed.</summary>
    [KernelSource(C, "mem_cgroup_replace_folio", Parity.Full)]
    [MustHold("old->PG_locked", "new->PG_locked")]
    public static void mem_cgroup_replace_folio(folio* old, folio* @new)
    {
        mem_cgroup* memcg;
        ulong nr_pages = folio_nr_pages(@new);

        VM_BUG_ON_FOLIO(!folio_test_locked(old), old);
        VM_BUG_ON_FOLIO(!folio_test_locked(@new), @new);
        VM_BUG_ON_FOLIO(folio_test_anon(old) != folio_test_anon(@new), @new);
        VM_BUG_ON_FOLIO(folio_nr_pages(old) != nr_pages, @new);

        if (mem_cgroup_disabled())
            return;

        // Already charged, as in a cache that was charged at its insertion.
        if (folio_memcg_charged(@new))
            return;

        memcg = folio_memcg(old);
        VM_WARN_ON_ONCE_FOLIO(memcg == null, old);
        if (memcg == null)
            return;

        // Over the limit if it must be: the old one goes soon.
        if (!mem_cgroup_is_root(memcg))
            page_counter_charge(&memcg->memory, nr_pages);

        css_get(&memcg->css);
        commit_charge(@new, memcg);
        memcg1_commit_charge(@new, memcg);
    }

    /// <summary>Moves the charge, with its reference, from one folio to another.</summary>
    [KernelSource(C, "mem_cgroup_migrate", Parity.Full)]
    [MustHold("old->PG_locked", "new->PG_locked")]
    public static void mem_cgroup_migrate(folio* old, folio* @new)
    {
        mem_cgroup* memcg;

        VM_BUG_ON_FOLIO(!folio_test_locked(old), old);
        VM_BUG_ON_FOLIO(!folio_test_locked(@new), @new);
        VM_BUG_ON_FOLIO(folio_test_anon(old) != folio_test_anon(@new), @new);
        VM_BUG_ON_FOLIO(folio_nr_pages(old) != folio_nr_pages(@new), @new);
        VM_BUG_ON_FOLIO(folio_test_lru(old), old);

        if (mem_cgroup_disabled())
            return;

        memcg = folio_memcg(old);
        VM_WARN_ON_ONCE_FOLIO(memcg == null, old);
        if (memcg == null)
            return;

        commit_charge(@new, memcg);

        WARN_ON_ONCE(folio_unqueue_deferred_split(old));
        old->memcg_data = 0;
    }

    public static readonly static_key* memcg_sockets_enabled_key = bss<static_key>();

    [KernelSource(C, "mem_cgroup_sk_alloc", Parity.Full)]
    [Initializes("sk")]
    public static void mem_cgroup_sk_alloc(sock* sk)
    {
        mem_cgroup* memcg;

        if (!mem_cgroup_sockets_enabled)
            return;

        // An incoming connection is made in an interrupt, and inherits from its listener.
        if (!in_task())
            return;

        rcu_read_lock();
        memcg = mem_cgroup_from_task(current);
        if (mem_cgroup_is_root(memcg))
            goto @out;
        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys) && !memcg1_tcpmem_active(memcg))
            goto @out;
        if (css_tryget(&memcg->css))
            sk->sk_memcg = memcg;
    @out:
        rcu_read_unlock();
    }

    [KernelSource(C, "mem_cgroup_sk_free", Parity.Full)]
    [PutsRef("sk->sk_memcg")]
    public static void mem_cgroup_sk_free(sock* sk)
    {
        mem_cgroup* memcg = mem_cgroup_from_sk(sk);

        if (memcg != null)
            css_put(&memcg->css);
    }

    [KernelSource(C, "mem_cgroup_sk_inherit", Parity.Full)]
    public static void mem_cgroup_sk_inherit(sock* sk, sock* newsk)
    {
        mem_cgroup* memcg;

        if (sk->sk_memcg == newsk->sk_memcg)
            return;

        mem_cgroup_sk_free(newsk);

        memcg = mem_cgroup_from_sk(sk);
        if (memcg != null)
            css_get(&memcg->css);

        newsk->sk_memcg = sk->sk_memcg;
    }

    /// <summary>Charges pages of socket buffers. False is over the limit; with __GFP_NOFAIL they are charged all the same.</summary>
    [KernelSource(C, "mem_cgroup_sk_charge", Parity.Full)]
    public static bool mem_cgroup_sk_charge(sock* sk, uint nr_pages, gfp_t gfp_mask)
    {
        mem_cgroup* memcg = mem_cgroup_from_sk(sk);

        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
            return memcg1_charge_skmem(memcg, nr_pages, gfp_mask);

        trace_charge_socket();
        if (try_charge_memcg(memcg, gfp_mask, nr_pages) == 0)
        {
            mod_memcg_state(memcg, MEMCG_SOCK, (int)nr_pages);
            return true;
        }

        return false;
    }

    [KernelSource(C, "mem_cgroup_sk_uncharge", Parity.Full)]
    public static void mem_cgroup_sk_uncharge(sock* sk, uint nr_pages)
    {
        mem_cgroup* memcg = mem_cgroup_from_sk(sk);

        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
        {
            memcg1_uncharge_skmem(memcg, nr_pages);
            return;
        }

        mod_memcg_state(memcg, MEMCG_SOCK, -(int)nr_pages);

        refill_stock(memcg, nr_pages);
    }

    /// <summary>The boot parameter cgroup.memory=nosocket,nokmem,nobpf.</summary>
    [KernelSource(C, "cgroup_memory", Parity.Full)]
    public static int cgroup_memory(byte* s)
    {
        byte* token;

        while ((token = strsep(&s, ","u8)) != null)
        {
            if (*token == 0)
                continue;
            if (strcmp(token, "nosocket"u8) == 0)
                cgroup_memory_nosocket = true;
            if (strcmp(token, "nokmem"u8) == 0)
                cgroup_memory_nokmem = true;
            if (strcmp(token, "nobpf"u8) == 0)
                cgroup_memory_nobpf = true;
        }
        return 1;
    }

    /// <summary>Comes before cgroup_init(), which makes the root group. Static locks and lists are initialised here as well.</summary>
    [KernelSource(C, "mem_cgroup_init", Parity.Full)]
    public static int mem_cgroup_init()
    {
        uint memcg_size;

        // A charge in pages is counted in an int of bytes somewhere on its way.
        BUG_ON(MEMCG_CHARGE_BATCH > S32_MAX / (uint)PAGE_SIZE);

        spin_lock_init(objcg_lock);
        mutex_init(percpu_charge_mutex);
        init_waitqueue_head(memcg_cgwb_frn_waitq);
        INIT_DEFERRABLE_WORK(stats_flush_dwork, &flush_memcg_stats_dwork);
        xa_init_flags(mem_cgroup_ids, XA_FLAGS_ALLOC1);

        cpuhp_setup_state_nocalls(CPUHP_MM_MEMCQ_DEAD, "mm/memctrl:dead", null,
            &memcg_hotplug_cpu_dead);

        foreach (int cpu in for_each_possible_cpu())
        {
            local_trylock_init(&per_cpu_ptr(memcg_stock, cpu)->@lock);
            local_trylock_init(&per_cpu_ptr(obj_stock, cpu)->@lock);
            INIT_WORK(&per_cpu_ptr(memcg_stock, cpu)->work,
                &drain_local_memcg_stock);
            INIT_WORK(&per_cpu_ptr(obj_stock, cpu)->work,
                &drain_local_obj_stock);
        }

        // One pointer for each node is part of the struct, which has one node.
        memcg_size = (uint)sizeof(mem_cgroup);
        memcg_cachep = kmem_cache_create("mem_cgroup"u8, memcg_size, 0,
            SLAB_PANIC | SLAB_HWCACHE_ALIGN, null);

        memcg_pn_cachep = kmem_cache_create("mem_cgroup_per_node"u8, (uint)sizeof(mem_cgroup_per_node), 0,
            SLAB_PANIC | SLAB_HWCACHE_ALIGN, null);

        return 0;
    }
}
