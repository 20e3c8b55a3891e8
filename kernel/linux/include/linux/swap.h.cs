// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_memcontrol_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_page_flags_h;

namespace Linux;

/// <summary>Pages that a reclaimer gets from other places than the LRU lists; include/linux/swap.h.</summary>
public struct reclaim_state
{
    /// <summary>In pages.</summary>
    public ulong reclaimed;
}

/// <summary>A run of swap pages that lies in one piece on the disk.</summary>
public struct swap_extent
{
    public rb_node rb_node;
    public pgoff_t start_page;
    public pgoff_t nr_pages;

    /// <summary>In pages of the disk.</summary>
    public sector_t start_block;
}

/// <summary>Where the next allocation of each order is likely to succeed, for a disk with a moving head.</summary>
public unsafe struct swap_sequential_cluster
{
    public fixed uint next[linux_swap_h.SWAP_NR_ORDERS];
}

/// <summary>The first page of a swap area, as mkswap writes it; offsets in bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public unsafe struct swap_header
{
    [FieldOffset(4096 - 10)]
    public fixed byte magic[10];

    [FieldOffset(1024)]
    public uint version;

    [FieldOffset(1028)]
    public uint last_page;

    [FieldOffset(1032)]
    public uint nr_badpages;

    [FieldOffset(1036)]
    public fixed byte sws_uuid[16];

    [FieldOffset(1052)]
    public fixed byte sws_volume[16];

    [FieldOffset(1536)]
    public fixed uint badpages[1];
}

/// <summary>One swap area; include/linux/swap.h.</summary>
/// <remarks>lock guards inuse_pages, swap_map and the cluster lists; flags change under swap_lock and lock, in this order.</remarks>
public unsafe struct swap_info_struct
{
    /// <summary>Keeps the area valid while somebody uses one of its entries.</summary>
    public percpu_ref users;
    public ulong flags;
    public short prio;
    public plist_node list;
    public sbyte type;

    /// <summary>Slots, the header's included.</summary>
    public uint max;

    /// <summary>A use count for each slot.</summary>
    public byte* swap_map;

    /// <summary>A bit for each slot whose page is all zero and was not written.</summary>
    public ulong* zeromap;
    public swap_cluster_info* cluster_info;
    public list_head free_clusters;
    public list_head full_clusters;
    public list_head nonfull_clusters; // [SWAP_NR_ORDERS], which is 1
    public list_head frag_clusters; // [SWAP_NR_ORDERS], which is 1

    /// <summary>Usable slots.</summary>
    public uint pages;
    public atomic_long_t inuse_pages;
    public swap_sequential_cluster* global_cluster;
    public spinlock_t global_cluster_lock;
    public rb_root swap_extent_root;
    public block_device* bdev;
    public @file* swap_file;
    public completion comp;
    public spinlock_t @lock;

    /// <summary>Guards the lists of continuation pages.</summary>
    public spinlock_t cont_lock;
    public work_struct discard_work;
    public work_struct reclaim_work;
    public list_head discard_clusters;
    public plist_node avail_lists; // one for each node, which is one
}

public static unsafe partial class linux_swap_h
{
    public const int SWAP_FLAG_PREFER = 0x8000;
    public const int SWAP_FLAG_PRIO_MASK = 0x7fff;
    public const int SWAP_FLAG_DISCARD = 0x10000;
    public const int SWAP_FLAG_DISCARD_ONCE = 0x20000;
    public const int SWAP_FLAG_DISCARD_PAGES = 0x40000;
    public const int SWAP_FLAGS_VALID = SWAP_FLAG_PRIO_MASK | SWAP_FLAG_PREFER |
        SWAP_FLAG_DISCARD | SWAP_FLAG_DISCARD_ONCE | SWAP_FLAG_DISCARD_PAGES;

    public const int MAX_SWAPFILES_SHIFT = 5;
    public const int SWP_PTE_MARKER_NUM = 1;
    public const int SWP_DEVICE_NUM = 0;
    public const int SWP_MIGRATION_NUM = 0;
    public const int SWP_HWPOISON_NUM = 0;
    public const int MAX_SWAPFILES = (1 << MAX_SWAPFILES_SHIFT) - SWP_DEVICE_NUM -
        SWP_MIGRATION_NUM - SWP_HWPOISON_NUM - SWP_PTE_MARKER_NUM;
    public const int SWP_PTE_MARKER = MAX_SWAPFILES + SWP_HWPOISON_NUM + SWP_MIGRATION_NUM + SWP_DEVICE_NUM;

    /// <summary>How many bad pages the header has room for.</summary>
    public const int MAX_SWAP_BADPAGES = (4096 - 10 - 1536) / sizeof(int);

    public const ulong SWP_USED = 1 << 0;
    public const ulong SWP_WRITEOK = 1 << 1;
    public const ulong SWP_DISCARDABLE = 1 << 2;
    public const ulong SWP_DISCARDING = 1 << 3;
    public const ulong SWP_SOLIDSTATE = 1 << 4;
    public const ulong SWP_CONTINUED = 1 << 5;
    public const ulong SWP_BLKDEV = 1 << 6;
    public const ulong SWP_ACTIVATED = 1 << 7;
    public const ulong SWP_FS_OPS = 1 << 8;
    public const ulong SWP_AREA_DISCARD = 1 << 9;
    public const ulong SWP_PAGE_DISCARD = 1 << 10;
    public const ulong SWP_STABLE_WRITES = 1 << 11;
    public const ulong SWP_SYNCHRONOUS_IO = 1 << 12;

