// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.fs;
using Linux;
using NUnit.Framework;
using static Linux.asm_percpu_h;
using static Linux.asm_pgtable_h;
using static Linux.linux_errno_h;
using static Linux.linux_mm_h;
using static Linux.linux_pgtable_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.mm_madvise_c;
using static Linux.mm_rmap_c;
using static Linux.uapi_userfaultfd_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>mm/userfaultfd.c and mm/mprotect.c: memory that is protected against writes.</summary>
[TestFixture]
internal sealed unsafe class UserfaultfdProtectTests
{
    private const ulong Page = UserMemory.Page;
    private const int MADV_PAGEOUT = 21;

    private TestMachine m = null!;
    private user_task a = null!;
    private user_task b = null!;

    [SetUp]
    public void Boot()
    {
        m = TestMachine.Boot(swap: 64UL << 20);
        a = m.Spawn("a");
        b = m.Spawn("b");
    }

    [TearDown]
    public void Off() => m.Dispose();

    private FaultMonitor Watch(ulong at, ulong pages, uint features = 0, ulong mode = FaultMonitor.Protect)
    {
        var monitor = new FaultMonitor(a, b, features);
        Assert.That(monitor.Register(at, pages, mode), Is.Zero);
        return monitor;
    }

    /// <summary>What a page-table entry says: present, protected, writable, swapped, marker.</summary>
    public static string Entry(user_task t, ulong address)
    {
        string text = "";
        UserMemory.Syscall(t, () =>
        {
            pmd_t* pmd = mm_find_pmd(current->mm, address);
            spinlock_t* ptl = null;
            pte_t* pte = pmd == null ? null : pte_offset_map_lock(current->mm, pmd, address, &ptl);
            if (pte == null)
                return 0;
            pte_t e = ptep_get(pte);
            if (pte_present(e))
                text = (pte_uffd_wp(e) ? "p" : "") + (pte_write(e) ? "w" : "r");
            else if (is_pte_marker(e))
                text = pte_marker_uffd_wp(e) ? "pm" : "m";
            else if (is_swap_pte(e))
                text = pte_swp_uffd_wp(e) ? "ps" : "s";
            pte_unmap_unlock(pte, ptl);
            return 0;
        });
        return text;
    }

    [Test]
    public void A_write_waits_until_the_protection_is_off()
    {
        ulong at = UserMemory.Map(a, 4);
        UserMemory.Fill(a, at, 4, 1);
        FaultMonitor monitor = Watch(at, 4);
        Assert.That((ulong)monitor.Answer & (1UL << _UFFDIO_WRITEPROTECT), Is.Not.Zero);
        Assert.That(monitor.WriteProtect(at, 2, true), Is.Zero);
        Assert.That(Entry(a, at), Is.EqualTo("pr"));
        Assert.That(Entry(a, at + (2 * Page)), Is.EqualTo("w"));
        Assert.That(UserMemory.Read(a, at), Is.EqualTo(1));
        UserMemory.Write(a, at + (2 * Page), 9);

        Touch write = Touch.Write(a, at + Page, 8);
        uffd_msg msg = monitor.Next();
        Assert.That(msg.arg.pagefault.address, Is.EqualTo(at + Page));
        Assert.That(msg.arg.pagefault.flags, Is.EqualTo(UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE));
        write.Waits();
        Assert.That(monitor.WriteProtect(at + Page, 1, false), Is.Zero);
        write.Result();
        Assert.That(UserMemory.Read(a, at + Page), Is.EqualTo(8));
        // Given back writable: the page is nobody else's, so no fault is needed.
        Assert.That(Entry(a, at + Page), Is.EqualTo("w"));
        Assert.That(Entry(a, at), Is.EqualTo("pr"));
    }

    [Test]
    public void Protection_ends_with_the_registration()
    {
        ulong at = UserMemory.Map(a, 4);
        UserMemory.Fill(a, at, 4, 1);
        FaultMonitor monitor = Watch(at, 4);
        Assert.That(monitor.WriteProtect(at, 4, true), Is.Zero);
        Touch write = Touch.Write(a, at, 8);
        write.Waits();
        Assert.That(monitor.Unregister(at, 2), Is.Zero);
        // Only missing pages' faults are woken by that: the kernel leaves this one to the monitor.
        write.Waits();
        Assert.That(monitor.Wake(at, 1), Is.Zero);
        write.Result();
        Assert.That(Entry(a, at + Page), Is.EqualTo("w"));
        Assert.That(Entry(a, at + (2 * Page)), Is.EqualTo("pr"));
        monitor.Close();
        Assert.That(Entry(a, at + (2 * Page)), Is.EqualTo("w"));
    }

    [Test]
    public void Bad_ranges_and_modes()
    {
        ulong at = UserMemory.Map(a, 4);
        FaultMonitor monitor = Watch(at, 2);
        Assert.That(monitor.WriteProtect(at, 4, true), Is.EqualTo(-ENOENT));
        Assert.That(monitor.WriteProtect(at, 0, true), Is.EqualTo(-EINVAL));
        var both = new uffdio_writeprotect { range = new uffdio_range { start = at, len = Page }, mode = UFFDIO_WRITEPROTECT_MODE_WP | UFFDIO_WRITEPROTECT_MODE_DONTWAKE };
        Assert.That(monitor.Control(UFFDIO_WRITEPROTECT, ref both), Is.EqualTo(-EINVAL));
    }

