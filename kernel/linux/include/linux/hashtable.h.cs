// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_hashtable_h
{
    /// <summary>The table is its first bucket and the number of its bits.</summary>
    [KernelSource("include/linux/hashtable.h", "hash_add", Parity.Full)]
    public static void hash_add(hlist_head* hashtable, int bits, hlist_node* node, ulong key) =>
        hlist_add_head(node, &hashtable[hash_long(key, (uint)bits)]);

    [KernelSource("include/linux/hashtable.h", "hash_del", Parity.Full)]
    public static void hash_del(hlist_node* node) => hlist_del_init(node);

    [KernelSource("include/linux/hashtable.h", "hash_for_each_possible", Parity.Full)]
    public static hlist_node* hash_first_possible(hlist_head* hashtable, int bits, ulong key) =>
        hashtable[hash_long(key, (uint)bits)].first;
}
