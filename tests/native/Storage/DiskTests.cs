// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using KMemcg.Native;

namespace KMemcg.Native.Tests.Storage;

public sealed unsafe class DiskTests
{
    private const ulong Sectors = 4096;

    private static readonly DiskLatency Slow = new(PerRequest: 1000, PerSector: 10);

    [TestCase(false)]
    [TestCase(true)]
    public void HoldsWhatAnArrayHolds(bool inFile)
    {
        string path = Path.GetTempFileName();
        using (Disk disk = inFile ? Disk.InFile(path, Sectors) : Disk.InMemory(Sectors))
        {
            byte[] model = new byte[Sectors * Disk.SectorSize];
            Gen.Select(Gen.Bool, Gen.ULong[0, Sectors - 1], Gen.Int[1, 16], Gen.Byte).Sample((write, sector, count, value) =>
            {
                count = (int)Math.Min((ulong)count, Sectors - sector);
                byte[] data = new byte[count * Disk.SectorSize];
                Span<byte> there = model.AsSpan((int)sector * Disk.SectorSize, data.Length);
                data.AsSpan().Fill(value);
                fixed (byte* p = data)
                {
                    if (disk.Transfer(write ? DiskOperation.Write : DiskOperation.Read, sector, p, data.Length) != DiskStatus.Ok)
                        return false;
                }

                if (write)
                    data.CopyTo(there);
                return there.SequenceEqual(data);
            }, iter: 2000, threads: 1);
        }

        File.Delete(path);
    }

    [Test]
    public void FileKeepsItsBytes()
    {
        string path = Path.GetTempFileName();
        byte* buffer = stackalloc byte[Disk.SectorSize];
        using (Disk disk = Disk.InFile(path, Sectors))
        {
            buffer[0] = 77;
            Assert.That(disk.Transfer(DiskOperation.Write, 5, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.Ok));
        }

        buffer[0] = 0;
        using (Disk disk = Disk.InFile(path, Sectors))
            disk.Transfer(DiskOperation.Read, 5, buffer, Disk.SectorSize);
        Assert.That(buffer[0], Is.EqualTo(77));
        File.Delete(path);
    }

    [Test]
    public void UntouchedBlocksCostNothingAndDiscardGivesBack()
    {
        using Disk disk = Disk.InMemory(1ul << 31);
        byte* buffer = stackalloc byte[Disk.SectorSize];

        disk.Transfer(DiskOperation.Read, 123_456_789, buffer, Disk.SectorSize);
        Assert.That(disk.BytesInUse, Is.Zero);

        buffer[0] = 1;
        disk.Transfer(DiskOperation.Write, 128, buffer, Disk.SectorSize);
        Assert.That(disk.BytesInUse, Is.EqualTo(65536));

        disk.Discard(129, 200);
        Assert.That(disk.BytesInUse, Is.EqualTo(65536), "part of a block stays");
        disk.Discard(128, 128);
        Assert.That(disk.BytesInUse, Is.Zero);
        disk.Transfer(DiskOperation.Read, 128, buffer, Disk.SectorSize);
        Assert.That(buffer[0], Is.Zero);
    }

    [Test]
    public void OneChannelServesRequestsOneByOne()
    {
        using Disk disk = Disk.InMemory(Sectors, Slow);

        Assert.That(disk.Schedule(4096, now: 0), Is.EqualTo(1080));
        Assert.That(disk.Schedule(4096, now: 10), Is.EqualTo(2160));
        Assert.That(disk.Schedule(512, now: 5000), Is.EqualTo(6010));
    }

    [Test]
    public void ChannelsServeRequestsSideBySide()
    {
        using Disk disk = Disk.InMemory(Sectors, Slow with { Channels = 2 });

        Assert.That(disk.Schedule(512, now: 0), Is.EqualTo(1010));
        Assert.That(disk.Schedule(512, now: 0), Is.EqualTo(1010));
        Assert.That(disk.Schedule(512, now: 0), Is.EqualTo(2020));
    }

    [Test]
    public void WithoutLatencyRequestsEndAtOnce()
    {
        using Disk disk = Disk.InMemory(Sectors);
        Assert.That(disk.Schedule(1 << 20, now: 42), Is.EqualTo(42));
    }

    [Test]
    public void BadSectorsFailEveryTransferThatTouchesThem()
    {
        using Disk disk = Disk.InMemory(Sectors);
        byte* buffer = stackalloc byte[8 * Disk.SectorSize];
        disk.Errors.FailSectors(DiskOperation.Write, 100, 2);

        Assert.That(disk.Transfer(DiskOperation.Write, 93, buffer, 8 * Disk.SectorSize), Is.EqualTo(DiskStatus.MediumError));
        Assert.That(disk.Transfer(DiskOperation.Write, 92, buffer, 8 * Disk.SectorSize), Is.EqualTo(DiskStatus.Ok));
        Assert.That(disk.Transfer(DiskOperation.Write, 101, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.MediumError));
        Assert.That(disk.Transfer(DiskOperation.Write, 102, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.Ok));
        Assert.That(disk.Transfer(DiskOperation.Read, 100, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.Ok));

        disk.Errors.Clear();
        Assert.That(disk.Transfer(DiskOperation.Write, 100, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.Ok));
    }

    [Test]
    public void OneCallFails()
    {
        using Disk disk = Disk.InMemory(Sectors);
        byte* buffer = stackalloc byte[Disk.SectorSize];
        disk.Errors.FailCall(DiskOperation.Read, 2);

        disk.Transfer(DiskOperation.Write, 0, buffer, Disk.SectorSize);
        Assert.That(disk.Transfer(DiskOperation.Read, 0, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.Ok));
        Assert.That(disk.Transfer(DiskOperation.Read, 0, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.MediumError));
        Assert.That(disk.Transfer(DiskOperation.Read, 0, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.Ok));
        Assert.That(disk.Calls(DiskOperation.Read), Is.EqualTo(3));
    }

    [Test]
    public void RangesOffTheDisk()
    {
        using Disk disk = Disk.InMemory(Sectors);
        byte* buffer = stackalloc byte[2 * Disk.SectorSize];

        Assert.That(disk.Transfer(DiskOperation.Read, Sectors - 1, buffer, 2 * Disk.SectorSize), Is.EqualTo(DiskStatus.OutOfRange));
        Assert.That(disk.Transfer(DiskOperation.Read, ulong.MaxValue, buffer, Disk.SectorSize), Is.EqualTo(DiskStatus.OutOfRange));
    }
}
