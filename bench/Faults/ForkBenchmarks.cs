// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Faults;

/// <summary>
/// A process with so many touched pages forks, and the child writes to each of them: what a fork copies of page tables and
/// reverse map, and a fault that copies a page and charges it. The load of a Redis that saves; of will-it-scale's, page_fault2 is
/// the one that copies a page at each fault (fefc6e6631: +50.30 % by the layout of mem_cgroup_per_node).
/// </summary>
[InvocationCount(1)]
public unsafe class ForkBenchmarks : KernelBenchmark
{
    private const int Pages = 8192;
    private ulong _at;
    private user_task? _child;

    /// <summary>Touches the parent's pages.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot();
        Machine.MakeGroup("g");
        BenchMachine.Move(Machine.Task, "g");
        Machine.RunUser(() => _at = FaultLoops.MapAndTouch(Pages));
    }

    /// <summary>The child that is to write.</summary>
    [IterationSetup(Target = nameof(CopyOnWrite))]
    public void MakeChild() => _child = machine.spawn("child", Machine.Task);

    /// <summary>Ends what a fork has made.</summary>
    [IterationCleanup]
    public void EndChild() => BenchMachine.End(_child!);

    /// <summary>The fork, for each page; the thread that carries the child is the host's and in it.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public void Fork() => _child = machine.spawn("child", Machine.Task);

    /// <summary>A page that is shared with the parent, written to by the child.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public void CopyOnWrite() => BenchMachine.RunUser(_child!, () => FaultLoops.Touch(_at, Pages));
}
