// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_h;

namespace Linux;

public static unsafe partial class linux_sched_mm_h
{
    [KernelSource("include/linux/sched/mm.h", "might_alloc", Parity.Reduced, "only whether it may sleep: fs_reclaim's place in the lock order comes with the page allocator")]
    public static void might_alloc(gfp_t gfp_mask) => might_sleep_if(gfpflags_allow_blocking(gfp_mask));
}
