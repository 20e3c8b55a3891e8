// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.asm_tlb_h;
using static Linux.mm_internal_h;
using static Linux.mm_vma_h;

namespace Linux;

// Protection against writes, and which VMAs are watched over.
public static unsafe partial class mm_userfaultfd_c
{
    [KernelSource(C, "uffd_wp_range", Parity.Full)]
    public static long uffd_wp_range(vm_area_struct* dst_vma, ulong start, ulong len, bool enable_wp)
    {
        ulong mm_cp_flags;
        mmu_gather tlb;

        VM_WARN_ON_ONCE(start < dst_vma->vm_start || start + len > dst_vma->vm_end);
        if (enable_wp)
            mm_cp_flags = MM_CP_UFFD_WP;
        else
            mm_cp_flags = MM_CP_UFFD_WP_RESOLVE;

        // vm_page_prot has every write fault while the VMA is protected: what need not is made writable by hand.
        if (!enable_wp && vma_wants_manual_pte_write_upgrade(dst_vma))
            mm_cp_flags |= MM_CP_TRY_CHANGE_WRITABLE;
        tlb_gather_mmu(&tlb, dst_vma->vm_mm);
        long ret = change_protection(&tlb, dst_vma, start, start + len, mm_cp_flags);
        tlb_finish_mmu(&tlb);

        return ret;
    }

    [KernelSource(C, "mwriteprotect_range", Parity.Reduced, "no hugetlb")]
    [Excludes("ctx->mm->mmap_lock", "ctx->map_changing_lock")]
    public static int mwriteprotect_range(userfaultfd_ctx* ctx, ulong start, ulong len, bool enable_wp)
    {
        mm_struct* dst_mm = ctx->mm;
        ulong end = start + len;
        vma_iterator vmi = VMA_ITERATOR(dst_mm, start);
        vm_area_struct* dst_vma;

        VM_WARN_ON_ONCE((start & ~PAGE_MASK) != 0);
        VM_WARN_ON_ONCE((len & ~PAGE_MASK) != 0);

        // Empty, or over the end.
        VM_WARN_ON_ONCE(start + len <= start);

        mmap_read_lock(dst_mm);

        // The monitor is being told of a change of the mappings: let it read that first.
        down_read(&ctx->map_changing_lock);
        long err = -EAGAIN;
        if (atomic_read(&ctx->mmap_changing) != 0)
            goto out_unlock;

        err = -ENOENT;
        while ((dst_vma = vma_find(&vmi, end)) != null)
        {
            if (!userfaultfd_wp(dst_vma))
            {
                err = -ENOENT;
                break;
            }

            ulong _start = Math.Max(dst_vma->vm_start, start);
            ulong _end = Math.Min(dst_vma->vm_end, end);

            err = uffd_wp_range(dst_vma, _start, _end - _start, enable_wp);

            if (err < 0)
                break;
            err = 0;
        }
    out_unlock:
        up_read(&ctx->map_changing_lock);
        mmap_read_unlock(dst_mm);
        return (int)err;
    }

    [KernelSource(C, "userfaultfd_set_vm_flags", Parity.Full)]
    private static void userfaultfd_set_vm_flags(vm_area_struct* vma, vm_flags_t vm_flags)
    {
        bool uffd_wp_changed = ((vma->vm_flags ^ vm_flags) & VM_UFFD_WP) != 0;

        vm_flags_reset(vma, vm_flags);
        // Of a shared mapping that is protected writes must fault: see vma_wants_writenotify().
        if ((vma->vm_flags & VM_SHARED) != 0 && uffd_wp_changed)
            vma_set_page_prot(vma);
    }

    [KernelSource(C, "userfaultfd_set_ctx", Parity.Full)]
    private static void userfaultfd_set_ctx(vm_area_struct* vma, userfaultfd_ctx* ctx, vm_flags_t vm_flags)
    {
        vma_start_write(vma);
        vma->vm_userfaultfd_ctx = new vm_userfaultfd_ctx { ctx = ctx };
        userfaultfd_set_vm_flags(vma, (vma->vm_flags & ~__VM_UFFD_FLAGS) | vm_flags);
    }

    [KernelSource(C, "userfaultfd_reset_ctx", Parity.Full)]
    public static void userfaultfd_reset_ctx(vm_area_struct* vma) => userfaultfd_set_ctx(vma, null, 0);

