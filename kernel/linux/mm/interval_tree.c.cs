// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;

namespace Linux;

// Interval trees by page offset: the VMAs of a file, and the chains of an anon_vma.
public static unsafe partial class mm_interval_tree_c
{
    [KernelSource("mm/interval_tree.c", "vma_start_pgoff", Parity.Full)]
    private static ulong vma_start_pgoff(vm_area_struct* v) => v->vm_pgoff;

    [KernelSource("mm/interval_tree.c", "vma_last_pgoff", Parity.Full)]
    private static ulong vma_last_pgoff(vm_area_struct* v) => v->vm_pgoff + vma_pages(v) - 1;

    private static vm_area_struct* vma_of(rb_node* rb) => container_of<vm_area_struct>(rb, &((vm_area_struct*)nowhere)->shared.rb);

    private static readonly rb_augment_callbacks* vma_interval_tree_augment = data(new rb_augment_callbacks
    {
        propagate = &vma_propagate,
        copy = &vma_copy,
        rotate = &vma_rotate,
    });

    private static bool vma_compute_max(vm_area_struct* node, bool exit)
    {
        ulong max = vma_last_pgoff(node);

        if (node->shared.rb.rb_left != null)
            max = Math.Max(max, vma_of(node->shared.rb.rb_left)->shared.rb_subtree_last);
        if (node->shared.rb.rb_right != null)
            max = Math.Max(max, vma_of(node->shared.rb.rb_right)->shared.rb_subtree_last);
        if (exit && node->shared.rb_subtree_last == max)
            return true;
        node->shared.rb_subtree_last = max;
        return false;
    }

    private static void vma_propagate(rb_node* rb, rb_node* stop)
    {
        while (rb != stop)
        {
            vm_area_struct* node = vma_of(rb);
            if (vma_compute_max(node, true))
                break;
            rb = rb_parent(&node->shared.rb);
        }
    }

    private static void vma_copy(rb_node* rb_old, rb_node* rb_new) =>
        vma_of(rb_new)->shared.rb_subtree_last = vma_of(rb_old)->shared.rb_subtree_last;

    private static void vma_rotate(rb_node* rb_old, rb_node* rb_new)
    {
        vma_of(rb_new)->shared.rb_subtree_last = vma_of(rb_old)->shared.rb_subtree_last;
        vma_compute_max(vma_of(rb_old), false);
    }

    [KernelSource("mm/interval_tree.c", "vma_interval_tree_insert", Parity.Full)]
    public static void vma_interval_tree_insert(vm_area_struct* node, rb_root_cached* root)
    {
        rb_node** link = &root->rb_root.rb_node;
        rb_node* rb_parent = null;
        ulong start = vma_start_pgoff(node), last = vma_last_pgoff(node);
        bool leftmost = true;

        while (*link != null)
        {
            rb_parent = *link;
            vm_area_struct* parent = vma_of(rb_parent);
            if (parent->shared.rb_subtree_last < last)
                parent->shared.rb_subtree_last = last;
            if (start < vma_start_pgoff(parent))
            {
                link = &parent->shared.rb.rb_left;
            }
            else
            {
                link = &parent->shared.rb.rb_right;
                leftmost = false;
            }
        }

        node->shared.rb_subtree_last = last;
        rb_link_node(&node->shared.rb, rb_parent, link);
        rb_insert_augmented_cached(&node->shared.rb, root, leftmost, vma_interval_tree_augment);
    }

    [KernelSource("mm/interval_tree.c", "vma_interval_tree_remove", Parity.Full)]
    public static void vma_interval_tree_remove(vm_area_struct* node, rb_root_cached* root) =>
        rb_erase_augmented_cached(&node->shared.rb, root, vma_interval_tree_augment);

    private static vm_area_struct* vma_subtree_search(vm_area_struct* node, ulong start, ulong last)
    {
        while (true)
        {
            if (node->shared.rb.rb_left != null)
            {
                vm_area_struct* left = vma_of(node->shared.rb.rb_left);
                // Some node on the left ends late enough, so the leftmost match, if any, is there.
                if (start <= left->shared.rb_subtree_last)
                {
                    node = left;
                    continue;
                }
            }
            if (vma_start_pgoff(node) <= last)
            {
                if (start <= vma_last_pgoff(node))
                    return node;
                if (node->shared.rb.rb_right != null)
                {
                    node = vma_of(node->shared.rb.rb_right);
                    continue;
                }
            }
            return null;
        }
    }

