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

    /// <summary>Pairs of slices that make a figure.</summary>
    private const int Enough = 20;

    private readonly long[] _begin = new long[threads];
    private readonly long[] _end = new long[threads];
    private readonly bool[] _disturbed = new bool[threads];
    private int _arrived;
    private int _generation;

    /// <summary>
    /// A loop and its yardstick in turns, and in turns first; both get the CPU's number and a count of rounds. Without another yardstick
    /// it is what the loop itself takes alone, on one CPU after the other. The figure is of pairs in which the CPUs were near each
    /// other, unless there are hardly any.
    /// </summary>
    public Measured Measure(Action<int, long> port, Action<int, long>? other, long operationsPerRound, TimeSpan budget)
    {
        bool alone = other is null;
        Action<int, long> yardstick = other ?? port;
        var near = new Pairs();
        var apart = new Pairs();
        long portRounds = 1, yardRounds = 1;
        var clock = new Stopwatch();
        bool done = false;
        using var distance = new CpuDistance();
        Action<int, Action<int>> everywhere = user ? bench.RunUserEverywhere : bench.RunEverywhere;
        everywhere(threads, cpu =>
        {
            WarmUp(cpu, port, yardstick, budget);
            Meet();
            if (cpu == 0)
            {
                portRounds = Rounds(n => port(0, n));
                yardRounds = Rounds(n => yardstick(0, n));
                clock.Start();
            }

            Meet();
            for (int turn = 0; !Volatile.Read(ref done); turn++)
            {
                double before = Way(cpu), y = turn % 2 == 0 ? double.NaN : Yardstick(cpu);
                double p = Slice(cpu, 0, threads, port, portRounds) / (portRounds * operationsPerRound);
                y = turn % 2 == 0 ? Yardstick(cpu) : y;
                double after = Way(cpu);
                if (cpu == 0)
                {
                    double way = Math.Max(before, after);
                    (way < CpuDistance.Near ? near : apart).Add(p, y, way);
                    Volatile.Write(ref done, clock.Elapsed > budget && (near.Count >= Enough || clock.Elapsed > 2 * budget));
                }

                Meet();
            }
        });
        return near.Count < Enough && apart.Count > near.Count ? apart.Measured
            : near.Measured with { Apart = apart.Count < Enough ? null : apart.Measured };

        // Two CPUs are measured, of however many. A thread that was taken off its CPU meanwhile tells nothing.
        double Way(int cpu)
        {
            long switches = HostKernel.InvoluntarySwitches();
            double way = cpu < 2 ? distance.Measure(cpu) : 0;
            _disturbed[cpu] = HostKernel.InvoluntarySwitches() != switches;
            Meet();
            way = _disturbed.Contains(true) ? double.NaN : way;
            Meet();
            return way;
        }

        double Yardstick(int cpu)
        {
            double sum = 0;
            int slices = alone ? threads : 1;
            for (int i = 0; i < slices; i++)
            {
                sum += Slice(cpu, i, alone ? 1 : threads, yardstick, yardRounds);
            }

            return sum / slices / (yardRounds * operationsPerRound);
        }
    }

    private static void WarmUp(int cpu, Action<int, long> port, Action<int, long> yardstick, TimeSpan budget)
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
    }

    private static long Rounds(Action<long> loop) => Math.Max(1, (long)(Slices.Calibrate(loop) * SliceSeconds / 0.3e-3 / 2));

    /// <summary>Nanoseconds that a thread took on average, or NaN when they did not all run together.</summary>
    private double Slice(int cpu, int firstCpu, int running, Action<int, long> loop, long rounds)
    {
        Meet();
        // Waiting yields, which counts as being taken off; from here on it must not happen.
        long switches = HostKernel.InvoluntarySwitches();
        if (cpu >= firstCpu && cpu < firstCpu + running)
        {
            _begin[cpu] = Stopwatch.GetTimestamp();
            loop(cpu, rounds);
            _end[cpu] = Stopwatch.GetTimestamp();
        }

        _disturbed[cpu] = HostKernel.InvoluntarySwitches() != switches;
        Meet();
        ReadOnlySpan<long> begin = _begin.AsSpan(firstCpu, running), end = _end.AsSpan(firstCpu, running);
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

    /// <summary>What neighbouring slices took, in nanoseconds, and how far the CPUs were from each other.</summary>
    private sealed class Pairs
    {
        private readonly List<double> _ports = [], _yards = [], _ratios = [], _ways = [];

        public int Count => _ratios.Count;

        public Measured Measured => new(Spread.Of(_ports), Spread.Of(_yards), Spread.Of(_ratios), 0) { Way = Spread.Of(_ways) };

        public void Add(double port, double yardstick, double way)
        {
            if (!double.IsNaN(port) && !double.IsNaN(yardstick) && !double.IsNaN(way))
            {
                _ports.Add(port);
                _yards.Add(yardstick);
                _ratios.Add(port / yardstick);
                _ways.Add(way);
            }
        }
    }
}
