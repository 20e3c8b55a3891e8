// SPDX-License-Identifier: GPL-2.0-only
// lib/radix-tree.c, second part: the interface, and what idr.c needs of it.
using static Linux.linux_bitmap_h;
using static Linux.linux_bitops_h;
using static Linux.linux_errno_h;
using static Linux.linux_idr_h;
using static Linux.linux_radix_tree_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_slab_h;
using static Linux.linux_xarray_h;
using static Linux.lib_radix_tree_h;

namespace Linux;

public static unsafe partial class lib_radix_tree_c
{
    [KernelSource("lib/radix-tree.c", "insert_entries", Parity.Full)]
    private static int insert_entries(xa_node* node, Rcu** slot, void* item)
    {
        if (*slot != null)
            return -EEXIST;
        rcu_assign_pointer(slot, item);
        if (node != null)
        {
            node->count++;
            if (xa_is_value(item))
                node->nr_values++;
        }
        return 1;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_insert", Parity.Full)]
    public static int radix_tree_insert(xarray* root, ulong index, void* item)
    {
        xa_node* node;
        Rcu** slot;
        int error;

        BUG_ON(radix_tree_is_internal_node(item));

        error = __radix_tree_create(root, index, &node, &slot);
        if (error != 0)
            return error;

        error = insert_entries(node, slot, item);
        if (error < 0)
            return error;

        if (node != null)
        {
            uint offset = get_slot_offset(node, slot);
            BUG_ON(tag_get(node, 0, offset));
            BUG_ON(tag_get(node, 1, offset));
            BUG_ON(tag_get(node, 2, offset));
        }
        else
        {
            BUG_ON(root_tags_get(root) != 0);
        }

        return 0;
    }

    [KernelSource("lib/radix-tree.c", "__radix_tree_lookup", Parity.Full)]
    public static void* __radix_tree_lookup(xarray* root, ulong index, xa_node** nodep, Rcu*** slotp)
    {
        xa_node* node;
        xa_node* parent;
        ulong maxindex;
        Rcu** slot;

    restart:
        parent = null;
        slot = &root->xa_head;
        radix_tree_load_root(root, &node, &maxindex);
        if (index > maxindex)
            return null;

        while (radix_tree_is_internal_node(node))
        {
            uint offset;

            parent = entry_to_node(node);
            offset = radix_tree_descend(parent, &node, index);
            slot = parent->slots + offset;
            if (node == RADIX_TREE_RETRY)
                goto restart;
            if (parent->shift == 0)
                break;
        }

        if (nodep != null)
            *nodep = parent;
        if (slotp != null)
            *slotp = slot;
        return node;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_lookup_slot", Parity.Full)]
    public static Rcu** radix_tree_lookup_slot(xarray* root, ulong index)
    {
        Rcu** slot;

        if (__radix_tree_lookup(root, index, null, &slot) == null)
            return null;
        return slot;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_lookup", Parity.Full)]
    public static void* radix_tree_lookup(xarray* root, ulong index) => __radix_tree_lookup(root, index, null, null);

    [KernelSource("lib/radix-tree.c", "replace_slot", Parity.Full)]
    private static void replace_slot(Rcu** slot, void* item, xa_node* node, int count, int values)
    {
        if (node != null && (count != 0 || values != 0))
        {
            node->count = (byte)(node->count + count);
            node->nr_values = (byte)(node->nr_values + values);
        }

        rcu_assign_pointer(slot, item);
    }

    [KernelSource("lib/radix-tree.c", "node_tag_get", Parity.Full)]
    private static bool node_tag_get(xarray* root, xa_node* node, uint tag, uint offset)
    {
        if (node != null)
            return tag_get(node, tag, offset);
        return root_tag_get(root, tag);
    }

    /// <summary>IDR users may store null in an ID they own: what counts there is the free tag, not the pointer.</summary>
    [KernelSource("lib/radix-tree.c", "calculate_count", Parity.Full)]
    private static int calculate_count(xarray* root, xa_node* node, Rcu** slot, void* item, void* old)
    {
        if (is_idr(root))
        {
            uint offset = get_slot_offset(node, slot);
            bool free = node_tag_get(root, node, IDR_FREE, offset);
            if (!free)
                return 0;
            if (old == null)
                return 1;
        }
        return (item != null ? 1 : 0) - (old != null ? 1 : 0);
    }

    [KernelSource("lib/radix-tree.c", "__radix_tree_replace", Parity.Full)]
    public static void __radix_tree_replace(xarray* root, xa_node* node, Rcu** slot, void* item)
    {
        void* old = rcu_dereference_raw(slot);
        int values = (xa_is_value(item) ? 1 : 0) - (xa_is_value(old) ? 1 : 0);
        int count = calculate_count(root, node, slot, item, old);

        // Without the node its counts cannot follow.
        WARN_ON_ONCE(node == null && slot != &root->xa_head && (count != 0 || values != 0));
        replace_slot(slot, item, node, count, values);

        if (node == null)
            return;

        delete_node(root, node);
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_replace_slot", Parity.Full)]
    public static void radix_tree_replace_slot(xarray* root, Rcu** slot, void* item) => __radix_tree_replace(root, null, slot, item);

    [KernelSource("lib/radix-tree.c", "radix_tree_iter_replace", Parity.Full)]
    public static void radix_tree_iter_replace(xarray* root, radix_tree_iter* iter, Rcu** slot, void* item)
        => __radix_tree_replace(root, iter->node, slot, item);

    [KernelSource("lib/radix-tree.c", "node_tag_set", Parity.Full)]
    private static void node_tag_set(xarray* root, xa_node* node, uint tag, uint offset)
    {
        while (node != null)
        {
            if (tag_get(node, tag, offset))
                return;
            tag_set(node, tag, offset);
            offset = node->offset;
            node = rcu_dereference_raw(&node->parent);
        }

        if (!root_tag_get(root, tag))
            root_tag_set(root, tag);
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_tag_set", Parity.Full)]
    public static void* radix_tree_tag_set(xarray* root, ulong index, uint tag)
    {
        xa_node* node;
        xa_node* parent;
        ulong maxindex;

        radix_tree_load_root(root, &node, &maxindex);
        BUG_ON(index > maxindex);

        while (radix_tree_is_internal_node(node))
        {
            uint offset;

            parent = entry_to_node(node);
            offset = radix_tree_descend(parent, &node, index);
            BUG_ON(node == null);

            if (!tag_get(parent, tag, offset))
                tag_set(parent, tag, offset);
        }

        if (!root_tag_get(root, tag))
            root_tag_set(root, tag);

        return node;
    }

    [KernelSource("lib/radix-tree.c", "node_tag_clear", Parity.Full)]
    private static void node_tag_clear(xarray* root, xa_node* node, uint tag, uint offset)
    {
        while (node != null)
        {
            if (!tag_get(node, tag, offset))
                return;
            tag_clear(node, tag, offset);
            if (any_tag_set(node, tag))
                return;

            offset = node->offset;
            node = rcu_dereference_raw(&node->parent);
        }

        if (root_tag_get(root, tag))
            root_tag_clear(root, tag);
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_tag_clear", Parity.Full)]
    public static void* radix_tree_tag_clear(xarray* root, ulong index, uint tag)
    {
        xa_node* node;
        xa_node* parent;
        ulong maxindex;
        uint offset = 0;

        radix_tree_load_root(root, &node, &maxindex);
        if (index > maxindex)
            return null;

        parent = null;

        while (radix_tree_is_internal_node(node))
        {
            parent = entry_to_node(node);
            offset = radix_tree_descend(parent, &node, index);
        }

        if (node != null)
            node_tag_clear(root, parent, tag, offset);

        return node;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_iter_tag_clear", Parity.Full)]
    public static void radix_tree_iter_tag_clear(xarray* root, radix_tree_iter* iter, uint tag)
        => node_tag_clear(root, iter->node, tag, iter_offset(iter));

    [KernelSource("lib/radix-tree.c", "radix_tree_tag_get", Parity.Full)]
    public static bool radix_tree_tag_get(xarray* root, ulong index, uint tag)
    {
        xa_node* node;
        xa_node* parent;
        ulong maxindex;

        if (!root_tag_get(root, tag))
            return false;

        radix_tree_load_root(root, &node, &maxindex);
        if (index > maxindex)
            return false;

        while (radix_tree_is_internal_node(node))
        {
            uint offset;

            parent = entry_to_node(node);
            offset = radix_tree_descend(parent, &node, index);

            if (!tag_get(parent, tag, offset))
                return false;
            if (node == RADIX_TREE_RETRY)
                break;
        }

        return true;
    }

    /// <summary>The tags from this slot on, so that the iterator steps over slots without looking at them.</summary>
    [KernelSource("lib/radix-tree.c", "set_iter_tags", Parity.Full)]
    private static void set_iter_tags(radix_tree_iter* iter, xa_node* node, uint offset, uint tag)
    {
        if (node == null)
        {
            iter->tags = 1;
            return;
        }

        // A node's tags are one word, so the C code's second word is never there.
        iter->tags = node->tags[tag] >> (int)offset;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_iter_resume", Parity.Full)]
    public static Rcu** radix_tree_iter_resume(Rcu** slot, radix_tree_iter* iter)
    {
        iter->index = __radix_tree_iter_add(iter, 1);
        iter->next_index = iter->index;
        iter->tags = 0;
        return null;
    }

    /// <summary>The first slot of the next run of slots in one node, from iter->next_index on.</summary>
    [KernelSource("lib/radix-tree.c", "radix_tree_next_chunk", Parity.Full)]
    public static Rcu** radix_tree_next_chunk(xarray* root, radix_tree_iter* iter, uint flags)
    {
        uint tag = flags & RADIX_TREE_ITER_TAG_MASK;
        xa_node* node;
        xa_node* child;
        ulong index, maxindex;
        uint offset;

        if ((flags & RADIX_TREE_ITER_TAGGED) != 0 && !root_tag_get(root, tag))
            return null;

        // An index that came round to 0 is the end: iter->index is then behind the start.
        index = iter->next_index;
        if (index == 0 && iter->index != 0)
            return null;

    restart:
        radix_tree_load_root(root, &child, &maxindex);
        if (index > maxindex)
            return null;
        if (child == null)
            return null;

        if (!radix_tree_is_internal_node(child))
        {
            iter->index = index;
            iter->next_index = maxindex + 1;
            iter->tags = 1;
            iter->node = null;
            return &root->xa_head;
        }

        do
        {
            node = entry_to_node(child);
            offset = radix_tree_descend(node, &child, index);

            if ((flags & RADIX_TREE_ITER_TAGGED) != 0 ? !tag_get(node, tag, offset) : child == null)
            {
                // A hole.
                if ((flags & RADIX_TREE_ITER_CONTIG) != 0)
                    return null;

                if ((flags & RADIX_TREE_ITER_TAGGED) != 0)
                {
                    offset = radix_tree_find_next_bit(node, tag, offset + 1);
                }
                else
                {
                    while (++offset < RADIX_TREE_MAP_SIZE)
                    {
                        if (rcu_dereference_raw(&node->slots[offset]) != null)
                            break;
                    }
                }
                index &= ~node_maxindex(node);
                index += (ulong)offset << node->shift;
                if (index == 0)
                    return null;
                if (offset == RADIX_TREE_MAP_SIZE)
                    goto restart;
                child = (xa_node*)rcu_dereference_raw(&node->slots[offset]);
            }

            if (child == null)
                goto restart;
            if (child == RADIX_TREE_RETRY)
                break;
        } while (node->shift != 0 && radix_tree_is_internal_node(child));

        iter->index = (index & ~node_maxindex(node)) | offset;
        iter->next_index = (index | node_maxindex(node)) + 1;
        iter->node = node;

        if ((flags & RADIX_TREE_ITER_TAGGED) != 0)
            set_iter_tags(iter, node, offset, tag);

        return node->slots + offset;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_gang_lookup", Parity.Full)]
    public static uint radix_tree_gang_lookup(xarray* root, void** results, ulong first_index, uint max_items)
    {
        radix_tree_iter iter;
        Rcu** slot;
        uint ret = 0;

        if (unlikely(max_items == 0))
            return 0;

        for (slot = radix_tree_iter_init(&iter, first_index);
             slot != null || (slot = radix_tree_next_chunk(root, &iter, 0)) != null;
             slot = radix_tree_next_slot(slot, &iter, 0))
        {
            results[ret] = rcu_dereference_raw(slot);
            if (results[ret] == null)
                continue;
            if (radix_tree_is_internal_node(results[ret]))
            {
                slot = radix_tree_iter_retry(&iter);
                continue;
            }
            if (++ret == max_items)
                break;
        }

        return ret;
    }

    [KernelSource("lib/radix-tree.c", "__radix_tree_delete", Parity.Full)]
    private static bool __radix_tree_delete(xarray* root, xa_node* node, Rcu** slot)
    {
        void* old = rcu_dereference_raw(slot);
        int values = xa_is_value(old) ? -1 : 0;
        uint offset = get_slot_offset(node, slot);
        uint tag;

        if (is_idr(root))
        {
            node_tag_set(root, node, IDR_FREE, offset);
        }
        else
        {
            for (tag = 0; tag < RADIX_TREE_MAX_TAGS; tag++)
                node_tag_clear(root, node, tag, offset);
        }

        replace_slot(slot, null, node, -1, values);
        return node != null && delete_node(root, node);
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_iter_delete", Parity.Full)]
    public static void radix_tree_iter_delete(xarray* root, radix_tree_iter* iter, Rcu** slot)
    {
        if (__radix_tree_delete(root, iter->node, slot))
            iter->index = iter->next_index;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_delete_item", Parity.Full)]
    public static void* radix_tree_delete_item(xarray* root, ulong index, void* item)
    {
        xa_node* node = null;
        Rcu** slot = null;
        void* entry;

        entry = __radix_tree_lookup(root, index, &node, &slot);
        if (slot == null)
            return null;
        if (entry == null && (!is_idr(root) || node_tag_get(root, node, IDR_FREE, get_slot_offset(node, slot))))
            return null;

        if (item != null && entry != item)
            return null;

        __radix_tree_delete(root, node, slot);

        return entry;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_delete", Parity.Full)]
    public static void* radix_tree_delete(xarray* root, ulong index) => radix_tree_delete_item(root, index, null);

    [KernelSource("lib/radix-tree.c", "radix_tree_tagged", Parity.Full)]
    public static bool radix_tree_tagged(xarray* root, uint tag) => root_tag_get(root, tag);

    /// <summary>Comes back with the reserve's lock held in any case, so that idr_preload_end can drop it.</summary>
    [KernelSource("lib/radix-tree.c", "idr_preload", Parity.Full)]
    [Acquires("lib_radix_tree_c.radix_tree_preloads->lock")]
    public static void idr_preload(gfp_t gfp_mask)
    {
        if (__radix_tree_preload(gfp_mask, IDR_PRELOAD_SIZE) != 0)
            local_lock(lock_of(radix_tree_preloads));
    }

    /// <summary>The slot of the lowest free index from iter->next_index to max, made if need be; or an ERR_PTR.</summary>
    [KernelSource("lib/radix-tree.c", "idr_get_free", Parity.Full)]
    public static Rcu** idr_get_free(xarray* root, radix_tree_iter* iter, gfp_t gfp, ulong max)
    {
        xa_node* node = null;
        xa_node* child;
        Rcu** slot = &root->xa_head;
        ulong maxindex, start = iter->next_index;
        uint shift, offset = 0;

    grow:
        shift = radix_tree_load_root(root, &child, &maxindex);
        if (!radix_tree_tagged(root, IDR_FREE))
            start = linux_minmax_h.max(start, maxindex + 1);
        if (start > max)
            return (Rcu**)ERR_PTR(-ENOSPC);

        if (start > maxindex)
        {
            int error = radix_tree_extend(root, gfp, start, shift);
            if (error < 0)
                return (Rcu**)ERR_PTR(error);
            shift = (uint)error;
            child = (xa_node*)rcu_dereference_raw(&root->xa_head);
        }
        if (start == 0 && shift == 0)
            shift = RADIX_TREE_MAP_SHIFT;

        while (shift != 0)
        {
            shift -= RADIX_TREE_MAP_SHIFT;
            if (child == null)
            {
                child = radix_tree_node_alloc(gfp, node, root, shift, offset, 0, 0);
                if (child == null)
                    return (Rcu**)ERR_PTR(-ENOMEM);
                all_tag_set(child, IDR_FREE);
                rcu_assign_pointer(slot, node_to_entry(child));
                if (node != null)
                    node->count++;
            }
            else if (!radix_tree_is_internal_node(child))
            {
                break;
            }

            node = entry_to_node(child);
            offset = radix_tree_descend(node, &child, start);
            if (!tag_get(node, IDR_FREE, offset))
            {
                offset = radix_tree_find_next_bit(node, IDR_FREE, offset + 1);
                start = next_index(start, node, offset);
                if (start > max || start == 0)
                    return (Rcu**)ERR_PTR(-ENOSPC);
                while (offset == RADIX_TREE_MAP_SIZE)
                {
                    offset = node->offset + 1u;
                    node = rcu_dereference_raw(&node->parent);
                    if (node == null)
                        goto grow;
                    shift = node->shift;
                }
                child = (xa_node*)rcu_dereference_raw(&node->slots[offset]);
            }
            slot = &node->slots[offset];
        }

        iter->index = start;
        if (node != null)
            iter->next_index = 1 + min(max, start | node_maxindex(node));
        else
            iter->next_index = 1;
        iter->node = node;
        set_iter_tags(iter, node, offset, IDR_FREE);

        return slot;
    }

    /// <summary>Frees the tree, not what its pointers point at.</summary>
    [KernelSource("lib/radix-tree.c", "idr_destroy", Parity.Full)]
    public static void idr_destroy(idr* idr)
    {
        xa_node* node = (xa_node*)rcu_dereference_raw(&idr->idr_rt.xa_head);
        if (radix_tree_is_internal_node(node))
            radix_tree_free_nodes(node);
        idr->idr_rt.xa_head = null;
        root_tag_set(&idr->idr_rt, IDR_FREE);
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_node_ctor", Parity.Full)]
    private static void radix_tree_node_ctor(void* arg)
    {
        xa_node* node = (xa_node*)arg;

        memset(node, 0, (ulong)sizeof(xa_node));
        INIT_LIST_HEAD(&node->private_list);
    }

    /// <summary>Gives back the nodes a dead CPU kept.</summary>
    [KernelSource("lib/radix-tree.c", "radix_tree_cpu_dead", Parity.Full)]
    public static int radix_tree_cpu_dead(uint cpu)
    {
        radix_tree_preload_t* rtp = per_cpu_ptr(radix_tree_preloads, (int)cpu);

        while (rtp->nr != 0)
        {
            xa_node* node = rtp->nodes;
            rtp->nodes = rcu_dereference_raw(&node->parent);
            kmem_cache_free(radix_tree_node_cachep, node);
            rtp->nr--;
        }
        return 0;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_init", Parity.Full)]
    public static void radix_tree_init()
    {
        radix_tree_node_cachep = kmem_cache_create("radix_tree_node"u8, (uint)sizeof(xa_node), 0,
            SLAB_PANIC | SLAB_RECLAIM_ACCOUNT, &radix_tree_node_ctor);
        cpuhp_setup_state_nocalls(CPUHP_RADIX_DEAD, "lib/radix:dead", null, &radix_tree_cpu_dead);
    }
}
