// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.fs;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;
using static Linux.mm_madvise_c;
using static Linux.mm_mmap_c;
using static Linux.uapi_userfaultfd_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>userfaultfd over shared anonymous memory: pages of a file, which others may have filled in.</summary>
[TestFixture]
internal sealed unsafe class UserfaultfdShmemTests
{
    private const ulong Page = UserMemory.Page;

    private TestMachine m = null!;
    private user_task a = null!;
    private user_task b = null!;
    private user_task sharer = null!;
    private ulong at;

    [SetUp]
    public void Boot()
    {
        m = TestMachine.Boot(swap: 64UL << 20);
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"), CgroupMachine.Mkdir("/B"));
        a = CgroupMachine.Task("a", "/A");
        b = CgroupMachine.Task("b", "/B");
        at = (ulong)UserMemory.Syscall(a, () => sys_mmap(0, 16 * Page, UserMemory.ReadWrite, 0x21, null, 0));
        // Has the same memory, and nobody watches over it there.
        sharer = m.Spawn("sharer", a);
    }

    [TearDown]
    public void Off() => m.Dispose();

    private FaultMonitor Watch(ulong mode)
    {
        var monitor = new FaultMonitor(a, b);
        Assert.That(monitor.Register(at, 16, mode), Is.Zero);
        return monitor;
    }

    [Test]
    public void A_hole_is_filled_in_for_all_and_charged_to_the_watched()
    {
        FaultMonitor monitor = Watch(FaultMonitor.Missing);
        Touch read = Touch.Read(a, at);
        Assert.That(monitor.Next().arg.pagefault.flags, Is.Zero);
        Assert.That(monitor.Copy(at), Is.Zero);
        Assert.That(read.Result(), Is.EqualTo((long)'u' + 1));
        Assert.That(monitor.Zero(at + Page, 3), Is.Zero);
        Assert.That(UserMemory.Read(sharer, at), Is.EqualTo((long)'u' + 1));
        UserMemory.Write(sharer, at + Page, 4);
        Assert.That(UserMemory.Read(a, at + Page), Is.EqualTo(4));
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("/A/memory.stat", "shmem"), Is.EqualTo(4 * (long)Page));
        Assert.That(CgroupMachine.Key("/B/memory.stat", "shmem"), Is.Zero);

        // In the file already, if not in this table.
        UserMemory.Write(sharer, at + (5 * Page), 1);
        Assert.That(monitor.Copy(at + (5 * Page)), Is.EqualTo(-EEXIST));
        Assert.That(UserMemory.Read(a, at + (5 * Page)), Is.EqualTo(1));
    }

    [Test]
    public void A_source_that_is_not_there_yet_is_copied_without_locks()
    {
        FaultMonitor monitor = Watch(FaultMonitor.Missing);
        ulong from = UserMemory.Map(b, 4);
        Assert.That(monitor.Copy(at, 4, from: from), Is.Zero);
        Assert.That(monitor.Copy(at + (4 * Page), from: 0x7000_0000), Is.EqualTo(-EFAULT));
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("/A/memory.stat", "shmem"), Is.EqualTo(4 * (long)Page));
    }

    [Test]
    public void A_minor_fault_is_of_a_page_that_is_there_and_continued()
    {
        FaultMonitor monitor = Watch(FaultMonitor.Minor);
        Assert.That((ulong)monitor.Answer & (1UL << _UFFDIO_CONTINUE), Is.Not.Zero);
        UserMemory.Write(sharer, at, 7);
        Touch read = Touch.Read(a, at);
        uffd_msg msg = monitor.Next();
        Assert.That(msg.arg.pagefault.flags, Is.EqualTo(UFFD_PAGEFAULT_FLAG_MINOR));
        // The monitor may still change what is there.
        UserMemory.Write(sharer, at, 8);
        Assert.That(monitor.Continue(at), Is.Zero);
        Assert.That(monitor.Answer, Is.EqualTo((long)Page));
        Assert.That(read.Result(), Is.EqualTo(8));
        Assert.That(monitor.Continue(at), Is.EqualTo(-EEXIST));
        Assert.That(monitor.Continue(at + Page), Is.EqualTo(-EFAULT), "a hole");
        // Holes are not of interest in this mode.
        Assert.That(UserMemory.Read(a, at + Page), Is.Zero);
    }

    [Test]
    public void What_is_in_swap_is_a_minor_fault_too()
    {
        UserMemory.Fill(a, at, 4, 1);
        UserMemory.Drain();
        Assert.That(UserMemory.Syscall(a, () => sys_madvise(at, 4 * Page, 21)), Is.Zero);
        FaultMonitor monitor = Watch(FaultMonitor.Minor);
        Touch read = Touch.Read(a, at + Page);
        Assert.That(monitor.Next().arg.pagefault.flags, Is.EqualTo(UFFD_PAGEFAULT_FLAG_MINOR));
        Assert.That(monitor.Continue(at + Page), Is.Zero);
        Assert.That(read.Result(), Is.EqualTo(2));
    }

    [Test]
    public void Protection_stays_while_the_page_comes_and_goes()
    {
        UserMemory.Fill(a, at, 4, 1);
        FaultMonitor monitor = Watch(FaultMonitor.Protect);
        Assert.That(monitor.WriteProtect(at, 8, true), Is.Zero);
        Assert.That(UserfaultfdProtectTests.Entry(a, at), Is.EqualTo("pr"));
        Assert.That(UserfaultfdProtectTests.Entry(a, at + (6 * Page)), Is.EqualTo("pm"));
        UserMemory.Drain();
        Assert.That(UserMemory.Syscall(a, () => sys_madvise(at, 2 * Page, 21)), Is.Zero);
        Assert.That(UserMemory.Syscall(a, () => sys_madvise(at + (2 * Page), Page, 4)), Is.Zero);
        Assert.That(UserfaultfdProtectTests.Entry(a, at + (2 * Page)), Is.EqualTo("pm"));
        Assert.That(UserMemory.Read(a, at + (2 * Page)), Is.EqualTo(3));
        Assert.That(UserfaultfdProtectTests.Entry(a, at + (2 * Page)), Is.EqualTo("pr"));
        // Others' tables are others' business.
        UserMemory.Write(sharer, at, 50);
        Touch write = Touch.Write(a, at, 9);
        Assert.That(monitor.Next().arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP, Is.Not.Zero);
        Assert.That(monitor.WriteProtect(at, 1, false), Is.Zero);
        write.Result();
        Assert.That(UserMemory.Read(sharer, at), Is.EqualTo(9));
    }
}
