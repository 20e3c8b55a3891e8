// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.fs;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;
using static Linux.mm_mmap_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Who pays for what a monitor fills in: the page is the watched group's, the page table and the debt the monitor's.</summary>
[TestFixture]
internal sealed unsafe class UserfaultfdChargeTests
{
    private const ulong Page = UserMemory.Page;

    private static (user_task A, user_task B) Tasks()
    {
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"), CgroupMachine.Mkdir("/B"));
        return (CgroupMachine.Task("a", "/A"), CgroupMachine.Task("b", "/B"));
    }

    private static FaultMonitor Watch(user_task a, user_task b, ulong at, ulong pages)
    {
        var monitor = new FaultMonitor(a, b);
        Assert.That(monitor.Register(at, pages, FaultMonitor.Missing), Is.Zero);
        return monitor;
    }

    private static long Bytes(string file) => long.Parse(CgroupMachine.Read(file).Trim(), CultureInfo.InvariantCulture);

    [Test]
    public void The_page_is_charged_to_the_watched_group_and_the_table_to_who_acts()
    {
        using var m = new CgroupMachine();
        (user_task a, user_task b) = Tasks();
        // A table's worth of addresses that nobody has touched, next to one that is there.
        ulong at = UserMemory.Map(a, 4 * 512);
        at = (at + (512 * Page) - 1) & ~((512 * Page) - 1);
        UserMemory.Write(a, at, 1);
        at += 512 * Page;
        FaultMonitor monitor = Watch(a, b, at, 512);
        UserMemory.Drain();
        long anonA = CgroupMachine.Key("/A/memory.stat", "anon"), anonB = CgroupMachine.Key("/B/memory.stat", "anon");
        long tablesA = CgroupMachine.Key("/A/memory.stat", "pagetables"), tablesB = CgroupMachine.Key("/B/memory.stat", "pagetables");
        for (ulong i = 0; i < 100; i++)
            Assert.That(monitor.Copy(at + (i * Page)), Is.Zero);
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("/A/memory.stat", "anon") - anonA, Is.EqualTo(100 * (long)Page));
        Assert.That(CgroupMachine.Key("/B/memory.stat", "anon") - anonB, Is.Zero);
        Assert.That(CgroupMachine.Key("/A/memory.stat", "pagetables") - tablesA, Is.Zero);
        Assert.That(CgroupMachine.Key("/B/memory.stat", "pagetables") - tablesB, Is.EqualTo((long)Page));
        long owner = UserMemory.Folio(a, at, f => (long)(nint)linux_memcontrol_h.folio_memcg((folio*)f));
        Assert.That(owner, Is.EqualTo(CgroupMachine.Syscall(() =>
        {
            linux_rcupdate_h.rcu_read_lock();
            long group = (long)(nint)mm_memcontrol_c.mem_cgroup_from_task(a.task);
            linux_rcupdate_h.rcu_read_unlock();
            return group;
        })));
    }

    [Test]
    public void Beyond_memory_high_the_debt_is_the_monitors_whose_group_has_none()
    {
        using var m = new CgroupMachine();
        (user_task a, user_task b) = Tasks();
        ulong at = UserMemory.Map(a, 2048);
        FaultMonitor monitor = Watch(a, b, at, 2048);
        ulong from = UserMemory.Map(b, 2048);
        Assert.That(CgroupMachine.Write("/A/memory.high", "1M"), Is.GreaterThanOrEqualTo(0));
        ulong began = TestMachine.Now;
        Assert.That(monitor.Copy(at, 2048, from: from), Is.Zero);
        // 7 MiB over: a task of A would have slept for seconds. The monitor's own group is not over anything.
        Assert.That(TestMachine.Now - began, Is.LessThan(100_000_000UL));
        Assert.That(Bytes("/A/memory.current"), Is.GreaterThan(8 << 20));
        Assert.That(CgroupMachine.Key("/A/memory.events", "high"), Is.Zero);
        Assert.That(CgroupMachine.Key("/B/memory.events", "high"), Is.Zero);

        // The same by its own hand.
        ulong own = UserMemory.Map(a, 128);
        began = TestMachine.Now;
        UserMemory.Fill(a, own, 128, 1);
        Assert.That(TestMachine.Now - began, Is.GreaterThan(1_000_000_000UL));
        Assert.That(CgroupMachine.Key("/A/memory.events", "high"), Is.GreaterThan(0));
    }

    [Test]
    public void At_the_watched_groups_limit_its_task_dies_and_the_monitor_goes_on()
    {
        using var m = new CgroupMachine();
        (user_task a, user_task b) = Tasks();
        ulong at = UserMemory.Map(a, 2048);
        FaultMonitor monitor = Watch(a, b, at, 2048);
        ulong from = UserMemory.Map(b, 2048);
        Assert.That(CgroupMachine.Write("/A/memory.max", "2M"), Is.GreaterThanOrEqualTo(0));
        long result = monitor.Copy(at, 2048, from: from);
        Assert.That(result, Is.AnyOf((long)-EAGAIN, -ENOMEM));
        machine.sleep(10);
        Assert.That(a.alive, Is.False);
        Assert.That(b.alive, Is.True);
        Assert.That(CgroupMachine.Key("/A/memory.events", "oom_kill"), Is.EqualTo(1));
        Assert.That(CgroupMachine.Key("/B/memory.events", "oom_kill"), Is.Zero);
    }

    [Test]
    public void Unmapping_waits_for_a_fill_under_way()
    {
        using TestMachine m = TestMachine.Boot(cpus: 3, parallel: true);
        user_task a = m.Spawn("a"), b = m.Spawn("b");
        ulong at = UserMemory.Map(a, 64);
        var monitor = new FaultMonitor(a, b);
        ulong from = UserMemory.Map(b, 64);
        UserMemory.Fill(b, from, 64, 1);
        bool stop = false;
        machine_request churn = machine.post(a, () =>
        {
            long rc = 0;
            while (rc >= 0 && !Volatile.Read(ref stop))
            {
                kernel_entry_c.syscall_enter();
                rc = sys_munmap(at + (16 * Page), 32 * Page);
                if (rc == 0)
                    rc = sys_mmap(at + (16 * Page), 32 * Page, UserMemory.ReadWrite, 0x32, null, 0);
                kernel_entry_c.syscall_exit(rc);
            }

            return rc;
        });
        for (int i = 0; i < 200; i++)
        {
            Assert.That(monitor.Register(at, 64, FaultMonitor.Missing), Is.AnyOf(0L, (long)-EINVAL));
            // Filled in, or gone, or filled in before.
            Assert.That(monitor.Copy(at + (16 * Page), 32, from: from), Is.AnyOf(0L, (long)-ENOENT, -EEXIST));
        }

        Volatile.Write(ref stop, true);
        machine.wait_for(churn);
        Assert.That(churn.result, Is.GreaterThanOrEqualTo(0));
    }
}
