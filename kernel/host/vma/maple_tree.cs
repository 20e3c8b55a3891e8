// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_slab_h;

namespace Linux;

/// <summary>
/// The maple tree's interface over a sorted array of ranges. The kernel's nodes come from a cache without
/// SLAB_ACCOUNT, so what a mm's tree takes is never charged; the array here is not charged either. Readers hold the
/// mmap lock: nobody walks it under RCU, so an outgrown array is freed at once.
/// </summary>
public static unsafe partial class linux_maple_tree_h
{
    // One node of the kernel's is 256 bytes: that is what the first array takes.
    private const uint MT_MIN_SLOTS = 10;

    [KernelSource("include/linux/maple_tree.h", "mt_init_flags", Parity.Full)]
    public static void mt_init_flags(maple_tree* mt, uint flags)
    {
        mt->ma_flags = flags;
        mt->ma_root = null;
    }

    private static mt_array* mt_root(maple_tree* mt) => rcu_dereference_protected(&mt->ma_root, true);

    [KernelSource("include/linux/maple_tree.h", "mas_init", Parity.Full)]
    public static void mas_init(ma_state* mas, maple_tree* tree, ulong addr)
    {
        *mas = default;
        mas->tree = tree;
        mas->index = addr;
        mas->last = addr;
        mas->status = ma_start;
    }

    [KernelSource("include/linux/maple_tree.h", "MA_STATE", Parity.Full)]
    public static ma_state MA_STATE(maple_tree* mt, ulong first, ulong end) =>
        new() { tree = mt, index = first, last = end, status = ma_start };

    [KernelSource("include/linux/maple_tree.h", "mas_set_range", Parity.Full)]
    public static void mas_set_range(ma_state* mas, ulong start, ulong last)
    {
        mas->status = ma_start;
        mas->index = start;
        mas->last = last;
    }

    [KernelSource("include/linux/maple_tree.h", "__mas_set_range", Parity.Full)]
    public static void __mas_set_range(ma_state* mas, ulong start, ulong last)
    {
        mas->index = start;
        mas->last = last;
    }

    [KernelSource("include/linux/maple_tree.h", "mas_set", Parity.Full)]
    public static void mas_set(ma_state* mas, ulong index) => mas_set_range(mas, index, index);

    [KernelSource("include/linux/maple_tree.h", "mas_reset", Parity.Full)]
    public static void mas_reset(ma_state* mas) => mas->status = ma_start;

    // The next find goes on behind the range of this one, whatever happened to the tree meanwhile.
    [KernelSource("include/linux/maple_tree.h", "mas_pause", Parity.Full)]
    public static void mas_pause(ma_state* mas) => mas->status = ma_pause;

    [KernelSource("include/linux/maple_tree.h", "mas_is_err", Parity.Full)]
    public static bool mas_is_err(ma_state* mas) => mas->status == ma_error;

    [KernelSource("include/linux/maple_tree.h", "mas_is_start", Parity.Full)]
    public static bool mas_is_start(ma_state* mas) => mas->status == ma_start;

    [KernelSource("include/linux/maple_tree.h", "mtree_empty", Parity.Full)]
    public static bool mtree_empty(maple_tree* mt) => mt_root(mt) == null || mt_root(mt)->count == 0;

    // The first slot that ends at or after addr; count when there is none.
    private static uint first_ending_at(mt_array* root, ulong addr)
    {
        uint lo = 0, hi = root == null ? 0 : root->count;
        mt_slot* slots = root == null ? null : root->slots;

        while (lo < hi)
        {
            uint mid = (lo + hi) >> 1;

            if (slots[mid].last < addr)
                lo = mid + 1;
            else
                hi = mid;
        }
        return lo;
    }

    private static void* found(ma_state* mas, mt_slot* slot)
    {
        mas->index = slot->first;
        mas->last = slot->last;
        mas->status = ma_active;
        return slot->entry;
    }

    [KernelSource("include/linux/maple_tree.h", "mtree_load", Parity.Full)]
    public static void* mtree_load(maple_tree* mt, ulong index)
    {
        mt_array* root = mt_root(mt);
        uint i = first_ending_at(root, index);

        if (root == null || i == root->count || root->slots[i].first > index)
            return null;
        return root->slots[i].entry;
    }

    [KernelSource("include/linux/maple_tree.h", "mt_find", Parity.Full)]
    public static void* mt_find(maple_tree* mt, ulong* index, ulong max)
    {
        mt_array* root = mt_root(mt);
        uint i = first_ending_at(root, *index);

        if (*index > max || root == null || i == root->count || root->slots[i].first > max)
            return null;
        *index = root->slots[i].last + 1;
        return root->slots[i].entry;
    }

