// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.asm_page_h;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.mm_page_alloc_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>What the log says of a page, a VMA and an address space before an assertion stops the machine.</summary>
internal sealed unsafe class DebugTests
{
    private static string Log(Action dump)
    {
        int before = linux_printk_h.dmesg().Length;
        dump();
        return string.Join('\n', linux_printk_h.dmesg()[before..].Select(r => r.text));
    }

    [Test]
    public void An_allocated_page_and_why()
    {
        using TestMachine m = TestMachine.Boot();
        ulong pfn = 0;
        string log = Log(() => m.Run(() =>
        {
            page* page = alloc_pages(GFP_KERNEL, 0);
            pfn = page_to_pfn(page);
            mm_debug_c.dump_page(page, "asked");
            __free_pages(page, 0);
        }));
        Assert.That(log, Does.Match($@"page: refcount:1 mapcount:0 mapping:0x0 index:0x[0-9a-f]+ pfn:0x{pfn:x}
flags: 0x[0-9a-f]+\((node=\d\|)?zone=\d\)
raw: ([0-9a-f]{{16}} ?){{4}}
raw: ([0-9a-f]{{16}} ?){{4}}
page dumped because: asked$"));
    }

    [Test]
    public void A_free_block_has_the_buddy_type()
    {
        using TestMachine m = TestMachine.Boot();
        string log = Log(() => m.Run(() =>
        {
            page* page = alloc_pages(GFP_KERNEL, linux_mmzone_h.MAX_PAGE_ORDER);
            __free_pages(page, linux_mmzone_h.MAX_PAGE_ORDER);
            mm_debug_c.dump_page(page, null);
        }));
        Assert.That(log, Does.Contain("page: refcount:0 mapcount:0").And.Contain("page_type: f0(buddy)"));
    }

    [Test]
    public void A_tail_page_shows_its_folio()
    {
        using TestMachine m = TestMachine.Boot();
        ulong pfn = 0;
        string log = Log(() => m.Run(() =>
        {
            page* page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
            pfn = page_to_pfn(page + 5);
            mm_debug_c.dump_page(page + 5, null);
            __free_pages(page, 3);
        }));
        Assert.That(log, Does.Contain($"pfn:0x{pfn:x}").And.Contain("head: order:3 mapcount:0 entire_mapcount:0 nr_pages_mapped:0 pincount:0").And.Contain("(head|"));
        Assert.That(log.Split('\n').Count(l => l.StartsWith("head: ", StringComparison.Ordinal) && !l.Contains("order")), Is.EqualTo(4), "two pages of the folio");
    }

    [Test]
    public void An_anonymous_folio_its_VMA_and_its_address_space()
    {
        using TestMachine m = TestMachine.Boot();
        user_task t = m.Spawn("a");
        ulong address = UserMemory.Map(t, 2);
        UserMemory.Write(t, address, 1);
        nint folio = (nint)UserMemory.Folio(t, address, f => f);
        string log = Log(() => UserMemory.Syscall(t, () =>
        {
            mm_struct* mm = asm_percpu_h.current->mm;
            linux_mmap_lock_h.mmap_read_lock(mm);
            mm_debug_c.dump_page((page*)folio, null);
            mm_debug_c.dump_vma(mm_mmap_c.find_vma(mm, address));
            mm_debug_c.dump_mm(mm);
            linux_mmap_lock_h.mmap_read_unlock(mm);
            return 0;
        }));
        Assert.That(log, Does.Match(@"\nanon flags: 0x[0-9a-f]+\(uptodate\|owner_2\|swapbacked\|"));
        Assert.That(log, Does.Contain($"start {address:x16} end {address + (2 * UserMemory.Page):x16}").And.Contain("(read|write|mayread|maywrite|mayexec|account"));
        Assert.That(log, Does.Contain("mm_users 1 mm_count 1 ").And.Contain("map_count 1\n"));
    }

    [Test]
    public void A_page_of_a_file_names_the_file()
    {
        using TestMachine m = TestMachine.Boot(disk: 64UL << 20);
        user_task t = m.Spawn("a");
        var file = new UserFile(t, "/mnt/the-name");
        Assert.That(file.Write(0, new byte[4096]), Is.EqualTo(4096));
        string log = Log(() => UserMemory.Syscall(t, () =>
        {
            @file* f = fs_file_c.fget(file.Fd);
            folio* folio = mm_filemap_c.__filemap_get_folio(f->f_mapping, 0, 0, 0);
            mm_debug_c.dump_page(&folio->page, null);
            linux_mm_h.folio_put(folio);
            fs_file_table_c.fput(f);
            return 0;
        }));
        Assert.That(log, Does.Match("aops:0x[0-9a-f]+ ino:[0-9a-f]+ dentry name\\(\\?\\):\"the-name\""));
        Assert.That(file.Close(), Is.Zero);
    }

#if DEBUG
    [Test]
    public void A_failed_assertion_describes_the_page_first()
    {
        using TestMachine m = TestMachine.Boot();
        string log = Log(() => m.Run(() =>
        {
            page* page = alloc_pages(GFP_KERNEL, 0);
            Assert.Throws<KernelOops>(() => linux_mmdebug_h.VM_BUG_ON_PAGE(page != null, page));
            __free_pages(page, 0);
        }));
        Assert.That(log, Does.Contain("page: refcount:1 ").And.Contain("page dumped because: VM_BUG_ON_PAGE(page != null)\nkernel BUG: VM_BUG_ON_PAGE"));
    }
#endif
}
