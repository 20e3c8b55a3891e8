// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;
using static Linux.mm_internal_h;

namespace Linux;

// There are no huge pages here, but the recorded machine's reserve comes from them: its kernel boots with them on, which
// raises min_free_kbytes, and its user turns them off, which computes it anew from what the raised watermarks left.
public static unsafe partial class mm_khugepaged_c
{
    private static readonly mutex* khugepaged_mutex = bss<mutex>();
    private static bool khugepaged_thread;

    [KernelSource("mm/khugepaged.c", "hugepage_pmd_enabled", Parity.Reduced, "one switch for all kinds of memory")]
    private static bool hugepage_pmd_enabled() => khugepaged_thread;

    [KernelSource("mm/khugepaged.c", "set_recommended_min_free_kbytes", Parity.Full)]
    private static void set_recommended_min_free_kbytes()
    {
        int nr_zones = 0;

        if (!hugepage_pmd_enabled())
        {
            calculate_min_free_kbytes();
            goto update_wmarks;
        }

        foreach (zone* zone in for_each_populated_zone())
        {
            // The movable zone is not mixed.
            if (zone_idx(zone) > gfp_zone(GFP_USER))
                continue;

            nr_zones++;
        }

        // Two free blocks in each zone, and two for each pair of types: one may fall back to another without mixing.
        ulong recommended_min = pageblock_nr_pages * (ulong)nr_zones * 2;
        recommended_min += pageblock_nr_pages * (ulong)nr_zones * MIGRATE_PCPTYPES * MIGRATE_PCPTYPES;

        // Never more than a twentieth.
        recommended_min = min(recommended_min, nr_free_buffer_pages() / 20);
        recommended_min <<= PAGE_SHIFT - 10;

        if (recommended_min > (ulong)min_free_kbytes)
        {
            if (user_min_free_kbytes >= 0)
                pr_info($"raising min_free_kbytes from {min_free_kbytes} to {recommended_min} to help transparent hugepage allocations");

            min_free_kbytes = (int)recommended_min;
        }

    update_wmarks:
        setup_per_zone_wmarks();
    }

    [KernelSource("mm/khugepaged.c", "start_stop_khugepaged", Parity.Reduced, "no thread; whether huge pages are on is the argument")]
    public static int start_stop_khugepaged(bool enabled)
    {
        mutex_lock(khugepaged_mutex);
        khugepaged_thread = enabled;
        set_recommended_min_free_kbytes();
        mutex_unlock(khugepaged_mutex);
        return 0;
    }

    [KernelSource("mm/khugepaged.c", "khugepaged_min_free_kbytes_update", Parity.Full)]
    public static void khugepaged_min_free_kbytes_update()
    {
        mutex_lock(khugepaged_mutex);
        if (hugepage_pmd_enabled() && khugepaged_thread)
            set_recommended_min_free_kbytes();
        mutex_unlock(khugepaged_mutex);
    }
}
