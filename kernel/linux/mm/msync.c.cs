// SPDX-License-Identifier: GPL-2.0-only
// mm/msync.c: writing what was changed through a mapping.
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_mmap_lock_h;

namespace Linux;

public static unsafe partial class mm_msync_c
{
    public const int MS_ASYNC = 1;
    public const int MS_INVALIDATE = 2;
    public const int MS_SYNC = 4;

    /// <summary>msync(2). MS_ASYNC does nothing: dirty pages are known without it.</summary>
    [KernelSource("mm/msync.c", "SYSCALL_msync", Parity.Full)]
    public static long sys_msync(ulong start, ulong len, int flags)
    {
        mm_struct* mm = current->mm;
        int unmapped_error = 0;
        int error = -EINVAL;

        if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0)
            return error;
        if ((start & ~PAGE_MASK) != 0)
            return error;
        if ((flags & MS_ASYNC) != 0 && (flags & MS_SYNC) != 0)
            return error;
        error = -ENOMEM;
        len = (len + ~PAGE_MASK) & PAGE_MASK;
        ulong end = start + len;
        if (end < start)
            return error;
        error = 0;
        if (end == start)
            return error;

        // Holes are reported at the end, after the rest has been written.
        mmap_read_lock(mm);
        vm_area_struct* vma = find_vma(mm, start);
        for (; ; )
        {
            // Still start < end.
            error = -ENOMEM;
            if (vma == null)
                goto out_unlock;
            // The VMA ends behind start.
            if (start < vma->vm_start)
            {
                if (flags == MS_ASYNC)
                    goto out_unlock;
                start = vma->vm_start;
                if (start >= end)
                    goto out_unlock;
                unmapped_error = -ENOMEM;
            }

            // The VMA has start in it.
            if ((flags & MS_INVALIDATE) != 0 && (vma->vm_flags & VM_LOCKED) != 0)
            {
                error = -EBUSY;
                goto out_unlock;
            }

            @file* file = vma->vm_file;
            loff_t fstart = (loff_t)(start - vma->vm_start) + ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
            loff_t fend = fstart + (loff_t)(Math.Min(end, vma->vm_end) - start) - 1;
            start = vma->vm_end;
            if ((flags & MS_SYNC) != 0 && file != null && (vma->vm_flags & VM_SHARED) != 0)
            {
                get_file(file);
                mmap_read_unlock(mm);
                error = vfs_fsync_range(file, fstart, fend, 1);
                fput(file);
                if (error != 0 || start >= end)
                    return error != 0 ? error : unmapped_error;
                mmap_read_lock(mm);
                vma = find_vma(mm, start);
            }
            else
            {
                if (start >= end)
                {
                    error = 0;
                    goto out_unlock;
                }

                vma = find_vma(mm, vma->vm_end);
            }
        }

    out_unlock:
        mmap_read_unlock(mm);
        return error != 0 ? error : unmapped_error;
    }
}
