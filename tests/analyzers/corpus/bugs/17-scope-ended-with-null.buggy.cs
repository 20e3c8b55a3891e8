// SPDX-License-Identifier: GPL-2.0-only
// Bug 17: commit b87d8cefe43c, mm/memcontrol.c and its users. Rule: KM0510 (scope not restored).
//
// "Charge this group from now on" ended by storing null. Whoever was called inside such a scope and opened one of its own
// ended the caller's scope as well, and the rest was charged to the wrong group.
namespace Linux;

public static unsafe partial class fs_buffer_c
{
    private static void* alloc_buffers(folio* folio, ulong size)
    {
        void* bh;

        set_active_memcg(folio_memcg(folio));
        bh = kmalloc(size, GFP_KERNEL | __GFP_ACCOUNT);
        set_active_memcg(null); // expect: KM0510
        return bh;
    }
}
