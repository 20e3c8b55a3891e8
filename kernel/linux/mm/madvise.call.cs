// SPDX-License-Identifier: GPL-2.0-only
// mm/madvise.c, second part: from the system call to each VMA.
using static Linux.linux_sched_signal_h;
using static Linux.linux_swap_h;
using static Linux.linux_uio_h;

namespace Linux;

public static unsafe partial class mm_madvise_c
{
    private const uint PTRACE_MODE_READ_FSCREDS = 0x01 | 0x08;

    public const int MADV_NORMAL = 0;
    public const int MADV_RANDOM = 1;
    public const int MADV_SEQUENTIAL = 2;
    public const int MADV_WILLNEED = 3;
    public const int MADV_DONTNEED = 4;
    public const int MADV_FREE = 8;
    public const int MADV_REMOVE = 9;
    public const int MADV_DONTFORK = 10;
    public const int MADV_DOFORK = 11;
    public const int MADV_DONTDUMP = 16;
    public const int MADV_DODUMP = 17;
    public const int MADV_WIPEONFORK = 18;
    public const int MADV_KEEPONFORK = 19;
    public const int MADV_COLD = 20;
    public const int MADV_PAGEOUT = 21;
    public const int MADV_POPULATE_READ = 22;
    public const int MADV_POPULATE_WRITE = 23;
    public const int MADV_DONTNEED_LOCKED = 24;

    [KernelSource("mm/madvise.c", "is_discard", Parity.Reduced, "no guard regions")]
    private static bool is_discard(int behavior) =>
        behavior is MADV_FREE or MADV_DONTNEED or MADV_DONTNEED_LOCKED or MADV_REMOVE or MADV_DONTFORK or MADV_WIPEONFORK;

    // Of a sealed VMA, private memory that cannot be written must not be thrown away either.
    [KernelSource("mm/madvise.c", "can_madvise_modify", Parity.Full)]
    private static bool can_madvise_modify(madvise_behavior* madv_behavior)
    {
        vm_area_struct* vma = madv_behavior->vma;

        if ((vma->vm_flags & VM_SEALED) == 0)
            return true;

        if (!is_discard(madv_behavior->behavior))
            return true;

        if (!vma_is_anonymous(vma))
            return true;

        return (vma->vm_flags & VM_WRITE) != 0 && arch_vma_access_permitted(vma, true, false, false);
    }

    /// <summary>Applies the advice to the part of the range that lies in one VMA.</summary>
    [KernelSource("mm/madvise.c", "madvise_vma_behavior", Parity.Reduced, "no KSM, THP, guard regions, or names of anonymous VMAs")]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static int madvise_vma_behavior(madvise_behavior* madv_behavior)
    {
        vm_area_struct* vma = madv_behavior->vma;
        vm_flags_t new_flags = vma->vm_flags;

        if (!can_madvise_modify(madv_behavior))
            return -EPERM;

        switch (madv_behavior->behavior)
        {
            case MADV_REMOVE:
                return madvise_remove(madv_behavior);
            case MADV_WILLNEED:
                return madvise_willneed(madv_behavior);
            case MADV_COLD:
                return madvise_cold(madv_behavior);
            case MADV_PAGEOUT:
                return madvise_pageout(madv_behavior);
            case MADV_FREE:
            case MADV_DONTNEED:
            case MADV_DONTNEED_LOCKED:
                return madvise_dontneed_free(madv_behavior);

            // From here on the VMA's flags change.
            case MADV_NORMAL:
                new_flags = new_flags & ~VM_RAND_READ & ~VM_SEQ_READ;
                break;
            case MADV_SEQUENTIAL:
                new_flags = (new_flags & ~VM_RAND_READ) | VM_SEQ_READ;
                break;
            case MADV_RANDOM:
                new_flags = (new_flags & ~VM_SEQ_READ) | VM_RAND_READ;
                break;
            case MADV_DONTFORK:
                new_flags |= VM_DONTCOPY;
                break;
            case MADV_DOFORK:
                if ((new_flags & VM_IO) != 0)
                    return -EINVAL;
                new_flags &= ~VM_DONTCOPY;
                break;
            case MADV_WIPEONFORK:
                if (vma->vm_file != null || (new_flags & VM_SHARED) != 0)
                    return -EINVAL;
                new_flags |= VM_WIPEONFORK;
                break;
            case MADV_KEEPONFORK:
                if ((new_flags & VM_DROPPABLE) != 0)
                    return -EINVAL;
                new_flags &= ~VM_WIPEONFORK;
                break;
            case MADV_DONTDUMP:
                new_flags |= VM_DONTDUMP;
                break;
            case MADV_DODUMP:
                if ((new_flags & VM_SPECIAL) != 0 || (new_flags & VM_DROPPABLE) != 0)
                    return -EINVAL;
                new_flags &= ~VM_DONTDUMP;
                break;
        }

        VM_WARN_ON_ONCE(madv_behavior->lock_mode != madvise_lock_mode.MADVISE_MMAP_WRITE_LOCK);

        int error = madvise_update_vma(new_flags, madv_behavior);

        // No memory for a VMA may be had later; -ENOMEM means a hole in the range.
        if (error == -ENOMEM)
            error = -EAGAIN;
        return error;
    }

