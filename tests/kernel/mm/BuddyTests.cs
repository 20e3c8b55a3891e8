// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using Linux;
using static Linux.asm_page_h;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mmzone_h;
using static Linux.mm_page_alloc_c;

namespace KMemcg.Kernel.Tests;

/// <summary>Merging and splitting, against a model that only knows which frames are taken.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class BuddyTests
{
    private enum Op { Alloc, Free, FreeRest, Drain, Cpu, Exact, Bulk, AllocNolock, FreeNolock, Split }

    // Nothing is reclaimed: these machines have no memory cgroups for reclaim to walk.
    private const uint Kernel = GFP_KERNEL & ~__GFP_DIRECT_RECLAIM;
    private const uint User = GFP_HIGHUSER_MOVABLE & ~__GFP_DIRECT_RECLAIM;

    private static readonly uint[] Kinds =
    [
        Kernel, User, Kernel | __GFP_RECLAIMABLE, GFP_ATOMIC, GFP_NOWAIT,
        Kernel | __GFP_ZERO, Kernel | __GFP_COMP, GFP_DMA, User | __GFP_COMP, GFP_DMA32,
    ];

    private static readonly Gen<(Op op, int a, int b)[]> Runs = Gen.Select(
        Gen.Frequency((6, Gen.Const(Op.Alloc)), (5, Gen.Const(Op.Free)), (1, Gen.OneOf(Gen.Const(Op.FreeRest), Gen.Const(Op.Drain), Gen.Const(Op.Cpu), Gen.Const(Op.Exact), Gen.Const(Op.Bulk), Gen.Const(Op.AllocNolock), Gen.Const(Op.FreeNolock), Gen.Const(Op.Split)))),
        Gen.Int[0, 1 << 20], Gen.Int[0, 1 << 20]).Array[1, 400];

    /// <summary>What is allocated: pfn to number of pages, and what its bytes must be.</summary>
    private sealed class Model
    {
        public readonly SortedDictionary<ulong, (int pages, uint order, bool compound)> Taken = [];

        public void Take(page* page, int pages, uint order, bool compound)
        {
            ulong pfn = page_to_pfn(page);
            for (ulong i = 0; i < (ulong)pages; i++)
            {
                Assert.That(pfn_valid(pfn + i));
                byte* bytes = (byte*)page_address(page + i);
                *(ulong*)bytes = pfn + i;
                *(ulong*)(bytes + 4088) = ~(pfn + i);
            }
            foreach (var (start, block) in Taken)
            {
                if (start >= pfn + (ulong)pages)
                    break;
                Assert.That(start + (ulong)block.pages, Is.LessThanOrEqualTo(pfn), "two blocks overlap");
            }
            Taken.Add(pfn, (pages, order, compound));
        }

        public (nint page, int pages, uint order) Release(int which)
        {
            var (pfn, block) = Taken.ElementAt(which % Taken.Count);
            Taken.Remove(pfn);
            for (ulong i = 0; i < (ulong)block.pages; i++)
            {
                byte* bytes = (byte*)page_address(pfn_to_page(pfn + i));
                Assert.That(*(ulong*)bytes == pfn + i && *(ulong*)(bytes + 4088) == ~(pfn + i), "contents were changed while allocated");
            }
            return ((nint)pfn_to_page(pfn), block.pages, block.order);
        }
    }

    private static void Run((Op op, int a, int b)[] ops, ulong ram)
    {
        using var machine = new AllocatorMachine(ram, cpus: 3);
        var model = new Model();

        foreach (var (op, a, b) in ops)
        {
            switch (op)
            {
                case Op.Alloc:
                {
                    // Small orders are what is asked for most.
                    uint order = (uint)(b % 4 != 0 ? b / 4 % 4 : b / 4 % 11);
                    uint gfp = Kinds[a % Kinds.Length] | __GFP_NOWARN;
                    page* page = alloc_pages(gfp, order);
                    if (page == null)
                        break;
                    Assert.That(page_to_pfn(page) & ((1UL << (int)order) - 1), Is.Zero, "not aligned to its order");
                    if ((gfp & __GFP_ZERO) != 0)
                        Assert.That(new Span<byte>(page_address(page), 4096 << (int)order).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
                    if ((gfp & __GFP_DMA) != 0)
                        Assert.That(page_to_pfn(page), Is.LessThan(4096));
                    model.Take(page, 1 << (int)order, order, order != 0 && (gfp & __GFP_COMP) != 0);
                    break;
                }
                case Op.AllocNolock:
                {
                    page* page = alloc_pages_nolock(0, NUMA_NO_NODE_, (uint)(b % 4));
                    if (page != null)
                        model.Take(page, 1 << (b % 4), (uint)(b % 4), b % 4 != 0);
                    break;
                }
                case Op.Exact:
                {
                    ulong size = (ulong)(a % 20 + 1) * 4096 - (ulong)(b % 4096);
                    void* p = alloc_pages_exact(size, Kernel | __GFP_NOWARN);
                    for (ulong at = 0; p != null && at < linux_mm_h.PAGE_ALIGN(size); at += 4096)
                        model.Take(virt_to_page((byte*)p + at), 1, 0, false);
                    break;
                }
                case Op.Bulk:
                {
                    page** pages = stackalloc page*[100];
                    for (int i = 0; i < 100; i++)
                        pages[i] = null;
                    int got = (int)alloc_pages_bulk(Kernel | __GFP_NOWARN, a % 100 + 1, pages);
                    Assert.That(got, Is.LessThanOrEqualTo(a % 100 + 1));
                    for (int i = 0; i < got; i++)
                        model.Take(pages[i], 1, 0, false);
                    break;
                }
                case Op.Split:
                {
                    uint order = (uint)(b % 5);
                    page* page = alloc_pages(Kernel | __GFP_NOWARN, order);
                    if (page == null)
                        break;
                    split_page(page, order);
                    for (int i = 0; i < 1 << (int)order; i++)
                        model.Take(page + i, 1, 0, false);
                    break;
                }
                case Op.Free or Op.FreeNolock:
                {
                    if (model.Taken.Count == 0)
                        break;
                    var (page, _, order) = model.Release(a);
                    if (op == Op.Free)
                        __free_pages((page*)page, order);
                    else
                        free_pages_nolock((page*)page, order);
                    break;
                }
                case Op.FreeRest:
                {
                    // Someone else holds the first page: __free_pages frees the others, the last reference the first.
                    var block = model.Taken.FirstOrDefault(t => t.Value.order > 0 && !t.Value.compound);
                    if (block.Value.pages == 0)
                        break;
                    var (page, _, order) = model.Release(model.Taken.Keys.ToList().IndexOf(block.Key));
                    linux_page_ref_h.page_ref_inc((page*)page);
                    __free_pages((page*)page, order);
                    __free_pages((page*)page, 0);
                    break;
                }
                case Op.Drain:
                    drain_all_pages(null);
                    break;
                case Op.Cpu:
                    machine.On(a % 3);
                    break;
            }
        }

        for (int z = 0; z < MAX_NR_ZONES; z++)
        {
            if (populated_zone(AllocatorMachine.Zone(z)))
                Assert.That(free_areas.check(AllocatorMachine.Zone(z)), Is.Null);
        }
        while (model.Taken.Count != 0)
        {
            var (page, _, order) = model.Release(0);
            __free_pages((page*)page, order);
        }
        machine.CheckNothingLost();
    }

    private const int NUMA_NO_NODE_ = linux_nodemask_h.NUMA_NO_NODE;

    [Test]
    public void NothingOverlapsAndEverythingMerges() => Runs.Sample(ops => Run(ops, 256UL << 20), iter: 30, threads: 1);

    [Test]
    public void SoItDoesWhenMemoryRunsShort() => Runs.Sample(ops => Run(ops, 64UL << 20), iter: 30, threads: 1);

    [Test]
    public void SplitBlocksComeInRisingOrder()
    {
        using var machine = new AllocatorMachine();
        page* first = alloc_pages(GFP_KERNEL, 4);
        page* second = alloc_pages(GFP_KERNEL, 4);

        // One block of the largest order was split: its lower part is given out, the upper halves are on the lists.
        Assert.That(page_to_pfn(second), Is.EqualTo(page_to_pfn(first) + 16));
        __free_pages(first, 4);
        __free_pages(second, 4);
        machine.CheckNothingLost();
    }

    [Test]
    public void AFreedBlockMergesUpToTheLargestOrder()
    {
        using var machine = new AllocatorMachine();
        zone* zone = AllocatorMachine.Zone(ZONE_DMA32);
        ulong before = zone->free_area[MAX_PAGE_ORDER].nr_free;

        page* page = alloc_pages(GFP_KERNEL, 4);
        Assert.That(zone->free_area[MAX_PAGE_ORDER].nr_free, Is.EqualTo(before - 1));
        for (int order = 4; order < MAX_PAGE_ORDER; order++)
            Assert.That(zone->free_area[order].nr_free, Is.GreaterThanOrEqualTo(1));
        __free_pages(page, 4);
        Assert.That(zone->free_area[MAX_PAGE_ORDER].nr_free, Is.EqualTo(before));
        machine.CheckNothingLost();
    }

    [Test]
    public void CompoundPagesKnowTheirHead()
    {
        using var machine = new AllocatorMachine();
        page* page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);

        Assert.That(linux_mm_h.compound_order(page), Is.EqualTo(3));
        for (int i = 0; i < 8; i++)
            Assert.That((nint)linux_page_flags_h.compound_head(page + i), Is.EqualTo((nint)page));
        __free_pages(page, 3);
        Assert.That(linux_page_flags_h.PageCompound(page), Is.False);
        machine.CheckNothingLost();
    }

    [Test]
    public void EveryFrameCanBeHadOnce()
    {
        using var machine = new AllocatorMachine(64UL << 20);
        var pfns = new HashSet<ulong>();
        page* list = null;

        linux_sched_mm_h.memalloc_noreclaim_save();
        for (page* page; (page = alloc_page(Kernel | __GFP_NOWARN)) != null;)
        {
            Assert.That(pfns.Add(page_to_pfn(page)));
            page->@private = (ulong)list;
            list = page;
        }
        Assert.That((ulong)pfns.Count, Is.EqualTo(machine.AfterBoot.pages));
        while (list != null)
        {
            page* page = list;
            list = (page*)page->@private;
            page->@private = 0;
            __free_page(page);
        }
        linux_sched_mm_h.memalloc_noreclaim_restore(linux_sched_h.PF_MEMALLOC);
        drain_all_pages(null);
        Assert.That(free_areas.take().pages, Is.EqualTo(machine.AfterBoot.pages));
    }

    [Test]
    public void CpusInParallelLoseNothing()
    {
        const int Cpus = 4;
        using var machine = new AllocatorMachine(256UL << 20, Cpus);
        var threads = new Thread[Cpus];
        Exception? failed = null;

        for (int cpu = 0; cpu < Cpus; cpu++)
        {
            int n = cpu;
            threads[cpu] = new Thread(() =>
            {
                try
                {
                    machine.On(n);
                    var random = new Random(n);
                    var mine = new List<(nint page, uint order)>();
                    for (int i = 0; i < 20_000; i++)
                    {
                        if (mine.Count < 200 && random.Next(2) == 0)
                        {
                            uint order = (uint)random.Next(random.Next(8) == 0 ? 6 : 1);
                            page* page = alloc_pages(Kinds[random.Next(5)] | __GFP_NOWARN, order);
                            if (page == null)
                                continue;
                            *(long*)page_address(page) = n;
                            mine.Add(((nint)page, order));
                        }
                        else if (mine.Count != 0)
                        {
                            int at = random.Next(mine.Count);
                            var (page, order) = mine[at];
                            mine.RemoveAt(at);
                            if (*(long*)page_address((page*)page) != n)
                                throw new InvalidOperationException("a page had two owners");
                            __free_pages((page*)page, order);
                        }
                    }
                    foreach (var (page, order) in mine)
                        __free_pages((page*)page, order);
                }
                catch (Exception e)
                {
                    failed = e;
                }
                finally
                {
                    asm_percpu_h.__this_cpu = null;
                }
            });
            threads[cpu].Start();
        }
        foreach (Thread t in threads)
            t.Join();
        Assert.That(failed, Is.Null);
        machine.CheckNothingLost();
    }
}
