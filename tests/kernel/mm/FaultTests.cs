// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.linux_page_flags_h;
using static Linux.linux_page_ref_h;
using static Linux.linux_uaccess_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Faults on anonymous memory: what is mapped, what is charged, what is counted.</summary>
[TestFixture]
internal sealed unsafe class FaultTests
{
    private static long Stat(string group, string key) => CgroupMachine.Key(group + "/memory.stat", key);

    private static user_task Start(string group = "/g")
    {
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir(group));
        return CgroupMachine.Task("t", group);
    }

    [Test]
    public void A_read_maps_the_zero_page()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        ulong a = UserMemory.Map(t, 4);

        Assert.That(UserMemory.Read(t, a), Is.Zero);
        Assert.That(UserMemory.Frame(t, a), Is.EqualTo(mm_memory_c.zero_pfn));
        UserMemory.Drain();
        Assert.Multiple(() =>
        {
            Assert.That(Stat("/g", "anon"), Is.Zero);
            Assert.That(Stat("/g", "pgfault"), Is.EqualTo(1));
            Assert.That(Stat("/g", "pgmajfault"), Is.Zero);
        });
    }

    [Test]
    public void A_write_gets_a_folio_that_is_charged_and_on_the_inactive_list()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        ulong a = UserMemory.Map(t, 4);

        UserMemory.Fill(t, a, 3, 7);
        UserMemory.Drain();
        Assert.Multiple(() =>
        {
            Assert.That(Stat("/g", "anon"), Is.EqualTo(3 * 4096));
            Assert.That(Stat("/g", "inactive_anon"), Is.EqualTo(3 * 4096));
            Assert.That(Stat("/g", "active_anon"), Is.Zero);
            Assert.That(Stat("/g", "pgfault"), Is.EqualTo(3));
            Assert.That(UserMemory.Read(t, a + 4096), Is.EqualTo(8));
            Assert.That(UserMemory.Read(t, a + 4097), Is.Zero, "the rest of the page is clear");
            Assert.That(UserMemory.MapCount(t, a), Is.EqualTo(1));
            Assert.That(UserMemory.Folio(t, a, f => folio_ref_count((folio*)f)), Is.EqualTo(1));
            Assert.That(UserMemory.Folio(t, a, f => folio_test_anon((folio*)f) && folio_test_lru((folio*)f) ? 1 : 0), Is.EqualTo(1));
            Assert.That(CgroupMachine.Read("/g/memory.current"), Is.Not.EqualTo("0\n"));
        });
    }

    [Test]
    public void A_write_after_a_read_takes_the_place_of_the_zero_page()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        ulong a = UserMemory.Map(t, 1);

        UserMemory.Read(t, a);
        UserMemory.Write(t, a, 42);
        Assert.That(UserMemory.Frame(t, a), Is.Not.EqualTo(mm_memory_c.zero_pfn));
        Assert.That(UserMemory.Read(t, a), Is.EqualTo(42));
        UserMemory.Drain();
        Assert.That(Stat("/g", "pgfault"), Is.EqualTo(2));
        Assert.That(Stat("/g", "anon"), Is.EqualTo(4096));
    }

    [Test]
    public void Unmapping_gives_everything_back()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        ulong a = UserMemory.Map(t, 600);
        UserMemory.Drain();
        long tables = Stat("/g", "pagetables");

        UserMemory.Fill(t, a, 600, 0);
        UserMemory.Drain();
        Assert.That(Stat("/g", "anon"), Is.EqualTo(600 * 4096));
        Assert.That(Stat("/g", "pagetables"), Is.GreaterThan(tables), "page tables are the group's");

        Assert.That(UserMemory.Unmap(t, a, 600), Is.Zero);
        UserMemory.Drain();
        Assert.That(Stat("/g", "anon"), Is.Zero);
        Assert.That(Stat("/g", "pagetables"), Is.EqualTo(tables));
        Assert.That(Stat("/g", "inactive_anon"), Is.Zero);
    }

    [Test]
    public void An_access_outside_of_all_mappings_is_deadly()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        Assert.That(UserMemory.Write(t, 0x10000, 1), Is.EqualTo(-4));
        Assert.That(t.exit_code & 0x7f, Is.EqualTo(11));
    }

    [Test]
    public void So_is_a_write_to_what_is_read_only()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        ulong a = UserMemory.Map(t, 1, protection: UserMemory.ReadOnly);
        Assert.That(UserMemory.Read(t, a), Is.Zero);
        Assert.That(UserMemory.Write(t, a, 1), Is.EqualTo(-4));
        Assert.That(t.exit_code & 0x7f, Is.EqualTo(11));
    }

    [Test]
    public void And_one_to_an_address_that_is_none()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        user_task u = CgroupMachine.Task("u", "/g");
        Assert.That(UserMemory.Read(t, 1UL << 50), Is.EqualTo(-4));
        Assert.That(UserMemory.Read(u, 0xffff888000000000), Is.EqualTo(-4));
        Assert.That(u.exit_code & 0x7f, Is.EqualTo(11));
    }

    [Test]
    public void The_kernel_is_told_how_much_it_could_not_copy()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        ulong a = UserMemory.Map(t, 2);
        Assert.That(UserMemory.Unmap(t, a + 4096, 1), Is.Zero);

        long left = UserMemory.Syscall(t, () =>
        {
            byte* buffer = stackalloc byte[8192];
            new Span<byte>(buffer, 8192).Fill(5);
            return (long)copy_to_user((void*)(a + 4000), buffer, 200);
        });
        Assert.That(left, Is.EqualTo(104));
        Assert.That(UserMemory.Read(t, a + 4095), Is.EqualTo(5));
        Assert.That(t.alive);

        left = UserMemory.Syscall(t, () =>
        {
            byte* buffer = stackalloc byte[200];
            ulong n = copy_from_user(buffer, (void*)(a + 4000), 200);
            return buffer[95] == 5 && buffer[96] == 0 ? (long)n : -1;
        });
        Assert.That(left, Is.EqualTo(104));

        left = UserMemory.Syscall(t, () =>
        {
            byte* buffer = stackalloc byte[8];
            pagefault_disable();
            ulong n = copy_from_user(buffer, (void*)(a + 8192), 8);
            pagefault_enable();
            return (long)n;
        });
        Assert.That(left, Is.EqualTo(8));
    }

    [Test]
    public void When_the_group_is_gone_nothing_is_left()
    {
        using var m = new CgroupMachine();
        user_task t = Start();
        ulong a = UserMemory.Map(t, 100);
        UserMemory.Fill(t, a, 100, 0);
        machine.kill(t);
        UserMemory.Drain();
        UserMemory.Drain();
        Assert.That(Stat("/g", "anon"), Is.Zero);
        Assert.That(CgroupMachine.Rmdir("/g"), Is.Zero);
    }
}
