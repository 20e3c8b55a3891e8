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

    // A batch with the usual tolerance: only frames in a row, present, young and dirty do not matter.
    [KernelSource("mm/util.c", "folio_pte_batch", Parity.Full)]
    public static uint folio_pte_batch(folio* folio, pte_t* ptep, pte_t pte, uint max_nr) =>
        mm_internal_h.folio_pte_batch_flags(folio, null, ptep, &pte, max_nr, 0);
}
