// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class mm_show_mem_c
{
    // Every page the allocator has or had.
    public static readonly atomic_long_t* _totalram_pages = bss<atomic_long_t>();
    public static ulong totalreserve_pages;
    public static ulong totalcma_pages;
}
