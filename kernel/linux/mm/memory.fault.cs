// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.asm_pgalloc_h;
using static Linux.asm_generic_pgalloc_h;
using static Linux.mm_internal_h;

namespace Linux;

// The way into the fault handler, its counters, and access to another process's memory.
public static unsafe partial class mm_memory_c
{
    [KernelSource("mm/memory.c", "handle_pte_fault", Parity.Full)]
    [Excludes("vmf->ptl")]
    private static uint handle_pte_fault(vm_fault* vmf)
    {
        pte_t entry;

        if (pmd_none(*vmf->pmd))
        {
            // The table is allocated where it is needed, so that a file fault can do it without a lock.
            vmf->pte = null;
            vmf->flags &= ~FAULT_FLAG_ORIG_PTE_VALID;
        }
        else
        {
            pmd_t dummy_pmdval;

            // Only a look: what it becomes is decided under the lock.
            vmf->pte = pte_offset_map_rw_nolock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &dummy_pmdval, &vmf->ptl);
            if (vmf->pte == null)
                return 0;
            vmf->orig_pte = ptep_get_lockless(vmf->pte);
            vmf->flags |= FAULT_FLAG_ORIG_PTE_VALID;

            if (pte_none(vmf->orig_pte))
            {
                pte_unmap(vmf->pte);
                vmf->pte = null;
            }
        }

        if (vmf->pte == null)
            return do_pte_missing(vmf);

        if (!pte_present(vmf->orig_pte))
            return do_swap_page(vmf);

