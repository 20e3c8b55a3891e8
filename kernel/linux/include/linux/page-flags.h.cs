// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mmdebug_h;
using static Linux.linux_mm_types_h;

namespace Linux;

public static unsafe partial class linux_page_flags_h
{
    public const int PG_locked = 0;
    public const int PG_writeback = 1;
    public const int PG_referenced = 2;
    public const int PG_uptodate = 3;
    public const int PG_dirty = 4;
    public const int PG_lru = 5;
    public const int PG_head = 6;
    public const int PG_waiters = 7;       // bit 7, so that unlocking can test it as a sign bit
    public const int PG_active = 8;
    public const int PG_workingset = 9;
    public const int PG_owner_priv_1 = 10;
    public const int PG_owner_2 = 11;
    public const int PG_arch_1 = 12;
    public const int PG_reserved = 13;
    public const int PG_private = 14;
    public const int PG_private_2 = 15;
    public const int PG_reclaim = 16;
    public const int PG_swapbacked = 17;
    public const int PG_unevictable = 18;
    public const int PG_dropbehind = 19;
    public const int PG_mlocked = 20;
    public const int __NR_PAGEFLAGS = 21;
    public const int NR_PAGEFLAGS = __NR_PAGEFLAGS;

    public const int PG_readahead = PG_reclaim;
    public const int PG_swapcache = PG_owner_priv_1;
    public const int PG_checked = PG_owner_priv_1;
    public const int PG_anon_exclusive = PG_owner_2;
    public const int PG_mappedtodisk = PG_owner_2;
    public const int PG_fscache = PG_private_2;
    public const int PG_reported = PG_uptodate;
    public const int PG_has_hwpoisoned = PG_active;
    public const int PG_large_rmappable = PG_workingset;
    public const int PG_partially_mapped = PG_reclaim;

    public const ulong PAGEFLAGS_MASK = (1UL << NR_PAGEFLAGS) - 1;
    public const ulong PG_head_mask = 1UL << PG_head;

    public const ulong FOLIO_MAPPING_ANON = 0x1;
    public const ulong FOLIO_MAPPING_ANON_KSM = 0x2;
    public const ulong FOLIO_MAPPING_KSM = FOLIO_MAPPING_ANON | FOLIO_MAPPING_ANON_KSM;
    public const ulong FOLIO_MAPPING_FLAGS = FOLIO_MAPPING_ANON | FOLIO_MAPPING_ANON_KSM;

    public const int PGTY_buddy = 0xf0;
    public const int PGTY_offline = 0xf1;
    public const int PGTY_table = 0xf2;
    public const int PGTY_guard = 0xf3;
    public const int PGTY_hugetlb = 0xf4;
    public const int PGTY_slab = 0xf5;
    public const int PGTY_zsmalloc = 0xf6;
    public const int PGTY_unaccepted = 0xf7;
    public const int PGTY_large_kmalloc = 0xf8;
    public const int PGTY_mapcount_underflow = 0xff;

    public const ulong __PG_MLOCKED = 1UL << PG_mlocked;
    public const ulong __PG_HWPOISON = 0;

    // LRU_GEN is off, so its masks are empty.
    public const ulong PAGE_FLAGS_CHECK_AT_FREE = 1UL << PG_lru | 1UL << PG_locked | 1UL << PG_private | 1UL << PG_private_2
        | 1UL << PG_writeback | 1UL << PG_reserved | 1UL << PG_active | 1UL << PG_unevictable | __PG_MLOCKED;

    public const ulong PAGE_FLAGS_CHECK_AT_PREP = PAGEFLAGS_MASK & ~__PG_HWPOISON;

    public const ulong PAGE_FLAGS_SECOND = 0xffUL | 1UL << PG_has_hwpoisoned | 1UL << PG_large_rmappable | 1UL << PG_partially_mapped;

    public const ulong PAGE_FLAGS_PRIVATE = 1UL << PG_private | 1UL << PG_private_2;

    [KernelSource("include/linux/page-flags.h", "page_fixed_fake_head", Parity.Full)]
    public static page* page_fixed_fake_head(page* page) => page;

    [KernelSource("include/linux/page-flags.h", "page_count_writable", Parity.Full)]
    public static bool page_count_writable(page* page, int u) => true;

    [KernelSource("include/linux/page-flags.h", "page_is_fake_head", Parity.Full)]
    public static bool page_is_fake_head(page* page) => page_fixed_fake_head(page) != page;

