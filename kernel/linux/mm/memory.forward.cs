// SPDX-License-Identifier: GPL-2.0-only
// What memory management calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class mm_memory_forward
{
    public static readonly spinlock_t* mmlist_lock = bss<spinlock_t>();

    [KernelSource("mm/page-writeback.c", "folio_mark_dirty_lock", Parity.Full)]
    public static bool folio_mark_dirty_lock(folio* folio)
    {
        folio_lock(folio);
        bool ret = folio_mark_dirty(folio);
        folio_unlock(folio);
        return ret;
    }

    [KernelSource("fs/userfaultfd.c", "handle_userfault", Parity.Stub, "comes with userfaultfd; nothing is registered")]
    public static vm_fault_t handle_userfault(vm_fault* vmf, ulong reason) => VM_FAULT_SIGBUS;

    [KernelSource("fs/userfaultfd.c", "userfaultfd_wp_async", Parity.Stub, "comes with userfaultfd")]
    public static bool userfaultfd_wp_async(vm_area_struct* vma) => false;

    [KernelSource("fs/userfaultfd.c", "dup_userfaultfd", Parity.Stub, "comes with userfaultfd")]
    public static int dup_userfaultfd(vm_area_struct* vma, list_head* fcs) => 0;

    [KernelSource("fs/userfaultfd.c", "dup_userfaultfd_complete", Parity.Stub, "comes with userfaultfd")]
    public static void dup_userfaultfd_complete(list_head* fcs)
    {
    }

    [KernelSource("fs/userfaultfd.c", "dup_userfaultfd_fail", Parity.Stub, "comes with userfaultfd")]
    public static void dup_userfaultfd_fail(list_head* fcs)
    {
    }

    [KernelSource("fs/userfaultfd.c", "userfaultfd_unmap_prep", Parity.Stub, "comes with userfaultfd")]
    public static int userfaultfd_unmap_prep(vm_area_struct* vma, ulong start, ulong end, list_head* unmaps) => 0;

    [KernelSource("fs/userfaultfd.c", "userfaultfd_unmap_complete", Parity.Stub, "comes with userfaultfd")]
    public static void userfaultfd_unmap_complete(mm_struct* mm, list_head* uf)
    {
    }

    [KernelSource("fs/userfaultfd.c", "userfaultfd_remove", Parity.Stub, "comes with userfaultfd")]
    public static bool userfaultfd_remove(vm_area_struct* vma, ulong start, ulong end) => true;

    [KernelSource("fs/buffer.c", "has_bh_in_lru", Parity.Stub, "comes with buffer heads")]
    public static bool has_bh_in_lru(int cpu, void* dummy) => false;

    [KernelSource("fs/buffer.c", "invalidate_bh_lrus_cpu", Parity.Stub, "comes with buffer heads")]
    public static void invalidate_bh_lrus_cpu()
    {
    }

    [KernelSource("fs/file_table.c", "fput", Parity.Stub, "comes with files")]
    public static void fput(@file* file)
    {
    }

    [KernelSource("fs/inode.c", "file_update_time", Parity.Stub, "comes with files")]
    public static int file_update_time(@file* file) => 0;

    [KernelSource("mm/page-writeback.c", "balance_dirty_pages_ratelimited", Parity.Stub, "comes with writeback")]
    public static void balance_dirty_pages_ratelimited(address_space* mapping)
    {
    }

    [KernelSource("include/linux/backing-dev.h", "mapping_can_writeback", Parity.Stub, "comes with writeback")]
    public static bool mapping_can_writeback(address_space* mapping) => false;

    [KernelSource("mm/shmem.c", "shmem_zero_setup", Parity.Stub, "comes with shmem")]
    public static int shmem_zero_setup(vm_area_struct* vma) => -ENOMEM;
}
