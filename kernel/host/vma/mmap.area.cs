// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_64_h;
using static Linux.linux_mm_h;
using static Linux.linux_sched_signal_h;
using static Linux.mm_vma_h;
using static Linux.uapi_mman_h;

namespace Linux;

/// <summary>mm/mmap.c: room in an address space, and finding VMAs.</summary>
public static unsafe partial class mm_mmap_c
{
    [KernelSource("mm/mmap.c", "stack_guard_placement", Parity.Full)]
    private static ulong stack_guard_placement(ulong vm_flags) => 0;

    [KernelSource("mm/mmap.c", "vm_unmapped_area", Parity.Full)]
    public static ulong vm_unmapped_area(vm_unmapped_area_info* info)
    {
        if ((info->flags & VM_UNMAPPED_AREA_TOPDOWN) != 0)
            return mm_vma_c.unmapped_area_topdown(info);
        else
            return mm_vma_c.unmapped_area(info);
    }

    /// <summary>From mmap_base downwards; above it when there is no room.</summary>
    [KernelSource("arch/x86/kernel/sys_x86_64.c", "arch_get_unmapped_area_topdown", Parity.Reduced, "no 32-bit tasks and no cache colours")]
    [MustHoldShared("asm_percpu_h.current->mm->mmap_lock")]
    public static ulong arch_get_unmapped_area_topdown(@file* filp, ulong addr, ulong len, ulong pgoff, ulong flags, ulong vm_flags)
    {
        mm_struct* mm = current->mm;
        vm_unmapped_area_info info = default;

        if (len > TASK_SIZE)
            return unchecked((ulong)-ENOMEM);

        if ((flags & MAP_FIXED) != 0)
            return addr;

        if (addr != 0)
        {
            addr &= PAGE_MASK;
            if (TASK_SIZE - len >= addr)
            {
                vm_area_struct* vma = find_vma(mm, addr);

                if (vma == null || addr + len <= vm_start_gap(vma))
                    return addr;
            }
        }

        info.flags = VM_UNMAPPED_AREA_TOPDOWN;
        info.length = len;
        info.low_limit = PAGE_SIZE;
        info.high_limit = mm->mmap_base;
        info.start_gap = stack_guard_placement(vm_flags);
        addr = vm_unmapped_area(&info);
        if (offset_in_page(addr) == 0)
            return addr;
        VM_BUG_ON(addr != unchecked((ulong)-ENOMEM));

        // Too little room below: from the bottom, then.
        info.flags = 0;
        info.low_limit = PAGE_ALIGN(TASK_SIZE / 3);
        info.high_limit = TASK_SIZE;
        return vm_unmapped_area(&info);
    }

    [KernelSource("mm/mmap.c", "__get_unmapped_area", Parity.Reduced, "nothing is mapped by a PMD: no address is chosen for that")]
    [MustHoldShared("asm_percpu_h.current->mm->mmap_lock")]
    public static ulong __get_unmapped_area(@file* file, ulong addr, ulong len, ulong pgoff, ulong flags, ulong vm_flags)
    {
        if (len > TASK_SIZE)
            return unchecked((ulong)-ENOMEM);

        if (file == null)
            pgoff = 0;

        if (file != null && file->f_op->get_unmapped_area != null)
            addr = file->f_op->get_unmapped_area(file, addr, len, pgoff, flags);
        else
            addr = arch_get_unmapped_area_topdown(file, addr, len, pgoff, flags, vm_flags);
        if (IS_ERR_VALUE(addr))
            return addr;

        if (addr > TASK_SIZE - len)
            return unchecked((ulong)-ENOMEM);
        if (offset_in_page(addr) != 0)
            return unchecked((ulong)-EINVAL);

        return addr;
    }