    [KernelSource("include/linux/page-flags.h", "_compound_head", Parity.Full)]
    public static ulong _compound_head(page* page)
    {
        ulong head = READ_ONCE(&page->compound_head);

        if ((head & 1) != 0)
            return head - 1;
        return (ulong)page_fixed_fake_head(page);
    }

    [KernelSource("include/linux/page-flags.h", "compound_head", Parity.Full)]
    public static page* compound_head(page* page) => (page*)_compound_head(page);

    [KernelSource("include/linux/page-flags.h", "page_folio", Parity.Full)]
    [Stable]
    public static folio* page_folio(page* p) => (folio*)_compound_head(p);

    [KernelSource("include/linux/page-flags.h", "folio_page", Parity.Full)]
    [Stable]
    public static page* folio_page(folio* folio, ulong n) => &folio->page + n;

    [KernelSource("include/linux/page-flags.h", "PageTail", Parity.Full)]
    public static bool PageTail(page* page) => (READ_ONCE(&page->compound_head) & 1) != 0 || page_is_fake_head(page);

    [KernelSource("include/linux/page-flags.h", "PageCompound", Parity.Full)]
    public static bool PageCompound(page* page) =>
        test_bit(PG_head, &page->flags.f) || (READ_ONCE(&page->compound_head) & 1) != 0;

    public const ulong PAGE_POISON_PATTERN = ulong.MaxValue;

    [KernelSource("include/linux/page-flags.h", "PagePoisoned", Parity.Full)]
    public static bool PagePoisoned(page* page) => READ_ONCE(&page->flags.f) == PAGE_POISON_PATTERN;

    [KernelSource("include/linux/page-flags.h", "const_folio_flags", Parity.Full)]
    public static ulong* const_folio_flags(folio* folio, uint n)
    {
        page* page = &folio->page;

        VM_BUG_ON_PGFLAGS((page->compound_head & 1) != 0, page);
        VM_BUG_ON_PGFLAGS(n > 0 && !test_bit(PG_head, &page->flags.f), page);
        return &page[n].flags.f;
    }

    [KernelSource("include/linux/page-flags.h", "folio_flags", Parity.Full)]
    public static ulong* folio_flags(folio* folio, uint n)
    {
        page* page = &folio->page;

        VM_BUG_ON_PGFLAGS((page->compound_head & 1) != 0, page);
        VM_BUG_ON_PGFLAGS(n > 0 && !test_bit(PG_head, &page->flags.f), page);
        return &page[n].flags.f;
    }

    [KernelSource("include/linux/page-flags.h", "PF_POISONED_CHECK", Parity.Full)]
    private static page* PF_POISONED_CHECK(page* page)
    {
        VM_BUG_ON_PGFLAGS(PagePoisoned(page), page);
        return page;
    }

    [KernelSource("include/linux/page-flags.h", "PF_ANY", Parity.Full)]
    private static page* PF_ANY(page* page) => PF_POISONED_CHECK(page);

    [KernelSource("include/linux/page-flags.h", "PF_HEAD", Parity.Full)]
    private static page* PF_HEAD(page* page) => PF_POISONED_CHECK(compound_head(page));

    [KernelSource("include/linux/page-flags.h", "PF_NO_TAIL", Parity.Full)]
    private static page* PF_NO_TAIL(page* page, bool enforce)
    {
        VM_BUG_ON_PGFLAGS(enforce && PageTail(page), page);
        return PF_POISONED_CHECK(compound_head(page));
    }

