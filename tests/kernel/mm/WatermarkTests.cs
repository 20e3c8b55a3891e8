// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.asm_page_h;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;
using static Linux.mm_page_alloc_c;

namespace KMemcg.Kernel.Tests;

/// <summary>Who may go how far below the watermarks, fallbacks, injected failures and poison.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class WatermarkTests
{
    private static zone* Dma32 => AllocatorMachine.Zone(ZONE_DMA32);

    /// <summary>
    /// Allocates until nothing more comes, and says how much of DMA32 is left. Nothing is reclaimed: these machines have
    /// no memory cgroups for reclaim to walk.
    /// </summary>
    private static (ulong dma32, List<(nint, uint)> pages) Exhaust(uint gfp, uint order = 0)
    {
        var pages = new List<(nint, uint)>();
        gfp &= ~__GFP_DIRECT_RECLAIM;

        // Large blocks first, to be quick about it; of those of order 9 the CPUs keep some, which others do not get.
        for (uint o = order == 0 ? 8u : order; ; o--)
        {
            for (page* page; (page = alloc_pages(gfp | __GFP_NORETRY | __GFP_NOWARN, o)) != null;)
                pages.Add(((nint)page, o));
            if (o == order)
                break;
        }
        drain_all_pages(null);
        return (zone_page_state_snapshot(Dma32, NR_FREE_PAGES), pages);
    }

    private static void Release(List<(nint, uint)> pages)
    {
        foreach (var (page, order) in pages)
            __free_pages((page*)page, order);
        drain_all_pages(null);
    }

    /// <summary>The lowest mark an allocation stops at, from the rules of __zone_watermark_ok.</summary>
    [TestCase(GFP_KERNEL, 943, 40)]
    [TestCase(GFP_NOWAIT, 943, 40)]
    [TestCase(GFP_ATOMIC, 943 - 471 - 118, 40)]
    [TestCase(GFP_KERNEL | __GFP_MEMALLOC, 0, 0)]
    public void EachStopsAtItsMark(uint gfp, int mark, int slack)
    {
        using var machine = new AllocatorMachine();
        var (left, pages) = Exhaust(gfp);

        // The counter may lag behind by the CPUs' thresholds.
        Assert.That((long)left, Is.InRange(mark - slack, mark + slack));
        Release(pages);
        Assert.That(free_areas.take().pages, Is.EqualTo(machine.AfterBoot.pages));
    }

    [Test]
    public void OomVictimsAndHighPriorityGetHalf()
    {
        using var machine = new AllocatorMachine();
        ulong min = min_wmark_pages(Dma32);

        Assert.That(__zone_watermark_ok(Dma32, 0, min, ZONE_NORMAL, ALLOC_MIN_RESERVE, (long)(min - min / 2)), Is.False);
        Assert.That(__zone_watermark_ok(Dma32, 0, min, ZONE_NORMAL, ALLOC_MIN_RESERVE, (long)(min - min / 2) + 1), Is.True);

        Assert.That(__zone_watermark_ok(Dma32, 0, min, ZONE_NORMAL, 0, (long)min), Is.False);
        Assert.That(__zone_watermark_ok(Dma32, 0, min, ZONE_NORMAL, 0, (long)min + 1), Is.True);
        Assert.That(__zone_watermark_ok(Dma32, 0, min, ZONE_NORMAL, ALLOC_OOM, (long)(min - min / 2)), Is.False);
        Assert.That(__zone_watermark_ok(Dma32, 0, min, ZONE_NORMAL, ALLOC_OOM, (long)(min - min / 2) + 1), Is.True);
    }

    [Test]
    public void TheLowerZoneKeepsItsReserveFromThoseWhoCouldGoElsewhere()
    {
        using var machine = new AllocatorMachine();
        zone* dma = AllocatorMachine.Zone(ZONE_DMA);
        var (_, pages) = Exhaust(GFP_KERNEL);

        // min + lowmem_reserve[NORMAL]
        Assert.That((long)zone_page_state_snapshot(dma, NR_FREE_PAGES), Is.InRange(14 + 947 - 10, 14 + 947 + 10));

        page* page = alloc_page(GFP_DMA | __GFP_NOWARN);
        Assert.That(page != null && page_to_pfn(page) < 4096, "but not from those who cannot");
        __free_page(page);
        Release(pages);
    }

    [Test]
    public void KernelAllocationsKeepToTheirBlocks()
    {
        using var machine = new AllocatorMachine();
        page* kernel = alloc_pages(GFP_KERNEL, 4);
        page* user = alloc_pages(GFP_HIGHUSER_MOVABLE, 4);
        page* slab = alloc_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 4);

        // All blocks are movable at boot; the other types took over blocks of their own.
        Assert.That(get_pageblock_migratetype(kernel), Is.EqualTo(MIGRATE_UNMOVABLE));
        Assert.That(get_pageblock_migratetype(user), Is.EqualTo(MIGRATE_MOVABLE));
        Assert.That(get_pageblock_migratetype(slab), Is.EqualTo(MIGRATE_RECLAIMABLE));
        __free_pages(kernel, 4);
        __free_pages(user, 4);
        __free_pages(slab, 4);
        machine.CheckNothingLost();
    }

    [Test]
    public void ClaimingInsideABlockBoostsTheWatermark()
    {
        using var machine = new AllocatorMachine(64UL << 20);
        zone* zone = Dma32;

        // Movable pages everywhere, then every second one freed: no whole block is left for others.
        var (_, pages) = Exhaust(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0);
        var single = new List<nint>();
        foreach (var (page, order) in pages)
        {
            if (order != 0)
                split_page((page*)page, order);
            for (int i = 0; i < 1 << (int)order; i++)
                single.Add((nint)((page*)page + i));
        }
        var kept = new List<nint>();
        for (int i = 0; i < single.Count; i++)
        {
            if (page_to_pfn((page*)single[i]) % 16 < 12)
                __free_page((page*)single[i]);
            else
                kept.Add(single[i]);
        }
        drain_all_pages(null);
        Assert.That(zone->watermark_boost, Is.Zero);

        page* kernel = alloc_page(GFP_NOWAIT);
        Assert.That(kernel != null);
        Assert.That(zone->watermark_boost, Is.EqualTo(pageblock_nr_pages_));
        Assert.That(get_pageblock_migratetype(kernel), Is.EqualTo(MIGRATE_UNMOVABLE), "more than half of the block was free");
        __free_page(kernel);
        foreach (nint page in kept)
            __free_page((page*)page);
        machine.CheckNothingLost();
    }

    private const ulong pageblock_nr_pages_ = linux_pageblock_flags_h.pageblock_nr_pages;

    [Test]
    public void HighOrdersOfThoseWhoCannotWaitReserveABlock()
    {
        using var machine = new AllocatorMachine();
        var (_, pages) = Exhaust(GFP_KERNEL);
        Assert.That(Dma32->nr_reserved_highatomic, Is.Zero);

        // Something to take: a few blocks of order 3 above what GFP_KERNEL leaves.
        var freed = pages.Where(p => p.Item2 == 9).Take(1).ToList();
        foreach (var (page, order) in freed)
            __free_pages((page*)page, order);
        var got = new List<(nint, uint)>();
        for (page* page; got.Count < 100 && (page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 4)) != null;)
            got.Add(((nint)page, 4));

        Assert.That(got, Is.Not.Empty);
        Assert.That(Dma32->nr_reserved_highatomic, Is.GreaterThanOrEqualTo(pageblock_nr_pages_));
        Release(got);
        pages.RemoveAll(freed.Contains);
        Release(pages);
    }

    [Test]
    public void TheNthAllocationFails()
    {
        using var machine = new AllocatorMachine();
        var attr = mm_fail_page_alloc_c.fail_page_alloc;
        attr->min_order = 0;
        attr->ignore_gfp_reclaim = false;
        attr->ignore_gfp_highmem = false;
        attr->attr.probability = 100;
        attr->attr.verbose = 0;
        attr->attr.interval = 5;
        attr->attr.times.counter = 1;

        var pages = new List<nint>();
        for (int i = 1; i <= 12; i++)
        {
            page* page = alloc_page(GFP_KERNEL);
            Assert.That(page == null, Is.EqualTo(i == 5), $"call {i}");
            if (page != null)
                pages.Add((nint)page);
        }
        foreach (nint page in pages)
            __free_page((page*)page);
        machine.CheckNothingLost();
    }

    [Test]
    public void BeforeTheSchedulerRunsNothingReclaims()
    {
        using var machine = new AllocatorMachine();
        gfp_allowed_mask = __GFP_BITS_MASK & ~(__GFP_RECLAIM | __GFP_IO | __GFP_FS);
        page* page = alloc_page(GFP_KERNEL);
        Assert.That(page != null);
        __free_page(page);
        machine.CheckNothingLost();
    }

    [Test]
    public void AWriteAfterFreeIsFoundWithItsFrame()
    {
        if (!mm_page_poison_c._page_poisoning_enabled)
            Assert.Ignore("poisoning is off in this build");
        using var machine = new AllocatorMachine();
        page* page = alloc_page(GFP_KERNEL);
        ulong pfn = page_to_pfn(page);

        __free_page(page);
        ((byte*)page_address(page))[100] = 0x55;
        var oops = Assert.Throws<KernelOops>(() => linux_gfp_h.alloc_page(GFP_KERNEL))!;
        Assert.That(oops.Message, Does.Contain($"pfn:{pfn:x5}").And.Contains("memory corruption").And.Contains("bytes 100-100"));
    }

    [Test]
    public void ABitThatFlippedIsToldApart()
    {
        if (!mm_page_poison_c._page_poisoning_enabled)
            Assert.Ignore("poisoning is off in this build");
        using var machine = new AllocatorMachine();
        page* page = alloc_page(GFP_KERNEL);

        __free_page(page);
        ((byte*)page_address(page))[7] ^= 0x10;
        Assert.That(Assert.Throws<KernelOops>(() => linux_gfp_h.alloc_page(GFP_KERNEL))!.Message, Does.Contain("single bit error"));
    }

    [Test]
    public void APageStillInUseIsNotGivenOut()
    {
        if (!check_pages_enabled)
            Assert.Ignore("pages are not checked in this build");
        using var machine = new AllocatorMachine();
        page* page = alloc_page(GFP_KERNEL);

        page->mapping = (address_space*)0x1000;
        __free_page(page);
        Assert.That(linux_bug_h.nr_warnings, Is.EqualTo(1));
        Assert.That(linux_printk_h.dmesg().Any(l => l.text.Contains("Bad page state") && l.text.Contains($"pfn:{page_to_pfn(page):x5}")));

        // It is out of circulation.
        Assert.That(free_areas.take().pages, Is.EqualTo(machine.AfterBoot.pages - 1));
    }
}
