// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.asm_pgtable_64_h;
using static Linux.asm_tlb_h;
using static Linux.mm_internal_h;
using static Linux.mm_vma_h;

namespace Linux;

/// <summary>mm/vma.c: splitting and unmapping.</summary>
public static unsafe partial class mm_vma_c
{
    [KernelSource("mm/vma.c", "remove_vma", Parity.Full)]
    [MightSleep]
    [PutsRef("vma->vm_file")]
    public static void remove_vma(vm_area_struct* vma)
    {
        might_sleep();
        vma_close(vma);
        if (vma->vm_file != null)
            fput(vma->vm_file);
        vm_area_free(vma);
    }

    // The VMA is not in the tree.
    [KernelSource("mm/vma.c", "unmap_region", Parity.Full)]
    public static void unmap_region(ma_state* mas, vm_area_struct* vma, vm_area_struct* prev, vm_area_struct* next)
    {
        mm_struct* mm = vma->vm_mm;
        mmu_gather tlb;

        tlb_gather_mmu(&tlb, mm);
        update_hiwater_rss(mm);
        unmap_vmas(&tlb, mas, vma, vma->vm_start, vma->vm_end, vma->vm_end, true);
        mas_set(mas, vma->vm_end);
        free_pgtables(&tlb, mas, vma, prev != null ? prev->vm_end : FIRST_USER_ADDRESS, next != null ? next->vm_start : USER_PGTABLES_CEILING, true);
        tlb_finish_mmu(&tlb);
    }

    // Splits at addr; the new VMA is the lower or the upper part.
    [KernelSource("mm/vma.c", "__split_vma", Parity.Full)]
    [ContextUnsafe("the copy of the VMA has the file", Rule = "KM0501")]
    private static int __split_vma(vma_iterator* vmi, vm_area_struct* vma, ulong addr, bool new_below)
    {
        vma_prepare vp;
        int err;

        WARN_ON(vma->vm_start >= addr);
        WARN_ON(vma->vm_end <= addr);

        if (vma->vm_ops != null && vma->vm_ops->may_split != null)
        {
            err = vma->vm_ops->may_split(vma, addr);
            if (err != 0)
                return err;
        }

        vm_area_struct* @new = vm_area_dup(vma);
        if (@new == null)
            return -ENOMEM;

        if (new_below)
        {
            @new->vm_end = addr;
        }
        else
        {
            @new->vm_start = addr;
            @new->vm_pgoff += (addr - vma->vm_start) >> PAGE_SHIFT;
        }

        err = -ENOMEM;
        vma_iter_config(vmi, @new->vm_start, @new->vm_end);
        if (vma_iter_prealloc(vmi, @new) != 0)
            goto out_free_vma;

        err = anon_vma_clone(@new, vma);
        if (err != 0)
            goto out_free_vmi;

        if (@new->vm_file != null)
            get_file(@new->vm_file);

        if (@new->vm_ops != null && @new->vm_ops->open != null)
            @new->vm_ops->open(@new);

        vma_start_write(vma);
        vma_start_write(@new);

        init_vma_prep(&vp, vma);
        vp.insert = @new;
        vma_prepare(&vp);

        vma_adjust_trans_huge(vma, vma->vm_start, addr, null);

        if (new_below)
        {
            vma->vm_start = addr;
            vma->vm_pgoff += (addr - @new->vm_start) >> PAGE_SHIFT;
        }
        else
        {
            vma->vm_end = addr;
        }

        vma_complete(&vp, vmi, vma->vm_mm);

        // Success: the iterator stands on the old VMA again.
        if (new_below)
            vma_next(vmi);
        else
            vma_prev(vmi);

        return 0;

    out_free_vmi:
        vma_iter_free(vmi);
    out_free_vma:
        vm_area_free(@new);
        return err;
    }

    [KernelSource("mm/vma.c", "split_vma", Parity.Full)]
    private static int split_vma(vma_iterator* vmi, vm_area_struct* vma, ulong addr, bool new_below)
    {
        if (vma->vm_mm->map_count >= sysctl_max_map_count)
            return -ENOMEM;

        return __split_vma(vmi, vma, addr, new_below);
    }

