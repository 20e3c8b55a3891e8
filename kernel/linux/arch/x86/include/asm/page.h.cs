// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The flat memory model: one mem_map for all of RAM, and RAM in one arena that maps frame 0 at memory_base.
// asm-generic/memory_model.h and the address part of linux/mm.h are here too, as they are one thing on this machine.
public static unsafe partial class asm_page_h
{
    public const int PAGE_SHIFT = 12;
    public const ulong PAGE_SIZE = 1UL << PAGE_SHIFT;
    public const ulong PAGE_MASK = ~(PAGE_SIZE - 1);

    // Set once at boot, before anyone looks.
    public static page* mem_map;
    public static byte* memory_base;
    public static ulong max_mapnr;

    [KernelSource("include/asm-generic/memory_model.h", "pfn_to_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static page* pfn_to_page(ulong pfn) => mem_map + pfn;

    [KernelSource("include/asm-generic/memory_model.h", "page_to_pfn", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static ulong page_to_pfn(page* page) => (ulong)((byte*)page - (byte*)mem_map) / 64;

    [KernelSource("include/asm-generic/memory_model.h", "pfn_valid", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool pfn_valid(ulong pfn) => pfn < max_mapnr;

    [KernelSource("arch/x86/include/asm/page.h", "__pa", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong __pa(void* x) => (ulong)((byte*)x - memory_base);

    [KernelSource("arch/x86/include/asm/page.h", "__va", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* __va(ulong x) => memory_base + x;

    [KernelSource("arch/x86/include/asm/page.h", "virt_to_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static page* virt_to_page(void* kaddr) => pfn_to_page(__pa(kaddr) >> PAGE_SHIFT);

    [KernelSource("arch/x86/include/asm/page.h", "virt_addr_valid", Parity.Full)]
    public static bool virt_addr_valid(void* kaddr) => pfn_valid(__pa(kaddr) >> PAGE_SHIFT);

    [KernelSource("include/linux/mm.h", "page_address", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static void* page_address(page* page) => memory_base + (page_to_pfn(page) << PAGE_SHIFT);

    [KernelSource("include/linux/mm.h", "page_to_virt", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* page_to_virt(page* page) => page_address(page);

    [KernelSource("include/asm-generic/memory_model.h", "page_to_phys", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong page_to_phys(page* page) => page_to_pfn(page) << PAGE_SHIFT;

    [KernelSource("include/asm-generic/memory_model.h", "phys_to_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static page* phys_to_page(ulong phys) => pfn_to_page(phys >> PAGE_SHIFT);
}
