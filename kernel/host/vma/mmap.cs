// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_sched_signal_h;
using static Linux.asm_pgtable_64_h;
using static Linux.asm_pgtable_types_h;
using static Linux.asm_tlb_h;
using static Linux.mm_vma_h;
using static Linux.uapi_mman_h;

namespace Linux;

/// <summary>mm/mmap.c: the calls that map and unmap, looking VMAs up, and the end and the copy of an address space.</summary>
public static unsafe partial class mm_mmap_c
{
    public const ulong mmap_min_addr = 65536;

    public static int sysctl_max_map_count = DEFAULT_MAX_MAP_COUNT;
    public static ulong stack_guard_gap = 256UL << PAGE_SHIFT;

    /// <summary>A VMA whose owner failed to set hooks up must not look anonymous.</summary>
    public static readonly vm_operations_struct* vma_dummy_vm_ops = bss<vm_operations_struct>();

    private const int OVERCOMMIT_NEVER = 2;
    private static int sysctl_overcommit_memory;

    [KernelSource("arch/x86/mm/pgprot.c", "vm_get_page_prot", Parity.Full)]
    public static pgprot_t vm_get_page_prot(ulong vm_flags)
    {
        bool exec = (vm_flags & VM_EXEC) != 0;

        if ((vm_flags & VM_SHARED) != 0 && (vm_flags & VM_WRITE) != 0)
            return exec ? PAGE_SHARED_EXEC : PAGE_SHARED;
        // A private mapping is never writable at first: the write copies.
        if ((vm_flags & VM_WRITE) != 0)
            return exec ? PAGE_COPY_EXEC : PAGE_COPY;
        if ((vm_flags & (VM_READ | VM_EXEC)) != 0)
            return exec ? PAGE_READONLY_EXEC : PAGE_READONLY;
        return PAGE_NONE;
    }

    [KernelSource("mm/mmap.c", "vm_pgprot_modify", Parity.Full)]
    private static pgprot_t vm_pgprot_modify(pgprot_t oldprot, ulong vm_flags) => pgprot_modify(oldprot, vm_get_page_prot(vm_flags));

    [KernelSource("mm/vma.c", "vm_ops_needs_writenotify", Parity.Full)]
    private static bool vm_ops_needs_writenotify(vm_operations_struct* vm_ops) =>
        vm_ops != null && (vm_ops->page_mkwrite != null || vm_ops->pfn_mkwrite != null);

    [KernelSource("mm/vma.c", "vma_needs_dirty_tracking", Parity.Full)]
    public static bool vma_needs_dirty_tracking(vm_area_struct* vma)
    {
        // Writes matter only where they reach the file.
        if (!vma_is_shared_maywrite(vma))
            return false;

        if (vm_ops_needs_writenotify(vma->vm_ops))
            return true;

        // Or does its mapping count what is dirty?
        return vma->vm_file != null && vma->vm_file->f_mapping != null && mapping_can_writeback(vma->vm_file->f_mapping);
    }

    /// <summary>Whether writes to a shared mapping must fault, so that the dirt is seen.</summary>
    [KernelSource("mm/vma.c", "vma_wants_writenotify", Parity.Full)]
    public static bool vma_wants_writenotify(vm_area_struct* vma, pgprot_t vm_page_prot)
    {
        if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
            return false;

        if (vm_ops_needs_writenotify(vma->vm_ops))
            return true;

        // The flags were cleared already.
        if (pgprot_val(vm_page_prot) != pgprot_val(vm_pgprot_modify(vm_page_prot, vma->vm_flags)))
            return false;

        if (userfaultfd_wp(vma))
            return true;

        // The mapping's dirty pages are counted.
        return vma_needs_dirty_tracking(vma);
    }

    [KernelSource("mm/mmap.c", "vma_set_page_prot", Parity.Full)]
    public static void vma_set_page_prot(vm_area_struct* vma)
    {
        ulong vm_flags = vma->vm_flags;
        pgprot_t vm_page_prot = vm_pgprot_modify(vma->vm_page_prot, vm_flags);

        if (vma_wants_writenotify(vma, vm_page_prot))
        {
            vm_flags &= ~VM_SHARED;
            vm_page_prot = vm_pgprot_modify(vm_page_prot, vm_flags);
        }
        WRITE_ONCE(&vma->vm_page_prot.pgprot, vm_page_prot.pgprot);
    }

