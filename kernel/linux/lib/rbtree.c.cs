// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_rbtree_h;
using static Linux.linux_rbtree_augmented_h;

namespace Linux;

public static unsafe partial class lib_rbtree_c
{
    [KernelSource("lib/rbtree.c", "rb_set_black", Parity.Full)]
    private static void rb_set_black(rb_node* rb) => rb->__rb_parent_color += RB_BLACK;

    [KernelSource("lib/rbtree.c", "rb_red_parent", Parity.Full)]
    private static rb_node* rb_red_parent(rb_node* red) => (rb_node*)red->__rb_parent_color;

    /// <summary>After a rotation: new takes old's parent and colour, old becomes new's child in the colour given.</summary>
    [KernelSource("lib/rbtree.c", "__rb_rotate_set_parents", Parity.Full)]
    private static void __rb_rotate_set_parents(rb_node* old, rb_node* @new, rb_root* root, int color)
    {
        rb_node* parent = rb_parent(old);

        @new->__rb_parent_color = old->__rb_parent_color;
        rb_set_parent_color(old, @new, color);
        __rb_change_child(old, @new, parent, root);
    }

    [KernelSource("lib/rbtree.c", "__rb_insert", Parity.Full)]
    private static void __rb_insert(rb_node* node, rb_root* root, delegate*<rb_node*, rb_node*, void> augment_rotate)
    {
        rb_node* parent = rb_red_parent(node);
        rb_node* gparent, tmp;

        while (true)
        {
            // node is red here.
            if (unlikely(parent == null))
            {
                rb_set_parent_color(node, null, RB_BLACK);
                break;
            }

            if (rb_is_black(parent))
                break;

            gparent = rb_red_parent(parent);

            tmp = gparent->rb_right;
            if (parent != tmp)
            {
                if (tmp != null && rb_is_red(tmp))
                {
                    // A red uncle: swap colours with the grandparent and go on from there.
                    rb_set_parent_color(tmp, gparent, RB_BLACK);
                    rb_set_parent_color(parent, gparent, RB_BLACK);
                    node = gparent;
                    parent = rb_parent(node);
                    rb_set_parent_color(node, parent, RB_RED);
                    continue;
                }

                tmp = parent->rb_right;
                if (node == tmp)
                {
                    // An inner grandchild: turn left at the parent first.
                    tmp = node->rb_left;
                    WRITE_ONCE(&parent->rb_right, tmp);
                    WRITE_ONCE(&node->rb_left, parent);
                    if (tmp != null)
                        rb_set_parent_color(tmp, parent, RB_BLACK);
                    rb_set_parent_color(parent, node, RB_RED);
                    augment_rotate(parent, node);
                    parent = node;
                    tmp = node->rb_right;
                }

                // An outer grandchild: turn right at the grandparent.
                WRITE_ONCE(&gparent->rb_left, tmp);
                WRITE_ONCE(&parent->rb_right, gparent);
                if (tmp != null)
                    rb_set_parent_color(tmp, gparent, RB_BLACK);
                __rb_rotate_set_parents(gparent, parent, root, RB_RED);
                augment_rotate(gparent, parent);
                break;
            }
            else
            {
                tmp = gparent->rb_left;
                if (tmp != null && rb_is_red(tmp))
                {
                    rb_set_parent_color(tmp, gparent, RB_BLACK);
                    rb_set_parent_color(parent, gparent, RB_BLACK);
                    node = gparent;
                    parent = rb_parent(node);
                    rb_set_parent_color(node, parent, RB_RED);
                    continue;
                }

                tmp = parent->rb_left;
                if (node == tmp)
                {
                    tmp = node->rb_right;
                    WRITE_ONCE(&parent->rb_left, tmp);
                    WRITE_ONCE(&node->rb_right, parent);
                    if (tmp != null)
                        rb_set_parent_color(tmp, parent, RB_BLACK);
                    rb_set_parent_color(parent, node, RB_RED);
                    augment_rotate(parent, node);
                    parent = node;
                    tmp = node->rb_left;
                }

                WRITE_ONCE(&gparent->rb_right, tmp);
                WRITE_ONCE(&parent->rb_left, gparent);
                if (tmp != null)
                    rb_set_parent_color(tmp, gparent, RB_BLACK);
                __rb_rotate_set_parents(gparent, parent, root, RB_RED);
                augment_rotate(gparent, parent);
                break;
            }
        }
    }

