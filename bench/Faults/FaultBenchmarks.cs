// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using KMemcg.Bench.Yardstick;
using Linux;

namespace KMemcg.Bench.Faults;

/// <summary>
/// Anonymous memory mapped, touched and unmapped in a group, against the same of the kernel underneath: will-it-scale's
/// page_fault1, the load behind most reports on the cost of charging.
/// </summary>
public class FaultBenchmarks : KernelBenchmark
{
    private const int Pages = 4096;

    /// <summary>Puts the task into a group.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot();
        unsafe
        {
            Machine.MakeGroup("g");
        }

        BenchMachine.Move(Machine.Task, "g");
    }

    /// <summary>The port.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public void Port() => Machine.RunUser(() => FaultLoops.MapTouchUnmap(Pages, 1));

    /// <summary>The host's kernel.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Pages)]
    public void Host() => HostKernel.MapTouchUnmap(Pages, 1);
}
