// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.Selftests.TestMemcontrolMachine;
using static Linux.linux_errno_h;
using static Linux.linux_uaccess_h;

namespace KMemcg.Kernel.Tests.Selftests;

/// <summary>The selftests of the kernel for zswap below groups (tools/testing/selftests/cgroup/test_zswap.c).</summary>
[TestFixture]
internal sealed class TestMemcontrolZswap
{
    private const string Group = "/zswap_test";
    private const int Page = 4096;

    /// <summary>A machine whose zswap is on, with a real compressor: pages of one letter and zeros are to be next to nothing.</summary>
    private static TestMemcontrolMachine Boot(ulong ram = 512UL << 20)
    {
        var m = new TestMemcontrolMachine(ram: ram);
        string usual = linux_crypto_h.zswap_compressor;
        linux_crypto_h.zswap_compressor = "zstd";
        Assert.That(CgroupMachine.Syscall(() => mm_zswap_c.zswap_enabled_param_set(true)), Is.Zero);
        linux_crypto_h.zswap_compressor = usual;
        return m;
    }

    private static long Stat(string group, string key) => CgroupMachine.Key(group + "/memory.stat", key);

    /// <summary>A process that writes to memory, and may read it again; test_zswap.c, allocate_bytes and allocate_and_read_bytes.</summary>
    private static Func<user_task, bool> Allocate(long size, bool read) => task =>
    {
        ulong at = UserMemory.Map(task, (ulong)size / Page);
        return machine.call(task, () =>
        {
            for (ulong i = 0; i < (ulong)size; i += 4095)
                user_write(at + i, (byte)'a');
            long wrong = 0;
            for (ulong i = 0; read && i < (ulong)size; i += 4095)
                wrong += user_read(at + i) == 'a' ? 0 : 1;
            return wrong;
        }) == 0 && UserMemory.Unmap(task, at, (ulong)size / Page) == 0;
    };

    private static void Limited(string group, string max)
    {
        Mkdir(group);
        Write(group + "/memory.max", max);
    }

    /// <summary>What does not fit goes to zswap; test_zswap.c, test_zswap_usage.</summary>
    [Test]
    public void test_zswap_usage()
    {
        using var m = Boot();
        Limited(Group, "1M");
        long before = Stat(Group, "zswpout");
        Assert.That(m.Run(Group, Allocate(4 * M, read: false)));
        Assert.That(Stat(Group, "zswpout"), Is.GreaterThan(before));
        m.Destroy(Group);
    }

    /// <summary>With memory.zswap.max at 0 it goes to swap alone; test_zswap.c, test_swapin_nozswap.</summary>
    [Test]
    public void test_swapin_nozswap()
    {
        using var m = Boot();
        Limited(Group, "8M");
        Write(Group + "/memory.zswap.max", "0");
        Assert.That(m.Run(Group, Allocate(32 * M, read: true)));
        Assert.That(Value(Group + "/memory.swap.peak"), Is.GreaterThanOrEqualTo(24 * M));
        Assert.That(Stat(Group, "zswpout"), Is.Zero);
        m.Destroy(Group);
    }

    /// <summary>What was read again came from zswap; test_zswap.c, test_zswapin.</summary>
    [Test]
    public void test_zswapin()
    {
        using var m = Boot();
        Limited(Group, "8M");
        Write(Group + "/memory.zswap.max", "max");
        Assert.That(m.Run(Group, Allocate(32 * M, read: true)));
        Assert.That(Stat(Group, "zswpin"), Is.GreaterThanOrEqualTo(24 * M / Page));
        m.Destroy(Group);
    }

    /// <summary>A group that may write back does, once zswap is full; test_zswap.c, test_zswap_writeback_enabled.</summary>
    [Test]
    public void test_zswap_writeback_enabled() => Writeback(true);

    /// <summary>One that may not is short of what was asked of it; test_zswap.c, test_zswap_writeback_disabled.</summary>
    [Test]
    public void test_zswap_writeback_disabled() => Writeback(false);

    private static void Writeback(bool enabled)
    {
        const string child = Group + "/child";
        using var m = Boot();
        Mkdir(Group);
        Write(Group + "/memory.zswap.writeback", enabled ? "1" : "0");
        WritebackOne(m, Group, enabled);

        // The parent's word is the one that holds.
        Write(Group + "/memory.zswap.max", "max");
        Write(Group + "/cgroup.subtree_control", "+memory");
        Mkdir(child);
        Write(child + "/memory.zswap.writeback", "1");
        WritebackOne(m, child, enabled);
        m.Destroy(child);
        m.Destroy(Group);
    }

    private static void WritebackOne(TestMemcontrolMachine m, string group, bool enabled)
    {
        Assert.That(Stat(group, "zswpwb"), Is.Zero);
        Assert.That(m.Run(group, t => AttemptWriteback(t, group, enabled)));
        Assert.That(Stat(group, "zswpwb"), enabled ? Is.GreaterThan(0) : Is.Zero, group);
    }

