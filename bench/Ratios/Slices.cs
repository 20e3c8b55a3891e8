// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using KMemcg.Bench.Yardstick;

namespace KMemcg.Bench.Ratios;

/// <summary>
/// Two loops in turns on one thread, in slices so short that most are not disturbed; a slice in which the thread was taken off
/// its CPU is left out. Each repetition gives one ratio of neighbours, so what slows the machine for longer than a slice
/// slows both.
/// </summary>
internal static class Slices
{
    private const int WarmUps = 200;

    /// <summary>Who has less time than this only wants to see that it runs.</summary>
    public static readonly TimeSpan ForNumbers = TimeSpan.FromSeconds(0.1);

    /// <summary>Seconds of a slice that most often is not disturbed.</summary>
    public const double ShortSlice = 0.3e-3;

    /// <summary>For what works on megabytes: in a short slice each would find only what the other left in the caches.</summary>
    public const double LongSlice = 5e-3;

    /// <summary>Measures for so long, and at least a few repetitions. Runs on the calling thread.</summary>
    public static Measured Measure(Action<long> port, Action<long> yardstick, long operationsPerRound, TimeSpan budget, double slice = ShortSlice)
    {
        WarmUp(port, Calibrate(port), budget);
        long portRounds = Calibrate(port, slice), yardRounds = Calibrate(yardstick, slice);

        List<double> ports = [], yards = [], ratios = [];
        long allocated = 0, operations = 0;
        var clock = Stopwatch.StartNew();
        for (int i = 0; ratios.Count < 5 || clock.Elapsed < budget; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            double p, y;
            if (i % 2 == 0)
            {
                p = Time(port, portRounds);
                y = Time(yardstick, yardRounds);
            }
            else
            {
                y = Time(yardstick, yardRounds);
                p = Time(port, portRounds);
            }

            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            operations += portRounds * operationsPerRound;
            if (double.IsNaN(p) || double.IsNaN(y))
            {
                if (clock.Elapsed > 10 * budget)
                {
                    break;
                }

                continue;
            }

            p /= portRounds * operationsPerRound;
            y /= yardRounds * operationsPerRound;
            ports.Add(p);
            yards.Add(y);
            ratios.Add(p / y);
        }

        return new Measured(Spread.Of(ports), Spread.Of(yards), Spread.Of(ratios), (double)allocated / operations);
    }

    /// <summary>So many rounds that they take about a slice.</summary>
    public static long Calibrate(Action<long> loop, double slice = ShortSlice)
    {
        for (long rounds = 1; ; rounds *= 2)
        {
            // The best of three, as one may be disturbed.
            double best = double.MaxValue;
            for (int i = 0; i < 3; i++)
            {
                long start = Stopwatch.GetTimestamp();
                loop(rounds);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            if (best > slice)
            {
                return Math.Max(1, (long)(rounds * slice / best));
            }
        }
    }

    /// <summary>Lets the loop and what it calls reach their last tier: many calls, and time for the compiler's thread.</summary>
    private static void WarmUp(Action<long> loop, long rounds, TimeSpan budget)
    {
        for (int pass = 0; pass < 3 && budget >= ForNumbers; pass++)
        {
            for (int i = 0; i < WarmUps; i++)
            {
                loop(Math.Max(1, rounds / 8));
            }

            Thread.Sleep(150);
        }
    }

    /// <summary>Nanoseconds of one slice, or NaN when the thread was disturbed.</summary>
    private static double Time(Action<long> loop, long rounds)
    {
        long switches = HostKernel.InvoluntarySwitches();
        long start = Stopwatch.GetTimestamp();
        loop(rounds);
        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        return HostKernel.InvoluntarySwitches() == switches ? nanoseconds : double.NaN;
    }
}

/// <summary>What the port and its yardstick took for one operation, and the ratios of neighbouring slices.</summary>
internal sealed record Measured(Spread Port, Spread Yardstick, Spread Ratio, double AllocatedBytes)
{
    /// <summary>Of several threads: nanoseconds of a cache line's way from one CPU to the other and back.</summary>
    public Spread? Way { get; init; }

    /// <summary>Of several threads: the same while the host had their CPUs apart, if they were near each other as well.</summary>
    public Measured? Apart { get; init; }
}

/// <summary>The median, and the quartiles around it.</summary>
internal sealed record Spread(double Median, double Low, double High, int Count)
{
    public static Spread Of(List<double> values)
    {
        if (values.Count == 0)
        {
            return new Spread(double.NaN, double.NaN, double.NaN, 0);
        }

        double[] sorted = [.. values.Order()];
        return new Spread(At(sorted, 0.5), At(sorted, 0.25), At(sorted, 0.75), sorted.Length);
    }

    private static double At(double[] sorted, double fraction) => sorted[(int)(fraction * (sorted.Length - 1))];
}
