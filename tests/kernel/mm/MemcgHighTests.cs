// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.mm.MemcgMachine;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>memory.high as user tasks feel it: what they charge above it they wait for.</summary>
[TestFixture]
internal sealed unsafe class MemcgHighTests
{
    private const ulong Page = UserMemory.Page;

    /// <summary>Milliseconds on the machine's clock that a task takes to write to so many pages.</summary>
    private static ulong Fill(user_task task, ulong address, ulong pages)
    {
        ulong before = TestMachine.Now;
        UserMemory.Fill(task, address, pages, 1);
        return (TestMachine.Now - before) / 1_000_000;
    }

    private static user_task In(MemcgMachine machine, string group, string name)
    {
        user_task task = machine.Spawn(name);
        machine.Write(group + "/cgroup.procs", task.pid.ToString());
        return task;
    }

    [Test]
    public void A_task_waits_for_what_it_charges_above_it()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        user_task task = In(machine, "A", "eater");
        ulong memory = UserMemory.Map(task, 8192);
        Assert.That(Fill(task, memory, 4096), Is.LessThan(1000));

        // 5 % above it: 156 ms for a batch of 64 pages, as the curve has it, and of every further batch a little more.
        long usage = long.Parse(machine.Read("A/memory.current"));
        SetHigh(machine, a, (ulong)usage / 4096 * 100 / 105);
        ulong elapsed = Fill(task, memory + (4096 * Page), 64);
        Assert.That(elapsed, Is.InRange(120ul, 500ul));
        Assert.That(machine.Read("A/memory.events", "high"), Is.GreaterThanOrEqualTo(17), "a try, and sixteen more, before it sleeps");
        Assert.That(machine.Read("A/memory.events", "max"), Is.Zero);

        // The pause is two seconds at most, however far above.
        SetHigh(machine, a, 1);
        elapsed = Fill(task, memory + (4160 * Page), 64);
        Assert.That(elapsed, Is.InRange(1990ul, 4100ul));
        SetHigh(machine, a, linux_page_counter_h.PAGE_COUNTER_MAX);
        UserMemory.Unmap(task, memory, 8192);
        Linux.machine.kill(task);
        machine.Sleep(100);
        machine.Rmdir("A");
    }

    /// <summary>Without the write's own reclaim.</summary>
    private static void SetHigh(MemcgMachine machine, mem_cgroup* memcg, ulong pages) =>
        machine.Run(() => linux_page_counter_h.page_counter_set_high(&memcg->memory, pages));

    /// <summary>What CPUs hold in reserve is charged already, and is what the next charges take first.</summary>
    private static ulong UsageWithoutStock(MemcgMachine machine, mem_cgroup* memcg)
    {
        machine.Run(() => mm_memcontrol_c.drain_all_stock(memcg));
        machine.Sleep(10);
        return machine.Run(() => Usage(memcg));
    }

    /// <summary>Who charges another's group from outside has the debt, but is looked for in his own group.</summary>
    [Test]
    public void A_remote_charge_is_not_held_up()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        user_task task = In(machine, "A", "victim");
        user_task remote = machine.Spawn("remote");
        ulong memory = UserMemory.Map(task, 2048);
        SetHigh(machine, a, 1);
        ulong before = UsageWithoutStock(machine, a);
        ulong start = TestMachine.Now;
        long written = UserMemory.Syscall(remote, () =>
        {
            byte value = 7;
            long total = 0;
            for (ulong i = 0; i < 1000; i++)
                total += mm_memory_c.access_remote_vm(task.task->mm, memory + (i * Page), &value, 1, linux_mm_types_h.FOLL_WRITE);
            return total;
        });
        Assert.That(written, Is.EqualTo(1000));
        Assert.That((TestMachine.Now - start) / 1_000_000, Is.LessThan(200));
        Assert.That(UsageWithoutStock(machine, a) - before, Is.EqualTo(1000));
        Assert.That(machine.Read("A/memory.events", "high"), Is.Zero);
        SetHigh(machine, a, linux_page_counter_h.PAGE_COUNTER_MAX);
        Linux.machine.kill(remote);
        Linux.machine.kill(task);
        machine.Sleep(100);
        machine.Rmdir("A");
    }
}
