// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

// All memory is mapped, so these are about the contents of pages.
public static unsafe partial class linux_highmem_h
{
    [KernelSource("arch/x86/include/asm/page_64.h", "clear_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void clear_page(void* addr)
    {
        PageOps.Clear((byte*)addr);
        spend_ns(COST_PAGE_CLEAR);
    }

    [KernelSource("arch/x86/include/asm/page_64.h", "copy_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void copy_page(void* to, void* from)
    {
        PageOps.Copy((byte*)to, (byte*)from);
        spend_ns(COST_PAGE_COPY);
    }

    [KernelSource("include/linux/highmem.h", "clear_highpage", Parity.Full)]
    public static void clear_highpage(page* page) => clear_page(page_address(page));

    [KernelSource("include/linux/highmem.h", "clear_highpage_kasan_tagged", Parity.Full)]
    public static void clear_highpage_kasan_tagged(page* page) => clear_highpage(page);

    [KernelSource("include/linux/highmem.h", "clear_user_highpage", Parity.Full)]
    public static void clear_user_highpage(page* page, ulong vaddr) => clear_page(page_address(page));

    [KernelSource("include/linux/highmem.h", "copy_highpage", Parity.Full)]
    public static void copy_highpage(page* to, page* from) => copy_page(page_address(to), page_address(from));

    [KernelSource("include/linux/highmem.h", "copy_user_highpage", Parity.Full)]
    public static void copy_user_highpage(page* to, page* from, ulong vaddr, vm_area_struct* vma) =>
        copy_page(page_address(to), page_address(from));
}
