// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Mounts of tmpfs: options, limits, remounting.</summary>
[TestFixture]
internal sealed unsafe class ShmemMountTests
{
    private static byte[] Filled(int pages) => [.. Enumerable.Repeat((byte)'w', pages * 4096)];

    /// <summary>What /proc/mounts would say of the file system that a file is on.</summary>
    private static string Options(UserFile f)
    {
        string text = "";
        Assert.That(UserMemory.Syscall(f.Task, () =>
        {
            byte* buf = stackalloc byte[256];
            seq_file seq = new() { buf = buf, size = 256 };
            @file* file = fs_file_c.fget(f.Fd);
            super_block* sb = file->f_path.dentry->d_sb;
            long rc = sb->s_op->show_options(&seq, sb->s_root);
            fs_file_table_c.fput(file);
            text = Encoding.UTF8.GetString(buf, (int)seq.count);
            return rc;
        }), Is.Zero);
        return text;
    }

    [TestCase("size=1M")]
    [TestCase("nr_blocks=256")]
    [TestCase("size=1048000,mode=700")]
    public void A_full_file_system_says_so_and_has_room_again_when_files_go(string options)
    {
        using var m = new ShmemMachine();
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", options));
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/s/f");
        Assert.That(f.Write(0, Filled(300)), Is.EqualTo(256 * 4096));
        Assert.That(f.Write(256 * 4096, Filled(1)), Is.EqualTo(-ENOSPC));
        kstatfs stat = f.FileSystem();
        Assert.That((stat.f_blocks, stat.f_bfree, stat.f_type), Is.EqualTo((256UL, 0UL, 0x01021994L)));
        Assert.That(f.Punch(0, 10 * 4096), Is.Zero);
        Assert.That(f.FileSystem().f_bfree, Is.EqualTo(10));
        Assert.That(new UserFile(a, "/tmp/s/g").Write(0, Filled(20)), Is.EqualTo(10 * 4096));
        Assert.That(ShmemMachine.Shmem(), Is.EqualTo(256), "what found no room is not charged");
    }

    [Test]
    public void A_mapping_that_finds_no_room_kills()
    {
        using var m = new ShmemMachine();
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", "size=64K"));
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/s/f");
        Assert.That(f.Truncate(20 * 4096), Is.Zero);
        ulong at = f.Map(20);
        UserMemory.Fill(a, at, 16, 1);
        Assert.That(UserMemory.Write(a, at + (16 * 4096), 1), Is.EqualTo(-EINTR));
        machine.sleep(10);
        Assert.That((a.alive, a.exit_code & 0x7f), Is.EqualTo((false, 7)));
    }

    [Test]
    public void Room_that_cannot_be_reserved_whole_is_given_back()
    {
        using var m = new ShmemMachine();
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", "size=1M"));
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/s/f");
        var g = new UserFile(a, "/tmp/s/g");
        Assert.That(f.Write(0, Filled(100)), Is.EqualTo(100 * 4096));
        Assert.That((g.Reserve(0, 257 * 4096), g.Pages()), Is.EqualTo(((long)-ENOSPC, 0UL)));
        Assert.That(g.Write(5 * 4096, Filled(1)), Is.EqualTo(4096));
        Assert.That((g.Reserve(0, 160 * 4096), g.Pages()), Is.EqualTo(((long)-ENOSPC, 1UL)), "what was there before stays");
        Assert.That((g.Stat().size, g.Read(5 * 4096, 4096), ShmemMachine.Shmem()), Is.EqualTo((6 * 4096L, Filled(1), 101L)));
        Assert.That((g.Reserve(0, 156 * 4096), g.Pages(), f.FileSystem().f_bfree), Is.EqualTo((0L, 156UL, 0UL)));
    }

