// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The parent's address and the colour share one word: nodes are aligned.</summary>
public unsafe struct rb_node
{
    public ulong __rb_parent_color;
    public rb_node* rb_right;
    public rb_node* rb_left;
}

public unsafe struct rb_root
{
    public rb_node* rb_node;
}

/// <summary>A root that remembers its first node, for those who take the first often.</summary>
public unsafe struct rb_root_cached
{
    public rb_root rb_root;
    public rb_node* rb_leftmost;
}

/// <summary>What keeps data about subtrees right while the tree turns.</summary>
public unsafe struct rb_augment_callbacks
{
    public delegate*<rb_node*, rb_node*, void> propagate;
    public delegate*<rb_node*, rb_node*, void> copy;
    public delegate*<rb_node*, rb_node*, void> rotate;
}
