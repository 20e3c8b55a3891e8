// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_64_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_sched_signal_h;

namespace Linux;

/// <summary>mm/mmap.c: the end and the copy of an address space.</summary>
public static unsafe partial class mm_mmap_c
{
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
    [ContextUnsafe("the copies of the VMAs have the files", Rule = "KM0501")]
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
