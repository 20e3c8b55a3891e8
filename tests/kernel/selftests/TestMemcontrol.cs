// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.Selftests.TestMemcontrolMachine;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.Selftests;

/// <summary>The memory controller's selftests of the kernel: usage, limits and reclaim on request (tools/testing/selftests/cgroup/test_memcontrol.c).</summary>
[TestFixture]
internal sealed class TestMemcontrol
{
    private const string Group = "/memcg_test";

    /// <summary>A group below has the controller only where its parent hands it down; test_memcontrol.c, test_memcg_subtree_control.</summary>
    [Test]
    public void test_memcg_subtree_control()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir("/memcg_test_0");
        Write("/memcg_test_0/cgroup.subtree_control", "+memory");
        Mkdir("/memcg_test_0/memcg_test_1");
        Assert.That(CgroupMachine.Read("/memcg_test_0/memcg_test_1/cgroup.controllers"), Does.Contain("memory"));
        Mkdir("/memcg_test_1");
        Mkdir("/memcg_test_1/memcg_test_1");
        Assert.That(CgroupMachine.Read("/memcg_test_1/memcg_test_1/cgroup.controllers"), Does.Not.Contain("memory").And.Not.StartWith("-"));
        m.Destroy("/memcg_test_1/memcg_test_1");
        m.Destroy("/memcg_test_1");
        m.Destroy("/memcg_test_0/memcg_test_1");
        m.Destroy("/memcg_test_0");
    }

    /// <summary>The usage is what was allocated, and nearly all of it is anonymous; test_memcontrol.c, alloc_anon_50M_check.</summary>
    private static bool Anon50(user_task task)
    {
        ulong at = Anon(task, 50 * M);
        Assert.That(at, Is.Not.Zero);
        long current = Current(Group);
        Assert.That(current, Is.GreaterThanOrEqualTo(50 * M));
        AssertClose(current, 50 * M, 3, "memory.current");
        AssertClose(CgroupMachine.Key(Group + "/memory.stat", "anon"), current, 3, "anon");
        return UserMemory.Unmap(task, at, (ulong)(50 * M) / UserMemory.Page) == 0;
    }

    /// <summary>Whether the usage is 50M at least, and nearly all of it page cache; test_memcontrol.c, alloc_pagecache_50M_check.</summary>
    private static bool Pagecache50(TestMemcontrolMachine m, user_task task)
    {
        if (!Pagecache(task, m.TempFile(task), 50 * M))
            return false;
        long current = Current(Group);
        return current >= 50 * M && IsClose(CgroupMachine.Key(Group + "/memory.stat", "file"), current, 10);
    }

    /// <summary>Page cache is held at the limit of 30M; test_memcontrol.c, alloc_pagecache_max_30M.</summary>
    private static bool PagecacheMax30(TestMemcontrolMachine m, user_task task)
    {
        Assert.That(CgroupMachine.Read(Group + "/memory.high") + CgroupMachine.Read(Group + "/memory.max"), Does.Contain($"{30 * M}\n"));
        if (!Pagecache(task, m.TempFile(task), 50 * M))
            return false;
        AssertClose(Current(Group), 30 * M, 5, "memory.current");
        return true;
    }

    /// <summary>Usage, its peak, and peaks of descriptors that were reset, which are closed in another order; test_memcontrol.c, test_memcg_current_peak.</summary>
    [Test]
    public void test_memcg_current_peak()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Group);
        Assert.That((Current(Group), Value(Group + "/memory.peak")), Is.EqualTo((0L, 0L)));
        Assert.That(m.Run(Group, Anon50));
        Assert.That(Value(Group + "/memory.peak"), Is.GreaterThanOrEqualTo(50 * M));

        var first = new TestMemcontrolDescriptor(Group + "/memory.peak");
        var second = new TestMemcontrolDescriptor(Group + "/memory.peak");
        var third = new TestMemcontrolDescriptor(Group + "/memory.peak");
        first.Reset();
        second.Reset();
        third.Reset();
        Assert.That(Value(Group + "/memory.peak"), Is.GreaterThanOrEqualTo(50 * M), "who has not reset it");
        second.Close();
        var fourth = new TestMemcontrolDescriptor(Group + "/memory.peak");
        fourth.Reset();
        Assert.That(first.Value(), Is.InRange(0, 30 * M));

        Assert.That(m.Run(Group, t => Pagecache50(m, t)));
        Assert.That(Value(Group + "/memory.peak"), Is.GreaterThanOrEqualTo(50 * M));
        Assert.That(first.Value(), Is.GreaterThanOrEqualTo(50 * M));
        Assert.That(fourth.Value(), Is.GreaterThanOrEqualTo(50 * M));
        third.Close();
        fourth.Close();
        first.Close();
        m.Destroy(Group);
    }

    /// <summary>memory.high lets a little anonymous memory through and holds page cache; test_memcontrol.c, test_memcg_high.</summary>
    [Test]
    public void test_memcg_high()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Group);
        Assert.That(CgroupMachine.Read(Group + "/memory.high"), Is.EqualTo("max\n"));
        Write(Group + "/memory.swap.max", "0");
        Write(Group + "/memory.high", "30M");
        Assert.That(m.Run(Group, AllocAnon(31 * M)));
        Assert.That(m.Run(Group, t => Pagecache50(m, t)), Is.False);
        Assert.That(m.Run(Group, t => PagecacheMax30(m, t)));
        Assert.That(Event(Group, "high"), Is.GreaterThan(0));
        m.Destroy(Group);
    }

    /// <summary>One system call that allocates 200M is held up at memory.high, before it comes to memory.max; test_memcontrol.c, test_memcg_high_sync.</summary>
    [Test]
    public void test_memcg_high_sync()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Group);
        Assert.That((Event(Group, "high"), Event(Group, "max")), Is.EqualTo((0L, 0L)));
        Write(Group + "/memory.swap.max", "0");
        Write(Group + "/memory.high", "30M");
        Write(Group + "/memory.max", "140M");
        user_task task = m.Start(Group);
        ulong at = UserMemory.Map(task, (ulong)(200 * M) / UserMemory.Page);
        machine_request locking = machine.post(task, () =>
        {
            kernel_entry_c.syscall_enter();
            return kernel_entry_c.syscall_exit(mm_mlock_c.sys_mlock(at, (ulong)(200 * M)));
        });
        for (int i = 0; i < 10_000 && Event(Group, "high") == 0; i++)
            m.Sleep(1);
        Assert.That(locking.done, Is.False);
        Assert.That((Event(Group, "high") > 0, Event(Group, "max")), Is.EqualTo((true, 0L)));
        m.Destroy(Group);
    }

    /// <summary>memory.max kills for anonymous memory and holds page cache; test_memcontrol.c, test_memcg_max.</summary>
    [Test]
    public void test_memcg_max()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Group);
        Assert.That(CgroupMachine.Read(Group + "/memory.max"), Is.EqualTo("max\n"));
        Write(Group + "/memory.swap.max", "0");
        Write(Group + "/memory.max", "30M");
        Assert.That(m.Run(Group, AllocAnon(100 * M)), Is.False);
        Assert.That(m.Run(Group, t => PagecacheMax30(m, t)));
        Assert.That(Current(Group), Is.InRange(1, 30 * M));
        Assert.That(Event(Group, "max"), Is.GreaterThan(0));
        m.Destroy(Group);
    }

    /// <summary>
    /// A server of the group sends without end to a client outside of it, and its memory is that of the socket, until the client
    /// goes; test_memcontrol.c, test_memcg_sock.
    /// </summary>
    [Test]
    public unsafe void test_memcg_sock()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Group);
        user_task server = m.Start(Group);
        user_task client = machine.spawn("client");
        long allocated = Current(Group);
        nint near = 0, far = 0;
        Assert.That(UserMemory.Syscall(client, () =>
        {
            sock* a;
            sock* b;
            int error = host_stream.connect(&a, &b);
            (near, far) = ((nint)a, (nint)b);
            return error;
        }), Is.Zero);
        machine_request sending = machine.post(server, () =>
        {
            kernel_entry_c.syscall_enter();
            return kernel_entry_c.syscall_exit(Serve((sock*)far));
        });

        bool close = false;
        for (int retries = 16; retries > 0 && !close; retries--)
        {
            long got = Receive(client, near);
            for (; got == -EAGAIN; got = Receive(client, near))
                m.Sleep(1);
            Assert.That(got, Is.GreaterThan(0));
            long sock = CgroupMachine.Key(Group + "/memory.stat", "sock");
            TestContext.Out.WriteLine($"current {Current(Group) - allocated}, sock {sock}");
            close = IsClose(Current(Group) - allocated, sock, 10);
        }
        Assert.That(close);
        UserMemory.Syscall(client, () =>
        {
            host_stream.close((sock*)near);
            return 0;
        });
        machine.wait_for(sending);
        Assert.That(sending.result, Is.EqualTo(-EPIPE), "it hears that the client is gone");
        Assert.That(CgroupMachine.Key(Group + "/memory.stat", "sock"), Is.Zero);
        machine.kill(client);
        m.Destroy(Group);
    }

    /// <summary>Sends a megabyte after the other until the other side is gone; test_memcontrol.c, tcp_server.</summary>
    private static unsafe long Serve(sock* sk)
    {
        const ulong length = 0x100000;
        byte* buffer = (byte*)linux_slab_h.kvmalloc(length, linux_gfp_types_h.GFP_KERNEL);
        long sent;

        host_stream.accept(sk);
        do
        {
            sent = host_stream.send(sk, buffer, length, false);
        }
        while (sent > 0);
        host_stream.close(sk);
        mm_slub_c.kvfree(buffer);
        return sent;
    }

    private static unsafe long Receive(user_task task, nint sk) => UserMemory.Syscall(task, () =>
    {
        const ulong length = 0x100000;
        byte* buffer = (byte*)linux_slab_h.kvmalloc(length, linux_gfp_types_h.GFP_KERNEL);
        long got = host_stream.receive((sock*)sk, buffer, length);
        mm_slub_c.kvfree(buffer);
        return got;
    });

    /// <summary>memory.reclaim takes what is asked of it, and says so; test_memcontrol.c, reclaim_until.</summary>
    internal static void ReclaimUntil(string group, long goal)
    {
        bool reclaimed = false;
        for (int retries = 5; retries > 0; retries--)
        {
            long current = Current(group);
            if (current < goal || IsClose(current, goal, 3))
                break;
            Assert.That(reclaimed, Is.False, $"it has said that all was reclaimed, and {current} are left");
            long rc = CgroupMachine.Write(group + "/memory.reclaim", $"{current - goal}");
            Assert.That(rc, Is.Zero.Or.EqualTo(-EAGAIN));
            reclaimed = rc == 0;
        }
        Assert.That(reclaimed, $"{Current(group)} are left");
    }

    /// <summary>50M of page cache and 50M of anonymous memory are reclaimed to 30M; test_memcontrol.c, test_memcg_reclaim.</summary>
    [Test]
    public void test_memcg_reclaim([Values] bool swap)
    {
        using var m = new TestMemcontrolMachine(swap ? 256UL << 20 : 0);
        Mkdir(Group);
        Assert.That(Current(Group), Is.Zero);
        user_task cache = m.Start(Group);
        Assert.That(Pagecache(cache, m.TempFile(cache), 50 * M));
        if (swap)
            Assert.That(Anon(m.Start(Group), 50 * M), Is.Not.Zero);
        AssertClose(Current(Group), (swap ? 100 : 50) * M, 10, "memory.current");
        ReclaimUntil(Group, 30 * M);
        m.Destroy(Group);
    }
}
