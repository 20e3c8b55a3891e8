// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Tracing;

namespace KMemcg.Sim.Running;

/// <summary>The machine that a scenario runs on.</summary>
public sealed record SimulationOptions
{
    /// <summary>RAM in bytes.</summary>
    public ulong RamBytes { get; init; } = 1UL << 30;

    /// <summary>Size of the swap device in bytes; 0 for none.</summary>
    public ulong SwapBytes { get; init; } = 1UL << 30;

    /// <summary>Size of the disk with a file system on /mnt in bytes; 0 for none.</summary>
    public ulong DiskBytes { get; init; } = 4UL << 30;

    /// <summary>How many CPUs.</summary>
    public int Cpus { get; init; } = 2;

    /// <summary>Seed of the scheduler and of random numbers: the same seed gives the same answers.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Takes each charge, reclaim, delay and kill, if the process has the knob memcg.trace=1; null drops them.
    /// </summary>
    public Action<TracedEvent>? Trace { get; init; }

    /// <summary>Takes each line of the kernel's log; null drops them.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Called before the first line and after the last, with the machine up: to inject faults and to count.</summary>
    internal Action? Booted { get; init; }

    /// <inheritdoc cref="Booted"/>
    internal Action? Ended { get; init; }
}
