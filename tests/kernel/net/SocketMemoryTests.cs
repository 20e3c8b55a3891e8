// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_slab_h;
using static Linux.mm_slub_c;
using static Linux.net_sock_h;

namespace KMemcg.Kernel.Tests.net;

/// <summary>Memory of sockets: what waits to be sent is the sender's, what waits to be read the receiver's.</summary>
[TestFixture]
internal sealed unsafe class SocketMemoryTests
{
    private CgroupMachine m = null!;
    private user_task a = null!;
    private user_task b = null!;
    private nint near;
    private nint far;

    [SetUp]
    public void Boot()
    {
        m = new CgroupMachine();
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"), CgroupMachine.Mkdir("/B"));
        a = CgroupMachine.Task("a", "/A");
        b = CgroupMachine.Task("b", "/B");
        Assert.That(UserMemory.Syscall(a, () =>
        {
            sock* x;
            sock* y;
            int err = host_stream.connect(&x, &y);
            near = (nint)x;
            far = (nint)y;
            return err;
        }), Is.Zero);
        UserMemory.Syscall(b, () =>
        {
            host_stream.accept((sock*)far);
            return 0;
        });
    }

    [TearDown]
    public void Off()
    {
        machine.run(() =>
        {
            if (near != 0)
                host_stream.close((sock*)near);
            host_stream.close((sock*)far);
            Assert.That(linux_atomic_h.atomic_long_read(&net_core_sock_c.protocol->memory_allocated), Is.Zero);
        });
        m.Dispose();
    }

    private static long Send(user_task t, nint sk, int bytes, bool dontwait = true) => UserMemory.Syscall(t, () =>
    {
        byte* from = (byte*)kvmalloc((ulong)bytes, GFP_KERNEL);
        new Span<byte>(from, bytes).Fill(7);
        long sent = host_stream.send((sock*)sk, from, (ulong)bytes, dontwait);
        kvfree(from);
        return sent;
    });

    private static long Receive(user_task t, nint sk, int bytes) => UserMemory.Syscall(t, () =>
    {
        byte* to = (byte*)kvmalloc((ulong)bytes, GFP_KERNEL);
        long got = host_stream.receive((sock*)sk, to, (ulong)bytes);
        if (got > 0)
            Assert.That(new ReadOnlySpan<byte>(to, (int)got).IndexOfAnyExcept((byte)7), Is.Negative);
        kvfree(to);
        return got;
    });

    private static long Sock(string group)
    {
        UserMemory.Drain();
        return CgroupMachine.Key(group + "/memory.stat", "sock");
    }

    [Test]
    public void What_was_delivered_is_the_receivers_until_it_is_read()
    {
        Assert.That(Send(a, near, 128 << 10), Is.EqualTo(128 << 10));
        Assert.That(Sock("/B"), Is.InRange(128 << 10, (128 << 10) + (8 << 12)));
        Assert.That(Sock("/A"), Is.Zero);
        Assert.That(Receive(b, far, 64 << 10), Is.EqualTo(64 << 10));
        Assert.That(Sock("/B"), Is.InRange(64 << 10, (64 << 10) + (5 << 12)));
        Assert.That(Receive(b, far, 1 << 20), Is.EqualTo(64 << 10));
        Assert.That(Sock("/B"), Is.Zero);
        Assert.That(Receive(b, far, 1), Is.EqualTo(-EAGAIN));
    }

    [Test]
    public void What_the_receiver_has_no_room_for_stays_the_senders()
    {
        long sent = Send(a, near, 4 << 20);
        Assert.That(sent, Is.InRange(2600 << 10, 2800 << 10), "two buffers full");
        Assert.That(Sock("/B"), Is.InRange(128 << 10, 200 << 10));
        Assert.That(Sock("/A"), Is.InRange(2_626_560, 2_626_560 + (64 << 10)), "as with TCP over the loopback device");
        Assert.That(Send(a, near, 1), Is.EqualTo(-EAGAIN));
        long got = 0;
        for (long n = Receive(b, far, 1 << 20); n > 0; n = Receive(b, far, 1 << 20))
            got += n;
        Assert.That(got, Is.EqualTo(sent));
        Assert.That(Sock("/A") + Sock("/B"), Is.Zero);
    }

