// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_vmalloc_h;

namespace Linux;

/// <summary>
/// The addresses of vmalloc areas. RAM is one flat array on this machine, and nothing maps its frames a second time in
/// another order. An area's bytes are therefore the host's; its page frames are allocated and charged as Linux would,
/// and stay untouched. Before the area's first byte lies a page that knows whose it is.
/// </summary>
internal static unsafe partial class vmap_space
{
    private struct header
    {
        public ulong magic;
        public vm_struct* area;
        public void* block;
        public header* prev;
        public header* next;
    }

    private const ulong MAGIC = 0x766d616c6c6f6321;

    // What the machine has of the host: stacks, above all, are there to its end.
    private static readonly System.Threading.Lock guard = new();
    private static header* first;

    /// <summary>Whether there are areas.</summary>
    internal static bool any => first != null;

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
        header* h = (header*)(addr - PAGE_SIZE);
        lock (guard)
        {
            *h = new header { magic = MAGIC, area = area, block = block, next = first };
            if (first != null)
                first->prev = h;
            first = h;
        }
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
        lock (guard)
        {
            if (h->next != null)
                h->next->prev = h->prev;
            if (h->prev != null)
                h->prev->next = h->next;
            else
                first = h->next;
        }
        NativeMemory.Free(h->block);
    }

    /// <summary>The machine is off: gives back what areas are left.</summary>
    public static void free_all()
    {
        while (first != null)
            free((byte*)first + PAGE_SIZE);
    }
}
