// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_vmalloc_h;

namespace Linux;

/// <summary>
/// The addresses of vmalloc areas. RAM is one flat array on this machine, and nothing maps its frames a second time in
/// another order. An area's bytes are therefore the host's; its page frames are allocated and charged as Linux would,
/// and stay untouched. Before the area's first byte lies a page that knows whose it is.
/// </summary>
internal static unsafe class vmap_space
{
    private struct header
    {
        public ulong magic;
        public vm_struct* area;
        public void* block;
    }

    private const ulong MAGIC = 0x766d616c6c6f6321;

    /// <summary>Zeroed bytes for an area, or NULL.</summary>
    public static void* alloc(ulong size, ulong align, vm_struct* area)
    {
        align = Math.Max(align, PAGE_SIZE);
        byte* block;
        try
        {
            block = (byte*)NativeMemory.AllocZeroed((nuint)(size + align + PAGE_SIZE));
        }
        catch (OutOfMemoryException)
        {
            return null;
        }

        byte* addr = (byte*)(((ulong)block + PAGE_SIZE + align - 1) & ~(align - 1));
        *(header*)(addr - PAGE_SIZE) = new header { magic = MAGIC, area = area, block = block };
        return addr;
    }

    public static vm_struct* find(void* addr)
    {
        header* h = (header*)((byte*)addr - PAGE_SIZE);
        return h->magic == MAGIC ? h->area : null;
    }

    public static void free(void* addr)
    {
        header* h = (header*)((byte*)addr - PAGE_SIZE);
        h->magic = 0;
        NativeMemory.Free(h->block);
    }
}