    [KernelSource(C, "userfaultfd_clear_vma", Parity.Full)]
    public static vm_area_struct* userfaultfd_clear_vma(vma_iterator* vmi, vm_area_struct* prev, vm_area_struct* vma, ulong start, ulong end)
    {
        bool give_up_on_oom = false;

        // Nothing is split: if there is no memory to merge, so be it.
        if (start == vma->vm_start && end == vma->vm_end)
            give_up_on_oom = true;

        if (userfaultfd_wp(vma))
            uffd_wp_range(vma, start, end - start, false);

        vm_area_struct* ret = vma_modify_flags_uffd(vmi, prev, vma, start, end,
            vma->vm_flags & ~__VM_UFFD_FLAGS, NULL_VM_UFFD_CTX, give_up_on_oom);

        // Merged or not, the VMA's own words are set here.
        if (!IS_ERR(ret))
            userfaultfd_reset_ctx(ret);

        return ret;
    }

    // With the mmap lock held for writing, and a use of the mm.
    [KernelSource(C, "userfaultfd_register_range", Parity.Reduced, "no hugetlb")]
    public static int userfaultfd_register_range(userfaultfd_ctx* ctx, vm_area_struct* vma, vm_flags_t vm_flags, ulong start, ulong end, bool wp_async)
    {
        vma_iterator vmi = VMA_ITERATOR(ctx->mm, start);
        vm_area_struct* prev = vma_prev(&vmi);

        if (vma->vm_start < start)
            prev = vma;

        while ((vma = vma_find(&vmi, end)) != null)
        {
            cond_resched();

            VM_WARN_ON_ONCE(!vma_can_userfault(vma, vm_flags, wp_async));
            VM_WARN_ON_ONCE(vma->vm_userfaultfd_ctx.ctx != null && vma->vm_userfaultfd_ctx.ctx != ctx);
            VM_WARN_ON_ONCE((vma->vm_flags & VM_MAYWRITE) == 0);

            // Registered here already, and in the right mode.
            if (vma->vm_userfaultfd_ctx.ctx == ctx && (vma->vm_flags & vm_flags) == vm_flags)
                goto skip;

            if (vma->vm_start > start)
                start = vma->vm_start;
            ulong vma_end = Math.Min(end, vma->vm_end);

            vm_flags_t new_flags = (vma->vm_flags & ~__VM_UFFD_FLAGS) | vm_flags;
            vma = vma_modify_flags_uffd(&vmi, prev, vma, start, vma_end, new_flags, new vm_userfaultfd_ctx { ctx = ctx }, false);
            if (IS_ERR(vma))
                return (int)PTR_ERR(vma);

            // Merged or not, the VMA's own words are set here.
            userfaultfd_set_ctx(vma, ctx, vm_flags);

        skip:
            prev = vma;
            start = vma->vm_end;
        }

        return 0;
    }

    // A fork whose event nobody read: the child is not watched over.
    [KernelSource(C, "userfaultfd_release_new", Parity.Full)]
    [Excludes("mm_struct.mmap_lock")]
    public static void userfaultfd_release_new(userfaultfd_ctx* ctx)
    {
        mm_struct* mm = ctx->mm;
        vma_iterator vmi = VMA_ITERATOR(mm, 0);
        vm_area_struct* vma;

        mmap_write_lock(mm);
        while ((vma = vma_next(&vmi)) != null)
        {
            if (vma->vm_userfaultfd_ctx.ctx == ctx)
                userfaultfd_reset_ctx(vma);
        }
        mmap_write_unlock(mm);
    }

    [KernelSource(C, "userfaultfd_release_all", Parity.Full)]
    [Excludes("mm->mmap_lock")]
    public static void userfaultfd_release_all(mm_struct* mm, userfaultfd_ctx* ctx)
    {
        vma_iterator vmi = VMA_ITERATOR(mm, 0);
        vm_area_struct* vma;

        if (!mmget_not_zero(mm))
            return;

        // The caller has set ctx->released: a fault that got the context before we have the lock is taken again.
        mmap_write_lock(mm);
        vm_area_struct* prev = null;
        while ((vma = vma_next(&vmi)) != null)
        {
            cond_resched();
            VM_WARN_ON_ONCE((vma->vm_userfaultfd_ctx.ctx != null) != ((vma->vm_flags & __VM_UFFD_FLAGS) != 0));
            if (vma->vm_userfaultfd_ctx.ctx != ctx)
            {
                prev = vma;
                continue;
            }

            vma = userfaultfd_clear_vma(&vmi, prev, vma, vma->vm_start, vma->vm_end);
            prev = vma;
        }
        mmap_write_unlock(mm);
        mmput(mm);
    }
}
