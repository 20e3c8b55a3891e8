// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_topology_h;

namespace Linux;

// The page allocator's entries in mm/internal.h.
public static unsafe partial class mm_internal_h
{
    // What of a request is the caller's constraint on how memory may be had; which memory it is, is left out.
    public const gfp_t GFP_RECLAIM_MASK = __GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOWARN |
        __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC | __GFP_NOLOCKDEP;

    public const gfp_t GFP_BOOT_MASK = __GFP_BITS_MASK & ~(__GFP_RECLAIM | __GFP_IO | __GFP_FS);

    public const gfp_t GFP_CONSTRAINT_MASK = __GFP_HARDWALL | __GFP_THISNODE;

    // Not for slabs.
    public const gfp_t GFP_SLAB_BUG_MASK = __GFP_DMA32 | __GFP_HIGHMEM | ~__GFP_BITS_MASK;

    /// <summary>WARN_ON_ONCE for a request that is to be told of its failures.</summary>
    [KernelSource("mm/internal.h", "WARN_ON_ONCE_GFP", Parity.Full)]
    public static bool WARN_ON_ONCE_GFP(bool cond, gfp_t gfp, [CallerArgumentExpression(nameof(cond))] string text = "",
        [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond && (gfp & __GFP_NOWARN) == 0)
            WARN_ON_ONCE(true, text, where, file, line);
        return cond;
    }

    // How often reclaim may find nothing before the OOM killer is called.
    public const int MAX_RECLAIM_RETRIES = 16;

    [KernelSource("mm/internal.h", "alloc_frozen_pages_noprof", Parity.Full)]
    public static page* alloc_frozen_pages_noprof(gfp_t gfp, uint order) =>
        __alloc_frozen_pages_noprof(gfp, order, numa_node_id(), null);

    [KernelSource("mm/internal.h", "alloc_frozen_pages", Parity.Full)]
    public static page* alloc_frozen_pages(gfp_t gfp, uint order) => alloc_frozen_pages_noprof(gfp, order);

    [KernelSource("mm/internal.h", "__alloc_frozen_pages", Parity.Full)]
    public static page* __alloc_frozen_pages(gfp_t gfp, uint order, int nid, nodemask_t* nodemask) =>
        __alloc_frozen_pages_noprof(gfp, order, nid, nodemask);

    [KernelSource("mm/internal.h", "alloc_frozen_pages_nolock", Parity.Full)]
    public static page* alloc_frozen_pages_nolock(gfp_t gfp, int nid, uint order) =>
        alloc_frozen_pages_nolock_noprof(gfp, nid, order);

    // include/linux/page-isolation.h: nothing is isolated here.
    [KernelSource("include/linux/page-isolation.h", "is_migrate_isolate", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool is_migrate_isolate(int migratetype) => false;
}
