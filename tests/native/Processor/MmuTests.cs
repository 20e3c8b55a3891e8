// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using KMemcg.Native;

namespace KMemcg.Native.Tests.Processor;

public sealed unsafe class MmuTests
{
    private const ulong Frames = PhysicalMemory.MinRam >> PhysicalMemory.FrameShift;
    private const ulong Root = 0;
    private const ulong Rights = PageTableEntry.Present | PageTableEntry.Writable | PageTableEntry.User;

    private PhysicalMemory memory;
    private Mmu mmu;
    private ulong nextTable;

    [SetUp]
    public void Boot()
    {
        memory = new PhysicalMemory(Frames);
        mmu = new Mmu(memory);
        nextTable = Root + 1;
    }

    [TearDown]
    public void Shutdown() => memory.Dispose();

    [Test]
    public void FirstTouchFaultsWithTheAccessInTheCode()
    {
        Translation read = mmu.Translate(Root, 0x7000, MemoryAccess.User);
        Translation write = mmu.Translate(Root, 0x7000, MemoryAccess.User | MemoryAccess.Write);
        Translation fetch = mmu.Translate(Root, 0x7000, MemoryAccess.User | MemoryAccess.Fetch);

        Assert.That(read.Status, Is.EqualTo(TranslationStatus.PageFault));
        Assert.That((uint)read.Code, Is.EqualTo(4));
        Assert.That((uint)write.Code, Is.EqualTo(6));
        Assert.That((uint)fetch.Code, Is.EqualTo(0x14));
    }

    [Test]
    public void WriteToAReadOnlyPageIsAProtectionFaultForTheKernelToo()
    {
        ulong* entry = Map(0x40_0000, 100, Rights & ~PageTableEntry.Writable);

        Assert.That(mmu.Translate(Root, 0x40_0123, MemoryAccess.User).PhysicalAddress, Is.EqualTo(100ul * 4096 + 0x123));
        Assert.That((uint)mmu.Translate(Root, 0x40_0000, MemoryAccess.User | MemoryAccess.Write).Code, Is.EqualTo(7));
        Assert.That((uint)mmu.Translate(Root, 0x40_0000, MemoryAccess.Write).Code, Is.EqualTo(3));
        Assert.That(*entry & PageTableEntry.Dirty, Is.Zero);
    }

    [Test]
    public void AccessedComesWithReadsAndDirtyWithWrites()
    {
        ulong* entry = Map(0x40_0000, 100, Rights);
        Assert.That(*entry & (PageTableEntry.Accessed | PageTableEntry.Dirty), Is.Zero);

        mmu.Translate(Root, 0x40_0000, MemoryAccess.User);
        Assert.That(*entry & (PageTableEntry.Accessed | PageTableEntry.Dirty), Is.EqualTo(PageTableEntry.Accessed));

        mmu.Translate(Root, 0x40_0000, MemoryAccess.User | MemoryAccess.Write);
        Assert.That(*entry & PageTableEntry.Dirty, Is.EqualTo(PageTableEntry.Dirty));
        Assert.That(mmu.Translate(Root, 0x40_0000, MemoryAccess.User).Frame, Is.EqualTo(100));
    }

    [Test]
    public void FrameBeyondRamIsAReservedBit()
    {
        Map(0x40_0000, Frames, Rights);

        Assert.That((uint)mmu.Translate(Root, 0x40_0000, MemoryAccess.User).Code, Is.EqualTo(0xd));
    }

    [TestCase(0x0000_7fff_ffff_ffffUL, true)]
    [TestCase(0x0000_8000_0000_0000UL, false)]
    [TestCase(0xffff_7fff_ffff_ffffUL, false)]
    [TestCase(0xffff_8000_0000_0000UL, true)]
    public void CanonicalAddresses(ulong address, bool canonical)
    {
        Assert.That(Mmu.IsCanonical(address), Is.EqualTo(canonical));
        Assert.That(mmu.Translate(Root, address, MemoryAccess.Read).Status,
            Is.EqualTo(canonical ? TranslationStatus.PageFault : TranslationStatus.NotCanonical));
    }

