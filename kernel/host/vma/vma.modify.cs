// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.mm_vma_h;

namespace Linux;

/// <summary>mm/vma.c: VMAs merged with what is there or comes, and changed.</summary>
public static unsafe partial class mm_vma_c
{
    // Part or all of middle takes on new properties: does it then belong to prev, to next, or to both?
    [KernelSource("mm/vma.c", "vma_merge_existing_range", Parity.Full)]
    private static vm_area_struct* vma_merge_existing_range(vma_merge_struct* vmg)
    {
        vm_area_struct* middle = vmg->middle;
        vm_area_struct* prev = vmg->prev;
        vm_area_struct* next;
        vm_area_struct* anon_dup = null;
        ulong start = vmg->start;
        ulong end = vmg->end;
        bool left_side = middle != null && start == middle->vm_start;
        bool right_side = middle != null && end == middle->vm_end;
        int err = 0;
        bool merge_left, merge_right, merge_both;

        mmap_assert_write_locked(vmg->mm);

        vmg->state = VMA_MERGE_NOMERGE;

        // Inside of middle there is no neighbour.
        if ((vmg->vm_flags & VM_SPECIAL) != 0 || (!left_side && !right_side))
            return null;

        if (left_side)
            merge_left = can_vma_merge_left(vmg);
        else
            merge_left = false;

        if (right_side)
        {
            next = vmg->next = find_vma_intersection(vmg->mm, end, end + PAGE_SIZE);

            merge_right = can_vma_merge_right(vmg, merge_left);
        }
        else
        {
            merge_right = false;
            next = null;
        }

        if (!merge_left && !merge_right)
            return null;

        merge_both = merge_left && merge_right;
        vmg->__remove_middle = left_side && right_side;

        if (vmg->__remove_middle && !can_merge_remove_vma(middle))
            return null;

        // Three become one: next goes too.
        vmg->__remove_next = merge_both;

        // next cannot go: make do with the left.
        if (vmg->__remove_next && !can_merge_remove_vma(next))
        {
            vmg->__remove_next = false;
            merge_right = false;
            merge_both = false;
        }

        vma_start_write(middle);

        if (merge_right)
        {
            vma_start_write(next);
            vmg->target = next;
        }

        if (merge_left)
        {
            vma_start_write(prev);
            vmg->target = prev;
        }

        if (merge_both)
        {
            // |<-------------------->|
            // |-------********-------|
            //   prev   middle   next
            vmg->start = prev->vm_start;
            vmg->end = next->vm_end;
            vmg->pgoff = prev->vm_pgoff;

            // prev takes over whichever anon_vma there is.
            err = dup_anon_vma(prev, next->anon_vma != null ? next : middle, &anon_dup);
        }
        else if (merge_left)
        {
            // prev grows over the range; middle shrinks or goes.
            vmg->start = prev->vm_start;
            vmg->pgoff = prev->vm_pgoff;

            if (!vmg->__remove_middle)
                vmg->__adjust_middle_start = true;

            err = dup_anon_vma(prev, middle, &anon_dup);
        }
        else
        {
            // next grows down over the range; middle shrinks or goes.
            ulong pglen = (vmg->end - vmg->start) >> PAGE_SHIFT;

            if (vmg->__remove_middle)
            {
                vmg->end = next->vm_end;
                vmg->pgoff = next->vm_pgoff - pglen;
            }
            else
            {
                vmg->__adjust_next_start = true;
                vmg->start = middle->vm_start;
                vmg->end = start;
                vmg->pgoff = middle->vm_pgoff;
            }

            err = dup_anon_vma(next, middle, &anon_dup);
        }

        if (err != 0 || commit_merge(vmg) != 0)
            goto abort;

        vmg->state = VMA_MERGE_SUCCESS;
        return vmg->target;

    abort:
        vma_iter_set(vmg->vmi, start);
        vma_iter_load(vmg->vmi);

        if (anon_dup != null)
            unlink_anon_vmas(anon_dup);

        // Somebody may rather go on without the merge.
        if (!vmg->give_up_on_oom)
            vmg->state = VMA_MERGE_ERROR_NOMEM;
        return null;
    }

    // A range that is not mapped yet: can a neighbour take it?
    [KernelSource("mm/vma.c", "vma_merge_new_range", Parity.Full)]
    public static vm_area_struct* vma_merge_new_range(vma_merge_struct* vmg)
    {
        vm_area_struct* prev = vmg->prev;
        vm_area_struct* next = vmg->next;
        ulong end = vmg->end;

        mmap_assert_write_locked(vmg->mm);

        vmg->state = VMA_MERGE_NOMERGE;

        if ((vmg->vm_flags & VM_SPECIAL) != 0 || (prev == null && next == null))
            return null;

        bool can_merge_left = can_vma_merge_left(vmg);
        bool can_merge_right = !vmg->just_expand && can_vma_merge_right(vmg, can_merge_left);

        if (can_merge_right)
        {
            vmg->end = next->vm_end;
            vmg->target = next;
        }

        if (can_merge_left)
        {
            vmg->start = prev->vm_start;
            vmg->target = prev;
            vmg->pgoff = prev->vm_pgoff;

            // Both would be merged, but next cannot go.
            if (can_merge_right && !can_merge_remove_vma(next))
                vmg->end = end;

            if (!vmg->just_expand)
                vma_prev(vmg->vmi);
        }

        if (vmg->target != null && vma_expand(vmg) == 0)
        {
            vmg->state = VMA_MERGE_SUCCESS;
            return vmg->target;
        }

        return null;
    }