        spin_lock(vmf->ptl);
        entry = vmf->orig_pte;
        if (!pte_same(ptep_get(vmf->pte), entry))
        {
            update_mmu_tlb(vmf->vma, vmf->address, vmf->pte);
            goto unlock;
        }
        if ((vmf->flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) != 0)
        {
            if (!pte_write(entry))
                return do_wp_page(vmf);
            else if ((vmf->flags & FAULT_FLAG_WRITE) != 0)
                entry = pte_mkdirty(entry);
        }
        entry = pte_mkyoung(entry);
        if (ptep_set_access_flags(vmf->vma, vmf->address, vmf->pte, entry, (vmf->flags & FAULT_FLAG_WRITE) != 0) != 0)
        {
            update_mmu_cache_range(vmf, vmf->vma, vmf->address, vmf->pte, 1);
        }
        else
        {
            // A retry finds the entry in order: nothing to do.
            if ((vmf->flags & FAULT_FLAG_TRIED) != 0)
                goto unlock;
            // A stale translation that denied the write.
            if ((vmf->flags & FAULT_FLAG_WRITE) != 0)
                flush_tlb_fix_spurious_fault(vmf->vma, vmf->address, vmf->pte);
        }
    unlock:
        pte_unmap_unlock(vmf->pte, vmf->ptl);
        return 0;
    }

    // Returns with the mmap lock held unless VM_FAULT_RETRY or VM_FAULT_COMPLETED says otherwise.
    [KernelSource("mm/memory.c", "__handle_mm_fault", Parity.Reduced, "nothing is mapped by a PMD or a PUD: no such fault is tried, as transparent_hugepage/enabled is never")]
    private static uint __handle_mm_fault(vm_area_struct* vma, ulong address, uint flags)
    {
        vm_fault vmf = new()
        {
            vma = vma,
            address = address & PAGE_MASK,
            real_address = address,
            flags = flags,
            pgoff = linear_page_index(vma, address),
            gfp_mask = __get_fault_gfp_mask(vma),
        };
        mm_struct* mm = vma->vm_mm;

        pgd_t* pgd = pgd_offset(mm, address);
        p4d_t* p4d = p4d_alloc(mm, pgd, address);
        if (p4d == null)
            return VM_FAULT_OOM;

        vmf.pud = pud_alloc(mm, p4d, address);
        if (vmf.pud == null)
            return VM_FAULT_OOM;

        vmf.pmd = pmd_alloc(mm, vmf.pud, address);
        if (vmf.pmd == null)
            return VM_FAULT_OOM;

        return handle_pte_fault(&vmf);
    }

    // A fault counts once, when it is over: retries do not, errors only as faults.
    [KernelSource("mm/memory.c", "mm_account_fault", Parity.Full)]
    private static void mm_account_fault(mm_struct* mm, pt_regs* regs, ulong address, uint flags, uint ret)
    {
        // Unfinished: the retry will count.
        if ((ret & VM_FAULT_RETRY) != 0)
            return;

        count_vm_event(PGFAULT);
        count_memcg_event_mm(mm, PGFAULT);

        if ((ret & VM_FAULT_ERROR) != 0)
            return;

        // A fault that had to be tried again waited for something.
        bool major = (ret & VM_FAULT_MAJOR) != 0 || (flags & FAULT_FLAG_TRIED) != 0;

        if (major)
            current->maj_flt++;
        else
            current->min_flt++;
    }

    [KernelSource("mm/memory.c", "lru_gen_enter_fault", Parity.Full)]
    private static void lru_gen_enter_fault(vm_area_struct* vma)
    {
    }

    [KernelSource("mm/memory.c", "lru_gen_exit_fault", Parity.Full)]
    private static void lru_gen_exit_fault()
    {
    }

    [KernelSource("mm/memory.c", "sanitize_fault_flags", Parity.Full)]
    private static uint sanitize_fault_flags(vm_area_struct* vma, uint* flags)
    {
        if ((*flags & FAULT_FLAG_UNSHARE) != 0)
        {
            if (WARN_ON_ONCE((*flags & FAULT_FLAG_WRITE) != 0))
                return VM_FAULT_SIGSEGV;
            // Only COW mappings have anything to unshare.
            if (!is_cow_mapping(vma->vm_flags))
                *flags &= ~FAULT_FLAG_UNSHARE;
        }
        else if ((*flags & FAULT_FLAG_WRITE) != 0)
        {
            // A write that could never be allowed.
            if (WARN_ON_ONCE((vma->vm_flags & VM_MAYWRITE) == 0))
                return VM_FAULT_SIGSEGV;
            // FOLL_FORCE may write to a read-only mapping only when that copies.
            if (WARN_ON_ONCE((vma->vm_flags & VM_WRITE) == 0 && !is_cow_mapping(vma->vm_flags)))
                return VM_FAULT_SIGSEGV;
        }
        // Under the VMA's own lock every retry drops it, so NOWAIT makes no sense.
        if (WARN_ON_ONCE((*flags & (FAULT_FLAG_VMA_LOCK | FAULT_FLAG_RETRY_NOWAIT)) == (FAULT_FLAG_VMA_LOCK | FAULT_FLAG_RETRY_NOWAIT)))
            return VM_FAULT_SIGSEGV;

        return 0;
    }

    [KernelSource("mm/memory.c", "handle_mm_fault", Parity.Full)]
    public static uint handle_mm_fault(vm_area_struct* vma, ulong address, uint flags, pt_regs* regs)
    {
        // The VMA may be gone when a retry returns.
        mm_struct* mm = vma->vm_mm;

        __set_current_state(TASK_RUNNING);

        uint ret = sanitize_fault_flags(vma, &flags);
        if (ret != 0)
            goto @out;

        if (!arch_vma_access_permitted(vma, (flags & FAULT_FLAG_WRITE) != 0, (flags & FAULT_FLAG_INSTRUCTION) != 0, (flags & FAULT_FLAG_REMOTE) != 0))
        {
            ret = VM_FAULT_SIGSEGV;
            goto @out;
        }

        bool is_droppable = (vma->vm_flags & VM_DROPPABLE) != 0;

        // Only a fault of user space may end in the task's own memcg OOM (v1).
        if ((flags & FAULT_FLAG_USER) != 0)
            mem_cgroup_enter_user_fault();

        lru_gen_enter_fault(vma);

        ret = __handle_mm_fault(vma, address, flags);

        lru_gen_exit_fault();

        // Such memory may be taken away at will, so a failed allocation just means to try again.
        if (is_droppable)
            ret &= ~VM_FAULT_OOM;

        if ((flags & FAULT_FLAG_USER) != 0)
        {
            mem_cgroup_exit_user_fault();
            if (task_in_memcg_oom(current) && (ret & VM_FAULT_OOM) == 0)
                mem_cgroup_oom_synchronize(false);
        }
    @out:
        mm_account_fault(mm, regs, address, flags, ret);

        return ret;
    }

    [KernelSource("mm/memory.c", "__pud_alloc", Parity.Full)]
    [Excludes("mm->page_table_lock")]
    public static int __pud_alloc(mm_struct* mm, p4d_t* p4d, ulong address)
    {
        pud_t* @new = pud_alloc_one(mm, address);

        if (@new == null)
            return -ENOMEM;

        spin_lock(&mm->page_table_lock);
        if (!p4d_present(*p4d))
        {
            mm_inc_nr_puds(mm);
            smp_wmb();
            p4d_populate(mm, p4d, @new);
        }
        else
        {
            // A table is there by now: this one is not needed.
            pud_free(mm, @new);
        }
        spin_unlock(&mm->page_table_lock);
        return 0;
    }

    [KernelSource("mm/memory.c", "__pmd_alloc", Parity.Full)]
    public static int __pmd_alloc(mm_struct* mm, pud_t* pud, ulong address)
    {
        pmd_t* @new = pmd_alloc_one(mm, address);

        if (@new == null)
            return -ENOMEM;

        spinlock_t* ptl = pud_lock(mm, pud);
        if (!pud_present(*pud))
        {
            mm_inc_nr_pmds(mm);
            smp_wmb();
            pud_populate(mm, pud, @new);
        }
        else
        {
            pmd_free(mm, @new);
        }
        spin_unlock(ptl);
        return 0;
    }

    // Copies between a kernel buffer and another mm, page by page; returns how much was done.
    [KernelSource("mm/memory.c", "__access_remote_vm", Parity.Reduced, "mappings without pages (vm_ops->access of device memory) do not exist here")]
    [Excludes("mm->mmap_lock")]
    private static int __access_remote_vm(mm_struct* mm, ulong addr, void* buf, int len, uint gup_flags)
    {
        byte* old_buf = (byte*)buf;
        byte* p = (byte*)buf;
        bool write = (gup_flags & FOLL_WRITE) != 0;

        if (mmap_read_lock_killable(mm) != 0)
            return 0;

        // A stack below the address grows only when nothing is mapped there.
        if (vma_lookup(mm, addr) == null && expand_stack(mm, addr) == null)
            return 0;

        while (len != 0)
        {
            vm_area_struct* vma = null;
            page* page = get_user_page_vma_remote(mm, addr, gup_flags, &vma);

            if (IS_ERR(page))
            {
                vma = vma_lookup(mm, addr);
                if (vma == null)
                {
                    vma = expand_stack(mm, addr);

                    // The lock is gone.
                    if (vma == null)
                        return (int)(p - old_buf);
                    continue;
                }
                break;
            }

            folio* folio = page_folio(page);
            int bytes = len;
            int offset = (int)(addr & (PAGE_SIZE - 1));
            if (bytes > (int)PAGE_SIZE - offset)
                bytes = (int)PAGE_SIZE - offset;

            byte* maddr = (byte*)page_address(page);
            if (write)
            {
                memcpy(maddr + offset, p, (ulong)bytes);
                folio_mark_dirty_lock(folio);
            }
            else
            {
                memcpy(p, maddr + offset, (ulong)bytes);
            }
            folio_put(folio);

            len -= bytes;
            p += bytes;
            addr += (ulong)bytes;
        }
        mmap_read_unlock(mm);

        return (int)(p - old_buf);
    }

    [KernelSource("mm/memory.c", "access_remote_vm", Parity.Full)]
    public static int access_remote_vm(mm_struct* mm, ulong addr, void* buf, int len, uint gup_flags) =>
        __access_remote_vm(mm, addr, buf, len, gup_flags);

    // As ptrace does it.
    [KernelSource("mm/memory.c", "access_process_vm", Parity.Full)]
    public static int access_process_vm(task_struct* tsk, ulong addr, void* buf, int len, uint gup_flags)
    {
        mm_struct* mm = get_task_mm(tsk);

        if (mm == null)
            return 0;

        int ret = __access_remote_vm(mm, addr, buf, len, gup_flags);

        mmput(mm);

        return ret;
    }
    /// <summary>What touches user memory may sleep, and takes the mmap lock, unless page faults are disabled.</summary>
    [KernelSource("mm/memory.c", "__might_fault", Parity.Full)]
    [MightSleep]
    public static void __might_fault([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (pagefault_disabled())
            return;

        might_sleep(file, line);
        if (current->mm != null)
            might_lock_read(&current->mm->mmap_lock);
    }
}
