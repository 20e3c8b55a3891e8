// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using KMemcg.Bench.Machines;
using KMemcg.Bench.Ratios;
using KMemcg.Bench.Yardstick;
using Linux;

namespace KMemcg.Bench.Contention;

/// <summary>
/// A loop on several CPUs at once. Only slices count in which every thread ran from begin to end: one that was taken off its
/// CPU leaves the others without the contention that is to be measured. Kernel code, or with <paramref name="user"/> a task's own.
/// </summary>
internal sealed class TwoThreads(BenchMachine bench, int threads, bool user = false)
{
    private const double SliceSeconds = 0.4e-3;
    private const double Together = 0.8;

    private readonly long[] _begin = new long[threads];
    private readonly long[] _end = new long[threads];
    private readonly bool[] _disturbed = new bool[threads];
    private int _arrived;
    private int _generation;

    /// <summary>
    /// Port and yardstick in turns; the loops get the CPU's number and a count of rounds. The yardstick runs on the first
    /// <paramref name="yardThreads"/> CPUs.
    /// </summary>
    public Measured Measure(Action<int, long> port, Action<int, long> yardstick, int yardThreads, long operationsPerRound, TimeSpan budget)
    {
        List<double> ports = [], yards = [], ratios = [];
        long portRounds = 1, yardRounds = 1;
        var clock = new Stopwatch();
        bool done = false;
        Action<int, Action<int>> everywhere = user ? bench.RunUserEverywhere : bench.RunEverywhere;
        everywhere(threads, cpu =>
        {
            for (int i = 0; i < 600 && budget >= Slices.ForNumbers; i++)
            {
                port(cpu, 20);
                yardstick(cpu, 20);
                if (i % 200 == 199)
                {
                    Thread.Sleep(150);
                }
            }

            Meet();
            if (cpu == 0)
            {
                portRounds = Rounds(n => port(0, n));
                yardRounds = Rounds(n => yardstick(0, n));
                clock.Start();
            }

            Meet();
            while (!Volatile.Read(ref done))
            {
                double p = Slice(cpu, threads, port, portRounds);
                double y = Slice(cpu, yardThreads, yardstick, yardRounds);
                if (cpu == 0)
                {
                    if (!double.IsNaN(p))
                    {
                        ports.Add(p / (portRounds * operationsPerRound));
                    }

                    if (!double.IsNaN(y))
                    {
                        yards.Add(y / (yardRounds * operationsPerRound));
                    }

                    if (!double.IsNaN(p) && !double.IsNaN(y))
                    {
                        ratios.Add(p / portRounds / (y / yardRounds));
                    }

                    Volatile.Write(ref done, clock.Elapsed > budget && (ratios.Count >= 20 || clock.Elapsed > 5 * budget));
                }

                Meet();
            }
        });
        return new Measured(Spread.Of(ports), Spread.Of(yards), Spread.Of(ratios), 0);
    }

    private static long Rounds(Action<long> loop) => Math.Max(1, (long)(Slices.Calibrate(loop) * SliceSeconds / 0.3e-3 / 2));

    /// <summary>Nanoseconds that a thread took on average, or NaN when they did not all run together.</summary>
    private double Slice(int cpu, int running, Action<int, long> loop, long rounds)
    {
        Meet();
        // Waiting yields, which counts as being taken off; from here on it must not happen.
        long switches = HostKernel.InvoluntarySwitches();
        if (cpu < running)
        {
            _begin[cpu] = Stopwatch.GetTimestamp();
            loop(cpu, rounds);
            _end[cpu] = Stopwatch.GetTimestamp();
        }

        _disturbed[cpu] = HostKernel.InvoluntarySwitches() != switches;
        Meet();
        ReadOnlySpan<long> begin = _begin.AsSpan(0, running), end = _end.AsSpan(0, running);
        long first = long.MaxValue, last = 0, allIn = 0, firstOut = long.MaxValue, sum = 0;
        for (int i = 0; i < running; i++)
        {
            first = Math.Min(first, begin[i]);
            allIn = Math.Max(allIn, begin[i]);
            firstOut = Math.Min(firstOut, end[i]);
            last = Math.Max(last, end[i]);
            sum += end[i] - begin[i];
        }

        bool together = firstOut - allIn > Together * (last - first) && !_disturbed.Contains(true);
        return together ? Stopwatch.GetElapsedTime(0, sum).TotalNanoseconds / running : double.NaN;
    }

    /// <summary>All threads leave at once.</summary>
    private void Meet()
    {
        int generation = Volatile.Read(ref _generation);
        if (Interlocked.Increment(ref _arrived) == threads)
        {
            _arrived = 0;
            Volatile.Write(ref _generation, generation + 1);
            return;
        }

        for (int spins = 0; Volatile.Read(ref _generation) == generation; spins++)
        {
            // The other thread may still wait for an interrupt on this CPU, which is what wakes it.
            linux_smp_h.cpu_relax();
            if (spins > 20_000)
            {
                Thread.Yield();
            }
        }
    }
}
