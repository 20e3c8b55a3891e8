// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_rmap_h;
using static Linux.mm_internal_h;
using static Linux.mm_vma_h;

namespace Linux;

/// <summary>mm/vma.c: what may be merged, and the change of several VMAs at once.</summary>
public static unsafe partial class mm_vma_c
{
    /// <summary>VMG_STATE: a new range.</summary>
    [KernelSource("mm/vma.c", "VMG_STATE", Parity.Full)]
    private static vma_merge_struct VMG_STATE(mm_struct* mm, vma_iterator* vmi, ulong start, ulong end, ulong vm_flags, ulong pgoff) => new()
    {
        mm = mm,
        vmi = vmi,
        start = start,
        end = end,
        vm_flags = vm_flags,
        pgoff = pgoff,
        state = VMA_MERGE_START,
    };

    /// <summary>VMG_VMA_STATE: a part of a VMA that is to change.</summary>
    [KernelSource("mm/vma.c", "VMG_VMA_STATE", Parity.Full)]
    private static vma_merge_struct VMG_VMA_STATE(vma_iterator* vmi, vm_area_struct* prev, vm_area_struct* vma, ulong start, ulong end) => new()
    {
        mm = vma->vm_mm,
        vmi = vmi,
        prev = prev,
        middle = vma,
        start = start,
        end = end,
        vm_flags = vma->vm_flags,
        pgoff = vma->vm_pgoff + ((start - vma->vm_start) >> PAGE_SHIFT),
        file = vma->vm_file,
        anon_vma = vma->anon_vma,
        uffd_ctx = vma->vm_userfaultfd_ctx,
        state = VMA_MERGE_START,
    };

    // A VMA that fork made hangs on more than one anon_vma: merging it would make the lock of the root ever hotter.
    [KernelSource("mm/vma.c", "vma_is_fork_child", Parity.Full)]
    private static bool vma_is_fork_child(vm_area_struct* vma) =>
        vma != null && vma->anon_vma != null && !list_is_singular(&vma->anon_vma_chain);

    [KernelSource("mm/vma.c", "is_mergeable_vma", Parity.Full)]
    private static bool is_mergeable_vma(vma_merge_struct* vmg, bool merge_next)
    {
        vm_area_struct* vma = merge_next ? vmg->next : vmg->prev;

        if (((vma->vm_flags ^ vmg->vm_flags) & ~VM_SOFTDIRTY) != 0)
            return false;
        if (vma->vm_file != vmg->file)
            return false;
        if (!is_mergeable_vm_userfaultfd_ctx(vma, vmg->uffd_ctx))
            return false;
        return true;
    }

    [KernelSource("mm/vma.c", "is_mergeable_anon_vma", Parity.Full)]
    private static bool is_mergeable_anon_vma(vma_merge_struct* vmg, bool merge_next)
    {
        vm_area_struct* tgt = merge_next ? vmg->next : vmg->prev;
        vm_area_struct* src = vmg->middle;
        anon_vma* tgt_anon = tgt->anon_vma;
        anon_vma* src_anon = vmg->anon_vma;

        VM_WARN_ON(src != null && src_anon != src->anon_vma);

        // The target takes over the source's anon_vma.
        if (tgt_anon == null && src_anon != null)
        {
            if (vma_is_fork_child(src))
                return false;
            if (vma_is_fork_child(vmg->copied_from))
                return false;

            return true;
        }

        if (tgt_anon != null && src_anon == null)
            return !vma_is_fork_child(tgt);

        return src_anon == tgt_anon;
    }

    [KernelSource("mm/vma.c", "init_multi_vma_prep", Parity.Full)]
    private static void init_multi_vma_prep(vma_prepare* vp, vm_area_struct* vma, vma_merge_struct* vmg)
    {
        vm_area_struct* adjust;

        *vp = default;
        vm_area_struct** remove = &vp->remove;
        vp->vma = vma;
        vp->anon_vma = vma->anon_vma;

        if (vmg != null && vmg->__remove_middle)
        {
            *remove = vmg->middle;
            remove = &vp->remove2;
        }
        if (vmg != null && vmg->__remove_next)
            *remove = vmg->next;

        if (vmg != null && vmg->__adjust_middle_start)
            adjust = vmg->middle;
        else if (vmg != null && vmg->__adjust_next_start)
            adjust = vmg->next;
        else
            adjust = null;

        vp->adj_next = adjust;
        if (vp->anon_vma == null && adjust != null)
            vp->anon_vma = adjust->anon_vma;

        VM_WARN_ON(vp->anon_vma != null && adjust != null && adjust->anon_vma != null && vp->anon_vma != adjust->anon_vma);

        vp->file = vma->vm_file;
        if (vp->file != null)
            vp->mapping = vma->vm_file->f_mapping;
    }

