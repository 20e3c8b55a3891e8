// SPDX-License-Identifier: GPL-2.0-only
// lib/xarray.c, third part: the plain interface.
using static Linux.linux_bitmap_h;
using static Linux.linux_list_h;
using static Linux.linux_slab_h;
using static Linux.linux_xarray_h;

namespace Linux;

public static unsafe partial class lib_xarray_c
{
    [KernelSource("lib/xarray.c", "xa_load", Parity.Full)]
    public static void* xa_load(xarray* xa, ulong index)
    {
        xa_state xas = XA_STATE(xa, index);
        void* entry;

        rcu_read_lock();
        do
        {
            entry = xa_zero_to_null(xas_load(&xas));
        } while (xas_retry(&xas, entry));
        rcu_read_unlock();

        return entry;
    }

    [KernelSource("lib/xarray.c", "xas_result", Parity.Full)]
    private static void* xas_result(xa_state* xas, void* curr)
    {
        if (xas_error(xas) != 0)
            curr = xas->xa_node;
        return curr;
    }

    [KernelSource("lib/xarray.c", "__xa_erase", Parity.Full)]
    public static void* __xa_erase(xarray* xa, ulong index)
    {
        xa_state xas = XA_STATE(xa, index);

        return xas_result(&xas, xa_zero_to_null(xas_store(&xas, null)));
    }

    [KernelSource("lib/xarray.c", "xa_erase", Parity.Full)]
    public static void* xa_erase(xarray* xa, ulong index)
    {
        void* entry;

        xa_lock(xa);
        entry = __xa_erase(xa, index);
        xa_unlock(xa);

        return entry;
    }

    [KernelSource("lib/xarray.c", "__xa_store", Parity.Full)]
    public static void* __xa_store(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        xa_state xas = XA_STATE(xa, index);
        void* curr;

        if (WARN_ON_ONCE(xa_is_advanced(entry)))
            return XA_ERROR(-EINVAL);
        if (xa_track_free(xa) && entry == null)
            entry = XA_ZERO_ENTRY;

        do
        {
            curr = xas_store(&xas, entry);
            if (xa_track_free(xa))
                xas_clear_mark(&xas, XA_FREE_MARK);
        } while (__xas_nomem(&xas, gfp));

        return xas_result(&xas, xa_zero_to_null(curr));
    }

    [KernelSource("lib/xarray.c", "xa_store", Parity.Full)]
    [MightSleepIf("gfp")]
    public static void* xa_store(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        void* curr;

        xa_lock(xa);
        curr = __xa_store(xa, index, entry, gfp);
        xa_unlock(xa);

        return curr;
    }

    [KernelSource("lib/xarray.c", "__xa_cmpxchg", Parity.Full)]
    public static void* __xa_cmpxchg(xarray* xa, ulong index, void* old, void* entry, gfp_t gfp)
        => xa_zero_to_null(__xa_cmpxchg_raw(xa, index, old, entry, gfp));

    [KernelSource("lib/xarray.c", "__xa_cmpxchg_raw", Parity.Full)]
    private static void* __xa_cmpxchg_raw(xarray* xa, ulong index, void* old, void* entry, gfp_t gfp)
    {
        xa_state xas = XA_STATE(xa, index);
        void* curr;

        if (WARN_ON_ONCE(xa_is_advanced(entry)))
            return XA_ERROR(-EINVAL);

        do
        {
            curr = xas_load(&xas);
            if (curr == old)
            {
                xas_store(&xas, entry);
                if (xa_track_free(xa) && entry != null && curr == null)
                    xas_clear_mark(&xas, XA_FREE_MARK);
            }
        } while (__xas_nomem(&xas, gfp));

        return xas_result(&xas, curr);
    }

    [KernelSource("lib/xarray.c", "__xa_insert", Parity.Full)]
    public static int __xa_insert(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        void* curr;
        int errno;

        if (entry == null)
            entry = XA_ZERO_ENTRY;
        curr = __xa_cmpxchg_raw(xa, index, null, entry, gfp);
        errno = xa_err(curr);
        if (errno != 0)
            return errno;
        return curr != null ? -EBUSY : 0;
    }

