// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// Who watches over a mm. Lock order: fd_wqh.lock, then fault_pending_wqh.lock and in it fault_wqh.lock, or event_wqh.lock.
// Interrupts are off while any of them is held: fd_wqh.lock is also taken under locks that interrupts take.
public unsafe partial struct userfaultfd_ctx
{
    public wait_queue_head_t fault_pending_wqh; // faults that were not read yet
    public wait_queue_head_t fault_wqh; // faults that were read
    public wait_queue_head_t fd_wqh; // who waits in read() and poll()
    public wait_queue_head_t event_wqh;
    public seqcount_spinlock_t refile_seq; // writers hold fault_pending_wqh.lock
    public refcount_t refcount;
    public uint flags;
    public uint features;
    public bool released;
    // Changes of mappings that the monitor is told of count up mmap_changing as writers; filling looks at it as a reader.
    public rw_semaphore map_changing_lock;
    public atomic_t mmap_changing;
    [OwnsRef] public mm_struct* mm;
}

public static unsafe partial class linux_userfaultfd_k_h
{
    public const uint UFFD_SHARED_FCNTL_FLAGS = O_CLOEXEC | O_NONBLOCK;

    // enum mfill_atomic_mode
    public const uint MFILL_ATOMIC_COPY = 0;
    public const uint MFILL_ATOMIC_ZEROPAGE = 1;
    public const uint MFILL_ATOMIC_CONTINUE = 2;
    public const uint MFILL_ATOMIC_POISON = 3;
    public const uint NR_MFILL_ATOMIC_MODES = 4;

    public const int MFILL_ATOMIC_MODE_BITS = 2;
    public const uffd_flags_t MFILL_ATOMIC_MODE_MASK = (1U << MFILL_ATOMIC_MODE_BITS) - 1;
    public const uffd_flags_t MFILL_ATOMIC_WP = 1U << MFILL_ATOMIC_MODE_BITS;

    public static vm_userfaultfd_ctx NULL_VM_UFFD_CTX => default;

    [KernelSource("include/linux/userfaultfd_k.h", "uffd_flags_mode_is", Parity.Full)]
    public static bool uffd_flags_mode_is(uffd_flags_t flags, uint expected) => (flags & MFILL_ATOMIC_MODE_MASK) == expected;

    [KernelSource("include/linux/userfaultfd_k.h", "uffd_flags_set_mode", Parity.Full)]
    public static uffd_flags_t uffd_flags_set_mode(uffd_flags_t flags, uint mode)
    {
        flags &= ~MFILL_ATOMIC_MODE_MASK;
        return flags | mode;
    }

    [KernelSource("include/linux/userfaultfd_k.h", "vma_can_userfault", Parity.Full)]
    public static bool vma_can_userfault(vm_area_struct* vma, vm_flags_t vm_flags, bool wp_async)
    {
        vm_flags &= __VM_UFFD_FLAGS;

        if ((vma->vm_flags & VM_DROPPABLE) != 0)
            return false;

        if ((vm_flags & VM_UFFD_MINOR) != 0 && !is_vm_hugetlb_page(vma) && !vma_is_shmem(vma))
            return false;

        // Nobody is asked in this mode, so any memory will do.
        if (wp_async && vm_flags == VM_UFFD_WP)
            return true;

        return vma_is_anonymous(vma) || is_vm_hugetlb_page(vma) || vma_is_shmem(vma);
    }

    [KernelSource("include/linux/userfaultfd_k.h", "vma_has_uffd_without_event_remap", Parity.Full)]
    public static bool vma_has_uffd_without_event_remap(vm_area_struct* vma)
    {
        userfaultfd_ctx* uffd_ctx = vma->vm_userfaultfd_ctx.ctx;

        return uffd_ctx != null && (uffd_ctx->features & UFFD_FEATURE_EVENT_REMAP) == 0;
    }

    // Files need markers: their entries come and go. Anonymous memory does only if empty entries are to be protected too.
    [KernelSource("include/linux/userfaultfd_k.h", "userfaultfd_wp_use_markers", Parity.Full)]
    public static bool userfaultfd_wp_use_markers(vm_area_struct* vma)
    {
        if (!userfaultfd_wp(vma))
            return false;

        if (!vma_is_anonymous(vma))
            return true;

        return userfaultfd_wp_unpopulated(vma);
    }
}