    [Test]
    public void WalksAgreeWithTheModel()
    {
        // Few indices and flags that mostly allow, so that walks meet; every flag is wrong now and then.
        Gen<ulong> address = Gen.Select(Gen.ULong[0, 1], Gen.ULong[0, 1], Gen.ULong[0, 2], Gen.ULong[0, 3], Gen.ULong[0, 4095],
            (a, b, c, d, offset) => a << 39 | b << 30 | c << 21 | d << 12 | offset);
        Gen<ulong> flags = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 5],
            (p, w, u, nx) => (p > 0 ? PageTableEntry.Present : 0) | (w > 0 ? PageTableEntry.Writable : 0)
                | (u > 0 ? PageTableEntry.User : 0) | (nx == 0 ? PageTableEntry.NoExecute : 0));
        var mappings = Gen.Select(address, flags.Array[4], Gen.Int[0, 19], Gen.ULong[0, Frames + 100]).List[1, 12];
        Gen<MemoryAccess> access = Gen.Int[0, 5].Select(i => i switch
        {
            0 => MemoryAccess.Read,
            1 => MemoryAccess.Write,
            2 => MemoryAccess.User,
            3 => MemoryAccess.User | MemoryAccess.Write,
            4 => MemoryAccess.User | MemoryAccess.Fetch,
            _ => MemoryAccess.Fetch,
        });

        Gen.Select(mappings, Gen.Select(address, access).List[1, 40]).Sample((maps, touches) =>
        {
            ClearTables();
            MmuModel model = new(Frames);
            foreach ((ulong at, ulong[] rights, int large, ulong frame) in maps)
                Map(model, at, rights, large < 3 ? large + 1 : 0, frame);

            foreach ((ulong at, MemoryAccess what) in touches)
            {
                Translation expected = model.Expect(at, what, out _);
                Translation found = mmu.Translate(Root, at, what);
                if (found.Status != expected.Status || found.Code != expected.Code || found.PhysicalAddress != expected.PhysicalAddress)
                    return false;
            }

            return SameTables(model.Root, Root);
        }, threads: 1);
    }

    [Test]
    public void AnEntryClearedUnderAWalkStaysCleared()
    {
        ulong* entry = Map(0x40_0000, 100, Rights);
        ulong full = *entry;
        bool stop = false;
        Thread walker = new(() =>
        {
            while (!Volatile.Read(ref stop))
                mmu.Translate(Root, 0x40_0000, MemoryAccess.User | MemoryAccess.Write);
        });
        walker.Start();

        for (int i = 0; i < 20_000; i++)
        {
            Volatile.Write(ref *entry, full);
            ulong taken = Interlocked.Exchange(ref *entry, 0);
            Assert.That(taken & ~(PageTableEntry.Accessed | PageTableEntry.Dirty), Is.EqualTo(full));
            Assert.That(Volatile.Read(ref *entry), Is.Zero);
        }

        Volatile.Write(ref stop, true);
        walker.Join();
        Assert.That(*entry, Is.Zero);
    }

    private void ClearTables()
    {
        for (ulong frame = Root; frame < nextTable; frame++)
            PageOps.Clear(memory.AddressOf(frame));
        nextTable = Root + 1;
    }

    /// <summary>Maps in the frames only, with all rights in the upper levels.</summary>
    private ulong* Map(ulong address, ulong frame, ulong flags)
    {
        ulong table = Root;
        for (int level = 3; level > 0; level--)
        {
            ulong* slot = Slot(table, address, level);
            if (*slot == 0)
                *slot = nextTable++ << 12 | Rights;
            table = (*slot & PageTableEntry.AddressMask) >> 12;
        }

        ulong* leaf = Slot(table, address, 0);
        *leaf = frame << 12 | flags;
        return leaf;
    }

    /// <summary>Maps in the frames and in the model. An upper level that is there already keeps its flags.</summary>
    private void Map(MmuModel model, ulong address, ulong[] rights, int leafLevel, ulong frame)
    {
        Dictionary<int, MmuModel.Entry> table = model.Root;
        ulong tableFrame = Root;
        for (int level = 3; ; level--)
        {
            int index = (int)(address >> (12 + 9 * level) & 511);
            ulong* slot = Slot(tableFrame, address, level);
            if (level == leafLevel)
            {
                if (table.ContainsKey(index))
                    return;
                ulong flags = rights[level] | (level > 0 ? PageTableEntry.PageSize : 0);
                table[index] = new MmuModel.Entry { Flags = flags, Frame = frame, TableFrame = tableFrame, Index = index };
                *slot = frame << 12 | flags;
                return;
            }

            if (!table.TryGetValue(index, out MmuModel.Entry? entry))
            {
                entry = new MmuModel.Entry { Flags = rights[level], Frame = nextTable++, Table = [], TableFrame = tableFrame, Index = index };
                table[index] = entry;
                *slot = entry.Frame << 12 | entry.Flags;
            }

            if (entry.Table is null)
                return;
            table = entry.Table;
            tableFrame = entry.Frame;
        }
    }

    private bool SameTables(Dictionary<int, MmuModel.Entry> table, ulong frame)
    {
        ulong* slots = (ulong*)memory.AddressOf(frame);
        foreach ((int index, MmuModel.Entry entry) in table)
        {
            if (slots[index] != (entry.Frame << 12 | entry.Flags))
                return false;
            if (entry.Table is not null && !SameTables(entry.Table, entry.Frame))
                return false;
        }

        return true;
    }

    private ulong* Slot(ulong table, ulong address, int level)
        => (ulong*)memory.AddressOf(table) + (address >> (12 + 9 * level) & 511);
}
