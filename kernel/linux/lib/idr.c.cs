// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_bitmap_h;
using static Linux.linux_bug_h;
using static Linux.linux_idr_h;
using static Linux.linux_radix_tree_h;
using static Linux.linux_slab_h;
using static Linux.linux_spinlock_h;
using static Linux.linux_xarray_h;
using static Linux.lib_radix_tree_c;

namespace Linux;

public static unsafe partial class lib_idr_c
{
    /// <summary>The lowest free ID from *nextid to max, for ptr; the ID comes back in *nextid.</summary>
    [KernelSource("lib/idr.c", "idr_alloc_u32", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int idr_alloc_u32(idr* idr, void* ptr, u32* nextid, ulong max, gfp_t gfp)
    {
        radix_tree_iter iter;
        Rcu** slot;
        uint @base = idr->idr_base;
        uint id = *nextid;

        if (WARN_ON_ONCE((idr->idr_rt.xa_flags & ROOT_IS_IDR) == 0))
            idr->idr_rt.xa_flags |= IDR_RT_MARKER;
        if (max < @base)
            return -ENOSPC;

        id = id < @base ? 0 : id - @base;
        radix_tree_iter_init(&iter, id);
        slot = idr_get_free(&idr->idr_rt, &iter, gfp, max - @base);
        if (IS_ERR(slot))
            return (int)PTR_ERR(slot);

        *nextid = (u32)iter.index + @base;
        // The pointer goes in before the tag goes: the count of the node depends on it.
        radix_tree_iter_replace(&idr->idr_rt, &iter, slot, ptr);
        radix_tree_iter_tag_clear(&idr->idr_rt, &iter, IDR_FREE);

        return 0;
    }

    /// <summary>An ID from start up to end - 1; an end of 0 is no end.</summary>
    [KernelSource("lib/idr.c", "idr_alloc", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int idr_alloc(idr* idr, void* ptr, int start, int end, gfp_t gfp)
    {
        u32 id = (u32)start;
        int ret;

        if (WARN_ON_ONCE(start < 0))
            return -EINVAL;

        ret = idr_alloc_u32(idr, ptr, &id, (ulong)(end > 0 ? end - 1 : INT_MAX), gfp);
        if (ret != 0)
            return ret;

        return (int)id;
    }

    [KernelSource("lib/idr.c", "idr_alloc_cyclic", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int idr_alloc_cyclic(idr* idr, void* ptr, int start, int end, gfp_t gfp)
    {
        u32 id = idr->idr_next;
        int err, max = end > 0 ? end - 1 : INT_MAX;

        if ((int)id < start)
            id = (u32)start;

        err = idr_alloc_u32(idr, ptr, &id, (ulong)max, gfp);
        if (err == -ENOSPC && id > start)
        {
            id = (u32)start;
            err = idr_alloc_u32(idr, ptr, &id, (ulong)max, gfp);
        }
        if (err != 0)
            return err;

        idr->idr_next = id + 1;
        return (int)id;
    }

    [KernelSource("lib/idr.c", "idr_remove", Parity.Full)]
    public static void* idr_remove(idr* idr, ulong id) => radix_tree_delete_item(&idr->idr_rt, id - idr->idr_base, null);

    [KernelSource("lib/idr.c", "idr_find", Parity.Full)]
    public static void* idr_find(idr* idr, ulong id) => radix_tree_lookup(&idr->idr_rt, id - idr->idr_base);

    [KernelSource("lib/idr.c", "idr_for_each", Parity.Full)]
    public static int idr_for_each(idr* idr, delegate*<int, void*, void*, int> fn, void* data)
    {
        radix_tree_iter iter;
        Rcu** slot;
        uint @base = idr->idr_base;

        for (slot = radix_tree_iter_init(&iter, 0);
             slot != null || (slot = radix_tree_next_chunk(&idr->idr_rt, &iter, 0)) != null;
             slot = radix_tree_next_slot(slot, &iter, 0))
        {
            int ret;
            ulong id = iter.index + @base;

            if (WARN_ON_ONCE(id > INT_MAX))
                break;
            ret = fn((int)id, rcu_dereference_raw(slot), data);
            if (ret != 0)
                return ret;
        }

        return 0;
    }

    [KernelSource("lib/idr.c", "idr_get_next_ul", Parity.Full)]
    public static void* idr_get_next_ul(idr* idr, ulong* nextid)
    {
        radix_tree_iter iter;
        Rcu** slot;
        void* entry = null;
        ulong @base = idr->idr_base;
        ulong id = *nextid;

        id = id < @base ? 0 : id - @base;
        for (slot = radix_tree_iter_init(&iter, id);
             slot != null || (slot = radix_tree_next_chunk(&idr->idr_rt, &iter, 0)) != null;
             slot = radix_tree_next_slot(slot, &iter, 0))
        {
            entry = rcu_dereference_raw(slot);
            if (entry == null)
                continue;
            if (!xa_is_internal(entry))
                break;
            if (slot != &idr->idr_rt.xa_head && !xa_is_retry(entry))
                break;
            slot = radix_tree_iter_retry(&iter);
        }
        if (slot == null)
            return null;

        *nextid = iter.index + @base;
        return entry;
    }

    [KernelSource("lib/idr.c", "idr_get_next", Parity.Full)]
    public static void* idr_get_next(idr* idr, int* nextid)
    {
        ulong id = (ulong)*nextid;
        void* entry = idr_get_next_ul(idr, &id);

        if (WARN_ON_ONCE(id > INT_MAX))
            return null;
        *nextid = (int)id;
        return entry;
    }

    [KernelSource("lib/idr.c", "idr_replace", Parity.Full)]
    public static void* idr_replace(idr* idr, void* ptr, ulong id)
    {
        xa_node* node;
        Rcu** slot = null;
        void* entry;

        id -= idr->idr_base;

        entry = __radix_tree_lookup(&idr->idr_rt, id, &node, &slot);
        if (slot == null || radix_tree_tag_get(&idr->idr_rt, id, IDR_FREE))
            return ERR_PTR(-ENOENT);

        __radix_tree_replace(&idr->idr_rt, node, slot, ptr);

        return entry;
    }

    /// <summary>The lowest free ID from min to max. 1024 IDs share an entry: a value while only low ones are in use, else a bitmap.</summary>
    [KernelSource("lib/idr.c", "ida_alloc_range", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int ida_alloc_range(ida* ida, uint min, uint max, gfp_t gfp)
    {
        xa_state xas = XA_STATE(&ida->xa, min / IDA_BITMAP_BITS);
        uint bit = min % IDA_BITMAP_BITS;
        IrqFlags flags;
        ida_bitmap* bitmap;
        ida_bitmap* alloc = null;

        if ((int)min < 0)
            return -ENOSPC;

        if ((int)max < 0)
            max = INT_MAX;

    retry:
        xas_lock_irqsave(&xas, out flags);
    next:
        bitmap = (ida_bitmap*)xas_find_marked(&xas, max / IDA_BITMAP_BITS, XA_FREE_MARK);
        if (xas.xa_index > min / IDA_BITMAP_BITS)
            bit = 0;
        if (xas.xa_index * IDA_BITMAP_BITS + bit > max)
            goto nospc;

        if (xa_is_value(bitmap))
        {
            ulong tmp = xa_to_value(bitmap);

            if (bit < BITS_PER_XA_VALUE)
            {
                bit = (uint)find_next_zero_bit(&tmp, BITS_PER_XA_VALUE, bit);
                if (xas.xa_index * IDA_BITMAP_BITS + bit > max)
                    goto nospc;
                if (bit < BITS_PER_XA_VALUE)
                {
                    tmp |= 1UL << (int)bit;
                    xas_store(&xas, xa_mk_value(tmp));
                    goto @out;
                }
            }
            bitmap = alloc;
            if (bitmap == null)
                bitmap = (ida_bitmap*)kzalloc((ulong)sizeof(ida_bitmap), GFP_NOWAIT);
            if (bitmap == null)
                goto alloc;
            bitmap->bitmap[0] = tmp;
            xas_store(&xas, bitmap);
            if (xas_error(&xas) != 0)
            {
                bitmap->bitmap[0] = 0;
                goto @out;
            }
        }

        if (bitmap != null)
        {
            bit = (uint)find_next_zero_bit(bitmap->bitmap, IDA_BITMAP_BITS, bit);
            if (xas.xa_index * IDA_BITMAP_BITS + bit > max)
                goto nospc;
            if (bit == IDA_BITMAP_BITS)
                goto next;

            __set_bit(bit, bitmap->bitmap);
            if (bitmap_full(bitmap->bitmap, IDA_BITMAP_BITS))
                xas_clear_mark(&xas, XA_FREE_MARK);
        }
        else
        {
            if (bit < BITS_PER_XA_VALUE)
            {
                bitmap = (ida_bitmap*)xa_mk_value(1UL << (int)bit);
            }
            else
            {
                bitmap = alloc;
                if (bitmap == null)
                    bitmap = (ida_bitmap*)kzalloc((ulong)sizeof(ida_bitmap), GFP_NOWAIT);
                if (bitmap == null)
                    goto alloc;
                __set_bit(bit, bitmap->bitmap);
            }
            xas_store(&xas, bitmap);
        }
    @out:
        xas_unlock_irqrestore(&xas, flags);
        if (xas_nomem(&xas, gfp))
        {
            xas.xa_index = min / IDA_BITMAP_BITS;
            bit = min % IDA_BITMAP_BITS;
            goto retry;
        }
        if (bitmap != alloc)
            kfree(alloc);
        if (xas_error(&xas) != 0)
            return xas_error(&xas);
        return (int)(xas.xa_index * IDA_BITMAP_BITS + bit);
    alloc:
        xas_unlock_irqrestore(&xas, flags);
        alloc = (ida_bitmap*)kzalloc((ulong)sizeof(ida_bitmap), gfp);
        if (alloc == null)
            return -ENOMEM;
        xas_set(&xas, min / IDA_BITMAP_BITS);
        bit = min % IDA_BITMAP_BITS;
        goto retry;
    nospc:
        xas_unlock_irqrestore(&xas, flags);
        kfree(alloc);
        return -ENOSPC;
    }

    /// <summary>The lowest ID in use from min to max.</summary>
    [KernelSource("lib/idr.c", "ida_find_first_range", Parity.Full)]
    public static int ida_find_first_range(ida* ida, uint min, uint max)
    {
        ulong index = min / IDA_BITMAP_BITS;
        uint offset = min % IDA_BITMAP_BITS;
        ulong* addr;
        ulong size, bit;
        ulong tmp = 0;
        IrqFlags flags;
        void* entry;
        int ret;

        if ((int)min < 0)
            return -EINVAL;
        if ((int)max < 0)
            max = INT_MAX;

        xa_lock_irqsave(&ida->xa, out flags);

        entry = xa_find(&ida->xa, &index, max / IDA_BITMAP_BITS, XA_PRESENT);
        if (entry == null)
        {
            ret = -ENOENT;
            goto err_unlock;
        }

        if (index > min / IDA_BITMAP_BITS)
            offset = 0;
        if (index * IDA_BITMAP_BITS + offset > max)
        {
            ret = -ENOENT;
            goto err_unlock;
        }

        if (xa_is_value(entry))
        {
            tmp = xa_to_value(entry);
            addr = &tmp;
            size = BITS_PER_XA_VALUE;
        }
        else
        {
            addr = ((ida_bitmap*)entry)->bitmap;
            size = IDA_BITMAP_BITS;
        }

        bit = find_next_bit(addr, size, offset);

        xa_unlock_irqrestore(&ida->xa, flags);

        if (bit == size || index * IDA_BITMAP_BITS + bit > max)
            return -ENOENT;

        return (int)(index * IDA_BITMAP_BITS + bit);

    err_unlock:
        xa_unlock_irqrestore(&ida->xa, flags);
        return ret;
    }

    [KernelSource("lib/idr.c", "ida_free", Parity.Full)]
    public static void ida_free(ida* ida, uint id)
    {
        xa_state xas = XA_STATE(&ida->xa, id / IDA_BITMAP_BITS);
        uint bit = id % IDA_BITMAP_BITS;
        ida_bitmap* bitmap;
        IrqFlags flags;

        if ((int)id < 0)
            return;

        xas_lock_irqsave(&xas, out flags);
        bitmap = (ida_bitmap*)xas_load(&xas);

        if (xa_is_value(bitmap))
        {
            ulong v = xa_to_value(bitmap);
            if (bit >= BITS_PER_XA_VALUE)
                goto err;
            if ((v & (1UL << (int)bit)) == 0)
                goto err;
            v &= ~(1UL << (int)bit);
            if (v == 0)
                xas_store(&xas, null);
            else
                xas_store(&xas, xa_mk_value(v));
        }
        else
        {
            if (bitmap == null || !test_bit(bit, bitmap->bitmap))
                goto err;
            __clear_bit(bit, bitmap->bitmap);
            xas_set_mark(&xas, XA_FREE_MARK);
            if (bitmap_empty(bitmap->bitmap, IDA_BITMAP_BITS))
            {
                kfree(bitmap);
                xas_store(&xas, null);
            }
        }
        xas_unlock_irqrestore(&xas, flags);
        return;
    err:
        xas_unlock_irqrestore(&xas, flags);
        WARN_ON(true);
    }

    [KernelSource("lib/idr.c", "ida_destroy", Parity.Full)]
    public static void ida_destroy(ida* ida)
    {
        xa_state xas = XA_STATE(&ida->xa, 0);
        IrqFlags flags;

        xas_lock_irqsave(&xas, out flags);
        for (void* bitmap = xas_find(&xas, ULONG_MAX); bitmap != null; bitmap = xas_next_entry(&xas, ULONG_MAX))
        {
            if (!xa_is_value(bitmap))
                kfree(bitmap);
            xas_store(&xas, null);
        }
        xas_unlock_irqrestore(&xas, flags);
    }
}
