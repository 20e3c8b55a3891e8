// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Runtime.InteropServices;
using KMemcg.Bench.Charge;
using KMemcg.Bench.Contention;
using KMemcg.Bench.Counters;
using KMemcg.Bench.Faults;
using KMemcg.Bench.Machines;
using KMemcg.Bench.PageAllocator;
using KMemcg.Bench.Yardstick;
using Linux;

namespace KMemcg.Bench.Ratios;

/// <summary><c>ratios</c>: the port against C and against the host's kernel, one line a figure, in about a minute.</summary>
internal sealed unsafe class RatiosCommand(TimeSpan budget, string? only)
{
    // Twice the CPUs, at least 1.9 times the work.
    private const double Scaling = 2 / 1.9;

    // Anonymous memory that is mapped, touched and unmapped at once: 2 MiB.
    private const int FaultPages = 512;

    private const string HostFaultsName = "2 processes, faults of the host";

    private readonly List<Figure> _figures = [];

    /// <summary>Measures and prints all figures whose name contains <paramref name="only"/>.</summary>
    public static IReadOnlyList<Figure> Run(TimeSpan budget, string? only)
    {
        var command = new RatiosCommand(budget, only);
        Console.WriteLine($"{"",-38} {"port ns",9} {"other ns",9} {"",-4} {"ratio",5} {"(quartiles, pairs)",-20} {"wanted",7} {"B/op",5} {"way",5}");
        if (CYardstick.Instance is { } yard)
        {
            command.AgainstC(yard);
        }
        else
        {
            Console.WriteLine($"no C yardstick: {CYardstick.Missing}");
        }

        command.AgainstHost();
        return command._figures;
    }

    private void AgainstC(CYardstick yard)
    {
        using var bench = new BenchMachine();
        Stock(bench, yard);
        foreach (int depth in (int[])[1, 3, 6])
        {
            Counter(bench, yard, depth);
        }

        Pages(bench, yard);
        OneGroup(bench, yard);
        OwnGroups(bench, yard);
        Machine(bench, yard);
    }

    private void Stock(BenchMachine bench, CYardstick yard)
    {
        const int Slots = 7;
        mem_cgroup** groups = (mem_cgroup**)NativeMemory.Alloc(Slots, (nuint)sizeof(nint));
        void** others = (void**)NativeMemory.Alloc(Slots, (nuint)sizeof(nint));
        for (int i = 0; i < Slots; i++)
        {
            groups[i] = bench.MakeGroup($"s{i}");
        }

        bench.Run(() =>
        {
            yard.BeCpu(0);
            void* root = yard.Group(null, 1);
            for (int i = 0; i < Slots; i++)
            {
                others[i] = yard.Group(root, 1);
            }

            Add("stock hit", "C", 1.10, 63, n => ChargeLoops.StockHit(groups, 1, n), n => yard.StockHit(others, 1, n));
            Add("stock hit, 7 groups in turn", "C", 1.10, 63 * Slots, n => ChargeLoops.StockHit(groups, Slots, n), n => yard.StockHit(others, Slots, n));
            Add("stock hit and refill of 1", "C", null, 1, n => ChargeLoops.StockPair(groups[0], n), n => yard.StockPair(others[0], n));
            Add("64 pages by 1, uncharged as batch", "C", null, 64, n => ChargeLoops.ChargeBatch(groups[0], n), n => yard.ChargeBatch(others[0], n));
            mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
            yard.Drain();
        });
        NativeMemory.Free(groups);
        NativeMemory.Free(others);
    }

    private void Counter(BenchMachine bench, CYardstick yard, int depth)
    {
        mem_cgroup* group = bench.MakeChain($"d{depth}", depth);
        bench.Run(() =>
        {
            yard.BeCpu(0);
            void* other = yard.Group(null, 1);
            for (int i = 0; i < depth; i++)
            {
                other = yard.Group(other, 1);
            }

            Add($"counters, depth {depth}", "C", 1.10, 1, n => CounterLoops.ChargeUncharge(&group->memory, 64, n), n => yard.Counter(other, 64, n));
        });
    }

