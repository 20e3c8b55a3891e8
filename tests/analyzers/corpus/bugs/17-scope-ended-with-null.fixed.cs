// SPDX-License-Identifier: GPL-2.0-only
// Bug 17, fixed: commit b87d8cefe43c. set_active_memcg returns what was active, and that is what comes back.
namespace Linux;

public static unsafe partial class fs_buffer_c
{
    private static void* alloc_buffers(folio* folio, ulong size)
    {
        mem_cgroup* old_memcg;
        void* bh;

        old_memcg = set_active_memcg(folio_memcg(folio));
        bh = kmalloc(size, GFP_KERNEL | __GFP_ACCOUNT);
        set_active_memcg(old_memcg);
        return bh;
    }
}
