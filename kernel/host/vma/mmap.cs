// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_types_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_sched_signal_h;
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
            if (mm_util_c.sysctl_overcommit_memory != mm_util_c.OVERCOMMIT_NEVER)
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
}
