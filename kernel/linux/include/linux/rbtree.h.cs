// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_container_of_h;
using static Linux.lib_rbtree_c;

namespace Linux;

public static unsafe partial class linux_rbtree_h
{
    [KernelSource("include/linux/rbtree.h", "rb_parent", Parity.Full)]
    public static rb_node* rb_parent(rb_node* r) => (rb_node*)(r->__rb_parent_color & ~3UL);

    [KernelSource("include/linux/rbtree.h", "rb_entry", Parity.Full)]
    public static T* rb_entry<T>(rb_node* ptr, rb_node* member) where T : unmanaged => container_of<T>(ptr, member);

    [KernelSource("include/linux/rbtree.h", "rb_entry_safe", Parity.Full)]
    public static T* rb_entry_safe<T>(rb_node* ptr, rb_node* member) where T : unmanaged
        => ptr != null ? rb_entry<T>(ptr, member) : null;

    [KernelSource("include/linux/rbtree.h", "RB_EMPTY_ROOT", Parity.Full)]
    public static bool RB_EMPTY_ROOT(rb_root* root) => READ_ONCE(&root->rb_node) == null;

    /// <summary>A node that is its own parent is in no tree.</summary>
    [KernelSource("include/linux/rbtree.h", "RB_EMPTY_NODE", Parity.Full)]
    public static bool RB_EMPTY_NODE(rb_node* node) => node->__rb_parent_color == (ulong)node;

    [KernelSource("include/linux/rbtree.h", "RB_CLEAR_NODE", Parity.Full)]
    public static void RB_CLEAR_NODE(rb_node* node) => node->__rb_parent_color = (ulong)node;

    [KernelSource("include/linux/rbtree.h", "rb_first", Parity.Full)]
    public static rb_node* rb_first(rb_root* root)
    {
        rb_node* n = root->rb_node;

        if (n == null)
            return null;
        while (n->rb_left != null)
            n = n->rb_left;
        return n;
    }

    [KernelSource("include/linux/rbtree.h", "rb_last", Parity.Full)]
    public static rb_node* rb_last(rb_root* root)
    {
        rb_node* n = root->rb_node;

        if (n == null)
            return null;
        while (n->rb_right != null)
            n = n->rb_right;
        return n;
    }

    [KernelSource("include/linux/rbtree.h", "rb_link_node", Parity.Full)]
    public static void rb_link_node(rb_node* node, rb_node* parent, rb_node** rb_link)
    {
        node->__rb_parent_color = (ulong)parent;
        node->rb_left = node->rb_right = null;

        *rb_link = node;
    }

    [KernelSource("include/linux/rbtree.h", "rb_link_node_rcu", Parity.Full)]
    public static void rb_link_node_rcu(rb_node* node, rb_node* parent, rb_node** rb_link)
    {
        node->__rb_parent_color = (ulong)parent;
        node->rb_left = node->rb_right = null;

        smp_store_release(rb_link, node);
    }

    [KernelSource("include/linux/rbtree.h", "rb_first_cached", Parity.Full)]
    public static rb_node* rb_first_cached(rb_root_cached* root) => root->rb_leftmost;

    [KernelSource("include/linux/rbtree.h", "rb_insert_color_cached", Parity.Full)]
    public static void rb_insert_color_cached(rb_node* node, rb_root_cached* root, bool leftmost)
    {
        if (leftmost)
            root->rb_leftmost = node;
        rb_insert_color(node, &root->rb_root);
    }

    [KernelSource("include/linux/rbtree.h", "rb_erase_cached", Parity.Full)]
    public static rb_node* rb_erase_cached(rb_node* node, rb_root_cached* root)
    {
        rb_node* leftmost = null;

        if (root->rb_leftmost == node)
            leftmost = root->rb_leftmost = rb_next(node);

        rb_erase(node, &root->rb_root);

        return leftmost;
    }

    [KernelSource("include/linux/rbtree.h", "rb_replace_node_cached", Parity.Full)]
    public static void rb_replace_node_cached(rb_node* victim, rb_node* @new, rb_root_cached* root)
    {
        if (root->rb_leftmost == victim)
            root->rb_leftmost = @new;
        rb_replace_node(victim, @new, &root->rb_root);
    }

    [KernelSource("include/linux/rbtree.h", "rb_add_cached", Parity.Full)]
    public static rb_node* rb_add_cached(rb_node* node, rb_root_cached* tree, delegate*<rb_node*, rb_node*, bool> less)
    {
        rb_node** link = &tree->rb_root.rb_node;
        rb_node* parent = null;
        bool leftmost = true;

        while (*link != null)
        {
            parent = *link;
            if (less(node, parent))
            {
                link = &parent->rb_left;
            }
            else
            {
                link = &parent->rb_right;
                leftmost = false;
            }
        }

        rb_link_node(node, parent, link);
        rb_insert_color_cached(node, tree, leftmost);

        return leftmost ? node : null;
    }

    [KernelSource("include/linux/rbtree.h", "rb_add", Parity.Full)]
    public static void rb_add(rb_node* node, rb_root* tree, delegate*<rb_node*, rb_node*, bool> less)
    {
        rb_node** link = &tree->rb_node;
        rb_node* parent = null;

        while (*link != null)
        {
            parent = *link;
            if (less(node, parent))
                link = &parent->rb_left;
            else
                link = &parent->rb_right;
        }

        rb_link_node(node, parent, link);
        rb_insert_color(node, tree);
    }

    [KernelSource("include/linux/rbtree.h", "rb_find_add", Parity.Full)]
    public static rb_node* rb_find_add(rb_node* node, rb_root* tree, delegate*<rb_node*, rb_node*, int> cmp)
    {
        rb_node** link = &tree->rb_node;
        rb_node* parent = null;

        while (*link != null)
        {
            parent = *link;
            int c = cmp(node, parent);

            if (c < 0)
                link = &parent->rb_left;
            else if (c > 0)
                link = &parent->rb_right;
            else
                return parent;
        }

        rb_link_node(node, parent, link);
        rb_insert_color(node, tree);
        return null;
    }

    [KernelSource("include/linux/rbtree.h", "rb_find", Parity.Full)]
    public static rb_node* rb_find(void* key, rb_root* tree, delegate*<void*, rb_node*, int> cmp)
    {
        rb_node* node = tree->rb_node;

        while (node != null)
        {
            int c = cmp(key, node);

            if (c < 0)
                node = node->rb_left;
            else if (c > 0)
                node = node->rb_right;
            else
                return node;
        }

        return null;
    }
}
