// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>lib/radix-tree.h: what xarray.c shares with radix-tree.c.</summary>
public static unsafe partial class lib_radix_tree_h
{
    /// <summary>Where the nodes of every xarray and radix tree come from.</summary>
    public static kmem_cache* radix_tree_node_cachep;
}
