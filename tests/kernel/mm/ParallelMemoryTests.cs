// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.linux_uaccess_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Tasks on real CPUs at once: nobody loses a write, whatever is taken away under it.</summary>
[TestFixture]
internal sealed unsafe class ParallelMemoryTests
{
    private const int Pages = 300;
    private const int Tasks = 3;
    private const int Steps = 6000;

    private static void Boot(ulong swap, bool parallel = true) =>
        machine.boot(new boot_params { ram = 256UL << 20, swap = swap, cpus = 2, seed = 5, parallel = parallel, pin = false });

    /// <summary>Random writes, reads and unmappings against a copy of what must be there. Runs as user code.</summary>
    private static long Work(int seed, ulong at, byte[] shadow)
    {
        var random = new Random(seed);
        for (int i = 0; i < Steps; i++)
        {
            int page = random.Next(Pages);
            ulong address = at + ((ulong)page * UserMemory.Page) + (ulong)(page % 7);
            switch (random.Next(40))
            {
                case 0:
                    kernel_entry_c.syscall_enter();
                    long rc = kernel_entry_c.syscall_exit(mm_mmap_c.sys_mmap(at + ((ulong)page * UserMemory.Page), UserMemory.Page, 3, 0x32, null, 0));
                    if (rc < 0)
                        return rc;
                    shadow[page] = 0;
                    break;
                case < 20:
                    shadow[page] = (byte)random.Next(1, 256);
                    user_write(address, shadow[page]);
                    break;
                default:
                    byte found = user_read(address);
                    if (found != shadow[page])
                        return 1_000_000 + (page * 1000) + found;
                    break;
            }
        }
        return 0;
    }

    private static void Everybody(Func<user_task, int, long> work, params user_task[] tasks)
    {
        machine_request[] running = [.. tasks.Select((t, i) => machine.post(t, () => work(t, i)))];
        foreach (machine_request r in running)
            machine.wait_for(r);
        Assert.That(running.Select(r => r.killed ? -1 : r.result), Has.All.Zero);
    }

    [Test]
    public void Forks_of_one_task_keep_their_own_contents()
    {
        Boot(0);
        try
        {
            user_task parent = machine.spawn("parent");
            ulong at = UserMemory.Map(parent, Pages);
            var first = new byte[Pages];
            Assert.That(machine.call(parent, () => Work(1, at, first)), Is.Zero);
            user_task[] tasks = [parent, machine.spawn("a", parent), machine.spawn("b", parent)];
            byte[][] shadows = [first, (byte[])first.Clone(), (byte[])first.Clone()];
            Everybody((_, i) => Work(10 + i, at, shadows[i]), tasks);
        }
        finally
        {
            machine.shutdown();
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void What_is_swapped_out_under_a_task_comes_back_as_it_was(bool parallel)
    {
        Boot(64UL << 20, parallel);
        try
        {
            CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/g"));
            user_task[] tasks = [.. Enumerable.Range(0, Tasks).Select(i => CgroupMachine.Task($"t{i}", "/g"))];
            ulong[] at = [.. tasks.Select(t => UserMemory.Map(t, Pages))];
            CgroupMachine.Ok(CgroupMachine.Write("/g/memory.max", "2M"));
            Everybody((_, i) => Work(20 + i, at[i], new byte[Pages]), tasks);
            UserMemory.Drain();
            Assert.That(CgroupMachine.Key("/g/memory.stat", "pswpout"), Is.GreaterThan(0));
        }
        finally
        {
            machine.shutdown();
        }
    }
}
