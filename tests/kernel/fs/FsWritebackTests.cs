// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.fs_open_c;
using static Linux.fs_sync_c;
using static Linux.linux_backing_dev_defs_h;
using static Linux.linux_backing_dev_h;
using static Linux.linux_errno_h;
using static Linux.linux_mmzone_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>fs-writeback.c and backing-dev.c: whose inode it is, when it is written, and that nothing is left.</summary>
[TestFixture]
internal sealed unsafe class FsWritebackTests
{
    private const long Page = WritebackMachine.Page;

    // ---------------------------------------------------------------- counts

    [Test]
    public void What_is_dirty_is_counted_for_the_group_the_wb_and_the_machine()
    {
        using var m = new WritebackMachine();
        var (a, fa) = m.Writer("A", "a");
        var (b, fb) = m.Writer("B", "b");
        m.WritePages(a, fa, 0, 300);
        m.WritePages(b, fb, 0, 100);

        Assert.Multiple(() =>
        {
            Assert.That(m.Dirty("A"), Is.InRange(300, 303), "with blocks of the disk that say where they are");
            Assert.That(m.Dirty("B"), Is.InRange(100, 103));
            Assert.That(m.WbStat(WB_RECLAIMABLE, WritebackMachine.Id("A")), Is.GreaterThanOrEqualTo(300));
            Assert.That(m.WbStat(WB_RECLAIMABLE, WritebackMachine.Id("B")), Is.GreaterThanOrEqualTo(100));
            Assert.That(m.WbStat(WB_RECLAIMABLE), Is.EqualTo(m.Global(NR_FILE_DIRTY)));
            Assert.That(m.Owner(WritebackMachine.Inode(a, fa)), Is.EqualTo(WritebackMachine.Id("A")));
            Assert.That(m.Owner(WritebackMachine.Inode(b, fb)), Is.EqualTo(WritebackMachine.Id("B")));
        });

        // Overwritten, it is dirty once; truncated, it is not dirty any more.
        m.WritePages(a, fa, 0, 300);
        Assert.That(m.Dirty("A"), Is.InRange(300, 303));
        Assert.That(UserMemory.Syscall(a, () => sys_ftruncate(fa, 200 * Page)), Is.Zero);
        Assert.That(m.Dirty("A"), Is.InRange(200, 203));

        Assert.That(WritebackMachine.Fsync(a, fa), Is.Zero);
        Assert.That(m.Dirty("A"), Is.Zero);
        Assert.That(m.Dirty("B"), Is.InRange(100, 103), "another's file");
        WritebackMachine.Sync();
        Assert.That(m.Dirty("B"), Is.Zero);
        Assert.That(m.Stat("B", "file_writeback"), Is.Zero);
        Assert.That(m.Stat("A", "file") / Page, Is.InRange(200, 203));
        m.AssertClean();
    }

    [Test]
    public void Counts_are_zero_again_whatever_happened([Values(2, 3)] int seed)
    {
        using var m = new WritebackMachine(seed: (ulong)seed);
        WritebackMachine.Mkdir("A");
        WritebackMachine.Mkdir("B");
        user_task[] tasks = [m.Task("A"), m.Task("B"), m.Task()];
        var random = new Random(seed);
        int[][] fds = [.. tasks.Select(t => Enumerable.Range(0, 3).Select(i => WritebackMachine.Open(t, $"f{i}")).ToArray())];

        for (int i = 0; i < 80; i++)
        {
            int who = random.Next(tasks.Length);
            user_task t = tasks[who];
            int fd = fds[who][random.Next(3)];
            switch (random.Next(10))
            {
                case < 6:
                    m.WritePages(t, fd, random.Next(200), random.Next(1, 200), (byte)i);
                    break;
                case 6:
                    long length = random.Next(300) * Page;
                    Assert.That(UserMemory.Syscall(t, () => sys_ftruncate(fd, length)), Is.Zero);
                    break;
                case 7:
                    Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero);
                    break;
                case 8:
                    m.Run(() => fs_drop_caches_c.drop_caches(3));
                    break;
                default:
                    m.Sleep((ulong)random.Next(3000));
                    break;
            }

            Assert.That(m.WbStat(WB_RECLAIMABLE), Is.EqualTo(m.Global(NR_FILE_DIRTY)), $"step {i}");
            Assert.That(m.WbStat(WB_WRITEBACK), Is.EqualTo(m.Global(NR_WRITEBACK)), $"step {i}");
        }

