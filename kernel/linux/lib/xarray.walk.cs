// SPDX-License-Identifier: GPL-2.0-only
// lib/xarray.c, second part: walks.
using static Linux.linux_xarray_h;

namespace Linux;

public static unsafe partial class lib_xarray_c
{
    /// <summary>Before the lock is dropped in a walk: the next step starts at the head, behind the entry seen last.</summary>
    [KernelSource("lib/xarray.c", "xas_pause", Parity.Full)]
    public static void xas_pause(xa_state* xas)
    {
        xa_node* node = xas->xa_node;

        if (xas_invalid(xas))
            return;

        xas->xa_node = XAS_RESTART;
        if (node != null)
        {
            ulong offset = xas->xa_offset;
            while (++offset < XA_CHUNK_SIZE)
            {
                if (!xa_is_sibling(xa_entry(xas->xa, node, (uint)offset)))
                    break;
            }
            xas->xa_index &= ~0UL << node->shift;
            xas->xa_index += (offset - xas->xa_offset) << node->shift;
            if (xas->xa_index == 0)
                xas->xa_node = XAS_BOUNDS;
        }
        else
        {
            xas->xa_index++;
        }
    }

    [KernelSource("lib/xarray.c", "__xas_prev", Parity.Full)]
    public static void* __xas_prev(xa_state* xas)
    {
        void* entry;

        if (!xas_frozen(xas->xa_node))
            xas->xa_index--;
        if (xas->xa_node == null)
            return set_bounds(xas);
        if (xas_not_node(xas->xa_node))
            return xas_load(xas);

        if (xas->xa_offset != get_offset(xas->xa_index, xas->xa_node))
            xas->xa_offset--;

        while (xas->xa_offset == 255)
        {
            xas->xa_offset = (byte)(xas->xa_node->offset - 1);
            xas->xa_node = xa_parent(xas->xa, xas->xa_node);
            if (xas->xa_node == null)
                return set_bounds(xas);
        }

        for (;;)
        {
            entry = xa_entry(xas->xa, xas->xa_node, xas->xa_offset);
            if (!xa_is_node(entry))
                return entry;

            xas->xa_node = xa_to_node(entry);
            xas_set_offset(xas);
        }
    }

    [KernelSource("lib/xarray.c", "__xas_next", Parity.Full)]
    public static void* __xas_next(xa_state* xas)
    {
        void* entry;

        if (!xas_frozen(xas->xa_node))
            xas->xa_index++;
        if (xas->xa_node == null)
            return set_bounds(xas);
        if (xas_not_node(xas->xa_node))
            return xas_load(xas);

        if (xas->xa_offset != get_offset(xas->xa_index, xas->xa_node))
            xas->xa_offset++;

        while (xas->xa_offset == XA_CHUNK_SIZE)
        {
            xas->xa_offset = (byte)(xas->xa_node->offset + 1);
            xas->xa_node = xa_parent(xas->xa, xas->xa_node);
            if (xas->xa_node == null)
                return set_bounds(xas);
        }

        for (;;)
        {
            entry = xa_entry(xas->xa, xas->xa_node, xas->xa_offset);
            if (!xa_is_node(entry))
                return entry;

            xas->xa_node = xa_to_node(entry);
            xas_set_offset(xas);
        }
    }

    /// <summary>The next present entry up to max; the first time, at the index itself.</summary>
    [KernelSource("lib/xarray.c", "xas_find", Parity.Full)]
    public static void* xas_find(xa_state* xas, ulong max)
    {
        void* entry;

        if (xas_error(xas) != 0 || xas->xa_node == XAS_BOUNDS)
            return null;
        if (xas->xa_index > max)
            return set_bounds(xas);

        if (xas->xa_node == null)
        {
            xas->xa_index = 1;
            return set_bounds(xas);
        }
        else if (xas->xa_node == XAS_RESTART)
        {
            entry = xas_load(xas);
            if (entry != null || xas_not_node(xas->xa_node))
                return entry;
        }
        else if (xas->xa_node->shift == 0 && xas->xa_offset != (xas->xa_index & XA_CHUNK_MASK))
        {
            xas->xa_offset = (byte)(((xas->xa_index - 1) & XA_CHUNK_MASK) + 1);
        }

        xas_next_offset(xas);

        while (xas->xa_node != null && xas->xa_index <= max)
        {
            if (unlikely(xas->xa_offset == XA_CHUNK_SIZE))
            {
                xas->xa_offset = (byte)(xas->xa_node->offset + 1);
                xas->xa_node = xa_parent(xas->xa, xas->xa_node);
                continue;
            }

            entry = xa_entry(xas->xa, xas->xa_node, xas->xa_offset);
            if (xa_is_node(entry))
            {
                xas->xa_node = xa_to_node(entry);
                xas->xa_offset = 0;
                continue;
            }
            if (entry != null && !xa_is_sibling(entry))
                return entry;

            xas_next_offset(xas);
        }

        if (xas->xa_node == null)
            xas->xa_node = XAS_BOUNDS;
        return null;
    }

