// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;

namespace Linux;

// Free pages hold a pattern, in Debug builds and on demand: who writes to a page after freeing it is found out when it is allocated.
//
// Memory that was never allocated is not poisoned, as boot does not touch it; a bit for each frame says what is.
public static unsafe partial class mm_page_poison_c
{
    private const byte PAGE_POISON = 0xaa;

    public static readonly bool _page_poisoning_enabled = linux_knobs.page_poison;

    // Up to 64 GiB and the hole below 4 GiB.
    private const int MAX_FRAMES = 17 << 20;
    private static readonly ulong* poisoned = bss<ulong>(_page_poisoning_enabled ? MAX_FRAMES / BITS_PER_LONG : 1);

    [KernelSource("mm/page_poison.c", "poison_page", Parity.Full)]
    private static void poison_page(page* page)
    {
        memset(page_address(page), PAGE_POISON, PAGE_SIZE);
        set_bit((long)page_to_pfn(page), poisoned);
    }

    [KernelSource("mm/page_poison.c", "__kernel_poison_pages", Parity.Full)]
    public static void __kernel_poison_pages(page* page, int n)
    {
        for (int i = 0; i < n; i++)
            poison_page(page + i);
    }

    [KernelSource("mm/page_poison.c", "single_bit_flip", Parity.Full)]
    private static bool single_bit_flip(byte a, byte b)
    {
        byte error = (byte)(a ^ b);

        return error != 0 && (error & (error - 1)) == 0;
    }

    [KernelSource("mm/page_poison.c", "check_poison_mem", Parity.Reduced, "ends in an oops, where the kernel prints and goes on")]
    private static void check_poison_mem(page* page, byte* mem, ulong bytes)
    {
        ReadOnlySpan<byte> all = new(mem, (int)bytes);

        int start = all.IndexOfAnyExcept(PAGE_POISON);
        if (start < 0)
            return;

        int end = all.LastIndexOfAnyExcept(PAGE_POISON);
        bool flip = start == end && single_bit_flip(all[end], PAGE_POISON);

        panic($"pagealloc: {(flip ? "single bit error" : "memory corruption")} in free page pfn:{page_to_pfn(page):x5}, bytes {start}-{end}, first 0x{all[start]:x2}");
    }

    [KernelSource("mm/page_poison.c", "unpoison_page", Parity.Full)]
    private static void unpoison_page(page* page)
    {
        if (test_and_clear_bit((long)page_to_pfn(page), poisoned))
            check_poison_mem(page, (byte*)page_address(page), PAGE_SIZE);
    }

    [KernelSource("mm/page_poison.c", "__kernel_unpoison_pages", Parity.Full)]
    public static void __kernel_unpoison_pages(page* page, int n)
    {
        for (int i = 0; i < n; i++)
            unpoison_page(page + i);
    }
}
