// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_percpu_h;
using static Linux.linux_swap_h;
using static Linux.mm_internal_h;

namespace Linux;

// Folios on their way to and between the LRU lists, gathered on each CPU so that lru_lock is taken once for many.
[StructLayout(LayoutKind.Explicit, Size = 1536)]
public unsafe struct cpu_fbatches
{
    // Under lock: preemption off.
    [FieldOffset(0)] public local_lock_t @lock;
    [FieldOffset(0)] public folio_batch lru_add;
    [FieldOffset(256)] public folio_batch lru_deactivate_file;
    [FieldOffset(512)] public folio_batch lru_deactivate;
    [FieldOffset(768)] public folio_batch lru_lazyfree;
    [FieldOffset(1024)] public folio_batch lru_activate;
    // Under lock_irq: interrupts off, as the end of I/O comes here.
    [FieldOffset(1280)] public local_lock_t lock_irq;
    [FieldOffset(1280)] public folio_batch lru_move_tail;
}

public static unsafe partial class mm_swap_c
{
    public static int page_cluster;

    [PerCpu(Remote = true)]
    private static readonly PerCpu<cpu_fbatches>* cpu_fbatches = DEFINE_PER_CPU<cpu_fbatches>();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock")]
    private static PerCpu<local_lock_t>* lock_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).@lock);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock_irq")]
    private static PerCpu<local_lock_t>* lock_irq_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).lock_irq);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lru_add")]
    private static PerCpu<folio_batch>* lru_add_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).lru_add);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lru_deactivate_file")]
    private static PerCpu<folio_batch>* lru_deactivate_file_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).lru_deactivate_file);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lru_deactivate")]
    private static PerCpu<folio_batch>* lru_deactivate_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).lru_deactivate);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lru_lazyfree")]
    private static PerCpu<folio_batch>* lru_lazyfree_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).lru_lazyfree);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lru_activate")]
    private static PerCpu<folio_batch>* lru_activate_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).lru_activate);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lru_move_tail")]
    private static PerCpu<folio_batch>* lru_move_tail_of(PerCpu<cpu_fbatches>* p) => percpu_member(p, ref layout_of(p).lru_move_tail);

    // What to do with each folio of a batch. The kernel passes a function: here it is a number, which can be compared.
    private enum move_fn_t
    {
        lru_add,
        lru_move_tail,
        lru_activate,
        lru_deactivate_file,
        lru_deactivate,
        lru_lazyfree,
    }

    // Takes a folio without references off its list. The lock stays with the caller for the next one.
    [KernelSource("mm/swap.c", "__page_cache_release", Parity.Full)]
    [HandsOver("*lruvecp->lru_lock", "*lruvecp->lru_lock")]
    private static void __page_cache_release(folio* folio, lruvec** lruvecp, IrqFlags* flagsp)
    {
        if (folio_test_lru(folio))
        {
            folio_lruvec_relock_irqsave(folio, lruvecp, flagsp);
            lruvec_del_folio(*lruvecp, folio);
            __folio_clear_lru_flags(folio);
        }
    }

    [KernelSource("mm/swap.c", "page_cache_release", Parity.Full)]
    [ContextUnsafe("flags are saved with the first lock, if there is one", Rule = "KM0205")]
    private static void page_cache_release(folio* folio)
    {
        lruvec* lruvec = null;
        IrqFlags flags = default;

        __page_cache_release(folio, &lruvec, &flags);
        if (lruvec != null)
            unlock_page_lruvec_irqrestore(lruvec, flags);
    }

    [KernelSource("mm/swap.c", "__folio_put", Parity.Full)]
    public static void __folio_put(folio* folio)
    {
        page_cache_release(folio);
        folio_unqueue_deferred_split(folio);
        mem_cgroup_uncharge(folio);
        free_frozen_pages(&folio->page, folio_order(folio));
    }

    [KernelSource("mm/swap.c", "lru_add", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static void lru_add(lruvec* lruvec, folio* folio)
    {
        bool was_unevictable = folio_test_clear_unevictable(folio);
        long nr_pages = (long)folio_nr_pages(folio);

        VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);

        // Whoever makes a folio evictable again sets the flag first and then looks whether it is on the list, while we
        // put it on the list and then look at the flag: one of the two sees the other.
        if (folio_evictable(folio))
        {
            if (was_unevictable)
                __count_vm_events(UNEVICTABLE_PGRESCUED, nr_pages);
        }
        else
        {
            folio_clear_active(folio);
            folio_set_unevictable(folio);
            // Nobody counted mlocks before: the word held a list pointer.
            folio->mlock_count = 0;
            if (!was_unevictable)
                __count_vm_events(UNEVICTABLE_PGCULLED, nr_pages);
        }

        lruvec_add_folio(lruvec, folio);
    }

    [MustHold("lruvec->lru_lock")]
    private static void call(move_fn_t move_fn, lruvec* lruvec, folio* folio)
    {
        switch (move_fn)
        {
            case move_fn_t.lru_add: lru_add(lruvec, folio); break;
            case move_fn_t.lru_move_tail: lru_move_tail(lruvec, folio); break;
            case move_fn_t.lru_activate: lru_activate(lruvec, folio); break;
            case move_fn_t.lru_deactivate_file: lru_deactivate_file(lruvec, folio); break;
            case move_fn_t.lru_deactivate: lru_deactivate(lruvec, folio); break;
            case move_fn_t.lru_lazyfree: lru_lazyfree(lruvec, folio); break;
        }
    }

    [KernelSource("mm/swap.c", "folio_batch_move_lru", Parity.Full)]
    [Excludes("lruvec.lru_lock")]
    private static void folio_batch_move_lru(folio_batch* fbatch, move_fn_t move_fn)
    {
        lruvec* lruvec = null;
        IrqFlags flags = default;

        for (uint i = 0; i < folio_batch_count(fbatch); i++)
        {
            folio* folio = fbatch->folios[i];

            // Somebody has isolated it. A folio that is being added is on no list yet.
            if (move_fn != move_fn_t.lru_add && !folio_test_clear_lru(folio))
                continue;

            folio_lruvec_relock_irqsave(folio, &lruvec, &flags);
            call(move_fn, lruvec, folio);

            folio_set_lru(folio);
        }

        if (lruvec != null)
            unlock_page_lruvec_irqrestore(lruvec, flags);
        folios_put(fbatch);
    }

    [KernelSource("mm/swap.c", "__folio_batch_add_and_move", Parity.Full)]
    [Excludes("cpu_fbatches->lock", "cpu_fbatches->lock_irq")]
    private static void __folio_batch_add_and_move(PerCpu<folio_batch>* fbatch, folio* folio, move_fn_t move_fn, bool disable_irq)
    {
        IrqFlags flags = default;

        folio_get(folio);

        if (disable_irq)
            local_lock_irqsave(lock_irq_of(cpu_fbatches), out flags);
        else
            local_lock(lock_of(cpu_fbatches));

        if (folio_batch_add(this_cpu_ptr(fbatch), folio) == 0 || !folio_may_be_lru_cached(folio) || lru_cache_disabled())
            folio_batch_move_lru(this_cpu_ptr(fbatch), move_fn);

        if (disable_irq)
            local_unlock_irqrestore(lock_irq_of(cpu_fbatches), flags);
        else
            local_unlock(lock_of(cpu_fbatches));
    }

    [KernelSource("mm/swap.c", "lru_move_tail", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static void lru_move_tail(lruvec* lruvec, folio* folio)
    {
        if (folio_test_unevictable(folio))
            return;

        lruvec_del_folio(lruvec, folio);
        folio_clear_active(folio);
        lruvec_add_folio_tail(lruvec, folio);
        __count_vm_events(PGROTATED, (long)folio_nr_pages(folio));
    }

    // Writeback for reclaim has ended: the folio goes where reclaim looks next. Called in interrupts.
    [KernelSource("mm/swap.c", "folio_rotate_reclaimable", Parity.Full)]
    public static void folio_rotate_reclaimable(folio* folio)
    {
        if (folio_test_locked(folio) || folio_test_dirty(folio) || folio_test_unevictable(folio) || !folio_test_lru(folio))
            return;

        __folio_batch_add_and_move(lru_move_tail_of(cpu_fbatches), folio, move_fn_t.lru_move_tail, true);
    }

    // Charges the cost of reclaim to anon or file, here and in all ancestors. Drops lru_lock.
    [KernelSource("mm/swap.c", "lru_note_cost_unlock_irq", Parity.Full)]
    [Releases("lruvec->lru_lock"), IrqEnable]
    public static void lru_note_cost_unlock_irq(lruvec* lruvec, bool file, uint nr_io, uint nr_rotated)
    {
        // Reclaiming on the wrong side makes I/O; rotations only cost time.
        ulong cost = nr_io * SWAP_CLUSTER_MAX + nr_rotated;

        if (cost == 0)
        {
            spin_unlock_irq(&lruvec->lru_lock);
            return;
        }

        for (; ; )
        {
            if (file)
                lruvec->file_cost += cost;
            else
                lruvec->anon_cost += cost;

            // Old costs fade when they outgrow a quarter of what is on the lists.
            ulong lrusize = lruvec_page_state(lruvec, NR_INACTIVE_ANON) + lruvec_page_state(lruvec, NR_ACTIVE_ANON)
                + lruvec_page_state(lruvec, NR_INACTIVE_FILE) + lruvec_page_state(lruvec, NR_ACTIVE_FILE);

            if (lruvec->file_cost + lruvec->anon_cost > lrusize / 4)
            {
                lruvec->file_cost /= 2;
                lruvec->anon_cost /= 2;
            }

            spin_unlock_irq(&lruvec->lru_lock);
            lruvec = parent_lruvec(lruvec);
            if (lruvec == null)
                break;
            spin_lock_irq(&lruvec->lru_lock);
        }
    }

    [KernelSource("mm/swap.c", "lru_note_cost_refault", Parity.Full)]
    [Excludes("lruvec.lru_lock")]
    public static void lru_note_cost_refault(folio* folio)
    {
        lruvec* lruvec = folio_lruvec_lock_irq(folio);

        lru_note_cost_unlock_irq(lruvec, folio_is_file_lru(folio), (uint)folio_nr_pages(folio), 0);
    }

    [KernelSource("mm/swap.c", "lru_activate", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static void lru_activate(lruvec* lruvec, folio* folio)
    {
        long nr_pages = (long)folio_nr_pages(folio);

        if (folio_test_active(folio) || folio_test_unevictable(folio))
            return;

        lruvec_del_folio(lruvec, folio);
        folio_set_active(folio);
        lruvec_add_folio(lruvec, folio);

        __count_vm_events(PGACTIVATE, nr_pages);
        count_memcg_events(lruvec_memcg(lruvec), PGACTIVATE, (ulong)nr_pages);
    }

    [KernelSource("mm/swap.c", "folio_activate_drain", Parity.Full)]
    private static void folio_activate_drain(int cpu)
    {
        folio_batch* fbatch = &per_cpu_ptr(cpu_fbatches, cpu)->lru_activate;

        if (folio_batch_count(fbatch) != 0)
            folio_batch_move_lru(fbatch, move_fn_t.lru_activate);
    }

    [KernelSource("mm/swap.c", "folio_activate", Parity.Full)]
    public static void folio_activate(folio* folio)
    {
        if (folio_test_active(folio) || folio_test_unevictable(folio) || !folio_test_lru(folio))
            return;

        __folio_batch_add_and_move(lru_activate_of(cpu_fbatches), folio, move_fn_t.lru_activate, false);
    }

    // A folio that this CPU still holds in its batch can be made active before it is on a list.
    [KernelSource("mm/swap.c", "__lru_cache_activate_folio", Parity.Full)]
    [Excludes("cpu_fbatches->lock")]
    private static void __lru_cache_activate_folio(folio* folio)
    {
        local_lock(lock_of(cpu_fbatches));
        folio_batch* fbatch = this_cpu_ptr(lru_add_of(cpu_fbatches));

        // From the end: it was just added. Only this CPU's batch may be looked at.
        for (int i = (int)folio_batch_count(fbatch) - 1; i >= 0; i--)
        {
            if (fbatch->folios[i] == folio)
            {
                folio_set_active(folio);
                break;
            }
        }

        local_unlock(lock_of(cpu_fbatches));
    }

    [KernelSource("mm/swap.c", "lru_gen_clear_refs", Parity.Full)]
    private static bool lru_gen_clear_refs(folio* folio) => false;

    // From inactive to referenced, from referenced to active, from active to active and referenced.
    [KernelSource("mm/swap.c", "folio_mark_accessed", Parity.Full)]
    public static void folio_mark_accessed(folio* folio)
    {
        if (folio_test_dropbehind(folio))
            return;

        if (!folio_test_referenced(folio))
        {
            folio_set_referenced(folio);
        }
        else if (folio_test_unevictable(folio))
        {
            // Unevictable folios are on no list: activating them would mean nothing.
        }
        else if (!folio_test_active(folio))
        {
            // On a list: activate it. In this CPU's batch: mark it, it will go to the active list. In another's: it
            // will be on the inactive list once more.
            if (folio_test_lru(folio))
                folio_activate(folio);
            else
                __lru_cache_activate_folio(folio);
            folio_clear_referenced(folio);
            workingset_activation(folio);
        }
        if (folio_test_idle(folio))
            folio_clear_idle(folio);
    }

    [KernelSource("mm/swap.c", "folio_add_lru", Parity.Full)]
    public static void folio_add_lru(folio* folio)
    {
        VM_BUG_ON_FOLIO(folio_test_active(folio) && folio_test_unevictable(folio), folio);
        VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);

        __folio_batch_add_and_move(lru_add_of(cpu_fbatches), folio, move_fn_t.lru_add, false);
    }

    [KernelSource("mm/swap.c", "folio_add_lru_vma", Parity.Full)]
    public static void folio_add_lru_vma(folio* folio, vm_area_struct* vma)
    {
        VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);

        if ((vma->vm_flags & (VM_LOCKED | VM_SPECIAL)) == VM_LOCKED)
            mlock_new_folio(folio);
        else
            folio_add_lru(folio);
    }

    // Invalidation could not drop it: put it where reclaim will, or, while it is written, where it will be rotated.
    [KernelSource("mm/swap.c", "lru_deactivate_file", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static void lru_deactivate_file(lruvec* lruvec, folio* folio)
    {
        bool active = folio_test_active(folio) || lru_gen_enabled();
        long nr_pages = (long)folio_nr_pages(folio);

        if (folio_test_unevictable(folio))
            return;

        // Somebody uses it.
        if (folio_mapped(folio))
            return;

        lruvec_del_folio(lruvec, folio);
        folio_clear_active(folio);
        folio_clear_referenced(folio);

        if (folio_test_writeback(folio) || folio_test_dirty(folio))
        {
            // The flag may meet PG_readahead, which is the same bit: no harm, as the folio is up to date by now.
            lruvec_add_folio(lruvec, folio);
            folio_set_reclaim(folio);
        }
        else
        {
            // Written meanwhile, or never dirty.
            lruvec_add_folio_tail(lruvec, folio);
            __count_vm_events(PGROTATED, nr_pages);
        }

        if (active)
        {
            __count_vm_events(PGDEACTIVATE, nr_pages);
            count_memcg_events(lruvec_memcg(lruvec), PGDEACTIVATE, (ulong)nr_pages);
        }
    }

    [KernelSource("mm/swap.c", "lru_deactivate", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static void lru_deactivate(lruvec* lruvec, folio* folio)
    {
        long nr_pages = (long)folio_nr_pages(folio);

        if (folio_test_unevictable(folio) || !(folio_test_active(folio) || lru_gen_enabled()))
            return;

        lruvec_del_folio(lruvec, folio);
        folio_clear_active(folio);
        folio_clear_referenced(folio);
        lruvec_add_folio(lruvec, folio);

        __count_vm_events(PGDEACTIVATE, nr_pages);
        count_memcg_events(lruvec_memcg(lruvec), PGDEACTIVATE, (ulong)nr_pages);
    }

    [KernelSource("mm/swap.c", "lru_lazyfree", Parity.Full)]
    [MustHold("lruvec->lru_lock")]
    private static void lru_lazyfree(lruvec* lruvec, folio* folio)
    {
        long nr_pages = (long)folio_nr_pages(folio);

        if (!folio_test_anon(folio) || !folio_test_swapbacked(folio) || folio_test_swapcache(folio) || folio_test_unevictable(folio))
            return;

        lruvec_del_folio(lruvec, folio);
        folio_clear_active(folio);
        if (lru_gen_enabled())
            lru_gen_clear_refs(folio);
        else
            folio_clear_referenced(folio);
        // Anonymous without swap behind it: reclaim just drops it, unless it is written again.
        folio_clear_swapbacked(folio);
        lruvec_add_folio(lruvec, folio);

        __count_vm_events(PGLAZYFREE, nr_pages);
        count_memcg_events(lruvec_memcg(lruvec), PGLAZYFREE, (ulong)nr_pages);
    }

    // The CPU must be this one with preemption off, or be offline.
    [KernelSource("mm/swap.c", "lru_add_drain_cpu", Parity.Full)]
    [Excludes("cpu_fbatches->lock_irq")]
    public static void lru_add_drain_cpu(int cpu)
    {
        cpu_fbatches* fbatches = per_cpu_ptr(cpu_fbatches, cpu);
        folio_batch* fbatch = &fbatches->lru_add;

        if (folio_batch_count(fbatch) != 0)
            folio_batch_move_lru(fbatch, move_fn_t.lru_add);

        fbatch = &fbatches->lru_move_tail;
        // An interrupt may add to it at any time.
        if (folio_batch_count(fbatch) != 0)
        {
            // Whoever marks it twice does no harm.
            local_lock_irqsave(lock_irq_of(cpu_fbatches), out IrqFlags flags);
            folio_batch_move_lru(fbatch, move_fn_t.lru_move_tail);
            local_unlock_irqrestore(lock_irq_of(cpu_fbatches), flags);
        }

        fbatch = &fbatches->lru_deactivate_file;
        if (folio_batch_count(fbatch) != 0)
            folio_batch_move_lru(fbatch, move_fn_t.lru_deactivate_file);

        fbatch = &fbatches->lru_deactivate;
        if (folio_batch_count(fbatch) != 0)
            folio_batch_move_lru(fbatch, move_fn_t.lru_deactivate);

        fbatch = &fbatches->lru_lazyfree;
        if (folio_batch_count(fbatch) != 0)
            folio_batch_move_lru(fbatch, move_fn_t.lru_lazyfree);

        folio_activate_drain(cpu);
    }

    [KernelSource("mm/swap.c", "deactivate_file_folio", Parity.Full)]
    public static void deactivate_file_folio(folio* folio)
    {
        if (folio_test_unevictable(folio) || !folio_test_lru(folio))
            return;

        if (lru_gen_enabled() && lru_gen_clear_refs(folio))
            return;

        __folio_batch_add_and_move(lru_deactivate_file_of(cpu_fbatches), folio, move_fn_t.lru_deactivate_file, false);
    }

    [KernelSource("mm/swap.c", "folio_deactivate", Parity.Full)]
    public static void folio_deactivate(folio* folio)
    {
        if (folio_test_unevictable(folio) || !folio_test_lru(folio))
            return;

        if (lru_gen_enabled() ? lru_gen_clear_refs(folio) : !folio_test_active(folio))
            return;

        __folio_batch_add_and_move(lru_deactivate_of(cpu_fbatches), folio, move_fn_t.lru_deactivate, false);
    }

    [KernelSource("mm/swap.c", "folio_mark_lazyfree", Parity.Full)]
    public static void folio_mark_lazyfree(folio* folio)
    {
        if (!folio_test_anon(folio) || !folio_test_swapbacked(folio) || !folio_test_lru(folio)
            || folio_test_swapcache(folio) || folio_test_unevictable(folio))
            return;

        __folio_batch_add_and_move(lru_lazyfree_of(cpu_fbatches), folio, move_fn_t.lru_lazyfree, false);
    }

    [KernelSource("mm/swap.c", "lru_add_drain", Parity.Full)]
    [Excludes("cpu_fbatches->lock")]
    public static void lru_add_drain()
    {
        local_lock(lock_of(cpu_fbatches));
        lru_add_drain_cpu(smp_processor_id());
        local_unlock(lock_of(cpu_fbatches));
        mlock_drain_local();
    }

    // Runs as the CPU's own worker: the batches of buffer heads hold folios as well.
    [KernelSource("mm/swap.c", "lru_add_and_bh_lrus_drain", Parity.Full)]
    [Excludes("cpu_fbatches->lock")]
    private static void lru_add_and_bh_lrus_drain()
    {
        local_lock(lock_of(cpu_fbatches));
        lru_add_drain_cpu(smp_processor_id());
        local_unlock(lock_of(cpu_fbatches));
        invalidate_bh_lrus_cpu();
        mlock_drain_local();
    }

    [KernelSource("mm/swap.c", "lru_add_drain_cpu_zone", Parity.Full)]
    [Excludes("cpu_fbatches->lock")]
    public static void lru_add_drain_cpu_zone(zone* zone)
    {
        local_lock(lock_of(cpu_fbatches));
        lru_add_drain_cpu(smp_processor_id());
        drain_local_pages(zone);
        local_unlock(lock_of(cpu_fbatches));
        mlock_drain_local();
    }

    [PerCpu(Remote = true)]
    private static readonly PerCpu<work_struct>* lru_add_drain_work = DEFINE_PER_CPU<work_struct>();

    [KernelSource("mm/swap.c", "lru_add_drain_per_cpu", Parity.Full)]
    private static void lru_add_drain_per_cpu(work_struct* dummy) => lru_add_and_bh_lrus_drain();

    [KernelSource("mm/swap.c", "cpu_needs_drain", Parity.Full)]
    private static bool cpu_needs_drain(int cpu)
    {
        cpu_fbatches* fbatches = per_cpu_ptr(cpu_fbatches, cpu);

        // Racy: what comes in after the look is for the next drain.
        return folio_batch_count(&fbatches->lru_add) != 0
            || folio_batch_count(&fbatches->lru_move_tail) != 0
            || folio_batch_count(&fbatches->lru_deactivate_file) != 0
            || folio_batch_count(&fbatches->lru_deactivate) != 0
            || folio_batch_count(&fbatches->lru_lazyfree) != 0
            || folio_batch_count(&fbatches->lru_activate) != 0
            || need_mlock_drain(cpu)
            || has_bh_in_lru(cpu, null);
    }

    private static uint lru_drain_gen;
    private static readonly cpumask* has_work = bss<cpumask>();
    private static readonly mutex* drain_all_lock = bss<mutex>();

    [KernelSource("mm/swap.c", "__lru_add_drain_all", Parity.Full)]
    [Excludes("drain_all_lock")]
    private static void __lru_add_drain_all(bool force_all_cpus)
    {
        // Without workers nobody can reach the other CPUs.
        if (WARN_ON(mm_percpu_wq == null))
            return;

        // What the caller put into a batch before must be drained, so its stores come before the read of the count.
        smp_mb();

        uint this_gen = smp_load_acquire(ref lru_drain_gen);

        // This CPU at once: it helps whoever waits for the mutex.
        lru_add_drain();

        mutex_lock(drain_all_lock);

        // Somebody began a whole drain after we came: that is as good.
        if (this_gen != lru_drain_gen && !force_all_cpus)
            goto done;

        WRITE_ONCE(ref lru_drain_gen, lru_drain_gen + 1);
        smp_mb();

        cpumask_clear(has_work);
        for (int cpu = cpumask_first(cpu_online_mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, cpu_online_mask))
        {
            work_struct* work = per_cpu_ptr(lru_add_drain_work, cpu);

            if (cpu_needs_drain(cpu))
            {
                INIT_WORK(work, &lru_add_drain_per_cpu);
                queue_work_on(cpu, mm_percpu_wq, work);
                __cpumask_set_cpu(cpu, has_work);
            }
        }

        for (int cpu = cpumask_first(has_work); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, has_work))
            flush_work(per_cpu_ptr(lru_add_drain_work, cpu));

    done:
        mutex_unlock(drain_all_lock);
    }

    [KernelSource("mm/swap.c", "lru_add_drain_all", Parity.Full)]
    [MightSleep]
    public static void lru_add_drain_all() => __lru_add_drain_all(false);

    public static readonly atomic_t* lru_disable_count = bss<atomic_t>();

    // No folio may hide in a batch until lru_cache_enable().
    [KernelSource("mm/swap.c", "lru_cache_disable", Parity.Full)]
    public static void lru_cache_disable()
    {
        atomic_inc(lru_disable_count);
        // Whoever did not see the count is done with its batch.
        synchronize_rcu_expedited();
        __lru_add_drain_all(true);
    }

    // Drops one reference of each, or refs[i]; those that are free then leave their lists, their group and come back
    // to the page allocator together.
    [KernelSource("mm/swap.c", "folios_put_refs", Parity.Full)]
    [ContextUnsafe("flags are saved with the first lock, if there is one", Rule = "KM0205")]
    public static void folios_put_refs(folio_batch* folios, uint* refs)
    {
        uint i, j;
        lruvec* lruvec = null;
        IrqFlags flags = default;

        for (i = 0, j = 0; i < folios->nr; i++)
        {
            folio* folio = folios->folios[i];
            uint nr_refs = refs != null ? refs[i] : 1;

            if (is_huge_zero_folio(folio))
                continue;

            if (!folio_ref_sub_and_test(folio, (int)nr_refs))
                continue;

            folio_unqueue_deferred_split(folio);
            __page_cache_release(folio, &lruvec, &flags);

            if (j != i)
                folios->folios[j] = folio;
            j++;
        }
        if (lruvec != null)
            unlock_page_lruvec_irqrestore(lruvec, flags);
        if (j == 0)
        {
            folio_batch_reinit(folios);
            return;
        }

        folios->nr = (byte)j;
        mem_cgroup_uncharge_folios(folios);
        free_unref_folios(folios);
    }

    // The argument is an array of pages, of folios or of encoded pages: a plain pointer reads as an encoded one.
    [KernelSource("mm/swap.c", "release_pages", Parity.Full)]
    public static void release_pages(encoded_page** encoded, int nr)
    {
        folio_batch fbatch;
        uint* refs = stackalloc uint[PAGEVEC_SIZE];

        folio_batch_init(&fbatch);
        for (int i = 0; i < nr; i++)
        {
            // Turn a page into its folio.
            folio* folio = page_folio(encoded_page_ptr(encoded[i]));

            // Is the next entry a count?
            refs[fbatch.nr] = 1;
            if ((encoded_page_flags(encoded[i]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT) != 0)
                refs[fbatch.nr] = (uint)encoded_nr_pages(encoded[++i]);

            if (folio_batch_add(&fbatch, folio) > 0)
                continue;
            folios_put_refs(&fbatch, refs);
        }

        if (fbatch.nr != 0)
            folios_put_refs(&fbatch, refs);
    }

    // What we hold may sit in our own batches too: drain them, or the folios would not become free.
    [KernelSource("mm/swap.c", "__folio_batch_release", Parity.Full)]
    public static void __folio_batch_release(folio_batch* fbatch)
    {
        if (!fbatch->percpu_pvec_drained)
        {
            lru_add_drain();
            fbatch->percpu_pvec_drained = true;
        }
        folios_put(fbatch);
    }

    // Shadow and swap entries come out of the page cache along with folios.
    [KernelSource("mm/swap.c", "folio_batch_remove_exceptionals", Parity.Full)]
    public static void folio_batch_remove_exceptionals(folio_batch* fbatch)
    {
        uint i, j;

        for (i = 0, j = 0; i < folio_batch_count(fbatch); i++)
        {
            folio* folio = fbatch->folios[i];

            if (!xa_is_value(folio))
                fbatch->folios[j++] = folio;
        }
        fbatch->nr = (byte)j;
    }

    [KernelSource("mm/swap.c", "swap_setup", Parity.Reduced, "the sysctl table is the simulator's")]
    public static void swap_setup()
    {
        ulong megs = totalram_pages() >> (20 - PAGE_SHIFT);

        // Small machines read less ahead.
        if (megs < 16)
            page_cluster = 2;
        else
            page_cluster = 3;
    }
}
