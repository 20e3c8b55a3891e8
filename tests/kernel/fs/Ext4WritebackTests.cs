// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.mm;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.fs_read_write_c;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>fs/ext4: blocks that are reserved when a file is written, found at writeback, and the file's when they are on the disk.</summary>
[TestFixture]
internal sealed unsafe class Ext4WritebackTests
{
    private const int Page = WritebackMachine.Page;

    private static (user_task Task, int File, nint Inode) NewFile(WritebackMachine m)
    {
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        return (t, fd, WritebackMachine.Inode(t, fd));
    }

    /// <summary>Free blocks and, of those, reserved ones.</summary>
    private static (uint Free, uint Reserved) Space(WritebackMachine m, nint inode) => m.Run(() =>
    {
        ext4_sb_info* sbi = ext4.EXT4_SB(((inode*)inode)->i_sb);
        return (sbi->free_blocks, sbi->dirty_blocks);
    });

    [Test]
    public void What_is_written_is_reserved_and_has_its_blocks_when_it_is_written_back()
    {
        using var m = new WritebackMachine();
        (user_task t, int fd, nint inode) = NewFile(m);
        (uint free, uint reserved) = Space(m, inode);
        Assert.That(reserved, Is.Zero);

        // As many as the inode has pointers for.
        m.WritePages(t, fd, 0, 8);
        Assert.That(Space(m, inode), Is.EqualTo((free, 8u)), "no block is taken yet");
        m.WritePages(t, fd, 4, 8);
        Assert.That(Space(m, inode), Is.EqualTo((free, 12u)), "one that is written twice is reserved once");

        Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero);
        Assert.That(Space(m, inode), Is.EqualTo((free - 12, 0u)));

        m.WritePages(t, fd, 0, 12, 2);
        Assert.That(Space(m, inode), Is.EqualTo((free - 12, 0u)), "there is a place for them");
        Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero);
        m.AssertClean();
    }

    [Test]
    public void What_is_cut_off_before_it_is_written_back_gives_its_reservation_up()
    {
        using var m = new WritebackMachine();
        (user_task t, int fd, nint inode) = NewFile(m);
        (uint free, _) = Space(m, inode);
        m.WritePages(t, fd, 0, 64);

        Assert.That(UserMemory.Syscall(t, () => fs_open_c.sys_ftruncate(fd, 0)), Is.Zero);
        Assert.That(Space(m, inode), Is.EqualTo((free, 0u)));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    /// <summary>A write that has no room fails at once, and not when it is written back: all that was taken is on the disk in the end.</summary>
    [Test]
    public void A_full_disk_is_said_by_write()
    {
        using var m = new WritebackMachine(disk: 4UL << 20);
        (user_task t, int fd, nint inode) = NewFile(m);
        (uint free, _) = Space(m, inode);
        ulong buffer = UserMemory.Map(t, 1);
        int pages = 0;
        long wrote;
        while ((wrote = UserMemory.Syscall(t, () => sys_pwrite64(fd, (byte*)buffer, Page, (long)pages * Page))) == Page)
            pages++;

        Assert.That(wrote, Is.EqualTo(-ENOSPC));
        Assert.That(pages, Is.InRange((int)free - 8, (int)free));
        Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero);
        Assert.That(Space(m, inode).Reserved, Is.Zero);
        Assert.That(m.Stat("", "file") / Page, Is.GreaterThanOrEqualTo(pages), "nothing of it was given up");
        m.AssertClean();
    }

    /// <summary>Of a block that is the file's already the end of the I/O is the end of writeback; one that is new waits for a worker as well.</summary>
    [Test]
    public void The_end_of_writeback_of_new_blocks_is_a_workers()
    {
        using var m = new WritebackMachine();
        (user_task t, int fd, nint inode) = NewFile(m);
        m.WritePages(t, fd, 0, 8);
        Assert.That(Conversions(m, inode, () => Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero)), Is.True);
        m.WritePages(t, fd, 0, 8, 2);
        Assert.That(Conversions(m, inode, () => Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero)), Is.False);
        m.AssertClean();
    }

    /// <summary>Whether the inode's conversion worker is queued meanwhile: its callers find another function there.</summary>
    private static bool Conversions(WritebackMachine m, nint inode, Action body)
    {
        work_struct* work = &ext4.EXT4_I((inode*)inode)->i_rsv_conversion_work;
        delegate*<work_struct*, void> function = work->func;
        s_converted = false;
        m.Run(() => work->func = &Noting);
        body();
        m.Run(() => work->func = function);
        return s_converted;
    }

    private static bool s_converted;

    private static void Noting(work_struct* work)
    {
        s_converted = true;
        fs_ext4_page_io_c.ext4_end_io_rsv_work(work);
    }

    /// <summary>What failed to be written is not the file's: whoever reads it later finds zeros, and not what the disk had there before.</summary>
    [Test]
    public void A_new_block_that_could_not_be_written_stays_unwritten()
    {
        using var m = new WritebackMachine();
        (user_task t, int fd, nint inode) = NewFile(m);
        Disk disk = host_files.mounted!;
        ulong data = m.Run(() => (ulong)ext4.EXT4_SB(((inode*)inode)->i_sb)->first_data) << (12 - Disk.SectorShift);
        m.WritePages(t, fd, 0, 4, 7);
        m.ExpectWarnings();
        disk.Errors.FailSectors(DiskOperation.Write, data, disk.Sectors - data);
        Assert.That(WritebackMachine.Fsync(t, fd), Is.EqualTo(-EIO));
        disk.Errors.Clear();
        WritebackMachine.Sync();
        m.Run(() => fs_drop_caches_c.drop_caches(3));

        Assert.That(m.ReadBytes(t, fd, 0, 4 * Page), Is.All.Zero);
        Assert.That(Space(m, inode).Reserved, Is.Zero);
        m.AssertClean();
    }
}
