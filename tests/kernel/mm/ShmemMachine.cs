// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>A machine with swap and a group A, for tests of tmpfs.</summary>
internal sealed class ShmemMachine : IDisposable
{
    private readonly TestMachine test;

    public ShmemMachine(ulong swap = 64UL << 20, int cpus = 2)
    {
        test = TestMachine.Boot(cpus: cpus, swap: swap);
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"), CgroupMachine.Mkdir("/B"));
    }

    public static user_task Task(string name, string group = "/A") => CgroupMachine.Task(name, group);

    /// <summary>All that reclaim can have of a group goes to swap; when its writes have ended it leaves the swap cache too.</summary>
    public static void SwapOut(string group = "/A")
    {
        UserMemory.Drain();
        for (int i = 0; i < 2; i++)
        {
            CgroupMachine.Write(group + "/memory.reclaim", "256M");
            machine.sleep(20);
        }
    }

    public static long Shmem(string group = "/A")
    {
        UserMemory.Drain();
        return CgroupMachine.Key(group + "/memory.stat", "shmem") / 4096;
    }

    public static long Anon(string group = "/A")
    {
        UserMemory.Drain();
        return CgroupMachine.Key(group + "/memory.stat", "anon") / 4096;
    }

    /// <summary>Pages of a group that are in swap.</summary>
    public static long Swapped(string group = "/A") => long.Parse(CgroupMachine.Read(group + "/memory.swap.current")) / 4096;

    public void Run(Action body) => test.Run(body);

    public static long Mount(string directory, string? options = null) =>
        CgroupMachine.Syscall(() => fs_namespace_c.do_mount("tmpfs", directory, options));

    public static long Unmount(string directory) => CgroupMachine.Syscall(() => fs_namespace_c.do_umount(directory));

    public static long Remount(string directory, string options) => CgroupMachine.Syscall(() => fs_namespace_c.do_remount(directory, options));

    public void Dispose()
    {
        test.Dispose();
    }
}
