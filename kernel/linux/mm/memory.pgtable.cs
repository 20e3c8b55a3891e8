// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.asm_pgalloc_h;
using static Linux.asm_pgtable_types_h;
using static Linux.asm_tlb_h;
using static Linux.linux_rmap_h;

namespace Linux;

// The zero page, and page tables: freed, installed.
public static unsafe partial class mm_memory_c
{
    [KernelSource("mm/memory.c", "vmf_orig_pte_uffd_wp", Parity.Full)]
    private static bool vmf_orig_pte_uffd_wp(vm_fault* vmf)
    {
        if (!userfaultfd_wp(vmf->vma))
            return false;
        if ((vmf->flags & FAULT_FLAG_ORIG_PTE_VALID) == 0)
            return false;

        return pte_marker_uffd_wp(vmf->orig_pte);
    }

    [KernelSource("mm/memory.c", "arch_wants_old_prefaulted_pte", Parity.Full)]
    private static bool arch_wants_old_prefaulted_pte() => false;

    public static ulong zero_pfn;

    // The kernel's zero page is part of its image. Here it is a frame of low memory that never goes to the allocator.
    private const ulong ZERO_PAGE_PFN = 1;

    [KernelSource("mm/memory.c", "init_zero_pfn", Parity.Full)]
    public static int init_zero_pfn()
    {
        VM_BUG_ON_PAGE(!PageReserved(pfn_to_page(ZERO_PAGE_PFN)), pfn_to_page(ZERO_PAGE_PFN));
        zero_pfn = ZERO_PAGE_PFN;
        return 0;
    }

    [KernelSource("mm/memory.c", "mm_trace_rss_stat", Parity.Full)]
    public static void mm_trace_rss_stat(mm_struct* mm, int member)
    {
    }

    [KernelSource("mm/memory.c", "free_pte_range", Parity.Full)]
    private static void free_pte_range(mmu_gather* tlb, pmd_t* pmd, ulong addr)
    {
        page* token = pmd_pgtable(*pmd);

        pmd_clear(pmd);
        pte_free_tlb(tlb, token, addr);
        mm_dec_nr_ptes(tlb->mm);
    }

    [KernelSource("mm/memory.c", "free_pmd_range", Parity.Full)]
    private static void free_pmd_range(mmu_gather* tlb, pud_t* pud, ulong addr, ulong end, ulong floor, ulong ceiling)
    {
        ulong next;
        ulong start = addr;
        pmd_t* pmd = pmd_offset(pud, addr);

        do
        {
            next = pmd_addr_end(addr, end);
            if (!pmd_none_or_clear_bad(pmd))
                free_pte_range(tlb, pmd, addr);
            pmd++;
            addr = next;
        } while (addr != end);

        // The table itself goes only when nothing else lives under it.
        start &= PUD_MASK;
        if (start < floor)
            return;
        if (ceiling != 0)
        {
            ceiling &= PUD_MASK;
            if (ceiling == 0)
                return;
        }
        if (end - 1 > ceiling - 1)
            return;

        pmd = pmd_offset(pud, start);
        pud_clear(pud);
        pmd_free_tlb(tlb, pmd, start);
        mm_dec_nr_pmds(tlb->mm);
    }

    [KernelSource("mm/memory.c", "free_pud_range", Parity.Full)]
    private static void free_pud_range(mmu_gather* tlb, p4d_t* p4d, ulong addr, ulong end, ulong floor, ulong ceiling)
    {
        ulong next;
        ulong start = addr;
        pud_t* pud = pud_offset(p4d, addr);

        do
        {
            next = pud_addr_end(addr, end);
            if (!pud_none_or_clear_bad(pud))
                free_pmd_range(tlb, pud, addr, next, floor, ceiling);
            pud++;
            addr = next;
        } while (addr != end);

        start &= P4D_MASK;
        if (start < floor)
            return;
        if (ceiling != 0)
        {
            ceiling &= P4D_MASK;
            if (ceiling == 0)
                return;
        }
        if (end - 1 > ceiling - 1)
            return;

        pud = pud_offset(p4d, start);
        p4d_clear(p4d);
        pud_free_tlb(tlb, pud, start);
        mm_dec_nr_puds(tlb->mm);
    }

    // The p4d is folded: its own table is the pgd's and is never freed here.
    [KernelSource("mm/memory.c", "free_p4d_range", Parity.Full)]
    private static void free_p4d_range(mmu_gather* tlb, pgd_t* pgd, ulong addr, ulong end, ulong floor, ulong ceiling)
    {
        ulong next;
        p4d_t* p4d = p4d_offset(pgd, addr);

        do
        {
            next = p4d_addr_end(addr, end);
            if (!p4d_none_or_clear_bad(p4d))
                free_pud_range(tlb, p4d, addr, next, floor, ceiling);
            p4d++;
            addr = next;
        } while (addr != end);
    }

    // Frees the tables of [addr, end), as far as what lies below floor and above ceiling lets them go.
    [KernelSource("mm/memory.c", "free_pgd_range", Parity.Full)]
    public static void free_pgd_range(mmu_gather* tlb, ulong addr, ulong end, ulong floor, ulong ceiling)
    {
        ulong next;

        // A table that floor or ceiling cuts through stays. 0 as a ceiling means the top.
        addr &= PMD_MASK;
        if (addr < floor)
        {
            addr += PMD_SIZE;
            if (addr == 0)
                return;
        }
        if (ceiling != 0)
        {
            ceiling &= PMD_MASK;
            if (ceiling == 0)
                return;
        }
        if (end - 1 > ceiling - 1)
            end -= PMD_SIZE;
        if (addr > end - 1)
            return;

        tlb_change_page_size(tlb, PAGE_SIZE);
        pgd_t* pgd = pgd_offset(tlb->mm, addr);
        do
        {
            next = pgd_addr_end(addr, end);
            if (!pgd_none_or_clear_bad(pgd))
                free_p4d_range(tlb, pgd, addr, next, floor, ceiling);
            pgd++;
            addr = next;
        } while (addr != end);
    }