    [Test]
    public void A_sender_that_waits_goes_on_when_the_other_reads()
    {
        fs.Touch send = fs.Touch.Call(a, () =>
        {
            byte* from = (byte*)kvmalloc(4 << 20, GFP_KERNEL);
            new Span<byte>(from, 4 << 20).Fill(7);
            long done = 0;
            while (done < 4 << 20)
            {
                long n = host_stream.send((sock*)near, from, (4 << 20) - (ulong)done, false);
                if (n < 0)
                    return n;
                done += n;
            }

            kvfree(from);
            return done;
        });
        send.Waits();
        for (int i = 0; i < 100 && !send.Done; i++)
            Receive(b, far, 1 << 20);
        Assert.That(send.Result(), Is.EqualTo(4 << 20));
        Receive(b, far, 1 << 20);
    }

    [Test]
    public void What_arrives_is_charged_over_the_receivers_limit()
    {
        UserMemory.Drain();
        Assert.That(CgroupMachine.Write("/B/memory.max", CgroupMachine.Read("/B/memory.current").Trim()), Is.GreaterThanOrEqualTo(0));
        for (int i = 0; i < 20; i++)
            Send(a, near, 32 << 10);
        // In a softirq nothing is reclaimed and nobody killed: the charge is forced.
        Assert.That(Sock("/B"), Is.GreaterThan(128 << 10));
        Assert.That(CgroupMachine.Key("/B/memory.events", "oom_kill"), Is.Zero);
        Assert.That(b.alive, Is.True);
        Assert.That(CgroupMachine.Key("/A/memory.events", "max"), Is.Zero);
    }

    [Test]
    public void A_charge_of_the_senders_may_be_refused()
    {
        UserMemory.Drain();
        Assert.That(CgroupMachine.Write("/A/memory.max", "4M"), Is.GreaterThanOrEqualTo(0));
        UserMemory.Syscall(a, () =>
        {
            sock* sk = (sock*)near;
            mem_cgroup* memcg = mem_cgroup_from_sk(sk);
            Assert.That(mm_memcontrol_c.mem_cgroup_sk_charge(sk, 2048, GFP_KERNEL | __GFP_NORETRY), Is.False);
            Assert.That(mm_memcontrol_c.mem_cgroup_sk_charge(sk, 2048, GFP_KERNEL | __GFP_NOFAIL), Is.True);
            mm_memcontrol_c.mem_cgroup_sk_uncharge(sk, 2048);
            return (long)(nint)memcg;
        });
        Assert.That(Sock("/A"), Is.Zero);
    }

    [Test]
    public void Pressure_lasts_a_second()
    {
        machine.run(() =>
        {
            sock* sk = (sock*)near;
            Assert.That(sk_under_memory_pressure(sk), Is.False);
            linux_memcontrol_h.mem_cgroup_set_socket_pressure(mem_cgroup_from_sk(sk));
            Assert.That(sk_under_memory_pressure(sk), Is.True);
            Assert.That(sk_under_memory_pressure((sock*)far), Is.False);
        });
        machine.sleep(1100);
        machine.run(() => Assert.That(sk_under_memory_pressure((sock*)near), Is.False));
    }

    [Test]
    public void A_socket_keeps_its_group_when_its_task_moves_or_the_group_goes()
    {
        Assert.That(Send(a, near, 64 << 10), Is.EqualTo(64 << 10));
        CgroupMachine.Ok(CgroupMachine.Move(b, ""));
        Assert.That(Sock("/B"), Is.GreaterThan(64 << 10));
        Assert.That(CgroupMachine.Rmdir("/B"), Is.Zero);
        CgroupMachine.Settle();
        Assert.That(Send(a, near, 64 << 10), Is.EqualTo(64 << 10));
        Assert.That(Receive(b, far, 128 << 10), Is.EqualTo(128 << 10));
    }

    [Test]
    public void A_new_socket_can_inherit_the_group_of_another()
    {
        machine.run(() =>
        {
            sock* sk = net_core_sock_c.sk_alloc(GFP_KERNEL, true);
            Assert.That(mem_cgroup_from_sk(sk) == null, Is.True);
            mm_memcontrol_c.mem_cgroup_sk_inherit((sock*)near, sk);
            Assert.That(mem_cgroup_from_sk(sk) == mem_cgroup_from_sk((sock*)near), Is.True);
            net_core_sock_c.sock_put(sk);
        });
    }

    [Test]
    public void Closing_drops_what_is_in_the_queues()
    {
        Send(a, near, 1 << 20);
        machine.run(() => host_stream.close((sock*)near));
        near = 0;
        Assert.That(Sock("/A"), Is.Zero);
        Assert.That(Sock("/B"), Is.GreaterThan(0));
        Assert.That(Send(b, far, 1), Is.EqualTo(-EPIPE));
    }
}