    /// <summary>The largest entry that starts at first and ends at last or before.</summary>
    [KernelSource("lib/xarray.c", "xas_set_range", Parity.Full)]
    private static void xas_set_range(xa_state* xas, ulong first, ulong last)
    {
        int shift = 0;
        ulong sibs = last - first;
        ulong offset = XA_CHUNK_MASK;

        xas_set(xas, first);

        while ((first & XA_CHUNK_MASK) == 0)
        {
            if (sibs < XA_CHUNK_MASK)
                break;
            if (sibs == XA_CHUNK_MASK && offset < XA_CHUNK_MASK)
                break;
            shift += XA_CHUNK_SHIFT;
            if (offset == XA_CHUNK_MASK)
                offset = sibs & XA_CHUNK_MASK;
            sibs >>= XA_CHUNK_SHIFT;
            first >>= XA_CHUNK_SHIFT;
        }

        offset = first & XA_CHUNK_MASK;
        if (offset + sibs > XA_CHUNK_MASK)
            sibs = XA_CHUNK_MASK - offset;
        if (((first + sibs + 1) << shift) - 1 > last)
            sibs -= 1;

        xas->xa_shift = (byte)shift;
        xas->xa_sibs = (byte)sibs;
    }

    /// <summary>Stores the entry at all indices from first to last.</summary>
    [KernelSource("lib/xarray.c", "xa_store_range", Parity.Full)]
    public static void* xa_store_range(xarray* xa, ulong first, ulong last, void* entry, gfp_t gfp)
    {
        xa_state xas = XA_STATE(xa, 0);

        if (WARN_ON_ONCE(xa_is_internal(entry)))
            return XA_ERROR(-EINVAL);
        if (last < first)
            return XA_ERROR(-EINVAL);

        do
        {
            xas_lock(&xas);
            if (entry != null)
            {
                uint order = BITS_PER_LONG;
                if (last + 1 != 0)
                    order = (uint)__ffs(last + 1);
                xas_set_order(&xas, last, order);
                xas_create(&xas, true);
                if (xas_error(&xas) != 0)
                    goto unlock;
            }

            do
            {
                xas_set_range(&xas, first, last);
                xas_store(&xas, entry);
                if (xas_error(&xas) != 0)
                    goto unlock;
                first += xas_size(&xas);
            } while (first <= last);
        unlock:
            xas_unlock(&xas);
        } while (xas_nomem(&xas, gfp));

        return xas_result(&xas, null);
    }

    /// <summary>The order of the entry that was loaded. The operation must not be on one of its siblings.</summary>
    [KernelSource("lib/xarray.c", "xas_get_order", Parity.Full)]
    public static int xas_get_order(xa_state* xas)
    {
        int order = 0;

        if (xas->xa_node == null)
            return 0;

        for (;;)
        {
            uint slot = xas->xa_offset + (1u << order);

            if (slot >= XA_CHUNK_SIZE)
                break;
            if (!xa_is_sibling(xa_entry(xas->xa, xas->xa_node, slot)))
                break;
            order++;
        }

        order += xas->xa_node->shift;
        return order;
    }

    [KernelSource("lib/xarray.c", "xa_get_order", Parity.Full)]
    public static int xa_get_order(xarray* xa, ulong index)
    {
        xa_state xas = XA_STATE(xa, index);
        int order = 0;

        rcu_read_lock();
        void* entry = xas_load(&xas);
        if (entry != null)
            order = xas_get_order(&xas);
        rcu_read_unlock();

        return order;
    }

    [KernelSource("lib/xarray.c", "__xa_alloc", Parity.Full)]
    public static int __xa_alloc(xarray* xa, u32* id, void* entry, xa_limit limit, gfp_t gfp)
    {
        xa_state xas = XA_STATE(xa, 0);

        if (WARN_ON_ONCE(xa_is_advanced(entry)))
            return -EINVAL;
        if (WARN_ON_ONCE(!xa_track_free(xa)))
            return -EINVAL;

        if (entry == null)
            entry = XA_ZERO_ENTRY;

        do
        {
            xas.xa_index = limit.min;
            xas_find_marked(&xas, limit.max, XA_FREE_MARK);
            if (xas.xa_node == XAS_RESTART)
                xas_set_err(&xas, -EBUSY);
            else
                *id = (u32)xas.xa_index;
            xas_store(&xas, entry);
            xas_clear_mark(&xas, XA_FREE_MARK);
        } while (__xas_nomem(&xas, gfp));

        return xas_error(&xas);
    }

