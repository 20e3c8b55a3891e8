// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Native;

/// <summary>What the firmware says a range of physical addresses is (the numbers are those of E820).</summary>
public enum FirmwareRegionKind
{
    /// <summary>RAM the kernel may use.</summary>
    Usable = 1,

    /// <summary>Holes, ROMs and devices.</summary>
    Reserved = 2,

    /// <summary>RAM that holds the firmware's tables.</summary>
    AcpiData = 3,
}

/// <summary>One entry of the firmware's memory map, as byte addresses; <paramref name="End"/> is the first byte after it.</summary>
public sealed record FirmwareRegion(ulong Start, ulong End, FirmwareRegionKind Kind);

/// <summary>RAM that is in use before the kernel's allocators start, as byte addresses of whole frames.</summary>
public sealed record BootReservation(string Name, ulong Start, ulong End)
{
    /// <summary>How many frames it takes.</summary>
    public ulong Frames => (End - Start) >> PhysicalMemory.FrameShift;
}

/// <summary>
/// The E820-like table of the machine the recordings were made on, for any size of RAM.
/// </summary>
/// <remarks>
/// For 1 GiB it gives what that machine's zoneinfo shows: frames 1–158 and 256–4095 in zone DMA (3998 present), 4096–262105
/// in DMA32 (258010 present); and with a 16 MiB mem_map on top of the reservations, 3840 and 242647 managed.
/// Other sizes keep the same shape. RAM beyond <see cref="LowRamLimit"/> continues at 4 GiB, behind the PCI hole. The
/// firmware's tables stay the last 38 frames below the hole. A larger machine boots the same kernel and initrd with
/// larger hash tables (384 frames for each GiB); a machine under 1 GiB boots a kernel that is smaller in proportion.
/// </remarks>
public sealed class FirmwareMap
{
    /// <summary>Where RAM below the PCI hole ends at the latest.</summary>
    public const ulong LowRamLimit = 3UL << 30;

    /// <summary>Where RAM that does not fit below the hole continues.</summary>
    public const ulong HighRamStart = 4UL << 30;

    private const ulong Frame = PhysicalMemory.FrameSize;
    private const ulong GiB = 1UL << 30;
    private const ulong LowMemoryEnd = 0x9f000;
    private const ulong BiosEnd = 0x100000;
    private const ulong DmaEnd = 16UL << 20;
    private const ulong AcpiFrames = 38;
    private const ulong ImageFrames = 8192;
    private const ulong InitrdFrames = 2691;
    private const ulong HashFramesPerGiB = 384;

    private readonly FirmwareRegion[] regions;
    private readonly BootReservation[] reservations;

    private FirmwareMap(ulong ramBytes, FirmwareRegion[] regions, BootReservation[] reservations)
    {
        RamBytes = ramBytes;
        this.regions = regions;
        this.reservations = reservations;
        EndFrame = regions[^1].End >> PhysicalMemory.FrameShift;
    }

    /// <summary>The size of RAM that was asked for.</summary>
    public ulong RamBytes { get; }

    /// <summary>The table, in rising order, without gaps or overlaps up to the end of RAM.</summary>
    public ReadOnlySpan<FirmwareRegion> Regions => regions;

    /// <summary>What is taken before the allocators start, in rising order; mem_map is not in it.</summary>
    public ReadOnlySpan<BootReservation> Reservations => reservations;

    /// <summary>One past the last frame of RAM: how many frames the arena spans, holes included.</summary>
    public ulong EndFrame { get; }

    /// <summary>Makes the map of a machine with this much RAM.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a multiple of 2 MiB from 64 MiB to 64 GiB.</exception>
    public static FirmwareMap ForRam(ulong ramBytes)
    {
        PhysicalMemory.CheckRam(ramBytes);

        ulong lowEnd = Math.Min(ramBytes, LowRamLimit);
        ulong acpiStart = lowEnd - AcpiFrames * Frame;
        List<FirmwareRegion> table =
        [
            new(0, Frame, FirmwareRegionKind.Reserved),
            new(Frame, LowMemoryEnd, FirmwareRegionKind.Usable),
            new(LowMemoryEnd, BiosEnd, FirmwareRegionKind.Reserved),
            new(BiosEnd, acpiStart, FirmwareRegionKind.Usable),
            new(acpiStart, lowEnd, FirmwareRegionKind.AcpiData),
        ];
        if (ramBytes > lowEnd)
        {
            table.Add(new(lowEnd, HighRamStart, FirmwareRegionKind.Reserved));
            table.Add(new(HighRamStart, HighRamStart + (ramBytes - lowEnd), FirmwareRegionKind.Usable));
        }

        return new FirmwareMap(ramBytes, [.. table], Reserve(ramBytes, acpiStart));
    }

    /// <summary>The first MiB as x86 kernels keep it, the image from 16 MiB up, and initrd and hash tables from the top down.</summary>
    private static BootReservation[] Reserve(ulong ramBytes, ulong top)
    {
        ulong image = ImageFrames;
        ulong initrd = InitrdFrames;
        ulong hashes = HashFramesPerGiB * Math.Max(ramBytes / GiB, 1);
        if (ramBytes < GiB)
        {
            image = image * (ramBytes >> 20) / 1024;
            initrd = initrd * (ramBytes >> 20) / 1024;
            hashes = hashes * (ramBytes >> 20) / 1024;
        }

        ulong initrdStart = top - initrd * Frame;
        ulong hashStart = initrdStart - hashes * Frame;
        return
        [
            new("low memory", 0, BiosEnd),
            new("kernel image", DmaEnd, DmaEnd + image * Frame),
            new("hash tables", hashStart, initrdStart),
            new("initrd", initrdStart, top),
        ];
    }
}