        WritebackMachine.Sync();
        m.AssertClean();
        foreach (string group in new[] { "A", "B" })
        {
            Assert.That(m.Dirty(group), Is.Zero, group);
            Assert.That(m.Stat(group, "file_writeback"), Is.Zero, group);
        }
    }

    // ---------------------------------------------------------------- whose inode it is

    /// <summary>
    /// A round of few pages is one slot of the 16 of an inode's history: with more than 8 of them foreign the inode is switched.
    /// </summary>
    [Test]
    public void An_inode_goes_to_the_group_that_dirties_it_after_nine_rounds()
    {
        using var m = new WritebackMachine();
        var (a, fa) = m.Writer("A", "f");
        var (b, fb) = m.Writer("B", "f");
        nint inode = WritebackMachine.Inode(a, fa);

        m.WritePages(a, fa, 0, 64);
        Assert.That(WritebackMachine.Fsync(a, fa), Is.Zero);
        Assert.That(m.Owner(inode), Is.EqualTo(WritebackMachine.Id("A")));

        for (int round = 1; round <= 9; round++)
        {
            Assert.That(m.Owner(inode), Is.EqualTo(WritebackMachine.Id("A")), $"before round {round}");
            m.WritePages(b, fb, 64 * round, 64);
            Assert.That(WritebackMachine.Fsync(b, fb), Is.Zero);
            m.Sleep(50);
        }

        Assert.That(m.Owner(inode), Is.EqualTo(WritebackMachine.Id("B")));

        // What is dirty now is B's in every respect.
        long before = m.WbStat(WB_RECLAIMABLE, WritebackMachine.Id("B"));
        m.WritePages(b, fb, 64, 64);
        Assert.That(m.WbStat(WB_RECLAIMABLE, WritebackMachine.Id("B")) - before, Is.EqualTo(64));
    }

    [Test]
    public void Foreign_rounds_in_the_minority_do_not_move_an_inode()
    {
        using var m = new WritebackMachine();
        var (a, fa) = m.Writer("A", "f");
        var (b, fb) = m.Writer("B", "f");
        nint inode = WritebackMachine.Inode(a, fa);
        m.WritePages(a, fa, 0, 64);

        for (int round = 1; round <= 30; round++)
        {
            // Two in three are A's; and within a round the majority wins.
            bool foreign = round % 3 == 0;
            m.WritePages(a, fa, 0, foreign ? 16 : 64);
            m.WritePages(b, fb, 64 * round, foreign ? 64 : 16);
            Assert.That(WritebackMachine.Fsync(a, fa), Is.Zero);
        }

        m.Sleep(50);
        Assert.That(m.Owner(inode), Is.EqualTo(WritebackMachine.Id("A")));
    }

    [Test]
    public void A_dirty_inode_takes_its_counts_along_when_it_is_switched()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 20);
        var (a, fa) = m.Writer("A", "f");
        var (b, fb) = m.Writer("B", "f");
        nint inode = WritebackMachine.Inode(a, fa);
        m.WritePages(a, fa, 0, 64);
        Assert.That(WritebackMachine.Fsync(a, fa), Is.Zero);

        for (int round = 1; round <= 9; round++)
        {
            m.WritePages(b, fb, 64 * round, 64);
            Assert.That(WritebackMachine.Fsync(b, fb), Is.Zero);
            // The switch is under way while these become dirty.
            if (round == 9)
                m.WritePages(b, fb, 1000, 200);
        }

        m.Sleep(50);
        Assert.That(m.Owner(inode), Is.EqualTo(WritebackMachine.Id("B")));
        Assert.That(m.WbStat(WB_RECLAIMABLE), Is.EqualTo(m.Global(NR_FILE_DIRTY)));
        Assert.That(m.WbStat(WB_RECLAIMABLE, WritebackMachine.Id("B")), Is.GreaterThanOrEqualTo(200));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    /// <summary>One allocation of a new wb after the other fails: the inode is the root's then, and nothing is lost.</summary>
    [Test]
    public void Without_memory_for_a_wb_the_root_s_writes_the_inode()
    {
        using var m = new WritebackMachine();
        int roots = 0;
        for (ulong n = 1; n <= 6; n++)
        {
            string group = $"G{n}";
            WritebackMachine.Mkdir(group);
            user_task t = m.Task(group);
            m.Run(() =>
            {
                mm_failslab_c.failslab_attr->probability = 100;
                mm_failslab_c.failslab_attr->interval = n;
                mm_failslab_c.failslab_attr->count = 0;
                mm_failslab_c.failslab_attr->times.counter = 1;
            });
            int fd = WritebackMachine.Open(t, group);
            m.Run(() => mm_failslab_c.failslab_attr->probability = 0);
            int owner = m.Owner(WritebackMachine.Inode(t, fd));
            Assert.That(owner, Is.AnyOf(WritebackMachine.RootId, WritebackMachine.Id(group)));
            roots += owner == WritebackMachine.RootId ? 1 : 0;
            m.WritePages(t, fd, 0, 20);
        }

        Assert.That(roots, Is.InRange(1, 5));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    // ---------------------------------------------------------------- the end of a group

    [Test]
    public void A_group_removed_with_dirty_pages_leaves_no_wb_behind()
    {
        using var m = new WritebackMachine();
        var (a, fd) = m.Writer("A", "f");
        nint inode = WritebackMachine.Inode(a, fd);
        m.WritePages(a, fd, 0, 100);
        int id = WritebackMachine.Id("A");
        int wbs = m.Wbs;
        Assert.That(m.Owner(inode), Is.EqualTo(id));

        WritebackMachine.Write("cgroup.procs", $"{a.pid}");
        Assert.That(CgroupMachine.Rmdir("A"), Is.Zero);
        m.Sleep(200);

        // It is dirty: what the group dirtied is written for it.
        Assert.That(m.Owner(inode), Is.EqualTo(id));
        Assert.That(m.Wbs, Is.EqualTo(wbs));

        // Clean, the inode is switched with the next group that goes, or when it is dirtied and written again.
        WritebackMachine.Sync();
        WritebackMachine.Mkdir("B");
        Assert.That(CgroupMachine.Rmdir("B"), Is.Zero);
        m.Sleep(500);
        Assert.That(m.Owner(inode), Is.EqualTo(WritebackMachine.RootId));
        Assert.That(m.Wbs, Is.EqualTo(1));
        Assert.That(m.ReadBytes(a, fd, 0, 100 * (int)Page).All(x => x == 1), Is.True);
    }

    [Test]
    public void The_inodes_of_a_group_that_goes_are_switched_to_the_nearest_ancestor()
    {
        using var m = new WritebackMachine();
        WritebackMachine.Mkdir("P");
        WritebackMachine.Write("P/cgroup.subtree_control", "+memory");
        WritebackMachine.Mkdir("P/A");
        user_task a = m.Task("P/A");
        int[] fds = [.. Enumerable.Range(0, 40).Select(i => WritebackMachine.Open(a, $"f{i}"))];
        foreach (int fd in fds)
            m.WritePages(a, fd, 0, 1);
        WritebackMachine.Sync();
        WritebackMachine.Write("cgroup.procs", $"{a.pid}");
        Assert.That(CgroupMachine.Rmdir("P/A"), Is.Zero);
        m.Sleep(500);
        foreach (int fd in fds)
            Assert.That(m.Owner(WritebackMachine.Inode(a, fd)), Is.EqualTo(WritebackMachine.Id("P")));
        Assert.That(CgroupMachine.Rmdir("P"), Is.Zero);
        m.Sleep(500);
        foreach (int fd in fds)
            Assert.That(m.Owner(WritebackMachine.Inode(a, fd)), Is.EqualTo(WritebackMachine.RootId));
        Assert.That(m.Wbs, Is.EqualTo(1));
    }

    [Test]
    public void A_wb_whose_group_of_IO_changes_is_replaced()
    {
        using var m = new WritebackMachine();
        var (a, fd) = m.Writer("A", "f");
        nint inode = WritebackMachine.Inode(a, fd);
        m.WritePages(a, fd, 0, 10);
        nint first = m.Run(() => (nint)((inode*)inode)->i_wb);
        Assert.That(m.Run(() => ((bdi_writeback*)first)->blkcg_css == block_blk_cgroup_c.blkcg_root_css), Is.True);

        WritebackMachine.Write("cgroup.subtree_control", "+io");
        m.WritePages(a, fd, 10, 10);
        m.Sleep(100);
        Assert.That(WritebackMachine.Fsync(a, fd), Is.Zero);
        m.Sleep(100);
        nint second = m.Run(() => (nint)((inode*)inode)->i_wb);
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(m.Run(() => ((bdi_writeback*)second)->blkcg_css == block_blk_cgroup_c.blkcg_root_css), Is.False);
        Assert.That(m.Owner(inode), Is.EqualTo(WritebackMachine.Id("A")));
    }

    // ---------------------------------------------------------------- when it is written

    [Test]
    public void The_flusher_writes_what_is_older_than_dirty_expire()
    {
        using var m = new WritebackMachine();
        var (a, fd) = m.Writer("A", "f");
        m.WritePages(a, fd, 0, 100);
        m.Sleep(25_000);
        Assert.That(m.Dirty("A"), Is.InRange(100, 103));
        m.Sleep(11_000);
        Assert.That(m.Dirty("A"), Is.Zero);
    }

    [Test]
    public void Periodic_writeback_follows_its_sysctls()
    {
        using var m = new WritebackMachine();
        m.Run(() =>
        {
            WritebackMachine.Sysctl("vm.dirty_expire_centisecs", 100);
            WritebackMachine.Sysctl("vm.dirty_writeback_centisecs", 50);
        });
        var (a, fd) = m.Writer("A", "f");
        m.WritePages(a, fd, 0, 100);
        m.Sleep(700);
        Assert.That(m.Dirty("A"), Is.InRange(100, 103));
        m.Sleep(1300);
        Assert.That(m.Dirty("A"), Is.Zero);

        m.Run(() => WritebackMachine.Sysctl("vm.dirty_writeback_centisecs", 0));
        m.WritePages(a, fd, 0, 100);
        m.Sleep(60_000);
        Assert.That(m.Dirty("A"), Is.InRange(100, 103), "switched off");
    }

    [Test]
    public void Sync_waits_for_pages_that_are_on_their_way()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 10);
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        m.WritePages(t, fd, 0, 1000);
        m.Run(() => fs_fs_writeback_c.wakeup_flusher_threads(WB_REASON_SYNC));
        m.Sleep(20);
        Assert.That(m.Global(NR_WRITEBACK), Is.GreaterThan(0));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    [Test]
    public void Syncfs_writes_one_file_system()
    {
        using var m = new WritebackMachine();
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        m.WritePages(t, fd, 0, 100);
        Assert.That(UserMemory.Syscall(t, () => sys_syncfs(fd)), Is.Zero);
        m.AssertClean();
    }

    // ---------------------------------------------------------------- errors

    /// <summary>The flusher meets the error; each open file is told once, and so is each that asks for the file system.</summary>
    [Test]
    public void An_error_that_the_flusher_meets_is_told_to_each_open_file_once()
    {
        using var m = new WritebackMachine();
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f"), other = WritebackMachine.Open(t, "f"), third = WritebackMachine.Open(t, "f");
        m.WritePages(t, fd, 0, 10);
        // Data alone: of the blocks there is one for the super block, two are bitmaps, and 64 are inodes.
        const ulong FirstData = 67 * 8;
        host_files.mounted!.Errors.FailSectors(DiskOperation.Write, FirstData, host_files.mounted.Sectors - FirstData);
        m.Sleep(40_000);
        host_files.mounted.Errors.Clear();

        Assert.That(WritebackMachine.Fsync(t, fd), Is.EqualTo(-EIO));
        Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero);
        Assert.That(WritebackMachine.Fsync(t, other), Is.EqualTo(-EIO));
        Assert.That(WritebackMachine.Fsync(t, other), Is.Zero);
        Assert.That(UserMemory.Syscall(t, () => sys_syncfs(third)), Is.EqualTo(-EIO));
        Assert.That(UserMemory.Syscall(t, () => sys_syncfs(third)), Is.Zero);
        Assert.That(WritebackMachine.Fsync(t, third), Is.EqualTo(-EIO), "the file's own is another");
        int late = WritebackMachine.Open(t, "f");
        Assert.That(WritebackMachine.Fsync(t, late), Is.Zero);

        // What is written from now on is kept.
        m.WritePages(t, fd, 0, 10, 7);
        Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero);
        m.Run(() => fs_drop_caches_c.drop_caches(3));
        Assert.That(m.ReadBytes(t, fd, 0, 10 * (int)Page).All(x => x == 7), Is.True);
    }

    [Test]
    public void What_was_written_is_on_the_disk_after_sync_and_remount([Values(1, 2)] int seed)
    {
        using var m = new WritebackMachine(seed: (ulong)seed);
        WritebackMachine.Mkdir("A");
        WritebackMachine.Mkdir("B");
        user_task[] tasks = [m.Task("A"), m.Task("B")];
        var random = new Random(seed);
        byte[] model = new byte[3 << 20];
        int[] fds = [.. tasks.Select(t => WritebackMachine.Open(t, "f"))];
        m.WriteBytes(tasks[0], fds[0], model.Length - 1, [0]);

        for (int i = 0; i < 60; i++)
        {
            int who = random.Next(2);
            byte[] bytes = new byte[random.Next(1, 60_000)];
            random.NextBytes(bytes);
            int at = random.Next(model.Length - bytes.Length);
            m.WriteBytes(tasks[who], fds[who], at, bytes);
            bytes.CopyTo(model, at);
            if (random.Next(6) == 0)
                Assert.That(WritebackMachine.Fsync(tasks[who], fds[who]), Is.Zero);
            if (random.Next(6) == 0)
                m.Sleep((ulong)random.Next(6000));
        }

        WritebackMachine.Sync();
        m.AssertClean();
        foreach (int who in new[] { 0, 1 })
            Assert.That(UserMemory.Syscall(tasks[who], () => sys_close(fds[who])), Is.Zero);
        m.Run(() =>
        {
            fs_drop_caches_c.drop_caches(3);
            Assert.That(fs_namespace_c.do_umount("/mnt"), Is.Zero);
            Assert.That(fs_namespace_c.do_mount("ext2", "/mnt", null, host_files.number), Is.Zero);
        });
        int fd = WritebackMachine.Open(tasks[0], "f");
        Assert.That(m.ReadBytes(tasks[0], fd, 0, model.Length).AsSpan().SequenceEqual(model), Is.True);
    }

    // ---------------------------------------------------------------- the machine

    [Test]
    public void The_same_seed_gives_the_same_writeback()
    {
        (ulong hash, ulong now, long written) Once()
        {
            using var m = new WritebackMachine(seed: 7, megabytesPerSecond: 40);
            WritebackMachine.Mkdir("A");
            WritebackMachine.Write("A/memory.max", "16M");
            user_task a = m.Task("A"), b = m.Task();
            int fa = WritebackMachine.Open(a, "f"), fb = WritebackMachine.Open(b, "f");
            m.WritePages(a, fa, 0, 2000);
            m.WritePages(b, fb, 1000, 2000);
            m.Sleep(3000);
            WritebackMachine.Sync();
            return (machine.trace_hash, machine.now, m.WbStat(WB_WRITTEN));
        }

        Assert.That(Once(), Is.EqualTo(Once()));
    }

    /// <summary>Tasks write, truncate, sync and reclaim the same files, and move to groups that are gone soon after.</summary>
    [Test]
    public void Nothing_is_left_dirty_whatever_tasks_do_at_once([Values(2, 3)] int seed)
    {
        using var m = new WritebackMachine(parallel: true, seed: (ulong)seed, megabytesPerSecond: 200);
        m.Run(() =>
        {
            WritebackMachine.Sysctl("vm.dirty_bytes", 4 << 20);
            WritebackMachine.Sysctl("vm.dirty_expire_centisecs", 20);
            WritebackMachine.Sysctl("vm.dirty_writeback_centisecs", 10);
        });
        user_task[] tasks = new user_task[3];
        for (int who = 0; who < tasks.Length; who++)
        {
            WritebackMachine.Mkdir($"G{who}");
            WritebackMachine.Write($"G{who}/memory.max", "12M");
            tasks[who] = m.Task($"G{who}");
        }

        Parallel.For(0, tasks.Length, who => Disturb(m, tasks[who], who, new Random((seed * 10) + who)));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    private static void Disturb(WritebackMachine m, user_task t, int who, Random random)
    {
        int[] fds = [.. Enumerable.Range(0, 3).Select(i => WritebackMachine.Open(t, $"f{i}"))];
        for (int i = 0; i < 60; i++)
        {
            int fd = fds[random.Next(3)];
            switch (random.Next(20))
            {
                case < 12:
                    m.WritePages(t, fd, random.Next(800), random.Next(1, 128), (byte)i);
                    break;
                case 12:
                    m.ReadBytes(t, fd, random.Next(800) * Page, random.Next(1, 100) * (int)Page);
                    break;
                case 13:
                    Assert.That(WritebackMachine.Fsync(t, fd), Is.Zero);
                    break;
                case 14:
                    long length = random.Next(900) * Page;
                    Assert.That(UserMemory.Syscall(t, () => sys_ftruncate(fd, length)), Is.Zero);
                    break;
                case 15:
                    Assert.That(UserMemory.Syscall(t, sys_sync), Is.Zero);
                    break;
                case 16:
                    Assert.That(UserMemory.Syscall(t, () => sys_syncfs(fd)), Is.Zero);
                    break;
                case 17:
                    UserMemory.Syscall(t, () =>
                    {
                        fs_drop_caches_c.drop_caches(3);
                        return 0;
                    });
                    break;
                default:
                    string name = $"T{who}x{i}";
                    Assert.That(CgroupMachine.Syscall(() => cgroupfs.mkdir(name), t), Is.Zero);
                    Assert.That(CgroupMachine.Syscall(() => cgroupfs.write_file(name + "/cgroup.procs", $"{t.pid}"), t), Is.GreaterThanOrEqualTo(0));
                    m.WritePages(t, fd, random.Next(800), 50, (byte)i);
                    Assert.That(CgroupMachine.Syscall(() => cgroupfs.write_file($"G{who}/cgroup.procs", $"{t.pid}"), t), Is.GreaterThanOrEqualTo(0));
                    Assert.That(CgroupMachine.Syscall(() => cgroupfs.rmdir(name), t), Is.Zero);
                    break;
            }
        }
    }
}
