// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;

namespace Linux;

/// <summary>A range of physical addresses.</summary>
public struct memblock_region
{
    public ulong @base;
    public ulong size;
}

/// <summary>
/// The allocator of early boot, as small as this machine needs it: what memory there is, what of it is taken, and the
/// handing over of the rest to the page allocator. Ranges are kept in rising order and do not overlap.
/// </summary>
public static unsafe partial class linux_memblock_h
{
    private const int INIT_MEMBLOCK_REGIONS = 128;

    private static readonly memblock_region* memory = bss<memblock_region>(INIT_MEMBLOCK_REGIONS);
    private static readonly memblock_region* reserved = bss<memblock_region>(INIT_MEMBLOCK_REGIONS);
    private static int nr_memory;
    private static int nr_reserved;

    [KernelSource("include/linux/pfn.h", "PFN_UP", Parity.Full)]
    public static ulong PFN_UP(ulong x) => (x + PAGE_SIZE - 1) >> PAGE_SHIFT;

    [KernelSource("include/linux/pfn.h", "PFN_DOWN", Parity.Full)]
    public static ulong PFN_DOWN(ulong x) => x >> PAGE_SHIFT;

    [KernelSource("mm/memblock.c", "memblock_add", Parity.Reduced, "in rising order, without overlaps")]
    public static void memblock_add(ulong @base, ulong size)
    {
        BUG_ON(nr_memory == INIT_MEMBLOCK_REGIONS);
        memory[nr_memory++] = new memblock_region { @base = @base, size = size };
    }

    [KernelSource("mm/memblock.c", "memblock_reserve", Parity.Reduced, "ranges are sorted, not merged; they must not overlap")]
    public static void memblock_reserve(ulong @base, ulong size)
    {
        BUG_ON(nr_reserved == INIT_MEMBLOCK_REGIONS);

        int i = nr_reserved++;
        for (; i > 0 && reserved[i - 1].@base > @base; i--)
            reserved[i] = reserved[i - 1];
        reserved[i] = new memblock_region { @base = @base, size = size };

        BUG_ON(i > 0 && reserved[i - 1].@base + reserved[i - 1].size > @base);
        BUG_ON(i + 1 < nr_reserved && @base + size > reserved[i + 1].@base);
    }

    [KernelSource("mm/memblock.c", "memblock_start_of_DRAM", Parity.Full)]
    public static ulong memblock_start_of_DRAM() => memory[0].@base;

    [KernelSource("mm/memblock.c", "memblock_end_of_DRAM", Parity.Full)]
    public static ulong memblock_end_of_DRAM() => memory[nr_memory - 1].@base + memory[nr_memory - 1].size;

    /// <summary>for_each_mem_pfn_range: whole frames of the i-th range; i and the range after it count up together.</summary>
    public static bool next_mem_pfn_range(int i, out ulong start_pfn, out ulong end_pfn)
    {
        start_pfn = end_pfn = 0;
        if (i >= nr_memory)
            return false;
        start_pfn = PFN_UP(memory[i].@base);
        end_pfn = PFN_DOWN(memory[i].@base + memory[i].size);
        return true;
    }

    /// <summary>for_each_free_mem_range: the next range of memory from address <paramref name="at"/> on that is not taken.</summary>
    public static bool next_free_mem_range(ref ulong at, out ulong start, out ulong end)
    {
        for (int m = 0; m < nr_memory; m++)
        {
            ulong mem_start = memory[m].@base, mem_end = mem_start + memory[m].size;

            start = max(mem_start, at);
            for (int r = 0; r < nr_reserved && start < mem_end; r++)
            {
                ulong res_start = reserved[r].@base, res_end = res_start + reserved[r].size;

                if (res_end <= start)
                    continue;
                if (res_start > start)
                {
                    end = min(res_start, mem_end);
                    at = end;
                    return true;
                }
                start = res_end;
            }
            if (start < mem_end)
            {
                end = mem_end;
                at = end;
                return true;
            }
        }
        start = end = 0;
        return false;
    }

    /// <summary>Takes memory from the top down; it is not cleared, as the machine's memory reads as zeros at boot.</summary>
    [KernelSource("mm/memblock.c", "memblock_alloc_raw", Parity.Reduced, "no limits and no nodes")]
    public static void* memblock_alloc_raw(ulong size, ulong align)
    {
        ulong found = 0;
        ulong u = 0;

        while (next_free_mem_range(ref u, out ulong start, out ulong end))
        {
            ulong at = ALIGN_DOWN(end - size, align);
            if (end - start >= size && at >= start)
                found = at;
        }
        if (found == 0)
            return null;
        memblock_reserve(found, size);
        return __va(found);
    }

    [KernelSource("mm/memblock.c", "__free_pages_memory", Parity.Full)]
    private static void __free_pages_memory(ulong start, ulong end)
    {
        while (start < end)
        {
            // As large as it can be and still be aligned.
            int order = start != 0 ? min(MAX_PAGE_ORDER, __ffs(start)) : MAX_PAGE_ORDER;

            while (start + (1UL << order) > end)
                order--;

            memblock_free_pages(pfn_to_page(start), start, (uint)order);

            start += 1UL << order;
        }
    }

    [KernelSource("mm/memblock.c", "__free_memory_core", Parity.Full)]
    private static ulong __free_memory_core(ulong start, ulong end)
    {
        ulong start_pfn = PFN_UP(start);
        ulong end_pfn = PFN_DOWN(end);

        if (start_pfn >= end_pfn)
            return 0;

        __free_pages_memory(start_pfn, end_pfn);

        return end_pfn - start_pfn;
    }

    [KernelSource("mm/memblock.c", "memmap_init_reserved_pages", Parity.Reduced, "only in blocks that are partly free, as no one looks at the others")]
    private static void memmap_init_reserved_pages()
    {
        for (int r = 0; r < nr_reserved; r++)
        {
            ulong end = PFN_UP(reserved[r].@base + reserved[r].size);

            for (ulong pfn = PFN_DOWN(reserved[r].@base); pfn < end; pfn++)
            {
                if (mm_mm_init_c.page_initialised(pfn))
                    __SetPageReserved(pfn_to_page(pfn));
            }
        }
    }

    [KernelSource("mm/memblock.c", "free_low_memory_core_early", Parity.Full)]
    private static ulong free_low_memory_core_early()
    {
        ulong count = 0;
        ulong u = 0;

        memmap_init_reserved_pages();

        while (next_free_mem_range(ref u, out ulong start, out ulong end))
            count += __free_memory_core(start, end);

        return count;
    }

    [KernelSource("mm/memblock.c", "reset_all_zones_managed_pages", Parity.Full)]
    private static void reset_all_zones_managed_pages()
    {
        foreach (zone* z in for_each_zone())
            atomic_long_set(&z->managed_pages, 0);
    }

    [KernelSource("mm/memblock.c", "memblock_free_all", Parity.Reduced, "mem_map has no unused parts to give back")]
    public static void memblock_free_all()
    {
        reset_all_zones_managed_pages();

        ulong pages = free_low_memory_core_early();
        totalram_pages_add((long)pages);
    }
}
