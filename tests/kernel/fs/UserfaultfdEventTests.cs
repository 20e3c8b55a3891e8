// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.fs_userfaultfd_c;
using static Linux.linux_errno_h;
using static Linux.linux_mmap_lock_h;
using static Linux.mm_madvise_c;
using static Linux.mm_mmap_c;
using static Linux.uapi_eventpoll_h;
using static Linux.uapi_userfaultfd_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>What a monitor is told of that it did not ask for: forks, and mappings that go or move.</summary>
[TestFixture]
internal sealed unsafe class UserfaultfdEventTests
{
    private const ulong Page = UserMemory.Page;
    private const int MADV_DONTNEED = 4;

    private TestMachine m = null!;
    private user_task a = null!;
    private user_task b = null!;

    [SetUp]
    public void Boot()
    {
        m = TestMachine.Boot();
        a = m.Spawn("a");
        b = m.Spawn("b");
    }

    [TearDown]
    public void Off() => m.Dispose();

    private FaultMonitor Watch(ulong at, ulong pages, uint features, ulong mode = FaultMonitor.Missing)
    {
        var monitor = new FaultMonitor(a, b, features);
        Assert.That(monitor.Register(at, pages, mode), Is.Zero);
        return monitor;
    }

    private Touch Fork(Action<user_task?> made) => Touch.Call(a, () =>
    {
        made(init_main_c.fork_user_task("child", false, out long err));
        return err;
    });

