// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_types_h;
using static Linux.linux_mm_types_h;


namespace Linux;

// The mmap lock. Faults take it for reading: a VMA's own lock only marks what its holder may change.
public static unsafe partial class linux_mmap_lock_h
{
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

    [KernelSource("include/linux/mmap_lock.h", "vma_refcount_put", Parity.Reduced, "no fault holds a VMA's lock here, so nobody can be waiting for the last reader")]
    public static void vma_refcount_put(vm_area_struct* vma) => refcount_dec_and_test(&vma->vm_refcnt);

    [KernelSource("include/linux/mmap_lock.h", "vma_end_read", Parity.Full)]
    public static void vma_end_read(vm_area_struct* vma) => vma_refcount_put(vma);

    [KernelSource("include/linux/mmap_lock.h", "__is_vma_write_locked", Parity.Full)]
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

    // mm/mmap_lock.c
    [KernelSource("mm/mmap_lock.c", "__vma_start_write", Parity.Reduced, "no fault holds a VMA's lock here, so there are no readers to wait for")]
    public static void __vma_start_write(vm_area_struct* vma, uint mm_lock_seq) => WRITE_ONCE(&vma->vm_lock_seq, mm_lock_seq);

    [KernelSource("include/linux/mmap_lock.h", "vma_assert_write_locked", Parity.Full)]
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

    [KernelSource("mm/mmap_lock.c", "vma_mark_detached", Parity.Reduced, "no fault holds a VMA's lock here, so there are no readers to wait for")]
    public static void vma_mark_detached(vm_area_struct* vma)
    {
        vma_assert_write_locked(vma);
        vma_assert_attached(vma);
        refcount_dec_and_test(&vma->vm_refcnt);
    }

    // A fault that finds no VMA here falls back to the mmap lock.
    [KernelSource("mm/mmap_lock.c", "lock_vma_under_rcu", Parity.Stub, "faults take the mmap lock: the range map is not walked under RCU")]
    public static vm_area_struct* lock_vma_under_rcu(mm_struct* mm, ulong address) => null;

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_lock", Parity.Full)]
    public static void mmap_write_lock(mm_struct* mm)
    {
        down_write(&mm->mmap_lock);
        mm_lock_seqcount_begin(mm);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_lock_nested", Parity.Full)]
    public static void mmap_write_lock_nested(mm_struct* mm, uint subclass)
    {
        down_write_nested(&mm->mmap_lock, subclass);
        mm_lock_seqcount_begin(mm);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_lock_killable", Parity.Full)]
    public static int mmap_write_lock_killable(mm_struct* mm)
    {
        int ret = down_write_killable(&mm->mmap_lock);

        if (ret == 0)
            mm_lock_seqcount_begin(mm);
        return ret;
    }

    [KernelSource("include/linux/mmap_lock.h", "vma_end_write_all", Parity.Full)]
    public static void vma_end_write_all(mm_struct* mm)
    {
        mmap_assert_write_locked(mm);
        mm_lock_seqcount_end(mm);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_unlock", Parity.Full)]
    public static void mmap_write_unlock(mm_struct* mm)
    {
        vma_end_write_all(mm);
        up_write(&mm->mmap_lock);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_write_downgrade", Parity.Full)]
    public static void mmap_write_downgrade(mm_struct* mm)
    {
        vma_end_write_all(mm);
        downgrade_write(&mm->mmap_lock);
    }

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_lock", Parity.Full)]
    public static void mmap_read_lock(mm_struct* mm) => down_read(&mm->mmap_lock);

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_lock_killable", Parity.Full)]
    public static int mmap_read_lock_killable(mm_struct* mm) => down_read_killable(&mm->mmap_lock);

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_trylock", Parity.Full)]
    public static bool mmap_read_trylock(mm_struct* mm) => down_read_trylock(&mm->mmap_lock);

    [KernelSource("include/linux/mmap_lock.h", "mmap_read_unlock", Parity.Full)]
    public static void mmap_read_unlock(mm_struct* mm) => up_read(&mm->mmap_lock);

    [KernelSource("include/linux/mmap_lock.h", "mmap_lock_is_contended", Parity.Full)]
    public static bool mmap_lock_is_contended(mm_struct* mm) => rwsem_is_contended(&mm->mmap_lock);
}