    // The entry at index, or null; either way the state covers the whole range, a gap too.
    [KernelSource("include/linux/maple_tree.h", "mas_walk", Parity.Full)]
    public static void* mas_walk(ma_state* mas)
    {
        mt_array* root = mt_root(mas->tree);
        uint i = first_ending_at(root, mas->index);
        uint count = root == null ? 0 : root->count;

        if (i < count && root->slots[i].first <= mas->index)
            return found(mas, &root->slots[i]);

        mas->last = i < count ? root->slots[i].first - 1 : ulong.MaxValue;
        mas->index = i > 0 ? root->slots[i - 1].last + 1 : 0;
        mas->status = ma_active;
        return null;
    }

    // The entry at index when the search is new, then the entries behind it.
    [KernelSource("include/linux/maple_tree.h", "mas_find", Parity.Full)]
    public static void* mas_find(ma_state* mas, ulong max)
    {
        ulong from = mas->index;

        if (mas->status is ma_active or ma_pause or ma_overflow)
        {
            if (mas->last >= max)
                return null;
            from = mas->last + 1;
        }
        if (from > max)
            return null;

        mt_array* root = mt_root(mas->tree);
        uint i = first_ending_at(root, from);
        if (root == null || i == root->count || root->slots[i].first > max)
        {
            mas->index = max;
            mas->last = max;
            mas->status = ma_overflow;
            return null;
        }
        return found(mas, &root->slots[i]);
    }

    // The entry behind the current range, even when the search is new.
    [KernelSource("include/linux/maple_tree.h", "mas_next", Parity.Full)]
    public static void* mas_next(ma_state* mas, ulong max)
    {
        if (mas->status != ma_active)
            mas_walk(mas);
        return mas_find(mas, max);
    }

    // The range behind the current one, which may be a gap.
    [KernelSource("include/linux/maple_tree.h", "mas_next_range", Parity.Full)]
    public static void* mas_next_range(ma_state* mas, ulong max)
    {
        if (mas->status != ma_active)
            mas_walk(mas);
        if (mas->last >= max)
        {
            mas->status = ma_overflow;
            return null;
        }
        mas->index = mas->last + 1;
        return mas_walk(mas);
    }

    // The entry before the current range.
    [KernelSource("include/linux/maple_tree.h", "mas_prev", Parity.Full)]
    public static void* mas_prev(ma_state* mas, ulong min)
    {
        if (mas->status != ma_active)
            mas_walk(mas);

        mt_array* root = mt_root(mas->tree);
        uint i = first_ending_at(root, mas->index);
        if (root == null || i == 0 || root->slots[i - 1].last < min)
        {
            mas->index = min;
            mas->last = min;
            mas->status = ma_underflow;
            return null;
        }
        return found(mas, &root->slots[i - 1]);
    }

    // The highest hole of the size inside [min, max].
    [KernelSource("include/linux/maple_tree.h", "mas_empty_area_rev", Parity.Full)]
    public static int mas_empty_area_rev(ma_state* mas, ulong min, ulong max, ulong size)
    {
        mt_array* root = mt_root(mas->tree);
        uint i = first_ending_at(root, max);
        uint count = root == null ? 0 : root->count;
        ulong top = max;

        if (i < count && root->slots[i].first <= max)
            top = root->slots[i].first - 1;
        for (; ; )
        {
            ulong bottom = i > 0 ? root->slots[i - 1].last + 1 : 0;

            bottom = Math.Max(bottom, min);
            if (top >= bottom && top - bottom >= size - 1)
            {
                mas->last = top;
                mas->index = top - size + 1;
                mas->status = ma_active;
                return 0;
            }
            if (i == 0 || root->slots[i - 1].first <= min)
                return -EBUSY;
            i--;
            top = root->slots[i].first - 1;
        }
    }

    // The lowest hole of the size inside [min, max].
    [KernelSource("include/linux/maple_tree.h", "mas_empty_area", Parity.Full)]
    public static int mas_empty_area(ma_state* mas, ulong min, ulong max, ulong size)
    {
        mt_array* root = mt_root(mas->tree);
        uint i = first_ending_at(root, min);
        uint count = root == null ? 0 : root->count;
        ulong bottom = min;

        for (; ; i++)
        {
            ulong top = i < count ? root->slots[i].first - 1 : ulong.MaxValue;
            bool empty = i < count && root->slots[i].first <= bottom;

            top = Math.Min(top, max);
            if (!empty && top >= bottom && top - bottom >= size - 1)
            {
                mas->index = bottom;
                mas->last = bottom + size - 1;
                mas->status = ma_active;
                return 0;
            }
            if (i >= count || root->slots[i].last >= max)
                return -EBUSY;
            bottom = root->slots[i].last + 1;
        }
    }

