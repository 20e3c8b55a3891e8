// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_topology_h;

namespace Linux;

// The page allocator's entries in mm/internal.h.
public static unsafe partial class mm_internal_h
{
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