    [KernelSource("mm/madvise.c", "madvise_behavior_valid", Parity.Reduced, "no guard regions; no MADV_HUGEPAGE, MADV_NOHUGEPAGE and MADV_COLLAPSE, as there is no huge anonymous memory; no KSM, no hardware poison")]
    private static bool madvise_behavior_valid(int behavior)
    {
        switch (behavior)
        {
            case MADV_DOFORK:
            case MADV_DONTFORK:
            case MADV_NORMAL:
            case MADV_SEQUENTIAL:
            case MADV_RANDOM:
            case MADV_REMOVE:
            case MADV_WILLNEED:
            case MADV_DONTNEED:
            case MADV_DONTNEED_LOCKED:
            case MADV_FREE:
            case MADV_COLD:
            case MADV_PAGEOUT:
            case MADV_POPULATE_READ:
            case MADV_POPULATE_WRITE:
            case MADV_DONTDUMP:
            case MADV_DODUMP:
            case MADV_WIPEONFORK:
            case MADV_KEEPONFORK:
                return true;
            default:
                return false;
        }
    }

    // What may be done to another's memory: nothing that it could notice but by the time it takes.
    [KernelSource("mm/madvise.c", "process_madvise_remote_valid", Parity.Reduced, "no MADV_COLLAPSE, as there are no huge pages")]
    private static bool process_madvise_remote_valid(int behavior) => behavior is MADV_COLD or MADV_PAGEOUT or MADV_WILLNEED;

    [KernelSource("mm/madvise.c", "try_vma_read_lock", Parity.Reduced, "no per-VMA locks: the mmap lock is always taken")]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static bool try_vma_read_lock(madvise_behavior* madv_behavior)
    {
        mmap_read_lock(madv_behavior->mm);
        madv_behavior->lock_mode = madvise_lock_mode.MADVISE_MMAP_READ_LOCK;
        return false;
    }

