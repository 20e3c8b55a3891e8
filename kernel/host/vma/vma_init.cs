// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;

namespace Linux;

public static unsafe partial class mm_vma_init_c
{
    private static kmem_cache* vm_area_cachep;

    [KernelSource("mm/vma_init.c", "vma_state_init", Parity.Reduced, "the cache has no sheaves of its own size")]
    public static void vma_state_init() =>
        vm_area_cachep = kmem_cache_create("vm_area_struct"u8, (uint)sizeof(vm_area_struct), 0,
            SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_TYPESAFE_BY_RCU | SLAB_ACCOUNT, null);

    [KernelSource("mm/vma_init.c", "vm_area_alloc", Parity.Full)]
    public static vm_area_struct* vm_area_alloc(mm_struct* mm)
    {
        vm_area_struct* vma = (vm_area_struct*)kmem_cache_alloc(vm_area_cachep, GFP_KERNEL);

        if (vma == null)
            return null;

        vma_init(vma, mm);

        return vma;
    }

    [KernelSource("mm/vma_init.c", "vm_area_init_from", Parity.Full)]
    [Initializes("dest->vm_file")]
    private static void vm_area_init_from(vm_area_struct* src, vm_area_struct* dest)
    {
        dest->vm_mm = src->vm_mm;
        dest->vm_ops = src->vm_ops;
        dest->vm_start = src->vm_start;
        dest->vm_end = src->vm_end;
        dest->anon_vma = src->anon_vma;
        dest->vm_pgoff = src->vm_pgoff;
        dest->vm_file = src->vm_file;
        dest->vm_private_data = src->vm_private_data;
        vm_flags_init(dest, src->vm_flags);
        dest->vm_page_prot = src->vm_page_prot;
        dest->shared = src->shared;
        dest->vm_userfaultfd_ctx = src->vm_userfaultfd_ctx;
        dest->swap_readahead_info = src->swap_readahead_info;
    }

    [KernelSource("mm/vma_init.c", "vm_area_dup", Parity.Full)]
    public static vm_area_struct* vm_area_dup(vm_area_struct* orig)
    {
        vm_area_struct* @new = (vm_area_struct*)kmem_cache_alloc(vm_area_cachep, GFP_KERNEL);

        if (@new == null)
            return null;

        vm_area_init_from(orig, @new);

        vma_lock_init(@new, true);
        INIT_LIST_HEAD(&@new->anon_vma_chain);

        return @new;
    }

    [KernelSource("mm/vma_init.c", "vm_area_free", Parity.Full)]
    public static void vm_area_free(vm_area_struct* vma)
    {
        vma_assert_detached(vma);
        kmem_cache_free(vm_area_cachep, vma);
    }
}
