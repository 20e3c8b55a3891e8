// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;

namespace Linux;

public static unsafe partial class mm_util_c
{
    // What an anonymous folio hangs off; null for all others.
    [KernelSource("mm/util.c", "folio_anon_vma", Parity.Full)]
    public static anon_vma* folio_anon_vma(folio* folio)
    {
        ulong mapping = (ulong)folio->mapping;

        if ((mapping & FOLIO_MAPPING_FLAGS) != FOLIO_MAPPING_ANON)
            return null;
        return (anon_vma*)(mapping - FOLIO_MAPPING_ANON);
    }

    // The mapping that a folio's content belongs to: the page cache's or the swap cache's.
    [KernelSource("mm/util.c", "folio_mapping", Parity.Full)]
    public static address_space* folio_mapping(folio* folio)
    {
        // Happens if somebody calls flush_dcache_page() on slab memory.
        if (folio_test_slab(folio))
            return null;

        if (folio_test_swapcache(folio))
            return swap_address_space(folio->swap);

        address_space* mapping = folio->mapping;
        if (((ulong)mapping & FOLIO_MAPPING_FLAGS) != 0)
            return null;

        return mapping;
    }

    [KernelSource("mm/util.c", "folio_copy", Parity.Full)]
    public static void folio_copy(folio* dst, folio* src)
    {
        ulong i = 0;
        ulong nr = folio_nr_pages(src);

        for (; ; )
        {
            copy_highpage(folio_page(dst, i), folio_page(src, i));
            if (++i == nr)
                break;
            cond_resched();
        }
    }

    [KernelSource("mm/util.c", "set_ps_flags", Parity.Full)]
    private static void set_ps_flags(page_snapshot* ps, folio* folio, page* page)
    {
        // Of a block in the buddy lists only the first page says so.
        if (PageBuddy(page))
            ps->flags |= PAGE_SNAPSHOT_PG_BUDDY;
        else if (page_count(page) == 0 && mm_page_alloc_c.is_free_buddy_page(page))
            ps->flags |= PAGE_SNAPSHOT_PG_BUDDY;

        if (folio_test_idle(folio))
            ps->flags |= PAGE_SNAPSHOT_PG_IDLE;
    }

    // A copy of a page and of its folio, which others may split or free meanwhile: if that shows, it is taken for a single page.
    [KernelSource("mm/util.c", "snapshot_page", Parity.Full)]
    public static void snapshot_page(page_snapshot* ps, page* page)
    {
        ulong nr_pages = 1;
        folio* foliop;
        int loops = 5;

        ps->pfn = page_to_pfn(page);
        ps->flags = PAGE_SNAPSHOT_FAITHFUL;

    again:
        ps->folio_snapshot = default;
        ps->page_snapshot_ = *page;
        ulong head = ps->page_snapshot_.compound_head;
        if ((head & 1) == 0)
        {
            ps->idx = 0;
            foliop = (folio*)&ps->page_snapshot_;
            if (!folio_test_large(foliop))
            {
                set_ps_flags(ps, page_folio(page), page);
                ps->folio_snapshot.page = foliop->page;
                return;
            }
            foliop = (folio*)page;
        }
        else
        {
            foliop = (folio*)(head - 1);
            ps->idx = folio_page_idx(foliop, page);
        }

        if (ps->idx < MAX_FOLIO_NR_PAGES)
        {
            ps->folio_snapshot.page = foliop->page;
            ps->folio_snapshot.__page_1 = foliop->__page_1;
            nr_pages = (ulong)folio_nr_pages(&ps->folio_snapshot);
            if (nr_pages > 1)
                ps->folio_snapshot.__page_2 = foliop->__page_2;
            set_ps_flags(ps, foliop, page);
        }

        if (ps->idx > nr_pages)
        {
            if (loops-- > 0)
                goto again;
            clear_compound_head(&ps->page_snapshot_);
            foliop = (folio*)&ps->page_snapshot_;
            ps->folio_snapshot.page = foliop->page;
            ps->flags = 0;
            ps->idx = 0;
        }
    }

    // A batch with the usual tolerance: only frames in a row, present, young and dirty do not matter.
    [KernelSource("mm/util.c", "folio_pte_batch", Parity.Full)]
    public static uint folio_pte_batch(folio* folio, pte_t* ptep, pte_t pte, uint max_nr) =>
        mm_internal_h.folio_pte_batch_flags(folio, null, ptep, &pte, max_nr, 0);
}
