// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mmdebug_h;
using static Linux.linux_mm_types_h;

namespace Linux;

// Anonymous mappings, uptodate, compound pages and the page types.
public static unsafe partial class linux_page_flags_h
{
    [KernelSource("include/linux/page-flags.h", "folio_test_anon", Parity.Full)]
    public static bool folio_test_anon(folio* folio) => ((ulong)folio->mapping & FOLIO_MAPPING_ANON) != 0;

    [KernelSource("include/linux/page-flags.h", "PageAnonNotKsm", Parity.Full)]
    public static bool PageAnonNotKsm(page* page)
    {
        ulong flags = (ulong)page_folio(page)->mapping;

        return (flags & FOLIO_MAPPING_FLAGS) == FOLIO_MAPPING_ANON;
    }

    [KernelSource("include/linux/page-flags.h", "PageAnon", Parity.Full)]
    public static bool PageAnon(page* page) => folio_test_anon(page_folio(page));

    [KernelSource("include/linux/page-flags.h", "folio_test_ksm", Parity.Full)]
    public static bool folio_test_ksm(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "folio_xor_flags_has_waiters", Parity.Full)]
    public static bool folio_xor_flags_has_waiters(folio* folio, ulong mask) =>
        xor_unlock_is_negative_byte(mask, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_uptodate", Parity.Full)]
    public static bool folio_test_uptodate(folio* folio)
    {
        bool ret = test_bit(PG_uptodate, const_folio_flags(folio, 0));

        // Whoever saw the flag must also see the data that was there when it was set.
        if (ret)
            smp_rmb();

        return ret;
    }

    [KernelSource("include/linux/page-flags.h", "PageUptodate", Parity.Full)]
    public static bool PageUptodate(page* page) => folio_test_uptodate(page_folio(page));

    [KernelSource("include/linux/page-flags.h", "__folio_mark_uptodate", Parity.Full)]
    public static void __folio_mark_uptodate(folio* folio)
    {
        smp_wmb();
        __set_bit(PG_uptodate, folio_flags(folio, 0));
    }

    [KernelSource("include/linux/page-flags.h", "folio_mark_uptodate", Parity.Full)]
    public static void folio_mark_uptodate(folio* folio)
    {
        smp_wmb();
        set_bit(PG_uptodate, folio_flags(folio, 0));
    }

    [KernelSource("include/linux/page-flags.h", "__SetPageUptodate", Parity.Full)]
    public static void __SetPageUptodate(page* page) => __folio_mark_uptodate((folio*)page);

    [KernelSource("include/linux/page-flags.h", "SetPageUptodate", Parity.Full)]
    public static void SetPageUptodate(page* page) => folio_mark_uptodate((folio*)page);

    [KernelSource("include/linux/page-flags.h", "folio_clear_uptodate", Parity.Full)]
    public static void folio_clear_uptodate(folio* folio) => clear_bit(PG_uptodate, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPageUptodate", Parity.Full)]
    public static void ClearPageUptodate(page* page) => clear_bit(PG_uptodate, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_start_writeback", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static void folio_start_writeback(folio* folio) => __folio_start_writeback(folio, false);

    [KernelSource("include/linux/page-flags.h", "folio_test_head", Parity.Full)]
    public static bool folio_test_head(folio* folio) => test_bit(PG_head, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageHead", Parity.Full)]
    public static bool PageHead(page* page)
    {
        PF_POISONED_CHECK(page);
        return test_bit(PG_head, &page->flags.f) && !page_is_fake_head(page);
    }

    [KernelSource("include/linux/page-flags.h", "__SetPageHead", Parity.Full)]
    public static void __SetPageHead(page* page) => __set_bit(PG_head, &PF_ANY(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__ClearPageHead", Parity.Full)]
    public static void __ClearPageHead(page* page) => __clear_bit(PG_head, &PF_ANY(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "ClearPageHead", Parity.Full)]
    public static void ClearPageHead(page* page) => clear_bit(PG_head, &PF_ANY(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_large", Parity.Full)]
    public static bool folio_test_large(folio* folio) => folio_test_head(folio);

    [KernelSource("include/linux/page-flags.h", "set_compound_head", Parity.Full)]
    public static void set_compound_head(page* page, page* head) => WRITE_ONCE(&page->compound_head, (ulong)head + 1);

    [KernelSource("include/linux/page-flags.h", "clear_compound_head", Parity.Full)]
    public static void clear_compound_head(page* page) => WRITE_ONCE(&page->compound_head, 0UL);

    [KernelSource("include/linux/page-flags.h", "ClearPageCompound", Parity.Full)]
    public static void ClearPageCompound(page* page)
    {
        BUG_ON(!PageHead(page));
        ClearPageHead(page);
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_large_rmappable", Parity.Full)]
    public static bool folio_test_large_rmappable(folio* folio) => test_bit(PG_large_rmappable, const_folio_flags(folio, 1));

    [KernelSource("include/linux/page-flags.h", "folio_set_large_rmappable", Parity.Full)]
    public static void folio_set_large_rmappable(folio* folio) => set_bit(PG_large_rmappable, folio_flags(folio, 1));

    [KernelSource("include/linux/page-flags.h", "folio_test_partially_mapped", Parity.Full)]
    public static bool folio_test_partially_mapped(folio* folio) => test_bit(PG_partially_mapped, const_folio_flags(folio, 1));

    [KernelSource("include/linux/page-flags.h", "PageTransCompound", Parity.Full)]
    public static bool PageTransCompound(page* page) => PageCompound(page);

    [KernelSource("include/linux/page-flags.h", "folio_test_has_hwpoisoned", Parity.Full)]
    public static bool folio_test_has_hwpoisoned(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "page_type_has_type", Parity.Full)]
    public static bool page_type_has_type(int page_type) => page_type < unchecked((int)((uint)PGTY_mapcount_underflow << 24));

    [KernelSource("include/linux/page-flags.h", "page_mapcount_is_type", Parity.Full)]
    public static bool page_mapcount_is_type(uint mapcount) => page_type_has_type((int)(mapcount - 1));

    [KernelSource("include/linux/page-flags.h", "page_has_type", Parity.Full)]
    public static bool page_has_type(page* page) => page_type_has_type((int)page->page_type);

    [KernelSource("include/linux/page-flags.h", "folio_test_buddy", Parity.Full)]
    public static bool folio_test_buddy(folio* folio) => folio->page.page_type >> 24 == PGTY_buddy;

    [KernelSource("include/linux/page-flags.h", "__folio_set_buddy", Parity.Full)]
    public static void __folio_set_buddy(folio* folio)
    {
        if (folio_test_buddy(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_buddy << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_buddy", Parity.Full)]
    public static void __folio_clear_buddy(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_buddy(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "PageBuddy", Parity.Full)]
    public static bool PageBuddy(page* page) => page->page_type >> 24 == PGTY_buddy;

    [KernelSource("include/linux/page-flags.h", "__SetPageBuddy", Parity.Full)]
    public static void __SetPageBuddy(page* page)
    {
        if (PageBuddy(page))
            return;
        VM_BUG_ON_PAGE(page->page_type != uint.MaxValue, page);
        page->page_type = (uint)PGTY_buddy << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__ClearPageBuddy", Parity.Full)]
    public static void __ClearPageBuddy(page* page)
    {
        if (page->page_type == uint.MaxValue)
            return;
        VM_BUG_ON_PAGE(!PageBuddy(page), page);
        page->page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_offline", Parity.Full)]
    public static bool folio_test_offline(folio* folio) => folio->page.page_type >> 24 == PGTY_offline;

    [KernelSource("include/linux/page-flags.h", "__folio_set_offline", Parity.Full)]
    public static void __folio_set_offline(folio* folio)
    {
        if (folio_test_offline(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_offline << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_offline", Parity.Full)]
    public static void __folio_clear_offline(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_offline(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "PageOffline", Parity.Full)]
    public static bool PageOffline(page* page) => page->page_type >> 24 == PGTY_offline;

    [KernelSource("include/linux/page-flags.h", "__SetPageOffline", Parity.Full)]
    public static void __SetPageOffline(page* page)
    {
        if (PageOffline(page))
            return;
        VM_BUG_ON_PAGE(page->page_type != uint.MaxValue, page);
        page->page_type = (uint)PGTY_offline << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__ClearPageOffline", Parity.Full)]
    public static void __ClearPageOffline(page* page)
    {
        if (page->page_type == uint.MaxValue)
            return;
        VM_BUG_ON_PAGE(!PageOffline(page), page);
        page->page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_pgtable", Parity.Full)]
    public static bool folio_test_pgtable(folio* folio) => folio->page.page_type >> 24 == PGTY_table;

    [KernelSource("include/linux/page-flags.h", "__folio_set_pgtable", Parity.Full)]
    public static void __folio_set_pgtable(folio* folio)
    {
        if (folio_test_pgtable(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_table << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_pgtable", Parity.Full)]
    public static void __folio_clear_pgtable(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_pgtable(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "PageTable", Parity.Full)]
    public static bool PageTable(page* page) => page->page_type >> 24 == PGTY_table;

    [KernelSource("include/linux/page-flags.h", "__SetPageTable", Parity.Full)]
    public static void __SetPageTable(page* page)
    {
        if (PageTable(page))
            return;
        VM_BUG_ON_PAGE(page->page_type != uint.MaxValue, page);
        page->page_type = (uint)PGTY_table << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__ClearPageTable", Parity.Full)]
    public static void __ClearPageTable(page* page)
    {
        if (page->page_type == uint.MaxValue)
            return;
        VM_BUG_ON_PAGE(!PageTable(page), page);
        page->page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_guard", Parity.Full)]
    public static bool folio_test_guard(folio* folio) => folio->page.page_type >> 24 == PGTY_guard;

    [KernelSource("include/linux/page-flags.h", "__folio_set_guard", Parity.Full)]
    public static void __folio_set_guard(folio* folio)
    {
        if (folio_test_guard(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_guard << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_guard", Parity.Full)]
    public static void __folio_clear_guard(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_guard(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "PageGuard", Parity.Full)]
    public static bool PageGuard(page* page) => page->page_type >> 24 == PGTY_guard;

    [KernelSource("include/linux/page-flags.h", "__SetPageGuard", Parity.Full)]
    public static void __SetPageGuard(page* page)
    {
        if (PageGuard(page))
            return;
        VM_BUG_ON_PAGE(page->page_type != uint.MaxValue, page);
        page->page_type = (uint)PGTY_guard << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__ClearPageGuard", Parity.Full)]
    public static void __ClearPageGuard(page* page)
    {
        if (page->page_type == uint.MaxValue)
            return;
        VM_BUG_ON_PAGE(!PageGuard(page), page);
        page->page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_slab", Parity.Full)]
    public static bool folio_test_slab(folio* folio) => folio->page.page_type >> 24 == PGTY_slab;

    [KernelSource("include/linux/page-flags.h", "__folio_set_slab", Parity.Full)]
    public static void __folio_set_slab(folio* folio)
    {
        if (folio_test_slab(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_slab << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_slab", Parity.Full)]
    public static void __folio_clear_slab(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_slab(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_zsmalloc", Parity.Full)]
    public static bool folio_test_zsmalloc(folio* folio) => folio->page.page_type >> 24 == PGTY_zsmalloc;

    [KernelSource("include/linux/page-flags.h", "__folio_set_zsmalloc", Parity.Full)]
    public static void __folio_set_zsmalloc(folio* folio)
    {
        if (folio_test_zsmalloc(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_zsmalloc << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_zsmalloc", Parity.Full)]
    public static void __folio_clear_zsmalloc(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_zsmalloc(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "PageZsmalloc", Parity.Full)]
    public static bool PageZsmalloc(page* page) => page->page_type >> 24 == PGTY_zsmalloc;

    [KernelSource("include/linux/page-flags.h", "__SetPageZsmalloc", Parity.Full)]
    public static void __SetPageZsmalloc(page* page)
    {
        if (PageZsmalloc(page))
            return;
        VM_BUG_ON_PAGE(page->page_type != uint.MaxValue, page);
        page->page_type = (uint)PGTY_zsmalloc << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__ClearPageZsmalloc", Parity.Full)]
    public static void __ClearPageZsmalloc(page* page)
    {
        if (page->page_type == uint.MaxValue)
            return;
        VM_BUG_ON_PAGE(!PageZsmalloc(page), page);
        page->page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_unaccepted", Parity.Full)]
    public static bool folio_test_unaccepted(folio* folio) => folio->page.page_type >> 24 == PGTY_unaccepted;

    [KernelSource("include/linux/page-flags.h", "__folio_set_unaccepted", Parity.Full)]
    public static void __folio_set_unaccepted(folio* folio)
    {
        if (folio_test_unaccepted(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_unaccepted << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_unaccepted", Parity.Full)]
    public static void __folio_clear_unaccepted(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_unaccepted(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "PageUnaccepted", Parity.Full)]
    public static bool PageUnaccepted(page* page) => page->page_type >> 24 == PGTY_unaccepted;

    [KernelSource("include/linux/page-flags.h", "__SetPageUnaccepted", Parity.Full)]
    public static void __SetPageUnaccepted(page* page)
    {
        if (PageUnaccepted(page))
            return;
        VM_BUG_ON_PAGE(page->page_type != uint.MaxValue, page);
        page->page_type = (uint)PGTY_unaccepted << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__ClearPageUnaccepted", Parity.Full)]
    public static void __ClearPageUnaccepted(page* page)
    {
        if (page->page_type == uint.MaxValue)
            return;
        VM_BUG_ON_PAGE(!PageUnaccepted(page), page);
        page->page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_large_kmalloc", Parity.Full)]
    public static bool folio_test_large_kmalloc(folio* folio) => folio->page.page_type >> 24 == PGTY_large_kmalloc;

    [KernelSource("include/linux/page-flags.h", "__folio_set_large_kmalloc", Parity.Full)]
    public static void __folio_set_large_kmalloc(folio* folio)
    {
        if (folio_test_large_kmalloc(folio))
            return;
        VM_BUG_ON_FOLIO(folio->page.page_type != uint.MaxValue, folio);
        folio->page.page_type = (uint)PGTY_large_kmalloc << 24;
    }

    [KernelSource("include/linux/page-flags.h", "__folio_clear_large_kmalloc", Parity.Full)]
    public static void __folio_clear_large_kmalloc(folio* folio)
    {
        if (folio->page.page_type == uint.MaxValue)
            return;
        VM_BUG_ON_FOLIO(!folio_test_large_kmalloc(folio), folio);
        folio->page.page_type = uint.MaxValue;
    }

    [KernelSource("include/linux/page-flags.h", "PageSlab", Parity.Full)]
    public static bool PageSlab(page* page) => folio_test_slab(page_folio(page));

    [KernelSource("include/linux/page-flags.h", "folio_test_hugetlb", Parity.Full)]
    public static bool folio_test_hugetlb(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "PageHuge", Parity.Full)]
    public static bool PageHuge(page* page) => folio_test_hugetlb(page_folio(page));

    [KernelSource("include/linux/page-flags.h", "is_page_hwpoison", Parity.Full)]
    public static bool is_page_hwpoison(page* page)
    {
        if (PageHWPoison(page))
            return true;
        folio* folio = page_folio(page);
        return folio_test_hugetlb(folio) && PageHWPoison(&folio->page);
    }

    [KernelSource("include/linux/page-flags.h", "folio_contain_hwpoisoned_page", Parity.Full)]
    public static bool folio_contain_hwpoisoned_page(folio* folio) =>
        folio_test_hwpoison(folio) || (folio_test_large(folio) && folio_test_has_hwpoisoned(folio));

    [KernelSource("include/linux/page-flags.h", "PageMovableOps", Parity.Full)]
    public static bool PageMovableOps(page* page) => false;

    [KernelSource("include/linux/page-flags.h", "page_has_movable_ops", Parity.Full)]
    public static bool page_has_movable_ops(page* page) => PageMovableOps(page) && (PageOffline(page) || PageZsmalloc(page));

    [KernelSource("include/linux/page-flags.h", "PageAnonExclusive", Parity.Full)]
    public static bool PageAnonExclusive(page* page)
    {
        VM_BUG_ON_PGFLAGS(!PageAnon(page), page);
        // hugetlb keeps the bit in the head page.
        if (PageHuge(page))
            page = compound_head(page);
        return test_bit(PG_anon_exclusive, &PF_ANY(page)->flags.f);
    }

    [KernelSource("include/linux/page-flags.h", "SetPageAnonExclusive", Parity.Full)]
    public static void SetPageAnonExclusive(page* page)
    {
        VM_BUG_ON_PGFLAGS(!PageAnonNotKsm(page), page);
        VM_BUG_ON_PGFLAGS(PageHuge(page) && !PageHead(page), page);
        set_bit(PG_anon_exclusive, &PF_ANY(page)->flags.f);
    }

    [KernelSource("include/linux/page-flags.h", "ClearPageAnonExclusive", Parity.Full)]
    public static void ClearPageAnonExclusive(page* page)
    {
        VM_BUG_ON_PGFLAGS(!PageAnonNotKsm(page), page);
        VM_BUG_ON_PGFLAGS(PageHuge(page) && !PageHead(page), page);
        clear_bit(PG_anon_exclusive, &PF_ANY(page)->flags.f);
    }

    [KernelSource("include/linux/page-flags.h", "__ClearPageAnonExclusive", Parity.Full)]
    public static void __ClearPageAnonExclusive(page* page)
    {
        VM_BUG_ON_PGFLAGS(!PageAnon(page), page);
        VM_BUG_ON_PGFLAGS(PageHuge(page) && !PageHead(page), page);
        __clear_bit(PG_anon_exclusive, &PF_ANY(page)->flags.f);
    }

    [KernelSource("include/linux/page-flags.h", "folio_has_private", Parity.Full)]
    public static bool folio_has_private(folio* folio) => (folio->flags.f & PAGE_FLAGS_PRIVATE) != 0;
}
