// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The lowest bit of the first pointer is the list's lock.
public unsafe struct hlist_bl_head
{
    public hlist_bl_node* first;
}

public unsafe struct hlist_bl_node
{
    public hlist_bl_node* next;
    public hlist_bl_node** pprev;
}

public static unsafe class linux_list_bl_h
{
    private const string H = "include/linux/list_bl.h";
    private const ulong LIST_BL_LOCKMASK = 1UL;

    [KernelSource(H, "INIT_HLIST_BL_NODE", Parity.Full)]
    public static void INIT_HLIST_BL_NODE(hlist_bl_node* h) => *h = default;

    [KernelSource(H, "hlist_bl_unhashed", Parity.Full)]
    public static bool hlist_bl_unhashed(hlist_bl_node* h) => h->pprev == null;

    [KernelSource(H, "hlist_bl_first", Parity.Full)]
    private static hlist_bl_node* hlist_bl_first(hlist_bl_head* h) => (hlist_bl_node*)((ulong)h->first & ~LIST_BL_LOCKMASK);

    [KernelSource("include/linux/rculist_bl.h", "hlist_bl_set_first_rcu", Parity.Full)]
    private static void hlist_bl_set_first_rcu(hlist_bl_head* h, hlist_bl_node* n)
    {
        BUG_ON(((ulong)n & LIST_BL_LOCKMASK) != 0);
        BUG_ON(((ulong)h->first & LIST_BL_LOCKMASK) == 0);
        rcu_assign_pointer(__rcu(&h->first), (hlist_bl_node*)((ulong)n | LIST_BL_LOCKMASK));
    }

    [KernelSource("include/linux/rculist_bl.h", "hlist_bl_first_rcu", Parity.Full)]
    [RcuReadSection]
    public static hlist_bl_node* hlist_bl_first_rcu(hlist_bl_head* h) => (hlist_bl_node*)((ulong)rcu_dereference(__rcu(&h->first)) & ~LIST_BL_LOCKMASK);

    /// <summary>The caller has the list's lock; who walks it has a read section only.</summary>
    [KernelSource("include/linux/rculist_bl.h", "hlist_bl_add_head_rcu", Parity.Full)]
    public static void hlist_bl_add_head_rcu(hlist_bl_node* n, hlist_bl_head* h)
    {
        // The lock is held: nobody else changes first.
        hlist_bl_node* first = hlist_bl_first(h);

        n->next = first;
        if (first != null)
            first->pprev = &n->next;
        n->pprev = &h->first;
        hlist_bl_set_first_rcu(h, n);
    }

    [KernelSource(H, "__hlist_bl_del", Parity.Full)]
    public static void __hlist_bl_del(hlist_bl_node* n)
    {
        hlist_bl_node* next = n->next;
        hlist_bl_node** pprev = n->pprev;

        BUG_ON(((ulong)n & LIST_BL_LOCKMASK) != 0);

        // What points to n may be the head, with the lock in it.
        WRITE_ONCE((ulong*)pprev, (ulong)next | ((ulong)*pprev & LIST_BL_LOCKMASK));
        if (next != null)
            next->pprev = pprev;
    }

    [KernelSource(H, "hlist_bl_lock", Parity.Full)]
    [Acquires("b"), PreemptAdjust(1)]
    public static void hlist_bl_lock(hlist_bl_head* b) => linux_bit_spinlock_h.bit_spin_lock(0, (ulong*)b);

    [KernelSource(H, "hlist_bl_unlock", Parity.Full)]
    [Releases("b"), PreemptAdjust(-1)]
    public static void hlist_bl_unlock(hlist_bl_head* b) => linux_bit_spinlock_h.__bit_spin_unlock(0, (ulong*)b);
}