    /// <summary>Where mappings begin: below the stack and its gap. Nothing is randomised, so that runs repeat.</summary>
    [KernelSource("arch/x86/mm/mmap.c", "arch_pick_mmap_layout", Parity.Reduced, "top-down without randomisation")]
    public static void arch_pick_mmap_layout(mm_struct* mm, rlimit* rlim_stack)
    {
        const ulong SIZE_128M = 128UL << 20;
        ulong gap = rlim_stack->rlim_cur;
        ulong pad = stack_guard_gap;

        // Without a limit, or nearly so, the sum would wrap around.
        if (gap + pad > gap)
            gap += pad;
        ulong gap_min = SIZE_128M + pad;
        ulong gap_max = TASK_SIZE / 6 * 5;
        gap = Math.Clamp(gap, gap_min, gap_max);
        mm_flags_set(MMF_TOPDOWN, mm);
        mm->mmap_base = PAGE_ALIGN(TASK_SIZE - gap);
    }

    // ---------------------------------------------------------------- finding VMAs

    [KernelSource("mm/mmap.c", "find_vma_intersection", Parity.Full)]
    public static vm_area_struct* find_vma_intersection(mm_struct* mm, ulong start_addr, ulong end_addr)
    {
        ulong index = start_addr;

        mmap_assert_locked(mm);
        return (vm_area_struct*)mt_find(&mm->mm_mt, &index, end_addr - 1);
    }

    /// <summary>The first VMA that ends above addr.</summary>
    [KernelSource("mm/mmap.c", "find_vma", Parity.Full)]
    [MustHoldShared("mm->mmap_lock")]
    public static vm_area_struct* find_vma(mm_struct* mm, ulong addr)
    {
        ulong index = addr;

        mmap_assert_locked(mm);
        return (vm_area_struct*)mt_find(&mm->mm_mt, &index, ULONG_MAX);
    }

    [KernelSource("mm/mmap.c", "find_vma_prev", Parity.Full)]
    public static vm_area_struct* find_vma_prev(mm_struct* mm, ulong addr, vm_area_struct** pprev)
    {
        vma_iterator vmi = VMA_ITERATOR(mm, addr);

        vm_area_struct* vma = vma_iter_load(&vmi);
        *pprev = vma_prev(&vmi);
        if (vma == null)
            vma = vma_next(&vmi);
        return vma;
    }

    /// <summary>Called with the lock held for reading. Returns a VMA with it held, or null with it dropped.</summary>
    [KernelSource("mm/mmap.c", "expand_stack", Parity.Reduced, "no VMA grows: tasks here have no stack")]
    [TryReleases(Result.Null, "mm->mmap_lock"), MightSleep]
    public static vm_area_struct* expand_stack(mm_struct* mm, ulong addr)
    {
        vm_area_struct* prev;

        mmap_read_unlock(mm);
        if (mmap_write_lock_killable(mm) != 0)
            return null;

        vm_area_struct* vma = find_vma_prev(mm, addr, &prev);
        if (vma != null && vma->vm_start <= addr)
            goto success;

        mmap_write_unlock(mm);
        return null;

    success:
        mmap_write_downgrade(mm);
        return vma;
    }

    /// <summary>The VMA of a fault, with the mmap lock held for reading; null without the lock.</summary>
    [KernelSource("mm/mmap_lock.c", "lock_mm_and_find_vma", Parity.Reduced, "no VMA grows, and a fault of the kernel may wait for the lock: none of it holds locks that order against this one")]
    [TryAcquires(Result.NonNull, "mm->mmap_lock", Shared = true), MightSleep]
    public static vm_area_struct* lock_mm_and_find_vma(mm_struct* mm, ulong addr, pt_regs* regs)
    {
        if (!mmap_read_trylock(mm))
        {
            if (mmap_read_lock_killable(mm) != 0)
                return null;
        }

        vm_area_struct* vma = find_vma(mm, addr);
        if (vma != null && vma->vm_start <= addr)
            return vma;

        mmap_read_unlock(mm);
        return null;
    }
}
