// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_mmzone_h;

namespace KMemcg.Kernel.Tests;

/// <summary>
/// The allocator's structures against structs.tsv. Deviations, each with its reason:
/// per_cpu_pages.lists has 12 lists, not 14: two are for huge pages, and THP is off; the room is kept.
/// free_area.nr_unreported, zone.block_free, block_stuck, block_free_base and block_free_nr are the recorded build's own; the room is kept.
/// zone.node, vm_numa_event and per_cpu_pages.expire are NUMA's, present_early_pages and span_seqlock hotplug's,
/// nr_isolate_pageblock isolation's, compact_* compaction's: all off; the room is kept.
/// zonelist and pglist_data are for one node, not 1024, and without NUMA balancing, THP, compaction and hotplug: the
/// recorded 160 KiB would be empty. Their members keep the order, and the cache lines that are written stand apart.
/// </summary>
[TestFixture]
internal sealed unsafe class AllocatorLayoutTests
{
    [Test]
    public void Zone()
    {
        StructLayout.Matches<zone>();
        Assert.That(sizeof(zone_stat_array), Is.EqualTo(88));
        Assert.That(sizeof(free_area_array), Is.EqualTo(1408));
    }

    [Test]
    public void ZoneHotFieldsStandOnTheirOwnLines()
    {
        zone* z = contig_page_data->node_zones;

        // What allocation only reads, what it writes under the lock, what reclaim reads, what the counters add to.
        long[] starts = [(byte*)z->free_area - (byte*)z, (byte*)&z->percpu_drift_mark - (byte*)z, (byte*)z->vm_stat - (byte*)z];
        Assert.That(starts, Is.EqualTo(new long[] { 256, 1728, 1792 }));
        Assert.That(starts, Has.All.Matches<long>(s => s % 64 == 0));
        Assert.That((byte*)&z->initialized - (byte*)z, Is.LessThan(starts[0]));
        Assert.That((byte*)&z->@lock - (byte*)z, Is.InRange(starts[0], starts[1] - 1));
    }

    [Test]
    public void FreeArea() => StructLayout.Matches<free_area>();

    [Test]
    public void PerCpuPages()
    {
        StructLayout.Matches<per_cpu_pages>();
        Assert.That(sizeof(pcp_list_array), Is.EqualTo(NR_PCP_LISTS * sizeof(list_head)));
        Assert.That(StructLayout.SizeOf("per_cpu_pages") - 32, Is.GreaterThanOrEqualTo(sizeof(pcp_list_array)));
    }

    [Test]
    public void Lruvec() => StructLayout.Matches<lruvec>();

    [Test]
    public void PerCpuStats()
    {
        StructLayout.Matches<per_cpu_zonestat>();
        StructLayout.Matches<per_cpu_nodestat>();
    }

    [Test]
    public void Zoneref() => StructLayout.Matches<zoneref>();

    [Test]
    public void AllocContext() => StructLayout.Matches<alloc_context>();

    [Test]
    public void ReclaimStat() => StructLayout.Matches<reclaim_stat>();

    [Test]
    public void NodeWritesStandApart()
    {
        pglist_data* node = contig_page_data;
        Assert.That((ulong)node % 64, Is.Zero);
        Assert.That((byte*)&node->__lruvec - (byte*)&node->totalreserve_pages, Is.GreaterThan(64));
        Assert.That((byte*)&node->per_cpu_nodestats - (byte*)&node->flags, Is.GreaterThan(64));
    }
}
