// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;

namespace KMemcg.Native;

/// <summary>
/// RAM: one arena of 4 KiB page frames. It reads as zeros, and takes no host memory before it is touched.
/// </summary>
/// <remarks>
/// The base is 2 MiB aligned, so frame number and address are a shift and an add apart. The host pages before and after the
/// arena cannot be accessed, where the host can do that (<see cref="HasGuardPages"/>).
/// </remarks>
public sealed unsafe class PhysicalMemory : IDisposable
{
    /// <summary>log2 of the size of a frame.</summary>
    public const int FrameShift = 12;

    /// <summary>The size of a frame in bytes.</summary>
    public const int FrameSize = 1 << FrameShift;

    /// <summary>The alignment of the arena's base.</summary>
    public const int BaseAlignment = 2 << 20;

    /// <summary>The least RAM a machine may have.</summary>
    public const ulong MinRam = 64UL << 20;

    /// <summary>The most RAM a machine may have.</summary>
    public const ulong MaxRam = 64UL << 30;

    private readonly HostMapping mapping;
    private bool disposed;

    /// <summary>Reserves an arena of this many frames, holes included.</summary>
    /// <param name="frames">How many frames: see <see cref="FirmwareMap.EndFrame"/>.</param>
    /// <param name="hugePages">Advise the host to back the arena with huge pages.</param>
    /// <exception cref="OutOfMemoryException">The host does not give that much address space.</exception>
    public PhysicalMemory(ulong frames, bool hugePages = false)
    {
        ArgumentOutOfRangeException.ThrowIfZero(frames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frames, (MaxRam + FirmwareMap.HighRamStart) >> FrameShift);

        Frames = frames;
        mapping = HostMapping.Create((nuint)(frames << FrameShift), BaseAlignment);
        Base = mapping.Address;
        HugePagesAdvised = hugePages && mapping.AdviseHugePages();
    }

    /// <summary>Releases an arena that was not disposed.</summary>
    ~PhysicalMemory() => Release();

    /// <summary>The address of frame 0.</summary>
    public byte* Base { get; private set; }

    /// <summary>How many frames there are, holes included.</summary>
    public ulong Frames { get; }

    /// <summary>The size of the arena in bytes.</summary>
    public ulong Length => Frames << FrameShift;

    /// <summary>Whether a stray access just before or after the arena faults.</summary>
    public bool HasGuardPages => mapping.HasGuards;

    /// <summary>Whether the host took the advice to use huge pages.</summary>
    public bool HugePagesAdvised { get; }

    /// <summary>What this host could not give, or an empty string.</summary>
    public string Limits => mapping.HasGuards ? "" : "no guard pages around RAM on this host";

    /// <summary>Checks a size of RAM.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a multiple of 2 MiB from 64 MiB to 64 GiB.</exception>
    public static void CheckRam(ulong bytes)
    {
        if (bytes is < MinRam or > MaxRam || bytes % BaseAlignment != 0)
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "RAM is a multiple of 2 MiB from 64 MiB to 64 GiB");
    }

    /// <summary>The address of a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* AddressOf(ulong frame) => Base + (frame << FrameShift);

    /// <summary>The frame an address lies in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong FrameOf(void* address) => (ulong)((byte*)address - Base) >> FrameShift;

    /// <summary>Whether an address lies in the arena.</summary>
    public bool Contains(void* address) => (ulong)((byte*)address - Base) < Length;

    /// <summary>Gives everything back to the host; addresses into the arena are invalid from then on.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (disposed)
            return;
        disposed = true;
        Base = null;
        mapping?.Release();
    }
}
