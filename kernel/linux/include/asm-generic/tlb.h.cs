// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.asm_tlbflush_h;

namespace Linux;

// Page tables on their way to being freed after a grace period; the tables follow the header.
public unsafe struct mmu_table_batch
{
    public rcu_head rcu;
    public uint nr;

    public static void** tables(mmu_table_batch* batch) => (void**)(batch + 1);
}

// Pages that an unmap took out of the tables; the pages follow the header.
public unsafe struct mmu_gather_batch
{
    public mmu_gather_batch* next;
    public uint nr;
    public uint max;

    public static encoded_page** encoded_pages(mmu_gather_batch* batch) => (encoded_page**)(batch + 1);
}

public unsafe struct mmu_gather
{
    public mm_struct* mm;
    public mmu_table_batch* batch;
    public ulong start;
    public ulong end;
    // The kernel's bit fields.
    public bool fullmm;
    public bool need_flush_all;
    public bool freed_tables;
    public bool delayed_rmap;
    public bool cleared_ptes;
    public bool cleared_pmds;
    public bool cleared_puds;
    public bool cleared_p4ds;
    public bool vma_exec;
    public bool vma_huge;
    public bool vma_pfn;
    public uint batch_count;
    public mmu_gather_batch* active;
    public mmu_gather_batch local;
    // The pages of local.
    public fixed ulong __pages[asm_tlb_h.MMU_GATHER_BUNDLE];
}

public static unsafe partial class asm_tlb_h
{
    public const int MMU_GATHER_BUNDLE = 8;
    public const uint MAX_TABLE_BATCH = (4096 - 24) / 8;
    public const uint MAX_GATHER_BATCH = (4096 - 16) / 8;
    public const uint MAX_GATHER_BATCH_COUNT = 10000u / MAX_GATHER_BATCH;

    [KernelSource("include/asm-generic/tlb.h", "__tlb_remove_table", Parity.Full)]
    public static void __tlb_remove_table(void* table) => pagetable_dtor_free((ptdesc*)table);

    [KernelSource("include/asm-generic/tlb.h", "tlb_needs_table_invalidate", Parity.Full)]
    public static bool tlb_needs_table_invalidate() => true;

    [KernelSource("include/asm-generic/tlb.h", "tlb_delay_rmap", Parity.Full)]
    public static bool tlb_delay_rmap(mmu_gather* tlb)
    {
        tlb->delayed_rmap = true;
        return true;
    }

    [KernelSource("include/asm-generic/tlb.h", "__tlb_adjust_range", Parity.Full)]
    public static void __tlb_adjust_range(mmu_gather* tlb, ulong address, ulong range_size)
    {
        tlb->start = Math.Min(tlb->start, address);
        tlb->end = Math.Max(tlb->end, address + range_size);
    }