    private void Pages(BenchMachine bench, CYardstick yard)
    {
        const int Run = 512;
        page** pages = (page**)NativeMemory.Alloc(Run, (nuint)sizeof(nint));
        bench.Run(() =>
        {
            yard.BeCpu(0);
            per_cpu_pages* pcp = linux_percpu_h.this_cpu_ptr((linux_mmzone_h.NODE_DATA(0)->node_zones + linux_mmzone_h.ZONE_DMA32)->per_cpu_pageset);
            yard.BootPages(1UL << 18, pcp->batch, pcp->high_min, pcp->high_max);
            Add("page allocator, order 0, one by one", "C", 1.25, 1, n => PageLoops.Pair(PageLoops.GfpMovable, 0, n), n => yard.PagePair(PageLoops.GfpMovable, 0, n));
            Add("page allocator, order 0, runs of 512", "C", 1.25, Run, n => PageLoops.Run(PageLoops.GfpMovable, 0, pages, Run, n), n => yard.PageRun(PageLoops.GfpMovable, 0, (void**)pages, Run, n));
            Add("page allocator, order 3", "C", null, 1, n => PageLoops.Pair(PageLoops.GfpMovable, 3, n), n => yard.PagePair(PageLoops.GfpMovable, 3, n));
            Add("page allocator, order 9", "C", null, 1, n => PageLoops.Pair(PageLoops.GfpMovable, 9, n), n => yard.PagePair(PageLoops.GfpMovable, 9, n));
        });
        NativeMemory.Free(pages);
    }

    private void OneGroup(BenchMachine bench, CYardstick yard)
    {
        const string Name = "2 threads, one group", CountersName = "2 threads, counters of one group";
        if (Environment.ProcessorCount < 2 || !(Wanted(Name) || Wanted(CountersName)))
        {
            return;
        }

        mem_cgroup* group = bench.MakeChain("shared", 2);
        void* other = yard.Group(yard.Group(yard.Group(null, 1), 1), 1);
        bench.RunEverywhere(2, cpu => yard.BeCpu(cpu));
        var threads = new TwoThreads(bench, 2);
        if (Wanted(Name))
        {
            Print(Figure.From(Name, "C", threads.Measure(
                (_, n) => ChargeLoops.ChargeBatch(group, n), (_, n) => yard.ChargeBatch(other, n), 64, budget), 1.15));
        }

        if (Wanted(CountersName))
        {
            Print(Figure.From(CountersName, "C", threads.Measure(
                (_, n) => CounterLoops.ChargeUncharge(&group->memory, 64, n), (_, n) => yard.Counter(other, 64, n), 1, budget), 1.15));
        }

        bench.RunEverywhere(2, _ =>
        {
            mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
            yard.Drain();
        });
    }

    /// <summary>
    /// Groups of their own: all that the CPUs share then is the root's counter, at each refill. So the yardstick is C for
    /// batches, and for what does not come to the root, one thread: what an operation takes with a neighbour, over alone.
    /// </summary>
    private void OwnGroups(BenchMachine bench, CYardstick yard)
    {
        const string HitName = "2 threads, own groups, stock hit", CName = "2 threads, own groups, stock hit in C", BatchName = "2 threads, own groups, batches";
        if (Environment.ProcessorCount < 2 || !(Wanted(HitName) || Wanted(CName) || Wanted(BatchName)))
        {
            return;
        }

        mem_cgroup** groups = (mem_cgroup**)NativeMemory.Alloc(2, (nuint)sizeof(nint));
        void** others = (void**)NativeMemory.Alloc(2, (nuint)sizeof(nint));
        void* root = yard.Group(null, 1);
        for (int cpu = 0; cpu < 2; cpu++)
        {
            groups[cpu] = bench.MakeGroup($"own{cpu}");
            others[cpu] = yard.Group(root, 1);
        }

        bench.RunEverywhere(2, cpu => yard.BeCpu(cpu));
        var threads = new TwoThreads(bench, 2);
        if (Wanted(HitName))
        {
            Print(Figure.From(HitName, "one", threads.Measure(
                (cpu, n) => ChargeLoops.StockHit(groups + cpu, 1, n), null, 63, budget), Scaling));
        }

        // Nothing is shared and there is no runtime: what the host takes when both its CPUs are busy.
        if (Wanted(CName))
        {
            Print(Figure.From(CName, "one", threads.Measure(
                (cpu, n) => yard.StockHit(others + cpu, 1, n), null, 63, budget), null));
        }

        if (Wanted(BatchName))
        {
            Print(Figure.From(BatchName, "C", threads.Measure(
                (cpu, n) => ChargeLoops.ChargeBatch(groups[cpu], n), (cpu, n) => yard.ChargeBatch(others[cpu], n), 64, budget), 1.15));
        }

        bench.RunEverywhere(2, _ =>
        {
            mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
            yard.Drain();
        });
        NativeMemory.Free(groups);
        NativeMemory.Free(others);
    }

