// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using CsCheck;
using Linux;
using static Linux.lib_rbtree_c;
using static Linux.linux_rbtree_augmented_h;
using static Linux.linux_rbtree_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>lib/rbtree.c against a sorted set, with the rules of red-black trees checked after each step.</summary>
internal sealed unsafe class RbTreeTests
{
    private const int Items = 64;

    private struct item
    {
        public rb_node node;
        public int key;
        public int highest;
    }

    private item* _items;

    [SetUp]
    public void Allocate()
    {
        _items = (item*)NativeMemory.AllocZeroed(Items, (nuint)sizeof(item));
        for (int i = 0; i < Items; i++)
        {
            _items[i].key = i;
            RB_CLEAR_NODE(&_items[i].node);
        }
    }

    [TearDown]
    public void Free() => NativeMemory.Free(_items);

    private static item* Item(rb_node* n) => rb_entry<item>(n, &((item*)linux_container_of_h.nowhere)->node);

    private static bool Less(rb_node* a, rb_node* b) => Item(a)->key < Item(b)->key;

    private static int CompareKey(void* key, rb_node* n) => (*(int*)key).CompareTo(Item(n)->key);

    [Test]
    public void CachedTreeIsASortedSet()
        => Gen.Int[0, Items - 1].List[1, 200].Sample(keys =>
        {
            rb_root_cached root = default;
            SortedSet<int> model = [];
            for (int i = 0; i < Items; i++)
                RB_CLEAR_NODE(&_items[i].node);

            foreach (int key in keys)
            {
                rb_node* node = &_items[key].node;
                if (model.Add(key))
                {
                    rb_node* leftmost = rb_add_cached(node, &root, &Less);
                    Assert.That(leftmost == node, Is.EqualTo(model.Min == key));
                }
                else
                {
                    model.Remove(key);
                    rb_erase_cached(node, &root);
                    RB_CLEAR_NODE(node);
                }

                rb_node* first = rb_first_cached(&root);
                Assert.That(first == null ? -1 : Item(first)->key, Is.EqualTo(model.Count == 0 ? -1 : model.Min));
                Check(&root.rb_root, model);
            }
        }, threads: 1);

    private static void Check(rb_root* root, SortedSet<int> model)
    {
        List<int> forward = [], backward = [], post = [];
        for (rb_node* n = rb_first(root); n != null; n = rb_next(n))
            forward.Add(Item(n)->key);
        for (rb_node* n = rb_last(root); n != null; n = rb_prev(n))
            backward.Add(Item(n)->key);
        for (rb_node* n = rb_first_postorder(root); n != null; n = rb_next_postorder(n))
            post.Add(Item(n)->key);
        backward.Reverse();
        Assert.That(forward, Is.EqualTo(model));
        Assert.That(backward, Is.EqualTo(model));
        Assert.That(post, Is.EquivalentTo(model));
        if (root->rb_node != null)
        {
            Assert.That(rb_is_black(root->rb_node), Is.True);
            BlackHeight(root->rb_node, null);
        }

        foreach (int key in model)
        {
            int k = key;
            rb_node* found = rb_find(&k, root, &CompareKey);
            Assert.That(found != null && Item(found)->key == key, Is.True);
        }
    }

    private static int BlackHeight(rb_node* n, rb_node* parent)
    {
        if (n == null)
            return 1;
        Assert.That(rb_parent(n) == parent, Is.True);
        if (rb_is_red(n))
        {
            Assert.That(parent != null && rb_is_black(parent), Is.True, "a red node has a black parent");
        }

        int left = BlackHeight(n->rb_left, n);
        Assert.That(BlackHeight(n->rb_right, n), Is.EqualTo(left), "all paths have as many black nodes");
        return left + (rb_is_black(n) ? 1 : 0);
    }

    private static int HighestOf(rb_node* n)
    {
        int highest = Item(n)->key;
        if (n->rb_left != null)
            highest = Math.Max(highest, Item(n->rb_left)->highest);
        if (n->rb_right != null)
            highest = Math.Max(highest, Item(n->rb_right)->highest);
        return highest;
    }

    private static void Propagate(rb_node* n, rb_node* stop)
    {
        for (; n != stop; n = rb_parent(n))
        {
            int highest = HighestOf(n);
            if (Item(n)->highest == highest)
                break;
            Item(n)->highest = highest;
        }
    }

    private static void CopyHighest(rb_node* old, rb_node* @new) => Item(@new)->highest = Item(old)->highest;

    private static void Rotate(rb_node* old, rb_node* @new)
    {
        Item(@new)->highest = Item(old)->highest;
        Item(old)->highest = HighestOf(old);
    }

    [Test]
    public void AugmentedDataFollowsTheTree()
        => Gen.Int[0, Items - 1].List[1, 150].Sample(keys =>
        {
            rb_augment_callbacks callbacks = new() { propagate = &Propagate, copy = &CopyHighest, rotate = &Rotate };
            rb_root root = default;
            SortedSet<int> model = [];

            foreach (int key in keys)
            {
                rb_node* node = &_items[key].node;
                if (model.Add(key))
                {
                    rb_node** link = &root.rb_node;
                    rb_node* parent = null;
                    while (*link != null)
                    {
                        parent = *link;
                        link = Less(node, parent) ? &parent->rb_left : &parent->rb_right;
                    }

                    _items[key].highest = key;
                    rb_link_node(node, parent, link);
                    Propagate(parent, null);
                    rb_insert_augmented(node, &root, &callbacks);
                }
                else
                {
                    model.Remove(key);
                    rb_erase_augmented(node, &root, &callbacks);
                }

                for (rb_node* n = rb_first(&root); n != null; n = rb_next(n))
                    Assert.That(Item(n)->highest, Is.EqualTo(HighestOf(n)));
            }
        }, threads: 1);

    [Test]
    public void ReplaceTakesThePlace()
    {
        rb_root root = default;
        for (int i = 0; i < 20; i++)
            rb_add(&_items[i].node, &root, &Less);
        _items[40].key = 7;

        rb_replace_node(&_items[7].node, &_items[40].node, &root);

        Check(&root, [.. Enumerable.Range(0, 20)]);
        Assert.That(rb_next(&_items[6].node) == &_items[40].node, Is.True);
    }
}
