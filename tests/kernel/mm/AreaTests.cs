// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Mappings: where they go, how they join and split.</summary>
[TestFixture]
internal sealed unsafe class AreaTests
{
    private const ulong Base = 0x7000_0000_0000;

    [Test]
    public void Mappings_go_below_one_another_and_become_one()
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        ulong a = UserMemory.Map(t, 4);
        ulong b = UserMemory.Map(t, 6);
        Assert.That(b + (6 * 4096), Is.EqualTo(a));
        Assert.That(UserMemory.Areas(t, b), Is.EqualTo("0-10"));
    }

    [Test]
    public void A_hole_is_filled_before_the_bottom_is_lowered()
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        ulong a = UserMemory.Map(t, 10);
        Assert.That(UserMemory.Unmap(t, a + (4 * 4096), 2), Is.Zero);
        Assert.That(UserMemory.Areas(t, a), Is.EqualTo("0-4 6-10"));
        Assert.That(UserMemory.Map(t, 3), Is.EqualTo(a - (3 * 4096)));
        Assert.That(UserMemory.Map(t, 2), Is.EqualTo(a + (4 * 4096)));
        Assert.That(UserMemory.Areas(t, a), Is.EqualTo("-3-10"));
    }

    [TestCase(0, 1, ExpectedResult = "1-8")]
    [TestCase(7, 1, ExpectedResult = "0-7")]
    [TestCase(3, 2, ExpectedResult = "0-3 5-8")]
    [TestCase(0, 8, ExpectedResult = "")]
    public string Unmapping_a_part_leaves_the_rest(int first, int pages)
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        ulong a = UserMemory.Map(t, 8, Base);
        UserMemory.Fill(t, a, 8, 30);
        Assert.That(UserMemory.Unmap(t, a + ((ulong)first * 4096), (ulong)pages), Is.Zero);
        for (int i = 0; i < 8; i++)
        {
            if (i < first || i >= first + pages)
                Assert.That(UserMemory.Read(t, a + ((ulong)i * 4096)), Is.EqualTo(30 + i));
            else
                Assert.That(UserMemory.Frame(t, a + ((ulong)i * 4096)), Is.Zero);
        }
        return UserMemory.Areas(t, a);
    }

    [Test]
    public void Other_rights_are_other_areas()
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        UserMemory.Map(t, 2, Base);
        UserMemory.Map(t, 2, Base + (2 * 4096), UserMemory.ReadOnly);
        UserMemory.Map(t, 2, Base + (4 * 4096));
        Assert.That(UserMemory.Areas(t, Base), Is.EqualTo("0-2 2-4 4-6"));
        UserMemory.Map(t, 2, Base + (2 * 4096));
        Assert.That(UserMemory.Areas(t, Base), Is.EqualTo("0-6"), "what is mapped over it joins both sides");
    }

    [Test]
    public void A_mapping_over_others_is_fresh()
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        UserMemory.Map(t, 6, Base);
        UserMemory.Fill(t, Base, 6, 1);
        UserMemory.Map(t, 2, Base + (2 * 4096));
        for (ulong i = 0; i < 6; i++)
            Assert.That(UserMemory.Read(t, Base + (i * 4096)), Is.EqualTo(i is 2 or 3 ? 0 : (long)i + 1));
    }

    [Test]
    public void Neighbours_join_only_if_their_pages_can_have_one_anon_vma()
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        UserMemory.Map(t, 2, Base);
        UserMemory.Map(t, 2, Base + (4 * 4096));
        UserMemory.Fill(t, Base, 2, 1);
        UserMemory.Fill(t, Base + (4 * 4096), 2, 1);
        // Both have an anon_vma of their own by now: the bridge joins one of them.
        UserMemory.Map(t, 2, Base + (2 * 4096));
        Assert.That(UserMemory.Areas(t, Base), Is.EqualTo("0-4 4-6"));
    }

    [TestCase(0UL, ExpectedResult = -22)]
    [TestCase(1UL << 48, ExpectedResult = -12)]
    public long Lengths_that_cannot_be(ulong bytes)
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        return UserMemory.Syscall(t, () => mm_mmap_c.sys_mmap(0, bytes, 3, 0x22, null, 0));
    }

    [Test]
    public void Unmapping_nothing_is_fine_and_an_odd_address_is_not()
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        Assert.That(UserMemory.Unmap(t, Base, 4), Is.Zero);
        Assert.That(UserMemory.Unmap(t, Base + 1, 4), Is.EqualTo(-22));
        Assert.That(UserMemory.Syscall(t, () => mm_mmap_c.sys_munmap(Base, 0)), Is.EqualTo(-22));
    }

    [Test]
    public void Who_changes_an_area_waits_for_those_who_hold_it()
    {
        using var m = new CgroupMachine();
        user_task a = machine.spawn("a"), b = machine.spawn("b");
        ulong at = UserMemory.Map(a, 8);
        nint held = 0;
        UserMemory.Syscall(b, () =>
        {
            mm_struct* mm = a.task->mm;
            linux_mmap_lock_h.mmap_read_lock(mm);
            vm_area_struct* vma = linux_mm_h.vma_lookup(mm, at);
            Assert.That(linux_mmap_lock_h.vma_start_read_locked(vma), Is.True);
            linux_mmap_lock_h.mmap_read_unlock(mm);
            held = (nint)vma;
            return 0;
        });
        machine_request unmap = machine.post(a, () =>
        {
            kernel_entry_c.syscall_enter();
            return kernel_entry_c.syscall_exit(mm_mmap_c.sys_munmap(at + 4096, 4096));
        });
        machine.sleep(5);
        Assert.That(unmap.done, Is.False);
        UserMemory.Syscall(b, () =>
        {
            linux_mmap_lock_h.vma_end_read((vm_area_struct*)held);
            return 0;
        });
        machine.wait_for(unmap);
        Assert.That(unmap.result, Is.Zero);
        Assert.That(UserMemory.Areas(a, at), Is.EqualTo("0-1 2-8"));
    }

    [Test]
    public void Sealed_memory_that_cannot_be_written_is_not_thrown_away([Values] bool writable)
    {
        using var m = new CgroupMachine();
        user_task t = machine.spawn("t");
        ulong at = UserMemory.Map(t, 4, 0, writable ? UserMemory.ReadWrite : UserMemory.ReadOnly);
        long Advise(int advice) => UserMemory.Syscall(t, () => mm_madvise_c.sys_madvise(at, 4 * 4096, advice));
        Assert.That(Advise(mm_madvise_c.MADV_DONTNEED), Is.Zero);
        UserMemory.Syscall(t, () =>
        {
            mm_struct* mm = asm_percpu_h.current->mm;
            linux_mmap_lock_h.mmap_write_lock(mm);
            mm_mmap_c.find_vma(mm, at)->vm_flags |= linux_mm_h.VM_SEALED;
            linux_mmap_lock_h.mmap_write_unlock(mm);
            return 0;
        });
        Assert.That(Advise(mm_madvise_c.MADV_DONTNEED), Is.EqualTo(writable ? 0 : -linux_errno_h.EPERM));
        Assert.That(Advise(mm_madvise_c.MADV_COLD), Is.Zero);
        UserMemory.Syscall(t, () =>
        {
            mm_struct* mm = asm_percpu_h.current->mm;
            linux_mmap_lock_h.mmap_write_lock(mm);
            mm_mmap_c.find_vma(mm, at)->vm_flags &= ~linux_mm_h.VM_SEALED;
            linux_mmap_lock_h.mmap_write_unlock(mm);
            return 0;
        });
    }
}
