// SPDX-License-Identifier: GPL-2.0-only
// lib/xarray.c, first part: how an operation moves in the tree, and changes it.
using static Linux.linux_bitmap_h;
using static Linux.linux_list_h;
using static Linux.linux_slab_h;
using static Linux.linux_xarray_h;
using static Linux.lib_radix_tree_h;

namespace Linux;

public static unsafe partial class lib_xarray_c
{
    [KernelSource("lib/xarray.c", "xa_lock_type", Parity.Full)]
    private static uint xa_lock_type(xarray* xa) => xa->xa_flags & 3;

    [KernelSource("lib/xarray.c", "xas_lock_type", Parity.Full)]
    [ContextUnsafe("how it is taken depends on the type")]
    private static void xas_lock_type(xa_state* xas, uint lock_type)
    {
        if (lock_type == XA_LOCK_IRQ)
            xas_lock_irq(xas);
        else if (lock_type == XA_LOCK_BH)
            xas_lock_bh(xas);
        else
            xas_lock(xas);
    }

    [KernelSource("lib/xarray.c", "xas_unlock_type", Parity.Full)]
    [ContextUnsafe("how it is taken depends on the type")]
    private static void xas_unlock_type(xa_state* xas, uint lock_type)
    {
        if (lock_type == XA_LOCK_IRQ)
            xas_unlock_irq(xas);
        else if (lock_type == XA_LOCK_BH)
            xas_unlock_bh(xas);
        else
            xas_unlock(xas);
    }

    [KernelSource("lib/xarray.c", "xa_track_free", Parity.Full)]
    private static bool xa_track_free(xarray* xa) => (xa->xa_flags & XA_FLAGS_TRACK_FREE) != 0;

    [KernelSource("lib/xarray.c", "xa_zero_busy", Parity.Full)]
    private static bool xa_zero_busy(xarray* xa) => (xa->xa_flags & XA_FLAGS_ZERO_BUSY) != 0;

    [KernelSource("lib/xarray.c", "xa_mark_set", Parity.Full)]
    private static void xa_mark_set(xarray* xa, xa_mark_t mark)
    {
        if ((xa->xa_flags & XA_FLAGS_MARK(mark)) == 0)
            xa->xa_flags |= XA_FLAGS_MARK(mark);
    }

    [KernelSource("lib/xarray.c", "xa_mark_clear", Parity.Full)]
    private static void xa_mark_clear(xarray* xa, xa_mark_t mark)
    {
        if ((xa->xa_flags & XA_FLAGS_MARK(mark)) != 0)
            xa->xa_flags &= ~XA_FLAGS_MARK(mark);
    }

    [KernelSource("lib/xarray.c", "node_marks", Parity.Full)]
    private static ulong* node_marks(xa_node* node, xa_mark_t mark) => &node->marks[mark * XA_MARK_LONGS];

    [KernelSource("lib/xarray.c", "node_get_mark", Parity.Full)]
    private static bool node_get_mark(xa_node* node, uint offset, xa_mark_t mark) => test_bit(offset, node_marks(node, mark));

    /// <summary>Answers whether the bit was set before.</summary>
    [KernelSource("lib/xarray.c", "node_set_mark", Parity.Full)]
    private static bool node_set_mark(xa_node* node, uint offset, xa_mark_t mark)
        => __test_and_set_bit(offset, node_marks(node, mark));

    [KernelSource("lib/xarray.c", "node_clear_mark", Parity.Full)]
    private static bool node_clear_mark(xa_node* node, uint offset, xa_mark_t mark)
        => __test_and_clear_bit(offset, node_marks(node, mark));

    [KernelSource("lib/xarray.c", "node_any_mark", Parity.Full)]
    private static bool node_any_mark(xa_node* node, xa_mark_t mark) => !bitmap_empty(node_marks(node, mark), XA_CHUNK_SIZE);

    [KernelSource("lib/xarray.c", "node_mark_all", Parity.Full)]
    private static void node_mark_all(xa_node* node, xa_mark_t mark) => bitmap_fill(node_marks(node, mark), XA_CHUNK_SIZE);

    /// <summary>Gathers the marks of the entries that one entry is about to take the place of.</summary>
    [KernelSource("lib/xarray.c", "xas_squash_marks", Parity.Full)]
    private static void xas_squash_marks(xa_state* xas)
    {
        xa_mark_t mark = 0;
        uint limit = (uint)xas->xa_offset + xas->xa_sibs + 1;

        for (;;)
        {
            ulong* marks = node_marks(xas->xa_node, mark);

            if (find_next_bit(marks, limit, xas->xa_offset + 1u) != limit)
            {
                __set_bit(xas->xa_offset, marks);
                bitmap_clear(marks, xas->xa_offset + 1u, xas->xa_sibs);
            }
            if (mark == XA_MARK_MAX)
                break;
            mark++;
        }
    }