    [KernelSource("mm/vma.c", "vma_expand", Parity.Full)]
    public static int vma_expand(vma_merge_struct* vmg)
    {
        vm_area_struct* anon_dup = null;
        bool remove_next = false;
        vm_area_struct* target = vmg->target;
        vm_area_struct* next = vmg->next;
        int ret = 0;

        mmap_assert_write_locked(vmg->mm);

        vma_start_write(target);
        if (next != null && target != next && vmg->end == next->vm_end)
            remove_next = true;

        VM_WARN_ON(next != null && !remove_next && next != target && vmg->end > next->vm_start);

        if (remove_next)
            ret = dup_anon_vma(target, next, &anon_dup);
        if (ret == 0 && vmg->copied_from != null)
            ret = dup_anon_vma(target, vmg->copied_from, &anon_dup);
        if (ret != 0)
            return ret;

        if (remove_next)
        {
            vma_start_write(next);
            vmg->__remove_next = true;
        }
        if (commit_merge(vmg) != 0)
            goto nomem;

        return 0;

    nomem:
        if (anon_dup != null)
            unlink_anon_vmas(anon_dup);
        // The caller maps the range by itself then.
        if (!vmg->give_up_on_oom)
            vmg->state = VMA_MERGE_ERROR_NOMEM;
        return -ENOMEM;
    }

    [KernelSource("mm/vma.c", "vma_modify", Parity.Full)]
    private static vm_area_struct* vma_modify(vma_merge_struct* vmg)
    {
        vm_area_struct* vma = vmg->middle;
        ulong start = vmg->start;
        ulong end = vmg->end;

        vm_area_struct* merged = vma_merge_existing_range(vmg);
        if (merged != null)
            return merged;
        if (vmg_nomem(vmg))
            return (vm_area_struct*)ERR_PTR(-ENOMEM);

        if (vma->vm_start < start)
        {
            int err = split_vma(vmg->vmi, vma, start, true);

            if (err != 0)
                return (vm_area_struct*)ERR_PTR(err);
        }

        if (vma->vm_end > end)
        {
            int err = split_vma(vmg->vmi, vma, end, false);

            if (err != 0)
                return (vm_area_struct*)ERR_PTR(err);
        }

        return vma;
    }

    /// <summary>A VMA of exactly [start, end) that may take the flags: merged, split, or as it is. The caller sets them.</summary>
    [KernelSource("mm/vma.c", "vma_modify_flags", Parity.Full)]
    public static vm_area_struct* vma_modify_flags(vma_iterator* vmi, vm_area_struct* prev, vm_area_struct* vma, ulong start, ulong end, ulong vm_flags)
    {
        vma_merge_struct vmg = VMG_VMA_STATE(vmi, prev, vma, start, end);

        vmg.vm_flags = vm_flags;

        return vma_modify(&vmg);
    }

    [KernelSource("mm/vma.c", "vma_modify_flags_uffd", Parity.Full)]
    public static vm_area_struct* vma_modify_flags_uffd(vma_iterator* vmi, vm_area_struct* prev, vm_area_struct* vma, ulong start, ulong end,
        ulong vm_flags, vm_userfaultfd_ctx new_ctx, bool give_up_on_oom)
    {
        vma_merge_struct vmg = VMG_VMA_STATE(vmi, prev, vma, start, end);

        vmg.vm_flags = vm_flags;
        vmg.uffd_ctx = new_ctx;
        if (give_up_on_oom)
            vmg.give_up_on_oom = true;

        return vma_modify(&vmg);
    }

    // Two VMAs that could be one if they had the same flags may share an anon_vma from the start.
    [KernelSource("mm/vma.c", "anon_vma_compatible", Parity.Full)]
    private static bool anon_vma_compatible(vm_area_struct* a, vm_area_struct* b) =>
        a->vm_end == b->vm_start && a->vm_file == b->vm_file
        && ((a->vm_flags ^ b->vm_flags) & ~(VM_ACCESS_FLAGS | VM_SOFTDIRTY)) == 0
        && b->vm_pgoff == a->vm_pgoff + ((b->vm_start - a->vm_start) >> PAGE_SHIFT);

    // READ_ONCE: the neighbour may get its anon_vma from another fault at this moment.
    [KernelSource("mm/vma.c", "reusable_anon_vma", Parity.Full)]
    private static anon_vma* reusable_anon_vma(vm_area_struct* old, vm_area_struct* a, vm_area_struct* b)
    {
        if (anon_vma_compatible(a, b))
        {
            anon_vma* anon_vma = READ_ONCE(&old->anon_vma);

            // Never one of a forked VMA's.
            if (anon_vma != null && list_is_singular(&old->anon_vma_chain))
                return anon_vma;
        }
        return null;
    }

    [KernelSource("mm/vma.c", "find_mergeable_anon_vma", Parity.Full)]
    public static anon_vma* find_mergeable_anon_vma(vm_area_struct* vma)
    {
        vma_iterator vmi = VMA_ITERATOR(vma->vm_mm, vma->vm_end);

        vm_area_struct* next = vma_iter_load(&vmi);
        if (next != null)
        {
            anon_vma* anon_vma = reusable_anon_vma(next, vma, next);
            if (anon_vma != null)
                return anon_vma;
        }

        vm_area_struct* prev = vma_prev(&vmi);
        VM_BUG_ON_VMA(prev != vma, vma);
        prev = vma_prev(&vmi);
        if (prev != null)
            return reusable_anon_vma(prev, prev, vma);

        // No neighbour that fits: a new one.
        return null;
    }
}
