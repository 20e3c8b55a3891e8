// SPDX-License-Identifier: GPL-2.0-only
// mm/pagewalk.c: walking the page tables of a range of user memory.
using static Linux.linux_pagewalk_h;

namespace Linux;

public static unsafe partial class mm_pagewalk_c
{
    [KernelSource("mm/pagewalk.c", "walk_pte_range", Parity.Reduced, "no installing of ptes into holes, no walk without VMAs")]
    private static int walk_pte_range(pmd_t* pmd, ulong addr, ulong end, mm_walk* walk)
    {
        spinlock_t* ptl;
        int err = 0;

        pte_t* start = pte_offset_map_lock(walk->mm, pmd, addr, &ptl);
        if (start == null)
        {
            walk->action = ACTION_AGAIN;
            return 0;
        }

        for (pte_t* pte = start; addr != end; pte++, addr += PAGE_SIZE)
        {
            err = walk->ops->pte_entry(pte, addr, addr + PAGE_SIZE, walk);
            if (err != 0)
                break;
        }

        pte_unmap_unlock(start, ptl);
        return err;
    }

    [KernelSource("mm/pagewalk.c", "walk_pmd_range", Parity.Reduced, "no huge pages to split")]
    private static int walk_pmd_range(pud_t* pud, ulong addr, ulong end, mm_walk* walk)
    {
        ulong next;
        int err = 0;

        for (pmd_t* pmd = pmd_offset(pud, addr); addr != end; pmd++, addr = next)
        {
        again:
            next = pmd_addr_end(addr, end);
            if (pmd_none(*pmd))
            {
                if (walk->ops->pte_hole != null)
                    err = walk->ops->pte_hole(addr, next, 3, walk);
                if (err != 0)
                    break;
                continue;
            }

            walk->action = ACTION_SUBTREE;

            if (walk->ops->pmd_entry != null)
                err = walk->ops->pmd_entry(pmd, addr, next, walk);
            if (err != 0)
                break;

            if (walk->action == ACTION_AGAIN)
                goto again;
            if (walk->action == ACTION_CONTINUE || walk->ops->pte_entry == null)
                continue;

            err = walk_pte_range(pmd, addr, next, walk);
            if (err != 0)
                break;

            if (walk->action == ACTION_AGAIN)
                goto again;
        }

        return err;
    }

    [KernelSource("mm/pagewalk.c", "walk_pud_range", Parity.Reduced, "no huge pages, no callbacks above the pmd")]
    private static int walk_pud_range(p4d_t* p4d, ulong addr, ulong end, mm_walk* walk)
    {
        ulong next;
        int err = 0;

        for (pud_t* pud = pud_offset(p4d, addr); addr != end; pud++, addr = next)
        {
            next = pud_addr_end(addr, end);
            if (pud_none(*pud))
            {
                if (walk->ops->pte_hole != null)
                    err = walk->ops->pte_hole(addr, next, 2, walk);
                if (err != 0)
                    break;
                continue;
            }

            err = walk_pmd_range(pud, addr, next, walk);
            if (err != 0)
                break;
        }

        return err;
    }

    [KernelSource("mm/pagewalk.c", "walk_p4d_range", Parity.Reduced, "no callbacks above the pmd")]
    private static int walk_p4d_range(pgd_t* pgd, ulong addr, ulong end, mm_walk* walk)
    {
        ulong next;
        int err = 0;

        for (p4d_t* p4d = p4d_offset(pgd, addr); addr != end; p4d++, addr = next)
        {
            next = p4d_addr_end(addr, end);
            if (p4d_none_or_clear_bad(p4d))
            {
                if (walk->ops->pte_hole != null)
                    err = walk->ops->pte_hole(addr, next, 1, walk);
                if (err != 0)
                    break;
                continue;
            }

            err = walk_pud_range(p4d, addr, next, walk);
            if (err != 0)
                break;
        }

        return err;
    }

