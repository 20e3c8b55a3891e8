// SPDX-License-Identifier: GPL-2.0-only
// Radix trees: an older interface to the nodes of xarrays. radix_tree_root is xarray, radix_tree_node is xa_node.
using static Linux.linux_bitops_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_list_h;
using static Linux.linux_percpu_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_spinlock_h;
using static Linux.linux_xarray_h;
using static Linux.linux_local_lock_h;
using static Linux.lib_radix_tree_c;

namespace Linux;

/// <summary>Nodes a CPU keeps for insertions that may not sleep.</summary>
public unsafe struct radix_tree_preload_t
{
    public local_lock_t @lock;
    public uint nr;
    public xa_node* nodes;
}

public unsafe struct radix_tree_iter
{
    public ulong index;
    public ulong next_index;
    public ulong tags;
    public xa_node* node;
}

public static unsafe partial class linux_radix_tree_h
{
    public const ulong RADIX_TREE_ENTRY_MASK = 3;
    public const ulong RADIX_TREE_INTERNAL_NODE = 2;
    public const int RADIX_TREE_MAP_SHIFT = XA_CHUNK_SHIFT;
    public const uint RADIX_TREE_MAP_SIZE = 1u << RADIX_TREE_MAP_SHIFT;
    public const uint RADIX_TREE_MAP_MASK = RADIX_TREE_MAP_SIZE - 1;
    public const int RADIX_TREE_MAX_TAGS = XA_MAX_MARKS;
    public const int RADIX_TREE_TAG_LONGS = XA_MARK_LONGS;
    public const int RADIX_TREE_INDEX_BITS = 8 * sizeof(ulong);
    public const int RADIX_TREE_MAX_PATH = (RADIX_TREE_INDEX_BITS + RADIX_TREE_MAP_SHIFT - 1) / RADIX_TREE_MAP_SHIFT;

    public const gfp_t ROOT_IS_IDR = 4;
    public const int ROOT_TAG_SHIFT = __GFP_BITS_SHIFT;

    public const uint RADIX_TREE_ITER_TAG_MASK = 0x0f;
    public const uint RADIX_TREE_ITER_TAGGED = 0x10;
    public const uint RADIX_TREE_ITER_CONTIG = 0x20;

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock")]
    public static PerCpu<local_lock_t>* lock_of(PerCpu<radix_tree_preload_t>* p) => percpu_member(p, ref layout_of(p).@lock);

    [KernelSource("include/linux/radix-tree.h", "radix_tree_is_internal_node", Parity.Full)]
    public static bool radix_tree_is_internal_node(void* ptr) => ((ulong)ptr & RADIX_TREE_ENTRY_MASK) == RADIX_TREE_INTERNAL_NODE;

    [KernelSource("include/linux/radix-tree.h", "INIT_RADIX_TREE", Parity.Full)]
    public static void INIT_RADIX_TREE(xarray* root, gfp_t mask, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        => xa_init_flags(root, mask, file, line);

    [KernelSource("include/linux/radix-tree.h", "radix_tree_empty", Parity.Full)]
    public static bool radix_tree_empty(xarray* root) => root->xa_head == null;

    [KernelSource("include/linux/radix-tree.h", "radix_tree_deref_slot", Parity.Full)]
    [RcuReadSection]
    public static void* radix_tree_deref_slot(Rcu** slot) => rcu_dereference(slot);

    [KernelSource("include/linux/radix-tree.h", "radix_tree_deref_retry", Parity.Full)]
    public static bool radix_tree_deref_retry(void* arg) => unlikely(radix_tree_is_internal_node(arg));

    [KernelSource("include/linux/radix-tree.h", "radix_tree_preload_end", Parity.Full)]
    [Releases("lib_radix_tree_c.radix_tree_preloads->lock")]
    public static void radix_tree_preload_end() => local_unlock(lock_of(radix_tree_preloads));

    [KernelSource("include/linux/radix-tree.h", "radix_tree_iter_init", Parity.Full)]
    public static Rcu** radix_tree_iter_init(radix_tree_iter* iter, ulong start)
    {
        iter->index = 0;
        iter->next_index = start;
        return null;
    }

    [KernelSource("include/linux/radix-tree.h", "radix_tree_iter_lookup", Parity.Full)]
    public static Rcu** radix_tree_iter_lookup(xarray* root, radix_tree_iter* iter, ulong index)
    {
        radix_tree_iter_init(iter, index);
        return radix_tree_next_chunk(root, iter, RADIX_TREE_ITER_CONTIG);
    }

    [KernelSource("include/linux/radix-tree.h", "radix_tree_iter_retry", Parity.Full)]
    public static Rcu** radix_tree_iter_retry(radix_tree_iter* iter)
    {
        iter->next_index = iter->index;
        iter->tags = 0;
        return null;
    }

    [KernelSource("include/linux/radix-tree.h", "__radix_tree_iter_add", Parity.Full)]
    public static ulong __radix_tree_iter_add(radix_tree_iter* iter, ulong slots) => iter->index + slots;

    [KernelSource("include/linux/radix-tree.h", "radix_tree_chunk_size", Parity.Full)]
    public static long radix_tree_chunk_size(radix_tree_iter* iter) => (long)(iter->next_index - iter->index);

    /// <summary>
    /// The next slot of the chunk, or null. radix_tree_for_each_slot is
    /// for (slot = radix_tree_iter_init(&amp;iter, start); slot != null || (slot = radix_tree_next_chunk(root, &amp;iter, 0)) != null;
    /// slot = radix_tree_next_slot(slot, &amp;iter, 0)).
    /// </summary>
    [KernelSource("include/linux/radix-tree.h", "radix_tree_next_slot", Parity.Full)]
    public static Rcu** radix_tree_next_slot(Rcu** slot, radix_tree_iter* iter, uint flags)
    {
        if ((flags & RADIX_TREE_ITER_TAGGED) != 0)
        {
            iter->tags >>= 1;
            if (unlikely(iter->tags == 0))
                return null;
            if (likely((iter->tags & 1) != 0))
            {
                iter->index = __radix_tree_iter_add(iter, 1);
                slot++;
                goto found;
            }
            if ((flags & RADIX_TREE_ITER_CONTIG) == 0)
            {
                int offset = __ffs(iter->tags);

                iter->tags >>= offset++;
                iter->index = __radix_tree_iter_add(iter, (ulong)offset);
                slot += offset;
                goto found;
            }
        }
        else
        {
            long count = radix_tree_chunk_size(iter);

            while (--count > 0)
            {
                slot++;
                iter->index = __radix_tree_iter_add(iter, 1);

                if (likely(*slot != null))
                    goto found;
                if ((flags & RADIX_TREE_ITER_CONTIG) != 0)
                {
                    // The next chunk is not to be looked for.
                    iter->next_index = 0;
                    break;
                }
            }
        }
        return null;

    found:
        return slot;
    }
}
