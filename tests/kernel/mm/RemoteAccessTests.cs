// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>process_vm_readv and process_vm_writev.</summary>
[TestFixture]
internal sealed unsafe class RemoteAccessTests
{
    private static long Transfer(user_task by, int pid, ulong local, ulong remote, ulong bytes, bool write) =>
        UserMemory.Syscall(by, () =>
        {
            iovec l = new() { iov_base = (void*)local, iov_len = bytes };
            iovec r = new() { iov_base = (void*)remote, iov_len = bytes };
            return write
                ? mm_process_vm_access_c.sys_process_vm_writev(pid, &l, 1, &r, 1, 0)
                : mm_process_vm_access_c.sys_process_vm_readv(pid, &l, 1, &r, 1, 0);
        });

    [Test]
    public void A_read_brings_the_other_tasks_bytes()
    {
        using var m = new CgroupMachine();
        user_task a = machine.spawn("a");
        user_task b = machine.spawn("b");
        ulong at = UserMemory.Map(a, 100);
        ulong to = UserMemory.Map(b, 100);
        UserMemory.Fill(a, at, 100, 3);
        Assert.That(Transfer(b, a.pid, to + 100, at + 100, 99 * 4096, false), Is.EqualTo(99 * 4096));
        for (ulong i = 1; i < 100; i++)
            Assert.That(UserMemory.Read(b, to + (i * 4096)), Is.EqualTo((byte)(3 + i)));
    }

