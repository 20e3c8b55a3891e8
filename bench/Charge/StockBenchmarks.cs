// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Charge;

/// <summary>
/// A charge of one page: served by the stock, with the batch that refills it, past the stock, and into and out of it as kmem
/// does. The shape of Kamezawa's numbers for the per-CPU stock (cdec2e4265df): child 18.4 M faults, with the stock 34.2 M.
/// </summary>
public unsafe class StockBenchmarks : KernelBenchmark
{
    private mem_cgroup* _group;
    private void* _other;

    /// <summary>Levels below the root.</summary>
    [Params(1, 3, 8)]
    public int Depth { get; set; }

    /// <summary>Makes the groups.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot();
        _group = Machine.MakeChain("g", Depth);
        if (Yard is { } yard)
        {
            _other = yard.Group(null, 1);
            for (int i = 0; i < Depth; i++)
            {
                _other = yard.Group(_other, 1);
            }
        }
    }

    /// <summary>The stock has it.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Hit() => Machine.Run(() =>
    {
        mem_cgroup* group = _group;
        ChargeLoops.StockHit(&group, 1, Operations / 63);
    });

    /// <summary>The same in C.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void HitInC() => Machine.Run(() =>
    {
        void* group = _other;
        Yard!.StockHit(&group, 1, Operations / 63);
    });

    /// <summary>64 charges, of which one walks up the counters, and one uncharge of all: as faults and unmapping do.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Batches() => Machine.Run(() => ChargeLoops.ChargeBatch(_group, Operations / 64));

    /// <summary>The same in C.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void BatchesInC() => Machine.Run(() => Yard!.ChargeBatch(_other, Operations / 64));

    /// <summary>65 pages at once: each walks up all levels.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Miss() => Machine.Run(() => ChargeLoops.ChargeLarge(_group, Operations));

    /// <summary>A page out of the stock and back into it, as kernel memory and sockets do.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Kmem() => Machine.Run(() => ChargeLoops.StockPair(_group, Operations));
}
