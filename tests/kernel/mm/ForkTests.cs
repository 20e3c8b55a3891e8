// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.linux_mm_h;
using static Linux.linux_page_flags_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Memory of parents and children: shared until somebody writes.</summary>
[TestFixture]
internal sealed unsafe class ForkTests
{
    private static long Stat(string key) => CgroupMachine.Key("/g/memory.stat", key);

    private static user_task Start()
    {
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/g"));
        return CgroupMachine.Task("parent", "/g");
    }

    private static bool Exclusive(user_task t, ulong a) => UserMemory.Folio(t, a, f => PageAnonExclusive(&((folio*)f)->page) ? 1 : 0) == 1;

    [Test]
    public void A_child_sees_its_parents_memory_and_each_keeps_its_own_writes()
    {
        using var m = new CgroupMachine();
        user_task parent = Start();
        ulong a = UserMemory.Map(parent, 4);
        UserMemory.Fill(parent, a, 4, 10);
        Assert.That(Exclusive(parent, a));

        user_task child = machine.spawn("child", parent);
        ulong frame = UserMemory.Frame(parent, a);
        Assert.Multiple(() =>
        {
            Assert.That(UserMemory.Frame(child, a), Is.EqualTo(frame));
            Assert.That(UserMemory.MapCount(parent, a), Is.EqualTo(2));
            Assert.That(Exclusive(parent, a), Is.False);
            Assert.That(UserMemory.Read(child, a + 4096), Is.EqualTo(11));
        });

        UserMemory.Write(child, a, 99);
        UserMemory.Write(parent, a + 4096, 98);
        Assert.Multiple(() =>
        {
            Assert.That(UserMemory.Read(parent, a), Is.EqualTo(10));
            Assert.That(UserMemory.Read(child, a), Is.EqualTo(99));
            Assert.That(UserMemory.Read(child, a + 4096), Is.EqualTo(11));
            Assert.That(UserMemory.Read(parent, a + 4096), Is.EqualTo(98));
            Assert.That(UserMemory.Frame(parent, a), Is.EqualTo(frame), "the parent keeps the page");
            Assert.That(UserMemory.MapCount(parent, a), Is.EqualTo(1));
            Assert.That(UserMemory.MapCount(child, a), Is.EqualTo(1));
        });
        UserMemory.Drain();
        Assert.That(Stat("anon"), Is.EqualTo(6 * 4096));
    }

    [Test]
    public void Who_is_left_alone_with_a_page_writes_to_it_in_place()
    {
        using var m = new CgroupMachine();
        user_task parent = Start();
        ulong a = UserMemory.Map(parent, 1);
        UserMemory.Write(parent, a, 1);
        user_task child = machine.spawn("child", parent);
        ulong frame = UserMemory.Frame(parent, a);
        UserMemory.Write(child, a, 2);
        // The child's write may have left a reference in a batch.
        UserMemory.Drain();
        UserMemory.Write(parent, a, 3);
        Assert.That(UserMemory.Frame(parent, a), Is.EqualTo(frame));
        Assert.That(Exclusive(parent, a));
        Assert.That(UserMemory.Read(parent, a), Is.EqualTo(3));
        Assert.That(UserMemory.Read(child, a), Is.EqualTo(2));
    }

    [Test]
    public void The_child_keeps_the_page_when_the_parent_dies()
    {
        using var m = new CgroupMachine();
        user_task parent = Start();
        ulong a = UserMemory.Map(parent, 3);
        UserMemory.Fill(parent, a, 3, 50);
        user_task child = machine.spawn("child", parent);
        machine.kill(parent);
        UserMemory.Drain();
        Assert.That(parent.alive, Is.False);
        Assert.That(UserMemory.Read(child, a + 8192), Is.EqualTo(52));
        Assert.That(Stat("anon"), Is.EqualTo(3 * 4096));
        UserMemory.Write(child, a, 1);
        UserMemory.Drain();
        Assert.That(Stat("anon"), Is.EqualTo(3 * 4096), "no copy: nobody else has it");
        machine.kill(child);
        UserMemory.Drain();
        Assert.That(Stat("anon"), Is.Zero);
    }

    [Test]
    public void A_child_in_another_group_pays_for_its_own_copies()
    {
        using var m = new CgroupMachine();
        user_task parent = Start();
        CgroupMachine.Ok(CgroupMachine.Mkdir("/h"));
        ulong a = UserMemory.Map(parent, 8);
        UserMemory.Fill(parent, a, 8, 1);
        user_task child = machine.spawn("child", parent);
        CgroupMachine.Ok(CgroupMachine.Move(child, "/h"));
        UserMemory.Fill(child, a, 3, 100);
        UserMemory.Drain();
        Assert.That(Stat("anon"), Is.EqualTo(8 * 4096));
        Assert.That(CgroupMachine.Key("/h/memory.stat", "anon"), Is.EqualTo(3 * 4096));
    }

    [Test]
    public void A_grandchild_shares_what_nobody_wrote()
    {
        using var m = new CgroupMachine();
        user_task parent = Start();
        ulong a = UserMemory.Map(parent, 2);
        UserMemory.Fill(parent, a, 2, 7);
        user_task child = machine.spawn("child", parent);
        UserMemory.Write(child, a, 70);
        user_task grandchild = machine.spawn("grandchild", child);
        Assert.Multiple(() =>
        {
            Assert.That(UserMemory.MapCount(parent, a), Is.EqualTo(1));
            Assert.That(UserMemory.MapCount(child, a), Is.EqualTo(2));
            Assert.That(UserMemory.MapCount(parent, a + 4096), Is.EqualTo(3));
            Assert.That(UserMemory.Read(grandchild, a), Is.EqualTo(70));
            Assert.That(UserMemory.Read(grandchild, a + 4096), Is.EqualTo(8));
        });
    }

    [Test]
    public void The_zero_page_stays_shared()
    {
        using var m = new CgroupMachine();
        user_task parent = Start();
        ulong a = UserMemory.Map(parent, 1);
        UserMemory.Read(parent, a);
        user_task child = machine.spawn("child", parent);
        UserMemory.Write(child, a, 5);
        Assert.That(UserMemory.Frame(parent, a), Is.EqualTo(mm_memory_c.zero_pfn));
        Assert.That(UserMemory.Read(parent, a), Is.Zero);
        Assert.That(UserMemory.Read(child, a), Is.EqualTo(5));
    }
}