    // Goes on past holes, and says -ENOMEM for them at the end.
    [KernelSource("mm/madvise.c", "madvise_walk_vmas", Parity.Full)]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static int madvise_walk_vmas(madvise_behavior* madv_behavior)
    {
        mm_struct* mm = madv_behavior->mm;
        madvise_behavior_range* range = &madv_behavior->range;
        ulong last_end = range->end;
        int unmapped_error = 0;
        int error;
        vm_area_struct* prev;

        if (madv_behavior->lock_mode == madvise_lock_mode.MADVISE_VMA_READ_LOCK &&
            try_vma_read_lock(madv_behavior))
        {
            error = madvise_vma_behavior(madv_behavior);
            vma_end_read(madv_behavior->vma);
            return error;
        }

        vm_area_struct* vma = find_vma_prev(mm, range->start, &prev);
        if (vma != null && range->start > vma->vm_start)
            prev = vma;

        for (; ; )
        {
            if (vma == null)
                return -ENOMEM;

            if (range->start < vma->vm_start)
            {
                unmapped_error = -ENOMEM;
                range->start = vma->vm_start;
                if (range->start >= last_end)
                    break;
            }

            range->end = min(vma->vm_end, last_end);

            madv_behavior->prev = prev;
            madv_behavior->vma = vma;
            error = madvise_vma_behavior(madv_behavior);
            if (error != 0)
                return error;
            if (madv_behavior->lock_dropped)
            {
                prev = null;
                vma = null;
                madv_behavior->lock_dropped = false;
            }
            else
            {
                vma = madv_behavior->vma;
                prev = vma;
            }

            if (vma != null && range->end < vma->vm_end)
                range->end = vma->vm_end;
            if (range->end >= last_end)
                break;

            vma = find_vma(mm, vma != null ? vma->vm_end : range->end);
            range->start = range->end;
        }

        return unmapped_error;
    }

    [KernelSource("mm/madvise.c", "get_lock_mode", Parity.Full)]
    private static madvise_lock_mode get_lock_mode(madvise_behavior* madv_behavior)
    {
        switch (madv_behavior->behavior)
        {
            case MADV_REMOVE:
            case MADV_WILLNEED:
            case MADV_COLD:
            case MADV_PAGEOUT:
            case MADV_POPULATE_READ:
            case MADV_POPULATE_WRITE:
                return madvise_lock_mode.MADVISE_MMAP_READ_LOCK;
            case MADV_DONTNEED:
            case MADV_DONTNEED_LOCKED:
            case MADV_FREE:
                return madvise_lock_mode.MADVISE_VMA_READ_LOCK;
            default:
                return madvise_lock_mode.MADVISE_MMAP_WRITE_LOCK;
        }
    }

    [KernelSource("mm/madvise.c", "madvise_lock", Parity.Full)]
    [TryAcquires(Result.Zero, "madv_behavior->mm->mmap_lock"), ContextUnsafe("how it is taken, and when, depends on the advice"), MightSleep]
    private static int madvise_lock(madvise_behavior* madv_behavior)
    {
        mm_struct* mm = madv_behavior->mm;
        madvise_lock_mode lock_mode = get_lock_mode(madv_behavior);

        switch (lock_mode)
        {
            case madvise_lock_mode.MADVISE_NO_LOCK:
                break;
            case madvise_lock_mode.MADVISE_MMAP_WRITE_LOCK:
                if (mmap_write_lock_killable(mm) != 0)
                    return -EINTR;
                break;
            case madvise_lock_mode.MADVISE_MMAP_READ_LOCK:
                mmap_read_lock(mm);
                break;
            case madvise_lock_mode.MADVISE_VMA_READ_LOCK:
                // Taken for each VMA.
                break;
        }

        madv_behavior->lock_mode = lock_mode;
        return 0;
    }

    [KernelSource("mm/madvise.c", "madvise_unlock", Parity.Full)]
    [Releases("madv_behavior->mm->mmap_lock"), ContextUnsafe("how it was taken, and when, depends on the advice")]
    private static void madvise_unlock(madvise_behavior* madv_behavior)
    {
        mm_struct* mm = madv_behavior->mm;

        switch (madv_behavior->lock_mode)
        {
            case madvise_lock_mode.MADVISE_NO_LOCK:
                return;
            case madvise_lock_mode.MADVISE_MMAP_WRITE_LOCK:
                mmap_write_unlock(mm);
                break;
            case madvise_lock_mode.MADVISE_MMAP_READ_LOCK:
                mmap_read_unlock(mm);
                break;
            case madvise_lock_mode.MADVISE_VMA_READ_LOCK:
                break;
        }

        madv_behavior->lock_mode = madvise_lock_mode.MADVISE_NO_LOCK;
    }

