// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.asm_percpu_h;
using static Linux.lib_xarray_c;
using static Linux.linux_mm_h;
using static Linux.linux_page_ref_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_xarray_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Folios of several pages in the page cache: how large they get, and how they are mapped, cut and reclaimed.</summary>
internal sealed unsafe class LargeFolioTests
{
    private const ulong Disk = 64UL << 20;
    private const int Page = 4096;

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A file of so many pages that is on the disk and not in memory, opened again.</summary>
    private static (UserFile File, byte[] Content) OnDisk(TestMachine m, user_task t, int pages)
    {
        byte[] content = Bytes(pages * Page, pages);
        var file = new UserFile(t, "/mnt/f");
        Assert.That(file.Write(0, content), Is.EqualTo(content.Length));
        Assert.That(UserMemory.Syscall(t, () => fs_sync_c.sys_fsync(file.Fd)), Is.Zero);
        Assert.That(file.Close(), Is.Zero);
        m.Run(() => fs_drop_caches_c.drop_caches(3));
        return (new UserFile(t, "/mnt/f"), content);
    }

    private static long Look(UserFile file, Func<nint, long> look) => UserMemory.Syscall(file.Task, () =>
    {
        @file* f = fs_file_c.fget(file.Fd);
        long seen = look((nint)f->f_mapping);
        fs_file_table_c.fput(f);
        return seen;
    });

    /// <summary>The folios of a file: where they start, and their orders.</summary>
    private static List<(ulong Index, uint Order)> Folios(UserFile file)
    {
        List<(ulong, uint)> folios = [];
        Look(file, mapping =>
        {
            rcu_read_lock();
            xa_state xas = XA_STATE(&((address_space*)mapping)->i_pages, 0);
            for (void* e = xas_find(&xas, ulong.MaxValue); e != null; e = xas_next_entry(&xas, ulong.MaxValue))
            {
                if (!xa_is_value(e))
                    folios.Add((((folio*)e)->index, folio_order((folio*)e)));
            }

            rcu_read_unlock();
            return 0;
        });
        return folios;
    }

    private static uint OrderAt(UserFile file, ulong index) => Folios(file).Last(f => f.Index <= index).Order;

    /// <summary>What a window of readahead from one page up to another is cut into.</summary>
    private static IEnumerable<(ulong, uint)> Window(ulong from, ulong to, uint order)
    {
        while (from < to)
        {
            uint o = from == 0 ? order : Math.Min(order, (uint)System.Numerics.BitOperations.TrailingZeroCount(from));
            while (from + (1UL << (int)o) > to)
                o--;
            yield return (from, o);
            from += 1UL << (int)o;
        }
    }

    [Test]
    public void AStreamIsReadInFoliosThatGrow()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        (UserFile file, byte[] content) = OnDisk(m, t, 6144);

        Assert.That(file.Read(0, content.Length).AsSpan().SequenceEqual(content), Is.True);

        // Windows of 64 pages, four times, then twice as many, up to the disk's 2048; orders by two; ends aligned to the order.
        List<(ulong, uint)> want = [.. Window(0, 64, 0), .. Window(64, 320, 2), .. Window(320, 832, 4), .. Window(832, 1856, 6),
            .. Window(1856, 3840, 8), .. Window(3840, 5120, 9), .. Window(5120, 6144, 9)];
        Assert.That(Folios(file), Is.EqualTo(want));

