// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.Drivers;

/// <summary>A loop device: a file system in a file. What kernel threads do for it is charged to the group whose I/O it is.</summary>
[TestFixture]
internal sealed unsafe class LoopTests
{
    private const long M = 1 << 20;

    private TestMachine m = null!;
    private user_task a = null!;
    private user_task b = null!;

    [SetUp]
    public void Boot()
    {
        m = TestMachine.Boot(disk: 96UL << 20);
        Prepare("+memory +io");
    }

    [TearDown]
    public void Off() => m.Dispose();

    private void Prepare(string controllers)
    {
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", controllers), CgroupMachine.Mkdir("/A"), CgroupMachine.Mkdir("/B"));
        a = CgroupMachine.Task("a", "/A");
        b = CgroupMachine.Task("b", "/B");
        user_task init = machine.spawn("losetup");
        long number = UserMemory.Syscall(init, () =>
        {
            int fd = (int)fs_open_c.sys_open("/mnt/image", O_RDWR | O_CREAT, 0x180);
            fs_open_c.sys_ftruncate(fd, 48 * M);
            return drivers_block_loop_c.loop_configure(fd);
        });
        Assert.That(number, Is.GreaterThanOrEqualTo(0));
        machine.kill(init);
        m.Sleep(10);
        CgroupMachine.Ok(CgroupMachine.Syscall(() => fs_namespace_c.do_mount("ext4", "/loop", null, (int)number)));
    }

    private static void DropCaches() => machine.run(() =>
    {
        // What the device writes dirties the file behind once more.
        fs_sync_c.sys_sync();
        fs_sync_c.sys_sync();
        fs_drop_caches_c.drop_caches(3);
    });

