// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fault_inject_h;
using static Linux.linux_slab_h;
using static Linux.linux_mm_h;
using static Linux.mm_slab_h;

namespace Linux;

/// <summary>Failures of slab allocations on demand.</summary>
public static unsafe partial class mm_failslab_c
{
    public static readonly fault_attr* failslab_attr = data(FAULT_ATTR_INITIALIZER);

    /// <summary>Whether allocations that may reclaim are left alone; so it is until someone asks.</summary>
    public static bool failslab_ignore_gfp_reclaim = true;

    /// <summary>Whether only caches with SLAB_FAILSLAB fail.</summary>
    public static bool failslab_cache_filter;

    [KernelSource("mm/failslab.c", "should_failslab", Parity.Full)]
    public static int should_failslab(kmem_cache* s, gfp_t gfpflags)
    {
        int flags = 0;

        // Creating a cache is no business of this.
        if (s == mm_slab_common_c.kmem_cache)
            return 0;

        if ((gfpflags & __GFP_NOFAIL) != 0)
            return 0;

        if (failslab_ignore_gfp_reclaim && (gfpflags & __GFP_DIRECT_RECLAIM) != 0)
            return 0;

        if (failslab_cache_filter && (s->flags & SLAB_FAILSLAB) == 0)
            return 0;

        if ((gfpflags & __GFP_NOWARN) != 0)
            flags |= FAULT_NOWARN;

        return should_fail_ex(failslab_attr, s->object_size, flags) ? -ENOMEM : 0;
    }
}
