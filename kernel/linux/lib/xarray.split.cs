// SPDX-License-Identifier: GPL-2.0-only
// lib/xarray.c: an entry of many indices becomes several of fewer.
using static Linux.linux_slab_h;
using static Linux.linux_xarray_h;
using static Linux.lib_radix_tree_h;

namespace Linux;

public static unsafe partial class lib_xarray_c
{
    [KernelSource("lib/xarray.c", "node_get_marks", Parity.Full)]
    private static uint node_get_marks(xa_node* node, uint offset)
    {
        uint marks = 0;
        xa_mark_t mark = XA_MARK_0;

        for (;;)
        {
            if (node_get_mark(node, offset, mark))
                marks |= 1u << (int)mark;
            if (mark == XA_MARK_MAX)
                break;
            mark++;
        }

        return marks;
    }

    [KernelSource("lib/xarray.c", "node_mark_slots", Parity.Full)]
    private static void node_mark_slots(xa_node* node, uint sibs, xa_mark_t mark)
    {
        if (sibs == 0)
        {
            node_mark_all(node, mark);
        }
        else
        {
            for (uint i = 0; i < XA_CHUNK_SIZE; i += sibs + 1)
                node_set_mark(node, i, mark);
        }
    }

    /// <summary>What the entry was marked with, each of its parts is.</summary>
    [KernelSource("lib/xarray.c", "node_set_marks", Parity.Full)]
    private static void node_set_marks(xa_node* node, uint offset, xa_node* child, uint sibs, uint marks)
    {
        xa_mark_t mark = XA_MARK_0;

        for (;;)
        {
            if ((marks & (1u << (int)mark)) != 0)
            {
                node_set_mark(node, offset, mark);
                if (child != null)
                    node_mark_slots(child, sibs, mark);
            }
            if (mark == XA_MARK_MAX)
                break;
            mark++;
        }
    }

    [KernelSource("lib/xarray.c", "__xas_init_node_for_split", Parity.Full)]
    private static void __xas_init_node_for_split(xa_state* xas, xa_node* node, void* entry)
    {
        void* sibling = null;
        uint mask = xas->xa_sibs;

        if (node == null)
            return;
        node->array = xas->xa;
        for (uint i = 0; i < XA_CHUNK_SIZE; i++)
        {
            if ((i & mask) == 0)
            {
                RCU_INIT_POINTER(&node->slots[i], entry);
                sibling = xa_mk_sibling(i);
            }
            else
            {
                RCU_INIT_POINTER(&node->slots[i], sibling);
            }
        }
    }

    /// <summary>Before the lock is taken: the nodes that xas_split will hang below, filled with the entry.</summary>
    [KernelSource("lib/xarray.c", "xas_split_alloc", Parity.Full)]
    public static void xas_split_alloc(xa_state* xas, void* entry, uint order, gfp_t gfp)
    {
        uint sibs = (1u << (int)(order % XA_CHUNK_SHIFT)) - 1;

        // Only one level is put in between.
        if (WARN_ON((uint)xas->xa_shift + (2 * XA_CHUNK_SHIFT) <= order))
            goto nomem;
        if ((uint)xas->xa_shift + XA_CHUNK_SHIFT > order)
            return;

        do
        {
            xa_node* node = (xa_node*)kmem_cache_alloc_lru(radix_tree_node_cachep, xas->xa_lru, gfp);
            if (node == null)
                goto nomem;

            __xas_init_node_for_split(xas, node, entry);
            RCU_INIT_POINTER(&node->parent, xas->xa_alloc);
            xas->xa_alloc = node;
        } while (sibs-- > 0);

        return;
    nomem:
        xas_destroy(xas);
        xas_set_err(xas, -ENOMEM);
    }

    /// <summary>Cuts the entry of this order that is there into ones of the operation's order.</summary>
    [KernelSource("lib/xarray.c", "xas_split", Parity.Full)]
    public static void xas_split(xa_state* xas, void* entry, uint order)
    {
        uint sibs = (1u << (int)(order % XA_CHUNK_SHIFT)) - 1;
        void* curr = xas_load(xas);
        int values = 0;

        xa_node* node = xas->xa_node;
        if (xas_top(node))
            return;

        uint marks = node_get_marks(node, xas->xa_offset);

        uint offset = xas->xa_offset + sibs;
        do
        {
            if (xas->xa_shift < node->shift)
            {
                xa_node* child = xas->xa_alloc;

                xas->xa_alloc = rcu_dereference_raw(&child->parent);
                split_to_child(xas, node, child, offset, entry, marks);
                if (xa_is_value(curr))
                    values--;
                xas_update(xas, child);
            }
            else
            {
                split_to_slots(xas, node, &offset, entry, marks);
                values += ((xa_is_value(entry) ? 1 : 0) - (xa_is_value(curr) ? 1 : 0)) * (xas->xa_sibs + 1);
            }
        } while (offset-- > xas->xa_offset);

        node->nr_values = (byte)(node->nr_values + values);
        xas_update(xas, node);
    }

