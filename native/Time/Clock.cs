// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;

namespace KMemcg.Native;

/// <summary>A machine's clock: nanoseconds since it was switched on, never going back.</summary>
public abstract class Clock
{
    /// <summary>The time now, in nanoseconds.</summary>
    public abstract long Now { get; }

    /// <summary>Whether time passes only when it is told to.</summary>
    public abstract bool IsVirtual { get; }
}

/// <summary>Time that stands still until it is moved on: the same steps give the same times on every host.</summary>
public sealed class VirtualClock : Clock
{
    private long now;

    /// <inheritdoc/>
    public override long Now => Volatile.Read(ref now);

    /// <inheritdoc/>
    public override bool IsVirtual => true;

    /// <summary>Lets this much time pass.</summary>
    public void Advance(long nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        Interlocked.Add(ref now, nanoseconds);
    }

    /// <summary>Lets time pass until this moment; does nothing if it is past.</summary>
    public void AdvanceTo(long moment)
    {
        long seen = Volatile.Read(ref now);
        while (seen < moment)
        {
            long before = Interlocked.CompareExchange(ref now, moment, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}

/// <summary>The host's time.</summary>
public sealed class RealClock : Clock
{
    private readonly long start = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public override long Now => (long)(Stopwatch.GetElapsedTime(start).Ticks * (1_000_000_000 / TimeSpan.TicksPerSecond));

    /// <inheritdoc/>
    public override bool IsVirtual => false;
}
