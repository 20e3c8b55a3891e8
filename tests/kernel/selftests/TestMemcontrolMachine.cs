// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.fs_stat_c;
using static Linux.linux_errno_h;
using static Linux.linux_uaccess_h;

namespace KMemcg.Kernel.Tests.Selftests;

/// <summary>
/// A machine with a disk on /mnt and swap, and what the kernel's memory selftests ask of one: processes that run a body in
/// a group, page cache of a file without a name, and the tolerance (tools/testing/selftests/cgroup/lib/cgroup_util.c).
/// </summary>
internal sealed unsafe class TestMemcontrolMachine : IDisposable
{
    public const long M = 1 << 20;

    private readonly TestMachine machine;
    private readonly List<user_task> running = [];
    private int files;

    public TestMemcontrolMachine(ulong swap = 256UL << 20, ulong ram = 512UL << 20, int cpus = 2)
    {
        machine = TestMachine.Boot(ram, cpus, disk: 64UL << 20, swap: swap);
        Write("/cgroup.subtree_control", "+memory");
    }

    public void Dispose() => machine.Dispose();

    public void Sleep(ulong ms) => machine.Sleep(ms);

    public static void Mkdir(string path) => Assert.That(CgroupMachine.Mkdir(path), Is.Zero, path);

    public static void Write(string path, string value) => Assert.That(CgroupMachine.Write(path, value), Is.GreaterThanOrEqualTo(0), $"{value} to {path}");

    public static long Value(string path) => long.Parse(CgroupMachine.Read(path), CultureInfo.InvariantCulture);

    public static long Current(string group) => Value(group + "/memory.current");

    public static long Event(string group, string key) => CgroupMachine.Key(group + "/memory.events", key);

    /// <summary>Whether two values differ by so many percent of their sum at most; cgroup_util.c, values_close.</summary>
    public static bool IsClose(long a, long b, int percent) => Math.Abs(a - b) <= (a + b) / 100 * percent;

    public static void AssertClose(long actual, long expected, int percent, string what) =>
        Assert.That(IsClose(actual, expected, percent), $"{what}: {actual / (double)M:F2}M is not within {percent} % of the sum of it and {expected / (double)M:F2}M");

    /// <summary>A new process in a group, that stays.</summary>
    public user_task Start(string group, user_task? parent = null)
    {
        user_task task = machine.Spawn("t", parent);
        CgroupMachine.Ok(CgroupMachine.Move(task, group));
        running.Add(task);
        return task;
    }

    /// <summary>A process runs a body in a group and ends; whether it has ended well, and not been killed.</summary>
    public bool Run(string group, Func<user_task, bool> body)
    {
        user_task task = Start(group);
        bool passed = body(task) && task.alive;
        End(task, group);
        return passed;
    }

    private void End(user_task task, string group)
    {
        Linux.machine.kill(task);
        for (int i = 0; i < 1000 && (task.alive || CgroupMachine.Procs(group).Contains(task.pid)); i++)
            Sleep(1);
        Assert.That(task.alive, Is.False);
        running.Remove(task);
    }

    /// <summary>Ends those that are left in a group, and removes it.</summary>
    public void Destroy(string group)
    {
        int[] left = CgroupMachine.Procs(group);
        foreach (user_task task in running.Where(t => left.Contains(t.pid)).ToArray())
            End(task, group);
        long rc = CgroupMachine.Rmdir(group);
        for (int i = 0; i < 1000 && rc == -EBUSY; i++)
        {
            Sleep(1);
            rc = CgroupMachine.Rmdir(group);
        }
        Assert.That(rc, Is.Zero, group);
        Sleep(100);
    }

    /// <summary>Within a second nobody is left in a group; test_memcontrol.c, cg_test_proc_killed.</summary>
    public void AssertKilled(string group)
    {
        for (int i = 0; i < 10 && CgroupMachine.Procs(group).Length != 0; i++)
            Sleep(100);
        Assert.That(CgroupMachine.Procs(group), Is.Empty, group);
    }

    /// <summary>Private memory whose every page has been written to, 0 when the task was killed of it.</summary>
    public static ulong Anon(user_task task, long size)
    {
        ulong at = UserMemory.Map(task, (ulong)size / UserMemory.Page);
        return Touch(task, at, size) ? at : 0;
    }

    private static bool Touch(user_task task, ulong at, long size) => Linux.machine.call(task, () =>
    {
        for (ulong i = 0; i < (ulong)size; i += UserMemory.Page)
            user_write(at + i, 0);
        return 0;
    }) == 0;

    /// <summary>The body of a process that allocates and ends; test_memcontrol.c, alloc_anon.</summary>
    public static Func<user_task, bool> AllocAnon(long size) => task =>
    {
        ulong at = Anon(task, size);
        return at != 0 && UserMemory.Unmap(task, at, (ulong)size / UserMemory.Page) == 0;
    };

    /// <summary>An open file on the disk that has no name; test_memcontrol.c, get_temp_fd.</summary>
    public int TempFile(user_task task)
    {
        string name = $"/mnt/temp{files++}";
        long fd = UserMemory.Syscall(task, () => sys_open(name, O_RDWR | O_CREAT, 0x180));
        Assert.That(fd, Is.GreaterThanOrEqualTo(0), name);
        Assert.That(UserMemory.Syscall(task, () => sys_unlink(name)), Is.Zero);
        return (int)fd;
    }

    /// <summary>Makes a file longer and reads on to its end; test_memcontrol.c, alloc_pagecache.</summary>
    public static bool Pagecache(user_task task, int fd, long size)
    {
        ulong buffer = UserMemory.Map(task, 1);
        kstat stat = default;
        long rc = UserMemory.Syscall(task, () =>
        {
            kstat found;
            long err = sys_fstat(fd, &found);
            stat = found;
            return err;
        });
        size += (long)stat.size;
        if (rc != 0 || UserMemory.Syscall(task, () => sys_ftruncate(fd, size)) != 0)
            return false;
        return Linux.machine.call(task, () =>
        {
            long got = 1;
            for (long i = 0; i < size && got > 0; i += (long)UserMemory.Page)
            {
                kernel_entry_c.syscall_enter();
                got = kernel_entry_c.syscall_exit(sys_read(fd, (byte*)buffer, UserMemory.Page));
            }
            return Math.Min(got, 0);
        }) == 0;
    }
}

/// <summary>A descriptor of one of a group's files that stays open.</summary>
internal sealed unsafe class TestMemcontrolDescriptor
{
    private readonly nint file;

    public TestMemcontrolDescriptor(string path)
    {
        file = (nint)CgroupMachine.Syscall(() => (long)cgroupfs.open(path));
        Assert.That(file is < -4095 or > 0, path);
    }

    public long Value()
    {
        string text = "";
        Assert.That(CgroupMachine.Syscall(() =>
        {
            Span<byte> bytes = stackalloc byte[64];
            cgroupfs.rewind((kernfs_open_file*)file);
            long n = cgroupfs.read((kernfs_open_file*)file, bytes);
            text = System.Text.Encoding.ASCII.GetString(bytes[..(int)Math.Max(n, 0)]);
            return n;
        }), Is.GreaterThan(0));
        return long.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>From here on the descriptor has a peak of its own.</summary>
    public void Reset() => Assert.That(CgroupMachine.Syscall(() => cgroupfs.write((kernfs_open_file*)file, "reset\n"u8)), Is.EqualTo(6));

    public void Close() => CgroupMachine.Syscall(() =>
    {
        cgroupfs.close((kernfs_open_file*)file);
        return 0;
    });
}
