// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using CsCheck;
using Linux;
using static Linux.lib_llist_c;
using static Linux.linux_list_h;
using static Linux.linux_llist_h;
using static Linux.linux_rculist_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>list.h, llist.h and rculist.h against lists of numbers.</summary>
internal sealed unsafe class ListTests
{
    private const int Items = 24;

    private struct item
    {
        public int number;
        public list_head list;
        public hlist_node node;
        public llist_node lnode;
    }

    private item* _items;
    private list_head* _heads;

    [SetUp]
    public void Allocate()
    {
        _items = (item*)NativeMemory.AllocZeroed(Items, (nuint)sizeof(item));
        _heads = (list_head*)NativeMemory.AllocZeroed(3, (nuint)sizeof(list_head));
        for (int i = 0; i < Items; i++)
            _items[i].number = i;
    }

    [TearDown]
    public void Free()
    {
        NativeMemory.Free(_items);
        NativeMemory.Free(_heads);
    }

    [Test]
    public void OperationsDoWhatTheyDoToAListOfNumbers()
        => Gen.Select(Gen.Int[0, 10], Gen.Int[0, Items - 1], Gen.Int[0, 1], Gen.Int[0, 1]).List[1, 80].Sample(steps =>
        {
            List<int>[] model = [[], []];
            Reset(model);
            foreach ((int what, int number, int from, int to) in steps)
            {
                Apply(model, what, number, from, to);
                if (!Same(&_heads[0], model[0]) || !Same(&_heads[1], model[1]))
                    return false;
            }

            return true;
        }, threads: 1);

    private void Reset(List<int>[] model)
    {
        INIT_LIST_HEAD(&_heads[0]);
        INIT_LIST_HEAD(&_heads[1]);
        for (int i = 0; i < Items; i++)
        {
            list_add_tail(&_items[i].list, &_heads[0]);
            model[0].Add(i);
        }
    }

    private void Apply(List<int>[] model, int what, int number, int from, int to)
    {
        list_head* entry = &_items[number].list;
        List<int> home = model[0].Contains(number) ? model[0] : model[1];
        List<int> target = model[to];
        list_head* head = &_heads[to];
        switch (what)
        {
            case 0:
                list_move(entry, head);
                home.Remove(number);
                target.Insert(0, number);
                break;
            case 1:
                list_move_tail(entry, head);
                home.Remove(number);
                target.Add(number);
                break;
            case 2:
                list_del_init(entry);
                Assert.That(list_empty(entry), Is.True);
                list_add(entry, head);
                home.Remove(number);
                target.Insert(0, number);
                break;
            case 3:
                list_rotate_left(head);
                if (target.Count > 0)
                {
                    target.Add(target[0]);
                    target.RemoveAt(0);
                }

                break;
            case 4 when from != to:
                list_splice_init(&_heads[from], head);
                target.InsertRange(0, model[from]);
                model[from].Clear();
                break;
            case 5 when from != to:
                list_splice_tail_init(&_heads[from], head);
                target.AddRange(model[from]);
                model[from].Clear();
                break;
            case 6 when from != to && model[to].Count == 0 && model[from].Contains(number):
                list_cut_position(head, &_heads[from], entry);
                int n = model[from].IndexOf(number) + 1;
                target.AddRange(model[from][..n]);
                model[from].RemoveRange(0, n);
                break;
            case 7 when from != to && model[to].Count == 0 && model[from].Contains(number):
                list_cut_before(head, &_heads[from], entry);
                int before = model[from].IndexOf(number);
                target.AddRange(model[from][..before]);
                model[from].RemoveRange(0, before);
                break;
            case 8 when target.Contains(number):
                list_rotate_to_front(entry, head);
                int at = target.IndexOf(number);
                List<int> turned = [.. target[at..], .. target[..at]];
                target.Clear();
                target.AddRange(turned);
                break;
            case 9:
                Assert.That(list_is_singular(head), Is.EqualTo(target.Count == 1));
                Assert.That(list_count_nodes(head), Is.EqualTo(target.Count));
                item* first = list_first_entry_or_null<item>(head, &((item*)linux_container_of_h.nowhere)->list);
                Assert.That(first == null ? -1 : first->number, Is.EqualTo(target.Count == 0 ? -1 : target[0]));
                break;
            case 10 when home.IndexOf(number) is var i && i > 0:
                list_head* homeHead = home == model[0] ? &_heads[0] : &_heads[1];
                list_bulk_move_tail(&_heads[to], &_items[home[0]].list, entry);
                List<int> moved = home[..(i + 1)];
                home.RemoveRange(0, i + 1);
                target.AddRange(moved);
                Assert.That(homeHead->prev->next == homeHead, Is.True);
                break;
        }
    }

