// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.mm_internal_h;
using static Linux.mm_vma_h;

namespace Linux;

/// <summary>What mmap_region() knows on its way.</summary>
public unsafe struct mmap_state
{
    public mm_struct* mm;
    public vma_iterator* vmi;
    public ulong addr;
    public ulong end;
    public ulong pgoff;
    public ulong pglen;
    public ulong vm_flags;
    public @file* file;
    public pgprot_t page_prot;
    public ulong charged;
    public vm_area_struct* prev;
    public vm_area_struct* next;
    public vma_munmap_struct vms;
    public ma_state mas_detach;
    public maple_tree mt_detach;
}

/// <summary>mm/vma.c: mapping, and finding room for it.</summary>
public static unsafe partial class mm_vma_c
{
    // Memory that somebody could dirty counts against what the machine may promise.
    [KernelSource("mm/vma.c", "accountable_mapping", Parity.Full)]
    private static bool accountable_mapping(@file* file, ulong vm_flags) =>
        (vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;

    [KernelSource("mm/vma.c", "vms_abort_munmap_vmas", Parity.Full)]
    private static void vms_abort_munmap_vmas(vma_munmap_struct* vms, ma_state* mas_detach)
    {
        ma_state* mas = &vms->vmi->mas;

        if (vms->nr_pages == 0)
            return;

        if (vms->clear_ptes)
        {
            reattach_vmas(mas_detach);
            return;
        }

        // The tables are cleared already: the old mapping cannot come back, so leave a gap.
        mas_set_range(mas, vms->start, vms->end - 1);
        mas_store_gfp(mas, null, GFP_KERNEL | __GFP_NOFAIL);
        vms_complete_munmap_vmas(vms, mas_detach);
    }

    [KernelSource("mm/vma.c", "__mmap_prepare", Parity.Full)]
    private static int __mmap_prepare(mmap_state* map, list_head* uf)
    {
        vma_iterator* vmi = map->vmi;
        vma_munmap_struct* vms = &map->vms;

        vms->vma = vma_find(vmi, map->end);
        init_vma_munmap(vms, vmi, vms->vma, map->addr, map->end, uf, false);

        if (vms->vma != null)
        {
            mt_init_flags(&map->mt_detach, 0);
            mas_init(&map->mas_detach, &map->mt_detach, 0);
            int error = vms_gather_munmap_vmas(vms, &map->mas_detach);
            if (error != 0)
            {
                vms->nr_pages = 0;
                return error;
            }

            map->next = vms->next;
            map->prev = vms->prev;
        }
        else
        {
            map->next = vma_iter_next_rewind(vmi, &map->prev);
        }

        if (!may_expand_vm(map->mm, map->vm_flags, map->pglen - vms->nr_pages))
            return -ENOMEM;

        if (accountable_mapping(map->file, map->vm_flags))
        {
            map->charged = map->pglen;
            map->charged -= vms->nr_accounted;
            if (map->charged != 0)
            {
                int error = security_vm_enough_memory_mm(map->mm, (long)map->charged);
                if (error != 0)
                    return error;
            }

            vms->nr_accounted = 0;
            map->vm_flags |= VM_ACCOUNT;
        }

        // Clear the old mapping before ->mmap or the merge may see it.
        vms_clean_up_area(vms, &map->mas_detach);

        return 0;
    }

    [KernelSource("mm/vma.c", "__mmap_new_file_vma", Parity.Full)]
    [Initializes("vma->vm_file")]
    private static int __mmap_new_file_vma(mmap_state* map, vm_area_struct* vma)
    {
        vma_iterator* vmi = map->vmi;

        vma->vm_file = get_file(map->file);

        if (map->file->f_op->mmap == null)
            return 0;

        int error = mmap_file(vma->vm_file, vma);
        if (error != 0)
        {
            fput(vma->vm_file);
            vma->vm_file = null;

            vma_iter_set(vmi, vma->vm_end);
            unmap_region(&vmi->mas, vma, map->prev, map->next);

            return error;
        }

        WARN_ON_ONCE(map->addr != vma->vm_start);

        map->file = vma->vm_file;
        map->vm_flags = vma->vm_flags;

        return 0;
    }

    [KernelSource("mm/vma.c", "__mmap_new_vma", Parity.Full)]
    private static int __mmap_new_vma(mmap_state* map, vm_area_struct** vmap)
    {
        vma_iterator* vmi = map->vmi;
        int error = 0;

        // The new VMA is charged to whoever maps.
        vm_area_struct* vma = vm_area_alloc(map->mm);
        if (vma == null)
            return -ENOMEM;

        vma_iter_config(vmi, map->addr, map->end);
        vma_set_range(vma, map->addr, map->end, map->pgoff);
        vm_flags_init(vma, map->vm_flags);
        vma->vm_page_prot = map->page_prot;

        if (vma_iter_prealloc(vmi, vma) != 0)
        {
            error = -ENOMEM;
            goto free_vma;
        }

        if (map->file != null)
            error = __mmap_new_file_vma(map, vma);
        else if ((map->vm_flags & VM_SHARED) != 0)
            error = shmem_zero_setup(vma);
        else
            vma_set_anonymous(vma);

        if (error != 0)
            goto free_iter_vma;

        // It is in the tree already.
        vma_start_write(vma);
        vma_iter_store_new(vmi, vma);
        map->mm->map_count++;
        vma_link_file(vma);

        *vmap = vma;
        return 0;

    free_iter_vma:
        vma_iter_free(vmi);
    free_vma:
        vm_area_free(vma);
        return error;
    }

    [KernelSource("mm/vma.c", "__mmap_complete", Parity.Full)]
    private static void __mmap_complete(mmap_state* map, vm_area_struct* vma)
    {
        mm_struct* mm = map->mm;
        ulong vm_flags = vma->vm_flags;

        vms_complete_munmap_vmas(&map->vms, &map->mas_detach);

        vm_stat_account(mm, vma->vm_flags, (long)map->pglen);
        if ((vm_flags & VM_LOCKED) != 0)
        {
            if ((vm_flags & VM_SPECIAL) != 0 || vma == get_gate_vma(mm))
                vm_flags_clear(vma, VM_LOCKED_MASK);
            else
                mm->locked_vm += map->pglen;
        }

        vm_flags_set(vma, VM_SOFTDIRTY);

        vma_set_page_prot(vma);
    }

    [KernelSource("mm/vma.c", "__mmap_region", Parity.Reduced, "->mmap_prepare and KSM's flags are not there")]
    private static ulong __mmap_region(@file* file, ulong addr, ulong len, ulong vm_flags, ulong pgoff, list_head* uf)
    {
        mm_struct* mm = current->mm;
        vm_area_struct* vma = null;
        vma_iterator vmi = VMA_ITERATOR(mm, addr);
        mmap_state map = new()
        {
            mm = mm,
            vmi = &vmi,
            addr = addr,
            end = addr + len,
            pgoff = pgoff,
            pglen = len >> PAGE_SHIFT,
            vm_flags = vm_flags,
            file = file,
            page_prot = vm_get_page_prot(vm_flags),
        };

        int error = __mmap_prepare(&map, uf);
        if (error != 0)
            goto abort_munmap;

        if (map.prev != null || map.next != null)
        {
            vma_merge_struct vmg = VMG_STATE(map.mm, map.vmi, map.addr, map.end, map.vm_flags, map.pgoff);

            vmg.file = map.file;
            vmg.prev = map.prev;
            vmg.next = map.next;
            vma = vma_merge_new_range(&vmg);
        }

        if (vma == null)
        {
            error = __mmap_new_vma(&map, &vma);
            if (error != 0)
                goto unacct_error;
        }

        __mmap_complete(&map, vma);

        return addr;

    unacct_error:
        if (map.charged != 0)
            vm_unacct_memory((long)map.charged);
    abort_munmap:
        vms_abort_munmap_vmas(&map.vms, &map.mas_detach);
        return (ulong)error;
    }

    [KernelSource("mm/vma.c", "mmap_region", Parity.Full)]
    [MustHold("asm_percpu_h.current->mm->mmap_lock")]
    public static ulong mmap_region(@file* file, ulong addr, ulong len, ulong vm_flags, ulong pgoff, list_head* uf)
    {
        bool writable_file_mapping = false;

        mmap_assert_write_locked(current->mm);

        if (file != null && is_shared_maywrite(vm_flags))
        {
            int error = mapping_map_writable(file->f_mapping);

            if (error != 0)
                return (ulong)error;
            writable_file_mapping = true;
        }

        ulong ret = __mmap_region(file, addr, len, vm_flags, pgoff, uf);

        if (writable_file_mapping)
            mapping_unmap_writable(file->f_mapping);

        return ret;
    }

    [KernelSource("mm/vma.c", "unmapped_area", Parity.Full)]
    public static ulong unmapped_area(vm_unmapped_area_info* info)
    {
        vma_iterator vmi = VMA_ITERATOR(current->mm, 0);

        ulong length = info->length + info->align_mask + info->start_gap;
        if (length < info->length)
            return unchecked((ulong)-ENOMEM);

        ulong low_limit = info->low_limit;
        if (low_limit < mm_mmap_c.mmap_min_addr)
            low_limit = mm_mmap_c.mmap_min_addr;
        ulong high_limit = info->high_limit;
    retry:
        if (vma_iter_area_lowest(&vmi, low_limit, high_limit, length) != 0)
            return unchecked((ulong)-ENOMEM);

        ulong gap = vma_iter_addr(&vmi) + info->start_gap;
        gap += (info->align_offset - gap) & info->align_mask;
        // Keep clear of a stack's guard.
        vm_area_struct* tmp = vma_next(&vmi);
        if (tmp != null && (tmp->vm_flags & VM_STARTGAP_FLAGS) != 0)
        {
            if (vm_start_gap(tmp) < gap + length - 1)
            {
                low_limit = tmp->vm_end;
                vma_iter_reset(&vmi);
                goto retry;
            }
        }
        else
        {
            tmp = vma_prev(&vmi);
            if (tmp != null && vm_end_gap(tmp) > gap)
            {
                low_limit = vm_end_gap(tmp);
                vma_iter_reset(&vmi);
                goto retry;
            }
        }

        return gap;
    }

    [KernelSource("mm/vma.c", "unmapped_area_topdown", Parity.Full)]
    public static ulong unmapped_area_topdown(vm_unmapped_area_info* info)
    {
        vma_iterator vmi = VMA_ITERATOR(current->mm, 0);

        ulong length = info->length + info->align_mask + info->start_gap;
        if (length < info->length)
            return unchecked((ulong)-ENOMEM);

        ulong low_limit = info->low_limit;
        if (low_limit < mm_mmap_c.mmap_min_addr)
            low_limit = mm_mmap_c.mmap_min_addr;
        ulong high_limit = info->high_limit;
    retry:
        if (vma_iter_area_highest(&vmi, low_limit, high_limit, length) != 0)
            return unchecked((ulong)-ENOMEM);

        ulong gap = vma_iter_end(&vmi) - info->length;
        gap -= (gap - info->align_offset) & info->align_mask;
        ulong gap_end = vma_iter_end(&vmi);
        vm_area_struct* tmp = vma_next(&vmi);
        if (tmp != null && (tmp->vm_flags & VM_STARTGAP_FLAGS) != 0)
        {
            if (vm_start_gap(tmp) < gap_end)
            {
                high_limit = vm_start_gap(tmp);
                vma_iter_reset(&vmi);
                goto retry;
            }
        }
        else
        {
            tmp = vma_prev(&vmi);
            if (tmp != null && vm_end_gap(tmp) > gap)
            {
                high_limit = tmp->vm_start;
                vma_iter_reset(&vmi);
                goto retry;
            }
        }

        return gap;
    }
}
