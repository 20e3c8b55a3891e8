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

        m.Run(() =>
        {
            mm_vmstat_c.vmstat_refresh();
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
            mm_vmstat_c.vmstat_refresh();
            Assert.That(global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE), Is.EqualTo((ulong)shared));
        });
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
        m.Run(() => Assert.That(free_areas.difference_from_boot(), Is.Null));
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
}
