// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Native;

/// <summary>The bits of an x86-64 page-table entry, at every level.</summary>
public static class PageTableEntry
{
    /// <summary>The entry maps something; without it the other bits are the kernel's to use.</summary>
    public const ulong Present = 1UL << 0;

    /// <summary>Writes are allowed.</summary>
    public const ulong Writable = 1UL << 1;

    /// <summary>User mode is allowed.</summary>
    public const ulong User = 1UL << 2;

    /// <summary>Set by the CPU when it uses the entry.</summary>
    public const ulong Accessed = 1UL << 5;

    /// <summary>Set by the CPU when it writes to the page the entry maps.</summary>
    public const ulong Dirty = 1UL << 6;

    /// <summary>The entry maps a large page (2 MiB in the third level, 1 GiB in the second).</summary>
    public const ulong PageSize = 1UL << 7;

    /// <summary>The page-attribute bit of a large page; below it, up to the frame, all bits are reserved.</summary>
    public const ulong LargePageAttribute = 1UL << 12;

    /// <summary>Instructions may not be fetched.</summary>
    public const ulong NoExecute = 1UL << 63;

    /// <summary>Bits 12 to 51: the address of the frame.</summary>
    public const ulong AddressMask = 0x000f_ffff_ffff_f000;
}
