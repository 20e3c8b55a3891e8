// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.bpf;

/// <summary>Maps: the group that made one pays for what anybody puts into it.</summary>
[TestFixture]
internal sealed unsafe class MapMemoryTests
{
    private const uint Value = 200; // with its head an object of 256 bytes

    private CgroupMachine m = null!;
    private user_task a = null!;
    private user_task b = null!;
    private int made;
    private int taken;

    [SetUp]
    public void Boot()
    {
        m = new CgroupMachine();
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"), CgroupMachine.Mkdir("/B"));
        a = CgroupMachine.Task("a", "/A");
        b = CgroupMachine.Task("b", "/B");
        made = (int)UserMemory.Syscall(a, () => host_bpf.create(Value, 2048));
        Assert.That(made, Is.GreaterThanOrEqualTo(0));
        taken = (int)UserMemory.Syscall(b, () => fs_file_c.sys_pidfd_getfd(a.pid, made));
        Assert.That(taken, Is.GreaterThanOrEqualTo(0));
    }

    [TearDown]
    public void Off() => m.Dispose();

    private long Put(ulong from, ulong to) => UserMemory.Syscall(b, () =>
    {
        for (ulong key = from; key < to; key++)
        {
            long err = host_bpf.update(taken, key, (byte)key);
            if (err != 0)
                return err;
        }

        return 0;
    });

    private static long Slab(string group)
    {
        UserMemory.Drain();
        return CgroupMachine.Key(group + "/memory.stat", "slab_unreclaimable");
    }

    [Test]
    public void Entries_are_charged_to_who_made_the_map()
    {
        long atA = Slab("/A"), atB = Slab("/B");
        Assert.That(Put(0, 1500), Is.Zero);
        Assert.That(Slab("/A") - atA, Is.InRange(1500 * 256, 1500 * 256 * 5 / 4));
        Assert.That(Slab("/B") - atB, Is.LessThan(16 << 10));
        Assert.That(UserMemory.Syscall(a, () => host_bpf.lookup(made, 77)), Is.EqualTo(77));
        Assert.That(UserMemory.Syscall(b, () =>
        {
            long err = 0;
            for (ulong key = 0; key < 1500 && err == 0; key++)
                err = host_bpf.delete(taken, key);
            return err;
        }), Is.Zero);

        Assert.That(UserMemory.Syscall(a, () => host_bpf.lookup(made, 77)), Is.EqualTo(-ENOENT));
        Assert.That(Slab("/A") - atA, Is.LessThan(64 << 10));
    }

    [Test]
    public void At_the_makers_limit_the_filler_is_refused_and_nobody_is_killed()
    {
        UserMemory.Drain();
        Assert.That(CgroupMachine.Write("/A/memory.high", "0"), Is.GreaterThanOrEqualTo(0));
        Assert.That(CgroupMachine.Write("/A/memory.high", "max"), Is.GreaterThanOrEqualTo(0));
        Assert.That(CgroupMachine.Write("/A/memory.max", CgroupMachine.Read("/A/memory.current").Trim()), Is.GreaterThanOrEqualTo(0));
        Assert.That(Put(0, 500), Is.EqualTo(-ENOMEM));
        // What cannot wait does not get as far as an event.
        Assert.That(CgroupMachine.Key("/A/memory.events", "max"), Is.Zero);
        Assert.That(CgroupMachine.Key("/A/memory.events", "oom_kill"), Is.Zero);
        Assert.That(CgroupMachine.Key("/B/memory.events", "max"), Is.Zero);
        Assert.That(a.alive && b.alive, Is.True);
    }

    [Test]
    public void A_full_map_is_no_matter_of_memory() =>
        Assert.That(Put(0, 2049), Is.EqualTo(-E2BIG));

    [Test]
    public void The_maps_group_may_go_before_the_map()
    {
        Assert.That(Put(0, 100), Is.Zero);
        machine.kill(a);
        machine.sleep(10);
        Assert.That(CgroupMachine.Rmdir("/A"), Is.Zero);
        CgroupMachine.Settle();
        Assert.That(Put(100, 1000), Is.Zero);
        Assert.That(UserMemory.Syscall(b, () => fs_open_c.sys_close(taken)), Is.Zero);
    }

    [Test]
    public void A_map_of_the_root_group_is_nobodys()
    {
        long atB = Slab("/B");
        long fd = CgroupMachine.Syscall(() => host_bpf.create(Value, 2048));
        int mine = (int)UserMemory.Syscall(b, () => fs_file_c.sys_pidfd_getfd(1, (int)fd));
        Assert.That(UserMemory.Syscall(b, () =>
        {
            for (ulong key = 0; key < 1000; key++)
                host_bpf.update(mine, key, 1);
            return 0;
        }), Is.Zero);
        Assert.That(Slab("/B") - atB, Is.LessThan(16 << 10));
        CgroupMachine.Syscall(() => fs_open_c.sys_close((int)fd));
    }
}
