// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Rstat;

/// <summary>
/// Statistics of groups: an update, and a flush after each of so many groups had one. The shape of the separate rstat trees
/// (Kobryn, 2025), where reading memory.stat a million times fell from 73.7 to 42.5 s.
/// </summary>
public unsafe class RstatBenchmarks : KernelBenchmark
{
    private nint[] _groups = [];

    /// <summary>Groups below one parent.</summary>
    [Params(1, 100, 1000, 10_000)]
    public int Groups { get; set; }

    /// <summary>Makes the groups.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot();
        Machine.MakeGroup("p");
        _groups = [.. Enumerable.Range(0, Groups).Select(i => (nint)Machine.MakeGroup($"p/{i}"))];
    }

    /// <summary>An update of one statistic of one group.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Update() => Machine.Run(() =>
    {
        var group = (mem_cgroup*)_groups[0];
        for (int i = 0; i < Operations; i++)
        {
            mm_memcontrol_c.mod_memcg_state(group, linux_memcontrol_h.MEMCG_KMEM, (i & 1) * 2 - 1);
        }
    });

    /// <summary>An update of every group, and one flush of them all. The bytes that are shown are those of the step in which it runs.</summary>
    [Benchmark]
    public void UpdateAllAndFlush() => Machine.Run(() =>
    {
        foreach (nint group in _groups)
        {
            mm_memcontrol_c.mod_memcg_state((mem_cgroup*)group, linux_memcontrol_h.MEMCG_KMEM, 1);
        }

        kernel_cgroup_rstat_c.css_rstat_flush(&mm_memcontrol_c.root_mem_cgroup->css);
    });
}
