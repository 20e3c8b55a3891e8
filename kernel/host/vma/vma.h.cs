// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;

namespace Linux;

public unsafe struct vma_prepare
{
    public vm_area_struct* vma;
    public vm_area_struct* adj_next;
    public @file* file;
    public address_space* mapping;
    public anon_vma* anon_vma;
    public vm_area_struct* insert;
    public vm_area_struct* remove;
    public vm_area_struct* remove2;
}

public unsafe struct unlink_vma_file_batch
{
    public int count;
    public fixed ulong __vmas[8];

    public vm_area_struct** vmas
    {
        get
        {
            fixed (ulong* p = __vmas)
                return (vm_area_struct**)p;
        }
    }
}

/// <summary>What an unmap has gathered: the VMAs are out of the mm's tree and in one of their own.</summary>
public unsafe struct vma_munmap_struct
{
    public vma_iterator* vmi;
    public vm_area_struct* vma;
    public vm_area_struct* prev;
    public vm_area_struct* next;
    public list_head* uf;
    public ulong start;
    public ulong end;
    public ulong unmap_start;
    public ulong unmap_end;
    public int vma_count;
    public bool unlock;
    public bool clear_ptes;
    public ulong nr_pages;
    public ulong locked_vm;
    public ulong nr_accounted;
    public ulong exec_vm;
    public ulong stack_vm;
    public ulong data_vm;
}

/// <summary>A range with its properties, and its neighbours that it may be merged with.</summary>
public unsafe struct vma_merge_struct
{
    public mm_struct* mm;
    public vma_iterator* vmi;
    public vm_area_struct* prev;
    public vm_area_struct* middle;
    public vm_area_struct* next;
    public vm_area_struct* target;
    public vm_area_struct* copied_from;
    public ulong start;
    public ulong end;
    public ulong pgoff;
    public ulong vm_flags;
    public @file* file;
    public anon_vma* anon_vma;
    public vm_userfaultfd_ctx uffd_ctx;
    public int state;
    public bool just_expand;
    public bool give_up_on_oom;
    public bool __adjust_middle_start;
    public bool __adjust_next_start;
    public bool __remove_middle;
    public bool __remove_next;
}

public static unsafe partial class mm_vma_h
{
    // enum vma_merge_state
    public const int VMA_MERGE_START = 0;
    public const int VMA_MERGE_ERROR_NOMEM = 1;
    public const int VMA_MERGE_NOMERGE = 2;
    public const int VMA_MERGE_SUCCESS = 3;

    [KernelSource("mm/vma.h", "vmg_nomem", Parity.Full)]
    public static bool vmg_nomem(vma_merge_struct* vmg) => vmg->state == VMA_MERGE_ERROR_NOMEM;

    [KernelSource("mm/vma.h", "is_exec_mapping", Parity.Full)]
    public static bool is_exec_mapping(ulong flags) => (flags & (VM_EXEC | VM_WRITE | VM_STACK)) == VM_EXEC;

    [KernelSource("mm/vma.h", "is_stack_mapping", Parity.Full)]
    public static bool is_stack_mapping(ulong flags) => (flags & VM_STACK) == VM_STACK || (flags & VM_SHADOW_STACK) != 0;

    [KernelSource("mm/vma.h", "is_data_mapping", Parity.Full)]
    public static bool is_data_mapping(ulong flags) => (flags & (VM_WRITE | VM_SHARED | VM_STACK)) == VM_WRITE;

    // Writes must be tried for: the VMA's own permissions have them fault.
    [KernelSource("mm/vma.h", "vma_wants_manual_pte_write_upgrade", Parity.Full)]
    public static bool vma_wants_manual_pte_write_upgrade(vm_area_struct* vma)
    {
        if ((vma->vm_flags & VM_SHARED) != 0)
            return vma_wants_writenotify(vma, vma->vm_page_prot);
        return (vma->vm_flags & VM_WRITE) != 0;
    }

    [KernelSource("mm/vma.h", "vma_iter_config", Parity.Full)]
    public static void vma_iter_config(vma_iterator* vmi, ulong index, ulong last) => __mas_set_range(&vmi->mas, index, last - 1);

    [KernelSource("mm/vma.h", "vma_iter_reset", Parity.Full)]
    public static void vma_iter_reset(vma_iterator* vmi) => mas_reset(&vmi->mas);

    [KernelSource("mm/vma.h", "vma_iter_load", Parity.Full)]
    public static vm_area_struct* vma_iter_load(vma_iterator* vmi) => (vm_area_struct*)mas_walk(&vmi->mas);

    [KernelSource("mm/vma.h", "vma_iter_addr", Parity.Full)]
    public static ulong vma_iter_addr(vma_iterator* vmi) => vmi->mas.index;

    [KernelSource("mm/vma.h", "vma_iter_end", Parity.Full)]
    public static ulong vma_iter_end(vma_iterator* vmi) => vmi->mas.last + 1;

    [KernelSource("mm/vma.h", "vma_iter_prealloc", Parity.Full)]
    public static int vma_iter_prealloc(vma_iterator* vmi, vm_area_struct* vma) =>
        mas_preallocate(&vmi->mas, vma, linux_gfp_types_h.GFP_KERNEL);

    [KernelSource("mm/vma.h", "vma_iter_clear", Parity.Full)]
    public static void vma_iter_clear(vma_iterator* vmi) => mas_store_prealloc(&vmi->mas, null);

    [KernelSource("mm/vma.h", "vma_iter_store_overwrite", Parity.Full)]
    public static void vma_iter_store_overwrite(vma_iterator* vmi, vm_area_struct* vma)
    {
        vma_assert_attached(vma);
        __mas_set_range(&vmi->mas, vma->vm_start, vma->vm_end - 1);
        mas_store_prealloc(&vmi->mas, vma);
    }

    [KernelSource("mm/vma.h", "vma_iter_store_new", Parity.Full)]
    public static void vma_iter_store_new(vma_iterator* vmi, vm_area_struct* vma)
    {
        vma_mark_attached(vma);
        vma_iter_store_overwrite(vmi, vma);
    }

    [KernelSource("mm/vma.h", "vma_iter_area_lowest", Parity.Full)]
    public static int vma_iter_area_lowest(vma_iterator* vmi, ulong min, ulong max, ulong size) =>
        mas_empty_area(&vmi->mas, min, max - 1, size);

    [KernelSource("mm/vma.h", "vma_iter_area_highest", Parity.Full)]
    public static int vma_iter_area_highest(vma_iterator* vmi, ulong min, ulong max, ulong size) =>
        mas_empty_area_rev(&vmi->mas, min, max - 1, size);

    /// <summary>The VMA behind the iterator, which then stands right behind the one before it.</summary>
    [KernelSource("mm/vma.h", "vma_iter_next_rewind", Parity.Full)]
    public static vm_area_struct* vma_iter_next_rewind(vma_iterator* vmi, vm_area_struct** pprev)
    {
        vm_area_struct* next = vma_next(vmi);
        vm_area_struct* prev = vma_prev(vmi);

        if (prev != null)
            vma_iter_next_range(vmi);

        if (pprev != null)
            *pprev = prev;

        return next;
    }
}
