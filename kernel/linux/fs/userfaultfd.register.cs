// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_userfaultfd_k_h;

namespace Linux;

// Which memory is watched over.
public static unsafe partial class fs_userfaultfd_c
{
    [KernelSource(C, "validate_unaligned_range", Parity.Full)]
    private static int validate_unaligned_range(mm_struct* mm, ulong start, ulong len)
    {
        ulong task_size = mm->task_size;

        if ((len & ~PAGE_MASK) != 0)
            return -EINVAL;
        if (len == 0)
            return -EINVAL;
        if (start < mm_mmap_c.mmap_min_addr)
            return -EINVAL;
        if (start >= task_size)
            return -EINVAL;
        if (len > task_size - start)
            return -EINVAL;
        if (start + len <= start)
            return -EINVAL;
        return 0;
    }

    [KernelSource(C, "validate_range", Parity.Full)]
    private static int validate_range(mm_struct* mm, ulong start, ulong len)
    {
        if ((start & ~PAGE_MASK) != 0)
            return -EINVAL;

        return validate_unaligned_range(mm, start, len);
    }

    [KernelSource(C, "userfaultfd_register", Parity.Reduced, "no hugetlb")]
    [Excludes("ctx->mm->mmap_lock")]
    private static int userfaultfd_register(userfaultfd_ctx* ctx, ulong arg)
    {
        mm_struct* mm = ctx->mm;
        uffdio_register uffdio_register;
        uffdio_register* user_uffdio_register = (uffdio_register*)arg;
        vma_iterator vmi;
        bool wp_async = userfaultfd_wp_async_ctx(ctx);

        int ret = -EFAULT;
        if (copy_from_user(&uffdio_register, user_uffdio_register, (ulong)sizeof(uffdio_register) - sizeof(ulong)) != 0)
            goto @out;

        ret = -EINVAL;
        if (uffdio_register.mode == 0)
            goto @out;
        if ((uffdio_register.mode & ~UFFD_API_REGISTER_MODES) != 0)
            goto @out;
        vm_flags_t vm_flags = 0;
        if ((uffdio_register.mode & UFFDIO_REGISTER_MODE_MISSING) != 0)
            vm_flags |= VM_UFFD_MISSING;
        if ((uffdio_register.mode & UFFDIO_REGISTER_MODE_WP) != 0)
            vm_flags |= VM_UFFD_WP;
        if ((uffdio_register.mode & UFFDIO_REGISTER_MODE_MINOR) != 0)
            vm_flags |= VM_UFFD_MINOR;

        ret = validate_range(mm, uffdio_register.range.start, uffdio_register.range.len);
        if (ret != 0)
            goto @out;

        ulong start = uffdio_register.range.start;
        ulong end = start + uffdio_register.range.len;

        ret = -ENOMEM;
        if (!mmget_not_zero(mm))
            goto @out;

        ret = -EINVAL;
        mmap_write_lock(mm);
        vma_iter_init(&vmi, mm, start);
        vm_area_struct* vma = vma_find(&vmi, end);
        if (vma == null)
            goto out_unlock;

        // All of it has to do, or none of it is touched.
        bool found = false;
        vm_area_struct* cur = vma;
        do
        {
            cond_resched();

            VM_WARN_ON_ONCE((cur->vm_userfaultfd_ctx.ctx != null) != ((cur->vm_flags & __VM_UFFD_FLAGS) != 0));

            ret = -EINVAL;
            if (!vma_can_userfault(cur, vm_flags, wp_async))
                goto out_unlock;

            // Filling holes of a shared file takes the permission to write to it, if not through this mapping.
            ret = -EPERM;
            if ((cur->vm_flags & VM_MAYWRITE) == 0)
                goto out_unlock;

            if ((vm_flags & VM_UFFD_WP) != 0 && (cur->vm_flags & VM_MAYWRITE) == 0)
                goto out_unlock;

            // A VMA has one monitor.
            ret = -EBUSY;
            if (cur->vm_userfaultfd_ctx.ctx != null && cur->vm_userfaultfd_ctx.ctx != ctx)
                goto out_unlock;

            found = true;
        }
        while ((cur = vma_find(&vmi, end)) != null);
        VM_WARN_ON_ONCE(!found);

        ret = userfaultfd_register_range(ctx, vma, vm_flags, start, end, wp_async);

    out_unlock:
        mmap_write_unlock(mm);
        mmput(mm);
        if (ret == 0)
        {
            ulong ioctls_out = UFFD_API_RANGE_IOCTLS;

            if ((uffdio_register.mode & UFFDIO_REGISTER_MODE_WP) == 0)
                ioctls_out &= ~(1UL << _UFFDIO_WRITEPROTECT);

            if ((uffdio_register.mode & UFFDIO_REGISTER_MODE_MINOR) == 0)
                ioctls_out &= ~(1UL << _UFFDIO_CONTINUE);

            if (put_user((long)ioctls_out, answer<uffdio_register>(arg)) != 0)
                ret = -EFAULT;
        }
    @out:
        return ret;
    }

