// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using static Linux.linux_dcache_h;
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_page_flags_layout_h;

namespace Linux;

/// <summary>mm/debug.c: pages, VMAs and address spaces describe themselves in the log before an assertion stops the machine.</summary>
public static unsafe partial class mm_debug_c
{
    private const string C = "mm/debug.c";

    // A page in such a state that describing it fails an assertion is described once.
    [ThreadStatic]
    private static bool dumping;

    // include/trace/events/mmflags.h, in its order
    private static readonly (ulong Mask, string Name)[] pageflag_names =
    [
        (1UL << PG_locked, "locked"), (1UL << PG_waiters, "waiters"), (1UL << PG_referenced, "referenced"), (1UL << PG_uptodate, "uptodate"),
        (1UL << PG_dirty, "dirty"), (1UL << PG_lru, "lru"), (1UL << PG_active, "active"), (1UL << PG_workingset, "workingset"),
        (1UL << PG_owner_priv_1, "owner_priv_1"), (1UL << PG_owner_2, "owner_2"), (1UL << PG_arch_1, "arch_1"), (1UL << PG_reserved, "reserved"),
        (1UL << PG_private, "private"), (1UL << PG_private_2, "private_2"), (1UL << PG_writeback, "writeback"), (1UL << PG_head, "head"),
        (1UL << PG_reclaim, "reclaim"), (1UL << PG_swapbacked, "swapbacked"), (1UL << PG_unevictable, "unevictable"),
        (1UL << PG_dropbehind, "dropbehind"), (1UL << PG_mlocked, "mlocked"),
    ];

    private static readonly (ulong Mask, string Name)[] vmaflag_names =
    [
        (VM_READ, "read"), (VM_WRITE, "write"), (VM_EXEC, "exec"), (VM_SHARED, "shared"), (VM_MAYREAD, "mayread"), (VM_MAYWRITE, "maywrite"),
        (VM_MAYEXEC, "mayexec"), (VM_MAYSHARE, "mayshare"), (VM_GROWSDOWN, "growsdown"), (VM_UFFD_MISSING, "uffd_missing"),
        (VM_UFFD_MINOR, "uffd_minor"), (VM_PFNMAP, "pfnmap"), (VM_UFFD_WP, "uffd_wp"), (VM_LOCKED, "locked"), (VM_IO, "io"),
        (VM_SEQ_READ, "seqread"), (VM_RAND_READ, "randread"), (VM_DONTCOPY, "dontcopy"), (VM_DONTEXPAND, "dontexpand"),
        (VM_LOCKONFAULT, "lockonfault"), (VM_ACCOUNT, "account"), (VM_NORESERVE, "noreserve"), (VM_HUGETLB, "hugetlb"), (VM_SYNC, "sync"),
        (VM_WIPEONFORK, "wipeonfork"), (VM_DONTDUMP, "dontdump"), (VM_SOFTDIRTY, "softdirty"), (VM_MIXEDMAP, "mixedmap"),
        (VM_HUGEPAGE, "hugepage"), (VM_NOHUGEPAGE, "nohugepage"), (VM_DROPPABLE, "droppable"), (VM_MERGEABLE, "mergeable"),
    ];

    private static readonly string[] page_type_names = ["buddy", "offline", "table", "guard", "hugetlb", "slab", "(null)", "unaccepted"];

    [KernelSource("lib/vsprintf.c", "format_flags", Parity.Full)]
    private static string format_flags(ulong flags, (ulong Mask, string Name)[] names)
    {
        var text = new StringBuilder();

        foreach ((ulong mask, string name) in names)
        {
            if (flags == 0)
                break;
            if ((flags & mask) != mask)
                continue;

            flags &= ~mask;
            text.Append(name);
            if (flags != 0)
                text.Append('|');
        }
        if (flags != 0)
            text.Append($"0x{flags:x}");

        return text.ToString();
    }

    // Flags first, then the fields above them: only those that have bits in this machine.
    [KernelSource("lib/vsprintf.c", "format_page_flags", Parity.Full)]
    private static string format_page_flags(ulong flags)
    {
        var text = new StringBuilder($"0x{flags:x}(");
        ulong main_flags = flags & PAGEFLAGS_MASK;

        text.Append(format_flags(main_flags, pageflag_names));
        if (NODES_WIDTH != 0)
            text.Append($"{(text[^1] == '(' ? "" : "|")}node={(flags >> NODES_PGSHIFT) & NODES_MASK}");
        text.Append($"{(text[^1] == '(' ? "" : "|")}zone={(flags >> ZONES_PGSHIFT) & ZONES_MASK})");

        return text.ToString();
    }

    [KernelSource(C, "page_type_name", Parity.Full)]
    private static string page_type_name(uint page_type)
    {
        uint i = (page_type >> 24) - 0xf0;

        return i >= page_type_names.Length ? "unknown" : page_type_names[i];
    }

    // In rows of 32 bytes, by words.
    [KernelSource("lib/hexdump.c", "print_hex_dump", Parity.Reduced, "no offsets and no letters beside the words, as only those who ask for neither call it")]
    private static void print_hex_dump(string prefix_str, ulong* buf, ulong len)
    {
        for (ulong row = 0; row < len / sizeof(ulong); row += 4)
            pr_warn($"{prefix_str}{buf[row]:x16} {buf[row + 1]:x16} {buf[row + 2]:x16} {buf[row + 3]:x16}");
    }

