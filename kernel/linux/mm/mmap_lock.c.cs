// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_types_h;

namespace Linux;

/// <summary>mm/mmap_lock.c: the lock of a single VMA. Readers are counted in vm_refcnt, where a writer adds VMA_LOCK_OFFSET.</summary>
public static unsafe partial class mm_mmap_lock_c
{
    private const string C = "mm/mmap_lock.c";

    private struct vma_readers
    {
        public vm_area_struct* vma;
        public uint tgt_refcnt;
    }

    private static bool no_readers(void* arg) => refcount_read(&((vma_readers*)arg)->vma->vm_refcnt) == ((vma_readers*)arg)->tgt_refcnt;

    // False for a VMA that is not attached: nobody can be reading it.
    [KernelSource(C, "__vma_enter_locked", Parity.Reduced, "the VMA's lock is not the lock validator's")]
    private static bool __vma_enter_locked(vm_area_struct* vma, bool detaching)
    {
        uint tgt_refcnt = VMA_LOCK_OFFSET;

        // One more that stands for being attached.
        if (!detaching)
            tgt_refcnt++;

        if (!refcount_add_not_zero((int)VMA_LOCK_OFFSET, &vma->vm_refcnt))
            return false;

        vma_readers readers = new() { vma = vma, tgt_refcnt = tgt_refcnt };
        rcuwait_wait_event(&vma->vm_mm->vma_writer_wait, &no_readers, &readers, TASK_UNINTERRUPTIBLE);

        return true;
    }

    [KernelSource(C, "__vma_exit_locked", Parity.Reduced, "the VMA's lock is not the lock validator's")]
    private static void __vma_exit_locked(vm_area_struct* vma, bool* detached) =>
        *detached = refcount_sub_and_test((int)VMA_LOCK_OFFSET, &vma->vm_refcnt);

    // Waits until the last reader is gone; new ones need the mmap lock.
    [KernelSource(C, "__vma_start_write", Parity.Full)]
    public static void __vma_start_write(vm_area_struct* vma, uint mm_lock_seq)
    {
        bool locked = __vma_enter_locked(vma, false);

        WRITE_ONCE(&vma->vm_lock_seq, mm_lock_seq);

        if (locked)
        {
            bool detached;

            __vma_exit_locked(vma, &detached);
            WARN_ON_ONCE(detached);
        }
    }

    [KernelSource(C, "vma_mark_detached", Parity.Full)]
    public static void vma_mark_detached(vm_area_struct* vma)
    {
        vma_assert_write_locked(vma);
        vma_assert_attached(vma);

        if (!refcount_dec_and_test(&vma->vm_refcnt))
        {
            if (__vma_enter_locked(vma, true))
            {
                bool detached;

                __vma_exit_locked(vma, &detached);
                WARN_ON_ONCE(!detached);
            }
        }
    }

    // A fault that finds no VMA here falls back to the mmap lock.
    [KernelSource(C, "lock_vma_under_rcu", Parity.Stub, "faults take the mmap lock: the range map is not walked under RCU")]
    public static vm_area_struct* lock_vma_under_rcu(mm_struct* mm, ulong address) => null;
}