    [KernelSource("mm/mmap.c", "round_hint_to_min", Parity.Full)]
    private static ulong round_hint_to_min(ulong hint)
    {
        hint &= PAGE_MASK;
        if (hint != 0 && hint < mmap_min_addr)
            return PAGE_ALIGN(mmap_min_addr);
        return hint;
    }

    [KernelSource("mm/mmap.c", "mlock_future_ok", Parity.Reduced, "every task may lock as much as its limit says; there are no capabilities")]
    public static bool mlock_future_ok(mm_struct* mm, ulong vm_flags, ulong bytes)
    {
        if ((vm_flags & VM_LOCKED) == 0)
            return true;

        ulong locked_pages = (bytes >> PAGE_SHIFT) + mm->locked_vm;
        ulong limit_pages = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

        return locked_pages <= limit_pages;
    }

    // Address space of the data segment and of everything is limited separately.
    [KernelSource("mm/mmap.c", "may_expand_vm", Parity.Reduced, "limits that are exceeded are not logged")]
    public static bool may_expand_vm(mm_struct* mm, ulong flags, ulong npages)
    {
        if (mm->total_vm + npages > rlimit(RLIMIT_AS) >> PAGE_SHIFT)
            return false;

        if (is_data_mapping(flags) && mm->data_vm + npages > rlimit(RLIMIT_DATA) >> PAGE_SHIFT)
            return false;

        return true;
    }

    [KernelSource("mm/mmap.c", "vm_stat_account", Parity.Full)]
    public static void vm_stat_account(mm_struct* mm, ulong flags, long npages)
    {
        WRITE_ONCE(&mm->total_vm, READ_ONCE(&mm->total_vm) + (ulong)npages);

        if (is_exec_mapping(flags))
            mm->exec_vm += (ulong)npages;
        else if (is_stack_mapping(flags))
            mm->stack_vm += (ulong)npages;
        else if (is_data_mapping(flags))
            mm->data_vm += (ulong)npages;
    }

    [KernelSource("mm/mmap.c", "mmap_init", Parity.Reduced, "sysctls are the simulator's")]
    public static void mmap_init()
    {
        if (percpu_counter_init(vm_committed_as, 0, GFP_KERNEL) != 0)
            panic("no memory for vm_committed_as");
        vma_state_init();
    }

    [KernelSource("include/linux/mman.h", "calc_vm_prot_bits", Parity.Full)]
    private static ulong calc_vm_prot_bits(ulong prot) =>
        ((prot & PROT_READ) != 0 ? VM_READ : 0) | ((prot & PROT_WRITE) != 0 ? VM_WRITE : 0) | ((prot & PROT_EXEC) != 0 ? VM_EXEC : 0);

    [KernelSource("include/linux/mman.h", "calc_vm_flag_bits", Parity.Full)]
    private static ulong calc_vm_flag_bits(ulong flags) =>
        ((flags & MAP_GROWSDOWN) != 0 ? VM_GROWSDOWN : 0) | ((flags & MAP_LOCKED) != 0 ? VM_LOCKED : 0);

