// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mmdebug_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_page_flags_h;
using static Linux.linux_page_flags_layout_h;
using static Linux.linux_page_ref_h;

namespace Linux;

// Folios: order, references, mapcounts, zone and node, pins and the rss counters.
public static unsafe partial class linux_mm_h
{
    [KernelSource("include/linux/mm.h", "offset_in_page", Parity.Full)]
    public static ulong offset_in_page(ulong p) => p & ~PAGE_MASK;

    [KernelSource("include/linux/mm.h", "offset_in_page", Parity.Full)]
    public static ulong offset_in_page(void* p) => (ulong)p & ~PAGE_MASK;

    [KernelSource("include/linux/mm.h", "offset_in_folio", Parity.Full)]
    public static ulong offset_in_folio(folio* folio, ulong p) => p & (folio_size(folio) - 1);

    [KernelSource("include/linux/mm.h", "mm_zero_struct_page", Parity.Full)]
    public static void mm_zero_struct_page(page* pp) => *pp = default;

    [KernelSource("include/linux/mm.h", "mm_forbids_zeropage", Parity.Full)]
    public static bool mm_forbids_zeropage(mm_struct* mm) => false;

    [KernelSource("include/linux/mm.h", "page_range_contiguous", Parity.Full)]
    public static bool page_range_contiguous(page* page, ulong nr_pages) => true;

    [KernelSource("include/linux/mm.h", "folio_page_idx", Parity.Full)]
    public static ulong folio_page_idx(folio* folio, page* page) => (ulong)(page - &folio->page);

    [KernelSource("include/linux/mm.h", "lru_to_folio", Parity.Full)]
    public static folio* lru_to_folio(list_head* head) => list_entry<folio>(head->prev, &((folio*)nowhere)->lru);

    [KernelSource("include/linux/mm.h", "folio_large_order", Parity.Full)]
    public static uint folio_large_order(folio* folio) => (uint)(folio->_flags_1 & 0xff);

    [KernelSource("include/linux/mm.h", "folio_large_nr_pages", Parity.Full)]
    public static ulong folio_large_nr_pages(folio* folio) => folio->_nr_pages;

    [KernelSource("include/linux/mm.h", "compound_order", Parity.Full)]
    public static uint compound_order(page* page)
    {
        folio* folio = (folio*)page;

        if (!test_bit(PG_head, &folio->flags.f))
            return 0;
        return folio_large_order(folio);
    }

    [KernelSource("include/linux/mm.h", "folio_order", Parity.Full)]
    public static uint folio_order(folio* folio)
    {
        if (!folio_test_large(folio))
            return 0;
        return folio_large_order(folio);
    }

    [KernelSource("include/linux/mm.h", "folio_reset_order", Parity.Full)]
    public static void folio_reset_order(folio* folio)
    {
        if (WARN_ON_ONCE(!folio_test_large(folio)))
            return;
        folio->_flags_1 &= ~0xffUL;
        folio->_nr_pages = 0;
    }

    [KernelSource("include/linux/mm.h", "put_page_testzero", Parity.Full)]
    public static bool put_page_testzero(page* page)
    {
        VM_BUG_ON_PAGE(page_ref_count(page) == 0, page);
        return page_ref_dec_and_test(page);
    }

    [KernelSource("include/linux/mm.h", "folio_put_testzero", Parity.Full)]
    public static bool folio_put_testzero(folio* folio) => put_page_testzero(&folio->page);

    [KernelSource("include/linux/mm.h", "get_page_unless_zero", Parity.Full)]
    public static bool get_page_unless_zero(page* page) => page_ref_add_unless(page, 1, 0);

    [KernelSource("include/linux/mm.h", "folio_get_nontail_page", Parity.Full)]
    public static folio* folio_get_nontail_page(page* page)
    {
        if (!get_page_unless_zero(page))
            return null;
        return (folio*)page;
    }

    [KernelSource("include/linux/mm.h", "folio_entire_mapcount", Parity.Full)]
    public static int folio_entire_mapcount(folio* folio)
    {
        VM_BUG_ON_FOLIO(!folio_test_large(folio), folio);
        return atomic_read(&folio->_entire_mapcount) + 1;
    }

    [KernelSource("include/linux/mm.h", "folio_large_mapcount", Parity.Full)]
    public static int folio_large_mapcount(folio* folio)
    {
        VM_WARN_ON_FOLIO(!folio_test_large(folio), folio);
        return atomic_read(&folio->_large_mapcount) + 1;
    }