    /// <summary>Starts at *next, and once more at the bottom; 1 says that the search went round.</summary>
    [KernelSource("lib/xarray.c", "__xa_alloc_cyclic", Parity.Full)]
    public static int __xa_alloc_cyclic(xarray* xa, u32* id, void* entry, xa_limit limit, u32* next, gfp_t gfp)
    {
        u32 min = limit.min;
        int ret;

        limit.min = max(min, *next);
        ret = __xa_alloc(xa, id, entry, limit, gfp);
        if ((xa->xa_flags & XA_FLAGS_ALLOC_WRAPPED) != 0 && ret == 0)
        {
            xa->xa_flags &= ~XA_FLAGS_ALLOC_WRAPPED;
            ret = 1;
        }

        if (ret < 0 && limit.min > min)
        {
            limit.min = min;
            ret = __xa_alloc(xa, id, entry, limit, gfp);
            if (ret == 0)
                ret = 1;
        }

        if (ret >= 0)
        {
            *next = *id + 1;
            if (*next == 0)
                xa->xa_flags |= XA_FLAGS_ALLOC_WRAPPED;
        }
        return ret;
    }

    [KernelSource("lib/xarray.c", "__xa_set_mark", Parity.Full)]
    public static void __xa_set_mark(xarray* xa, ulong index, xa_mark_t mark)
    {
        xa_state xas = XA_STATE(xa, index);
        void* entry = xas_load(&xas);

        if (entry != null)
            xas_set_mark(&xas, mark);
    }

    [KernelSource("lib/xarray.c", "__xa_clear_mark", Parity.Full)]
    public static void __xa_clear_mark(xarray* xa, ulong index, xa_mark_t mark)
    {
        xa_state xas = XA_STATE(xa, index);
        void* entry = xas_load(&xas);

        if (entry != null)
            xas_clear_mark(&xas, mark);
    }

    [KernelSource("lib/xarray.c", "xa_get_mark", Parity.Full)]
    public static bool xa_get_mark(xarray* xa, ulong index, xa_mark_t mark)
    {
        xa_state xas = XA_STATE(xa, index);
        void* entry;

        rcu_read_lock();
        entry = xas_start(&xas);
        while (xas_get_mark(&xas, mark))
        {
            if (!xa_is_node(entry))
                goto found;
            entry = xas_descend(&xas, xa_to_node(entry));
        }
        rcu_read_unlock();
        return false;
    found:
        rcu_read_unlock();
        return true;
    }

    [KernelSource("lib/xarray.c", "xa_set_mark", Parity.Full)]
    public static void xa_set_mark(xarray* xa, ulong index, xa_mark_t mark)
    {
        xa_lock(xa);
        __xa_set_mark(xa, index, mark);
        xa_unlock(xa);
    }

    [KernelSource("lib/xarray.c", "xa_clear_mark", Parity.Full)]
    public static void xa_clear_mark(xarray* xa, ulong index, xa_mark_t mark)
    {
        xa_lock(xa);
        __xa_clear_mark(xa, index, mark);
        xa_unlock(xa);
    }

    [KernelSource("lib/xarray.c", "xa_find", Parity.Full)]
    public static void* xa_find(xarray* xa, ulong* indexp, ulong max, xa_mark_t filter)
    {
        xa_state xas = XA_STATE(xa, *indexp);
        void* entry;

        rcu_read_lock();
        do
        {
            if (filter < XA_MAX_MARKS)
                entry = xas_find_marked(&xas, max, filter);
            else
                entry = xas_find(&xas, max);
        } while (xas_retry(&xas, entry));
        rcu_read_unlock();

        if (entry != null)
            *indexp = xas.xa_index;
        return entry;
    }