    /// <summary>Pages that reclaim takes in one go.</summary>
    public const ulong SWAP_CLUSTER_MAX = 32;
    public const ulong SWAP_CLUSTER_MAX_SKIPPED = SWAP_CLUSTER_MAX << 10;
    public const ulong COMPACT_CLUSTER_MAX = SWAP_CLUSTER_MAX;

    /// <summary>In swap_map: the slot's page is in the swap cache.</summary>
    public const byte SWAP_HAS_CACHE = 0x40;

    /// <summary>In swap_map: the count goes on in a continuation page.</summary>
    public const byte COUNT_CONTINUED = 0x80;
    public const byte SWAP_MAP_MAX = 0x3e;
    public const byte SWAP_MAP_BAD = 0x3f;
    public const byte SWAP_MAP_SHMEM = 0xbf;
    public const byte SWAP_CONT_MAX = 0x7f;

    public const uint SWAP_ENTRY_INVALID = 0;
    public const int SWAP_NR_ORDERS = 1;

    public const uint MEMCG_RECLAIM_MAY_SWAP = 1 << 1;
    public const uint MEMCG_RECLAIM_PROACTIVE = 1 << 2;
    public const int MIN_SWAPPINESS = 0;
    public const int MAX_SWAPPINESS = 200;

    /// <summary>Proactive reclaim of anonymous memory alone.</summary>
    public const int SWAPPINESS_ANON_ONLY = MAX_SWAPPINESS + 1;

    [KernelSource("include/linux/swap.h", "mm_account_reclaimed_pages", Parity.Full)]
    public static void mm_account_reclaimed_pages(ulong pages)
    {
        if (current->reclaim_state != null)
            current->reclaim_state->reclaimed += pages;
    }

    [KernelSource("include/linux/swap.h", "page_swap_entry", Parity.Full)]
    public static swp_entry_t page_swap_entry(page* page)
    {
        folio* folio = page_folio(page);
        swp_entry_t entry = folio->swap;

        entry.val += (ulong)folio_page_idx(folio, page);
        return entry;
    }

    [KernelSource("include/linux/swap.h", "nr_free_pages", Parity.Full)]
    public static ulong nr_free_pages() => global_zone_page_state(NR_FREE_PAGES);

    [KernelSource("include/linux/swap.h", "folio_may_be_lru_cached", Parity.Full)]
    public static bool folio_may_be_lru_cached(folio* folio) => !folio_test_large(folio);

    [KernelSource("include/linux/swap.h", "lru_cache_disabled", Parity.Full)]
    public static bool lru_cache_disabled() => atomic_read(lru_disable_count) != 0;

    [KernelSource("include/linux/swap.h", "lru_cache_enable", Parity.Full)]
    public static void lru_cache_enable() => atomic_dec(lru_disable_count);

    [KernelSource("include/linux/swap.h", "total_swapcache_pages", Parity.Full)]
    public static ulong total_swapcache_pages() => global_node_page_state(NR_SWAPCACHE);

    // More than half full: slots of pages that came back are given up sooner.
    [KernelSource("include/linux/swap.h", "vm_swap_full", Parity.Full)]
    public static bool vm_swap_full() => atomic_long_read(nr_swap_pages) * 2 < total_swap_pages;

    [KernelSource("include/linux/swap.h", "get_nr_swap_pages", Parity.Full)]
    public static long get_nr_swap_pages() => atomic_long_read(nr_swap_pages);

    [KernelSource("include/linux/swap.h", "put_swap_device", Parity.Full)]
    [PutsRef("si")]
    public static void put_swap_device(swap_info_struct* si) => percpu_ref_put(&si->users);

    [KernelSource("include/linux/swap.h", "free_swap_and_cache", Parity.Full)]
    public static void free_swap_and_cache(swp_entry_t entry) => free_swap_and_cache_nr(entry, 1);

    [KernelSource("include/linux/swap.h", "swap_free", Parity.Full)]
    public static void swap_free(swp_entry_t entry) => swap_free_nr(entry, 1);

    [KernelSource("include/linux/swap.h", "mem_cgroup_swappiness", Parity.Full)]
    public static int mem_cgroup_swappiness(mem_cgroup* memcg)
    {
        if (cgroup_subsys_on_dfl(memory_cgrp_subsys))
            return READ_ONCE(ref vm_swappiness);

        if (mem_cgroup_disabled() || mem_cgroup_is_root(memcg))
            return READ_ONCE(ref vm_swappiness);

        return READ_ONCE(&memcg->swappiness);
    }

    [KernelSource("include/linux/swap.h", "folio_throttle_swaprate", Parity.Full)]
    public static void folio_throttle_swaprate(folio* folio, gfp_t gfp)
    {
        if (mem_cgroup_disabled())
            return;
        __folio_throttle_swaprate(folio, gfp);
    }

    [KernelSource("include/linux/swap.h", "mem_cgroup_try_charge_swap", Parity.Full)]
    public static int mem_cgroup_try_charge_swap(folio* folio, swp_entry_t entry)
    {
        if (mem_cgroup_disabled())
            return 0;
        return __mem_cgroup_try_charge_swap(folio, entry);
    }

    [KernelSource("include/linux/swap.h", "mem_cgroup_uncharge_swap", Parity.Full)]
    public static void mem_cgroup_uncharge_swap(swp_entry_t entry, uint nr_pages)
    {
        if (mem_cgroup_disabled())
            return;
        __mem_cgroup_uncharge_swap(entry, nr_pages);
    }
}
