// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.fs_file_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.fs_sync_c;
using static Linux.linux_backing_dev_defs_h;
using static Linux.linux_container_of_h;
using static Linux.linux_uaccess_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_memcontrol_c;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>A machine with a disk on /mnt and the memory controller on: tasks in groups that write files, and what writeback knows of them.</summary>
internal sealed unsafe class WritebackMachine : IDisposable
{
    public const int Page = 4096;
    private const int BufferPages = 64;

    private readonly TestMachine machine;
    private readonly Dictionary<user_task, ulong> buffers = [];

    /// <param name="megabytesPerSecond">How fast the disk is: 0 for the usual one.</param>
    public WritebackMachine(ulong ram = 256UL << 20, int cpus = 2, ulong seed = 1, bool parallel = false, int megabytesPerSecond = 0, ulong disk = 256UL << 20)
    {
        DiskLatency? latency = megabytesPerSecond == 0 ? null : new DiskLatency(0, 1_000_000_000L * Disk.SectorSize / (megabytesPerSecond * 1_000_000L));
        machine = TestMachine.Boot(ram, cpus, seed, parallel, disk: disk, latency);
        Write("cgroup.subtree_control", "+memory");
    }

    public void Dispose() => machine.Dispose();

    public void Run(Action body) => machine.Run(body);

    public T Run<T>(Func<T> body) => machine.Run(body);

    public void Sleep(ulong ms) => machine.Sleep(ms);

    public void ExpectWarnings() => machine.ExpectWarnings();

    public static void Mkdir(string path) => Assert.That(CgroupMachine.Mkdir(path), Is.Zero, path);

    public static void Write(string path, string value) => Assert.That(CgroupMachine.Write(path, value), Is.GreaterThanOrEqualTo(0), path);

    public static void Sysctl(string name, long value) => Assert.That(sysctl.write(name, $"{value}"), Is.Zero, name);

    /// <summary>A new task in a group, with a buffer of its own for system calls.</summary>
    public user_task Task(string group = "")
    {
        user_task t = machine.Spawn("t");
        if (group.Length != 0)
            Write(group + "/cgroup.procs", $"{t.pid}");
        buffers[t] = UserMemory.Map(t, BufferPages);
        return t;
    }

    /// <summary>A new task in a group of its own, and a file that it has opened.</summary>
    public (user_task Task, int File) Writer(string group, string file)
    {
        Mkdir(group);
        user_task t = Task(group);
        return (t, Open(t, file));
    }

    public static int Open(user_task t, string name)
    {
        long fd = UserMemory.Syscall(t, () => sys_open("/mnt/" + name, O_RDWR | O_CREAT, 0x180));
        Assert.That(fd, Is.GreaterThanOrEqualTo(0), name);
        return (int)fd;
    }

    /// <summary>Writes so many pages of a file, from this one on, that hold the value.</summary>
    public void WritePages(user_task t, int fd, int first, int pages, byte value = 1)
    {
        ulong buffer = buffers[t];
        byte[] bytes = new byte[Math.Min(pages, BufferPages) * Page];
        Array.Fill(bytes, value);
        machine.Call(t, () =>
        {
            user_write(buffer, bytes);
            return 0;
        });
        for (int done = 0; done < pages; done += BufferPages)
        {
            int length = Math.Min(pages - done, BufferPages) * Page;
            long at = (long)(first + done) * Page;
            Assert.That(UserMemory.Syscall(t, () => sys_pwrite64(fd, (byte*)buffer, (ulong)length, at)), Is.EqualTo(length));
        }
    }

    public byte[] ReadBytes(user_task t, int fd, long at, int length)
    {
        ulong buffer = buffers[t];
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;)
        {
            int piece = Math.Min(length - done, BufferPages * Page);
            long from = at + done;
            long got = UserMemory.Syscall(t, () => sys_pread64(fd, (byte*)buffer, (ulong)piece, from));
            Assert.That(got, Is.GreaterThanOrEqualTo(0));
            if (got == 0)
                return bytes[..done];
            int start = done;
            machine.Call(t, () =>
            {
                user_read(buffer, bytes.AsSpan(start, (int)got));
                return 0;
            });
            done += (int)got;
        }

