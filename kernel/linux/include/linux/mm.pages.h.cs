// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The size of memory, and page alignment.
public static unsafe partial class linux_mm_h
{
    [KernelSource("include/linux/mm.h", "totalram_pages", Parity.Full)]
    public static ulong totalram_pages() => (ulong)atomic_long_read(mm_show_mem_c._totalram_pages);

    [KernelSource("include/linux/mm.h", "totalram_pages_inc", Parity.Full)]
    public static void totalram_pages_inc() => atomic_long_inc(mm_show_mem_c._totalram_pages);

    [KernelSource("include/linux/mm.h", "totalram_pages_dec", Parity.Full)]
    public static void totalram_pages_dec() => atomic_long_dec(mm_show_mem_c._totalram_pages);

    [KernelSource("include/linux/mm.h", "totalram_pages_add", Parity.Full)]
    public static void totalram_pages_add(long count) => atomic_long_add(count, mm_show_mem_c._totalram_pages);

    [KernelSource("include/linux/mm.h", "PAGE_ALIGN", Parity.Full)]
    public static ulong PAGE_ALIGN(ulong addr) => (addr + PAGE_SIZE - 1) & PAGE_MASK;

    [KernelSource("include/linux/mm.h", "PAGE_ALIGN_DOWN", Parity.Full)]
    public static ulong PAGE_ALIGN_DOWN(ulong addr) => addr & PAGE_MASK;

    [KernelSource("include/linux/mm.h", "PAGE_ALIGNED", Parity.Full)]
    public static bool PAGE_ALIGNED(ulong addr) => (addr & (PAGE_SIZE - 1)) == 0;
}
