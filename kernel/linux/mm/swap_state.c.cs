// SPDX-License-Identifier: GPL-2.0-only
// mm/swap_state.c: the swap cache and readahead into it.
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;
using static Linux.mm_swap_table_h;

namespace Linux;

public static unsafe partial class mm_swap_state_c
{
    private static readonly address_space_operations* swap_aops = data(new address_space_operations
    {
        dirty_folio = &noop_dirty_folio,
    });

    /// <summary>The mapping that all swap-cached anonymous folios have.</summary>
    public static readonly address_space* swap_space = data(new address_space { a_ops = swap_aops });

    private static bool enable_vma_readahead = true;

    private const int SWAP_RA_ORDER_CEILING = 5;
    private const int SWAP_RA_WIN_SHIFT = PAGE_SHIFT / 2;
    private const ulong SWAP_RA_HITS_MASK = (1UL << SWAP_RA_WIN_SHIFT) - 1;
    private const int SWAP_RA_HITS_MAX = (int)SWAP_RA_HITS_MASK;
    private const ulong SWAP_RA_WIN_MASK = ~PAGE_MASK & ~SWAP_RA_HITS_MASK;

    // What vma->swap_readahead_info holds: an address, the window of that time, and the hits since.
    [KernelSource("mm/swap_state.c", "SWAP_RA_HITS", Parity.Full)]
    private static uint SWAP_RA_HITS(ulong v) => (uint)(v & SWAP_RA_HITS_MASK);

    [KernelSource("mm/swap_state.c", "SWAP_RA_WIN", Parity.Full)]
    private static uint SWAP_RA_WIN(ulong v) => (uint)((v & SWAP_RA_WIN_MASK) >> SWAP_RA_WIN_SHIFT);

    [KernelSource("mm/swap_state.c", "SWAP_RA_ADDR", Parity.Full)]
    private static ulong SWAP_RA_ADDR(ulong v) => v & PAGE_MASK;

    [KernelSource("mm/swap_state.c", "SWAP_RA_VAL", Parity.Full)]
    private static ulong SWAP_RA_VAL(ulong addr, ulong win, ulong hits) =>
        (addr & PAGE_MASK) | ((win << SWAP_RA_WIN_SHIFT) & SWAP_RA_WIN_MASK) | (hits & SWAP_RA_HITS_MASK);

    // Four hits to begin with.
    [KernelSource("mm/swap_state.c", "GET_SWAP_RA_VAL", Parity.Full)]
    private static ulong GET_SWAP_RA_VAL(vm_area_struct* vma)
    {
        ulong val = (ulong)atomic_long_read(&vma->swap_readahead_info);
        return val != 0 ? val : 4;
    }

    private static readonly atomic_t* swapin_readahead_hits = data(new atomic_t { counter = 4 });

    [KernelSource("mm/swap_state.c", "show_swap_cache_info", Parity.Full)]
    public static void show_swap_cache_info()
    {
        pr_info($"{total_swapcache_pages()} pages in swap cache");
        pr_info($"Free swap  = {K((ulong)get_nr_swap_pages())}kB");
        pr_info($"Total swap = {K((ulong)total_swap_pages)}kB");
    }

    /// <summary>The folio cached for an entry, with a reference, or null; lock it and look again before trusting it.</summary>
    [KernelSource("mm/swap_state.c", "swap_cache_get_folio", Parity.Full)]
    public static folio* swap_cache_get_folio(swp_entry_t entry)
    {
        for (; ; )
        {
            ulong swp_tb = swap_table_get(__swap_entry_to_cluster(entry), swp_cluster_offset(entry));
            if (!swp_tb_is_folio(swp_tb))
                return null;
            folio* folio = swp_tb_to_folio(swp_tb);
            if (folio_try_get(folio))
                return folio;
        }
    }

    [KernelSource("mm/swap_state.c", "swap_cache_get_shadow", Parity.Full)]
    public static void* swap_cache_get_shadow(swp_entry_t entry)
    {
        ulong swp_tb = swap_table_get(__swap_entry_to_cluster(entry), swp_cluster_offset(entry));
        if (swp_tb_is_shadow(swp_tb))
            return swp_tb_to_shadow(swp_tb);
        return null;
    }