    /// <summary>Mends a tree in which all paths through node, a child of parent, are one black node short.</summary>
    [KernelSource("lib/rbtree.c", "____rb_erase_color", Parity.Full)]
    private static void ____rb_erase_color(rb_node* parent, rb_root* root, delegate*<rb_node*, rb_node*, void> augment_rotate)
    {
        rb_node* node = null;
        rb_node* sibling, tmp1, tmp2;

        while (true)
        {
            sibling = parent->rb_right;
            if (node != sibling)
            {
                if (rb_is_red(sibling))
                {
                    // A red sibling: turn left at the parent, so that the sibling is black.
                    tmp1 = sibling->rb_left;
                    WRITE_ONCE(&parent->rb_right, tmp1);
                    WRITE_ONCE(&sibling->rb_left, parent);
                    rb_set_parent_color(tmp1, parent, RB_BLACK);
                    __rb_rotate_set_parents(parent, sibling, root, RB_RED);
                    augment_rotate(parent, sibling);
                    sibling = tmp1;
                }
                tmp1 = sibling->rb_right;
                if (tmp1 == null || rb_is_black(tmp1))
                {
                    tmp2 = sibling->rb_left;
                    if (tmp2 == null || rb_is_black(tmp2))
                    {
                        // No red nephew: the sibling turns red, and a red parent turns black or the loss moves up.
                        rb_set_parent_color(sibling, parent, RB_RED);
                        if (rb_is_red(parent))
                        {
                            rb_set_black(parent);
                        }
                        else
                        {
                            node = parent;
                            parent = rb_parent(node);
                            if (parent != null)
                                continue;
                        }
                        break;
                    }
                    // The near nephew is red: turn right at the sibling, so that the far one is.
                    tmp1 = tmp2->rb_right;
                    WRITE_ONCE(&sibling->rb_left, tmp1);
                    WRITE_ONCE(&tmp2->rb_right, sibling);
                    WRITE_ONCE(&parent->rb_right, tmp2);
                    if (tmp1 != null)
                        rb_set_parent_color(tmp1, sibling, RB_BLACK);
                    augment_rotate(sibling, tmp2);
                    tmp1 = sibling;
                    sibling = tmp2;
                }
                // The far nephew is red: turn left at the parent and colour it black.
                tmp2 = sibling->rb_left;
                WRITE_ONCE(&parent->rb_right, tmp2);
                WRITE_ONCE(&sibling->rb_left, parent);
                rb_set_parent_color(tmp1, sibling, RB_BLACK);
                if (tmp2 != null)
                    rb_set_parent(tmp2, parent);
                __rb_rotate_set_parents(parent, sibling, root, RB_BLACK);
                augment_rotate(parent, sibling);
                break;
            }
            else
            {
                sibling = parent->rb_left;
                if (rb_is_red(sibling))
                {
                    tmp1 = sibling->rb_right;
                    WRITE_ONCE(&parent->rb_left, tmp1);
                    WRITE_ONCE(&sibling->rb_right, parent);
                    rb_set_parent_color(tmp1, parent, RB_BLACK);
                    __rb_rotate_set_parents(parent, sibling, root, RB_RED);
                    augment_rotate(parent, sibling);
                    sibling = tmp1;
                }
                tmp1 = sibling->rb_left;
                if (tmp1 == null || rb_is_black(tmp1))
                {
                    tmp2 = sibling->rb_right;
                    if (tmp2 == null || rb_is_black(tmp2))
                    {
                        rb_set_parent_color(sibling, parent, RB_RED);
                        if (rb_is_red(parent))
                        {
                            rb_set_black(parent);
                        }
                        else
                        {
                            node = parent;
                            parent = rb_parent(node);
                            if (parent != null)
                                continue;
                        }
                        break;
                    }
                    tmp1 = tmp2->rb_left;
                    WRITE_ONCE(&sibling->rb_right, tmp1);
                    WRITE_ONCE(&tmp2->rb_left, sibling);
                    WRITE_ONCE(&parent->rb_left, tmp2);
                    if (tmp1 != null)
                        rb_set_parent_color(tmp1, sibling, RB_BLACK);
                    augment_rotate(sibling, tmp2);
                    tmp1 = sibling;
                    sibling = tmp2;
                }
                tmp2 = sibling->rb_right;
                WRITE_ONCE(&parent->rb_left, tmp2);
                WRITE_ONCE(&sibling->rb_right, parent);
                rb_set_parent_color(tmp1, sibling, RB_BLACK);
                if (tmp2 != null)
                    rb_set_parent(tmp2, parent);
                __rb_rotate_set_parents(parent, sibling, root, RB_BLACK);
                augment_rotate(parent, sibling);
                break;
            }
        }
    }

    [KernelSource("lib/rbtree.c", "__rb_erase_color", Parity.Full)]
    public static void __rb_erase_color(rb_node* parent, rb_root* root, delegate*<rb_node*, rb_node*, void> augment_rotate)
        => ____rb_erase_color(parent, root, augment_rotate);

