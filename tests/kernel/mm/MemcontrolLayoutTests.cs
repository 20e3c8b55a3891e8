// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>The structs of memcontrol against the recorded kernel's.</summary>
[TestFixture]
internal sealed unsafe class MemcontrolLayoutTests
{
    [Test]
    public void Small_ones()
    {
        StructLayout.Matches<mem_cgroup_id>();
        StructLayout.Matches<mem_cgroup_reclaim_iter>();
        StructLayout.Matches<mem_cgroup_reclaim_cookie>();
        StructLayout.Matches<wb_completion>();
        StructLayout.Matches<wb_domain>();
        StructLayout.Matches<vmpressure>();
    }

    /// <summary>Cgroup v1 and huge pages are off: their fields, at the end, are not there.</summary>
    [Test]
    public void Group_has_its_counters_on_lines_of_their_own()
    {
        StructLayout.Matches<mem_cgroup>(size: false, "nodeinfo");
        Assert.Multiple(() =>
        {
            mem_cgroup* m = (mem_cgroup*)linux_container_of_h.nowhere;
            Assert.That((int)((nint)(&m->memory.usage) % 64), Is.Zero);
            Assert.That((int)((nint)(&m->swap.usage) % 64), Is.Zero);
            Assert.That((int)((byte*)m->nodeinfo - (byte*)m), Is.EqualTo(1528), "where the recorded kernel has deferred_split_queue");
            Assert.That((int)((byte*)m->memory_events - (byte*)m), Is.EqualTo(1032));
            Assert.That((int)((byte*)m->cgwb_frn - (byte*)m), Is.EqualTo(1368));
        });
    }

    /// <summary>Padding stands for the fields of v1: the lists move to the second line, what follows stays.</summary>
    [Test]
    public void Group_on_a_node()
    {
        StructLayout.Matches<mem_cgroup_per_node>(size: false, "lruvec");
        mem_cgroup_per_node* pn = (mem_cgroup_per_node*)linux_container_of_h.nowhere;
        Assert.That((int)((byte*)&pn->lruvec - (byte*)pn), Is.EqualTo(64));
    }

    [Test]
    public void Bucket() => Assert.That(sizeof(obj_cgroup), Is.EqualTo(48));
}