    [KernelSource("mm/madvise.c", "madvise_batch_tlb_flush", Parity.Full)]
    private static bool madvise_batch_tlb_flush(int behavior)
    {
        switch (behavior)
        {
            case MADV_DONTNEED:
            case MADV_DONTNEED_LOCKED:
            case MADV_FREE:
                return true;
            default:
                return false;
        }
    }

    [KernelSource("mm/madvise.c", "madvise_init_tlb", Parity.Full)]
    private static void madvise_init_tlb(madvise_behavior* madv_behavior)
    {
        if (madvise_batch_tlb_flush(madv_behavior->behavior))
            tlb_gather_mmu(madv_behavior->tlb, madv_behavior->mm);
    }

    [KernelSource("mm/madvise.c", "madvise_finish_tlb", Parity.Full)]
    private static void madvise_finish_tlb(madvise_behavior* madv_behavior)
    {
        if (madvise_batch_tlb_flush(madv_behavior->behavior))
            tlb_finish_mmu(madv_behavior->tlb);
    }

    [KernelSource("mm/madvise.c", "is_valid_madvise", Parity.Full)]
    private static bool is_valid_madvise(ulong start, ulong len_in, int behavior)
    {
        if (!madvise_behavior_valid(behavior))
            return false;

        if ((start & ~PAGE_MASK) != 0)
            return false;
        ulong len = PAGE_ALIGN(len_in);

        // Rounded up to nothing.
        if (len_in != 0 && len == 0)
            return false;

        return start + len >= start;
    }

    [KernelSource("mm/madvise.c", "madvise_should_skip", Parity.Full)]
    private static bool madvise_should_skip(ulong start, ulong len_in, int behavior, int* err)
    {
        if (!is_valid_madvise(start, len_in, behavior))
        {
            *err = -EINVAL;
            return true;
        }

        if (start + PAGE_ALIGN(len_in) == start)
        {
            *err = 0;
            return true;
        }

        return false;
    }

    [KernelSource("mm/madvise.c", "is_madvise_populate", Parity.Full)]
    private static bool is_madvise_populate(madvise_behavior* madv_behavior) =>
        madv_behavior->behavior is MADV_POPULATE_READ or MADV_POPULATE_WRITE;

    // Of another process it takes that one's lock to know the mask.
    [KernelSource("mm/madvise.c", "get_untagged_addr", Parity.Full)]
    private static ulong get_untagged_addr(mm_struct* mm, ulong start) =>
        current->mm == mm ? untagged_addr(start) : untagged_addr_remote(mm, start);

    [KernelSource("mm/madvise.c", "madvise_do_behavior", Parity.Reduced, "no injection of memory failures")]
    [MustHoldShared("madv_behavior->mm->mmap_lock"), MightSleep]
    private static int madvise_do_behavior(ulong start, ulong len_in, madvise_behavior* madv_behavior)
    {
        blk_plug plug;
        madvise_behavior_range* range = &madv_behavior->range;

        range->start = get_untagged_addr(madv_behavior->mm, start);
        range->end = range->start + PAGE_ALIGN(len_in);

        blk_start_plug(&plug);
        int error = is_madvise_populate(madv_behavior)
            ? madvise_populate(madv_behavior)
            : madvise_walk_vmas(madv_behavior);
        blk_finish_plug(&plug);
        return error;
    }

