// SPDX-License-Identifier: GPL-2.0-only
// The inline functions of memcontrol.h.
namespace Linux;

public static unsafe partial class linux_memcontrol_h
{
    private const string H = "include/linux/memcontrol.h";

    /// <summary>The group of a bucket: never null, may be swapped for its parent at any time. RCU or cgroup_mutex holds it.</summary>
    [KernelSource(H, "obj_cgroup_memcg", Parity.Full)]
    [MustHoldAny("rcu", "kernel_cgroup_cgroup_c.cgroup_mutex")]
    public static mem_cgroup* obj_cgroup_memcg(obj_cgroup* objcg)
    {
        lockdep_assert_once(rcu_read_lock_held() || lockdep_is_held(cgroup_mutex));
        return READ_ONCE(&objcg->memcg);
    }

    /// <summary>The group of a folio that is charged as user memory or page cache.</summary>
    [KernelSource(H, "__folio_memcg", Parity.Full)]
    [ReturnsKept("folio->memcg_data")]
    public static mem_cgroup* __folio_memcg(folio* folio)
    {
        ulong memcg_data = folio->memcg_data;

        VM_BUG_ON_FOLIO(folio_test_slab(folio), folio);
        VM_BUG_ON_FOLIO((memcg_data & MEMCG_DATA_OBJEXTS) != 0, folio);
        VM_BUG_ON_FOLIO((memcg_data & MEMCG_DATA_KMEM) != 0, folio);

        return (mem_cgroup*)(memcg_data & ~OBJEXTS_FLAGS_MASK);
    }

    /// <summary>The bucket of a folio that is charged as kernel memory.</summary>
    [KernelSource(H, "__folio_objcg", Parity.Full)]
    [ReturnsKept("folio->memcg_data")]
    public static obj_cgroup* __folio_objcg(folio* folio)
    {
        ulong memcg_data = folio->memcg_data;

        VM_BUG_ON_FOLIO(folio_test_slab(folio), folio);
        VM_BUG_ON_FOLIO((memcg_data & MEMCG_DATA_OBJEXTS) != 0, folio);
        VM_BUG_ON_FOLIO((memcg_data & MEMCG_DATA_KMEM) == 0, folio);

        return (obj_cgroup*)(memcg_data & ~OBJEXTS_FLAGS_MASK);
    }

    /// <summary>
    /// The group of a folio, or null. What keeps it: for user memory the folio lock, isolation from the LRU or an
    /// exclusive reference; for kernel memory RCU.
    /// </summary>
    [KernelSource(H, "folio_memcg", Parity.Full)]
    [ContextUnsafe("only the group of kernel memory needs RCU, and then the caller has it", Rule = "KM0103")]
    [ReturnsKept("folio->memcg_data")]
    public static mem_cgroup* folio_memcg(folio* folio)
    {
        if (folio_memcg_kmem(folio))
            return obj_cgroup_memcg(__folio_objcg(folio));
        return __folio_memcg(folio);
    }