    [KernelSource("include/linux/mm.h", "folio_mapcount", Parity.Full)]
    public static int folio_mapcount(folio* folio)
    {
        if (!folio_test_large(folio))
        {
            int mapcount = atomic_read(&folio->_mapcount) + 1;

            if (page_mapcount_is_type((uint)mapcount))
                mapcount = 0;
            return mapcount;
        }
        return folio_large_mapcount(folio);
    }

    [KernelSource("include/linux/mm.h", "folio_mapped", Parity.Full)]
    public static bool folio_mapped(folio* folio) => folio_mapcount(folio) >= 1;

    [KernelSource("include/linux/mm.h", "page_mapped", Parity.Full)]
    public static bool page_mapped(page* page) => folio_mapped(page_folio(page));

    [KernelSource("include/linux/mm.h", "virt_to_head_page", Parity.Full)]
    public static page* virt_to_head_page(void* x) => compound_head(virt_to_page(x));

    [KernelSource("include/linux/mm.h", "virt_to_folio", Parity.Full)]
    [Stable]
    public static folio* virt_to_folio(void* x) => page_folio(virt_to_page(x));

    [KernelSource("include/linux/mm.h", "page_size", Parity.Full)]
    public static ulong page_size(page* page) => PAGE_SIZE << (int)compound_order(page);

    [KernelSource("include/linux/mm.h", "page_shift", Parity.Full)]
    public static uint page_shift(page* page) => PAGE_SHIFT + compound_order(page);

    [KernelSource("include/linux/mm.h", "maybe_mkwrite", Parity.Full)]
    public static pte_t maybe_mkwrite(pte_t pte, vm_area_struct* vma)
    {
        if ((vma->vm_flags & VM_WRITE) != 0)
            pte = pte_mkwrite(pte, vma);
        return pte;
    }

    // Unsigned arithmetic: true at 0 and for the last 127 values before the counter would wrap.
    [KernelSource("include/linux/mm.h", "folio_ref_zero_or_close_to_overflow", Parity.Full)]
    public static bool folio_ref_zero_or_close_to_overflow(folio* folio) => unchecked((uint)folio_ref_count(folio) + 127u <= 127u);

    [KernelSource("include/linux/mm.h", "folio_get", Parity.Full)]
    public static void folio_get(folio* folio)
    {
        VM_BUG_ON_FOLIO(folio_ref_zero_or_close_to_overflow(folio), folio);
        folio_ref_inc(folio);
    }

    [KernelSource("include/linux/mm.h", "get_page", Parity.Full)]
    public static void get_page(page* page)
    {
        folio* folio = page_folio(page);

        if (WARN_ON_ONCE(folio_test_slab(folio)))
            return;
        if (WARN_ON_ONCE(folio_test_large_kmalloc(folio)))
            return;
        folio_get(folio);
    }

    [KernelSource("include/linux/mm.h", "try_get_page", Parity.Full)]
    public static bool try_get_page(page* page)
    {
        page = compound_head(page);
        if (WARN_ON_ONCE(page_ref_count(page) <= 0))
            return false;
        page_ref_inc(page);
        return true;
    }

    [KernelSource("include/linux/mm.h", "folio_put", Parity.Full)]
    public static void folio_put(folio* folio)
    {
        if (folio_put_testzero(folio))
            __folio_put(folio);
    }

    [KernelSource("include/linux/mm.h", "folio_put_refs", Parity.Full)]
    public static void folio_put_refs(folio* folio, int refs)
    {
        if (folio_ref_sub_and_test(folio, refs))
            __folio_put(folio);
    }

    [KernelSource("include/linux/mm.h", "folios_put", Parity.Full)]
    public static void folios_put(folio_batch* folios) => folios_put_refs(folios, null);

    [KernelSource("include/linux/mm.h", "put_page", Parity.Full)]
    public static void put_page(page* page)
    {
        folio* folio = page_folio(page);

        if (folio_test_slab(folio) || folio_test_large_kmalloc(folio))
            return;

        folio_put(folio);
    }

