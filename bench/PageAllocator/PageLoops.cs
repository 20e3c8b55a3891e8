// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.mm_page_alloc_c;

namespace KMemcg.Bench.PageAllocator;

/// <summary>The loops of bench/c/page_alloc.c, over the port.</summary>
internal static unsafe class PageLoops
{
    /// <summary>GFP_KERNEL for pages that could be moved: the list that anonymous memory comes from.</summary>
    public const uint GfpMovable = linux_gfp_types_h.GFP_KERNEL | linux_gfp_types_h.__GFP_MOVABLE;

    /// <summary>A page at a time, freed before the next is taken.</summary>
    public static void Pair(uint gfp, uint order, long rounds)
    {
        while (rounds-- > 0)
        {
            page* page = __alloc_pages_noprof(gfp, order, 0, null);

            __free_pages(page, order);
        }
    }

    /// <summary>So many at once, freed in the order they came: with more than a batch the buddy lists take part.</summary>
    public static void Run(uint gfp, uint order, page** pages, int count, long rounds)
    {
        while (rounds-- > 0)
        {
            for (int i = 0; i < count; i++)
            {
                pages[i] = __alloc_pages_noprof(gfp, order, 0, null);
            }

            for (int i = 0; i < count; i++)
            {
                __free_pages(pages[i], order);
            }
        }
    }

    /// <summary>
    /// A set of live pages of which a random one is replaced each time, its order drawn from a table: what an arena of a
    /// user-space allocator does over its life.
    /// </summary>
    public static void Churn(uint gfp, page** pages, byte* orders, int count, byte* draw, ulong seed, long rounds)
    {
        while (rounds-- > 0)
        {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            int i = (int)(seed % (ulong)count);
            if (pages[i] != null)
            {
                __free_pages(pages[i], orders[i]);
            }

            orders[i] = draw[seed >> 56];
            pages[i] = __alloc_pages_noprof(gfp, orders[i], 0, null);
        }

        for (int i = 0; i < count; i++)
        {
            if (pages[i] != null)
            {
                __free_pages(pages[i], orders[i]);
            }

            pages[i] = null;
        }
    }
}