    // The caller has the slot to itself: by SWAP_HAS_CACHE, or because it has just been allocated.
    [KernelSource("mm/swap_state.c", "swap_cache_add_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("swap_cluster_info.lock")]
    public static void swap_cache_add_folio(folio* folio, swp_entry_t entry, void** shadowp)
    {
        void* shadow = null;
        int nr_pages = (int)folio_nr_pages(folio);

        VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
        VM_WARN_ON_ONCE_FOLIO(folio_test_swapcache(folio), folio);
        VM_WARN_ON_ONCE_FOLIO(!folio_test_swapbacked(folio), folio);

        ulong new_tb = folio_to_swp_tb(folio);
        uint ci_start = swp_cluster_offset(entry);
        uint ci_end = ci_start + (uint)nr_pages;
        uint ci_off = ci_start;
        swap_cluster_info* ci = swap_cluster_lock(__swap_entry_to_info(entry), swp_offset(entry));
        do
        {
            ulong old_tb = __swap_table_xchg(ci, ci_off, new_tb);
            WARN_ON_ONCE(swp_tb_is_folio(old_tb));
            if (swp_tb_is_shadow(old_tb))
                shadow = swp_tb_to_shadow(old_tb);
        }
        while (++ci_off < ci_end);

        folio_ref_add(folio, nr_pages);
        folio_set_swapcache(folio);
        folio->swap = entry;
        swap_cluster_unlock(ci);

        node_stat_mod_folio(folio, NR_FILE_PAGES, nr_pages);
        lruvec_stat_mod_folio(folio, NR_SWAPCACHE, nr_pages);

        if (shadowp != null)
            *shadowp = shadow;
    }

    // The caller holds the cluster's lock and the folio's, and drops the cache's references afterwards.
    [KernelSource("mm/swap_state.c", "__swap_cache_del_folio", Parity.Full)]
    [MustHold("folio->PG_locked"), MustHold("ci->lock")]
    public static void __swap_cache_del_folio(swap_cluster_info* ci, folio* folio, swp_entry_t entry, void* shadow)
    {
        int nr_pages = (int)folio_nr_pages(folio);

        VM_WARN_ON_ONCE(__swap_entry_to_cluster(entry) != ci);
        VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
        VM_WARN_ON_ONCE_FOLIO(!folio_test_swapcache(folio), folio);
        VM_WARN_ON_ONCE_FOLIO(folio_test_writeback(folio), folio);

        ulong new_tb = shadow_swp_to_tb(shadow);
        uint ci_start = swp_cluster_offset(entry);
        uint ci_end = ci_start + (uint)nr_pages;
        uint ci_off = ci_start;
        do
        {
            ulong old_tb = __swap_table_xchg(ci, ci_off, new_tb);
            WARN_ON_ONCE(!swp_tb_is_folio(old_tb) || swp_tb_to_folio(old_tb) != folio);
        }
        while (++ci_off < ci_end);

        folio->swap.val = 0;
        folio_clear_swapcache(folio);
        node_stat_mod_folio(folio, NR_FILE_PAGES, -nr_pages);
        lruvec_stat_mod_folio(folio, NR_SWAPCACHE, -nr_pages);
    }

    [KernelSource("mm/swap_state.c", "swap_cache_del_folio", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("swap_cluster_info.lock")]
    public static void swap_cache_del_folio(folio* folio)
    {
        swp_entry_t entry = folio->swap;

        swap_cluster_info* ci = swap_cluster_lock(__swap_entry_to_info(entry), swp_offset(entry));
        __swap_cache_del_folio(ci, folio, entry, null);
        swap_cluster_unlock(ci);

        put_swap_folio(folio, entry);
        folio_ref_sub(folio, (int)folio_nr_pages(folio));
    }

    [KernelSource("mm/swap_state.c", "__swap_cache_replace_folio", Parity.Full)]
    [MustHold("old->PG_locked", "new->PG_locked"), MustHold("ci->lock")]
    public static void __swap_cache_replace_folio(swap_cluster_info* ci, folio* old, folio* @new)
    {
        swp_entry_t entry = @new->swap;
        uint ci_off = swp_cluster_offset(entry);
        uint ci_end = ci_off + (uint)folio_nr_pages(@new);

        VM_WARN_ON_ONCE(!folio_test_swapcache(old) || !folio_test_swapcache(@new));
        VM_WARN_ON_ONCE(!folio_test_locked(old) || !folio_test_locked(@new));
        VM_WARN_ON_ONCE(entry.val == 0);

        ulong new_tb = folio_to_swp_tb(@new);
        do
        {
            ulong old_tb = __swap_table_xchg(ci, ci_off, new_tb);
            WARN_ON_ONCE(!swp_tb_is_folio(old_tb) || swp_tb_to_folio(old_tb) != old);
        }
        while (++ci_off < ci_end);

        // A folio that was split has been cut short: the new one lies beside what is left of it.
        if (CONFIG_DEBUG_VM && folio_order(old) != folio_order(@new))
        {
            ci_off = swp_cluster_offset(old->swap);
            ci_end = ci_off + (uint)folio_nr_pages(old);
            while (ci_off++ < ci_end)
                WARN_ON_ONCE(swp_tb_to_folio(__swap_table_get(ci, ci_off)) != old);
        }
    }

    // The caller holds the cluster's lock and frees the slots.
    [KernelSource("mm/swap_state.c", "__swap_cache_clear_shadow", Parity.Full)]
    [MustHold("swap_cluster_info.lock")]
    public static void __swap_cache_clear_shadow(swp_entry_t entry, int nr_ents)
    {
        swap_cluster_info* ci = __swap_entry_to_cluster(entry);
        uint ci_off = swp_cluster_offset(entry);
        uint ci_end = ci_off + (uint)nr_ents;

        do
        {
            ulong old = __swap_table_xchg(ci, ci_off, null_to_swp_tb());
            WARN_ON_ONCE(swp_tb_is_folio(old));
        }
        while (++ci_off < ci_end);
    }

    // Only when the lock can be had at once: callers may hold the page table lock.
    [KernelSource("mm/swap_state.c", "free_swap_cache", Parity.Full)]
    public static void free_swap_cache(folio* folio)
    {
        if (folio_test_swapcache(folio) && !folio_mapped(folio) &&
            folio_trylock(folio))
        {
            folio_free_swap(folio);
            folio_unlock(folio);
        }
    }

    [KernelSource("mm/swap_state.c", "free_folio_and_swap_cache", Parity.Full)]
    public static void free_folio_and_swap_cache(folio* folio)
    {
        free_swap_cache(folio);
        if (!is_huge_zero_folio(folio))
            folio_put(folio);
    }

    [KernelSource("mm/swap_state.c", "free_pages_and_swap_cache", Parity.Full)]
    public static void free_pages_and_swap_cache(encoded_page** pages, int nr)
    {
        folio_batch folios;
        uint* refs = stackalloc uint[PAGEVEC_SIZE];

        folio_batch_init(&folios);
        for (int i = 0; i < nr; i++)
        {
            folio* folio = page_folio(encoded_page_ptr(pages[i]));

            free_swap_cache(folio);
            refs[folios.nr] = 1;
            if ((encoded_page_flags(pages[i]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT) != 0)
                refs[folios.nr] = (uint)encoded_nr_pages(pages[++i]);

            if (folio_batch_add(&folios, folio) == 0)
                folios_put_refs(&folios, refs);
        }

        if (folios.nr != 0)
            folios_put_refs(&folios, refs);
    }

    [KernelSource("mm/swap_state.c", "swap_use_vma_readahead", Parity.Full)]
    private static bool swap_use_vma_readahead() =>
        READ_ONCE(ref enable_vma_readahead) && atomic_read(nr_rotate_swap) == 0;

    /// <summary>Counts a hit when a folio that readahead brought in is used.</summary>
    [KernelSource("mm/swap_state.c", "swap_update_readahead", Parity.Full)]
    public static void swap_update_readahead(folio* folio, vm_area_struct* vma, ulong addr)
    {
        bool vma_ra = swap_use_vma_readahead();

        if (folio_test_large(folio))
            return;

        bool readahead = folio_test_clear_readahead(folio);
        if (vma != null && vma_ra)
        {
            ulong ra_val = GET_SWAP_RA_VAL(vma);
            uint win = SWAP_RA_WIN(ra_val);
            uint hits = SWAP_RA_HITS(ra_val);
            if (readahead)
                hits = (uint)min((int)hits + 1, SWAP_RA_HITS_MAX);
            atomic_long_set(&vma->swap_readahead_info, (long)SWAP_RA_VAL(addr, win, hits));
        }

        if (readahead)
        {
            count_vm_event(SWAP_RA_HIT);
            if (vma == null || !vma_ra)
                atomic_inc(swapin_readahead_hits);
        }
    }

    /// <summary>The folio for an entry, allocated, charged and put in the cache if it was not there; not read yet.</summary>
    /// <remarks>Charged to the group that the entry is recorded for, or to current's when that one is gone.</remarks>
    [KernelSource("mm/swap_state.c", "__read_swap_cache_async", Parity.Full)]
    [TryAcquires(Result.True, "return->PG_locked", By = "new_page_allocated"), MightSleep]
    public static folio* __read_swap_cache_async(swp_entry_t entry, gfp_t gfp_mask, mempolicy* mpol, pgoff_t ilx,
        bool* new_page_allocated, bool skip_if_exists)
    {
        swap_info_struct* si = __swap_entry_to_info(entry);
        folio* folio;
        folio* new_folio = null;
        folio* result = null;
        void* shadow = null;

        *new_page_allocated = false;
        for (; ; )
        {
            folio = swap_cache_get_folio(entry);
            if (folio != null)
                goto got_folio;

            // Nobody needs it any more.
            if (!swap_entry_swapped(si, entry))
                goto put_and_return;

            if (new_folio == null)
            {
                new_folio = folio_alloc_mpol(gfp_mask, 0, mpol, ilx, numa_node_id());
                if (new_folio == null)
                    goto put_and_return;
            }

            int err = swapcache_prepare(entry, 1);
            if (err == 0)
                break;
            else if (err != -EEXIST)
                goto put_and_return;

            // Called from a reader that must not wait for itself.
            if (skip_if_exists)
                goto put_and_return;

            // Another reader has the slot but not yet the folio there: let it get on.
            schedule_timeout_uninterruptible(1);
        }

        __folio_set_locked(new_folio);
        __folio_set_swapbacked(new_folio);

        if (mem_cgroup_swapin_charge_folio(new_folio, null, gfp_mask, entry) != 0)
            goto fail_unlock;

        swap_cache_add_folio(new_folio, entry, &shadow);
        memcg1_swapin(entry, 1);

        if (shadow != null)
            workingset_refault(new_folio, shadow);

        folio_add_lru(new_folio);
        *new_page_allocated = true;
        folio = new_folio;
    got_folio:
        result = folio;
        goto put_and_return;

    fail_unlock:
        put_swap_folio(new_folio, entry);
        folio_unlock(new_folio);
    put_and_return:
        if (!*new_page_allocated && new_folio != null)
            folio_put(new_folio);
        return result;
    }

    [KernelSource("mm/swap_state.c", "read_swap_cache_async", Parity.Full)]
    [MightSleep]
    public static folio* read_swap_cache_async(swp_entry_t entry, gfp_t gfp_mask, vm_area_struct* vma, ulong addr, swap_iocb** plug)
    {
        bool page_allocated;
        pgoff_t ilx;

        swap_info_struct* si = get_swap_device(entry);
        if (si == null)
            return null;

        mempolicy* mpol = get_vma_policy(vma, addr, 0, &ilx);
        folio* folio = __read_swap_cache_async(entry, gfp_mask, mpol, ilx, &page_allocated, false);
        mpol_cond_put(mpol);

        if (page_allocated)
            swap_read_folio(folio, plug);

        put_swap_device(si);
        return folio;
    }

    // A window of twos that grows with hits and halves at most from one time to the next.
    [KernelSource("mm/swap_state.c", "__swapin_nr_pages", Parity.Full)]
    private static uint __swapin_nr_pages(ulong prev_offset, ulong offset, uint hits, uint max_pages, uint prev_win)
    {
        uint pages = hits + 2;
        if (pages == 2)
        {
            // Without hits only a neighbour of the last one is worth a second page.
            if (offset != prev_offset + 1 && offset != prev_offset - 1)
                pages = 1;
        }
        else
        {
            uint roundup = 4;
            while (roundup < pages)
                roundup <<= 1;
            pages = roundup;
        }

        if (pages > max_pages)
            pages = max_pages;

        uint last_ra = prev_win / 2;
        if (pages < last_ra)
            pages = last_ra;

        return pages;
    }

    private static ulong prev_offset;
    private static readonly atomic_t* last_readahead_pages = bss<atomic_t>();

    [KernelSource("mm/swap_state.c", "swapin_nr_pages", Parity.Full)]
    private static ulong swapin_nr_pages(ulong offset)
    {
        uint max_pages = 1u << READ_ONCE(ref page_cluster);
        if (max_pages <= 1)
            return 1;

        uint hits = (uint)atomic_xchg(swapin_readahead_hits, 0);
        uint pages = __swapin_nr_pages(READ_ONCE(ref prev_offset), offset, hits, max_pages,
            (uint)atomic_read(last_readahead_pages));
        if (hits == 0)
            WRITE_ONCE(ref prev_offset, offset);
        atomic_set(last_readahead_pages, (int)pages);

        return pages;
    }

    /// <summary>Reads an entry together with its neighbours on the disk, whoever they belong to.</summary>
    [KernelSource("mm/swap_state.c", "swap_cluster_readahead", Parity.Full)]
    public static folio* swap_cluster_readahead(swp_entry_t entry, gfp_t gfp_mask, mempolicy* mpol, pgoff_t ilx)
    {
        folio* folio;
        ulong entry_offset = swp_offset(entry);
        ulong offset = entry_offset;
        ulong start_offset, end_offset;
        swap_info_struct* si = __swap_entry_to_info(entry);
        blk_plug plug;
        swap_iocb* splug = null;
        bool page_allocated;

        ulong mask = swapin_nr_pages(offset) - 1;
        if (mask == 0)
            goto skip;

        // An aligned block of the window's size.
        start_offset = offset & ~mask;
        end_offset = offset | mask;
        if (start_offset == 0) // the header
            start_offset++;
        if (end_offset >= si->max)
            end_offset = si->max - 1;

        blk_start_plug(&plug);
        for (offset = start_offset; offset <= end_offset; offset++)
        {
            folio = __read_swap_cache_async(swp_entry(swp_type(entry), offset), gfp_mask, mpol, ilx, &page_allocated, false);
            if (folio == null)
                continue;
            if (page_allocated)
            {
                swap_read_folio(folio, &splug);
                if (offset != entry_offset)
                {
                    folio_set_readahead(folio);
                    count_vm_event(SWAP_RA);
                }
            }

            folio_put(folio);
        }

        blk_finish_plug(&plug);
        swap_read_unplug(splug);
        lru_add_drain(); // so that what is not wanted can be reclaimed
    skip:
        folio = __read_swap_cache_async(entry, gfp_mask, mpol, ilx, &page_allocated, false);
        if (page_allocated)
            swap_read_folio(folio, null);
        return folio;
    }

    [KernelSource("mm/swap_state.c", "swap_vma_ra_win", Parity.Full)]
    private static uint swap_vma_ra_win(vm_fault* vmf, ulong* start, ulong* end)
    {
        vm_area_struct* vma = vmf->vma;
        ulong left;

        uint max_win = 1u << min(READ_ONCE(ref page_cluster), SWAP_RA_ORDER_CEILING);
        if (max_win == 1)
            return 1;

        ulong faddr = vmf->address;
        ulong ra_val = GET_SWAP_RA_VAL(vma);
        ulong prev_faddr = SWAP_RA_ADDR(ra_val);
        uint prev_win = SWAP_RA_WIN(ra_val);
        uint hits = SWAP_RA_HITS(ra_val);
        uint win = __swapin_nr_pages(PFN_DOWN(prev_faddr), PFN_DOWN(faddr), hits, max_win, prev_win);
        atomic_long_set(&vma->swap_readahead_info, (long)SWAP_RA_VAL(faddr, win, 0));
        if (win == 1)
            return 1;

        // Forward, backward, or around.
        if (faddr == prev_faddr + PAGE_SIZE)
            left = faddr;
        else if (prev_faddr == faddr + PAGE_SIZE)
            left = faddr - ((ulong)win << PAGE_SHIFT) + PAGE_SIZE;
        else
            left = faddr - ((ulong)((win - 1) / 2) << PAGE_SHIFT);
        ulong right = left + ((ulong)win << PAGE_SHIFT);
        if ((long)left < 0)
            left = 0;
        *start = max(max(left, vma->vm_start), faddr & PMD_MASK);
        *end = min(min(right, vma->vm_end), (faddr & PMD_MASK) + PMD_SIZE);

        return win;
    }

    /// <summary>Reads an entry together with its neighbours in the address space.</summary>
    [KernelSource("mm/swap_state.c", "swap_vma_readahead", Parity.Full)]
    [MightSleep]
    private static folio* swap_vma_readahead(swp_entry_t targ_entry, gfp_t gfp_mask, mempolicy* mpol, pgoff_t targ_ilx, vm_fault* vmf)
    {
        blk_plug plug;
        swap_iocb* splug = null;
        folio* folio;
        pte_t* pte = null;
        ulong start, end, addr;
        bool page_allocated;

        uint win = swap_vma_ra_win(vmf, &start, &end);
        if (win == 1)
            goto skip;

        pgoff_t ilx = targ_ilx - PFN_DOWN(vmf->address - start);

        blk_start_plug(&plug);
        for (addr = start; addr < end; ilx++, addr += PAGE_SIZE)
        {
            swap_info_struct* si = null;

            if (pte == null)
            {
                pte = pte_offset_map(vmf->pmd, addr);
                if (pte == null)
                    break;
            }
            else
            {
                pte++;
            }

            pte_t pentry = ptep_get_lockless(pte);
            if (!is_swap_pte(pentry))
                continue;
            swp_entry_t entry = pte_to_swp_entry(pentry);
            if (non_swap_entry(entry))
                continue;
            pte_unmap(pte);
            pte = null;

            // The caller keeps the target's device only.
            if (swp_type(entry) != swp_type(targ_entry))
            {
                si = get_swap_device(entry);
                if (si == null)
                    continue;
            }

            folio = __read_swap_cache_async(entry, gfp_mask, mpol, ilx, &page_allocated, false);
            if (si != null)
                put_swap_device(si);
            if (folio == null)
                continue;
            if (page_allocated)
            {
                swap_read_folio(folio, &splug);
                if (addr != vmf->address)
                {
                    folio_set_readahead(folio);
                    count_vm_event(SWAP_RA);
                }
            }

            folio_put(folio);
        }

        if (pte != null)
            pte_unmap(pte);
        blk_finish_plug(&plug);
        swap_read_unplug(splug);
        lru_add_drain();
    skip:
        folio = __read_swap_cache_async(targ_entry, gfp_mask, mpol, targ_ilx, &page_allocated, false);
        if (page_allocated)
            swap_read_folio(folio, null);
        return folio;
    }

    /// <summary>The folio for an entry with a reference, its read begun; null without memory or when nobody has the entry.</summary>
    [KernelSource("mm/swap_state.c", "swapin_readahead", Parity.Full)]
    [MightSleep]
    public static folio* swapin_readahead(swp_entry_t entry, gfp_t gfp_mask, vm_fault* vmf)
    {
        pgoff_t ilx;

        mempolicy* mpol = get_vma_policy(vmf->vma, vmf->address, 0, &ilx);
        folio* folio = swap_use_vma_readahead()
            ? swap_vma_readahead(entry, gfp_mask, mpol, ilx, vmf)
            : swap_cluster_readahead(entry, gfp_mask, mpol, ilx);
        mpol_cond_put(mpol);

        return folio;
    }

    [KernelSource("mm/swap_state.c", "swap_init", Parity.Reduced, "no sysfs: vma readahead is always allowed")]
    public static int swap_init()
    {
        mapping_set_no_writeback_tags(swap_space);
        return 0;
    }
}
