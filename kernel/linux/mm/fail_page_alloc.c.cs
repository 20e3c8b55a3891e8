// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fault_inject_h;

namespace Linux;

// Page allocations that fail when told to.
public static unsafe partial class mm_fail_page_alloc_c
{
    public struct fail_page_alloc_attr
    {
        public fault_attr attr;

        public bool ignore_gfp_highmem;
        public bool ignore_gfp_reclaim;
        public uint min_order;
    }

    // What /sys/kernel/debug/fail_page_alloc sets; the n-th call alone fails with min_order 0, both ignores off,
    // probability 100, interval n and times 1.
    public static readonly fail_page_alloc_attr* fail_page_alloc = data(new fail_page_alloc_attr
    {
        attr = FAULT_ATTR_INITIALIZER,
        ignore_gfp_reclaim = true,
        ignore_gfp_highmem = true,
        min_order = 1,
    });

    [KernelSource("mm/fail_page_alloc.c", "should_fail_alloc_page", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool should_fail_alloc_page(gfp_t gfp_mask, uint order)
    {
        if (order < fail_page_alloc->min_order)
            return false;

        return should_fail_alloc_page_asked(gfp_mask, order);
    }

    // The rest of should_fail_alloc_page, out of line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool should_fail_alloc_page_asked(gfp_t gfp_mask, uint order)
    {
        int flags = 0;

        if ((gfp_mask & __GFP_NOFAIL) != 0)
            return false;
        if (fail_page_alloc->ignore_gfp_highmem && (gfp_mask & __GFP_HIGHMEM) != 0)
            return false;
        if (fail_page_alloc->ignore_gfp_reclaim && (gfp_mask & __GFP_DIRECT_RECLAIM) != 0)
            return false;

        if ((gfp_mask & __GFP_NOWARN) != 0)
            flags |= FAULT_NOWARN;

        return should_fail_ex(&fail_page_alloc->attr, 1L << (int)order, flags);
    }
}