    [KernelSource("lib/xarray.c", "get_offset", Parity.Full)]
    private static uint get_offset(ulong index, xa_node* node) => (uint)((index >> node->shift) & XA_CHUNK_MASK);

    [KernelSource("lib/xarray.c", "xas_set_offset", Parity.Full)]
    private static void xas_set_offset(xa_state* xas) => xas->xa_offset = (byte)get_offset(xas->xa_index, xas->xa_node);

    [KernelSource("lib/xarray.c", "xas_move_index", Parity.Full)]
    private static void xas_move_index(xa_state* xas, ulong offset)
    {
        int shift = xas->xa_node->shift;

        xas->xa_index &= ~XA_CHUNK_MASK << shift;
        xas->xa_index += offset << shift;
    }

    [KernelSource("lib/xarray.c", "xas_next_offset", Parity.Full)]
    private static void xas_next_offset(xa_state* xas)
    {
        xas->xa_offset++;
        xas_move_index(xas, xas->xa_offset);
    }

    [KernelSource("lib/xarray.c", "set_bounds", Parity.Full)]
    private static void* set_bounds(xa_state* xas)
    {
        xas->xa_node = XAS_BOUNDS;
        return null;
    }

    /// <summary>Goes on where the operation is, or starts at the head; beyond the tree's reach there is nothing.</summary>
    [KernelSource("lib/xarray.c", "xas_start", Parity.Full)]
    private static void* xas_start(xa_state* xas)
    {
        void* entry;

        if (xas_valid(xas))
            return xas_reload(xas);
        if (xas_error(xas) != 0)
            return null;

        entry = xa_head(xas->xa);
        if (!xa_is_node(entry))
        {
            if (xas->xa_index != 0)
                return set_bounds(xas);
        }
        else
        {
            if ((xas->xa_index >> xa_to_node(entry)->shift) > XA_CHUNK_MASK)
                return set_bounds(xas);
        }

        xas->xa_node = null;
        return entry;
    }