    private static bool Same(list_head* head, List<int> model)
    {
        List<int> forward = [], backward = [];
        for (list_head* p = head->next; p != head; p = p->next)
            forward.Add(list_entry<item>(p, &((item*)linux_container_of_h.nowhere)->list)->number);
        for (list_head* p = head->prev; p != head; p = p->prev)
            backward.Add(list_entry<item>(p, &((item*)linux_container_of_h.nowhere)->list)->number);
        backward.Reverse();
        return forward.SequenceEqual(model) && backward.SequenceEqual(model);
    }

    [Test]
    public void HashChains()
    {
        hlist_head head = default;

        hlist_add_head(&_items[1].node, &head);
        hlist_add_head(&_items[0].node, &head);
        hlist_add_behind(&_items[3].node, &_items[1].node);
        hlist_add_before(&_items[2].node, &_items[3].node);
        hlist_add_tail_rcu(&_items[4].node, &head);
        Assert.That(Chain(&head), Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));

        hlist_del_init(&_items[0].node);
        Assert.That(hlist_unhashed(&_items[0].node), Is.True);
        hlist_del_init_rcu(&_items[3].node);
        Assert.That(hlist_unhashed_lockless(&_items[3].node), Is.True);
        Assert.That(Chain(&head), Is.EqualTo(new[] { 1, 2, 4 }));

        hlist_head other;
        hlist_move_list(&head, &other);
        Assert.That(hlist_empty(&head), Is.True);
        hlist_del(&_items[1].node);
        hlist_del(&_items[4].node);
        Assert.That(Chain(&other), Is.EqualTo(new[] { 2 }));
        Assert.That(hlist_is_singular_node(&_items[2].node, &other), Is.True);
    }

    private static List<int> Chain(hlist_head* head)
    {
        List<int> numbers = [];
        for (hlist_node* n = head->first; n != null; n = n->next)
        {
            Assert.That(*n->pprev == n, Is.True);
            numbers.Add(hlist_entry<item>(n, &((item*)linux_container_of_h.nowhere)->node)->number);
        }

        return numbers;
    }

    [Test]
    public void LocklessListGivesNewestFirst()
    {
        llist_head head = default;

        Assert.That(llist_add(&_items[0].lnode, &head), Is.True, "it was empty");
        Assert.That(llist_add(&_items[1].lnode, &head), Is.False);
        Assert.That(llist_add(&_items[2].lnode, &head), Is.False);
        Assert.That(llist_del_first(&head) == &_items[2].lnode, Is.True);
        Assert.That(llist_del_first_this(&head, &_items[0].lnode), Is.False);
        llist_node* all = llist_reverse_order(llist_del_all(&head));
        Assert.That(all == &_items[0].lnode && all->next == &_items[1].lnode && all->next->next == null, Is.True);
        Assert.That(llist_empty(&head), Is.True);
        Assert.That(llist_del_first(&head) == null, Is.True);
    }

    [Test]
    public void LocklessListLosesNothingUnderThreads()
    {
        const int each = 20_000;
        item* items = (item*)NativeMemory.AllocZeroed(2 * each, (nuint)sizeof(item));
        llist_head* head = (llist_head*)NativeMemory.AllocZeroed((nuint)sizeof(llist_head));
        int running = 2, seen = 0;
        Thread[] adders = [.. Enumerable.Range(0, 2).Select(t => new Thread(() =>
        {
            for (int i = 0; i < each; i++)
                llist_add(&items[t * each + i].lnode, head);
            Interlocked.Decrement(ref running);
        }))];
        Array.ForEach(adders, t => t.Start());

        do
        {
            for (llist_node* n = llist_del_all(head); n != null; n = n->next)
                seen++;
        } while (Volatile.Read(ref running) > 0 || !llist_empty(head));

        Array.ForEach(adders, t => t.Join());
        Assert.That(seen, Is.EqualTo(2 * each));
        NativeMemory.Free(items);
        NativeMemory.Free(head);
    }
}
