// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// The maple tree's interface over a sorted array of ranges. The kernel's nodes come from a cache without
/// SLAB_ACCOUNT, so what a mm's tree takes is never charged; the array here is not charged either.
/// </summary>
public static unsafe partial class linux_maple_tree_h
{
    [KernelSource("include/linux/maple_tree.h", "mas_init", Parity.Full)]
    public static void mas_init(ma_state* mas, maple_tree* tree, ulong addr)
    {
        *mas = default;
        mas->tree = tree;
        mas->index = addr;
        mas->last = addr;
        mas->status = ma_start;
    }
}