    [Test]
    public void Inodes_are_counted()
    {
        using var m = new ShmemMachine();
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", "nr_inodes=4"));
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/s/1");
        Assert.That(UserFile.Open(a, "/tmp/s/2"), Is.GreaterThan(0));
        Assert.That(UserFile.Open(a, "/tmp/s/3"), Is.GreaterThan(0));
        Assert.That(UserFile.Open(a, "/tmp/s/4"), Is.EqualTo(-ENOSPC), "the root is one");
        Assert.That((f.FileSystem().f_files, f.FileSystem().f_ffree), Is.EqualTo((4UL, 0UL)));
        Assert.That((UserFile.Unlink(a, "/tmp/s/1"), f.Close()), Is.EqualTo((0L, 0L)));
        Assert.That(UserFile.Open(a, "/tmp/s/4"), Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void Mounts_are_apart_and_go_when_nothing_is_open()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", "size=1M"), ShmemMachine.Mount("/tmp/t"), ShmemMachine.Mount("/other"));
        var f = new UserFile(a, "/tmp/s/f");
        var g = new UserFile(a, "/tmp/t/f");
        var h = new UserFile(a, "/other/f");
        Assert.That((f.Write(0, Filled(3)), g.Write(0, Filled(5)), h.Write(0, Filled(7))), Is.EqualTo((3 * 4096L, 5 * 4096L, 7 * 4096L)));
        Assert.That(UserFile.Open(a, "/tmp/f", 2), Is.EqualTo(-ENOENT));
        Assert.That(ShmemMachine.Unmount("/tmp/s"), Is.EqualTo(-EBUSY));
        Assert.That(f.Close(), Is.Zero);
        Assert.That(ShmemMachine.Unmount("/tmp/s"), Is.Zero);
        Assert.That(ShmemMachine.Shmem(), Is.EqualTo(12));
        Assert.That(ShmemMachine.Unmount("/tmp/s"), Is.EqualTo(-EINVAL));
        ulong at = h.Map(7);
        Assert.That(h.Close(), Is.Zero);
        Assert.That(ShmemMachine.Unmount("/other"), Is.EqualTo(-EBUSY), "it is mapped");
        Assert.That(UserMemory.Unmap(a, at, 7), Is.Zero);
        Assert.That(ShmemMachine.Unmount("/other"), Is.Zero);
        Assert.That(ShmemMachine.Shmem(), Is.EqualTo(5));
    }

    [TestCase("", ",inode64")]
    [TestCase("size=50%", ",inode64")]
    [TestCase("size=2M,nr_inodes=100,mode=0750,uid=3,gid=4,noswap", ",size=2048k,nr_inodes=100,mode=750,uid=3,gid=4,inode64,noswap")]
    [TestCase("mode=4711,inode32,huge=never", ",mode=4711,inode32")]
    public void Options_are_shown(string options, string shown)
    {
        using var m = new ShmemMachine();
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", options));
        Assert.That(Options(new UserFile(ShmemMachine.Task("a"), "/tmp/s/f")), Is.EqualTo(shown));
    }

    [TestCase("size=lots")]
    [TestCase("size=1M,color=red")]
    [TestCase("nr_inodes=-")]
    [TestCase("mode=9")]
    [TestCase("size")]
    [TestCase("noswap=1")]
    [TestCase("huge=always")]
    [TestCase("huge=sometimes")]
    [TestCase("mpol=bind:0,1")]
    public void Options_that_make_no_sense_are_refused(string options)
    {
        using var m = new ShmemMachine(swap: 0);
        Assert.That(ShmemMachine.Mount("/tmp/s", options), Is.EqualTo(-EINVAL));
    }

    [Test]
    public void A_remount_changes_limits_that_hold_what_is_there()
    {
        using var m = new ShmemMachine();
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", "size=1M,nr_inodes=10"), ShmemMachine.Mount("/tmp/t", "size=0,nr_inodes=0"));
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/s/f");
        Assert.That(f.Write(0, Filled(100)), Is.EqualTo(100 * 4096));
        Assert.That(ShmemMachine.Remount("/tmp/s", "size=300K"), Is.EqualTo(-EINVAL));
        Assert.That(ShmemMachine.Remount("/tmp/s", "size=400K"), Is.Zero);
        Assert.That(f.Write(100 * 4096, Filled(1)), Is.EqualTo(-ENOSPC));
        Assert.That(ShmemMachine.Remount("/tmp/s", "size=404K"), Is.Zero);
        Assert.That(f.Write(100 * 4096, Filled(2)), Is.EqualTo(4096));
        Assert.That((ShmemMachine.Remount("/tmp/s", "nr_inodes=1"), ShmemMachine.Remount("/tmp/s", "nr_inodes=2")), Is.EqualTo(((long)-EINVAL, 0L)));
        Assert.That(UserFile.Open(a, "/tmp/s/g"), Is.EqualTo(-ENOSPC));
        Assert.That(ShmemMachine.Remount("/tmp/s", "noswap"), Is.EqualTo(-EINVAL));
        Assert.That((ShmemMachine.Remount("/tmp/t", "size=1M"), ShmemMachine.Remount("/tmp/t", "nr_inodes=5")), Is.EqualTo(((long)-EINVAL, (long)-EINVAL)), "no limit can be set later");
        Assert.That(ShmemMachine.Remount("/tmp/nothing", "size=1M"), Is.EqualTo(-EINVAL));
    }
}
