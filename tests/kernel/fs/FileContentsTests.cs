// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.fs_sync_c;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>
/// A file against a model of its bytes: written, cut, reclaimed, dropped from memory, mounted again, on a disk that makes errors. What
/// fsync has said is written is what is read ever after.
/// </summary>
[TestFixture]
internal sealed unsafe class FileContentsTests
{
    private const int Page = 4096;
    private const int Length = 1 << 20;

    /// <summary>These have a block number of their own in the inode: an error there loses nothing else.</summary>
    private const int DirectPages = 12;

    private static readonly string[] s_steps = ["write", "write", "write", "cut", "fsync", "sleep", "reclaim", "drop", "read", "mount", "write error", "flusher error", "read error"];

    private TestMachine m = null!;
    private user_task task = null!;
    private UserFile file = null!;
    private byte[] model = null!;
    private Random random = null!;

    [Test]
    public void Contents_hold_through_reclaim_truncation_remounts_and_errors([Range(1, 3)] int seed)
    {
        using (m = TestMachine.Boot(disk: 32UL << 20, seed: (ulong)seed))
        {
            CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"));
            Assert.That(CgroupMachine.Write("/A/memory.max", "1M"), Is.Zero.Or.Positive);
            task = CgroupMachine.Task("t", "/A");
            file = new UserFile(task, "/mnt/f");
            model = [];
            random = new Random(seed);
            for (int i = 0; i < 40; i++)
                Step(s_steps[random.Next(s_steps.Length)]);
            foreach (string step in s_steps)
                Step(step);
            AssertContents();
        }
    }

    private void Step(string step)
    {
        switch (step)
        {
            case "write":
                Write(random.Next(Length), random.Next(1, 100_000));
                break;
            case "cut":
                int length = random.Next(Length);
                Assert.That(file.Truncate(length), Is.Zero);
                Resize(length);
                break;
            case "fsync":
                Assert.That(Fsync(), Is.Zero);
                break;
            case "sleep":
                m.Sleep((ulong)random.Next(8000));
                break;
            case "reclaim":
                CgroupMachine.Write("/A/memory.reclaim", $"{random.Next(1, 256)}K");
                break;
            case "drop":
                m.Run(() => fs_drop_caches_c.drop_caches(3));
                break;
            case "read":
                int at = random.Next(Length);
                int count = random.Next(1, 200_000);
                AssertContents(at, count);
                break;
            case "mount":
                Remount();
                AssertContents();
                break;
            default:
                Error(step);
                break;
        }
    }

    private void Write(int at, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        Assert.That(file.Write(at, bytes), Is.EqualTo(count));
        Resize(Math.Max(model.Length, at + count));
        bytes.CopyTo(model, at);
    }

    private void Resize(int length) => Array.Resize(ref model, length);

    private long Fsync() => UserMemory.Syscall(task, () => sys_fsync(file.Fd));

    private void AssertContents(int at = 0, int count = Length + 200_000)
    {
        byte[] found = file.Read(at, count);
        at = Math.Min(at, model.Length);
        Assert.That(found.AsSpan().SequenceEqual(model.AsSpan(at, Math.Min(count, model.Length - at))), $"{count} bytes at {at}");
    }

    private void Remount()
    {
        file.Close();
        Assert.That(UserMemory.Syscall(task, sys_sync), Is.Zero);
        CgroupMachine.Ok(CgroupMachine.Syscall(() => fs_namespace_c.do_umount("/mnt")),
            CgroupMachine.Syscall(() => fs_namespace_c.do_mount("ext4", "/mnt", null, host_files.number)));
        file = new UserFile(task, "/mnt/f");
    }

    // A page's block cannot be written, or read.
    private void Error(string step)
    {
        DiskErrors errors = host_files.mounted!.Errors;
        int page = random.Next(DirectPages);
        Write(page * Page, Page);
        Assert.That(Fsync(), Is.Zero, "it has its block from here on");
        ulong sector = Block(page) * (Page / Disk.SectorSize);

        if (step == "read error")
        {
            m.Run(() => fs_drop_caches_c.drop_caches(3));
            errors.FailSectors(DiskOperation.Read, sector, Page / Disk.SectorSize);
            Assert.That(file.TryRead(page * Page), Is.EqualTo(-EIO));
            errors.Clear();
            AssertContents(page * Page, Page);
            return;
        }

        Write(page * Page, Page);
        errors.FailSectors(DiskOperation.Write, sector, Page / Disk.SectorSize);
        if (step == "flusher error")
            m.Sleep(40_000);
        Assert.That(Fsync(), Is.EqualTo(-EIO));
        Assert.That(Fsync(), Is.Zero, "it is told once");
        errors.Clear();

        // What was not written is only in memory, if there: who was told writes it again.
        Assert.That(file.Write(page * Page, model.AsSpan(page * Page, Page)), Is.EqualTo(Page));
        Assert.That(Fsync(), Is.Zero);
    }

    private ulong Block(int page) => (ulong)UserMemory.Syscall(task, () =>
    {
        @file* f = fs_file_c.fget(file.Fd);
        folio* folio = linux_pagemap_h.filemap_get_folio(f->f_mapping, (ulong)page);
        buffer_head* bh = linux_buffer_head_h.folio_buffers(folio);
        for (ulong i = folio->index; i < (ulong)page; i++)
            bh = bh->b_this_page;
        long block = (long)bh->b_blocknr;
        linux_mm_h.folio_put(folio);
        fs_file_table_c.fput(f);
        return block;
    });
}
