// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Counters;

/// <summary>
/// page_counter_try_charge and _uncharge by depth, with memory.min and memory.low to propagate and without: the shape of
/// "fewer min/low atomics" (20220822001737.4120417-4), where protection halves the throughput of a tree of three levels.
/// </summary>
public unsafe class CounterBenchmarks : KernelBenchmark
{
    private page_counter* _counter;
    private void* _other;

    /// <summary>Levels below the root.</summary>
    [Params(1, 3, 6)]
    public int Depth { get; set; }

    /// <summary>Whether each level has a memory.min and memory.low above its usage.</summary>
    [Params(false, true)]
    public bool Protected { get; set; }

    /// <summary>Makes the groups.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot();
        _counter = &Machine.MakeChain("g", Depth)->memory;
        if (Protected)
        {
            string path = "g";
            for (int i = 0; i < Depth; path += $"/{++i}")
            {
                BenchMachine.Write($"{path}/memory.min", "64M");
                BenchMachine.Write($"{path}/memory.low", "128M");
            }
        }

        if (Yard is { } yard)
        {
            _other = yard.Group(null, 1);
            for (int i = 0; i < Depth; i++)
            {
                _other = yard.Group(_other, 1);
                yard.Protect(_other, Protected ? 16384UL : 0, Protected ? 32768UL : 0);
            }
        }
    }

    /// <summary>The port.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Port() => Machine.Run(() => CounterLoops.ChargeUncharge(_counter, 64, Operations));

    /// <summary>The same in C.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    public void C() => Machine.Run(() => Yard!.Counter(_other, 64, Operations));
}