    /// <summary>4M, each page half of it full: all to zswap, back, and again with half the room; test_zswap.c, attempt_writeback.</summary>
    private static bool AttemptWriteback(user_task task, string group, bool enabled)
    {
        const long size = 4 * M;
        byte[] page = new byte[Page];
        for (int i = 0; i < Page / 2; i++)
            page[i] = (byte)i;
        ulong at = UserMemory.Map(task, size / Page);
        machine.call(task, () =>
        {
            for (ulong i = 0; i < size; i += Page)
                user_write(at + i, page);
            return 0;
        });
        Assert.That(CgroupMachine.Write(group + "/memory.reclaim", $"{size}"), Is.Zero, "to zswap");
        long usage = Value(group + "/memory.zswap.current");
        Assert.That(machine.call(task, () =>
        {
            byte[] found = new byte[Page];
            for (ulong i = 0; i < size; i += Page)
            {
                user_read(at + i, found);
                if (!found.AsSpan().SequenceEqual(page))
                    return 1;
            }
            return 0;
        }), Is.Zero, "contents");
        Write(group + "/memory.zswap.max", $"{usage / 2}");
        Assert.That(CgroupMachine.Write(group + "/memory.reclaim", $"{size}"), Is.EqualTo(enabled ? 0 : -EAGAIN), $"with {usage / 2} of zswap");
        return true;
    }

    /// <summary>
    /// What kswapd puts into zswap is charged to the group whose it was; test_zswap.c, test_no_kmem_bypass. The machine's memory is
    /// nearly all taken by the group; then its watermarks rise to half of it.
    /// </summary>
    [Test]
    public unsafe void test_no_kmem_bypass()
    {
        using var m = Boot(128UL << 20);
        long ram = machine.call(null, () => (long)linux_mm_h.totalram_pages()) * Page;
        string original = sysctl.read("vm.min_free_kbytes")!;
        long high = ram / 2000;
        SetMinFree($"{ram / 500_000}");
        Mkdir(Group);
        user_task child = m.Start(Group);
        Assert.That(Fill(child, ram - (high * 1000) + (ram * 5 / 100), (byte)'a'), Is.Not.Zero);

        SetMinFree($"{high}");
        user_task main = machine.spawn("main");
        long stored = 0;
        for (int i = 0; i < 20 && stored <= ram / 5 / Page; i++)
        {
            ulong at = Fill(main, ram / 20, (byte)'b');
            m.Sleep(100);
            Assert.That(UserMemory.Unmap(main, at, (ulong)(ram / 20) / Page), Is.Zero);
            stored = machine.call(null, () => linux_atomic_h.atomic_long_read(mm_zswap_c.zswap_stored_pages));
        }
        long zswapped = Stat(Group, "zswapped");
        TestContext.Out.WriteLine($"{stored} pages in zswap, {zswapped / Page} of the group");
        Assert.That(stored, Is.GreaterThan(ram / 5 / Page));
        Assert.That((stored * Page) - zswapped, Is.LessThan(stored * Page / 4));

        SetMinFree(original);
        m.Destroy(Group);
        machine.kill(main);
    }

    private static void SetMinFree(string kbytes) => Assert.That(CgroupMachine.Syscall(() => sysctl.write("vm.min_free_kbytes", kbytes)), Is.Zero);

    /// <summary>Memory of a task with a byte in each 4095; 0 when it was killed of it.</summary>
    private static ulong Fill(user_task task, long size, byte value)
    {
        ulong at = UserMemory.Map(task, (ulong)size / Page);
        return machine.call(task, () =>
        {
            for (ulong i = 0; i < (ulong)size / Page * Page; i += 4095)
                user_write(at + i, value);
            return 0;
        }) == 0 ? at : 0;
    }

    /// <summary>A group at its limit of zswap has its own pages written back, and nobody else's; test_zswap.c, test_no_invasive_cgroup_shrink.</summary>
    [Test]
    public void test_no_invasive_cgroup_shrink()
    {
        const string control = "/control";
        using var m = Boot();
        Limited(Group, "1M");
        Write(Group + "/memory.zswap.max", "10K");
        Limited(control, "1M");
        user_task task = m.Start(control);
        ulong at = UserMemory.Map(task, (ulong)(10 * M) / Page);
        machine.call(task, () =>
        {
            for (ulong i = 0; i < (ulong)(10 * M); i += 4095)
                user_write(at + i, (byte)'a');
            return 0;
        });
        Assert.That(Stat(control, "zswapped"), Is.GreaterThanOrEqualTo(1));
        Assert.That(m.Run(Group, Allocate(10 * M, read: false)));
        Assert.That(Stat(Group, "zswpwb"), Is.GreaterThan(0));
        Assert.That(Stat(control, "zswpwb"), Is.Zero);
        m.Destroy(control);
        m.Destroy(Group);
    }
}