    [KernelSource("lib/xarray.c", "xas_sibling", Parity.Full)]
    private static bool xas_sibling(xa_state* xas)
    {
        xa_node* node = xas->xa_node;

        return CONFIG_XARRAY_MULTI && node != null
            && (xas->xa_index & (((ulong)XA_CHUNK_SIZE << node->shift) - 1)) > (ulong)xas->xa_offset << node->shift;
    }

    [KernelSource("lib/xarray.c", "xa_find_after", Parity.Full)]
    public static void* xa_find_after(xarray* xa, ulong* indexp, ulong max, xa_mark_t filter)
    {
        xa_state xas = XA_STATE(xa, *indexp + 1);
        void* entry;

        if (xas.xa_index == 0)
            return null;

        rcu_read_lock();
        for (;;)
        {
            if (filter < XA_MAX_MARKS)
                entry = xas_find_marked(&xas, max, filter);
            else
                entry = xas_find(&xas, max);

            if (xas_invalid(&xas))
                break;
            if (xas_sibling(&xas))
                continue;
            if (!xas_retry(&xas, entry))
                break;
        }
        rcu_read_unlock();

        if (entry != null)
            *indexp = xas.xa_index;
        return entry;
    }

    [KernelSource("lib/xarray.c", "xas_extract_present", Parity.Full)]
    private static uint xas_extract_present(xa_state* xas, void** dst, ulong max, uint n)
    {
        uint i = 0;

        rcu_read_lock();
        for (void* entry = xas_find(xas, max); entry != null; entry = xas_next_entry(xas, max))
        {
            if (xas_retry(xas, entry))
                continue;
            dst[i++] = entry;
            if (i == n)
                break;
        }
        rcu_read_unlock();

        return i;
    }

    [KernelSource("lib/xarray.c", "xas_extract_marked", Parity.Full)]
    private static uint xas_extract_marked(xa_state* xas, void** dst, ulong max, uint n, xa_mark_t mark)
    {
        uint i = 0;

        rcu_read_lock();
        for (void* entry = xas_find_marked(xas, max, mark); entry != null; entry = xas_next_marked(xas, max, mark))
        {
            if (xas_retry(xas, entry))
                continue;
            dst[i++] = entry;
            if (i == n)
                break;
        }
        rcu_read_unlock();

        return i;
    }

    [KernelSource("lib/xarray.c", "xa_extract", Parity.Full)]
    public static uint xa_extract(xarray* xa, void** dst, ulong start, ulong max, uint n, xa_mark_t filter)
    {
        xa_state xas = XA_STATE(xa, start);

        if (n == 0)
            return 0;

        if (filter < XA_MAX_MARKS)
            return xas_extract_marked(&xas, dst, max, n, filter);
        return xas_extract_present(&xas, dst, max, n);
    }

    /// <summary>For who finds a node that holds only shadow entries: empties its slot in the parent.</summary>
    [KernelSource("lib/xarray.c", "xa_delete_node", Parity.Full)]
    public static void xa_delete_node(xa_node* node, delegate*<xa_node*, void> update)
    {
        xa_state xas = new()
        {
            xa = node->array,
            xa_index = (ulong)node->offset << (node->shift + XA_CHUNK_SHIFT),
            xa_shift = (byte)(node->shift + XA_CHUNK_SHIFT),
            xa_offset = node->offset,
            xa_node = xa_parent_locked(node->array, node),
            xa_update = update,
        };

        xas_store(&xas, null);
    }

    [KernelSource("lib/xarray.c", "xa_destroy", Parity.Full)]
    public static void xa_destroy(xarray* xa)
    {
        xa_state xas = XA_STATE(xa, 0);
        void* entry;

        xas.xa_node = null;
        xas_lock_irqsave(&xas, out IrqFlags flags);
        entry = xa_head_locked(xa);
        RCU_INIT_POINTER(&xa->xa_head, null);
        xas_init_marks(&xas);
        if (xa_zero_busy(xa))
            xa_mark_clear(xa, XA_FREE_MARK);
        // An array of one entry has no nodes.
        if (xa_is_node(entry))
            xas_free_nodes(&xas, xa_to_node(entry));
        xas_unlock_irqrestore(&xas, flags);
    }
}