    [KernelSource("include/asm-generic/tlb.h", "__tlb_reset_range", Parity.Full)]
    public static void __tlb_reset_range(mmu_gather* tlb)
    {
        if (tlb->fullmm)
        {
            tlb->start = tlb->end = ~0UL;
        }
        else
        {
            tlb->start = asm_pgtable_64_h.TASK_SIZE;
            tlb->end = 0;
        }
        tlb->freed_tables = false;
        tlb->cleared_ptes = false;
        tlb->cleared_pmds = false;
        tlb->cleared_puds = false;
        tlb->cleared_p4ds = false;
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_flush", Parity.Reduced, "always the whole address space: no CPU caches translations")]
    public static void tlb_flush(mmu_gather* tlb) => flush_tlb_mm(tlb->mm);

    [KernelSource("include/asm-generic/tlb.h", "tlb_update_vma_flags", Parity.Full)]
    public static void tlb_update_vma_flags(mmu_gather* tlb, vm_area_struct* vma)
    {
        tlb->vma_huge = is_vm_hugetlb_page(vma);
        tlb->vma_exec = (vma->vm_flags & VM_EXEC) != 0;
        tlb->vma_pfn |= (vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) != 0;
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_flush_mmu_tlbonly", Parity.Full)]
    public static void tlb_flush_mmu_tlbonly(mmu_gather* tlb)
    {
        if (!(tlb->freed_tables || tlb->cleared_ptes || tlb->cleared_pmds || tlb->cleared_puds || tlb->cleared_p4ds))
            return;

        tlb_flush(tlb);
        __tlb_reset_range(tlb);
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_remove_page_size", Parity.Full)]
    public static void tlb_remove_page_size(mmu_gather* tlb, page* page, int page_size)
    {
        if (__tlb_remove_page_size(tlb, page, false, page_size))
            tlb_flush_mmu(tlb);
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_remove_page", Parity.Full)]
    public static void tlb_remove_page(mmu_gather* tlb, page* page) => tlb_remove_page_size(tlb, page, (int)PAGE_SIZE);

    [KernelSource("include/asm-generic/tlb.h", "tlb_remove_ptdesc", Parity.Full)]
    public static void tlb_remove_ptdesc(mmu_gather* tlb, ptdesc* pt) => tlb_remove_table(tlb, pt);

    [KernelSource("include/asm-generic/tlb.h", "tlb_change_page_size", Parity.Full)]
    public static void tlb_change_page_size(mmu_gather* tlb, ulong page_size)
    {
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_start_vma", Parity.Full)]
    public static void tlb_start_vma(mmu_gather* tlb, vm_area_struct* vma)
    {
        if (tlb->fullmm)
            return;

        tlb_update_vma_flags(tlb, vma);
    }

    // x86 merges the flushes of neighbouring VMAs.
    [KernelSource("include/asm-generic/tlb.h", "tlb_end_vma", Parity.Full)]
    public static void tlb_end_vma(mmu_gather* tlb, vm_area_struct* vma)
    {
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_free_vmas", Parity.Full)]
    public static void tlb_free_vmas(mmu_gather* tlb)
    {
        if (tlb->fullmm)
            return;

        // Whoever holds PFN mappings back until the flush must be able to rely on it.
        if (tlb->vma_pfn)
            tlb_flush_mmu_tlbonly(tlb);
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_flush_pte_range", Parity.Full)]
    public static void tlb_flush_pte_range(mmu_gather* tlb, ulong address, ulong size)
    {
        __tlb_adjust_range(tlb, address, size);
        tlb->cleared_ptes = true;
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_flush_pmd_range", Parity.Full)]
    public static void tlb_flush_pmd_range(mmu_gather* tlb, ulong address, ulong size)
    {
        __tlb_adjust_range(tlb, address, size);
        tlb->cleared_pmds = true;
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_flush_pud_range", Parity.Full)]
    public static void tlb_flush_pud_range(mmu_gather* tlb, ulong address, ulong size)
    {
        __tlb_adjust_range(tlb, address, size);
        tlb->cleared_puds = true;
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_flush_p4d_range", Parity.Full)]
    public static void tlb_flush_p4d_range(mmu_gather* tlb, ulong address, ulong size)
    {
        __tlb_adjust_range(tlb, address, size);
        tlb->cleared_p4ds = true;
    }

    [KernelSource("include/asm-generic/tlb.h", "tlb_remove_tlb_entry", Parity.Full)]
    public static void tlb_remove_tlb_entry(mmu_gather* tlb, pte_t* ptep, ulong address) =>
        tlb_flush_pte_range(tlb, address, PAGE_SIZE);

    [KernelSource("include/asm-generic/tlb.h", "tlb_remove_tlb_entries", Parity.Full)]
    public static void tlb_remove_tlb_entries(mmu_gather* tlb, pte_t* ptep, uint nr, ulong address) =>
        tlb_flush_pte_range(tlb, address, PAGE_SIZE * nr);

    [KernelSource("include/asm-generic/tlb.h", "pte_free_tlb", Parity.Full)]
    public static void pte_free_tlb(mmu_gather* tlb, page* ptep, ulong address)
    {
        tlb_flush_pmd_range(tlb, address, PAGE_SIZE);
        tlb->freed_tables = true;
        __pte_free_tlb(tlb, ptep, address);
    }

    [KernelSource("include/asm-generic/tlb.h", "pmd_free_tlb", Parity.Full)]
    public static void pmd_free_tlb(mmu_gather* tlb, pmd_t* pmdp, ulong address)
    {
        tlb_flush_pud_range(tlb, address, PAGE_SIZE);
        tlb->freed_tables = true;
        __pmd_free_tlb(tlb, pmdp, address);
    }

    [KernelSource("include/asm-generic/tlb.h", "pud_free_tlb", Parity.Full)]
    public static void pud_free_tlb(mmu_gather* tlb, pud_t* pudp, ulong address)
    {
        tlb_flush_p4d_range(tlb, address, PAGE_SIZE);
        tlb->freed_tables = true;
        __pud_free_tlb(tlb, pudp, address);
    }
}