    /// <summary>The next entry with the mark up to max; with the free mark, where that is tracked, the next free slot.</summary>
    [KernelSource("lib/xarray.c", "xas_find_marked", Parity.Full)]
    public static void* xas_find_marked(xa_state* xas, ulong max, xa_mark_t mark)
    {
        bool advance = true;
        uint offset;
        void* entry;

        if (xas_error(xas) != 0)
            return null;
        if (xas->xa_index > max)
            goto max;

        if (xas->xa_node == null)
        {
            xas->xa_index = 1;
            goto @out;
        }
        else if (xas_top(xas->xa_node))
        {
            advance = false;
            entry = xa_head(xas->xa);
            xas->xa_node = null;
            if (xas->xa_index > max_index(entry))
                goto @out;
            if (!xa_is_node(entry))
            {
                if (xa_marked(xas->xa, mark))
                    return entry;
                xas->xa_index = 1;
                goto @out;
            }
            xas->xa_node = xa_to_node(entry);
            xas->xa_offset = (byte)(xas->xa_index >> xas->xa_node->shift);
        }

        while (xas->xa_index <= max)
        {
            if (unlikely(xas->xa_offset == XA_CHUNK_SIZE))
            {
                xas->xa_offset = (byte)(xas->xa_node->offset + 1);
                xas->xa_node = xa_parent(xas->xa, xas->xa_node);
                if (xas->xa_node == null)
                    break;
                advance = false;
                continue;
            }

            if (!advance)
            {
                entry = xa_entry(xas->xa, xas->xa_node, xas->xa_offset);
                if (xa_is_sibling(entry))
                {
                    xas->xa_offset = (byte)xa_to_sibling(entry);
                    xas_move_index(xas, xas->xa_offset);
                }
            }

            offset = xas_find_chunk(xas, advance, mark);
            if (offset > xas->xa_offset)
            {
                advance = false;
                xas_move_index(xas, offset);
                // The index may have wrapped to 0.
                if ((xas->xa_index - 1) >= max)
                    goto max;
                xas->xa_offset = (byte)offset;
                if (offset == XA_CHUNK_SIZE)
                    continue;
            }

            entry = xa_entry(xas->xa, xas->xa_node, xas->xa_offset);
            if (entry == null && !(xa_track_free(xas->xa) && mark == XA_FREE_MARK))
                continue;
            if (xa_is_sibling(entry))
                continue;
            if (!xa_is_node(entry))
                return entry;
            xas->xa_node = xa_to_node(entry);
            xas_set_offset(xas);
        }

    @out:
        if (xas->xa_index > max)
            goto max;
        return set_bounds(xas);
    max:
        xas->xa_node = XAS_RESTART;
        return null;
    }

    /// <summary>What is in the way of an entry of the operation's span, one after the other.</summary>
    [KernelSource("lib/xarray.c", "xas_find_conflict", Parity.Full)]
    public static void* xas_find_conflict(xa_state* xas)
    {
        void* curr;

        if (xas_error(xas) != 0)
            return null;

        if (xas->xa_node == null)
            return null;

        if (xas_top(xas->xa_node))
        {
            curr = xas_start(xas);
            if (curr == null)
                return null;
            while (xa_is_node(curr))
            {
                xa_node* node = xa_to_node(curr);
                curr = xas_descend(xas, node);
            }
            if (curr != null)
                return curr;
        }

        if (xas->xa_node->shift > xas->xa_shift)
            return null;

        for (;;)
        {
            if (xas->xa_node->shift == xas->xa_shift)
            {
                if ((xas->xa_offset & xas->xa_sibs) == xas->xa_sibs)
                    break;
            }
            else if (xas->xa_offset == XA_CHUNK_MASK)
            {
                xas->xa_offset = xas->xa_node->offset;
                xas->xa_node = xa_parent_locked(xas->xa, xas->xa_node);
                if (xas->xa_node == null)
                    break;
                continue;
            }
            curr = xa_entry_locked(xas->xa, xas->xa_node, ++xas->xa_offset);
            if (xa_is_sibling(curr))
                continue;
            while (xa_is_node(curr))
            {
                xas->xa_node = xa_to_node(curr);
                xas->xa_offset = 0;
                curr = xa_entry_locked(xas->xa, xas->xa_node, 0);
            }
            if (curr != null)
                return curr;
        }
        xas->xa_offset -= xas->xa_sibs;
        return null;
    }
}
