// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>Names of files in memory: long ones, many, those of no file, and who pays for them.</summary>
[TestFixture]
internal sealed unsafe class DcacheTests
{
    private TestMachine m = null!;
    private user_task task = null!;

    [SetUp]
    public void Boot()
    {
        m = TestMachine.Boot(disk: 32UL << 20);
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"));
        task = CgroupMachine.Task("t", "/A");
    }

    [TearDown]
    public void Off() => m.Dispose();

    private long Stat(string path)
    {
        byte[] name = Encoding.ASCII.GetBytes(path);
        return UserMemory.Syscall(task, () =>
        {
            kstat stat;
            return fs_stat_c.sys_stat(name, &stat);
        });
    }

    private static long Negative() => CgroupMachine.Syscall(fs_dcache_c.get_nr_dentry_negative);

    private static long Slab()
    {
        UserMemory.Drain();
        return CgroupMachine.Key("/A/memory.stat", "slab_reclaimable");
    }

    [Test]
    public void A_name_has_255_bytes_at_most([Values("/mnt", "/tmp")] string directory, [Values(39, 40, 255)] int length)
    {
        string path = $"{directory}/{new string('n', length)}";
        var file = new UserFile(task, path);
        Assert.That(file.Write(0, "here"u8), Is.EqualTo(4));
        Assert.That(file.Close(), Is.Zero);
        Assert.That(new UserFile(task, path).Read(0, 10), Is.EqualTo("here"u8.ToArray()));
        Assert.That(Stat(path[..^1]), Is.EqualTo(-ENOENT));
        Assert.That(UserFile.Open(task, $"{directory}/{new string('n', 256)}"), Is.EqualTo(-ENAMETOOLONG));
        Assert.That(UserFile.Unlink(task, path), Is.Zero);
        Assert.That(Stat(path), Is.EqualTo(-ENOENT));
    }

    [Test]
    public void Long_names_are_found_again_after_a_remount()
    {
        string path = "/mnt/" + new string('n', 200);
        Assert.That(UserMemory.Syscall(task, () => fs_open_c.sys_close((int)UserFileDescriptor(path))), Is.Zero);
        CgroupMachine.Ok(CgroupMachine.Syscall(() => fs_namespace_c.do_umount("/mnt")), CgroupMachine.Syscall(() => fs_namespace_c.do_mount("ext4", "/mnt", null, host_files.number)));
        Assert.That(Stat(path), Is.Zero);
    }

    private static long UserFileDescriptor(string path) => fs_open_c.sys_open(path, O_RDWR | O_CREAT, 0x180);

    [Test]
    public void What_is_not_there_is_known_and_its_name_is_paid_for_by_who_asked()
    {
        Stat("/mnt/x");
        long before = Negative();
        long slab = Slab();
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 300; i++)
                Assert.That(Stat($"/mnt/{new string('n', 90)}{i}"), Is.EqualTo(-ENOENT));
            Assert.That(Negative(), Is.EqualTo(before + 300), "a second look finds what the first one left");
        }

        // A dentry of 192 bytes and a name of 24 + 93 bytes in 128, with 8 bytes each for whose they are; up to a page is with the CPU.
        Assert.That(Slab() - slab, Is.EqualTo(300 * (192 + 128 + 16)).Within(4096));
        machine.run(() => fs_drop_caches_c.drop_caches(2));
        CgroupMachine.Settle();
        Assert.That(Negative(), Is.Zero);
        Assert.That(Slab(), Is.LessThanOrEqualTo(slab));
    }

    [Test]
    public void A_file_in_memory_that_is_not_there_leaves_no_name()
    {
        long before = Negative();
        Assert.That(Stat("/tmp/x"), Is.EqualTo(-ENOENT));
        Assert.That(Negative(), Is.EqualTo(before));
    }

    [Test]
    public void A_name_is_of_no_file_once_the_file_is_removed_and_of_a_new_one_when_it_is_made()
    {
        var file = new UserFile(task, "/mnt/f");
        file.Write(0, "old"u8);
        file.Close();
        long before = Negative();
        Assert.That(UserFile.Unlink(task, "/mnt/f"), Is.Zero);
        Assert.That(Negative(), Is.EqualTo(before + 1));
        Assert.That(UserFile.Open(task, "/mnt/f", O_RDWR), Is.EqualTo(-ENOENT));
        file = new UserFile(task, "/mnt/f");
        Assert.That(file.Read(0, 10), Is.Empty);
        Assert.That(Negative(), Is.EqualTo(before));

        // Somebody has it open: it keeps its name, which is not found any more.
        file.Write(0, "new"u8);
        Assert.That(UserFile.Unlink(task, "/mnt/f"), Is.Zero);
        Assert.That(file.Read(0, 10), Is.EqualTo("new"u8.ToArray()));
        Assert.That(Stat("/mnt/f"), Is.EqualTo(-ENOENT));
    }

    [Test]
    public void Many_files_in_a_directory_are_found_at_once()
    {
        const int count = 3000;
        Assert.That(UserMemory.Syscall(task, () =>
        {
            for (int i = 0; i < count; i++)
            {
                long fd = fs_open_c.sys_open($"/tmp/{i}", O_RDWR | O_CREAT, 0x180);
                if (fd < 0)
                    return fd;
                fs_open_c.sys_close((int)fd);
            }

            for (int i = 0; i < count; i++)
            {
                long rc = fs_open_c.sys_unlink($"/tmp/{i}");
                if (rc < 0)
                    return rc;
            }

            return 0;
        }), Is.Zero);
    }

    [Test]
    public void A_failed_allocation_of_a_name_is_an_error()
    {
        string name = "/mnt/" + new string('n', 100);
        Stat("/mnt/x");
        for (int nth = 1; nth < 20; nth++)
        {
            byte[] path = Encoding.ASCII.GetBytes(name + nth);
            int n = nth;
            long rc = UserMemory.Syscall(task, () =>
            {
                kstat stat;
                asm_percpu_h.current->fail_nth = (uint)n;
                long error = fs_stat_c.sys_stat(path, &stat);
                asm_percpu_h.current->fail_nth = 0;
                return error;
            });
            Assert.That(rc, Is.EqualTo(-ENOENT).Or.EqualTo(-ENOMEM));
        }
    }
}
