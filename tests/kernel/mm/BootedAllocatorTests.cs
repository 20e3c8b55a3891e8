// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using Linux;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_vmstat_h;

namespace KMemcg.Kernel.Tests;

/// <summary>The allocator and its counters in a machine that runs.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class BootedAllocatorTests
{
    [Test]
    public void TheZonesAreThoseOfTheRecordedMachine()
    {
        using var m = TestMachine.Boot(1UL << 30);
        m.Run(() =>
        {
            zone* dma = AllocatorMachine.Zone(ZONE_DMA), dma32 = AllocatorMachine.Zone(ZONE_DMA32);
            Assert.That(mm_page_alloc_c.min_free_kbytes, Is.EqualTo(3833));
            Assert.That(zone_managed_pages(dma), Is.EqualTo(3840));
            Assert.That(zone_managed_pages(dma32), Is.EqualTo(242647));
            Assert.That(new[] { min_wmark_pages(dma32), low_wmark_pages(dma32), high_wmark_pages(dma32), promo_wmark_pages(dma32) },
                Is.EqualTo(new ulong[] { 943, 1185, 1427, 1669 }));
            Assert.That(new[] { dma32->pageset_batch, dma32->pageset_high_min, dma32->pageset_high_max }, Is.EqualTo(new[] { 63, 592, 15165 }));
            Assert.That(new[] { dma->pageset_batch, dma->pageset_high_min, dma->pageset_high_max }, Is.EqualTo(new[] { 1, 8, 240 }));
            for (int cpu = 0; cpu < 2; cpu++)
            {
                Assert.That(linux_percpu_h.per_cpu_ptr(dma->per_cpu_zonestats, cpu)->stat_threshold, Is.EqualTo(4));
                Assert.That(linux_percpu_h.per_cpu_ptr(dma32->per_cpu_zonestats, cpu)->stat_threshold, Is.EqualTo(16));
            }
        });
    }

    [Test]
    public void DifferencesAreFoldedInWithinTwoSeconds()
    {
        using var m = TestMachine.Boot();
        page* page = null;
        long shared = 0;

        m.Sleep(2100);
        m.Run(() =>
        {
            shared = (long)global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE);
            mm_vmstat_c.mod_node_page_state(NODE_DATA(0), NR_KERNEL_MISC_RECLAIMABLE, 3);
            Assert.That(global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE), Is.EqualTo((ulong)shared), "three is below the threshold");
            page = alloc_page(GFP_KERNEL);
        });
        m.Sleep(2100);
        m.Run(() =>
        {
            Assert.That(global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE), Is.EqualTo((ulong)shared + 3));
            mm_vmstat_c.mod_node_page_state(NODE_DATA(0), NR_KERNEL_MISC_RECLAIMABLE, -3);
            __free_page(page);
        });
        m.Sleep(2100);
        m.Run(() => Assert.That(global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE), Is.EqualTo((ulong)shared)));
    }

    /// <summary>vmstat_shepherd() starts nothing on them.</summary>
    [Test]
    public void IsolatedCpusKeepTheirDifferences()
    {
        using var m = TestMachine.Boot();
        m.Run(() => Isolate(true));
        m.Sleep(2100);
        long shared = 0;
        m.Run(() =>
        {
            shared = (long)global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE);
            mm_vmstat_c.mod_node_page_state(NODE_DATA(0), NR_KERNEL_MISC_RECLAIMABLE, 3);
        });
        m.Sleep(4100);
        m.Run(() =>
        {
            Assert.That(global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE), Is.EqualTo((ulong)shared));
            Isolate(false);
        });
        m.Sleep(2100);
        m.Run(() =>
        {
            Assert.That(global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE), Is.EqualTo((ulong)shared + 3));
            mm_vmstat_c.mod_node_page_state(NODE_DATA(0), NR_KERNEL_MISC_RECLAIMABLE, -3);
        });

        static void Isolate(bool isolated)
        {
            for (int cpu = 0; cpu < 2; cpu++)
            {
                if (isolated)
                    linux_cpumask_h.cpumask_set_cpu(cpu, linux_sched_isolation_h.cpu_isolated_mask);
                else
                    linux_cpumask_h.cpumask_clear_cpu(cpu, linux_sched_isolation_h.cpu_isolated_mask);
            }
        }
    }

    [Test]
    public void EveryFrameIsBackWhenTasksAreGone()
    {
        using var m = TestMachine.Boot();
        for (int i = 0; i < 3; i++)
        {
            user_task task = m.Spawn($"t{i}");
            m.Call(task, () =>
            {
                for (int k = 0; k < 1000; k++)
                    free_page(__get_free_page(GFP_KERNEL));
                return 0;
            });
            machine.kill(task);
        }
        m.Sleep(100);
    }

    [Test]
    public void BootIsQuickOnceTheCodeIsWarm()
    {
        for (int i = 0; i < 2; i++)
        {
            var watch = Stopwatch.StartNew();
            using var m = TestMachine.Boot(1UL << 30);
            TestContext.Out.WriteLine($"{watch.Elapsed.TotalMilliseconds:f1} ms");
        }
    }

    [Test]
    public void EachAllocationOfASpawnMayFail()
    {
        // Until a spawn gets through: call by call, with the kernel's error and nothing lost.
        int failed = 0;
        for (ulong call = 1; ; call++)
        {
            using var m = TestMachine.Boot(64UL << 20);
            var attr = mm_fail_page_alloc_c.fail_page_alloc;
            bool ok = false;
            m.Run(() =>
            {
                attr->min_order = 0;
                attr->ignore_gfp_reclaim = attr->ignore_gfp_highmem = false;
                attr->attr.verbose = 0;
                attr->attr.interval = call;
                attr->attr.count = 0;
                attr->attr.times.counter = 1;
                free_areas before = free_areas.take();
                attr->attr.probability = 100;

                ulong page = __get_free_page(GFP_KERNEL);
                void* exact = mm_page_alloc_c.alloc_pages_exact_noprof(5 * 4096, GFP_KERNEL);
                page* compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
                attr->attr.probability = 0;

                ok = page != 0 && exact != null && compound != null;
                free_page(page);
                if (exact != null)
                    mm_page_alloc_c.free_pages_exact(exact, 5 * 4096);
                if (compound != null)
                    mm_page_alloc_c.__free_pages(compound, 2);
                Assert.That(free_areas.take().difference(before), Is.Null);
            });
            if (ok)
                break;
            failed++;
        }
        Assert.That(failed, Is.EqualTo(3));
    }

    [Test]
    public void CpusInParallelShareTheZones()
    {
        using var m = TestMachine.Boot(256UL << 20, cpus: 4, parallel: true);
        var tasks = Enumerable.Range(0, 8).Select(i => m.Spawn($"p{i}")).ToList();
        var running = tasks.Select((t, n) => machine.post(t, () =>
        {
            var random = new Random(n);
            var mine = new List<(nint, uint)>();
            for (int i = 0; i < 3000; i++)
            {
                if (mine.Count < 100 && random.Next(2) == 0)
                {
                    uint order = (uint)random.Next(random.Next(6) == 0 ? 5 : 1);
                    page* page = alloc_pages(random.Next(2) == 0 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE, order);
                    if (page == null)
                        return -1;
                    *(long*)linux_page_address(page) = n;
                    mine.Add(((nint)page, order));
                }
                else if (mine.Count != 0)
                {
                    var (page, order) = mine[^1];
                    mine.RemoveAt(mine.Count - 1);
                    if (*(long*)linux_page_address((page*)page) != n)
                        return -2;
                    mm_page_alloc_c.__free_pages((page*)page, order);
                }
            }
            foreach (var (page, order) in mine)
                mm_page_alloc_c.__free_pages((page*)page, order);
            return 0;
        })).ToList();
        foreach (var r in running)
            machine.wait_for(r);
        Assert.That(running.Select(r => r.result), Has.All.EqualTo(0));
        foreach (var t in tasks)
            machine.kill(t);
        m.Sleep(50);
        m.Run(() =>
        {
            mm_page_alloc_c.drain_all_pages(null);
            for (int z = 0; z < MAX_NR_ZONES; z++)
            {
                if (populated_zone(AllocatorMachine.Zone(z)))
                    Assert.That(free_areas.check(AllocatorMachine.Zone(z)), Is.Null);
            }
        });
    }

    private static void* linux_page_address(page* page) => asm_page_h.page_address(page);
}