    private static mt_array* alloc_array(uint capacity, gfp_t gfp)
    {
        mt_array* root = (mt_array*)kmalloc((ulong)sizeof(mt_array) + capacity * (ulong)sizeof(mt_slot), gfp);

        if (root != null)
        {
            root->count = 0;
            root->capacity = capacity;
        }
        return root;
    }

    // A store replaces one range by up to three.
    private static bool mas_room(ma_state* mas) =>
        mas->spare != null || (mt_root(mas->tree) != null && mt_root(mas->tree)->count + 2 <= mt_root(mas->tree)->capacity);

    [KernelSource("include/linux/maple_tree.h", "mas_preallocate", Parity.Full)]
    public static int mas_preallocate(ma_state* mas, void* entry, gfp_t gfp)
    {
        mt_array* root = mt_root(mas->tree);

        if (mas_room(mas))
            return 0;
        mas->spare = alloc_array(root == null ? MT_MIN_SLOTS : root->capacity * 2, gfp);
        return mas->spare == null ? -ENOMEM : 0;
    }

    // Puts entry at [index, last] and cuts what was there; null makes a gap.
    [KernelSource("include/linux/maple_tree.h", "mas_store_prealloc", Parity.Full)]
    public static void mas_store_prealloc(ma_state* mas, void* entry)
    {
        maple_tree* mt = mas->tree;
        ulong first = mas->index, last = mas->last;

        if (mas->spare != null)
        {
            mt_array* old = mt_root(mt), grown = mas->spare;

            mas->spare = null;
            if (old != null)
            {
                memcpy(grown->slots, old->slots, old->count * (ulong)sizeof(mt_slot));
                grown->count = old->count;
            }
            rcu_assign_pointer(&mt->ma_root, grown);
            kfree(old);
        }

        mt_array* root = mt_root(mt);
        mt_slot* slots = root->slots;
        uint i = first_ending_at(root, first), j = i;
        while (j < root->count && slots[j].first <= last)
            j++;

        // [i, j) is touched. What sticks out on either side stays.
        mt_slot* put = stackalloc mt_slot[3];
        uint n = 0;
        if (j > i && slots[i].first < first)
            put[n++] = new() { first = slots[i].first, last = first - 1, entry = slots[i].entry };
        if (entry != null)
            put[n++] = new() { first = first, last = last, entry = entry };
        if (j > i && slots[j - 1].last > last)
            put[n++] = new() { first = last + 1, last = slots[j - 1].last, entry = slots[j - 1].entry };

        BUG_ON(root->count - (j - i) + n > root->capacity);
        memmove(slots + i + n, slots + j, (root->count - j) * (ulong)sizeof(mt_slot));
        for (uint k = 0; k < n; k++)
            slots[i + k] = put[k];
        root->count = root->count - (j - i) + n;
        mas->status = ma_active;
        // A tree that is empty again has no nodes.
        if (root->count == 0)
            __mt_destroy(mt);
    }

    [KernelSource("include/linux/maple_tree.h", "mas_store_gfp", Parity.Full)]
    public static int mas_store_gfp(ma_state* mas, void* entry, gfp_t gfp)
    {
        int ret = mas_preallocate(mas, entry, gfp);

        if (ret != 0)
        {
            mas->status = ma_error;
            mas->error = ret;
            return ret;
        }
        mas_store_prealloc(mas, entry);
        return 0;
    }

    [KernelSource("include/linux/maple_tree.h", "mas_store", Parity.Full)]
    public static void mas_store(ma_state* mas, void* entry) => mas_store_gfp(mas, entry, GFP_KERNEL);

    // Gives back what was set aside and not used.
    [KernelSource("include/linux/maple_tree.h", "mas_destroy", Parity.Full)]
    public static void mas_destroy(ma_state* mas)
    {
        kfree(mas->spare);
        mas->spare = null;
    }

    [KernelSource("include/linux/maple_tree.h", "__mt_dup", Parity.Full)]
    public static int __mt_dup(maple_tree* mt, maple_tree* @new, gfp_t gfp)
    {
        mt_array* root = mt_root(mt);

        if (root == null)
            return 0;

        mt_array* copy = alloc_array(root->capacity, gfp);
        if (copy == null)
            return -ENOMEM;
        memcpy(copy->slots, root->slots, root->count * (ulong)sizeof(mt_slot));
        copy->count = root->count;
        rcu_assign_pointer(&@new->ma_root, copy);
        return 0;
    }

    [KernelSource("include/linux/maple_tree.h", "__mt_destroy", Parity.Full)]
    public static void __mt_destroy(maple_tree* mt)
    {
        kfree(mt_root(mt));
        mt->ma_root = null;
    }
}
