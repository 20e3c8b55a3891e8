// SPDX-License-Identifier: GPL-2.0-only
// lib/radix-tree.c, first part: nodes, and how trees grow and shrink.
using static Linux.linux_bitmap_h;
using static Linux.linux_bitops_h;
using static Linux.linux_errno_h;
using static Linux.linux_idr_h;
using static Linux.linux_percpu_h;
using static Linux.linux_preempt_h;
using static Linux.linux_radix_tree_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_slab_h;
using static Linux.linux_string_h;
using static Linux.linux_xarray_h;
using static Linux.lib_radix_tree_h;

namespace Linux;

public static unsafe partial class lib_radix_tree_c
{
    /// <summary>Enough for one insertion anywhere in a tree of any height.</summary>
    private const int RADIX_TREE_PRELOAD_SIZE = RADIX_TREE_MAX_PATH * 2 - 1;

    private const int IDR_INDEX_BITS = 8 * sizeof(int) - 1;
    private const int IDR_MAX_PATH = (IDR_INDEX_BITS + RADIX_TREE_MAP_SHIFT - 1) / RADIX_TREE_MAP_SHIFT;
    private const int IDR_PRELOAD_SIZE = IDR_MAX_PATH * 2 - 1;

    [PerCpu(Remote = true)]
    public static readonly PerCpu<radix_tree_preload_t>* radix_tree_preloads = DEFINE_PER_CPU<radix_tree_preload_t>();

    [KernelSource("lib/radix-tree.c", "entry_to_node", Parity.Full)]
    private static xa_node* entry_to_node(void* ptr) => (xa_node*)((ulong)ptr & ~RADIX_TREE_INTERNAL_NODE);

    [KernelSource("lib/radix-tree.c", "node_to_entry", Parity.Full)]
    private static void* node_to_entry(void* ptr) => (void*)((ulong)ptr | RADIX_TREE_INTERNAL_NODE);

    private static xa_node* RADIX_TREE_RETRY => (xa_node*)XA_RETRY_ENTRY;

    [KernelSource("lib/radix-tree.c", "get_slot_offset", Parity.Full)]
    private static uint get_slot_offset(xa_node* parent, Rcu** slot) => parent != null ? (uint)(slot - parent->slots) : 0;

    [KernelSource("lib/radix-tree.c", "radix_tree_descend", Parity.Full)]
    private static uint radix_tree_descend(xa_node* parent, xa_node** nodep, ulong index)
    {
        uint offset = (uint)(index >> parent->shift) & RADIX_TREE_MAP_MASK;

        *nodep = (xa_node*)rcu_dereference_raw(&parent->slots[offset]);
        return offset;
    }

    [KernelSource("lib/radix-tree.c", "root_gfp_mask", Parity.Full)]
    private static gfp_t root_gfp_mask(xarray* root) => root->xa_flags & (__GFP_BITS_MASK & ~GFP_ZONEMASK);

    [KernelSource("lib/radix-tree.c", "tag_set", Parity.Full)]
    private static void tag_set(xa_node* node, uint tag, uint offset) => __set_bit(offset, &node->tags[tag]);

    [KernelSource("lib/radix-tree.c", "tag_clear", Parity.Full)]
    private static void tag_clear(xa_node* node, uint tag, uint offset) => __clear_bit(offset, &node->tags[tag]);

    [KernelSource("lib/radix-tree.c", "tag_get", Parity.Full)]
    private static bool tag_get(xa_node* node, uint tag, uint offset) => test_bit(offset, &node->tags[tag]);

    [KernelSource("lib/radix-tree.c", "root_tag_set", Parity.Full)]
    private static void root_tag_set(xarray* root, uint tag) => root->xa_flags |= 1u << (int)(tag + ROOT_TAG_SHIFT);

    [KernelSource("lib/radix-tree.c", "root_tag_clear", Parity.Full)]
    private static void root_tag_clear(xarray* root, uint tag) => root->xa_flags &= ~(1u << (int)(tag + ROOT_TAG_SHIFT));

    [KernelSource("lib/radix-tree.c", "root_tag_clear_all", Parity.Full)]
    private static void root_tag_clear_all(xarray* root) => root->xa_flags &= (1u << ROOT_TAG_SHIFT) - 1;

    [KernelSource("lib/radix-tree.c", "root_tag_get", Parity.Full)]
    private static bool root_tag_get(xarray* root, uint tag) => (root->xa_flags & (1u << (int)(tag + ROOT_TAG_SHIFT))) != 0;

    [KernelSource("lib/radix-tree.c", "root_tags_get", Parity.Full)]
    private static uint root_tags_get(xarray* root) => root->xa_flags >> ROOT_TAG_SHIFT;

