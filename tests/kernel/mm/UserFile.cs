// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.fs_file_c;
using static Linux.fs_file_table_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.fs_stat_c;
using static Linux.linux_uaccess_h;
using static Linux.mm_mmap_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>A task and a file that it has open, for tests.</summary>
internal sealed unsafe class UserFile
{
    public const ulong Page = 4096;
    private const int BufferPages = 16;

    private readonly ulong buffer;

    /// <summary>Opens a file, which is made if it is not there.</summary>
    public UserFile(user_task task, string path, uint flags = O_RDWR | O_CREAT)
    {
        Task = task;
        buffer = UserMemory.Map(task, BufferPages);
        Fd = (int)Open(task, path, flags);
        Assert.That(Fd, Is.GreaterThanOrEqualTo(0), path);
    }

    public user_task Task { get; }

    public int Fd { get; }

    public static long Open(user_task task, string path, uint flags = O_RDWR | O_CREAT) =>
        UserMemory.Syscall(task, () => sys_open(path, flags, 0x180));

    public static long Unlink(user_task task, string path) => UserMemory.Syscall(task, () => sys_unlink(path));

    public long Close() => UserMemory.Syscall(Task, () => sys_close(Fd));

    public long Truncate(long size) => UserMemory.Syscall(Task, () => sys_ftruncate(Fd, size));

    public long Reserve(long at, long length, int mode = 0) => UserMemory.Syscall(Task, () => sys_fallocate(Fd, mode, at, length));

    public long Punch(long at, long length) => Reserve(at, length, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);

    public kstat Stat()
    {
        kstat stat = default;
        Assert.That(UserMemory.Syscall(Task, () =>
        {
            kstat found;
            long rc = sys_fstat(Fd, &found);
            stat = found;
            return rc;
        }), Is.Zero);
        return stat;
    }

    /// <summary>Pages that the file has, in memory or in swap.</summary>
    public ulong Pages() => Stat().blocks / 8;

    public kstatfs FileSystem()
    {
        kstatfs buf = default;
        Assert.That(UserMemory.Syscall(Task, () =>
        {
            kstatfs found;
            long rc = sys_fstatfs(Fd, &found);
            buf = found;
            return rc;
        }), Is.Zero);
        return buf;
    }

    /// <summary>Writes, in pieces of the buffer; how much was written, or the first piece's error.</summary>
    public long Write(long at, ReadOnlySpan<byte> bytes)
    {
        long done = 0;
        while (done < bytes.Length)
        {
            byte[] part = bytes[(int)done..Math.Min(bytes.Length, (int)done + (BufferPages * (int)Page))].ToArray();
            long from = at + done;
            machine.call(Task, () =>
            {
                user_write(buffer, part);
                return 0;
            });
            long written = UserMemory.Syscall(Task, () => sys_pwrite64(Fd, (byte*)buffer, (ulong)part.Length, from));
            if (written <= 0)
                return done > 0 ? done : written;
            done += written;
            if (written < part.Length)
                break;
        }

        return done;
    }

    /// <summary>Reads what there is of so many bytes.</summary>
    public byte[] Read(long at, int length)
    {
        var all = new List<byte>();
        while (all.Count < length)
        {
            int part = Math.Min(length - all.Count, BufferPages * (int)Page);
            long from = at + all.Count;
            long got = UserMemory.Syscall(Task, () => sys_pread64(Fd, (byte*)buffer, (ulong)part, from));
            Assert.That(got, Is.GreaterThanOrEqualTo(0), $"read at {from}");
            if (got == 0)
                break;
            byte[] bytes = new byte[got];
            machine.call(Task, () =>
            {
                user_read(buffer, bytes);
                return 0;
            });
            all.AddRange(bytes);
        }

        return [.. all];
    }

    /// <summary>What a read of one byte says.</summary>
    public long TryRead(long at) => UserMemory.Syscall(Task, () => sys_pread64(Fd, (byte*)buffer, 1, at));

    /// <summary>Maps pages of the file.</summary>
    public ulong Map(ulong pages, ulong offset = 0, bool shared = true) => MapIn(Task, Fd, pages, offset, shared);

    private static ulong MapIn(user_task task, int fd, ulong pages, ulong offset, bool shared)
    {
        long address = UserMemory.Syscall(task, () =>
        {
            @file* f = fget(fd);
            long a = sys_mmap(0, pages * Page, UserMemory.ReadWrite, shared ? 1UL : 2UL, f, offset);
            fput(f);
            return a;
        });
        Assert.That(address is > 0 or < -4095, $"mmap: {address}");
        return (ulong)address;
    }

    /// <summary>Shared anonymous memory of a task.</summary>
    public static ulong MapShared(user_task task, ulong pages)
    {
        long address = UserMemory.Syscall(task, () => sys_mmap(0, pages * Page, UserMemory.ReadWrite, 0x21, null, 0));
        Assert.That(address is > 0 or < -4095, $"mmap: {address}");
        return (ulong)address;
    }
}