    [KernelSource(C, "userfaultfd_unregister", Parity.Reduced, "no hugetlb")]
    [Excludes("ctx->mm->mmap_lock")]
    private static int userfaultfd_unregister(userfaultfd_ctx* ctx, ulong arg)
    {
        mm_struct* mm = ctx->mm;
        uffdio_range uffdio_unregister;
        vma_iterator vmi;
        bool wp_async = userfaultfd_wp_async_ctx(ctx);

        int ret = -EFAULT;
        if (copy_from_user(&uffdio_unregister, (void*)arg, (ulong)sizeof(uffdio_range)) != 0)
            goto @out;

        ret = validate_range(mm, uffdio_unregister.start, uffdio_unregister.len);
        if (ret != 0)
            goto @out;

        ulong start = uffdio_unregister.start;
        ulong end = start + uffdio_unregister.len;

        ret = -ENOMEM;
        if (!mmget_not_zero(mm))
            goto @out;

        mmap_write_lock(mm);
        ret = -EINVAL;
        vma_iter_init(&vmi, mm, start);
        vm_area_struct* vma = vma_find(&vmi, end);
        if (vma == null)
            goto out_unlock;

        bool found = false;
        vm_area_struct* cur = vma;
        do
        {
            cond_resched();

            VM_WARN_ON_ONCE((cur->vm_userfaultfd_ctx.ctx != null) != ((cur->vm_flags & __VM_UFFD_FLAGS) != 0));

            // Not through another's file.
            if (cur->vm_userfaultfd_ctx.ctx != null && cur->vm_userfaultfd_ctx.ctx != ctx)
                goto out_unlock;

            // It cannot have been registered: a mistake of the caller's.
            if (!vma_can_userfault(cur, cur->vm_flags, wp_async))
                goto out_unlock;

            found = true;
        }
        while ((cur = vma_find(&vmi, end)) != null);
        VM_WARN_ON_ONCE(!found);

        vma_iter_set(&vmi, start);
        vm_area_struct* prev = vma_prev(&vmi);
        if (vma->vm_start < start)
            prev = vma;

        ret = 0;
        while ((vma = vma_find(&vmi, end)) != null)
        {
            cond_resched();

            if (vma->vm_userfaultfd_ctx.ctx == null)
                goto skip;

            VM_WARN_ON_ONCE(vma->vm_userfaultfd_ctx.ctx != ctx);
            VM_WARN_ON_ONCE(!vma_can_userfault(vma, vma->vm_flags, wp_async));
            VM_WARN_ON_ONCE((vma->vm_flags & VM_MAYWRITE) == 0);

            if (vma->vm_start > start)
                start = vma->vm_start;
            ulong vma_end = Math.Min(end, vma->vm_end);

            if (userfaultfd_missing(vma))
            {
                // Who waits there would wait for ever.
                userfaultfd_wake_range range;

                range.start = start;
                range.len = vma_end - start;
                wake_userfault(vma->vm_userfaultfd_ctx.ctx, &range);
            }

            vma = userfaultfd_clear_vma(&vmi, prev, vma, start, vma_end);
            if (IS_ERR(vma))
            {
                ret = (int)PTR_ERR(vma);
                break;
            }

        skip:
            prev = vma;
            start = vma->vm_end;
        }

    out_unlock:
        mmap_write_unlock(mm);
        mmput(mm);
    @out:
        return ret;
    }
}