    [KernelSource("mm/vma.c", "vms_clear_ptes", Parity.Full)]
    private static void vms_clear_ptes(vma_munmap_struct* vms, ma_state* mas_detach, bool mm_wr_locked)
    {
        mmu_gather tlb;

        if (!vms->clear_ptes)
            return;

        // The first VMA is vms->vma: the walk goes on from the second.
        mas_set(mas_detach, 1);
        tlb_gather_mmu(&tlb, vms->vma->vm_mm);
        update_hiwater_rss(vms->vma->vm_mm);
        unmap_vmas(&tlb, mas_detach, vms->vma, vms->start, vms->end, (ulong)vms->vma_count, mm_wr_locked);

        mas_set(mas_detach, 1);
        // Tables may go as far as the neighbours leave them free.
        free_pgtables(&tlb, mas_detach, vms->vma, vms->unmap_start, vms->unmap_end, mm_wr_locked);
        tlb_finish_mmu(&tlb);
        vms->clear_ptes = false;
    }

    [KernelSource("mm/vma.c", "vms_clean_up_area", Parity.Full)]
    private static void vms_clean_up_area(vma_munmap_struct* vms, ma_state* mas_detach)
    {
        if (vms->nr_pages == 0)
            return;

        vms_clear_ptes(vms, mas_detach, true);
        mas_set(mas_detach, 0);
        for (vm_area_struct* vma; (vma = (vm_area_struct*)mas_find(mas_detach, ULONG_MAX)) != null;)
            vma_close(vma);
    }

    [KernelSource("mm/vma.c", "vms_complete_munmap_vmas", Parity.Full)]
    [ContextUnsafe("what happens to mmap_lock is told by vms->unlock")]
    private static void vms_complete_munmap_vmas(vma_munmap_struct* vms, ma_state* mas_detach)
    {
        mm_struct* mm = current->mm;

        mm->map_count -= vms->vma_count;
        mm->locked_vm -= vms->locked_vm;
        if (vms->unlock)
            mmap_write_downgrade(mm);

        if (vms->nr_pages == 0)
            return;

        vms_clear_ptes(vms, mas_detach, !vms->unlock);
        update_hiwater_vm(mm);
        // Statistics may be updated by others meanwhile: the lock is only held for reading.
        WRITE_ONCE(&mm->total_vm, READ_ONCE(&mm->total_vm) - vms->nr_pages);
        VM_WARN_ON(vms->exec_vm > mm->exec_vm);
        VM_WARN_ON(vms->stack_vm > mm->stack_vm);
        VM_WARN_ON(vms->data_vm > mm->data_vm);
        mm->exec_vm -= vms->exec_vm;
        mm->stack_vm -= vms->stack_vm;
        mm->data_vm -= vms->data_vm;

        mas_set(mas_detach, 0);
        for (vm_area_struct* vma; (vma = (vm_area_struct*)mas_find(mas_detach, ULONG_MAX)) != null;)
            remove_vma(vma);

        vm_unacct_memory((long)vms->nr_accounted);
        if (vms->unlock)
            mmap_read_unlock(mm);

        __mt_destroy(mas_detach->tree);
    }

    // Undoes a gather: the VMAs never left the mm's tree.
    [KernelSource("mm/vma.c", "reattach_vmas", Parity.Full)]
    private static void reattach_vmas(ma_state* mas_detach)
    {
        mas_set(mas_detach, 0);
        for (vm_area_struct* vma; (vma = (vm_area_struct*)mas_find(mas_detach, ULONG_MAX)) != null;)
            vma_mark_attached(vma);

        __mt_destroy(mas_detach->tree);
    }