    /// <summary>Applies advice to a range of an address space; 0, -EINVAL, -ENOMEM for holes, -EAGAIN, -EINTR.</summary>
    [KernelSource("mm/madvise.c", "do_madvise", Parity.Full)]
    public static int do_madvise(mm_struct* mm, ulong start, ulong len_in, int behavior)
    {
        int error;
        mmu_gather tlb;
        madvise_behavior madv_behavior = new()
        {
            mm = mm,
            behavior = behavior,
            tlb = &tlb,
        };

        if (madvise_should_skip(start, len_in, behavior, &error))
            return error;
        error = madvise_lock(&madv_behavior);
        if (error != 0)
            return error;
        madvise_init_tlb(&madv_behavior);
        error = madvise_do_behavior(start, len_in, &madv_behavior);
        madvise_finish_tlb(&madv_behavior);
        madvise_unlock(&madv_behavior);

        return error;
    }

    [KernelSource("mm/madvise.c", "SYSCALL_madvise", Parity.Full)]
    public static int sys_madvise(ulong start, ulong len_in, int behavior) =>
        do_madvise(current->mm, start, len_in, behavior);

    // The bytes that were advised on count more than an error after them.
    [KernelSource("mm/madvise.c", "vector_madvise", Parity.Full)]
    private static long vector_madvise(mm_struct* mm, iov_iter* iter, int behavior)
    {
        mmu_gather tlb;
        madvise_behavior madv_behavior = new()
        {
            mm = mm,
            behavior = behavior,
            tlb = &tlb,
        };
        ulong total_len = iov_iter_count(iter);

        long ret = madvise_lock(&madv_behavior);
        if (ret != 0)
            return ret;
        madvise_init_tlb(&madv_behavior);

        while (iov_iter_count(iter) != 0)
        {
            ulong start = (ulong)iter_iov_addr(iter);
            ulong len_in = iter_iov_len(iter);
            int error;

            if (madvise_should_skip(start, len_in, behavior, &error))
                ret = error;
            else
                ret = madvise_do_behavior(start, len_in, &madv_behavior);

            // To restart the system call would do again what is done: only this piece is tried again.
            if (ret == -ERESTARTNOINTR)
            {
                if (fatal_signal_pending(current))
                {
                    ret = -EINTR;
                    break;
                }

                madvise_finish_tlb(&madv_behavior);
                madvise_unlock(&madv_behavior);
                ret = madvise_lock(&madv_behavior);
                if (ret != 0)
                    goto @out;
                madvise_init_tlb(&madv_behavior);
                continue;
            }

            if (ret < 0)
                break;
            iov_iter_advance(iter, iter_iov_len(iter));
        }

        madvise_finish_tlb(&madv_behavior);
        madvise_unlock(&madv_behavior);

    @out:
        ulong done = total_len - iov_iter_count(iter);
        return done != 0 ? (long)done : ret;
    }

    /// <summary>Advice on ranges of another process's memory.</summary>
    [KernelSource("mm/madvise.c", "SYSCALL_process_madvise", Parity.Reduced, "takes the number of a process, as there are no pidfds; one user owns everything")]
    public static long sys_process_madvise(pid_t pid, iovec* vec, ulong vlen, int behavior, uint flags)
    {
        iov_iter iter;

        if (flags != 0)
            return -EINVAL;

        long ret = import_iovec(ITER_DEST, vec, vlen, &iter);
        if (ret < 0)
            return ret;

        task_struct* task = find_get_task_by_vpid(pid);
        if (task == null)
            return -ESRCH;

        mm_struct* mm = kernel_fork_c.mm_access(task, PTRACE_MODE_READ_FSCREDS);
        if (IS_ERR(mm))
        {
            ret = PTR_ERR(mm);
            goto release_task;
        }

        if (mm != current->mm && !process_madvise_remote_valid(behavior))
        {
            ret = -EINVAL;
            goto release_mm;
        }

        ret = vector_madvise(mm, &iter, behavior);

    release_mm:
        kernel_fork_c.mmput(mm);
    release_task:
        kernel_fork_c.put_task_struct(task);
        return ret;
    }
}