        return bytes;
    }

    public void WriteBytes(user_task t, int fd, long at, byte[] bytes)
    {
        ulong buffer = buffers[t];
        machine.Call(t, () =>
        {
            user_write(buffer, bytes);
            return 0;
        });
        Assert.That(UserMemory.Syscall(t, () => sys_pwrite64(fd, (byte*)buffer, (ulong)bytes.Length, at)), Is.EqualTo(bytes.Length));
    }

    public static long Fsync(user_task t, int fd) => UserMemory.Syscall(t, () => sys_fsync(fd));

    public static void Sync() => Assert.That(UserMemory.Syscall(null!, sys_sync), Is.Zero);

    /// <summary>A key of a group's memory.stat, with all that CPUs have not told yet.</summary>
    public long Stat(string group, string key)
    {
        Run(() => kernel_cgroup_rstat_c.css_rstat_flush(&root_mem_cgroup->css));
        return CgroupMachine.Key(group + "/memory.stat", key);
    }

    /// <summary>How many pages of a group are dirty.</summary>
    public long Dirty(string group) => Stat(group, "file_dirty") / Page;

    /// <summary>Pages of the whole machine, with what CPUs have not told yet.</summary>
    public long Global(int item) => Run(() =>
    {
        long sum = linux_atomic_h.atomic_long_read(&vm_node_stat[item]);
        foreach (int cpu in linux_cpumask_h.for_each_online_cpu())
            sum += linux_percpu_h.per_cpu_ptr(NODE_DATA(0)->per_cpu_nodestats, cpu)->vm_node_stat_diff[item];
        return sum;
    });

    /// <summary>The disk's device.</summary>
    public static backing_dev_info* Bdi => linux_blkdev_h.blkdev_get_no(host_files.number)->bd_bdi;

    /// <summary>The inode of an open file.</summary>
    public static nint Inode(user_task t, int fd) => (nint)UserMemory.Syscall(t, () =>
    {
        @file* f = fget(fd);
        inode* inode = f->f_inode;
        fs_file_table_c.fput(f);
        return (long)inode;
    });

    /// <summary>The id of the group whose wb an inode is attached to; 0 for none.</summary>
    public int Owner(nint inode) => Run(() => ((inode*)inode)->i_wb == null ? 0 : ((inode*)inode)->i_wb->memcg_css->id);

    public static int Id(string group) => (int)CgroupMachine.Syscall(() =>
    {
        kernfs_open_file* of = cgroupfs.open(group + "/memory.current");
        int id = kernel_cgroup_cgroup_c.of_css(of)->id;
        cgroupfs.close(of);
        return id;
    });

    public static int RootId => 1;

    /// <summary>The exact sum of a statistic over all wbs of the disk.</summary>
    public long WbStat(int item, int ofGroup = 0) => Run(() =>
    {
        long sum = 0;
        backing_dev_info* bdi = Bdi;
        linux_rcupdate_h.rcu_read_lock();
        for (list_head* p = bdi->wb_list.next; p != &bdi->wb_list; p = p->next)
        {
            bdi_writeback* wb = container_of<bdi_writeback>(p, &((bdi_writeback*)nowhere)->bdi_node);
            if (ofGroup == 0 || wb->memcg_css->id == ofGroup)
                sum += linux_percpu_counter_h.percpu_counter_sum(&wb->stat[item]);
        }

        linux_rcupdate_h.rcu_read_unlock();
        return sum;
    });

    /// <summary>How many wbs the disk has.</summary>
    public int Wbs => Run(() =>
    {
        int n = 0;
        backing_dev_info* bdi = Bdi;
        for (list_head* p = bdi->wb_list.next; p != &bdi->wb_list; p = p->next)
            n++;
        return n;
    });

    /// <summary>Nothing is dirty or on its way, by any count.</summary>
    public void AssertClean()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Global(NR_FILE_DIRTY), Is.Zero, "nr_dirty");
            Assert.That(Global(NR_WRITEBACK), Is.Zero, "nr_writeback");
            Assert.That(WbStat(WB_RECLAIMABLE), Is.Zero, "reclaimable");
            Assert.That(WbStat(WB_WRITEBACK), Is.Zero, "writeback");
        });
    }
}