    private static long File(string group)
    {
        UserMemory.Drain();
        return CgroupMachine.Key(group + "/memory.stat", "file");
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static long Fsync(UserFile file) => UserMemory.Syscall(file.Task, () => fs_sync_c.sys_fsync(file.Fd));

    [Test]
    public void What_a_thread_writes_to_the_file_behind_is_charged_to_who_wrote_to_the_device()
    {
        DropCaches();
        long before = File("/A");
        var file = new UserFile(a, "/loop/f");
        Assert.That(file.Write(0, Bytes((int)(4 * M), 1)), Is.EqualTo(4 * M));
        Assert.That(File("/A") - before, Is.InRange(4 * M, 4 * M + (64 << 10)), "and what is to be known of the disks");
        Assert.That(Fsync(file), Is.Zero);
        Assert.That(File("/A") - before, Is.InRange(8 * M, 8 * M + (128 << 10)), "once for each of the two files");
        Assert.That(File("/B"), Is.Zero);

        // The file behind is written for A, too, and its buffer heads are A's.
        Assert.That(CgroupMachine.Key("/A/memory.stat", "file_dirty"), Is.GreaterThan(0));
        Assert.That(CgroupMachine.Key("/A/memory.stat", "slab"), Is.GreaterThan(4 * M / 4096 * 2 * 104));
        DropCaches();
        Assert.That(File("/A") - before, Is.Zero);
    }

    [Test]
    public void Who_reads_from_the_device_pays_for_what_is_read_from_the_file_behind()
    {
        byte[] bytes = Bytes((int)(2 * M), 2);
        var file = new UserFile(a, "/loop/f");
        file.Write(0, bytes);
        DropCaches();
        Assert.That(File("/A") + File("/B"), Is.Zero);
        Assert.That(new UserFile(b, "/loop/f").Read(0, bytes.Length), Is.EqualTo(bytes));
        Assert.That(File("/B"), Is.GreaterThanOrEqualTo(4 * M), "with what was read ahead");
        Assert.That(File("/A"), Is.Zero);
    }

    [Test]
    public void The_flusher_writes_for_the_group_that_has_dirtied()
    {
        var file = new UserFile(a, "/loop/f");
        file.Write(0, Bytes((int)M, 3));
        m.Sleep(40_000);
        Assert.That(File("/A"), Is.InRange(2 * M, 2 * M + (64 << 10)));
        Assert.That(File("/B"), Is.Zero);
    }

    [Test]
    public void Contents_hold_when_the_device_is_taken_down_and_set_up_again()
    {
        byte[] bytes = Bytes((int)(3 * M) + 100, 4);
        var file = new UserFile(a, "/loop/f");
        file.Write(0, bytes);
        file.Close();
        m.Sleep(10);
        CgroupMachine.Ok(CgroupMachine.Syscall(() => fs_namespace_c.do_umount("/loop")), CgroupMachine.Syscall(() => fs_namespace_c.do_umount("/mnt")),
            CgroupMachine.Syscall(() => fs_namespace_c.do_mount("ext4", "/mnt", null, host_files.number)));
        long number = UserMemory.Syscall(b, () => drivers_block_loop_c.loop_configure((int)fs_open_c.sys_open("/mnt/image", O_RDWR, 0)));
        CgroupMachine.Ok(CgroupMachine.Syscall(() => fs_namespace_c.do_mount("ext4", "/loop", null, (int)number)));
        Assert.That(new UserFile(b, "/loop/f").Read(0, bytes.Length), Is.EqualTo(bytes));
    }

    [Test]
    public void More_requests_than_the_device_takes_wait_for_their_turn()
    {
        byte[] page = Bytes(4096, 5);
        var file = new UserFile(a, "/loop/f");
        Assert.That(file.Write(0, Bytes((int)(4 * M), 6)), Is.EqualTo(4 * M));
        Assert.That(Fsync(file), Is.Zero);

        // Every other page: none can be merged with the next.
        for (int i = 0; i < 1024; i += 2)
            file.Write(i * 4096, page);
        Assert.That(Fsync(file), Is.Zero);
        DropCaches();
        byte[] found = file.Read(0, (int)(4 * M));
        for (int i = 0; i < 1024; i += 2)
            Assert.That(found.AsSpan(i * 4096, 4096).SequenceEqual(page), $"page {i}");
    }

    [Test]
    public void An_error_of_the_disk_below_is_one_of_the_device()
    {
        var file = new UserFile(a, "/loop/f");
        file.Write(0, Bytes((int)M, 7));
        Assert.That(Fsync(file), Is.Zero);
        DropCaches();

        DiskErrors errors = host_files.mounted!.Errors;
        errors.FailSectors(DiskOperation.Read, 0, host_files.mounted.Sectors);
        Assert.That(file.TryRead(0), Is.EqualTo(-EIO));
        errors.Clear();
        Assert.That(file.TryRead(0), Is.EqualTo(1));
    }

    [Test]
    public void A_group_that_is_gone_is_kept_until_its_worker_has_been_idle_for_a_minute()
    {
        var file = new UserFile(a, "/loop/f");
        file.Write(0, Bytes((int)M, 8));
        Assert.That(Fsync(file), Is.Zero);
        machine.kill(a);
        m.Sleep(10);
        DropCaches();
        Assert.That(CgroupMachine.Rmdir("/A"), Is.Zero);
        m.Sleep(20_000);
        Assert.That(CgroupMachine.Key("/cgroup.stat", "nr_dying_descendants"), Is.EqualTo(1));
        m.Sleep(70_000);
        DropCaches();
        m.Sleep(5000);
        Assert.That(CgroupMachine.Key("/cgroup.stat", "nr_dying_descendants"), Is.Zero);
    }

    [Test]
    public void A_device_that_is_not_mounted_goes_with_the_machine()
    {
        long number = UserMemory.Syscall(b, () => drivers_block_loop_c.loop_configure((int)fs_open_c.sys_open("/tmp/image", O_RDWR | O_CREAT, 0x180)));
        Assert.That(number, Is.GreaterThanOrEqualTo(0));
        Assert.That(UserMemory.Syscall(b, () => drivers_block_loop_c.loop_configure(99)), Is.EqualTo(-EBADF));
    }
}
