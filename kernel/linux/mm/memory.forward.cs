// SPDX-License-Identifier: GPL-2.0-only
// What memory management calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class mm_memory_forward
{
    public static readonly spinlock_t* mmlist_lock = bss<spinlock_t>();

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
}