    [KernelSource("lib/radix-tree.c", "is_idr", Parity.Full)]
    private static bool is_idr(xarray* root) => (root->xa_flags & ROOT_IS_IDR) != 0;

    [KernelSource("lib/radix-tree.c", "any_tag_set", Parity.Full)]
    private static bool any_tag_set(xa_node* node, uint tag) => node->tags[tag] != 0;

    [KernelSource("lib/radix-tree.c", "all_tag_set", Parity.Full)]
    private static void all_tag_set(xa_node* node, uint tag) => bitmap_fill(&node->tags[tag], RADIX_TREE_MAP_SIZE);

    [KernelSource("lib/radix-tree.c", "radix_tree_find_next_bit", Parity.Full)]
    private static uint radix_tree_find_next_bit(xa_node* node, uint tag, uint offset)
    {
        if (offset < RADIX_TREE_MAP_SIZE)
        {
            ulong tmp = node->tags[tag] >> (int)offset;

            if (tmp != 0)
                return (uint)__ffs(tmp) + offset;
        }
        return RADIX_TREE_MAP_SIZE;
    }

    [KernelSource("lib/radix-tree.c", "iter_offset", Parity.Full)]
    private static uint iter_offset(radix_tree_iter* iter) => (uint)iter->index & RADIX_TREE_MAP_MASK;

    [KernelSource("lib/radix-tree.c", "shift_maxindex", Parity.Full)]
    private static ulong shift_maxindex(uint shift) => ((ulong)RADIX_TREE_MAP_SIZE << (int)shift) - 1;

    [KernelSource("lib/radix-tree.c", "node_maxindex", Parity.Full)]
    private static ulong node_maxindex(xa_node* node) => shift_maxindex(node->shift);

    [KernelSource("lib/radix-tree.c", "next_index", Parity.Full)]
    private static ulong next_index(ulong index, xa_node* node, ulong offset)
        => (index & ~node_maxindex(node)) + (offset << node->shift);

    [KernelSource("lib/radix-tree.c", "radix_tree_node_alloc", Parity.Full)]
    [ContextUnsafe("without a mask that blocks the caller holds the reserve's lock, or a spinlock", Rule = "KM0401")]
    private static xa_node* radix_tree_node_alloc(gfp_t gfp_mask, xa_node* parent, xarray* root,
        uint shift, uint offset, uint count, uint nr_values)
    {
        xa_node* ret = null;

        // Interrupts leave the preloaded nodes to the task that put them there.
        if (!gfpflags_allow_blocking(gfp_mask) && !in_interrupt())
        {
            radix_tree_preload_t* rtp;

            // First without the reserve, to be charged if the mask says so.
            ret = (xa_node*)kmem_cache_alloc(radix_tree_node_cachep, gfp_mask | __GFP_NOWARN);
            if (ret != null)
                goto @out;

            rtp = this_cpu_ptr(radix_tree_preloads);
            if (rtp->nr != 0)
            {
                ret = rtp->nodes;
                rtp->nodes = rcu_dereference_raw(&ret->parent);
                rtp->nr--;
            }
            goto @out;
        }
        ret = (xa_node*)kmem_cache_alloc(radix_tree_node_cachep, gfp_mask);
    @out:
        BUG_ON(radix_tree_is_internal_node(ret));
        if (ret != null)
        {
            ret->shift = (byte)shift;
            ret->offset = (byte)offset;
            ret->count = (byte)count;
            ret->nr_values = (byte)nr_values;
            RCU_INIT_POINTER(&ret->parent, parent);
            ret->array = root;
        }
        return ret;
    }