    [KernelSource("include/linux/page-flags.h", "PF_NO_COMPOUND", Parity.Full)]
    private static page* PF_NO_COMPOUND(page* page, bool enforce)
    {
        VM_BUG_ON_PGFLAGS(enforce && PageCompound(page), page);
        return PF_POISONED_CHECK(page);
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_locked", Parity.Full)]
    [AssumesHeld("folio->PG_locked", ByResult = true)]
    public static bool folio_test_locked(folio* folio) => test_bit(PG_locked, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageLocked", Parity.Full)]
    public static bool PageLocked(page* page) => test_bit(PG_locked, &PF_NO_TAIL(page, false)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_set_locked", Parity.Full)]
    [Acquires("folio->PG_locked"), ContextPrimitive]
    public static void __folio_set_locked(folio* folio) => __set_bit(PG_locked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__SetPageLocked", Parity.Full)]
    public static void __SetPageLocked(page* page) => __set_bit(PG_locked, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_clear_locked", Parity.Full)]
    [Releases("folio->PG_locked"), ContextPrimitive]
    public static void __folio_clear_locked(folio* folio) => __clear_bit(PG_locked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__ClearPageLocked", Parity.Full)]
    public static void __ClearPageLocked(page* page) => __clear_bit(PG_locked, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_waiters", Parity.Full)]
    public static bool folio_test_waiters(folio* folio) => test_bit(PG_waiters, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_waiters", Parity.Full)]
    public static void folio_set_waiters(folio* folio) => set_bit(PG_waiters, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_waiters", Parity.Full)]
    public static void folio_clear_waiters(folio* folio) => clear_bit(PG_waiters, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_referenced", Parity.Full)]
    public static bool folio_test_referenced(folio* folio) => test_bit(PG_referenced, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_referenced", Parity.Full)]
    public static void folio_set_referenced(folio* folio) => set_bit(PG_referenced, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_referenced", Parity.Full)]
    public static void folio_clear_referenced(folio* folio) => clear_bit(PG_referenced, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_referenced", Parity.Full)]
    public static bool folio_test_clear_referenced(folio* folio) => test_and_clear_bit(PG_referenced, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__folio_set_referenced", Parity.Full)]
    public static void __folio_set_referenced(folio* folio) => __set_bit(PG_referenced, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_dirty", Parity.Full)]
    public static bool folio_test_dirty(folio* folio) => test_bit(PG_dirty, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageDirty", Parity.Full)]
    public static bool PageDirty(page* page) => test_bit(PG_dirty, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_set_dirty", Parity.Full)]
    public static void folio_set_dirty(folio* folio) => set_bit(PG_dirty, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "SetPageDirty", Parity.Full)]
    public static void SetPageDirty(page* page) => set_bit(PG_dirty, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_clear_dirty", Parity.Full)]
    public static void folio_clear_dirty(folio* folio) => clear_bit(PG_dirty, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPageDirty", Parity.Full)]
    public static void ClearPageDirty(page* page) => clear_bit(PG_dirty, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_set_dirty", Parity.Full)]
    public static bool folio_test_set_dirty(folio* folio) => test_and_set_bit(PG_dirty, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "TestSetPageDirty", Parity.Full)]
    public static bool TestSetPageDirty(page* page) => test_and_set_bit(PG_dirty, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_dirty", Parity.Full)]
    public static bool folio_test_clear_dirty(folio* folio) => test_and_clear_bit(PG_dirty, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "TestClearPageDirty", Parity.Full)]
    public static bool TestClearPageDirty(page* page) => test_and_clear_bit(PG_dirty, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_clear_dirty", Parity.Full)]
    public static void __folio_clear_dirty(folio* folio) => __clear_bit(PG_dirty, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__ClearPageDirty", Parity.Full)]
    public static void __ClearPageDirty(page* page) => __clear_bit(PG_dirty, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_lru", Parity.Full)]
    public static bool folio_test_lru(folio* folio) => test_bit(PG_lru, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageLRU", Parity.Full)]
    public static bool PageLRU(page* page) => test_bit(PG_lru, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_set_lru", Parity.Full)]
    public static void folio_set_lru(folio* folio) => set_bit(PG_lru, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "SetPageLRU", Parity.Full)]
    public static void SetPageLRU(page* page) => set_bit(PG_lru, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_clear_lru", Parity.Full)]
    public static void folio_clear_lru(folio* folio) => clear_bit(PG_lru, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPageLRU", Parity.Full)]
    public static void ClearPageLRU(page* page) => clear_bit(PG_lru, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_clear_lru", Parity.Full)]
    public static void __folio_clear_lru(folio* folio) => __clear_bit(PG_lru, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__ClearPageLRU", Parity.Full)]
    public static void __ClearPageLRU(page* page) => __clear_bit(PG_lru, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_lru", Parity.Full)]
    public static bool folio_test_clear_lru(folio* folio) => test_and_clear_bit(PG_lru, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "TestClearPageLRU", Parity.Full)]
    public static bool TestClearPageLRU(page* page) => test_and_clear_bit(PG_lru, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_active", Parity.Full)]
    public static bool folio_test_active(folio* folio) => test_bit(PG_active, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_active", Parity.Full)]
    public static void folio_set_active(folio* folio) => set_bit(PG_active, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_active", Parity.Full)]
    public static void folio_clear_active(folio* folio) => clear_bit(PG_active, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__folio_clear_active", Parity.Full)]
    public static void __folio_clear_active(folio* folio) => __clear_bit(PG_active, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_active", Parity.Full)]
    public static bool folio_test_clear_active(folio* folio) => test_and_clear_bit(PG_active, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_workingset", Parity.Full)]
    public static bool folio_test_workingset(folio* folio) => test_bit(PG_workingset, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageWorkingset", Parity.Full)]
    public static bool PageWorkingset(page* page) => test_bit(PG_workingset, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_set_workingset", Parity.Full)]
    public static void folio_set_workingset(folio* folio) => set_bit(PG_workingset, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "SetPageWorkingset", Parity.Full)]
    public static void SetPageWorkingset(page* page) => set_bit(PG_workingset, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_clear_workingset", Parity.Full)]
    public static void folio_clear_workingset(folio* folio) => clear_bit(PG_workingset, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPageWorkingset", Parity.Full)]
    public static void ClearPageWorkingset(page* page) => clear_bit(PG_workingset, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_workingset", Parity.Full)]
    public static bool folio_test_clear_workingset(folio* folio) => test_and_clear_bit(PG_workingset, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "TestClearPageWorkingset", Parity.Full)]
    public static bool TestClearPageWorkingset(page* page) => test_and_clear_bit(PG_workingset, &PF_HEAD(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_checked", Parity.Full)]
    public static bool folio_test_checked(folio* folio) => test_bit(PG_checked, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageChecked", Parity.Full)]
    public static bool PageChecked(page* page) => test_bit(PG_checked, &PF_NO_COMPOUND(page, false)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_set_checked", Parity.Full)]
    public static void folio_set_checked(folio* folio) => set_bit(PG_checked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "SetPageChecked", Parity.Full)]
    public static void SetPageChecked(page* page) => set_bit(PG_checked, &PF_NO_COMPOUND(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_clear_checked", Parity.Full)]
    public static void folio_clear_checked(folio* folio) => clear_bit(PG_checked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPageChecked", Parity.Full)]
    public static void ClearPageChecked(page* page) => clear_bit(PG_checked, &PF_NO_COMPOUND(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_reserved", Parity.Full)]
    public static bool folio_test_reserved(folio* folio) => test_bit(PG_reserved, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageReserved", Parity.Full)]
    public static bool PageReserved(page* page) => test_bit(PG_reserved, &PF_NO_COMPOUND(page, false)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_set_reserved", Parity.Full)]
    public static void folio_set_reserved(folio* folio) => set_bit(PG_reserved, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "SetPageReserved", Parity.Full)]
    public static void SetPageReserved(page* page) => set_bit(PG_reserved, &PF_NO_COMPOUND(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_clear_reserved", Parity.Full)]
    public static void folio_clear_reserved(folio* folio) => clear_bit(PG_reserved, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPageReserved", Parity.Full)]
    public static void ClearPageReserved(page* page) => clear_bit(PG_reserved, &PF_NO_COMPOUND(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_clear_reserved", Parity.Full)]
    public static void __folio_clear_reserved(folio* folio) => __clear_bit(PG_reserved, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__ClearPageReserved", Parity.Full)]
    public static void __ClearPageReserved(page* page) => __clear_bit(PG_reserved, &PF_NO_COMPOUND(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_set_reserved", Parity.Full)]
    public static void __folio_set_reserved(folio* folio) => __set_bit(PG_reserved, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__SetPageReserved", Parity.Full)]
    public static void __SetPageReserved(page* page) => __set_bit(PG_reserved, &PF_NO_COMPOUND(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_swapbacked", Parity.Full)]
    public static bool folio_test_swapbacked(folio* folio) => test_bit(PG_swapbacked, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_swapbacked", Parity.Full)]
    public static void folio_set_swapbacked(folio* folio) => set_bit(PG_swapbacked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_swapbacked", Parity.Full)]
    public static void folio_clear_swapbacked(folio* folio) => clear_bit(PG_swapbacked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__folio_clear_swapbacked", Parity.Full)]
    public static void __folio_clear_swapbacked(folio* folio) => __clear_bit(PG_swapbacked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__folio_set_swapbacked", Parity.Full)]
    public static void __folio_set_swapbacked(folio* folio) => __set_bit(PG_swapbacked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_private", Parity.Full)]
    public static bool folio_test_private(folio* folio) => test_bit(PG_private, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PagePrivate", Parity.Full)]
    public static bool PagePrivate(page* page) => test_bit(PG_private, &PF_ANY(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_set_private", Parity.Full)]
    public static void folio_set_private(folio* folio) => set_bit(PG_private, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "SetPagePrivate", Parity.Full)]
    public static void SetPagePrivate(page* page) => set_bit(PG_private, &PF_ANY(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_clear_private", Parity.Full)]
    public static void folio_clear_private(folio* folio) => clear_bit(PG_private, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPagePrivate", Parity.Full)]
    public static void ClearPagePrivate(page* page) => clear_bit(PG_private, &PF_ANY(page)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_private_2", Parity.Full)]
    public static bool folio_test_private_2(folio* folio) => test_bit(PG_private_2, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_private_2", Parity.Full)]
    public static void folio_set_private_2(folio* folio) => set_bit(PG_private_2, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_private_2", Parity.Full)]
    public static void folio_clear_private_2(folio* folio) => clear_bit(PG_private_2, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_owner_2", Parity.Full)]
    public static bool folio_test_owner_2(folio* folio) => test_bit(PG_owner_2, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_owner_2", Parity.Full)]
    public static void folio_set_owner_2(folio* folio) => set_bit(PG_owner_2, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_owner_2", Parity.Full)]
    public static void folio_clear_owner_2(folio* folio) => clear_bit(PG_owner_2, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_writeback", Parity.Full)]
    public static bool folio_test_writeback(folio* folio) => test_bit(PG_writeback, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageWriteback", Parity.Full)]
    public static bool PageWriteback(page* page) => test_bit(PG_writeback, &PF_NO_TAIL(page, false)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_set_writeback", Parity.Full)]
    public static bool folio_test_set_writeback(folio* folio) => test_and_set_bit(PG_writeback, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "TestSetPageWriteback", Parity.Full)]
    public static bool TestSetPageWriteback(page* page) => test_and_set_bit(PG_writeback, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_writeback", Parity.Full)]
    public static bool folio_test_clear_writeback(folio* folio) => test_and_clear_bit(PG_writeback, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "TestClearPageWriteback", Parity.Full)]
    public static bool TestClearPageWriteback(page* page) => test_and_clear_bit(PG_writeback, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_mappedtodisk", Parity.Full)]
    public static bool folio_test_mappedtodisk(folio* folio) => test_bit(PG_mappedtodisk, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_mappedtodisk", Parity.Full)]
    public static void folio_set_mappedtodisk(folio* folio) => set_bit(PG_mappedtodisk, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_mappedtodisk", Parity.Full)]
    public static void folio_clear_mappedtodisk(folio* folio) => clear_bit(PG_mappedtodisk, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_reclaim", Parity.Full)]
    public static bool folio_test_reclaim(folio* folio) => test_bit(PG_reclaim, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageReclaim", Parity.Full)]
    public static bool PageReclaim(page* page) => test_bit(PG_reclaim, &PF_NO_TAIL(page, false)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_set_reclaim", Parity.Full)]
    public static void folio_set_reclaim(folio* folio) => set_bit(PG_reclaim, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "SetPageReclaim", Parity.Full)]
    public static void SetPageReclaim(page* page) => set_bit(PG_reclaim, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_clear_reclaim", Parity.Full)]
    public static void folio_clear_reclaim(folio* folio) => clear_bit(PG_reclaim, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "ClearPageReclaim", Parity.Full)]
    public static void ClearPageReclaim(page* page) => clear_bit(PG_reclaim, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_reclaim", Parity.Full)]
    public static bool folio_test_clear_reclaim(folio* folio) => test_and_clear_bit(PG_reclaim, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "TestClearPageReclaim", Parity.Full)]
    public static bool TestClearPageReclaim(page* page) => test_and_clear_bit(PG_reclaim, &PF_NO_TAIL(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "folio_test_readahead", Parity.Full)]
    public static bool folio_test_readahead(folio* folio) => test_bit(PG_readahead, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_readahead", Parity.Full)]
    public static void folio_set_readahead(folio* folio) => set_bit(PG_readahead, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_readahead", Parity.Full)]
    public static void folio_clear_readahead(folio* folio) => clear_bit(PG_readahead, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_readahead", Parity.Full)]
    public static bool folio_test_clear_readahead(folio* folio) => test_and_clear_bit(PG_readahead, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_dropbehind", Parity.Full)]
    public static bool folio_test_dropbehind(folio* folio) => test_bit(PG_dropbehind, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_dropbehind", Parity.Full)]
    public static void folio_set_dropbehind(folio* folio) => set_bit(PG_dropbehind, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_dropbehind", Parity.Full)]
    public static void folio_clear_dropbehind(folio* folio) => clear_bit(PG_dropbehind, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_dropbehind", Parity.Full)]
    public static bool folio_test_clear_dropbehind(folio* folio) => test_and_clear_bit(PG_dropbehind, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__folio_set_dropbehind", Parity.Full)]
    public static void __folio_set_dropbehind(folio* folio) => __set_bit(PG_dropbehind, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_highmem", Parity.Full)]
    public static bool folio_test_highmem(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "PageHighMem", Parity.Full)]
    public static bool PageHighMem(page* page) => false;

    [KernelSource("include/linux/page-flags.h", "folio_test_swapcache", Parity.Full)]
    [Stable]
    public static bool folio_test_swapcache(folio* folio) =>
        folio_test_swapbacked(folio) && test_bit(PG_swapcache, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_swapcache", Parity.Full)]
    public static void folio_set_swapcache(folio* folio) => set_bit(PG_swapcache, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_swapcache", Parity.Full)]
    public static void folio_clear_swapcache(folio* folio) => clear_bit(PG_swapcache, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_unevictable", Parity.Full)]
    public static bool folio_test_unevictable(folio* folio) => test_bit(PG_unevictable, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_unevictable", Parity.Full)]
    public static void folio_set_unevictable(folio* folio) => set_bit(PG_unevictable, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_unevictable", Parity.Full)]
    public static void folio_clear_unevictable(folio* folio) => clear_bit(PG_unevictable, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__folio_clear_unevictable", Parity.Full)]
    public static void __folio_clear_unevictable(folio* folio) => __clear_bit(PG_unevictable, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_unevictable", Parity.Full)]
    public static bool folio_test_clear_unevictable(folio* folio) => test_and_clear_bit(PG_unevictable, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_mlocked", Parity.Full)]
    public static bool folio_test_mlocked(folio* folio) => test_bit(PG_mlocked, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_set_mlocked", Parity.Full)]
    public static void folio_set_mlocked(folio* folio) => set_bit(PG_mlocked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_clear_mlocked", Parity.Full)]
    public static void folio_clear_mlocked(folio* folio) => clear_bit(PG_mlocked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__folio_clear_mlocked", Parity.Full)]
    public static void __folio_clear_mlocked(folio* folio) => __clear_bit(PG_mlocked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_mlocked", Parity.Full)]
    public static bool folio_test_clear_mlocked(folio* folio) => test_and_clear_bit(PG_mlocked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_set_mlocked", Parity.Full)]
    public static bool folio_test_set_mlocked(folio* folio) => test_and_set_bit(PG_mlocked, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "folio_test_hwpoison", Parity.Full)]
    public static bool folio_test_hwpoison(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "PageHWPoison", Parity.Full)]
    public static bool PageHWPoison(page* page) => false;

    [KernelSource("include/linux/page-flags.h", "folio_test_young", Parity.Full)]
    public static bool folio_test_young(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "folio_test_clear_young", Parity.Full)]
    public static bool folio_test_clear_young(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "folio_test_idle", Parity.Full)]
    public static bool folio_test_idle(folio* folio) => false;

    [KernelSource("include/linux/page-flags.h", "folio_set_idle", Parity.Full)]
    public static void folio_set_idle(folio* folio)
    {
    }

    [KernelSource("include/linux/page-flags.h", "folio_clear_idle", Parity.Full)]
    public static void folio_clear_idle(folio* folio)
    {
    }

    [KernelSource("include/linux/page-flags.h", "folio_test_reported", Parity.Full)]
    public static bool folio_test_reported(folio* folio) => test_bit(PG_reported, const_folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "PageReported", Parity.Full)]
    public static bool PageReported(page* page) => test_bit(PG_reported, &PF_NO_COMPOUND(page, false)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_set_reported", Parity.Full)]
    public static void __folio_set_reported(folio* folio) => __set_bit(PG_reported, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__SetPageReported", Parity.Full)]
    public static void __SetPageReported(page* page) => __set_bit(PG_reported, &PF_NO_COMPOUND(page, true)->flags.f);

    [KernelSource("include/linux/page-flags.h", "__folio_clear_reported", Parity.Full)]
    public static void __folio_clear_reported(folio* folio) => __clear_bit(PG_reported, folio_flags(folio, 0));

    [KernelSource("include/linux/page-flags.h", "__ClearPageReported", Parity.Full)]
    public static void __ClearPageReported(page* page) => __clear_bit(PG_reported, &PF_NO_COMPOUND(page, true)->flags.f);
}
