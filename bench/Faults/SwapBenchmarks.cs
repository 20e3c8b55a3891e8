// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;

namespace KMemcg.Bench.Faults;

/// <summary>
/// Pages of a group that are on swap, touched in order: the lookup, the charge that comes back to the group the slot belongs
/// to, readahead and the mapping. The shape of usemem in a group that is too small, with which the swap table (6.18) gave 28.6 % more
/// throughput. On the virtual clock, so that the time is what the code takes, not what the disk does.
/// </summary>
[InvocationCount(1)]
public unsafe class SwapBenchmarks : KernelBenchmark
{
    private const int Pages = 8192;
    private ulong _at;

    /// <summary>Touches the pages.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot(cpus: 1, swap: 1UL << 30, parallel: false);
        Machine.MakeGroup("g");
        BenchMachine.Move(Machine.Task, "g");
        Machine.RunUser(() => _at = FaultLoops.MapAndTouch(Pages));
    }

    /// <summary>Writes all of them to swap.</summary>
    [IterationSetup]
    public void PageOut() => Machine.RunUser(() => FaultLoops.PageOut(_at, Pages));

    /// <summary>A page of them, read.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public void SwapIn() => Machine.RunUser(() => FaultLoops.Read(_at, Pages));
}
