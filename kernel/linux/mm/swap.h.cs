// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_swapops_h;

namespace Linux;

/// <summary>A group of neighbouring swap slots with a lock and a table of its own; mm/swap.h.</summary>
/// <remarks>lock guards all but list, which si->lock guards, and the cluster's part of swap_map.</remarks>
public unsafe struct swap_cluster_info
{
    public spinlock_t @lock;

    /// <summary>Slots in use.</summary>
    [GuardedBy("this.lock")]
    public ushort count;

    /// <summary>Which list the cluster is on.</summary>
    public byte flags;
    [GuardedBy("this.lock")]
    public byte order;

    /// <summary>What the swap cache knows of each slot; freed after a grace period.</summary>
    [RcuProtected(Or = new[] { "this.lock" })]
    public Rcu<atomic_long_t>* table;
    public list_head list;
}

public static unsafe partial class mm_swap_h
{
    /// <summary>Slots in a cluster: a huge page's.</summary>
    public const int SWAPFILE_CLUSTER = HPAGE_PMD_NR;

    // A cluster that is on no list for the moment has flag NONE.
    public const byte CLUSTER_FLAG_NONE = 0;
    public const byte CLUSTER_FLAG_FREE = 1;
    public const byte CLUSTER_FLAG_NONFULL = 2;
    public const byte CLUSTER_FLAG_FRAG = 3;
    public const byte CLUSTER_FLAG_USABLE = CLUSTER_FLAG_FRAG;
    public const byte CLUSTER_FLAG_FULL = 4;
    public const byte CLUSTER_FLAG_DISCARD = 5;
    public const byte CLUSTER_FLAG_MAX = 6;

    [KernelSource("mm/swap.h", "swap_entry_order", Parity.Reduced, "slots of single pages: no folio of several is swapped")]
    public static int swap_entry_order(int order) => 0;

    [KernelSource("mm/swap.h", "swp_cluster_offset", Parity.Full)]
    public static uint swp_cluster_offset(swp_entry_t entry) => (uint)(swp_offset(entry) % SWAPFILE_CLUSTER);

    // For callers that keep the device from going: a reference, a locked swapcache folio, or the PTL.
    [KernelSource("mm/swap.h", "__swap_type_to_info", Parity.Full)]
    [Stable]
    public static swap_info_struct* __swap_type_to_info(int type)
    {
        swap_info_struct* si = READ_ONCE(&swap_info[type]);
        VM_WARN_ON_ONCE(percpu_ref_is_zero(&si->users));
        return si;
    }

    [KernelSource("mm/swap.h", "__swap_entry_to_info", Parity.Full)]
    public static swap_info_struct* __swap_entry_to_info(swp_entry_t entry) => __swap_type_to_info((int)swp_type(entry));

    [KernelSource("mm/swap.h", "__swap_offset_to_cluster", Parity.Full)]
    public static swap_cluster_info* __swap_offset_to_cluster(swap_info_struct* si, pgoff_t offset)
    {
        VM_WARN_ON_ONCE(percpu_ref_is_zero(&si->users));
        VM_WARN_ON_ONCE(offset >= si->max);
        return &si->cluster_info[offset / SWAPFILE_CLUSTER];
    }

    [KernelSource("mm/swap.h", "__swap_entry_to_cluster", Parity.Full)]
    public static swap_cluster_info* __swap_entry_to_cluster(swp_entry_t entry) =>
        __swap_offset_to_cluster(__swap_entry_to_info(entry), swp_offset(entry));

    // Swap cache and swap_map are never touched from interrupts.
    [KernelSource("mm/swap.h", "__swap_cluster_lock", Parity.Full)]
    [AcquiresReturn("lock"), IrqDisable(When = "irq")]
    public static swap_cluster_info* __swap_cluster_lock(swap_info_struct* si, ulong offset, bool irq)
    {
        swap_cluster_info* ci = __swap_offset_to_cluster(si, offset);

        VM_WARN_ON_ONCE(!in_task());
        VM_WARN_ON_ONCE(percpu_ref_is_zero(&si->users));
        if (irq)
            spin_lock_irq(&ci->@lock);
        else
            spin_lock(&ci->@lock);
        return ci;
    }

    [KernelSource("mm/swap.h", "swap_cluster_lock", Parity.Full)]
    [AcquiresReturn("lock")]
    public static swap_cluster_info* swap_cluster_lock(swap_info_struct* si, ulong offset) =>
        __swap_cluster_lock(si, offset, false);