    // The range ends where next begins, in the file or the address space as well.
    [KernelSource("mm/vma.c", "can_vma_merge_before", Parity.Full)]
    private static bool can_vma_merge_before(vma_merge_struct* vmg)
    {
        ulong pglen = (vmg->end - vmg->start) >> PAGE_SHIFT;

        if (is_mergeable_vma(vmg, true) && is_mergeable_anon_vma(vmg, true))
        {
            if (vmg->next->vm_pgoff == vmg->pgoff + pglen)
                return true;
        }

        return false;
    }

    [KernelSource("mm/vma.c", "can_vma_merge_after", Parity.Full)]
    private static bool can_vma_merge_after(vma_merge_struct* vmg)
    {
        if (is_mergeable_vma(vmg, false) && is_mergeable_anon_vma(vmg, false))
        {
            if (vmg->prev->vm_pgoff + vma_pages(vmg->prev) == vmg->pgoff)
                return true;
        }
        return false;
    }

    [KernelSource("mm/vma.c", "__vma_link_file", Parity.Full)]
    private static void __vma_link_file(vm_area_struct* vma, address_space* mapping)
    {
        if (vma_is_shared_maywrite(vma))
            mapping_allow_writable(mapping);

        vma_interval_tree_insert(vma, &mapping->i_mmap);
    }

    [KernelSource("mm/vma.c", "__remove_shared_vm_struct", Parity.Full)]
    private static void __remove_shared_vm_struct(vm_area_struct* vma, address_space* mapping)
    {
        if (vma_is_shared_maywrite(vma))
            mapping_unmap_writable(mapping);

        vma_interval_tree_remove(vma, &mapping->i_mmap);
    }

    // The trees are sorted by offset: a VMA is taken out while its range changes.
    [KernelSource("mm/vma.c", "anon_vma_interval_tree_pre_update_vma", Parity.Full)]
    private static void anon_vma_interval_tree_pre_update_vma(vm_area_struct* vma)
    {
        for (list_head* p = vma->anon_vma_chain.next; p != &vma->anon_vma_chain; p = p->next)
        {
            anon_vma_chain* avc = list_entry<anon_vma_chain>(p, &((anon_vma_chain*)nowhere)->same_vma);
            anon_vma_interval_tree_remove(avc, &avc->anon_vma->rb_root);
        }
    }

    [KernelSource("mm/vma.c", "anon_vma_interval_tree_post_update_vma", Parity.Full)]
    private static void anon_vma_interval_tree_post_update_vma(vm_area_struct* vma)
    {
        for (list_head* p = vma->anon_vma_chain.next; p != &vma->anon_vma_chain; p = p->next)
        {
            anon_vma_chain* avc = list_entry<anon_vma_chain>(p, &((anon_vma_chain*)nowhere)->same_vma);
            anon_vma_interval_tree_insert(avc, &avc->anon_vma->rb_root);
        }
    }

    // Takes the locks and takes the VMAs out of the trees of the reverse map.
    [KernelSource("mm/vma.c", "vma_prepare", Parity.Full)]
    [ContextUnsafe("the locks that are taken depend on the vma; vma_complete drops what vma_prepare took")]
    private static void vma_prepare(vma_prepare* vp)
    {
        if (vp->file != null)
        {
            i_mmap_lock_write(vp->mapping);
            // In before the change of the old one, so that truncation never misses a page.
            if (vp->insert != null && vp->insert->vm_file != null)
                __vma_link_file(vp->insert, vp->insert->vm_file->f_mapping);
        }

        if (vp->anon_vma != null)
        {
            anon_vma_lock_write(vp->anon_vma);
            anon_vma_interval_tree_pre_update_vma(vp->vma);
            if (vp->adj_next != null)
                anon_vma_interval_tree_pre_update_vma(vp->adj_next);
        }

        if (vp->file != null)
        {
            vma_interval_tree_remove(vp->vma, &vp->mapping->i_mmap);
            if (vp->adj_next != null)
                vma_interval_tree_remove(vp->adj_next, &vp->mapping->i_mmap);
        }
    }

    // Puts everything back, stores the new VMA, frees those that were merged away.
    [KernelSource("mm/vma.c", "vma_complete", Parity.Full)]
    [ContextUnsafe("the locks that are taken depend on the vma; vma_complete drops what vma_prepare took")]
    private static void vma_complete(vma_prepare* vp, vma_iterator* vmi, mm_struct* mm)
    {
        if (vp->file != null)
        {
            if (vp->adj_next != null)
                vma_interval_tree_insert(vp->adj_next, &vp->mapping->i_mmap);
            vma_interval_tree_insert(vp->vma, &vp->mapping->i_mmap);
        }

        if (vp->remove != null && vp->file != null)
        {
            __remove_shared_vm_struct(vp->remove, vp->mapping);
            if (vp->remove2 != null)
                __remove_shared_vm_struct(vp->remove2, vp->mapping);
        }
        else if (vp->insert != null)
        {
            // The iterator's memory was set aside for it.
            vma_iter_store_new(vmi, vp->insert);
            mm->map_count++;
        }

        if (vp->anon_vma != null)
        {
            anon_vma_interval_tree_post_update_vma(vp->vma);
            if (vp->adj_next != null)
                anon_vma_interval_tree_post_update_vma(vp->adj_next);
            anon_vma_unlock_write(vp->anon_vma);
        }

        if (vp->file != null)
            i_mmap_unlock_write(vp->mapping);

        if (vp->remove != null)
        {
        again:
            vma_mark_detached(vp->remove);
            if (vp->file != null)
                fput(vp->file);
            if (vp->remove->anon_vma != null)
                anon_vma_merge(vp->vma, vp->remove);
            mm->map_count--;
            if (vp->remove2 == null)
                WARN_ON_ONCE(vp->vma->vm_end < vp->remove->vm_end);
            vm_area_free(vp->remove);

            // Both the middle and the next were swallowed.
            if (vp->remove2 != null)
            {
                vp->remove = vp->remove2;
                vp->remove2 = null;
                goto again;
            }
        }
    }