    [KernelSource(H, "folio_memcg_charged", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ReturnsKept("folio->memcg_data")]
    public static bool folio_memcg_charged(folio* folio) => folio->memcg_data != 0;

    /// <summary>As folio_memcg(), for any folio: a slab has none.</summary>
    [KernelSource(H, "folio_memcg_check", Parity.Full)]
    [ContextUnsafe("only the group of kernel memory needs RCU, and then the caller has it", Rule = "KM0103")]
    public static mem_cgroup* folio_memcg_check(folio* folio)
    {
        // A slab's vector comes and goes without the folio's owner.
        ulong memcg_data = READ_ONCE(&folio->memcg_data);

        if ((memcg_data & MEMCG_DATA_OBJEXTS) != 0)
            return null;

        if ((memcg_data & MEMCG_DATA_KMEM) != 0)
        {
            obj_cgroup* objcg;

            objcg = (obj_cgroup*)(memcg_data & ~OBJEXTS_FLAGS_MASK);
            return obj_cgroup_memcg(objcg);
        }

        return (mem_cgroup*)(memcg_data & ~OBJEXTS_FLAGS_MASK);
    }

    [KernelSource(H, "page_memcg_check", Parity.Full)]
    public static mem_cgroup* page_memcg_check(page* page)
    {
        if (PageTail(page))
            return null;
        return folio_memcg_check((folio*)page);
    }

    /// <summary>The group of a bucket with a reference to it.</summary>
    [KernelSource(H, "get_mem_cgroup_from_objcg", Parity.Full)]
    [ReturnsOwned]
    public static mem_cgroup* get_mem_cgroup_from_objcg(obj_cgroup* objcg)
    {
        mem_cgroup* memcg;

        rcu_read_lock();
    retry:
        memcg = obj_cgroup_memcg(objcg);
        if (!css_tryget(&memcg->css))
            goto retry;
        rcu_read_unlock();

        return memcg;
    }

    [KernelSource(H, "folio_memcg_kmem", Parity.Full)]
    [Stable]
    public static bool folio_memcg_kmem(folio* folio)
    {
        VM_BUG_ON_PGFLAGS(PageTail(&folio->page), &folio->page);
        VM_BUG_ON_FOLIO((folio->memcg_data & MEMCG_DATA_OBJEXTS) != 0, folio);
        return (folio->memcg_data & MEMCG_DATA_KMEM) != 0;
    }

    [KernelSource(H, "PageMemcgKmem", Parity.Full)]
    public static bool PageMemcgKmem(page* page) => folio_memcg_kmem(page_folio(page));

    [KernelSource(H, "mem_cgroup_is_root", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static bool mem_cgroup_is_root(mem_cgroup* memcg) => memcg == root_mem_cgroup;

    [KernelSource(H, "mem_cgroup_disabled", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static bool mem_cgroup_disabled() => !cgroup_subsys_enabled(memory_cgrp_subsys);

    /// <summary>The effective protection of a group against a reclaim of <paramref name="root"/>.</summary>
    [KernelSource(H, "mem_cgroup_protection", Parity.Full)]
    public static void mem_cgroup_protection(mem_cgroup* root, mem_cgroup* memcg, ulong* min, ulong* low)
    {
        *min = *low = 0;

        if (mem_cgroup_disabled())
            return;

        // Nothing protects the target of a reclaim from it. Its effective values belong to the reclaims of its
        // ancestors and would have to be 0 for this one and not for those.
        if (root == memcg)
            return;

        *min = READ_ONCE(&memcg->memory.emin);
        *low = READ_ONCE(&memcg->memory.elow);
    }

    [KernelSource(H, "mem_cgroup_unprotected", Parity.Full)]
    public static bool mem_cgroup_unprotected(mem_cgroup* target, mem_cgroup* memcg)
    {
        // The root has no protection, and the target's is ignored.
        return mem_cgroup_disabled() || mem_cgroup_is_root(memcg) ||
            memcg == target;
    }

    [KernelSource(H, "mem_cgroup_below_low", Parity.Full)]
    public static bool mem_cgroup_below_low(mem_cgroup* target, mem_cgroup* memcg)
    {
        if (mem_cgroup_unprotected(target, memcg))
            return false;

        return READ_ONCE(&memcg->memory.elow) >=
            page_counter_read(&memcg->memory);
    }

    [KernelSource(H, "mem_cgroup_below_min", Parity.Full)]
    public static bool mem_cgroup_below_min(mem_cgroup* target, mem_cgroup* memcg)
    {
        if (mem_cgroup_unprotected(target, memcg))
            return false;

        return READ_ONCE(&memcg->memory.emin) >=
            page_counter_read(&memcg->memory);
    }

    /// <summary>
    /// Charges a new folio to the group of <paramref name="mm"/>, or to the active one when it is null, reclaiming as
    /// <paramref name="gfp"/> allows. Not for folios that are being swapped in.
    /// </summary>
    [KernelSource(H, "mem_cgroup_charge", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int mem_cgroup_charge(folio* folio, mm_struct* mm, gfp_t gfp)
    {
        if (mem_cgroup_disabled())
            return 0;
        return __mem_cgroup_charge(folio, mm, gfp);
    }

    [KernelSource(H, "mem_cgroup_uncharge", Parity.Full)]
    public static void mem_cgroup_uncharge(folio* folio)
    {
        if (mem_cgroup_disabled())
            return;
        __mem_cgroup_uncharge(folio);
    }

    [KernelSource(H, "mem_cgroup_uncharge_folios", Parity.Full)]
    public static void mem_cgroup_uncharge_folios(folio_batch* folios)
    {
        if (mem_cgroup_disabled())
            return;
        __mem_cgroup_uncharge_folios(folios);
    }

    /// <summary>The LRU lists of a group on a node, or the node's own when the controller is off.</summary>
    [KernelSource(H, "mem_cgroup_lruvec", Parity.Full)]
    public static lruvec* mem_cgroup_lruvec(mem_cgroup* memcg, pglist_data* pgdat)
    {
        mem_cgroup_per_node* mz;
        lruvec* lruvec;

        if (mem_cgroup_disabled())
        {
            lruvec = &pgdat->__lruvec;
            goto @out;
        }

        if (memcg == null)
            memcg = root_mem_cgroup;

        mz = memcg->nodeinfo[pgdat->node_id];
        lruvec = &mz->lruvec;
    @out:
        // The node may be younger than the group, so this is filled in late.
        if (lruvec->pgdat != pgdat)
            lruvec->pgdat = pgdat;
        return lruvec;
    }

    /// <summary>Relies on the folio's group being stable.</summary>
    [KernelSource(H, "folio_lruvec", Parity.Full)]
    public static lruvec* folio_lruvec(folio* folio)
    {
        mem_cgroup* memcg = folio_memcg(folio);

        VM_WARN_ON_ONCE_FOLIO(memcg == null && !mem_cgroup_disabled(), folio);
        return mem_cgroup_lruvec(memcg, folio_pgdat(folio));
    }

    [KernelSource(H, "mem_cgroup_from_css", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static mem_cgroup* mem_cgroup_from_css(cgroup_subsys_state* css) =>
        css != null ? container_of<mem_cgroup>(css, &((mem_cgroup*)nowhere)->css) : null;

    [KernelSource(H, "obj_cgroup_tryget", Parity.Full)]
    [TryGetsRef(Result.True, "objcg")]
    public static bool obj_cgroup_tryget(obj_cgroup* objcg) => percpu_ref_tryget(&objcg->refcnt);

    [KernelSource(H, "obj_cgroup_get", Parity.Full)]
    [GetsRef("objcg")]
    public static void obj_cgroup_get(obj_cgroup* objcg) => percpu_ref_get(&objcg->refcnt);

    [KernelSource(H, "obj_cgroup_get_many", Parity.Full)]
    public static void obj_cgroup_get_many(obj_cgroup* objcg, ulong nr) => percpu_ref_get_many(&objcg->refcnt, nr);

    [KernelSource(H, "obj_cgroup_put", Parity.Full)]
    [PutsRef("objcg")]
    public static void obj_cgroup_put(obj_cgroup* objcg)
    {
        if (objcg != null)
            percpu_ref_put(&objcg->refcnt);
    }

    [KernelSource(H, "mem_cgroup_tryget", Parity.Full)]
    [TryGetsRef(Result.True, "memcg")]
    public static bool mem_cgroup_tryget(mem_cgroup* memcg) => memcg == null || css_tryget(&memcg->css);

    [KernelSource(H, "mem_cgroup_tryget_online", Parity.Full)]
    [TryGetsRef(Result.True, "memcg")]
    public static bool mem_cgroup_tryget_online(mem_cgroup* memcg) => memcg == null || css_tryget_online(&memcg->css);

    [KernelSource(H, "mem_cgroup_put", Parity.Full)]
    [PutsRef("memcg")]
    public static void mem_cgroup_put(mem_cgroup* memcg)
    {
        if (memcg != null)
            css_put(&memcg->css);
    }

    /// <summary>The member is given as its address in a group at null.</summary>
    [KernelSource(H, "mem_cgroup_from_counter", Parity.Full)]
    public static mem_cgroup* mem_cgroup_from_counter(page_counter* counter, void* member) =>
        container_of<mem_cgroup>(counter, member);

    [KernelSource(H, "mem_cgroup_id", Parity.Full)]
    public static ushort mem_cgroup_id(mem_cgroup* memcg)
    {
        if (mem_cgroup_disabled())
            return 0;

        return (ushort)memcg->id.id;
    }

    [KernelSource(H, "mem_cgroup_from_seq", Parity.Full)]
    public static mem_cgroup* mem_cgroup_from_seq(seq_file* m) => mem_cgroup_from_css(seq_css(m));

    [KernelSource(H, "lruvec_memcg", Parity.Full)]
    public static mem_cgroup* lruvec_memcg(lruvec* lruvec)
    {
        mem_cgroup_per_node* mz;

        if (mem_cgroup_disabled())
            return null;

        mz = container_of<mem_cgroup_per_node>(lruvec, &((mem_cgroup_per_node*)nowhere)->lruvec);
        return mz->memcg;
    }

    /// <summary>The parent for accounting; the root has none.</summary>
    [KernelSource(H, "parent_mem_cgroup", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static mem_cgroup* parent_mem_cgroup(mem_cgroup* memcg) => mem_cgroup_from_css(memcg->css.parent);

    [KernelSource(H, "mem_cgroup_is_descendant", Parity.Full)]
    public static bool mem_cgroup_is_descendant(mem_cgroup* memcg, mem_cgroup* root)
    {
        if (root == memcg)
            return true;
        return cgroup_is_descendant(memcg->css.cgroup, root->css.cgroup);
    }

    [KernelSource(H, "mm_match_cgroup", Parity.Full)]
    public static bool mm_match_cgroup(mm_struct* mm, mem_cgroup* memcg)
    {
        mem_cgroup* task_memcg;
        bool match = false;

        rcu_read_lock();
        task_memcg = mem_cgroup_from_task(rcu_dereference(&mm->owner));
        if (task_memcg != null)
            match = mem_cgroup_is_descendant(task_memcg, memcg);
        rcu_read_unlock();
        return match;
    }

    [KernelSource(H, "mem_cgroup_online", Parity.Full)]
    public static bool mem_cgroup_online(mem_cgroup* memcg)
    {
        if (mem_cgroup_disabled())
            return true;
        return (memcg->css.flags & CSS_ONLINE) != 0;
    }

    [KernelSource(H, "mem_cgroup_get_zone_lru_size", Parity.Full)]
    public static ulong mem_cgroup_get_zone_lru_size(lruvec* lruvec, int lru, int zone_idx)
    {
        mem_cgroup_per_node* mz;

        mz = container_of<mem_cgroup_per_node>(lruvec, &((mem_cgroup_per_node*)nowhere)->lruvec);
        return READ_ONCE(&mz->lru_zone_size[zone_idx * NR_LRU_LISTS + lru]);
    }

    [KernelSource(H, "mem_cgroup_handle_over_high", Parity.Full)]
    public static void mem_cgroup_handle_over_high(gfp_t gfp_mask)
    {
        if (current->memcg_nr_pages_over_high != 0)
            __mem_cgroup_handle_over_high(gfp_mask);
    }

    [KernelSource(H, "mod_memcg_page_state", Parity.Full)]
    public static void mod_memcg_page_state(page* page, int idx, int val)
    {
        mem_cgroup* memcg;

        if (mem_cgroup_disabled())
            return;

        rcu_read_lock();
        memcg = folio_memcg(page_folio(page));
        if (memcg != null)
            mod_memcg_state(memcg, idx, val);
        rcu_read_unlock();
    }

    [KernelSource(H, "mod_lruvec_kmem_state", Parity.Full)]
    public static void mod_lruvec_kmem_state(void* p, node_stat_item idx, int val)
    {
        local_irq_save(out IrqFlags flags);
        __mod_lruvec_kmem_state(p, idx, val);
        local_irq_restore(flags);
    }

    [KernelSource(H, "count_memcg_folio_events", Parity.Full)]
    public static void count_memcg_folio_events(folio* folio, vm_event_item idx, ulong nr)
    {
        mem_cgroup* memcg = folio_memcg(folio);

        if (memcg != null)
            count_memcg_events(memcg, idx, nr);
    }

    [KernelSource(H, "count_memcg_events_mm", Parity.Full)]
    public static void count_memcg_events_mm(mm_struct* mm, vm_event_item idx, ulong count)
    {
        mem_cgroup* memcg;

        if (mem_cgroup_disabled())
            return;

        rcu_read_lock();
        memcg = mem_cgroup_from_task(rcu_dereference(&mm->owner));
        if (memcg != null)
            count_memcg_events(memcg, idx, count);
        rcu_read_unlock();
    }

    [KernelSource(H, "count_memcg_event_mm", Parity.Full)]
    public static void count_memcg_event_mm(mm_struct* mm, vm_event_item idx) => count_memcg_events_mm(mm, idx, 1);

    /// <summary>Counts an event of this group, and of its ancestors unless the hierarchy counts local events only.</summary>
    [KernelSource(H, "__memcg_memory_event", Parity.Full)]
    public static void __memcg_memory_event(mem_cgroup* memcg, int @event, bool allow_spinning)
    {
        bool swap_event = @event == MEMCG_SWAP_HIGH || @event == MEMCG_SWAP_MAX ||
            @event == MEMCG_SWAP_FAIL;

        // Nothing else is counted where spinning is forbidden.
        VM_WARN_ON_ONCE(!allow_spinning && @event != MEMCG_MAX);

        atomic_long_inc(&memcg->memory_events_local[@event]);
        if (!swap_event && allow_spinning)
            cgroup_file_notify(&memcg->events_local_file);

        do
        {
            atomic_long_inc(&memcg->memory_events[@event]);
            if (allow_spinning)
            {
                if (swap_event)
                    cgroup_file_notify(&memcg->swap_events_file);
                else
                    cgroup_file_notify(&memcg->events_file);
            }

            if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
                break;
            if ((cgrp_dfl_root->flags & CGRP_ROOT_MEMORY_LOCAL_EVENTS) != 0)
                break;
        } while ((memcg = parent_mem_cgroup(memcg)) != null &&
                 !mem_cgroup_is_root(memcg));
    }

    [KernelSource(H, "memcg_memory_event", Parity.Full)]
    public static void memcg_memory_event(mem_cgroup* memcg, int @event) => __memcg_memory_event(memcg, @event, true);

    [KernelSource(H, "memcg_memory_event_mm", Parity.Full)]
    public static void memcg_memory_event_mm(mm_struct* mm, int @event)
    {
        mem_cgroup* memcg;

        if (mem_cgroup_disabled())
            return;

        rcu_read_lock();
        memcg = mem_cgroup_from_task(rcu_dereference(&mm->owner));
        if (memcg != null)
            memcg_memory_event(memcg, @event);
        rcu_read_unlock();
    }

    [KernelSource(H, "__inc_lruvec_kmem_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __inc_lruvec_kmem_state(void* p, node_stat_item idx) => __mod_lruvec_kmem_state(p, idx, 1);

    [KernelSource(H, "__dec_lruvec_kmem_state", Parity.Full)]
    [RequiresPreemptOff]
    public static void __dec_lruvec_kmem_state(void* p, node_stat_item idx) => __mod_lruvec_kmem_state(p, idx, -1);

    [KernelSource(H, "parent_lruvec", Parity.Full)]
    public static lruvec* parent_lruvec(lruvec* lruvec)
    {
        mem_cgroup* memcg;

        memcg = lruvec_memcg(lruvec);
        if (memcg == null)
            return null;
        memcg = parent_mem_cgroup(memcg);
        if (memcg == null)
            return null;
        return mem_cgroup_lruvec(memcg, lruvec_pgdat(lruvec));
    }

    [KernelSource(H, "unlock_page_lruvec", Parity.Full)]
    [Releases("lruvec->lru_lock")]
    public static void unlock_page_lruvec(lruvec* lruvec) => spin_unlock(&lruvec->lru_lock);

    [KernelSource(H, "unlock_page_lruvec_irq", Parity.Full)]
    [Releases("lruvec->lru_lock"), IrqEnable]
    public static void unlock_page_lruvec_irq(lruvec* lruvec) => spin_unlock_irq(&lruvec->lru_lock);

    [KernelSource(H, "unlock_page_lruvec_irqrestore", Parity.Full)]
    [Releases("lruvec->lru_lock"), IrqRestore("flags")]
    public static void unlock_page_lruvec_irqrestore(lruvec* lruvec, IrqFlags flags) =>
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);

    /// <summary>Relies on the folio's group being stable.</summary>
    [KernelSource(H, "folio_matches_lruvec", Parity.Full)]
    public static bool folio_matches_lruvec(folio* folio, lruvec* lruvec) =>
        lruvec_pgdat(lruvec) == folio_pgdat(folio) &&
        lruvec_memcg(lruvec) == folio_memcg(folio);

    /// <summary>Locks the folio's lists, keeping the lock that is held when they are the same.</summary>
    [KernelSource(H, "folio_lruvec_relock_irq", Parity.Full)]
    [HandsOver("locked_lruvec->lru_lock", "return->lru_lock"), IrqDisable]
    public static lruvec* folio_lruvec_relock_irq(folio* folio, lruvec* locked_lruvec)
    {
        if (locked_lruvec != null)
        {
            if (folio_matches_lruvec(folio, locked_lruvec))
                return locked_lruvec;

            unlock_page_lruvec_irq(locked_lruvec);
        }

        return folio_lruvec_lock_irq(folio);
    }

    /// <summary>As folio_lruvec_relock_irq(), saving the interrupt state with the first lock.</summary>
    [KernelSource(H, "folio_lruvec_relock_irqsave", Parity.Full)]
    [HandsOver("*lruvecp->lru_lock", "*lruvecp->lru_lock"), IrqSave("flags")]
    public static void folio_lruvec_relock_irqsave(folio* folio, lruvec** lruvecp, IrqFlags* flags)
    {
        if (*lruvecp != null)
        {
            if (folio_matches_lruvec(folio, *lruvecp))
                return;

            unlock_page_lruvec_irqrestore(*lruvecp, *flags);
        }

        *lruvecp = folio_lruvec_lock_irqsave(folio, flags);
    }

    [KernelSource(H, "mem_cgroup_track_foreign_dirty", Parity.Full)]
    public static void mem_cgroup_track_foreign_dirty(folio* folio, bdi_writeback* wb)
    {
        mem_cgroup* memcg;

        if (mem_cgroup_disabled())
            return;

        memcg = folio_memcg(folio);
        if (memcg != null && &memcg->css != wb->memcg_css)
            mem_cgroup_track_foreign_dirty_slowpath(folio, wb);
    }

    [KernelSource(H, "mem_cgroup_sockets_enabled", Parity.Full)]
    public static bool mem_cgroup_sockets_enabled => static_branch_unlikely(memcg_sockets_enabled_key);

    [KernelSource(H, "mem_cgroup_set_socket_pressure", Parity.Full)]
    public static void mem_cgroup_set_socket_pressure(mem_cgroup* memcg) =>
        WRITE_ONCE(&memcg->socket_pressure, jiffies + HZ);

    [KernelSource(H, "mem_cgroup_get_socket_pressure", Parity.Full)]
    public static u64 mem_cgroup_get_socket_pressure(mem_cgroup* memcg) => READ_ONCE(&memcg->socket_pressure);

    [KernelSource(H, "get_obj_cgroup_from_current", Parity.Full)]
    [ReturnsOwned]
    public static obj_cgroup* get_obj_cgroup_from_current()
    {
        obj_cgroup* objcg = current_obj_cgroup();

        if (objcg != null)
            obj_cgroup_get(objcg);

        return objcg;
    }

    [KernelSource(H, "memcg_bpf_enabled", Parity.Full)]
    public static bool memcg_bpf_enabled() => static_branch_likely(memcg_bpf_enabled_key);

    [KernelSource(H, "memcg_kmem_online", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool memcg_kmem_online() => static_branch_likely(memcg_kmem_online_key);

    [KernelSource(H, "memcg_kmem_charge_page", Parity.Full)]
    public static int memcg_kmem_charge_page(page* page, gfp_t gfp, int order)
    {
        if (memcg_kmem_online())
            return __memcg_kmem_charge_page(page, gfp, order);
        return 0;
    }

    [KernelSource(H, "memcg_kmem_uncharge_page", Parity.Full)]
    public static void memcg_kmem_uncharge_page(page* page, int order)
    {
        if (memcg_kmem_online())
            __memcg_kmem_uncharge_page(page, order);
    }

    /// <summary>The index of a group in the per-group lists (list_lru).</summary>
    [KernelSource(H, "memcg_kmem_id", Parity.Full)]
    public static int memcg_kmem_id(mem_cgroup* memcg) => memcg != null ? memcg->kmemcg_id : -1;

    [KernelSource(H, "count_objcg_events", Parity.Full)]
    public static void count_objcg_events(obj_cgroup* objcg, vm_event_item idx, ulong count)
    {
        mem_cgroup* memcg;

        if (!memcg_kmem_online())
            return;

        rcu_read_lock();
        memcg = obj_cgroup_memcg(objcg);
        count_memcg_events(memcg, idx, count);
        rcu_read_unlock();
    }

    // What is left of cgroup v1, which is not configured.

    [KernelSource(H, "memcg1_soft_limit_reclaim", Parity.Full)]
    public static ulong memcg1_soft_limit_reclaim(pglist_data* pgdat, int order, gfp_t gfp_mask, ulong* total_scanned) => 0;

    [KernelSource(H, "task_in_memcg_oom", Parity.Full)]
    public static bool task_in_memcg_oom(task_struct* p) => false;

    [KernelSource(H, "mem_cgroup_oom_synchronize", Parity.Full)]
    public static bool mem_cgroup_oom_synchronize(bool wait) => false;

    [KernelSource(H, "mem_cgroup_enter_user_fault", Parity.Full)]
    public static void mem_cgroup_enter_user_fault()
    {
    }

    [KernelSource(H, "mem_cgroup_exit_user_fault", Parity.Full)]
    public static void mem_cgroup_exit_user_fault()
    {
    }

    [KernelSource(H, "memcg1_swapout", Parity.Full)]
    public static void memcg1_swapout(folio* folio, swp_entry_t entry)
    {
    }

    [KernelSource(H, "memcg1_swapin", Parity.Full)]
    public static void memcg1_swapin(swp_entry_t entry, uint nr_pages)
    {
    }
}
