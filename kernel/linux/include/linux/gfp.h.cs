// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;

namespace Linux;

public static unsafe partial class linux_gfp_h
{
    [KernelSource("include/linux/gfp.h", "gfpflags_allow_blocking", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool gfpflags_allow_blocking(gfp_t gfp_flags) => (gfp_flags & __GFP_DIRECT_RECLAIM) != 0;

    /// <summary>Without either reclaim flag the caller may be anywhere, even inside the allocator's own locks.</summary>
    [KernelSource("include/linux/gfp.h", "gfpflags_allow_spinning", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool gfpflags_allow_spinning(gfp_t gfp_flags) => (gfp_flags & __GFP_RECLAIM) != 0;
}
