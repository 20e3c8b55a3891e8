// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Groups;

/// <summary>A group made and removed, which is what a container runtime does for each start: mkdir, rmdir, the work until it is gone.</summary>
public class GroupBenchmarks : KernelBenchmark
{
    private const int Groups = 100;

    private readonly string[] _names = [.. Enumerable.Range(0, Groups).Select(i => $"g{i}")];

    /// <summary>Boots the machine.</summary>
    [GlobalSetup]
    public void SetUp() => Boot();

    /// <summary>A hundred made and removed.</summary>
    [Benchmark(OperationsPerInvoke = Groups)]
    public void MakeAndRemove() => machine.run(() =>
    {
        foreach (string name in _names)
        {
            cgroupfs.mkdir(name);
        }

        foreach (string name in _names)
        {
            cgroupfs.rmdir(name);
        }
    });
}