    [KernelSource("lib/rbtree.c", "dummy_propagate", Parity.Full)]
    private static void dummy_propagate(rb_node* node, rb_node* stop) { }

    [KernelSource("lib/rbtree.c", "dummy_copy", Parity.Full)]
    private static void dummy_copy(rb_node* old, rb_node* @new) { }

    [KernelSource("lib/rbtree.c", "dummy_rotate", Parity.Full)]
    private static void dummy_rotate(rb_node* old, rb_node* @new) { }

    private static readonly rb_augment_callbacks* dummy_callbacks = data(new rb_augment_callbacks
    {
        propagate = &dummy_propagate,
        copy = &dummy_copy,
        rotate = &dummy_rotate,
    });

    [KernelSource("lib/rbtree.c", "rb_insert_color", Parity.Full)]
    public static void rb_insert_color(rb_node* node, rb_root* root) => __rb_insert(node, root, &dummy_rotate);

    [KernelSource("lib/rbtree.c", "rb_erase", Parity.Full)]
    public static void rb_erase(rb_node* node, rb_root* root)
    {
        rb_node* rebalance = __rb_erase_augmented(node, root, dummy_callbacks);

        if (rebalance != null)
            ____rb_erase_color(rebalance, root, &dummy_rotate);
    }

    [KernelSource("lib/rbtree.c", "__rb_insert_augmented", Parity.Full)]
    public static void __rb_insert_augmented(rb_node* node, rb_root* root, delegate*<rb_node*, rb_node*, void> augment_rotate)
        => __rb_insert(node, root, augment_rotate);

    [KernelSource("lib/rbtree.c", "rb_next", Parity.Full)]
    public static rb_node* rb_next(rb_node* node)
    {
        rb_node* parent;

        if (RB_EMPTY_NODE(node))
            return null;

        if (node->rb_right != null)
        {
            node = node->rb_right;
            while (node->rb_left != null)
                node = node->rb_left;
            return node;
        }

        while ((parent = rb_parent(node)) != null && node == parent->rb_right)
            node = parent;

        return parent;
    }

    [KernelSource("lib/rbtree.c", "rb_prev", Parity.Full)]
    public static rb_node* rb_prev(rb_node* node)
    {
        rb_node* parent;

        if (RB_EMPTY_NODE(node))
            return null;

        if (node->rb_left != null)
        {
            node = node->rb_left;
            while (node->rb_right != null)
                node = node->rb_right;
            return node;
        }

        while ((parent = rb_parent(node)) != null && node == parent->rb_left)
            node = parent;

        return parent;
    }

    [KernelSource("lib/rbtree.c", "rb_replace_node", Parity.Full)]
    public static void rb_replace_node(rb_node* victim, rb_node* @new, rb_root* root)
    {
        rb_node* parent = rb_parent(victim);

        *@new = *victim;

        if (victim->rb_left != null)
            rb_set_parent(victim->rb_left, @new);
        if (victim->rb_right != null)
            rb_set_parent(victim->rb_right, @new);
        __rb_change_child(victim, @new, parent, root);
    }

    /// <summary>The children learn of new before anyone who comes from the root does.</summary>
    [KernelSource("lib/rbtree.c", "rb_replace_node_rcu", Parity.Full)]
    public static void rb_replace_node_rcu(rb_node* victim, rb_node* @new, rb_root* root)
    {
        rb_node* parent = rb_parent(victim);

        *@new = *victim;

        if (victim->rb_left != null)
            rb_set_parent(victim->rb_left, @new);
        if (victim->rb_right != null)
            rb_set_parent(victim->rb_right, @new);
        __rb_change_child_rcu(victim, @new, parent, root);
    }

    [KernelSource("lib/rbtree.c", "rb_left_deepest_node", Parity.Full)]
    private static rb_node* rb_left_deepest_node(rb_node* node)
    {
        for (;;)
        {
            if (node->rb_left != null)
                node = node->rb_left;
            else if (node->rb_right != null)
                node = node->rb_right;
            else
                return node;
        }
    }

    [KernelSource("lib/rbtree.c", "rb_next_postorder", Parity.Full)]
    public static rb_node* rb_next_postorder(rb_node* node)
    {
        if (node == null)
            return null;
        rb_node* parent = rb_parent(node);

        if (parent != null && node == parent->rb_left && parent->rb_right != null)
            return rb_left_deepest_node(parent->rb_right);
        return parent;
    }

    [KernelSource("lib/rbtree.c", "rb_first_postorder", Parity.Full)]
    public static rb_node* rb_first_postorder(rb_root* root)
    {
        if (root->rb_node == null)
            return null;

        return rb_left_deepest_node(root->rb_node);
    }
}
