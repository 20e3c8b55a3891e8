// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_swap_h;
using static Linux.mm_internal_h;

namespace Linux;

[StructLayout(LayoutKind.Explicit, Size = 256)]
public unsafe struct mlock_fbatch
{
    [FieldOffset(0)] public local_lock_t @lock;
    [FieldOffset(0)] public folio_batch fbatch;
}

// Folios of locked VMAs: gathered on each CPU, then moved between the evictable lists and the unevictable count.
public static unsafe partial class mm_mlock_c
{
    private const ulong LRU_FOLIO = 0x1;
    private const ulong NEW_FOLIO = 0x2;

    private static readonly mlock_fbatch* mlock_fbatch = DEFINE_PER_CPU<mlock_fbatch>();

    [KernelSource("mm/mlock.c", "__mlock_folio", Parity.Full)]
    private static lruvec* __mlock_folio(folio* folio, lruvec* lruvec)
    {
        // Isolated or in a batch: whoever puts it on the list will see the flag.
        if (!folio_test_clear_lru(folio))
            return lruvec;

        lruvec = folio_lruvec_relock_irq(folio, lruvec);

        // munlock may have come before we got here.
        if (folio_evictable(folio))
        {
            // Rescue it.
            if (folio_test_unevictable(folio))
            {
                lruvec_del_folio(lruvec, folio);
                folio_clear_unevictable(folio);
                lruvec_add_folio(lruvec, folio);

                __count_vm_events(UNEVICTABLE_PGRESCUED, (long)folio_nr_pages(folio));
            }
            goto @out;
        }

        if (folio_test_unevictable(folio))
        {
            if (folio_test_mlocked(folio))
                folio->mlock_count++;
            goto @out;
        }

        lruvec_del_folio(lruvec, folio);
        folio_clear_active(folio);
        folio_set_unevictable(folio);
        folio->mlock_count = folio_test_mlocked(folio) ? 1u : 0;
        lruvec_add_folio(lruvec, folio);
        __count_vm_events(UNEVICTABLE_PGCULLED, (long)folio_nr_pages(folio));
    @out:
        folio_set_lru(folio);
        return lruvec;
    }

    [KernelSource("mm/mlock.c", "__mlock_new_folio", Parity.Full)]
    private static lruvec* __mlock_new_folio(folio* folio, lruvec* lruvec)
    {
        VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);

        lruvec = folio_lruvec_relock_irq(folio, lruvec);

        // As above: this is surely not a race any more.
        if (folio_evictable(folio))
            goto @out;

