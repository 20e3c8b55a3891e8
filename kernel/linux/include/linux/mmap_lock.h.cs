// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using static Linux.linux_mm_types_h;

namespace Linux;

// The mmap lock. Faults take it for reading: a VMA's own lock only marks what its holder may change.
public static unsafe partial class linux_mmap_lock_h
{
    // The trace points: calls of them are compiled in with CONFIG_TRACING only, which the port has not.
    private const string CONFIG_TRACING = "CONFIG_TRACING";

    [KernelSource("include/linux/mmap_lock.h", "__mmap_lock_trace_start_locking", Parity.Full), Conditional(CONFIG_TRACING)]
    private static void __mmap_lock_trace_start_locking(mm_struct* mm, bool write)
    {
    }

    [KernelSource("include/linux/mmap_lock.h", "__mmap_lock_trace_acquire_returned", Parity.Full), Conditional(CONFIG_TRACING)]
    private static void __mmap_lock_trace_acquire_returned(mm_struct* mm, bool write, bool success)
    {
    }

    [KernelSource("include/linux/mmap_lock.h", "__mmap_lock_trace_released", Parity.Full), Conditional(CONFIG_TRACING)]
    private static void __mmap_lock_trace_released(mm_struct* mm, bool write)
    {
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_assert_locked", Parity.Full)]
    public static void mmap_assert_locked(mm_struct* mm) => rwsem_assert_held(&mm->mmap_lock);

    [KernelSource("include/linux/mmap_lock.h", "mmap_assert_write_locked", Parity.Full)]
    public static void mmap_assert_write_locked(mm_struct* mm) => rwsem_assert_held_write(&mm->mmap_lock);

    [KernelSource("include/linux/mmap_lock.h", "mm_lock_seqcount_init", Parity.Full)]
    public static void mm_lock_seqcount_init(mm_struct* mm) => seqcount_init(&mm->mm_lock_seq);

    [KernelSource("include/linux/mmap_lock.h", "mm_lock_seqcount_begin", Parity.Full)]
    public static void mm_lock_seqcount_begin(mm_struct* mm) => raw_write_seqcount_begin(&mm->mm_lock_seq);

    [KernelSource("include/linux/mmap_lock.h", "mm_lock_seqcount_end", Parity.Full)]
    public static void mm_lock_seqcount_end(mm_struct* mm) => raw_write_seqcount_end(&mm->mm_lock_seq);

    [KernelSource("include/linux/mmap_lock.h", "vma_lock_init", Parity.Full)]
    public static void vma_lock_init(vm_area_struct* vma, bool reset_refcnt)
    {
        if (reset_refcnt)
            refcount_set(&vma->vm_refcnt, 0);
        vma->vm_lock_seq = UINT_MAX;
    }

    // A writer and no reader: the writer's share alone, or with the one that says the VMA is attached.
    [KernelSource("include/linux/mmap_lock.h", "is_vma_writer_only", Parity.Full)]
    private static bool is_vma_writer_only(int refcnt) =>
        ((uint)refcnt & VMA_LOCK_OFFSET) != 0 && (uint)refcnt <= VMA_LOCK_OFFSET + 1;

    [KernelSource("include/linux/mmap_lock.h", "vma_refcount_put", Parity.Reduced, "the VMA's lock is not the lock validator's")]
    public static void vma_refcount_put(vm_area_struct* vma)
    {
        // The VMA may be freed as soon as its count is given up.
        mm_struct* mm = vma->vm_mm;
        int oldcnt;

        if (!__refcount_dec_and_test(&vma->vm_refcnt, &oldcnt))
        {
            if (is_vma_writer_only(oldcnt - 1))
                rcuwait_wake_up(&mm->vma_writer_wait);
        }
    }

    // With the mmap lock held for reading, so that no writer is about.
    [KernelSource("include/linux/mmap_lock.h", "vma_start_read_locked_nested", Parity.Reduced, "the VMA's lock is not the lock validator's")]
    [MustHoldShared("vma->vm_mm->mmap_lock")]
    public static bool vma_start_read_locked_nested(vm_area_struct* vma, int subclass)
    {
        int oldcnt;

        mmap_assert_locked(vma->vm_mm);
        return __refcount_inc_not_zero_limited_acquire(&vma->vm_refcnt, &oldcnt, (int)VMA_REF_LIMIT);
    }

    [KernelSource("include/linux/mmap_lock.h", "vma_start_read_locked", Parity.Full)]
    [MustHoldShared("vma->vm_mm->mmap_lock")]
    public static bool vma_start_read_locked(vm_area_struct* vma) => vma_start_read_locked_nested(vma, 0);

    [KernelSource("include/linux/mmap_lock.h", "vma_end_read", Parity.Full)]
    public static void vma_end_read(vm_area_struct* vma) => vma_refcount_put(vma);

    [KernelSource("include/linux/mmap_lock.h", "__is_vma_write_locked", Parity.Full)]
    [AssumesHeld("vma->vm_mm->mmap_lock")]
    public static bool __is_vma_write_locked(vm_area_struct* vma, uint* mm_lock_seq)
    {
        mmap_assert_write_locked(vma->vm_mm);

        // The sequence is odd while the mmap lock is held for writing, so a VMA marked in this round compares equal.
        *mm_lock_seq = vma->vm_mm->mm_lock_seq.sequence;
        return vma->vm_lock_seq == *mm_lock_seq;
    }

    [KernelSource("include/linux/mmap_lock.h", "vma_start_write", Parity.Full)]
    public static void vma_start_write(vm_area_struct* vma)
    {
        uint mm_lock_seq;

        if (__is_vma_write_locked(vma, &mm_lock_seq))
            return;

        __vma_start_write(vma, mm_lock_seq);
    }

    [KernelSource("include/linux/mmap_lock.h", "vma_assert_write_locked", Parity.Full)]
    [AssumesHeld("vma->vm_mm->mmap_lock")]
    public static void vma_assert_write_locked(vm_area_struct* vma)
    {
        uint mm_lock_seq;

        VM_BUG_ON_VMA(!__is_vma_write_locked(vma, &mm_lock_seq), vma);
    }

    [KernelSource("include/linux/mmap_lock.h", "vma_assert_locked", Parity.Full)]
    public static void vma_assert_locked(vm_area_struct* vma)
    {
        uint mm_lock_seq;

        VM_BUG_ON_VMA(refcount_read(&vma->vm_refcnt) <= 1 && !__is_vma_write_locked(vma, &mm_lock_seq), vma);
    }

    [KernelSource("include/linux/mmap_lock.h", "vma_assert_attached", Parity.Full)]
    public static void vma_assert_attached(vm_area_struct* vma) => WARN_ON_ONCE(refcount_read(&vma->vm_refcnt) == 0);

    [KernelSource("include/linux/mmap_lock.h", "vma_assert_detached", Parity.Full)]
    public static void vma_assert_detached(vm_area_struct* vma) => WARN_ON_ONCE(refcount_read(&vma->vm_refcnt) != 0);

    [KernelSource("include/linux/mmap_lock.h", "vma_mark_attached", Parity.Full)]
    public static void vma_mark_attached(vm_area_struct* vma)
    {
        vma_assert_write_locked(vma);
        vma_assert_detached(vma);
        refcount_set_release(&vma->vm_refcnt, 1);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_lock", Parity.Full)]
    [Acquires("mm->mmap_lock"), MightSleep]
    public static void mmap_write_lock(mm_struct* mm)
    {
        __mmap_lock_trace_start_locking(mm, true);
        down_write(&mm->mmap_lock);
        mm_lock_seqcount_begin(mm);
        __mmap_lock_trace_acquire_returned(mm, true, true);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_lock_nested", Parity.Full)]
    [Acquires("mm->mmap_lock"), MightSleep]
    public static void mmap_write_lock_nested(mm_struct* mm, uint subclass)
    {
        __mmap_lock_trace_start_locking(mm, true);
        down_write_nested(&mm->mmap_lock, subclass);
        mm_lock_seqcount_begin(mm);
        __mmap_lock_trace_acquire_returned(mm, true, true);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_lock_killable", Parity.Full)]
    [TryAcquires(Result.Zero, "mm->mmap_lock"), MightSleep]
    public static int mmap_write_lock_killable(mm_struct* mm)
    {
        __mmap_lock_trace_start_locking(mm, true);
        int ret = down_write_killable(&mm->mmap_lock);
        if (ret == 0)
            mm_lock_seqcount_begin(mm);
        __mmap_lock_trace_acquire_returned(mm, true, ret == 0);
        return ret;
    }

    [KernelSource("include/linux/mmap_lock.h", "vma_end_write_all", Parity.Full)]
    [MustHold("mm->mmap_lock")]
    public static void vma_end_write_all(mm_struct* mm)
    {
        mmap_assert_write_locked(mm);
        mm_lock_seqcount_end(mm);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_unlock", Parity.Full)]
    [Releases("mm->mmap_lock")]
    public static void mmap_write_unlock(mm_struct* mm)
    {
        __mmap_lock_trace_released(mm, true);
        vma_end_write_all(mm);
        up_write(&mm->mmap_lock);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_downgrade", Parity.Full)]
    [Releases("mm->mmap_lock"), AcquiresShared("mm->mmap_lock")]
    public static void mmap_write_downgrade(mm_struct* mm)
    {
        __mmap_lock_trace_acquire_returned(mm, false, true);
        vma_end_write_all(mm);
        downgrade_write(&mm->mmap_lock);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_lock", Parity.Full)]
    [AcquiresShared("mm->mmap_lock"), MightSleep]
    public static void mmap_read_lock(mm_struct* mm)
    {
        __mmap_lock_trace_start_locking(mm, false);
        down_read(&mm->mmap_lock);
        __mmap_lock_trace_acquire_returned(mm, false, true);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_lock_killable", Parity.Full)]
    [TryAcquires(Result.Zero, "mm->mmap_lock", Shared = true), MightSleep]
    public static int mmap_read_lock_killable(mm_struct* mm)
    {
        __mmap_lock_trace_start_locking(mm, false);
        int ret = down_read_killable(&mm->mmap_lock);
        __mmap_lock_trace_acquire_returned(mm, false, ret == 0);
        return ret;
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_trylock", Parity.Full)]
    [TryAcquires(Result.True, "mm->mmap_lock", Shared = true)]
    public static bool mmap_read_trylock(mm_struct* mm)
    {
        __mmap_lock_trace_start_locking(mm, false);
        bool ret = down_read_trylock(&mm->mmap_lock);
        __mmap_lock_trace_acquire_returned(mm, false, ret);
        return ret;
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_unlock", Parity.Full)]
    [Releases("mm->mmap_lock")]
    public static void mmap_read_unlock(mm_struct* mm)
    {
        __mmap_lock_trace_released(mm, false);
        up_read(&mm->mmap_lock);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_lock_is_contended", Parity.Full)]
    public static bool mmap_lock_is_contended(mm_struct* mm) => rwsem_is_contended(&mm->mmap_lock);
}
