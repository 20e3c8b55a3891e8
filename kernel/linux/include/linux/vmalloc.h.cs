// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>An area of vmalloc space and the pages that stand for it.</summary>
public unsafe partial struct vm_struct
{
    public vm_struct* next;
    public void* addr;
    public ulong size; // with the guard page
    public ulong flags;
    public page** pages;
    public uint page_order;
    public uint nr_pages;
    public ulong phys_addr;
    public void* caller;
    public ulong requested_size;
}

public static unsafe partial class linux_vmalloc_h
{
    public const ulong VM_ALLOC = 0x00000002;
    public const ulong VM_MAP = 0x00000004;
    public const ulong VM_UNINITIALIZED = 0x00000020;
    public const ulong VM_NO_GUARD = 0x00000040;
    public const ulong VM_MAP_PUT_PAGES = 0x00000200;
    public const ulong VM_ALLOW_HUGE_VMAP = 0x00000400;

    [KernelSource("include/linux/vmalloc.h", "get_vm_area_size", Parity.Full)]
    public static ulong get_vm_area_size(vm_struct* area)
    {
        if ((area->flags & VM_NO_GUARD) == 0)
            return area->size - PAGE_SIZE;
        return area->size;
    }
}
