// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.asm_page_h;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mmzone_h;
using static Linux.mm_page_alloc_c;

namespace KMemcg.Kernel.Tests;

/// <summary>The per-CPU stocks: how much comes at a time, how much is kept, and what tunes itself.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class PcpTests
{
    private static per_cpu_pages* Pcp(int cpu) => linux_percpu_h.per_cpu_ptr(AllocatorMachine.Zone(ZONE_DMA32)->per_cpu_pageset, cpu);

    [Test]
    public void TheFirstRefillIsOneBatch()
    {
        using var machine = new AllocatorMachine();
        page* page = alloc_page(GFP_KERNEL);

        Assert.That(Pcp(0)->batch, Is.EqualTo(63));
        Assert.That(Pcp(0)->count, Is.EqualTo(62));
        Assert.That(Pcp(0)->alloc_factor, Is.EqualTo(1));
        Assert.That(Pcp(1)->count, Is.Zero);
        __free_page(page);
        Assert.That(Pcp(0)->count, Is.EqualTo(63));
        machine.CheckNothingLost();
    }

    [Test]
    public void RefillsDoubleWhileTheCpuOnlyAllocates()
    {
        using var machine = new AllocatorMachine();
        var pages = new List<nint>();
        var refills = new List<int>();

        for (int i = 0; i < 63 * 64; i++)
        {
            int before = Pcp(0)->count;
            pages.Add((nint)alloc_page(GFP_KERNEL));
            if (before == 0)
                refills.Add(Pcp(0)->count + 1);
        }
        Assert.That(refills.Take(6), Is.EqualTo(new[] { 63, 126, 252, 504, 1008, 2016 }));

        // At most 32 batches, however long it goes on.
        Assert.That(Pcp(0)->alloc_factor, Is.EqualTo(CONFIG_PCP_BATCH_SCALE_MAX));
        foreach (nint page in pages)
            __free_page((page*)page);
        machine.CheckNothingLost();
    }

    [Test]
    public void TheStockStaysBetweenItsBounds()
    {
        using var machine = new AllocatorMachine(asRecorded: true);
        var random = new Random(1);
        var pages = new Stack<nint>();
        int highest = 0;

        for (int i = 0; i < 200_000; i++)
        {
            // Long runs of each.
            bool alloc = pages.Count == 0 || (i / 5000 % 2 == 0 ? random.Next(10) != 0 : random.Next(10) == 0);
            if (alloc)
                pages.Push((nint)alloc_page(GFP_KERNEL));
            else
                __free_page((page*)pages.Pop());

            per_cpu_pages* pcp = Pcp(0);
            if (pcp->high != 0)
                Assert.That(pcp->high, Is.InRange(pcp->high_min, pcp->high_max));
            highest = Math.Max(highest, pcp->high);
            if (!alloc)
                Assert.That(pcp->count, Is.LessThanOrEqualTo(pcp->high + pcp->batch));
        }
        Assert.That(highest, Is.GreaterThan(Pcp(0)->high_min), "it never grew");
        while (pages.Count != 0)
            __free_page((page*)pages.Pop());
        machine.CheckNothingLost();
    }

    [Test]
    public void AGrownStockDecays()
    {
        using var machine = new AllocatorMachine();
        var pages = new List<nint>();

        for (int i = 0; i < 20_000; i++)
            pages.Add((nint)alloc_page(GFP_KERNEL));
        foreach (nint page in pages)
            __free_page((page*)page);

        per_cpu_pages* pcp = Pcp(0);
        int high = pcp->high;
        Assert.That(high, Is.GreaterThan(pcp->high_min));

        Assert.That(decay_pcp_high(AllocatorMachine.Zone(ZONE_DMA32), pcp), Is.True);
        Assert.That(pcp->high, Is.EqualTo(Math.Max(Math.Max(pcp->high_min, high - (high >> 3)), pcp->high)));
        for (int i = 0; i < 100; i++)
            decay_pcp_high(AllocatorMachine.Zone(ZONE_DMA32), pcp);
        Assert.That(pcp->high, Is.EqualTo(pcp->high_min));
        Assert.That(pcp->count, Is.LessThanOrEqualTo(pcp->high));
        machine.CheckNothingLost();
    }

    [Test]
    public void RunsOfHighOrdersAreGivenBackAtOnce()
    {
        using var machine = new AllocatorMachine();
        var pages = new List<nint>();

        for (int i = 0; i < 200; i++)
            pages.Add((nint)alloc_pages(GFP_KERNEL, 3));
        foreach (nint page in pages)
            __free_pages((page*)page, 3);

        // Kept would be 1600 pages: past batch + high_min / 2 in a row nothing is.
        Assert.That(Pcp(0)->count, Is.LessThan(63 + 592));
        machine.CheckNothingLost();
    }

    [Test]
    public void ALockedStockIsGoneAround()
    {
        using var machine = new AllocatorMachine();
        page* kept = alloc_page(GFP_KERNEL);
        per_cpu_pages* pcp = Pcp(0);
        int count = pcp->count;

        // As an interrupt would find it.
        pcp->@lock.rlock.val = 1;
        page* page = alloc_page(GFP_KERNEL);
        Assert.That(page != null);
        __free_page(page);
        Assert.That(pcp->count, Is.EqualTo(count));
        pcp->@lock.rlock.val = 0;

        __free_page(kept);
        machine.CheckNothingLost();
    }

    [Test]
    public void WithoutWaitingPagesGoToTheNextWhoMay()
    {
        using var machine = new AllocatorMachine();
        zone* zone = AllocatorMachine.Zone(ZONE_DMA32);
        page* page = alloc_pages(GFP_KERNEL, 5);
        page* other = alloc_pages(GFP_KERNEL, 5);

        // As an interrupt finds them that came while both were held.
        zone* dma = AllocatorMachine.Zone(ZONE_DMA);
        zone->@lock.rlock.val = 1;
        dma->@lock.rlock.val = 1;
        free_pages_nolock(page, 5);
        Assert.That(zone->trylock_free_pages.first != null);
        Assert.That(alloc_pages_nolock(0, 0, 0) == null, "the stocks are empty and the zones locked");
        zone->@lock.rlock.val = 0;
        dma->@lock.rlock.val = 0;

        __free_pages(other, 5);
        Assert.That(zone->trylock_free_pages.first == null);
        machine.CheckNothingLost();
    }

    [Test]
    public void OfflineCpusGiveTheirsBack()
    {
        using var machine = new AllocatorMachine();
        machine.On(1);
        page* page = alloc_page(GFP_KERNEL);
        __free_page(page);
        Assert.That(Pcp(1)->count, Is.Not.Zero);
        machine.On(0);
        drain_all_pages(AllocatorMachine.Zone(ZONE_DMA32));
        Assert.That(Pcp(1)->count, Is.Zero);
        machine.CheckNothingLost();
    }

    [Test]
    public void AFixedFractionSwitchesTuningOff()
    {
        using var machine = new AllocatorMachine();
        Assert.That(percpu_pagelist_high_fraction_sysctl_handler(7), Is.EqualTo(-linux_errno_h.EINVAL));
        Assert.That(percpu_pagelist_high_fraction_sysctl_handler(8), Is.Zero);
        Assert.That(Pcp(0)->high_min, Is.EqualTo(15165));
        Assert.That(Pcp(0)->high_max, Is.EqualTo(15165));
        Assert.That(percpu_pagelist_high_fraction_sysctl_handler(0), Is.Zero);
        Assert.That(Pcp(0)->high_min, Is.EqualTo(592));
    }
}
