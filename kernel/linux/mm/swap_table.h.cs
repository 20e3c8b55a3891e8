// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The flat array behind a cluster: nothing, a folio, or a shadow for each slot; mm/swap_table.h.</summary>
public unsafe struct swap_table
{
    public fixed long entries[mm_swap_h.SWAPFILE_CLUSTER];
}

public static unsafe partial class mm_swap_table_h
{
    /// <summary>A table that fills a page is a page; smaller ones come from a slab cache.</summary>
    public static readonly bool SWP_TABLE_USE_PAGE = (ulong)sizeof(swap_table) == PAGE_SIZE;

    [KernelSource("mm/swap_table.h", "null_to_swp_tb", Parity.Full)]
    public static ulong null_to_swp_tb() => 0;

    [KernelSource("mm/swap_table.h", "folio_to_swp_tb", Parity.Full)]
    public static ulong folio_to_swp_tb(folio* folio) => (ulong)folio;

    [KernelSource("mm/swap_table.h", "shadow_swp_to_tb", Parity.Full)]
    public static ulong shadow_swp_to_tb(void* shadow)
    {
        VM_WARN_ON_ONCE(shadow != null && !xa_is_value(shadow));
        return (ulong)shadow;
    }

    [KernelSource("mm/swap_table.h", "swp_tb_is_null", Parity.Full)]
    public static bool swp_tb_is_null(ulong swp_tb) => swp_tb == 0;

    [KernelSource("mm/swap_table.h", "swp_tb_is_folio", Parity.Full)]
    public static bool swp_tb_is_folio(ulong swp_tb) => !xa_is_value((void*)swp_tb) && !swp_tb_is_null(swp_tb);

    [KernelSource("mm/swap_table.h", "swp_tb_is_shadow", Parity.Full)]
    public static bool swp_tb_is_shadow(ulong swp_tb) => xa_is_value((void*)swp_tb);

    [KernelSource("mm/swap_table.h", "swp_tb_to_folio", Parity.Full)]
    public static folio* swp_tb_to_folio(ulong swp_tb)
    {
        VM_WARN_ON(!swp_tb_is_folio(swp_tb));
        return (folio*)swp_tb;
    }

    [KernelSource("mm/swap_table.h", "swp_tb_to_shadow", Parity.Full)]
    public static void* swp_tb_to_shadow(ulong swp_tb)
    {
        VM_WARN_ON(!swp_tb_is_shadow(swp_tb));
        return (void*)swp_tb;
    }

    [KernelSource("mm/swap_table.h", "__swap_table_set", Parity.Full)]
    [MustHold("ci->lock")]
    public static void __swap_table_set(swap_cluster_info* ci, uint off, ulong swp_tb)
    {
        atomic_long_t* table = rcu_dereference_protected(&ci->table, true);

        lockdep_assert_held(&ci->@lock);
        VM_WARN_ON_ONCE(off >= SWAPFILE_CLUSTER);
        atomic_long_set(&table[off], (long)swp_tb);
    }

    [KernelSource("mm/swap_table.h", "__swap_table_xchg", Parity.Full)]
    [MustHold("ci->lock")]
    public static ulong __swap_table_xchg(swap_cluster_info* ci, uint off, ulong swp_tb)
    {
        atomic_long_t* table = rcu_dereference_protected(&ci->table, true);

        lockdep_assert_held(&ci->@lock);
        VM_WARN_ON_ONCE(off >= SWAPFILE_CLUSTER);
        return (ulong)atomic_long_xchg_relaxed(&table[off], (long)swp_tb);
    }

    [KernelSource("mm/swap_table.h", "__swap_table_get", Parity.Full)]
    public static ulong __swap_table_get(swap_cluster_info* ci, uint off)
    {
        VM_WARN_ON_ONCE(off >= SWAPFILE_CLUSTER);
        atomic_long_t* table = rcu_dereference_check(&ci->table, lockdep_is_held(&ci->@lock));

        return (ulong)atomic_long_read(&table[off]);
    }

    // Without the cluster's lock: the answer may be old, and the table may go at any time.
    [KernelSource("mm/swap_table.h", "swap_table_get", Parity.Full)]
    public static ulong swap_table_get(swap_cluster_info* ci, uint off)
    {
        rcu_read_lock();
        atomic_long_t* table = rcu_dereference(&ci->table);
        ulong swp_tb = table != null ? (ulong)atomic_long_read(&table[off]) : null_to_swp_tb();
        rcu_read_unlock();

        return swp_tb;
    }
}