    /// <summary>Slots and tags go back empty, as the constructor left them: the next user finds them so.</summary>
    [KernelSource("lib/radix-tree.c", "radix_tree_node_rcu_free", Parity.Full)]
    public static void radix_tree_node_rcu_free(rcu_head* head)
    {
        xa_node* node = container_of<xa_node>(head, &((xa_node*)nowhere)->rcu_head);

        memset(node->slots, 0, XA_CHUNK_SIZE * sizeof(ulong));
        memset(node->tags, 0, XA_MAX_MARKS * XA_MARK_LONGS * sizeof(ulong));
        INIT_LIST_HEAD(&node->private_list);

        kmem_cache_free(radix_tree_node_cachep, node);
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_node_free", Parity.Full)]
    private static void radix_tree_node_free(xa_node* node) => call_rcu(&node->rcu_head, &radix_tree_node_rcu_free);

    /// <summary>Fills this CPU's reserve; on success the lock is held, so that the reserve is still there for the insertion.</summary>
    [KernelSource("lib/radix-tree.c", "__radix_tree_preload", Parity.Full)]
    [TryAcquires(Result.Zero, "radix_tree_preloads->lock"), MightSleepIf("gfp_mask")]
    private static int __radix_tree_preload(gfp_t gfp_mask, uint nr)
    {
        radix_tree_preload_t* rtp;
        xa_node* node;
        int ret = -ENOMEM;

        // Whose insertion takes the nodes is not known yet.
        gfp_mask &= ~__GFP_ACCOUNT;

        local_lock(lock_of(radix_tree_preloads));
        rtp = this_cpu_ptr(radix_tree_preloads);
        while (rtp->nr < nr)
        {
            local_unlock(lock_of(radix_tree_preloads));
            node = (xa_node*)kmem_cache_alloc(radix_tree_node_cachep, gfp_mask);
            if (node == null)
                goto @out;
            local_lock(lock_of(radix_tree_preloads));
            rtp = this_cpu_ptr(radix_tree_preloads);
            if (rtp->nr < nr)
            {
                RCU_INIT_POINTER(&node->parent, rtp->nodes);
                rtp->nodes = node;
                rtp->nr++;
            }
            else
            {
                kmem_cache_free(radix_tree_node_cachep, node);
            }
        }
        ret = 0;
    @out:
        return ret;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_preload", Parity.Full)]
    [TryAcquires(Result.Zero, "radix_tree_preloads->lock"), MightSleepIf("gfp_mask")]
    public static int radix_tree_preload(gfp_t gfp_mask)
    {
        WARN_ON_ONCE(!gfpflags_allow_blocking(gfp_mask));
        return __radix_tree_preload(gfp_mask, RADIX_TREE_PRELOAD_SIZE);
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_maybe_preload", Parity.Full)]
    [TryAcquires(Result.Zero, "radix_tree_preloads->lock"), MightSleepIf("gfp_mask")]
    public static int radix_tree_maybe_preload(gfp_t gfp_mask)
    {
        if (gfpflags_allow_blocking(gfp_mask))
            return __radix_tree_preload(gfp_mask, RADIX_TREE_PRELOAD_SIZE);
        local_lock(lock_of(radix_tree_preloads));
        return 0;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_load_root", Parity.Full)]
    private static uint radix_tree_load_root(xarray* root, xa_node** nodep, ulong* maxindex)
    {
        xa_node* node = (xa_node*)rcu_dereference_raw(&root->xa_head);

        *nodep = node;

        if (likely(radix_tree_is_internal_node(node)))
        {
            node = entry_to_node(node);
            *maxindex = node_maxindex(node);
            return (uint)node->shift + RADIX_TREE_MAP_SHIFT;
        }

        *maxindex = 0;
        return 0;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_extend", Parity.Full)]
    private static int radix_tree_extend(xarray* root, gfp_t gfp, ulong index, uint shift)
    {
        void* entry;
        uint maxshift;
        uint tag;

        maxshift = shift;
        while (index > shift_maxindex(maxshift))
            maxshift += RADIX_TREE_MAP_SHIFT;

        entry = rcu_dereference_raw(&root->xa_head);
        if (entry == null && (!is_idr(root) || root_tag_get(root, IDR_FREE)))
            goto @out;

        do
        {
            xa_node* node = radix_tree_node_alloc(gfp, null, root, shift, 0, 1, 0);
            if (node == null)
                return -ENOMEM;

            if (is_idr(root))
            {
                all_tag_set(node, IDR_FREE);
                if (!root_tag_get(root, IDR_FREE))
                {
                    tag_clear(node, IDR_FREE, 0);
                    root_tag_set(root, IDR_FREE);
                }
            }
            else
            {
                for (tag = 0; tag < RADIX_TREE_MAX_TAGS; tag++)
                {
                    if (root_tag_get(root, tag))
                        tag_set(node, tag, 0);
                }
            }

            BUG_ON(shift > BITS_PER_LONG);
            if (radix_tree_is_internal_node(entry))
            {
                RCU_INIT_POINTER(&entry_to_node(entry)->parent, node);
            }
            else if (xa_is_value(entry))
            {
                node->nr_values = 1;
            }
            RCU_INIT_POINTER(&node->slots[0], entry);
            entry = node_to_entry(node);
            rcu_assign_pointer(&root->xa_head, entry);
            shift += RADIX_TREE_MAP_SHIFT;
        } while (shift <= maxshift);
    @out:
        return (int)maxshift + RADIX_TREE_MAP_SHIFT;
    }

    [KernelSource("lib/radix-tree.c", "radix_tree_shrink", Parity.Full)]
    private static bool radix_tree_shrink(xarray* root)
    {
        bool shrunk = false;

        for (;;)
        {
            xa_node* node = (xa_node*)rcu_dereference_raw(&root->xa_head);
            xa_node* child;

            if (!radix_tree_is_internal_node(node))
                break;
            node = entry_to_node(node);

            // Only the leftmost slot may be in use.
            if (node->count != 1)
                break;
            child = (xa_node*)rcu_dereference_raw(&node->slots[0]);
            if (child == null)
                break;

            // In an IDR the root's tag cannot say both that 0 is taken and that others are free.
            if (node->shift == 0 && is_idr(root))
                break;

            if (radix_tree_is_internal_node(child))
                entry_to_node(child)->parent = null;

            RCU_INIT_POINTER(&root->xa_head, child);
            if (is_idr(root) && !tag_get(node, IDR_FREE, 0))
                root_tag_clear(root, IDR_FREE);

            // Readers that hold the slot of an entry that moved to the root must look it up again.
            node->count = 0;
            if (!radix_tree_is_internal_node(child))
                RCU_INIT_POINTER(&node->slots[0], RADIX_TREE_RETRY);

            WARN_ON_ONCE(!list_empty(&node->private_list));
            radix_tree_node_free(node);
            shrunk = true;
        }

        return shrunk;
    }

    [KernelSource("lib/radix-tree.c", "delete_node", Parity.Full)]
    private static bool delete_node(xarray* root, xa_node* node)
    {
        bool deleted = false;

        do
        {
            xa_node* parent;

            if (node->count != 0)
            {
                if (node_to_entry(node) == rcu_dereference_raw(&root->xa_head))
                    deleted |= radix_tree_shrink(root);
                return deleted;
            }

            parent = rcu_dereference_raw(&node->parent);
            if (parent != null)
            {
                parent->slots[node->offset] = null;
                parent->count--;
            }
            else
            {
                // An IDR's free tag stays: all IDs are free now.
                if (!is_idr(root))
                    root_tag_clear_all(root);
                root->xa_head = null;
            }

            WARN_ON_ONCE(!list_empty(&node->private_list));
            radix_tree_node_free(node);
            deleted = true;

            node = parent;
        } while (node != null);

        return deleted;
    }

    [KernelSource("lib/radix-tree.c", "__radix_tree_create", Parity.Full)]
    private static int __radix_tree_create(xarray* root, ulong index, xa_node** nodep, Rcu*** slotp)
    {
        xa_node* node = null;
        xa_node* child;
        Rcu** slot = &root->xa_head;
        ulong maxindex;
        uint shift, offset = 0;
        ulong max = index;
        gfp_t gfp = root_gfp_mask(root);

        shift = radix_tree_load_root(root, &child, &maxindex);

        if (max > maxindex)
        {
            int error = radix_tree_extend(root, gfp, max, shift);
            if (error < 0)
                return error;
            shift = (uint)error;
            child = (xa_node*)rcu_dereference_raw(&root->xa_head);
        }

        while (shift > 0)
        {
            shift -= RADIX_TREE_MAP_SHIFT;
            if (child == null)
            {
                child = radix_tree_node_alloc(gfp, node, root, shift, offset, 0, 0);
                if (child == null)
                    return -ENOMEM;
                rcu_assign_pointer(slot, node_to_entry(child));
                if (node != null)
                    node->count++;
            }
            else if (!radix_tree_is_internal_node(child))
            {
                break;
            }

            node = entry_to_node(child);
            offset = radix_tree_descend(node, &child, index);
            slot = &node->slots[offset];
        }

        if (nodep != null)
            *nodep = node;
        if (slotp != null)
            *slotp = slot;
        return 0;
    }

    /// <summary>Frees all nodes of a tree that nobody can reach any more.</summary>
    [KernelSource("lib/radix-tree.c", "radix_tree_free_nodes", Parity.Full)]
    private static void radix_tree_free_nodes(xa_node* node)
    {
        uint offset = 0;
        xa_node* child = entry_to_node(node);

        for (;;)
        {
            void* entry = rcu_dereference_raw(&child->slots[offset]);
            if (xa_is_node(entry) && child->shift != 0)
            {
                child = entry_to_node(entry);
                offset = 0;
                continue;
            }
            offset++;
            while (offset == RADIX_TREE_MAP_SIZE)
            {
                xa_node* old = child;
                offset = child->offset + 1u;
                child = rcu_dereference_raw(&child->parent);
                WARN_ON_ONCE(!list_empty(&old->private_list));
                radix_tree_node_free(old);
                if (old == entry_to_node(node))
                    return;
            }
        }
    }
}