    [KernelSource("mm/vma.c", "init_vma_prep", Parity.Full)]
    private static void init_vma_prep(vma_prepare* vp, vm_area_struct* vma) => init_multi_vma_prep(vp, vma, null);

    [KernelSource("mm/vma.c", "can_vma_merge_left", Parity.Full)]
    private static bool can_vma_merge_left(vma_merge_struct* vmg) =>
        vmg->prev != null && vmg->prev->vm_end == vmg->start && can_vma_merge_after(vmg);

    [KernelSource("mm/vma.c", "can_vma_merge_right", Parity.Full)]
    private static bool can_vma_merge_right(vma_merge_struct* vmg, bool can_merge_left)
    {
        vm_area_struct* next = vmg->next;

        if (next == null || vmg->end != next->vm_start || !can_vma_merge_before(vmg))
            return false;

        if (!can_merge_left)
            return true;

        // All three become one only if prev and next agree as well.
        vm_area_struct* prev = vmg->prev;
        return prev->anon_vma == null || next->anon_vma == null || prev->anon_vma == next->anon_vma;
    }

    // dst is to swallow src: it must hang on src's anon_vmas.
    [KernelSource("mm/vma.c", "dup_anon_vma", Parity.Full)]
    private static int dup_anon_vma(vm_area_struct* dst, vm_area_struct* src, vm_area_struct** dup)
    {
        if (src->anon_vma != null && dst->anon_vma == null)
        {
            vma_assert_write_locked(dst);
            dst->anon_vma = src->anon_vma;
            int ret = anon_vma_clone(dst, src);
            if (ret != 0)
                return ret;

            *dup = dst;
        }

        return 0;
    }

    [KernelSource("mm/vma.c", "vmg_adjust_set_range", Parity.Full)]
    private static void vmg_adjust_set_range(vma_merge_struct* vmg)
    {
        vm_area_struct* adjust;
        ulong pgoff;

        if (vmg->__adjust_middle_start)
        {
            adjust = vmg->middle;
            pgoff = adjust->vm_pgoff + ((vmg->end - adjust->vm_start) >> PAGE_SHIFT);
        }
        else if (vmg->__adjust_next_start)
        {
            adjust = vmg->next;
            pgoff = adjust->vm_pgoff - ((adjust->vm_start - vmg->end) >> PAGE_SHIFT);
        }
        else
        {
            return;
        }

        vma_set_range(adjust, vmg->end, adjust->vm_end, pgoff);
    }

    [KernelSource("mm/vma.c", "commit_merge", Parity.Full)]
    private static int commit_merge(vma_merge_struct* vmg)
    {
        vm_area_struct* vma;
        vma_prepare vp;

        if (vmg->__adjust_next_start)
        {
            // next grows downwards: what is stored is next, over the end of middle.
            vma = vmg->middle;
            vma_iter_config(vmg->vmi, vmg->end, vmg->next->vm_end);
        }
        else
        {
            vma = vmg->target;
            vma_iter_config(vmg->vmi, vmg->start, vmg->end);
        }

        init_multi_vma_prep(&vp, vma, vmg);

        if (vma_iter_prealloc(vmg->vmi, vma) != 0)
            return -ENOMEM;

        vma_prepare(&vp);
        vma_adjust_trans_huge(vma, vmg->start, vmg->end, vmg->__adjust_middle_start ? vmg->middle : null);
        vma_set_range(vma, vmg->start, vmg->end, vmg->pgoff);
        vmg_adjust_set_range(vmg);
        vma_iter_store_overwrite(vmg->vmi, vmg->target);

        vma_complete(&vp, vmg->vmi, vma->vm_mm);

        return 0;
    }

    // ->close would run for a part of the mapping only.
    [KernelSource("mm/vma.c", "can_merge_remove_vma", Parity.Full)]
    private static bool can_merge_remove_vma(vm_area_struct* vma) => vma->vm_ops == null || vma->vm_ops->close == null;
}