    /// <summary>Maps; an error comes back as an address. The caller populates what it is told.</summary>
    [KernelSource("mm/mmap.c", "do_mmap", Parity.Reduced, "no executable-only keys, sealed files or huge pages")]
    [MustHold("asm_percpu_h.current->mm->mmap_lock")]
    public static ulong do_mmap(@file* file, ulong addr, ulong len, ulong prot, ulong flags, ulong vm_flags, ulong pgoff, ulong* populate, list_head* uf)
    {
        mm_struct* mm = current->mm;

        *populate = 0;

        mmap_assert_write_locked(mm);

        if (len == 0)
            return unchecked((ulong)-EINVAL);

        if ((flags & MAP_FIXED_NOREPLACE) != 0)
            flags |= MAP_FIXED;

        if ((flags & MAP_FIXED) == 0)
            addr = round_hint_to_min(addr);

        len = PAGE_ALIGN(len);
        if (len == 0)
            return unchecked((ulong)-ENOMEM);

        if (pgoff + (len >> PAGE_SHIFT) < pgoff)
            return unchecked((ulong)-EOVERFLOW);

        if (mm->map_count > sysctl_max_map_count)
            return unchecked((ulong)-ENOMEM);

        vm_flags |= calc_vm_prot_bits(prot) | calc_vm_flag_bits(flags) | mm->def_flags | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

        addr = __get_unmapped_area(file, addr, len, pgoff, flags, vm_flags);
        if (IS_ERR_VALUE(addr))
            return addr;

        if ((flags & MAP_FIXED_NOREPLACE) != 0)
        {
            if (find_vma_intersection(mm, addr, addr + len) != null)
                return unchecked((ulong)-EEXIST);
        }

        if (!mlock_future_ok(mm, vm_flags, len))
            return unchecked((ulong)-EAGAIN);

        if (file != null)
        {
            switch (flags & MAP_TYPE)
            {
                case MAP_SHARED:
                case MAP_SHARED_VALIDATE:
                    if ((prot & PROT_WRITE) != 0)
                    {
                        if ((file->f_mode & FMODE_WRITE) == 0)
                            return unchecked((ulong)-EACCES);
                        if (IS_SWAPFILE(file->f_mapping->host))
                            return unchecked((ulong)-ETXTBSY);
                    }

                    vm_flags |= VM_SHARED | VM_MAYSHARE;
                    if ((file->f_mode & FMODE_WRITE) == 0)
                        vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
                    goto case MAP_PRIVATE;
                case MAP_PRIVATE:
                    if ((file->f_mode & FMODE_READ) == 0)
                        return unchecked((ulong)-EACCES);
                    if (file->f_op->mmap == null)
                        return unchecked((ulong)-ENODEV);
                    if ((vm_flags & VM_GROWSDOWN) != 0)
                        return unchecked((ulong)-EINVAL);
                    break;

                default:
                    return unchecked((ulong)-EINVAL);
            }
        }
        else
        {
            switch (flags & MAP_TYPE)
            {
                case MAP_SHARED:
                    if ((vm_flags & VM_GROWSDOWN) != 0)
                        return unchecked((ulong)-EINVAL);
                    pgoff = 0;
                    vm_flags |= VM_SHARED | VM_MAYSHARE;
                    break;
                case MAP_DROPPABLE:
                    // Memory that may vanish cannot be locked.
                    if ((flags & MAP_LOCKED) != 0)
                        return unchecked((ulong)-EINVAL);
                    if ((vm_flags & VM_GROWSDOWN) != 0)
                        return unchecked((ulong)-EINVAL);

                    vm_flags |= VM_DROPPABLE;
                    // Nor is it promised, copied to a child or dumped.
                    vm_flags |= VM_NORESERVE;
                    vm_flags |= VM_WIPEONFORK | VM_DONTDUMP;
                    goto case MAP_PRIVATE;
                case MAP_PRIVATE:
                    pgoff = addr >> PAGE_SHIFT;
                    break;
                default:
                    return unchecked((ulong)-EINVAL);
            }
        }

        if ((flags & MAP_NORESERVE) != 0)
        {
            if (sysctl_overcommit_memory != OVERCOMMIT_NEVER)
                vm_flags |= VM_NORESERVE;
        }

        addr = mm_vma_c.mmap_region(file, addr, len, vm_flags, pgoff, uf);
        if (!IS_ERR_VALUE(addr)
            && ((vm_flags & VM_LOCKED) != 0 || (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE))
            *populate = len;
        return addr;
    }

    [KernelSource("mm/util.c", "vm_mmap_pgoff", Parity.Reduced, "no security or fsnotify hooks")]
    public static ulong vm_mmap_pgoff(@file* file, ulong addr, ulong len, ulong prot, ulong flag, ulong pgoff)
    {
        mm_struct* mm = current->mm;
        ulong populate;
        list_head uf;

        INIT_LIST_HEAD(&uf);
        if (mmap_write_lock_killable(mm) != 0)
            return unchecked((ulong)-EINTR);
        ulong ret = do_mmap(file, addr, len, prot, flag, 0, pgoff, &populate, &uf);
        mmap_write_unlock(mm);
        userfaultfd_unmap_complete(mm, &uf);
        if (populate != 0)
            mm_populate(ret, populate);
        return ret;
    }

    /// <summary>mmap(2), with the open file in place of a descriptor.</summary>
    [KernelSource("mm/mmap.c", "ksys_mmap_pgoff", Parity.Reduced, "the caller has the file, and no mapping is of huge pages")]
    public static long sys_mmap(ulong addr, ulong len, ulong prot, ulong flags, @file* file, ulong offset)
    {
        if (offset_in_page(offset) != 0)
            return -EINVAL;
        if ((flags & MAP_ANONYMOUS) != 0)
            file = null;
        else if (file == null)
            return -EBADF;

        return (long)vm_mmap_pgoff(file, addr, len, prot, flags, offset >> PAGE_SHIFT);
    }

    /// <summary>munmap(2).</summary>
    [KernelSource("mm/mmap.c", "SYSCALL_munmap", Parity.Full)]
    public static long sys_munmap(ulong addr, ulong len) => mm_vma_c.__vm_munmap(addr, len, true);

    [KernelSource("mm/mmap.c", "do_munmap", Parity.Full)]
    public static int do_munmap(mm_struct* mm, ulong start, ulong len, list_head* uf)
    {
        vma_iterator vmi = VMA_ITERATOR(mm, start);

        return mm_vma_c.do_vmi_munmap(&vmi, mm, start, len, uf, false);
    }

    [KernelSource("mm/mmap.c", "vm_munmap", Parity.Full)]
    public static int vm_munmap(ulong start, ulong len) => mm_vma_c.__vm_munmap(start, len, false);

    // ---------------------------------------------------------------- room

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

        // Values close to RLIM_INFINITY can overflow.
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

    // ---------------------------------------------------------------- the whole address space

    /// <summary>The last user is gone: everything is unmapped.</summary>
    [KernelSource("mm/mmap.c", "exit_mmap", Parity.Full)]
    public static void exit_mmap(mm_struct* mm)
    {
        mmu_gather tlb;
        ulong nr_accounted = 0;
        vma_iterator vmi = VMA_ITERATOR(mm, 0);
        int count = 0;

        mmap_read_lock(mm);

        vm_area_struct* vma = vma_next(&vmi);
        if (vma == null || xa_is_zero(vma))
        {
            // A fork that failed half way.
            mmap_read_unlock(mm);
            mmap_write_lock(mm);
            goto destroy;
        }

        flush_cache_mm(mm);
        tlb_gather_mmu_fullmm(&tlb, mm);
        // To the very end, so that all VMAs go.
        unmap_vmas(&tlb, &vmi.mas, vma, 0, ULONG_MAX, ULONG_MAX, false);
        mmap_read_unlock(mm);

        // The reaper has nothing left to do; the tables below are not for it to see.
        mm_flags_set(MMF_OOM_SKIP, mm);
        mmap_write_lock(mm);
        vma_iter_set(&vmi, vma->vm_end);
        free_pgtables(&tlb, &vmi.mas, vma, FIRST_USER_ADDRESS, USER_PGTABLES_CEILING, true);
        tlb_finish_mmu(&tlb);

        // Closing may sleep: only the mm's lock is held.
        vma_iter_set(&vmi, vma->vm_end);
        do
        {
            if ((vma->vm_flags & VM_ACCOUNT) != 0)
                nr_accounted += vma_pages(vma);
            vma_mark_detached(vma);
            mm_vma_c.remove_vma(vma);
            count++;
            cond_resched();
            vma = vma_next(&vmi);
        } while (vma != null && !xa_is_zero(vma));

        BUG_ON(count != mm->map_count);

    destroy:
        __mt_destroy(&mm->mm_mt);
        mmap_write_unlock(mm);
        vm_unacct_memory((long)nr_accounted);
    }

    /// <summary>fork: a VMA for each of the parent's, and their tables.</summary>
    [KernelSource("mm/mmap.c", "dup_mmap", Parity.Reduced, "no uprobes, exe file, policies or khugepaged")]
    public static int dup_mmap(mm_struct* mm, mm_struct* oldmm)
    {
        vm_area_struct* mpnt = null, tmp;
        ulong charge = 0;
        list_head uf;
        vma_iterator vmi = VMA_ITERATOR(mm, 0);

        INIT_LIST_HEAD(&uf);
        if (mmap_write_lock_killable(oldmm) != 0)
            return -EINTR;
        flush_cache_dup_mm(oldmm);
        // Nobody else knows the new one.
        mmap_write_lock_nested(mm, SINGLE_DEPTH_NESTING);

        mm->total_vm = oldmm->total_vm;
        mm->data_vm = oldmm->data_vm;
        mm->exec_vm = oldmm->exec_vm;
        mm->stack_vm = oldmm->stack_vm;

        int retval = __mt_dup(&oldmm->mm_mt, &mm->mm_mt, GFP_KERNEL);
        if (retval != 0)
            goto @out;

        while ((mpnt = vma_next(&vmi)) != null)
        {
            vma_start_write(mpnt);
            if ((mpnt->vm_flags & VM_DONTCOPY) != 0)
            {
                retval = vma_iter_clear_gfp(&vmi, mpnt->vm_start, mpnt->vm_end, GFP_KERNEL);
                if (retval != 0)
                    goto loop_out;

                vm_stat_account(mm, mpnt->vm_flags, -(long)vma_pages(mpnt));
                continue;
            }
            charge = 0;
            // A victim of the OOM killer needs no more VMAs.
            if (fatal_signal_pending(current))
            {
                retval = -EINTR;
                goto loop_out;
            }
            if ((mpnt->vm_flags & VM_ACCOUNT) != 0)
            {
                ulong len = vma_pages(mpnt);

                if (security_vm_enough_memory_mm(oldmm, (long)len) != 0)
                    goto fail_nomem;
                charge = len;
            }

            tmp = vm_area_dup(mpnt);
            if (tmp == null)
                goto fail_nomem;
            tmp->vm_mm = mm;
            retval = dup_userfaultfd(tmp, &uf);
            if (retval != 0)
                goto fail_nomem_anon_vma_fork;
            if ((tmp->vm_flags & VM_WIPEONFORK) != 0)
            {
                // The child starts with empty memory here; its first fault makes the anon_vma.
                tmp->anon_vma = null;
            }
            else if (anon_vma_fork(tmp, mpnt) != 0)
            {
                goto fail_nomem_anon_vma_fork;
            }
            vm_flags_clear(tmp, VM_LOCKED_MASK);

            // The tree has room for it since it was duplicated, so this cannot fail.
            vma_iter_bulk_store(&vmi, tmp);

            mm->map_count++;

            if (tmp->vm_ops != null && tmp->vm_ops->open != null)
                tmp->vm_ops->open(tmp);

            @file* file = tmp->vm_file;
            if (file != null)
            {
                address_space* mapping = file->f_mapping;

                get_file(file);
                i_mmap_lock_write(mapping);
                if (vma_is_shared_maywrite(tmp))
                    mapping_allow_writable(mapping);
                vma_interval_tree_insert_after(tmp, mpnt, &mapping->i_mmap);
                i_mmap_unlock_write(mapping);
            }

            if ((tmp->vm_flags & VM_WIPEONFORK) == 0)
                retval = copy_page_range(tmp, mpnt);

            if (retval != 0)
            {
                mpnt = vma_next(&vmi);
                goto loop_out;
            }
        }
    loop_out:
        vma_iter_free(&vmi);
        if (retval != 0)
        {
            // The tree still holds the parent's VMAs from mpnt on: mark where exit has to stop.
            if (mpnt != null)
            {
                mas_set_range(&vmi.mas, mpnt->vm_start, mpnt->vm_end - 1);
                mas_store(&vmi.mas, XA_ZERO_ENTRY);
                // The OOM reaper must not walk a tree that is half built.
                mm_flags_set(MMF_OOM_SKIP, mm);
            }
            // This mm goes away, but its locks are dropped first: nobody may fault in it.
            mm_flags_set(MMF_UNSTABLE, mm);
        }
    @out:
        mmap_write_unlock(mm);
        flush_tlb_mm(oldmm);
        mmap_write_unlock(oldmm);
        if (retval == 0)
            dup_userfaultfd_complete(&uf);
        else
            dup_userfaultfd_fail(&uf);
        return retval;

    fail_nomem_anon_vma_fork:
        vm_area_free(tmp);
    fail_nomem:
        retval = -ENOMEM;
        vm_unacct_memory((long)charge);
        goto loop_out;
    }
}
