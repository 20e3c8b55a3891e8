// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.fs_open_c;
using static Linux.linux_uaccess_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Several tasks at one file at once, on real CPUs and, by seed, one at a time.</summary>
[TestFixture]
internal sealed unsafe class ShmemParallelTests
{
    private const int Pages = 200;

    private static TestMachine Boot(bool parallel, uint seed)
    {
        TestMachine m = TestMachine.Boot(seed: seed, parallel: parallel, swap: 64UL << 20);
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"));
        return m;
    }

    private static void Everybody(params (user_task Task, Func<long> Work)[] jobs)
    {
        machine_request[] running = [.. jobs.Select(j => machine.post(j.Task, j.Work))];
        foreach (machine_request r in running)
            machine.wait_for(r);
        Assert.That(running.Select(r => r.killed ? -1 : r.result), Has.All.Zero);
    }

    private static long Syscall(Func<long> call)
    {
        kernel_entry_c.syscall_enter();
        return kernel_entry_c.syscall_exit(call());
    }

    /// <summary>Writes to a byte of its own in each page and reads it back. A hole may have come between when there are any.</summary>
    private static long Touch(ulong at, int who, int steps, bool holes)
    {
        var random = new Random(who);
        byte[] shadow = new byte[Pages];
        for (int i = 0; i < steps; i++)
        {
            int page = random.Next(Pages);
            ulong address = at + ((ulong)page * UserMemory.Page) + (ulong)(100 * (who + 1));
            if (random.Next(2) == 0)
            {
                shadow[page] = (byte)random.Next(1, 256);
                user_write(address, shadow[page]);
                continue;
            }

            byte found = user_read(address);
            if (found != shadow[page] && !(holes && found == 0))
                return 1_000_000 + (page * 1000) + found;
            shadow[page] = found;
        }

        return 0;
    }

    [Test]
    public void Holes_are_punched_while_others_fault_into_them([Values] bool parallel)
    {
        using TestMachine m = Boot(parallel, 3);
        user_task a = CgroupMachine.Task("a", "/A");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Truncate(Pages * 4096), Is.Zero);
        ulong at = f.Map(Pages);
        user_task b = machine.spawn("b", a);
        user_task c = machine.spawn("c", a);
        Everybody(
            (a, () =>
            {
                var random = new Random(9);
                for (int i = 0; i < 150; i++)
                {
                    long from = random.Next(Pages * 4096);
                    long rc = Syscall(() => sys_fallocate(f.Fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, random.Next(1, 64 * 4096)));
                    if (rc != 0)
                        return rc;
                }

                return 0;
            }),
            (b, () => Touch(at, 0, 3000, true)),
            (c, () => Touch(at, 1, 3000, true)));
        Assert.That(f.Pages(), Is.LessThanOrEqualTo(Pages));
        Assert.That(f.Punch(0, Pages * 4096), Is.Zero);
        Assert.That((f.Pages(), ShmemMachine.Shmem()), Is.EqualTo((0UL, 0L)));
    }

    // With a limit this small the kernel may kill: inactive_is_low goes by statistics that are flushed every two seconds, and
    // a group whose pages all became active since then has none that it scans; or the last pages are in another CPU's stock.
    // Tasks that cannot be killed fault again instead.
    [Test]
    public void Nothing_is_lost_when_a_file_is_swapped_under_its_users([Values] bool parallel)
    {
        using TestMachine m = Boot(parallel, 4);
        user_task a = CgroupMachine.Task("a", "/A");
        ulong at = UserFile.MapShared(a, Pages);
        Assert.That(m.Call(a, () => Syscall(() => fs_proc_base_c.__set_oom_adj(asm_percpu_h.current, linux_oom_h.OOM_SCORE_ADJ_MIN))), Is.Zero);
        CgroupMachine.Ok(CgroupMachine.Write("/A/memory.max", "512K"));
        user_task b = machine.spawn("b", a);
        user_task c = machine.spawn("c", a);
        Everybody((a, () => Touch(at, 0, 1000, false)), (b, () => Touch(at, 1, 1000, false)), (c, () => Touch(at, 2, 1000, false)));
        Assert.That(CgroupMachine.Key("/A/memory.stat", "pswpin"), Is.GreaterThan(0));
    }

    [Test]
    public void Files_go_while_swap_is_taken_away([Values(1u, 2u)] uint seed)
    {
        using TestMachine m = Boot(false, seed);
        user_task a = CgroupMachine.Task("a", "/A");
        user_task b = CgroupMachine.Task("b", "/A");
        byte[] bytes = new byte[Pages * 4096];
        new Random(1).NextBytes(bytes);
        for (int i = 0; i < 4; i++)
        {
            var f = new UserFile(a, $"/tmp/{i}");
            Assert.That(f.Write(0, bytes), Is.EqualTo(bytes.Length));
            Assert.That(f.Close(), Is.Zero);
        }

        ShmemMachine.SwapOut();
        Everybody(
            (b, () => Syscall(() => mm_swapfile_c.swapoff(linux_blkdev_h.blkdev_get_no(0)))),
            (a, () =>
            {
                for (int i = 0; i < 3; i++)
                {
                    long rc = Syscall(() => sys_unlink($"/tmp/{i}"));
                    if (rc != 0)
                        return rc;
                }

                return 0;
            }));
        Assert.That(ShmemMachine.Shmem(), Is.EqualTo(Pages));
        Assert.That(new UserFile(a, "/tmp/3").Read(0, bytes.Length), Is.EqualTo(bytes));
        m.Run(() => Assert.That(mm_swapfile_c.swapon(linux_blkdev_h.blkdev_get_no(0), 0), Is.Zero));
    }
}
