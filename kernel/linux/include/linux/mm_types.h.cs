// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_types_task_h;

namespace Linux;

public struct memdesc_flags_t
{
    public ulong f;
}

[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct page
{
    [FieldOffset(0)] public memdesc_flags_t flags;

    // Page cache, anonymous memory, buddy and per-CPU free lists.
    [FieldOffset(8)] public list_head lru;
    [FieldOffset(8)] public list_head buddy_list;
    [FieldOffset(8)] public list_head pcp_list;
    [FieldOffset(8)] public llist_node pcp_llist;
    [FieldOffset(24)] public address_space* mapping;
    [FieldOffset(32)] public ulong __folio_index;
    [FieldOffset(32)] public ulong share;
    [FieldOffset(40)] public ulong @private;

    // Tail page of a compound page: the head with bit 0 set.
    [FieldOffset(8)] public ulong compound_head;

    [FieldOffset(8)] public rcu_head rcu_head;

    // A typed page (PGTY_* in the top byte) is never mapped, so the two share a word.
    [FieldOffset(48)] public uint page_type;
    [FieldOffset(48)] public atomic_t _mapcount;

    [FieldOffset(52)] public atomic_t _refcount;
    [FieldOffset(56), OwnsRef(EmptyWhenFreed = true)] public ulong memcg_data;
}

public struct swp_entry_t
{
    public ulong val;
}

[InlineArray(2)]
public struct mm_id_mapcount_array { private int _0; }

[InlineArray(2)]
public struct mm_id_array { private uint _0; }

[InlineArray(4)]
public struct folio_usable_array { private ulong _0; }

// Overlays the first page of an allocation and up to three tail pages; the tail parts exist only in large folios.
[StructLayout(LayoutKind.Explicit, Size = 256)]
[LockMember("PG_locked", Kind = LockKind.Mutex)]
public unsafe struct folio
{
    [FieldOffset(0)] public page page;

    [FieldOffset(0)] public memdesc_flags_t flags;
    [FieldOffset(8)] public list_head lru;
    [FieldOffset(8)] public void* __filler;
    [FieldOffset(16)] public uint mlock_count;
    [FieldOffset(8)] public void* pgmap;
    [FieldOffset(24)] public address_space* mapping;
    [FieldOffset(32)] public ulong index;
    [FieldOffset(32)] public ulong share;
    [FieldOffset(40)] public void* @private;
    [FieldOffset(40)] public swp_entry_t swap;
    [FieldOffset(48)] public atomic_t _mapcount;
    [FieldOffset(52)] public atomic_t _refcount;
    [FieldOffset(56), OwnsRef(EmptyWhenFreed = true)] public ulong memcg_data;

    [FieldOffset(64)] public page __page_1;
    [FieldOffset(64)] public ulong _flags_1;
    [FieldOffset(72)] public ulong _head_1;
    [FieldOffset(80)] public atomic_t _large_mapcount;
    [FieldOffset(84)] public atomic_t _nr_pages_mapped;
    [FieldOffset(88)] public atomic_t _entire_mapcount;
    [FieldOffset(92)] public atomic_t _pincount;
    [FieldOffset(96)] public mm_id_mapcount_array _mm_id_mapcount;
    [FieldOffset(104)] public mm_id_array _mm_id;
    [FieldOffset(104)] public ulong _mm_ids;
    [FieldOffset(80)] public folio_usable_array _usable_1;
    [FieldOffset(112)] public atomic_t _mapcount_1;
    [FieldOffset(116)] public atomic_t _refcount_1;
    [FieldOffset(120)] public uint _nr_pages;

    [FieldOffset(128)] public page __page_2;
    [FieldOffset(128)] public ulong _flags_2;
    [FieldOffset(136)] public ulong _head_2;
    [FieldOffset(144)] public list_head _deferred_list;

    [FieldOffset(192)] public page __page_3;
    [FieldOffset(192)] public ulong _flags_3;
    [FieldOffset(200)] public ulong _head_3;
    [FieldOffset(208)] public void* _hugetlb_subpool;
    [FieldOffset(216)] public void* _hugetlb_cgroup;
    [FieldOffset(224)] public void* _hugetlb_cgroup_rsvd;
    [FieldOffset(232)] public void* _hugetlb_hwpoison;
}

// The descriptor of a page that holds a page table.
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct ptdesc
{
    [FieldOffset(0)] public memdesc_flags_t pt_flags;
    [FieldOffset(8)] public rcu_head pt_rcu_head;
    [FieldOffset(8)] public list_head pt_list;
    [FieldOffset(8)] public ulong _pt_pad_1;
    [FieldOffset(16)] public page* pmd_huge_pte;
    [FieldOffset(24)] public ulong __page_mapping;
    [FieldOffset(32)] public ulong pt_index;
    [FieldOffset(32)] public mm_struct* pt_mm;
    [FieldOffset(32)] public atomic_t pt_frag_refcount;
    [FieldOffset(40)] public ulong _pt_pad_2;
    [FieldOffset(40)] public spinlock_t ptl;
    [FieldOffset(48)] public uint __page_type;
    [FieldOffset(52)] public atomic_t __page_refcount;
    [FieldOffset(56)] public ulong pt_memcg_data;
}

public unsafe struct vm_userfaultfd_ctx
{
    public userfaultfd_ctx* ctx;
}

// Where a VMA sits in its file's interval tree.
public struct vm_area_shared
{
    public rb_node rb;
    public ulong rb_subtree_last;
}

// 192 bytes as in the recorded kernel; the words of NUMA, anon_vma names and PFN tracking are kept empty.
[StructLayout(LayoutKind.Explicit, Size = 192)]
public unsafe struct vm_area_struct
{
    [FieldOffset(0)] public ulong vm_start;
    [FieldOffset(8)] public ulong vm_end;
    [FieldOffset(16), Stable] public mm_struct* vm_mm;
    [FieldOffset(24)] public pgprot_t vm_page_prot;
    [FieldOffset(32)] public ulong vm_flags;
    [FieldOffset(32)] public ulong __vm_flags;
    [FieldOffset(40)] public uint vm_lock_seq;
    [FieldOffset(48)] public list_head anon_vma_chain;
    [FieldOffset(64)] public anon_vma* anon_vma;
    [FieldOffset(72)] public vm_operations_struct* vm_ops;
    [FieldOffset(80)] public ulong vm_pgoff;
    [FieldOffset(88), OwnsRef(EmptyWhenFreed = true)] public @file* vm_file;
    [FieldOffset(96)] public void* vm_private_data;
    [FieldOffset(104)] public atomic_long_t swap_readahead_info;
    [FieldOffset(128)] public refcount_t vm_refcnt;
    [FieldOffset(136)] public vm_area_shared shared;
    [FieldOffset(168)] public vm_userfaultfd_ctx vm_userfaultfd_ctx;
}

[InlineArray(NR_MM_COUNTERS)]
public struct mm_rss_stat { private percpu_counter _0; }

[InlineArray(56)]
public struct mm_saved_auxv { private ulong _0; }

public struct mm_flags_t
{
    public ulong __mm_flags;
}

// 1472 bytes as in the recorded kernel (the cpumask follows); words of features that are off are left out and kept empty.
[StructLayout(LayoutKind.Explicit, Size = 1472)]
public unsafe struct mm_struct
{
    [FieldOffset(0)] public atomic_t mm_count;
    [FieldOffset(64)] public maple_tree mm_mt;
    [FieldOffset(80)] public ulong mmap_base;
    [FieldOffset(88)] public ulong mmap_legacy_base;
    [FieldOffset(112)] public ulong task_size;
    [FieldOffset(120)] public pgd_t* pgd;
    [FieldOffset(132)] public atomic_t mm_users;
    [FieldOffset(168)] public atomic_long_t pgtables_bytes;
    [FieldOffset(176)] public int map_count;
    [FieldOffset(180)] public spinlock_t page_table_lock;
    [FieldOffset(184)] public rw_semaphore mmap_lock;
    [FieldOffset(224)] public list_head mmlist;
    [FieldOffset(240)] public rcuwait vma_writer_wait;
    [FieldOffset(248)] public seqcount_t mm_lock_seq;
    [FieldOffset(344)] public ulong hiwater_rss;
    [FieldOffset(352)] public ulong hiwater_vm;
    [FieldOffset(360)] public ulong total_vm;
    [FieldOffset(368)] public ulong locked_vm;
    [FieldOffset(376)] public atomic64_t pinned_vm;
    [FieldOffset(384)] public ulong data_vm;
    [FieldOffset(392)] public ulong exec_vm;
    [FieldOffset(400)] public ulong stack_vm;
    [FieldOffset(408)] public ulong def_flags;
    [FieldOffset(416)] public seqcount_t write_protect_seq;
    [FieldOffset(420)] public spinlock_t arg_lock;
    [FieldOffset(424)] public ulong start_code;
    [FieldOffset(432)] public ulong end_code;
    [FieldOffset(440)] public ulong start_data;
    [FieldOffset(448)] public ulong end_data;
    [FieldOffset(456)] public ulong start_brk;
    [FieldOffset(464)] public ulong brk;
    [FieldOffset(472)] public ulong start_stack;
    [FieldOffset(480)] public ulong arg_start;
    [FieldOffset(488)] public ulong arg_end;
    [FieldOffset(496)] public ulong env_start;
    [FieldOffset(504)] public ulong env_end;
    [FieldOffset(512)] public mm_saved_auxv saved_auxv;
    [FieldOffset(960)] public mm_rss_stat rss_stat;
    [FieldOffset(1272)] public mm_flags_t flags;
    [FieldOffset(1296)] public Rcu<task_struct>* owner;
    [FieldOffset(1304)] public void* user_ns;
    [FieldOffset(1312)] public Rcu<@file>* exe_file;
    [FieldOffset(1348)] public atomic_t tlb_flush_pending;
    [FieldOffset(1352)] public atomic_t tlb_flush_batched;
    [FieldOffset(1384)] public work_struct async_put_work;
    [FieldOffset(1440)] public uint mm_id;
}

public unsafe struct vma_iterator
{
    public ma_state mas;
}

public static unsafe partial class linux_mm_types_h
{
    // An mm in a large folio: 31 bits, and one more in each of the two places, for a lock and for whether others map it.
    public const int MM_ID_MAPCOUNT_MAX = INT_MAX;
    public const uint MM_ID_DUMMY = 0;
    public const uint MM_ID_MIN = MM_ID_DUMMY + 1;
    public const int MM_ID_BITS = 31;
    public const uint MM_ID_MASK = (1u << MM_ID_BITS) - 1;
    public const uint MM_ID_MAX = MM_ID_MASK;
    public const int FOLIO_MM_IDS_LOCK_BITNUM = MM_ID_BITS;
    public const int FOLIO_MM_IDS_SHARED_BITNUM = 2 * MM_ID_BITS + 1;
    public const ulong FOLIO_MM_IDS_SHARED_BIT = 1UL << FOLIO_MM_IDS_SHARED_BITNUM;

    public const ulong ENCODED_PAGE_BITS = 3UL;
    public const ulong ENCODED_PAGE_BIT_DELAY_RMAP = 1UL;
    public const ulong ENCODED_PAGE_BIT_NR_PAGES_NEXT = 2UL;

    public const int NUM_MM_FLAG_BITS = 64;

    public const uint VMA_LOCK_OFFSET = 0x40000000;
    public const uint VMA_REF_LIMIT = VMA_LOCK_OFFSET - 1;

    public const uint VM_FAULT_OOM = 0x000001;
    public const uint VM_FAULT_SIGBUS = 0x000002;
    public const uint VM_FAULT_MAJOR = 0x000004;
    public const uint VM_FAULT_HWPOISON = 0x000010;
    public const uint VM_FAULT_HWPOISON_LARGE = 0x000020;
    public const uint VM_FAULT_SIGSEGV = 0x000040;
    public const uint VM_FAULT_NOPAGE = 0x000100;
    public const uint VM_FAULT_LOCKED = 0x000200;
    public const uint VM_FAULT_RETRY = 0x000400;
    public const uint VM_FAULT_FALLBACK = 0x000800;
    public const uint VM_FAULT_DONE_COW = 0x001000;
    public const uint VM_FAULT_NEEDDSYNC = 0x002000;
    public const uint VM_FAULT_COMPLETED = 0x004000;
    public const uint VM_FAULT_HINDEX_MASK = 0x0f0000;
    public const uint VM_FAULT_ERROR = VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | VM_FAULT_HWPOISON
        | VM_FAULT_HWPOISON_LARGE | VM_FAULT_FALLBACK;

    public const int TLB_FLUSH_ON_TASK_SWITCH = 0;
    public const int TLB_REMOTE_SHOOTDOWN = 1;
    public const int TLB_LOCAL_SHOOTDOWN = 2;
    public const int TLB_LOCAL_MM_SHOOTDOWN = 3;
    public const int TLB_REMOTE_SEND_IPI = 4;
    public const int TLB_REMOTE_WRONG_CPU = 5;
    public const int NR_TLB_FLUSH_REASONS = 6;

    public const uint FAULT_FLAG_WRITE = 1 << 0;
    public const uint FAULT_FLAG_MKWRITE = 1 << 1;
    public const uint FAULT_FLAG_ALLOW_RETRY = 1 << 2;
    public const uint FAULT_FLAG_RETRY_NOWAIT = 1 << 3;
    public const uint FAULT_FLAG_KILLABLE = 1 << 4;
    public const uint FAULT_FLAG_TRIED = 1 << 5;
    public const uint FAULT_FLAG_USER = 1 << 6;
    public const uint FAULT_FLAG_REMOTE = 1 << 7;
    public const uint FAULT_FLAG_INSTRUCTION = 1 << 8;
    public const uint FAULT_FLAG_INTERRUPTIBLE = 1 << 9;
    public const uint FAULT_FLAG_UNSHARE = 1 << 10;
    public const uint FAULT_FLAG_ORIG_PTE_VALID = 1 << 11;
    public const uint FAULT_FLAG_VMA_LOCK = 1 << 12;

    public const uint CYDP_CLEAR_YOUNG = 1 << 0;
    public const uint CYDP_CLEAR_DIRTY = 1 << 1;

    public const uint FOLL_WRITE = 1 << 0;
    public const uint FOLL_GET = 1 << 1;
    public const uint FOLL_DUMP = 1 << 2;
    public const uint FOLL_FORCE = 1 << 3;
    public const uint FOLL_NOWAIT = 1 << 4;
    public const uint FOLL_NOFAULT = 1 << 5;
    public const uint FOLL_HWPOISON = 1 << 6;
    public const uint FOLL_ANON = 1 << 7;
    public const uint FOLL_LONGTERM = 1 << 8;
    public const uint FOLL_SPLIT_PMD = 1 << 9;
    public const uint FOLL_PCI_P2PDMA = 1 << 10;
    public const uint FOLL_INTERRUPTIBLE = 1 << 11;
    public const uint FOLL_HONOR_NUMA_FAULT = 1 << 12;

    public const int MMF_DUMPABLE_BITS = 2;
    public const ulong MMF_DUMPABLE_MASK = (1UL << MMF_DUMPABLE_BITS) - 1;
    public const int MMF_DUMP_FILTER_SHIFT = MMF_DUMPABLE_BITS;
    public const int MMF_DUMP_FILTER_BITS = 9;
    public const ulong MMF_DUMP_FILTER_MASK = ((1UL << MMF_DUMP_FILTER_BITS) - 1) << MMF_DUMP_FILTER_SHIFT;
    public const ulong MMF_DUMP_FILTER_DEFAULT = (1UL << 2) | (1UL << 3) | (1UL << 7) | (1UL << 6);
    public const int MMF_VM_MERGEABLE = 16;
    public const int MMF_VM_HUGEPAGE = 17;
    public const int MMF_HUGE_ZERO_FOLIO = 18;
    public const int MMF_HAS_UPROBES = 19;
    public const int MMF_RECALC_UPROBES = 20;
    public const int MMF_OOM_SKIP = 21;
    public const int MMF_UNSTABLE = 22;
    public const int MMF_DISABLE_THP_EXCEPT_ADVISED = 23;
    public const int MMF_DISABLE_THP_COMPLETELY = 24;
    public const ulong MMF_DISABLE_THP_MASK = (1UL << MMF_DISABLE_THP_COMPLETELY) | (1UL << MMF_DISABLE_THP_EXCEPT_ADVISED);
    public const int MMF_OOM_REAP_QUEUED = 25;
    public const int MMF_MULTIPROCESS = 26;
    public const int MMF_HAS_PINNED = 27;
    public const int MMF_HAS_MDWE = 28;
    public const int MMF_HAS_MDWE_NO_INHERIT = 29;
    public const int MMF_VM_MERGE_ANY = 30;
    public const int MMF_TOPDOWN = 31;
    public const ulong MMF_INIT_LEGACY_MASK = MMF_DUMPABLE_MASK | MMF_DUMP_FILTER_MASK | MMF_DISABLE_THP_MASK
        | (1UL << MMF_HAS_MDWE) | (1UL << MMF_VM_MERGE_ANY) | (1UL << MMF_TOPDOWN);

    public const uint MM_MT_FLAGS = linux_maple_tree_h.MT_FLAGS_ALLOC_RANGE | linux_maple_tree_h.MT_FLAGS_LOCK_EXTERN
        | linux_maple_tree_h.MT_FLAGS_USE_RCU;

    [KernelSource("include/linux/mm_types.h", "encode_page", Parity.Full)]
    public static encoded_page* encode_page(page* page, ulong flags) => (encoded_page*)(flags | (ulong)page);

    [KernelSource("include/linux/mm_types.h", "encoded_page_flags", Parity.Full)]
    public static ulong encoded_page_flags(encoded_page* page) => ENCODED_PAGE_BITS & (ulong)page;

    [KernelSource("include/linux/mm_types.h", "encoded_page_ptr", Parity.Full)]
    public static page* encoded_page_ptr(encoded_page* page) => (page*)(~ENCODED_PAGE_BITS & (ulong)page);

    [KernelSource("include/linux/mm_types.h", "encode_nr_pages", Parity.Full)]
    public static encoded_page* encode_nr_pages(ulong nr) => (encoded_page*)(nr << 2);

    [KernelSource("include/linux/mm_types.h", "encoded_nr_pages", Parity.Full)]
    public static ulong encoded_nr_pages(encoded_page* page) => (ulong)page >> 2;

    [KernelSource("include/linux/mm_types.h", "ptdesc_page", Parity.Full)]
    public static page* ptdesc_page(ptdesc* pt) => (page*)pt;

    [KernelSource("include/linux/mm_types.h", "ptdesc_folio", Parity.Full)]
    public static folio* ptdesc_folio(ptdesc* pt) => (folio*)pt;

    [KernelSource("include/linux/mm_types.h", "page_ptdesc", Parity.Full)]
    public static ptdesc* page_ptdesc(page* p) => (ptdesc*)p;

    [KernelSource("include/linux/mm_types.h", "page_private", Parity.Full)]
    public static ulong page_private(page* page) => page->@private;

    [KernelSource("include/linux/mm_types.h", "set_page_private", Parity.Full)]
    public static void set_page_private(page* page, ulong @private) => page->@private = @private;

    [KernelSource("include/linux/mm_types.h", "folio_get_private", Parity.Full)]
    public static void* folio_get_private(folio* folio) => folio->@private;

    [KernelSource("include/linux/mm_types.h", "__mm_flags_set_word", Parity.Full)]
    public static void __mm_flags_set_word(mm_struct* mm, ulong value) => mm->flags.__mm_flags = value;

    [KernelSource("include/linux/mm_types.h", "__mm_flags_get_bitmap", Parity.Full)]
    public static ulong* __mm_flags_get_bitmap(mm_struct* mm) => &mm->flags.__mm_flags;

    [KernelSource("include/linux/mm_types.h", "__mm_flags_get_word", Parity.Full)]
    public static ulong __mm_flags_get_word(mm_struct* mm) => mm->flags.__mm_flags;

    [KernelSource("include/linux/mm_types.h", "mm_cpumask", Parity.Full)]
    public static cpumask* mm_cpumask(mm_struct* mm) => (cpumask*)(mm + 1);

    [KernelSource("include/linux/mm_types.h", "mm_init_cpumask", Parity.Full)]
    public static void mm_init_cpumask(mm_struct* mm) => cpumask_clear(mm_cpumask(mm));

    [KernelSource("include/linux/mm_types.h", "VMA_ITERATOR", Parity.Full)]
    public static vma_iterator VMA_ITERATOR(mm_struct* mm, ulong addr)
    {
        vma_iterator vmi = default;
        mas_init(&vmi.mas, &mm->mm_mt, addr);
        return vmi;
    }

    [KernelSource("include/linux/mm_types.h", "vma_iter_init", Parity.Full)]
    public static void vma_iter_init(vma_iterator* vmi, mm_struct* mm, ulong addr) => mas_init(&vmi->mas, &mm->mm_mt, addr);

    [KernelSource("include/linux/mm_types.h", "mmf_init_legacy_flags", Parity.Full)]
    public static ulong mmf_init_legacy_flags(ulong flags)
    {
        if ((flags & (1UL << MMF_HAS_MDWE_NO_INHERIT)) != 0)
            flags &= ~((1UL << MMF_HAS_MDWE) | (1UL << MMF_HAS_MDWE_NO_INHERIT));
        return flags & MMF_INIT_LEGACY_MASK;
    }
}

// Never dereferenced: a page pointer with ENCODED_PAGE_BITS in its low bits, or a count.
public struct encoded_page
{
}
