// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.linux_errno_h;
using static Linux.mm_madvise_c;
using static Linux.mm_process_vm_access_c;
using static Linux.uapi_eventpoll_h;
using static Linux.uapi_userfaultfd_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>fs/userfaultfd.c: what a monitor asks for, what it is told, and who waits for it.</summary>
[TestFixture]
internal sealed unsafe class UserfaultfdTests
{
    private const ulong Page = UserMemory.Page;

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

    private FaultMonitor Watch(ulong at, ulong pages, ulong mode = FaultMonitor.Missing, ulong features = 0, uint flags = O_NONBLOCK)
    {
        var monitor = new FaultMonitor(a, b, features, flags);
        Assert.That(monitor.Register(at, pages, mode), Is.Zero, "UFFDIO_REGISTER");
        return monitor;
    }

    [Test]
    public void A_missing_page_is_what_the_monitor_copies()
    {
        ulong at = UserMemory.Map(a, 8);
        FaultMonitor monitor = Watch(at, 8);
        Touch read = Touch.Read(a, at + (3 * Page) + 5);
        uffd_msg msg = monitor.Next();
        Assert.That(msg.arg.pagefault.address, Is.EqualTo(at + (3 * Page)));
        Assert.That(msg.arg.pagefault.flags, Is.Zero);
        Assert.That(msg.arg.pagefault.ptid, Is.Zero);
        read.Waits();
        Assert.That(monitor.Copy(at + (3 * Page)), Is.Zero);
        Assert.That(monitor.Answer, Is.EqualTo((long)Page));
        Assert.That(read.Result(), Is.Zero);
        Assert.That(UserMemory.Read(a, at + (3 * Page)), Is.EqualTo((long)'u' + 1));

        Touch write = Touch.Write(a, at + (4 * Page), 7);
        Assert.That(monitor.Next().arg.pagefault.flags, Is.EqualTo(UFFD_PAGEFAULT_FLAG_WRITE));
        Assert.That(monitor.Copy(at + (4 * Page)), Is.Zero);
        write.Result();
        Assert.That(UserMemory.Read(a, at + (4 * Page)), Is.EqualTo(7));
        Assert.That(monitor.Read(out _), Is.EqualTo(-EAGAIN));
    }

    [Test]
    public void Features_say_who_faulted_and_where_exactly()
    {
        ulong at = UserMemory.Map(a, 1);
        FaultMonitor monitor = Watch(at, 1, features: UFFD_FEATURE_THREAD_ID | UFFD_FEATURE_EXACT_ADDRESS);
        Touch read = Touch.Read(a, at + 100);
        uffd_msg msg = monitor.Next();
        Assert.That(msg.arg.pagefault.address, Is.EqualTo(at + 100));
        Assert.That(msg.arg.pagefault.ptid, Is.EqualTo((uint)a.pid));
        Assert.That(monitor.Zero(at), Is.Zero);
        Assert.That(read.Result(), Is.Zero);
    }

