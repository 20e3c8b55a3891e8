// SPDX-License-Identifier: GPL-2.0-only
// mm/filemap.c: looking folios up, one or many.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;

namespace Linux;

public static unsafe partial class mm_filemap_c
{
    /// <summary>The first index from here up that is not cached, max_scan at most.</summary>
    [KernelSource(C, "page_cache_next_miss", Parity.Full)]
    public static pgoff_t page_cache_next_miss(address_space* mapping, pgoff_t index, ulong max_scan)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, index);
        ulong nr = max_scan;

        while (nr-- != 0)
        {
            void* entry = xas_next(&xas);
            if (entry == null || xa_is_value(entry))
                return xas.xa_index;
            if (xas.xa_index == 0)
                return 0;
        }

        return index + max_scan;
    }

    /// <summary>The first index from here down that is not cached; ULONG_MAX when all is down to 0.</summary>
    [KernelSource(C, "page_cache_prev_miss", Parity.Full)]
    public static pgoff_t page_cache_prev_miss(address_space* mapping, pgoff_t index, ulong max_scan)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, index);

        while (max_scan-- != 0)
        {
            void* entry = xas_prev(&xas);
            if (entry == null || xa_is_value(entry))
                break;
            if (xas.xa_index == ulong.MaxValue)
                break;
        }

        return xas.xa_index;
    }

    /// <summary>The folio, with a reference, or the shadow, or nothing.</summary>
    [KernelSource(C, "filemap_get_entry", Parity.Full)]
    public static void* filemap_get_entry(address_space* mapping, pgoff_t index)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, index);

        rcu_read_lock();
    repeat:
        xas_reset(&xas);
        folio* folio = (folio*)xas_load(&xas);
        if (xas_retry(&xas, folio))
            goto repeat;
        // A shadow entry of a recently evicted page, or a swap entry of shmem.
        if (folio == null || xa_is_value(folio))
            goto @out;

        if (!folio_try_get(folio))
            goto repeat;

        // It may have been freed and used again between the load and the reference.
        if (folio != xas_reload(&xas))
        {
            folio_put(folio);
            goto repeat;
        }

    @out:
        rcu_read_unlock();

        return folio;
    }

    /// <summary>Finds a folio and, as the flags say, locks it, marks it accessed, or makes and adds it.</summary>
    [KernelSource(C, "__filemap_get_folio", Parity.Reduced, "no idle page tracking")]
    [AcquiresReturn("PG_locked", When = "fgp_flags", Mask = FGP_LOCK)]
    public static folio* __filemap_get_folio(address_space* mapping, pgoff_t index, fgf_t fgp_flags, gfp_t gfp)
    {
    repeat:
        folio* folio = (folio*)filemap_get_entry(mapping, index);
        if (xa_is_value(folio))
            folio = null;
        if (folio == null)
            goto no_page;

        if ((fgp_flags & FGP_LOCK) != 0)
        {
            if ((fgp_flags & FGP_NOWAIT) != 0)
            {
                if (!folio_trylock(folio))
                {
                    folio_put(folio);
                    return (folio*)ERR_PTR(-EAGAIN);
                }
            }
            else
            {
                folio_lock(folio);
            }

            // Truncation may have been faster with the lock.
            if (folio->mapping != mapping)
            {
                folio_unlock(folio);
                folio_put(folio);
                goto repeat;
            }

            VM_BUG_ON_FOLIO(!folio_contains(folio, index), folio);
        }

        if ((fgp_flags & FGP_ACCESSED) != 0)
            folio_mark_accessed(folio);

        if ((fgp_flags & FGP_STABLE) != 0)
            folio_wait_stable(folio);
    no_page:
        if (folio == null && (fgp_flags & FGP_CREAT) != 0)
        {
            uint min_order = mapping_min_folio_order(mapping);
            uint order = Math.Max(min_order, FGF_GET_ORDER(fgp_flags));
            index = mapping_align_index(mapping, index);

            if ((fgp_flags & FGP_WRITE) != 0 && mapping_can_writeback(mapping))
                gfp |= __GFP_WRITE;
            if ((fgp_flags & FGP_NOFS) != 0)
                gfp &= ~__GFP_FS;
            if ((fgp_flags & FGP_NOWAIT) != 0)
            {
                gfp &= ~GFP_KERNEL;
                gfp |= GFP_NOWAIT;
            }

            if (WARN_ON_ONCE((fgp_flags & (FGP_LOCK | FGP_FOR_MMAP)) == 0))
                fgp_flags |= FGP_LOCK;

            if (order > mapping_max_folio_order(mapping))
                order = mapping_max_folio_order(mapping);
            // A folio is aligned to its size.
            if ((index & ((1UL << (int)order) - 1)) != 0)
                order = (uint)__ffs(index);

            int err;
            do
            {
                gfp_t alloc_gfp = gfp;

                err = -ENOMEM;
                if (order > min_order)
                    alloc_gfp |= __GFP_NORETRY | __GFP_NOWARN;
                folio = filemap_alloc_folio(alloc_gfp, order);
                if (folio == null)
                    continue;

                // It is used right away: referenced at its birth.
                if ((fgp_flags & FGP_ACCESSED) != 0)
                    __folio_set_referenced(folio);
                if ((fgp_flags & FGP_DONTCACHE) != 0)
                    __folio_set_dropbehind(folio);

                err = filemap_add_folio(mapping, folio, index, gfp);
                if (err == 0)
                    break;
                folio_put(folio);
                folio = null;
            }
            while (order-- > min_order);

            if (err == -EEXIST)
                goto repeat;
            if (err != 0)
            {
                // Without waiting there was no memory: with waiting there may be.
                if ((fgp_flags & FGP_NOWAIT) != 0 && err == -ENOMEM)
                    err = -EAGAIN;
                return (folio*)ERR_PTR(err);
            }

            // It comes locked; for mmap the caller locks it, if it wants to.
            if (folio != null && (fgp_flags & FGP_FOR_MMAP) != 0)
                folio_unlock(folio);
        }

        if (folio == null)
            return (folio*)ERR_PTR(-ENOENT);
        // One user who wants it to stay cached is enough.
        if (folio_test_dropbehind(folio) && (fgp_flags & FGP_DONTCACHE) == 0)
            folio_clear_dropbehind(folio);
        return folio;
    }

    [KernelSource(C, "find_get_entry", Parity.Full)]
    private static folio* find_get_entry(xa_state* xas, pgoff_t max, xa_mark_t mark)
    {
        folio* folio;

    retry:
        if (mark == XA_PRESENT)
            folio = (folio*)xas_find(xas, max);
        else
            folio = (folio*)xas_find_marked(xas, max, mark);

        if (xas_retry(xas, folio))
            goto retry;

        // A shadow, a swap entry, or the end.
        if (folio == null || xa_is_value(folio))
            return folio;

        if (!folio_try_get(folio))
            goto reset;

        if (folio != xas_reload(xas))
        {
            folio_put(folio);
            goto reset;
        }

        return folio;
    reset:
        xas_reset(xas);
        goto retry;
    }

    /// <summary>A batch of folios and other entries, with their indices.</summary>
    [KernelSource(C, "find_get_entries", Parity.Full)]
    public static uint find_get_entries(address_space* mapping, pgoff_t* start, pgoff_t end, folio_batch* fbatch, pgoff_t* indices)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, *start);
        folio* folio;

        rcu_read_lock();
        while ((folio = find_get_entry(&xas, end, XA_PRESENT)) != null)
        {
            indices[fbatch->nr] = xas.xa_index;
            if (folio_batch_add(fbatch, folio) == 0)
                break;
        }

        if (folio_batch_count(fbatch) != 0)
        {
            uint idx = folio_batch_count(fbatch) - 1;
            ulong nr;

            folio = fbatch->folios[idx];
            if (!xa_is_value(folio))
                nr = folio_nr_pages(folio);
            else
                nr = 1UL << xa_get_order(&mapping->i_pages, indices[idx]);
            *start = round_down(indices[idx] + nr, nr);
        }

        rcu_read_unlock();

        return folio_batch_count(fbatch);
    }

    /// <summary>As find_get_entries, and locks the folios; those that are locked, under writeback or only partly in the range are left out.</summary>
    [KernelSource(C, "find_lock_entries", Parity.Full)]
    [AssumesHeld("folio.PG_locked")]
    public static uint find_lock_entries(address_space* mapping, pgoff_t* start, pgoff_t end, folio_batch* fbatch, pgoff_t* indices)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, *start);
        folio* folio;

        rcu_read_lock();
        while ((folio = find_get_entry(&xas, end, XA_PRESENT)) != null)
        {
            ulong @base;
            ulong nr;

            if (!xa_is_value(folio))
            {
                nr = folio_nr_pages(folio);
                @base = folio->index;
                // Only whole folios: not the one that the range begins within,
                if (@base < *start)
                    goto put;
                // nor the one that it ends within.
                if (@base + nr - 1 > end)
                    goto put;
                if (!folio_trylock(folio))
                    goto put;
                if (folio->mapping != mapping || folio_test_writeback(folio))
                    goto unlock;
                VM_BUG_ON_FOLIO(!folio_contains(folio, xas.xa_index), folio);
            }
            else
            {
                nr = 1UL << xas_get_order(&xas);
                @base = xas.xa_index & ~(nr - 1);
                // Entries of several indices likewise.
                if (@base < *start)
                    continue;
                // What follows lies beyond the end, too.
                if (@base + nr - 1 > end)
                    break;
            }

            // Set before the batch may be full: the caller goes on from here.
            *start = @base + nr;
            indices[fbatch->nr] = xas.xa_index;
            if (folio_batch_add(fbatch, folio) == 0)
                break;
            continue;
        unlock:
            folio_unlock(folio);
        put:
            folio_put(folio);
        }

        rcu_read_unlock();

        return folio_batch_count(fbatch);
    }

    [KernelSource(C, "filemap_get_folios", Parity.Full)]
    public static uint filemap_get_folios(address_space* mapping, pgoff_t* start, pgoff_t end, folio_batch* fbatch) =>
        filemap_get_folios_tag(mapping, start, end, XA_PRESENT, fbatch);

    [KernelSource(C, "filemap_get_folios_contig", Parity.Full)]
    public static uint filemap_get_folios_contig(address_space* mapping, pgoff_t* start, pgoff_t end, folio_batch* fbatch)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, *start);
        folio* folio;

        rcu_read_lock();

        for (folio = (folio*)xas_load(&xas); folio != null && xas.xa_index <= end; folio = (folio*)xas_next(&xas))
        {
            if (xas_retry(&xas, folio))
                continue;
            // An evicted page, or one that shmem has in swap: the run ends.
            if (xa_is_value(folio))
                goto update_start;

            // The batch starts at a folio's first index.
            if (xa_is_sibling(folio))
                goto update_start;

            if (!folio_try_get(folio))
                goto retry;

            if (folio != xas_reload(&xas))
                goto put_folio;

            if (folio_batch_add(fbatch, folio) == 0)
            {
                *start = folio->index + folio_nr_pages(folio);
                goto @out;
            }

            xas_advance(&xas, folio_next_index(folio) - 1);
            continue;
        put_folio:
            folio_put(folio);
        retry:
            xas_reset(&xas);
        }

    update_start:
        uint nr = folio_batch_count(fbatch);

        if (nr != 0)
        {
            folio = fbatch->folios[nr - 1];
            *start = folio_next_index(folio);
        }

    @out:
        rcu_read_unlock();
        return folio_batch_count(fbatch);
    }

    [KernelSource(C, "filemap_get_folios_tag", Parity.Full)]
    public static uint filemap_get_folios_tag(address_space* mapping, pgoff_t* start, pgoff_t end, xa_mark_t tag, folio_batch* fbatch)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, *start);
        folio* folio;

        rcu_read_lock();
        while ((folio = find_get_entry(&xas, end, tag)) != null)
        {
            // A folio with the mark may turn into its shadow before it is loaded, as no lock is held.
            if (xa_is_value(folio))
                continue;
            if (folio_batch_add(fbatch, folio) == 0)
            {
                *start = folio->index + folio_nr_pages(folio);
                goto @out;
            }
        }

        // The end of the range: the caller's next call finds nothing, without overflow of the index.
        if (end == ulong.MaxValue)
            *start = ulong.MaxValue;
        else
            *start = end + 1;
    @out:
        rcu_read_unlock();

        return folio_batch_count(fbatch);
    }
}