    [Test]
    public void What_a_write_touches_first_is_charged_to_the_owner_of_the_memory()
    {
        using var m = new CgroupMachine();
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"),
            CgroupMachine.Mkdir("/g"), CgroupMachine.Mkdir("/h"));
        user_task a = CgroupMachine.Task("a", "/g");
        user_task b = CgroupMachine.Task("b", "/h");
        ulong at = UserMemory.Map(a, 20);
        ulong from = UserMemory.Map(b, 20);
        UserMemory.Fill(b, from, 20, 9);
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("/g/memory.stat", "anon"), Is.Zero);
        Assert.That(Transfer(b, a.pid, from, at, 20 * 4096, true), Is.EqualTo(20 * 4096));
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("/g/memory.stat", "anon"), Is.EqualTo(20 * 4096));
        Assert.That(CgroupMachine.Key("/h/memory.stat", "anon"), Is.EqualTo(20 * 4096));
        Assert.That(UserMemory.Read(a, at + 4096), Is.EqualTo(10));
    }

    [Test]
    public void A_write_does_not_reach_a_fork()
    {
        using var m = new CgroupMachine();
        user_task a = machine.spawn("a");
        user_task b = machine.spawn("b");
        ulong at = UserMemory.Map(a, 1);
        ulong from = UserMemory.Map(b, 1);
        UserMemory.Write(a, at, 1);
        user_task child = machine.spawn("child", a);
        UserMemory.Write(b, from, 2);
        Assert.That(Transfer(b, a.pid, from, at, 1, true), Is.EqualTo(1));
        Assert.That(UserMemory.Read(a, at), Is.EqualTo(2));
        Assert.That(UserMemory.Read(child, at), Is.EqualTo(1));
    }

    [Test]
    public void It_goes_as_far_as_the_mapping_does()
    {
        using var m = new CgroupMachine();
        user_task a = machine.spawn("a");
        user_task b = machine.spawn("b");
        ulong at = UserMemory.Map(a, 4);
        ulong to = UserMemory.Map(b, 4);
        UserMemory.Unmap(a, at + (2 * 4096), 2);
        Assert.That(Transfer(b, a.pid, to, at, 4 * 4096, false), Is.EqualTo(2 * 4096));
        Assert.That(Transfer(b, a.pid, to, at + (2 * 4096), 4096, false), Is.EqualTo(-14));
        Assert.That(Transfer(b, 9999, to, at, 4096, false), Is.EqualTo(-3));
        Assert.That(Transfer(b, a.pid, to, at, 0, false), Is.Zero);
    }

    /// <summary>The target's page is pinned before the source is found to be missing: it keeps what it has.</summary>
    [Test]
    public void A_write_of_what_is_not_there_changes_nothing()
    {
        using var m = new CgroupMachine();
        user_task a = machine.spawn("a");
        user_task b = machine.spawn("b");
        ulong at = UserMemory.Map(a, 2);
        ulong from = UserMemory.Map(b, 2);
        UserMemory.Fill(a, at, 2, 7);
        UserMemory.Fill(b, from, 2, 3);
        UserMemory.Unmap(b, from + 4096, 1);
        Assert.That(Transfer(b, a.pid, from + 4096, at, 1, true), Is.EqualTo(-14));
        Assert.That(UserMemory.Read(a, at), Is.EqualTo(7));
        Assert.That(Transfer(b, a.pid, from, at, 2 * 4096, true), Is.EqualTo(4096));
        Assert.That(UserMemory.Read(a, at), Is.EqualTo(3));
        Assert.That(UserMemory.Read(a, at + 4096), Is.EqualTo(8));
    }

    private static long Advise(user_task by, int pid, ulong at, ulong pages, int advice) => UserMemory.Syscall(by, () =>
    {
        iovec* ranges = stackalloc iovec[2];
        ranges[0] = new() { iov_base = (void*)at, iov_len = pages / 2 * 4096 };
        ranges[1] = new() { iov_base = (void*)(at + (pages / 2 * 4096)), iov_len = (pages - (pages / 2)) * 4096 };
        return mm_madvise_c.sys_process_madvise(pid, ranges, 2, advice, 0);
    });

    [Test]
    public void Another_tasks_pages_may_be_sent_to_swap_but_not_dropped()
    {
        using TestMachine m = TestMachine.Boot(swap: 64UL << 20);
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/g"));
        user_task a = CgroupMachine.Task("a", "/g");
        user_task b = machine.spawn("b");
        ulong at = UserMemory.Map(a, 100);
        UserMemory.Fill(a, at, 100, 1);
        UserMemory.Drain();
        Assert.That(Advise(b, a.pid, at, 100, mm_madvise_c.MADV_DONTNEED), Is.EqualTo(-linux_errno_h.EINVAL));
        Assert.That(Advise(b, a.pid, at, 100, mm_madvise_c.MADV_PAGEOUT), Is.EqualTo(100 * 4096));
        UserMemory.Drain();
        Assert.That(CgroupMachine.Read("/g/memory.swap.current"), Is.EqualTo($"{100 * 4096}\n"));
        Assert.That(UserMemory.Read(a, at + (7 * 4096)), Is.EqualTo(8));
        Assert.That(Advise(b, a.pid + 1000, at, 100, mm_madvise_c.MADV_COLD), Is.EqualTo(-linux_errno_h.ESRCH));
        UserMemory.Unmap(a, at + (60 * 4096), 40);
        Assert.That(Advise(b, a.pid, at, 100, mm_madvise_c.MADV_COLD), Is.EqualTo(50 * 4096), "what was advised on before the hole");
    }

    [Test]
    public void Only_who_is_dying_may_be_reaped()
    {
        using var m = new CgroupMachine();
        user_task a = machine.spawn("a");
        user_task b = machine.spawn("b");
        ulong at = UserMemory.Map(a, 100);
        UserMemory.Fill(a, at, 100, 1);
        Assert.That(UserMemory.Syscall(b, () => mm_oom_kill_c.sys_process_mrelease(a.pid, 0)), Is.EqualTo(-linux_errno_h.EINVAL));
        Assert.That(UserMemory.Syscall(b, () => mm_oom_kill_c.sys_process_mrelease(a.pid, 1)), Is.EqualTo(-linux_errno_h.EINVAL));
        Assert.That(UserMemory.Read(a, at), Is.EqualTo(1));

        // It is killed in the middle of a system call, and its memory goes before it does.
        long left = -1;
        UserMemory.Syscall(b, () =>
        {
            linux_rcupdate_h.rcu_read_lock();
            task_struct* p = kernel_fork_c.find_task_by_vpid(a.pid);
            kernel_signal_c.group_send_sig_info(linux_sched_signal_h.SIGKILL, kernel_signal_c.SEND_SIG_NOINFO, p, kernel_signal_c.PIDTYPE_TGID);
            mm_struct* mm = p->mm;
            linux_rcupdate_h.rcu_read_unlock();
            long rc = mm_oom_kill_c.sys_process_mrelease(a.pid, 0);
            left = (long)linux_mm_h.get_mm_counter(mm, linux_mm_types_task_h.MM_ANONPAGES);
            return rc;
        });
        Assert.That(left, Is.Zero);
        Assert.That(UserMemory.Syscall(b, () => mm_oom_kill_c.sys_process_mrelease(a.pid, 0)), Is.EqualTo(-linux_errno_h.ESRCH));
    }
}
