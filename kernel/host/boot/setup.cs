// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_memblock_h;

namespace Linux;

/// <summary>From the firmware's map to zones: the memory part of setup_arch.</summary>
public static unsafe partial class arch_x86_kernel_setup_c
{
    private const ulong MAX_DMA_PFN = (16UL << 20) >> PAGE_SHIFT;
    private const ulong MAX_DMA32_PFN = 1UL << (32 - PAGE_SHIFT);

    /// <summary>One past the last frame of RAM.</summary>
    public static ulong max_pfn;

    /// <summary>Takes RAM over as the firmware describes it, and builds the zones; mem_map is taken from it.</summary>
    [KernelSource("arch/x86/kernel/setup.c", "setup_arch", Parity.Reduced, "only what is about memory")]
    public static void setup_arch(FirmwareMap map, byte* ram)
    {
        memory_base = ram;
        e820__memblock_setup(map);
        max_pfn = map.EndFrame;
        zone_sizes_init();
    }

    [KernelSource("arch/x86/kernel/e820.c", "e820__memblock_setup", Parity.Reduced, "the boot-time reservations are known, not found")]
    private static void e820__memblock_setup(FirmwareMap map)
    {
        foreach (FirmwareRegion region in map.Regions)
        {
            if (region.Kind == FirmwareRegionKind.Usable)
                memblock_add(region.Start, region.End - region.Start);
        }
        foreach (ref readonly BootReservation reservation in map.Reservations)
            memblock_reserve(reservation.Start, reservation.End - reservation.Start);
    }

    [KernelSource("arch/x86/mm/init.c", "zone_sizes_init", Parity.Full)]
    private static void zone_sizes_init()
    {
        mm_mm_init_c.zone_pfns max_zone_pfns = default;

        max_zone_pfns.of[ZONE_DMA] = min(MAX_DMA_PFN, max_pfn);
        max_zone_pfns.of[ZONE_DMA32] = min(MAX_DMA32_PFN, max_pfn);
        max_zone_pfns.of[ZONE_NORMAL] = max_pfn;

        free_area_init(&max_zone_pfns);
    }
}
