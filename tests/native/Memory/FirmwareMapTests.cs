// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using KMemcg.Native;

namespace KMemcg.Native.Tests.Memory;

public sealed class FirmwareMapTests
{
    private const ulong GiB = 1ul << 30;
    private const ulong DmaEnd = 4096;
    private const ulong Dma32End = 1ul << 20;

    private static readonly Gen<ulong> Sizes = Gen.ULong[32, 32768].Select(n => n * PhysicalMemory.BaseAlignment);

    [Test]
    public void OneGiBIsTheRecordedMachine()
    {
        FirmwareMap map = FirmwareMap.ForRam(GiB);

        Assert.That(Present(map, 0, DmaEnd), Is.EqualTo(3998));
        Assert.That(Present(map, DmaEnd, Dma32End), Is.EqualTo(258010));
        Assert.That(First(map), Is.EqualTo(1), "zone DMA starts at frame 1");
        Assert.That(LastUsableEnd(map), Is.EqualTo(262106), "DMA32 spans 258010 frames from 4096");
        Assert.That(Managed(map, 0, DmaEnd), Is.EqualTo(3840));

        const ulong memMapFrames = 262144 * 64 / 4096;
        Assert.That(Managed(map, DmaEnd, Dma32End) - memMapFrames, Is.EqualTo(242647));
    }

    [Test]
    public void RegionsAndReservationsAreSortedAndInRam()
        => Sizes.Sample(ram =>
        {
            FirmwareMap map = FirmwareMap.ForRam(ram);
            ulong end = 0;
            foreach (FirmwareRegion region in map.Regions)
            {
                Assert.That(region.Start, Is.EqualTo(end));
                Assert.That(region.End, Is.GreaterThan(region.Start));
                Assert.That(region.End % PhysicalMemory.FrameSize, Is.Zero);
                end = region.End;
            }

            Assert.That(map.EndFrame, Is.EqualTo(end >> PhysicalMemory.FrameShift));

            end = 0;
            foreach (BootReservation reservation in map.Reservations)
            {
                Assert.That(reservation.Start, Is.GreaterThanOrEqualTo(end));
                Assert.That(reservation.Frames, Is.GreaterThan(0));
                end = reservation.End;
            }

            // All of RAM but the 97 frames of the ROM hole, frame 0 and the firmware's tables is there for the kernel.
            ulong present = Present(map, 0, map.EndFrame);
            Assert.That(present, Is.EqualTo((ram >> PhysicalMemory.FrameShift) - 97 - 1 - 38));

            // What is left after boot is most of it.
            ulong managed = Managed(map, 0, map.EndFrame);
            Assert.That(managed, Is.GreaterThan(present * 92 / 100));
        });

    [Test]
    public void RamBeyondThreeGiBIsBehindThePciHole()
    {
        FirmwareMap map = FirmwareMap.ForRam(8 * GiB);

        Assert.That(Present(map, DmaEnd, Dma32End), Is.EqualTo((3 * GiB >> 12) - DmaEnd - 38));
        Assert.That(Present(map, Dma32End, map.EndFrame), Is.EqualTo(5 * GiB >> 12));
        Assert.That(map.EndFrame, Is.EqualTo(9 * GiB >> 12));
    }

    private static ulong Present(FirmwareMap map, ulong start, ulong end)
    {
        ulong frames = 0;
        foreach (FirmwareRegion region in map.Regions)
        {
            if (region.Kind == FirmwareRegionKind.Usable)
                frames += Overlap(region.Start >> 12, region.End >> 12, start, end);
        }

        return frames;
    }

    private static ulong Managed(FirmwareMap map, ulong start, ulong end)
    {
        ulong frames = Present(map, start, end);
        foreach (FirmwareRegion region in map.Regions)
        {
            if (region.Kind != FirmwareRegionKind.Usable)
                continue;
            foreach (BootReservation taken in map.Reservations)
            {
                ulong from = Math.Max(region.Start >> 12, taken.Start >> 12);
                ulong to = Math.Min(region.End >> 12, taken.End >> 12);
                if (to > from)
                    frames -= Overlap(from, to, start, end);
            }
        }

        return frames;
    }

    private static ulong First(FirmwareMap map)
    {
        foreach (FirmwareRegion region in map.Regions)
        {
            if (region.Kind == FirmwareRegionKind.Usable)
                return region.Start >> 12;
        }

        return 0;
    }

    private static ulong LastUsableEnd(FirmwareMap map)
    {
        ulong end = 0;
        foreach (FirmwareRegion region in map.Regions)
        {
            if (region.Kind == FirmwareRegionKind.Usable)
                end = region.End >> 12;
        }

        return end;
    }

    private static ulong Overlap(ulong a, ulong b, ulong c, ulong d)
    {
        ulong from = Math.Max(a, c);
        ulong to = Math.Min(b, d);
        return to > from ? to - from : 0;
    }
}
