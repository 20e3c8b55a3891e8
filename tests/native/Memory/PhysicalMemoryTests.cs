// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using KMemcg.Native;

namespace KMemcg.Native.Tests.Memory;

public sealed unsafe class PhysicalMemoryTests
{
    private const ulong Frames = PhysicalMemory.MinRam >> PhysicalMemory.FrameShift;

    [Test]
    public void BaseIsAlignedAndFramesAreAShiftApart()
    {
        using PhysicalMemory memory = new(Frames);

        Assert.That((ulong)memory.Base % PhysicalMemory.BaseAlignment, Is.Zero);
        Assert.That((ulong)(memory.AddressOf(17) - memory.Base), Is.EqualTo(17ul << PhysicalMemory.FrameShift));
        Assert.That(memory.FrameOf(memory.AddressOf(17) + 4095), Is.EqualTo(17));
        Assert.That(memory.Contains(memory.AddressOf(Frames) - 1), Is.True);
        Assert.That(memory.Contains(memory.AddressOf(Frames)), Is.False);
        Assert.That(memory.Contains(memory.Base - 1), Is.False);
    }

    [Test]
    public void ReadsAsZerosAndHoldsWhatIsWritten()
    {
        using PhysicalMemory memory = new(Frames);

        Assert.That(*(ulong*)memory.AddressOf(Frames - 1), Is.Zero);
        *memory.AddressOf(3) = 42;
        *(memory.AddressOf(Frames) - 1) = 43;
        Assert.That(*memory.AddressOf(3), Is.EqualTo(42));
        Assert.That(*(memory.AddressOf(Frames) - 1), Is.EqualTo(43));
    }

    [Test]
    public void TakesHostMemoryOnlyWhenTouchedAndGivesItAllBack()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("resident memory is read from /proc");

        const ulong touched = 24ul << 20;
        long before = ResidentBytes();
        PhysicalMemory memory = new(PhysicalMemory.MaxRam >> PhysicalMemory.FrameShift);
        Assert.That(ResidentBytes() - before, Is.LessThan(4 << 20), "an arena of 64 GiB, untouched");

        for (ulong at = 0; at < touched; at += PhysicalMemory.FrameSize)
            memory.Base[at] = 1;
        long during = ResidentBytes();
        Assert.That(during - before, Is.GreaterThan((long)touched - (4 << 20)));

        memory.Dispose();
        Assert.That(ResidentBytes(), Is.LessThan(during - (long)touched + (4 << 20)));
        Assert.That(memory.Base == null, Is.True);
        Assert.That(memory.Dispose, Throws.Nothing);
    }

    [Test]
    public void GuardPagesCannotBeAccessed()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("mappings are read from /proc");

        using PhysicalMemory memory = new(Frames);

        Assert.That(memory.HasGuardPages, Is.True);
        Assert.That(memory.Limits, Is.Empty);
        Assert.That(RightsAt((ulong)memory.Base - 1), Does.StartWith("---"));
        Assert.That(RightsAt((ulong)memory.Base), Does.StartWith("rw-"));
        Assert.That(RightsAt((ulong)memory.AddressOf(Frames) - 1), Does.StartWith("rw-"));
        Assert.That(RightsAt((ulong)memory.AddressOf(Frames)), Does.StartWith("---"));
    }

    [Test]
    public void PortableMappingIsAlignedAndZeroed()
    {
        HostMapping mapping = HostMapping.CreatePortable(8 << 20, PhysicalMemory.BaseAlignment);

        Assert.That((ulong)mapping.Address % PhysicalMemory.BaseAlignment, Is.Zero);
        Assert.That(mapping.HasGuards, Is.False);
        Assert.That(mapping.AdviseHugePages(), Is.False);
        Assert.That(mapping.Address[(8 << 20) - 1], Is.Zero);
        mapping.Release();
    }

    [Test]
    public void HugePagesAreAdvisedWhereTheHostHasThem()
    {
        using PhysicalMemory memory = new(Frames, hugePages: true);

        *memory.AddressOf(1) = 1;
        Assert.That(*memory.AddressOf(1), Is.EqualTo(1));
    }

    [TestCase(0ul)]
    [TestCase((64ul << 20) - (2 << 20))]
    [TestCase((64ul << 20) + 4096)]
    [TestCase((64ul << 30) + (2 << 20))]
    public void SizesOfRamThatCannotBe(ulong bytes)
        => Assert.That(() => PhysicalMemory.CheckRam(bytes), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static long ResidentBytes()
    {
        string[] fields = File.ReadAllText("/proc/self/statm").Split(' ');
        return long.Parse(fields[1]) * Environment.SystemPageSize;
    }

    private static string RightsAt(ulong address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] fields = line.Split(' ');
            string[] range = fields[0].Split('-');
            if (address >= Convert.ToUInt64(range[0], 16) && address < Convert.ToUInt64(range[1], 16))
                return fields[1];
        }

        return "unmapped";
    }
}