    [KernelSource("mm/pagewalk.c", "walk_pgd_range", Parity.Reduced, "no callbacks above the pmd")]
    private static int walk_pgd_range(ulong addr, ulong end, mm_walk* walk)
    {
        ulong next;
        int err = 0;

        for (pgd_t* pgd = pgd_offset(walk->mm, addr); addr != end; pgd++, addr = next)
        {
            next = pgd_addr_end(addr, end);
            if (pgd_none_or_clear_bad(pgd))
            {
                if (walk->ops->pte_hole != null)
                    err = walk->ops->pte_hole(addr, next, 0, walk);
                if (err != 0)
                    break;
                continue;
            }

            err = walk_p4d_range(pgd, addr, next, walk);
            if (err != 0)
                break;
        }

        return err;
    }

    [KernelSource("mm/pagewalk.c", "walk_page_test", Parity.Full)]
    private static int walk_page_test(ulong start, ulong end, mm_walk* walk)
    {
        vm_area_struct* vma = walk->vma;

        if (walk->ops->test_walk != null)
            return walk->ops->test_walk(start, end, walk);

        // Nothing behind it that a page table could tell of.
        if ((vma->vm_flags & VM_PFNMAP) != 0)
        {
            int err = 1;
            if (walk->ops->pte_hole != null)
                err = walk->ops->pte_hole(start, end, -1, walk);
            return err != 0 ? err : 1;
        }

        return 0;
    }

    [KernelSource("mm/pagewalk.c", "process_mm_walk_lock", Parity.Full)]
    private static void process_mm_walk_lock(mm_struct* mm, int walk_lock)
    {
        if (walk_lock == PGWALK_RDLOCK)
            mmap_assert_locked(mm);
        else if (walk_lock != PGWALK_VMA_RDLOCK_VERIFY)
            mmap_assert_write_locked(mm);
    }

    [KernelSource("mm/pagewalk.c", "process_vma_walk_lock", Parity.Reduced, "no per-VMA locks to take or verify")]
    private static void process_vma_walk_lock(vm_area_struct* vma, int walk_lock)
    {
        if (walk_lock == PGWALK_WRLOCK)
            vma_start_write(vma);
    }

    /// <summary>Walks a range, VMA by VMA; 0, -EINVAL for an empty one, or the first callback's other value.</summary>
    [KernelSource("mm/pagewalk.c", "walk_page_range", Parity.Full)]
    [MustHoldShared("mm->mmap_lock")]
    public static int walk_page_range(mm_struct* mm, ulong start, ulong end, mm_walk_ops* ops, void* @private)
    {
        int err = 0;
        ulong next;
        mm_walk walk = new() { ops = ops, mm = mm, @private = @private };

        if (start >= end)
            return -EINVAL;

        process_mm_walk_lock(walk.mm, ops->walk_lock);

        vm_area_struct* vma = find_vma(walk.mm, start);
        do
        {
            if (vma == null)
            {
                // Behind the last one.
                walk.vma = null;
                next = end;
                if (ops->pte_hole != null)
                    err = ops->pte_hole(start, next, -1, &walk);
            }
            else if (start < vma->vm_start)
            {
                // Before the next one.
                walk.vma = null;
                next = min(end, vma->vm_start);
                if (ops->pte_hole != null)
                    err = ops->pte_hole(start, next, -1, &walk);
            }
            else
            {
                process_vma_walk_lock(vma, ops->walk_lock);
                walk.vma = vma;
                next = min(end, vma->vm_end);
                vma = find_vma(mm, vma->vm_end);

                err = walk_page_test(start, next, &walk);
                if (err > 0)
                {
                    // Skipped, which is no error.
                    err = 0;
                    continue;
                }

                if (err < 0)
                    break;
                err = walk_pgd_range(start, next, &walk);
            }

            if (err != 0)
                break;
        }
        while ((start = next) < end);

        return err;
    }

    /// <summary>Walks a range that lies in one VMA.</summary>
    [KernelSource("mm/pagewalk.c", "walk_page_range_vma", Parity.Full)]
    public static int walk_page_range_vma(vm_area_struct* vma, ulong start, ulong end, mm_walk_ops* ops, void* @private)
    {
        mm_walk walk = new() { ops = ops, mm = vma->vm_mm, vma = vma, @private = @private };

        if (start >= end)
            return -EINVAL;
        if (start < vma->vm_start || end > vma->vm_end)
            return -EINVAL;

        process_mm_walk_lock(walk.mm, ops->walk_lock);
        process_vma_walk_lock(vma, ops->walk_lock);
        return walk_pgd_range(start, end, &walk);
    }
}
