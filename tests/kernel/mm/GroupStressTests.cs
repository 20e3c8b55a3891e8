// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.linux_uaccess_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>
/// Eight tasks in four groups, on real CPUs, each group with half the memory that its tasks use. Limits change, tasks are
/// killed and groups removed meanwhile; nobody reads what it has not written, and at the end every sum is back.
/// </summary>
[TestFixture]
internal sealed unsafe class GroupStressTests
{
    private const int Groups = 4;
    private const int TasksEach = 2;
    private const int Pages = 300;

    private static bool s_stop;

    private sealed record Group(string Path, user_task[] Tasks, machine_request[] Running);

    [Test]
    public void Groups_come_and_go_while_their_tasks_swap() => Run(TimeSpan.FromSeconds(2));

    [Test, Explicit("takes a minute")]
    public void Groups_come_and_go_for_a_minute() => Run(TimeSpan.FromSeconds(60));

    private static void Run(TimeSpan time)
    {
        using var m = TestMachine.Boot(parallel: true, swap: 64UL << 20);
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"));
        Volatile.Write(ref s_stop, false);
        var random = new Random(1);
        int born = 0;
        long swapped = 0;
        Group[] groups = [.. Enumerable.Range(0, Groups).Select(_ => Start(born++))];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < time;)
        {
            ref Group group = ref groups[random.Next(Groups)];
            m.Sleep((ulong)random.Next(5, 40));
            if (random.Next(3) != 0)
            {
                CgroupMachine.Ok(CgroupMachine.Write(group.Path + "/memory.max", $"{random.Next(1100, 1800)}K"));
                continue;
            }
            swapped += CgroupMachine.Key(group.Path + "/memory.stat", "pswpout");
            foreach (user_task task in group.Tasks)
                machine.kill(task);
            End(m, group);
            group = Start(born++);
        }
        Volatile.Write(ref s_stop, true);
        foreach (Group group in groups)
            End(m, group);
        Assert.That(swapped, Is.GreaterThan(0));
        TestContext.Out.WriteLine($"{born} groups, {swapped} pages swapped out");
    }

    private static Group Start(int number)
    {
        string path = $"/g{number}";
        CgroupMachine.Ok(CgroupMachine.Mkdir(path), CgroupMachine.Write(path + "/memory.max", "1300K"));
        user_task[] tasks = [.. Enumerable.Range(0, TasksEach).Select(i => CgroupMachine.Task($"t{number}.{i}", path))];
        return new Group(path, tasks, [.. tasks.Select((t, i) =>
        {
            ulong at = UserMemory.Map(t, Pages);
            return machine.post(t, () => Work((number * TasksEach) + i, at));
        })]);
    }

    private static void End(TestMachine m, Group group)
    {
        foreach (machine_request r in group.Running)
        {
            machine.wait_for(r);
            Assert.That(r.killed ? 0 : r.result, Is.Zero, group.Path);
        }
        foreach (user_task task in group.Tasks)
            machine.kill(task);
        // The last of them leaves the group a little after it is dead.
        long removed = -linux_errno_h.EBUSY;
        for (int i = 0; i < 5000 && removed == -linux_errno_h.EBUSY; i++)
        {
            m.Sleep(1);
            removed = CgroupMachine.Rmdir(group.Path);
        }
        Assert.That(removed, Is.Zero, group.Path);
    }

    /// <summary>User code: writes pages, and reads what it wrote.</summary>
    private static long Work(int seed, ulong at)
    {
        var random = new Random(seed);
        var shadow = new byte[Pages];
        while (!Volatile.Read(ref s_stop))
        {
            int page = random.Next(Pages);
            ulong address = at + ((ulong)page * UserMemory.Page) + (ulong)(page % 7);
            if (random.Next(2) == 0)
            {
                shadow[page] = (byte)random.Next(1, 256);
                user_write(address, shadow[page]);
                continue;
            }
            byte found = user_read(address);
            if (found != shadow[page])
                return 1_000_000 + (page * 1000) + found;
        }
        return 0;
    }
}
