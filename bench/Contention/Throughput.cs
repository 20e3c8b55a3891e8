// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using KMemcg.Bench.Charge;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Contention;

/// <summary>
/// Pages that several CPUs charge together in a second, by wall clock: unlike <see cref="TwoThreads"/> for more CPUs than the
/// host has, too, which then share them.
/// </summary>
internal static unsafe class Throughput
{
    private const int Pages = 1 << 17;

    /// <summary>Millions of pages a second: of one group for all CPUs, of groups of their own, and of twelve for each CPU in turn.</summary>
    public static (double One, double Own, double Twelve) Measure(int threads, TimeSpan budget)
    {
        const int Many = 12;
        using var bench = new BenchMachine(threads);
        bench.MakeGroup("p");
        nint shared = (nint)bench.MakeGroup("p/shared");
        nint[][] groups = [.. Enumerable.Range(0, threads).Select(cpu =>
            Enumerable.Range(0, Many).Select(g => (nint)bench.MakeGroup(string.Create(CultureInfo.InvariantCulture, $"p/{cpu}-{g}"))).ToArray())];
        double one = Of(bench, threads, budget, _ => ChargeLoops.ChargeBatch((mem_cgroup*)shared, Pages / 64));
        double own = Of(bench, threads, budget, cpu => ChargeLoops.ChargeBatch((mem_cgroup*)groups[cpu][0], Pages / 64));
        double twelve = Of(bench, threads, budget, cpu =>
        {
            fixed (nint* first = groups[cpu])
            {
                ChargeLoops.GroupsInTurn((mem_cgroup**)first, Many, Pages / Many);
            }
        });
        machine.run(() => mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup));
        return (one, own, twelve);
    }

    /// <summary>The median of as many rounds as the time is enough for; the first ones are for the compiler.</summary>
    private static double Of(BenchMachine bench, int threads, TimeSpan budget, Action<int> loop)
    {
        List<double> rates = [];
        var clock = Stopwatch.StartNew();
        while (rates.Count < 8 || clock.Elapsed < budget)
        {
            long start = Stopwatch.GetTimestamp();
            bench.RunEverywhere(threads, loop);
            rates.Add((double)Pages * threads / Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        double[] sorted = [.. rates.Skip(rates.Count / 4).Order()];
        return sorted[sorted.Length / 2];
    }
}
