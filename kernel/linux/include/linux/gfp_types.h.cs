// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The flags that say how an allocation may get its pages. KASAN's two bits do not exist without it, so lockdep's comes
// right after ZEROTAGS; it is there in every build to keep the numbers the same.
public static class linux_gfp_types_h
{
    public const int ___GFP_DMA_BIT = 0;
    public const int ___GFP_HIGHMEM_BIT = 1;
    public const int ___GFP_DMA32_BIT = 2;
    public const int ___GFP_MOVABLE_BIT = 3;
    public const int ___GFP_RECLAIMABLE_BIT = 4;
    public const int ___GFP_HIGH_BIT = 5;
    public const int ___GFP_IO_BIT = 6;
    public const int ___GFP_FS_BIT = 7;
    public const int ___GFP_ZERO_BIT = 8;
    public const int ___GFP_UNUSED_BIT = 9;
    public const int ___GFP_DIRECT_RECLAIM_BIT = 10;
    public const int ___GFP_KSWAPD_RECLAIM_BIT = 11;
    public const int ___GFP_WRITE_BIT = 12;
    public const int ___GFP_NOWARN_BIT = 13;
    public const int ___GFP_RETRY_MAYFAIL_BIT = 14;
    public const int ___GFP_NOFAIL_BIT = 15;
    public const int ___GFP_NORETRY_BIT = 16;
    public const int ___GFP_MEMALLOC_BIT = 17;
    public const int ___GFP_COMP_BIT = 18;
    public const int ___GFP_NOMEMALLOC_BIT = 19;
    public const int ___GFP_HARDWALL_BIT = 20;
    public const int ___GFP_THISNODE_BIT = 21;
    public const int ___GFP_ACCOUNT_BIT = 22;
    public const int ___GFP_ZEROTAGS_BIT = 23;
    public const int ___GFP_NOLOCKDEP_BIT = 24;
    public const int ___GFP_NO_OBJ_EXT_BIT = 25;
    public const int ___GFP_LAST_BIT = 26;

    // Which zone.
    public const gfp_t __GFP_DMA = 1u << ___GFP_DMA_BIT;
    public const gfp_t __GFP_HIGHMEM = 1u << ___GFP_HIGHMEM_BIT;
    public const gfp_t __GFP_DMA32 = 1u << ___GFP_DMA32_BIT;
    public const gfp_t __GFP_MOVABLE = 1u << ___GFP_MOVABLE_BIT;
    public const gfp_t GFP_ZONEMASK = __GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE;

    // Kinds of pages, and where they may come from.
    public const gfp_t __GFP_RECLAIMABLE = 1u << ___GFP_RECLAIMABLE_BIT;
    public const gfp_t __GFP_WRITE = 1u << ___GFP_WRITE_BIT;
    public const gfp_t __GFP_HARDWALL = 1u << ___GFP_HARDWALL_BIT;
    public const gfp_t __GFP_THISNODE = 1u << ___GFP_THISNODE_BIT;
    public const gfp_t __GFP_ACCOUNT = 1u << ___GFP_ACCOUNT_BIT;
    public const gfp_t __GFP_NO_OBJ_EXT = 1u << ___GFP_NO_OBJ_EXT_BIT;

    // How far into the reserves.
    public const gfp_t __GFP_HIGH = 1u << ___GFP_HIGH_BIT;
    public const gfp_t __GFP_MEMALLOC = 1u << ___GFP_MEMALLOC_BIT;
    public const gfp_t __GFP_NOMEMALLOC = 1u << ___GFP_NOMEMALLOC_BIT;

    // How hard to try.
    public const gfp_t __GFP_IO = 1u << ___GFP_IO_BIT;
    public const gfp_t __GFP_FS = 1u << ___GFP_FS_BIT;
    public const gfp_t __GFP_DIRECT_RECLAIM = 1u << ___GFP_DIRECT_RECLAIM_BIT;
    public const gfp_t __GFP_KSWAPD_RECLAIM = 1u << ___GFP_KSWAPD_RECLAIM_BIT;
    public const gfp_t __GFP_RECLAIM = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM;
    public const gfp_t __GFP_RETRY_MAYFAIL = 1u << ___GFP_RETRY_MAYFAIL_BIT;
    public const gfp_t __GFP_NOFAIL = 1u << ___GFP_NOFAIL_BIT;
    public const gfp_t __GFP_NORETRY = 1u << ___GFP_NORETRY_BIT;

    // What to do with the page.
    public const gfp_t __GFP_NOWARN = 1u << ___GFP_NOWARN_BIT;
    public const gfp_t __GFP_COMP = 1u << ___GFP_COMP_BIT;
    public const gfp_t __GFP_ZERO = 1u << ___GFP_ZERO_BIT;
    public const gfp_t __GFP_ZEROTAGS = 1u << ___GFP_ZEROTAGS_BIT;
    public const gfp_t __GFP_SKIP_ZERO = 0;
    public const gfp_t __GFP_SKIP_KASAN = 0;
    public const gfp_t __GFP_NOLOCKDEP = 1u << ___GFP_NOLOCKDEP_BIT;

    public const int __GFP_BITS_SHIFT = ___GFP_LAST_BIT;
    public const gfp_t __GFP_BITS_MASK = (1u << __GFP_BITS_SHIFT) - 1;

    public const gfp_t GFP_ATOMIC = __GFP_HIGH | __GFP_KSWAPD_RECLAIM;
    public const gfp_t GFP_KERNEL = __GFP_RECLAIM | __GFP_IO | __GFP_FS;
    public const gfp_t GFP_KERNEL_ACCOUNT = GFP_KERNEL | __GFP_ACCOUNT;
    public const gfp_t GFP_NOWAIT = __GFP_KSWAPD_RECLAIM | __GFP_NOWARN;
    public const gfp_t GFP_NOIO = __GFP_RECLAIM;
    public const gfp_t GFP_NOFS = __GFP_RECLAIM | __GFP_IO;
    public const gfp_t GFP_USER = __GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL;
    public const gfp_t GFP_DMA = __GFP_DMA;
    public const gfp_t GFP_DMA32 = __GFP_DMA32;
    public const gfp_t GFP_HIGHUSER = GFP_USER | __GFP_HIGHMEM;
    public const gfp_t GFP_HIGHUSER_MOVABLE = GFP_HIGHUSER | __GFP_MOVABLE | __GFP_SKIP_KASAN;
    public const gfp_t GFP_TRANSHUGE_LIGHT =
        (GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM;
    public const gfp_t GFP_TRANSHUGE = GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM;
}