    [KernelSource("include/linux/mm.h", "is_cow_mapping", Parity.Full)]
    public static bool is_cow_mapping(ulong flags) => (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;

    [KernelSource("include/linux/mm.h", "page_zone_id", Parity.Full)]
    public static int page_zone_id(page* page) => (int)((page->flags.f >> ZONEID_PGSHIFT) & ZONEID_MASK);

    [KernelSource("include/linux/mm.h", "memdesc_nid", Parity.Full)]
    public static int memdesc_nid(memdesc_flags_t mdf) => (int)((mdf.f >> NODES_PGSHIFT) & NODES_MASK);

    [KernelSource("include/linux/mm.h", "page_to_nid", Parity.Full)]
    public static int page_to_nid(page* page) => memdesc_nid(page->flags);

    [KernelSource("include/linux/mm.h", "folio_nid", Parity.Full)]
    [Stable]
    public static int folio_nid(folio* folio) => memdesc_nid(folio->flags);

    [KernelSource("include/linux/mm.h", "folio_xchg_last_cpupid", Parity.Full)]
    public static int folio_xchg_last_cpupid(folio* folio, int cpupid) => folio_nid(folio);

    [KernelSource("include/linux/mm.h", "folio_last_cpupid", Parity.Full)]
    public static int folio_last_cpupid(folio* folio) => folio_nid(folio);

    [KernelSource("include/linux/mm.h", "page_cpupid_reset_last", Parity.Full)]
    public static void page_cpupid_reset_last(page* page)
    {
    }

    [KernelSource("include/linux/mm.h", "page_kasan_tag_reset", Parity.Full)]
    public static void page_kasan_tag_reset(page* page)
    {
    }

    [KernelSource("include/linux/mm.h", "page_zone", Parity.Full)]
    [Stable]
    public static zone* page_zone(page* page) => NODE_DATA(page_to_nid(page))->node_zones + (int)page_zonenum(page);

    [KernelSource("include/linux/mm.h", "page_pgdat", Parity.Full)]
    [Stable]
    public static pglist_data* page_pgdat(page* page) => NODE_DATA(page_to_nid(page));

    [KernelSource("include/linux/mm.h", "folio_pgdat", Parity.Full)]
    [Stable]
    public static pglist_data* folio_pgdat(folio* folio) => NODE_DATA(folio_nid(folio));

    [KernelSource("include/linux/mm.h", "folio_zone", Parity.Full)]
    [Stable]
    public static zone* folio_zone(folio* folio) => folio_pgdat(folio)->node_zones + (int)folio_zonenum(folio);

    [KernelSource("include/linux/mm.h", "folio_pfn", Parity.Full)]
    public static ulong folio_pfn(folio* folio) => page_to_pfn(&folio->page);

    [KernelSource("include/linux/mm.h", "pfn_folio", Parity.Full)]
    public static folio* pfn_folio(ulong pfn) => page_folio(pfn_to_page(pfn));

    [KernelSource("include/linux/mm.h", "mk_pte", Parity.Full)]
    public static pte_t mk_pte(page* page, pgprot_t pgprot) => pfn_pte(page_to_pfn(page), pgprot);

    [KernelSource("include/linux/mm.h", "folio_mk_pte", Parity.Full)]
    public static pte_t folio_mk_pte(folio* folio, pgprot_t pgprot) => pfn_pte(folio_pfn(folio), pgprot);

    [KernelSource("include/linux/mm.h", "folio_has_pincount", Parity.Full)]
    public static bool folio_has_pincount(folio* folio) => folio_test_large(folio);

    [KernelSource("include/linux/mm.h", "folio_maybe_dma_pinned", Parity.Full)]
    public static bool folio_maybe_dma_pinned(folio* folio)
    {
        if (folio_has_pincount(folio))
            return atomic_read(&folio->_pincount) > 0;

        // Pins of a small folio are references in steps of the bias; the unsigned compare survives an overflow.
        return (uint)folio_ref_count(folio) >= GUP_PIN_COUNTING_BIAS;
    }

    [KernelSource("include/linux/mm.h", "folio_needs_cow_for_dma", Parity.Full)]
    public static bool folio_needs_cow_for_dma(vm_area_struct* vma, folio* folio)
    {
        VM_BUG_ON((raw_read_seqcount(&vma->vm_mm->write_protect_seq) & 1) == 0);

        if (!mm_flags_test(MMF_HAS_PINNED, vma->vm_mm))
            return false;

        return folio_maybe_dma_pinned(folio);
    }

    [KernelSource("include/linux/mm.h", "is_zero_page", Parity.Full)]
    public static bool is_zero_page(page* page) => is_zero_pfn(page_to_pfn(page));

    [KernelSource("include/linux/mm.h", "is_zero_folio", Parity.Full)]
    public static bool is_zero_folio(folio* folio) => is_zero_page(&folio->page);

    [KernelSource("include/linux/mm.h", "folio_is_longterm_pinnable", Parity.Full)]
    public static bool folio_is_longterm_pinnable(folio* folio) => true;

    [KernelSource("include/linux/mm.h", "set_page_zone", Parity.Full)]
    public static void set_page_zone(page* page, int zone)
    {
        page->flags.f &= ~(ZONES_MASK << ZONES_PGSHIFT);
        page->flags.f |= ((ulong)zone & ZONES_MASK) << ZONES_PGSHIFT;
    }

    [KernelSource("include/linux/mm.h", "set_page_node", Parity.Full)]
    public static void set_page_node(page* page, ulong node)
    {
        page->flags.f &= ~(NODES_MASK << NODES_PGSHIFT);
        page->flags.f |= (node & NODES_MASK) << NODES_PGSHIFT;
    }

    [KernelSource("include/linux/mm.h", "set_page_links", Parity.Full)]
    public static void set_page_links(page* page, int zone, ulong node, ulong pfn)
    {
        set_page_zone(page, zone);
        set_page_node(page, node);
    }

    [KernelSource("include/linux/mm.h", "folio_nr_pages", Parity.Full)]
    public static ulong folio_nr_pages(folio* folio)
    {
        if (!folio_test_large(folio))
            return 1;
        return folio_large_nr_pages(folio);
    }

    public const int MAX_FOLIO_ORDER = MAX_PAGE_ORDER;
    public const ulong MAX_FOLIO_NR_PAGES = 1UL << MAX_FOLIO_ORDER;

    [KernelSource("include/linux/mm.h", "compound_nr", Parity.Full)]
    public static ulong compound_nr(page* page)
    {
        folio* folio = (folio*)page;

        if (!test_bit(PG_head, &folio->flags.f))
            return 1;
        return folio_large_nr_pages(folio);
    }

    [KernelSource("include/linux/mm.h", "folio_next", Parity.Full)]
    public static folio* folio_next(folio* folio) => (folio*)folio_page(folio, folio_nr_pages(folio));

    [KernelSource("include/linux/mm.h", "folio_shift", Parity.Full)]
    public static uint folio_shift(folio* folio) => PAGE_SHIFT + folio_order(folio);

    [KernelSource("include/linux/mm.h", "folio_size", Parity.Full)]
    public static ulong folio_size(folio* folio) => PAGE_SIZE << (int)folio_order(folio);

    [KernelSource("include/linux/mm.h", "folio_maybe_mapped_shared", Parity.Full)]
    public static bool folio_maybe_mapped_shared(folio* folio)
    {
        int mapcount = folio_mapcount(folio);

        if (!folio_test_large(folio) || folio_test_hugetlb(folio))
            return mapcount > 1;

        // One mapping is nobody else's, whatever the flag says.
        if (mapcount <= 1)
            return false;
        return test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids);
    }

