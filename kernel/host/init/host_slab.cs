// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_slab_h;

namespace Linux;

/// <summary>Objects of the host's own services: from the slab like everything else, and never charged.</summary>
internal static unsafe class host_slab
{
    internal static void* zalloc(nuint size) => kzalloc(size, GFP_KERNEL);

    internal static void free(void* p) => kfree(p);
}