        m.Run(() => fs_drop_caches_c.drop_caches(3));
        Assert.That(Folios(file), Is.Empty);
    }

    [Test]
    public void AWriteMakesFoliosOfItsSize()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        var aligned = new UserFile(t, "/mnt/a");
        var across = new UserFile(t, "/mnt/b");

        aligned.Write(0, Bytes(64 * Page, 1));
        Assert.That(Folios(aligned), Is.EqualTo(new (ulong, uint)[] { (0, 4), (16, 4), (32, 4), (48, 4) }));
        Assert.That(Look(aligned, mapping => linux_buffer_head_h.folio_buffers((folio*)xa_load(&((address_space*)mapping)->i_pages, 16))->b_this_page->b_blocknr != 0 ? 1 : 0),
            Is.EqualTo(1), "a buffer for each block");

        across.Write(Page, Bytes(16 * Page, 2));
        Assert.That(Folios(across), Is.EqualTo(new (ulong, uint)[] { (1, 0), (2, 1), (4, 2), (8, 3), (16, 0) }));
    }

    [TestCase(0)]
    [TestCase(100)]
    [TestCase(Page - 1)]
    public void TruncationCutsTheFolioThatTheEndIsIn(int tail)
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        (UserFile file, byte[] content) = OnDisk(m, t, 1024);
        file.Read(0, content.Length);
        Assert.That(OrderAt(file, 900), Is.EqualTo(6));

        int size = 900 * Page + tail;
        Assert.That(file.Truncate(size), Is.Zero);

        // The halves before the cut stay whole; what is behind the end is gone. But a folio whose last block had to be cleared is
        // dirty, and stays as it is.
        List<(ulong, uint)> last = [.. Folios(file).SkipWhile(f => f.Index < 896)];
        Assert.That(last, Is.EqualTo(new (ulong, uint)[] { (896, tail == 0 ? 2u : 6) }));

        // And does not come back when the file grows again.
        Assert.That(file.Truncate(content.Length), Is.Zero);
        content.AsSpan(size).Clear();
        Assert.That(file.Read(0, content.Length).AsSpan().SequenceEqual(content), Is.True);
        Assert.That(UserMemory.Syscall(t, () => fs_sync_c.sys_fsync(file.Fd)), Is.Zero);
        m.Run(() => fs_drop_caches_c.drop_caches(3));
        Assert.That(file.Read(0, content.Length).AsSpan().SequenceEqual(content), Is.True);
    }

    [Test]
    public void AFolioThatSomebodyHoldsIsNotCut([Values] bool dirty)
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        (UserFile file, byte[] content) = OnDisk(m, t, 1024);
        file.Read(0, content.Length);
        if (dirty)
        {
            byte[] more = Bytes(64 * Page, 3);
            file.Write(896 * Page, more);
            more.CopyTo(content, 896 * Page);
        }

        nint held = 0;
        Look(file, mapping =>
        {
            held = (nint)linux_pagemap_h.filemap_get_folio((address_space*)mapping, 900);
            return 0;
        });
        Assert.That(file.Truncate(900 * Page), Is.Zero);

        // A clean one goes, as its beginning can be read again; a dirty one stays as it is.
        Assert.That(Folios(file).Any(f => f is (896, 6)), Is.EqualTo(dirty));
        Assert.That(file.Read(0, content.Length).AsSpan().SequenceEqual(content.AsSpan(0, 900 * Page)), Is.True);
        m.Run(() => folio_put((folio*)held));
        Assert.That(UserMemory.Syscall(t, () => fs_sync_c.sys_fsync(file.Fd)), Is.Zero);
        m.Run(() => fs_drop_caches_c.drop_caches(3));
        Assert.That(file.Read(0, content.Length).AsSpan().SequenceEqual(content.AsSpan(0, 900 * Page)), Is.True);
    }

    [Test]
    public void AFaultMapsTheWholeFolio()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t"), other = m.Spawn("other");
        (UserFile file, byte[] content) = OnDisk(m, t, 1024);
        file.Read(0, content.Length);
        ulong map = file.Map(1024);
        ulong at = map + (896 * Page);

        Assert.That(UserMemory.Read(t, at + (10 * Page)), Is.EqualTo(content[906 * Page]));
        if ((at & (63 * Page)) == 0)
        {
            for (ulong i = 0; i < 64; i++)
                Assert.That(UserMemory.Frame(t, at + (i * Page)), Is.EqualTo(UserMemory.Frame(t, at) + i));
            Assert.That(UserMemory.MapCount(t, at), Is.EqualTo(64));
        }

        // Two mms are told apart.
        Assert.That(UserMemory.Folio(t, at, f => folio_maybe_mapped_shared((folio*)f) ? 1 : 0), Is.Zero);
        var same = new UserFile(other, "/mnt/f");
        ulong there = same.Map(1024) + (896 * Page);
        Assert.That(UserMemory.Read(other, there + Page), Is.EqualTo(content[897 * Page]));
        Assert.That(UserMemory.Folio(t, at, f => folio_maybe_mapped_shared((folio*)f) ? 1 : 0), Is.EqualTo(1));
        Assert.That(UserMemory.Unmap(other, there - (896 * Page), 1024), Is.Zero);
        Assert.That(UserMemory.Folio(t, at, f => folio_maybe_mapped_shared((folio*)f) ? 1 : 0), Is.Zero);

        // Partly unmapped, the rest stays mapped.
        int before = UserMemory.MapCount(t, at);
        Assert.That(UserMemory.Unmap(t, at + (16 * Page), 16), Is.Zero);
        Assert.That(UserMemory.MapCount(t, at), Is.EqualTo(before - 16));
        Assert.That(UserMemory.Read(t, at + (40 * Page)), Is.EqualTo(content[936 * Page]));
    }

    private static long Advise(user_task t, ulong map) =>
        UserMemory.Syscall(t, () => mm_madvise_c.sys_madvise(map + (900 * Page), 4 * Page, mm_madvise_c.MADV_PAGEOUT));

    [Test]
    public void AdviceOnPartOfAFolioCutsIt()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        (UserFile file, byte[] content) = OnDisk(m, t, 1024);
        file.Read(0, content.Length);
        ulong map = file.Map(1024);
        for (int i = 896; i < 960; i++)
            UserMemory.Read(t, map + (ulong)(i * Page));

        Assert.That(Advise(t, map), Is.Zero);

        // Cut, and so unmapped: the pages have to be mapped again for the advice to reach them.
        Assert.That(Folios(file).Where(f => f.Index is >= 896 and < 960).Select(f => f.Order), Is.EqualTo(new uint[64]));
        Assert.That(UserMemory.Frame(t, map + (900 * Page)), Is.Zero);
        UserMemory.Read(t, map + (900 * Page));
        Assert.That(Advise(t, map), Is.Zero);
        Assert.That(Folios(file).Where(f => f.Index is >= 896 and < 960).Select(f => f.Index), Has.None.InRange(900ul, 903ul));
        for (int i = 896; i < 960; i++)
            Assert.That(UserMemory.Read(t, map + (ulong)(i * Page)), Is.EqualTo(content[i * Page]));
    }

    [Test]
    public void TheShadowOfAFolioIsCutWhenAPageComesBack()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        CgroupMachine.Write("cgroup.subtree_control", "+memory");
        CgroupMachine.Ok(CgroupMachine.Mkdir("A"));
        user_task t = m.Spawn("t");
        (UserFile file, byte[] content) = OnDisk(m, t, 1024);
        Assert.That(CgroupMachine.Move(t, "A"), Is.GreaterThanOrEqualTo(0));
        file.Read(0, content.Length);
        UserMemory.Drain();
        CgroupMachine.Write("A/memory.reclaim", "4M");
        Assert.That(Folios(file), Is.Empty);
        Assert.That(Look(file, mapping => xa_get_order(&((address_space*)mapping)->i_pages, 900)), Is.EqualTo(6));

        Assert.That(UserMemory.Syscall(t, () => fs_open_c.sys_fadvise64(file.Fd, 0, 0, mm_fadvise_c.POSIX_FADV_RANDOM)), Is.Zero);
        Assert.That(file.Read(901 * Page, 1), Is.EqualTo(new[] { content[901 * Page] }));
        Assert.That(Folios(file), Is.EqualTo(new (ulong, uint)[] { (901, 0) }));

        // The rest of it is there yet, whole as far as the tree lets it.
        uint[] orders = new uint[64];
        Look(file, mapping =>
        {
            for (uint i = 0; i < 64; i++)
            {
                Assert.That(xa_load(&((address_space*)mapping)->i_pages, 896 + i) != null, Is.True);
                orders[i] = (uint)xa_get_order(&((address_space*)mapping)->i_pages, 896 + i);
            }

            return 0;
        });
        Assert.That(orders[5], Is.Zero);
        Assert.That(orders[63], Is.EqualTo(5));
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("A/memory.stat", "workingset_refault_file"), Is.EqualTo(1));
    }

    [Test]
    public void LockedMemoryIsCountedByThePagesOfItsFolios()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        (UserFile file, byte[] content) = OnDisk(m, t, 1024);
        file.Read(0, content.Length);
        // Without the folio at the end of the file, which is never mapped whole.
        ulong map = file.Map(960);
        ulong before = linux_vmstat_h.global_zone_page_state(linux_mmzone_h.NR_MLOCK);
        // One that lies in two page tables is not mapped at once, and not locked.
        const int Table = 512 * Page;
        ulong whole = 0;
        foreach ((ulong index, uint order) in Folios(file).Where(f => f.Index < 960))
        {
            ulong first = map + (index * Page), last = first + ((1ul << (int)order) * Page) - 1;
            if (first / Table == last / Table)
                whole += 1ul << (int)order;
        }


        Assert.That(UserMemory.Syscall(t, () => mm_mlock_c.sys_mlock(map, 960 * Page)), Is.Zero);
        UserMemory.Drain();
        Assert.That(linux_vmstat_h.global_zone_page_state(linux_mmzone_h.NR_MLOCK) - before, Is.EqualTo(whole));
        Assert.That(UserMemory.Unmap(t, map, 960), Is.Zero);
        UserMemory.Drain();
        Assert.That(linux_vmstat_h.global_zone_page_state(linux_mmzone_h.NR_MLOCK), Is.EqualTo(before));
    }
}
