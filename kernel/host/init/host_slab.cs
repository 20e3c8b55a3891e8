// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Objects of the host's own services.</summary>
internal static unsafe class host_slab
{
    internal static void* zalloc(nuint size) => NativeMemory.AllocZeroed(size);

    internal static void free(void* p) => NativeMemory.Free(p);
}