    [KernelSource(C, "__dump_folio", Parity.Full)]
    private static void __dump_folio(folio* folio, page* page, ulong pfn, ulong idx)
    {
        address_space* mapping = mm_util_c.folio_mapping(folio);
        int mapcount = atomic_read(&page->_mapcount) + 1;
        string type = "";

        if (page_mapcount_is_type((uint)mapcount))
            mapcount = 0;

        pr_warn($"page: refcount:{folio_ref_count(folio)} mapcount:{mapcount} mapping:0x{(ulong)mapping:x} index:0x{folio->index + idx:x} pfn:0x{pfn:x}");
        if (folio_test_large(folio))
        {
            int pincount = 0;

            if (folio_has_pincount(folio))
                pincount = atomic_read(&folio->_pincount);

            pr_warn($"head: order:{folio_order(folio)} mapcount:{folio_mapcount(folio)} entire_mapcount:{folio_entire_mapcount(folio)} nr_pages_mapped:{mm_internal_h.folio_nr_pages_mapped(folio)} pincount:{pincount}");
        }

        if (folio->memcg_data != 0)
            pr_warn($"memcg:{folio->memcg_data:x}");
        if (folio_test_ksm(folio))
            type = "ksm ";
        else if (folio_test_anon(folio))
            type = "anon ";
        else if (mapping != null)
            fs_inode_c.dump_mapping(mapping);

        pr_warn($"{type}flags: {format_page_flags(folio->flags.f)}");
        if (page_has_type(&folio->page))
            pr_warn($"page_type: {folio->page.page_type >> 24:x}({page_type_name(folio->page.page_type)})");

        print_hex_dump("raw: ", (ulong*)page, (ulong)sizeof(page));
        if (folio_test_large(folio))
            print_hex_dump("head: ", (ulong*)folio, 2 * (ulong)sizeof(page));
    }

    [KernelSource(C, "__dump_page", Parity.Full)]
    private static void __dump_page(page* page)
    {
        page_snapshot ps;

        if (dumping)
            return;

        dumping = true;
        try
        {
            mm_util_c.snapshot_page(&ps, page);
            if (!snapshot_page_is_faithful(&ps))
                pr_warn("page does not match folio");

            __dump_folio(&ps.folio_snapshot, &ps.page_snapshot_, ps.pfn, ps.idx);
        }
        finally
        {
            dumping = false;
        }
    }

    [KernelSource(C, "dump_page", Parity.Reduced, "nobody keeps a page's owner (CONFIG_PAGE_OWNER)")]
    public static void dump_page(page* page, string? reason)
    {
        if (PagePoisoned(page))
            pr_warn($"page:0x{(ulong)page:x} is uninitialized and poisoned");
        else
            __dump_page(page);
        if (reason != null)
            pr_warn($"page dumped because: {reason}");
    }

    [KernelSource(C, "dump_vma", Parity.Full)]
    public static void dump_vma(vm_area_struct* vma)
    {
        pr_emerg($"vma {(ulong)vma:x16} start {vma->vm_start:x16} end {vma->vm_end:x16} mm {(ulong)vma->vm_mm:x16}");
        pr_emerg($"prot {vma->vm_page_prot.pgprot:x} anon_vma {(ulong)vma->anon_vma:x16} vm_ops {(ulong)vma->vm_ops:x16}");
        pr_emerg($"pgoff {vma->vm_pgoff:x} file {(ulong)vma->vm_file:x16} private_data {(ulong)vma->vm_private_data:x16}");
        pr_emerg($"refcnt {refcount_read(&vma->vm_refcnt):x}");
        pr_emerg($"flags: 0x{vma->vm_flags:x}({format_flags(vma->vm_flags, vmaflag_names)})");
    }

    [KernelSource(C, "dump_mm", Parity.Reduced, "no binfmt, AIO, MMU notifiers or NUMA balancing to print")]
    public static void dump_mm(mm_struct* mm)
    {
        pr_emerg($"mm {(ulong)mm:x16} task_size {mm->task_size}");
        pr_emerg($"mmap_base {mm->mmap_base} mmap_legacy_base {mm->mmap_legacy_base}");
        pr_emerg($"pgd {(ulong)mm->pgd:x16} mm_users {atomic_read(&mm->mm_users)} mm_count {atomic_read(&mm->mm_count)} pgtables_bytes {mm_pgtables_bytes(mm)} map_count {mm->map_count}");
        pr_emerg($"hiwater_rss {mm->hiwater_rss:x} hiwater_vm {mm->hiwater_vm:x} total_vm {mm->total_vm:x} locked_vm {mm->locked_vm:x}");
        pr_emerg($"pinned_vm {atomic64_read(&mm->pinned_vm):x} data_vm {mm->data_vm:x} exec_vm {mm->exec_vm:x} stack_vm {mm->stack_vm:x}");
        pr_emerg($"start_code {mm->start_code:x} end_code {mm->end_code:x} start_data {mm->start_data:x} end_data {mm->end_data:x}");
        pr_emerg($"start_brk {mm->start_brk:x} brk {mm->brk:x} start_stack {mm->start_stack:x}");
        pr_emerg($"arg_start {mm->arg_start:x} arg_end {mm->arg_end:x} env_start {mm->env_start:x} env_end {mm->env_end:x}");
        pr_emerg($"flags {mm->flags.__mm_flags:x16}");
        pr_emerg($"owner {(ulong)rcu_access_pointer(&mm->owner):x16} exe_file {(ulong)rcu_access_pointer(&mm->exe_file):x16}");
        pr_emerg($"tlb_flush_pending {atomic_read(&mm->tlb_flush_pending)}");
        pr_emerg($"def_flags: 0x{mm->def_flags:x}({format_flags(mm->def_flags, vmaflag_names)})");
    }
}
