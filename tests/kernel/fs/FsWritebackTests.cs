// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.fs_open_c;
using static Linux.fs_sync_c;
using static Linux.linux_backing_dev_defs_h;
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

        // Overwritten, it is dirty once; truncated, it is not dirty any more. (At a folio's end: a dirty one is not cut.)
        m.WritePages(a, fa, 0, 300);
        Assert.That(m.Dirty("A"), Is.InRange(300, 303));
        Assert.That(UserMemory.Syscall(a, () => sys_ftruncate(fa, 192 * Page)), Is.Zero);
        Assert.That(m.Dirty("A"), Is.InRange(192, 195));

        Assert.That(WritebackMachine.Fsync(a, fa), Is.Zero);
        Assert.That(m.Dirty("A"), Is.Zero);
        Assert.That(m.Dirty("B"), Is.InRange(100, 103), "another's file");
        WritebackMachine.Sync();
        Assert.That(m.Dirty("B"), Is.Zero);
        Assert.That(m.Stat("B", "file_writeback"), Is.Zero);
        Assert.That(m.Stat("A", "file") / Page, Is.InRange(192, 195));
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
        Assert.That(m.Dirty("A"), Is.LessThanOrEqualTo(1), "where the file's blocks are is known since then");
        m.Sleep(36_000);
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
        Assert.That(m.Dirty("A"), Is.LessThanOrEqualTo(1), "where the file's blocks are is known since then");
        m.Sleep(1600);
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
}