    [KernelSource("mm/interval_tree.c", "vma_interval_tree_iter_first", Parity.Full)]
    public static vm_area_struct* vma_interval_tree_iter_first(rb_root_cached* root, ulong start, ulong last)
    {
        if (root->rb_root.rb_node == null)
            return null;

        vm_area_struct* node = vma_of(root->rb_root.rb_node);
        if (node->shared.rb_subtree_last < start)
            return null;

        if (vma_start_pgoff(vma_of(root->rb_leftmost)) > last)
            return null;

        return vma_subtree_search(node, start, last);
    }

    [KernelSource("mm/interval_tree.c", "vma_interval_tree_iter_next", Parity.Full)]
    public static vm_area_struct* vma_interval_tree_iter_next(vm_area_struct* node, ulong start, ulong last)
    {
        rb_node* rb = node->shared.rb.rb_right, prev;

        while (true)
        {
            // First the right subtree, then upwards until we come from the left.
            if (rb != null)
            {
                vm_area_struct* right = vma_of(rb);
                if (start <= right->shared.rb_subtree_last)
                    return vma_subtree_search(right, start, last);
            }

            do
            {
                rb = rb_parent(&node->shared.rb);
                if (rb == null)
                    return null;
                prev = &node->shared.rb;
                node = vma_of(rb);
                rb = node->shared.rb.rb_right;
            } while (prev == rb);

            if (last < vma_start_pgoff(node))
                return null;
            else if (start <= vma_last_pgoff(node))
                return node;
        }
    }

    [KernelSource("mm/interval_tree.c", "vma_interval_tree_insert_after", Parity.Full)]
    public static void vma_interval_tree_insert_after(vm_area_struct* node, vm_area_struct* prev, rb_root_cached* root)
    {
        rb_node** link;
        vm_area_struct* parent;
        ulong last = vma_last_pgoff(node);

        VM_BUG_ON_VMA(vma_start_pgoff(node) != vma_start_pgoff(prev), node);

        if (prev->shared.rb.rb_right == null)
        {
            parent = prev;
            link = &prev->shared.rb.rb_right;
        }
        else
        {
            parent = vma_of(prev->shared.rb.rb_right);
            if (parent->shared.rb_subtree_last < last)
                parent->shared.rb_subtree_last = last;
            while (parent->shared.rb.rb_left != null)
            {
                parent = vma_of(parent->shared.rb.rb_left);
                if (parent->shared.rb_subtree_last < last)
                    parent->shared.rb_subtree_last = last;
            }
            link = &parent->shared.rb.rb_left;
        }

        node->shared.rb_subtree_last = last;
        rb_link_node(&node->shared.rb, &parent->shared.rb, link);
        rb_insert_augmented(&node->shared.rb, &root->rb_root, vma_interval_tree_augment);
    }

    [KernelSource("mm/interval_tree.c", "avc_start_pgoff", Parity.Full)]
    private static ulong avc_start_pgoff(anon_vma_chain* avc) => vma_start_pgoff(avc->vma);

    [KernelSource("mm/interval_tree.c", "avc_last_pgoff", Parity.Full)]
    private static ulong avc_last_pgoff(anon_vma_chain* avc) => vma_last_pgoff(avc->vma);

    private static anon_vma_chain* avc_of(rb_node* rb) => container_of<anon_vma_chain>(rb, &((anon_vma_chain*)nowhere)->rb);

    private static readonly rb_augment_callbacks* anon_vma_interval_tree_augment = data(new rb_augment_callbacks
    {
        propagate = &avc_propagate,
        copy = &avc_copy,
        rotate = &avc_rotate,
    });

    private static bool avc_compute_max(anon_vma_chain* node, bool exit)
    {
        ulong max = avc_last_pgoff(node);

        if (node->rb.rb_left != null)
            max = Math.Max(max, avc_of(node->rb.rb_left)->rb_subtree_last);
        if (node->rb.rb_right != null)
            max = Math.Max(max, avc_of(node->rb.rb_right)->rb_subtree_last);
        if (exit && node->rb_subtree_last == max)
            return true;
        node->rb_subtree_last = max;
        return false;
    }

