// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.fs_open_c;
using static Linux.fs_sync_c;
using static Linux.linux_backing_dev_defs_h;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>What is written is on the disk, or somebody is told; with many at once, and the same with the same seed.</summary>
[TestFixture]
internal sealed unsafe class WritebackIntegrityTests
{
    private const long Page = WritebackMachine.Page;

    // ---------------------------------------------------------------- errors

    /// <summary>The flusher meets the error; each open file is told once, and so is each that asks for the file system.</summary>
    [Test]
    public void An_error_that_the_flusher_meets_is_told_to_each_open_file_once()
    {
        using var m = new WritebackMachine();
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f"), other = WritebackMachine.Open(t, "f"), third = WritebackMachine.Open(t, "f");
        m.WritePages(t, fd, 0, 10);
        // Data alone: of the blocks there is one for the super block, two are bitmaps, and 128 are inodes.
        const ulong FirstData = 131 * 8;
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

        // Where a first write failed nothing has been written, of which the buffers do not know: as in ext4 they have to go first. What is
        // written from then on is kept.
        m.Run(() => fs_drop_caches_c.drop_caches(1));
        Assert.That(m.ReadBytes(t, fd, 0, 10 * (int)Page).All(x => x == 0), Is.True);
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
            Assert.That(fs_namespace_c.do_mount("ext4", "/mnt", null, host_files.number), Is.Zero);
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

        (ulong, ulong, long) first = Once();
        Assert.That(Once(), Is.EqualTo(first));
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
