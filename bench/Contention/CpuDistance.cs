// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KMemcg.Bench.Contention;

/// <summary>
/// How far two CPUs are from each other: the time that a cache line takes from one to the other and back. A hypervisor moves its
/// virtual CPUs about, and two cores that do not share a cache take several times as long as two that do.
/// </summary>
internal sealed unsafe class CpuDistance : IDisposable
{
    /// <summary>Nanoseconds: two cores of one cache take 90 to 160 here, and others 400 or more.</summary>
    public const double Near = 250;

    private const int WarmUps = 10;
    private const int Trips = 30;
    private const nuint TwoLines = 128;

    private readonly long* _line = (long*)NativeMemory.AlignedAlloc(TwoLines, TwoLines);

    public CpuDistance() => *_line = 0;

    public void Dispose() => NativeMemory.AlignedFree(_line);

    /// <summary>
    /// Called on two CPUs at once, by 0 and by 1 and nobody else. Nanoseconds of a line's way there and back, as CPU 0 sees it; of no
    /// meaning on the other. Much more when one of the threads is taken off its CPU meanwhile.
    /// </summary>
    public double Measure(int cpu)
    {
        long start = 0;
        for (int i = 0; i < WarmUps + Trips; i++)
        {
            if (cpu != 0)
            {
                Await(2 * i + 1);
                Volatile.Write(ref *_line, 2 * i + 2);
                continue;
            }

            if (i == WarmUps)
            {
                start = Stopwatch.GetTimestamp();
            }

            Volatile.Write(ref *_line, 2 * i + 1);
            Await(2 * i + 2);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Trips;
    }

    private void Await(long value)
    {
        while (Volatile.Read(ref *_line) != value)
        {
        }
    }
}