    private static void avc_propagate(rb_node* rb, rb_node* stop)
    {
        while (rb != stop)
        {
            anon_vma_chain* node = avc_of(rb);
            if (avc_compute_max(node, true))
                break;
            rb = rb_parent(&node->rb);
        }
    }

    private static void avc_copy(rb_node* rb_old, rb_node* rb_new) =>
        avc_of(rb_new)->rb_subtree_last = avc_of(rb_old)->rb_subtree_last;

    private static void avc_rotate(rb_node* rb_old, rb_node* rb_new)
    {
        avc_of(rb_new)->rb_subtree_last = avc_of(rb_old)->rb_subtree_last;
        avc_compute_max(avc_of(rb_old), false);
    }

    [KernelSource("mm/interval_tree.c", "anon_vma_interval_tree_insert", Parity.Full)]
    public static void anon_vma_interval_tree_insert(anon_vma_chain* node, rb_root_cached* root)
    {
        rb_node** link = &root->rb_root.rb_node;
        rb_node* rb_parent = null;
        ulong start = avc_start_pgoff(node), last = avc_last_pgoff(node);
        bool leftmost = true;

        while (*link != null)
        {
            rb_parent = *link;
            anon_vma_chain* parent = avc_of(rb_parent);
            if (parent->rb_subtree_last < last)
                parent->rb_subtree_last = last;
            if (start < avc_start_pgoff(parent))
            {
                link = &parent->rb.rb_left;
            }
            else
            {
                link = &parent->rb.rb_right;
                leftmost = false;
            }
        }

        node->rb_subtree_last = last;
        rb_link_node(&node->rb, rb_parent, link);
        rb_insert_augmented_cached(&node->rb, root, leftmost, anon_vma_interval_tree_augment);
    }

    [KernelSource("mm/interval_tree.c", "anon_vma_interval_tree_remove", Parity.Full)]
    public static void anon_vma_interval_tree_remove(anon_vma_chain* node, rb_root_cached* root) =>
        rb_erase_augmented_cached(&node->rb, root, anon_vma_interval_tree_augment);

    private static anon_vma_chain* avc_subtree_search(anon_vma_chain* node, ulong start, ulong last)
    {
        while (true)
        {
            if (node->rb.rb_left != null)
            {
                anon_vma_chain* left = avc_of(node->rb.rb_left);
                if (start <= left->rb_subtree_last)
                {
                    node = left;
                    continue;
                }
            }
            if (avc_start_pgoff(node) <= last)
            {
                if (start <= avc_last_pgoff(node))
                    return node;
                if (node->rb.rb_right != null)
                {
                    node = avc_of(node->rb.rb_right);
                    continue;
                }
            }
            return null;
        }
    }

    [KernelSource("mm/interval_tree.c", "anon_vma_interval_tree_iter_first", Parity.Full)]
    public static anon_vma_chain* anon_vma_interval_tree_iter_first(rb_root_cached* root, ulong start, ulong last)
    {
        if (root->rb_root.rb_node == null)
            return null;

        anon_vma_chain* node = avc_of(root->rb_root.rb_node);
        if (node->rb_subtree_last < start)
            return null;

        if (avc_start_pgoff(avc_of(root->rb_leftmost)) > last)
            return null;

        return avc_subtree_search(node, start, last);
    }

    [KernelSource("mm/interval_tree.c", "anon_vma_interval_tree_iter_next", Parity.Full)]
    public static anon_vma_chain* anon_vma_interval_tree_iter_next(anon_vma_chain* node, ulong start, ulong last)
    {
        rb_node* rb = node->rb.rb_right, prev;

        while (true)
        {
            if (rb != null)
            {
                anon_vma_chain* right = avc_of(rb);
                if (start <= right->rb_subtree_last)
                    return avc_subtree_search(right, start, last);
            }

            do
            {
                rb = rb_parent(&node->rb);
                if (rb == null)
                    return null;
                prev = &node->rb;
                node = avc_of(rb);
                rb = node->rb.rb_right;
            } while (prev == rb);

            if (last < avc_start_pgoff(node))
                return null;
            else if (start <= avc_last_pgoff(node))
                return node;
        }
    }
}