        folio_set_unevictable(folio);
        folio->mlock_count = folio_test_mlocked(folio) ? 1u : 0;
        __count_vm_events(UNEVICTABLE_PGCULLED, (long)folio_nr_pages(folio));
    @out:
        lruvec_add_folio(lruvec, folio);
        folio_set_lru(folio);
        return lruvec;
    }

    [KernelSource("mm/mlock.c", "__munlock_folio", Parity.Full)]
    private static lruvec* __munlock_folio(folio* folio, lruvec* lruvec)
    {
        long nr_pages = (long)folio_nr_pages(folio);
        bool isolated = false;

        if (!folio_test_clear_lru(folio))
            goto munlock;

        isolated = true;
        lruvec = folio_lruvec_relock_irq(folio, lruvec);

        if (folio_test_unevictable(folio))
        {
            // Then mlock_count is maintained, but it may be too low.
            if (folio->mlock_count != 0)
                folio->mlock_count--;
            if (folio->mlock_count != 0)
                goto @out;
        }
    munlock:
        if (folio_test_clear_mlocked(folio))
        {
            __zone_stat_mod_folio(folio, NR_MLOCK, -nr_pages);
            if (isolated || !folio_test_unevictable(folio))
                __count_vm_events(UNEVICTABLE_PGMUNLOCKED, nr_pages);
            else
                __count_vm_events(UNEVICTABLE_PGSTRANDED, nr_pages);
        }

        // A folio that mlock marked only now stays where it is.
        if (isolated && folio_test_unevictable(folio) && folio_evictable(folio))
        {
            lruvec_del_folio(lruvec, folio);
            folio_clear_unevictable(folio);
            lruvec_add_folio(lruvec, folio);
            __count_vm_events(UNEVICTABLE_PGRESCUED, nr_pages);
        }
    @out:
        if (isolated)
            folio_set_lru(folio);
        return lruvec;
    }

    // Two low bits say which of the three a folio in the batch is for.
    [KernelSource("mm/mlock.c", "mlock_lru", Parity.Full)]
    private static folio* mlock_lru(folio* folio) => (folio*)((ulong)folio + LRU_FOLIO);

    [KernelSource("mm/mlock.c", "mlock_new", Parity.Full)]
    private static folio* mlock_new(folio* folio) => (folio*)((ulong)folio + NEW_FOLIO);

    [KernelSource("mm/mlock.c", "mlock_folio_batch", Parity.Full)]
    private static void mlock_folio_batch(folio_batch* fbatch)
    {
        lruvec* lruvec = null;

        for (uint i = 0; i < folio_batch_count(fbatch); i++)
        {
            folio* folio = fbatch->folios[i];
            ulong mlock = (ulong)folio & (LRU_FOLIO | NEW_FOLIO);

            folio = (folio*)((ulong)folio - mlock);
            fbatch->folios[i] = folio;

            if ((mlock & LRU_FOLIO) != 0)
                lruvec = __mlock_folio(folio, lruvec);
            else if ((mlock & NEW_FOLIO) != 0)
                lruvec = __mlock_new_folio(folio, lruvec);
            else
                lruvec = __munlock_folio(folio, lruvec);
        }

        if (lruvec != null)
            unlock_page_lruvec_irq(lruvec);
        folios_put(fbatch);
    }

    [KernelSource("mm/mlock.c", "mlock_drain_local", Parity.Full)]
    public static void mlock_drain_local()
    {
        local_lock(&mlock_fbatch->@lock);
        folio_batch* fbatch = this_cpu_ptr(&mlock_fbatch->fbatch);
        if (folio_batch_count(fbatch) != 0)
            mlock_folio_batch(fbatch);
        local_unlock(&mlock_fbatch->@lock);
    }

    [KernelSource("mm/mlock.c", "mlock_drain_remote", Parity.Full)]
    public static void mlock_drain_remote(int cpu)
    {
        WARN_ON_ONCE(cpu_online(cpu));
        folio_batch* fbatch = &per_cpu_ptr(mlock_fbatch, cpu)->fbatch;
        if (folio_batch_count(fbatch) != 0)
            mlock_folio_batch(fbatch);
    }

    [KernelSource("mm/mlock.c", "need_mlock_drain", Parity.Full)]
    public static bool need_mlock_drain(int cpu) => folio_batch_count(&per_cpu_ptr(mlock_fbatch, cpu)->fbatch) != 0;

    // A folio that is on the LRU, or on its way.
    [KernelSource("mm/mlock.c", "mlock_folio", Parity.Full)]
    public static void mlock_folio(folio* folio)
    {
        local_lock(&mlock_fbatch->@lock);
        folio_batch* fbatch = this_cpu_ptr(&mlock_fbatch->fbatch);

        if (!folio_test_set_mlocked(folio))
        {
            long nr_pages = (long)folio_nr_pages(folio);

            zone_stat_mod_folio(folio, NR_MLOCK, nr_pages);
            __count_vm_events(UNEVICTABLE_PGMLOCKED, nr_pages);
        }

        folio_get(folio);
        if (folio_batch_add(fbatch, mlock_lru(folio)) == 0 || !folio_may_be_lru_cached(folio) || lru_cache_disabled())
            mlock_folio_batch(fbatch);
        local_unlock(&mlock_fbatch->@lock);
    }

    // A folio that is new and on no list yet.
    [KernelSource("mm/mlock.c", "mlock_new_folio", Parity.Full)]
    public static void mlock_new_folio(folio* folio)
    {
        long nr_pages = (long)folio_nr_pages(folio);

        local_lock(&mlock_fbatch->@lock);
        folio_batch* fbatch = this_cpu_ptr(&mlock_fbatch->fbatch);
        folio_set_mlocked(folio);

        zone_stat_mod_folio(folio, NR_MLOCK, nr_pages);
        __count_vm_events(UNEVICTABLE_PGMLOCKED, nr_pages);

        folio_get(folio);
        if (folio_batch_add(fbatch, mlock_new(folio)) == 0 || !folio_may_be_lru_cached(folio) || lru_cache_disabled())
            mlock_folio_batch(fbatch);
        local_unlock(&mlock_fbatch->@lock);
    }

    // The flag is cleared in the batch, when it is known whether other VMAs still lock it.
    [KernelSource("mm/mlock.c", "munlock_folio", Parity.Full)]
    public static void munlock_folio(folio* folio)
    {
        local_lock(&mlock_fbatch->@lock);
        folio_batch* fbatch = this_cpu_ptr(&mlock_fbatch->fbatch);

        folio_get(folio);
        if (folio_batch_add(fbatch, folio) == 0 || !folio_may_be_lru_cached(folio) || lru_cache_disabled())
            mlock_folio_batch(fbatch);
        local_unlock(&mlock_fbatch->@lock);
    }
}
