// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Native;

/// <summary>What is asked of a disk.</summary>
public enum DiskOperation
{
    /// <summary>From the disk into memory.</summary>
    Read,

    /// <summary>From memory onto the disk.</summary>
    Write,
}

/// <summary>How a transfer ended.</summary>
public enum DiskStatus
{
    /// <summary>All bytes were transferred.</summary>
    Ok,

    /// <summary>An injected error: nothing was transferred.</summary>
    MediumError,

    /// <summary>The range is not on the disk.</summary>
    OutOfRange,
}

/// <summary>How long a disk takes. A request waits for the ones before it on its channel.</summary>
/// <param name="PerRequest">Nanoseconds that each request takes.</param>
/// <param name="PerSector">Nanoseconds on top for each sector.</param>
/// <param name="Channels">How many requests are served at a time.</param>
public readonly record struct DiskLatency(long PerRequest, long PerSector, int Channels = 1)
{
    /// <summary>A disk that answers at once.</summary>
    public static DiskLatency None => new(0, 0, 1);

    /// <summary>A virtual machine's disk, whose requests a thread of the host passes on: 200 µs a request and 1 GB/s, eight at a time.</summary>
    public static DiskLatency Virtio => new(200_000, 500, 8);
}

/// <summary>A block device of 512-byte sectors, in memory or in a file, with latency and errors.</summary>
/// <remarks>
/// Who drives it asks <see cref="Schedule"/> when a request will be done, and at that moment calls <see cref="Transfer"/>.
/// Times are on the caller's clock, so the same requests at the same times end at the same times.
/// </remarks>
public sealed unsafe class Disk : IDisposable
{
    /// <summary>log2 of the size of a sector.</summary>
    public const int SectorShift = 9;

    /// <summary>The size of a sector in bytes.</summary>
    public const int SectorSize = 1 << SectorShift;

    private readonly Lock gate = new();
    private readonly DiskBacking backing;
    private readonly DiskErrors errors = new();
    private readonly long[] busyUntil;
    private readonly long[] calls = new long[2];

    private Disk(DiskBacking backing, ulong sectors, DiskLatency latency)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sectors);
        ArgumentOutOfRangeException.ThrowIfLessThan(latency.Channels, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(latency.PerRequest);
        ArgumentOutOfRangeException.ThrowIfNegative(latency.PerSector);

        this.backing = backing;
        Sectors = sectors;
        Latency = latency;
        busyUntil = new long[latency.Channels];
    }

    /// <summary>How many sectors there are.</summary>
    public ulong Sectors { get; }

    /// <summary>How long requests take.</summary>
    public DiskLatency Latency { get; }

    /// <summary>What is to go wrong.</summary>
    public DiskErrors Errors => errors;

    /// <summary>How much of the host it takes; blocks that were never written take nothing in memory.</summary>
    public long BytesInUse => backing.BytesInUse;

    /// <summary>A disk in memory.</summary>
    public static Disk InMemory(ulong sectors, DiskLatency latency = default)
        => new(new MemoryBacking((long)sectors << SectorShift), sectors, Complete(latency));

    /// <summary>A disk in a file, which is made, or made longer, if need be, and stays.</summary>
    public static Disk InFile(string path, ulong sectors, DiskLatency latency = default)
        => new(new FileBacking(path, (long)sectors << SectorShift), sectors, Complete(latency));

    /// <summary>Takes a request in; answers when it will be done.</summary>
    /// <param name="bytes">How much it transfers: whole sectors.</param>
    /// <param name="now">The time on the machine's clock.</param>
    public long Schedule(int bytes, long now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);

        long cost = Latency.PerRequest + Latency.PerSector * (bytes >> SectorShift);
        lock (gate)
        {
            int channel = 0;
            for (int i = 1; i < busyUntil.Length; i++)
            {
                if (busyUntil[i] < busyUntil[channel])
                    channel = i;
            }

            return busyUntil[channel] = Math.Max(busyUntil[channel], now) + cost;
        }
    }

    /// <summary>Moves the bytes of a request, or fails as <see cref="Errors"/> says.</summary>
    /// <param name="operation">Which way.</param>
    /// <param name="sector">The first sector.</param>
    /// <param name="buffer">Where in memory.</param>
    /// <param name="bytes">How much: whole sectors.</param>
    public DiskStatus Transfer(DiskOperation operation, ulong sector, byte* buffer, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes & (SectorSize - 1), 0, nameof(bytes));
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);

        ulong count = (ulong)bytes >> SectorShift;
        if (sector > Sectors || count > Sectors - sector)
            return DiskStatus.OutOfRange;

        long call = Interlocked.Increment(ref calls[(int)operation]);
        if (errors.Hits(operation, sector, count, call))
            return DiskStatus.MediumError;

        long offset = (long)sector << SectorShift;
        if (operation == DiskOperation.Read)
            backing.Read(offset, buffer, bytes);
        else
            backing.Write(offset, buffer, bytes);
        return DiskStatus.Ok;
    }

    /// <summary>How many transfers of this kind there were, failed ones included.</summary>
    public long Calls(DiskOperation operation) => Volatile.Read(ref calls[(int)operation]);

    /// <summary>Says that nobody needs these sectors any more: a disk in memory gives whole 64 KiB blocks back.</summary>
    public void Discard(ulong sector, ulong count)
    {
        if (sector > Sectors || count > Sectors - sector)
            throw new ArgumentOutOfRangeException(nameof(sector));
        backing.Discard((long)sector << SectorShift, (long)count << SectorShift);
    }

    /// <summary>Gives the memory back, or closes the file.</summary>
    public void Dispose() => backing.Dispose();

    private static DiskLatency Complete(DiskLatency latency) => latency.Channels == 0 ? latency with { Channels = 1 } : latency;
}
