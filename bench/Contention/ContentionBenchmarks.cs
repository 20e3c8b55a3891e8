// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Charge;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Contention;

/// <summary>
/// Several CPUs at once, in one group, in siblings, and in several groups on each CPU around the seven slots: the shape of
/// the multi-memcg stock (20250416180229.2902751-1), where the throughput of N clients in N groups grew by 14 to 145 %.
/// </summary>
public unsafe class ContentionBenchmarks : KernelBenchmark
{
    private nint[][] _groups = [];

    /// <summary>CPUs; more than the host has share its CPUs.</summary>
    [Params(1, 2, 4, 8)]
    public int Threads { get; set; }

    /// <summary>Groups that each CPU charges in turn; 0: one group for all CPUs.</summary>
    [Params(0, 1, 2, 4, 6, 7, 8, 10, 12)]
    public int GroupsOfEach { get; set; }

    /// <summary>Makes the groups.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot(cpus: Threads);
        Machine.MakeGroup("p");
        nint shared = GroupsOfEach == 0 ? (nint)Machine.MakeGroup("p/shared") : 0;
        _groups = [.. Enumerable.Range(0, Threads).Select(cpu => GroupsOfEach == 0
            ? [shared]
            : Enumerable.Range(0, GroupsOfEach).Select(g => (nint)Machine.MakeGroup($"p/{cpu}-{g}")).ToArray())];
    }

    /// <summary>A page for each group in turn, on every CPU.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void InTurn() => Machine.RunEverywhere(Threads, cpu =>
    {
        nint[] groups = _groups[cpu];
        fixed (nint* first = groups)
        {
            ChargeLoops.GroupsInTurn((mem_cgroup**)first, groups.Length, Operations / groups.Length);
        }
    });
}
