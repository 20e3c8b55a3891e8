// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.mm;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.linux_errno_h;
using static Linux.fs_file_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.fs_sync_c;
using static Linux.linux_uaccess_h;
using static Linux.mm_mmap_c;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>Files on the disk file system: what was written is read, whatever happens between.</summary>
internal sealed unsafe class FileTests
{
    private const ulong Disk = 64UL << 20;
    private const int BufferPages = 16;

    private static long Open(user_task t, string path, uint flags = O_RDWR | O_CREAT) =>
        UserMemory.Syscall(t, () => sys_open(path, flags, 0x180));

    private static long Write(user_task t, ulong buffer, int fd, byte[] bytes, long at)
    {
        t.Put(buffer, bytes);
        return UserMemory.Syscall(t, () => sys_pwrite64(fd, (byte*)buffer, (ulong)bytes.Length, at));
    }

    private static byte[] Read(user_task t, ulong buffer, int fd, int length, long at)
    {
        long got = UserMemory.Syscall(t, () => sys_pread64(fd, (byte*)buffer, (ulong)length, at));
        Assert.That(got, Is.GreaterThanOrEqualTo(0));
        return t.Get(buffer, (int)got);
    }

    [Test]
    public void ContentsHoldAcrossWritebackReclaimTruncationAndRemount([Values(1, 2, 3)] int seed)
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        ulong buffer = UserMemory.Map(t, BufferPages);
        var random = new Random(seed);
        byte[] model = [];
        int fd = (int)Open(t, "/mnt/f");
        Assert.That(fd, Is.GreaterThanOrEqualTo(0));

        for (int i = 0; i < 120; i++)
        {
            int at = random.Next(6 << 20 >> (i % 7 * 2));
            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    byte[] bytes = new byte[random.Next(1, BufferPages * 4096)];
                    random.NextBytes(bytes);
                    Assert.That(Write(t, buffer, fd, bytes, at), Is.EqualTo(bytes.Length));
                    if (model.Length < at + bytes.Length)
                        Array.Resize(ref model, at + bytes.Length);
                    bytes.CopyTo(model, at);
                    break;
                case 3:
                    Assert.That(UserMemory.Syscall(t, () => sys_ftruncate(fd, at)), Is.Zero);
                    Array.Resize(ref model, at);
                    break;
                case 4:
                    Assert.That(UserMemory.Syscall(t, () => sys_fsync(fd)), Is.Zero);
                    break;
                case 5:
                    m.Run(() => fs_drop_caches_c.drop_caches(3));
                    break;
                case 6:
                    Assert.That(UserMemory.Syscall(t, () => sys_close(fd)), Is.Zero);
                    m.Run(() =>
                    {
                        Assert.That(fs_namespace_c.do_umount("/mnt"), Is.Zero);
                        Assert.That(fs_namespace_c.do_mount("ext4", "/mnt", null, host_files.number), Is.Zero);
                    });
                    fd = (int)Open(t, "/mnt/f", O_RDWR);
                    Assert.That(fd, Is.GreaterThanOrEqualTo(0));
                    break;
                default:
                    int length = random.Next(1, BufferPages * 4096);
                    byte[] want = at < model.Length ? model[at..Math.Min(at + length, model.Length)] : [];
                    Assert.That(Read(t, buffer, fd, length, at).AsSpan().SequenceEqual(want), Is.True, $"step {i} at {at}");
                    break;
            }
        }

        for (int at = 0; at < model.Length; at += BufferPages * 4096)
        {
            byte[] want = model[at..Math.Min(at + (BufferPages * 4096), model.Length)];
            Assert.That(Read(t, buffer, fd, BufferPages * 4096, at).AsSpan().SequenceEqual(want), Is.True, $"at {at}");
        }
    }

    [Test]
    public void WhatIsWrittenThroughASharedMappingIsInTheFile()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        ulong buffer = UserMemory.Map(t, BufferPages);
        int fd = (int)Open(t, "/mnt/f");
        Assert.That(UserMemory.Syscall(t, () => sys_ftruncate(fd, 64 * 4096)), Is.Zero);
        ulong map = (ulong)UserMemory.Syscall(t, () =>
        {
            @file* f = fget(fd);
            long a = sys_mmap(0, 64 * 4096, UserMemory.ReadWrite, 1, f, 0);
            fs_file_table_c.fput(f);
            return a;
        });
        UserMemory.Fill(t, map, 64, 1);
        Assert.That(UserMemory.Syscall(t, () => mm_msync_c.sys_msync(map, 64 * 4096, mm_msync_c.MS_SYNC)), Is.Zero);
        UserMemory.Unmap(t, map, 64);
        m.Run(() => fs_drop_caches_c.drop_caches(3));
        for (int i = 0; i < 64; i++)
            Assert.That(Read(t, buffer, fd, 1, i * 4096), Is.EqualTo(new[] { (byte)(1 + i) }));
        Assert.That(UserMemory.Syscall(t, () => sys_unlink("/mnt/f")), Is.Zero);
        Assert.That(Open(t, "/mnt/f", O_RDWR), Is.EqualTo(-ENOENT));
    }

    [Test]
    public void AnErrorOfTheDiskIsReportedToEachOpenerOnce()
    {
        using TestMachine m = TestMachine.Boot(disk: Disk);
        user_task t = m.Spawn("t");
        ulong buffer = UserMemory.Map(t, BufferPages);
        int fd = (int)Open(t, "/mnt/f");
        int other = (int)Open(t, "/mnt/f");
        Assert.That(Write(t, buffer, fd, new byte[8192], 0), Is.EqualTo(8192));
        host_files.mounted!.Errors.FailSectors(DiskOperation.Write, 0, Disk >> 9);
        Assert.That(UserMemory.Syscall(t, () => sys_fsync(fd)), Is.EqualTo(-EIO));
        host_files.mounted!.Errors.Clear();
        Assert.That(UserMemory.Syscall(t, () => sys_fsync(fd)), Is.Zero);
        Assert.That(UserMemory.Syscall(t, () => sys_fsync(other)), Is.EqualTo(-EIO));
        Assert.That(UserMemory.Syscall(t, () => sys_fsync(other)), Is.Zero);
        int late = (int)Open(t, "/mnt/f");
        Assert.That(UserMemory.Syscall(t, () => sys_fsync(late)), Is.Zero);
    }
}

internal static unsafe class FileTestMemory
{
    public static void Put(this user_task t, ulong address, byte[] bytes) => machine.call(t, () =>
    {
        user_write(address, bytes);
        return 0;
    });

    public static byte[] Get(this user_task t, ulong address, int length)
    {
        byte[] bytes = new byte[length];
        machine.call(t, () =>
        {
            user_read(address, bytes);
            return 0;
        });
        return bytes;
    }
}