    [KernelSource("mm/swap.h", "__swap_cluster_get_and_lock", Parity.Full)]
    [MustHold("folio->PG_locked"), AcquiresReturn("lock"), IrqDisable(When = "irq")]
    public static swap_cluster_info* __swap_cluster_get_and_lock(folio* folio, bool irq)
    {
        VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
        VM_WARN_ON_ONCE_FOLIO(!folio_test_swapcache(folio), folio);
        return __swap_cluster_lock(__swap_entry_to_info(folio->swap), swp_offset(folio->swap), irq);
    }

    [KernelSource("mm/swap.h", "swap_cluster_get_and_lock", Parity.Full)]
    [MustHold("folio->PG_locked"), AcquiresReturn("lock")]
    public static swap_cluster_info* swap_cluster_get_and_lock(folio* folio) =>
        __swap_cluster_get_and_lock(folio, false);

    [KernelSource("mm/swap.h", "swap_cluster_get_and_lock_irq", Parity.Full)]
    [MustHold("folio->PG_locked"), AcquiresReturn("lock"), IrqDisable]
    public static swap_cluster_info* swap_cluster_get_and_lock_irq(folio* folio) =>
        __swap_cluster_get_and_lock(folio, true);

    [KernelSource("mm/swap.h", "swap_cluster_unlock", Parity.Full)]
    [Releases("ci->lock")]
    public static void swap_cluster_unlock(swap_cluster_info* ci) => spin_unlock(&ci->@lock);

    [KernelSource("mm/swap.h", "swap_cluster_unlock_irq", Parity.Full)]
    [Releases("ci->lock"), IrqEnable]
    public static void swap_cluster_unlock_irq(swap_cluster_info* ci) => spin_unlock_irq(&ci->@lock);

    [KernelSource("mm/swap.h", "swap_read_unplug", Parity.Full)]
    public static void swap_read_unplug(swap_iocb* plug)
    {
        if (plug != null)
            __swap_read_unplug(plug);
    }

    [KernelSource("mm/swap.h", "swap_address_space", Parity.Full)]
    public static address_space* swap_address_space(swp_entry_t entry) => swap_space;

    [KernelSource("mm/swap.h", "swap_dev_pos", Parity.Full)]
    public static loff_t swap_dev_pos(swp_entry_t entry) => (loff_t)swp_offset(entry) << PAGE_SHIFT;

    [KernelSource("mm/swap.h", "folio_matches_swap_entry", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static bool folio_matches_swap_entry(folio* folio, swp_entry_t entry)
    {
        swp_entry_t folio_entry = folio->swap;
        ulong nr_pages = (ulong)folio_nr_pages(folio);

        VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
        if (!folio_test_swapcache(folio))
            return false;
        VM_WARN_ON_ONCE_FOLIO((folio_entry.val & (nr_pages - 1)) != 0, folio);
        return folio_entry.val == (entry.val & ~(nr_pages - 1));
    }

    [KernelSource("mm/swap.h", "folio_swap_flags", Parity.Full)]
    public static ulong folio_swap_flags(folio* folio) => __swap_entry_to_info(folio->swap)->flags;

    /// <summary>How many entries from this one on agree in being, or not being, zero pages.</summary>
    [KernelSource("mm/swap.h", "swap_zeromap_batch", Parity.Full)]
    public static int swap_zeromap_batch(swp_entry_t entry, int max_nr, bool* is_zeromap)
    {
        swap_info_struct* sis = __swap_entry_to_info(entry);
        ulong start = swp_offset(entry);
        ulong end = start + (ulong)max_nr;

        bool first_bit = test_bit((long)start, sis->zeromap);
        if (is_zeromap != null)
            *is_zeromap = first_bit;

        if (max_nr <= 1)
            return max_nr;
        if (first_bit)
            return (int)(find_next_zero_bit(sis->zeromap, end, start) - start);
        else
            return (int)(find_next_bit(sis->zeromap, end, start) - start);
    }

    [KernelSource("mm/swap.h", "non_swapcache_batch", Parity.Full)]
    public static int non_swapcache_batch(swp_entry_t entry, int max_nr)
    {
        swap_info_struct* si = __swap_entry_to_info(entry);
        pgoff_t offset = swp_offset(entry);
        int i;

        for (i = 0; i < max_nr; i++)
        {
            if ((si->swap_map[offset + (ulong)i] & SWAP_HAS_CACHE) != 0)
                return i;
        }

        return i;
    }

    [KernelSource("mm/swap.h", "folio_index", Parity.Full)]
    public static pgoff_t folio_index(folio* folio)
    {
        if (folio_test_swapcache(folio))
            return swp_offset(folio->swap);
        return folio->index;
    }
}