    [Test]
    public void Protection_is_kept_in_swap()
    {
        ulong at = UserMemory.Map(a, 16);
        UserMemory.Fill(a, at, 16, 1);
        FaultMonitor monitor = Watch(at, 16);
        Assert.That(monitor.WriteProtect(at, 8, true), Is.Zero);
        UserMemory.Drain();
        Assert.That(UserMemory.Syscall(a, () => sys_madvise(at, 16 * Page, MADV_PAGEOUT)), Is.Zero);
        Assert.That(Entry(a, at), Is.EqualTo("ps"));
        Assert.That(Entry(a, at + (8 * Page)), Is.EqualTo("s"));
        // While it is there the protection can be put on, and taken off.
        Assert.That(monitor.WriteProtect(at + (8 * Page), 1, true), Is.Zero);
        Assert.That(monitor.WriteProtect(at + Page, 1, false), Is.Zero);
        Assert.That(Entry(a, at + (8 * Page)), Is.EqualTo("ps"));
        Assert.That(Entry(a, at + Page), Is.EqualTo("s"));

        Assert.That(UserMemory.Read(a, at), Is.EqualTo(1));
        Assert.That(Entry(a, at), Is.EqualTo("pr"));
        Touch write = Touch.Write(a, at + (8 * Page), 77);
        Assert.That(monitor.Next().arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP, Is.Not.Zero);
        Assert.That(monitor.WriteProtect(at + (8 * Page), 1, false), Is.Zero);
        write.Result();
        UserMemory.Write(a, at + Page, 3);
        Assert.That(UserMemory.Read(a, at + (8 * Page)), Is.EqualTo(77));
    }

    [Test]
    public void A_copy_can_come_protected()
    {
        ulong at = UserMemory.Map(a, 2);
        FaultMonitor monitor = Watch(at, 2, mode: FaultMonitor.Missing | FaultMonitor.Protect);
        Touch read = Touch.Read(a, at);
        Assert.That(monitor.Next().arg.pagefault.flags, Is.Zero);
        Assert.That(monitor.Copy(at, mode: UFFDIO_COPY_MODE_WP), Is.Zero);
        Assert.That(read.Result(), Is.EqualTo((long)'u' + 1));
        Assert.That(Entry(a, at), Is.EqualTo("pr"));
        Touch write = Touch.Write(a, at, 2);
        Assert.That(monitor.Next().arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP, Is.Not.Zero);
        Assert.That(monitor.WriteProtect(at, 1, false), Is.Zero);
        write.Result();
    }

    [Test]
    public void A_child_is_not_protected_and_what_it_shares_is_copied()
    {
        ulong at = UserMemory.Map(a, 2);
        UserMemory.Fill(a, at, 2, 1);
        FaultMonitor monitor = Watch(at, 2);
        Assert.That(monitor.WriteProtect(at, 2, true), Is.Zero);
        user_task child = m.Spawn("child", a);
        Assert.That(Entry(child, at), Is.EqualTo("r"));
        UserMemory.Write(child, at, 5);
        Assert.That(UserMemory.Read(a, at), Is.EqualTo(1));
        Assert.That(Entry(a, at), Is.EqualTo("pr"));
        // Shared with the child: taking the protection off does not make it writable.
        Assert.That(monitor.WriteProtect(at + Page, 1, false), Is.Zero);
        Assert.That(Entry(a, at + Page), Is.EqualTo("r"));
        UserMemory.Write(a, at + Page, 6);
        Assert.That(UserMemory.Read(child, at + Page), Is.EqualTo(2));
    }

    [Test]
    public void Memory_that_was_never_touched_can_be_protected_too([Values] bool wanted)
    {
        ulong at = UserMemory.Map(a, 1024);
        FaultMonitor monitor = Watch(at, 1024, wanted ? UFFD_FEATURE_WP_UNPOPULATED : 0);
        Assert.That(monitor.WriteProtect(at, 1024, true), Is.Zero);
        Assert.That(Entry(a, at), Is.EqualTo(wanted ? "pm" : ""));
        if (!wanted)
        {
            UserMemory.Write(a, at, 1);
            return;
        }

        Touch write = Touch.Write(a, at + (600 * Page), 4);
        Assert.That(monitor.Next().arg.pagefault.address, Is.EqualTo(at + (600 * Page)));
        Assert.That(monitor.WriteProtect(at + (600 * Page), 1, false), Is.Zero);
        write.Result();
        Assert.That(UserMemory.Read(a, at), Is.Zero);
        Assert.That(Entry(a, at), Is.EqualTo("pr"));
        Assert.That(monitor.WriteProtect(at, 1024, false), Is.Zero);
        Assert.That(Entry(a, at + Page), Is.EqualTo(""));
    }

    [Test]
    public void Asynchronous_protection_asks_nobody_and_remembers_who_wrote()
    {
        ulong at = UserMemory.Map(a, 4);
        UserMemory.Fill(a, at, 2, 1);
        FaultMonitor monitor = Watch(at, 4, UFFD_FEATURE_WP_ASYNC);
        Assert.That(monitor.WriteProtect(at, 4, true), Is.Zero);
        UserMemory.Write(a, at, 9);
        UserMemory.Write(a, at + (2 * Page), 9);
        Assert.That(Entry(a, at), Is.EqualTo("w"));
        Assert.That(Entry(a, at + Page), Is.EqualTo("pr"));
        Assert.That(Entry(a, at + (2 * Page)), Is.EqualTo("w"));
        Assert.That(Entry(a, at + (3 * Page)), Is.EqualTo("pm"));
        Assert.That(monitor.Read(out _), Is.EqualTo(-EAGAIN));
    }
}