    /// <summary>What two CPUs of this machine give to who shares nothing: the bound of all that is measured against one thread.</summary>
    private void Machine(BenchMachine bench, CYardstick yard)
    {
        const string Arithmetic = "2 threads, arithmetic in C", Clear = "2 threads, own pages cleared in C";
        if (Environment.ProcessorCount < 2)
        {
            return;
        }

        var threads = new TwoThreads(bench, 2);
        if (Wanted(Arithmetic))
        {
            Print(Figure.From(Arithmetic, "one", threads.Measure((_, n) => yard.Arithmetic(n), null, 1, budget), null));
        }

        if (Wanted(Clear))
        {
            Print(Figure.From(Clear, "one", threads.Measure(
                (_, n) => yard.ClearPages(FaultPages, n), null, FaultPages, budget), null));
        }
    }

    private void OwnFaults(BenchMachine bench)
    {
        const string Name = "2 threads, own groups, faults";
        if (Environment.ProcessorCount < 2 || !Wanted(Name))
        {
            return;
        }

        for (int cpu = 0; cpu < 2; cpu++)
        {
            bench.MakeGroup($"own{cpu}");
            BenchMachine.Move(bench.Tasks[cpu], $"own{cpu}");
        }

        var threads = new TwoThreads(bench, 2, user: true);
        Print(Figure.From(Name, "one", threads.Measure(
            (_, n) => FaultLoops.MapTouchUnmap(FaultPages, n), null, FaultPages, budget), Scaling));
    }

    private void AgainstHost()
    {
        if (!HostKernel.IsThere)
        {
            return;
        }

        using var bench = new BenchMachine();
        bench.MakeGroup("faults");
        BenchMachine.Move(bench.Task, "faults");
        bench.RunUser(() => Add("anonymous fault and unmap", "host", 0.25, FaultPages, n => FaultLoops.MapTouchUnmap(FaultPages, n), n => HostKernel.MapTouchUnmap(FaultPages, n), Slices.LongSlice));
        OwnFaults(bench);
        if (Environment.ProcessorCount >= 2 && Wanted(HostFaultsName) && HostProcesses.Faults(FaultPages, budget) is { } host)
        {
            Print(Figure.From(HostFaultsName, "one", host, null));
        }
    }

    private bool Wanted(string name) => only is null || name.Contains(only, StringComparison.OrdinalIgnoreCase);

    private void Add(string name, string yardstick, double? wanted, long operations, Action<long> port, Action<long> other, double slice = Slices.ShortSlice)
    {
        if (Wanted(name))
        {
            Print(Figure.From(name, yardstick, Slices.Measure(port, other, operations, budget, slice), wanted));
        }
    }

    private void Print(Figure figure)
    {
        _figures.Add(figure);
        string wanted = figure.Wanted is { } w ? "≤ " + w.ToString("F2", CultureInfo.InvariantCulture) : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{figure.Name,-38} {Numbers(figure.Port, figure.Other, figure.Yardstick, figure.Ratio)} {wanted,7} {figure.AllocatedBytes,5:F0} {figure.Way?.Median,5:F0}").TrimEnd());
        if (figure.Apart is { } apart)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{"  while the host had the CPUs apart",-38} {Numbers(apart.Port, apart.Yardstick, "", apart.Ratio)} {"",7} {"",5} {apart.Way?.Median,5:F0}"));
        }
    }

    private static string Numbers(Spread port, Spread other, string yardstick, Spread ratio) => string.Create(CultureInfo.InvariantCulture,
        $"{port.Median,9:F2} {other.Median,9:F2} {yardstick,-4} {ratio.Median,5:F2} {$"({ratio.Low:F2}–{ratio.High:F2}, {ratio.Count})",-20}");
}
