// SPDX-License-Identifier: GPL-2.0-only
// What the slab allocator calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe partial class mm_slub_c
{
    private static void mm_account_reclaimed_pages(ulong pages) { }
}