    [KernelSource("include/linux/mm.h", "folio_expected_ref_count", Parity.Full)]
    public static int folio_expected_ref_count(folio* folio)
    {
        int order = (int)folio_order(folio);
        int ref_count = 0;

        if (WARN_ON_ONCE(page_has_type(&folio->page) && !folio_test_hugetlb(folio)))
            return 0;

        // One reference a page from the swap cache.
        ref_count += (folio_test_swapcache(folio) ? 1 : 0) << order;

        if (!folio_test_anon(folio))
        {
            // One a page from the page cache, one from PG_private.
            ref_count += (folio->mapping != null ? 1 : 0) << order;
            ref_count += folio_test_private(folio) ? 1 : 0;
        }

        // One for each mapping.
        return ref_count + folio_mapcount(folio);
    }

    [KernelSource("include/linux/mm.h", "arch_make_folio_accessible", Parity.Full)]
    public static int arch_make_folio_accessible(folio* folio) => 0;

    [KernelSource("include/linux/mm.h", "folio_address", Parity.Full)]
    [Stable]
    public static void* folio_address(folio* folio) => page_address(&folio->page);

    // Bit 1 of the word that no allocated page uses otherwise; bit 0 is the tail mark.
    [KernelSource("include/linux/mm.h", "page_is_pfmemalloc", Parity.Full)]
    public static bool page_is_pfmemalloc(page* page) => ((ulong)page->lru.next & (1UL << 1)) != 0;

    [KernelSource("include/linux/mm.h", "folio_is_pfmemalloc", Parity.Full)]
    public static bool folio_is_pfmemalloc(folio* folio) => ((ulong)folio->lru.next & (1UL << 1)) != 0;

    [KernelSource("include/linux/mm.h", "set_page_pfmemalloc", Parity.Full)]
    public static void set_page_pfmemalloc(page* page) => page->lru.next = (list_head*)(1UL << 1);

