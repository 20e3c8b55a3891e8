// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using static Linux.linux_mm_h;
using static Linux.linux_jiffies_h;
using static Linux.linux_kernel_h;
using static Linux.linux_topology_h;
using static Linux.linux_pagevec_h;
using static Linux.linux_nodemask_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;

namespace Linux;

// The page allocator: buddy lists for each zone, a small stock of pages for each CPU in front of them.
//
// Locks: pcp->lock, only ever tried for in allocation and freeing, outside zone->lock (irqs off).
public static unsafe partial class mm_page_alloc_c
{
    // fpi_t: how a page is freed.
    private const int FPI_NONE = 0;
    // Put back pages that were taken out for a moment: nobody needs to hear of it.
    private const int FPI_SKIP_REPORT_NOTIFY = 1 << 0;
    // To the cold end of the list: boot, and halves that were not needed.
    private const int FPI_TO_TAIL = 1 << 1;
    // From a context in which no lock may be waited for.
    private const int FPI_TRYLOCK = 1 << 2;

    private static readonly mutex* pcp_batch_high_lock = bss<mutex>();

    private const int MIN_PERCPU_PAGELIST_HIGH_FRACTION = 8;
    public const int CONFIG_PCP_BATCH_SCALE_MAX = 5;

    [KernelSource("mm/page_alloc.c", "pcp_spin_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PreemptAdjust(1), TryAcquires(Result.NonNull, "return->lock")]
    [ContextPrimitive]
    private static per_cpu_pages* pcp_spin_trylock(PerCpu<per_cpu_pages>* ptr, cpu* c)
    {
        c->preempt_count++;
        per_cpu_pages* _ret = this_cpu_ptr(ptr, c);
        if (!spin_trylock_pinned(&_ret->@lock, c))
        {
            preempt_enable(c);
            _ret = null;
        }
        return _ret;
    }

    [KernelSource("mm/page_alloc.c", "pcp_spin_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("ptr->lock"), PreemptAdjust(-1)]
    [ContextPrimitive]
    private static void pcp_spin_unlock(per_cpu_pages* ptr, cpu* c)
    {
        spin_unlock_pinned(&ptr->@lock);
        preempt_enable(c);
    }

    [KernelSource("mm/page_alloc.c", "pcp_spin_lock_maybe_irqsave", Parity.Full)]
    [Acquires("ptr->lock")]
    private static void pcp_spin_lock_maybe_irqsave(per_cpu_pages* ptr) => spin_lock(&ptr->@lock);

    [KernelSource("mm/page_alloc.c", "pcp_spin_unlock_maybe_irqrestore", Parity.Full)]
    [Releases("ptr->lock")]
    private static void pcp_spin_unlock_maybe_irqrestore(per_cpu_pages* ptr) => spin_unlock(&ptr->@lock);

    // One drain of all CPUs at a time.
    private static readonly mutex* pcpu_drain_mutex = bss<mutex>();

    // Until interrupts and the scheduler run, an allocation must neither sleep nor reclaim.
    private const gfp_t GFP_BOOT_MASK = __GFP_BITS_MASK & ~(__GFP_RECLAIM | __GFP_IO | __GFP_FS);
    public static gfp_t gfp_allowed_mask = GFP_BOOT_MASK;

    // By zone: one page in so many of the zones above is kept here from those who could have gone there.
    private static readonly lowmem_reserve_ratios* sysctl_lowmem_reserve_ratio = data(new lowmem_reserve_ratios(256, 256, 32, 0, 0));

    private unsafe struct lowmem_reserve_ratios
    {
        public fixed int of[MAX_NR_ZONES];

        public lowmem_reserve_ratios(int dma, int dma32, int normal, int movable, int device)
        {
            of[ZONE_DMA] = dma;
            of[ZONE_DMA32] = dma32;
            of[ZONE_NORMAL] = normal;
            of[ZONE_MOVABLE] = movable;
            of[ZONE_DEVICE] = device;
        }
    }

    [KernelSource("mm/page_alloc.c", "zone_names", Parity.Full)]
    public static byte* zone_names(zone_type idx) => rodata(idx switch
    {
        ZONE_DMA => "DMA"u8,
        ZONE_DMA32 => "DMA32"u8,
        ZONE_NORMAL => "Normal"u8,
        ZONE_MOVABLE => "Movable"u8,
        _ => "Device"u8,
    });

    [KernelSource("mm/page_alloc.c", "migratetype_names", Parity.Full)]
    public static byte* migratetype_names(int migratetype) => rodata(migratetype switch
    {
        MIGRATE_UNMOVABLE => "Unmovable"u8,
        MIGRATE_MOVABLE => "Movable"u8,
        MIGRATE_RECLAIMABLE => "Reclaimable"u8,
        MIGRATE_HIGHATOMIC => "HighAtomic"u8,
        _ => "Isolate"u8,
    });

    // A literal's bytes never move and end with a zero.
    private static byte* rodata(ReadOnlySpan<byte> literal) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));

    public static int min_free_kbytes = 1024;
    public static int user_min_free_kbytes = -1;
    internal static int watermark_boost_factor = 15000;
    internal static int watermark_scale_factor = 10;
    public static int defrag_mode;

    public static int movable_zone;

    public static bool page_group_by_mobility_disabled;

    // Every page is looked at when it is allocated and when it is freed.
    public static readonly bool check_pages_enabled = CONFIG_DEBUG_VM || linux_knobs.page_poison;

    [KernelSource("mm/page_alloc.c", "deferred_pages_enabled", Parity.Full)]
    private static bool deferred_pages_enabled() => false;

    [KernelSource("mm/page_alloc.c", "_deferred_grow_zone", Parity.Full)]
    private static bool _deferred_grow_zone(zone* zone, uint order) => false;

    // The bits of all sections stand one after the other, 64 GiB and the hole below 4 GiB in 16 KiB.
    private const int NR_MEM_SECTIONS = 544;
    private static readonly ulong* pageblock_flags = bss<ulong>(NR_MEM_SECTIONS * SECTION_BLOCKFLAGS_BITS / BITS_PER_LONG);

    [KernelSource("mm/page_alloc.c", "get_pageblock_bitmap", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong* get_pageblock_bitmap(page* page, ulong pfn) =>
        pageblock_flags + pfn_to_section_nr(pfn) * (SECTION_BLOCKFLAGS_BITS / BITS_PER_LONG);

    [KernelSource("mm/page_alloc.c", "pfn_to_bitidx", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int pfn_to_bitidx(page* page, ulong pfn)
    {
        pfn &= PAGES_PER_SECTION - 1;
        return (int)(pfn >> pageblock_order) * NR_PAGEBLOCK_BITS;
    }

    [KernelSource("mm/page_alloc.c", "get_pfnblock_bitmap_bitidx", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong* get_pfnblock_bitmap_bitidx(page* page, ulong pfn, out int bitidx)
    {
        VM_BUG_ON_PAGE(!zone_spans_pfn(page_zone(page), pfn), page);

        ulong* bitmap = get_pageblock_bitmap(page, pfn);
        bitidx = pfn_to_bitidx(page, pfn);
        int word_bitidx = (int)((uint)bitidx / BITS_PER_LONG);
        bitidx &= BITS_PER_LONG - 1;
        return &bitmap[word_bitidx];
    }

    [KernelSource("mm/page_alloc.c", "__get_pfnblock_flags_mask", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong __get_pfnblock_flags_mask(page* page, ulong pfn, ulong mask)
    {
        ulong* bitmap_word = get_pfnblock_bitmap_bitidx(page, pfn, out int bitidx);

        // Read once: another CPU may be changing a neighbour's bits in the same word.
        ulong word = READ_ONCE(bitmap_word);
        return (word >> bitidx) & mask;
    }

    [KernelSource("mm/page_alloc.c", "get_pfnblock_migratetype", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int get_pfnblock_migratetype(page* page, ulong pfn)
    {
        ulong flags = __get_pfnblock_flags_mask(page, pfn, MIGRATETYPE_AND_ISO_MASK);

        return (int)(flags & MIGRATETYPE_MASK);
    }

    [KernelSource("mm/page_alloc.c", "__set_pfnblock_flags_mask", Parity.Full)]
    private static void __set_pfnblock_flags_mask(page* page, ulong pfn, ulong flags, ulong mask)
    {
        ulong* bitmap_word = get_pfnblock_bitmap_bitidx(page, pfn, out int bitidx);

        mask <<= bitidx;
        flags <<= bitidx;

        ulong word = READ_ONCE(bitmap_word);
        do
        {
        } while (!try_cmpxchg(bitmap_word, &word, (word & ~mask) | flags));
    }

    [KernelSource("mm/page_alloc.c", "set_pageblock_migratetype", Parity.Full)]
    private static void set_pageblock_migratetype(page* page, int migratetype)
    {
        if (page_group_by_mobility_disabled && migratetype < MIGRATE_PCPTYPES)
            migratetype = MIGRATE_UNMOVABLE;

        __set_pfnblock_flags_mask(page, page_to_pfn(page), (ulong)migratetype, MIGRATETYPE_AND_ISO_MASK);
    }

    [KernelSource("mm/page_alloc.c", "init_pageblock_migratetype", Parity.Full)]
    public static void init_pageblock_migratetype(page* page, int migratetype, bool isolate)
    {
        if (page_group_by_mobility_disabled && migratetype < MIGRATE_PCPTYPES)
            migratetype = MIGRATE_UNMOVABLE;

        __set_pfnblock_flags_mask(page, page_to_pfn(page), (ulong)migratetype, MIGRATETYPE_AND_ISO_MASK);
    }

    // init_pageblock_migratetype for a block whose pages are not initialised yet.
    internal static void set_pageblock_bits(ulong pfn, int migratetype)
    {
        int bitidx = pfn_to_bitidx(null, pfn);
        ulong* word = &get_pageblock_bitmap(null, pfn)[bitidx / BITS_PER_LONG];

        bitidx &= BITS_PER_LONG - 1;
        *word = (*word & ~(MIGRATETYPE_AND_ISO_MASK << bitidx)) | ((ulong)migratetype << bitidx);
    }

    [KernelSource("mm/page_alloc.c", "has_managed_dma", Parity.Full)]
    public static bool has_managed_dma()
    {
        foreach (pglist_data* pgdat in for_each_online_pgdat())
        {
            zone* zone = &pgdat->node_zones[ZONE_DMA];

            if (managed_zone(zone))
                return true;
        }
        return false;
    }

    [KernelSource("mm/page_alloc.c", "page_outside_zone_boundaries", Parity.Reduced, "no span seqlock: zones do not change after boot")]
    private static bool page_outside_zone_boundaries(zone* zone, page* page)
    {
        ulong pfn = page_to_pfn(page);
        ulong start_pfn = zone->zone_start_pfn;
        ulong sp = zone->spanned_pages;
        bool ret = !zone_spans_pfn(zone, pfn);

        if (ret)
            pr_err($"page 0x{pfn:x} outside node {zone_to_nid(zone)} zone {zone_idx(zone)} [ 0x{start_pfn:x} - 0x{start_pfn + sp:x} ]");

        return ret;
    }

    [KernelSource("mm/page_alloc.c", "bad_range", Parity.Full)]
    private static bool bad_range(zone* zone, page* page)
    {
        if (!check_pages_enabled)
            return false;

        if (page_outside_zone_boundaries(zone, page))
            return true;
        if (zone != page_zone(page))
            return true;

        return false;
    }

    private static ulong bad_page_resume;
    private static ulong bad_page_nr_shown;
    private static ulong bad_page_nr_unshown;

    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/page_alloc.c", "bad_page", Parity.Reduced, "a warning stands for the stack and the taint; no list of modules")]
    private static void bad_page(page* page, string reason)
    {
        // At most 60 in a minute.
        if (bad_page_nr_shown == 60)
        {
            if (time_before(jiffies, bad_page_resume))
            {
                bad_page_nr_unshown++;
                goto @out;
            }
            if (bad_page_nr_unshown != 0)
            {
                pr_alert($"BUG: Bad page state: {bad_page_nr_unshown} messages suppressed");
                bad_page_nr_unshown = 0;
            }
            bad_page_nr_shown = 0;
        }
        if (bad_page_nr_shown++ == 0)
            bad_page_resume = jiffies + 60 * HZ;

        pr_alert($"BUG: Bad page state in process {comm_of(current)}  pfn:{page_to_pfn(page):x5}");
        mm_debug_c.dump_page(page, reason);
        WARN(true, reason);
    @out:
        // It stays out of circulation: leave no trace of the buddy lists on it.
        if (PageBuddy(page))
            __ClearPageBuddy(page);
    }

    [KernelSource("mm/page_alloc.c", "order_to_pindex", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint order_to_pindex(int migratetype, uint order)
    {
        // Huge pages have two lists: those that can be moved, and the others.
        if (order > PAGE_ALLOC_COSTLY_ORDER)
        {
            VM_BUG_ON(order != HPAGE_PMD_ORDER);

            return NR_LOWORDER_PCP_LISTS + (migratetype == MIGRATE_MOVABLE ? 1u : 0);
        }

        return MIGRATE_PCPTYPES * order + (uint)migratetype;
    }

    [KernelSource("mm/page_alloc.c", "pindex_to_order", Parity.Full)]
    private static uint pindex_to_order(uint pindex)
    {
        if (pindex >= NR_LOWORDER_PCP_LISTS)
            return HPAGE_PMD_ORDER;

        return pindex / MIGRATE_PCPTYPES;
    }

    [KernelSource("mm/page_alloc.c", "pcp_allowed_order", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool pcp_allowed_order(uint order) => order is <= PAGE_ALLOC_COSTLY_ORDER or HPAGE_PMD_ORDER;

    // Every page of it points to the head; the head knows the order.
    [KernelSource("mm/page_alloc.c", "prep_compound_page", Parity.Full)]
    public static void prep_compound_page(page* page, uint order)
    {
        int nr_pages = 1 << (int)order;

        __SetPageHead(page);
        for (int i = 1; i < nr_pages; i++)
            prep_compound_tail(page, i);

        prep_compound_head(page, order);
    }

    [KernelSource("mm/page_alloc.c", "set_buddy_order", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void set_buddy_order(page* page, uint order)
    {
        set_page_private(page, order);
        __SetPageBuddy(page);
    }

    [KernelSource("mm/page_alloc.c", "task_capc", Parity.Full)]
    private static capture_control* task_capc(zone* zone) => null;

    [KernelSource("mm/page_alloc.c", "compaction_capture", Parity.Full)]
    private static bool compaction_capture(capture_control* capc, page* page, uint order, int migratetype) => false;

    [KernelSource("mm/page_alloc.c", "account_freepages", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("zone->lock")]
    private static void account_freepages(zone* zone, int nr_pages, int migratetype)
    {
        lockdep_assert_held(&zone->@lock);

        if (is_migrate_isolate(migratetype))
            return;

        __mod_zone_page_state(zone, NR_FREE_PAGES, nr_pages);

        if (is_migrate_cma(migratetype))
            __mod_zone_page_state(zone, NR_FREE_CMA_PAGES, nr_pages);
        else if (migratetype == MIGRATE_HIGHATOMIC)
            WRITE_ONCE(&zone->nr_free_highatomic, zone->nr_free_highatomic + (ulong)nr_pages);
    }

    // For pages that are not on any list; the caller accounts them.
    [KernelSource("mm/page_alloc.c", "__add_to_free_list", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("zone->lock")]
    private static void __add_to_free_list(page* page, zone* zone, uint order, int migratetype, bool tail)
    {
        free_area* area = &zone->free_area[order];
        int nr_pages = 1 << (int)order;

        VM_WARN_ONCE(get_pageblock_migratetype(page) != migratetype, "page on the list of another migratetype");

        if (tail)
            list_add_tail(&page->buddy_list, &area->free_list[migratetype]);
        else
            list_add(&page->buddy_list, &area->free_list[migratetype]);
        area->nr_free++;

        if (order >= pageblock_order && !is_migrate_isolate(migratetype))
            __mod_zone_page_state(zone, NR_FREE_PAGES_BLOCKS, nr_pages);
    }

    // For a page that stays free and of its order, but changes its type. To the tail: it may well be claimed back.
    [KernelSource("mm/page_alloc.c", "move_to_free_list", Parity.Full)]
    [MustHold("zone->lock")]
    private static void move_to_free_list(page* page, zone* zone, uint order, int old_mt, int new_mt)
    {
        free_area* area = &zone->free_area[order];
        int nr_pages = 1 << (int)order;

        // Blocks larger than a pageblock may be of one type by their head only.
        VM_WARN_ONCE(get_pageblock_migratetype(page) != old_mt, "page on the list of another migratetype");

        list_move_tail(&page->buddy_list, &area->free_list[new_mt]);

        account_freepages(zone, -nr_pages, old_mt);
        account_freepages(zone, nr_pages, new_mt);

        if (order >= pageblock_order && is_migrate_isolate(old_mt) != is_migrate_isolate(new_mt))
        {
            if (!is_migrate_isolate(old_mt))
                nr_pages = -nr_pages;
            __mod_zone_page_state(zone, NR_FREE_PAGES_BLOCKS, nr_pages);
        }
    }

    [KernelSource("mm/page_alloc.c", "__del_page_from_free_list", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [MustHold("zone->lock")]
    private static void __del_page_from_free_list(page* page, zone* zone, uint order, int migratetype)
    {
        int nr_pages = 1 << (int)order;

        VM_WARN_ONCE(get_pageblock_migratetype(page) != migratetype, "page on the list of another migratetype");

        list_del(&page->buddy_list);
        __ClearPageBuddy(page);
        set_page_private(page, 0);
        zone->free_area[order].nr_free--;

        // This machine's own deferred initialisation: see mm_init.deferred.cs.
        if (order == MAX_PAGE_ORDER)
            init_deferred_block(page);

        if (order >= pageblock_order && !is_migrate_isolate(migratetype))
            __mod_zone_page_state(zone, NR_FREE_PAGES_BLOCKS, -nr_pages);
    }

    [KernelSource("mm/page_alloc.c", "del_page_from_free_list", Parity.Full)]
    [MustHold("zone->lock")]
    private static void del_page_from_free_list(page* page, zone* zone, uint order, int migratetype)
    {
        __del_page_from_free_list(page, zone, order, migratetype);
        account_freepages(zone, -(1 << (int)order), migratetype);
    }

    [KernelSource("mm/page_alloc.c", "get_page_from_free_area", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static page* get_page_from_free_area(free_area* area, int migratetype) =>
        list_first_entry_or_null<page>(&area->free_list[migratetype], &((page*)nowhere)->buddy_list);

    // If the block that this one and its buddy would make has a free buddy itself, the whole is likely to merge soon:
    // keep this page at the tail, where it is allocated last.
    [KernelSource("mm/page_alloc.c", "buddy_merge_likely", Parity.Full)]
    private static bool buddy_merge_likely(ulong pfn, ulong buddy_pfn, page* page, uint order)
    {
        if (order >= MAX_PAGE_ORDER - 1)
            return false;

        ulong higher_page_pfn = buddy_pfn & pfn;
        page* higher_page = page + (long)(higher_page_pfn - pfn);

        return find_buddy_page_pfn(higher_page, higher_page_pfn, order + 1, null) != null;
    }

    [KernelSource("mm/page_alloc.c", "change_pageblock_range", Parity.Full)]
    private static void change_pageblock_range(page* pageblock_page, uint start_order, int migratetype)
    {
        int nr_pageblocks = 1 << (int)(start_order - pageblock_order);

        while (nr_pageblocks-- != 0)
        {
            set_pageblock_migratetype(pageblock_page, migratetype);
            pageblock_page += pageblock_nr_pages;
        }
    }

    // Merges a block with its buddies as long as they are free, and puts the result on its list.
    [KernelSource("mm/page_alloc.c", "__free_one_page", Parity.Full)]
    [MustHold("zone->lock")]
    private static void __free_one_page(page* page, ulong pfn, zone* zone, uint order, int migratetype, int fpi_flags)
    {
        capture_control* capc = task_capc(zone);
        ulong buddy_pfn = 0;
        bool to_tail;

        VM_BUG_ON(!zone_is_initialized(zone));
        VM_BUG_ON_PAGE((page->flags.f & PAGE_FLAGS_CHECK_AT_PREP) != 0, page);

        VM_BUG_ON(migratetype == -1);
        VM_BUG_ON_PAGE((pfn & ((1UL << (int)order) - 1)) != 0, page);
        VM_BUG_ON_PAGE(bad_range(zone, page), page);

        account_freepages(zone, 1 << (int)order, migratetype);

        while (order < MAX_PAGE_ORDER)
        {
            int buddy_mt = migratetype;

            if (compaction_capture(capc, page, order, migratetype))
            {
                account_freepages(zone, -(1 << (int)order), migratetype);
                return;
            }

            page* buddy = find_buddy_page_pfn(page, pfn, order, &buddy_pfn);
            if (buddy == null)
                goto done_merging;

            if (order >= pageblock_order)
            {
                // Whole pageblocks: types that must not be mixed keep apart.
                buddy_mt = get_pfnblock_migratetype(buddy, buddy_pfn);

                if (migratetype != buddy_mt
                    && (!migratetype_is_mergeable(migratetype) || !migratetype_is_mergeable(buddy_mt)))
                    goto done_merging;
            }

            if (page_is_guard(buddy))
                clear_page_guard(zone, buddy, order);
            else
                __del_page_from_free_list(buddy, zone, order, buddy_mt);

            // The merged block is of the freed page's type as a whole.
            if (buddy_mt != migratetype)
                change_pageblock_range(buddy, order, migratetype);

            ulong combined_pfn = buddy_pfn & pfn;
            page = page + (long)(combined_pfn - pfn);
            pfn = combined_pfn;
            order++;
        }

    done_merging:
        set_buddy_order(page, order);

        if ((fpi_flags & FPI_TO_TAIL) != 0)
            to_tail = true;
        else
            to_tail = buddy_merge_likely(pfn, buddy_pfn, page, order);

        __add_to_free_list(page, zone, order, migratetype, to_tail);
    }

    // What a page must be before it is freed and after it was allocated: used by nobody.
    [KernelSource("mm/page_alloc.c", "page_expected_state", Parity.Full)]
    private static bool page_expected_state(page* page, ulong check_flags)
    {
        if (atomic_read(&page->_mapcount) != -1)
            return false;

        if (((ulong)page->mapping | (uint)page_ref_count(page) | page->memcg_data | (page->flags.f & check_flags)) != 0
            || page_pool_page_is_pp(page))
            return false;

        return true;
    }

    [KernelSource("mm/page_alloc.c", "page_bad_reason", Parity.Full)]
    private static string page_bad_reason(page* page, ulong flags)
    {
        string bad_reason = "";

        if (atomic_read(&page->_mapcount) != -1)
            bad_reason = "nonzero mapcount";
        if (page->mapping != null)
            bad_reason = "non-NULL mapping";
        if (page_ref_count(page) != 0)
            bad_reason = "nonzero _refcount";
        if ((page->flags.f & flags) != 0)
        {
            if (flags == PAGE_FLAGS_CHECK_AT_PREP)
                bad_reason = "PAGE_FLAGS_CHECK_AT_PREP flag(s) set";
            else
                bad_reason = "PAGE_FLAGS_CHECK_AT_FREE flag(s) set";
        }
        if (page->memcg_data != 0)
            bad_reason = "page still charged to cgroup";
        if (page_pool_page_is_pp(page))
            bad_reason = "page_pool leak";
        return bad_reason;
    }

    [KernelSource("mm/page_alloc.c", "free_page_is_bad", Parity.Full)]
    private static bool free_page_is_bad(page* page)
    {
        if (page_expected_state(page, PAGE_FLAGS_CHECK_AT_FREE))
            return false;

        bad_page(page, page_bad_reason(page, PAGE_FLAGS_CHECK_AT_FREE));
        return true;
    }

    [KernelSource("mm/page_alloc.c", "is_check_pages_enabled", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool is_check_pages_enabled() => check_pages_enabled;

    [KernelSource("mm/page_alloc.c", "free_tail_page_prepare", Parity.Full)]
    private static int free_tail_page_prepare(page* head_page, page* page)
    {
        folio* folio = (folio*)head_page;
        int ret = 1;

        if (!is_check_pages_enabled())
        {
            ret = 0;
            goto @out;
        }
        switch (page - head_page)
        {
            case 1:
                // The first tail page holds the folio's counts.
                if (folio_large_mapcount(folio) != 0)
                {
                    bad_page(page, "nonzero large_mapcount");
                    goto @out;
                }
                if (atomic_read(&folio->_nr_pages_mapped) != 0)
                {
                    bad_page(page, "nonzero nr_pages_mapped");
                    goto @out;
                }
                if (folio->_mm_id_mapcount[0] != -1)
                {
                    bad_page(page, "nonzero mm mapcount 0");
                    goto @out;
                }
                if (folio->_mm_id_mapcount[1] != -1)
                {
                    bad_page(page, "nonzero mm mapcount 1");
                    goto @out;
                }
                if (atomic_read(&folio->_entire_mapcount) + 1 != 0)
                {
                    bad_page(page, "nonzero entire_mapcount");
                    goto @out;
                }
                if (atomic_read(&folio->_pincount) != 0)
                {
                    bad_page(page, "nonzero pincount");
                    goto @out;
                }
                break;
            case 2:
                // The second one has the list of folios to be split.
                if (!list_empty(&folio->_deferred_list))
                {
                    bad_page(page, "on deferred list");
                    goto @out;
                }
                break;
            default:
                if ((ulong)page->mapping != TAIL_MAPPING)
                {
                    bad_page(page, "corrupted mapping in tail page");
                    goto @out;
                }
                break;
        }
        if (!PageTail(page))
        {
            bad_page(page, "PageTail not set");
            goto @out;
        }
        if (compound_head(page) != head_page)
        {
            bad_page(page, "compound_head not consistent");
            goto @out;
        }
        ret = 0;
    @out:
        page->mapping = null;
        clear_compound_head(page);
        return ret;
    }

    [KernelSource("mm/page_alloc.c", "kernel_init_pages", Parity.Full)]
    private static void kernel_init_pages(page* page, int numpages)
    {
        for (int i = 0; i < numpages; i++)
            clear_highpage_kasan_tagged(page + i);
    }

    // Without allocation profiling the calls and their arguments are gone, as in C.
    [Conditional("CONFIG_MEM_ALLOC_PROFILING")]
    [KernelSource("mm/page_alloc.c", "pgalloc_tag_add", Parity.Full)]
    private static void pgalloc_tag_add(page* page, task_struct* task, uint nr)
    {
    }

    [Conditional("CONFIG_MEM_ALLOC_PROFILING")]
    [KernelSource("mm/page_alloc.c", "pgalloc_tag_sub", Parity.Full)]
    private static void pgalloc_tag_sub(page* page, uint nr)
    {
    }

    [Conditional("CONFIG_MEM_ALLOC_PROFILING")]
    [KernelSource("mm/page_alloc.c", "pgalloc_tag_sub_pages", Parity.Full)]
    private static void pgalloc_tag_sub_pages(void* tag, uint nr)
    {
    }
}
