// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// What a page fault carries from the architecture's handler down to the page-table entry.
[StructLayout(LayoutKind.Explicit, Size = 112)]
public unsafe struct vm_fault
{
    [FieldOffset(0), Stable] public vm_area_struct* vma;
    [FieldOffset(8)] public uint gfp_mask;
    [FieldOffset(16)] public ulong pgoff;
    [FieldOffset(24)] public ulong address;
    [FieldOffset(32)] public ulong real_address;
    [FieldOffset(40), Stable] public uint flags;
    [FieldOffset(48)] public pmd_t* pmd;
    [FieldOffset(56)] public pud_t* pud;
    [FieldOffset(64)] public pte_t orig_pte;
    [FieldOffset(64)] public pmd_t orig_pmd;
    [FieldOffset(72)] public page* cow_page;
    [FieldOffset(80)] public page* page;
    [FieldOffset(88)] public pte_t* pte;
    [FieldOffset(96)] public spinlock_t* ptl;
    [FieldOffset(104)] public page* prealloc_pte;
}

public unsafe struct vm_operations_struct
{
    public delegate*<vm_area_struct*, void> open;
    public delegate*<vm_area_struct*, void> close;
    public delegate*<vm_area_struct*, ulong, int> may_split;
    public delegate*<vm_area_struct*, int> mremap;
    public delegate*<vm_area_struct*, ulong, ulong, ulong, int> mprotect;
    public delegate*<vm_fault*, uint> fault;
    public delegate*<vm_fault*, uint, uint> huge_fault;
    public delegate*<vm_fault*, ulong, ulong, uint> map_pages;
    public delegate*<vm_area_struct*, ulong> pagesize;
    public delegate*<vm_fault*, uint> page_mkwrite;
    public delegate*<vm_fault*, uint> pfn_mkwrite;
    public delegate*<vm_area_struct*, ulong, void*, int, int, int> access;
    public delegate*<vm_area_struct*, byte*> name;
}

// Restricts an unmap: one folio only, or what holds for all of a hole.
public unsafe struct zap_details
{
    public folio* single_folio;
    public bool even_cows;
    public bool reclaim_pt;
    public uint zap_flags;
}

public struct vm_unmapped_area_info
{
    public ulong flags;
    public ulong length;
    public ulong low_limit;
    public ulong high_limit;
    public ulong align_mask;
    public ulong align_offset;
    public ulong start_gap;
}

// Flags of VMAs, and of what acts on them.
public static unsafe partial class linux_mm_h
{
    public const int MAPCOUNT_ELF_CORE_MARGIN = 5;
    public const int DEFAULT_MAX_MAP_COUNT = ushort.MaxValue - MAPCOUNT_ELF_CORE_MARGIN;

    public const ulong VM_NONE = 0x00000000;
    public const ulong VM_READ = 0x00000001;
    public const ulong VM_WRITE = 0x00000002;
    public const ulong VM_EXEC = 0x00000004;
    public const ulong VM_SHARED = 0x00000008;
    public const ulong VM_MAYREAD = 0x00000010;
    public const ulong VM_MAYWRITE = 0x00000020;
    public const ulong VM_MAYEXEC = 0x00000040;
    public const ulong VM_MAYSHARE = 0x00000080;
    public const ulong VM_GROWSDOWN = 0x00000100;
    public const ulong VM_UFFD_MISSING = 0x00000200;
    public const ulong VM_PFNMAP = 0x00000400;
    public const ulong VM_UFFD_WP = 0x00001000;
    public const ulong VM_LOCKED = 0x00002000;
    public const ulong VM_IO = 0x00004000;
    public const ulong VM_SEQ_READ = 0x00008000;
    public const ulong VM_RAND_READ = 0x00010000;
    public const ulong VM_DONTCOPY = 0x00020000;
    public const ulong VM_DONTEXPAND = 0x00040000;
    public const ulong VM_LOCKONFAULT = 0x00080000;
    public const ulong VM_ACCOUNT = 0x00100000;
    public const ulong VM_NORESERVE = 0x00200000;
    public const ulong VM_HUGETLB = 0x00400000;
    public const ulong VM_SYNC = 0x00800000;
    public const ulong VM_ARCH_1 = 0x01000000;
    public const ulong VM_WIPEONFORK = 0x02000000;
    public const ulong VM_DONTDUMP = 0x04000000;
    public const ulong VM_SOFTDIRTY = 0;
    public const ulong VM_MIXEDMAP = 0x10000000;
    public const ulong VM_HUGEPAGE = 0x20000000;
    public const ulong VM_NOHUGEPAGE = 0x40000000;
    public const ulong VM_MERGEABLE = 1UL << 31;
    public const ulong VM_SHADOW_STACK = VM_NONE;
    public const ulong VM_GROWSUP = VM_NONE;
    public const ulong VM_UFFD_MINOR = 1UL << 41;
    public const ulong VM_DROPPABLE = 1UL << 40;
    public const ulong VM_SEALED = 1UL << 42;

    public const ulong VM_DATA_FLAGS_NON_EXEC = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
    public const ulong VM_DATA_DEFAULT_FLAGS = VM_DATA_FLAGS_NON_EXEC;
    public const ulong VM_STACK = VM_GROWSDOWN;
    public const ulong VM_STARTGAP_FLAGS = VM_GROWSDOWN | VM_SHADOW_STACK;
    public const ulong VM_STACK_FLAGS = VM_STACK | VM_DATA_DEFAULT_FLAGS | VM_ACCOUNT;
    public const ulong VM_ACCESS_FLAGS = VM_READ | VM_WRITE | VM_EXEC;
    public const ulong VM_SPECIAL = VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP;
    public const ulong VM_INIT_DEF_MASK = VM_NOHUGEPAGE;
    public const ulong VM_LOCKED_MASK = VM_LOCKED | VM_LOCKONFAULT;
    public const ulong VM_ARCH_CLEAR = VM_NONE;
    public const ulong VM_FLAGS_CLEAR = VM_ARCH_CLEAR;

    public const uint FAULT_FLAG_DEFAULT = linux_mm_types_h.FAULT_FLAG_ALLOW_RETRY | linux_mm_types_h.FAULT_FLAG_KILLABLE | linux_mm_types_h.FAULT_FLAG_INTERRUPTIBLE;

    public const uint GUP_PIN_COUNTING_BIAS = 1U << 10;

    public const uint ZAP_FLAG_DROP_MARKER = 1 << 0;
    public const uint ZAP_FLAG_UNMAP = 1 << 1;

    public const ulong MM_CP_TRY_CHANGE_WRITABLE = 1UL << 0;
    public const ulong MM_CP_PROT_NUMA = 1UL << 1;
    public const ulong MM_CP_UFFD_WP = 1UL << 2;
    public const ulong MM_CP_UFFD_WP_RESOLVE = 1UL << 3;
    public const ulong MM_CP_UFFD_WP_ALL = MM_CP_UFFD_WP | MM_CP_UFFD_WP_RESOLVE;

    public const ulong VM_UNMAPPED_AREA_TOPDOWN = 1;
}