    [KernelSource("lib/xarray.c", "xas_descend", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* xas_descend(xa_state* xas, xa_node* node)
    {
        uint offset = get_offset(xas->xa_index, node);
        void* entry = xa_entry(xas->xa, node, offset);

        xas->xa_node = node;
        while (xa_is_sibling(entry))
        {
            offset = (uint)xa_to_sibling(entry);
            entry = xa_entry(xas->xa, node, offset);
            if (node->shift != 0 && xa_is_node(entry))
                entry = XA_RETRY_ENTRY;
        }

        xas->xa_offset = (byte)offset;
        return entry;
    }

    [KernelSource("lib/xarray.c", "xas_load", Parity.Full)]
    public static void* xas_load(xa_state* xas)
    {
        void* entry = xas_start(xas);

        while (xa_is_node(entry))
        {
            xa_node* node = xa_to_node(entry);

            if (xas->xa_shift > node->shift)
                break;
            entry = xas_descend(xas, node);
            if (node->shift == 0)
                break;
        }
        return entry;
    }

    /// <summary>In place of the array: the node waits for its readers to be gone.</summary>
    private static xarray* XA_RCU_FREE => (xarray*)1;

    [KernelSource("lib/xarray.c", "xa_node_free", Parity.Full)]
    private static void xa_node_free(xa_node* node)
    {
        node->array = XA_RCU_FREE;
        call_rcu(&node->rcu_head, &lib_radix_tree_c.radix_tree_node_rcu_free);
    }

    /// <summary>Frees what xas_nomem allocated and the operation did not need.</summary>
    [KernelSource("lib/xarray.c", "xas_destroy", Parity.Full)]
    public static void xas_destroy(xa_state* xas)
    {
        xa_node* next;
        xa_node* node = xas->xa_alloc;

        while (node != null)
        {
            next = rcu_dereference_raw(&node->parent);
            lib_radix_tree_c.radix_tree_node_rcu_free(&node->rcu_head);
            xas->xa_alloc = node = next;
        }
    }

    /// <summary>After the lock is dropped: allocates the node the operation failed for. True means: try again.</summary>
    [KernelSource("lib/xarray.c", "xas_nomem", Parity.Full)]
    public static bool xas_nomem(xa_state* xas, gfp_t gfp)
    {
        if (xas->xa_node != XA_ERROR(-ENOMEM))
        {
            xas_destroy(xas);
            return false;
        }
        if ((xas->xa->xa_flags & XA_FLAGS_ACCOUNT) != 0)
            gfp |= __GFP_ACCOUNT;
        xas->xa_alloc = (xa_node*)kmem_cache_alloc_lru(radix_tree_node_cachep, xas->xa_lru, gfp);
        if (xas->xa_alloc == null)
            return false;
        xas->xa_alloc->parent = null;
        xas->xa_node = XAS_RESTART;
        return true;
    }

    /// <summary>As xas_nomem with the lock held; drops it to allocate if gfp may sleep.</summary>
    [KernelSource("lib/xarray.c", "__xas_nomem", Parity.Full)]
    private static bool __xas_nomem(xa_state* xas, gfp_t gfp)
    {
        uint lock_type = xa_lock_type(xas->xa);

        if (xas->xa_node != XA_ERROR(-ENOMEM))
        {
            xas_destroy(xas);
            return false;
        }
        if ((xas->xa->xa_flags & XA_FLAGS_ACCOUNT) != 0)
            gfp |= __GFP_ACCOUNT;
        if (gfpflags_allow_blocking(gfp))
        {
            xas_unlock_type(xas, lock_type);
            xas->xa_alloc = (xa_node*)kmem_cache_alloc_lru(radix_tree_node_cachep, xas->xa_lru, gfp);
            xas_lock_type(xas, lock_type);
        }
        else
        {
            xas->xa_alloc = (xa_node*)kmem_cache_alloc_lru(radix_tree_node_cachep, xas->xa_lru, gfp);
        }
        if (xas->xa_alloc == null)
            return false;
        xas->xa_alloc->parent = null;
        xas->xa_node = XAS_RESTART;
        return true;
    }

    [KernelSource("lib/xarray.c", "xas_update", Parity.Full)]
    private static void xas_update(xa_state* xas, xa_node* node)
    {
        if (xas->xa_update != null)
            xas->xa_update(node);
    }

    [KernelSource("lib/xarray.c", "xas_alloc", Parity.Full)]
    private static xa_node* xas_alloc(xa_state* xas, uint shift)
    {
        xa_node* parent = xas->xa_node;
        xa_node* node = xas->xa_alloc;

        if (xas_invalid(xas))
            return null;

        if (node != null)
        {
            xas->xa_alloc = null;
        }
        else
        {
            gfp_t gfp = GFP_NOWAIT;

            if ((xas->xa->xa_flags & XA_FLAGS_ACCOUNT) != 0)
                gfp |= __GFP_ACCOUNT;

            node = (xa_node*)kmem_cache_alloc_lru(radix_tree_node_cachep, xas->xa_lru, gfp);
            if (node == null)
            {
                xas_set_err(xas, -ENOMEM);
                return null;
            }
        }

        if (parent != null)
        {
            node->offset = xas->xa_offset;
            parent->count++;
            xas_update(xas, parent);
        }
        node->shift = (byte)shift;
        node->count = 0;
        node->nr_values = 0;
        RCU_INIT_POINTER(&node->parent, xas->xa_node);
        node->array = xas->xa;
        return node;
    }

    /// <summary>How many indices the operation spans.</summary>
    [KernelSource("lib/xarray.c", "xas_size", Parity.Full)]
    private static ulong xas_size(xa_state* xas) => (xas->xa_sibs + 1UL) << xas->xa_shift;

    /// <summary>The highest index that must be there for the operation. No entry of several indices is kept in the head.</summary>
    [KernelSource("lib/xarray.c", "xas_max", Parity.Full)]
    private static ulong xas_max(xa_state* xas)
    {
        ulong max = xas->xa_index;

        if (CONFIG_XARRAY_MULTI && (xas->xa_shift != 0 || xas->xa_sibs != 0))
        {
            ulong mask = xas_size(xas) - 1;
            max |= mask;
            if (mask == max)
                max++;
        }

        return max;
    }

    [KernelSource("lib/xarray.c", "max_index", Parity.Full)]
    private static ulong max_index(void* entry)
    {
        if (!xa_is_node(entry))
            return 0;
        return ((ulong)XA_CHUNK_SIZE << xa_to_node(entry)->shift) - 1;
    }

    [KernelSource("lib/xarray.c", "xa_zero_to_null", Parity.Full)]
    private static void* xa_zero_to_null(void* entry) => xa_is_zero(entry) ? null : entry;

    /// <summary>Takes levels off the top while only slot 0 is in use.</summary>
    [KernelSource("lib/xarray.c", "xas_shrink", Parity.Full)]
    private static void xas_shrink(xa_state* xas)
    {
        xarray* xa = xas->xa;
        xa_node* node = xas->xa_node;

        for (;;)
        {
            void* entry;

            if (node->count != 1)
                break;
            entry = xa_entry_locked(xa, node, 0);
            if (entry == null)
                break;
            if (!xa_is_node(entry) && node->shift != 0)
                break;
            if (xa_zero_busy(xa))
                entry = xa_zero_to_null(entry);
            xas->xa_node = XAS_BOUNDS;

            RCU_INIT_POINTER(&xa->xa_head, entry);
            if (xa_track_free(xa) && !node_get_mark(node, 0, XA_FREE_MARK))
                xa_mark_clear(xa, XA_FREE_MARK);

            node->count = 0;
            node->nr_values = 0;
            if (!xa_is_node(entry))
                RCU_INIT_POINTER(&node->slots[0], XA_RETRY_ENTRY);
            xas_update(xas, node);
            xa_node_free(node);
            if (!xa_is_node(entry))
                break;
            node = xa_to_node(entry);
            node->parent = null;
        }
    }

    /// <summary>Frees the node and its parents while they are empty.</summary>
    [KernelSource("lib/xarray.c", "xas_delete_node", Parity.Full)]
    private static void xas_delete_node(xa_state* xas)
    {
        xa_node* node = xas->xa_node;

        for (;;)
        {
            xa_node* parent;

            if (node->count != 0)
                break;

            parent = xa_parent_locked(xas->xa, node);
            xas->xa_node = parent;
            xas->xa_offset = node->offset;
            xa_node_free(node);

            if (parent == null)
            {
                xas->xa->xa_head = null;
                xas->xa_node = XAS_BOUNDS;
                return;
            }

            parent->slots[xas->xa_offset] = null;
            parent->count--;
            node = parent;
            xas_update(xas, node);
        }

        if (node->parent == null)
            xas_shrink(xas);
    }

    /// <summary>Frees a whole subtree, deepest first; its entries are dropped.</summary>
    [KernelSource("lib/xarray.c", "xas_free_nodes", Parity.Full)]
    private static void xas_free_nodes(xa_state* xas, xa_node* top)
    {
        uint offset = 0;
        xa_node* node = top;

        for (;;)
        {
            void* entry = xa_entry_locked(xas->xa, node, offset);

            if (node->shift != 0 && xa_is_node(entry))
            {
                node = xa_to_node(entry);
                offset = 0;
                continue;
            }
            if (entry != null)
                RCU_INIT_POINTER(&node->slots[offset], XA_RETRY_ENTRY);
            offset++;
            while (offset == XA_CHUNK_SIZE)
            {
                xa_node* parent = xa_parent_locked(xas->xa, node);

                offset = node->offset + 1u;
                node->count = 0;
                node->nr_values = 0;
                xas_update(xas, node);
                xa_node_free(node);
                if (node == top)
                    return;
                node = parent;
            }
        }
    }

    /// <summary>Puts levels on top until the index is in reach; answers the shift of the level above the new head.</summary>
    [KernelSource("lib/xarray.c", "xas_expand", Parity.Full)]
    private static int xas_expand(xa_state* xas, void* head)
    {
        xarray* xa = xas->xa;
        xa_node* node = null;
        int shift = 0;
        ulong max = xas_max(xas);

        if (head == null)
        {
            if (max == 0)
                return 0;
            while ((max >> shift) >= XA_CHUNK_SIZE)
                shift += XA_CHUNK_SHIFT;
            return shift + XA_CHUNK_SHIFT;
        }
        else if (xa_is_node(head))
        {
            node = xa_to_node(head);
            shift = node->shift + XA_CHUNK_SHIFT;
        }
        xas->xa_node = null;

        while (max > max_index(head))
        {
            xa_mark_t mark = 0;

            node = xas_alloc(xas, (uint)shift);
            if (node == null)
                return -ENOMEM;

            node->count = 1;
            if (xa_is_value(head))
                node->nr_values = 1;
            RCU_INIT_POINTER(&node->slots[0], head);

            // What is marked below is marked above; new slots are free where that is tracked.
            for (;;)
            {
                if (xa_track_free(xa) && mark == XA_FREE_MARK)
                {
                    node_mark_all(node, XA_FREE_MARK);
                    if (!xa_marked(xa, XA_FREE_MARK))
                    {
                        node_clear_mark(node, 0, XA_FREE_MARK);
                        xa_mark_set(xa, XA_FREE_MARK);
                    }
                }
                else if (xa_marked(xa, mark))
                {
                    node_set_mark(node, 0, mark);
                }
                if (mark == XA_MARK_MAX)
                    break;
                mark++;
            }

            // Readers find the new node only when it is complete.
            if (xa_is_node(head))
            {
                xa_to_node(head)->offset = 0;
                rcu_assign_pointer(&xa_to_node(head)->parent, node);
            }
            head = xa_mk_node(node);
            rcu_assign_pointer(&xa->xa_head, head);
            xas_update(xas, node);

            shift += XA_CHUNK_SHIFT;
        }

        xas->xa_node = node;
        return shift;
    }

    /// <summary>Makes the slot for the index, with the nodes above it; answers what is in it.</summary>
    [KernelSource("lib/xarray.c", "xas_create", Parity.Full)]
    private static void* xas_create(xa_state* xas, bool allow_root)
    {
        xarray* xa = xas->xa;
        void* entry;
        Rcu** slot;
        xa_node* node = xas->xa_node;
        int shift;
        uint order = xas->xa_shift;

        if (xas_top(node))
        {
            entry = xa_head_locked(xa);
            xas->xa_node = null;
            if (entry == null && xa_zero_busy(xa))
                entry = XA_ZERO_ENTRY;
            shift = xas_expand(xas, entry);
            if (shift < 0)
                return null;
            if (shift == 0 && !allow_root)
                shift = XA_CHUNK_SHIFT;
            entry = xa_head_locked(xa);
            slot = &xa->xa_head;
        }
        else if (xas_error(xas) != 0)
        {
            return null;
        }
        else if (node != null)
        {
            uint offset = xas->xa_offset;

            shift = node->shift;
            entry = xa_entry_locked(xa, node, offset);
            slot = &node->slots[offset];
        }
        else
        {
            shift = 0;
            entry = xa_head_locked(xa);
            slot = &xa->xa_head;
        }

        while (shift > order)
        {
            shift -= XA_CHUNK_SHIFT;
            if (entry == null)
            {
                node = xas_alloc(xas, (uint)shift);
                if (node == null)
                    break;
                if (xa_track_free(xa))
                    node_mark_all(node, XA_FREE_MARK);
                rcu_assign_pointer(slot, xa_mk_node(node));
            }
            else if (xa_is_node(entry))
            {
                node = xa_to_node(entry);
            }
            else
            {
                break;
            }
            entry = xas_descend(xas, node);
            slot = &node->slots[xas->xa_offset];
        }

        return entry;
    }

    /// <summary>Makes all slots of the range the operation spans, so that stores into it need no memory.</summary>
    [KernelSource("lib/xarray.c", "xas_create_range", Parity.Full)]
    public static void xas_create_range(xa_state* xas)
    {
        ulong index = xas->xa_index;
        byte shift = xas->xa_shift;
        byte sibs = xas->xa_sibs;

        xas->xa_index |= ((sibs + 1UL) << shift) - 1;
        if (xas_is_node(xas) && xas->xa_node->shift == xas->xa_shift)
            xas->xa_offset |= sibs;
        xas->xa_shift = 0;
        xas->xa_sibs = 0;

        for (;;)
        {
            xas_create(xas, true);
            if (xas_error(xas) != 0)
                goto restore;
            if (xas->xa_index <= (index | XA_CHUNK_MASK))
                goto success;
            xas->xa_index -= XA_CHUNK_SIZE;

            for (;;)
            {
                xa_node* node = xas->xa_node;
                if (node->shift >= shift)
                    break;
                xas->xa_node = xa_parent_locked(xas->xa, node);
                xas->xa_offset = (byte)(node->offset - 1);
                if (node->offset != 0)
                    break;
            }
        }

    restore:
        xas->xa_shift = shift;
        xas->xa_sibs = sibs;
        xas->xa_index = index;
        return;
    success:
        xas->xa_index = index;
        if (xas->xa_node != null)
            xas_set_offset(xas);
    }

    [KernelSource("lib/xarray.c", "update_node", Parity.Full)]
    private static void update_node(xa_state* xas, xa_node* node, int count, int values)
    {
        if (node == null || (count == 0 && values == 0))
            return;

        node->count = (byte)(node->count + count);
        node->nr_values = (byte)(node->nr_values + values);
        xas_update(xas, node);
        if (count < 0)
            xas_delete_node(xas);
    }

    /// <summary>Stores entry where the operation is; storing null erases. Answers what was there.</summary>
    [KernelSource("lib/xarray.c", "xas_store", Parity.Full)]
    public static void* xas_store(xa_state* xas, void* entry)
    {
        xa_node* node;
        Rcu** slot = &xas->xa->xa_head;
        uint offset, max;
        int count = 0;
        int values = 0;
        void* first, next;
        bool value = xa_is_value(entry);

        if (entry != null)
        {
            bool allow_root = !xa_is_node(entry) && !xa_is_zero(entry);
            first = xas_create(xas, allow_root);
        }
        else
        {
            first = xas_load(xas);
        }

        if (xas_invalid(xas))
            return first;
        node = xas->xa_node;
        if (node != null && xas->xa_shift < node->shift)
            xas->xa_sibs = 0;
        if (first == entry && xas->xa_sibs == 0)
            return first;

        next = first;
        offset = xas->xa_offset;
        max = xas->xa_offset + (uint)xas->xa_sibs;
        if (node != null)
        {
            slot = &node->slots[offset];
            if (xas->xa_sibs != 0)
                xas_squash_marks(xas);
        }
        if (entry == null)
            xas_init_marks(xas);

        for (;;)
        {
            // The entry's own content is visible before the entry.
            rcu_assign_pointer(slot, entry);
            if (xa_is_node(next) && (node == null || node->shift != 0))
                xas_free_nodes(xas, xa_to_node(next));
            if (node == null)
                break;
            count += (next == null ? 1 : 0) - (entry == null ? 1 : 0);
            values += (!xa_is_value(first) ? 1 : 0) - (!value ? 1 : 0);
            if (entry != null)
            {
                if (offset == max)
                    break;
                if (!xa_is_sibling(entry))
                    entry = xa_mk_sibling(xas->xa_offset);
            }
            else
            {
                if (offset == XA_CHUNK_MASK)
                    break;
            }
            next = xa_entry_locked(xas->xa, node, ++offset);
            if (!xa_is_sibling(next))
            {
                if (entry == null && offset > max)
                    break;
                first = next;
            }
            slot++;
        }

        update_node(xas, node, count, values);
        return first;
    }

    [KernelSource("lib/xarray.c", "xas_get_mark", Parity.Full)]
    public static bool xas_get_mark(xa_state* xas, xa_mark_t mark)
    {
        if (xas_invalid(xas))
            return false;
        if (xas->xa_node == null)
            return xa_marked(xas->xa, mark);
        return node_get_mark(xas->xa_node, xas->xa_offset, mark);
    }

    [KernelSource("lib/xarray.c", "xas_set_mark", Parity.Full)]
    public static void xas_set_mark(xa_state* xas, xa_mark_t mark)
    {
        xa_node* node = xas->xa_node;
        uint offset = xas->xa_offset;

        if (xas_invalid(xas))
            return;

        while (node != null)
        {
            if (node_set_mark(node, offset, mark))
                return;
            offset = node->offset;
            node = xa_parent_locked(xas->xa, node);
        }

        if (!xa_marked(xas->xa, mark))
            xa_mark_set(xas->xa, mark);
    }

    [KernelSource("lib/xarray.c", "xas_clear_mark", Parity.Full)]
    public static void xas_clear_mark(xa_state* xas, xa_mark_t mark)
    {
        xa_node* node = xas->xa_node;
        uint offset = xas->xa_offset;

        if (xas_invalid(xas))
            return;

        while (node != null)
        {
            if (!node_clear_mark(node, offset, mark))
                return;
            if (node_any_mark(node, mark))
                return;

            offset = node->offset;
            node = xa_parent_locked(xas->xa, node);
        }

        if (xa_marked(xas->xa, mark))
            xa_mark_clear(xas->xa, mark);
    }

    /// <summary>The marks of an empty slot: free where that is tracked, and nothing else.</summary>
    [KernelSource("lib/xarray.c", "xas_init_marks", Parity.Full)]
    public static void xas_init_marks(xa_state* xas)
    {
        xa_mark_t mark = 0;

        for (;;)
        {
            if (xa_track_free(xas->xa) && mark == XA_FREE_MARK)
                xas_set_mark(xas, mark);
            else
                xas_clear_mark(xas, mark);
            if (mark == XA_MARK_MAX)
                break;
            mark++;
        }
    }
}
