// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_rbtree_h;
using static Linux.lib_rbtree_c;

namespace Linux;

public static unsafe partial class linux_rbtree_augmented_h
{
    public const int RB_RED = 0;
    public const int RB_BLACK = 1;

    [KernelSource("include/linux/rbtree_augmented.h", "__rb_parent", Parity.Full)]
    public static rb_node* __rb_parent(ulong pc) => (rb_node*)(pc & ~3UL);

    [KernelSource("include/linux/rbtree_augmented.h", "__rb_color", Parity.Full)]
    public static ulong __rb_color(ulong pc) => pc & 1;

    [KernelSource("include/linux/rbtree_augmented.h", "__rb_is_black", Parity.Full)]
    public static bool __rb_is_black(ulong pc) => __rb_color(pc) != 0;

    [KernelSource("include/linux/rbtree_augmented.h", "rb_color", Parity.Full)]
    public static ulong rb_color(rb_node* rb) => __rb_color(rb->__rb_parent_color);

    [KernelSource("include/linux/rbtree_augmented.h", "rb_is_red", Parity.Full)]
    public static bool rb_is_red(rb_node* rb) => rb_color(rb) == RB_RED;

    [KernelSource("include/linux/rbtree_augmented.h", "rb_is_black", Parity.Full)]
    public static bool rb_is_black(rb_node* rb) => rb_color(rb) == RB_BLACK;

    [KernelSource("include/linux/rbtree_augmented.h", "rb_set_parent", Parity.Full)]
    public static void rb_set_parent(rb_node* rb, rb_node* p) => rb->__rb_parent_color = rb_color(rb) + (ulong)p;

    [KernelSource("include/linux/rbtree_augmented.h", "rb_set_parent_color", Parity.Full)]
    public static void rb_set_parent_color(rb_node* rb, rb_node* p, int color) => rb->__rb_parent_color = (ulong)p + (ulong)color;

    [KernelSource("include/linux/rbtree_augmented.h", "rb_insert_augmented", Parity.Full)]
    public static void rb_insert_augmented(rb_node* node, rb_root* root, rb_augment_callbacks* augment)
        => __rb_insert_augmented(node, root, augment->rotate);

    [KernelSource("include/linux/rbtree_augmented.h", "rb_insert_augmented_cached", Parity.Full)]
    public static void rb_insert_augmented_cached(rb_node* node, rb_root_cached* root, bool newleft, rb_augment_callbacks* augment)
    {
        if (newleft)
            root->rb_leftmost = node;
        rb_insert_augmented(node, &root->rb_root, augment);
    }

    [KernelSource("include/linux/rbtree_augmented.h", "__rb_change_child", Parity.Full)]
    public static void __rb_change_child(rb_node* old, rb_node* @new, rb_node* parent, rb_root* root)
    {
        if (parent != null)
        {
            if (parent->rb_left == old)
                WRITE_ONCE(&parent->rb_left, @new);
            else
                WRITE_ONCE(&parent->rb_right, @new);
        }
        else
        {
            WRITE_ONCE(&root->rb_node, @new);
        }
    }

    [KernelSource("include/linux/rbtree_augmented.h", "__rb_change_child_rcu", Parity.Full)]
    public static void __rb_change_child_rcu(rb_node* old, rb_node* @new, rb_node* parent, rb_root* root)
    {
        if (parent != null)
        {
            if (parent->rb_left == old)
                smp_store_release(&parent->rb_left, @new);
            else
                smp_store_release(&parent->rb_right, @new);
        }
        else
        {
            smp_store_release(&root->rb_node, @new);
        }
    }

    /// <summary>Takes node out; answers where the tree lost a black node and must be mended, if anywhere.</summary>
    [KernelSource("include/linux/rbtree_augmented.h", "__rb_erase_augmented", Parity.Full)]
    public static rb_node* __rb_erase_augmented(rb_node* node, rb_root* root, rb_augment_callbacks* augment)
    {
        rb_node* child = node->rb_right;
        rb_node* tmp = node->rb_left;
        rb_node* parent, rebalance;
        ulong pc;

        if (tmp == null)
        {
            // At most one child, and it is the right one: it takes node's place and colour.
            pc = node->__rb_parent_color;
            parent = __rb_parent(pc);
            __rb_change_child(node, child, parent, root);
            if (child != null)
            {
                child->__rb_parent_color = pc;
                rebalance = null;
            }
            else
            {
                rebalance = __rb_is_black(pc) ? parent : null;
            }
            tmp = parent;
        }
        else if (child == null)
        {
            tmp->__rb_parent_color = pc = node->__rb_parent_color;
            parent = __rb_parent(pc);
            __rb_change_child(node, tmp, parent, root);
            rebalance = null;
            tmp = parent;
        }
        else
        {
            rb_node* successor = child;
            rb_node* child2;

            tmp = child->rb_left;
            if (tmp == null)
            {
                parent = successor;
                child2 = successor->rb_right;

                augment->copy(node, successor);
            }
            else
            {
                do
                {
                    parent = successor;
                    successor = tmp;
                    tmp = tmp->rb_left;
                } while (tmp != null);
                child2 = successor->rb_right;
                WRITE_ONCE(&parent->rb_left, child2);
                WRITE_ONCE(&successor->rb_right, child);
                rb_set_parent(child, successor);

                augment->copy(node, successor);
                augment->propagate(parent, successor);
            }

            tmp = node->rb_left;
            WRITE_ONCE(&successor->rb_left, tmp);
            rb_set_parent(tmp, successor);

            pc = node->__rb_parent_color;
            tmp = __rb_parent(pc);
            __rb_change_child(node, successor, tmp, root);

            if (child2 != null)
            {
                rb_set_parent_color(child2, parent, RB_BLACK);
                rebalance = null;
            }
            else
            {
                rebalance = rb_is_black(successor) ? parent : null;
            }
            successor->__rb_parent_color = pc;
            tmp = successor;
        }

        augment->propagate(tmp, null);
        return rebalance;
    }

    [KernelSource("include/linux/rbtree_augmented.h", "rb_erase_augmented", Parity.Full)]
    public static void rb_erase_augmented(rb_node* node, rb_root* root, rb_augment_callbacks* augment)
    {
        rb_node* rebalance = __rb_erase_augmented(node, root, augment);

        if (rebalance != null)
            __rb_erase_color(rebalance, root, augment->rotate);
    }

    [KernelSource("include/linux/rbtree_augmented.h", "rb_erase_augmented_cached", Parity.Full)]
    public static void rb_erase_augmented_cached(rb_node* node, rb_root_cached* root, rb_augment_callbacks* augment)
    {
        if (root->rb_leftmost == node)
            root->rb_leftmost = rb_next(node);
        rb_erase_augmented(node, &root->rb_root, augment);
    }
}
