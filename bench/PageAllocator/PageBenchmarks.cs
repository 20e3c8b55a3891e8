// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.PageAllocator;

/// <summary>
/// Pages one by one, which the CPU's list serves, and in runs, which the buddy lists take part in, by order; and the churn of
/// an arena of jemalloc: live blocks of orders 0 to 3 of which a random one is replaced each time.
/// </summary>
public unsafe class PageBenchmarks : KernelBenchmark
{
    private const int RunLength = 256;
    private page** _pages;
    private byte* _orders;
    private byte* _draw;

    /// <summary>The order.</summary>
    [Params(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    public int Order { get; set; }

    /// <summary>Boots both allocators.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot();
        _pages = (page**)NativeMemory.AllocZeroed(4096, (nuint)sizeof(nint));
        _orders = (byte*)NativeMemory.AllocZeroed(4096);
        _draw = (byte*)NativeMemory.Alloc(256);
        for (int i = 0; i < 256; i++)
        {
            _draw[i] = (byte)(i < 192 ? 0 : i < 232 ? 1 : i < 248 ? 2 : 3);
        }

        Machine.Run(() => Yard!.BootPages(1UL << 18, 63, 592, 15165));
    }

    /// <summary>One by one.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Pair() => Machine.Run(() => PageLoops.Pair(PageLoops.GfpMovable, (uint)Order, Operations));

    /// <summary>One by one, in C.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void PairInC() => Machine.Run(() => Yard!.PagePair(PageLoops.GfpMovable, (uint)Order, Operations));

    /// <summary>In runs of 256, or as many as fill a quarter of RAM.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Run() => Machine.Run(() => PageLoops.Run(PageLoops.GfpMovable, (uint)Order, _pages, Length, Operations / Length));

    /// <summary>In runs, in C.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void RunInC() => Machine.Run(() => Yard!.PageRun(PageLoops.GfpMovable, (uint)Order, (void**)_pages, Length, Operations / Length));

    /// <summary>An arena's life; the order is drawn, the parameter does not matter.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Churn() => Machine.Run(() => PageLoops.Churn(PageLoops.GfpMovable, _pages, _orders, 4096, _draw, 88172645463325252UL, Operations));

    /// <summary>An arena's life, in C.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void ChurnInC() => Machine.Run(() => Yard!.PageChurn(PageLoops.GfpMovable, (void**)_pages, _orders, 4096, _draw, 88172645463325252UL, Operations));

    private int Length => Math.Min(RunLength, (1 << 16) >> Order);
}
