// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mmzone_h;

namespace Linux;

public static unsafe partial class mm_mmzone_c
{
    [KernelSource("mm/mmzone.c", "first_online_pgdat", Parity.Full)]
    public static pglist_data* first_online_pgdat() => NODE_DATA(first_online_node);

    [KernelSource("mm/mmzone.c", "next_online_pgdat", Parity.Full)]
    public static pglist_data* next_online_pgdat(pglist_data* pgdat)
    {
        int nid = next_online_node(pgdat->node_id);

        if (nid == MAX_NUMNODES)
            return null;
        return NODE_DATA(nid);
    }

    [KernelSource("mm/mmzone.c", "next_zone", Parity.Full)]
    public static zone* next_zone(zone* zone)
    {
        pglist_data* pgdat = zone->zone_pgdat;

        if (zone < pgdat->node_zones + MAX_NR_ZONES - 1)
        {
            zone++;
        }
        else
        {
            pgdat = next_online_pgdat(pgdat);
            if (pgdat != null)
                zone = pgdat->node_zones;
            else
                zone = null;
        }
        return zone;
    }

    [KernelSource("mm/mmzone.c", "zref_in_nodemask", Parity.Full)]
    private static bool zref_in_nodemask(zoneref* zref, nodemask_t* nodes) => true;

    [MethodImpl(MethodImplOptions.NoInlining)]
    [KernelSource("mm/mmzone.c", "__next_zones_zonelist", Parity.Full)]
    public static zoneref* __next_zones_zonelist(zoneref* z, zone_type highest_zoneidx, nodemask_t* nodes)
    {
        // The list ends with a zone of index 0, which stops both loops.
        if (nodes == null)
        {
            while (zonelist_zone_idx(z) > highest_zoneidx)
                z++;
        }
        else
        {
            while (zonelist_zone_idx(z) > highest_zoneidx
                   || (zonelist_zone(z) != null && !zref_in_nodemask(z, nodes)))
                z++;
        }

        return z;
    }

    [KernelSource("mm/mmzone.c", "lruvec_init", Parity.Full)]
    public static void lruvec_init(lruvec* lruvec)
    {
        *lruvec = default;
        spin_lock_init(&lruvec->lru_lock);
        zswap_lruvec_state_init(lruvec);

        for (lru_list lru = 0; lru < NR_LRU_LISTS; lru++)
            INIT_LIST_HEAD(&lruvec->lists[lru]);

        // Unevictable pages are on no list: whoever adds one to it shall find out.
        list_del(&lruvec->lists[LRU_UNEVICTABLE]);

        lru_gen_init_lruvec(lruvec);
    }
}