    [KernelSource("include/linux/mm.h", "clear_page_pfmemalloc", Parity.Full)]
    public static void clear_page_pfmemalloc(page* page) => page->lru.next = null;

    [KernelSource("include/linux/mm.h", "mm_rss_stat_of", Parity.Full)]
    public static percpu_counter* mm_rss_stat_of(mm_struct* mm, int member) => (percpu_counter*)&mm->rss_stat + member;

    [KernelSource("include/linux/mm.h", "get_mm_counter", Parity.Full)]
    public static ulong get_mm_counter(mm_struct* mm, int member) => (ulong)percpu_counter_read_positive(mm_rss_stat_of(mm, member));

    [KernelSource("include/linux/mm.h", "get_mm_counter_sum", Parity.Full)]
    public static ulong get_mm_counter_sum(mm_struct* mm, int member) => (ulong)percpu_counter_sum_positive(mm_rss_stat_of(mm, member));

    [KernelSource("include/linux/mm.h", "add_mm_counter", Parity.Full)]
    public static void add_mm_counter(mm_struct* mm, int member, long value)
    {
        percpu_counter_add(mm_rss_stat_of(mm, member), value);

        mm_trace_rss_stat(mm, member);
    }

    [KernelSource("include/linux/mm.h", "inc_mm_counter", Parity.Full)]
    public static void inc_mm_counter(mm_struct* mm, int member)
    {
        percpu_counter_inc(mm_rss_stat_of(mm, member));

        mm_trace_rss_stat(mm, member);
    }

    [KernelSource("include/linux/mm.h", "dec_mm_counter", Parity.Full)]
    public static void dec_mm_counter(mm_struct* mm, int member)
    {
        percpu_counter_dec(mm_rss_stat_of(mm, member));

        mm_trace_rss_stat(mm, member);
    }

    [KernelSource("include/linux/mm.h", "mm_counter_file", Parity.Full)]
    public static int mm_counter_file(folio* folio)
    {
        if (folio_test_swapbacked(folio))
            return linux_mm_types_task_h.MM_SHMEMPAGES;
        return linux_mm_types_task_h.MM_FILEPAGES;
    }

    [KernelSource("include/linux/mm.h", "mm_counter", Parity.Full)]
    public static int mm_counter(folio* folio)
    {
        if (folio_test_anon(folio))
            return linux_mm_types_task_h.MM_ANONPAGES;
        return mm_counter_file(folio);
    }

    [KernelSource("include/linux/mm.h", "get_mm_rss", Parity.Full)]
    public static ulong get_mm_rss(mm_struct* mm) =>
        get_mm_counter(mm, linux_mm_types_task_h.MM_FILEPAGES)
        + get_mm_counter(mm, linux_mm_types_task_h.MM_ANONPAGES)
        + get_mm_counter(mm, linux_mm_types_task_h.MM_SHMEMPAGES);

    [KernelSource("include/linux/mm.h", "get_mm_hiwater_rss", Parity.Full)]
    public static ulong get_mm_hiwater_rss(mm_struct* mm)
    {
        ulong rss = get_mm_rss(mm);

        return mm->hiwater_rss > rss ? mm->hiwater_rss : rss;
    }

    [KernelSource("include/linux/mm.h", "update_hiwater_rss", Parity.Full)]
    public static void update_hiwater_rss(mm_struct* mm)
    {
        ulong _rss = get_mm_rss(mm);

        if (mm->hiwater_rss < _rss)
            mm->hiwater_rss = _rss;
    }

    [KernelSource("include/linux/mm.h", "update_hiwater_vm", Parity.Full)]
    public static void update_hiwater_vm(mm_struct* mm)
    {
        if (mm->hiwater_vm < mm->total_vm)
            mm->hiwater_vm = mm->total_vm;
    }

    public const ulong PAGE_SNAPSHOT_FAITHFUL = 1 << 0;
    public const ulong PAGE_SNAPSHOT_PG_BUDDY = 1 << 1;
    public const ulong PAGE_SNAPSHOT_PG_IDLE = 1 << 2;

    [KernelSource("include/linux/mm.h", "snapshot_page_is_faithful", Parity.Full)]
    public static bool snapshot_page_is_faithful(page_snapshot* ps) => (ps->flags & PAGE_SNAPSHOT_FAITHFUL) != 0;
}

public unsafe struct page_snapshot
{
    public folio folio_snapshot;
    public page page_snapshot_;
    public ulong pfn;
    public ulong idx;
    public ulong flags;
}