    // Splits what the range cuts and puts all VMAs of the range aside.
    [KernelSource("mm/vma.c", "vms_gather_munmap_vmas", Parity.Full)]
    private static int vms_gather_munmap_vmas(vma_munmap_struct* vms, ma_state* mas_detach)
    {
        vm_area_struct* next;
        int error;

        // With the split first an error leaves everything as it was.
        if (vms->start > vms->vma->vm_start)
        {
            // A hole makes one more.
            if (vms->end < vms->vma->vm_end && vms->vma->vm_mm->map_count >= sysctl_max_map_count)
            {
                error = -ENOMEM;
                goto map_count_exceeded;
            }

            if ((vms->vma->vm_flags & VM_SEALED) != 0)
            {
                error = -EPERM;
                goto start_split_failed;
            }

            error = __split_vma(vms->vmi, vms->vma, vms->start, true);
            if (error != 0)
                goto start_split_failed;
        }
        vms->prev = vma_prev(vms->vmi);
        if (vms->prev != null)
            vms->unmap_start = vms->prev->vm_end;

        while ((next = vma_find(vms->vmi, vms->end)) != null)
        {
            if ((next->vm_flags & VM_SEALED) != 0)
            {
                error = -EPERM;
                goto modify_vma_failed;
            }
            if (next->vm_end > vms->end)
            {
                error = __split_vma(vms->vmi, next, vms->end, false);
                if (error != 0)
                    goto end_split_failed;
            }
            vma_start_write(next);
            mas_set(mas_detach, (ulong)vms->vma_count++);
            error = mas_store_gfp(mas_detach, next, GFP_KERNEL);
            if (error != 0)
                goto munmap_gather_failed;

            vma_mark_detached(next);
            ulong nrpages = vma_pages(next);

            vms->nr_pages += nrpages;
            if ((next->vm_flags & VM_LOCKED) != 0)
                vms->locked_vm += nrpages;

            if ((next->vm_flags & VM_ACCOUNT) != 0)
                vms->nr_accounted += nrpages;

            if (is_exec_mapping(next->vm_flags))
                vms->exec_vm += nrpages;
            else if (is_stack_mapping(next->vm_flags))
                vms->stack_vm += nrpages;
            else if (is_data_mapping(next->vm_flags))
                vms->data_vm += nrpages;

            if (vms->uf != null)
            {
                // The event is sent when the unmap is done; what was split stays split.
                error = userfaultfd_unmap_prep(next, vms->start, vms->end, vms->uf);
                if (error != 0)
                    goto userfaultfd_error;
            }
        }

        vms->next = vma_next(vms->vmi);
        if (vms->next != null)
            vms->unmap_end = vms->next->vm_start;

        // Back to the start of the range.
        vma_iter_set(vms->vmi, vms->start);

        vms->clear_ptes = true;
        return 0;

    userfaultfd_error:
    munmap_gather_failed:
    end_split_failed:
    modify_vma_failed:
        reattach_vmas(mas_detach);
    start_split_failed:
    map_count_exceeded:
        return error;
    }

    [KernelSource("mm/vma.c", "init_vma_munmap", Parity.Full)]
    private static void init_vma_munmap(vma_munmap_struct* vms, vma_iterator* vmi, vm_area_struct* vma, ulong start, ulong end, list_head* uf, bool unlock)
    {
        *vms = default;
        vms->vmi = vmi;
        vms->vma = vma;
        if (vma != null)
        {
            vms->start = start;
            vms->end = end;
        }
        vms->unlock = unlock;
        vms->uf = uf;
        vms->unmap_start = FIRST_USER_ADDRESS;
        vms->unmap_end = USER_PGTABLES_CEILING;
    }

    [KernelSource("mm/vma.c", "do_vmi_align_munmap", Parity.Full)]
    public static int do_vmi_align_munmap(vma_iterator* vmi, vm_area_struct* vma, mm_struct* mm, ulong start, ulong end, list_head* uf, bool unlock)
    {
        maple_tree mt_detach = default;
        ma_state mas_detach = MA_STATE(&mt_detach, 0, 0);
        vma_munmap_struct vms;

        init_vma_munmap(&vms, vmi, vma, start, end, uf, unlock);
        int error = vms_gather_munmap_vmas(&vms, &mas_detach);
        if (error != 0)
            goto gather_failed;

        error = vma_iter_clear_gfp(vmi, start, end, GFP_KERNEL);
        if (error != 0)
            goto clear_tree_failed;

        vms_complete_munmap_vmas(&vms, &mas_detach);
        return 0;

    clear_tree_failed:
        reattach_vmas(&mas_detach);
    gather_failed:
        return error;
    }

