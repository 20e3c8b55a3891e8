// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_h;

namespace Linux;

public static unsafe partial class linux_sched_mm_h
{
    /// <summary>Says at a place that may allocate what locks and contexts that rules out, whether it allocates this time or not.</summary>
    [KernelSource("include/linux/sched/mm.h", "might_alloc", Parity.Full)]
    [MightSleepIf("gfp_mask")]
    public static void might_alloc(gfp_t gfp_mask)
    {
        mm_page_alloc_c.fs_reclaim_acquire(gfp_mask);
        mm_page_alloc_c.fs_reclaim_release(gfp_mask);

        might_sleep_if(gfpflags_allow_blocking(gfp_mask));
    }
}