    [Test]
    public void A_read_that_blocks_gets_several_messages_at_once()
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 4, flags: 0);
        user_task other = machine.spawn_thread("a2", a);
        ulong to = UserMemory.Map(b, 1);
        Touch reader = Touch.Call(b, () => fs_read_write_c.sys_read(monitor.Descriptor, (byte*)to, 4096));
        reader.Waits();
        Touch first = Touch.Read(a, at);
        Assert.That(reader.Result(), Is.EqualTo(sizeof(uffd_msg)));
        Touch second = Touch.Read(other, at + Page);
        Touch third = Touch.Read(other, at + (2 * Page));
        second.Waits();
        Assert.That(third.Done, Is.False);
        Assert.That(monitor.Copy(at), Is.Zero);
        first.Result();
        Assert.That(UserMemory.Syscall(b, () => fs_read_write_c.sys_read(monitor.Descriptor, (byte*)to, 31)), Is.EqualTo(-EINVAL));
        Assert.That(UserMemory.Syscall(b, () => fs_read_write_c.sys_read(monitor.Descriptor, (byte*)to, 4096)), Is.EqualTo(sizeof(uffd_msg)));
        Assert.That(monitor.Copy(at + Page), Is.Zero);
        Assert.That(monitor.Copy(at + (2 * Page)), Is.Zero);
        second.Result();
        third.Result();
    }

    [Test]
    public void Two_may_read_and_each_can_be_killed()
    {
        ulong at = UserMemory.Map(a, 1);
        FaultMonitor monitor = Watch(at, 1, flags: 0);
        user_task c = m.Spawn("c");
        int fd = (int)UserMemory.Syscall(c, () => fs_file_c.sys_pidfd_getfd(b.pid, monitor.Descriptor));
        ulong toB = UserMemory.Map(b, 1), toC = UserMemory.Map(c, 1);
        Touch first = Touch.Call(b, () => fs_read_write_c.sys_read(monitor.Descriptor, (byte*)toB, 32));
        Touch second = Touch.Call(c, () => fs_read_write_c.sys_read(fd, (byte*)toC, 32));
        first.Waits();
        second.Waits();
        machine.kill(c);
        Assert.That(second.Result(), Is.EqualTo(-EINTR));
        Touch read = Touch.Read(a, at);
        Assert.That(first.Result(), Is.EqualTo(32));
        Assert.That(monitor.Zero(at), Is.Zero);
        read.Result();
    }

    [Test]
    public void Filling_in_twice_or_where_nothing_is_registered_fails()
    {
        ulong at = UserMemory.Map(a, 8);
        FaultMonitor monitor = Watch(at, 4);
        Assert.That(monitor.Copy(at), Is.Zero);
        Assert.That(monitor.Copy(at), Is.EqualTo(-EEXIST));
        Assert.That(monitor.Answer, Is.EqualTo(-EEXIST));
        Assert.That(monitor.Zero(at), Is.EqualTo(-EEXIST));
        Assert.That(monitor.Zero(at + Page), Is.Zero);
        Assert.That(monitor.Copy(at + Page), Is.EqualTo(-EEXIST));
        Assert.That(UserMemory.Read(a, at + Page), Is.Zero);

        // Mapped, and not registered; then over the end of the registered part; then not mapped at all.
        Assert.That(monitor.Copy(at + (6 * Page)), Is.EqualTo(-ENOENT));
        Assert.That(monitor.Zero(at + (3 * Page), 2), Is.EqualTo(-ENOENT));
        Assert.That(monitor.Zero(at - (512 * Page)), Is.EqualTo(-ENOENT));

        // A source that is not there, and arguments that can never be right.
        Assert.That(monitor.Copy(at + (2 * Page), from: 0x7000_0000), Is.EqualTo(-EFAULT));
        Assert.That(monitor.Copy(at + 1), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Copy(at, 0), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Copy(at + (2 * Page), mode: 4), Is.EqualTo(-EINVAL));
        // A protected page is not to be had without the mode, nor a page of a cache that is none.
        Assert.That(monitor.Copy(at + (2 * Page), mode: UFFDIO_COPY_MODE_WP), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Continue(at + (2 * Page)), Is.EqualTo(-EINVAL));
        Assert.That(monitor.WriteProtect(at, 1, true), Is.EqualTo(-ENOENT));
        Assert.That(monitor.Wake(at, 0), Is.EqualTo(-EINVAL));
    }

    [Test]
    public void What_was_filled_in_before_the_failure_counts()
    {
        ulong at = UserMemory.Map(a, 8);
        ulong from = UserMemory.Map(b, 8);
        UserMemory.Fill(b, from, 8, 10);
        FaultMonitor monitor = Watch(at, 8);
        Assert.That(monitor.Zero(at + (3 * Page)), Is.Zero);
        Assert.That(monitor.Copy(at, 8, from: from), Is.EqualTo(-EAGAIN));
        Assert.That(monitor.Answer, Is.EqualTo(3 * (long)Page));
        Assert.That(UserMemory.Read(a, at + (2 * Page)), Is.EqualTo(12));
        Assert.That(monitor.Copy(at + (4 * Page), 4, from: from + (4 * Page)), Is.Zero);
        Assert.That(UserMemory.Read(a, at + (7 * Page)), Is.EqualTo(17));
    }

    [Test]
    public void A_source_that_is_not_there_yet_is_faulted_in_without_locks()
    {
        ulong at = UserMemory.Map(a, 2);
        ulong from = UserMemory.Map(b, 3);
        UserMemory.Write(b, from, 5);
        FaultMonitor monitor = Watch(at, 2);
        // Never touched, and not aligned.
        Assert.That(monitor.Copy(at, 2, from: from + 8), Is.Zero);
        Assert.That(UserMemory.Read(a, at), Is.Zero);
        Assert.That(UserMemory.Frame(a, at + Page), Is.Not.Zero);
    }

    [Test]
    public void The_interface_is_agreed_upon_once()
    {
        ulong at = UserMemory.Map(a, 1);
        var monitor = new FaultMonitor(a, b, api: false);
        Assert.That(monitor.Register(at, 1, FaultMonitor.Missing), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Read(out _), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Poll(), Is.EqualTo(EPOLLERR));
        Assert.That(monitor.Api(0, 0xAB), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Answer, Is.Zero);
        Assert.That(monitor.Api(1UL << 40), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Api(UFFD_FEATURE_MOVE), Is.EqualTo(-EINVAL));
        Assert.That(monitor.Api(0), Is.Zero);
        Assert.That((ulong)monitor.Answer, Is.EqualTo(UFFD_API_FEATURES & ~(ulong)UFFD_FEATURE_MOVE));
        Assert.That(monitor.Api(0), Is.EqualTo(-EINVAL));
    }

    [Test]
    public void What_cannot_be_registered_is_not_touched()
    {
        ulong at = UserMemory.Map(a, 8);
        FaultMonitor monitor = Watch(at, 2);
        var second = new FaultMonitor(a, b);
        Assert.That(second.Register(at, 8, FaultMonitor.Missing), Is.EqualTo(-EBUSY));
        Assert.That(second.Register(at + (4 * Page), 2, 0), Is.EqualTo(-EINVAL));
        Assert.That(second.Register(at + (4 * Page), 2, 8), Is.EqualTo(-EINVAL));
        Assert.That(second.Register(at + (4 * Page), 2, FaultMonitor.Minor), Is.EqualTo(-EINVAL));
        Assert.That(second.Register(at + 1, 2, FaultMonitor.Missing), Is.EqualTo(-EINVAL));
        Assert.That(second.Register(at - (512 * Page), 2, FaultMonitor.Missing), Is.EqualTo(-EINVAL));
        Assert.That(second.Register(0, 2, FaultMonitor.Missing), Is.EqualTo(-EINVAL));
        Assert.That(second.Unregister(at, 2), Is.EqualTo(-EINVAL));
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-2 2-8"));
        Assert.That(monitor.Unregister(at, 8), Is.Zero);
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-8"));
    }

    [Test]
    public void Registration_splits_and_merges_areas()
    {
        ulong at = UserMemory.Map(a, 12);
        FaultMonitor monitor = Watch(at + (4 * Page), 4);
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-4 4-8 8-12"));
        Assert.That((ulong)monitor.Answer, Is.EqualTo(UFFD_API_RANGE_IOCTLS & ~(1UL << _UFFDIO_WRITEPROTECT) & ~(1UL << _UFFDIO_CONTINUE)));
        Assert.That(monitor.Register(at + (8 * Page), 2, FaultMonitor.Missing), Is.Zero);
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-4 4-10 10-12"));
        Assert.That(monitor.Register(at + (6 * Page), 2, FaultMonitor.Missing | FaultMonitor.Protect), Is.Zero);
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-4 4-6 6-8 8-10 10-12"));
        Assert.That(monitor.Unregister(at + (5 * Page), 4), Is.Zero);
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-4 4-5 5-9 9-10 10-12"));
        // What is not registered faults as ever.
        UserMemory.Write(a, at + (6 * Page), 1);
        monitor.Close();
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-12"));
    }

    [Test]
    public void A_fill_may_leave_the_waking_to_later()
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2);
        Touch read = Touch.Read(a, at);
        monitor.Next();
        Assert.That(monitor.Copy(at, mode: UFFDIO_COPY_MODE_DONTWAKE), Is.Zero);
        read.Waits();
        Assert.That(monitor.Wake(at + Page, 1), Is.Zero);
        read.Waits();
        Assert.That(monitor.Wake(at, 2), Is.Zero);
        Assert.That(read.Result(), Is.EqualTo((long)'u' + 1));
    }

    [Test]
    public void Who_is_woken_for_nothing_asks_again()
    {
        ulong at = UserMemory.Map(a, 1);
        FaultMonitor monitor = Watch(at, 1);
        Touch read = Touch.Read(a, at);
        monitor.Next();
        Assert.That(monitor.Wake(at, 1), Is.Zero);
        read.Waits();
        Assert.That(monitor.Next().arg.pagefault.address, Is.EqualTo(at));
        Assert.That(monitor.Zero(at), Is.Zero);
        Assert.That(read.Result(), Is.Zero);
    }

    [Test]
    public void Unregistering_lets_the_waiting_go()
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2);
        Touch read = Touch.Read(a, at);
        monitor.Next();
        Assert.That(monitor.Unregister(at, 2), Is.Zero);
        Assert.That(read.Result(), Is.Zero);
    }

    [Test]
    public void Poll_tells_of_faults([Values] bool blocks)
    {
        ulong at = UserMemory.Map(a, 1);
        FaultMonitor monitor = Watch(at, 1, flags: blocks ? 0 : O_NONBLOCK);
        Assert.That(monitor.Poll(), Is.EqualTo(blocks ? EPOLLERR : 0));
        Touch asleep = blocks ? null! : Touch.Call(b, () =>
        {
            pollfd asked = new() { fd = monitor.Descriptor, events = (short)EPOLLIN };
            return fs_select_c.do_sys_poll(&asked, 1, -1);
        });
        if (!blocks)
            asleep.Waits();
        Touch read = Touch.Read(a, at);
        read.Waits();
        if (!blocks)
            Assert.That(asleep.Result(), Is.EqualTo(1));
        Assert.That(monitor.Poll(), Is.EqualTo(blocks ? EPOLLERR : EPOLLIN));
        monitor.Next();
        Assert.That(monitor.Poll(), Is.EqualTo(blocks ? EPOLLERR : 0));
        Assert.That(monitor.Zero(at), Is.Zero);
        read.Result();
    }

    [Test]
    public void The_monitors_end_is_no_harm_to_who_waits([Values] bool read, [Values] bool dies)
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2);
        Touch waits = Touch.Write(a, at, 3);
        if (read)
            monitor.Next();
        waits.Waits();
        if (dies)
            machine.kill(b);
        else
            monitor.Close();
        Assert.That(waits.Result(), Is.Zero);
        Assert.That(UserMemory.Read(a, at), Is.EqualTo(3));
        Assert.That(UserMemory.Read(a, at + Page), Is.Zero);
    }

    [Test]
    public void Who_waits_can_be_killed([Values] bool read)
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2);
        Touch waits = Touch.Write(a, at, 3);
        if (read)
            monitor.Next();
        waits.Waits();
        machine.kill(a);
        Assert.That(waits.Result(), Is.EqualTo(-EINTR));
        Assert.That(a.exit_code & 0x7f, Is.EqualTo(linux_sched_signal_h.SIGKILL));
        Assert.That(monitor.Read(out _), Is.EqualTo(-EAGAIN));
        // Its memory is gone, and with it what could be filled in.
        Assert.That(monitor.Copy(at), Is.EqualTo(-ESRCH));
        Assert.That(monitor.Register(at, 2, FaultMonitor.Missing), Is.EqualTo(-ENOMEM));
    }

    [Test]
    public void Some_want_a_signal_instead_of_a_message()
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2, features: UFFD_FEATURE_SIGBUS);
        Assert.That(monitor.Copy(at), Is.Zero);
        Assert.That(UserMemory.Read(a, at), Is.EqualTo((long)'u' + 1));
        Assert.That(UserMemory.Read(a, at + Page), Is.EqualTo(-EINTR));
        Assert.That(a.exit_code & 0x7f, Is.EqualTo(linux_sched_signal_h.SIGBUS));
    }

    [Test]
    public void Poisoned_memory_is_a_signal_for_whoever_touches_it()
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2);
        Touch read = Touch.Read(a, at);
        monitor.Next();
        Assert.That(monitor.Poison(at), Is.Zero);
        Assert.That(monitor.Answer, Is.EqualTo((long)Page));
        Assert.That(read.Result(), Is.EqualTo(-EINTR));
        Assert.That(a.exit_code & 0x7f, Is.EqualTo(linux_sched_signal_h.SIGBUS));
    }

    [Test]
    public void Poison_is_kept_through_a_fork_and_overwrites_nothing()
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2);
        Assert.That(monitor.Copy(at), Is.Zero);
        Assert.That(monitor.Poison(at), Is.EqualTo(-EEXIST));
        Assert.That(monitor.Poison(at + Page), Is.Zero);
        Assert.That(monitor.Poison(at + Page), Is.EqualTo(-EEXIST));
        Assert.That(monitor.Zero(at + Page), Is.EqualTo(-EEXIST));
        user_task child = m.Spawn("child", a);
        Assert.That(UserMemory.Read(child, at), Is.EqualTo((long)'u' + 1));
        Assert.That(UserMemory.Read(child, at + Page), Is.EqualTo(-EINTR));
    }

    [Test]
    public void Anothers_access_waits_for_the_monitor_as_well()
    {
        ulong at = UserMemory.Map(a, 1);
        FaultMonitor monitor = Watch(at, 1);
        user_task c = m.Spawn("c");
        ulong to = UserMemory.Map(c, 1);
        Touch copy = Touch.Call(c, () =>
        {
            iovec l = new() { iov_base = (void*)to, iov_len = 1 };
            iovec r = new() { iov_base = (void*)at, iov_len = 1 };
            return sys_process_vm_readv(a.pid, &l, 1, &r, 1, 0);
        });
        copy.Waits();
        monitor.Next();
        Assert.That(monitor.Copy(at), Is.Zero);
        Assert.That(copy.Result(), Is.EqualTo(1));
        Assert.That(UserMemory.Read(c, to), Is.EqualTo((long)'u' + 1));
    }

    [Test]
    public void The_kernels_own_access_waits_unless_it_is_for_user_mode_only([Values] bool userOnly)
    {
        ulong at = UserMemory.Map(a, 1);
        FaultMonitor monitor = Watch(at, 1, flags: O_NONBLOCK | (userOnly ? UFFD_USER_MODE_ONLY : 0));
        Touch copy = Touch.Call(a, () =>
        {
            byte value;
            return (long)linux_uaccess_h.copy_from_user(&value, (void*)at, 1);
        });
        if (userOnly)
        {
            Assert.That(copy.Result(), Is.EqualTo(1));
            return;
        }

        copy.Waits();
        monitor.Next();
        Assert.That(monitor.Copy(at), Is.Zero);
        Assert.That(copy.Result(), Is.Zero);
    }

    [Test]
    public void A_call_that_fails_leaves_nothing([Values("userfaultfd", "register", "copy")] string what)
    {
        ulong at = UserMemory.Map(a, 3 * 512);
        FaultMonitor monitor = Watch(at + (1024 * Page), 4);
        int failures = 0;
        for (uint n = 1; ; n++)
        {
            user_task t = what == "userfaultfd" ? a : b;
            FailingTask.Arm(t, n);
            long result = what switch
            {
                "userfaultfd" => UserMemory.Syscall(a, () => fs_userfaultfd_c.sys_userfaultfd(0)),
                "register" => monitor.Register(at + (8 * Page), 4, FaultMonitor.Missing),
                _ => monitor.Copy(at + (1024 * Page)),
            };
            if (!FailingTask.Disarm(t))
            {
                Assert.That(result, Is.GreaterThanOrEqualTo(0));
                break;
            }

            if (result < 0)
                failures++;
            else if (what == "userfaultfd")
                UserMemory.Syscall(a, () => fs_open_c.sys_close((int)result));
            else if (what == "register")
                Assert.That(monitor.Unregister(at, 512), Is.Zero);
            else if (what == "copy")
                UserMemory.Syscall(a, () => sys_madvise(at + (1024 * Page), Page, 4));
            Assert.That(result, Is.AnyOf(0L, 1L, 2L, (long)-ENOMEM, -EFAULT, -EAGAIN));
        }

        Assert.That(failures, Is.GreaterThan(0));
    }
}
