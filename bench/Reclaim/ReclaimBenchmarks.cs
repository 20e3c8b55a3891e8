// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Faults;
using KMemcg.Bench.Machines;

namespace KMemcg.Bench.Reclaim;

/// <summary>
/// Pages of one group, or of many below one parent, that the parent's memory.reclaim writes to swap: the shape of the threads on
/// container density, where the walk over groups is the cost. On the virtual clock, so that the time is what the code takes.
/// </summary>
[InvocationCount(1)]
public unsafe class ReclaimBenchmarks : KernelBenchmark
{
    private const int Pages = 8192;
    private ulong _at;

    /// <summary>Groups that share the pages.</summary>
    [Params(1, 10, 100, 1000)]
    public int Groups { get; set; }

    /// <summary>Touches each group's share.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot(cpus: 1, swap: 1UL << 30, parallel: false);
        Machine.MakeGroup("p");
        int each = Pages / Groups;
        Machine.RunUser(() => _at = FaultLoops.Map(Pages));
        for (int g = 0; g < Groups; g++)
        {
            int first = g * each;
            Machine.MakeGroup($"p/{g}");
            BenchMachine.Move(Machine.Task, $"p/{g}");
            Machine.RunUser(() => FaultLoops.Touch(_at + ((ulong)first * 4096), each));
        }
    }

    /// <summary>Brings back what the last iteration has reclaimed, and makes it dirty.</summary>
    [IterationSetup]
    public void Touch() => Machine.RunUser(() => FaultLoops.Touch(_at, Pages / Groups * Groups));

    /// <summary>Half of the pages, in portions as users ask for them.</summary>
    [Benchmark(OperationsPerInvoke = Pages / 2)]
    public void Reclaim()
    {
        for (int portion = 0; portion < 4; portion++)
        {
            BenchMachine.Write("p/memory.reclaim", $"{Pages / 8 * 4096}");
        }
    }
}
