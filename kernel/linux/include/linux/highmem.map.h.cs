// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// All memory is mapped, so mapping a page is taking its address.
public static unsafe partial class linux_highmem_h
{
    [KernelSource("include/linux/highmem.h", "kmap_local_page", Parity.Full)]
    public static void* kmap_local_page(page* page) => page_address(page);

    [KernelSource("include/linux/highmem.h", "kmap_local_folio", Parity.Full)]
    public static void* kmap_local_folio(folio* folio, ulong offset) => (byte*)page_address(&folio->page) + offset;

    [KernelSource("include/linux/highmem.h", "kunmap_local", Parity.Full)]
    public static void kunmap_local(void* addr)
    {
    }

    // No memory fails here, so nothing is ever left uncopied.
    [KernelSource("include/linux/highmem.h", "copy_mc_user_highpage", Parity.Full)]
    public static int copy_mc_user_highpage(page* to, page* from, ulong vaddr, vm_area_struct* vma)
    {
        copy_page(page_address(to), page_address(from));
        return 0;
    }

    [KernelSource("include/linux/highmem.h", "memcpy_from_page", Parity.Full)]
    public static void memcpy_from_page(void* to, page* page, ulong offset, ulong len) => memcpy(to, (byte*)page_address(page) + offset, len);

    [KernelSource("include/linux/highmem.h", "memcpy_to_page", Parity.Full)]
    public static void memcpy_to_page(page* page, ulong offset, void* from, ulong len) => memcpy((byte*)page_address(page) + offset, from, len);

    [KernelSource("include/linux/highmem.h", "folio_zero_range", Parity.Full)]
    public static void folio_zero_range(folio* folio, ulong start, ulong length) => memset((byte*)folio_address(folio) + start, 0, length);

    [KernelSource("include/linux/highmem.h", "folio_zero_segment", Parity.Full)]
    public static void folio_zero_segment(folio* folio, ulong start, ulong xend) => folio_zero_range(folio, start, xend - start);

    [KernelSource("include/linux/highmem.h", "folio_zero_segments", Parity.Full)]
    public static void folio_zero_segments(folio* folio, ulong start1, ulong xend1, ulong start2, ulong xend2)
    {
        if (xend1 > start1)
            folio_zero_range(folio, start1, xend1 - start1);
        if (xend2 > start2)
            folio_zero_range(folio, start2, xend2 - start2);
    }

    [KernelSource("include/linux/highmem.h", "vma_alloc_zeroed_movable_folio", Parity.Full)]
    public static folio* vma_alloc_zeroed_movable_folio(vm_area_struct* vma, ulong vaddr) =>
        vma_alloc_folio(linux_gfp_types_h.GFP_HIGHUSER_MOVABLE | linux_gfp_types_h.__GFP_ZERO, 0, vma, vaddr);
}