    /// <summary>Unmaps a range that need not be mapped. With unlock the mmap lock is dropped on success.</summary>
    [KernelSource("mm/vma.c", "do_vmi_munmap", Parity.Full)]
    [TryReleases(Result.Zero, "mm->mmap_lock", When = "unlock")]
    public static int do_vmi_munmap(vma_iterator* vmi, mm_struct* mm, ulong start, ulong len, list_head* uf, bool unlock)
    {
        if (offset_in_page(start) != 0 || start > TASK_SIZE || len > TASK_SIZE - start)
            return -EINVAL;

        ulong end = start + PAGE_ALIGN(len);
        if (end == start)
            return -EINVAL;

        vm_area_struct* vma = vma_find(vmi, end);
        if (vma == null)
        {
            if (unlock)
                mmap_write_unlock(mm);
            return 0;
        }

        return do_vmi_align_munmap(vmi, vma, mm, start, end, uf, unlock);
    }

    [KernelSource("mm/vma.c", "__vm_munmap", Parity.Full)]
    [MightSleep]
    public static int __vm_munmap(ulong start, ulong len, bool unlock)
    {
        mm_struct* mm = current->mm;
        list_head uf;
        vma_iterator vmi = VMA_ITERATOR(mm, start);

        INIT_LIST_HEAD(&uf);
        if (mmap_write_lock_killable(mm) != 0)
            return -EINTR;

        int ret = do_vmi_munmap(&vmi, mm, start, len, &uf, unlock);
        if (ret != 0 || !unlock)
            mmap_write_unlock(mm);

        userfaultfd_unmap_complete(mm, &uf);
        return ret;
    }

    [KernelSource("mm/vma.c", "unlink_file_vma_batch_init", Parity.Full)]
    public static void unlink_file_vma_batch_init(unlink_vma_file_batch* vb) => vb->count = 0;

    [KernelSource("mm/vma.c", "unlink_file_vma_batch_process", Parity.Full)]
    private static void unlink_file_vma_batch_process(unlink_vma_file_batch* vb)
    {
        address_space* mapping = vb->vmas[0]->vm_file->f_mapping;

        i_mmap_lock_write(mapping);
        for (int i = 0; i < vb->count; i++)
        {
            VM_WARN_ON_ONCE(vb->vmas[i]->vm_file->f_mapping != mapping);
            __remove_shared_vm_struct(vb->vmas[i], mapping);
        }
        i_mmap_unlock_write(mapping);

        unlink_file_vma_batch_init(vb);
    }

    [KernelSource("mm/vma.c", "unlink_file_vma_batch_add", Parity.Full)]
    public static void unlink_file_vma_batch_add(unlink_vma_file_batch* vb, vm_area_struct* vma)
    {
        if (vma->vm_file == null)
            return;

        if ((vb->count > 0 && vb->vmas[0]->vm_file != vma->vm_file) || vb->count == 8)
            unlink_file_vma_batch_process(vb);

        vb->vmas[vb->count] = vma;
        vb->count++;
    }

    [KernelSource("mm/vma.c", "unlink_file_vma_batch_final", Parity.Full)]
    public static void unlink_file_vma_batch_final(unlink_vma_file_batch* vb)
    {
        if (vb->count > 0)
            unlink_file_vma_batch_process(vb);
    }

    [KernelSource("mm/vma.c", "vma_link_file", Parity.Full)]
    public static void vma_link_file(vm_area_struct* vma)
    {
        @file* file = vma->vm_file;

        if (file != null)
        {
            address_space* mapping = file->f_mapping;
            i_mmap_lock_write(mapping);
            __vma_link_file(vma, mapping);
            i_mmap_unlock_write(mapping);
        }
    }
}