    [KernelSource("mm/memory.c", "free_pgtables", Parity.Full)]
    public static void free_pgtables(mmu_gather* tlb, ma_state* mas, vm_area_struct* vma, ulong floor, ulong ceiling, bool mm_wr_locked)
    {
        unlink_vma_file_batch vb;

        tlb_free_vmas(tlb);

        do
        {
            ulong addr = vma->vm_start;

            vm_area_struct* next = (vm_area_struct*)mas_find(mas, ceiling - 1);
            if (xa_is_zero(next))
                next = null;

            // Nobody may come in through the reverse map once the tables are gone.
            if (mm_wr_locked)
                vma_start_write(vma);
            unlink_anon_vmas(vma);

            unlink_file_vma_batch_init(&vb);
            unlink_file_vma_batch_add(&vb, vma);

            // Neighbours may share tables: take them together.
            while (next != null && next->vm_start <= vma->vm_end + PMD_SIZE)
            {
                vma = next;
                next = (vm_area_struct*)mas_find(mas, ceiling - 1);
                if (xa_is_zero(next))
                    next = null;
                if (mm_wr_locked)
                    vma_start_write(vma);
                unlink_anon_vmas(vma);
                unlink_file_vma_batch_add(&vb, vma);
            }
            unlink_file_vma_batch_final(&vb);

            free_pgd_range(tlb, addr, vma->vm_end, floor, next != null ? next->vm_start : ceiling);
            vma = next;
        } while (vma != null);
    }

    [KernelSource("mm/memory.c", "pmd_install", Parity.Full)]
    public static void pmd_install(mm_struct* mm, pmd_t* pmd, page** pte)
    {
        spinlock_t* ptl = pmd_lock(mm, pmd);

        if (pmd_none(*pmd))
        {
            mm_inc_nr_ptes(mm);
            // Whoever sees the new pmd must see a cleared table behind it.
            smp_wmb();
            pmd_populate(mm, pmd, *pte);
            *pte = null;
        }
        spin_unlock(ptl);
    }

    [KernelSource("mm/memory.c", "__pte_alloc", Parity.Full)]
    public static int __pte_alloc(mm_struct* mm, pmd_t* pmd)
    {
        page* @new = pte_alloc_one(mm);

        if (@new == null)
            return -ENOMEM;

        pmd_install(mm, pmd, &@new);
        if (@new != null)
            asm_generic_pgalloc_h.pte_free(mm, @new);
        return 0;
    }

    [KernelSource("mm/memory.c", "init_rss_vec", Parity.Full)]
    private static void init_rss_vec(int* rss) => memset(rss, 0, sizeof(int) * NR_MM_COUNTERS);

    [KernelSource("mm/memory.c", "add_mm_rss_vec", Parity.Full)]
    private static void add_mm_rss_vec(mm_struct* mm, int* rss)
    {
        for (int i = 0; i < NR_MM_COUNTERS; i++)
        {
            if (rss[i] != 0)
                add_mm_counter(mm, i, rss[i]);
        }
    }

    [KernelSource("mm/memory.c", "print_bad_page_map", Parity.Reduced, "says what the entry holds, without the table's dump and the rate limit")]
    private static void print_bad_page_map(vm_area_struct* vma, ulong addr, ulong entry, page* page, int level) =>
        pr_err($"BUG: Bad page map in process {comm_of(current)}  entry:{entry:x8} addr:{addr:x} vm_flags:{vma->vm_flags:x8}");

    [KernelSource("mm/memory.c", "print_bad_pte", Parity.Full)]
    private static void print_bad_pte(vm_area_struct* vma, ulong addr, pte_t pte, page* page) =>
        print_bad_page_map(vma, addr, pte_val(pte), page, PGTABLE_LEVEL_PTE);

    // The page that an entry maps and that is counted and reverse mapped; null for the zero page and raw frames.
    [KernelSource("mm/memory.c", "__vm_normal_page", Parity.Full)]
    private static page* __vm_normal_page(vm_area_struct* vma, ulong addr, ulong pfn, bool special, ulong entry, int level)
    {
        if (special)
        {
            if ((vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) != 0)
                return null;
            if (is_zero_pfn(pfn) || is_huge_zero_pfn(pfn))
                return null;

            print_bad_page_map(vma, addr, entry, null, level);
            return null;
        }

        if (pfn > highest_memmap_pfn)
        {
            // Corrupted entry.
            print_bad_page_map(vma, addr, entry, null, level);
            return null;
        }
        VM_WARN_ON_ONCE(is_zero_pfn(pfn) || is_huge_zero_pfn(pfn));
        return pfn_to_page(pfn);
    }

    [KernelSource("mm/memory.c", "vm_normal_page", Parity.Full)]
    public static page* vm_normal_page(vm_area_struct* vma, ulong addr, pte_t pte) =>
        __vm_normal_page(vma, addr, pte_pfn(pte), pte_special(pte), pte_val(pte), PGTABLE_LEVEL_PTE);

    [KernelSource("mm/memory.c", "vm_normal_folio", Parity.Full)]
    public static folio* vm_normal_folio(vm_area_struct* vma, ulong addr, pte_t pte)
    {
        page* page = vm_normal_page(vma, addr, pte);

        if (page != null)
            return page_folio(page);
        return null;
    }
}