    // A slot's worth of the entry goes a level down, into a node of its own.
    private static void split_to_child(xa_state* xas, xa_node* node, xa_node* child, uint offset, void* entry, uint marks)
    {
        child->shift = (byte)(node->shift - XA_CHUNK_SHIFT);
        child->offset = (byte)offset;
        child->count = XA_CHUNK_SIZE;
        child->nr_values = xa_is_value(entry) ? (byte)XA_CHUNK_SIZE : (byte)0;
        RCU_INIT_POINTER(&child->parent, node);
        node_set_marks(node, offset, child, xas->xa_sibs, marks);
        rcu_assign_pointer(&node->slots[offset], xa_mk_node(child));
    }

    // An entry and its siblings, from the last of them down.
    private static void split_to_slots(xa_state* xas, xa_node* node, uint* offset, void* entry, uint marks)
    {
        uint canon = *offset - xas->xa_sibs;

        node_set_marks(node, canon, null, 0, marks);
        rcu_assign_pointer(&node->slots[canon], entry);
        while (*offset > canon)
            rcu_assign_pointer(&node->slots[(*offset)--], xa_mk_sibling(canon));
    }

    /// <summary>How far down xas_try_split gets from this order in one step.</summary>
    [KernelSource("lib/xarray.c", "xas_try_split_min_order", Parity.Full)]
    public static uint xas_try_split_min_order(uint order)
    {
        if (order % XA_CHUNK_SHIFT == 0)
            return order == 0 ? 0 : order - 1;

        return order - (order % XA_CHUNK_SHIFT);
    }

    /// <summary>As xas_split, for one node at most, which it allocates itself, with the lock held.</summary>
    [KernelSource("lib/xarray.c", "xas_try_split", Parity.Full)]
    public static void xas_try_split(xa_state* xas, void* entry, uint order)
    {
        uint sibs = (1u << (int)(order % XA_CHUNK_SHIFT)) - 1;
        void* curr = xas_load(xas);
        int values = 0;
        gfp_t gfp = GFP_NOWAIT;

        xa_node* node = xas->xa_node;
        if (xas_top(node))
            return;

        if ((xas->xa->xa_flags & XA_FLAGS_ACCOUNT) != 0)
            gfp |= __GFP_ACCOUNT;

        uint marks = node_get_marks(node, xas->xa_offset);

        uint offset = xas->xa_offset + sibs;

        if (xas->xa_shift < node->shift)
        {
            xa_node* child = xas->xa_alloc;
            uint expected_sibs = (1u << (int)((order - 1) % XA_CHUNK_SHIFT)) - 1;

            // More than one node could not be given back if the second failed.
            if (sibs != 0 || xas->xa_sibs != expected_sibs)
            {
                xas_destroy(xas);
                xas_set_err(xas, -EINVAL);
                return;
            }

            if (child == null)
            {
                child = (xa_node*)kmem_cache_alloc_lru(radix_tree_node_cachep, xas->xa_lru, gfp);
                if (child == null)
                {
                    xas_destroy(xas);
                    xas_set_err(xas, -ENOMEM);
                    return;
                }

                RCU_INIT_POINTER(&child->parent, xas->xa_alloc);
            }
            __xas_init_node_for_split(xas, child, entry);

            xas->xa_alloc = rcu_dereference_raw(&child->parent);
            split_to_child(xas, node, child, offset, entry, marks);
            if (xa_is_value(curr))
                values--;
            xas_update(xas, child);
        }
        else
        {
            do
            {
                split_to_slots(xas, node, &offset, entry, marks);
                values += ((xa_is_value(entry) ? 1 : 0) - (xa_is_value(curr) ? 1 : 0)) * (xas->xa_sibs + 1);
            } while (offset-- > xas->xa_offset);
        }

        node->nr_values = (byte)(node->nr_values + values);
        xas_update(xas, node);
    }
}