    [Test]
    public void Without_the_event_a_child_is_nobodys()
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, 0);
        Assert.That(monitor.Copy(at), Is.Zero);
        user_task child = m.Spawn("child", a);
        Assert.That(UserMemory.Read(child, at), Is.EqualTo((long)'u' + 1));
        Assert.That(UserMemory.Read(child, at + Page), Is.Zero);
        UserMemory.Write(child, at + Page, 1);
        Touch own = Touch.Read(a, at + Page);
        monitor.Next();
        Assert.That(monitor.Zero(at + Page), Is.Zero);
        own.Result();
    }

    [Test]
    public void A_fork_brings_a_monitor_for_the_child()
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, UFFD_FEATURE_EVENT_FORK);
        user_task? child = null;
        Touch fork = Fork(c => child = c);
        fork.Waits();
        Assert.That(monitor.Poll(), Is.EqualTo(EPOLLIN));
        // Mappings change: what is filled in now could go anywhere.
        Assert.That(monitor.Copy(at), Is.EqualTo(-EAGAIN));
        Assert.That(monitor.Answer, Is.EqualTo(-EAGAIN));
        FaultMonitor second = monitor.Child(monitor.Next(UFFD_EVENT_FORK));
        Assert.That(fork.Result(), Is.GreaterThan(0));
        Assert.That(monitor.Copy(at), Is.Zero);

        Touch read = Touch.Read(child!, at);
        Assert.That(second.Next().arg.pagefault.address, Is.EqualTo(at));
        Assert.That(monitor.Read(out _), Is.EqualTo(-EAGAIN));
        Assert.That(second.Copy(at), Is.Zero);
        Assert.That(read.Result(), Is.EqualTo((long)'c' + 1));
        Assert.That(UserMemory.Read(a, at), Is.EqualTo((long)'u' + 1));
    }

    [Test]
    public void A_fork_that_nobody_hears_of_ends_with_the_monitor([Values] bool killed)
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, UFFD_FEATURE_EVENT_FORK);
        user_task? child = null;
        Touch fork = Fork(c => child = c);
        fork.Waits();
        if (killed)
        {
            machine.kill(a);
            Assert.That(fork.Result(), Is.EqualTo(-EINTR));
            return;
        }

        monitor.Close();
        Assert.That(fork.Result(), Is.GreaterThan(0));
        Assert.That(UserMemory.Read(child!, at), Is.Zero);
    }

    [Test]
    public void A_fork_that_fails_leaves_nothing()
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, UFFD_FEATURE_EVENT_FORK);
        int failures = 0;
        for (uint n = 1; ; n++)
        {
            FailingTask.Arm(a, n);
            Touch fork = Fork(_ => { });
            machine.sleep(2);
            if (!fork.Done)
            {
                monitor.Child(monitor.Next(UFFD_EVENT_FORK)).Close();
                Assert.That(fork.Result(), Is.GreaterThan(0));
            }
            else
            {
                Assert.That(fork.Result(), Is.EqualTo(-ENOMEM));
                failures++;
            }

            if (!FailingTask.Disarm(a))
                break;
        }

        Assert.That(failures, Is.GreaterThan(5));
        Assert.That(monitor.Zero(at), Is.Zero, "no change of mappings is counted any more");
    }

    [Test]
    public void Memory_that_is_dropped_is_told_of_first()
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, UFFD_FEATURE_EVENT_REMOVE);
        Assert.That(monitor.Copy(at + Page), Is.Zero);
        Touch drop = Touch.Call(a, () => sys_madvise(at + Page, 2 * Page, MADV_DONTNEED));
        drop.Waits();
        uffd_msg msg = monitor.Next(UFFD_EVENT_REMOVE);
        Assert.That(msg.arg.remove.start, Is.EqualTo(at + Page));
        Assert.That(msg.arg.remove.end, Is.EqualTo(at + (3 * Page)));
        Assert.That(drop.Result(), Is.Zero);
        Touch read = Touch.Read(a, at + Page);
        Assert.That(monitor.Next().arg.pagefault.address, Is.EqualTo(at + Page));
        Assert.That(monitor.Zero(at + Page), Is.Zero);
        Assert.That(read.Result(), Is.Zero);
    }

    [Test]
    public void Memory_that_is_unmapped_is_told_of_afterwards()
    {
        ulong at = UserMemory.Map(a, 8);
        FaultMonitor monitor = Watch(at, 4, UFFD_FEATURE_EVENT_UNMAP);
        Touch unmap = Touch.Call(a, () => sys_munmap(at + Page, 7 * Page));
        unmap.Waits();
        uffd_msg msg = monitor.Next(UFFD_EVENT_UNMAP);
        Assert.That(msg.arg.remove.start, Is.EqualTo(at + Page));
        Assert.That(msg.arg.remove.end, Is.EqualTo(at + (8 * Page)));
        Assert.That(unmap.Result(), Is.Zero);
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-1"));
        Assert.That(monitor.Zero(at + Page), Is.EqualTo(-ENOENT));
        Assert.That(monitor.Zero(at), Is.Zero);
    }

    [Test]
    public void Memory_that_moves_is_told_of_with_both_addresses([Values] bool wanted)
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, wanted ? UFFD_FEATURE_EVENT_REMAP : 0);
        Touch move = Touch.Call(a, () =>
        {
            vm_userfaultfd_ctx uf = default;
            mm_struct* mm = asm_percpu_h.current->mm;
            mmap_write_lock(mm);
            mremap_userfaultfd_prep(linux_mm_h.vma_lookup(mm, at), &uf);
            mmap_write_unlock(mm);
            mremap_userfaultfd_complete(&uf, at, at + (64 * Page), 4 * Page);
            return 0;
        });
        if (!wanted)
        {
            Assert.That(move.Result(), Is.Zero);
            Assert.That(UserMemory.Read(a, at), Is.Zero, "it is not watched over any more");
            return;
        }

        move.Waits();
        Assert.That(monitor.WriteProtect(at, 1, true), Is.EqualTo(-EAGAIN));
        uffd_msg msg = monitor.Next(UFFD_EVENT_REMAP);
        Assert.That(msg.arg.remap.from, Is.EqualTo(at));
        Assert.That(msg.arg.remap.to, Is.EqualTo(at + (64 * Page)));
        Assert.That(msg.arg.remap.len, Is.EqualTo(4 * Page));
        Assert.That(move.Result(), Is.Zero);
    }

    [Test]
    public void The_end_of_a_task_tells_nobody()
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_EVENT_REMOVE);
        machine.kill(a);
        machine.sleep(2);
        Assert.That(monitor.Read(out _), Is.EqualTo(-EAGAIN));
    }
}
